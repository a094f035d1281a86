"""Contents of an archive of a run: existing files, and files made for the archive."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from attune import __version__
from attune.analyses.kinds import KINDS
from attune.record.archive.contents import contract_of, is_aggregate, reduced_config
from attune.record.archive.crate_entities import ArchivedWork, work_of_cohort
from attune.record.archive.manifest import FORMAT, ArchiveDescription
from attune.record.archive.sharing import Sharing, sharing_of
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.store.contracts import STATISTICS, VIOLATIONS
from attune.store.small_cells import hidden_statistics, smallest_cell
from attune_files.archive.psych_ds import psych_ds_files
from attune_files.archive.run import Run
from attune_files.own_text_files import (
    folder_of_cohort,
    own_text_paths,
    read_own_text,
    text_places,
)
from attune_files.parquet import WRITER_OPTIONS, read_parquet, read_statistics
from attune_files.project import read_config, read_parts
from attune_files.raw.folder import raw_paths
from attune_files.raw.sniffing import filled_sheets
from attune_files.yaml_file import read_yaml

PROJECT = (
    *("Snakefile", "Makefile", "LICENSE", "README.md", "pyproject.toml"),
    *("workflow/*.smk", "workflow/rules/*"),
    *("workflow/report/*", "workflow/schemas/*", "workflow/instruments/*", "scripts/**/*.py"),
    *("reports/*.j2", "reports/analyses/*.j2", "reports/assets/*", "envs/*", "profiles/*/*"),
)
"""attune's own files that a run needs."""


@dataclass
class Contents:
    """What goes into an archive, by its path there: a file to copy, or bytes."""

    files: dict[str, Path | bytes] = field(default_factory=dict)
    raw: list[str] = field(default_factory=list)
    """Paths of the raw files."""


@dataclass(frozen=True)
class Source:
    """The project from which a run is archived.

    Attributes
    ----------
    root : Path
        attune's own folder.
    find : callable
        Where a file of the project lies, given its path in the project.
    folder : Path
        The folder that holds results/.
    """

    root: Path
    find: Callable[[str], str]
    folder: Path = field(default_factory=Path)


def archive_contents(
    name: str, run: Run, source: Source
) -> tuple[Contents, ArchiveDescription, ArchivedWork, dict[str, object]]:
    """What goes into the archive of a cohort's run, apart from its description and its sums.

    Parameters
    ----------
    name : str
        Of the cohort.
    run : Run
        As `finished_run` gives it.
    source : Source

    Returns
    -------
    contents : Contents
    description : ArchiveDescription
    work : ArchivedWork
        The study, with the cohort as it was analysed.
    choices : dict
        Of config.yaml, for this cohort alone.
    """
    cohort, study, instruments = read_parts(name, source.find)
    own = read_own_text(own_text_paths(folder_of_cohort(name), source.find))
    if own.authors.authors:
        named = [author.printed_name for author in own.authors.authors]
        study = study.model_copy(update={"authors": named})
    choices = reduced_config(read_yaml(source.find("config.yaml")), name)
    results = source.folder / "results" / name
    unmapped = [*_columns_with("unused_column", results), *_unread_sheets(cohort, source)]
    sharing = sharing_of(cohort, _columns_with("personal_column", results), unmapped)
    withheld: list[str] = []
    if not sharing.raw:
        smallest = smallest_cell(cohort, read_config(choices).build_tables.smallest_cell)
        statistics = read_statistics(sorted((results / "statistics").glob("*.parquet")))
        hidden = hidden_statistics(statistics.to_pandas(), KINDS, smallest, cohort.sample.condition)
        withheld = sorted(hidden)
    contents = Contents()
    contents.files |= _project_files(cohort, study, source)
    contents.files["config.yaml"] = as_yaml(choices, f"the cohort {name}")
    contents.files |= _results(run, source.folder, name, sharing, withheld)
    if sharing.raw:
        raw_files = _raw_files(cohort, source)
        contents.files |= raw_files
        contents.raw = sorted(raw_files)
    contents.files |= psych_ds_files(contents.files, cohort, study, instruments)
    description = _description(run, cohort, sharing, withheld, results)
    return contents, description, work_of_cohort(cohort, study).by(own.authors), choices


def _columns_with(rule: str, results: Path) -> list[str]:
    """Columns of the raw files of which a rule found something."""
    violations = read_parquet(
        results / "violations.parquet", VIOLATIONS, ["rule", "file", "column"]
    )
    rows = [row for row in violations.to_pylist() if row["rule"] == rule]
    return sorted({f"{row['file']}: column {row['column']}" for row in rows})


def _unread_sheets(cohort: Cohort, source: Source) -> Iterator[str]:
    """Sheets of the cohort's workbooks that hold something and that cohort.yaml does not name."""
    named: dict[str, set[str | None]] = {}
    for file in cohort.files.values():
        for part in file.parts():
            named.setdefault(part, set()).add(file.sheet)
    parts = [name for file in cohort.files.values() for name in file.parts()]
    for name, path in dict(zip(parts, raw_paths(cohort, source.find), strict=True)).items():
        if named[name] != {None} and Path(path).is_file():
            unread = [sheet for sheet in filled_sheets(Path(path)) if sheet not in named[name]]
            yield from (f"{name}: sheet {sheet}" for sheet in unread)


def _project_files(cohort: Cohort, study: Study, source: Source) -> Iterator[tuple[str, Path]]:
    """Attune's own files, the cohort's and its study's; the lab's override those of attune."""
    paths = set()
    folder = f"data/{cohort.cohort}"
    paths |= {f"{folder}/cohort.yaml", f"workflow/studies/{cohort.study}.yaml"}
    paths |= {
        f"workflow/instruments/{selection.instrument}.yaml" for selection in cohort.selections()
    }
    paths |= {f"reports/{study.template}.qmd.j2"}
    if cohort.publication:
        paths.add(f"workflow/publications/{cohort.publication}.yaml")
    own_files = ["reasons.yaml", "README.md", "LICENSE"]
    own_files += [cohort.restricted.summary] if cohort.restricted else []
    paths |= {f"{folder}/{entry}" for entry in own_files}
    paths |= set(text_places(folder_of_cohort(cohort.cohort)))
    yield from project_files(paths, source)


def project_files(further: Collection[str], source: Source) -> Iterator[tuple[str, Path]]:
    """Attune's own files and further ones of the project, each with its place in the archive."""
    paths = {
        file.relative_to(source.root).as_posix()
        for pattern in PROJECT
        for file in source.root.glob(pattern)
        if file.is_file() and "__pycache__" not in file.parts
    }
    for path in sorted(paths | set(further)):
        # Rules and steps are attune's own, wherever the pipeline was started.
        own = path.startswith("scripts/") or path.endswith(".smk") or "/" not in path
        file = source.root / path if own else Path(source.find(path))
        if file.is_file():
            yield path, file


def _raw_files(cohort: Cohort, source: Source) -> dict[str, Path | bytes]:
    """The raw files and data dictionaries, at the places where the pipeline reads them."""
    names = [name for file in cohort.files.values() for name in file.parts()]
    inside = f"{cohort.cohort}/twin" if cohort.is_twin else cohort.cohort
    places = [f"data/{inside}/{name}" for name in names]
    return dict(zip(places, map(Path, raw_paths(cohort, source.find)), strict=True))


def _results(
    run: Run, folder: Path, name: str, sharing: Sharing, withheld: list[str]
) -> Iterator[tuple[str, Path | bytes]]:
    for path in run.outputs:
        place = path.as_posix()
        inside = place.removeprefix(f"results/{name}/")
        if sharing.raw:
            yield place, folder / path
        elif is_aggregate(inside):
            yield place, _without(folder / path, inside, withheld)


def _without(path: Path, inside: str, withheld: list[str]) -> Path | bytes:
    """A result without the statistics that must not be shared."""
    if not withheld:
        return path
    if contract_of(inside) is STATISTICS:
        return some_statistics(path, lambda identifier: identifier not in set(withheld))
    return path


def some_statistics(path: Path, kept: Callable[[str], bool]) -> bytes:
    """A file of statistics with the rows whose id is kept."""
    table = read_parquet(path, STATISTICS)
    rows = pa.array([kept(identifier) for identifier in table["id"].to_pylist()], pa.bool_())
    sink = pa.BufferOutputStream()
    pq.write_table(table.filter(rows), sink, **WRITER_OPTIONS)
    return bytes(sink.getvalue())


def ended(run: Run, folder: Path) -> str:
    """When the last result of a run was written, in UTC."""
    last = max((folder / path).stat().st_mtime for path in run.outputs)
    return datetime.fromtimestamp(int(last), UTC).isoformat()


def _description(
    run: Run, cohort: Cohort, sharing: Sharing, withheld: list[str], results: Path
) -> ArchiveDescription:
    kind: Literal["open", "restricted", "twin"] = "restricted" if cohort.restricted else "open"
    return ArchiveDescription(
        format=FORMAT,
        attune=__version__,
        cohort=cohort.cohort,
        analysed="twin" if cohort.is_twin else kind,
        raw_included=sharing.raw,
        raw_reason=sharing.reason,
        withheld=withheld,
        folder_variable=cohort.restricted.folder_variable if cohort.restricted else None,
        salt_variable=cohort.hashed_ids.salt_variable if cohort.hashed_ids else None,
        versions=run.versions(),
        ended=ended(run, results.parents[1]),
    )


def as_yaml(choices: Mapping[str, object], what: str) -> bytes:
    """The config.yaml of an archive."""
    text = yaml.safe_dump(dict(choices), sort_keys=False, allow_unicode=True)
    return f"# The choices of this run, for {what} alone.\n{text}".encode()
