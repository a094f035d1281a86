"""One spelling in a document; identifiers and what authors wrote stay."""

import pytest
from pydantic import ValidationError

from attune.printing.spelling import (
    AMERICAN,
    BRITISH,
    STEMS,
    respelled,
    respelled_document,
    spellings,
    texts_of,
    with_nouns,
)
from attune.specs.study import Noun

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


NOUNS = {
    "patient": Noun(one="adult child", several="adult children"),
    "therapist": Noun(one="coach"),
}


@pytest.mark.parametrize(
    ("shipped", "printed"),
    [
        ("Patients of one therapist", "Adult children of one coach"),
        ("A patient, not an outpatient", "An adult child, not an outpatient"),
        ("the therapist's patient-rated alliance", "the coach's adult child-rated alliance"),
        ('[4]{.stat data-id="patient.n"} `patient` [x](patient.html)',) * 2,
        ("rated by Patients", "rated by Adult children"),
    ],
)
def test_people_are_called_what_the_study_calls_them(shipped: str, printed: str) -> None:
    assert with_nouns(shipped, NOUNS) == printed


def test_texts_of_the_authors_keep_their_nouns_but_for_single_words() -> None:
    own = ["Patient Health Questionnaire", "Patient"]
    text = "The Patient Health Questionnaire of each patient."
    assert with_nouns(text, NOUNS, own) == "The Patient Health Questionnaire of each adult child."
    assert with_nouns(text, {}, own) == text


def test_a_study_names_its_people_in_a_word_or_in_two_forms() -> None:
    assert Noun.model_validate("client") == Noun(one="client")
    with pytest.raises(ValidationError):
        Noun.model_validate("client 2")
