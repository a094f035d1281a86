"""An author's text in a real run: printed everywhere, kept, recorded, archived; edits are safe."""

import json
import re
import shutil
import zipfile
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

RESULTS = "results/small"
TEXTS = {
    "introduction.md": "Attention may be taught [@mine2020].\n",
    "procedure.md": "<!-- topic collection: how. -->\nOver {sessions} sessions, for"
    " {sample.all.n:estimate} dyads, from {kims.response.minimum}.\n",
    "discussion.md": "A small matter.\n",
    "facts.yaml": "sessions: {value: 37, source: protocol}\n",
    "authors.yaml": "authors: [{given: Ada, family: Byron}]\nkeywords: [alliance]\n"
    "note: {funding: Nobody paid.}\n",
    "references.bib": "@article{mine2020, author={Mine, A.}, title={Own work}, year={2020},"
    " journal={A journal}}\n",
}


@pytest.fixture(scope="module")
def home(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of attune with the finished small project; its author then writes the texts."""
    folder = Path(shutil.copytree(small_run, tmp_path_factory.mktemp("own") / "attune"))
    text = folder / "data/small/text"
    text.mkdir()
    for name, content in TEXTS.items():
        (text / name).write_text(content, encoding="utf-8")
    documents = {("build_manuscript", "small"), ("render_manuscript", "small")}
    assert planned_jobs(folder) == documents
    run_snakemake(folder)
    return folder


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


@pytest.mark.parametrize("document", ["manuscript", "supplement"])
def test_an_edited_document_is_never_overwritten_in_silence(home: Path, document: str) -> None:
    path = home / f"{RESULTS}/{document}.qmd"
    written = path.read_text(encoding="utf-8")
    edited = written + "\nA sentence of mine.\n"
    path.write_text(edited, encoding="utf-8")
    status, output = try_snakemake(home)
    assert status == 1 and path.read_text(encoding="utf-8") == edited
    said = " ".join(output.split())
    assert f"{RESULTS}/{document}.qmd was edited by hand, and this run would write it anew." in said
    assert "Text of your own belongs into data/small/text/" in said
    assert f"delete {RESULTS}/{document}.qmd" in said
    _, output = try_snakemake(home, "--quiet", "all")
    assert " ".join(output.split()).count(f"delete {RESULTS}/{document}.qmd") == 1
    # What has nothing to do with the documents still runs.
    run_snakemake(home, f"{RESULTS}/scores.parquet")
    path.unlink()
    run_snakemake(home)
    assert path.read_text(encoding="utf-8") == written


def test_another_version_of_attune_is_no_edit(home: Path) -> None:
    template, path = home / "reports/generic.qmd.j2", home / f"{RESULTS}/manuscript.qmd"
    before, source = path.read_text(encoding="utf-8"), template.read_text(encoding="utf-8")
    template.write_text(source.replace("# Limitations", "# Caveats"), encoding="utf-8")
    run_snakemake(home)
    assert (
        path.read_text(encoding="utf-8") == before.replace("# Limitations", "# Caveats") != before
    )
    template.write_text(source, encoding="utf-8")
    run_snakemake(home)
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


def test_the_archive_holds_it_and_gives_the_same_run(home: Path) -> None:
    made = run_python(home, "-m", "attune_cli.main", "archive", "small", "--output", "small.zip")
    assert made.returncode == 0, made.stderr
    with zipfile.ZipFile(home / "small.zip") as opened:
        for name, content in TEXTS.items():
            assert opened.read(f"data/small/text/{name}").decode() == content
        assert '"Ada Byron"' in opened.read("ro-crate-metadata.json").decode()
    again = run_python(home, "-m", "attune_cli.main", "reproduce", "--against", "small.zip")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "REPRODUCED: small." in again.stdout


def test_the_run_diff_names_the_changed_text(home: Path, tmp_path: Path) -> None:
    before = Path(shutil.copytree(home / RESULTS, tmp_path / "before/results/small"))
    text = home / "data/small/text/discussion.md"
    text.write_text("A great matter.\n", encoding="utf-8")
    run_snakemake(home, f"{RESULTS}/supplement.pdf", f"{RESULTS}/manuscript.pdf")
    done = run_python(home, "-m", "attune_cli.main", "diff", str(before), RESULTS)
    text.write_text(TEXTS["discussion.md"], encoding="utf-8")
    assert "data/small/text/discussion.md" in done.stdout, done.stdout + done.stderr
    assert "great" in done.stdout
