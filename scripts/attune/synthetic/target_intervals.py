"""From a ledger to targets: one interval per statistic, from all that a paper prints about it."""

from collections.abc import Collection, Mapping
from math import sqrt

import pandas as pd
from scipy import stats

from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue
from attune.paper.verdicts.roundings import has_printed_digits
from attune.specs.errors import AttuneError
from attune.stats.intervals import Interval, rounding_interval
from attune.synthetic.search import CalibrationError, Target


def bound_values(publication: Publication) -> list[PrintedValue]:
    """Values of a ledger that name a statistic, in its order; the others are quoted."""
    return [value for value in publication.values if value.statistic]  # noqa: PD011, no frame


def statistic_of(value: PrintedValue) -> str:
    """Id of the statistic that should give a value.

    Raises
    ------
    AttuneError
        The ledger names none.
    """
    if value.statistic is None:
        raise AttuneError(f"{value.id}: the ledger names no statistic that should give it.")
    return value.statistic


def computed_value(value: PrintedValue, statistics: pd.DataFrame) -> float:
    """The computed number behind a printed value, in the unit of the print.

    Parameters
    ----------
    value : PrintedValue
    statistics : pandas.DataFrame
        Contract `STATISTICS`, indexed by id.
    """
    return value.print_factor * float(statistics[value.field].loc[statistic_of(value)])


def is_met(value: PrintedValue, statistics: pd.DataFrame) -> bool:
    """Whether statistics give a printed value to its last digit, or a finding with its sign."""
    estimate = float(statistics["estimate"].loc[statistic_of(value)])
    return has_printed_digits(
        computed_value(value, statistics), value.reading
    ) and value.direction_holds(estimate)


def missed_values(
    publication: Publication, given_up: Collection[str], statistics: pd.DataFrame
) -> list[str]:
    """One sentence per printed value that could be met and is not.

    Parameters
    ----------
    publication : Publication
    given_up : collection of str
        Ids of printed values that no data can give (`attune.synthetic.contradictions`).
    statistics : pandas.DataFrame
        Contract `STATISTICS`, indexed by id.
    """
    return [
        f"{value.id} is printed {value.printed}, found {computed_value(value, statistics)}"
        for value in bound_values(publication)
        if value.id not in given_up and not is_met(value, statistics)
    ]


def target_intervals(
    publication: Publication, given_up: Collection[str], degrees_of_freedom: Mapping[str, int]
) -> dict[str, Target]:
    """One target per statistic: the values that give all that is printed about it.

    A coefficient may be printed three times, as r, as a percentage of variance and through its p;
    the target is the intersection of the three intervals.

    Parameters
    ----------
    publication : Publication
    given_up : collection of str
        Ids of values that are left out because they contradict others.
    degrees_of_freedom : mapping of str to int
        Analysis -> degrees of freedom of its p values, for analyses that print two-tailed p.

    Returns
    -------
    dict of str to Target
        By statistic id. Statistics of which only a bound or a df is printed have none.

    Raises
    ------
    CalibrationError
        Two printed values of one statistic have no value in common.
    """
    usable = [
        value
        for value in bound_values(publication)
        if value.id not in given_up and value.reading.number is not None
    ]
    signs = {value.statistic: _sign(value) for value in usable if value.field == "estimate"}
    intervals: dict[str, tuple[float, float]] = {}
    for value in usable:
        if value.field == "df":
            continue
        name, low, high = _as_estimate(value, degrees_of_freedom)
        if value.field != "estimate" or name != value.statistic:
            low, high = sorted((signs[name] * low, signs[name] * high))
        before = intervals.get(name, (low, high))
        intervals[name] = max(low, before[0]), min(high, before[1])
    impossible = [name for name, (low, high) in intervals.items() if low >= high]
    if impossible:
        raise CalibrationError(
            "Printed values contradict each other.",
            [f"{name}: no value gives all that is printed about it" for name in impossible],
        )
    return {name: Target(low, high, step=_step(name)) for name, (low, high) in intervals.items()}


def _sign(value: PrintedValue) -> int:
    number = value.reading.number
    return -1 if number is not None and number.value.is_signed() else 1


def _step(statistic: str) -> float:
    """Approximate change of a statistic of about 25 dyads when one score changes by one."""
    *_, kind = statistic.split(".")
    return {"pearson_r": 0.005, "t": 0.02, "minimum": 1.0, "maximum": 1.0}.get(kind, 0.05)


def _as_estimate(
    value: PrintedValue, degrees_of_freedom: Mapping[str, int]
) -> tuple[str, float, float]:
    """The statistic that a value restricts, and the smallest and largest size it allows."""
    interval, statistic = rounding_interval(value.reading.digits or ""), statistic_of(value)
    if value.field == "p_two_tailed":
        df = degrees_of_freedom[statistic.partition(".")[0]]
        low, high = _sizes_with_p(interval, df)
        if statistic.endswith(".pearson_r"):
            low, high = (t / sqrt(t * t + df) for t in (low, high))
        return statistic, low, high
    if value.kind == "r_squared_percent":
        pair = statistic.removesuffix("r_squared")
        low, high = (sqrt(end / 100) for end in (interval.low, interval.high))
        # Rounded, so that the search does not depend on the last bit of a library.
        return pair + "pearson_r", round(low, 9), round(high, 9)
    return statistic, float(interval.low), float(interval.high)


def _sizes_with_p(p: Interval, df: int) -> tuple[float, float]:
    """Smallest and largest |t| whose two-tailed p lies in an interval."""
    return (
        round(float(stats.t.isf(float(p.high) / 2, df)), 9),
        round(float(stats.t.isf(float(p.low) / 2, df)), 9),
    )
