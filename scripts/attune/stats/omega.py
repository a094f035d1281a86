"""Omega total of a scale's one-factor model, by maximum likelihood."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.complete_rows import complete_rows

MINIMUM_ITEMS_OMEGA = 3
"""A one-factor model of two items has more loadings than the data have covariances."""

_SMALLEST_UNIQUENESS = 0.005
"""Share of an item's variance below which its uniqueness has run into zero (a Heywood case)."""


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
    if k < MINIMUM_ITEMS_OMEGA:
        raise AnalysisError(f"Omega needs at least {MINIMUM_ITEMS_OMEGA} items, found {k}.")
    if n <= k:
        raise AnalysisError(
            f"Omega needs more complete questionnaires than items, found {n} for {k} items."
        )
    loadings, uniquenesses = one_factor_model(np.cov(complete, rowvar=False))
    common = loadings.sum() ** 2
    return float(common / (common + uniquenesses.sum()))


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
    from scipy.optimize import minimize

    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    k = len(scale)
    if np.linalg.eigvalsh(correlation)[0] < 1e-10:
        raise AnalysisError("Omega is undefined: an item is an exact function of the others.")

    def misfit(log_psi: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        root = np.exp(-log_psi / 2)
        values, vectors = np.linalg.eigh(correlation * np.outer(root, root))
        rest = values[:-1]
        gradient = -(vectors[:, :-1] ** 2) @ (rest - 1)
        return float((rest - np.log(rest)).sum() - (k - 1)), gradient

    start = np.log((1 - 0.5 / k) / np.diag(np.linalg.inv(correlation)))
    found = minimize(
        misfit,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(np.log(_SMALLEST_UNIQUENESS) - 1, 0.0)] * k,
        options={"maxiter": 2000, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 30},
    )
    psi = np.exp(found.x)
    values, vectors = np.linalg.eigh(correlation / np.sqrt(np.outer(psi, psi)))
    loadings = np.sqrt(psi) * vectors[:, -1] * np.sqrt(max(values[-1] - 1, 0.0))
    improper = np.flatnonzero(psi < _SMALLEST_UNIQUENESS)
    if len(improper):
        raise AnalysisError(
            "Omega has no proper solution: the factor takes all variance of item"
            f" {', '.join(str(item + 1) for item in improper)} of the scale."
        )
    return loadings * scale * (-1 if (loadings * scale).sum() < 0 else 1), psi * scale**2
