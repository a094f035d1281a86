"""What a raw file itself says about its columns."""

from pathlib import Path

from attune.column_notes import ColumnNote
from attune.raw_file import RawFile


def read_column_notes(path: Path, declared: RawFile) -> dict[str, ColumnNote]:
    """Labels, codes, missing values and ranges that a raw file declares, by column.

    Parameters
    ----------
    path : Path
    declared : RawFile

    Returns
    -------
    dict of str to ColumnNote
        From an SPSS, Stata or SAS file, or from the REDCap data dictionary that the cohort file
        names; {} for files that say nothing about their columns.

    Raises
    ------
    RawDataError
        As `read_raw_sheet`.
    """
    if declared.kind() in ("spss", "stata", "sas"):
        from attune_files.raw_labelled import read_labelled_notes

        return read_labelled_notes(path, declared)
    return {}
