"""Mixed models beside lme4 and lmerTest where Rscript exists; fails above the limits.

Ratios are our processor time over R's: below 1 is faster. Large: 30,000 rows, 200 therapists, 15
patients each, 10 sessions. Then models of 1,000 to 100,000 rows, for time and memory by row, and
1,000 bootstrap refits of the growth model of four sessions, in two processes.

`--record` writes the results into docs/growth.md.
"""

import csv
import datetime
import io
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts")]

from attune import __version__  # noqa: E402
from attune.stats.mixed_model_intervals import bootstrap  # noqa: E402
from attune.stats.mixed_model_tests import FixedEffectTests  # noqa: E402
from attune.stats.mixed_models import RandomTerm, fit_mixed_model  # noqa: E402
from maintenance.growth_designs import Cell, fitted_growth  # noqa: E402
from maintenance.simulate_inference import page_with  # noqa: E402

PAGE = ROOT / "docs/growth.md"
DATA = [ROOT / f"tests/oracle/data/{name}.csv" for name in ("growth3_small", "growth3_unbal")]
FIXED = "y ~ time * alli + train"
PATIENT, THERAPIST = ("ther", "pat"), ("ther",)
MODELS = {
    "M1": ([RandomTerm(PATIENT, "1 + time"), RandomTerm(THERAPIST)], "(1+time|pat)+(1|ther)"),
    "M2": ([RandomTerm(PATIENT, "1 + time")], "(1+time|pat)"),
    "M3": (
        [RandomTerm(PATIENT, "1 + time"), RandomTerm(THERAPIST, "1 + time")],
        "(1+time|pat)+(1+time|ther)",
    ),
    "M4": (
        [RandomTerm(PATIENT, "1 + time", False), RandomTerm(THERAPIST)],
        "(1+time||pat)+(1|ther)",
    ),
    "M5": ([RandomTerm(PATIENT), RandomTerm(THERAPIST)], "(1|ther/pat)"),
}

SIZES = {1_000: (20, 5), 3_000: (30, 10), 10_000: (100, 10), 30_000: (200, 15), 100_000: (500, 20)}
"""Rows of a growth table with ten sessions -> therapists, and patients of each."""

LARGE, MOST_SECONDS = 30_000, 3.0
"""Rows of three levels that are fitted in so many seconds."""

MOST_RATIO = 1.0
"""Of the median fit to lme4's."""

MOST_GROWTH = 1.5
"""From 10,000 to 100,000 rows time and memory may grow so many times more than the rows."""

REFITS = {1: 1_000, 2: 100}
"""Raters of the four-session model -> bootstrap refits; those of two in one model take longer."""

PROCESSES, MOST_BOOTSTRAP_SECONDS = 2, 60.0
"""Processes that share the refits, and what 1,000 of one rater may take."""

R_CODE = """
suppressMessages({library(lme4); library(lmerTest)})
median_seconds <- function(work, times) {
  work()
  median(sapply(seq_len(times), function(i) sum(system.time(work())[1:2])))
}
arguments <- commandArgs(TRUE)
rows <- read.csv(arguments[1]); times <- as.integer(arguments[2])
tests <- as.integer(arguments[3])
for (part in arguments[-(1:3)]) {
  model <- as.formula(paste("y ~ time * alli + train +", part))
  fit <- median_seconds(function() suppressWarnings(lme4::lmer(model, rows)), times)
  tested <- function() suppressWarnings(summary(lmerTest::lmer(model, rows))$coefficients)
  test <- if (tests) median_seconds(tested, max(1, times %/% 3)) else 0
  cat(fit, test, "\\n", sep = ",")
}
"""


def main() -> None:
    """Measure, print, and stop with the names of the limits that are not met."""
    print("  model      rows      fit   with df     lme4  lmerTest   ratio  ratio df")
    ratios = [ratio for path in DATA for ratio in compare(path, pd.read_csv(path), 9)]
    with tempfile.TemporaryDirectory() as folder:
        sizes = [of_size(rows, Path(folder)) for rows in SIZES]
        large = Path(folder) / f"{LARGE}.csv"
        ratios += compare(large, pd.read_csv(large), 1)
    for rows, seconds_, megabytes, theirs in sizes:
        peer = f", lme4 {theirs:.2f} s" if theirs else ""
        print(f"  M1 {rows:>9,} rows: {seconds_:.2f} s, {megabytes:.0f} MB at most{peer}")
    median = statistics.median(ratios) if ratios else None
    if median is not None:
        print(f"  median of {len(ratios)} ratios of fits: {median:.2f}")
    refits = {raters: bootstrap_seconds(raters) for raters in REFITS}
    for raters, taken in refits.items():
        what = f"{REFITS[raters]:,} bootstrap refits, raters in the model: {raters}"
        print(f"  {what}, on two cores: {taken:.1f} s")
    above = above_limits(sizes, median, refits[1])
    if "--record" in sys.argv:
        record(sizes, median, refits)
    if above:
        sys.exit("Above the limit: " + "; ".join(above))


Sizes = list[tuple[int, float, float, float]]
"""Rows, our seconds, megabytes at most, and lme4's seconds (0 without R)."""


def above_limits(sizes: Sizes, median: float | None, refits: float) -> list[str]:
    """The limits that are not met."""
    seconds_of = {rows: taken for rows, taken, _, _ in sizes}
    megabytes_of = {rows: most for rows, _, most, _ in sizes}
    above = []
    if median is not None and median > MOST_RATIO:
        above.append(f"median fit: {median:.2f} of lme4's time, allowed {MOST_RATIO:g}")
    if seconds_of[LARGE] > MOST_SECONDS:
        above.append(f"{LARGE:,} rows: {seconds_of[LARGE]:.1f} s, allowed {MOST_SECONDS:g}")
    for what, values in (("time", seconds_of), ("memory", megabytes_of)):
        growth_ = values[100_000] / values[10_000] / 10
        if growth_ > MOST_GROWTH:
            above.append(f"{what} grows {growth_:.1f} times as fast as rows, allowed {MOST_GROWTH}")
    if refits > MOST_BOOTSTRAP_SECONDS:
        above.append(f"bootstrap: {refits:.0f} s, allowed {MOST_BOOTSTRAP_SECONDS:g}")
    return above


def of_size(rows: int, folder: Path) -> tuple[int, float, float, float]:
    """Processor time and memory of a fit of three levels, and lme4's time."""
    frame = growth(*SIZES[rows], 10)
    assert len(frame) == rows
    path = folder / f"{rows}.csv"
    frame.to_csv(path, index=False)
    random, peer = MODELS["M1"]
    fit_mixed_model(frame, FIXED, random)  # what is loaded once does not count
    tracemalloc.start()
    fit_mixed_model(frame, FIXED, random)
    megabytes = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    times = 3 if rows <= LARGE else 1
    taken = seconds(lambda: fit_mixed_model(frame, FIXED, random), times)
    theirs = r_seconds(path, times, [peer], tests=False)
    return rows, taken, megabytes, theirs[0][0] if theirs else 0.0


def bootstrap_seconds(raters: int) -> float:
    """Processor time of the slower of two processes that share the refits of the growth model.

    The model is that of the published design: four sessions, 70 therapists with 255 patients, three
    predictors of level and growth; with two raters both are in one model.
    """
    shares = [(raters, part, REFITS[raters] // PROCESSES) for part in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES) as pool:
        return max(pool.map(refit_seconds, *zip(*shares, strict=True)))


def refit_seconds(raters: int, part: int, count: int) -> float:
    """Processor time of some refits."""
    cell = Cell(raters, 70, 255, "effects", "recovery")
    fit = fitted_growth(cell, np.random.default_rng(1)).fit
    started = time.process_time()
    bootstrap(fit, count, np.random.default_rng([2, part]))
    return time.process_time() - started


def record(sizes: Sizes, median: float | None, refits: dict[int, float]) -> None:
    """Write the results into the page, with when and on what they were measured."""
    day = datetime.datetime.now(datetime.UTC)
    lines = [
        f"Measured on {day.day} {day:%B %Y} with attune {__version__}, Python"
        f" {platform.python_version()} and numpy {np.__version__}, on {machine()}. Seconds are"
        " processor time.",
        "",
        "| rows | seconds | megabytes at most | lme4, seconds |",
        "|--:|--:|--:|--:|",
        *(
            f"| {rows:,} | {taken:.2f} | {most:.0f} | {f'{theirs:.2f}' if theirs else ''} |"
            for rows, taken, most, theirs in sizes
        ),
        "",
        "Bootstrap refits of the growth model of four sessions (70 therapists, 255 patients, three"
        f" predictors) on two cores: {REFITS[1]:,} in {refits[1]:.1f} s for one rater,"
        f" {REFITS[2]:,} in {refits[2]:.1f} s for two raters in one model.",
    ]
    if median is not None:
        lines[-1] += f" The median fit of five models of three data sets takes {median:.2f} of"
        lines[-1] += " lme4's time."
    page = page_with({"speed": "\n".join(lines)}, PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(page, encoding="utf-8", newline="\n")


def machine() -> str:
    """Cores and kind of the processor, in words."""
    names = Path("/proc/cpuinfo")
    known = names.read_text(encoding="utf-8") if names.exists() else ""
    kinds = [line.partition(":")[2].strip() for line in known.splitlines() if "model name" in line]
    kind = kinds[0] if kinds else platform.processor() or platform.machine()
    return f"{os.cpu_count()} shared cores of the kind {kind} under {platform.system()}"


def compare(path: Path, frame: pd.DataFrame, times: int) -> list[float]:
    """Print one line per model; the ratios of our fits to lme4's, none without R."""
    of_models = r_seconds(path, times, [part for _, part in MODELS.values()])
    peers = dict(zip(MODELS, of_models, strict=True)) if of_models else {}
    ratios = []
    for name, (random, _) in MODELS.items():
        fit = seconds(lambda r=random: fit_mixed_model(frame, FIXED, r), times)
        test = seconds(
            lambda r=random: FixedEffectTests(fit_mixed_model(frame, FIXED, r)).coefficients(),
            max(1, times // 3),
        )
        line = f"  {name:<5}{len(frame):>10,}{fit:>9.3f}{test:>10.3f}"
        if name in peers:
            alone, tested = peers[name]
            ratios.append(fit / alone)
            line += f"{alone:>9.3f}{tested:>10.3f}{fit / alone:>8.2f}{test / tested:>10.2f}"
        print(line)
    return ratios


def r_seconds(
    path: Path, times: int, parts: list[str], tests: bool = True
) -> list[tuple[float, float]]:
    """Processor time of lme4 and of lmerTest with its summary, of models with these random parts.

    Empty where R cannot run them.
    """
    if shutil.which("Rscript") is None:
        return []
    done = subprocess.run(
        ["Rscript", "-e", R_CODE, str(path), str(times), str(int(tests)), *parts],
        capture_output=True,
        text=True,
        check=False,
    )
    rows = [row for row in csv.reader(io.StringIO(done.stdout)) if len(row) >= 2]
    if done.returncode or len(rows) != len(parts):
        return []
    return [(float(row[0]), float(row[1])) for row in rows]


def growth(therapists: int, patients: int, sessions: int) -> pd.DataFrame:
    """Simulated growth curves."""
    generator = np.random.default_rng(1)
    count = therapists * patients
    ther = np.repeat(np.arange(therapists), patients * sessions)
    pat = np.repeat(np.arange(count), sessions)
    time_ = np.tile(np.arange(sessions), count).astype(float)
    alli = generator.normal(size=count)[pat]
    train = generator.normal(size=therapists)[ther]
    effects = generator.normal(size=(count, 2)) * [2.0, 0.4]
    y = 20 + 1.3 * generator.normal(size=therapists)[ther] + effects[pat, 0]
    y += (effects[pat, 1] - 0.5 - 0.2 * alli) * time_ + 0.5 * train
    y += generator.normal(size=len(pat)) * 2
    columns = {"ther": ther, "pat": pat, "time": time_, "alli": alli, "train": train, "y": y}
    return pd.DataFrame(columns)


def seconds(work: Callable[[], object], times: int) -> float:
    """Median processor time of some work, after one run that is not counted."""
    work()
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return float(np.median(taken))


if __name__ == "__main__":
    main()
