"""Reference-based imputation: contrasts of arms, Rubin's rules, resampling, tipping point.

Two variances, which differ under reference-based strategies. Rubin's (`pooled_contrasts`) adds what
is not known of the imputed values; resampling (`resampled_contrasts`) is the variance of the
estimate over repeated trials.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.cluster_robust import Sandwich, cluster_robust
from attune.stats.imputed_outcomes import (
    Imputations,
    Strategy,
    arm_of_units,
    bootstrap_counts,
    complete_outcomes,
    delta_adjustment,
    fit_arms,
    impute_outcomes,
    strategies_by_arm,
)
from attune.stats.incomplete_normal import NormalFit
from attune.stats.regression import CoefficientTest, coefficient_test
from attune.stats.rubins_rules import PooledEstimate, pool
from attune.stats.trial_outcomes import TrialOutcomes, trial_outcomes

__all__ = [
    "Imputations",
    "ImputedContrast",
    "ResampledContrast",
    "ResampledParameters",
    "Strategy",
    "TippingPoint",
    "TrialOutcomes",
    "delta_adjustment",
    "impute_outcomes",
    "pooled_contrasts",
    "resample_parameters",
    "resampled_contrasts",
    "tipping_point",
    "trial_outcomes",
]
"""What an analysis needs, from arranging the data to the contrasts."""

Array = NDArray[np.float64]

Resampling = Literal["jackknife", "bootstrap"]


@dataclass(frozen=True)
class ImputedContrast:
    """An arm minus the reference arm at a visit, from imputed data.

    Attributes
    ----------
    arm, reference, visit : hashable
    delta : dict
        Arm -> delta.
    pooled : PooledEstimate
        By Rubin's rules.
    """

    arm: Hashable
    reference: Hashable
    visit: Hashable
    delta: Mapping[Hashable, float]
    pooled: PooledEstimate


def pooled_contrasts(
    imputations: Imputations,
    visit: Hashable,
    delta: Mapping[Hashable, float] | None = None,
    interval: float = 0.95,
) -> tuple[ImputedContrast, ...]:
    """Contrasts at a visit by analysis of covariance of every data set, pooled by Rubin's rules.

    Outcome at the visit on arm, covariates and baseline. With clusters standard errors and complete
    degrees of freedom are cluster-robust (`cluster_robust`), otherwise those of least squares.
    Rubin's variance counts what the assumption about the missing outcomes adds; under
    reference-based strategies it is larger than the variance of the estimate in repeated trials,
    and keeps the information lost by missing values about as it is under missing at random
    (Cro, Carpenter & Kenward, 2019). `resampled_contrasts` gives the variance in repeated trials.

    Parameters
    ----------
    imputations : Imputations
    visit : hashable
    delta : mapping of arm to float, optional
        See `delta_adjustment`.
    interval : float
        Coverage.

    References
    ----------
    Cro, S., Carpenter, J. R., & Kenward, M. G. (2019). Information-anchored sensitivity analysis:
    Theory and application. Journal of the Royal Statistical Society A, 182, 623-645.
    https://doi.org/10.1111/rssa.12423
    """
    analysis = _CovarianceAnalysis.of(imputations, visit)
    return analysis.pooled(dict(delta or {}), interval)


def _visit_place(data: TrialOutcomes, visit: Hashable) -> int:
    if visit not in data.visits:
        raise AnalysisError(
            f"There is no visit {visit!r}; visits are {', '.join(map(repr, data.visits))}."
        )
    return data.n_before + data.visits.index(visit)


def _design(data: TrialOutcomes, before: Array) -> Array:
    """Ones, arms and columns before the visits; shape (..., n, 1 + arms - 1 + n_before)."""
    arms = (data.arm[:, None] == np.arange(1, len(data.arms))).astype(float)
    fixed = np.column_stack([np.ones(len(arms)), arms])
    lead = before.shape[:-2]
    return np.concatenate([np.broadcast_to(fixed, (*lead, *fixed.shape)), before], axis=-1)


class _Ancova:
    """Contrasts of arms by outcomes that share a design."""

    def __init__(self, data: TrialOutcomes, before: Array):
        self.design = _design(data, before)
        self.picked = np.arange(1, len(data.arms))
        n, p = self.design.shape
        self.sandwich: Sandwich | None = None
        if data.clusters is not None:
            # What is taken from this fit does not depend on the outcome.
            self.sandwich = cluster_robust(np.zeros(n), self.design, data.clusters).sandwich
            self.bread = self.sandwich.bread
            self.df = np.array(
                [self.sandwich.degrees_of_freedom(np.eye(p)[k]) for k in self.picked]
            )
        else:
            self.bread = np.asarray(np.linalg.inv(self.design.T @ self.design), dtype=float)
            self.df = np.full(len(self.picked), float(n - p))

    def contrasts(self, outcomes: Array) -> tuple[Array, Array, Array]:
        """Estimates, variances and degrees of freedom (m, arms - 1) of outcomes (m, n)."""
        coefficients = outcomes @ self.design @ self.bread
        rest = outcomes - coefficients @ self.design.T
        if self.sandwich is not None:
            variances = np.diagonal(self.sandwich.covariance(rest), axis1=-2, axis2=-1)
        else:
            variances = (rest**2).sum(axis=1)[:, None] / self.df[0] * np.diag(self.bread)
        dfs = np.broadcast_to(self.df, (len(outcomes), len(self.df)))
        return coefficients[:, self.picked], variances[:, self.picked], dfs


@dataclass(frozen=True)
class _CovarianceAnalysis:
    """The analyses of covariance of completed data sets at a visit, for any delta.

    A delta moves outcomes alone, so that what depends on the design is computed once.
    """

    imputations: Imputations
    visit: Hashable
    designs: tuple[_Ancova, ...]
    """One for all data sets, or one of each where covariates are imputed."""

    @classmethod
    def of(cls, imputations: Imputations, visit: Hashable) -> "_CovarianceAnalysis":
        """Designs of completed data sets."""
        data, completed = imputations.data, imputations.completed
        _visit_place(data, visit)
        before = completed[:, :, : data.n_before]
        if np.isfinite(data.outcomes[:, : data.n_before]).all():
            before = before[:1]
        return cls(imputations, visit, tuple(_Ancova(data, one) for one in before))

    def pooled(self, delta: dict[Hashable, float], interval: float) -> tuple[ImputedContrast, ...]:
        """Every contrast, pooled by Rubin's rules."""
        data = self.imputations.data
        values = self.imputations.completed + delta_adjustment(data, delta)
        outcomes = values[:, :, _visit_place(data, self.visit)]
        if len(self.designs) == 1:
            estimates, variances, dfs = self.designs[0].contrasts(outcomes)
        else:
            results = [
                design.contrasts(one[None])
                for design, one in zip(self.designs, outcomes, strict=True)
            ]
            estimates, variances, dfs = (
                np.concatenate(part) for part in zip(*results, strict=True)
            )
        return tuple(
            ImputedContrast(
                arm=arm,
                reference=data.arms[0],
                visit=self.visit,
                delta=delta,
                pooled=pool(estimates[:, k], variances[:, k], float(dfs[:, k].mean()), interval),
            )
            for k, arm in enumerate(data.arms[1:])
        )


@dataclass(frozen=True)
class TippingPoint:
    """Where a delta takes the significance of a contrast away.

    Attributes
    ----------
    arm, visit : hashable
    delta : float
        In units of the outcome, added to imputed outcomes of the arm; NaN without a tipping point.
    reason : str
        Why there is none, or empty.
    path : tuple of ImputedContrast
        The contrasts at the deltas of a grid from 0 to the largest one.
    """

    arm: Hashable
    visit: Hashable
    delta: float
    reason: str
    path: tuple[ImputedContrast, ...]


def tipping_point(
    imputations: Imputations,
    visit: Hashable,
    arm: Hashable,
    largest: float,
    steps: int = 10,
    level: float = 0.05,
    others: Mapping[Hashable, float] | None = None,
) -> TippingPoint:
    """The delta of one arm at which its contrast is no longer significant.

    All deltas are added to the same imputed data sets, so that only delta changes along the path.

    Parameters
    ----------
    imputations : Imputations
    visit, arm : hashable
    largest : float
        Largest delta that is looked at; its sign is the direction that harms the arm (positive
        where lower outcomes are better).
    steps : int
        Steps of the grid; the tipping point is searched for in the first one in which p crosses the
        level.
    level : float
        Two-tailed.
    others : mapping of arm to float, optional
        Fixed deltas of other arms.

    References
    ----------
    Yan, X., Lee, S., & Li, N. (2009). Missing data handling methods in medical device clinical
    trials. Journal of Biopharmaceutical Statistics, 19, 1085-1098.
    """
    from scipy.optimize import brentq

    if arm not in imputations.data.arms[1:]:
        raise AnalysisError(f"{arm!r} is not an arm that is compared with the reference arm.")
    if largest == 0 or steps < 1:
        raise AnalysisError("A tipping point needs a largest delta other than 0 and a step.")
    place = imputations.data.arms[1:].index(arm)
    analysis = _CovarianceAnalysis.of(imputations, visit)

    def at(delta: float) -> ImputedContrast:
        return analysis.pooled({**(others or {}), arm: delta}, 1 - level)[place]

    grid = np.linspace(0.0, largest, steps + 1)
    path = tuple(at(float(delta)) for delta in grid)
    sign = np.sign(path[0].pooled.test.estimate)

    def margin(contrast: ImputedContrast) -> float:
        """Limit of the interval on the side of 0, positive while significant in the direction."""
        test = contrast.pooled.test
        return float(test.ci_low if sign > 0 else -test.ci_high)

    margins = [margin(contrast) for contrast in path]
    if margins[0] <= 0:
        return TippingPoint(arm, visit, np.nan, "The contrast is not significant at delta 0.", path)
    crossed = [k for k in range(1, len(grid)) if margins[k] <= 0]
    if not crossed:
        reason = f"The contrast is significant up to a delta of {largest:g}."
        return TippingPoint(arm, visit, np.nan, reason, path)
    low, high = grid[crossed[0] - 1], grid[crossed[0]]
    found = brentq(lambda delta: margin(at(delta)), low, high, xtol=abs(largest) * 1e-6)
    return TippingPoint(arm, visit, float(found), "", path)


@dataclass(frozen=True)
class ResampledContrast:
    """An arm minus the reference arm at a visit, with its variance in repeated trials.

    Attributes
    ----------
    arm, reference, visit : hashable
    test : CoefficientTest
    n_units : int
        Persons or clusters that were left out or resampled.
    resampling : str
    """

    arm: Hashable
    reference: Hashable
    visit: Hashable
    test: CoefficientTest
    n_units: int
    resampling: str


@dataclass(frozen=True)
class ResampledParameters:
    """Maximum likelihood estimates of the imputation model in all data and in parts of them.

    Attributes
    ----------
    data : TrialOutcomes
    counts : ndarray, shape (1 + b, n)
        How often each person counts; the first row is the data as they are.
    fits : tuple of NormalFit
        One for each arm; a batch of 1 + b.
    strata : ndarray of int
        Arm of each unit; 0 for all where some unit has persons in several arms.
    resampling : str
    """

    data: TrialOutcomes
    counts: Array = field(repr=False)
    fits: tuple[NormalFit, ...] = field(repr=False)
    strata: NDArray[np.intp] = field(repr=False)
    resampling: str


def resample_parameters(
    data: TrialOutcomes,
    resampling: Resampling = "jackknife",
    generator: np.random.Generator | None = None,
    samples: int = 500,
) -> ResampledParameters:
    """Fit the imputation model without each unit or in bootstrap samples; for all strategies.

    Parameters
    ----------
    data : TrialOutcomes
        Units are its clusters, or else its persons.
    resampling : str
        jackknife, or bootstrap within arms.
    generator : numpy.random.Generator, optional
        Needed by the bootstrap.
    samples : int
        Bootstrap samples.
    """
    n = len(data.arm)
    units = np.arange(n) if data.clusters is None else data.clusters
    if resampling == "jackknife":
        counts = (np.arange(int(units.max()) + 1)[:, None] != units).astype(float)
    elif resampling == "bootstrap" and generator is not None:
        counts = bootstrap_counts(data, samples, generator)
    else:
        raise AnalysisError(
            f"The resampling is {resampling!r}; it must be 'jackknife', or 'bootstrap' with a"
            " generator of random numbers."
        )
    counts = np.concatenate([np.ones((1, n)), counts])
    fits = tuple(fit_arms(data, counts))
    return ResampledParameters(data, counts, fits, arm_of_units(data, units), resampling)


def resampled_contrasts(
    source: TrialOutcomes | ResampledParameters,
    strategy: Strategy | Mapping[Hashable, Strategy],
    visit: Hashable,
    delta: Mapping[Hashable, float] | None = None,
    interval: float = 0.95,
) -> tuple[ResampledContrast, ...]:
    r"""Contrasts by conditional mean imputation, with jackknife or bootstrap standard errors.

    Missing values are replaced once by their expected value under the maximum likelihood estimates
    of the imputation model; imputation and analysis of covariance are repeated without each person
    (or cluster), or in bootstrap samples of them. The standard error is that of the estimate in
    repeated trials, for reference-based strategies too.

    .. math:: se^2 = \sum_a \frac{k_a - 1}{k_a} \sum_{j \in a} (Q_{(j)} - \bar Q_a)^2

    over the k units j of each arm (over all units where some have persons in several arms); with
    the bootstrap the variance over its samples. The degrees of freedom are the number of units
    minus that of arms.

    Parameters
    ----------
    source : TrialOutcomes or ResampledParameters
        `resample_parameters` serves several strategies, visits and deltas; data alone are
        resampled by the jackknife.
    strategy : str or mapping of arm to str
    visit : hashable
    delta : mapping of arm to float, optional
        See `delta_adjustment`.
    interval : float
        Coverage.

    References
    ----------
    Wolbers, M., Noci, A., Delmar, P., Gower-Page, C., Yiu, S., & Bartlett, J. W. (2022). Standard
    and reference-based conditional mean imputation. Pharmaceutical Statistics, 21, 1246-1257.
    https://doi.org/10.1002/pst.2234
    """
    parameters = resample_parameters(source) if isinstance(source, TrialOutcomes) else source
    data, strata = parameters.data, parameters.strata
    shift = delta_adjustment(data, dict(delta or {}))
    found = _mean_contrasts(
        parameters, strategies_by_arm(data, strategy), _visit_place(data, visit), shift
    )
    estimate, replicates = found[0], found[1:]
    if parameters.resampling == "jackknife":
        variance = np.zeros_like(estimate)
        for stratum in np.unique(strata):
            part = replicates[strata == stratum]
            k = len(part)
            variance += (k - 1) / k * ((part - part.mean(axis=0)) ** 2).sum(axis=0)
    else:
        variance = replicates.var(axis=0, ddof=1)
    df = float(len(strata) - len(data.arms))
    return tuple(
        ResampledContrast(
            arm=arm,
            reference=data.arms[0],
            visit=visit,
            test=coefficient_test(float(estimate[k]), float(np.sqrt(variance[k])), df, interval),
            n_units=len(strata),
            resampling=parameters.resampling,
        )
        for k, arm in enumerate(data.arms[1:])
    )


def _mean_contrasts(
    parameters: ResampledParameters, strategies: Mapping[Hashable, str], place: int, shift: Array
) -> Array:
    """Contrasts (1 + b, arms - 1) by conditional mean imputation."""
    data, counts = parameters.data, parameters.counts
    values = complete_outcomes(data, parameters.fits, strategies, None) + shift
    design = _design(data, values[:, :, : data.n_before])
    weighted = design * counts[:, :, None]
    normal = weighted.transpose(0, 2, 1) @ design
    product = weighted.transpose(0, 2, 1) @ values[:, :, place, None]
    found: Any = np.linalg.solve(normal, product)[:, 1 : len(data.arms), 0]
    return np.asarray(found, dtype=float)
