"""`attune audit`: checks a paper against itself, from the ledger of its numbers alone."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from attune.paper.checks.audit import audit_publication
from attune.paper.checks.finding import Finding
from attune.paper.checks.text_report import audit_text, audit_values
from attune.paper.ledger.ledger import Publication
from attune_cli.places import project_file
from attune_files.project import read_publication
from attune_files.text_file import write_text

STYLES = ("attune", "intake", "verdict")
"""Style sheets of the page."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `attune audit LEDGER [--all] [--json FILE] [--page FILE | --no-page]`."""
    parser.add_argument(
        "ledger", help="a file such as workflow/publications/ryan2012.yaml, or its name there"
    )
    parser.add_argument(
        "--all", action="store_true", dest="everything", help="list the consistent checks too"
    )
    parser.add_argument("--json", metavar="FILE", help="also write every finding as JSON")
    page = parser.add_mutually_exclusive_group()
    page.add_argument(
        "--page",
        metavar="FILE",
        help="write the HTML page there, instead of <publication>_audit.html in this folder",
    )
    page.add_argument("--no-page", action="store_true", help="write no page")


def run(arguments: argparse.Namespace) -> int:
    """Print the findings; always 0, since a published paper cannot be corrected here."""
    publication = read_publication(_path(arguments.ledger))
    findings = audit_publication(publication)
    print(audit_text(publication, findings, everything=arguments.everything))
    if arguments.json:
        text = json.dumps(audit_values(publication, findings), indent=1, ensure_ascii=False)
        write_text(arguments.json, f"{text}\n")
        print(f"\nEvery finding: {arguments.json}")
    if not arguments.no_page:
        page = arguments.page or f"{publication.publication}_audit.html"
        _write_page(page, publication, findings)
        print(f"\nThe audit as a page: {page}")
    return 0


def _write_page(path: str, publication: Publication, findings: Sequence[Finding]) -> None:
    # Imported here, since the audit itself needs no templates and starts faster without them.
    from attune_files.verdict_files import write_audit_page

    write_audit_page(
        path,
        publication,
        findings,
        templates={
            "page": project_file("reports/audit.html.j2"),
            "macros": project_file("reports/page_macros.html.j2"),
        },
        styles=[project_file(f"reports/assets/{name}.css") for name in STYLES],
        scripts=[project_file("reports/assets/verdict.js")],
    )


def _path(given: str) -> Path:
    """The ledger's file, also from its name alone, such as ryan2012."""
    if Path(given).suffix or Path(given).exists():
        return Path(given)
    return Path(project_file(f"workflow/publications/{given}.yaml"))
