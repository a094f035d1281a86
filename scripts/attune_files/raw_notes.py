"""What a raw file itself says about its columns."""

from pathlib import Path

from attune.cohort import Cohort
from attune.errors import RawDataError
from attune.raw_file import RawFile
from attune.responses.column_notes import ColumnNote
from attune_files.raw_folder import raw_folder


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
    if declared.dictionary is not None:
        from attune_files.raw_redcap import read_redcap_dictionary

        return read_redcap_dictionary(path.parent / declared.dictionary)
    return {}


def read_dictionaries(folder: Path, cohort: Cohort) -> dict[str, dict[str, ColumnNote]]:
    """What the data dictionaries of a cohort say, by the id of the file that they describe.

    Raises
    ------
    RawDataError
        With the problems of all dictionaries at once.
    """
    folder = raw_folder(folder, cohort)
    notes, problems = {}, []
    for name, declared in cohort.files.items():
        if declared.dictionary is not None:
            try:
                notes[name] = read_column_notes(folder / declared.path, declared)
            except RawDataError as error:
                problems.append("\n      ".join([error.heading, *error.problems]))
    if problems:
        raise RawDataError(f"The raw files of cohort {cohort.cohort} cannot be read.", problems)
    return notes
