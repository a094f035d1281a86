"""Dominance analysis: which of several correlated predictors explains more of an outcome."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.correlation_matrices import checked_correlation_matrix

Vector = NDArray[np.float64]
Array = NDArray[np.float64]

MOST_PREDICTORS = 12
"""Predictors of which all subsets (4,096) are compared; each further one doubles their number."""

_TIE = 1e-12
"""Difference of two shares of variance that is rounding error."""


@dataclass(frozen=True)
class Dominance:
    """Dominance of predictors over each other.

    Attributes
    ----------
    names : tuple of str, length p
    r_squared : float
        Of all predictors together.
    general : ndarray, shape (p,)
        Mean of `conditional` over the sizes; their sum is `r_squared`.
    conditional : ndarray, shape (p, p)
        Predictor by number of others in the model, 0 to p - 1: mean of what it adds.
    complete : ndarray, shape (p, p)
        1 where the predictor of the row completely dominates that of the column, 0 where it is
        dominated, .5 where neither holds; NaN on the diagonal.
    """

    names: tuple[str, ...]
    r_squared: float
    general: Vector
    conditional: Array
    complete: Array

    @property
    def conditional_dominance(self) -> Array:
        """Whether the predictor of the row adds more than that of the column at every size.

        1: more, 0: less, .5: neither, NaN on the diagonal; shape (p, p).
        """
        differences = self.conditional[:, None, :] - self.conditional[None, :, :]
        return _verdict(differences)


def dominance(matrix: ArrayLike, names: Sequence[str] = ()) -> Dominance:
    r"""General, conditional and complete dominance from a correlation matrix.

    .. math:: C_i^{(s)} = \binom{p - 1}{s}^{-1} \sum_{|S| = s,\, i \notin S}
              \{R^2(S \cup i) - R^2(S)\}, \qquad C_i = \frac1p \sum_{s=0}^{p-1} C_i^{(s)}

    A predictor completely dominates another if it adds more to every subset of the remaining ones.

    General dominance divides R squared into shares, of which each is positive: a share says how
    useful a predictor is beside the others, neither that it causes the outcome nor that it differs
    from chance.

    Parameters
    ----------
    matrix : array_like, shape (p + 1, p + 1)
        Correlations of two to twelve predictors and, last, of the outcome.
    names : sequence of str, length p
        Of the predictors.

    Raises
    ------
    AnalysisError
        See `checked_correlation_matrix`; fewer than two or more than twelve predictors.

    References
    ----------
    Budescu, D. V. (1993). Dominance analysis: A new approach to the problem of relative importance
    of predictors in multiple regression. Psychological Bulletin, 114, 542-551.
    https://doi.org/10.1037/0033-2909.114.3.542

    Azen, R., & Budescu, D. V. (2003). The dominance analysis approach for comparing predictors in
    multiple regression. Psychological Methods, 8, 129-148.
    https://doi.org/10.1037/1082-989X.8.2.129

    Examples
    --------
    Two predictors that correlate by .5, with r = .6 and .4: R2 = (.36 + .16 - 2 * .12) / .75; the
    first adds .36 alone and .28 / .75 - .16 to the second.

    >>> found = dominance([[1, 0.5, 0.6], [0.5, 1, 0.4], [0.6, 0.4, 1]], ["a", "b"])
    >>> round(found.r_squared, 6), found.general.round(6).tolist()
    (0.373333, [0.286667, 0.086667])
    >>> found.conditional.round(6).tolist()
    [[0.36, 0.213333], [0.16, 0.013333]]
    >>> found.complete[0, 1], found.complete[1, 0]
    (np.float64(1.0), np.float64(0.0))
    """
    r = np.asarray(matrix, dtype=float)
    p = len(r) - 1
    labels = tuple(names) or tuple(f"x{place + 1}" for place in range(p))
    if not 2 <= p <= MOST_PREDICTORS:
        raise AnalysisError(
            f"There are {p} predictors; dominance analysis compares 2 to {MOST_PREDICTORS}."
        )
    r = checked_correlation_matrix(r, [*labels, "the outcome"])
    shares = explained_by_subsets(r)
    conditional = conditional_dominance(shares)
    return Dominance(
        labels,
        float(shares[-1]),
        conditional.mean(axis=-1),
        conditional,
        complete_dominance(shares),
    )


def explained_by_subsets(matrices: ArrayLike) -> Array:
    """R squared of every subset of predictors, the subset as a binary number.

    Parameters
    ----------
    matrices : array_like, shape (..., p + 1, p + 1)
        Positive definite correlation matrices, the outcome last.

    Returns
    -------
    ndarray, shape (..., 2 ** p)
        In place 5 = 101 in binary, of the first and the third predictor; 0 of none.

    Examples
    --------
    >>> explained_by_subsets([[1, 0, 0.5], [0, 1, 0.3], [0.5, 0.3, 1]]).round(4).tolist()
    [0.0, 0.25, 0.09, 0.34]
    """
    r = np.asarray(matrices, dtype=float)
    p = r.shape[-1] - 1
    found = np.zeros((*r.shape[:-2], 2**p))
    for subset in range(1, 2**p):
        chosen = [place for place in range(p) if subset >> place & 1]
        own = r[..., chosen, -1]
        among = r[..., chosen, :][..., :, chosen]
        found[..., subset] = (own * np.linalg.solve(among, own[..., None])[..., 0]).sum(axis=-1)
    return found


def conditional_dominance(shares: ArrayLike) -> Array:
    """What each predictor adds on average to subsets of each size.

    Parameters
    ----------
    shares : array_like, shape (..., 2 ** p)
        See `explained_by_subsets`.

    Returns
    -------
    ndarray, shape (..., p, p)
        Predictor by size of the subset; the mean over the sizes is general dominance.

    Examples
    --------
    >>> conditional_dominance([0.0, 0.25, 0.09, 0.34]).round(4).tolist()
    [[0.25, 0.25], [0.09, 0.09]]
    """
    known = np.asarray(shares, dtype=float)
    p = known.shape[-1].bit_length() - 1
    sizes = np.array([subset.bit_count() for subset in range(2**p)])
    found = np.zeros((*known.shape[:-1], p, p))
    for place in range(p):
        without = np.array([subset for subset in range(2**p) if not subset >> place & 1])
        added = known[..., without | 1 << place] - known[..., without]
        for size in range(p):
            found[..., place, size] = added[..., sizes[without] == size].mean(axis=-1)
    return found


def general_dominance(matrices: ArrayLike) -> Array:
    """General dominance of every predictor, shape (..., p + 1, p + 1) to (..., p).

    Examples
    --------
    >>> general_dominance([[1, 0, 0.5], [0, 1, 0.3], [0.5, 0.3, 1]]).round(4).tolist()
    [0.25, 0.09]
    """
    found = conditional_dominance(explained_by_subsets(matrices))
    return np.asarray(found.mean(axis=-1), dtype=float)


def complete_dominance(shares: ArrayLike) -> Array:
    """Complete dominance of each predictor over each other.

    Parameters
    ----------
    shares : array_like, shape (..., 2 ** p)
        See `explained_by_subsets`.

    Returns
    -------
    ndarray, shape (..., p, p)
        1, 0 or .5, as in `Dominance`. The mean over resamples is the reproducibility of Azen and
        Budescu.

    Examples
    --------
    >>> complete_dominance([0.0, 0.25, 0.09, 0.34]).tolist()
    [[nan, 1.0], [0.0, nan]]
    """
    known = np.asarray(shares, dtype=float)
    p = known.shape[-1].bit_length() - 1
    differences = np.full((*known.shape[:-1], p, p, 2 ** max(p - 2, 0)), np.nan)
    for i in range(p):
        for j in range(p):
            if i != j:
                both = 1 << i | 1 << j
                others = np.array([subset for subset in range(2**p) if not subset & both])
                differences[..., i, j, :] = (
                    known[..., others | 1 << i] - known[..., others | 1 << j]
                )
    return _verdict(differences)


def _verdict(differences: Array) -> Array:
    """1 where no difference is negative, 0 where none is positive, .5 where there are both."""
    never_less = (differences >= -_TIE).all(axis=-1)
    never_more = (differences <= _TIE).all(axis=-1)
    found = np.where(never_less == never_more, 0.5, np.where(never_less, 1.0, 0.0))
    p = found.shape[-1]
    found[..., range(p), range(p)] = np.nan
    return found
