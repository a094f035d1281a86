"""One small spoiled cohort per rule of RULES, for the test that no rule is dead.

To add a rule: write a function that takes the cohort's `severities` and returns the violations of
a cohort that breaks the rule, and enter it in `SPOILED` under the rule's id. Other rules may be
broken on the way; the test looks at its own rule only. Most rules need a changed sheet of the
small cohort (`spoiled`); a few need an instrument of their own (`LINES`) or another entry point.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from tests.unit.intake.small_cohort import INSTRUMENTS, MOOD, QUESTIONNAIRE, cohort, sheet, sheets

from attune.intake.reading.column_notes import ColumnNote
from attune.intake.reading.violations import Violation
from attune.intake.validation import validate_responses
from attune.specs.closed_model import read_as
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument

Severities = dict[str, str]
Case = Callable[[Severities], list[Violation]]

WHO = "id therapist patient age"
MOODS = "id mood_1 mood_2 mood_3"
PRETESTS = {("mood", "patient", "termination", ""): ("mood", "patient", "intake", "")}
SAMPLE = {"file": "who", "therapist": "therapist", "patient": "patient"}
AGE = {"age": {"column": "age", "label": "Age"}}


def instrument(n_items: int, reverse: list[int], **changes: Any) -> Instrument:
    """An instrument like the small cohort's, with more items."""
    content = MOOD.model_dump(exclude_defaults=True) | {
        "instrument": "lines",
        "n_items": n_items,
        "reverse": reverse,
        "scales": {"total": {"label": "Total", "aggregation": "sum", "items": "all"}},
    }
    return read_as(Instrument, content | changes, "lines.yaml")


def spoiled(**changes: pd.DataFrame) -> Case:
    """The small cohort with other sheets."""
    return declared({}, **changes)


def declared(content: Mapping[str, Any], **changes: pd.DataFrame) -> Case:
    """The small cohort with another cohort file and other sheets."""

    def case(severities: Severities) -> list[Violation]:
        given = cohort(severities=severities, **content)
        return validate_responses(sheets(**changes), given, INSTRUMENTS, PRETESTS).violations

    return case


def lines(
    matrix: np.ndarray,
    reverse: list[int] | None = None,
    later: np.ndarray | None = None,
    others: Mapping[str, Instrument] = MappingProxyType({}),
    sorted_headings: bool = False,
    **changes: Any,
) -> Case:
    """A cohort with one questionnaire of the instrument `lines`, or one on two occasions.

    `changes` are those of the instrument, `others` further instruments of the registry;
    `sorted_headings`: the headings are sorted as words, the answers are not.
    """
    n_rows, n_items = matrix.shape
    key = instrument(n_items, reverse or [], **changes)
    dyads = [f"d{number}" for number in range(n_rows)]

    def frame(answers: np.ndarray) -> pd.DataFrame:
        columns = [f"line_{item}" for item in range(1, n_items + 1)]
        columns = sorted(columns) if sorted_headings else columns
        cells = pd.DataFrame(answers, columns=columns).astype(int).astype(str).astype(object)
        cells.insert(0, "id", dyads)
        return cells.set_axis(range(2, 2 + n_rows))

    raw = {
        "who": sheet(*(f"{d} t{i} p{i} 30" for i, d in enumerate(dyads)), columns=WHO),
        "intake": frame(matrix),
    }
    if later is not None:
        raw["termination"] = frame(later)
    names = [name for name in raw if name != "who"]
    entry = {"instrument": "lines", "rater": "patient", "columns": "line_{item}"}

    def case(severities: Severities) -> list[Violation]:
        given: Cohort = cohort(
            questionnaires=[entry | {"occasion": name, "file": name} for name in names],
            severities=severities,
        )
        return validate_responses(raw, given, {"lines": key, **others}, {}).violations

    return case


def _raters_exchanged(severities: Severities) -> list[Violation]:
    """Two raters of 60 dyads on two occasions, whose columns are exchanged on the second."""
    key = instrument(6, [])
    raters = {"patient": likert(60, 6, 1), "therapist": likert(60, 6, 2)}
    raw = {"who": sheet(*(f"d{i} t{i} p{i} 30" for i in range(60)), columns=WHO)}
    entries = []
    for occasion, order in (("intake", (0, 1)), ("termination", (1, 0))):
        answers = [again(matrix, seed=len(entries) + 8) for matrix in raters.values()]
        columns = [f"{rater}_{item}" for rater in raters for item in range(1, 7)]
        cells = np.hstack([answers[at] for at in order])
        rows = [f"d{i} {' '.join(map(str, row))}" for i, row in enumerate(cells)]
        raw[occasion] = sheet(*rows, columns=" ".join(["id", *columns]))
        entries += [
            {"instrument": "lines", "rater": rater, "occasion": occasion, "file": occasion}
            | {"columns": f"{rater}_{{item}}"}
            for rater in raters
        ]
    given = cohort(questionnaires=entries, severities=severities)
    return validate_responses(raw, given, {"lines": key}, {}).violations


def likert(n_rows: int, n_items: int, seed: int = 1) -> np.ndarray:
    """Answers 0 to 4 of people who differ, to items that differ."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(n_rows, 1)) + rng.normal(size=(n_rows, n_items))
    return np.clip(np.round(latent + 2 + rng.normal(0, 0.4, n_items)), 0, 4).astype(int)


def turned(matrix: np.ndarray, *items: int) -> np.ndarray:
    """The matrix with the codes 0 to 4 of these items turned."""
    changed = matrix.copy()
    columns = np.array(items) - 1
    changed[:, columns] = 4 - changed[:, columns]
    return changed


def again(matrix: np.ndarray, seed: int = 9, share: float = 0.67) -> np.ndarray:
    """The same people on another occasion: a share of their answers, and new ones."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(matrix.shape) < share, matrix, rng.permuted(matrix, axis=0))


def shuffled(matrix: np.ndarray, seed: int = 5) -> np.ndarray:
    """The rows under the ids of others."""
    return np.random.default_rng(seed).permutation(matrix)


def two_factors(n_rows: int, n_items: int) -> np.ndarray:
    """Odd and even items answered alike, each for themselves."""
    odd, even = likert(n_rows, n_items, 3), likert(n_rows, n_items, 4)
    return np.where(np.arange(n_items) % 2, even, odd)


def scales(one: list[int], other: list[int]) -> dict[str, Any]:
    """Two sum scales."""
    return {
        name: {"label": name, "aggregation": "sum", "items": items}
        for name, items in (("one", one), ("other", other))
    }


def with_row(matrix: np.ndarray, row: int, answers: object) -> np.ndarray:
    """The matrix with one row replaced."""
    changed = matrix.copy()
    changed[row] = answers
    return changed


def with_rows(matrix: np.ndarray, rows: slice, answers: object) -> np.ndarray:
    """The matrix with several rows replaced."""
    changed = matrix.copy()
    changed[rows] = answers
    return changed


def with_item(matrix: np.ndarray, item: int, answers: np.ndarray) -> np.ndarray:
    """The matrix with one column replaced."""
    changed = matrix.copy()
    changed[:, item - 1] = answers
    return changed


def random_codes(n_rows: int, n_items: int, seed: int = 6) -> np.ndarray:
    """Answers 0 to 4 at random."""
    return np.random.default_rng(seed).integers(0, 5, (n_rows, n_items))


def _dates(**cells: str) -> Case:
    variables = {
        name: {"column": name, "label": name, "kind": "date"} for name in ("intake", "last")
    }
    sample = SAMPLE | {"variables": variables, "dates_in_order": ["intake", "last"]}
    row = {"intake": "2024-01-31", "last": "2024-05-31"} | cells
    who = sheet(
        f"a t1 p1 {row['intake']} {row['last']}",
        "b t2 p2 _ 2024-01-01",
        columns="id therapist patient intake last",
    )
    return declared({"sample": sample}, who=who)


def _ended(day: str = "2024-02-01") -> Case:
    """Treatment ended at the end of January; the questionnaires of intake have a day."""
    end = {"column": "ended", "label": "End", "kind": "date"}
    entry = QUESTIONNAIRE | {"occasion": "intake", "file": "intake"}
    entry |= {"answered_on": {"column": "day"}}
    who = sheet("a t1 p1 2024-01-31", "b t2 p2 _", columns="id therapist patient ended")
    intake = sheet(f"a 1 2 3 {day}", "b 4 0 1 2024-03-01", columns=f"{MOODS} day")
    content = {
        "questionnaires": [entry],
        "sample": SAMPLE | {"variables": {"ended": end}, "ended": "ended"},
    }
    return declared(content, who=who, intake=intake)


def _raters(*, therapist: bool = True, **changes: pd.DataFrame) -> Case:
    """The therapist rates at intake, in the file `termination`."""
    questionnaires = [
        QUESTIONNAIRE | {"occasion": "intake", "file": "intake"},
        QUESTIONNAIRE | {"occasion": "intake", "file": "termination", "rater": "therapist"},
    ]
    return declared({"questionnaires": questionnaires}, **changes)


def _therapists_on_themselves(severities: Severities) -> list[Violation]:
    """Twelve therapists with three patients each, whose own report is in each row but one."""
    rows = [
        f"d{t}_{p} {t % 5} {t // 5 if (t, p) != (3, 1) else 4} {t * 3 % 5}"
        for t in range(12)
        for p in range(3)
    ]
    entry = QUESTIONNAIRE | {"occasion": "intake", "file": "intake", "rater": "therapist"}
    return declared(
        {"questionnaires": [entry]},
        intake=sheet(*rows),
        who=_people(*(f"d{t}_{p} t{t} p{t}_{p} 30" for t in range(12) for p in range(3))),
    )(severities)


def _sessions(*rows: str, **changes: Any) -> Case:
    """A long file: dyad, session, answers."""
    entry = QUESTIONNAIRE | {"occasion": "session_{session}", "sessions": [3, 12, 20]}
    entry |= {"file": "intake", "rows": {"session": "{session}"}}
    files = {name: {"path": f"{name}.csv", "dyad": "id"} for name in ("who", "intake")}
    content = {"questionnaires": [entry], "files": files} | changes

    def case(severities: Severities) -> list[Violation]:
        raw = sheets(intake=sheet(*rows, columns="id session mood_1 mood_2 mood_3"))
        del raw["termination"]
        given = cohort(severities=severities, **content)
        return validate_responses(raw, given, INSTRUMENTS, {}).violations

    return case


def _scored(*rows: str) -> Case:
    """One questionnaire with a total in the file."""
    entry = QUESTIONNAIRE | {"occasion": "intake", "file": "intake"}
    entry |= {"scores_in_file": {"total": "total"}}
    who = _people(*(f"{row.split()[0]} t{i} p{i} 30" for i, row in enumerate(rows)))
    intake = sheet(*rows, columns=f"{MOODS} total")
    return declared({"questionnaires": [entry]}, intake=intake, who=who)


def _attending(intake: range, termination: range) -> Case:
    """Thirty people, some of whom are absent on one occasion."""
    rows = [f"d{i} {i % 5} {i * 3 % 5} {i * 7 % 4}" for i in range(30)]
    return spoiled(
        who=_people(*(f"d{i} t{i} p{i} 30" for i in range(30))),
        intake=sheet(*(rows[i] for i in intake)),
        termination=sheet(*(rows[i].replace(" 1 ", " 2 ") for i in termination)),
    )


def _visits_exchanged(severities: Severities) -> list[Violation]:
    """Thirty people with two visits each, of whom five have the second one under the number 1."""
    rng = np.random.default_rng(3)
    rows = [
        f"d{person} {3 - visit if person in (4, 9, 15, 21, 28) else visit} "
        + " ".join(map(str, rng.integers(0, 5, 3)))
        for person in range(30)
        for visit in (1, 2)
    ]
    entry = QUESTIONNAIRE | {"file": "intake"}
    entries = [
        entry | {"occasion": name, "rows": {"session": str(number)}}
        for number, name in enumerate(("first", "second"), start=1)
    ]
    files = {name: {"path": f"{name}.csv", "dyad": "id"} for name in ("who", "intake")}
    raw = sheets(
        who=_people(*(f"d{i} t{i} p{i} 30" for i in range(30))),
        intake=sheet(*rows, columns="id session mood_1 mood_2 mood_3"),
    )
    del raw["termination"]
    given = cohort(severities=severities, questionnaires=entries, files=files)
    return validate_responses(raw, given, INSTRUMENTS, {}).violations


def _headings_exchanged(severities: Severities) -> list[Violation]:
    """Two instruments of twelve items, each with the answers to the other."""
    one = instrument(12, [], scales=scales([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]))
    pairs = two_factors(100, 12), two_factors(100, 12)[:, [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]]
    raw = {"who": sheet(*(f"d{i} t{i} p{i} 30" for i in range(100)), columns=WHO)}
    # `lines` has its scales one after the other, `twin` in turn.
    for name, answers in zip(("lines", "twin"), pairs, strict=True):
        rows = (f"d{i} {' '.join(map(str, row))}" for i, row in enumerate(answers))
        columns = " ".join(["id", *(f"{name}_{item}" for item in range(1, 13))])
        raw[name] = sheet(*rows, columns=columns)
    entries = [
        {"instrument": name, "rater": "patient", "occasion": "intake", "file": name}
        | {"columns": f"{name}_{{item}}"}
        for name in ("lines", "twin")
    ]
    files = {name: {"path": f"{name}.csv", "dyad": "id"} for name in raw}
    given = cohort(severities=severities, questionnaires=entries, files=files)
    return validate_responses(raw, given, {"lines": one, "twin": TWIN}, {}).violations


def _twenty_five(variables: dict[str, str], *cells: str) -> Case:
    """A sample sheet of 25 people with these columns."""
    declared_variables = {
        name: {"column": name, "label": name, "kind": kind} for name, kind in variables.items()
    }
    rows = (f"d{i} t{i} p{i} {row}" for i, row in enumerate(cells))
    return declared(
        {"sample": SAMPLE | {"variables": declared_variables}},
        who=sheet(*rows, columns=" ".join(["id", "therapist", "patient", *variables])),
        intake=sheet(*(f"d{i} {i % 5} {i * 3 % 5} 1" for i in range(25))),
        termination=sheet(*(f"d{i} {i % 4} {i * 2 % 5} 2" for i in range(25))),
    )


def _people(*rows: str) -> pd.DataFrame:
    return sheet(*(rows or ("a t1 p1 30", "b t2 p2 40")), columns=WHO)


def _described(severities: Severities) -> list[Violation]:
    notes = {"intake": {"mood_1": ColumnNote(levels={"0": "never", "4": "often"}, complete=True)}}
    given = cohort(severities=severities)
    return validate_responses(sheets(), given, INSTRUMENTS, PRETESTS, notes).violations


def _in_file(file: dict[str, Any], **changes: pd.DataFrame) -> Case:
    files = {name: {"path": f"{name}.csv", "dyad": "id"} for name in sheets()}
    files["intake"] |= file
    return declared({"files": files}, **changes)


CONSTANT = sheet(*(f"d{i} 2 {i % 2} {i % 3}" for i in range(5)))
FIVE = _people(*(f"d{i} t{i} p{i} 30" for i in range(5)))
ELSEWHERE = SAMPLE | {"rows": {"visit": "1"}, "variables": AGE}
TWO_VISITS = sheet("a t1 p1 30 1", "b t2 p2 40 1", "a t9 p1 30 2", columns=f"{WHO} visit")
WITH_THERAPIST = [
    QUESTIONNAIRE | {"occasion": "intake", "file": "intake", "therapist": "who_treats"},
    QUESTIONNAIRE | {"occasion": "termination", "file": "termination"},
]
TENS = {"response": {"minimum": 0, "maximum": 40, "step": 10}}
RANDOM = likert(60, 20)
WILD = with_row(likert(200, 20), 7, [0, 4] * 10)
NEARLY_ONE = with_row(likert(60, 21), 5, [3] * 10 + [4] + [3] * 10)

LONG = likert(60, 40)
MANY = likert(200, 12)
STEEP = np.clip(likert(60, 20) + np.random.default_rng(4).permutation(np.arange(20) % 5) - 2, 0, 4)
FEW = np.clip(MANY - 2, 0, 4)
BLOCK = slice(60, 120)
FIRST = slice(0, 100)
HUNDREDS = np.random.default_rng(8).integers(0, 101, (60, 6))
UNCLEAR = np.column_stack([likert(20, 7), likert(20, 1, 10)])
TWIN = instrument(
    12,
    [],
    instrument="twin",
    scales=scales([1, 3, 5, 7, 9, 11], [2, 4, 6, 8, 10, 12]),
)

SPOILED: dict[str, Case] = {
    "missing_column": spoiled(intake=sheet("a 1 2", columns="id mood_1 mood_2")),
    "repeated_headings": spoiled(intake=sheet("a 1 2 3", MOODS, "b 4 0 _")),
    "unused_column": spoiled(intake=sheet("a 1 2 3 x", columns=f"{MOODS} spare")),
    "unread_answers": spoiled(
        intake=sheet("a 1 2 3 1 2 3 5", "b 4 0 _ 2 5 1 1", columns=f"{MOODS} w1 w2 w3 w4")
    ),
    "unused_rows": _sessions("a 3 1 2 3", "a 4 1 2 3"),
    "excluded": declared({"exclude": [{"people": ["b"], "reason": "withdrew consent"}]}),
    "exclusion_of_nobody": declared({"exclude": [{"people": ["z"], "reason": "withdrew consent"}]}),
    "ids_as_dates": spoiled(
        who=_people("1-Jan t1 p1 30", "2-Jan t2 p2 40"),
        intake=sheet("1-Jan 1 2 3", "2-Jan 4 0 1"),
        termination=sheet("1-Jan 1 2 3", "2-Jan 4 0 1"),
    ),
    "entered_twice": spoiled(
        who=_people("1--1 t1 p1 30", "1--2 t1 p2 30", "2--1 t2 p3 40", "2--2 t2 p4 40"),
        intake=sheet("1--1 1 2 3", "1--2 1 2 3", "2--1 4 0 1", "2--2 4 1 1"),
        termination=sheet("1--1 1 2 3", "1--2 1 2 3", "2--1 4 0 1", "2--2 4 1 1"),
    ),
    "summary_row": spoiled(who=_people("d1 t1 p1 30", "d2 t2 p2 40", "Mean t3 p3 35")),
    "people_differ": spoiled(
        who=_people(*(f"d{i} t{i} p{i} {20 + i}" for i in range(20))),
        intake=sheet(
            *(f"d{i} {i % 5} {i * 3 % 5} 1 {20 + (i if i != 4 else 17)}" for i in range(20)),
            columns=f"{MOODS} age",
        ),
        termination=sheet(*(f"d{i} {i % 4} {i * 2 % 5} 2" for i in range(20))),
    ),
    "id_out_of_order": spoiled(
        who=_people(*(f"{i} t{i} p{i} 30" for i in range(101, 141))),
        intake=sheet(*(f"{i} {i % 5} {i * 3 % 5} 1" for i in range(101, 141))),
        termination=sheet(
            *(f"{i if i != 113 else 133} {i % 4} {i * 2 % 5} 2" for i in range(101, 131))
        ),
    ),
    "no_dyad": spoiled(intake=sheet("_ 1 2 3")),
    "no_patient": spoiled(who=_people("a t1 _ 30")),
    "no_therapist": spoiled(who=_people("a _ p1 30")),
    "duplicate_dyad": spoiled(who=_people("a t1 p1 30", "a t1 p1 30")),
    "duplicate_questionnaire": spoiled(intake=sheet("a 1 2 3", "a 3 2 1")),
    "unknown_dyad": spoiled(intake=sheet("a 1 2 3", "z 1 2 3")),
    "dyad_without_questionnaires": spoiled(who=_people("a t1 p1 30", "b t2 p2 40", "c t3 p3 50")),
    "similar_ids": spoiled(who=_people("a t1 p1 30", "b T01 p2 40")),
    "therapist_changes": declared({"sample": ELSEWHERE}, who=TWO_VISITS),
    "therapist_differs": declared(
        {"questionnaires": WITH_THERAPIST},
        intake=sheet("a 1 2 3 t1", "b 4 0 1 t1", columns=f"{MOODS} who_treats"),
    ),
    "patient_in_two_dyads": spoiled(who=_people("a t1 p1 30", "b t2 p1 30")),
    "therapist_reports_differ": _therapists_on_themselves,
    "same_person_twice": spoiled(who=_people("a t1 p1 30", "b t2 t1 40")),
    "therapists_share": spoiled(who=_people("a t1 p1 30", "b t1 p2 40")),
    "text_in_number": spoiled(intake=sheet("a 1 2 x")),
    "empty_cell": declared({"missing_codes": ["NA"]}, intake=sheet("a 1 2 _")),
    "decimal_comma": spoiled(intake=sheet("a 1 2 2,5")),
    "decimal_point": _in_file({"decimal": ","}, intake=sheet("a 1 2 2.5")),
    "response_out_of_range": spoiled(intake=sheet("a 1 2 9")),
    "response_between_steps": lines(np.array([[0, 10, 15]]), **TENS),
    "number_out_of_range": spoiled(who=_people("a t1 p1 3", "b t2 p2 40")),
    "unknown_level": declared(
        {
            "sample": SAMPLE
            | {"variables": {"age": AGE["age"] | {"kind": "category", "levels": {"30": "x"}}}}
        }
    ),
    "not_a_date": _dates(last="2024-02-31"),
    "dates_out_of_order": _dates(last="2024-01-30"),
    "session_after_end": _sessions("a 3 1 2 3", "a 45 1 2 3", sample=SAMPLE | {"last_session": 40}),
    "answered_after_end": _ended(),
    "implausible_demographic": declared(
        {"sample": SAMPLE | {"variables": AGE}}, who=_people("a t1 p1 1987", "b t2 p2 40")
    ),
    "number_outlying": declared(
        {"sample": SAMPLE | {"variables": {"weeks": {"column": "age", "label": "Weeks"}}}},
        who=_people(*(f"d{i} t{i} p{i} {10 + i % 9 if i else 999}" for i in range(25))),
        intake=sheet(*(f"d{i} {i % 5} {i * 3 % 5} 1" for i in range(25))),
        termination=sheet(*(f"d{i} {i % 4} {i * 2 % 5} 2" for i in range(25))),
    ),
    "numbers_filled_in": _twenty_five(
        {"age": "number"}, *(str(20 + i) if i < 22 else "30.5" for i in range(25))
    ),
    "sample_rows_alike": _twenty_five(
        {"age": "number", "intake": "date"},
        *(f"{20 + i * 7 % 19} 2024-01-{1 + i * 11 % 25:02d}" for i in [*range(17), *range(5, 13)]),
    ),
    "unanswered_questionnaire": spoiled(termination=sheet("a _ _ _")),
    "unanswered_item": spoiled(who=FIVE, intake=sheet(*(f"d{i} _ {i % 2} 1" for i in range(5)))),
    "same_content": lines(RANDOM, later=RANDOM),
    "last_rows_missing": _attending(range(30), range(26)),
    "occasions_exchanged": _attending(range(0, 30, 2), range(30)),
    "visits_exchanged": _visits_exchanged,
    "response_scale_differs": lines(MANY, later=np.clip(again(MANY), 0, 2)),
    "codes_exchanged": lines(np.choose(MANY, [0, 2, 1, 3, 4])),
    "retest_negative": lines(MANY, later=4 - again(MANY)),
    "direction_changes": lines(MANY, later=with_rows(again(MANY), FIRST, 4 - again(MANY)[FIRST])),
    "raters_exchanged": _raters_exchanged,
    "ids_moved": lines(MANY, later=np.roll(again(MANY), 3, axis=0)),
    "retest_near_zero": lines(MANY, later=shuffled(again(MANY))),
    "items_alike": lines(with_item(MANY, 8, MANY[:, 2])),
    "item_rows_shifted": lines(with_item(MANY, 8, np.roll(MANY[:, 7], 1))),
    "item_in_row_order": lines(with_item(MANY, 8, np.sort(MANY[:, 7]))),
    "item_unrelated": lines(MANY, later=with_item(again(MANY, share=0.9), 8, shuffled(MANY[:, 7]))),
    "items_reordered": lines(MANY, later=again(MANY)[:, [*range(1, 12), 0]]),
    "answers_shifted": lines(
        with_rows(STEEP, slice(20, 35), np.roll(STEEP[20:35], 1, axis=1)),
    ),
    "rows_repeated": lines(with_rows(MANY, slice(60, 80), MANY[40:60])),
    "rows_recoded": lines(with_rows(FEW, slice(60, 90), np.clip(FEW[60:90] + 1, 0, 4))),
    "answers_sorted": lines(np.sort(MANY, axis=1)),
    "rows_reversed": lines(MANY, later=with_rows(again(MANY), BLOCK, 4 - again(MANY)[BLOCK])),
    "rows_unrelated": lines(MANY, later=with_rows(again(MANY), BLOCK, random_codes(60, 12))),
    "rows_all_alike": lines(with_rows(MANY, slice(60, 90), 2)),
    "nearly_same_answers": lines(with_row(LONG, 9, [(LONG[4, 0] + 1) % 5, *LONG[4, 1:]])),
    "lowest_filled_in": lines(MANY, later=with_rows(again(MANY), BLOCK, 0)),
    "means_filled_in": lines(with_rows(MANY, slice(60, 80), MANY.mean(axis=0).round())),
    "carried_forward": lines(MANY, later=with_rows(again(MANY, share=0.4), BLOCK, MANY[BLOCK])),
    "missing_code_as_answer": lines(
        with_rows(HUNDREDS, slice(10, 30), 99), response={"minimum": 0, "maximum": 100}
    ),
    "constant_item": spoiled(who=FIVE, intake=CONSTANT, termination=CONSTANT),
    "posttest_without_pretest": spoiled(intake=sheet("a 1 2 3")),
    "posttest_missing": spoiled(termination=sheet("a 1 2 3")),
    "one_rater_only": _raters(termination=sheet("a 1 2 3")),
    "session_gap": _sessions("a 3 1 2 3", "b 3 1 0 3", "b 12 1 1 1", "a 20 1 2 0"),
    "same_answers": lines(with_row(RANDOM, 9, RANDOM[4])),
    "equal_answers": lines(np.zeros((5, 20), dtype=np.int16)),
    "contradictory_straight_line": lines(with_row(RANDOM, 5, 4), reverse=[2, 9, 15]),
    "straight_line": lines(with_row(RANDOM, 5, 3)),
    "low_variability": lines(NEARLY_ONE),
    "unusual_answers": lines(WILD),
    "personal_column": spoiled(
        intake=sheet("a 1 2 3 a.b@example.org", "b 4 0 _ c@example.org", columns=f"{MOODS} mail")
    ),
    "not_in_dictionary": _described,
    "score_out_of_range": declared(
        {
            "questionnaires": [],
            "scores": [
                {"instrument": "mood", "rater": "patient", "occasion": "intake", "file": "intake"}
                | {"scale": "total", "column": "mood_1"}
            ],
        },
        intake=sheet("a 99 2 3"),
    ),
    "questionnaire_not_answered": spoiled(termination=sheet("a 1 2 3")),
    "item_not_answered": spoiled(intake=sheet("a 1 2 _", "b 4 0 1")),
    "item_against_scale": lines(turned(MANY, 5)),
    "item_direction_unclear": lines(UNCLEAR),
    "headings_sorted": lines(turned(MANY, 3, 6, 10), reverse=[3, 6, 10], sorted_headings=True),
    "numbering_shifted": lines(turned(MANY, 3, 6, 10), reverse=[2, 5, 9]),
    "other_key_fits": lines(
        two_factors(200, 12),
        scales=scales([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]),
        look_alikes=["twin"],
        others={"twin": TWIN},
    ),
    "codes_shifted": lines(np.clip(MANY, 1, 4)),
    "low_alpha_against_published": lines(
        np.random.default_rng(2).integers(0, 5, (100, 12)),
        published_alphas={"total": [{"alpha": 0.9, "sample": "test", "source": "test"}]},
    ),
    "scales_not_coherent": lines(
        np.random.default_rng(2).integers(0, 5, (100, 12)),
        scales=scales([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]),
        published_alphas={
            name: [{"alpha": 0.95, "sample": "test", "source": "test"}] for name in ("one", "other")
        },
    ),
    "headings_exchanged": _headings_exchanged,
    "score_in_file_differs": _scored("a 1 2 3 9"),
    # The sums as ticked: item 3 was not reversed.
    "score_in_file_other_key": _scored(
        *(f"d{i} {' '.join(map(str, row))} {sum(row)}" for i, row in enumerate(likert(40, 3)))
    ),
    "score_in_file_partial": _scored("a 1 2 _ 3"),
}
"""Rule -> a cohort that breaks it."""
