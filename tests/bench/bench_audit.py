"""The audit of a paper, in the library and as a command with its start.

A real ledger, and one of 500 values: simulated, self-consistent papers in one, with all their
relations. Parse is checking the ledger's model, the peer of the audit: what any tool does first.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT)]

from tests.unit.paper.checks.simulated_papers import simulated_paper  # noqa: E402

from attune.paper.checks.audit import audit_publication  # noqa: E402
from attune.paper.ledger.ledger import Publication  # noqa: E402

REAL = ROOT / "workflow/publications/ryan2012.yaml"
VALUES = 500
COMMAND = "from attune_cli.main import main; raise SystemExit(main())"


def main() -> None:
    """Measure and print."""
    heads = ("values", "checks", "parse", "audit", "command")
    print("  ledger    " + "".join(f"{head:>9}" for head in heads) + "   seconds")
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.yaml"
        large.write_text(yaml.safe_dump(large_ledger()), encoding="utf-8")
        for name, path in (("ryan2012", REAL), ("large", large)):
            entries = yaml.safe_load(path.read_text(encoding="utf-8"))
            publication = Publication.model_validate(entries)
            found = audit_publication(publication)
            parse = seconds(lambda entries=entries: Publication.model_validate(entries))
            audit = seconds(lambda publication=publication: audit_publication(publication))
            command = seconds(lambda path=path: run_command(path, folder))
            print(
                f"  {name:<10}{len(publication.values):>9}{len(found):>9}"
                f"{parse:>9.3f}{audit:>9.3f}{command:>9.3f}"
            )


def large_ledger() -> dict[str, Any]:
    """Simulated papers in one ledger, every id with the number of its paper."""
    values: list[Any] = []
    relations: dict[str, list[Any]] = {}
    number = 0
    while len(values) < VALUES:
        paper = simulated_paper(number)
        names = {value["id"] for value in paper["values"]}
        values += renamed(paper["values"], names, number)
        for check, each in paper["relations"].items():
            relations.setdefault(check, []).extend(renamed(each, names, number))
        number += 1
    return {
        "publication": "large",
        "citation": "Nobody (2000).",
        "values": values,
        "relations": relations,
    }


def renamed(part: Any, names: set[str], number: int) -> Any:
    """A copy in which every id of a printed value ends in the number."""
    if isinstance(part, dict):
        # Kinds are words that may be ids, too.
        return {
            key: each if key in ("kind", "variables", "measure") else renamed(each, names, number)
            for key, each in part.items()
        }
    if isinstance(part, list):
        return [renamed(entry, names, number) for entry in part]
    return f"{part}_{number}" if part in names else part


def run_command(path: Path, folder: str) -> None:
    """`attune audit FILE`, its page in a folder that goes; an error ends the benchmark."""
    subprocess.run(
        [sys.executable, "-c", COMMAND, "audit", str(path)],
        env={"PYTHONPATH": str(ROOT / "scripts"), "PATH": "/usr/bin:/bin"},
        cwd=folder,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def seconds(work: Callable[[], object]) -> float:
    """How long some work takes, the shortest of three times."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()
