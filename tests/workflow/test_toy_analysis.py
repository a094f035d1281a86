"""An analysis is one folder: added to a copy of the project, it is in every result of a run.

The files of `toy_analysis/` are copied beside those of the project; no file of the project changes,
except the study file, which asks for the analysis.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from attune.store.contracts import MEASURES
from attune_files.parquet import read_parquet
from tests.whole_project import copy_project, run_snakemake

TOY = Path(__file__).parent / "toy_analysis"
ID = "stability.bdi_pre.bdi_2m.mean_absolute_difference"
SECTION = """
differences:
  stability:
    title: Distance Between Pretest and Posttest
    first: [bdi_pre]
    second: [bdi_2m]
    dataset: available
"""
TABLE = """
  stability:
    document: manuscript
    kind: distances
    title: Distances Between Measures
    analyses: [stability]
"""


def attune(home: Path, *words: str) -> str:
    """Output of a command of the copy; the test fails where the command fails."""
    done = subprocess.run(
        [sys.executable, "-m", "attune_cli.main", *words],
        cwd=home,
        env=os.environ | {"PYTHONPATH": str(home / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in ((0, 1) if words[0] == "diff" else (0,)), done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the toy analysis, run before (results_before) and after."""
    home = copy_project(tmp_path_factory.mktemp("toy") / "attune")
    config = home / "config.yaml"
    text = config.read_text(encoding="utf-8").replace("renderer: auto", "renderer: embedded")
    for cohort in ("ryan2012_synthetic", "help"):
        text = text.replace(f"  - {cohort}\n", "")
    config.write_text(text, encoding="utf-8")
    run_snakemake(home)
    shutil.copytree(home / "results", home.parent / "before/results")
    project = {path.relative_to(home) for path in home.rglob("*") if path.is_file()}
    added = {path.relative_to(TOY) for path in TOY.rglob("*") if path.suffix != ".pyc"}
    assert not project & added, "the toy analysis replaces a file of the project"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(TOY, home, dirs_exist_ok=True, ignore=ignore)
    study = home / "workflow/studies/btheb.yaml"
    text = study.read_text(encoding="utf-8")
    text = text.replace("\nvariables:", f"{SECTION}\nvariables:", 1)
    study.write_text(text.replace("\nfigures:", f"{TABLE}\nfigures:", 1), encoding="utf-8")
    run_snakemake(home)
    return home


@pytest.fixture(scope="module")
def results(home: Path) -> Path:
    return home / "results/btheb"


def test_its_number_is_in_the_store(results: Path) -> None:
    [row] = pq.read_table(results / "statistics/differences.parquet").to_pylist()
    measures = read_parquet(results / "measures.parquet", MEASURES).to_pandas()
    expected = (measures["bdi_pre"] - measures["bdi_2m"]).abs().mean()
    assert (row["id"], row["estimate"]) == (ID, pytest.approx(expected))


def test_it_is_in_the_documents(results: Path) -> None:
    manuscript = (results / "manuscript.qmd").read_text(encoding="utf-8")
    assert f'data-id="{ID}"' in manuscript
    assert "## Distance Between Pretest and Posttest" in manuscript
    assert "Distances Between Measures" in manuscript
    supplement = (results / "supplement.qmd").read_text(encoding="utf-8")
    assert "**Distances.** The distance of two measures is" in supplement
    assert "lay apart by" in (results / "manuscript.html").read_text(encoding="utf-8")


def test_it_is_in_the_table_and_in_the_notebook(results: Path) -> None:
    [row] = pq.read_table(results / "tables/stability.parquet").to_pylist()
    assert ID in row.values()
    notebook = json.loads((results / "statistics.ipynb").read_text(encoding="utf-8"))
    assert "## Distance Between Pretest and Posttest" in {
        "".join(cell["source"]) for cell in notebook["cells"]
    }
    assert ID in json.dumps(notebook)


def test_it_is_explained(home: Path) -> None:
    explanation = attune(home, "explain", ID)
    assert "Σ|x − y| / n" in explanation
    assert "mean_absolute_difference" in explanation
    assert "data/btheb/" in explanation


def test_it_is_archived_and_computed_again(home: Path) -> None:
    attune(home, "archive", "btheb", "--output", "btheb.zip")
    names = zipfile.ZipFile(home / "btheb.zip").namelist()
    ends = ("statistics/differences.parquet", "analyses/differences/estimate.py",
            "reports/analyses/differences.qmd.j2", "scripts/compare_measures.py")  # fmt: skip
    for end in ends:
        assert any(name.endswith(end) for name in names), end


def test_the_comparison_of_runs_names_it(home: Path) -> None:
    before = home.parent / "before/results/btheb"
    assert ID in attune(home, "diff", str(before), "results/btheb", "--all")
    # Everything else is as it was.
    for name in ("conditions", "gains", "sample", "scores", "violations"):
        place = f"statistics/{name}.parquet"
        assert pq.read_table(before / place).equals(pq.read_table(home / "results/btheb" / place))


def test_a_misspelt_key_and_kind_are_rejected_with_a_hint(home: Path) -> None:
    study = home / "workflow/studies/btheb.yaml"
    sound = study.read_text(encoding="utf-8")
    wrong = sound.replace("    first: [bdi_pre]", "    frist: [bdi_pre]").replace(
        "analyses: [stability]", "analyses: [stabilty]"
    )
    script = (
        "from attune_files.project import read_study\n"
        "from attune.specs.errors import ConfigurationError\n"
        "try:\n    read_study('workflow/studies/btheb.yaml')\n"
        "except ConfigurationError as error:\n    print(*error.problems, sep='\\n')\n"
    )
    study.write_text(wrong, encoding="utf-8")
    try:
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=home, capture_output=True, text=True, check=False,
            env=os.environ | {"PYTHONPATH": str(home / "scripts")},
        )  # fmt: skip
    finally:
        study.write_text(sound, encoding="utf-8")
    assert "unknown key 'frist' in differences.stability. Did you mean 'first'?" in done.stdout
