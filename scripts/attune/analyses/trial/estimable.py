"""Which outcomes of a trial a cohort can estimate, for its page."""

from collections.abc import Iterator

from attune.analyses.analysis import (
    NOT_IMPUTED,
    AnalysisCheck,
    MeasureValues,
    reasons_of_absence,
)
from attune.analyses.trial.declaration import Trial, trials
from attune.analyses.trial.design import trial_data
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.study import Study


def estimable(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[AnalysisCheck]:
    """Every outcome of every trial; n is persons with a score after the baseline."""
    for name, trial in trials(study).items():
        for outcome in trial.outcomes:
            n, reason = _persons(name, trial, outcome, study, cohort, values)
            yield AnalysisCheck(
                analysis=name,
                title=trial.title,
                kind="trial outcome",
                terms=study.label_of(outcome),
                dataset=trial.dataset,
                n=n,
                reason=reason,
            )


def _persons(
    name: str, trial: Trial, outcome: str, study: Study, cohort: Cohort, values: MeasureValues
) -> tuple[int, str]:
    if trial.dataset not in values.datasets:
        return 0, NOT_IMPUTED
    absent = [one for one in reasons_of_absence([outcome], study, values.absent).values() if one]
    if absent:
        return 0, "; ".join(absent)
    chosen = values.measures[values.measures["imputation"] == study.imputation_of(trial.dataset)]
    only = trial.model_copy(update={"outcomes": {outcome: trial.outcomes[outcome]}})
    try:
        data = trial_data(name, only, chosen, values.sample, cohort)
        table = data.wide(outcome)
    except AnalysisError as error:
        return 0, "; ".join(error.problems) or error.heading
    if table[trial.baseline].isna().all():
        return 0, f"nobody has a score at {trial.baseline}, the declared baseline"
    later = table[trial.visits].notna()
    there = later.any(axis=1)
    arms = data.units(trial.outcomes[outcome].level)["condition"]
    empty = [
        f"{label} has no score at {visit}"
        for visit in trial.visits
        for code, label in data.arms.items()
        if not (later[visit] & (arms == code)).any()
    ]
    return int(there.sum()), "; ".join(empty)
