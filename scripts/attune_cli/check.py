"""`attune check`: whether a cohort can be used, and the problems that prevent it."""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

# One thread: the matrices of a scale are small, and synchronising threads doubles the time. Set
# before NumPy is imported; a value set by the user is kept.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from attune.documents.cohort_page.text_summary import text_summary
from attune.specs.cohort import Cohort
from attune.specs.errors import AttuneError
from attune.specs.study import Study
from attune_cli.places import project_file
from attune_files.intake_page import check_raw_files, with_open_remarks, write_intake_page
from attune_files.own_text_files import cohort_text_problems, text_notes
from attune_files.project import (
    publication_problems,
    read_config,
    read_parts,
    study_id_problems,
)
from attune_files.yaml_file import read_yaml

MOST_LINES = 10
"""Lines per rule in the terminal, each for all similar rows; `--all` prints every one."""

MOST_READ = 1000
"""Places per rule that are collected for these lines."""

STYLES = ("reports/assets/attune.css", "reports/assets/intake.css")
LARGE = 20_000_000
"""Size of the raw files in bytes from which a line announces the wait."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `attune check COHORT [--all] [--page FILE] [--show-values WHICH]`."""
    parser.add_argument("cohort", help="name of its folder in data/")
    parser.add_argument(
        "--all", action="store_true", dest="everything", help="list every place and every note"
    )
    parser.add_argument("--page", metavar="FILE", help="also write it as an HTML page")
    parser.add_argument(
        "--show-values",
        choices=("codes", "all", "none"),
        help="which offending values are printed: short codes, all or none (see config.yaml)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the findings of the check; 1 if the pipeline would refuse to run."""
    choices = read_config(read_yaml(Path(project_file("config.yaml"))))
    cohort, study, instruments = read_parts(_name(arguments.cohort), project_file)
    folder = Path(project_file(f"data/{cohort.cohort}/cohort.yaml")).parent
    _announce(folder, [file.path for file in cohort.files.values()])
    check = check_raw_files(
        folder,
        cohort,
        instruments,
        study,
        interval=choices.estimate_reliability.interval,
        show_values=arguments.show_values or choices.check_cohort.show_values,
        most_places=None if arguments.everything else MOST_READ,
    )
    plan = project_file(f"workflow/studies/{cohort.study}.yaml")
    check = with_open_remarks(check, folder / "cohort.yaml", plan)
    settings = choices.documented()
    problems = cohort_text_problems(cohort, study, instruments, settings, project_file)
    problems += [*study_id_problems(study), *_ledger_problems(cohort, study)]
    notes = text_notes(cohort, study, project_file)
    check = replace(check, text_problems=tuple(problems), empty_texts=tuple(notes))
    print(text_summary(check, most_lines=None if arguments.everything else MOST_LINES))
    if arguments.page:
        write_intake_page(
            check,
            arguments.page,
            project_file("reports/intake.html.j2"),
            [project_file(style) for style in STYLES],
        )
        print(f"\nThe page: {arguments.page}")
    elif not check.usable:
        print(f"\nAs a page: attune check {cohort.cohort} --page intake.html")
    return 0 if check.usable else 1


def _ledger_problems(cohort: Cohort, study: Study) -> list[str]:
    """What is wrong with the ledger of the cohort, or why it cannot be read."""
    try:
        return publication_problems(cohort, study, project_file)
    except AttuneError as error:
        return [f"{error.heading} {one}".strip() for one in error.problems or [""]]


def _name(given: str) -> str:
    """The cohort's name, also from a path such as data/mylab/cohort.yaml."""
    path = Path(given)
    return path.parent.name if path.name == "cohort.yaml" else path.name


def _announce(folder: Path, names: list[str]) -> None:
    """A line on standard error before a long wait."""
    files = [folder / name for name in names]
    size = sum(file.stat().st_size for file in files if file.is_file())
    if size > LARGE:
        print(f"Reading {size / 1e6:,.0f} MB of raw files ...", file=sys.stderr, flush=True)
