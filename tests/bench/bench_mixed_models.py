"""Mixed models, alone and with Satterthwaite's df, beside lme4 and lmerTest where Rscript exists.

Ratios are our time over R's: below 1 is faster. Large: 30,000 rows, 200 therapists, 15 patients
each, 10 sessions; the last lines show that time and memory grow with the rows.
"""

import csv
import io
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts")]

from attune.stats.mixed_model_tests import FixedEffectTests  # noqa: E402
from attune.stats.mixed_models import RandomTerm, fit_mixed_model  # noqa: E402

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
R_CODE = """
suppressMessages({library(lme4); library(lmerTest)})
median_seconds <- function(work, times) {
  work()
  median(sapply(seq_len(times), function(i) system.time(work())[["elapsed"]]))
}
arguments <- commandArgs(TRUE)
rows <- read.csv(arguments[1]); times <- as.integer(arguments[2])
for (part in arguments[-(1:2)]) {
  model <- as.formula(paste("y ~ time * alli + train +", part))
  fit <- median_seconds(function() suppressWarnings(lme4::lmer(model, rows)), times)
  tested <- function() suppressWarnings(summary(lmerTest::lmer(model, rows))$coefficients)
  test <- median_seconds(tested, max(1, times %/% 3))
  cat(fit, test, "\\n", sep = ",")
}
"""


def main() -> None:
    """Measure and print."""
    print("  model      rows      fit   with df     lme4  lmerTest   ratio  ratio df")
    for path in DATA:
        compare(path, pd.read_csv(path), 9)
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.csv"
        frame = growth(200, 15, 10)
        frame.to_csv(large, index=False)
        compare(large, frame, 1)
    for size in (1, 2, 4):
        frame = growth(200 * size, 15, 10)
        tracemalloc.start()
        fit_mixed_model(frame, FIXED, MODELS["M1"][0])
        memory = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        took = seconds(lambda f=frame: fit_mixed_model(f, FIXED, MODELS["M1"][0]), 1)
        print(f"  M1 {len(frame):>9,} rows: {took:.2f} s, {memory:.0f} MB at most")


def compare(path: Path, frame: pd.DataFrame, times: int) -> None:
    """One line per model."""
    peers = r_seconds(path, times)
    for name, (random, _) in MODELS.items():
        fit = seconds(lambda r=random: fit_mixed_model(frame, FIXED, r), times)
        test = seconds(
            lambda r=random: FixedEffectTests(fit_mixed_model(frame, FIXED, r)).coefficients(),
            max(1, times // 3),
        )
        line = f"  {name:<5}{len(frame):>10,}{fit:>9.3f}{test:>10.3f}"
        if peers:
            alone, tested = peers[name]
            line += f"{alone:>9.3f}{tested:>10.3f}{fit / alone:>8.2f}{test / tested:>10.2f}"
        print(line)


def r_seconds(path: Path, times: int) -> dict[str, tuple[float, float]]:
    """Seconds of lme4 and of lmerTest with its summary; empty where R cannot run them."""
    if shutil.which("Rscript") is None:
        return {}
    parts = [part for _, part in MODELS.values()]
    done = subprocess.run(
        ["Rscript", "-e", R_CODE, str(path), str(times), *parts],
        capture_output=True,
        text=True,
        check=False,
    )
    rows = [row for row in csv.reader(io.StringIO(done.stdout)) if len(row) >= 2]
    if done.returncode or len(rows) != len(MODELS):
        return {}
    return {name: (float(r[0]), float(r[1])) for name, r in zip(MODELS, rows, strict=True)}


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
    """Median time of some work, after one run that is not counted."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


if __name__ == "__main__":
    main()
