"""Polynomial regression with response surface analysis: congruence of two raters.

Two raters judge the same thing on the same scale, and an outcome may depend on how far they agree.
A difference score cannot separate agreement from level. The polynomial regression keeps both
ratings; its surface is described along the line of congruence (y = x), the line of incongruence
(y = -x) and its principal axes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.regression import (
    CoefficientTest,
    Regression,
    coefficient_test,
    combination_test,
    is_constant,
    regress,
)

Vector = NDArray[np.float64]

TERMS = ("intercept", "x", "y", "x²", "xy", "y²")
"""Terms of the polynomial in the order of its coefficients b0 to b5."""

_STEP = 1e-30
"""Imaginary step of a derivative. Nothing is subtracted, so the smallest step is the most exact."""

_FLAT = 1e-10
"""Share of its own terms below which a denominator of an axis is a rounding error."""

_CONTRASTS = {
    "a1": (0, 1, 1, 0, 0, 0),
    "a2": (0, 0, 0, 1, 1, 1),
    "a3": (0, 1, -1, 0, 0, 0),
    "a4": (0, 0, 0, 1, -1, 1),
    "a5": (0, 0, 0, 1, 0, -1),
}

Shape = Literal["maximum", "minimum", "saddle", "ridge"]
Decision = Literal["strict", "broad", "none", "undetermined"]


@dataclass(frozen=True)
class Centre:
    """The common point that is subtracted from both ratings.

    Attributes
    ----------
    name : str
        What the point is, such as "scale midpoint".
    value : float
        In units of the ratings.
    """

    name: str
    value: float


UNCENTRED = Centre("zero of the scale", 0.0)


def scale_midpoint(low: float, high: float) -> Centre:
    """Midpoint of the response scale that both raters used.

    Parameters
    ----------
    low, high : float
        Lowest and highest possible rating.

    Raises
    ------
    AnalysisError
        The lowest rating is not below the highest.

    Examples
    --------
    >>> scale_midpoint(1, 7)
    Centre(name='scale midpoint', value=4.0)
    """
    if not low < high:
        raise AnalysisError(
            f"A scale from {low:g} to {high:g} has no midpoint; give its lowest rating first."
        )
    return Centre("scale midpoint", (low + high) / 2)


def grand_mean(first: ArrayLike, second: ArrayLike) -> Centre:
    """Mean of all ratings of both raters, over the dyads that have both.

    Parameters
    ----------
    first, second : array_like, shape (n_dyads,)
        Ratings on the same scale; NaN where missing.

    Raises
    ------
    AnalysisError
        No dyad has both ratings.

    Examples
    --------
    >>> grand_mean([1, 2, 3], [3, 4, np.nan])
    Centre(name='grand mean of both raters', value=2.5)
    """
    x, y = _complete(first, second)
    if not len(x):
        raise AnalysisError("No dyad has ratings by both raters, so there is no grand mean.")
    return Centre("grand mean of both raters", float((x.sum() + y.sum()) / (2 * len(x))))


@dataclass(frozen=True)
class Condition:
    """One condition of a congruence effect.

    Attributes
    ----------
    name : str
        Such as "p11 = 1".
    holds : bool or None
        None where it cannot be evaluated.
    """

    name: str
    holds: bool | None


@dataclass(frozen=True)
class CongruenceTest:
    """Whether the surface is that of a congruence effect.

    Attributes
    ----------
    conditions : tuple of Condition
        p10 = 0, p11 = 1, a3 = 0 and a4 < 0, which define a congruence effect in the broad sense,
        then a1 = 0 and a2 = 0, which the strict sense adds.
    decision : {"strict", "broad", "none", "undetermined"}
    text : str
        The decision as a sentence, with the conditions that fail.
    """

    conditions: tuple[Condition, ...]
    decision: Decision
    text: str


@dataclass(frozen=True)
class ResponseSurface:
    """A second-order polynomial regression and the features of its surface.

    Ratings, and with them stationary point and axes, are deviations from the centre.

    Attributes
    ----------
    n, df : int
        Complete dyads; n - 6 - covariates.
    centre : Centre
    coefficients, se : ndarray, shape (6 + covariates,)
        In the order of `TERMS`, then the covariates.
    covariance : ndarray, shape (6 + covariates, 6 + covariates)
        Of the coefficients, ordinary or HC3.
    r_squared : float
    hc3 : bool
        Whether standard errors are HC3.
    hc3_reason : str or None
        Why HC3 is undefined; all standard errors are NaN then.
    a1, a2 : CoefficientTest
        Slope at the centre and curvature along the line of congruence, y = x.
    a3, a4 : CoefficientTest
        Slope at the centre and curvature along the line of incongruence, y = -x.
    a5 : CoefficientTest
        b3 - b5; 0 where the principal axes are parallel to the lines of (in)congruence.
    stationary_x, stationary_y : CoefficientTest or None
        The point where the surface is level; None on a ridge.
    p10, p11, p20, p21 : CoefficientTest or None
        Intercept and slope of the first and the second principal axis, y = p10 + p11 x; None where
        they do not exist.
    shape : {"maximum", "minimum", "saddle", "ridge"}
        Of the stationary point.
    reason : str or None
        Why stationary point or axes are None.
    congruence : CongruenceTest
    """

    n: int
    df: int
    centre: Centre
    coefficients: Vector
    se: Vector
    covariance: NDArray[np.float64]
    r_squared: float
    hc3: bool
    hc3_reason: str | None
    a1: CoefficientTest
    a2: CoefficientTest
    a3: CoefficientTest
    a4: CoefficientTest
    a5: CoefficientTest
    stationary_x: CoefficientTest | None
    stationary_y: CoefficientTest | None
    p10: CoefficientTest | None
    p11: CoefficientTest | None
    p20: CoefficientTest | None
    p21: CoefficientTest | None
    shape: Shape
    reason: str | None
    congruence: CongruenceTest


def response_surface(
    outcome: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    centre: Centre,
    interval: float = 0.95,
    hc3: bool = False,
    covariates: ArrayLike | None = None,
) -> ResponseSurface:
    r"""Regress an outcome on the second-order polynomial of two ratings and describe the surface.

    .. math:: z = b_0 + b_1 x + b_2 y + b_3 x^2 + b_4 x y + b_5 y^2 + e

    .. math:: a_1 = b_1 + b_2, \quad a_2 = b_3 + b_4 + b_5, \quad a_3 = b_1 - b_2, \quad
              a_4 = b_3 - b_4 + b_5, \quad a_5 = b_3 - b_5

    .. math:: x_0 = \frac{b_2 b_4 - 2 b_1 b_5}{4 b_3 b_5 - b_4^2}, \quad
              y_0 = \frac{b_1 b_4 - 2 b_2 b_3}{4 b_3 b_5 - b_4^2}

    .. math:: p_{11}, p_{21} = \frac{b_5 - b_3 \pm \sqrt{(b_3 - b_5)^2 + b_4^2}}{b_4}, \quad
              p_{10} = y_0 - p_{11} x_0, \quad p_{20} = y_0 - p_{21} x_0

    with x and y the ratings less the centre. a1 to a5 are tested by t with n - 6 degrees of
    freedom; standard errors of the others by the delta method, their intervals with the same t.

    Parameters
    ----------
    outcome, first, second : array_like, shape (n_dyads,)
        The two ratings on one scale; NaN where missing. Dyads that lack a value are left out.
    centre : Centre
        Of `scale_midpoint` or `grand_mean`, or `UNCENTRED`. The same point for both ratings:
        centring each at its own mean would move the line of congruence.
    interval : float
        Coverage; the conditions of congruence are tested at 1 - interval.
    hc3 : bool
        Whether standard errors allow for unequal variances.
    covariates : array_like, shape (n_dyads, k), optional
        Further predictors, entered linearly.

    Raises
    ------
    AnalysisError
        With the sentence of `why_no_response_surface`.

    References
    ----------
    Edwards, J. R., & Parry, M. E. (1993). On the use of polynomial regression equations as an
    alternative to difference scores in organizational research. Academy of Management Journal, 36,
    1577-1613.

    Shanock, L. R., Baran, B. E., Gentry, W. A., Pattison, S. C., & Heggestad, E. D. (2010).
    Polynomial regression with response surface analysis: A powerful approach for examining
    moderation and overcoming limitations of difference scores. Journal of Business and Psychology,
    25, 543-554. https://doi.org/10.1007/s10869-010-9183-4

    Humberg, S., Nestler, S., & Back, M. D. (2019). Response surface analysis in personality and
    social psychology: Checklist and clarifications for the case of congruence hypotheses. Social
    Psychological and Personality Science, 10, 409-419. https://doi.org/10.1177/1948550618757600

    Nestler, S., Humberg, S., & Schönbrodt, F. D. (2019). Response surface analysis with multilevel
    data: Illustration for the case of congruence hypotheses. Psychological Methods, 24, 291-308.
    https://doi.org/10.1037/met0000199

    Examples
    --------
    The outcome is 10 less the squared difference of the ratings, and a little noise:

    >>> x, y = [1, 2, 3, 4, 5, 1, 5, 2, 4, 3], [1, 3, 3, 2, 5, 4, 1, 2, 4, 5]
    >>> noise = [0.1, -0.1, 0.1, -0.1, 0, 0.1, -0.1, 0, 0.1, -0.1]
    >>> z = 10 - np.subtract(x, y) ** 2 + noise
    >>> surface = response_surface(z, x, y, scale_midpoint(1, 5))
    >>> round(surface.a4.estimate, 1), round(surface.p11.estimate, 1)
    (-4.0, 1.0)
    >>> surface.congruence.decision
    'strict'
    """
    reason = why_no_response_surface(outcome, first, second, covariates)
    if reason:
        raise AnalysisError(reason)
    z, x, y, *others = _complete(outcome, first, second, *_columns(covariates))
    fit = regress(z, _polynomial(x - centre.value, y - centre.value, others))
    padding = (0,) * len(others)
    contrasts = {
        name: combination_test(fit, weights + padding, interval, hc3)
        for name, weights in _CONTRASTS.items()
    }
    shape, points, missing = _features(fit, interval, hc3)
    return ResponseSurface(
        n=fit.n,
        df=fit.df,
        centre=centre,
        coefficients=fit.coefficients,
        se=fit.hc3_se if hc3 else fit.se,
        covariance=fit.hc3_covariance if hc3 else fit.covariance,
        r_squared=fit.r_squared,
        hc3=hc3,
        hc3_reason=fit.hc3_reason if hc3 else None,
        **contrasts,
        stationary_x=points.get("x0"),
        stationary_y=points.get("y0"),
        p10=points.get("p10"),
        p11=points.get("p11"),
        p20=points.get("p20"),
        p21=points.get("p21"),
        shape=shape,
        reason=missing,
        congruence=congruence_test(
            **{name: contrasts[name] for name in ("a1", "a2", "a3", "a4")},
            p10=points.get("p10"),
            p11=points.get("p11"),
            level=1 - interval,
        ),
    )


def why_no_response_surface(
    outcome: ArrayLike, first: ArrayLike, second: ArrayLike, covariates: ArrayLike | None = None
) -> str | None:
    """Why the surface cannot be estimated; None where it can.

    Parameters
    ----------
    outcome, first, second, covariates : array_like
        As `response_surface` takes them.

    Examples
    --------
    >>> why_no_response_surface(range(8), [0, 1] * 4, [3, 1, 4, 1, 5, 9, 2, 6])
    'The first rater gave 2 different ratings in 8 dyads; a quadratic term needs at least 3.'
    """
    z, x, y, *others = _complete(outcome, first, second, *_columns(covariates))
    n, needed = len(z), 7 + len(others)
    if n < needed:
        return (
            f"A response surface with {6 + len(others)} coefficients needs at least {needed} dyads"
            f" with outcome and both ratings, found {n}."
        )
    for name, ratings in (("first", x), ("second", y)):
        if (found := len(np.unique(ratings))) < 3:
            return (
                f"The {name} rater gave {found} different ratings in {n} dyads; a quadratic term"
                " needs at least 3."
            )
    if is_constant(z):
        return f"The outcome is {z[0]:g} in all {n} dyads."
    try:
        regress(z, _polynomial(x, y, others))
    except AnalysisError:
        return (
            f"In the {n} dyads the terms x, y, x², xy, y² and the covariates are linearly"
            " dependent, so the surface is not identified. Ratings that determine each other, or"
            " too few different pairs of ratings, have no surface."
        )
    return None


def congruence_test(
    a1: CoefficientTest,
    a2: CoefficientTest,
    a3: CoefficientTest,
    a4: CoefficientTest,
    p10: CoefficientTest | None,
    p11: CoefficientTest | None,
    level: float = 0.05,
) -> CongruenceTest:
    """Check the conditions under which a surface shows that congruence goes with a high outcome.

    In the broad sense, the ridge of the surface is the line of congruence and the outcome falls to
    both of its sides: p10 is not different from 0 and 1 lies in the interval of p11, a3 is not
    different from 0, and a4 is negative. The outcome may still differ between congruent dyads. In
    the strict sense it does not: a1 and a2 are not different from 0 either.

    "Not different" means not significant, which small samples reach easily: the decision says that
    the data do not contradict congruence, and by a4 that they support it.

    Parameters
    ----------
    a1, a2, a3, a4 : CoefficientTest
    p10, p11 : CoefficientTest or None
        With intervals of coverage 1 - level; None where the axis does not exist.
    level : float
        Of every two-tailed test.

    References
    ----------
    Humberg, S., Nestler, S., & Back, M. D. (2019). Response surface analysis in personality and
    social psychology: Checklist and clarifications for the case of congruence hypotheses. Social
    Psychological and Personality Science, 10, 409-419. https://doi.org/10.1177/1948550618757600

    Examples
    --------
    >>> none, falling, one = (coefficient_test(b, 0.1, 50) for b in (0.05, -1.0, 1.1))
    >>> congruence_test(none, none, none, falling, none, one).decision
    'strict'
    >>> print(congruence_test(none, none, falling, falling, none, one).text)
    No congruence effect: a3 = 0 does not hold.
    """
    downward = None if np.isnan(a4.p_two_tailed) else a4.estimate < 0 and a4.p_two_tailed < level
    broad = (
        Condition("p10 = 0", _contains(p10, 0.0)),
        Condition("p11 = 1", _contains(p11, 1.0)),
        Condition("a3 = 0", _contains(a3, 0.0)),
        Condition("a4 < 0", downward),
    )
    strict = (Condition("a1 = 0", _contains(a1, 0.0)), Condition("a2 = 0", _contains(a2, 0.0)))
    failed = [condition.name for condition in broad if condition.holds is False]
    unknown = [condition.name for condition in broad if condition.holds is None]
    level_effects = [condition.name for condition in strict if not condition.holds]
    decision: Decision
    if failed:
        decision, text = "none", f"No congruence effect: {_listed(failed)} not hold."
    elif unknown:
        decision, text = "undetermined", f"Undetermined: {', '.join(unknown)} cannot be evaluated."
    elif level_effects:
        text = (
            "Congruence effect in the broad sense: the outcome also depends on the level of the"
            f" ratings, since {_listed(level_effects)} not hold."
        )
        decision = "broad"
    else:
        decision, text = "strict", "Congruence effect in the strict sense: all conditions hold."
    return CongruenceTest((*broad, *strict), decision, text)


@dataclass(frozen=True)
class AgreementRates:
    """How many dyads agree and disagree, as shares of n.

    Attributes
    ----------
    first_higher, agree, second_higher : float
        Shares of dyads, together 1.
    n : int
    """

    first_higher: float
    agree: float
    second_higher: float
    n: int


def agreement_rates(first: ArrayLike, second: ArrayLike, bound: float = 0.5) -> AgreementRates:
    """Share of dyads whose ratings differ by more than half a standard deviation, by direction.

    Where nearly all dyads agree, the surface beside the line of congruence is extrapolated. Each
    rating is standardised by its own mean and standard deviation.

    Parameters
    ----------
    first, second : array_like, shape (n_dyads,)
        NaN where missing; dyads with both are used.
    bound : float
        Difference of the z scores from which on two ratings disagree.

    Raises
    ------
    AnalysisError
        Fewer than two dyads with both ratings, or a rater with the same rating in all.

    References
    ----------
    Shanock, L. R., Baran, B. E., Gentry, W. A., Pattison, S. C., & Heggestad, E. D. (2010).
    Polynomial regression with response surface analysis: A powerful approach for examining
    moderation and overcoming limitations of difference scores. Journal of Business and Psychology,
    25, 543-554. https://doi.org/10.1007/s10869-010-9183-4

    Examples
    --------
    >>> agreement_rates([1, 2, 3, 4], [1, 2, 4, 3])
    AgreementRates(first_higher=0.25, agree=0.5, second_higher=0.25, n=4)
    """
    x, y = _complete(first, second)
    if len(x) < 2 or is_constant(x) or is_constant(y):
        raise AnalysisError(
            "Agreement rates need at least two dyads with both ratings, and ratings that vary;"
            f" found {len(x)} dyads."
        )
    difference = (x - x.mean()) / x.std(ddof=1) - (y - y.mean()) / y.std(ddof=1)
    higher, lower = float((difference > bound).mean()), float((difference < -bound).mean())
    return AgreementRates(higher, 1 - higher - lower, lower, len(x))


def _complete(*variables: ArrayLike) -> list[Vector]:
    arrays = [np.asarray(values, dtype=float) for values in variables]
    complete = np.logical_and.reduce([np.isfinite(values) for values in arrays])
    return [values[complete] for values in arrays]


def _columns(covariates: ArrayLike | None) -> list[Vector]:
    return [] if covariates is None else list(np.asarray(covariates, dtype=float).T)


def _polynomial(x: Vector, y: Vector, covariates: list[Vector]) -> NDArray[np.float64]:
    return np.column_stack([x, y, x * x, x * y, y * y, *covariates])


def _features(
    fit: Regression, interval: float, hc3: bool
) -> tuple[Shape, dict[str, CoefficientTest], str | None]:
    """Shape, stationary point and principal axes as far as they exist, and why they do not."""
    _, _, _, b3, b4, b5, *_ = fit.coefficients
    determinant = 4 * b3 * b5 - b4**2
    if abs(determinant) <= _FLAT * (4 * abs(b3 * b5) + b4**2):
        return "ridge", {}, "The surface is a ridge without a stationary point (4 b3 b5 = b4²)."
    shape: Shape = "saddle" if determinant < 0 else "maximum" if b3 < 0 else "minimum"
    found: dict[str, Callable[[NDArray[np.complex128]], complex]] = {
        "x0": lambda b: _stationary(b)[0],
        "y0": lambda b: _stationary(b)[1],
    }
    reason = None
    if abs(b4) <= _FLAT * (abs(b3) + abs(b5)):
        reason = "The principal axes are parallel to the ratings' axes (b4 = 0)."
    else:
        found |= {
            "p10": lambda b: _axis(b, 1)[0],
            "p11": lambda b: _axis(b, 1)[1],
            "p20": lambda b: _axis(b, -1)[0],
            "p21": lambda b: _axis(b, -1)[1],
        }
    return shape, {name: _delta(fit, f, interval, hc3) for name, f in found.items()}, reason


def _stationary(b: NDArray[np.complex128]) -> tuple[complex, complex]:
    determinant = 4 * b[3] * b[5] - b[4] ** 2
    x0 = (b[2] * b[4] - 2 * b[1] * b[5]) / determinant
    return x0, (b[1] * b[4] - 2 * b[2] * b[3]) / determinant


def _axis(b: NDArray[np.complex128], sign: int) -> tuple[complex, complex]:
    slope = (b[5] - b[3] + sign * np.sqrt((b[3] - b[5]) ** 2 + b[4] ** 2)) / b[4]
    x0, y0 = _stationary(b)
    return y0 - slope * x0, slope


def _delta(
    fit: Regression,
    function: Callable[[NDArray[np.complex128]], complex],
    interval: float,
    hc3: bool,
) -> CoefficientTest:
    """A function of the coefficients with the standard error of its linear approximation."""
    gradient = np.zeros(len(fit.coefficients))
    for place in range(6):
        moved = fit.coefficients.astype(complex)
        moved[place] += _STEP * 1j
        gradient[place] = function(moved).imag / _STEP
    estimate = float(function(fit.coefficients.astype(complex)).real)
    se = combination_test(fit, gradient, interval, hc3).se
    return coefficient_test(estimate, se, fit.df, interval)


def _contains(test: CoefficientTest | None, value: float) -> bool | None:
    """Whether the interval contains a value; None where there is no interval."""
    if test is None or np.isnan(test.se) or test.se == 0:
        return None
    return test.ci_low <= value <= test.ci_high


def _listed(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last} do" if others else f"{last} does"
