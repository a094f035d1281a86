"""Rows of a table as mappings."""

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
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(key): cell for key, cell in row.items()} for row in plain.to_dict("records")]
