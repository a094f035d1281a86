"""One kind for every statistic: how ids are matched, and what is refused."""

import math
from typing import Any

import pytest

from attune.specs.errors import StatisticError
from attune.store.statistic_kinds import (
    CORRELATION,
    NOT_NEGATIVE,
    PERCENT,
    StatisticKind,
    StatisticKinds,
)


def kind(pattern: str, **columns: Any) -> StatisticKind:
    words = {"rule": "describe_sample", "label": "number", "formula": "x", "function": "math.fsum"}
    return StatisticKind(id=pattern, **(words | columns))


@pytest.mark.parametrize(
    ("pattern", "fitting", "others"),
    [
        (
            "retention.<measure>[.<condition>].n",
            ["retention.kims.n", "retention.kims.usual_care.n"],
            ["retention.n", "retention.a.b.c.n", "retention.kims.percent", "attrition.kims.n"],
        ),
        (
            "scores.<instrument>[.<state>].<scale>.none",
            ["scores.kims.total.none", "scores.intrex.best.affiliation.none"],
            ["scores.kims.none", "scores.a.b.c.d.none"],
        ),
        (
            "<family>.<x>.<y>.r",
            ["alliance.a.b.r"],
            ["a.b.r", "alliance.a.b.r.r", "alliance.a.b.rr"],
        ),
    ],
)
def test_patterns(pattern: str, fitting: list[str], others: list[str]) -> None:
    assert all(kind(pattern).matches(identifier) for identifier in fitting)
    assert not any(kind(pattern).matches(identifier) for identifier in others)


def test_a_part_of_a_pattern_never_spans_two_parts_of_an_id() -> None:
    assert not kind("sample.<variable>.n").matches("sample.sex.female.n")
    assert not kind("sample.age.n").matches("sampleXage.n")


def test_the_pattern_with_the_most_parts_spelled_out_counts() -> None:
    general, gains = kind("<family>.<x>.<y>.r_squared"), kind("gains.<x>.<y>.r_squared")
    for order in ((general, gains), (gains, general)):
        kinds = StatisticKinds(order)
        assert kinds.of_id("gains.iip.available.r_squared") is gains
        assert kinds.of_id("alliance.kims.wai.r_squared") is general


def test_two_kinds_that_fit_equally_well_are_an_error() -> None:
    kinds = StatisticKinds([kind("<a>.x.<b>.n"), kind("<a>.<b>.y.n")])
    assert kinds.of_id("f.x.z.n").id == "<a>.x.<b>.n"
    with pytest.raises(StatisticError, match=r"'f\.x\.y\.n' has more than one kind"):
        kinds.of_id("f.x.y.n")


def test_a_statistic_without_a_kind_is_an_error_that_names_its_remedy() -> None:
    kinds = StatisticKinds([kind("sample.<variable>.n")])
    assert kinds.find("sample.age.mode") is None
    with pytest.raises(StatisticError, match=r"kinds\.py of the analysis") as raised:
        kinds.of_id("sample.age.old.n")
    assert "ids of 'n' look like sample.<variable>.n" in raised.value.heading


def test_the_column_statistic_must_be_the_end_of_the_id() -> None:
    kinds = StatisticKinds([kind("sample.<variable>.n")])
    row = {"id": "sample.age.n", "statistic": "n"}
    assert kinds.kind_of(row).id == "sample.<variable>.n"
    with pytest.raises(StatisticError, match="last part of the id"):
        kinds.kind_of(row | {"statistic": "count"})


def test_all_problems_of_a_store_are_reported_at_once() -> None:
    kinds = StatisticKinds([kind("a.<x>.r", allowed=CORRELATION), kind("a.<x>.n")])
    rows = [
        {"id": "a.x.r", "statistic": "r", "estimate": 1.5},
        {"id": "a.x.q", "statistic": "q", "estimate": 0.5},
        {"id": "a.x.n", "statistic": "n", "estimate": 0.5},
    ]
    with pytest.raises(StatisticError) as raised:
        kinds.kinds_of(rows)
    assert len(raised.value.problems) == 2
    assert "a.x.r" in raised.value.problems[0]
    assert [kind.id for kind in kinds.kinds_of(rows[2:])] == ["a.<x>.n"]


@pytest.mark.parametrize(
    ("allowed", "inside", "outside"),
    [
        (CORRELATION, [-1.0, 0.0, 1.0 + 1e-15, None], [1.001, -1.001, math.inf]),
        (NOT_NEGATIVE, [0.0, 1e300], [-1.0]),
        (PERCENT, [0.0, 100.0], [100.1, -0.1]),
    ],
)
def test_ranges(
    allowed: tuple[float, float], inside: list[float | None], outside: list[float]
) -> None:
    number = kind("a.<x>.r", allowed=allowed)
    assert all(number.allows(estimate) for estimate in inside)
    assert not any(number.allows(estimate) for estimate in outside)


def test_kinds_with_the_same_pattern_or_key_are_refused() -> None:
    with pytest.raises(StatisticError, match=r"'a\.<x>\.n'"):
        StatisticKinds([kind("a.<x>.n"), kind("a.<x>.n")])
    with pytest.raises(StatisticError, match=r"'describe_sample\.a\.n'"):
        StatisticKinds([kind("a.<x>.n"), kind("a.<x>.<y>.n")])
