"""Models of both partners: variance between therapists and dyads, actor and partner effects.

The formulas are in `attune.stats.one_with_many` and `attune.stats.actor_partner`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.analyses.partners.declaration import (
    Partners,
    actor_partner_designs,
    one_with_many_designs,
)
from attune.specs.errors import AnalysisError
from attune.stats.actor_partner import (
    ActorPartner,
    MemberEffects,
    actor_partner,
    why_no_actor_partner,
)
from attune.stats.one_with_many import (
    Component,
    RaterComponents,
    one_with_many,
    why_no_one_with_many,
)
from attune.stats.regression import CoefficientTest
from attune.store.datasets import missing_columns
from attune.store.statistic_rows import Row, software, statistic_row, statistics_frame

if TYPE_CHECKING:
    from attune.analyses.analysis import AnalysisInputs
    from attune.specs.study import Study

Vector = NDArray[np.float64]

RATERS = ("patient", "therapist")
"""Who gave the reports of a one-with-many design, in their order."""

COMPONENTS = ("therapist_variance", "dyad_variance", "therapist_share", "dyad_share")
RECIPROCITIES = ("generalised_reciprocity", "dyadic_reciprocity")
EFFECTS = ("actor_effect", "partner_effect")
NO_ERROR = "The effect has no standard error."


@dataclass(frozen=True)
class Reports:
    """Both reports of every dyad at one occasion.

    Attributes
    ----------
    therapist : ndarray of object, shape (n_dyads,)
        None where none is recorded; the dyad is left out then.
    patient, of_therapist : ndarray, shape (n_dyads,)
        The patient's and the therapist's report; NaN where missing.
    """

    therapist: NDArray[np.object_]
    patient: Vector
    of_therapist: Vector

    @property
    def arrays(self) -> tuple[NDArray[np.object_], Vector, Vector]:
        """As `attune.stats.one_with_many` takes them."""
        return self.therapist, self.patient, self.of_therapist


def reports_at(measures: pd.DataFrame, design: Partners, occasion: str, imputation: int) -> Reports:
    """Both reports of every dyad, at an occasion.

    Parameters
    ----------
    measures : pandas.DataFrame
        Contract `MEASURES`: one row per dyad, or per dyad and occasion.
    design : Partners
    occasion : str
        Occasion of the study; "" for reports that have one value per dyad.
    imputation : int
    """
    rows = measures[measures["imputation"] == imputation]
    # Values of a dyad are repeated in the rows of all of its occasions.
    rows = rows[rows["occasion"] == occasion] if occasion else rows.drop_duplicates("dyad")
    therapists = rows["therapist"].to_numpy(dtype=object)
    known = np.array([None if pd.isna(one) else one for one in therapists], dtype=object)
    patient, of_therapist = (
        rows[report].to_numpy(dtype=float, na_value=np.nan) for report in design.reports
    )
    return Reports(known, patient, of_therapist)


def compare_partners(
    measures: pd.DataFrame,
    datasets: Mapping[str, pd.DataFrame],
    study: "Study",
    *,
    interval: float = 0.95,
) -> pd.DataFrame:
    """One-with-many and actor-partner models that a study declares.

    Parameters
    ----------
    measures : pandas.DataFrame
        Contract `MEASURES`.
    datasets : mapping of str to pandas.DataFrame
        Data sets by name (see `analysis_datasets`): one row per dyad.
    study : Study
    interval : float
        Coverage of all intervals.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`; see `attune.analyses.partners.kinds`. Where a model cannot be
        estimated its statistics are null with a reason; the other models go on.

    Raises
    ------
    AnalysisError
        A data set lacks a column that an actor-partner design names.
    """
    rows: list[Row] = []
    for name, design in one_with_many_designs(study).items():
        imputation = study.imputation_of(design.dataset)
        for occasion in design.times:
            reports = reports_at(measures, design, occasion, imputation)
            rows += _one_with_many_rows(name, design, occasion, reports, interval)
    pairs = actor_partner_designs(study)
    problems = [
        problem
        for name, one in pairs.items()
        for problem in missing_columns(
            datasets,
            f"actor-partner design {name!r}",
            one.dataset,
            [*one.predictors, *one.outcomes, *one.covariates],
        )
    ]
    if problems:
        raise AnalysisError("Actor and partner effects cannot be estimated.", problems)
    for name, pair in pairs.items():
        rows += _actor_partner_rows(name, pair, datasets[pair.dataset], interval)
    return statistics_frame(rows)


def statistics(inputs: "AnalysisInputs", resampling: bool) -> pd.DataFrame:
    """Models of both partners, from the inputs of all analyses."""
    return compare_partners(
        inputs.measures,
        inputs.datasets,
        inputs.study,
        **inputs.choices.compare_partners.model_dump(),
    )


@dataclass(frozen=True)
class _Partition:
    """One one-with-many model: what all of its rows share."""

    name: str
    design: Partners
    occasion: str
    n: int
    interval: float

    def row(
        self, parts: tuple[str, ...], statistic: str, estimate: float | None, **columns: Any
    ) -> Row:
        """A row of the store about this model; the occasion ends the terms of the id."""
        likelihood = {
            "REML": "restricted maximum likelihood, profile likelihood intervals",
            "ML": "maximum likelihood, profile likelihood intervals",
        }
        shared: dict[str, Any] = {
            "x": self.design.reports[0],
            "y": self.design.reports[1],
            "occasion": self.occasion or None,
            "dataset": self.design.dataset,
            "n": self.n,
            "method": f"One-with-many model, {likelihood[self.design.method]}",
            "software": software("attune", "scipy"),
        }
        terms = (*parts, self.occasion)
        return statistic_row(self.name, terms, statistic, estimate, **(shared | columns))

    def component(
        self, parts: tuple[str, ...], statistic: str, found: Component, **columns: Any
    ) -> Row:
        """A variance, share or correlation with its interval; why it is at its boundary."""
        known: dict[str, Any] = {"reason": found.reason or "It is undefined."}
        if np.isfinite(found.ci_low) and np.isfinite(found.ci_high):
            ends = {"ci_low": found.ci_low, "ci_high": found.ci_high}
            known |= ends | {"ci_level": self.interval}
        if np.isfinite(found.p):
            known["p_two_tailed"] = found.p
        row = self.row(parts, statistic, found.estimate, **(columns | known))
        if found.reason and row["estimate"] is not None:
            row["method"] = f"{row['method']}. {found.reason}"
        return row


def _one_with_many_rows(
    name: str, design: Partners, occasion: str, reports: Reports, interval: float
) -> Iterator[Row]:
    known = np.isfinite(reports.patient), np.isfinite(reports.of_therapist)
    treated = np.array([one is not None for one in reports.therapist], dtype=bool)
    n = int(((known[0] | known[1]) & treated).sum())
    model = _Partition(name, design, occasion, n, interval)
    yield model.row((), "partition_n", float(n), method=None)
    complete = int((known[0] & known[1] & treated).sum())
    yield model.row((), "partition_complete_n", float(complete), method=None)
    therapists = set(reports.therapist[(known[0] | known[1]) & treated])
    yield model.row((), "partition_therapists", float(len(therapists)), method=None)
    reason = why_no_one_with_many(*reports.arrays)
    if reason:
        yield from _undefined_partition(model, reason)
        return
    fit = one_with_many(*reports.arrays, method=design.method, interval=interval)
    for report, rater, found in zip(
        design.reports, RATERS, (fit.patients, fit.therapist_reports), strict=True
    ):
        yield from _rater_rows(model, report, rater, found)
    for statistic in RECIPROCITIES:
        yield model.component((), statistic, getattr(fit, statistic))
    boundary = " ".join(fit.singular) or None
    yield model.row((), "partition_boundary", float(len(fit.singular)), method=boundary)


def _undefined_partition(model: _Partition, reason: str) -> Iterator[Row]:
    for report, rater in zip(model.design.reports, RATERS, strict=True):
        for statistic in ("report_mean", *COMPONENTS):
            shared = {"x": report, "y": None, "rater": rater}
            yield model.row((report,), statistic, None, reason=reason, **shared)
    for statistic in RECIPROCITIES:
        yield model.row((), statistic, None, reason=reason)


def _rater_rows(
    model: _Partition, report: str, rater: str, found: RaterComponents
) -> Iterator[Row]:
    """Mean, variances and shares of one side's reports."""
    shared: dict[str, Any] = {"x": report, "y": None, "outcome": report, "rater": rater}
    shared["n"] = found.n
    yield model.row((report,), "report_n", float(found.n), **(shared | {"method": None}))
    yield model.row((report,), "report_mean", found.mean, se=found.mean_se, **shared)
    share = found.therapist_share
    rest = Component(1 - share.estimate, 1 - share.ci_high, 1 - share.ci_low, np.nan, share.reason)
    components = (found.therapist_variance, found.dyad_variance, share, rest)
    for statistic, component in zip(COMPONENTS, components, strict=True):
        yield model.component((report,), statistic, component, **shared)


@dataclass(frozen=True)
class Members:
    """Both partners' values, of the dyads that have all of them; shape (n_dyads,) each.

    `covariates` has shape (n_dyads, k); None where the design has none.
    """

    first_x: Vector
    second_x: Vector
    first_y: Vector
    second_y: Vector
    covariates: NDArray[np.float64] | None

    @property
    def n(self) -> int:
        """Number of dyads."""
        return len(self.first_x)

    @property
    def arrays(self) -> tuple[Vector, Vector, Vector, Vector]:
        """Predictors and outcomes, as `attune.stats.actor_partner` takes them."""
        return self.first_x, self.second_x, self.first_y, self.second_y


def members_of(design: Partners, frame: pd.DataFrame) -> Members:
    """Both partners' values in a data set.

    Parameters
    ----------
    design : Partners
        An actor-partner design.
    frame : pandas.DataFrame
        One row per dyad (see `analysis_datasets`). Dyads that lack a value are left out.
    """
    names = [*design.predictors, *design.outcomes, *design.covariates]
    values = frame[names].to_numpy(dtype=float, na_value=np.nan)
    complete = values[np.isfinite(values).all(axis=1)]
    covariates = complete[:, 4:] if design.covariates else None
    first_x, second_x, first_y, second_y = complete[:, :4].T
    return Members(first_x, second_x, first_y, second_y, covariates)


@dataclass(frozen=True)
class _Pair:
    """One actor-partner model: what all of its rows share."""

    name: str
    design: Partners
    n: int
    interval: float

    def row(
        self, parts: tuple[str, ...], statistic: str, estimate: float | None, **columns: Any
    ) -> Row:
        """A row of the store about this model."""
        shared: dict[str, Any] = {
            "x": self.design.outcomes[0],
            "y": self.design.outcomes[1],
            "dataset": self.design.dataset,
            "n": self.n,
            "method": "Actor-partner interdependence model, least squares of both outcomes",
            "software": software("attune", "scipy"),
        }
        return statistic_row(self.name, parts, statistic, estimate, **(shared | columns))

    def tested(
        self,
        parts: tuple[str, ...],
        statistic: str,
        test: CoefficientTest | None,
        reason: str = NO_ERROR,
        **columns: Any,
    ) -> Iterator[Row]:
        """An effect with its interval, and its t; both undefined where there is no test."""
        missing = {"reason": reason} | columns
        if test is None:
            yield self.row(parts, statistic, None, **missing)
            yield self.row(parts, f"{statistic}_t", None, **missing)
            return
        ends = {"ci_low": test.ci_low, "ci_high": test.ci_high, "ci_level": self.interval}
        size = {"se": test.se, "df": test.df} | ends
        yield self.row(parts, statistic, test.estimate, **(size | columns))
        evidence = {"df": test.df, "p_two_tailed": test.p_two_tailed}
        yield self.row(parts, f"{statistic}_t", test.t, **(evidence | missing))


def _actor_partner_rows(
    name: str, design: Partners, frame: pd.DataFrame, interval: float
) -> Iterator[Row]:
    members = members_of(design, frame)
    model = _Pair(name, design, members.n, interval)
    yield model.row((), "pair_n", float(model.n), method=None)
    reason = why_no_actor_partner(*members.arrays, covariates=members.covariates)
    if reason:
        yield from _undefined_pair(model, reason)
        return
    fit = actor_partner(*members.arrays, interval=interval, covariates=members.covariates)
    for place, member in enumerate((fit.first, fit.second)):
        yield from _member_rows(model, place, member)
    contrast = f"{design.outcomes[0]} minus {design.outcomes[1]}"
    for statistic in ("actor_difference", "partner_difference"):
        yield from model.tested((), statistic, getattr(fit, statistic), contrast=contrast)
    yield from _interdependence_rows(model, fit)


def _undefined_pair(model: _Pair, reason: str) -> Iterator[Row]:
    for outcome in model.design.outcomes:
        for statistic in EFFECTS:
            yield from model.tested((outcome,), statistic, None, reason, x=outcome, y=None)
        yield model.row((outcome,), "partner_ratio", None, x=outcome, y=None, reason=reason)
    for statistic in ("actor_difference", "partner_difference"):
        yield from model.tested((), statistic, None, reason)
    for statistic in ("residual_association", "distinguishability"):
        yield model.row((), statistic, None, reason=reason)


def _member_rows(model: _Pair, place: int, member: MemberEffects) -> Iterator[Row]:
    """Effects on one partner's outcome, and their ratio."""
    outcome = model.design.outcomes[place]
    shared: dict[str, Any] = {"x": outcome, "outcome": outcome}
    for statistic, test, of in (
        ("actor_effect", member.actor, place),
        ("partner_effect", member.partner, 1 - place),
    ):
        predictor = model.design.predictors[of]
        columns = shared | {"y": predictor, "predictor": predictor}
        yield from model.tested((outcome,), statistic, test, **columns)
    k = member.k
    words = f"Fieller's interval: {k.form}"
    if k.patterns:
        words += f"; it contains the pattern {' and '.join(k.patterns)}"
    ends = {}
    if k.form == "bounded":
        ends = {"ci_low": k.ci_low, "ci_high": k.ci_high, "ci_level": model.interval}
    reason = "The actor effect is zero, so that no ratio to it exists."
    columns = shared | {"y": None, "method": words, "reason": reason} | ends
    yield model.row((outcome,), "partner_ratio", k.k, **columns)
    yield model.row((outcome,), "pair_r_squared", member.r_squared, **(shared | {"y": None}))


def _interdependence_rows(model: _Pair, fit: ActorPartner) -> Iterator[Row]:
    """What the predictors leave in common, and whether the roles can be exchanged."""
    known: dict[str, Any] = {"df": float(fit.df - 1)}
    if np.isfinite(fit.residual_r_p):
        known["p_two_tailed"] = fit.residual_r_p
    if np.isfinite(fit.residual_r_ci_low):
        ends = {"ci_low": fit.residual_r_ci_low, "ci_high": fit.residual_r_ci_high}
        known |= ends | {"ci_level": model.interval}
    yield model.row((), "residual_association", fit.residual_r, **known)
    test = fit.distinguishability
    if test is None:
        reason = fit.distinguishability_reason
        yield model.row((), "distinguishability", None, reason=reason)
        return
    evidence = {"df": float(test.df), "p_two_tailed": test.p}
    method = "Likelihood ratio against a model in which the roles can be exchanged"
    yield model.row((), "distinguishability", test.chi_square, **evidence, method=method)
