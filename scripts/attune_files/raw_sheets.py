"""Reads a raw file of any format as a sheet of text."""

from pathlib import Path

import pandas as pd

from attune.cohort import Cohort
from attune.errors import RawDataError
from attune.raw_file import RawFile


def read_raw_sheet(path: Path, declared: RawFile) -> pd.DataFrame:
    """One raw file as text, whatever program wrote it.

    Parameters
    ----------
    path : Path
    declared : RawFile
        What the cohort file says about the file.

    Returns
    -------
    pandas.DataFrame of str
        Cells as given, without blanks around them: whole numbers without decimals, dates as ISO
        text, missing values (also those that an SPSS, Stata or SAS file declares) as "". Rows
        without any content and the columns of `dropped` are left out. The index is the row number
        as the program that wrote the file shows it: in csv, excel and ods the (first) header row
        is row 1; in spss, stata, sas and parquet the first case is row 1.

    Raises
    ------
    RawDataError
        The file does not exist, is not of its format, has another checksum than declared or is no
        table; with every problem at once.
    """
    sheet = _READERS[declared.kind()](path, declared)
    return sheet.drop(columns=[name for name in declared.dropped if name in sheet.columns])


def read_raw_sheets(folder: Path, cohort: Cohort) -> dict[str, pd.DataFrame]:
    """Every raw file of a cohort as text, by its id in the cohort file.

    Raises
    ------
    RawDataError
        With the problems of all files at once.
    """
    sheets, problems = {}, []
    for name, declared in cohort.files.items():
        try:
            sheets[name] = read_raw_sheet(folder / declared.path, declared)
        except RawDataError as error:
            problems.append("\n      ".join([error.heading, *error.problems]))
    if problems:
        raise RawDataError(f"The raw files of cohort {cohort.cohort} cannot be read.", problems)
    return sheets


def _csv(path: Path, declared: RawFile) -> pd.DataFrame:
    from attune_files.raw_csv import read_raw_csv

    return read_raw_csv(path, declared)


def _labelled(path: Path, declared: RawFile) -> pd.DataFrame:
    from attune_files.raw_labelled import read_raw_labelled

    return read_raw_labelled(path, declared)


_READERS = {"csv": _csv, "spss": _labelled, "stata": _labelled, "sas": _labelled}
