"""Intervals of p hold every p that the rounded inputs could have given, and move the right way."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from attune.paper.checks.p_values import p_of_f, p_of_r, p_of_t
from attune.specs.errors import AttuneError
from attune.stats.intervals import Interval, exact, rounding_interval

NOISE = Fraction(1, 10**11)
"""SciPy's own error; the intervals carry 1e-12."""

places = st.integers(min_value=1, max_value=4)
correlations = st.floats(min_value=-0.999, max_value=0.999)
t_values = st.floats(min_value=-30, max_value=30)
sizes = st.integers(min_value=3, max_value=2000)
freedoms = st.integers(min_value=1, max_value=2000)


def printed(value: float, digits: int) -> str:
    step = Decimal(1).scaleb(-digits)
    return str(Decimal(repr(value)).quantize(step, ROUND_HALF_UP))


def holds(interval: Interval, p: float) -> bool:
    slack = NOISE * max(Fraction(p), Fraction(1, 10**6))
    return interval.low - slack <= Fraction(p) <= interval.high + slack


@given(correlations, sizes, places)
def test_the_p_of_any_r_that_rounds_to_the_digits(r, n, digits):
    tails = p_of_r(
        Interval(
            max(Fraction(-1), rounding_interval(printed(r, digits)).low),
            min(Fraction(1), rounding_interval(printed(r, digits)).high),
        ),
        n,
    )
    t = r * ((n - 2) / (1 - r * r)) ** 0.5
    assert holds(tails.two, 2 * stats.t.sf(abs(t), n - 2))
    assert holds(tails.positive, stats.t.sf(t, n - 2))
    assert holds(tails.negative, stats.t.cdf(t, n - 2))


@given(t_values, st.floats(min_value=1, max_value=500), places, places)
def test_the_p_of_any_t_and_rounded_welch_df(t, df, digits, digits_of_df):
    freedom = rounding_interval(printed(df, digits_of_df))
    tails = p_of_t(rounding_interval(printed(t, digits)), freedom)
    assert holds(tails.two, 2 * stats.t.sf(abs(t), df))
    assert holds(tails.positive, stats.t.sf(t, df))
    assert holds(tails.negative, stats.t.cdf(t, df))


@given(st.floats(min_value=0, max_value=60), freedoms, freedoms, places)
def test_the_p_of_any_f_that_rounds_to_the_digits(f, df1, df2, digits):
    read = rounding_interval(printed(f, digits))
    tails = p_of_f(Interval(max(Fraction(0), read.low), read.high), exact(df1), exact(df2))
    assert holds(tails.two, stats.f.sf(f, df1, df2))
    assert tails.positive is None


@given(st.fractions(min_value=0, max_value=30), st.fractions(min_value=0, max_value=30), freedoms)
def test_a_larger_t_has_a_smaller_p(one, other, df):
    assume(one != other)
    small, large = sorted((one, other))
    few = p_of_t(Interval(large, large), exact(df)).two
    many = p_of_t(Interval(small, small), exact(df)).two
    assert few.low <= many.high


@given(st.fractions(min_value=-1, max_value=1), sizes)
def test_more_cases_make_p_smaller(r, n):
    assert p_of_r(Interval(r, r), n + 1).two.low <= p_of_r(Interval(r, r), n).two.high


@given(st.fractions(min_value=-1, max_value=1), sizes)
def test_the_two_directions_are_complements(r, n):
    tails = p_of_r(Interval(r, r), n)
    assert tails.positive.low + tails.negative.low <= 1 <= tails.positive.high + tails.negative.high
    smaller = min(tails.positive, tails.negative, key=lambda entry: entry.low)
    assert tails.one.overlaps(smaller)


@given(st.fractions(min_value=0, max_value=40, max_denominator=1000), freedoms)
def test_f_with_one_numerator_df_is_the_square_of_t(t, df):
    assert p_of_f(Interval(t * t, t * t), exact(1), exact(df)).two.overlaps(
        p_of_t(Interval(t, t), exact(df)).two
    )


def test_a_value_that_may_be_zero_may_have_p_1():
    assert p_of_r(rounding_interval(".00"), 30).two.high == 1
    assert p_of_t(rounding_interval("0"), exact(30)).two.high == 1


def test_a_perfect_correlation_has_p_0():
    assert p_of_r(exact(1), 30).two == exact(0)


def test_p_of_tiny_values_keeps_its_digits():
    p = p_of_r(exact("0.0000001"), 1000).two
    assert float(1 - p.low) == pytest.approx(1 - 2 * stats.t.sf(1e-7 * 998**0.5, 998), rel=1e-6)


@pytest.mark.parametrize(
    "impossible",
    [
        lambda: p_of_r(exact("0.5"), 2),
        lambda: p_of_r(exact("1.5"), 20),
        lambda: p_of_t(exact(2), exact(0)),
        lambda: p_of_f(exact(2), rounding_interval("1.5"), exact(20)),
    ],
)
def test_impossible_inputs_are_refused(impossible):
    with pytest.raises(AttuneError):
        impossible()
