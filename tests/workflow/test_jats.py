"""JATS XML of a document: the front, tables, figures, references and every statistic."""

import shutil
from xml.etree import ElementTree

import pytest

from tests.workflow.jats_rules import jats_problems, statistics_of
from tests.workflow.test_paper_pages import render
from tests.workflow.test_render_documents import DOCUMENT, Rendered, squeezed


@pytest.fixture(scope="module")
def paper(tmp_path_factory) -> Rendered:
    return render(tmp_path_factory.mktemp("jats") / "x", "embedded")


@pytest.fixture(scope="module")
def article(paper) -> ElementTree.Element:
    return ElementTree.parse(paper.file("xml")).getroot()


def words(element: ElementTree.Element | None) -> str:
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def test_it_keeps_the_rules(paper, tmp_path):
    assert not jats_problems(paper.file("xml"))
    other = render(tmp_path / "x", "embedded", DOCUMENT.read_text(encoding="utf-8"))
    assert not jats_problems(other.file("xml"))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("<label>Table\u00a01</label>", "", "table-wrap has no label"),
        ('rid="table-one"', 'rid="table-two"', "table-two refers to nothing"),
        ('id="results"', 'id="method"', "the id method is used 2 times"),
        ("scatter.png", "lost.png", "lost.png does not exist"),
        ('<th align="left" colspan="4">', '<th align="left">', "table-one has rows of [1, 4]"),
        ("<ref-list>", "<ref-list><p/>", "ref-list holds ['p']"),
        ('<sec id="results">', '<p/><sec id="results">', "p stands behind a section"),
        (' vocab-term-identifier="a.b.c.pearson_r"', "", "a statistic has no id"),
        ("0000-0002-1825-0097", "0000", "the ORCID https://orcid.org/0000"),
        ("<abstract>", "<abstract><sec/>", "abstract holds ['sec']"),
        ('dtd-version="1.3"', 'dtd-version="1.2"', "the root is not an article of JATS 1.3"),
    ],
)  # fmt: skip
def test_the_rules_find_what_is_wrong(paper, tmp_path, old, new, problem):
    text = paper.file("xml").read_text(encoding="utf-8")
    assert old in text
    shutil.copytree(paper.folder, tmp_path / "x")
    broken = tmp_path / "x" / "document.xml"
    broken.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert any(found.startswith(problem) for found in jats_problems(broken))


def test_the_front(article):
    meta = article.find("front/article-meta")
    assert meta is not None
    assert words(meta.find("title-group/article-title")).startswith("The Front of a Paper")
    first, second, third = meta.findall("contrib-group/contrib")
    assert first.get("corresp") == "yes"
    assert (words(first.find("name/surname")), words(first.find("name/given-names"))) == (
        "Doe",
        "Jane Q.",
    )
    assert words(first.find("contrib-id")) == "https://orcid.org/0000-0002-1825-0097"
    assert [role.get("vocab-term") for role in first.findall("role")] == [
        "Conceptualization",
        "Writing – original draft",
    ]
    assert [x.get("rid") for x in first.findall("xref")] == ["aff1", "aff2", "correspondence"]
    assert words(second.find("string-name")) == "John Smith"
    assert words(third.find("name/surname")) == "Öberg"
    places = {aff.get("id"): words(aff.find("institution")) for aff in meta.iter("aff")}
    assert places == {
        "aff1": "Department of Psychology, West & Sons University",
        "aff2": "Brief Psychotherapy Program",
    }
    assert [words(word) for word in meta.iter("kwd")] == [
        "mindfulness",
        "working alliance",
        "5 < 6",
    ]
    assert words(meta.find("abstract")) == "At the Westville Clinic, the correlation was r = .456."
    assert words(meta.find("funding-group/funding-statement")).startswith("The work was supported")
    assert words(meta.find("author-notes/corresp")).endswith("Email: jane.doe@example.org")


def test_body_and_back(article):
    titles = [words(title) for title in article.findall("body/sec/title")]
    assert titles == ["The Present Study", "Method", "Results", "Acknowledgments"]
    assert words(article.find("body/sec/sec/sec/title")) == "Recruitment"
    table = article.find(".//table-wrap")
    assert table is not None
    assert words(table.find("label")) == "Table 1"
    assert words(table.find("caption/title")) == "Correlations of KIMS Scales"
    rows = [[words(cell) for cell in row] for row in table.iter("tr")]
    assert rows == [
        ["", "Therapist", ""],
        ["Scale", "r", "p", "n"],
        ["Mindfulness"],
        ["Observe & see", ".12", "< .001", "25"],
        ["Total", "−.456***", ".079", "25"],
    ]
    assert [words(p) for p in table.findall("table-wrap-foot/p")] == [
        "Note. N = 25 dyads.",
        "***p < .001.",
    ]
    figure = article.find(".//fig")
    assert figure is not None
    assert words(figure.find("alt-text")) == "Points rise & fall."
    assert words(figure.find("caption/p")) == "Note. The line is b = 0.5."
    assert words(article.find("back/ref-list/title")) == "References"
    assert words(article.find("back/ref-list/ref")).startswith("Holm, S. (1979).")


def test_every_statistic_of_the_page_is_in_it(paper):
    found = dict(statistics_of(paper.file("xml")))
    assert found == {name: squeezed(text) for name, text in paper.page.statistics.items()}
    assert len(found) == 4
