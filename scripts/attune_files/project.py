"""Reads the project's own files: cohorts, studies and instruments, each checked as it is read."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from attune.specs.closed_model import ClosedModel, did_you_mean, read_as
from attune.specs.cohort import Cohort
from attune.specs.errors import AttuneError, ConfigurationError
from attune_files.raw.folder import check_raw_paths, effective_cohort
from attune_files.yaml_file import read_instruments, read_yaml

# Every step reads its cohort, but few read all kinds of files: the models of the others, which take
# longer to build than to use, are imported by the functions that read with them.
if TYPE_CHECKING:
    from attune.paper.ledger.ledger import Publication
    from attune.specs.config import Config
    from attune.specs.instrument import Instrument
    from attune.specs.study import Study

Model = TypeVar("Model", bound=ClosedModel)

LARGEST_LEDGER = 5_000_000
"""Bytes of a ledger; ten times what the longest papers need."""


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
    return _of_its_file(read_as(model, read_yaml(path), path_in_project(path)), path, key)


def _of_its_file(content: Model, path: Path, key: str) -> Model:
    """A file's content, if its id is that of the file or its folder."""
    named = path.parent.name if path.stem == key else path.stem
    if getattr(content, key) != named:
        raise ConfigurationError(
            f"{path_in_project(path)} cannot be used.",
            [f"{key}: found {getattr(content, key)!r}, but the file belongs to {named!r}"],
        )
    return content


def build_models() -> None:
    """Build the validators of cohorts, studies and keys, which else the first file of each does."""
    from attune.analyses.study import StudyFile
    from attune.specs.instrument import Instrument

    for model in (Cohort, StudyFile, Instrument):
        model.model_rebuild()


def read_cohort(path: str | Path) -> Cohort:
    """The cohort of the file data/<cohort>/cohort.yaml.

    If its raw files are restricted and absent, the twin (see `attune.synthetic.twin.as_twin`).
    """
    return effective_cohort(read_declared_cohort(path))


def read_declared_cohort(path: str | Path) -> Cohort:
    """The file data/<cohort>/cohort.yaml as declared, not as its twin."""
    return read_model(path, Cohort, "cohort")


def read_study(path: str | Path) -> "Study":
    """The file workflow/studies/<study>.yaml."""
    from attune.analyses.study import StudyFile

    return read_model(path, StudyFile, "study")


def read_publication(path: str | Path) -> "Publication":
    """The ledger of the file workflow/publications/<publication>.yaml.

    Raises
    ------
    ConfigurationError
        With every problem of the file.
    """
    from attune.paper.ledger.load_publication import load_publication

    path = Path(path)
    if path.is_file() and path.stat().st_size > LARGEST_LEDGER:
        raise ConfigurationError(
            f"{path_in_project(path)} cannot be used.",
            [
                f"it holds {path.stat().st_size:,} bytes, at most {LARGEST_LEDGER:,} are read. A"
                " ledger holds what one paper prints. Leave out tables of raw data, or write one"
                " ledger per paper"
            ],
        )
    content = load_publication(read_yaml(path), path_in_project(path))
    return _of_its_file(content, path, "publication")


def read_keys(paths: Sequence[str | Path], cohort: Cohort) -> "dict[str, Instrument]":
    """Scoring keys by id, with the missing rules of the cohort in place of their own.

    Every part of the project that scores a cohort, or reports its scoring, reads the keys here.
    """
    from attune.specs.instrument import with_missing_rules

    return with_missing_rules(read_instruments(paths), cohort.missing_rules)


def read_config(config: Mapping[str, object], files: Sequence[str | Path] = ()) -> "Config":
    """The choices of config.yaml, which Snakemake has already read.

    Parameters
    ----------
    config : mapping
        What Snakemake made of its files and of `--config`.
    files : sequence of str or Path, optional
        The files that it read. Of a key that is given twice it takes the last one without a word,
        so they are read again, strictly.

    Raises
    ------
    ConfigurationError
        With every problem at once.
    """
    from attune.specs.config import Config

    for file in files:
        read_yaml(file)
    return read_as(Config, dict(config), "config.yaml")


def read_project(
    names: Sequence[str], find: Callable[[str], str]
) -> "tuple[dict[str, Cohort], dict[str, Study]]":
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
    problems = []
    for name in names:
        try:
            cohorts[name], studies[name] = read_cohort_and_study(name, find)
        except AttuneError as error:
            problems.append("\n      ".join([error.heading, *error.problems]))
    if problems:
        raise ConfigurationError("The cohorts of config.yaml cannot be analysed.", problems)
    return cohorts, studies


def path_in_project(path: Path) -> str:
    """A path as messages show it: the part below the project's folder.

    Examples
    --------
    >>> path_in_project(Path("/data/projects/clinic/data/help/cohort.yaml"))
    'data/help/cohort.yaml'
    """
    parts = path.parts
    starts = [place for place, part in enumerate(parts) if part in ("data", "workflow", "reports")]
    return "/".join(parts[starts[-1] :]) if starts else path.name


def read_parts(
    name: str, find: Callable[[str], str]
) -> "tuple[Cohort, Study, dict[str, Instrument]]":
    """A cohort, its study, its scoring keys and their look-alikes, each checked by itself only.

    Raises
    ------
    ConfigurationError
        One of the files does not exist or does not fit its model.
    """
    from attune.specs.instrument import with_missing_rules

    cohort = read_cohort(existing_file(find, f"data/{name}/cohort.yaml"))
    study, keys = read_study_and_keys(cohort, find)
    return cohort, study, with_missing_rules(keys, cohort.missing_rules)


def read_study_and_keys(
    cohort: Cohort, find: Callable[[str], str]
) -> "tuple[Study, dict[str, Instrument]]":
    """The study of a cohort, its scoring keys and their look-alikes, with their own missing rules.

    Raises
    ------
    ConfigurationError
        One of the files does not exist or does not fit its model.
    """
    from attune.specs.study_checks import WITHOUT_KEY

    study = read_study(existing_file(find, f"workflow/studies/{cohort.study}.yaml"))
    existing_file(find, f"reports/{study.template}.qmd.j2")
    files, problems = [], []
    for instrument in sorted({selection.instrument for selection in cohort.selections()}):
        try:
            files.append(existing_file(find, f"workflow/instruments/{instrument}.yaml"))
        except ConfigurationError as error:
            problems.append(" ".join([error.heading, *error.problems]))
            if instrument in {score.instrument for score in cohort.scores}:
                problems.append(f"scores: {WITHOUT_KEY}")
    if problems:
        raise ConfigurationError(f"data/{cohort.cohort}/cohort.yaml cannot be used.", problems)
    keys = read_instruments(files)
    return study, keys | read_instruments(_look_alike_paths(keys, find))


def look_alike_paths(used: Sequence[str | Path], find: Callable[[str], str]) -> list[str]:
    """The scoring keys that a cohort's questionnaires could be mistaken for, if they are there."""
    return _look_alike_paths(read_instruments(used), find)


def _look_alike_paths(keys: "Mapping[str, Instrument]", find: Callable[[str], str]) -> list[str]:
    names = {name for key in keys.values() for name in key.look_alikes} - set(keys)
    paths = [find(f"workflow/instruments/{name}.yaml") for name in sorted(names)]
    return [path for path in paths if Path(path).is_file()]


def read_cohort_and_study(name: str, find: Callable[[str], str]) -> "tuple[Cohort, Study]":
    """A cohort and its study, checked against each other, the scoring keys and the paper.

    Raises
    ------
    ConfigurationError
        With the problems of the first of these checks that fails.
    """
    from attune.analyses.study import check_plan

    cohort, study, instruments = read_parts(name, find)
    try:
        check_plan(study, cohort, instruments)
        _refuse_typed_numbers(study, cohort, instruments)
    except ConfigurationError as error:
        everything = f"`attune check {name} --page intake.html` lists all problems."
        raise ConfigurationError(error.heading, [*error.problems, everything]) from None
    check_raw_paths(cohort, find)
    problems = [*study_id_problems(study), *publication_problems(cohort, study, find)]
    if problems:
        raise ConfigurationError(f"What cohort {name} prints cannot be used.", problems)
    return cohort, study


def study_id_problems(study: "Study") -> list[str]:
    """Ids in braces in a study file that will print nothing, with file and place."""
    from attune.analyses.planned_ids import unprintable_ids

    return [f"workflow/studies/{study.study}.yaml, {one}" for one in unprintable_ids(study)]


def _refuse_typed_numbers(
    study: "Study", cohort: Cohort, instruments: "Mapping[str, Instrument]"
) -> None:
    """Titles and headings of a plan whose digits the documents would refuse."""
    texts = [
        study.title,
        *study.titles().values(),
        *(figure.alt for figure in study.figures.values()),
    ]
    texts += [table.title for table in study.tables.values()]
    texts += [figure.title for figure in study.figures.values()]
    texts += [heading for table in study.tables.values() for heading in table.headings.values()]
    if not any(sign.isnumeric() for text in texts for sign in text):
        return
    # What knows the names of a study is slow to import, and few plans have digits.
    from attune.documents.number_sources import typed_numbers

    problems = list(typed_numbers(study, cohort, instruments))
    if problems:
        raise ConfigurationError(
            f"workflow/studies/{study.study}.yaml cannot be printed.", problems
        )


def publication_problems(cohort: Cohort, study: "Study", find: Callable[[str], str]) -> list[str]:
    """What does not fit in the ledger of a cohort and in the verdicts that a person accepted.

    Parameters
    ----------
    cohort, study
    find : callable
        Where a file of the project lies, given its path in the project.

    Returns
    -------
    list of str
        File, value and what to do; empty where the cohort names no paper.

    Raises
    ------
    ConfigurationError
        The ledger does not exist, or one of the files does not fit its model.
    """
    reasons = Path(find(f"data/{cohort.cohort}/reasons.yaml"))
    shown = path_in_project(reasons)
    if cohort.publication is None:
        absent = "the cohort names no publication; add the key 'publication' to its cohort.yaml"
        return [f"{shown}: {absent}"] if reasons.is_file() else []
    from attune.paper.ledger.plan_checks import plan_problems, reasons_problems
    from attune.specs.reasons import Reasons

    path = f"workflow/publications/{cohort.publication}.yaml"
    publication = read_publication(existing_file(find, path))
    problems = [f"{path}: {plan_problem}" for plan_problem in plan_problems(publication, study)]
    if reasons.is_file():
        accepted = read_as(Reasons, read_yaml(reasons), shown)
        problems += [f"{shown}: {one}" for one in reasons_problems(accepted, publication, cohort)]
    return problems


def existing_file(find: Callable[[str], str], path: str) -> str:
    """Path of a file of the project; if it is absent, an error with the available files."""
    place = find(path)
    if Path(place).is_file():
        return place
    by_folder = path.startswith("data/")
    stem, _, ending = Path(path).name.partition(".")
    pattern = "data/*/cohort.yaml" if by_folder else f"{Path(path).parent.as_posix()}/*.{ending}"
    roots = {Path(), Path(place.removesuffix(path) or ".")}
    files = [file for root in roots for file in root.glob(pattern)]
    known = sorted({f.parent.name if by_folder else f.name.partition(".")[0] for f in files})
    name = Path(path).parent.name if by_folder else stem
    raise ConfigurationError(f"{path} does not exist.", [did_you_mean(name, known)])
