"""Word documents: our styles in, and the running head on every page of what pandoc renders."""

import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from docx.document import Document
    from docx.section import Section

TEXT_WIDTHS = {"portrait": 9360, "landscape": 12960}
"""Width of the text of a letter page with margins of an inch, in twentieths of a point."""

LETTER = {
    **{"page_width": 12240, "page_height": 15840},
    **{f"{side}_margin": 1440 for side in ("top", "right", "bottom", "left")},
    **{"header_distance": 720, "footer_distance": 720, "gutter": 0},
}
"""Page for sections that pandoc gives no size, in twentieths of a point."""

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
    with zipfile.ZipFile(default) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    _write_parts(target, parts | {"word/styles.xml": styles.read_bytes()})


def finish_word_document(
    document: Path,
    running_head: str,
    notice: str,
    authors: Sequence[str] = (),
    line_numbers: bool = False,
) -> None:
    """Put the running head, the page number and the notice on every page; set the properties.

    The properties name the authors, and no date.

    Parameters
    ----------
    document : Path
        A .docx written by pandoc or Quarto; changed in place.
    running_head : str
    notice : str
        "" for real data.
    authors : sequence of str
        Names for the properties of the file; none of a masked document.
    line_numbers : bool
        Whether all lines of text are numbered through.

    Notes
    -----
    A section without a header shows that of the section before it, but the first section has none
    before it. So every section gets a header, also those around landscape pages.
    """
    import docx

    opened = docx.Document(str(document))
    _add_headers(opened, running_head, notice)
    _keep_tables_whole(opened)
    _remove_empty_last_section(opened)
    for section in opened.sections:
        _complete_section(section)
        if line_numbers:
            _number_lines(section)
    opened.core_properties.author = "; ".join(authors)
    properties = opened.core_properties._element
    for name in ("created", "modified"):
        for date in properties.xpath(f"dcterms:{name}"):
            properties.remove(date)
    saved = BytesIO()
    opened.save(saved)
    with zipfile.ZipFile(saved) as archive:
        _write_parts(document, {name: archive.read(name) for name in archive.namelist()})


def _keep_tables_whole(document: "Document") -> None:
    """Keep each table that fits on a page on one page."""
    from docx.oxml.ns import qn

    for table in document.element.body.iter(qn("w:tbl")):
        if len(list(table.iter(qn("w:tr")))) > LONGEST_WHOLE_TABLE:
            continue
        for style in table.iter(qn("w:pStyle")):
            style.getparent().get_or_add_keepNext()


def _remove_empty_last_section(document: "Document") -> None:
    """Make a landscape page at the very end the last section, not followed by an empty one.

    Pandoc ends such a page by a section break: a paragraph of its own, behind which only bookmarks
    may end before the properties of the last section.
    """
    from docx.oxml.ns import qn

    body = document.element.body
    last = body.sectPr
    paragraph = last.getprevious() if last is not None else None
    while paragraph is not None and paragraph.tag == qn("w:bookmarkEnd"):
        paragraph = paragraph.getprevious()
    if paragraph is None or paragraph.tag != qn("w:p") or paragraph.style != "SectionBreak":
        return
    section = paragraph.pPr.sectPr
    if section is not None:
        body.remove(paragraph)
        body.replace(last, section)


def _complete_section(section: "Section") -> None:
    """Refer to the header of the page's orientation, and add the size where there is none."""
    from docx.enum.section import WD_HEADER_FOOTER, WD_ORIENTATION
    from docx.shared import Twips

    page = "landscape" if section.orientation == WD_ORIENTATION.LANDSCAPE else "portrait"
    if section.page_width is None:
        for name, twips in LETTER.items():
            setattr(section, name, Twips(twips))
    section._sectPr.add_headerReference(WD_HEADER_FOOTER.PRIMARY, page)


def _number_lines(section: "Section") -> None:
    """Number the lines of a section, going on from the section before it."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    numbering = OxmlElement("w:lnNumType")
    numbering.set(qn("w:countBy"), "1")
    numbering.set(qn("w:restart"), "continuous")
    # The schema puts it behind the margins.
    section._sectPr.find(qn("w:pgMar")).addnext(numbering)


def _add_headers(document: "Document", running_head: str, notice: str) -> None:
    """Add the parts with the headers of portrait and landscape pages."""
    from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    for page, width in TEXT_WIDTHS.items():
        part = Part(
            PackURI(f"/word/{page}.xml"),
            CONTENT_TYPE.WML_HEADER,
            _header(running_head, notice, width).encode(),
            document.part.package,
        )
        document.part.rels.add_relationship(RELATIONSHIP_TYPE.HEADER, part, page)


def _header(running_head: str, notice: str, width: int) -> str:
    from docx.oxml.ns import nsdecls

    warning = (
        '<w:p><w:pPr><w:pStyle w:val="SyntheticNotice"/><w:jc w:val="center"/></w:pPr>'
        f'<w:r><w:rPr><w:sz w:val="16"/></w:rPr><w:t>{escape(notice)}</w:t></w:r></w:p>'
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f"<w:hdr {nsdecls('w')}>{warning if notice else ''}"
        '<w:p><w:pPr><w:pStyle w:val="Header"/>'
        f'<w:tabs><w:tab w:val="right" w:pos="{width}"/></w:tabs></w:pPr>'
        f"<w:r><w:rPr><w:caps/></w:rPr><w:t>{escape(running_head)}</w:t></w:r>"
        '<w:r><w:tab/></w:r><w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
        "</w:p></w:hdr>"
    )


def _write_parts(path: Path, parts: dict[str, bytes]) -> None:
    """Write a document as a zip whose bytes depend on its parts only."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            part = zipfile.ZipInfo(name, FIXED_TIME)
            part.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(part, content)
