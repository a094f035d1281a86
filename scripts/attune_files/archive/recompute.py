"""Computes an archived run again in a clean folder, with the code that is in the archive."""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Collection
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from attune import __version__
from attune.analyses.kinds import KINDS
from attune.record.archive.contents import is_aggregate
from attune.record.archive.manifest import DESCRIPTION, MANIFEST, ArchiveDescription
from attune.record.archive.run_comparison import RunComparison, RunFiles, compare_runs
from attune.specs.errors import ArchiveError
from attune.synthesis.kinds import KINDS as SYNTHESIS_KINDS
from attune_files.archive.crate import METADATA
from attune_files.archive.psych_ds import PSYCH_DS
from attune_files.archive.run import last_lines, snakemake
from attune_files.project import read_declared_cohort

NOT_NEEDED = ("results", PSYCH_DS, DESCRIPTION, MANIFEST, METADATA)
"""Parts of an archive that a run does not read."""


def recompute(
    archived: Path, clean: Path, description: ArchiveDescription, raw: Path | None, cores: int
) -> list[str]:
    """Run the pipeline again.

    Parameters
    ----------
    archived : Path
        The unpacked archive; it stays as it is.
    clean : Path
        A folder that does not exist yet.
    description : ArchiveDescription
    raw : Path or None
        The raw files, if the archive does not hold them.
    cores : int

    Returns
    -------
    list of str
        The last output of Snakemake if it did not finish every step; otherwise empty.

    Raises
    ------
    ArchiveError
        The raw files are not in the archive and were not given, or lack a file.
    """
    _check_raw(archived, description, raw)
    shutil.copytree(
        archived, clean, ignore=lambda at, _: NOT_NEEDED if Path(at) == archived else ()
    )
    if description.synthesis:
        # Statistics of its cohorts are inputs.
        _copy_results_of_others(archived, clean, description)
    # First in the path: the archive's own code is run, not the installed one.
    changed: dict[str, str | None] = {"PYTHONPATH": str((clean / "scripts").absolute())}
    if description.folder_variable:
        changed[description.folder_variable] = str(raw.absolute()) if raw else None
    elif raw is not None:
        _copy_raw(raw, clean, description.cohort)
    if is_twin_only(description, raw):
        _make_twin(clean, description, changed)
    words = ("--cores", str(cores), "--keep-going")
    done = snakemake("Snakefile", clean, *words, changed=changed)
    return last_lines(done.stderr) if done.returncode else []


def _copy_results_of_others(archived: Path, clean: Path, description: ArchiveDescription) -> None:
    for file in sorted((archived / "results").rglob("*.parquet")):
        place = file.relative_to(archived)
        if not place.as_posix().startswith(description.results):
            (clean / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, clean / place)


def is_twin_only(description: ArchiveDescription, raw: Path | None) -> bool:
    """Whether only the twin of restricted data can be computed, which has other numbers."""
    return description.analysed == "restricted" and raw is None


def _check_raw(archived: Path, description: ArchiveDescription, raw: Path | None) -> None:
    name = description.cohort
    if description.synthesis:
        if raw is not None:
            raise ArchiveError(
                "--raw is of no use here: the archive is of a synthesis, which reads no raw files.",
                ["Leave --raw out."],
            )
        return
    if description.raw_included:
        if raw is not None:
            raise ArchiveError(
                "--raw is of no use here: the archive holds the raw files that were analysed.",
                ["Leave --raw out."],
            )
        return
    cohort = read_declared_cohort(archived / f"data/{name}/cohort.yaml")
    needed = [part for file in cohort.files.values() for part in file.parts()]
    if raw is None:
        summary = cohort.restricted.summary if cohort.restricted else ""
        if summary and (archived / f"data/{name}/{summary}").is_file():
            return
        raise ArchiveError(
            f"The raw files of {name} are not in the archive: {description.raw_reason}.",
            [f"Give the folder that holds {', '.join(needed)}: --raw FOLDER."],
        )
    absent = [part for part in needed if not (raw / part).is_file()]
    if absent:
        raise ArchiveError(f"--raw lacks raw files of {name}.", [f"{a} is absent" for a in absent])


def _copy_raw(raw: Path, clean: Path, name: str) -> None:
    cohort = read_declared_cohort(clean / f"data/{name}/cohort.yaml")
    for part in (path for file in cohort.files.values() for path in file.parts()):
        target = clean / f"data/{name}/{part}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(raw / part, target)


def _make_twin(
    clean: Path, description: ArchiveDescription, changed: dict[str, str | None]
) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in changed}
    environment |= {name: value for name, value in changed.items() if value is not None}
    done = subprocess.run(
        [sys.executable, "-m", "attune_cli.main", "twin", description.cohort],
        cwd=clean, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise ArchiveError("The twin cannot be made.", last_lines(done.stderr))


def versions_here(names: Collection[str]) -> dict[str, str | None]:
    """The installed versions of packages, among them python and attune; None where absent."""
    versions: dict[str, str | None] = {}
    for name in names:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    return versions | {"python": platform.python_version(), "attune": __version__}


def compare_folders(archived: Path, clean: Path, description: ArchiveDescription) -> RunComparison:
    """Compare the unpacked archive with what was computed in the clean folder."""
    one, other = (_run_files(folder / description.results) for folder in (archived, clean))
    if description.synthesis:
        return compare_runs(one, other, kinds=SYNTHESIS_KINDS)
    if not description.raw_included:
        other = RunFiles(
            [path for path in other.paths if is_aggregate(path)],
            other.table, other.text, other.versions,
        )  # fmt: skip
    return compare_runs(one, other, description.withheld, KINDS)


def _run_files(folder: Path) -> RunFiles:
    files = [file for file in folder.rglob("*") if file.is_file() and file.name[0] != "."]
    versions: set[str] = set()
    for record in folder.glob("records/*.json"):
        versions |= set(json.loads(record.read_text(encoding="utf-8"))["versions"].values())

    def table(path: str) -> pa.Table:
        return pq.read_table(folder / path).replace_schema_metadata(None)

    def text(path: str) -> str:
        return (folder / path).read_text(encoding="utf-8")

    paths = [file.relative_to(folder).as_posix() for file in files]
    return RunFiles(paths, table, text, versions)
