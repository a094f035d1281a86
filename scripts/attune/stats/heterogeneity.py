"""Variance of true effects between studies: estimators, Q statistic, Q-profile interval.

All functions take effects y, sampling variances v and a design X with one row per study. Weighted
least squares is written with sums over studies only, so that thousands of models can be fitted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError

Vector = NDArray[np.float64]
Array = NDArray[np.float64]

Method = Literal["REML", "ML", "DL", "PM", "SJ", "HE", "common"]
"""Restricted and full maximum likelihood, DerSimonian-Laird, Paule-Mandel, Sidik-Jonkman, Hedges;
common: no variance between studies."""

METHODS: tuple[Method, ...] = ("REML", "ML", "DL", "PM", "SJ", "HE", "common")

_GRID = 40
"""Points at which the likelihood is compared before its maximum is refined: it can have two."""

_STEPS = 200
"""Refinements of a root; bisection alone would need 60."""

_TOLERANCE = 1e-13
"""Relative change of a root that is rounding."""


@dataclass(frozen=True)
class Weighted:
    """Weighted least squares with the weights 1 / (v + tau2).

    Attributes
    ----------
    weights, residuals : ndarray, shape (k,)
    coefficients : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
        Inverse of X'WX.
    q : float
        Weighted sum of squared residuals.
    """

    weights: Vector
    coefficients: Vector
    covariance: Array
    residuals: Vector
    q: float


def weighted_least_squares(y: Vector, v: Vector, x: Array, tau2: float) -> Weighted:
    """Coefficients, covariance and residuals for a given variance between studies.

    Parameters
    ----------
    y, v : ndarray, shape (k,)
        Nothing missing; v + tau2 above 0.
    x : ndarray, shape (k, p)
        Of full rank.
    tau2 : float

    Examples
    --------
    >>> fit = weighted_least_squares(np.array([0., 1]), np.array([0.25, 0.75]), np.ones((2, 1)), 0)
    >>> round(float(fit.coefficients[0]), 6), round(fit.q, 6)
    (0.25, 1.0)
    """
    w = 1 / (v + tau2)
    xw = x * w[:, None]
    if x.shape[1] == 1:
        bread = np.array([[1 / float(x[:, 0] @ xw[:, 0])]])
    else:
        bread = np.linalg.inv(x.T @ xw)
        bread = (bread + bread.T) / 2
    coefficients = bread @ (xw.T @ y)
    residuals = y - x @ coefficients
    return Weighted(w, coefficients, bread, residuals, float(w @ residuals**2))


@dataclass(frozen=True)
class Heterogeneity:
    """Variance between studies with what depends on it.

    Attributes
    ----------
    method : str
    tau2 : float
        At least 0; NaN where it cannot be estimated.
    tau2_se : float
        Standard error; NaN for a common effect.
    tau2_low, tau2_high : float
        Q-profile interval.
    i2, i2_low, i2_high : float
        Percent of the variance of effects that is not sampling error.
    h2, h2_low, h2_high : float
        Variance of effects over the sampling variance.
    q, q_df, q_p : float
        Cochran's test of homogeneity (residual, with moderators).
    typical_variance : float
        Sampling variance of a typical study, the denominator of I2 and H2.
    """

    method: str
    tau2: float
    tau2_se: float
    tau2_low: float
    tau2_high: float
    i2: float
    i2_low: float
    i2_high: float
    h2: float
    h2_low: float
    h2_high: float
    q: float
    q_df: int
    q_p: float
    typical_variance: float


def checked_studies(
    effects: ArrayLike, variances: ArrayLike, ids: Sequence[object] | None = None
) -> tuple[Vector, Vector, list[str]]:
    """Effects and sampling variances as arrays with the names of the studies, or all faults.

    Parameters
    ----------
    effects, variances : array_like, shape (k,)
    ids : sequence, optional
        Names of the studies; numbered from 1 if not given. Each may occur once: several effects of
        one study are not independent.

    Raises
    ------
    AnalysisError
        Different lengths, no study, a missing or infinite value, a variance that is not positive,
        an id that occurs twice.

    Examples
    --------
    >>> checked_studies([0.2, 0.3], [0.01, 0.0])
    Traceback (most recent call last):
    ...
    attune.specs.errors.AnalysisError: Study '2': the sampling variance is 0.0; it must be above 0.
    """
    y, v = np.atleast_1d(np.asarray(effects, float)), np.atleast_1d(np.asarray(variances, float))
    names = [str(k + 1) for k in range(len(y))] if ids is None else [str(name) for name in ids]
    if y.ndim != 1 or not len(y) == len(v) == len(names):
        raise AnalysisError(
            f"There are {len(y)} effects, {len(v)} variances and {len(names)} ids; their numbers"
            " must be equal."
        )
    if len(y) == 0:
        raise AnalysisError("There is no effect to analyse.")
    faults = []
    if not (np.isfinite(y).all() and np.isfinite(v).all() and (v > 0).all()):
        faults += [fault for row in zip(names, y, v, strict=True) for fault in _faults(*row)]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        faults.append(
            f"Several effects have the id {', '.join(map(repr, twice))}. Effects of one study are"
            " not independent: average them, choose one, or use a multilevel model."
        )
    if faults:
        raise AnalysisError("\n".join(faults))
    return y, v, names


def _faults(name: str, effect: float, variance: float) -> list[str]:
    faults = []
    if not np.isfinite(effect):
        faults.append(f"Study {name!r}: the effect is {effect}; it must be a finite number.")
    if not (np.isfinite(variance) and variance > 0):
        faults.append(f"Study {name!r}: the sampling variance is {variance}; it must be above 0.")
    return faults


def estimate_tau2(y: Vector, v: Vector, x: Array, method: Method = "REML") -> float:
    r"""Estimate of the variance between studies, never below 0.

    .. math:: \text{DL: } \frac{Q - (k - p)}{\operatorname{tr} P}, \qquad
              \text{HE: } \frac{RSS - \operatorname{tr} P_0 V}{k - p}, \qquad
              \text{PM: } Q(\tau^2) = k - p

    .. math:: \text{SJ: } \tau_0^2 \frac{y' P_s y}{k - p}, \quad
              \tau_0^2 = \frac 1k \sum (y_i - \bar y)^2

    with :math:`P = W - W X (X' W X)^{-1} X' W` for weights 1 / v, P_0 for equal weights and P_s for
    weights :math:`1 / (v + \tau_0^2)`. ML and REML maximise the (restricted) likelihood of
    normal effects, over the whole axis: it is compared at points of a grid before a root of the
    score is refined.

    Parameters
    ----------
    y, v : ndarray, shape (k,)
    x : ndarray, shape (k, p)
        Of full rank, with k > p.
    method : str
        One of `METHODS`.

    References
    ----------
    DerSimonian, R., & Laird, N. (1986). Meta-analysis in clinical trials. Controlled Clinical
    Trials, 7, 177-188. https://doi.org/10.1016/0197-2456(86)90046-2

    Viechtbauer, W. (2005). Bias and efficiency of meta-analytic variance estimators in the
    random-effects model. Journal of Educational and Behavioral Statistics, 30, 261-293.
    https://doi.org/10.3102/10769986030003261

    Sidik, K., & Jonkman, J. N. (2005). Simple heterogeneity variance estimation for meta-analysis.
    Journal of the Royal Statistical Society C, 54, 367-384.
    https://doi.org/10.1111/j.1467-9876.2005.00489.x

    Examples
    --------
    Effects 1 apart with sampling variances 0.25: the variance of the effects, 0.5, less 0.25.

    >>> x = np.ones((2, 1))
    >>> [round(estimate_tau2(np.array([0., 1]), np.full(2, .25), x, m), 6) for m in ("DL", "REML")]
    [0.25, 0.25]
    """
    if method not in METHODS:
        raise AnalysisError(f"The method is {method!r}; it must be one of {', '.join(METHODS)}.")
    if method == "common":
        return 0.0
    df = len(y) - x.shape[1]
    if method in ("DL", "HE", "SJ"):
        return _by_moments(y, v, x, method)
    if method == "PM":
        return root_of_q(y, v, x, df)
    return _by_likelihood(y, v, x, restricted=method == "REML")


def _by_moments(y: Vector, v: Vector, x: Array, method: Method) -> float:
    k, p = x.shape
    if method == "DL":
        fit = weighted_least_squares(y, v, x, 0.0)
        return max(0.0, (fit.q - (k - p)) / trace_p(fit, x))
    if method == "HE":
        fit = weighted_least_squares(y, np.ones(k), x, 0.0)
        leverage = np.einsum("kp,pq,kq->k", x, fit.covariance, x)
        return max(0.0, (fit.q - float(v @ (1 - leverage))) / (k - p))
    start = float(np.var(y))
    if start == 0:
        return 0.0
    fit = weighted_least_squares(y, v, x, start)
    return start * fit.q / (k - p)


def trace_p(fit: Weighted, x: Array) -> float:
    """Trace of P = W - W X (X'WX)^-1 X'W.

    Examples
    --------
    >>> x = np.ones((2, 1))
    >>> round(trace_p(weighted_least_squares(np.zeros(2), np.ones(2), x, 0.0), x), 6)
    1.0
    """
    squared = (x * (fit.weights**2)[:, None]).T @ x
    return float(fit.weights.sum() - (fit.covariance * squared).sum())


def _trace_p_squared(fit: Weighted, x: Array) -> float:
    """Trace of PP."""
    w = fit.weights
    second = fit.covariance @ ((x * (w**2)[:, None]).T @ x)
    third = (x * (w**3)[:, None]).T @ x
    return float((w**2).sum() - 2 * (fit.covariance * third).sum() + (second * second.T).sum())


def root_of_q(y: Vector, v: Vector, x: Array, value: float) -> float:
    """The variance between studies under which Q has a value; 0 if Q is below it at 0.

    Q falls with the variance. Newton's method on 1 / Q, which is a straight line where all sampling
    variances are equal, kept inside an interval that holds the root.

    Examples
    --------
    >>> round(root_of_q(np.array([0., 1]), np.full(2, 0.25), np.ones((2, 1)), 1.0), 6)
    0.25
    """
    fit = weighted_least_squares(y, v, x, 0.0)
    if fit.q <= value:
        return 0.0
    low, high, tau2 = 0.0, np.inf, 0.0
    for _ in range(_STEPS):
        slope = float((fit.weights * fit.residuals) @ (fit.weights * fit.residuals))
        new = tau2 + fit.q * (fit.q / value - 1) / slope
        if not low < new < high:
            new = (low + high) / 2 if np.isfinite(high) else 2 * max(tau2, float(v.min()))
        if abs(new - tau2) <= _TOLERANCE * (new + float(v.min())):
            return new
        tau2 = new
        fit = weighted_least_squares(y, v, x, tau2)
        low, high = (tau2, high) if fit.q > value else (low, tau2)
    return tau2


def _by_likelihood(y: Vector, v: Vector, x: Array, restricted: bool) -> float:
    """Maximum of the likelihood over 0 and above: best point of a grid, then Newton's method."""
    smallest = float(v.min())
    rest = weighted_least_squares(y, v, x, float(v.max())).residuals
    # Above a multiple of the largest squared residual the likelihood only falls.
    top = 4 * float((rest**2).max()) * len(y) / max(1, len(y) - x.shape[1]) + smallest
    grid = np.concatenate([[0.0], np.geomspace(1e-4 * smallest, top, _GRID)])
    place = int(np.argmax(profile_log_likelihood(y, v, x, grid, restricted)))
    low, high = float(grid[max(place - 1, 0)]), float(grid[min(place + 1, _GRID)])
    if place == 0 and _score(y, v, x, 0.0, restricted)[0] <= 0:
        return 0.0
    tau2 = float(grid[place]) if place else high / 2
    for _ in range(_STEPS):
        value, slope = _score(y, v, x, tau2, restricted)
        low, high = (tau2, high) if value > 0 else (low, tau2)
        new = tau2 - value / slope if slope < 0 else np.nan
        if not low <= new <= high:
            new = (low + high) / 2
        if abs(new - tau2) <= _TOLERANCE * (new + smallest):
            return float(new)
        tau2 = float(new)
    return tau2


def profile_log_likelihood(
    y: Vector, v: Vector, x: Array, tau2: ArrayLike, restricted: bool
) -> Vector:
    """Log likelihood of variances between studies, without its constant.

    Parameters
    ----------
    y, v : ndarray, shape (k,)
    x : ndarray, shape (k, p)
    tau2 : array_like, shape (g,)
    restricted : bool

    Returns
    -------
    ndarray, shape (g,)

    Examples
    --------
    >>> y, v, x = np.array([0., 1]), np.full(2, 0.25), np.ones((2, 1))
    >>> int(np.argmax(profile_log_likelihood(y, v, x, [0.0, 0.25, 0.5], True)))
    1
    """
    w = 1 / (v + np.atleast_1d(np.asarray(tau2, dtype=float))[:, None])  # (grid, k)
    if x.shape[1] == 1:
        column = x[:, 0]
        total = w @ column**2
        b = (w @ (column * y) / total)[:, None]
        q, log_det = (w * (y - b * column) ** 2).sum(axis=1), np.log(total)
    else:
        crossed = np.einsum("gk,kp,kq->gpq", w, x, x)
        b = np.linalg.solve(crossed, np.einsum("gk,kp,k->gp", w, x, y)[..., None])[..., 0]
        q, log_det = (w * (y - b @ x.T) ** 2).sum(axis=1), np.linalg.slogdet(crossed)[1]
    found = np.log(w).sum(axis=1) - q - (log_det if restricted else 0)
    return np.asarray(found / 2)


def _score(y: Vector, v: Vector, x: Array, tau2: float, restricted: bool) -> tuple[float, float]:
    """Twice the derivative of the log likelihood, and twice its second derivative."""
    fit = weighted_least_squares(y, v, x, tau2)
    wr = fit.weights * fit.residuals
    inner = (x * fit.weights[:, None]).T @ wr
    curve = float(fit.weights @ wr**2 - inner @ fit.covariance @ inner)  # (P y)' P (P y)
    if restricted:
        trace, squared = trace_p(fit, x), _trace_p_squared(fit, x)
    else:
        trace, squared = float(fit.weights.sum()), float((fit.weights**2).sum())
    return float(wr @ wr) - trace, squared - 2 * curve


def log_likelihood(y: Vector, v: Vector, x: Array, tau2: float, restricted: bool) -> float:
    r"""(Restricted) log likelihood with its constant.

    The restricted one contains :math:`\frac 12 \log |X'X|`, so that it does not depend on the units
    of the moderators. Those of models with different moderators cannot be compared.

    Examples
    --------
    One effect of 0 with variance 1: the density of the standard normal distribution.

    >>> round(log_likelihood(np.zeros(1), np.ones(1), np.ones((1, 1)), 0.0, False), 6)
    -0.918939
    """
    k, p = x.shape
    n = k - p if restricted else k
    extra = float(np.linalg.slogdet(x.T @ x)[1]) / 2 if restricted else 0.0
    profile = float(profile_log_likelihood(y, v, x, tau2, restricted)[0])
    return profile - n / 2 * float(np.log(2 * np.pi)) + extra


def tau2_standard_error(y: Vector, v: Vector, x: Array, tau2: float, method: Method) -> float:
    """Standard error of the variance between studies, by the formula of its estimator.

    Inverse information for ML and REML; for the estimators by moments the square root of the
    variance of their quadratic form of normal effects at the estimate. NaN for a common effect.

    References
    ----------
    Viechtbauer (2005), as for `estimate_tau2`.

    Examples
    --------
    Two effects with a total variance of 0.5 each: the variance of two values has one degree of
    freedom, and its standard error is 0.5 times the root of 2.

    >>> y, v, x = np.array([0., 1]), np.full(2, 0.25), np.ones((2, 1))
    >>> round(tau2_standard_error(y, v, x, 0.25, "REML"), 6)
    0.707107
    """
    k, p = x.shape
    if method == "common":
        return float("nan")
    fit = weighted_least_squares(y, v, x, tau2)
    if method == "REML":
        return float(np.sqrt(2 / _trace_p_squared(fit, x)))
    if method == "ML":
        return float(np.sqrt(2 / (fit.weights**2).sum()))
    if method == "PM":
        return float(np.sqrt(2 * k**2 / (k - p)) / fit.weights.sum())
    start = float(np.var(y))
    weights = {"DL": v, "HE": np.ones(k), "SJ": v + start}[method]
    inner = weighted_least_squares(y, weights, x, 0.0)
    xw = x * inner.weights[:, None]
    projection = np.diag(inner.weights) - xw @ inner.covariance @ xw.T
    # Variance of y'Ay is 2 tr(A S A S) for the covariance S = V + tau2 I of the effects.
    spread = projection * (v + tau2)
    if method == "SJ":
        scale = start / (k - p)
    else:
        scale = 1 / (trace_p(inner, x) if method == "DL" else k - p)
    return scale * float(np.sqrt(2 * (spread * spread.T).sum()))


def heterogeneity(
    y: Vector,
    v: Vector,
    x: Array,
    method: Method = "REML",
    interval: float = 0.95,
    profile: bool = True,
) -> Heterogeneity:
    r"""Variance between studies with Q, I2, H2 and Q-profile intervals.

    .. math:: I^2 = 100 \frac{\tau^2}{\tau^2 + s^2}, \qquad H^2 = \frac{\tau^2 + s^2}{s^2}, \qquad
              s^2 = \frac{k - p}{\operatorname{tr} P}

    The Q-profile interval holds the variances under which Q lies between its chi-square quantiles;
    it is exact for normal effects, whichever the estimator. Those of I2 and H2 follow from it. For
    a common effect I2 and H2 come from Q itself, and there are no intervals.

    Parameters
    ----------
    y, v : ndarray, shape (k,)
    x : ndarray, shape (k, p)
        Of full rank.
    method : str
        One of `METHODS`.
    interval : float
        Coverage.
    profile : bool
        Whether the intervals are computed.

    Returns
    -------
    Heterogeneity
        With k = p there is nothing to estimate from: tau2 and all that depends on it are NaN.

    References
    ----------
    Viechtbauer, W. (2007). Confidence intervals for the amount of heterogeneity in meta-analysis.
    Statistics in Medicine, 26, 37-52. https://doi.org/10.1002/sim.2514

    Higgins, J. P. T., & Thompson, S. G. (2002). Quantifying heterogeneity in a meta-analysis.
    Statistics in Medicine, 21, 1539-1558. https://doi.org/10.1002/sim.1186

    Examples
    --------
    >>> found = heterogeneity(np.array([0.0, 1.0]), np.full(2, 0.25), np.ones((2, 1)))
    >>> round(found.q, 6), round(found.i2, 6), round(found.h2, 6)
    (2.0, 50.0, 2.0)
    """
    from scipy.special import chdtrc, chdtri

    df = len(y) - x.shape[1]
    if df < 1:
        return _no_heterogeneity(method)
    fit = weighted_least_squares(y, v, x, 0.0)
    typical = df / trace_p(fit, x)
    tau2 = estimate_tau2(y, v, x, method)
    low = high = float("nan")
    if profile and method != "common":
        low, high = (root_of_q(y, v, x, float(chdtri(df, 0.5 + s * interval / 2))) for s in (-1, 1))
    # Of the three variances: per cent of the whole, and ratio of the whole to the typical one.
    i2, i2_low, i2_high = (100 * t / (t + typical) for t in (tau2, low, high))
    h2, h2_low, h2_high = ((t + typical) / typical for t in (tau2, low, high))
    if method == "common":
        i2 = max(0.0, 100 * (fit.q - df) / fit.q) if fit.q > 0 else 0.0
        h2 = fit.q / df
    return Heterogeneity(
        method=method,
        tau2=tau2,
        tau2_se=tau2_standard_error(y, v, x, tau2, method),
        tau2_low=low,
        tau2_high=high,
        i2=i2,
        i2_low=i2_low,
        i2_high=i2_high,
        h2=h2,
        h2_low=h2_low,
        h2_high=h2_high,
        q=fit.q,
        q_df=df,
        q_p=float(chdtrc(df, fit.q)),
        typical_variance=typical,
    )


def _no_heterogeneity(method: Method) -> Heterogeneity:
    """Heterogeneity of a model with as many coefficients as studies, which is undefined."""
    nan = float("nan")
    return Heterogeneity(method, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, 0.0, 0, nan, nan)
