"""One Quarto document as HTML, Word, PDF and JATS, by Quarto or by the renderer that is built in.

Quarto is used where it is installed. The embedded renderer needs nothing but two wheels: pandoc and
Typst, the same programs that Quarto drives, with the same filters, templates and styles; so both
print the same numbers, tables and citations. JATS XML is pandoc's in both cases.
"""

import json
import logging
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from attune.printing.html import json_text
from attune.printing.quarto import parse_text
from attune.printing.spelling import AMERICAN, BRITISH, Language, respelled
from attune.record.provenance.explanation_text import explanation_entries, origins
from attune.specs.errors import ManuscriptError
from attune_files.rendering.word import finish_word_document, write_reference_document

FORMATS = ("html", "docx", "pdf", "xml")
"""Endings of the files; xml is JATS, the Archiving tag set of version 1.3."""
RENDERERS = ("auto", "quarto", "embedded")
OLDEST_QUARTO = (1, 7)
"""The first Quarto whose Typst has everything that reports/assets/page.typ uses."""

_FILTER_MESSAGE = re.compile(r"(?:crossref|unbroken|apa|front|origins|tables)\.lua: (.+)")
_PRINTED_STATISTIC = re.compile(r'<span class="stat"[^>]*?\bdata-id="([^"]+)"')
_HEADER = re.compile(r"---\n(?P<header>(?:.*\n)*?)(?:---|\.\.\.)\n")
"""The YAML header at the beginning of a document, with its opening and closing lines."""
_MOST_UNKNOWN = 5
_ANSI_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Renderer:
    """The program that renders, as it was found on this machine.

    Attributes
    ----------
    name : str
        "quarto" or "embedded".
    version : str
        Of Quarto, or of pandoc and Typst.
    quarto : Path, optional
        Quarto's executable.
    """

    name: str
    version: str
    quarto: Path | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.version})"


@dataclass(frozen=True)
class Layout:
    """What the analyst chooses of the pages: section `documents` of config.yaml.

    Attributes
    ----------
    masked : bool
        Whether everything that names an author is left out, for masked review.
    line_numbers : bool
        Whether Word and PDF number their lines.
    """

    masked: bool = False
    line_numbers: bool = False


OPEN = Layout()
"""With everything that the document says of its authors, and without numbers of lines."""


def choose_renderer(choice: str = "auto") -> Renderer:
    """Find the program that renders the documents.

    Parameters
    ----------
    choice : str
        "quarto", "embedded", or "auto": Quarto where a fit one is installed, else the embedded
        renderer.

    Returns
    -------
    Renderer

    Raises
    ------
    ManuscriptError
        `choice` is none of these; Quarto is chosen but cannot be found or is too old; the
        environment variable QUARTO_PATH names no program; a wheel is missing.
    """
    if choice not in RENDERERS:
        raise ManuscriptError(
            f"The renderer {choice!r} is unknown.", [f"choose one of {', '.join(RENDERERS)}"]
        )
    if choice == "embedded":
        return Renderer("embedded", _embedded_version())
    quarto = _find_quarto()
    try:
        if quarto is None:
            raise ManuscriptError(
                "Quarto is chosen but cannot be found.",
                [
                    "install Quarto and put it on PATH, or set QUARTO_PATH to its executable",
                    "or choose renderer: embedded, which needs no Quarto",
                ],
            )
        return Renderer("quarto", _quarto_version(quarto), quarto)
    except ManuscriptError as error:
        if choice == "quarto":
            raise
        if quarto is not None:
            logger.warning("The embedded renderer is used, for: %s", error)
        return Renderer("embedded", _embedded_version())


@cache
def installed_renderer(choice: str = "auto") -> str:
    """Name and version of the program that renders here; "" where the chosen one is missing.

    Known before any job starts, so that another program or version reruns the rendering.

    Parameters
    ----------
    choice : str
        As for `choose_renderer`.
    """
    try:
        return str(choose_renderer(choice))
    except ManuscriptError:
        return ""  # the step itself reports what is missing


def expected_renderer(choice: str, program: str) -> Renderer:
    """The program that renders, which must be the one that the record of the document will name.

    Parameters
    ----------
    choice : str
        As for `choose_renderer`.
    program : str
        What `installed_renderer` gave when the run was planned.

    Raises
    ------
    ManuscriptError
        As `choose_renderer`, or another program was installed since.
    """
    renderer = choose_renderer(choice)
    if str(renderer) != program:
        raise ManuscriptError(
            f"The document was to be rendered by {program or 'nothing'}, but {renderer} is here.",
            ["run `snakemake --cores 4` again, which plans with the program that is here"],
        )
    return renderer


def render_document(
    qmd: Path,
    figures: Path | None,
    assets: Sequence[Path],
    outputs: Mapping[str, Path],
    renderer: Renderer,
    timeout: float = 300,
    explanations: Mapping[str, Any] | None = None,
    layout: Layout = OPEN,
    references: Sequence[Path] = (),
) -> None:
    """Render a document in a private folder and move all formats into place, or none.

    Parameters
    ----------
    qmd : Path
        The document; its header may give `running-head` and `synthetic-notice`, and the front of
        the paper (see reports/assets/front.lua).
    figures : Path or None
        Folder that the document calls `figures/`.
    assets : sequence of Path
        Files of reports/assets, called `assets/`; `_quarto.yml` goes into the folder of the
        document.
    outputs : mapping of str to Path
        Where "html", "docx", "pdf" and "xml" go; the XML names its figures by `figures/`.
    renderer : Renderer
    timeout : float
        Seconds that each call of a program may take.
    explanations : mapping, optional
        Where the printed statistics come from (see `attune.record.provenance.explanations`): shown
        at each number in HTML, and at the end of the Word file and the PDF.
    layout : Layout, optional
    references : sequence of Path
        The author's own bibliographies, beside that of the assets.

    Raises
    ------
    ManuscriptError
        The document cannot be rendered: the filters' complaints (unknown reference or citation,
        missing image, identifier used twice), or the program's output.
    """
    header = read_header(qmd)
    with tempfile.TemporaryDirectory(prefix="attune-render-") as name:
        folder = Path(name)
        document = _private_copy(folder, qmd, figures, assets, references)
        _add_to_header(document, layout, header)
        if explanations is not None:
            text = json.dumps(origins(explanations), ensure_ascii=False)
            (folder / "assets" / "origins.json").write_text(text, encoding="utf-8")
        if renderer.quarto is not None:
            _render_by_quarto(document, renderer.quarto, timeout)
        else:
            _render_embedded(document, timeout)
        _write_jats(document, timeout)
        rendered = {kind: document.with_suffix(f".{kind}") for kind in FORMATS}
        absent = [kind for kind, path in rendered.items() if not path.is_file()]
        if absent:
            raise ManuscriptError(f"{renderer} made no {', '.join(absent)} of {qmd}.")
        notice = _plain(header.get("synthetic-notice"))
        running_head = _plain(header.get("running-head") or header.get("title"))
        authors = [] if layout.masked or header.get("masked") else author_names(header)
        numbered = layout.line_numbers or bool(header.get("line-numbers"))
        finish_word_document(rendered["docx"], running_head, notice, authors, numbered)
        if explanations is not None:
            language = BRITISH if header.get("lang") == BRITISH else AMERICAN
            spelled = {**explanations, "formulas": _spelled(explanations["formulas"], language)}
            finish_html_page(rendered["html"], spelled, folder / "assets")
        _move_into_place({rendered[kind]: Path(outputs[kind]) for kind in FORMATS})
    logger.info("%s rendered by %s", qmd, renderer)


def _plain(markdown: object) -> str:
    """A text of the header without its markup; empty where there is none."""
    return parse_text(str(markdown)).to_plain() if markdown else ""


def author_names(header: Mapping[str, Any]) -> list[str]:
    """The names of the authors in the header of a document, as plain text.

    Parameters
    ----------
    header : mapping
        `author` is a name or a list of names or of maps with `name`, or with `given` and `family`.

    Examples
    --------
    >>> author_names({"author": ["Baer, R. A.", {"given": "Jane", "family": "Doe", "orcid": "x"}]})
    ['Baer, R. A.', 'Jane Doe']
    """
    given = header.get("author") or []
    names = []
    for author in given if isinstance(given, list) else [given]:
        if isinstance(author, Mapping):
            parts = [author.get("given"), author.get("family")]
            author = author.get("name") or " ".join(str(part) for part in parts if part)
        names.append(parse_text(str(author)).to_plain())
    return names


def read_header(qmd: Path) -> dict[str, object]:
    """The YAML header of a Quarto document; empty if it has none.

    Parameters
    ----------
    qmd : Path

    Returns
    -------
    dict
    """
    found = _HEADER.match(qmd.read_text(encoding="utf-8"))
    try:
        return (yaml.safe_load(found["header"]) or {}) if found else {}
    except yaml.YAMLError as error:
        raise ManuscriptError(f"The header of {qmd} is not YAML.", [str(error)]) from None


def _private_copy(
    folder: Path,
    qmd: Path,
    figures: Path | None,
    assets: Sequence[Path],
    references: Sequence[Path],
) -> Path:
    document = folder / "document.qmd"
    shutil.copyfile(qmd, document)
    if figures is not None:
        shutil.copytree(figures, folder / "figures")
    (folder / "assets").mkdir()
    for asset in map(Path, assets):
        shutil.copyfile(asset, folder / "assets" / asset.name)
    with (folder / "assets" / "references.bib").open("a", encoding="utf-8") as bibliography:
        for path in references:
            bibliography.write("\n" + Path(path).read_text(encoding="utf-8-sig"))
    (folder / "assets" / "_quarto.yml").rename(folder / "_quarto.yml")
    default = folder / "assets" / "reference.docx"
    with default.open("wb") as file:
        command = [_pandoc(), "--print-default-data-file", "reference.docx"]
        subprocess.run(command, stdout=file, check=True, timeout=60)
    write_reference_document(default, folder / "assets" / "word_styles.xml", default)
    return document


def _add_to_header(document: Path, layout: Layout, header: Mapping[str, object]) -> None:
    """Let the filters and templates know the layout; what the document itself says comes first.

    Authors and affiliations get keys of their own: Quarto takes `author` and `affiliations` for
    itself, and the filters would find names alone.
    """
    wanted = {"masked": layout.masked, "line-numbers": layout.line_numbers}
    lines = [f"{key}: true\n" for key, on in wanted.items() if on and key not in header]
    text = document.read_text(encoding="utf-8")
    found = _HEADER.match(text)
    if not found and not lines:
        return
    given, body = (found["header"], text[found.end() :]) if found else ("", text)
    given = re.sub(r"^(author|affiliations):", r"paper-\1:", given, flags=re.MULTILINE)
    document.write_text("".join(["---\n", *lines, given, "---\n", body]), encoding="utf-8")


def _render_by_quarto(document: Path, quarto: Path, timeout: float) -> None:
    """All formats in one call: concurrent calls for one document overwrite each other's files."""
    _run([quarto, "render", document.name], document.parent, timeout * len(FORMATS))


def _render_embedded(document: Path, timeout: float) -> None:
    folder, typst_source = document.parent, document.with_suffix(".typ")
    common = _pandoc_with_filters(document, timeout)
    _run(
        [*common, "--to=html5", "--template=assets/page.html", "--css=assets/attune.css", "--toc",
         "--toc-depth=2", "--mathml", "--embed-resources", "--output=document.html"],
        folder, timeout,
    )  # fmt: skip
    _run(
        [*common, "--to=docx", "--reference-doc=assets/reference.docx", "--output=document.docx"],
        folder, timeout,
    )  # fmt: skip
    _run(
        [*common, "--to=typst", "--template=assets/page.typ", f"--output={typst_source.name}"],
        folder, timeout,
    )  # fmt: skip
    _typeset(typst_source, document.with_suffix(".pdf"))


def _write_jats(document: Path, timeout: float) -> None:
    """JATS XML, by pandoc of the wheel: Quarto has a front of its own for it."""
    common = _pandoc_with_filters(document, timeout)
    _run(
        [*common, "--to=jats_archiving", "--template=assets/page.jats", "--output=document.xml"],
        document.parent, timeout,
    )  # fmt: skip
    xml = document.with_suffix(".xml")
    text = xml.read_text(encoding="utf-8")
    # Pandoc's writer leaves the title of the list empty.
    xml.write_text(text.replace("<title></title>", "<title>References</title>"), encoding="utf-8")


def _pandoc_with_filters(document: Path, timeout: float) -> list[str | Path]:
    """Pandoc's command up to the format.

    Reading long tables, numbers of tables and citations are the same in all formats: done once.
    """
    parsed = document.with_suffix(".json")
    if not parsed.exists():
        _run(
            [_pandoc(), document.name, "--from=markdown",
             "--metadata=bibliography:assets/references.bib", "--metadata=csl:assets/apa.csl",
             "--metadata=link-citations:true",
             "--lua-filter=assets/crossref.lua", "--lua-filter=assets/unbroken.lua",
             "--to=json", f"--output={parsed.name}"],
            document.parent, timeout,
        )  # fmt: skip
    return [
        _pandoc(), parsed.name, "--from=json", "--standalone", "--wrap=none",
        "--lua-filter=assets/apa.lua",
    ]  # fmt: skip


def _typeset(source: Path, pdf: Path) -> None:
    import typst

    try:
        # Typst carries the fonts of the template; those of the machine would change the page.
        _, warnings = typst.compile_with_warnings(
            str(source), output=str(pdf), root=str(source.parent), ignore_system_fonts=True
        )
    except typst.TypstError as error:
        raise ManuscriptError("Typst cannot set the PDF.", [str(error)]) from None
    for warning in warnings:
        logger.warning("typst: %s", warning.message)


def _run(command: Sequence[str | Path], folder: Path, timeout: float) -> str:
    """Run a program; its output goes to the log, its failure is raised as an error."""
    name = Path(command[0]).name
    environment = os.environ | {
        "SOURCE_DATE_EPOCH": "315532800",
        "NO_COLOR": "1",
        # Quarto's Typst: as in `_typeset`, fonts of the machine would change the page.
        "TYPST_IGNORE_SYSTEM_FONTS": "true",
    }
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # so that a program that hangs takes its children with it
    ) as program:
        try:
            output, complaints = program.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)
            raise ManuscriptError(
                f"{name} did not finish within {timeout:g} seconds.",
                ["render again when the machine is less busy, or raise the time limit"],
            ) from None
    complaints = _ANSI_COLOUR.sub("", complaints).strip()
    if complaints:
        logger.info("%s: %s", name, complaints)
    if program.returncode:
        problems = list(dict.fromkeys(_FILTER_MESSAGE.findall(complaints)))
        # Quarto ends an error with the places in its own code, which would hide the reason.
        reasons = [line for line in complaints.splitlines() if not line.lstrip().startswith("at ")]
        raise ManuscriptError(
            f"{name} stopped with exit status {program.returncode}.",
            problems or reasons[-20:],
        )
    return output


def _find_quarto() -> Path | None:
    named = os.environ.get("QUARTO_PATH")
    if named:
        program = shutil.which(named)
        if program is None:
            raise ManuscriptError(
                f"QUARTO_PATH is {named!r}, which is not a program that can be run.",
                ["set it to the path of Quarto's executable, or unset it"],
            )
        return Path(program).absolute()
    program = shutil.which("quarto")
    return Path(program).absolute() if program else None


def _quarto_version(quarto: Path) -> str:
    version = _run([quarto, "--version"], Path.cwd(), timeout=60).strip()
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < OLDEST_QUARTO:
        oldest = ".".join(map(str, OLDEST_QUARTO))
        raise ManuscriptError(
            f"Quarto {version} at {quarto} is too old.",
            [f"install {oldest} or newer, or choose renderer: embedded"],
        )
    return version


def _pandoc() -> str:
    try:
        import pypandoc
    except ImportError:
        raise ManuscriptError(
            "The package pypandoc_binary is missing.", ["install the packages of the lock file"]
        ) from None
    # Pandoc of the wheel, never one that happens to be on PATH.
    return str(Path(pypandoc.__file__).parent / "files" / "pandoc")


def _embedded_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    pandoc = _run([_pandoc(), "--version"], Path.cwd(), timeout=60).split()[1]
    try:
        return f"pandoc {pandoc}, typst {version('typst')}"
    except PackageNotFoundError:
        raise ManuscriptError(
            "The package typst is missing.", ["install the packages of the lock file"]
        ) from None


def _move_into_place(moves: Mapping[Path, Path]) -> None:
    waiting = {}
    for source, target in moves.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        waiting[target.with_name(f".{target.name}.part")] = target
        shutil.copyfile(source, target.with_name(f".{target.name}.part"))
    for part, target in waiting.items():
        part.replace(target)


def _spelled(
    formulas: Mapping[str, Mapping[str, Any]], language: Language
) -> dict[str, dict[str, Any]]:
    """The kinds of statistics with their words in the spelling of a language."""
    return {
        key: {
            **formula,
            "label": respelled(formula["label"], language),
            "formula": respelled(formula["formula"], language),
        }
        for key, formula in formulas.items()
    }


def finish_html_page(page: Path, explanations: Mapping[str, Any], assets: Path) -> None:
    """Put the explanation of every printed number into the page, so that it needs no network.

    Parameters
    ----------
    page : Path
        An HTML page written by pandoc or Quarto; changed in place.
    explanations : mapping
        See `attune.record.provenance.explanations.explain_statistics`.
    assets : Path
        Folder with explain.css and explain.js.

    Raises
    ------
    ManuscriptError
        The page prints a statistic that the explanations do not know.
    """
    text = page.read_text(encoding="utf-8")
    printed = _PRINTED_STATISTIC.findall(text)
    ids = list(dict.fromkeys(name for names in printed for name in names.split()))
    unknown = [name for name in ids if name not in explanations["statistics"]]
    if unknown:
        raise ManuscriptError(
            f"{len(unknown)} of the printed statistics have no explanation. Run all again.",
            unknown[:_MOST_UNKNOWN],
        )
    style = (assets / "explain.css").read_text(encoding="utf-8")
    script = (assets / "explain.js").read_text(encoding="utf-8")
    entries = json_text(explanation_entries(explanations, ids))
    data = f'<script type="application/json" id="explanations">{entries}</script>'
    text = _before("</head>", f"<style>\n{style}</style>\n", text)
    text = _before("</body>", f"{data}\n<script>\n{script}</script>\n", text)
    page.write_text(text, encoding="utf-8")


def _before(end: str, new: str, text: str) -> str:
    """The text with a new part before the last occurrence of `end`."""
    head, separator, tail = text.rpartition(end)
    if not separator:
        raise ManuscriptError(f"The page has no {end}, so that its numbers cannot be explained.")
    return f"{head}{new}{separator}{tail}"
