"""Check that a run is complete and up to date, by Snakemake and by the records of the run."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attune.record.archive.zip_safety import MOST_LISTED
from attune.specs.errors import ArchiveError
from attune_files.steps.file_sums import sha256_of
from attune_files.steps.step_code import CODE, code_sum

AGAIN = "Run the pipeline again (`snakemake --cores 4`), check the results, then archive them."


@dataclass(frozen=True)
class Run:
    """A finished run of one cohort or synthesis.

    Attributes
    ----------
    outputs : list of Path
        Every file that a rule wrote, relative to the folder that holds results/.
    records : list of dict
        Record of each step (see `attune_files.steps.step_record`).
    """

    outputs: list[Path]
    records: list[dict[str, Any]]

    def inputs(self) -> list[str]:
        """Every file that a step read, apart from code, as the records call them."""
        files = [described for record in self.records for described in record["inputs"].values()]
        return sorted({described["path"] for entries in files for described in entries})

    def versions(self) -> dict[str, str]:
        """Python and every package that a step imported, with the version that it had."""
        by_package: dict[str, str] = {}
        for record in self.records:
            by_package |= record["versions"]
        return dict(sorted(by_package.items()))


def snakemake(
    snakefile: str,
    folder: Path,
    *words: str,
    changed: Mapping[str, str | None] | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Run Snakemake in a folder, with the Python that runs now.

    Parameters
    ----------
    snakefile : str
    folder : Path
        Where results/ is or comes to be.
    *words : str
        Of the command line.
    changed : mapping of str to str or None, optional
        Environment variables that are set, or with None taken away.
    """
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{_path()}"}
    for name, value in (changed or {}).items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    command = [sys.executable, "-m", "snakemake", "--snakefile", snakefile, "--nocolor", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def finished_run(
    name: str,
    find: Callable[[str], str],
    folder: Path | None = None,
    *,
    synthesis: bool = False,
) -> Run:
    """The run of a cohort or synthesis, if it is complete and everything in it fits its inputs.

    Parameters
    ----------
    name : str
    find : callable
        Where a file of the project lies, given its path in the project.
    folder : Path, optional
        Where results/ is; default: the current folder.
    synthesis : bool
        Whether the name is that of a synthesis. Of its cohorts only the statistics that it read
        have to be as they were.

    Raises
    ------
    ArchiveError
        Something is not there, is older than its inputs or was changed since; with what to do.
    """
    folder = folder or Path()
    config: tuple[str, ...] = ("cohorts=[]", f"syntheses=[{name}]")
    if not synthesis:
        config = (f"cohorts=[{name}]", "syntheses=[]", "given_statistics={}")
    summary = snakemake(find("Snakefile"), folder, "--cores", "1", "--config", *config, "--summary")
    if summary.returncode:
        raise ArchiveError(f"The run of {name} cannot be checked.", last_lines(summary.stderr))
    own = f"results/synthesis/{name}/" if synthesis else "results/"
    rows = [line.split("\t") for line in summary.stdout.splitlines() if line.startswith(own)]
    absent = [f"{row[0]} is not there" for row in rows if row[4] == "missing"]
    outdated = [f"{row[0]} is no longer up to date" for row in rows if row[5] != "no update"]
    outputs = [file for row in rows if row[4] != "missing" for file in _files(folder, row[0])]
    records = [
        json.loads((folder / path).read_text(encoding="utf-8"))
        for path in outputs
        if path.parent.name == "records"
    ]
    # A problem of a file is more informative than that Snakemake would make it again.
    reasons = [*absent, *_unrecorded_files(outputs, records), *changed_files(records, folder, find)]
    _refuse(name, list(dict.fromkeys(reasons)) or outdated)
    return Run(sorted(outputs), records)


def _refuse(name: str, problems: Sequence[str]) -> None:
    if not problems:
        return
    more = len(problems) - MOST_LISTED
    listed = [*problems[:MOST_LISTED], *([f"and {more:,} more"] if more > 0 else []), AGAIN]
    raise ArchiveError(f"The run of {name} is not complete and up to date.", listed)


def changed_files(
    records: Sequence[Mapping[str, Any]], folder: Path, find: Callable[[str], str]
) -> Iterator[str]:
    """Files that are not what they were when the steps read and wrote them."""
    sums: dict[Path, str] = {}
    for record in records:
        for part, verb in (("inputs", "read"), ("outputs", "written")):
            for described in (entry for files in record[part].values() for entry in files):
                path = described["path"]
                file = folder / path if (folder / path).is_file() else Path(find(path))
                if "/" not in path:
                    continue  # a file outside the project, which the step itself has checked
                if not file.is_file():
                    yield f"{path} is not there any more"
                elif _sum(file, sums) != described["sha256"]:
                    yield f"{path} was changed after it was {verb} by {record['rule']}"
        # Of attune's own files those that go into the archive, wherever the pipeline was started.
        code = {
            name: _sum(CODE / name if (CODE / name).is_file() else Path(find(name)), sums)
            for name in record["code"]["files"]
        }
        if code_sum(code) != record["code"]["sha256"]:
            yield f"the code of {record['rule']} is not what ran"


def _sum(file: Path, known: dict[Path, str]) -> str:
    """The sum of a file, looked at once; empty where there is none."""
    if file not in known:
        known[file] = sha256_of(file) if file.is_file() else ""
    return known[file]


def _unrecorded_files(
    outputs: Sequence[Path], records: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """Files in a folder of results that no step wrote, whose contents are therefore unchecked."""
    written = {
        described["path"]
        for record in records
        for files in record["outputs"].values()
        for described in files
    }
    for path in outputs:
        if path.parent.name != "records" and path.as_posix() not in written:
            yield f"{path.as_posix()} was written by no step; move it elsewhere"


def _files(folder: Path, output: str) -> list[Path]:
    """The files of an output, which may be a folder."""
    path = folder / output
    inside = (
        sorted(entry for entry in path.rglob("*") if entry.is_file()) if path.is_dir() else [path]
    )
    return [entry.relative_to(folder) for entry in inside if not entry.name.startswith(".")]


def last_lines(output: str) -> list[str]:
    """The last lines of a program's output, without blank ones."""
    lines = [line.strip().removeprefix("- ") for line in output.splitlines() if line.strip()]
    return lines[-MOST_LISTED:]


def _path() -> str:
    return os.environ.get("PATH", "")
