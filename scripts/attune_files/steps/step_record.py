"""The record of a step: what it read and wrote, its code, choices and packages; never any row.

A step whose rule declares the output `record` writes it when it succeeds. The records of a run lead
from a printed number back to the raw files, and decide what has to run again (see `rerun_check`).
The same run gives the same bytes.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attune.specs.errors import ProvenanceError
from attune_files.steps.file_sums import FileSums
from attune_files.steps.step_code import (
    CODE,
    code_sum,
    library_files,
    package_versions,
    refuse_other_code,
    step_file,
    step_of,
)

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

NO_DATA = ("lock",)
"""Inputs that are environment; they have their own part of the record."""
States = Mapping[Path, tuple[int, int] | None]
"""Size and time of change of files; None of one that is not there."""


def input_states(snakemake: "Snakemake") -> States:
    """Size and time of every file that a step reads or imports, to see later whether one changed.

    Parameters
    ----------
    snakemake : snakemake.iocontainers.Snakemake
        The object that Snakemake gives to a script.
    """
    read = [path for value in _inputs(snakemake).values() for path in _paths(value)]
    code = code_files(step_of(snakemake.rule)) if _record_path(snakemake) else []
    return {path: _state(path) for path in [*read, *code]}


def refuse_changed_results(snakemake: "Snakemake", sums: FileSums) -> None:
    """Stop where a result that a step is about to read is not as its own step left it.

    Parameters
    ----------
    snakemake : snakemake.iocontainers.Snakemake
        The object that Snakemake gives to a script. A step without the output `record`, and a
        result that no record names, are not checked.
    sums : FileSums
        Keeps the sums for the record.

    Raises
    ------
    ProvenanceError
        With every input that was edited, cut off or replaced since.
    """
    path = _record_path(snakemake)
    if path is None:
        return
    project = project_of(path)
    written = {
        file["path"]: (file["sha256"], record["rule"])
        for record in filter(None, map(read_record, sorted(path.parent.glob("*.json"))))
        for files in record["outputs"].values()
        for file in files
    }
    read = {
        shown_path(file, project): file
        for name, value in _inputs(snakemake).items()
        if name not in NO_DATA
        for file in files_of(value)
    }
    changed = [
        f"{name} was changed after {written[name][1]} wrote it"
        for name, file in read.items()
        if name in written and sums[file] != written[name][0]
    ]
    if changed:
        raise ProvenanceError(
            "Results are not as the workflow wrote them. Run `snakemake --cores 4` again, which"
            " makes them anew; copy them elsewhere first if you want to keep the change.",
            changed,
        )


def write_record(snakemake: "Snakemake", before: States, sums: FileSums | None = None) -> None:
    """Write the record of a step that has just succeeded, if its rule declares one.

    Parameters
    ----------
    snakemake : snakemake.iocontainers.Snakemake
        The object that Snakemake gives to a script.
    before : mapping
        What `input_states` gave when the step began.
    sums : FileSums, optional
        Sums of inputs that are known already.

    Raises
    ------
    ProvenanceError
        A file that the step reads was changed meanwhile: its sum now is not that of what was read.
        Or the library that ran is another one than its rule declares.
    """
    path = _record_path(snakemake)
    if path is None:
        return
    project = project_of(path)
    changed = [shown_path(file, project) for file, was in before.items() if _state(file) != was]
    if changed:
        raise ProvenanceError(
            f"Files were changed while {snakemake.rule} read them, so its results may rest on both"
            " states. Run it again.",
            [f"{name} was changed" for name in changed],
        )
    refuse_other_code(step_of(snakemake.rule), Path(snakemake.scriptdir))
    record = step_record(snakemake, path, sums or FileSums())
    text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")


def step_record(snakemake: "Snakemake", path: Path, sums: FileSums) -> dict[str, object]:
    """What the record of a step holds.

    Parameters
    ----------
    snakemake : snakemake.iocontainers.Snakemake
    path : Path
        Of the record: results/<cohort>/records/<name>.json, or
        results/synthesis/<synthesis>/records/<name>.json, below the project's folder.
    sums : FileSums

    Returns
    -------
    dict
        rule, name (of the record), wildcards, inputs and outputs (name -> list of path, sha256 and,
        of Parquet files, rows), params (name -> value and the key of config.yaml it comes from),
        seed, code (the step and its library files with one sha256 over all), lock, versions.

    Notes
    -----
    Of a file outside the project, such as a restricted raw file, only the name is recorded.
    """
    project = project_of(path)
    inputs = _inputs(snakemake)
    outputs = {name: value for name, value in snakemake.output.items() if name != "record"}
    step = step_of(snakemake.rule)
    code = code_files(step)
    params = recorded_params(step, dict(snakemake.params.items()))
    return {
        "rule": step,
        "name": path.stem,
        "wildcards": dict(snakemake.wildcards.items()),
        "inputs": _with_rows(inputs, project, sums),
        "outputs": _with_rows(outputs, project, sums),
        "params": params,
        "seed": params["seed"]["value"] if "seed" in params else None,
        "code": recorded_code(code, project, sums),
        "lock": recorded_files(inputs.get("lock") or [], project, sums),
        "versions": package_versions(code),
    }


def project_of(record: Path) -> Path:
    """The project's folder, which holds the folder results of a record.

    Examples
    --------
    >>> project_of(Path("/clinic/results/small/records/score_scales.json")).as_posix()
    '/clinic'
    >>> project_of(Path("/clinic/results/synthesis/empathy/records/plot_synthesis.json")).as_posix()
    '/clinic'
    """
    above = record.absolute().parents
    return next((folder.parent for folder in above if folder.name == "results"), above[3])


def read_record(path: Path) -> dict[str, Any] | None:
    """The record of a step; None where there is none, or something that no step wrote."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    parts = ("rule", "inputs", "outputs", "params", "code", "lock")
    return record if isinstance(record, dict) and all(part in record for part in parts) else None


def shown_path(path: Path, project: Path) -> str:
    """A path below the project's folder or that of its code; of other files only the name.

    Examples
    --------
    >>> shown_path(Path("/clinic/results/small/gains.parquet"), Path("/clinic"))
    'results/small/gains.parquet'
    >>> shown_path(Path("/vault/patients/intake.csv"), Path("/clinic"))
    'intake.csv'
    """
    # Compared as text: a start of Snakemake asks for 20,000 of these, and the functions of pathlib
    # took a seventh of its time.
    absolute, folder = path.absolute().as_posix(), project.as_posix().rstrip("/") + "/"
    if absolute.startswith(folder):
        return absolute[len(folder) :]
    resolved = path.resolve()
    return resolved.relative_to(CODE).as_posix() if resolved.is_relative_to(CODE) else path.name


def files_of(value: Any) -> list[Path]:
    """The files of an input or output: paths, or everything inside a folder, sorted."""
    files: list[Path] = []
    for path in _paths(value):
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.is_file())
            files += [file for file in inside if not file.name.startswith(".snakemake")]
        elif path.is_file():
            files.append(path)
    return files


def recorded_files(value: Any, project: Path, sums: FileSums) -> list[dict[str, str]]:
    """Path and sum of each file of an input or output."""
    return [{"path": shown_path(file, project), "sha256": sums[file]} for file in files_of(value)]


def code_files(step: str) -> list[Path]:
    """The step's script and its library files."""
    script = step_file(step)
    return [script, *library_files(script)]


def recorded_code(files: Sequence[Path], project: Path, sums: FileSums) -> dict[str, object]:
    """The step, its files and one sum over all of them."""
    sum_of = {shown_path(file, project): sums[file] for file in files}
    return {
        "step": shown_path(files[0], project),
        "sha256": code_sum(sum_of),
        "files": sorted(sum_of),
    }


def recorded_params(step: str, params: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The choices of a step: value, and the key of config.yaml that its rule takes it from."""
    keys = _keys_of_config(step)
    values = {name: _plain(value) for name, value in params.items()}
    if "source" in values:
        # What follows the kind of files is drawn from the secret that hashes ids.
        values["source"] = str(values["source"]).partition(" ")[0]
    return {name: {"config": keys.get(name), "value": value} for name, value in values.items()}


@cache
def _keys_of_config(step: str) -> dict[str, str]:
    """Param -> key of config.yaml, as the rule of a step names it."""
    rule = CODE / "workflow" / "rules" / f"{step}.smk"
    text = rule.read_text(encoding="utf-8") if rule.is_file() else ""
    return dict(re.findall(r"^ +(\w+)=choices\.([\w.]+),$", text, re.MULTILINE))


def _inputs(snakemake: "Snakemake") -> dict[str, Any]:
    return dict(snakemake.input.items()) if hasattr(snakemake, "input") else {}


def _record_path(snakemake: "Snakemake") -> Path | None:
    outputs = dict(snakemake.output.items()) if hasattr(snakemake, "output") else {}
    return Path(outputs["record"]) if "record" in outputs else None


def _state(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _paths(value: Any) -> list[Path]:
    return [Path(path) for path in ([value] if isinstance(value, str | Path) else value)]


def _with_rows(
    values: Mapping[str, Any], project: Path, sums: FileSums
) -> dict[str, list[dict[str, object]]]:
    """Recorded files by name; of Parquet files also the number of rows."""
    described: dict[str, list[dict[str, object]]] = {}
    for name, value in values.items():
        if name in NO_DATA:
            continue
        described[name] = [
            recorded | ({"rows": _rows(file)} if file.suffix == ".parquet" else {})
            for file, recorded in zip(
                files_of(value), recorded_files(value, project, sums), strict=True
            )
        ]
    return described


def _rows(path: Path) -> int:
    import pyarrow.parquet as pq

    return pq.read_metadata(path).num_rows


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(part) for part in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
