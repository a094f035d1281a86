"""Contents of the archive of a synthesis: what it read, the statistics that enter, its results."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attune import __version__
from attune.analyses.registry import analysis_of
from attune.record.archive.contents import synthesis_config
from attune.record.archive.crate_entities import ArchivedWork, work_of_synthesis
from attune.record.archive.manifest import FORMAT, ArchiveDescription
from attune.record.archive.sharing import sharing_of
from attune.specs.errors import ArchiveError
from attune.specs.synthesis import Synthesis
from attune.store.contracts import STATISTICS
from attune.store.small_cells import smallest_cell
from attune_files.archive.contents import (
    Contents,
    Source,
    as_yaml,
    ended,
    project_files,
    some_statistics,
)
from attune_files.archive.run import Run
from attune_files.own_text_files import (
    folder_of_synthesis,
    own_text_paths,
    read_own_text,
    text_places,
)
from attune_files.parquet import read_parquet
from attune_files.project import (
    existing_file,
    read_config,
    read_declared_cohort,
    read_study,
)
from attune_files.synthesis_files import read_synthesis
from attune_files.yaml_file import read_yaml

NO_RAW_FILES = "a synthesis reads statistics of cohorts, and no raw files"
WITH_ROWS = "a synthesis reads no raw files; with one row per dyad it holds the measures of"


def synthesis_contents(
    name: str, run: Run, source: Source
) -> tuple[Contents, ArchiveDescription, ArchivedWork, dict[str, object]]:
    """What goes into the archive of a synthesis, apart from its description and its sums.

    Parameters
    ----------
    name : str
        Of the synthesis.
    run : Run
        As `finished_run` gives it.
    source : Source

    Returns
    -------
    contents : Contents
        Synthesis, literature, tables, crosswalk and files of sites; of each cohort its file, its
        study and the rows of its statistics that enter, or the measures whose rows do; the results.
    description : ArchiveDescription
    work : ArchivedWork
    choices : dict
        Of config.yaml, for this synthesis alone: statistics of its cohorts are taken as they are.

    Raises
    ------
    ArchiveError
        A statistic that enters is over fewer people than may be shown, or rows of a cohort enter
        that may not be shared.
    """
    synthesis = read_synthesis(existing_file(source.find, f"workflow/syntheses/{name}.yaml"))
    config = read_yaml(source.find("config.yaml"))
    contents = Contents()
    contents.files |= project_files(_own_files(synthesis, source), source)
    contents.files |= _entering_statistics(synthesis, source, config)
    rows = list(dict.fromkeys(entry.cohort for entry in synthesis.cohort_rows()))
    contents.files |= _entering_rows(synthesis, rows, source)
    contents.files |= {path.as_posix(): source.folder / path for path in run.outputs}
    choices = synthesis_config(config, name, _given(run, synthesis))
    contents.files["config.yaml"] = as_yaml(choices, f"the synthesis {name}")
    description = ArchiveDescription(
        format=FORMAT,
        attune=__version__,
        synthesis=name,
        analysed="synthesis",
        raw_included=False,
        raw_reason=f"{WITH_ROWS} {', '.join(rows)}" if rows else NO_RAW_FILES,
        versions=run.versions(),
        ended=ended(run, source.folder),
    )
    own = read_own_text(own_text_paths(folder_of_synthesis(name), source.find))
    return contents, description, work_of_synthesis(synthesis).by(own.authors), choices


def _cohorts(synthesis: Synthesis) -> dict[str, list[str]]:
    """Cohort -> ids of its statistics that enter; none where only its rows do."""
    found: dict[str, list[str]] = {entry.cohort: [] for entry in synthesis.cohort_rows()}
    for entry in synthesis.cohorts:
        found.setdefault(entry.cohort, []).extend(entry.statistics)
    return found


def _own_files(synthesis: Synthesis, source: Source) -> set[str]:
    """Files of the synthesis and of its cohorts, by their path in the project."""
    paths = {f"workflow/syntheses/{synthesis.synthesis}.yaml"}
    paths |= set(text_places(folder_of_synthesis(synthesis.synthesis)))
    paths |= {f"workflow/literature/{name}.yaml" for name in synthesis.literature}
    tables = [table.path for table in synthesis.tables.values()]
    if synthesis.facets:
        tables += [table.path for table in synthesis.facets.tables.values()]
    paths |= {f"workflow/syntheses/{path}" for path in tables}
    paths |= {f"workflow/syntheses/{entry.file}" for entry in synthesis.sites}
    if synthesis.crosswalk:
        paths.add(f"workflow/crosswalks/{synthesis.crosswalk}.yaml")
    for cohort in _cohorts(synthesis):
        path = f"data/{cohort}/cohort.yaml"
        paths |= {path, f"workflow/studies/{read_declared_cohort(source.find(path)).study}.yaml"}
    return paths


def _entering_statistics(
    synthesis: Synthesis, source: Source, config: Mapping[str, Any]
) -> Iterator[tuple[str, bytes]]:
    """Files of statistics of the cohorts with nothing but the rows that enter."""
    default = read_config(config).build_tables.smallest_cell
    problems = []
    for name, identifiers in _cohorts(synthesis).items():
        cohort = read_declared_cohort(source.find(f"data/{name}/cohort.yaml"))
        study = read_study(source.find(f"workflow/studies/{cohort.study}.yaml"))
        smallest = 0 if cohort.synthetic else smallest_cell(cohort, default)
        analyses = {analysis_of(identifier, study) for identifier in identifiers}
        for analysis in sorted(analyses):
            place = f"results/{name}/statistics/{analysis}.parquet"
            path = Path(source.folder, place)
            for row in read_parquet(path, STATISTICS, ["id", "n"]).to_pylist():
                if row["id"] in identifiers and (row["n"] or 0) < smallest:
                    problems.append(
                        f"{name}, {row['id']}: it is over {row['n']} people, fewer than the"
                        f" {smallest} that may be shown (smallest_cell). Take it out of the"
                        " synthesis, run again and archive again"
                    )
            yield place, some_statistics(path, lambda row, kept=identifiers: row in kept)  # type: ignore[misc]
    if problems:
        raise ArchiveError(f"The synthesis {synthesis.synthesis} cannot be archived.", problems)


def _entering_rows(
    synthesis: Synthesis, cohorts: Sequence[str], source: Source
) -> Iterator[tuple[str, Path]]:
    """Measures and residual gains of the cohorts whose rows are compared or pooled."""
    problems = []
    for name in cohorts:
        sharing = sharing_of(read_declared_cohort(source.find(f"data/{name}/cohort.yaml")))
        if not sharing.raw:
            problems.append(f"{name}: its rows enter, and {sharing.reason}")
        for table in ("measures", "gains"):
            place = f"results/{name}/{table}.parquet"
            yield place, source.folder / place
    if problems:
        raise ArchiveError(f"The synthesis {synthesis.synthesis} cannot be archived.", problems)


def _given(run: Run, synthesis: Synthesis) -> dict[str, str]:
    """Cohort -> whether its data were real or synthetic when the synthesis was made."""
    [record] = [entry for entry in run.records if entry["rule"] == "synthesise_studies"]
    made_up = record["params"]["synthetic"]["value"]
    return {name: "synthetic" if made_up[name] else "real" for name in _cohorts(synthesis)}
