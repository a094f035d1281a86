"""Correlations of facets that enter a synthesis: from tables, cohorts and the literature.

Every study gives a part of one matrix: correlations of the facets that its questionnaire measures,
with each other and with the outcome. Correlations with the outcome are turned so that a positive
one means a better outcome.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attune.specs.closed_model import did_you_mean
from attune.specs.literature import Literature
from attune.specs.synthesis import Better, Crosswalk, FacetCohort, FacetTable, Synthesis
from attune.stats.correlation_matrices import SMALLEST_N
from attune.store.statistic_rows import snake_case
from attune.synthesis.effect_table import MISSING, TableRow
from attune.synthesis.evidence import OUTCOME, FacetStudy, effect_of

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("study", "n", "instrument", "one", "two", "r")
"""Columns that a table of correlations needs."""


def table_studies(
    name: str,
    table: FacetTable,
    columns: Sequence[str],
    rows: Sequence[TableRow],
    crosswalk: Crosswalk,
) -> tuple[list[FacetStudy], list[str]]:
    """Studies of a table of correlations, and what is wrong with it.

    Parameters
    ----------
    name : str
        Key of the table in the synthesis file.
    table : FacetTable
    columns : sequence of str
        Headings of the file.
    rows : sequence of TableRow
    crosswalk : Crosswalk

    Returns
    -------
    studies : list of FacetStudy
    problems : list of str
        File, row, column, what was found and what is needed; all at once: cells that are no
        numbers, correlations of 1 or beyond, fewer than 4 people, facets that the questionnaire
        does not measure, a pair that occurs twice, an n that changes within a study.
    """
    path = table.path
    missing = [column for column in COLUMNS if column not in columns]
    if table.better is None and "better" not in columns:
        missing.append("better")
    if missing:
        return [], [
            f"{path}: has no column {column!r}. {did_you_mean(column, [*columns])}"
            for column in missing
        ]
    if not rows:
        return [], [f"{path}: holds no rows below its heading"]
    problems: list[str] = []
    by_study: dict[str, list[_Correlation]] = {}
    for row in rows:
        found = _correlation(path, table, row, crosswalk, problems)
        if found is not None:
            by_study.setdefault(found.study, []).append(found)
    studies = []
    for label, own in by_study.items():
        problems += _faults_of_study(path, label, own)
        studies.append(
            FacetStudy(
                key=snake_case(label),
                label=label,
                origin="table",
                instrument=own[0].instrument,
                n=own[0].n,
                correlations=[(row.one, row.two, row.r) for row in own],
                measured=_measured(crosswalk, ((row.one, row.two, row.r) for row in own)),
                synthetic=table.synthetic,
                place=f"tables.{name}",
            )
        )
    return studies, problems


@dataclass(frozen=True)
class _Correlation:
    study: str
    n: int
    instrument: str
    one: str
    two: str
    r: float


def _correlation(
    path: str, table: FacetTable, row: TableRow, crosswalk: Crosswalk, problems: list[str]
) -> _Correlation | None:
    """One row of a table, turned; None where something is wrong with it."""
    cells = {column: row.cells.get(column, "").strip() for column in (*COLUMNS, "better")}
    before = len(problems)

    def wrong(column: str, what: str) -> None:
        problems.append(f"{path}, row {row.line}, column {column}: {what}")

    if not cells["study"]:
        wrong("study", "is empty; every correlation needs the name of its study")
    n, r = (_number(cells[column]) for column in ("n", "r"))
    if not (n >= SMALLEST_N and n.is_integer()):
        wrong("n", f"found {cells['n']!r}; needed is a whole number of at least {SMALLEST_N}")
    if not abs(r) < 1:
        wrong("r", f"found {cells['r']!r}; needed is a number between -1 and 1")
    if cells["instrument"] not in crosswalk.instruments:
        hint = did_you_mean(cells["instrument"], [*crosswalk.instruments])
        wrong("instrument", f"the crosswalk has no {cells['instrument']!r}. {hint}")
    pair = sorted((cells["one"], cells["two"]), key=lambda name: name == OUTCOME)
    for column in ("one", "two"):
        problem = _facet_problem(cells[column], cells["instrument"], crosswalk)
        if problem:
            wrong(column, problem)
    if pair[0] == pair[1]:
        wrong("two", f"{pair[0]!r} is correlated with itself")
    better = cells["better"] or table.better
    if pair[1] == OUTCOME and better not in ("higher", "lower"):
        wrong("better", f"found {cells['better']!r}; say which end is better: higher or lower")
    if len(problems) > before:
        return None
    turned = _turned(r, pair[1], "lower" if better == "lower" else "higher")
    return _Correlation(cells["study"], int(n), cells["instrument"], pair[0], pair[1], turned)


def _number(cell: str) -> float:
    try:
        return math.nan if cell in MISSING else float(cell)
    except ValueError:
        return math.nan


def _turned(r: float, second: str, better: Better) -> float:
    return -r if second == OUTCOME and better == "lower" else r


def _facet_problem(name: str, instrument: str, crosswalk: Crosswalk) -> str:
    """Why a questionnaire has no correlation of this name; empty where it may have one."""
    if name == OUTCOME:
        return ""
    if name not in crosswalk.facets:
        hint = did_you_mean(name, [*crosswalk.facets, OUTCOME])
        return f"{name!r} is neither a facet of the crosswalk nor the word outcome. {hint}"
    scales = crosswalk.instruments.get(instrument)
    if scales is not None and name not in scales.values():
        known = ", ".join(dict.fromkeys(scales.values()))
        return f"{instrument} has no scale of {name!r} in the crosswalk; it measures {known}"
    return ""


def _measured(crosswalk: Crosswalk, rows: "Iterator[tuple[str, str, float]]") -> list[str]:
    """Facets of some correlations in the order of the crosswalk."""
    names = {name for one, two, _ in rows for name in (one, two)}
    return [facet for facet in crosswalk.facets if facet in names]


def _faults_of_study(path: str, label: str, rows: Sequence[_Correlation]) -> Iterator[str]:
    pairs = [(row.one, row.two) for row in rows]
    pairs = [(one, two) if one < two or two == OUTCOME else (two, one) for one, two in pairs]
    for one, two in sorted({pair for pair in pairs if pairs.count(pair) > 1}):
        yield (
            f"{path}, study {label}: {one} and {two} are correlated twice; where two scales measure"
            " one facet, keep one of them"
        )
    for column, values in (
        ("n", {str(row.n) for row in rows}),
        ("instrument", {row.instrument for row in rows}),
    ):
        if len(values) > 1:
            yield (
                f"{path}, study {label}, column {column}: found {', '.join(sorted(values))}; all"
                " correlations of a study have one. Where the number of people differs, enter the"
                " smallest"
            )


def cohort_study(
    declared: FacetCohort,
    frame: "pd.DataFrame",
    crosswalk: Crosswalk,
    synthetic: bool,
    problems: list[str],
) -> FacetStudy | None:
    """Correlations of a cohort, of the dyads that have all of its measures.

    Parameters
    ----------
    declared : FacetCohort
    frame : pandas.DataFrame
        One row per dyad, measures and outcomes as columns (`attune.store.datasets`).
    crosswalk : Crosswalk
    synthetic : bool
        Whether the data are made up.
    problems : list of str
        What is wrong is added here.
    """
    place = f"facets.cohorts.{declared.cohort}"
    columns = [*declared.measures.values(), declared.outcome]
    wrong = [
        f"{place}: its data set has no measure {column!r}. {did_you_mean(column, [*frame.columns])}"
        for column in columns
        if column not in frame.columns
    ]
    if declared.instrument not in crosswalk.instruments:
        hint = did_you_mean(declared.instrument, [*crosswalk.instruments])
        wrong.append(f"{place}: the crosswalk has no {declared.instrument!r}. {hint}")
    wrong += [
        f"{place}: {problem}"
        for facet in declared.measures
        if (problem := _facet_problem(facet, declared.instrument, crosswalk))
    ]
    if wrong:
        problems += wrong
        return None
    rows = frame[columns].dropna()
    if len(rows) < SMALLEST_N or (rows.std() == 0).any():
        problems.append(
            f"{place}: {len(rows)} dyads have all of {', '.join(columns)}, or one of these does not"
            f" vary; needed are {SMALLEST_N} dyads with different values"
        )
        return None
    names = [*declared.measures, OUTCOME]
    matrix = rows.to_numpy(dtype=float)
    centred = matrix - matrix.mean(axis=0)
    scaled = centred / (centred**2).sum(axis=0) ** 0.5
    r = scaled.T @ scaled
    correlations = [
        (one, two, _turned(float(r[i, j]), two, declared.better))
        for i, one in enumerate(names)
        for j, two in enumerate(names)
        if i < j
    ]
    return FacetStudy(
        key=declared.cohort,
        label=declared.label,
        origin="cohort",
        instrument=declared.instrument,
        n=len(rows),
        correlations=correlations,
        measured=[facet for facet in crosswalk.facets if facet in declared.measures],
        synthetic=synthetic,
        place=place,
    )


def literature_studies(
    synthesis: Synthesis,
    literature: Mapping[str, Literature],
    crosswalk: Crosswalk,
    problems: list[str],
) -> Iterator[FacetStudy]:
    """Effects of the literature whose predictor is one facet; with r and n they are pooled."""
    declared = synthesis.facets
    for name in declared.effects if declared else ():
        found = effect_of(name, literature)
        if isinstance(found, str):
            problems.append(f"facets.effects: {found}")
            continue
        source, effect = found
        facet = effect.predictor.facet
        if source.kind != "study":
            problems.append(
                f"facets.effects: {name} is not a single study; list it under `reported`"
            )
            continue
        if facet not in crosswalk.facets:
            hint = did_you_mean(facet, [*crosswalk.facets])
            problems.append(
                f"facets.effects: the predictor of {name} is of the facet {facet!r}, which the"
                f" crosswalk does not have; a total score says nothing about facets. {hint}"
            )
            continue
        value = effect.value("r")
        correlations = []
        if value is not None and value.up_to is None and (effect.n or 0) >= SMALLEST_N:
            size = abs(float(value.printed))
            r = {"for": size, "against": -size}.get(effect.direction, float(value.printed))
            correlations = [(facet, OUTCOME, r)]
        yield FacetStudy(
            key=snake_case(name.split(".", 1)[1].replace(".", " ")),
            label=source.label,
            origin="literature",
            instrument="",
            n=effect.n,
            correlations=correlations,
            measured=[facet],
            place=name,
        )


def problems_of_facets(
    studies: Sequence[FacetStudy], synthesis: Synthesis, crosswalk: Crosswalk
) -> Iterator[str]:
    """Studies that may not enter together or not at all, and facets that do not exist."""
    declared = synthesis.facets
    for facet in declared.compared if declared else ():
        if facet not in crosswalk.facets:
            hint = did_you_mean(facet, [*crosswalk.facets])
            yield f"facets.compared: the crosswalk has no facet {facet!r}. {hint}"
    keys = [study.key for study in studies]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield f"facets: the study {key!r} enters twice; keep one matrix of each sample"
    for study in studies:
        if study.synthetic and not synthesis.demonstration:
            yield (
                f"{study.place}: its data are synthetic, which never enter a pooled result. Remove"
                " it, or declare the whole synthesis as `demonstration: true`"
            )
