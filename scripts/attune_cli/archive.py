"""`attune archive`: one file of a finished run that others can check and repeat."""

import argparse
from pathlib import Path

from attune.record.archive.manifest import ArchiveDescription
from attune.specs.errors import ArchiveError
from attune_cli.places import ROOT, project_file
from attune_files.archive.contents import Source
from attune_files.archive.synthesis_contents import WITH_ROWS
from attune_files.archive.writer import write_archive
from attune_files.project import existing_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `attune archive NAME [--synthesis NAME] [--output FILE.zip]`."""
    parser.add_argument(
        "name",
        nargs="?",
        help="of a cohort, as its folder in data/; or of a synthesis, where no cohort has the name",
    )
    parser.add_argument(
        "--synthesis", metavar="NAME", help="archive this synthesis, as its file is called"
    )
    parser.add_argument(
        "--output", metavar="FILE.zip", help="where to write it (default: NAME_archive.zip here)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the archive, and print what it contains and what it lacks."""
    if (arguments.name is None) == (arguments.synthesis is None):
        raise ArchiveError(
            "One thing is archived at a time.",
            ["Name a cohort or a synthesis: `attune archive NAME`, or `--synthesis NAME`."],
        )
    name = arguments.synthesis or arguments.name
    synthesis = arguments.synthesis is not None or _is_synthesis(name)
    if synthesis:
        existing_file(project_file, f"workflow/syntheses/{name}.yaml")
    target = Path(arguments.output or f"{name}_archive.zip")
    made = write_archive(name, Source(ROOT, project_file), target, synthesis=synthesis)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB.")
    _print_contents(made)
    print(f"To check it: attune reproduce --against {target}")
    return 0


def _is_synthesis(name: str) -> bool:
    """Whether a name is that of a synthesis and of no cohort."""
    cohort = Path(project_file(f"data/{name}/cohort.yaml")).is_file()
    return not cohort and Path(project_file(f"workflow/syntheses/{name}.yaml")).is_file()


def _print_contents(made: ArchiveDescription) -> None:
    if made.synthesis:
        print(
            "In it: the synthesis, its literature, its tables of effects, and of its cohorts the"
            " statistics that enter; no raw files."
        )
        if made.raw_reason.startswith(WITH_ROWS):
            print(f"{made.raw_reason[0].upper()}{made.raw_reason[1:]}.")
        return
    held = "in the archive" if made.raw_included else "NOT in the archive"
    print(f"The raw files are {held}: {made.raw_reason}.")
    if not made.raw_included:
        print("Tables with rows of single dyads and the page of the raw files are left out, too.")
    if made.withheld:
        print(f"Statistics left out because they are over too few people: {len(made.withheld)}.")
