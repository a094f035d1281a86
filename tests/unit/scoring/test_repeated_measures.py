"""Three sessions and two raters: from raw sheets to measures with one row per dyad and session."""

import numpy as np
import pandas as pd
import pytest

from attune.analyses.gains.estimate import compute_residual_gains, pretests_and_posttests
from attune.analyses.study import StudyFile
from attune.intake.validation import validate_responses
from attune.pipeline import CohortData, prepare, study_statistics
from attune.scoring.measures import collect_measures, impute_measures
from attune.scoring.scores import score_scales
from attune.specs.closed_model import read_as
from attune.specs.cohort import Cohort
from attune.specs.errors import ConfigurationError
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune.specs.study_checks import measure_problems, pretests
from attune.store.contracts import GAINS, MEASURES, SAMPLE, conform
from attune.store.datasets import analysis_datasets

N = 8
SESSIONS = ["session_1", "session_2", "session_3"]
KEY = Instrument.model_validate(
    {"instrument": "bond", "version": "1.0", "name": "Bond", "abbreviation": "BS"}
    | {"citation": "-", "citation_key": "none", "raters": ["patient", "therapist"], "n_items": 2}
    | {"response": {"minimum": 1, "maximum": 7}, "licence": "-"}
    | {"scales": {"total": {"label": "Total", "aggregation": "mean", "items": "all"}}}
    | {"missing": {"rule": "complete", "source": "-"}}
    | {"confidence": {"level": "1-source", "note": "-"}}
)
COHORT = read_as(
    Cohort,
    {
        "cohort": "small",
        "title": "Small",
        "source": "made up",
        "licence": "CC0",
        "synthetic": True,
        "synthetic_notice": "Made up.",
        "study": "sessions",
        "files": {name: {"path": f"{name}.csv", "dyad": "id"} for name in ("who", *SESSIONS)},
        "sample": {"file": "who", "therapist": "therapist", "patient": "patient", "variables": {}},
        "questionnaires": [
            {"instrument": "bond", "rater": rater, "occasion": session, "file": session}
            | {"columns": f"{rater}_{{item}}"}
            for session in SESSIONS
            for rater in ("patient", "therapist")
        ],
    },
    "cohort.yaml",
)
BOND = {"instrument": "bond", "scale": "total"}


def study(**changes: object) -> Study:
    content = {
        "study": "sessions",
        "title": "Sessions",
        "authors": [],
        "template": "generic",
        "occasions": SESSIONS,
        "measures": {
            "patient_bond": {"label": "Bond, patient", "rater": "patient"} | BOND,
            "therapist_bond": {"label": "Bond, therapist", "rater": "therapist"} | BOND,
            "first_bond": {"label": "First", "rater": "patient", "occasion": "session_1"} | BOND,
            "last_bond": {"label": "Last", "rater": "patient", "occasion": "session_3"} | BOND,
        },
        "imputation": {"method": "series_mean"},
        "datasets": {"completed": 1},
        "outcomes": {"gain": {"label": "Bond", "pretest": "first_bond", "posttest": "last_bond"}},
    }
    return read_as(StudyFile, content | changes, "sessions.yaml")


def sheets() -> dict[str, pd.DataFrame]:
    ids = [f"d{number}" for number in range(1, N + 1)]
    rows = range(2, N + 2)
    found = {
        "who": pd.DataFrame(
            {"id": ids, "therapist": [f"t{n % 2}" for n in range(N)], "patient": ids}, index=rows
        )
    }
    random = np.random.default_rng(3)
    for session in SESSIONS:
        answers = random.integers(1, 8, size=(N, 4)).astype(str)
        columns = ["patient_1", "patient_2", "therapist_1", "therapist_2"]
        found[session] = pd.DataFrame(answers, columns=columns, index=rows).assign(id=ids)
    # One patient left after the first session.
    for session in SESSIONS[1:]:
        found[session] = found[session].drop(index=N + 1)
    return found


@pytest.fixture(scope="module")
def data() -> CohortData:
    plan = study()
    assert not any(measure_problems(plan, COHORT, {"bond": KEY}).values())
    found = validate_responses(sheets(), COHORT, {"bond": KEY}, pretests(plan))
    assert not [violation for violation in found.violations if violation.severity == "error"]
    return CohortData(found.responses, conform(found.sample, SAMPLE), found.given_scores)


@pytest.fixture(scope="module")
def measures(data: CohortData) -> pd.DataFrame:
    scores = score_scales(data.responses, {"bond": KEY}).to_pandas()
    return impute_measures(collect_measures(scores, data.sample.to_pandas(), study()), study())


def test_one_row_per_dyad_and_session(measures):
    table = conform(measures, MEASURES).to_pandas()
    assert len(table) == 2 * 3 * N
    assert not table.duplicated(["dyad", "occasion", "imputation"]).any()
    assert set(table["occasion"]) == set(SESSIONS)
    assert (table["patient"] == table["dyad"]).all()
    assert set(table["therapist"]) == {"t0", "t1"}
    observed = table[table["imputation"] == 0].set_index(["dyad", "occasion"])
    raw = sheets()["session_2"].set_index("id")
    for rater in ("patient", "therapist"):
        mean = raw[[f"{rater}_1", f"{rater}_2"]].astype(float).mean(axis=1)
        assert observed.loc[("d3", "session_2"), f"{rater}_bond"] == mean["d3"]
    assert np.isnan(observed.loc[("d8", "session_2"), "patient_bond"])
    # A measure with its occasion has the same value in all rows of a dyad.
    first = observed.groupby("dyad")["first_bond"]
    assert (first.min() == first.max()).all()


def test_missing_sessions_are_replaced_by_the_mean_of_their_session(measures):
    completed = measures[measures["imputation"] == 1].set_index(["dyad", "occasion"])
    observed = measures[measures["imputation"] == 0]
    for session in SESSIONS[1:]:
        mean = observed.loc[observed["occasion"] == session, "patient_bond"].mean()
        assert completed.loc[("d8", session), "patient_bond"] == pytest.approx(mean)
        assert completed.loc[("d8", session), "imputed_patient_bond"]
    assert not completed.loc[("d1", "session_2"), "imputed_patient_bond"]


def test_gains_and_data_sets_have_one_row_per_dyad(measures):
    plan = study()
    gains, rows = compute_residual_gains(
        measures, pretests_and_posttests(plan), datasets=plan.datasets
    )
    table = conform(gains, GAINS).to_pandas()
    assert len(table) == 2 * N
    assert set(table["therapist"]) == {"t0", "t1"}
    slope = rows.set_index("id").loc["gains.gain.completed.slope"]
    assert (slope["outcome"], slope["predictor"]) == ("last_bond", "first_bond")
    assert slope["dataset"] == "completed"
    datasets = analysis_datasets(measures, gains, plan.outcomes, plan.datasets)
    assert set(datasets) == {"available", "imputed", "completed"}
    assert len(datasets["completed"]) == N
    assert "patient_bond" not in datasets["completed"].columns
    assert datasets["completed"]["gain"].notna().sum() == N


def test_the_pipeline_takes_it_in_one_call(data):
    family = {"title": "Bond", "x": ["first_bond"], "y": ["gain"], "dataset": "completed"}
    family["hold_condition"] = False
    plan = study(correlations={"bond": family})
    keys = {"bond": KEY}
    found = study_statistics(
        data, COHORT, keys, plan, analyses=["gains", "sample", "correlations"], resampling=False
    ).set_index("id")
    # Every dyad counts once, however many sessions there are.
    assert found.loc["sample.first_bond.n", "estimate"] == N
    assert found.loc["retention.last_bond.percent", "n"] == N
    assert "sample.patient_bond.n" not in found.index
    row = found.loc["bond.first_bond.gain.pearson_r"]
    assert (row["n"], row["dataset"]) == (N, "completed")
    # x is the pretest itself, on which the gain does not depend whatever the data.
    assert np.isnan(row["estimate"]) and "linear function of the pretest" in row["reason"]
    without = prepare(data, COHORT, keys, plan, dyads=["d1", "d2", "d3", "d4", "d5"])
    assert len(without.measures) == 2 * 3 * 5


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"occasions": []}, "without an occasion"),
        (
            {"outcomes": {"g": {"label": "", "pretest": "patient_bond", "posttest": "last_bond"}}},
            "one value per occasion",
        ),
        ({"datasets": {"imputed": 2}}, "imputation 1 in every study"),
        (
            {
                "correlations": {
                    "f": {
                        "title": "",
                        "x": ["first_bond"],
                        "y": ["last_bond"],
                        "dataset": "complet",
                    }
                }
            },
            "Did you mean 'completed'",
        ),
    ],
)
def test_what_a_study_cannot_ask_for(changes, problem):
    with pytest.raises(ConfigurationError) as error:
        study(**changes)
    assert problem in str(error.value)
