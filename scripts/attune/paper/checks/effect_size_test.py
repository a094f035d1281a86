"""The t that a printed standardized mean difference can come from, as an interval.

For two groups of n1 and n2 cases and d standardized by the pooled SD, t = d * sqrt(n1 n2 / n)
(Lakens, 2013, doi 10.3389/fpsyg.2013.00863). Hedges's g is d times J = 1 - 3 / (4 df - 1), and d is
at times computed with the SD that divides by n instead of n - 2.
"""

from fractions import Fraction
from math import exp, isqrt, log

from attune.paper.ledger.printed_value import FAR
from attune.stats.intervals import Interval

LEAST_OF_GROUPS = 4
"""Fewest cases of two groups that have an SD each."""

_SCALE = 10**12


def root(value: Fraction) -> Interval:
    """The square root of a number that is not negative, as an interval that contains it.

    Examples
    --------
    >>> two = root(Fraction(2))
    >>> two.low**2 <= 2 <= two.high**2
    True
    """
    least = isqrt(int(value * _SCALE**2))
    exactly = Fraction(least, _SCALE) ** 2 == value
    return Interval(Fraction(least, _SCALE), Fraction(least + (not exactly), _SCALE))


def hedges_factor(df: int) -> Interval:
    """J, which turns d into g: the approximation, with room for the exact gamma functions.

    Examples
    --------
    >>> round(float(hedges_factor(10).low), 4), round(float(hedges_factor(10).high), 4)
    (0.9227, 0.9231)
    """
    from scipy.special import gammaln

    if df < 2:
        return Interval(Fraction(0), Fraction(1))
    approximate = 1 - Fraction(3, 4 * df - 1)
    exactly = Fraction(exp(gammaln(df / 2) - gammaln((df - 1) / 2) - log(df / 2) / 2))
    room = Fraction(1, 10**9)
    return Interval(min(approximate, exactly) - room, max(approximate, exactly) + room)


def t_of_effect_size(
    effect: Interval, kind: str, n: int, groups: tuple[int, int] | None
) -> Interval:
    """Every t that a d or g can belong to.

    Parameters
    ----------
    effect : Interval
        The printed d or g, standardized by the pooled SD or the root mean square of both SDs.
    kind : {"d", "g"}
        d may be bias-corrected as well.
    n : int
        Cases altogether; at least 4.
    groups : tuple of int or None
        Sizes of two independent groups. Without them, t may be of any split of n into groups of at
        least two, or of pairs, whose t has no upper limit.

    Examples
    --------
    >>> from attune.stats.intervals import rounding_interval
    >>> t = t_of_effect_size(rounding_interval("-0.63"), "d", 525, None)
    >>> round(float(t.high), 2)
    -0.62
    """
    by_n = root(Fraction(n - 2, n)).low
    if groups is None:
        # The least split, 2 and n - 2; the root mean square SD is at least the pooled one over
        # the root of 2.
        least, most = root(Fraction(n - 2, n)).low * by_n, FAR
    else:
        least, most = _factors(groups, by_n if kind == "d" else Fraction(1))
    low = min(effect.low * least, effect.low * most)
    high = max(effect.high * least, effect.high * most)
    return Interval(max(-FAR, low), min(FAR, high))


def _factors(groups: tuple[int, int], by_n: Fraction) -> tuple[Fraction, Fraction]:
    """Least and largest t / d of two groups, over all ratios of their SDs."""
    n, (small, large) = sum(groups), sorted(size - 1 for size in groups)
    factor = root(Fraction(groups[0] * groups[1], n))
    # (n - 2) (s1^2 + s2^2) / 2 over (n1 - 1) s1^2 + (n2 - 1) s2^2, with either SD at 0.
    least = min(by_n, root(Fraction(n - 2, 2 * large)).low)
    correction = hedges_factor(n - 2).low
    if not small or not correction:
        return factor.low * least, FAR
    most = max(Fraction(1), root(Fraction(n - 2, 2 * small)).high) / correction
    return factor.low * least, factor.high * most
