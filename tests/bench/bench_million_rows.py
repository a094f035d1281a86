"""Validating and storing a CSV file of a million rows and 300 items, beside reading it only.

A temporary CSV file holds synthetic answers to five questionnaires (SCL-90-R three times, CORE-10,
PHLMS; one answer in a hundred missing) and the sample sheet's columns. The same run measures, each
in a process of its own:

* `pyarrow.csv.read_csv` of that file with its defaults (the peer), before and after;
* what the step validate_responses does: every cell checked against its key, every rule applied,
  the responses stored as the contract has them.

Usage: bench_million_rows.py [number of rows]
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

QUESTIONNAIRES = [
    ("scl_90_r", "intake"),
    ("scl_90_r", "session_3"),
    ("scl_90_r", "termination"),
    ("core_10", "intake"),
    ("phlms", "intake"),
]
BLOCK = 50_000
TARGET_RATIO, TARGET_GIGABYTES = 4, 2


def main() -> None:
    """Generate, measure, print."""
    n_rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = time.perf_counter()
        generate(folder / "answers.csv", n_rows)
        size = (folder / "answers.csv").stat().st_size / 1e6
        print(f"{n_rows:,} rows, {size:.0f} MB, made in {time.perf_counter() - start:.0f} s")
        before, _ = measured("read", folder)
        seconds, gigabytes = measured("validate", folder)
        after, _ = measured("read", folder)
        line("pyarrow's own read, before", f"{before:9.2f} s")
        line("pyarrow's own read, after", f"{after:9.2f} s")
        line("validate and store", f"{seconds:9.2f} s")
        ratio = seconds / ((before + after) / 2)
        line("  times pyarrow's own read", f"{ratio:9.2f}", f"at most {TARGET_RATIO}")
        line("  peak memory", f"{gigabytes:9.2f} GB", f"under {TARGET_GIGABYTES}")


def line(what: str, found: str, target: str = "") -> None:
    """Print one figure."""
    print(f"  {what:<40}{found}{'   target: ' + target if target else ''}")


def measured(what: str, folder: Path) -> tuple[float, float]:
    """Seconds and peak gigabytes of one kind of work, in a process of its own."""
    command = [sys.executable, __file__, what, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, gigabytes = done.stdout.split()[-2:]
    return float(seconds), float(gigabytes)


def generate(path: Path, n_rows: int) -> None:
    """Answers in columns named after instrument, occasion and item."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv

    keys = _keys()
    random = np.random.default_rng(1)
    writer = None
    for start in range(0, n_rows, BLOCK):
        rows = range(start, min(start + BLOCK, n_rows))
        columns = {
            "id": pa.array([f"D{row:07d}" for row in rows]),
            "patient": pa.array([f"P{row:07d}" for row in rows]),
        }
        for instrument, occasion in QUESTIONNAIRES:
            allowed = keys[instrument].response
            for item in range(1, keys[instrument].n_items + 1):
                answers = random.integers(allowed.minimum, allowed.maximum + 1, len(rows), np.int8)
                missing = random.random(len(rows)) < 0.01
                columns[f"{instrument}_{occasion}_{item}"] = pa.array(answers, mask=missing)
        table = pa.table(columns)
        options = pyarrow.csv.WriteOptions(quoting_style="none")
        writer = writer or pyarrow.csv.CSVWriter(path, table.schema, write_options=options)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def read(folder: Path) -> float:
    """Seconds of pyarrow's own read."""
    import pyarrow.csv

    start = time.perf_counter()
    pyarrow.csv.read_csv(folder / "answers.csv")
    return time.perf_counter() - start


def validate(folder: Path) -> float:
    """Seconds of the step's work."""
    from attune.intake.validation import validate_responses
    from attune.specs.closed_model import read_as
    from attune.specs.cohort import Cohort
    from attune.store.contracts import RESPONSES
    from attune_files.parquet import write_batches
    from attune_files.raw.sheets import read_raw_sheets

    keys = _keys()
    questionnaires = [
        {"instrument": instrument, "rater": "patient", "occasion": occasion, "file": "answers"}
        | {"columns": f"{instrument}_{occasion}_{{item}}"}
        for instrument, occasion in QUESTIONNAIRES
    ]
    content = {
        "cohort": "large",
        "title": "A million",
        "study": "large",
        "synthetic": True,
        "synthetic_notice": "Synthetic.",
        "source": "a benchmark",
        "licence": "none",
        "missing_codes": [""],
        "files": {"answers": {"path": "answers.csv", "dyad": "id"}},
        "sample": {"file": "answers", "patient": "patient"},
        "questionnaires": questionnaires,
    }
    cohort = read_as(Cohort, content, "cohort.yaml")
    start = time.perf_counter()
    validated = validate_responses(read_raw_sheets(folder, cohort), cohort, keys, {})
    write_batches(validated.batches(), folder / "responses.parquet", RESPONSES)
    seconds = time.perf_counter() - start
    if not (folder / "responses.parquet").stat().st_size > 1_000:
        sys.exit("Nothing was stored.")
    return seconds


def _keys() -> dict:
    from attune_files.yaml_file import read_instruments

    names = sorted({name for name, _ in QUESTIONNAIRES})
    return read_instruments([ROOT / f"workflow/instruments/{name}.yaml" for name in names])


if __name__ == "__main__":
    if sys.argv[1:2] in (["read"], ["validate"]):
        work = read if sys.argv[1] == "read" else validate
        took = work(Path(sys.argv[2]))
        print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
    else:
        main()
