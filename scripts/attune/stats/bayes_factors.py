"""Default Bayes factors of correlations and mean differences, as plain numbers."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.stats.hypothesis_tests import Tail

Vector = NDArray[np.float64]

CAUCHY_SCALE = math.sqrt(2) / 2
"""Scale of the Cauchy prior on the standardised difference, the `medium` of R's BayesFactor."""

_LARGEST_LOG = math.log(np.finfo(float).max)
"""Logarithm of the largest number that a float holds."""

_NEGLIGIBLE = 50.0
"""Panels whose mass is exp(50) times smaller than the largest add nothing to a float."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(20)

# Below -8 the prior density of g is 0 in floats; beyond 90 it falls as 1 / g.
_PANELS = np.linspace(-8, 90, 197)
_HALF_PANEL = np.diff(_PANELS)[:, None] / 2
_LOG_G = _PANELS[:-1, None] + _HALF_PANEL * (1 + _NODES)
_G = np.exp(_LOG_G)


def correlation_bayes_factor(
    r: float, n: int, scale: float = 1.0, tail: Tail | None = None
) -> float:
    """Evidence for a correlation over none: BF10 with a stretched beta prior.

    Under the alternative the correlation lies between -1 and 1 with the density of a beta
    distribution (1/scale, 1/scale) stretched over that range; scale 1 is uniform. A directed
    alternative keeps the half of the prior in the declared direction, so that its Bayes factor is
    the two-sided one times twice the posterior probability of that direction.

    Parameters
    ----------
    r : float
        Observed correlation, strictly between -1 and 1.
    n : int
        Dyads, at least 3.
    scale : float
        Width kappa of the prior, positive.
    tail : {"greater", "less"}, optional
        Declared direction.

    Returns
    -------
    float
        Above 1: the data favour a correlation. Infinite or NaN where it exceeds what a float holds.

    References
    ----------
    Ly, A., Verhagen, J., & Wagenmakers, E.-J. (2016). Harold Jeffreys's default Bayes factor
    hypothesis tests. Journal of Mathematical Psychology, 72, 19-32.
    https://doi.org/10.1016/j.jmp.2015.06.004
    Morey, R. D., & Wagenmakers, E.-J. (2014). Simple relation between Bayesian order-restricted
    and point-null hypothesis tests. Statistics & Probability Letters, 92, 121-124.
    https://doi.org/10.1016/j.spl.2014.05.010

    Examples
    --------
    >>> round(correlation_bayes_factor(0.6, 20), 2)
    10.63
    >>> round(correlation_bayes_factor(0.6, 20, tail="greater"), 2)
    21.18
    """
    return float(correlation_bayes_factors([r], [n], scale, tail)[0])


def correlation_bayes_factors(
    r: ArrayLike, n: ArrayLike, scale: float = 1.0, tail: Tail | None = None
) -> Vector:
    """`correlation_bayes_factor` of several correlations.

    Parameters
    ----------
    r, n : array_like, shape (n_correlations,)
    scale, tail
        As in `correlation_bayes_factor`.
    """
    correlations, sizes = np.asarray(r, dtype=float), np.asarray(n, dtype=float)
    two_sided = np.array(
        [
            _two_sided_bayes_factor(float(correlation), int(size), scale)
            for correlation, size in zip(correlations, sizes, strict=True)
        ]
    )
    if tail is None or not len(two_sided):
        return two_sided
    return two_sided * 2 * direction_probabilities(correlations, sizes, scale, tail)


def _two_sided_bayes_factor(r: float, n: int, scale: float) -> float:
    """Ly, Verhagen and Wagenmakers (2016), equation 25; infinite where a float cannot hold it."""
    from scipy.special import betaln, hyp2f1

    with np.errstate(over="ignore"):
        series = float(hyp2f1((n - 1) / 2, (n - 1) / 2, (n + 2 / scale) / 2, r**2))
    if not math.isfinite(series):
        return math.inf
    log_factor = (
        (1 - 2 / scale) * math.log(2)
        + 0.5 * math.log(math.pi)
        - float(betaln(1 / scale, 1 / scale))
        + math.lgamma((n + 2 / scale - 1) / 2)
        - math.lgamma((n + 2 / scale) / 2)
        + math.log(series)
    )
    return math.exp(log_factor) if log_factor < _LARGEST_LOG else math.inf


def direction_probabilities(r: Vector, n: Vector, scale: float, tail: Tail) -> Vector:
    """Posterior probabilities that correlations in the population have the declared sign.

    The likelihood of a correlation rho is the exact sampling density of r in bivariate normal
    data, (1 - rho^2)^((n - 1) / 2) (1 - rho r)^(3/2 - n) 2F1(1/2, 1/2; n - 1/2; (1 + rho r) / 2)
    up to factors without rho (Hotelling, 1953).

    Parameters
    ----------
    r, n : ndarray of float64, shape (n_correlations,)
    scale, tail
        As in `correlation_bayes_factor`.

    Returns
    -------
    ndarray of float64, shape (n_correlations,)
        Between 0 and 1, precise in both tails.

    References
    ----------
    Hotelling, H. (1953). New light on the correlation coefficient and its transforms. Journal of
    the Royal Statistical Society B, 15, 193-232.

    Examples
    --------
    >>> direction_probabilities(np.array([0.0]), np.array([20.0]), 1.0, "greater").round(12)
    array([0.5])
    """
    negative, positive = _log_masses(r, n, scale)
    declared, other = (positive, negative) if tail == "greater" else (negative, positive)
    return np.asarray(1 / (1 + np.exp(np.minimum(other - declared, 700.0))))


def _log_masses(r: Vector, n: Vector, scale: float) -> tuple[Vector, Vector]:
    """Log of the posterior mass below and above zero, up to a common constant.

    Integrated over z = artanh(rho), in panels that are narrow around the peak and around zero.
    """
    edges = _panel_edges(np.arctanh(r), n)
    width = np.diff(edges, axis=1)
    ends = _log_density(edges, r[:, None], n[:, None], scale)
    with np.errstate(divide="ignore"):
        mass = np.maximum(ends[:, :-1], ends[:, 1:]) + np.log(width)
    masses = []
    for side in (edges[:, 1:] <= 0, edges[:, :-1] >= 0):
        # The density has one peak, close to an edge, so a panel's ends show what it can hold.
        held = np.where(side, mass, -np.inf)
        which, panel = np.nonzero(held > held.max(axis=1, keepdims=True) - _NEGLIGIBLE)
        half = width[which, panel, None] / 2
        nodes = edges[which, panel, None] + half * (1 + _NODES)
        density = _log_density(nodes, r[which, None], n[which, None], scale)
        # Panels of one correlation follow each other.
        first = np.searchsorted(which, np.arange(len(r)))
        top = np.maximum.reduceat(density.max(axis=1), first)
        parts = (half * _WEIGHTS * np.exp(density - top[which, None])).sum(axis=1)
        with np.errstate(divide="ignore"):
            masses.append(np.log(np.add.reduceat(parts, first)) + top)
    return masses[0], masses[1]


def _panel_edges(peak: Vector, n: Vector) -> NDArray[np.float64]:
    """Edges of the panels, ascending, shape (n_correlations, n_edges); 0 is one of each row.

    Panels without width fill the rows of those that need fewer.
    """
    end = np.abs(peak)[:, None] + 20
    # Halved until the panel at zero is shorter than 1 / (8 n): the logarithm of the density changes
    # there by n z at most, so that narrower panels would add nothing.
    needed = np.ceil(np.log2(8 * end * n[:, None]))
    halvings = np.arange(needed.max() + 1)
    around_zero = np.where(halvings <= needed, end * 0.5**halvings, end)
    # Two standard errors wide: narrower ones change the 14th digit at most.
    around_peak = peak[:, None] + np.arange(-30, 31, 2) / np.sqrt(n - 1)[:, None]
    edges = np.hstack([around_zero, -around_zero, np.zeros_like(end), around_peak])
    return np.sort(np.clip(edges, -end, end), axis=1)


def _log_density(
    z: NDArray[np.float64], r: NDArray[np.float64], n: NDArray[np.float64], scale: float
) -> NDArray[np.float64]:
    from scipy.special import hyp2f1

    rho = np.tanh(z)
    # log(1 - tanh(z)^2) without cancellation; its power collects likelihood, prior and Jacobian.
    log_rest = 2 * (np.log(2) - np.abs(z) - np.log1p(np.exp(-2 * np.abs(z))))
    return np.asarray(
        ((n - 1) / 2 + 1 / scale) * log_rest
        - (n - 1.5) * np.log1p(-rho * r)
        + np.log(hyp2f1(0.5, 0.5, n - 0.5, (1 + rho * r) / 2))
    )


def mean_difference_bayes_factor(
    t: float, n_first: int, n_second: int, scale: float = CAUCHY_SCALE
) -> float:
    r"""Evidence for a difference of two means over none: the JZS Bayes factor BF10.

    .. math:: BF_{10} = \int_0^\infty \frac{1}{\sqrt{1 + n g s^2}}
              \left(\frac{1 + t^2 / \{(1 + n g s^2) v\}}{1 + t^2 / v}\right)^{-(v + 1) / 2}
              \frac{e^{-1 / (2 g)}}{\sqrt{2 \pi g^3}}\, dg

    with v = n_1 + n_2 - 2 and n = n_1 n_2 / (n_1 + n_2), integrated over log g.

    Parameters
    ----------
    t : float
        Student's t (pooled variances).
    n_first, n_second : int
        Dyads in the two samples.
    scale : float
        Scale s of the Cauchy prior on the standardised difference.

    Returns
    -------
    float
        Above 1: the data favour a difference. Infinite where it exceeds what a float holds.

    References
    ----------
    Rouder, J. N., Speckman, P. L., Sun, D., Morey, R. D., & Iverson, G. (2009). Bayesian t tests
    for accepting and rejecting the null hypothesis. Psychonomic Bulletin & Review, 16, 225-237.
    https://doi.org/10.3758/PBR.16.2.225

    Examples
    --------
    >>> round(mean_difference_bayes_factor(3.5, 20, 20), 2)
    26.74
    """
    n, df = n_first * n_second / (n_first + n_second), n_first + n_second - 2
    spread = 1 + n * _G * scale**2
    log_likelihood = np.log1p(t**2 / (spread * df)) - math.log1p(t**2 / df)
    log_density = (
        -0.5 * np.log(spread)
        - (df + 1) / 2 * log_likelihood
        - 0.5 * (math.log(2 * math.pi) + _LOG_G + 1 / _G)
    )
    with np.errstate(over="ignore"):
        return float((_HALF_PANEL * _WEIGHTS * np.exp(log_density)).sum())
