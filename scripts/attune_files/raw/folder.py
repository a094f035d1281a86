"""Folder of a cohort's raw files: that of cohort.yaml, a restricted one, or the twin's."""

import os
from collections.abc import Callable
from pathlib import Path

from attune.printing.apa import counted
from attune.specs.closed_model import did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.errors import ConfigurationError, RawDataError
from attune.synthetic.twin.as_twin import TWIN_FOLDER, as_twin


def effective_cohort(declared: Cohort) -> Cohort:
    """The cohort that is analysed: as declared, or its twin where restricted files are absent."""
    folder = outside_folder(declared)
    if declared.restricted is None or _holds_any(folder, declared):
        return declared
    return as_twin(declared)


def outside_folder(cohort: Cohort) -> Path | None:
    """The folder that the environment variable of a restricted cohort names."""
    if cohort.restricted is None:
        return None
    path = os.environ.get(cohort.restricted.folder_variable, "").strip()
    return Path(path).expanduser() if path else None


def raw_folder(folder: Path, cohort: Cohort) -> Path:
    """Where the raw files of an effective cohort are.

    Parameters
    ----------
    folder : Path
        The folder of cohort.yaml.
    cohort : Cohort
        As `effective_cohort` gives it.

    Raises
    ------
    RawDataError
        It is a twin that was not made yet.
    """
    if cohort.is_twin:
        if not (folder / TWIN_FOLDER).is_dir():
            raise RawDataError(*neither(cohort))
        return folder / TWIN_FOLDER
    return outside_folder(cohort) or folder


def raw_paths(cohort: Cohort, find: Callable[[str], str]) -> list[str]:
    """The raw files of an effective cohort and their data dictionaries.

    Parameters
    ----------
    cohort : Cohort
    find : callable
        Where a file of the project lies, given its path in the project.
    """
    names = [name for file in cohort.files.values() for name in file.parts()]
    folder = None if cohort.is_twin else outside_folder(cohort)
    if folder is not None:
        return [str(folder / name) for name in names]
    inside = f"{cohort.cohort}/{TWIN_FOLDER}" if cohort.is_twin else cohort.cohort
    return [find(f"data/{inside}/{name}") for name in names]


def check_raw_paths(cohort: Cohort, find: Callable[[str], str]) -> None:
    """Refuse a cohort that lacks any of its raw files; the twin may stand for restricted ones.

    Raises
    ------
    ConfigurationError
        With every file that is absent.
    """
    names = [(key, name) for key, file in cohort.files.items() for name in file.parts()]
    paths = raw_paths(cohort, find)
    absent = [file for file, path in zip(names, paths, strict=True) if not Path(path).is_file()]
    if cohort.is_twin and len(absent) == len(names):
        raise ConfigurationError(*neither(cohort))
    if not absent:
        return
    folder = Path(paths[0]).parent
    present = sorted(path.name for path in folder.glob("*.*") if path.suffix != ".yaml")
    raise ConfigurationError(
        f"data/{cohort.cohort}/cohort.yaml cannot be used.",
        [
            f"files.{key}: {_place(cohort)}{name} does not exist. {did_you_mean(name, present)}"
            for key, name in absent
        ],
    )


def salt_of(cohort: Cohort) -> str | None:
    """The secret with which the ids of a cohort are hashed; None where they are not.

    Raises
    ------
    RawDataError
        The environment variable is not set, or its content is too short.
    """
    if cohort.hashed_ids is None:
        return None
    # Here, because it brings pandas, which most steps and the reading of the Snakefile do not need.
    from attune.intake.reading.identifiers import SHORTEST_SALT

    variable = cohort.hashed_ids.salt_variable
    salt = os.environ.get(variable, "")
    if len(salt) < SHORTEST_SALT:
        state = f"has {counted(len(salt), 'character')}" if salt else "is not set"
        raise RawDataError(
            f"The ids of cohort {cohort.cohort} cannot be hashed.",
            [
                f"cohort.yaml takes the salt from the environment variable {variable}, which"
                f" {state}. Set it to a secret of at least {SHORTEST_SALT} characters, always the"
                " same one, and keep it apart from the results."
            ],
        )
    return salt


def source_mark(cohort: Cohort) -> str:
    """Kind of raw files and digest of the salt: inputs of the results other than file contents.

    A change reruns the analysis. It holds no path, and only a keyed digest of the salt.

    Raises
    ------
    RawDataError
        As `salt_of`.
    """
    files = "twin" if cohort.is_twin else "restricted" if cohort.restricted else "open"
    salt = salt_of(cohort)
    if salt is None:
        return files
    from attune.intake.reading.identifiers import hashed

    return f"{files} {hashed(f'salt of {cohort.cohort}', salt)[:6]}"


def source_sentence(cohort: Cohort) -> str:
    """Sentence on which files of a restricted cohort are analysed."""
    if cohort.restricted is None:
        return ""
    variable = cohort.restricted.folder_variable
    if not cohort.is_twin:
        return f"{cohort.cohort}: the restricted raw files in {variable} are analysed."
    why = "names a folder without them" if outside_folder(cohort) else "is not set"
    return (
        f"{cohort.cohort}: the raw files are restricted and {variable} {why}; the synthetic twin"
        f" made from {cohort.restricted.summary} is analysed in their place."
    )


def neither(cohort: Cohort) -> tuple[str, list[str]]:
    """Heading and remedy where a restricted cohort has neither raw files nor a twin."""
    variable = cohort.restricted.folder_variable if cohort.restricted else ""
    summary = cohort.restricted.summary if cohort.restricted else ""
    why = "names a folder without them" if outside_folder(cohort) else "is not set"
    return (
        f"The raw files of {cohort.cohort} are restricted, and it has no twin yet.",
        [
            f"{variable} {why}. Set it to the folder with the raw files; or, to go on without"
            f" them, run `attune twin {cohort.cohort}`, which makes the twin from"
            f" data/{cohort.cohort}/{summary}."
        ],
    )


def _holds_any(folder: Path | None, cohort: Cohort) -> bool:
    files = cohort.files.values()
    return folder is not None and any((folder / file.path).is_file() for file in files)


def _place(cohort: Cohort) -> str:
    """The folder as messages show it: never the path of restricted files."""
    if cohort.is_twin:
        return f"data/{cohort.cohort}/{TWIN_FOLDER}/"
    if cohort.restricted is not None:
        return f"${cohort.restricted.folder_variable}/"
    return f"data/{cohort.cohort}/"
