"""The synthetic growth cohort: the files of its seed, its design, and its data in three layouts.

That its findings are those of the ledger is tested in test_ledgers.py.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from attune.analyses.congruence.estimate import compare_ratings, score_ranges
from attune.analyses.structural_models.estimate import fit_structural_models
from attune.intake.validation import ValidatedCohort, validate_responses
from attune.scoring.measures import collect_measures
from attune.scoring.scores import score_scales
from attune.specs.closed_model import read_as
from attune.specs.cohort import Cohort
from attune.specs.study_checks import check_against_instruments, pretests
from attune.stats.alpha import cronbach_alpha
from attune.store.contracts import SAMPLE as SAMPLE_CONTRACT
from attune.store.contracts import conform
from attune.store.datasets import analysis_datasets
from attune_files.project import read_parts
from attune_files.raw.sheets import read_raw_sheets
from attune_files.yaml_file import read_yaml
from maintenance.alliance_growth.assumptions import CONSISTENCY, SEED, SESSIONS
from maintenance.alliance_growth.assumptions import PRACTICE as PRACTICE_SCALES
from maintenance.alliance_growth.raw_files import raw_files
from maintenance.alliance_growth.readme import readme

ROOT = Path(__file__).parents[2]
NAME = "alliance_growth_synthetic"
FOLDER = ROOT / "data" / NAME
COHORT, STUDY, KEYS = read_parts(NAME, lambda path: str(ROOT / path))
SHEETS = read_raw_sheets(FOLDER, COHORT)
SAMPLE, PRACTICE, RATINGS = (
    SHEETS[name] for name in ("sample_sheet", "therapist_practice", "sessions")
)

Sheets = dict[str, pd.DataFrame]


class TestFiles:
    @pytest.mark.parametrize("name", list(COHORT.files))
    def test_are_those_of_the_seed(self, name: str) -> None:
        frame = raw_files(COHORT, KEYS, SEED)[name]
        written = frame.to_csv(index=False, lineterminator="\n")
        assert (FOLDER / COHORT.files[name].path).read_text(encoding="utf-8") == written

    def test_the_readme_lists_the_assumptions(self) -> None:
        assert (FOLDER / "README.md").read_text(encoding="utf-8") == readme(KEYS)

    def test_another_seed_gives_other_files(self) -> None:
        assert not raw_files(COHORT, KEYS, SEED + 1)["sessions"].equals(
            raw_files(COHORT, KEYS, SEED)["sessions"]
        )


class TestDesign:
    def test_sizes(self) -> None:
        caseloads = SAMPLE["therapist_id"].value_counts()
        assert (len(SAMPLE), len(caseloads)) == (255, 70)
        assert caseloads.min() == 1
        assert caseloads.max() <= 10
        assert (caseloads == 1).sum() >= 5

    def test_patients_drop_out_for_good(self) -> None:
        attended = RATINGS.groupby("session")["dyad_id"].nunique()
        counts = [int(attended[str(session)]) for session in SESSIONS]
        assert counts == sorted(counts, reverse=True)
        assert counts[-1] > 80

    def test_a_therapist_answers_once(self) -> None:
        columns = [name for name in PRACTICE if name.startswith("dpccq")]
        rows = PRACTICE.merge(SAMPLE[["dyad_id", "therapist_id"]], on="dyad_id")
        assert len(rows.drop_duplicates(["therapist_id", *columns])) == 70

    def test_reliability_of_practice_scales(self) -> None:
        once = PRACTICE.merge(SAMPLE[["dyad_id", "therapist_id"]]).drop_duplicates("therapist_id")
        for name, scales in PRACTICE_SCALES.items():
            for scale, assumed in scales.items():
                items = [f"{name}_{item}" for item in KEYS[name].items_of(scale)]
                found = cronbach_alpha(once[items].to_numpy(dtype=float))
                assert assumed.alpha - 0.16 < found < assumed.alpha + 0.05, scale

    @pytest.mark.parametrize(("rater", "prefix"), [("patient", "wai_p_"), ("therapist", "wai_t_")])
    def test_reliability(self, rater: str, prefix: str) -> None:
        answers = RATINGS[[f"{prefix}{item}" for item in range(1, 13)]]
        complete = answers[(answers != "").all(axis=1)].astype(float)
        for item in (4, 10):
            complete[f"{prefix}{item}"] = 8 - complete[f"{prefix}{item}"]
        assert cronbach_alpha(complete.to_numpy()) == pytest.approx(CONSISTENCY[rater], abs=0.03)


def sessions_in_columns(content: dict[str, Any], sheets: Sheets) -> None:
    """One row per dyad, and the items of every session in columns of their own."""
    wide = SAMPLE[["dyad_id"]]
    for session in map(str, SESSIONS):
        part = RATINGS[RATINGS["session"] == session].drop(columns="session")
        items = {name: name.replace("wai_", f"s{session}_wai_") for name in part if "wai" in name}
        wide = wide.merge(part.rename(columns=items), on="dyad_id", how="left")
    sheets["sessions"] = wide.fillna("").set_axis(SAMPLE.index)
    for entry in content["questionnaires"][:2]:
        del entry["rows"]
        entry["columns"] = "s{session}_" + entry["columns"]


def one_file_per_session(content: dict[str, Any], sheets: Sheets) -> None:
    """A file for every session."""
    for session in map(str, SESSIONS):
        part = RATINGS[RATINGS["session"] == session].drop(columns="session")
        sheets[f"session_{session}"] = part.reset_index(drop=True)
        content["files"][f"session_{session}"] = {"path": f"s{session}.csv", "dyad": "dyad_id"}
    del sheets["sessions"], content["files"]["sessions"]
    for entry in content["questionnaires"][:2]:
        del entry["rows"]
        entry["file"] = "session_{session}"


Layout = Callable[[dict[str, Any], Sheets], None]


def validated(layout: Layout | None = None) -> ValidatedCohort:
    """What the validation makes of the shipped data in some layout."""
    content, sheets = read_yaml(FOLDER / "cohort.yaml"), dict(SHEETS)
    if layout is not None:
        layout(content, sheets)
    cohort = read_as(Cohort, content, "cohort.yaml")
    check_against_instruments(cohort, KEYS)
    found = validate_responses(sheets, cohort, KEYS, pretests(STUDY))
    assert [one.message for one in found.violations if one.severity == "error"] == []
    return found


def measures(found: ValidatedCohort) -> pd.DataFrame:
    scores = score_scales(found.responses, KEYS).to_pandas()
    return collect_measures(scores, conform(found.sample, SAMPLE_CONTRACT).to_pandas(), STUDY)


@pytest.mark.parametrize("layout", [sessions_in_columns, one_file_per_session])
def test_every_layout_reaches_the_same_contract(layout: Layout) -> None:
    shipped, changed = validated(), validated(layout)
    assert shipped.responses.num_rows > 1_900
    assert changed.responses.equals(shipped.responses)
    pd.testing.assert_frame_equal(measures(changed), measures(shipped))


def test_measures_have_one_row_per_dyad_and_session() -> None:
    found = measures(validated())
    assert len(found) == 255 * len(SESSIONS)
    assert list(found["occasion"].unique()) == [f"session_{number}" for number in SESSIONS]
    practice = found[["therapist", "negative_reactions", "anxiety", "flow"]].drop_duplicates()
    assert len(practice) == 70
    assert practice.notna().all(axis=None)
    assert found["wai_patient"].between(12, 84).sum() > 700


class TestExploratory:
    """Analyses of the plan that the paper does not have."""

    def test_both_ratings_from_session_to_session(self) -> None:
        found = validated()
        sample = conform(found.sample, SAMPLE_CONTRACT).to_pandas()
        data = measures(found).assign(imputation=0)
        rows = fit_structural_models(data, sample, STUDY, COHORT).set_index("id")
        assert rows.loc["mutual_influence.model_problems", "estimate"] == 0
        paths = rows[rows["statistic"] == "path"]
        assert len(paths) >= 4 and paths["estimate"].notna().all()
        assert rows.loc["mutual_influence.model_rows", "estimate"] == 255

    def test_early_agreement_and_the_later_alliance(self) -> None:
        data = measures(validated()).assign(imputation=0)
        no_gains = pd.DataFrame(columns=["dyad", "outcome", "imputation", "residual_gain"])
        datasets = analysis_datasets(data, no_gains, STUDY.outcomes)
        ranges = score_ranges(STUDY, KEYS)
        rows = compare_ratings(datasets, STUDY.congruence, ranges).set_index("id")
        prefix = "early_agreement.wai_patient_20"
        assert rows.loc[f"{prefix}.surface_n", "estimate"] > 150
        assert rows.loc[[f"{prefix}.a{k}" for k in range(1, 6)], "estimate"].notna().all()

    def test_the_plan_says_that_the_paper_does_not_ask_it(self) -> None:
        for section in (STUDY.congruence, STUDY.structural_models):
            assert all("not one of the paper" in entry.reason for entry in section.values())
