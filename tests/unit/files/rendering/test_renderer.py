"""Which program renders, and what is said when none can."""

import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.conftest import ROOT

from attune.printing.text import literal
from attune.specs.errors import ManuscriptError
from attune_files.rendering import renderer
from attune_files.rendering.renderer import (
    FORMATS,
    choose_renderer,
    read_header,
    render_document,
)


def fake_quarto(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "quarto"
    program.write_text(f"#!/bin/sh\necho {version}\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def no_quarto(monkeypatch, tmp_path):
    monkeypatch.delenv("QUARTO_PATH", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


def test_auto_takes_quarto_from_path_with_spaces(monkeypatch, tmp_path):
    program = fake_quarto(tmp_path / "a folder", "1.9.38")
    monkeypatch.delenv("QUARTO_PATH", raising=False)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")
    chosen = choose_renderer("auto")
    assert (chosen.name, chosen.version, chosen.quarto) == ("quarto", "1.9.38", program)


def test_quarto_path_comes_before_path(monkeypatch, tmp_path):
    named = fake_quarto(tmp_path / "named", "1.9.1")
    on_path = fake_quarto(tmp_path / "path", "1.8.1")
    monkeypatch.setenv("QUARTO_PATH", str(named))
    monkeypatch.setenv("PATH", f"{on_path.parent}:/bin:/usr/bin")
    assert choose_renderer("quarto").version == "1.9.1"


@pytest.mark.usefixtures("no_quarto")
def test_auto_without_quarto_takes_the_embedded_renderer():
    chosen = choose_renderer("auto")
    assert chosen.name == "embedded"
    assert "pandoc 3" in chosen.version
    assert "typst 0." in chosen.version


@pytest.mark.usefixtures("no_quarto")
def test_forced_quarto_that_is_absent_is_an_error():
    with pytest.raises(ManuscriptError, match="cannot be found") as caught:
        choose_renderer("quarto")
    assert any("QUARTO_PATH" in problem for problem in caught.value.problems)
    assert any("renderer: embedded" in problem for problem in caught.value.problems)


def test_quarto_path_that_is_no_program_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("QUARTO_PATH", str(tmp_path / "nothing"))
    with pytest.raises(ManuscriptError, match=r"nothing.*not a program"):
        choose_renderer("auto")


def test_embedded_does_not_look_for_quarto(monkeypatch, tmp_path):
    monkeypatch.setenv("QUARTO_PATH", str(tmp_path / "nothing"))
    assert choose_renderer("embedded").quarto is None


def test_old_quarto_is_refused_or_passed_over(monkeypatch, tmp_path):
    monkeypatch.setenv("QUARTO_PATH", str(fake_quarto(tmp_path, "1.3.450")))
    assert choose_renderer("auto").name == "embedded"
    with pytest.raises(ManuscriptError, match=r"1\.3\.450 .* too old"):
        choose_renderer("quarto")


def test_quarto_that_does_not_start_is_passed_over(monkeypatch, tmp_path):
    program = fake_quarto(tmp_path, "1.9.38")
    program.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    monkeypatch.setenv("QUARTO_PATH", str(program))
    assert choose_renderer("auto").name == "embedded"
    with pytest.raises(ManuscriptError, match="exit status 3") as caught:
        choose_renderer("quarto")
    assert caught.value.problems == ["broken"]


def test_the_reason_is_not_hidden_by_the_places_in_a_program(tmp_path):
    program = tmp_path / "quarto"
    places = "\n".join(f"    at step{n} (file.js:{n})" for n in range(40))
    program.write_text(f"#!/bin/sh\ncat >&2 <<'END'\nERROR: no room\n{places}\nEND\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(ManuscriptError) as caught:
        renderer._run([program], tmp_path, timeout=10)
    assert caught.value.problems == ["ERROR: no room"]


def test_unknown_renderer_is_an_error():
    with pytest.raises(ManuscriptError, match="'latex' is unknown"):
        choose_renderer("latex")


def test_program_that_hangs_is_stopped(tmp_path):
    program = tmp_path / "quarto"
    program.write_text("#!/bin/sh\nsleep 60\n")
    program.chmod(0o755)
    with pytest.raises(ManuscriptError, match=r"did not finish within 0\.2 seconds"):
        renderer._run([program], tmp_path, timeout=0.2)


def test_what_a_program_says_goes_to_the_log(tmp_path, caplog):
    program = tmp_path / "quarto"
    program.write_text("#!/bin/sh\necho '\033[31mcareful\033[39m' >&2\n")
    program.chmod(0o755)
    with caplog.at_level("INFO"):
        renderer._run([program], tmp_path, timeout=10)
    assert "quarto: careful" in caplog.text


def test_header_that_is_not_yaml_is_an_error(tmp_path):
    qmd = tmp_path / "x.qmd"
    qmd.write_text("---\ntitle: [\n---\n")
    with pytest.raises(ManuscriptError, match="not YAML"):
        read_header(qmd)
    with pytest.raises(ManuscriptError, match="not YAML"):
        render_document(qmd, None, [], {}, choose_renderer("embedded"))
    qmd.write_text("No header.\n")
    assert read_header(qmd) == {}


@pytest.mark.parametrize("end", ["---", "..."])
def test_only_the_header_is_changed_for_the_filters(tmp_path: Path, end: str) -> None:
    body = "\nText.\n\n---\n\nauthor: of the text\n\n---\n"
    qmd = tmp_path / "x.qmd"
    qmd.write_text(f"---\ntitle: T\nauthor: A. Author\n{end}\n{body}")
    renderer._add_to_header(qmd, renderer.Layout(masked=True), read_header(qmd))
    assert read_header(qmd) == {"masked": True, "title": "T", "paper-author": "A. Author"}
    assert qmd.read_text().endswith(f"---\n{body}")


def test_a_document_without_a_header_gets_one_and_keeps_its_text(tmp_path: Path) -> None:
    body = "author: of the text\n\n---\n\naffiliations: of the text\n"
    qmd = tmp_path / "x.qmd"
    qmd.write_text(body)
    renderer._add_to_header(qmd, renderer.OPEN, {})
    assert qmd.read_text() == body
    renderer._add_to_header(qmd, renderer.Layout(line_numbers=True), {})
    assert read_header(qmd) == {"line-numbers": True}
    assert qmd.read_text().endswith(f"---\n{body}")


HOSTILE = '0;url=https://example.org/x" http-equiv="refresh" data-x="'


class Attributes(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_texts_of_a_study_stay_inside_their_attributes(tmp_path: Path) -> None:
    """A quotation mark in an author's name once ended the attribute: the page went elsewhere."""
    authors = [HOSTILE, "O'Brien <b> & \\ #sys.version"]
    keys = {"title": HOSTILE, "author": authors, "running-head": HOSTILE, "lang": "en"}
    keys |= {"synthetic-notice": HOSTILE}
    header = {
        key: [str(literal(one)) for one in value]
        if isinstance(value, list)
        else str(literal(value))
        for key, value in keys.items()
    }
    lines = [f"{key}: {json.dumps(value)}" for key, value in header.items()]
    qmd = tmp_path / "page.qmd"
    qmd.write_text("\n".join(["---", *lines, "---", "", "# Results", "", str(literal(HOSTILE))]))
    outputs = {kind: tmp_path / f"page.{kind}" for kind in FORMATS}
    assets = [path for path in (ROOT / "reports/assets").iterdir() if path.is_file()]
    render_document(qmd, None, assets, outputs, choose_renderer("embedded"))
    page = Attributes()
    page.feed(outputs["html"].read_text("utf-8"))
    by_name = {entry.get("name"): entry for tag, entry in page.found if tag == "meta"}
    assert by_name["author"] == {"name": "author", "content": ", ".join(authors)}
    assert not [entry for _, entry in page.found if {"http-equiv", "data-x"} & set(entry)]
    assert {tag for tag, _ in page.found} <= {
        *("html", "head", "meta", "title", "style", "body", "aside", "header", "p", "h1", "main"),
        *("details", "summary", "nav", "ul", "li", "a", "section", "div"),
    }
    core = ElementTree.fromstring(zipfile.ZipFile(outputs["docx"]).read("docProps/core.xml"))
    assert "; ".join(authors) in [element.text for element in core]
    assert b"Author" in outputs["pdf"].read_bytes()


def test_no_line_ends_between_a_sign_and_its_number(tmp_path: Path) -> None:
    qmd = tmp_path / "page.qmd"
    words = '*p*s ≥ [.159]{.stat data-id="a.b.t"} and *N* = 470, CI = confidence interval.'
    qmd.write_text(f"---\ntitle: T\nlang: en\n---\n\n# Results\n\n{words}\n")
    outputs = {kind: tmp_path / f"page.{kind}" for kind in FORMATS}
    assets = [path for path in (ROOT / "reports/assets").iterdir() if path.is_file()]
    render_document(qmd, None, assets, outputs, choose_renderer("embedded"))
    document = zipfile.ZipFile(outputs["docx"]).read("word/document.xml").decode()
    for text in (outputs["html"].read_text("utf-8"), document):
        plain = re.sub(r"<[^>]*>", "", text).replace("&nbsp;", "\N{NO-BREAK SPACE}")
        assert "ps\u00a0≥\u00a0.159" in plain
        assert "N\u00a0=\u00a0470" in plain
        assert "CI = confidence" in plain
