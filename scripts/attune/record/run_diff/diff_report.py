"""A comparison of two runs as lines of text: counts first, then the most important changes."""

from collections.abc import Iterator, Sequence

from attune.record.run_diff.changes import (
    CellChange,
    Comparison,
    DecisionChange,
    RunDifference,
    SentenceChange,
    SourceChange,
    StatisticChange,
    VerdictChange,
)
from attune.record.run_diff.marked_words import marked

MOST_SHOWN = 3
"""Entries of each section that are listed, unless all are requested."""

LONGEST_LINE = 230
"""Longest line, unless everything is requested."""

ARROW = "→"
SOURCE_WORDS = {
    "input": "input",
    "config": "choice",
    "code": "code",
    "version": "package",
    "step": "step",
}


def comparison_text(comparison: Comparison, everything: bool = False) -> str:
    """The comparison for a terminal.

    Parameters
    ----------
    comparison : Comparison
    everything : bool
        All changes; otherwise the first of each section, so that it fits a screen.
    """
    blocks = []
    for which, names in (
        ("first", comparison.only_before),
        ("second", comparison.only_after),
    ):
        if names:
            blocks.append(f"Only the {which} run has {', '.join(names)}.")
    blocks += [cohort_text(cohort, everything) for cohort in comparison.cohorts]
    return "\n\n".join(blocks)


def cohort_text(difference: RunDifference, everything: bool = False) -> str:
    """The comparison of one cohort."""
    lines = [f"before: {difference.before}", f"after:  {difference.after}"]
    lines += [f"note: {note}" for note in difference.notes]
    lines += ["", *(nothing_changed(difference) if difference.same else counts(difference))]
    if difference.summary and not difference.same:
        lines += ["", "In words", *(f"  {sentence}" for sentence in difference.summary)]
    sections = (
        ("Decisions", [decision_lines(change) for change in difference.decided]),
        ("Verdicts", [verdict_lines(change) for change in difference.verdicts]),
        (
            "Signs of results that are not significant",
            [decision_lines(change) for change in difference.sign_changes],
        ),
        ("Statistics", [statistic_lines(change, everything) for change in difference.statistics]),
        ("Table cells", [cell_lines(change) for change in difference.cells]),
        ("Sentences", [sentence_lines(change) for change in difference.sentences]),
        ("Inputs and code", [source_lines(change) for change in difference.sources]),
    )
    for title, entries in sections:
        lines += _section(title, entries, everything)
    return "\n".join(lines)


def nothing_changed(difference: RunDifference) -> list[str]:
    """One sentence with the numbers of what was compared."""
    compared = difference.compared
    parts = [f"{compared.statistics} statistics"]
    parts += [f"{compared.verdicts} verdicts"] if compared.verdicts else []
    parts += [f"{compared.tables} tables", f"{compared.sentences} sentences"]
    return [f"Nothing changed: {', '.join(parts)} are the same."]


def counts(difference: RunDifference) -> list[str]:
    """A line per kind of change."""
    decisions, sign_changes = difference.decided, difference.sign_changes
    statistics = difference.statistics
    kinds = [change.change for change in statistics]
    lines = {
        "decisions": (
            len(decisions),
            f"{sum(change.standing == 'planned' for change in decisions)} of planned tests,"
            f" {sum(change.standing == 'beside' for change in decisions)} by other methods;"
            f" {sum(change.shown for change in decisions)} in print",
        ),
        "signs of results that are not significant": (
            len(sign_changes),
            f"{sum(change.shown for change in sign_changes)} in print",
        ),
        "verdicts": (len(difference.verdicts), f"of {difference.compared.verdicts}"),
        "statistics": (
            len(statistics),
            f"of {difference.compared.statistics}; {sum(change.digits for change in statistics)} in"
            f" printed digits; {kinds.count('new')} new, {kinds.count('removed')} removed,"
            f" {kinds.count('renamed')} renamed",
        ),
        "table cells": (len(difference.cells), ""),
        "sentences": (len(difference.sentences), ""),
        "inputs, choices, code": (len(difference.sources), ""),
    }
    return [
        f"{count:6}  {name}" + (f" ({detail})" if count and detail else "")
        for name, (count, detail) in lines.items()
    ]


def decision_lines(change: DecisionChange) -> list[str]:
    """A decision and the numbers behind it."""
    printed = "" if change.shown else "  (not in print)"
    return [
        f"{change.label or change.id}: {change.before} {ARROW} {change.after}{printed}",
        f"    {change.printed_before} {ARROW} {change.printed_after}"
        + (f"  [{change.id}]" if change.label else ""),
    ]


def verdict_lines(change: VerdictChange) -> list[str]:
    """One printed value."""
    before, after = (verdict_word(verdict) for verdict in (change.before, change.after))
    line = f"{change.label}, printed {change.printed}: {before} {ARROW} {after}"
    if change.shown_before == change.shown_after:
        return [line]
    return [line, f"    data: {change.shown_before or '-'} {ARROW} {change.shown_after or '-'}"]


def statistic_lines(change: StatisticChange, everything: bool = True) -> list[str]:
    """One statistic as printed; with everything, each changed column and the size of the change."""
    if change.change == "renamed":
        return [f"{change.former_id} {ARROW} {change.id}: renamed, with the same numbers"]
    if change.change != "changed":
        return [f"{change.id}: {change.change}, {change.printed_after or change.printed_before}"]
    if change.hidden:
        return [f"{change.id}: {change.printed_before} {ARROW} {change.printed_after} (withheld)"]
    fields = list(_field_words(change))
    if not change.digits:
        return [f"{change.id}: {', '.join(fields)}  (no printed digit)"]
    first = f"{change.id}: {change.printed_before} {ARROW} {change.printed_after}"
    return [first, *(f"    {field}" for field in fields)] if everything else [first]


def cell_lines(change: CellChange) -> list[str]:
    """One cell, row or table."""
    place = ", ".join(filter(None, [change.table, change.row, change.column]))
    if change.before is None or change.after is None:
        what = "row" if change.row else "table"
        came = "new" if change.before is None else "removed"
        if change.column:
            what = "cell"
        return [f"{place}: {came} {what} ({change.after or change.before})"]
    return [f"{place}: {change.before or '(empty)'} {ARROW} {change.after or '(empty)'}"]


def sentence_lines(change: SentenceChange) -> list[str]:
    """The sentence with its deletions and insertions; all of it if it is new or removed."""
    times = f" ({change.times} times)" if change.times > 1 else ""
    if change.before and change.after:
        return [f"{change.document}{times}: {marked(change.before, change.after)}"]
    how = "new" if change.after else "removed"
    return [f"{change.document}, {how}{times}: {change.after or change.before}"]


def source_lines(change: SourceChange) -> list[str]:
    """One changed input, choice, piece of code or package."""
    steps = f" (in {', '.join(change.steps)})" if change.steps and change.kind != "step" else ""
    kind, name = SOURCE_WORDS[change.kind], change.name
    if change.kind == "input":
        how = "new" if change.before is None else "removed" if change.after is None else "changed"
        return [f"{kind} {name}: {how}{steps}"]
    if change.kind == "code":
        return [f"{kind} of {name}: changed"]
    before, after = change.before or "none", change.after or "none"
    return [f"{kind} {name}: {before} {ARROW} {after}{steps}"]


def _field_words(change: StatisticChange) -> Iterator[str]:
    for field in change.fields:
        moved = f"{field.field} {_value(field.before)} {ARROW} {_value(field.after)}"
        if field.difference is None:
            yield moved
            continue
        units = ""
        if field.units is not None:
            units = f", {field.units:+.3g} units of the last printed digit"
        yield f"{moved} ({field.difference:+.3g}{units})"


def _value(value: float | str | None) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else format(value, ".6g")


def _clipped(line: str) -> str:
    """A line cut to the longest length."""
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 2].rstrip()} …"


def verdict_word(verdict: str | None) -> str:
    """A verdict as readers see it."""
    return "not judged" if verdict is None else verdict.replace("_", " ")


def _section(title: str, entries: Sequence[list[str]], everything: bool) -> Iterator[str]:
    if not entries:
        return
    yield from ("", title)
    listed = entries if everything else entries[:MOST_SHOWN]
    for lines in listed:
        yield from (f"  {line if everything else _clipped(line)}" for line in lines)
    if len(entries) > len(listed):
        yield f"  and {len(entries) - len(listed)} more: --all"
