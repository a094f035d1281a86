"""A finished run of the whole project, in a folder with spaces, shared by the workflow's tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ["Snakefile", "config.yaml", "profiles", "workflow", "scripts", "reports", "envs", "data"]


def run_snakemake(folder: Path, *arguments: str) -> str:
    """What Snakemake says; the test fails with it if Snakemake does."""
    status, said = try_snakemake(folder, *arguments)
    assert status == 0, said
    return said


def try_snakemake(folder: Path, *arguments: str) -> tuple[int, str]:
    """How Snakemake ends, and what it says."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": programs}
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--nocolor", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def planned_jobs(folder: Path) -> set[tuple[str, str]]:
    """Rule and cohort of every job that Snakemake would run."""
    jobs = set()
    for line in run_snakemake(folder, "--summary").splitlines():
        cells = line.split("\t")
        if cells[0].startswith("results/") and cells[-1] == "update pending":
            jobs.add((cells[2], cells[0].split("/")[1]))
    return jobs


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


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's folder after one full run with the embedded renderer."""
    folder = copy_project(tmp_path_factory.mktemp("finished") / "a project with spaces")
    config = (folder / "config.yaml").read_text(encoding="utf-8")
    (folder / "config.yaml").write_text(
        config.replace("renderer: auto", "renderer: embedded"), encoding="utf-8"
    )
    run_snakemake(folder)
    return folder
