"""Rows of cohorts pooled in a synthesis: signs, what is refused, what is printed."""

from typing import Any

import pytest
from tests.conftest import ROOT
from tests.unit.synthesis.synthetic_studies import ONE_STAGE, cohort_frames, synthesis_of

from attune.printing.printed_statistics import printed_statistics, records
from attune.specs.errors import ConfigurationError
from attune.specs.synthesis import Synthesis
from attune.stats.one_stage_pooling import one_stage_pooling
from attune.synthesis.document import synthesis_document
from attune.synthesis.estimate import synthesis_statistics
from attune.synthesis.evidence import Evidence
from attune.synthesis.kinds import KINDS
from attune.synthesis.tables import synthesis_tables


def synthesis(**keys: Any) -> Synthesis:
    return synthesis_of(effects=[], one_stage=ONE_STAGE | keys)


def rows_of(declared: Synthesis, frames: Any = None) -> dict[str, Any]:
    given = cohort_frames() if frames is None else frames
    frame = synthesis_statistics(declared, Evidence([], []), [], None, given)
    return {row["id"]: row for row in records(frame)}


def test_the_better_end_points_upwards() -> None:
    rows = rows_of(synthesis())
    data = {
        name: (own["available"]["mindful"], -own["available"]["distress"])
        for name, own in cohort_frames().items()
    }
    found = one_stage_pooling(data)
    assert rows["one_stage.all.slope"]["estimate"] == pytest.approx(found.one_stage.estimate)
    assert rows["one_stage.all.slope"]["estimate"] > 0
    assert rows["one_stage_cohorts.south.slope"]["estimate"] > 0.3
    one, two = (rows[f"one_stage.{name}.slope"]["estimate"] for name in ("all", "two_stages"))
    assert rows["one_stage.all.difference"]["estimate"] == pytest.approx(one - two)
    assert rows["one_stage.all.people"]["estimate"] == 120


def test_declared_units_and_intercepts_are_used() -> None:
    raw = rows_of(synthesis(units="raw", intercepts="fixed", df="satterthwaite"))
    standardised = rows_of(synthesis())
    name = "one_stage.all.slope"
    assert raw[name]["estimate"] != standardised[name]["estimate"]
    assert "Satterthwaite" in raw[name]["method"] and "raw" in raw[name]["method"]


def test_two_stages_are_never_more_certain_than_the_cohorts_allow() -> None:
    """North in all three cohorts: no difference between slopes, so Wald's variance and a remark."""
    frames = cohort_frames()
    remark = "Knapp and Hartung's interval never below the Wald variance"
    for given, truncated in ((frames, False), (dict.fromkeys(frames, frames["north"]), True)):
        declared = synthesis()
        statistics = synthesis_statistics(declared, Evidence([], []), [], None, given)
        row = {one["id"]: one for one in records(statistics)}["one_stage.two_stages.slope"]
        assert row["method"].endswith("never below the Wald variance") == truncated
        tables = synthesis_tables(
            declared, Evidence([], []), statistics, printed_statistics(statistics, KINDS, 0.05)
        )
        assert (remark in tables["one_stage"].note) == truncated
        if truncated:
            ses = [one["se"] for one in records(statistics) if one["id"].endswith(".slope")][:3]
            assert row["se"] == pytest.approx((sum(se**-2 for se in ses)) ** -0.5)


def test_faults_of_all_cohorts_at_once() -> None:
    frames = cohort_frames()
    frames["north"]["available"] = frames["north"]["available"].rename(columns={"mindful": "mind"})
    del frames["west"]["available"]
    with pytest.raises(ConfigurationError) as caught:
        rows_of(synthesis(), frames)
    assert len(caught.value.problems) == 2
    assert "one_stage.cohorts.north: its data set has no measure 'mindful'" in str(caught.value)
    assert "one_stage.cohorts.west: it has no data set 'available'" in str(caught.value)


def test_a_cohort_that_cannot_be_pooled_is_named() -> None:
    frames = cohort_frames()
    frames["west"]["available"] = frames["west"]["available"][:3]
    with pytest.raises(ConfigurationError, match="west: 3 complete rows"):
        rows_of(synthesis(), frames)


def test_declarations() -> None:
    one = ONE_STAGE["cohorts"][0]  # type: ignore[index]
    with pytest.raises(ValueError, match="at least 2"):
        synthesis(cohorts=[one])
    with pytest.raises(ValueError, match="north is listed twice"):
        synthesis(cohorts=[one, one])


@pytest.mark.parametrize("units", ["raw", "standardised"])
def test_the_document_says_how_and_why_both_differ(units: str) -> None:
    declared = synthesis(units=units)
    statistics = synthesis_statistics(declared, Evidence([], []), [], None, cohort_frames())
    printed = printed_statistics(statistics, KINDS, 0.05)
    tables = synthesis_tables(declared, Evidence([], []), statistics, printed)
    template = (ROOT / "reports/synthesis.qmd.j2").read_text(encoding="utf-8")
    text = synthesis_document(template, declared, Evidence([], []), {}, [], printed, tables)
    assert set(tables) == {"one_stage"}
    assert "no effect size that is computed from cohorts" in tables["one_stage"].notice
    assert "two stages give each cohort its own and take its standard error for known" in text
    assert "With so few cohorts" in text
    left_open = "In plain words, if the synthetic data were real: these data leave open whether"
    assert (left_open in text) == (units == "raw")
    assert ("standardized within cohorts" in text) == (units == "standardised")
