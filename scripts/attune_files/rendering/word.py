"""What pandoc leaves undone in a Word document: our styles, and the header of every page."""

import re
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEADER_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"
TEXT_WIDTHS = {"portrait": 9360, "landscape": 12960}
"""Of a letter page with margins of an inch, in twentieths of a point."""

PAGE = (
    '<w:pgSz w:w="12240" w:h="15840"/><w:pgMar w:top="1440" w:right="1440" w:bottom="1440"'
    ' w:left="1440" w:header="720" w:footer="720" w:gutter="0"/>'
)
LONGEST_WHOLE_TABLE = 30
"""Rows of the longest table that is kept on one page."""
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
    for page, width in TEXT_WIDTHS.items():
        parts[f"word/{page}.xml"] = _header(running_head, notice, width).encode()
        _insert(
            parts,
            "word/_rels/document.xml.rels",
            f'<Relationship Id="{page}" Type="{RELATIONS}/header" Target="{page}.xml"/>',
            before="</Relationships>",
        )
        _insert(
            parts,
            "[Content_Types].xml",
            f'<Override PartName="/word/{page}.xml" ContentType="{HEADER_TYPE}"/>',
            before="</Types>",
        )
    xml = parts["word/document.xml"].decode()
    parts["word/document.xml"] = _with_headers(_with_whole_tables(xml)).encode()
    core = parts["docProps/core.xml"].decode()
    parts["docProps/core.xml"] = re.sub(
        r"<dcterms:(created|modified)\b.*?</dcterms:\1>", "", core, flags=re.DOTALL
    ).encode()
    _write_parts(document, parts)


def _with_whole_tables(xml: str) -> str:
    """A table that fits on a page is not broken across two."""

    def keep_together(table: re.Match[str]) -> str:
        if table[0].count("<w:tr>") > LONGEST_WHOLE_TABLE:
            return table[0]
        return re.sub(r"(<w:pStyle [^>]*/>)", r"\1<w:keepNext/>", table[0])

    return re.sub(r"<w:tbl>.*?</w:tbl>", keep_together, xml, flags=re.DOTALL)


def _with_headers(xml: str) -> str:
    def complete(section: re.Match[str]) -> str:
        inside = section[1] or ""
        page = "landscape" if 'w:orient="landscape"' in inside else "portrait"
        reference = f'<w:headerReference xmlns:r="{RELATIONS}" w:type="default" r:id="{page}"/>'
        size = "" if "<w:pgSz" in inside else PAGE
        return f"<w:sectPr>{reference}{inside}{size}</w:sectPr>"

    pattern = r"<w:sectPr(?:\s*/>|\s*>(.*?)</w:sectPr>)"
    return re.sub(pattern, complete, _without_empty_end(xml), flags=re.DOTALL)


def _without_empty_end(xml: str) -> str:
    """A landscape page at the very end is the last section, not followed by an empty one."""
    last_break = (
        r'<w:p>\s*<w:pPr>\s*<w:pStyle w:val="SectionBreak"\s*/>\s*(<w:sectPr>(?:(?!</w:p>).)*)'
        r"</w:pPr>\s*</w:p>((?:\s|<w:bookmarkEnd[^>]*>)*)"
        r"<w:sectPr(?:\s*/>|\s*>(?:(?!<w:p>).)*</w:sectPr>)\s*</w:body>"
    )
    return re.sub(last_break, r"\2\1</w:body>", xml, flags=re.DOTALL)


def _header(running_head: str, notice: str, width: int) -> str:
    warning = (
        '<w:p><w:pPr><w:pStyle w:val="SyntheticNotice"/><w:jc w:val="center"/></w:pPr>'
        f'<w:r><w:rPr><w:sz w:val="16"/></w:rPr><w:t>{escape(notice)}</w:t></w:r></w:p>'
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<w:hdr xmlns:w="{MAIN}">{warning if notice else ""}'
        '<w:p><w:pPr><w:pStyle w:val="Header"/>'
        f'<w:tabs><w:tab w:val="right" w:pos="{width}"/></w:tabs></w:pPr>'
        f"<w:r><w:rPr><w:caps/></w:rPr><w:t>{escape(running_head)}</w:t></w:r>"
        '<w:r><w:tab/></w:r><w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
        "</w:p></w:hdr>"
    )


def _insert(parts: dict[str, bytes], name: str, new: str, before: str) -> None:
    parts[name] = parts[name].decode().replace(before, new + before).encode()


def _read_parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _write_parts(path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            part = zipfile.ZipInfo(name, FIXED_TIME)
            part.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(part, content)
