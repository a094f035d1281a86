"""The audit of a paper as plain text for the terminal and as plain values for other programs."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from attune.paper.checks.audit import CHECKS
from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding
from attune.paper.checks.simplest_explanation import EXPLANATIONS
from attune.paper.ledger.ledger import Publication
from attune.printing.apa import counted

WIDTH = 100
WANTING_A_CHECK = (
    "p",
    "stars",
    "t",
    "F",
    "z",
    "chi2",
    "d",
    "g",
    "eta_squared",
    "se",
    "ci_low",
    "ci_high",
)
"""Kinds whose values are named if no check looks at them."""
MOST_NAMED = 12
"""Unchecked values that are named."""


def audit_text(
    publication: Publication, findings: Sequence[Finding], everything: bool = False
) -> str:
    """Counts first, then each inconsistency, then the consistent checks.

    Parameters
    ----------
    publication : Publication
    findings : sequence of Finding
        What `audit_publication` returns.
    everything : bool
        Whether consistent checks are listed too.

    Examples
    --------
    >>> from attune.paper.ledger.printed_value import PrintedValue
    >>> value = PrintedValue(id="n", printed="26", kind="count", places=["Text"], quoted="-")
    >>> paper = Publication(publication="paper", citation="Author (2012).", values=[value])
    >>> print(audit_text(paper, []).splitlines()[1])
    1 printed value; 0 checks: 0 consistent, 0 inconsistent.
    """
    by_outcome = {
        outcome: [finding for finding in findings if finding.outcome == outcome]
        for outcome in ("inconsistent", "cannot_tell", "consistent")
    }
    blocks = ["\n".join(_top(publication, by_outcome))]
    inconsistent = by_outcome["inconsistent"]
    if inconsistent:
        blocks.append("Inconsistent, given how the printed numbers were rounded:")
        blocks += [
            "\n".join(_entry(publication, number, finding))
            for number, finding in enumerate(inconsistent, 1)
        ]
    else:
        blocks.append("No checked value contradicts anything else that is printed.")
    blocks.append("\n".join(_consistent_lines(by_outcome["consistent"], everything)))
    if by_outcome["cannot_tell"]:
        blocks.append("\n".join(_undecided_lines(by_outcome["cannot_tell"], everything)))
    unchecked = unchecked_values(publication, findings)
    if unchecked:
        blocks.append("\n".join(_unchecked_lines(publication, unchecked)))
    return "\n\n".join(blocks)


def audit_values(publication: Publication, findings: Sequence[Finding]) -> dict[str, Any]:
    """The audit as values that JSON can hold.

    Examples
    --------
    >>> from attune.paper.ledger.printed_value import PrintedValue
    >>> value = PrintedValue(id="n", printed="26", kind="count", places=["Text"], quoted="-")
    >>> paper = Publication(publication="paper", citation="Author (2012).", values=[value])
    >>> sorted(audit_values(paper, []))
    ['checks', 'citation', 'counts', 'doi', 'findings', 'publication', 'unchecked', 'values']
    """
    return {
        "publication": publication.publication,
        "citation": publication.citation,
        "doi": publication.doi,
        "values": len(publication.values),
        "counts": dict(Counter(finding.outcome for finding in findings)),
        "checks": [
            {name: getattr(check, name) for name in ("name", "title", "meaning", "source")}
            for check in CHECKS
        ],
        "unchecked": unchecked_values(publication, findings),
        "findings": [{"id": finding.id} | finding.texts() for finding in findings],
    }


def unchecked_values(publication: Publication, findings: Sequence[Finding]) -> list[str]:
    """Ids of the printed tests, effect sizes, p and stars that no check looked at.

    Examples
    --------
    >>> from attune.paper.ledger.printed_value import PrintedValue
    >>> value = PrintedValue(id="p", printed=".02", kind="p", places=["Text"], quoted="-")
    >>> paper = Publication(publication="paper", citation="Author (2012).", values=[value])
    >>> unchecked_values(paper, [])
    ['p']
    """
    checked = {name for finding in findings for name in finding.values}
    return [
        value.id
        for value in publication.values
        if value.kind in WANTING_A_CHECK and value.id not in checked
    ]


def _unchecked_lines(publication: Publication, names: Sequence[str]) -> Iterator[str]:
    titles = [publication.value(name).title for name in names[:MOST_NAMED]]
    rest = len(names) - len(titles)
    listed = ", ".join(titles) + (f" and {rest:,} more" if rest else "")
    yield from _wrapped(
        f"Not checked, since what it takes is not printed or not tied to them ({len(names):,}):"
        f" {listed}.",
        "  ",
        first="",
    )


def _top(publication: Publication, by_outcome: dict[str, list[Finding]]) -> Iterator[str]:
    yield publication.citation
    counts = {outcome: len(group) for outcome, group in by_outcome.items()}
    findings = [finding for group in by_outcome.values() for finding in group]
    cannot = counts["cannot_tell"]
    yield (
        f"{counted(len(publication.values), 'printed value')};"
        f" {counted(len(findings), 'check')}:"
        f" {counts['consistent']:,} consistent, {counts['inconsistent']:,} inconsistent"
        + (f", {cannot:,} that cannot tell." if cannot else ".")
    )
    explanations = Counter(entry.explanation for entry in by_outcome["inconsistent"])
    listed = [
        f"{words} {explanations[key]}" for key, words in EXPLANATIONS.items() if explanations[key]
    ]
    if listed:
        yield f"Simplest explanations of the inconsistencies: {', '.join(listed)}."


def _entry(publication: Publication, number: int, finding: Finding) -> Iterator[str]:
    value = publication.value(finding.value)
    margin = " " * (len(str(number)) + 2)
    yield from _wrapped(
        f"{number}. {value.title} ({'; '.join(value.places)}): printed {finding.printed},"
        f" possible {finding.possible}",
        margin,
        first="",
    )
    yield from _wrapped(finding.sentence, margin)
    if finding.explanation:
        explanation = EXPLANATIONS[finding.explanation]
        yield from _wrapped(
            f"Simplest explanation: {explanation}. {finding.explained}".strip(), margin
        )
    yield from _wrapped(f"[{_check(finding).title}] {finding.arithmetic}", margin)


def _consistent_lines(consistent: Sequence[Finding], everything: bool) -> Iterator[str]:
    if everything:
        yield f"Consistent ({len(consistent):,}):"
        for finding in consistent:
            yield from _wrapped(f"{finding.id}: {finding.arithmetic}", "      ", first="  ")
        return
    yield f"Consistent ({len(consistent):,}; --all lists them):"
    counts = Counter(entry.check for entry in consistent)
    for check in CHECKS:
        if counts[check.name]:
            yield f"  {counts[check.name]:>4,}  {check.title}"


def _undecided_lines(findings: Sequence[Finding], everything: bool) -> Iterator[str]:
    how = "" if everything else "; --all lists them"
    yield f"Not decidable from what is printed ({len(findings):,}{how})"
    if everything:
        for finding in findings:
            yield from _wrapped(f"{finding.id}: {finding.sentence}", "      ", first="  ")


def _check(finding: Finding) -> Check:
    return next(check for check in CHECKS if check.name == finding.check)


def _wrapped(text: str, margin: str, first: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=margin if first is None else first,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )
