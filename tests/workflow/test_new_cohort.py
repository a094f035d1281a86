"""From the raw files of a study to its documents, with nothing written by hand but a title."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.whole_project import ROOT, copy_project, run_snakemake


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose only cohort is the draft from the raw files of another one."""
    folder = copy_project(tmp_path_factory.mktemp("drafted") / "project")
    files = sorted((ROOT / "data/ryan2012_synthetic").glob("*.csv"))
    done = subprocess.run(
        [sys.executable, "-m", "attune_cli.main", "new-cohort", *files, "--name", "mylab"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    config = (folder / "config.yaml").read_text(encoding="utf-8")
    start, end = config.index("cohorts:"), config.index("seed:")
    config = f"{config[:start]}cohorts: [mylab]\n\n{config[end:]}"
    config = config.replace("renderer: auto", "renderer: embedded")
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    return folder


def test_the_line_runs_on_a_draft(drafted: Path) -> None:
    documents = [f"results/mylab/{name}.html" for name in ("manuscript", "supplement")]
    run_snakemake(drafted, *documents)
    manuscript, supplement = (
        (drafted / document).read_text(encoding="utf-8") for document in documents
    )
    assert "Regression of the Posttest on the Pretest" in manuscript
    assert "Internal Consistency" in supplement
    assert "TODO: title of the paper (mylab)" in manuscript
