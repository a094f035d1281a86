"""Mixed model for repeated measures (MMRM) of a trial: arm by visit, patients in clusters."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.effect_sizes import StandardisedDifference
from attune.stats.explained_variance import Share, intraclass_correlation
from attune.stats.mixed_model_tests import FixedEffectTests, FTest, Method
from attune.stats.mixed_models import MixedModel, RandomTerm, fit_mixed_model
from attune.stats.model_formula import build_design, require_columns, require_full_rank
from attune.stats.regression import CoefficientTest
from attune.stats.residual_covariance import Residual, Structure

Vector = NDArray[np.float64]
Array = NDArray[np.float64]

Covariance = Literal[
    "unstructured",
    "compound_symmetry",
    "heterogeneous_compound_symmetry",
    "ar1",
    "heterogeneous_ar1",
    "independent",
]
"""Covariance of a person's residuals. Heterogeneous: one variance for each visit, as it is with
unstructured and independent, which differ in their correlations (all free, none)."""

_STRUCTURES: dict[str, tuple[Structure, bool]] = {
    "unstructured": ("unstructured", True),
    "compound_symmetry": ("compound_symmetry", False),
    "heterogeneous_compound_symmetry": ("compound_symmetry", True),
    "ar1": ("ar1", False),
    "heterogeneous_ar1": ("ar1", True),
    "independent": ("independent", True),
}
"""Residual structure, and whether variances differ between visits."""

_STEP = 1e-4
"""Step of central differences of logarithms of variances: errors of 1e-8."""


@dataclass(frozen=True)
class AdjustedVisitMean:
    """Adjusted mean of one arm at one visit.

    Attributes
    ----------
    arm : hashable or None
        None: all arms together, at the first visit of constrained longitudinal data analysis.
    visit : hashable
    n : int
        Persons with an outcome at the visit.
    mean : float
        Observed mean of the outcome.
    test : CoefficientTest
        Adjusted mean with standard error, degrees of freedom and interval.
    """

    arm: Hashable
    visit: Hashable
    n: int
    mean: float
    test: CoefficientTest


@dataclass(frozen=True)
class ArmContrast:
    """Adjusted mean of an arm minus that of the reference arm.

    Attributes
    ----------
    arm, reference : hashable
    visit : hashable or None
        None: the mean of the contrasts of all visits with a contrast, with equal weights.
    test : CoefficientTest
        In units of the outcome.
    standardised : StandardisedDifference or None
        The contrast over the standard deviation `standardiser`; None for the mean over visits if
        that is the model's standard deviation at a visit.
    standardiser : float
        NaN where `standardised` is None.
    """

    arm: Hashable
    reference: Hashable
    visit: Hashable
    test: CoefficientTest
    standardised: StandardisedDifference | None
    standardiser: float


@dataclass(frozen=True)
class ClusterShare:
    """What clusters contribute at one visit.

    Attributes
    ----------
    visit : hashable
    icc : Share
        Variance between clusters over the variance between and within them (see
        `intraclass_correlation`).
    n_clusters : int
        Clusters with an outcome at the visit.
    mean_size, size_cv : float
        Persons per cluster, and the coefficient of variation of their number (standard deviation
        with the number of clusters as its divisor, over the mean).
    design_effect : float
        See `design_effect`.
    """

    visit: Hashable
    icc: Share
    n_clusters: int
    mean_size: float
    size_cv: float
    design_effect: float


@dataclass(frozen=True)
class RepeatedMeasuresFit:
    """A fitted mixed model for repeated measures.

    Attributes
    ----------
    model : MixedModel
        Its fixed effects are the adjusted means of the cells, then the covariates.
    tests : FixedEffectTests
    arms : tuple
        The reference arm first.
    visits : tuple
        In their order.
    means : tuple of AdjustedVisitMean
    contrasts : tuple of ArmContrast
        Arm by arm, visit by visit; not at the first visit of constrained analysis.
    averages : tuple of ArmContrast
        One per arm besides the reference.
    arm_by_visit : FTest or None
        Whether contrasts differ between visits; None with one visit.
    any_difference : FTest
        Whether any contrast is not 0. In constrained analysis this is the usual test of arm by
        time, since the contrast at the first visit is 0 by design.
    within_covariance : ndarray, shape (n_visits, n_visits)
        Of the outcomes of a person, given covariates and cluster.
    cluster_variance : float or None
        None without clusters.
    clusters : tuple of ClusterShare
        One per visit; empty without clusters.
    n_persons, n_rows : int
        Analysed.
    n_missing_rows : int
        Rows left out because outcome, arm, visit, cluster or a covariate is missing.
    messages : tuple of str
    """

    model: MixedModel = field(repr=False)
    tests: FixedEffectTests = field(repr=False)
    arms: tuple[Hashable, ...]
    visits: tuple[Hashable, ...]
    means: tuple[AdjustedVisitMean, ...]
    contrasts: tuple[ArmContrast, ...]
    averages: tuple[ArmContrast, ...]
    arm_by_visit: FTest | None
    any_difference: FTest
    within_covariance: Array
    cluster_variance: float | None
    clusters: tuple[ClusterShare, ...]
    n_persons: int
    n_rows: int
    n_missing_rows: int
    messages: tuple[str, ...]


def fit_repeated_measures(
    frame: pd.DataFrame,
    outcome: str,
    person: str,
    visit: str,
    arm: str,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    covariance: Covariance = "unstructured",
    df: Method = "kenward_roger",
    *,
    covariates_by_visit: Sequence[str] = (),
    reference: Hashable = None,
    constrained_visit: Hashable = None,
    baseline: str | None = None,
    interval: float = 0.95,
) -> RepeatedMeasuresFit:
    r"""Mixed model for repeated measures of arms at visits, by restricted maximum likelihood.

    .. math:: y_{ijt} = \mu_{a(i),t} + x_i'\beta + u_j + e_{it}, \qquad
              u_j \sim N(0, \tau^2), \quad e_i \sim N(0, \Sigma)

    for person i in cluster j at visit t. All cells of arm and visit have a mean of their own;
    covariates are centred at their mean over the analysed persons (categories: at their shares), so
    that the means of the cells are the adjusted means. Persons with some missing visits stay in:
    the estimates are those of maximum likelihood where outcomes are missing at random.

    Constrained longitudinal data analysis (`constrained_visit`): the baseline is the outcome of the
    first visit, and all arms have one mean there, as randomisation has it.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per person and visit. Rows with a missing value are left out and counted.
    outcome, person, visit, arm : str
        Columns. Persons have different ids also in different clusters. Visits are categories, in
        the order of a categorical column or else sorted.
    covariates : sequence of str
        Columns with the same slope at all visits; text and booleans are categories.
    cluster : str, optional
        Column of the therapist, group or site: adds a random intercept.
    covariance : str
        See `Covariance`; with one visit all are the same, one variance.
    df : str
        kenward_roger (unstructured, compound symmetry, independent), satterthwaite or normal.
    covariates_by_visit : sequence of str
        Columns with a slope of their own at each visit, as usual for the baseline.
    reference : hashable, optional
        Arm that others are compared with; the first one if not given.
    constrained_visit : hashable, optional
        Visit at which all arms have the same mean; the first visit.
    baseline : str, optional
        Column with each person's value before treatment. Contrasts are then standardised by its
        standard deviation pooled over arms; so they are by the outcome of `constrained_visit`.
        Otherwise by the model's standard deviation at the visit, between clusters and within them.
    interval : float
        Coverage.

    Returns
    -------
    RepeatedMeasuresFit
        Standardised contrasts d have the interval :math:`d \pm t\, se` with the degrees of freedom
        of the contrast and, by the delta method, :math:`se^2 = se_c^2 / s^2 + d^2 \mathrm{var}(\ln
        s)`; var(ln s) is 1 / (2 (n - a)) for the pooled standard deviation of a arms, and comes
        from the curvature of the likelihood for that of the model. The contrast and the standard
        deviation are taken as independent.

    Raises
    ------
    AnalysisError
        One arm, a person in two arms or clusters, an arm without outcomes at a visit, two rows of a
        person at a visit, an arm, visit or column that does not exist, Kenward-Roger with a
        covariance that is not linear in its parameters.

    References
    ----------
    Mallinckrodt, C. H., Lane, P. W., Schnell, D., Peng, Y., & Mancuso, J. P. (2008).
    Recommendations for the primary analysis of continuous endpoints in longitudinal clinical
    trials. Drug Information Journal, 42, 303-319. https://doi.org/10.1177/009286150804200402

    Liang, K.-Y., & Zeger, S. L. (2000). Longitudinal data analysis of continuous and discrete
    responses for pre-post designs. Sankhya B, 62, 134-148.

    Kenward, M. G., & Roger, J. H. (1997). Small sample inference for fixed effects from restricted
    maximum likelihood. Biometrics, 53, 983-997. https://doi.org/10.2307/2533558

    Examples
    --------
    Complete data of two visits: the contrasts are differences of means, and their degrees of
    freedom those of the t test (4 + 4 - 2).

    >>> rows = pd.DataFrame({
    ...     "id": np.repeat(np.arange(8), 2), "week": [0, 8] * 8, "arm": ["cbt"] * 8 + ["tau"] * 8,
    ...     "bdi": [20, 10, 24, 15, 22, 9, 26, 14, 21, 18, 25, 25, 23, 20, 19, 21]})
    >>> fit = fit_repeated_measures(rows, "bdi", "id", "week", "arm", reference="tau")
    >>> [(c.visit, round(c.test.estimate, 6), round(c.test.df, 3)) for c in fit.contrasts]
    [(0, 1.0, 6.0), (8, -9.0, 6.0)]
    """
    names = _Names(outcome, person, visit, arm, cluster)
    rows, messages = _analysed_rows(
        frame, names, [*covariates, *covariates_by_visit], covariance, df
    )
    if baseline is not None:
        require_columns(frame, [baseline], "`baseline`")
        rows = rows.assign(**{baseline: frame.loc[rows.index, baseline]})
    cells = _Cells(rows, names, reference, constrained_visit)
    messages += [*_constant_outcomes(rows, names, cells), *_cluster_messages(rows, names)]
    fixed_sd = _baseline_sd(rows, names, cells, baseline)
    design = cells.columns()
    added = _covariate_columns(rows, names, covariates, covariates_by_visit, cells, messages)
    require_full_rank(np.column_stack([design, added]), [*cells.labels, *added.columns.map(str)])
    added.columns = pd.Index([f"covariate_{place}" for place in range(added.shape[1])])
    data = pd.concat([rows[names.used], design, added], axis=1)
    # With one visit there is one variance and nothing to correlate.
    structure, by_visit = _STRUCTURES[covariance]
    if len(cells.visits) == 1:
        structure, by_visit = "independent", False
    groups = (person,) if structure != "independent" else ()
    model = fit_mixed_model(
        data,
        f"`{outcome}` ~ 0 + {' + '.join([*design.columns, *added.columns])}",
        [] if cluster is None else [RandomTerm((cluster,))],
        residual=Residual(structure, groups, visit, visit if by_visit else None),
    )
    return _results(
        model,
        rows,
        names,
        cells,
        FixedEffectTests(model, df),
        fixed_sd,
        interval,
        len(frame) - len(rows),
        messages,
    )


def design_effect(icc: float, sizes: Sequence[int] | NDArray[np.integer]) -> float:
    r"""How much larger the variance of a mean is than that of independent persons.

    .. math:: 1 + \{(cv^2 + 1) \bar m - 1\} \rho

    with the mean and the coefficient of variation (divisor: number of clusters) of the sizes of the
    clusters; with equal sizes m this is 1 + (m - 1) rho.

    Parameters
    ----------
    icc : float
        Intraclass correlation.
    sizes : sequence of int
        Persons in each cluster, at least 1.

    References
    ----------
    Eldridge, S. M., Ashby, D., & Kerry, S. (2006). Sample size for cluster randomized trials:
    Effect of coefficient of variation of cluster size and analysis method. International Journal
    of Epidemiology, 35, 1292-1300. https://doi.org/10.1093/ije/dyl129

    Examples
    --------
    >>> round(design_effect(0.05, [10, 10, 10]), 4), round(design_effect(0.05, [5, 10, 15]), 4)
    (1.45, 1.5333)
    """
    count = np.asarray(sizes, dtype=float)
    if len(count) == 0 or not (count >= 1).all():
        raise AnalysisError("A design effect needs clusters with at least one person each.")
    mean = float(count.mean())
    cv = float(count.std()) / mean
    return 1 + ((cv**2 + 1) * mean - 1) * icc


@dataclass(frozen=True)
class _Names:
    """Columns of the frame."""

    outcome: str
    person: str
    visit: str
    arm: str
    cluster: str | None

    @property
    def used(self) -> list[str]:
        found = [self.outcome, self.person, self.visit, self.arm]
        return found if self.cluster is None else [*found, self.cluster]


class _Cells:
    """Cells of arm and visit: which column of the design belongs to which."""

    def __init__(self, rows: pd.DataFrame, names: _Names, reference: Any, constrained: Any):
        arms = _values(rows[names.arm])
        self.visits = _values(rows[names.visit])
        problems = []
        if len(arms) < 2:
            problems.append(f"All analysed rows are in the arm {arms[0]!r}; a trial has two arms.")
        if reference is not None and reference not in arms:
            problems.append(f"There is no arm {reference!r}; arms are {_listed(arms)}.")
        if constrained is not None and constrained != self.visits[0]:
            problems.append(
                f"Arms can be constrained to one mean at the first visit, {self.visits[0]!r}, not"
                f" at {constrained!r}."
            )
        if constrained is not None and len(self.visits) < 2:
            problems.append("Constrained analysis needs a visit after the first one.")
        count = pd.crosstab(rows[names.arm].astype(object), rows[names.visit].astype(object))
        problems += [
            f"The arm {arm!r} has no outcome at the visit {visit!r}, so that no contrast exists"
            " there; leave out the arm or the visit."
            for arm in arms
            for visit in self.visits
            if not count.loc[arm, visit]
        ]
        if problems:
            raise AnalysisError(" ".join(problems))
        first = arms[0] if reference is None else reference
        self.arms = [first, *(arm for arm in arms if arm != first)]
        self.constrained = constrained is not None
        self.visit_of = rows[names.visit].map({v: k for k, v in enumerate(self.visits)})
        self.arm_of = rows[names.arm].map({a: k for k, a in enumerate(self.arms)})
        self.compared = list(range(int(self.constrained), len(self.visits)))
        pooled: list[tuple[int | None, int]] = [(None, 0)] if self.constrained else []
        self.places = pooled + [(a, v) for a in range(len(self.arms)) for v in self.compared]

    @property
    def labels(self) -> list[str]:
        """Names of the cells in messages."""
        arms = ["all arms" if a is None else str(self.arms[a]) for a, _ in self.places]
        return [f"{arm} at {self.visits[v]}" for arm, (_, v) in zip(arms, self.places, strict=True)]

    def columns(self) -> pd.DataFrame:
        """One indicator per cell."""
        visit, arm = (values.to_numpy(dtype=int) for values in (self.visit_of, self.arm_of))
        found = {
            f"cell_{place}": ((visit == v) & ((arm == a) if a is not None else True)).astype(float)
            for place, (a, v) in enumerate(self.places)
        }
        return pd.DataFrame(found, index=self.visit_of.index)

    def contrast(self, arm: int, visit: int, size: int) -> Vector:
        """Weights of an arm minus the reference at a visit."""
        weights = np.zeros(size)
        weights[self.places.index((arm, visit))] = 1
        weights[self.places.index((0, visit))] = -1
        return weights


def _values(column: "pd.Series[Any]") -> list[Any]:
    """Values that occur, in the order of the categories or else sorted."""
    if column.dtype == "category":
        present = set(column)
        return [value for value in column.cat.categories if value in present]
    return sorted(set(column), key=lambda value: (isinstance(value, str), value))


def _listed(values: Sequence[Any]) -> str:
    return ", ".join(map(repr, values))


def _analysed_rows(
    frame: pd.DataFrame, names: _Names, covariates: Sequence[str], covariance: str, df: str
) -> tuple[pd.DataFrame, list[str]]:
    """Rows without missing values, and what was left out."""
    if covariance not in get_args(Covariance):
        raise AnalysisError(
            f"There is no covariance {covariance!r}; there are: {', '.join(get_args(Covariance))}."
        )
    if df == "kenward_roger" and (covariance.endswith("ar1") or covariance.startswith("het")):
        raise AnalysisError(
            f"The covariance {covariance} is not linear in its parameters, so that Kenward-Roger"
            " does not hold for it; use df='satterthwaite' or an unstructured covariance."
        )
    require_columns(frame, [*names.used, *covariates], "The model")
    used = frame[list(dict.fromkeys([*names.used, *covariates]))]
    with_outcome = used[names.outcome].notna()
    complete = used.notna().all(axis=1)
    rows = used[complete]
    messages = []
    if not with_outcome.all():
        messages.append(
            f"{int((~with_outcome).sum())} of {len(frame)} rows have no {names.outcome} and are"
            " left out; their persons are analysed with their other visits."
        )
    lost = int((with_outcome & ~complete).sum())
    if lost:
        messages.append(
            f"{lost} rows with {names.outcome} are left out because another column of the model is"
            " missing."
        )
    without = frame[names.person].nunique() - rows[names.person].nunique()
    if without:
        messages.append(f"{without} persons have no analysed row.")
    if len(rows) == 0:
        raise AnalysisError("No row has values in all columns of the model.")
    _require_one_each(rows, names)
    return rows, messages


def _require_one_each(rows: pd.DataFrame, names: _Names) -> None:
    """Refuse persons in two arms or clusters, and two rows of a person at a visit."""
    problems = []
    for column in (names.arm, names.cluster):
        if column is None:
            continue
        count = rows.groupby(names.person, observed=True)[column].nunique()
        if (count > 1).any():
            problems.append(
                f"{int((count > 1).sum())} persons have more than one {column!r}. Each person needs"
                f" the {column!r} of randomisation in all rows, and an id of their own."
            )
    repeated = int(rows.duplicated([names.person, names.visit]).sum())
    if repeated:
        problems.append(
            f"{repeated} rows repeat a person's visit; there may be one row per person and visit."
        )
    if problems:
        raise AnalysisError(" ".join(problems))


def _constant_outcomes(rows: pd.DataFrame, names: _Names, cells: _Cells) -> list[str]:
    """Name cells whose outcomes are all the same; refuse visits without variance."""
    groups = rows.groupby([cells.visit_of, cells.arm_of])[names.outcome]
    spread, size = groups.max() - groups.min(), groups.size()
    flat = spread == 0
    nowhere = flat.groupby(level=0).all()
    if nowhere.any():
        visits = _listed([cells.visits[k] for k in nowhere.index[nowhere]])
        raise AnalysisError(
            f"At the visit {visits} the outcome {names.outcome!r} has the same value in all persons"
            " of an arm; a variance is needed at every visit. Leave the visit out."
        )
    return [
        f"The outcome is the same in all {size[k, a]} persons of the arm {cells.arms[a]!r} at the"
        f" visit {cells.visits[k]!r}; the model takes the variance of the other arms for it."
        for k, a in flat.index[flat]
    ]


def _cluster_messages(rows: pd.DataFrame, names: _Names) -> list[str]:
    if names.cluster is None:
        return []
    arms = rows.groupby(names.cluster, observed=True)[names.arm].nunique()
    both = int((arms > 1).sum())
    if both == 0:
        return [f"Each {names.cluster} is in one arm: arms are compared between clusters."]
    return [
        f"{both} of {len(arms)} values of {names.cluster} have persons in more than one arm; the"
        " random intercept is the same in all arms, so that arms are also compared within clusters."
    ]


def _covariate_columns(
    rows: pd.DataFrame,
    names: _Names,
    same: Sequence[str],
    by_visit: Sequence[str],
    cells: _Cells,
    messages: list[str],
) -> pd.DataFrame:
    """Covariates, centred over the analysed persons; by visit: 0 at other visits."""
    found: dict[str, Vector] = {}
    visit = cells.visit_of.to_numpy(dtype=int)
    for columns, separate in ((same, False), (by_visit, True)):
        if not columns:
            continue
        design = build_design(rows, " + ".join(f"`{c}`" for c in columns), messages)
        for column in range(1, len(design.names)):
            values = design.matrix[:, column]
            values = values - pd.Series(values).groupby(rows[names.person].to_numpy()).mean().mean()
            for k in range(int(cells.constrained), len(cells.visits)) if separate else [-1]:
                name = design.names[column] + (f" at {cells.visits[k]}" if separate else "")
                found[name] = values * (visit == k) if separate else values
    return pd.DataFrame(found, index=rows.index)


def _results(
    model: MixedModel,
    rows: pd.DataFrame,
    names: _Names,
    cells: _Cells,
    tests: FixedEffectTests,
    fixed_sd: tuple[float, float] | None,
    interval: float,
    n_missing: int,
    messages: list[str],
) -> RepeatedMeasuresFit:
    size = len(model.coefficients)
    spread = _Spread(model, tests, len(cells.visits))
    contrasts: list[ArmContrast] = []
    averages: list[ArmContrast] = []
    weights = []
    for arm in range(1, len(cells.arms)):
        of_arm = [cells.contrast(arm, visit, size) for visit in cells.compared]
        weights.append(of_arm)
        for visit, row in [*zip(cells.compared, of_arm, strict=True), (None, np.mean(of_arm, 0))]:
            test = tests.contrast(row, interval)
            sd, variance = fixed_sd or spread.sd(visit)
            found = ArmContrast(
                cells.arms[arm],
                cells.arms[0],
                None if visit is None else cells.visits[visit],
                test,
                None if np.isnan(sd) else _standardised(test, sd, variance, interval),
                sd,
            )
            (averages if visit is None else contrasts).append(found)
    differences = [row - of_arm[0] for of_arm in weights for row in of_arm[1:]]
    cluster_variance = None
    if names.cluster is not None:
        cluster_variance = float(model.random_covariances[0].covariance[0, 0])
    return RepeatedMeasuresFit(
        model=model,
        tests=tests,
        arms=tuple(cells.arms),
        visits=tuple(cells.visits),
        means=_means(rows, names, cells, tests, interval),
        contrasts=tuple(contrasts),
        averages=tuple(averages),
        arm_by_visit=tests.f(differences) if differences else None,
        any_difference=tests.f([row for of_arm in weights for row in of_arm]),
        within_covariance=spread.within(spread.center),
        cluster_variance=cluster_variance,
        clusters=_cluster_shares(rows, names, cells, spread, interval),
        n_persons=rows[names.person].nunique(),
        n_rows=len(rows),
        n_missing_rows=n_missing,
        messages=(*messages, *model.messages),
    )


def _means(
    rows: pd.DataFrame, names: _Names, cells: _Cells, tests: FixedEffectTests, interval: float
) -> tuple[AdjustedVisitMean, ...]:
    outcome = rows[names.outcome].to_numpy(dtype=float)
    visit, arm = (values.to_numpy(dtype=int) for values in (cells.visit_of, cells.arm_of))
    found = []
    for place, (a, v) in enumerate(cells.places):
        here = (visit == v) & ((arm == a) if a is not None else True)
        row = np.eye(len(tests.fit.coefficients))[place]
        found.append(
            AdjustedVisitMean(
                None if a is None else cells.arms[a],
                cells.visits[v],
                int(here.sum()),
                float(outcome[here].mean()),
                tests.contrast(row, interval),
            )
        )
    return tuple(found)


class _Spread:
    """Variances of the outcome as functions of the variance parameters of the fit."""

    def __init__(self, model: MixedModel, tests: FixedEffectTests, n_visits: int):
        self.model, self.tests, self.n_visits = model, tests, n_visits
        state = model.state
        theta = state.layout.theta(state.blocks)
        self.center = np.concatenate([theta, state.phi, [model.residual_sd]])

    def within(self, x: Vector) -> Array:
        """Covariance of a person's residuals at all visits."""
        residual = self.model.state.likelihood.residual
        if residual is None:
            return x[-1] ** 2 * np.eye(self.n_visits)
        places = np.arange(self.n_visits)
        by_visit = self.model.residual.variance_by is not None
        strata = places if by_visit else np.zeros_like(places)
        phi = x[self.model.state.layout.n_theta : -1]
        return x[-1] ** 2 * residual.covariance_at(places.astype(float), strata, phi)

    def parts(self, x: Vector, visit: int) -> Vector:
        """Variance between clusters, where there are any, and within them."""
        between = [(x[-1] * block[0, 0]) ** 2 for block in self.model.state.layout.blocks(x)]
        return np.array([*between, self.within(x)[visit, visit]])

    def parts_covariance(self, visit: int) -> Array:
        """Covariance of `parts` by the delta method."""
        covariance, _ = self.tests.variance_parameters
        steps = _STEP * np.maximum(np.abs(self.center), 1e-2)
        moves = np.diag(steps)
        slopes = np.array(
            [
                (self.parts(self.center + move, visit) - self.parts(self.center - move, visit))
                / (2 * step)
                for move, step in zip(moves, steps, strict=True)
            ]
        )
        return np.asarray(slopes.T @ covariance @ slopes)

    def sd(self, visit: int | None) -> tuple[float, float]:
        """Standard deviation at a visit and the variance of its logarithm."""
        if visit is None:
            return np.nan, np.nan
        total = float(self.parts(self.center, visit).sum())
        variance = float(self.parts_covariance(visit).sum())
        return float(np.sqrt(total)), variance / (4 * total**2)


def _baseline_sd(
    rows: pd.DataFrame, names: _Names, cells: _Cells, baseline: str | None
) -> tuple[float, float] | None:
    """Standard deviation of the baseline pooled over arms; variance of its logarithm."""
    if baseline is None and not cells.constrained:
        return None
    if baseline is None:
        first = rows[cells.visit_of.to_numpy(dtype=int) == 0]
        values, arms = first[names.outcome], first[names.arm]
    else:
        persons = rows.dropna(subset=[baseline]).drop_duplicates(names.person)
        values, arms = persons[baseline], persons[names.arm]
    numbers = values.to_numpy(dtype=float)
    groups = pd.Series(numbers).groupby(arms.astype(object).to_numpy())
    df = len(numbers) - groups.ngroups
    variance = float(((numbers - groups.transform("mean")) ** 2).sum()) / df if df > 0 else 0.0
    if not variance > 0:
        raise AnalysisError("The baseline has the same value within arms; it standardises nothing.")
    return float(np.sqrt(variance)), 1 / (2 * df)


def _standardised(
    test: CoefficientTest, sd: float, log_variance: float, interval: float
) -> StandardisedDifference:
    from scipy.special import stdtrit

    d = test.estimate / sd
    se = float(np.sqrt((test.se / sd) ** 2 + d**2 * log_variance))
    reach = float(stdtrit(test.df, 0.5 + interval / 2)) * se
    return StandardisedDifference(d, se, d - reach, d + reach)


def _cluster_shares(
    rows: pd.DataFrame, names: _Names, cells: _Cells, spread: _Spread, interval: float
) -> tuple[ClusterShare, ...]:
    if names.cluster is None:
        return ()
    visit = cells.visit_of.to_numpy(dtype=int)
    found = []
    for place, label in enumerate(cells.visits):
        sizes = rows.loc[visit == place, names.cluster].value_counts()
        count = sizes[sizes > 0].to_numpy()
        share = intraclass_correlation(
            spread.parts(spread.center, place), spread.parts_covariance(place), 0, interval
        )
        found.append(
            ClusterShare(
                visit=label,
                icc=share,
                n_clusters=len(count),
                mean_size=float(count.mean()),
                size_cv=float(count.std() / count.mean()),
                design_effect=design_effect(share.estimate, count),
            )
        )
    return tuple(found)
