"""Restricted data: raw files that stay outside the repository, and the twin in their place."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from attune.specs.closed_model import ClosedModel
from attune.specs.raw_file import RawFile

if TYPE_CHECKING:
    from attune.specs.cohort import Cohort

VariableName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
"""Name of an environment variable."""

TWIN_FOLDER = "twin"
"""Folder of the cohort that holds the raw files of its twin."""


class Restricted(ClosedModel):
    """Where the raw files of a cohort are that may not be shared."""

    folder_variable: VariableName
    """Environment variable that holds the path of their folder."""
    summary: str = "summary.yaml"
    """The published summary beside cohort.yaml, from which the twin is made."""


class HashedIds(ClosedModel):
    """Dyads, patients and therapists under keyed hashes in place of their ids."""

    salt_variable: VariableName
    """Environment variable that holds the secret with which ids are hashed."""


class SmallestCell(ClosedModel):
    """The cohort's own limit for counts, in place of the one of config.yaml."""

    count: int = Field(ge=0)
    """Counts from 1 to one less are suppressed in everything that is shared; 0: none is."""
    reason: str = Field(min_length=10)
    """Why this limit is right here, such as that the data are public."""


def restriction_problems(cohort: "Cohort") -> list[str]:
    """What a restricted cohort lacks, and what contradicts the protection of its data."""
    protected = "restricted" if cohort.restricted else "hashed_ids" if cohort.hashed_ids else ""
    problems = []
    if cohort.share_raw and protected:
        problems.append(f"share_raw: true contradicts the key {protected!r}; remove one of the two")
    if cohort.restricted is None:
        return problems
    if cohort.synthetic:
        problems.append("a synthetic cohort has nobody to protect; remove the key 'restricted'")
        return problems
    return problems + [
        f"files.{name} needs the key 'sha256', as every file of a restricted cohort; `sha256sum"
        f" {file.path}` prints it (macOS: `shasum -a 256`, Windows: `Get-FileHash`)"
        for name, file in cohort.files.items()
        if file.sha256 is None
    ]


def as_twin(cohort: "Cohort") -> "Cohort":
    """A restricted cohort as its twin: synthetic, and every file a plain CSV file.

    Parameters
    ----------
    cohort : Cohort
        As declared, with the key `restricted`.

    Returns
    -------
    Cohort
        Its columns, instruments and codes are the declared ones. Ids need no hashing.
    """
    source = cohort.restricted.summary if cohort.restricted else ""
    notice = (
        "Synthetic data: no real person answered these questionnaires. The raw files of this"
        f" cohort are restricted; analysed is a twin that was made from its published summary,"
        f" {source}, alone. Its numbers resemble those of the cohort at best and are"
        " evidence of nothing."
    )
    paths = [file.path for file in cohort.files.values()]
    files = {
        name: RawFile(path=_twin_path(name, file, paths), dyad=file.dyad)
        for name, file in cohort.files.items()
    }
    twin = {"synthetic": True, "synthetic_notice": notice, "files": files, "hashed_ids": None}
    return cohort.model_copy(update=twin)


def _twin_path(name: str, file: RawFile, paths: list[str]) -> str:
    """The name of the raw file where that is one CSV file, else one after its id."""
    plain = file.path.lower().endswith(".csv") and paths.count(file.path) == 1
    return file.path if plain else f"{name}.csv"
