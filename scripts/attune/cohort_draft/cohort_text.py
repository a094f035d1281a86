"""The draft of a cohort as the text of its cohort.yaml."""

from collections.abc import Iterator, Mapping

from attune.cohort_draft.draft import (
    CohortDraft,
    DraftFile,
    DraftQuestionnaire,
    DraftScore,
    DraftVariable,
    Evidence,
    OpenKey,
    left_out,
    questionnaire_content,
)
from attune.cohort_draft.yaml_lines import (
    Line,
    comment,
    flow,
    line,
    mapping,
    rendered,
    scalar,
    sequence,
    wrapped,
)


def cohort_text(draft: CohortDraft) -> str:
    """Text of data/<cohort>/cohort.yaml, with a comment on the reason for every guess.

    Parameters
    ----------
    draft : CohortDraft
    """
    body = [
        *_sample(draft),
        "",
        *_exclusions(draft),
        *_severities(draft),
        *_questionnaires(draft),
        *_scores(draft),
        *_unmapped(draft),
    ]
    rest = [*_missing_codes(draft), "", *_files(draft), "", *body]
    return rendered([*_head(draft, rendered(rest).count("CHECK: ")), *rest])


def _head(draft: CohortDraft, checks: int) -> Iterator[Line | str]:
    yield "# Where the raw files of this cohort are and what their columns hold."
    yield f"# Drafted by `attune new-cohort --name {draft.name}`: each guess with its reason."
    yield "#"
    yield "# To do:"
    yield "#   1. Fill in every TODO: source, licence."
    yield f"#   2. Review every CHECK ({checks}): correct the line, or delete the remark."
    yield f"#   3. `attune check {draft.name}` lists every problem."
    yield f"cohort: {draft.name}"
    yield Line(f"title: {draft.name}", "the name of the sample in the manuscript")
    yield Line(f"study: {draft.name}", f"the analysis plan, workflow/studies/{draft.name}.yaml")
    yield Line("synthetic: false", "true needs a synthetic_notice, which every page then shows")
    yield 'source: "TODO: where the data come from, who collected them and when"'
    yield 'licence: "TODO: who may use the data, and under which conditions"'


def _missing_codes(draft: CohortDraft) -> Iterator[Line]:
    found = {code: reason for code, reason in draft.missing_codes.items() if code}
    evidence = Evidence(['"no answer" in every file'], [_as_missing(found)] if found else [])
    yield line(f"missing_codes: {sequence(draft.missing_codes)}", evidence)


def _files(draft: CohortDraft) -> Iterator[Line | str]:
    yield "files:"
    for file in draft.files:
        yield from _file(file)


def _file(file: DraftFile) -> Iterator[Line | str]:
    table = file.table
    yield f"  {table.name}:"
    yield Line(f"    path: {scalar(table.path)}")
    yield line(f"    dyad: {scalar(file.dyad)}", file.evidence)
    for key, value in table.settings.items():
        yield Line(f"    {key}: {flow(value)}", table.remarks.get(key, ""))
    if file.dropped:
        yield "    dropped:"
        for column, reason in file.dropped.items():
            yield Line(f"      - {scalar(column)}", reason)


def _sample(draft: CohortDraft) -> Iterator[Line | str]:
    sample = draft.sample
    yield "sample:"
    yield line(f"  file: {sample.file}", sample.evidence.get("file"))
    if sample.rows:
        yield line(f"  rows: {mapping(sample.rows)}", sample.evidence.get("rows"))
    if sample.first_rows:
        yield line("  first_rows: true", sample.evidence.get("first_rows"))
    yield line(f"  patient: {scalar(sample.patient)}", sample.evidence.get("patient"))
    if sample.therapist:
        yield line(f"  therapist: {scalar(sample.therapist)}", sample.evidence.get("therapist"))
    else:
        yield "  # therapist: no column names the therapist; add `therapist: COLUMN` if one does"
    if sample.condition:
        yield line(f"  condition: {sample.condition}", sample.evidence.get("condition"))
    if sample.variables:
        yield "  variables:"
    for name, variable in sample.variables.items():
        if not variable.score:
            yield from _variable(name, variable)
    scores = {name: variable for name, variable in sample.variables.items() if variable.score}
    if scores:
        yield from comment(
            "CHECK: numbers whose names belong to no registered key are taken as finished scores,"
            " as they are. For each: what does it measure, in which unit (`unit:`), and how should"
            " it be called in print (`label:`)? Delete what is not a score, also in the analysis"
            " plan."
            " If attune has its key (`attune instruments`), move it to `scores:`.",
            indent=4,
        )
    for name, variable in scores.items():
        yield from _variable(name, variable)


def _severities(draft: CohortDraft) -> Iterator[Line | str]:
    """People of whom the plan has a posttest only: known, and no reason to stop."""
    if draft.lone_posttests:
        yield "severities:"
        number = draft.lone_posttests
        doubt = (
            f"{number} later {'questionnaire' if number == 1 else 'questionnaires'} of people"
            " without the first one of the same outcome: they stay in the sample, but have no"
            " change score. Delete this line if their first questionnaires should be there"
        )
        yield line("  posttest_without_pretest: warning", Evidence([], [doubt]))
        yield ""


def _exclusions(draft: CohortDraft) -> Iterator[Line | str]:
    """Rows and people that are not part of the sample; uncertain ones stay comments."""
    if not draft.exclusions:
        return
    yield "exclude:  # left out before anything is read; the manuscript prints number and reason"
    for entry in draft.exclusions:
        content: dict[str, object] = {"people": entry.people} if entry.people else {}
        content |= {"file": entry.file, "rows": entry.rows} if entry.rows else {}
        text = flow(content | {"reason": entry.reason})
        for doubt in entry.evidence.doubts:
            yield from comment(f"CHECK: {doubt}", indent=2)
        yield f"  - {text}" if entry.certain else f"  # - {text}"
    yield ""


def _variable(name: str, variable: DraftVariable) -> Iterator[Line | str]:
    yield f"    {name}:"
    yield line(f"      column: {scalar(variable.column)}", variable.evidence)
    yield Line(f"      label: {scalar(variable.label)}")
    if variable.levels:
        yield Line("      kind: category")
        yield from _codes_of(variable)
        for text in wrapped("levels", variable.levels, 6):
            yield Line(text)
        return
    if variable.minimum is not None and variable.maximum is not None:
        yield Line(f"      minimum: {variable.minimum:.15g}")
        yield Line(f"      maximum: {variable.maximum:.15g}")
    if variable.unit:
        yield Line(f"      unit: {variable.unit}")
    yield from _codes_of(variable)


def _codes_of(variable: DraftVariable) -> Iterator[Line]:
    if variable.missing_codes:
        evidence = Evidence([], [_as_missing(variable.missing_codes)])
        yield line(f"      missing_codes: {sequence(variable.missing_codes)}", evidence)


def _as_missing(codes: Mapping[str, str]) -> str:
    """Reasons of missing codes as a question."""
    subject = "does it mean" if len(codes) == 1 else "do they mean"
    return f'{"; ".join(codes.values())}: {subject} "no answer"?'


def _questionnaires(draft: CohortDraft) -> Iterator[Line | str]:
    if draft.questionnaires or draft.open_questionnaires:
        yield "questionnaires:"
    known: set[str] = set()
    for questionnaire in draft.questionnaires:
        yield from _questionnaire(questionnaire, known)
    yield from _open_questionnaires(draft)


def _open_questionnaires(draft: CohortDraft) -> Iterator[str]:
    """Questionnaires without a registered key: one line each, commented out."""
    if not draft.open_questionnaires:
        return
    yield from comment(
        "Columns of answers that are not used, as no registered questionnaire (`attune instruments`"
        " lists those) has their name, number of items and codes. To use one: fill in its key in"
        " workflow/instruments, then remove the # of its line here and of its measures in"
        f" workflow/studies/{draft.name}.yaml. If it is a"
        " registered one, write that one's id as `instrument:`, here and in these measures.",
        indent=2,
    )
    yield from comment(
        "CHECK: for each line you use: are these the items of one questionnaire, who answered them"
        " (rater), and when (occasion)?",
        indent=2,
    )
    for name, key in draft.open_keys.items():
        yield ""
        yield from comment(f"{name}: {key.n_items} columns, {key.values} ({key.columns})", indent=2)
        for doubt in key.doubts:
            yield from comment(f"CHECK: {doubt}", indent=2)
        if key.codes:
            yield from comment(
                "CHECK: the codes of the answers are guessed, in the order of what the words mean:"
                f" {_codes_in_words(key)}. Compare them with the form, and with the range of the"
                " key.",
                indent=2,
            )
        for entry in draft.open_questionnaires:
            if entry.instrument == name:
                yield from _open_entry(entry, key)


def _codes_in_words(key: OpenKey) -> str:
    return ", ".join(f"{word} {code}" for word, code in key.codes.items())


def _open_entry(entry: DraftQuestionnaire, key: OpenKey) -> Iterator[str]:
    """A questionnaire on one line, so that a single # has to be removed."""
    content = questionnaire_content(entry)
    if key.codes:
        content["answers"] = dict(key.codes)
    elif key.words:
        yield "  # CHECK: write the code of each answer in place of its TODO."
        content["answers"] = dict.fromkeys(key.words, "TODO")
    for doubt in entry.evidence["occasion"].doubts:
        yield from comment(f"CHECK: {doubt}", indent=2)
    if entry.missing_codes:
        yield from comment(f"CHECK: {_as_missing(entry.missing_codes)}", indent=2)
    yield f"  # - {flow(content)}"


def _questionnaire(draft: DraftQuestionnaire, known: set[str]) -> Iterator[Line | str]:
    evidence = draft.evidence
    about = _news(evidence.get("instrument"), known)
    yield line(f"  - instrument: {draft.instrument}", about)
    yield line(f"    rater: {draft.rater}", evidence.get("rater"))
    yield line(f"    occasion: {scalar(draft.occasion)}", evidence.get("occasion"))
    if draft.sessions:
        yield Line(f"    sessions: {sequence(draft.sessions)}")
    if draft.state:
        yield line(f"    state: {draft.state}", evidence.get("state"))
    yield Line(f"    file: {draft.file}")
    if draft.rows:
        yield line(f"    rows: {mapping(draft.rows)}", evidence.get("rows"))
    if isinstance(draft.columns, str):
        yield line(f"    columns: {scalar(draft.columns)}", evidence.get("columns"))
    else:
        first, *rest = wrapped("columns", draft.columns, 4)
        yield line(first, evidence.get("columns"))
        for text in rest:
            yield Line(text)
    yield from _codes(draft)
    if draft.scores_in_file:
        first, *rest = wrapped("scores_in_file", draft.scores_in_file, 4)
        yield line(first, _equal(draft))
        for text in rest:
            yield Line(text)


def _news(evidence: Evidence | None, known: set[str]) -> Evidence:
    """Evidence without the doubts of earlier entries, to which its own are added."""
    evidence = evidence or Evidence()
    new = [doubt for doubt in evidence.doubts if doubt not in known]
    known.update(new)
    return Evidence(evidence.reasons, new)


def _equal(draft: DraftQuestionnaire) -> Evidence:
    """How often the scores of the file equal those of the items."""
    parts = [
        f"{draft.scores_in_file[scale]} is {scale} in {equal} of {complete} complete rows"
        for scale, (equal, complete) in draft.equal_scores.items()
        if equal < complete
    ]
    exact = [complete for equal, complete in draft.equal_scores.values() if equal == complete]
    same = ""
    if exact:
        subject = "it equals" if len(exact) == 1 else "each equals"
        same = f"{subject} attune's own in all {min(exact)} complete rows"
    return Evidence([same] if same else [], ["; ".join(parts)] if parts else [])


def _codes(draft: DraftQuestionnaire) -> Iterator[Line | str]:
    """Keys about cells that do not hold the instrument's own codes."""
    if draft.lowest_code is not None:
        yield line(f"    lowest_code: {draft.lowest_code}", draft.evidence.get("lowest_code"))
    if draft.missing_codes:
        evidence = Evidence([], [_as_missing(draft.missing_codes)])
        yield line(f"    missing_codes: {sequence(draft.missing_codes)}", evidence)
    if draft.answers:
        first, *rest = wrapped("answers", draft.answers, 4)
        yield line(first, draft.evidence.get("answers"))
        for text in rest:
            yield Line(text)
    if draft.open_words:
        yield "    # CHECK: answers are words whose codes the file does not give. Write the"
        yield "    #   code of each word and remove the #:"
        yield "    # answers:"
        for word in draft.open_words:
            yield f"    #   {scalar(word)}:"


def _scores(draft: CohortDraft) -> Iterator[Line | str]:
    if draft.scores:
        yield "scores:"
    known: set[str] = set()
    for score in draft.scores:
        yield from _score(score, known)


def _score(score: DraftScore, known: set[str]) -> Iterator[Line | str]:
    evidence = _news(score.evidence, known)
    yield line(f"  - instrument: {score.instrument}", evidence)
    yield Line(f"    scale: {score.scale}")
    yield Line(f"    rater: {score.rater}")
    yield Line(f"    occasion: {score.occasion}")
    yield Line(f"    file: {score.file}")
    if score.rows:
        yield Line(f"    rows: {mapping(score.rows)}")
    yield Line(f"    column: {scalar(score.column)}")


def _unmapped(draft: CohortDraft) -> Iterator[str]:
    if not draft.unmapped:
        return
    yield ""
    yield "# Left out: columns and files not used above, with the reason."
    for file, reason, columns in left_out(draft.unmapped):
        yield from comment(f"{file}, {', '.join(columns)}: {reason}.")
