"""Which growth models a cohort can estimate, for its page."""

from collections.abc import Iterator

from attune.analyses.analysis import AnalysisCheck, MeasureValues, why_absent
from attune.analyses.growth.declaration import Growth, growth_models
from attune.analyses.growth.design import growth_design
from attune.analyses.growth.models import why_no_growth
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.study import Study


def estimable(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[AnalysisCheck]:
    """Every growth model of a study; n is its ratings (see `attune.documents.cohort_page.check`).

    No model is fitted: what only the fit shows, such as collinear predictors, is in the results.
    """
    for name, model in growth_models(study).items():
        used = [*model.outcomes, *model.predictor_measures]
        reason, n = why_absent(used, model.dataset, study, values), 0
        if not reason:
            n, reasons = _ratings(study, cohort, model, values)
            reason = "; ".join(reasons)
        terms = " and ".join(study.label_of(outcome) for outcome in model.outcomes)
        yield AnalysisCheck.of(name, model, "growth model", terms, n, reason)


def _ratings(
    study: Study, cohort: Cohort, model: Growth, values: MeasureValues
) -> tuple[int, list[str]]:
    """Number of ratings in a model, and why they do not carry it."""
    number = study.imputation_of(model.dataset)
    chosen = values.measures[values.measures["imputation"] == number]
    conditions = cohort.sample.conditions() if model.condition else {}
    categories = {name: one.levels for name, one in cohort.sample.variables.items()}
    absent = [
        f"the sample sheet has no column {predictor.variable!r}"
        for predictor in model.predictors.values()
        if predictor.variable is not None and predictor.variable not in values.sample
    ]
    if absent:
        return 0, absent
    try:
        design = growth_design(chosen, values.sample, model, conditions, categories)
    except AnalysisError as error:
        return 0, error.problems or [error.heading]
    return len(design.frame), why_no_growth(design, model)
