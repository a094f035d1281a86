"""SHA-256 sums of files, computed once per process; those of large files are kept between runs.

Whether something has to run again is decided by content. Small files are read each time, which
takes milliseconds. A large file (`LARGE` bytes or more) is read again only if its size, inode, time
of modification or time of status change differs from those of the last reading. An edit that puts
the time of modification back, as `cp -p` and `rsync` do, still sets a new time of status change,
which no program can choose.
"""

import hashlib
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

LARGE = 16_000_000
"""Bytes from which on a sum is kept: reading that much takes about 20 ms."""
_TOO_FRESH = 2.0
"""Seconds within which two edits may have the same time on a coarse file system."""


def sha256_of(path: str | Path) -> str:
    """The SHA-256 sum of a file's content, in hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class FileSums:
    """Sums of files, each computed once.

    Parameters
    ----------
    kept : Path, optional
        A JSON file with the sums of large files from earlier runs. Without it, and where it cannot
        be read, every file is read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "empty")
    ...     path.touch()
    ...     FileSums()[path][:8]
    'e3b0c442'
    """

    def __init__(self, kept: Path | None = None):
        self._file = kept
        self._kept = _read(kept)
        self._known: dict[str, str] = {}
        self._new = False

    def __getitem__(self, path: Path) -> str:
        name = str(path.absolute())
        if name not in self._known:
            self._known[name] = self._sum(name)
        return self._known[name]

    def keep(self) -> None:
        """Write the sums of the large files, if there are any that were not known."""
        if self._file is None or not self._new:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        unfinished.write_text(json.dumps(self._kept, indent=1, sort_keys=True), encoding="utf-8")
        unfinished.replace(self._file)

    def _sum(self, name: str) -> str:
        status = Path(name).stat()
        if status.st_size < LARGE:
            return sha256_of(name)
        state = [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns]
        *was, sum_ = self._kept.get(name, [None])
        if was == state:
            return str(sum_)
        sum_ = sha256_of(name)
        if time.time() - status.st_ctime > _TOO_FRESH:
            self._kept[name] = [*state, sum_]
            self._new = True
        return sum_


def _read(path: Path | None) -> dict[str, Sequence[int | str]]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}
