"""The draft of an analysis plan as the text of workflow/studies/<study>.yaml."""

from collections.abc import Iterator

from attune.analyses.analysis import DraftPlan
from attune.analyses.registry import analysis_modules, in_order
from attune.cohort_draft.draft import CohortDraft
from attune.cohort_draft.draft_analyses import DraftMeasure, DraftStudy
from attune.cohort_draft.yaml_lines import flow, rendered, scalar


def study_text(draft: CohortDraft, study: DraftStudy) -> str:
    """Text of a study file with descriptive analyses only; the user declares the tests.

    Parameters
    ----------
    draft : CohortDraft
    study : DraftStudy
    """
    plan, modules = _plan(draft, study), in_order(analysis_modules("draft"))
    sections = [m.sections(plan) for m in modules if hasattr(m, "sections")]
    tables = [m.tables(plan) for m in modules if hasattr(m, "tables")]
    return rendered(
        [
            *_head(draft),
            "",
            *_measures(study),
            "",
            "imputation: {method: none}  # or series_mean: the mean of the measure stands in",
            "",
            *_outcomes(study),
            *(line for lines in sections for line in lines),
            "tables:",
            *(line for lines in tables for line in lines),
        ]
    )


def _head(draft: CohortDraft) -> Iterator[str]:
    yield f"# Analysis plan of the cohort {draft.name}, drafted by `attune new-cohort`."
    yield "# Descriptive analyses only. Declare every test, with its direction, before any number"
    yield "# is computed: remove the # from the examples below."
    yield f"study: {draft.name}"
    yield f'title: "TODO: title of the paper ({draft.name})"'
    yield 'authors: ["TODO: authors"]'
    yield "template: generic"
    yield "plan_written: after_data  # CHECK: before_data, if nobody has seen the data yet"


def _measures(study: DraftStudy) -> Iterator[str]:
    yield "measures:"
    for measure in study.measures:
        yield f"  {measure.name}:"
        for key, value in _keys(measure).items():
            yield f"    {key}: {scalar(value)}"
    if study.open_measures:
        yield "  # Once their keys are filled in (`scale:` is the name of a scale there):"
    for measure in study.open_measures:
        yield f"  # {measure.name}: {flow(_keys(measure))}"


def _keys(measure: DraftMeasure) -> dict[str, str]:
    if measure.variable:
        return {"label": measure.label, "variable": measure.variable}
    keys = {"label": measure.label, "instrument": measure.instrument, "scale": measure.scale}
    keys |= {"rater": measure.rater, "occasion": measure.occasion}
    return keys | ({"state": measure.state} if measure.state else {})


def _outcomes(study: DraftStudy) -> Iterator[str]:
    if not study.outcomes:
        yield "# outcomes: no instrument was given early and late: no change to analyse."
        yield ""
        return
    yield "outcomes:  # residual gains: residuals of the posttest regressed on the pretest"
    for outcome in study.outcomes:
        yield f"  {outcome.name}:"
        yield f"    label: {scalar(outcome.label)}"
        if not outcome.sure:
            yield "    # CHECK: the first and the last occasion; which ones are meant?"
        yield f"    pretest: {outcome.pretest}"
        yield f"    posttest: {outcome.posttest}"
    yield ""


def _plan(draft: CohortDraft, study: DraftStudy) -> DraftPlan:
    """The draft as the analyses use it."""
    condition = draft.sample.condition
    variables = {name: v for name, v in draft.sample.variables.items() if not v.score}
    return DraftPlan(
        measures=[measure.name for measure in study.measures],
        outcomes=[outcome.name for outcome in study.outcomes],
        measures_of_outcomes={
            name for outcome in study.outcomes for name in (outcome.pretest, outcome.posttest)
        },
        variables=[scalar(name) for name in variables],
        categories=[scalar(name) for name, variable in variables.items() if variable.levels],
        n_conditions=len(variables[condition].levels) if condition else 0,
        has_items=bool(draft.questionnaires),
        repeated=_repeated(study),
        shares_therapists=draft.sample.shares_therapists,
    )


def _repeated(study: DraftStudy) -> dict[str, list[str]]:
    """Scales of one rater that were given at three occasions or more, with their occasions."""
    found: dict[str, list[str]] = {}
    for measure in study.measures:
        keys = {"instrument": measure.instrument, "scale": measure.scale, "rater": measure.rater}
        keys |= {"state": measure.state} if measure.state else {}
        written = ", ".join(f"{key}: {scalar(value)}" for key, value in keys.items())
        found.setdefault(written, []).append(measure.occasion)
    return {keys: occasions for keys, occasions in found.items() if len(occasions) > 2}
