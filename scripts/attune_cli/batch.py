"""`attune batch`: a folder of cohorts analysed in memory, and their correlations pooled."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

# One thread per process: the matrices of a cohort are small. Set before NumPy is imported; a value
# set by the user is kept.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from attune.printing.apa import bounded, counted, number
from attune.specs.config import Config
from attune.specs.errors import ConfigurationError
from attune.synthesis.many_cohorts import CohortPool, pool_of_statistic
from attune_cli.places import project_file
from attune_files.batch.failures import REASONS, Failure
from attune_files.batch.one_cohort import BatchSettings
from attune_files.batch.run import BatchResult, reasons_counted, run_batch
from attune_files.project import existing_file, read_config, read_study
from attune_files.synthesis_files import FOLDER, literature_path, read_synthesis_files
from attune_files.yaml_file import read_yaml

MOST_LISTED = 20
"""Failures that the terminal lists; failures.parquet holds all."""

MOST_LINES = 6
"""Lines of one failure in the terminal."""

SECONDS_BETWEEN = 10
"""Between two lines of progress, where no terminal shows them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `attune batch FOLDER [--study NAME] [--pool ID] [--jobs N] ...`."""
    parser.add_argument("folder", help="searched for cohort.yaml, however deep")
    parser.add_argument(
        "--study", metavar="NAME", help="plan of all cohorts (default: what each cohort file names)"
    )
    parser.add_argument(
        "--pool",
        metavar="ID",
        action="append",
        default=[],
        help="id of a correlation to pool over all cohorts; may be given several times",
    )
    parser.add_argument(
        "--synthesis",
        metavar="NAME",
        action="append",
        default=[],
        help="synthesis that names single cohorts or `every_cohort` (docs/many_cohorts.md)",
    )
    parser.add_argument(
        "--resampling",
        action="store_true",
        help="bootstrap intervals and permutation tests too, as config.yaml says: three times as"
        " long",
    )
    parser.add_argument("--bootstrap-samples", type=int, metavar="N", help="with --resampling")
    parser.add_argument("--permutations", type=int, metavar="N", help="with --resampling")
    parser.add_argument("--jobs", type=_jobs, default=2, help="processes (default: 2)")
    parser.add_argument(
        "--output", metavar="FOLDER", default="results/batch", help="(default: results/batch)"
    )


def _jobs(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Analyse all cohorts and print what failed; 0 only if nothing did."""
    config = _choices(arguments)
    study = arguments.study
    plan = study and read_study(existing_file(project_file, f"workflow/studies/{study}.yaml"))
    pools = [pool_of_statistic(statistic, plan) for statistic in dict.fromkeys(arguments.pool)]
    pools += [_pool_of_file(name) for name in dict.fromkeys(arguments.synthesis)]
    settings = BatchSettings(project_file, study, config, arguments.resampling)
    start = time.monotonic()
    result = run_batch(
        Path(arguments.folder),
        Path(arguments.output),
        settings,
        pools,
        arguments.jobs,
        _progress(start, sys.stderr.isatty()),
    )
    lines = [
        *_counts(result, settings, time.monotonic() - start),
        *(line for pool in pools for line in _pooled(pool, result)),
        *_failures(result.failures),
        f"Files: {', '.join(_files(arguments.output))}",
    ]
    print("\n".join(lines))
    return 0 if result.complete else 1


def _choices(arguments: argparse.Namespace) -> Config:
    """The choices of config.yaml, with the numbers of resamples of the command line."""
    given = {
        "bootstrap_samples": arguments.bootstrap_samples,
        "permutations": arguments.permutations,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    if chosen and not arguments.resampling:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in chosen)
        raise ConfigurationError(f"{options} has no effect without --resampling.")
    content: dict[str, Any] = read_yaml(Path(project_file("config.yaml")))
    if chosen:
        content = content | {
            "correlate_measures": {**content.get("correlate_measures", {}), **chosen}
        }
    return read_config(content)


def _pool_of_file(name: str) -> CohortPool:
    path = existing_file(project_file, f"{FOLDER}/{name}.yaml")
    declared = read_yaml(path)
    literature = [
        existing_file(project_file, literature_path(entry))
        for entry in declared.get("literature", [])
    ]
    tables = [
        existing_file(project_file, f"{FOLDER}/{table['path']}")
        for table in declared.get("tables", {}).values()
    ]
    files = read_synthesis_files(path, literature, tables)
    return CohortPool(files.synthesis, files.literature, files.of_tables)


def _progress(start: float, in_place: bool) -> Callable[[int, int, int], None]:
    """Print how far it is: in place on a terminal, else now and then a line."""
    last = start

    def show(done: int, found: int, failed: int) -> None:
        nonlocal last
        now = time.monotonic()
        left = (now - start) / max(done, 1) * (found - done)
        problems = f", {failed} failed" if failed else ""
        line = f"{done:,} of {found:,} cohorts{problems}, about {left:.0f} s left"
        if in_place:
            end = "\n" if done == found else ""
            print(f"\r{line:<60}", end=end, file=sys.stderr, flush=True)
        elif now - last >= SECONDS_BETWEEN:
            last = now
            print(line, file=sys.stderr, flush=True)

    return show


def _counts(result: BatchResult, settings: BatchSettings, seconds: float) -> list[str]:
    milliseconds = 1000 * seconds / max(result.found, 1)
    choices = settings.choices.correlate_measures
    lines = [
        f"{result.analysed:,} of {counted(result.found, 'cohort')} analysed:"
        f" {result.rows:,} statistics in {seconds:.0f} s, {milliseconds:.0f} ms per cohort.",
        "Resampling: "
        + (
            f"{choices.bootstrap_samples:,} bootstrap samples, {choices.permutations:,}"
            f" permutations, seed {settings.choices.seed}."
            if settings.resampling
            else "none; --resampling adds bootstrap intervals and permutation tests."
        ),
    ]
    if result.synthetic:
        all_or_some = "all" if result.synthetic == result.analysed else "some"
        lines.append(
            f"SYNTHETIC DATA in {result.synthetic:,} cohorts ({all_or_some}): no real person"
            " answered; they are not evidence."
        )
    return lines


def _pooled(pool: CohortPool, result: BatchResult) -> list[str]:
    """The pooled effect of a synthesis in a few lines."""
    table = result.syntheses.get(pool.name)
    if table is None:
        return []
    rows = {row["id"]: row for row in table.to_pylist() if row["analysis"] == "pooled"}
    metric = pool.declared.metric
    effect, prediction = rows[f"pooled.all.{metric}"], rows[f"pooled.all.prediction_{metric}"]
    made_up = " (SYNTHETIC DATA: no evidence)" if pool.demonstration else ""
    studies = counted(int(rows["pooled.all.k"]["estimate"]), "study", "studies")
    heading = f"\n{pool.declared.title}, {studies}{made_up}"
    if effect["estimate"] is None:
        return [f"{heading}: not pooled, {effect['reason']}"]
    tau = rows["pooled.all.tau"]["estimate"]
    parts = [
        f"{metric} = {bounded(effect['estimate'])} [{_limits(effect)}]",
        f"prediction [{_limits(prediction)}]" if prediction["estimate"] is not None else "",
        f"tau = {number(tau, 3)}" if tau is not None else "",
    ]
    return [f"{heading}:", f"  {', '.join(filter(None, parts))}"]


def _limits(row: dict[str, Any]) -> str:
    return f"{bounded(row['ci_low'])}, {bounded(row['ci_high'])}"


def _failures(failures: Sequence[Failure]) -> list[str]:
    """Counts by reason, then the first failures with their sentences."""
    if not failures:
        return []
    lines = ["\nFailed:"]
    lines += [f"  {n:>5,}  {REASONS[reason]}" for reason, n in reasons_counted(failures).items()]
    for failure in failures[:MOST_LISTED]:
        where = f" ({failure.folder})" if failure.folder not in ("", failure.cohort) else ""
        sentences = failure.sentence.split("\n")
        more = len(sentences) - MOST_LINES
        lines.append(f"\n{failure.cohort}{where}: {sentences[0]}")
        lines += [f"  - {sentence.strip()}" for sentence in sentences[1:MOST_LINES]]
        lines += [f"  ... and {counted(more, 'line')} more"] if more > 0 else []
    if len(failures) > MOST_LISTED:
        lines.append(f"\n... and {len(failures) - MOST_LISTED:,} more in failures.parquet.")
    return [*lines, ""]


def _files(output: str) -> list[str]:
    names = ("statistics", "cohorts", "failures", "syntheses")
    return [f"{output.rstrip('/')}/{name}.parquet" for name in names]
