"""The benchmark of structural equation models stops above its limits."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.bench import bench_structural_equations as bench


def measured(monkeypatch: pytest.MonkeyPatch, ours: float, theirs: float, refits: float) -> None:
    """Times as if they had been measured; lavaan is missing where its time is 0."""

    @contextmanager
    def peer(texts: dict[str, str]) -> Iterator[Any]:
        yield (lambda name: theirs) if theirs else None

    monkeypatch.setattr(bench, "lavaan", peer)
    monkeypatch.setattr(bench, "medians", lambda name, *_: (100, ours / 2, ours, theirs))
    monkeypatch.setattr(bench, "bootstrap", lambda text: (refits, 990))


@pytest.mark.parametrize("theirs", [0.2, 0.0])
def test_within_the_limits_or_without_a_peer(monkeypatch, capsys, theirs):
    measured(monkeypatch, 0.1, theirs, 60.0)
    bench.main()
    assert "1,000 refits of resampled clusters: 60 s" in capsys.readouterr().out


def test_above_the_limits_it_stops_with_their_names(monkeypatch):
    measured(monkeypatch, 0.15, 0.2, 60.0)
    with pytest.raises(SystemExit, match=r"factors: 0\.75 of lavaan's time, allowed 0\.7"):
        bench.main()
    measured(monkeypatch, 0.1, 0.2, 121.0)
    with pytest.raises(SystemExit, match="refits: 121 s, allowed 120"):
        bench.main()


def test_the_page_has_the_table_within_the_limits():
    page = bench.PAGE.read_text(encoding="utf-8")
    table = page.partition("<!-- speed -->")[2].partition("<!-- /speed -->")[0]
    for *_, what in bench.MODELS.values():
        [row] = [line for line in table.splitlines() if line.startswith(f"| {what} |")]
        assert float(row.split("|")[-2]) <= bench.MOST_RATIO


def test_the_table_is_written_between_its_marks(monkeypatch, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- speed -->\nold\n<!-- /speed -->\nafter\n", encoding="utf-8")
    monkeypatch.setattr(bench, "PAGE", page)
    bench.record(["| factors | 301 | 0.048 | 0.095 | 0.50 |"], 32.0, 954)
    text = page.read_text(encoding="utf-8")
    assert "| factors | 301 |" in text and "32 s (954 converged)" in text
    assert "old" not in text and text.endswith("<!-- /speed -->\nafter\n")
