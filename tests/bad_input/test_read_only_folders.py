"""A run that could not write its results stops before its first job, in sentences."""

import os
from pathlib import Path

import pytest

from attune.specs.errors import AttuneError
from attune_files.faults import FOLDERS_OF_A_RUN, refuse_read_only_folders


def test_what_can_be_written_is_no_problem(tmp_path: Path) -> None:
    refuse_read_only_folders(tmp_path)
    (tmp_path / "results/small").mkdir(parents=True)
    refuse_read_only_folders(tmp_path)


@pytest.mark.parametrize("name", [".", *FOLDERS_OF_A_RUN, "results/small"])
def test_every_read_only_folder_is_named(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / name
    folder.mkdir(parents=True, exist_ok=True)
    # Root may write everywhere, so that the answer of the system is replaced, not the folder.
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != folder)
    with pytest.raises(AttuneError) as refused:
        refuse_read_only_folders(tmp_path)
    first, remedy = refused.value.problems
    assert first == f"{folder}: nothing may be written here."
    assert "permission" in remedy


def test_a_file_in_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("", encoding="utf-8")
    (tmp_path / "logs").write_text("", encoding="utf-8")
    with pytest.raises(AttuneError) as refused:
        refuse_read_only_folders(tmp_path)
    assert [problem.partition(":")[0] for problem in refused.value.problems[:-1]] == [
        str(tmp_path / "results"),
        str(tmp_path / "logs"),
    ]
    assert all("is a file" in problem for problem in refused.value.problems[:-1])
