"""Ids that a spreadsheet program has taken for dates, such as 1-Jan for 1-1."""

import pandas as pd

from attune.intake.reading.spreadsheet_traces import DATES

SMALLEST_SHARE = 0.5
"""Share of the ids of a file that must look like dates: of ids such as 1-1 to 12-31 nearly all do,
those of 13-40 do not."""


def ids_like_dates(ids: pd.Series) -> list[str]:
    """The ids that look like dates, where at least half of a file's ids do; otherwise none.

    Parameters
    ----------
    ids : pandas.Series of str
        Ids of a file; empty cells are not counted.

    Examples
    --------
    >>> ids_like_dates(pd.Series(["1-Jan", "2-Jan", "1-Feb", "13-1"]))
    ['1-Jan', '2-Jan', '1-Feb']
    >>> ids_like_dates(pd.Series(["1-1", "1-2", "13-1"]))
    []
    """
    different = [str(text) for text in ids.unique() if text != ""]
    found = [text for text in different if DATES.fullmatch(text)]
    return found if found and len(found) >= SMALLEST_SHARE * len(different) else []


HOW_TO_GET_BACK = (
    "Spreadsheet programs take two short numbers with a hyphen between them for a day and a month."
    " Export the file again without opening it in a spreadsheet program, or import it there with"
    " this column as text. If there is no other copy, format the column as month-day (m-d) or"
    " day-month (d-m), whichever gives the ids of your other files, save it as text, and compare"
    " some ids by hand"
)
"""How the ids are recovered, in sentences."""
