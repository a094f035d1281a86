"""The draft of an analysis plan as the text of workflow/studies/<study>.yaml."""

from collections.abc import Iterator

from attune.cohort_draft.draft import CohortDraft
from attune.cohort_draft.draft_analyses import DraftStudy
from attune.cohort_draft.yaml_lines import rendered, scalar, sequence


def study_text(draft: CohortDraft, study: DraftStudy) -> str:
    """An analysis plan that describes; the tests are a person's to declare.

    Parameters
    ----------
    draft : CohortDraft
    study : DraftStudy
    """
    return rendered(
        [
            *_head(draft),
            "",
            *_measures(study),
            "",
            "imputation: {method: none}  # or series_mean: the mean of the measure stands in",
            "",
            *_outcomes(study),
            *_correlations(study),
            *_conditions(draft, study),
            *_variables(draft),
            "",
            *_tables(draft, study),
        ]
    )


def _head(draft: CohortDraft) -> Iterator[str]:
    yield f"# Analysis plan of the cohort {draft.name}, drafted by `attune new-cohort`."
    yield "# It describes. Every test is yours to declare, with its direction, before any number is"
    yield "# computed: take the # from the examples below."
    yield f"study: {draft.name}"
    yield f'title: "TODO: title of the paper ({draft.name})"'
    yield 'authors: ["TODO: authors"]'
    yield "template: generic"


def _measures(study: DraftStudy) -> Iterator[str]:
    yield "measures:"
    for each in study.measures:
        keys = {"label": each.label, "instrument": each.instrument, "scale": each.scale}
        keys |= {"rater": each.rater, "occasion": each.occasion}
        keys |= {"state": each.state} if each.state else {}
        yield f"  {each.name}:"
        for key, value in keys.items():
            yield f"    {key}: {scalar(value)}"


def _outcomes(study: DraftStudy) -> Iterator[str]:
    if not study.outcomes:
        yield "# outcomes: no instrument was given early and late, so that there is no change."
        yield ""
        return
    yield "outcomes:  # residual gains: the posttest with what the pretest predicts taken out"
    for each in study.outcomes:
        yield f"  {each.name}:"
        yield f"    label: {scalar(each.label)}"
        if not each.sure:
            yield "    # CHECK: the first and the last occasion; which ones are meant?"
        yield f"    pretest: {each.pretest}"
        yield f"    posttest: {each.posttest}"
    yield ""


def _correlations(study: DraftStudy) -> Iterator[str]:
    gains = [each.name for each in study.outcomes]
    used = {name for each in study.outcomes for name in (each.pretest, each.posttest)}
    others = [each.name for each in study.measures if each.name not in used]
    pair = [*others, *gains] if others and gains else [each.name for each in study.measures]
    if len(pair) < 2:
        return
    yield "# CHECK: declare your hypotheses before the data are seen."
    yield "# correlations:"
    yield "#   main:"
    yield "#     title: What is expected to go together"
    yield f"#     x: [{pair[0]}]"
    yield f"#     y: [{pair[-1]}]"
    yield "#     dataset: available"
    yield "#     direction: negative  # or positive; without it p is two-tailed"
    yield "#     reason: Why this direction is expected."
    yield ""


def _conditions(draft: CohortDraft, study: DraftStudy) -> Iterator[str]:
    condition = draft.sample.condition
    if condition is None or len(draft.sample.variables[condition].levels) != 2:
        return
    names = [each.name for each in study.outcomes] or [each.name for each in study.measures]
    yield "# conditions:"
    yield "#   arms:"
    yield "#     title: Differences between the conditions"
    yield f"#     measures: [{names[0]}]"
    yield "#     dataset: available"
    yield "#     reason: Why they are compared."
    yield ""


def _variables(draft: CohortDraft) -> Iterator[str]:
    if draft.sample.variables:
        yield f"variables: {sequence(draft.sample.variables)}"


def _tables(draft: CohortDraft, study: DraftStudy) -> Iterator[str]:
    yield "tables:"
    categories = [name for name, each in draft.sample.variables.items() if each.levels]
    if categories:
        yield from _table("sample", "manuscript", "frequencies", "Participants", categories)
    yield from _table("descriptives", "manuscript", "descriptives", "Distribution of the Scores")
    if study.outcomes:
        yield from _table(
            "gains", "manuscript", "gains", "Regression of the Posttest on the Pretest"
        )
    if draft.questionnaires:
        yield from _table("reliability", "supplement", "reliability", "Internal Consistency")
        yield from _table("missingness", "supplement", "missingness", "Missing Responses")
    title = "What the Validation of the Raw Files Found"
    yield from _table("violations", "supplement", "violations", title)


def _table(
    name: str, document: str, kind: str, title: str, rows: list[str] | None = None
) -> Iterator[str]:
    yield f"  {name}:"
    yield f"    document: {document}"
    yield f"    kind: {kind}"
    yield f"    title: {title}"
    if rows:
        yield f"    rows: {sequence(rows)}"
