"""Audit of a paper against itself: every check of every printed value, without any data."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from attune.paper.checks import (
    comparison,
    confidence_limits,
    correlation_matrix,
    degrees_of_freedom,
    effect_label,
    estimate,
    eta_squared,
    granularity,
    p_check,
    parts_of_whole,
    percentage,
    possible_number,
    r_squared,
    range,
    same_quantity,
    standard_error,
    stars,
    sum_score,
)
from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding
from attune.paper.ledger.ledger import Publication

if TYPE_CHECKING:
    import pandas as pd

CHECKS: tuple[Check, ...] = (
    possible_number.CHECK,
    p_check.CHECK_FROM_R,
    p_check.CHECK_FROM_T,
    p_check.CHECK_FROM_D,
    stars.CHECK,
    stars.CHECK_AGAINST_P,
    r_squared.CHECK,
    degrees_of_freedom.CHECK,
    percentage.CHECK,
    parts_of_whole.CHECK,
    same_quantity.CHECK,
    effect_label.CHECK,
    granularity.CHECK,
    range.CHECK,
    sum_score.CHECK,
    correlation_matrix.CHECK,
    comparison.CHECK,
    estimate.CHECK,
    standard_error.CHECK,
    confidence_limits.CHECK,
    eta_squared.CHECK,
)
"""All checks in the order in which pages show them; each module declares its own."""


def audit_publication(publication: Publication) -> list[Finding]:
    """All findings of the checks, including consistent ones.

    Parameters
    ----------
    publication : Publication

    Returns
    -------
    list of Finding
        In the order of `CHECKS` and, within a check, of the ledger. Impossible numbers are reported
        as such, and left out of all other checks. Ids are unique: the second
        finding of one check about one value has the number 2.

    Examples
    --------
    >>> from attune.paper.ledger.printed_value import PrintedValue
    >>> t = PrintedValue(id="t", printed=".65", kind="t", places=["Text"], quoted="-")
    >>> df = PrintedValue(id="df", printed="23", kind="df", of="t", places=["Text"], quoted="-")
    >>> p = PrintedValue(
    ...     id="p", printed=".52", kind="p", tail="two", of="t", places=["Text"], quoted="-"
    ... )
    >>> paper = Publication(publication="paper", citation="A.", values=[t, df, p])
    >>> [(finding.id, finding.outcome) for finding in audit_publication(paper)]
    [('p_from_t.p', 'consistent')]
    """
    seen: Counter[tuple[str, str]] = Counter()
    findings = []
    impossible = possible_number.impossible_values(publication)
    possible = publication.without(impossible) if impossible else publication
    for check in CHECKS:
        checked = publication if check is possible_number.CHECK else possible
        for finding in check.findings(checked):
            about = (finding.check, finding.value)
            seen[about] += 1
            findings.append(replace(finding, number=seen[about]))
    return findings


def findings_frame(findings: Sequence[Finding]) -> "pd.DataFrame":
    """The findings as a frame of the contract `FINDINGS`.

    Parameters
    ----------
    findings : sequence of Finding

    Returns
    -------
    pandas.DataFrame
        A row is a finding; `values` holds the ids joined by commas.
    """
    import pandas as pd

    from attune.store.contracts import FINDINGS

    return pd.DataFrame([finding.row() for finding in findings], columns=FINDINGS.schema.names)
