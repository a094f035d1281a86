"""Columns of time in two files: dates in any usual form, and numbers of days, weeks or sessions."""

import re
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from attune.intake.personal_data.headings import words_of

FEWEST_DATES = 5
"""People with a date in both files below which dates are not compared."""

MOST_LATER = 0.9
"""Share of people whose date or number is later in the file of the earlier occasion."""

MOST_SEPARATED = 0.99
"""Share of pairs of people, one of each file, in which the number of the earlier occasion is
larger. Days since a beginning are as far apart as the waves; days of drinking or of absence, which
may become fewer in everybody, overlap: this share belongs to a difference of 3.3 standard
deviations."""

LEAST_DATE = 1_000_000
"""Numbers from which a date is written as year, month and day."""

_NUMBER = re.compile(r"-?\d+([.,]\d+)?")
_DAY_NUMBER = re.compile(r"(?:19|20)\d{6}|[2-6]\d{4}(?:\.\d+)?")
"""20120131, or the day 40939 as spreadsheets count from 1900 (1954 to 2091)."""
_WRITTEN = re.compile(r"(\d{1,4})[-./\s]+(\d{1,2})[-./\s]+(\d{1,4})(?!\d)")
_NAMED = re.compile(
    r"(?P<day>\d{1,2})[-.\s]+(?P<month>[^\W\d_]{3,})[-.,\s]+(?P<year>\d{4}|\d{2})(?!\d)"
    r"|(?P<month2>[^\W\d_]{3,})[-.\s]+(?P<day2>\d{1,2}),?[-\s]+(?P<year2>\d{4})(?!\d)"
)
_MONTHS = {
    beginning: number
    for number, beginnings in enumerate(
        ("jan ene gen", "feb fev fév", "mar mär mrt maa", "apr abr avr", "may mai mei maj mag",
         "jun jui giu", "jul lug", "aug ago aoû aou", "sep set", "oct okt ott out", "nov",
         "dec dez dic dét"),
        start=1,
    )
    for beginning in beginnings.split()
}  # fmt: skip
"""First three letters of a month in the languages of the alphabet; July in French is not told from
June."""
_TIME_WORDS = re.compile(
    "|".join(
        (
            "days?|day(nr|num|no|count)|weeks?|week(nr|num|no)|months?|years?|visits?|waves?",
            "sessions?|session(nr|num|no)|time|timepoint|elapsed|assessment|measurement|since",
            "tage?|tag(nr|e)?|woche(n|nr)?|monate?|sitzung(en|s?nr)?|welle|zeit(punkt)?|messung",
            "jours?|semaines?|mois|seances?|temps|dias?|semanas?|mes(es)?|sesion(es)?|tiempo",
            "giorn[oi]|settiman[ae]|mes[ei]|sedut[ae]|tempo|dag(en|ar|er)?|weken|maand(en)?",
            "sessie|zitting|tijd|uke|vecka|uge|session(en|er)|mote|tid|paiva[at]?|viikko|kaynti",
            "dni|dzien|tydzien|tygodni[ae]?|sesj[ai]|tyden|sezeni|gun|hafta|seans",
        )
    )
)
"""Words of a heading, in lower case and without accents, that announce a number of time."""
_DATE_WORDS = re.compile(r"dates?|dat(um)?|.+datum|fecha|data|dato|tarih|pvm|paivamaara")


def runs_backwards(name: str, earlier: pd.Series, later: pd.Series) -> tuple[str, int, int] | None:
    """Whether a column of time runs from the later to the earlier occasion.

    Parameters
    ----------
    name : str
        The column's heading: numbers are taken for time only where a word of it says so.
    earlier, later : pandas.Series of str
        Its cells on two occasions, indexed by person.

    Returns
    -------
    tuple of str, int, int, or None
        What the column holds ("date" or "number"), for how many people it is later on the earlier
        occasion, and people with both.

    Examples
    --------
    >>> people = [f"p{number}" for number in range(6)]
    >>> weeks = pd.Series(["12", "13", "12", "12", "14", "12"], people)
    >>> runs_backwards("week_in_study", weeks, pd.Series(["0", "0", "1", "0", "0", "1"], people))
    ('number', 6, 6)
    >>> runs_backwards("distress", weeks, pd.Series(["0", "0", "1", "0", "0", "1"], people)) is None
    True
    """
    cells = [part[part != ""] for part in (earlier, later)]
    if min(map(len, cells)) < FEWEST_DATES:
        return None
    for what, read in (("date", _dates), ("number", _numbers)):
        values = read(name, cells)
        if values is None:
            continue
        first, second = (
            pd.Series(one, part.index) for one, part in zip(values, cells, strict=True)
        )
        known = first.index.intersection(second.index)
        after = int((first.loc[known] > second.loc[known]).sum())
        enough = len(known) >= FEWEST_DATES and after >= MOST_LATER * len(known)
        apart = what == "date" or _separation(*values) >= MOST_SEPARATED
        return (what, after, len(known)) if enough and apart else None
    return None


def days_of(name: str, earlier: pd.Series, later: pd.Series) -> tuple[pd.Series, pd.Series] | None:
    """The dates of a column on two occasions as days that can be subtracted; None if it has none.

    Parameters
    ----------
    name : str
        The column's heading.
    earlier, later : pandas.Series of str
        Its cells on two occasions, indexed by person; empty ones are left out.

    Examples
    --------
    >>> people = [f"p{number}" for number in range(5)]
    >>> one, two = pd.Series(["2024-01-31"] * 5, people), pd.Series(["2024-02-02"] * 5, people)
    >>> first, second = days_of("date", one, two)
    >>> int((second - first).iloc[0])
    2
    """
    cells = [part[part != ""] for part in (earlier, later)]
    if min(map(len, cells)) < FEWEST_DATES:
        return None
    values = _dates(name, cells)
    if values is None:
        return None
    days = [pd.Series(_as_days(one), part.index) for one, part in zip(values, cells, strict=True)]
    return days[0], days[1]


def _as_days(sortable: np.ndarray) -> np.ndarray:
    """Days from numbers like 20240131, to within two; days as spreadsheets count them as they are.

    A month counts 30.4 days, so that no calendar has to be known.
    """
    year, rest = np.divmod(sortable, 10_000)
    month, day = np.divmod(rest, 100)
    return np.where(sortable >= LEAST_DATE, np.round(365.25 * year + 30.4 * month + day), sortable)


def _separation(first: np.ndarray, second: np.ndarray) -> float:
    """Share of pairs, one of each, in which the first is larger."""
    ordered = np.sort(second)
    return float(np.searchsorted(ordered, first, side="left").mean() / len(ordered))


def _numbers(name: str, cells: Sequence[pd.Series]) -> list[np.ndarray] | None:
    """Numbers of days, weeks or sessions."""
    if not any(map(_TIME_WORDS.fullmatch, words_of(name))):
        return None
    return _converted(cells, lambda text: bool(_NUMBER.fullmatch(text)), _number)


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _dates(name: str, cells: Sequence[pd.Series]) -> list[np.ndarray] | None:
    """Dates as numbers that sort like them; None unless every cell is one."""
    if any(map(_DATE_WORDS.fullmatch, words_of(name))):
        days = _converted(cells, lambda text: bool(_DAY_NUMBER.fullmatch(text)), float)
        if days is not None:
            return days
    named = _converted(cells, lambda text: _named_date(text) > 0, _named_date)
    return named if named is not None else _written_dates(cells)


def _converted(
    cells: Sequence[pd.Series], fits: Callable[[str], bool], read: Callable[[str], float]
) -> list[np.ndarray] | None:
    """All cells as numbers; None where one does not fit."""
    texts = [[str(text).strip() for text in part] for part in cells]
    if not all(fits(text) for part in texts for text in part):
        return None
    return [np.array([read(text) for text in part], float) for part in texts]


def _named_date(text: str) -> float:
    """A date with the name of its month; 0 if it is none."""
    found = _NAMED.match(text)
    if not found:
        return 0.0
    day = found["day"] or found["day2"]
    month = _MONTHS.get((found["month"] or found["month2"])[:3].lower(), 0)
    return _sortable(_full_year(found["year"] or found["year2"]), month, int(day)) if month else 0.0


def _written_dates(cells: Sequence[pd.Series]) -> list[np.ndarray] | None:
    """Dates of three numbers. Whether the day or the month comes first is seen in all of them."""
    found = [[_WRITTEN.match(str(text).strip()) for text in part] for part in cells]
    parts = [[match.groups() for match in part if match] for part in found]
    if [len(part) for part in parts] != [len(part) for part in cells]:
        return None
    order = _order_of_parts([groups for part in parts for groups in part])
    if order is None:
        return None
    year, month, day = order
    return [
        np.array([_sortable(_full_year(of[year]), int(of[month]), int(of[day])) for of in part])
        for part in parts
    ]


def _order_of_parts(dates: Sequence[tuple[str, ...]]) -> tuple[int, int, int] | None:
    """Places of year, month and day; None where day and month cannot be told apart."""
    if all(len(first) == 4 for first, _, _ in dates):
        return 0, 1, 2
    first, second = (max(int(groups[place]) for groups in dates) for place in (0, 1))
    if first > 12:
        return 2, 1, 0
    return (2, 0, 1) if second > 12 else None


def _full_year(text: str) -> int:
    """Two digits are a year from 1970 to 2069."""
    year = int(text)
    return year if len(text) > 2 else year + (1900 if year >= 70 else 2000)


def _sortable(year: int, month: int, day: int) -> float:
    return year * 10_000.0 + month * 100 + day
