"""`attune diff`: what changed between two runs, as text, as JSON and as a draft of a letter."""

import argparse
import sys

from attune.record.run_diff import Comparison, compare_runs, comparison_text, letter_text
from attune.specs.errors import AttuneError
from attune.synthesis.update import synthesis_update
from attune_files.run_files import read_runs
from attune_files.text_file import write_text

SAME, DIFFERENT, TROUBLE = 0, 1, 2
"""Exit statuses, as those of the program diff."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `attune diff RUN_A RUN_B [--json FILE] [--letter FILE] [--all]`."""
    what = (
        "results/<cohort>, results/synthesis/<synthesis>, a folder of several of them, or a zip of"
        " `attune archive`"
    )
    parser.add_argument("before", metavar="RUN_A", help=what)
    parser.add_argument("after", metavar="RUN_B", help="the run to compare it with, likewise")
    parser.add_argument("--json", metavar="FILE", help="write all changes to a file")
    parser.add_argument("--letter", metavar="FILE", help="write a draft of a letter to the editor")
    parser.add_argument("--all", action="store_true", help="print every change, not only the first")
    parser.epilog = (
        "Ends with 0 if all results are the same, with 1 if some differ, with 2 if the runs cannot"
        " be compared."
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the changes; 0 if there are none, 1 if there are some, 2 for trouble."""
    try:
        comparison = _compared(arguments.before, arguments.after)
        if arguments.json:
            write_text(arguments.json, comparison.model_dump_json(indent=2) + "\n")
        if arguments.letter:
            write_text(arguments.letter, letter_text(comparison))
    except AttuneError as error:
        print(error, file=sys.stderr)
        return TROUBLE
    print(comparison_text(comparison, everything=arguments.all))
    return SAME if comparison.same else DIFFERENT


def _compared(before: str, after: str) -> Comparison:
    problems, runs = [], []
    for path in (before, after):
        try:
            runs.append(read_runs(path))
        except AttuneError as error:
            problems.append(" ".join([error.heading, *error.problems]))
    if problems:
        raise AttuneError("The runs cannot be compared.", problems)
    first, second = runs
    if not (len(first) == len(second) == 1 or set(first) & set(second)):
        raise AttuneError(
            "The runs cannot be compared: they have no cohort in common.",
            [f"{before} holds {', '.join(first)}", f"{after} holds {', '.join(second)}"],
        )
    return compare_runs(first, second, synthesis_update)
