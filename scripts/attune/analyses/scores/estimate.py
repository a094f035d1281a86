"""The statistics of scoring, which `attune.scoring` computes, for `attune.pipeline`."""

from typing import TYPE_CHECKING

from attune.scoring.key_statistics import with_key_statistics
from attune.specs.errors import AnalysisError

if TYPE_CHECKING:
    import pandas as pd

    from attune.analyses.analysis import AnalysisInputs


def statistics(inputs: "AnalysisInputs", resampling: bool) -> "pd.DataFrame":
    """How many questionnaires gave each score, and the numbers of the scoring keys."""
    if inputs.coverage is None:
        raise AnalysisError("The inputs were prepared without counting how scores were made.")
    counted = with_key_statistics(inputs.coverage.statistics(), inputs.instruments, inputs.cohort)
    return counted.to_pandas()
