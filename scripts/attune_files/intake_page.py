"""Reads a cohort's raw files for its check, and writes the check as a page."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from attune.documents.cohort_page import CohortCheck, ShowValues, check_cohort
from attune.documents.cohort_page.check import unreadable_cohort
from attune.documents.cohort_page.labels import runs
from attune.documents.cohort_page.page import intake_page
from attune.specs.cohort import Cohort
from attune.specs.errors import RawDataError
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune_files.project import path_in_project
from attune_files.raw.notes import read_dictionaries
from attune_files.raw.sheets import read_raw_sheets
from attune_files.text_file import read_joined, write_text

_OPEN = {"TODO": re.compile(r":\s*\W*TODO\b"), "CHECK": re.compile(r"#\s*CHECK: ")}
"""Marks in a draft: values to fill in, guesses to check."""


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

    Files that are not tables are part of the check; they do not stop it.

    Raises
    ------
    ConfigurationError
        The cohort file names something that no instrument declares.
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


def with_open_remarks(check: CohortCheck, *files: str | Path) -> CohortCheck:
    """The check with the open remarks of the draft in the cohort file and the study."""
    open_remarks = []
    for file in map(Path, files):
        lines = list(enumerate(file.read_text(encoding="utf-8").splitlines(), start=1))
        remarks = []
        for word, pattern in _OPEN.items():
            numbers = [number for number, text in lines if pattern.search(text)]
            if numbers:
                remarks.append(
                    f"{word} in {'line' if len(numbers) == 1 else 'lines'} {runs(numbers)}"
                )
        if remarks:
            open_remarks.append(f"{path_in_project(file)} ({', '.join(remarks)})")
    return replace(check, open_remarks=tuple(open_remarks))


def write_intake_page(
    check: CohortCheck, path: str | Path, template: str | Path, styles: Sequence[str | Path]
) -> None:
    """The check as one HTML file that needs no other.

    Raises
    ------
    AttuneError
        The file cannot be written there.
    """
    write_text(path, intake_page(check, read_joined([template]), read_joined(styles)))
