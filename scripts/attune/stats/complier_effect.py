"""Complier average causal effect of a trial in which not all receive what they are assigned to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.cluster_robust import cluster_robust
from attune.stats.regression import CoefficientTest

WEAK_INSTRUMENT = 10.0
"""F of the first stage below which two-stage least squares is biased and its intervals are too
narrow (Staiger & Stock, 1997, https://doi.org/10.2307/2171753)."""


@dataclass(frozen=True)
class ComplierEffect:
    """Effect of the treatment in those who receive it exactly if assigned to it.

    Attributes
    ----------
    effect : CoefficientTest
        Of receiving the treatment, in units of the outcome.
    intention_to_treat : CoefficientTest
        Of being assigned to it, with the same covariates.
    compliance : CoefficientTest
        Share that receives it if assigned minus share that receives it otherwise, with the same
        covariates: the share of compliers.
    received : tuple of float
        Share that receives it among the assigned and among the others.
    n, n_clusters : int
    messages : tuple of str
    """

    effect: CoefficientTest
    intention_to_treat: CoefficientTest
    compliance: CoefficientTest
    received: tuple[float, float]
    n: int
    n_clusters: int
    messages: tuple[str, ...]


def complier_average_causal_effect(
    outcome: ArrayLike,
    received: ArrayLike,
    assigned: ArrayLike,
    covariates: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    interval: float = 0.95,
) -> ComplierEffect:
    r"""Two-stage least squares with the assignment as instrument of the treatment received.

    .. math:: \hat D = Z (Z'Z)^{-1} Z' D, \qquad
              \hat\beta = (\hat D' \hat D)^{-1} \hat D' y, \qquad e = y - D \hat\beta

    where D holds the ones, the treatment received and the covariates, and Z the assignment in its
    place. Without covariates this is the difference of the outcomes between the assigned and the
    others over the difference of their shares that receive the treatment. It is the effect in
    compliers where assignment is random, acts only through the treatment, and keeps nobody from it
    who would otherwise receive it. Standard errors are CR2 (see `cluster_robust`) with the
    residuals e.

    Parameters
    ----------
    outcome, received, assigned : array_like, shape (n,)
        received is 0 or 1 (or a share of the sessions, from 0 to 1), assigned 0 or 1.
    covariates : array_like, shape (n, k), optional
    clusters : array_like, shape (n,), optional
        Therapist, group or site; each patient alone if not given. Nothing may be missing.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        Other values of `assigned` or `received`, one arm only, no difference in the treatment
        received.

    References
    ----------
    Angrist, J. D., Imbens, G. W., & Rubin, D. B. (1996). Identification of causal effects using
    instrumental variables. Journal of the American Statistical Association, 91, 444-455.
    https://doi.org/10.1080/01621459.1996.10476902

    Examples
    --------
    Half of the assigned receive the treatment; outcomes differ by 1 between arms, so that the
    effect in compliers is 2:

    >>> found = complier_average_causal_effect(
    ...     [3, 1, 2, 2, 1, 1, 0, 2], [1, 1, 0, 0, 0, 0, 0, 0], [1] * 4 + [0] * 4)
    >>> round(found.effect.estimate, 6), round(found.compliance.estimate, 6)
    (2.0, 0.5)
    """
    y, d, z = (np.asarray(values, dtype=float) for values in (outcome, received, assigned))
    _check(d, z)
    others = np.zeros((len(y), 0)) if covariates is None else np.asarray(covariates, dtype=float)
    groups = np.arange(len(y)) if clusters is None else np.asarray(clusters)
    ones = np.ones(len(y))
    instruments = np.column_stack([ones, z, others])
    first = cluster_robust(d, instruments, groups).test(_second(instruments), interval)
    fitted = instruments @ np.linalg.lstsq(instruments, d, rcond=None)[0]
    if abs(first.estimate) < 1e-12:
        raise AnalysisError(
            "As many of the assigned as of the others receive the treatment, so that there is no"
            " complier; report the intention-to-treat effect alone."
        )
    projected = np.column_stack([ones, fitted, others])
    coefficients = np.linalg.lstsq(projected, y, rcond=None)[0]
    rest = y - np.column_stack([ones, d, others]) @ coefficients
    second = cluster_robust(y, projected, groups, residuals=rest)
    messages = []
    strength = np.inf if first.se == 0 else first.t**2
    if strength < WEAK_INSTRUMENT:
        messages.append(
            f"Assignment is a weak instrument (first-stage F = {strength:.2f}, below"
            f" {WEAK_INSTRUMENT:g}): effect and interval are unreliable."
        )
    return ComplierEffect(
        effect=second.test(_second(projected), interval),
        intention_to_treat=cluster_robust(y, instruments, groups).test(
            _second(instruments), interval
        ),
        compliance=first,
        received=(float(d[z == 1].mean()), float(d[z == 0].mean())),
        n=len(y),
        n_clusters=second.n_clusters,
        messages=tuple(messages),
    )


def _second(design: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights that pick the second coefficient."""
    return np.eye(design.shape[1])[1]


def _check(received: NDArray[np.float64], assigned: NDArray[np.float64]) -> None:
    if not np.isin(assigned, (0.0, 1.0)).all() or len(set(assigned)) < 2:
        raise AnalysisError("The assignment must be 0 or 1, with patients of both arms.")
    if not ((received >= 0) & (received <= 1)).all():
        raise AnalysisError("The treatment received must be 0 or 1, or a share from 0 to 1.")
