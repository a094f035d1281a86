"""What the check prints of raw files: short codes, but nobody's id, name or free text."""

import pytest

from attune.documents.cohort_page.disclosure import (
    HIDDEN,
    HIDDEN_ID,
    NO_VALUES,
    Disclosure,
    ShowValues,
)
from attune.intake.reading.violations import Violation

IDS = {"d01", "d02", "17", "Dr. Smith", "O'Neill"}


def disclosure(show_values: ShowValues = "codes") -> Disclosure:
    return Disclosure(show_values, IDS, {"id", "therapist"}, {"kims_1", "session_3.csv"})


def violation(value: str | None = None, column: str = "kims_1", message: str = "") -> Violation:
    return Violation("text_in_number", "error", "a.csv", message, "", column=column, value=value)


@pytest.mark.parametrize("text", ["99", "-9999", "2,5", "1.25", "NA", "#NULL!", "?", "."])
def test_short_codes_are_shown(text: str) -> None:
    assert disclosure().value(violation(text)) == text


@pytest.mark.parametrize(
    "text",
    ["Miller", "sometimes", "1980-03-12", "12.03.1980", "5551234567", "4b", "a@b.org", "x" * 5000],
)
def test_texts_dates_and_long_numbers_are_not(text: str) -> None:
    assert disclosure().value(violation(text)) == HIDDEN
    said = disclosure().sentence(f"found {text!r}, where a number is needed.", violation(text))
    assert text not in said
    assert said == f"found {HIDDEN}, where a number is needed."


def test_an_empty_cell_is_called_empty() -> None:
    assert disclosure().value(violation("")) == "(empty)"
    assert disclosure().value(violation(None)) is None


def test_values_may_be_asked_for_or_forbidden() -> None:
    found = violation("four", message="found 'four'.")
    assert disclosure("all").value(found) == "four"
    assert disclosure("all").sentence(found.message, found) == "found 'four'."
    number = violation("99")
    assert disclosure("none").value(number) == NO_VALUES
    assert disclosure("none").sentence("found '99'; the sum is 99.", number) == (
        f"found {NO_VALUES}; the sum is {NO_VALUES}."
    )


@pytest.mark.parametrize("show_values", ["codes", "all", "none"])
def test_ids_are_never_shown(show_values: ShowValues) -> None:
    shown = disclosure(show_values)
    assert shown.value(violation("d01", column="id")) == HIDDEN_ID
    assert shown.value(violation("17", column="id")) == HIDDEN_ID
    assert shown.value(violation("Dr. Smith", column="name")) == HIDDEN_ID
    for message, text in (
        ("dyad 'd01' is there already, in row 4.", "a dyad is there already, in row 4."),
        ("dyad '17' has 17 answers.", "a dyad has 17 answers."),
        ('therapist "O\'Neill" has two.', "a therapist has two."),
        ("the same as d02 in row 17.", f"the same as {HIDDEN_ID} in row 17."),
        ("dyads 17, 18 and 19 lack it.", f"dyads {NO_VALUES} lack it."),
        ("(46 %; 'd01', 'd02', 'd01' and 211 more)", "(46 %; ids not shown)"),
    ):
        assert shown.sentence(message, violation()) == text


def test_a_code_that_is_also_an_id_is_a_code_where_it_is_the_value() -> None:
    found = violation("17")
    assert disclosure().value(found) == "17"
    assert disclosure().sentence("found '17'; allowed are 1 to 5.", found).startswith("found '17'")
    assert disclosure().sentence("as of '17'.", violation("99")) == f"as of {HIDDEN_ID}."


def test_phrases_of_attune_are_kept() -> None:
    for message in (
        'Correct the cell; if it means "no answer", add "99" to missing_codes.',
        "the questionnaire's items of 'kims_1' in 'session_3.csv' are not those of the key's.",
    ):
        assert disclosure().sentence(message, violation("99")) == message
