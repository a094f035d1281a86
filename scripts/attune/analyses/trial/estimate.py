"""Randomised trials: everything that a study declares of one, from flow to harms.

The participant flow is in `attune.analyses.trial.flow`, the effects in
`attune.analyses.trial.effects`, what missing outcomes may change in
`attune.analyses.trial.missing_outcomes`, who changed reliably in
`attune.analyses.trial.responders`.
"""

from typing import TYPE_CHECKING

import pandas as pd

from attune.analyses.trial.declaration import trials
from attune.analyses.trial.design import TrialData, trial_data
from attune.analyses.trial.effects import effect_rows, fit_outcome, undefined_rows
from attune.analyses.trial.flow import baseline_rows, flow_rows
from attune.analyses.trial.missing_outcomes import missing_outcome_rows
from attune.analyses.trial.received import received_n_rows, received_rows
from attune.analyses.trial.responders import harm_rows, responder_rows
from attune.specs.errors import AnalysisError
from attune.store.statistic_rows import Row, statistics_frame

if TYPE_CHECKING:
    from attune.analyses.analysis import AnalysisInputs
    from attune.specs.cohort import Cohort
    from attune.specs.study import Study


def analyse_trial(
    measures: pd.DataFrame,
    sample: pd.DataFrame,
    study: "Study",
    cohort: "Cohort",
    *,
    interval: float = 0.95,
    imputations: int = 50,
    level: float = 0.05,
    seed: int = 2012,
) -> pd.DataFrame:
    """Every trial that a study declares.

    Parameters
    ----------
    measures : pandas.DataFrame
        Contract `MEASURES`, one row per dyad and occasion.
    sample : pandas.DataFrame
        Contract `SAMPLE`.
    study : Study
    cohort : Cohort
    interval : float
        Coverage of all intervals.
    imputations : int
        Completed copies of the data for reference-based imputation.
    level : float
        Two-tailed level whose loss a tipping point is.
    seed : int
        Start of the random numbers of imputations.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`; see `attune.analyses.trial.kinds`. Where an outcome cannot be
        modelled its differences are null with a reason; the other outcomes go on.

    Raises
    ------
    AnalysisError
        The arms contradict the design (see `attune.analyses.trial.design.trial_data`).
    """
    labels = {name: one.levels for name, one in cohort.sample.variables.items()}
    rows: list[Row] = []
    for name, trial in trials(study).items():
        chosen = measures[measures["imputation"] == study.imputation_of(trial.dataset)]
        data = trial_data(name, trial, chosen, sample, cohort, interval=interval)
        rows += flow_rows(data, labels)
        rows += baseline_rows(data, cohort)
        for outcome in trial.outcomes:
            rows += _outcome_rows(data, outcome)
            rows += responder_rows(data, outcome)
            rows += received_rows(data, outcome)
            rows += missing_outcome_rows(data, outcome, imputations, seed, level)
        rows += received_n_rows(data)
        rows += harm_rows(data, labels)
    return statistics_frame(rows)


def statistics(inputs: "AnalysisInputs", resampling: bool) -> pd.DataFrame:
    """Randomised trials, from the inputs of all analyses."""
    choices = inputs.choices.analyse_trial
    return analyse_trial(
        inputs.measures,
        inputs.sample,
        inputs.study,
        inputs.cohort,
        level=inputs.choices.build_tables.level,
        seed=inputs.choices.seed,
        **choices.model_dump(),
    )


def _outcome_rows(data: TrialData, outcome: str) -> list[Row]:
    """Everything about one outcome."""
    try:
        effects = fit_outcome(data, outcome)
    except AnalysisError as error:
        reason = " ".join([error.heading, "; ".join(error.problems)]).strip()
        return [*undefined_rows(data, outcome, dict.fromkeys(data.trial.visits, reason))]
    return [*effect_rows(effects)]
