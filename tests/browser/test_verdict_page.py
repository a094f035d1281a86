"""The page of verdicts as a reader uses it: sorted, filtered, printed; test_pages.py reads all."""

import io
import re
import unicodedata

import pypdf
import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.conftest import Visit, verdict_rows
from tests.unit.paper.verdicts.small_page import page
from tests.unit.paper.verdicts.small_paper import finding, paper, printed, statistic

PAPER = "ryan2012_synthetic/verdict.html"


def head(page: Page, name: str) -> Locator:
    return page.locator("#all-values thead th").filter(has_text=re.compile(f"^{name}$"))


@pytest.mark.parametrize(("name", "key"), [("Printed", "printed"), ("Computed", "computed")])
def test_a_column_sorts_by_its_numbers(name: str, key: str, desktop: Visit) -> None:
    page = desktop.open(PAPER)
    before = verdict_rows(page)
    head(page, name).get_by_role("button").click()
    assert head(page, name).get_attribute("aria-sort") == "ascending"
    values = [float(row[key]) for row in verdict_rows(page) if row[key]]
    assert values == sorted(values) and len(set(values)) > 50
    head(page, name).get_by_role("button").press("Enter")
    assert head(page, name).get_attribute("aria-sort") == "descending"
    values = [float(row[key]) for row in verdict_rows(page) if row[key]]
    assert values == sorted(values, reverse=True)
    head(page, "Value").get_by_role("button").click()
    assert verdict_rows(page) == before


def test_filters_combine_and_say_how_many_are_left(desktop: Visit) -> None:
    page = desktop.open(PAPER)
    everything = verdict_rows(page)
    form = page.locator("form.filters")
    form.get_by_label("Verdict").select_option("not_recoverable")
    left = verdict_rows(page)
    assert 0 < len(left) < len(everything)
    assert {row["verdict"] for row in left} == {"not_recoverable"}
    assert f"{len(left)} of {len(everything)}" in form.locator("output").inner_text()
    form.get_by_label("Text").fill("KIMS total")
    fewer = verdict_rows(page)
    assert 0 < len(fewer) < len(left)
    form.get_by_label("Text").fill("no such words anywhere")
    assert verdict_rows(page) == []
    form.get_by_label("Text").fill("")
    form.get_by_label("Verdict").select_option("")
    assert verdict_rows(page) == everything


def test_a_count_leads_to_its_rows(desktop: Visit) -> None:
    page = desktop.open(PAPER)
    link = page.locator('ul.counts a[data-choose="not_recoverable"]')
    link.click()
    assert {row["verdict"] for row in verdict_rows(page)} == {"not_recoverable"}


def test_print_begins_with_the_counts_and_what_does_not_hold(desktop: Visit) -> None:
    page = desktop.open(PAPER)
    headline = page.locator("#verdict").inner_text()
    pdf = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
    first = squeezed(pdf.pages[0].extract_text())
    assert squeezed(headline) in first
    assert squeezed(page.locator("#failing").inner_text()) in first
    everything = squeezed("".join(sheet.extract_text() for sheet in pdf.pages))
    labels = page.locator("#all-values tbody th.name").all_inner_texts()
    assert labels
    assert [label for label in labels if squeezed(label) not in everything] == []


def test_without_its_script_the_table_is_whole(desktop: Visit) -> None:
    assert desktop.page.context.browser is not None
    context = desktop.page.context.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{desktop.address}/{PAPER}")
    assert page.locator("#all-values tbody tr[data-verdict]").count() > 150
    assert page.locator("form.filters").is_hidden()
    context.close()


@pytest.mark.parametrize("width", [1280, 360])
def test_words_without_end_stay_on_the_screen(browser: Browser, width: int) -> None:
    """Labels, places and sentences come from a lab's files; some have no space."""
    word = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 4
    ledger = paper(printed("r", label=word, places=[word]), citation=word, remarks=[word])
    long_finding = finding("r", sentence=word, arithmetic=word, explained=word, explanation="typo")
    context = browser.new_context(viewport={"width": width, "height": 800})
    shown_page = context.new_page()
    shown_page.set_content(page(ledger, statistic("a.r", estimate=0.456), found=[long_finding]))
    assert shown_page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def squeezed(text: str) -> str:
    """Letters and digits alone; a ligature, which some fonts have in a PDF, is its letters."""
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text)).lower()
