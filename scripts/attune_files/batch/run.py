"""Many cohorts, some processes: statistics of each are written as they come, then the syntheses."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from attune.specs.errors import AttuneError
from attune.store.contracts import (
    COHORT_STATISTICS,
    COHORTS,
    FAILURES,
    STATISTICS,
    SYNTHESIS_STATISTICS,
    Contract,
    conform,
)
from attune.synthesis.many_cohorts import CohortPool
from attune_files.batch.cohort_folders import CohortFolder, find_cohorts
from attune_files.batch.failures import Failure
from attune_files.batch.one_cohort import BatchSettings, CohortOutcome, analyse_cohorts
from attune_files.parquet import ParquetWriter, write_parquet

LARGEST_BATCH = 10
"""Cohorts that a process takes at a time: about three seconds of work and 10,000 rows, so that
neither starting nor writing counts, and what is held stays small."""

BATCHES_AHEAD = 2
"""Batches per process that wait or are done and not yet written."""


@dataclass
class BatchResult:
    """What became of a folder of cohorts.

    Attributes
    ----------
    found : int
        Cohorts that the folder holds.
    analysed : int
    rows : int
        Statistics that were written.
    synthetic : int
        Analysed cohorts whose data are made up.
    failures : list of Failure
    syntheses : dict of str to pyarrow.Table
        Contract `STATISTICS`; by name, those that could be made.
    """

    found: int
    analysed: int = 0
    rows: int = 0
    synthetic: int = 0
    failures: list[Failure] = field(default_factory=list)
    syntheses: dict[str, pa.Table] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every cohort was analysed and entered every synthesis."""
        return not self.failures

    def failed_cohorts(self) -> int:
        """Cohorts that were found and not analysed."""
        return self.found - self.analysed


def run_batch(
    folder: Path,
    output: Path,
    settings: BatchSettings,
    pools: Sequence[CohortPool] = (),
    jobs: int = 2,
    progress: Callable[[int, int, int], None] = lambda done, found, failed: None,
) -> BatchResult:
    """Analyse every cohort of a folder and pool what is asked for.

    Parameters
    ----------
    folder : Path
        Searched for cohort.yaml, however deep.
    output : Path
        Gets statistics.parquet, cohorts.parquet, failures.parquet and syntheses.parquet (contracts
        `COHORT_STATISTICS`, `COHORTS`, `FAILURES`, `SYNTHESIS_STATISTICS`). Each appears under its
        name when it is complete.
    settings : BatchSettings
    pools : sequence of CohortPool
    jobs : int
        Processes side by side.
    progress : callable
        Called with the numbers of cohorts that are done, found and failed, after each batch.

    Raises
    ------
    ConfigurationError
        As `find_cohorts`.
    """
    cohorts, failures = find_cohorts(folder)
    # Folders without a cohort file are not cohorts; those that share a name are.
    namesakes = [failure for failure in failures if failure.reason == "same_name"]
    result = BatchResult(len(cohorts) + len(namesakes), failures=failures)
    listed = [_cohort_row(CohortOutcome(f.cohort, f.folder, failure=f)) for f in failures]
    seen: dict[str, tuple[str, str]] = {}
    with ParquetWriter(
        output / "statistics.parquet", COHORT_STATISTICS, metadata_of(settings)
    ) as writer:
        done = len(namesakes)
        for outcomes in _outcomes(cohorts, settings, jobs):
            kept = [_unless_seen(outcome, seen) for outcome in outcomes]
            _write(kept, writer, result)
            _pool(kept, pools, result)
            listed += map(_cohort_row, kept)
            done += len(outcomes)
            progress(done, result.found, done - result.analysed)
    _finish_pools(pools, result)
    write_parquet(_table(listed, COHORTS), output / "cohorts.parquet", COHORTS)
    rows = [vars(failure) for failure in result.failures]
    write_parquet(_table(rows, FAILURES), output / "failures.parquet", FAILURES)
    _write_syntheses(pools, result, output / "syntheses.parquet")
    return result


def metadata_of(settings: BatchSettings) -> dict[str, str]:
    """The choices behind the statistics, as texts beside the table."""
    choices = settings.choices.correlate_measures
    resampled = (
        f"{choices.bootstrap_samples} bootstrap samples, {choices.permutations} permutations"
    )
    return {
        "study": settings.study or "the study that each cohort file names",
        "seed": str(settings.choices.seed),
        "resampling": resampled if settings.resampling else "none",
        "choices": settings.choices.model_dump_json(),
    }


def _outcomes(
    cohorts: Sequence[CohortFolder], settings: BatchSettings, jobs: int
) -> Iterator[list[CohortOutcome]]:
    """Outcomes batch by batch, in the order of the cohorts.

    Where a process ends without an answer, as one does that runs out of memory, its batches are
    analysed again, each cohort in a process of its own: the one that ends it again has failed.
    """
    size = max(1, min(LARGEST_BATCH, len(cohorts) // (4 * jobs)))
    batches = [
        [(c.name, c.place, c.path) for c in cohorts[start : start + size]]
        for start in range(0, len(cohorts), size)
    ]
    waiting = deque(batches)
    submitted: deque[tuple[list[tuple[str, str, Path]], Future[list[CohortOutcome]]]] = deque()
    pool = ProcessPoolExecutor(jobs)
    try:
        while waiting or submitted:
            while waiting and len(submitted) < BATCHES_AHEAD * jobs:
                try:
                    future = pool.submit(analyse_cohorts, waiting[0], settings)
                except BrokenProcessPool:
                    pool.shutdown(wait=False)
                    pool = ProcessPoolExecutor(jobs)
                    continue
                submitted.append((waiting.popleft(), future))
            batch, future = submitted.popleft()
            try:
                yield future.result()
            except BrokenProcessPool:
                yield [_analysed_alone(cohort, settings) for cohort in batch]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _analysed_alone(cohort: tuple[str, str, Path], settings: BatchSettings) -> CohortOutcome:
    with ProcessPoolExecutor(1) as pool:
        try:
            return pool.submit(analyse_cohorts, [cohort], settings).result()[0]
        except BrokenProcessPool:
            name, place, _ = cohort
            sentence = (
                "The process that analysed it ended without a message, as one does that runs out of"
                f" memory. `attune check {name}` and a run of this cohort alone show more."
            )
            return CohortOutcome(name, place, failure=Failure(name, place, "ended", sentence))


def _unless_seen(outcome: CohortOutcome, seen: dict[str, tuple[str, str]]) -> CohortOutcome:
    """The outcome, or a failure where an earlier cohort has the same data."""
    if outcome.failure is not None:
        return outcome
    own = (outcome.cohort, outcome.folder)
    first = seen.setdefault(outcome.content_sum, own)
    if first == own:
        return outcome
    sentence = (
        f"Its {outcome.dyads} dyads have the same answers, scores and variables as those of"
        f" {first[0]} ({first[1]}), which was analysed: one sample under two names would"
        " count twice. Remove one of the two folders."
    )
    return CohortOutcome(
        outcome.cohort,
        outcome.folder,
        outcome.title,
        outcome.study,
        outcome.synthetic,
        failure=Failure(outcome.cohort, outcome.folder, "same_sample", sentence),
    )


def _write(outcomes: Sequence[CohortOutcome], writer: ParquetWriter, result: BatchResult) -> None:
    tables = []
    for outcome in outcomes:
        if outcome.failure is not None:
            result.failures.append(outcome.failure)
        if outcome.statistics is None:
            continue
        result.analysed += 1
        result.synthetic += bool(outcome.synthetic)
        tables.append(
            _labelled(outcome.statistics, outcome.cohort, outcome.synthetic, COHORT_STATISTICS)
        )
    if tables:
        together = pa.concat_tables(tables)
        result.rows += len(together)
        writer.write_sorted(together)


def _labelled(
    statistics: pa.Table, name: str, synthetic: bool | None, contract: Contract
) -> pa.Table:
    """Statistics with the two columns of a contract that stand before them."""
    n = len(statistics)
    first = [pa.repeat(pa.scalar(name), n), pa.repeat(pa.scalar(bool(synthetic)), n)]
    return pa.table([*first, *statistics.columns], schema=contract.schema)


def _pool(
    outcomes: Sequence[CohortOutcome], pools: Sequence[CohortPool], result: BatchResult
) -> None:
    for outcome in outcomes:
        if outcome.statistics is None or not pools:
            continue
        title, synthetic = outcome.title or outcome.cohort, bool(outcome.synthetic)
        for pool in pools:
            entry = pool.entry_of(outcome.cohort, title)
            rows = _rows_of(outcome.statistics, [] if entry is None else entry.statistics)
            for problem in pool.add(outcome.cohort, title, synthetic, rows):
                result.failures.append(
                    Failure(
                        outcome.cohort, outcome.folder, "not_pooled", _of_synthesis(pool, problem)
                    )
                )


def _rows_of(statistics: pa.Table, wanted: Sequence[str]) -> Mapping[str, Mapping[str, object]]:
    """The statistics that are wanted; all without the first, so that close ids are named."""
    rows = statistics.filter(pc.is_in(statistics["id"], pa.array(wanted, pa.string()))).to_pylist()
    found = {row["id"]: row for row in rows}
    if wanted and wanted[0] in found:
        return found
    return {name: {} for name in statistics["id"].to_pylist()}


def _of_synthesis(pool: CohortPool, problem: str) -> str:
    return f"Synthesis {pool.name}: {problem}."


def _finish_pools(pools: Sequence[CohortPool], result: BatchResult) -> None:
    """Make the syntheses; what stays out is a failure."""
    for pool in pools:
        absent = {
            cohort: "it names this cohort, which was not analysed" for cohort in pool.not_analysed()
        }
        made_up = {
            cohort: "its data are synthetic, and those of other cohorts are real"
            for cohort in pool.left_out()
        }
        result.failures += [
            Failure(cohort, "", "not_pooled", _of_synthesis(pool, problem))
            for cohort, problem in (absent | made_up).items()
        ]
        try:
            result.syntheses[pool.name] = conform(pool.statistics(), STATISTICS)
        except AttuneError as error:
            sentence = "\n".join([error.heading, *error.problems])
            result.failures.append(Failure(pool.name, "", "synthesis", sentence))


def _write_syntheses(pools: Sequence[CohortPool], result: BatchResult, path: Path) -> None:
    tables = [
        _labelled(result.syntheses[pool.name], pool.name, pool.demonstration, SYNTHESIS_STATISTICS)
        for pool in pools
        if pool.name in result.syntheses
    ]
    everything = pa.concat_tables([SYNTHESIS_STATISTICS.schema.empty_table(), *tables])
    write_parquet(everything, path, SYNTHESIS_STATISTICS)


def _cohort_row(outcome: CohortOutcome) -> dict[str, object]:
    return {
        "folder": outcome.folder,
        "cohort": outcome.cohort,
        "outcome": "analysed" if outcome.failure is None else outcome.failure.reason,
        "title": outcome.title,
        "study": outcome.study,
        "synthetic": outcome.synthetic,
        "dyads": outcome.dyads,
    }


def _table(rows: Sequence[Mapping[str, object]], contract: Contract) -> pa.Table:
    return pa.Table.from_pylist([dict(row) for row in rows], schema=contract.schema)


def reasons_counted(failures: Sequence[Failure]) -> dict[str, int]:
    """Number of failures by reason code, the most frequent first."""
    return dict(Counter(failure.reason for failure in failures).most_common())
