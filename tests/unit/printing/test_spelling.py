"""One spelling in a document; identifiers and what authors wrote stay."""

import pytest

from attune.printing.spelling import (
    AMERICAN,
    BRITISH,
    STEMS,
    respelled,
    respelled_document,
    spellings,
    texts_of,
)

SOURCE = """---
title: "The Centre of Behaviour"
---

# Randomised Groups

They were *analysed* as [randomised]{.stat data-id="trial.randomised.n"}, see @tbl-randomised,
`randomised_n`, <https://example.org/randomised> and [the centre](randomised.html).
The Centre for Analysed Things of the study; the centre of the scale.
"""


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("Analysed, analysing and analyses", "Analyzed, analyzing and analyses"),
        ("randomisation of randomised arms", "randomization of randomized arms"),
        ("summarises a generalised score", "summarizes a generalized score"),
        ("centred at the centre of centres", "centered at the center of centers"),
        ("Licence: a judgement towards colours", "License: a judgment toward colors"),
        ("neighbouring, behavioural, labelled", "neighboring, behavioral, labeled"),
    ],
)
def test_both_ways(british: str, american: str) -> None:
    assert respelled(british, AMERICAN) == american
    assert respelled(american, BRITISH) == british
    assert respelled(american, AMERICAN) == american
    assert respelled(british, BRITISH) == british


def test_identifiers_and_other_words_stay() -> None:
    for text in (
        "trial.randomised_n", "path_standardised", "data/centre/x.csv", "centre.csv",
        "synthesis", "a promise otherwise revised", "concentre", "licensed", "hypotheses",
    ):  # fmt: skip
        assert respelled(text, AMERICAN) == text


def test_no_word_is_in_both_lists() -> None:
    american, british = spellings(AMERICAN), spellings(BRITISH)
    assert not set(american) & set(british)
    assert dict(zip(american.values(), american, strict=True)) == british
    assert len(STEMS) == len(set(STEMS.values()))


def test_a_document_keeps_its_header_its_keys_and_its_authors_words() -> None:
    text = respelled_document(SOURCE, AMERICAN, ["the centre for analysed things {n}", "of"])
    assert text == SOURCE.replace("Randomised Groups", "Randomized Groups").replace(
        "*analysed* as [randomised]", "*analyzed* as [randomized]"
    ).replace("[the centre](", "[the center](").replace("the centre of the", "the center of the")
    assert respelled_document(text, BRITISH, ["the centre for analysed things"]) == SOURCE


def test_own_texts_are_sentences_and_names_but_no_options() -> None:
    study = {
        "units": "standardised",
        "title": "Standardised scores",
        "levels": {1: "Behaviour", 2: "b"},
        "notes": [{"text": "the colour of {alliance.n}"}, 4, None],
    }
    assert texts_of(study) == ["Standardised scores", "Behaviour", "the colour of {alliance.n}"]
