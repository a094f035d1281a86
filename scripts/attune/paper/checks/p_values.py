"""Possible p of rounded test statistics, as intervals that are guaranteed to contain them.

With I_x(a, b) the regularized incomplete beta function, the two-tailed p of Student's t is
I_x(df / 2, 1 / 2) with x = df / (df + t**2); of a correlation, whose t is
r * sqrt((n - 2) / (1 - r**2)) with n - 2 degrees of freedom, x is 1 - r**2; and the upper tail of F
is I_x(df2 / 2, df1 / 2) with x = df2 / (df2 + df1 * F). z and chi-square have the tails of the
normal and of the chi-square distribution.

References
----------
Abramowitz, M., & Stegun, I. A. (1964). Handbook of mathematical functions, formulas 26.5.27 and
26.7.1, of the F and the t distribution. National Bureau of Standards.
Nuijten, M. B., Hartgerink, C. H. J., van Assen, M. A. L. M., Epskamp, S., & Wicherts, J. M.
(2016). The prevalence of statistical reporting errors in psychology (1985-2013). Behavior Research
Methods, 48, 1205-1226. doi 10.3758/s13428-015-0664-2: recomputing p from rounded statistics.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from attune.specs.errors import AttuneError
from attune.stats.intervals import Interval

TOLERANCE = Fraction(1, 10**12)
"""Relative error of the computed p; every interval is widened by it."""


@dataclass(frozen=True)
class Tails:
    """The p of one test under each reading.

    Attributes
    ----------
    two : Interval
        Two-tailed; of F the upper tail, as it is always printed.
    positive, negative : Interval or None
        One-tailed, where a positive or a negative value was predicted; F has no direction.
    """

    two: Interval
    positive: Interval | None = None
    negative: Interval | None = None

    @property
    def one(self) -> Interval:
        """Half of the two-tailed p: one-tailed, in whichever direction the result lies."""
        return Interval(self.two.low / 2, self.two.high / 2)


def p_of_r(r: Interval, n: int) -> Tails:
    """The p of a Pearson correlation.

    Parameters
    ----------
    r : Interval
        From -1 to 1.
    n : int
        Cases; at least 3.

    Raises
    ------
    AttuneError
        r lies beyond 1, or n is too small for a test.

    Examples
    --------
    >>> from attune.stats.intervals import exact
    >>> round(float(p_of_r(exact("0.5"), 26).two.low), 6)
    0.009294
    """
    if n < 3:
        raise AttuneError(f"A correlation of {n} cases has no p; it takes at least 3.")
    if r.low < -1 or r.high > 1:
        raise AttuneError(f"A correlation cannot lie at {float(r.low):g} to {float(r.high):g}.")
    return _of_signed(r, lambda end: _beta((n - 2) / 2, 0.5, 1 - end * end))


def p_of_t(t: Interval, df: Interval) -> Tails:
    """The p of Student's t.

    For a fixed df it is monotone in t, and for a fixed t in df: its extremes are at the corners.

    Parameters
    ----------
    t : Interval
    df : Interval
        Above 0; an interval where fractional degrees of freedom were rounded.

    Raises
    ------
    AttuneError
        df is not above 0.

    Examples
    --------
    >>> from attune.stats.intervals import exact, rounding_interval
    >>> p = p_of_t(rounding_interval(".58"), exact(23)).two
    >>> round(float(p.low), 4), round(float(p.high), 4)
    (0.5642, 0.5709)
    """
    if df.low <= 0:
        raise AttuneError(f"Degrees of freedom are above 0, found {float(df.low):g}.")

    def at(freedom: Fraction) -> Tails:
        return _of_signed(
            t, lambda end: _beta(float(freedom) / 2, 0.5, freedom / (freedom + end * end))
        )

    ends = [at(freedom) for freedom in {df.low, df.high}]
    return Tails(
        _hull(end.two for end in ends),
        _hull(end.positive for end in ends if end.positive),
        _hull(end.negative for end in ends if end.negative),
    )


def p_of_z(z: Interval) -> Tails:
    """The p of a standard normal z.

    Examples
    --------
    >>> from attune.stats.intervals import exact
    >>> round(float(p_of_z(exact("1.96")).two.low), 4)
    0.05
    """

    def two_tailed(end: Fraction) -> Fraction:
        from scipy.special import ndtr

        return 2 * Fraction(float(ndtr(-abs(float(end)))))

    return _of_signed(z, two_tailed)


def p_of_chi2(chi2: Interval, df: Interval) -> Tails:
    """The upper tail of chi-square, which falls with chi-square and rises with df.

    Parameters
    ----------
    chi2 : Interval
        0 or above.
    df : Interval
        Above 0.

    Examples
    --------
    >>> from attune.stats.intervals import exact
    >>> round(float(p_of_chi2(exact("3.84"), exact(1)).two.low), 3)
    0.05
    """
    from scipy.special import chdtrc

    if df.low <= 0:
        raise AttuneError(f"Degrees of freedom are above 0, found {float(df.low):g}.")
    low = Fraction(float(chdtrc(float(df.low), float(chi2.high))))
    high = Fraction(float(chdtrc(float(df.high), float(chi2.low))))
    return Tails(_widened(low, high))


def p_of_f(f: Interval, df1: Interval, df2: Interval) -> Tails:
    """The upper tail of F.

    Parameters
    ----------
    f : Interval
        0 or above.
    df1, df2 : Interval
        Of numerator and denominator: whole numbers, since p need not be monotone in them.

    Raises
    ------
    AttuneError
        They are not whole numbers above 0.

    Examples
    --------
    >>> from attune.stats.intervals import exact
    >>> square_of_t = p_of_f(exact(4), exact(1), exact(20)).two
    >>> square_of_t.overlaps(p_of_t(exact(2), exact(20)).two)
    True
    """
    for df in (df1, df2):
        if df.low != df.high or df.low <= 0:
            raise AttuneError("The p of F needs whole degrees of freedom above 0.")
    low, high = (
        _beta(float(df2.low) / 2, float(df1.low) / 2, df2.low / (df2.low + df1.low * end))
        for end in (f.low, f.high)
    )
    return Tails(_widened(high, low))


def _of_signed(value: Interval, two_tailed: Callable[[Fraction], Fraction]) -> Tails:
    """All readings of a statistic with a sign, given its two-tailed p, which falls with |value|."""
    at_low, at_high = two_tailed(value.low), two_tailed(value.high)
    at_most = Fraction(1) if value.low <= 0 <= value.high else max(at_low, at_high)
    # The upper tail: half of the two-tailed p on the predicted side, the rest on the other.
    upper_low, upper_high = (
        p / 2 if end >= 0 else 1 - p / 2 for end, p in ((value.high, at_high), (value.low, at_low))
    )
    return Tails(
        _widened(min(at_low, at_high), at_most),
        _widened(upper_low, upper_high),
        _widened(1 - upper_high, 1 - upper_low),
    )


def _beta(a: float, b: float, x: Fraction) -> Fraction:
    """I_x(a, b) of an exact x; from the other end where x is close to 1 and would lose digits."""
    from scipy.special import betainc, betaincc

    if 2 * x > 1:
        return Fraction(float(betaincc(b, a, float(1 - x))))
    return Fraction(float(betainc(a, b, float(x))))


def _hull(intervals: Iterable[Interval]) -> Interval:
    every = list(intervals)
    return Interval(min(entry.low for entry in every), max(entry.high for entry in every))


def _widened(low: Fraction, high: Fraction) -> Interval:
    return Interval(
        max(Fraction(0), low * (1 - TOLERANCE)), min(Fraction(1), high * (1 + TOLERANCE))
    )
