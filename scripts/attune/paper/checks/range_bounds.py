"""Bounds of minimum, maximum, mean, median and SD of one variable on each other, by intervals.

For n numbers of which the least is a and the largest b, with mean M and sample SD s:

* a <= M <= b, and since both ends occur, ((n - 1) a + b) / n <= M <= ((n - 1) b + a) / n;
* a <= median <= b;
* (n - 1) s**2 <= n (b - M) (M - a) (Bhatia & Davis, 2000, doi 10.1080/00029890.2000.12005203),
  sharpened for whole persons (`whole_number_scores.largest_squares`);
* (n - 1) s**2 >= (b - M)**2 + (M - a)**2 + ((b - M) - (M - a))**2 / (n - 2): one person at each end
  and all others at the one value that gives the mean;
* s**2 >= (M - median)**2 * n / (n - 1) (Hotelling & Solomons, 1932, Annals of
  Mathematical Statistics, 3, 141-142).

Every printed number may be any value that rounds to its digits; the ends returned are the extremes
over all of these.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from attune.paper.checks.whole_number_scores import largest_squares
from attune.stats.intervals import Interval

Ends = tuple[Fraction | None, Fraction | None]
"""Least and largest possible value; None where there is no bound."""


@dataclass(frozen=True)
class Known:
    """The printed statistics of one variable; None for those that are not printed.

    Attributes
    ----------
    minimum, maximum, mean, median, sd : Interval or None
    lowest, highest : Interval or None
        Limits of every person: ends of the scale, criteria of inclusion.
    n : int or None
    """

    minimum: Interval | None = None
    maximum: Interval | None = None
    mean: Interval | None = None
    median: Interval | None = None
    sd: Interval | None = None
    lowest: Interval | None = None
    highest: Interval | None = None
    n: int | None = None

    @property
    def least(self) -> Fraction | None:
        """Lower bound of all values; a printed minimum beyond the limit is kept."""
        if self.minimum and self.lowest and self.minimum.high >= self.lowest.low:
            return max(self.minimum.low, self.lowest.low)
        end = self.minimum or self.lowest
        return end.low if end else None

    @property
    def most(self) -> Fraction | None:
        """Upper bound of all values; a printed maximum beyond the limit is kept."""
        if self.maximum and self.highest and self.maximum.low <= self.highest.high:
            return min(self.maximum.high, self.highest.high)
        end = self.maximum or self.highest
        return end.high if end else None


def possible_minimum(known: Known) -> Ends:
    """Between the lower limit and the maximum."""
    high = known.maximum or known.highest
    return (known.lowest.low if known.lowest else None), (high.high if high else None)


def possible_maximum(known: Known) -> Ends:
    """Between the limits; `possible_minimum` checks that it is not below the minimum."""
    return (
        known.lowest.low if known.lowest else None,
        known.highest.high if known.highest else None,
    )


def possible_mean(known: Known) -> Ends:
    """Between minimum and maximum, both of which occur among the n.

    Examples
    --------
    Three persons, the youngest 20 and the oldest 40: the third has at least 20, so the mean is at
    least 80 / 3, and at most 100 / 3.

    >>> from attune.stats.intervals import exact
    >>> possible_mean(Known(minimum=exact(20), maximum=exact(40), n=3))
    (Fraction(80, 3), Fraction(100, 3))
    """
    least, most, n = known.least, known.most, known.n
    if known.minimum is None or known.maximum is None or least is None or most is None or not n:
        return least, most
    return (
        ((n - 1) * least + max(known.maximum.low, least)) / n,
        ((n - 1) * most + min(known.minimum.high, most)) / n,
    )


def possible_median(known: Known) -> Ends:
    """Between minimum and maximum."""
    return known.least, known.most


def possible_variance(known: Known) -> Ends:
    """Least and largest square of the SD.

    Examples
    --------
    Five persons between 107 and 169: the SD is largest with two at one end and three at the other,
    sqrt(62**2 * 2 * 3 / 5 / 4), and least with three in the middle, sqrt((31**2 + 31**2) / 4).

    >>> from attune.stats.intervals import exact
    >>> possible_variance(Known(minimum=exact(107), maximum=exact(169), n=5))
    (Fraction(961, 2), Fraction(5766, 5))
    """
    n = known.n
    if not n or n < 2:
        return None, None
    return _least_variance(known, n), _largest_variance(known, n)


def _largest_variance(known: Known, n: int) -> Fraction | None:
    least, most = known.least, known.most
    if least is None or most is None or least > most:
        return None
    mean = known.mean or Interval(least, most)
    return largest_squares(n, least, most, mean) / (n - 1)


def _least_variance(known: Known, n: int) -> Fraction | None:
    bounds = []
    if known.minimum and known.maximum:
        bounds.append(_squares_of_both_ends(known.minimum.high, known.maximum.low, known.mean, n))
    if known.mean and known.median:
        apart = max(
            known.mean.low - known.median.high, known.median.low - known.mean.high, Fraction(0)
        )
        bounds.append(apart**2 * n)
    return max(bounds) / (n - 1) if bounds else None


def _squares_of_both_ends(low: Fraction, high: Fraction, mean: Interval | None, n: int) -> Fraction:
    """Least sum of squared deviations of n numbers, some at most `low` and some at least `high`.

    It grows with the distance of either end from the mean as long as the others lie between the
    ends, so the nearest ends decide; over the means it is least in the middle of the ends.
    """
    if low >= high:
        return Fraction(0)
    middle = (low + high) / 2
    centre = min(max(middle, mean.low), mean.high) if mean else middle
    below, above = max(centre - low, Fraction(0)), max(high - centre, Fraction(0))
    if n == 2:
        return (high - low) ** 2 / 2
    # All others lie between the ends: neither end is further off than n - 1 times the other.
    below, above = max(below, above / (n - 1)), max(above, below / (n - 1))
    return below**2 + above**2 + (below - above) ** 2 / (n - 2)


POSSIBLE: Mapping[str, Callable[[Known], Ends]] = {
    "minimum": possible_minimum,
    "maximum": possible_maximum,
    "mean": possible_mean,
    "median": possible_median,
    "sd": possible_variance,
}
"""Checked number -> its possible values; for the SD, of its square."""


def agrees(checked: str, known: Known) -> bool:
    """Whether some value of the checked number is possible.

    Examples
    --------
    >>> from attune.stats.intervals import exact
    >>> agrees("maximum", Known(maximum=exact(68), highest=exact(65)))
    False
    """
    value: Interval | None = getattr(known, checked)
    if value is None:
        return True
    low, high = POSSIBLE[checked](known)
    ends = (value.low, value.high)
    if checked == "sd":
        ends = (max(value.low, Fraction(0)) ** 2, value.high**2)
    return (low is None or ends[1] >= low) and (high is None or ends[0] <= high)
