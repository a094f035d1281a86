"""`attune audit`: counts first, each inconsistency in words, and the same as JSON."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from attune.paper.checks.audit import CHECKS, audit_publication, findings_frame
from attune.store.contracts import FINDINGS, conform
from attune_cli.main import main
from attune_files.project import read_publication

ROOT = Path(__file__).parents[3]
LEDGERS = sorted((ROOT / "workflow/publications").glob("*.yaml"))
SMALL = """
publication: small
citation: "Author (2012). A small paper."
values:
  - {id: test, printed: ".456", kind: r, n: 26, places: [Table I], quoted: made up}
  - {id: p, printed: ".0096", kind: p, of: test, tail: two, places: [Text], quoted: made up}
  - id: star
    printed: "*"
    kind: stars
    of: test
    tail: two
    below: ".05"
    places: [Table I]
    quoted: made up
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def test_counts_come_first_then_what_does_not_fit(small, capsys):
    assert main(["audit", str(small)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "Author (2012). A small paper.",
        "3 printed values; 3 checks: 2 consistent, 1 inconsistent.",
        "Simplest explanations of the inconsistencies: another tail 1.",
    ]
    assert lines[6:10] == [
        "1. p (Text): printed .0096, possible .0190 to .0194",
        "   With r = .456, n = 26, the two-tailed p is .0190 to .0194, but the paper prints .0096.",
        "   Simplest explanation: another tail. The one-tailed p would fit.",
        "   [p from r and n] r = .456, n = 26: two-tailed p = .0190 to .0194; printed .0096",
    ]
    assert "  stars.star:" not in "\n".join(lines)


def test_all_lists_what_holds_too(small, capsys):
    main(["audit", str(small), "--all"])
    out = capsys.readouterr().out
    assert "  stars.star: r = .456, n = 26: two-tailed p = .019 to .020; printed *" in out


def test_a_paper_without_contradictions(small, capsys):
    small.write_text(SMALL.replace(".0096", ".019"), encoding="utf-8")
    main(["audit", str(small)])
    assert "No checked value contradicts anything else" in capsys.readouterr().out


def test_json_holds_every_finding(small, tmp_path, capsys):
    main(["audit", str(small), "--json", "findings.json"])
    content = json.loads((tmp_path / "findings.json").read_text(encoding="utf-8"))
    assert content["counts"] == {"consistent": 2, "inconsistent": 1}
    assert [entry["id"] for entry in content["findings"]] == [
        "p_from_r.p",
        "stars.star",
        "stars_and_p.star",
    ]
    assert {entry["name"] for entry in content["checks"]} == {check.name for check in CHECKS}


def test_the_page_is_written_beside_unless_told_otherwise(small, tmp_path, capsys):
    main(["audit", str(small), "--no-page"])
    assert not list(tmp_path.glob("*.html"))
    main(["audit", str(small)])
    assert "The audit as a page: small_audit.html" in capsys.readouterr().out
    assert "two-tailed p is .0190 to .0194" in (tmp_path / "small_audit.html").read_text()
    main(["audit", str(small), "--page", "other.html"])
    assert {path.name for path in tmp_path.glob("*.html")} == {"small_audit.html", "other.html"}


@pytest.mark.parametrize("where", [["--json", "no/folder.json"], ["--page", "no/folder.html"]])
def test_a_place_that_cannot_be_written_is_a_sentence(small, capsys, where):
    assert main(["audit", str(small), *where]) == 1
    assert "no/folder" in capsys.readouterr().err


def test_a_missing_ledger_is_a_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["audit", "nothing.yaml"]) == 1
    assert "nothing.yaml cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("path", LEDGERS, ids=lambda path: path.stem)
def test_findings_of_every_shipped_ledger_fit_their_contract(path):
    findings = audit_publication(read_publication(path))
    assert len(conform(findings_frame(findings), FINDINGS)) == len(findings)
    # The ledger of an abstract without numbers has nothing that could be checked.
    assert bool(findings) == (path.stem != "alliance_growth2015")
    assert len({finding.id for finding in findings}) == len(findings)
    for finding in findings:
        assert finding.sentence.endswith("."), finding.id
        assert (finding.explanation is not None) == (finding.outcome == "inconsistent"), finding.id


def test_checks_are_told_apart_and_have_a_source():
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    for check in CHECKS:
        assert re.search(r"\(\d{4}\), \w", check.source), check.name
        assert check.meaning.endswith("."), check.name


def test_needs_nothing_that_is_slow_to_import():
    """The command answers at once."""
    code = (
        "import sys; from attune_cli.main import main; main(['audit', 'ryan2012', '--no-page']);"
        " print(*sorted(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "scripts"), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(run.stdout.splitlines()[-1].split())
    assert not loaded & {"scipy.stats", "statsmodels", "snakemake", "pingouin", "matplotlib"}
