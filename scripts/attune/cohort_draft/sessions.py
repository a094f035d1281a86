"""Questionnaires of many sessions, written as one entry."""

from collections.abc import Sequence
from dataclasses import replace

from attune.cohort_draft.column_names import words_of
from attune.cohort_draft.draft import DraftQuestionnaire, Said


def with_sessions(drafts: list[DraftQuestionnaire]) -> list[DraftQuestionnaire]:
    """Questionnaires that differ in the session's number alone, written as one.

    Their columns, rows and scores must be the same text with the number as {session}.
    """
    found: list[DraftQuestionnaire] = []
    families: dict[object, list[DraftQuestionnaire]] = {}
    for draft in drafts:
        template = _template(draft)
        if template is None:
            families[len(families)] = [draft]
        else:
            families.setdefault(_family(template), []).append(draft)
    for members in families.values():
        numbers = [draft.session for draft in members if draft.session is not None]
        template = _template(members[0])
        if len(members) < 2 or template is None or len(set(numbers)) < len(members):
            found += members
            continue
        found.append(_merged(members, template, sorted(numbers)))
    return found


def _merged(
    members: Sequence[DraftQuestionnaire], template: DraftQuestionnaire, sessions: Sequence[int]
) -> DraftQuestionnaire:
    """One entry for several sessions, with what was said about each."""
    said = {key: _joined([each.said[key] for each in members]) for key in members[0].said}
    reason = f"{len(members)} occasions with the same columns"
    said["occasion"] = Said([reason], said["occasion"].doubts)
    said["columns"] = Said([], said["columns"].doubts)
    equal = {}
    for scale in template.equal_scores:
        counts = [each.equal_scores[scale] for each in members]
        equal[scale] = (sum(each[0] for each in counts), sum(each[1] for each in counts))
    return replace(template, said=said, sessions=tuple(sessions), session=None, equal_scores=equal)


def _joined(parts: Sequence[Said]) -> Said:
    """What was said about several, each thing once."""
    return Said(
        list(dict.fromkeys(text for each in parts for text in each.reasons)),
        list(dict.fromkeys(text for each in parts for text in each.doubts)),
    )


def _family(draft: DraftQuestionnaire) -> tuple[object, ...]:
    """What the questionnaires of one entry have in common."""
    return (
        *draft.key,
        draft.file,
        str(draft.columns),
        tuple(draft.rows.items()),
        tuple(draft.missing_codes),
        draft.lowest_code,
        tuple(draft.answers.items()),
        draft.open_words,
        tuple(draft.scores_in_file.items()),
    )


def _template(draft: DraftQuestionnaire) -> DraftQuestionnaire | None:
    """A questionnaire with its session's number as {session}; None where that cannot be."""
    if draft.session is None or not isinstance(draft.columns, str):
        return None
    number = str(draft.session)
    occasion = draft.occasion.removesuffix(number)
    if occasion == draft.occasion or not occasion or occasion[-1].isdigit():
        return None
    columns = _with_session(draft.columns, draft.session)
    rows = {key: _with_session(text, draft.session) for key, text in draft.rows.items()}
    if columns == draft.columns and rows == draft.rows:
        return None
    scores = {key: _with_session(text, draft.session) for key, text in draft.scores_in_file.items()}
    return replace(
        draft, occasion=f"{occasion}{{session}}", columns=columns, rows=rows, scores_in_file=scores
    )


def _with_session(text: str, session: int) -> str:
    """A text with the one number that equals the session replaced."""
    if text == f"{session}.0":
        return "{session}.0"
    words = [
        word
        for word in words_of(text)
        if word.is_number and int(word.text) == session and not _in_item(text, word.start)
    ]
    if len(words) != 1:
        return text
    word = words[0]
    form = f"{{session:0{len(word.text)}d}}" if word.text.startswith("0") else "{session}"
    return f"{text[: word.start]}{form}{text[word.end :]}"


def _in_item(text: str, place: int) -> bool:
    """Whether a place lies in the braces of {item:02d}."""
    return text.rfind("{", 0, place) > text.rfind("}", 0, place)
