"""What a step read, with which code, choices and packages, and what it wrote; never any row.

A step whose rule declares the output `record` writes it when it succeeds. The records of a run
lead from a printed number back to the raw files. The same run gives the same bytes.
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attune import __version__
from attune.specs.errors import ProvenanceError
from attune_files.steps.library_files import library_files

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

CODE = Path(__file__).resolve().parents[3]
"""The folder with the Snakefile."""
NO_DATA = ("library", "lock")
"""Inputs that are code and environment; they are told in their own parts of the record."""
States = Mapping[Path, tuple[int, int] | None]
"""Size and time of change of files; None of one that is not there."""
_IMPORTED = re.compile(r"^[ \t]*(?:import|from)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
_DISTRIBUTION = {"odf": "odfpy", "pypandoc": "pypandoc_binary", "yaml": "PyYAML"}
"""Import name -> the package that brings it, where they differ."""


def input_states(snakemake: "Snakemake") -> States:
    """Size and time of every file that a step reads, to see later whether one was changed.

    Parameters
    ----------
    snakemake : snakemake.iocontainers.Snakemake
        The object that Snakemake gives to a script.
    """
    given = snakemake.input.items() if hasattr(snakemake, "input") else []
    return {path: _state(path) for _, value in given for path in _paths(value)}


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def write_record(snakemake: "Snakemake", before: States) -> None:
    """Write the record of a step that has just succeeded, if its rule declares one.

    Parameters
    ----------
    snakemake : snakemake.iocontainers.Snakemake
        The object that Snakemake gives to a script.
    before : mapping
        What `input_states` gave when the step began.

    Raises
    ------
    ProvenanceError
        A file that the step reads was changed meanwhile: its sum now is not that of what was read.
        Or the library that ran is another one than its rule declares.
    """
    outputs = dict(snakemake.output.items()) if hasattr(snakemake, "output") else {}
    path = outputs.pop("record", None)
    if path is None:
        return
    project = Path(path).absolute().parents[3]
    changed = [shown_path(each, project) for each, was in before.items() if _state(each) != was]
    if changed:
        raise ProvenanceError(
            f"Files were changed while {snakemake.rule} read them, so its results may rest on both"
            " states. Run it again.",
            [f"{each} was changed" for each in changed],
        )
    _refuse_other_code(getattr(snakemake.input, "library", []))
    record = step_record(snakemake, Path(path), outputs)
    text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text + "\n", encoding="utf-8")


def step_record(
    snakemake: "Snakemake", path: Path, outputs: Mapping[str, Any]
) -> dict[str, object]:
    """What the record of a step holds.

    Parameters
    ----------
    snakemake : snakemake.iocontainers.Snakemake
    path : Path
        Of the record: results/<cohort>/records/<name>.json below the project's folder.
    outputs : mapping of str to path or paths
        The step's outputs by name, without the record.

    Returns
    -------
    dict
        rule, name (of the record), wildcards, inputs and outputs (name -> list of path, sha256 and,
        of Parquet files, rows), params (name -> value and the key of config.yaml it comes from),
        seed, code (the step and its library files with one sha256 over all), lock, versions.

    Notes
    -----
    A file outside the project, such as a restricted raw file, is told by its name alone.
    """
    project = path.absolute().parents[3]
    inputs = dict(snakemake.input.items())
    step = _step_of(snakemake.rule)
    script = CODE / "scripts" / f"{step}.py"
    code = [script, *(Path(file) for file in inputs.get("library") or library_files(script))]
    params = _params(snakemake)
    return {
        "rule": step,
        "name": path.stem,
        "wildcards": dict(snakemake.wildcards.items()),
        "inputs": {
            name: _files(value, project) for name, value in inputs.items() if name not in NO_DATA
        },
        "outputs": {name: _files(value, project) for name, value in outputs.items()},
        "params": params,
        "seed": params["seed"]["value"] if "seed" in params else None,
        "code": _code(code, project),
        "lock": _files(inputs.get("lock") or [], project),
        "versions": _versions(code),
    }


def sha256_of(path: str | Path) -> str:
    """The SHA-256 sum of a file's content, in hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def code_sum(sums: Mapping[str, str]) -> str:
    """One SHA-256 sum over the files of a step, given the sum of each by its path."""
    text = "".join(f"{sum_}  {name}\n" for name, sum_ in sorted(sums.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def shown_path(path: Path, project: Path) -> str:
    """A path below the project's folder or that of its code; of other files only the name.

    Examples
    --------
    >>> shown_path(Path("/clinic/results/small/gains.parquet"), Path("/clinic"))
    'results/small/gains.parquet'
    >>> shown_path(Path("/vault/patients/intake.csv"), Path("/clinic"))
    'intake.csv'
    """
    for place, root in ((path.absolute(), project), (path.resolve(), CODE)):
        if place.is_relative_to(root):
            return place.relative_to(root).as_posix()
    return path.name


def _files(value: Any, project: Path) -> list[dict[str, object]]:
    files: list[Path] = []
    for path in _paths(value):
        inside = sorted(each for each in path.rglob("*") if each.is_file())
        files += [each for each in inside if not each.name.startswith(".snakemake")]
        files += [path] if path.is_file() else []
    described: list[dict[str, object]] = []
    for file in files:
        described.append({"path": shown_path(file, project), "sha256": sha256_of(file)})
        if file.suffix == ".parquet":
            described[-1]["rows"] = _rows(file)
    return described


def _paths(value: Any) -> list[Path]:
    return [Path(each) for each in ([value] if isinstance(value, str | Path) else value)]


def _rows(path: Path) -> int:
    import pyarrow.parquet as pq

    return pq.read_metadata(path).num_rows


def _refuse_other_code(library: Iterable[str]) -> None:
    """A record must not name code that did not run, such as where attune is installed twice."""
    other = []
    for file in library:
        name = file.rpartition("scripts/")[2]
        ran = CODE / "scripts" / name
        if ran.is_file() and (ran.samefile(file) or ran.read_bytes() == Path(file).read_bytes()):
            continue
        other.append(f"scripts/{name}")
    if other:
        raise ProvenanceError(
            "Another copy of attune ran than the one beside the workflow. Remove the installed one"
            " (pip uninstall attune), or install this one (make install).",
            [f"{name} is not the same there" for name in other],
        )


def _step_of(rule: str) -> str:
    """The step of a rule, whose name another workflow that uses this one puts a word before."""
    steps = [path.stem for path in (CODE / "scripts").glob("*.py")]
    fit = [step for step in steps if rule == step or rule.endswith(f"_{step}")]
    return max(fit, key=len, default=rule)


def _params(snakemake: "Snakemake") -> dict[str, dict[str, Any]]:
    rule = CODE / "workflow" / "rules" / f"{_step_of(snakemake.rule)}.smk"
    text = rule.read_text(encoding="utf-8") if rule.is_file() else ""
    keys = dict(re.findall(r"^ +(\w+)=choices\.([\w.]+),$", text, re.MULTILINE))
    values = {name: _plain(value) for name, value in snakemake.params.items()}
    if "source" in values:
        # What follows the kind of files is drawn from the secret that hashes ids.
        values["source"] = str(values["source"]).partition(" ")[0]
    return {name: {"config": keys.get(name), "value": value} for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _code(files: list[Path], project: Path) -> dict[str, object]:
    shown = {shown_path(file, project): sha256_of(file) for file in files}
    return {
        "step": shown_path(files[0], project),
        "sha256": code_sum(shown),
        "files": sorted(shown),
    }


def _versions(files: list[Path]) -> dict[str, str]:
    """Of Python, attune and every installed package that one of the files imports."""
    names: set[str] = set()
    for file in files:
        names |= set(_IMPORTED.findall(file.read_text(encoding="utf-8")))
    found = {"python": ".".join(map(str, sys.version_info[:3])), "attune": __version__}
    for name in sorted(names - set(sys.stdlib_module_names) - {"attune", "snakemake"}):
        package = _DISTRIBUTION.get(name, name)
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # a module of ours, or a line of prose
            continue
    return found
