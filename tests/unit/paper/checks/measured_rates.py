"""How many of the single wrong digits that break a bound are found, per check: counts and a table.

`python -m tests.unit.paper.checks.measured_rates` prints the table.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "scripts"))

from tests.unit.paper.checks.oracles import judgements
from tests.unit.paper.checks.simulated_papers import (
    one_digit_changes,
    publication,
    simulated_paper,
)

from attune.paper.checks.audit import CHECKS, audit_publication
from attune.paper.checks.finding import Finding

PAPERS, CHANGES = 1_000, 8


@dataclass
class Rates:
    """Counts over all changes; `missed` and `alarms` name seed, value and check."""

    changes: int = 0
    refused: int = 0
    broken: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    missed: list[tuple[int, str, str, str]] = field(default_factory=list)
    alarms: list[tuple[int, str, str, str]] = field(default_factory=list)

    def table(self) -> str:
        """A line per check, as docs/audit.md shows it."""
        lines = ["| check | changes that violate its bound | found | rate |", "|---|---|---|---|"]
        for check in CHECKS:
            broken, found = self.broken.get(check.name, 0), self.found.get(check.name, 0)
            rate = f"{100 * found / broken:.1f} %" if broken else "-"
            lines.append(f"| `{check.name}` | {broken:,} | {found:,} | {rate} |")
        return "\n".join(lines)


def measured(papers: Iterable[int], changes: int = CHANGES) -> Rates:
    """Change digits in simulated papers, and compare the audit with the oracle."""
    rates = Rates()
    for seed in papers:
        rng = np.random.default_rng(seed)
        for changed, ledger in one_digit_changes(simulated_paper(seed), rng, changes):
            rates.changes += 1
            try:
                findings = audit_publication(publication(ledger))
            except ValidationError:
                # An r above 1, a minimum above the maximum: the ledger itself tells.
                rates.refused += 1
                continue
            _compare(rates, seed, changed, ledger, findings)
    return rates


def _compare(
    rates: Rates, seed: int, changed: str, ledger: dict[str, Any], findings: list[Finding]
) -> None:
    alarms = [finding for finding in findings if finding.outcome == "inconsistent"]
    broken: dict[tuple[str, str | None], bool | None] = {}
    for check, value, breaks in judgements(ledger, changed):
        broken[check, value] = breaks if breaks is None else broken.get((check, value)) or breaks
    printed = next(entry["printed"] for entry in ledger["values"] if entry["id"] == changed)
    for (check, value), breaks in broken.items():
        alarm = any(alarm.check == check and value in (None, alarm.value) for alarm in alarms)
        about = (seed, changed, printed, f"{check} of {value}")
        if breaks:
            rates.broken[check] = rates.broken.get(check, 0) + 1
            rates.found[check] = rates.found.get(check, 0) + alarm
        if breaks and not alarm:
            rates.missed.append(about)
        if alarm and breaks is False:
            rates.alarms.append(about)
    for entry in alarms:
        if (entry.check, entry.value) not in broken and (entry.check, None) not in broken:
            rates.alarms.append((seed, changed, printed, f"{entry.id}, which was not changed"))


if __name__ == "__main__":
    result = measured(range(PAPERS))
    print(result.table())
    print(f"{result.changes:,} changes, {result.refused:,} refused by the ledger.")
    print(f"{len(result.alarms)} alarms without a broken bound.")
    for line in (*result.missed[:30], *result.alarms[:30]):
        print("  ", *line)
