"""Rubin's rules: one estimate and its variance from analyses of multiply imputed data."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from attune.specs.errors import AnalysisError
from attune.stats.regression import CoefficientTest, coefficient_test


@dataclass(frozen=True)
class PooledEstimate:
    """A pooled estimate with its test.

    Attributes
    ----------
    test : CoefficientTest
    within, between : float
        Mean of the variances, and variance of the estimates.
    missing_share : float
        Share of the variance that is due to missing values (lambda), from 0 to 1.
    n_imputations : int
    monte_carlo_se : float
        Standard error of the pooled estimate from the finite number of imputations: the square root
        of between over n_imputations.
    """

    test: CoefficientTest
    within: float
    between: float
    missing_share: float
    n_imputations: int
    monte_carlo_se: float


def pool(
    estimates: ArrayLike,
    variances: ArrayLike,
    complete_df: float = np.inf,
    interval: float = 0.95,
) -> PooledEstimate:
    r"""Pool estimates of imputed data sets.

    .. math:: \bar Q = \frac1m \sum Q_i, \quad T = \bar U + \left(1 + \frac1m\right) B, \quad
              \lambda = \frac{(1 + 1/m) B}{T}

    .. math:: \frac1\nu = \frac{\lambda^2}{m - 1}
              + \frac{\nu_{com} + 3}{(\nu_{com} + 1)\, \nu_{com} (1 - \lambda)}

    Parameters
    ----------
    estimates, variances : array_like, shape (m,)
        Of each imputed data set, at least two; variances are squared standard errors, not negative.
    complete_df : float
        Degrees of freedom that complete data would have.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        Fewer than two imputations, a missing value, a negative variance.

    References
    ----------
    Barnard, J., & Rubin, D. B. (1999). Small-sample degrees of freedom with multiple imputation.
    Biometrika, 86, 948-955. https://doi.org/10.1093/biomet/86.4.948

    Examples
    --------
    >>> found = pool([1.0, 2.0, 3.0], [1.0, 1.0, 1.0])
    >>> found.test.estimate, round(found.test.se**2, 4), round(found.test.df, 4)
    (2.0, 2.3333, 6.125)
    """
    q, u = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    m = len(q)
    if m < 2 or len(u) != m:
        raise AnalysisError(f"Pooling needs at least two imputations, found {m} and {len(u)}.")
    if not (np.isfinite(q).all() and (u >= 0).all() and complete_df > 0):
        raise AnalysisError(
            "Estimates must be known, variances not negative, degrees of freedom above 0."
        )
    within, between = float(u.mean()), float(q.var(ddof=1))
    total = within + (1 + 1 / m) * between
    share = (1 + 1 / m) * between / total if total > 0 else 0.0
    inverse = share**2 / (m - 1)
    if np.isfinite(complete_df):
        observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
        inverse += 1 / observed if observed > 0 else np.inf
    df = 1 / inverse if inverse > 0 else np.inf
    return PooledEstimate(
        test=coefficient_test(float(q.mean()), float(np.sqrt(total)), float(df), interval),
        within=within,
        between=between,
        missing_share=share,
        n_imputations=m,
        monte_carlo_se=float(np.sqrt(between / m)),
    )
