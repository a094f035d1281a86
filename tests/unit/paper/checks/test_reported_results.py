"""Results as papers print them that the audit once refused, passed over or doubted wrongly."""

from typing import Any

import pytest

from attune.paper.checks.audit import audit_publication
from attune.paper.checks.text_report import audit_text, audit_values
from attune.paper.ledger.ledger import Publication


def ledger(*values: tuple[Any, ...], **relations: list[Any]) -> Publication:
    """Values (id, kind, printed, further keys), all in the Results."""
    entries = [
        {"id": name, "kind": kind, "printed": printed, "places": ["Results"]}
        | (dict(further[0]) if further else {})
        for name, kind, printed, *further in values
    ]
    return Publication.model_validate(
        {"publication": "a", "citation": "A.", "values": entries, "relations": relations}
    )


def outcomes(paper: Publication) -> dict[str, str]:
    return {finding.id: finding.outcome for finding in audit_publication(paper)}


OF_T = {"of": "t"}
TWO = {"tail": "two"}


def test_a_negative_p_is_impossible_and_the_rest_is_audited() -> None:
    paper = ledger(
        ("t", "t", "-2.22", {"n": 200}),
        ("df", "df", "198", OF_T),
        ("p", "p", "-.22", OF_T | TWO),
        ("p2", "p", ".028", OF_T | TWO),
    )
    assert outcomes(paper) == {
        "possible_number.p": "inconsistent",
        "p_from_t.p2": "consistent",
        "degrees_of_freedom.df": "consistent",
    }


def test_alphas_below_minus_one_are_possible() -> None:
    paper = ledger(("deleted", "alpha", "-1.043"), ("alpha", "alpha", "-.77"))
    assert outcomes(paper) == {}


@pytest.mark.parametrize(
    ("covariates", "df"), [({}, "cannot_tell"), ({"covariates": 3}, "consistent")]
)
def test_a_partial_correlation_is_no_false_alarm(covariates: dict[str, int], df: str) -> None:
    paper = ledger(
        ("r", "r", ".45", {"n": 20} | covariates),
        ("df", "df", "15", {"of": "r"}),
        ("p", "p", ".070", {"of": "r"} | TWO),
    )
    assert outcomes(paper) == {"p_from_r.p": "consistent", "degrees_of_freedom.df": df}


def test_covariates_count_without_a_printed_df() -> None:
    held = {"n": 20, "covariates": 3}
    paper = ledger(("r", "r", ".45", held), ("p", "p", ".070", {"of": "r"} | TWO))
    assert outcomes(paper) == {"p_from_r.p": "consistent"}
    (finding,) = audit_publication(paper)
    assert "r = .45, n = 20, 3 covariates" in finding.sentence
    without = ledger(("r", "r", ".45", {"n": 20}), ("p", "p", ".070", {"of": "r"} | TWO))
    assert outcomes(without) == {"p_from_r.p": "inconsistent"}


def test_a_coefficient_and_its_t_have_one_sign() -> None:
    paper = ledger(
        ("b", "coefficient", "-0.36"),
        ("t", "t", "2.27"),
        ("df", "df", "260.52", OF_T),
        ("p", "p", ".024", OF_T | TWO),
    )
    assert outcomes(paper)["estimate_and_test.t"] == "inconsistent"


def test_t_and_d_that_the_means_do_not_give() -> None:
    paper = ledger(
        ("n1", "count", "212"),
        ("n2", "count", "199"),
        ("m1", "mean", "3.172", {"n": 212}),
        ("s1", "sd", "3.038", {"n": 212}),
        ("m2", "mean", "2.308", {"n": 199}),
        ("s2", "sd", "3.172", {"n": 199}),
        ("t", "t", "4.82"),
        ("df", "df", "409", OF_T),
        ("p", "p", "p < .001", OF_T | TWO),
        ("d", "d", ".78"),
        degrees_of_freedom=[{"df": "df", "design": "independent", "cases": ["n1", "n2"]}],
    )
    found = {f.id: f for f in audit_publication(paper) if f.outcome == "inconsistent"}
    assert set(found) == {"comparison.t", "comparison.d"}
    assert found["comparison.t"].possible == "2.81 to 2.83"
    assert found["comparison.d"].explained.startswith(".28 instead of .78")


@pytest.mark.parametrize(("n", "outcome"), [(525, "inconsistent"), (None, "cannot_tell")])
def test_the_p_of_a_d_is_checked_or_named(n: int | None, outcome: str) -> None:
    paper = ledger(("d", "d", "-0.63", {"n": n}), ("p", "p", "p = .900", {"of": "d"} | TWO))
    assert outcomes(paper) == {"p_from_d.p": outcome}


@pytest.mark.parametrize("kind", ["chi2", "se", "ci_low", "ci_high", "z", "g", "eta_squared"])
def test_what_papers_print_has_a_kind_and_is_named_if_nothing_checks_it(kind: str) -> None:
    printed = ".22" if kind == "eta_squared" else "2.20"
    paper = ledger(("x", kind, printed))
    findings = audit_publication(paper)
    assert findings == []
    assert audit_values(paper, findings)["unchecked"] == ["x"]
    assert "Not checked, since what it takes is not printed" in audit_text(paper, findings)


def test_impossible_numbers_are_left_out_of_relations() -> None:
    paper = ledger(
        ("n", "count", "40"),
        ("m", "mean", "3.4"),
        ("s", "sd", "-.64"),
        ("low", "minimum", "1"),
        ("high", "maximum", "6"),
        ("r1", "r", "1.40"),
        ("r2", "r", ".30"),
        ("r3", "r", ".33"),
        range=[
            {"mean": "m", "sd": "s", "minimum": "low", "maximum": "high", "n": "n", "highest": "5"}
        ],
        same_quantity=[{"values": ["r1", "r2", "r3"]}],
        correlation_matrix=[
            {
                "name": "all",
                "variables": ["a", "b", "c"],
                "cells": {"a, b": "r1", "a, c": "r2", "b, c": "r3"},
            }
        ],
        granularity=[
            {"mean": "m", "sd": "s", "n": "n", "items": 1, "lowest": 1, "highest": 6}
            | {"score": "mean"}
        ],
        sum_score=[{"total_sd": "s", "part_sds": ["s", "s"]}],
    )
    found = outcomes(paper)
    assert {name for name, outcome in found.items() if outcome == "inconsistent"} == {
        "possible_number.s",
        "possible_number.r1",
        "range.high",
        "same_quantity.r3",
    }
    assert "granularity.m" in found
