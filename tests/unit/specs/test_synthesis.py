"""Synthesis and crosswalk files: what a synthesis may declare, and the files that ship."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import ROOT

from attune.specs.closed_model import read_as
from attune.specs.errors import ConfigurationError
from attune.specs.synthesis import Crosswalk, Flow, Synthesis
from attune_files.synthesis_files import read_synthesis

FLOW = {
    "identified": {"Databases": 10, "Registers": 2},
    "duplicates": 2,
    "screened": 10,
    "excluded": 4,
    "sought": 6,
    "not_retrieved": 1,
    "assessed": 5,
    "reasons": {"No outcome": 2},
    "included_studies": 2,
    "included_reports": 3,
}


def content() -> dict[str, Any]:
    """A small synthesis."""
    return {
        "synthesis": "small",
        "title": "A synthesis",
        "question": "Does it help?",
        "authors": ["A. Author"],
        "predictor": "empathy",
        "outcome": "outcome",
        "metric": "r",
        "demonstration": False,
        "literature": ["text"],
        "effects": ["text.study.outcome"],
        "reported": ["text.meta.outcome"],
    }


def refusal(model: Any, spoiled: dict[str, Any]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_as(model, spoiled, "small.yaml")
    return str(caught.value)


RISK = {"risk": {"label": "Risk of bias"}}
YEAR = {"year": {"label": "Year", "numeric": True}}


def subset(moderators: dict[str, Any], **keys: object) -> Callable[[dict[str, Any]], object]:
    """Declares a subset by the first of some moderators."""
    declared = {"label": "some", "moderator": next(iter(moderators)), **keys}
    return lambda c: c.update(moderators=moderators, subsets={"some": declared})


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (subset(RISK, moderator="risc", levels=["low"]), "Did you mean 'risk'?"),
        (subset(RISK), "Name those of the subset under levels"),
        (subset(RISK, at_least=2), "Name those of the subset under levels"),
        (subset(YEAR, levels=["2001"]), "year is numeric. Give at_least, at_most or both"),
        (subset(YEAR, at_least=2005, at_most=2001), "at_least 2005 is above at_most 2001"),
        (subset({"subset": {"label": "S"}}, levels=["a"]), "subsets use this name in ids"),
        (
            lambda c: c.update(
                moderators={"a": {"label": "A", "numeric": True, "levels": {"b": "B"}}}
            ),
            "a numeric moderator has no levels",
        ),
        (lambda c: c.update(moderators={"a": {"label": "A", "per": 10}}), "levels have no slope"),
        (
            lambda c: c.update(metric="g", reliability={"outcome": 0.9, "source": "manuals"}),
            "reliability corrects correlations, but the metric is g",
        ),
        (lambda c: c.update(reliability={"source": "manuals"}), "gives no reliability"),
        (lambda c: c.update(reliability={"outcome": 1.2, "source": "manuals"}), "outcome"),
        (lambda c: c.update(reliability={"outcome": 0, "source": "manuals"}), "outcome"),
        (
            lambda c: c.update(
                control_event={"label": "response", "rate": 0.2, "event": "good", "source": "all"}
            ),
            "but the metric is r. Leave it out",
        ),
        (lambda c: c["effects"].append("text.study.outcome"), "is listed twice"),
        (lambda c: c["reported"].append("text.study.outcome"), "never pooled with its own studies"),
        (lambda c: c.update(effects=[], reported=[]), "there is nothing to synthesise"),
        (lambda c: c.update(effects=["study.outcome"]), "effects"),
        (lambda c: c.update(metric="d"), "metric"),
        (lambda c: c.update(metric="b"), "metric b needs `unit`"),
        (lambda c: c.update(unit="points"), "other metrics have none"),
        (lambda c: c.pop("demonstration"), "demonstration is missing"),
        (
            lambda c: c.update(features={"text.study.outcome": {"rater": "client"}}),
            "there is no moderator 'rater'",
        ),
        (
            lambda c: c.update(moderators={"rater": {"label": "Rater"}}, features={"text.x.y": {}}),
            "features.text.x.y: not one of the effects",
        ),
        (lambda c: c.update(model={"estimator": "reml"}), "'REML'"),
        (lambda c: c.update(tables={"t": {"path": "t.xlsx", "format": "csv"}}), "tables.t.path"),
    ],
)
def test_what_is_refused(spoil: Callable[[dict[str, Any]], object], words: str) -> None:
    spoiled = content()
    spoil(spoiled)
    assert words in refusal(Synthesis, spoiled)


def test_features_may_be_numbers() -> None:
    features = {"text.study.outcome": {"year": 2001}}
    found = read_as(Synthesis, content() | {"moderators": YEAR, "features": features}, "small")
    assert found.features["text.study.outcome"] == {"year": "2001"}
    assert (set(found.numeric), set(found.levelled)) == ({"year"}, set())


def test_a_flow_that_adds_up_is_read() -> None:
    assert read_as(Flow, FLOW, "flow").included_reports == 3


@pytest.mark.parametrize("key", ["screened", "sought", "assessed", "included_reports"])
def test_every_sum_of_the_flow_is_checked(key: str) -> None:
    message = refusal(Flow, {**FLOW, key: FLOW[key] + 1})
    assert f"{key} is {FLOW[key] + 1}, but " in message


def test_all_sums_of_a_flow_are_named_at_once() -> None:
    changed = {"screened": 11, "sought": 6, "assessed": 4, "included_studies": 9}
    message = refusal(Flow, FLOW | changed)
    for words in (
        "screened is 11, but identified less duplicates gives 10",
        "sought is 6, but screened less excluded gives 7",
        "assessed is 4, but sought less not retrieved gives 5",
        "included_reports is 3, but assessed less those excluded with reasons gives 2",
        "included_studies is 9, but there are only 3 included_reports",
    ):
        assert words in message


def test_no_more_studies_than_reports() -> None:
    assert "only 3 included_reports" in refusal(Flow, {**FLOW, "included_studies": 4})


def test_a_facet_that_does_not_exist_is_refused() -> None:
    crosswalk = {
        "crosswalk": "small",
        "title": "Facets",
        "facets": {"observe": "Observing", "describe": "Describing"},
        "instruments": {"kims": {"observe": "observ"}},
    }
    assert "Did you mean 'observe'?" in refusal(Crosswalk, crosswalk)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "workflow/syntheses").glob("*.yaml")), ids=lambda path: path.stem
)
def test_shipped_syntheses_are_read(path: Any) -> None:
    synthesis = read_synthesis(path)
    assert synthesis.limits
    made_up = any(table.synthetic for table in synthesis.tables.values())
    assert synthesis.demonstration or not (made_up or synthesis.cohorts)
