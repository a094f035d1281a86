"""Small-study effects and publication bias: funnel, Egger, trim and fill, PET-PEESE, limit.

All of these look at the relation of effects to their standard errors. None can tell a missing study
from another reason for larger effects in smaller studies (stronger treatments, sicker patients,
weaker designs), and below ten studies none has power worth reporting. Report several, as a
sensitivity analysis, beside the average that assumes no bias.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.heterogeneity import Method, checked_studies, estimate_tau2
from attune.stats.meta_analysis import AverageEffect, Test, random_effects, scaled_fit
from attune.stats.meta_regression import meta_regression
from attune.stats.regression import CoefficientTest, coefficient_test

Vector = NDArray[np.float64]
Array = NDArray[np.float64]

FEWEST = 3
"""Studies that a line through the funnel needs."""

ROUNDS = 100
"""Rounds after which trim and fill, which jumps between two counts, is given up."""

EQUAL_ERRORS = (
    "All studies have the same standard error; nothing can be said about small-study effects."
)


@dataclass(frozen=True)
class Funnel:
    """Points and lines of a funnel plot.

    Attributes
    ----------
    ids : tuple of str, length k
    effects, se : ndarray, shape (k,)
    centre : float
        Average effect, where the funnel opens.
    heights : ndarray, shape (h,)
        Standard errors from 0 to that of the smallest study, at which lines are given.
    low, high : ndarray, shape (h,)
        Centre plus and minus a normal quantile times the standard error: where the share
        `interval` of studies would lie if all had the same true effect.
    contours : mapping of float to ndarray, shape (h,)
        Two-tailed p -> effect above which (and below minus which) a study has a smaller p.
    """

    ids: tuple[str, ...]
    effects: Vector
    se: Vector
    centre: float
    heights: Vector
    low: Vector
    high: Vector
    contours: dict[float, Vector]


def funnel(
    effects: ArrayLike,
    variances: ArrayLike,
    ids: Sequence[object] | None = None,
    method: Method = "REML",
    interval: float = 0.95,
    contours: Sequence[float] = (0.10, 0.05, 0.01),
) -> Funnel:
    """Data of a funnel plot with its lines and the contours of significance around 0.

    The lines assume one true effect; with heterogeneity more studies lie outside. Gaps where
    studies would not be significant suggest selection by p, other gaps do not.

    References
    ----------
    Sterne, J. A. C., & Egger, M. (2001). Funnel plots for detecting bias in meta-analysis:
    Guidelines on choice of axis. Journal of Clinical Epidemiology, 54, 1046-1055.
    https://doi.org/10.1016/s0895-4356(01)00377-8

    Examples
    --------
    >>> found = funnel([0.2, 0.4], [0.01, 0.01])
    >>> round(found.centre, 6), float(found.heights[-1]), found.high[-1:].round(3).tolist()
    (0.3, 0.1, [0.496])
    """
    from scipy.special import ndtri

    y, v, names = checked_studies(effects, variances, ids)
    centre = random_effects(y, v, None, method, "z", "z", profile=False).effect.estimate
    heights = np.linspace(0, float(np.sqrt(v.max())), 50)
    reach = float(ndtri(0.5 + interval / 2)) * heights
    return Funnel(
        ids=tuple(names),
        effects=y,
        se=np.sqrt(v),
        centre=centre,
        heights=heights,
        low=centre - reach,
        high=centre + reach,
        contours={p: float(-ndtri(p / 2)) * heights for p in contours},
    )


@dataclass(frozen=True)
class AsymmetryTest:
    """Regression of effects on their standard errors.

    Attributes
    ----------
    slope : CoefficientTest
        Its test is the test of asymmetry.
    limit : CoefficientTest
        Intercept: the effect of a study with standard error 0.
    model : {"random effects", "weighted"}
    tau2 : float
        Variance between studies that is left; NaN for the weighted model.
    """

    slope: CoefficientTest
    limit: CoefficientTest
    model: str
    tau2: float


def _studies_of_several_sizes(
    effects: ArrayLike, variances: ArrayLike, ids: Sequence[object] | None
) -> tuple[Vector, Vector, list[str]]:
    y, v, names = checked_studies(effects, variances, ids)
    if len(y) < FEWEST:
        raise AnalysisError(f"Small-study effects need at least {FEWEST} studies, found {len(y)}.")
    if np.ptp(v) <= 1e-12 * v.max():
        raise AnalysisError(EQUAL_ERRORS)
    return y, v, names


def egger(
    effects: ArrayLike,
    variances: ArrayLike,
    ids: Sequence[object] | None = None,
    model: Literal["random effects", "weighted"] = "random effects",
    method: Method = "REML",
    test: Test = "knapp-hartung",
    interval: float = 0.95,
) -> AsymmetryTest:
    """Egger's regression test of funnel asymmetry.

    Random effects: meta-regression on the standard error. Weighted: the classical test, least
    squares with weights 1 / v and a free residual variance, k - 2 degrees of freedom; the same as
    the regression of y / se on 1 / se.

    Assumes that the standard error does not depend on the effect itself. For d, g and log odds
    ratios it does, and the test finds asymmetry where there is none; for Fisher's z it does not.
    Not significant with few studies means nothing. Studies with several effects: give the standard
    error to `multilevel_meta_analysis` as a moderator and use its robust test.

    Parameters
    ----------
    effects, variances, ids, interval
        As for `random_effects`; at least three studies, not all of the same size.
    model : {"random effects", "weighted"}
    method, test : str
        For random effects.

    References
    ----------
    Egger, M., Davey Smith, G., Schneider, M., & Minder, C. (1997). Bias in meta-analysis detected
    by a simple, graphical test. British Medical Journal, 315, 629-634.
    https://doi.org/10.1136/bmj.315.7109.629

    Pustejovsky, J. E., & Rodgers, M. A. (2019). Testing for funnel plot asymmetry of standardized
    mean differences. Research Synthesis Methods, 10, 57-71. https://doi.org/10.1002/jrsm.1332

    Examples
    --------
    Effects that are 0.1 plus twice the standard error:

    >>> found = egger([0.3, 0.5, 0.7], [0.01, 0.04, 0.09], model="weighted")
    >>> round(found.slope.estimate, 6), round(found.limit.estimate, 6)
    (2.0, 0.1)
    """
    y, v, names = _studies_of_several_sizes(effects, variances, ids)
    if model == "weighted":
        limit, slope = _weighted_line(y, v, np.sqrt(v), interval)
        return AsymmetryTest(slope, limit, model, float("nan"))
    if model != "random effects":
        raise AnalysisError(f"The model is {model!r}; allowed: 'random effects', 'weighted'.")
    fit = meta_regression(y, v, np.sqrt(v), ["se"], names, method, test, interval, profile=False)
    return AsymmetryTest(fit.coefficients[1], fit.coefficients[0], model, fit.tau2)


def _weighted_line(
    y: Vector, v: Vector, predictor: Vector, interval: float
) -> tuple[CoefficientTest, CoefficientTest]:
    """Intercept and slope of least squares with weights 1 / v and a free residual variance."""
    x = np.column_stack([np.ones(len(y)), predictor])
    fit = scaled_fit(y, v, x, 0.0, "knapp-hartung")
    errors = np.sqrt(fit.covariance.diagonal())
    intercept, slope = (
        coefficient_test(float(b), float(se), fit.df, interval)
        for b, se in zip(fit.fit.coefficients, errors, strict=True)
    )
    return intercept, slope


@dataclass(frozen=True)
class PetPeese:
    """Precision-effect test and estimate.

    Attributes
    ----------
    pet, peese : CoefficientTest
        Intercepts: the effect of a study without sampling error.
    pet_slope, peese_slope : CoefficientTest
    chosen : {"PET", "PEESE"}
        By the conditional rule.
    """

    pet: CoefficientTest
    peese: CoefficientTest
    pet_slope: CoefficientTest
    peese_slope: CoefficientTest
    chosen: str

    @property
    def effect(self) -> CoefficientTest:
        """The chosen estimate."""
        return self.pet if self.chosen == "PET" else self.peese


def pet_peese(
    effects: ArrayLike,
    variances: ArrayLike,
    ids: Sequence[object] | None = None,
    direction: Literal["greater", "less"] = "greater",
    level: float = 0.05,
    interval: float = 0.95,
) -> PetPeese:
    """Effect at a standard error of 0, by weighted regressions on the error and its square.

    PET: on the standard error. PEESE: on the sampling variance. Conditional rule: PEESE where PET
    is significant in the expected direction (one-tailed), else PET, which is biased towards 0 where
    there is an effect.

    Assumes that the relation of effects to errors comes from selection alone. With heterogeneity,
    few studies, or errors that depend on the effect (d, g, log odds ratios) it misses the effect by
    far, in both directions, and its interval is too short.

    Parameters
    ----------
    effects, variances, ids, interval
        As for `egger`.
    direction : {"greater", "less"}
        Expected sign of the effect.
    level : float
        Of the one-tailed test.

    References
    ----------
    Stanley, T. D., & Doucouliagos, H. (2014). Meta-regression approximations to reduce publication
    selection bias. Research Synthesis Methods, 5, 60-78. https://doi.org/10.1002/jrsm.1095

    Examples
    --------
    >>> found = pet_peese([0.31, 0.49, 0.71, 0.9], [0.01, 0.04, 0.09, 0.16])
    >>> round(found.pet.estimate, 2), found.chosen
    (0.11, 'PEESE')
    """
    y, v, _ = _studies_of_several_sizes(effects, variances, ids)
    pet, pet_slope = _weighted_line(y, v, np.sqrt(v), interval)
    peese, peese_slope = _weighted_line(y, v, v, interval)
    significant = pet.p_one_tailed(direction) < level
    return PetPeese(pet, peese, pet_slope, peese_slope, "PEESE" if significant else "PET")


@dataclass(frozen=True)
class LimitMetaAnalysis:
    """Limit meta-analysis.

    Attributes
    ----------
    effect : CoefficientTest
        Adjusted effect, with z.
    alpha : float
        Bias: expected shift of a standardised effect in a study without precision.
    beta : float
        Slope of the generalised radial plot.
    g2 : float
        Share of the variance between the limit effects that small-study effects do not explain,
        from 0 to 1.
    limit_effects : ndarray, shape (k,)
        Effects shrunken to those of infinite precision.
    q_small, q_residual : float
        Parts of Q: explained by small-study effects, and left.
    q_small_p, q_residual_p : float
        Chi-square with 1 and k - 2 degrees of freedom.
    """

    effect: CoefficientTest
    alpha: float
    beta: float
    g2: float
    limit_effects: Vector
    q_small: float
    q_residual: float
    q_small_p: float
    q_residual_p: float


def limit_meta_analysis(
    effects: ArrayLike,
    variances: ArrayLike,
    ids: Sequence[object] | None = None,
    method: Method = "REML",
    interval: float = 0.95,
) -> LimitMetaAnalysis:
    r"""Effect of a study of infinite precision, in a model with a bias of small studies.

    .. math:: y_i = \beta + \sqrt{v_i + \tau^2} (\alpha + \epsilon_i), \qquad
              \hat\mu = \hat\beta + \tau \hat\alpha, \qquad
              se = \Bigl\{\sum (s_i^{-1} - \overline{s^{-1}})^2\Bigr\}^{-1/2}

    alpha and beta are intercept and slope of the regression of y_i over the root of v_i + tau2 on
    its inverse; s are the standard errors. tau2 is that of the model without bias.

    Assumes that the bias is proportional to the total standard error. It takes real heterogeneity
    that goes with size for bias, and with large tau2 the bias does not vanish even for the largest
    study (the term with tau), so that estimates become unstable.

    Parameters
    ----------
    effects, variances, ids, method, interval
        As for `random_effects`; at least three studies, not all of the same size.

    References
    ----------
    Ruecker, G., Schwarzer, G., Carpenter, J. R., Binder, H., & Schumacher, M. (2011).
    Treatment-effect estimates adjusted for small-study effects via a limit meta-analysis.
    Biostatistics, 12, 122-142. https://doi.org/10.1093/biostatistics/kxq046

    Examples
    --------
    Without variance between studies it is Egger's limit:

    >>> y, v = [0.3, 0.5, 0.7], [0.01, 0.04, 0.09]
    >>> round(limit_meta_analysis(y, v, method="common").effect.estimate, 6)
    0.1
    """
    from scipy.special import chdtrc

    y, v, _ = _studies_of_several_sizes(effects, variances, ids)
    k = len(y)
    tau2 = estimate_tau2(y, v, np.ones((k, 1)), method)
    root = np.sqrt(v + tau2)
    alpha, beta, _ = _radial_line(y, root)
    inverse = 1 / np.sqrt(v)
    se = float(1 / np.sqrt(((inverse - inverse.mean()) ** 2).sum()))
    limits = beta + np.sqrt(tau2) / root * (y - beta)
    total, unexplained = _explained_part(limits, np.sqrt(v))
    q = float(((y - (y / v).sum() / (1 / v).sum()) ** 2 / v).sum())
    q_residual = _radial_line(y, np.sqrt(v))[2]
    return LimitMetaAnalysis(
        effect=coefficient_test(float(beta + np.sqrt(tau2) * alpha), se, float("inf"), interval),
        alpha=alpha,
        beta=beta,
        # Without variance between studies all limit effects are equal, up to rounding.
        g2=unexplained / total if tau2 > 0 else 0.0,
        limit_effects=limits,
        q_small=q - q_residual,
        q_residual=q_residual,
        q_small_p=float(chdtrc(1, max(q - q_residual, 0.0))),
        q_residual_p=float(chdtrc(k - 2, q_residual)),
    )


def _radial_line(y: Vector, se: Vector) -> tuple[float, float, float]:
    """Intercept, slope and residual sum of squares of y / se on 1 / se."""
    response, precision = y / se, 1 / se
    spread = precision - precision.mean()
    slope = float(spread @ response / (spread @ spread))
    intercept = float(response.mean() - slope * precision.mean())
    rest = response - intercept - slope * precision
    return intercept, slope, float(rest @ rest)


def _explained_part(y: Vector, se: Vector) -> tuple[float, float]:
    """Total and residual sum of squares of the radial line."""
    response = y / se
    return float(((response - response.mean()) ** 2).sum()), _radial_line(y, se)[2]


@dataclass(frozen=True)
class TrimAndFill:
    """Trim and fill.

    Attributes
    ----------
    side : {"left", "right"}
        Where studies are missing.
    missing : int
        Their estimated number.
    missing_se : float
    p : float
        Test of none missing, for R0; NaN for L0.
    filled_effects, filled_variances : ndarray, shape (missing,)
        Mirror images that were added.
    result : AverageEffect
        With the added studies, named filled 1, filled 2, ...
    """

    side: str
    missing: int
    missing_se: float
    p: float
    filled_effects: Vector
    filled_variances: Vector
    result: AverageEffect


def trim_and_fill(
    effects: ArrayLike,
    variances: ArrayLike,
    ids: Sequence[object] | None = None,
    estimator: Literal["L0", "R0"] = "L0",
    side: Literal["left", "right"] | None = None,
    method: Method = "REML",
    test: Test = "knapp-hartung",
    interval: float = 0.95,
) -> TrimAndFill:
    r"""Average effect after mirror images of the studies without a counterpart are added.

    .. math:: L_0 = \frac{4 S - k (k + 1)}{2 k - 1}, \qquad R_0 = (k - r) - 1

    S is the sum of ranks of the positive distances from the centre, r the largest rank of a
    negative one; centre and number are estimated in turn, without the most extreme studies.

    Assumes that the most extreme effects of one side are missing, and that without that the funnel
    is symmetric. Studies are missing by p rather than by size of the effect, and heterogeneity
    makes funnels asymmetric: added studies are not data. Use it to see how far the average could
    move, not as a corrected estimate.

    Parameters
    ----------
    effects, variances, ids, method, test, interval
        As for `egger`.
    estimator : {"L0", "R0"}
        L0 is the usual one; R0 is better with few studies missing and has a test.
    side : {"left", "right"}, optional
        Where studies are missing; chosen by the sign of Egger's slope if not given.

    References
    ----------
    Duval, S. J., & Tweedie, R. L. (2000). Trim and fill: A simple funnel-plot-based method of
    testing and adjusting for publication bias in meta-analysis. Biometrics, 56, 455-463.
    https://doi.org/10.1111/j.0006-341x.2000.00455.x

    Examples
    --------
    >>> found = trim_and_fill([0.1, 0.2, 0.3, 0.9, 1.2], [0.01, 0.01, 0.02, 0.1, 0.2])
    >>> found.side, found.missing
    ('left', 2)
    """
    y, v, names = _studies_of_several_sizes(effects, variances, ids)
    if estimator not in ("L0", "R0") or side not in ("left", "right", None):
        raise AnalysisError(
            f"The estimator is {estimator!r} and the side {side!r}; allowed are L0 and R0, left and"
            " right."
        )
    if side is None:
        slope = meta_regression(y, v, np.sqrt(v), method=method, test="z", profile=False)
        side = "right" if slope.coefficients[1].estimate < 0 else "left"
    sign = -1.0 if side == "right" else 1.0
    order = np.argsort(sign * y, kind="stable")
    missing, error, centre = _missing_studies(sign * y[order], v[order], estimator, method)
    extreme = order[len(y) - missing :]
    filled = 2 * sign * centre - y[extreme]
    result = random_effects(
        np.concatenate([y, filled]),
        np.concatenate([v, v[extreme]]),
        [*names, *_names_of_filled(names, missing)],
        method,
        test,
        interval=interval,
    )
    # Chance that the missing + 1 outermost studies all lie on one side.
    p = 0.5 ** (missing + 1) if estimator == "R0" else float("nan")
    return TrimAndFill(side, missing, error, p, filled, v[extreme], result)


def _names_of_filled(names: list[str], missing: int) -> list[str]:
    mark = "filled"
    while any(name.startswith(mark) for name in names):
        mark = f"{mark} in"
    return [f"{mark} {place + 1}" for place in range(missing)]


def _missing_studies(
    y: Vector, v: Vector, estimator: str, method: Method
) -> tuple[int, float, float]:
    """Number missing on the left with its standard error, and the centre; y ascending."""
    k, missing, before = len(y), 0, -1
    for _ in range(ROUNDS):
        before = missing
        kept = slice(0, k - missing)
        tau2 = estimate_tau2(y[kept], v[kept], np.ones((k - missing, 1)), method)
        weights = 1 / (v[kept] + tau2)
        centre = float(weights @ y[kept] / weights.sum())
        distance = y - centre
        ranks = np.empty(k)
        ranks[np.argsort(np.abs(distance), kind="stable")] = np.arange(1, k + 1)
        if estimator == "R0":
            negative = ranks[distance < 0]
            raw = k - (float(negative.max()) if len(negative) else 0.0) - 1
            error = float(np.sqrt(2 * max(0.0, raw) + 2))
        else:
            raw = (4 * float(ranks[distance > 0].sum()) - k * (k + 1)) / (2 * k - 1)
            error = _error_of_l0(k, raw)
        missing = min(max(0, round(raw)), k - 2)
        if missing == before:
            return missing, error, centre
    raise AnalysisError(f"Trim and fill did not settle within {ROUNDS} rounds.")


def _error_of_l0(k: int, raw: float) -> float:
    """Standard error of L0 (Duval & Tweedie, 2000)."""
    variance = (
        k * (k + 1) * (2 * k + 1)
        + 10 * raw**3
        + 27 * raw**2
        + 17 * raw
        - 18 * k * raw**2
        - 18 * k * raw
        + 6 * k**2 * raw
    ) / 24
    return 4 * float(np.sqrt(max(0.0, variance))) / (2 * k - 1)
