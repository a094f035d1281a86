"""Titles in APA's title case: capitals are added, none is taken away."""

import pytest

from attune.printing.text import Text, as_text, italic, with_mark
from attune.printing.wording import title_case


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("differences between the randomized groups", "Differences Between the Randomized Groups"),
        ("the p of a test: an r = .5 of d", "The p of a Test: An r = .5 of d"),
        ("change from baseline to 6 months", "Change From Baseline to 6 Months"),
        ("self-report and follow-up in-session", "Self-Report and Follow-Up In-Session"),
        ("therapists' ‘own’ words", "Therapists’ ‘Own’ Words"),
        ("iPhones, eHealth and IIP-32 x2 y_z", "iPhones, eHealth and IIP-32 x2 y_z"),
        ("Act with Awareness — as rated", "Act With Awareness — As Rated"),
        ("why? because", "Why? Because"),
        ("a twin of Ryan et al. (2012)", "A Twin of Ryan et al. (2012)"),
        ("data/cohort and file.csv", "data/cohort and file.csv"),
        ("übergänge der therapie", "Übergänge Der Therapie"),
    ],
)
def test_examples(typed: str, printed: str) -> None:
    assert title_case(typed) == printed
    assert title_case(printed) == printed, "a title in title case stays"


def test_marks_stay_and_the_first_word_is_of_the_whole_text() -> None:
    value = as_text("the ") + italic("p") + " of " + with_mark("a_command", "code") + ": a test"
    assert isinstance(title_case(value), Text)
    assert str(title_case(value)) == "The *p* of `a_command`: A Test"
    assert title_case(Text()) == Text()
