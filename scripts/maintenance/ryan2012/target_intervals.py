"""From printed values to the intervals that the search aims at."""

from collections.abc import Collection
from math import sqrt

from scipy import stats

from attune.paper.ledger.ledger import PrintedValue, Publication
from attune.paper.ledger.printed_text import digits_of
from attune.paper.ledger.reading import is_bound
from attune.stats.intervals import Interval, rounding_interval
from attune.synthetic.search import Aim, CalibrationError
from maintenance.ryan2012.bound_values import bound_values, statistic_of


def printed_aims(
    publication: Publication, unmet: Collection[str], degrees_of_freedom: dict[str, int]
) -> dict[str, Aim]:
    """One aim per statistic: the values that give all that is printed about it.

    A coefficient may be printed three times, as r, as a percentage of variance and through its p;
    the aim is what the three intervals have in common.

    Parameters
    ----------
    publication : Publication
    unmet : collection of str
        Ids of values that are proved to contradict others; they are left out.
    degrees_of_freedom : dict of str to int
        Analysis -> degrees of freedom of its p values, for analyses that print two-tailed p.

    Returns
    -------
    dict of str to Aim
        By statistic id. Statistics whose only print is a bound or a df have none.

    Raises
    ------
    CalibrationError
        Two printed values of one statistic have no value in common.
    """
    kept = [v for v in bound_values(publication) if v.id not in unmet and not is_bound(v)]
    signs = {
        v.statistic: -1 if v.printed.startswith("-") else 1 for v in kept if v.field == "estimate"
    }
    aims: dict[str, tuple[float, float]] = {}
    for value in kept:
        if value.field == "df":
            continue
        name, low, high = _as_estimate(value, degrees_of_freedom)
        if value.field != "estimate" or name != value.statistic:
            low, high = sorted((signs[name] * low, signs[name] * high))
        before = aims.get(name, (low, high))
        aims[name] = max(low, before[0]), min(high, before[1])
    impossible = [name for name, (low, high) in aims.items() if low >= high]
    if impossible:
        raise CalibrationError(
            "Printed values contradict each other.",
            [f"{name}: no value gives all that is printed about it" for name in impossible],
        )
    return {name: Aim(low, high, step=_step(name)) for name, (low, high) in aims.items()}


def _step(statistic: str) -> float:
    """About what a change of one score by one does to a statistic of 25 dyads."""
    *_, kind = statistic.split(".")
    return {"pearson_r": 0.005, "t": 0.02, "minimum": 1.0, "maximum": 1.0}.get(kind, 0.05)


def _as_estimate(
    value: PrintedValue, degrees_of_freedom: dict[str, int]
) -> tuple[str, float, float]:
    """The statistic that a value restricts, and the smallest and largest size it allows."""
    interval, statistic = rounding_interval(digits_of(value.printed) or ""), statistic_of(value)
    if value.field == "p_two_tailed":
        df = degrees_of_freedom[statistic.partition(".")[0]]
        low, high = _sizes_with_p(interval, df)
        if statistic.endswith(".pearson_r"):
            low, high = (t / sqrt(t * t + df) for t in (low, high))
        return statistic, low, high
    if value.kind == "r_squared_percent":
        pair = statistic.removesuffix("r_squared")
        low, high = (sqrt(end / 100) for end in (interval.low, interval.high))
        # Rounded, so that the search does not hang on the last bit of a library.
        return pair + "pearson_r", round(low, 9), round(high, 9)
    return statistic, float(interval.low), float(interval.high)


def _sizes_with_p(p: Interval, df: int) -> tuple[float, float]:
    """Smallest and largest |t| whose two-tailed p lies in an interval."""
    return (
        round(float(stats.t.isf(float(p.high) / 2, df)), 9),
        round(float(stats.t.isf(float(p.low) / 2, df)), 9),
    )
