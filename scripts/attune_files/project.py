"""Reads the project's own files: cohorts, studies and instruments, each checked as it is read."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from attune.closed_model import ClosedModel, did_you_mean, read_as
from attune.cohort import Cohort
from attune.config import Config
from attune.errors import AttuneError, ConfigurationError
from attune.plan import check_plan
from attune.study import Study
from attune_files.yaml_file import read_instruments, read_yaml

Model = TypeVar("Model", bound=ClosedModel)


def read_model(path: str | Path, model: type[Model], key: str) -> Model:
    """A YAML file as its typed model, whose id must be the file's or its folder's name.

    Parameters
    ----------
    path : str or Path
    model : type
        `Cohort` or `Study`.
    key : str
        The key that holds the id, such as "study".

    Raises
    ------
    ConfigurationError
        With every problem of the file.
    """
    path = Path(path)
    content = read_as(model, read_yaml(path), shown(path))
    named = path.parent.name if path.stem == key else path.stem
    if getattr(content, key) != named:
        raise ConfigurationError(
            f"{shown(path)} cannot be used.",
            [f"{key}: found {getattr(content, key)!r}, but the file belongs to {named!r}"],
        )
    return content


def read_cohort(path: str | Path) -> Cohort:
    """The file data/<cohort>/cohort.yaml."""
    return read_model(path, Cohort, "cohort")


def read_study(path: str | Path) -> Study:
    """The file workflow/studies/<study>.yaml."""
    return read_model(path, Study, "study")


def read_config(config: Mapping[str, object]) -> Config:
    """The choices of config.yaml, which Snakemake has already read."""
    return read_as(Config, dict(config), "config.yaml")


def read_project(
    names: Sequence[str], find: Callable[[str], str]
) -> tuple[dict[str, Cohort], dict[str, Study]]:
    """The cohorts of a run and their studies, each checked against the other.

    Parameters
    ----------
    names : sequence of str
        Cohorts, as in config.yaml.
    find : callable
        Where a file of the project lies, given its path in the project.

    Returns
    -------
    cohorts, studies : dict
        Both by the cohort's name.

    Raises
    ------
    ConfigurationError
        With the problems of all cohorts at once.
    """
    cohorts, studies = {}, {}
    problems: list[str] = []
    for name in names:
        try:
            cohorts[name], studies[name] = _read_pair(name, find)
        except AttuneError as error:
            problems.append("\n    ".join([error.heading, *error.problems]))
    if problems:
        raise ConfigurationError("The cohorts of config.yaml cannot be analysed.", problems)
    return cohorts, studies


def shown(path: Path) -> str:
    """A path as messages show it: the part below the project's folder."""
    parts = path.parts
    for folder in ("data", "workflow", "reports"):
        if folder in parts:
            return "/".join(parts[parts.index(folder) :])
    return path.name


def _read_pair(name: str, find: Callable[[str], str]) -> tuple[Cohort, Study]:
    cohort = read_cohort(_existing(find, f"data/{name}/cohort.yaml", "data/*/cohort.yaml"))
    study_path = f"workflow/studies/{cohort.study}.yaml"
    study = read_study(_existing(find, study_path, "workflow/studies/*.yaml"))
    used = sorted({questionnaire.instrument for questionnaire in cohort.questionnaires})
    paths = [f"workflow/instruments/{each}.yaml" for each in used]
    files = [_existing(find, path, "workflow/instruments/*.yaml") for path in paths]
    check_plan(study, cohort, read_instruments(files))
    return cohort, study


def _existing(find: Callable[[str], str], path: str, pattern: str) -> str:
    found = find(path)
    if Path(found).is_file():
        return found
    root = Path(found.removesuffix(path) or ".")
    by_folder = pattern.startswith("data")
    known = sorted(file.parent.name if by_folder else file.stem for file in root.glob(pattern))
    name = Path(path).parent.name if by_folder else Path(path).stem
    raise ConfigurationError(f"{path} does not exist.", [did_you_mean(name, known)])
