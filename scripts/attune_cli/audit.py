"""`attune audit`: a paper checked against itself; needs the ledger of its numbers and no data."""

import argparse
import json
from pathlib import Path

from attune.consistency.audit import audit_publication
from attune.consistency.text_report import audit_text, audit_values
from attune_cli.places import project_file
from attune_files.project import read_publication


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `attune audit LEDGER [--all] [--json FILE]`."""
    parser.add_argument(
        "ledger", help="a file such as workflow/publications/ryan2012.yaml, or its name there"
    )
    parser.add_argument(
        "--all", action="store_true", dest="everything", help="list the consistent checks too"
    )
    parser.add_argument("--json", metavar="FILE", help="also write every finding as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print what the checks found; 0 whatever they found, since a paper is not ours to mend."""
    publication = read_publication(_path(arguments.ledger))
    findings = audit_publication(publication)
    print(audit_text(publication, findings, everything=arguments.everything))
    if arguments.json:
        text = json.dumps(audit_values(publication, findings), indent=1, ensure_ascii=False)
        Path(arguments.json).write_text(f"{text}\n", encoding="utf-8")
        print(f"\nEvery finding: {arguments.json}")
    return 0


def _path(given: str) -> Path:
    """The ledger's file; its name alone, such as ryan2012, is understood too."""
    if Path(given).suffix or Path(given).exists():
        return Path(given)
    return Path(project_file(f"workflow/publications/{given}.yaml"))
