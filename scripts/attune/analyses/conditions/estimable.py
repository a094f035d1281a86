"""Which comparisons of conditions a cohort can estimate, for its page."""

from collections.abc import Iterator

from attune.analyses.analysis import NOT_IMPUTED, AnalysisCheck, MeasureValues, reasons_of_absence
from attune.analyses.conditions.declaration import declared_comparisons
from attune.analyses.conditions.estimate import comparison_samples, why_no_comparison
from attune.specs.cohort import Cohort
from attune.specs.study import Study


def estimable(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[AnalysisCheck]:
    """Every comparison of a study; see `attune.documents.cohort_page.check`."""
    levels = cohort.sample.conditions()
    for name, analysis in declared_comparisons(study).items():
        frame = values.datasets.get(analysis.dataset)
        reasons = reasons_of_absence(analysis.measures, study, values.absent)
        for measure in analysis.measures:
            n, reason = 0, reasons[measure]
            if not levels:
                reason = "the cohort file declares no treatment condition (`sample.condition`)"
            elif frame is None:
                reason = NOT_IMPUTED
            elif not reason:
                samples = comparison_samples(frame, measure, levels)
                n = sum(len(sample) for sample in samples.values())
                reason = why_no_comparison(samples) or ""
            yield AnalysisCheck(
                analysis=name,
                title=analysis.title,
                kind="comparison",
                terms=study.label_of(measure),
                dataset=analysis.dataset,
                n=n,
                reason=reason,
            )
