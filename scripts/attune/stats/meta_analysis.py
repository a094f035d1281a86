"""Average effect of independent studies: random effects and common effect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.heterogeneity import (
    Heterogeneity,
    Method,
    Weighted,
    checked_studies,
    heterogeneity,
    log_likelihood,
    weighted_least_squares,
)
from attune.stats.regression import CoefficientTest, coefficient_test

Vector = NDArray[np.float64]
Array = NDArray[np.float64]

Test = Literal["z", "knapp-hartung", "knapp-hartung-truncated"]
"""Wald test; t with Knapp and Hartung's variance; the same, never below the variance of Wald."""

TESTS: tuple[Test, ...] = ("z", "knapp-hartung", "knapp-hartung-truncated")

Prediction = Literal["z", "t(k-1)", "t(k-2)"]
"""Convention of the prediction interval: see `random_effects`."""

PREDICTIONS: tuple[Prediction, ...] = ("z", "t(k-1)", "t(k-2)")

ONE_STUDY = "One study: nothing can be said about differences between studies."
TWO_STUDIES = "Two studies: t(k-2) has no degrees of freedom."
NO_DISTRIBUTION = "A common effect has no distribution of true effects."
EQUAL_EFFECTS = (
    "All effects are equal, so the Knapp-Hartung variance is 0; its truncated form is that of Wald."
)
EMPTY_PROFILE = (
    "The effects differ less than sampling error alone would make them in all but few"
    " meta-analyses: no variance between studies is in the Q-profile interval, shown as 0 to 0."
)


@dataclass(frozen=True)
class PredictionInterval:
    """Interval for the true effect of a further study.

    Attributes
    ----------
    low, high : float
        NaN where undefined.
    df : float
        Of the t distribution; infinite for z.
    convention : str
        One of `PREDICTIONS`, or t(k-p) of a model with moderators.
    """

    low: float
    high: float
    df: float
    convention: str


@dataclass(frozen=True)
class AverageEffect:
    """Average effect of a meta-analysis.

    Attributes
    ----------
    ids : tuple of str, length k
    method : str
        Estimator of the variance between studies.
    test : str
        The test that was carried out: z where there is one study.
    effect : CoefficientTest
        Estimate, standard error, test against 0 and interval; t is z where df is infinite.
    prediction : PredictionInterval
    heterogeneity : Heterogeneity
    weights : ndarray, shape (k,)
        Percent, summing to 100.
    log_likelihood : float
        Restricted for REML, full otherwise.
    undefined : mapping of str to str
        Name of a value that is NaN or degenerate, and why.
    """

    ids: tuple[str, ...]
    method: str
    test: str
    effect: CoefficientTest
    prediction: PredictionInterval
    heterogeneity: Heterogeneity
    weights: Vector
    log_likelihood: float
    undefined: Mapping[str, str] = field(default_factory=dict)

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.ids)

    @property
    def tau2(self) -> float:
        """Variance between studies."""
        return self.heterogeneity.tau2


@dataclass(frozen=True)
class ScaledFit:
    """Weighted least squares with the covariance that a test uses.

    Attributes
    ----------
    fit : Weighted
    covariance : ndarray, shape (p, p)
    df : float
        Infinite for z.
    """

    fit: Weighted
    covariance: Array
    df: float


def scaled_fit(y: Vector, v: Vector, x: Array, tau2: float, test: Test) -> ScaledFit:
    r"""Coefficients with the covariance of Wald or of Knapp and Hartung.

    .. math:: V = s^2 (X' W X)^{-1}, \qquad s^2 = \frac{\sum w_i e_i^2}{k - p}

    s2 is 1 for z and at least 1 for the truncated form.

    Parameters
    ----------
    y, v : ndarray, shape (k,)
    x : ndarray, shape (k, p)
        k > p unless the test is z.
    tau2 : float
    test : str
        One of `TESTS`.

    Examples
    --------
    >>> y, v, x = np.array([0., 1]), np.full(2, 0.25), np.ones((2, 1))
    >>> [round(float(scaled_fit(y, v, x, 0.0, t).covariance[0, 0]), 6) for t in TESTS]
    [0.125, 0.25, 0.25]
    """
    if test not in TESTS:
        raise AnalysisError(f"The test is {test!r}; it must be one of {', '.join(TESTS)}.")
    fit = weighted_least_squares(y, v, x, tau2)
    if test == "z":
        return ScaledFit(fit, fit.covariance, float("inf"))
    df = len(y) - x.shape[1]
    scale = fit.q / df
    if test == "knapp-hartung-truncated":
        scale = max(1.0, scale)
    return ScaledFit(fit, scale * fit.covariance, df)


def shorter_than_wald(
    effects: ArrayLike, variances: ArrayLike, tau2: float, interval: float = 0.95
) -> bool:
    r"""Whether Knapp and Hartung's interval of the average effect is shorter than that of Wald.

    .. math:: s \, t_{k-1} < z, \qquad
              s^2 = \frac{1}{k - 1} \sum \frac{(y_i - \hat\mu)^2}{v_i + \tau^2}

    Then the effects differ so much less than their sampling errors make them that the interval
    claims more precision than those errors allow; the truncated form takes 1 for s.

    References
    ----------
    Röver, C., Knapp, G., & Friede, T. (2015). Hartung-Knapp-Sidik-Jonkman approach and its
    modification for random-effects meta-analysis with few studies. BMC Medical Research
    Methodology, 15, 99. https://doi.org/10.1186/s12874-015-0091-1

    Examples
    --------
    >>> [shorter_than_wald([0.3, last], [0.01, 0.01], 0.0) for last in (0.301, 0.4)]
    [True, False]
    """
    from scipy.special import ndtri, stdtrit

    y, v, _ = checked_studies(effects, variances)
    df, level = len(y) - 1, 0.5 + interval / 2
    factor = weighted_least_squares(y, v, np.ones((len(y), 1)), tau2).q / df
    return bool(np.sqrt(factor) * stdtrit(df, level) < ndtri(level))


def random_effects(
    effects: ArrayLike,
    variances: ArrayLike,
    ids: Sequence[object] | None = None,
    method: Method = "REML",
    test: Test = "knapp-hartung",
    prediction: Prediction = "t(k-1)",
    interval: float = 0.95,
    profile: bool = True,
) -> AverageEffect:
    r"""Average effect of independent studies.

    .. math:: \hat\mu = \frac{\sum w_i y_i}{\sum w_i}, \quad w_i = \frac{1}{v_i + \tau^2}, \qquad
              \hat\mu \pm q \sqrt{\tau^2 + se^2} \text{ (prediction)}

    Conventions of the prediction interval: q is a quantile of the normal distribution (z; metafor's
    with test z), of t with k - 1 degrees of freedom (metafor's with a Knapp-Hartung test, from 3.8
    on) or of t with k - 2 (Higgins, Thompson and Spiegelhalter). se is that of the test.

    Parameters
    ----------
    effects, variances : array_like, shape (k,)
        Effects on a scale with normal sampling errors (Fisher's z, g, log odds ratio), and their
        sampling variances.
    ids : sequence, optional
        Names of the studies, each once.
    method : {"REML", "ML", "DL", "PM", "SJ", "HE", "common"}
        Estimator of the variance between studies; see `estimate_tau2`.
    test : {"z", "knapp-hartung", "knapp-hartung-truncated"}
        The t test keeps its level with few studies, z does not. Truncated ("ad hoc"): the variance
        is never below that of Wald, so that equal effects do not give a short interval.
    prediction : {"z", "t(k-1)", "t(k-2)"}
    interval : float
        Coverage of all intervals.
    profile : bool
        Whether the Q-profile intervals are computed.

    Returns
    -------
    AverageEffect
        One study: its effect with z, no heterogeneity and no prediction; `undefined` says why.

    Raises
    ------
    AnalysisError
        See `checked_studies`; an unknown method, test or convention.

    References
    ----------
    Knapp, G., & Hartung, J. (2003). Improved tests for a random effects meta-regression with a
    single covariate. Statistics in Medicine, 22, 2693-2710. https://doi.org/10.1002/sim.1482

    Higgins, J. P. T., Thompson, S. G., & Spiegelhalter, D. J. (2009). A re-evaluation of
    random-effects meta-analysis. Journal of the Royal Statistical Society A, 172, 137-159.
    https://doi.org/10.1111/j.1467-985X.2008.00552.x

    Examples
    --------
    Two effects 1 apart with variance 0.25 each, and a variance between studies of 0.25:

    >>> found = random_effects([0.0, 1.0], [0.25, 0.25])
    >>> round(found.effect.estimate, 6), round(found.effect.se, 6), round(found.tau2, 6)
    (0.5, 0.5, 0.25)
    """
    y, v, names = checked_studies(effects, variances, ids)
    if prediction not in PREDICTIONS:
        allowed = ", ".join(PREDICTIONS)
        raise AnalysisError(f"The prediction interval is {prediction!r}; allowed: {allowed}.")
    k, x = len(y), np.ones((len(y), 1))
    found = heterogeneity(y, v, x, method, interval, profile)
    if k == 1 and test in TESTS:
        test = "z"
    tau2 = 0.0 if k == 1 else found.tau2
    scaled = scaled_fit(y, v, x, tau2, test)
    estimate, se = float(scaled.fit.coefficients[0]), float(np.sqrt(scaled.covariance[0, 0]))
    weights = scaled.fit.weights
    return AverageEffect(
        ids=tuple(names),
        method=method,
        test=test,
        effect=coefficient_test(estimate, se, scaled.df, interval),
        prediction=_prediction(estimate, se, found.tau2, k, prediction, interval, method),
        heterogeneity=found,
        weights=100 * weights / weights.sum(),
        log_likelihood=log_likelihood(y, v, x, tau2, restricted=method == "REML"),
        undefined=_undefined(found, se, prediction),
    )


def _prediction(
    estimate: float,
    se: float,
    tau2: float,
    k: int,
    convention: Prediction,
    interval: float,
    method: Method,
) -> PredictionInterval:
    df = {"z": float("inf"), "t(k-1)": k - 1, "t(k-2)": k - 2}[convention]
    if method == "common":
        tau2 = float("nan")
    low, high = prediction_limits(estimate, se, tau2, df, interval)
    return PredictionInterval(low, high, df, convention)


def prediction_limits(
    estimate: float, se: float, tau2: float, df: float, interval: float
) -> tuple[float, float]:
    """Estimate plus and minus a quantile of t times the root of tau2 + se2; NaN without df.

    Examples
    --------
    >>> low, high = prediction_limits(0.5, 0.3, 0.16, float("inf"), 0.95)
    >>> round(low, 2), round(high, 2)
    (-0.48, 1.48)
    """
    from scipy.special import stdtrit

    quantile = float(stdtrit(df, 0.5 + interval / 2)) if df > 0 else float("nan")
    reach = quantile * float(np.sqrt(tau2 + se**2))
    return estimate - reach, estimate + reach


def _undefined(found: Heterogeneity, se: float, prediction: Prediction) -> dict[str, str]:
    reasons: dict[str, str] = {}
    if found.q_df == 0:
        reasons |= {name: ONE_STUDY for name in ("tau2", "i2", "h2", "q_p", "prediction")}
        return reasons
    if found.method == "common":
        reasons["prediction"] = NO_DISTRIBUTION
    elif found.q_df == 1 and prediction == "t(k-2)":
        reasons["prediction"] = TWO_STUDIES
    if found.tau2_high == 0:
        reasons["tau2_high"] = EMPTY_PROFILE
    if se == 0:
        reasons["se"] = EQUAL_EFFECTS
    return reasons
