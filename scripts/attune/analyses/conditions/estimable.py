"""Which comparisons of conditions a cohort can estimate, for its page."""

from collections.abc import Iterator

from attune.analyses.analysis import AnalysisCheck, MeasureValues, why_absent
from attune.analyses.conditions.declaration import declared_comparisons
from attune.analyses.conditions.estimate import comparison_samples, why_no_comparison
from attune.specs.cohort import Cohort
from attune.specs.study import Study


def estimable(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[AnalysisCheck]:
    """Every comparison of a study; see `attune.documents.cohort_page.check`."""
    levels = cohort.sample.conditions()
    for name, analysis in declared_comparisons(study).items():
        for measure in analysis.measures:
            n, reason = 0, why_absent([measure], analysis.dataset, study, values)
            if not levels:
                reason = "the cohort file declares no treatment condition (`sample.condition`)"
            elif not reason:
                frame = values.datasets[analysis.dataset]
                samples = comparison_samples(frame, measure, levels)
                n = sum(len(sample) for sample in samples.values())
                reason = why_no_comparison(samples) or ""
            yield AnalysisCheck.of(name, analysis, "comparison", study.label_of(measure), n, reason)
