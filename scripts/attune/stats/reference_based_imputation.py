"""Missing outcomes of a trial: missing at random, reference-based imputation, delta adjustment.

The imputation model is one multivariate normal distribution of covariates, baseline and visits in
each arm, unstructured. It has no random effect of therapists: imputed outcomes of patients of one
therapist are related only through what was observed of them. Analyses of the imputed data respect
clusters by their standard errors, and the resampled variance by resampling whole clusters.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.cluster_robust import cluster_robust
from attune.stats.incomplete_normal import (
    NormalFit,
    Pattern,
    draw_missing,
    fit_normal,
    missing_patterns,
    posterior_draws,
)
from attune.stats.model_formula import require_columns
from attune.stats.regression import CoefficientTest, coefficient_test
from attune.stats.rubins_rules import PooledEstimate, pool

Array = NDArray[np.float64]

Strategy = Literal["missing_at_random", "jump_to_reference", "copy_increments", "copy_reference"]
"""What outcomes after the last observed visit are like (Carpenter, Roger & Kenward, 2013).

missing_at_random: as in those of the same arm with the same past. jump_to_reference: from then on
as in the reference arm, given the deviations from the own arm's means so far. copy_increments: the
mean of the own arm at the last observed visit, plus the changes of the reference arm from then on.
copy_reference: as in the reference arm all along, the past taken as deviations from its means.
"""

Scheme = Literal["posterior", "bootstrap"]
"""How the parameters of the imputation model are drawn. posterior: from their posterior
distribution by data augmentation. bootstrap: maximum likelihood in bootstrap samples of the persons
(or clusters) of each arm, the approximate Bayesian way."""

Resampling = Literal["jackknife", "bootstrap"]

OBSERVED, INTERMITTENT, AFTER_DROPOUT = 0, 1, 2
"""Kinds of a cell: seen; missing before a visit that was seen; missing after the last one seen."""


@dataclass(frozen=True)
class TrialOutcomes:
    """Outcomes of a trial with one row per person.

    Attributes
    ----------
    persons : pandas.DataFrame
        One row per person: person, arm and, where given, cluster.
    outcomes : ndarray, shape (n, p)
        Covariates, then the baseline where there is one, then the visits; NaN where missing.
    visits : tuple
    arms : tuple
        The reference arm first.
    arm : ndarray of int, shape (n,)
        Place of each person's arm in `arms`.
    n_before : int
        Columns before the visits.
    has_baseline : bool
        Whether the last of them is the outcome before treatment.
    kinds : ndarray of int, shape (n, n_visits)
        See `OBSERVED`.
    clusters : ndarray of int, shape (n,), or None
    """

    persons: pd.DataFrame = field(repr=False)
    outcomes: Array = field(repr=False)
    visits: tuple[Hashable, ...]
    arms: tuple[Hashable, ...]
    arm: NDArray[np.intp] = field(repr=False)
    n_before: int
    has_baseline: bool
    kinds: NDArray[np.int8] = field(repr=False)
    clusters: NDArray[np.intp] | None = field(repr=False)

    def patterns(self) -> Iterator[tuple[int, Pattern, int]]:
        """Arm, rows with the same observed columns, and the last column that is not imputed."""
        for place in range(len(self.arms)):
            own = np.flatnonzero(self.arm == place)
            for pattern in missing_patterns(self.outcomes[own]):
                seen = np.flatnonzero(pattern.seen)
                last = max(int(seen[-1]) if len(seen) else -1, self.n_before - 1)
                yield place, Pattern(own[pattern.rows], pattern.seen), last


def trial_outcomes(
    frame: pd.DataFrame,
    outcome: str,
    person: str,
    visit: str,
    arm: str,
    *,
    reference: Hashable,
    baseline: str | None = None,
    baseline_visit: Hashable = None,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
) -> TrialOutcomes:
    """Arrange rows of persons and visits for imputation.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per person and visit. Visits without a row, or with a missing outcome, are missing;
        persons without any outcome have at least one row.
    outcome, person, visit, arm : str
        Columns. Visits are in the order of a categorical column, or else sorted.
    reference : hashable
        The reference arm.
    baseline : str, optional
        Column with the outcome before treatment, on the same scale.
    baseline_visit : hashable, optional
        Instead: the visit that is the baseline.
    covariates : sequence of str
        Further numeric columns of the imputation and the analysis model. Missing values of them and
        of the baseline are imputed as missing at random.
    cluster : str, optional
        Column of the therapist, group or site; never missing.

    Raises
    ------
    AnalysisError
        A column, arm or visit that does not exist, a person with more than one arm or cluster,
        several rows of a person at a visit, covariates that are no numbers.
    """
    columns = [outcome, person, visit, arm, *covariates]
    columns += [name for name in (baseline, cluster) if name is not None]
    require_columns(frame, columns, "The imputation")
    _check_persons(frame, person, visit, [name for name in (arm, cluster) if name is not None])
    first = frame.groupby(person, sort=True, observed=True).first()
    arms = sorted(set(first[arm]), key=lambda value: (isinstance(value, str), value))
    if reference not in arms or len(arms) < 2:
        raise AnalysisError(
            f"The reference arm {reference!r} and another one are needed; arms are"
            f" {', '.join(map(repr, arms))}."
        )
    arms = [reference, *(value for value in arms if value != reference)]
    wide = frame.pivot_table(
        index=person, columns=visit, values=outcome, aggfunc="first", dropna=False, observed=True
    ).reindex(first.index)
    visits = list(wide.columns)
    before = _numbers(first, [*covariates, *([baseline] if baseline is not None else [])])
    if baseline_visit is not None:
        if baseline is not None or baseline_visit not in visits:
            raise AnalysisError(
                f"The baseline is a column or one of the visits {', '.join(map(repr, visits))};"
                f" found {baseline!r} and {baseline_visit!r}."
            )
        visits.remove(baseline_visit)
        before = np.column_stack([before, wide[baseline_visit].to_numpy(dtype=float)])
    after = wide[visits].to_numpy(dtype=float)
    clusters = None if cluster is None else pd.factorize(first[cluster], sort=True)[0]
    persons = first.reset_index()[[person, arm, *([] if cluster is None else [cluster])]]
    return TrialOutcomes(
        persons=persons,
        outcomes=np.column_stack([before, after]),
        visits=tuple(visits),
        arms=tuple(arms),
        arm=first[arm].map({value: k for k, value in enumerate(arms)}).to_numpy(dtype=np.intp),
        n_before=before.shape[1],
        has_baseline=baseline is not None or baseline_visit is not None,
        kinds=_kinds(after),
        clusters=clusters,
    )


def _check_persons(frame: pd.DataFrame, person: str, visit: str, single: list[str]) -> None:
    problems = []
    for column in single:
        count = frame.groupby(person, observed=True)[column].nunique(dropna=False)
        if (count > 1).any() or frame[column].isna().any():
            problems.append(
                f"{int((count > 1).sum())} persons have more than one {column!r}, and"
                f" {int(frame[column].isna().sum())} rows have none; each person needs exactly one."
            )
    repeated = int(frame.duplicated([person, visit]).sum())
    if repeated:
        problems.append(f"{repeated} rows repeat a person's visit.")
    if problems:
        raise AnalysisError(" ".join(problems))


def _numbers(first: pd.DataFrame, columns: Sequence[str]) -> Array:
    for name in columns:
        if not pd.api.types.is_numeric_dtype(first[name]):
            raise AnalysisError(
                f"The covariate {name!r} holds text; the imputation model needs numbers. Code its"
                " categories as 0 and 1."
            )
    return first[list(columns)].to_numpy(dtype=float)


def _kinds(after: Array) -> NDArray[np.int8]:
    seen = np.isfinite(after)
    later = np.cumsum(seen[:, ::-1], axis=1)[:, ::-1] > 0
    return np.where(seen, OBSERVED, np.where(later, INTERMITTENT, AFTER_DROPOUT)).astype(np.int8)


@dataclass(frozen=True)
class Imputations:
    """Imputed data sets of a trial.

    Attributes
    ----------
    data : TrialOutcomes
    completed : ndarray, shape (m, n, p)
        As `TrialOutcomes.outcomes`, without missing values; without delta.
    strategies : dict
        Arm -> strategy.
    scheme : str
    messages : tuple of str
    """

    data: TrialOutcomes
    completed: Array = field(repr=False)
    strategies: Mapping[Hashable, str]
    scheme: str
    messages: tuple[str, ...]

    def frames(self, delta: Mapping[Hashable, float] | None = None) -> Iterator[pd.DataFrame]:
        """The data sets: persons, columns before_0, before_1, ... and one column per visit."""
        names = [f"before_{k}" for k in range(self.data.n_before)]
        for values in self.completed + delta_adjustment(self.data, delta or {}):
            columns = pd.DataFrame(values, columns=[*names, *self.data.visits])
            yield pd.concat([self.data.persons.reset_index(drop=True), columns], axis=1)


def impute_outcomes(
    data: TrialOutcomes,
    strategy: Strategy | Mapping[Hashable, Strategy],
    n_imputations: int,
    generator: np.random.Generator,
    scheme: Scheme = "posterior",
    burn_in: int = 100,
) -> Imputations:
    """Multiple imputation of missing outcomes.

    Missing outcomes before the last observed visit, and missing covariates, are drawn as missing at
    random from the distribution of the person's own arm; those after it by the strategy.

    Parameters
    ----------
    data : TrialOutcomes
    strategy : str or mapping of arm to str
        See `Strategy`; arms that a mapping leaves out are missing at random. In the reference arm
        all strategies are the same.
    n_imputations : int
    generator : numpy.random.Generator
    scheme : str
        See `Scheme`.
    burn_in : int
        Steps of data augmentation before each draw.

    Raises
    ------
    AnalysisError
        An unknown strategy, scheme or arm; an arm with too few persons or observed outcomes.

    References
    ----------
    Carpenter, J. R., Roger, J. H., & Kenward, M. G. (2013). Analysis of longitudinal trials with
    protocol deviation: A framework for relevant, accessible assumptions, and inference via multiple
    imputation. Journal of Biopharmaceutical Statistics, 23, 1352-1371.
    https://doi.org/10.1080/10543406.2013.834911
    """
    strategies = _strategies(data, strategy)
    if scheme not in get_args(Scheme):
        raise AnalysisError(
            f"There is no scheme {scheme!r}; there are: {', '.join(get_args(Scheme))}."
        )
    if scheme == "posterior":
        fits = [
            posterior_draws(data.outcomes[data.arm == k], n_imputations, generator, burn_in)
            for k in range(len(data.arms))
        ]
    else:
        counts = _bootstrap_counts(data, n_imputations, generator)
        fits = _fits(data, counts)
    return Imputations(
        data=data,
        completed=complete_outcomes(data, fits, strategies, generator),
        strategies=strategies,
        scheme=scheme,
        messages=_messages(data, fits),
    )


def complete_outcomes(
    data: TrialOutcomes,
    fits: Sequence[NormalFit],
    strategies: Mapping[Hashable, str],
    generator: np.random.Generator | None,
) -> Array:
    """Fill missing values under a batch of parameters.

    Parameters
    ----------
    data : TrialOutcomes
    fits : sequence of NormalFit
        One for each arm, with the same batch size b.
    strategies : mapping
        Arm -> strategy.
    generator : numpy.random.Generator or None
        None: expected values instead of draws.

    Returns
    -------
    ndarray, shape (b, n, p)
    """
    filled = np.repeat(data.outcomes[None], len(fits[0].mean), axis=0)
    columns = np.arange(data.outcomes.shape[1])
    for place, pattern, last in data.patterns():
        own = fits[place]
        draw_missing(filled, pattern.rows, pattern.seen, own.mean, own.covariance, generator)
        after = columns > last
        strategy = strategies[data.arms[place]]
        if place == 0 or strategy == "missing_at_random" or not after.any():
            continue
        mean = _reference_mean(data, own.mean, fits[0].mean, strategy, last)
        # Regression of later visits on all before, as in the reference arm.
        draw_missing(filled, pattern.rows, ~after, mean, fits[0].covariance, generator)
    return filled


def _reference_mean(
    data: TrialOutcomes, own: Array, reference: Array, strategy: str, last: int
) -> Array:
    """Means around which the past deviates and the future is predicted."""
    if strategy == "copy_reference":
        return reference
    mean = reference.copy()
    mean[:, : last + 1] = own[:, : last + 1]
    # The last outcome, at a visit or before treatment, in the same units; covariates are none.
    if strategy == "copy_increments" and (last >= data.n_before or data.has_baseline):
        mean[:, last + 1 :] += (own[:, last] - reference[:, last])[:, None]
    return mean


def _strategies(data: TrialOutcomes, strategy: str | Mapping[Hashable, str]) -> dict[Hashable, str]:
    given = dict.fromkeys(data.arms, strategy) if isinstance(strategy, str) else dict(strategy)
    problems = [
        f"there is no arm {arm!r} (arms are {', '.join(map(repr, data.arms))})"
        for arm in given
        if arm not in data.arms
    ]
    problems += [
        f"there is no strategy {name!r} (there are {', '.join(get_args(Strategy))})"
        for name in dict.fromkeys(given.values())
        if name not in get_args(Strategy)
    ]
    if problems:
        raise AnalysisError(f"The imputation cannot be done: {'; '.join(problems)}.")
    return {arm: given.get(arm, "missing_at_random") for arm in data.arms}


def _messages(data: TrialOutcomes, fits: Sequence[NormalFit]) -> tuple[str, ...]:
    found = []
    if data.clusters is not None:
        found.append(
            "The imputation model has no random effect of clusters; the analysis of the imputed"
            " data respects them."
        )
    found += [
        f"The search for the maximum of the likelihood did not converge in the arm {arm!r}."
        for arm, fit in zip(data.arms, fits, strict=True)
        if not fit.converged
    ]
    return tuple(found)


def _fits(data: TrialOutcomes, counts: Array) -> list[NormalFit]:
    """Maximum likelihood in every arm, for every row of counts (b, n)."""
    found = []
    for place in range(len(data.arms)):
        own = data.arm == place
        # Many samples differ only in other arms.
        different, codes = np.unique(counts[:, own], axis=0, return_inverse=True)
        fit, codes = fit_normal(data.outcomes[own], different), codes.reshape(-1)
        found.append(NormalFit(fit.mean[codes], fit.covariance[codes], fit.converged))
    return found


def _bootstrap_counts(data: TrialOutcomes, count: int, generator: np.random.Generator) -> Array:
    """How often each person is in each bootstrap sample: persons, or clusters, of every arm.

    Clusters with persons in several arms are drawn from all clusters.
    """
    units = np.arange(len(data.arm)) if data.clusters is None else data.clusters
    strata = _strata(data, units)
    weights = np.zeros((count, int(units.max()) + 1))
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        size = len(members)
        weights[:, members] = generator.multinomial(size, np.full(size, 1 / size), count)
    return weights[:, units]


def _strata(data: TrialOutcomes, units: NDArray[np.intp]) -> NDArray[np.intp]:
    """Arm of every unit; 0 for all where some unit has persons in several arms."""
    pairs = np.unique(np.column_stack([units, data.arm]), axis=0)
    n_units = int(units.max()) + 1
    if len(pairs) > n_units:
        return np.zeros(n_units, dtype=np.intp)
    return np.asarray(pairs[:, 1])


def delta_adjustment(
    data: TrialOutcomes,
    delta: Mapping[Hashable, float],
    cells: Literal["after_dropout", "all_missing"] = "after_dropout",
    accumulate: bool = False,
) -> Array:
    """What a delta adds to imputed values.

    Parameters
    ----------
    data : TrialOutcomes
    delta : mapping of arm to float
        In units of the outcome; 0 for arms left out.
    cells : str
        Whether only outcomes after the last observed visit are changed, or all imputed ones.
    accumulate : bool
        Delta times the number of visits since the last observed one, instead of delta.

    Returns
    -------
    ndarray, shape (n, p)
    """
    unknown = [arm for arm in delta if arm not in data.arms]
    if unknown:
        raise AnalysisError(
            f"Delta is for the arm {unknown[0]!r}; arms are {', '.join(map(repr, data.arms))}."
        )
    changed = data.kinds == AFTER_DROPOUT
    size = np.where(changed, np.cumsum(changed, axis=1) if accumulate else 1.0, 0.0)
    if cells == "all_missing":
        size = np.where(data.kinds == INTERMITTENT, 1.0, size)
    shift = np.array([float(delta.get(arm, 0.0)) for arm in data.arms])[data.arm]
    return np.column_stack([np.zeros((len(size), data.n_before)), shift[:, None] * size])


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
    data, shift = imputations.data, dict(delta or {})
    values = imputations.completed + delta_adjustment(data, shift)
    place = _visit_place(data, visit)
    results = [_analyse(data, one, place) for one in values]
    estimates, variances, dfs = (np.array(part) for part in zip(*results, strict=True))
    return tuple(
        ImputedContrast(
            arm=arm,
            reference=data.arms[0],
            visit=visit,
            delta=shift,
            pooled=pool(estimates[:, k], variances[:, k], float(dfs[:, k].mean()), interval),
        )
        for k, arm in enumerate(data.arms[1:])
    )


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


def _analyse(data: TrialOutcomes, values: Array, place: int) -> tuple[Array, Array, Array]:
    """Contrasts, their variances and degrees of freedom in one data set."""
    design, y = _design(data, values[:, : data.n_before]), values[:, place]
    arms = range(1, len(data.arms))
    if data.clusters is not None:
        fit = cluster_robust(y, design, data.clusters)
        tests = [fit.test(np.eye(design.shape[1])[k]) for k in arms]
        parts = [(test.estimate, test.se**2, test.df) for test in tests]
        return tuple(np.array(part) for part in zip(*parts, strict=True))  # type: ignore[return-value]
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ (design.T @ y)
    df = len(y) - design.shape[1]
    variance = float(((y - design @ coefficients) ** 2).sum()) / df
    picked = list(arms)
    return coefficients[picked], variance * np.diag(inverse)[picked], np.full(len(picked), df)


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
    https://doi.org/10.1080/10543400903243009
    """
    from scipy.optimize import brentq

    if arm not in imputations.data.arms[1:]:
        raise AnalysisError(f"{arm!r} is not an arm that is compared with the reference arm.")
    if largest == 0 or steps < 1:
        raise AnalysisError("A tipping point needs a largest delta other than 0 and a step.")
    place = imputations.data.arms[1:].index(arm)

    def at(delta: float) -> ImputedContrast:
        shifts = {**(others or {}), arm: delta}
        return pooled_contrasts(imputations, visit, shifts, 1 - level)[place]

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


def resampled_contrasts(
    data: TrialOutcomes,
    strategy: Strategy | Mapping[Hashable, Strategy],
    visit: Hashable,
    delta: Mapping[Hashable, float] | None = None,
    resampling: Resampling = "jackknife",
    generator: np.random.Generator | None = None,
    samples: int = 500,
    interval: float = 0.95,
) -> tuple[ResampledContrast, ...]:
    r"""Contrasts by conditional mean imputation, with jackknife or bootstrap standard errors.

    Missing values are replaced once by their expected value under the maximum likelihood estimates
    of the imputation model; imputation and analysis of covariance are repeated without each person
    (or cluster), or in bootstrap samples of them. The standard error is that of the estimate in
    repeated trials, for reference-based strategies too.

    .. math:: se^2 = \sum_a \frac{k_a - 1}{k_a} \sum_{j \in a} (Q_{(j)} - \bar Q_a)^2

    over the k units j of each arm (over all units where some have persons in several arms). The
    degrees of freedom are the number of units minus that of arms.

    Parameters
    ----------
    data : TrialOutcomes
    strategy : str or mapping of arm to str
    visit : hashable
    delta : mapping of arm to float, optional
    resampling : str
        jackknife, or bootstrap: the standard deviation over bootstrap samples.
    generator : numpy.random.Generator, optional
        Needed by the bootstrap.
    samples : int
        Bootstrap samples.
    interval : float
        Coverage.

    References
    ----------
    Wolbers, M., Noci, A., Delmar, P., Gower-Page, C., Yiu, S., & Bartlett, J. W. (2022). Standard
    and reference-based conditional mean imputation. Pharmaceutical Statistics, 21, 1246-1257.
    https://doi.org/10.1002/pst.2234
    """
    strategies, place = _strategies(data, strategy), _visit_place(data, visit)
    shift = delta_adjustment(data, dict(delta or {}))
    n = len(data.arm)
    units = np.arange(n) if data.clusters is None else data.clusters
    n_units, strata = int(units.max()) + 1, _strata(data, units)
    estimate = _mean_contrasts(data, np.ones((1, n)), strategies, place, shift)[0]
    if resampling == "jackknife":
        counts = (np.arange(n_units)[:, None] != units).astype(float)
        replicates = _mean_contrasts(data, counts, strategies, place, shift)
        variance = np.zeros_like(estimate)
        for stratum in np.unique(strata):
            part = replicates[strata == stratum]
            k = len(part)
            variance += (k - 1) / k * ((part - part.mean(axis=0)) ** 2).sum(axis=0)
    elif resampling == "bootstrap" and generator is not None:
        counts = _bootstrap_counts(data, samples, generator)
        replicates = _mean_contrasts(data, counts, strategies, place, shift)
        variance = replicates.var(axis=0, ddof=1)
    else:
        raise AnalysisError(
            f"The resampling is {resampling!r}; it must be 'jackknife', or 'bootstrap' with a"
            " generator of random numbers."
        )
    df = float(n_units - len(data.arms))
    return tuple(
        ResampledContrast(
            arm=arm,
            reference=data.arms[0],
            visit=visit,
            test=coefficient_test(float(estimate[k]), float(np.sqrt(variance[k])), df, interval),
            n_units=n_units,
            resampling=resampling,
        )
        for k, arm in enumerate(data.arms[1:])
    )


def _mean_contrasts(
    data: TrialOutcomes,
    counts: Array,
    strategies: Mapping[Hashable, str],
    place: int,
    shift: Array,
) -> Array:
    """Contrasts (b, arms - 1) by conditional mean imputation, for every row of counts (b, n)."""
    values = complete_outcomes(data, _fits(data, counts), strategies, None) + shift
    design = _design(data, values[:, :, : data.n_before])
    weighted = design * counts[:, :, None]
    normal = weighted.transpose(0, 2, 1) @ design
    product = weighted.transpose(0, 2, 1) @ values[:, :, place, None]
    found: Any = np.linalg.solve(normal, product)[:, 1 : len(data.arms), 0]
    return np.asarray(found, dtype=float)
