"""p from r, t and F, and stars: published examples, known errors, and every explanation."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from tests.unit.paper.checks.papers import only, paper, told

from attune.paper.checks import stars
from attune.paper.checks.p_check import checks_of_correlations, checks_of_tests

TWO = {"tail": "two"}
ONE = {"tail": "one", "direction": "positive"}


def of_t(t: str, df: str, p: str, **keys: str):
    return only(checks_of_tests(paper(test=("t", t), df=("df", df), p=("p", p, keys or TWO))))


def of_r(r: str, n: int, p: str, **keys: str):
    return only(checks_of_correlations(paper(test=("r", r, {"n": n}), p=("p", p, keys or TWO))))


class TestPublishedExamples:
    """Results that the makers and users of statcheck discuss in its manual and its issues."""

    def test_the_example_of_the_manual(self):
        assert of_t("2.2", "28", "p < .05").outcome == "consistent"

    def test_r_is_rounded_too(self):
        """r(97) = .17 gives .0925; an r of .1745 gives the printed .084."""
        found = of_r(".17", 99, ".084")
        assert found.outcome == "consistent"
        assert found.possible == ".0831 to .1027"

    def test_t_without_decimals_leaves_much_open(self):
        """t(10) = 3 gives .0133; anything from 2.5 to 3.5 may have been printed 3."""
        assert of_t("3", "10", ".009").outcome == "consistent"
        assert told([of_t("3.00", "10", ".009")]) == [("inconsistent", "typo")]

    @pytest.mark.parametrize("p", ["p < .04", "p < .05", "p < .06", ".04"])
    def test_a_one_tailed_test_may_be_printed_with_any_bound_above_its_p(self, p):
        found = of_t("1.80", "40", p, **ONE)
        assert found.outcome == "consistent"

    def test_two_tailed_the_same_bound_does_not_hold(self):
        found = of_t("1.80", "40", "p < .04")
        assert told([found]) == [("inconsistent", "different_tail")]
        assert found.explained.startswith("The one-tailed p would fit")

    def test_a_one_tailed_p_on_the_wrong_side_is_not_half_of_the_two_tailed(self):
        """R's data set sleep: t(18) = -1.8608, two-tailed .0792, one-tailed above .9604."""
        assert of_t("-1.8608", "18", ".079").outcome == "consistent"
        assert of_t("-1.8608", "18", ".960", **ONE).outcome == "consistent"
        found = of_t("-1.8608", "18", ".040", **ONE)
        assert told([found]) == [("inconsistent", "different_tail")]
        assert "against the predicted direction" in found.explained

    def test_p_of_zero_is_rounded(self):
        assert of_t("5.00", "60", ".000").outcome == "consistent"

    def test_a_p_of_zero_covers_values_that_round_to_zero(self):
        assert of_t("5.00", "60", "p < .000").outcome == "consistent"
        assert of_t("2.00", "60", "p < .000").outcome == "inconsistent"


class TestExplanations:
    """The simplest explanation is named, with what would be consistent."""

    def test_another_tail_comes_first(self):
        found = of_r(".456", 26, ".0096")
        assert told([found]) == [("inconsistent", "different_tail")]

    def test_then_another_n(self):
        found = of_r("-.396", 21, ".084")
        assert told([found]) == [("inconsistent", "different_n")]
        assert found.explained == "n = 20 instead of 21 would give it."

    def test_then_a_typo_of_the_p(self):
        found = of_t(".58", "23", ".58")
        assert told([found]) == [("inconsistent", "typo")]
        assert found.explained == "p = .57 instead of .58 (one digit) would be consistent."
        assert found.possible == ".564 to .571"
        assert found.arithmetic == "t = .58, df = 23: two-tailed p = .564 to .571; printed .58"

    def test_swapped_digits_come_before_a_wrong_one(self):
        p = 2 * stats.t.sf(2.31, 200)
        assert f"{p:.4f}" == "0.0219"
        found = of_t("2.31", "200", ".0291")
        assert found.explained.startswith("p = .0219 instead of .0291 (two digits swapped)")

    def test_a_typo_of_the_statistic(self):
        """A bound has no digits of its own that could be wrong."""
        found = of_t("0.28", "20", "p < .001")
        assert told([found]) == [("inconsistent", "typo")]
        assert "t = " in found.explained

    def test_nothing_harmless_is_left(self):
        found = of_t("0.10", "20", ".5000")
        assert told([found]) == [("inconsistent", "impossible")]
        assert found.explained.startswith("No other number of cases near it")

    def test_consistent_findings_need_none(self):
        found = of_t(".65", "23", ".52")
        assert (found.explanation, found.explained) == (None, "")


class TestTails:
    def test_the_consistent_tail_is_stated(self):
        assert "one-tailed only" in of_r(".379", 26, "p < .05", **ONE).sentence
        assert "two-tailed only" in of_t(".65", "23", ".52").sentence
        assert "one- and two-tailed" in of_r(".6", 26, "p < .05").sentence

    def test_a_negative_prediction_turns_the_tail(self):
        negative = {"tail": "one", "direction": "negative"}
        assert of_r("-.481", 26, "p < .05", **negative).outcome == "consistent"
        assert of_r("-.481", 26, "p < .05", **ONE).outcome == "inconsistent"
        assert of_r(".163", 26, "not significant", **negative).outcome == "consistent"

    def test_without_a_declared_tail_either_will_do(self):
        assert of_t("1.80", "40", ".08", tail=None).outcome == "consistent"
        assert of_t("1.80", "40", ".04", tail=None).outcome == "consistent"
        assert of_t("1.80", "40", ".06", tail=None).outcome == "inconsistent"

    def test_a_p_on_the_other_side_is_another_tail(self):
        """statcheck, issue 17: t(18) = -1.8608 with the alternative "greater" has p = .9604."""
        assert of_t("-1.8608", "18", ".9604", **ONE).outcome == "consistent"
        found = of_t("-1.8608", "18", ".0396", **ONE)
        assert told([found]) == [("inconsistent", "different_tail")]
        assert found.explained == "The one-tailed p against the predicted direction would fit."
        undeclared = of_t("-1.8608", "18", ".9604", tail=None)
        assert told([undeclared]) == [("inconsistent", "different_tail")]

    def test_half_of_the_p_of_f_is_one_tailed_if_it_is_the_square_of_a_t(self):
        def found(first: str, **tail: str):
            values = {"first": ("df", first), "second": ("df", "9")}
            return only(
                checks_of_tests(paper(test=("F", "17.99"), p=("p", half[first], tail), **values))
            )

        half = {df: f"{stats.f.sf(17.99, int(df), 9) / 2:.5f}" for df in ("1", "2")}
        assert told([found("1")]) == [("inconsistent", "different_tail")]
        assert found("1", **ONE).outcome == "consistent"
        assert found("2", **ONE).outcome == "inconsistent"


class TestInputs:
    def test_a_df_of_welch_that_was_rounded_to_a_whole_number(self):
        """t(5.4) = 2.57 has p = .046, t(5) has .050."""
        relation = {"df": "df", "design": "welch", "cases": ["n"]}
        values = {"test": ("t", "2.57"), "df": ("df", "5"), "p": ("p", ".046", TWO)}
        student = paper(**values)
        welch = paper({"degrees_of_freedom": [relation]}, n=("count", "12"), **values)
        assert only(checks_of_tests(student)).outcome == "inconsistent"
        assert only(checks_of_tests(welch)).outcome == "consistent"

    def test_a_partial_correlation_has_its_own_df(self):
        p = 2 * stats.t.sf(0.5 * (22 / 0.75) ** 0.5, 22)
        values = {"df": ("df", "22"), "p": ("p", f"{p:.3f}", TWO)}
        found = only(checks_of_correlations(paper(test=("r", ".500", {"n": 25}), **values)))
        assert found.outcome == "consistent"
        assert "r = .500, df = 22" in found.sentence

    def test_f_has_two_degrees_of_freedom(self):
        """F(1, 18) = 3.4626 is the square of t(18) = 1.8608."""
        values = {"first": ("df", "1"), "second": ("df", "18")}
        good = paper(test=("F", "3.4626"), p=("p", ".079", TWO), **values)
        bad = paper(test=("F", "3.4626"), p=("p", ".040", TWO), **values)
        assert only(checks_of_tests(good)).outcome == "consistent"
        assert only(checks_of_tests(bad)).outcome == "inconsistent"
        assert "F = 3.4626, df = 1 and 18" in only(checks_of_tests(good)).sentence

    def test_welch_df_are_rounded(self):
        p = 2 * stats.t.sf(2.5, 22.44)
        assert of_t("2.50", "22.4", f"{p:.6f}").outcome == "consistent"

    def test_degrees_of_freedom_stand_for_the_n_of_a_correlation(self):
        found = only(
            checks_of_correlations(paper(test=("r", ".17"), df=("df", "97"), p=("p", ".084", TWO)))
        )
        assert (found.outcome, found.values) == ("consistent", ("p", "test", "df"))

    def test_what_is_not_printed_is_not_judged(self):
        assert not list(checks_of_tests(paper(test=("t", "2", {"n": 20}), p=("p", ".05", TWO))))
        alone = paper(test=("r", ".4", {"n": 20}), p=("p", ".04", {"of": None} | TWO))
        assert not list(checks_of_correlations(alone))


class TestStars:
    def starred(self, r: str, n: int, star: str, tail: dict, **bounds: str):
        return only(
            stars.checks_of(paper(test=("r", r, {"n": n}), star=("stars", star, tail | bounds)))
        )

    def test_one_star_too_few(self):
        found = self.starred(".456", 26, "*", ONE, below=".05", at_least=".01")
        assert told([found]) == [("inconsistent", "different_tail")]
        assert found.explained == "The two-tailed p would fit; so would n = 25 instead of 26."
        assert found.possible == ".0095 to .0097"
        assert "* (p from .01 to below .05)" in found.sentence

    def test_stars_that_hold(self):
        assert self.starred(".595", 26, "**", ONE, below=".01").outcome == "consistent"
        assert self.starred("0.291", 26, "no star", ONE, at_least=".05").outcome == "consistent"

    def test_a_star_at_the_edge_of_rounding(self):
        """Of 26 cases .3882 is the least r that is significant two-tailed."""
        assert self.starred(".388", 26, "*", TWO, below=".05").outcome == "consistent"
        assert self.starred(".388", 26, "no star", TWO, at_least=".05").outcome == "consistent"
        assert self.starred(".387", 26, "*", TWO, below=".05").outcome == "inconsistent"

    def test_stars_against_the_p_of_the_same_value(self):
        def pair(p: str, **bounds: str):
            values = {"star": ("stars", "*", TWO | bounds), "p": ("p", p, TWO)}
            return only(stars.checks_against_p(paper(test=("r", ".45", {"n": 26}), **values)))

        assert pair(".021", below=".05", at_least=".01").outcome == "consistent"
        assert pair("p < .05", below=".05", at_least=".01").outcome == "consistent"
        assert pair("p < .001", below=".05", at_least=".01").outcome == "inconsistent"
        found = pair(".06", below=".05")
        assert told([found]) == [("inconsistent", "different_tail")]
        assert pair(".70", below=".05").explanation == "typo"

    def test_stars_that_belong_to_the_two_tailed_p(self):
        values = {"star": ("stars", "no star", ONE | {"at_least": ".05"}), "p": ("p", ".03", ONE)}
        found = only(stars.checks_against_p(paper(test=("r", ".37", {"n": 26}), **values)))
        assert told([found]) == [("inconsistent", "different_tail")]
        assert found.explained == "The two-tailed p would fit."


ways = st.sampled_from([ROUND_HALF_UP, ROUND_HALF_EVEN])
digits = st.integers(min_value=2, max_value=4)


def rounded(value: float, places: int, way: str) -> str:
    return str(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), way))


@given(
    st.floats(min_value=-0.99, max_value=0.99),
    st.integers(min_value=4, max_value=500),
    digits,
    digits,
    ways,
    st.sampled_from([TWO, ONE, {"tail": "one", "direction": "negative"}, {"tail": None}]),
)
def test_no_true_result_is_doubted(r, n, places, places_of_p, way, tail):
    """Whatever is computed from one r and rounded as journals do, is consistent."""
    t = r * ((n - 2) / (1 - r * r)) ** 0.5
    two, upper = float(2 * stats.t.sf(abs(t), n - 2)), float(stats.t.sf(t, n - 2))
    lower = float(stats.t.cdf(t, n - 2))
    p = two if tail["tail"] != "one" else {"positive": upper, "negative": lower}[tail["direction"]]
    level = next((text for text in ("0.001", "0.01", "0.05") if p < float(text)), None)
    bounds = {"below": level} if level else {"at_least": "0.05"}
    paper_of_it = paper(
        test=("r", rounded(r, places, way), {"n": n}),
        p=("p", rounded(p, places_of_p, way), tail),
        star=("stars", "*" if level else "no star", tail | bounds),
    )
    found = [
        *checks_of_correlations(paper_of_it),
        *stars.checks_of(paper_of_it),
        *stars.checks_against_p(paper_of_it),
    ]
    assert [entry.outcome for entry in found] == ["consistent"] * 3


def test_a_truncated_p_is_doubted():
    """Cutting digits off is not rounding."""
    p = 2 * stats.t.sf(2.00, 30)
    cut = str(Decimal(repr(float(p))).quantize(Decimal("0.001"), ROUND_DOWN))
    assert cut == "0.054"
    assert of_t("2.000", "30", cut).outcome == "inconsistent"
