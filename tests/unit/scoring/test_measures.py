import numpy as np
import pandas as pd
import pytest

from attune.analyses.study import StudyFile
from attune.scoring.measures import collect_measures, impute_measures, impute_series_mean
from attune.specs.closed_model import read_as
from attune.specs.errors import AnalysisError
from attune.specs.study import Study
from attune.store.contracts import MEASURES, conform

KIMS = {"instrument": "kims", "scale": "total", "rater": "therapist", "occasion": "baseline"}
INTREX = {"instrument": "intrex", "scale": "affiliation", "rater": "therapist"}
INTREX |= {"occasion": "baseline", "state": "worst"}


def study(measures: dict[str, dict[str, str]] | None = None, **changes: object) -> Study:
    labelled = measures or {
        "kims_total": KIMS,
        "experience": {"variable": "years"},
        "affiliation_worst": INTREX,
    }
    content = {
        "study": "toy",
        "title": "Toy",
        "authors": ["Nobody"],
        "template": "toy",
        "measures": {name: {"label": name} | keys for name, keys in labelled.items()},
        "imputation": {"method": "series_mean"},
    }
    return read_as(StudyFile, content | changes, "toy.yaml")


SAMPLE = pd.DataFrame(
    {
        "dyad": ["d1", "d2", "d3", "d4"],
        "patient": ["p1", "p2", "p3", "p4"],
        "therapist": ["a", "a", "b", None],
        "condition": ["BRT", "CBT", "BRT", "CBT"],
        "years": [1.0, None, 3.0, 4.0],
        "sex": ["F", "M", "F", "M"],
    }
)


def scored(keys: dict[str, str], values: dict[str, float | None]) -> pd.DataFrame:
    rows = [{"dyad": dyad, "score": score} for dyad, score in values.items()]
    return pd.DataFrame(rows).assign(**({"state": ""} | keys))


SCORES = pd.concat(
    [
        scored(KIMS, {"d3": 120.0, "d1": 100.0, "d2": None}),
        scored(KIMS | {"scale": "observe"}, {"d1": 30.0}),
        scored(INTREX, {"d1": -10.0, "d4": 20.0}),
        scored(INTREX | {"state": "best"}, {"d1": 90.0, "d2": 80.0, "d3": 70.0, "d4": 60.0}),
    ]
)


def column(frame: pd.DataFrame, name: str) -> list[float | None]:
    return [None if pd.isna(value) else value for value in frame[name]]


def test_every_dyad_has_a_row_in_the_order_of_the_sheet() -> None:
    collected = collect_measures(SCORES, SAMPLE, study())
    assert list(collected.columns) == [
        *("dyad", "patient", "therapist", "condition", "occasion"),
        *("kims_total", "experience", "affiliation_worst"),
    ]
    assert collected["dyad"].tolist() == SAMPLE["dyad"].tolist()
    assert column(collected, "kims_total") == [100, None, 120, None]
    assert column(collected, "experience") == [1, None, 3, 4]


def test_states_are_kept_apart() -> None:
    collected = collect_measures(SCORES, SAMPLE, study())
    assert column(collected, "affiliation_worst") == [-10, None, None, 20]


def test_two_measures_may_share_a_score() -> None:
    collected = collect_measures(SCORES, SAMPLE, study({"a": KIMS, "b": KIMS}))
    assert column(collected, "a") == column(collected, "b") == [100, None, 120, None]


def test_study_of_variables_only() -> None:
    collected = collect_measures(SCORES, SAMPLE, study({"experience": {"variable": "years"}}))
    assert column(collected, "experience") == [1, None, 3, 4]


def test_series_mean_completes_scores_but_not_variables() -> None:
    plan = study()
    frame = conform(impute_measures(collect_measures(SCORES, SAMPLE, plan), plan), MEASURES)
    measures = frame.to_pandas().set_index(["imputation", "dyad"])
    assert column(measures.loc[0], "kims_total") == [100, None, 120, None]
    assert column(measures.loc[1], "kims_total") == [100, 110, 120, 110]
    assert measures.loc[1, "imputed_kims_total"].tolist() == [False, True, False, True]
    assert not measures.loc[0, "imputed_kims_total"].any()
    assert column(measures.loc[1], "experience") == [1, None, 3, 4]
    assert "imputed_experience" not in measures
    assert measures.loc[1, "condition"].tolist() == SAMPLE["condition"].tolist()


def test_listed_measures_are_completed_and_no_others() -> None:
    plan = study(imputation={"method": "series_mean", "measures": ["experience"]})
    frame = impute_measures(collect_measures(SCORES, SAMPLE, plan), plan)
    completed = frame[frame["imputation"] == 1]
    assert column(completed, "experience") == pytest.approx([1, 8 / 3, 3, 4])
    assert column(completed, "kims_total") == [100, None, 120, None]
    assert "imputed_kims_total" not in frame


def test_without_imputation_there_is_one_row_per_dyad() -> None:
    plan = study(imputation={"method": "none"})
    frame = conform(impute_measures(collect_measures(SCORES, SAMPLE, plan), plan), MEASURES)
    assert set(frame["imputation"].to_pylist()) == {0}
    assert not any(name.startswith("imputed_") for name in frame.column_names)


def test_a_measure_without_any_score_stays_missing() -> None:
    nobody = scored(KIMS, {"d1": None, "d2": None})
    plan = study({"kims_total": KIMS})
    frame = conform(impute_measures(collect_measures(nobody, SAMPLE, plan), plan), MEASURES)
    assert frame["kims_total"].null_count == 2 * len(SAMPLE)
    assert not any(frame["imputed_kims_total"].to_pylist())


def test_series_mean_keeps_the_mean_and_shrinks_the_sd() -> None:
    observed = pd.DataFrame({"a": [1.0, 2.0, 6.0, None, None]})
    filled = impute_series_mean(observed)
    assert filled["a"].mean() == observed["a"].mean()
    assert filled["a"].std() < observed["a"].std()


def test_all_missing_sources_are_named_at_once() -> None:
    plan = study(
        {
            "experience": {"variable": "yeers"},
            "sex": {"variable": "sex"},
            "dyad": KIMS,
        }
    )
    with pytest.raises(AnalysisError) as caught:
        collect_measures(SCORES, SAMPLE, plan)
    text = "\n".join(caught.value.problems)
    assert "'yeers' is not a number of the sample sheet. Did you mean 'years'?" in text
    assert "measures.sex: 'sex' is not a number" in text
    assert "measures.dyad: the name 'dyad' is taken" in text


def test_a_questionnaire_that_nobody_answered_has_missing_measures() -> None:
    wai = {"instrument": "wai_s", "scale": "total", "rater": "patient", "occasion": "s3"}
    plan = study({"kims_total": KIMS, "wai": wai})
    collected = collect_measures(SCORES, SAMPLE, plan)
    assert collected["wai"].isna().all()
    assert collected["kims_total"].notna().any()


def test_an_analysis_of_imputed_data_needs_an_imputation() -> None:
    family = {"title": "T", "x": ["kims_total"], "y": ["experience"], "dataset": "imputed"}
    plan = study(imputation={"method": "none"}, correlations={"outcome": family})
    with pytest.raises(AnalysisError, match="outcome asks for dataset 'imputed'"):
        impute_measures(collect_measures(SCORES, SAMPLE, plan), plan)


def test_the_mean_of_a_measure_does_not_depend_on_the_measures_beside_it() -> None:
    values = np.random.default_rng(1).normal(50, 10, (400, 3))
    values[5] = np.nan
    observed = pd.DataFrame(values, columns=["a", "b", "c"])
    together = impute_series_mean(observed)
    for name in observed:
        alone = impute_series_mean(observed[[name]])
        assert alone[name].tolist() == together[name].tolist()
        known = np.nan_to_num(observed[name].to_numpy())
        assert together.loc[5, name] == known.sum() / 399
