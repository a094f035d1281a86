"""Reads the author's own text: data/<cohort>/text, or workflow/syntheses/<synthesis>/text."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attune.documents.own_text import OWN_FILES, OwnText
from attune.specs.authors import Authors, Fact, FactsFile
from attune.specs.closed_model import did_you_mean, read_as
from attune.specs.errors import AttuneError, ConfigurationError
from attune_files.project import path_in_project, read_study_and_keys
from attune_files.yaml_file import read_yaml

if TYPE_CHECKING:
    from attune.specs.cohort import Cohort
    from attune.specs.instrument import Instrument
    from attune.specs.study import Study

REFERENCES = "references.bib"
"""An author's own entries of the bibliography, beside those of attune."""

BIBLIOGRAPHY = "reports/assets/references.bib"

_NAMES = (*(f"{name}.md" for name in OWN_FILES), "authors.yaml", "facts.yaml")
_ENTRY = re.compile(
    r"^\s*@(?!comment\b|preamble\b|string\b)\w+\s*\{\s*([^\s,{}]+)\s*,", re.M | re.I
)


def folder_of_cohort(cohort: str) -> str:
    """The folder of the texts about a cohort."""
    return f"data/{cohort}/text"


def folder_of_synthesis(synthesis: str) -> str:
    """The folder of the texts about a synthesis, beside its YAML file."""
    return f"workflow/syntheses/{synthesis}/text"


def text_places(folder: str) -> list[str]:
    """Every file that a folder of texts may hold, by its path in the project."""
    return [f"{folder}/{name}" for name in (*_NAMES, REFERENCES)]


def own_text_paths(folder: str, find: Callable[[str], str]) -> list[str]:
    """Those of the texts that are there, without the bibliography.

    Parameters
    ----------
    folder : str
        As from `folder_of_cohort`.
    find : callable
        Where a file of the project lies, given its path in the project.
    """
    paths = [find(f"{folder}/{name}") for name in _NAMES]
    return [path for path in paths if Path(path).is_file()]


def reference_paths(folder: str, find: Callable[[str], str]) -> list[str]:
    """The author's own bibliography, or nothing."""
    path = find(f"{folder}/{REFERENCES}")
    return [path] if Path(path).is_file() else []


def read_own_text(paths: Sequence[str | Path]) -> OwnText:
    """The texts of an author.

    Parameters
    ----------
    paths : sequence of path
        As from `own_text_paths`.

    Raises
    ------
    ConfigurationError
        With the problems of all files: not UTF-8, a key or value that the models refuse.
    """
    own, problems = _read(paths)
    if problems:
        raise ConfigurationError("The author's texts cannot be read.", problems)
    return own


def _read(paths: Sequence[str | Path]) -> tuple[OwnText, list[str]]:
    """The texts as far as they can be read, and why others cannot."""
    texts: dict[str, str] = {}
    shown: dict[str, str] = {}
    authors, facts = Authors(), dict[str, Fact]()
    problems = []
    for path in map(Path, paths):
        place = path_in_project(path)
        try:
            if path.name == "authors.yaml":
                authors = read_as(Authors, read_yaml(path) or {}, place)
            elif path.name == "facts.yaml":
                content = read_yaml(path) or {}
                # Names of facts with a mistake: texts that print them have none.
                facts = {str(name): Fact(value="…", source=place) for name in content}
                facts = read_as(FactsFile, {"facts": content}, place).facts
            else:
                texts[path.stem] = _read_markdown(path)
                shown[path.stem] = place
        except AttuneError as error:
            found = error.problems or [error.heading.replace(str(path), place)]
            problems += [one if one.startswith(place) else f"{place}: {one}" for one in found]
    return OwnText(texts, shown, authors, facts), problems


def _read_markdown(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            f"{path_in_project(path)}, line {line}: this is not UTF-8. Save the file as UTF-8."
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def entry_keys(paths: Sequence[str | Path]) -> list[str]:
    """Keys of the entries of bibliographies, in their order."""
    return [
        key for path in paths for key in _ENTRY.findall(Path(path).read_text(encoding="utf-8-sig"))
    ]


def folder_problems(folder: str, find: Callable[[str], str]) -> Iterator[str]:
    """Files of the folder that nothing reads, and entries of the bibliography given twice."""
    known = [*_NAMES, REFERENCES]
    place = Path(find(folder))
    for file in sorted(place.iterdir()) if place.is_dir() else []:
        if file.name not in known and not file.name.startswith("."):
            hint = did_you_mean(file.name, known)
            yield f"{folder}/{file.name} is not read by anything. {hint}"
    own = entry_keys(reference_paths(folder, find))
    shipped = set(entry_keys([find(BIBLIOGRAPHY)]))
    for key in dict.fromkeys(own):
        if key in shipped:
            yield (
                f"{folder}/{REFERENCES}: {key!r} is already in {BIBLIOGRAPHY}. Cite that entry, or"
                " give yours another key"
            )
        elif own.count(key) > 1:
            yield f"{folder}/{REFERENCES}: {key!r} is there twice. Keep one"


def cohort_text_problems(
    cohort: "Cohort",
    study: "Study",
    instruments: "Mapping[str, Instrument]",
    settings: Mapping[str, Any],
    find: Callable[[str], str],
) -> list[str]:
    """What of an author's text would stop the documents of a cohort, with file and line.

    Parameters
    ----------
    cohort, study, instruments
    settings : mapping
        Choices of config.yaml by section.
    find : callable
        Where a file of the project lies, given its path in the project.
    """
    folder = folder_of_cohort(cohort.cohort)
    if not Path(find(folder)).is_dir():
        return []
    # What knows all kinds of statistics is slow to import, and many cohorts have no text.
    from attune.documents.own_text_checks import own_text_problems

    own, problems = _read(own_text_paths(folder, find))
    cited = set(entry_keys([find(BIBLIOGRAPHY), *reference_paths(folder, find)]))
    return [
        *folder_problems(folder, find),
        *problems,
        *own_text_problems(own, study, cohort, instruments, settings, cited),
    ]


def synthesis_text_problems(synthesis: str, find: Callable[[str], str]) -> list[str]:
    """What of an author's text about a synthesis can be seen to be wrong before the run."""
    folder = folder_of_synthesis(synthesis)
    if not Path(find(folder)).is_dir():
        return []
    from attune.documents.own_text_checks import markup_problems

    own, problems = _read(own_text_paths(folder, find))
    return [*folder_problems(folder, find), *problems, *markup_problems(own)]


def refuse_own_texts(
    cohorts: "Iterable[Cohort]",
    studies: "Mapping[str, Study]",
    syntheses: Iterable[str],
    settings: Mapping[str, Any],
    find: Callable[[str], str],
) -> None:
    """Stop before anything runs where an author's text would stop the documents at the end.

    Parameters
    ----------
    cohorts : iterable of Cohort
    studies : mapping of str to Study
        By the name of their cohort.
    syntheses : iterable of str
    settings : mapping
        Choices of config.yaml by section.
    find : callable
        Where a file of the project lies, given its path in the project.

    Raises
    ------
    ConfigurationError
        With the problems of all texts at once.
    """
    problems = []
    for cohort in cohorts:
        if Path(find(folder_of_cohort(cohort.cohort))).is_dir():
            _, keys = read_study_and_keys(cohort, find)
            study = studies[cohort.cohort]
            problems += cohort_text_problems(cohort, study, keys, settings, find)
    for synthesis in syntheses:
        problems += synthesis_text_problems(synthesis, find)
    if problems:
        raise ConfigurationError(
            "The author's own texts cannot be printed (docs/your_text.md).", problems
        )


def text_notes(cohort: "Cohort", study: "Study", find: Callable[[str], str]) -> list[str]:
    """Files of an author's text that are still empty, each with its empty prompts."""
    from attune.documents.reporting_checklist import not_applicable

    folder = folder_of_cohort(cohort.cohort)
    paths = own_text_paths(folder, find)
    own, problems = _read(paths)
    notes = [
        f"{path} ({', '.join(topics)})" if topics else path
        for path, topics in own.open_prompts(not_applicable(study, cohort))
    ]
    read = {"authors.yaml": own.authors != Authors(), "facts.yaml": bool(own.facts)}
    for name, filled in read.items():
        place = f"{folder}/{name}"
        wrong = any(problem.startswith(place) for problem in problems)
        if not (filled or wrong) and name in map(_name, paths):
            notes.append(place)
    return notes


def _name(path: str) -> str:
    return Path(path).name
