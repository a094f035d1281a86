"""Checks of ids: turned into dates, missing, and dyads that occur twice."""

import re
from collections.abc import Collection, Iterator

import pandas as pd

from attune.intake.reading.ids_as_dates import HOW_TO_GET_BACK, ids_like_dates
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import SPREADSHEET_GAPS, is_named, quoted_list
from attune.intake.reading.summary_rows import summary_labels
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FEWEST_REPEATED = 5
"""Rows with the id of an earlier one below which each is taken for a slip."""

MANY_REPEATED = 0.2
"""Share of the rows of a file from which something is wrong with the ids, not with the rows."""

_ENTERED_TWICE = re.compile(r"(.+)--([12])")

MOST_ENTERED = 0.5
"""Share of the ids of a file that end so, from which it holds two entries of each person."""


def check_double_entry(raw: RawCohort) -> Iterator[Violation]:
    """Rule `entered_twice`: one violation per file with both entries of REDCap's double data entry.

    REDCap keeps the two entries of a record as `7--1` and `7--2`, and the merged one as `7`. Other
    ids do not end so: the sound cohorts and studies have none.
    """
    for name, named in raw.named_ids.items():
        file, ids = raw.cohort.files[name], named.drop_duplicates()
        parts = ids.str.extract(_ENTERED_TWICE).dropna()
        pairs = int(parts[0].duplicated().sum())
        if not pairs or len(parts) < MOST_ENTERED * len(ids):
            continue
        yield Violation(
            "entered_twice",
            raw.cohort.severity("entered_twice"),
            file.place,
            f"{pairs} people are there twice: their ids end in --1 and --2, as REDCap's double data"
            " entry names the two entries of one record. Each would count as two people.",
            "Merge the entries in REDCap (Data Comparison Tool), and export the merged records,"
            " whose ids have no such ending; or delete the rows of one of the two entries, and the"
            " endings.",
            column=file.dyad,
        )


def check_summary_rows(raw: RawCohort) -> Iterator[Violation]:
    """Rule `summary_row`: one violation per file with rows of means or sums below the data.

    An id that is a word for a result, among ids that hold digits, names nobody.
    """
    for name, ids in raw.named_ids.items():
        file, labels = raw.cohort.files[name], summary_labels(set(ids))
        if not labels:
            continue
        rows = [int(row) for row in ids.index[ids.isin(labels)]]
        which = "row" if len(rows) == 1 else "rows"
        yield Violation(
            "summary_row",
            raw.cohort.severity("summary_row"),
            file.place,
            f"the id in {which} {quoted_list(rows)} is a word for a result ({quoted_list(labels)}):"
            " it would count as a person.",
            f"Delete the {which} from the file, or name {quoted_list(labels)} under `exclude:` in"
            " cohort.yaml (`people:`).",
            row=rows[0],
            column=file.dyad,
        )


def check_ids_as_dates(raw: RawCohort) -> Iterator[Violation]:
    """One violation per file most of whose ids look like dates."""
    for name, sheet in raw.sheets.items():
        file = raw.cohort.files[name]
        found = ids_like_dates(sheet[file.dyad]) if file.dyad in sheet.columns else []
        if found:
            yield Violation(
                "ids_as_dates",
                raw.cohort.severity("ids_as_dates"),
                file.place,
                f"{len(found)} of its ids look like dates.",
                f"{HOW_TO_GET_BACK}.",
                column=file.dyad,
            )


def rows_without_id(dyads: pd.Series, path: str, content: str, cohort: Cohort) -> list[Violation]:
    """One error per row with data but without a dyad id.

    Parameters
    ----------
    dyads : pandas.Series of str
        Dyad of each row that has data, named after its column; the index is the row number in the
        file.
    path : str
        File of the violations.
    content : str
        What the rows hold, such as "answers".
    cohort : Cohort
    """
    unnamed = dyads[~is_named(dyads, cohort)]
    return [
        Violation(
            "no_dyad",
            "error",
            path,
            f"the row holds {content}, but names no dyad ({missing_id_reason(text)}).",
            "Fill the cell, or delete the row.",
            row=int(row),
            column=str(dyads.name),
            value=text or None,
        )
        for row, text in zip(unnamed.index, unnamed, strict=True)
    ]


def repeated_dyads(
    dyads: pd.Series, path: str, rule: str, repeats: str, known: Collection[str] = ()
) -> list[Violation]:
    """One error per row whose dyad occurs in an earlier row.

    Where `MANY_REPEATED` of the rows do, the remedy is not to delete them: the ids were cut off or
    rounded, or two sites use the same ones.

    Parameters
    ----------
    dyads : pandas.Series of str
        Dyad per row, named after its column; the index is the row number in the file.
    path, rule : str
        File and rule of the violations.
    repeats : str
        Verb phrase of the message between the dyad and the number of the earlier row, such as "is
        in the sample sheet already, in".
    known : collection of str
        Ids of the sample sheet, which show whether those of this file were cut off.
    """
    repeated = dyads[dyads.duplicated() & dyads.ne("")]
    if repeated.empty:
        return []
    remedy = _remedy_of_many(dyads, repeated, known) or (
        "Keep one of the two rows (delete the other, or name it under `exclude:` in"
        " cohort.yaml by columns in which the two differ), or correct the dyad."
    )
    rows = dyads.drop_duplicates()
    first = dict(zip(rows, rows.index, strict=True))
    return [
        Violation(
            rule,
            "error",
            path,
            f"dyad {dyad!r} {repeats} row {first[dyad]}.",
            remedy,
            row=int(row),
            column=str(dyads.name),
            dyad=dyad,
        )
        for row, dyad in zip(repeated.index, repeated, strict=True)
    ]


def _remedy_of_many(dyads: pd.Series, repeated: pd.Series, known: Collection[str]) -> str:
    """What to do where many rows share an id; "" where few do, each of which is a slip."""
    if len(repeated) < max(FEWEST_REPEATED, MANY_REPEATED * len(dyads)):
        return ""
    different = repeated.drop_duplicates()
    export = (
        "Export the file again with the ids as text, in full length, and delete no row: the answers"
        " are those of different people."
    )
    rounded = different.str.fullmatch(r"\d{16,}") & different.str.slice(15).str.fullmatch("0+")
    if rounded.all() or different.str.fullmatch(r"\d(\.\d+)?[eE]\+\d+").all():
        return (
            f"A spreadsheet program keeps fifteen digits of a number and has rounded them. {export}"
        )
    cut = [
        text not in known and sum(name.startswith(text) for name in known) > 1 for text in different
    ]
    if different.size and sum(cut) >= len(cut) / 2:
        return f"The sample sheet has longer ids that begin so: they were cut off here. {export}"
    return (
        "So many are hardly rows entered twice. If two sites or studies number their people alike,"
        " put the site before the number in all files. If the rows are several visits or raters,"
        " say in cohort.yaml which rows are which (`rows:`). Delete a row only if both are of one"
        " person and one visit."
    )


def missing_id_reason(text: str) -> str:
    """Why a cell is not an id, as a clause.

    Examples
    --------
    >>> missing_id_reason(""), missing_id_reason("-9")
    ('the cell is empty', "the cell holds '-9', which is one of missing_codes")
    """
    if text in SPREADSHEET_GAPS:
        return f"the cell holds {text!r}, which spreadsheets write for an empty cell"
    return (
        f"the cell holds {text!r}, which is one of missing_codes" if text else "the cell is empty"
    )
