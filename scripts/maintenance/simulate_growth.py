"""Recovery, coverage and error rates of growth models by simulation: the tables of docs/growth.md.

Run by `make simulate-growth`; takes about an hour on a free core. `--only profiles shares`
simulates these parts and leaves the other cells of the tables as they are. Random numbers belong to
a cell and a block of replications, so the tables do not depend on the number of processes. Every
block is kept until the tables are written, so that an interrupted run goes on where it stopped;
delete the folder after a change of the formulas.
"""

import argparse
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attune.stats.resampling import stream
from maintenance.growth_designs import (
    DESIGNS,
    MODEL,
    RATERS,
    Cell,
    Outcomes,
    true_coefficients,
    true_variances,
)
from maintenance.simulate_inference import content_of, page_with
from maintenance.simulation_blocks import (
    blocks_of,
    counts_replaced,
    mean_of,
    rows_replaced,
    run_in_blocks,
)

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/growth.md"
KEPT = ROOT / "logs/simulate_growth"

SEED = 20140903
REPLICATIONS = 500
BLOCK = 10
"""Replications that share a stream of random numbers and a file of results."""

SIZES = ((70, 255), (12, 60))
"""Therapists and patients: those of the study, and few therapists."""

Values = dict[Cell, dict[str, NDArray[np.float64]]]
"""Values of all replications by cell and name; see `Outcomes`."""


def all_cells() -> list[Cell]:
    """Every condition of the simulation."""
    return [
        *(Cell(1, *size, "effects", "recovery") for size in SIZES),
        *(Cell(1, *size, "empty", "recovery") for size in SIZES),
        *(Cell(1, *size, "no effects", "recovery") for size in SIZES),
        *(
            Cell(1, *size, truth, "comparisons")
            for truth in ("no effects", "no therapists", "no slopes")
            for size in SIZES
        ),
        *(Cell(1, *size, "effects", "profiles") for size in SIZES),
        *(Cell(2, *size, "effects", "recovery") for size in reversed(SIZES)),
        *(Cell(2, *size, "no therapists", "comparisons") for size in SIZES),
        *share_cells(),
    ]


def share_cells() -> list[Cell]:
    """Conditions of the shares of explained variance, which no other table needs."""
    truths = ("effects", "no effects", "no therapists", "no slopes")
    return [
        *(Cell(1, *size, truth, "shares") for truth in truths for size in SIZES),
        *(Cell(2, *size, "effects", "shares") for size in SIZES),
    ]


def simulate(
    cells: Sequence[Cell], replications: int, workers: int, kept: Path | None = None
) -> Values:
    """Values of every cell.

    Parameters
    ----------
    cells : sequence of Cell
    replications : int
        Of each cell with share 1, rounded up to whole blocks.
    workers : int
        Processes; 1 computes in this one.
    kept : Path, optional
        Folder of finished blocks, which are read and not computed again.
    """
    blocks = blocks_of(cells, replications, BLOCK)
    # Block by block, so that an interrupted run has about as many replications of every cell.
    blocks.sort(key=lambda block: block[1] / block[0].share)
    return run_in_blocks(run_block, blocks, workers, kept)


def run_block(cell: Cell, block: int) -> Outcomes:
    """Replications of one block."""
    return DESIGNS[cell.computed](cell, stream(SEED, f"{cell.name}, {block}"), BLOCK)


COLUMNS = tuple((raters, *size) for raters in (2, 1) for size in SIZES)
"""Raters, therapists and patients of the columns of every table."""

PREDICTORS = ("negative_reactions", "anxiety", "flow")

COEFFICIENTS = {
    "level": [f"{outcome}__intercept" for outcome in RATERS],
    "growth": [f"{outcome}__time" for outcome in RATERS],
    "therapists' predictors of the level": [
        f"{outcome}__{name}" for outcome in RATERS for name in PREDICTORS
    ],
    "therapists' predictors of growth": [
        f"{outcome}__{name}_by_time" for outcome in RATERS for name in PREDICTORS
    ],
    "contrast of raters, level and growth": ["contrast__intercept", "contrast__time"],
    "contrast of raters, predictors": [
        f"contrast__{name}{slope}" for name in PREDICTORS for slope in ("", "_by_time")
    ],
    "predicted means": [
        f"mean__{outcome}__session_{session}" for outcome in RATERS for session in (3, 12, 20, 40)
    ],
}
"""Kind of coefficient -> names of its contrasts."""

VARIANCES = {
    "SD of therapists' levels": [f"{MODEL}.{one}.therapist.intercept.random_sd" for one in RATERS],
    "SD of patients' levels": [f"{MODEL}.{one}.patient.intercept.random_sd" for one in RATERS],
    "SD of patients' slopes": [f"{MODEL}.{one}.patient.time.random_sd" for one in RATERS],
    "residual SD": [f"{MODEL}.wai_patient.residual_sd"],
    "correlation of patients' level and slope": [
        f"{MODEL}.{one}.patient.intercept_time.random_correlation" for one in RATERS
    ],
    "correlation of raters, therapists' levels": [f"{MODEL}.therapist.intercept.rater_correlation"],
    "correlation of raters, patients' levels": [f"{MODEL}.patient.intercept.rater_correlation"],
    "correlation of raters, patients' slopes": [f"{MODEL}.patient.time.rater_correlation"],
}
"""Kind of variance parameter -> ids of its statistics."""

WITHOUT_INTERVAL = {
    "residual SD": [f"{MODEL}.{one}.residual_sd" for one in RATERS],
    "correlation of raters, residuals": [f"{MODEL}.session.residual.rater_correlation"],
}
"""Parameters that have no interval of their own; the first rater's residual SD has one."""

SHARES = {
    "ICC of therapists": [f"{MODEL}.wai_patient.therapist.icc"],
    "ICC of patients": [f"{MODEL}.wai_patient.patient.icc"],
}


def tables(values: Values) -> dict[str, str]:
    """Markdown of every table, by the name of its marks in the page."""
    return {
        "bias": bias_table(values),
        "coverage": coverage_table(values),
        "errors": error_table(values),
        "replications": replication_sentence(values),
        "shares": share_table(values),
    }


def _head(*titles: str) -> list[str]:
    sizes = [
        f"{'two raters' if raters == 2 else 'one rater'}, {therapists}/{patients}"
        for raters, therapists, patients in COLUMNS
    ]
    return [
        f"| {' | '.join([*titles, *sizes])} |",
        "|" + "---|" * len(titles) + "--:|" * len(sizes),
    ]


def _cell(values: Values, column: tuple[int, int, int], truth: str, computed: str) -> Cell | None:
    raters, therapists, patients = column
    for cell in values:
        place = (cell.raters, cell.n_therapists, cell.n_patients, cell.truth, cell.computed)
        if place == (raters, therapists, patients, truth, computed):
            return cell
    return None


def _parts(
    values: Values, cell: Cell | None, what: str, names: Sequence[str]
) -> list[NDArray[np.float64]]:
    found: Mapping[str, NDArray[np.float64]] = {} if cell is None else values[cell]
    return [found[f"{what} | {name}"] for name in names if f"{what} | {name}" in found]


def bias_table(values: Values) -> str:
    """Bias of every estimate of what is not 0, in percent of it; of correlations times 100.

    REML estimates variances without bias; the mean of their roots is lower than the root of their
    mean, so that standard deviations of random effects have a row for their squares too.
    """
    lines = _head("parameter", "true")
    full = [_cell(values, column, "effects", "recovery") for column in COLUMNS]
    empty = [_cell(values, column, "empty", "recovery") for column in COLUMNS]
    widest = Cell(2, *SIZES[0], "effects", "recovery")
    coefficients = {name: one for name, one in true_coefficients(widest).items() if one}
    for name, true in coefficients.items():
        lines += _bias_row(values, full, [name], true, _label(name))
    variances = true_variances(widest)
    for label, names in {**VARIANCES, **WITHOUT_INTERVAL}.items():
        for name in names:
            unit = 1.0 if name.endswith("correlation") else variances[name]
            row = label + _rated_by(name)
            lines += _bias_row(values, full, [name], variances[name], row, unit=unit)
            if name.endswith("random_sd"):
                square = variances[name] ** 2
                lines += _bias_row(values, full, [name], square, f"{row}, squared", power=2)
    shares = true_variances(Cell(1, *SIZES[0], "empty", "recovery"))
    for label, names in SHARES.items():
        lines += _bias_row(values, empty, names, shares[names[0]], f"{label}, empty model")
    return "\n".join(lines)


def _bias_row(
    values: Values,
    cells: Sequence[Cell | None],
    names: Sequence[str],
    true: float,
    label: str,
    *,
    power: int = 1,
    unit: float | None = None,
) -> list[str]:
    """The row of one parameter; none where no cell estimates it."""
    shown = [
        mean_of(
            [found**power - true for found in _parts(values, cell, "estimate", names)]
        ).as_percent(true if unit is None else unit)
        for cell in cells
    ]
    return [f"| {label} | {true:.3g} | {' | '.join(shown)} |"] if any(shown) else []


def _rated_by(name: str) -> str:
    return next((f", rated by {rater}" for outcome, rater in RATERS.items() if outcome in name), "")


def _label(name: str) -> str:
    """A coefficient in words."""
    term = name.partition("__")[2]
    predictor, _, slope = term.partition("_by_")
    words = {"intercept": "level", "time": "growth"}.get(predictor)
    if words is None:
        words = f"{predictor.replace('_', ' ')} on {'growth' if slope else 'level'}"
    return words + _rated_by(name)


def coverage_table(values: Values) -> str:
    """Coverage of every kind of interval."""
    lines = _head("parameter", "interval")
    full = [_cell(values, column, "effects", "recovery") for column in COLUMNS]
    profiled = [_cell(values, column, "effects", "profiles") for column in COLUMNS]
    empty = [_cell(values, column, "empty", "recovery") for column in COLUMNS]
    sources = [
        *((COEFFICIENTS, method, full) for method in ("Satterthwaite", "Kenward-Roger")),
        (VARIANCES, "Wald", full),
        (VARIANCES, "profile", profiled),
    ]
    sorted_rows: dict[str, list[str]] = {}
    for kinds, method, cells in sources:
        for label, names in kinds.items():
            shown = [
                mean_of(_parts(values, cell, f"covers {method}", names)).as_rate for cell in cells
            ]
            if any(shown):
                row = f"| {label} | {method} | {' | '.join(shown)} |"
                sorted_rows.setdefault(label, []).append(row)
    for label, names in SHARES.items():
        shown = [mean_of(_parts(values, cell, "covers Wald", names)).as_rate for cell in empty]
        sorted_rows[label] = [f"| {label}, empty model | logit | {' | '.join(shown)} |"]
    return "\n".join([*lines, *(row for rows in sorted_rows.values() for row in rows)])


TESTS = {
    "growth, one coefficient": ("no effects", "growth"),
    "predictors, all coefficients": ("no effects", "predictors"),
    "therapists": ("no therapists", "therapists"),
    "patients' slopes": ("no slopes", "patient_slopes"),
}
"""Likelihood-ratio test -> what is drawn, and the name of the comparison."""


def error_table(values: Values) -> str:
    """Type I errors of likelihood-ratio tests, and of t where nothing has an effect."""
    lines = _head("test of", "by")
    for label, (truth, name) in TESTS.items():
        shown = []
        for column in COLUMNS:
            cell = _cell(values, column, truth, "comparisons")
            shown.append(mean_of(_parts(values, cell, "rejects", [name])).as_rate)
        lines.append(f"| {label} | likelihood ratio | {' | '.join(shown)} |")
    cells = [_cell(values, column, "no effects", "recovery") for column in COLUMNS]
    kinds = [kind for kind in COEFFICIENTS if kind == "growth" or kind.startswith("therapists'")]
    for kind in kinds:
        for method in ("Satterthwaite", "Kenward-Roger"):
            shown = [
                mean_of(
                    [
                        1 - found
                        for found in _parts(values, cell, f"covers {method}", COEFFICIENTS[kind])
                    ]
                ).as_rate
                for cell in cells
            ]
            lines.append(f"| {kind}, each | t, {method} | {' | '.join(shown)} |")
    singular = [
        mean_of(_parts(values, _cell(values, column, "effects", "recovery"), "singular", ["fit"]))
        for column in COLUMNS
    ]
    lines.append(f"| singular fits |  | {' | '.join(one.as_rate for one in singular)} |")
    return "\n".join(lines)


SOURCES = {
    "within": "predictors and time, within patients",
    "between": "predictors, between patients",
    "slopes": "differences in growth",
    "patient": "differences between patients",
    "therapist": "differences between therapists",
    "residual": "residual",
}


def share_table(values: Values) -> str:
    """Coverage of the intervals of shares, with the mean error of the shares in percent points."""
    head = ["raters, drawn", "therapists/patients", *SOURCES.values()]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * 2 + "--:|" * len(SOURCES)]
    errors = []
    for cell in (cell for cell in values if cell.computed == "shares"):
        outcomes = list(RATERS)[: cell.raters]
        names = {source: [f"{one} {source}" for one in outcomes] for source in SOURCES}
        what = f"{'two' if cell.raters == 2 else 'one'}, {cell.truth}"
        place = f"{what} | {cell.n_therapists}/{cell.n_patients}"
        covered, missed = (
            [mean_of(_parts(values, cell, kind, own)) for own in names.values()]
            for kind in ("covers", "error")
        )
        lines.append(f"| {place} | {' | '.join(one.as_rate for one in covered)} |")
        errors.append(f"| {place}, error | {' | '.join(one.as_percent() for one in missed)} |")
    return "\n".join([*lines, *errors])


def replication_sentence(values: Values) -> str:
    """How many replications the tables rest on."""
    counts = []
    for what, computed in (("estimates and intervals", "recovery"), ("profiles", "profiles")):
        for column in COLUMNS:
            cell = _cell(values, column, "effects", computed)
            if cell is not None:
                n = len(next(iter(values[cell].values())))
                raters, therapists, patients = column
                who = "two raters" if raters == 2 else "one rater"
                counts.append(f"{what} of {who}, {therapists}/{patients}: {n}")
    counts += sorted(
        {
            f"shares of variance of {'two raters' if cell.raters == 2 else 'one rater'}:"
            f" {len(next(iter(found.values())))}"
            for cell, found in values.items()
            if cell.computed == "shares"
        }
    )
    return f"Replications: {'; '.join(counts)}."


KEYS = {"bias": 2, "coverage": 2, "errors": 2, "shares": 2}
"""Table -> first cells of a row that tell which one it is."""


def tables_with(values: Values, page: str) -> dict[str, str]:
    """The tables of a page, with the cells that were computed in place of those that it has."""
    made = tables(values)
    found = {
        mark: rows_replaced(content_of(mark, page), made[mark], columns)
        for mark, columns in KEYS.items()
    }
    counts = counts_replaced(content_of("replications", page), made["replications"])
    return found | {"replications": counts}


def main() -> None:
    """Simulate, and write the tables into the page."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--replications", type=int, default=REPLICATIONS, help="of each condition")
    parser.add_argument("--kept", type=Path, default=KEPT, help="folder of finished blocks")
    parser.add_argument(
        "--only", nargs="+", choices=sorted(DESIGNS), help="these parts; the others stay"
    )
    choices = parser.parse_args()
    cells = [cell for cell in all_cells() if cell.computed in (choices.only or DESIGNS)]
    values = simulate(cells, choices.replications, choices.workers, choices.kept)
    page = PAGE.read_text(encoding="utf-8")
    made = tables_with(values, page) if choices.only else tables(values)
    PAGE.write_text(page_with(made, page), encoding="utf-8", newline="\n")
    shutil.rmtree(choices.kept)
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
