"""A run that several test processes share is made by one of them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.whole_project import made_once


class Factory:
    """As much of pytest's factory of temporary folders as is used."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder

    def getbasetemp(self) -> Path:
        return self.folder


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Ask for the shared run from a parallel process; each call is a process of its own."""
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    processes = iter(range(9))

    def ask(make: Callable[[Path], object]) -> Path:
        factory = Factory(tmp_path / "base" / f"popen-gw{next(processes)}")
        return made_once("run", make, factory)  # type: ignore[arg-type]

    return ask


def test_the_second_process_finds_what_the_first_one_made(share: Callable[..., Path]) -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        folder.mkdir()
        made.append(folder)

    assert share(make) == share(make) == made[0]
    assert len(made) == 1


def test_without_parallel_processes_it_is_in_the_own_folder(
    share: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER")
    assert share(Path.mkdir).is_relative_to(tmp_path / "base" / "popen-gw0")


def test_the_second_process_fails_with_the_message_of_the_first(
    share: Callable[..., Path],
) -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        raise AssertionError("Snakemake failed in row 7")

    with pytest.raises(AssertionError, match="row 7"):
        share(make)
    with pytest.raises(pytest.fail.Exception, match="row 7"):
        share(make)
    assert len(made) == 1
