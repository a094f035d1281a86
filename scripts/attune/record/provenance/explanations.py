"""Explanations of all statistics of a cohort: from each number back to the raw files.

Parts that statistics share (files, records of steps, formulas, methods) are stored once and
referred to. Names of bookmarks in Word documents lead back to the statistic printed there.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha1
from typing import Any

from attune.specs.errors import ProvenanceError, StatisticError
from attune.store.statistic_kinds import StatisticKind, StatisticKinds

SHARED_TEXTS = ("method", "software", "instruments")
"""Columns whose texts many statistics share, stored as positions in `texts`."""
_COLUMNS = (
    *("analysis", "statistic", "x", "y", "level", "family", "dataset", "n", "df", "se", "tail"),
    *("p_two_tailed", "p_one_tailed", "ci_low", "ci_high", "ci_level", "seed", "reason"),
)
_WHOLE = ("n", "seed")
"""Whole numbers, stored as floats in columns with empty cells."""
_BOOKMARK_DIGITS = 16
_BOOKMARK = re.compile(rf"stat_([0-9a-f]{{{_BOOKMARK_DIGITS}}})_\d+")
"""Name of the Word bookmark of a statistic, as `reports/assets/origins.lua` writes it: the start of
the id's SHA-1 sum, since Word allows 40 characters, and the place, since names must be unique."""
_KEPT_IF_SUPPRESSED = ("analysis", "statistic", "x", "y", "level", "family", "dataset")


def explain_statistics(
    cohort: str,
    statistics: Mapping[str, Iterable[Mapping[str, Any]]],
    kinds: StatisticKinds,
    records: Sequence[Mapping[str, Any]],
    hidden: Mapping[str, tuple[str, str]],
    labels: Mapping[str, str],
    values: Mapping[str, str],
    *,
    quoted: Mapping[str, str] | None = None,
    other_sources: Mapping[str, str] | None = None,
    analyses: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Trace every statistic to its formula, its step and the files behind it.

    Parameters
    ----------
    cohort : str
    statistics : mapping of str to rows
        Rows of the contract `STATISTICS`, missing as None, by the SHA-256 sum of their file.
    kinds : StatisticKinds
        Kinds of statistics, with formulas and rules.
    records : sequence of mapping
        Records of the steps that lead to the statistics.
    hidden : mapping of str to (str, str)
        Suppressed statistics by id (see `attune.store.small_cells`): the mark printed in their
        place, and the reason.
    labels : mapping of str to str
        Labels of measures and outcomes.
    values : mapping of str to str
        Id of a printed value of the publication -> id of the statistic that should give it.
    quoted : mapping of str to str, optional
        Id of a printed value that no statistic gives -> the reason.
    other_sources : mapping of str to str, optional
        Id of a value that the publication does not print -> the source that gives it.
    analyses : mapping of str to str, optional
        Titles of the analyses that the study declares.

    Returns
    -------
    dict
        cohort; statistics by id; records by name, each with the records that made its inputs
        (`from`); files, to whose positions the records refer; formulas by key of their kind;
        texts; labels; values; quoted; other_sources; analyses.

    Raises
    ------
    ProvenanceError
        A file of statistics, or a result that a step read, has changed since the step that made
        it; a statistic has no kind, or another rule than its kind's computed it. All at once.
    """
    files: dict[tuple[str, str, int | None], int] = {}
    steps = {record["name"]: _step(record, files) for record in records}
    problems = _link_records(steps, records)
    texts: dict[str, int] = {}
    explained: dict[str, dict[str, Any]] = {}
    used: dict[str, StatisticKind] = {}
    for checksum, rows in statistics.items():
        record = _record_of_statistics(records, checksum)
        if record is None:
            problems.append(
                "no record says which step made a file of statistics in its present state"
            )
            continue
        for row in rows:
            try:
                kind = _kind_of(row, kinds, record["rule"])
            except StatisticError as error:
                problems.append(error.heading)
                continue
            used[kind.key] = kind
            suppressed = hidden.get(row["id"])
            parts = _suppressed(row, *suppressed) if suppressed else _statistic(row, texts)
            explained[row["id"]] = parts | {"record": record["name"], "formula": kind.key}
    if problems:
        raise ProvenanceError(
            f"The statistics of {cohort} cannot be traced to their sources. Run the workflow again;"
            " `snakemake --forceall` reruns every step.",
            list(dict.fromkeys(problems)),
        )
    return {
        "cohort": cohort,
        "files": [
            {"path": path, "sha256": checksum} | ({} if rows is None else {"rows": rows})
            for path, checksum, rows in files
        ],
        "formulas": {key: _formula(used[key]) for key in sorted(used)},
        "labels": dict(labels),
        "records": steps,
        "statistics": explained,
        "texts": list(texts),
        "values": {name: statistic for name, statistic in values.items() if statistic in explained},
        "quoted": dict(quoted or {}),
        "other_sources": dict(other_sources or {}),
        "analyses": dict(analyses or {}),
    }


def _kind_of(row: Mapping[str, Any], kinds: StatisticKinds, rule: str) -> StatisticKind:
    """The kind of a row, which must belong to the rule that computed it."""
    kind = kinds.kind_of(row)
    if kind.rule != rule:
        raise StatisticError(
            f"The rule {rule} computed {row['id']!r}, but ids of this form ({kind.id}) belong to"
            f" {kind.rule}. Rename the analysis in the study file."
        )
    return kind


def _formula(kind: StatisticKind) -> dict[str, str | None]:
    """Label, formula, function and source of a kind of statistic."""
    return {
        "label": kind.label,
        "formula": kind.formula,
        "function": kind.function,
        "doi": kind.doi,
    }


def as_json(explanations: Mapping[str, Any]) -> str:
    """As JSON, one statistic, record or file per line; equal content gives equal text.

    Examples
    --------
    >>> print(as_json({"statistics": {"b": {"n": 2}, "a": {}}, "cohort": "help"}))
    {
    "cohort": "help",
    "statistics": {
    "a": {},
    "b": {"n": 2}
    }
    }
    <BLANKLINE>
    """
    parts = [f"{_line(key)}: {_block(value)}" for key, value in sorted(explanations.items())]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _block(value: Any) -> str:
    if isinstance(value, Mapping) and value:
        lines = [f"{_line(key)}: {_line(entry)}" for key, entry in sorted(value.items())]
        return "{\n" + ",\n".join(lines) + "\n}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(map(_line, value)) + "\n]"
    return _line(value)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)


def _step(
    record: Mapping[str, Any], files: dict[tuple[str, str, int | None], int]
) -> dict[str, Any]:
    def places(group: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[int]]:
        found = {}
        for name, described in sorted(group.items()):
            keys = [(file["path"], file["sha256"], file.get("rows")) for file in described]
            found[name] = [files.setdefault(key, len(files)) for key in keys]
        return found

    code = record["code"]
    return {
        "rule": record["rule"],
        "step": code["step"],
        "code": {"sha256": code["sha256"], "n_files": len(code["files"])},
        "inputs": places(record["inputs"]),
        "outputs": places(record["outputs"]),
        "params": record["params"],
        "seed": record["seed"],
        "lock": [file["sha256"] for file in record["lock"]],
        "versions": record["versions"],
    }


def _link_records(
    steps: dict[str, dict[str, Any]], records: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Add to every step the steps that made its inputs (`from`); return the problems found."""
    made = {place: name for name, step in steps.items() for place in _all(step["outputs"])}
    paths = {
        file["path"]: record["name"]
        for record in records
        for described in record["outputs"].values()
        for file in described
    }
    problems = []
    for record in records:
        step = steps[record["name"]]
        step["from"] = sorted({made[place] for place in _all(step["inputs"]) if place in made})
        problems += [
            f"{record['name']} read {file['path']} in another state than"
            f" {paths[file['path']]} left it"
            for described in record["inputs"].values()
            for file in described
            if file["path"] in paths and paths[file["path"]] not in step["from"]
        ]
    return problems


def _all(groups: Mapping[str, Sequence[int]]) -> list[int]:
    return [place for places in groups.values() for place in places]


def _record_of_statistics(
    records: Sequence[Mapping[str, Any]], checksum: str
) -> Mapping[str, Any] | None:
    for record in records:
        if any(file["sha256"] == checksum for file in record["outputs"].get("statistics", [])):
            return record
    return None


def _statistic(row: Mapping[str, Any], texts: dict[str, int]) -> dict[str, Any]:
    parts = {name: row[name] for name in _COLUMNS if row.get(name) is not None}
    parts |= {name: int(parts[name]) for name in _WHOLE if name in parts}
    if row["estimate"] is not None:
        parts["value"] = row["estimate"]
    for name in SHARED_TEXTS:
        if row.get(name):
            parts[name] = texts.setdefault(row[name], len(texts))
    return parts


def _suppressed(row: Mapping[str, Any], mark: str, reason: str) -> dict[str, Any]:
    """Only what the id contains: no value, n, limits, p, method or seed."""
    parts = {name: row[name] for name in _KEPT_IF_SUPPRESSED if row.get(name) is not None}
    return parts | {"hidden": mark, "reason": reason}


def bookmarked(name: str, identifiers: Iterable[str]) -> str | None:
    """Id of the statistic that a Word bookmark leads back to; None for any other name.

    Parameters
    ----------
    name : str
        Name of the bookmark.
    identifiers : iterable of str
        Candidate statistics.

    Examples
    --------
    >>> bookmarked("stat_debd3f0ecab16602_3", ["sample.age.n", "sample.all.n"])
    'sample.all.n'
    """
    match = _BOOKMARK.fullmatch(name)
    if match is None:
        return None
    return next((known for known in identifiers if _id_digits(known) == match[1]), None)


def _id_digits(identifier: str) -> str:
    # Pandoc's filters provide SHA-1; it need not be secure here.
    return sha1(identifier.encode(), usedforsecurity=False).hexdigest()[:_BOOKMARK_DIGITS]
