"""docs/change.md: its numbers are those of a run of the shipped cohorts."""

import re
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs/change.md").read_text(encoding="utf-8")
ROWS = re.findall(
    r"^\| (\w+), ([\w.]+) \| (-?\.\d{3}) \| (-?\.\d{3}) \| (-?\.\d{3}) \| (-?\.\d{3}) \|$",
    PAGE,
    re.MULTILINE,
)
STATISTICS = ("pretest_r", "change_r", "pearson_r", "ancova_r")


def estimates(run: Path, cohort: str, analysis: str) -> pd.Series:
    path = run / "results" / cohort / "statistics" / f"{analysis}.parquet"
    return pd.read_parquet(path).set_index("id")["estimate"]


def test_every_row_of_the_table_is_found() -> None:
    assert len(ROWS) == PAGE.count("\n| help, ") + PAGE.count("\n| ryan2012_synthetic, ") == 5


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_the_table_has_the_numbers_of_the_run(row: tuple[str, ...], finished: Path) -> None:
    cohort, pair, *printed = row
    found = estimates(finished, cohort, "correlations")
    for statistic, text in zip(STATISTICS, printed, strict=True):
        assert float(text) == pytest.approx(found[f"{pair}.{statistic}"], abs=0.00051)


def test_the_text_has_the_numbers_of_the_run(finished: Path) -> None:
    found = estimates(finished, "btheb", "conditions")
    for statistic, decimals in (("t", 3), ("ancova_t", 3), ("cohen_d", 2), ("ancova_d", 2)):
        printed = f"{found[f'arms.bdi_gain.{statistic}']:.{decimals}f}".replace("-", "−")
        assert printed in PAGE and printed.startswith("−")


def test_the_document_says_where_the_tests_of_change_disagree(finished: Path) -> None:
    """HELP: by the residual gain the sentence on mental health would be the opposite."""
    text = (finished / "results/help/manuscript.qmd").read_text(encoding="utf-8")
    plain = re.sub(r"\{\.stat[^}]*\}|[\[\]*]", "", text)
    assert "The two tests of change disagree about the mental component score" in plain
    assert "pr(240) = −.123, p = .028, one-tailed" in plain
    assert (
        "r(241) = −.094, p = .071, one-tailed; the mental component score correlates −.656 with the"
        " pretest" in plain
    )
    assert "not preregistered" in plain and "before any" not in plain
