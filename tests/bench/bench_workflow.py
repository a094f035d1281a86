"""How long the whole line takes: cold, with nothing to do, after one change; and one explanation.

Prints each figure beside its peer in the same run: the start of Snakemake itself, the imports that
no step can avoid, and the sum of the steps' own times.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ["Snakefile", "config.yaml", "profiles", "workflow", "scripts", "reports", "envs", "data"]
REPEATS = 3
STATISTIC = "alliance.kims_total.wai_therapist.pearson_r"


def seconds(command: list[str], folder: Path) -> float:
    """Wall time of one command; an error ends the benchmark."""
    start = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(folder / "scripts")}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return time.perf_counter() - start


def spread(times: list[float]) -> str:
    """Minimum, median and maximum."""
    ordered = sorted(times)
    return f"{ordered[0]:6.2f} {ordered[len(ordered) // 2]:6.2f} {ordered[-1]:6.2f}"


def copy_project(folder: Path) -> None:
    """The project's own files, with the embedded renderer."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / part)
    config = (folder / "config.yaml").read_text(encoding="utf-8")
    config = config.replace("renderer: auto", "renderer: embedded")
    (folder / "config.yaml").write_text(config, encoding="utf-8")


def step_seconds(folder: Path) -> float:
    """Sum of the wall times that the steps' benchmark files hold."""
    total = 0.0
    for file in folder.glob("benchmarks/**/*.tsv"):
        total += float(file.read_text(encoding="utf-8").splitlines()[1].split("\t")[0])
    return total


def main() -> None:
    """Run and print."""
    snakemake = [sys.executable, "-m", "snakemake", "--cores", "2", "--quiet", "all"]
    start = [sys.executable, "-m", "snakemake", "--version"]
    imports = [sys.executable, "-c", "import pandas, pyarrow.parquet, scipy.stats"]
    print(f"{'seconds':<44}{'min':>6} {'median':>6} {'max':>6}   target")
    attune = [sys.executable, "-c", "from attune_cli.main import main; raise SystemExit(main())"]
    explain = [*attune, "explain", STATISTIC]
    cold, steps, nothing, told, one = [], [], [], [], []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            copy_project(folder)
            cold.append(seconds(snakemake, folder))
            steps.append(step_seconds(folder))
            nothing.append(seconds(snakemake, folder))
            told.append(seconds(explain, folder))
            module = folder / "scripts/attune/stats/power.py"
            module.write_text(module.read_text(encoding="utf-8") + "\n", encoding="utf-8")
            one.append(seconds(snakemake, folder))
    peers = [
        [seconds(command, ROOT) for _ in range(REPEATS)]
        for command in (start, imports, [sys.executable, "-c", ""])
    ]
    rows = [
        ("cold run, all cohorts, 2 cores", cold, "60"),
        ("  peer: the steps' own times, added", steps, ""),
        ("no-op run", nothing, "3"),
        ("  peer: snakemake --version", peers[0], ""),
        ("attune explain, with its start", told, "2"),
        ("  peer: Python's own start", peers[2], ""),
        ("after an edit of power.py", one, ""),
        ("  peer: import pandas, pyarrow, scipy.stats", peers[1], ""),
    ]
    for label, times, target in rows:
        print(f"{label:<44}{spread(times)}   {target}")


if __name__ == "__main__":
    main()
