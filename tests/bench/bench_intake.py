"""From an SPSS file to the cohort page: 30 seconds are allowed.

An SPSS file with value labels and user-missing codes is written with pyreadstat, as a lab would
export it: 300 dyads with KIMS, WAI-S, IIP-32 and SCL-90-R. The page is made by `attune check` in a
process of its own, so that imports count; the check of the shipped synthetic cohort is timed
beside it (6 seconds are allowed), and a spoiled file with an error in every tenth answer.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import yaml

ROOT = Path(__file__).resolve().parents[2]
N = 300
PARTS = [
    ("kims", "therapist", "baseline", "kims", 39, 1, 5),
    ("wai_s", "patient", "session_3", "wai", 12, 1, 7),
    ("iip_32", "patient", "intake", "iip_a", 32, 0, 4),
    ("iip_32", "patient", "termination", "iip_b", 32, 0, 4),
    ("scl_90_r", "patient", "intake", "scl_a", 90, 0, 4),
    ("scl_90_r", "patient", "termination", "scl_b", 90, 0, 4),
]
"""Instrument, rater, occasion, stem of the columns, items, lowest and highest code."""


def write_cohort(folder: Path, name: str, spoiled: bool) -> None:
    """A cohort's folder with its SPSS file and its cohort file."""
    rng = np.random.default_rng(11)
    columns: dict[str, object] = {
        "id": [f"P{number:04d}" for number in range(N)],
        "arm": rng.integers(1, 3, N).astype(float),
        "age": rng.integers(18, 80, N).astype(float),
    }
    labels, missing = {"arm": {1.0: "Brief", 2.0: "Usual"}}, {}
    for _, _, _, stem, items, low, high in PARTS:
        level = rng.normal(size=(N, 1))
        answers = np.round((low + high) / 2 + level + rng.normal(size=(N, items)))
        answers = np.clip(answers, low, high)
        answers[rng.random(answers.shape) < 0.01] = 99
        if spoiled:
            answers[rng.random(answers.shape) < 0.1] = 77
        for item in range(items):
            column = f"{stem}_{item + 1}"
            columns[column] = answers[:, item]
            labels[column] = {float(low): "never", float(high): "always"}
            missing[column] = [{"lo": 99, "hi": 99}]
    path = folder / "data" / name
    path.mkdir(parents=True)
    pyreadstat.write_sav(
        pd.DataFrame(columns),
        path / "lab.sav",
        variable_value_labels=labels,
        missing_ranges=missing,
    )
    entries = [
        {"instrument": i, "rater": r, "occasion": o, "file": "lab", "columns": f"{s}_{{item}}"}
        for i, r, o, s, *_ in PARTS
    ]
    sample = {
        "file": "lab",
        "patient": "id",
        "condition": "arm",
        "variables": {
            "arm": {
                "column": "arm",
                "label": "Arm",
                "kind": "category",
                "levels": {"1": "Brief", "2": "Usual"},
            },
            "age": {"column": "age", "label": "Age", "minimum": 18, "maximum": 90},
        },
    }
    content = {
        "cohort": name,
        "title": "A lab's own cohort",
        "study": "lab",
        "synthetic": False,
        "source": "made by a benchmark",
        "licence": "CC0-1.0",
        "files": {"lab": {"path": "lab.sav", "dyad": "id"}},
        "sample": sample,
        "questionnaires": entries,
    }
    (path / "cohort.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def write_study(folder: Path) -> None:
    """A study of every scale score of the file."""
    scales = {"kims": "total", "wai_s": "total", "iip_32": "mean", "scl_90_r": "gsi"}
    measures = {
        stem: {
            "label": stem,
            "instrument": instrument,
            "scale": scales[instrument],
            "rater": rater,
            "occasion": occasion,
        }
        for instrument, rater, occasion, stem, *_ in PARTS
    }
    gains = {
        name: {"label": name, "pretest": f"{stem}_a", "posttest": f"{stem}_b"}
        for name, stem in (("iip_gain", "iip"), ("scl_gain", "scl"))
    }
    content = {
        "study": "lab",
        "title": "Mindfulness and outcome",
        "authors": ["A. Author"],
        "template": "generic",
        "measures": measures,
        "imputation": {"method": "series_mean"},
        "outcomes": gains,
        "correlations": {
            "outcome": {
                "title": "Outcome",
                "x": ["kims", "wai"],
                "y": ["iip_gain", "scl_gain"],
                "dataset": "available",
            }
        },
        "conditions": {
            "arms": {"title": "Arms", "measures": list(measures), "dataset": "available"}
        },
    }
    path = folder / "workflow/studies/lab.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def seconds(folder: Path, *words: str) -> float:
    """Wall time of `attune check`; only errors in the data may end it with 1."""
    command = [sys.executable, "-m", "attune_cli.main", "check", *words]
    start = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode > 1 or "This cohort can" not in done.stdout:
        sys.exit(done.stdout + done.stderr)
    return time.perf_counter() - start


def main() -> None:
    """Run and print."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_study(folder)
        write_cohort(folder, "lab", spoiled=False)
        write_cohort(folder, "spoiled", spoiled=True)
        print(f"{'seconds':<52}{'taken':>7}  allowed")
        for label, words, allowed in (
            ("attune check ryan2012_synthetic", ("ryan2012_synthetic",), 6),
            (f"SPSS file, {N} dyads, page", ("lab", "--page", "page.html"), 30),
            ("SPSS file, errors in a tenth of answers, page", ("spoiled", "--page", "b.html"), 30),
        ):
            print(f"{label:<52}{seconds(folder, *words):7.2f}  {allowed:7}")
        for name in ("page", "b"):
            print(f"size of {name}.html: {(folder / f'{name}.html').stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
