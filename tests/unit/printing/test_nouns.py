"""Labels as nouns of a sentence: articles, occasions, and the preposition before them."""

import pytest

from attune.printing.text import literal
from attune.printing.wording import occasion_listing, on_or_in, preposition, with_article


@pytest.mark.parametrize(
    ("label", "in_words"),
    [
        ("BDI-II", "on the BDI-II"),
        ("BDI-II after 2 months", "on the BDI-II after 2 months"),
        ("CES-D, baseline", "on the CES-D at baseline"),
        ("SCL-90-R GSI, intake", "on the SCL-90-R GSI at intake"),
        ("OQ-45.2", "on the OQ-45.2"),
        ("WAI, patient, session 3", "on the WAI, patient, session 3"),
        ("GAD-7", "on the GAD-7"),
        ("GAD", "in GAD"),
        ("PTSD symptoms", "in PTSD symptoms"),
        ("QoL", "in QoL"),
        ("KIMS Describe", "in KIMS Describe"),
        ("Act with Awareness", "in Act with Awareness"),
        ("Mental component score", "in the mental component score"),
        ("Number of sessions", "in the number of sessions"),
        ("Support from friends", "in support from friends"),
        ("Patient-rated alliance, session 3", "in patient-rated alliance at session 3"),
        ("Well-being", "in well-being"),
        ("Self-affiliation, at worst", "in self-affiliation, at worst"),
        ("the residual gain in the CES-D", "in the residual gain in the CES-D"),
        ("the CES-D posttest adjusted", "in the CES-D posttest adjusted"),
    ],
)
def test_a_label_after_its_preposition(label: str, in_words: str) -> None:
    assert on_or_in(label) == in_words
    assert on_or_in(literal(label)) == in_words
    assert with_article(with_article(label)) == with_article(label), "an article comes once"


def test_several_measures_have_on_only_where_all_are_questionnaires() -> None:
    assert preposition(["the BDI-II (*d* = 0.2)", "the PHQ-9"]) == "on"
    assert preposition(["the BDI-II", "anxiety"]) == "in"
    assert preposition([]) == "in"


@pytest.mark.parametrize(
    ("occasions", "word", "in_words"),
    [
        (["month 3"], "and", "month 3"),
        (["at month 3", "at month 5"], "or", "at months 3 or 5"),
        (["screening", "baseline", "week 1", "week 2"], "and",
         "screening, baseline, and weeks 1 and 2"),
        (["day 3", "week 2", "week 6"], "and", "day 3 and weeks 2 and 6"),
        (["month 3", "follow-up", "month 9"], "and", "month 3, follow-up, and month 9"),
        (["after the training", "at month 6", "at month 12"], "or",
         "after the training, at month 6, or at month 12"),
        (["after 2 months", "after 3 months"], "or", "after 2 or 3 months"),
        (["at 1 week", "at 6 months"], "and", "at 1 week and 6 months"),
        ([], "and", ""),
    ],
)  # fmt: skip
def test_occasions_share_their_noun_at_the_end_of_a_series(
    occasions: list[str], word: str, in_words: str
) -> None:
    assert occasion_listing(occasions, word=word) == in_words
