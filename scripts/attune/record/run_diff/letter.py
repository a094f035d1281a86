"""Draft of a letter to the editor about the changes between two versions of a paper."""

from collections import Counter
from collections.abc import Iterator, Sequence

from attune.printing.text import literal
from attune.record.run_diff.changes import (
    CellChange,
    Comparison,
    DecisionChange,
    RunDifference,
    SentenceChange,
    SourceChange,
)
from attune.record.run_diff.diff_report import SOURCE_WORDS, verdict_word
from attune.record.run_diff.marked_words import word_pieces


def letter_text(comparison: Comparison) -> str:
    """A letter in Markdown; parts that its author must add are marked TODO.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    str
        Changes in print, their causes as recorded by both runs, and the affected conclusions.
        Numbers appear only as the documents print them.
    """
    parts = [
        "<!-- A draft. Replace every TODO; then delete this line. -->",
        "TODO: place and date",
        "Dear TODO: name of the editor,",
        "we have run the analyses of our manuscript TODO: title and number again."
        " This letter lists what changed since the version that you have.",
    ]
    for cohort in comparison.cohorts:
        parts += _cohort_parts(cohort, headed=len(comparison.cohorts) > 1)
    parts += ["Sincerely,", "TODO: names"]
    return "\n\n".join(parts) + "\n"


def _cohort_parts(difference: RunDifference, headed: bool) -> list[str]:
    parts = [f"# {literal(difference.cohort_after)}"] if headed else []
    if difference.same:
        parts.append(
            "All statistics, tables, and sentences are the same as before."
            if not difference.sources
            else "All statistics, tables, and sentences are the same as before, although these"
            " changed:"
        )
        return parts + ([_list(_sources(difference.sources))] if difference.sources else [])
    if difference.summary:
        parts += ["## What changed", _list(str(literal(line)) for line in difference.summary)]
    parts += ["## Conclusions", *_conclusions(difference)]
    parts += ["## Why", *_why(difference)]
    if difference.cells:
        parts += ["## Tables", *_tables(difference.cells)]
    if difference.sentences:
        parts += ["## Text", _list(_sentences(difference.sentences))]
    return parts


def _tables(changes: Sequence[CellChange]) -> Iterator[str]:
    """Changed cells of the manuscript in full; for the supplement, their number by table."""
    rows = [
        f"| {literal(change.title)}"
        f" | {literal(', '.join(filter(None, [change.row, change.column])))}"
        f" | {literal(change.before or '–')} | {literal(change.after or '–')} |"
        for change in changes
        if change.document != "supplement"
    ]
    if rows:
        yield "\n".join(["| Table | Cell | Before | Now |", "|:--|:--|:--|:--|", *rows])
    counts = Counter(change.title for change in changes if change.document == "supplement")
    if counts:
        yield "In the tables of the supplement, this many entries changed:"
        yield _list(f"{literal(title)}: {count:,}" for title, count in counts.items())


def _conclusions(difference: RunDifference) -> Iterator[str]:
    """Planned tests first, then other methods; of unprinted results only the number."""
    shown = [decision for decision in difference.decisions if decision.shown]
    found = {name: [entry for entry in shown if entry.standing == name] for name, _ in _CONCLUSIONS}
    rest = len(found["sign_only"])
    found["sign_only"] = [entry for entry in found["sign_only"] if entry.planned]
    rest -= len(found["sign_only"])
    if not (found["planned"] or found["beside"]):
        yield "No printed result changed its significance, and no significant one its sign."
    for name, heading in _CONCLUSIONS:
        if found[name]:
            yield heading
            yield _list(_decision(entry) for entry in found[name])
    if rest:
        yield (
            f"The same holds for {rest} result{'' if rest == 1 else 's'} by other methods, which"
            " the supplement prints."
        )
    if found["planned"] or found["beside"]:
        yield "TODO: state what that means for the conclusions of the paper."
    unseen = len(difference.decided) - len(found["planned"]) - len(found["beside"])
    if unseen:
        yield f"Of results that the documents do not print, {unseen} changed significance or sign."
    if difference.verdicts:
        yield from _verdicts(difference)


_CONCLUSIONS = (
    ("planned", "These planned tests changed significance or sign:"),
    (
        "beside",
        "Apart from the planned tests, these results by other methods (ranks, partial correlations,"
        " resampling, adjusted *p* and the like) changed significance or sign:",
    ),
    (
        "sign_only",
        "These results changed only their sign; none of them was significant before, and none is"
        " now:",
    ),
)
"""Standing of a decision, and its introduction in the letter."""


def _decision(change: DecisionChange) -> str:
    before, after = literal(change.printed_before or ""), literal(change.printed_after or "")
    name = literal(change.label) if change.label else f"`{change.id}`"
    if before == after:
        return f"{name}: {change.before} before, {change.after} now (both times {after})"
    return f"{name}: {change.before} before ({before}), {change.after} now ({after})"


def _verdicts(difference: RunDifference) -> Iterator[str]:
    """Values of the published paper, grouped by former and present verdict."""
    yield "Compared with the published paper, the verdicts on these values changed:"
    groups: dict[tuple[str, str], list[str]] = {}
    for verdict in difference.verdicts:
        how = verdict_word(verdict.before), verdict_word(verdict.after)
        data = ""
        if verdict.shown_before != verdict.shown_after:
            was, now = (
                literal(x or "nothing") for x in (verdict.shown_before, verdict.shown_after)
            )
            data = f" (the data gave {was}, now {now})"
        groups.setdefault(how, []).append(
            f"{literal(verdict.label)}, published as {literal(verdict.printed)}{data}"
        )
    for (before, after), values in groups.items():
        yield f"{before} before, {after} now:"
        yield _list(iter(values))
    yield "TODO: give the reason, value by value."


def _why(difference: RunDifference) -> Iterator[str]:
    if difference.sources:
        yield "Between the two versions, the following changed:"
        yield _list(_sources(difference.sources))
        yield "TODO: state for each why it was changed, and which of the results follow from it."
    else:
        yield (
            "TODO: give the reason. According to the records of the two runs, no input, choice,"
            " code, or package changed."
        )


def _sources(changes: Sequence[SourceChange]) -> Iterator[str]:
    for change in changes:
        kind = SOURCE_WORDS[change.kind]
        if change.kind == "step":
            yield (
                f"{kind} `{change.name}`: {'ran' if change.before else 'did not run'} before,"
                f" {'ran' if change.after else 'did not run'} now"
            )
        elif change.kind in ("input", "code"):
            how = (
                "added"
                if change.before is None
                else "removed"
                if change.after is None
                else "changed"
            )
            yield f"{kind} `{change.name}`: {how}"
        else:
            before, after = literal(change.before or "none"), literal(change.after or "none")
            yield f"{kind} `{change.name}`: {before} before, {after} now"


def _sentences(changes: Sequence[SentenceChange]) -> Iterator[str]:
    for change in changes:
        place = change.document + (f" ({change.times} times)" if change.times > 1 else "")
        if change.before and change.after:
            before, after = (_emphasised(change, kind) for kind in ("out", "in"))
            yield f"{place}: “{before}” now reads “{after}”"
        else:
            how = "new" if change.after else "left out"
            yield f"{place}, {how}: “{literal(change.after or change.before or '')}”"


def _emphasised(change: SentenceChange, kind: str) -> str:
    """One version of a sentence, with words of this version only in bold."""
    pieces = word_pieces(change.before or "", change.after or "")
    return " ".join(
        str(literal(text)) if where == "same" else f"**{literal(text)}**"
        for where, text in pieces
        if where in ("same", kind)
    )


def _list(entries: Iterator[str]) -> str:
    return "\n".join(f"* {entry}" for entry in entries)
