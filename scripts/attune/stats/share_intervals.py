"""Intervals of shares of variance, from draws of the estimates that the shares are made of."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.stats.explained_variance import Share

Vector = NDArray[np.float64]
Array = NDArray[np.float64]

_NOTHING = 1e-12
_HALVINGS = 45
"""Halvings of the range 0 to 1 in the search for a limit."""


@dataclass(frozen=True)
class DrawnPart:
    r"""The variance of one source, and what it is in draws around k times its estimates.

    .. math:: v_i(k) = k^2 s_i + 2 k c_i + n_i

    A variance is a square of estimates, and draws around k times the estimates are these plus
    noise, so that the square is known for every k from three numbers.

    Attributes
    ----------
    estimate : float
        In squared units of the outcome.
    squares, crosses, noise : ndarray, shape (n,)
        s, c and n of every draw.
    of_coefficients : bool
        Whether it is made of coefficients, and not of variances of random effects or residuals.
    """

    estimate: float
    squares: Vector
    crosses: Vector
    noise: Vector
    of_coefficients: bool = False

    def drawn(self, times: float = 1.0) -> Vector:
        """The variance in every draw around `times` the estimates, shape (n,)."""
        return times**2 * self.squares + 2 * times * self.crosses + self.noise

    def __add__(self, other: "DrawnPart") -> "DrawnPart":
        """The sum of two sources of the same kind."""
        return DrawnPart(
            self.estimate + other.estimate,
            self.squares + other.squares,
            self.crosses + other.crosses,
            self.noise + other.noise,
            self.of_coefficients,
        )


def coefficient_part(estimates: Vector, draws: Array, spread: Array) -> DrawnPart:
    """Variance of a prediction by coefficients.

    Parameters
    ----------
    estimates : ndarray, shape (p,)
    draws : ndarray, shape (n, p)
        Draws minus estimates.
    spread : ndarray, shape (p, p)
        Covariance matrix of the columns that they are multiplied with.

    Examples
    --------
    >>> coefficient_part(np.array([3.0]), np.array([[1.0], [-1]]), np.array([[2.0]])).drawn()
    array([32.,  8.])
    """
    square = float(estimates @ spread @ estimates)
    return DrawnPart(
        square,
        np.full(len(draws), square),
        draws @ spread @ estimates,
        np.einsum("ni,ij,nj->n", draws, spread, draws),
        of_coefficients=True,
    )


def random_part(
    factor: Array, draws: Array, spread: Array, sigma: float, drawn_sigma: Vector
) -> DrawnPart:
    """Variance by random effects: the trace of their covariance matrix times a spread.

    Parameters
    ----------
    factor : ndarray, shape (q, k)
        Rows of the relative factor: the covariance is sigma^2 times the factor times its transpose.
    draws : ndarray, shape (n, q, k)
        Draws minus factor.
    spread : ndarray, shape (q, q)
        Of the columns that the effects are multiplied with: their covariance matrix for slopes, the
        product of their means for intercepts.
    sigma : float
        Residual standard deviation.
    drawn_sigma : ndarray, shape (n,)
        Draws over estimate.
    """
    square = sigma**2 * float(np.trace(factor.T @ spread @ factor))
    scale = drawn_sigma**2
    return DrawnPart(
        square,
        square * scale,
        sigma**2 * scale * np.einsum("ik,ij,njk->n", factor, spread, draws),
        sigma**2 * scale * np.einsum("nik,ij,njk->n", draws, spread, draws),
    )


def residual_part(variance: float, drawn: Vector) -> DrawnPart:
    """Variance of the residual, and in every draw."""
    return DrawnPart(variance, drawn, np.zeros_like(drawn), np.zeros_like(drawn))


def share_intervals(parts: Mapping[str, DrawnPart], interval: float = 0.95) -> dict[str, Share]:
    r"""Shares of variance with Monte Carlo intervals.

    Shares of coefficients: limits by inversion (Steiger, 2004). A limit is the share k^2 v / (k^2 v
    + rest) at that k for which the estimate is the (1 - interval) / 2 quantile of the shares that
    are drawn around k times the coefficients, or the other quantile. Squares of coefficients are
    too large on average, which this takes into account; a limit of 0 means that coefficients of 0
    may give such a share.

    Other shares: quantiles of the draws (Preacher & Selig, 2012). The lower limit is 0 where draws
    around 0 reach the estimate too often. Elsewhere the upper limit is at least as far above the
    estimate, in the logit, as half the distance of the quantiles: a variance near 0 is larger in
    most draws than it is, which makes the other shares smaller.

    Parameters
    ----------
    parts : mapping of str to DrawnPart
        Every source of the variance of the outcome.
    interval : float
        Coverage.

    Returns
    -------
    dict of str to Share
        Without limits where a source has neither variance nor draws of it.

    References
    ----------
    Preacher, K. J., & Selig, J. P. (2012). Advantages of Monte Carlo confidence intervals for
    indirect effects. Communication Methods and Measures, 6, 77-98.
    https://doi.org/10.1080/19312458.2012.679848

    Steiger, J. H. (2004). Beyond the F test: Effect size confidence intervals and tests of close
    fit in the analysis of variance and contrast analysis. Psychological Methods, 9, 164-182.
    https://doi.org/10.1037/1082-989X.9.2.164

    Examples
    --------
    A coefficient of 3 with a standard error of 1, the rest known: a coefficient k with a limit of
    3 = k + 1.96 makes the lower limit (3 - 1.96)^2 / [(3 - 1.96)^2 + 16]:

    >>> from scipy.special import ndtri
    >>> z = ndtri((np.arange(4000) + 0.5) / 4000)[:, None]
    >>> parts = {"within": coefficient_part(np.array([3.0]), z, np.eye(1))}
    >>> parts["residual"] = residual_part(16.0, np.full(4000, 16.0))
    >>> share = share_intervals(parts)["within"]
    >>> round(share.estimate, 2), round(share.ci_low, 2), round(share.ci_high, 2)
    (0.36, 0.06, 0.61)
    """
    total = sum(part.estimate for part in parts.values())
    found = {}
    for name, part in parts.items():
        estimate = part.estimate / total
        rest = sum(other.drawn() for label, other in parts.items() if label != name)
        limits = _limits(part, np.asarray(rest, dtype=float), estimate, (1 - interval) / 2)
        found[name] = Share(estimate, *limits)
    return found


def _limits(part: DrawnPart, rest: Vector, estimate: float, tail: float) -> tuple[float, float]:
    """Both limits of the share of one source."""
    drawn = part.drawn()
    if max(float(drawn.max()), part.estimate) <= _NOTHING * float(rest.max()):
        return np.nan, np.nan
    from_nothing = _exceeding(part.drawn(0.0), rest, estimate) >= tail
    if part.of_coefficients and estimate > _NOTHING:
        low = 0.0 if from_nothing else _inverted(part, rest, estimate, tail)
        # Noise alone may give a larger share than the one found more often than not.
        return min(low, estimate), max(_inverted(part, rest, estimate, 1 - tail), estimate)
    low, high = (float(end) for end in np.quantile(drawn / (drawn + rest), [tail, 1 - tail]))
    if from_nothing or low <= 0 or max(high, estimate) >= 1:
        return 0.0 if from_nothing else min(low, estimate), max(high, estimate)
    half = (_logit(high) - _logit(low)) / 2
    upper = 1 / (1 + np.exp(-_logit(estimate) - half))
    return min(low, estimate), max(high, float(upper))


def _exceeding(drawn: Vector, rest: Vector, estimate: float) -> float:
    """How often the share that is drawn is larger than the estimate."""
    return float(np.mean(drawn > estimate * (drawn + rest)))


def _logit(share: float) -> float:
    return float(np.log(share) - np.log1p(-share))


def _inverted(part: DrawnPart, rest: Vector, estimate: float, reached: float) -> float:
    """The share around which draws are larger than the estimate with a probability."""
    others = part.estimate * (1 - estimate) / estimate
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        drawn = part.drawn(float(np.sqrt(middle / (1 - middle) * others / part.estimate)))
        if _exceeding(drawn, rest, estimate) >= reached:
            high = middle
        else:
            low = middle
    return high
