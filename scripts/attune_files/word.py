"""What pandoc leaves undone in a Word document: our styles, and the header of every page."""

import re
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEADER_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"
HEADER_PART = "word/page_header.xml"
HEADER_ID = "rIdPageHeader"

PAGE = (
    '<w:pgSz w:w="12240" w:h="15840"/><w:pgMar w:top="1440" w:right="1440" w:bottom="1440"'
    ' w:left="1440" w:header="720" w:footer="720" w:gutter="0"/>'
)
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
"""Time stamp of every part, so that the same document gives the same bytes."""


def write_reference_document(default: Path, styles: Path, target: Path) -> None:
    """Make the reference document that gives pandoc (and Quarto) our Word styles.

    Parameters
    ----------
    default : Path
        Pandoc's own reference document.
    styles : Path
        The styles part, `reports/assets/word_styles.xml`.
    target : Path
        Where to write; may be the same file as `default`.
    """
    parts = _read_parts(default)
    parts["word/styles.xml"] = styles.read_bytes()
    _write_parts(target, parts)


def finish_word_document(document: Path, running_head: str, notice: str) -> None:
    """Put the running head, the page number and the notice on every page; fix the dates.

    Parameters
    ----------
    document : Path
        A .docx written by pandoc or Quarto; changed in place.
    running_head : str
    notice : str
        "" for real data.

    Notes
    -----
    A section without a header of its own shows the one before it, but the first section has none
    before it. So every section is given the header, also those around landscape pages.
    """
    parts = _read_parts(document)
    parts[HEADER_PART] = _header(running_head, notice).encode()
    _replace(
        parts,
        "word/_rels/document.xml.rels",
        "</Relationships>",
        f'<Relationship Id="{HEADER_ID}" Type="{RELATIONS}/header"'
        f' Target="{HEADER_PART.removeprefix("word/")}"/></Relationships>',
    )
    _replace(
        parts,
        "[Content_Types].xml",
        "</Types>",
        f'<Override PartName="/{HEADER_PART}" ContentType="{HEADER_TYPE}"/></Types>',
    )
    parts["word/document.xml"] = _with_headers(parts["word/document.xml"].decode()).encode()
    core = parts["docProps/core.xml"].decode()
    parts["docProps/core.xml"] = re.sub(
        r"<dcterms:(created|modified)\b.*?</dcterms:\1>", "", core, flags=re.DOTALL
    ).encode()
    _write_parts(document, parts)


def _with_headers(xml: str) -> str:
    reference = f'<w:headerReference xmlns:r="{RELATIONS}" w:type="default" r:id="{HEADER_ID}"/>'

    def complete(section: re.Match[str]) -> str:
        inside = section[1] or ""
        size = "" if "<w:pgSz" in inside else PAGE
        return f"<w:sectPr>{reference}{inside}{size}</w:sectPr>"

    pattern = r"<w:sectPr(?:\s*/>|\s*>(.*?)</w:sectPr>)"
    return re.sub(pattern, complete, xml, flags=re.DOTALL)


def _header(running_head: str, notice: str) -> str:
    warning = (
        '<w:p><w:pPr><w:pStyle w:val="SyntheticNotice"/><w:jc w:val="center"/></w:pPr>'
        f'<w:r><w:rPr><w:sz w:val="16"/></w:rPr><w:t>{escape(notice)}</w:t></w:r></w:p>'
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<w:hdr xmlns:w="{MAIN}">{warning if notice else ""}'
        '<w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr>'
        f"<w:r><w:rPr><w:caps/></w:rPr><w:t>{escape(running_head)}</w:t></w:r>"
        '<w:r><w:tab/></w:r><w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
        "</w:p></w:hdr>"
    )


def _replace(parts: dict[str, bytes], name: str, old: str, new: str) -> None:
    parts[name] = parts[name].decode().replace(old, new).encode()


def _read_parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _write_parts(path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            part = zipfile.ZipInfo(name, FIXED_TIME)
            part.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(part, content)
