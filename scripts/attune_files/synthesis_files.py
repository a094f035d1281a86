"""Reads what a synthesis is made of: its file, the literature, tables of effects, cohorts."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from attune.analyses.registry import analysis_of
from attune.specs.closed_model import did_you_mean
from attune.specs.errors import AttuneError, ConfigurationError
from attune.specs.literature import Literature
from attune.specs.synthesis import CohortRows, Crosswalk, Synthesis
from attune.synthesis.effect_table import TableRow, effects_of_table
from attune.synthesis.evidence import (
    Evidence,
    FacetStudy,
    SiteStatistics,
    StudyEffect,
    collect_evidence,
    effect_of,
    evidence_from_json,
    own_effect,
)
from attune.synthesis.facet_evidence import (
    cohort_study,
    literature_studies,
    problems_of_facets,
    table_studies,
)
from attune_files.project import (
    existing_file,
    path_in_project,
    read_declared_cohort,
    read_model,
    read_project,
    read_study,
)
from attune_files.raw.table import marked_encoding, repeated_columns
from attune_files.yaml_file import read_instruments

if TYPE_CHECKING:
    import pandas as pd

    from attune.specs.cohort import Cohort
    from attune.specs.study import Study

Table = TypeVar("Table")
Found = TypeVar("Found")

FOLDER = "workflow/syntheses"

SYNTHETIC = (
    "its data are synthetic, which never enter a pooled result. Remove it, or declare the whole"
    " synthesis as `demonstration: true`"
)


@dataclass(frozen=True)
class SynthesisFiles:
    """A synthesis and everything that it reads but statistics of cohorts.

    Attributes
    ----------
    synthesis : Synthesis
    literature : dict of str to Literature
        By id.
    of_tables : list of StudyEffect
    """

    synthesis: Synthesis
    literature: dict[str, Literature]
    of_tables: list[StudyEffect]

    def evidence(
        self,
        statistics: Mapping[str, Mapping[str, Mapping[str, Any]]],
        synthetic: Mapping[str, bool],
        sites: Mapping[str, SiteStatistics] | None = None,
    ) -> Evidence:
        """What enters the synthesis, with the statistics of its cohorts and sites."""
        return collect_evidence(
            self.synthesis, self.literature, self.of_tables, statistics, synthetic, sites
        )


def read_evidence(
    evidence: str | Path, synthesis: Synthesis, literature: Mapping[str, Literature]
) -> Evidence:
    """The evidence that the step synthesise_studies stored."""
    text = Path(evidence).read_text(encoding="utf-8")
    return evidence_from_json(text, synthesis, literature)


def read_crosswalk(paths: Sequence[str | Path]) -> Crosswalk | None:
    """The crosswalk of a synthesis: the one path, or None where there is none."""
    return next((read_model(path, Crosswalk, "crosswalk") for path in paths), None)


def read_synthesis(path: str | Path) -> Synthesis:
    """The file workflow/syntheses/<synthesis>.yaml."""
    return read_model(path, Synthesis, "synthesis")


def read_literature(path: str | Path) -> Literature:
    """The file workflow/literature/<literature>.yaml."""
    return read_model(path, Literature, "literature")


def read_synthesis_files(
    synthesis: str | Path, literature: Sequence[str | Path], tables: Sequence[str | Path]
) -> SynthesisFiles:
    """A synthesis with its literature and its tables of effects.

    Parameters
    ----------
    synthesis : path
    literature : sequence of path
    tables : sequence of path
        In the order in which the synthesis names them.

    Raises
    ------
    ConfigurationError
        With every problem of every file: file, row, column, what was found, what is needed.
    """
    declared = read_synthesis(synthesis)
    sources = {file.literature: file for file in map(read_literature, literature)}
    effects, problems = _from_tables(
        declared.tables, tables, partial(effects_of_table, synthesis=declared)
    )
    if problems:
        raise ConfigurationError(
            f"The tables of synthesis {declared.synthesis} cannot be read.", problems
        )
    return SynthesisFiles(declared, sources, effects)


def _from_tables(
    declared: Mapping[str, Table],
    paths: Sequence[str | Path],
    read: Callable[[str, Table, list[str], list[TableRow]], tuple[list[Found], list[str]]],
) -> tuple[list[Found], list[str]]:
    """What all tables of a synthesis hold, and their problems.

    `read` takes the name of a table, its declaration, its headings and its rows.
    """
    found: list[Found] = []
    problems: list[str] = []
    for (name, table), path in zip(declared.items(), paths, strict=True):
        of_table, wrong = read(name, table, *read_table_rows(path))
        found += of_table
        problems += wrong
    return found, problems


def read_facet_studies(
    files: SynthesisFiles,
    tables: Sequence[str | Path],
    crosswalk: Crosswalk | None,
    frames: "Mapping[str, Mapping[str, pd.DataFrame]]",
    synthetic: Mapping[str, bool],
) -> list[FacetStudy]:
    """Studies with correlations of facets, from tables, cohorts and the literature.

    Parameters
    ----------
    files : SynthesisFiles
    tables : sequence of path
        Tables of correlations, in the order in which the synthesis names them.
    crosswalk : Crosswalk or None
    frames : mapping of str to mapping of str to pandas.DataFrame
        Cohort -> data set -> one row per dyad.
    synthetic : mapping of str to bool
        Whether the data of each cohort are made up.

    Raises
    ------
    ConfigurationError
        With every problem of every table and cohort.
    """
    declared = files.synthesis.facets
    if declared is None or crosswalk is None:
        return []
    studies, problems = _from_tables(
        declared.tables, tables, partial(table_studies, crosswalk=crosswalk)
    )
    for cohort in declared.cohorts:
        datasets = frames.get(cohort.cohort, {})
        if cohort.dataset not in datasets:
            hint = did_you_mean(cohort.dataset, [*datasets])
            problems.append(
                f"facets.cohorts.{cohort.cohort}: it has no data set {cohort.dataset!r}. {hint}"
            )
            continue
        made_up = synthetic.get(cohort.cohort, False)
        own = cohort_study(cohort, datasets[cohort.dataset], crosswalk, made_up, problems)
        studies += [own] if own else []
    studies += literature_studies(files.synthesis, files.literature, crosswalk, problems)
    problems += problems_of_facets(studies, files.synthesis, crosswalk)
    if problems:
        path = f"{FOLDER}/{files.synthesis.synthesis}.yaml"
        raise ConfigurationError(f"The facets of {path} cannot be compared.", problems)
    return studies


def read_cohort_rows(
    measures: Sequence[str | Path], gains: Sequence[str | Path], studies: Sequence[str | Path]
) -> "dict[str, dict[str, pd.DataFrame]]":
    """Cohort -> data set -> one row per dyad, measures and residual gains as columns.

    Parameters
    ----------
    measures, gains : sequence of path
        results/<cohort>/measures.parquet and gains.parquet, in the same order.
    studies : sequence of path
        The study file of each.
    """
    if not measures:
        return {}
    from attune.store.contracts import GAINS, MEASURES
    from attune.store.datasets import analysis_datasets
    from attune_files.parquet import read_parquet

    found = {}
    for path, gain, study in zip(measures, gains, map(read_study, studies), strict=True):
        found[Path(path).parent.name] = analysis_datasets(
            read_parquet(path, MEASURES).to_pandas(),
            read_parquet(gain, GAINS).to_pandas(),
            study.outcomes,
            study.datasets,
        )
    return found


def read_table_rows(path: str | Path) -> tuple[list[str], list[TableRow]]:
    """Headings and rows of a CSV file, separated by commas or semicolons.

    Raises
    ------
    ConfigurationError
        The file cannot be read, a heading occurs twice, or a row has more or fewer cells.
    """
    name = path_in_project(Path(path))
    text = _table_text(Path(path), name)
    first = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=";" if first.count(";") > first.count(",") else ",",
    )
    try:
        columns = [column.strip() for column in next(reader, [])]
        numbered = [
            (number, cells)
            for number, cells in enumerate(reader, start=2)
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise ConfigurationError(
            f"{name} cannot be read as a table.", [f"line {reader.line_num}: {error}"]
        ) from None
    problems = [f"row 1: {sentence}" for sentence in repeated_columns(columns)]
    problems += [
        f"row {number}: holds {len(cells)} cells, the heading {len(columns)}"
        for number, cells in numbered
        if len(cells) != len(columns)
    ]
    if problems:
        raise ConfigurationError(f"{name} cannot be read as a table.", problems)
    return columns, [
        TableRow(number, dict(zip(columns, cells, strict=True))) for number, cells in numbered
    ]


def _table_text(path: Path, name: str) -> str:
    """The text of a table, in UTF-8, or in UTF-16 where its first bytes say so."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{name} cannot be read: {error.strerror}.") from None
    encoding = "utf-16" if marked_encoding(content) == "utf-16" else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            f"{name} cannot be read as a table.",
            [
                f"line {line}: holds a character that is not UTF-8, as older programs write it."
                ' Save the table again as "CSV UTF-8".'
            ],
        ) from None


def literature_path(name: str) -> str:
    """Where a literature file lies in the project."""
    return f"workflow/literature/{name}.yaml"


def cohorts_of_syntheses(
    names: Sequence[str], chosen: Sequence[str], find: Callable[[str], str]
) -> dict[str, list[str]]:
    """Cohorts that are not chosen themselves -> the syntheses that take numbers of theirs.

    A synthesis that cannot be read names none; `read_syntheses` says what is wrong with it.
    """
    needed: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        try:
            declared = read_synthesis(existing_file(find, f"{FOLDER}/{name}.yaml"))
        except AttuneError:
            continue
        names_of = [entry.cohort for entry in declared.cohorts]
        names_of += [entry.cohort for entry in declared.cohort_rows()]
        for cohort in dict.fromkeys(names_of):
            if cohort not in chosen:
                needed.setdefault(cohort, []).append(name)
    return needed


def read_further_cohorts(
    needed: Mapping[str, Sequence[str]],
    given: Mapping[str, Literal["real", "synthetic"]],
    find: Callable[[str], str],
) -> "tuple[dict[str, Cohort], dict[str, Study], list[str]]":
    """The cohorts of syntheses that are not analysed for themselves.

    Parameters
    ----------
    needed : mapping of str to sequence of str
        As `cohorts_of_syntheses` gives it.
    given : mapping of str to {"real", "synthetic"}
        Cohorts whose statistics are there (`given_statistics` of config.yaml): their raw files are
        neither needed nor looked at, so that a restricted cohort does not become its twin.
    find : callable
        Where a file of the project lies, given its path in the project.

    Returns
    -------
    cohorts, studies : dict
        Both by the cohort's name.
    sentences : list of str
        What is computed for whom, one sentence per cohort.

    Raises
    ------
    ConfigurationError
        With the problems of all of them at once, each with the synthesis that needs the cohort.
    """
    cohorts: dict[str, Cohort] = {}
    studies: dict[str, Study] = {}
    sentences, problems = [], []
    for name, syntheses in needed.items():
        try:
            if name in given:
                path = existing_file(find, f"data/{name}/cohort.yaml")
                declared = read_declared_cohort(path)
                cohorts[name] = declared.model_copy(
                    update={"synthetic": given[name] == "synthetic"}
                )
                path = existing_file(find, f"workflow/studies/{declared.study}.yaml")
                studies[name] = read_study(path)
                continue
            read = read_project([name], find)
        except AttuneError as error:
            lines = [error.heading, *error.problems]
            problems.append("\n      ".join([f"{' and '.join(syntheses)} needs {name}.", *lines]))
            continue
        cohorts |= read[0]
        studies |= read[1]
        sentences.append(
            f"{' and '.join(syntheses)} needs {name}, which is not among the chosen cohorts: its"
            " statistics are computed, its pages and documents are not made."
        )
    if problems:
        raise ConfigurationError("Cohorts of syntheses cannot be analysed.", problems)
    return cohorts, studies, sentences


def read_syntheses(
    names: Sequence[str],
    cohorts: "Mapping[str, Cohort]",
    studies: "Mapping[str, Study]",
    find: Callable[[str], str],
) -> tuple[dict[str, Synthesis], dict[str, Crosswalk]]:
    """The syntheses of a run and their crosswalks, checked before a number is computed.

    Parameters
    ----------
    names : sequence of str
        As in config.yaml.
    cohorts, studies : mapping
        Those of the run and of its syntheses, by the cohort's name.
    find : callable
        Where a file of the project lies, given its path in the project.

    Raises
    ------
    ConfigurationError
        With the problems of all syntheses at once.
    """
    found: dict[str, Synthesis] = {}
    problems = []
    for name in names:
        try:
            found[name] = _checked(name, cohorts, studies, find)
        except AttuneError as error:
            problems.append("\n      ".join([error.heading, *error.problems]))
    if problems:
        raise ConfigurationError("The syntheses of config.yaml cannot be made.", problems)
    names_of_crosswalks = dict.fromkeys(filter(None, (s.crosswalk for s in found.values())))
    crosswalks = {name: _crosswalk(name, find) for name in names_of_crosswalks}
    return found, crosswalks


def _crosswalk(name: str, find: Callable[[str], str]) -> Crosswalk:
    path = existing_file(find, f"workflow/crosswalks/{name}.yaml")
    return read_model(path, Crosswalk, "crosswalk")


def _checked(
    name: str,
    cohorts: "Mapping[str, Cohort]",
    studies: "Mapping[str, Study]",
    find: Callable[[str], str],
) -> Synthesis:
    path = f"{FOLDER}/{name}.yaml"
    declared = read_synthesis(existing_file(find, path))
    literature = [existing_file(find, literature_path(entry)) for entry in declared.literature]
    tables = [existing_file(find, f"{FOLDER}/{table.path}") for table in declared.tables.values()]
    files = read_synthesis_files(find(path), literature, tables)
    problems = [
        found
        for effect in [*declared.effects, *declared.reported]
        if isinstance(found := effect_of(effect, files.literature), str)
    ]
    if declared.crosswalk:
        problems += _crosswalk_problems(declared.crosswalk, find)
    for rows in declared.cohort_rows():
        problems += _row_problems(rows, cohorts, studies, declared.demonstration)
    sites = [existing_file(find, f"{FOLDER}/{entry.file}") for entry in declared.sites]
    read = read_sites(declared, sites)
    for own in declared.sites:
        own_effect(own, read[own.file].rows, declared.metric, problems)
        if read[own.file].synthetic and not declared.demonstration:
            problems.append(f"{own.place}: {SYNTHETIC}")
    if declared.facets and declared.crosswalk and not problems:
        paths = [existing_file(find, f"{FOLDER}/{t.path}") for t in declared.facets.tables.values()]
        only_tables = declared.facets.model_copy(update={"cohorts": []})
        files = replace(files, synthesis=declared.model_copy(update={"facets": only_tables}))
        read_facet_studies(files, paths, _crosswalk(declared.crosswalk, find), {}, {})
    for entry in declared.cohorts:
        if cohorts[entry.cohort].synthetic and not declared.demonstration:
            problems.append(f"{entry.place}: {SYNTHETIC}")
        for statistic in entry.statistics:
            if analysis_of(statistic, studies[entry.cohort]):
                continue
            problems.append(
                f"cohorts.{entry.cohort}: its study declares no analysis"
                f" {statistic.partition('.')[0]!r}, so that it has no measure of"
                f" {entry.predictor.label} and {entry.outcome.label} for this synthesis"
            )
    if problems:
        raise ConfigurationError(f"{path} cannot be used.", problems)
    return declared


def _row_problems(
    entry: CohortRows,
    cohorts: "Mapping[str, Cohort]",
    studies: "Mapping[str, Study]",
    demonstration: bool,
) -> Iterator[str]:
    """Why the rows of a cohort cannot enter: its data, its measures, its data sets."""
    place = f"{entry.section}.cohorts.{entry.cohort}"
    if cohorts[entry.cohort].synthetic and not demonstration:
        yield (
            f"{place}: its data are synthetic, which never enter a pooled result. Remove it, or"
            " declare the whole synthesis as `demonstration: true`"
        )
    known = [*studies[entry.cohort].measures, *studies[entry.cohort].outcomes]
    for measure in entry.columns:
        if measure not in known:
            yield (
                f"{place}: its study declares no measure or outcome {measure!r}."
                f" {did_you_mean(measure, known)}"
            )


def _crosswalk_problems(name: str, find: Callable[[str], str]) -> Iterator[str]:
    """Instruments and scales of a crosswalk that the registry does not have."""
    crosswalk = _crosswalk(name, find)
    paths = [
        existing_file(find, f"workflow/instruments/{key}.yaml") for key in crosswalk.instruments
    ]
    for key, instrument in read_instruments(paths).items():
        for scale in crosswalk.instruments[key]:
            if scale not in instrument.scales:
                hint = did_you_mean(scale, [*instrument.scales])
                yield f"crosswalk {name}: {key} has no scale {scale!r}. {hint}"


def read_sites(synthesis: Synthesis, paths: Sequence[str | Path]) -> dict[str, SiteStatistics]:
    """What the site files of a synthesis hold, by the name of the file.

    Parameters
    ----------
    synthesis : Synthesis
    paths : sequence of path
        In the order in which the synthesis names them.

    Raises
    ------
    ConfigurationError
        With the reasons of all files that are not those that were recorded.
    """
    if not synthesis.sites:
        return {}
    from attune_files.site_files import read_recorded_site

    found: dict[str, SiteStatistics] = {}
    problems: list[str] = []
    for entry, path in zip(synthesis.sites, paths, strict=True):
        try:
            content = read_recorded_site(path, entry.sha256)
        except AttuneError as error:
            problems.append(f"{entry.place}: {' '.join([error.heading, *error.problems])}")
            continue
        rows = {row.id: row.model_dump() for row in content.statistics}
        found[entry.file] = SiteStatistics(content.site, content.synthetic, rows)
    if problems:
        raise ConfigurationError(
            f"{FOLDER}/{synthesis.synthesis}.yaml names site files that are refused.", problems
        )
    return found
