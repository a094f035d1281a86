"""One document with everything in it, by both renderers: the same words, cells and references."""

import base64
import os
import re
import shutil
import zipfile
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from attune.specs.errors import ManuscriptError
from attune_files.rendering.renderer import FORMATS, choose_renderer, render_document

ROOT = Path(__file__).parents[2]
DOCUMENT = Path(__file__).parent / "document" / "document.qmd"
ASSETS = sorted((ROOT / "reports" / "assets").iterdir())
NOTICE = "Synthetic data: the numbers in this document were simulated"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
GREY_DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)

TABLE_1 = [
    ["", "Therapist", "Patient", ""],
    ["Scale", "r", "p", "r", "p", "n"],
    ["Mindfulness"],
    ["Observe", ".12", ".279", "−.05", ".812", "25"],
    ["Act with awareness, a label that is long enough to be broken",
     ".46*", ".011", ".38*", ".031", "25"],
    ["Self-affiliation"],
    ["At worst", ".51**", ".004", "—", "—", "1,024"],
    ["Total", "−.456***", "<\N{NO-BREAK SPACE}.001", ".291", ".079", "25"],
]  # fmt: skip


class Page(HTMLParser):
    """The text of <main>, the cells of its tables, and every identifier, link and statistic."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tables: list[list[list[str]]] = []
        self.identifiers: set[str] = set()
        self.links: set[str] = set()
        self.statistics: dict[str, str] = {}
        self._in_main, self._in_cell, self._statistic = False, False, ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        self.identifiers.add(given.get("id", ""))
        if given.get("href", "").startswith("#"):
            self.links.add(given["href"][1:])
        if given.get("class") == "stat":
            self._statistic = given["data-id"]
            self.statistics[self._statistic] = ""
        if tag == "main":
            self._in_main = True
        elif tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._in_cell = True
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag):
        if tag == "main":
            self._in_main = False
        elif tag in ("td", "th"):
            self._in_cell = False
        elif tag == "span":
            self._statistic = ""

    def handle_data(self, data):
        if self._in_main:
            self.text += data
        if self._in_cell:
            self.tables[-1][-1][-1] += data
        if self._statistic:
            self.statistics[self._statistic] += data


@dataclass
class Rendered:
    """The three files of one document, and what can be read in them; each is read once."""

    folder: Path

    def file(self, kind: str) -> Path:
        return self.folder / f"document.{kind}"

    @cached_property
    def page(self) -> Page:
        return Page(self.file("html").read_text(encoding="utf-8"))

    def part(self, name: str) -> ElementTree.Element:
        with zipfile.ZipFile(self.file("docx")) as archive:
            return ElementTree.fromstring(archive.read(name))

    @cached_property
    def word_text(self) -> str:
        return "".join(text.text or "" for text in self.part("word/document.xml").iter(f"{W}t"))

    @cached_property
    def word_tables(self) -> list[list[list[str]]]:
        return [
            [
                [
                    "".join(t.text or "" for t in cell.iter(f"{W}t")).strip()
                    for cell in row.iter(f"{W}tc")
                ]
                for row in table.iter(f"{W}tr")
            ]
            for table in self.part("word/document.xml").iter(f"{W}tbl")
        ]

    @cached_property
    def pdf_pages(self) -> list[str]:
        return [page.extract_text() for page in PdfReader(self.file("pdf")).pages]


def squeezed(text: str) -> str:
    """Without any white space: lines are broken elsewhere in every format."""
    return re.sub(r"\s+", "", text)


def body(text: str) -> str:
    """From the heading of the first section on."""
    return squeezed(text)[squeezed(text).index("MethodMindfulness") :]


def render(folder: Path, renderer: str, text: str | None = None) -> Rendered:
    (folder / "figures").mkdir(parents=True)
    (folder / "figures" / "scatter.png").write_bytes(GREY_DOT)
    qmd = folder / "document.qmd"
    qmd.write_text(text or DOCUMENT.read_text(encoding="utf-8"), encoding="utf-8")
    outputs = {kind: folder / f"document.{kind}" for kind in FORMATS}
    render_document(qmd, folder / "figures", ASSETS, outputs, choose_renderer(renderer))
    return Rendered(folder)


def skip_without(renderer: str) -> None:
    try:
        choose_renderer(renderer)
    except ManuscriptError as error:
        pytest.skip(f"Quarto's half was not tested (QUARTO_PATH or PATH): {error.heading}")


@pytest.fixture(scope="module", params=["embedded", "quarto"])
def rendered(request, tmp_path_factory) -> Rendered:
    skip_without(request.param)
    return render(tmp_path_factory.mktemp("a folder with spaces") / "x", request.param)


@pytest.fixture(scope="module")
def by_both(tmp_path_factory) -> tuple[Rendered, Rendered]:
    skip_without("quarto")
    folder = tmp_path_factory.mktemp("both")
    return render(folder / "embedded", "embedded"), render(folder / "quarto", "quarto")


def test_table_cells_are_the_same_in_all_formats(rendered):
    assert rendered.page.tables[0] == TABLE_1
    assert rendered.word_tables == rendered.page.tables
    printed = squeezed(" ".join(rendered.pdf_pages))
    for row in rendered.page.tables[1]:
        assert squeezed("".join(row)) in printed


def test_words_are_the_same_in_all_formats(rendered):
    words = body(rendered.page.text)
    assert body(rendered.word_text) == words
    without_header = (text.split("EVERYTHING & MORE", 1)[1] for text in rendered.pdf_pages)
    pages = [re.sub(r"^ *\d+\n", "", text) for text in without_header]
    assert body("".join(pages)) == words


def test_statistics_keep_their_ids(rendered):
    statistics = rendered.page.statistics
    assert squeezed(statistics["alliance.kims_total.wai_therapist.pearson_r"]) == "r=.456"
    assert statistics["alliance.kims_observe.wai_therapist.pearson_r"] == ".12"
    assert squeezed(statistics["conditions.kims_total.t"]) == "t(23)=−1.20"


def test_cross_references_lead_to_their_targets(rendered):
    assert {"table-alliance", "table-wide", "figure-scatter", "sec-results"} <= rendered.page.links
    assert rendered.page.links <= rendered.page.identifiers
    assert "seeTable1,Table2andFigure1inResults." in squeezed(rendered.page.text)
    document = rendered.part("word/document.xml")
    anchors = {link.get(f"{W}anchor") for link in document.iter(f"{W}hyperlink")} - {None}
    names = {bookmark.get(f"{W}name") for bookmark in document.iter(f"{W}bookmarkStart")}
    assert {"table-alliance", "figure-scatter"} <= anchors <= names


def test_citations_follow_apa(rendered):
    text = rendered.page.text
    assert "inventory of Baer et al. (2004)" in re.sub(r"\s+", " ", text)
    assert "(Cronbach & Furby, 1970)" in text
    assert "As Cronbach and Furby (1970) asked" in text
    assert "(Holm, 1979; Ryan et al., 2012)" in text
    entry = (
        "Baer, R. A., Smith, G. T., & Allen, K. B. (2004). Assessment of mindfulness by"
        " self-report: The Kentucky Inventory of Mindfulness Skills. Assessment, 11(3), 191–206."
        " https://doi.org/10.1177/1073191104268029"
    )
    assert entry in re.sub(r"\s+", " ", text)


def test_notice_is_on_every_page(rendered):
    assert len(rendered.pdf_pages) > 3
    assert all(text.startswith(NOTICE) for text in rendered.pdf_pages)
    html = rendered.file("html").read_text(encoding="utf-8")
    assert html.index('class="banner"') < html.index('id="sec-method"')
    sections = list(rendered.part("word/document.xml").iter(f"{W}sectPr"))
    assert len(sections) == 3
    for section in sections:
        header = section.find(f"{W}headerReference")
        assert header is not None
        relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
        words = rendered.part(f"word/{header.get(relation)}.xml")
        assert NOTICE in "".join(text.text or "" for text in words.iter(f"{W}t"))


def test_html_is_one_file(rendered):
    html = rendered.file("html").read_text(encoding="utf-8")
    assert "figures/scatter.png" not in html
    assert not re.search(r'<link[^>]+href="(?!data:)', html)
    assert not re.search(r'<(?:script|img|iframe)[^>]+src="(?!data:)', html)


def test_word_cells_all_hold_a_paragraph(rendered):
    cells = list(rendered.part("word/document.xml").iter(f"{W}tc"))
    assert cells
    assert all(cell.find(f"{W}p") is not None for cell in cells)


def test_both_renderers_make_the_same_document(by_both):
    embedded, quarto = by_both
    assert quarto.page.tables == embedded.page.tables
    assert quarto.page.text.split() == embedded.page.text.split()
    assert quarto.page.statistics == embedded.page.statistics
    assert quarto.word_text == embedded.word_text
    assert list(map(squeezed, quarto.pdf_pages)) == list(map(squeezed, embedded.pdf_pages))


def test_same_bytes_twice(tmp_path):
    first, second = render(tmp_path / "1", "embedded"), render(tmp_path / "2", "embedded")
    for kind in FORMATS:
        assert first.file(kind).read_bytes() == second.file(kind).read_bytes(), kind


def test_real_data_carry_no_notice(tmp_path):
    text = re.sub(r"synthetic-notice: .*\n", "", DOCUMENT.read_text(encoding="utf-8"))
    rendered = render(tmp_path / "x", "embedded", text)
    assert "Synthetic" not in rendered.file("html").read_text(encoding="utf-8").split("<body>")[1]
    assert not any("Synthetic" in page for page in rendered.pdf_pages)
    assert "Synthetic" not in "".join(
        t.text or "" for t in rendered.part("word/portrait.xml").iter()
    )


def test_supplement_numbers_with_its_prefix(tmp_path):
    text = DOCUMENT.read_text(encoding="utf-8").replace("lang: en", 'lang: en\ntable-prefix: "S"')
    rendered = render(tmp_path / "x", "embedded", text)
    for words in (rendered.page.text, rendered.word_text, "".join(rendered.pdf_pages)):
        assert "seeTableS1,TableS2andFigureS1inResults." in squeezed(words)


def test_all_problems_are_reported_at_once(tmp_path):
    text = DOCUMENT.read_text(encoding="utf-8")
    text = text.replace("{#tbl-wide}", "{#tbl-alliance}").replace("@baer2004", "@nobody1900")
    text = text.replace("figures/scatter.png", "figures/lost.png").replace("{#sec-results}", "")
    renderers = ["embedded"]
    if shutil.which("quarto") or "QUARTO_PATH" in os.environ:
        renderers.append("quarto")
    for renderer in renderers:
        with pytest.raises(ManuscriptError) as caught:
            render(tmp_path / renderer, renderer, text)
        assert caught.value.problems == [
            "the image figures/lost.png of #fig-scatter does not exist",
            "the identifier #tbl-alliance is used twice; give each its own",
            "@tbl-wide refers to nothing in this document",
            "@sec-results refers to nothing in this document",
            "@nobody1900 is neither in the bibliography nor in this document",
        ]
        assert not list((tmp_path / renderer).glob("document.[!q]*")), "all or nothing"
