"""The wheel, installed apart from the repository: from an empty folder to a manuscript."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from tests.unit.cohort_draft.drafts import answers, ids
from tests.whole_project import PARTS, ROOT

BUILT_FROM = ["pyproject.toml", "setup.py", "MANIFEST.in", ".gitignore"]
BUILT_FROM += ["README.md", "LICENSE", "Makefile"]
KEPT = ("PATH", "HOME", "TMPDIR", "LANG", "OPENBLAS_NUM_THREADS")
"""Of the environment: no PYTHONPATH, which would lead to the repository."""


@dataclass(frozen=True)
class Installed:
    """An environment that holds the wheel and, from the present one, every other package."""

    wheel: Path
    home: Path
    folder: Path

    def run(self, *words: str | Path) -> str:
        """Output of a program of the environment, started in the empty folder."""
        done = subprocess.run(
            [self.home / "bin" / words[0], *words[1:]],
            cwd=self.folder,
            env={name: os.environ[name] for name in KEPT if name in os.environ},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    base = tmp_path_factory.mktemp("wheel")
    source = base / "source"
    source.mkdir()
    for part in [*PARTS, *BUILT_FROM]:
        if (ROOT / part).is_dir():
            # Without what setuptools keeps of other builds: it would hide a file that is not named.
            left_out = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(ROOT / part, source / part, ignore=left_out)
        else:
            shutil.copyfile(ROOT / part, source / part)
    # A cohort of the lab that builds it.
    shutil.copytree(source / "data/help", source / "data/private")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wheel = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(base)]
    subprocess.run([*pip, *wheel, str(source)], check=True)
    (built,) = base.glob("*.whl")
    home = base / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = ["--python", str(home / "bin/python")]
    subprocess.run([*pip, *python, "install", "--no-deps", "--no-index", str(built)], check=True)
    # A path in a .pth file: the .pth files of that folder, such as attune's own, are not read.
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    (folder := base / "an empty folder").mkdir()
    return Installed(built, home, folder)


def test_holds_every_file_that_a_run_reads_and_no_other_cohort(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as archive:
        names = {name.removeprefix("attune_project/") for name in archive.namelist()}
    assert {name.split("/")[1] for name in names if name.startswith("data/")} == {
        path.parent.name for path in ROOT.glob("data/*/cohort.yaml") if tracked(path.parent.name)
    }
    for part in ("workflow", "reports", "profiles", "envs", "scripts"):
        files = [path for path in (ROOT / part).rglob("*") if path.is_file()]
        expected = {path.relative_to(ROOT).as_posix() for path in files if is_shipped(path)}
        assert expected - names == set(), part
    assert not [name for name in names if "maintenance" in name or "private" in name]


def tracked(cohort: str) -> bool:
    return f"!/data/{cohort}/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def is_shipped(path: Path) -> bool:
    left_out = {"__pycache__", "maintenance"} | {part for part in path.parts if "egg-info" in part}
    return not left_out & set(path.parts) and path.suffix != ".pyc"


def test_the_source_of_a_wheel_names_the_same_cohorts() -> None:
    manifest = (ROOT / "MANIFEST.in").read_text(encoding="utf-8")
    named = re.findall(r"^graft data/(\w+)$", manifest, re.MULTILINE)
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8")
    assert named == re.findall(r"^!/data/(\w+)/$", ignored, re.MULTILINE)


def test_its_own_library_is_imported(installed: Installed) -> None:
    modules = ("attune", "attune_files", "attune_cli")
    code = "; ".join(f"import {name}; print({name}.__file__)" for name in modules)
    for line in installed.run("python", "-c", code).splitlines():
        assert Path(line).is_relative_to(installed.home)


def test_commands_find_keys_ledgers_and_templates(installed: Installed) -> None:
    keys = installed.run("attune", "instruments")
    assert all(path.stem in keys for path in (ROOT / "workflow/instruments").glob("*.yaml"))
    page = installed.folder / "audit.html"
    installed.run("attune", "audit", "ryan2012", "--page", page)
    assert "<style" in page.read_text(encoding="utf-8")


def test_from_a_csv_file_to_a_manuscript(installed: Installed) -> None:
    columns = [f"phq9_{item}_{when}" for when in ("pre", "post") for item in range(1, 10)]
    sheet = pd.concat([ids(), answers(columns, 0, 3)], axis=1)
    sheet.to_csv(installed.folder / "clinic.csv", index=False)
    drafted = installed.run("attune", "new-cohort", "clinic.csv", "--name", "mylab")
    assert "  4. attune run\n" in drafted
    assert "PHQ-9" in installed.run("attune", "check", "mylab")
    planned = installed.run("attune", "run", "--dry-run")
    assert "results/mylab/supplement.pdf" in planned
    assert "results/help/" not in planned and "results/synthesis" not in planned
    installed.run("attune", "run", "--cores", "2", "results/mylab/manuscript.html")
    manuscript = (installed.folder / "results/mylab/manuscript.html").read_text(encoding="utf-8")
    assert "PHQ-9" in manuscript
    installed.run("attune", "explain", "sample.all.n", "--cohort", "mylab")
