"""Small plots are well-formed, say in words what they show, and draw every item."""

from xml.etree import ElementTree

import pytest

from attune.documents.cohort_page.cohort_check import ItemCheck
from attune.documents.cohort_page.small_plots import (
    histogram,
    interval_mark,
    item_rest_plot,
    missing_plot,
)

SVG = "{http://www.w3.org/2000/svg}"


def item(number: int, r: float | None, finding: str = "") -> ItemCheck:
    low, high = (None, None) if r is None else (r - 0.1, r + 0.1)
    return ItemCheck(number, f"q_{number}", 40, r, low, high, None, finding)


def parsed(svg: str) -> ElementTree.Element:
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label")
    return root


def test_items_are_dots_and_odd_ones_diamonds_with_their_number() -> None:
    items = [item(n, 0.4) for n in (1, 2, 3)] + [item(7, -0.3, "points against its scale")]
    root = parsed(item_rest_plot(items, "Mood"))
    assert len(root.findall(f"{SVG}circle")) == 3
    assert len(root.findall(f"{SVG}polygon")) == 1
    assert root.get("aria-label") == (
        "Mood. 4 items, from −.30 (item 7) to .40 (item 3). To look at: item 7."
    )
    assert "7" in [text.text for text in root.findall(f"{SVG}text")]


@pytest.mark.parametrize("n_items", [0, 1, 13, 14, 60, 90])
def test_every_mark_lies_within_the_plot(n_items: int) -> None:
    root = parsed(item_rest_plot([item(n + 1, 0.5) for n in range(n_items)], "T"))
    assert len(root.findall(f"{SVG}circle")) == n_items
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for circle in root.findall(f"{SVG}circle"):
        assert 0 < float(circle.get("cx", -1)) < width
        assert 0 < float(circle.get("cy", -1)) < height


def test_undefined_correlations_leave_a_gap() -> None:
    root = parsed(item_rest_plot([item(1, None), item(2, 0.2)], "T"))
    assert len(root.findall(f"{SVG}circle")) == 1
    assert "No correlation is defined." in item_rest_plot([item(1, None)], "T")


def test_missing_shares_are_bars_of_their_height() -> None:
    root = parsed(missing_plot([0.0, 0.1, 0.05], "T"))
    heights = [float(bar.get("height", -1)) for bar in root.findall(f"{SVG}rect")]
    assert heights[0] == 0
    assert heights[1] == pytest.approx(2 * heights[2])
    assert "2 of 3 items were left out by someone. Most often item 2: 10.0%." in str(
        root.get("aria-label")
    )
    assert len(parsed(missing_plot([1.0] * 90, "T")).findall(f"{SVG}rect")) == 90


def test_the_histogram_prints_every_count() -> None:
    root = parsed(histogram([3, 0, 1200], ["nothing", "some", "everything"], "Dyads"))
    assert root.get("aria-label") == "Dyads. nothing: 3, some: 0, everything: 1,200"
    parsed(histogram([0, 0], ["a", "b"], "Dyads"))


def test_an_interval_below_zero_stays_on_its_line() -> None:
    root = parsed(interval_mark(-0.2, -0.9, 0.3, "alpha −.20 [−.90, .30]"))
    for line in root.findall(f"{SVG}line"):
        assert float(line.get("x1", -1)) >= 6


def test_titles_are_escaped() -> None:
    assert parsed(item_rest_plot([], '<b>"&')).get("aria-label", "").startswith('<b>"&.')
