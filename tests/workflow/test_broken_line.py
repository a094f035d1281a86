"""Whatever is broken, a rule, a formula or a cell, is seen in verdicts, diff and gate."""

import contextlib
import csv
import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from attune_cli.main import main
from tests.whole_project import try_snakemake

COHORT = "ryan2012_synthetic"
RESULTS = Path("results") / COHORT
TARGETS = [str(RESULTS / "manuscript.qmd"), str(RESULTS / "verdicts_accepted.json")]


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path} was changed; break it elsewhere"
    path.write_text(text.replace(old, new), encoding="utf-8")


def break_scoring(folder: Path) -> None:
    """One weight of self-affiliation is its neighbour's."""
    key = folder / "workflow/instruments/intrex.yaml"
    replace(key, "6: -4.5, 7: -7.8, 8: -4.5", "6: -4.5, 7: -4.5, 8: -4.5")


def break_formula(folder: Path) -> None:
    """The residual forgets the slope, so that it is the deviation from the posttest's mean."""
    replace(
        folder / "scripts/attune/analyses/gains/estimate.py",
        "error = y - slope * x",
        "error = y - 0 * x",
    )


def break_cell(folder: Path) -> None:
    """One answer of one patient about the alliance."""
    path = folder / f"data/{COHORT}/session_3.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    place = rows[0].index("wai_p_1")
    rows[1][place] = "1" if rows[1][place] != "1" else "7"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


BROKEN = {
    break_scoring: ("affiliation_accept", "affiliation.kims_accept.affiliation_worst.pearson_r"),
    break_formula: ("iip_accept", "outcome.kims_accept.iip_gain.pearson_r"),
    break_cell: ("alliance_total_patient", "alliance.kims_total.wai_patient.pearson_r"),
}
"""What is broken, a printed value that must not hold any more, and its statistic."""


def leave_one_unreversed(folder: Path) -> None:
    """One item of the scale Accept without Judgment is no longer reversed."""
    replace(folder / "workflow/instruments/kims.yaml", "32, 35, 36]", "32, 35]")


@dataclass(frozen=True)
class BrokenRun:
    """The finished run after all damages of `BROKEN` at once, and one run of Snakemake over it."""

    folder: Path
    status: int
    output: str


@pytest.fixture(scope="module")
def broken(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> BrokenRun:
    """No damage reaches the value of another, so that one run shows whether each is seen."""
    folder = Path(shutil.copytree(finished, tmp_path_factory.mktemp("broken") / "project"))
    for damage in BROKEN:
        damage(folder)
    return BrokenRun(folder, *try_snakemake(folder, "--keep-going", *TARGETS))


@pytest.fixture(scope="module")
def comparison(finished: Path, broken: BrokenRun) -> tuple[int, str, str]:
    """Exit status, text and JSON of `attune diff` between the sound and the broken run."""
    report = broken.folder.parent / "diff.json"
    with contextlib.redirect_stdout(io.StringIO()) as text:
        status = main(
            ["diff", str(finished / RESULTS), str(broken.folder / RESULTS), "--json", str(report)]
        )
    return status, text.getvalue(), report.read_text(encoding="utf-8")


def test_the_gate_stops_the_run(broken: BrokenRun) -> None:
    assert broken.status != 0
    assert "verdict.html" in broken.output
    assert not (broken.folder / TARGETS[1]).exists()


def test_the_diff_reports_other_verdicts(comparison: tuple[int, str, str]) -> None:
    status, text, _ = comparison
    assert status == 1
    assert "Verdicts" in text


@pytest.mark.parametrize("damage", BROKEN, ids=lambda damage: damage.__name__)
def test_it_is_seen_everywhere(
    damage: Callable[[Path], None],
    finished: Path,
    broken: BrokenRun,
    comparison: tuple[int, str, str],
) -> None:
    value, statistic = BROKEN[damage]
    assert f"{value}: printed" in broken.output, broken.output[-4000:]

    page = (broken.folder / RESULTS / "verdict.html").read_text(encoding="utf-8")
    before = (finished / RESULTS / "verdict.html").read_text(encoding="utf-8")
    assert verdict_on(page, value) != verdict_on(before, value) == "recovered"

    differences = comparison[2]
    assert f'"{value}"' in differences and f'"{statistic}"' in differences


def test_an_item_that_is_not_reversed_stops_the_run_before_that(
    finished: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "project"
    shutil.copytree(finished, broken)
    leave_one_unreversed(broken)
    status, output = try_snakemake(broken, *TARGETS)
    assert status != 0
    assert "item 36" in output


def verdict_on(page: str, value: str) -> str:
    """The verdict that the page's table gives on a printed value."""
    row = page.split(f'id="value-{value}"', 1)[1]
    return row.split('data-verdict="', 1)[1].split('"', 1)[0]
