"""A step's log: messages, a user's mistake without a stack trace, a bug with one."""

import logging
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from attune.specs.errors import AttuneError
from attune_files.steps.step_log import step


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
