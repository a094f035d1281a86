"""The cohort page: one file, readable without sight or script, safe whatever a file holds."""

import re
from pathlib import Path

import pytest
from tests.depth import deep, examples
from tests.unit.documents.cohort_page.people import PEOPLE, people, questionnaires, study, tables
from tests.unit.html_outline import Outline
from tests.unit.intake.small_cohort import INSTRUMENTS

from attune.documents.cohort_page import check_cohort
from attune.documents.cohort_page.check import unreadable_cohort
from attune.documents.cohort_page.cohort_check import CohortCheck
from attune.documents.cohort_page.page import intake_page
from attune.intake.reading import cell_values

REPORTS = Path(__file__).parents[4] / "reports"
ERRORS = examples(20_000, many=100_000)
HOSTILE = "<img src=x onerror=alert(1)>\"'</script>"


def page(check: CohortCheck) -> str:
    css = "".join(
        (REPORTS / f"assets/{name}.css").read_text("utf-8") for name in ("attune", "intake")
    )
    return intake_page(check, (REPORTS / "intake.html.j2").read_text("utf-8"), css)


def check(sheets=None, cohort=None, **choices) -> CohortCheck:  # type: ignore[no-untyped-def]
    given = tables() if sheets is None else sheets
    return check_cohort(given, cohort or people(), INSTRUMENTS, study(), **choices)


def spoiled() -> CohortCheck:
    sheets = tables(turned=3)
    sheets["intake"][HOSTILE] = "x"
    sheets["intake"].loc[4, "mood_1"] = "9"
    sheets["intake"].loc[5, "mood_1"] = HOSTILE
    sheets["termination"].loc[8, "id"] = "SECRET99"
    sheets["intake"].loc[9, "mood_2"] = ""
    return check(sheets, people(title=f"Our {HOSTILE}"))


def test_the_headline_comes_before_the_errors_and_these_before_the_rest() -> None:
    text = page(spoiled())
    places = [
        text.index(entry)
        for entry in (
            "This cohort cannot be used yet: ",
            'id="wrong"',
            'id="error-response_out_of_range"',
            'id="mapped"',
            'id="items"',
            'id="missing"',
            'id="analyses"',
        )
    ]
    assert places == sorted(places)
    assert "This cohort can be used." in page(check())


def test_a_cohort_with_unread_answers_is_not_called_complete() -> None:
    sheets = tables()
    for item in range(1, 6):
        sheets["intake"][f"calm_{item}"] = [str(1 + (row + item) % 5) for row in range(40)]
    found = check(sheets)
    assert found.usable and "This cohort can be used." not in page(found)
    assert (
        "This cohort can be used, but not all of it: 1 group of columns looks like a"
        " questionnaire and is read by nothing" in page(found)
    )
    assert "columns calm_1 to calm_5 (5 columns, answers 1 to 5) are read by nothing" in page(found)


def test_tags_are_closed_and_ids_unique() -> None:
    for found in (spoiled(), check()):
        outline = Outline(page(found))
        assert not outline.open and not outline.wrong
        ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
        assert len(ids) == len(set(ids))


def test_hostile_text_is_text() -> None:
    outline = Outline(page(spoiled()))
    assert not [tag for tag, _ in outline.elements if tag == "img"]
    assert len([tag for tag, _ in outline.elements if tag == "script"]) == 1
    assert not [
        name for _, attributes in outline.elements for name in attributes if name[:2] == "on"
    ]
    assert "&lt;img src=x" in page(spoiled())


def test_nothing_is_fetched() -> None:
    outline = Outline(page(spoiled()))
    assert not {tag for tag, _ in outline.elements} & {"link", "img", "iframe", "object", "embed"}
    for _, attributes in outline.elements:
        assert "src" not in attributes
        assert str(attributes.get("href", "#")).startswith("#")
    text = page(spoiled()).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|url\(|@import|fetch\(|XMLHttp", text)


def test_it_can_be_read_without_eyes() -> None:
    outline = Outline(page(spoiled()))
    assert dict(outline.elements[0:1])["html"]["lang"] == "en"
    for tag, attributes in outline.elements:
        if tag == "th":
            assert attributes.get("scope") in {"col", "row", "rowgroup"}
        if tag == "svg":
            assert attributes["role"] == "img" and attributes["aria-label"]
        if attributes.get("tabindex") == "0":
            assert attributes.get("aria-label") or attributes.get("aria-labelledby")
        if "sign" in str(attributes.get("class", "")).split():
            assert attributes.get("aria-hidden") == "true"
    known = {attributes.get("id") for _, attributes in outline.elements}
    for _, attributes in outline.elements:
        for name in ("aria-labelledby", "for"):
            assert attributes.get(name) is None or attributes[name] in known


def test_no_person_is_named() -> None:
    text = page(spoiled())
    assert not [name for name in [*PEOPLE, "SECRET"] if name in text]


def test_values_are_shown_as_asked_for() -> None:
    sheets = tables()
    sheets["intake"].loc[4, "mood_1"] = "9"
    sheets["intake"].loc[5, "mood_1"] = "very often"
    assert "very often" not in page(check(sheets))
    assert "very often" in page(check(sheets, show_values="all"))
    shown = page(check(sheets, show_values="none"))
    assert ">9</td>" not in shown and "found (not shown)" in shown


@deep
def test_many_errors_make_a_small_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_values, "MOST_LISTED", ERRORS)
    sheets = tables()
    for name in ("intake", "termination"):
        whole = sheets[name].loc[sheets[name].index.repeat(ERRORS // 238)]
        whole = whole.reset_index(drop=True).rename(index=lambda row: row + 2)
        whole[["mood_1", "mood_2", "mood_3"]] = "9" * 400
        sheets[name] = whole
    found = check(sheets)
    assert found.count("error") > ERRORS
    text = page(found)
    assert len(text) < 1_000_000
    assert re.search(r"and [\d,]+ more places, not listed here", text)
    assert all(len(finding.places) <= 100 for finding in found.findings)
    # Whoever wants all places has them in the terminal; the page stays small.
    assert len(page(check(sheets, most_places=None))) < 1_000_000


def test_synthetic_data_say_so() -> None:
    notice = "Synthetic data: made by a test."
    text = page(check(cohort=people(synthetic=True, synthetic_notice=notice)))
    assert f'<aside class="banner" aria-label="Notice">{notice}</aside>' in text
    # Also on every printed page.
    assert '@page { @top-center { content: "Synthetic' in text
    hostile = page(check(cohort=people(synthetic=True, synthetic_notice=HOSTILE + "</style>}")))
    assert hostile.count("</style>") == 1
    assert "banner" not in page(check()).split("<body")[1]


def test_the_study_that_asks_for_more_is_explained() -> None:
    text = page(check(cohort=people(questionnaires=questionnaires("intake"))))
    assert "What the study asks for and the cohort does not hold" in text
    assert "Skipped, and Why" in text


def test_files_that_are_no_tables_have_a_page_too() -> None:
    problem = f"intake.csv: row 7 has 4 cells {HOSTILE}"
    text = page(unreadable_cohort(people(), study(), [problem]))
    assert "a raw file cannot be read" in text
    assert "&lt;img src=x" in text and "<img" not in text


def test_the_status_of_each_key_is_shown() -> None:
    assert "MOOD</strong>, Mood, version 1.0, a key known from a single source" in page(check())


def test_a_cohort_of_scores_alone_has_no_empty_tables() -> None:
    sheets = tables()
    for name in ("intake", "termination"):
        items = sheets[name][["mood_1", "mood_2", "mood_3"]].astype(int)
        sheets[name] = sheets[name][["id"]].assign(score=items.sum(axis=1).astype(str))
    scores = [
        {
            "instrument": "mood",
            "rater": "patient",
            "occasion": name,
            "file": name,
            "scale": "total",
            "column": "score",
        }
        for name in ("intake", "termination")
    ]
    found = check(sheets, people(questionnaires=[], scores=scores))
    assert found.usable and all(analysis.estimable for analysis in found.analyses)
    assert [questionnaire.n_answered for questionnaire in found.questionnaires] == [40, 40]
    text = page(found)
    assert "score (score total)" in text
    assert "There are no answers to single items that could be checked" in text
    assert 'id="scales"' not in text and not re.search(r"<tbody>\s*</tbody>", text)
    assert not Outline(text).wrong
