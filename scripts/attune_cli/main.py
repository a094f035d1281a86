"""`attune`: reads the command line and runs one command; each is a module of this package."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from attune.specs.errors import AttuneError
from attune_files.faults import as_user_error

COMMANDS: dict[str, tuple[str, str]] = {
    "new-cohort": ("new_cohort", "draft the cohort file and the analysis plan of your own files"),
    "check": ("check", "check whether a cohort can be used, and list the problems"),
    "run": ("run", "make the manuscripts and pages of the cohorts in this folder"),
    "twin": ("twin", "publish a summary of restricted data, and make the twin of it"),
    "instruments": ("instruments", "list the scoring keys, print one, or check your own"),
    "keying": ("keying", "search for the scoring that gives known scores or printed numbers"),
    "audit": ("audit", "check the printed numbers of a paper against each other, without data"),
    "explain": ("explain", "show where a printed number comes from, back to the raw files"),
    "batch": ("batch", "analyse a folder of cohorts at once, and pool their correlations"),
    "diff": ("diff", "show what changed between two runs, and draft a letter about it"),
    "site-file": ("site_file", "write what a site hands over in place of rows: moments, signed"),
    "pool-sites": ("pool_sites", "check the files of several sites, and pool them"),
    "archive": ("archive", "write one file of a finished run that others can check and repeat"),
    "reproduce": ("reproduce", "compute an archived run again in a clean folder, and compare"),
}
"""Command -> module with `add_arguments(parser)` and `run(arguments) -> int`, and what it does."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    words : sequence of str, optional
        The command line without the program's name; the process's own if left out.

    Returns
    -------
    int
        0, or 1 if the user has to correct something first. A user's mistake is a sentence on
        standard error, never a stack trace.
    """
    parser = argparse.ArgumentParser(
        prog="attune", description="From raw questionnaires to an audited manuscript."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    given = list(sys.argv[1:] if words is None else words)
    for name, (module, what) in COMMANDS.items():
        command = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        if name in given[:1]:
            # Only the command that runs is imported, so that `attune --help` is fast.
            import_module(f"attune_cli.{module}").add_arguments(command)
    # What follows -- belongs to another program; argparse would take it for words of its own.
    own, others = given, []
    if given[:1] == ["run"] and "--" in given:
        own, others = given[: given.index("--")], given[given.index("--") + 1 :]
    arguments = parser.parse_args(own, argparse.Namespace(for_snakemake=others))
    try:
        return int(import_module(f"attune_cli.{COMMANDS[arguments.command][0]}").run(arguments))
    except AttuneError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of the output, such as `head`, has closed the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (OSError, MemoryError) as fault:
        of_user = as_user_error(fault)
        if of_user is None:
            raise
        print(of_user, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped before the end.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
