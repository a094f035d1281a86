"""The workflow runs from any folder, as a module, and on any number of cores."""

import hashlib
import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.depth import DEEP, deep
from tests.whole_project import ROOT, run_snakemake

TARGETS = ["results/help/printed.parquet", "results/ryan2012_synthetic/printed.parquet"]
TOGETHER = TARGETS if DEEP else TARGETS[:1]
"""Made on four cores at once: the steps of one cohort, of two in the deep tests."""


def content(folder: Path) -> dict[str, str]:
    """Hash of every cached table."""
    files = sorted(folder.glob("results/**/*.parquet"))
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


@pytest.fixture(scope="module")
def reference(finished: Path) -> tuple[Path, dict[str, str]]:
    """The finished run, which had two cores, and the content of its tables."""
    return finished, content(finished)


def assert_same(folder: Path, tables: dict[str, str], expected: int) -> None:
    """Every table that a run to TARGETS wrote has the bytes of the finished run."""
    found = content(folder)
    assert len(found) > expected
    assert [name for name in found if found[name] != tables[name]] == []


def test_from_another_folder_on_one_core_tables_are_the_same_bytes(
    reference: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    project, tables = reference
    elsewhere = tmp_path / "other place"
    elsewhere.mkdir()
    run_snakemake(
        tmp_path,
        *("--snakefile", str(project / "Snakefile"), "--directory", str(elsewhere)),
        *("--cores", "1", TARGETS[1]),
    )
    assert_same(elsewhere, tables, 15)


@deep
def test_as_a_module_of_another_workflow_on_four_cores_tables_are_the_same_bytes(
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
    run_snakemake(tmp_path, "--cores", "4", *TOGETHER)
    assert_same(tmp_path, tables, 15 * len(TOGETHER))


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


def test_the_entry_that_deployment_tools_find_plans_the_same(
    reference: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    project, _ = reference
    planned = [
        run_snakemake(
            tmp_path, "--snakefile", str(project / entry), "--dry-run", "--quiet", "rules"
        )
        for entry in ("Snakefile", "workflow/Snakefile")
    ]
    jobs = [re.findall(r"^(\w+) +(\d+)$", text, re.MULTILINE) for text in planned]
    counts = [{rule: int(n) for rule, n in found} for found in jobs]
    assert counts[0].pop("all") == 1 and counts[1].pop("everything") == 1
    assert counts[0] == counts[1] and counts[0]["render_manuscript"] == 10
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text("utf-8"))["usage"]
    assert usage["software-stack-deployment"]["conda"] and usage["report"]
    assert (ROOT / "config/config.yaml").read_bytes() == (ROOT / "config.yaml").read_bytes()


def test_source_folder_stays_untouched(reference: tuple[Path, dict[str, str]]) -> None:
    project, _ = reference
    made = {path.name for path in project.iterdir()} - {path.name for path in ROOT.iterdir()}
    assert made <= {"results", "logs", "benchmarks", ".snakemake"}
