"""The sample sheet of a twin: ids, categories and numbers."""

from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from attune.specs.cohort import Cohort, Variable
from attune.synthetic.draws import Draws
from attune.synthetic.twin.scores import within
from attune.synthetic.twin.summary import LevelCounts, Moments, Summary

Reals = NDArray[np.float64]


def ids(letter: str, count: int, n: int) -> list[str]:
    """One id per dyad, `count` different ones in turn.

    Examples
    --------
    >>> ids("t", 2, 3)
    ['t1', 't2', 't1']
    """
    width = len(str(count))
    return [f"{letter}{number % count + 1:0{width}}" for number in range(n)]


def sample_columns(
    summary: Summary, cohort: Cohort, drawn: dict[str, Reals], draws: Draws
) -> dict[str, list[str]]:
    """Column of the sample sheet -> its cells, one per dyad, as text.

    Parameters
    ----------
    summary : Summary
    cohort : Cohort
    drawn : dict of str to array, shape (n_dyads,)
        Number or date of the sample sheet -> standardised values.
    draws : Draws
    """
    n, missing = summary.n_dyads, missing_text(cohort.missing_codes)
    columns: dict[str, list[str]] = {}
    cells: dict[str, list[str]] = {}
    for name, variable in cohort.sample.variables.items():
        if variable.kind == "category":
            counts = summary.categories.get(name, LevelCounts(counts={}))
            cells[name] = draws.shuffled(_levels(counts, list(variable.levels), n, missing))
        else:
            moments = summary.numbers.get(name, Moments(n=n))
            has = draws.order(n) < (n if moments.n is None else moments.n)
            cells[name] = _numbers(drawn[name], has, moments, variable, missing)
    ordered = cohort.sample.dates_in_order
    formats = {name: cohort.sample.variables[name].format for name in ordered}
    for row in range(n if ordered else 0):
        _put_in_order(cells, ordered, formats, row, missing)
    for name, variable in cohort.sample.variables.items():
        columns[variable.column] = cells[name]
    if cohort.sample.therapist:
        columns[cohort.sample.therapist] = draws.shuffled(ids("t", summary.n_therapists or n, n))
    columns[cohort.sample.patient] = ids("p", summary.n_patients or n, n)
    columns[cohort.files[cohort.sample.file].dyad] = ids("d", n, n)
    return columns


def missing_text(codes: list[str]) -> str:
    """How a twin writes that there is no answer."""
    return "" if "" in codes or not codes else codes[0]


def _levels(summary: LevelCounts, codes: list[str], n: int, missing: str) -> list[str]:
    """So many cells of each level; the suppressed ones share what is left."""
    counts = {code: summary.counts.get(code) for code in codes} | {missing: summary.missing}
    hidden = [code for code, count in counts.items() if count is None]
    left = max(n - sum(count or 0 for count in counts.values()), 0)
    for place, code in enumerate(hidden):
        counts[code] = left // len(hidden) + (place < left % len(hidden))
    cells = [code for code, count in counts.items() for _ in range(count or 0)]
    # A summary that a person changed may not add up.
    return (cells + codes[:1] * n)[:n]


def _numbers(
    drawn: Reals, has: NDArray[np.bool_], moments: Moments, variable: Variable, missing: str
) -> list[str]:
    if moments.mean is None or moments.sd is None:
        middle = ((variable.minimum or 0) + (variable.maximum or variable.minimum or 0)) / 2
        moments = moments.model_copy(update={"mean": middle, "sd": 0.0})
    low = -np.inf if variable.minimum is None else variable.minimum
    high = np.inf if variable.maximum is None else variable.maximum
    values = within(drawn, has, float(moments.mean or 0), float(moments.sd or 0), low, high)
    if variable.kind == "date":
        texts = [_day(value).strftime(variable.format) for value in values]
    else:
        texts = [f"{value:.{moments.decimals}f}" for value in values]
    return [text if present else missing for text, present in zip(texts, has, strict=True)]


def _day(value: float) -> date:
    return date(1970, 1, 1) + timedelta(days=round(value))


def _put_in_order(
    cells: dict[str, list[str]],
    names: list[str],
    formats: dict[str, str],
    row: int,
    missing: str,
) -> None:
    """The dates of one dyad, the earliest first."""
    there = [name for name in names if cells[name][row] != missing]
    days = sorted(datetime.strptime(cells[name][row], formats[name]).date() for name in there)
    for name, day in zip(there, days, strict=True):
        cells[name][row] = day.strftime(formats[name])
