"""Which residual gains a cohort can estimate, for its page."""

from collections.abc import Iterator

import numpy as np

from attune.analyses.analysis import AnalysisCheck, MeasureValues
from attune.analyses.gains.estimate import regress_posttest
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.study import Study


def estimable(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[AnalysisCheck]:
    """Every outcome of a study; see `attune.documents.cohort_page.check`."""
    frame = values.datasets["available"]
    for name, outcome in study.outcomes.items():
        n, reason = 0, values.absent.get(name, "")
        if not reason:
            pair = frame[[outcome.pretest, outcome.posttest]].to_numpy(dtype=float)
            n = int(np.isfinite(pair).all(axis=1).sum())
            try:
                regress_posttest(pair[:, 0], pair[:, 1])
            except AnalysisError as error:
                reason = error.heading
        before, after = study.label_of(outcome.pretest), study.label_of(outcome.posttest)
        yield AnalysisCheck(
            analysis=name,
            title=f"Residual gain: {outcome.label}",
            kind="outcome",
            terms=f"{after}, adjusted for {before}",
            dataset="available",
            n=n,
            reason=reason,
        )
