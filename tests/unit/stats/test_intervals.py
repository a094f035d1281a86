"""Interval arithmetic over rounding, by hand and against random members of the intervals."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from attune.paper.checks.wording import MOST_PLACES as PLACES
from attune.paper.checks.wording import apart
from attune.specs.errors import AttuneError
from attune.stats.intervals import (
    Interval,
    correlation_of_sum,
    decimals,
    exact,
    percentage,
    rounding_interval,
    total,
)

fractions = st.fractions(min_value=-50, max_value=50, max_denominator=1000)
intervals = st.tuples(fractions, fractions).map(lambda ends: Interval(min(ends), max(ends)))
shares = st.fractions(min_value=0, max_value=1, max_denominator=16)


def of(low: str, high: str) -> Interval:
    return Interval(Fraction(low), Fraction(high))


def member(interval: Interval, share: Fraction) -> Fraction:
    return interval.low + share * (interval.high - interval.low)


def holds(interval: Interval, value: Fraction) -> bool:
    return interval.low <= value <= interval.high


class TestRounding:
    @pytest.mark.parametrize(
        ("printed", "low", "high"),
        [
            ("133", "132.5", "133.5"),
            ("7.4", "7.35", "7.45"),
            (".456", ".4555", ".4565"),
            ("-0.481", "-.4815", "-.4805"),
            (".850", ".8495", ".8505"),
            ("0", "-.5", ".5"),
        ],
    )
    def test_by_hand(self, printed: str, low: str, high: str) -> None:
        assert rounding_interval(printed) == of(low, high)

    @given(st.floats(min_value=-200, max_value=200), st.integers(min_value=0, max_value=4))
    def test_holds_what_was_rounded(self, value: float, places: int) -> None:
        assert holds(rounding_interval(f"{value:.{places}f}"), Fraction(value))

    @pytest.mark.parametrize("printed", ["", "*", "p < .05", "1,5", "nan"])
    def test_only_of_numbers(self, printed: str) -> None:
        with pytest.raises(AttuneError, match="is not a number"):
            rounding_interval(printed)

    @pytest.mark.parametrize(("printed", "count"), [("26", 0), (".58", 2), ("-0.4810", 4)])
    def test_decimals(self, printed: str, count: int) -> None:
        assert decimals(printed) == count


class TestArithmetic:
    def test_by_hand(self) -> None:
        assert of("1", "2") + of("-3", "5") == of("-2", "7")
        assert of("1", "2") * of("-3", "5") == of("-6", "10")
        assert of("-2", "-1") * of("-3", "5") == of("-10", "6")
        assert of("1", "2") / of("4", "8") == of("1/8", "1/2")
        assert of("-1", "2") / of("-2", "-1") == of("-2", "1")

    @given(intervals, intervals, shares, shares)
    def test_holds_every_result(
        self, one: Interval, two: Interval, here: Fraction, there: Fraction
    ) -> None:
        a, b = member(one, here), member(two, there)
        assert holds(one + two, a + b)
        assert holds(one * two, a * b)
        if not holds(two, Fraction(0)):
            assert holds(one / two, a / b)

    def test_no_division_by_an_interval_with_zero(self) -> None:
        with pytest.raises(AttuneError, match="contains 0"):
            of("1", "2") / of("0", "1")

    def test_ends_in_order(self) -> None:
        with pytest.raises(AttuneError, match="cannot go from 2 to 1"):
            of("2", "1")

    def test_touching_intervals_have_a_value_in_common(self) -> None:
        assert of("1", "2").overlaps(of("2", "3"))
        assert of("2", "3").overlaps(of("1", "2"))
        assert not of("1", "2").overlaps(of("2.0001", "3"))


class TestConsequences:
    def test_mean_of_the_kims_total(self) -> None:
        parts = [rounding_interval(mean) for mean in ("37.8", "31", "30.3", "32.7")]
        # 37.75 + 30.5 + 30.25 + 32.65 and 37.85 + 31.5 + 30.35 + 32.75
        assert total(parts) == of("131.15", "132.45")

    def test_percentage(self) -> None:
        assert percentage(6, 26) == of("300/13", "300/13")

    def test_correlation_of_a_sum(self) -> None:
        # Numerator .4 x 2..3 plus -.1..0 x 1 = .7..1.2; divided by 2..4.
        found = correlation_of_sum(
            [exact("0.4"), of("-.1", "0")], [of("2", "3"), exact(1)], of("2", "4")
        )
        assert found == of(".175", ".6")


def readable(possible: Interval, needed: Interval, fewest: int) -> tuple[str, str]:
    """Both ends of a possible interval as a report prints them."""
    low, _, high = apart(possible, needed, fewest).replace("\N{MINUS SIGN}", "-").partition(" to ")
    return low.replace(",", ""), high.replace(",", "") or low.replace(",", "")


class TestReadableEnds:
    @given(intervals, st.integers(min_value=0, max_value=PLACES))
    def test_are_rounded_outwards(self, interval: Interval, places: int) -> None:
        wider = interval.outwards(places)
        assert wider.low <= interval.low <= interval.high <= wider.high
        step = Fraction(1, 10**places)
        assert interval.low - wider.low < step
        assert wider.high - interval.high < step

    @given(intervals, intervals)
    def test_stay_apart(self, possible: Interval, needed: Interval) -> None:
        assume(possible.low < possible.high)
        low, high = (Fraction(end) for end in readable(possible, needed, 0))
        assert low <= possible.low <= possible.high <= high
        gap = max(possible.low - needed.high, needed.low - possible.high)
        if gap > Fraction(1, 10**PLACES):
            assert not Interval(low, high).overlaps(needed)

    def test_have_no_more_decimals_than_they_need(self) -> None:
        assert readable(of(".564243", ".570874"), of(".575", ".585"), 2) == ("0.564", "0.571")
        assert readable(of(".0638", ".0745"), of(".1625", ".1635"), 3) == ("0.063", "0.075")
