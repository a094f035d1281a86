"""The small project with its author's texts, run once for all tests."""

import shutil
from pathlib import Path

import pytest

from tests.whole_project import made_once, planned_jobs, run_snakemake
from tests.workflow.own_texts import TEXTS


@pytest.fixture(scope="session")
def own_text_run(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished small project, whose author then writes the texts, run again; read only.

    The texts concern the documents alone.
    """

    def make(folder: Path) -> None:
        shutil.copytree(small_run, folder, symlinks=True)
        text = folder / "data/small/text"
        text.mkdir()
        for name, content in TEXTS.items():
            (text / name).write_text(content, encoding="utf-8")
        documents = {("build_manuscript", "small"), ("render_manuscript", "small")}
        assert planned_jobs(folder) == documents
        run_snakemake(folder)

    return made_once("own_text_run", make, tmp_path_factory)
