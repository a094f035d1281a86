"""Which correlations over occasions a cohort can estimate, for its page."""

from collections.abc import Iterator

from attune.analyses.analysis import (
    NOT_IMPUTED,
    AnalysisCheck,
    MeasureValues,
    reasons_of_absence,
)
from attune.analyses.repeated_correlations.declaration import repeated_families
from attune.analyses.repeated_correlations.estimate import CORRELATIONS, pairs_of
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.study import Study


def estimable(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[AnalysisCheck]:
    """Every pair at every level; n is its dyads."""
    for name, family in repeated_families(study).items():
        occasions = family.occasions or study.occasions
        chosen = values.measures["imputation"] == study.imputation_of(family.dataset)
        frame = values.measures[chosen & values.measures["occasion"].isin(occasions)]
        for x, y in family.pairs():
            absent = reasons_of_absence([x, y], study, values.absent).values()
            reasons, n = [one for one in absent if one], 0
            if family.dataset not in values.datasets:
                reasons = [NOT_IMPUTED]
            elif not reasons:
                pairs = pairs_of(frame, x, y)
                n = pairs.n_groups
                for level in family.levels:
                    try:
                        CORRELATIONS[level](pairs)
                    except AnalysisError as error:
                        reasons.append(error.heading)
            yield AnalysisCheck(
                analysis=name,
                title=family.title,
                kind="correlation over occasions",
                terms=f"{study.label_of(x)} and {study.label_of(y)}",
                dataset=family.dataset,
                n=n,
                reason="; ".join(reasons),
            )
