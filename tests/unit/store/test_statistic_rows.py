import math

import pytest

from attune.specs.errors import AttuneError
from attune.store.contracts import STATISTICS, conform
from attune.store.statistic_rows import software, statistic_id, statistic_row, statistics_frame


def test_ids_leave_out_empty_parts():
    assert statistic_id("reliability", "kims", "", "alpha") == "reliability.kims.alpha"


def test_an_undefined_estimate_has_no_uncertainty():
    row = statistic_row(
        "a", ["x"], "t", math.nan, reason="Too few.", n=2, se=1.0, ci_low=0.0, p_two_tailed=0.5
    )
    assert row["estimate"] is None
    assert row["n"] == 2
    assert not {"se", "ci_low", "p_two_tailed"} & set(row)


def test_a_defined_estimate_has_no_reason():
    assert statistic_row("a", ["x"], "t", 1.0, reason="unused")["reason"] is None


@pytest.mark.parametrize("estimate", [None, math.nan, math.inf])
def test_an_undefined_estimate_needs_a_reason(estimate):
    with pytest.raises(AttuneError, match=r"a\.x\.t is undefined, but no reason"):
        statistic_row("a", ["x"], "t", estimate)


def test_columns_are_those_of_the_contract():
    with pytest.raises(AttuneError, match=r"outside its contract: \['p'\]"):
        statistic_row("a", ["x"], "t", 1.0, p=0.05)


@pytest.mark.parametrize("rows", [[], [statistic_row("a", ["x"], "t", 1.0, n=3)]])
def test_frames_fit_the_contract(rows):
    frame = statistics_frame(rows)
    assert list(frame.columns) == STATISTICS.schema.names
    assert len(conform(frame, STATISTICS)) == len(rows)


def test_software_has_a_version():
    assert software("scipy").startswith("scipy 1.")
    assert software("attune").startswith("attune 0.")
