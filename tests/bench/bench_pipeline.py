"""The pipeline in memory: the reference study, and one of its analyses, per call.

Beside it the same correlations by pingouin, table by table, as the peer. Times are CPU seconds of
one process, the fastest of several calls, so that other work on the machine disturbs them less.
The goal for gains, conditions and correlations together is 50 ms.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT)]

from attune.intake.validation import validate_responses  # noqa: E402
from attune.pipeline import ANALYSES, CohortData, prepare, study_statistics  # noqa: E402
from attune.specs.study_checks import pretests  # noqa: E402
from attune.store.contracts import SAMPLE, conform  # noqa: E402
from attune_files.project import read_parts  # noqa: E402
from attune_files.raw.sheets import read_raw_sheets  # noqa: E402

NAME = "ryan2012_synthetic"
CALLS = 20


def main() -> None:
    """Measure and print."""
    cohort, study, keys = read_parts(NAME, lambda path: str(ROOT / path))
    sheets = read_raw_sheets(ROOT / "data" / NAME, cohort)
    validated = validate_responses(sheets, cohort, keys, pretests(study))
    data = CohortData(
        validated.responses, conform(validated.sample, SAMPLE), validated.given_scores
    )

    def run(*analyses: str) -> Callable[[], object]:
        return lambda: study_statistics(
            data, cohort, keys, study, analyses=analyses, resampling=False
        )

    print("  milliseconds of CPU per call, without resampling")
    show("responses to gains", lambda: prepare(data, cohort, keys, study))
    for analysis in ANALYSES:
        show(f"  with {analysis}", run(analysis), calls=3 if analysis == "reliability" else CALLS)
    show("gains, conditions, correlations", run("gains", "conditions", "correlations"))
    show("every analysis but reliability", run(*(n for n in ANALYSES if n != "reliability")))
    inputs = prepare(data, cohort, keys, study)
    show("pingouin, the same pairs", pingouin_pairs(inputs.datasets, study.correlations), calls=2)


def pingouin_pairs(datasets: dict, families: dict) -> Callable[[], object]:
    """Pearson, Spearman and partial correlation of every pair, by pingouin."""
    import pingouin

    def work() -> None:
        for family in families.values():
            frame = datasets[family.dataset]
            frame = frame.assign(held=(frame["condition"] == frame["condition"].iloc[0]) * 1.0)
            for x in family.x:
                for y in family.y:
                    pair = frame[[x, y, "held"]].dropna().astype(float)
                    pingouin.corr(pair[x], pair[y])
                    pingouin.corr(pair[x], pair[y], method="spearman")
                    pingouin.partial_corr(pair, x, y, "held")

    return work


def show(name: str, work: Callable[[], object], calls: int = CALLS) -> None:
    """Print the fastest of some calls."""
    work()
    fastest = min(cpu_seconds(work) for _ in range(calls))
    print(f"  {name:34}{1000 * fastest:8.1f}")


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    main()
