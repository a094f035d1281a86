"""The two files that describe an archive and verify that it is complete.

`archive.json` says which run it holds and how it was made; `manifest-sha256.txt` holds the SHA-256
sum of every other file, a line each, as `sha256sum --check` reads it.
"""

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from attune.record.archive.zip_safety import MOST_LISTED
from attune.specs.closed_model import ClosedModel
from attune.specs.errors import ArchiveError

FORMAT = 1
"""Increased when older and newer versions of attune can no longer read each other's archives."""
DESCRIPTION = "archive.json"
MANIFEST = "manifest-sha256.txt"

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


class ArchiveDescription(ClosedModel):
    """The file archive.json."""

    format: int
    """Version of the archive's layout."""
    attune: str
    """Version of attune that made it."""
    cohort: str = Field(default="", pattern=r"^([a-z][a-z0-9_]*)?$")
    """Empty in the archive of a synthesis."""
    synthesis: str = Field(default="", pattern=r"^([a-z][a-z0-9_]*)?$")
    """Empty in the archive of a cohort."""
    analysed: Literal["open", "restricted", "twin", "synthesis"]
    """open: raw files in the project; restricted: raw files outside it; twin: of a restricted
    cohort, the synthetic one; synthesis: literature, tables of effects, statistics of cohorts."""
    raw_included: bool
    """Whether the raw files and the rows of single dyads are in it."""
    raw_reason: str
    """Why, as a clause."""
    withheld: list[str] = []
    """Statistics suppressed as small cells; their rows were left out."""
    folder_variable: str | None = None
    """Environment variable that names the folder of restricted raw files."""
    salt_variable: str | None = None
    """Environment variable with the secret that hashes ids; the same numbers need the same one."""
    versions: dict[str, str]
    """Python and the packages with which the run was computed."""
    ended: str
    """When the last file of the run was written, in UTC."""

    @model_validator(mode="after")
    def _of_one_thing(self) -> "ArchiveDescription":
        if bool(self.cohort) == bool(self.synthesis):
            raise ValueError("names a cohort and a synthesis, or neither; it is of one of them")
        return self

    @property
    def name(self) -> str:
        """Name of the cohort or synthesis."""
        return self.cohort or self.synthesis

    @property
    def results(self) -> str:
        """Folder of its results, with a slash at the end."""
        return f"results/{self.cohort}/" if self.cohort else f"results/synthesis/{self.synthesis}/"


def manifest_text(sums: Mapping[str, str]) -> str:
    """The manifest, given the sum of every file by its path.

    Examples
    --------
    >>> manifest_text({"b.txt": "0" * 64, "a.txt": "f" * 64}).splitlines()[0][-9:]
    'ff  a.txt'
    """
    return "".join(f"{sums[path]}  {path}\n" for path in sorted(sums))


def read_manifest(text: str) -> dict[str, str]:
    """The sums of a manifest by path.

    Raises
    ------
    ArchiveError
        A line is not "sum, two blanks, path", or a path occurs twice.
    """
    sums: dict[str, str] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), start=1):
        found = _LINE.fullmatch(line)
        if found is None:
            problems.append(f"line {number} is not a sum of 64 hexadecimal digits and a path")
        elif sums.setdefault(found[2], found[1]) != found[1]:
            problems.append(f"line {number}: {found[2]} has another sum further up")
    if problems:
        raise ArchiveError(f"{MANIFEST} cannot be read.", problems[:MOST_LISTED])
    return sums


def manifest_problems(declared: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Differences between the files of an archive and its manifest.

    Parameters
    ----------
    declared, found : mapping of str to str
        Path -> SHA-256 sum, from the manifest and from the file's content.

    Examples
    --------
    >>> manifest_problems({"a": "0", "b": "1"}, {"a": "9", "c": "1"})
    ['a was changed', 'b is missing', 'c was added']
    """
    changed = [p for p in declared if p in found and declared[p] != found[p]]
    problems = [f"{path} was changed" for path in sorted(changed)]
    problems += [f"{path} is missing" for path in sorted(set(declared) - set(found))]
    return problems + [f"{path} was added" for path in sorted(set(found) - set(declared))]
