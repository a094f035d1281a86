"""A step's log: messages, a user's mistake without a stack trace, a bug with one."""

import errno
import logging
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from attune.specs.errors import AttuneError
from attune_files.steps.failed_steps import failed_steps, failure_summary
from attune_files.steps.step_log import step

FULL = Path("/dev/full")


@pytest.fixture
def snakemake(tmp_path: Path) -> Any:
    return SimpleNamespace(log=[str(tmp_path / "step.log")], rule="score_scales")


def log_of(snakemake: Any) -> str:
    return Path(snakemake.log[0]).read_text(encoding="utf-8")


def test_messages_and_warnings_go_to_the_log(snakemake: Any) -> None:
    handlers = list(logging.getLogger().handlers)
    with step(snakemake):
        logging.getLogger("attune").info("26 dyads, ü")
        warnings.warn("a column is constant", UserWarning, stacklevel=1)
    assert "INFO 26 dyads, ü" in log_of(snakemake)
    assert "a column is constant" in log_of(snakemake)
    assert logging.getLogger().handlers == handlers


def test_a_users_mistake_is_said_without_a_stack_trace(
    snakemake: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped, step(snakemake):
        raise AttuneError("sample.csv cannot be used.", ["row 3: age is 210"])
    assert stopped.value.code == 1
    said = capsys.readouterr().err
    assert said == "sample.csv cannot be used.\n  - row 3: age is 210\n"
    assert "row 3: age is 210" in log_of(snakemake)
    assert "Traceback" not in log_of(snakemake)


def test_a_bug_is_logged_with_its_stack_trace(snakemake: Any) -> None:
    with pytest.raises(ZeroDivisionError), step(snakemake):
        1 / 0  # noqa: B018
    assert "The step score_scales failed." in log_of(snakemake)
    assert "Traceback" in log_of(snakemake)
    assert "ZeroDivisionError" in log_of(snakemake)


def test_a_rule_without_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), step(SimpleNamespace(log=[], rule="r")):  # type: ignore[arg-type]
        raise AttuneError("Wrong.")
    assert capsys.readouterr().err == "Wrong.\n"


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_a_full_disk_is_told_with_the_remedy(
    snakemake: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit), step(snakemake), FULL.open("w") as full:
        full.write("x" * 100_000)
    told = capsys.readouterr().err
    assert told.startswith("There is no space left on the disk.\n  - Free some. Then run the same")
    assert "Traceback" not in log_of(snakemake)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (PermissionError(errno.EACCES, "", "results/a"), "results/a may not be read or written."),
        (FileNotFoundError(errno.ENOENT, "", "a.csv"), "a.csv is not there any more."),
        (OSError(errno.EROFS, "", "results"), "results lies on a disk that is only for reading."),
        (MemoryError(), "The memory of this machine was not enough."),
    ],
)
def test_a_fault_of_the_machine_is_told_with_the_remedy(
    snakemake: Any, capsys: pytest.CaptureFixture[str], fault: Exception, told: str
) -> None:
    with pytest.raises(SystemExit), step(snakemake):
        raise fault
    assert capsys.readouterr().err.startswith(f"{told}\n  - ")


def test_what_failed_is_read_from_the_logs_of_this_run(tmp_path: Path, snakemake: Any) -> None:
    snakemake.log = [str(tmp_path / "logs/help/score_scales.log")]
    Path(snakemake.log[0]).parent.mkdir(parents=True)
    with pytest.raises(SystemExit), step(snakemake):
        raise AttuneError("It cannot be used.", ["row 3"])
    logs = tmp_path / "logs"
    assert list(failed_steps(logs, 0)) == [
        ("help", "score_scales", "It cannot be used.\n  - row 3")
    ]
    assert failure_summary(logs, 0, ["help", "btheb"]).splitlines()[2:] == [
        f"    step score_scales ({logs}/help/score_scales.log)",
        "      It cannot be used.",
        "        - row 3",
        "No step failed for: btheb.",
    ]
    assert failure_summary(logs, Path(snakemake.log[0]).stat().st_mtime + 1, ["help"]) == ""
