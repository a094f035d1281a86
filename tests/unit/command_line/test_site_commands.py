"""`attune site-file` and `attune pool-sites`: from a finished run to pooled estimates."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.sites.test_partitions import answers, project

from attune_cli.main import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with one raw file, and a key."""
    project(tmp_path, answers(left_out=0))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ATTUNE_SITE_KEY", raising=False)
    assert main(["site-file", "--new-key", "site.key"]) == 0
    yield tmp_path


def test_a_raw_file_becomes_pooled_estimates(folder, capsys):
    words = ["site-file", "small", "--raw", "--partition-rows", "25", "--key", "site.key"]
    assert main([*words, "--rows", "listwise"]) == 0
    printed = capsys.readouterr().out
    assert "60 dyads, read in 3 parts" in printed
    assert "no row" in printed
    key = (folder / "site.key").read_text().strip()
    assert key not in printed + (folder / "small_site.json").read_text()
    pool = ["pool-sites", "small_site.json", "--cohort", "small", "--key", "site.key"]
    assert main([*pool, "--rows", "listwise", "--output", "pooled.csv"]) == 0
    printed = capsys.readouterr().out
    assert "signature fits" in printed
    assert "SYNTHETIC DATA" in printed
    rows = list(csv.DictReader((folder / "pooled.csv").open()))
    assert {"all.wai.core.ancova_r", "arms.core.adjusted_difference"} <= {row["id"] for row in rows}
    assert main(pool) == 1
    assert "its rows are listwise, here pairwise" in capsys.readouterr().err


def test_what_rules_withhold_is_named(folder, capsys):
    words = ["site-file", "small", "--raw", "--key", "site.key", "--output", "north.json"]
    assert main([*words, "--name", "north"]) == 0
    printed = capsys.readouterr().out
    assert "Withheld by the rule differencing" in printed
    assert "--rows listwise" in printed


def test_prorated_scores_of_a_few_stay_inside(folder, capsys):
    project(folder, answers())
    words = ["site-file", "small", "--raw", "--key", "site.key", "--output", "north.json"]
    assert main([*words, "--rows", "listwise"]) == 0
    assert "Withheld by the rule prorated" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["site-file", "small", "--raw"], "no key to sign with"),
        (["site-file"], "name the cohort"),
        (["site-file", "small", "--name", "A B"], "--name: found 'A B'"),
        (["site-file", "small", "--partition-rows", "0"], "at least 1"),
        (["site-file", "small", "--key", "site.key"], "has no finished run"),
        (["site-file", "smal", "--key", "site.key"], "Did you mean 'small'"),
        (["site-file", "--new-key", "site.key"], "cannot be made"),
        (["pool-sites", "x.json", "--cohort", "small", "--key", "site.key"], "x.json"),
        (["pool-sites", "x.json", "--cohort", "small", "--interval", "95"], "--interval"),
    ],
)
def test_a_mistake_is_a_sentence(folder, capsys, words, message):
    assert main(words) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
