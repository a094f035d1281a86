"""A folder of cohorts some of which are spoiled: each is reported, and the others are analysed."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from attune.specs.errors import ConfigurationError
from attune_cli.main import main
from attune_cli.places import project_file
from attune_files.batch.failures import REASONS
from attune_files.batch.one_cohort import BatchSettings
from attune_files.batch.run import BatchResult, run_batch
from attune_files.yaml_file import read_yaml
from maintenance.make_cohorts import STATISTIC, Truth, make_cohorts

STUDY_OF_THE_END = "ends_the_process"


def find(path: str) -> str:
    """As the command line finds files; one study ends the process that asks for it."""
    if STUDY_OF_THE_END in path and os.getpid() != TESTING:
        os._exit(9)
    return project_file(path)


TESTING = os.getpid()
SETTINGS = BatchSettings(find, analyses=("gains",))


def renamed(source: Path, target: Path) -> Path:
    """A copy of a cohort under the name of its new folder."""
    shutil.copytree(source, target)
    edit(target / "cohort.yaml", f"cohort: {source.name}", f"cohort: {target.name}")
    return target


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def spoil_all(folder: Path) -> None:
    """Five sound cohorts, and one of each kind of spoiled ones."""
    cohort = {number: folder / f"synthetic_{number:04d}" for number in range(1, 13)}
    # A copy with other ids, in another order, from a file with other line ends.
    copied = renamed(cohort[1], folder / "zz_copy")
    for sheet in copied.glob("*.csv"):
        header, *rows = sheet.read_text(encoding="utf-8").splitlines()
        changed = [row.replace("D", "X", 1).replace(",T", ",U").replace(",P", ",Q") for row in rows]
        sheet.write_text("\r\n".join([header, *reversed(changed)]) + "\r\n", encoding="utf-8")
    for site in ("site_a", "site_b"):
        (folder / site).mkdir()
        renamed(cohort[2], folder / site / "clinic")
    shutil.rmtree(cohort[2])
    edit(cohort[3] / "patient_intake.csv", "\nD01,", "\nD01,9")
    (cohort[4] / "session_3.csv").write_bytes(b"\x00\xff\x00binary")
    (cohort[5] / "sample.csv").unlink()
    edit(cohort[6] / "cohort.yaml", "title:", "titel:")
    (cohort[7] / "cohort.yaml").write_text("cohort: [unclosed", encoding="utf-8")
    content = (cohort[8] / "cohort.yaml").read_text(encoding="utf-8")
    start, end = content.index("- instrument: kims"), content.index("- instrument: intrex")
    (cohort[8] / "cohort.yaml").write_text(content[:start] + content[end:], encoding="utf-8")
    edit(cohort[9] / "cohort.yaml", "study: ryan2012", f"study: {STUDY_OF_THE_END}")
    (folder / "not_drafted").mkdir()
    (folder / "not_drafted/answers.csv").write_text("id,q1\n1,2\n", encoding="utf-8")
    edit(cohort[10] / "cohort.yaml", "study: ryan2012", "study: ryan2021")


EXPECTED = {
    "clinic": "same_name",
    "not_drafted": "no_cohort_file",
    "synthetic_0003": "raw_files",
    "synthetic_0004": "raw_files",
    "synthetic_0005": "raw_files",
    "synthetic_0006": "cohort_file",
    "synthetic_0007": "cohort_file",
    "synthetic_0008": "plan",
    "synthetic_0009": "ended",
    "synthetic_0010": "plan",
    "zz_copy": "same_sample",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("many") / "cohorts"
    make_cohorts(made, 12, Truth(dyads=12))
    spoil_all(made)
    return made


@pytest.fixture(scope="module")
def run(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[BatchResult, dict[str, pd.DataFrame]]:
    output = tmp_path_factory.mktemp("batch")
    result = run_batch(folder, output, SETTINGS)
    return result, {
        name: pq.read_table(output / f"{name}.parquet").to_pandas()
        for name in ("statistics", "cohorts", "failures", "syntheses")
    }


def test_each_spoiled_cohort_is_named_with_its_reason(run) -> None:
    result, tables = run
    failures = tables["failures"]
    assert dict(zip(failures["cohort"], failures["reason"], strict=True)) == EXPECTED
    assert set(EXPECTED.values()) <= set(REASONS)
    assert not result.complete
    assert result.failed_cohorts() == 11  # clinic twice; not_drafted is not a cohort


def test_the_others_are_analysed(run) -> None:
    result, tables = run
    sound = ["synthetic_0001", "synthetic_0011", "synthetic_0012"]
    assert tables["statistics"]["cohort"].unique().tolist() == sound
    assert result.analysed == len(sound)
    assert result.rows == len(tables["statistics"])
    assert tables["statistics"]["synthetic"].all()
    outcomes = tables["cohorts"].set_index("folder")["outcome"]
    assert sorted(outcomes.index[outcomes == "analysed"]) == sound
    assert outcomes["site_a/clinic"] == outcomes["site_b/clinic"] == "same_name"
    assert len(outcomes) == len(EXPECTED) + len(sound) + 1


@pytest.mark.parametrize(
    ("cohort", "words"),
    [
        ("clinic", "site_a/clinic, site_b/clinic. None of them was analysed. Rename"),
        ("not_drafted", "no cohort.yaml. `attune new-cohort` drafts it"),
        ("synthetic_0003", "patient_intake.csv, row 2, column scl_1, item 1: found '9"),
        ("synthetic_0004", "session_3.csv"),
        ("synthetic_0005", "sample.csv"),
        ("synthetic_0006", "titel"),
        ("synthetic_0007", "cohort.yaml cannot be read"),
        ("synthetic_0008", "measures.kims_total"),
        ("synthetic_0009", "ended without a message"),
        ("synthetic_0010", "Did you mean 'ryan2012'"),
        ("zz_copy", "the same answers, scores and variables as those of synthetic_0001"),
    ],
)
def test_the_sentence_says_where_and_what_to_do(run, cohort: str, words: str) -> None:
    failures = run[1]["failures"].set_index("cohort")["sentence"]
    sentence = failures[cohort] if isinstance(failures[cohort], str) else failures[cohort].iloc[0]
    assert words in sentence


def test_no_failure_quotes_a_row_of_answers(run) -> None:
    assert not run[1]["failures"]["sentence"].str.contains(r"\d,\d,\d,\d").any()


def test_a_defect_is_named_by_its_place_alone(folder: Path, tmp_path: Path) -> None:
    def broken(path: str) -> str:
        raise KeyError("a cell's content")

    from attune_files.batch.one_cohort import analyse_cohort

    place = folder / "synthetic_0001"
    failure = analyse_cohort(place.name, place.name, place, BatchSettings(broken)).failure
    assert failure is not None
    assert failure.reason == "defect"
    assert failure.sentence.startswith("KeyError in test_batch.py, line ")
    assert "content" not in failure.sentence


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "nowhere is not a folder"),
        ([".", "--study", "ryan2021"], "Did you mean 'ryan2012'"),
        ([".", "--pool", "gains.iip_gain.available.slope"], "Only correlations can"),
        ([".", "--synthesis", "mindfulnes_outcome"], "Did you mean 'mindfulness_outcome'"),
        ([".", "--permutations", "999"], "no effect without --resampling"),
        ([".", "--resampling", "--permutations", "10"], "correlate_measures.permutations"),
        (["."], "holds no cohort"),
    ],
)
def test_wrong_words_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, words, message
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["batch", *words]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "results").exists()


def test_an_interval_that_needs_resamples_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = Path(project_file("workflow/studies/ryan2012.yaml")).read_text(encoding="utf-8")
    (tmp_path / "workflow/studies").mkdir(parents=True)
    (tmp_path / "workflow/studies/ryan2012.yaml").write_text(
        study.replace("    direction: negative\n", "    direction: negative\n    interval: bca\n"),
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "cohorts"
    shutil.copytree(folder / "synthetic_0001", own / "synthetic_0001")
    result = run_batch(own, tmp_path / "out", BatchSettings(project_file, analyses=("gains",)))
    assert [failure.reason for failure in result.failures] == ["analysis"]
    assert "correlations.outcome.interval: found 'bca'" in result.failures[0].sentence


def test_make_cohorts_overwrites_nothing(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not empty"):
        make_cohorts(folder, 1, Truth())


def test_synthetic_cohorts_say_so(folder: Path) -> None:
    content = read_yaml(folder / "synthetic_0001/cohort.yaml")
    assert content["synthetic"] is True
    assert "Synthetic data" in content["synthetic_notice"]
    assert "Synthetic data" in (folder / "README.md").read_text(encoding="utf-8")
    assert "smallest_cell" not in content and "publication" not in content


def test_synthetic_cohorts_are_not_pooled_with_real_ones(
    folder: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "cohorts"
    for number in (1, 11, 12):
        shutil.copytree(folder / f"synthetic_{number:04d}", own / f"synthetic_{number:04d}")
    for number in (1, 11):
        path = own / f"synthetic_{number:04d}/cohort.yaml"
        lines = path.read_text(encoding="utf-8").splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith("synthetic_notice"))
        end = next(i for i in range(start + 1, len(lines)) if not lines[i].startswith(" "))
        kept = [*lines[:start], *lines[end:]]
        text = "\n".join(kept).replace("synthetic: true", "synthetic: false")
        path.write_text(text + "\n", encoding="utf-8")
    words = ["batch", str(own), "--output", str(tmp_path / "out"), "--pool", STATISTIC]
    assert main(words) == 1
    printed = capsys.readouterr().out
    assert "3 of 3 cohorts analysed" in printed
    assert "synthetic_0012: Synthesis" in printed
    assert "its data are synthetic, and those of other cohorts are real" in printed
    assert "2 studies:" in printed
    pooled = pq.read_table(tmp_path / "out/syntheses.parquet").to_pylist()
    assert {row["id"]: row["estimate"] for row in pooled}["pooled.all.k"] == 2
    assert not any(row["synthetic"] for row in pooled)
