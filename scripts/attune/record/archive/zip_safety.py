"""Safety checks of a zip file before anything is unpacked."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST_FILES = 20_000
"""Files in an archive. A run has a few hundred."""
MOST_BYTES = 20_000_000_000
"""Bytes of all files together, unpacked."""
MOST_SHRINKING = 1_000
"""Highest compression ratio of a large file; text rarely exceeds a hundred."""
LARGE = 50_000_000
"""Size in bytes from which the compression ratio is checked, of one file and of all together."""
MOST_SHRINKING_TOGETHER = 100
"""Highest compression ratio of all files together: many small bombs make a large one. The results
and the code of the cohort help shrink to less than half."""
LONGEST_NAME, LONGEST_PATH = 255, 1_000
"""Longest name and path in bytes that file systems accept."""
MOST_LISTED = 20
"""Problems that a message lists."""

NAME_LENGTH = 40
"""Characters quoted of a name that is too long."""

_DRIVE = re.compile(r"^[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Entry:
    """One entry of a zip, as its directory describes it.

    Attributes
    ----------
    name : str
        As written in the zip.
    size, packed : int
        Bytes, unpacked and in the zip.
    link : bool
        It is a symbolic link or another special file rather than a plain file or a folder.
    encrypted : bool
    folder : bool
        It is a folder without content of its own.
    """

    name: str
    size: int = 0
    packed: int = 0
    link: bool = False
    encrypted: bool = False
    folder: bool = False


def entry_problems(entries: Iterable[Entry]) -> list[str]:
    """Reasons not to unpack a zip; empty if it is safe.

    Examples
    --------
    >>> entry_problems([Entry("results/small/gains.parquet"), Entry("../.bashrc")])
    ["'../.bashrc' leads out of the folder into which the archive is unpacked"]
    """
    known = list(entries)
    if len(known) > MOST_FILES:
        return [f"it holds {len(known):,} files; at most {MOST_FILES:,} are read"]
    size = sum(entry.size for entry in known)
    if size > MOST_BYTES:
        return [f"it would unpack to {size / 1e9:,.0f} GB; at most {MOST_BYTES / 1e9:,.0f} are"]
    packed = sum(entry.packed for entry in known)
    if size > LARGE and size > MOST_SHRINKING_TOGETHER * max(packed, 1):
        return [f"it would unpack to {size / 1e6:,.0f} MB from {packed / 1e6:,.1f} MB; no run does"]
    problems = [problem for entry in known for problem in _problems_of(entry)]
    files = {entry.name.casefold() for entry in known if not entry.folder}
    problems += [
        f"{entry.name!r} would lie below a file of the archive"
        for entry in known
        if len(entry.name) <= LONGEST_PATH
        and any(above in files for above in _folders(entry.name.casefold()))
    ]
    seen: dict[str, str] = {}
    for entry in known:
        folded = entry.name.casefold()
        if folded in seen:
            problems.append(
                f"{entry.name!r} is in it twice, or differs from {seen[folded]!r} only in case"
            )
        seen[folded] = entry.name
    more = len(problems) - MOST_LISTED
    return problems[:MOST_LISTED] + ([f"and {more:,} more"] if more > 0 else [])


def _folders(name: str) -> Iterator[str]:
    """Every folder above a path: "a" and "a/b" of "a/b/c"."""
    return (name[:place] for place, sign in enumerate(name) if sign == "/")


def _problems_of(entry: Entry) -> Iterator[str]:
    parts = entry.name.replace("\\", "/").split("/")
    if entry.name.startswith(("/", "\\")) or _DRIVE.match(entry.name) or ".." in parts:
        yield f"{entry.name!r} leads out of the folder into which the archive is unpacked"
    elif "\\" in entry.name or ":" in entry.name or _CONTROL.search(entry.name):
        yield f"{entry.name!r} has a character that is not allowed in an archive"
    elif "" in parts[:-1] or "." in parts or not entry.name:
        yield f"{entry.name!r} is not a plain path"
    elif len(entry.name.encode(errors="replace")) > LONGEST_PATH or any(
        len(part.encode(errors="replace")) > LONGEST_NAME for part in parts
    ):
        yield f"{entry.name[:NAME_LENGTH]!r}... is longer than the name of a file may be"
    if entry.link:
        yield f"{entry.name!r} is a link or a special file; an archive holds plain files only"
    if entry.encrypted:
        yield f"{entry.name!r} is encrypted; an archive is not"
    if entry.size > LARGE and entry.size > MOST_SHRINKING * max(entry.packed, 1):
        yield f"{entry.name!r} would unpack to {entry.size / 1e6:,.0f} MB from next to nothing"
