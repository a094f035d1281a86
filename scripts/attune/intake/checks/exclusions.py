"""What `exclude` of the cohort file leaves out, and entries that no row fits."""

from collections.abc import Iterator

from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.violations import Violation


def check_exclusions(raw: RawCohort) -> Iterator[Violation]:
    """One violation per entry of `exclude`: its numbers, or that no row fits it."""
    for entry in raw.excluded:
        rule = "excluded" if entry.rows else "exclusion_of_nobody"
        people = f", {entry.people} {raw.cohort.case}s" if entry.people else ""
        rows = "1 row" if entry.rows == 1 else f"{entry.rows} rows"
        yield Violation(
            rule,
            raw.cohort.severity(rule),
            entry.file or raw.cohort.files[raw.cohort.sample.file].place,
            f"{rows}{people} left out: {entry.declared.reason}."
            if entry.rows
            else f"no row fits the entry of `exclude` with the reason {entry.declared.reason!r}.",
            "Nothing; the manuscript states it."
            if entry.rows
            else "Correct its ids or codes in cohort.yaml, or remove it.",
        )
