"""Rows of a file, the sample sheet, totals and finished scores."""

from pathlib import Path

import pandas as pd
import pytest
from tests.conftest import ROOT
from tests.unit.cohort_draft.drafts import answers, drafted, ids, items, table, with_cells

from attune.cohort_draft.layout import level_occasion, time_rank
from attune.intake.reading.column_notes import ColumnNote
from attune.specs.errors import ConfigurationError
from attune_files.project import read_cohort
from attune_files.raw.csv_file import read_raw_csv

PHQ = items("phq9_{}", 9)


def long(column: str, levels: list[str], dyads: int = 10) -> pd.DataFrame:
    rows = [(f"D{dyad}", level) for dyad in range(dyads) for level in levels]
    return pd.DataFrame(rows, columns=["id", column])


class TestRows:
    def test_one_row_per_occasion(self, tmp_path: Path) -> None:
        rows = long("visit", ["1", "2", "3"])
        result = drafted(tmp_path, table("a.csv", rows, answers(PHQ, 0, 3, len(rows))))
        assert [(q.occasion, q.rows) for q in result.questionnaires] == [
            (f"visit_{visit}", {"visit": str(visit)}) for visit in (1, 2, 3)
        ]
        assert result.cohort.sample.rows == {"visit": "1"}
        assert 'rows: {visit: "{session}"}' in result.text

    def test_one_row_per_occasion_and_rater(self, tmp_path: Path) -> None:
        rows = pd.DataFrame(
            [
                (f"D{dyad}", session, rater)
                for dyad in range(8)
                for session in ("3", "12")
                for rater in ("Patient", "Therapist")
            ],
            columns=["case", "session", "rater"],
        )
        result = drafted(
            tmp_path, table("a.csv", rows, answers(items("wai_{}", 12), 1, 7, len(rows)))
        )
        found = {(q.rater, q.occasion): q.rows for q in result.questionnaires}
        assert found["therapist", "session_12"] == {"session": "12", "rater": "Therapist"}
        assert len(found) == 4

    def test_occasions_where_nobody_answered_are_left_out(self, tmp_path: Path) -> None:
        rows = long("occasion", ["pre", "post"])
        sheet = answers([*PHQ, *items("gad7_{}", 7)], 0, 3, len(rows))
        sheet.loc[rows["occasion"] == "post", items("gad7_{}", 7)] = ""
        result = drafted(tmp_path, table("a.csv", rows, sheet))
        assert {(q.instrument, q.occasion) for q in result.questionnaires} == {
            ("phq_9", "pre"),
            ("phq_9", "post"),
            ("gad_7", "pre"),
        }
        assert [(o.pretest, o.posttest) for o in result.study.outcomes.values()] == [
            ("phq_9_pre", "phq_9_post")
        ]
        assert "which ones are meant" not in result.study_text

    def test_two_rows_by_mistake(self, tmp_path: Path) -> None:
        rows = pd.concat([long("wave", ["1", "2"], 20), long("wave", ["1"], 1)], ignore_index=True)
        result = drafted(tmp_path, table("a.csv", rows, answers(PHQ, 0, 3, len(rows))))
        assert "CHECK: 1 row repeats the id and wave of an earlier row" in result.text

    def test_arms_that_share_occasions(self, tmp_path: Path) -> None:
        rows = pd.DataFrame(
            [
                (f"{dyad}", f"{event}_arm_{1 + dyad % 2}")
                for dyad in range(10)
                for event in ("baseline", "end")
            ],
            columns=["record_id", "redcap_event_name"],
        )
        result = drafted(tmp_path, table("a.csv", rows, answers(PHQ, 0, 3, len(rows))))
        assert "CHECK: the arms share occasions in redcap_event_name." in result.text
        assert "sessions" not in result.text

    def test_several_rows_and_nothing_tells_them_apart(self, tmp_path: Path) -> None:
        rows = long("colour", ["a", "a"])
        with pytest.raises(ConfigurationError, match="no column says which occasion or rater"):
            drafted(tmp_path, table("a.csv", rows, answers(PHQ, 0, 3, len(rows))))

    @pytest.mark.parametrize(
        ("level", "column", "occasion"),
        [
            ("3", "session", "session_3"),
            ("0.0", "occasion", "occasion_0"),
            ("2", "Timepoint", "t2"),
            ("6", "month", "month_6"),
            ("Baseline", "visit", "baseline"),
            ("pre-test", "time", "pre_test"),
            ("6 months", "time", "month_6"),
            ("session_12_arm_1", "redcap_event_name", "session_12"),
            ("Follow-up", "wave", "follow_up"),
            ("enrolment", "event", "enrolment"),
        ],
    )
    def test_levels(self, level: str, column: str, occasion: str) -> None:
        assert level_occasion(level, column) == occasion

    def test_time_goes_from_before_to_after(self) -> None:
        times = ["baseline", "session_3", "session_12", "month_1", "termination", "follow_up_6"]
        ranks = [time_rank(time)[0] for time in times]
        assert ranks == [0, 1, 1, 1, 2, 3]
        assert time_rank("session_3") < time_rank("session_12")


class TestIds:
    def test_two_candidates(self, tmp_path: Path) -> None:
        given = table("a.csv", ids(name="id"), ids(name="code"), answers(PHQ, 0, 3))
        result = drafted(tmp_path, given)
        assert result.cohort.files["a"].dyad == "id"
        assert "CHECK: code could be the id too; choose with --id COLUMN" in result.text
        chosen = drafted(tmp_path / "chosen", given, id_column="code")
        assert chosen.cohort.files["a"].dyad == "code"
        assert "chosen by --id" in chosen.text

    def test_by_its_codes(self, tmp_path: Path) -> None:
        result = drafted(tmp_path, table("a.csv", ids(name="x"), answers(PHQ, 0, 3)))
        assert result.cohort.files["a"].dyad == "x"
        assert "CHECK: its codes differ in every row: do they name the people?" in result.text

    def test_none_in_one_file(self, tmp_path: Path) -> None:
        result = drafted(tmp_path, table("a.csv", answers(PHQ, 0, 3)))
        assert result.cohort.files["a"].dyad == "row_number"
        assert result.cohort.files["a"].number_rows
        assert "CHECK: no column names the person" in result.text

    def test_none_in_two_files(self, tmp_path: Path) -> None:
        tables = [table(f"{name}.csv", answers(PHQ, 0, 3)) for name in "ab"]
        with pytest.raises(ConfigurationError) as raised:
            drafted(tmp_path, *tables)
        assert "a.csv: no column names the dyad. Call it `dyad_id`" in str(raised.value)

    def test_a_code_of_a_characteristic_is_no_id(self, tmp_path: Path) -> None:
        codes = pd.DataFrame({"education_code": [str(row % 4) for row in range(20)]})
        uid = ids(name="uid")
        result = drafted(tmp_path, table("a.csv", codes, uid, answers(PHQ, 0, 3)))
        assert result.cohort.files["a"].dyad == "uid"

    def test_rows_without_an_id(self, tmp_path: Path) -> None:
        sheet = with_cells(ids(), "dyad_id", {3: ""})
        result = drafted(tmp_path, table("a.csv", sheet, answers(PHQ, 0, 3)))
        assert "CHECK: 1 of 20 rows name no dyad" in result.text

    def test_one_row_per_therapist(self, tmp_path: Path) -> None:
        therapists = table("t.csv", ids(name="therapist_id"), answers(items("kims_{}", 39), 1, 5))
        patients = table("p.csv", ids(), answers(PHQ, 0, 3))
        result = drafted(tmp_path, patients, therapists)
        assert list(result.cohort.files) == ["p"]
        assert "one row per therapist (therapist_id)" in result.left_out()["the whole file"]

    def test_dyads_that_are_not_in_the_sample_sheet(self, tmp_path: Path) -> None:
        sample = pd.concat([ids(10), pd.DataFrame({"age": ["30"] * 10})], axis=1)
        result = drafted(
            tmp_path, table("s.csv", sample), table("a.csv", ids(), answers(PHQ, 0, 3))
        )
        assert "CHECK: 10 dyads with answers are not among its rows" in result.text

    def test_an_id_that_tells_who_it_is(self, tmp_path: Path) -> None:
        given = table("a.csv", ids(), answers(PHQ, 0, 3), personal={"dyad_id": "names of people"})
        result = drafted(tmp_path, given)
        assert result.cohort.files["a"].dropped == []
        assert "CHECK: it seems to hold names of people: replace them by codes" in result.text

    def test_personal_columns_are_dropped(self, tmp_path: Path) -> None:
        given = table(
            "a.csv",
            ids(),
            answers(PHQ, 0, 3),
            pd.DataFrame({"mail": ["a@example.org"] * 20}),
            personal={"mail": "e-mail addresses"},
        )
        result = drafted(tmp_path, given)
        assert result.cohort.files["a"].dropped == ["mail"]
        assert "- mail  # e-mail addresses" in result.text
        assert "dropped: mail (e-mail addresses); it is never read further" in result.summary
        assert "example.org" not in result.text + result.summary


class TestSample:
    SHEET = pd.DataFrame(
        {
            "therapist_id": [f"T{row % 5}" for row in range(20)],
            "patient_id": [f"P{row}" for row in range(20)],
            "arm": ["1", "2"] * 10,
            "patient_age": [str(20 + row) for row in range(20)],
            "sex": ["F", "M"] * 10,
            "education": ["no", "yes", "none", "NA"] * 5,
            "therapist_experience_years": [str(row % 9) for row in range(20)],
            "shoe_size": [str(36 + row % 8) for row in range(20)],
        }
    )

    def test_roles_and_demographics(self, tmp_path: Path) -> None:
        result = drafted(tmp_path, table("a.csv", ids(), self.SHEET, answers(PHQ, 0, 3)))
        sample = result.cohort.sample
        assert (sample.therapist, sample.patient, sample.condition) == (
            "therapist_id",
            "patient_id",
            "arm",
        )
        assert sample.variables["sex"].levels == {"F": "Female", "M": "Male"}
        assert sample.variables["arm"].levels == {"1": "Code 1", "2": "Code 2"}
        assert set(sample.variables["education"].levels) == {"no", "none", "yes"}
        age = sample.variables["patient_age"]
        assert (age.label, age.minimum, age.maximum) == ("Age of the patient", 0, 120)
        assert sample.variables["therapist_experience_years"].unit == "years"
        assert "shoe_size" in result.left_out()
        assert result.cohort.missing_codes == ["", "NA"]

    def test_levels_from_labels(self, tmp_path: Path) -> None:
        notes = {
            "arm": ColumnNote(
                levels={"1": "Usual care", "2": "Brief: therapy", "9": "?"}, missing_codes=["9"]
            )
        }
        result = drafted(
            tmp_path, table("a.sav", ids(), self.SHEET, answers(PHQ, 0, 3), notes=notes)
        )
        levels = {"1": "Usual care", "2": "Brief: therapy"}
        assert result.cohort.sample.variables["arm"].levels == levels

    def test_the_dyad_stands_in_for_the_patient(self, tmp_path: Path) -> None:
        result = drafted(tmp_path, table("a.csv", ids(), answers(PHQ, 0, 3)))
        assert result.cohort.sample.patient == "dyad_id"
        assert "# the dyad's id: no other column names the patient" in result.text
        assert "# therapist: no column names the therapist" in result.text

    def test_a_code_that_no_age_can_be(self, tmp_path: Path) -> None:
        sheet = with_cells(self.SHEET, "patient_age", {3: "999"})
        text = drafted(tmp_path, table("a.csv", ids(), sheet, answers(PHQ, 0, 3))).text
        assert '"999" occurs once: does it mean "no answer"?' in text
        assert 'missing_codes: ["999"]' in text


class TestScores:
    def test_occasions_that_only_their_order_tells(self, tmp_path: Path) -> None:
        columns = [f"phq9_{item}_{when}" for when in ("t1", "t2", "t3") for item in range(1, 10)]
        result = drafted(tmp_path, table("a.csv", ids(), answers(columns, 0, 3)))
        outcome = result.study.outcomes["phq_9_gain"]
        assert (outcome.pretest, outcome.posttest) == ("phq_9_t1", "phq_9_t3")
        assert (
            "# CHECK: the first and the last occasion; which ones are meant?" in result.study_text
        )

    def test_a_total_is_the_scale_that_it_equals(self, tmp_path: Path) -> None:
        sheet = answers(items("kims_{}", 39), 1, 5)
        numbers = sheet.astype(int)
        reverse = [3, 4, 8, 11, 12, 14, 16, 18, 20, 22, 23, 24, 27, 28, 31, 32, 35, 36]
        for item in reverse:
            numbers[f"kims_{item}"] = 6 - numbers[f"kims_{item}"]
        total = pd.DataFrame({"kims_total": numbers.sum(axis=1).astype(str)})
        result = drafted(tmp_path, table("a.csv", ids(), sheet, total))
        assert result.only().scores_in_file == {"total": "kims_total"}
        assert "# it equals attune's own in all 20 complete rows" in result.text

    def test_a_total_that_is_wrong_in_some_rows(self, tmp_path: Path) -> None:
        sheet = answers(PHQ, 0, 3)
        total = pd.DataFrame({"phqSum": sheet.astype(int).sum(axis=1).astype(str)})
        total = with_cells(total, "phqSum", {3: "1", 4: "2"})
        result = drafted(tmp_path, table("a.csv", ids(), sheet, total))
        assert result.only().scores_in_file == {"total": "phqSum"}
        assert "CHECK: phqSum is total in 18 of 20 complete rows" in result.text

    def test_a_total_of_unreversed_items_equals_no_scale(self, tmp_path: Path) -> None:
        sheet = answers(items("kims_{}", 39), 1, 5)
        total = pd.DataFrame({"kims_total": sheet.astype(int).sum(axis=1).astype(str)})
        result = drafted(tmp_path, table("a.csv", ids(), sheet, total))
        assert result.only().scores_in_file == {}
        assert "looks like a score, but equals no scale" in result.left_out()["kims_total"]

    def test_scores_without_items(self, tmp_path: Path) -> None:
        scores = pd.DataFrame(
            {"bdi.pre": [str(10 + row) for row in range(20)], "bdi.2m": ["9", ""] * 10}
        )
        result = drafted(tmp_path, table("a.csv", ids(), scores))
        assert [(s.instrument, s.occasion, s.column) for s in result.cohort.scores] == [
            ("bdi_ii", "pre", "bdi.pre"),
            ("bdi_ii", "month_2", "bdi.2m"),
        ]
        assert (
            "CHECK: values from 10 to 29, and no items: is it the finished score total"
            in result.text
        )

    def test_a_score_of_each_occasion_is_no_item(self, tmp_path: Path) -> None:
        columns = [f"SCL90R_{item:02d}_T{time}" for time in (1, 2, 3) for item in range(1, 91)]
        sheet = answers(columns, 0, 4)
        for time in (1, 2, 3):
            block = sheet.filter(regex=f"_T{time}$").astype(int)
            sheet[f"GSI_T{time}"] = block.mean(axis=1).round(2).astype(str)
        result = drafted(tmp_path, table("scl.csv", ids(), sheet))
        assert [q.scores_in_file for q in result.questionnaires] == [
            {"gsi": f"GSI_T{time}"} for time in (1, 2, 3)
        ]
        assert 'scores_in_file: {gsi: "GSI_T{session}"}' in result.text

    def test_a_second_column_for_the_same_score_is_listed(self, tmp_path: Path) -> None:
        scores = pd.DataFrame({name: ["10", "20"] * 10 for name in ("bdi_pre", "pre_bdi_sum")})
        result = drafted(tmp_path, table("a.csv", ids(), scores))
        assert len(result.cohort.scores) == 1
        assert result.left_out()["pre_bdi_sum"] == "bdi_ii total pre is mapped already"

    def test_scores_out_of_range_are_no_scores(self, tmp_path: Path) -> None:
        scores = pd.DataFrame({"bdi_pre": [str(10 * row) for row in range(20)]})
        result = drafted(tmp_path, table("a.csv", ids(), answers(PHQ, 0, 3), scores))
        assert result.cohort.scores == []
        assert "bdi_pre" in result.left_out()


def shipped(tmp_path: Path, name: str) -> tuple[dict, dict]:  # type: ignore[type-arg]
    """Questionnaires by key: as drafted from the files alone, and as shipped."""
    cohort = read_cohort(ROOT / f"data/{name}/cohort.yaml")
    tables = [
        table(
            file.path, read_raw_csv(ROOT / f"data/{name}" / file.path, file).reset_index(drop=True)
        )
        for file in cohort.files.values()
    ]
    result = drafted(tmp_path, *tables)
    assert result.cohort.sample.file == "sample"
    both = []
    for entry in (result.cohort, cohort):
        found = {}
        for q in entry.questionnaires:
            keys = q.model_dump(exclude={"file", "occasion"})
            found[q.instrument, q.rater, q.occasion, q.state] = keys | {
                "path": entry.files[q.file].path
            }
        both.append(found)
    return both[0], both[1]


class TestShippedCohorts:
    def test_ryan2012(self, tmp_path: Path) -> None:
        draft, declared = shipped(tmp_path, "ryan2012_synthetic")
        assert list(sorted(draft)) == list(sorted(declared))
        for key, questionnaire in declared.items():
            if key[0] == "intrex":
                # The order of its items is the study's own: nothing in the files says it.
                assert set(draft[key]["columns"].values()) == set(questionnaire["columns"].values())
            else:
                assert draft[key] == questionnaire

    def test_help(self, tmp_path: Path) -> None:
        draft, declared = shipped(tmp_path, "help")
        months = {(*key[:2], key[2].replace("month", "occasion"), key[3]) for key in declared}
        assert set(draft) == months
        for key, questionnaire in declared.items():
            assert draft[*key[:2], key[2].replace("month", "occasion"), key[3]] == questionnaire

    def test_growth(self, tmp_path: Path) -> None:
        draft, declared = shipped(tmp_path, "alliance_growth_synthetic")
        assert draft == declared
        assert declared["wai_s", "patient", "session_40", ""]["rows"] == {"session": "40"}

    def test_trial(self, tmp_path: Path) -> None:
        draft, declared = shipped(tmp_path, "mcbi_synthetic")
        assert draft == declared
        assert declared["eus", "therapist", "follow_up", ""]["rows"] == {"visit": "follow_up"}


def test_gorilla_has_one_row_per_event(tmp_path: Path) -> None:
    """The name of each question, its answer, the same as a code, and the ends of the page."""
    rows = []
    for person, given in enumerate(answers(items("q{}", 9), 0, 3).to_numpy()):
        codes = {f"phq9-{item}-quantised": code for item, code in enumerate(given, start=1)}
        words = {f"phq9-{item}": WORDS[int(code)] for item, code in enumerate(given, start=1)}
        events = {"BEGIN QUESTIONNAIRE": "", "age": str(20 + person), **words, **codes}
        rows += [
            {"Event Index": str(len(rows) + place), "Participant Private ID": f"70{person:02d}"}
            | {"Task Name": "Mood", "Question Key": key, "Response": text}
            for place, (key, text) in enumerate({**events, "END QUESTIONNAIRE": ""}.items())
        ]
    rows.append({"Event Index": "END OF FILE"} | dict.fromkeys(list(rows[0])[1:], ""))
    result = drafted(tmp_path, table("gorilla.csv", pd.DataFrame(rows)))
    assert "one_row_per_answer: {item: Question Key, answer: Response}" in result.text
    assert (result.only().instrument, result.only().columns) == ("phq_9", "phq9-{item}")
    assert result.only().answers == {text: code for code, text in enumerate(WORDS)}
    assert list(result.cohort.sample.variables) == ["age"]


WORDS = ["Not at all", "Several days", "More than half the days", "Nearly every day"]
