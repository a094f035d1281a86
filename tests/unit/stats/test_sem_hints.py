"""Score tests, level-specific fit, saturated moments and explained shares of structural models."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.stats.sem_populations import simulate_sem

from attune.stats.sem_effects import explained_shares
from attune.stats.sem_fit import fit_sem, why_no_sem, with_standard_errors
from attune.stats.sem_hints import modification_indices, release_tests
from attune.stats.sem_invariance import (
    STEPS,
    chen_bounds,
    factor_omega,
    group_model,
    keeps_cfi,
    repeated_model,
)
from attune.stats.sem_tests import fit_indices, level_fit, likelihood_ratio, saturated_moments

POPULATION = """
level: within
y ~ 0.4*x
z ~ 0.3*y
x ~~ 1*x
y ~~ 0.8*y
z ~~ 0.8*z
level: between
y ~ 0.5*x
z ~ 0.5*y + 0.6*w
x ~~ 0.4*x
y ~~ 0.3*y
z ~~ 0.3*z
w ~~ 1*w
"""
ROWS = simulate_sem(POPULATION, 150, 4, np.random.default_rng(2))
TEXT = "level: within\ny ~ x\nz ~ y\nlevel: between\ny ~ x\nz ~ y\nw ~~ w"
FIT = fit_sem(ROWS, TEXT, cluster="cluster")


class TestScoreTests:
    """Modification indices."""

    def test_the_path_that_was_left_out_comes_first(self) -> None:
        found = modification_indices(FIT)
        first = found.iloc[0]
        assert first["level"] == "between" and {first["left"], first["right"]} == {"z", "w"}
        assert first["chi2"] > 3 * found["chi2"].iloc[3]

    def test_the_index_is_about_the_fall_of_chi_square(self) -> None:
        """A score test and a likelihood ratio test agree where the parameter is small."""
        found = modification_indices(FIT)
        chosen = "left == 'z' and right == 'x' and level == 'within' and operator == '~'"
        row = found.query(chosen).iloc[0]
        text = TEXT.replace("z ~ y\nlevel", "z ~ y + x\nlevel")
        larger = fit_sem(ROWS, text, cluster="cluster")
        assert row["chi2"] == pytest.approx(likelihood_ratio(FIT, larger).chi2, abs=0.05)
        slope = larger.parameters.query("left == 'z' and right == 'x'")["estimate"].iloc[0]
        assert row["change"] == pytest.approx(slope, rel=0.05)

    def test_nothing_is_hinted_at_without_a_maximum(self) -> None:
        text = "f =~ x + y + z\ng =~ NA*w\nw ~~ v*w\ng ~~ g"
        loose = fit_sem(ROWS, text + "\nf ~~ 0*g\ng ~~ 0*x\nx ~~ 0*w")
        assert not loose.identified and modification_indices(loose).empty

    def test_releasing_an_equality_is_the_same_from_either_side(self) -> None:
        rows = ROWS.assign(half=(ROWS["cluster"] % 2).map({0: "a", 1: "b"}))
        fit = fit_sem(rows, "y ~ c(s, s)*x", group="half")
        found = release_tests(fit)
        assert len(found) == 2
        assert found["chi2"].iloc[0] == pytest.approx(found["chi2"].iloc[1], rel=1e-6)
        free = fit_sem(rows, "y ~ x", group="half")
        assert found["chi2"].iloc[0] == pytest.approx(likelihood_ratio(fit, free).chi2, rel=0.05)


class TestLevels:
    """Fit of each level, and the moments of each."""

    def test_a_level_without_restrictions_has_no_misfit(self) -> None:
        text = "level: within\ny ~ x\nz ~ y + x\nlevel: between\ny ~ x\nz ~ y\nw ~~ w"
        found = level_fit(fit_sem(ROWS, text, cluster="cluster"))
        assert found["within"].df == 0 and found["within"].chi2 == pytest.approx(0, abs=1e-6)
        assert found["between"].chi2 > 20 and found["between"].p < 0.001

    def test_levels_add_up_to_the_degrees_of_freedom(self) -> None:
        found, whole = level_fit(FIT), fit_indices(FIT)
        assert sum(one.df for one in found.values()) == whole.df
        assert sum(one.chi2 for one in found.values()) == pytest.approx(whole.chi2, rel=0.1)

    def test_models_of_one_level_have_none(self) -> None:
        assert level_fit(fit_sem(ROWS, "y ~ x")) == {}

    def test_moments_of_one_level_are_those_of_the_rows(self) -> None:
        [found] = saturated_moments(fit_sem(ROWS, "y ~ x\nz ~ y"))
        rows = ROWS[list(found.names)]
        assert np.allclose(found.covariance, np.cov(rows.T, ddof=0), atol=1e-5)
        assert np.allclose(found.mean, rows.mean(), atol=1e-5)

    def test_means_belong_to_the_part_between(self) -> None:
        within, between = saturated_moments(FIT)
        assert np.isnan(within.mean).all() and np.isfinite(between.mean).all()
        assert set(between.names) == {"x", "y", "z", "w"}

    def test_explained_shares_are_those_of_the_population(self) -> None:
        big = simulate_sem(POPULATION, 3000, 4, np.random.default_rng(3))
        text = TEXT.replace("z ~ y\nw ~~ w", "z ~ y + w")
        found = explained_shares(fit_sem(big, text, cluster="cluster"))
        found = found.set_index(["level", "outcome"])["r_squared"]
        assert found["within", "y"] == pytest.approx(0.16 / 0.96, abs=0.01)
        assert found["between", "y"] == pytest.approx(0.1 / 0.4, abs=0.04)


class TestReasons:
    """What is said before and after a fit."""

    def test_other_standard_errors_without_a_new_search(self) -> None:
        anew = fit_sem(ROWS, TEXT, cluster="cluster", standard_errors="robust")
        found = with_standard_errors(FIT, "robust")
        pd.testing.assert_frame_equal(found.parameters, anew.parameters)
        assert found.standard_errors == "robust" and FIT.standard_errors == "observed"

    def test_why_a_model_cannot_be_fitted(self) -> None:
        assert why_no_sem(ROWS, TEXT, cluster="cluster") is None
        assert "has the same value in all rows" in str(why_no_sem(ROWS.assign(y=1.0), "y ~ x"))
        assert "free parameters" in str(why_no_sem(ROWS, "f =~ NA*x + y"))
        assert "Line 1, column 3" in str(why_no_sem(ROWS, "y = x"))

    def test_more_parameters_between_than_clusters(self) -> None:
        few = ROWS[ROWS["cluster"] <= 9]
        fit = fit_sem(few, TEXT, cluster="cluster")
        [said] = [m for m in fit.messages if "between part" in m]
        assert "but there are only 9 clusters" in said
        assert not any("between part" in m for m in FIT.messages)

    def test_too_few_rows_for_the_variables(self) -> None:
        assert "3 rows are too few for 3 variables" in str(why_no_sem(ROWS.head(3), "z ~ x + y"))
        rows = ROWS.assign(half=np.where(np.arange(len(ROWS)) < 2, "a", "b"))
        assert "Group 'a': 2 rows are too few" in str(why_no_sem(rows, "z ~ x + y", group="half"))


class TestInvariance:
    """Model texts of the steps, and rules."""

    @pytest.mark.parametrize("groups", [2, 3])
    def test_degrees_of_freedom_in_groups(self, groups: int) -> None:
        """Five items: loadings, then intercepts, then residual variances of each further group."""
        rng = np.random.default_rng(5)
        trait = rng.normal(size=300)
        items = [f"i{k}" for k in range(5)]
        data = pd.DataFrame({i: trait + rng.normal(size=300) for i in items})
        data["g"] = np.arange(300) % groups
        df = [
            fit_indices(fit_sem(data, group_model(items, groups, s), group="g")).df for s in STEPS
        ]
        assert np.diff(df).tolist() == [4 * (groups - 1), 4 * (groups - 1), 5 * (groups - 1)]
        assert df[0] == 5 * groups

    def test_means_and_variances_of_occasions(self) -> None:
        rng = np.random.default_rng(6)
        first = rng.normal(size=4000)
        second = 0.5 + 1.5 * (0.7 * first + np.sqrt(1 - 0.49) * rng.normal(size=4000))
        slopes, starts = (0.6, 0.8, 1.0), (3.0, 2.0, 1.0)
        data = pd.DataFrame(
            {
                f"{name}{k}": start + slope * trait + rng.normal(scale=0.6, size=4000)
                for name, trait in (("a", first), ("b", second))
                for k, (slope, start) in enumerate(zip(slopes, starts, strict=True))
            }
        )
        columns = [[f"{name}{k}" for k in range(3)] for name in "ab"]
        fit = fit_sem(data, repeated_model(columns, "strict"))
        assert fit.estimate("trait2~1")["estimate"] == pytest.approx(0.5, abs=0.06)
        assert fit.estimate("trait2~~trait2")["estimate"] == pytest.approx(2.25, rel=0.08)
        assert fit.estimate("l3")["estimate"] == pytest.approx(1.0, abs=0.05)
        omega = factor_omega(fit)["omega"]
        assert omega.iloc[0] == pytest.approx(2.4**2 / (2.4**2 + 3 * 0.36), abs=0.01)
        assert omega.iloc[1] > omega.iloc[0]

    @pytest.mark.parametrize(
        ("items", "sets", "step", "words"),
        [
            (["a", "b"], 2, "metric", "2 items cannot show a factor"),
            (["a", "b", "c"], 1, "metric", "nothing to be compared with"),
            (["a", "b", "c"], 2, "weak", "the step 'weak' is unknown"),
        ],
    )
    def test_what_cannot_be_tested(
        self, items: list[str], sets: int, step: str, words: str
    ) -> None:
        with pytest.raises(ValueError, match=words):
            group_model(items, sets, step)

    def test_rules_depend_on_the_sample(self) -> None:
        assert chen_bounds(300)["cfi"] < chen_bounds(301)["cfi"]
        assert keeps_cfi(-0.01) and not keeps_cfi(-0.0101)
