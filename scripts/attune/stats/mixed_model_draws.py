"""Draws from the large-sample distribution of the estimates of a mixed model, without refits."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.stats.mixed_models import MixedModel

Vector = NDArray[np.float64]
Array = NDArray[np.float64]

_UNDETERMINED = 1e-10
"""Share of a variance below which what is left of it is rounding error."""


@dataclass(frozen=True)
class ParameterDraws:
    """How far draws of the estimates lie from the estimates.

    Every second half of the draws mirrors the first one, so that their means are the estimates.

    Attributes
    ----------
    coefficients : ndarray, shape (n, p)
        Fixed effects, draw minus estimate.
    blocks : list of ndarray, shape (n, k, k)
        The relative factor of each random term (lme4's theta), draw minus estimate.
    residual : ndarray, shape (n, m)
        Residual parameters, draw minus estimate.
    sigma : ndarray, shape (n,)
        Residual standard deviation, draw over estimate.
    """

    coefficients: Array
    blocks: list[Array]
    residual: Array
    sigma: Vector


def draw_parameters(
    fit: MixedModel,
    covariance: Array,
    df: Mapping[str, float],
    count: int,
    generator: np.random.Generator,
) -> ParameterDraws:
    r"""Draw the estimates of a mixed model from their large-sample distribution.

    .. math::
        \hat\beta^* - \hat\beta = \sqrt{\nu / \chi^2_\nu}\, N(0, \operatorname{Cov}\hat\beta),
        \qquad \hat\theta^* - \hat\theta = N(0, \operatorname{Cov}\hat\theta)

    with theta the relative factors, the residual parameters and the logarithm of sigma, which are
    independent of the coefficients in large samples. Each coefficient has its own degrees of
    freedom, and all of one draw the same quantile of chi-square.

    Parameters
    ----------
    fit : MixedModel
    covariance : ndarray, shape (k, k)
        Of the variance parameters, see `attune.stats.mixed_model_tests.variance_parameters`.
    df : mapping of str to float
        Degrees of freedom of every fixed effect; infinite: normal draws.
    count : int
        Number of draws, even.
    generator : numpy.random.Generator

    References
    ----------
    Preacher, K. J., & Selig, J. P. (2012). Advantages of Monte Carlo confidence intervals for
    indirect effects. Communication Methods and Measures, 6, 77-98.
    https://doi.org/10.1080/19312458.2012.679848
    """
    from scipy.special import chdtri, ndtr

    half = count // 2
    layout = fit.state.layout
    freedom = np.array([df[name] for name in fit.coefficients])
    normal = generator.standard_normal((half, len(freedom) + len(covariance) + 1))
    own, other, shared = np.split(normal, [len(freedom), len(freedom) + len(covariance)], axis=1)
    known = np.where(np.isfinite(freedom), freedom, 1.0)
    scale = np.where(np.isfinite(freedom), np.sqrt(known / chdtri(known, ndtr(shared))), 1.0)
    coefficients = _mirrored(scale * (own @ semidefinite_factor(fit.covariance).T))
    variances = _mirrored(other @ semidefinite_factor(covariance).T)
    theta, residual, sigma = np.split(variances, [layout.n_theta, len(covariance) - 1], axis=1)
    blocks, place = [], 0
    for term in layout.terms:
        block = np.zeros((len(theta), term.width, term.width))
        for i, j in term.entries:
            block[:, i, j] = theta[:, place]
            place += 1
        blocks.append(block)
    return ParameterDraws(coefficients, blocks, residual, np.exp(sigma[:, 0] / fit.residual_sd))


def _mirrored(draws: Array) -> Array:
    return np.concatenate([draws, -draws])


def semidefinite_factor(matrix: Array) -> Array:
    """Lower triangular L with L L' = matrix, also of a singular covariance matrix.

    Eigenvectors would do, but their signs differ between machines, and so would the draws.

    Examples
    --------
    >>> semidefinite_factor(np.array([[4.0, 2, 0], [2, 1, 0], [0, 0, 9]])).tolist()
    [[2.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 3.0]]
    """
    factor = np.zeros_like(matrix, dtype=float)
    for j in range(len(matrix)):
        rest = matrix[j, j] - factor[j, :j] @ factor[j, :j]
        if rest > _UNDETERMINED * matrix[j, j]:
            factor[j, j] = np.sqrt(rest)
            below = matrix[j + 1 :, j] - factor[j + 1 :, :j] @ factor[j, :j]
            factor[j + 1 :, j] = below / factor[j, j]
    return factor
