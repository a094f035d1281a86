"""Content decides what runs again: sums of files, records against files, results on reading."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Project
from tests.unit.files.steps.test_step_record import done, fake  # noqa: F401

from attune.specs.errors import ManuscriptError
from attune_files.rendering.renderer import expected_renderer, installed_renderer
from attune_files.steps import file_sums
from attune_files.steps.file_sums import FileSums, sha256_of
from attune_files.steps.rerun_check import (
    Job,
    change_lines,
    edited_documents,
    edited_sentence,
    jobs_to_rerun,
)
from attune_files.steps.step_log import step


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def recorded(tmp_path: Path) -> Job:
    """A job after its run: one raw file, one result, one choice."""
    parts: dict[str, Any] = {
        "input": {"raw": [str(write(tmp_path / "data/small/a.csv", "id\n1\n"))]},
        "params": {"level": 0.05, "seed": 7},
        "output": {"scores": str(tmp_path / "results/small/scores.csv")},
    }
    snakemake = fake(tmp_path, **parts)
    with step(snakemake):
        write(Path(parts["output"]["scores"]), "1,2\n")
    return Job(
        step="correlate_measures",
        record=Path(snakemake.output["record"]),
        inputs=parts["input"],
        outputs=parts["output"],
        params=parts["params"],
    )


def changes(job: Job) -> list[str] | None:
    return jobs_to_rerun([job], FileSums()).get(job.record)


def edit_keeping_time(path: Path, text: str) -> None:
    time = path.stat()
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(time.st_atime_ns, time.st_mtime_ns))


def test_a_job_that_fits_its_record_does_not_rerun(recorded: Job) -> None:
    assert changes(recorded) is None
    Path(recorded.inputs["raw"][0]).touch()
    assert changes(recorded) is None


def test_an_edit_that_keeps_the_time_is_named(recorded: Job) -> None:
    edit_keeping_time(Path(recorded.inputs["raw"][0]), "id\n2\n")
    assert changes(recorded) == ["data/small/a.csv"]


@pytest.mark.parametrize("text", ["1,3\n", "1", None])
def test_an_edited_truncated_or_deleted_result_is_named(recorded: Job, text: str | None) -> None:
    path = Path(recorded.outputs["scores"])
    path.unlink() if text is None else edit_keeping_time(path, text)
    assert changes(recorded) == ["results/small/scores.csv"]


def test_a_changed_choice_is_named_by_its_key(recorded: Job) -> None:
    job = Job(**{**vars(recorded), "params": {"level": 0.01, "seed": 8}})
    assert changes(job) == ["build_tables.level", "seed"]


def test_an_added_input_is_a_change(recorded: Job, tmp_path: Path) -> None:
    more = write(tmp_path / "data/small/reasons.yaml", "reasons: []\n")
    job = Job(**{**vars(recorded), "inputs": {**recorded.inputs, "reasons": [str(more)]}})
    assert changes(job) == ["data/small/reasons.yaml"]


def test_other_code_is_a_change(recorded: Job) -> None:
    record = json.loads(recorded.record.read_text(encoding="utf-8"))
    record["code"]["sha256"] = "0" * 64
    write(recorded.record, json.dumps(record))
    assert changes(recorded) == ["code of correlate_measures"]


def test_a_job_without_record_beside_others_reruns_without_a_reason(recorded: Job) -> None:
    missing = Job(**{**vars(recorded), "record": recorded.record.with_name("other.json")})
    found = jobs_to_rerun([missing], FileSums())
    assert found == {missing.record: []} and change_lines(found) == []
    write(missing.record, "not a record")
    assert jobs_to_rerun([missing], FileSums()) == {missing.record: []}
    recorded.record.unlink()
    missing.record.unlink()
    assert jobs_to_rerun([missing], FileSums()) == {}, "nothing ran here yet"


def test_many_changes_are_counted(tmp_path: Path) -> None:
    found = {tmp_path / "results/help/records/a.json": [f"file_{n}" for n in range(11)]}
    lines = change_lines(found)
    assert lines[0] == "file_0: a (help)" and lines[-1] == "and 3 more changes"


def test_a_large_file_is_read_once_but_every_edit_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    monkeypatch.setattr(file_sums, "LARGE", 3)
    monkeypatch.setattr(file_sums, "_TOO_FRESH", -1.0)
    monkeypatch.setattr(file_sums, "sha256_of", lambda path: read.append(path) or sha256_of(path))
    large, kept = write(tmp_path / "large.csv", "before"), tmp_path / "kept/sums.json"
    for _ in range(2):
        sums = FileSums(kept)
        assert sums[large] == sha256_of(large)
        sums.keep()
    assert len(read) == 1
    edit_keeping_time(large, "after!")
    assert FileSums(kept)[large] == sha256_of(large)
    assert len(read) == 2
    kept.write_text("[]", encoding="utf-8")
    assert FileSums(kept)[large] == sha256_of(large)


@pytest.mark.parametrize("damage", ["edited", "cut off"])
def test_a_step_refuses_a_result_that_was_changed(done: Project, damage: str) -> None:  # noqa: F811
    path = done.results / "responses.parquet"
    before = path.read_bytes()
    path.write_bytes(before[:-9] if damage == "cut off" else before + b"\0")
    try:
        ended = done.run("score_scales")
    finally:
        path.write_bytes(before)
    assert ended.status != 0
    assert "results/small/responses.parquet was changed after validate_responses" in ended.said
    assert "Run `snakemake --cores 4` again" in ended.said
    assert done.run("score_scales").status == 0


def test_the_program_that_renders_is_the_planned_one() -> None:
    program = installed_renderer("embedded")
    assert program.startswith("embedded (pandoc ")
    assert str(expected_renderer("embedded", program)) == program
    with pytest.raises(ManuscriptError, match="was to be rendered by quarto"):
        expected_renderer("embedded", "quarto (1.9.1)")


def test_only_a_changed_qmd_is_an_edited_document(tmp_path: Path) -> None:
    results = tmp_path / "results/small"
    (results / "records").mkdir(parents=True)
    for name in ("manuscript.qmd", "supplement.qmd", "printed.parquet"):
        (results / name).write_text("as written", encoding="utf-8")
    files = [
        {"path": f"results/small/{path.name}", "sha256": sha256_of(path)}
        for path in sorted(results.iterdir())
        if path.is_file()
    ]
    record = results / "records/build_manuscript.json"
    parts: dict[str, Any] = {key: {} for key in ("inputs", "params", "code", "lock")}
    content = parts | {"rule": "build_manuscript", "outputs": {"all": files}}
    record.write_text(json.dumps(content), encoding="utf-8")
    absent = results / "records/other.json"
    assert edited_documents([record, absent], FileSums()) == []
    for name in ("manuscript.qmd", "printed.parquet"):
        (results / name).write_text("edited", encoding="utf-8")
    (results / "supplement.qmd").unlink()
    [found] = edited_documents([record, absent], FileSums())
    assert found == results / "manuscript.qmd"
    sentence = edited_sentence(Path("results/small/manuscript.qmd"), "data/small/text")
    assert "data/small/text/" in sentence and "delete results/small/manuscript.qmd" in sentence
