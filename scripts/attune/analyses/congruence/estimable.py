"""Which congruence analyses a cohort can estimate, for its page."""

from collections.abc import Iterator

import pandas as pd

from attune.analyses.analysis import AnalysisCheck, MeasureValues, why_absent
from attune.analyses.congruence.declaration import Congruence, congruence_analyses
from attune.analyses.congruence.estimate import (
    complete_columns,
    surface_columns,
    why_no_surface,
    why_no_truth,
)
from attune.specs.cohort import Cohort
from attune.specs.study import Study


def estimable(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[AnalysisCheck]:
    """Every surface, and every truth and bias model, of a study; n is their dyads.

    Whether both ratings have the same scale is found with the scoring keys, in the results.
    """
    for name, analysis in congruence_analyses(study).items():
        for outcome in analysis.outcomes:
            yield _checked(name, analysis, study, values, outcome)
        if analysis.truth:
            yield _checked(name, analysis, study, values, "")


def _checked(
    name: str, analysis: Congruence, study: Study, values: MeasureValues, outcome: str
) -> AnalysisCheck:
    """A surface of an outcome, or without one the truth and bias model."""
    others = [outcome, *analysis.covariates] if outcome else analysis.bias_measures
    used = [*analysis.ratings, *others]
    reason, n = why_absent(used, analysis.dataset, study, values), 0
    if not reason:
        frame = values.datasets[analysis.dataset]
        n, why = _of_surface(analysis, outcome, frame) if outcome else _of_truth(analysis, frame)
        reason = why or ""
    ratings = " and ".join(study.label_of(rating) for rating in analysis.ratings)
    kind = "response surface" if outcome else "truth and bias model"
    terms = f"{study.label_of(outcome)} on {ratings}" if outcome else ratings
    return AnalysisCheck.of(name, analysis, kind, terms, n, reason)


def _of_surface(analysis: Congruence, outcome: str, frame: pd.DataFrame) -> tuple[int, str | None]:
    n = len(surface_columns(analysis, outcome, frame)[0])
    # The midpoint needs the scoring keys, which the page does not have, and no other value.
    uncentred = analysis.model_copy(update={"centre": "grand_mean"})
    return n, why_no_surface(uncentred, outcome, frame, {})


def _of_truth(analysis: Congruence, frame: pd.DataFrame) -> tuple[int, str | None]:
    names = [*analysis.ratings, *analysis.bias_measures]
    return len(complete_columns(frame, names)[names[0]]), why_no_truth(analysis, frame)
