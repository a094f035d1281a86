"""Mixed models for repeated measures: balanced data, properties, what is refused and named."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from attune.specs.errors import AnalysisError
from attune.stats.repeated_measures import design_effect, fit_repeated_measures

VISITS = ["pre", "mid", "post"]


def trial(seed: int = 3, therapists: float = 0.0, n: int = 48) -> pd.DataFrame:
    """Complete outcomes of persons in six therapists of each arm; `therapists`: their spread."""
    draw = np.random.default_rng(seed)
    person = np.repeat(np.arange(n), 3)
    arm = np.array(["cbt", "tau"])[person % 2]
    therapist = np.array([f"t{k}" for k in range(12)])[person % 12]
    spread = np.linalg.cholesky([[16.0, 8, 6], [8, 25, 15], [6, 15, 36]])
    y = (draw.normal(size=(n, 3)) @ spread.T).ravel() + 20
    y += draw.normal(scale=therapists, size=12)[person % 12] if therapists else 0
    visit = np.tile(VISITS, n)
    y -= np.where((visit == "post") & (arm == "cbt"), 5.0, 0.0)
    age = draw.normal(40, 10, size=n)[person].round()
    rows = {"person": person, "visit": pd.Categorical(visit, categories=VISITS), "arm": arm}
    return pd.DataFrame({**rows, "therapist": therapist, "age": age, "y": y})


def fit(rows, **choices):
    return fit_repeated_measures(rows, "y", "person", "visit", "arm", reference="tau", **choices)


@pytest.mark.parametrize("df", ["kenward_roger", "satterthwaite"])
def test_complete_data_give_t_tests_at_every_visit(df):
    rows = trial()
    found = fit(rows, df=df)
    assert found.arms == ("tau", "cbt")
    assert found.visits == tuple(VISITS)
    for contrast in found.contrasts:
        here = rows[rows["visit"] == contrast.visit]
        first, second = (here.loc[here["arm"] == arm, "y"] for arm in ("cbt", "tau"))
        expected = stats.ttest_ind(first, second)
        assert contrast.test.t == pytest.approx(expected.statistic, rel=1e-6)
        assert contrast.test.df == pytest.approx(46, rel=1e-5)
        assert contrast.test.p_two_tailed == pytest.approx(expected.pvalue, rel=1e-5)
        pooled = np.sqrt((first.var() + second.var()) / 2)
        assert contrast.standardiser == pytest.approx(pooled, rel=1e-6)


def test_complete_data_give_the_t_test_of_the_mean_over_visits():
    rows = trial()
    means = rows.groupby(["person", "arm"])["y"].mean().reset_index()
    first, second = (means.loc[means["arm"] == arm, "y"] for arm in ("cbt", "tau"))
    expected = stats.ttest_ind(first, second)
    [average] = fit(rows).averages
    assert average.visit is None
    assert (average.test.t, average.test.df) == pytest.approx((expected.statistic, 46), rel=1e-5)


def test_complete_data_give_hotellings_test_of_all_contrasts():
    """Kenward-Roger is exact there: F with 3 and n - 2 - 3 + 1 degrees of freedom."""
    rows = trial()
    wide = rows.pivot_table(index=["arm", "person"], columns="visit", values="y", observed=True)
    first, second = wide.loc["cbt"].to_numpy(), wide.loc["tau"].to_numpy()
    difference = first.mean(axis=0) - second.mean(axis=0)
    pooled = (np.cov(first.T) + np.cov(second.T)) / 2
    t2 = 24 * 24 / 48 * difference @ np.linalg.solve(pooled, difference)
    found = fit(rows).any_difference
    assert (found.df1, found.df2) == (3, pytest.approx(44, rel=1e-3))
    assert found.f == pytest.approx(t2 * 44 / (3 * 46), rel=1e-3)


def test_delta_method_of_the_models_spread_is_exact_in_complete_data():
    """The variance of ln s of a pooled standard deviation with 46 degrees of freedom."""
    for contrast in fit(trial()).contrasts:
        d, sd = contrast.standardised.d, contrast.standardiser
        rest = contrast.standardised.se**2 - (contrast.test.se / sd) ** 2
        assert rest == pytest.approx(d**2 / (2 * 46), rel=1e-4)
        reach = stats.t.ppf(0.975, contrast.test.df) * contrast.standardised.se
        assert contrast.standardised.ci_high == pytest.approx(d + reach)


def test_standardised_by_the_baseline_pooled_over_arms():
    rows = trial()
    first = rows[rows["visit"] == "pre"].set_index("person")["y"].rename("before")
    later = rows[rows["visit"] != "pre"].join(first, on="person")
    pooled = np.sqrt(rows[rows["visit"] == "pre"].groupby("arm")["y"].var().mean())
    covariate = fit(later, covariates=["before"], baseline="before")
    constrained = fit(rows, constrained_visit="pre")
    for found in (covariate, constrained):
        assert [contrast.visit for contrast in found.contrasts] == ["mid", "post"]
        for contrast in (*found.contrasts, *found.averages):
            assert contrast.standardiser == pytest.approx(pooled)
            assert contrast.standardised.d == pytest.approx(contrast.test.estimate / pooled)
            rest = contrast.standardised.se**2 - (contrast.test.se / pooled) ** 2
            assert rest == pytest.approx(contrast.standardised.d**2 / (2 * 46))
    assert constrained.means[0].arm is None
    assert constrained.means[0].n == 48


def test_constrained_analysis_equals_covariance_adjustment_with_one_later_visit():
    """Estimates agree in complete data of two visits (Liang and Zeger, 2000)."""
    rows = trial()
    rows = rows[rows["visit"] != "mid"]
    first = rows[rows["visit"] == "pre"].set_index("person")["y"].rename("before")
    later = rows[rows["visit"] == "post"].join(first, on="person")
    design = np.column_stack([np.ones(48), later["arm"] == "cbt", later["before"]])
    slope = np.linalg.lstsq(design.astype(float), later["y"], rcond=None)[0][1]
    [contrast] = fit(rows, constrained_visit="pre").contrasts
    assert contrast.test.estimate == pytest.approx(slope, rel=2e-2)


def test_the_reference_only_turns_the_sign_and_the_order():
    rows = trial()
    rows.loc[::7, "y"] = np.nan
    forth = fit(rows)
    back = fit_repeated_measures(rows, "y", "person", "visit", "arm", reference="cbt")
    for one, other in zip(forth.contrasts, back.contrasts, strict=True):
        assert one.test.estimate == pytest.approx(-other.test.estimate, rel=1e-6)
        assert one.test.p_two_tailed == pytest.approx(other.test.p_two_tailed, rel=1e-5)
    assert forth.arm_by_visit.p == pytest.approx(back.arm_by_visit.p, rel=1e-5)


def test_means_are_at_the_mean_of_the_persons_not_of_the_rows():
    """Nobody's adjusted mean depends on who has more visits, in a saturated design."""
    rows = trial()
    rows["age"] = np.where(rows["person"] < 12, 60.0, 20.0)
    rows.loc[(rows["person"] >= 12) & (rows["visit"] == "mid"), "y"] = np.nan
    found = fit(rows, covariates=["age"], covariance="independent")
    people = rows[rows["y"].notna()].drop_duplicates("person")["age"].mean()
    slope = found.model.estimates[-1]
    here = rows[(rows["visit"] == "post") & (rows["arm"] == "cbt")]
    expected = here["y"].mean() + slope * (people - here["age"].mean())
    [mean] = [mean for mean in found.means if (mean.arm, mean.visit) == ("cbt", "post")]
    assert mean.test.estimate == pytest.approx(expected, rel=1e-8)
    assert (mean.n, mean.mean) == (24, pytest.approx(here["y"].mean()))


def test_categories_are_covariates():
    rows = trial()
    rows["sex"] = np.where(rows["person"] % 3 == 0, "f", "m")
    numeric = rows.assign(sex=(rows["sex"] == "m").astype(float))
    for one, other in zip(
        fit(rows, covariates=["sex"]).means, fit(numeric, covariates=["sex"]).means, strict=True
    ):
        assert one.test.estimate == pytest.approx(other.test.estimate, rel=1e-7)


def test_clusters():
    found = fit(trial(therapists=6.0), cluster="therapist")
    assert found.cluster_variance > 5
    for place, share in enumerate(found.clusters):
        total = found.cluster_variance + found.within_covariance[place, place]
        assert share.icc.estimate == pytest.approx(found.cluster_variance / total)
        assert share.icc.ci_low < share.icc.estimate < share.icc.ci_high
        assert (share.n_clusters, share.mean_size, share.size_cv) == (12, 4.0, 0.0)
        assert share.design_effect == pytest.approx(1 + 3 * share.icc.estimate)
    # Arms are compared between 12 therapists: far fewer degrees of freedom than persons.
    assert found.contrasts[2].test.df < 30 < fit(trial(therapists=6.0)).contrasts[2].test.df
    assert any("compared between clusters" in message for message in found.messages)


def test_clusters_of_unequal_size():
    rows = trial(therapists=6.0)
    gone = rows["therapist"].isin(["t0", "t1"]) & (rows["person"] >= 24) & (rows["visit"] == "post")
    rows.loc[gone, "y"] = np.nan
    share = fit(rows, cluster="therapist").clusters[2]
    sizes = np.array([2, 2, *[4] * 10])
    assert share.mean_size == pytest.approx(sizes.mean())
    assert share.size_cv == pytest.approx(sizes.std() / sizes.mean())
    assert share.design_effect == pytest.approx(design_effect(share.icc.estimate, sizes))


def test_a_therapist_in_both_arms_is_named():
    rows = trial(therapists=2.0)
    rows.loc[rows["person"].isin([0, 12]), "therapist"] = "t1"
    found = fit(rows, cluster="therapist")
    assert any("1 of 12 values of therapist" in message for message in found.messages)


def test_no_variance_between_clusters_is_named():
    rows = trial()
    means = rows.groupby(["therapist", "visit"], observed=True)["y"].transform("mean")
    rows["y"] += rows.groupby(["arm", "visit"], observed=True)["y"].transform("mean") - means
    found = fit(rows, cluster="therapist")
    assert found.cluster_variance == pytest.approx(0, abs=1e-6)
    assert any("estimated variance of 0" in message for message in found.messages)
    assert np.isnan(found.clusters[0].icc.ci_low)


def test_structures():
    rows = trial()
    rows.loc[::9, "y"] = np.nan
    free = fit(rows, df="satterthwaite")
    for covariance in (
        *("compound_symmetry", "heterogeneous_compound_symmetry", "ar1", "heterogeneous_ar1"),
        "independent",
    ):
        found = fit(rows, covariance=covariance, df="satterthwaite")
        assert found.model.log_likelihood <= free.model.log_likelihood
        matrix = found.within_covariance
        correlation = matrix / np.sqrt(np.outer(np.diag(matrix), np.diag(matrix)))
        if "ar1" in covariance:
            assert correlation[0, 2] == pytest.approx(correlation[0, 1] ** 2)
        elif covariance == "independent":
            assert correlation == pytest.approx(np.eye(3))
        else:
            assert correlation[0, 1] == pytest.approx(correlation[0, 2])
        equal = np.ptp(np.diag(matrix)) < 1e-9
        assert equal == (covariance in ("ar1", "compound_symmetry"))


def test_missing_values_are_counted():
    rows = trial()
    rows.loc[rows["person"] == 0, "y"] = np.nan
    rows.loc[(rows["person"] == 1) & (rows["visit"] == "mid"), "y"] = np.nan
    rows.loc[rows["person"] == 2, "age"] = np.nan
    found = fit(rows, covariates=["age"])
    assert (found.n_rows, found.n_missing_rows, found.n_persons) == (137, 7, 46)
    text = " ".join(found.messages)
    assert "4 of 144 rows have no y" in text
    assert "3 rows with y" in text
    assert "2 persons have no analysed row" in text


def refused(message: str, rows: pd.DataFrame, **choices):
    with pytest.raises(AnalysisError, match=message):
        fit(rows, **choices)


def test_designs_that_cannot_be_analysed_are_refused():
    rows = trial()
    refused("All analysed rows are in the arm 'tau'", rows[rows["arm"] == "tau"])
    empty = rows[(rows["arm"] == "tau") | (rows["visit"] != "mid")]
    refused("'cbt' has no outcome at the visit 'mid'", empty)
    two = rows.assign(arm=np.where(rows.index == 0, "tau", rows["arm"]))
    refused("1 persons have more than one 'arm'", two)
    moved = rows.assign(therapist=np.where(rows.index < 2, "t9", rows["therapist"]))
    refused("1 persons have more than one 'therapist'", moved, cluster="therapist")
    refused("1 rows repeat a person's visit", pd.concat([rows, rows.head(1)]))
    refused("no covariance 'toeplitz'", rows, covariance="toeplitz")
    refused("not linear in its parameters", rows, covariance="ar1")
    refused("at the first visit, 'pre'", rows, constrained_visit="mid")
    refused("predictor 'age' is a linear combination", rows.assign(age=40.0), covariates=["age"])
    refused("names the column 'sex'", rows, covariates=["sex"])
    slopes = {"covariates": ["age"], "covariates_by_visit": ["age"]}
    refused("'age at post' is a linear combination", rows, **slopes)
    with pytest.raises(AnalysisError, match="no arm 'wait'; arms are 'cbt', 'tau'"):
        fit_repeated_measures(rows, "y", "person", "visit", "arm", reference="wait")
    flat = rows.assign(y=np.where(rows["visit"] == "pre", 20.0, rows["y"]))
    refused("At the visit 'pre' the outcome 'y' has the same value", flat)
    refused("has the same value within arms", rows.assign(b=1.0), baseline="b")


def test_an_arm_without_variance_is_named():
    rows = trial()
    rows.loc[(rows["visit"] == "mid") & (rows["arm"] == "cbt"), "y"] = 12.0
    text = "same in all 24 persons of the arm 'cbt' at the visit 'mid'"
    assert any(text in message for message in fit(rows).messages)


def test_a_search_that_did_not_converge_is_named(monkeypatch):
    monkeypatch.setattr("attune.stats.mixed_search._CONVERGED", -1.0)
    found = fit(trial())
    assert not found.model.converged
    assert any("did not converge" in message for message in found.messages)


def test_all_problems_are_reported_at_once():
    rows = trial()
    both = rows.assign(arm=np.where(rows.index == 0, "tau", rows["arm"]))
    both = pd.concat([both, both.tail(1)])
    refused("more than one 'arm'.*repeat a person's visit", both)


def test_design_effect_is_the_size_of_the_cluster_of_a_random_person():
    sizes = np.array([2, 5, 9, 4])
    expected = 1 + ((sizes**2).sum() / sizes.sum() - 1) * 0.1
    assert design_effect(0.1, sizes) == pytest.approx(expected)
    with pytest.raises(AnalysisError, match="at least one person"):
        design_effect(0.1, [])
