"""Rows of a sheet that repeat its headings, as where files were pasted one below the other."""

from dataclasses import dataclass

import pandas as pd

FIRST_COLUMNS = 3
"""Columns of which one holds a heading in such a row; one may be without a name."""

FEWEST_HEADINGS = 2
"""Cells of a row that hold a heading, at least."""

MOST_CANDIDATES = 3000
"""Rows up to which each is looked at; where more begin with a heading, it is a common answer."""

LEAST_SHARE = 0.5
"""Share of the cells with content that hold a heading, at least."""


@dataclass(frozen=True)
class RepeatedHeadings:
    """Rows that repeat the headings.

    Attributes
    ----------
    rows : tuple of int
        Row numbers in the file.
    in_order : bool
        Whether each heading stands below itself: otherwise the rows below have other columns.
    """

    rows: tuple[int, ...]
    in_order: bool


def repeated_headings(sheet: pd.DataFrame) -> RepeatedHeadings | None:
    """The rows of a sheet that repeat its headings; None where there are none.

    Parameters
    ----------
    sheet : pandas.DataFrame of str
        One raw file; the index is the row number in the file.

    Examples
    --------
    >>> sheet = pd.DataFrame({"id": ["a", "id"], "q1": ["3", "q1"]}, index=[2, 3])
    >>> repeated_headings(sheet)
    RepeatedHeadings(rows=(3,), in_order=True)
    """
    headings = [_plain(name) for name in sheet.columns]
    known = {name for name in headings if name}
    candidates: list[int] = []
    for place in range(min(FIRST_COLUMNS, len(headings))):
        cells = sheet.iloc[:, place]
        texts = [text for text in cells.unique() if _plain(text) in known]
        if texts:
            candidates += [int(row) for row in sheet.index[cells.isin(texts)]]
    rows, in_order = [], True
    if len(candidates) > MOST_CANDIDATES:
        return None
    for row in sorted(set(candidates)):
        texts = [_plain(text) for text in sheet.loc[row]]
        held = sum(text in known for text in texts)
        if held >= max(FEWEST_HEADINGS, LEAST_SHARE * sum(map(bool, texts))):
            rows.append(row)
            below = sum(text == name for text, name in zip(texts, headings, strict=True) if text)
            in_order &= below == held
    return RepeatedHeadings(tuple(rows), in_order) if rows else None


def _plain(text: object) -> str:
    """A heading without the differences that programs introduce when they save it."""
    return str(text).strip().casefold()
