"""Means, SDs, and sizes against t, F, d, g, SE and limits; estimates against SE, t and limits."""

import pytest
from scipy import stats
from tests.unit.paper.checks.papers import only, paper, told

from attune.paper.checks import confidence_limits, estimate, eta_squared, standard_error
from attune.paper.checks.audit import audit_publication
from attune.paper.checks.comparison import checks_of

TWO_GROUPS = {
    "n1": ("count", "20"),
    "n2": ("count", "20"),
    "m1": ("mean", "12.0"),
    "m2": ("mean", "10.0"),
    "s1": ("sd", "2.0"),
    "s2": ("sd", "2.0"),
}


def compared(design: str = "independent", **values):
    """Findings about two groups of 20 with means of 12 and 10 and SDs of 2."""
    every = TWO_GROUPS | {name: entry for name, entry in values.items() if entry is not None}
    keys = {"n": ["n1", "n2"], "means": ["m1", "m2"], "sds": ["s1", "s2"]}
    single = {name: name for name in values if name not in TWO_GROUPS}
    relation = {"design": design, **keys, **single}
    return list(checks_of(paper({"comparison": [relation]}, **every)))


class TestTwoGroups:
    def test_t_and_d_that_these_means_cannot_have(self):
        """t is 3.16 and d 1.0."""
        found = compared(t=("t", "1.05"), d=("d", "0.10"))
        assert [finding.outcome for finding in found] == ["inconsistent"] * 2
        assert [finding.possible for finding in found] == ["2.93 to 3.41", "0.90 to 1.11"]

    def test_what_they_give(self):
        by_formula = stats.ttest_ind_from_stats(12, 2, 20, 10, 2, 20)
        values = {
            "t": ("t", f"{by_formula.statistic:.2f}"),
            "f": ("F", f"{by_formula.statistic**2:.2f}"),
            "d": ("d", "1.00"),
            "g": ("g", "0.98"),
            "difference": ("difference", "2.0"),
            "se": ("se", "0.63"),
            "ci_low": ("ci_low", "0.72"),
            "ci_high": ("ci_high", "3.28"),
        }
        found = compared(**values)
        assert [f.value for f in found if f.outcome != "consistent"] == []
        assert {f.value for f in found} == set(values)

    def test_the_order_of_subtraction_is_the_papers_choice(self):
        found = compared(t=("t", "-3.16"), ci_low=("ci_low", "-3.28"), ci_high=("ci_high", "-0.72"))
        assert [finding.outcome for finding in found] == ["consistent"] * 3

    def test_either_t_test_unless_it_is_declared_to_be_welchs(self):
        values = {"n2": ("count", "80"), "s2": ("sd", "4.0")}
        student = stats.ttest_ind_from_stats(12, 2, 20, 10, 4, 80).statistic
        welch = stats.ttest_ind_from_stats(12, 2, 20, 10, 4, 80, equal_var=False).statistic
        for t in (student, welch):
            assert told(compared(**values, t=("t", f"{t:.2f}"))) == [("consistent", None)]
        declared = compared("welch", **values, t=("t", f"{student:.2f}"))
        assert only(declared).outcome == "inconsistent"

    def test_the_alternative_that_fits_is_named(self):
        values = {"n2": ("count", "80"), "s2": ("sd", "4.0")}
        assert "SD of the first group (Glass)" in only(compared(**values, d=("d", "1.00"))).sentence
        assert only(compared(**values, d=("d", "1.20"))).outcome == "inconsistent"

    def test_standard_errors_printed_as_sds(self):
        """With 2.0 as SE, the SD is 8.94 and t 0.71."""
        found = only(compared(t=("t", "0.71")))
        assert told([found]) == [("inconsistent", "slip")]
        assert found.explained == "Standard errors printed as SDs would give it."

    def test_a_slipped_decimal_point(self):
        found = only(compared(d=("d", ".10")))
        assert found.explained == "1.0 instead of .10 (a slipped decimal point) would give it."

    @pytest.mark.parametrize(
        ("p", "tail", "outcome"),
        [
            (".003", "two", "consistent"),
            (".030", "two", "inconsistent"),
            ("p < .01", "two", "consistent"),
            ("p > .05", "two", "inconsistent"),
            (".0015", "one", "consistent"),
            (".9985", "one", "consistent"),
            (".003", "one", "inconsistent"),
        ],
    )
    def test_the_p_of_means_without_a_printed_test(self, p, tail, outcome):
        keys = {"of": None, "tail": tail}
        keys |= {"direction": "positive"} if tail == "one" else {}
        # The means have more decimals here, so that the p is narrow.
        values = {"m1": ("mean", "12.000"), "m2": ("mean", "10.000"), "s1": ("sd", "2.000")}
        found = only(compared(**values, s2=("sd", "2.000"), p=("p", p, keys)))
        assert found.outcome == outcome

    def test_d_from_t_where_no_means_are_printed(self):
        relation = {"design": "independent", "n": ["n1", "n2"], "t": "t", "d": "d"}
        sizes = {name: TWO_GROUPS[name] for name in ("n1", "n2")}

        def of(d: str):
            values = {**sizes, "t": ("t", "3.16"), "d": ("d", d)}
            return only(checks_of(paper({"comparison": [relation]}, **values)))

        assert of("1.00").outcome == "consistent"
        assert of("1.03").outcome == "consistent"  # 2 t / sqrt(df)
        assert of("0.10").outcome == "inconsistent"

    def test_bounds_and_groups_of_one_are_not_compared(self):
        assert compared(n1=("count", "1"), t=("t", "9.99")) == []


class TestPairs:
    @staticmethod
    def found(t: str, **values):
        every = {"n": ("count", "20"), **{k: v for k, v in TWO_GROUPS.items() if k[0] != "n"}}
        relation = {"design": "paired", "n": ["n"], "means": ["m1", "m2"], "sds": ["s1", "s2"]}
        relation |= {"t": "t", **{name: name for name in values}}
        return only(checks_of(paper({"comparison": [relation]}, **every, t=("t", t), **values)))

    def test_any_correlation_of_the_pairs(self):
        """The SD of the differences is at most 4, so that t is at least 2.24."""
        assert self.found("2.20").outcome == "consistent"
        assert self.found("31.0").outcome == "consistent"
        assert self.found("1.90").outcome == "inconsistent"

    def test_the_sd_of_the_differences(self):
        assert self.found("4.47", difference_sd=("sd", "2.0")).outcome == "consistent"
        assert self.found("3.47", difference_sd=("sd", "2.0")).outcome == "inconsistent"


class TestUndeclared:
    """The only two means of a ledger, with their n, and its only t."""

    @staticmethod
    def values(**other):
        sized = {name: (*TWO_GROUPS[name], {"n": 20}) for name in ("m1", "m2", "s1", "s2")}
        both = {"n1": TWO_GROUPS["n1"], "n2": TWO_GROUPS["n2"]}
        df = {"df": ("df", "38", {"of": "t"})}
        return {**both, **sized, "t": ("t", "1.05"), **df, **other}

    def test_are_taken_as_a_comparison(self):
        found = only(checks_of(paper(**self.values())))
        assert found.outcome == "inconsistent"
        assert found.sentence.endswith("its only means and only t are taken as one.")

    @pytest.mark.parametrize(
        "other",
        [
            {"m3": ("mean", "5.0")},
            {"t2": ("t", "1.0")},
            {"df": ("df", "39", {"of": "t"})},
            {"m1": ("mean", "12.0")},
            {"m1": ("mean", "12.0", {"n": 20, "places": ["Table"]})},
        ],
    )
    def test_unless_anything_allows_another_reading(self, other):
        assert not list(checks_of(paper(**self.values(**other))))


class TestEstimates:
    @staticmethod
    def found(b: str, t: str, **values):
        return only(
            estimate.checks_of(paper(b=("coefficient", b), test=("t", t, {"of": "b"}), **values))
        )

    def test_the_signs_agree(self):
        assert self.found("-0.36", "-2.27").outcome == "consistent"
        wrong = self.found("-0.36", "2.27")
        assert told([wrong]) == [("inconsistent", "typo")]
        assert "(the sign)" in wrong.explained
        assert self.found("0.00", "-2.27").outcome == "consistent"

    def test_t_is_the_estimate_divided_by_its_standard_error(self):
        error = {"se": ("se", "0.16", {"of": "b"})}
        assert self.found("0.36", "2.27", **error).outcome == "consistent"
        assert self.found("0.36", "2.47", **error).outcome == "inconsistent"
        assert "slipped decimal point" in self.found("0.36", "22.5", **error).explained

    def test_the_only_coefficient_and_t_of_a_place_belong_together(self):
        values = {"b": ("coefficient", "-0.36"), "test": ("t", "2.27")}
        assert only(estimate.checks_of(paper(**values))).outcome == "inconsistent"
        further = values | {"b2": ("coefficient", "0.2")}
        assert not list(estimate.checks_of(paper(**further)))

    def test_the_p_of_a_coefficient_is_that_of_its_t(self):
        found = audit_publication(
            paper(
                b=("coefficient", "0.36"),
                test=("t", "2.27", {"of": "b"}),
                df=("df", "260"),
                p=("p", ".24", {"of": "b", "tail": "two"}),
            )
        )
        assert [f.id for f in found if f.outcome == "inconsistent"] == ["p_from_t.p"]

    def test_an_estimate_lies_between_its_limits(self):
        def of(low: str, high: str):
            limits = {"low": ("ci_low", low, {"of": "b"}), "high": ("ci_high", high, {"of": "b"})}
            found = confidence_limits.checks_of(paper(b=("coefficient", "0.36"), **limits))
            return [finding.outcome for finding in found]

        assert of("0.05", "0.67") == ["consistent"] * 2
        assert of("0.50", "0.67") == ["inconsistent", "consistent"]
        assert of("0.05", "0.31") == ["consistent", "inconsistent"]
        assert of("0.4", "0.4") == ["consistent"] * 2  # rounded to one decimal


class TestStandardErrors:
    @staticmethod
    def found(se: str, sd: str = "2.00"):
        values = {"m": ("mean", "12.0", {"n": 25}), "sd": ("sd", sd, {"of": "m"})}
        return only(standard_error.checks_of(paper(**values, se=("se", se, {"of": "m"}))))

    def test_the_sd_divided_by_the_root_of_n(self):
        assert self.found("0.40").outcome == "consistent"
        assert told([self.found("0.60")]) == [("inconsistent", "typo")]

    def test_sd_and_se_mixed_up(self):
        assert self.found("2.00").explained == "The SD printed as a standard error would give it."
        swapped = self.found("2.00", sd="0.40")
        assert swapped.explained.startswith("The standard error printed as SD")


class TestEtaSquared:
    def test_at_most_what_f_leaves(self):
        def of(eta: str):
            df = {"df1": ("df", "1"), "df2": ("df", "36")}
            values = {"test": ("F", "4.00"), **df, "eta": ("eta_squared", eta, {"of": "test"})}
            return only(eta_squared.checks_of(paper(**values)))

        assert [of(eta).outcome for eta in (".10", ".04")] == ["consistent"] * 2
        assert of(".20").outcome == "inconsistent"
        assert of(".90").outcome == "inconsistent"
