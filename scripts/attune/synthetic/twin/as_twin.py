"""The twin of a restricted cohort: the declared cohort with synthetic files in place of its own."""

from attune.specs.cohort import Cohort
from attune.specs.raw_file import RawFile

TWIN_FOLDER = "twin"
"""Folder of the cohort that holds the raw files of its twin."""


def as_twin(cohort: Cohort) -> Cohort:
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
