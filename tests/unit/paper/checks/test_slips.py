"""Explanations that name the slips of practice, in results as papers print them."""

import pytest
from scipy import stats
from tests.unit.paper.checks.papers import only, paper, told

from attune.paper.checks.p_check import checks_of_effect_sizes, checks_of_tests

TWO = {"tail": "two"}


def of_f(f: str, df1: str, df2: str, p: str):
    sizes = {"df1": ("df", df1), "df2": ("df", df2)}
    return only(checks_of_tests(paper(test=("F", f), **sizes, p=("p", p, TWO))))


@pytest.mark.parametrize(
    ("f", "df1", "df2", "p", "words"),
    [
        ("5.73", "1", "186", ".01", "Digits cut off instead of rounded would give it."),
        ("10.33", "1", "86", ".01", "p < .01, printed with = for <, would give it."),
        ("1.203", "2", "57", "p < .001", "F = 12.03 instead of 1.203 (a slipped decimal point)"),
        ("4.10", "1", "60", ".47", "p = .047 instead of .47 (a slipped decimal point)"),
    ],
)
def test_a_slip_comes_before_an_unlikely_digit(f, df1, df2, p, words):
    found = of_f(f, df1, df2, p)
    assert told([found]) == [("inconsistent", "slip")]
    assert found.explained.startswith(words)


def test_p_times_the_number_of_tests():
    """Three tests, each p multiplied by 3."""
    values = {}
    for number, t in enumerate(("2.60", "2.10", "2.95")):
        p = 3 * 2 * stats.t.sf(float(t), 40)
        values |= {
            f"t{number}": ("t", t),
            f"df{number}": ("df", "40", {"of": f"t{number}"}),
            f"p{number}": ("p", f"{p:.4f}", {"of": f"t{number}"} | TWO),
        }
    found = list(checks_of_tests(paper(**values)))
    assert told(found) == [("inconsistent", "slip")] * 3
    assert {entry.explained for entry in found} == {
        "p times 3 (Bonferroni correction for 3 tests) would give it."
    }


def test_degrees_of_freedom_corrected_for_sphericity():
    p = stats.f.sf(4.00, 0.6 * 3, 0.6 * 90)
    found = of_f("4.00", "3", "90", f"{p:.4f}")
    assert told([found]) == [("inconsistent", "slip")]
    assert found.explained.startswith("Df corrected for sphericity (Greenhouse-Geisser, epsilon .6")


class TestOtherStatistics:
    @pytest.mark.parametrize(
        ("kind", "printed", "df", "p"),
        [
            ("z", "2.10", None, 2 * stats.norm.sf(2.10)),
            ("chi2", "6.40", "2", stats.chi2.sf(6.40, 2)),
        ],
    )
    def test_z_and_chi_square(self, kind, printed, df, p):
        def outcome(text: str) -> str:
            sizes = {"df": ("df", df)} if df else {}
            values = {"test": (kind, printed), **sizes, "p": ("p", text, TWO)}
            return only(checks_of_tests(paper(**values))).outcome

        assert outcome(f"{p:.3f}") == "consistent"
        assert outcome(f"{p + 0.01:.3f}") == "inconsistent"

    @pytest.mark.parametrize(
        ("p", "outcome"),
        [
            ("p < .02", "inconsistent"),
            ("p = .08", "consistent"),
            ("p > .02", "consistent"),
            ("p > .08", "consistent"),
            ("p < .08", "consistent"),
            ("p = .02", "inconsistent"),
        ],
    )
    def test_a_bound_of_t_is_on_its_size(self, p, outcome):
        """|t| < 2.2 with 28 df leaves p > .036."""
        values = {"test": ("t", "< 2.2"), "df": ("df", "28"), "p": ("p", p, TWO)}
        found = only(checks_of_tests(paper(**values)))
        assert found.outcome == outcome
        assert "t < 2.2, df = 28" in found.sentence

    def test_a_bound_from_below_leaves_either_sign(self):
        keys = {"tail": "one", "direction": "negative"}
        values = {"test": ("t", "> 2.2"), "df": ("df", "28")}
        assert only(checks_of_tests(paper(**values, p=("p", "p < .02", keys)))).outcome
        two = only(checks_of_tests(paper(**values, p=("p", ".08", TWO))))
        assert two.outcome == "inconsistent"


class TestEffectSizes:
    def test_n_alone_bounds_the_p_from_above(self):
        def outcome(p: str) -> str:
            return only(
                checks_of_effect_sizes(paper(test=("d", "-0.63", {"n": 525}), p=("p", p, TWO)))
            ).outcome

        assert outcome(".900") == "inconsistent"
        assert outcome(".200") == outcome("p < .001") == "consistent"

    def test_without_n_it_is_named_as_unchecked(self):
        found = only(checks_of_effect_sizes(paper(test=("d", "-0.63"), p=("p", ".900", TWO))))
        assert found.outcome == "cannot_tell"
        assert "is not checked, which takes n" in found.sentence

    def test_with_both_sizes_the_p_is_that_of_t(self):
        relation = {"design": "independent", "n": ["n1", "n2"], "d": "test"}
        p = stats.ttest_ind_from_stats(0.63, 1, 30, 0, 1, 40).pvalue

        def outcome(p: float) -> str:
            sizes = {"n1": ("count", "30"), "n2": ("count", "40")}
            values = {"test": ("d", "0.63"), **sizes, "p": ("p", f"{p:.3f}", TWO)}
            return only(checks_of_effect_sizes(paper({"comparison": [relation]}, **values))).outcome

        assert outcome(p) == "consistent"
        assert outcome(p + 0.02) == outcome(p / 5) == "inconsistent"
