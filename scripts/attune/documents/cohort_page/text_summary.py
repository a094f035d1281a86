"""The check of a cohort as plain text, for the terminal."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from attune.documents.cohort_page.cohort_check import CohortCheck, Finding, Place
from attune.documents.cohort_page.labels import (
    EMPTY_TEXTS,
    SEVERITIES,
    estimable_in_words,
    headline,
    missing_in_words,
    odd_items,
    open_in_words,
    plan_remedy,
    skipped,
    where,
    who,
)
from attune.printing.apa import bounded, counted

MOST_NAMED = 5
"""Most conspicuous items and skipped analyses that are named, unless all are requested."""


MANY_COLUMNS = 4
"""Columns of a file with the same message from which they are one line."""


def text_summary(check: CohortCheck, most_lines: int | None = 10) -> str:
    """Summary of the check as text: whether the cohort can be used, violations, mapping.

    Parameters
    ----------
    check : CohortCheck
    most_lines : int or None
        Lines printed per rule. None: all that the check lists, also those of notes, and every
        item to look at and every skipped analysis.
    """
    everything = most_lines is None
    blocks = [_top(check)]
    if check.unreadable:
        blocks.append("\n".join(f"  - {problem}" for problem in check.unreadable))
        return "\n\n".join(filter(None, [*blocks, _text_problems(check)]))
    blocks += [_mapped(check), *_findings(check, most_lines), _plan_problems(check)]
    blocks += [_obstacles(check), _text_problems(check)]
    blocks += [_scales(check, everything), _missing(check), _analyses(check, everything)]
    blocks += [_empty_texts(check)]
    return "\n\n".join(filter(None, blocks))


def _top(check: CohortCheck) -> str:
    lines = [f"{check.cohort}: {check.title}", headline(check)]
    if not check.unreadable:
        counts = [counted(check.count(severity), severity) for severity in SEVERITIES]
        lines.append(f"{', '.join(counts)}. {estimable_in_words(check)}")
    if check.open_remarks:
        lines.append(open_in_words(check))
    if check.synthetic_notice:
        lines.append(check.synthetic_notice.strip())
    return "\n".join(lines)


def _mapped(check: CohortCheck) -> str:
    lines = [f"What mapped: {who(check)}."]
    widest = max((len(questionnaire.name) for questionnaire in check.questionnaires), default=0)
    for questionnaire in check.questionnaires:
        key = f"{questionnaire.abbreviation} {questionnaire.version}, a key {questionnaire.key}"
        answered = f"{questionnaire.n_answered:,} of {questionnaire.n_expected:,}"
        lines.append(
            f"  {questionnaire.name:<{widest}}  {answered:>12}"
            f"  {questionnaire.path}: {questionnaire.columns}  ({key})"
        )
    return "\n".join(lines)


def _findings(check: CohortCheck, most: int | None) -> Iterator[str]:
    for severity in SEVERITIES:
        findings = [finding for finding in check.findings if finding.severity == severity]
        if not findings:
            continue
        if severity == "note" and most is not None:
            counts = ", ".join(f"{entry.n:,} {entry.rule}" for entry in findings)
            yield f"Notes: {counts}. They stop nothing; --all lists them."
            continue
        yield "\n".join(
            [
                f"{severity.capitalize()}s",
                *(line for entry in findings for line in _finding(entry, most)),
            ]
        )


def _finding(finding: Finding, most: int | None) -> Iterator[str]:
    yield f"  {finding.rule}: {finding.finds} ({counted(finding.n, 'place')})"
    alike: dict[Place, list[int]] = {}
    times_at: Counter[Place] = Counter()
    for place in finding.places:
        without_row = replace(place, row=None, n=1)
        alike.setdefault(without_row, []).extend([] if place.row is None else [place.row])
        times_at[without_row] += place.n
    listed = list(_by_kind(alike) if most is not None else ((at, [at]) for at in alike))[:most]
    for place, columns in listed:
        total = sum(times_at[at] for at in columns)
        rows = sorted({row for at in columns for row in alike[at]})
        times = f" ({total:,} times)" if total > max(1, len(rows)) else ""
        yield f"    {where(place, rows)}{_columns(columns)}: {place.what}{times}"
    rest = finding.n - sum(times_at[at] for _, columns in listed for at in columns)
    if rest:
        yield f"    and {counted(rest, 'more place')}; --all lists them"
    for remedy in finding.remedies:
        yield f"    To do: {remedy}"


def _by_kind(places: Iterable[Place]) -> Iterator[tuple[Place, list[Place]]]:
    """Places with one message in many columns as one, the others alone; each with its columns."""
    kinds: dict[Place, list[Place]] = {}
    for place in places:
        kinds.setdefault(replace(place, column=None, item=None), []).append(place)
    for kind, columns in kinds.items():
        if len(columns) >= MANY_COLUMNS:
            yield kind, columns
        else:
            yield from ((place, [place]) for place in columns)


def _columns(places: list[Place]) -> str:
    """The columns of places that are one line, if they are several."""
    in_order = sorted(places, key=lambda place: place.item or 0)
    names = [place.column for place in in_order if place.column is not None]
    if len(places) < MANY_COLUMNS or not names:
        return ""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f", columns {', '.join(names[:MOST_NAMED])}{more}"


def _plan_problems(check: CohortCheck) -> str:
    if not check.plan_problems:
        return ""
    lines = [f"The study {check.study} needs data that the cohort does not hold:"]
    lines += [f"  - {problem}" for problem in check.plan_problems]
    lines.append(f"  To do: {plan_remedy(check)}")
    return "\n".join(lines)


def _obstacles(check: CohortCheck) -> str:
    if not check.obstacles:
        return ""
    lines = [f"The data contradict the study {check.study}, so that an analysis would stop:"]
    return "\n".join([*lines, *(f"  - {problem}" for problem in check.obstacles)])


def _text_problems(check: CohortCheck) -> str:
    if not check.text_problems:
        return ""
    lines = ["The author's text holds what would stop the documents (docs/your_text.md):"]
    return "\n".join([*lines, *(f"  - {problem}" for problem in check.text_problems)])


def _empty_texts(check: CohortCheck) -> str:
    if not check.empty_texts:
        return ""
    return "\n".join([EMPTY_TEXTS, *(f"  {path}" for path in check.empty_texts)])


def _scales(check: CohortCheck, everything: bool) -> str:
    alphas = [scale.alpha for scale in check.scales if scale.alpha is not None]
    n_scales = sum(scale.consistent for scale in check.scales)
    if not n_scales:
        return ""
    line = f"Scales: {counted(n_scales, 'scale')} with items that should agree"
    if alphas:
        lowest, highest = bounded(min(alphas), 2), bounded(max(alphas), 2)
        line += f"; alpha {lowest}" if lowest == highest else f"; alpha from {lowest} to {highest}"
    odd = list(odd_items(check))
    lines = [f"{line}. {counted(len(odd), 'item')} to look at."]
    lines += [f"  {entry}" for entry in (odd if everything else odd[:MOST_NAMED])]
    if len(odd) > len(lines) - 1:
        lines.append(f"  and {len(odd) - len(lines) + 1} more; --all lists them")
    return "\n".join(lines)


def _missing(check: CohortCheck) -> str:
    dyads = check.missing_by_dyad
    if not dyads.counts:
        return ""
    return (
        f"{missing_in_words(check)}\n"
        f"Missing answers: {dyads.counts[0]:,} of {counted(dyads.n_dyads, check.case)} answered"
        f" every item of every questionnaire, {dyads.counts[-1]:,} none."
    )


def _analyses(check: CohortCheck, everything: bool) -> str:
    lines = [f"Study {check.study}: {estimable_in_words(check)}"]
    for reason, group in skipped(check):
        lines.append(f"  skipped, {reason.rstrip('.')}:")
        named = group if everything else group[:MOST_NAMED]
        lines += [f"    {entry.analysis}: {entry.terms} (n = {entry.n:,})" for entry in named]
        if len(group) > len(named):
            lines.append(f"    and {len(group) - len(named)} more; --all lists them")
    return "\n".join(lines)
