"""Raw sheets: selecting rows, finding columns and comparing ids, whatever the file format.

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
"""Column names listed in a message; for files with more, only a similar name is suggested."""

SPREADSHEET_GAPS = ("#N/A", "#NULL!")
"""Values that spreadsheets write for empty cells; such a cell is not an id."""


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


def sample_rows(sheet: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """The rows of the sample sheet that describe dyads; the columns must exist."""
    rows = selected_rows(sheet, cohort.sample.rows)
    if not cohort.sample.first_rows:
        return rows
    dyads = rows[cohort.files[cohort.sample.file].dyad]
    return rows[~dyads.duplicated() | (dyads == "")]


def missing_columns(sheet: pd.DataFrame, path: str, needed: list[str]) -> list[Violation]:
    """One error per column that cohort.yaml names and the raw file does not have."""
    known = [str(name) for name in sheet.columns]
    if set(known).issuperset(needed):
        return []
    # Suggest only columns that are not declared themselves.
    free = [name for name in known if name not in needed]
    # Without any declared column, the first row may hold answers: its cells are not shown.
    has_header = not set(known).isdisjoint(needed)
    # In files without a header row, such as SPSS, row 1 is the first case.
    header = None if 1 in sheet.index else 1
    return [
        Violation(
            "missing_column",
            "error",
            path,
            "cohort.yaml names this column, which the file does not have.",
            _hint(column, free) if has_header else _NO_HEADER,
            row=header,
            column=column,
        )
        for column in dict.fromkeys(needed)
        if column not in known
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
    """The columns of a file that hold ids of dyads, patients or therapists."""
    columns = {cohort.files[file].dyad}
    if file == cohort.sample.file:
        columns |= {cohort.sample.patient, cohort.sample.therapist or ""}
    columns |= {entry.therapist or "" for entry in cohort.selections() if entry.file == file}
    return columns - {""}


def columns_beside_items(file: str, cohort: Cohort) -> set[str]:
    """The columns of a file that cohort.yaml uses, other than those of items."""
    columns = id_columns(file, cohort)
    if file == cohort.sample.file:
        columns |= {*cohort.sample.rows}
        columns |= {variable.column for variable in cohort.sample.variables.values()}
    for entry in cohort.selections():
        if entry.file != file:
            continue
        columns |= {*entry.rows}
        if entry.answered_on:
            columns.add(entry.answered_on.column)
        if isinstance(entry, GivenScore):
            columns.add(entry.column)
        elif isinstance(entry, Questionnaire):
            columns |= {*entry.scores_in_file.values()}
    return columns


def id_missing_codes(cohort: Cohort) -> list[str]:
    """Contents of an id cell that are not an id: the empty cell and all missing codes."""
    return ["", *cohort.missing_codes, *SPREADSHEET_GAPS]


def normalise_ids(ids: pd.Series) -> pd.Series:
    """Ids in lower case, without blanks, leading zeros and empty decimals.

    These are the differences that programs introduce when they save an id.

    Examples
    --------
    >>> normalise_ids(pd.Series(["D01", "d 1", "1.0", "01", "10"])).tolist()
    ['d1', 'd1', '1', '1', '10']
    """
    texts = pc.utf8_lower(pa.array(ids, pa.string()))
    for pattern, replacement in _NORMALISATIONS.items():
        texts = pc.replace_substring_regex(texts, pattern, replacement)
    return pd.Series(texts.to_pylist(), index=ids.index, dtype=object)


def ids_uniformly_formatted(ids: pd.Series) -> bool:
    """Whether distinct ids are certain to stay distinct under `normalise_ids`.

    True if all have one length, one case, and no blank, point or comma; much faster than
    normalising them.

    Examples
    --------
    >>> pairs = (["d01", "d10"], ["d1", "d01"], ["a", "A"])
    >>> [ids_uniformly_formatted(pd.Series(ids)) for ids in pairs]
    [True, False, False]
    """
    texts = pa.array(ids, pa.string())
    lengths = pc.min_max(pc.utf8_length(texts))
    if (
        lengths["min"] != lengths["max"]
        or pc.any(pc.match_substring_regex(texts, _SEPARATORS)).as_py()
    ):
        return False
    same = [pc.all(pc.equal(change(texts), texts)) for change in (pc.utf8_lower, pc.utf8_upper)]
    return any(equal.as_py() for equal in same)


_SEPARATORS = r"[\s\x{a0}\x{200b}\x{feff}.,]"
_NORMALISATIONS = {
    r"[\s\x{a0}\x{200b}\x{feff}]+": "",
    r"(^|[^0-9.,])0+([0-9])": r"\1\2",
    r"^([0-9]+)[.,]0+$": r"\1",
}


def is_named(names: pd.Series, cohort: Cohort) -> pd.Series:
    """Whether each cell is an id: neither empty nor a missing code."""
    missing = set(id_missing_codes(cohort))
    return pd.Series([name not in missing for name in names], names.index, dtype=bool)


def not_in(names: pd.Index, known: pd.Index) -> NDArray[np.bool_]:
    """Whether each name is absent from `known`; much faster than `isin` for many texts.

    Parameters
    ----------
    names, known : pandas.Index of str
        `known` without duplicates.

    Examples
    --------
    >>> not_in(pd.Index(["a", "b"]), pd.Index(["b", "c"])).tolist()
    [True, False]
    """
    if names.equals(known):
        return np.zeros(len(names), dtype=np.bool_)
    return known.get_indexer(names) < 0


def quoted_list(names: Iterable[object], most: int = 5) -> str:
    """The first names in a sentence, texts in quotation marks, and the number of the others.

    Examples
    --------
    >>> quoted_list(["a", "b"])
    "'a' and 'b'"
    >>> quoted_list([2, 3, 5, 7, 11, 13, 17])
    '2, 3, 5, 7, 11 and 2 more'
    """
    quoted = [repr(name) if isinstance(name, str) else str(name) for name in names]
    if len(quoted) > most:
        quoted = [*quoted[:most], f"{len(quoted) - most} more"]
    *first, last = quoted
    return f"{', '.join(first)} and {last}" if first else last
