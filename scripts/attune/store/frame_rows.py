"""Rows of a table as mappings."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def frame_rows(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """Every row as a mapping of column to cell, with None for missing cells.

    Examples
    --------
    >>> import pandas as pd
    >>> frame_rows(pd.DataFrame({"id": ["a", None], "n": [26, None]}))
    [{'id': 'a', 'n': 26.0}, {'id': None, 'n': None}]
    """
    names = [str(name) for name in frame.columns]
    # Column by column: `DataFrame.to_dict` asks for the type of every cell and takes three times as
    # long for a store of 2,000 rows.
    columns = [
        column.astype(object).where(column.notna(), None).tolist() for _, column in frame.items()
    ]
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


def rows_by(frame: "pd.DataFrame", columns: Sequence[str]) -> dict[tuple[Any, ...], list[int]]:
    """Positions of the rows with each combination of values, in the order of their first rows.

    Several times as fast as `groupby` for the few hundred questionnaires of a study.

    Examples
    --------
    >>> import pandas as pd
    >>> rows_by(pd.DataFrame({"rater": ["a", "b", "a"], "state": ""}), ["rater", "state"])
    {('a', ''): [0, 2], ('b', ''): [1]}
    """
    found: dict[tuple[Any, ...], list[int]] = {}
    values = (frame[name].to_numpy(dtype=object) for name in columns)
    for row, place in enumerate(zip(*values, strict=True)):
        found.setdefault(place, []).append(row)
    return found
