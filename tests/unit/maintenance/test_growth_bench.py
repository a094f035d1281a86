"""The benchmark of mixed models stops above its limits, and the page has a run within them."""

import pytest
from tests.bench import bench_mixed_models as bench

SIZES = [(rows, rows / 30_000, rows / 3_000, 0.5) for rows in bench.SIZES]


def measured(
    monkeypatch: pytest.MonkeyPatch,
    ratio: float = 0.5,
    refits: float = 8.0,
    slower: float = 1.0,
    larger: float = 1.0,
    r: bool = True,
) -> None:
    """Times as if they had been measured; `slower`, `larger`: of the largest table."""
    sizes = [(*one[:3], one[3] * r) for one in SIZES[:-1]]
    rows, seconds, megabytes, theirs = SIZES[-1]
    sizes.append((rows, seconds * slower, megabytes * larger, theirs * r))
    by_rows = {one[0]: one for one in sizes}
    monkeypatch.setattr(bench, "of_size", lambda rows, _: by_rows[rows])
    monkeypatch.setattr(bench.pd, "read_csv", lambda path: None)
    monkeypatch.setattr(bench, "compare", lambda *_: [ratio] * r)
    monkeypatch.setattr(bench, "bootstrap_seconds", lambda raters: refits * raters)
    monkeypatch.setattr(bench.sys, "argv", ["bench"])


@pytest.mark.parametrize("r", [True, False])
def test_within_the_limits_or_without_a_peer(monkeypatch, capsys, r):
    measured(monkeypatch, r=r)
    bench.main()
    said = capsys.readouterr().out
    assert "1,000 bootstrap refits, raters in the model: 1, on two cores: 8.0 s" in said
    assert "M1   100,000 rows: 3.33 s, 33 MB" in said
    assert ("lme4 0.50 s" in said) == r


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ratio": 1.2}, r"median fit: 1\.20 of lme4's time, allowed 1"),
        ({"refits": 61.0}, "bootstrap: 61 s, allowed 60"),
        ({"slower": 1.6}, r"time grows 1\.6 times as fast as rows, allowed 1\.5"),
        ({"larger": 2.0}, r"memory grows 2\.0 times as fast"),
    ],
)
def test_above_the_limits_it_stops_with_their_names(monkeypatch, change, message):
    measured(monkeypatch, **change)
    with pytest.raises(SystemExit, match=message):
        bench.main()


def test_thirty_thousand_rows_have_a_limit():
    sizes = [(rows, 4 * seconds, megabytes, 0.0) for rows, seconds, megabytes, _ in SIZES]
    assert bench.above_limits(sizes, None, 1.0) == ["30,000 rows: 4.0 s, allowed 3"]


def test_the_page_has_a_run_within_the_limits():
    page = bench.PAGE.read_text(encoding="utf-8")
    text = page.partition("<!-- speed -->")[2].partition("<!-- /speed -->")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    sizes = [(int(row[0].replace(",", "")), float(row[1]), float(row[2]), 0.0) for row in rows[1:]]
    assert [one[0] for one in sizes] == [*bench.SIZES]
    refits = float(text.partition("1,000 in ")[2].partition(" s")[0])
    median = float(text.partition("three data sets takes ")[2].partition(" of")[0])
    assert bench.above_limits(sizes, median, refits) == []
    assert text.strip().startswith("Measured on ") and bench.__version__ in text


def test_the_run_is_written_between_its_marks(monkeypatch, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- speed -->\nold\n<!-- /speed -->\nafter\n", encoding="utf-8")
    monkeypatch.setattr(bench, "PAGE", page)
    bench.record(SIZES, 0.5, {1: 8.0, 2: 9.0})
    text = page.read_text(encoding="utf-8")
    assert "| 30,000 | 1.00 | 10 | 0.50 |" in text and "1,000 in 8.0 s for one rater" in text
    assert "old" not in text and text.endswith("<!-- /speed -->\nafter\n")
