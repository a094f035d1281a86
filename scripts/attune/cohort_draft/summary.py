"""Summary of a draft, printed by `attune new-cohort`."""

from collections.abc import Iterator, Mapping

from attune.cohort_draft.draft import CohortDraft, DraftQuestionnaire, left_out
from attune.cohort_draft.draft_analyses import DraftStudy, occasions_of
from attune.specs.instrument import Instrument

_ALLIANCE = ("wai_36", "wai_s", "wai_sr", "wai_srt")
SHOWN = 6
"""Largest number of left-out columns with the same reason that are listed."""


def summary_text(
    draft: CohortDraft, study: DraftStudy, instruments: Mapping[str, Instrument]
) -> str:
    """Mapped columns, left-out columns, and the analyses that are possible.

    Parameters
    ----------
    draft : CohortDraft
    study : DraftStudy
    instruments : mapping of id to Instrument
    """
    lines = [
        *_mapped(draft, instruments),
        *_left_out(draft),
        *_analyses(draft, study, instruments),
    ]
    return "\n".join(lines)


def _mapped(draft: CohortDraft, instruments: Mapping[str, Instrument]) -> Iterator[str]:
    yield "Recognised (CHECK: review it in cohort.yaml)"
    sample = draft.sample
    for file in draft.files:
        table = file.table
        named = f"{file.dyad} names the dyad{_mark(file.evidence.doubts)}"
        yield f"  {table.place}: {len(table.sheet)} rows; {named}"
        for questionnaire in draft.questionnaires:
            if questionnaire.file == table.name:
                yield f"    {_questionnaire(questionnaire, instruments[questionnaire.instrument])}"
        for opened in draft.open_questionnaires:
            if opened.file == table.name:
                key = draft.open_keys[opened.instrument]
                occasions = ", ".join(occasions_of(opened.occasion, opened.sessions))
                yield (
                    f"    not used: {key.n_items} columns without a registered key"
                    f" ({opened.columns_text(key.n_items)}, {key.values}), {occasions}: fill in"
                    f" workflow/instruments/{key.name}.yaml  CHECK"
                )
        for score in draft.scores:
            if score.file == table.name:
                name = instruments[score.instrument].abbreviation
                yield (
                    f"    {name} {score.scale}, {score.rater}, {score.occasion}: finished score"
                    f" {score.column}  CHECK"
                )
        if table.name == sample.file:
            roles = {"patient": sample.patient, "therapist": sample.therapist}
            if sample.condition:
                roles["condition"] = sample.variables[sample.condition].column
            known = ", ".join(f"{role} {column}" for role, column in roles.items() if column)
            yield f"    sample sheet: {known}"
            others = [
                name
                for name, variable in sample.variables.items()
                if name != sample.condition and not variable.score
            ]
            if others:
                yield f"    described: {', '.join(others)}"
            scores = [name for name, variable in sample.variables.items() if variable.score]
            if scores:
                yield f"    finished scores without a registered key: {', '.join(scores)}  CHECK"
        for column, reason in file.dropped.items():
            yield f"    dropped: {column} ({reason}); it is never read further"


def _questionnaire(draft: DraftQuestionnaire, instrument: Instrument) -> str:
    occasions = ", ".join(occasions_of(draft.occasion, draft.sessions))
    columns = draft.columns if isinstance(draft.columns, str) else "mapped one by one"
    state = f", {draft.state}" if draft.state else ""
    doubts = [doubt for evidence in draft.evidence.values() for doubt in evidence.doubts]
    doubts += [*draft.missing_codes.values(), *draft.open_words, *draft.scores_in_file]
    return (
        f"{instrument.abbreviation}, {draft.rater}, {occasions}{state}: {instrument.n_items} items,"
        f" {columns}{_mark(doubts)}"
    )


def _mark(doubts: object) -> str:
    return "  CHECK" if doubts else ""


def _left_out(draft: CohortDraft) -> Iterator[str]:
    if not draft.unmapped:
        return
    yield ""
    yield "Left out"
    for file, reason, columns in left_out(draft.unmapped):
        more = f" and {len(columns) - SHOWN} more" if len(columns) > SHOWN else ""
        yield f"  {file}, {', '.join(columns[:SHOWN])}{more}: {reason}."


def _analyses(
    draft: CohortDraft, study: DraftStudy, instruments: Mapping[str, Instrument]
) -> Iterator[str]:
    yield ""
    yield "Requirements of each analysis"
    gains = [outcome.label for outcome in study.outcomes]
    yield _need("residual gains", "an instrument given early and late", ", ".join(gains))
    alliance = [
        questionnaire
        for questionnaire in draft.questionnaires
        if questionnaire.instrument in _ALLIANCE
    ]
    raters = {entry.rater for entry in alliance}
    both = "patient and therapist" if {"patient", "therapist"} <= raters else ""
    yield _need("alliance rated by both", "an alliance questionnaire of both raters", both)
    therapists = sorted(
        {
            instruments[questionnaire.instrument].abbreviation
            for questionnaire in draft.questionnaires
            if questionnaire.rater == "therapist" and questionnaire.instrument not in _ALLIANCE
        }
    )
    needs = "a questionnaire that therapists answered about themselves"
    yield _need("therapist characteristics", needs, ", ".join(therapists))
    condition = draft.sample.condition
    levels = len(draft.sample.variables[condition].levels) if condition else 0
    has = f"{condition}" if levels == 2 else ""
    lacks = f"; {condition} has {levels} levels" if condition and levels != 2 else ""
    yield _need("comparison of conditions", f"a condition with two levels{lacks}", has)
    has = draft.sample.therapist or ""
    yield _need("therapists as clusters", "a column that names the therapist", has)
    items = "items" if draft.questionnaires else ""
    yield _need("internal consistency", "answers item by item, not only scores", items)


def _need(analysis: str, needs: str, has: str) -> str:
    found = f" (found: {has})" if has else ""
    return f"  {'yes' if has else 'no':<4}{analysis}: needs {needs}{found}"
