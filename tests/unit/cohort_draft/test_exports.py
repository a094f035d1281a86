"""Drafts from the exports of R, REDCap, Qualtrics and LimeSurvey, of long files and of scores."""

from pathlib import Path

import pandas as pd
import pytest
from tests.unit.cohort_draft.drafts import answers, drafted, ids, items, table

from attune.intake.reading.column_notes import ColumnNote

PHQ = items("phq9_{}", 9)


class TestQuestionnairesWithoutKey:
    def test_a_line_to_take_up_and_a_key_to_fill_in(self, tmp_path: Path) -> None:
        result = drafted(tmp_path, table("a.csv", ids(), answers(items("SWB{}", 5), 1, 7)))
        assert result.questionnaires == []
        assert (
            "  # - {instrument: swb, rater: patient, occasion: baseline, file: a,"
            ' columns: "SWB{item}"}' in result.text
        )
        assert "  # swb_baseline: {label: " in result.study_text
        assert "5 columns, values 1 to 7" in result.text

    def test_the_same_questionnaire_at_other_times_shares_a_key(self, tmp_path: Path) -> None:
        columns = [f"t{time}_mood_{item}" for time in (1, 2) for item in range(1, 7)]
        result = drafted(tmp_path, table("a.csv", ids(), answers(columns, 0, 4)))
        assert list(result.draft.open_keys) == ["mood"]
        assert 'sessions: [1, 2], file: a, columns: "t{session}_mood_{item}"' in result.text

    def test_scales_called_by_a_letter(self, tmp_path: Path) -> None:
        sheet = pd.concat([answers(items(f"{x}{{}}", 5), 1, 6) for x in "CT"], axis=1)
        result = drafted(tmp_path, table("big5.csv", ids(), sheet))
        assert list(result.draft.open_keys) == ["big5_c", "big5_t"]
        assert {entry.rater for entry in result.draft.open_questionnaires} == {"patient"}

    def test_repeats_behind_a_point(self, tmp_path: Path) -> None:
        columns = [*items("mood{}", 6), *items("mood{}.2", 6)]
        result = drafted(tmp_path, table("a.csv", ids(), answers(columns, 0, 4)))
        occasions = [entry.occasion for entry in result.draft.open_questionnaires]
        assert occasions == ["baseline", "occasion_2"]

    def test_the_labels_of_the_file_give_the_range(self, tmp_path: Path) -> None:
        columns = items("SWB{}", 5)
        note = ColumnNote(levels={"1": "never", "7": "always"})
        given = table("a.sav", ids(), answers(columns, 2, 5), notes=dict.fromkeys(columns, note))
        key = drafted(tmp_path, given).draft.open_keys["swb"]
        assert (key.lowest, key.highest, key.labelled) == (1, 7, True)

    def test_conventional_codes_are_no_answers(self, tmp_path: Path) -> None:
        sheet = answers(items("SWB{}", 5), 1, 7)
        sheet.loc[3, "SWB2"] = "-99"
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        assert result.draft.open_keys["swb"].lowest == 1
        assert 'missing_codes: ["-99"]' in result.text

    def test_answers_in_words_wait_for_their_codes(self, tmp_path: Path) -> None:
        words = {"1": "blue", "2": "green", "3": "red"}
        sheet = answers(items("SWB{}", 5), 1, 3).replace(words)
        text = drafted(tmp_path, table("a.csv", ids(), sheet)).text
        assert "3 answers in words" in text
        assert "answers: {blue: TODO, green: TODO, red: TODO}" in text

    def test_answers_with_a_known_order_get_codes_to_check(self, tmp_path: Path) -> None:
        words = {"1": "never", "2": "sometimes", "3": "often"}
        sheet = answers(items("SWB{}", 5), 1, 3).replace(words)
        text = drafted(tmp_path, table("a.csv", ids(), sheet)).text
        assert "answers: {never: 1, sometimes: 2, often: 3}" in text
        assert "CHECK: the codes of the answers are guessed" in text

    def test_decimals_and_dates_are_no_items(self, tmp_path: Path) -> None:
        speed = answers(items("speed{}", 4), 1, 9).map(lambda text: f"{text}.37")
        when = answers(items("when{}", 4), 1, 9).map(lambda text: f"2024-03-0{text}")
        result = drafted(tmp_path, table("a.csv", ids(), speed, when))
        assert result.draft.open_keys == {}
        assert {"speed1", "when1 to when4 (4 columns)"} <= result.left_out().keys()

    def test_lengths_of_a_form_are_no_items(self, tmp_path: Path) -> None:
        sheet = pd.DataFrame(
            {f"hamd_{n}": [str(n + row % 15) for row in range(20)] for n in (17, 21, 28)}
        )
        sheet.loc[5, "hamd_17"] = "1"
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        assert result.draft.open_keys == {}
        assert set(result.study.measures) == {"ham_d_17_baseline", "hamd_21", "hamd_28"}

    def test_nothing_but_ids_is_a_cohort(self, tmp_path: Path) -> None:
        result = drafted(tmp_path, table("a.csv", ids()))
        assert result.cohort.selections() == []
        assert result.study.measures == {}
        assert result.study.tables.keys() == {"violations"}


class TestScoresWithoutKey:
    SHEET = answers(["GAF_pre", "GAF_post", "joy_total"], 1, 90)

    def test_they_become_measures(self, tmp_path: Path) -> None:
        result = drafted(tmp_path, table("a.csv", ids(), self.SHEET))
        assert result.cohort.scores == []
        measures = {name: one.variable for name, one in result.study.measures.items()}
        assert measures == {"gaf_pre": "gaf_pre", "gaf_post": "gaf_post", "joy_total": "joy_total"}
        outcome = result.study.outcomes["gaf_gain"]
        assert (outcome.pretest, outcome.posttest) == ("gaf_pre", "gaf_post")
        assert result.text.count("CHECK: numbers whose names belong to no registered key") == 1

    def test_no_range_and_no_unit_is_invented(self, tmp_path: Path) -> None:
        variables = drafted(tmp_path, table("a.csv", ids(), self.SHEET)).cohort.sample.variables
        assert all(one.minimum is None and one.unit == "" for one in variables.values())

    def test_the_total_of_another_questionnaire(self, tmp_path: Path) -> None:
        sheet = pd.concat([answers(PHQ, 0, 3), answers(["SWB_sum"], 5, 35)], axis=1)
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        assert result.only().scores_in_file == {}
        assert result.study.measures["swb_sum"].variable == "swb_sum"

    def test_an_edition_is_asked(self, tmp_path: Path) -> None:
        text = drafted(tmp_path, table("a.csv", ids(), answers(["bdi_pre"], 3, 40))).text
        assert "CHECK: taken for the BDI-II; it could also be the BDI of 1961" in text

    def test_of_its_items_too(self, tmp_path: Path) -> None:
        text = drafted(tmp_path, table("a.csv", ids(), answers(items("bdi_{}", 21), 0, 3))).text
        assert text.count("CHECK: taken for the BDI-II; it could also be") == 1

    def test_units_are_those_of_name_or_label(self, tmp_path: Path) -> None:
        sheet = answers(["age", "age_months", "experience"], 20, 60)
        notes = {"experience": ColumnNote(label="Practice in years")}
        result = drafted(tmp_path, table("a.sav", ids(), sheet, notes=notes))
        units = {name: one.unit for name, one in result.cohort.sample.variables.items()}
        assert units == {"age": "", "age_months": "months", "experience": "years"}

    def test_facets_where_the_authors_recommend_no_total(self, tmp_path: Path) -> None:
        result = drafted(tmp_path, table("a.csv", ids(), answers(items("kims_{}", 39), 1, 5)))
        scales = {one.scale for one in result.study.measures.values()}
        assert "total" not in scales
        assert {"observe", "describe"} <= scales


class TestSurveyPrograms:
    def qualtrics(self, **columns: list[str]) -> pd.DataFrame:
        added = {"RecordedDate": ["2024-03-01"] * 20, "Progress": ["100"] * 20}
        return pd.DataFrame(added | columns)

    def test_a_preview_is_drafted_out(self, tmp_path: Path) -> None:
        status = self.qualtrics(Status=["0"] * 19 + ["1"])
        result = drafted(tmp_path, table("a.csv", status, ids(), answers(PHQ, 0, 3)))
        (entry,) = result.cohort.exclude
        assert (entry.file, entry.rows) == ("a", {"Status": "1"})
        assert entry.reason == "a preview of the survey, no participant"

    def test_who_broke_off_stays_until_a_person_decides(self, tmp_path: Path) -> None:
        finished = self.qualtrics(Status=["0"] * 20, Finished=["1"] * 18 + ["0"] * 2)
        result = drafted(tmp_path, table("a.csv", finished, ids(), answers(PHQ, 0, 3)))
        assert result.cohort.exclude == []
        assert "CHECK: 2 people did not finish the survey" in result.text
        assert '  # - {file: a, rows: {Finished: "0"}, reason: did not finish' in result.text

    def test_a_status_of_another_program_is_a_characteristic(self, tmp_path: Path) -> None:
        status = pd.DataFrame({"Status": ["1", "2"] * 10})
        result = drafted(tmp_path, table("a.csv", status, ids(), answers(PHQ, 0, 3)))
        assert result.draft.exclusions == []

    def test_ids_of_tests(self, tmp_path: Path) -> None:
        people = ids()
        people.loc[19, "dyad_id"] = "test"
        result = drafted(tmp_path, table("a.csv", people, answers(PHQ, 0, 3)))
        assert [entry.people for entry in result.cohort.exclude] == [["test"]]

    def test_limesurvey(self, tmp_path: Path) -> None:
        added = pd.DataFrame(
            {
                "submitdate": ["2024-03-01"] * 17 + [""] * 3,
                "lastpage": ["5"] * 17 + ["2"] * 3,
                "startlanguage": ["en"] * 20,
                "groupTime12": ["3.2"] * 20,
            }
        )
        result = drafted(tmp_path, table("a.csv", ids(), added, answers(PHQ, 0, 3)))
        assert set(result.left_out().values()) == {"added by LimeSurvey"}
        assert "CHECK: 3 people did not finish the survey" in result.text

    @pytest.mark.parametrize("tokens", [True, False])
    def test_surveys_of_limesurvey_are_joined_by_people(self, tmp_path: Path, tokens: bool) -> None:
        paths = []
        for wave, step in (("pre", 1), ("post", -1)):
            added = pd.DataFrame(
                {
                    "id": [str(number) for number in range(1, 21)],
                    "startdate": ["2024-03-01"] * 20,
                    "lastpage": ["5"] * 20,
                    "startlanguage": ["en"] * 20,
                    "token": [f"k{number:03d}" if tokens else "" for number in range(20)][::step],
                }
            )
            paths.append(table(f"{wave}.csv", added, answers(PHQ, 0, 3)))
        result = drafted(tmp_path, *paths)
        assert {entry.dyad for entry in result.cohort.files.values()} == {
            "token" if tokens else "id"
        }
        assert ("connects no two surveys" in " ".join(result.text.replace("#", "").split())) != (
            tokens
        )
        assert result.left_out()["startdate"] == "added by LimeSurvey"

    def test_repeated_forms_of_redcap(self, tmp_path: Path) -> None:
        rows = []
        for number in range(1, 13):
            rows.append({"record_id": str(number), "form": "", "repeat": ""})
            rows += [{"record_id": str(number), "form": "wai_sr", "repeat": n} for n in "12"]
        keys = pd.DataFrame(rows).rename(
            columns={"form": "redcap_repeat_instrument", "repeat": "redcap_repeat_instance"}
        )
        once = keys["redcap_repeat_instance"] == ""
        sheet = pd.concat(
            [
                answers(PHQ, 0, 3, len(keys)).where(once, ""),
                answers(items("wai_sr_{}", 12), 1, 5, len(keys)).where(~once, ""),
            ],
            axis=1,
        )
        result = drafted(tmp_path, table("a.csv", keys, sheet))
        first, *repeats = result.questionnaires
        empty = {"redcap_repeat_instrument": "", "redcap_repeat_instance": ""}
        assert (first.instrument, first.rows) == ("phq_9", empty)
        assert result.cohort.sample.rows == empty
        assert [entry.occasion for entry in repeats] == ["repeat_1", "repeat_2"]
        assert repeats[1].rows == {
            "redcap_repeat_instrument": "wai_sr",
            "redcap_repeat_instance": "2",
        }


class TestOneRowPerAnswer:
    def long(self) -> pd.DataFrame:
        wide = pd.concat([ids(8), answers(PHQ, 0, 3, 8)], axis=1)
        return wide.melt(id_vars="dyad_id", var_name="item", value_name="response")

    def test_is_turned_and_said(self, tmp_path: Path) -> None:
        result = drafted(tmp_path, table("a.csv", self.long()))
        assert result.only().columns == "phq9_{item}"
        declared = result.cohort.files["a"].one_row_per_answer
        assert declared is not None
        assert (declared.item, declared.answer, declared.by) == ("item", "response", [])
        assert "72 rows with one answer each, turned into 8 rows" in result.text

    def test_with_an_occasion(self, tmp_path: Path) -> None:
        both = [self.long().assign(session=session) for session in "12"]
        sheet = pd.concat(both, ignore_index=True)
        result = drafted(tmp_path, table("a.csv", sheet))
        declared = result.cohort.files["a"].one_row_per_answer
        assert declared is not None
        assert declared.by == ["session"]
        assert [entry.occasion for entry in result.questionnaires] == ["session_1", "session_2"]

    def test_items_numbered_within_a_questionnaire(self, tmp_path: Path) -> None:
        numbered = self.long().assign(scale="phq9")
        numbered["item"] = numbered["item"].str.removeprefix("phq9_")
        result = drafted(tmp_path, table("a.csv", numbered))
        declared = result.cohort.files["a"].one_row_per_answer
        assert declared is not None
        assert declared.item == ["scale", "item"]
        assert result.only().instrument == "phq_9"

    def test_an_ordinary_file_stays(self, tmp_path: Path) -> None:
        sheet = pd.concat([ids(), answers(["item", "score"], 0, 3), answers(PHQ, 0, 3)], axis=1)
        result = drafted(tmp_path, table("a.csv", sheet))
        assert result.cohort.files["a"].one_row_per_answer is None


class TestIds:
    def test_that_became_dates(self, tmp_path: Path) -> None:
        dates = pd.DataFrame({"dyad_id": [f"{day}-Jan" for day in range(1, 21)]})
        text = drafted(tmp_path, table("a.csv", dates, answers(PHQ, 0, 3))).text
        assert "CHECK: most ids look like dates, such as 1-Jan." in text
        assert "Export the file again" in text

    def test_row_numbers_of_r_are_left_out_and_said(self, tmp_path: Path) -> None:
        numbers = pd.DataFrame({"row_number": [str(row) for row in range(1, 21)]})
        result = drafted(tmp_path, table("a.csv", numbers, ids(), answers(PHQ, 0, 3)))
        assert result.cohort.files["a"].dyad == "dyad_id"
        assert result.left_out() == {"row_number": "the row numbers that R writes without a name"}

    def test_they_name_the_people_where_nothing_else_does(self, tmp_path: Path) -> None:
        numbers = pd.DataFrame({"row_number": [str(row) for row in range(1, 21)]})
        result = drafted(tmp_path, table("a.csv", numbers, answers(PHQ, 0, 3)))
        assert result.cohort.files["a"].dyad == "row_number"
        assert "CHECK: no column names the person" in result.text

    def test_codes_that_repeat_at_every_occasion_come_before_numbers_of_rows(
        self, tmp_path: Path
    ) -> None:
        rows = [(f"K{n:03d}", f"T{wave}") for wave in (0, 1) for n in range(1, 21)]
        names = pd.DataFrame(rows, columns=["Kuerzel", "MZP"])
        numbers = pd.DataFrame({"row_number": [str(row) for row in range(1, 41)]})
        therapists = pd.DataFrame({"Therapeut": [f"TH{row % 5}" for row in range(40)]})
        parts = (numbers, names, therapists, answers(PHQ, 0, 3, 40))
        result = drafted(tmp_path, table("a.csv", *parts))
        assert result.cohort.files["a"].dyad == "Kuerzel"
        assert {entry.occasion for entry in result.cohort.questionnaires} == {"t0", "t1"}

    def test_people_known_at_a_later_occasion_only(self, tmp_path: Path) -> None:
        rows = pd.DataFrame(
            [
                {"id": f"D{n:02d}", "wave": wave}
                for n in range(20)
                for wave in "12"
                if (n, wave) not in ((3, "1"), (4, "2"))
            ]
        )
        result = drafted(tmp_path, table("a.csv", rows, answers(PHQ, 0, 3, len(rows))))
        assert result.cohort.sample.first_rows
        assert result.cohort.sample.rows == {}
        assert "CHECK: 1 person has no row with wave 1, so the first row" in result.text


def test_headings_repeated_by_pasting_are_no_answers(tmp_path: Path) -> None:
    sheet = pd.concat([ids(), answers(items("phq9_{}", 9), 0, 3)], axis=1)
    pasted = pd.concat(
        [sheet.iloc[:10], pd.DataFrame([sheet.columns], columns=sheet.columns), sheet.iloc[10:]]
    )
    result = drafted(tmp_path, table("a.csv", pasted.reset_index(drop=True)))
    assert result.only().instrument == "phq_9"
    assert "text is among the numbers" not in result.text
    assert "a.csv, row 12: repeats the headings" in result.summary


def test_rows_of_means_below_the_data_are_no_people(tmp_path: Path) -> None:
    sheet = pd.concat([ids(), answers(PHQ, 0, 3)], axis=1)
    mean = pd.DataFrame([["Mean", *["1"] * 9]], columns=sheet.columns, index=[sheet.index[-1] + 1])
    result = drafted(tmp_path, table("a.csv", pd.concat([sheet, mean])))
    assert "- {people: [Mean], reason: a row of results below the data}" in result.text
    assert "are they rows below the data?" in result.text
