"""Which differences of a trial a cohort can estimate, and what would stop the step."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from attune.analyses.analysis import AnalysisCheck, MeasureValues, is_about, why_absent
from attune.analyses.trial.declaration import Trial, plan_problems, trials
from attune.analyses.trial.design import TrialData, design_problems, trial_data
from attune.analyses.trial.effects import nobody_before, visits_left_out
from attune.printing.context import occasion_words
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.study import Study

if TYPE_CHECKING:
    import pandas as pd

STOPPED = "the design of the trial is contradicted by the data"
"""Why a difference is not estimated where `obstacles` names the problems."""


def estimable(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[AnalysisCheck]:
    """Every outcome of every trial at every visit; n is persons with a score there."""
    for name, trial in trials(study).items():
        for outcome in trial.outcomes:
            counts = _counts(name, trial, outcome, study, cohort, values)
            for visit, (n, reason) in counts.items():
                terms = f"{study.label_of(outcome)}, {occasion_words(visit)}"
                yield AnalysisCheck.of(name, trial, "difference between arms", terms, n, reason)


def obstacles(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[str]:
    """What of the data contradicts the design of a trial, so that the step would stop.

    The sentences are those of the step, without the ids of people. Where the plan does not fit the
    cohort, its own problems come first.
    """
    misfits = [*plan_problems(study, cohort)]
    for name, trial in trials(study).items():
        place = f"trial.{name}"
        if any(is_about(one, place) for one in misfits):
            continue
        arms = cohort.sample.conditions()
        problems = design_problems(trial, _sheet(values, cohort), arms)
        yield from (f"{place}: {problem}" for problem in problems)
        if problems or trial.dataset not in values.datasets:
            continue
        for outcome in trial.outcomes:
            if outcome in values.absent:
                continue
            try:
                _data(name, trial, outcome, study, cohort, values).wide(outcome)
            except AnalysisError as error:
                yield from (f"{place}: {problem}" for problem in error.problems)


def _sheet(values: MeasureValues, cohort: Cohort) -> "pd.DataFrame":
    """The sample sheet with all columns of a trial; missing where the file has none."""
    columns = [*values.sample.columns, "dyad", "therapist", "patient", "condition"]
    return values.sample.reindex(columns=[*dict.fromkeys([*columns, *cohort.sample.variables])])


def _data(
    name: str, trial: Trial, outcome: str, study: Study, cohort: Cohort, values: MeasureValues
) -> TrialData:
    """The data of a trial as if it had one outcome."""
    only = trial.model_copy(update={"outcomes": {outcome: trial.outcomes[outcome]}})
    chosen = values.measures[values.measures["imputation"] == study.imputation_of(trial.dataset)]
    return trial_data(name, only, chosen, _sheet(values, cohort), cohort)


def _counts(
    name: str, trial: Trial, outcome: str, study: Study, cohort: Cohort, values: MeasureValues
) -> dict[str, tuple[int, str]]:
    """Persons with the outcome at each visit, and why nothing is compared there."""
    absent = why_absent([outcome], trial.dataset, study, values)
    if not absent:
        try:
            data = _data(name, trial, outcome, study, cohort, values)
            rows = data.long(outcome)
        except AnalysisError:
            absent = STOPPED
    if absent:
        return dict.fromkeys(trial.visits, (0, absent))
    there = rows.dropna(subset=["score"]).groupby("visit", observed=False)["person"].nunique()
    if rows["observed_before"].isna().all():
        return dict.fromkeys(trial.visits, (0, nobody_before(trial)))
    left_out = visits_left_out(data, rows)
    return {visit: (int(there[visit]), left_out.get(visit, "")) for visit in trial.visits}
