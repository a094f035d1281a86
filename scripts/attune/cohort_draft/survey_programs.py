"""Programs that export answers: what they add to every export, and what names people in it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from attune.cohort_draft.column_names import Word, normalised, words_of
from attune.cohort_draft.vocabulary import LIMESURVEY_COLUMNS, QUALTRICS_COLUMNS


@dataclass(frozen=True)
class SurveyProgram:
    """A survey or trial program; all names are normalised.

    Attributes
    ----------
    name : str
        As messages print it.
    marks : tuple of frozenset of str
        Columns that are all there in its exports; one of the sets suffices.
    added : frozenset of str
        Columns of the program itself, which hold no answers.
    added_like : str
        Pattern of further such columns.
    people : tuple of str
        Columns that name people if they are filled, the likeliest first.
    code_like : str
        Pattern of the columns in which a study may keep its own codes.
    counters : tuple of str
        Columns that number responses, which are not people where somebody answers twice.
    counts : str
        What such a column does, as the middle of a sentence.
    first : str
        The first column of its exports, where the marks alone are names of any file.
    section : str
        Pattern of the beginning of a name that numbers a question or page, not an occasion.
    """

    name: str
    marks: tuple[frozenset[str], ...]
    added: frozenset[str]
    added_like: str = "-"
    people: tuple[str, ...] = ()
    code_like: str = "-"
    counters: tuple[str, ...] = ()
    counts: str = "gives it to every response"
    first: str = ""
    section: str = ""

    def adds(self, name: str) -> bool:
        """Whether a column is one of the program's own."""
        plain = normalised(name)
        return plain in self.added or re.fullmatch(self.added_like, plain) is not None


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_REDCAP_LABELS = _set(
    "eventname repeatinstrument repeatinstance surveyidentifier surveytimestamp dataaccessgroup"
    " complete"
)
_REDCAP_NAMES = _set(
    "redcapeventname redcaprepeatinstrument redcaprepeatinstance redcapsurveyidentifier"
    " redcapdataaccessgroup"
)

PROGRAMS: tuple[SurveyProgram, ...] = (
    # https://www.limesurvey.org/manual/Exporting_results
    SurveyProgram(
        "LimeSurvey",
        (
            _set("id lastpage startlanguage"),
            _set("responseid lastpage startlanguage"),
        ),
        LIMESURVEY_COLUMNS
        | _set("startdate datesubmitted datestarted datelastaction accesscode ipaddress referrerurl"
               " totaltime"),
        added_like="grouptime.*|questiontime.*",
        people=("token", "accesscode"),
        counters=("id", "responseid"),
        counts="counts the responses of each survey in it, so that it connects no two surveys",
    ),
    # https://www.soscisurvey.de/help/doku.php/en:results:variables
    SurveyProgram(
        "SoSci Survey",
        (_set("case questnnr"),),
        _set("case serial ref questnnr mode language started lastdata finished qviewer lastpage"
             " maxpage missing missrel timersi degtime timesum mailsent qsid"),
        added_like=r"time\d{3}",
        people=("serial", "ref"),
        counters=("case",),
        counts="numbers the interviews of each survey in it, so that it connects no two surveys",
        section=r"[A-Z]{2}\d\d(?=_)",
    ),
    # https://qbdocs.atlassian.net/wiki/spaces/DOC/pages/1231913034/Survey+Variables
    SurveyProgram(
        "Unipark (EFS Survey)",
        (_set("lfdn dispcode"), _set("lfdn tester"), _set("lfdn status lastpage")),
        _set("lfdn externallfdn tester dispcode status lastpage quality duration browser referer"
             " devicetype quota quotaassignment pagehistory hflip vflip outputmode javascript flash"
             " sessionid language cleaned ats datetime dateoflastaccess dateoffirstmail exhost"
             " ipaddr participantbrowser participantos useragent"),
        added_like=r"rts\d+|rnd\w*|p\d{4}",
        code_like=r"[cp]\d{4}",
        counters=("lfdn",),
        counts="numbers the responses of each survey in it, so that it connects no two surveys",
    ),
    # https://help.surveymonkey.com/en/surveymonkey/analyze/exports
    SurveyProgram(
        "SurveyMonkey",
        (_set("respondentid collectorid"),),
        _set("respondentid collectorid startdate enddate datecreated datemodified ipaddress"
             " emailaddress firstname lastname"),
        added_like=r"customdata\d*",
        code_like=r"customdata\d*",
        counters=("respondentid",),
    ),
    # https://rubenarslan.github.io/formr
    SurveyProgram(
        "formr",
        (_set("session created modified ended"),),
        _set("session sessionid studyid iteration created modified ended expired positioniteration"
             " unitid runid runsession submitted"),
        people=("session",),
        counters=("sessionid",),
    ),
    # https://jspsych.org/latest/overview/plugins
    SurveyProgram(
        "jsPsych",
        (_set("trialtype trialindex timeelapsed"),),
        _set("success trialtype trialindex timeelapsed internalnodeid rt stimulus questionorder"
             " viewhistory timeout failedimages failedaudio failedvideo pluginversion accuracy"),
    ),
    # https://support.gorilla.sc/support/reference/faq/data
    SurveyProgram(
        "Gorilla",
        (_set("participantprivateid treenodekey taskname"),),
        _set("eventindex utctimestamp utcdateandtime localtimestamp localtimezone localdateandtime"
             " experimentid experimentversion treenodekey repeatkey scheduleid participantpublicid"
             " participantprivateid participantstartinggroup participantstatus"
             " participantcompletioncode participantexternalsessionid participantdevicetype"
             " participantdevice participantos participantbrowser participantmonitorsize"
             " participantviewportsize checkpoint roomid roomorder taskname taskversion"
             " responsetype objectid objectnumber objectname randomiserkey beginquestionnaire"
             " endquestionnaire"),
        people=("participantpublicid", "participantprivateid"),
    ),
    # https://www.psytoolkit.org/doc3.6.0/online-survey-data.html
    SurveyProgram(
        "PsyToolkit",
        (_set("participant timestart timeend timetotal"),),
        _set("participant timestart timeend timetotal"),
        added_like=r"times?tamp|computerinfo.*",
        counters=("participant",),
        counts="names each response after the file that holds it, so that it connects no two"
        " surveys",
    ),
    # https://www.openclinica.com
    SurveyProgram(
        "OpenClinica",
        (_set("protocolid subjectstatus"), _set("studysubjectid protocolid")),
        _set("protocolid subjectstatus uniqueid secondaryid"),
        added_like=r"(studyevent|eventdate|startdate|enddate|location|crfversionstatus|crfversion"
        r"|interviewername|interviewer|interviewdate|eventstatus|ageatevent|versionname)"
        r"(e\d+)?(c\d+)?",
        people=("studysubjectid", "subjectid"),
    ),
    # https://helpdesk.castoredc.com
    SurveyProgram(
        "Castor EDC",
        (_set("participantid participantstatus"), _set("recordid instituteabbreviation")),
        _set("participantstatus participantcreationdate recordstatus recordcreationdate"
             " surveyinstanceid surveyparentid surveypackageid surveypackagename repeatingdataid"
             " surveyprogress surveycompletedon surveysenton surveycreationdate"),
        people=("participantid", "recordid"),
    ),
    # https://projectredcap.org: exports with variable names, and those with labels
    SurveyProgram(
        "REDCap",
        (_set("recordid complete"), _set("recordid eventname"), _set("redcapeventname"),
         _set("redcaprepeatinstrument")),
        _REDCAP_LABELS | _REDCAP_NAMES,
        added_like=r"complete\d+",
        people=("recordid",),
    ),
    SurveyProgram(
        "Microsoft Forms",
        (_set("id starttime completiontime"), _set("id startzeit fertigstellungszeit")),
        _set("id starttime completiontime email name lastmodifiedtime language totalpoints"
             " quizfeedback startzeit fertigstellungszeit email name"),
        counters=("id",),
        counts="numbers the responses of each form in it, so that it connects no two forms",
    ),
    SurveyProgram(
        "Google Forms",
        (_set("timestamp"),),
        _set("timestamp emailaddress"),
        first="timestamp",
    ),
    SurveyProgram(
        "Google Forms",
        (_set("zeitstempel"),),
        _set("zeitstempel emailadresse"),
        first="zeitstempel",
    ),
    # https://support.kobotoolbox.org/export_download.html
    SurveyProgram(
        "KoboToolbox",
        (_set("uuid submissiontime"),),
        _set("start end today deviceid username phonenumber audit version metainstanceid id uuid"
             " submissiontime validationstatus notes status submittedby tags index parentindex"
             " parenttablename rootuuid metarootuuid"),
        counters=("id", "index", "uuid", "metainstanceid"),
        counts="counts the submissions of each form in it, so that it connects no two forms",
        section=r".*/",
    ),
    # https://www.qualtrics.com/support/survey-platform/data-and-analysis-module/data
    SurveyProgram(
        "Qualtrics",
        (_set("recordeddate"), _set("responseid")),
        QUALTRICS_COLUMNS,
        people=("externalreference",),
        code_like="externalreference",
        counters=("responseid",),
        section=r"Q\d+(?=[_.]\d)",
    ),
)  # fmt: skip
"""Programs, those with the surest marks first."""

UNKNOWN = SurveyProgram("", (), frozenset())
"""A file that no known program wrote."""


def program_of(columns: Iterable[object]) -> SurveyProgram:
    """The program that wrote a file, by its columns; `UNKNOWN` where none shows.

    Examples
    --------
    >>> program_of(["CASE", "SERIAL", "QUESTNNR", "PH01_01"]).name, program_of(["id", "q1"]).name
    ('SoSci Survey', '')
    """
    return _program(tuple(normalised(str(name)) for name in columns))


@lru_cache(maxsize=100)
def _program(plain: tuple[str, ...]) -> SurveyProgram:
    names = frozenset(plain)
    found = (
        program
        for program in PROGRAMS
        if any(marks <= names for marks in program.marks)
        and (not program.first or plain[0] == program.first)
    )
    return next(found, UNKNOWN)


def program_words(name: str, program: SurveyProgram) -> list[Word]:
    """The words of a column's name as its program writes names.

    The number of a question or page stays with its letters, OpenClinica's event is an occasion, and
    its form is not a rater.

    Parameters
    ----------
    name : str
    program : SurveyProgram

    Examples
    --------
    >>> sosci = program_of(["CASE", "QUESTNNR"])
    >>> [word.text for word in program_words("PH01_03", sosci)]
    ['ph01', '03']
    >>> openclinica = program_of(["StudySubjectID", "ProtocolID"])
    >>> [word.text for word in program_words("PHQ_2_E1_C1", openclinica)]
    ['phq', '2', 'visit', '1', 'x', 'x']
    """
    words = words_of(name)
    section = re.match(program.section, name) if program.section else None
    if section:
        first = Word(section[0].lower(), 0, section.end(), words[0].chunk)
        return [first, *(word for word in words if word.start >= section.end())]
    if program.name == "OpenClinica":
        return _openclinica_words(name, words)
    return words


def _openclinica_words(name: str, words: list[Word]) -> list[Word]:
    """Words of a name that ends in the number of an event and of a form, such as `_E1_C1`."""
    ending = re.search(r"_E\d+(_C\d+)?(_\d+)?$", name)
    if not ending:
        return words
    form = name.find("_C", ending.start())
    read = []
    for word in words:
        if word.start > ending.start() and word.text == "e":
            word = replace(word, text="visit")
        elif form >= 0 and word.start > form:
            word = replace(word, text="x")
        read.append(word)
    return read
