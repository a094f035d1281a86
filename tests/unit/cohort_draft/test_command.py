"""The command `attune new-cohort`: files of several programs, second runs, real data."""

import csv
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
from tests.conftest import ROOT
from tests.unit.cohort_draft.drafts import answers, ids, items

from attune.specs.cohort import Cohort
from attune_cli.main import main
from attune_files.project import read_cohort, read_config
from attune_files.yaml_file import read_yaml

REFERENCE = Path(os.environ.get("ATTUNE_REFERENCE", "")) / "data"
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """What the command prints, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def printed(*words: object) -> str:
        code = main(["new-cohort", *map(str, words), "--name", "mylab"])
        answer = capsys.readouterr()
        assert code == 0, answer.err
        return answer.out

    return printed


def cohort() -> Cohort:
    return read_cohort(Path("data/mylab/cohort.yaml"))


def text() -> str:
    return Path("data/mylab/cohort.yaml").read_text(encoding="utf-8")


@pytest.fixture
def two_times(tmp_path: Path) -> Path:
    columns = [f"phq9_{item}_{when}" for when in ("pre", "post") for item in range(1, 10)]
    path = tmp_path / "given" / "clinic.csv"
    path.parent.mkdir()
    pd.concat([ids(), answers(columns, 0, 3)], axis=1).to_csv(path, index=False)
    return path


class TestRuns:
    def test_writes_copies_and_tells(self, run: Run, two_times: Path) -> None:
        said = run(two_times)
        assert Path("data/mylab/clinic.csv").read_bytes() == two_times.read_bytes()
        assert "PHQ-9, patient, pre: 9 items, phq9_{item}_pre" in said
        assert "keep both out of public\nrepositories" in said
        assert "yes residual gains: needs an instrument given early and late (found: PHQ-9)" in said
        assert "no  alliance rated by both: needs an alliance questionnaire of both raters" in said
        assert "attune check mylab" in said
        assert "  4. attune run\n" in said
        chosen = read_config(read_yaml("config.yaml"))
        shipped = read_config(read_yaml(ROOT / "config.yaml"))
        assert chosen == shipped.model_copy(update={"cohorts": ["mylab"], "syntheses": []})

    def test_leaves_a_config_of_the_folder_alone(self, run: Run, two_times: Path) -> None:
        Path("config.yaml").write_text("cohorts:\n  - help\n", encoding="utf-8")
        assert "Add `- mylab` under cohorts in config.yaml, then: attune run" in run(two_times)
        assert Path("config.yaml").read_text(encoding="utf-8") == "cohorts:\n  - help\n"

    def test_the_count_of_checks_is_that_of_the_file(self, run: Run, two_times: Path) -> None:
        said = run(two_times)
        number = text().count("CHECK: ")
        assert f"Review every CHECK ({number})" in text()
        assert f"and {number} remarks with CHECK" in said

    def test_a_second_run_changes_nothing_and_says_so(self, run: Run, two_times: Path) -> None:
        run(two_times)
        before = text()
        assert "data/mylab/cohort.yaml is the same as the new draft." in run(two_times)
        assert text() == before

    def test_edits_stay_and_the_difference_is_shown(self, run: Run, two_times: Path) -> None:
        run(two_times)
        path = Path("data/mylab/cohort.yaml")
        edited = text().replace(
            '"TODO: where the data come from, who collected them and when"', "Our clinic"
        )
        path.write_text(edited, encoding="utf-8")
        said = run(Path("data/mylab/clinic.csv"))
        assert text() == edited
        assert "data/mylab/cohort.yaml exists and was left unchanged." in said
        assert "-source: Our clinic\n+source: " in said
        assert "To take the new draft, delete or rename data/mylab/cohort.yaml" in said
        assert "workflow/studies/mylab.yaml is the same as the new draft." in said

    def test_a_deleted_file_is_written_again(self, run: Run, two_times: Path) -> None:
        run(two_times)
        study = Path("workflow/studies/mylab.yaml")
        study.write_text("study: mine\n", encoding="utf-8")
        Path("data/mylab/cohort.yaml").unlink()
        said = run(two_times)
        assert "wrote  data/mylab/cohort.yaml" in said
        assert study.read_text(encoding="utf-8") == "study: mine\n"

    def test_an_id_that_a_person_names(self, run: Run, two_times: Path) -> None:
        sheet = two_times.read_text(encoding="utf-8").replace("dyad_id", "colour")
        two_times.write_text(sheet, encoding="utf-8")
        run(two_times, "--id", "colour")
        assert cohort().files["clinic"].dyad == "colour"


class TestPrograms:
    def test_semicolons_and_decimal_commas(self, run: Run, tmp_path: Path) -> None:
        sheet = pd.concat([ids(), answers(items("phq9_{}", 9), 0, 3)], axis=1)
        sheet["age"] = [f"{20 + row},5" for row in range(20)]
        sheet.to_csv("a.csv", index=False, sep=";", encoding="utf-16")
        run("a.csv")
        file = cohort().files["a"]
        assert (file.delimiter, file.decimal, file.encoding) == (";", ",", "utf-16")
        assert "# 20 cells look like 3,5" in text()

    def test_excel_with_sheets(self, run: Run) -> None:
        with pd.ExcelWriter("a.xlsx") as writer:
            pd.DataFrame({"note": ["x"]}).to_excel(writer, sheet_name="About", index=False)
            sheet = pd.concat([ids(), answers(items("phq9_{}", 9), 0, 3).astype(int)], axis=1)
            sheet.to_excel(writer, sheet_name="Data 1", index=False)
        run("a.xlsx")
        assert cohort().files["a"].sheet == "Data 1"
        assert cohort().questionnaires[0].instrument == "phq_9"

    def test_spss_labels_and_missing_values(self, run: Run) -> None:
        columns = items("wai_p_s3_{:02d}", 12)
        sheet = answers(columns, 1, 7).astype(float)
        sheet.insert(0, "CaseNr", np.arange(1, 21))
        sheet["Group"] = [1.0, 2.0] * 10
        sheet.loc[3, columns[0]] = 99.0
        labels = {"Group": {1: "Brief therapy", 2: "Waiting list"}}
        labels |= {name: {code: f"point {code}" for code in range(1, 8)} for name in columns}
        pyreadstat.write_sav(
            sheet, "a.sav", variable_value_labels=labels, missing_ranges={columns[0]: [99]}
        )
        said = run("a.sav")
        assert cohort().questionnaires[0].instrument == "wai_s"
        group = cohort().sample.variables["group"]
        assert group.levels == {"1": "Brief therapy", "2": "Waiting list"}
        assert "the file declares 99 as missing: read as empty; the file labels 1 to 7" in " ".join(
            text().replace("#", "").split()
        )
        assert "point 3" not in text() + said

    def test_labels_with_characters_that_no_document_shows(self, run: Run, tmp_path: Path) -> None:
        """The draft is a file that attune reads; the label stays, without the characters."""
        scores = answers([f"phq9_{item}" for item in range(1, 10)], 0, 3).astype(float)
        frame = pd.concat([ids(), scores, pd.DataFrame({"arm": [1.0, 2.0] * 10})], axis=1)
        pyreadstat.write_sav(
            frame,
            tmp_path / "labels.sav",
            column_labels={"arm": "Treat\ue000ment \ue010arm"},
            variable_value_labels={"arm": {1.0: "Brief\ue000", 2.0: "\uf8ffLong"}},
        )
        run(tmp_path / "labels.sav")
        assert cohort().questionnaires
        assert "Brief" in text() and "Long" in text()
        assert not re.search("[\ue000-\uf8ff]", text())

    def test_redcap_with_its_dictionary(self, run: Run) -> None:
        rows = pd.DataFrame(
            [(n, event) for n in range(1, 11) for event in ("baseline_arm_1", "week_8_arm_1")],
            columns=["record_id", "redcap_event_name"],
        )
        sheet = pd.concat([rows, answers(items("gad7_{}", 7), 0, 3)], axis=1)
        sheet["mail"] = "someone@example.org"
        sheet["arm"] = ["0", "", "1", ""] * 5
        sheet["gad7_complete"] = "2"
        sheet.to_csv("data.csv", index=False)
        heading = (
            "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"
            '"Choices, Calculations, OR Slider Labels",Field Note,'
            "Text Validation Type OR Show Slider Number,Text Validation Min,Text Validation Max,"
            "Identifier?"
        )
        fields = [
            "record_id,gad7,,text,Record,,,,,,",
            "mail,gad7,,text,Mail,,,email,,,y",
            'arm,gad7,,radio,Arm,"0, Usual care | 1, New therapy",,,,,',
            *(
                f'gad7_{item},gad7,,radio,Item,"0, a | 1, b | 2, c | 3, d",,,,,'
                for item in range(1, 8)
            ),
        ]
        Path("fields.csv").write_text("\n".join([heading, *fields]) + "\n", encoding="utf-8")
        said = run("data.csv", "fields.csv")
        file = cohort().files["data"]
        assert (file.dictionary, file.dropped) == ("fields.csv", ["mail"])
        assert Path("data/mylab/fields.csv").exists()
        assert {(q.occasion, q.rows["redcap_event_name"]) for q in cohort().questionnaires} == {
            ("baseline", "baseline_arm_1"),
            ("week_8", "week_8_arm_1"),
        }
        assert cohort().sample.conditions() == {"0": "Usual care", "1": "New therapy"}
        assert "data.csv, gad7_complete: added by REDCap." in said
        assert "example.org" not in text() + said

    def test_qualtrics_with_words(self, run: Run) -> None:
        columns = ["StartDate", "IPAddress", "ResponseId", "code", *items("MAAS_{}", 15), "Q9"]
        words = dict(
            zip("123456", ["Never", "Rarely", "Some", "Often", "Mostly", "Always"], strict=True)
        )
        sheet = answers(items("MAAS_{}", 15), 1, 6).replace(words).to_numpy().tolist()
        lines = [columns, [f"Question {name}" for name in columns]]
        lines.append([f'{{"ImportId":"{name}"}}' for name in columns])
        for row, cells in enumerate(sheet):
            known = ["2024-01-02 10:00:00", f"10.0.0.{row}", f"R_{row}abc", f"P{row:02d}"]
            lines.append([*known, *cells, f"I liked our talks very much, number {row} of all"])
        with Path("a.csv").open("w", newline="", encoding="utf-8") as opened:
            csv.writer(opened).writerows(lines)
        said = run("a.csv")
        file = cohort().files["a"]
        assert (file.dyad, file.header_rows) == ("code", 3)
        assert set(file.dropped) == {"IPAddress", "Q9"}
        assert "# CHECK: answers are words" in text()
        assert "liked our talks" not in text() + said
        assert "a.csv, StartDate, ResponseId: added by Qualtrics." in said


@pytest.mark.skipif(
    "ATTUNE_REFERENCE" not in os.environ, reason="ATTUNE_REFERENCE names no folder of references"
)
class TestRealFiles:
    def test_occasions_as_rows_and_shifted_codes(self, run: Run) -> None:
        said = run(REFERENCE / "ds4psy/posPsy.csv")
        found = {(q.instrument, q.occasion): q for q in cohort().questionnaires}
        assert len(found) == 12
        for occasion in range(6):
            cesd = found["ces_d", f"occasion_{occasion}"]
            assert cesd.lowest_code == 1
            assert cesd.scores_in_file == {"total": "cesdTotal"}
            assert cesd.rows == {"occasion": f"{occasion}.0"}
            assert found["ahi", f"occasion_{occasion}"].scores_in_file == {"total": "ahiTotal"}
        assert "2 rows repeat the id and occasion of an earlier row" in text()
        assert "it equals attune's own in all 992 complete rows" in text()
        assert "elapsed.days" in said

    def test_columns_in_random_order_and_a_far_code(self, run: Run) -> None:
        folder = REFERENCE / "ds000030"
        said = run(*(folder / f"{name}.tsv" for name in ("hopkins", "barratt", "hamilton")))
        found = {q.instrument: q for q in cohort().questionnaires}
        assert found["hscl_58"].columns == "hopkins{item}"
        assert found["bis_11"].columns == "barratt{item}"
        assert found["hscl_58"].scores_in_file["gsi"] == "hopkins_globalseverity"
        assert found["bis_11"].scores_in_file["nonplanning"] == "bis_2npimp"
        assert 'hamilton16b [values 0 to 2; "-9999" occurs 27 times, a missing code?]' in said


class TestWorkbooks:
    @pytest.fixture
    def workbook(self, tmp_path: Path) -> Path:
        path = tmp_path / "given" / "study.xlsx"
        path.parent.mkdir()
        phq = answers(items("phq_pre_{}", 9), 0, 3)
        wai = answers(items("wai_p_s3_{}", 12), 1, 7, seed=2)
        with pd.ExcelWriter(path) as writer:
            pd.concat([ids(), phq], axis=1).to_excel(writer, sheet_name="Scales", index=False)
            pd.concat([ids(), wai], axis=1).to_excel(writer, sheet_name="Alliance", index=False)
            pd.DataFrame({"codes": ["1 = never"]}).to_excel(writer, sheet_name="Key", index=False)
        return path

    def test_every_sheet_is_read_or_said_to_be_left_out(self, run: Run, workbook: Path) -> None:
        said = run(workbook)
        files = cohort().files
        assert {name: file.sheet for name, file in files.items()} == {
            "study": "Scales",
            "study_alliance": "Alliance",
        }
        mapped = {
            questionnaire.instrument: questionnaire.file
            for questionnaire in cohort().questionnaires
        }
        assert mapped == {"phq_9": "study", "wai_s": "study_alliance"}
        assert "study.xlsx, sheet Alliance: 20 rows; dyad_id names the dyad" in said
        assert "study.xlsx, sheet Key, the whole sheet: no column names the dyad" in said

    def test_a_sheet_that_is_no_table_is_left_out_with_the_reason(
        self, run: Run, workbook: Path
    ) -> None:
        book = openpyxl.load_workbook(workbook)
        for row in (["x", "x"], ["1", "2"], ["3", "4"]):
            book["Key"].append(row)
        book["Key"].delete_rows(1, 2)
        book.save(workbook)
        assert "study.xlsx, sheet Key, the whole sheet: it is not a table of answers" in run(
            workbook
        )

    def test_the_name_of_a_sheet_says_when(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "study.xlsx"
        phq = pd.concat([ids(), answers(items("phq_{}", 9), 0, 3)], axis=1)
        with pd.ExcelWriter(path) as writer:
            phq.to_excel(writer, sheet_name="Pre", index=False)
            phq.to_excel(writer, sheet_name="Post", index=False)
        run(path)
        assert [questionnaire.occasion for questionnaire in cohort().questionnaires] == [
            "pre",
            "post",
        ]


class TestGermanNames:
    def test_id_and_age(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "studie.csv"
        ages = pd.DataFrame({"alter": [str(20 + row) for row in range(20)]})
        parts = [ids(name="vpn"), ages, answers(items("phq_pre_{}", 9), 0, 3)]
        pd.concat(parts, axis=1).to_csv(path, index=False)
        run(path)
        assert cohort().files["studie"].dyad == "vpn"
        assert cohort().sample.variables["alter"].label == "Age"


WORDS = {1: "Never", 2: "Rarely", 3: "Sometimes", 4: "Often", 5: "Very often", 6: "Mostly"} | {
    7: "Always"
}


class TestQuestionsThatNameTheInstrument:
    """A Qualtrics export: columns Q1 to Q7_9, names in the questions, the day in its name."""

    def export(self, folder: Path, questions: dict[str, str]) -> Path:
        path = folder / "Study_March+1,+2021_10.30.csv"
        wai, phq = answers(items("Q6_{}", 12), 1, 7), answers(items("Q7_{}", 9), 0, 3)
        sheet = pd.concat(
            [ids(name="ResponseId"), wai.map(lambda code: WORDS[int(code)]), phq], axis=1
        )
        asked = {name: questions.get(name.partition("_")[0], name) for name in sheet}
        asked |= {name: f"{text} - statement {name}" for name, text in asked.items() if "_" in name}
        ids_of = {name: f'{{"ImportId":"{name}"}}' for name in sheet}
        pd.concat([pd.DataFrame([asked, ids_of]), sheet]).to_csv(path, index=False)
        return path

    def test_names_and_sessions_are_read_and_doubted(self, run: Run, tmp_path: Path) -> None:
        asked = {
            "Q6": "Working Alliance Inventory (session 3)",
            "Q7": "PHQ-9: over the last 2 weeks",
        }
        said = run(self.export(tmp_path, asked))
        found = {
            questionnaire.instrument: (
                questionnaire.rater,
                questionnaire.occasion,
                questionnaire.columns,
            )
            for questionnaire in cohort().questionnaires
        }
        assert found == {
            "wai_s": ("patient", "session_3", "Q6_{item}"),
            "phq_9": ("patient", "baseline", "Q7_{item}"),
        }
        assert "CHECK: the instrument (wai) is only in the questions' text" in text()
        assert "Qualtrics gives it to every response" in " ".join(text().split()).replace("# ", "")
        assert '"session3" in the questions\' text' in text()
        # What was asked is never written.
        assert "statement" not in text() + said
        assert "last 2 weeks" not in text() + said

    def test_one_run_of_numbers_is_cut_where_the_labels_change(
        self, run: Run, tmp_path: Path
    ) -> None:
        labels = {"dyad_id": ""}
        labels |= {f"v{n}": f"KIMS therapist item {n}" for n in range(1, 40)}
        for session, first in ((3, 40), (12, 52)):
            labels |= {f"v{first + n}": f"WAI-S, session {session}: {n + 1}" for n in range(12)}
        kims, wai = answers(items("v{}", 39), 1, 5), answers(items("v{}", 24, 40), 1, 7)
        sheet = pd.concat([ids(), kims.astype(float), wai.astype(float)], axis=1)
        path = tmp_path / "numbered.sav"
        pyreadstat.write_sav(sheet, path, column_labels=list(labels.values()))
        run(path)
        first, *others = cohort().questionnaires
        assert (first.instrument, first.rater, first.columns) == ("kims", "therapist", "v{item}")
        assert 'rater: therapist    # CHECK: "therapist" in the questions\' text' in text()
        assert {(other.occasion, other.column_of(1), other.column_of(12)) for other in others} == {
            ("session_3", "v40", "v51"),
            ("session_12", "v52", "v63"),
        }
        assert "numbered from 40 to 51: the number is not the item" in text()

    def test_what_only_some_questions_say_is_nothing(self, run: Run, tmp_path: Path) -> None:
        said = run(self.export(tmp_path, {"Q6": "Please rate: as in the WAIver", "Q7": "PHQ-9"}))
        assert [questionnaire.instrument for questionnaire in cohort().questionnaires] == ["phq_9"]
        assert "12 columns without a registered key" in said


@pytest.mark.skipif(
    not (REFERENCE.parent / "cases/raw").is_dir(),
    reason="ATTUNE_REFERENCE names no folder of references",
)
class TestExportsThatFailed:
    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            ("qualtrics_preview_row", 'rows: {Status: "1"}, reason: "a preview of the survey'),
            ("redcap_repeat", 'redcap_repeat_instance: "{session}"}'),
            ("ids_as_dates_alliance ids_as_dates_intake", "CHECK: most ids look like dates"),
            ("typo_33_once", "CHECK: 33 is outside 0 to 3 (once): typing errors?"),
            ("typo_33_12", "CHECK: 12, 33 are outside 0 to 3 (2 times)"),
            ("r_rownames", "row_number: the row numbers that R writes without a name"),
            ("uid", "dyad: uid"),
            ("one_row_per_answer", "one_row_per_answer: {item: item, answer: response}"),
        ],
    )
    def test_a_draft_says_what_they_are(self, run: Run, names: str, expected: str) -> None:
        run(*(REFERENCE.parent / f"cases/raw/{name}.csv" for name in names.split()))
        assert expected in text()
        assert all(not set(q.missing_codes) & {"33", "12"} for q in cohort().questionnaires)
