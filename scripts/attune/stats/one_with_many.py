"""One-with-many design: whose reports vary between therapists, and do both sides agree.

Each therapist (the one) treats several patients (the many), and both members of every dyad report
on the same thing, such as the alliance. A bivariate two-level model divides the variance of both
reports between therapists and dyads, and correlates them on both levels.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.regression import is_constant

Vector = NDArray[np.float64]
Values = NDArray[Any]
"""Real, or complex where a derivative is taken by an imaginary step."""

Method = Literal["REML", "ML"]

_STEP = 1e-30
"""Imaginary step of a derivative. Nothing is subtracted, so the smallest step is the most exact."""

_ZERO = 1e-7
"""Share of a report's variance below which a variance between therapists is estimated as zero."""

_PERFECT = 1e-6
"""Distance from 1 below which a correlation is estimated at its boundary."""

_SINGULAR = 1e-10
"""Share of the product of two variances below which their determinant is a rounding error."""

_DIFFERENCE = 1e-6
"""Step of the differences of gradients; its error slows the steps and moves no estimate."""

_MOST_STEPS = 200

_LEVEL = 1e-9
"""Gradient of the deviance below which a place is level."""

_NO_FALL = 1e-15
"""Predicted fall of the deviance, as a share of it, that is a rounding error."""


@dataclass(frozen=True)
class Component:
    """An estimate with its profile likelihood interval.

    Attributes
    ----------
    estimate, ci_low, ci_high : float
        Limits are those of the parameter space (0, 1 or -1) where the likelihood excludes nothing
        beyond them.
    p : float
        Likelihood ratio test against 0; NaN for variances and shares within dyads, which are never
        0, and where the estimate is NaN.
    reason : str or None
        Why the estimate is NaN, or is at its boundary.
    """

    estimate: float
    ci_low: float
    ci_high: float
    p: float
    reason: str | None


@dataclass(frozen=True)
class RaterComponents:
    """Mean and variance of the reports of one side of the dyads.

    Attributes
    ----------
    n : int
        Reports.
    mean, mean_se : float
        Estimated mean of all dyads, by generalised least squares.
    therapist_variance : Component
        Between therapists. In patients' reports it is the partner (target) variance: patients of
        one therapist agree on the therapist. In therapists' reports it is the actor (perceiver)
        variance: a therapist judges all patients alike.
    dyad_variance : Component
        Between dyads of one therapist: what is special to the patient or to the relationship, and
        error of measurement.
    therapist_share : Component
        Therapist variance over the sum of both.
    """

    n: int
    mean: float
    mean_se: float
    therapist_variance: Component
    dyad_variance: Component
    therapist_share: Component


@dataclass(frozen=True)
class OneWithMany:
    """Variance partition of the reports of patients and therapists.

    Attributes
    ----------
    method : {"REML", "ML"}
    therapists, dyads, complete : int
        Therapists and dyads with any report; dyads with both.
    log_likelihood : float
        Restricted for REML.
    patients, therapist_reports : RaterComponents
        Of patients' and of therapists' reports.
    generalised_reciprocity : Component
        Correlation of the two therapist-level parts: do therapists who report high values with all
        of their patients also get high reports from all of them?
    dyadic_reciprocity : Component
        Correlation of the two dyad-level parts: where a therapist reports more with one patient
        than with others, does this patient too?
    therapist_covariance, dyad_covariance : float
    singular : tuple of str
        Every estimate at its boundary, as a sentence; empty if none is.
    """

    method: Method
    therapists: int
    dyads: int
    complete: int
    log_likelihood: float
    patients: RaterComponents
    therapist_reports: RaterComponents
    generalised_reciprocity: Component
    dyadic_reciprocity: Component
    therapist_covariance: float
    dyad_covariance: float
    singular: tuple[str, ...]


def one_with_many(
    therapist: ArrayLike,
    patient_report: ArrayLike,
    therapist_report: ArrayLike,
    method: Method = "REML",
    interval: float = 0.95,
) -> OneWithMany:
    r"""Divide the variance of two reports between therapists and dyads, and correlate the parts.

    .. math:: (y_{ij}^{P}, y_{ij}^{T})' = \mu + u_j + e_{ij}, \qquad
              u_j \sim N(0, T), \quad e_{ij} \sim N(0, S)

    for dyad i of therapist j. Generalised reciprocity is the correlation in T, dyadic reciprocity
    that in S. With A_j the sum of the inverses of S over the dyads of a therapist and b_j that of
    the weighted deviations, the likelihood needs 2 x 2 matrices only:

    .. math:: -2 \log L = \sum_{ij} (\log |S_{ij}| + r_{ij}' S_{ij}^{-1} r_{ij})
              + \sum_j \left(\log |I + T A_j| - b_j' (I + T A_j)^{-1} T b_j\right) + N \log 2\pi

    Dyads with one report enter with it. Intervals are those of the profile (restricted)
    likelihood, by the chi-square distribution with one degree of freedom. A therapist variance of
    0 is tested by the equal mixture of chi-square with one and two degrees of freedom, since its
    covariance vanishes with it.

    Parameters
    ----------
    therapist : array_like, shape (n_dyads,)
        Therapist of each dyad, any labels; rows without one (None, NaN) are left out.
    patient_report, therapist_report : array_like, shape (n_dyads,)
        One row per dyad; NaN where missing. Rows without any report are left out.
    method : {"REML", "ML"}
        Restricted maximum likelihood, or maximum likelihood, whose variances between therapists
        are too small if there are few.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        With the sentence of `why_no_one_with_many`.

    References
    ----------
    Marcus, D. K., Kashy, D. A., & Baldwin, S. A. (2009). Studying psychotherapy using the
    one-with-many design: The therapeutic alliance as an exemplar. Journal of Counseling Psychology,
    56, 537-548. https://doi.org/10.1037/a0017291

    Kenny, D. A., Kashy, D. A., & Cook, W. L. (2006). Dyadic data analysis. Guilford Press.

    Stram, D. O., & Lee, J. W. (1994). Variance components testing in the longitudinal mixed effects
    model. Biometrics, 50, 1171-1177.

    Examples
    --------
    >>> therapist = ["a", "a", "a", "b", "b", "b", "c", "c", "c", "d", "d", "d"]
    >>> patients = [5.0, 6, 4, 3, 4, 3, 6, 7, 7, 4, 3, 5]
    >>> therapists = [4.0, 6, 5, 4, 4, 3, 5, 7, 6, 4, 2, 4]
    >>> found = one_with_many(therapist, patients, therapists)
    >>> round(found.patients.therapist_variance.estimate, 4), found.patients.mean
    (1.8796, 4.75)
    """
    reason = why_no_one_with_many(therapist, patient_report, therapist_report)
    if reason:
        raise AnalysisError(reason)
    groups, reports = _rows(therapist, patient_report, therapist_report)
    centre, scale = np.nanmean(reports, axis=0), np.nanstd(reports, axis=0)
    sums = _sums(groups, (reports - centre) / scale)
    deviance = partial(_deviance, sums, method == "REML")
    best = min((_fit(deviance, start) for start in _starts(sums)), key=lambda fit: fit.value)
    critical = _chi_square_quantile(interval)
    theta = _to_boundary(best.theta)
    components = _components(deviance, theta, best.value, critical)
    means, errors = _means(sums, theta)
    scaled = [_rescaled(components, rater, scale[rater]) for rater in (0, 1)]
    both = np.isfinite(reports)
    raters = [
        RaterComponents(
            int(both[:, rater].sum()),
            float(centre[rater] + scale[rater] * means[rater]),
            float(scale[rater] * errors[rater]),
            *scaled[rater],
        )
        for rater in (0, 1)
    ]
    lost = 2 if method == "REML" else 0
    # The reports were divided by their standard deviations; REML loses one such factor per mean.
    jacobian = 2 * (both.sum(axis=0) * np.log(scale)).sum() - lost * np.log(scale).sum()
    constant = (both.sum() - lost) * np.log(2 * np.pi)
    return OneWithMany(
        method=method,
        therapists=len(sums.complete),
        dyads=len(reports),
        complete=int(both.all(axis=1).sum()),
        log_likelihood=float(-(best.value + jacobian + constant) / 2),
        patients=raters[0],
        therapist_reports=raters[1],
        generalised_reciprocity=components["generalised"],
        dyadic_reciprocity=components["dyadic"],
        therapist_covariance=float(theta[1] * scale[0] * scale[1]),
        dyad_covariance=float(theta[4] * scale[0] * scale[1]),
        singular=tuple(
            dict.fromkeys(found.reason for found in components.values() if found.reason)
        ),
    )


def why_no_one_with_many(
    therapist: ArrayLike, patient_report: ArrayLike, therapist_report: ArrayLike
) -> str | None:
    """Why the variance cannot be divided; None where it can.

    Parameters
    ----------
    therapist, patient_report, therapist_report : array_like, shape (n_dyads,)
        As `one_with_many` takes them.

    Examples
    --------
    >>> why_no_one_with_many(["a", "b", "c"], [1, 2, 3], [2, 1, 3])
    'No therapist has two patients with both reports, so therapists and dyads cannot be separated.'
    """
    groups, reports = _rows(therapist, patient_report, therapist_report)
    count = len(np.unique(groups))
    if count < 2:
        return (
            f"A variance between therapists needs at least 2 of them with reports, found {count}."
        )
    both = np.isfinite(reports).all(axis=1)
    paired = pd.Series(groups[both]).value_counts()
    within = int((paired - 1).sum())
    if within < 1:
        return (
            "No therapist has two patients with both reports, so therapists and dyads cannot be"
            " separated."
        )
    if within < 3:
        return (
            f"Only {within} patients with both reports share a therapist with another; the three"
            " parameters within therapists need at least 3."
        )
    for name, values in zip(("patients'", "therapists'"), reports.T, strict=True):
        if is_constant(values[np.isfinite(values)]):
            return f"All {name} reports are the same."
    deviations = reports[both] - pd.DataFrame(reports[both]).groupby(groups[both]).transform(
        "mean"
    ).to_numpy(dtype=float)
    squares = (deviations * deviations).sum(axis=0)
    spread = ((reports[both] - reports[both].mean(axis=0)) ** 2).sum(axis=0)
    for name, square, total in zip(("patients'", "therapists'"), squares, spread, strict=True):
        if square <= _SINGULAR * total:
            return f"The {name} reports do not vary between the patients of one therapist."
    product = (deviations[:, 0] * deviations[:, 1]).sum()
    if squares.prod() - product**2 <= _SINGULAR * squares.prod():
        return (
            "Between the patients of one therapist, either report determines the other, so dyadic"
            " reciprocity is 1 or -1 without error."
        )
    return None


@dataclass(frozen=True)
class _Sums:
    """What the likelihood needs of the reports: counts, sums and products.

    `complete`, `single`: reports per therapist, of dyads with both, shape (J,), and of dyads with
    one, shape (J, 2). `both`, `alone`: their sums, shape (J, 2). `products`: sums of the squares
    and the product over all complete dyads, in the order 11, 12, 22. `squares`: sums of squares of
    the single reports, shape (2,).
    """

    complete: Vector
    single: Vector
    both: Vector
    alone: Vector
    products: Vector
    squares: Vector


@dataclass(frozen=True)
class _Optimum:
    """(t11, t12, t22, s11, s12, s22) and their deviance."""

    theta: Vector
    value: float


Builder = Callable[[Values], tuple[Values, ...]]
"""Free parameters, in the last axis, to (t11, t12, t22, s11, s12, s22)."""

Deviance = Callable[[tuple[Values, ...]], Values]


def _rows(
    therapist: ArrayLike, patient_report: ArrayLike, therapist_report: ArrayLike
) -> tuple[NDArray[np.intp], Vector]:
    """Number of the therapist and both reports of every usable dyad."""
    labels = np.asarray(therapist)
    columns = [np.asarray(values, dtype=float) for values in (patient_report, therapist_report)]
    if len({len(labels), *(len(values) for values in columns)}) > 1:
        raise AnalysisError(
            "Therapists and both reports need one value per dyad, found"
            f" {len(labels)}, {len(columns[0])} and {len(columns[1])}."
        )
    reports = np.column_stack(columns)
    codes = pd.factorize(labels)[0]
    used = (codes >= 0) & np.isfinite(reports).any(axis=1)
    return pd.factorize(codes[used])[0], reports[used]


def _sums(groups: NDArray[np.intp], reports: Vector) -> _Sums:
    present = np.isfinite(reports)
    filled, both = np.where(present, reports, 0.0), np.asarray(present.all(axis=1))
    count = int(groups.max()) + 1

    def added(values: Vector) -> Vector:
        return np.bincount(groups, weights=values, minlength=count).astype(float)

    single = present & ~both[:, None]
    x, y = (filled * both[:, None]).T
    return _Sums(
        complete=added(both.astype(float)),
        single=np.column_stack([added(single[:, rater].astype(float)) for rater in (0, 1)]),
        both=np.column_stack([added(x), added(y)]),
        alone=np.column_stack([added(filled[:, k] * single[:, k]) for k in (0, 1)]),
        products=np.array([(x * x).sum(), (x * y).sum(), (y * y).sum()]),
        squares=(filled * filled * single).sum(axis=0),
    )


def _weights(sums: _Sums, theta: tuple[Values, ...]) -> tuple[Any, ...]:
    """Per therapist: A (11, 12, 22), b (1, 2), the 2 x 2 matrix I + T A and its determinant."""
    t11, t12, t22, s11, s12, s22 = (np.asarray(part)[..., None] for part in theta)
    determinant = s11 * s22 - s12 * s12
    p11, p12, p22 = s22 / determinant, -s12 / determinant, s11 / determinant
    a11 = sums.complete * p11 + sums.single[:, 0] / s11
    a12 = sums.complete * p12
    a22 = sums.complete * p22 + sums.single[:, 1] / s22
    b1 = p11 * sums.both[:, 0] + p12 * sums.both[:, 1] + sums.alone[:, 0] / s11
    b2 = p12 * sums.both[:, 0] + p22 * sums.both[:, 1] + sums.alone[:, 1] / s22
    m11, m12 = 1 + t11 * a11 + t12 * a12, t11 * a12 + t12 * a22
    m21, m22 = t12 * a11 + t22 * a12, 1 + t12 * a12 + t22 * a22
    return (a11, a12, a22), (b1, b2), (m11, m12, m21, m22), m11 * m22 - m12 * m21


def _normal_equations(weights: tuple[Any, ...]) -> tuple[Any, Any]:
    """X'V⁻¹X (11, 12, 22) and X'V⁻¹y (1, 2), summed over therapists, of the two means."""
    (a11, a12, a22), (b1, b2), (m11, m12, m21, m22), det = weights
    # A (I + T A)⁻¹ and, transposed, (I + A T)⁻¹ b.
    g11 = ((a11 * m22 - a12 * m21) / det).sum(axis=-1)
    g12 = ((a12 * m11 - a11 * m12) / det).sum(axis=-1)
    g22 = ((a22 * m11 - a12 * m12) / det).sum(axis=-1)
    h1 = ((m22 * b1 - m21 * b2) / det).sum(axis=-1)
    h2 = ((m11 * b2 - m12 * b1) / det).sum(axis=-1)
    return (g11, g12, g22), (h1, h2)


def _deviance(sums: _Sums, restricted: bool, theta: tuple[Values, ...]) -> Values:
    """-2 log likelihood without the constant, at the best means; NaN outside the parameters."""
    t11, t12, t22, s11, s12, s22 = theta
    weights = _weights(sums, theta)
    _, (b1, b2), (m11, m12, m21, m22), det = weights
    s_det = s11 * s22 - s12 * s12
    q11, q12, q22 = sums.products
    quadratic = (s22 * q11 - 2 * s12 * q12 + s11 * q22) / s_det
    quadratic = quadratic + sums.squares[0] / s11 + sums.squares[1] / s22
    # b'(I + T A)⁻¹ T b, with c = T b.
    c1, c2 = (
        np.asarray(one)[..., None] * b1 + np.asarray(two)[..., None] * b2
        for one, two in ((t11, t12), (t12, t22))
    )
    shrunk = ((b1 * (m22 * c1 - m12 * c2) + b2 * (m11 * c2 - m21 * c1)) / det).sum(axis=-1)
    (g11, g12, g22), (h1, h2) = _normal_equations(weights)
    g_det = g11 * g22 - g12 * g12
    explained = (g22 * h1 * h1 - 2 * g12 * h1 * h2 + g11 * h2 * h2) / g_det
    singles = sums.single.sum(axis=0)
    logs = sums.complete.sum() * np.log(s_det) + np.log(det).sum(axis=-1)
    logs = logs + singles[0] * np.log(s11) + singles[1] * np.log(s22)
    if restricted:
        logs = logs + np.log(g_det)
    # A complex logarithm takes a negative determinant, which rounding can produce, without a word.
    valid = s_det.real > _SINGULAR * (s11 * s22).real
    return np.where(valid, logs + quadratic - shrunk - explained, np.nan)


def _means(sums: _Sums, theta: Vector) -> tuple[Vector, Vector]:
    (g11, g12, g22), (h1, h2) = _normal_equations(_weights(sums, tuple(theta)))
    det = g11 * g22 - g12 * g12
    means = np.array([g22 * h1 - g12 * h2, g11 * h2 - g12 * h1]) / det
    return means, np.sqrt(np.array([g22, g11]) / det)


def _free_covariances(free: Values) -> tuple[Values, ...]:
    """T by its Cholesky factor, so that it may be singular; S by one with a positive diagonal."""
    l11, l21, l22, k11, k21, k22 = np.moveaxis(free, -1, 0)
    d1, d2 = np.exp(k11), np.exp(k22)
    return (l11 * l11, l11 * l21, l21 * l21 + l22 * l22, d1 * d1, d1 * k21, k21 * k21 + d2 * d2)


def _starts(sums: _Sums) -> list[Vector]:
    """Two starts: a fifth and four fifths of the variance between therapists."""
    r = float(np.clip(sums.products[1] / np.sqrt(sums.products[0] * sums.products[2]), -0.9, 0.9))
    rest = np.sqrt(1 - r * r)
    found = []
    for share in (0.2, 0.8):
        between, within = np.sqrt(share), np.sqrt(1 - share)
        factors = [between, between * r, between * rest, np.log(within), within * r]
        found.append(np.array([*factors, np.log(within * rest)]))
    return found


def _fit(deviance: Deviance, start: Vector, build: Builder = _free_covariances) -> _Optimum:
    """The lowest deviance that is reached from a start, by damped Newton steps."""
    free, damping = start, 1e-3
    value, gradient, hessian = _derivatives(deviance, build, free)
    for _ in range(_MOST_STEPS):
        if np.abs(gradient).max() < _LEVEL:
            break
        step = _newton_step(gradient, hessian, damping)
        fall = -(gradient @ step) / 2
        found = _derivatives(deviance, build, free + step)
        if np.isfinite(found[0]) and found[0] <= value:
            free, (value, gradient, hessian) = free + step, found
            damping = max(damping / 10, 1e-12)
        else:
            damping *= 10
        if fall < _NO_FALL * (1 + abs(value)):
            break
    theta = np.array([float(part) for part in build(free)])
    return _Optimum(theta, value)


def _derivatives(deviance: Deviance, build: Builder, free: Vector) -> tuple[float, Vector, Vector]:
    """Deviance, gradient by an imaginary step, and Hessian by differences of the gradient."""
    size = len(free)
    places = np.vstack([np.zeros(size), _DIFFERENCE * np.eye(size)])
    rows = free + places[:, None, :] + 1j * _STEP * np.eye(size)
    with np.errstate(all="ignore"):
        found = deviance(build(rows.reshape(-1, size))).reshape(size + 1, size)
    if not np.isfinite(found).all():
        return np.inf, np.zeros(size), np.eye(size)
    gradients = found.imag / _STEP
    hessian = (gradients[1:] - gradients[0]) / _DIFFERENCE
    return float(found[0, 0].real), gradients[0], (hessian + hessian.T) / 2


def _newton_step(gradient: Vector, hessian: Vector, damping: float) -> Vector:
    """A step downhill: negative curvature is turned around, and every curvature raised."""
    curvature, directions = np.linalg.eigh(hessian)
    raised = np.abs(curvature) + damping * max(1.0, float(np.abs(curvature).max()))
    return np.asarray(-directions @ ((directions.T @ gradient) / raised))


def _chi_square_quantile(interval: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(0.5 + interval / 2) ** 2)


def _swapped(theta: tuple[Values, ...]) -> tuple[Values, ...]:
    t11, t12, t22, s11, s12, s22 = theta
    return t22, t12, t11, s22, s12, s11


def _with_therapist_variance(value: float, free: Values) -> tuple[Values, ...]:
    l21, l22, k11, k21, k22 = np.moveaxis(free, -1, 0)
    l11 = np.sqrt(value) + 0 * l21
    return _free_covariances(np.stack([l11, l21, l22, k11, k21, k22], axis=-1))


def _with_dyad_variance(value: float, free: Values) -> tuple[Values, ...]:
    l11, l21, l22, k21, k22 = np.moveaxis(free, -1, 0)
    k11 = np.log(value) / 2 + 0 * l11
    return _free_covariances(np.stack([l11, l21, l22, k11, k21, k22], axis=-1))


def _with_share(value: float, free: Values) -> tuple[Values, ...]:
    total, l21, l22, k21, k22 = np.moveaxis(free, -1, 0)
    l11 = np.sqrt(value) * np.exp(total / 2)
    k11 = np.log(1 - value) / 2 + total / 2
    return _free_covariances(np.stack([l11, l21, l22, k11, k21, k22], axis=-1))


def _with_generalised(value: float, free: Values) -> tuple[Values, ...]:
    u1, u2, k11, k21, k22 = np.moveaxis(free, -1, 0)
    zero = 0 * u1
    _, _, _, *inside = _free_covariances(np.stack([zero, zero, zero, k11, k21, k22], axis=-1))
    d1, d2 = np.exp(u1), np.exp(u2)
    return (d1 * d1, value * d1 * d2, d2 * d2, *inside)


def _with_dyadic(value: float, free: Values) -> tuple[Values, ...]:
    l11, l21, l22, v1, v2 = np.moveaxis(free, -1, 0)
    zero = 0 * l11
    between = _free_covariances(np.stack([l11, l21, l22, zero, zero, zero], axis=-1))[:3]
    d1, d2 = np.exp(v1), np.exp(v2)
    return (*between, d1 * d1, value * d1 * d2, d2 * d2)


def _cholesky(theta: Vector) -> Vector:
    """Free parameters of T and S; a variance of 0 between therapists gives small ones."""
    t11, t12, t22, s11, s12, s22 = theta
    l11 = np.sqrt(max(t11, 1e-8))
    l21 = t12 / l11
    l22 = np.sqrt(max(t22 - l21**2, 1e-8))
    k11 = np.sqrt(s11)
    return np.array(
        [l11, l21, l22, np.log(k11), s12 / k11, np.log(s22 - s12**2 / s11) / 2], dtype=float
    )


Outward = Callable[[float], float]
"""From a value to the next one that is further away from the estimate."""


@dataclass(frozen=True)
class _Parameter:
    """A parameter that a profile holds fixed: how, from which start, and where its limits are.

    A limit of the parameter space is a number where the likelihood is not 0, else the steps in
    which it is approached.
    """

    build: Callable[[float, Values], tuple[Values, ...]]
    start: Vector
    estimate: float
    low: float | Outward
    high: float | Outward


def _parameters(theta: Vector) -> dict[str, _Parameter]:
    """Every parameter with an interval; raters are numbered 0 (patients) and 1 (therapists)."""
    found: dict[str, _Parameter] = {}
    for rater in (0, 1):
        own = np.array(_swapped(tuple(theta))) if rater else theta
        free = _cholesky(own)
        t, s = float(own[0]), float(own[3])
        total = np.r_[np.log(t + s), free[[1, 2, 4, 5]]]
        for name, build, start, estimate, low, high in (
            ("therapist", _with_therapist_variance, free[1:], t, 0.0, _larger),
            ("dyad", _with_dyad_variance, free[[0, 1, 2, 4, 5]], s, _smaller, _larger),
            ("share", _with_share, total, t / (t + s), 0.0, _nearer_one),
        ):
            own_build = partial(_for_other_rater, build) if rater else build
            found[f"{name} {rater}"] = _Parameter(own_build, start, estimate, low, high)
    free = _cholesky(theta)
    spreads = np.log(np.maximum([theta[0], theta[2]], 1e-8)) / 2
    between = float(np.clip(theta[1] / np.sqrt(max(theta[0] * theta[2], 1e-300)), -1, 1))
    found["generalised"] = _Parameter(
        _with_generalised, np.r_[spreads, free[3:]], between, -1.0, 1.0
    )
    inside = np.log([theta[3], theta[5]]) / 2
    within = float(theta[4] / np.sqrt(theta[3] * theta[5]))
    found["dyadic"] = _Parameter(_with_dyadic, np.r_[free[:3], inside], within, _lower_r, _higher_r)
    return found


def _smaller(variance: float) -> float:
    return variance / 1.4


def _larger(variance: float) -> float:
    return 1.4 * variance + 0.02


def _nearer_one(share: float) -> float:
    return share + (1 - share) / 4


def _lower_r(r: float) -> float:
    return float(np.tanh(np.arctanh(r) - 0.2))


def _higher_r(r: float) -> float:
    return float(np.tanh(np.arctanh(r) + 0.2))


def _for_other_rater(
    build: Callable[[float, Values], tuple[Values, ...]], value: float, free: Values
) -> tuple[Values, ...]:
    return _swapped(build(value, free))


def _components(
    deviance: Deviance, theta: Vector, lowest: float, critical: float
) -> dict[str, Component]:
    """Estimates with intervals and tests, in units of the scaled reports."""
    from scipy.special import chdtrc

    reasons = _boundaries(theta)
    found = {}
    for name, parameter in _parameters(theta).items():
        reason = reasons.get(name)
        if reason and name == "generalised" and "undefined" in reason:
            found[name] = Component(np.nan, np.nan, np.nan, np.nan, reason)
            continue
        excess = _Profile(deviance, parameter, lowest)
        low, high = (_limit(excess, edge, critical) for edge in (parameter.low, parameter.high))
        p = np.nan
        if name in {"generalised", "dyadic"}:
            p = float(chdtrc(1, excess(0.0)))
        elif name.startswith("therapist"):
            raised = excess(0.0)
            p = float((chdtrc(1, raised) + chdtrc(2, raised)) / 2)
        found[name] = Component(parameter.estimate, low, high, p, reason)
    return found


class _Profile:
    """How far a fixed value of one parameter raises the deviance, at the best of the others."""

    def __init__(self, deviance: Deviance, parameter: _Parameter, lowest: float):
        self.deviance, self.parameter, self.lowest = deviance, parameter, lowest
        self.known = {parameter.estimate: 0.0}

    def __call__(self, value: float) -> float:
        if value not in self.known:
            build = partial(self.parameter.build, value)
            fit = _fit(self.deviance, self.parameter.start, build)
            self.known[value] = max(fit.value - self.lowest, 0.0)
        return self.known[value]


def _limit(excess: _Profile, bound: float | Outward, critical: float) -> float:
    """The value between estimate and bound that raises the deviance by the critical value."""
    from scipy.optimize import brentq

    def gap(value: float) -> float:
        # The root of the excess is nearly linear, so that it is solved in few steps.
        return float(np.sqrt(excess(value)) - np.sqrt(critical))

    inner = excess.parameter.estimate
    if callable(bound):
        outer = bound(inner)
        while gap(outer) < 0:
            inner, outer = outer, bound(outer)
            if inner == outer:
                return inner
    elif gap(bound) <= 0:
        return bound
    else:
        outer = bound
    return float(brentq(gap, inner, outer, xtol=1e-9, rtol=1e-9))


def _to_boundary(theta: Vector) -> Vector:
    """T on its boundary where the search came so close that only its last steps are missing."""
    t11, t12, t22, s11, s12, s22 = theta
    t11, t22 = (0.0 if t <= _ZERO * (t + s) else t for t, s in ((t11, s11), (t22, s22)))
    largest = np.sqrt(t11 * t22)
    t12 = float(np.sign(t12) * largest) if abs(t12) >= (1 - _PERFECT) * largest else t12
    return np.array([t11, t12, t22, s11, s12, s22])


def _boundaries(theta: Vector) -> dict[str, str]:
    """Parameters estimated at the edge of what is possible, each with a sentence."""
    found: dict[str, str] = {}
    t11, t12, t22, *_ = theta
    for rater, (name, t) in enumerate((("patients'", t11), ("therapists'", t22))):
        if t == 0:
            sentence = f"The therapist variance of {name} reports is estimated as zero."
            found |= {f"therapist {rater}": sentence, f"share {rater}": sentence}
    if found:
        found["generalised"] = (
            "Generalised reciprocity is undefined, since a therapist variance is estimated as zero."
        )
    elif abs(t12) == np.sqrt(t11 * t22):
        sign = "1" if t12 > 0 else "-1"
        found["generalised"] = (
            f"Generalised reciprocity is estimated at its boundary, {sign}; only its interval says"
            " how far from it the correlation may be."
        )
    return found


def _rescaled(
    components: dict[str, Component], rater: int, scale: float
) -> tuple[Component, Component, Component]:
    def times(found: Component) -> Component:
        values = np.array([found.estimate, found.ci_low, found.ci_high]) * scale**2
        estimate, low, high = (float(value) for value in values)
        return Component(estimate, low, high, found.p, found.reason)

    return (
        times(components[f"therapist {rater}"]),
        times(components[f"dyad {rater}"]),
        components[f"share {rater}"],
    )
