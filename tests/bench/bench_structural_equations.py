"""Structural equation models beside lavaan where Rscript exists.

Ratios are our time over lavaan's: below 1 is faster. Both fit and give standard errors of the same
models, with fixed.x = FALSE and a mean structure; lavaan also gives chi-squares, so that the second
ratio is of fit and fit indices. Then 1,000 refits of the serial mediation to resampled therapists.
"""

import csv
import io
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts")]

from attune.stats.sem_effects import bootstrap_intervals  # noqa: E402
from attune.stats.sem_fit import fit_sem  # noqa: E402
from attune.stats.sem_tests import fit_indices  # noqa: E402

ORACLE = ROOT / "tests/oracle"
MODELS = {
    "latent": ("twolevel", "cluster"),
    "serial": ("alliance", "ther"),
    "factors": ("holzinger", ""),
    "democracy": ("democracy", ""),
    "panel": ("panel", ""),
    "panel_holes": ("panel_holes", ""),
}
R_CODE = """
suppressMessages(library(lavaan))
for (line in readLines(commandArgs(TRUE)[1])) {
  part <- strsplit(line, "|", fixed = TRUE)[[1]]
  arguments <- list(model = gsub(";", "\\n", part[2]), data = read.csv(part[3]), fixed.x = FALSE, meanstructure = TRUE)
  if (nzchar(part[4])) arguments$cluster <- part[4]
  if (grepl("holes", part[1])) arguments$missing <- "fiml"
  work <- function() suppressWarnings(do.call("sem", arguments))
  work()
  cat(part[1], median(sapply(1:3, function(i) sum(system.time(work())[1:2]))), "\\n", sep = ",")
}
"""  # noqa: E501


def main() -> None:
    """Measure and print."""
    expected = json.loads((ORACLE / "expected/structural_equations.json").read_text("utf-8"))
    texts = {name: expected["fits"][name]["model"] for name in MODELS}
    peers = lavaan_seconds(texts)
    print("  model             rows      fit  with indices   lavaan   ratio  with indices")
    for name, (data, cluster) in MODELS.items():
        frame = pd.read_csv(ORACLE / f"data/{data}.csv")
        fit = seconds(lambda f=frame, n=name, c=cluster: fit_sem(f, texts[n], cluster=c or None))
        both = seconds(
            lambda f=frame, n=name, c=cluster: fit_indices(fit_sem(f, texts[n], cluster=c or None))
        )
        line = f"  {name:<14}{len(frame):>8,}{fit:>9.3f}{both:>14.3f}"
        if name in peers:
            peer = peers[name]
            line += f"{peer:>9.3f}{fit / peer:>8.2f}{both / peer:>14.2f}"
        print(line)
    bootstrap(texts["serial"])


def bootstrap(text: str, replicates: int = 1000) -> None:
    """Seconds of the cluster bootstrap, in one process."""
    fit = fit_sem(pd.read_csv(ORACLE / "data/alliance.csv"), text, cluster="ther")
    started = time.perf_counter()
    found = bootstrap_intervals(fit, np.random.default_rng(1), replicates=replicates)
    taken = time.perf_counter() - started
    kept = found["n_replicates"].iloc[0]
    print(f"  {replicates:,} refits of resampled clusters: {taken:.0f} s, {kept} converged")


def lavaan_seconds(texts: dict[str, str]) -> dict[str, float]:
    """Median seconds of processor time of lavaan for every model; empty where R cannot run it."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        task = Path(folder) / "models.txt"
        lines = [
            f"{name}|{texts[name].replace(chr(10), ';')}|{ORACLE / f'data/{data}.csv'}|{cluster} "
            for name, (data, cluster) in MODELS.items()
        ]
        task.write_text("\n".join(line.strip() + "|" for line in lines) + "\n", encoding="utf-8")
        done = subprocess.run(
            ["Rscript", "-e", R_CODE, str(task)], capture_output=True, text=True, check=False
        )
    rows = [row for row in csv.reader(io.StringIO(done.stdout)) if len(row) >= 2]
    return {row[0]: float(row[1]) for row in rows}


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """Median processor time of several runs, which other programs hardly disturb."""
    work()
    taken = []
    for _ in range(times):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
