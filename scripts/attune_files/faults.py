"""Faults of the machine as sentences: no space, no permission, a file that vanished, no memory."""

import errno
import os
from pathlib import Path

from attune.specs.errors import AttuneError

_AGAIN = "Then run the same command again: what was finished is kept."

_SENTENCES: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("There is no space left on the disk{of}.", f"Free some. {_AGAIN}"),
    errno.EDQUOT: ("Your share of the disk{of} is used up.", f"Free some. {_AGAIN}"),
    errno.EFBIG: (
        "A file{of} would be larger than this machine allows.",
        f"Choose a disk or settings without this limit. {_AGAIN}",
    ),
    errno.EACCES: (
        "{place} may not be read or written.",
        f"Give yourself the permission, or work in a folder of your own. {_AGAIN}",
    ),
    errno.EROFS: (
        "{place} lies on a disk that is only for reading.",
        f"Work in a folder of your own. {_AGAIN}",
    ),
    errno.ENOENT: (
        "{place} is not there any more.",
        f"Put it back if it was moved or deleted in the meantime. {_AGAIN}",
    ),
    errno.EIO: (
        "The disk{of} failed while a file was read or written.",
        f"Look whether it is still connected and sound. {_AGAIN}",
    ),
    errno.EMFILE: (
        "More files are open than this machine allows.",
        f"Run with fewer cores, such as `--cores 1`. {_AGAIN}",
    ),
}  # fmt: skip
_SENTENCES[errno.EPERM] = _SENTENCES[errno.EACCES]


def as_user_error(error: OSError | MemoryError) -> AttuneError | None:
    """A fault of the machine as an error with its remedy; None where it has no known cause.

    Parameters
    ----------
    error : OSError or MemoryError

    Examples
    --------
    >>> print(as_user_error(OSError(errno.ENOSPC, "", "results/help/scores.parquet")))
    There is no space left on the disk of results/help/scores.parquet.
      - Free some. Then run the same command again: what was finished is kept.
    """
    if isinstance(error, MemoryError):
        return AttuneError(
            "The memory of this machine was not enough.",
            [f"Close other programs, or run with fewer cores, such as `--cores 1`. {_AGAIN}"],
        )
    found = _SENTENCES.get(error.errno or 0)
    if found is None:
        return None
    heading, remedy = found
    place = str(error.filename or "")
    heading = heading.format(place=place or "A file", of=f" of {place}" if place else "")
    return AttuneError(heading, [remedy])


FOLDERS_OF_A_RUN = ("results", "logs", "benchmarks", ".snakemake")
"""Folders that a run writes, beside the folder it starts in."""


def refuse_read_only_folders(start: Path) -> None:
    """Stop before the first job where a run could not write; Snakemake would fail with a trace.

    Parameters
    ----------
    start : Path
        The folder in which Snakemake runs.

    Raises
    ------
    AttuneError
        All folders at once, with the remedy.
    """
    inside = [start / name for name in FOLDERS_OF_A_RUN]
    inside += sorted(path for path in (start / "results").glob("*") if path.is_dir())
    folders = [start, *(path for path in inside if path.exists())]
    problems = [
        f"{folder}: nothing may be written here."
        if folder.is_dir()
        else f"{folder}: is a file, and a folder of this name is needed. Rename or move the file."
        for folder in folders
        if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK))
    ]
    if problems:
        raise AttuneError(
            "The results cannot be written.",
            [
                *problems,
                "Give yourself the permission to write, or copy the project into a folder of your"
                " own and run it there.",
            ],
        )
