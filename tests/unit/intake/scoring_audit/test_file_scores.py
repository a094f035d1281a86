"""Scores in a file that another keying gives: as a note of the intake, and on the command line."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from tests.unit.intake.scoring_audit.people import INSTRUMENTS, answers
from tests.unit.intake.small_cohort import cohort

from attune.intake.reading.violations import Violation
from attune.intake.validation import validate_responses
from attune_cli.main import main

CES_D = INSTRUMENTS["ces_d"]
N = 120
QUESTIONNAIRE = {
    "instrument": "ces_d",
    "rater": "patient",
    "occasion": "intake",
    "file": "intake",
    "columns": "cesd_{item}",
    "scores_in_file": {"total": "cesd_sum"},
}


def sheet(scores: np.ndarray, given: np.ndarray) -> pd.DataFrame:
    cells = {"id": [f"d{row}" for row in range(len(given))]}
    cells |= {f"cesd_{item}": [str(x) for x in given[:, item - 1]] for item in range(1, 21)}
    frame = pd.DataFrame(cells | {"cesd_sum": [f"{x:g}" for x in scores]}, dtype=object)
    return frame.set_axis(pd.RangeIndex(2, 2 + len(given)))


def notes(scores: np.ndarray, given: np.ndarray) -> list[Violation]:
    who = pd.DataFrame(
        {"id": [f"d{row}" for row in range(len(given))], "therapist": "t1", "age": "30"},
        dtype=object,
    )
    who["patient"] = who["id"]
    who = who.set_axis(pd.RangeIndex(2, 2 + len(given)))
    sheets = {"who": who, "intake": sheet(scores, given), "termination": who}
    declared = cohort(questionnaires=[QUESTIONNAIRE])
    violations = validate_responses(sheets, declared, {"ces_d": CES_D}, {}).violations
    return [violation for violation in violations if violation.rule == "score_in_file_other_key"]


def keyed(given: np.ndarray) -> np.ndarray:
    right = given.copy()
    right[:, [3, 7, 11, 15]] = 3 - right[:, [3, 7, 11, 15]]
    return right


def test_the_keying_of_the_file_is_reported_once() -> None:
    given = answers(CES_D, N, 1)
    wrong = keyed(given)
    wrong[:, 7] = 3 - wrong[:, 7]
    (note,) = notes(wrong.sum(axis=1), given)
    assert note.severity == "note"
    assert note.sentence() == (
        "intake.csv, column cesd_sum: the file's scores total of ces_d (patient, intake) are"
        " reproduced in 120 of 120 rows if item 8 is not reversed. No other of the keyings tried"
        " does. The file's scores are not used. Find out which of the two keys is right before you"
        " compare results with earlier ones."
    )


def test_right_scores_a_few_slips_and_nonsense_have_no_such_note() -> None:
    given = answers(CES_D, N, 1)
    right = keyed(given).sum(axis=1)
    assert notes(right, given) == []
    slips = right + np.where(np.arange(N) < 3, 1, 0)
    assert notes(slips, given) == []
    assert notes(given[:3].sum(axis=1), given[:3]) == []
    assert notes(np.random.default_rng(1).permutation(right), given) == []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cohort `clinic` whose totals were added up without reversing anything."""
    given = answers(CES_D, N, 2)
    folder = tmp_path / "data/clinic"
    folder.mkdir(parents=True)
    frame = sheet(given.sum(axis=1), given)
    with (folder / "intake.csv").open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([list(frame.columns), *frame.to_numpy().tolist()])
    content = {
        **dict(cohort="clinic", title="Clinic", study="help", synthetic=False, source="a test"),
        **dict(licence="none", files={"intake": {"path": "intake.csv", "dyad": "id"}}),
        **dict(sample={"file": "intake", "patient": "id"}, questionnaires=[QUESTIONNAIRE]),
    }
    (folder / "cohort.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return folder


def test_the_command_searches_the_files_own_scores(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["keying", "clinic"]) == 0
    said = capsys.readouterr().out
    assert "ces_d (patient, intake), total, column cesd_sum" in said
    assert "120 of 120 are reproduced if nothing is reversed\n  No other keying does." in said


def test_the_command_searches_printed_numbers(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (project / "intake.csv").open(encoding="utf-8") as opened:
        totals = [float(row["cesd_sum"]) for row in csv.DictReader(opened)]
    mean, sd = f"{np.mean(totals):.4f}", f"{np.std(totals, ddof=1):.4f}"
    command = ["keying", "clinic", "--instrument", "ces_d", "--scale", "total"]
    assert main([*command, "--mean", mean, "--sd", sd]) == 0
    assert "2 of 2 are reproduced if nothing is reversed" in capsys.readouterr().out
    assert main([*command, "--mean", "1.234"]) == 1
    assert "None of the keyings reproduces everything." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--instrument", "kims"], "It has ces_d (patient, intake)."),
        (["--mean", "12"], "It has total."),
        (["--mean", "12", "--scale", "totl"], "Did you mean 'total'?"),
        (["--mean", "12,5", "--scale", "total"], "found '12,5'"),
        (["--scale", "other"], "There is nothing to search for."),
    ],
)
def test_a_users_mistake_is_a_sentence(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main(["keying", "clinic", *words]) == 1
    assert says in capsys.readouterr().err
