"""Drafts of the exports of survey and trial programs: what is right at once, what a lab edits."""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from tests.unit.cohort_draft import survey_exports as made
from tests.unit.cohort_draft.drafts import (
    Drafted,
    answers,
    drafted,
    ids,
    instruments,
    items,
    table,
)
from tests.unit.cohort_draft.survey_exports import EXPORTS

from attune.intake.reading.answer_rows import objects_in_columns
from attune.intake.reading.questionnaires import read_questionnaires
from attune.intake.reading.violations import values_read
from attune.scoring.scores import NO_RESPONSE
from attune.specs.cohort import Cohort
from attune.specs.errors import RawDataError
from attune_cli.draft_files import read_tables
from attune_cli.main import main
from attune_files.project import read_cohort
from attune_files.raw.sheets import read_raw_sheet, read_raw_sheets

PHQ = items("phq9_{}", 9)
MOST_EDITS = 10
"""Lines that a lab may have to edit, source and licence among them."""

DYADS = {
    "redcap_labels": "Record ID",
    "formr": "session",
    "surveymonkey": "What is your study code?",
    "unipark": "c_0001",
    "qualtrics": "Q1",
    "limesurvey": "G01Q01",
    "limesurvey_full": "Your code",
    "soscisurvey": "SERIAL",
    "castor": "Participant Id",
    "openclinica": "SubjectID",
    "google_forms": "Participant code",
    "microsoft_forms": "Your study code",
    "jspsych": "participant",
    "kobotoolbox": "intro/participant_code",
    "gorilla": "Participant Public ID",
    "psytoolkit": "participant_code",
    "typeform": "What is your participant code?",
}
"""What names the people in each export."""

Edit = Callable[[str], str]
Draft = Callable[[str], tuple[Drafted, Path]]


def _taken_up(instrument: str, name: str, also: str = "") -> Edit:
    """Remove the # of a drafted line, and name the instrument that it is."""

    def edit(line: str) -> str:
        if not line.startswith(f"  # - {{instrument: {name},"):
            return line
        return line.replace(f"# - {{instrument: {name},", f"- {{instrument: {instrument}, {also}")

    return edit


def _replaced(old: str, new: str) -> Edit:
    return lambda line: line.replace(old, new)


FROM_ONE = "lowest_code: 1, "
EDITS: dict[str, list[Edit]] = {
    "redcap_labels": [_taken_up("phq_9", "think"), _taken_up("wai_sr", "agreed")],
    "formr": [],
    "surveymonkey": [_taken_up("phq_9", "questions"), _taken_up("wai_sr", "questions_2")],
    "unipark": [_taken_up("phq_9", "v_1_to_9", FROM_ONE), _taken_up("wai_sr", "v_21_to_32")],
    "qualtrics": [
        _taken_up("phq_9", "alliance_study_march_q2", FROM_ONE),
        _taken_up("wai_sr", "alliance_study_march_q3"),
    ],
    "limesurvey": [],
    "limesurvey_full": [_taken_up("phq_9", "enjoy"), _taken_up("wai_sr", "agreed")],
    "soscisurvey": [
        _taken_up("phq_9", "ph01", FROM_ONE),
        _taken_up("wai_sr", "wa01"),
        _replaced('{"1": Code 1, "2": Code 2}', '{"1": Female, "2": Male}'),
    ],
    "castor": [_replaced('{"0": Code 0, "1": Code 1}', '{"0": Female, "1": Male}')],
    "openclinica": [],
    "google_forms": [_taken_up("phq_9", "enjoy"), _taken_up("wai_sr", "agree")],
    "microsoft_forms": [_taken_up("phq_9", "enjoyed"), _taken_up("wai_sr", "agreed")],
    "jspsych": [],
    "kobotoolbox": [],
    "gorilla": [],
    "psytoolkit": [],
    "typeform": [_taken_up("phq_9", "think"), _taken_up("wai_sr", "agreed")],
}
"""What a lab corrects in each draft beside source and licence."""


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    """Makes the draft of an export once; and the folder that holds the export."""

    @cache
    def make(name: str) -> tuple[Drafted, Path]:
        folder = tmp_path_factory.mktemp(name)
        given = folder / "mylab"
        given.mkdir()
        tables, _ = read_tables(EXPORTS[name](given))
        return drafted(folder, *tables), given

    return make


def _edited(text: str, name: str) -> tuple[str, int]:
    """The draft as a lab corrects it, and how many lines differ."""
    lines, edits = text.splitlines(), 0
    for place, line in enumerate(lines):
        new = line
        for edit in EDITS[name]:
            new = edit(new)
        new = re.sub(r'"TODO: .*"', "done", new)
        edits += new != line
        lines[place] = new
    return "\n".join(lines), edits


def _answers(folder: Path, cohort: Cohort) -> dict[str, list[list[int]]]:
    """Answers of each questionnaire as they are read, sorted: files may sort their people."""
    sheets = read_raw_sheets(folder, cohort)
    answered = values_read(read_questionnaires(sheets, cohort, instruments()))
    return {
        f"{one.declared.instrument} {one.declared.occasion}": sorted(
            row for row in one.responses.tolist() if NO_RESPONSE not in row
        )
        for one in answered
    }


@pytest.mark.parametrize("name", EXPORTS)
def test_the_id_names_people(draft: Draft, name: str) -> None:
    found = {file.dyad for file in draft(name)[0].cohort.files.values()}
    assert found == {DYADS[name]}


@pytest.mark.parametrize("name", EXPORTS)
def test_few_edits_give_the_answers_that_were_ticked(draft: Draft, name: str) -> None:
    result, folder = draft(name)
    text, edits = _edited(result.text, name)
    assert edits <= MOST_EDITS
    place = folder / "cohort.yaml"
    place.write_text(text, encoding="utf-8")
    read = _answers(folder, read_cohort(place))
    phq = [answers for key, answers in read.items() if key.startswith("phq_9")]
    wai = [answers for key, answers in read.items() if key.startswith("wai_sr")]
    expected = sorted(made.PHQ["pre"])
    if name == "soscisurvey":  # two people left an item out
        expected = sorted(row for n, row in enumerate(made.PHQ["pre"]) if n not in (5, 9))
    assert phq[0] == expected
    assert phq[1:] in ([], [sorted(made.PHQ["post"])])
    assert sorted(made.WAI) in wai


@pytest.mark.parametrize("name", EXPORTS)
def test_no_guess_in_silence(draft: Draft, name: str) -> None:
    """Every unregistered questionnaire, and every code of a word, is asked about."""
    result, _ = draft(name)
    lines = result.text.splitlines()
    for place, line in enumerate(lines):
        if line.startswith("  # - {instrument"):
            block = "\n".join(lines[: place + 1]).rpartition("\n\n")[2]
            assert "CHECK: " in block
        if line.startswith("    answers: {"):
            above = "\n".join(lines[place - 3 : place])
            assert "CHECK: " in above


@pytest.mark.parametrize("name", EXPORTS)
def test_columns_of_the_program_are_no_characteristics(draft: Draft, name: str) -> None:
    result, _ = draft(name)
    described = set(result.cohort.sample.variables)
    known = {"age", "age_years", "alter", "sex", "gender", "q4", "sd01_01", "sd02", "dob_age"}
    known |= {"what_is_your_gender", "how_old_are_you", "your_age", "site_abbreviation"}
    known |= {"intro_age", "age_1"}
    assert described <= known | {"randomization_group"}


class TestKinds:
    """The kinds behind single programs."""

    def test_codes_that_both_files_hold_come_before_counts_of_responses(self, draft: Draft) -> None:
        result, _ = draft("unipark")
        assert result.text.count("100% of its ids are in another file, too") == 2
        assert result.text.count("CHECK: lfdn could be the id too") == 2

    def test_items_keep_their_numbers_and_reversal_is_asked(self, draft: Draft) -> None:
        result, _ = draft("formr")
        (wai,) = [one for one in result.questionnaires if one.instrument == "wai_sr"]
        assert isinstance(wai.columns, dict)
        assert (wai.columns[4], wai.columns[5], wai.columns[10]) == ("wai_4R", "wai_5", "wai_10R")
        assert "CHECK: items 4, 10 have 'R' behind the number" in result.text

    def test_states_of_forms_are_told_apart(self, draft: Draft) -> None:
        result, _ = draft("redcap_labels")
        assert result.cohort.files[next(iter(result.cohort.files))].numbered_repeats
        assert result.left_out()["Complete? (2)"] == "added by REDCap"
        assert result.cohort.sample.rows == {"Event Name": "Baseline"}

    def test_words_are_mapped_once_for_all_columns(self, draft: Draft) -> None:
        text = draft("surveymonkey")[0].text
        assert text.count("answers: {Not at all: 0, Several days: 1,") == 1
        assert text.count("CHECK: the codes of the answers are guessed") == 2

    def test_groups_of_a_form_are_no_occasions(self, draft: Draft) -> None:
        result, _ = draft("kobotoolbox")
        assert {one.occasion for one in result.questionnaires} == {"pre", "post"}
        assert "added by Qualtrics" not in result.summary

    def test_objects_of_answers_become_columns(self, draft: Draft) -> None:
        result, _ = draft("jspsych")
        (declared,) = [file.one_row_per_answer for file in result.cohort.files.values()]
        assert declared is not None
        assert (declared.answer, declared.objects, declared.item) == ("response", True, [])
        assert {"age", "gender"} <= set(result.cohort.sample.variables)

    @pytest.mark.parametrize("first", ["R{:03d}", "{}"])
    def test_the_codes_that_link_two_files_come_before_those_of_one(
        self, tmp_path: Path, first: str
    ) -> None:
        """Numbers of responses, or of rows, also where both files have the same ones."""
        files = []
        for wave, letter in (("pre", "R"), ("post", "S")):
            numbers = [first.replace("R", letter).format(n) for n in range(1, 21)]
            codes = made.CODES[:20][:: 1 if wave == "pre" else -1]
            people = pd.DataFrame({"id": numbers, "code": codes})
            files.append(table(f"{wave}.csv", people, answers(PHQ, 0, 3)))
        result = drafted(tmp_path, *files)
        assert {file.dyad for file in result.cohort.files.values()} == {"code"}
        assert "CHECK: id could be the id too" in result.text

    @pytest.mark.parametrize("objects", [True, False])
    def test_an_item_with_free_text_is_dropped_and_the_others_stay(
        self, tmp_path: Path, objects: bool
    ) -> None:
        """Where a row is an answer or a page, the text is a cell of the column of all answers."""
        said = [f"she said in week {n} that her sister had moved to {n} again" for n in range(24)]
        path = tmp_path / "long.csv"
        rows = [["person", "item", "response"]]
        for n in range(24):
            given = {f"phq9_{i}": code for i, code in enumerate(made.PHQ["pre"][n], start=1)}
            pages = [json.dumps(given), json.dumps({"why": said[n]})]
            rows += [[f"P{n:02d}", "", page] for page in pages if objects]
            if not objects:
                rows += [[f"P{n:02d}", name, str(code)] for name, code in given.items()]
                rows += [[f"P{n:02d}", "why", said[n]]]
        made._csv(path, rows)
        tables, _ = read_tables([path])
        result = drafted(tmp_path, *tables)
        assert result.only().instrument == "phq_9"
        (file,) = result.cohort.files.values()
        assert file.dropped == ["why"]
        sheet = read_raw_sheet(path, file)
        assert "why" not in sheet.columns
        assert len(sheet) == 24

    def test_a_constant_names_nobody(self, tmp_path: Path) -> None:
        study = pd.DataFrame({"study_id": ["77"] * 20})
        result = drafted(tmp_path, table("a.csv", study, ids(), answers(PHQ, 0, 3)))
        assert result.cohort.files["a"].dyad == "dyad_id"

    def test_a_copy_of_a_reversed_item_stays_apart(self, tmp_path: Path) -> None:
        columns = [*items("wai_sr_{}", 12), "wai_sr_4r"]
        result = drafted(tmp_path, table("a.csv", ids(), answers(columns, 1, 5)))
        assert result.only().columns == "wai_sr_{item}"

    def test_numbers_of_a_pool_of_items_are_one_group(self, tmp_path: Path) -> None:
        columns = [f"q_{number}" for number in (253, 952, 1904, 578, 1367, 4252, 904, 240)]
        result = drafted(tmp_path, table("a.csv", ids(), answers(columns, 1, 6)))
        assert [key.n_items for key in result.draft.open_keys.values()] == [8]

    def test_items_named_by_words_are_a_block_of_the_same_codes(self, tmp_path: Path) -> None:
        columns = ["calm", "secure", "tense", "regretful", "at.ease", "upset"]
        sheet = pd.concat([answers(columns, 1, 4), answers(["visits"], 0, 9)], axis=1)
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        (entry,) = result.draft.open_questionnaires
        assert entry.columns == dict(enumerate(columns, start=1))
        assert "CHECK: the items are numbered in the order of the columns" in result.text

    def test_yes_and_no_are_asked_about_anything(self, tmp_path: Path) -> None:
        sheet = answers(["smokes", "drives", "sings"], 1, 2).replace({"1": "yes", "2": "no"})
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        assert result.draft.open_questionnaires == []
        assert set(result.cohort.sample.variables) == {"smokes", "drives", "sings"}

    def test_the_questions_of_two_grids_are_two_questionnaires(self, tmp_path: Path) -> None:
        grids = [f"{question} [{row}]" for question in ("Rested", "Loud") for row in "abcd"]
        sheet = answers(grids, 1, 3).replace({"1": "never", "2": "sometimes", "3": "often"})
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        assert {name: key.n_items for name, key in result.draft.open_keys.items()} == {
            "rested": 4,
            "loud": 4,
        }

    def test_a_questionnaire_named_in_its_question_is_recognised(self, tmp_path: Path) -> None:
        columns = [f"PHQ-9 [{topic}]" for topic in made.TOPICS[:9]]
        codes = {str(code): word for code, word in enumerate(made.DAYS)}
        result = drafted(tmp_path, table("a.csv", ids(), answers(columns, 0, 3).replace(codes)))
        assert result.only().instrument == "phq_9"
        assert result.only().answers == {word: code for code, word in enumerate(made.DAYS)}
        assert "CHECK: the codes of the words are guessed" in result.text

    def test_fewer_words_than_codes_are_not_coded(self, tmp_path: Path) -> None:
        words = {"0": "Not at all", "1": "Several days", "2": "Nearly every day"}
        sheet = answers(PHQ, 0, 2).replace(words)
        text = drafted(tmp_path, table("a.csv", ids(), sheet)).text
        assert "    #   Not at all:\n    #   Several days:\n    #   Nearly every day:\n" in text

    def test_an_answer_may_be_long(self, tmp_path: Path) -> None:
        words = {
            "0": "Rarely or none of the time (less than 1 day)",
            "1": "Some or a little of the time (1-2 days)",
            "2": "Occasionally or a moderate amount of time (3-4 days)",
            "3": "Most or all of the time (5-7 days)",
        }
        sheet = answers(items("cesd_{}", 20), 0, 3).replace(words)
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        assert result.only().answers == {word: int(code) for code, word in words.items()}

    def test_the_number_of_a_survey_is_no_occasion(self, tmp_path: Path) -> None:
        for name in ("results-survey123456.csv", "project_5678.csv"):
            given = table(name, ids(), answers(PHQ, 0, 3))
            assert drafted(tmp_path, given).only().occasion == "baseline"
        given = table("clinic_2023.csv", ids(), answers(PHQ, 0, 3))
        assert drafted(tmp_path, given).only().occasion == "occasion_2023"

    def test_no_two_characteristics_share_a_label(self, tmp_path: Path) -> None:
        sheet = answers(["p1_education", "p2_education"], 1, 3)
        result = drafted(tmp_path, table("a.csv", ids(), sheet))
        labels = [one.label for one in result.cohort.sample.variables.values()]
        assert labels == ["Education (p1_education)", "Education (p2_education)"]

    def test_a_column_called_timestamp_makes_no_google_form(self, tmp_path: Path) -> None:
        when = pd.DataFrame({"timestamp": [f"10:{n}" for n in range(20)]})
        result = drafted(tmp_path, table("a.csv", ids(), answers(PHQ, 0, 3), when))
        assert "Google" not in " ".join(result.left_out().values())

    def test_an_object_that_answers_an_item_twice_is_no_guess(self, tmp_path: Path) -> None:
        sheet = pd.DataFrame({"id": ["a", "a"], "response": ['{"q1": 1}', '{"q1": 2}']})
        with pytest.raises(RawDataError, match="row 1 answers 'q1' another time"):
            objects_in_columns(sheet, "a.csv", [], "response", ["id"])
        sheet["page"] = ["first", "second"]
        turned = objects_in_columns(sheet, "a.csv", ["page"], "response", ["id"])
        assert turned.columns.tolist() == ["id", "first_q1", "second_q1"]

    def test_questions_that_stand_twice_are_told_apart_and_asked(self, tmp_path: Path) -> None:
        path = tmp_path / "form.csv"
        head = ["Your code", "How was it?", "How was it?", "Complete?", "Complete?"]
        rows = [[f"K{n:02d}", n % 5, n % 4, "yes", "no"] for n in range(20)]
        lines = [",".join(map(str, line)) for line in [head, *rows]]
        path.write_text("\n".join(lines), encoding="utf-8")
        tables, _ = read_tables([path])
        text = drafted(tmp_path, *tables).text
        assert "numbered_repeats: true" in text
        assert "CHECK: 2 headings stand more than once ('How was it?')" in text
        path.write_text("id,q1,q1\na,1,2\nb,2,3\n", encoding="utf-8")
        with pytest.raises(RawDataError, match="'q1' occurs 2 times"):
            read_tables([path])


def test_a_cohort_without_questionnaires_is_not_called_usable_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "given"
    given.mkdir()
    files = EXPORTS["microsoft_forms"](given)
    monkeypatch.chdir(tmp_path)
    assert main(["new-cohort", *map(str, files), "--name", "mylab"]) == 0
    capsys.readouterr()
    main(["check", "mylab"])
    said = capsys.readouterr().out
    assert "This cohort can be read, but no questionnaire and no score is mapped" in said
    assert "can be used" not in said
