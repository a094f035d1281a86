"""A million dyads with five instruments: from the raw file to a table of estimates, in parts.

A temporary CSV file holds synthetic answers of a million dyads in two conditions: KIMS of the
therapist, WAI of both, IIP-32, SCL-90-R and CORE-10 before and after treatment, 327 items;
of each questionnaire a third of the dyads leave out one item and a tenth a second one. (Were every
answer missing by itself, a handful of a million would leave out seven items of a questionnaire,
and the site file withholds what rests on such a handful.) The file is made in parts, is larger
than what git should hold and is gone at the end. Each of these runs in a process of its own, on the
same file:

* the moments of the whole file in 1, 4 and 16 parts (every cell checked, every scale scored), from
  them all estimates of the plan, and the site file;
* a plain script with pandas: reads the file, scores the same scales, correlates them;
* pingouin, from the scores of the plain script: correlations, t tests, alpha.

Usage: bench_site_partitions.py [number of dyads]
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

# The matrices are long and thin: threads of BLAS cost more than they bring.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

QUESTIONNAIRES = (
    ("kims", "therapist", "baseline"),
    ("wai_s", "therapist", "session_3"),
    ("wai_s", "patient", "session_3"),
    ("iip_32", "patient", "intake"),
    ("iip_32", "patient", "termination"),
    ("scl_90_r", "patient", "intake"),
    ("scl_90_r", "patient", "termination"),
    ("core_10", "patient", "intake"),
    ("core_10", "patient", "termination"),
)
MEASURES = (
    ("kims_total", "kims", "total", "therapist", "baseline"),
    ("wai_therapist", "wai_s", "total", "therapist", "session_3"),
    ("wai_patient", "wai_s", "total", "patient", "session_3"),
    ("iip_intake", "iip_32", "mean", "patient", "intake"),
    ("iip_termination", "iip_32", "mean", "patient", "termination"),
    ("scl_intake", "scl_90_r", "gsi", "patient", "intake"),
    ("scl_termination", "scl_90_r", "gsi", "patient", "termination"),
    ("core_intake", "core_10", "total", "patient", "intake"),
    ("core_termination", "core_10", "total", "patient", "termination"),
)
OUTCOMES = {"iip_gain": "iip", "scl_gain": "scl", "core_gain": "core"}
BLOCK = 50_000
LEAVE_OUT_ONE, LEAVE_OUT_ANOTHER = 1 / 3, 1 / 10
PARTS = (1, 4, 16)
MOST_SECONDS, MOST_GIGABYTES, LARGEST_DIFFERENCE = 90, 3, 1e-12


def main() -> None:
    """Generate, measure, compare, print; an error where a number is wrong or a limit exceeded."""
    n_dyads = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = time.perf_counter()
        write_project(folder)
        generate(folder / "data/large/answers.csv", n_dyads)
        size = (folder / "data/large/answers.csv").stat().st_size / 1e6
        made = time.perf_counter() - start
        print(f"{n_dyads:,} synthetic dyads, 327 items, {size:.0f} MB, made in {made:.0f} s")
        print(f"  {'':<34}{'seconds':>9}{'of CPU':>9}{'GB':>7}")
        tables, exceeded = {}, []
        for parts in PARTS:
            took, tables[parts] = measured("attune", folder, str(-(-n_dyads // parts)))
            goal = f"   targets: {MOST_SECONDS} s, {MOST_GIGABYTES} GB"
            what = f"attune, {parts} part{'s' if parts > 1 else ''}"
            line(what, took, goal)
            if took["seconds"] > MOST_SECONDS or took["gigabytes"] > MOST_GIGABYTES:
                exceeded.append(what)
        took, plain = measured("plain", folder, "")
        line("plain pandas, no cell is checked", took)
        took, other = measured("pingouin", folder, "")
        line("pingouin, from ready scores", took)
        compare(tables, plain, other)
        if exceeded:
            sys.exit(f"More than {MOST_SECONDS} s or {MOST_GIGABYTES} GB: {'; '.join(exceeded)}.")


def line(what: str, took: dict[str, float], target: str = "") -> None:
    """Print one row of the table."""
    times = f"{took['seconds']:9.1f}{took['cpu']:9.1f}"
    print(f"  {what:<34}{times}{took['gigabytes']:7.2f}{target}", flush=True)


def compare(tables: dict[int, dict[str, float]], plain: dict[str, float], other: dict) -> None:
    """Largest relative differences between the parts, and from the peers."""
    first = tables[PARTS[0]]
    worst = {
        "1, 4 and 16 parts": max(largest_difference(first, tables[n]) for n in PARTS[1:]),
        "attune and plain pandas": largest_difference(plain, first),
        "attune and pingouin": largest_difference(other, first),
    }
    for pair, difference in worst.items():
        print(f"  largest relative difference, {pair}: {difference:.1e}")
    print(
        f"  {len(first)} estimates; compared with pandas {len(plain)}, with pingouin {len(other)}"
    )
    if worst["1, 4 and 16 parts"] > LARGEST_DIFFERENCE or max(worst.values()) > 1e-9:
        sys.exit("The estimates differ.")


def largest_difference(some: dict[str, float], every: dict[str, float]) -> float:
    """Over the ids of the first, which the second must have."""
    return max(abs(some[name] - every[name]) / max(abs(every[name]), 1e-3) for name in some)


def measured(what: str, folder: Path, word: str) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds and peak gigabytes of one kind of work in a process of its own, and its estimates."""
    command = [sys.executable, __file__, what, str(folder), word]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    took, found = json.loads(done.stdout.splitlines()[-1])
    return took, found


def write_project(folder: Path) -> None:
    """The cohort and its plan."""
    import yaml

    measures = {
        name: {"label": name, "instrument": i, "scale": s, "rater": r, "occasion": o}
        for name, i, s, r, o in MEASURES
    }
    x = ["kims_total", "wai_therapist", "wai_patient"]
    study = {
        "study": "large",
        "title": "A million dyads",
        "authors": ["A. Author"],
        "template": "generic",
        "measures": measures,
        "imputation": {"method": "none"},
        "outcomes": {
            name: {"label": name, "pretest": f"{stem}_intake", "posttest": f"{stem}_termination"}
            for name, stem in OUTCOMES.items()
        },
        "correlations": {
            "alliance": {"title": "A", "x": x[:1], "y": x[1:], "dataset": "available"},
            "outcome": {"title": "O", "x": x, "y": list(OUTCOMES), "dataset": "available"},
        },
        "conditions": {"arms": {"title": "C", "measures": [*x, *OUTCOMES], "dataset": "available"}},
    }
    cohort = {
        "cohort": "large",
        "title": "A million synthetic dyads",
        "study": "large",
        "synthetic": True,
        "synthetic_notice": "Synthetic: no person answered.",
        "source": "a benchmark",
        "licence": "CC0-1.0",
        "missing_codes": [""],
        "files": {"answers": {"path": "answers.csv", "dyad": "id"}},
        "sample": {
            "file": "answers",
            "patient": "patient",
            "therapist": "therapist",
            "condition": "arm",
            "variables": {
                "arm": {
                    "column": "arm",
                    "label": "Arm",
                    "kind": "category",
                    "levels": {"A": "First", "B": "Second"},
                }
            },
        },
        "questionnaires": [
            {"instrument": i, "rater": r, "occasion": o, "file": "answers"}
            | {"columns": f"{i}_{r}_{o}_{{item}}"}
            for i, r, o in QUESTIONNAIRES
        ],
    }
    for path, content in (
        ("workflow/studies/large.yaml", study),
        ("data/large/cohort.yaml", cohort),
    ):
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def keys() -> dict[str, Any]:
    """The scoring keys."""
    from attune_files.yaml_file import read_instruments

    names = sorted({name for name, *_ in QUESTIONNAIRES})
    return read_instruments([ROOT / f"workflow/instruments/{name}.yaml" for name in names])


def generate(path: Path, n_dyads: int) -> None:
    """Answers with one factor per questionnaire, correlated by a common one; block by block."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv

    known, writer = keys(), None
    for start in range(0, n_dyads, BLOCK):
        rng = np.random.default_rng([2012, start])
        n = min(BLOCK, n_dyads - start)
        rows = np.arange(start, start + n)
        columns = {
            "id": pa.array([f"D{row:07d}" for row in rows]),
            "patient": pa.array([f"P{row:07d}" for row in rows]),
            "therapist": pa.array([f"T{row // 5:06d}" for row in rows]),
            "arm": pa.array(np.where(rng.random(n) < 0.5, "A", "B")),
        }
        # The arms differ: of a difference of 0 any rounding error would be a large share.
        common = 0.8 * rng.random(n, dtype=np.float32)
        common += np.where(np.asarray(columns["arm"]) == "A", np.float32(0.2), np.float32(0))
        for instrument, rater, occasion in QUESTIONNAIRES:
            own = (common + rng.random(n, dtype=np.float32)) / 2
            codes, n_items = known[instrument].response, known[instrument].n_items
            left_out = rng.integers(1, n_items + 1, size=(2, n))
            left_out[rng.random((2, n)) >= [[LEAVE_OUT_ONE], [LEAVE_OUT_ANOTHER]]] = 0
            for item in range(1, n_items + 1):
                level = (own + rng.random(n, dtype=np.float32)) / 2
                if item in known[instrument].reverse:
                    level = 1 - level
                span = codes.maximum - codes.minimum
                answers = codes.minimum + np.rint(level * span).astype(np.int8)
                missing = (left_out == item).any(axis=0)
                columns[f"{instrument}_{rater}_{occasion}_{item}"] = pa.array(answers, mask=missing)
        table = pa.table(columns)
        options = pyarrow.csv.WriteOptions(quoting_style="none")
        writer = writer or pyarrow.csv.CSVWriter(path, table.schema, write_options=options)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def attune(folder: Path, partition_rows: str) -> dict[str, float]:
    """Raw file to moments, estimates and site file."""
    from attune.sites.pooling import pool_sites, site_of_file
    from attune.sites.site_file import signed_text
    from attune_files.site_project import Place, content_of, moments_of_raw_file, read_site_project

    place = Place(lambda path: str(folder / path if (folder / path).exists() else ROOT / path))
    project = read_site_project("large", place, "pairwise")
    site, _ = moments_of_raw_file(project, place, int(partition_rows))
    content = content_of(project, site, place, "large", with_statistics=False)
    (folder / "site.json").write_text(signed_text(content, b"0" * 64), encoding="utf-8")
    if content.disclosure.withheld:
        sys.exit(f"Withheld of a million dyads: {content.disclosure.withheld}")
    pooled = pool_sites([site_of_file(content)], project.study, project.plan)
    return {one.id: one.estimate.estimate for one in pooled if one.estimate is not None}


def plain(folder: Path, _: str) -> dict[str, float]:
    """What a plain script does: no check of any cell, the same proration; keeps the scores."""
    import numpy as np
    import pandas as pd

    known = keys()
    kinds = {"arm": "category", "id": str, "patient": str, "therapist": str}
    first = pd.read_csv(folder / "data/large/answers.csv", nrows=1)
    kinds |= {name: np.float32 for name in first.columns if name not in kinds}
    raw = pd.read_csv(folder / "data/large/answers.csv", dtype=kinds)
    scores = {"arm": raw["arm"].astype(str)}
    for name, instrument, scale, rater, occasion in MEASURES:
        key = known[instrument]
        items = key.items_of(scale)
        answers = raw[[f"{instrument}_{rater}_{occasion}_{item}" for item in items]].astype(float)
        for item, column in zip(items, answers.columns, strict=True):
            if item in key.reverse:
                answers[column] = key.response.minimum + key.response.maximum - answers[column]
        if name == "wai_patient":
            answers.to_parquet(folder / "items.parquet")
        rule = key.missing_rule(scale)
        mean = answers.mean(axis=1).where(
            answers.notna().sum(axis=1) >= rule.fewest_answered(len(items))
        )
        scores[name] = mean * len(items) if key.scales[scale].aggregation == "sum" else mean
    table = pd.DataFrame(scores)
    table.to_parquet(folder / "scores.parquet")
    return {**plain_correlations(table), **plain_gains(table)}


def plain_correlations(table: Any) -> dict[str, float]:
    """Pairwise correlations, means and standard deviations."""
    measures = table.drop(columns="arm")
    r = measures.corr()
    found = {f"sample.{name}.mean": measures[name].mean() for name in measures}
    found |= {f"sample.{name}.sd": measures[name].std() for name in measures}
    for y in ("wai_therapist", "wai_patient"):
        found[f"alliance.kims_total.{y}.pearson_r"] = r.loc["kims_total", y]
    return {name: float(value) for name, value in found.items()}


def plain_gains(table: Any) -> dict[str, float]:
    """Residual gains by numpy.polyfit, and their correlations."""
    import numpy as np

    found = {}
    for outcome, stem in OUTCOMES.items():
        pre, post = table[f"{stem}_intake"], table[f"{stem}_termination"]
        both = pre.notna() & post.notna()
        slope, intercept = np.polyfit(pre[both], post[both], 1)
        gain = post - intercept - slope * pre
        found[f"gains.{outcome}.available.slope"] = float(slope)
        for x in ("kims_total", "wai_therapist", "wai_patient"):
            found[f"outcome.{x}.{outcome}.pearson_r"] = float(table[x].corr(gain))
    return found


def pingouin(folder: Path, _: str) -> dict[str, float]:
    """What pingouin computes from scores that are there."""
    import pandas as pd
    import pingouin as pg

    table = pd.read_parquet(folder / "scores.parquet")
    found = {}
    for y in ("wai_therapist", "wai_patient"):
        found[f"alliance.kims_total.{y}.pearson_r"] = float(
            pg.corr(table["kims_total"], table[y])["r"].iloc[0]
        )
    for measure in ("kims_total", "wai_therapist", "wai_patient"):
        own = table[["arm", measure]].dropna()
        first, second = (own.loc[own["arm"] == arm, measure] for arm in "AB")
        d = pg.compute_effsize(first, second, eftype="cohen")
        found[f"arms.{measure}.cohen_d"] = float(d)
        pg.ttest(first, second, correction=False)
    items = pd.read_parquet(folder / "items.parquet")
    alpha = pg.cronbach_alpha(items, nan_policy="listwise")[0]
    return found | {"reliability.wai_s.total.patient.session_3.alpha": float(alpha)}


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in ("attune", "plain", "pingouin"):
        begin = time.perf_counter()
        result = {"attune": attune, "plain": plain, "pingouin": pingouin}[sys.argv[1]](
            Path(sys.argv[2]), sys.argv[3]
        )
        seconds = time.perf_counter() - begin
        usage = resource.getrusage(resource.RUSAGE_SELF)
        # On a busy machine the time of the processor tells more than that of the clock.
        cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e6
        print(json.dumps([{"seconds": seconds, "cpu": cpu, "gigabytes": peak}, result]))
    else:
        main()
