"""Every statistic of a cohort with its source: from the records of the steps back to the raw files.

What many statistics share (files, steps, formulas, methods) is told once and referred to by name.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attune.specs.errors import ProvenanceError
from attune.store.formulas import FORMULAS, formula_key

SHARED_TEXTS = ("method", "software", "instruments")
"""Columns of the store whose texts many statistics share; told as places of `texts`."""
_COPIED = (
    *("analysis", "statistic", "x", "y", "level", "family", "dataset", "n", "df", "se", "tail"),
    *("p_two_tailed", "p_one_tailed", "ci_low", "ci_high", "ci_level", "seed", "reason"),
)
_WHOLE = ("n", "seed")
"""Whole numbers, which a column with empty cells may hold as fractions."""
_TOLD_OF_HIDDEN = ("analysis", "statistic", "x", "y", "level", "family", "dataset")


def explain_statistics(
    cohort: str,
    statistics: Mapping[str, Iterable[Mapping[str, Any]]],
    records: Sequence[Mapping[str, Any]],
    hidden: Mapping[str, tuple[str, str]],
    labels: Mapping[str, str],
    values: Mapping[str, str],
    *,
    quoted: Mapping[str, str] | None = None,
    analyses: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What is known about the source of every statistic.

    Parameters
    ----------
    cohort : str
    statistics : mapping of str to rows
        Rows of the contract `STATISTICS`, missing as None, by the SHA-256 sum of their file.
    records : sequence of mapping
        The records of the steps that lead to the statistics.
    hidden : mapping of str to (str, str)
        Statistics that nothing shared tells (see `attune.store.small_cells`): what stands in their
        place, and why.
    labels : mapping of str to str
        Measures and outcomes in words.
    values : mapping of str to str
        Printed value of the publication -> the statistic that should give it.
    quoted : mapping of str to str, optional
        Printed value that no statistic gives -> why.
    analyses : mapping of str to str, optional
        Titles of the analyses that the study declares.

    Returns
    -------
    dict
        cohort; statistics by id; records by name, each with the records that made its inputs
        (`from`); files, to whose places the records refer; formulas; texts; labels; values;
        quoted; analyses.

    Raises
    ------
    ProvenanceError
        No record tells which step made a file of statistics or another result that a step read, as
        it is now; or a statistic has no formula. All at once.
    """
    files: dict[tuple[str, str, int | None], int] = {}
    steps = {record["name"]: _step(record, files) for record in records}
    problems = _linked(steps, records)
    texts: dict[str, int] = {}
    told: dict[str, dict[str, Any]] = {}
    for sum_, rows in statistics.items():
        maker = _maker(records, sum_)
        if maker is None:
            problems.append("no record tells which step made a file of statistics as it is now")
            continue
        for row in rows:
            key = formula_key(maker["rule"], row["analysis"], row["statistic"], row["x"])
            if key is None:
                problems.append(f"{maker['rule']}: {row['statistic']!r} has no formula")
                continue
            secret = hidden.get(row["id"])
            parts = _statistic(row, texts) if secret is None else _hidden(row, *secret)
            told[row["id"]] = parts | {"record": maker["name"], "formula": key}
    if problems:
        again = "Run the workflow again; `snakemake --forceall` makes every step anew."
        told_once = list(dict.fromkeys(problems))
        raise ProvenanceError(
            f"The statistics of {cohort} cannot be traced to their sources. {again}", told_once
        )
    used = {each["formula"] for each in told.values()}
    return {
        "cohort": cohort,
        "files": [
            {"path": path, "sha256": sum_} | ({} if rows is None else {"rows": rows})
            for path, sum_, rows in files
        ],
        "formulas": {key: vars(FORMULAS[key]) for key in sorted(used)},
        "labels": dict(labels),
        "records": steps,
        "statistics": told,
        "texts": list(texts),
        "values": {name: each for name, each in values.items() if each in told},
        "quoted": dict(quoted or {}),
        "analyses": dict(analyses or {}),
    }


def as_json(explanations: Mapping[str, Any]) -> str:
    """As JSON with one statistic, record or file a line; the same content gives the same text.

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
        lines = [f"{_line(key)}: {_line(each)}" for key, each in sorted(value.items())]
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
            keys = [(each["path"], each["sha256"], each.get("rows")) for each in described]
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
        "lock": [each["sha256"] for each in record["lock"]],
        "versions": record["versions"],
    }


def _linked(steps: dict[str, dict[str, Any]], records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give every step the steps that made its inputs; what is wrong with that."""
    made = {place: name for name, step in steps.items() for place in _all(step["outputs"])}
    paths = {
        each["path"]: record["name"]
        for record in records
        for described in record["outputs"].values()
        for each in described
    }
    problems = []
    for record in records:
        step = steps[record["name"]]
        step["from"] = sorted({made[place] for place in _all(step["inputs"]) if place in made})
        problems += [
            f"{record['name']} read {each['path']} in another state than"
            f" {paths[each['path']]} left it"
            for described in record["inputs"].values()
            for each in described
            if each["path"] in paths and paths[each["path"]] not in step["from"]
        ]
    return problems


def _all(groups: Mapping[str, Sequence[int]]) -> list[int]:
    return [place for places in groups.values() for place in places]


def _maker(records: Sequence[Mapping[str, Any]], sum_: str) -> Mapping[str, Any] | None:
    for record in records:
        if any(each["sha256"] == sum_ for each in record["outputs"].get("statistics", [])):
            return record
    return None


def _statistic(row: Mapping[str, Any], texts: dict[str, int]) -> dict[str, Any]:
    parts = {name: row[name] for name in _COPIED if row.get(name) is not None}
    parts |= {name: int(parts[name]) for name in _WHOLE if name in parts}
    if row["estimate"] is not None:
        parts["value"] = row["estimate"]
    for name in SHARED_TEXTS:
        if row.get(name):
            parts[name] = texts.setdefault(row[name], len(texts))
    return parts


def _hidden(row: Mapping[str, Any], mark: str, reason: str) -> dict[str, Any]:
    """Only what the id says anyway: neither value nor size, limits, p, method or seed."""
    parts = {name: row[name] for name in _TOLD_OF_HIDDEN if row.get(name) is not None}
    return parts | {"hidden": mark, "reason": reason}
