"""Faults of whole files: what is found in which file, and what is not."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.intake.agreement.studies import columns, found, keys, recoded, study

from attune.intake.validation import validate_responses
from attune.synthetic.simulated_study import SimulatedStudy

TURNED = {"0": "3", "1": "2", "2": "1", "3": "0"}


def places(spoiled: SimulatedStudy) -> list[tuple[str, str, str]]:
    return [(entry.severity, entry.rule, entry.file) for entry in found(spoiled)]


def test_a_sound_study_has_no_finding() -> None:
    assert places(study()) == []


def test_a_copied_file_is_one_error() -> None:
    sound = study()
    copied = sound.with_sheets(termination=sound.sheets["middle"].copy())
    assert places(copied) == [("error", "same_content", "termination.csv")]
    (finding,) = found(copied)
    assert finding.message == "the file is a copy of middle.csv: all 40 rows are the same."


def test_a_copied_questionnaire_is_found_beside_other_columns() -> None:
    sound = study()
    middle, last = sound.sheets["middle"], sound.sheets["termination"].copy()
    last[columns(last, "phq")] = middle[columns(middle, "phq")].to_numpy()
    # A few cells were corrected afterwards.
    last.loc[5, "phq_1"] = TURNED[last.loc[5, "phq_1"]]
    copied = sound.with_sheets(termination=last)
    assert places(copied) == [("error", "same_content", "termination.csv")]
    assert "for 39 of 40 dyads who have both" in found(copied)[0].message
    result = validate_responses(copied.sheets, copied.cohort, keys(), copied.pretests)
    assert "same_answers" not in {violation.rule for violation in result.violations}


def test_one_rater_copied_over_the_other() -> None:
    sound = study()
    last = sound.sheets["termination"].copy()
    last[columns(last, "wai_t")] = last[columns(last, "wai_p")].to_numpy()
    (finding,) = found(sound.with_sheets(termination=last))
    assert (finding.rule, finding.severity) == ("same_content", "error")
    assert "in the same file" in finding.message


def test_answers_to_another_questionnaire_are_found() -> None:
    sound = study()
    last = sound.sheets["termination"].copy()
    phq = columns(last, "phq")
    last[phq] = last[columns(last, "cesd")[: len(phq)]].to_numpy()
    (finding,) = [entry for entry in found(sound.with_sheets(termination=last))
                  if entry.severity == "error"]  # fmt: skip
    assert finding.rule == "same_content"
    assert "phq_9" in finding.message and "ces_d" in finding.message


def test_people_without_symptoms_are_no_copies() -> None:
    sound = study()
    codes = dict.fromkeys("123", "0")
    sheets = {name: recoded(sound.sheets[name], "phq", codes) for name in ("intake", "middle")}
    rules = {entry.rule for entry in found(sound.with_sheets(**sheets))}
    assert "same_content" not in rules


@pytest.mark.parametrize("rows", [2, 7, 25, 38])
def test_shifted_ids_are_named_in_their_file(rows: int) -> None:
    sound = study()
    sheet = sound.sheets["therapists"]
    shifted = sound.with_sheets(therapists=sheet.assign(id=np.roll(sheet["id"], rows)))
    assert places(shifted) == [("warning", "ids_moved", "therapists.csv")]
    up = rows <= 20
    assert f"with each id {rows if up else 40 - rows} row" in found(shifted)[0].message
    assert ("higher" if up else "lower") in found(shifted)[0].message


def test_a_shift_is_told_from_the_answers_where_every_file_has_an_order_of_its_own() -> None:
    sound = study(order="own", n=60)
    sheet = sound.sheets["middle"]
    (finding,) = found(sound.with_sheets(middle=sheet.assign(id=np.roll(sheet["id"], 5))))
    assert (finding.rule, finding.file) == ("ids_moved", "middle.csv")
    assert "with each id 5 rows higher" in finding.message
    assert not [name for name in sheet["id"] if name in finding.sentence()]


def test_rows_that_begin_elsewhere_with_their_answers_are_sound() -> None:
    sound = study()
    sheet = sound.sheets["middle"]
    assert places(sound.with_sheets(middle=sheet.iloc[np.r_[7:40, 0:7]])) == []


def test_sorted_ids_are_found_by_the_order_of_the_other_files() -> None:
    sound = study(order="common")
    sheet = sound.sheets["intake"]
    (finding,) = found(sound.with_sheets(intake=sheet.assign(id=sorted(sheet["id"]))))
    assert (finding.rule, finding.file) == ("ids_moved", "intake.csv")
    assert "with the ids in the order of sample.csv" in finding.message


def test_ids_in_another_order_that_no_file_has() -> None:
    sound = study(n=100, order="own")
    sheet = sound.sheets["middle"]
    ids = np.random.default_rng(8).permutation(sheet["id"])
    (finding,) = found(sound.with_sheets(middle=sheet.assign(id=ids)))
    assert (finding.rule, finding.file) == ("retest_near_zero", "middle.csv")
    assert "ces_d" in finding.message and "(n = 100)" in finding.message


def test_sorted_ids_of_a_small_file_are_found_as_it_is_the_only_sorted_one() -> None:
    sound = study(n=30, order="own")
    sheet = sound.sheets["middle"]
    (finding,) = found(sound.with_sheets(middle=sheet.assign(id=sorted(sheet["id"]))))
    assert (finding.rule, finding.file) == ("retest_near_zero", "middle.csv")


def test_a_reversed_questionnaire_is_named_among_three() -> None:
    sound = study()
    last = recoded(sound.sheets["termination"], "cesd", TURNED)
    (finding,) = found(sound.with_sheets(termination=last))
    assert (finding.severity, finding.rule) == ("warning", "retest_negative")
    assert "the answers of ces_d (patient, termination) are reversed" in finding.remedy
    assert "with occasion intake of intake.csv (n = 40)" in finding.message


@pytest.mark.parametrize(("seed", "how"), [(3, "runs against"), (4, "does not agree with")])
def test_scores_of_change_may_be_no_answers_at_all(seed: int, how: str) -> None:
    """The codes are to be turned only if they are reversed; one total correlates above 0."""
    sound = study(seed)
    last, first = sound.sheets["termination"].copy(), sound.sheets["intake"]
    items = columns(first, "cesd")
    change = last[items].astype(int) - first[items].astype(int)
    last[items] = (change + 1).clip(0, 3).astype(str)
    (finding,) = found(sound.with_sheets(termination=last))
    assert f"ces_d (patient, termination) {how} the same questionnaire" in finding.message
    assert "or are not answers to this form (scores of change" in finding.remedy
    assert "only if they are reversed" in finding.remedy


def test_of_two_occasions_either_may_be_reversed() -> None:
    sound = study()
    entries = [
        entry
        for entry in sound.cohort.questionnaires
        if entry.occasion in ("intake", "termination")
    ]
    pair = sound.with_sheets(termination=recoded(sound.sheets["termination"], "phq", TURNED))
    cohort = sound.cohort.model_copy(update={"questionnaires": entries})
    result = validate_responses(pair.sheets, cohort, keys(), pair.pretests)
    (finding,) = (entry for entry in result.violations if entry.rule == "retest_negative")
    assert "one of the two" in finding.remedy


def test_another_scale_on_one_occasion() -> None:
    sound = study()
    four_points = {"2": "1", "3": "2", "4": "3", "5": "4", "6": "4", "7": "4"}
    last = recoded(sound.sheets["termination"], "wai_p", four_points)
    findings = found(sound.with_sheets(termination=last))
    assert [(entry.rule, entry.file) for entry in findings] == [
        ("response_scale_differs", "termination.csv")
    ]
    assert "the answers 5, 6 and 7 never occur" in findings[0].message


def test_the_last_rows_of_a_file() -> None:
    sound = study()
    assert places(sound.with_sheets(therapists=sound.sheets["therapists"].iloc[:-1])) == []
    cut = sound.with_sheets(therapists=sound.sheets["therapists"].iloc[:-4])
    assert places(cut) == [("warning", "last_rows_missing", "therapists.csv")]
    assert "the last 4 of 40 dyads in the order of sample.csv" in found(cut)[0].message
    anywhere = sound.sheets["therapists"].drop(index=[5, 11, 30, 41])
    assert places(sound.with_sheets(therapists=anywhere)) == []


def test_an_item_that_nobody_answered() -> None:
    sound = study()
    (finding,) = found(sound.with_sheets(middle=sound.sheets["middle"].assign(wai_p_4="")))
    assert (finding.rule, finding.file, finding.item) == ("unanswered_item", "middle.csv", 4)
    assert finding.column == "wai_p_4"


@pytest.mark.parametrize("dated", [True, False])
def test_exchanged_waves_are_seen_by_dates_or_numbers_of_visits(dated: bool) -> None:
    sound = study(dated=dated)
    middle, last = sound.sheets["middle"], sound.sheets["termination"]
    (finding,) = found(sound.with_sheets(middle=last.copy(), termination=middle.copy()))
    assert finding.rule == "occasions_exchanged"
    assert ("date in column date" if dated else "column visit is 3") in finding.message


def test_exchanged_waves_are_seen_by_days_since_the_beginning() -> None:
    rng = np.random.default_rng(6)
    sound = study()
    sheets = dict(waves(sound))
    for wave, start in (("intake", 0), ("middle", 40), ("termination", 120)):
        days = rng.integers(start, start + 15, len(sheets[wave])).astype(str)
        sheets[wave] = sheets[wave].drop(columns="visit", errors="ignore").assign(study_day=days)
    assert places(sound.with_sheets(**sheets)) == []
    turned = sheets | {"middle": sheets["termination"], "termination": sheets["middle"]}
    (finding,) = found(sound.with_sheets(**turned))
    assert finding.rule == "occasions_exchanged"
    assert "the number in column study_day is later in middle.csv" in finding.message


def test_exchanged_waves_are_seen_by_dropout_alone() -> None:
    sound = study(n=60)
    sheets = {name: sheet.drop(columns="visit", errors="ignore") for name, sheet in waves(sound)}
    sheets["termination"] = sheets["termination"].iloc[::2]
    assert places(sound.with_sheets(**sheets)) == []
    turned = sheets | {"middle": sheets["termination"], "termination": sheets["middle"]}
    assert ("warning", "occasions_exchanged", "termination.csv") in places(
        sound.with_sheets(**turned)
    )


def waves(sound: SimulatedStudy) -> list[tuple[str, pd.DataFrame]]:
    return [(name, sound.sheets[name]) for name in ("intake", "middle", "termination")]
