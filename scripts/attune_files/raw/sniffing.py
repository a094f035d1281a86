"""Guess format, encoding, delimiter and header of a raw file, for a draft cohort file."""

import codecs
import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from attune.specs.raw_file import FORMAT_OF_ENDING
from attune_files.raw.redcap import is_redcap_dictionary
from attune_files.raw.signature import FORMATS, content_kind, refuse_unreadable_kinds
from attune_files.raw.table import (
    DELIMITERS,
    grid_names,
    is_qualtrics_row,
    marked_encoding,
    refuse_too_many_columns,
    worded_repeats,
)

_BLOCK = 1 << 20
_MOST_LINES = 200
"""Lines of a CSV file that the guesses look at."""

_COMMA = re.compile(r"[+-]?\d+,\d+")
_POINT = re.compile(r"[+-]?\d+\.\d+")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
REDCAP_STATE = "Complete?"
"""Heading of the state of each form in a REDCap export with labels."""
MOST_REPEATS = 3
"""Repeated headings that a remark names."""
_REDCAP_COLUMNS = ("redcap_event_name", "redcap_repeat_instance", "redcap_data_access_group")


@dataclass(frozen=True)
class Sniffed:
    """One guess about a raw file.

    Attributes
    ----------
    key : str
        A key of `RawFile`.
    value : str or int
    reason : str
        Evidence in the file, in a reader's words.
    """

    key: str
    value: str | int | bool
    reason: str


def sniff_raw_file(path: Path, requested: str | None = None) -> list[Sniffed]:
    """The keys of `RawFile` that are needed to read a file, guessed from its content.

    Parameters
    ----------
    path : Path
    requested : str, optional
        The sheet of a workbook; without it, the one with most rows.

    Returns
    -------
    list of Sniffed
        Only keys whose value is not the default, and the encoding and delimiter of a CSV file.

    Raises
    ------
    RawDataError
        The file cannot be opened, is empty or damaged, has a password, or is not a table at all.
    """
    content = content_kind(path)
    refuse_unreadable_kinds(path, content)
    kind = FORMATS[content]
    guesses = []
    if FORMAT_OF_ENDING.get(path.suffix.lower().removeprefix(".")) != kind:
        guesses.append(Sniffed("format", kind, "by the content of the file, not by its ending"))
    if kind == "csv":
        encoding = _encoding(path)
        _refuse_wide_lines(path, str(encoding.value))
        delimiter, lines = _delimiter(_beginning(path, str(encoding.value)))
        guesses += [encoding, delimiter, *_decimal(lines, str(delimiter.value))]
    elif kind in ("excel", "ods"):
        sheet, lines = _sheet(path, kind, requested)
        guesses += sheet
    else:
        return guesses
    headed = _header_rows(lines)
    return [*guesses, *headed, *_repeats(lines, headed), *_redcap(lines, path)]


def _encoding(path: Path) -> Sniffed:
    with path.open("rb") as opened:
        marked = marked_encoding(opened.read(4))
    if marked is not None:
        return Sniffed("encoding", marked, "the first bytes of the file say so")
    if _decodes(path, "utf-8"):
        return Sniffed("encoding", "utf-8", "every character of the file fits it")
    if _decodes(path, "cp1252"):
        return Sniffed("encoding", "cp1252", "the file is not utf-8; older Excel writes cp1252")
    return Sniffed("encoding", "latin-1", "the file is neither utf-8 nor cp1252")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as opened:
            while block := opened.read(_BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_wide_lines(path: Path, encoding: str) -> None:
    """Refuse a file by its first line: cutting two hundred so wide ones takes minutes."""
    with path.open(encoding=encoding, errors="replace", newline="") as opened:
        first = opened.readline()
    refuse_too_many_columns(path.name, 1 + max(map(first.count, DELIMITERS.values())))


def _beginning(path: Path, encoding: str) -> list[str]:
    """The first lines of a file, with their line ends."""
    written = "utf-8-sig" if encoding == "utf-8" else encoding
    with path.open(encoding=written, errors="replace", newline="") as opened:
        return [line for line, _ in zip(opened, range(_MOST_LINES), strict=False)]


def _delimiter(written: list[str]) -> tuple[Sniffed, list[list[str]]]:
    """The delimiter that gives most lines the width of the first one, and the lines cut by it."""
    best, score, lines = ",", (0.0, 1), [[line.strip()] for line in written]
    for name, sign in DELIMITERS.items():
        try:
            cut = [[c.strip() for c in line] for line in csv.reader(written, delimiter=sign)]
        except csv.Error:
            continue
        cut = [line for line in cut if any(line)]
        widths = Counter(map(len, cut))
        width = max(widths, key=lambda entry: (widths[entry], entry), default=1)
        if width > 1 and (widths[width] / len(cut), width) > score:
            best, score, lines = name, (widths[width] / len(cut), width), cut
    if score[1] == 1:
        return Sniffed("delimiter", best, "the file seems to have a single column"), lines
    share = "every line" if score[0] == 1 else f"{score[0]:.0%} of the lines looked at"
    return Sniffed("delimiter", best, f"it cuts {share} into {score[1]} cells"), lines


def _decimal(lines: list[list[str]], delimiter: str) -> list[Sniffed]:
    if delimiter == ",":
        return []
    cells = [cell for line in lines[1:] for cell in line]
    commas = sum(bool(_COMMA.fullmatch(cell)) for cell in cells)
    points = sum(bool(_POINT.fullmatch(cell)) for cell in cells)
    if commas <= points:
        return []
    reason = f"{commas} cells look like 3,5" + (f", {points} like 3.5" if points else "")
    return [Sniffed("decimal", ",", reason)]


def filled_sheets(path: Path) -> list[str]:
    """The sheets of a workbook that hold anything; none of other files."""
    kind = FORMATS[content_kind(path)]
    return list(_filled_sheets(path, kind)) if kind in ("excel", "ods") else []


def _filled_sheets(path: Path, kind: str) -> dict[str, list[list[str]]]:
    if kind == "excel":
        from attune_files.raw.excel import sheet_lines
    else:
        from attune_files.raw.ods import sheet_lines
    return {name: lines for name, lines in sheet_lines(path).items() if any(map(any, lines))}


def _sheet(path: Path, kind: str, requested: str | None) -> tuple[list[Sniffed], list[list[str]]]:
    """The sheet with most rows or the requested one, named if there is a choice, and its lines."""
    sheets = _filled_sheets(path, kind)
    if not sheets:
        return [], []
    rows = {name: sum(map(any, lines)) for name, lines in sheets.items()}
    chosen = requested or max(rows, key=lambda name: rows[name])
    if len(sheets) == 1:
        return [], sheets[chosen]
    if requested is not None:
        return [Sniffed("sheet", chosen, f"one of {len(rows)} sheets")], sheets[chosen]
    others = ", ".join(f"{name!r} {count}" for name, count in rows.items() if name != chosen)
    reason = f"it has most rows ({rows[chosen]}) of {len(rows)} sheets; {others}"
    return [Sniffed("sheet", chosen, reason)], sheets[chosen]


def _header_rows(lines: list[list[str]]) -> list[Sniffed]:
    """A Qualtrics export, two rows of headings, labels below or titles above the column names."""
    for number, line in enumerate(lines[:3], start=1):
        if is_qualtrics_row(line):
            reason = f"row {number} holds the import ids of a Qualtrics export"
            return [Sniffed("header_rows", number, reason)]
    if _continues_headings(lines):
        reason = "row 2 continues the headings of row 1, as in an export of SurveyMonkey"
        names = grid_names(lines[0], lines[1])
        way = "grid" if len(set(names)) == len(names) else "joined"
        return [Sniffed("header_rows", 2, reason), Sniffed("names", way, reason)]
    if _is_labels(lines):
        reason = "row 2 holds texts above numbers, as the labels of an export of SoSci Survey"
        return [Sniffed("header_rows", 2, reason)]
    filled = [sum(map(bool, line)) for line in lines[:20]]
    needed = max(2, max(filled, default=0) / 2)
    first = next((number for number, count in enumerate(filled, start=1) if count >= needed), 1)
    if not 1 < first <= 5:
        return []
    reason = f"the rows above row {first} have hardly any cells, as titles do"
    return [Sniffed("header_rows", first, reason), Sniffed("names", "last", reason)]


def _repeats(lines: list[list[str]], headed: list[Sniffed]) -> list[Sniffed]:
    """Headings that stand more than once because they are questions or labels."""
    ways = {guess.key: guess.value for guess in headed}
    rows = lines[: int(ways.get("header_rows", 1))]
    if not rows or ways.get("names", "first") != "first":
        return []
    twice = worded_repeats(rows[0])
    if not twice:
        return []
    if twice == [REDCAP_STATE]:
        reason = f"REDCap writes {REDCAP_STATE!r} behind each form; none is an answer"
        return [Sniffed("numbered_repeats", True, reason)]
    shown = ", ".join(map(repr, [name for name in twice if name != REDCAP_STATE][:MOST_REPEATS]))
    reason = (
        f"CHECK: {len(twice)} headings stand more than once ({shown}); the second of each is read"
        " with (2) behind it, and so on. Are these different questions?"
    )
    return [Sniffed("numbered_repeats", True, reason)]


def _continues_headings(lines: list[list[str]]) -> bool:
    """Whether row 2 names every column that row 1 leaves open, and leaves others open itself.

    The first row names simple questions and the beginning of each grid, the second the rows of the
    grids; titles above names leave no name open in the second row.
    """
    if len(lines) < 3 or len(lines[0]) != len(lines[1]):
        return False
    pairs = list(zip(lines[0], lines[1], strict=True))
    only_above = sum(bool(above and not below) for above, below in pairs)
    only_below = sum(bool(below and not above) for above, below in pairs)
    return all(above or below for above, below in pairs) and min(only_above, only_below) >= 2


def _is_labels(lines: list[list[str]]) -> bool:
    """Whether row 2 holds texts in the columns, three or more, that hold numbers further below."""
    if len(lines) < 5 or len({len(line) for line in lines[:2]}) > 1:
        return False
    numeric = []
    for place, label in enumerate(lines[1]):
        cells = [line[place] for line in lines[2:] if place < len(line) and line[place]]
        if len(cells) >= 3 and all(map(_NUMBER.fullmatch, cells)):
            numeric.append(any(map(str.isalpha, label)))
    return len(numeric) >= 3 and all(numeric)


def _redcap(lines: list[list[str]], path: Path) -> list[Sniffed]:
    """The record id and the data dictionary of a REDCap export."""
    header = lines[0] if lines else []
    marks = [name for name in _REDCAP_COLUMNS if name in header]
    if not header or not (marks or header[0] == "record_id"):
        return []
    reason = f"it is the first column of a REDCap export ({(marks or ['record_id'])[0]})"
    guesses = [Sniffed("dyad", header[0], reason)]
    neighbours = [entry for entry in sorted(path.parent.glob("*.csv")) if entry.name != path.name]
    dictionaries = [entry.name for entry in neighbours if is_redcap_dictionary(entry)]
    if len(dictionaries) == 1:
        guesses.append(
            Sniffed("dictionary", dictionaries[0], "a REDCap data dictionary in the same folder")
        )
    return guesses
