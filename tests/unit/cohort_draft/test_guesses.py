"""What a draft takes columns for, and what it says about it."""

from pathlib import Path

import pandas as pd
import pytest
from tests.unit.cohort_draft.drafts import (
    answers,
    drafted,
    ids,
    instruments,
    items,
    table,
    with_cells,
)

from attune.cohort_draft.instrument_match import item_columns
from attune.cohort_draft.instrument_names import KnownNames
from attune.cohort_draft.item_groups import item_groups
from attune.intake.reading.column_notes import ColumnNote

PHQ = items("phq9_{}", 9)


class TestInstruments:
    @pytest.mark.parametrize(
        ("pattern", "n_items", "low", "high", "expected"),
        [
            ("wai_p_{}", 12, 1, 7, "wai_s"),
            ("wai_p_{}", 12, 1, 5, "wai_sr"),
            ("wai_p_{}", 36, 1, 7, "wai_36"),
            ("wai_t_{}", 10, 1, 5, "wai_srt"),
            ("ffmq_{}", 15, 1, 5, "ffmq_15"),
            ("ffmq_{}", 39, 1, 5, "ffmq_39"),
            ("core_{}", 10, 0, 4, "core_10"),
            ("core_{}", 34, 0, 4, "core_om"),
            ("iip_{}", 64, 0, 4, "iip_64"),
            ("scs_{}", 12, 1, 5, "scs_sf"),
            ("bsi{}", 53, 0, 4, "bsi_53"),
        ],
    )
    def test_size_and_codes_tell_the_forms_apart(
        self, tmp_path: Path, pattern: str, n_items: int, low: int, high: int, expected: str
    ) -> None:
        sheet = answers(items(pattern, n_items), low, high)
        assert drafted(tmp_path, table("a.csv", ids(), sheet)).only().instrument == expected

    def test_twelve_alliance_items_up_to_five_could_be_either_form(self, tmp_path: Path) -> None:
        said = drafted(tmp_path, table("a.csv", ids(), answers(items("wai_p_{}", 12), 1, 5))).text
        assert "# CHECK: could also be WAI-S (12 items, 1 to 7)" in said

    def test_seven_rules_the_other_form_out(self, tmp_path: Path) -> None:
        said = drafted(tmp_path, table("a.csv", ids(), answers(items("wai_p_{}", 12), 1, 7))).text
        assert "could also be" not in said

    def test_labels_of_the_file_decide_before_the_answers(self, tmp_path: Path) -> None:
        columns = items("wai_p_{}", 12)
        note = ColumnNote(levels={str(code): f"label {code}" for code in range(1, 8)})
        given = table("a.sav", ids(), answers(columns, 1, 5), notes=dict.fromkeys(columns, note))
        result = drafted(tmp_path, given)
        assert result.only().instrument == "wai_s"
        assert "the file labels 1 to 7" in result.text
        assert "label 3" not in result.text

    def test_the_file_name_helps_where_columns_say_nothing(self, tmp_path: Path) -> None:
        result = drafted(tmp_path, table("kims.csv", ids(), answers(items("q{}", 39), 1, 5)))
        assert result.only().instrument == "kims"
        assert "CHECK: the instrument (kims) is only in the file's name" in result.text

    def test_unknown_names_become_a_questionnaire_to_fill_in(self, tmp_path: Path) -> None:
        sheet = pd.concat([answers(PHQ, 0, 3), answers(items("zzz_{}", 5), 1, 4)], axis=1)
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        assert result.only().instrument == "phq_9"
        key = result.draft.open_keys["zzz"]
        assert (key.n_items, key.lowest, key.highest) == (5, 1, 4)
        assert not result.left_out()
        assert "fill in workflow/instruments/zzz.yaml" in result.summary

    def test_size_and_codes_hint_at_an_instrument(self, tmp_path: Path) -> None:
        sheet = pd.concat([answers(PHQ, 0, 3), answers(items("zzz_{}", 20), 0, 3)], axis=1)
        text = drafted(tmp_path, table("a.csv", ids(), sheet)).text
        assert "as many items and the same codes as CES-D (`instrument: ces_d`): is it" in text

    def test_codes_that_fit_no_key(self, tmp_path: Path) -> None:
        sheet = pd.concat(
            [
                answers(PHQ, 0, 3),
                answers(items("gad7_{}", 7), 1, 5),
                answers(items("m{}", 9), 1, 5),
            ],
            axis=1,
        )
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        text = " ".join(result.text.replace("#", "").split())
        assert "gad7_7_items: 7 columns, values 1 to 5 (a.csv, gad7_1 to gad7_7)" in text
        assert "named like GAD-7 (7 items, 0 to 3), but 4, 5 are outside 0 to 3" in text
        assert "another version or other codes?" in text and "typing errors?" not in text
        assert "as many items, but other codes, have PHQ-9 (0 to 3), TES (1 to 7)" in text
        assert "(gad7_1 to gad7_7, values 1 to 5), baseline" in result.summary

    def test_a_key_that_two_forms_share_is_named_once(self, tmp_path: Path) -> None:
        sheet = pd.concat([answers(PHQ, 0, 3), answers(items("rses_{}", 10), 1, 6)], axis=1)
        text = drafted(tmp_path, table("a.csv", ids(), sheet)).text
        assert text.count("RSES (10 items, 1 to 4)") == 1

    def test_an_item_that_is_not_there(self, tmp_path: Path) -> None:
        sheet = pd.concat([answers(PHQ, 0, 3), answers(items("kims_{}", 39), 1, 5)], axis=1)
        result = drafted(tmp_path, table("a.csv", ids(), sheet.drop(columns="kims_7")))
        assert result.only().instrument == "phq_9"
        assert list(result.draft.open_keys) == ["kims_38_items"]
        assert (
            "named like KIMS (39 items), but there are 38 columns; without number 7"
            in result.draft.open_keys["kims_38_items"].doubts
        )

    def test_a_question_beside_the_items(self, tmp_path: Path) -> None:
        result = drafted(tmp_path, table("a.csv", ids(), answers(items("phq9_{}", 10), 0, 3)))
        assert result.only().columns == "phq9_{item}"
        assert "CHECK: phq9_10 is not one of its items" in result.text

    def test_the_printed_order_of_the_intrex_is_to_be_mapped(self, tmp_path: Path) -> None:
        sheet = answers(items("intrex_best_{}", 8), 0, 10).map(lambda text: f"{text}0")
        result = drafted(tmp_path, table("therapist.csv", ids(), sheet))
        assert result.only().state == "best"
        assert "CHECK: the printed order of INTREX is not standard" in result.text


class TestItemNumbers:
    @pytest.mark.parametrize(
        ("numbers", "said"),
        [
            (list(range(9)), "numbered from 0 to 8: item 1 is phq_0"),
            (list(range(2, 11)), "numbered from 2 to 10: item 1 is phq_2"),
            (
                [1, 2, 3, 5, 6, 7, 8, 9, 10],
                "numbered from 1 to 10, without 4: the number is not the item",
            ),
            (
                [16, 18, 19, 20, 21, 22, 23, 24, 25],
                "numbered from 16 to 25, without 17: the number is not the item",
            ),
        ],
    )
    def test_an_explicit_map_that_says_so(
        self, tmp_path: Path, numbers: list[int], said: str
    ) -> None:
        columns = [f"phq_{number}" for number in numbers]
        result = drafted(tmp_path, table("a.csv", ids(), answers(columns[::-1], 0, 3)))
        assert result.only().columns == dict(enumerate(columns, start=1))
        assert f"CHECK: {said}" in " ".join(result.text.replace("#", "").split())

    @pytest.mark.parametrize("stem", ["CESD_", "cesd20", "cesd_pre_"])
    def test_letters(self, tmp_path: Path, stem: str) -> None:
        columns = [f"{stem}{letter}" for letter in "ABCDEFGHIJKLMNOPQRST"]
        columns = [name if stem[0] == "C" else name.lower() for name in columns]
        result = drafted(tmp_path, table("a.csv", ids(), answers(columns[::-1], 0, 3)))
        assert result.only().columns == dict(enumerate(columns, start=1))

    def test_too_few_numbers_are_no_instrument(self) -> None:
        known = KnownNames(instruments())
        groups, _ = item_groups([f"phq_{number}" for number in (1, 2, 3, 9)], known)
        assert item_columns(groups[0], instruments()["phq_9"]) is None


class TestCodes:
    def test_codes_that_start_at_one(self, tmp_path: Path) -> None:
        result = drafted(tmp_path, table("a.csv", ids(), answers(items("cesd{}", 20), 1, 4)))
        assert result.only().lowest_code == 1
        assert "CHECK: the file holds 1 to 4, the key's codes are 0 to 3" in result.text

    def test_codes_that_start_at_zero(self, tmp_path: Path) -> None:
        result = drafted(tmp_path, table("a.csv", ids(), answers(items("kims{}", 39), 0, 4)))
        assert result.only().lowest_code == 0
        assert result.only().missing_codes == []

    def test_few_codes_from_zero_may_be_another_version(self, tmp_path: Path) -> None:
        """The codes of the KIMS are 1 to 5; 0 to 2 may be another form, not 0 to 4."""
        result = drafted(tmp_path, table("a.csv", ids(), answers(items("kims{}", 39), 0, 2)))
        said = " ".join(result.text.replace("#", "").split())
        assert "No answer is above 2: if the form has no higher one" in said
        result = drafted(tmp_path, table("b.csv", ids(), answers(items("kims{}", 39), 0, 4)))
        assert "No answer is above" not in result.text

    def test_one_answer_outside_is_no_shift(self, tmp_path: Path) -> None:
        sheet = with_cells(answers(PHQ, 0, 3), "phq9_2", {4: "4"})
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        assert result.only().lowest_code is None
        assert "CHECK: 4 is outside 0 to 3 (once)" in result.text

    @pytest.mark.parametrize("code", ["99", "-9999", "999", "-9", "9", "-1", "555"])
    def test_numbers_far_away_mean_no_answer(self, tmp_path: Path, code: str) -> None:
        sheet = with_cells(answers(PHQ, 0, 3), "phq9_2", {4: code, 5: code, 6: code})
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        assert result.only().missing_codes == [code]
        assert f'CHECK: "{code}" occurs 3 times, all other values are 0 to 3' in result.text

    def test_zero_below_one_to_five(self, tmp_path: Path) -> None:
        sheet = with_cells(answers(items("kims{}", 39), 1, 5), "kims3", {4: "0", 9: "0"})
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        assert result.only().missing_codes == ["0"]
        assert '"0" occurs 2 times, all other values are 1 to 5: does it mean "no' in result.text

    def test_a_letter_that_occurs_again(self, tmp_path: Path) -> None:
        sheet = with_cells(answers(PHQ, 0, 3), "phq9_2", {4: "о", 7: "о"})
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        assert result.only().missing_codes == ["о"]

    @pytest.mark.parametrize("cells", [{4: "33"}, {4: "33", 8: "12"}, {4: "x"}, {4: "47"}])
    def test_what_occurs_once_is_no_missing_code(
        self, tmp_path: Path, cells: dict[int, str]
    ) -> None:
        sheet = with_cells(answers(PHQ, 0, 3), "phq9_2", cells)
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        assert result.only().missing_codes == []

    def test_a_key_struck_twice_is_no_missing_code_however_often(self, tmp_path: Path) -> None:
        sheet = with_cells(answers(PHQ, 0, 3), "phq9_2", {4: "33", 7: "33", 9: "33", 11: "33"})
        assert drafted(tmp_path, table("a.csv", ids(), sheet)).only().missing_codes == []

    @pytest.mark.parametrize("cells", [{4: "99"}, {4: "47", 6: "47", 8: "47"}])
    def test_conventional_and_repeated_codes(self, tmp_path: Path, cells: dict[int, str]) -> None:
        sheet = with_cells(answers(PHQ, 0, 3), "phq9_2", cells)
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        assert result.only().missing_codes == [cells[4]]

    def test_a_text_among_numbers_is_never_quoted(self, tmp_path: Path) -> None:
        sheet = with_cells(answers(PHQ, 0, 3), "phq9_2", {4: "Anna Example did not say"})
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        assert "Anna" not in result.text + result.summary
        assert "CHECK: one text is among the numbers" in result.text

    def test_words_of_other_programs_mean_no_answer_everywhere(self, tmp_path: Path) -> None:
        sheet = with_cells(answers(PHQ, 0, 3), "phq9_2", {4: "NULL", 5: "n/a", 6: ""})
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        assert set(result.cohort.missing_codes) == {"", "NULL", "n/a"}
        assert '"NULL" occurs once' in result.text

    def test_answers_in_words_with_the_codes_of_the_file(self, tmp_path: Path) -> None:
        words = {"0": "Never", "1": "Some days", "2": "Often", "3": 'Always: "yes"'}
        note = ColumnNote(levels=words)
        given = table(
            "a.csv", ids(), answers(PHQ, 0, 3).replace(words), notes=dict.fromkeys(PHQ, note)
        )
        codes = {label: int(code) for code, label in words.items()}
        assert drafted(tmp_path, given).only().answers == codes

    def test_answers_in_words_without_codes_are_a_template(self, tmp_path: Path) -> None:
        words = {"0": "Never", "1": "Some days", "2": "Often", "3": "Always"}
        result = drafted(tmp_path, table("a.csv", ids(), answers(PHQ, 0, 3).replace(words)))
        assert result.only().answers == {}
        assert "# CHECK: answers are words" in result.text
        assert "    #   Some days:" in result.text

    def test_free_text_is_no_answer(self, tmp_path: Path) -> None:
        texts = pd.DataFrame(
            {
                f"kims_{item}": [f"a text {row} of {item}" for row in range(20)]
                for item in range(1, 40)
            }
        )
        result = drafted(tmp_path, table("a.csv", ids(), answers(PHQ, 0, 3), texts))
        assert "780 different texts instead of codes" in str(result.left_out())

    def test_declared_missing_values_are_a_reason(self, tmp_path: Path) -> None:
        notes = {"phq9_1": ColumnNote(missing_codes=["97 to 99"])}
        result = drafted(tmp_path, table("a.sav", ids(), answers(PHQ, 0, 3), notes=notes))
        assert "the file declares 97 to 99 as missing: read as empty" in result.text


class TestWhoAndWhen:
    def test_sessions_become_one_entry(self, tmp_path: Path) -> None:
        columns = [
            f"wai_{rater}_s{session:02d}_{item}"
            for rater in "pt"
            for session in (3, 12, 20)
            for item in range(1, 13)
        ]
        result = drafted(tmp_path, table("a.csv", ids(), answers(columns, 1, 7)))
        assert result.text.count("sessions: [3, 12, 20]") == 2
        assert 'columns: "wai_p_s{session:02d}_{item}"' in result.text
        assert {(q.rater, q.occasion) for q in result.questionnaires} == {
            (rater, f"session_{session}")
            for rater in ("patient", "therapist")
            for session in (3, 12, 20)
        }

    def test_a_t_is_a_time_where_no_therapist_can_answer(self, tmp_path: Path) -> None:
        result = drafted(tmp_path, table("a.csv", ids(), answers(items("scl_t_1_{}", 90), 0, 4)))
        assert (result.only().rater, result.only().occasion) == ("patient", "t1")

    def test_file_names_say_who_and_when(self, tmp_path: Path) -> None:
        result = drafted(
            tmp_path,
            table("therapist_baseline.csv", ids(), answers(items("kims_{}", 39), 1, 5)),
            table("patient_session_3.csv", ids(), answers(items("wai_{}", 12), 1, 7)),
        )
        assert [(q.rater, q.occasion) for q in result.questionnaires] == [
            ("therapist", "baseline"),
            ("patient", "session_3"),
        ]

    def test_a_version_of_a_file_is_no_visit(self, tmp_path: Path) -> None:
        result = drafted(tmp_path, table("data (v2).csv", ids(), answers(PHQ, 0, 3)))
        assert result.only().occasion == "baseline"

    def test_nothing_says_who_or_when(self, tmp_path: Path) -> None:
        text = drafted(tmp_path, table("a.csv", ids(), answers(items("kims_{}", 39), 1, 5))).text
        assert "rater: patient" in text
        assert "CHECK: neither columns nor file say who answered: therapist or patient?" in text
        assert "CHECK: neither columns nor file say when it was answered" in text

    def test_the_same_questionnaire_in_two_files_is_listed(self, tmp_path: Path) -> None:
        sheet = answers(PHQ, 0, 3)
        result = drafted(tmp_path, table("a.csv", ids(), sheet), table("b.csv", ids(), sheet))
        assert len(result.questionnaires) == 1
        assert "is in another file already" in result.left_out()["phq9_{item}"]

    def test_two_blocks_for_one_occasion_are_listed(self, tmp_path: Path) -> None:
        sheet = answers([*items("phq_{}", 9), *items("phq9_{}", 9)], 0, 3)
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        assert len(result.questionnaires) == 1
        assert "is mapped already, by other columns" in str(result.left_out())


class TestNothingToMap:
    def test_a_file_with_nothing_is_left_out(self, tmp_path: Path) -> None:
        result = drafted(
            tmp_path,
            table("a.csv", ids(), answers(PHQ, 0, 3)),
            table("b.csv", ids(), answers(["x", "y"], 0, 3)),
        )
        assert list(result.cohort.files) == ["a"]
        assert result.left_out()["the whole file"] == "none of its columns is mapped"


class TestTherapists:
    """Whether therapists share, which decides about the table of differences between them."""

    @pytest.mark.parametrize(("caseload", "shared"), [(1, False), (2, True)])
    def test_shared_therapists_have_a_table(
        self, tmp_path: Path, caseload: int, shared: bool
    ) -> None:
        therapists = pd.DataFrame({"therapist_id": [f"T{i // caseload:02d}" for i in range(20)]})
        given = table("a.csv", ids(), therapists, answers(PHQ, 0, 3))
        found = drafted(tmp_path, given).study.tables
        assert ("therapists" in found) == shared
        assert not shared or found["therapists"].kind == "therapist_shares"


class TestNestedCells:
    """Lists and objects (JSON) in place of answers."""

    @pytest.mark.parametrize(
        "form", ['["{}"]', "[{}]", '{{"value": {}, "label": "often"}}', "['{}']"]
    )
    def test_one_number_each_is_the_answer(self, tmp_path: Path, form: str) -> None:
        sheet = answers(PHQ, 0, 3).map(form.format)
        result = drafted(tmp_path, table("pre.csv", ids(), sheet))
        assert result.only().answers == {form.format(code): code for code in range(4)}
        assert "(JSON) with one number each" in " ".join(result.text.replace("#", "").split())

    def test_several_choices_are_named(self, tmp_path: Path) -> None:
        sheet = answers(PHQ, 0, 3).map("[0, {}]".format)
        said = drafted(tmp_path, table("pre.csv", ids(), sheet)).left_out()
        assert "cells hold lists (JSON), not one code each" in " ".join(said.values())


class TestSentences:
    """Headings that are worded, as in exports of online forms."""

    @pytest.mark.parametrize("file", ["pre", "post"])
    @pytest.mark.parametrize(
        "heading",
        [
            "PHQ-9: Over the last 2 weeks, how often? [{}]",
            "PHQ-9 In den letzten 2 Wochen, Aussage {}",
            "{}. PHQ-9 over the past 14 days",
            "PHQ-9 pendant les 2 dernières semaines [{}]",
        ],
    )
    def test_a_number_in_the_wording_is_no_occasion(
        self, tmp_path: Path, heading: str, file: str
    ) -> None:
        sheet = answers(items(heading, 9), 0, 3)
        assert drafted(tmp_path, table(f"{file}.csv", ids(), sheet)).only().occasion == file

    def test_nor_in_headings_without_an_instrument(self, tmp_path: Path) -> None:
        sheet = answers(items("Wie oft in den letzten 2 Wochen? [Aussage {}]", 9), 0, 3)
        (opened,) = drafted(tmp_path, table("pre.csv", ids(), sheet)).draft.open_questionnaires
        assert opened.occasion == "pre"

    def test_numbers_that_differ_are_occasions(self, tmp_path: Path) -> None:
        headings = [
            f"PHQ9 Wie ging es Ihnen im {m}. Monat {k}" for m in (1, 2) for k in range(1, 10)
        ]
        found = drafted(tmp_path, table("pre.csv", ids(), answers(headings, 0, 3))).questionnaires
        assert [entry.occasion for entry in found] == ["occasion_1", "occasion_2"]

    def test_a_session_is_one_in_a_sentence_too(self, tmp_path: Path) -> None:
        sheet = answers(items("PHQ9 how did you feel in session 3 today? [{}]", 9), 0, 3)
        found = drafted(tmp_path, table("forms.csv", ids(), sheet)).only()
        assert found.occasion == "session_3"


def test_questionnaires_are_listed_in_time_though_files_are_not(tmp_path: Path) -> None:
    """A folder lists post.csv before pre.csv; the first entry counts as the earlier occasion."""
    sheet = answers(PHQ, 0, 3)
    files = [table(f"{name}.csv", ids(), sheet) for name in ("follow_up", "post", "pre", "week_4")]
    occasions = [entry.occasion for entry in drafted(tmp_path, *files).questionnaires]
    assert occasions == ["pre", "week_4", "post", "follow_up"]


@pytest.mark.parametrize("name", ["follow_up", "Follow-up", "followup"])
def test_a_file_called_follow_up_is_no_baseline(tmp_path: Path, name: str) -> None:
    given = table(f"{name}.csv", ids(), answers(PHQ, 0, 3))
    assert drafted(tmp_path, given).only().occasion == "follow_up"


def test_a_column_called_follow_up_keeps_its_items(tmp_path: Path) -> None:
    given = table("a.csv", ids(), answers(items("phq9_follow_up_{}", 9), 0, 3))
    entry = drafted(tmp_path, given).only()
    assert (entry.occasion, entry.columns) == ("follow_up", "phq9_follow_up_{item}")


@pytest.mark.parametrize(
    ("heading", "names", "label"),
    [
        ("intro_age", "age", "Age"),
        ("intro.1.player.age", "age", "Age"),
        ("age_1", "age_1", "Age (1)"),
        ("age_first_episode", "age_first_episode", "Age (first episode)"),
    ],
)
def test_the_page_of_a_survey_is_no_part_of_a_characteristic(
    tmp_path: Path, heading: str, names: str, label: str
) -> None:
    ages = pd.DataFrame({heading: [str(20 + row) for row in range(20)]})
    sample = drafted(tmp_path, table("a.csv", ids(), ages, answers(PHQ, 0, 3))).cohort.sample
    assert {name: entry.label for name, entry in sample.variables.items()} == {names: label}
    assert sample.variables[names].column == heading


def test_two_columns_of_one_characteristic_keep_their_names(tmp_path: Path) -> None:
    ages = pd.DataFrame(
        {name: [str(20 + row) for row in range(20)] for name in ("age", "intro_age")}
    )
    sample = drafted(tmp_path, table("a.csv", ids(), ages, answers(PHQ, 0, 3))).cohort.sample
    assert list(sample.variables) == ["age", "intro_age"]
