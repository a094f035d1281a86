"""`attune diff` over folders and archives: what is read, what is refused, how it ends."""

import json
import zipfile
from pathlib import Path

import pytest
from tests.unit.record.run_diff.conftest import R

from attune.store.contracts import PRINTED, STATISTICS, TABLE, VERDICTS
from attune_cli.main import main
from attune_files.parquet import write_parquet


def written(run, folder: Path) -> Path:
    """A run as the workflow leaves it."""
    import pandas as pd

    def stored(rows, path, contract, told=None):
        write_parquet(pd.DataFrame(list(rows)), folder / path, contract, told)

    stored(run.statistics, "statistics/all.parquet", STATISTICS)
    stored(run.printed, "printed.parquet", PRINTED)
    for name, table in run.tables.items():
        told = {"title": table.title, "headings": json.dumps(table.headings), "document": "x"}
        stored(table.rows, f"tables/{name}.parquet", TABLE, told | {"note": ""})
    if run.verdicts is not None:
        stored(run.verdicts, "verdicts.parquet", VERDICTS)
    (folder / "records").mkdir(parents=True)
    for name, record in run.records.items():
        (folder / f"records/{name}.json").write_text(json.dumps(record))
    for name, text in run.documents.items():
        (folder / f"{name}.qmd").write_text(text, encoding="utf-8")
    return folder


def zipped(folder: Path, target: Path, stem: str = "results/small") -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, f"{stem}/{file.relative_to(folder).as_posix()}")
    return target


@pytest.fixture
def pair(make_run, tmp_path) -> tuple[Path, Path]:
    old = written(make_run(), tmp_path / "old" / "small")
    flipped = {"estimate": 0.4561, "ci_low": 0.07, "ci_high": 0.72}
    return old, written(make_run("new", columns=flipped), tmp_path / "new" / "small")


def test_unchanged_runs_end_with_0(pair, capsys) -> None:
    assert main(["diff", str(pair[0]), str(pair[0])]) == 0
    assert "Nothing changed" in capsys.readouterr().out


def test_changed_runs_end_with_1_and_decisions_come_first(pair, capsys) -> None:
    assert main(["diff", *map(str, pair)]) == 1
    text = capsys.readouterr().out
    titles = ["     1  decisions", "\nDecisions", "\nStatistics", "\nTable cells", "\nSentences"]
    places = [text.index(title) for title in titles]
    assert places == sorted(places)
    assert f"{R}: negative → positive" in text
    assert len(text.splitlines()) < 30


def test_json_and_letter(pair, tmp_path, capsys) -> None:
    files = tmp_path / "d.json", tmp_path / "letter.md"
    words = ["diff", *map(str, pair), "--json", str(files[0]), "--letter", str(files[1])]
    assert main(words) == 1
    told = json.loads(files[0].read_text(encoding="utf-8"))
    assert told["cohorts"][0]["decisions"][0]["id"] == R
    assert "positive now" in files[1].read_text(encoding="utf-8")


@pytest.mark.parametrize("stem", ["results/small", "attune-1/results/small"])
def test_an_archive_is_read_where_it_lies(pair, tmp_path, capsys, stem) -> None:
    archive = zipped(pair[1], tmp_path / "run.zip", stem)
    assert main(["diff", str(pair[1]), str(archive)]) == 0
    assert main(["diff", str(pair[0]), str(archive)]) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "old", "run.zip"]


def test_a_results_root_is_compared_cohort_by_cohort(pair, make_run, tmp_path, capsys) -> None:
    other = {"wildcards": {"cohort": "large"}}
    for root in ("old", "new"):
        run = make_run(cohort="large", record=other)
        written(run, tmp_path / root / "large")
    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "new")]) == 1
    text = capsys.readouterr().out
    assert text.index("Nothing changed") < text.index("negative → positive")
    assert main(["diff", str(tmp_path / "old"), str(pair[1])]) == 1
    assert "Only the first run has large." in capsys.readouterr().out


def test_missing_files_are_said_not_fatal(pair, capsys) -> None:
    for file in (pair[1] / "records").iterdir():
        file.unlink()
    (pair[1] / "manuscript.qmd").unlink()
    assert main(["diff", *map(str, pair)]) == 1
    text = capsys.readouterr().out
    assert "lacks manuscript.qmd and supplement.qmd, records." in text


def test_trouble_ends_with_2_and_names_everything(pair, tmp_path, capsys) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main(["diff", str(empty), str(tmp_path / "nowhere")]) == 2
    told = capsys.readouterr().err
    assert "empty is not a run. Give the results of a cohort" in told
    assert "nowhere does not exist." in told


def test_a_file_that_is_no_archive(pair, tmp_path, capsys) -> None:
    text = tmp_path / "run.zip"
    text.write_text("no zip")
    assert main(["diff", str(pair[0]), str(text)]) == 2
    assert "neither a folder nor a zip" in capsys.readouterr().err
    with zipfile.ZipFile(text, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    assert main(["diff", str(pair[0]), str(text)]) == 2
    assert "is not an archive of a run" in capsys.readouterr().err


def test_damaged_files_are_named_all_at_once(pair, capsys) -> None:
    (pair[1] / "printed.parquet").write_bytes(b"no parquet")
    (pair[1] / "records/correlate_measures.json").write_text("{")
    assert main(["diff", *map(str, pair)]) == 2
    told = capsys.readouterr().err
    assert "printed.parquet cannot be read as Parquet" in told
    assert "records/correlate_measures.json is not JSON" in told


def test_no_cohort_in_common(pair, make_run, tmp_path, capsys) -> None:
    for cohort in ("large", "huge"):
        run = make_run(cohort=cohort, record={"wildcards": {"cohort": cohort}})
        written(run, tmp_path / "others" / cohort)
    assert main(["diff", str(pair[0]), str(tmp_path / "others")]) == 2
    assert "they have no cohort in common" in capsys.readouterr().err


def test_a_damaged_archive(pair, tmp_path, capsys) -> None:
    archive = zipped(pair[1], tmp_path / "run.zip")
    content = bytearray(archive.read_bytes())
    content[200:260] = bytes(60)
    archive.write_bytes(content)
    assert main(["diff", str(pair[0]), str(archive)]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_letter_that_cannot_be_written(pair, tmp_path, capsys) -> None:
    assert main(["diff", *map(str, pair), "--letter", str(tmp_path)]) == 2
    assert "cannot be written" in capsys.readouterr().err
