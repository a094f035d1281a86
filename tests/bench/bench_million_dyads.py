"""Scoring and correlating the questionnaires of a million dyads, beside reading them only.

A temporary Parquet file holds synthetic responses (one in a hundred missing) to nine
questionnaires of five instruments, 323 items a dyad, as the contract of responses has them; each
row group holds one questionnaire of some dyads. The same run measures, on this machine:

* reading the item columns of that file with pyarrow, row group by row group (the peer);
* reading the same responses from a wide file, one int8 column per item of a dyad;
* scoring every scale and correlating all scores with each other over dyads, from the file;
* the step score_scales: from the same responses in the order of the contract, dyad by dyad, to a
  file with one row per score.

Usage: bench_million_dyads.py [number of dyads]
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

# The matrices are long and thin: threads of BLAS cost more than they bring.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from attune.scoring.score_coverage import ScoreCoverage  # noqa: E402
from attune.scoring.scores import response_matrix, scale_scores, score_batches  # noqa: E402
from attune.specs.instrument import Instrument  # noqa: E402
from attune.store.contracts import ITEM_COLUMNS, RESPONSES, SCORES  # noqa: E402
from attune_files.parquet import (  # noqa: E402
    ROW_GROUP_SIZE,
    WRITER_OPTIONS,
    stream_parquet,
    write_batches,
)
from attune_files.yaml_file import read_instruments  # noqa: E402

QUESTIONNAIRES = [
    ("iip_32", "patient", "intake", ""),
    ("iip_32", "patient", "termination", ""),
    ("intrex", "therapist", "baseline", "best"),
    ("intrex", "therapist", "baseline", "worst"),
    ("kims", "therapist", "baseline", ""),
    ("scl_90_r", "patient", "intake", ""),
    ("scl_90_r", "patient", "termination", ""),
    ("wai_s", "patient", "session_3", ""),
    ("wai_s", "therapist", "session_3", ""),
]
MISSING_SHARE = 0.01
TARGET_RATIO = 5
"""At most this many times the plain read."""

MOST_GIGABYTES = 3
LARGEST_ERROR = 1e-10

Floats = NDArray[np.float64]
Result = TypeVar("Result")


def main() -> None:
    """Generate, measure, print; an error where a correlation is wrong or a limit exceeded."""
    n_dyads = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    keys = read_instruments(sorted((ROOT / "workflow" / "instruments").glob("*.yaml")))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds, _ = timed(lambda: generate(folder, n_dyads, keys))
        print(
            f"{n_dyads:,} dyads, {len(QUESTIONNAIRES)} questionnaires each, made in {seconds:.0f} s"
        )
        report(folder, keys)


def report(folder: Path, keys: dict[str, Instrument]) -> None:
    """Measure and print; the plain read before and after, so that a busy machine shows."""
    blocks, limit = folder / "blocks.parquet", f"at most {MOST_GIGABYTES}"
    made = peak_gigabytes()
    plain, _ = timed(lambda: read_items(blocks))
    scoring, sums = timed(lambda: correlate_scores(blocks, keys))
    memory = peak_gigabytes()
    again, _ = timed(lambda: read_items(blocks))
    wide, _ = timed(lambda: read_row_groups(folder / "wide.parquet", None))
    worst = largest_error(blocks, keys)
    line("read the item columns, before", f"{plain:9.2f} s")
    line("read the item columns, after", f"{again:9.2f} s")
    line("read the same responses from a wide int8 file", f"{wide:9.2f} s")
    line(f"score {sums.k} scales a dyad, correlate them all", f"{scoring:9.2f} s")
    ratio = scoring / ((plain + again) / 2)
    line("  times the plain read", f"{ratio:9.2f}", f"at most {TARGET_RATIO}")
    line("  times the wide read", f"{scoring / wide:9.2f}")
    line(f"  peak memory (making the files: {made:.2f})", f"{memory:9.2f} GB", limit)
    line("  largest error of a correlation", f"{worst:9.1e}", f"at most {LARGEST_ERROR}")
    ordered = folder / "responses.parquet"
    plain, _ = timed(lambda: read_items(ordered))
    step, n_scores = timed(lambda: score_step(ordered, folder / "scores.parquet", keys))
    line("read the item columns, dyad by dyad", f"{plain:9.2f} s")
    line(f"step score_scales, {n_scores:,} rows", f"{step:9.2f} s")
    memory = peak_gigabytes()
    line("  peak memory", f"{memory:9.2f} GB", limit)
    if worst > LARGEST_ERROR:
        sys.exit("The correlations are wrong.")
    if ratio > TARGET_RATIO or memory > MOST_GIGABYTES:
        sys.exit(f"More than {TARGET_RATIO} times the plain read, or than {MOST_GIGABYTES} GB.")


def line(what: str, found: str, target: str = "") -> None:
    """Print one figure."""
    print(f"  {what:<52}{found}{'   target: ' + target if target else ''}")


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds, and what the work gave."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def peak_gigabytes() -> float:
    """Largest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e9 if sys.platform == "darwin" else 1e6)


def generate(folder: Path, n_dyads: int, keys: dict[str, Instrument]) -> None:
    """Write the three files, some dyads at a time."""
    rng = np.random.default_rng(2012)
    n_items = sum(keys[questionnaire[0]].n_items for questionnaire in QUESTIONNAIRES)
    wide_schema = pa.schema([(f"x{number:03d}", pa.int8()) for number in range(n_items)])
    with (
        pq.ParquetWriter(folder / "blocks.parquet", RESPONSES.schema, **WRITER_OPTIONS) as blocks,
        pq.ParquetWriter(folder / "responses.parquet", RESPONSES.schema, **WRITER_OPTIONS) as tall,
        pq.ParquetWriter(folder / "wide.parquet", wide_schema, **WRITER_OPTIONS) as wide,
    ):
        for first in range(0, n_dyads, ROW_GROUP_SIZE):
            n = min(ROW_GROUP_SIZE, n_dyads - first)
            dyads = pa.array([f"d{number:07d}" for number in range(first, first + n)])
            columns: list[pa.Array] = []
            tables: list[pa.Table] = []
            for questionnaire in QUESTIONNAIRES:
                items = random_items(rng, keys[questionnaire[0]], n)
                columns += [item.cast(pa.int8()) for item in items]
                tables.append(tall_table(dyads, questionnaire, items))
                blocks.write_table(tables[-1], row_group_size=n)
            wide.write_table(pa.table(columns, schema=wide_schema), row_group_size=n)
            by_dyad = np.arange(n * len(tables)).reshape(len(tables), n).T.ravel()
            for part in np.array_split(by_dyad, len(tables)):
                tall.write_table(pa.concat_tables(tables).take(part), row_group_size=ROW_GROUP_SIZE)


def random_items(rng: np.random.Generator, key: Instrument, n: int) -> list[pa.Array]:
    """Responses to each item: a common factor, so that scores correlate, and noise."""
    codes = key.response
    steps = (codes.maximum - codes.minimum) // codes.step
    factor = rng.random(n, dtype=np.float32)
    noise = rng.random((key.n_items, n), dtype=np.float32)
    drawn = codes.minimum + codes.step * np.rint((factor + noise) / 2 * steps).astype(np.int16)
    missing = rng.random((key.n_items, n), dtype=np.float32) < MISSING_SHARE
    return [pa.array(item, mask=gone) for item, gone in zip(drawn, missing, strict=True)]


def tall_table(
    dyads: pa.Array, questionnaire: tuple[str, str, str, str], items: list[pa.Array]
) -> pa.Table:
    """One questionnaire of some dyads, as the contract of responses has it."""
    n = len(dyads)
    columns = [dyads, *(pa.repeat(pa.scalar(value), n) for value in questionnaire), *items]
    columns += [pa.nulls(n, pa.int16())] * (len(ITEM_COLUMNS) - len(items))
    return pa.table(columns, schema=RESPONSES.schema)


def read_items(path: Path) -> None:
    """Read the item columns, row group by row group."""
    read_row_groups(path, list(ITEM_COLUMNS))


def read_row_groups(path: Path, columns: list[str] | None) -> None:
    """Read a file as fast as pyarrow does without holding all of it."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            file.read_row_group(group, columns=columns)


class PairwiseSums:
    """Sums from which all correlations follow, pairwise complete, whatever the number of dyads."""

    def __init__(self, k: int):
        self.k = k
        self.n, self.x, self.xx, self.xy = (np.zeros((k, k)) for _ in range(4))
        self._shift: Floats | None = None

    def add(self, scores: Floats) -> None:
        """Add dyads; scores: k x dyads, NaN where missing."""
        if self._shift is None:
            # Deviates from the first dyads' means lose no digits to large sums.
            self._shift = np.nanmean(scores, axis=1, keepdims=True)
        deviates = scores - self._shift
        exists = np.isfinite(deviates)
        deviates[~exists] = 0
        exists = exists.astype(np.float64)
        self.n += exists @ exists.T
        self.x += deviates @ exists.T
        self.xy += deviates @ deviates.T
        self.xx += np.square(deviates, out=deviates) @ exists.T

    def correlations(self) -> Floats:
        """Pearson's r of every pair."""
        covariance = self.xy - self.x * self.x.T / self.n
        variance = self.xx - self.x**2 / self.n
        return covariance / np.sqrt(variance * variance.T)


def scored_dyads(path: Path, keys: dict[str, Instrument]) -> Iterator[Floats]:
    """All scores of some dyads at a time: scales of all questionnaires x dyads."""
    blocks: list[Floats] = []
    for batch in stream_parquet(path, RESPONSES, ["instrument", *ITEM_COLUMNS]):
        key = keys[batch["instrument"][0].as_py()]
        blocks.append(scale_scores(response_matrix(batch, key.n_items), key).score)
        if len(blocks) == len(QUESTIONNAIRES):
            yield np.concatenate(blocks)
            blocks = []


def correlate_scores(path: Path, keys: dict[str, Instrument]) -> PairwiseSums:
    """Score and correlate, holding one row group of each questionnaire."""
    sums = PairwiseSums(sum(len(keys[questionnaire[0]].scales) for questionnaire in QUESTIONNAIRES))
    for scores in scored_dyads(path, keys):
        sums.add(scores)
    sums.correlations()
    return sums


def largest_error(path: Path, keys: dict[str, Instrument]) -> float:
    """Against numpy.corrcoef of each pair, over the first dyads."""
    scores = next(scored_dyads(path, keys))
    sums = PairwiseSums(len(scores))
    for part in np.array_split(scores, 7, axis=1):
        sums.add(part)
    found = sums.correlations()
    worst = 0.0
    for i in range(0, len(scores), 5):
        for j in range(i):
            both = np.isfinite(scores[i]) & np.isfinite(scores[j])
            worst = max(
                worst, abs(found[i, j] - np.corrcoef(scores[i, both], scores[j, both])[0, 1])
            )
    return worst


def score_step(path: Path, target: Path, keys: dict[str, Instrument]) -> int:
    """What scripts/score_scales.py does; number of scores."""
    scored = score_batches(stream_parquet(path, RESPONSES), keys, ScoreCoverage(keys))
    write_batches(scored, target, SCORES)
    return int(pq.read_metadata(target).num_rows)


if __name__ == "__main__":
    main()
