"""Possible means and SDs of whole-number scores: exact arithmetic of GRIM and GRIMMER.

A person's score on a scale of k items that are answered in whole numbers is a whole number of
points (or, as a mean score, a whole number of kths). With n persons the points add up to a whole
number S, so the mean is S / n (GRIM: Brown & Heathers, 2017, doi 10.1177/1948550616673876); their
squares add up to a whole number Q, which is odd where S is odd, at least what answers as equal as
possible give, at most what answers as extreme as possible give, and
SD = sqrt((Q - S**2 / n) / (n - 1)) (GRIMMER: Anaya, 2016, doi 10.7287/peerj.preprints.2400v1;
Allard, 2018, with the bounds and the odd-even test).

Every condition is necessary and all arithmetic is in whole numbers and fractions, so a data set
that exists is never called impossible. Values that satisfy the bounds are also searched for, as far
as that is quick: with few persons, and near the largest SD, exactly the data sets that exist pass.
All this assumes complete answers: a score that was prorated over missing
answers need not be a whole number of points.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, isqrt
from typing import Literal

from attune.stats.intervals import Interval

MOST_SEARCHED = 500
"""Steps after which the search of scores with a sum of squares is given up, as if it had found
some. Gaps between the sums of squares occur near the largest, where there is little to search."""

MOST_CANDIDATES = 30
"""With more sums of squares under one printed SD, they are not searched."""

MOST_PEOPLE = 50
"""With more persons there is no search, either: the bounds alone decide."""

MOST_SUMS = 50
"""With more sums under one printed mean, every SD within the bounds is taken as possible."""


@dataclass(frozen=True)
class WholeNumberScores:
    """Scores of n persons on a scale of items with whole-number answers.

    Attributes
    ----------
    n : int
        Persons.
    items : int
    lowest, highest : int
        Ends of the response scale of one item.
    score : {"sum", "mean"}
        Whether a person's score is the sum or the mean of the answers.
    """

    n: int
    items: int
    lowest: int
    highest: int
    score: Literal["sum", "mean"]

    @property
    def unit(self) -> int:
        """Points (sums of answers) that make one point of the printed score."""
        return self.items if self.score == "mean" else 1

    @property
    def least(self) -> int:
        """Fewest points of one person."""
        return self.items * self.lowest

    @property
    def span(self) -> int:
        """Most points of one person, above the fewest."""
        return self.items * (self.highest - self.lowest)


def possible_sums(mean: Interval, scores: WholeNumberScores) -> range:
    """Points of all persons together that would be printed as this mean.

    Parameters
    ----------
    mean : Interval
        The rounding interval of the printed mean.
    scores : WholeNumberScores

    Returns
    -------
    range
        Empty: no data have this mean.

    Examples
    --------
    A mean of 3.45 over 19 persons with one item (Brown & Heathers, 2017): 19 x 3.445 = 65.455 and
    19 x 3.455 = 65.645 have no whole number between them; 3.42 has: 65.

    >>> from attune.stats.intervals import rounding_interval
    >>> one_item = WholeNumberScores(n=19, items=1, lowest=1, highest=7, score="mean")
    >>> list(possible_sums(rounding_interval("3.45"), one_item))
    []
    >>> list(possible_sums(rounding_interval("3.42"), one_item))
    [65]
    """
    steps = scores.n * scores.unit
    fewest = scores.n * scores.least
    first = max(ceil(mean.low * steps), fewest)
    last = min(floor(mean.high * steps), fewest + scores.n * scores.span)
    return range(first, last + 1)


def mean_is_informative(mean: Interval, scores: WholeNumberScores) -> bool:
    """Whether GRIM is informative: whether some means with so many decimals are impossible.

    It could not where the rounding interval is as wide as the step from one sum to the next,
    1 / (n * k): then there is a whole number in every such interval.

    Examples
    --------
    >>> from attune.stats.intervals import rounding_interval
    >>> mean = rounding_interval("3.45")
    >>> mean_is_informative(mean, WholeNumberScores(99, 1, 1, 7, "mean"))
    True
    >>> mean_is_informative(mean, WholeNumberScores(100, 1, 1, 7, "mean"))
    False
    """
    return (mean.high - mean.low) * scores.n * scores.unit < 1


def squares_of_equal_scores(total: int, n: int) -> int:
    """Least sum of squares of n whole numbers with a sum: as equal as possible.

    Examples
    --------
    7 over 3 persons: 3 + 2 + 2, squares 9 + 4 + 4.

    >>> squares_of_equal_scores(7, 3)
    17
    """
    quotient, remainder = divmod(total, n)
    return (n - remainder) * quotient**2 + remainder * (quotient + 1) ** 2


def squares_of_extreme_scores(total: int, span: int) -> int:
    """Largest sum of squares of whole numbers from 0 to span with a sum: all but one at an end.

    Examples
    --------
    7 with answers from 0 to 4: 4 + 3 + 0, squares 16 + 9.

    >>> squares_of_extreme_scores(7, 4)
    25
    """
    if span == 0:
        return 0
    full, rest = divmod(total, span)
    return full * span**2 + rest**2


def deviation_is_possible(total: int, deviation: Interval, scores: WholeNumberScores) -> bool:
    """Whether whole-number scores with a sum can have an SD.

    Parameters
    ----------
    total : int
        Points of all persons together.
    deviation : Interval
        The rounding interval of the printed SD.
    scores : WholeNumberScores
        At least two persons.

    Examples
    --------
    Five persons, one item from 1 to 7, mean 3 (S = 15). The SDs that exist are the roots of
    (Q - 45) / 4 with odd Q from 45 on: 0, .71, 1.00, 1.22, ... but not .50, whose Q would be 46.

    >>> from attune.stats.intervals import rounding_interval
    >>> five = WholeNumberScores(n=5, items=1, lowest=1, highest=7, score="mean")
    >>> deviation_is_possible(15, rounding_interval(".71"), five)
    True
    >>> deviation_is_possible(15, rounding_interval(".50"), five)
    False
    """
    n, above = scores.n, total - scores.n * scores.least
    low, high = _squares_between(above, deviation, scores)
    least = max(low, squares_of_equal_scores(above, n))
    most = min(high, squares_of_extreme_scores(above, scores.span))
    first = least + (least - above) % 2
    candidates = range(first, most + 1, 2)
    if n > MOST_PEOPLE or len(candidates) > MOST_CANDIDATES:
        return bool(candidates)
    return any(squares_exist(n, above, squares, scores.span) for squares in candidates)


def _squares_between(above: int, deviation: Interval, scores: WholeNumberScores) -> tuple[int, int]:
    """Whole numbers between which the sum of squares lies, from the printed SD alone."""
    centre, free = Fraction(above**2, scores.n), scores.n - 1
    low, high = (max(Fraction(0), end) * scores.unit for end in (deviation.low, deviation.high))
    return ceil(centre + free * low**2), floor(centre + free * high**2)


def squares_exist(n: int, total: int, squares: int, largest: int) -> bool:
    """Whether n whole numbers from 0 to largest have this sum and this sum of squares.

    Searched from the largest number on.

    Returns
    -------
    bool
        False only where the search came to its end; True also where it was given up.

    Examples
    --------
    Three numbers with sum 6 and squares 14 are 1, 2 and 3; with squares 16 there are none
    (though 16 is as even as 6 and lies between 2**2 + 2**2 + 2**2 = 12 and 6**2 = 36).

    >>> squares_exist(3, 6, 14, 6), squares_exist(3, 6, 16, 6)
    (True, False)
    """
    left = MOST_SEARCHED
    # How many numbers are still to be found, their sum, their sum of squares, their maximum.
    open_ends = [(n, total, squares, largest)]
    while open_ends:
        n, total, squares, largest = open_ends.pop()
        left -= 1
        if left < 0 or (n <= 2 and _two_exist(n, total, squares, largest)):
            return True
        if n <= 2:
            continue
        # The largest number is at least the mean of all; the last one put in is tried first.
        for number in range(-(-total // n), min(largest, total, isqrt(squares)) + 1):
            rest, rest_squares = total - number, squares - number**2
            if (
                squares_of_equal_scores(rest, n - 1)
                <= rest_squares
                <= squares_of_extreme_scores(rest, number)
            ):
                open_ends.append((n - 1, rest, rest_squares, number))
    return False


def _two_exist(n: int, total: int, squares: int, largest: int) -> bool:
    """One or two whole numbers from 0 to largest with this sum and this sum of squares."""
    if n == 1:
        return squares == total**2 and 0 <= total <= largest
    # a + b = S and a**2 + b**2 = Q: (a - b)**2 = 2 Q - S**2.
    difference = isqrt(max(0, 2 * squares - total**2))
    exists = difference**2 == 2 * squares - total**2 and (total + difference) % 2 == 0
    return exists and total >= difference and total + difference <= 2 * largest


def deviation_is_informative(sums: range, deviation: Interval, scores: WholeNumberScores) -> bool:
    """Whether GRIMMER is informative: whether some SDs with so many decimals are impossible.

    It could not if the interval of sums of squares of the SD always holds two whole numbers, one of
    them odd where the sum is odd.

    Examples
    --------
    >>> from attune.stats.intervals import rounding_interval
    >>> few = WholeNumberScores(n=20, items=1, lowest=1, highest=7, score="mean")
    >>> many = WholeNumberScores(n=200, items=1, lowest=1, highest=7, score="mean")
    >>> sd = rounding_interval("1.30")
    >>> deviation_is_informative(range(60, 61), sd, few)
    True
    >>> deviation_is_informative(range(600, 601), sd, many)
    False
    """
    if len(sums) > MOST_SUMS:
        return False
    low, high = (max(Fraction(0), end) * scores.unit for end in (deviation.low, deviation.high))
    return (scores.n - 1) * (high**2 - low**2) < 2


def largest_squares(n: int, low: Fraction, high: Fraction, mean: Interval) -> Fraction:
    """Largest sum of squared deviations of n numbers between two ends, given their mean.

    All but one of the numbers lie at an end (the bound of Bhatia & Davis, 2000,
    doi 10.1080/00029890.2000.12005203, n (high - M) (M - low), for whole persons). Between two
    means that put all persons at an end it is convex in the mean, and over those means it is
    largest at the middle; so the ends of the interval and the two such means next to the middle
    decide.

    Examples
    --------
    Five numbers from 1 to 5 with mean 3: two at each end and one in the middle, 4 x 2**2.

    >>> from attune.stats.intervals import exact
    >>> largest_squares(5, Fraction(1), Fraction(5), exact(3))
    Fraction(16, 1)
    """
    span = high - low
    if span == 0:
        return Fraction(0)
    ends = [min(max(end, low), high) for end in (mean.low, mean.high)]
    at_end = [n * (end - low) / span for end in ends]
    half = Fraction(n, 2)
    nearest = [min(max(half, at_end[0]), at_end[1])]
    whole = [Fraction(side(x)) for x in nearest for side in (floor, ceil)]
    candidates = [*at_end, *(entry for entry in whole if at_end[0] <= entry <= at_end[1])]
    return max(_squares_of_shares(n, share) for share in candidates) * span**2


def _squares_of_shares(n: int, at_end: Fraction) -> Fraction:
    """Sum of squared deviations of n numbers from 0 to 1 with this sum, all but one at an end."""
    full = floor(at_end)
    return full + (at_end - full) ** 2 - at_end**2 / n
