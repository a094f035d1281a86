"""The code of a step: the library files that it imports, one sum over them, the packages they use.

Snakemake tracks the step itself but not the modules that it imports. They are recorded with their
sum, so that an edited module reruns exactly the steps that import it (see `rerun_check`).
"""

import hashlib
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from attune import __version__
from attune.specs.errors import ProvenanceError

CODE = Path(__file__).resolve().parents[3]
"""The folder with the Snakefile."""
_LIBRARY_NAME = re.compile(r"\b(?:attune|attune_files)(?:\.\w+)*\b")
# These begin with a word and not with the start of a line: a word is found without a look at each
# line, which takes a tenth of the time; `_begins_a_line` looks at those that were found.
_IMPORT = re.compile(r"import[ \t]+(.+)")
_FROM = re.compile(r"from[ \t]+((?:attune|attune_files)(?:\.\w+)*)[ \t]+import[ \t]+(\([^)]*\)|.+)")
_OF_ANALYSES = re.compile(r"analysis_modules(?<!`analysis_modules)\(\s*\"(\w+)\"")
"""A call; what stands in backticks is prose about it."""
_WORD = re.compile(r"\w+")
_IMPORTED = re.compile(r"^[ \t]*(?:import|from)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
_DISTRIBUTION = {"odf": "odfpy", "pypandoc": "pypandoc_binary", "yaml": "PyYAML"}
"""Import name -> the package that brings it, where they differ."""


@cache
def library_files(step: Path) -> tuple[Path, ...]:
    """Every file of the library that a step imports, directly or through another.

    Kept, because a start of Snakemake asks for them for every cohort.

    Parameters
    ----------
    step : Path
        A step in scripts/, the folder that holds the packages.

    Returns
    -------
    tuple of Path
        Sorted, without the step itself. Imports inside functions count. A call
        `analysis_modules("tables")` counts as an import of the module `tables` of every analysis.

    Examples
    --------
    >>> step = Path(__file__).parents[2] / "score_scales.py"
    >>> (step.parent / "attune" / "scoring" / "scores.py") in library_files(step)
    True
    """
    files: set[Path] = set()
    waiting = [step]
    while waiting:
        for file in _imported(waiting.pop(), step.parent):
            if file not in files:
                files.add(file)
                waiting.append(file)
    return tuple(sorted(files))


def put_library_first(folder: Path) -> None:
    """Let the steps that this process starts import the library of a folder before any other.

    Snakemake puts a step's folder behind what is installed, where another copy of attune may be.
    """
    others = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), others]))


def step_of(rule: str) -> str:
    """The step of a rule; a workflow that imports this one may put a prefix before its name."""
    fit = [step for step in _steps() if rule == step or rule.endswith(f"_{step}")]
    return max(fit, key=len, default=rule)


def step_file(step: str) -> Path:
    """The script of a step."""
    return CODE / "scripts" / f"{step}.py"


def code_sum(sums: Mapping[str, str]) -> str:
    """One SHA-256 sum over the files of a step, given the sum of each by its path."""
    text = "".join(f"{sum_}  {name}\n" for name, sum_ in sorted(sums.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def refuse_other_code(step: str, scripts: Path) -> None:
    """Stop where the library that ran is not that of the workflow, such as an installed older copy.

    Parameters
    ----------
    step : str
    scripts : Path
        The folder of the step's script, with the library that the workflow has beside it.

    Raises
    ------
    ProvenanceError
        With every file whose content differs from the file that was imported.
    """
    if scripts.samefile(CODE / "scripts"):
        return
    other = []
    for file in [scripts / f"{step}.py", *library_files(scripts / f"{step}.py")]:
        name = file.relative_to(scripts)
        ran = CODE / "scripts" / name
        if not ran.is_file() or ran.read_bytes() != file.read_bytes():
            other.append(f"scripts/{name.as_posix()} is not the same there")
    if other:
        raise ProvenanceError(
            "The copy of attune that ran is not that of the workflow. Remove the installed one"
            " (pip uninstall attune), or install this one (make install).",
            other,
        )


def package_versions(files: Sequence[Path]) -> dict[str, str]:
    """Versions of Python, attune and every installed package that one of the files imports."""
    names = frozenset().union(*map(_imported_packages, files))
    versions = {"python": ".".join(map(str, sys.version_info[:3])), "attune": __version__}
    for name in sorted(names - set(sys.stdlib_module_names) - {"attune", "snakemake"}):
        package = _DISTRIBUTION.get(name, name)
        number = _version(package)
        if number is not None:
            versions[package] = number
    return versions


def read_code_of_steps() -> None:
    """Read what each step imports and the versions of its packages: kept for the steps to come."""
    for step in _steps():
        package_versions([step_file(step), *library_files(step_file(step))])


def templates_of_documents() -> dict[str, str]:
    """The templates of manuscripts, supplements and syntheses, by the names that the steps use."""
    folder = CODE / "reports"
    templates = {}
    for path in sorted(folder.rglob("*.qmd.j2")):
        is_imported = path.parent != folder or path.name == "macros.qmd.j2"
        name = path.relative_to(folder if is_imported else CODE).as_posix()
        templates[name] = path.read_text(encoding="utf-8")
    return templates


@cache
def _imported_packages(file: Path) -> frozenset[str]:
    return frozenset(_IMPORTED.findall(file.read_text(encoding="utf-8")))


@cache
def _version(package: str) -> str | None:
    """None: no package, but a module of ours or a line of prose."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@cache
def _steps() -> list[str]:
    return [path.stem for path in (CODE / "scripts").glob("*.py")]


@cache
def _imported(file: Path, folder: Path) -> tuple[Path, ...]:
    """The library files that one file imports.

    Read by pattern: a syntax tree takes ten times as long, and every start of Snakemake asks for
    all files of all steps.
    """
    text = file.read_text(encoding="utf-8")
    names: set[str] = set()
    for found in filter(_begins_a_line, _IMPORT.finditer(text)):
        names |= set(_LIBRARY_NAME.findall(found[1]))
    for found in filter(_begins_a_line, _FROM.finditer(text)):
        names |= {found[1]} | {f"{found[1]}.{name}" for name in _WORD.findall(found[2])}
    for module in _OF_ANALYSES.findall(text):
        names |= _modules_of_analyses(module, folder)
    return tuple(dict.fromkeys(path for name in names for path in _files_of(name, folder)))


def _begins_a_line(found: re.Match[str]) -> bool:
    """Whether nothing but blanks stands before a match on its line."""
    start = found.string.rfind("\n", 0, found.start()) + 1
    return not found.string[start : found.start()].strip(" \t")


def _modules_of_analyses(module: str, folder: Path) -> set[str]:
    """Dotted names of the modules that `attune.analyses.registry.analysis_modules` imports."""
    analyses = re.compile(rf"attune\.analyses\.\w+\.{module}")
    return {name for name in _modules(folder) if analyses.fullmatch(name)}


def _files_of(name: str, folder: Path) -> Iterator[Path]:
    """The module's file and the `__init__` of every package on the way; empty for a plain name."""
    modules, parts = _modules(folder), name.split(".")
    for depth in range(1, len(parts) + 1):
        file = modules.get(".".join(parts[:depth]))
        if file is not None:
            yield file


@cache
def _modules(folder: Path) -> dict[str, Path]:
    """File of every module and package of the library, by its dotted name.

    Listed once: most imported names are not modules, and to ask for the file of each took longer
    than to read the code.
    """
    found = {}
    for package in ("attune", "attune_files"):
        for file in sorted((folder / package).rglob("*.py")):
            parts = file.relative_to(folder).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found
