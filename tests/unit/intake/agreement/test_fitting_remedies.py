"""Findings whose first explanation would be wrong: the remedy says what else the files show."""

import numpy as np
import pandas as pd
from tests.unit.intake.agreement.studies import columns, found, study

from attune.intake.reading.violations import Violation
from attune.synthetic.simulated_study import SimulatedStudy


def spoiled(sound: SimulatedStudy, **sheets: pd.DataFrame) -> dict[str, Violation]:
    """The findings by rule."""
    return {finding.rule: finding for finding in found(sound.with_sheets(**sheets))}


def test_an_item_of_another_questionnaire() -> None:
    sound = study(n=60)
    sheet = sound.sheets["middle"].copy()
    sheet["phq_4"] = sheet["cesd_9"]
    (finding,) = found(sound.with_sheets(middle=sheet))
    assert (finding.rule, finding.file, finding.item) == ("items_alike", "middle.csv", 4)
    assert finding.message.startswith(
        "all 60 people gave the same answers to ces_d (patient, middle), item 9, and to"
        " phq_9 (patient, middle), item 4; of the most closely related other items, "
    )


def test_the_columns_of_two_visits_taken_in_turn() -> None:
    """One row per person turned to one per visit, with the columns in the wrong order."""
    sound = study(n=60)
    first, later = (sound.sheets[name].copy() for name in ("intake", "termination"))
    names = columns(first, "phq")
    mixed = np.stack([first[names].to_numpy(), later[names].to_numpy()], axis=2).reshape(60, 18)
    later[names] = mixed[:, 9:]
    (finding,) = [f for f in found(sound.with_sheets(termination=later)) if f.rule == "items_alike"]
    assert "phq_9 (patient, intake) of intake.csv, item 6, and to" in finding.message
    assert "turned from one row per person to one per visit" in finding.remedy


def test_a_form_in_another_order_in_half_of_the_rows_is_not_to_be_turned() -> None:
    sound = study(n=80)
    sheet = sound.sheets["middle"].copy()
    names = columns(sheet, "wai_p")
    order = [0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]
    half = sheet.index[40:]
    sheet.loc[half, names] = sheet.loc[half, [names[item] for item in order]].to_numpy()
    finding = spoiled(sound, middle=sheet)["direction_changes"]
    assert "the items probably stand in another order there" in finding.remedy
    assert "Do not turn the codes" in finding.remedy


def test_turned_items_in_half_of_the_rows_are_to_be_turned_back() -> None:
    sound = study(n=80)
    sheet = sound.sheets["middle"].copy()
    half = sheet.index[40:]
    for name in ("wai_p_4", "wai_p_10"):
        sheet.loc[half, name] = [str(8 - int(cell)) for cell in sheet.loc[half, name]]
    finding = spoiled(sound, middle=sheet)["direction_changes"]
    assert finding.remedy.startswith("Probably the codes are reversed in")


def two_waves(seed: int = 5) -> SimulatedStudy:
    """Two occasions only, so that either may be wrong."""
    sound = study(seed, n=80, retest=0.7)
    kept = [entry for entry in sound.cohort.questionnaires if entry.occasion != "middle"]
    cohort = sound.cohort.model_copy(update={"questionnaires": kept})
    return SimulatedStudy(sound.design, cohort, sound.sheets, sound.pretests)


def test_one_questionnaire_that_was_not_sorted_along_is_named_in_its_file() -> None:
    sound = two_waves()
    sheet = sound.sheets["termination"].copy()
    names = columns(sheet, "phq")
    sheet[names] = sheet[names].sample(frac=1, random_state=2).to_numpy()
    finding = spoiled(sound, termination=sheet)["retest_near_zero"]
    assert finding.file == "termination.csv"
    assert "were some columns of the file sorted or pasted without the others?" in finding.remedy


def test_another_version_of_the_form_in_a_part_of_the_rows() -> None:
    sound = study(n=150)
    sheet = sound.sheets["middle"].copy()
    fewer = {"1": "1", "2": "2", "3": "2", "4": "3", "5": "4", "6": "4", "7": "5"}
    for name in columns(sheet, "wai_p"):
        sheet.loc[sheet.index[75:], name] = sheet.loc[sheet.index[75:], name].map(fewer)
    finding = spoiled(sound, middle=sheet)["rows_recoded"]
    assert "Nobody of them gives an answer above 5" in finding.remedy
    assert "another version of the form" in finding.remedy


def test_a_date_before_the_first_visit_in_files_of_one_visit_each() -> None:
    sound = study(n=40, dated=True)
    sheet = sound.sheets["middle"].copy()
    first = pd.to_datetime(sound.sheets["intake"]["date"])
    sheet.loc[sheet.index[7], "date"] = str((first.iloc[7] - pd.Timedelta(days=90)).date())
    finding = spoiled(sound, middle=sheet)["visits_exchanged"]
    assert "the id of one of the two may be mistyped" in finding.remedy
    assert "intake.csv and middle.csv" in finding.remedy


def with_lost_cells(sound: SimulatedStudy, every: int) -> tuple[SimulatedStudy, list[int]]:
    """A cell lost in every so manieth row of a questionnaire, the cells behind it moved up."""
    sheet, rng = sound.sheets["middle"].copy(), np.random.default_rng(4)
    names = columns(sheet, "cesd")
    rows = list(sheet.index[::every])
    for row in rows:
        answers, at = sheet.loc[row, names].tolist(), int(rng.integers(0, 8))
        sheet.loc[row, names] = [*answers[:at], *answers[at + 1 :], ""]
    return sound.with_sheets(middle=sheet), rows


def test_cells_lost_in_rows_here_and_there() -> None:
    changed, rows = with_lost_cells(study(n=120), 7)
    (finding,) = found(changed)
    assert (finding.rule, finding.file, finding.row) == ("answers_shifted", "middle.csv", rows[0])
    assert f"{len(rows)} people lack the last answer to ces_d (patient, middle)" in finding.message
    assert "a cell was probably lost, and the answers behind it moved by one" in finding.remedy


def test_people_who_left_out_the_last_item_are_sound() -> None:
    for seed in range(5):
        sound = study(seed, n=120)
        sheet = sound.sheets["middle"].copy()
        sheet.loc[sheet.index[::7], "cesd_20"] = ""
        assert found(sound.with_sheets(middle=sheet)) == []
