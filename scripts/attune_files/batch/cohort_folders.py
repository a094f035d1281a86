"""The folders of cohorts below a folder, and those that cannot be told apart."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from attune.specs.errors import ConfigurationError
from attune_files.batch.failures import Failure

COHORT_FILE = "cohort.yaml"


@dataclass(frozen=True, order=True)
class CohortFolder:
    """One folder with a cohort file.

    Attributes
    ----------
    name : str
        Of the cohort, which is that of its folder.
    place : str
        The folder below the folder of all cohorts, with forward slashes.
    path : Path
    """

    name: str
    place: str
    path: Path


def find_cohorts(folder: Path) -> tuple[list[CohortFolder], list[Failure]]:
    """Every cohort below a folder, however deep, in the order of their names.

    Hidden folders, and folders inside that of a cohort, are passed over.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    cohorts : list of CohortFolder
        Each name once.
    failures : list of Failure
        Cohorts that share a name, none of which is analysed; folders directly below that hold
        files, but no cohort.

    Raises
    ------
    ConfigurationError
        The folder does not exist, or there is no cohort in it.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is not a folder.", ["Name the folder of your cohorts."])
    found = [CohortFolder(path.name, _place(path, folder), path) for path in _folders(folder)]
    if not found:
        raise ConfigurationError(
            f"{folder} holds no cohort.",
            [
                f"A cohort is a folder with a file {COHORT_FILE} and the raw files that it names;"
                " `attune new-cohort` drafts one."
            ],
        )
    by_name: dict[str, list[CohortFolder]] = {}
    for cohort in sorted(found):
        by_name.setdefault(cohort.name, []).append(cohort)
    failures = [
        Failure(name, cohort.place, "same_name", _same_name(name, [c.place for c in same]))
        for name, same in by_name.items()
        if len(same) > 1
        for cohort in same
    ]
    failures += _without_cohort(folder, found)
    return [same[0] for same in by_name.values() if len(same) == 1], failures


def _folders(folder: Path) -> Iterator[Path]:
    """Folders with a cohort file; links are followed, but none back to a folder above it."""
    for path, below, files in os.walk(folder, followlinks=True):
        if COHORT_FILE in files:
            yield Path(path).resolve() if Path(path) == folder else Path(path)
            below.clear()
        here = Path(path).resolve()
        below[:] = sorted(
            name
            for name in below
            if not name.startswith(".") and not here.is_relative_to(Path(path, name).resolve())
        )


def _place(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _same_name(name: str, places: list[str]) -> str:
    return (
        f"{len(places)} folders hold a cohort {name!r}: {', '.join(places)}. None of them was"
        " analysed. Rename all but one, in the folder's name and under `cohort:` in its"
        f" {COHORT_FILE}, or remove the copies."
    )


def _without_cohort(folder: Path, found: list[CohortFolder]) -> list[Failure]:
    """Folders directly below that hold files but no cohort, such as one that was not drafted."""
    held = {cohort.place.split("/")[0] for cohort in found}
    sentence = (
        f"The folder has files, but no {COHORT_FILE}. `attune new-cohort` drafts it; if it is no"
        " cohort, move it elsewhere."
    )
    return [
        Failure(path.name, path.name, "no_cohort_file", sentence)
        for path in sorted(folder.iterdir())
        if path.is_dir()
        and not path.name.startswith(".")
        and path.name not in held
        and any(entry.is_file() for entry in path.iterdir())
    ]
