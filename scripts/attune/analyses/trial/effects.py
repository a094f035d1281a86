"""Effects of the arms on one outcome: the mixed model for repeated measures of a trial.

The formulas are in `attune.stats.repeated_measures`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from attune.analyses.trial.declaration import Trial
from attune.analyses.trial.design import TrialData
from attune.specs.errors import AnalysisError
from attune.stats.regression import CoefficientTest
from attune.stats.repeated_measures import (
    ArmContrast,
    RepeatedMeasuresFit,
    fit_repeated_measures,
)
from attune.store.statistic_rows import Row, software, statistic_row

DF_WORDS = {
    "satterthwaite": "Satterthwaite's degrees of freedom",
    "kenward_roger": "Kenward and Roger's standard errors and degrees of freedom",
}
COVARIANCE_WORDS = {
    "unstructured": "unstructured covariance over the visits",
    "compound_symmetry": "compound symmetry over the visits",
    "ar1": "first-order autoregressive covariance over the visits",
}


@dataclass(frozen=True)
class OutcomeEffects:
    """The fitted model of one outcome.

    Attributes
    ----------
    data : TrialData
    outcome : str
    rows : pandas.DataFrame
        See `TrialData.long`; with the baseline as first visit where it is an outcome.
    fit : RepeatedMeasuresFit
    left_out : dict of str to str
        Visits that the model leaves out -> why.
    """

    data: TrialData
    outcome: str
    rows: pd.DataFrame
    fit: RepeatedMeasuresFit
    left_out: Mapping[str, str]

    @property
    def method(self) -> str:
        """How the model was fitted, in words."""
        trial = self.data.trial
        therapist = ", random intercepts of therapists" if self.data.nested(self.outcome) else ""
        return (
            "Mixed model for repeated measures, restricted maximum likelihood,"
            f" {COVARIANCE_WORDS[trial.covariance]}{therapist}, {DF_WORDS[trial.df]}"
        )

    def row(
        self, parts: tuple[str, ...], statistic: str, estimate: float | None, **columns: Any
    ) -> Row:
        """A row of the store about this outcome; it ends the terms of the id."""
        shared: dict[str, Any] = {
            "x": self.outcome,
            "outcome": self.outcome,
            "dataset": self.data.trial.dataset,
            "n": self.fit.n_persons,
            "software": software("attune", "scipy"),
            "method": self.method,
        }
        terms = (self.outcome, *parts)
        return statistic_row(self.data.name, terms, statistic, estimate, **(shared | columns))


def fit_outcome(
    data: TrialData, outcome: str, people: pd.DataFrame | None = None
) -> OutcomeEffects:
    """Fit the declared model of one outcome to the visits at which every arm has it.

    Parameters
    ----------
    data : TrialData
    outcome : str
    people : pandas.DataFrame, optional
        Those who are analysed (rows of `TrialData.units`); default: everybody.

    Raises
    ------
    AnalysisError
        Nobody has a baseline, no visit is left, or the data cannot carry the model (see
        `fit_repeated_measures`).
    """
    trial = data.trial
    rows = data.long(outcome, people)
    if rows["observed_before"].isna().all():
        raise AnalysisError(nobody_before(trial))
    left_out = visits_left_out(data, rows)
    visits = [visit for visit in trial.visits if visit not in left_out]
    if not visits:
        raise AnalysisError(" ".join(left_out.values()))
    rows = rows[rows["visit"].isin(visits)]
    as_outcome = trial.baseline_as == "outcome"
    if as_outcome:
        rows = _with_baseline(rows, trial.baseline, visits)
    fit = fit_repeated_measures(
        rows,
        "score",
        "person",
        "visit",
        "arm",
        cluster="cluster" if data.nested(outcome) else None,
        covariance=trial.covariance,
        df=trial.df,
        covariates_by_visit=() if as_outcome else ("before",),
        reference=data.arms[data.reference],
        constrained_visit=trial.baseline if as_outcome else None,
        baseline=None if as_outcome else "observed_before",
        interval=data.interval,
    )
    return OutcomeEffects(data, outcome, rows, fit, left_out)


def nobody_before(trial: Trial) -> str:
    """Why an outcome without any baseline is not analysed."""
    return f"Nobody has the outcome at {trial.baseline.replace('_', ' ')}, the declared baseline."


def visits_left_out(data: TrialData, rows: pd.DataFrame) -> dict[str, str]:
    """Visits at which some arm has no outcome -> why nothing is compared there."""
    known = rows.dropna(subset=["score"])
    found = {}
    for visit in data.trial.visits:
        there = set(known.loc[known["visit"] == visit, "arm"])
        empty = [arm for arm in data.arms.values() if arm not in there]
        if empty:
            when = data.trial.visit_words.get(visit, f"at {visit.replace('_', ' ')}")
            found[visit] = f"Nobody of {' or '.join(empty)} has the outcome {when}."
    return found


def _with_baseline(rows: pd.DataFrame, baseline: str, visits: list[str]) -> pd.DataFrame:
    """The baseline as the first visit."""
    first = rows[rows["visit"] == visits[0]]
    before = first.assign(visit=baseline, score=first["before"])
    both = pd.concat([before, rows.astype({"visit": object})], ignore_index=True)
    kind = pd.CategoricalDtype([baseline, *visits], ordered=True)
    return both.drop(columns="before").astype({"visit": kind})


def effect_rows(effects: OutcomeEffects) -> Iterator[Row]:
    """Every statistic of the model of one outcome."""
    fit, data = effects.fit, effects.data
    analysed = effects.rows.dropna(subset=[c for c in ("score", "before") if c in effects.rows])
    for arm in data.arms.values():
        n = int(analysed.loc[analysed["arm"] == arm, "person"].nunique())
        yield effects.row((arm,), "analysed_n", float(n), n=n, level=arm, method=None)
    replaced = analysed[analysed["replaced"]]["person"].nunique()
    yield effects.row((), "baseline_replaced_n", float(replaced), method=None)
    yield from _mean_rows(effects)
    for contrast in fit.contrasts:
        yield from _contrast_rows(effects, contrast, "arm_difference")
    yield from undefined_rows(data, effects.outcome, effects.left_out)
    for contrast in fit.averages:
        yield from _contrast_rows(effects, contrast, "average_difference")
    if fit.arm_by_visit is not None:
        test = fit.arm_by_visit
        yield effects.row(
            (),
            "arm_by_visit_f",
            test.f,
            df=test.df2,
            p_two_tailed=test.p,
            method=f"{effects.method}, {test.df1} numerator degrees of freedom",
        )
    yield from _variance_rows(effects)
    warnings = fit.model.messages
    named = " ".join(warnings) or None
    yield effects.row((), "model_warnings", float(len(warnings)), n=None, method=named)
    states = {"model_singular": fit.model.singular, "model_not_converged": not fit.model.converged}
    for statistic, state in states.items():
        yield effects.row((), statistic, float(state), n=None, method=named)


def _test_columns(test: CoefficientTest, interval: float) -> dict[str, Any]:
    return {
        "se": test.se,
        "df": test.df,
        "ci_low": test.ci_low,
        "ci_high": test.ci_high,
        "ci_level": interval,
    }


def _mean_rows(effects: OutcomeEffects) -> Iterator[Row]:
    """Observed and adjusted means of each arm at each visit."""
    rows = effects.rows
    for one in effects.fit.means:
        if one.arm is None:
            continue
        arm, visit = str(one.arm), str(one.visit)
        here = rows[(rows["arm"] == arm) & (rows["visit"] == visit)]["score"].dropna().to_numpy()
        shared = {"occasion": visit, "level": arm}
        n = len(here)
        yield effects.row((visit, arm), "visit_n", float(n), n=n, method=None, **shared)
        mean = float(here.mean()) if n else None
        yield effects.row(
            (visit, arm), "visit_mean", mean, n=n, method=None, reason="Nobody has one.", **shared
        )
        sd = float(here.std(ddof=1)) if n > 1 else None
        few = "Fewer than two values have no standard deviation."
        yield effects.row((visit, arm), "visit_sd", sd, n=n, method=None, reason=few, **shared)
        columns = _test_columns(one.test, effects.data.interval) | shared
        yield effects.row((visit, arm), "adjusted_visit_mean", one.test.estimate, **columns)


def _contrast_rows(effects: OutcomeEffects, contrast: ArmContrast, statistic: str) -> Iterator[Row]:
    """A difference between two arms with its test and its size in standard deviations."""
    interval = effects.data.interval
    parts: tuple[str, ...] = () if contrast.visit is None else (str(contrast.visit),)
    shared: dict[str, Any] = {
        "occasion": None if contrast.visit is None else str(contrast.visit),
        "contrast": f"{contrast.arm} minus {contrast.reference}",
    }
    if len(effects.data.arms) > 2:
        parts += (str(contrast.arm),)
        shared["level"] = str(contrast.arm)
    test = contrast.test
    yield effects.row(parts, statistic, test.estimate, **(_test_columns(test, interval) | shared))
    yield effects.row(
        parts,
        f"{statistic}_t",
        test.t,
        df=test.df,
        p_two_tailed=test.p_two_tailed,
        **shared,
    )
    size = contrast.standardised
    if size is not None:
        yield effects.row(
            parts,
            f"standardised_{statistic}",
            size.d,
            se=size.se,
            ci_low=size.ci_low,
            ci_high=size.ci_high,
            ci_level=interval,
            **shared,
        )


def _variance_rows(effects: OutcomeEffects) -> Iterator[Row]:
    """Covariance of the residuals over the visits, and what therapists contribute."""
    fit = effects.fit
    sds = np.sqrt(np.diag(fit.within_covariance))
    for number, visit in enumerate(fit.visits):
        yield effects.row(
            (str(visit),), "visit_residual_sd", float(sds[number]), occasion=str(visit)
        )
        for other in range(number):
            value = fit.within_covariance[number, other] / (sds[number] * sds[other])
            pair = (str(fit.visits[other]), str(visit))
            yield effects.row(
                ("_".join(pair),),
                "visit_residual_correlation",
                float(value),
                contrast=" and ".join(pair),
            )
    if fit.cluster_variance is not None:
        yield effects.row((), "cluster_sd", float(np.sqrt(fit.cluster_variance)))
    for cluster in fit.clusters:
        here = {"occasion": str(cluster.visit), "n": cluster.n_clusters}
        parts = (str(cluster.visit),)
        share = cluster.icc
        limits: dict[str, Any] = {}
        if np.isfinite(share.ci_low) and np.isfinite(share.ci_high):
            limits = {
                "ci_low": share.ci_low,
                "ci_high": share.ci_high,
                "ci_level": effects.data.interval,
            }
        yield effects.row(parts, "cluster_icc", share.estimate, **(here | limits))
        yield effects.row(parts, "mean_cluster_size", cluster.mean_size, **here)
        yield effects.row(parts, "cluster_size_cv", cluster.size_cv, **here)
        yield effects.row(parts, "design_effect", cluster.design_effect, **here)


def tested_rows(
    data: TrialData,
    parts: tuple[str, ...],
    statistic: str,
    test: CoefficientTest,
    shared: dict[str, Any],
) -> Iterator[Row]:
    """An effect with its interval, and its t; ids end with `statistic` and `statistic`_t."""
    columns = _test_columns(test, data.interval)
    yield statistic_row(data.name, parts, statistic, test.estimate, **columns, **shared)
    yield statistic_row(
        data.name,
        parts,
        f"{statistic}_t",
        test.t,
        df=test.df,
        p_two_tailed=test.p_two_tailed,
        **shared,
    )


def undefined_rows(data: TrialData, outcome: str, reasons: Mapping[str, str]) -> Iterator[Row]:
    """The differences of an outcome that cannot be estimated at some visits, with the reasons."""
    labels = [data.arms[code] for code in data.treated]
    for visit, reason in reasons.items():
        for arm in labels:
            parts = data.place(outcome, visit, arm=arm)
            shared = data.difference_columns(outcome, visit, arm)
            for statistic in ("arm_difference", "arm_difference_t"):
                yield statistic_row(data.name, parts, statistic, None, reason=reason, **shared)
