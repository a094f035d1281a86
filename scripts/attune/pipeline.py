"""The statistics of a cohort straight from its raw sheets, by the same library as the pipeline."""

from collections.abc import Mapping

import pandas as pd
import pyarrow as pa

from attune.analyses.conditions.declaration import declared_comparisons
from attune.analyses.conditions.estimate import compare_conditions
from attune.analyses.correlations.declaration import families
from attune.analyses.correlations.estimate import correlate_measures
from attune.analyses.gains.estimate import compute_residual_gains
from attune.analyses.reliability.estimate import estimate_reliability
from attune.analyses.sample.estimate import describe_sample
from attune.intake.reading.violations import stop_on_errors, violation_counts, violations_frame
from attune.intake.validation import validate_responses
from attune.scoring.key_statistics import with_key_statistics
from attune.scoring.measures import collect_measures, impute_measures
from attune.scoring.score_coverage import ScoreCoverage
from attune.scoring.score_sources import with_given_scores
from attune.scoring.scores import score_batches
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune.specs.study_checks import pretests
from attune.store.contracts import GIVEN_SCORES, SAMPLE, SCORES, conform
from attune.store.datasets import analysis_datasets

FEWEST_RESAMPLES = 999
"""Bootstrap and permutation are not looked at here."""


def recomputed_statistics(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    study: Study,
    with_reliability: bool = False,
) -> pd.DataFrame:
    """Every statistic that a printed value can name, from the raw cells on.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
        Raw cells; the index is the row number in the file.
    cohort, instruments, study
        As the pipeline reads them.
    with_reliability : bool
        Alpha and omega too, which take most of the time.

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
    given = conform(validated.given_scores, GIVEN_SCORES)
    coverage = ScoreCoverage(instruments, cohort)
    coverage.add_given(given)
    batches = score_batches(validated.responses.to_batches(), instruments, coverage)
    scores = pa.concat_tables([SCORES.schema.empty_table(), *with_given_scores(batches, given)])
    sample = conform(validated.sample, SAMPLE).to_pandas()
    measures = impute_measures(collect_measures(scores.to_pandas(), sample, study), study)
    outcomes = {name: (each.pretest, each.posttest) for name, each in study.outcomes.items()}
    gains, regressions = compute_residual_gains(measures, outcomes)
    datasets = analysis_datasets(measures, gains)
    responses = validated.responses.to_pandas()
    parts = [
        violation_counts(violations_frame(validated.violations)),
        with_key_statistics(coverage.statistics(), instruments, cohort).to_pandas(),
        *([estimate_reliability(responses, instruments)[1]] if with_reliability else []),
        regressions,
        describe_sample(sample, responses, measures, study, cohort, instruments),
        compare_conditions(
            datasets, declared_comparisons(study), levels=cohort.sample.conditions()
        ),
        correlate_measures(
            datasets,
            families(study),
            bootstrap_samples=FEWEST_RESAMPLES,
            permutations=FEWEST_RESAMPLES,
            seed=0,
        ),
    ]
    return pd.concat([part for part in parts if len(part)]).set_index("id")
