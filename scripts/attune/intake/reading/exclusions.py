"""Rows and people that the cohort file excludes, with the reason, before anything is read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from attune.intake.reading.sheets import SPREADSHEET_GAPS, sample_rows, selected_rows
from attune.specs.cohort import Cohort, Exclusion
from attune.store.statistic_rows import statistic_row, statistics_frame


@dataclass(frozen=True)
class Excluded:
    """What one exclusion of the cohort file left out.

    Attributes
    ----------
    declared : Exclusion
    file : str
        The file of the rows; "" for people, whose rows are left out of all files.
    rows : int
        Rows left out.
    people : int
        Dyads, or patients where no therapist is recorded, that no longer have a row in the sample
        sheet.
    """

    declared: Exclusion
    file: str
    rows: int
    people: int


def without_excluded(
    sheets: Mapping[str, pd.DataFrame], cohort: Cohort
) -> tuple[dict[str, pd.DataFrame], list[Excluded]]:
    """The sheets without the rows and people that `exclude` of the cohort file names.

    Exclusions apply in their order; a row counts for the first that names it. Columns that a file
    does not have select nothing.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
    cohort : Cohort

    Returns
    -------
    dict of file id to pandas.DataFrame
    list of Excluded
        In the order of the cohort file.
    """
    kept = dict(sheets)
    found = []
    for declared in cohort.exclude:
        before, rows = _people(kept, cohort), 0
        for name in [declared.file] if declared.file else list(kept):
            chosen = _chosen(kept[name], declared, cohort.files[name].dyad)
            rows += len(chosen)
            kept[name] = kept[name].drop(index=chosen)
        file = cohort.files[declared.file].place if declared.file else ""
        found.append(Excluded(declared, file, rows, len(before - _people(kept, cohort))))
    return kept, found


def exclusion_counts(excluded: Sequence[Excluded]) -> pd.DataFrame:
    """How many rows and people each exclusion left out.

    Parameters
    ----------
    excluded : sequence of Excluded

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`: `exclusions.<number>.rows_n` and `exclusions.<number>.people_n`,
        numbered from 1 in the order of the cohort file.
    """
    return statistics_frame(list(_counts(excluded)))


def _counts(excluded: Sequence[Excluded]) -> Iterator[dict[str, object]]:
    for number, entry in enumerate(excluded, start=1):
        for statistic, count in (("rows_n", entry.rows), ("people_n", entry.people)):
            yield statistic_row("exclusions", [str(number)], statistic, float(count))


def _chosen(sheet: pd.DataFrame, declared: Exclusion, dyad: str) -> pd.Index:
    """The rows of one sheet that an exclusion names."""
    if declared.people:
        named = sheet[dyad].isin(declared.people) if dyad in sheet.columns else sheet.index < 0
        return sheet.index[named]
    if not set(declared.rows) <= set(sheet.columns):
        return sheet.index[:0]
    return selected_rows(sheet, declared.rows).index


def _people(sheets: Mapping[str, pd.DataFrame], cohort: Cohort) -> set[str]:
    """The ids in the sample sheet."""
    sample, dyad = cohort.sample, cohort.files[cohort.sample.file].dyad
    sheet = sheets[sample.file]
    if not {dyad, *sample.rows} <= set(sheet.columns):
        return set()
    ids = sample_rows(sheet, cohort)[dyad]
    return set(ids) - {"", *cohort.missing_codes, *SPREADSHEET_GAPS}
