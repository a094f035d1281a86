"""Which correlations a cohort can estimate, for its page."""

from collections.abc import Iterator

from attune.analyses.analysis import AnalysisCheck, MeasureValues, why_absent
from attune.analyses.correlations.declaration import families
from attune.analyses.correlations.pairs import pairs_of_family
from attune.specs.cohort import Cohort
from attune.specs.study import Study


def estimable(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[AnalysisCheck]:
    """Every pair of every family of a study; see `attune.documents.cohort_page.check`."""
    for name, family in families(study).items():
        counted: dict[tuple[str, str], tuple[int, str]] = {}
        x, y = (
            [one for one in names if not why_absent([one], family.dataset, study, values)]
            for names in (family.x, family.y)
        )
        if x and y:
            frame = values.datasets[family.dataset]
            present = family.model_copy(update={"x": x, "y": y})
            for pair in pairs_of_family(name, present, frame, study.outcomes):
                counted[pair.x_name, pair.y_name] = (pair.n, pair.untested_reason or "")
        for first, second in family.pairs():
            why = why_absent([first, second], family.dataset, study, values)
            n, reason = counted.get((first, second), (0, why))
            terms = f"{study.label_of(first)} with {study.label_of(second)}"
            yield AnalysisCheck.of(name, family, "correlation", terms, n, reason)
