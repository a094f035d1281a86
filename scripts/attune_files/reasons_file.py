"""Reads data/<cohort>/reasons.yaml: which verdicts a person accepted, and why."""

from collections.abc import Sequence
from pathlib import Path

from attune.specs.closed_model import read_as
from attune.specs.errors import ConfigurationError
from attune.specs.reasons import Reasons
from attune_files.project import path_in_project
from attune_files.yaml_file import read_yaml


def read_reasons(paths: Sequence[str | Path]) -> Reasons | None:
    """The reasons of a cohort.

    Parameters
    ----------
    paths : sequence of str or Path
        The file, or nothing where the cohort has none.

    Raises
    ------
    ConfigurationError
        With every problem of the file.
    """
    if not paths:
        return None
    path = Path(paths[0])
    reasons = read_as(Reasons, read_yaml(path), path_in_project(path))
    if reasons.cohort != path.parent.name:
        raise ConfigurationError(
            f"{path_in_project(path)} cannot be used.",
            [f"cohort: found {reasons.cohort!r}, but the file belongs to {path.parent.name!r}"],
        )
    return reasons
