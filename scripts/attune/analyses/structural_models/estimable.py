"""Which structural equation models a cohort can estimate, for its page."""

from collections.abc import Iterator

from attune.analyses.analysis import AnalysisCheck, MeasureValues, why_absent
from attune.analyses.structural_models.declaration import StructuralModel, structural_models
from attune.analyses.structural_models.design import (
    CLUSTER,
    GROUP,
    measure_behind,
    model_frame,
    variable_label,
)
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.stats.sem_fit import why_no_sem


def estimable(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[AnalysisCheck]:
    """Every structural equation model; n is dyads with a value of any variable."""
    for name, model in structural_models(study).items():
        reason, n = _reason(model, study, cohort, values)
        labels = [variable_label(one, model, study, cohort) for one in model.names()]
        terms = ", ".join(labels)
        yield AnalysisCheck.of(name, model, "structural equation model", terms, n, reason)


def _reason(
    model: StructuralModel, study: Study, cohort: Cohort, values: MeasureValues
) -> tuple[str, int]:
    """Why a model cannot be fitted, and how many dyads have a value."""
    behind = [measure_behind(one, model, study) for one in model.names()]
    used = list(dict.fromkeys(one for one in behind if one))
    absent = why_absent(used, model.dataset, study, values)
    if absent:
        return absent, 0
    frame = model_frame(values.measures, values.sample, model, study, cohort)
    n = int(frame[model.names()].notna().any(axis=1).sum())
    reason = why_no_sem(
        frame,
        model.text,
        cluster=CLUSTER if model.cluster == "therapist" else None,
        group=GROUP if model.group else None,
        missing=model.missing,
    )
    return reason or "", n
