"""Files whose ids a spreadsheet program has turned into dates."""

from collections.abc import Iterator

from attune.intake.reading.ids_as_dates import HOW_TO_GET_BACK, ids_like_dates
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.violations import Violation


def check_ids_as_dates(raw: RawCohort) -> Iterator[Violation]:
    """One violation per file most of whose ids look like dates."""
    for name, sheet in raw.sheets.items():
        file = raw.cohort.files[name]
        found = ids_like_dates(sheet[file.dyad]) if file.dyad in sheet.columns else []
        if found:
            yield Violation(
                "ids_as_dates",
                raw.cohort.severity("ids_as_dates"),
                file.place,
                f"{len(found)} of its ids look like dates.",
                f"{HOW_TO_GET_BACK}.",
                column=file.dyad,
            )
