"""Risk differences and numbers needed to treat: published examples, properties, bad input."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from attune.specs.errors import AnalysisError
from attune.stats.number_needed_to_treat import (
    number_needed_from_control_rate,
    number_needed_from_d,
    number_needed_to_treat,
)
from attune.stats.risk_difference import (
    clustered_risk_difference,
    clustered_risk_ratio,
    risk,
    risk_difference,
    risk_ratio,
)

tables = st.tuples(
    *(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),) * 2
)


@given(tables)
def test_swapping_arms_turns_the_sign(table):
    (a, n), (b, m) = table
    one, other = risk_difference(a, n, b, m), risk_difference(b, m, a, n)
    assert one.difference == pytest.approx(-other.difference)
    assert (one.ci_low, one.ci_high) == pytest.approx((-other.ci_high, -other.ci_low))
    assert one.p_exact == pytest.approx(other.p_exact)
    assert -1 <= one.ci_low <= one.difference <= one.ci_high <= 1
    expected = stats.fisher_exact([[a, n - a], [b, m - b]]).pvalue
    assert one.p_exact == pytest.approx(expected, rel=1e-6)


@given(st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_limits_of_a_risk_are_the_risks_that_are_just_not_rejected(counts):
    events, n = counts
    found = risk(events, n)
    if events:
        assert stats.binom.sf(events - 1, n, found.exact_low) == pytest.approx(0.025, rel=1e-6)
        score = (found.risk - found.ci_low) / math.sqrt(found.ci_low * (1 - found.ci_low) / n)
        assert score == pytest.approx(stats.norm.ppf(0.975), rel=1e-6)
    else:
        assert found.exact_low == found.ci_low == 0
    if events < n:
        assert stats.binom.cdf(events, n, found.exact_high) == pytest.approx(0.025, rel=1e-6)
    else:
        assert found.exact_high == found.ci_high == 1


@pytest.mark.parametrize("counts", [(5, 4), (-1, 4), (0, 0), (1.5, 4)])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(AnalysisError, match="whole number from 0"):
        risk(*counts)


def test_clusters_of_one_patient_give_the_unpooled_variance():
    """With one patient per therapist: Welch's standard error of the difference of means."""
    event = np.array([1, 0, 1, 1, 0, 1, 0, 0, 0, 1, 0, 0])
    arm = np.repeat([1, 0], 6)
    found = clustered_risk_difference(event, arm, np.arange(12))
    first, second = event[:6], event[6:]
    assert found.test.se**2 == pytest.approx((first.var(ddof=1) + second.var(ddof=1)) / 6)
    assert found.design_effect == pytest.approx(6 / 5)
    assert found.test.df == 10
    doubled = clustered_risk_difference(*(np.repeat(v, 2) for v in (event, arm, np.arange(12))))
    assert doubled.test.se == pytest.approx(found.test.se)
    assert doubled.design_effect == pytest.approx(2 * 6 / 5)


def test_missing_patients_and_refusals_of_clustered_risks():
    event = [1, 0, 1, 1, 0, 0, 1, 0, np.nan, 1]
    arm = [1] * 4 + [0] * 4 + [1, 0]
    groups = ["a", "a", "b", "b", "c", "c", "d", "d", "a", None]
    assert clustered_risk_difference(event, arm, groups).test.estimate == 0.5
    for event, arm, groups, message in (
        ([2, 0], [1, 0], [1, 2], "events must be 0 or 1"),
        ([1, 0], [1, 2], [1, 2], "first_arm must be 0 or 1"),
        ([1, 0], [1, 1], [1, 2], "both arms"),
        ([1, 0, 1], [1, 0, 0], [1, 2, 3], "at least two clusters.*1 and 2"),
    ):
        with pytest.raises(AnalysisError, match=message):
            clustered_risk_difference(event, arm, groups)


def test_altmans_rule():
    benefit = number_needed_to_treat(0.25, 0.10, 0.50)
    assert (benefit.kind, benefit.value) == ("NNTB", 4)
    assert benefit.limits == (("NNTB", 2), ("NNTB", 10))
    assert not benefit.through_infinity
    harm = number_needed_to_treat(-0.25, -0.50, -0.10)
    assert (harm.kind, harm.value, harm.through_infinity) == ("NNTH", 4, False)
    assert harm.limits == (("NNTH", 10), ("NNTH", 2))
    none = number_needed_to_treat(0.0, -0.1, 0.1)
    assert (none.value, none.through_infinity) == (math.inf, True)
    touching = number_needed_to_treat(0.1, 0.0, 0.2)
    assert touching.limits == (("NNTB", 5), ("NNTB", math.inf))
    assert math.isnan(number_needed_to_treat(0.1).limits[0][1])
    for choices in ((1.2,), (0.1, 0.2, 0.3)):
        with pytest.raises(AnalysisError):
            number_needed_to_treat(*choices)


def test_kraemer_and_kupfer_is_the_advantage_in_pairs_of_patients():
    draw = np.random.default_rng(1)
    pairs = draw.normal(0.5, 1, 400_000) - draw.normal(0, 1, 400_000)
    advantage = (pairs > 0).mean() - (pairs < 0).mean()
    # Monte Carlo error .0015.
    assert 1 / number_needed_from_d(0.5).value == pytest.approx(advantage, abs=0.006)
    found = number_needed_from_d(0.3, -0.1, 0.7)
    assert found.through_infinity
    assert found.limits[0][1] == number_needed_from_d(0.7).value
    assert found.limits[1] == ("NNTH", number_needed_from_d(-0.1).value)


@given(st.floats(-2, 2).filter(lambda d: abs(d) > 1e-3), st.floats(0.01, 0.99))
def test_good_and_bad_events_are_two_sides_of_one_split(d, rate):
    good = number_needed_from_control_rate(d, rate)
    bad = number_needed_from_control_rate(d, 1 - rate, "bad")
    assert good.value == pytest.approx(bad.value, rel=1e-6)
    assert good.kind == bad.kind == ("NNTB" if d > 0 else "NNTH")


def test_the_split_in_the_middle_of_both_arms_is_the_smallest_number():
    rates = np.linspace(0.02, 0.98, 97)
    values = [number_needed_from_control_rate(0.6, rate).value for rate in rates]
    assert rates[np.argmin(values)] == pytest.approx(stats.norm.cdf(-0.3), abs=0.01)
    for rate, event in ((0.0, "good"), (1.0, "good"), (0.3, "neutral")):
        with pytest.raises(AnalysisError):
            number_needed_from_control_rate(0.5, rate, event)


@given(tables)
def test_the_ratio_of_swapped_arms_is_the_reciprocal(table):
    (a, n), (b, m) = table
    if not a or not b:
        with pytest.raises(AnalysisError, match="no events"):
            risk_ratio(a, n, b, m)
        return
    one, other = risk_ratio(a, n, b, m), risk_ratio(b, m, a, n)
    assert one.ratio == pytest.approx(1 / other.ratio)
    assert (one.ci_low, one.ci_high) == pytest.approx((1 / other.ci_high, 1 / other.ci_low))
    assert 0 < one.ci_low <= one.ratio <= one.ci_high


def test_clusters_of_one_patient_give_the_variance_of_independent_ones():
    """But for n - 1 in place of n, the variance of Katz et al."""
    event = [1] * 12 + [0] * 8 + [1] * 6 + [0] * 14
    arm = [1] * 20 + [0] * 20
    found = clustered_risk_ratio(event, arm, range(40))
    plain = risk_ratio(12, 20, 6, 20)
    assert found.ratio == pytest.approx(plain.ratio)
    assert found.log_se == pytest.approx(plain.log_se * math.sqrt(20 / 19))
    assert found.df == 38


def test_a_ratio_needs_events_in_both_arms_of_clusters():
    with pytest.raises(AnalysisError, match="no events"):
        clustered_risk_ratio([1, 0, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0], [1, 1, 2, 3, 3, 4])
