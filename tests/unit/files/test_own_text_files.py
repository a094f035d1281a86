"""Files of the author's own text: what is read, what is refused, and when."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import Project

from attune.cohort_draft.own_text_drafts import own_text_drafts
from attune.documents.own_text import OWN_FILES, OwnNumbers
from attune.record.archive.crate_entities import ArchivedWork, author_entities
from attune.specs.authors import CREDIT_ROLES, Authors
from attune.specs.config import Config
from attune.specs.errors import ConfigurationError
from attune_cli.main import main
from attune_files.archive.contents import Source
from attune_files.archive.synthesis_contents import _own_files
from attune_files.own_text_files import (
    cohort_text_problems,
    entry_keys,
    folder_of_cohort,
    folder_of_synthesis,
    folder_problems,
    own_text_paths,
    read_own_text,
    refuse_own_texts,
    text_notes,
)
from attune_files.project import read_parts
from attune_files.synthesis_files import read_synthesis
from attune_files.yaml_file import read_yaml

ROOT = Path(__file__).parents[3]


@pytest.fixture
def project(
    tmp_path: Path, new_project: Callable[[Path], Project], monkeypatch: pytest.MonkeyPatch
) -> Project:
    made = new_project(tmp_path)
    (made.data / "text").mkdir()
    monkeypatch.chdir(tmp_path)
    return made


def write(project: Project, name: str, content: str | bytes) -> None:
    content = content.encode() if isinstance(content, str) else content
    (project.data / "text" / name).write_bytes(content)


def settings() -> dict[str, object]:
    return Config.model_validate(read_yaml(ROOT / "config.yaml")).documented()


def problems(project: Project) -> list[str]:
    cohort, study, instruments = read_parts("small", project.find)
    return cohort_text_problems(cohort, study, instruments, settings(), project.find)


def test_every_file_is_read_whatever_its_line_ends(project: Project) -> None:
    write(project, "procedure.md", b"\xef\xbb\xbfOne\r\ntwo\rthree")
    write(project, "facts.yaml", "sessions: {value: 30, source: protocol}\n")
    write(project, "authors.yaml", "keywords: [alliance]\n")
    own = read_own_text(own_text_paths(folder_of_cohort("small"), project.find))
    assert own.texts == {"procedure": "One\ntwo\nthree"}
    assert own.paths == {"procedure": "data/small/text/procedure.md"}
    assert own.facts["sessions"].value == 30
    assert own.authors.keywords == ["alliance"]
    assert problems(project) == []


def test_without_a_folder_there_is_nothing(project: Project) -> None:
    (project.data / "text").rmdir()
    assert problems(project) == []
    assert own_text_paths(folder_of_cohort("small"), project.find) == []


def test_problems_of_all_files_are_named_at_once(project: Project) -> None:
    write(project, "procedure.md", b"One\n\xff")
    write(project, "introduction.md", "In {sessions} and {session} of 26.")
    write(project, "facts.yaml", "sessions: {value: 30}\n")
    write(project, "authors.yaml", "authors: [{given: A, orcid: 1}]\n")
    write(project, "intro.md", "Lost.")
    write(project, "references.bib", "@article{cohen1988, title={x}}\n@book{a,}\n@book{a,}\n")
    places = [problem.removeprefix("data/small/text/") for problem in problems(project)]
    assert [place.split()[0].rstrip(":,") for place in places] == [
        *("intro.md", "references.bib", "references.bib", "procedure.md", "authors.yaml"),
        *("facts.yaml", "introduction.md", "introduction.md"),
    ]
    assert places[0] == "intro.md is not read by anything. Did you mean 'introduction.md'?"
    assert "already in reports/assets/references.bib" in places[1]
    assert places[3] == "procedure.md, line 2: this is not UTF-8. Save the file as UTF-8."
    assert "facts.sessions.source is missing" in places[5]
    assert "'session'. Did you mean 'sessions'?" in places[6]
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_own_text(own_text_paths(folder_of_cohort("small"), project.find))


def test_a_run_stops_before_its_first_job(project: Project) -> None:
    cohort, study, _ = read_parts("small", project.find)
    write(project, "procedure.md", "In 26 dyads [@nobody].")
    text = project.folder / folder_of_synthesis("all")
    text.mkdir(parents=True)
    (text / "discussion.md").write_text("<b>x</b>", encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        refuse_own_texts([cohort], {"small": study}, ["all"], settings(), project.find)
    assert [problem.partition(": ")[0] for problem in error.value.problems] == [
        *["data/small/text/procedure.md, line 1"] * 2,
        *["workflow/syntheses/all/text/discussion.md, line 1"] * 2,
    ]
    for path in (project.data / "text/procedure.md", text / "discussion.md"):
        path.write_text("Fine [@cohen1988].", encoding="utf-8")
    refuse_own_texts([cohort], {"small": study}, ["all"], settings(), project.find)


def test_an_entry_of_its_own_bibliography_can_be_cited(project: Project) -> None:
    write(project, "procedure.md", "As [@mine2020].")
    assert "@mine2020 has no entry" in problems(project)[0]
    write(project, "references.bib", "@Comment{x, }\n\n@Article {mine2020,\n title = {A}}\n")
    assert problems(project) == []
    assert entry_keys([project.data / "text/references.bib"]) == ["mine2020"]


def test_the_check_refuses_and_names_what_is_empty(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, draft in own_text_drafts().items():
        write(project, name, draft)
    assert main(["check", "small"]) == 0
    printed = capsys.readouterr().out
    assert "Still empty in the author's text, and left out of the documents:" in printed
    for name in own_text_drafts():
        assert f"  data/small/text/{name}" in printed
    assert "data/small/text/procedure.md (collection, " in printed
    write(project, "procedure.md", "Over 30 sessions.")
    assert main(["check", "small", "--page", "intake.html"]) == 1
    printed = capsys.readouterr().out
    assert "1 problem in the author's text would stop the documents" in printed
    line = "data/small/text/procedure.md, line 1: '30' in"
    assert f"  - {line}" in printed
    assert line.replace("'", "&#39;") in (project.folder / "intake.html").read_text("utf-8")


def test_drafts_hold_prompts_and_nothing_that_is_printed(project: Project) -> None:
    drafts = own_text_drafts()
    assert set(drafts) == {*(f"{name}.md" for name in OWN_FILES), "authors.yaml", "facts.yaml"}
    for name, draft in drafts.items():
        write(project, name, draft)
    own = read_own_text(own_text_paths(folder_of_cohort("small"), project.find))
    assert own.sections(OwnNumbers()) == ({}, [])
    assert own.authors == Authors() and own.facts == {}
    assert problems(project) == []
    cohort, study, _ = read_parts("small", project.find)
    notes = text_notes(cohort, study, project.find)
    assert len(notes) == len(drafts)
    assert ", conditions, assignment, registration" in " ".join(notes)
    sample = cohort.sample.model_copy(update={"condition": None})
    notes = text_notes(cohort.model_copy(update={"sample": sample}), study, project.find)
    assert ", registration" in " ".join(notes) and "assignment" not in " ".join(notes)
    _, _, example = drafts["authors.yaml"].partition("\n#authors:")
    example = f"#authors:{example}".replace("\n#", "\n").removeprefix("#")
    write(project, "authors.yaml", example)
    own = read_own_text(own_text_paths(folder_of_cohort("small"), project.find))
    assert own.authors.authors[0].printed_name == "Ada Example"
    assert own.authors.note.funding
    assert all(role in drafts["authors.yaml"] for role in CREDIT_ROLES)


@pytest.mark.parametrize(
    "cohort", sorted(path.parent.name for path in ROOT.glob("data/*/cohort.yaml"))
)
def test_the_texts_that_ship_can_be_printed(cohort: str) -> None:
    def find(path: str) -> str:
        return str(ROOT / path)

    read, study, instruments = read_parts(cohort, find)
    assert cohort_text_problems(read, study, instruments, settings(), find) == []


def test_the_reference_study_gives_its_method_with_the_place_in_the_paper() -> None:
    folder = ROOT / "data/ryan2012_synthetic/text"
    own = read_own_text([*folder.glob("*.md"), folder / "facts.yaml", folder / "authors.yaml"])
    for name, text in own.texts.items():
        for piece in own.pieces(name)[1:]:
            assert "[@ryan2012, " in piece.text, (name, piece.topic)
        assert text.count("{") == text.count("}")
    printed = " ".join(own.texts.values())
    assert [name for name in own.facts if f"{{{name}}}" not in printed] == []
    assert own.facts["sessions"].value == 30
    assert "synthetic twin" in read_yaml(ROOT / "workflow/studies/ryan2012.yaml")["title"]


def test_other_files_of_the_folder_are_named(project: Project) -> None:
    write(project, "notes.txt", "x")
    write(project, ".hidden", "x")
    [problem] = folder_problems(folder_of_cohort("small"), project.find)
    assert problem.startswith("data/small/text/notes.txt is not read by anything.")


def test_an_archive_of_a_synthesis_names_its_texts() -> None:
    root = Path(ROOT)
    source = Source(root, lambda path: str(root / path), root)
    synthesis = read_synthesis(root / "workflow/syntheses/empathy_outcome.yaml")
    files = _own_files(synthesis, source)
    folder = folder_of_synthesis("empathy_outcome")
    assert {
        f"{folder}/discussion.md",
        f"{folder}/authors.yaml",
        f"{folder}/references.bib",
    } <= files


def test_an_archive_names_the_authors_of_the_title_page_with_their_orcid() -> None:
    work = ArchivedWork("A", "B", "CC0-1.0", ["The plan's author"])
    assert work.by(Authors()) is work
    ada = {"given": "Ada", "family": "Byron", "orcid": "0000-0002-1825-0097"}
    authors = Authors.model_validate({"authors": [ada, {"name": "Plato"}]})
    assert [(entity["@id"], entity["name"]) for entity in author_entities(work.by(authors))] == [
        ("https://orcid.org/0000-0002-1825-0097", "Ada Byron"),
        ("#author-2", "Plato"),
    ]
