"""Faults of the machine as sentences: no space, no permission, a file that vanished, no memory."""

import errno

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
