"""Ranges: bounds by hand, against random data sets, and reached by data sets that exist."""

from fractions import Fraction
from itertools import combinations_with_replacement
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.paper.checks.range import checks_of
from attune.paper.checks.range_bounds import (
    POSSIBLE,
    Known,
    agrees,
    possible_mean,
    possible_variance,
)
from attune.paper.ledger.ledger import Publication
from attune.stats.intervals import Interval, exact, rounding_interval

KINDS = ("minimum", "maximum", "mean", "median", "sd")


def around(value: Fraction, slack: Fraction) -> Interval:
    return Interval(value - slack, value + slack)


def variance(people: list[Fraction]) -> Fraction:
    mean = sum(people) / len(people)
    return sum((x - mean) ** 2 for x in people) / (len(people) - 1)


def paper(relation: dict[str, str], **values: str) -> Publication:
    shared = {"places": ["Text"], "quoted": "made up"}
    kinds = {"n": "count", "limit": "constant", "lower": "constant"}
    return Publication.model_validate(
        {
            "publication": "a",
            "citation": "A.",
            "values": [
                {"id": name, "printed": text, "kind": kinds.get(name, name), **shared}
                for name, text in values.items()
            ],
            "relations": {"range": [relation | {k: k for k in (*KINDS, "n") if k in values}]},
        }
    )


def outcomes(publication: Publication) -> dict[str, str]:
    return {found.value: found.outcome for found in checks_of(publication)}


fractions = st.fractions(min_value=-9, max_value=30, max_denominator=12)
slacks = st.fractions(min_value=0, max_value=1, max_denominator=20)


class TestBounds:
    @given(st.lists(fractions, min_size=2, max_size=12), slacks, slacks, slacks, slacks)
    def test_hold_every_data_set(
        self, people: list[Fraction], one: Fraction, two: Fraction, three: Fraction, four: Fraction
    ) -> None:
        known = Known(
            minimum=around(min(people), one),
            maximum=around(max(people), two),
            mean=around(sum(people) / len(people), three),
            median=around(Fraction(median(people)), four),
            lowest=exact(str(min(people))),
            n=len(people),
        )
        assert all(agrees(name, known) for name in POSSIBLE)
        low, high = possible_variance(known)
        assert low is not None and high is not None
        assert low <= variance(people) <= high

    @pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
    def test_variance_is_reached(self, n: int) -> None:
        """Over all whole-number data sets with both ends, the bounds of the SD are met."""
        every = [
            [Fraction(x) for x in (0, 6, *others)]
            for others in combinations_with_replacement(range(7), n - 2)
        ]
        low, high = possible_variance(Known(minimum=exact(0), maximum=exact(6), n=n))
        found = [variance(people) for people in every]
        assert (min(found), max(found)) == (low, high)

    @pytest.mark.parametrize("n", [3, 4, 5, 6])
    def test_variance_given_the_mean(self, n: int) -> None:
        """The least is met where the others can be equal, the largest everywhere."""
        every = [(0, 6, *o) for o in combinations_with_replacement(range(7), n - 2)]
        for total in {sum(people) for people in every}:
            same = [[Fraction(x) for x in people] for people in every if sum(people) == total]
            mean = exact(str(Fraction(total, n)))
            low, high = possible_variance(Known(minimum=exact(0), maximum=exact(6), mean=mean, n=n))
            found = [variance(people) for people in same]
            assert max(found) == high
            assert low is not None and min(found) >= low
            if (total - 6) % (n - 2) == 0:
                assert min(found) == low

    @pytest.mark.parametrize("n", [2, 3, 5])
    def test_mean_is_reached(self, n: int) -> None:
        low, high = possible_mean(Known(minimum=exact(1), maximum=exact(7), n=n))
        means = [
            Fraction(1 + 7 + sum(others), n)
            for others in combinations_with_replacement(range(1, 8), n - 2)
        ]
        assert (min(means), max(means)) == (low, high)

    def test_least_variance_over_an_interval_of_means(self) -> None:
        """No mean of the interval gives less, however far it lies to one side."""
        for low, high in [("1", "2"), ("2", "5"), ("4.5", "5.5"), ("0", "0.4"), ("5.7", "6")]:
            wide = Interval(Fraction(low), Fraction(high))
            bound = possible_variance(Known(exact(0), exact(6), wide, n=5))[0]
            assert bound is not None
            steps = [wide.low + (wide.high - wide.low) * Fraction(k, 40) for k in range(41)]
            singles = [
                possible_variance(Known(exact(0), exact(6), exact(str(mean)), n=5))[0]
                for mean in steps
                # Only means that five numbers from 0 to 6 with both ends can have.
                if Fraction(6, 5) <= mean <= Fraction(24, 5)
            ]
            assert all(single is not None and bound <= single for single in singles)

    def test_median_far_from_the_mean(self) -> None:
        """|M - median| <= SD * sqrt((n - 1) / n): Hotelling & Solomons (1932)."""
        known = Known(mean=exact(10), median=exact(4), sd=exact(6), n=10)
        assert not agrees("sd", known)
        assert agrees("sd", Known(mean=exact(10), median=exact(4), sd=exact("6.4"), n=10))


class TestFindings:
    def test_a_patient_older_than_the_criterion(self) -> None:
        publication = paper(
            {"highest": "limit", "lowest": "lower"},
            minimum="24",
            maximum="68",
            median="48",
            limit="65",
            lower="18",
        )
        found = {check.value: check for check in checks_of(publication)}
        assert outcomes(publication) == {
            "minimum": "consistent",
            "maximum": "inconsistent",
            "median": "consistent",
        }
        assert found["maximum"].possible == "18 to 65"
        assert found["maximum"].values == ("maximum", "lower", "limit")
        assert found["maximum"].explanation == "typo"

    def test_the_largest_deviation(self) -> None:
        # Between 1 and 5 with mean 3, 20 persons: at most sqrt(4 * 20 / 19) = 2.05.
        shared = {"minimum": "1", "maximum": "5", "mean": "3.0", "n": "20"}
        relation = {"lowest": "1", "highest": "5"}
        assert outcomes(paper(relation, sd="2.1", **shared))["sd"] == "consistent"
        assert outcomes(paper(relation, sd="2.2", **shared))["sd"] == "inconsistent"

    def test_the_ends_of_the_scale_alone_bound_mean_and_deviation(self) -> None:
        relation = {"lowest": "1", "highest": "5"}
        assert outcomes(paper(relation, mean="5.2", sd="0.4", n="20")) == {"mean": "inconsistent"}
        found = outcomes(paper(relation, mean="4.8", sd="1.1", n="20"))
        assert found == {"mean": "consistent", "sd": "inconsistent"}

    def test_the_smallest_deviation(self) -> None:
        # 107 and 169 occur among 26: at least sqrt(2 * 31**2 / 25) = 8.77.
        shared = {"minimum": "107", "maximum": "169", "n": "26"}
        assert outcomes(paper({}, sd="8.8", **shared))["sd"] == "consistent"
        assert outcomes(paper({}, sd="7.9", **shared))["sd"] == "inconsistent"

    def test_a_mean_beyond_what_one_extreme_person_can_do(self) -> None:
        # Ten persons, one of them 10, the others 0 or more: with the maximum 10, M >= 1.
        shared = {"minimum": "0.0", "maximum": "10.0", "n": "10"}
        assert outcomes(paper({"lowest": "0"}, mean="1.0", **shared))["mean"] == "consistent"
        found = {e.value: e for e in checks_of(paper({"lowest": "0"}, mean="0.9", **shared))}
        assert found["mean"].outcome == "inconsistent"
        assert found["mean"].explanation == "different_n"

    def test_minimum_above_maximum(self) -> None:
        """A ledger with these is refused; the bound holds by itself."""
        assert not agrees("minimum", Known(minimum=exact(42), maximum=exact(24)))

    def test_nothing_to_compare_with_gives_no_finding(self) -> None:
        assert outcomes(paper({}, mean="3.2", sd="1.0")) == {}
        assert outcomes(paper({}, minimum="1", maximum="5", sd="9")) == {"minimum": "consistent"}

    def test_rounding_is_carried_through(self) -> None:
        # A maximum printed 65 may be 65.4, a mean printed 4.0 may be 4.04.
        assert agrees(
            "mean", Known(mean=rounding_interval("65.4"), maximum=rounding_interval("65"))
        )
        assert not agrees(
            "mean", Known(mean=rounding_interval("65.6"), maximum=rounding_interval("65"))
        )
