"""Bias and coverage of imputation in trials with dropout, by simulation: docs/imputation.md.

Run by `make simulate-imputation`; takes about twenty minutes on two free cores. Trials are drawn
with known effects under each assumption about what follows dropout; how estimates are computed is
left to the library. Random numbers belong to a condition and a block of replications. Every block
is kept until the table is written, so that an interrupted run goes on where it stopped; delete the
folder after a change of the formulas. `--per-arm 40` simulates trials of that size alone; the rows
of the others stay.
"""

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.imputed_outcomes import Strategy, draw_parameters, impute_with
from attune.stats.reference_based_imputation import (
    pooled_contrasts,
    resample_parameters,
    resampled_contrasts,
)
from attune.stats.regression import CoefficientTest
from attune.stats.resampling import stream
from attune.stats.trial_outcomes import TrialOutcomes, trial_outcomes
from maintenance.simulate_inference import content_of, page_with
from maintenance.simulation_blocks import (
    Outcomes,
    blocks_of,
    counts_replaced,
    rows_replaced,
    run_in_blocks,
)

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/imputation.md"
KEPT = ROOT / "logs/simulate_imputation"

SEED = 20220908
REPLICATIONS = 500
BLOCK = 25
"""Replications that share a stream of random numbers."""

IMPUTATIONS = 30

STRATEGIES: tuple[str, ...] = get_args(Strategy)
METHODS = ("posterior", "bootstrap", "jackknife")
"""Rubin's rules with both schemes; conditional mean imputation with the jackknife."""

VISITS = ("m1", "m2", "m3", "m4")
REFERENCE = np.array([26.0, 25, 24, 23.5, 23])
TREATED = np.array([26.0, 23, 20, 18, 16])
"""Means before treatment and at the visits; lower is better."""

SDS = np.array([6.0, 7, 8, 8.5, 9])
CORRELATION = 0.75
"""Between neighbouring occasions; to the power of their distance otherwise."""

HAZARD = 0.10
"""Share that does not come back after each visit but the last one (and after baseline)."""

INTERMITTENT = 0.04
"""Share of other visits missed at random."""


@dataclass(frozen=True)
class Condition:
    """One kind of trial.

    Attributes
    ----------
    per_arm : int
        Persons.
    dropout : str
        random; or by_outcome: more likely after a high last outcome, so that missing outcomes are
        missing at random given the past.
    icc : float
        Of therapists with ten patients each; 0: none.
    """

    per_arm: int
    dropout: str = "random"
    icc: float = 0.0

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.per_arm}_{self.dropout}_{100 * self.icc:.0f}"

    @property
    def share(self) -> float:
        """All replications are run."""
        return 1.0

    @property
    def strategies(self) -> tuple[str, ...]:
        """Assumptions whose true effect is known exactly."""
        return STRATEGIES if self.dropout == "random" else STRATEGIES[:1]


CONDITIONS = (
    Condition(100),
    Condition(100, "by_outcome"),
    Condition(100, icc=0.10),
    Condition(40),
)


def true_effect(strategy: str) -> float:
    """Treated minus reference at the last visit, if what follows dropout is as the strategy says.

    Dropout is random: a share HAZARD (1 - HAZARD)^k leaves after occasion k = 0 ... 3, and was last
    seen there or, where it skipped that visit, before. Under copy reference the past of the
    treated, which is better than the reference's, predicts the future.
    """
    differences = TREATED - REFERENCE
    stay = (1 - HAZARD) ** 4
    leave = np.zeros(4)
    for left_after in range(4):
        share = HAZARD * (1 - HAZARD) ** left_after
        for last_seen in range(left_after, -1, -1):
            here = 1 - INTERMITTENT if last_seen else 1.0
            leave[last_seen] += share * here
            share *= 1 - here
    if strategy == "missing_at_random":
        return float(differences[-1])
    if strategy == "jump_to_reference":
        return float(stay * differences[-1])
    if strategy == "copy_increments":
        return float(stay * differences[-1] + leave @ differences[:4])
    covariance = covariance_of_outcomes()
    carried = []
    for k in range(4):
        before = slice(0, k + 1)
        slopes = np.linalg.solve(covariance[before, before], covariance[before, -1])
        carried.append(slopes @ differences[before])
    return float(stay * differences[-1] + leave @ np.array(carried))


def covariance_of_outcomes() -> NDArray[np.float64]:
    """Of baseline and visits, therapists included."""
    lags = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    return CORRELATION**lags * np.outer(SDS, SDS)


def draw_trial(condition: Condition, generator: np.random.Generator) -> TrialOutcomes:
    """One trial with missing outcomes."""
    n = 2 * condition.per_arm
    treated = np.arange(n) % 2 == 1
    therapist = np.arange(n) // 20 * 2 + treated
    within = covariance_of_outcomes() - condition.icc * SDS[-1] ** 2
    scores = generator.standard_normal((n, 5)) @ np.linalg.cholesky(within).T
    effects = generator.standard_normal(therapist.max() + 1) * np.sqrt(condition.icc) * SDS[-1]
    scores += np.where(treated[:, None], TREATED, REFERENCE) + effects[therapist][:, None]
    gone = np.zeros(n, dtype=bool)
    missing = np.zeros((n, 5), dtype=bool)
    for occasion in range(4):
        share = np.full(n, HAZARD)
        if condition.dropout == "by_outcome":
            z = (scores[:, occasion] - REFERENCE[occasion]) / SDS[occasion]
            share = 1 / (1 + np.exp(2.2 - 0.9 * z))
        gone |= generator.uniform(size=n) < share
        missing[:, occasion + 1] = gone
    # Where dropout depends on the last outcome nobody skips a visit: that outcome must be seen.
    skipped = generator.uniform(size=(n, 3)) < INTERMITTENT
    if condition.dropout == "random":
        missing[:, 1:4] |= skipped
    rows = pd.DataFrame(
        {
            "person": np.repeat(np.arange(n), 4),
            "visit": np.tile(VISITS, n),
            "arm": np.repeat(np.where(treated, "treated", "reference"), 4),
            "therapist": np.repeat(therapist, 4),
            "before": np.repeat(scores[:, 0], 4),
            "score": np.where(missing, np.nan, scores)[:, 1:].ravel(),
        }
    )
    return trial_outcomes(
        rows,
        *("score", "person", "visit", "arm"),
        reference="reference",
        baseline="before",
        cluster="therapist" if condition.icc else None,
    )


def estimates(
    data: TrialOutcomes,
    strategies: Sequence[str],
    methods: Sequence[str],
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Estimate, standard error and limits; shape (strategies, methods, 4).

    NaN where a bootstrap sample does not determine the imputation model, as happens in small arms:
    the function refuses such a trial and names the other scheme.
    """
    found = np.full((len(strategies), len(methods), 4), np.nan)
    for column, method in enumerate(methods):
        tests: list[CoefficientTest] = []
        if method == "jackknife":
            resampled = resample_parameters(data)
            tests = [resampled_contrasts(resampled, s, VISITS[-1])[0].test for s in strategies]  # type: ignore[arg-type]
        else:
            try:
                draws = draw_parameters(data, IMPUTATIONS, generator, method, 50)  # type: ignore[arg-type]
            except AnalysisError:
                if method != "bootstrap":
                    raise
                continue
            for strategy in strategies:
                imputed = impute_with(draws, strategy, generator)  # type: ignore[arg-type]
                tests.append(pooled_contrasts(imputed, VISITS[-1])[0].pooled.test)
        for row, test in enumerate(tests):
            found[row, column] = test.estimate, test.se, test.ci_low, test.ci_high
    return found


PARTS = ("estimate", "se", "low", "high")
"""What `estimates` gives of every assumption and method."""


def run_block(condition: Condition, number: int) -> Outcomes:
    """Replications of one block: part, assumption and method -> values."""
    generator = stream(SEED, f"{condition} {number}")
    values = np.array(
        [
            estimates(draw_trial(condition, generator), condition.strategies, METHODS, generator)
            for _ in range(BLOCK)
        ]
    )
    return {
        f"{part} | {strategy} | {method}": values[:, row, column, place].tolist()
        for row, strategy in enumerate(condition.strategies)
        for column, method in enumerate(METHODS)
        for place, part in enumerate(PARTS)
    }


@dataclass(frozen=True)
class Performance:
    """What the simulation found of one method under one assumption.

    Attributes
    ----------
    bias, bias_error : float
        Mean error in percent of the true effect, with its Monte Carlo standard error.
    coverage, coverage_error : float
        In percent, of 95 % intervals.
    se_ratio : float
        Mean standard error over the standard deviation of the estimates.
    undefined : float
        Percent of the trials in which the method gives no estimate; the rest counts alone.
    """

    bias: float
    bias_error: float
    coverage: float
    coverage_error: float
    se_ratio: float
    undefined: float


def performance(values: NDArray[np.float64], truth: float) -> Performance:
    """Summary of replications, shape (n, 4)."""
    known = values[np.isfinite(values).all(axis=1)]
    estimate, se, low, high = known.T
    n, spread = len(known), float(estimate.std(ddof=1))
    covered = float(((low <= truth) & (truth <= high)).mean())
    return Performance(
        bias=100 * (float(estimate.mean()) - truth) / abs(truth),
        bias_error=100 * spread / np.sqrt(n) / abs(truth),
        coverage=100 * covered,
        coverage_error=100 * float(np.sqrt(covered * (1 - covered) / n)),
        se_ratio=float(se.mean()) / spread,
        undefined=100 * (1 - n / len(values)),
    )


def table(results: dict[Condition, NDArray[np.float64]]) -> str:
    """Markdown table of all conditions."""
    lines = [
        "| persons per arm | dropout | ICC | assumption | true effect | method | bias, % |"
        " coverage, % | standard error over spread |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for condition, values in results.items():
        trial = f"{condition.per_arm} | {condition.dropout.replace('_', ' ')} | {condition.icc:.2f}"
        for row, strategy in enumerate(condition.strategies):
            truth = true_effect(strategy)
            for column, method in enumerate(METHODS):
                found = performance(values[:, row, column], truth)
                note = f", {found.undefined:.1f} undefined" if found.undefined else ""
                lines.append(
                    f"| {trial} | {strategy.replace('_', ' ')} | {truth:.3f} | {method} |"
                    f" {found.bias:.2f} ({found.bias_error:.2f}) | {found.coverage:.1f}"
                    f" ({found.coverage_error:.1f}){note} | {found.se_ratio:.3f} |"
                )
    return "\n".join(lines)


def trials(results: dict[Condition, NDArray[np.float64]]) -> str:
    """How many trials the rows rest on."""
    counts = {f"arms of {one.per_arm}": len(values) for one, values in results.items()}
    return f"Trials of each row: {'; '.join(f'{what}: {n}' for what, n in counts.items())}."


def simulate(
    conditions: Sequence[Condition], replications: int, workers: int, kept: Path | None = None
) -> dict[Condition, NDArray[np.float64]]:
    """Replications of every condition; shape (replications, strategies, methods, 4).

    Parameters
    ----------
    conditions : sequence of Condition
    replications : int
        Of each, rounded up to whole blocks.
    workers : int
        Processes; 1 computes in this one.
    kept : Path, optional
        Folder of finished blocks, which are read and not computed again.
    """
    found = run_in_blocks(run_block, blocks_of(conditions, replications, BLOCK), workers, kept)
    return {
        condition: np.array(
            [
                [[values[f"{part} | {one} | {method}"] for part in PARTS] for method in METHODS]
                for one in condition.strategies
            ]
        ).transpose(3, 0, 1, 2)
        for condition, values in found.items()
    }


def main() -> None:
    """Write the table into docs/imputation.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--replications", type=int, default=REPLICATIONS)
    parser.add_argument("--kept", type=Path, default=KEPT, help="folder of finished blocks")
    parser.add_argument("--per-arm", type=int, help="trials of this size alone")
    choices = parser.parse_args()
    chosen = [one for one in CONDITIONS if choices.per_arm in (None, one.per_arm)]
    results = simulate(chosen, choices.replications, choices.workers, choices.kept)
    page = PAGE.read_text(encoding="utf-8")
    rows, counts = table(results), trials(results)
    if choices.per_arm is not None:
        rows = rows_replaced(content_of("performance", page), rows, columns=6)
        counts = counts_replaced(content_of("trials", page), counts)
    page = page_with({"performance": rows, "trials": counts}, page)
    PAGE.write_text(page, encoding="utf-8", newline="\n")
    shutil.rmtree(choices.kept)


if __name__ == "__main__":
    main()
