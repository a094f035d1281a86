"""One small document by both renderers: how its numbers lead to their sources."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from attune.record.provenance.explanations import bookmarked
from attune.specs.errors import ManuscriptError
from attune_files.rendering.document_files import write_numbers
from attune_files.rendering.renderer import FORMATS, choose_renderer, render_document
from tests.conftest import ROOT
from tests.workflow.test_render_documents import ASSETS, Rendered, W, skip_without, squeezed

R = "alliance.kims_total.wai_therapist.pearson_r"
LONG = "reliability.an_instrument_with_a_long_name.therapist.an_occasion_with_a_long_name.alpha"
TEXT = f"""---
title: "Small"
lang: en
engine: markdown
numbers: small_numbers
---

# Results

The correlation was [*r* = .456]{{.stat data-id="{R}"}}, and again
[.456]{{.stat data-id="{R}" data-part="estimate"}}, α = [.90]{{.stat data-id="{LONG}"}}; few were
[< 5]{{.stat data-id="sample.few.count"}}, and together [26]{{.stat data-id="a.b.n a.c.n"}}.

See @tbl-one.

| Scale | *r* |
|:--|--:|
| Observe | [−.12]{{.stat data-id="minus.x.y.pearson_r"}} |

: One Table {{#tbl-one}}

::: {{.table-note}}
*Note.* None.
:::
"""


def explanations() -> dict[str, Any]:
    shared = {"formula": "f", "record": "correlate_measures", "statistic": "pearson_r"}
    values = {R: 0.4562542766851254, LONG: 0.9, "a.b.n": 20.0, "a.c.n": 6.0,
              "minus.x.y.pearson_r": -0.12}  # fmt: skip
    statistics: dict[str, Any] = {
        name: {**shared, "value": value} for name, value in values.items()
    }
    few = {**shared, "hidden": "< 5", "reason": "few </script><b> people"}
    formula = {"label": "correlation", "formula": "r", "function": "attune.x", "doi": None}
    record = {
        "rule": "correlate_measures",
        "step": "scripts/correlate_measures.py",
        "code": {"sha256": "0" * 64, "n_files": 2},
        "inputs": {"raw": [0]},
        "outputs": {},
        "params": {},
        "versions": {"python": "3"},
        "from": [],
    }
    return {
        "cohort": "small",
        "files": [{"path": "data/small/a.csv", "sha256": "1" * 64}],
        "formulas": {"f": formula},
        "labels": {},
        "records": {"correlate_measures": record},
        "statistics": statistics | {"sample.few.count": few},
        "texts": [],
        "values": {},
    }


def render(folder: Path, renderer: str, explained: dict[str, Any] | None) -> Rendered:
    folder.mkdir(parents=True)
    qmd = folder / "document.qmd"
    qmd.write_text(TEXT, encoding="utf-8")
    outputs = {kind: folder / f"document.{kind}" for kind in FORMATS}
    render_document(qmd, None, ASSETS, outputs, choose_renderer(renderer), explanations=explained)
    return Rendered(folder)


@pytest.fixture(scope="module", params=["embedded", "quarto"])
def rendered(request, tmp_path_factory) -> Rendered:
    skip_without(request.param)
    return render(tmp_path_factory.mktemp("explained") / "x", request.param, explanations())


def bookmarks(document: Rendered) -> list[str]:
    starts = document.part("word/document.xml").iter(f"{W}bookmarkStart")
    return [name for start in starts if (name := str(start.get(f"{W}name"))).startswith("stat_")]


ORDER = [R, R, LONG, "sample.few.count", "a.b.n", "a.c.n", "minus.x.y.pearson_r"]


def test_the_page_holds_its_explanations_and_nothing_breaks_out_of_them(rendered):
    text = rendered.file("html").read_text(encoding="utf-8")
    [data] = re.findall(r'<script type="application/json" id="explanations">(.*?)</script>', text)
    known = json.loads(data)
    assert set(known["statistics"]) == set(ORDER)
    assert ["Value", "0.4562542766851254"] in known["statistics"][R]["facts"]
    [(_, hidden)] = known["statistics"]["sample.few.count"]["facts"]
    assert hidden == "< 5 (few </script><b> people)"
    assert text.count("<style") >= 2
    assert text.index("</main>") < text.index('id="explanations"') < text.rindex("</body>")


def test_word_marks_each_place_and_leads_back(rendered):
    names = bookmarks(rendered)
    assert len(set(names)) == len(names)
    found = [bookmarked(name, explanations()["statistics"]) for name in names]
    # The two statistics of one number stand at one place, in either order.
    assert sorted(map(str, found)) == sorted(ORDER)
    assert [name for name in found if name not in ("a.b.n", "a.c.n")] == [
        name for name in ORDER if name not in ("a.b.n", "a.c.n")
    ]


def test_every_format_says_where_the_list_of_numbers_is(rendered):
    words = "The file small_numbers.csv, beside this document, lists each number"
    for text in (rendered.page.text, rendered.word_text, "".join(rendered.pdf_pages)):
        assert squeezed(words) in squeezed(text)
        assert squeezed("small_numbers.html shows it as a page.") in squeezed(text)
    assert {"small_numbers.csv", "small_numbers.html"} <= targets(rendered)
    assert len(rendered.page.tables) == len(rendered.word_tables) == 1


def targets(document: Rendered) -> set[str]:
    """Where the links of the page lead."""
    return set(re.findall(r'href="([^"#]+)"', document.file("html").read_text(encoding="utf-8")))


def test_numbers_of_the_pdf_lead_to_their_rows(rendered):
    pages = PdfReader(rendered.file("pdf")).pages
    links = [link.get_object() for page in pages for link in page.get("/Annots", [])]
    uris = [str(link.get("/A", {}).get("/URI", "")) for link in links]
    rows = [uri for uri in uris if uri.startswith("small_numbers.html#")]
    first_ids = [R, LONG, "sample.few.count", "a.b.n", "minus.x.y.pearson_r"]
    assert list(dict.fromkeys(rows)) == [f"small_numbers.html#{name}" for name in first_ids]
    assert all(link.get("/Border", [0, 0, 0])[2] == 0 for link in links)
    relations = rendered.part("word/_rels/document.xml.rels")
    assert not [one for one in relations if "small_numbers" in str(one.get("Target"))]


def test_the_list_has_a_row_for_each_statistic(tmp_path):
    qmd = tmp_path / "small.qmd"
    qmd.write_text(TEXT, encoding="utf-8")
    csv, page = tmp_path / "small_numbers.csv", tmp_path / "small_numbers.html"
    template = ROOT / "reports/numbers.html.j2"
    write_numbers(qmd, explanations(), csv, page, template=template, assets=ASSETS)
    rows = [line.split(",") for line in csv.read_text(encoding="utf-8").splitlines()]
    assert [(row[1], row[-3]) for row in rows[1:]] == [
        (R, "0.4562542766851254"),
        (LONG, "0.9"),
        ("sample.few.count", "< 5"),
        ("a.b.n", "20"),
        ("a.c.n", "6"),
        ("minus.x.y.pearson_r", "-0.12"),
    ]
    assert {row[-1] for row in rows[1:]} == {"real"}
    text = page.read_text(encoding="utf-8")
    assert f'<tr id="{LONG}">' in text
    assert 'class="banner"' not in text
    qmd.write_text(TEXT.replace("lang: en", 'lang: en\nsynthetic-notice: "Made <up>."'), "utf-8")
    write_numbers(qmd, explanations(), csv, page, template=template, assets=ASSETS)
    assert ",synthetic\n" in csv.read_text(encoding="utf-8")
    assert 'aria-label="Notice">Made &lt;up&gt;.<' in page.read_text(encoding="utf-8")


def test_without_explanations_there_are_bookmarks_only(tmp_path):
    plain = render(tmp_path / "x", "embedded", None)
    assert len(bookmarks(plain)) == len(ORDER)
    assert "Where Each Number" not in plain.word_text + "".join(plain.pdf_pages)
    assert "explanations" not in plain.file("html").read_text(encoding="utf-8")


def test_a_number_without_explanation_stops_the_document(tmp_path):
    explained = explanations()
    del explained["statistics"][LONG]
    with pytest.raises(ManuscriptError, match="1 of the printed statistics") as caught:
        render(tmp_path / "x", "embedded", explained)
    assert caught.value.problems == [LONG]
    assert not list((tmp_path / "x").glob("document.[!q]*")), "all or nothing"
