"""The draft of a letter to the editor that tells what changed between two versions of a paper."""

from collections.abc import Iterator, Sequence

from attune.markdown import literal
from attune.run_diff.changes import (
    Comparison,
    DecisionChange,
    RunDifference,
    SentenceChange,
    SourceChange,
)
from attune.run_diff.marked_words import word_pieces
from attune.run_diff.words import SOURCE_WORDS

DIRECTION_WORDS = {"direction": "sign", "significance": "significance"}


def letter_text(comparison: Comparison) -> str:
    """A letter in Markdown; what only its author can know is marked TODO.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    str
        What changed in print, why as far as the records of both runs tell, and which conclusions
        are touched. Numbers appear only as the documents print them.
    """
    parts = [
        "<!-- A draft. Replace every TODO; then delete this line. -->",
        "TODO: place and date",
        "Dear TODO: name of the editor,",
        "we have run the analyses of our manuscript TODO: title and number again."
        " This letter tells what changed since the version that you have.",
    ]
    for each in comparison.cohorts:
        parts += _cohort_parts(each, headed=len(comparison.cohorts) > 1)
    parts += ["Sincerely,", "TODO: names"]
    return "\n\n".join(parts) + "\n"


def _cohort_parts(difference: RunDifference, headed: bool) -> list[str]:
    parts = [f"# {literal(difference.cohort_after)}"] if headed else []
    if difference.same:
        parts.append(
            "All statistics, tables and sentences are the same as before."
            if not difference.sources
            else "All statistics, tables and sentences are the same as before, although these"
            " changed:"
        )
        return parts + ([_list(_sources(difference.sources))] if difference.sources else [])
    parts += ["## Conclusions", *_conclusions(difference)]
    parts += ["## Why", *_why(difference)]
    cells = [
        f"| {literal(each.title)} | {literal(', '.join(filter(None, [each.row, each.column])))}"
        f" | {literal(each.before or '–')} | {literal(each.after or '–')} |"
        for each in difference.cells
    ]
    if cells:
        head = ["| Table | Cell | Before | Now |", "|:--|:--|:--|:--|"]
        parts += ["## Tables", "\n".join([*head, *cells])]
    if difference.sentences:
        parts += ["## Text", _list(_sentences(difference.sentences))]
    return parts


def _conclusions(difference: RunDifference) -> Iterator[str]:
    """Decisions and verdicts first for what is printed; the rest in one sentence."""
    shown = [each for each in difference.decisions if each.shown]
    if shown:
        yield "These results are decided otherwise now:"
        yield _list(_decision(each) for each in shown)
        yield "TODO: say what that means for the conclusions of the paper."
    else:
        yield "No printed result changed its significance or its sign."
    unseen = len(difference.decisions) - len(shown)
    if unseen:
        verb = "is" if unseen == 1 else "are"
        yield f"Of results that the documents do not print, {unseen} {verb} decided otherwise."
    if difference.verdicts:
        yield "Compared with the published paper, these values are judged otherwise:"
        yield _list(
            f"{literal(each.label)}, printed {literal(each.printed)}:"
            f" {_word(each.before)} before, {_word(each.after)} now"
            for each in difference.verdicts
        )
        yield "TODO: say why, value by value."


def _decision(change: DecisionChange) -> str:
    before, after = literal(change.printed_before or ""), literal(change.printed_after or "")
    return (
        f"{DIRECTION_WORDS[change.kind]}: {change.before} before ({before}), {change.after} now"
        f" ({after}); `{change.id}`"
    )


def _why(difference: RunDifference) -> Iterator[str]:
    if difference.sources:
        yield "Between the two versions, the following changed:"
        yield _list(_sources(difference.sources))
        yield "TODO: say for each why it was changed, and which of the results follow from it."
    else:
        yield (
            "TODO: say why. The records of the two runs name no input, choice, code or package that"
            " changed."
        )


def _sources(changes: Sequence[SourceChange]) -> Iterator[str]:
    for each in changes:
        kind = SOURCE_WORDS[each.kind]
        if each.kind in ("input", "code"):
            how = "added" if each.before is None else "removed" if each.after is None else "changed"
            yield f"{kind} `{each.name}`: {how}"
        else:
            before, after = literal(each.before or "none"), literal(each.after or "none")
            yield f"{kind} `{each.name}`: {before} before, {after} now"


def _sentences(changes: Sequence[SentenceChange]) -> Iterator[str]:
    for each in changes:
        place = each.document + (f" ({each.times} times)" if each.times > 1 else "")
        if each.before and each.after:
            before, after = (_emphasised(each, kind) for kind in ("out", "in"))
            yield f"{place}: “{before}” now reads “{after}”"
        else:
            how = "new" if each.after else "left out"
            yield f"{place}, {how}: “{literal(each.after or each.before or '')}”"


def _emphasised(change: SentenceChange, kind: str) -> str:
    """One version of a sentence, what is only in it in bold."""
    pieces = word_pieces(change.before or "", change.after or "")
    return " ".join(
        literal(text) if each == "same" else f"**{literal(text)}**"
        for each, text in pieces
        if each in ("same", kind)
    )


def _word(verdict: str | None) -> str:
    return "not judged" if verdict is None else verdict.replace("_", " ")


def _list(entries: Iterator[str]) -> str:
    return "\n".join(f"* {entry}" for entry in entries)
