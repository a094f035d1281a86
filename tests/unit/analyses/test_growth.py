"""Growth models: known answers, what is defined, and inputs that carry no model."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from tests.unit.analyses.one_file_cohort import ARMS, one_file_cohort, questionnaires

from attune.analyses.growth.declaration import Growth
from attune.analyses.growth.design import column, growth_design
from attune.analyses.growth.estimate import _count_rows, fit_growth
from attune.analyses.growth.models import FittedGrowth, fit_design, residual_of
from attune.analyses.growth.sensitivity import largest_influences, ratings_covariance
from attune.analyses.growth.shares import drawn_parts, share_rows
from attune.analyses.study import StudyFile
from attune.printing.caterpillar import draw_caterpillar
from attune.specs.cohort import Cohort, HashedIds, SmallestCell
from attune.stats.mixed_models import fit_mixed_model
from attune.stats.mixed_search import HARDLY_DETERMINED

SCORED = {"instrument": "wai_s", "scale": "total"}
TIMES = {"s1": 1, "s2": 2, "s3": 3, "s4": 4}


def study_of(**growth: Any) -> Any:
    entry: dict[str, Any] = {
        "title": "Growth",
        "dataset": "available",
        "outcomes": ["wai"],
        "time": {"occasions": TIMES, "unit": "sessions", "origin": 1},
    }
    measures = {
        "wai": {"label": "Alliance", "rater": "patient", **SCORED},
        "wai_t": {"label": "Alliance, therapist", "rater": "therapist", **SCORED},
        "mood": {"label": "Mood", "rater": "observer", **SCORED},
        "skill": {"label": "Skill", "variable": "skill"},
    }
    return StudyFile.model_validate(
        {
            "study": "s",
            "title": "S",
            "authors": [],
            "template": "generic",
            "occasions": list(TIMES),
            "measures": measures,
            "imputation": {"method": "none"},
            "growth": {"g": entry | growth},
        }
    )


def cohort_of(therapist: bool = True) -> Cohort:
    forms = questionnaires([("wai_s", "patient", "w")], ["s1"])
    return one_file_cohort({"arm": ARMS}, therapist, questionnaires=forms)


def measures_of(
    n_therapists: int = 12, n_patients: int = 3, seed: int = 3, sd: tuple[float, float] = (2, 4)
) -> pd.DataFrame:
    """Alliance that rises by 1.5 a session, by 0.5 more with a point of the therapist's skill."""
    rng = np.random.default_rng(seed)
    rows = []
    for therapist in range(n_therapists):
        skill, own = rng.normal(), rng.normal(scale=sd[0])
        for patient in range(n_patients):
            level, slope = own + rng.normal(scale=sd[1]), rng.normal(scale=0.8)
            for occasion, time in TIMES.items():
                mood = rng.normal()
                wai = 50 + level + (1.5 + 0.5 * skill + slope) * (time - 1) + 0.7 * mood
                rows.append(
                    {
                        "dyad": f"{therapist}_{patient}",
                        "patient": f"{therapist}_{patient}",
                        "therapist": f"t{therapist}",
                        "condition": "ab"[patient % 2],
                        "occasion": occasion,
                        "imputation": 0,
                        "wai": wai + rng.normal(scale=1.5),
                        "wai_t": 45 + 0.6 * level + 2 * (time - 1) + rng.normal(scale=2),
                        "mood": mood,
                        "skill": skill,
                    }
                )
    return pd.DataFrame(rows)


def sample_of(measures: pd.DataFrame) -> pd.DataFrame:
    dyads = measures.drop_duplicates("dyad")
    return dyads[["dyad", "patient", "therapist", "condition"]].assign(arm=dyads["condition"])


def rows_of(
    measures: pd.DataFrame | None = None,
    cohort: Cohort | None = None,
    seed: int = 2012,
    **growth: Any,
) -> pd.DataFrame:
    data = measures_of() if measures is None else measures
    study = study_of(**growth)
    found = fit_growth(data, sample_of(data), study, cohort or cohort_of(), seed=seed)
    return found.set_index("id")


def test_published_regression_of_the_beat_the_blues_table() -> None:
    """`lmer(bdi ~ bdi.pre + time + treatment + drug + length + (1 | subject), REML = FALSE)`.

    Estimates, standard errors and the log-likelihood as known for this table of HSAUR.
    """
    raw = pd.read_csv(Path("data/btheb/btheb.csv"), na_values=[""])
    occasions = {"month_2": "2m", "month_3": "4m", "month_5": "6m", "month_8": "8m"}
    long = pd.concat(
        [
            pd.DataFrame(
                {
                    "y": raw[f"bdi.{name}"],
                    "time": month,
                    "pre": raw["bdi.pre"],
                    "id": raw["id"].astype(str),
                    "treatment": (raw["treatment"] == "BtheB").astype(float),
                    "drug": (raw["drug"] == "Yes").astype(float),
                    "length": (raw["length"] == ">6m").astype(float),
                }
            )
            for month, name in zip((2.0, 3.0, 5.0, 8.0), occasions.values(), strict=True)
        ]
    )
    from attune.stats.mixed_models import RandomTerm

    fit = fit_mixed_model(
        long, "y ~ pre + time + treatment + drug + length", [RandomTerm(("id",))], reml=False
    )
    found = dict(zip(fit.coefficients, fit.estimates.round(5), strict=True))
    assert found == {
        "Intercept": 5.59239,
        "pre": 0.63968,
        "time": -0.70476,
        "treatment": -2.32908,
        "drug": -2.82495,
        "length": 0.19708,
    }
    assert fit.standard_errors.round(5).tolist() == [
        2.24244, 0.07789, 0.14639, 1.67036, 1.72684, 1.63832
    ]  # fmt: skip
    variances = [fit.random_covariances[0].covariance[0, 0], fit.residual_sd**2]
    assert np.round(variances, 2).tolist() == [48.78, 25.14]
    assert round(fit.log_likelihood, 2) == -935.75


def test_the_coefficients_are_those_that_made_the_data() -> None:
    rows = rows_of(
        measures_of(60, 4),
        predictors={
            "skill": {"measure": "skill", "level": "therapist"},
            "mood": {"measure": "mood", "level": "session", "growth": False},
        },
    )
    assert rows.loc["g.wai.time.fixed_effect", "estimate"] == pytest.approx(1.5, abs=0.15)
    assert rows.loc["g.wai.skill_by_time.fixed_effect", "estimate"] == pytest.approx(0.5, abs=0.15)
    assert rows.loc["g.wai.mood_within.fixed_effect", "estimate"] == pytest.approx(0.7, abs=0.15)
    assert rows.loc["g.wai.patient.intercept.random_sd", "estimate"] == pytest.approx(4, abs=0.5)
    assert rows.loc["g.wai.patient.time.random_sd", "estimate"] == pytest.approx(0.8, abs=0.2)
    assert rows.loc["g.wai.residual_sd", "estimate"] == pytest.approx(1.5, abs=0.15)
    assert rows.loc["g.n_ratings", "estimate"] == 60 * 4 * 4


def test_t_is_the_coefficient_in_standard_errors_and_the_interval_has_its_df() -> None:
    from scipy.stats import t as t_distribution

    rows = rows_of()
    slope, t = rows.loc["g.wai.time.fixed_effect"], rows.loc["g.wai.time.fixed_effect_t"]
    assert t["estimate"] == pytest.approx(slope["estimate"] / slope["se"])
    assert t["p_two_tailed"] == pytest.approx(2 * t_distribution.sf(abs(t["estimate"]), t["df"]))
    reach = t_distribution.ppf(0.975, slope["df"]) * slope["se"]
    assert slope["ci_high"] == pytest.approx(slope["estimate"] + reach)


def test_the_contextual_effect_is_between_minus_within() -> None:
    rows = rows_of(predictors={"mood": {"measure": "mood", "level": "session", "growth": False}})
    between, within = (
        rows.loc[f"g.wai.mood_{part}.fixed_effect", "estimate"] for part in ("between", "within")
    )
    assert rows.loc["g.wai.mood.contextual_effect", "estimate"] == pytest.approx(between - within)


def test_shares_of_variance_add_up() -> None:
    rows = rows_of(predictors={"skill": {"measure": "skill", "level": "therapist"}})
    shares = rows[rows["statistic"] == "explained_share"]["estimate"]
    assert shares.sum() == pytest.approx(1)
    assert (shares >= 0).all() and len(shares) == 6
    limits = rows.loc[shares.index, ["ci_low", "ci_high"]]
    assert ((limits["ci_low"] <= shares) & (shares <= limits["ci_high"])).all()
    assert (limits["ci_high"] - limits["ci_low"] > 0).all() and (limits["ci_high"] < 1).all()
    icc = rows[rows["statistic"] == "icc"]
    assert ((icc["ci_low"] <= icc["estimate"]) & (icc["estimate"] <= icc["ci_high"])).all()


def test_intervals_of_shares_depend_on_the_seed_alone() -> None:
    first, again, other = (rows_of(seed=seed) for seed in (1, 1, 2))
    chosen = first["statistic"] == "explained_share"
    assert first[chosen]["ci_high"].equals(again[chosen]["ci_high"])
    assert not first[chosen]["ci_high"].equals(other[chosen]["ci_high"])
    assert (other[chosen]["ci_high"] - first[chosen]["ci_high"]).abs().max() < 0.03
    assert set(first[chosen]["seed"]) == {1}


def test_a_model_without_random_slopes_has_no_interval_of_their_share() -> None:
    rows = rows_of(random={"patient": "intercept"})
    share = rows.loc["g.wai.slopes.explained_share"]
    assert share["estimate"] == 0 and np.isnan(share["ci_low"])
    assert np.isfinite(rows.loc["g.wai.patient.explained_share", "ci_low"])


@pytest.mark.parametrize(
    ("variances", "outcomes"), [("equal", ["wai"]), ("by_occasion", ["wai", "wai_t"])]
)
def test_the_parts_of_the_intervals_are_the_partition(variances: str, outcomes: list[str]) -> None:
    model = study_of(residual_variances=variances, outcomes=outcomes).growth["g"]
    found = fitted(model, measures_of())
    for outcome in outcomes:
        parts = drawn_parts(found, outcome)
        total = sum(part.estimate for part in parts.values())
        shares = {row["level"]: row["estimate"] for row in share_rows(found, outcome)}
        assert shares == pytest.approx({name: one.estimate / total for name, one in parts.items()})


def test_model_means_follow_the_coefficients() -> None:
    rows = rows_of(condition=True)
    for occasion, time in TIMES.items():
        by_arm = [rows.loc[f"g.wai.{occasion}.{arm}.model_mean", "estimate"] for arm in "ab"]
        expected = (
            rows.loc["g.wai.condition.fixed_effect", "estimate"]
            + (time - 1) * rows.loc["g.wai.condition_by_time.fixed_effect", "estimate"]
        )
        difference = rows.loc[f"g.wai.{occasion}.condition_difference"]
        assert difference["estimate"] == pytest.approx(expected)
        assert by_arm[1] - by_arm[0] == pytest.approx(expected)
        assert rows.loc[f"g.wai.{occasion}.observed_n", "estimate"] == 36
    overall = rows.loc["g.wai.s1.model_mean", "estimate"]
    share = 1 / 3  # one of three patients of each therapist is in arm b
    arms = [rows.loc[f"g.wai.s1.{arm}.model_mean", "estimate"] for arm in "ab"]
    assert overall == pytest.approx((1 - share) * arms[0] + share * arms[1])


def test_two_raters_are_one_model_and_their_contrast_is_the_difference() -> None:
    rows = rows_of(outcomes=["wai", "wai_t"])
    slopes = [rows.loc[f"g.{name}.time.fixed_effect", "estimate"] for name in ("wai", "wai_t")]
    contrast = rows.loc["g.time.rater_contrast"]
    assert contrast["estimate"] == pytest.approx(slopes[0] - slopes[1])
    assert contrast["contrast"] == "wai minus wai_t"
    assert -1 <= rows.loc["g.patient.intercept.rater_correlation", "estimate"] <= 1
    assert "g.session.residual.rater_correlation" in rows.index


def test_a_category_with_three_levels_has_one_f() -> None:
    data = measures_of()
    cohort = cohort_of()
    site = {"column": "site", "label": "Site", "kind": "category"}
    variables = dict(cohort.sample.variables)
    made = Cohort.model_validate(
        cohort.model_dump()
        | {
            "sample": cohort.sample.model_dump()
            | {
                "variables": {name: one.model_dump() for name, one in variables.items()}
                | {"site": site | {"levels": {"1": "One", "2": "Two", "3": "Three"}}}
            }
        }
    )
    sample = sample_of(data)
    sample["site"] = [str(number % 3 + 1) for number in range(len(sample))]
    study = study_of(predictors={"site": {"variable": "site", "level": "patient"}})
    rows = fit_growth(data, sample, study, made).set_index("id")
    f = rows.loc["g.wai.site.fixed_effect_f"]
    assert f["method"].endswith("2 numerator degrees of freedom") and f["estimate"] >= 0
    assert "g.wai.site_growth.fixed_effect_f" in rows.index


def fitted(model: Growth, data: pd.DataFrame) -> FittedGrowth:
    design = growth_design(data, sample_of(data), model, {}, {})
    return FittedGrowth("g", model, design, fit_design(design, model), {}, 0.95)


@pytest.mark.parametrize(
    "growth",
    [
        {},
        {"outcomes": ["wai", "wai_t"]},
        {"residual": "continuous_ar1", "random": {"patient": "intercept"}},
        {"residual": "ar1", "random": {"patient": "intercept"}, "outcomes": ["wai", "wai_t"]},
        {"residual_variances": "by_occasion", "outcomes": ["wai", "wai_t"]},
        {"random": {"patient": "slope", "therapist": "slope"}},
    ],
)
def test_the_covariance_of_the_ratings_gives_the_coefficients(growth: dict[str, Any]) -> None:
    """Generalised least squares with `ratings_covariance` is the engine's estimate."""
    one = fitted(study_of(**growth).growth["g"], measures_of(8, 3))
    frame = one.design.frame
    covariance = ratings_covariance(one, frame)
    x, y = frame[list(one.fit.coefficients)].to_numpy(), frame["score"].to_numpy()
    inverse = np.linalg.inv(covariance)
    information = x.T @ inverse @ x
    assert np.linalg.solve(information, x.T @ inverse @ y) == pytest.approx(
        one.fit.estimates, rel=1e-6
    )
    assert np.linalg.inv(information) == pytest.approx(one.fit.covariance, rel=1e-5, abs=1e-8)


def test_influence_is_what_leaving_a_therapist_out_does() -> None:
    """With the variances kept, the estimates without a therapist are those of the other rows."""
    one = fitted(study_of().growth["g"], measures_of(8, 3))
    frame = one.design.frame
    largest = largest_influences(one, "therapist")
    changes = []
    for therapist in frame["therapist"].unique():
        rest = frame[frame["therapist"] != therapist].reset_index(drop=True)
        inverse = np.linalg.inv(ratings_covariance(one, rest))
        x, y = rest[list(one.fit.coefficients)].to_numpy(), rest["score"].to_numpy()
        without = np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ y)
        changes.append(np.abs(without - one.fit.estimates) / one.fit.standard_errors)
    assert [*largest.values()] == pytest.approx(np.max(changes, axis=0).tolist())


def test_dropout_that_depends_on_nothing_leaves_the_slope() -> None:
    data = measures_of(60, 4, seed=8)
    rng = np.random.default_rng(1)
    gone = {dyad for dyad in data["dyad"].unique() if rng.random() < 0.4}
    data.loc[data["dyad"].isin(gone) & (data["occasion"] == "s4"), "wai"] = np.nan
    rows = rows_of(data)
    slope = rows.loc["g.wai.time.fixed_effect"]
    for statistic in ("pattern_mixture", "conditional_linear"):
        other = rows.loc[f"g.wai.time.{statistic}", "estimate"]
        assert other == pytest.approx(slope["estimate"], abs=slope["se"])
    assert rows.loc["g.s3.last_rated_n", "estimate"] == len(gone)


def test_therapists_are_drawn_towards_the_mean_and_have_no_id() -> None:
    rows = rows_of()
    effects = rows[rows["statistic"] == "therapist_effect"]
    assert len(effects) == 12 and effects["estimate"].is_monotonic_increasing
    assert not effects.index.str.contains(r"\.t\d", regex=True).any()
    assert effects["n"].isna().all(), "how many patients a therapist has is not told"
    ranks = [f"therapist {rank}" for rank in range(1, 13)]
    assert effects["level"].tolist() == ranks, "three patients are too few for a code"


def levels_of(rows: pd.DataFrame, outcome: str = "wai") -> list[str]:
    own = rows[(rows["statistic"] == "therapist_effect") & (rows["outcome"] == outcome)]
    return own["level"].tolist()


def test_therapists_of_five_patients_have_the_same_code_for_both_raters() -> None:
    data = measures_of(6, 5)
    data = data[data["dyad"] != "0_0"]
    rows = rows_of(data, outcomes=["wai", "wai_t"])
    codes = {one for one in levels_of(rows) if "#" in one}
    assert len(codes) == 5, "the first therapist has four patients left"
    assert all(re.fullmatch(r"therapist #[0-9a-f]{4}", one) for one in codes)
    assert codes == {one for one in levels_of(rows, "wai_t") if "#" in one}


def test_codes_do_not_depend_on_the_ids_unless_these_are_hashed() -> None:
    data = measures_of(4, 5)
    renamed = data.assign(therapist=data["therapist"].str.replace("t", "other"))
    assert levels_of(rows_of(data)) == levels_of(rows_of(renamed))
    hashed = {f"t{place}": f"a{place}b2c3d4e5f6" for place in range(4)}
    own = cohort_of().model_copy(update={"hashed_ids": HashedIds(salt_variable="ATTUNE_SALT")})
    levels = levels_of(rows_of(data.assign(therapist=data["therapist"].map(hashed)), own))
    assert sorted(levels) == [f"therapist #a{place}b2" for place in range(4)]


def test_codes_need_as_many_patients_as_the_cohort_shows() -> None:
    limit = SmallestCell(count=6, reason="a rule of the clinic")
    own = cohort_of().model_copy(update={"smallest_cell": limit})
    assert not any("#" in one for one in levels_of(rows_of(measures_of(4, 5), own)))


def test_codes_stand_below_their_therapists() -> None:
    axes = Figure().subplots()
    levels = ["therapist #ab12", "therapist 1", "therapist #cd34"]
    rows = [
        {"estimate": value, "ci_low": value - 1, "ci_high": value + 1, "level": level}
        for value, level in zip((3.0, 1.0, 2.0), levels, strict=True)
    ]
    draw_caterpillar(axes, rows)
    assert list(axes.get_xticks()) == [2, 3]
    assert [one.get_text() for one in axes.get_xticklabels()] == ["cd34", "ab12"]


@pytest.mark.parametrize(
    ("data", "growth", "reason"),
    [
        (measures_of(1, 6), {}, "two or more of them, found 1; write `random: {therapist: none}`"),
        (measures_of(8, 1), {}, "every therapist has one patient, so that therapists cannot be"),
        (
            measures_of().query("occasion in ('s1', 's2')"),
            {"random": {"patient": "slope"}},
            "72 ratings for 72 random effects of patients; write `random: {patient: intercept}`",
        ),
        (measures_of().query("occasion == 's1'"), {}, "needs ratings of wai at 2 occasions, fou"),
        (
            measures_of().assign(skill=1.0),
            {"predictors": {"skill": {"measure": "skill", "level": "therapist"}}},
            "the predictor skill is the same for all ratings of wai; remove it",
        ),
        (
            measures_of().assign(twice=lambda frame: 2 * frame["skill"]),
            {
                "predictors": {
                    "skill": {"measure": "skill", "level": "therapist"},
                    "again": {"measure": "skill", "level": "patient"},
                }
            },
            "again",
        ),
        (
            measures_of(),
            {"predictors": {"skill": {"measure": "skill", "level": "patient", "split": True}}},
            "`level: patient`, but the measure 'skill' does not vary within therapists; declare"
            " `level: therapist` without `split`",
        ),
        (
            measures_of().assign(mood=2.0),
            {"predictors": {"mood": {"measure": "mood", "level": "session", "split": False}}},
            "the predictor mood is the same for all ratings of wai; remove it",
        ),
        (measures_of().assign(wai=np.nan), {}, "wai has no rating at any occasion"),
        (measures_of().assign(wai=7.0), {}, ""),
    ],
)
def test_what_carries_no_model_says_so_and_what_to_do(
    data: pd.DataFrame, growth: dict[str, Any], reason: str
) -> None:
    rows = rows_of(data, **growth)
    coefficients = rows[rows["statistic"].isin(["fixed_effect", "fixed_effect_t"])]
    assert coefficients["estimate"].isna().all() and coefficients["reason"].notna().all()
    assert coefficients["reason"].str.contains(reason, regex=False).all()
    assert not coefficients["reason"].str.contains("__").any(), "no name of a design column"


def test_therapists_with_one_patient_are_common_and_fine() -> None:
    data = measures_of(12, 3)
    single = {f"{therapist}_{patient}" for therapist in range(6) for patient in (1, 2)}
    rows = rows_of(data[~data["dyad"].isin(single)])
    assert rows.loc["g.wai.time.fixed_effect", "estimate"] > 0
    assert rows.loc["g.n_therapists_of_few", "estimate"] == 12


def test_therapists_without_variance_are_named_singular() -> None:
    data = measures_of(10, 3, seed=4, sd=(0.0, 4.0))
    # Patients of a therapist differ more than therapists could: their means are made equal.
    data["wai"] -= data.groupby("therapist")["wai"].transform("mean")
    rows = rows_of(data)
    sd = rows.loc["g.wai.therapist.intercept.random_sd"]
    assert sd["estimate"] == pytest.approx(0, abs=1e-6) and np.isnan(sd["ci_low"])
    assert rows.loc["g.n_singular", "estimate"] == 1
    assert "therapist" in rows.loc["g.n_singular", "method"]
    assert rows_of().loc["g.n_singular", "estimate"] == 0


def test_the_order_of_the_rows_changes_nothing() -> None:
    data = measures_of()
    one, other = rows_of(data), rows_of(data.sample(frac=1, random_state=1))
    assert other["estimate"].to_numpy(dtype=float) == pytest.approx(
        one.loc[other.index, "estimate"].to_numpy(dtype=float), rel=1e-6, abs=1e-8, nan_ok=True
    )


def test_a_model_that_cannot_be_estimated_does_not_stop_the_others() -> None:
    data = measures_of()
    study = study_of()
    lonely = study.growth["g"].model_copy(update={"outcomes": ["mood"]})
    study = study.model_copy(update={"growth": {"lonely": lonely, **study.growth}})
    rows = fit_growth(data.assign(mood=np.nan), sample_of(data), study, cohort_of())
    assert {"lonely", "g"} == set(rows["analysis"])
    assert rows.set_index("id").loc["g.wai.time.fixed_effect", "estimate"] > 0


def test_columns_of_the_design_are_named_after_outcome_and_term() -> None:
    assert column("wai", "time") == "wai__time"
    assert dataclasses.is_dataclass(residual_of(study_of().growth["g"], ["wai"]))


def test_standard_deviations_have_intervals_by_curvature_or_profile() -> None:
    """Over 90 patients both agree to a tenth of the estimate."""
    data = measures_of(30, 3)
    wald, profile = (
        fit_growth(
            data, sample_of(data), study_of(), cohort_of(), variance_intervals=how
        ).set_index("id")
        for how in ("wald", "profile")
    )
    for name in ("g.wai.patient.intercept.random_sd", "g.wai.residual_sd"):
        row, other = wald.loc[name], profile.loc[name]
        assert 0 < row["ci_low"] < row["estimate"] < row["ci_high"]
        tolerance = row["estimate"] / 10
        assert row["ci_low"] == pytest.approx(other["ci_low"], abs=tolerance)
        assert row["ci_high"] == pytest.approx(other["ci_high"], abs=tolerance)
        assert row["ci_low"] != other["ci_low"]
        assert "Wald" in row["method"] and "profile" in other["method"]


def test_what_the_data_hardly_determine_is_counted() -> None:
    data = measures_of()
    model = study_of().growth["g"]
    design = growth_design(data, sample_of(data), model, {}, {})
    flat = f"{HARDLY_DETERMINED} the variance of time of dyad: the likelihood is flat."
    fit = dataclasses.replace(fit_design(design, model), messages=("Two rows left out.", flat))
    rows = {row["id"]: row for row in _count_rows(FittedGrowth("g", model, design, fit, {}, 0.95))}
    assert rows["g.n_hardly_determined"]["estimate"] == 1
    assert rows["g.n_singular"]["estimate"] == 0 and flat in rows["g.n_hardly_determined"]["method"]
