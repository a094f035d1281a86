"""Abstracts of the finished syntheses: one paragraph from the question to the answer."""

import re
from pathlib import Path

import pytest

from attune_files.synthesis_files import read_synthesis
from tests.conftest import ROOT
from tests.workflow.test_document_agreement import _ABSTRACT, SYNTHESES, words

MOST_WORDS = 250
ANSWERS = {
    "empathy_outcome": "according to these meta-analyses, clients whose therapist is rated as more"
    " empathic have, on average, better outcomes; an association does not show a cause.",
    "mindfulness_outcome": "it remains open whether clients of more mindful therapists have better"
    " outcomes; the directions that studies report disagree, and the only effect size used here"
    " for this relation is from synthetic data.",
}


@pytest.mark.parametrize("name", SYNTHESES)
def test_an_abstract_begins_with_the_question_and_ends_with_the_answer(
    finished: Path, name: str
) -> None:
    page = (finished / f"results/synthesis/{name}/synthesis.html").read_text(encoding="utf-8")
    [abstract] = _ABSTRACT.findall(page)
    paragraphs = re.findall(r"<p[^>]*>(.*?)</p>", abstract, re.DOTALL)
    [text, keywords] = [words(paragraph) for paragraph in paragraphs]
    declared = read_synthesis(ROOT / f"workflow/syntheses/{name}.yaml")
    assert text.startswith(declared.question)
    assert text.endswith(f" In plain words: {ANSWERS[name]}")
    assert len(text.split()) <= MOST_WORDS
    assert keywords == f"Keywords: {', '.join(declared.keywords)}"
    assert len(declared.keywords) >= 3


def test_an_abstract_says_what_was_read_and_where_its_only_number_comes_from(
    finished: Path,
) -> None:
    page = (finished / "results/synthesis/mindfulness_outcome/synthesis.html").read_text("utf-8")
    [abstract] = _ABSTRACT.findall(page)
    told = words(abstract)
    assert "six single studies (all but one not read for this synthesis), one found" in told
    assert (
        "The only effect size with a standard error comes from a synthetic cohort after Ryan et al."
        " (2012), so that nothing is pooled"
    ) in told
    assert "not read for this synthesis, except Ryan et al. (2012), so that every" in words(page)


def test_an_abstract_says_what_an_interval_of_facets_is(finished: Path) -> None:
    page = (finished / "results/synthesis/mindfulness_outcome/synthesis.html").read_text("utf-8")
    [abstract] = _ABSTRACT.findall(page)
    told = words(abstract)
    assert "come from one study (n = 24), whose data are synthetic" in told
    assert "24 people" not in told
    assert "lies above zero even if the facets explain nothing; it is not a test." in told


@pytest.mark.parametrize("name", SYNTHESES)
def test_a_synthesis_speaks_of_relations_and_not_for_the_question(
    finished: Path, name: str
) -> None:
    page = (finished / f"results/synthesis/{name}/synthesis.html").read_text(encoding="utf-8")
    text = words(page.partition("<body")[2])
    assert not re.search(r"sp(?:eaks?|oke) for|(?:for|against) the question", text)
    positive = read_synthesis(ROOT / f"workflow/syntheses/{name}.yaml").meaning_of("positive")
    assert f"Effects are coded so that a positive one means that {positive}" in text
