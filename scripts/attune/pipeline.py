"""The pipeline as one pure call: responses, scoring keys, study and choices in, statistics out.

The steps of the workflow call the same functions one by one and keep what lies between them; this
module calls them in a row, without files. It is what a recalculation without some dyads, a
multiverse of choices or a thousand simulated cohorts calls.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike

from attune.analyses.analysis import AnalysisInputs
from attune.analyses.gains.estimate import compute_residual_gains, pretests_and_posttests
from attune.analyses.registry import analysis_modules, in_order
from attune.intake.reading.column_notes import ColumnNote
from attune.intake.reading.violations import stop_on_errors, violations_frame
from attune.intake.validation import intake_counts, validate_responses
from attune.scoring.measures import collect_measures, impute_measures
from attune.scoring.score_sources import score_cohort, with_given_scores
from attune.scoring.scores import score_batches
from attune.specs.closed_model import did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.config import Choices
from attune.specs.errors import AnalysisError
from attune.specs.instrument import Instrument
from attune.specs.study import DATASETS, Study
from attune.specs.study_checks import pretests
from attune.store.contracts import GIVEN_SCORES, SAMPLE, SCORES, conform
from attune.store.datasets import analysis_datasets
from attune.store.instrument_versions import name_instruments
from attune.store.statistic_rows import statistics_frame

ESTIMATES = {
    module.__name__.split(".")[-2]: module.statistics
    for module in in_order(analysis_modules("estimate"))
}
"""Analysis -> its statistics, from `AnalysisInputs` and whether to resample; in the order of the
result."""

ANALYSES = tuple(ESTIMATES)
"""Every analysis, named after its file of statistics."""


@dataclass(frozen=True)
class CohortData:
    """What a cohort's validated raw files hold.

    Attributes
    ----------
    responses : pyarrow.Table
        Contract `RESPONSES`: one completed questionnaire per row.
    sample : pyarrow.Table
        Contract `SAMPLE`: one dyad per row.
    given_scores : pyarrow.Table
        Contract `GIVEN_SCORES`: one scale score per row that the cohort brings instead of items.
    """

    responses: pa.Table
    sample: pa.Table
    given_scores: pa.Table

    def of_dyads(self, dyads: ArrayLike | Collection[str]) -> "CohortData":
        """The data of some dyads.

        Parameters
        ----------
        dyads : array_like of bool, shape (n_dyads,), or collection of str
            A mask over the rows of `sample`, or the ids of the dyads to keep.

        Raises
        ------
        AnalysisError
            The mask has another length than the sample, or an id is not in it.
        """
        every = self.sample["dyad"]
        chosen = np.asarray(list(dyads) if isinstance(dyads, set | frozenset) else dyads)
        if chosen.dtype == bool:
            if chosen.shape != (len(every),):
                raise AnalysisError(
                    f"A mask of dyads needs one value per dyad of the sample, {len(every)},"
                    f" found {chosen.size}."
                )
            kept = every.filter(pa.array(chosen))
        else:
            kept = pa.chunked_array([pa.array([str(dyad) for dyad in chosen], pa.string())])
            unknown = sorted(set(kept.to_pylist()) - set(every.to_pylist()))
            if unknown:
                raise AnalysisError(
                    "Dyads are not in the sample.", [repr(dyad) for dyad in unknown[:20]]
                )
        kept = kept.combine_chunks()
        return CohortData(
            *(
                table.filter(pc.is_in(table["dyad"], value_set=kept))
                for table in (self.responses, self.sample, self.given_scores)
            )
        )

    def content_sum(self) -> str:
        """A sum that two samples share if they have the same answers, scores and variables.

        Ids of dyads, patients and therapists do not count, nor do names of files and the order of
        rows, so that a copied sample is recognised under another name.

        Returns
        -------
        str
            SHA-256, in hexadecimal digits.
        """
        ids = {"dyad", "patient", "therapist"}
        digest = hashlib.sha256()
        for table in (self.responses, self.given_scores, self.sample):
            names = sorted(
                name
                for name in set(table.column_names) - ids
                if table[name].null_count < len(table)
            )
            rows = zip(*(table[name].to_pylist() for name in names), strict=True)
            digest.update(repr([names, sorted(map(repr, rows))]).encode())
        return digest.hexdigest()


def study_statistics(
    data: CohortData,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    study: Study,
    choices: Choices | None = None,
    *,
    dyads: ArrayLike | Collection[str] | None = None,
    dataset: str | None = None,
    analyses: Collection[str] = ANALYSES,
    resampling: bool = True,
) -> pd.DataFrame:
    """Every statistic of a study: scores, measures, residual gains and the chosen analyses.

    Parameters
    ----------
    data : CohortData
    cohort : Cohort
        Names the questionnaires and the treatment conditions.
    instruments : mapping of id to Instrument
        Scoring keys with the cohort's own missing rules.
    study : Study
    choices : Choices, optional
        Intervals, resamples, seed and further choices; by default those of config.yaml as shipped.
    dyads : array_like of bool or collection of str, optional
        The dyads to analyse (see `CohortData.of_dyads`); by default all. Residual gains and
        replaced scores are computed anew from these dyads.
    dataset : str, optional
        Data set that every analysis uses instead of the one that the study declares for it:
        `available`, `imputed`, or a name that the study declares, as for one of several
        imputations.
    analyses : collection of str
        Which of `ANALYSES`.
    resampling : bool
        Whether to compute bootstrap intervals and permutation tests, which take most of the time.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`, one statistic per row, analysis after analysis: the same rows as the
        steps of the workflow write, without the counts of violations.

    Raises
    ------
    AnalysisError
        An unknown analysis, dyad or data set; responses or measures that do not fit the keys or
        the study.
    """
    _require_known(analyses, ANALYSES, "analyses")
    counted = "scores" in analyses
    inputs = prepare(data, cohort, instruments, study, choices, dyads, dataset, counted=counted)
    found = [
        statistics(inputs, resampling) for name, statistics in ESTIMATES.items() if name in analyses
    ]
    found = [rows for rows in found if len(rows)] or [statistics_frame([])]
    return name_instruments(pd.concat(found, ignore_index=True), study, instruments)


def prepare(
    data: CohortData,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    study: Study,
    choices: Choices | None = None,
    dyads: ArrayLike | Collection[str] | None = None,
    dataset: str | None = None,
    *,
    counted: bool = True,
) -> AnalysisInputs:
    """Responses to data sets: scores, measures and residual gains (see `study_statistics`).

    Unless `counted`, the inputs have no `coverage`, which only the analysis `scores` reports.
    """
    choices = choices or Choices()
    if dyads is not None:
        data = data.of_dyads(dyads)
    sample = data.sample.to_pandas()
    batches, given, coverage = data.responses.to_batches(), data.given_scores, None
    if counted:
        tables, coverage = score_cohort(batches, given, instruments, cohort, sample)
    else:
        tables = with_given_scores(score_batches(batches, instruments), given)
    scores = pa.concat_tables([SCORES.schema.empty_table(), *tables]).to_pandas()
    measures = impute_measures(collect_measures(scores, sample, study), study)
    analysed = measures
    if dataset is not None:
        _require_known([dataset], [*DATASETS, *study.datasets], "data sets")
        analysed = measures[measures["imputation"] == study.imputation_of(dataset)]
        study = with_dataset(study, dataset)
    interval = choices.compute_residual_gains.interval
    gains, regressions = compute_residual_gains(
        analysed, pretests_and_posttests(study), interval, study.datasets
    )
    return AnalysisInputs(
        cohort=cohort,
        instruments=instruments,
        study=study,
        choices=choices,
        coverage=coverage,
        answers=data.responses,
        sample=sample,
        measures=measures,
        gains=gains,
        regressions=regressions,
        datasets=analysis_datasets(analysed, gains, study.outcomes, study.datasets),
    )


def with_dataset(study: Study, dataset: str) -> Study:
    """A study whose analyses all use one data set."""
    changed = {"dataset": dataset}
    return study.model_copy(
        update={
            section: {name: entry.model_copy(update=changed) for name, entry in entries.items()}
            for section, entries in study.sections().items()
        }
    )


def statistics_of_sheets(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    study: Study,
    analyses: Collection[str] = ANALYSES,
) -> pd.DataFrame:
    """Every statistic that a printed value can name, from the raw cells on, without resampling.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
        Raw cells; the index is the row number in the file.
    cohort, instruments, study, analyses
        As in `study_statistics`.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`, indexed by id; also the counts of violations by rule.

    Raises
    ------
    RawDataError
        The raw cells hold an error.
    """
    data, counts = validated_data(sheets, cohort, instruments, study)
    statistics = study_statistics(
        data, cohort, instruments, study, analyses=analyses, resampling=False
    )
    return pd.concat([rows for rows in (counts, statistics) if len(rows)]).set_index("id")


def validated_data(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    study: Study,
    notes: Mapping[str, Mapping[str, ColumnNote]] | None = None,
) -> tuple[CohortData, pd.DataFrame]:
    """What the raw cells of a cohort hold, and how many violations of each rule they have.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
        Raw cells; the index is the row number in the file.
    cohort, instruments, study
        As in `study_statistics`.
    notes : mapping of file id to mapping of column to ColumnNote, optional
        What data dictionaries declare about the columns of the raw files.

    Returns
    -------
    data : CohortData
    counts : pandas.DataFrame
        Contract `STATISTICS`: the counts of violations by rule.

    Raises
    ------
    RawDataError
        The raw cells hold an error.
    """
    validated = validate_responses(sheets, cohort, instruments, pretests(study), notes)
    stop_on_errors(cohort.cohort, validated.violations)
    data = CohortData(
        validated.responses,
        conform(validated.sample, SAMPLE),
        conform(validated.given_scores, GIVEN_SCORES),
    )
    return data, intake_counts(violations_frame(validated.violations), validated.excluded)


def _require_known(names: Collection[str], known: Sequence[str], kind: str) -> None:
    unknown = [name for name in names if name not in known]
    problems = [f"{name!r}. {did_you_mean(name, list(known))}" for name in unknown]
    if problems:
        raise AnalysisError(f"There are no such {kind}.", problems)
