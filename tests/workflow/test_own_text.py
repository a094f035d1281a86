"""An author's text in a real run: printed everywhere, kept, recorded; edits are safe.

The project with these texts is also the one that `test_archive.py` archives.
"""

import json
import re
import shutil
from pathlib import Path

import pytest
from docx import Document
from pypdf import PdfReader

from tests.whole_project import (
    planned_jobs,
    run_python,
    run_snakemake,
    try_snakemake,
)
from tests.workflow.own_texts import TEXTS

RESULTS = "results/small"


@pytest.fixture(scope="module")
def home(own_text_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the small project with the texts, run to its end; the tests change it."""
    return Path(shutil.copytree(own_text_run, tmp_path_factory.mktemp("own") / "attune"))


def test_every_format_prints_it(home: Path) -> None:
    results = home / RESULTS
    page = (results / "manuscript.html").read_text(encoding="utf-8")
    paper = " ".join(p.extract_text() for p in PdfReader(results / "manuscript.pdf").pages)
    word = "\n".join(p.text for p in Document(str(results / "manuscript.docx")).paragraphs)
    for text in (re.sub(r"<[^>]+>", "", page), paper, word):
        text = " ".join(text.split())
        for words in ("Over 37 sessions, for 12 dyads, from 1.", "A small matter.", "Own work",
                      "Ada Byron"):  # fmt: skip
            assert words in text, words
    assert "How the data were collected, and by whom | in the text" in (
        results / "supplement.qmd"
    ).read_text(encoding="utf-8")


def test_it_is_in_the_records_and_a_change_reruns_the_documents_alone(home: Path) -> None:
    records = home / RESULTS / "records"
    read = json.loads((records / "build_manuscript.json").read_text())["inputs"]["text"]
    assert [Path(file["path"]).name for file in read] == [
        *("introduction.md", "procedure.md", "discussion.md", "authors.yaml", "facts.yaml")
    ]
    rendered = json.loads((records / "render_manuscript_manuscript.json").read_text())
    [own] = rendered["inputs"]["references"]
    assert own["path"] == "data/small/text/references.bib"
    assert planned_jobs(home) == set()
    facts = home / "data/small/text/facts.yaml"
    facts.write_text(TEXTS["facts.yaml"].replace("37", "38"), encoding="utf-8")
    try:
        assert planned_jobs(home) == {("build_manuscript", "small"), ("render_manuscript", "small")}
    finally:
        facts.write_text(TEXTS["facts.yaml"], encoding="utf-8")


def test_a_text_with_a_typed_number_stops_before_the_first_job(home: Path) -> None:
    text = home / "data/small/text/discussion.md"
    text.write_text("Of 12 dyads.", encoding="utf-8")
    try:
        status, output = try_snakemake(home)
    finally:
        text.write_text(TEXTS["discussion.md"], encoding="utf-8")
    assert status == 1
    assert "data/small/text/discussion.md, line 1: '12' in \"Of 12 dyads.\"" in output
    assert "Building DAG" not in output


def test_edited_documents_are_never_overwritten_in_silence(home: Path) -> None:
    paths = [home / f"{RESULTS}/{document}.qmd" for document in ("manuscript", "supplement")]
    written = [path.read_text(encoding="utf-8") for path in paths]
    edited = [text + "\nA sentence of mine.\n" for text in written]
    for path, text in zip(paths, edited, strict=True):
        path.write_text(text, encoding="utf-8")
    status, output = try_snakemake(home)
    assert status == 1 and [path.read_text(encoding="utf-8") for path in paths] == edited
    said = " ".join(output.split())
    _, output = try_snakemake(home, "--quiet", "all")
    quiet = " ".join(output.split())
    for name in (f"{RESULTS}/manuscript.qmd", f"{RESULTS}/supplement.qmd"):
        assert f"{name} was edited by hand, and this run would write it anew." in said
        assert f"delete {name}" in said
        assert quiet.count(f"delete {name}") == 1
    assert "Text of your own belongs into data/small/text/" in said
    # What has nothing to do with the documents still runs.
    run_snakemake(home, f"{RESULTS}/scores.parquet")
    # One that is edited is enough.
    paths[0].unlink()
    status, _ = try_snakemake(home)
    assert status == 1 and paths[1].read_text(encoding="utf-8") == edited[1]
    paths[1].unlink()
    run_snakemake(home)
    assert [path.read_text(encoding="utf-8") for path in paths] == written


def test_another_version_of_attune_is_no_edit(home: Path) -> None:
    template, path = home / "reports/generic.qmd.j2", home / f"{RESULTS}/manuscript.qmd"
    before, source = path.read_text(encoding="utf-8"), template.read_text(encoding="utf-8")
    template.write_text(source.replace("# Limitations", "# Caveats"), encoding="utf-8")
    run_snakemake(home, f"{RESULTS}/manuscript.qmd")
    assert (
        path.read_text(encoding="utf-8") == before.replace("# Limitations", "# Caveats") != before
    )
    template.write_text(source, encoding="utf-8")
    run_snakemake(home, f"{RESULTS}/manuscript.qmd")
    assert path.read_text(encoding="utf-8") == before


def test_as_a_module_of_another_workflow_an_edit_is_kept_too(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "results", tmp_path / "results")
    for part in ("data", "workflow", "reports", "config.yaml"):
        (tmp_path / part).symlink_to(home / part)
    (tmp_path / "Snakefile").write_text(
        f'configfile: "config.yaml"\n\nmodule attune:\n    snakefile: {str(home / "Snakefile")!r}\n'
        "    config: config\n\nuse rule * from attune as attune_*\n",
        encoding="utf-8",
    )
    path = tmp_path / f"{RESULTS}/manuscript.qmd"
    edited = path.read_text(encoding="utf-8") + "\nA sentence of mine.\n"
    path.write_text(edited, encoding="utf-8")
    status, output = try_snakemake(tmp_path, f"{RESULTS}/manuscript.html")
    assert status == 1 and "was edited by hand" in output
    assert path.read_text(encoding="utf-8") == edited


def test_the_run_diff_names_the_changed_text(home: Path, tmp_path: Path) -> None:
    before = Path(shutil.copytree(home / RESULTS, tmp_path / "before/results/small"))
    text = home / "data/small/text/discussion.md"
    text.write_text("A great matter.\n", encoding="utf-8")
    run_snakemake(home, f"{RESULTS}/supplement.qmd", f"{RESULTS}/manuscript.qmd")
    done = run_python(home, "-m", "attune_cli.main", "diff", str(before), RESULTS)
    text.write_text(TEXTS["discussion.md"], encoding="utf-8")
    assert "data/small/text/discussion.md" in done.stdout, done.stdout + done.stderr
    assert "great" in done.stdout
