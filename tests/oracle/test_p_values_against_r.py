"""The p of printed statistics against R's pt, pf and t.test (R/p_values.R)."""

import json
from pathlib import Path

import pytest

from attune.paper.checks.p_values import Tails, p_of_f, p_of_r, p_of_t
from attune.stats.intervals import Interval, exact

R = json.loads((Path(__file__).parent / "expected" / "p_values.json").read_text())

FIFTEEN_DIGITS = 2e-12
"""The reference has 15 digits; the intervals are widened by 1e-12."""


def exactly(value: float) -> Interval:
    return exact(repr(value))


def ends(tails: Tails) -> dict[str, list[float]]:
    found = {"two": tails.two, "positive": tails.positive, "negative": tails.negative}
    return {name: [float(p.low), float(p.high)] for name, p in found.items() if p}


def expected(case: dict[str, float]) -> dict[str, list[float]]:
    return {name: [case[name]] * 2 for name in ("two", "positive", "negative")}


@pytest.mark.parametrize("case", R["r"], ids=str)
def test_correlations(case, agrees):
    found = p_of_r(exactly(case["r"]), case["n"])
    agrees(ends(found), expected(case), FIFTEEN_DIGITS)


@pytest.mark.parametrize("case", R["t"], ids=str)
def test_t(case, agrees):
    found = p_of_t(exactly(case["t"]), exactly(case["df"]))
    agrees(ends(found), expected(case), FIFTEEN_DIGITS)


@pytest.mark.parametrize("case", R["f"], ids=str)
def test_f(case, agrees):
    found = p_of_f(exactly(case["f"]), exact(case["df1"]), exact(case["df2"]))
    agrees(ends(found), {"two": [case["upper"]] * 2}, FIFTEEN_DIGITS)


def test_the_wrong_side_of_a_one_tailed_test(agrees):
    """R's data set sleep: a negative t where a positive one was predicted has p = .96."""
    case = R["sleep"]
    agrees(ends(p_of_t(exactly(case["t"]), exact(case["df"]))), expected(case), FIFTEEN_DIGITS)
