import numpy as np
import pandas as pd
import pytest

from attune.analyses.gains.estimate import compute_residual_gains, residual_gains
from attune.specs.errors import AnalysisError
from attune.store.contracts import GAINS, MEASURES, STATISTICS, conform
from attune.store.datasets import analysis_datasets

OUTCOMES = {"symptoms": ("before", "after")}


def measures(before: list[float], after: list[float], imputation: int = 0) -> pd.DataFrame:
    dyads = [f"d{number}" for number in range(len(before))]
    return pd.DataFrame(
        {
            "dyad": dyads,
            "occasion": "",
            "imputation": imputation,
            "therapist": "t",
            "condition": "BRT",
            "before": before,
            "after": after,
        }
    )


def test_residuals_are_free_of_the_pretest():
    random = np.random.default_rng(1)
    before, after = random.normal(size=(2, 30))
    gains = residual_gains(before, after)
    assert gains.sum() == pytest.approx(0, abs=1e-12)
    assert gains @ before == pytest.approx(0, abs=1e-12)


def test_units_of_the_pretest_do_not_matter():
    random = np.random.default_rng(2)
    before, after = random.normal(size=(2, 12))
    assert residual_gains(100 - 7 * before, after) == pytest.approx(residual_gains(before, after))
    assert residual_gains(before, 5 * after) == pytest.approx(5 * residual_gains(before, after))


def test_a_missing_score_leaves_the_other_dyads_alone():
    complete = residual_gains([1, 2, 3, 4], [1, 3, 2, 4])
    with_missing = residual_gains([1, 2, np.nan, 3, 4, 9], [1, 3, 8, 2, 4, np.nan])
    assert with_missing[[0, 1, 3, 4]] == pytest.approx(complete)
    assert np.isnan(with_missing[[2, 5]]).all()


def test_an_exact_line_leaves_nothing():
    assert (residual_gains([0.1, 0.2, 0.3, 0.7], [1.2, 1.4, 1.6, 2.4]) == 0).all()
    assert (residual_gains([0.1, 0.2, 0.3, 0.7], [5.1, 5.1, 5.1, 5.1]) == 0).all()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ([1, 2, 3, np.nan], [1, 2, 4, 5], "at least 4 dyads .* found 3"),
        ([2, 2, 2, 2, 9], [1, 2, 3, 4, np.nan], "pretest that varies, found 2 in all 4"),
        ([], [], "found 0"),
    ],
)
def test_undefined_gains_say_why(before, after, message):
    with pytest.raises(AnalysisError, match=message):
        residual_gains(before, after)


def test_gains_and_regressions_of_every_imputation():
    observed = measures([1, 2, 3, 4, np.nan], [1, 3, 2, 4, 3])
    imputed = measures([1, 2, 3, 4, 2.5], [1, 3, 2, 4, 3], imputation=1)
    gains, statistics = compute_residual_gains(
        pd.concat([observed, imputed], ignore_index=True), OUTCOMES
    )
    assert len(conform(gains, GAINS)) == 10
    conform(statistics, STATISTICS)
    estimates = statistics.set_index("id")["estimate"]
    assert estimates["gains.symptoms.available.slope"] == pytest.approx(0.8)
    assert estimates["gains.symptoms.available.intercept"] == pytest.approx(0.5)
    assert estimates["gains.symptoms.available.r_squared"] == pytest.approx(0.64)
    assert estimates["gains.symptoms.available.n"] == 4
    assert estimates["gains.symptoms.imputed.n"] == 5
    first = gains[(gains["dyad"] == "d1") & (gains["imputation"] == 0)].iloc[0]
    assert (first["raw_gain"], first["residual_gain"]) == pytest.approx((1, 0.9))


def test_an_undefined_regression_is_null_with_its_reason():
    gains, statistics = compute_residual_gains(measures([1, 2, np.nan], [1, 2, 3]), OUTCOMES)
    rows = statistics.set_index("statistic")
    assert rows.loc["n", "estimate"] == 2
    assert rows.loc[["slope", "intercept", "r_squared"], "estimate"].isna().all()
    assert rows.loc["slope", "reason"].endswith("found 2.")
    assert np.isnan(rows.loc["slope", "se"])
    assert gains["residual_gain"].isna().all()
    conform(gains, GAINS)


def test_a_constant_posttest_has_a_slope_but_no_explained_variance():
    _, statistics = compute_residual_gains(measures([1, 2, 3, 4], [2, 2, 2, 2]), OUTCOMES)
    rows = statistics.set_index("statistic")
    assert rows.loc["slope", "estimate"] == 0
    assert np.isnan(rows.loc["slope", "p_two_tailed"])
    assert rows.loc["r_squared", "reason"].startswith("The posttest is constant")


def test_an_outcome_without_its_measure_is_an_error():
    with pytest.raises(AnalysisError, match="'pain' names the posttest 'later'") as error:
        compute_residual_gains(measures([1, 2, 3, 4], [1, 2, 3, 4]), {"pain": ("before", "later")})
    assert len(error.value.problems) == 1


def test_datasets_join_measures_and_gains():
    both = pd.concat(
        [
            measures([1, 2, 3, 4, np.nan], [1, 3, 2, 4, 3]),
            measures([1, 2, 3, 4, 2.5], [1, 3, 2, 4, 3], imputation=1),
        ],
        ignore_index=True,
    )
    gains, _ = compute_residual_gains(both, OUTCOMES)
    datasets = analysis_datasets(both, gains.sample(frac=1, random_state=1))
    assert list(datasets) == ["available", "imputed"]
    assert datasets["available"]["dyad"].tolist() == ["d0", "d1", "d2", "d3", "d4"]
    assert datasets["available"]["symptoms"].round(10).tolist()[:4] == [-0.3, 0.9, -0.9, 0.3]
    assert np.isnan(datasets["available"]["symptoms"][4])
    assert datasets["imputed"]["symptoms"].notna().all()


def test_a_study_without_outcomes_has_no_gains():
    observed = conform(measures([1, 2], [3, 4]), MEASURES).to_pandas()
    gains, statistics = compute_residual_gains(observed, {})
    stored = conform(gains, GAINS).to_pandas()
    assert len(stored) == len(conform(statistics, STATISTICS)) == 0
    datasets = analysis_datasets(observed, stored)
    assert datasets["available"]["before"].tolist() == [1, 2]


def test_the_standard_deviation_of_residual_gains_by_hand():
    """The residuals are -0.3, 0.9, -0.9 and 0.3: 1.8 over three is 0.6."""
    frame = pd.DataFrame(
        {"dyad": list("abcd"), "imputation": 0, "pre": [1.0, 2, 3, 4], "post": [1.0, 3, 2, 4]}
    )
    _, statistics = compute_residual_gains(frame, {"gain": ("pre", "post")})
    rows = statistics.set_index("id")
    assert rows.loc["gains.gain.available.sd", "estimate"] == pytest.approx(np.sqrt(0.6))
