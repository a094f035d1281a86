"""Many cohorts at once: `attune batch` over 10, 100 and 1,000 synthetic cohorts of 30 dyads.

Each cohort is read, validated, scored and analysed as the study ryan2012 plans (five instruments,
imputation, residual gains, correlations, reliability), and one correlation of all is pooled. The
population is known (see scripts/maintenance/make_cohorts.py): the pooled correlation and the
standard deviation between cohorts must lie where they should, or the benchmark stops.

Limits for 1,000 cohorts, with and without resampling: five minutes by the clock on two free cores,
2 GB.
Seconds are those of the clock, with two processes; CPU seconds count all of them, and say whether
other work on the machine made the clock run longer. Memory is the largest sum over all processes
at a time; what they share counts in each.

Usage: bench_many_cohorts.py [numbers of cohorts, such as 10 100] [--resampling]
"""

import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from maintenance.make_cohorts import STATISTIC, Truth, make_cohorts  # noqa: E402

SIZES = (10, 100, 1000)
JOBS = 2
LARGEST_GIGABYTES = 2.0
LARGEST_SECONDS = 300
"""By the clock, of 1,000 cohorts; resampling takes about half as long again."""

STANDARD_ERRORS = 4
"""Distance of the pooled estimate from the truth beyond which something is wrong."""


def main() -> None:
    """Make, analyse, print; stop with an error where the truth is missed."""
    resampling = [word for word in sys.argv[1:] if word == "--resampling"]
    sizes = [int(word) for word in sys.argv[1:] if word.isdecimal()] or list(SIZES)
    print(f"  {'cohorts':>8} {'seconds':>8} {'CPU s':>8} {'ms each':>8} {'GB':>6}  pooled r, tau")
    for n in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make_cohorts(folder / "cohorts", n, Truth())
            print_row(n, folder, resampling)


def print_row(n: int, folder: Path, resampling: list[str]) -> None:
    """Analyse the cohorts of a folder and print what it took."""
    seconds, cpu, peak = measured(folder, resampling)
    statistics = pq.read_table(folder / "results/syntheses.parquet")
    rows = {
        row["id"]: row
        for row in statistics.filter(pc.equal(statistics["analysis"], "pooled")).to_pylist()
    }
    found, tau = rows["pooled.all.r"], rows["pooled.all.tau"]
    print(
        f"  {n:>8,} {seconds:>8.1f} {cpu:>8.1f} {1000 * seconds / n:>8.0f} {peak:>6.2f}"
        f"  {found['estimate']:.3f} [{found['ci_low']:.3f}, {found['ci_high']:.3f}],"
        f" {tau['estimate']:.3f} [{tau['ci_low']:.3f}, {tau['ci_high']:.3f}]",
        flush=True,
    )
    missed = distance_from_truth(found, Truth())
    if missed > STANDARD_ERRORS or not tau["ci_low"] <= Truth.tau <= tau["ci_high"]:
        sys.exit(f"The truth is missed: rho {Truth.rho}, tau {Truth.tau}.")
    if peak > LARGEST_GIGABYTES:
        sys.exit(f"{peak:.2f} GB are more than {LARGEST_GIGABYTES}.")
    if n == max(SIZES) and seconds > LARGEST_SECONDS:
        sys.exit(f"{seconds:.0f} s ({cpu:.0f} of CPU) are more than {LARGEST_SECONDS} s.")


def distance_from_truth(found: dict, truth: Truth) -> float:
    """Standard errors between the pooled estimate and the population value, on Fisher's z scale."""
    return abs(math.atanh(found["estimate"]) - math.atanh(truth.rho)) / found["se"]


def measured(folder: Path, resampling: list[str]) -> tuple[float, float, float]:
    """Seconds, CPU seconds and gigabytes of one run of `attune batch`."""
    command = [sys.executable, "-m", "attune_cli.main", "batch", str(folder / "cohorts")]
    command += ["--jobs", str(JOBS), "--pool", STATISTIC, "--output", str(folder / "results")]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen(
        [*command, *resampling],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.DEVNULL,
    )
    peak, output = 0.0, process.stdout
    while process.poll() is None:
        peak = max(peak, gigabytes(process.pid))
        time.sleep(0.2)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        sys.exit(output.read() if output else "attune batch failed.")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu, peak


def gigabytes(number: int) -> float:
    """Resident memory of a process and all that it started."""
    try:
        first = psutil.Process(number)
        every = [first, *first.children(recursive=True)]
        return sum(process.memory_info().rss for process in every) / 1e9
    except psutil.NoSuchProcess:
        return 0.0


if __name__ == "__main__":
    main()
