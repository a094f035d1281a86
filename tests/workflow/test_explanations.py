"""In the finished documents every number leads to its source, in each format in its own way."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pypdf import PdfReader

from attune.record.provenance.explanations import bookmarked
from tests.workflow.test_finished_documents import COHORTS, NAMES, Document
from tests.workflow.test_render_documents import W

_ISLAND = re.compile(r'<script type="application/json" id="explanations">(.*?)</script>', re.DOTALL)
MOST_PER_NUMBER = 700
MOST_SHARED = 60_000
"""Bytes that explanations may add to a page: for each number, and once."""


def explanations(folder: Path) -> Any:
    return json.loads((folder / "explanations.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=[(c, n) for c in COHORTS for n in NAMES], ids="-".join)
def document(request, finished) -> Document:
    cohort, name = request.param
    return Document(finished / "results" / cohort, name)


def printed_ids(document: Document) -> list[str]:
    return [name for ids, _ in document.statistics for name in ids.split()]


@pytest.mark.parametrize("cohort", COHORTS)
def test_every_statistic_of_a_cohort_has_formula_and_source(finished, cohort):
    folder = finished / "results" / cohort
    explained = explanations(folder)
    stored = {
        name
        for path in (folder / "statistics").glob("*.parquet")
        for name in pq.read_table(path, columns=["id"])["id"].to_pylist()
    }
    assert set(explained["statistics"]) == stored
    for statistic in explained["statistics"].values():
        assert statistic["formula"] in explained["formulas"]
        assert statistic["record"] in explained["records"]


@pytest.mark.parametrize("cohort", COHORTS)
def test_every_chain_ends_at_the_raw_files(finished, cohort):
    explained = explanations(finished / "results" / cohort)
    first = explained["records"]["validate_responses"]
    raw = {explained["files"][place]["path"] for place in first["inputs"]["raw"]}
    assert raw and all(path.startswith(f"data/{cohort}/") for path in raw)
    for name, record in explained["records"].items():
        assert record["from"] or name == "validate_responses"


def test_every_number_of_the_page_is_explained(document):
    [data] = _ISLAND.findall(document.html)
    known = json.loads(data)
    assert set(printed_ids(document)) == set(known["statistics"])
    for statistic in known["statistics"].values():
        assert statistic["formula"] in known["formulas"]
        assert set(known["chains"][statistic["record"]]) <= set(known["records"])
    assert len(data.encode()) < MOST_SHARED + MOST_PER_NUMBER * len(known["statistics"])


def test_every_bookmark_leads_back_to_its_number(document):
    starts = document.part("word/document.xml").iter(f"{W}bookmarkStart")
    names = [str(start.get(f"{W}name")) for start in starts]
    assert len(names) == len(set(names))
    marks = [name for name in names if name.startswith("stat_")]
    assert all(len(name) <= 40 and re.fullmatch(r"\w+", name, re.ASCII) for name in marks)
    stored = explanations(document.folder)["statistics"]
    assert [bookmarked(name, stored) for name in marks] == printed_ids(document)


def test_numbers_of_the_pdf_lead_to_their_list(document):
    reader = PdfReader(document.file("pdf"))
    links = [
        annotation.get_object()
        for page in reader.pages
        for annotation in page.get("/Annots", [])
        if annotation.get_object().get("/Subtype") == "/Link"
    ]
    targets = [str(link.get("/A", {}).get("/URI", "")) for link in links]
    page = f"{document.name}_numbers.html#"
    listed = {target.removeprefix(page) for target in targets if target.startswith(page)}
    assert listed == {ids.split()[0] for ids, _ in document.statistics}
