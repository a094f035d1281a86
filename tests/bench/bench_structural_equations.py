"""Structural equation models beside lavaan where Rscript exists; fails above the limits.

Ratios are our processor time over lavaan's: below 1 is faster. Both fit the same models and give
standard errors, chi-square and the models of reference, with fixed.x = FALSE and a mean structure;
ours also gives fit indices. The two take turns, so that a busy machine slows both, and medians are
compared. Then 1,000 refits of the serial mediation to resampled therapists.

`--record` writes the table into docs/structural_models.md.
"""

import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts")]

from attune.stats.sem_effects import bootstrap_intervals  # noqa: E402
from attune.stats.sem_fit import fit_sem  # noqa: E402
from attune.stats.sem_tests import fit_indices  # noqa: E402
from maintenance.simulate_inference import page_with  # noqa: E402

ORACLE = ROOT / "tests/oracle"
PAGE = ROOT / "docs/structural_models.md"
TURNS = 7
MOST_RATIO = 0.7
"""Of a fit with its indices to lavaan's time."""

MOST_SECONDS = 120
"""Of the refits, in one process."""

REFITS = 1000
MODELS = {
    "latent": ("twolevel", "cluster", "latent factors on two levels"),
    "serial": ("alliance", "ther", "serial mediation on two levels"),
    "factors": ("holzinger", "", "three factors (Holzinger and Swineford)"),
    "democracy": ("democracy", "", "latent paths (political democracy)"),
    "panel": ("panel", "", "random-intercept cross-lagged panel"),
    "panel_holes": ("panel_holes", "", "the same with missing values"),
}
"""Model of tests/oracle -> its data, the column of the clusters, and what it is."""

R_CODE = """
suppressMessages(library(lavaan))
lines <- file("stdin", "r")
while (length(line <- readLines(lines, 1))) {
  part <- strsplit(line, "|", fixed = TRUE)[[1]]
  arguments <- list(model = gsub(";", "\\n", part[2]), data = read.csv(part[3]), fixed.x = FALSE, meanstructure = TRUE)
  if (length(part) > 3 && nzchar(part[4])) arguments$cluster <- part[4]
  if (grepl("holes", part[1])) arguments$missing <- "fiml"
  cat(sum(system.time(suppressWarnings(do.call("sem", arguments)))[1:2]), "\\n", sep = "")
  flush(stdout())
}
"""  # noqa: E501

Peer = Callable[[str], float]


def main() -> None:
    """Measure, print, and stop with the names of the limits that are not met."""
    expected = json.loads((ORACLE / "expected/structural_equations.json").read_text("utf-8"))
    texts = {name: expected["fits"][name]["model"] for name in MODELS}
    rows, above = [], []
    print(f"  {'model':<14}{'rows':>6}{'fit, s':>9}{'indices':>9}{'lavaan':>9}{'ratio':>7}")
    with lavaan(texts) as peer:
        for name in MODELS:
            n, fit, both, theirs = medians(name, texts[name], peer)
            ratio = both / theirs if theirs else None
            shown = f"{theirs:>9.3f}{ratio:>7.2f}" if theirs and ratio else ""
            print(f"  {name:<14}{n:>6,}{fit:>9.3f}{both:>9.3f}{shown}")
            if ratio:
                rows.append(
                    f"| {MODELS[name][2]} | {n} | {both:.3f} | {theirs:.3f} | {ratio:.2f} |"
                )
            if ratio and ratio > MOST_RATIO:
                above.append(f"{name}: {ratio:.2f} of lavaan's time, allowed {MOST_RATIO}")
    seconds, kept = bootstrap(texts["serial"])
    print(f"  {REFITS:,} refits of resampled clusters: {seconds:.0f} s, {kept} converged")
    if seconds > MOST_SECONDS:
        above.append(f"refits: {seconds:.0f} s, allowed {MOST_SECONDS}")
    if "--record" in sys.argv and rows:
        record(rows, seconds, kept)
    if above:
        sys.exit("Above the limit: " + "; ".join(above))


def medians(name: str, text: str, peer: Peer | None) -> tuple[int, float, float, float]:
    """Rows, and medians of our fit, our fit with indices, and lavaan's (0 without it)."""
    data, cluster, _ = MODELS[name]
    frame = pd.read_csv(ORACLE / f"data/{data}.csv")
    ours, whole, theirs = [], [], []
    for turn in range(TURNS + 1):
        started = time.process_time()
        fit = fit_sem(frame, text, cluster=cluster or None)
        fitted = time.process_time()
        fit_indices(fit)
        ended = time.process_time()
        other = peer(name) if peer else 0.0
        if turn:  # the first turn loads what later ones have
            ours.append(fitted - started)
            whole.append(ended - started)
            theirs.append(other)
    return len(frame), *(statistics.median(times) for times in (ours, whole, theirs))


def bootstrap(text: str) -> tuple[float, int]:
    """Seconds of processor time of the cluster bootstrap, and how many refits converged."""
    fit = fit_sem(pd.read_csv(ORACLE / "data/alliance.csv"), text, cluster="ther")
    started = time.process_time()
    found = bootstrap_intervals(fit, np.random.default_rng(1), replicates=REFITS)
    return time.process_time() - started, int(found["n_replicates"].iloc[0])


@contextmanager
def lavaan(texts: dict[str, str]) -> Iterator[Peer | None]:
    """A function with the processor time of lavaan's fit of a model; None where R lacks it."""
    if shutil.which("Rscript") is None:
        print("  Rscript is not installed: no comparison with lavaan.")
        yield None
        return
    process = subprocess.Popen(
        ["Rscript", "-e", R_CODE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None and process.stdout is not None
    asked, answers = process.stdin, process.stdout

    def seconds(name: str) -> float:
        data, cluster, _ = MODELS[name]
        model = texts[name].strip().replace("\n", ";")
        print(f"{name}|{model}|{ORACLE / f'data/{data}.csv'}|{cluster}|", file=asked, flush=True)
        return float(answers.readline())

    try:
        seconds("factors")
    except (ValueError, BrokenPipeError):
        print("  R has no lavaan: no comparison.")
        process.kill()
        yield None
        return
    yield seconds
    asked.close()
    process.wait()


def record(rows: list[str], seconds: float, kept: int) -> None:
    """Write the table of times into the page."""
    table = [
        "| model | rows | attune, s | lavaan, s | ratio |",
        "|---|--:|--:|--:|--:|",
        *rows,
        "",
        f"{REFITS:,} refits to resampled therapists: {seconds:.0f} s ({kept} converged).",
    ]
    page = page_with({"speed": "\n".join(table)}, PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
