"""Intervals of r, slopes, alpha and omega that do not assume normal scores.

The classical intervals (Fisher's z, Feldt) take the sampling variance from the normal distribution.
Scores with a floor or a ceiling vary more than that, and their coverage falls below its nominal
value however many dyads there are (docs/inference.md). Here the variance comes from the data, on a
scale on which the coefficient's distribution is nearly symmetric: the coefficient is computed with
each dyad left out, or, for r, from the influence of each dyad on it (sandwich).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.stats.alpha import alphas_without_one, cronbach_alpha
from attune.stats.omega import omega_and_without_one
from attune.stats.regression import Predictors, regress
from attune.stats.sums import length, mean, total

Vector = NDArray[np.float64]

_ROUNDING = 1e-14
"""Correlations closer than this to 1 or -1 are perfect up to rounding error."""

_SPREAD_LEFT = 1e-12
"""Share of a measure's variance below which the dyads left are constant up to rounding error."""


@dataclass(frozen=True)
class RobustInterval:
    """Jackknife or sandwich interval of a coefficient.

    Attributes
    ----------
    se : float
        Standard error of the coefficient itself, by the delta method from that of its transform.
    df : float
        Degrees of freedom of the t quantile.
    low, high : float

    All are NaN where the coefficient is undefined, or perfect, without one of the dyads.
    """

    se: float
    df: float
    low: float
    high: float


def jackknife_interval(
    transform: float, without_one: ArrayLike, interval: float = 0.95, held: int = 0
) -> tuple[float, float, float]:
    r"""Standard error, degrees of freedom and reach of a transformed coefficient.

    .. math:: s^2 = \frac{n - 1}{n} \sum_i (t_{(i)} - \bar t)^2, \qquad
              \nu = \frac{2}{2 / (n - 1) + \max(0, \kappa - 3) / n}, \qquad t_\nu\, s

    where t(i) is the coefficient without dyad i and kappa the kurtosis of all t(i). The
    degrees of freedom are Satterthwaite's, two over the squared coefficient of variation of the
    estimated variance: the longer the tails of the dyads' influence, the less certain it is.

    Parameters
    ----------
    transform : float
        The transformed coefficient of all dyads; only its being finite matters.
    without_one : array_like, shape (n,)
        The same with each dyad left out in turn.
    interval : float
        Coverage.
    held : int
        Measures held constant; they cost degrees of freedom.

    Returns
    -------
    se, df, reach : float
        NaN where a value is not finite.

    References
    ----------
    Miller, R. G. (1974). The jackknife: A review. Biometrika, 61, 1-15.
    https://doi.org/10.1093/biomet/61.1.1

    Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components.
    Biometrics Bulletin, 2, 110-114. https://doi.org/10.2307/3002019

    Examples
    --------
    >>> se, df, reach = jackknife_interval(0.0, [-2.0, -1.0, 0.0, 1.0, 2.0])
    >>> round(se, 3), round(df, 3), round(reach, 3)
    (2.828, 4.0, 7.853)
    """
    from scipy.special import stdtrit

    values = np.asarray(without_one, dtype=float)
    if not (np.isfinite(transform) and np.isfinite(values).all()):
        return np.nan, np.nan, np.nan
    n = len(values)
    squares = (values - mean(values)) ** 2
    spread = total(squares)
    if spread == 0:
        return 0.0, float(n - 1 - held), 0.0
    kurtosis = n * total(squares**2) / spread**2
    se = float(np.sqrt((n - 1) / n * spread))
    df = 2 / (2 / (n - 1 - held) + max(0.0, float(kurtosis) - 3) / n)
    return se, df, float(stdtrit(df, 0.5 + interval / 2)) * se


def robust_correlation_interval(
    x: ArrayLike,
    y: ArrayLike,
    interval: float = 0.95,
    covariates: ArrayLike | None = None,
) -> RobustInterval:
    r"""Jackknife interval of Pearson's r, or of a partial correlation, on Fisher's z.

    .. math:: z_{(i)} = \operatorname{artanh} \frac{r - u_i v_i / (1 - h_i)}
              {\sqrt{(1 - u_i^2 / (1 - h_i)) (1 - v_i^2 / (1 - h_i))}}

    with u and v the centred measures (or residuals given the covariates), scaled to a sum of
    squares of 1, and leverage h (1 / n without covariates): no correlation is computed anew.
    `jackknife_interval` has the standard error and the degrees of freedom.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Without missing values, not constant, n at least 4.
    interval : float
        Coverage.
    covariates : array_like, shape (n, k), optional
        Linearly independent measures held constant, none constant; n at least k + 4.

    Returns
    -------
    RobustInterval
        A perfect correlation has an interval without width.

    Raises
    ------
    AnalysisError
        A constant covariate, or collinear ones.

    References
    ----------
    Hinkley, D. V. (1977). Jackknife confidence limits using Student t approximations. Biometrika,
    64, 21-28. https://doi.org/10.1093/biomet/64.1.21

    Steiger, J. H., & Hakstian, A. R. (1982). The asymptotic distribution of elements of a
    correlation matrix. British Journal of Mathematical and Statistical Psychology, 35, 208-215.
    https://doi.org/10.1111/j.2044-8317.1982.tb00653.x

    Examples
    --------
    >>> found = robust_correlation_interval([1, 2, 3, 4, 5, 6], [1, 3, 2, 5, 4, 6])
    >>> round(found.low, 3), round(found.high, 3)
    (0.156, 0.99)
    """
    u, v, leverage, held = _scaled_residuals(x, y, covariates)
    r, n = float(total(u * v)), len(u)
    if 1 - abs(r) < _ROUNDING:
        return RobustInterval(0.0, float(n - 1 - held), round(r), round(r))
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = 1 / (1 - leverage)
        left_u, left_v = 1 - u**2 * weight, 1 - v**2 * weight
        varying = np.minimum(left_u, left_v) > _SPREAD_LEFT
        scale = np.sqrt(np.where(varying, left_u * left_v, np.nan))
        without_one = np.arctanh(np.clip((r - u * v * weight) / scale, -1, 1))
    z = np.arctanh(r)
    se, df, reach = jackknife_interval(z, without_one, interval, held)
    return RobustInterval((1 - r**2) * se, df, float(np.tanh(z - reach)), float(np.tanh(z + reach)))


def sandwich_correlation_interval(
    x: ArrayLike,
    y: ArrayLike,
    interval: float = 0.95,
    covariates: ArrayLike | None = None,
) -> RobustInterval:
    r"""Sandwich interval of Pearson's r, or of a partial correlation, on Fisher's z.

    .. math:: s_z^2 = \frac{1}{(1 - r^2)^2} \sum_i
              \frac{[u_i v_i - r (u_i^2 + v_i^2) / 2]^2}{(1 - h_i)^2}, \qquad
              \operatorname{artanh} r \pm t_{n - 2 - k}\, s_z

    with u and v the centred measures (or residuals given k covariates), scaled to a sum of squares
    of 1. The numerator is each dyad's influence on r: half of what it adds to the slopes of the
    regressions of v on u and of u on v. Without the leverages the sum is the asymptotically
    distribution-free variance of r from its fourth-order moments (Steiger & Hakstian, 1982), which
    is too small in small samples. h is the larger of the dyad's leverages in the two regressions,
    and enters as in HC3 (Long & Ervin, 2000). Of the corrections that were simulated (none, n - 2,
    HC2, HC3 and HC4 with joint leverages, HC3 in each regression by itself) this one came
    nearest to its nominal coverage with and without floors (docs/inference.md).

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Without missing values, not constant, n at least 4.
    interval : float
        Coverage.
    covariates : array_like, shape (n, k), optional
        Linearly independent measures held constant, none constant; n at least k + 4.

    Returns
    -------
    RobustInterval
        A perfect correlation has an interval without width.

    Raises
    ------
    AnalysisError
        A constant covariate, or collinear ones.

    References
    ----------
    Steiger, J. H., & Hakstian, A. R. (1982). The asymptotic distribution of elements of a
    correlation matrix: Theory and application. British Journal of Mathematical and Statistical
    Psychology, 35, 208-215. https://doi.org/10.1111/j.2044-8317.1982.tb00653.x

    Long, J. S., & Ervin, L. H. (2000). Using heteroscedasticity consistent standard errors in the
    linear regression model. The American Statistician, 54, 217-224.
    https://doi.org/10.1080/00031305.2000.10474549

    Examples
    --------
    >>> found = sandwich_correlation_interval([1, 2, 3, 4, 5, 6], [1, 3, 2, 5, 4, 6])
    >>> round(found.low, 3), round(found.high, 3)
    (-0.318, 0.996)
    """
    from scipy.special import stdtrit

    u, v, leverage, held = _scaled_residuals(x, y, covariates)
    r, df = float(total(u * v)), float(len(u) - 2 - held)
    if 1 - abs(r) < _ROUNDING:
        return RobustInterval(0.0, df, round(r), round(r))
    left = 1 - leverage - np.maximum(u**2, v**2)
    if left.min() < _SPREAD_LEFT:
        return RobustInterval(np.nan, np.nan, np.nan, np.nan)
    influence = (u * v - r * (u**2 + v**2) / 2) / left
    se = length(influence) / (1 - r**2)
    z, reach = np.arctanh(r), float(stdtrit(df, 0.5 + interval / 2)) * se
    return RobustInterval((1 - r**2) * se, df, float(np.tanh(z - reach)), float(np.tanh(z + reach)))


def _scaled_residuals(
    x: ArrayLike, y: ArrayLike, covariates: ArrayLike | None
) -> tuple[Vector, Vector, Vector, int]:
    """What mean and covariates leave of two measures, scaled to a sum of squares of 1.

    Also the leverage of each dyad in the regressions on the covariates, and their number.
    """
    pair = [np.asarray(values, dtype=float) for values in (x, y)]
    n, held = len(pair[0]), 0
    leverage = np.full(n, 1 / n)
    if covariates is None:
        residuals = [values - mean(values) for values in pair]
    else:
        columns = np.asarray(covariates, dtype=float).T
        held, predictors = len(columns), Predictors.of(*columns)
        residuals = [predictors.residual(values, held) for values in pair]
        leverage = predictors.leverage
    u, v = (rest / length(rest) for rest in residuals)
    return u, v, leverage, held


def robust_slope_interval(
    predictor: ArrayLike, outcome: ArrayLike, interval: float = 0.95
) -> RobustInterval:
    r"""Jackknife interval of the slope of a simple regression.

    .. math:: b_{(i)} = b - \frac{(x_i - \bar x)\, e_i}{(1 - h_i) \sum_j (x_j - \bar x)^2}

    with residuals e and leverages h. The standard error is nearly HC3's; the degrees of freedom
    are those of `jackknife_interval`, at most n - 2, where HC3's interval always takes n - 2.

    Parameters
    ----------
    predictor, outcome : array_like, shape (n,)
        Without missing values.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        As `regress`.

    References
    ----------
    MacKinnon, J. G., & White, H. (1985). Some heteroskedasticity-consistent covariance matrix
    estimators with improved finite sample properties. Journal of Econometrics, 29, 305-325.
    https://doi.org/10.1016/0304-4076(85)90158-7

    Examples
    --------
    >>> found = robust_slope_interval([1, 2, 3, 4, 5, 6], [1, 3, 2, 5, 4, 6])
    >>> round(found.se, 3), round(found.low, 3), round(found.high, 3)
    (0.177, 0.396, 1.376)
    """
    x = np.asarray(predictor, dtype=float)
    fit = regress(outcome, x[:, None])
    deviations, slope = x - x.mean(), float(fit.coefficients[1])
    influence = deviations * fit.residual / (deviations * deviations).sum()
    if fit.hc3_reason:
        return RobustInterval(np.nan, np.nan, np.nan, np.nan)
    without_one = slope - influence / (1 - fit.leverage)
    se, df, reach = jackknife_interval(slope, without_one, interval, held=1)
    return RobustInterval(se, df, slope - reach, slope + reach)


def robust_alpha_interval(items: ArrayLike, interval: float = 0.95) -> RobustInterval:
    r"""Jackknife interval of Cronbach's alpha on the scale of :math:`\ln(1 - \alpha)`.

    Parameters
    ----------
    items : array_like, shape (n_questionnaires, k)
        Keyed responses, NaN where missing; rows with a missing item are left out.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        As `cronbach_alpha`.

    References
    ----------
    Maydeu-Olivares, A., Coffman, D. L., & Hartmann, W. M. (2007). Asymptotically distribution-free
    (ADF) interval estimation of coefficient alpha. Psychological Methods, 12, 157-176.
    https://doi.org/10.1037/1082-989X.12.2.157

    Examples
    --------
    >>> found = robust_alpha_interval([[1, 1], [2, 3], [3, 2], [4, 4], [2, 1], [3, 4]])
    >>> round(found.low, 3), round(found.high, 3)
    (-0.385, 0.983)
    """
    return _reliability_interval(cronbach_alpha(items), alphas_without_one(items), interval)


def robust_omega_interval(items: ArrayLike, interval: float = 0.95) -> RobustInterval:
    r"""Jackknife interval of omega total on the scale of :math:`\ln(1 - \omega)`.

    Parameters
    ----------
    items : array_like, shape (n_questionnaires, k)
        Keyed responses, NaN where missing; rows with a missing item are left out.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        As `omega_total`.
    """
    return omega_with_interval(items, interval)[1]


def omega_with_interval(items: ArrayLike, interval: float = 0.95) -> tuple[float, RobustInterval]:
    """Omega total and its interval (see `robust_omega_interval`), from one fit of the model.

    Parameters
    ----------
    items, interval
        As in `robust_omega_interval`.

    Raises
    ------
    AnalysisError
        As `omega_total`.
    """
    omega, without_one = omega_and_without_one(items)
    return omega, _reliability_interval(omega, without_one, interval)


def _reliability_interval(
    reliability: float, without_one: Vector, interval: float
) -> RobustInterval:
    with np.errstate(divide="ignore", invalid="ignore"):
        transform = np.log1p(-reliability)
        transforms = np.log1p(-without_one)
    se, df, reach = jackknife_interval(float(transform), transforms, interval)
    low, high = (float(-np.expm1(transform + side * reach)) for side in (1, -1))
    return RobustInterval((1 - reliability) * se, df, low, high)
