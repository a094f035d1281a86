"""Variance, degrees of freedom, percentages, sums, repeated numbers, words: good and bad."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.paper.checks.papers import only, paper, told

from attune.paper.checks import (
    degrees_of_freedom,
    effect_label,
    parts_of_whole,
    percentage,
    r_squared,
    same_quantity,
)
from attune.stats.intervals import Interval, exact

ways = st.sampled_from([ROUND_HALF_UP, ROUND_HALF_EVEN])
places = st.integers(min_value=0, max_value=3)


def rounded(value: Fraction, digits: int, way: str) -> str:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{exact.quantize(Decimal(1).scaleb(-digits), way):f}"


class TestVariance:
    def found(self, r: str, share: str, kind: str = "r_squared_percent"):
        return only(r_squared.checks_of(paper(test=("r", r), share=(kind, share))))

    @pytest.mark.parametrize(
        ("r", "share"), [(".449", "20.2"), ("-.547", "30"), (".379", "14.4"), (".05", "0.2")]
    )
    def test_squares(self, r, share):
        assert self.found(r, share).outcome == "consistent"

    def test_a_share_is_not_a_percentage(self):
        assert self.found(".5", ".25", "r_squared").outcome == "consistent"
        assert self.found(".5", "25", "r_squared_percent").outcome == "consistent"
        assert self.found(".50", ".25", "r_squared_percent").outcome == "inconsistent"

    def test_an_r_around_zero_may_explain_nothing(self):
        assert self.found(".00", "0.0000").outcome == "consistent"

    def test_is_shown_in_its_own_unit(self):
        found = self.found(".449", "20.2")
        assert found.sentence == (
            "r = .449 explains 20.11 to 20.21 % of the variance, and the paper prints 20.2 %."
        )
        assert self.found(".5", ".25", "r_squared").arithmetic == (
            "(.5)**2 = .202 to .303; printed .25"
        )

    def test_swapped_digits(self):
        found = self.found(".525", "26.7")
        assert told([found]) == [("inconsistent", "typo")]
        assert found.possible == "27.5 to 27.7"

    @given(st.fractions(min_value=-1, max_value=1, max_denominator=10**6), places, ways)
    def test_no_true_share_is_doubted(self, r, digits, way):
        found = self.found(rounded(r, 3, way), rounded(100 * r * r, digits, way))
        assert found.outcome == "consistent"


class TestDegreesOfFreedom:
    def found(self, df: str, design: str = "independent", n: int | None = None, **cases: str):
        relation = {"df": "df", "design": design, "cases": list(cases)}
        counts = {name: ("count", size) for name, size in cases.items()}
        test = ("t", "1.2", {"n": n} if n else {})
        values = paper({"degrees_of_freedom": [relation]}, test=test, df=("df", df), **counts)
        return list(degrees_of_freedom.checks_of(values))

    @pytest.mark.parametrize(
        ("df", "design", "cases"),
        [
            ("24", "independent", {"a": "12", "b": "14"}),
            ("24", "independent", {"all": "26"}),
            ("23", "independent", {"a": "10", "b": "8", "c": "8"}),
            ("25", "paired", {"all": "26"}),
            ("24", "correlation", {"all": "26"}),
            ("22.4", "independent", {"a": "12", "b": "14"}),
            ("11.0", "independent", {"a": "12", "b": "14"}),
        ],
    )
    def test_that_hold(self, df, design, cases):
        assert told(self.found(df, design, **cases)) == [("consistent", None)]

    def test_one_case_too_few(self):
        found = only(self.found("23", a="12", b="14"))
        assert told([found]) == [("inconsistent", "different_n")]
        assert found.explained == "n = 25 instead of 26 would give it; so would Welch's test."
        assert found.arithmetic.startswith("n = 12 + 14 = 26: df = 24")

    def test_welch_lies_between_its_limits(self):
        assert only(self.found("24.6", a="12", b="14")).outcome == "inconsistent"
        assert only(self.found("10.4", a="12", b="14")).outcome == "inconsistent"

    def test_an_n_of_the_test_that_the_groups_do_not_add_up_to(self):
        both = self.found("23", n=25, a="12", b="14")
        assert told(both) == [("inconsistent", "different_n"), ("consistent", None)]
        assert len(self.found("24", n=26, a="12", b="14")) == 1

    def test_without_a_relation_either_design_will_do(self):
        def of(df: str):
            values = paper(test=("t", "2", {"n": 26}), df=("df", df))
            return told(degrees_of_freedom.checks_of(values))

        assert of("24") == of("25") == [("consistent", None)]
        assert of("23") == [("inconsistent", "different_n")]
        assert of("12") == [("inconsistent", "different_test")]

    def test_the_df_of_welch_may_be_rounded_or_cut_off(self):
        for df in ("10", "11", "18", "24"):
            assert told(self.found(df, "welch", a="12", b="14")) == [("consistent", None)]
        for df in ("9", "25"):
            assert only(self.found(df, "welch", a="12", b="14")).outcome == "inconsistent"

    def test_a_partial_correlation_has_fewer(self):
        def of(df: str, declared: bool = True, **keys: int):
            relation = {"df": "df", "design": "correlation", "cases": ["n"]}
            relations = {"degrees_of_freedom": [relation]} if declared else {}
            values = {"test": ("r", ".5", {"n": 9} | keys), "df": ("df", df)}
            return only(degrees_of_freedom.checks_of(paper(relations, n=("count", "9"), **values)))

        assert (
            of("6").explained == "n = 8 instead of 9 would give it; so would a partial correlation."
        )
        assert told([of("3")]) == [("inconsistent", "different_test")]
        assert told([of("3", covariates=4)]) == [("consistent", None)]
        # Where nothing states the design, a partial correlation is as likely.
        undeclared = of("3", declared=False)
        assert undeclared.outcome == "cannot_tell"
        assert "add covariates: 4 to the r" in undeclared.sentence
        assert told([of("3", declared=False, covariates=4)]) == [("consistent", None)]
        assert told([of("3", declared=False, covariates=3)]) == [("inconsistent", "different_n")]
        assert told([of("8")]) == [("inconsistent", "different_n")]

    def test_far_off_is_a_typo(self):
        assert told(self.found("42", a="12", b="14")) == [("inconsistent", "typo")]


class TestPercentage:
    def found(self, percent: str, base: str, count: str | None = None):
        relation = {"percent": "share", "base": "base"} | ({"count": "count"} if count else {})
        values = {"share": ("percent", percent), "base": ("count", base)}
        values |= {"count": ("count", count)} if count else {}
        return only(percentage.checks_of(paper({"percentage": [relation]}, **values)))

    def test_with_its_count(self):
        assert self.found("57.7", "26", "15").outcome == "consistent"
        assert self.found("77", "26", "20").outcome == "consistent"
        found = self.found("23.2", "26", "6")
        assert told([found]) == [("inconsistent", "typo")]
        assert found.explained == "23.1 instead of 23.2 (one digit) would be consistent."
        assert found.arithmetic == "6 of 26 = 23.08 %; printed 23.2"

    def test_is_shown_so_that_a_reader_can_round_it(self):
        assert self.found("3.8", "26", "1").arithmetic == "1 of 26 = 3.846 %; printed 3.8"
        assert self.found("12.5", "8", "1").arithmetic == "1 of 8 = 12.50 %; printed 12.5"

    def test_another_base(self):
        found = self.found("57.7", "20")
        assert told([found]) == [("inconsistent", "different_n")]
        assert found.explained == "base = 26 instead of 20 would give it."
        assert found.possible == "55.00 or 60.00"

    def test_a_wrong_count(self):
        found = self.found("23.1", "26", "9")
        assert found.explained == "count = 6 instead of 9 (one digit) would be consistent."

    def test_too_many_cases_to_tell(self):
        assert self.found("34.7", "2000").outcome == "cannot_tell"
        assert self.found("35", "100").outcome == "cannot_tell"
        assert self.found("34.7", "2000", "694").outcome == "consistent"

    def test_grim_against_counting(self):
        """All percentages with one decimal that 26 cases can give, counted out."""
        reached = {rounded(Fraction(100 * k, 26), 1, ROUND_HALF_UP) for k in range(27)}
        for tenths in range(1001):
            printed = f"{tenths // 10}.{tenths % 10}"
            expected = "consistent" if printed in reached else "inconsistent"
            assert self.found(printed, "26").outcome == expected, printed

    @given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), places)
    def test_no_true_percentage_is_doubted(self, sizes, digits):
        count, base = sizes
        for way in (ROUND_HALF_UP, ROUND_HALF_EVEN):
            printed = rounded(Fraction(100 * count, base), digits, way)
            assert self.found(printed, str(base), str(count)).outcome == "consistent"
            assert self.found(printed, str(base)).outcome != "inconsistent"


class TestParts:
    def found(self, kind: str, whole: str, *parts: str, complete: bool = True):
        names = [f"part_{place}" for place, _ in enumerate(parts)]
        values = {name: (kind, part) for name, part in zip(names, parts, strict=True)}
        literal = kind == "percent"
        values |= {} if literal else {"whole": (kind, whole)}
        relation = {"whole": whole if literal else "whole", "parts": names, "complete": complete}
        return only(parts_of_whole.checks_of(paper({"parts_of_whole": [relation]}, **values)))

    def test_that_add_up(self):
        assert self.found("count", "26", "17", "9").outcome == "consistent"
        assert self.found("percent", "100", "57.7", "26.9", "15.4").outcome == "consistent"
        assert self.found("percent", "100", "33.3", "33.3", "33.3").outcome == "consistent"
        assert self.found("mean", "132", "37.8", "31", "30.3", "32.7").outcome == "consistent"

    def test_a_person_is_missing(self):
        found = self.found("count", "26", "20", "4", "1")
        assert told([found]) == [("inconsistent", "different_n")]
        assert self.found("count", "26", "20", "4", "1", complete=False).outcome == "consistent"

    def test_a_total_that_its_parts_cannot_give(self):
        found = self.found("mean", "133", "37.8", "31", "30.3", "32.7")
        assert told([found]) == [("inconsistent", "typo")]
        assert (found.value, found.possible) == ("whole", "131.15 to 132.45")
        assert found.explained == "132 instead of 133 (one digit) would be consistent."

    def test_percentages_beyond_rounding(self):
        found = self.found("percent", "100", "33.3", "33.3", "33.1")
        assert (found.outcome, found.value, found.possible) == ("inconsistent", "part_0", "100")

    def test_more_than_the_whole(self):
        assert self.found("count", "26", "20", "7", complete=False).outcome == "inconsistent"
        rounded_up = self.found("percent", "100", "33.4", "33.3", "33.4", complete=False)
        assert rounded_up.outcome == "consistent"

    @given(st.lists(st.fractions(0, 50, max_denominator=999), min_size=2, max_size=6), places, ways)
    def test_no_true_sum_is_doubted(self, parts, digits, way):
        printed = [rounded(part, digits, way) for part in parts]
        assert (
            self.found("mean", rounded(sum(parts), digits, way), *printed).outcome == "consistent"
        )


class TestSameQuantity:
    def found(self, *printed: str):
        names = [f"value_{place}" for place, _ in enumerate(printed)]
        values = {name: ("r", text) for name, text in zip(names, printed, strict=True)}
        return list(
            same_quantity.checks_of(paper({"same_quantity": [{"values": names}]}, **values))
        )

    def test_more_decimals_are_the_same_number(self):
        assert told(self.found(".456", "0.46", ".456")) == [("consistent", None)] * 2

    def test_swapped_digits(self):
        found = only(self.found("0.291", ".219"))
        assert (found.outcome, found.explanation) == ("inconsistent", "typo")
        assert found.explained == ".291 instead of .219 (two digits swapped) would be consistent."

    def test_a_lost_sign(self):
        assert "the sign" in only(self.found("-.396", ".396")).explained

    def test_entirely_different_numbers(self):
        assert told(self.found(".15", ".92")) == [("inconsistent", "impossible")]


class TestEffectLabel:
    def found(self, measure: str, printed: str, label: str):
        relation = {"value": "effect", "measure": measure, "label": label}
        values = paper({"effect_label": [relation]}, effect=(measure, printed))
        return only(effect_label.checks_of(values))

    @pytest.mark.parametrize(
        ("measure", "printed", "label"),
        [
            ("r", ".10", "small"),
            ("r", "-.413", "medium"),
            ("r", ".50", "large"),
            ("r", ".50", "medium"),  # .4950 to .4999 are printed so
            ("d", "0.8", "large"),
            ("d", "0.79", "medium"),
        ],
    )
    def test_that_hold(self, measure, printed, label):
        assert self.found(measure, printed, label).outcome == "consistent"

    def test_a_threshold_belongs_to_the_larger_name(self):
        names = ("less than small", "small", "medium", "large")
        for measure, starts in effect_label.THRESHOLDS.items():
            for start, below, name in zip(starts.values(), names, names[1:], strict=False):
                assert effect_label.labels_of(exact(start), measure) == [name]
                just_below = Interval(exact(start).low - Fraction(1, 10**6), exact(start).low)
                assert effect_label.labels_of(just_below, measure) == [below, name]

    @pytest.mark.parametrize(
        ("measure", "printed", "label", "meant"),
        [
            ("r", ".525", "medium", "large"),
            ("r", ".500", "small", "medium or large"),
            ("r", ".03", "small", "less than small"),
            ("r", ".29", "medium", "small"),
            ("d", "0.52", "large", "medium"),
        ],
    )
    def test_that_do_not(self, measure, printed, label, meant):
        found = self.found(measure, printed, label)
        assert (found.outcome, found.possible) == ("inconsistent", meant)
