"""The statistics of a cohort straight from its raw sheets, by the same library as the pipeline."""

from collections.abc import Mapping

import pandas as pd

from attune.cohort import Cohort
from attune.conditions import compare_conditions
from attune.contracts import SAMPLE, conform
from attune.correlations import correlate_measures
from attune.gains import analysis_datasets, compute_residual_gains
from attune.instrument import Instrument
from attune.key_statistics import key_statistics
from attune.measures import collect_measures, impute_measures
from attune.plan import pretests
from attune.responses.validation import validate_responses
from attune.responses.violations import stop_on_errors
from attune.sample import describe_sample
from attune.scores import score_scales
from attune.study import Study

FEWEST_RESAMPLES = 999
"""Bootstrap and permutation are not looked at here."""


def recomputed_statistics(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    study: Study,
) -> pd.DataFrame:
    """Every statistic that a printed value can name, from the raw cells on.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
        Raw cells; the index is the row number in the file.
    cohort, instruments, study
        As the pipeline reads them.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`, indexed by id.

    Raises
    ------
    RawDataError
        The raw cells hold an error.
    """
    validated = validate_responses(sheets, cohort, instruments, pretests(study))
    stop_on_errors(cohort.cohort, validated.violations)
    scores = score_scales(validated.responses, instruments).to_pandas()
    sample = conform(validated.sample, SAMPLE).to_pandas()
    measures = impute_measures(collect_measures(scores, sample, study), study)
    outcomes = {name: (each.pretest, each.posttest) for name, each in study.outcomes.items()}
    gains, _ = compute_residual_gains(measures, outcomes)
    datasets = analysis_datasets(measures, gains)
    responses = validated.responses.to_pandas()
    parts = [
        describe_sample(sample, responses, measures, study, cohort, instruments),
        compare_conditions(datasets, study.conditions, levels=cohort.sample.conditions()),
        correlate_measures(
            datasets,
            study.correlations,
            bootstrap_samples=FEWEST_RESAMPLES,
            permutations=FEWEST_RESAMPLES,
            seed=0,
        ),
        key_statistics(instruments, cohort).to_pandas(),
    ]
    return pd.concat(parts).set_index("id")
