"""Raw sheets: what their rows and columns have in common, whoever wrote the file.

A sheet is a frame of text with one row per row of the file; its index is the row number as a
spreadsheet shows it, the header being row 1.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from attune.intake.reading.violations import Violation
from attune.specs.closed_model import did_you_mean
from attune.specs.cohort import Cohort, GivenScore, Questionnaire

MOST_NAMES = 12
"""Column names that a message lists; a file with more of them is only searched for a close one."""

SPREADSHEET_GAPS = ("#N/A", "#NULL!")
"""What spreadsheets write for "nothing"; such a cell names nobody."""


def selected_rows(sheet: pd.DataFrame, rows: Mapping[str, str]) -> pd.DataFrame:
    """The rows of a sheet where every column of `rows` holds its code.

    Parameters
    ----------
    sheet : pandas.DataFrame of str
    rows : mapping of column to code
        Empty: all rows. The columns must exist.

    Examples
    --------
    >>> visits = pd.DataFrame({"visit": ["1", "2"], "phq_1": ["3", "0"]}, index=[2, 3])
    >>> selected_rows(visits, {"visit": "2"}).index.tolist()
    [3]
    """
    for column, code in rows.items():
        sheet = sheet[sheet[column] == code]
    return sheet


def missing_columns(sheet: pd.DataFrame, path: str, wanted: list[str]) -> list[Violation]:
    """One error per column that the cohort file names and the raw file lacks."""
    known = [str(name) for name in sheet.columns]
    # A column that is asked for under its own name is not the one that was meant.
    free = [name for name in known if name not in wanted]
    # Without any column that is asked for, the first row may be no header but somebody's answers.
    shown = not set(known).isdisjoint(wanted)
    # Row 1 is the first case where a file has no row of names, as in SPSS.
    header = None if 1 in sheet.index else 1
    return [
        Violation(
            "missing_column",
            "error",
            path,
            "cohort.yaml names this column, which the file does not have.",
            _hint(column, free) if shown else _NO_HEADER,
            row=header,
            column=column,
        )
        for column in dict.fromkeys(wanted)
        if column not in known
    ]


def duplicates(dyads: pd.Series, path: str, rule: str, what: str) -> list[Violation]:
    """One error per row whose dyad an earlier row already has.

    Parameters
    ----------
    dyads : pandas.Series of str
        Dyad per row, named after its column; the index is the row number in the file.
    path, rule : str
        File and rule of the violations.
    what : str
        Says, between the dyad and the number of the earlier row, what it has there.
    """
    repeated = dyads[dyads.duplicated() & dyads.ne("")]
    if repeated.empty:
        return []
    rows = dyads.drop_duplicates()
    first = dict(zip(rows, rows.index, strict=True))
    return [
        Violation(
            rule,
            "error",
            path,
            f"dyad {dyad!r} {what} row {first[dyad]}.",
            "Keep one of the two rows, or correct the dyad.",
            row=int(row),
            column=str(dyads.name),
            dyad=dyad,
        )
        for row, dyad in zip(repeated.index, repeated, strict=True)
    ]


_NO_HEADER = (
    "It has none of the columns that are needed. If its first row holds no names, put a row of"
    " names above it; else correct cohort.yaml."
)


def _hint(column: str, known: list[str]) -> str:
    hint = did_you_mean(column, known)
    if hint.startswith("Did") or len(known) <= MOST_NAMES:
        return hint
    return "Correct cohort.yaml, or export the file again."


def id_columns(file: str, cohort: Cohort) -> set[str]:
    """The columns of a file that name dyads, patients or therapists."""
    columns = {cohort.files[file].dyad}
    if file == cohort.sample.file:
        columns |= {cohort.sample.patient, cohort.sample.therapist or ""}
    columns |= {each.therapist or "" for each in cohort.selections() if each.file == file}
    return columns - {""}


def columns_beside_items(file: str, cohort: Cohort) -> set[str]:
    """The columns of a file that the cohort file names, except those of the items."""
    columns = id_columns(file, cohort)
    if file == cohort.sample.file:
        columns |= {*cohort.sample.rows}
        columns |= {variable.column for variable in cohort.sample.variables.values()}
    for each in cohort.selections():
        if each.file == file:
            columns |= {*each.rows}
            columns |= {each.column} if isinstance(each, GivenScore) else set()
            columns |= {*each.scores_in_file.values()} if isinstance(each, Questionnaire) else set()
    return columns


def nobody(cohort: Cohort) -> list[str]:
    """What a cell holds that names no dyad, therapist or patient: nothing, or a missing code."""
    return ["", *cohort.missing_codes, *SPREADSHEET_GAPS]


def plain_ids(names: pd.Series) -> pd.Series:
    """Ids without what programs change in them: capitals, blanks, leading zeros, empty decimals.

    Examples
    --------
    >>> plain_ids(pd.Series(["D01", "d 1", "1.0", "01", "10"])).tolist()
    ['d1', 'd1', '1', '1', '10']
    """
    plain = pc.utf8_lower(pa.array(names, pa.string()))
    for pattern, replacement in _WRITTEN_OTHERWISE.items():
        plain = pc.replace_substring_regex(plain, pattern, replacement)
    return pd.Series(plain.to_pylist(), index=names.index, dtype=object)


def written_in_one_way(names: pd.Series) -> bool:
    """Whether ids surely differ in more than `plain_ids` leaves out; much faster than that.

    Examples
    --------
    >>> [written_in_one_way(pd.Series(ids)) for ids in (["d01", "d10"], ["d1", "d01"], ["a", "A"])]
    [True, False, False]
    """
    texts = pa.array(names, pa.string())
    lengths = pc.min_max(pc.utf8_length(texts))
    if (
        lengths["min"] != lengths["max"]
        or pc.any(pc.match_substring_regex(texts, _BESIDES)).as_py()
    ):
        return False
    same = [pc.all(pc.equal(change(texts), texts)) for change in (pc.utf8_lower, pc.utf8_upper)]
    return any(each.as_py() for each in same)


_BESIDES = r"[\s\x{a0}\x{200b}\x{feff}.,]"
_WRITTEN_OTHERWISE = {
    r"[\s\x{a0}\x{200b}\x{feff}]+": "",
    r"(^|[^0-9.,])0+([0-9])": r"\1\2",
    r"^([0-9]+)[.,]0+$": r"\1",
}


def rows_of_nobody(dyads: pd.Series, path: str, what: str, cohort: Cohort) -> list[Violation]:
    """One error per row that holds something but names no dyad.

    Parameters
    ----------
    dyads : pandas.Series of str
        Dyad of each row that holds something, named after its column; the index is the row number
        in the file.
    path : str
        File of the violations.
    what : str
        What the rows hold, such as "answers".
    cohort : Cohort
    """
    unnamed = dyads[~is_named(dyads, cohort)]
    return [
        Violation(
            "no_dyad",
            "error",
            path,
            f"the row holds {what}, but names no dyad ({nameless(text)}).",
            "Fill the cell, or delete the row.",
            row=int(row),
            column=str(dyads.name),
            value=text or None,
        )
        for row, text in zip(unnamed.index, unnamed, strict=True)
    ]


def is_named(names: pd.Series, cohort: Cohort) -> pd.Series:
    """Whether each cell names a dyad, therapist or patient: it says neither nothing nor a code."""
    return ~names.isin(nobody(cohort))


def nameless(text: str) -> str:
    """What a cell that names nobody holds, as the end of a sentence."""
    if text in SPREADSHEET_GAPS:
        return f"the cell says {text!r}, as spreadsheets say that there is nothing"
    return f"the cell says {text!r}, which is one of missing_codes" if text else "the cell is empty"


def outside(names: pd.Index, known: pd.Index) -> NDArray[np.bool_]:
    """Whether each name is not among the known ones; much faster than `isin` for many texts.

    Parameters
    ----------
    names, known : pandas.Index of str
        No known name twice.

    Examples
    --------
    >>> outside(pd.Index(["a", "b"]), pd.Index(["b", "c"])).tolist()
    [True, False]
    """
    if names.equals(known):
        return np.zeros(len(names), dtype=np.bool_)
    return known.get_indexer(names) < 0


def some_of(names: Iterable[object], most: int = 5) -> str:
    """Names in a sentence, no more than a reader takes in.

    Examples
    --------
    >>> some_of(["a", "b"])
    "'a' and 'b'"
    >>> some_of([2, 3, 5, 7, 11, 13, 17])
    '2, 3, 5, 7, 11 and 2 more'
    """
    shown = [repr(name) if isinstance(name, str) else str(name) for name in names]
    if len(shown) > most:
        shown = [*shown[:most], f"{len(shown) - most} more"]
    *first, last = shown
    return f"{', '.join(first)} and {last}" if first else last
