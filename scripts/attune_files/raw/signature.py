"""Kind of a raw file by its content; files whose content contradicts their format are refused."""

import gzip
import hashlib
import re
import stat
import zipfile
import zlib
from pathlib import Path

from attune.specs.errors import RawDataError
from attune.specs.raw_file import RawFile

_BEGINNINGS = {
    b"$FL2": "sav",
    b"$FL3": "sav",
    b"<stata_dta>": "dta",
    b"HEADER RECORD*******LIB": "xpt",
    b"\x00" * 12 + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c"): "sas7bdat",
    b"PAR1": "parquet",
    b"%PDF": "pdf",
    b"ARROW1": "feather",
    b"RDX": "r",
    b"X\n\x00\x00": "r",
}
_OLD_STATA = range(102, 116)
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
"""First bytes of Office files before 2007, and of newer ones with a password."""
_COMPRESSED = b"\x1f\x8b"
_JSON = re.compile(rb"(\xef\xbb\xbf)?\s*[\[{]\s*[\[{\"]")

FORMATS = {
    "xlsx": "excel",
    "ods": "ods",
    "sav": "spss",
    "por": "spss",
    "dta": "stata",
    "sas7bdat": "sas",
    "xpt": "sas",
    "parquet": "parquet",
    "text": "csv",
}
"""Kind of content -> format of the cohort file."""

PROGRAMS = {
    "csv": "CSV file or other text",
    "excel": "Excel file (.xlsx)",
    "ods": "OpenDocument sheet (.ods)",
    "spss": "SPSS file",
    "stata": "Stata file",
    "sas": "SAS file",
    "parquet": "Parquet file",
}
"""Format -> its name in messages."""

MOST_UNPACKED = 4_000_000_000
"""Bytes of a spreadsheet file once unpacked: a million rows of a hundred answers take two."""

_STRANGERS = {
    "xls": (
        "It is an Excel file of before 2007 (.xls), or another old Office file.",
        "Open it in Excel or LibreOffice and save it as .xlsx.",
    ),
    "locked": (
        "It is protected by a password.",
        "Open it, save a copy without a password, and keep that copy where the data may lie.",
    ),
    "xlsb": ("It is a binary Excel file (.xlsb).", "Open it in Excel and save it as .xlsx."),
    "zip": ("It is a compressed archive.", "Unpack it and name the file inside."),
    "r": (
        "It is a file of R.",
        'In R, write the table with write.csv(table, "table.csv", row.names = FALSE), and name that'
        " file.",
    ),
    "jamovi": ("It is a project of jamovi.", "Export the data from jamovi as CSV or SPSS file."),
    "jasp": ("It is a project of JASP.", "Export the data from JASP as CSV."),
    "feather": ("It is a Feather file.", "Save the table as Parquet or CSV."),
    "json": ("It is a JSON file.", "Export the table as CSV, one row per person or visit."),
    "pdf": ("It is a PDF.", "Export the data themselves."),
    "html": (
        "It is a web page, as some survey programs call an Excel file.",
        "Open it in Excel or LibreOffice and save it as .xlsx.",
    ),
}
"""Kind of content that is never read -> what it is and what to do."""
_UNKNOWN = "It is damaged, or of a kind that attune does not know. Export it again."


def check_raw_file(path: Path, declared: RawFile) -> None:
    """Refuse a file that is absent, empty, changed, or not of its format.

    Raises
    ------
    RawDataError
        With what was expected, what was found and the remedy.
    """
    content = content_kind(path)
    if declared.sha256 is not None:
        _check_sum(path, declared.sha256)
    kind = declared.kind()
    if FORMATS.get(content) == kind:
        return
    if content == "unknown":
        raise RawDataError(f"{path.name} is not {article(PROGRAMS[kind])}.", [_UNKNOWN])
    refuse_unreadable_kinds(path, content)
    is_one = article(PROGRAMS[FORMATS[content]])
    remedy = f"It is {is_one}. Set `format: {FORMATS[content]}` of this file in cohort.yaml,"
    raise RawDataError(
        f"{path.name} is not {article(PROGRAMS[kind])}.", [f"{remedy} or export the file again."]
    )


def refuse_unreadable_kinds(path: Path, content: str) -> None:
    """Refuse files without a readable table, such as those with a password.

    Parameters
    ----------
    path : Path
    content : str
        As `content_kind` gives it.

    Raises
    ------
    RawDataError
        With the kind of the file and the remedy.
    """
    if content == "empty":
        raise RawDataError(f"{path.name} is empty.", ["Export the file again."])
    if content == "unknown":
        raise RawDataError(f"{path.name} cannot be read.", [_UNKNOWN])
    if content in _STRANGERS:
        raise RawDataError(f"{path.name} cannot be read.", [" ".join(_STRANGERS[content])])


def article(program: str) -> str:
    """A program's file with its article.

    Examples
    --------
    >>> article("SPSS file"), article("Stata file")
    ('an SPSS file', 'a Stata file')
    """
    return f"{'an' if program[0] in 'EO' or program[:4] == 'SPSS' else 'a'} {program}"


def content_kind(path: Path) -> str:
    """What a file is by its content.

    Returns
    -------
    str
        "xlsx", "ods", "sav", "por", "dta", "sas7bdat", "xpt", "parquet" or "text", which are read;
        "xls", "locked", "xlsb", "zip", "pdf", "html", "r", "jamovi", "jasp", "feather" or "json",
        which are not; "empty" or "unknown".

    Raises
    ------
    RawDataError
        The file does not exist or cannot be opened.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            kind = "folder" if path.is_dir() else "pipe or device"
            raise RawDataError(
                f"{path.name} is a {kind}, not a file.", ["Put the file itself there."]
            )
        with path.open("rb") as opened:
            head = opened.read(4096)
    except FileNotFoundError:
        where = f"cohort.yaml names it, but the folder {path.parent.name} does not have it."
        raise RawDataError(
            f"{path.name} does not exist.", [f"{where} Add the file, or correct its name."]
        ) from None
    except OSError as error:
        raise RawDataError(f"{path.name} cannot be opened: {error.strerror}.") from None
    if not head:
        return "empty"
    for beginning, kind in _BEGINNINGS.items():
        if head.startswith(beginning):
            return kind
    if head.startswith(_COMPRESSED):
        return _compressed_kind(path)
    if head.startswith(b"PK"):
        return _zip_kind(path)
    if head.startswith(_COMPOUND):
        return "locked" if "EncryptedPackage".encode("utf-16-le") in path.read_bytes() else "xls"
    return _text_kind(head)


def _compressed_kind(path: Path) -> str:
    """R compresses its files; any other archive has to be unpacked by a person."""
    try:
        with gzip.open(path) as unpacked:
            head = unpacked.read(4)
    except (OSError, EOFError, zlib.error):
        return "zip"
    of_r = [beginning for beginning, kind in _BEGINNINGS.items() if kind == "r"]
    return "r" if head.startswith(tuple(of_r)) else "zip"


def _text_kind(head: bytes) -> str:
    if b"SPSS PORT FILE" in head:
        return "por"
    if head[0] in _OLD_STATA and head[1:2] in (b"\x01", b"\x02") and head[2:3] == b"\x01":
        return "dta"
    if head.lstrip().lower().startswith((b"<html", b"<!doctype html", b"<table", b"<meta")):
        return "html"
    if _JSON.match(head):
        return "json"
    marked = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    # UTF-16 is full of zero bytes also where its first two bytes do not say so.
    halves = {head[0::2].count(0), head[1::2].count(0)}
    wide = min(halves) == 0 and max(halves) > len(head) // 4
    return "text" if marked or wide or b"\x00" not in head else "unknown"


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > MOST_UNPACKED:
                raise RawDataError(
                    f"{path.name} cannot be read.",
                    [
                        f"Unpacked it would take {unpacked / 1e9:,.0f} GB, which no table of a"
                        " study does. It is damaged or made to harm; export the table as CSV."
                    ],
                )
            if "xl/workbook.xml" in names:
                return "xlsx"
            if "xl/workbook.bin" in names:
                return "xlsb"
            if {"metadata.json", "META-INF/MANIFEST.MF"} <= names:
                return "jamovi"
            if "manifest.json" in names and path.suffix.lower() == ".jasp":
                return "jasp"
            if "mimetype" in names and b"spreadsheet" in archive.read("mimetype"):
                locked = b"encryption-data" in archive.read("META-INF/manifest.xml")
                return "locked" if locked else "ods"
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError):
        return "unknown"
    return "zip"


def _check_sum(path: Path, expected: str) -> None:
    with path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    if digest != expected:
        raise RawDataError(
            f"{path.name} is not the file that cohort.yaml describes.",
            [
                f"its checksum is {digest}, expected is {expected}. Put the original file back; if"
                " the change is meant, write the new checksum as `sha256` of this file."
            ],
        )
