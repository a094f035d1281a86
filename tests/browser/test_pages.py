"""Every page: silent, self-contained, narrow enough, accessible, printable."""

import io
import re
import unicodedata

import pypdf
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PAGES, PHONE, Visit, barriers

every_page_on_desktop = pytest.mark.parametrize("on_desktop", PAGES, indirect=True, scope="module")
every_page_on_a_phone = pytest.mark.parametrize("on_phone", PAGES, indirect=True, scope="module")


# The first test of each page: axe brings a script of its own.
@every_page_on_desktop
def test_it_has_no_errors_and_requests_nothing_elsewhere(on_desktop: tuple[Visit, Page]) -> None:
    visit, page = on_desktop
    page.wait_for_load_state("networkidle")
    assert visit.complaints == []
    assert visit.elsewhere == []
    assert page.title()


@every_page_on_desktop
def test_axe_finds_no_barrier(on_desktop: tuple[Visit, Page]) -> None:
    assert barriers(on_desktop[1]) == []


@every_page_on_desktop
def test_it_can_be_printed(on_desktop: tuple[Visit, Page]) -> None:
    page = on_desktop[1]
    title = page.locator("h1").first.inner_text()
    pages = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
    first = pages[0].extract_text()
    assert squeezed(title) in squeezed(first)
    assert all(squeezed(page.extract_text()) or "/XObject" in page["/Resources"] for page in pages)


@every_page_on_a_phone
def test_it_is_no_wider_than_a_phone(on_phone: Page) -> None:
    assert on_phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@every_page_on_a_phone
def test_axe_finds_no_barrier_on_a_phone(on_phone: Page) -> None:
    assert barriers(on_phone) == []


def test_a_request_to_another_host_would_be_seen(desktop: Visit) -> None:
    page = desktop.open(PAGES[0])
    page.evaluate("fetch('http://127.0.0.2:9/').catch(() => console.error('no'))")
    page.wait_for_timeout(200)
    assert desktop.elsewhere == ["http://127.0.0.2:9/"]
    assert desktop.complaints


def squeezed(text: str) -> str:
    """Letters and digits alone; a ligature, which some fonts have in a PDF, is its letters."""
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text)).lower()
