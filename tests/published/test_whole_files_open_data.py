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


SHIPPED = [
    *("ryan2012_synthetic", "help", "btheb", "mcbi_synthetic", "alliance_growth_synthetic"),
]


def shipped(name: str) -> RawCohort:
    declared = read_cohort(ROOT / f"data/{name}/cohort.yaml")
    sheets = read_raw_sheets(ROOT / f"data/{name}", declared)
    return read_raw_cohort(sheets, declared, INSTRUMENTS)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_cohorts_are_sound(name: str) -> None:
    assert [violation.sentence() for violation in check_agreement(shipped(name))] == []


@pytest.fixture(scope="module")
def neuropsychiatric() -> RawCohort:
    """272 adults, BIS-11 and HSCL-58, once."""
    if "ATTUNE_REFERENCE" not in os.environ:
        pytest.skip("ATTUNE_REFERENCE names no folder of references")
    folder = Path(os.environ["ATTUNE_REFERENCE"]) / "data/ds000030"
    sheets = {}
    for name in ("barratt", "hopkins"):
        table = pd.read_csv(folder / f"{name}.tsv", sep="\t", dtype=str, keep_default_na=False)
        table = table.replace("n/a", "").astype(object).rename(columns={table.columns[0]: "id"})
        sheets[name] = table.set_axis(range(2, 2 + len(table)), axis=0)
    who = sheets["barratt"][["id"]].assign(patient=lambda sheet: "P" + sheet["id"])
    declared = cohort(
        files={name: {"path": f"{name}.csv", "dyad": "id"} for name in ("who", *sheets)},
        sample={"file": "who", "patient": "patient"},
        questionnaires=[
            {"instrument": key, "rater": "patient", "occasion": "baseline", "file": name}
            | {"columns": name + "{item}"}
            for name, key in (("barratt", "bis_11"), ("hopkins", "hscl_58"))
        ],
    )
    return read_raw_cohort({"who": who, **sheets}, declared, INSTRUMENTS)


def test_two_real_questionnaires_given_once_are_sound(neuropsychiatric: RawCohort) -> None:
    assert found(neuropsychiatric) == []


def copied_item(sheet: pd.DataFrame, names: list[str]) -> None:
    sheet[names[11]] = sheet[names[3]]


def item_down(sheet: pd.DataFrame, names: list[str]) -> None:
    sheet[names[5]] = ["", *sheet[names[5]].iloc[:-1]]


def third_backwards(sheet: pd.DataFrame, names: list[str]) -> None:
    rows = sheet.index[80:160]
    codes = sorted({int(cell) for cell in sheet[names].to_numpy().ravel() if cell})
    ends = codes[0] + codes[-1]
    for name in names:
        cells = sheet.loc[rows, name]
        sheet.loc[rows, name] = [str(ends - int(float(cell))) if cell else "" for cell in cells]


def random_clicks(sheet: pd.DataFrame, names: list[str]) -> None:
    rows = sheet.index[80:160]
    rng = np.random.default_rng(4)
    codes = sorted({cell for cell in sheet[names].to_numpy().ravel() if cell})
    sheet.loc[rows, names] = rng.choice(codes, (len(rows), len(names))).astype(object)


def two_codes(sheet: pd.DataFrame, names: list[str]) -> None:
    codes = sorted({cell for cell in sheet[names].to_numpy().ravel() if cell})
    sheet[names] = sheet[names].replace(dict.fromkeys(codes[1:], codes[1]))


def copied_person(sheet: pd.DataFrame, names: list[str]) -> None:
    """The most various answers of a person again, but for every ninth item."""
    various = sheet[names].replace("", np.nan).astype(float).std(axis=1).idxmax()
    one, other = [row for row in sheet.index if row != various][:2]
    own = [name for at, name in enumerate(names) if at % 9]
    sheet.loc[other, names] = sheet.loc[one, names]
    sheet.loc[other, own] = sheet.loc[various, own]


FAULTS = [
    (copied_item, "items_alike"),
    (item_down, "item_rows_shifted"),
    (third_backwards, "rows_reversed"),
    (random_clicks, "rows_unrelated"),
    (two_codes, "response_scale_differs"),
    (copied_person, "nearly_same_answers"),
]


@pytest.mark.parametrize(("change", "rule"), FAULTS)
def test_a_fault_of_columns_or_blocks_of_a_real_file_is_named(
    neuropsychiatric: RawCohort, change: Callable[[pd.DataFrame, list[str]], None], rule: str
) -> None:
    sheet = neuropsychiatric.sheets["hopkins"].copy()
    change(sheet, [f"hopkins{item}" for item in range(1, 59)])
    assert rule in {named for named, _ in found(neuropsychiatric, hopkins=sheet)}


def test_zeros_for_missing_scores_and_scores_carried_forward() -> None:
    """Of 100 patients, 48 have no score after eight months."""
    raw = shipped("btheb")
    sheet = raw.sheets["trial"]
    last = sheet["bdi.8m"].mask(sheet["bdi.8m"] == "", "0")
    ((named, message),) = found(raw, trial=sheet.assign(**{"bdi.8m": last}))
    assert named == "lowest_filled_in"
    assert message.startswith("55 of 100 people have the lowest score of bdi_ii (patient, month_8)")
    columns = ["bdi.pre", "bdi.2m", "bdi.4m", "bdi.6m", "bdi.8m"]
    filled = sheet[columns].replace("", np.nan).ffill(axis=1)
    findings = found(raw, trial=sheet.assign(**{name: filled[name] for name in columns}))
    assert [named for named, _ in findings] == ["carried_forward"] * 3


def test_items_of_a_real_wave_in_another_order(positive_psychology: RawCohort) -> None:
    visits = positive_psychology.sheets["visits"].copy()
    rows = visits["occasion"] == "3.0"
    names = [f"ahi{item:02d}" for item in range(9, 17)]
    visits.loc[rows, names] = visits.loc[rows, [*names[1:], names[0]]].to_numpy()
    ((named, message),) = found(positive_psychology, visits=visits)
    assert named == "items_reordered"
    assert "ahi (patient, wave_3)" in message


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
