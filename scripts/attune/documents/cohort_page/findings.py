"""Violations grouped by rule: errors first, each remedy once, every place that fits."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from attune.documents.cohort_page.cohort_check import Finding, Place
from attune.documents.cohort_page.disclosure import Disclosure
from attune.intake.reading.violations import Violation
from attune.specs.rules import RULES, Severity

MOST_REMEDIES = 5
"""Most remedies listed per finding; remedies of one rule differ only in names and codes."""

MOST_READ = 10_000
"""Most violations without a row that are compared with each other to count equal ones."""

_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}


def group_violations(
    violations: Iterable[Violation],
    disclosure: Disclosure,
    most_places: int | None = 100,
    case: str = "dyad",
) -> tuple[Finding, ...]:
    """Findings, errors first, rules in the order of checking.

    Parameters
    ----------
    violations : iterable of Violation
    disclosure : Disclosure
        Which values and messages may be printed.
    most_places : int or None
        Places listed per finding; the others are counted. None: all.
    case : str
        What a row of the sample sheet is called.
    """
    groups: dict[tuple[Severity, str], list[Violation]] = {}
    for violation in violations:
        groups.setdefault((violation.severity, violation.rule), []).append(violation)
    rules = list(RULES)
    order = sorted(
        groups, key=lambda key: (_ORDER[key[0]], rules.index(key[1]) if key[1] in RULES else 999)
    )
    findings = (_finding(*key, groups[key], disclosure, most_places) for key in order)
    return tuple(replace(finding, finds=_of_case(finding.finds, case)) for finding in findings)


def _of_case(finds: str, case: str) -> str:
    """What a rule finds, in the words of a sample whose cases are not dyads.

    Examples
    --------
    >>> _of_case("dyads that lack a questionnaire", "patient")
    'patients that lack a questionnaire'
    """
    return finds if "patient" in finds else finds.replace("dyad", case)


def _finding(
    severity: Severity,
    rule: str,
    violations: list[Violation],
    disclosure: Disclosure,
    most_places: int | None,
) -> Finding:
    ordered = sorted(violations, key=_place_order)
    # Remedies are many only if they hold values; those of the places that are listed will do.
    seen = dict.fromkeys(
        disclosure.sentence(violation.remedy, violation)
        for violation in ordered[: most_places or len(ordered)]
    )
    return Finding(
        rule=rule,
        severity=severity,
        finds=RULES[rule].finds if rule in RULES else rule.replace("_", " "),
        remedies=tuple(filter(None, seen))[:MOST_REMEDIES],
        n=sum(violation.places for violation in ordered),
        by_file=_by_file(ordered),
        places=tuple(_places(ordered, disclosure, most_places)),
    )


def _by_file(violations: list[Violation]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for violation in violations:
        counts[violation.file] += violation.places
    return dict(counts)


def _places(ordered: list[Violation], disclosure: Disclosure, most: int | None) -> Iterator[Place]:
    """The first places; places that differ only in their dyad are one place with a count."""
    inside = [violation for violation in ordered if violation.row is not None]
    yield from (_place(violation, disclosure) for violation in inside[:most])
    room = None if most is None else max(0, most - len(inside))
    without = [violation for violation in ordered if violation.row is None][
        : None if room is None else MOST_READ
    ]
    alike = Counter(_place(violation, disclosure) for violation in without)
    yield from (replace(place, n=n) for place, n in list(alike.items())[:room])


def _place_order(violation: Violation) -> tuple[str, int, str, int]:
    return (violation.file, violation.row or 0, violation.column or "", violation.item or 0)


def _place(violation: Violation, disclosure: Disclosure) -> Place:
    return Place(
        path=violation.file,
        row=violation.row,
        column=violation.column,
        item=violation.item,
        value=disclosure.value(violation),
        what=disclosure.sentence(violation.message, violation),
        n=violation.places,
    )
