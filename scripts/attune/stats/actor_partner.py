"""Actor-partner interdependence model of distinguishable dyads.

Both members of a dyad have a predictor x and an outcome y. The actor effect is that of one's own x
on one's own y, the partner effect that of the other's x. Members are numbered by role, such as
first the patient and second the therapist.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.hypothesis_tests import fisher_interval
from attune.stats.regression import (
    CoefficientTest,
    Regression,
    coefficient_test,
    combination_test,
    is_constant,
    regress,
)

Vector = NDArray[np.float64]

_PERFECT = 1e-10
"""Determinant of a correlation matrix below which a variable is a function of the others."""

KForm = Literal["bounded", "excludes an interval", "whole line"]


@dataclass(frozen=True)
class PartnerRatio:
    """The ratio k of partner to actor effect, with Fieller's interval.

    Attributes
    ----------
    k : float
        NaN if the actor effect is exactly 0.
    ci_low, ci_high : float
        NaN unless the interval is bounded.
    form : {"bounded", "excludes an interval", "whole line"}
        Fieller's set is bounded if the actor effect differs from 0; else k can be any value, or
        any outside an interval, and should not be interpreted.
    patterns : tuple of str
        Patterns that the interval contains: "actor only" (k = 0), "couple" (k = 1) and "contrast"
        (k = -1); empty if it is not bounded.
    """

    k: float
    ci_low: float
    ci_high: float
    form: KForm
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class MemberEffects:
    """Regression of one member's outcome.

    Attributes
    ----------
    intercept, actor, partner : CoefficientTest
        The intercept is the outcome where both predictors and the covariates are 0.
    k : PartnerRatio
    residual_sd : float
        Root of the residual variance with n - 3 - covariates degrees of freedom.
    r_squared : float
    """

    intercept: CoefficientTest
    actor: CoefficientTest
    partner: CoefficientTest
    k: PartnerRatio
    residual_sd: float
    r_squared: float


@dataclass(frozen=True)
class Distinguishability:
    """Likelihood ratio test that the two roles can be exchanged.

    Attributes
    ----------
    chi_square, p : float
    df : int
        6: means and variances of x and of y, covariance of one's own x and y, and of one's own x
        and the other's y.
    """

    chi_square: float
    df: int
    p: float


@dataclass(frozen=True)
class ActorPartner:
    """Actor and partner effects of both members.

    Attributes
    ----------
    n, df : int
        Dyads with all values; n - 3 - covariates.
    first, second : MemberEffects
    actor_difference, partner_difference : CoefficientTest
        First less second member.
    residual_r : float
        Correlation of the two residuals: interdependence that the predictors leave.
    residual_r_p, residual_r_ci_low, residual_r_ci_high : float
        By t with df - 1 degrees of freedom, and Fisher's z.
    covariance : ndarray, shape (2 m, 2 m)
        Of the coefficients of both equations; each in the order intercept, x of the first member,
        x of the second, covariates.
    distinguishability : Distinguishability or None
        None with its reason where it is not defined.
    distinguishability_reason : str or None
    """

    n: int
    df: int
    first: MemberEffects
    second: MemberEffects
    actor_difference: CoefficientTest
    partner_difference: CoefficientTest
    residual_r: float
    residual_r_p: float
    residual_r_ci_low: float
    residual_r_ci_high: float
    covariance: NDArray[np.float64]
    distinguishability: Distinguishability | None
    distinguishability_reason: str | None


def actor_partner(
    first_x: ArrayLike,
    second_x: ArrayLike,
    first_y: ArrayLike,
    second_y: ArrayLike,
    interval: float = 0.95,
    covariates: ArrayLike | None = None,
) -> ActorPartner:
    r"""Regress both members' outcomes on both predictors, with correlated residuals.

    .. math:: y_1 = c_1 + a_1 x_1 + p_1 x_2 + e_1, \qquad y_2 = c_2 + a_2 x_2 + p_2 x_1 + e_2

    Both equations have the same regressors, so that generalised least squares of the pair
    (seemingly unrelated regressions) is least squares of each; the covariance of coefficients of
    different equations is :math:`s_{12} (X'X)^{-1}`, with the residual covariance
    :math:`s_{12} = \sum e_1 e_2 / (n - 3)`. Effects are compared between members by t with n - 3
    degrees of freedom, which takes this covariance in.

    Parameters
    ----------
    first_x, second_x, first_y, second_y : array_like, shape (n_dyads,)
        Predictor and outcome of both members, each in the same units for both; NaN where missing.
        Dyads that lack a value are left out. Centre predictors at a common point if the intercepts
        are of interest.
    interval : float
        Coverage.
    covariates : array_like, shape (n_dyads, k), optional
        Of the dyad; they enter both equations.

    Raises
    ------
    AnalysisError
        With the sentence of `why_no_actor_partner`.

    References
    ----------
    Cook, W. L., & Kenny, D. A. (2005). The actor-partner interdependence model: A model of
    bidirectional effects in developmental studies. International Journal of Behavioral Development,
    29, 101-109. https://doi.org/10.1080/01650250444000405

    Kenny, D. A., & Ledermann, T. (2010). Detecting, measuring, and testing dyadic patterns in the
    actor-partner interdependence model. Journal of Family Psychology, 24, 359-366.
    https://doi.org/10.1037/a0019651

    Zellner, A. (1962). An efficient method of estimating seemingly unrelated regressions and tests
    for aggregation bias. Journal of the American Statistical Association, 57, 348-368.

    Examples
    --------
    >>> x1, x2 = np.array([1, 1, 2, 2, 3, 3, 4, 4]), np.array([1, 2, 1, 2, 1, 2, 1, 2])
    >>> noise = np.array([1, -1, -1, 1, -1, 1, 1, -1]) / 10
    >>> y1, y2 = x1 + x2 + noise, 2 * x2 - x1 + noise**2 + noise[[1, 2, 3, 0, 4, 5, 6, 7]]
    >>> fit = actor_partner(x1, x2, y1, y2)
    >>> round(fit.first.actor.estimate, 1), round(fit.first.k.k, 1), round(fit.second.k.k, 1)
    (1.0, 1.0, -0.5)
    """
    reason = why_no_actor_partner(first_x, second_x, first_y, second_y, covariates)
    if reason:
        raise AnalysisError(reason)
    x1, x2, y1, y2, *others = _complete(first_x, second_x, first_y, second_y, *_columns(covariates))
    design = np.column_stack([x1, x2, *others])
    fits = regress(y1, design), regress(y2, design)
    covariance = _joint_covariance(*fits)
    omnibus, missing = _distinguishability(x1, x2, y1, y2, bool(others))
    r = _correlation(fits[0].residual, fits[1].residual)
    low, high, p = _residual_test(r, fits[0].df, interval)
    return ActorPartner(
        n=fits[0].n,
        df=fits[0].df,
        first=_member(fits[0], 1, 2, interval),
        second=_member(fits[1], 2, 1, interval),
        actor_difference=_difference(fits, covariance, 1, 2, interval),
        partner_difference=_difference(fits, covariance, 2, 1, interval),
        residual_r=r,
        residual_r_p=p,
        residual_r_ci_low=low,
        residual_r_ci_high=high,
        covariance=covariance,
        distinguishability=omnibus,
        distinguishability_reason=missing,
    )


def why_no_actor_partner(
    first_x: ArrayLike,
    second_x: ArrayLike,
    first_y: ArrayLike,
    second_y: ArrayLike,
    covariates: ArrayLike | None = None,
) -> str | None:
    """Why actor and partner effects cannot be estimated; None where they can.

    Parameters
    ----------
    first_x, second_x, first_y, second_y, covariates : array_like
        As `actor_partner` takes them.

    Examples
    --------
    >>> why_no_actor_partner([1, 2, 3, 4, 5], [2, 4, 6, 8, 10], [1, 3, 2, 5, 4], [2, 1, 4, 3, 5])
    'In the 5 dyads a predictor is a linear function of the other or of the covariates, so actor \
and partner effects cannot be separated.'
    """
    x1, x2, y1, y2, *others = _complete(first_x, second_x, first_y, second_y, *_columns(covariates))
    n, fewest = len(x1), 5 + len(others)
    if n < fewest:
        return (
            f"An actor-partner model with {3 + len(others)} coefficients per outcome needs at least"
            f" {fewest} dyads with both predictors and outcomes, found {n}."
        )
    for name, values in (
        ("first member's predictor", x1),
        ("second member's predictor", x2),
        ("first member's outcome", y1),
        ("second member's outcome", y2),
    ):
        if is_constant(values):
            return f"The {name} is {values[0]:g} in all {n} dyads."
    design = np.column_stack([x1, x2, *others])
    try:
        fits = regress(y1, design), regress(y2, design)
    except AnalysisError:
        return (
            f"In the {n} dyads a predictor is a linear function of the other or of the covariates,"
            " so actor and partner effects cannot be separated."
        )
    for name, fit in zip(("first", "second"), fits, strict=True):
        if not fit.residual.any():
            return f"The predictors determine the {name} member's outcome exactly in {n} dyads."
    return None


def partner_ratio(
    actor: float,
    partner: float,
    covariance: ArrayLike,
    df: float,
    interval: float = 0.95,
) -> PartnerRatio:
    r"""Ratio of partner to actor effect with the set of ratios that a t test does not reject.

    .. math:: k = p / a, \qquad
              (p - k a)^2 \le t^2 (v_p - 2 k\, c_{ap} + k^2 v_a)

    A quadratic inequality in k. Where :math:`a^2 > t^2 v_a` its solution is an interval; otherwise
    it has no bounds, as the actor effect, the divisor, may be 0.

    Parameters
    ----------
    actor, partner : float
        Effects a and p.
    covariance : array_like, shape (2, 2)
        Of the two, actor first.
    df : float
        Degrees of freedom of t.
    interval : float
        Coverage.

    References
    ----------
    Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal Statistical
    Society, Series B, 16, 175-185.

    Kenny, D. A., & Ledermann, T. (2010). Detecting, measuring, and testing dyadic patterns in the
    actor-partner interdependence model. Journal of Family Psychology, 24, 359-366.
    https://doi.org/10.1037/a0019651

    Examples
    --------
    >>> found = partner_ratio(1.0, 0.9, [[0.01, 0.0], [0.0, 0.01]], 50)
    >>> round(found.ci_low, 3), round(found.ci_high, 3), found.patterns
    (0.659, 1.216, ('couple',))
    """
    from scipy.special import stdtrit

    v = np.asarray(covariance, dtype=float)
    square = float(stdtrit(df, 0.5 + interval / 2)) ** 2
    k = partner / actor if actor else np.nan
    # a k² - 2 b k + c <= 0
    a = actor**2 - square * v[0, 0]
    b = actor * partner - square * v[0, 1]
    c = partner**2 - square * v[1, 1]
    root = b * b - a * c
    if a <= 0 or root < 0:
        form: KForm = "whole line" if root <= 0 else "excludes an interval"
        return PartnerRatio(k, np.nan, np.nan, form, ())
    low, high = (b - np.sqrt(root)) / a, (b + np.sqrt(root)) / a
    named = (("actor only", 0), ("couple", 1), ("contrast", -1))
    patterns = tuple(name for name, value in named if low <= value <= high)
    return PartnerRatio(k, float(low), float(high), "bounded", patterns)


def _complete(*variables: ArrayLike) -> list[Vector]:
    arrays = [np.asarray(values, dtype=float) for values in variables]
    complete = np.logical_and.reduce([np.isfinite(values) for values in arrays])
    return [values[complete] for values in arrays]


def _columns(covariates: ArrayLike | None) -> list[Vector]:
    return [] if covariates is None else list(np.asarray(covariates, dtype=float).T)


def _joint_covariance(first: Regression, second: Regression) -> NDArray[np.float64]:
    """Covariance of the coefficients of both equations, whose regressors are the same."""
    own = (first.residual * first.residual).sum()
    shared = (first.residual * second.residual).sum()
    between = first.covariance * (shared / own)
    return np.block([[first.covariance, between], [between, second.covariance]])


def _member(fit: Regression, actor: int, partner: int, interval: float) -> MemberEffects:
    """Effects of one member; `actor` and `partner` are the places of the coefficients."""
    rows = np.eye(len(fit.coefficients))
    of_own, of_other = (combination_test(fit, rows[k], interval) for k in (actor, partner))
    both = fit.covariance[np.ix_([actor, partner], [actor, partner])]
    return MemberEffects(
        intercept=combination_test(fit, rows[0], interval),
        actor=of_own,
        partner=of_other,
        k=partner_ratio(of_own.estimate, of_other.estimate, both, fit.df, interval),
        residual_sd=float(np.sqrt((fit.residual * fit.residual).sum() / fit.df)),
        r_squared=fit.r_squared,
    )


def _difference(
    fits: tuple[Regression, Regression],
    covariance: NDArray[np.float64],
    of_first: int,
    of_second: int,
    interval: float,
) -> CoefficientTest:
    """A coefficient of the first member's equation less one of the second's."""
    size = len(fits[0].coefficients)
    place = size + of_second
    variance = covariance[of_first, of_first] + covariance[place, place]
    variance -= 2 * covariance[of_first, place]
    estimate = fits[0].coefficients[of_first] - fits[1].coefficients[of_second]
    # Rounding may leave a variance of 0 slightly negative.
    se = float(np.sqrt(max(variance, 0.0)))
    return coefficient_test(float(estimate), se, fits[0].df, interval)


def _correlation(first: Vector, second: Vector) -> float:
    squares = (first * first).sum() * (second * second).sum()
    return float(np.clip((first * second).sum() / np.sqrt(squares), -1, 1))


def _residual_test(r: float, df: int, interval: float) -> tuple[float, float, float]:
    """Limits and p of a correlation of residuals, a partial correlation; NaN with too few dyads."""
    from scipy.special import stdtr

    low, high = (np.nan, np.nan) if df < 3 else fisher_interval(r, df + 1, interval)
    if df < 2:
        return low, high, np.nan
    p = 0.0 if abs(r) == 1 else float(2 * stdtr(df - 1, -abs(r) * np.sqrt((df - 1) / (1 - r * r))))
    return low, high, p


def _distinguishability(
    x1: Vector, x2: Vector, y1: Vector, y2: Vector, has_covariates: bool
) -> tuple[Distinguishability | None, str | None]:
    r"""Whether the joint distribution of x1, x2, y1 and y2 changes when the roles are exchanged.

    n log |S0| / |S|, with the covariance S and the covariance S0 over the dyads and the same dyads
    with roles exchanged, both with the divisor of maximum likelihood.
    """
    from scipy.special import chdtrc

    if has_covariates:
        return None, "The test of distinguishability is defined for a model without covariates."
    n, roles = len(x1), np.array([x1, x2, y1, y2])
    both = np.concatenate([roles, roles[[1, 0, 3, 2]]], axis=1)
    free, exchanged = _log_determinant(roles), _log_determinant(both)
    if n < 6 or not np.isfinite(free):
        return None, (
            f"The four variables are linearly dependent in the {n} dyads, or these are fewer than"
            " 6, so distinguishability cannot be tested."
        )
    chi_square = max(float(n * (exchanged - free)), 0.0)
    return Distinguishability(chi_square, 6, float(chdtrc(6, chi_square))), None


def _log_determinant(rows: NDArray[np.float64]) -> float:
    """Log determinant of a covariance matrix; minus infinity where it is singular."""
    deviations = rows - rows.mean(axis=1, keepdims=True)
    covariance = (deviations[:, None, :] * deviations[None, :, :]).mean(axis=2)
    spread = np.sqrt(covariance.diagonal())
    determinant = float(np.linalg.det(covariance / np.outer(spread, spread)))
    return (
        float(np.log(determinant) + 2 * np.log(spread).sum()) if determinant > _PERFECT else -np.inf
    )
