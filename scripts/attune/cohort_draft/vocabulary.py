"""Words in column names, file names and levels, with their meaning."""

RATERS: dict[str, str] = {
    **dict.fromkeys(("p", "pt", "pat", "patient", "client", "cl", "c"), "patient"),
    **dict.fromkeys(
        ("t", "th", "ther", "therap", "therapist", "clinician", "counselor", "counsellor"),
        "therapist",
    ),
    **dict.fromkeys(("o", "obs", "observer", "rater", "judge"), "observer"),
    **dict.fromkeys(
        ("informant", "parent", "caregiver", "carer", "proxy", "relative"), "informant"
    ),
}
"""Word -> who filled the questionnaire in."""

STATES = ("best", "worst")
"""States that are rated separately."""

OCCASIONS: dict[str, str] = {
    **dict.fromkeys(("baseline", "bl", "base"), "baseline"),
    **dict.fromkeys(("intake", "admission", "screening", "discharge", "mid"), ""),
    **dict.fromkeys(("pre", "pretest", "pretreatment", "pretherapy"), "pre"),
    **dict.fromkeys(("post", "posttest", "posttreatment", "posttherapy"), "post"),
    **dict.fromkeys(("termination", "term"), "termination"),
    **dict.fromkeys(("end", "exit", "endpoint", "eot", "endoftreatment"), "end"),
    **dict.fromkeys(("fu", "fup", "followup", "katamnese"), "follow_up"),
}
"""Word -> occasion; "" where the word itself is the occasion."""

UNITS: dict[str, str] = {
    **dict.fromkeys(("s", "sess", "session", "sitzung"), "session"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "week"),
    **dict.fromkeys(("m", "mo", "mon", "mth", "month", "months"), "month"),
    **dict.fromkeys(("d", "day", "days"), "day"),
    **dict.fromkeys(("y", "yr", "year", "years"), "year"),
    **dict.fromkeys(("v", "visit"), "visit"),
    **dict.fromkeys(("t", "time", "timepoint", "tp"), "t"),
    "wave": "wave",
    "occasion": "occasion",
    "measurement": "measurement",
}
"""Word beside a number -> what the number counts."""

BEHIND = {"week", "month", "day", "year"}
"""Units that may follow their number, as in 6m or 12weeks."""

EARLY = ("screening", "pre", "baseline", "intake", "admission")
LATE = ("end", "post", "termination", "discharge")

GENERIC = frozenset(
    {
        "q",
        "item",
        "items",
        "i",
        "it",
        "question",
        "qu",
        "frage",
        "var",
        "nr",
        "no",
        "num",
        "x",
        "a",
        "sq",
    }
)
"""Words without information about the content of a column."""

TOTALS = frozenset(
    {"total", "tot", "sum", "score", "scale", "mean", "avg", "average", "gsi", "summe", "raw"}
)
"""Words in the name of a column with a finished score."""

DYAD_COLUMNS = (
    *("dyad", "dyadid", "dyadnr", "pairid", "caseid", "case", "casenr", "recordid", "studyid"),
    *("participantid", "participant", "subjectid", "subject", "subj", "subjid", "id", "idnr"),
    *("vpn", "vp", "vpnr", "vpid", "versuchsperson", "proband", "probandennummer", "lfdnr"),
    *("patientid", "patient", "clientid", "client", "pid", "ptid", "code", "vpcode", "respondent"),
    *("patientennummer", "patientnr", "patnr", "patid"),
    *("klient", "klientin", "klientid", "klientnr", "klientcode", "klientencode"),
    *("respondentid", "responseid", "record", "person", "personid", "pers", "persid"),
    *("uid", "userid", "user", "memberid", "idnumber", "idno", "idcode", "sid", "subid", "sub"),
)
"""Normalised names of columns that may identify the dyad, the likeliest first."""

PATIENT_COLUMNS = (
    "patientid",
    "patient",
    "clientid",
    "client",
    "ptid",
    "pid",
    "patientnr",
    "klient",
    "klientid",
    "pt",
    "patid",
)
THERAPIST_COLUMNS = (
    *("therapistid", "therapist", "therid", "thid", "tid", "therapistnr", "therapistcode"),
    *("clinicianid", "clinician", "counselorid", "counselor", "counsellorid", "counsellor"),
    *("providerid", "therapeut", "therapeutid"),
)
CONDITION_COLUMNS = (
    *("condition", "cond", "arm", "group", "treatment", "tx", "trt", "intervention", "allocation"),
    *("randomisation", "randomization", "treatmentgroup", "studyarm", "gruppe"),
    *("randomizationgroup", "randomisationgroup", "randomizationarm", "treatmentarm"),
)
OCCASION_COLUMNS = (
    *(
        "redcapeventname",
        "eventname",
        "occasion",
        "visit",
        "session",
        "sessionnr",
        "sessionnumber",
        "sess",
    ),
    *("time", "timepoint", "wave", "event", "assessment", "phase", "measurement", "week", "month"),
    *(
        "tp",
        "messzeitpunkt",
        "mzp",
        "day",
        "days",
        "weeks",
        "months",
        "sessions",
        "visits",
        "waves",
    ),
)
RATER_COLUMNS = ("rater", "respondent", "informant", "source", "perspective", "filledby")

REDCAP_COLUMNS = ("redcap_repeat_instrument", "redcap_repeat_instance", "redcap_survey_identifier")
QUALTRICS_COLUMNS = frozenset(
    {"startdate", "enddate", "status", "progress", "durationinseconds", "finished"}
    | {"recordeddate", "distributionchannel", "userlanguage", "responseid", "ipaddress"}
    | {"recipientlastname", "recipientfirstname", "recipientemail", "externalreference"}
    | {"locationlatitude", "locationlongitude"}
)
"""Columns that REDCap and Qualtrics add to every export."""

NUMBERS: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("age", "alter"), (0, 120)),
    **dict.fromkeys(("experience", "berufserfahrung"), (0, 80)),
}
"""Word -> a generous range of a number, should it count years."""

TIME_UNITS: dict[str, str] = {
    **dict.fromkeys(("years", "yrs", "jahre", "jahren"), "years"),
    **dict.fromkeys(("months", "monate", "monaten"), "months"),
    **dict.fromkeys(("weeks", "wochen"), "weeks"),
    **dict.fromkeys(("days", "tage", "tagen"), "days"),
}
"""Word in the name or label of a number -> its unit."""

LIMESURVEY_COLUMNS = frozenset(
    {"submitdate", "lastpage", "startlanguage", "seed", "datestamp", "ipaddr", "refurl", "token"}
    | {"interviewtime"}
)
"""Columns that LimeSurvey adds to every export."""

CATEGORIES: dict[str, str] = {
    **dict.fromkeys(("sex", "geschlecht", "geschl"), "Sex"),
    "gender": "Gender",
    **dict.fromkeys(("marital", "relationship", "partnership", "familienstand"), "Marital status"),
    "race": "Race or ethnicity",
    **dict.fromkeys(("ethnicity", "ethnic"), "Ethnicity"),
    **dict.fromkeys(
        ("education", "educ", "edu", "schooling", "bildung", "schulabschluss"), "Education"
    ),
    **dict.fromkeys(("employment", "employed", "occupation", "job", "beruf"), "Employment"),
    "income": "Income",
    **dict.fromkeys(("diagnosis", "diagnoses", "diagnose", "dx", "axis"), "Diagnosis"),
    **dict.fromkeys(("profession", "training", "degree"), "Profession"),
    "alter": "Age",
    **dict.fromkeys(("experience", "berufserfahrung"), "Experience"),
    "orientation": "Orientation",
    "setting": "Setting",
    "clinic": "Clinic",
    "site": "Site",
    "centre": "Centre",
    "center": "Centre",
}
"""Word -> printed name of a characteristic of a person."""
