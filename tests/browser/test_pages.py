"""Every page: silent, self-contained, narrow enough, accessible, printable."""

import io
import re
import unicodedata

import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import PAGES, PHONE, Visit

every_page = pytest.mark.parametrize("path", PAGES)


@every_page
def test_it_has_no_errors_and_requests_nothing_elsewhere(path: str, desktop: Visit) -> None:
    page = desktop.open(path)
    page.wait_for_load_state("networkidle")
    assert desktop.complaints == []
    assert desktop.elsewhere == []
    assert page.title()


def test_a_request_to_another_host_would_be_seen(desktop: Visit) -> None:
    page = desktop.open(PAGES[0])
    page.evaluate("fetch('http://127.0.0.2:9/').catch(() => console.error('no'))")
    page.wait_for_timeout(200)
    assert desktop.elsewhere == ["http://127.0.0.2:9/"]
    assert desktop.complaints


@every_page
def test_it_is_no_wider_than_a_phone(path: str, phone: Visit) -> None:
    page = phone.open(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@every_page
@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_axe_finds_no_barrier(path: str, device: str, request: pytest.FixtureRequest) -> None:
    visit: Visit = request.getfixturevalue(device)
    found = Axe().run(visit.open(path)).response["violations"]
    assert [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"][:3]
    ] == []


@every_page
def test_it_can_be_printed(path: str, desktop: Visit) -> None:
    page = desktop.open(path)
    title = page.locator("h1").first.inner_text()
    pages = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
    first = pages[0].extract_text()
    assert squeezed(title) in squeezed(first)
    assert all(squeezed(page.extract_text()) or "/XObject" in page["/Resources"] for page in pages)


def squeezed(text: str) -> str:
    """Letters and digits alone; a ligature, which some fonts have in a PDF, is its letters."""
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text)).lower()
