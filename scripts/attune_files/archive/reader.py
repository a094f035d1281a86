"""Reads an archive from an untrusted source: everything is checked before anything is written."""

import hashlib
import json
import shutil
import stat
import struct
import zipfile
import zlib
from lzma import LZMAError
from pathlib import Path

from attune.record.archive.manifest import (
    DESCRIPTION,
    FORMAT,
    MANIFEST,
    ArchiveDescription,
    manifest_problems,
    read_manifest,
)
from attune.record.archive.zip_safety import Entry, entry_problems
from attune.specs.closed_model import read_as
from attune.specs.errors import ArchiveError, ConfigurationError

_DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, zlib.error, struct.error, LZMAError)
"""What reading a damaged zip raises."""
_CHUNK = 1 << 20
_MOST_TEXT = 50_000_000
"""Bytes of the manifest and of archive.json that are read."""
_MOST_LISTED = 30


def unpack(archive: Path, folder: Path) -> ArchiveDescription:
    """Unpack an archive after verifying every file against its manifest.

    Parameters
    ----------
    archive : Path
        The zip.
    folder : Path
        An empty folder, or one that does not exist yet.

    Returns
    -------
    ArchiveDescription

    Raises
    ------
    ArchiveError
        It is not a zip or not an archive of attune, is one of another version, holds what no
        archive holds, or a file of it was changed, is missing or was added. Nothing is then
        unpacked.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            _refuse(archive, "is not unpacked", entry_problems(map(_entry, opened.infolist())))
            description = _description(archive, opened)
            declared = read_manifest(_text(archive, opened, MANIFEST))
            sums = {
                info.filename: _sum(opened, info)
                for info in opened.infolist()
                if not info.is_dir() and info.filename != MANIFEST
            }
            problems = manifest_problems(declared, sums)
            _refuse(archive, "is not what it was when it was made", problems)
            try:
                _extract(opened, folder)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
    except FileNotFoundError:
        raise ArchiveError(f"{archive} does not exist.") from None
    except _DAMAGED as error:
        raise ArchiveError(
            f"{archive} is not a zip, or a damaged one: {error}.",
            ["Give the file that `attune archive` wrote; fetch it again if it was sent."],
        ) from None
    except OSError as error:
        raise ArchiveError(f"{archive} cannot be read: {error.strerror or error}.") from None
    except (NotImplementedError, RuntimeError, ValueError) as error:
        if isinstance(error, ArchiveError | ConfigurationError):
            raise
        raise ArchiveError(f"{archive} cannot be unpacked: {error}.") from None
    return description


def _entry(info: zipfile.ZipInfo) -> Entry:
    mode = info.external_attr >> 16
    kind = stat.S_IFMT(mode)
    plain = kind in (0, stat.S_IFREG, stat.S_IFDIR)
    # zipfile cuts a name at a NUL byte; orig_filename is the name as written.
    name = info.orig_filename.rstrip("/") if info.is_dir() else info.orig_filename
    encrypted = bool(info.flag_bits & 1)
    return Entry(name, info.file_size, info.compress_size, not plain, encrypted, info.is_dir())


def _refuse(archive: Path, what: str, problems: list[str]) -> None:
    if problems:
        more = len(problems) - _MOST_LISTED
        listed = problems[:_MOST_LISTED] + ([f"and {more:,} more"] if more > 0 else [])
        raise ArchiveError(f"{archive} {what}.", listed)


def _text(archive: Path, opened: zipfile.ZipFile, name: str) -> str:
    try:
        info = opened.getinfo(name)
    except KeyError:
        raise ArchiveError(
            f"{archive} is not an archive of attune: {name} is missing.",
            ["Give the file that `attune archive` wrote, as it was."],
        ) from None
    if info.file_size > _MOST_TEXT:
        raise ArchiveError(f"{archive} is not an archive of attune: {name} is too large.")
    try:
        return opened.read(info).decode("utf-8")
    except UnicodeDecodeError:
        raise ArchiveError(f"{archive}: {name} is not UTF-8.") from None


def _description(archive: Path, opened: zipfile.ZipFile) -> ArchiveDescription:
    text = _text(archive, opened, DESCRIPTION)
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise ArchiveError(f"{archive}: {DESCRIPTION} is not JSON: {error}.") from None
    made = content.get("format") if isinstance(content, dict) else None
    if isinstance(made, int | str) and str(made) != str(FORMAT):
        with_ = content.get("attune", "unknown")
        raise ArchiveError(
            f"{archive} has the layout {made}; this attune reads layout {FORMAT}.",
            [f"Use the version of attune that made it: {with_}."],
        )
    return read_as(ArchiveDescription, content, DESCRIPTION)


def _sum(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    """The SHA-256 sum of an entry; never more is unpacked than the zip's directory declares."""
    digest = hashlib.sha256()
    with opened.open(info) as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _extract(opened: zipfile.ZipFile, folder: Path) -> None:
    for info in opened.infolist():
        target = folder / info.filename
        if info.is_dir():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(info) as content, target.open("xb") as written:
            shutil.copyfileobj(content, written, _CHUNK)
