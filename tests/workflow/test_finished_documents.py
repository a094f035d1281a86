"""The documents of all cohorts as a full run leaves them: one set of numbers in every format."""

import html
import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from pypdf import PdfReader

from attune.printing.quarto import parse_text
from attune.printing.wording import title_case
from attune_files.parquet import read_metadata
from attune_files.rendering.renderer import FORMATS, choose_renderer, read_header, render_document
from attune_files.yaml_file import read_yaml
from tests.workflow.british_words import british_words
from tests.workflow.jats_rules import jats_problems, statistics_of
from tests.workflow.test_render_documents import (
    ASSETS,
    Rendered,
    W,
    skip_without,
    squeezed,
)

COHORTS = ["ryan2012_synthetic", "help", "btheb", "alliance_growth_synthetic", "mcbi_synthetic"]
NAMES = ["manuscript", "supplement"]

PAGE_END = "\f"

_HTML_STAT = re.compile(r'<span class="stat"[^>]*?data-id="([^"]+)"[^>]*>(.*?)</span>', re.DOTALL)
_QMD_STAT = re.compile(r'\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\{\.stat data-id="([^"]+)"[^}]*\}')


_HTML_PART = re.compile(r"<figure .*?</figure>", re.DOTALL)


def statistics_in(page: str) -> list[tuple[str, str]]:
    """Id and text of the statistics of a piece of HTML."""
    return [
        (name, squeezed(html.unescape(re.sub("<[^>]*>", "", text))))
        for name, text in _HTML_STAT.findall(page)
    ]


@dataclass
class Document(Rendered):
    """A document of a finished run; its source is beside its formats."""

    name: str

    def file(self, kind: str) -> Path:
        return self.folder / f"{self.name}.{kind}"

    @cached_property
    def header(self) -> dict[str, object]:
        return read_header(self.file("qmd"))

    @cached_property
    def html(self) -> str:
        return self.file("html").read_text(encoding="utf-8")

    @cached_property
    def statistics(self) -> list[tuple[str, str]]:
        """Id and text of every statistic of the page, in its order."""
        return statistics_in(self.html)

    @cached_property
    def statistics_by_part(self) -> list[list[tuple[str, str]]]:
        """Those of the running text, and those of each table and figure."""
        parts = _HTML_PART.findall(self.html)
        return [statistics_in(_HTML_PART.sub("", self.html)), *map(statistics_in, parts)]

    @cached_property
    def statistics_of_source(self) -> list[tuple[str, str]]:
        text = self.file("qmd").read_text(encoding="utf-8")
        return [
            (name, squeezed(re.sub(r"[*~^\\]", "", value)))
            for value, name in _QMD_STAT.findall(text)
        ]

    @cached_property
    def pdf_text(self) -> str:
        """The pages without their headers and without white space."""
        return "".join(self.pdf_bodies)

    @cached_property
    def pdf_bodies(self) -> list[str]:
        head = self.header.get("running-head") or self.header["title"]
        words = squeezed(str(head).upper())
        # The text of a page may begin with a number, right behind that of the page.
        pages = enumerate(map(squeezed, self.pdf_pages), start=1)
        return [page.partition(f"{words}{number}")[2] or page for number, page in pages]

    @cached_property
    def word_headers(self) -> list[str]:
        """The words of the header of every section."""
        relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
        found = []
        for section in self.part("word/document.xml").iter(f"{W}sectPr"):
            header = section.find(f"{W}headerReference")
            part = self.part(f"word/{header.get(relation)}.xml") if header is not None else None
            found.append("" if part is None else _words(part))
        return found


def _words(part: ElementTree.Element) -> str:
    return "".join(text.text or "" for text in part.iter(f"{W}t"))


def place_behind(value: str, text: str, start: int) -> int:
    """Where a statistic that stands behind a place ends; -1 where there is none.

    One whose line ends behind a comma, or before the limits of an interval, at the end of a page
    goes on where the running text of the next page does, which may be below a table.
    """
    place = text.find(value, start)
    end = text.find(PAGE_END, start)
    while end >= 0 and (place < 0 or end < place):
        for cut in (match.end() for match in re.finditer(r",|(?<=CI)(?=\[)", value)):
            begins, rest = text.endswith(value[:cut], start, end), value[cut:]
            if begins and 0 <= (goes_on := text.find(rest, end)) < _page_end(text, end + 1):
                return goes_on + len(rest)
        end = text.find(PAGE_END, end + 1)
    return place if place < 0 else place + len(value)


def _page_end(text: str, start: int) -> int:
    found = text.find(PAGE_END, start)
    return found if found >= 0 else len(text)


def test_a_statistic_that_goes_on_below_a_table_of_the_next_page_is_found():
    text = f"text r=.30,{PAGE_END}Table 1 .40 p=.012 and{PAGE_END}p=.013"
    assert text[: place_behind("r=.30,p=.012", text, 0)].endswith("p=.012")
    assert place_behind("r=.30,p=.013", text, 0) == -1
    assert place_behind("r=.30,p=.012", text, 8) == -1
    interval = f"d=0.05,95%CI{PAGE_END}[−0.20,0.29].At"
    assert interval[: place_behind("95%CI[−0.20,0.29]", interval, 0)].endswith("0.29]")
    assert place_behind("95%CI[−0.20,0.30]", interval, 0) == -1


@pytest.fixture(scope="module", params=[(c, n) for c in COHORTS for n in NAMES], ids="-".join)
def document(request, finished) -> Document:
    cohort, name = request.param
    return Document(finished / "results" / cohort, name)


def test_every_format_holds_the_same_statistics(document):
    statistics = document.statistics
    assert len(statistics) > 15
    assert document.statistics_of_source == statistics
    # On paper the text of a manuscript flows on around its tables and figures.
    expected = [(squeezed(document.word_text), statistics)]
    expected += [(PAGE_END.join(document.pdf_bodies), part) for part in document.statistics_by_part]
    for text, part in expected:
        place = 0
        for name, value in part:
            place = place_behind(value, text, place)
            assert place >= 0, f"{name}: {value} does not follow the statistic before it"


def test_every_statistic_is_in_the_store(document):
    files = (document.folder / "statistics").glob("*.parquet")
    stored = {name for file in files for name in pd.read_parquet(file, columns=["id"])["id"]}
    printed = [part for name, _ in document.statistics for part in name.split()]
    assert not set(printed) - stored


def test_tables_have_the_same_cells(document):
    tables = document.page.tables
    assert tables
    assert document.word_tables == tables


def test_the_text_refers_to_every_table_and_figure(document):
    page = document.page
    parts = {
        name for name in page.identifiers if re.fullmatch(r"(table|figure)-(?!.*-caption$).+", name)
    }
    assert len(parts) == document.html.count("<figcaption")
    assert parts <= page.links


def test_the_notice_is_wherever_the_data_are_synthetic(document):
    notice = squeezed(str(document.header.get("synthetic-notice", "")))
    if "synthetic" not in document.folder.name:
        assert not notice
        seen = [document.page.text, document.word_text, *document.pdf_pages, *document.word_headers]
        assert not [text for text in seen if "synthetic" in text.lower()]
        assert 'class="banner"' not in document.html
        return
    assert notice.startswith("Syntheticdata")
    assert document.pdf_pages
    assert all(squeezed(page).startswith(notice) for page in document.pdf_pages)
    assert document.word_headers
    assert all(notice in squeezed(header) for header in document.word_headers)
    assert '<aside class="banner"' in document.html


def test_the_notice_stands_once_where_every_page_has_it(document):
    notice = squeezed(str(document.header.get("synthetic-notice", "")))
    if not notice:
        return
    body = document.html.partition("<body>")[2].partition("<script")[0]
    assert squeezed(html.unescape(re.sub("<[^>]*>", "", body))).count(notice) == 1
    assert squeezed(document.word_text).count(notice) == 1
    counts = [squeezed(page).count(notice) for page in document.pdf_pages]
    assert counts == [2] + [1] * (len(counts) - 1), "in the head of each page, once in the text"
    for path in sorted((document.folder / "tables").glob("*.parquet")):
        assert squeezed(read_metadata(path)["notice"]) == notice


def test_the_article_holds_every_statistic_of_the_page(document):
    path = document.file("xml")
    assert not jats_problems(path)
    found = [(name, html.unescape(text)) for name, text in statistics_of(path)]
    assert Counter(found) == Counter(document.statistics)


def test_the_prose_has_one_spelling(document, finished):
    """American by default; a word that an author's own file holds stays as typed."""
    data = finished / "data" / document.folder.name
    study = read_yaml(data / "cohort.yaml")["study"]
    own = [data / "cohort.yaml", *(data / "text").glob("*")]
    own += [finished / f"workflow/studies/{study}.yaml"]
    own += (finished / "workflow/instruments").glob("*.yaml")
    entries = re.search(r'id="explanations">(.*?)</script>', document.html, re.DOTALL)
    assert entries
    explained = json.loads(entries[1])
    shown = [entry["title"] for entry in explained["statistics"].values()]
    shown += [dict(facts)["Formula"] for facts in explained["formulas"].values()]
    assert not british_words(document.file("qmd"), own, shown)
    assert document.header["lang"] == "en-US"


def test_titles_captions_and_headings_are_in_title_case(document):
    text = document.file("qmd").read_text(encoding="utf-8")
    titles = [str(document.header["title"])]
    titles += re.findall(r"(?m)^#{1,6} (.+?)(?: \{[^{}]*\})?$", text)
    titles += re.findall(r"(?m)^: (.+) \{#tbl-[^{}]*\}$", text)
    titles += re.findall(r"(?m)^!\[(.+)\]\(figures/", text)
    assert len(titles) > 8
    plain = [parse_text(title).to_plain() for title in titles]
    assert plain == [title_case(title) for title in plain]


def test_limits_have_as_many_decimals_as_their_estimate(document):
    """r = .413 beside [.022, .695]: of every statistic that the text gives with its interval."""
    text = document.file("qmd").read_text(encoding="utf-8")
    interval = re.compile(
        r'\{\.stat data-id="([^"]+)"\}, \[95% (?:robust |sandwich |BCa )?CI \[([^\]]+)\]\]'
        r'\{\.stat data-id="\1"'
    )
    for match in interval.finditer(text):
        if not match[1].endswith("_r"):
            continue
        estimate = re.search(r"= [−]?(\.\d+)", text[: match.start()].rpartition("[*")[2])
        assert estimate, match[1]
        decimals = {len(number.partition(".")[2]) for number in match[2].split(", ")}
        assert decimals == {len(estimate[1]) - 1}, match[1]


@pytest.mark.parametrize(
    ("cohort", "name"), [("ryan2012_synthetic", "manuscript"), ("help", "supplement")]
)
def test_quarto_makes_the_same_of_them(finished, tmp_path, cohort, name):
    skip_without("quarto")
    embedded = Document(finished / "results" / cohort, name)
    quarto = Document(tmp_path, name)
    source = embedded.file("qmd")
    quarto.file("qmd").write_bytes(source.read_bytes())
    outputs = {kind: quarto.file(kind) for kind in FORMATS}
    figures = embedded.folder / "figures"
    explanations = json.loads((embedded.folder / "explanations.json").read_text("utf-8"))
    quartos = choose_renderer("quarto")
    render_document(source, figures, ASSETS, outputs, quartos, explanations=explanations)
    assert quarto.statistics == embedded.statistics
    assert quarto.page.tables == embedded.page.tables
    assert quarto.page.text.split() == embedded.page.text.split()
    assert quarto.word_text == embedded.word_text
    assert quarto.pdf_text == embedded.pdf_text


@pytest.mark.parametrize("cohort", COHORTS)
def test_a_long_table_begins_where_several_rows_have_room(finished, cohort):
    """Caption, title, and heading have up to five lines; no page ends with a row or two."""
    for page in PdfReader(finished / "results" / cohort / "supplement.pdf").pages:
        lines = page.extract_text().splitlines()
        last = [n for n, line in enumerate(lines) if re.fullmatch(r"Table\sS\d+\s*", line)][-1:]
        for start in last:
            is_whole = any(line.startswith("Note.") for line in lines[start:])
            assert is_whole or len(lines) - start > 8, lines[start:]
