"""The synthetic trial: the files of its seed, its design, and what its data hold.

That its findings are those of the ledger is tested in test_ledgers.py.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.intake.validation import validate_responses
from attune.specs.study_checks import pretests
from attune.stats.alpha import cronbach_alpha
from attune_files.project import read_parts
from attune_files.raw.sheets import read_raw_sheets
from attune_files.yaml_file import read_yaml
from maintenance.mcbi.assumptions import FORMS, SEED, VISITS, Form
from maintenance.mcbi.raw_files import raw_files
from maintenance.mcbi.readme import readme

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "data" / "mcbi_synthetic"
COHORT, STUDY, KEYS = read_parts("mcbi_synthetic", lambda path: str(ROOT / path))
SHEETS = read_raw_sheets(FOLDER, COHORT)
SAMPLE, THERAPISTS, PATIENTS = (
    SHEETS[name] for name in ("sample_sheet", "therapist_visits", "patient_visits")
)
ONCE = SAMPLE.drop_duplicates("therapist_id")


def answers(form: Form, scale: str) -> pd.DataFrame:
    """Keyed answers to the items of a scale, one row per complete questionnaire."""
    entry = next(
        one
        for one in COHORT.questionnaires
        if (one.instrument, one.rater) == (form.instrument, form.rater)
    )
    key = KEYS[form.instrument]
    frame = SHEETS[entry.file]
    if form.rater == "therapist":
        frame = frame[frame["dyad_id"].isin(ONCE["dyad_id"])]
    items = key.items_of(scale)
    cells = frame[[str(entry.column_of(item)) for item in items]]
    complete = cells[(cells != "").all(axis=1)].astype(float).set_axis(items, axis=1)
    both_ends = key.response.minimum + key.response.maximum
    reversed_items = [item for item in items if item in key.reverse]
    complete[reversed_items] = both_ends - complete[reversed_items]
    return complete


class TestFiles:
    @pytest.mark.parametrize("name", list(COHORT.files))
    def test_are_those_of_the_seed(self, name: str) -> None:
        frame = raw_files(COHORT, KEYS, SEED)[name]
        written = frame.to_csv(index=False, lineterminator="\n")
        assert (FOLDER / COHORT.files[name].path).read_text(encoding="utf-8") == written

    def test_the_readme_lists_the_assumptions(self) -> None:
        assert (FOLDER / "README.md").read_text(encoding="utf-8") == readme(KEYS)

    def test_another_seed_gives_other_files(self) -> None:
        other = raw_files(COHORT, KEYS, SEED + 1)
        assert not other["patient_visits"].equals(raw_files(COHORT, KEYS, SEED)["patient_visits"])

    def test_pass_the_validation(self) -> None:
        found = validate_responses(SHEETS, COHORT, KEYS, pretests(STUDY))
        assert [one.message for one in found.violations if one.severity == "error"] == []


class TestDesign:
    def test_sizes(self) -> None:
        caseloads = SAMPLE["therapist_id"].value_counts()
        assert (len(SAMPLE), len(caseloads)) == (121, 63)
        assert (caseloads.min(), caseloads.max()) == (1, 4)

    def test_therapists_are_randomised_with_all_their_patients(self) -> None:
        assert len(SAMPLE.drop_duplicates(["therapist_id", "arm"])) == 63
        assert ONCE["arm"].value_counts().to_dict() == {"MCBI": 33, "DIARY": 30}

    def test_a_therapist_answers_once_per_visit(self) -> None:
        rows = THERAPISTS.merge(SAMPLE[["dyad_id", "therapist_id"]], on="dyad_id")
        distinct = rows.drop(columns="dyad_id").drop_duplicates()
        assert not distinct.duplicated(["therapist_id", "visit"]).any()
        assert distinct["visit"].value_counts()["baseline"] == 63

    def test_who_left_does_not_come_back(self) -> None:
        for sheet in (THERAPISTS, PATIENTS):
            there = sheet.groupby("dyad_id")["visit"].agg(set)
            assert all("after" in visits for visits in there if "follow_up" in visits)
        left = SAMPLE.loc[SAMPLE["patient_left"] != "stayed", "dyad_id"]
        assert not (PATIENTS["dyad_id"].isin(left) & (PATIENTS["visit"] == "follow_up")).any()
        withdrew = SAMPLE.set_index("dyad_id")["therapist_withdrew"]
        visits = THERAPISTS["visit"].to_numpy(), withdrew[THERAPISTS["dyad_id"]].to_numpy()
        assert not ((visits[0] == "follow_up") & (visits[1] != "no")).any()
        assert not ((visits[0] == "after") & (visits[1] == "before_end")).any()

    def test_shares_of_patients_who_are_missing(self) -> None:
        there = PATIENTS.groupby("visit")["dyad_id"].nunique() / len(SAMPLE)
        assert there["baseline"] == 1
        assert 0.10 <= 1 - there["after"] <= 0.15
        assert 0.20 <= 1 - there["follow_up"] <= 0.26

    def test_therapists_who_withdrew_missed_sessions(self) -> None:
        attended = ONCE["sessions_attended"].astype(int)
        stayed = ONCE["therapist_withdrew"] != "before_end"
        assert attended[stayed].between(5, 8).all()
        assert attended[~stayed].between(0, 5).all()


class TestAnswers:
    @pytest.mark.parametrize("name", list(FORMS))
    def test_reliability(self, name: str) -> None:
        form = FORMS[name]
        for scale in form.parts or (form.scale,):
            found = cronbach_alpha(answers(form, scale).to_numpy())
            assert found == pytest.approx(form.alpha, abs=0.06), scale

    def test_forms_without_zero_hold_none(self) -> None:
        for sheet in (THERAPISTS, PATIENTS):
            cells = sheet[[column for column in sheet if column.startswith("eus")]]
            assert set(np.unique(cells)) == {"", "-3", "-2", "-1", "1", "2", "3"}

    def test_patients_of_a_therapist_are_somewhat_alike(self) -> None:
        """ICC of perceived empathy at baseline, from mean squares between and within therapists."""
        entry = next(
            one
            for one in COHORT.questionnaires
            if (one.instrument, one.rater) == ("eus", "patient")
        )
        rows = PATIENTS[PATIENTS["visit"] == VISITS[0]].merge(SAMPLE, on="dyad_id")
        items = rows[[str(entry.column_of(item)) for item in range(1, 17)]]
        signs = [-1 if item in KEYS["eus"].reverse else 1 for item in range(1, 17)]
        complete = (items != "").all(axis=1)
        score = (items[complete].astype(float) * signs).sum(axis=1)
        groups = score.groupby(rows.loc[complete, "therapist_id"])
        n, k = len(score), groups.ngroups
        within = groups.apply(lambda one: ((one - one.mean()) ** 2).sum()).sum() / (n - k)
        between = (groups.size() * (groups.mean() - score.mean()) ** 2).sum() / (k - 1)
        size = (n - (groups.size() ** 2).sum() / n) / (k - 1)
        assert 0 <= (between - within) / (between + (size - 1) * within) <= 0.35


class TestText:
    def test_what_the_design_can_show_is_that_of_the_simulation(self) -> None:
        """Shares in the study's text are those of the table of docs/structural_models.md."""
        page = (ROOT / "docs/structural_models.md").read_text(encoding="utf-8")
        cells = [[cell.strip() for cell in line.split("|")] for line in page.splitlines()]
        power, path = {}, ""
        for row in cells:
            path = row[1] if len(row) > 7 and row[1] else path
            if len(row) > 7 and row[3] == "power, observed":
                power[path] = row[4]
        [indirect] = [
            row[7] for row in cells if row[1:5] == ["63/121", "chain", "-0.337", "monte carlo"]
        ][:1]
        heywood = next(row[4] for row in cells if row[1:3] == ["63/121", "chain"] and len(row) == 7)
        expected = {
            "power_skills_empathy": power["skills → empathy"],
            "power_empathy_bond": power["empathy → bond"],
            "power_bond_symptoms": power["bond → symptoms"],
            "power_indirect": indirect,
            "heywood_share": heywood,
        }
        facts = read_yaml(FOLDER / "text/facts.yaml")
        for name, cell in expected.items():
            share = float(cell.split(" ")[0])
            assert facts[name]["value"] == f"{100 * share:.0f}%", name
