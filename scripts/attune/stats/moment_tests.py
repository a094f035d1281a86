"""Estimates and tests from moments: the numbers that the rows themselves would give.

Ranks, resamples and HC3 standard errors need the rows and are not here. Where the moments are about
the mean of each site (`attune.stats.moments.within_groups`), the site is held constant: every test
has one degree of freedom less for each further site.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.hypothesis_tests import CorrelationTest, MeanDifferenceTest, correlation_test
from attune.stats.moments import Moments, merge_moments
from attune.stats.regression import CoefficientTest, coefficient_test

Vector = NDArray[np.float64]

_CONSTANT = 1e-24
"""Share of the sum of squares about 0 below which that about the mean is a rounding error: the
square of the share of the size, 1e-12, below which `attune.stats.regression` takes a spread for
one."""

_COLLINEAR = 1e-12
"""Share of a predictor's variance that the others leave, below which it is a rounding error.

Products of deviations square the spread, so this is coarser than the 1e-10 of the spread by which
`attune.stats.regression` judges rows; predictors so close to collinear are refused here already."""

FEWEST_ROWS = 4
"""Fewest rows of a correlation: Fisher's interval divides by n - 3."""


@dataclass(frozen=True)
class MomentRegression:
    """A least squares regression computed from moments.

    Attributes
    ----------
    slopes : list of CoefficientTest
        One per predictor, t test with `df` degrees of freedom.
    intercept : CoefficientTest or None
        None where the moments are about the means of groups.
    r_squared : float
        Share of the outcome's variance (within groups) that is explained.
    residual_sd : float
        In units of the outcome, denominator `df`.
    n, df : int
    """

    slopes: list[CoefficientTest]
    intercept: CoefficientTest | None
    r_squared: float
    residual_sd: float
    n: int
    df: int


def correlation_of_moments(
    moments: Moments, x: int = 0, y: int = 1, interval: float = 0.95
) -> CorrelationTest:
    """Pearson's r of two variables with its t test and Fisher's interval.

    Parameters
    ----------
    moments : Moments
    x, y : int
        Places of the variables.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        Fewer than four rows beyond the means of groups, or a variable that does not vary.

    Examples
    --------
    >>> from attune.stats.moments import moments_of
    >>> round(correlation_of_moments(moments_of([[1, 1], [2, 3], [3, 2], [4, 4]])).r, 10)
    0.8
    """
    held = moments.groups - 1
    if moments.n - held < FEWEST_ROWS:
        raise AnalysisError(
            f"A correlation needs at least {FEWEST_ROWS + held} dyads, found {moments.n}."
        )
    _require_variation(moments, [x, y])
    variances = moments.products.diagonal()
    r = float(moments.products[x, y] / np.sqrt(variances[x]) / np.sqrt(variances[y]))
    return correlation_test(r, moments.n, held, interval)


def regression_of_moments(
    moments: Moments, outcome: int, predictors: Sequence[int], interval: float = 0.95
) -> MomentRegression:
    r"""Least squares regression from moments.

    .. math:: b = C_{xx}^{-1} C_{xy}, \qquad
              V = \frac{C_{yy} - b' C_{xy}}{n - g - k}\, C_{xx}^{-1}

    with k predictors and g groups; the residual variance has n - g - k degrees of freedom.

    Parameters
    ----------
    moments : Moments
    outcome : int
        Place of the outcome.
    predictors : sequence of int
        Places of the predictors.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        No degree of freedom, a constant or collinear predictor, a constant outcome.

    Examples
    --------
    >>> from attune.stats.moments import moments_of
    >>> fit = regression_of_moments(moments_of([[1, 1], [2, 3], [3, 2], [4, 4]]), 1, [0])
    >>> round(fit.slopes[0].estimate, 10), round(fit.intercept.estimate, 10), fit.df
    (0.8, 0.5, 2)
    """
    chosen, k = moments.of([*predictors, outcome]), len(predictors)
    df = chosen.df - k
    if df < 1:
        raise AnalysisError(
            f"A regression on {k} predictors needs at least {chosen.groups + k + 1} dyads, found"
            f" {chosen.n}."
        )
    _require_variation(chosen, range(k + 1))
    size = np.sqrt(chosen.products.diagonal())
    # Scaled to correlations, so that predictors of different units do not lose digits.
    scaled = chosen.products / np.outer(size, size)
    inverse = _inverse(scaled[:k, :k])
    betas = inverse @ scaled[:k, k]
    unexplained = max(0.0, 1 - float(betas @ scaled[:k, k]))
    variance = unexplained * size[k] ** 2 / df
    covariance = inverse / np.outer(size[:k], size[:k]) * variance
    slopes = betas * size[k] / size[:k]
    intercept = None
    if chosen.groups == 1:
        means = chosen.mean[:k]
        error = np.sqrt(variance / chosen.n + means @ covariance @ means)
        estimate = float(chosen.mean[k] - slopes @ means)
        intercept = coefficient_test(estimate, float(error), df, interval)
    return MomentRegression(
        slopes=[
            coefficient_test(float(slope), float(np.sqrt(error)), df, interval)
            for slope, error in zip(slopes, covariance.diagonal(), strict=True)
        ],
        intercept=intercept,
        r_squared=1 - unexplained,
        residual_sd=float(np.sqrt(variance)),
        n=chosen.n,
        df=df,
    )


def residual_gain_correlation(
    moments: Moments, slope: float, interval: float = 0.95
) -> CorrelationTest:
    r"""Correlation of a measure with the residual gain, from the moments of all three.

    The residual gain is :math:`y - a - b p`. Its slope b comes from all dyads with both scores, the
    correlation from those that have the measure, too, as in
    `attune.analyses.gains.estimate.compute_residual_gains`.

    Parameters
    ----------
    moments : Moments
        Of the measure, the pretest and the posttest, in this order.
    slope : float
        Of the posttest on the pretest.
    interval : float
        Coverage.

    Examples
    --------
    >>> from attune.stats.moments import moments_of
    >>> scores = moments_of([[1, 1, 1], [4, 2, 3], [2, 3, 2], [3, 4, 4]])
    >>> round(residual_gain_correlation(scores, 0.8).r, 4)
    0.8
    """
    return correlation_of_moments(
        moments.transformed([[1.0, 0.0, 0.0], [0.0, -slope, 1.0]]), interval=interval
    )


def difference_test(fit: MomentRegression) -> MeanDifferenceTest:
    """The last slope of a regression, that of a dummy variable, as a difference of means.

    Examples
    --------
    >>> from attune.stats.moments import moments_of
    >>> both = grouped(moments_of([[1], [2], [3]]), moments_of([[3], [4], [5]]))
    >>> test = difference_test(regression_of_moments(both, 0, [1]))
    >>> round(test.t, 3), test.df, round(test.difference, 10)
    (-2.449, 4, -2.0)
    """
    slope = fit.slopes[-1]
    return MeanDifferenceTest(
        t=slope.t,
        df=slope.df,
        p_two_tailed=slope.p_two_tailed,
        difference=slope.estimate,
        se=slope.se,
        ci_low=slope.ci_low,
        ci_high=slope.ci_high,
        n=fit.n,
    )


def grouped(first: Moments, second: Moments) -> Moments:
    """Two groups together, with a last variable that is 1 in the first and 0 in the second."""
    return merge_moments([first.with_constant(1.0), second.with_constant(0.0)])


def alpha_of_moments(item_squares: Vector, total_squares: float) -> float:
    r"""Cronbach's alpha from centred sums of squares of the items and of their sum.

    .. math:: \alpha = \frac{k}{k - 1} \left(1 - \frac{\sum_i C_{ii}}{C_{sum}}\right)

    Parameters
    ----------
    item_squares : ndarray, shape (k,)
        At least two, none 0.
    total_squares : float
        Of the sum of the items.

    Raises
    ------
    AnalysisError
        Fewer than two items, a constant item, or a constant sum.

    Examples
    --------
    >>> round(alpha_of_moments(np.array([5.0, 5.0]), 18.0), 3)
    0.889
    """
    k = len(item_squares)
    if k < 2:
        raise AnalysisError(f"Internal consistency needs at least 2 items, found {k}.")
    if not (item_squares > 0).all():
        raise AnalysisError("An item of the scale has the same answer in all questionnaires.")
    if total_squares <= _COLLINEAR * item_squares.sum():
        raise AnalysisError("The items of the scale always have the same sum.")
    return float(k / (k - 1) * (1 - item_squares.sum() / total_squares))


def _require_variation(moments: Moments, places: Sequence[int]) -> None:
    about_zero = moments.products.diagonal() + moments.n * moments.mean**2
    for place in places:
        if moments.products[place, place] <= _CONSTANT * about_zero[place]:
            raise AnalysisError(f"A measure has the same value in all {moments.n} dyads.")


def _inverse(correlations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inverse of the correlations of predictors, refused where one follows from the others."""
    lowest = float(np.linalg.eigvalsh(correlations)[0]) if len(correlations) else 1.0
    if lowest <= _COLLINEAR:
        raise AnalysisError("A predictor is a linear function of the others.")
    return np.asarray(np.linalg.inv(correlations))
