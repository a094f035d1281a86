"""Exports of survey and trial programs, written as their public documentation describes them.

Twenty-four made-up people answer a questionnaire of nine items (coded as the PHQ-9) and one of
twelve (coded as the WAI-SR). No heading holds the wording of a published item.
"""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import openpyxl

PEOPLE = 24
DAYS = ("Not at all", "Several days", "More than half the days", "Nearly every day")
OFTEN = ("Seldom", "Sometimes", "Fairly often", "Very often", "Always")
TOPICS = (
    *("the weather", "the garden", "the kitchen", "long walks", "old films", "loud music"),
    *("the bus", "warm bread", "cold rain", "tall trees", "new shoes", "blue paint"),
)


def _codes(low: int, high: int, n_items: int, seed: int) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    level = rng.normal(size=(PEOPLE, 1)) + rng.normal(size=(PEOPLE, n_items))
    codes = np.clip(np.round(level + (low + high) / 2), low, high).astype(int)
    codes[0, :], codes[1, :] = low, high
    return [list(map(int, row)) for row in codes]


PHQ = {when: _codes(0, 3, 9, seed) for when, seed in (("pre", 1), ("post", 2))}
WAI = _codes(1, 5, 12, 3)
CODES = [f"K{chr(65 + n)}{n * 7 % 10}{n * 3 % 10}{chr(90 - n)}" for n in range(PEOPLE)]
AGES = [19 + 2 * n for n in range(PEOPLE)]
GENDERS = [("Female", "Male")[n % 3 == 0] for n in range(PEOPLE)]


def _csv(path: Path, lines: Sequence[Sequence[object]], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened, delimiter=delimiter).writerows(lines)
    return path


def _xlsx(path: Path, lines: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(list(line))
    book.save(path)
    return path


def redcap_labels(folder: Path) -> list[Path]:
    """Headings are field labels, `Complete?` stands once for each form, answers are labels."""
    head = ["Record ID", "Event Name", "Repeat Instrument", "Repeat Instance", "Age (years)", "Sex"]
    head += ["Complete?", *(f"How often did you think of {topic}?" for topic in TOPICS[:9])]
    head += ["Complete?", *(f"We agreed about {topic}." for topic in TOPICS), "Complete?"]
    lines: list[list[object]] = [head]
    for n in range(PEOPLE):
        for when, event in (("pre", "Baseline"), ("post", "Post-treatment")):
            first = when == "pre"
            line: list[object] = [n + 1, event, "", ""]
            line += [AGES[n], GENDERS[n], "Complete"] if first else ["", "", ""]
            line += [*(DAYS[code] for code in PHQ[when][n]), "Complete"]
            line += ["" if first else OFTEN[code - 1] for code in WAI[n]]
            lines.append([*line, "" if first else "Complete"])
    return [_csv(folder / "TherapyStudy_DATA_LABELS_2024-05-01_1212.csv", lines)]


def formr(folder: Path) -> list[Path]:
    """A session per person, four time stamps, a constant study_id, R behind reversed items."""
    items = [f"wai_{n}R" if n in (4, 10) else f"wai_{n}" for n in range(1, 13)]
    head = ["session", "session_id", "study_id", "created", "modified", "ended", "expired"]
    lines: list[list[object]] = [[*head, "alter", *(f"phq9_{n}" for n in range(1, 10)), *items]]
    for n in range(PEOPLE):
        day = f"2024-03-{n % 28 + 1:02d}"
        token = f"{CODES[n]}xT-q_9{n:02d}Wz{CODES[-n - 1]}"
        times = [f"{day} 10:0{n % 10}:11", f"{day} 10:2{n % 10}:42", f"{day} 10:2{n % 10}:42", ""]
        lines.append([token, 5001 + n, 77, *times, AGES[n], *PHQ["pre"][n], *WAI[n]])
    return [_csv(folder / "alliance.csv", lines)]


def surveymonkey(folder: Path) -> list[Path]:
    """Two rows of headings, answers as words."""
    own = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address"]
    own += ["Email Address", "First Name", "Last Name", "Custom Data 1"]
    first = [*own, "What is your study code?", "In the last weeks, how often did you enjoy"]
    second = [*[""] * len(own), "Open-Ended Response", *TOPICS[:9]]
    first += [""] * 8 + ["How much do you agree about", *[""] * 11, "What is your gender?"]
    second += [*TOPICS, "Response"]
    second[19:31] = [f"{topic} in therapy" for topic in TOPICS]
    lines: list[list[object]] = [first, second]
    for n in range(PEOPLE):
        when = [f"03/{n % 28 + 1:02d}/2024 10:00:00 AM", f"03/{n % 28 + 1:02d}/2024 10:20:00 AM"]
        line: list[object] = [11812345670 + 37 * n, 441122334, *when, f"192.0.2.{n + 1}"]
        line += ["", "", "", "", CODES[n], *(DAYS[code] for code in PHQ["pre"][n])]
        lines.append([*line, *(OFTEN[code - 1] for code in WAI[n]), GENDERS[n]])
    return [_xlsx(folder / "Therapy Survey.xlsx", lines)]


def unipark(folder: Path) -> list[Path]:
    """v_1 onwards are answers, c_0001 onwards user-defined variables; rest from the program."""
    head = ["lfdn", "external_lfdn", "tester", "dispcode", "lastpage", "quality", "duration"]
    head += ["c_0001", "c_0002", *(f"v_{n}" for n in range(1, 10))]
    head += [*(f"v_{n}" for n in range(21, 33)), "v_40", "browser", "referer", "device_type"]
    head += ["quota", "page_history", "hflip", "vflip", "output_mode", "javascript", "flash"]
    head += ["session_id", "language", "cleaned", "ats", "datetime", "date_of_last_access"]
    files = []
    for when in ("pre", "post"):
        lines: list[list[object]] = [head]
        for n in range(PEOPLE):
            line: list[object] = [60 + n, 0, 0, 31, 990011, -77, 600 + n, CODES[n], 0]
            line += [code + 1 for code in PHQ[when][n]] + WAI[n] + [AGES[n], "Firefox", "", 0, 0]
            line += ["1,2,3", -77, -77, "HTML", 1, -77, f"{n * 7919:08x}{when}ab", 1, 0]
            lines.append([*line, 17098 + n, "2024-03-01 10:00:00", "2024-03-01 10:20:00"])
        order = [lines[0], *(lines[1:] if when == "pre" else lines[:0:-1])]
        files.append(_csv(folder / f"{when}.csv", order, ";"))
    return files


def qualtrics(folder: Path) -> list[Path]:
    """Three rows of headings: names, questions, import ids."""
    names = ["StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)"]
    names += ["Finished", "RecordedDate", "ResponseId", "RecipientLastName", "RecipientFirstName"]
    names += ["RecipientEmail", "ExternalReference", "LocationLatitude", "LocationLongitude"]
    names += ["DistributionChannel", "UserLanguage", "Q1", *(f"Q2_{n}" for n in range(1, 10))]
    names += [*(f"Q3_{n}" for n in range(1, 13)), "Q4"]
    questions = [*names[:17], "Please enter your code", *(f"Often? - {t}" for t in TOPICS[:9])]
    questions += [*(f"Agree? - {topic}" for topic in TOPICS), "How old are you?"]
    lines: list[list[object]] = [list(names), list(questions)]
    lines.append([json.dumps({"ImportId": f"QID{n}"}) for n in range(len(names))])
    for n in range(PEOPLE):
        day = f"2024-03-{n % 28 + 1:02d} 10:00:00"
        line: list[object] = [day, day, 0, f"192.0.2.{n + 1}", 100, 600 + n, 1, day]
        line += [f"R_{n * 7919:05d}Ab{n:02d}", "", "", "", "", 52.5 + n / 7, 13.4 + n / 7]
        line += ["anonymous", "EN", CODES[n], *(code + 1 for code in PHQ["pre"][n]), *WAI[n]]
        lines.append([*line, AGES[n]])
    return [_csv(folder / "Alliance study_March 1, 2024_10.15.csv", lines)]


def limesurvey(folder: Path, full: bool = False) -> list[Path]:
    """Question codes and answer codes, or full questions and answers."""
    names = ["id", "submitdate", "lastpage", "startlanguage", "seed", "token", "startdate"]
    names += ["datestamp", "G01Q01", *(f"PHQ[SQ{n:03d}]" for n in range(1, 10))]
    names += [f"WAI[SQ{n:03d}]" for n in range(1, 13)] + ["age"]
    if full:
        names = ["Response ID", "Date submitted", "Last page", "Start language", "Seed"]
        names += ["Access code", "Date started", "Date last action", "Your code"]
        names += [f"How often did you enjoy [{topic}]" for topic in TOPICS[:9]]
        names += [f"We agreed about [{topic}]" for topic in TOPICS] + ["How old are you?"]
    lines: list[list[object]] = [list(names)]
    for n in range(PEOPLE):
        day = f"2024-03-{n % 28 + 1:02d} 10:00:00"
        line: list[object] = [n + 1, day, 5, "en", 90210 + 31 * n, "", day, day, CODES[n]]
        if full:
            line += [DAYS[code] for code in PHQ["pre"][n]] + [OFTEN[code - 1] for code in WAI[n]]
        else:
            line += [f"A{code + 1}" for code in PHQ["pre"][n]] + [f"A{code}" for code in WAI[n]]
        lines.append([*line, AGES[n]])
    return [_csv(folder / "results-survey123456.csv", lines)]


def limesurvey_full(folder: Path) -> list[Path]:
    """LimeSurvey with full questions and answers."""
    return limesurvey(folder, full=True)


def soscisurvey(folder: Path) -> list[Path]:
    """Names and labels in two rows, -9 for "not answered", -1 for "don't know"."""
    head = ["CASE", "SERIAL", "REF", "QUESTNNR", "MODE", "STARTED", "SD01_01", "SD02"]
    head += [*(f"PH01_{n:02d}" for n in range(1, 10)), *(f"WA01_{n:02d}" for n in range(1, 13))]
    head += ["TIME001", "TIME002", "TIME_SUM", "MAILSENT", "LASTDATA", "FINISHED", "Q_VIEWER"]
    head += ["LASTPAGE", "MAXPAGE", "MISSING", "MISSREL", "TIME_RSI"]
    labels = ["Interview number", "Serial number", "Reference", "Questionnaire", "Mode", "Started"]
    labels += ["Age: I am ... years", "Gender", *(f"Frequency: {t}" for t in TOPICS[:9])]
    labels += [*(f"Agreement: {t}" for t in TOPICS), *(f"Label {n}" for n in range(12))]
    lines: list[list[object]] = [list(head), list(labels)]
    for n in range(PEOPLE):
        day = f"2024-03-{n % 28 + 1:02d} 10:00:00"
        phq = [code + 1 for code in PHQ["pre"][n]]
        if n in (5, 9):
            phq[3] = -9
        line: list[object] = [121 + n + n // 5, CODES[n], "", "base", "interview", day, AGES[n]]
        line += [1 + (n % 3 == 0), *phq, *WAI[n], 12 + n, 30 + n, 42 + n, "", day, 1, 0, 5, 5]
        lines.append([*line, n % 3, n % 2, round(0.8 + n / 50, 2)])
    return [_csv(folder / "rdata_study_2024-05-01_10-00.csv", lines, "\t")]


def castor(folder: Path) -> list[Path]:
    """Participants with status, site and randomisation, then the fields, semicolons."""
    head = ["Participant Id", "Participant Status", "Site Abbreviation", "Randomization Group"]
    head += ["Participant Creation Date", "age", "sex", *(f"phq_{n}_bl" for n in range(1, 10))]
    head += [*(f"phq_{n}_eot" for n in range(1, 10)), *(f"wai_sr_{n}" for n in range(1, 13))]
    lines: list[list[object]] = [list(head)]
    for n in range(PEOPLE):
        line: list[object] = [f"110{n + 1:03d}", "Not Set", "AMC", ("CBT", "TAU")[n % 2]]
        line += [f"{n % 28 + 1:02d}-03-2024 10:00:00", AGES[n], n % 2]
        lines.append([*line, *PHQ["pre"][n], *PHQ["post"][n], *WAI[n]])
    return [_csv(folder / "Study_export_20240501.csv", lines, ";")]


def openclinica(folder: Path) -> list[Path]:
    """Columns per item, event and form: item_E1_C1."""
    head = ["SubjectID", "ProtocolID", "DOB/Age", "Subject Status", "Sex", "Unique ID"]
    head += ["StudyEvent_E1", "EventDate_E1", "CRFVersionStatus_E1_C1"]
    head += [f"PHQ_{n}_E1_C1" for n in range(1, 10)]
    head += ["StudyEvent_E2", "EventDate_E2", "CRFVersionStatus_E2_C1"]
    head += [f"PHQ_{n}_E2_C1" for n in range(1, 10)] + [f"WAI_{n}_E2_C2" for n in range(1, 13)]
    lines: list[list[object]] = [list(head)]
    for n in range(PEOPLE):
        line: list[object] = [f"S-{n + 1:03d}", "S_THERAPY", AGES[n], "available", "fm"[n % 2], ""]
        line += ["Baseline", f"2024-03-{n % 28 + 1:02d}", "complete", *PHQ["pre"][n]]
        line += ["End", f"2024-06-{n % 28 + 1:02d}", "complete", *PHQ["post"][n], *WAI[n]]
        lines.append(line)
    return [_csv(folder / "Therapy_export.tsv", lines, "\t")]


def google_forms(folder: Path) -> list[Path]:
    """A time stamp, full questions, grids as `Question [row]`, answers as words."""
    head = ["Timestamp", "Participant code", "How old are you?", "What is your gender?"]
    head += [f"In the last two weeks, how often did you enjoy [{t}]" for t in TOPICS[:9]]
    head += [f"How often did you agree about [{t}]" for t in TOPICS]
    lines: list[list[object]] = [list(head)]
    for n in range(PEOPLE):
        line: list[object] = [f"2024/03/{n % 28 + 1:02d} 10:00:00 AM GMT+1", CODES[n], AGES[n]]
        line += [GENDERS[n], *(DAYS[code] for code in PHQ["pre"][n])]
        lines.append([*line, *(OFTEN[code - 1] for code in WAI[n])])
    return [_csv(folder / "Alliance survey (Responses) - Form Responses 1.csv", lines)]


def microsoft_forms(folder: Path) -> list[Path]:
    """ID, start and completion time, e-mail and name, then questions as they were asked."""
    head = ["ID", "Start time", "Completion time", "Email", "Name", "Your study code"]
    head += [*(f"Enjoyed {topic}" for topic in TOPICS[:9]), *(f"Agreed about {t}" for t in TOPICS)]
    lines: list[list[object]] = [[*head, "Your age"]]
    for n in range(PEOPLE):
        day = f"2024-03-{n % 28 + 1:02d} 10:00:00"
        line: list[object] = [n + 1, day, day, "anonymous", "", CODES[n]]
        line += [DAYS[code] for code in PHQ["pre"][n]] + [OFTEN[code - 1] for code in WAI[n]]
        lines.append([*line, AGES[n]])
    return [_xlsx(folder / "Alliance survey(1-24).xlsx", lines)]


def jspsych(folder: Path) -> list[Path]:
    """A row per trial, whose responses are an object (JSON)."""
    head = ["success", "trial_type", "trial_index", "time_elapsed", "internal_node_id"]
    lines: list[list[object]] = [[*head, "participant", "rt", "response", "question_order"]]
    for n in range(PEOPLE):
        answers: list[dict[str, object]] = [
            {"age": str(AGES[n]), "gender": GENDERS[n]},
            {f"phq9_{item}": code for item, code in enumerate(PHQ["pre"][n], start=1)},
            {f"wai_{item}": code - 1 for item, code in enumerate(WAI[n], start=1)},
        ]
        lines.append(["true", "preload", 0, 150 + n, "0.0-0.0", CODES[n], "", "", ""])
        for number, given in enumerate(answers, start=1):
            line: list[object] = ["", "survey-likert", number, 9000 * number + n]
            line += [f"0.0-{number}.0", CODES[n], 8000 + n, json.dumps(given)]
            lines.append([*line, json.dumps(list(range(len(given))))])
    return [_csv(folder / "jspsych.csv", lines)]


def kobotoolbox(folder: Path) -> list[Path]:
    """XML names with their groups, two forms; the columns of the program begin with underscores."""
    own = ["_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status"]
    own += ["_submitted_by", "__version__", "_tags", "_index"]
    files = []
    for when, first in (("pre", 48000), ("post", 51000)):
        head = ["start", "end", "today", "deviceid", "intro/participant_code"]
        head += [f"phq9_group/phq9_{item:02d}" for item in range(1, 10)]
        if when == "pre":
            head += ["intro/age", *(f"alliance/wai_{item:02d}" for item in range(1, 13))]
        lines: list[list[object]] = [[*head, *own]]
        for n in range(PEOPLE):
            time = f"2024-03-{n % 28 + 1:02d}T10:00:00.000+01:00"
            line: list[object] = [time, time, time[:10], f"ee.humanitarian.org:{first * n}"]
            line += [CODES[n], *PHQ[when][n]]
            if when == "pre":
                line += [AGES[n], *WAI[n]]
            added = [first + n, f"a{first}-{n}", time[:19], "", "", "submitted_via_web", "", "v1"]
            lines.append([*line, *added, "", n + 1])
        files.append(_csv(folder / f"survey_{when}.csv", lines, ";"))
    return files


def gorilla(folder: Path) -> list[Path]:
    """One row per answer between two rows about the questionnaire, and a last row without one."""
    head = ["Event Index", "UTC Timestamp", "UTC Date and Time", "Local Timezone", "Experiment ID"]
    head += ["Experiment Version", "Tree Node Key", "Repeat Key", "Schedule ID"]
    head += ["Participant Public ID", "Participant Private ID", "Participant Status"]
    head += ["Participant Device Type", "Task Name", "Task Version"]
    lines: list[list[object]] = [[*head, "Question Key", "Response Type", "Response"]]
    for n in range(PEOPLE):
        asked: list[tuple[str, object]] = [("BEGIN QUESTIONNAIRE", "")]
        asked += [(f"phq9-{k}-quantised", code) for k, code in enumerate(PHQ["pre"][n], 1)]
        asked += [(f"waisr-{k}-quantised", code) for k, code in enumerate(WAI[n], 1)]
        asked += [("age", AGES[n]), ("END QUESTIONNAIRE", 65.2 + n)]
        for place, (key, answer) in enumerate(asked, 1):
            line: list[object] = [place, 1709280000000 + 1000 * place, "01/03/2024 10:00:00", 1]
            line += [55512, 3, "questionnaire-x1", "", 88811 + n, CODES[n], 7011200 + n, "complete"]
            kind = "info" if key.endswith("QUESTIONNAIRE") else "response"
            lines.append([*line, "computer", "Baseline", 2, key, kind, answer])
    lines.append(["END OF FILE", *[""] * 17])
    return [_csv(folder / "data_exp_55512-v3_questionnaire-x1.csv", lines)]


def psytoolkit(folder: Path) -> list[Path]:
    """The name of a file per response, colons before the items, codes from 1."""
    head = ["participant", "participant_code", *(f"phq9:{n}" for n in range(1, 10))]
    head += [*(f"waisr:{n}" for n in range(1, 13)), "age:1", "TIME_start", "TIME_end", "TIME_total"]
    lines: list[list[object]] = [list(head)]
    for n in range(PEOPLE):
        day = f"2024-03-{n % 28 + 1:02d}-10"
        line: list[object] = [f"s.{n * 7919:06x}-1a{n:02d}.txt", CODES[n]]
        line += [*(code + 1 for code in PHQ["pre"][n]), *WAI[n], AGES[n]]
        lines.append([*line, f"{day}-00", f"{day}-20", 12 + n % 7])
    return [_csv(folder / "data.csv", lines)]


def typeform(folder: Path) -> list[Path]:
    """A token in the first column, questions as headings, words and numbers as answers."""
    head = ["#", "What is your participant code?"]
    head += [f"How often did you think of {topic}?" for topic in TOPICS[:9]]
    head += [*(f"We agreed about {topic}" for topic in TOPICS), "How old are you?", "Response Type"]
    head += ["Start Date (UTC)", "Stage Date (UTC)", "Submit Date (UTC)", "Network ID", "Tags"]
    lines: list[list[object]] = [[*head, "Ending"]]
    for n in range(PEOPLE):
        day = f"2024-03-{n % 28 + 1:02d} 10:"
        line: list[object] = [f"{n * 7919:08x}q{n:02d}zt", CODES[n]]
        line += [*(DAYS[code] for code in PHQ["pre"][n]), *WAI[n], AGES[n], "completed"]
        line += [f"{day}00:11", "", f"{day}20:42", f"{n * 104729:010x}", "", "default_tys"]
        lines.append(line)
    return [_csv(folder / "responses.csv", lines)]


EXPORTS: dict[str, Callable[[Path], list[Path]]] = {
    made.__name__: made
    for made in (
        *(redcap_labels, formr, surveymonkey, unipark, qualtrics, limesurvey, limesurvey_full),
        *(soscisurvey, castor, openclinica, google_forms, microsoft_forms, jspsych),
        *(kobotoolbox, gorilla, psytoolkit, typeform),
    )
}
