"""Mergeable moments: number of rows, means and centred cross-products, computed in parts.

The moments of two sets of rows give those of both together without the rows. Correlations,
regressions, analyses of covariance, mean differences and Cronbach's alpha follow from moments
alone, so that a million rows can be read in parts, and clinics can pool what they may not share.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Moments of the rows that have every one of p variables.

    Attributes
    ----------
    n : int
        Rows.
    mean : ndarray, shape (p,)
        In the units of the variables; 0 where there is no row.
    products : ndarray, shape (p, p)
        Sums over the rows of products of deviations from the mean.
    groups : int
        Groups of rows with a mean of their own: 1, or the number of sites where the deviations are
        from the mean of each site (see `within_groups`).
    """

    n: int
    mean: Vector
    products: Matrix
    groups: int = 1

    @property
    def df(self) -> int:
        """Degrees of freedom of a variance: rows less means."""
        return self.n - self.groups

    @property
    def covariance(self) -> Matrix:
        """Covariance matrix, denominator `df`."""
        return self.products / self.df

    @property
    def sd(self) -> Vector:
        """Standard deviations, denominator `df`."""
        return np.asarray(np.sqrt(self.products.diagonal() / self.df))

    def __add__(self, other: "Moments") -> "Moments":
        """See `merge_moments`."""
        return merge_moments([self, other])

    def of(self, places: Sequence[int]) -> "Moments":
        """Moments of some of the variables, in this order."""
        index = np.array(places, dtype=np.intp)
        return replace(self, mean=self.mean[index], products=self.products[np.ix_(index, index)])

    def transformed(self, weights: ArrayLike) -> "Moments":
        r"""Moments of weighted sums of the variables: W m and W C W'.

        Parameters
        ----------
        weights : array_like, shape (q, p)
            One row per sum.

        Examples
        --------
        The gain, posttest minus pretest:

        >>> scores = moments_of([[1.0, 2], [2, 4], [3, 3]])
        >>> gain = scores.transformed([[-1, 1]])
        >>> gain.mean.tolist(), gain.products.round(10).tolist()
        ([1.0], [[2.0]])
        """
        w = np.asarray(weights, dtype=float)
        return replace(self, mean=w @ self.mean, products=w @ self.products @ w.T)

    def with_constant(self, value: float) -> "Moments":
        """The same rows with one more variable that has one value in all of them.

        Merged with rows of another value it is a dummy variable of the groups.
        """
        p = len(self.mean)
        products = np.zeros((p + 1, p + 1))
        products[:p, :p] = self.products
        return replace(self, mean=np.append(self.mean, value), products=products)


def no_moments(p: int) -> Moments:
    """Moments of no row: the neutral element of merging."""
    return Moments(0, np.zeros(p), np.zeros((p, p)))


def moments_of(rows: ArrayLike) -> Moments:
    r"""Moments of the rows without a missing value.

    .. math:: m = \frac{1}{n} \sum_i x_i, \qquad C = \sum_i (x_i - m)(x_i - m)'

    in two passes: the products are those of deviations, so that large means cost no digits.

    Parameters
    ----------
    rows : array_like, shape (n_rows, p)
        NaN where missing; a row with a missing value is left out.

    References
    ----------
    Chan, T. F., Golub, G. H., & LeVeque, R. J. (1983). Algorithms for computing the sample
    variance: Analysis and recommendations. The American Statistician, 37, 242-247.
    https://doi.org/10.1080/00031305.1983.10483115

    Examples
    --------
    >>> found = moments_of([[1.0, 2], [3, 6], [np.nan, 5]])
    >>> found.n, found.mean.tolist(), found.products.tolist()
    (2, [2.0, 4.0], [[2.0, 4.0], [4.0, 8.0]])
    """
    values = np.asarray(rows, dtype=float)
    complete = np.isfinite(values).all(axis=1)
    if not complete.all():
        values = values[complete]
    if not len(values):
        return no_moments(values.shape[1])
    # One variable after the other in memory: numpy then adds in pairs, and a million rows cost no
    # more digits than twenty.
    deviations = np.array(values.T, order="C")
    mean = deviations.mean(axis=1)
    deviations -= mean[:, np.newaxis]
    left = deviations.mean(axis=1)
    products = deviations @ deviations.T - len(values) * np.outer(left, left)
    return Moments(len(values), mean + left, (products + products.T) / 2)


def merge_moments(parts: Iterable[Moments]) -> Moments:
    r"""Moments of all rows together from those of disjoint parts.

    .. math:: m = m_1 + \frac{n_2}{n}\, \delta, \qquad
              C = C_1 + C_2 + \frac{n_1 n_2}{n}\, \delta \delta', \qquad \delta = m_2 - m_1

    Up to rounding, neither order nor grouping of the parts matters.

    Parameters
    ----------
    parts : iterable of Moments
        At least one; the same variables in the same order, each with one mean.

    Raises
    ------
    AnalysisError
        There is no part, parts have other numbers of variables, or means of groups.

    References
    ----------
    Chan, T. F., Golub, G. H., & LeVeque, R. J. (1983). Algorithms for computing the sample
    variance: Analysis and recommendations. The American Statistician, 37, 242-247.
    https://doi.org/10.1080/00031305.1983.10483115

    Pébay, P. (2008). Formulas for robust, one-pass parallel computation of covariances and
    arbitrary-order statistical moments (SAND2008-6212). Sandia National Laboratories.
    https://doi.org/10.2172/1028931

    Examples
    --------
    >>> merge_moments([moments_of([[1.0], [2.0]]), moments_of([[6.0]])]).products.tolist()
    [[14.0]]
    """
    merged: Moments | None = None
    for part in _checked(parts):
        if part.groups != 1:
            raise AnalysisError("Moments about the means of groups cannot be merged as one group.")
        merged = part if merged is None else _two(merged, part)
    if merged is None:
        raise AnalysisError("There are no moments to merge.")
    return merged


def _two(first: Moments, second: Moments) -> Moments:
    if not first.n or not second.n:
        return first if first.n else second
    n = first.n + second.n
    step = second.mean - first.mean
    between = (first.n * (second.n / n)) * np.outer(step, step)
    return Moments(
        n, first.mean + (second.n / n) * step, first.products + second.products + between
    )


def within_groups(parts: Iterable[Moments]) -> Moments:
    """Moments about the mean of each part: what regressions with a dummy per site use.

    Parameters
    ----------
    parts : iterable of Moments
        At least one with rows; parts without a row are left out.

    Returns
    -------
    Moments
        The products of the parts added; `mean` is that of all rows, `groups` the number of means.

    Examples
    --------
    >>> found = within_groups([moments_of([[1.0], [3.0]]), moments_of([[11.0], [13.0]])])
    >>> found.products.tolist(), found.df
    ([[4.0]], 2)
    """
    with_rows = [part for part in _checked(parts) if part.n]
    if not with_rows:
        raise AnalysisError("There are no moments to merge.")
    n = sum(part.n for part in with_rows)
    return Moments(
        n,
        np.asarray(sum(part.n / n * part.mean for part in with_rows)),
        np.asarray(sum(part.products for part in with_rows)),
        sum(part.groups for part in with_rows),
    )


def _checked(parts: Iterable[Moments]) -> list[Moments]:
    """The parts, if they are of as many variables."""
    found = list(parts)
    sizes = sorted({len(part.mean) for part in found})
    if len(sizes) > 1:
        raise AnalysisError(f"Moments of {sizes[0]} and of {sizes[1]} variables cannot be merged.")
    return found


@dataclass(frozen=True)
class SquareSums:
    """Means and centred sums of squares of p variables, without their cross-products.

    Attributes
    ----------
    n : int
        Rows that have every variable.
    mean, squares : ndarray, shape (p,)
    """

    n: int
    mean: Vector
    squares: Vector

    def __add__(self, other: "SquareSums") -> "SquareSums":
        """Both sets of rows together, as `merge_moments`.

        Examples
        --------
        >>> one, two = (np.array([items], np.int16) for items in ([1, 2], [6]))
        >>> (square_sums_of_integers(one) + square_sums_of_integers(two)).squares
        array([14., 14.])
        """
        if not self.n or not other.n:
            return self if self.n else other
        n = self.n + other.n
        step = other.mean - self.mean
        return SquareSums(
            n,
            self.mean + (other.n / n) * step,
            self.squares + other.squares + (self.n * (other.n / n)) * step**2,
        )


def square_sums_of_integers(columns: NDArray[np.int16]) -> SquareSums:
    """Means and centred sums of squares of items and of their sum.

    The sums are those of integers, exact whatever the order.

    Parameters
    ----------
    columns : ndarray of int16, shape (p, n_rows)
        One row per item, without missing values.

    Returns
    -------
    SquareSums
        Of the p items, then of their sum.

    Examples
    --------
    >>> found = square_sums_of_integers(np.array([[1, 2, 3], [3, 5, 4]], np.int16))
    >>> found.mean.tolist(), found.squares.tolist()
    ([2.0, 4.0, 6.0], [2.0, 2.0, 6.0])
    """
    n = columns.shape[1]
    if not n:
        return SquareSums(0, np.zeros(len(columns) + 1), np.zeros(len(columns) + 1))
    mean, squares = [], []
    for column in (*columns, columns.sum(axis=0, dtype=np.int64)):
        wide = column.astype(np.int64)
        total, of_squares = int(wide.sum()), int((wide * wide).sum())
        # Integers of any size: n times the sum of squares need not fit 64 bits.
        mean.append(total / n)
        squares.append((n * of_squares - total**2) / n)
    return SquareSums(n, np.array(mean), np.array(squares))
