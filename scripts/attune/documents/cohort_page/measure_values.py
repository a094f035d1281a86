"""The study's measures as far as a cohort holds them, and why the others are not there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from attune.analyses.gains.estimate import residual_gains
from attune.intake.reading.given_scores import ReadScores
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.sheets import is_named
from attune.scoring.measures import impute_series_mean
from attune.scoring.scores import scale_scores
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune.specs.study_checks import QuestionnaireKey, measure_problems


@dataclass(frozen=True)
class MeasureValues:
    """The data sets of a study, without what the cohort does not hold.

    Attributes
    ----------
    datasets : dict of str to pandas.DataFrame
        `available` and, where the study imputes, `imputed`: one row per dyad, the column condition
        and one column per measure or outcome.
    absent : dict of str to str
        Measure or outcome -> why it is not there.
    """

    datasets: dict[str, pd.DataFrame]
    absent: dict[str, str]


def measure_values(
    study: Study,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    sample: pd.DataFrame,
    answered: Sequence[AnsweredQuestionnaire],
    given: Sequence[ReadScores] = (),
) -> MeasureValues:
    """Collect what the cohort holds of the study's measures and outcomes.

    Other than `attune.scoring.measures` and `attune.analyses.gains.estimate`, this goes on where
    something is missing or wrong: cells that are no response count as not answered, and of a dyad
    that occurs twice the first row counts.

    Parameters
    ----------
    study : Study
    cohort : Cohort
    instruments : mapping of id to Instrument
    sample : pandas.DataFrame
        As `read_sample` gives it.
    answered : sequence of AnsweredQuestionnaire
    given : sequence of ReadScores
    """
    people = sample[is_named(sample["dyad"], cohort)].drop_duplicates("dyad").set_index("dyad")
    problems = measure_problems(study, cohort, instruments)
    absent = {name: "; ".join(found) for name, found in problems.items() if found}
    scores = _scores(answered, given)
    columns: dict[str, pd.Series] = {}
    for name, measure in study.measures.items():
        if name in absent:
            continue
        if measure.variable is not None:
            columns[name] = people.get(measure.variable, pd.Series(np.nan, people.index))
            continue
        where = (str(measure.instrument), str(measure.rater), str(measure.occasion), measure.state)
        found = scores.get((where, str(measure.scale)))
        if found is None:
            absent[name] = "its questionnaire could not be read; see the errors"
        else:
            columns[name] = found.reindex(people.index)
    observed = pd.DataFrame(columns, index=people.index, dtype=float)
    datasets = {"available": observed}
    if study.imputation.method != "none":
        datasets["imputed"] = _imputed(observed, study)
    for frame in datasets.values():
        frame["condition"] = people.get("condition")
    _add_gains(datasets, study, absent)
    return MeasureValues(datasets, absent)


def _scores(
    answered: Sequence[AnsweredQuestionnaire], given: Sequence[ReadScores]
) -> dict[tuple[QuestionnaireKey, str], pd.Series]:
    """Score by questionnaire and scale; each dyad once."""
    found: dict[tuple[QuestionnaireKey, str], pd.Series] = {}
    for each in answered:
        scored = scale_scores(each.responses, each.instrument)
        first = ~each.dyads.duplicated().to_numpy()
        for scale, score in zip(scored.scales, scored.score, strict=True):
            found[each.key, scale] = pd.Series(score[first], index=each.dyads[first].to_numpy())
    for one in given:
        first = ~one.dyads.duplicated().to_numpy()
        place = (one.key, str(one.declared.scale))
        found.setdefault(
            place, pd.Series(one.scores[first], index=one.dyads[first].to_numpy(), dtype=float)
        )
    return found


def _imputed(observed: pd.DataFrame, study: Study) -> pd.DataFrame:
    wanted = study.imputation.measures or [
        name for name, measure in study.measures.items() if measure.instrument
    ]
    targets = [name for name in wanted if name in observed]
    completed = observed.copy()
    completed[targets] = impute_series_mean(observed[targets])
    return completed


def _add_gains(datasets: dict[str, pd.DataFrame], study: Study, absent: dict[str, str]) -> None:
    """Each outcome's residual gain as a column; all missing where it is undefined."""
    for name, outcome in study.outcomes.items():
        lacking = [part for part in (outcome.pretest, outcome.posttest) if part in absent]
        if lacking:
            absent[name] = "; ".join(f"{study.label_of(part)}: {absent[part]}" for part in lacking)
            continue
        for frame in datasets.values():
            try:
                frame[name] = residual_gains(frame[outcome.pretest], frame[outcome.posttest])
            except AnalysisError:
                frame[name] = np.nan
