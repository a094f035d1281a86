"""Least squares regression with ordinary and with heteroscedasticity-consistent standard errors.

The columns are made orthogonal one after the other by sums of products. A matrix routine adds in
the order of the BLAS kernel, which differs between machines, and the results are stored.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.hypothesis_tests import Tail, one_tailed
from attune.stats.sums import length, mean, total

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_CONSTANT = 1e-12
"""Share of a variable's size below which its spread is a rounding error.

Equal values that were computed in different ways differ by some units in the last place, 2e-16 of
their size; the centring of thousands of values stays below 1e-12. The smallest true spread, one
answer of one dyad on the longest questionnaire, is above 1e-6 of the size.
"""

_COLLINEAR = 1e-10
"""Share of a predictor's spread below which the rest that the others leave is a rounding error."""

_FULL_LEVERAGE = 1e-10
"""Distance from 1 below which a leverage is 1 up to rounding error."""

NO_HC3 = "One dyad alone determines a coefficient (leverage 1), so HC3 is undefined."


@dataclass(frozen=True)
class Regression:
    """A least squares regression with intercept.

    Attributes
    ----------
    coefficients, se, hc3_se : ndarray, shape (1 + k,)
        Intercept first, then one coefficient per predictor; ordinary and HC3 standard errors.
    covariance, hc3_covariance : ndarray, shape (1 + k, 1 + k)
        Covariance matrices of the coefficients.
    hc3_reason : str or None
        Why the HC3 values are NaN.
    df : int
        n - 1 - k.
    n : int
    residual, leverage : ndarray, shape (n,)
        Residuals in units of the outcome; diagonal of the hat matrix, between 1 / n and 1.
    r_squared : float
        Share of the outcome's variance that the predictors explain; NaN if the outcome is constant.
    predictors : Predictors
    """

    coefficients: Vector
    se: Vector
    hc3_se: Vector
    covariance: Matrix
    hc3_covariance: Matrix
    hc3_reason: str | None
    df: int
    n: int
    residual: Vector
    leverage: Vector
    r_squared: float
    predictors: "Predictors"


def regress(outcome: ArrayLike, predictors: ArrayLike) -> Regression:
    r"""Least squares regression of an outcome on predictors; the intercept is added.

    .. math:: \hat\beta = (X'X)^{-1} X'y, \qquad V = \frac{\sum e_i^2}{n - 1 - k} (X'X)^{-1}, \qquad
              V_{HC3} = (X'X)^{-1} X' \operatorname{diag}\left\{\frac{e_i^2}{(1 - h_i)^2}\right\}
              X (X'X)^{-1}

    with residuals e and leverages h. HC3 allows the variance of the residuals to differ between
    dyads; its intervals use t with the same degrees of freedom.

    Parameters
    ----------
    outcome : array_like, shape (n,)
        Without missing values.
    predictors : array_like, shape (n, k)
        Without missing values and without a column of ones.

    Returns
    -------
    Regression
        HC3 is NaN, with a reason, where a leverage is 1. Residuals that are rounding errors of an
        exact fit are 0.

    Raises
    ------
    AnalysisError
        Not more rows than coefficients, a constant predictor, or collinear predictors.

    References
    ----------
    MacKinnon, J. G., & White, H. (1985). Some heteroskedasticity-consistent covariance matrix
    estimators with improved finite sample properties. Journal of Econometrics, 29, 305-325.
    https://doi.org/10.1016/0304-4076(85)90158-7

    Long, J. S., & Ervin, L. H. (2000). Using heteroscedasticity consistent standard errors in the
    linear regression model. The American Statistician, 54, 217-224.
    https://doi.org/10.1080/00031305.2000.10474549

    Examples
    --------
    >>> fit = regress([1, 3, 2, 4], [[1], [2], [3], [4]])
    >>> fit.coefficients.round(10), round(fit.r_squared, 10), fit.df
    (array([0.5, 0.8]), 0.64, 2)
    """
    columns = np.asarray(predictors, dtype=float)
    n, count = columns.shape
    if n < 2 + count:
        raise AnalysisError(
            f"A regression with {1 + count} coefficients needs at least {2 + count} dyads,"
            f" found {n}."
        )
    return regress_on(Predictors(*_orthogonal(columns)), np.asarray(outcome, dtype=float))


@dataclass(frozen=True)
class Predictors:
    """Predictors made orthogonal once, for several outcomes or for the first of them alone.

    Attributes
    ----------
    basis : ndarray, shape (1 + k, n)
        Orthonormal rows that span the ones and the predictors, in their order.
    scale : ndarray, shape (1 + k, 1 + k)
        The triangle that maps them back.
    """

    basis: Matrix
    scale: Matrix

    @classmethod
    def of(cls, *columns: Vector) -> "Predictors":
        """From one column per predictor; errors as `residual`."""
        return cls(*_orthogonal(np.column_stack(columns)))

    @property
    def leverage(self) -> Vector:
        """Diagonal of the hat matrix, shape (n,), between 1 / n and 1."""
        return np.asarray((self.basis * self.basis).sum(axis=0))

    def residual(self, outcome: Vector, first: int) -> Vector:
        """What the first few predictors leave of an outcome, as `residual` gives it."""
        return _project(outcome, self.basis[: 1 + first])[1]


def regress_on(predictors: Predictors, y: Vector) -> Regression:
    """Least squares as in `regress`, for predictors that are orthogonal already.

    Parameters
    ----------
    predictors : Predictors
        Fewer than n - 1.
    y : ndarray, shape (n,)
        The outcome.
    """
    basis, n = predictors.basis, len(y)
    df = n - len(basis)
    inverse = _inverse_of_triangle(predictors.scale)
    projections, rest = _project(y, basis)
    unexplained = total(rest * rest)
    leverage = predictors.leverage
    covariance = (inverse[:, None, :] * inverse[None, :, :]).sum(axis=2) * unexplained / df
    reason = NO_HC3 if leverage.max() > 1 - _FULL_LEVERAGE else None
    robust = np.full_like(covariance, np.nan)
    if reason is None:
        robust = _sandwich(inverse, basis * (rest / (1 - leverage)))
    squares = (y - mean(y)) ** 2
    return Regression(
        coefficients=(inverse * projections).sum(axis=1),
        se=np.sqrt(covariance.diagonal()),
        hc3_se=np.sqrt(robust.diagonal()),
        covariance=covariance,
        hc3_covariance=robust,
        hc3_reason=reason,
        df=df,
        n=n,
        residual=rest,
        leverage=leverage,
        r_squared=np.nan if is_constant(y) else float(1 - unexplained / total(squares)),
        predictors=predictors,
    )


def residual(outcome: ArrayLike, predictors: ArrayLike) -> Vector:
    """What predictors leave of an outcome: the residual of `regress`, without standard errors.

    Parameters
    ----------
    outcome, predictors
        As in `regress`.

    Returns
    -------
    ndarray, shape (n,)
        In units of the outcome; 0 throughout where the fit is exact up to rounding.

    Raises
    ------
    AnalysisError
        A constant predictor, or collinear predictors.

    Examples
    --------
    >>> residual([1, 3, 2, 4], [[1], [2], [3], [4]]).round(10)
    array([-0.3,  0.9, -0.9,  0.3])
    """
    basis, _ = _orthogonal(np.asarray(predictors, dtype=float))
    return _project(np.asarray(outcome, dtype=float), basis)[1]


def is_constant(values: Vector) -> bool:
    """Whether values differ by no more than rounding errors.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Without missing values, at least one.

    Examples
    --------
    >>> is_constant(np.array([0.1 + 0.2, 0.3])), is_constant(np.array([1.0, 2.0]))
    (True, False)
    """
    return length(values - mean(values)) <= _CONSTANT * length(values)


def _orthogonal(columns: Matrix) -> tuple[Matrix, Matrix]:
    """Orthonormal rows that span the ones and the columns, and the triangle that maps them back.

    Raises
    ------
    AnalysisError
        A constant column, or one that is a linear function of those before it.
    """
    n, count = columns.shape
    basis, scale = np.empty((1 + count, n)), np.zeros((1 + count, 1 + count))
    basis[0], scale[0, 0] = 1 / np.sqrt(n), np.sqrt(n)
    for place in range(1, 1 + count):
        column = np.ascontiguousarray(columns[:, place - 1])
        if is_constant(column):
            raise AnalysisError(f"Predictor {place} has the same value in all {n} dyads.")
        center = mean(column)
        scale[0, place] = center * np.sqrt(n)
        rest = column - center
        spread = length(rest)
        # The second round removes what rounding left of the first.
        for _ in range(2):
            for earlier in range(place):
                shared = total(basis[earlier] * rest)
                scale[earlier, place] += shared
                rest = rest - shared * basis[earlier]
        scale[place, place] = length(rest)
        if scale[place, place] <= _COLLINEAR * spread:
            raise AnalysisError(f"Predictor {place} is a linear function of the others.")
        basis[place] = rest / scale[place, place]
    return basis, scale


def _inverse_of_triangle(triangle: Matrix) -> Matrix:
    size = len(triangle)
    inverse = np.zeros_like(triangle)
    for column in range(size):
        inverse[column, column] = 1 / triangle[column, column]
        for row in range(column - 1, -1, -1):
            known = total(triangle[row, row + 1 :] * inverse[row + 1 :, column])
            inverse[row, column] = -known / triangle[row, row]
    return inverse


def _project(y: Vector, basis: Matrix) -> tuple[Vector, Vector]:
    """Projections of y on orthonormal rows, and the residual."""
    projections = np.zeros(len(basis))
    center = mean(y)
    projections[0] = center * np.sqrt(len(y))
    residual = y - center
    for _ in range(2):
        for row, direction in enumerate(basis):
            shared = total(direction * residual)
            projections[row] += shared
            residual = residual - shared * direction
    if length(residual) <= _CONSTANT * length(y):
        residual = np.zeros_like(residual)
    return projections, residual


def _sandwich(inverse: Matrix, scores: Matrix) -> Matrix:
    """Covariance of the coefficients from the dyads' scores on the orthonormal rows."""
    between = (scores[:, None, :] * scores[None, :, :]).sum(axis=2)
    left = (inverse[:, None, :] * between[None, :, :]).sum(axis=2)
    return np.asarray((left[:, None, :] * inverse[None, :, :]).sum(axis=2))


@dataclass(frozen=True)
class CoefficientTest:
    """A regression coefficient, or a sum of several, with its t test against zero and interval.

    Attributes
    ----------
    estimate, se : float
    df : float
    t, p_two_tailed : float
        NaN where the standard error is 0.
    ci_low, ci_high : float
        All but the estimate are NaN where the standard error is NaN.
    """

    estimate: float
    se: float
    df: float
    t: float
    p_two_tailed: float
    ci_low: float
    ci_high: float

    def p_one_tailed(self, tail: Tail) -> float:
        """P value of the declared direction (see `one_tailed`)."""
        return one_tailed(self.p_two_tailed, self.estimate, tail)


def coefficient_test(
    estimate: float, se: float, df: float, interval: float = 0.95
) -> CoefficientTest:
    """Test an estimate against zero by t.

    Parameters
    ----------
    estimate, se : float
        The standard error may be 0 or NaN.
    df : float
        Degrees of freedom, above 0; infinite for the normal distribution.
    interval : float
        Coverage.

    Examples
    --------
    >>> test = coefficient_test(2.0, 1.0, 10)
    >>> test.t, round(test.p_two_tailed, 4), round(test.ci_low, 3), round(test.ci_high, 3)
    (2.0, 0.0734, -0.228, 4.228)
    """
    from scipy.special import stdtr, stdtrit

    t = estimate / se if se else np.nan
    reach = float(stdtrit(df, 0.5 + interval / 2)) * se
    return CoefficientTest(
        estimate=estimate,
        se=se,
        df=df,
        t=t,
        p_two_tailed=float(2 * stdtr(df, -abs(t))),
        ci_low=estimate - reach,
        ci_high=estimate + reach,
    )


def combination_test(
    fit: Regression, weights: ArrayLike, interval: float = 0.95, hc3: bool = False
) -> CoefficientTest:
    """Test a weighted sum of a regression's coefficients, such as a predicted value.

    Parameters
    ----------
    fit : Regression
    weights : array_like, shape (1 + k,)
        Of the intercept and the predictors.
    interval : float
        Coverage.
    hc3 : bool
        Whether to use the HC3 covariance.

    Examples
    --------
    The value that the line predicts at 2.5 is the mean of the outcome:

    >>> fit = regress([1, 3, 2, 4], [[1], [2], [3], [4]])
    >>> round(combination_test(fit, [1, 2.5]).estimate, 10)
    2.5
    """
    w = np.asarray(weights, dtype=float)
    covariance = fit.hc3_covariance if hc3 else fit.covariance
    variance = (w[:, None] * w[None, :] * covariance).sum()
    # Rounding may leave a variance of 0 slightly negative.
    se = float(np.sqrt(max(variance, 0.0))) if np.isfinite(variance) else np.nan
    return coefficient_test(float((w * fit.coefficients).sum()), se, fit.df, interval)


def hc3_slope_test(
    predictor: ArrayLike, outcome: ArrayLike, interval: float = 0.95
) -> CoefficientTest:
    """Slope of a simple regression over complete pairs, tested with the HC3 standard error.

    Parameters
    ----------
    predictor, outcome : array_like, shape (n_dyads,)
        For example pretest and posttest; NaN where missing.
    interval : float
        Coverage.

    Returns
    -------
    CoefficientTest
        Of the slope, df = n - 2. All but the estimate are NaN where a leverage is 1.

    Raises
    ------
    AnalysisError
        Fewer than three complete pairs, or a constant predictor.

    Examples
    --------
    >>> test = hc3_slope_test([1, 2, 3, 4, np.nan], [1, 3, 2, 4, 5])
    >>> round(test.estimate, 10), round(test.se, 4), test.df
    (0.8, 0.4616, 2)
    """
    x, y = np.asarray(predictor, dtype=float), np.asarray(outcome, dtype=float)
    complete = np.isfinite(x) & np.isfinite(y)
    fit = regress(y[complete], x[complete, None])
    return coefficient_test(float(fit.coefficients[1]), float(fit.hc3_se[1]), fit.df, interval)
