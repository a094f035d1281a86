"""Reads a cohort's raw files for its check, and writes the check as a page."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from attune.cohort import Cohort
from attune.errors import AttuneError, RawDataError
from attune.instrument import Instrument
from attune.intake import CohortCheck, ShowValues, check_cohort
from attune.intake.check import unreadable_cohort
from attune.intake.page import intake_page
from attune.study import Study
from attune_files.raw_notes import read_dictionaries
from attune_files.raw_sheets import read_raw_sheets


def check_raw_files(
    folder: Path,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    study: Study,
    *,
    interval: float,
    show_values: ShowValues,
    most_places: int | None = 100,
) -> CohortCheck:
    """The check of a cohort, given the folder of its raw files.

    Files that are no tables are part of the check; they do not stop it.

    Raises
    ------
    ConfigurationError
        The cohort file asks for what no instrument declares.
    """
    try:
        sheets = read_raw_sheets(folder, cohort)
        notes = read_dictionaries(folder, cohort)
    except RawDataError as error:
        return unreadable_cohort(cohort, study, [error.heading, *error.problems])
    return check_cohort(
        sheets,
        cohort,
        instruments,
        study,
        notes,
        interval=interval,
        show_values=show_values,
        most_places=most_places,
    )


def write_intake_page(
    check: CohortCheck, path: str | Path, template: str | Path, styles: Sequence[str | Path]
) -> None:
    """The check as one HTML file that needs no other.

    Raises
    ------
    AttuneError
        The file cannot be written there.
    """
    css = "\n".join(Path(each).read_text(encoding="utf-8") for each in styles)
    text = intake_page(check, Path(template).read_text(encoding="utf-8"), css)
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise AttuneError(f"{path} cannot be written: {reason}.") from None
