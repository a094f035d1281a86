"""What a comparison of two runs says, and what it keeps to itself."""

import pandas as pd
import pyarrow as pa
import pytest

from attune.record.archive.comparison import compare_tables
from attune.record.archive.report import report
from attune.record.archive.run_comparison import RunFiles, compare_numbers, compare_runs
from attune.store.contracts import STATISTICS

STORE = {"id": ["a.r", "b.r"], "statistic": "pearson_r", "estimate": [0.5, 0.25], "n": [26, 26]}
ANSWERS = {"dyad": ["d1", "d2"], "instrument": "kims", "rater": "therapist", "occasion": "intake"}
ANSWERS |= {"state": "", "item_001": [1, 2]}
MANUSCRIPT = 'Text.\n[*r* = .50]{.stat data-id="a.r1"} over 26 dyads, scipy 1.17.1.\n'


def run(
    store: dict | None = None, answers: dict | None = None, text: str = MANUSCRIPT,
    versions: tuple[str, ...] = ("1.17.1",), more: tuple[str, ...] = (),
) -> RunFiles:  # fmt: skip
    tables = {
        "statistics/a.parquet": pd.DataFrame(STORE | (store or {})),
        "responses.parquet": pd.DataFrame(ANSWERS | (answers or {})),
    }
    paths = ["manuscript.qmd", "manuscript.pdf", *tables, *more]
    return RunFiles(paths, lambda path: pa.table(tables[path]), lambda _: text, versions)


def test_the_same_run_says_so_with_counts() -> None:
    found = compare_runs(run(), run())
    assert found.same
    assert report(found) == (
        "Compared: 8 cells of 2 tables, 2 numbers of 1 document.\n"
        "All are the same: text and whole numbers exactly, fractions within their tolerance."
    )


def test_a_statistic_is_named_with_both_values_and_their_distance() -> None:
    told = report(compare_runs(run(), run(store={"estimate": [0.5, 0.26], "n": [26, 25]})))
    assert "DIFFERENT: 2 cells or rows of 1 table, 0 lines of the documents." in told
    assert (
        "  b.r: estimate archived 0.25, recomputed 0.26 (+0.01); n archived 26, recomputed 25 (-1)"
    ) in told


def test_rows_of_dyads_are_counted_not_told() -> None:
    told = report(compare_runs(run(), run(answers={"item_001": [1, 5]})))
    assert "responses.parquet: 1 difference\n  item_001: 1 row, by at most 3" in told
    assert "d2" not in told
    told = report(compare_runs(run(), run(answers={"dyad": ["d1", "d3"]})))
    assert "(whole row): 2 rows" in told
    assert "d3" not in told


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (MANUSCRIPT.replace(".50", ".51"), False),
        (MANUSCRIPT.replace("26", "25"), False),
        (MANUSCRIPT.replace("Text", "Other text"), True),
        (MANUSCRIPT.replace("a.r1", "a.r2"), True),
        (MANUSCRIPT.replace("1.17.1", "1.18.0"), True),
        (MANUSCRIPT + "And 3 more.\n", False),
        ("", False),
    ],
)
def test_documents_are_compared_by_their_numbers(text: str, same: bool) -> None:
    found = compare_runs(run(), run(text=text, versions=("1.17.1", "1.18.0")))
    assert found.same is same


def test_a_line_is_shown_without_its_markup() -> None:
    told = report(compare_runs(run(), run(text=MANUSCRIPT.replace(".50", ".51"))))
    assert "  recomputed: r = .51 over 26 dyads, scipy ." in told


def test_a_version_is_no_part_of_a_longer_number() -> None:
    one, other = run(text="1.5 and 21.5", versions=("1.5",)), run(text="1.6 and 21.6")
    found = compare_runs(one, RunFiles(other.paths, other.table, other.text, ("1.6",)))
    assert found.documents[0].differences == [("and 21.5", "and 21.6")]


def test_results_of_one_side_are_told() -> None:
    found = compare_runs(run(more=("letter.html",)), run(more=("new.html",)))
    assert not found.same
    assert "letter.html: in the archive, but was not computed again" in report(found)
    assert "new.html: was computed, but is not in the archive" in report(found)


def test_withheld_statistics_are_not_compared() -> None:
    one = run(store={"id": ["a.r", "c.r"]})
    assert not compare_runs(one, run()).same
    fewer = {"id": ["a.r"], "estimate": [0.5], "n": [26], "statistic": ["pearson_r"]}
    assert compare_runs(run(store=fewer), run(), withheld=["b.r"]).same


def test_nothing_compared_is_not_the_same() -> None:
    nothing = RunFiles([], run().table, run().text)
    assert not compare_runs(nothing, nothing).same


def test_long_lists_are_cut_unless_all_are_asked_for() -> None:
    ids = [f"s{number:03d}.r" for number in range(30)]
    one = {"id": ids, "statistic": "pearson_r", "estimate": 0.5, "n": 26}
    found = compare_runs(run(store=one), run(store=one | {"estimate": 0.6}))
    assert "... and 10 more rows" in report(found)
    assert "s029.r" not in report(found)
    assert "s029.r" in report(found, most=None)


def test_a_table_with_other_columns_differs() -> None:
    one = pd.DataFrame({"id": ["a"], "n": [1]})
    assert not compare_tables(one, one.drop(columns="n"), STATISTICS).same


def test_the_first_number_of_a_line_may_be_missing() -> None:
    assert compare_numbers("m.qmd", "a 1\nb 2", "b 2").differences == [("a 1", "")]
