"""Which sudden gains and early response a cohort can show, for its page."""

from collections.abc import Iterator

import numpy as np

from attune.analyses.analysis import AnalysisCheck, MeasureValues, why_absent
from attune.analyses.sudden_gains.declaration import gain_searches
from attune.analyses.sudden_gains.estimate import (
    score_matrix,
    why_no_early_response,
    why_no_gains,
)
from attune.specs.cohort import Cohort
from attune.specs.study import Study


def estimable(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[AnalysisCheck]:
    """Every search for gains and every early response, by measure; n is patients with a score."""
    for name, search in gain_searches(study).items():
        occasions = search.occasions_of(study)
        for measure in search.measures:
            reason = why_absent([measure], search.dataset, study, values)
            scores = np.empty((0, len(occasions)))
            if not reason:
                number = study.imputation_of(search.dataset)
                scores = score_matrix(values.measures, measure, occasions, number)
            found = {}
            if search.gains is not None:
                found["sudden gains"] = reason or why_no_gains(search, scores)
            if search.early_response is not None:
                place = occasions.index(search.early_response.occasion) + 1
                found["early response"] = reason or why_no_early_response(search, scores, place)
            for kind, why in found.items():
                terms, n = study.label_of(measure), len(scores)
                yield AnalysisCheck.of(name, search, kind, terms, n, why or "")
