"""Drafts of the exports of survey and trial programs: what is right at once, what a lab edits."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.cohort_draft import survey_exports as made
from tests.unit.cohort_draft.drafts import Drafted, drafted, instruments
from tests.unit.cohort_draft.survey_exports import EXPORTS

from attune.intake.reading.questionnaires import read_questionnaires
from attune.intake.reading.violations import values_read
from attune.scoring.scores import NO_RESPONSE
from attune.specs.cohort import Cohort
from attune_cli.draft_files import read_tables
from attune_files.project import read_cohort
from attune_files.raw.sheets import read_raw_sheets

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
}
"""What names the people in each export."""

Edit = Callable[[str], str]


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
}
"""What a lab corrects in each draft beside source and licence."""


def _draft(folder: Path, name: str) -> Drafted:
    given = folder / "mylab"
    given.mkdir()
    tables, _ = read_tables(EXPORTS[name](given))
    return drafted(folder, *tables)


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
def test_the_id_names_people(tmp_path: Path, name: str) -> None:
    found = {file.dyad for file in _draft(tmp_path, name).cohort.files.values()}
    assert found == {DYADS[name]}


@pytest.mark.parametrize("name", EXPORTS)
def test_few_edits_give_the_answers_that_were_ticked(tmp_path: Path, name: str) -> None:
    result = _draft(tmp_path, name)
    text, edits = _edited(result.text, name)
    assert edits <= MOST_EDITS
    place = tmp_path / "mylab" / "cohort.yaml"
    place.write_text(text, encoding="utf-8")
    read = _answers(place.parent, read_cohort(place))
    phq = [answers for key, answers in read.items() if key.startswith("phq_9")]
    wai = [answers for key, answers in read.items() if key.startswith("wai_sr")]
    expected = sorted(made.PHQ["pre"])
    if name == "soscisurvey":  # two people left an item out
        expected = sorted(row for n, row in enumerate(made.PHQ["pre"]) if n not in (5, 9))
    assert phq[0] == expected
    assert phq[1:] in ([], [sorted(made.PHQ["post"])])
    assert sorted(made.WAI) in wai


@pytest.mark.parametrize("name", EXPORTS)
def test_no_guess_in_silence(tmp_path: Path, name: str) -> None:
    """Every questionnaire that is no registered one, and every code of a word, is asked about."""
    result = _draft(tmp_path, name)
    lines = result.text.splitlines()
    for place, line in enumerate(lines):
        if line.startswith("  # - {instrument"):
            block = "\n".join(lines[: place + 1]).rpartition("\n\n")[2]
            assert "CHECK: " in block
        if line.startswith("    answers: {"):
            above = "\n".join(lines[place - 3 : place])
            assert "CHECK: " in above


@pytest.mark.parametrize("name", EXPORTS)
def test_columns_of_the_program_are_no_characteristics(tmp_path: Path, name: str) -> None:
    result = _draft(tmp_path, name)
    described = set(result.cohort.sample.variables)
    known = {"age", "age_years", "alter", "sex", "gender", "q4", "sd01_01", "sd02", "dob_age"}
    known |= {"what_is_your_gender", "how_old_are_you", "your_age", "site_abbreviation"}
    assert described <= known | {"randomization_group"}


class TestKinds:
    """The kinds behind single programs."""

    def test_codes_that_both_files_hold_come_before_counts_of_responses(
        self, tmp_path: Path
    ) -> None:
        result = _draft(tmp_path, "unipark")
        assert result.text.count("100% of its ids are in another file, too") == 2
        assert result.text.count("CHECK: lfdn could be the id too") == 2

    def test_items_keep_their_numbers_and_reversal_is_asked(self, tmp_path: Path) -> None:
        result = _draft(tmp_path, "formr")
        (wai,) = [one for one in result.questionnaires if one.instrument == "wai_sr"]
        assert isinstance(wai.columns, dict)
        assert (wai.columns[4], wai.columns[5], wai.columns[10]) == ("wai_4R", "wai_5", "wai_10R")
        assert "CHECK: items 4, 10 have 'R' behind the number" in result.text

    def test_states_of_forms_are_told_apart(self, tmp_path: Path) -> None:
        result = _draft(tmp_path, "redcap_labels")
        assert result.cohort.files[next(iter(result.cohort.files))].numbered_repeats
        assert result.left_out()["Complete? (2)"] == "added by REDCap"
        assert result.cohort.sample.rows == {"Event Name": "Baseline"}

    def test_words_are_mapped_once_for_all_columns(self, tmp_path: Path) -> None:
        text = _draft(tmp_path, "surveymonkey").text
        assert text.count("answers: {Not at all: 0, Several days: 1,") == 1
        assert text.count("CHECK: the codes of the answers are guessed") == 2

    def test_objects_of_answers_become_columns(self, tmp_path: Path) -> None:
        result = _draft(tmp_path, "jspsych")
        (declared,) = [file.one_row_per_answer for file in result.cohort.files.values()]
        assert declared is not None
        assert (declared.answer, declared.objects, declared.item) == ("response", True, [])
