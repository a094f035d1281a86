"""Every page: silent, self-contained, narrow, accessible, printable, and its numbers explained.

A page is opened once in a wide window and once on a phone; the tests leave it as it was.
"""

import io
import re
import unicodedata

import pypdf
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import (
    MANUSCRIPTS,
    PAGES,
    PHONE,
    VERDICTS,
    Visit,
    barriers,
    explanation,
    numbers,
    verdict_rows,
)
from tests.depth import DEEP, deep

CONTRAST_ON_A_PHONE = PAGES if DEEP else [path for path in PAGES if path.startswith("help/")]
"""Colours do not depend on the width, so that one cohort is enough; all of them in deep tests."""


def on_desktop(paths: list[str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("on_desktop", paths, indirect=True, scope="module")


def on_a_phone(paths: list[str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("on_phone", paths, indirect=True, scope="module")


# The first test of each page: axe brings a script of its own.
@on_desktop(PAGES)
def test_it_has_no_errors_and_requests_nothing_elsewhere(on_desktop: tuple[Visit, Page]) -> None:
    visit, page = on_desktop
    page.wait_for_load_state("networkidle")
    assert visit.complaints == []
    assert visit.elsewhere == []
    assert page.title()


@on_desktop(PAGES)
def test_axe_finds_no_barrier(on_desktop: tuple[Visit, Page]) -> None:
    assert barriers(on_desktop[1]) == []


@on_desktop(PAGES)
def test_it_can_be_printed(on_desktop: tuple[Visit, Page]) -> None:
    page = on_desktop[1]
    title = page.locator("h1").first.inner_text()
    pages = printed(page)
    assert squeezed(title) in squeezed(pages[0].extract_text())
    assert not any(is_blank(page) for page in pages)


@on_desktop(MANUSCRIPTS)
def test_every_number_can_be_reached_and_is_explained(on_desktop: tuple[Visit, Page]) -> None:
    page = on_desktop[1]
    assert numbers(page).count() > 15
    assert page.locator('.stat[role="button"][tabindex="0"]').count() == numbers(page).count()
    known = page.evaluate("JSON.parse(document.getElementById('explanations').textContent)")
    printed = page.evaluate("[...document.querySelectorAll('.stat')].map((s) => s.dataset.id)")
    assert {name for ids in printed for name in ids.split()} == set(known["statistics"])


@on_desktop(VERDICTS)
def test_the_counts_come_first_and_are_those_of_the_table(on_desktop: tuple[Visit, Page]) -> None:
    page = on_desktop[1]
    headline = page.locator("#verdict")
    assert headline.is_visible()
    assert headline.bounding_box()["y"] < page.viewport_size["height"]  # type: ignore[index]
    count_texts = page.locator("ul.counts li").all_inner_texts()
    verdicts = [row["verdict"] for row in verdict_rows(page)]
    counts = sorted(verdicts.count(verdict) for verdict in set(verdicts))
    assert sorted(int(re.search(r"\d+", text)[0]) for text in count_texts) == counts  # type: ignore[index]


@on_desktop(VERDICTS)
def test_every_computed_number_is_explained(on_desktop: tuple[Visit, Page]) -> None:
    page = on_desktop[1]
    known = page.evaluate("JSON.parse(document.getElementById('explanations').textContent)")
    printed = page.evaluate("[...document.querySelectorAll('.stat')].map((s) => s.dataset.id)")
    assert printed and set(printed) <= set(known["statistics"])
    number = page.locator("#all-values .stat").first
    number.focus()
    page.keyboard.press("Enter")
    assert str(number.get_attribute("data-id")) in explanation(page).inner_text()
    page.keyboard.press("Escape")
    assert explanation(page).is_hidden()


@on_a_phone(PAGES)
def test_it_is_no_wider_than_a_phone(on_phone: Page) -> None:
    assert on_phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@on_a_phone(PAGES)
def test_axe_finds_no_barrier_but_of_colours_on_a_phone(on_phone: Page) -> None:
    assert barriers(on_phone, contrast=False) == []


@deep
@on_a_phone(CONTRAST_ON_A_PHONE)
def test_axe_finds_no_barrier_on_a_phone(on_phone: Page) -> None:
    assert barriers(on_phone) == []


@on_a_phone(MANUSCRIPTS)
def test_by_touch_within_a_phone(on_phone: Page) -> None:
    page = on_phone
    number = numbers(page).nth(8)
    number.scroll_into_view_if_needed()
    number.tap()
    assert number.get_attribute("aria-expanded") == "true"
    box = explanation(page).bounding_box()
    assert box is not None
    assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
    assert box["y"] + box["height"] <= PHONE["height"] + 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert explanation(page).evaluate("(box) => box.scrollWidth <= box.clientWidth")
    number.tap()
    assert explanation(page).is_hidden()
    number.tap()
    page.locator("main").dispatch_event("click")
    assert explanation(page).is_hidden()


@on_a_phone(VERDICTS)
def test_a_verdict_by_touch(on_phone: Page) -> None:
    number = on_phone.locator("#all-values .stat").first
    number.scroll_into_view_if_needed()
    number.tap()
    assert explanation(on_phone).is_visible()


def test_a_request_to_another_host_would_be_seen(desktop: Visit) -> None:
    page = desktop.open(PAGES[0])
    page.evaluate("fetch('http://127.0.0.2:9/').catch(() => console.error('no'))")
    page.wait_for_timeout(200)
    assert desktop.elsewhere == ["http://127.0.0.2:9/"]
    assert desktop.complaints


def test_a_blank_sheet_and_a_pale_word_would_be_seen(desktop: Visit) -> None:
    page = desktop.page
    page.set_content(
        "<html lang=en><title>A</title><main><h1 style='color: #ddd'>A title</h1>"
        "<div style='break-before: page'>&nbsp;</div><p style='break-before: page'>B</p></main>"
    )
    assert [is_blank(sheet) for sheet in printed(page)] == [False, True, False]
    [found] = barriers(page)
    assert found.startswith("color-contrast: ['h1']")
    assert barriers(page, contrast=False) == []


def printed(page: Page) -> list[pypdf.PageObject]:
    """The sheets of a page on paper."""
    return list(pypdf.PdfReader(io.BytesIO(page.pdf(format="A4"))).pages)


def is_blank(sheet: pypdf.PageObject) -> bool:
    """Without an image and without a letter; where a line or more is shown, none is looked for."""
    content = sheet.get_contents()
    shown = content.get_data() if content else b""
    has_text = len(re.findall(rb"T[jJ]\s", shown)) > 20 or squeezed(sheet.extract_text())
    return not has_text and "/XObject" not in sheet["/Resources"]


def squeezed(text: str) -> str:
    """Letters and digits alone; a ligature, which some fonts have in a PDF, is its letters."""
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text)).lower()
