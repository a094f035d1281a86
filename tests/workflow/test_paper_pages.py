"""The pages of a paper in APA 7: title page, abstract, text, references; masked; numbered lines."""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from attune.specs.errors import ManuscriptError
from attune_files.rendering.renderer import FORMATS, OPEN, Layout, choose_renderer, render_document
from tests.workflow.test_render_documents import ASSETS, GREY_DOT, Rendered, W, skip_without

PAPER = Path(__file__).parent / "document" / "paper.qmd"
TITLE = "The Front of a Paper: Authors & Their Places"
IDENTITY = [
    *("Doe", "Smith", "Öberg", "Westville", "Easton", "Psychology", "0000-0002-1825-0097"),
    *("example.org", "Grant ABC", "Jones", "earlier paper", "preregistered"),
]


def render(folder: Path, renderer: str, text: str = "", layout: Layout = OPEN) -> Rendered:
    (folder / "figures").mkdir(parents=True)
    (folder / "figures" / "scatter.png").write_bytes(GREY_DOT)
    qmd = folder / "document.qmd"
    qmd.write_text(text or PAPER.read_text(encoding="utf-8"), encoding="utf-8")
    outputs = {kind: folder / f"document.{kind}" for kind in FORMATS}
    chosen = choose_renderer(renderer)
    render_document(qmd, folder / "figures", ASSETS, outputs, chosen, layout=layout)
    return Rendered(folder)


@pytest.fixture(scope="module", params=["embedded", "quarto"])
def renderer(request) -> str:
    skip_without(request.param)
    return request.param


@pytest.fixture(scope="module")
def paper(renderer, tmp_path_factory) -> Rendered:
    return render(tmp_path_factory.mktemp("paper") / "x", renderer)


@pytest.fixture(scope="module")
def masked(renderer, tmp_path_factory) -> Rendered:
    folder = tmp_path_factory.mktemp("masked") / "x"
    return render(folder, renderer, layout=Layout(masked=True, line_numbers=True))


def paragraphs(document: Rendered) -> list[tuple[str, str]]:
    """Style and text of every paragraph of the Word file outside of tables; page breaks, too."""
    body = document.part("word/document.xml").find(f"{W}body")
    assert body is not None
    found = []
    for paragraph in body.findall(f"{W}p"):
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        text = "".join(t.text or "" for t in paragraph.iter(f"{W}t"))
        breaks = [b for b in paragraph.iter(f"{W}br") if b.get(f"{W}type") == "page"]
        name = "" if style is None else str(style.get(f"{W}val"))
        found.append(("break", "") if breaks else (name, one_line(text)))
    return found


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_the_title_page_holds_who_wrote_it(paper):
    front = paragraphs(paper)
    front = front[: front.index(("break", ""))]
    assert front == [
        ("Title", TITLE),
        ("Author", "Jane Q. Doe1,2, John Smith2, and Åsa Öberg1,2"),
        ("Affiliation", "1Department of Psychology, West & Sons University, Westville, Norway"),
        ("Affiliation", "2Brief Psychotherapy Program, Easton, Norway"),
        ("AuthorNoteHeading", "Author Note"),
        ("AuthorNote", "Jane Q. Doe https://orcid.org/0000-0002-1825-0097"),
        ("AuthorNote", "Åsa Öberg https://orcid.org/0000-0001-5109-3700"),
        (
            "AuthorNote",
            "This study was not preregistered. We have no known conflict of interest to disclose."
            " The work was supported by Grant ABC of the Fund for Examples. The board of the"
            " Westville Clinic approved the study. Data are at https://example.org/data. We are"
            " grateful to Mary Jones.",
        ),
        ("AuthorNote", "The conclusions are compared in verdict.html."),
        (
            "AuthorNote",
            "Author contributions: Jane Q. Doe: conceptualization, writing – original draft; John"
            " Smith: formal analysis.",
        ),
        (
            "AuthorNote",
            "Correspondence concerning this article should be addressed to Jane Q. Doe, Department"
            " of Psychology, West & Sons University, Westville, Norway. Email:"
            " jane.doe@example.org",
        ),
        ("BodyText", "The verdicts are on a page of their own."),
    ]


def test_abstract_text_and_references_begin_new_pages(paper):
    parts, pages = paragraphs(paper), [[]]
    for style, text in parts:
        if style == "break":
            pages.append([])
        else:
            pages[-1].append((style, text))
    assert [page[0] for page in pages[1:]] == [
        ("Heading1", "Abstract"),
        ("TitleOfText", TITLE),
        ("Heading1", "References"),
    ]
    assert pages[1][-1] == ("Keywords", "Keywords: mindfulness, working alliance, 5 < 6")
    assert ("Abstract", "At the Westville Clinic, the correlation was r = .456.") in pages[1]
    assert pages[0][-1][1] == "The verdicts are on a page of their own."
    words = [one_line(text) for text in paper.pdf_pages]
    heads = [re.sub(r"^THE FRONT OF A PAPER \d+ ?", "", text) for text in words]
    assert heads[0].startswith(f"{TITLE} Jane Q. Doe1,2, John Smith2, and Åsa Öberg1,2")
    assert heads[1].startswith("Abstract At the Westville Clinic")
    assert heads[1].endswith("Keywords: mindfulness, working alliance, 5 < 6")
    assert heads[2].startswith(f"{TITLE} The Present Study First paragraph")
    assert heads[-1].startswith("References Holm")
    assert heads[0].endswith("The verdicts are on a page of their own.")
    assert all(text.startswith(f"THE FRONT OF A PAPER {n}") for n, text in enumerate(words, 1))


def test_every_paragraph_is_indented_by_half_an_inch(paper):
    with_text = {text: style for style, text in paragraphs(paper)}
    first = [text for text in with_text if text.startswith("First paragraph")]
    assert len(first) == 3
    styles = paper.part("word/styles.xml")
    by_id = {style.get(f"{W}styleId"): style for style in styles.iter(f"{W}style")}

    def indent(name: str) -> str | None:
        found = by_id[name].find(f"{W}pPr/{W}ind")
        if found is not None:
            return found.get(f"{W}firstLine")
        based = by_id[name].find(f"{W}basedOn")
        return None if based is None else indent(str(based.get(f"{W}val")))

    assert {indent(with_text[text]) for text in first} == {"720"}
    assert indent("Abstract") == "0"
    left: dict[str, float] = {}

    def note(text: str, page: list[float], line: list[float], *_: object) -> None:
        if text.strip():
            left.setdefault(text.strip(), page[0] * line[4] + page[4])

    for page in PdfReader(paper.file("pdf")).pages[2:]:
        page.extract_text(visitor_text=note)
    starts = [x for text, x in left.items() if text.startswith("First paragraph")]
    assert len(starts) == 3
    assert all(abs(x - 108) < 0.5 for x in starts), starts  # an inch and a half in points


def test_headings_have_the_levels_of_apa(paper):
    parts = paragraphs(paper)
    assert ("Heading1", "Method") in parts
    assert ("Heading2", "Participants") in parts
    assert ("Heading3", "Recruitment") in parts
    styles = paper.part("word/styles.xml")
    form = {}
    for style in styles.iter(f"{W}style"):
        if str(style.get(f"{W}styleId")).startswith("Heading"):
            centre = style.find(f"{W}pPr/{W}jc")
            run = style.find(f"{W}rPr")
            marks = set() if run is None else {mark.tag.removeprefix(W) for mark in run}
            side = "left" if centre is None else centre.get(f"{W}val")
            form[style.get(f"{W}styleId")] = (side, marks)
    assert form["Heading1"] == ("center", {"b"})
    assert form["Heading2"] == ("left", {"b"})
    assert form["Heading3"] == ("left", {"b", "i"})


def test_the_page_for_browsers_stays_one_page(paper):
    html = paper.file("html").read_text(encoding="utf-8")
    head, _, main = html.partition("<main>")
    assert '<details class="author-note" open><summary>Author Note</summary>' in head
    assert '<a href="verdict.html">verdict.html</a>' in head
    assert '<meta name="author" content="Jane Q. Doe, John Smith, Åsa Öberg">' in html
    assert "Jane Q. Doe<sup>1,2</sup>" in head
    assert "Author Note" not in main
    assert main.count(TITLE.replace("&", "&amp;")) == 0
    assert "page-break" not in main
    assert "<em>Keywords:</em> mindfulness" in main
    assert main.index("The verdicts are") < main.index(">Abstract<")


def test_the_properties_name_the_authors(paper):
    core = paper.part("docProps/core.xml")
    assert "Jane Q. Doe; John Smith; Åsa Öberg" in [element.text for element in core]
    assert PdfReader(paper.file("pdf")).metadata.author == "Jane Q. Doe, John Smith, Åsa Öberg"


def test_a_masked_paper_names_nobody_anywhere(paper, masked):
    def contents(document: Rendered) -> dict[str, str]:
        files = {kind: document.file(kind).read_text("utf-8") for kind in ("html", "xml")}
        with zipfile.ZipFile(document.file("docx")) as archive:
            for name in archive.namelist():
                files[name] = archive.read(name).decode("utf-8", "replace")
        reader = PdfReader(document.file("pdf"))
        files["pdf"] = (
            " ".join(document.pdf_pages) + str(reader.metadata) + str(reader.xmp_metadata)
        )
        return files

    open_text = " ".join(contents(paper).values())
    assert not [words for words in IDENTITY if words not in open_text], "the test looks for nothing"
    for name, text in contents(masked).items():
        assert not [words for words in IDENTITY if words in text], name
    assert PdfReader(masked.file("pdf")).metadata.author in (None, "")
    assert "At [masked], the correlation was" in one_line(masked.page.text)
    assert "<anonymous/>" in masked.file("xml").read_text("utf-8")
    assert "Acknowledgments" not in masked.word_text + "".join(masked.pdf_pages)
    assert "References" in masked.word_text
    for text in (masked.word_text, "".join(masked.pdf_pages)):
        assert "The conclusions are compared in verdict.html." in one_line(text), "it names nobody"
    assert '<a href="verdict.html">' in masked.file("html").read_text("utf-8")


def test_lines_are_numbered_only_where_that_is_chosen(paper, masked):
    sections = list(masked.part("word/document.xml").iter(f"{W}sectPr"))
    assert sections
    for section in sections:
        numbering = section.find(f"{W}lnNumType")
        assert numbering is not None
        assert numbering.get(f"{W}restart") == "continuous"
        order = [child.tag.removeprefix(W) for child in section]
        assert order.index("lnNumType") == order.index("pgMar") + 1
    assert paper.part("word/document.xml").find(f".//{W}lnNumType") is None
    numbers = [int(n) for n in re.findall(r"(?m)^ *(\d+) *$", "\n".join(masked.pdf_pages))]
    assert len(set(numbers)) > len(set(re.findall(r"(?m)^ *(\d+) *$", "\n".join(paper.pdf_pages))))
    assert set(range(2, 15)) <= set(numbers)


def test_names_alone_are_an_author_list(tmp_path):
    header = (
        '---\ntitle: "Short"\nauthor: ["The A Group", "B. Blue", "C. Cyan"]\n---\n\n# Text\n\nX.\n'
    )
    rendered = render(tmp_path / "x", "embedded", header)
    assert ("Author", "The A Group, B. Blue, and C. Cyan") in paragraphs(rendered)
    with_commas = header.replace('"B. Blue", "C. Cyan"', '"Blue, B."')
    rendered = render(tmp_path / "y", "embedded", with_commas)
    assert ("Author", "The A Group; and Blue, B.") in paragraphs(rendered)
    assert ("break", "") not in paragraphs(rendered), "without an abstract there is no title page"


def test_one_place_for_all_needs_no_numbers(tmp_path):
    text = PAPER.read_text("utf-8")
    for places in ("[west, east]", "[east, west]", "[east]"):
        text = text.replace(places, "[west]")
    rendered = render(tmp_path / "x", "embedded", text)
    parts = paragraphs(rendered)
    assert ("Author", "Jane Q. Doe, John Smith, and Åsa Öberg") in parts
    places = [words for style, words in parts if style == "Affiliation"]
    assert places == ["Department of Psychology, West & Sons University, Westville, Norway"]


NAMED = """---
title: Works that are named
engine: markdown
---
By one author (usual cut-off: Radloff, 1977), by Jacobson and Truax (1991), and by Franke et
al. (2017), as @bates2015 have it; Preacher et al. (2010) are three.
Others do not count: Beck & Radloff (1977), Bates 1996.

# References {.unnumbered}

::: {#refs}
:::
"""


def test_works_that_the_text_names_are_in_the_list_of_references(renderer, tmp_path):
    page = render(tmp_path / "x", renderer, NAMED).file("html").read_text("utf-8")
    listed = re.findall(r'id="ref-(\w+)"', page)
    assert listed == ["bates2015", "franke2017", "jacobson1991", "preacher2010", "radloff1977"]
    without = NAMED.replace("(usual cut-off: Radloff, 1977)", "")
    page = render(tmp_path / "y", renderer, without).file("html").read_text("utf-8")
    assert "ref-radloff1977" not in page, "the second of two other authors was taken for one"


def test_mistakes_in_the_front_are_reported_together(tmp_path):
    text = PAPER.read_text("utf-8").replace("[east]", "[north]").replace("1825-0097", "1825")
    with pytest.raises(ManuscriptError) as caught:
        render(tmp_path / "x", "embedded", text)
    assert caught.value.problems == [
        "the ORCID of Jane Q. Doe is 0000-0002-1825; write its four groups, such as"
        " 0000-0002-1825-0097",
        "John Smith names the affiliation north, which is not one of east, west",
    ]


def test_both_renderers_make_the_same_pages(tmp_path):
    skip_without("quarto")
    embedded, quarto = render(tmp_path / "1", "embedded"), render(tmp_path / "2", "quarto")
    assert paragraphs(quarto) == paragraphs(embedded)
    assert list(map(one_line, quarto.pdf_pages)) == list(map(one_line, embedded.pdf_pages))
    assert quarto.file("xml").read_bytes() == embedded.file("xml").read_bytes()
    assert ElementTree.parse(quarto.file("xml")) is not None


HEADER = '---\ntitle: "Pages"\nauthor: ["Doe, J."]\nlang: "en-US"\n---\n\n'
ABSTRACT = "# Abstract {.unnumbered}\n\nShort.\n\n"


def table_of(name: str, n_rows: int, note: str = "", cell: str = "1", n_columns: int = 2) -> str:
    """A pipe table with a note; its first column is of words, and `last` ends it."""
    rows = [f"row {number}" for number in range(n_rows - 1)] + [f"last {name}"]
    lines = ["|".join(["", "Row", *[f"c{n}" for n in range(1, n_columns)], ""])]
    lines += ["|".join(["", ":--", *["--:"] * (n_columns - 1), ""])]
    lines += ["|".join(["", row, *[cell] * (n_columns - 1), ""]) for row in rows]
    return (
        "\n".join(lines)
        + f"\n\n: Of {name} {{#tbl-{name}}}\n\n"
        + (f"::: {{.table-note}}\n*Note.* {note}\n:::\n\n" if note else "")
    )


def words_of_pages(document: Rendered) -> list[str]:
    return [one_line(text) for text in document.pdf_pages]


def test_text_flows_on_where_a_table_needs_the_next_page(renderer, tmp_path):
    before = "\n\n".join(f"Before {n} " + "word " * 90 for n in range(3))
    after = "\n\n".join(f"After {n} " + "word " * 90 for n in range(3))
    body = f"{before}\n\nSee @tbl-one.\n\n{table_of('one', 18, 'Made up.')}{after}\n\n"
    pages = words_of_pages(
        render(tmp_path / "x", renderer, f"{HEADER}{ABSTRACT}# Method\n\n{body}")
    )
    [asked] = [n for n, text in enumerate(pages) if "See Table 1" in text]
    [shown] = [n for n, text in enumerate(pages) if "last one" in text]
    assert shown == asked + 1
    assert "After 0" in pages[asked]


def test_the_places_of_many_tables_settle_in_their_order(tmp_path, caplog):
    names = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
    parts = [
        f"See @tbl-{name}. {'word ' * 140}\n\n{table_of(name, 14, 'Made up.')}" for name in names
    ]
    body = "".join(parts)
    document = render(tmp_path / "x", "embedded", f"{HEADER}{ABSTRACT}# Method\n\n{body}")
    assert "did not converge" not in caplog.text
    text = "".join(words_of_pages(document))
    tables = [text.index(f"last {name}") for name in names]
    mentions = [text.index(f"See Table {number}.") for number in range(1, len(names) + 1)]
    assert tables == sorted(tables)
    assert all(mention < table for mention, table in zip(mentions, tables, strict=True))


def test_no_page_begins_with_the_note_of_a_table(renderer, tmp_path):
    names = [f"t{n}" for n in range(30, 60, 3)]
    note = "Made up, in words that take more than a line of a table at the width of the page. " * 3
    tables = "{{< pagebreak >}}\n\n".join(
        table_of(name, int(name[1:]), f"{note} End of {name}.") for name in names
    )
    refer = " ".join(f"@tbl-{name}" for name in names)
    pages = words_of_pages(
        render(tmp_path / "x", renderer, f"{HEADER}# Tables\n\n{refer}\n\n{tables}")
    )
    for name in names:
        [page] = [text for text in pages if f"End of {name}." in text]
        assert f"last {name}" in page


def test_tables_are_turned_only_where_they_have_no_room(renderer, tmp_path):
    narrow = table_of("narrow", 3, cell="-0.12", n_columns=12)
    wide = table_of("wide", 3, cell="considerably", n_columns=12)
    turned = f":::: {{.landscape}}\n{narrow}\n{wide}\n::::\n\n"
    made = render(
        tmp_path / "x", renderer, f"{HEADER}# Both\n\n@tbl-narrow @tbl-wide\n\n{turned}End.\n"
    )
    width = {}
    for page in PdfReader(made.file("pdf")).pages:
        for name in ("narrow", "wide"):
            if f"last {name}" in one_line(page.extract_text()):
                width[name] = float(page.mediabox.width)
    assert width["narrow"] < 700 < width["wide"]
    sizes = [size.get(f"{W}orient") for size in made.part("word/document.xml").iter(f"{W}pgSz")]
    assert sizes.count("landscape") == 1


def test_the_running_head_of_a_title_in_markdown_is_plain(renderer, tmp_path):
    title = r'"Calm & \\[Synthetic *Data*\\]"'
    text = (
        f'---\ntitle: {title}\nsynthetic-notice: "Made \\\\[up\\\\]."\n---\n\n# Method\n\nText.\n'
    )
    rendered = render(tmp_path / "x", renderer, text)
    names = zipfile.ZipFile(rendered.file("docx")).namelist()
    parts = [rendered.part(n) for n in names if re.fullmatch(r"word/\w+\.xml", n)]
    heads = ["".join(t.text or "" for t in p.iter(f"{W}t")) for p in parts if p.tag == f"{W}hdr"]
    assert heads
    assert all(head.startswith("Made [up].Calm & [Synthetic Data]") for head in heads)
