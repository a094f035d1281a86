"""Faults of item columns, of blocks of people, and answers that nobody gave."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from tests.depth import deep, examples
from tests.unit.intake.agreement.studies import columns, found, keys, study

from attune.intake.agreement import item_columns
from attune.intake.agreement.agreement import check_agreement
from attune.intake.agreement.answer_sheets import answer_sheets
from attune.intake.agreement.code_use import other_scales
from attune.intake.reading.raw_cohort import read_raw_cohort
from attune.intake.reading.violations import Violation
from attune.synthetic.corruptions import CORRUPTIONS
from attune.synthetic.simulated_study import SimulatedStudy

TURNED = {"0": "3", "1": "2", "2": "1", "3": "0", "": ""}

RULE_OF = {
    "copy an item": "items_alike",
    "copy an item to another questionnaire": "items_alike",
    "shift an item by a row": "item_rows_shifted",
    "shift items by a column": "items_reordered",
    "permute items": "items_reordered",
    "copy people": "nearly_same_answers",
    "zeros for dropouts": "lowest_filled_in",
    "carry forward": "carried_forward",
    "reverse a block": "rows_reversed",
    "random block": "rows_unrelated",
    "straight block": "rows_all_alike",
    "means for answers": "rows_all_alike",
    "dichotomise": "response_scale_differs",
    "paste an item from another wave": "items_alike",
    "shuffle an item": "item_unrelated",
    "sort an item": "item_in_row_order",
    "fill an item down": "item_in_row_order",
    "continue a series down an item": "item_in_row_order",
    "reverse a subscale": "retest_negative",
    "reverse half of the rows": "direction_changes",
    "reverse a subscale in half of the rows": "direction_changes",
    "reverse keyed items in half of the rows": "direction_changes",
    "exchange raters": "raters_exchanged",
    "item means for people": "means_filled_in",
    "shift the answers of a block": "answers_shifted",
    "type a page twice": "rows_repeated",
    "recode a block": "rows_recoded",
}
"""Corruption -> the rule that is made for it."""


def changed(sound: SimulatedStudy, file: str, change: Callable[[pd.DataFrame], None]) -> Violation:
    """The one finding of a study after a change of one file."""
    sheet = sound.sheets[file].copy()
    change(sheet)
    (finding,) = found(sound.with_sheets(**{file: sheet}))
    assert finding.severity == "warning"
    return finding


@pytest.fixture(scope="module")
def sound() -> SimulatedStudy:
    """A study in which nothing is found."""
    sound = study(n=120, dropout=0.15, retest=0.7)
    assert found(sound) == []
    return sound


@deep
@pytest.mark.parametrize("name", RULE_OF)
def test_a_corruption_breaks_its_own_rule_which_names_no_patient(
    name: str, sound: SimulatedStudy
) -> None:
    ids = {*sound.sheets["sample"]["id"], *sound.sheets["sample"]["patient"]}
    broken = []
    for seed in range(40):
        spoiled = CORRUPTIONS[name].apply(sound, keys(), np.random.default_rng(seed))
        if spoiled is not None and spoiled.visible:
            broken.append(found(spoiled.study))
        if len(broken) == examples(1, many=2):
            break
    assert broken
    for findings in broken:
        assert RULE_OF[name] in {finding.rule for finding in findings}
        for finding in findings:
            assert not [word for word in ids if word in finding.sentence()]


def test_two_people_exchanged_look_like_two_who_changed() -> None:
    sound = study(n=60)
    spoiled = CORRUPTIONS["swap two people"].apply(sound, keys(), np.random.default_rng(1))
    assert spoiled is not None
    assert found(spoiled.study) == []


def test_a_copied_item_is_named_with_the_one_it_was_copied_from() -> None:
    def copy(sheet: pd.DataFrame) -> None:
        sheet["cesd_14"] = sheet["cesd_3"]

    finding = changed(study(), "middle", copy)
    assert (finding.rule, finding.file, finding.item) == ("items_alike", "middle.csv", 14)
    assert finding.message.startswith(
        "all 40 people gave the same answer to items 3 and 14 of ces_d (patient, middle); "
    )


def test_a_copied_item_of_which_two_cells_were_corrected() -> None:
    def copy(sheet: pd.DataFrame) -> None:
        sheet["cesd_14"] = sheet["cesd_3"]
        for row in sheet.index[[4, 70]]:
            sheet.loc[row, "cesd_14"] = TURNED[sheet.loc[row, "cesd_3"]]

    assert changed(study(n=100), "middle", copy).message.startswith("98 of 100 people gave")


def test_two_items_that_nearly_nobody_affirms_are_no_copies() -> None:
    sound = study(n=100)
    sheet = sound.sheets["middle"].copy()
    sheet["phq_9"] = sheet["phq_8"] = ["1" if row % 25 == 0 else "0" for row in range(100)]
    assert "items_alike" not in {finding.rule for finding in found(sound.with_sheets(middle=sheet))}


@pytest.mark.parametrize(("by", "words"), [(1, "1 row lower"), (-2, "2 rows higher")])
def test_a_shifted_column_is_named_with_its_rows(by: int, words: str) -> None:
    def shift(sheet: pd.DataFrame) -> None:
        sheet["cesd_6"] = np.roll(sheet["cesd_6"].to_numpy(), by)

    finding = changed(study(n=100), "middle", shift)
    assert (finding.rule, finding.item) == ("item_rows_shifted", 6)
    assert f"item 6 of ces_d (patient, middle) seems to stand {words}" in finding.message


def test_a_shifted_column_is_seen_in_small_samples() -> None:
    """With one level for all columns, whether they fit their scale or not, it is 3 of 10."""
    seen = 0
    for seed in range(10):
        sound = study(seed, n=40)
        sheet = sound.sheets["middle"].copy()
        sheet["cesd_6"] = np.roll(sheet["cesd_6"].to_numpy(), 1)
        seen += [f.rule for f in found(sound.with_sheets(middle=sheet))] == ["item_rows_shifted"]
    assert seen >= 6


def test_a_column_sorted_by_itself_is_named() -> None:
    def sort(sheet: pd.DataFrame) -> None:
        sheet["cesd_6"] = sorted(sheet["cesd_6"])

    finding = changed(study(n=60), "middle", sort)
    assert (finding.rule, finding.item) == ("item_in_row_order", 6)
    assert "item 6 of ces_d (patient, middle) has " in finding.message


def test_a_column_filled_down_from_a_row_on() -> None:
    def fill(sheet: pd.DataFrame) -> None:
        sheet.loc[sheet.index[30:], "cesd_6"] = "1"

    finding = changed(study(n=100), "middle", fill)
    assert finding.rule == "item_in_row_order"
    assert "one and the same answer in 7" in finding.message
    assert "consecutive rows of 100" in finding.message


def test_a_file_sorted_by_one_item_is_sound() -> None:
    sound = study(n=100)
    sheet = sound.sheets["middle"].sort_values("cesd_6", kind="stable")
    assert found(sound.with_sheets(middle=sheet)) == []


def test_an_item_pasted_from_another_wave_is_named_with_its_file() -> None:
    sound = study(n=60)
    before = sound.sheets["intake"].set_index("id")["cesd_6"]

    def paste(sheet: pd.DataFrame) -> None:
        sheet["cesd_6"] = [before[name] for name in sheet["id"]]

    finding = changed(sound, "middle", paste)
    assert (finding.rule, finding.file, finding.item) == ("items_alike", "middle.csv", 6)
    assert "to item 6 of ces_d (patient, middle) as in ces_d (patient, intake)" in finding.message


def test_an_item_of_other_people_on_one_occasion() -> None:
    rng = np.random.default_rng(4)

    def shuffle(sheet: pd.DataFrame) -> None:
        sheet["cesd_6"] = rng.permutation(sheet["cesd_6"])

    finding = changed(study(n=150), "middle", shuffle)
    assert (finding.rule, finding.item) == ("item_unrelated", 6)
    assert "unlike on other occasions" in finding.message


def test_dates_of_two_waves_exchanged_in_one_file() -> None:
    sound = study(n=40, long=True, dated=True)
    sheet = sound.sheets["visits"].copy()
    other = sheet["visit"].replace({"1": "2", "2": "1"})
    dates = sheet.set_index(["id", "visit"])["date"]
    sheet["date"] = [dates[place] for place in zip(sheet["id"], other, strict=True)]
    (finding,) = found(sound.with_sheets(visits=sheet))
    assert finding.rule == "occasions_exchanged"
    words = "the date in column date is later in the earlier rows than in the later ones"
    assert f"{words} for 40 of 40 people" in finding.message


def test_a_file_sorted_by_severity_is_sound() -> None:
    sound = study(n=100)
    sheet = sound.sheets["middle"]
    total = sheet[columns(sheet, "cesd")].astype(int).sum(axis=1)
    assert found(sound.with_sheets(middle=sheet.loc[total.sort_values().index])) == []


def test_a_block_that_one_assistant_coded_backwards_is_named_by_its_rows() -> None:
    def turn(sheet: pd.DataFrame) -> None:
        block = sheet.index[30:60]
        names = columns(sheet, "cesd")
        sheet.loc[block, names] = sheet.loc[block, names].replace(TURNED)

    finding = changed(study(n=90), "termination", turn)
    assert (finding.rule, finding.file) == ("rows_reversed", "termination.csv")
    assert "to ces_d (patient, termination) seem to be coded backwards" in finding.message
    first, last = _rows_named(finding)
    assert abs(first - 32) <= 3 and abs(last - 61) <= 3


def _rows_named(finding: Violation) -> tuple[int, int]:
    words = finding.message.replace("(", "").replace(")", "").split()
    at = words.index("rows")
    return int(words[at + 1]), int(words[at + 3])


def test_rows_of_one_therapist_coded_backwards() -> None:
    """Every third row, so that they are not a block."""
    sound = study(n=90, order="own")
    sample = sound.sheets["sample"].copy()
    ids = set(sample["id"].iloc[::3])
    sample["therapist"] = ["T1" if name in ids else "T2" for name in sample["id"]]
    sheet = sound.sheets["middle"].copy()
    rows = sheet["id"].isin(ids)
    names = columns(sheet, "cesd")
    sheet.loc[rows, names] = sheet.loc[rows, names].replace(TURNED)
    (finding,) = found(sound.with_sheets(sample=sample, middle=sheet))
    assert finding.rule == "rows_reversed"
    assert "the 30 people with therapist T1" in finding.message


def test_people_who_click_at_random_but_like_the_others_on_average() -> None:
    """Each column of the block is shuffled: the item means stay, the people do not."""
    rng = np.random.default_rng(2)

    def shuffle(sheet: pd.DataFrame) -> None:
        block = sheet.index[40:80]
        for name in columns(sheet, "cesd"):
            sheet.loc[block, name] = rng.permutation(sheet.loc[block, name].to_numpy())

    finding = changed(study(n=120), "termination", shuffle)
    assert finding.rule == "rows_unrelated"


def test_one_copied_person_with_changed_cells() -> None:
    sound = study(n=50)
    sheet = sound.sheets["middle"].copy()
    names = [name for name in sheet if name.startswith(("cesd", "phq", "wai_p"))]
    sheet.loc[20, names] = sheet.loc[9, names]
    for name in ("cesd_4", "cesd_11", "phq_2"):
        sheet.loc[20, name] = TURNED[sheet.loc[9, name]]
    (finding,) = found(sound.with_sheets(middle=sheet))
    assert (finding.rule, finding.row) == ("nearly_same_answers", 20)
    assert "38 of 41 answers to ces_d (patient, middle), phq_9" in finding.message
    assert "are the same as in row 9;" in finding.message


def test_a_patient_of_two_dyads_is_no_copy() -> None:
    sound = study(n=50)
    sheet, sample = sound.sheets["middle"].copy(), sound.sheets["sample"].copy()
    names = [name for name in sheet if name.startswith(("cesd", "phq", "wai_p"))]
    sheet.loc[20, names] = sheet.loc[9, names]
    sheet.loc[20, "cesd_4"] = TURNED[sheet.loc[9, "cesd_4"]]
    sample.loc[20, "patient"] = sample.loc[9, "patient"]
    raw = read_raw_cohort(
        {**sound.sheets, "middle": sheet, "sample": sample}, sound.cohort, keys(), {}
    )
    assert [finding.rule for finding in check_agreement(raw)] == []


def test_people_who_are_well_at_the_end_began_with_fewer_symptoms() -> None:
    """The lowest code for the fifteen who began lowest is not a sign of missing answers."""
    sound = study(n=90, retest=0.8, dropout=0.0)
    first, last = sound.sheets["intake"], sound.sheets["termination"].copy()
    order = first[columns(first, "phq")].astype(int).sum(axis=1).sort_values().index
    for rows, expected in ((order[:15], []), (order[5::6], ["lowest_filled_in"])):
        sheet = last.copy()
        sheet.loc[rows, columns(last, "phq")] = "0"
        rules = [finding.rule for finding in found(sound.with_sheets(termination=sheet))]
        assert [rule for rule in rules if rule == "lowest_filled_in"] == expected


def test_collapsed_codes_are_seen_without_another_occasion() -> None:
    sound = study(n=40)
    sheet = sound.sheets["therapists"].copy()
    names = columns(sheet, "kims")
    sheet[names] = sheet[names].replace({"3": "2", "4": "2", "5": "2", "2": "1"})
    raw = read_raw_cohort({**sound.sheets, "therapists": sheet}, sound.cohort, keys(), {})
    (finding,) = other_scales(answer_sheets(raw), sound.cohort)
    assert "kims (therapist, baseline) seems to be stored with fewer codes" in finding.message
    assert "the answers 3, 4 and 5 never occur" in finding.message


def test_a_questionnaire_of_which_every_cell_is_wrong_is_left_to_its_errors() -> None:
    sound = study()
    sheet = sound.sheets["middle"].copy()
    sheet[columns(sheet, "phq")] = "100"
    assert found(sound.with_sheets(middle=sheet)) == []


def test_the_best_order_by_chance_is_simulated_once_per_number_of_items(monkeypatch):
    limit = item_columns._best_by_chance(9)
    monkeypatch.setattr(item_columns, "SIMULATED_ORDERS", 0)
    assert item_columns._best_by_chance(9) == limit


def test_half_of_a_questionnaire_pasted_from_another_wave_is_one_finding() -> None:
    sound = study(n=60)
    before = sound.sheets["intake"].set_index("id")

    def paste(sheet: pd.DataFrame) -> None:
        for item in range(11, 21):
            sheet[f"cesd_{item}"] = [before.loc[name, f"cesd_{item}"] for name in sheet["id"]]

    finding = changed(sound, "middle", paste)
    assert (finding.rule, finding.file, finding.item) == ("items_alike", "middle.csv", 11)
    assert "items 11, 12, 13, 14, 15, 16, 17, 18, 19 and 20 of ces_d" in finding.message
