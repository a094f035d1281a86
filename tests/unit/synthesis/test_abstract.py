"""The abstract of a synthesis: the values that it gives, and the answer in plain words."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.synthesis.synthetic_studies import evidence_of, study, synthesis_of
from tests.unit.synthesis.test_synthesis_document import TEMPLATE

from attune.documents.own_text import OwnText
from attune.printing.printed_statistics import printed_statistics
from attune.printing.quarto import parse_text
from attune.specs.authors import Authors
from attune.specs.literature import Literature
from attune.specs.synthesis import Synthesis
from attune.synthesis.document import synthesis_document
from attune.synthesis.estimate import synthesis_statistics
from attune.synthesis.evidence import Evidence, ReportedEffect
from attune.synthesis.kinds import KINDS
from attune.synthesis.parts import declared_tables
from attune.synthesis.tables import synthesis_tables

MEANING = {"positive": "warm therapists help", "negative": "warm therapists harm"}


def abstract(evidence: Evidence, own: OwnText | None = None, **keys: Any) -> str:
    """The abstract as words, without the sources of its numbers."""
    text = document(evidence, synthesis_of(meaning=MEANING, **keys), own)
    found = text.partition("# Abstract {.unnumbered}")[2].partition("\n# ")[0]
    [paragraph] = filter(str.strip, found.split("\n\n"))
    return parse_text(" ".join(paragraph.split())).to_plain()


def document(evidence: Evidence, synthesis: Synthesis, own: OwnText | None = None) -> str:
    statistics = synthesis_statistics(synthesis, evidence, [])
    printed = printed_statistics(statistics, KINDS, 0.05)
    tables = synthesis_tables(synthesis, evidence, statistics, printed)
    return synthesis_document(TEMPLATE, synthesis, evidence, {}, [], printed, tables, own=own)


def reported(*directions: str, design: str = "association", **keys: Any) -> Evidence:
    """Meta-analyses of the question whose sources state these directions."""
    measured = {"concept": "warmth", "label": "warmth"}
    sources = {
        f"meta{place}": {
            "label": f"Meta {'abc'[place]}",
            "citation": "-",
            "year": 2020,
            "kind": "meta_analysis",
            "place": "Text",
            "effects": {
                "outcome": {
                    "title": "Warmth and outcome",
                    "predictor": measured,
                    "outcome": measured | {"concept": "outcome"},
                    "design": design,
                    "direction": direction,
                    "k": 12,
                    "n": 340,
                    "sizes": [{"measure": "r", "printed": ".25", "interval": [".10", ".39"]}],
                }
                | keys
            },
        }
        for place, direction in enumerate(directions)
    }
    content = {"literature": "text", "title": "-", "author": "-", "kind": "secondary"}
    file = Literature.model_validate(content | {"sources": sources})
    return Evidence(
        [],
        [
            ReportedEffect(f"{name}_outcome", f"text.{name}.outcome", source,
                           source.effects["outcome"], "text")
            for name, source in file.sources.items()
        ],
    )  # fmt: skip


def answering(evidence: Evidence) -> dict[str, Any]:
    names = [entry.name for entry in evidence.reported]
    return {"effects": [], "reported": names, "answering": names, "demonstration": False}


@pytest.mark.parametrize(
    ("correlations", "answer"),
    [
        ([0.3, 0.35, 0.32, 0.28], "warm therapists help."),
        ([-0.3, -0.35, -0.32, -0.28], "warm therapists harm."),
        ([0.3, -0.35, 0.32, -0.28], "these data leave open whether warm therapists help, or the"
         " opposite."),
    ],
)  # fmt: skip
def test_pooled_studies_answer_by_direction_and_interval(
    correlations: list[float], answer: str
) -> None:
    text = abstract(evidence_of(correlations), demonstration=False)
    assert text.startswith("Does it help? ")
    assert text.endswith(f"In plain words: {answer}")
    made = abstract(evidence_of(correlations))
    assert made.endswith(f"In plain words, if the synthetic data were real: {answer}")


@pytest.mark.parametrize(
    ("directions", "answer"),
    [
        (["for", "for"], "according to these meta-analyses, warm therapists help; an association"
         " does not show a cause."),
        (["against"], "according to this meta-analysis, warm therapists harm; an association does"
         " not show a cause."),
        (["for", "against"], "it remains open whether warm therapists help."),
    ],
)  # fmt: skip
def test_meta_analyses_answer_where_they_agree(directions: list[str], answer: str) -> None:
    evidence = reported(*directions)
    text = abstract(evidence, **answering(evidence))
    assert "r = .25, 95% CI [.10, .39], over 12 studies with 340 clients (Meta a)" in text
    assert text.endswith(f"In plain words: {answer}")


def test_what_k_counts_is_said_wherever_it_stands() -> None:
    evidence = reported("for", "for", k_unit="independent samples")
    assert "over 12 independent samples with 340 clients (Meta a)" in abstract(
        evidence, **answering(evidence)
    )
    synthesis = synthesis_of(**answering(evidence))
    statistics = synthesis_statistics(synthesis, evidence, [])
    printed = printed_statistics(statistics, KINDS, 0.05)
    table = synthesis_tables(synthesis, evidence, statistics, printed)["reported"]
    assert str(table.headings["k"]) == "*k*"
    text = " ".join(document(evidence, synthesis).split())
    assert "*k* = number of studies, but of independent samples in Meta a and Meta b." in text


def test_the_effect_of_a_training_is_no_association() -> None:
    evidence = reported("for", design="training")
    text = abstract(evidence, **answering(evidence))
    assert text.endswith("according to this meta-analysis, warm therapists help.")


def test_meta_analyses_of_something_else_answer_nothing() -> None:
    evidence = reported("for")
    text = abstract(evidence, **answering(evidence) | {"answering": []})
    assert text.endswith("In plain words: it remains open whether warm therapists help.")
    with pytest.raises(ValueError, match=r"answering: 'text.other.outcome' is not under reported"):
        synthesis_of(**answering(evidence) | {"answering": ["text.other.outcome"]})


def test_studies_of_both_directions_leave_it_open() -> None:
    studies = [study(name, None, direction=side) for name, side in (("a", "for"), ("b", "against"))]
    text = abstract(Evidence(studies, []), demonstration=False)
    assert (
        "Of two single studies, one found a positive relation, one a negative one, and zero none;"
        in text
    )
    assert text.endswith("warm therapists help; the directions that studies report disagree.")


def test_without_a_meaning_predictor_and_outcome_are_named() -> None:
    text = document(evidence_of([0.3, 0.35, 0.32, 0.31, 0.33]), synthesis_of())
    clause = "more of the predictor (empathy) goes along with a better outcome (outcome)"
    assert f"Effects are coded so that a positive one means that {clause}." in text
    assert f"In plain words, if the synthetic data were real: {clause}." in text


def test_keywords_of_the_author_replace_those_of_the_synthesis() -> None:
    evidence, synthesis = evidence_of([0.3, 0.35]), synthesis_of(keywords=["empathy", "review"])
    assert 'keywords: ["empathy", "review"]' in document(evidence, synthesis)
    own = OwnText(authors=Authors(keywords=["warmth"]))
    assert 'keywords: ["warmth"]' in document(evidence, synthesis, own)


def test_one_study_is_not_said_to_be_pooled() -> None:
    evidence = evidence_of([0.3])
    only = replace(evidence.studies[0], outcome="distress on the D-9", reason="It is the main one.")
    evidence = replace(evidence, studies=[only])
    text = parse_text(" ".join(document(evidence, synthesis_of(names=["D-9"])).split())).to_plain()
    assert "so that nothing is pooled; the outcome is the distress on the D-9: r = .30" in text
    assert "the outcome is the distress on the D-9. It is the main one." in text
    assert "The square is the effect of the only study with a number" in text
    assert "diamond" not in text
    assert "Correlations are pooled" not in text
    made = declared_tables(synthesis_of(), evidence)
    assert made["pooled"].title == "Effect of the Only Study With a Number"


def test_the_only_number_of_a_real_study_is_no_synthetic_cohort() -> None:
    for synthetic, words in (
        (False, "Only one study gives an effect size with its standard error, so that"),
        (True, "The only effect size with a standard error comes from synthetic data, so that"),
    ):
        evidence = evidence_of([0.3])
        only = replace(evidence.studies[0], synthetic=synthetic)
        assert words in abstract(replace(evidence, studies=[only]))


def test_a_turned_sign_its_people_and_the_number_of_the_manuscript_are_said() -> None:
    only = replace(
        evidence_of([0.3]).studies[0],
        outcome="distress",
        positive="less distress",
        counts="dyads with scores",
        manuscript_r=-0.283,
        manuscript_n=52,
        manuscript_differs="where missing scores are replaced",
    )
    evidence = Evidence([only], [])
    text = abstract(evidence)
    assert (
        "the outcome is the distress, coded so that a positive r means less distress: r = " in text
    )
    assert ", n = 50 dyads with scores." in text
    method = parse_text(" ".join(document(evidence, synthesis_of()).split())).to_plain()
    assert (
        "In the manuscript of the cohort, where missing scores are replaced, the correlation is"
        " r = −.283, n = 52."
    ) in method


def test_several_studies_are_said_to_be_pooled() -> None:
    evidence = evidence_of([0.3, 0.35, 0.32])
    text = document(evidence, synthesis_of())
    assert "They are pooled by restricted maximum likelihood, with Knapp and Hartung's test" in text
    assert "The diamond is the pooled effect" in text
