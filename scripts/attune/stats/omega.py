"""Omega total of a scale's one-factor model, by maximum likelihood."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.complete_rows import complete_rows

MINIMUM_ITEMS_OMEGA = 3
"""A one-factor model of two items has more loadings than the data have covariances."""

_SMALLEST_UNIQUENESS = 0.005
"""Share of an item's variance below which its uniqueness has run into zero (a Heywood case)."""

_LOWEST_LOG_PSI = np.log(_SMALLEST_UNIQUENESS) - 1
"""End of the search, below the smallest uniqueness, so that an improper solution is recognised."""

_NEWTON_STEPS = 3
"""With these, omega without one of 25 questionnaires is within .001 of a new fit, of 60 within
1e-5; the standard error changes in the fourth digit."""

_SEARCH_STEPS = 12
"""Most steps of Newton's method, which converges within five or not at all."""

_SMALLEST_GRADIENT = 1e-9
"""Largest derivative of the misfit by log psi at a solution; a uniqueness is then right to nine
digits."""

_POWER_STEPS = 10
"""The error of an eigenvector falls with (second / largest eigenvalue) to this power, and it starts
small: below 1e-5 even if the second is half as large."""


def omega_total(items: ArrayLike) -> float:
    r"""Omega total of the one-factor model, fitted by maximum likelihood to raw covariances.

    .. math:: \omega = \frac{(\sum_i \lambda_i)^2}{(\sum_i \lambda_i)^2 + \sum_i \psi_i}

    with the loadings and uniquenesses that the model implies (its own total variance in the
    denominator, not the observed one).

    Parameters
    ----------
    items : array_like, shape (n_questionnaires, k)
        Keyed responses, NaN where missing; rows with a missing item are left out.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    AnalysisError
        As `cronbach_alpha`; also fewer than three items, not more complete rows than items (the
        covariances are then singular), linearly dependent items, or a uniqueness that runs into
        zero (no proper solution).

    References
    ----------
    McDonald, R. P. (1999). Test theory: A unified treatment. Erlbaum.
    https://doi.org/10.4324/9781410601087
    Jöreskog, K. G. (1967). Some contributions to maximum likelihood factor analysis.
    Psychometrika, 32, 443-482.
    """
    complete = complete_rows(items)
    n, k = complete.shape
    _require_enough(n, k)
    return _omega(*one_factor_model(np.cov(complete, rowvar=False))).item()


def _require_enough(n: int, k: int) -> None:
    if k < MINIMUM_ITEMS_OMEGA:
        raise AnalysisError(f"Omega needs at least {MINIMUM_ITEMS_OMEGA} items, found {k}.")
    if n <= k:
        raise AnalysisError(
            f"Omega needs more complete questionnaires than items, found {n} for {k} items."
        )


def omega_and_without_one(items: ArrayLike) -> tuple[float, NDArray[np.float64]]:
    """Omega total, and with each questionnaire left out in turn, from one fit of the model.

    Every search starts at the solution of all questionnaires and takes a few Newton steps with the
    second derivatives at that solution.

    Parameters
    ----------
    items : array_like, shape (n_questionnaires, k)
        Keyed responses, NaN where missing; rows with a missing item are left out.

    Returns
    -------
    omega : float
        As `omega_total`.
    without_one : ndarray, shape (n,)
        One value for each complete questionnaire.

    Raises
    ------
    AnalysisError
        As `omega_total`.

    References
    ----------
    Clarke, M. R. B. (1970). A rapidly convergent method for maximum-likelihood factor analysis.
    British Journal of Mathematical and Statistical Psychology, 23, 43-52.
    https://doi.org/10.1111/j.2044-8317.1970.tb00433.x
    """
    complete = complete_rows(items)
    n, k = complete.shape
    _require_enough(n, k)
    covariance = np.cov(complete, rowvar=False)
    loadings, uniquenesses = one_factor_model(covariance)
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    log_psi = np.log(uniquenesses / scale**2)
    root = np.exp(-log_psi / 2)
    values, vectors = np.linalg.eigh(correlation * np.outer(root, root))
    curvature = _second_derivatives(values, vectors)

    deviations = (complete - complete.mean(axis=0)) / scale
    found, vector = np.tile(log_psi, (n, 1)), np.tile(vectors[:, -1], (n, 1))
    for _ in range(_NEWTON_STEPS):
        spread, value, vector = _largest_without_one(correlation, deviations, found, vector)
        gradient = 1 - spread + vector**2 * (value - 1)
        found = np.clip(found - np.linalg.solve(curvature, gradient.T).T, _LOWEST_LOG_PSI, 0.0)
    _, value, vector = _largest_without_one(correlation, deviations, found, vector)
    others = scale * np.exp(found / 2) * vector * np.sqrt(np.maximum(value - 1, 0.0))
    return _omega(loadings, uniquenesses).item(), _omega(others, np.exp(found) * scale**2)


def _omega(loadings: NDArray[np.float64], uniquenesses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Omega of one model, or of one per row."""
    common = loadings.sum(axis=-1) ** 2
    return np.asarray(common / (common + uniquenesses.sum(axis=-1)))


def _largest_without_one(
    correlation: NDArray[np.float64],
    deviations: NDArray[np.float64],
    log_psi: NDArray[np.float64],
    start: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Diagonal and largest eigenvalue of the scaled covariances without each questionnaire.

    The covariances are scaled by the uniquenesses of that solution. Returns the diagonal,
    shape (n, k), the largest eigenvalue, shape (n, 1), and its vector, shape (n, k), by power
    iteration: n matrices need not be held, nor decomposed.
    """
    n = len(deviations)
    root = np.exp(-log_psi / 2)
    own = n / (n - 1) * deviations
    spread = root**2 * (n - 1 - own * deviations) / (n - 2)
    before = vector = start
    scale = root / (n - 2)
    for _ in range(_POWER_STEPS):
        before = vector
        turned = root * vector
        turned = (n - 1) * turned @ correlation - own * (deviations * turned).sum(1, keepdims=True)
        turned *= scale
        vector = turned / np.sqrt((turned**2).sum(axis=1, keepdims=True))
    return spread, (turned * before).sum(axis=1, keepdims=True), vector


def _second_derivatives(
    values: NDArray[np.float64], vectors: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Second derivatives of the misfit by log psi at the solution with these eigenvectors."""
    rest, largest = values[:-1], values[-1]
    others, first = vectors[:, :-1], vectors[:, -1]
    weights = (rest - 1) * (largest + rest) / (largest - rest)
    plain, scaled, weighted = (
        (others[:, None, :] * others[None, :, :] * weight).sum(axis=2)
        for weight in (np.ones_like(rest), rest, weights)
    )
    return np.asarray(plain * scaled - np.outer(first, first) * weighted)


def one_factor_model(
    covariance: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Maximum likelihood estimates of the one-factor model.

    For given uniquenesses psi the best loadings come from the largest eigenvalue of the
    covariances scaled by psi (Jöreskog, 1967), so that the search goes over log psi only.

    Parameters
    ----------
    covariance : ndarray, shape (k, k)
        Positive definite.

    Returns
    -------
    loadings : ndarray, shape (k,)
        For a factor of variance 1, their sum not negative.
    uniquenesses : ndarray, shape (k,)

    Raises
    ------
    AnalysisError
        Linearly dependent items, or a uniqueness that runs into zero.
    """
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    if np.linalg.eigvalsh(correlation)[0] < 1e-10:
        raise AnalysisError("Omega is undefined: an item is an exact function of the others.")
    log_psi = _best_log_psi(correlation)
    psi = np.exp(log_psi)
    values, vectors = np.linalg.eigh(correlation / np.sqrt(np.outer(psi, psi)))
    loadings = np.sqrt(psi) * vectors[:, -1] * np.sqrt(max(values[-1] - 1, 0.0))
    improper = np.flatnonzero(psi < _SMALLEST_UNIQUENESS)
    if len(improper):
        raise AnalysisError(
            "Omega has no proper solution: the factor takes all variance of item"
            f" {', '.join(str(item + 1) for item in improper)} of the scale."
        )
    return loadings * scale * (-1 if (loadings * scale).sum() < 0 else 1), psi * scale**2


def _best_log_psi(correlation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the misfit of the one-factor model is smallest, by Newton's method (Clarke, 1970).

    Four or five steps from Jöreskog's start do. Where a step leaves the range or does not come
    nearer, or the misfit is not convex, as near an improper solution, a slower search that keeps to
    the range takes over.
    """
    k = len(correlation)
    start = np.log((1 - 0.5 / k) / np.diag(np.linalg.inv(correlation)))
    log_psi, before = start, np.inf
    for _ in range(_SEARCH_STEPS):
        misfit, gradient, values, vectors = _misfit(correlation, log_psi)
        free = (log_psi > _LOWEST_LOG_PSI) | (gradient < 0)
        free &= (log_psi < 0) | (gradient > 0)
        if np.abs(gradient[free]).max(initial=0) < _SMALLEST_GRADIENT:
            return log_psi
        curvature = _second_derivatives(values, vectors)[np.ix_(free, free)]
        if misfit > before or np.linalg.eigvalsh(curvature)[0] <= 0:
            break
        before = misfit
        log_psi = log_psi.copy()
        log_psi[free] -= np.linalg.solve(curvature, gradient[free])
        log_psi = np.clip(log_psi, _LOWEST_LOG_PSI, 0.0)
    return _search_within_bounds(correlation, start)


def _misfit(
    correlation: NDArray[np.float64], log_psi: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Misfit, its derivatives, and the eigenvalues and vectors that they come from."""
    root = np.exp(-log_psi / 2)
    values, vectors = np.linalg.eigh(correlation * (root[:, None] * root))
    rest = values[:-1]
    gradient = -(vectors[:, :-1] ** 2) @ (rest - 1)
    return float((rest - np.log(rest)).sum() - len(rest)), gradient, values, vectors


def _search_within_bounds(
    correlation: NDArray[np.float64], start: NDArray[np.float64]
) -> NDArray[np.float64]:
    from scipy.optimize import minimize

    found = minimize(
        lambda log_psi: _misfit(correlation, log_psi)[:2],
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(_LOWEST_LOG_PSI, 0.0)] * len(start),
        options={
            "maxiter": 2000,
            "ftol": 1e-15,
            "gtol": _SMALLEST_GRADIENT,
            "maxcor": 30,
        },
    )
    return np.asarray(found.x)
