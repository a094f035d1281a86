"""`attune archive`: one file of a finished run that others can check and repeat."""

import argparse
from pathlib import Path

from attune_cli.places import ROOT, project_file
from attune_files.archive.contents import Source
from attune_files.archive.writer import write_archive


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `attune archive COHORT [--output FILE.zip]`."""
    parser.add_argument("cohort", help="name of its folder in data/")
    parser.add_argument(
        "--output", metavar="FILE.zip", help="where to write it (default: COHORT_archive.zip here)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the archive, and print what it contains and what it lacks."""
    target = Path(arguments.output or f"{arguments.cohort}_archive.zip")
    made = write_archive(arguments.cohort, Source(ROOT, project_file), target)
    size = target.stat().st_size
    print(f"{target}: {size / 1e6:.1f} MB.")
    held = "in the archive" if made.raw_included else "NOT in the archive"
    print(f"The raw files are {held}: {made.raw_reason}.")
    if not made.raw_included:
        print("Tables with rows of single dyads and the page of the raw files are left out, too.")
    if made.withheld:
        print(f"Statistics left out because they are over too few people: {len(made.withheld)}.")
    print(f"To check it: attune reproduce --against {target}")
    return 0
