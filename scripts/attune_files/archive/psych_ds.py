"""The Psych-DS dataset of an archive: tables as CSV, their description and the codebook."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from attune.analyses.registry import ANALYSES
from attune.record.archive.codebook import (
    Column,
    codebook,
    codebook_rows,
    data_file_name,
    dataset_description,
)
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study import Study

PSYCH_DS = "psych-ds"
"""Folder of the archive that is a Psych-DS dataset."""
SHARED_TABLES = (
    *("sample", "responses", "scores", "measures"),
    *(table for analysis in ANALYSES for table in analysis.shared_tables),
)
"""Tables of single dyads that the dataset holds besides statistics, where rows may be shared."""


def psych_ds_files(
    results: Mapping[str, Path | bytes],
    cohort: Cohort,
    study: Study,
    instruments: Mapping[str, Instrument],
) -> dict[str, Path | bytes]:
    """The Psych-DS dataset: CSV tables, their description and the codebook.

    Parameters
    ----------
    results : mapping of str to Path or bytes
        What goes into the archive, by path; tables that it lacks are not shared.
    cohort, study : Cohort, Study
    instruments : mapping of str to Instrument
        Scoring keys by id, among them those of the cohort.
    """
    used = sorted({selection.instrument for selection in cohort.selections()})
    tables = _shared_tables(results, cohort.cohort)
    columns = codebook(tables, cohort, study, {name: instruments[name] for name in used})
    described = json.dumps(dataset_description(cohort, study, columns), indent=1, sort_keys=False,
                           ensure_ascii=False)  # fmt: skip
    files: dict[str, Path | bytes] = {
        f"{PSYCH_DS}/dataset_description.json": (described + "\n").encode(),
        f"{PSYCH_DS}/README.md": _read_me(cohort),
        f"{PSYCH_DS}/CHANGES.md": b"# Changes\n\nMade once, together with the archive around it.\n",
        f"{PSYCH_DS}/documentation/codebook.csv": _codebook_csv(columns, cohort.cohort),
        f"{PSYCH_DS}/documentation/codebook.json": _codebook_json(columns, cohort.cohort),
    }
    for name, table in tables.items():
        files[f"{PSYCH_DS}/data/{data_file_name(cohort.cohort, name)}"] = _as_csv(table)
    return files


def _shared_tables(results: Mapping[str, Path | bytes], cohort: str) -> dict[str, pa.Table]:
    """Statistics, and tables of single dyads as far as the archive holds them."""
    start = f"results/{cohort}/"
    stored = [
        _table(content)
        for path, content in sorted(results.items())
        if path.startswith(f"{start}statistics/")
    ]
    tables = {"statistics": pa.concat_tables(stored).sort_by("id")}
    for name in SHARED_TABLES:
        content = results.get(f"{start}{name}.parquet")
        if content is not None:
            table = _table(content)
            empty = [n for n in table.column_names if n.startswith("item_")
                     and table[n].null_count == len(table)]  # fmt: skip
            tables[name] = table.drop_columns(empty)
    # A file without rows is none for Psych-DS.
    return {name: table for name, table in tables.items() if len(table)}


def _table(content: Path | bytes) -> pa.Table:
    source = content if isinstance(content, Path) else pa.BufferReader(content)
    return pq.read_table(source).replace_schema_metadata(None)


def _as_csv(table: pa.Table) -> bytes:
    """A table as CSV: decimals in full, an empty cell for a missing value, no index."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.column_names)
    writer.writerows(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))
    return text.getvalue().encode()


def _codebook_csv(columns: list[Column], cohort: str) -> bytes:
    rows = list(codebook_rows(columns, cohort))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _codebook_json(columns: list[Column], cohort: str) -> bytes:
    rows = [
        row | {"levels": column.levels, "minimum": column.minimum, "maximum": column.maximum}
        | {"n_missing": column.n_missing}
        for row, column in zip(codebook_rows(columns, cohort), columns, strict=True)
    ]  # fmt: skip
    return (json.dumps(rows, indent=1, ensure_ascii=False) + "\n").encode()


def _read_me(cohort: Cohort) -> bytes:
    notice = f"\n{cohort.synthetic_notice.strip()}\n" if cohort.synthetic else ""
    return (
        f"# {cohort.title}\n{notice}\nTables of a run of attune as a Psych-DS dataset."
        " `documentation/codebook.csv` says what every column means.\n"
    ).encode()
