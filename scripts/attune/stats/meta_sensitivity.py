"""How much an average effect depends on single studies: leave-one-out, influence, cumulation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.heterogeneity import (
    Method,
    checked_studies,
    estimate_tau2,
    weighted_least_squares,
)
from attune.stats.meta_analysis import (
    EQUAL_EFFECTS,
    AverageEffect,
    Prediction,
    ScaledFit,
    Test,
    random_effects,
    scaled_fit,
)

Vector = NDArray[np.float64]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class PartialAnalysis:
    """A meta-analysis of some of the studies.

    Attributes
    ----------
    id : str
        The study left out (leave-one-out) or added last (cumulative).
    result : AverageEffect
        Without Q-profile intervals.
    """

    id: str
    result: AverageEffect


def leave_one_out(
    effects: ArrayLike,
    variances: ArrayLike,
    ids: Sequence[object] | None = None,
    method: Method = "REML",
    test: Test = "knapp-hartung",
    prediction: Prediction = "t(k-1)",
    interval: float = 0.95,
) -> list[PartialAnalysis]:
    """The meta-analysis without each study in turn.

    Shows whether one study carries the result. It does not show two studies that hide each other,
    and that the estimate stays where it is says nothing about a bias that all studies share.

    Parameters
    ----------
    effects, variances, ids, method, test, prediction, interval
        As for `random_effects`; at least two studies.

    Examples
    --------
    >>> found = leave_one_out([0.0, 1.0], [0.25, 0.25], ["A", "B"])
    >>> [(part.id, part.result.effect.estimate) for part in found]
    [('A', 1.0), ('B', 0.0)]
    """
    y, v, names = checked_studies(effects, variances, ids)
    if len(y) < 2:
        raise AnalysisError("Leaving one study out needs at least two studies, found 1.")
    parts = []
    for place, name in enumerate(names):
        kept = np.arange(len(y)) != place
        others = [*names[:place], *names[place + 1 :]]
        result = random_effects(
            y[kept], v[kept], others, method, test, prediction, interval, profile=False
        )
        parts.append(PartialAnalysis(name, result))
    return parts


def cumulative(
    effects: ArrayLike,
    variances: ArrayLike,
    order: ArrayLike,
    ids: Sequence[object] | None = None,
    method: Method = "REML",
    test: Test = "knapp-hartung",
    prediction: Prediction = "t(k-1)",
    interval: float = 0.95,
) -> list[PartialAnalysis]:
    """The meta-analysis after each study, in the order of years or another value.

    Describes how evidence grew. The steps are not independent tests: looked at one after the other,
    one of them is significant by chance more often than the level says.

    Parameters
    ----------
    effects, variances, ids, method, test, prediction, interval
        As for `random_effects`.
    order : array_like, shape (k,)
        Ascending; studies with the same value are added in the order given.

    References
    ----------
    Lau, J., Schmid, C. H., & Chalmers, T. C. (1995). Cumulative meta-analysis of clinical trials
    builds evidence for exemplary medical care. Journal of Clinical Epidemiology, 48, 45-57.
    https://doi.org/10.1016/0895-4356(94)00106-z

    Examples
    --------
    >>> found = cumulative([0.0, 1.0], [0.25, 0.25], [2001, 1999], ["A", "B"])
    >>> [(part.id, round(part.result.effect.estimate, 6)) for part in found]
    [('B', 1.0), ('A', 0.5)]
    """
    y, v, names = checked_studies(effects, variances, ids)
    values = np.asarray(order, dtype=float)
    if values.shape != y.shape or not np.isfinite(values).all():
        raise AnalysisError(
            f"The order must be a finite number for each of {len(y)} studies, found"
            f" {values.tolist()}."
        )
    sequence = np.argsort(values, kind="stable")
    return [
        PartialAnalysis(
            names[sequence[count - 1]],
            random_effects(
                y[sequence[:count]],
                v[sequence[:count]],
                [names[place] for place in sequence[:count]],
                method,
                test,
                prediction,
                interval,
                profile=False,
            ),
        )
        for count in range(1, len(y) + 1)
    ]


@dataclass(frozen=True)
class Influence:
    """Influence of single studies on a meta-analysis.

    Attributes
    ----------
    ids : tuple of str, length k
    rstudent : ndarray, shape (k,)
        Studentised deleted residual: the effect minus what the other studies predict, over its
        standard error. Beyond 1.96 in one of twenty studies by chance. NaN where the other studies
        are equal, so that their Knapp-Hartung variance is 0.
    dffits : ndarray, shape (k,)
        Change of the study's predicted effect, in standard errors.
    cook : ndarray, shape (k,)
        Cook's distance: change of all coefficients, a chi-square-like distance.
    covariance_ratio : ndarray, shape (k,)
        Determinant of the covariance of the coefficients without the study over that with it;
        below 1 where the study makes them less precise.
    tau2_deleted, q_deleted : ndarray, shape (k,)
        Without the study.
    hat, weight : ndarray, shape (k,)
        Leverage, from 0 to 1; weight in percent.
    dfbetas : ndarray, shape (k, p)
        Change of each coefficient in standard errors.
    influential : ndarray of bool, shape (k,)
        By one of the rules of `influence`.
    """

    ids: tuple[str, ...]
    rstudent: Vector
    dffits: Vector
    cook: Vector
    covariance_ratio: Vector
    tau2_deleted: Vector
    q_deleted: Vector
    hat: Vector
    weight: Vector
    dfbetas: Array
    influential: NDArray[np.bool_]


def influence(
    effects: ArrayLike,
    variances: ArrayLike,
    ids: Sequence[object] | None = None,
    moderators: ArrayLike | None = None,
    method: Method = "REML",
    test: Test = "knapp-hartung",
) -> Influence:
    r"""Case diagnostics of a meta-analysis or meta-regression, each study left out in turn.

    .. math:: t_i = \frac{y_i - x_i' b_{(i)}}{\sqrt{s_{(i)}^2 (v_i + \tau_{(i)}^2)
              + x_i' V_{(i)} x_i}}, \qquad D_i = (b - b_{(i)})' V^{-1} (b - b_{(i)})

    A study counts as influential if dffits exceeds :math:`3 \sqrt{p / (k - p)}`, D exceeds the
    median of a chi-square with p degrees of freedom, the leverage exceeds 3 p / k, or a dfbetas
    exceeds 1. These are marks for looking again, not reasons to leave a study out, and with few
    studies each of them has much influence.

    Parameters
    ----------
    effects, variances, ids, method, test
        As for `random_effects`.
    moderators : array_like, shape (k, q), optional
        As for `meta_regression`.

    Raises
    ------
    AnalysisError
        Fewer than q + 3 studies; see `checked_studies`.

    References
    ----------
    Viechtbauer, W., & Cheung, M. W.-L. (2010). Outlier and influence diagnostics for meta-analysis.
    Research Synthesis Methods, 1, 112-125. https://doi.org/10.1002/jrsm.11

    Examples
    --------
    >>> found = influence([0.1, 0.2, 0.15, 2.0], [0.01] * 4, ["A", "B", "C", "D"])
    >>> [name for name, mark in zip(found.ids, found.influential) if mark]
    ['D']
    """
    y, v, names = checked_studies(effects, variances, ids)
    x = np.ones((len(y), 1))
    if moderators is not None:
        x = np.column_stack([x, np.asarray(moderators, dtype=float)])
    k, p = x.shape
    if k < p + 2:
        raise AnalysisError(f"Influence needs at least {p + 2} studies, found {k}.")
    if not np.isfinite(x).all() or np.linalg.matrix_rank(x) < p:
        raise AnalysisError("A moderator is missing, constant or determined by the others.")
    whole = scaled_fit(y, v, x, estimate_tau2(y, v, x, method), test)
    if not (whole.covariance.diagonal() > 0).all():
        raise AnalysisError(f"{EQUAL_EFFECTS} Use it, or z, for the influence of studies.")
    hat = _leverages(x, whole)
    rows = np.array([_without(y, v, x, place, whole, hat, method, test) for place in range(k)])
    weights = whole.fit.weights
    dfbetas = rows[:, 6:]
    return Influence(
        ids=tuple(names),
        rstudent=rows[:, 0],
        dffits=rows[:, 1],
        cook=rows[:, 2],
        covariance_ratio=rows[:, 3],
        tau2_deleted=rows[:, 4],
        q_deleted=rows[:, 5],
        hat=hat,
        weight=100 * weights / weights.sum(),
        dfbetas=dfbetas,
        influential=_marks(rows[:, 1], rows[:, 2], hat, dfbetas, k, p),
    )


def _leverages(x: Array, whole: ScaledFit) -> Vector:
    fit = whole.fit
    return np.asarray(fit.weights * np.einsum("kp,pq,kq->k", x, fit.covariance, x))


def _without(
    y: Vector,
    v: Vector,
    x: Array,
    place: int,
    whole: ScaledFit,
    hat: Vector,
    method: Method,
    test: Test,
) -> Vector:
    """rstudent, dffits, Cook's D, covariance ratio, tau2, Q and dfbetas of one study."""
    kept = np.arange(len(y)) != place
    rest = np.linalg.matrix_rank(x[kept])
    if rest < x.shape[1]:
        return np.full(6 + x.shape[1], np.nan)
    tau2 = estimate_tau2(y[kept], v[kept], x[kept], method)
    part = scaled_fit(y[kept], v[kept], x[kept], tau2, test)
    # The factor of the Knapp-Hartung covariance; 1 for z.
    scale = float(part.covariance[0, 0] / part.fit.covariance[0, 0])
    change = whole.fit.coefficients - part.fit.coefficients
    residual = float(y[place] - x[place] @ part.fit.coefficients)
    total = scale * (v[place] + tau2)
    spread = total + float(x[place] @ part.covariance @ x[place])
    with_all = weighted_least_squares(y, v, x, tau2).covariance.diagonal()
    return np.array(
        [
            residual / np.sqrt(spread) if spread > 0 else np.nan,
            float(x[place] @ change) / np.sqrt(hat[place] * total) if total > 0 else np.nan,
            float(change @ np.linalg.solve(whole.covariance, change)),
            np.linalg.det(part.covariance) / np.linalg.det(whole.covariance),
            tau2,
            weighted_least_squares(y[kept], v[kept], x[kept], 0.0).q,
            *(change / np.sqrt(scale * with_all) if scale > 0 else np.full(len(change), np.nan)),
        ]
    )


def _marks(
    dffits: Vector, cook: Vector, hat: Vector, dfbetas: Array, k: int, p: int
) -> NDArray[np.bool_]:
    from scipy.special import chdtr

    return np.asarray(
        (np.abs(dffits) > 3 * np.sqrt(p / (k - p)))
        | (chdtr(p, cook) > 0.5)
        | (hat > 3 * p / k)
        | (np.abs(dfbetas) > 1).any(axis=1)
    )
