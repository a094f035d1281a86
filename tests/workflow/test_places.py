"""The workflow runs from any folder, as a module, and on any number of cores."""

import hashlib
import shutil
from pathlib import Path

import pytest

from tests.whole_project import ROOT, copy_project, run_snakemake

TARGETS = ["results/ryan2012_synthetic/printed.parquet", "results/help/printed.parquet"]


def content(folder: Path) -> dict[str, str]:
    """Hash of every cached table."""
    files = sorted(folder.glob("results/**/*.parquet"))
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def quick_project(target: Path) -> Path:
    """The project with fewer resamples, where only sameness is tested."""
    folder = copy_project(target)
    config = (folder / "config.yaml").read_text(encoding="utf-8")
    config = config.replace("bootstrap_samples: 9999", "bootstrap_samples: 999")
    config = config.replace("permutations: 99999", "permutations: 999")
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A project run with two cores, and what its tables hold."""
    folder = quick_project(tmp_path_factory.mktemp("reference") / "attune")
    run_snakemake(folder, *TARGETS)
    tables = content(folder)
    assert len(tables) > 30
    return folder, tables


@pytest.mark.parametrize("cores", ["1", "4"])
def test_tables_are_the_same_bytes_on_any_number_of_cores(
    reference: tuple[Path, dict[str, str]], tmp_path: Path, cores: str
) -> None:
    project, tables = reference
    elsewhere = tmp_path / "other place"
    elsewhere.mkdir()
    run_snakemake(
        tmp_path,
        *("--snakefile", str(project / "Snakefile"), "--directory", str(elsewhere)),
        *("--cores", cores, *TARGETS),
    )
    assert content(elsewhere) == tables


def test_runs_as_a_module_of_another_workflow(
    reference: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    project, tables = reference
    (tmp_path / "Snakefile").write_text(
        f"""
configfile: {str(project / "config.yaml")!r}

module attune:
    snakefile: {str(project / "Snakefile")!r}
    config: config

use rule * from attune as attune_*
""",
        encoding="utf-8",
    )
    run_snakemake(tmp_path, *TARGETS)
    assert content(tmp_path) == tables


def test_prefix_of_a_module_is_for_results_only(
    reference: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    project, tables = reference
    # The importing workflow holds raw files of its own, at the place where the module looks first.
    shutil.copytree(project / "data", tmp_path / "data")
    (tmp_path / "Snakefile").write_text(
        f"""
module attune:
    snakefile: {str(project / "Snakefile")!r}
    prefix: "here"
    config: {{"cohorts": ["help"]}}

use rule * from attune as attune_*
""",
        encoding="utf-8",
    )
    run_snakemake(tmp_path, "here/results/help/scores.parquet")
    scores = "results/help/scores.parquet"
    assert content(tmp_path / "here")[scores] == tables[scores]


def test_source_folder_stays_untouched(reference: tuple[Path, dict[str, str]]) -> None:
    project, _ = reference
    made = {path.name for path in project.iterdir()} - {path.name for path in ROOT.iterdir()}
    assert made <= {"results", "logs", "benchmarks", ".snakemake"}
