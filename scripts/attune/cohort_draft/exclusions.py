"""Rows of an export that are not people: previews and tests of a survey, and codes of tests."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from attune.cohort_draft.column_names import normalised
from attune.cohort_draft.draft import DraftExclusion, Evidence, RawTable
from attune.intake.reading.summary_rows import summary_labels

_PREVIEW, _TEST = "a preview of the survey, no participant", "a test of the survey, no participant"
_SPAM = "marked as spam by the survey program"
QUALTRICS_STATUS: dict[str, str] = {
    **dict.fromkeys(("1", "Survey Preview", "17", "Offline Survey Preview"), _PREVIEW),
    **dict.fromkeys(("2", "Survey Test"), _TEST),
    **dict.fromkeys(("8", "Spam", "40", "EX Spam", "12", "Imported Spam"), _SPAM),
    **dict.fromkeys(("9", "Survey Preview Spam"), _PREVIEW),
}
"""Content of the column Status, as number or as text, of rows that nobody in the sample filled in
-> reason. 0 and 16 (IP Address, Offline) are answers, 4 (Imported) those of another source.
https://www.qualtrics.com/support/survey-platform/data-and-analysis-module/data/download-data/
understanding-your-dataset/"""

_MEANINGS = {
    _PREVIEW: "previews of a survey",
    _TEST: "tests of a survey",
    _SPAM: "what it takes for spam",
}

UNFINISHED = {"finished": ("0", "False", "FALSE", "false"), "submitdate": ("",)}
"""Normalised column -> content where somebody broke the survey off (Qualtrics, LimeSurvey)."""

_TEST_CODE = re.compile(
    r"(test|tests|testing|tester|testperson|probe|preview|demo|dummy|fake|xxx+|asdf)[\s_-]*\d*",
    re.IGNORECASE,
)

MOST_TESTS = 0.1
"""Largest share of the ids that are taken for tests; if there are more, the word means something
else here."""


def with_people_only(
    tables: Sequence[RawTable],
) -> tuple[list[RawTable], list[DraftExclusion]]:
    """Tables without the rows that the survey program marks as previews, tests or spam.

    Rows of people who broke the survey off stay, with an entry that a person may take up.

    Parameters
    ----------
    tables : sequence of RawTable
    """
    kept, found = [], []
    for table in tables:
        entries = [*_by_status(table), *_unfinished(table)]
        sheet = table.sheet
        for entry in entries:
            if entry.certain:
                sheet = sheet.drop(index=_rows(sheet, entry.rows))
        kept.append(replace(table, sheet=sheet))
        found += entries
    return kept, found


def without_tests(
    tables: Sequence[RawTable], ids: Mapping[str, str]
) -> tuple[list[RawTable], list[DraftExclusion]]:
    """Tables without people whose id says that they are tests, or rows of means and sums.

    Parameters
    ----------
    tables : sequence of RawTable
    ids : mapping of str to str
        File id -> column that names the dyad.
    """
    names = {str(text) for table in tables for text in table.sheet[ids[table.name]] if text != ""}
    sums = summary_labels(names)
    tests = sorted(name for name in names if _TEST_CODE.fullmatch(name))
    if sums:
        kept = _without(tables, ids, sums)
        doubt = "their id is a word for a result, such as Mean: are they rows below the data?"
        entry = DraftExclusion(
            "a row of results below the data", Evidence([], [doubt]), people=sums
        )
        kept, others = without_tests(kept, ids)
        return kept, [entry, *others]
    if not tests or len(tests) > max(1.0, MOST_TESTS * len(names)):
        return list(tables), []
    kept = _without(tables, ids, tests)
    doubt = "their id says that they are tests: are they no participants?"
    return kept, [DraftExclusion("a test, no participant", Evidence([], [doubt]), people=tests)]


def _without(
    tables: Sequence[RawTable], ids: Mapping[str, str], people: Sequence[str]
) -> list[RawTable]:
    """Tables without the rows of some people."""
    return [
        replace(table, sheet=table.sheet[~table.sheet[ids[table.name]].isin(people)])
        for table in tables
    ]


def _by_status(table: RawTable) -> Iterator[DraftExclusion]:
    """Rows that Qualtrics marks as no responses."""
    columns = {normalised(str(name)): str(name) for name in table.sheet.columns}
    if not {"status", "recordeddate"} <= columns.keys():
        return
    status = columns["status"]
    for content, reason in QUALTRICS_STATUS.items():
        number = int((table.sheet[status] == content).sum())
        if number:
            rows = "1 row has" if number == 1 else f"{number} rows have"
            doubt = f"{rows} {status} {content!r}, which Qualtrics gives to {_MEANINGS[reason]}"
            if reason == _SPAM:
                doubt += ". Look at them: people with a shared address can be among them"
            yield DraftExclusion(reason, Evidence([], [doubt]), table.name, {status: content})


def _unfinished(table: RawTable) -> Iterator[DraftExclusion]:
    """Rows of people who did not reach the end of the survey."""
    columns = {normalised(str(name)): str(name) for name in table.sheet.columns}
    marks = {"finished": "progress", "submitdate": "lastpage"}
    for plain, contents in UNFINISHED.items():
        if plain not in columns or marks[plain] not in columns:
            continue
        column = columns[plain]
        for content in contents:
            number = int((table.sheet[column] == content).sum())
            if 0 < number < len(table.sheet):
                people = "1 person" if number == 1 else f"{number} people"
                doubt = (
                    f"{people} did not finish the survey ({column} {content!r}). They stay in the"
                    " sample with what they answered; remove the # if your plan leaves them out"
                )
                evidence = Evidence([], [doubt])
                reason = "did not finish the survey"
                yield DraftExclusion(reason, evidence, table.name, {column: content}, certain=False)


def _rows(sheet: pd.DataFrame, rows: Mapping[str, str]) -> pd.Index:
    for column, code in rows.items():
        sheet = sheet[sheet[column] == code]
    return sheet.index
