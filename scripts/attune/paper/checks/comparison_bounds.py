"""What two rounded means and SDs leave for the difference, its SE and limits, t, d and g.

Sizes n1 and n2, means M1 and M2, SDs s1 and s2, D = M1 - M2:

* Student: SE^2 = s^2 (1 / n1 + 1 / n2) with s^2 = ((n1 - 1) s1^2 + (n2 - 1) s2^2) / (n1 + n2 - 2);
* Welch: SE^2 = a + b with a = s1^2 / n1 and b = s2^2 / n2, and
  df = (a + b)^2 / (a^2 / (n1 - 1) + b^2 / (n2 - 1));
* pairs: SE = SD of the differences / sqrt(n), an SD from |s1 - s2| to s1 + s2;
* t = D / SE; limits D -+ t(df) * SE, or with the normal quantile;
* d = D / s, or D over another SD; g = J d (Hedges, 1981, doi 10.3102/10769986006002107).

Every SE and SD rises with both SDs, so the ends of all intervals are at the ends of the inputs.
Signs are left out: which mean is subtracted is the paper's choice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from attune.paper.checks.effect_size_test import hedges_factor, root
from attune.paper.checks.p_values import p_of_t
from attune.paper.ledger.printed_value import FAR
from attune.stats.intervals import Interval, exact

STUDENT, WELCH, PAIRED = "pooled variances (Student)", "separate variances (Welch)", "pairs"
_ROOM = Fraction(1, 10**9)
"""Relative error of quantiles; every interval is widened by it."""

Alternatives = dict[str, Interval]
"""Name of a formula -> what it leaves."""


@dataclass(frozen=True)
class Moments:
    """Sizes, and what is known of the means and SDs of two groups or of pairs.

    Attributes
    ----------
    design : {"independent", "welch", "paired"}
    sizes : tuple of int
        Of two groups, or the number of pairs.
    difference : Interval or None
        M1 - M2.
    sds : tuple of Interval, or None
    difference_sd : Interval or None
        SD of the differences of pairs.
    """

    design: str
    sizes: tuple[int, ...]
    difference: Interval | None = None
    sds: tuple[Interval, Interval] | None = None
    difference_sd: Interval | None = None

    @property
    def pooled_df(self) -> int:
        """Degrees of freedom of Student's test, or of pairs."""
        return sum(self.sizes) - (2 if len(self.sizes) > 1 else 1)


def size_of(value: Interval) -> Interval:
    """Absolute values.

    Examples
    --------
    >>> size_of(Interval(Fraction(-3), Fraction(2)))
    Interval(low=Fraction(0, 1), high=Fraction(3, 1))
    """
    ends = sorted((abs(value.low), abs(value.high)))
    return Interval(Fraction(0) if value.low <= 0 <= value.high else ends[0], ends[1])


def ratio(size: Interval, divisor: Interval) -> Interval:
    """Quotients of numbers that are not negative; without an upper end where the divisor may be 0.

    Examples
    --------
    >>> from attune.stats.intervals import exact
    >>> ratio(exact(1), Interval(Fraction(0), Fraction(2))).low
    Fraction(1, 2)
    """
    low = size.low / divisor.high if divisor.high else FAR
    return Interval(min(low, FAR), min(FAR, size.high / divisor.low) if divisor.low else FAR)


def standard_errors(moments: Moments) -> Alternatives:
    """Standard error of the difference, by the tests that the design allows.

    Examples
    --------
    >>> from attune.stats.intervals import exact
    >>> both = standard_errors(Moments("independent", (20, 20), sds=(exact(2), exact(2))))
    >>> {name: round(float(se.low), 3) for name, se in both.items()}
    {'pooled variances (Student)': 0.632, 'separate variances (Welch)': 0.632}
    """
    if moments.design == "paired":
        sd = _paired_sd(moments)
        return {PAIRED: sd * root(Fraction(1, moments.sizes[0]))} if sd else {}
    if moments.sds is None or min(moments.sizes) < 2:
        return {}
    n1, n2 = moments.sizes
    share = Fraction(1, n1) + Fraction(1, n2)
    one, two = moments.sds
    student = Interval(
        root(_pooled(one.low, two.low, n1, n2) * share).low,
        root(_pooled(one.high, two.high, n1, n2) * share).high,
    )
    welch = Interval(
        root(one.low**2 / n1 + two.low**2 / n2).low, root(one.high**2 / n1 + two.high**2 / n2).high
    )
    return ({} if moments.design == "welch" else {STUDENT: student}) | {WELCH: welch}


def degrees_of_freedom(moments: Moments, name: str) -> Interval:
    """The df of a test: of Welch's, all that the SDs allow.

    Welch's df depends on the ratio of s1^2 / n1 to s2^2 / n2 alone: it is largest, n1 + n2 - 2,
    where that is (n1 - 1) / (n2 - 1), and falls on both sides.

    Examples
    --------
    >>> two = Moments("welch", (20, 20), sds=(exact(2), exact(4)))
    >>> round(float(degrees_of_freedom(two, WELCH).low), 2)
    27.94
    """
    largest = exact(moments.pooled_df)
    if name != WELCH:
        return largest
    n1, n2 = moments.sizes
    if moments.sds is None or not all(sd.high for sd in moments.sds):
        return Interval(Fraction(min(n1, n2) - 1), largest.high)
    one, two = ((sd * sd) / exact(n) for sd, n in zip(moments.sds, moments.sizes, strict=True))
    ends = [_welch_df(a, b, n1, n2) for a, b in ((one.low, two.high), (one.high, two.low))]
    best = Fraction(n1 - 1, n2 - 1)
    inside = one.low <= best * two.high and one.high >= best * two.low
    return Interval(min(ends), largest.high if inside else max(ends))


def _welch_df(a: Fraction, b: Fraction, n1: int, n2: int) -> Fraction:
    return (a + b) ** 2 / (a**2 / (n1 - 1) + b**2 / (n2 - 1))


def p_values(moments: Moments, tests: Alternatives, tail: str | None) -> Alternatives:
    """The p of each t, in the tail that the paper declares, or in either.

    Which mean is subtracted is not known, so a one-tailed p may lie on either side of one half.

    Examples
    --------
    >>> from attune.stats.intervals import exact
    >>> two = Moments("independent", (20, 20))
    >>> p = p_values(two, {STUDENT: exact("3.16")}, "two")
    >>> [(name, round(float(found.low), 4)) for name, found in p.items()]
    [('pooled variances (Student)', 0.0031)]
    """
    found: Alternatives = {}
    for name, t in tests.items():
        df = degrees_of_freedom(moments, name)
        if df.low <= 0:
            continue
        tails = p_of_t(t, df)
        if tail != "one":
            found[name] = tails.two
        if tail != "two":
            found[f"{name}, one-tailed"] = tails.one
            found[f"{name}, one-tailed reversed"] = Interval(1 - tails.one.high, 1 - tails.one.low)
    return found


def effect_sizes(moments: Moments, kind: str) -> Alternatives:
    """Absolute d or g, by the SDs that are used to standardize it.

    Parameters
    ----------
    moments : Moments
    kind : {"d", "g"}
        d may be bias-corrected too; g always is.

    Examples
    --------
    >>> from attune.stats.intervals import exact
    >>> two = Moments("independent", (20, 20), exact(2), (exact(2), exact(2)))
    >>> [round(float(d.low), 3) for d in effect_sizes(two, "d").values()][:2]
    [1.0, 1.026]
    """
    if moments.difference is None:
        return {}
    found: Alternatives = {}
    size = size_of(moments.difference)
    for name, sd in _standardizers(moments).items():
        found[name] = ratio(size, sd)
    factor = hedges_factor(moments.pooled_df) if moments.pooled_df > 0 else None
    corrected = {f"{name}, bias-corrected": d * factor for name, d in found.items() if factor}
    return corrected if kind == "g" else found | corrected


def effect_sizes_of_t(moments: Moments, t: Interval, kind: str) -> Alternatives:
    """Absolute d or g from t and the sizes alone.

    Examples
    --------
    >>> from attune.stats.intervals import exact
    >>> found = effect_sizes_of_t(Moments("independent", (20, 20)), exact(2), "d")
    >>> round(float(found["t and the sizes"].low), 3)
    0.632
    """
    size = size_of(t)
    if moments.design == "paired":
        n = moments.sizes[0]
        found = {"t and the number of pairs": size * root(Fraction(1, n))}
    else:
        n1, n2 = moments.sizes
        found = {"t and the sizes": size * root(Fraction(1, n1) + Fraction(1, n2))}
        if moments.pooled_df > 0:
            found["2 t / sqrt(df)"] = size * root(Fraction(4, moments.pooled_df))
    factor = hedges_factor(moments.pooled_df) if moments.pooled_df > 0 else None
    corrected = {f"{name}, bias-corrected": d * factor for name, d in found.items() if factor}
    return corrected if kind == "g" else found | corrected


def limits(moments: Moments, errors: Mapping[str, Interval], confidence: str) -> Alternatives:
    """The lower limit of the difference, for either order of subtraction.

    The upper limit is the lower one of the other order with its sign changed.

    Examples
    --------
    >>> from attune.stats.intervals import exact
    >>> two = Moments("independent", (20, 20), exact(2), (exact(2), exact(2)))
    >>> [round(float(end), 2) for end in (limits(two, standard_errors(two), ".95")[STUDENT].low,)]
    [0.72]
    """
    if moments.difference is None:
        return {}
    found: Alternatives = {}
    for name, error in errors.items():
        quantile = _quantiles(moments, name, float(confidence))
        width = error * quantile
        for order, d in (("", moments.difference), (" reversed", _negative(moments.difference))):
            found[f"{name}{order}"] = Interval(d.low - width.high, d.high - width.low)
    return found


def _quantiles(moments: Moments, name: str, confidence: float) -> Interval:
    """The normal quantile up to that of t with the fewest degrees of freedom."""
    from scipy.special import ndtri, stdtrit

    probability = (1 + confidence) / 2
    fewest = max(degrees_of_freedom(moments, name).low, Fraction(1))
    low = Fraction(float(ndtri(probability)))
    high = Fraction(float(stdtrit(float(fewest), probability)))
    return Interval(low * (1 - _ROOM), high * (1 + _ROOM))


def _standardizers(moments: Moments) -> Alternatives:
    """SDs that a difference is divided by."""
    found: Alternatives = {}
    if moments.design == "paired":
        sd = _paired_sd(moments)
        if sd is not None:
            found["SD of the differences"] = sd
    if moments.sds is None:
        return found
    one, two = moments.sds
    n1, n2 = moments.sizes if len(moments.sizes) > 1 else (moments.sizes[0],) * 2
    if n1 + n2 > 2:
        pooled = Interval(
            root(_pooled(one.low, two.low, n1, n2)).low,
            root(_pooled(one.high, two.high, n1, n2)).high,
        )
        found["pooled SD"] = pooled
        found["pooled SD that divides by n"] = pooled * root(Fraction(n1 + n2 - 2, n1 + n2))
    found["root mean square of both SDs"] = Interval(
        root((one.low**2 + two.low**2) / 2).low, root((one.high**2 + two.high**2) / 2).high
    )
    found["mean of both SDs"] = Interval((one.low + two.low) / 2, (one.high + two.high) / 2)
    return found | {"SD of the first group (Glass)": one, "SD of the second group (Glass)": two}


def _paired_sd(moments: Moments) -> Interval | None:
    """SD of the differences: printed, or whatever the correlation of the pairs is."""
    if moments.difference_sd is not None or moments.sds is None:
        return moments.difference_sd
    one, two = moments.sds
    least = max(Fraction(0), one.low - two.high, two.low - one.high)
    return Interval(least, one.high + two.high)


def _pooled(one: Fraction, two: Fraction, n1: int, n2: int) -> Fraction:
    return ((n1 - 1) * one**2 + (n2 - 1) * two**2) / (n1 + n2 - 2)


def _negative(value: Interval) -> Interval:
    return Interval(-value.high, -value.low)
