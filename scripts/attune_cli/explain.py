"""`attune explain`: the source of a printed number, back to the raw files.

Reads only the file that the workflow wrote, so that the answer is immediate.
"""

import argparse
import difflib
import json
import sys
from pathlib import Path
from typing import Any

from attune.record.provenance.explanation_text import (
    chain,
    explanation_lines,
    title,
)
from attune.record.provenance.explanations import bookmarked
from attune.specs.errors import ProvenanceError
from attune_files.steps.file_sums import sha256_of

FILE = "explanations.json"
MOST_SUGGESTIONS = 5
CHANGED = (
    "These files have changed since, so the number may be outdated. Run `snakemake --cores 4`"
    " and repeat this command:"
)
MOST_BYTES = 50_000_000
"""Larger files are not checked for changes, so that the answer is immediate."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "statistic",
        metavar="STATISTIC",
        help="id of a statistic; or the name of a printed value of the paper, or of a bookmark of"
        " a Word document",
    )
    parser.add_argument(
        "--cohort", metavar="NAME", help="only the results of this cohort, or synthesis"
    )
    parser.add_argument("--json", action="store_true", help="print as JSON, with whole hashes")


def run(arguments: argparse.Namespace) -> int:
    """Print the source of one statistic; 0."""
    known = _finished_runs(arguments.cohort)
    found = {
        cohort: identifier
        for cohort, explanations in known.items()
        if (identifier := _identifier(explanations, arguments.statistic)) is not None
    }
    if not found:
        raise _unknown(arguments.statistic, known)
    if len(found) > 1:
        raise ProvenanceError(
            f"{arguments.statistic} is a statistic of {_listed(found)}.",
            [f"choose one: --cohort {cohort}" for cohort in found],
        )
    [(cohort, identifier)] = found.items()
    if arguments.json:
        print(_as_json(known[cohort], identifier))
    else:
        if arguments.statistic in known[cohort]["values"]:
            _print_text(f"{_source_of(known[cohort], arguments.statistic)}.\n")
        _print_text("\n".join(explanation_lines(known[cohort], identifier)))
    changed = _changed_files(known[cohort], identifier)
    if changed:
        print(CHANGED, *(f"  - {entry}" for entry in changed), sep="\n", file=sys.stderr)
    return 0


def _source_of(explanations: dict[str, Any], value: str) -> str:
    """Where a value of the ledger is from, as a sentence without its full stop."""
    source = explanations.get("other_sources", {}).get(value)
    if source is None:
        return f"{value} is printed in the paper"
    return f"{value} is not printed in the paper; it is from {source}"


def _changed_files(explanations: dict[str, Any], identifier: str) -> list[str]:
    """Files behind a statistic whose content here differs from the recorded one."""
    steps = chain(explanations, explanations["statistics"][identifier]["record"])
    places = {
        place
        for step in steps
        for part in ("inputs", "outputs")
        for group in explanations["records"][step][part].values()
        for place in group
    }
    recorded = (explanations["files"][place] for place in sorted(places))
    return [
        entry["path"]
        for entry in recorded
        if (path := Path(entry["path"])).is_file()
        and path.stat().st_size <= MOST_BYTES
        and sha256_of(path) != entry["sha256"]
    ]


def _print_text(text: str) -> None:
    """Print, with a substitute for characters that the terminal cannot encode."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, errors="replace").decode(encoding))


def _finished_runs(query: str | None) -> dict[str, dict[str, Any]]:
    """Explanations of every cohort and synthesis with results here, or of the given one only."""
    folders = (*Path("results").glob("*"), *Path("results/synthesis").glob("*"))
    runs = sorted(path for path in folders if path.is_dir())
    files = {path.name: path / FILE for path in runs if (path / FILE).is_file()}
    if query is not None and query not in files:
        raise ProvenanceError(
            f"There is no results/{query}/{FILE} in this folder.",
            [
                *([f"results are here of {_listed(files)}"] if files else []),
                f"if config.yaml names the cohort, `snakemake --cores 4 results/{query}/{FILE}`"
                " makes it",
            ],
        )
    if not files:
        raise ProvenanceError(
            "There are no results with explanations in this folder yet.",
            ["run `snakemake --cores 4` in the project's folder, then repeat this command there"],
        )
    return {name: _read(path) for name, path in files.items() if query in (None, name)}


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if {"statistics", "records", "values"} <= set(content):
            return content
    except (ValueError, TypeError):
        pass
    raise ProvenanceError(
        f"{path.as_posix()} is not a file of explanations as the workflow writes it.",
        ["delete it and run `snakemake --cores 4` again"],
    )


def _identifier(explanations: dict[str, Any], query: str) -> str | None:
    """Id of the statistic, given by its id, a printed value, or a bookmark."""
    if query in explanations["statistics"]:
        return query
    if query in explanations["values"]:
        return str(explanations["values"][query])
    return bookmarked(query, explanations["statistics"])


def _unknown(query: str, known: dict[str, dict[str, Any]]) -> ProvenanceError:
    for entry in known.values():
        if query in entry.get("quoted", {}):
            return ProvenanceError(
                f"{_source_of(entry, query)}, but no statistic corresponds to it.",
                [f"reason in the ledger: {entry['quoted'][query]}"],
            )
    names = {
        name
        for explanations in known.values()
        for name in (*explanations["statistics"], *explanations["values"])
    }
    close = difflib.get_close_matches(query.lower(), names, MOST_SUGGESTIONS, cutoff=0.6)
    if not close:
        close = sorted(name for name in names if query.lower() in name)[:MOST_SUGGESTIONS]
    advice = (
        [f"did you mean {entry}?" for entry in close]
        or ["the ids are in results/<cohort>/explanations.json and in the documents"]
    )  # fmt: skip
    return ProvenanceError(f"{query} is not a statistic of {_listed(known)}.", advice)


def _listed(names: Any) -> str:
    return ", ".join(names)


def _as_json(explanations: dict[str, Any], identifier: str) -> str:
    found = explanations["statistics"][identifier]
    files = explanations["files"]
    steps = []
    for name in chain(explanations, found["record"]):
        record = explanations["records"][name]
        read = {
            group: [files[place] for place in places] for group, places in record["inputs"].items()
        }
        wrote = {
            group: [files[place] for place in places] for group, places in record["outputs"].items()
        }
        steps.append({**record, "name": name, "inputs": read, "outputs": wrote})
    texts = {
        name: explanations["texts"][found[name]]
        for name in ("method", "software", "instruments")
        if name in found
    }
    content = {
        "id": identifier,
        "cohort": explanations["cohort"],
        "title": title(explanations, identifier),
        "statistic": {**found, **texts},
        "formula": explanations["formulas"][found["formula"]],
        "steps": steps,
    }
    return json.dumps(content, indent=2, ensure_ascii=False)
