"""What goes into the archive of a cohort whose raw files may not be shared, and of its twin."""

import hashlib
import io
import json
import shutil
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from tests.conftest import ROOT, Project

from attune.record.archive.codebook import LEVELS, MEANINGS, RANGES
from attune.record.archive.contents import is_aggregate
from attune.record.archive.manifest import ArchiveDescription
from attune.specs.errors import ArchiveError
from attune.store.contracts import GAINS, MEASURES, SAMPLE, SCORES, STATISTICS
from attune_cli.main import main
from attune_cli.places import project_file
from attune_files.archive.contents import Contents, Source, archive_contents
from attune_files.archive.recompute import recompute, versions_here
from attune_files.archive.run import Run

STEPS = ("validate_responses", "score_scales", "estimate_reliability", "impute_measures")
STEPS += (
    "compute_residual_gains",
    "correlate_measures",
    "compare_conditions",
    "fit_growth",
    "describe_sample",
)
STEPS += ("build_tables",)
ROWS = ("responses", "given_scores", "sample", "scores", "measures", "gains", "violations")


def archived(project: Project) -> tuple[Contents, ArchiveDescription]:
    """What would go into the archive after the line ran."""
    done = project.run_line(*STEPS)
    assert done.status == 0, done.said
    for name in ("intake.html", "manuscript.html", "new_page.html"):
        (project.results / name).write_text("page")
    files = (path for path in project.results.rglob("*") if path.is_file())
    run = Run(sorted(file.relative_to(project.folder) for file in files), [])
    contents, description, *_ = archive_contents("small", run, Source(ROOT, project_file))
    return contents, description


@pytest.fixture
def real(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The small project as real data whose licence is not settled."""
    monkeypatch.chdir(project.folder)
    with project.cohort() as cohort:
        cohort["synthetic"] = False
        cohort["licence"] = "to be settled"
        del cohort["synthetic_notice"]
    return project


def as_bytes(content: Path | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()


def test_without_a_licence_no_row_of_a_dyad_goes_in(real: Project) -> None:
    contents, description = archived(real)
    assert not description.raw_included
    assert "add `share_raw: true` to cohort.yaml" in description.raw_reason
    assert contents.raw == []
    names = [name.removeprefix("results/small/") for name in contents.files]
    for absent in (*(f"{name}.parquet" for name in ROWS), "intake.html", "new_page.html"):
        assert absent not in names
    assert {"manuscript.html", "printed.parquet", "tables/sample.parquet"} <= set(names)
    assert not [name for name in contents.files if name.startswith("data/") and ".csv" in name]
    data = [name for name in contents.files if name.startswith("psych-ds/data/")]
    assert data == ["psych-ds/data/study-small_description-statistics_data.csv"]
    rows = (real.data / "intake.csv").read_text().splitlines()[1:]
    everything = b"\n".join(map(as_bytes, contents.files.values()))
    for row in rows:
        assert row.partition(",")[2].encode() not in everything


def test_statistics_over_few_people_are_left_out(real: Project) -> None:
    with real.table("sample.csv") as lines:
        for number, line in enumerate(lines[1:]):
            line[3] = "A" if number < 3 else "B"
    contents, description = archived(real)
    assert "sample.condition.brief_therapy.count" in description.withheld
    stored = contents.files["results/small/statistics/sample.parquet"]
    ids = pq.read_table(io.BytesIO(as_bytes(stored)))["id"].to_pylist()
    assert ids and not set(ids) & set(description.withheld)
    # Nor by another way: this table tells reliabilities over few people, and how few.
    assert "results/small/reliability.parquet" not in contents.files
    whole = pq.read_table(real.results / "statistics/sample.parquet")["id"].to_pylist()
    assert set(whole) - set(ids) <= set(description.withheld)
    table = as_bytes(contents.files["psych-ds/data/study-small_description-statistics_data.csv"])
    assert b"sample.condition.brief_therapy.count" not in table


def test_a_word_of_the_cohort_file_lets_them_in(real: Project) -> None:
    with real.cohort() as cohort:
        cohort["share_raw"] = True
    contents, description = archived(real)
    assert description.raw_included
    assert not description.withheld
    assert sorted(contents.raw) == [
        f"data/small/{name}.csv" for name in ("intake", "sample", "termination", "therapists")
    ]
    assert "results/small/responses.parquet" in contents.files


@pytest.mark.parametrize("told", ["dropped", "only a warning"])
def test_a_column_that_names_people_keeps_them_out(real: Project, told: str) -> None:
    with real.cohort() as cohort:
        cohort["share_raw"] = True
        if told == "dropped":
            cohort["files"]["sample_sheet"]["dropped"] = ["email"]
        else:
            cohort["severities"] = {"personal_column": "warning"}
    with real.table("sample.csv") as lines:
        lines[0].append("email")
        for number, line in enumerate(lines[1:]):
            line.append(f"person{number}@clinic.org")
    contents, description = archived(real)
    assert not description.raw_included
    assert "sample.csv: column email" in description.raw_reason
    assert not contents.raw


@pytest.mark.parametrize("synthetic", [False, True])
def test_columns_that_nobody_mapped_do_not_leave(real: Project, synthetic: bool) -> None:
    """No rule may know them for personal data: an unmapped column keeps the raw files out."""
    with real.cohort() as cohort:
        if synthetic:
            cohort |= {"synthetic": True, "synthetic_notice": "made by a test"}
        else:
            cohort |= {"licence": "CC0-1.0", "share_raw": True}
    with real.table("sample.csv") as lines:
        lines[0].append("remarks2")
        for line in lines[1:]:
            line.append("Zebulon")
    contents, description = archived(real)
    everything = b"\n".join(map(as_bytes, contents.files.values()))
    if synthetic:
        assert description.raw_included
    else:
        assert not description.raw_included and not contents.raw
        assert "does not use (sample.csv: column remarks2)" in description.raw_reason
        assert b"Zebulon" not in everything


def test_sheets_that_nobody_mapped_do_not_leave(real: Project) -> None:
    lines = (real.data / "sample.csv").read_text("utf-8").splitlines()
    workbook = openpyxl.Workbook()
    workbook.active.title = "Sample"
    for line in lines:
        workbook.active.append(line.split(","))
    workbook.create_sheet("Contacts").append(["Zebulon"])
    workbook.save(real.data / "sample.xlsx")
    with real.cohort() as cohort:
        cohort["share_raw"] = True
        cohort["files"]["sample_sheet"] |= {"path": "sample.xlsx", "sheet": "Sample"}
    contents, description = archived(real)
    assert "sample.xlsx: sheet Contacts" in description.raw_reason
    assert not contents.raw


def test_a_restricted_cohort_gives_its_summary_and_a_twin_its_files(
    real: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = real.folder / "outside"
    outside.mkdir()
    with real.cohort() as cohort:
        cohort["restricted"] = {"folder_variable": "SMALL_DATA"}
        for file in cohort["files"].values():
            shutil.move(real.data / file["path"], outside / file["path"])
            content = (outside / file["path"]).read_bytes()
            file["sha256"] = hashlib.sha256(content).hexdigest()
    monkeypatch.setenv("SMALL_DATA", str(outside))
    assert main(["twin", "small"]) == 0
    contents, description = archived(real)
    assert (description.analysed, description.raw_included) == ("restricted", False)
    assert description.folder_variable == "SMALL_DATA"
    assert "data/small/summary.yaml" in contents.files
    assert not [name for name in contents.files if name.startswith("data/small/twin")]
    monkeypatch.delenv("SMALL_DATA")
    contents, description = archived(real)
    assert (description.analysed, description.raw_included) == ("twin", True)
    assert sorted(contents.raw)[0] == "data/small/twin/intake.csv"
    summary = json.dumps(description.model_dump())
    assert str(outside) not in summary


def test_raw_files_that_are_not_in_the_archive_are_asked_for(real: Project, tmp_path: Path) -> None:
    _, description = archived(real)
    for words, said in ((None, "--raw FOLDER"), (tmp_path / "empty", "intake.csv is absent")):
        with pytest.raises(ArchiveError) as caught:
            recompute(real.folder, tmp_path / "clean", description, words, 1)
        assert said in str(caught.value)
    assert not (tmp_path / "clean").exists()
    included = description.model_copy(update={"raw_included": True})
    with pytest.raises(ArchiveError, match="--raw is of no use here"):
        recompute(real.folder, tmp_path / "clean", included, tmp_path, 1)


def test_every_column_of_the_shared_tables_has_a_meaning() -> None:
    contracts = (SAMPLE, SCORES, MEASURES, GAINS, STATISTICS)
    columns = {name for each in contracts for name in each.schema.names}
    assert columns <= set(MEANINGS)
    assert set(RANGES) | set(LEVELS) <= columns


def test_what_a_later_version_adds_is_left_out_until_somebody_looked_at_it() -> None:
    assert not is_aggregate("rows.html")
    assert not is_aggregate("responses.csv")
    assert is_aggregate("table_pages/sample.html")


def test_versions_here_tell_what_is_not_installed() -> None:
    found = versions_here(["numpy", "no-such-package", "python"])
    assert found["no-such-package"] is None
    assert found["python"] and found["numpy"]
