"""A table as a page of its own: the cells of the documents, each with its id, nothing to load."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from attune.printing.printed_table import PrintedTable, Row, frame_of
from attune.printing.quarto import loaded_cell, parse_text
from attune.printing.table_formats import table_page
from attune.printing.text import literal

REPORTS = Path(__file__).parents[3] / "reports"
HEADINGS = {
    "label": "Measure",
    "mean_1": "Usual care >> *M*",
    "sd_1": "Usual care >> *SD*",
    "r": "*r*",
}


@pytest.fixture
def table() -> PrintedTable:
    rows = [
        Row(
            "Women",
            "Sex",
            {"mean_1": loaded_cell("1.0", "a.w.mean"), "sd_1": loaded_cell("0.5", "a.w.sd")},
        ),
        Row("Men", "Sex", {"r": loaded_cell("−.456\\*\\*", "a.m.pearson_r")}),
        Row(literal("<b>|</b>"), None, {"r": loaded_cell("\\< 5", "a.b.n")}),
    ]
    note = '*Note.* *N* = [26]{.stat data-id="sample.all.n" data-part="estimate"}.\n\n'
    note += "\\*\\* *p* \\< .01."
    frame = frame_of(rows, ["mean_1", "sd_1", "r"])
    return PrintedTable("t", "manuscript", "Means & *SD*", HEADINGS, frame, note)


class Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.ids: dict[str, str] = {}
        self._open = ""
        self._id = ""

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._open = tag
            self.rows[-1].append("")
        self._id = given.get("data-id", self._id) if tag == "span" else self._id

    def handle_endtag(self, tag):
        self._open = "" if tag == self._open else self._open
        self._id = "" if tag == "span" else self._id

    def handle_data(self, data):
        if self._open:
            self.rows[-1][-1] += data
        if self._id:
            self.ids[self._id] = self.ids.get(self._id, "") + data


def page_of(table: PrintedTable, notice: str = "") -> str:
    template = (REPORTS / "table.html.j2").read_text(encoding="utf-8")
    return table_page(table, template, "p { color: red }", notice)


def test_cells_groups_spanners_and_ids(table) -> None:
    page = Cells()
    page.feed(page_of(table))
    assert page.rows == [
        ["", "Usual care", ""],
        ["Measure", "M", "SD", "r"],
        ["Sex"],
        ["Women", "1.0", "0.5", ""],
        ["Men", "", "", "−.456**"],
        ["<b>|</b>", "", "", "< 5"],
    ]
    assert page.ids == {
        "a.w.mean": "1.0",
        "a.w.sd": "0.5",
        "a.m.pearson_r": "−.456",
        "a.b.n": "< 5",
        "sample.all.n": "26",
    }


def test_text_is_text(table) -> None:
    text = page_of(table)
    assert "<b>" not in text
    assert "&lt;b&gt;|&lt;/b&gt;" in text
    assert "<p>** <em>p</em> &lt; .01.</p>" in text
    assert '<span class="title">Means &amp; <em>SD</em></span>' in text


def test_the_page_loads_nothing(table) -> None:
    assert not re.findall(r"(?:src|href)=|@import|url\(", page_of(table))


def test_synthetic_data_say_so(table) -> None:
    assert "Synthetic &amp; data" in page_of(table, "Synthetic & data")
    assert "<aside" not in page_of(table)


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("1.23 × 10^−5^", "1.23 × 10<sup>−5</sup>"),
        (r"a\*b\*c \~d\~", "a*b*c ~d~"),
        ('[x](y) "quoted"', 'x "quoted"'),
        (str(literal('<script>"*x*"</script>')), '&lt;script&gt;"*x*"&lt;/script&gt;'),
        ('[95% CI [.1, .2]]{.stat data-id="a.r"}',
         '<span class="stat" data-id="a.r" title="a.r">95% CI [.1, .2]</span>'),
    ],
)  # fmt: skip
def test_inline(markdown: str, html: str) -> None:
    assert parse_text(markdown).to_html() == html
