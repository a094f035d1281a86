"""Copies of the whole project, runs of them, and the one finished run that all tests share."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import snakemake_server

ROOT = Path(__file__).parents[1]
SYNTHESES = "results/synthesis/"
PARTS = ["Snakefile", "config.yaml", "profiles", "workflow", "scripts", "reports", "envs", "data"]


def run_snakemake(folder: Path, *arguments: str) -> str:
    """Output of Snakemake; where Snakemake fails, the test fails with that output."""
    status, output = try_snakemake(folder, *arguments)
    assert status == 0, output
    return output


def try_snakemake(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit status and output of Snakemake."""
    return snakemake_server.run(folder, ["--cores", "2", "--nocolor", *arguments])


def run_python(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Python with the library of a copy of the project, in its folder."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=home,
        env=os.environ | {"PYTHONPATH": str(home / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )


def planned_jobs(folder: Path, *cohorts: str) -> set[tuple[str, str]]:
    """Rule and cohort of every job that Snakemake would run: of all cohorts, or of these alone."""
    chosen = [f"cohorts=[{','.join(cohorts)}]", "syntheses=[]", "--"]
    words = ["--summary", *(["--config", *chosen] if cohorts else [])]
    jobs = set()
    for line in run_snakemake(folder, *words).splitlines():
        cells = line.split("\t")
        of_cohort = cells[0].startswith("results/") and not cells[0].startswith(SYNTHESES)
        if of_cohort and cells[-1] == "update pending":
            jobs.add((cells[2], cells[0].split("/")[1]))
    return jobs


def planned_syntheses(folder: Path) -> set[tuple[str, str]]:
    """Rule and synthesis of every job of a synthesis that Snakemake would run."""
    rows = (line.split("\t") for line in run_snakemake(folder, "--summary").splitlines())
    return {
        (cells[2], cells[0].split("/")[2])
        for cells in rows
        if cells[0].startswith(SYNTHESES) and cells[-1] == "update pending"
    }


def copy_project(target: Path) -> Path:
    """The project's own files, without results, in another folder."""
    target.mkdir(parents=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target / part)
    return target


def finished_run(target: Path) -> Path:
    """Run all cohorts with the embedded renderer in a copy of the project; returns its folder."""
    folder = copy_project(target)
    config = (folder / "config.yaml").read_text(encoding="utf-8")
    (folder / "config.yaml").write_text(
        config.replace("renderer: auto", "renderer: embedded"), encoding="utf-8"
    )
    run_snakemake(folder)
    return folder


def made_once(
    name: str, make: Callable[[Path], object], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder that one of the parallel test processes fills and all of them read.

    `make` gets a path that does not exist yet. The other processes wait for it; where it fails,
    they fail with the same message instead of trying again.
    """
    base = tmp_path_factory.getbasetemp()
    parallel = "PYTEST_XDIST_WORKER" in os.environ
    # Each parallel process has a base folder of its own, in a folder that they share.
    home = (base.parent if parallel else base) / name
    folder, failure = home / "a project with spaces", home / "failure.txt"
    home.mkdir(exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if failure.exists():
            pytest.fail(failure.read_text(encoding="utf-8"))
        if not (home / "done").exists():
            try:
                make(folder)
            except BaseException as error:
                failure.write_text(str(error), encoding="utf-8")
                raise
            (home / "done").touch()
    return folder
