"""The workflow runs from any folder, as a module, and on any number of cores."""

import hashlib
import shutil
from pathlib import Path

import pytest

from tests.whole_project import ROOT, run_snakemake

TARGETS = ["results/ryan2012_synthetic/printed.parquet", "results/help/printed.parquet"]


def content(folder: Path) -> dict[str, str]:
    """Hash of every cached table."""
    files = sorted(folder.glob("results/**/*.parquet"))
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


@pytest.fixture(scope="module")
def reference(finished: Path) -> tuple[Path, dict[str, str]]:
    """The finished run, which had two cores, and the content of its tables."""
    return finished, content(finished)


def assert_same(folder: Path, tables: dict[str, str]) -> None:
    """Every table that a run to TARGETS wrote has the bytes of the finished run."""
    found = content(folder)
    assert len(found) > 30
    assert [name for name in found if found[name] != tables[name]] == []


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
    assert_same(elsewhere, tables)


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
    assert_same(tmp_path, tables)


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
