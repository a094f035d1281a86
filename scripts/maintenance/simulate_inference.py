"""Coverage of intervals and error rates of tests by simulation: the tables of docs/inference.md.

Run by `make simulate-inference`; takes about ten minutes on two free cores. Random numbers belong
to a cell and a block of replications, so the tables do not depend on the number of processes. The
paragraphs that the tables decide are written from them (`maintenance.inference_findings`).
"""

import argparse
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attune.stats.resampling import stream
from maintenance.inference_cells import Cell, Outcomes
from maintenance.inference_designs import DESIGNS, GROUPS
from maintenance.inference_findings import findings
from maintenance.score_populations import LOWEST_THRESHOLD, coefficients

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/inference.md"

SEED = 20070612
REPLICATIONS = 2000
BLOCK = 100
"""Replications that share a stream of random numbers, and the orders of the permutation tests."""

SIZES = (25, 60, 200)
KINDS = tuple(LOWEST_THRESHOLD)
TRAIT_CORRELATION = 0.5
PRETEST_CORRELATIONS = (0.0, 0.3, 0.6)

EFFECTS = {25: 0.55, 60: 0.355, 200: 0.196}
"""Partial correlations at which ANCOVA of normal scores has a power of about .80."""

BASELINE_DIFFERENCES = (0.0, 0.5, 1.0)


@dataclass(frozen=True)
class Rate:
    """How often something happened, among the replications in which it was defined."""

    share: float
    count: int
    replications: int

    @property
    def se(self) -> float:
        """Monte Carlo standard error."""
        return float(np.sqrt(self.share * (1 - self.share) / max(self.count, 1)))

    def __str__(self) -> str:
        if not self.count:
            return ""
        undefined = 1 - self.count / self.replications
        note = f" ({100 * undefined:.1f} % undefined)" if undefined > 0 else ""
        return f"{_decimal(self.share)} ± {_decimal(self.se)}{note}"


Rates = dict[Cell, dict[str, Rate]]


def all_cells() -> list[Cell]:
    """Every condition of the simulation."""
    cells = [
        Cell("two measures", kind, n, correlation)
        for kind in KINDS
        for n in SIZES
        for correlation in (0.0, TRAIT_CORRELATION)
    ]
    cells += [Cell(groups, kind, n) for groups in GROUPS for kind in KINDS for n in SIZES]
    cells += [
        Cell(design, kind, n, correlation, effect)
        for design in ("gains", "gains, intervals")
        for kind in KINDS
        for n in SIZES
        for correlation in PRETEST_CORRELATIONS
        for effect in (0.0, EFFECTS[n])
    ]
    return cells + [
        Cell("baseline", kind, n, effect=difference)
        for kind in KINDS
        for n in SIZES
        for difference in BASELINE_DIFFERENCES
    ]


def simulate(cells: Sequence[Cell], replications: int, workers: int) -> Rates:
    """Rates of every cell.

    Parameters
    ----------
    cells : sequence of Cell
    replications : int
        Of each cell, a multiple of `BLOCK`.
    workers : int
        Processes; 1 computes in this one.
    """
    blocks = [(cell, block) for cell in cells for block in range(replications // BLOCK)]
    if workers == 1:
        return _collect(blocks, map(_run_block, blocks))
    with ProcessPoolExecutor(workers) as pool:
        return _collect(blocks, pool.map(_run_block, blocks, chunksize=4))


def _run_block(task: tuple[Cell, int]) -> Outcomes:
    cell, block = task
    return DESIGNS[cell.design](cell, stream(SEED, f"{cell.name}, {block}"), BLOCK)


def _collect(blocks: Iterable[tuple[Cell, int]], results: Iterable[Outcomes]) -> Rates:
    values: dict[Cell, Outcomes] = {}
    for (cell, _), outcomes in zip(blocks, results, strict=True):
        of_cell = values.setdefault(cell, {})
        for name, found in outcomes.items():
            of_cell.setdefault(name, []).extend(found)
    return {
        cell: {name: _rate(np.array(found)) for name, found in outcomes.items()}
        for cell, outcomes in values.items()
    }


def _rate(values: NDArray[np.float64]) -> Rate:
    defined = values[np.isfinite(values)]
    share = float(defined.mean()) if len(defined) else np.nan
    return Rate(share, len(defined), len(values))


def _decimal(value: float, places: int = 3) -> str:
    return f"{value:.{places}f}".removeprefix("0")


def tables(rates: Rates) -> dict[str, str]:
    """Markdown of every table, by the name of its marks in the page."""
    measures = {
        correlation: [(kind, ("two measures", kind, correlation, 0.0)) for kind in KINDS]
        for correlation in (0.0, TRAIT_CORRELATION)
    }
    groups = [
        (f"{kind}; {design}", (design, kind, 0.0, 0.0)) for design in GROUPS for kind in KINDS
    ]
    baseline = [
        (f"{kind}; {d:g}", ("baseline", kind, 0.0, d))
        for kind in KINDS
        for d in BASELINE_DIFFERENCES
    ]
    of_gains, interval = ("scores; r(x, pretest)", "test"), ("scores; r(x, pretest)", "interval")
    of_groups = ("scores; groups", "interval or test")
    of_baseline = ("scores; baseline difference", "interval")
    return {
        "populations": population_table(),
        "coverage": rate_table(rates, measures[TRAIT_CORRELATION], ("scores", "interval")),
        "independence": rate_table(rates, measures[0.0], ("scores", "interval or test")),
        "differences": rate_table(rates, groups, of_groups),
        "type-1-errors": rate_table(rates, _of_gains("gains", 0.0), of_gains),
        "power": rate_table(rates, _of_gains("gains", None), of_gains),
        "gains": rate_table(rates, _of_gains("gains, intervals", None), interval),
        "no-gains": rate_table(rates, _of_gains("gains, intervals", 0.0), interval),
        "baseline": rate_table(rates, baseline, of_baseline),
    }


def _of_gains(design: str, effect: float | None) -> list[tuple[str, "Selection"]]:
    return [
        (f"{kind}; {_decimal(correlation, 2)}", (design, kind, correlation, effect))
        for kind in KINDS
        for correlation in PRETEST_CORRELATIONS
    ]


def population_table() -> str:
    """The scores that are drawn."""
    lines = [
        "| scores | at the minimum | skewness | alpha | omega | r | Spearman's rho |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for kind in KINDS:
        truth = coefficients(kind, TRAIT_CORRELATION)
        values = (truth.alpha, truth.omega, truth.r, truth.spearman)
        cells = [f"{100 * truth.at_minimum:.0f} %", f"{truth.skewness:.1f}", *map(_decimal, values)]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join(lines)


Selection = tuple[str, str, float, float | None]


def rate_table(rates: Rates, rows: Sequence[tuple[str, Selection]], titles: tuple[str, str]) -> str:
    """One row per condition and rate, one column per sample size.

    Parameters
    ----------
    rates : dict
    rows : sequence of (str, Selection)
        Label and the cell's design, kind, correlation and effect (None: the one of its n).
    titles : (str, str)
        Headings of the labels and of the names of the rates.
    """
    columns = " | ".join(f"n = {n}" for n in SIZES)
    lines = [f"| {' | '.join(titles)} | {columns} |", "|---|---|" + "--:|" * len(SIZES)]
    for label, (design, kind, correlation, effect) in rows:
        cells = [
            Cell(design, kind, n, correlation, EFFECTS[n] if effect is None else effect)
            for n in SIZES
        ]
        for name in rates[cells[0]]:
            shares = " | ".join(str(rates[cell][name]) for cell in cells)
            lines.append(f"| {label} | {name} | {shares} |")
    return "\n".join(lines)


def page_with(contents: dict[str, str], page: str) -> str:
    """The page with these tables between their marks."""
    for mark, content in contents.items():
        before, _, rest = page.partition(f"<!-- {mark} -->")
        _, _, after = rest.partition(f"<!-- /{mark} -->")
        page = f"{before}<!-- {mark} -->\n{content}\n<!-- /{mark} -->{after}"
    return page


def content_of(mark: str, page: str) -> str:
    r"""What stands between the marks of a table.

    >>> content_of("a", "<!-- a -->\n| 1 |\n<!-- /a -->")
    '| 1 |'
    """
    _, _, rest = page.partition(f"<!-- {mark} -->")
    return rest.partition(f"<!-- /{mark} -->")[0].strip("\n")


def main() -> None:
    """Simulate, and write the tables and what they show into the page."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--replications", type=int, default=REPLICATIONS, help="of each condition")
    choices = parser.parse_args()
    rates = simulate(all_cells(), choices.replications, choices.workers)
    page = page_with(tables(rates), PAGE.read_text(encoding="utf-8"))
    page = page_with(findings(page), page)
    PAGE.write_text(page, encoding="utf-8", newline="\n")
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
