"""Read a raw file of any format as a sheet of text."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from attune.intake.reading.answer_rows import objects_in_columns, one_row_per_person
from attune.intake.reading.identifiers import with_hashed_ids
from attune.intake.reading.sheets import columns_beside_items
from attune.specs.closed_model import did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.errors import RawDataError
from attune.specs.raw_file import ROW_NUMBERS, RawFile
from attune_files.raw.cells import cell_text
from attune_files.raw.folder import raw_folder, salt_of
from attune_files.raw.signature import check_raw_file
from attune_files.raw.table import refuse_too_many_columns, repeated_columns


def read_raw_sheet(path: Path, declared: RawFile) -> pd.DataFrame:
    """One raw file as text, in any supported format.

    Parameters
    ----------
    path : Path
    declared : RawFile
        Declaration of the file in the cohort file.

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
    check_raw_file(path, declared)
    sheet = _reader(declared)(path, declared)
    refuse_too_many_columns(path.name, len(sheet.columns))
    if declared.one_row_per_answer is None:
        sheet = _without_dropped(sheet, path.name, declared)
    else:
        rows = declared.one_row_per_answer
        of_file = [column for column in declared.dropped if column in sheet.columns]
        sheet = sheet.drop(columns=of_file)
        # The others are items, which become columns only now.
        items = [column for column in declared.dropped if column not in of_file]
        by = [declared.dyad, *rows.by]
        turned = objects_in_columns if rows.objects else one_row_per_person
        sheet = turned(sheet, declared.place, rows.item_columns, rows.answer, by)
        sheet = _without_dropped(sheet, path.name, declared.model_copy(update={"dropped": items}))
    if declared.number_rows:
        sheet = _with_row_numbers(sheet, path.name)
    return sheet


def read_raw_sheets(folder: Path, cohort: Cohort) -> dict[str, pd.DataFrame]:
    """Every raw file of a cohort as text, by its id in the cohort file.

    Columns of a large CSV file may be categories of text, but none that holds more than items.

    Raises
    ------
    RawDataError
        With the problems of all files at once.
    """
    folder = raw_folder(folder, cohort)
    salt = salt_of(cohort)
    sheets, problems = {}, []
    for name, declared in cohort.files.items():
        try:
            sheet = read_raw_sheet(folder / declared.path, declared)
            sheets[name] = _with_plain_text(sheet, columns_beside_items(name, cohort))
        except RawDataError as error:
            problems.append("\n      ".join([error.heading, *error.problems]))
    if problems:
        raise RawDataError(f"The raw files of cohort {cohort.cohort} cannot be read.", problems)
    return sheets if salt is None else with_hashed_ids(sheets, cohort, salt)


def _with_plain_text(sheet: pd.DataFrame, columns: Collection[str]) -> pd.DataFrame:
    """The sheet without categories in these columns: their cells are compared with each other."""
    kinds = {
        name: object
        for name in sheet.columns
        if name in columns and isinstance(sheet[name].dtype, pd.CategoricalDtype)
    }
    return sheet.astype(kinds) if kinds else sheet


def _with_row_numbers(sheet: pd.DataFrame, name: str) -> pd.DataFrame:
    """The sheet with its row numbers as a column."""
    if ROW_NUMBERS in sheet.columns:
        raise RawDataError(
            f"{name} is not as cohort.yaml describes it.",
            [f"it has a column {ROW_NUMBERS!r} already. Remove `number_rows` in cohort.yaml."],
        )
    numbers = pd.Series(sheet.index.astype(str), index=sheet.index, dtype=object)
    return pd.concat([numbers.rename(ROW_NUMBERS), sheet], axis=1)


def _without_dropped(sheet: pd.DataFrame, name: str, declared: RawFile) -> pd.DataFrame:
    columns = [str(column) for column in sheet.columns]
    problems = []
    for column in declared.dropped:
        if column not in columns:
            close = did_you_mean(column, columns)
            # The names are not listed: a file without a header has answers in their place.
            hint = close if close.startswith("Did") else "Correct it, or remove it there."
            problems.append(
                f"`dropped` in cohort.yaml names the column {column!r}, which the file does not"
                f" have. {hint}"
            )
    if problems:
        raise RawDataError(f"{name} is not as cohort.yaml describes it.", problems)
    return sheet.drop(columns=declared.dropped)


def _reader(declared: RawFile) -> Callable[[Path, RawFile], pd.DataFrame]:
    """The reader of a format; its packages are imported only where they are needed."""
    kind = declared.kind()
    if kind == "csv":
        from attune_files.raw.csv_file import read_raw_csv

        return read_raw_csv
    if kind == "excel":
        from attune_files.raw.excel import read_raw_excel

        return read_raw_excel
    if kind == "ods":
        from attune_files.raw.ods import read_raw_ods

        return read_raw_ods
    if kind == "parquet":
        return read_raw_parquet
    from attune_files.raw.labelled import read_raw_labelled

    return read_raw_labelled


def read_raw_parquet(path: Path, declared: RawFile) -> pd.DataFrame:
    """One Parquet file as text; the index is the row, from 1.

    Raises
    ------
    RawDataError
        The file is damaged, has no rows, repeats a column name, or has columns of lists.
    """
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as opened:
            refuse_too_many_columns(path.name, len(opened.schema_arrow))
            table = opened.read()
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from None
    return _parquet_sheet(table, path, declared, 1)


def _damaged(path: Path, error: Exception) -> RawDataError:
    return RawDataError(
        f"{path.name} cannot be read as a Parquet file.",
        [f"It is damaged ({type(error).__name__}). Write it again."],
    )


def _parquet_sheet(table: pa.Table, path: Path, declared: RawFile, first: int) -> pd.DataFrame:
    """A table as text; the index is the row, from `first`."""
    problems = repeated_columns(table.column_names)
    problems += [
        f"the column {field.name!r} holds {field.type} in each cell. Write one value per cell."
        for field in table.schema
        if pa.types.is_nested(field.type)
    ]
    if not table.num_rows:
        problems.append("it has columns, but no rows. Export the file again.")
    columns: dict[str, Any] = {}
    for field in table.schema if not problems else ():
        try:
            columns[field.name] = _arrow_texts(table.column(field.name), declared.decimal)
        except (pa.ArrowException, OverflowError, ValueError):
            problems.append(
                f"the column {field.name!r} ({field.type}) holds values that are not numbers, dates"
                " or texts, or dates of no calendar. Write it again, as text."
            )
    if problems:
        raise RawDataError(f"{path.name} cannot be read as a table.", problems)
    index = pd.RangeIndex(first, first + table.num_rows)
    sheet = pd.DataFrame(columns, index=index, dtype=object)
    return sheet[(sheet != "").any(axis=1)]


def parquet_partitions(path: Path, declared: RawFile, rows: int) -> Iterator[pd.DataFrame]:
    """One Parquet file as text, some rows at a time.

    Parameters
    ----------
    path : Path
    declared : RawFile
    rows : int
        Most rows of a sheet.

    Yields
    ------
    pandas.DataFrame
        As `read_raw_parquet`.

    Raises
    ------
    RawDataError
        As `read_raw_parquet`.
    """
    import pyarrow.parquet as pq

    first = 1
    try:
        with pq.ParquetFile(path) as opened:
            for batch in opened.iter_batches(batch_size=rows):
                yield _parquet_sheet(pa.Table.from_batches([batch]), path, declared, first)
                first += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from None


def read_sheet_partitions(
    folder: Path, cohort: Cohort, rows: int
) -> Iterator[dict[str, pd.DataFrame]]:
    """The one raw file of a cohort as text, some rows at a time.

    Parameters
    ----------
    folder : Path
        Of the cohort file.
    cohort : Cohort
        With one file.
    rows : int
        Most rows of a part.

    Yields
    ------
    dict of str to pandas.DataFrame
        As `read_raw_sheets` gives the whole file; the index is the row number in the file.

    Raises
    ------
    RawDataError
        The file is neither CSV nor Parquet, or cannot be read as `read_raw_sheet` reads it.
    """
    [(name, declared)] = cohort.files.items()
    path = raw_folder(folder, cohort) / declared.path
    salt = salt_of(cohort)
    check_raw_file(path, declared)
    kind = declared.kind()
    if kind == "csv":
        from attune_files.raw.csv_blocks import csv_partitions

        parts = csv_partitions(path, declared, rows)
    elif kind == "parquet":
        parts = parquet_partitions(path, declared, rows)
    else:
        raise RawDataError(
            f"{declared.path} cannot be read in parts.",
            [f"It is a file of format {kind}; CSV and Parquet can. Save it as one of these."],
        )
    for sheet in parts:
        plain = _with_plain_text(
            _without_dropped(sheet, path.name, declared), columns_beside_items(name, cohort)
        )
        sheets = {name: plain}
        yield sheets if salt is None else with_hashed_ids(sheets, cohort, salt)


def _arrow_texts(column: Any, decimal: str) -> Any:
    """One column as text; each distinct value is converted once."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_null(column.type):
        return np.full(len(column), "", dtype=object)
    encoded = column.combine_chunks().dictionary_encode()
    different = encoded.dictionary
    if pa.types.is_floating(different.type):
        # Python has no four-byte numbers: 0.1 would become 0.10000000149.
        values = list(different.to_numpy(zero_copy_only=False))
    else:
        values = different.to_pylist()
    texts = np.array([*(cell_text(value, decimal) for value in values), ""], dtype=object)
    # The last text belongs to the code -1, a missing value.
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return texts[codes]
