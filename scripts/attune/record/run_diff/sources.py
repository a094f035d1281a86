"""Changed inputs, choices, code and packages of two runs, from the records of their steps."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from attune.record.run_diff.changes import SourceChange
from attune.record.run_diff.run import Run

Kind = Literal["input", "code", "config", "version", "step"]
Recorded = dict[tuple[Kind, str], dict[str, str | None]]
"""Kind and name -> step -> value in its record."""

_DIGITS = 12
_ORDER: tuple[Kind, ...] = ("input", "config", "code", "version", "step")


def source_changes(before: Run, after: Run) -> list[SourceChange]:
    """Inputs, choices, code and packages that differ, each once with the steps that record it.

    Results of other steps that a step reads are not listed. Code is compared step by step, by one
    sum over the step and its library files. If a run has no records, only the software that its
    statistics name is compared.
    """
    if not (before.records and after.records):
        return _software_changes(before, after)
    old, new = _recorded(before), _recorded(after)
    found: dict[tuple[Kind, str, str | None, str | None], list[str]] = defaultdict(list)
    for key in sorted({*old, *new}, key=lambda part: (_ORDER.index(part[0]), part[1])):
        first, second = old.get(key, {}), new.get(key, {})
        for step in sorted({*first, *second}):
            was, now = first.get(step), second.get(step)
            if was != now and (key[0] == "step" or _both_have(step, before, after)):
                found[*key, was, now].append(step)
    return [
        SourceChange(kind=kind, name=name, steps=steps, before=was, after=now)
        for (kind, name, was, now), steps in found.items()
    ]


def _recorded(run: Run) -> Recorded:
    recorded: Recorded = defaultdict(dict)
    for step, record in run.records.items():
        for kind, name, value in _parts(step, record):
            recorded[kind, name][step] = value
    return recorded


def _parts(step: str, record: Mapping[str, Any]) -> Iterator[tuple[Kind, str, str]]:
    """All entries of one record, with kind, name and short value."""
    yield "step", step, "in this run"
    for files in record.get("inputs", {}).values():
        for file in files:
            if not str(file["path"]).startswith("results/"):
                yield "input", file["path"], str(file["sha256"])[:_DIGITS]
    for file in record.get("lock", []):
        yield "input", file["path"], str(file["sha256"])[:_DIGITS]
    for name, param in record.get("params", {}).items():
        yield from _choices(param.get("config") or name, param.get("value"))
    code = record.get("code", {})
    if code:
        yield "code", str(code.get("step", step)), str(code.get("sha256", ""))[:_DIGITS]
    for package, version in record.get("versions", {}).items():
        yield "version", package, str(version)


def _choices(name: str, value: Any) -> Iterator[tuple[Kind, str, str]]:
    """A choice; a section of choices key by key."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _choices(key if name == "settings" else f"{name}.{key}", inner)
    else:
        yield "config", name, str(value)


def _both_have(step: str, before: Run, after: Run) -> bool:
    """Whether both runs have a step; a step of one run is reported without its inputs."""
    return step in before.records and step in after.records


def _software_changes(before: Run, after: Run) -> list[SourceChange]:
    old, new = _software(before), _software(after)
    return [
        SourceChange(kind="version", name=name, before=old.get(name), after=new.get(name))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]


def _software(run: Run) -> dict[str, str]:
    """Package -> version, from the statistics themselves."""
    named = {
        software
        for row in run.statistics
        for software in str(row.get("software") or "").split("; ")
    }
    found: dict[str, str] = {}
    for software in sorted(filter(None, named)):
        package, _, version = software.partition(" ")
        found[package] = ", ".join(filter(None, [found.get(package), version]))
    return found
