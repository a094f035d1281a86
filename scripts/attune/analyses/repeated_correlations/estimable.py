"""Which correlations over occasions a cohort can estimate, for its page."""

from collections.abc import Iterable, Iterator

from attune.analyses.analysis import AnalysisCheck, MeasureValues, why_absent
from attune.analyses.repeated_correlations.declaration import repeated_families
from attune.analyses.repeated_correlations.estimate import CORRELATIONS, pairs_of
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.study import Study
from attune.stats.repeated_correlation import RepeatedPairs


def estimable(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[AnalysisCheck]:
    """Every pair at every level; n is its dyads."""
    for name, family in repeated_families(study).items():
        occasions = family.occasions or study.occasions
        chosen = values.measures["imputation"] == study.imputation_of(family.dataset)
        frame = values.measures[chosen & values.measures["occasion"].isin(occasions)]
        for x, y in family.pairs():
            reason, n = why_absent([x, y], family.dataset, study, values), 0
            if not reason:
                pairs = pairs_of(frame, x, y)
                n = pairs.n_groups
                reason = "; ".join(_why_not(pairs, family.levels))
            terms = f"{study.label_of(x)} and {study.label_of(y)}"
            yield AnalysisCheck.of(name, family, "correlation over occasions", terms, n, reason)


def _why_not(pairs: RepeatedPairs, levels: Iterable[str]) -> Iterator[str]:
    """Why the correlation of a level is undefined, of each that is."""
    for level in levels:
        try:
            CORRELATIONS[level](pairs)
        except AnalysisError as error:
            yield error.heading
