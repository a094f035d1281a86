"""Conversions between effect sizes: ways back, variances, published examples, refusals."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.specs.errors import AnalysisError
from attune.stats.effect_conversion import (
    FORMULAS,
    MEASURES,
    EffectSize,
    convert,
    d_from_means,
    d_of_size,
    disattenuate,
    fisher_z,
    log_odds_ratio,
    small_sample_factor,
)


def correlation(r: float, n: int) -> EffectSize:
    return convert(fisher_z(r, n), "r")


PAIRS = list(itertools.permutations(MEASURES, 2))


@pytest.mark.parametrize(("first", "second"), PAIRS)
@given(
    estimate=st.floats(-0.9, 0.9),
    variance=st.floats(0.03, 0.2),
    sizes=st.tuples(st.integers(5, 300), st.integers(5, 300)),
)
def test_there_and_back(first, second, estimate, variance, sizes):
    effect = EffectSize(first, estimate, variance, *sizes)
    back = convert(convert(effect, second), first)
    assert back.estimate == pytest.approx(estimate, rel=1e-9, abs=1e-12)
    assert back.variance == pytest.approx(variance, rel=1e-9)
    assert all(step in FORMULAS for step in back.steps)


@pytest.mark.parametrize(("first", "second"), [p for p in PAIRS if "g" not in p])
@given(estimate=st.floats(-0.8, 0.8), sizes=st.tuples(st.integers(5, 300), st.integers(5, 300)))
def test_variances_are_those_of_the_delta_method(first, second, estimate, sizes):
    step = 1e-6
    low, here, high = (
        convert(EffectSize(first, x, 0.05, *sizes), second)
        for x in (estimate - step, estimate, estimate + step)
    )
    slope = (high.estimate - low.estimate) / (2 * step)
    assert here.variance == pytest.approx(slope**2 * 0.05, rel=1e-5)


def test_example_of_borenstein_et_al():
    """Chapter 7: log odds ratio 0.9069 (0.0676) is d 0.5 (0.0205), and r 0.2425."""
    d = convert(EffectSize("log_or", 0.9069, 0.0676), "d")
    assert (round(d.estimate, 4), round(d.variance, 4)) == (0.5, 0.0205)
    r = convert(EffectSize("d", 0.5, 0.0205), "r")
    assert round(r.estimate, 4) == 0.2425
    assert r.variance == pytest.approx(16 * 0.0205 / (0.25 + 4) ** 3)


def test_sizes_of_groups_enter_between_d_and_r():
    """a = 50^2 / (10 * 40) = 6.25; 4 where sizes are equal or unknown."""
    unequal = convert(EffectSize("d", 0.5, 0.1, 10, 40), "r")
    assert unequal.estimate == pytest.approx(0.5 / math.sqrt(0.25 + 6.25))
    assert unequal.variance == pytest.approx(6.25**2 * 0.1 / 6.5**3)
    for sizes in ((25, 25), ()):
        equal = convert(EffectSize("d", 0.5, 0.1, *sizes), "r")
        assert equal.estimate == pytest.approx(0.5 / math.sqrt(4.25))


@pytest.mark.parametrize(("df", "printed"), [(2, 0.5642), (10, 0.92275), (50, 0.9849)])
def test_small_sample_factor(df, printed):
    assert small_sample_factor(df) == pytest.approx(printed, abs=5e-5)
    assert small_sample_factor(df) == pytest.approx(1 - 3 / (4 * df - 1), abs=2e-2)


def test_exchanging_groups_turns_the_sign():
    first, second = d_from_means(3, 1, 9, 4, 2, 14), d_from_means(4, 2, 14, 3, 1, 9)
    assert first.estimate == -second.estimate and first.variance == pytest.approx(second.variance)
    one, other = log_odds_ratio(3, 7, 9, 4), log_odds_ratio(9, 4, 3, 7)
    assert one.estimate == pytest.approx(-other.estimate)


def test_intervals():
    low, high = correlation(0.5, 103).interval()
    assert (math.atanh(low), math.atanh(high)) == pytest.approx(
        (math.atanh(0.5) - 0.1959964, math.atanh(0.5) + 0.1959964), abs=1e-7
    )
    g = EffectSize("g", 0.5, 0.01)
    assert g.interval() == pytest.approx((0.5 - 0.1959964, 0.5 + 0.1959964), abs=1e-7)
    needed = g.number_needed()
    assert needed.value == pytest.approx(3.6, abs=0.05) and needed.ci_low < needed.difference
    with pytest.raises(AnalysisError, match="needs d or g"):
        correlation(0.5, 103).number_needed()


def test_correction_for_unreliability():
    effect = correlation(0.3, 100)
    same = disattenuate(effect, 1.0, 1.0)
    assert (same.estimate, same.variance) == (effect.estimate, effect.variance)
    corrected = disattenuate(effect, 0.81, 0.64)
    assert corrected.estimate == pytest.approx(0.3 / 0.72)
    # The test against 0 does not change.
    assert corrected.estimate / corrected.se == pytest.approx(effect.estimate / effect.se)
    assert convert(corrected, "z").variance == pytest.approx(
        corrected.variance / (1 - corrected.estimate**2) ** 2
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fisher_z(1.0, 20), "correlation is 1.0"),
        (lambda: fisher_z(-1.0, 20), "correlation is -1.0"),
        (lambda: fisher_z(math.nan, 20), "correlation is nan"),
        (lambda: fisher_z(0.3, 3), "3 people"),
        (lambda: fisher_z(0.3, 10, 7), "3 people"),
        (lambda: fisher_z(1.2, 3), "correlation is 1.2.*\n.*3 people"),
        (lambda: d_from_means(1, 0.0, 10, 2, 1, 10), "above 0"),
        (lambda: d_from_means(math.nan, 1, 10, 2, 1, 10), "mean_first is nan"),
        (lambda: d_of_size(0.3, 1, 10), "at least 2 people"),
        (lambda: log_odds_ratio(0, 10, 0, 12), "nobody or everybody"),
        (lambda: log_odds_ratio(-1, 10, 3, 12), "at least 0"),
        (lambda: convert(EffectSize("d", 0.3, 0.1), "g"), "sizes of both groups"),
        (lambda: convert(EffectSize("r", 1.0, 0.1), "z"), "correlation is 1.0"),
        (lambda: convert(EffectSize("d", 0.3, 0.0), "r"), "variance is 0.0"),
        (lambda: convert(EffectSize("d", math.nan, 0.1), "r"), "estimate is nan"),
        (lambda: convert(EffectSize("d", 0.3, 0.1), "eta"), "measure is 'eta'"),
        (lambda: disattenuate(d_of_size(0.3, 9, 9), 0.8), "Only r"),
        (lambda: disattenuate(correlation(0.3, 20), 0.0), "reliability of x is 0"),
        (lambda: disattenuate(correlation(0.3, 20), 0.8, 1.1), "reliability of y is 1.1"),
        (lambda: disattenuate(correlation(0.8, 20), 0.7, 0.7), "would be 1.143"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(AnalysisError, match=message):
        call()
