import re
import warnings

import numpy as np
import pandas as pd
import pytest

from attune.analyses.correlations.declaration import Correlations
from attune.analyses.correlations.estimate import correlate_measures
from attune.specs.closed_model import read_as
from attune.specs.errors import AnalysisError, ConfigurationError
from attune.specs.study import Outcome
from attune.stats.power import minimum_detectable_correlation
from attune.stats.regression import regress_on
from attune.store.contracts import STATISTICS, conform

random = np.random.default_rng(7)
SKILL = random.normal(size=26)
DYADS = pd.DataFrame(
    {
        "condition": ["BRT"] * 12 + ["CBT"] * 14,
        "mindful": SKILL + random.normal(size=26),
        "observe": random.normal(size=26),
        "alliance": SKILL + random.normal(size=26),
        "gain": -SKILL + random.normal(size=26),
        "same": 3.0,
        "missing": np.nan,
    }
)
DYADS.loc[[3, 9], "alliance"] = np.nan

STATISTICS_OF_A_PAIR = {
    "pearson_r",
    "r_squared",
    "spearman_rho",
    "partial_r",
    "robust_r",
    "sandwich_r",
    "bootstrap_r",
    "permutation_p",
    "p_holm",
    "p_bh",
    "bayes_factor",
    "bayes_factor_directed",
    "minimum_detectable_r",
}


def family(x: list[str], y: list[str], **keys: object) -> Correlations:
    return Correlations.model_validate({"title": "", "x": x, "y": y, "dataset": "available"} | keys)


def correlate(
    families: dict[str, Correlations], frame: pd.DataFrame = DYADS, **choices: object
) -> pd.DataFrame:
    keys: dict = {"bootstrap_samples": 999, "permutations": 999, "seed": 1} | choices
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rows = correlate_measures({"available": frame}, families, **keys)
    conform(rows, STATISTICS)
    return rows.set_index("id")


def test_every_pair_has_every_statistic():
    rows = correlate(
        {"bond": family(["mindful", "observe"], ["alliance", "gain"], direction="positive")}
    )
    pairs = rows.groupby(["x", "y"])["statistic"].agg(set)
    assert len(pairs) == 4
    assert all(pair == STATISTICS_OF_A_PAIR for pair in pairs)
    assert rows["estimate"].notna().all()
    assert set(rows["family"]) == {"bond"}
    assert set(rows["tail"]) == {"greater"}
    assert rows["software"].str.fullmatch(r"attune \d[\w.]*(; scipy \d[\w.]*)?").all()


def test_without_a_direction_there_is_no_one_tailed_p():
    rows = correlate({"bond": family(["mindful"], ["alliance"], hold_condition=False)})
    assert set(rows["statistic"]) == STATISTICS_OF_A_PAIR - {"bayes_factor_directed", "partial_r"}
    assert rows["p_one_tailed"].isna().all()
    assert rows["tail"].isna().all()
    p = rows.loc["bond.mindful.alliance.permutation_p"]
    assert p["estimate"] == p["p_two_tailed"]


def test_the_one_tailed_p_follows_the_declared_direction():
    tests = {
        direction: correlate({"bond": family(["mindful"], ["gain"], direction=direction)}).loc[
            "bond.mindful.gain.pearson_r"
        ]
        for direction in ("positive", "negative")
    }
    assert tests["negative"]["estimate"] < 0
    half = tests["negative"]["p_two_tailed"] / 2
    assert tests["negative"]["p_one_tailed"] == pytest.approx(half)
    assert tests["positive"]["p_one_tailed"] == pytest.approx(1 - half)


def test_statistics_of_one_pair_agree_with_each_other():
    rows = correlate({"bond": family(["mindful"], ["alliance"], direction="positive")})
    rows = rows.set_index("statistic")
    r = rows.loc["pearson_r"]
    assert r["n"] == 24
    assert r["df"] == 22
    assert rows.loc["r_squared", "estimate"] == pytest.approx(r["estimate"] ** 2)
    assert rows.loc["bootstrap_r", "estimate"] == r["estimate"]
    assert r["ci_low"] < r["estimate"] < r["ci_high"]
    assert rows.loc["bootstrap_r", "ci_low"] < r["estimate"] < rows.loc["bootstrap_r", "ci_high"]
    assert rows.loc["permutation_p", "p_one_tailed"] == pytest.approx(r["p_one_tailed"], abs=0.02)
    assert rows.loc["permutation_p", "estimate"] == rows.loc["permutation_p", "p_one_tailed"]
    assert rows.loc["p_holm", "estimate"] == pytest.approx(r["p_one_tailed"])
    assert rows.loc["partial_r", "df"] == 21


@pytest.mark.parametrize(("direction", "tailed"), [(None, 2), ("positive", 1), ("negative", 1)])
def test_sensitivity_has_the_tails_of_the_hypothesis(direction: str | None, tailed: int) -> None:
    rows = correlate({"bond": family(["mindful"], ["alliance"], direction=direction)})
    row = rows.loc["bond.mindful.alliance.minimum_detectable_r"]
    assert row["estimate"] == minimum_detectable_correlation(24, 0.80, 0.05, tailed)
    assert f"{'two' if tailed == 2 else 'one'}-tailed level" in row["method"]


def test_adjustment_counts_the_defined_tests_of_the_family():
    rows = correlate({"bond": family(["mindful", "same", "observe"], ["alliance"])})
    smallest = rows[rows["statistic"] == "pearson_r"]["p_two_tailed"].min()
    adjusted = rows[rows["statistic"] == "p_holm"]
    assert adjusted["estimate"].min() == pytest.approx(2 * smallest)
    assert "over the 2 two-tailed p values" in adjusted["method"].iloc[0]
    assert "family bond" in adjusted["method"].iloc[0]


def test_an_analysis_more_changes_no_other_result():
    bond = family(["mindful"], ["alliance", "gain"], direction="positive")
    other = family(["observe"], ["alliance"])
    alone = correlate({"bond": bond})
    together = correlate({"other": other, "bond": bond})
    assert together.loc[alone.index].equals(alone)
    wider = correlate({"bond": family(["mindful", "observe"], ["alliance", "gain"])})
    for statistic, column in (("bootstrap_r", "ci_low"), ("permutation_p", "p_two_tailed")):
        name = f"bond.mindful.alliance.{statistic}"
        assert wider.loc[name, column] == alone.loc[name, column]


def test_the_seed_is_stored_and_decides():
    bond = {"bond": family(["mindful"], ["alliance"])}
    name = "bond.mindful.alliance.bootstrap_r"
    first, again, other = (correlate(bond, seed=seed).loc[name] for seed in (1, 1, 2))
    assert first["seed"] == 1
    assert first.equals(again)
    assert first["ci_low"] != other["ci_low"]


def test_few_dyads_are_permuted_in_full():
    rows = correlate({"bond": family(["mindful"], ["observe"])}, DYADS.head(6))
    p = rows.loc["bond.mindful.observe.permutation_p"]
    assert "all 720 orders" in p["method"]
    assert pd.isna(p["seed"])


@pytest.mark.parametrize(
    ("frame", "x", "reason"),
    [
        (DYADS, "same", "The same value in all 24 dyads: same."),
        (DYADS, "missing", "at least 4 dyads with both measures, found 0."),
        (DYADS.head(4), "mindful", "at least 4 dyads with both measures, found 3."),
        (DYADS.head(0), "mindful", "found 0."),
        (DYADS.assign(almost=1e9 + 1e-7 * SKILL), "almost", "The same value in all 24 dyads"),
    ],
)
def test_an_undefined_pair_is_null_with_its_reason(frame, x, reason):
    rows = correlate({"bond": family([x], ["alliance"], direction="positive")}, frame)
    assert set(rows["statistic"]) == STATISTICS_OF_A_PAIR
    assert rows["estimate"].isna().all()
    assert rows[["se", "df", "p_two_tailed", "p_one_tailed", "ci_low"]].isna().all(axis=None)
    assert rows["reason"].str.contains(reason, regex=False).all()


def test_a_perfect_correlation_prints_no_warning():
    frame = DYADS.assign(twice=2 * DYADS["mindful"] + 1)
    rows = correlate({"bond": family(["mindful"], ["twice"], direction="positive")}, frame)
    rows = rows.set_index("statistic")
    r = rows.loc["pearson_r"]
    assert (r["estimate"], r["ci_low"], r["ci_high"]) == (1, 1, 1)
    assert (r["p_two_tailed"], r["se"]) == (0, 0)
    for statistic in ("bayes_factor", "bayes_factor_directed", "bootstrap_r", "partial_r"):
        assert np.isnan(rows.loc[statistic, "estimate"])
        assert rows.loc[statistic, "reason"]


@pytest.mark.parametrize("n", [4, 5, 6])
def test_tiny_samples_print_no_warning(n):
    rows = correlate({"bond": family(["mindful"], ["observe"])}, DYADS.head(n))
    assert rows.loc["bond.mindful.observe.pearson_r", "n"] == n


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"condition": "BRT"}, "in one condition"),
        ({"condition": None}, "in one condition, or none is recorded"),
        ({"condition": [f"c{number}" for number in range(26)]}, "too few to hold"),
        ({"mindful": [1.0] * 12 + [2.0] * 14}, "does not vary"),
        ({"mindful": DYADS["alliance"] + np.repeat([0.0, 5.0], [12, 14])}, "exact function"),
    ],
)
def test_an_undefined_partial_correlation_leaves_the_rest(change, reason):
    rows = correlate({"bond": family(["mindful"], ["alliance"])}, DYADS.assign(**change))
    partial = rows.loc["bond.mindful.alliance.partial_r"]
    assert np.isnan(partial["estimate"])
    assert reason in partial["reason"]
    assert np.isfinite(rows.loc["bond.mindful.alliance.pearson_r", "estimate"])


def test_dyads_without_a_condition_are_left_out_of_the_partial_correlation_only():
    frame = DYADS.assign(condition=DYADS["condition"].where(DYADS.index > 1, None))
    rows = correlate({"bond": family(["mindful"], ["gain"])}, frame)
    assert rows.loc["bond.mindful.gain.pearson_r", "n"] == 26
    assert rows.loc["bond.mindful.gain.partial_r", "n"] == 24


def test_what_does_not_exist_is_named_all_at_once():
    families = {
        "bond": family(["mindfull"], ["alliance"]),
        "other": family(["mindful"], ["gain"], dataset="imputed"),
    }
    with pytest.raises(AnalysisError) as error:
        correlate(families)
    assert len(error.value.problems) == 2
    assert "'mindfull'" in error.value.problems[0]
    assert "'imputed'" in error.value.problems[1]


def test_every_pair_of_a_list_once():
    """The same numbers as the pairs declared one by one; the family has three tests, not nine."""
    names = ["mindful", "observe", "alliance"]
    every = Correlations.model_validate({"title": "", "x": names, "dataset": "available"})
    rows = correlate({"every": every})
    r = rows[rows["statistic"] == "pearson_r"]
    pairs = [("mindful", "observe"), ("mindful", "alliance"), ("observe", "alliance")]
    assert list(zip(r["x"], r["y"], strict=True)) == pairs
    for x, y in pairs:
        alone = correlate({"every": family([x], [y])}).loc[f"every.{x}.{y}.pearson_r"]
        together = rows.loc[f"every.{x}.{y}.pearson_r"]
        assert (together["estimate"], together["p_two_tailed"]) == (
            alone["estimate"],
            alone["p_two_tailed"],
        )
    holm = rows[rows["statistic"] == "p_holm"]["estimate"]
    assert holm.min() == pytest.approx(min(1, 3 * r["p_two_tailed"].min()))


@pytest.mark.parametrize(
    ("x", "y", "told"),
    [
        (["a", "b"], ["b"], "'b' is x and y. A measure is not correlated with itself"),
        (["a", "b"], ["a", "b"], "for every pair of a list, each once, give the list as x"),
        (["a", "a"], ["b"], "x names 'a' 2 times"),
        (["a"], ["b", "b"], "y names 'b' 2 times"),
    ],
)
def test_a_pair_is_declared_once_and_of_two(x: list[str], y: list[str], told: str):
    with pytest.raises(ConfigurationError, match=re.escape(told)):
        read_as(Correlations, {"title": "", "x": x, "y": y, "dataset": "available"}, "study.yaml")


def test_the_analysis_of_covariance_of_a_pair_is_fitted_once(monkeypatch):
    fitted = []

    def counted(predictors, outcome):
        fitted.append(len(predictors.basis) - 1)
        return regress_on(predictors, outcome)

    monkeypatch.setattr("attune.stats.ancova.regress_on", counted)
    frame = DYADS.assign(before=SKILL, after=SKILL + DYADS["observe"], change=DYADS["gain"])
    outcome = Outcome(label="Change", pretest="before", posttest="after")
    plan = {"f": family(["mindful"], ["change"])}
    correlate_measures(
        {"available": frame}, plan, {"change": outcome}, bootstrap_samples=0, permutations=0, seed=1
    )
    assert fitted == [2]
