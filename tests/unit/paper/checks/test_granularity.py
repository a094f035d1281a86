"""GRIM and GRIMMER against published examples and against every small data set there is."""

from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import combinations_with_replacement
from math import isqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.paper.checks.granularity import checks_of
from attune.paper.checks.whole_number_scores import (
    WholeNumberScores,
    deviation_is_possible,
    largest_squares,
    mean_is_informative,
    possible_sums,
    squares_exist,
    squares_of_equal_scores,
    squares_of_extreme_scores,
)
from attune.paper.ledger.ledger import Publication
from attune.stats.intervals import Interval, exact, rounding_interval

WAYS = (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_HALF_DOWN)


def possible(mean: str, sd: str | None, scores: WholeNumberScores) -> bool:
    sums = possible_sums(rounding_interval(mean), scores)
    if sd is None:
        return bool(sums)
    return any(deviation_is_possible(entry, rounding_interval(sd), scores) for entry in sums)


def printed(value: Fraction, places: int, way: str) -> str:
    step = Decimal(1).scaleb(-places)
    # Forty digits of a fraction are exact enough: a tie of few decimals is a short fraction.
    return f"{(Decimal(value.numerator) / Decimal(value.denominator)).quantize(step, way)}"


def root(variance: Fraction, places: int, way: str) -> str:
    """Square root, rounded to places by whole-number arithmetic: right at ties too."""
    scaled = variance * 100**places
    floor = isqrt(scaled.numerator // scaled.denominator)
    half = (Fraction(2 * floor + 1, 2)) ** 2
    round_up = way == ROUND_HALF_UP or (way == ROUND_HALF_EVEN and floor % 2 == 1)
    up = scaled > half or (scaled == half and round_up)
    return f"{Decimal(floor + up).scaleb(-places):.{places}f}"


def all_pairs(scores: WholeNumberScores, places: int) -> set[tuple[str, str]]:
    """Every printed mean and SD of every data set."""
    points = range(scores.least, scores.least + scores.span + 1)
    sums = {
        (sum(people), sum(x * x for x in people))
        for people in combinations_with_replacement(points, scores.n)
    }
    pairs = set()
    for total, squares in sums:
        mean = Fraction(total, scores.n * scores.unit)
        variance = (squares - Fraction(total**2, scores.n)) / ((scores.n - 1) * scores.unit**2)
        pairs |= {
            (printed(mean, places, one), root(variance, places, two))
            for one in WAYS
            for two in WAYS
        }
    return pairs


class TestPublishedExamples:
    @pytest.mark.parametrize(
        ("mean", "n", "items", "exists"),
        [
            # Brown & Heathers (2017): 3.45 of 19 answers; 5.19 of 28 (145 / 28 = 5.18).
            ("3.45", 19, 1, False),
            ("5.19", 28, 1, False),
            ("5.18", 28, 1, True),
            # 43 answers: 226 / 43 = 5.26 and 227 / 43 = 5.28.
            ("5.27", 43, 1, False),
            # Their multi-item case: with items the steps shrink to 1 / (n * items).
            ("3.45", 10, 1, False),
            ("3.45", 10, 2, True),
            ("2.34", 25, 1, False),
            ("2.36", 25, 1, True),
        ],
    )
    def test_grim(self, mean: str, n: int, items: int, exists: bool) -> None:
        assert possible(mean, None, WholeNumberScores(n, items, 1, 7, "mean")) == exists

    @pytest.mark.parametrize(
        ("mean", "sd", "n", "exists"),
        [
            # Anaya's and Allard's example: M = 3.44, SD = 2.47, n = 18 fails, and so does 1.87.
            ("3.44", "2.47", 18, False),
            ("3.44", "2.48", 18, True),
            # Five answers with mean 3: Q is odd, so Q - 45 is 0, 2, 4, ...
            ("3.00", "0.71", 5, True),
            ("3.00", "0.50", 5, False),
            ("3.00", "0.87", 5, False),
            ("3.00", "1.00", 5, True),
        ],
    )
    def test_grimmer(self, mean: str, sd: str, n: int, exists: bool) -> None:
        assert possible(mean, sd, WholeNumberScores(n, 1, 1, 7, "mean")) == exists

    @pytest.mark.parametrize(
        ("mean", "sd", "n", "exists"),
        [
            # The table pigs5 of the R package scrutiny, with the answers of its grimmer_map().
            ("7.22", "5.30", 38, False),
            ("4.74", "6.55", 31, True),
            ("5.23", "2.55", 35, False),
            ("2.57", "2.57", 30, True),
            ("6.77", "2.18", 33, False),
            ("2.68", "2.59", 34, True),
            ("7.01", "6.68", 35, False),
            ("7.38", "3.65", 32, True),
            ("3.14", "5.32", 33, False),
            ("6.89", "4.18", 37, True),
            ("5.00", "2.18", 31, True),
            ("0.24", "6.43", 34, True),
        ],
    )
    def test_as_scrutiny_answers(self, mean: str, sd: str, n: int, exists: bool) -> None:
        assert possible(mean, sd, WholeNumberScores(n, 1, -100, 100, "sum")) == exists

    def test_from_100_answers_on_two_decimals_say_nothing(self) -> None:
        mean = rounding_interval("3.45")
        assert mean_is_informative(mean, WholeNumberScores(33, 3, 1, 7, "mean"))
        assert not mean_is_informative(mean, WholeNumberScores(25, 4, 1, 7, "mean"))
        # A sum score's steps are 1 / n, however many items it has.
        assert mean_is_informative(mean, WholeNumberScores(25, 4, 1, 7, "sum"))


SMALL = [
    WholeNumberScores(n, items, lowest, highest, score)
    for n, items, lowest, highest in [
        (2, 1, 1, 7),
        (2, 3, 0, 4),
        (3, 1, 1, 5),
        (3, 2, 1, 4),
        (4, 1, 1, 5),
        (4, 2, 0, 3),
        (5, 1, 1, 5),
        (5, 2, 0, 2),
        (6, 1, -2, 2),
        (7, 1, 1, 4),
    ]
    for score in ("sum", "mean")
]


class TestAgainstEveryDataSet:
    """The oracle lists all data sets and prints each with both ways of rounding halves."""

    @pytest.mark.parametrize("places", [1, 2])
    @pytest.mark.parametrize("scores", SMALL, ids=str)
    def test_no_existing_data_set_is_called_impossible(
        self, scores: WholeNumberScores, places: int
    ) -> None:
        for mean, sd in all_pairs(scores, places):
            assert possible(mean, sd, scores), (mean, sd)

    @pytest.mark.parametrize("scores", SMALL, ids=str)
    def test_impossible_pairs_found(self, scores: WholeNumberScores) -> None:
        """Of all pairs of a possible mean and any SD: all the impossible ones, where n is tiny."""
        pairs = all_pairs(scores, 2)
        top = max(float(sd) for _, sd in pairs) + 0.3
        grid = [f"{step / 100:.2f}" for step in range(int(top * 100))]
        missed = found = 0
        for mean in {mean for mean, _ in pairs}:
            for sd in grid:
                verdict = possible(mean, sd, scores)
                if (mean, sd) in pairs:
                    assert verdict
                elif verdict:
                    missed += 1
                else:
                    found += 1
        assert missed == 0
        assert found > 0

    @pytest.mark.parametrize("scores", SMALL, ids=str)
    def test_impossible_means_are_all_found(self, scores: WholeNumberScores) -> None:
        means = {mean for mean, _ in all_pairs(scores, 2)}
        low = (scores.least - 2) * 100 // scores.unit
        high = (scores.least + scores.span + 2) * 100 // scores.unit
        for step in range(low, high):
            mean = f"{Decimal(step).scaleb(-2)}"
            exists = mean in means or (Decimal(mean) == 0 and "0.00" in means)
            assert possible(mean, None, scores) == exists, mean


answers = st.integers(min_value=2, max_value=40).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(min_value=0, max_value=12), min_size=n, max_size=n),
        st.sampled_from(["sum", "mean"]),
        st.integers(min_value=0, max_value=3),
        st.sampled_from(WAYS),
        st.sampled_from(WAYS),
    )
)


class TestProperties:
    @given(answers)
    def test_no_false_alarm(self, drawn: tuple[list[int], str, int, str, str]) -> None:
        people, score, places, one, two = drawn
        scores = WholeNumberScores(len(people), 3, 0, 4, score)
        mean = Fraction(sum(people), scores.n * scores.unit)
        centred = sum(x * x for x in people) - Fraction(sum(people) ** 2, scores.n)
        sd = root(centred / ((scores.n - 1) * scores.unit**2), places, two)
        assert possible(printed(mean, places, one), sd, scores)

    @given(st.lists(st.integers(min_value=0, max_value=9), min_size=1, max_size=6))
    def test_bounds_of_squares(self, people: list[int]) -> None:
        squares, total = sum(x * x for x in people), sum(people)
        assert squares_of_equal_scores(total, len(people)) <= squares
        assert squares <= squares_of_extreme_scores(total, 9)
        assert squares_exist(len(people), total, squares, 9)

    @given(
        st.lists(st.fractions(min_value=2, max_value=5, max_denominator=20), min_size=2),
        st.fractions(min_value=0, max_value=1, max_denominator=9),
    )
    def test_largest_squares_hold_every_data_set(
        self, people: list[Fraction], slack: Fraction
    ) -> None:
        mean = sum(people) / len(people)
        squares = sum((x - mean) ** 2 for x in people)
        around = Interval(mean - slack, mean + slack / 2)
        assert squares <= largest_squares(len(people), Fraction(2), Fraction(5), around)

    def test_largest_squares_are_reached(self) -> None:
        """Whole-number data sets with few people reach the bound for their own mean."""
        for people in combinations_with_replacement(range(5), 4):
            mean = Fraction(sum(people), 4)
            best = squares_of_extreme_scores(sum(people), 4) - 4 * mean**2
            bound = largest_squares(4, Fraction(0), Fraction(4), exact(str(mean)))
            assert bound == best


def paper(mean: str, sd: str, n: str, **relation: object) -> Publication:
    declared = {"mean": "m", "sd": "sd", "n": "n", "items": 1, "lowest": 1, "highest": 7}
    shared = {"places": ["Text"], "quoted": "made up"}
    return Publication.model_validate(
        {
            "publication": "a",
            "citation": "A.",
            "values": [
                {"id": "m", "printed": mean, "kind": "mean", **shared},
                {"id": "sd", "printed": sd, "kind": "sd", **shared},
                {"id": "n", "printed": n, "kind": "count", **shared},
            ],
            "relations": {"granularity": [{**declared, "score": "mean", **relation}]},
        }
    )


class TestFindings:
    def test_of_an_impossible_mean(self) -> None:
        (found,) = checks_of(paper("3.45", "1.20", "19"))
        assert (found.value, found.outcome) == ("m", "inconsistent")
        assert found.possible == "3.42 or 3.47"
        assert found.explanation == "different_n"
        assert "65.455 to 65.645" in found.arithmetic

    def test_of_an_impossible_deviation(self) -> None:
        mean, sd = checks_of(paper("3.44", "2.47", "18"))
        assert (mean.outcome, sd.outcome) == ("consistent", "inconsistent")
        assert sd.possible == "2.45 or 2.48"
        assert sd.values == ("sd", "m", "n")

    def test_an_sd_that_divides_by_n_has_an_explanation(self) -> None:
        """2, 2, 3, 4 and 5 have the mean 3.20; 6.8 / 5 is 1.17 squared, 6.8 / 4 is 1.30 squared."""
        _, found = checks_of(paper("3.20", "1.17", "5", lowest=1, highest=5))
        assert (found.outcome, found.explanation) == ("inconsistent", "different_test")
        assert found.explained == "An SD that divides by n instead of n - 1 would give it."

    def test_too_many_cases_tell_nothing(self) -> None:
        mean, sd = checks_of(paper("3.44", "1.21", "1800"))
        assert mean.outcome == sd.outcome == "cannot_tell"
        assert mean.sentence.startswith("Too many cases for these decimals")

    def test_too_many_cases_still_have_bounds(self) -> None:
        mean, sd = checks_of(paper("3.44", "3.21", "1800"))
        assert (mean.outcome, sd.outcome) == ("cannot_tell", "inconsistent")
        (found,) = checks_of(paper("7.44", "1.21", "1800"))
        assert found.outcome == "inconsistent"

    def test_very_many_cases_are_quick(self) -> None:
        mean, sd = checks_of(paper("3.4", "1.2", "10000000"))
        assert mean.outcome == sd.outcome == "cannot_tell"

    def test_one_person_has_no_deviation(self) -> None:
        (found,) = checks_of(paper("3.00", "0.00", "1"))
        assert (found.value, found.outcome) == ("m", "consistent")

    def test_a_mean_that_is_not_printed_in_digits_is_not_checked(self) -> None:
        assert not list(checks_of(paper("> 3", "1", "19")))
