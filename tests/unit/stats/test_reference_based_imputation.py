"""Imputation of missing outcomes: assumptions, delta, pooling, resampling, bad input."""

import numpy as np
import pandas as pd
import pytest

from attune.specs.errors import AnalysisError
from attune.stats.imputed_outcomes import (
    complete_outcomes,
    delta_adjustment,
    draw_parameters,
    impute_outcomes,
    impute_with,
)
from attune.stats.incomplete_normal import fit_normal, posterior_draws
from attune.stats.mixed_models import fit_mixed_model
from attune.stats.reference_based_imputation import (
    pooled_contrasts,
    resample_parameters,
    resampled_contrasts,
    tipping_point,
)
from attune.stats.repeated_measures import fit_repeated_measures
from attune.stats.residual_covariance import Residual
from attune.stats.rubins_rules import pool
from attune.stats.trial_outcomes import AFTER_DROPOUT, INTERMITTENT, OBSERVED, trial_outcomes

STRATEGIES = ("missing_at_random", "jump_to_reference", "copy_increments", "copy_reference")


def rows(seed: int = 1, n: int = 60, missing: bool = True) -> pd.DataFrame:
    """Persons of two arms at a baseline and three visits, in therapists of six."""
    draw = np.random.default_rng(seed)
    spread = 36 * 0.7 ** np.abs(np.subtract.outer(range(4), range(4)))
    y = 24 + draw.normal(size=(n, 4)) @ np.linalg.cholesky(spread).T
    arm = np.array(["tau", "cbt"])[np.arange(n) % 2]
    y -= np.where(arm[:, None] == "cbt", [0, 2, 4, 6], [0, 1, 1, 2])
    if missing:
        y[3::10, 2:] = np.nan
        y[4::10, 3:] = np.nan
        y[5::10, 2] = np.nan
        y[8::20, 1:] = np.nan
    return pd.DataFrame(
        {
            "person": np.repeat(np.arange(n), 3),
            "visit": np.tile(["v1", "v2", "v3"], n),
            "arm": np.repeat(arm, 3),
            "therapist": np.repeat(np.arange(n) // 12 * 2 + np.arange(n) % 2, 3),
            "before": np.repeat(y[:, 0], 3),
            "y": y[:, 1:].ravel(),
        }
    )


def arranged(frame=None, **choices):
    frame = rows() if frame is None else frame
    choices = {"reference": "tau", "baseline": "before", **choices}
    return trial_outcomes(frame, "y", "person", "visit", "arm", **choices)


def maximum(data):
    return [fit_normal(data.outcomes[data.arm == k]) for k in range(len(data.arms))]


def test_kinds_of_missing_cells():
    data = arranged()
    assert data.kinds[3].tolist() == [OBSERVED, AFTER_DROPOUT, AFTER_DROPOUT]
    assert data.kinds[5].tolist() == [OBSERVED, INTERMITTENT, OBSERVED]
    assert data.kinds[8].tolist() == [AFTER_DROPOUT] * 3
    assert (data.arms, data.visits, data.n_before) == (("tau", "cbt"), ("v1", "v2", "v3"), 1)


def test_missing_rows_are_missing_outcomes():
    frame = rows()
    shortened = frame[frame["y"].notna() | (frame["visit"] == "v1")]
    np.testing.assert_array_equal(arranged(frame).outcomes, arranged(shortened).outcomes)
    first = frame[frame["visit"] == "v1"].assign(visit="v0", y=lambda f: f["before"])
    as_visit = arranged(pd.concat([frame, first]), baseline=None, baseline_visit="v0")
    np.testing.assert_array_equal(arranged(frame).outcomes, as_visit.outcomes)


def test_maximum_likelihood_is_that_of_the_mixed_model():
    frame = rows()
    own = frame[(frame["arm"] == "cbt") & frame["y"].notna()]
    residual = Residual("unstructured", ("person",), "visit", "visit")
    model = fit_mixed_model(own, "y ~ 0 + C(visit)", residual=residual, reml=False)
    data = arranged(frame, baseline=None)
    # Persons without any outcome tell nothing about the distribution.
    fit = fit_normal(data.outcomes[(data.arm == 1)])
    np.testing.assert_allclose(fit.mean[0], model.estimates, rtol=1e-6)
    covariance = model.residual_sd**2 * model.state.likelihood.residual.covariance_at(
        np.arange(3.0), np.arange(3), model.state.phi
    )
    np.testing.assert_allclose(fit.covariance[0], covariance, rtol=1e-4)


def test_means_of_dropouts_by_hand():
    """One visit after baseline: formulas of the strategies in full."""
    frame = rows()
    frame = frame[frame["visit"].isin(["v1", "v2"])]
    data = arranged(frame)
    (m_r, s_r), (m_a, s_a) = ((fit.mean[0], fit.covariance[0]) for fit in maximum(data))
    person = 3  # of cbt, last seen at v1
    past = data.outcomes[person, :2]

    def predicted(mean, covariance, shift=0.0, around=None):
        slopes = np.linalg.solve(covariance[:2, :2], covariance[:2, 2])
        return mean[2] + shift + slopes @ (past - (mean if around is None else around)[:2])

    expected = {
        "missing_at_random": predicted(m_a, s_a),
        "jump_to_reference": predicted(m_r, s_r, around=m_a),
        "copy_increments": predicted(m_r, s_r, m_a[1] - m_r[1], around=m_a),
        "copy_reference": predicted(m_r, s_r),
    }
    for strategy, value in expected.items():
        filled = complete_outcomes(data, maximum(data), dict.fromkeys(data.arms, strategy), None)
        assert filled[0, person, 2] == pytest.approx(value)
        seen = np.isfinite(data.outcomes)
        np.testing.assert_array_equal(filled[0][seen], data.outcomes[seen])


def test_strategies_differ_only_after_dropout_and_not_in_the_reference_arm():
    data = arranged()
    filled = {
        s: complete_outcomes(data, maximum(data), dict.fromkeys(data.arms, s), None)[0]
        for s in STRATEGIES
    }
    later = np.column_stack([np.zeros(60, dtype=bool), data.kinds == AFTER_DROPOUT])
    changed = later & (data.arm == 1)[:, None]
    for strategy in STRATEGIES[1:]:
        same = filled[strategy] == filled["missing_at_random"]
        assert same[~changed].all()
        assert not same[changed].any()


def test_without_missing_outcomes_all_are_the_analysis_of_covariance():
    frame = rows(missing=False)
    data = arranged(frame)
    draw = np.random.default_rng(3)
    last = frame[frame["visit"] == "v3"]
    design = np.column_stack([np.ones(60), last["arm"] == "cbt", last["before"]]).astype(float)
    expected = np.linalg.lstsq(design, last["y"], rcond=None)[0][1]
    [pooled] = pooled_contrasts(
        impute_with(draw_parameters(data, 3, draw, burn_in=2), "copy_reference", draw), "v3"
    )
    assert pooled.pooled.test.estimate == pytest.approx(expected)
    assert pooled.pooled.missing_share == pytest.approx(0, abs=1e-12)
    # Barnard and Rubin's degrees of freedom of complete data: (df + 1) / (df + 3) df.
    assert pooled.pooled.test.df == pytest.approx(58 / 60 * 57)
    [resampled] = resampled_contrasts(resample_parameters(data), "jump_to_reference", "v3")
    assert resampled.test.estimate == pytest.approx(expected)
    assert resampled.test.se == pytest.approx(pooled.pooled.test.se, rel=0.1)


@pytest.mark.parametrize("scheme", ["posterior", "bootstrap"])
def test_both_conventions_and_the_mixed_model_agree_under_missing_at_random(scheme):
    frame = rows(n=200)
    data, draw = arranged(frame), np.random.default_rng(4)
    parameters = draw_parameters(data, 200, draw, scheme, burn_in=30)
    [pooled] = pooled_contrasts(impute_with(parameters, "missing_at_random", draw), "v3")
    [resampled] = resampled_contrasts(resample_parameters(data), "missing_at_random", "v3")
    model = fit_repeated_measures(
        frame, *("y", "person", "visit", "arm"), reference="tau", covariates_by_visit=["before"]
    )
    test, other = pooled.pooled.test, resampled.test
    assert test.estimate == pytest.approx(other.estimate, abs=4 * pooled.pooled.monte_carlo_se)
    assert test.se == pytest.approx(other.se, rel=0.12)
    assert other.estimate == pytest.approx(model.contrasts[-1].test.estimate, abs=0.25 * other.se)
    assert other.se == pytest.approx(model.contrasts[-1].test.se, rel=0.12)


def test_jump_to_reference_is_smaller_and_rubins_variance_larger():
    data, draw = arranged(rows(n=200)), np.random.default_rng(5)
    parameters = draw_parameters(data, 100, draw, burn_in=30)
    pooled = {
        s: pooled_contrasts(impute_with(parameters, s, draw), "v3")[0].pooled.test
        for s in STRATEGIES
    }
    size = {s: abs(test.estimate) for s, test in pooled.items()}
    assert size["missing_at_random"] > size["jump_to_reference"] + 0.5
    replicates = resample_parameters(data)
    [repeated] = resampled_contrasts(replicates, "jump_to_reference", "v3")
    assert repeated.test.se < 0.9 * pooled["jump_to_reference"].se
    [at_random] = resampled_contrasts(replicates, "missing_at_random", "v3")
    assert repeated.test.se < at_random.test.se


def test_posterior_of_complete_data():
    """Means and variances of the draws are those of the inverse Wishart distribution."""
    values = np.random.default_rng(6).normal(size=(25, 2)) @ [[2.0, 1], [0, 1]]
    draws = posterior_draws(values, 20_000, np.random.default_rng(7), burn_in=1)
    rest = values - values.mean(axis=0)
    expected = rest.T @ rest / (24 - 2 - 1)
    np.testing.assert_allclose(draws.covariance.mean(axis=0), expected, rtol=0.03)
    np.testing.assert_allclose(np.cov(draws.mean.T), expected / 25, rtol=0.06, atol=0.01)
    np.testing.assert_allclose(draws.mean.mean(axis=0), values.mean(axis=0), atol=0.02)


def test_deleted_rows_count_nothing_and_repeated_ones_twice():
    values = arranged().outcomes[:30]
    weights = np.ones((3, 30))
    weights[1, 4], weights[2, 4] = 0, 2
    found = fit_normal(values, weights)
    deleted = fit_normal(np.delete(values, 4, axis=0))
    doubled = fit_normal(np.vstack([values, values[4:5]]))
    for place, one in ((0, fit_normal(values)), (1, deleted), (2, doubled)):
        np.testing.assert_allclose(found.mean[place], one.mean[0], rtol=1e-6)
        np.testing.assert_allclose(found.covariance[place], one.covariance[0], rtol=1e-5)


def test_delta_moves_the_estimate_by_its_share_of_dropouts():
    data, draw = arranged(), np.random.default_rng(8)
    imputed = impute_with(draw_parameters(data, 5, draw, burn_in=5), "missing_at_random", draw)
    [plain] = pooled_contrasts(imputed, "v3")
    [moved] = pooled_contrasts(imputed, "v3", {"cbt": 5.0})
    [both] = pooled_contrasts(imputed, "v3", {"cbt": 5.0, "tau": 5.0})
    gone = data.kinds[:, 2] == AFTER_DROPOUT
    last = delta_adjustment(data, {"cbt": 5.0})[:, -1]
    assert set(last) == {0.0, 5.0}
    assert (last > 0).tolist() == (gone & (data.arm == 1)).tolist()
    design = np.column_stack([np.ones(60), data.arm, data.outcomes[:, 0]])
    expected = np.linalg.lstsq(design, last, rcond=None)[0][1]
    shift = moved.pooled.test.estimate - plain.pooled.test.estimate
    assert shift == pytest.approx(expected)
    assert both.pooled.test.estimate < moved.pooled.test.estimate
    frames = list(imputed.frames({"cbt": 5.0}))
    assert len(frames) == 5
    assert frames[0]["v3"].mean() == pytest.approx(imputed.completed[0, :, 3].mean() + last.mean())


def test_delta_of_all_missing_cells_and_accumulated():
    data = arranged()
    everywhere = delta_adjustment(data, {"tau": 1.0, "cbt": 1.0}, cells="all_missing")[:, 1:]
    assert (everywhere == (data.kinds != OBSERVED)).all()
    grown = delta_adjustment(data, {"tau": 2.0, "cbt": 1.0}, accumulate=True)
    assert grown[3].tolist() == [0, 0, 1, 2]
    assert grown[8].tolist() == [0, 2, 4, 6]
    with pytest.raises(AnalysisError, match="for the arm 'pdt'"):
        delta_adjustment(data, {"pdt": 1.0})


def test_tipping_point():
    data, draw = arranged(rows(n=120)), np.random.default_rng(9)
    parameters = draw_parameters(data, 20, draw, burn_in=10)
    imputed = impute_with(parameters, "missing_at_random", draw)
    found = tipping_point(imputed, "v3", "cbt", largest=40.0)
    assert 0 < found.delta < 40
    [there] = pooled_contrasts(imputed, "v3", {"cbt": found.delta})
    assert there.pooled.test.p_two_tailed == pytest.approx(0.05, abs=1e-4)
    assert len(found.path) == 11
    assert found.path[0].delta == {"cbt": 0.0}
    none = tipping_point(imputed, "v3", "cbt", largest=-40.0)
    assert np.isnan(none.delta)
    assert "significant up to a delta of -40" in none.reason
    already = tipping_point(imputed, "v3", "cbt", 40.0, level=1e-30)
    assert np.isnan(already.delta)
    assert "not significant at delta 0" in already.reason
    for choices, message in ((("tau", 5.0), "not an arm"), (("cbt", 0.0), "other than 0")):
        with pytest.raises(AnalysisError, match=message):
            tipping_point(imputed, "v3", *choices)


def test_missing_baselines_and_covariates_are_imputed():
    frame = rows()
    frame.loc[frame["person"].isin([0, 7]), "before"] = np.nan
    frame["age"] = 30.0 + frame["person"] % 17
    data, draw = arranged(frame, covariates=["age"]), np.random.default_rng(10)
    assert data.n_before == 2
    imputed = impute_with(draw_parameters(data, 8, draw, burn_in=10), "copy_increments", draw)
    assert np.isfinite(imputed.completed).all()
    assert imputed.completed[:, 0, 1].std() > 0
    [found] = pooled_contrasts(imputed, "v3")
    [other] = resampled_contrasts(resample_parameters(data), "copy_increments", "v3")
    assert found.pooled.test.estimate == pytest.approx(other.test.estimate, abs=2)


def test_clusters_are_left_out_whole_and_drawn_whole():
    data = arranged(rows(n=120), cluster="therapist")
    parameters = resample_parameters(data)
    assert parameters.counts.shape == (1 + 20, 120)
    for place in range(20):
        assert ((parameters.counts[1 + place] == 0) == (data.clusters == place)).all()
    [found] = resampled_contrasts(parameters, "jump_to_reference", "v3")
    assert (found.n_units, found.test.df) == (20, 18)
    drawn = resample_parameters(data, "bootstrap", np.random.default_rng(1), 30)
    for counts in drawn.counts:
        sizes = [set(counts[data.clusters == place]) for place in range(20)]
        assert all(len(size) == 1 for size in sizes)
        assert counts[data.arm == 1].sum() == 60
    [again] = resampled_contrasts(drawn, "jump_to_reference", "v3")
    assert again.test.se == pytest.approx(found.test.se, rel=0.6)
    draw = np.random.default_rng(2)
    imputed = impute_with(draw_parameters(data, 4, draw, burn_in=5), "missing_at_random", draw)
    assert any("no random effect of clusters" in message for message in imputed.messages)
    [pooled] = pooled_contrasts(imputed, "v3")
    assert pooled.pooled.test.df < 20


def test_therapists_in_both_arms_are_one_stratum():
    frame = rows(n=120)
    frame["therapist"] = frame["person"] // 12
    parameters = resample_parameters(arranged(frame, cluster="therapist"))
    assert set(parameters.strata) == {0}
    [found] = resampled_contrasts(parameters, "missing_at_random", "v3")
    assert (found.n_units, found.test.df) == (10, 8)


def test_the_same_seed_gives_the_same_result():
    data = arranged()
    found = []
    for _ in range(2):
        draw = np.random.default_rng(11)
        parameters = draw_parameters(data, 3, draw, burn_in=3)
        found.append(impute_with(parameters, "copy_reference", draw).completed)
    in_one = impute_outcomes(
        data, "copy_reference", 3, np.random.default_rng(11), burn_in=3
    ).completed
    np.testing.assert_array_equal(in_one, found[0])
    one, other = (
        resampled_contrasts(source, "copy_reference", "v3")
        for source in (data, resample_parameters(data))
    )
    assert one == other
    np.testing.assert_array_equal(*found)


def refused(message, call):
    with pytest.raises(AnalysisError, match=message):
        call()


def test_designs_that_cannot_be_imputed_are_refused():
    frame, data, draw = rows(), arranged(), np.random.default_rng(1)
    refused("reference arm 'wait'", lambda: arranged(reference="wait"))
    refused("one of the visits 'v1'", lambda: arranged(baseline=None, baseline_visit="v9"))
    text = frame.assign(sex="f")
    refused("'sex' holds text", lambda: arranged(text, covariates=["sex"]))
    refused("names the column 'age'", lambda: arranged(covariates=["age"]))
    two = frame.assign(arm=np.where(frame.index == 0, "cbt", frame["arm"]))
    refused(
        "1 persons have more than one 'arm'.*1 rows repeat",
        lambda: arranged(pd.concat([two, two.tail(1)])),
    )
    never = frame.assign(y=frame["y"].where((frame["visit"] != "v2") | (frame["arm"] == "cbt")))
    refused("fewer than two observed", lambda: draw_parameters(arranged(never), 3, draw))
    flat = frame.assign(y=frame["y"].where(frame["visit"] != "v2", 20.0))
    refused("the same value in all of an arm", lambda: draw_parameters(arranged(flat), 3, draw))
    equal = frame.assign(twice=frame["before"] * 2)
    refused(
        "linear combinations",
        lambda: draw_parameters(arranged(equal, covariates=["twice"]), 3, draw),
    )
    few = frame[frame["person"] < 9]
    refused("arm has [45] persons", lambda: draw_parameters(arranged(few), 3, draw))
    refused(
        "all bootstrap samples.*use the scheme 'posterior'",
        lambda: draw_parameters(arranged(frame[frame["person"] < 16]), 50, draw, "bootstrap"),
    )
    refused("no scheme 'gibbs'", lambda: draw_parameters(data, 3, draw, "gibbs"))
    refused("at least two imputations", lambda: draw_parameters(data, 1, draw))
    parameters = draw_parameters(data, 2, draw, burn_in=1)
    refused(
        "no arm 'pdt'.*no strategy 'last_value'",
        lambda: impute_with(parameters, {"pdt": "last_value"}, draw),
    )
    imputed = impute_with(parameters, {"cbt": "copy_reference"}, draw)
    assert imputed.strategies == {"tau": "missing_at_random", "cbt": "copy_reference"}
    refused("no visit 'v9'", lambda: pooled_contrasts(imputed, "v9"))
    refused("must be 'jackknife'", lambda: resample_parameters(data, "bootstrap"))
    refused("at least two imputations", lambda: pool([1.0], [1.0]))
    refused("not negative", lambda: pool([1.0, 2.0], [1.0, -1.0]))
