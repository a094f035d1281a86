"""Rerun check: jobs whose inputs, code, choices or outputs differ from their record.

Snakemake compares contents only where an input is newer than an output, and scripts by their time
alone. So it misses a file that was edited but kept an older time (`cp -p`, `rsync`, an unpacked
zip), reruns everything after the touch of a script, and trusts results that it has no metadata of.
The records know the content of everything that a job read and wrote, wherever the results came
from; comparing them with the files as they are decides by content alone.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from attune_files.steps.file_sums import FileSums
from attune_files.steps.step_record import (
    NO_DATA,
    code_files,
    project_of,
    read_record,
    recorded_code,
    recorded_files,
    recorded_params,
)

MOST_REASONS = 8
"""Changed files that are printed; the rest is counted."""


@dataclass(frozen=True)
class Job:
    """One job as its rule declares it now.

    Attributes
    ----------
    step : str
        The script of its rule.
    record : Path
        Of the job: results/<cohort>/records/<name>.json below the project's folder.
    inputs, outputs : mapping of str to path or paths
        By name, as in the rule; outputs without the record.
    params : mapping of str to object
    """

    step: str
    record: Path
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    params: Mapping[str, Any]


def jobs_to_rerun(jobs: Iterable[Job], sums: FileSums) -> dict[Path, list[str]]:
    """Jobs that do not fit their record, and what changed.

    Parameters
    ----------
    jobs : iterable of Job
        Every job that may have run.
    sums : FileSums

    Returns
    -------
    dict of Path to list of str
        Record of the job -> what changed: paths, keys of config.yaml, or "code of <step>". The list
        is empty for a job without a readable record where other jobs have one, as when a run
        was interrupted. Jobs that depend on these are not listed: Snakemake reruns them anyway.
        A folder of records that is empty or absent gives nothing: there was no run.
    """

    @cache
    def code_now(step: str, project: Path) -> str:
        """Checksum of the present code of a step, computed once, as all cohorts share it."""
        return str(recorded_code(code_files(step), project, sums)["sha256"])

    changes_of = {}
    for job in jobs:
        record = read_record(job.record)
        if record is not None:
            changes = changes_since(record, job, sums, code_now)
            if changes:
                changes_of[job.record] = changes
        elif any(job.record.parent.glob("*.json")):
            changes_of[job.record] = []
    return changes_of


def changes_since(
    record: Mapping[str, Any], job: Job, sums: FileSums, code_now: Callable[[str, Path], str]
) -> list[str]:
    """What of a job differs from its record; empty if nothing does.

    Versions of packages are not compared: they follow from the lock file, which is.

    Parameters
    ----------
    record : mapping
        As `attune_files.steps.step_record.step_record` describes it.
    job : Job
    sums : FileSums
    code_now : callable
        Sum over the code of a step as it is now, given the step and the project's folder.
    """
    project = project_of(job.record)
    changes: dict[str, None] = {}
    inputs = {name: value for name, value in job.inputs.items() if name not in NO_DATA}
    for now, was in (
        (inputs, record["inputs"]),
        (job.outputs, record["outputs"]),
        ({"lock": job.inputs.get("lock") or []}, {"lock": record["lock"]}),
    ):
        for name in dict.fromkeys([*now, *was]):
            files = recorded_files(now.get(name, []), project, sums)
            changes |= dict.fromkeys(_different(files, was.get(name, [])))
    params = recorded_params(job.step, job.params)
    for name in dict.fromkeys([*params, *record["params"]]):
        now_, was_ = params.get(name), record["params"].get(name)
        if now_ != was_:
            changes[(now_ or was_ or {}).get("config") or name] = None
    if code_now(job.step, project) != record["code"]["sha256"]:
        changes[f"code of {job.step}"] = None
    return list(changes)


def change_lines(changes_of: Mapping[Path, list[str]]) -> list[str]:
    """What changed, one line for each, with the jobs that rerun because of it.

    Examples
    --------
    >>> record = Path("results/help/records/score_scales.json")
    >>> change_lines({record: ["workflow/instruments/wai_s.yaml"]})
    ['workflow/instruments/wai_s.yaml: score_scales (help)']
    """
    steps: dict[str, list[str]] = {}
    for record, changes in changes_of.items():
        for change in changes:
            steps.setdefault(change, []).append(f"{record.stem} ({record.parents[1].name})")
    lines = []
    for change, names in list(steps.items())[:MOST_REASONS]:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        lines.append(f"{change}: {', '.join(names[:3])}{more}")
    if len(steps) > MOST_REASONS:
        lines.append(f"and {len(steps) - MOST_REASONS:,} more changes")
    return lines


def edited_documents(records: Iterable[Path], sums: FileSums) -> list[Path]:
    """Quarto sources that a person edited since their step wrote them.

    Parameters
    ----------
    records : iterable of Path
        Records of the steps that are about to write documents.
    sums : FileSums

    Returns
    -------
    list of Path
        Only files that are there and whose content is not the recorded one: another version of
        attune, its templates or its data make no document an edited one.
    """
    edited = []
    for path in records:
        record = read_record(path) or {"outputs": {}}
        for file in (file for files in record["outputs"].values() for file in files):
            document = project_of(path) / file["path"]
            is_source = document.suffix == ".qmd" and document.is_file()
            if is_source and sums[document] != file["sha256"]:
                edited.append(document)
    return edited


def edited_sentence(document: Path, folder: str) -> str:
    """Why a run stops at an edited document, where the text belongs, how to discard the edits.

    Parameters
    ----------
    document : Path
        Below the project's folder.
    folder : str
        Of the author's own text, such as `data/help/text`.

    Examples
    --------
    >>> edited_sentence(Path("results/help/manuscript.qmd"), "data/help/text").split(". ")[0]
    'results/help/manuscript.qmd was edited by hand, and this run would write it anew'
    """
    return (
        f"{document.as_posix()} was edited by hand, and this run would write it anew. Text of your"
        f" own belongs into {folder}/ (introduction.md, procedure.md, discussion.md and others; see"
        " docs/your_text.md), where every run keeps it. Move it there and delete"
        f" {document.as_posix()}; or delete it alone to discard the edits. Then run again."
    )


def _different(now: list[dict[str, str]], was: list[dict[str, Any]]) -> list[str]:
    """Paths of files that differ, were added or removed; all paths if only their order changed."""
    pairs_now = [(file["path"], file["sha256"]) for file in now]
    pairs_was = [(file["path"], file["sha256"]) for file in was]
    if pairs_now == pairs_was:
        return []
    different = {path for path, _ in set(pairs_now) ^ set(pairs_was)}
    return sorted(different or {path for path, _ in pairs_now})
