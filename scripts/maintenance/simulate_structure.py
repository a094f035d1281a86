"""Bias, coverage and power of structural equation models with few clusters, by simulation.

Run by `make simulate-structure`; writes the tables of docs/structural_models.md. Takes about twenty
minutes on two free cores. Random numbers belong to a condition and a block of replications, so the
tables do not depend on the number of processes. Every block is kept until the tables are written,
so that an interrupted run goes on where it stopped; delete the folder after a change of the
formulas.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attune.stats.resampling import stream
from maintenance.simulate_inference import page_with
from maintenance.simulation_blocks import Mean, blocks_of, mean_of, run_in_blocks
from maintenance.structure_designs import PATHS, RESAMPLES, Cell, Outcomes, replicate

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/structural_models.md"
KEPT = ROOT / "logs/simulate_structure"

SEED = 20230602
REPLICATIONS = 500
BLOCK = 10
"""Replications that share a stream of random numbers and a file of results."""

STUDY = (63, 121)
"""Therapists and patients of the published trial."""

WORDS = {
    "a": "training → skills",
    "b": "skills → empathy",
    "c": "empathy → bond",
    "d": "bond → symptoms",
    "wc": "empathy → bond, within",
    "wd": "bond → symptoms, within",
    "indirect": "indirect effect",
}

Values = dict[Cell, dict[str, NDArray[np.float64]]]
"""Values of all replications by condition and name; see `Outcomes`."""

COLUMNS = (
    Cell(*STUDY, "chain"),
    Cell(*STUDY, "chain", dropout=True),
    Cell(63, 315, "chain"),
    Cell(200, 400, "chain"),
)
"""Conditions across the tables of paths."""

NULLS = (Cell(*STUDY, "no last link"), Cell(*STUDY, "no training"))
BOOTSTRAPPED = (
    Cell(*STUDY, "chain", bootstrap=True, share=0.1),
    Cell(*STUDY, "no last link", bootstrap=True, share=0.1),
)


def all_cells() -> list[Cell]:
    """Every condition of the simulation."""
    return [*COLUMNS, *NULLS, *BOOTSTRAPPED]


def simulate(
    cells: Sequence[Cell], replications: int, workers: int, kept: Path | None = None
) -> Values:
    """Values of every condition.

    Parameters
    ----------
    cells : sequence of Cell
    replications : int
        Of each condition with share 1, rounded up to whole blocks.
    workers : int
        Processes; 1 computes in this one.
    kept : Path, optional
        Folder of finished blocks, which are read and not computed again.
    """
    # Block by block, so that an interrupted run has about as many replications of every condition;
    # the bootstrap, which takes most of the time, comes last.
    blocks = blocks_of(cells, replications, BLOCK)
    blocks.sort(key=lambda block: (block[0].bootstrap, block[1]))
    return run_in_blocks(run_block, blocks, workers, kept)


def run_block(cell: Cell, block: int) -> Outcomes:
    """Replications of one block."""
    return replicate(cell, stream(SEED, f"{cell.name}, {block}"), BLOCK)


def tables(values: Values) -> dict[str, str]:
    """Markdown of every table, by the name of its marks in the page."""
    return {
        "paths": path_table(values),
        "indirect": indirect_table(values),
        "solutions": solution_table(values),
        "replications": replication_sentence(values),
    }


def _mean(values: Values, cell: Cell, name: str) -> Mean:
    found = values.get(cell, {}).get(name)
    return mean_of([] if found is None else [found])


def _size(cell: Cell) -> str:
    return f"{cell.n_therapists}/{cell.n_patients}{', dropout' if cell.dropout else ''}"


def path_table(values: Values) -> str:
    """Bias, coverage by kind of standard error, and power of every path."""
    lines = [
        f"| path | true | | {' | '.join(_size(cell) for cell in COLUMNS)} |",
        "|---|--:|---|" + "--:|" * len(COLUMNS),
    ]
    for name, true in PATHS.items():
        rows = {
            "bias, % of the path": [_bias(values, cell, name).as_percent(true) for cell in COLUMNS],
            "coverage, observed": _rates(values, f"covers observed | {name}"),
            "coverage, robust": _rates(values, f"covers robust | {name}"),
            "power, observed": _rates(values, f"rejects observed | {name}"),
        }
        for number, (what, cells) in enumerate(rows.items()):
            first = f"{WORDS[name]} | {true:g}" if number == 0 else " | "
            lines.append(f"| {first} | {what} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _bias(values: Values, cell: Cell, name: str) -> Mean:
    found = values.get(cell, {}).get(f"estimate | {name}")
    return mean_of([] if found is None else [found - cell.paths[name]])


def _rates(values: Values, name: str) -> list[str]:
    return [_mean(values, cell, name).as_rate for cell in COLUMNS]


def indirect_table(values: Values) -> str:
    """Coverage, power and error rate of the indirect effect by the method of its interval."""
    cells = [*COLUMNS, *NULLS, *BOOTSTRAPPED]
    lines = [
        "| therapists/patients | truth | true effect | method | mean estimate | coverage |"
        " shown (power, or error rate where the truth is 0) |",
        "|---|---|--:|---|--:|--:|--:|",
    ]
    for cell in cells:
        true = cell.paths["indirect"] + 0.0  # without the sign of a negative zero
        methods = ["bootstrap"] if cell.bootstrap else []
        for kind in ("delta", "monte carlo", *methods):
            estimate = _mean(values, cell, "estimate | indirect")
            mean = f"{estimate.value:.3f} ± {estimate.se:.3f}"
            covers, shown = (
                _mean(values, cell, f"{what} {kind} | indirect") for what in ("covers", "rejects")
            )
            lines.append(
                f"| {_size(cell)} | {cell.truth} | {true:.3f} | {kind} | {mean} |"
                f" {covers.as_rate} | {shown.as_rate} |"
            )
    return "\n".join(lines)


def solution_table(values: Values) -> str:
    """How often models converge, have impossible variances, and are rejected though true."""
    cells = [*COLUMNS, *NULLS]
    lines = [
        "| therapists/patients | truth | converged | Heywood case | true model rejected by χ² |",
        "|---|---|--:|--:|--:|",
    ]
    for cell in cells:
        rates = [_mean(values, cell, name).as_rate for name in
                 ("converged", "heywood", "rejects chi2")]  # fmt: skip
        lines.append(f"| {_size(cell)} | {cell.truth} | {' | '.join(rates)} |")
    return "\n".join(lines)


def replication_sentence(values: Values) -> str:
    """How many data sets stand behind the tables."""
    most = max((len(found["converged"]) for found in values.values()), default=0)
    few = max((len(values[c]["converged"]) for c in BOOTSTRAPPED if c in values), default=0)
    return (
        f"{most:,} data sets of each condition, {few:,} where the cluster bootstrap was computed"
        f" ({RESAMPLES} resamples); ± is the Monte Carlo standard error."
    )


def main() -> None:
    """Simulate, and write the tables into the page."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--replications", type=int, default=REPLICATIONS, help="of each condition")
    choices = parser.parse_args()
    values = simulate(all_cells(), choices.replications, choices.workers, KEPT)
    page = page_with(tables(values), PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(page, encoding="utf-8", newline="\n")
    shutil.rmtree(KEPT)
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
