"""`attune run`: make the documents of the cohorts in the current folder, by Snakemake."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from attune_cli.places import ROOT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `attune run [FILE...] [--cores N] [--dry-run] [-- SNAKEMAKE OPTIONS]`."""
    parser.add_argument(
        "words",
        nargs="*",
        metavar="FILE",
        help="such as results/mylab/manuscript.html (default: everything that config.yaml asks"
        " for); options of Snakemake follow after --",
    )
    parser.add_argument("--cores", default="all", help="steps side by side (default: all cores)")
    parser.add_argument("--dry-run", action="store_true", help="only list what would be made")


def run(arguments: argparse.Namespace) -> int:
    """Exit status of Snakemake, which reads attune's own rules wherever it was started."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--cores", arguments.cores, *(["--dry-run"] if arguments.dry_run else [])]
    # Files last: an option such as --quiet takes several words.
    command += [*arguments.for_snakemake, *(["--", *arguments.words] if arguments.words else [])]
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    environment = os.environ | {"PATH": programs}
    if os.name == "posix":
        # In place of this process: signals of a terminal or a scheduler reach Snakemake itself.
        os.execve(sys.executable, command, environment)
    return subprocess.run(command, env=environment, check=False).returncode
