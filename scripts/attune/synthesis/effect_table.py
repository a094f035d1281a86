"""Tables of effects: the public Metapsy format and plain CSV, one row per effect of a study."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from attune.specs.closed_model import did_you_mean
from attune.specs.literature import Direction
from attune.specs.synthesis import Better, EffectTable, Synthesis
from attune.synthesis.evidence import SMALLEST_N, StudyEffect, direction_of

METAPSY_NUMBERS = ((".g", ".g_se"), ("precalc_g", "precalc_g_se"))
"""Columns with Hedges' g and its standard error; the first pair that a file has is read."""

CSV_NUMBERS = {"r": ("r", "n"), "g": ("g", "se")}
"""Metric -> columns of a plain CSV file."""

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
        Positive where they speak for the question: the sign is turned where the lower end of the
        outcome is the better one.
    problems : list of str
        File, row, column, what was found and what is needed; all at once.

    Notes
    -----
    A row without a number needs a direction in the column `direction`, and is counted. A standard
    error of 0, a correlation of size 1 or above, and one of fewer than 4 people are refused.
    """
    reader = _Reader(name, table, synthesis, columns, [])
    rows = [
        row
        for row in rows
        if all(row.cells.get(column, "").strip() in kept for column, kept in table.only.items())
    ]
    numbers = _number_columns(reader)
    reader.problems += _missing_columns(reader, numbers)
    if reader.problems:
        return [], reader.problems
    if not rows:
        left_out = " that `only` keeps" if table.only else ""
        return [], [f"{table.path}: holds no rows below its heading{left_out}"]
    effects = []
    for row in rows:
        effect = _effect(reader, row, numbers)
        effects += [effect] if effect else []
    if synthesis.model.several_effects == "refuse":
        reader.problems += _studies_twice(reader, rows)
    return _numbered(effects), reader.problems


def _number_columns(reader: _Reader) -> tuple[str, str]:
    """Columns of the effect and of its precision."""
    if reader.table.format == "csv":
        return CSV_NUMBERS[reader.synthesis.metric]
    fitting = [pair for pair in METAPSY_NUMBERS if set(pair) <= set(reader.columns)]
    return fitting[0] if fitting else METAPSY_NUMBERS[0]


def _missing_columns(reader: _Reader, numbers: tuple[str, str]) -> Iterator[str]:
    path = reader.table.path
    if reader.table.format == "metapsy" and reader.synthesis.metric != "g":
        metric = reader.synthesis.metric
        yield f"{path}: the Metapsy format holds g, but the synthesis pools {metric}"
    needed = ["study", *numbers, *reader.table.only, *reader.synthesis.moderators]
    if reader.table.better is None and "better" not in reader.columns:
        yield (
            f"{path}: nothing says which end of its outcomes is the better one, and a higher score"
            " may mean more symptoms. Give `better: higher` or `better: lower` in the synthesis"
            " file, by instrument where they differ, or a column `better`"
        )
    if isinstance(reader.table.better, dict):
        needed.append("instrument")
    for column in needed:
        if column not in reader.columns:
            yield f"{path}: has no column {column!r}. {did_you_mean(column, list(reader.columns))}"


def _effect(reader: _Reader, row: TableRow, numbers: tuple[str, str]) -> StudyEffect | None:
    study = row.cells.get("study", "").strip()
    if not study:
        reader.wrong(row, "study", "is empty; every effect needs the name of its study")
        return None
    before = len(reader.problems)
    read: Callable[..., tuple[float | None, float | None, int | None]]
    read = _correlation if numbers == ("r", "n") else _difference
    estimate, se, n = read(reader, row, numbers)
    stated = reader.word(row, "direction", get_args(Direction))
    if estimate is None and not stated and len(reader.problems) == before:
        reader.wrong(
            row, numbers[0], "is empty, and the column `direction` states no direction to count"
        )
    better = _better(reader, row)
    if len(reader.problems) > before:
        return None
    turned = -estimate if estimate is not None and better == "lower" else estimate
    return StudyEffect(
        key=_key(study),
        label=study,
        origin="table",
        direction=direction_of(turned) if turned is not None else stated,  # type: ignore[arg-type]
        estimate=turned,
        se=se,
        n=n,
        sample=row.cells.get("sample", "").strip(),
        features={name: row.cells.get(name, "").strip() for name in reader.synthesis.moderators},
        synthetic=reader.table.synthetic,
        place=f"{reader.table.path}, row {row.line}",
        known=row.cells.get("predictor_instrument", "").strip(),
    )


def _correlation(
    reader: _Reader, row: TableRow, numbers: tuple[str, str]
) -> tuple[float | None, float | None, int | None]:
    r, n = (reader.number(row, column) for column in numbers)
    if r is None:
        return None, None, int(n) if n is not None and n.is_integer() else None
    if abs(r) >= 1:
        reader.wrong(
            row, "r", f"found {r:g}; a correlation that can be pooled lies between -1 and 1"
        )
    if n is None:
        reader.wrong(row, "n", "is empty; a correlation needs its number of people")
        return None, None, None
    if not n.is_integer() or n < SMALLEST_N:
        reader.wrong(row, "n", f"found {n:g}; a whole number of at least {SMALLEST_N} is needed")
    return r, None, int(n)


def _difference(
    reader: _Reader, row: TableRow, numbers: tuple[str, str]
) -> tuple[float | None, float | None, int | None]:
    g, se = (reader.number(row, column) for column in numbers)
    arms = [reader.number(row, column) for column in ("n_arm1", "n_arm2") if column in row.cells]
    n = int(sum(size for size in arms if size)) if arms and all(arms) else None
    if n is None and "n" in row.cells:
        whole = reader.number(row, "n")
        n = int(whole) if whole is not None else None
    if g is None:
        return None, None, n
    if se is None:
        reader.wrong(row, numbers[1], "is empty; an effect needs its standard error")
    elif se <= 0:
        reader.wrong(row, numbers[1], f"found {se:g}; a standard error is above 0")
    return g, se, n


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
