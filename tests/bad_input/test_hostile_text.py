"""Free text that looks like markup, a formula or a template is printed as it was typed."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pypdf import PdfReader
from tests.conftest import Project

ROOT = Path(__file__).parents[2]
TEXTS = {
    "html": "<script>alert(1)</script><b onclick=x>bold</b>",
    "formula": '=HYPERLINK("http://evil.example/a","b")',
    "link": "[text](http://evil.example/c) <http://evil.example/d> ![i](http://evil.example/e)",
    "markup": "*star* _under_ `code` $x^2$ ~~gone~~ # heading | cell | [^1] @ryan2012 &lt; a--b",
    "raw": "\\textbf{x} #set text(red) `x`{=html} ::: {.c} :::",
    "entities": "&lt;/style&gt;&lt;script&gt;alert(4)&lt;/script&gt; &#60;script&#62;alert(5)",
    "template": "{{ 7 * 7 }} {% raw %} {{< meta title >}}",
}


def every(*names: str) -> str:
    """Some of the texts in one line."""
    return " ".join(TEXTS[name] for name in names or TEXTS)


class Page(HTMLParser):
    """What a browser would see of a page: tags with attributes, scripts and text."""

    def __init__(self, source: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._text = io.StringIO()
        self.scripts: list[str] = []
        self._hidden = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._hidden = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""

    def handle_data(self, data: str) -> None:
        if self._hidden == "script":
            self.scripts[-1] += data
        elif not self._hidden:
            self._text.write(data)

    @property
    def text(self) -> str:
        return squeezed(self._text.getvalue())


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@pytest.fixture(scope="module")
def rendered(
    new_project: Callable[[Path], Project], tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """The small project with hostile text wherever text is free, run to its manuscript."""
    project = new_project(tmp_path_factory.mktemp("hostile"))
    spoil(project)
    done = project.run_line()
    assert done.status == 0, done.said
    return project


def spoil(project: Project) -> None:
    with project.cohort() as cohort:
        cohort |= {"title": every("html", "markup"), "synthetic_notice": "Synthetic. " + every()}
        cohort |= {"source": every("link"), "licence": every("formula", "template")}
        variables = cohort["sample"]["variables"]
        levels = {"<i>A</i>": "Level " + every("html"), "=B": "Level " + every("markup", "raw")}
        variables["condition"] |= {"label": "Condition " + every("template"), "levels": levels}
        variables["age"] |= {"label": TEXTS["formula"], "unit": "<u>years</u>"}
    with project.study() as study:
        study["title"] = "Title " + every()
        study["names"] = [*TEXTS.values(), 'onerror="alert(2)']
        study["authors"] = [every("html", "template"), TEXTS["formula"]]
        study["measures"]["kims"]["label"] = "Kims " + every("html", "raw", "template")
        study["measures"]["age"]["label"] = TEXTS["formula"]
        study["outcomes"]["iip"]["label"] = "Iip " + every("link", "markup")
        family = study["correlations"]["mindful"]
        family |= {"title": "Family " + every(), "reason": "Reason " + every() + "."}
        study["conditions"]["arms"] |= {"title": "Arms " + every("html", "raw")}
        for table in study["tables"].values():
            table |= {"title": "Table " + every("html", "markup", "raw"), "document": "manuscript"}
        study["figures"] = {
            "scatter": {
                "document": "manuscript",
                "kind": "scatter",
                "title": "Figure " + every(),
                "alt": "Alt " + every() + '" onerror="alert(2)',
                "analyses": ["mindful"],
                "pairs": [["kims", "iip"]],
            }
        }
    with project.yaml("workflow/instruments/iip_32.yaml") as instrument:
        instrument |= {"name": "Name " + every(), "abbreviation": TEXTS["html"]}
        instrument["scales"]["mean"]["label"] = "Scale " + every("formula", "template")
        instrument["citation_key"] = "baer2004"
    with project.table("sample.csv") as lines:
        for line in lines[1:]:
            line[1] = f"<b>{line[1]}</b>"
            line[3] = {"A": "<i>A</i>", "B": "=B"}[line[3]]
    with project.table("therapists.csv") as lines:
        lines[:] = [[*line, "x"] for line in lines]
        lines[0][-1] = every("html", "formula", "markup")
    for file in ("sample.csv", "therapists.csv", "intake.csv"):
        with project.table(file) as lines:
            lines[1][0] = "<img src=x onerror=alert(3)>"
    with project.table("termination.csv") as lines:
        del lines[1]


def test_html(rendered: Project) -> None:
    page = Page((rendered.results / "manuscript.html").read_text(encoding="utf-8"))
    for name, text in TEXTS.items():
        assert text in page.text, name
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"b", "i", "u", "iframe", "object"}
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        for name in ("href", "src"):
            target = attributes.get(name) or "#"
            assert target.startswith("#") or "evil.example" not in target
    # The page's own scripts explain its numbers: data that no text can leave, and one program.
    data, program = page.scripts
    assert json.loads(data)["statistics"]
    assert "<" not in data
    assert program.strip() == (ROOT / "reports/assets/explain.js").read_text("utf-8").strip()


def test_word(rendered: Project) -> None:
    with zipfile.ZipFile(rendered.results / "manuscript.docx") as archive:
        parts = {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
    text = squeezed(Page(parts["word/document.xml"]).text)
    for name, expected in TEXTS.items():
        assert expected in text, name
    assert not [name for name, part in parts.items() if 'Target="http://evil' in part]
    # A field would be computed when the document is opened.
    fields = re.findall(r"<w:instrText[^>]*>([^<]*)<", parts["word/document.xml"])
    assert not [field for field in fields if "evil" in field]


def test_pdf(rendered: Project) -> None:
    reader = PdfReader(rendered.results / "manuscript.pdf")
    text = re.sub(r"\s", "", " ".join(page.extract_text() for page in reader.pages))
    for name, expected in TEXTS.items():
        assert re.sub(r"\s", "", expected) in text, name
    targets = [
        str(annotation.get_object().get("/A", {}).get("/URI", ""))
        for page in reader.pages
        for annotation in page.get("/Annots", []) or []
    ]
    assert not [target for target in targets if "evil" in target]
    assert "/JavaScript" not in str(reader.trailer["/Root"])
