"""`attune run` starts Snakemake with attune's rules, the files asked for and its own options."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from attune_cli.main import main


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["--cores", "all"]),
        (["--cores", "2", "a.html"], ["--cores", "2", "--", "a.html"]),
        (["a.html", "--cores", "2", "--", "--quiet", "all"],
         ["--cores", "2", "--quiet", "all", "--", "a.html"]),
        (["--dry-run", "--", "--forceall"], ["--cores", "all", "--dry-run", "--forceall"]),
    ],
)  # fmt: skip
def test_options_of_snakemake_follow_two_dashes(
    words: list[str], expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []

    def start(_: str, command: list[str], __: Any) -> None:
        started.extend(command)
        raise SystemExit(0)

    monkeypatch.setattr(os, "execve", start)
    with pytest.raises(SystemExit):
        main(["run", *words])
    program, module, snakemake, option, snakefile, *rest = started
    assert [program, module, snakemake, option] == [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
    ]
    assert Path(snakefile).name == "Snakefile"
    assert rest == expected
