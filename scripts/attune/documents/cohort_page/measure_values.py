"""The study's measures as far as a cohort holds them, and why the others are missing."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from attune.analyses.analysis import MeasureValues
from attune.analyses.gains.estimate import compute_residual_gains, pretests_and_posttests
from attune.documents.cohort_page.cohort_check import MeasureCheck
from attune.intake.reading.given_scores import ReadScores
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.sheets import is_named
from attune.scoring.measures import (
    DYAD_COLUMNS,
    SCORE_KEY,
    collect_measures,
    impute_measures,
    possible_scores,
)
from attune.scoring.scores import scale_scores
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study import Study, at_each_occasion
from attune.specs.study_checks import measure_problems
from attune.stats.score_distribution import misleads_normal_intervals, score_distribution
from attune.store.contracts import MEASURES
from attune.store.datasets import analysis_datasets


def measure_values(
    study: Study,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    sample: pd.DataFrame,
    answered: Sequence[AnsweredQuestionnaire],
    given: Sequence[ReadScores] = (),
) -> MeasureValues:
    """Collect the measures and outcomes of a study that a cohort holds.

    Measures and gains are computed by the functions of the pipeline
    (`attune.scoring.measures`, `attune.analyses.gains.estimate`), for the part of the study whose
    measures exist. Raw files with errors are accepted: cells that are not a response count as not
    answered, and of a dyad that occurs twice the first row counts.

    Parameters
    ----------
    study : Study
    cohort : Cohort
    instruments : mapping of id to Instrument
    sample : pandas.DataFrame
        What `read_sample` returns.
    answered : sequence of AnsweredQuestionnaire
    given : sequence of ReadScores
    """
    scores = _scores(answered, given)
    absent = _absent_measures(study, cohort, instruments, set(scores))
    for name, outcome in study.outcomes.items():
        missing = [part for part in (outcome.pretest, outcome.posttest) if part in absent]
        if missing:
            absent[name] = "; ".join(f"{study.label_of(part)}: {absent[part]}" for part in missing)
    present = _present_part(study, absent)
    people = sample[is_named(sample["dyad"], cohort)].drop_duplicates("dyad", ignore_index=True)
    collected = collect_measures(_score_rows(scores), _with_columns(people, present), present)
    measures = impute_measures(collected, present)
    gains, _ = compute_residual_gains(measures, pretests_and_posttests(present))
    datasets = analysis_datasets(measures, gains, present.outcomes, study.datasets)
    if present.imputation.method != "none":
        # A sample sheet without a dyad has no rows of any imputation.
        datasets.setdefault("imputed", datasets["available"])
    return MeasureValues(datasets, measures, people, absent)


def check_measures(
    study: Study, instruments: Mapping[str, Instrument], available: pd.DataFrame
) -> Iterator[MeasureCheck]:
    """Floor, ceiling and skewness of the measures that have one value per dyad.

    Parameters
    ----------
    study : Study
    instruments : mapping of id to Instrument
    available : pandas.DataFrame
        The data set of that name, see `MeasureValues`.
    """
    for name, measure in study.measures.items():
        if name in study.measures_by_occasion() or name not in available.columns:
            continue
        ends = possible_scores(measure, instruments) or (None, None)
        values = available[name].to_numpy(dtype=float, na_value=np.nan)
        found = score_distribution(values, *ends)
        shares = found.at_minimum, found.at_maximum, found.skewness
        at_minimum, at_maximum, skewness = (
            share if np.isfinite(share) else None for share in shares
        )
        yield MeasureCheck(
            label=measure.label,
            n=found.n,
            at_minimum=at_minimum,
            at_maximum=at_maximum,
            skewness=skewness,
            odd=misleads_normal_intervals(*shares),
        )


_ScoreKey = tuple[str, ...]
"""Values of `SCORE_KEY`."""


def _scores(
    answered: Sequence[AnsweredQuestionnaire], given: Sequence[ReadScores]
) -> dict[_ScoreKey, pd.Series]:
    """Scores by instrument, scale, rater, occasion and state; each dyad once."""
    scores_by_key: dict[_ScoreKey, pd.Series] = {}
    for questionnaire in answered:
        scored = scale_scores(questionnaire.responses, questionnaire.instrument)
        instrument, *place = questionnaire.key
        for scale, score in zip(scored.scales, scored.score, strict=True):
            scores_by_key[instrument, scale, *place] = _by_dyad(score, questionnaire.dyads)
    for scores in given:
        instrument, *place = scores.key
        key = (instrument, str(scores.declared.scale), *place)
        scores_by_key.setdefault(key, _by_dyad(scores.scores, scores.dyads))
    return scores_by_key


def _by_dyad(scores: np.ndarray, dyads: pd.Series) -> pd.Series:
    first = ~dyads.duplicated().to_numpy()
    return pd.Series(scores[first], index=dyads[first].to_numpy(), dtype=float)


def _absent_measures(
    study: Study,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    read: set[_ScoreKey],
) -> dict[str, str]:
    problems = measure_problems(study, cohort, instruments)
    absent = {name: "; ".join(entries) for name, entries in problems.items() if entries}
    for name, measure in study.measures.items():
        keys = {
            tuple(str(getattr(one, part)) for part in SCORE_KEY)
            for one in at_each_occasion(measure, study)
        }
        if name in MEASURES.schema.names:
            absent.setdefault(name, f"the name {name!r} is taken; choose another")
        elif measure.variable is None and not keys & read:
            absent.setdefault(name, "its questionnaire could not be read; see the errors")
    return absent


def _present_part(study: Study, absent: Mapping[str, str]) -> Study:
    """The study without what is absent, and without its analyses."""
    chosen = [name for name in study.imputation.measures if name not in absent]
    imputation = study.imputation
    if imputation.measures and not chosen:
        imputation = imputation.model_copy(update={"method": "none"})
    return study.model_copy(
        update={
            "measures": {
                name: outcome for name, outcome in study.measures.items() if name not in absent
            },
            "outcomes": {
                name: outcome for name, outcome in study.outcomes.items() if name not in absent
            },
            "imputation": imputation.model_copy(update={"measures": chosen}),
            **{section: {} for section in study.sections()},
        }
    )


def _score_rows(scores: Mapping[_ScoreKey, pd.Series]) -> pd.DataFrame:
    """Scores as rows of the contract `SCORES`, as far as measures need its columns."""
    frames = [
        pd.DataFrame({"dyad": values.index, "score": values.to_numpy()}).assign(
            **dict(zip(SCORE_KEY, key, strict=True))
        )
        for key, values in scores.items()
    ]
    return pd.concat([pd.DataFrame(columns=["dyad", *SCORE_KEY, "score"]), *frames])


def _with_columns(people: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The sample with the columns that measures need; missing where the file has none."""
    variables = [
        measure.variable for measure in study.measures.values() if measure.variable is not None
    ]
    columns: dict[str, object] = {
        name: people.get(name, pd.Series(None, people.index, dtype=object)) for name in DYAD_COLUMNS
    }
    for name in variables:
        columns[name] = people.get(name, pd.Series(np.nan, people.index)).astype(float)
    return pd.DataFrame(columns, index=people.index)
