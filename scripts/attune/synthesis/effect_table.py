"""Tables of effects: the public Metapsy format and plain CSV, one row per effect of a study."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from attune.specs.closed_model import did_you_mean
from attune.specs.errors import AnalysisError
from attune.specs.literature import Certainty, Direction, risk_problem
from attune.specs.synthesis import Better, EffectTable, Synthesis
from attune.stats.effect_conversion import EffectSize
from attune.synthesis.arm_effects import EVENTS, ODDS, SOURCES, ArmColumns, value_problems
from attune.synthesis.evidence import SMALLEST_N, YEAR, StudyEffect, direction_of

FIRST_NUMBERS = {"metapsy": (".g", ".g_se"), "csv": ("g", "se")}
"""Format -> columns with Hedges' g and its standard error, which are read before anything else."""

LAST_NUMBERS = ("precalc_g", "precalc_g_se")
"""Columns with a g that somebody else computed: read where the arms give none."""

OTHER_NUMBERS = {"r": ("r", "n"), "b": ("b", "se"), "or": ("log_or", "se")}
"""Other metric -> columns of a plain CSV file."""

PRINTED_ODDS = ("or", "or_low", "or_high")
"""Columns of an odds ratio with both limits of its interval."""

COVERAGE = {"": 0.95, "90": 0.9, "95": 0.95, "99": 0.99}
"""Column `level`: coverage of the printed interval in percent; empty: 95."""

MOST_PEOPLE = 10**10
"""More people than there are: a number beyond it is a slip, and would outweigh all others."""

LARGEST_G = 10
"""Standard deviations between two arms. The largest differences of published trials are about 4;
beyond 10 a decimal point or a column has slipped."""

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Years of publication that a table may hold, as in literature files."""

MISSING = ("", "NA", "N/A", "na", ".", "NULL", "null")
"""Cells without a number."""


@dataclass(frozen=True)
class TableRow:
    """One row of a file.

    Attributes
    ----------
    line : int
        As a spreadsheet numbers it; the heading is 1.
    cells : mapping of str to str
        By column.
    """

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class _Number:
    """The effect of a row, before its sign is turned.

    Attributes
    ----------
    estimate, se : float or None
    n : int or None
    how : str
        From what it was converted; empty where the table holds it.
    better : {"higher", "lower"} or None
        Of events: higher where an event is a better outcome.
    """

    estimate: float | None = None
    se: float | None = None
    n: int | None = None
    how: str = ""
    better: Better | None = None


@dataclass
class _Reader:
    """Reads the rows of one table and collects what is wrong with them."""

    name: str
    table: EffectTable
    synthesis: Synthesis
    columns: Sequence[str]
    problems: list[str]

    def wrong(self, row: TableRow, column: str, what: str) -> None:
        self.problems.append(f"{self.table.path}, row {row.line}, column {column}: {what}")

    def number(self, row: TableRow, column: str) -> float | None:
        """A number; None where the cell is empty or wrong."""
        cell = row.cells.get(column, "").strip()
        if cell in MISSING:
            return None
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.wrong(row, column, f"found {cell!r}, where a number is needed")
            return None
        return value

    def word(self, row: TableRow, column: str, allowed: Sequence[str]) -> str:
        cell = row.cells.get(column, "").strip()
        if cell and cell not in allowed:
            self.wrong(row, column, f"found {cell!r}. {did_you_mean(cell, allowed)}")
            return ""
        return cell


def effects_of_table(
    name: str,
    table: EffectTable,
    columns: Sequence[str],
    rows: Sequence[TableRow],
    synthesis: Synthesis,
) -> tuple[list[StudyEffect], list[str]]:
    """Effects of the rows of a table, and what is wrong with it.

    Parameters
    ----------
    name : str
        Key of the table in the synthesis file.
    table : EffectTable
    columns : sequence of str
        Headings of the file.
    rows : sequence of TableRow
    synthesis : Synthesis
        For the metric and the moderators, whose levels are read from columns of their names.

    Returns
    -------
    effects : list of StudyEffect
        Positive where they mean a better outcome: the sign is turned where the lower end of the
        outcome is the better one.
    problems : list of str
        File, row, column, what was found and what is needed; all at once.

    Notes
    -----
    A row without a number needs a direction in the column `direction`, and is counted. A standard
    error or deviation of 0, a correlation of size 1 or above, and one of fewer than 4 people are
    refused. A difference of two arms is read from the first of these that a row has: g and its
    standard error; means, changes or events of the arms (`attune.synthesis.arm_effects`); a g that
    was computed elsewhere (`precalc_g`). An odds ratio is read from events of the arms, from the
    ratio with its limits, or from its logarithm with the standard error; it is above 1 where arm 1
    has the higher odds, and `events` says whether that is the better outcome.
    """
    reader = _Reader(name, table, synthesis, columns, [])
    rows = [
        row
        for row in rows
        if all(row.cells.get(column, "").strip() in kept for column, kept in table.only.items())
    ]
    reader.problems += _missing_columns(reader)
    if reader.problems:
        return [], reader.problems
    if not rows:
        left_out = " that `only` keeps" if table.only else ""
        return [], [f"{table.path}: holds no rows below its heading{left_out}"]
    effects = []
    for row in rows:
        effect = _effect(reader, row)
        effects += [effect] if effect else []
    if synthesis.model.several_effects == "refuse":
        reader.problems += _studies_twice(reader, rows)
    return _numbered(effects), reader.problems


def _pairs(reader: _Reader) -> list[tuple[str, str]]:
    """Pairs of columns that may hold the effect and its precision, in the order of reading."""
    if reader.synthesis.metric != "g":
        return [OTHER_NUMBERS[reader.synthesis.metric]]
    return [FIRST_NUMBERS[reader.table.format], LAST_NUMBERS]


def _missing_columns(reader: _Reader) -> Iterator[str]:
    path, metric = reader.table.path, reader.synthesis.metric
    if reader.table.format == "metapsy" and metric not in ("g", "or"):
        yield f"{path}: the Metapsy format holds g and events, but the synthesis pools {metric}"
    needed = ["study", *reader.table.only, *reader.synthesis.moderators]
    if metric in ("r", "b"):
        needed[1:1] = OTHER_NUMBERS[metric]
    else:
        groups = [*_pairs(reader), *(source.columns for source in SOURCES)]
        if metric == "or":
            groups = [EVENTS, PRINTED_ODDS, OTHER_NUMBERS["or"]]
        if not any(set(group) <= set(reader.columns) for group in groups):
            known = "; ".join(", ".join(group) for group in groups)
            yield (
                f"{path}: has no complete set of columns that give an effect. One of these is"
                f" needed: {known}"
            )
    if metric == "or" and not reader.table.events:
        yield (
            f"{path}: nothing says whether the event of its odds ratios is a better or a worse"
            " outcome: response is better, relapse worse. Give `events: better` or `events: worse`"
            " in the synthesis file, by outcome_type where they differ"
        )
    elif reader.table.better is None and "better" not in reader.columns and not reader.table.events:
        yield (
            f"{path}: nothing says which end of its outcomes is the better one, and a higher score"
            " may mean more symptoms. Give `better: higher` or `better: lower` in the synthesis"
            " file, by instrument where they differ, or a column `better`"
        )
    if isinstance(reader.table.better, dict):
        needed.append("instrument")
    if isinstance(reader.table.events, dict):
        needed.append("outcome_type")
    for column in needed:
        if column not in reader.columns:
            yield f"{path}: has no column {column!r}. {did_you_mean(column, list(reader.columns))}"


def _effect(reader: _Reader, row: TableRow) -> StudyEffect | None:
    study = row.cells.get("study", "").strip()
    if not study:
        reader.wrong(row, "study", "is empty; every effect needs the name of its study")
        return None
    before = len(reader.problems)
    features, year = _features(reader, row), _year(reader, row)
    found = _difference(reader, row) if reader.synthesis.metric == "g" else _other(reader, row)
    stated = reader.word(row, "direction", get_args(Direction))
    if found.estimate is None and not stated and len(reader.problems) == before:
        reader.wrong(
            row,
            _pairs(reader)[0][0],
            "is empty, and the column `direction` states no direction to count",
        )
    better = found.better or _better(reader, row)
    tool, risk = _risk_of_bias(reader, row)
    certainty = reader.word(row, "certainty", get_args(Certainty))
    if len(reader.problems) > before:
        return None
    turned = found.estimate
    if turned is not None and better == "lower":
        turned = -turned
    if turned is not None and {stated, direction_of(turned)} == {"for", "against"}:
        reader.wrong(
            row,
            "direction",
            f"found {stated!r}, but the number of this row and the better end of its outcome say"
            f" {direction_of(turned)!r}. Correct the sign, `better` or the direction",
        )
        return None
    how = f", from {found.how}" if found.how else ""
    return StudyEffect(
        key=_key(study),
        label=study,
        origin="table",
        direction=direction_of(turned) if turned is not None else stated,  # type: ignore[arg-type]
        estimate=turned,
        se=found.se,
        n=found.n,
        sample=row.cells.get("sample", "").strip(),
        features=features,
        year=year,
        synthetic=reader.table.synthetic,
        place=f"{reader.table.path}, row {row.line}{how}",
        known=row.cells.get("predictor_instrument", "").strip(),
        risk_tool=tool,
        risk_of_bias=risk,
        certainty=certainty,
    )


def _risk_of_bias(reader: _Reader, row: TableRow) -> tuple[str, str]:
    """Tool and overall judgement; empty without a tool, where the column may be a moderator."""
    tool = row.cells.get("risk_of_bias_tool", "").strip()
    overall = row.cells.get("risk_of_bias", "").strip()
    problem = risk_problem(tool, overall) if tool else ""
    if problem:
        reader.wrong(row, "risk_of_bias", problem)
    return (tool, overall) if tool else ("", "")


def _features(reader: _Reader, row: TableRow) -> dict[str, str]:
    """Levels and numbers of the moderators, from the columns of their names."""
    found = {}
    for name, moderator in reader.synthesis.moderators.items():
        cell = row.cells.get(name, "").strip()
        if moderator.numeric:
            reader.number(row, name)
            cell = "" if cell in MISSING else cell
        elif not cell:
            reader.wrong(row, name, "is empty; every study needs its level of this moderator")
        found[name] = cell
    return found


def _year(reader: _Reader, row: TableRow) -> int | None:
    """The year of publication, from the column `year`; words such as "in press" name none."""
    cell = row.cells.get(YEAR, "").strip()
    if not any(map(str.isdigit, cell)):
        return None
    if cell.isascii() and cell.isdigit() and FIRST_YEAR <= int(cell) <= LAST_YEAR:
        return int(cell)
    if YEAR not in reader.synthesis.moderators:
        needed = f"a year from {FIRST_YEAR} to {LAST_YEAR} is needed"
        reader.wrong(row, YEAR, f"found {cell!r}; {needed}")
    return None


def _other(reader: _Reader, row: TableRow) -> _Number:
    """A correlation with its n, a slope with its standard error, or an odds ratio."""
    if reader.synthesis.metric == "b":
        return _with_error(reader, row, OTHER_NUMBERS["b"])
    if reader.synthesis.metric == "or":
        return _odds_ratio(reader, row)
    r, n = (reader.number(row, column) for column in OTHER_NUMBERS["r"])
    if r is None:
        return _Number(n=int(n) if n is not None and n.is_integer() else None)
    if abs(r) >= 1:
        reader.wrong(
            row, "r", f"found {r:g}; a correlation that can be pooled lies between -1 and 1"
        )
    if n is None:
        reader.wrong(row, "n", "is empty; a correlation needs its number of people")
        return _Number()
    if not n.is_integer() or n < SMALLEST_N:
        reader.wrong(row, "n", f"found {n:g}; a whole number of at least {SMALLEST_N} is needed")
    elif n > MOST_PEOPLE:
        reader.wrong(row, "n", f"found {n:g}, more people than there are")
    return _Number(r, n=int(n))


def _difference(reader: _Reader, row: TableRow) -> _Number:
    """A standardised difference: as the table holds it, or converted from both arms."""
    first, last = _pairs(reader)
    if _filled(row, first[:1]):
        return _with_error(reader, row, first)
    for source in SOURCES:
        if _filled(row, source.marks):
            return _of_arms(reader, row, source)
    return _with_error(reader, row, last)


def _odds_ratio(reader: _Reader, row: TableRow) -> _Number:
    """A log odds ratio: from events of both arms, from the printed ratio, or as the table holds it.

    Of a printed ratio, the standard error is the width of the interval on the logarithmic scale
    over twice the normal quantile.
    """
    if _filled(row, ODDS.marks):
        return _of_arms(reader, row, ODDS)
    better = _better_events(reader, row)
    if not _filled(row, PRINTED_ODDS):
        return replace(_with_error(reader, row, OTHER_NUMBERS["or"]), better=better)
    values = [reader.number(row, column) for column in PRINTED_ODDS]
    level = reader.word(row, "level", tuple(COVERAGE))
    for column, value in zip(PRINTED_ODDS, values, strict=True):
        if value is None and not _filled(row, [column]):
            reader.wrong(row, column, "is empty; an odds ratio needs both limits of its interval")
        elif value is not None and value <= 0:
            reader.wrong(row, column, f"found {value:g}; odds ratios and their limits are above 0")
    known = [value for value in values if value is not None and value > 0]
    if len(known) < len(PRINTED_ODDS):
        return _Number()
    ratio, low, high = known
    if not low <= ratio <= high or low == high:
        reader.wrong(row, "or", f"found {ratio:g}, which its interval {low:g} to {high:g} excludes")
        return _Number()
    quantile = EffectSize("log_or", 0.0, 1.0).interval(COVERAGE[level])[1]
    se = math.log(high / low) / (2 * quantile)
    return _Number(math.log(ratio), se, _people(reader, row), "its printed interval", better)


def _filled(row: TableRow, columns: Sequence[str]) -> bool:
    return any(row.cells.get(column, "").strip() not in MISSING for column in columns)


def _with_error(reader: _Reader, row: TableRow, numbers: tuple[str, str]) -> _Number:
    """An estimate and its standard error."""
    estimate, se = (reader.number(row, column) for column in numbers)
    n = _people(reader, row)
    if estimate is None:
        return _Number(n=n)
    if se is None:
        reader.wrong(row, numbers[1], "is empty; an effect needs its standard error")
    elif se <= 0:
        reader.wrong(row, numbers[1], f"found {se:g}; a standard error is above 0")
    if reader.synthesis.metric == "g" and abs(estimate) > LARGEST_G:
        reader.wrong(
            row,
            numbers[0],
            f"found {estimate:g}; no two arms lie {LARGEST_G} standard deviations apart. Has a"
            " decimal point slipped, or a difference of raw scores?",
        )
    return _Number(estimate, se, n)


def _people(reader: _Reader, row: TableRow) -> int | None:
    arms = [reader.number(row, column) for column in ("n_arm1", "n_arm2") if column in row.cells]
    n = int(sum(size for size in arms if size)) if arms and all(arms) else None
    if n is None and "n" in row.cells:
        whole = reader.number(row, "n")
        n = int(whole) if whole is not None else None
    return n


def _of_arms(reader: _Reader, row: TableRow, source: ArmColumns) -> _Number:
    """A difference from means, changes or events of both arms."""
    before = len(reader.problems)
    values = {}
    for column in source.columns:
        value = reader.number(row, column)
        if value is not None:
            values[column] = value
        elif not _filled(row, [column]):
            needed = f"an effect from {source.what} needs {', '.join(source.columns)}"
            reader.wrong(row, column, f"is empty; {needed}")
    better = _better_events(reader, row) if source.columns == EVENTS else None
    if len(reader.problems) == before:
        for column, sentence in value_problems(values):
            reader.wrong(row, column, sentence)
    if len(reader.problems) > before:
        return _Number()
    try:
        size = source.convert(values)
    except AnalysisError as error:
        reader.wrong(row, source.columns[0], str(error))
        return _Number()
    return _Number(size.estimate, size.se, source.people(values), source.what, better)


def _better_events(reader: _Reader, row: TableRow) -> Better | None:
    """Whether more events are better, as the synthesis file declares it."""
    declared = reader.table.events
    kind = row.cells.get("outcome_type", "").strip()
    if isinstance(declared, dict):
        declared = declared.get(kind)
    if declared is None:
        about = f" of the outcome_type {kind!r}" if kind else ""
        reader.wrong(
            row,
            "event_arm1" if reader.synthesis.metric == "g" else "outcome_type",
            f"nothing says whether an event{about} is a better or a worse outcome: response is"
            " better, relapse worse. Give `events: better` or `events: worse` in the synthesis"
            " file, by outcome_type where they differ",
        )
        return None
    return "higher" if declared == "better" else "lower"


def _better(reader: _Reader, row: TableRow) -> Better | None:
    """Which end of the row's outcome is the better one."""
    declared = reader.table.better
    own = reader.word(row, "better", get_args(Better))
    if isinstance(declared, dict):
        instrument = row.cells.get("instrument", "").strip()
        if instrument not in declared:
            reader.wrong(
                row,
                "instrument",
                f"found {instrument!r}, of which the synthesis file does not say which end is the"
                " better one. Add it under `better`",
            )
            return None
        declared = declared[instrument]
    if declared is None and not own:
        reader.wrong(row, "better", "is empty; it says which end of the outcome is the better one")
        return None
    if declared and own and declared != own:
        reader.wrong(row, "better", f"found {own!r}, but the synthesis file declares {declared!r}")
    return declared or own  # type: ignore[return-value]


def _key(study: str) -> str:
    """The part of the ids of a study's statistics."""
    # Imported here: the contracts behind it need pyarrow, which a start of the workflow does not.
    from attune.store.statistic_rows import snake_case

    return snake_case(study)


def _numbered(effects: Sequence[StudyEffect]) -> list[StudyEffect]:
    """Effects of which each has a key of its own; several of one study name it."""
    keys = [effect.key for effect in effects]
    counted: dict[str, int] = {}
    numbered = []
    for effect in effects:
        if keys.count(effect.key) == 1:
            numbered.append(effect)
            continue
        counted[effect.key] = counted.get(effect.key, 0) + 1
        place = counted[effect.key]
        numbered.append(
            replace(
                effect,
                key=f"{effect.key}_effect_{place}",
                label=f"{effect.label}, effect {place}",
                study=effect.key,
            )
        )
    return numbered


def _studies_twice(reader: _Reader, rows: Sequence[TableRow]) -> Iterator[str]:
    lines: dict[str, list[int]] = {}
    for row in rows:
        lines.setdefault(_key(row.cells.get("study", "")), []).append(row.line)
    for study, found in lines.items():
        if study and len(found) > 1:
            yield (
                f"{reader.table.path}, rows {', '.join(map(str, found))}: the study {study!r} has"
                " several effects, which are not independent. Keep one of them (`only`), or declare"
                " `several_effects: multilevel` under `model`"
            )
