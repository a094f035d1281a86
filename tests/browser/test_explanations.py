"""The explanation of a number: on hover, by keyboard, in print; test_pages.py asks every page."""

import re

import pytest

from tests.browser.conftest import MANUSCRIPTS, Visit, barriers, explanation, numbers

one_document = pytest.mark.parametrize("path", MANUSCRIPTS[:1])


@one_document
def test_hover_shows_it_and_leaving_hides_it(path: str, desktop: Visit) -> None:
    page = desktop.open(path)
    numbers(page).nth(3).hover()
    assert str(numbers(page).nth(3).get_attribute("data-id")) in explanation(page).inner_text()
    assert numbers(page).nth(3).get_attribute("aria-describedby") == "explanation"
    # The pointer may move into it: a name can be selected and copied.
    explanation(page).hover()
    page.wait_for_timeout(400)
    assert explanation(page).is_visible()
    page.locator("h1").first.hover()
    page.wait_for_timeout(400)
    assert explanation(page).is_hidden()


@one_document
def test_by_keyboard(path: str, desktop: Visit) -> None:
    page = desktop.open(path)
    numbers(page).nth(2).focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "stat"
    number = numbers(page).nth(3)
    assert explanation(page).is_visible()
    assert number.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    assert number.get_attribute("aria-expanded") == "true"
    text = explanation(page).inner_text()
    for part in ("Value", "validate_responses", "sha256", "Versions"):
        assert part in text
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert explanation(page).evaluate("(box) => box.scrollTop") > 0
    page.keyboard.press("Escape")
    assert explanation(page).is_hidden()
    assert number.get_attribute("aria-expanded") == "false"
    assert number.get_attribute("aria-describedby") is None
    page.keyboard.press(" ")
    assert number.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Tab")
    assert number.get_attribute("aria-expanded") == "false"


@one_document
@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_axe_finds_no_barrier_in_an_open_explanation(
    path: str, device: str, request: pytest.FixtureRequest
) -> None:
    page = request.getfixturevalue(device).open(path)
    numbers(page).nth(3).click()
    assert explanation(page).is_visible()
    assert barriers(page) == []


@one_document
def test_print_shows_none_of_it(path: str, desktop: Visit) -> None:
    page = desktop.open(path)
    numbers(page).nth(3).click()
    assert explanation(page).is_visible()
    page.emulate_media(media="print")
    assert explanation(page).is_hidden()
    styles = numbers(page).nth(3).evaluate("(each) => getComputedStyle(each).textDecorationLine")
    assert styles == "none"


@one_document
def test_without_its_script_the_page_reads_as_it_is(path: str, desktop: Visit) -> None:
    assert desktop.page.context.browser is not None
    context = desktop.page.context.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{desktop.address}/{path}")
    text = page.locator("main").inner_text()
    assert "sha256" not in text
    assert re.search(r"r\(\d+\)\s=\s", text)
    context.close()
