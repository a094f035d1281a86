"""Merge questionnaires of several sessions into one entry."""

import re
from collections.abc import Sequence
from dataclasses import replace

from attune.cohort_draft.column_names import words_of
from attune.cohort_draft.draft import DraftQuestionnaire, Evidence

FORMS = ("{session}", "{session:02d}", "{session:03d}")
"""Formats of a session's number."""

_SESSION = re.compile(r"\{session(:[^{}]*)?\}")


def with_sessions(drafts: Sequence[DraftQuestionnaire]) -> list[DraftQuestionnaire]:
    """Merge questionnaires that differ only in the number of the session.

    Their columns, rows and scores must be the same text once the number is {session}.

    Parameters
    ----------
    drafts : sequence of DraftQuestionnaire
    """
    families: dict[object, list[DraftQuestionnaire]] = {}
    for number, draft in enumerate(drafts):
        families.setdefault(_family(draft) or number, []).append(draft)
    found: list[DraftQuestionnaire] = []
    for members in families.values():
        numbers = [draft.session for draft in members if draft.session is not None]
        together = len(set(numbers)) == len(members) > 1
        merged = _merged(members, numbers) if together else None
        found += members if merged is None else [merged]
    return found


def _merged(
    members: Sequence[DraftQuestionnaire], numbers: Sequence[int]
) -> DraftQuestionnaire | None:
    """One entry for several sessions, with all evidence; None if no text fits all."""
    first = members[0]
    same = all(member.columns == first.columns for member in members)
    written = [str(member.columns) for member in members]
    columns = first.columns if same else _common(written, numbers)
    rows = {key: _common([member.rows[key] for member in members], numbers) for key in first.rows}
    scores = {
        key: _common([member.scores_in_file[key] for member in members], numbers)
        for key in first.scores_in_file
    }
    if isinstance(first.columns, dict) and not same:
        return None
    if not all([columns, *rows.values(), *scores.values()]):
        return None
    evidence = {
        key: _joined([member.evidence[key] for member in members]) for key in first.evidence
    }
    reason = f"{len(members)} occasions with the same columns"
    evidence["occasion"] = Evidence([reason], evidence["occasion"].doubts)
    evidence["columns"] = Evidence([], evidence["columns"].doubts)
    equal = {}
    for scale in first.equal_scores:
        counts = [member.equal_scores[scale] for member in members]
        equal[scale] = (sum(count[0] for count in counts), sum(count[1] for count in counts))
    return replace(
        first,
        occasion=f"{first.occasion.removesuffix(str(first.session))}{{session}}",
        session=None,
        sessions=tuple(sorted(numbers)),
        columns=columns if isinstance(columns, dict) else str(columns),
        rows={key: str(text) for key, text in rows.items()},
        scores_in_file={key: str(text) for key, text in scores.items()},
        equal_scores=equal,
        # A code that occurs in one session only is missing in all of them.
        missing_codes={
            code: why for member in members for code, why in member.missing_codes.items()
        },
        evidence=evidence,
    )


def _joined(parts: Sequence[Evidence]) -> Evidence:
    """Evidence of several entries, without repetitions."""
    return Evidence(
        list(dict.fromkeys(text for part in parts for text in part.reasons)),
        list(dict.fromkeys(text for part in parts for text in part.doubts)),
    )


def _family(draft: DraftQuestionnaire) -> tuple[object, ...] | None:
    """The common parts of the questionnaires of one entry; None if it cannot be merged."""
    if draft.session is None:
        return None
    number = draft.session
    occasion = draft.occasion.removesuffix(str(number))
    one_by_one = not isinstance(draft.columns, str)
    columns = str(draft.columns) if one_by_one else _marked(str(draft.columns), number)
    rows = {key: _marked(text, number) for key, text in draft.rows.items()}
    if not occasion or occasion == draft.occasion or occasion[-1].isdigit():
        return None
    if rows == draft.rows and columns == str(draft.columns):
        return None
    scores = {key: _marked(text, number) for key, text in draft.scores_in_file.items()}
    same = (draft.instrument, draft.rater, draft.state, draft.file, draft.lowest_code)
    parts = (rows, scores, draft.missing_codes.keys(), draft.answers, draft.open_words)
    return (
        *same,
        occasion,
        columns,
        *(str(sorted(part)) for part in parts),
        str(rows),
        str(scores),
    )


def _common(texts: Sequence[str], numbers: Sequence[int]) -> str | None:
    """The text that gives all these texts once its {session} is replaced."""
    for form in FORMS:
        candidate = _marked(texts[0], numbers[0], form)
        filled = [_filled(candidate, number) for number in numbers]
        if filled == list(texts):
            return candidate
    return None


def _filled(text: str, session: int) -> str:
    return _SESSION.sub(lambda found: format(session, (found[1] or ":")[1:]), text)


def _marked(text: str, session: int, form: str = "{session}") -> str:
    """A text with the one number that equals the session replaced."""
    if text == f"{session}.0":
        return f"{form}.0"
    words = [
        word
        for word in words_of(text)
        if word.is_number and int(word.text) == session and not _in_item(text, word.start)
    ]
    if len(words) != 1:
        return text
    return f"{text[: words[0].start]}{form}{text[words[0].end :]}"


def _in_item(text: str, place: int) -> bool:
    """Whether a place lies in the braces of {item:02d}."""
    return text.rfind("{", 0, place) > text.rfind("}", 0, place)
