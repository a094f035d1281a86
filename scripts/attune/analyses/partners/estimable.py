"""Which models of both partners a cohort can estimate, for its page."""

from collections.abc import Iterator

import numpy as np

from attune.analyses.analysis import AnalysisCheck, MeasureValues, why_absent
from attune.analyses.partners.declaration import (
    Partners,
    actor_partner_designs,
    one_with_many_designs,
)
from attune.analyses.partners.estimate import members_of, reports_at
from attune.printing.context import occasion_words
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.stats.actor_partner import why_no_actor_partner
from attune.stats.one_with_many import why_no_one_with_many


def estimable(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[AnalysisCheck]:
    """Every model of both partners; n is dyads with any report, or with all values."""
    for name, design in one_with_many_designs(study).items():
        for occasion in design.times:
            yield _partition(name, design, occasion, study, values)
    for name, pair in actor_partner_designs(study).items():
        yield _pair(name, pair, study, values)


def _partition(
    name: str, design: Partners, occasion: str, study: Study, values: MeasureValues
) -> AnalysisCheck:
    reason, n = why_absent(design.reports, design.dataset, study, values), 0
    if not reason:
        number = study.imputation_of(design.dataset)
        reports = reports_at(values.measures, design, occasion, number)
        n = int((np.isfinite(reports.patient) | np.isfinite(reports.of_therapist)).sum())
        reason = why_no_one_with_many(*reports.arrays) or ""
    terms = " and ".join(study.label_of(report) for report in design.reports)
    if occasion:
        terms = f"{terms}, {occasion_words(occasion)}"
    return AnalysisCheck.of(name, design, "one-with-many model", terms, n, reason)


def _pair(name: str, design: Partners, study: Study, values: MeasureValues) -> AnalysisCheck:
    used = [*design.predictors, *design.outcomes, *design.covariates]
    reason, n = why_absent(used, design.dataset, study, values), 0
    if not reason:
        members = members_of(design, values.datasets[design.dataset])
        n = members.n
        reason = why_no_actor_partner(*members.arrays, covariates=members.covariates) or ""
    predictors = " and ".join(study.label_of(one) for one in design.predictors)
    outcomes = " and ".join(study.label_of(one) for one in design.outcomes)
    terms = f"{outcomes} on {predictors}"
    return AnalysisCheck.of(name, design, "actor-partner model", terms, n, reason)
