"""A site on disk: its finished run or its raw file in parts, and what it hands over."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attune import __version__
from attune.analyses.kinds import KINDS
from attune.analyses.registry import ANALYSES
from attune.sites.disclosure import Limits, Release, release, shared_statistics
from attune.sites.estimates import questions
from attune.sites.moment_set import Rows
from attune.sites.rows_to_moments import PartitionReader, run_moments
from attune.sites.site_file import SiteContent, content_hash, site_content
from attune.sites.site_moments import Membership, SiteMoments, merge_parts
from attune.sites.site_plan import SitePlan, site_plan
from attune.specs.config import Choices
from attune.specs.errors import SiteFileError
from attune.store.contracts import MEASURES, RESPONSES
from attune.store.frame_rows import frame_rows
from attune.store.small_cells import hidden_statistics, smallest_cell
from attune_files.archive.run import changed_files
from attune_files.parquet import read_parquet, read_statistics, stream_parquet
from attune_files.project import read_config, read_parts
from attune_files.raw.sheets import read_sheet_partitions
from attune_files.steps.file_sums import sha256_of
from attune_files.yaml_file import read_yaml

if TYPE_CHECKING:
    from attune.specs.cohort import Cohort
    from attune.specs.instrument import Instrument
    from attune.specs.study import Study

NEEDED = ("measures.parquet", "responses.parquet", "statistics", "records")

SHARED = (
    *("pearson_r", "spearman_rho", "ancova_r", "ancova_slope", "mean_difference", "cohen_d"),
    *("hedges_g", "adjusted_difference", "ancova_d"),
)
"""Statistics that a synthesis may use, of the analyses whose moments are pooled."""

FROM_MOMENTS = frozenset(SHARED) - {"spearman_rho", "ancova_d"}
"""Those that follow from moments: exact where these are released."""


@dataclass(frozen=True)
class Place:
    """Where a site keeps its project.

    Attributes
    ----------
    find : callable
        Where a file of the project lies, given its path in the project.
    folder : Path
        The folder that holds results/.
    """

    find: Callable[[str], str]
    folder: Path = Path()


@dataclass(frozen=True)
class Project:
    """A cohort with everything that its moments depend on."""

    cohort: "Cohort"
    study: "Study"
    instruments: "dict[str, Instrument]"
    plan: SitePlan
    choices: Choices


def read_site_project(name: str, place: Place, rows: Rows) -> Project:
    """A cohort, its study and scoring keys, and the moments that the study needs."""
    cohort, study, instruments = read_parts(name, place.find)
    choices = read_config(read_yaml(Path(place.find("config.yaml"))))
    return Project(cohort, study, instruments, site_plan(study, cohort, instruments, rows), choices)


def moments_of_run(project: Project, place: Place) -> SiteMoments:
    """Moments of a finished run, from its measures and responses.

    Raises
    ------
    SiteFileError
        The run is not finished, or a file of it was changed since.
    """
    results = place.folder / "results" / project.cohort.cohort
    absent = [f"{results / name} is not there" for name in NEEDED if not (results / name).exists()]
    records = [json.loads(path.read_text("utf-8")) for path in _records(results)]
    problems = absent or list(dict.fromkeys(changed_files(records, place.folder, place.find)))
    if problems:
        raise SiteFileError(
            f"{project.cohort.cohort} has no finished run that fits its files.",
            [*problems[:20], "Run `snakemake --cores 4`, look at the results, then repeat this"],
        )
    return run_moments(
        read_parquet(results / "measures.parquet", MEASURES).to_pandas(),
        stream_parquet(results / "responses.parquet", RESPONSES),
        project.cohort,
        project.instruments,
        project.plan,
    )


def _records(results: Path) -> list[Path]:
    """Records of the steps whose results a site file holds."""
    rules = {"validate_responses", "score_scales", "impute_measures"}
    rules |= {one.rule for one in ANALYSES if one.name in ("correlations", "conditions")}
    return [path for rule in sorted(rules) if (path := results / f"records/{rule}.json").is_file()]


def moments_of_raw_file(
    project: Project, place: Place, partition_rows: int
) -> tuple[SiteMoments, int]:
    """Moments of the one raw file of a cohort, read in parts; and the number of parts.

    Parameters
    ----------
    project : Project
    place : Place
    partition_rows : int
        Rows of a part.

    Raises
    ------
    AnalysisError
        The cohort is not one file with one row per dyad.
    RawDataError
        As `attune.sites.rows_to_moments.PartitionReader`.
    """
    reader = PartitionReader(project.cohort, project.instruments, project.study, project.plan)
    folder = Path(place.find(f"data/{project.cohort.cohort}/cohort.yaml")).parent
    site: SiteMoments | None = None
    count = 0
    for sheets in read_sheet_partitions(folder, project.cohort, partition_rows):
        part = reader.moments(sheets)
        site = part if site is None else merge_parts([site, part])
        count += 1
    if site is None:
        raise SiteFileError(f"The raw file of {project.cohort.cohort} holds no row.")
    reader.finish()
    return site, count


def content_of(
    project: Project, site: SiteMoments, place: Place, name: str, *, with_statistics: bool
) -> SiteContent:
    """What a site hands over: moments that the disclosure rules release, and statistics.

    Parameters
    ----------
    project : Project
    site : SiteMoments
        All parts merged.
    place : Place
    name : str
        Of the site, as others call it.
    with_statistics : bool
        Whether the run has statistics; a raw file that was read in parts has none.
    """
    limits = limits_of(project)
    released = release(site, project.plan, limits)
    statistics: list[dict[str, Any]] = []
    if with_statistics:
        statistics = _statistics(project, place, limits, released)
    return site_content(
        site, project.plan, released, limits, about(project, place, name), statistics
    )


def expected_content(project: Project, place: Place) -> SiteContent:
    """The file that the centre's own project would make, without moments: what others must fit."""
    nothing = Release([], [], {})
    empty = SiteMoments(0, {}, {}, {}, Membership((), ()))
    limits = limits_of(project)
    return site_content(empty, project.plan, nothing, limits, about(project, place, "centre"))


def limits_of(project: Project) -> Limits:
    """Numbers of the disclosure rules: the cohort's smallest cell, or that of config.yaml."""
    return Limits(smallest_cell(project.cohort, project.choices.build_tables.smallest_cell))


def about(project: Project, place: Place, name: str) -> dict[str, Any]:
    """What a file says of its study, scoring keys, measures and versions."""
    cohort, study = project.cohort, project.study
    declared = [study.measures[key] for key in project.plan.measures]
    used = sorted({one.instrument for one in declared if one.instrument is not None})
    variables = cohort.sample.variables
    measures = {}
    for key in project.plan.measures:
        variable = study.measures[key].variable
        unit = variables[variable].unit if variable and variable in variables else ""
        measures[key] = {"label": study.measures[key].label, "unit": unit}
    return {
        "site": name,
        "title": cohort.title[:200],
        "synthetic": cohort.synthetic,
        "made_with": {"attune": __version__, "lock": sha256_of(place.find("envs/lock.txt"))},
        "plan": {"study": study.study, "sha256": content_hash(study.model_dump(mode="json"))},
        "keys": {
            key: {
                "version": project.instruments[key].version,
                "sha256": content_hash(project.instruments[key].model_dump(mode="json")),
            }
            for key in used
        },
        "measures": measures,
        "reason": cohort.smallest_cell.reason if cohort.smallest_cell else "",
    }


def _statistics(
    project: Project, place: Place, limits: Limits, released: Release
) -> list[dict[str, Any]]:
    """The shared statistics of the run's own analyses."""
    folder = place.folder / "results" / project.cohort.cohort / "statistics"
    stored = read_statistics(sorted(folder.glob("*.parquet"))).to_pandas()
    condition = project.cohort.sample.condition
    hidden = hidden_statistics(stored, KINDS, limits.smallest_cell, condition)
    sections = project.study.sections()
    declared = {*sections.get("correlations", {}), *sections.get("conditions", {})}
    chosen = stored[
        stored["statistic"].isin(SHARED)
        & stored["id"].str.partition(".")[0].isin(declared)
        & stored["estimate"].notna()
    ]
    names = {
        question.name
        for question in questions(project.study, project.plan)
        if project.plan.rows == "pairwise" and set(question.needs) <= set(released.sets)
    }
    exact = {
        name
        for name, statistic in zip(chosen["id"], chosen["statistic"], strict=True)
        if not limits.smallest_cell
        or (statistic in FROM_MOMENTS and name.rpartition(".")[0] in names)
    }
    return shared_statistics(frame_rows(chosen[["id", "estimate", "se", "df", "n"]]), hidden, exact)
