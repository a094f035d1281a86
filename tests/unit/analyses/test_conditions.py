import warnings

import numpy as np
import pandas as pd
import pytest

from attune.analyses.conditions.declaration import Conditions, untested_measures
from attune.analyses.conditions.estimate import compare_conditions, f_test
from attune.analyses.study import StudyFile
from attune.specs.closed_model import read_as
from attune.specs.errors import AnalysisError
from attune.stats.effect_sizes import noncentral_t, standardised_difference_interval
from attune.store.contracts import STATISTICS, conform

LEVELS = ["Brief Relational Therapy", "Cognitive-Behavioral Therapy"]
DYADS = pd.DataFrame(
    {
        "condition": [LEVELS[0]] * 3 + [LEVELS[1]] * 4 + [None],
        "bond": [1.0, 2, 3, 4, 5, 6, 5, 99],
        "gain": [0.5, np.nan, 1, 2, 2, np.nan, 3, 1],
        "same": 2.0,
        "apart": [1.0, 1, 1, 2, 2, 2, 2, 2],
    }
)


def compare(
    measure: str, frame: pd.DataFrame = DYADS, reference: str | None = None, **choices
) -> pd.DataFrame:
    analysis = Conditions(title="", measures=[measure], dataset="available", reference=reference)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        levels = {level: level for level in choices.pop("levels", LEVELS)}
        rows = compare_conditions(
            {"available": frame}, {"preliminary": analysis}, levels=levels, **choices
        )
    conform(rows, STATISTICS)
    return rows.set_index("id").rename(index=lambda name: name.split(".", 2)[2])


@pytest.mark.parametrize(
    ("trial", "choice", "untested"),
    [(True, False, {"before"}), (True, True, set()), (False, False, set())],
)
def test_baselines_of_randomised_groups_are_tested_only_if_the_plan_asks(trial, choice, untested):
    one = {"label": "Mood", "instrument": "mood", "scale": "total", "rater": "patient"}
    arms = {"title": "Arms", "measures": ["before", "after"], "dataset": "available"}
    plan = {
        "study": "toy",
        "title": "Toy",
        "authors": ["Nobody"],
        "template": "generic",
        "measures": {
            "before": one | {"occasion": "baseline"},
            "after": one | {"occasion": "end"},
            "mood": one,
        },
        "occasions": ["baseline", "end"],
        "imputation": {"method": "none"},
        "conditions": {"arms": arms | {"test_baseline": choice}},
    }
    if trial:
        plan["trial"] = {
            "visits": {
                **{"title": "Trial", "dataset": "available", "randomised": "patient"},
                **{"baseline": "baseline", "visits": ["end"]},
                "outcomes": {"mood": {"level": "patient", "better": "lower"}},
                "estimand": {"population": "all"},
            }
        }
    study = read_as(StudyFile, plan, "toy.yaml")
    assert untested_measures(study, study.conditions["arms"]) == untested


def test_a_declared_reference_is_subtracted():
    first, turned, same = (compare("bond", reference=name) for name in (None, *LEVELS))
    pd.testing.assert_frame_equal(first, same)
    signed = ["t", "mean_difference", "welch_difference", "cohen_d", "hedges_g", "unpooled_d"]
    np.testing.assert_allclose(turned.loc[signed, "estimate"], -first.loc[signed, "estimate"])
    np.testing.assert_allclose(turned.loc["cohen_d", "ci_low"], -first.loc["cohen_d", "ci_high"])
    assert turned.loc["t", "contrast"] == f"{LEVELS[1]} minus {LEVELS[0]}"
    unsigned = turned.index.difference(signed)
    np.testing.assert_allclose(
        turned.loc[unsigned, "estimate"].astype(float),
        first.loc[unsigned, "estimate"].astype(float),
    )


def test_first_declared_condition_minus_second_by_hand():
    # Means 2 and 5, pooled variance (2 x 1 + 3 x 2/3) / 5 = 0.8.
    rows = compare("bond")
    sd = np.sqrt(0.8)
    assert rows.loc["mean_difference", "estimate"] == pytest.approx(-3)
    assert rows.loc["mean_difference", "se"] == pytest.approx(sd * np.sqrt(1 / 3 + 1 / 4))
    assert rows.loc["t", "estimate"] == pytest.approx(-3 / (sd * np.sqrt(7 / 12)))
    assert rows.loc["t", "df"] == 5
    assert rows.loc["t", "n"] == 7
    assert rows.loc["cohen_d", "estimate"] == pytest.approx(-3 / sd)
    assert rows.loc["hedges_g", "estimate"] == pytest.approx(-3 / sd * (1 - 3 / 19))
    assert rows.loc["brief_relational_therapy.mean", "estimate"] == 2
    assert rows.loc["cognitive_behavioral_therapy.n", "estimate"] == 4
    assert rows.loc["cognitive_behavioral_therapy.sd", "estimate"] == pytest.approx(np.sqrt(2 / 3))
    assert rows.loc["cognitive_behavioral_therapy.sd", "level"] == LEVELS[1]


def test_the_ratio_of_standard_deviations_by_hand():
    # Standard deviations 1 and the root of 2/3; the order of the conditions does not matter.
    for levels in (LEVELS, LEVELS[::-1]):
        ratio = compare("bond", levels=levels).loc["sd_ratio", "estimate"]
        assert ratio == pytest.approx(np.sqrt(1.5))


def test_the_ratio_is_undefined_where_one_condition_does_not_vary():
    row = compare("bond", DYADS.assign(bond=[1.0, 1, 1, 4, 5, 6, 5, 99])).loc["sd_ratio"]
    assert pd.isna(row["estimate"])
    assert row["reason"] == "The measure does not vary within one of the conditions."


def test_the_order_of_the_conditions_turns_the_signs_around():
    forward, backward = compare("bond"), compare("bond", levels=LEVELS[::-1])
    for statistic in ("t", "mean_difference", "cohen_d", "hedges_g"):
        there, back = forward.loc[statistic], backward.loc[statistic]
        assert there["estimate"] == pytest.approx(-back["estimate"])
        if statistic != "t":
            assert there["ci_low"] == pytest.approx(-back["ci_high"])
    assert forward.loc["bayes_factor", "estimate"] == backward.loc["bayes_factor", "estimate"]


def test_welch_differs_where_variances_do():
    pooled, welch = compare("bond"), compare("bond", variances="welch")
    assert welch.loc["t", "df"] < pooled.loc["t", "df"]
    assert welch.loc["t", "method"].startswith("Welch")
    assert welch.loc["cohen_d", "estimate"] == pooled.loc["cohen_d", "estimate"]
    assert welch.loc["bayes_factor", "estimate"] == pooled.loc["bayes_factor", "estimate"]


def test_missing_values_and_unknown_conditions_are_left_out():
    rows = compare("gain")
    assert rows.loc["t", "n"] == 5
    assert rows.loc["brief_relational_therapy.mean", "estimate"] == 0.75


@pytest.mark.parametrize(
    ("measure", "change", "reason"),
    [
        ("same", {}, "does not vary within any condition"),
        ("apart", {}, "does not vary within any condition"),
        ("gain", {"gain": [1, np.nan, np.nan, 2, 3, 4, 5, 6]}, "Brief Relational Therapy 1"),
        ("gain", {"gain": np.nan}, "found Brief Relational Therapy 0, Cognitive"),
        ("bond", {"condition": None}, "found Brief Relational Therapy 0, Cognitive"),
    ],
)
def test_an_undefined_comparison_is_null_with_its_reason(measure, change, reason):
    rows = compare(measure, DYADS.assign(**change))
    tests = rows.loc[["t", "mean_difference", "cohen_d", "hedges_g", "bayes_factor"]]
    assert tests["estimate"].isna().all()
    assert tests["reason"].str.contains(reason).all()
    assert rows.loc["cognitive_behavioral_therapy.n", "reason"] is None


def test_one_declared_condition_cannot_be_compared():
    frame = DYADS[DYADS["condition"] == LEVELS[0]]
    rows = compare("bond", frame, levels=LEVELS[:1])
    assert rows.loc["t", "reason"] == "A comparison needs two conditions, declared are 1."
    assert rows.loc["brief_relational_therapy.mean", "estimate"] == 2


def test_smallest_samples_print_no_warning():
    frame = DYADS.iloc[[0, 1, 3, 4]]
    rows = compare("bond", frame)
    assert rows.loc["t", "df"] == 2
    assert np.isfinite(rows.loc["cohen_d", "ci_low"])


def test_three_conditions_give_f():
    frame = DYADS.assign(condition=["a", "a", "a", "b", "b", "c", "c", None])
    rows = compare("bond", frame, levels=["a", "b", "c"])
    assert set(rows["statistic"]) == {"f", "mean", "sd", "n"}
    assert rows.loc["f", "df"] == 4
    assert "2 numerator degrees of freedom" in rows.loc["f", "method"]
    constant = compare("apart", frame, levels=["a", "b", "c"], variances="welch")
    assert np.isnan(constant.loc["f", "estimate"])
    one_constant = frame.assign(bond=[1.0, 1, 1, 2, 3, 5, 4, 0])
    welch = compare("bond", one_constant, levels=["a", "b", "c"], variances="welch")
    assert welch.loc["f", "reason"].endswith("which Welch's test needs.")


def test_f_of_two_conditions_is_t_squared():
    samples = [np.array([1.0, 2, 3]), np.array([4.0, 5, 6, 5])]
    for variances in ("pooled", "welch"):
        t = compare("bond", variances=variances).loc["t"]
        f, df, p = f_test(samples, variances)
        assert (f, df, p) == pytest.approx((t["estimate"] ** 2, t["df"], t["p_two_tailed"]))


def test_what_does_not_exist_is_named_all_at_once():
    analyses = {
        "one": Conditions(title="", measures=["bnod"], dataset="available"),
        "two": Conditions(title="", measures=["bond"], dataset="imputed"),
    }
    with pytest.raises(AnalysisError) as error:
        compare_conditions({"available": DYADS}, analyses, levels={LEVELS[0]: LEVELS[0]})
    assert len(error.value.problems) == 3
    assert "'bnod'" in error.value.problems[0]
    assert "Cognitive-Behavioral Therapy" in error.value.problems[1]
    assert "'imputed'" in error.value.problems[2]


@pytest.mark.parametrize("d", [-8.0, -0.9, 0.0, 0.3, 2.0, 30.0])
@pytest.mark.parametrize("sizes", [(2, 2), (12, 13), (300, 400)])
def test_limits_put_the_observed_t_at_the_quantiles(d, sizes):
    size = np.sqrt(sizes[0] * sizes[1] / sum(sizes))
    low, high = standardised_difference_interval(d, *sizes, 0.9)
    df = sum(sizes) - 2
    assert low < high
    assert noncentral_t(d * size, df, low * size) == pytest.approx(0.95, abs=1e-10)
    assert noncentral_t(d * size, df, high * size) == pytest.approx(0.05, abs=1e-10)
