"""Reads finished runs: results of a cohort or synthesis, a folder of several, or an archive.

Files of older versions are read as far as they go: a column that they lack is missing.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from attune.analyses.kinds import KINDS
from attune.record.provenance.explanation_text import full_title
from attune.record.run_diff.run import Row, Run, TableRows
from attune.specs.errors import AttuneError
from attune.store.contracts import PRINTED, STATISTICS, TABLE, VERDICTS, Contract
from attune.synthesis.kinds import KINDS as SYNTHESIS_KINDS

NEEDED = ("printed.parquet", "statistics")
DOCUMENTS = ("manuscript", "supplement", "synthesis")
"""Sources that a run may hold: a cohort has the first two, a synthesis the last."""
EXPLANATIONS = "explanations.json"
EVIDENCE = "evidence.json"
"""What entered a synthesis; the run of a cohort has no such file."""
MOST_BYTES = 256 * 1024 * 1024
"""Larger files of an archive are not unpacked; those that are read here are far smaller."""


class _Files(Protocol):
    """Files below a folder, by their path with slashes."""

    name: str

    def paths(self) -> list[str]: ...

    def content(self, path: str) -> bytes: ...


class _Folder:
    def __init__(self, folder: Path):
        self.name = str(folder)
        self._folder = folder

    def paths(self) -> list[str]:
        kinds = ("*.parquet", "*/*.parquet", "*.qmd", "records/*.json", EXPLANATIONS, EVIDENCE)
        files = [file for kind in kinds for file in self._folder.glob(kind)]
        return sorted(file.relative_to(self._folder).as_posix() for file in files)

    def content(self, path: str) -> bytes:
        return (self._folder / path).read_bytes()


class _Members:
    """Members of an archive below one folder; nothing is unpacked to disk."""

    def __init__(self, archive: zipfile.ZipFile, folder: str, name: str):
        self.name = name
        self._archive, self._folder = archive, folder

    def paths(self) -> list[str]:
        names = [name for name in self._archive.namelist() if name.startswith(f"{self._folder}/")]
        return sorted(name.removeprefix(f"{self._folder}/") for name in names)

    def content(self, path: str) -> bytes:
        member = self._archive.getinfo(f"{self._folder}/{path}")
        if member.file_size > MOST_BYTES:
            raise AttuneError(
                f"{self.name} cannot be read.",
                [f"{path} holds {member.file_size} bytes; no result of a run is that large"],
            )
        return self._archive.read(member)


def read_runs(path: str | Path) -> dict[str, Run]:
    """The runs that a path holds, by cohort.

    Parameters
    ----------
    path : str or Path
        results/<cohort>, a folder of such folders, or a zip that holds results/<cohort>/.

    Raises
    ------
    AttuneError
        There is nothing of this name, it is not a run, or a file of it cannot be read; all at once.
    """
    path = Path(path)
    if path.is_dir():
        folders = [path] if _is_run(path) else _runs_below(path)
        if not folders:
            folders = _runs_below(path / "results")
        if not folders:
            raise AttuneError(f"{path} is not a run.", [_WHAT_IS_ONE])
        runs = [_read_run(_Folder(folder), folder.resolve().name) for folder in folders]
        return _by_name(runs)
    if not path.exists():
        raise AttuneError(f"{path} does not exist.", [_WHAT_IS_ONE])
    if not zipfile.is_zipfile(path):
        raise AttuneError(f"{path} is not a run: neither a folder nor a zip.", [_WHAT_IS_ONE])
    with zipfile.ZipFile(path) as archive:
        return _archived_runs(archive, path)


_WHAT_IS_ONE = (
    "Give the results of a cohort (results/<cohort>) or synthesis (results/synthesis/<synthesis>),"
    " the folder of several (results, results/synthesis), or a zip"
    f" that `attune archive` made. A run holds {' and '.join(NEEDED)}."
)


def _runs_below(folder: Path) -> list[Path]:
    """Folders of runs in a folder: of cohorts, and of syntheses one level further down."""
    inside = [
        entry
        for place in (folder, folder / "synthesis")
        if place.is_dir()
        for entry in sorted(place.iterdir())
    ]
    return [entry for entry in inside if _is_run(entry)]


def _by_name(runs: list[Run]) -> dict[str, Run]:
    """Runs by the name of their cohort or synthesis; a synthesis called like a cohort says so."""
    cohorts = {run.cohort for run in runs if run.studies is None}
    return {
        f"synthesis {run.cohort}"
        if run.studies is not None and run.cohort in cohorts
        else run.cohort: run
        for run in runs
    }


def _is_run(folder: Path) -> bool:
    return all((folder / name).exists() for name in NEEDED)


def _archived_runs(archive: zipfile.ZipFile, path: Path) -> dict[str, Run]:
    stems = {
        str(PurePosixPath(name).parent)
        for name in archive.namelist()
        if PurePosixPath(name).name == "printed.parquet"
    }
    if not stems:
        raise AttuneError(f"{path} is not an archive of a run.", [_WHAT_IS_ONE])
    try:
        runs = [
            _read_run(_Members(archive, stem, f"{path}:{stem}"), PurePosixPath(stem).name)
            for stem in sorted(stems)
        ]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise AttuneError(f"{path} cannot be read as an archive: {error}.") from None
    return _by_name(runs)


def _read_run(files: _Files, folder: str) -> Run:
    paths = files.paths()
    problems: list[str] = []

    def rows(path: str, contract: Contract) -> list[Row]:
        return _rows(files, path, contract, problems).to_pylist() if path in paths else []

    statistics = [
        row
        for path in paths
        if path.startswith("statistics/") and path.endswith(".parquet")
        for row in rows(path, STATISTICS)
    ]
    tables = {}
    for path in paths:
        if path.startswith("tables/") and path.endswith(".parquet"):
            table_rows = _rows(files, path, TABLE, problems)
            tables[PurePosixPath(path).stem] = _table(table_rows)
    records = {
        PurePosixPath(path).stem: _record(files, path, problems)
        for path in paths
        if path.startswith("records/")
    }
    documents = {
        name: files.content(f"{name}.qmd").decode("utf-8", "replace")
        for name in DOCUMENTS
        if f"{name}.qmd" in paths
    }
    studies = _studies(files, paths, problems)
    run = Run(
        name=files.name,
        cohort=_cohort(records) or folder,
        study=_study(records),
        statistics=statistics,
        printed=rows("printed.parquet", PRINTED),
        tables=tables,
        documents=documents,
        verdicts=rows("verdicts.parquet", VERDICTS) if "verdicts.parquet" in paths else None,
        titles=_titles(files, paths),
        records=records,
        missing=_missing(statistics, tables, documents, records),
        studies=studies,
        kinds=KINDS if studies is None else SYNTHESIS_KINDS,
    )
    if problems:
        raise AttuneError(f"{files.name} cannot be read.", problems)
    return run


def _rows(files: _Files, path: str, contract: Contract, problems: list[str]) -> pa.Table:
    """The columns of a file that its contract knows; columns that may be empty may be missing."""
    try:
        table = pq.read_table(io.BytesIO(files.content(path)))
    except (OSError, pa.ArrowInvalid) as error:
        problems.append(f"{path} cannot be read as Parquet: {error}")
        return contract.schema.empty_table()
    required = [entry.name for entry in contract.schema if not entry.nullable]
    lacking = [name for name in required if name not in table.column_names]
    if lacking:
        problems.append(f"{path} lacks the columns {', '.join(lacking)} of {contract.name}")
        return contract.schema.empty_table()
    for entry in contract.schema:
        if entry.name not in table.column_names:
            table = table.append_column(entry, pa.nulls(len(table), entry.type))
    return table


def _table(table: pa.Table) -> TableRows:
    metadata = {
        key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()
    }
    return TableRows(
        document=metadata.get("document", ""),
        title=metadata.get("title", ""),
        headings=json.loads(metadata.get("headings", "{}")),
        rows=table.to_pylist(),
    )


def _record(files: _Files, path: str, problems: list[str]) -> Mapping[str, Any]:
    try:
        content = json.loads(files.content(path))
    except ValueError as error:
        problems.append(f"{path} is not JSON: {error}")
        return {}
    if not isinstance(content, dict):
        problems.append(f"{path} should hold the record of a step")
        return {}
    return content


def _studies(
    files: _Files, paths: list[str], problems: list[str]
) -> dict[str, Mapping[str, Any]] | None:
    """Studies of a synthesis by their part of ids; None in the run of a cohort."""
    if EVIDENCE not in paths:
        return None
    try:
        return {study["key"]: study for study in json.loads(files.content(EVIDENCE))["studies"]}
    except (ValueError, KeyError, TypeError) as error:
        problems.append(f"{EVIDENCE} is not what a synthesis stores: {error!r}")
        return {}


def _titles(files: _Files, paths: list[str]) -> dict[str, str]:
    """Statistics in words; none where the run has no explanations, or those of another version."""
    if EXPLANATIONS not in paths:
        return {}
    try:
        explanations = json.loads(files.content(EXPLANATIONS))
        return {name: full_title(explanations, name) for name in explanations["statistics"]}
    except (ValueError, KeyError, TypeError):
        return {}


def _cohort(records: Mapping[str, Mapping[str, Any]]) -> str:
    """The cohort, or synthesis, that the records name; the folder may have been renamed."""
    wildcards = (record.get("wildcards", {}) for record in records.values())
    named = {given.get("cohort") or given.get("synthesis", "") for given in wildcards}
    return named.pop() if len(named) == 1 else ""


def _study(records: Mapping[str, Mapping[str, Any]]) -> str:
    """The study that the steps read."""
    named = {
        PurePosixPath(file["path"]).stem
        for record in records.values()
        for file in record.get("inputs", {}).get("study", [])
    }
    return named.pop() if len(named) == 1 else ""


def _missing(*parts: Any) -> list[str]:
    names = ("statistics", "tables", "manuscript.qmd and supplement.qmd", "records")
    return [name for name, part in zip(names, parts, strict=True) if not part]
