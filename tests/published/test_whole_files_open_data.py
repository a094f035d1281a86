"""Checks of whole files on real data: silent as they are, and each fault of one occasion named."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.conftest import ROOT
from tests.unit.intake.scoring_audit.people import INSTRUMENTS
from tests.unit.intake.small_cohort import cohort

from attune.intake.agreement.agreement import check_agreement
from attune.intake.reading.raw_cohort import RawCohort, read_raw_cohort
from attune_files.project import read_cohort
from attune_files.raw.sheets import read_raw_sheets

WAVES = "012345"


@pytest.fixture(scope="module")
def positive_psychology() -> RawCohort:
    """295 people, AHI and CES-D on up to six occasions, in one file with a row per occasion."""
    if "ATTUNE_REFERENCE" not in os.environ:
        pytest.skip("ATTUNE_REFERENCE names no folder of references")
    path = Path(os.environ["ATTUNE_REFERENCE"]) / "data/ds4psy/posPsy.csv"
    visits = pd.read_csv(path, dtype=str, keep_default_na=False).drop_duplicates(["id", "occasion"])
    visits = visits.astype(object).set_axis(range(2, 2 + len(visits)), axis=0)
    who = visits.drop_duplicates("id")[["id"]].assign(patient=lambda sheet: "P" + sheet["id"])
    questionnaires = [
        {"instrument": name, "rater": "patient", "occasion": f"wave_{wave}", "file": "visits"}
        | {"rows": {"occasion": f"{wave}.0"}, "columns": columns}
        | ({"lowest_code": 1} if name == "ces_d" else {})
        for wave in WAVES
        for name, columns in (("ahi", "ahi{item:02d}"), ("ces_d", "cesd{item:02d}"))
    ]
    declared = cohort(
        files={name: {"path": f"{name}.csv", "dyad": "id"} for name in ("who", "visits")},
        sample={"file": "who", "patient": "patient"},
        questionnaires=questionnaires,
    )
    return read_raw_cohort({"who": who, "visits": visits}, declared, INSTRUMENTS)


def found(raw: RawCohort, **changed: pd.DataFrame) -> list[tuple[str, str]]:
    again = read_raw_cohort({**raw.sheets, **changed}, raw.cohort, raw.instruments)
    return [(violation.rule, violation.message) for violation in check_agreement(again)]


def test_six_real_waves_are_sound(positive_psychology: RawCohort) -> None:
    assert found(positive_psychology) == []


def shifted(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(id=np.roll(rows["id"].to_numpy(), 4))


def shuffled(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(id=np.random.default_rng(1).permutation(rows["id"].to_numpy()))


def reversed_happiness(rows: pd.DataFrame) -> pd.DataFrame:
    names = [name for name in rows.columns if name.startswith("ahi") and name != "ahiTotal"]
    return rows.assign(**{name: [str(6 - float(cell)) for cell in rows[name]] for name in names})


@pytest.mark.parametrize(
    ("change", "rule", "words"),
    [
        (shifted, "ids_moved", "ahi (patient, wave_2) correlates"),
        (shuffled, "retest_near_zero", "ahi (patient, wave_2) correlates"),
        (reversed_happiness, "retest_negative", "ahi (patient, wave_2) runs against"),
    ],
)
def test_a_fault_of_one_real_wave_is_named(
    positive_psychology: RawCohort,
    change: Callable[[pd.DataFrame], pd.DataFrame],
    rule: str,
    words: str,
) -> None:
    visits = positive_psychology.sheets["visits"].copy()
    rows = visits["occasion"] == "2.0"
    visits.loc[rows] = change(visits[rows])
    ((named, message),) = found(positive_psychology, visits=visits)
    assert named == rule and words in message


@pytest.mark.parametrize("name", ["ryan2012_synthetic", "help", "btheb", "mcbi_synthetic"])
def test_the_shipped_cohorts_are_sound(name: str) -> None:
    declared = read_cohort(ROOT / f"data/{name}/cohort.yaml")
    sheets = read_raw_sheets(ROOT / f"data/{name}", declared)
    raw = read_raw_cohort(sheets, declared, INSTRUMENTS)
    assert [violation.sentence() for violation in check_agreement(raw)] == []


@pytest.mark.parametrize("prefix", ["scl", "iip"])
def test_a_reversed_questionnaire_of_26_dyads(prefix: str) -> None:
    """The correlation of .61 (SCL-90-R) or .67 (IIP-32) with intake becomes negative."""
    declared = read_cohort(ROOT / "data/ryan2012_synthetic/cohort.yaml")
    sheets = dict(read_raw_sheets(ROOT / "data/ryan2012_synthetic", declared))
    last = sheets["patient_termination"].copy()
    for column in last.columns[last.columns.str.startswith(prefix)]:
        last[column] = [str(4 - int(cell)) if cell else "" for cell in last[column]]
    raw = read_raw_cohort(sheets | {"patient_termination": last}, declared, INSTRUMENTS)
    (finding,) = check_agreement(replace(raw, pretests={}))
    assert (finding.rule, finding.severity) == ("retest_negative", "warning")
    assert "correlates -0.6" in finding.message and "(n = 25)" in finding.message


@pytest.mark.parametrize("file", ["therapist_baseline", "session_3", "patient_intake"])
def test_shifted_ids_of_26_dyads(file: str) -> None:
    declared = read_cohort(ROOT / "data/ryan2012_synthetic/cohort.yaml")
    sheets = dict(read_raw_sheets(ROOT / "data/ryan2012_synthetic", declared))
    moved = sheets[file].assign(dyad_id=np.roll(sheets[file]["dyad_id"].to_numpy(), 3))
    raw = read_raw_cohort(sheets | {file: moved}, declared, INSTRUMENTS)
    (finding,) = check_agreement(raw)
    assert (finding.rule, finding.file) == ("ids_moved", f"{file}.csv")
    assert "with each id 3 rows higher" in finding.message
