"""Analysis of covariance: what a measure or a condition adds to the pretest's prediction.

A correlation with a residual gain leaves the pretest in the measure; tested as an ordinary r it is
too small wherever measure and pretest correlate. Here the posttest is regressed on pretest and
measure together.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.effect_sizes import standardised_difference_interval
from attune.stats.hypothesis_tests import (
    Tail,
    fisher_interval,
    one_tailed,
    pearson_r,
    standardised_difference,
)
from attune.stats.regression import (
    CoefficientTest,
    Predictors,
    Regression,
    coefficient_test,
    combination_test,
    is_constant,
    regress,
    regress_on,
)
from attune.stats.sums import variance

Vector = NDArray[np.float64]

MINIMUM_DYADS = 5
"""Fewest complete dyads: the interval of the partial correlation needs n - 4 of at least 1."""

MINIMUM_PER_CONDITION = 2


@dataclass(frozen=True)
class Ancova:
    """Regression of the posttest on pretest and x: the coefficient of x.

    Attributes
    ----------
    n, df : int
        Dyads with all three; n - 3.
    slope, se, t, p_two_tailed, ci_low, ci_high : float
        Difference in the posttest, in its units, between dyads that have the same pretest and
        differ by one unit of x; ordinary t test.
    hc3_se, hc3_t, hc3_p_two_tailed, hc3_ci_low, hc3_ci_high : float
        The same slope with the HC3 standard error; NaN where it is undefined.
    hc3_reason : str or None
        Why HC3 is undefined.
    standardised_slope : float
        Slope in standard deviations of the posttest per standard deviation of x.
    partial_r, partial_r_ci_low, partial_r_ci_high : float
        Correlation of posttest and x where the pretest is taken out of both; its t test is that of
        the slope. Fisher z interval with n - 4.
    semipartial_r : float
        Correlation of the posttest with x where the pretest is taken out of x. Its square is the
        share of the posttest's variance that x adds to the pretest.
    pretest_r : float
        Correlation of x and the pretest.
    """

    n: int
    df: int
    slope: float
    se: float
    t: float
    p_two_tailed: float
    ci_low: float
    ci_high: float
    hc3_se: float
    hc3_t: float
    hc3_p_two_tailed: float
    hc3_ci_low: float
    hc3_ci_high: float
    hc3_reason: str | None
    standardised_slope: float
    partial_r: float
    partial_r_ci_low: float
    partial_r_ci_high: float
    semipartial_r: float
    pretest_r: float

    def p_one_tailed(self, tail: Tail) -> float:
        """P value of the declared direction (see `one_tailed`)."""
        return one_tailed(self.p_two_tailed, self.slope, tail)

    def hc3_p_one_tailed(self, tail: Tail) -> float:
        """P value of the declared direction by HC3; NaN where HC3 is undefined."""
        return one_tailed(self.hc3_p_two_tailed, self.slope, tail)


def ancova(pretest: ArrayLike, posttest: ArrayLike, x: ArrayLike, interval: float = 0.95) -> Ancova:
    r"""Regress the posttest on pretest and x; test and describe the coefficient of x.

    .. math:: y_i = b_0 + b_1 p_i + b_2 x_i + e_i, \qquad
              r_{yx \cdot p} = \frac{t}{\sqrt{t^2 + n - 3}}

    Parameters
    ----------
    pretest, posttest, x : array_like, shape (n_dyads,)
        NaN where missing; the dyads that have all three are used.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        With the sentence of `why_no_ancova`.

    References
    ----------
    Cohen, J., Cohen, P., West, S. G., & Aiken, L. S. (2003). Applied multiple
    regression/correlation analysis for the behavioral sciences (3rd ed.).
    https://doi.org/10.4324/9780203774441

    Long, J. S., & Ervin, L. H. (2000). Using heteroscedasticity consistent standard errors in the
    linear regression model. The American Statistician, 54, 217-224.
    https://doi.org/10.1080/00031305.2000.10474549

    Van Breukelen, G. J. P. (2006). ANCOVA versus change from baseline had more power in randomized
    studies and more bias in nonrandomized studies. Journal of Clinical Epidemiology, 59, 920-925.
    https://doi.org/10.1016/j.jclinepi.2006.02.007

    Examples
    --------
    >>> fit = ancova([1, 2, 3, 4, 5, 6], [2, 3, 3, 6, 5, 8], [0, 1, 0, 1, 0, 1])
    >>> round(fit.slope, 4), round(fit.t, 4), fit.df, round(fit.partial_r, 4)
    (1.3333, 2.3422, 3, 0.804)
    """
    before, after, measure = _complete(pretest, posttest, x)
    fit = ancova_regression(before, after, measure)
    if isinstance(fit, str):
        raise AnalysisError(fit)
    return complete_ancova(fit, before, after, measure, interval)


def complete_ancova(
    fit: Regression, before: Vector, after: Vector, measure: Vector, interval: float = 0.95
) -> Ancova:
    """What `ancova` returns, from a regression that is fitted already.

    Parameters
    ----------
    fit : Regression
        Of `ancova_regression`.
    before, after, measure : ndarray, shape (n,)
        Pretest, posttest and x of the dyads that have all three.
    interval : float
        Coverage.
    """
    estimate = float(fit.coefficients[2])
    slope = coefficient_test(estimate, float(fit.se[2]), fit.df, interval)
    robust = coefficient_test(estimate, float(fit.hc3_se[2]), fit.df, interval)
    rest = fit.predictors.residual(measure, 1)
    partial_r = float(slope.t / np.sqrt(slope.t**2 + fit.df))
    low, high = fisher_interval(partial_r, fit.n - 1, interval)
    return Ancova(
        n=fit.n,
        df=fit.df,
        slope=slope.estimate,
        se=slope.se,
        t=slope.t,
        p_two_tailed=slope.p_two_tailed,
        ci_low=slope.ci_low,
        ci_high=slope.ci_high,
        hc3_se=robust.se,
        hc3_t=robust.t,
        hc3_p_two_tailed=robust.p_two_tailed,
        hc3_ci_low=robust.ci_low,
        hc3_ci_high=robust.ci_high,
        hc3_reason=fit.hc3_reason,
        standardised_slope=slope.estimate * sqrt(variance(measure)) / sqrt(variance(after)),
        partial_r=partial_r,
        partial_r_ci_low=low,
        partial_r_ci_high=high,
        semipartial_r=pearson_r(after, rest),
        pretest_r=pearson_r(before, measure),
    )


def why_no_ancova(pretest: ArrayLike, posttest: ArrayLike, x: ArrayLike) -> str | None:
    """Why the posttest cannot be regressed on pretest and x; None where it can.

    Parameters
    ----------
    pretest, posttest, x : array_like, shape (n_dyads,)
        NaN where missing.

    Examples
    --------
    >>> why_no_ancova([1, 2, 3], [1, 3, 2], [1, 0, 1])
    'An analysis of covariance needs at least 5 dyads with pretest, posttest and x, found 3.'
    """
    fit = ancova_regression(*_complete(pretest, posttest, x))
    return fit if isinstance(fit, str) else None


def ancova_regression(before: Vector, after: Vector, measure: Vector) -> Regression | str:
    """The posttest regressed on pretest and x, or the sentence of `why_no_ancova`.

    Parameters
    ----------
    before, after, measure : ndarray, shape (n,)
        Pretest, posttest and x of the dyads that have all three.
    """
    n = len(before)
    if n < MINIMUM_DYADS:
        return (
            f"An analysis of covariance needs at least {MINIMUM_DYADS} dyads with pretest, posttest"
            f" and x, found {n}."
        )
    collinear = f"x is a linear function of the pretest in all {n} dyads."
    return _regression_or_reason(before, after, measure, "x", collinear)


def _regression_or_reason(
    before: Vector, after: Vector, measure: Vector, name: str, collinear: str
) -> Regression | str:
    """The regression, or why the coefficient of the measure is undefined or has no error."""
    n = len(before)
    try:
        fit = regress_on(Predictors.of(before, measure), after)
        if fit.residual.any():
            return fit
        reason = f"Pretest and {name} determine the posttest exactly in all {n} dyads."
    except AnalysisError:
        reason = collinear
    for variable, values in (("The pretest", before), ("The posttest", after), (name, measure)):
        if is_constant(values):
            return f"{variable} has the same value in all {n} dyads."
    if not Predictors.of(before).residual(after, 1).any():
        return f"The pretest determines the posttest exactly in all {n} dyads."
    return reason


def _complete(*variables: ArrayLike) -> list[Vector]:
    arrays = [np.asarray(values, dtype=float) for values in variables]
    complete = np.logical_and.reduce([np.isfinite(values) for values in arrays])
    return [values[complete] for values in arrays]


@dataclass(frozen=True)
class AdjustedMean:
    """The posttest that is expected in a condition at the mean pretest of all dyads.

    Attributes
    ----------
    mean, se, ci_low, ci_high : float
        In units of the posttest.
    n : int
    observed : float
        Mean posttest of the condition, not adjusted.
    pretest : float
        Mean pretest of the condition.
    """

    mean: float
    se: float
    ci_low: float
    ci_high: float
    n: int
    observed: float
    pretest: float


@dataclass(frozen=True)
class AdjustedDifference:
    """Two conditions compared in the posttest, adjusted for the pretest; first minus second.

    Attributes
    ----------
    n, df : int
        Dyads of both conditions; n - 3.
    first, second : AdjustedMean
    pretest_mean : float
        Mean pretest of all dyads, at which the adjusted means are taken.
    pretest_slope : float
        Slope of the posttest on the pretest within conditions.
    difference, se, t, p_two_tailed, ci_low, ci_high : float
        Difference of the adjusted means in units of the posttest, with its t test.
    hc3_se, hc3_t, hc3_p_two_tailed, hc3_ci_low, hc3_ci_high : float
        The same difference with the HC3 standard error; NaN where it is undefined.
    hc3_reason : str or None
        Why HC3 is undefined.
    d, d_se, d_ci_low, d_ci_high : float
        Difference in pooled standard deviations of the posttest within conditions.
    baseline_d, baseline_d_ci_low, baseline_d_ci_high : float
        Cohen's d of the pretest, with its noncentral t interval.
    """

    n: int
    df: int
    first: AdjustedMean
    second: AdjustedMean
    pretest_mean: float
    pretest_slope: float
    difference: float
    se: float
    t: float
    p_two_tailed: float
    ci_low: float
    ci_high: float
    hc3_se: float
    hc3_t: float
    hc3_p_two_tailed: float
    hc3_ci_low: float
    hc3_ci_high: float
    hc3_reason: str | None
    d: float
    d_se: float
    d_ci_low: float
    d_ci_high: float
    baseline_d: float
    baseline_d_ci_low: float
    baseline_d_ci_high: float

    def p_one_tailed(self, tail: Tail) -> float:
        """P value of the declared direction (see `one_tailed`)."""
        return one_tailed(self.p_two_tailed, self.difference, tail)

    def hc3_p_one_tailed(self, tail: Tail) -> float:
        """P value of the declared direction by HC3; NaN where HC3 is undefined."""
        return one_tailed(self.hc3_p_two_tailed, self.difference, tail)


def adjusted_difference(
    pretest: ArrayLike, posttest: ArrayLike, first: ArrayLike, interval: float = 0.95
) -> AdjustedDifference:
    r"""Compare two conditions in the posttest at the same pretest, first minus second.

    .. math:: d = \frac{b_2}{s}, \qquad
              v_d = \frac{SE(b_2)^2}{s^2} + \frac{d^2}{2 (n - 2)}
                    + \frac{2 d\, b_1 (\bar p_1 - \bar p_2)\, s_e^2}{(n - 2) s^3}

    with the coefficients b1 of the pretest and b2 of the condition, the standard deviation s of the
    posttest pooled within conditions, the mean pretests of the conditions and the residual variance
    of the regression. The interval is d plus and minus t times the root of v_d, df = n - 3.

    The reference defines d by the standard deviation that is not adjusted. v_d is derived by the
    delta method, for random pretests. With equal mean pretests it is the usual
    (n1 + n2) / (n1 n2) (1 - r^2) + d^2 / (2 (n1 + n2)) up to terms of the order of 1 / n^2. With
    unequal ones the usual variance is often too small: simulated coverage of .95 intervals falls to
    .89, that of the interval here is .95 to .96.

    Parameters
    ----------
    pretest, posttest : array_like, shape (n_dyads,)
        In the same units or not; NaN where missing.
    first : array_like, shape (n_dyads,)
        1 (or True) in the first condition, 0 (or False) in the second, NaN in neither.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        With the sentence of `why_no_adjusted_difference`.

    References
    ----------
    Cohen, J. (1988). Statistical power analysis for the behavioral sciences (2nd ed.). Erlbaum.
    https://doi.org/10.4324/9780203771587

    Cohen, J., Cohen, P., West, S. G., & Aiken, L. S. (2003). Applied multiple
    regression/correlation analysis for the behavioral sciences (3rd ed.).
    https://doi.org/10.4324/9780203774441

    Long, J. S., & Ervin, L. H. (2000). Using heteroscedasticity consistent standard errors in the
    linear regression model. The American Statistician, 54, 217-224.
    https://doi.org/10.1080/00031305.2000.10474549

    Hedges, L. V., Tipton, E., Zejnullahi, R., & Diaz, K. G. (2023). Effect sizes in ANCOVA and
    difference-in-differences designs. British Journal of Mathematical and Statistical Psychology,
    76, 259-282. https://doi.org/10.1111/bmsp.12296

    Examples
    --------
    >>> test = adjusted_difference([1, 2, 3, 4, 5, 6], [2, 3, 3, 6, 5, 8], [0, 1, 0, 1, 0, 1])
    >>> round(test.difference, 4), round(test.first.mean, 4), round(test.second.mean, 4)
    (1.3333, 5.1667, 3.8333)
    """
    reason = why_no_adjusted_difference(pretest, posttest, first)
    if reason:
        raise AnalysisError(reason)
    before, after, condition = _complete(pretest, posttest, first)
    mean = float(before.mean())
    fit = regress(after, np.column_stack([before - mean, condition]))
    estimate = float(fit.coefficients[2])
    slope = coefficient_test(estimate, float(fit.se[2]), fit.df, interval)
    robust = coefficient_test(estimate, float(fit.hc3_se[2]), fit.df, interval)
    ones, zeros = condition == 1, condition == 0
    baseline_d, baseline_low, baseline_high = _baseline_d(before[ones], before[zeros], interval)
    d, d_se, d_low, d_high = _adjusted_d(fit, before, after, ones, interval)
    return AdjustedDifference(
        n=fit.n,
        df=fit.df,
        first=_adjusted_mean(fit, [1, 0, 1], before[ones], after[ones], interval),
        second=_adjusted_mean(fit, [1, 0, 0], before[zeros], after[zeros], interval),
        pretest_mean=mean,
        pretest_slope=float(fit.coefficients[1]),
        difference=slope.estimate,
        se=slope.se,
        t=slope.t,
        p_two_tailed=slope.p_two_tailed,
        ci_low=slope.ci_low,
        ci_high=slope.ci_high,
        hc3_se=robust.se,
        hc3_t=robust.t,
        hc3_p_two_tailed=robust.p_two_tailed,
        hc3_ci_low=robust.ci_low,
        hc3_ci_high=robust.ci_high,
        hc3_reason=fit.hc3_reason,
        d=d,
        d_se=d_se,
        d_ci_low=d_low,
        d_ci_high=d_high,
        baseline_d=baseline_d,
        baseline_d_ci_low=baseline_low,
        baseline_d_ci_high=baseline_high,
    )


def why_no_adjusted_difference(
    pretest: ArrayLike, posttest: ArrayLike, first: ArrayLike
) -> str | None:
    """Why two conditions cannot be compared at the same pretest; None where they can.

    Parameters
    ----------
    pretest, posttest, first : array_like, shape (n_dyads,)
        As `adjusted_difference` takes them.

    Examples
    --------
    >>> why_no_adjusted_difference([1, 2, 3, 4, 5], [1, 3, 2, 4, 5], [1, 0, 0, 0, 0])
    'An adjusted comparison needs at least 2 dyads per condition, found 1 and 4.'
    """
    before, after, condition = _complete(pretest, posttest, first)
    n = len(before)
    sizes = int((condition == 1).sum()), int((condition == 0).sum())
    if sum(sizes) != n:
        return "An adjusted comparison needs conditions coded 1 and 0."
    if n < MINIMUM_DYADS:
        return (
            f"An adjusted comparison needs at least {MINIMUM_DYADS} dyads with pretest, posttest"
            f" and condition, found {n}."
        )
    if min(sizes) < MINIMUM_PER_CONDITION:
        return (
            f"An adjusted comparison needs at least {MINIMUM_PER_CONDITION} dyads per condition,"
            f" found {sizes[0]} and {sizes[1]}."
        )
    collinear = "The pretest is constant within both conditions."
    fit = _regression_or_reason(before, after, condition, "condition", collinear)
    return fit if isinstance(fit, str) else None


def _adjusted_mean(
    fit: Regression, weights: list[int], before: Vector, after: Vector, interval: float
) -> AdjustedMean:
    expected = combination_test(fit, weights, interval)
    return AdjustedMean(
        mean=expected.estimate,
        se=expected.se,
        ci_low=expected.ci_low,
        ci_high=expected.ci_high,
        n=len(after),
        observed=float(after.mean()),
        pretest=float(before.mean()),
    )


def _baseline_d(first: Vector, second: Vector, interval: float) -> tuple[float, float, float]:
    d = standardised_difference(first, second)
    return d, *standardised_difference_interval(d, len(first), len(second), interval)


def _adjusted_d(
    fit: Regression, before: Vector, after: Vector, ones: NDArray[np.bool_], interval: float
) -> tuple[float, float, float, float]:
    """Adjusted d, its standard error and its interval."""
    within = after - np.where(ones, after[ones].mean(), after[~ones].mean())
    deviation = np.sqrt((within * within).sum() / (fit.n - 2))
    baseline = before[ones].mean() - before[~ones].mean()
    d = fit.coefficients[2] / deviation
    error = (fit.residual * fit.residual).sum() / fit.df
    # The slope moves the difference and the standard deviation together where baselines differ.
    shared = 2 * d * fit.coefficients[1] * baseline * error / ((fit.n - 2) * deviation**3)
    variance = fit.covariance[2, 2] / deviation**2 + d**2 / (2 * (fit.n - 2)) + shared
    test = coefficient_test(float(d), float(np.sqrt(variance)), fit.df, interval)
    return test.estimate, test.se, test.ci_low, test.ci_high


@dataclass(frozen=True)
class CorrectedSlope:
    """The slope of x where the pretest's error of measurement is taken out.

    Attributes
    ----------
    test : CoefficientTest
        Estimate, jackknife standard error, t test and interval, df = n - 3.
    n : int
    reliability : float
    """

    test: CoefficientTest
    n: int
    reliability: float


def corrected_slope(
    pretest: ArrayLike,
    posttest: ArrayLike,
    x: ArrayLike,
    reliability: float,
    interval: float = 0.95,
) -> CorrectedSlope:
    r"""Slope of x beside the true pretest instead of the observed one.

    .. math:: b_x = \frac{\rho S_{pp} S_{xy} - S_{px} S_{py}}{\rho S_{pp} S_{xx} - S_{px}^2}

    with centred sums of products S and the reliability :math:`\rho` of the pretest: random error
    raises the pretest's variance and leaves its covariances as they are. With a reliability of 1
    the slope is that of `ancova`. The standard error is the jackknife's, and takes the reliability
    as known.

    Parameters
    ----------
    pretest, posttest, x : array_like, shape (n_dyads,)
        NaN where missing; the dyads that have all three are used.
    reliability : float
        Share of true variance in the pretest among these dyads, above 0, at most 1.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        With the sentence of `why_no_corrected_slope`.

    References
    ----------
    Lord, F. M. (1960). Large-sample covariance analysis when the control variable is fallible.
    Journal of the American Statistical Association, 55, 307-321.
    https://doi.org/10.1080/01621459.1960.10482065

    Examples
    --------
    >>> pretest, posttest = [1, 2, 3, 4, 5, 6], [2, 3, 3, 6, 5, 8]
    >>> fit = corrected_slope(pretest, posttest, [0, 1, 0, 1, 0, 1], 0.8)
    >>> round(fit.test.estimate, 4)
    1.0533
    """
    reason = why_no_corrected_slope(pretest, posttest, x, reliability)
    if reason:
        raise AnalysisError(reason)
    variables = _centred(pretest, posttest, x)
    n = len(variables[0])
    (estimate,), _ = _slope_of_moments(_moments(*variables), reliability)
    without, _ = _slope_of_moments(_moments_without_each(*variables), reliability)
    se = float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))
    return CorrectedSlope(coefficient_test(float(estimate), se, n - 3, interval), n, reliability)


def why_no_corrected_slope(
    pretest: ArrayLike, posttest: ArrayLike, x: ArrayLike, reliability: float
) -> str | None:
    """Why the slope cannot be corrected for the pretest's reliability; None where it can.

    Parameters
    ----------
    pretest, posttest, x, reliability
        As `corrected_slope` takes them.

    Examples
    --------
    >>> pretest, posttest = [1, 2, 3, 4, 5, 6], [2, 3, 3, 6, 5, 8]
    >>> why_no_corrected_slope(pretest, posttest, [1, 2, 3, 5, 4, 6], 0.8)
    'A reliability of 0.8 leaves the pretest less true variance than x alone predicts.'
    """
    if not 0 < reliability <= 1:
        return f"A reliability lies above 0 and is at most 1, found {reliability:g}."
    reason = why_no_ancova(pretest, posttest, x)
    if reason:
        return reason
    variables = _centred(pretest, posttest, x)
    _, (determinant,) = _slope_of_moments(_moments(*variables), reliability)
    if determinant < _SINGULAR:
        return (
            f"A reliability of {reliability:g} leaves the pretest less true variance than x alone"
            " predicts."
        )
    _, determinants = _slope_of_moments(_moments_without_each(*variables), reliability)
    if not (determinants >= _SINGULAR).all():
        return (
            f"With a reliability of {reliability:g} the corrected slope is undefined when one dyad"
            " is left out, so it has no standard error."
        )
    return None


_SINGULAR = 1e-10
"""Share of the true pretest's variance that x must leave; below it is a rounding error."""


def _centred(*variables: ArrayLike) -> list[Vector]:
    return [values - values.mean() for values in _complete(*variables)]


def _moments(before: Vector, after: Vector, x: Vector) -> Vector:
    """Sums of products pp, xx, px, py, xy, shape (5, 1)."""
    products = [before * before, x * x, before * x, before * after, x * after]
    return np.array([[product.sum()] for product in products])


def _moments_without_each(before: Vector, after: Vector, x: Vector) -> Vector:
    """The same with each dyad left out in turn, shape (5, n)."""
    share = len(x) / (len(x) - 1)
    products = np.stack([before * before, x * x, before * x, before * after, x * after])
    return np.asarray(_moments(before, after, x) - share * products)


def _slope_of_moments(moments: Vector, reliability: float) -> tuple[Vector, Vector]:
    """Corrected slopes, and the share of the true pretest's variance that x leaves."""
    before, x, before_x, before_after, x_after = moments
    true = reliability * before
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (true * x_after - before_x * before_after) / (true * x - before_x**2)
        return slope, 1 - before_x**2 / (true * x)
