"""Writes an archive: the same run always gives the same bytes, and no partial file is left."""

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from attune.record.archive.manifest import DESCRIPTION, MANIFEST, ArchiveDescription, manifest_text
from attune_files.archive.contents import Source, archive_contents
from attune_files.archive.crate import METADATA, crate_metadata
from attune_files.archive.run import finished_run
from attune_files.archive.synthesis_contents import synthesis_contents
from attune_files.steps.file_sums import sha256_of

GUIDE = "ARCHIVE.md"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""Time of every entry: the earliest that a zip can hold."""
_PLAIN_FILE = 0o100644 << 16
_CHUNK = 1 << 20


def write_archive(
    name: str, source: Source, target: Path, *, synthesis: bool = False
) -> ArchiveDescription:
    """Archive the finished run of a cohort or synthesis.

    Parameters
    ----------
    name : str
    source : Source
        The project, and where its results are.
    target : Path
        The zip; it appears under its name when it is complete.
    synthesis : bool
        Whether the name is that of a synthesis.

    Returns
    -------
    ArchiveDescription
        Description of the archive.

    Raises
    ------
    ArchiveError
        The run is not complete and up to date.
    ConfigurationError
        The cohort or synthesis, or one of its files, cannot be read.
    """
    run = finished_run(name, source.find, source.folder, synthesis=synthesis)
    collect = synthesis_contents if synthesis else archive_contents
    contents, description, work, choices = collect(name, run, source)
    files = dict(contents.files)
    files[DESCRIPTION] = _as_json(description)
    files[GUIDE] = _guide(description)
    sums = {path: (_sum(content), _size(content)) for path, content in files.items()}
    files[METADATA] = crate_metadata(sums, description, work, choices, contents.raw, run.inputs())
    sums[METADATA] = (_sum(files[METADATA]), _size(files[METADATA]))
    files[MANIFEST] = manifest_text({path: entry[0] for path, entry in sums.items()}).encode()
    _write_zip(files, target)
    return description


def _as_json(description: ArchiveDescription) -> bytes:
    text = json.dumps(description.model_dump(), indent=1, sort_keys=True, ensure_ascii=False)
    return (text + "\n").encode()


def _sum(content: Path | bytes) -> str:
    if isinstance(content, Path):
        return sha256_of(content)
    return hashlib.sha256(content).hexdigest()


def _size(content: Path | bytes) -> int:
    return content.stat().st_size if isinstance(content, Path) else len(content)


def _write_zip(files: Mapping[str, Path | bytes], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    unfinished = Path(name)
    try:
        with os.fdopen(number, "wb") as opened, zipfile.ZipFile(opened, "w") as archive:
            for path in sorted(files):
                _write_entry(archive, path, files[path])
        unfinished.chmod(0o644)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _write_entry(archive: zipfile.ZipFile, path: str, content: Path | bytes) -> None:
    entry = zipfile.ZipInfo(path, _LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, wherever it is written
    entry.external_attr = _PLAIN_FILE
    entry.file_size = _size(content)
    with archive.open(entry, "w") as written:
        if isinstance(content, bytes):
            written.write(content)
            return
        with content.open("rb") as opened:
            while chunk := opened.read(_CHUNK):
                written.write(chunk)


def _guide(description: ArchiveDescription) -> bytes:
    included = "are in it" if description.raw_included else "are NOT in it"
    rows = [
        ("every statistic", f"`{description.results}statistics/`"),
        ("who, what, when, with which versions", f"`{METADATA}` (a Workflow Run RO-Crate)"),
        ("the sum of every file", f"`{MANIFEST}`; `sha256sum --check {MANIFEST}`"),
        ("the versions that were installed", "`envs/lock.txt`"),
    ]
    if description.cohort:
        document = "manuscript"
        psych_ds = "`psych-ds/` (a Psych-DS dataset)"
        rows.insert(1, ("the tables for other programs, with a codebook", psych_ds))
    else:
        document = "synthesis"
        rows.insert(1, ("what entered", "`workflow/syntheses/`, `workflow/literature/`"))
    endings = ", ".join(f"`.{kind}`" for kind in ("docx", "pdf", "xml"))
    rows.insert(0, (f"the {document}", f"`{description.results}{document}.html`, {endings}"))
    table = "\n".join(f"| {what} | {where} |" for what, where in rows)
    return f"""# A finished run of attune: {description.name}

The raw files {included}: {description.raw_reason}.

| what | where |
|---|---|
{table}

To compute everything again in a clean folder and compare it with what is here, column by column:

    attune reproduce --against ARCHIVE.zip

This runs the code that is in the archive. Only do so with an archive whose sender you trust.
""".encode()
