"""`attune reproduce`: compute an archived run again in a clean folder, and compare the two."""

import argparse
import sys
import tempfile
from pathlib import Path

from attune.record.archive.manifest import ArchiveDescription
from attune.record.archive.report import MOST_LISTED, report
from attune.record.archive.run_comparison import version_differences
from attune.specs.errors import ArchiveError
from attune_files.archive.reader import unpack
from attune_files.archive.recompute import (
    compare_folders,
    is_twin_only,
    recompute,
    versions_here,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `attune reproduce --against ARCHIVE.zip [--cores N] [--raw FOLDER] ...`."""
    parser.add_argument(
        "--against", metavar="ARCHIVE.zip", required=True, help="what `attune archive` wrote"
    )
    parser.add_argument("--cores", type=_cores, default=2, help="steps side by side (default: 2)")
    parser.add_argument(
        "--raw", metavar="FOLDER", help="the raw files, where the archive does not hold them"
    )
    parser.add_argument(
        "--keep", metavar="FOLDER", help="keep both runs in this folder, which must not exist yet"
    )
    parser.add_argument(
        "--all", action="store_true", dest="everything", help="list every difference"
    )


def _cores(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def run(arguments: argparse.Namespace) -> int:
    """Verify, recompute, compare; 0 only if everything was compared and is the same."""
    raw = Path(arguments.raw) if arguments.raw else None
    if raw is not None and not raw.is_dir():
        raise ArchiveError(f"--raw: {raw} is not a folder.")
    if arguments.keep is None:
        with tempfile.TemporaryDirectory(prefix="attune_") as passing:
            return _reproduce(arguments, Path(passing), raw)
    folder = Path(arguments.keep)
    if folder.exists():
        raise ArchiveError(f"--keep: {folder} exists already.", ["Name a new folder."])
    return _reproduce(arguments, folder, raw)


def _reproduce(arguments: argparse.Namespace, folder: Path, raw: Path | None) -> int:
    archived, clean = folder / "archived", folder / "recomputed"
    description = unpack(Path(arguments.against), archived)
    print(f"{arguments.against}: every file matches the manifest of the archive.")
    _print_versions(description)
    print(f"Computing {description.name} again in a clean folder ...", flush=True)
    stopped = recompute(archived, clean, description, raw, arguments.cores)
    if stopped:
        print("\n".join(["Snakemake did not finish every step:", *stopped]), file=sys.stderr)
    if is_twin_only(description, raw):
        print(
            "NOT REPRODUCED: the raw files are restricted and not in the archive. The pipeline"
            f" {'failed' if stopped else 'ran'} on the synthetic twin, whose numbers differ by"
            " design; no number was compared. With the raw files: --raw FOLDER."
        )
        return 1
    found = compare_folders(archived, clean, description)
    print(report(found, None if arguments.everything else MOST_LISTED))
    if description.withheld:
        print(f"Not in the archive, so not compared: {len(description.withheld)} statistics.")
    same = found.same and not stopped
    print(f"\n{'REPRODUCED' if same else 'NOT REPRODUCED'}: {description.name}.")
    return 0 if same else 1


def _print_versions(description: ArchiveDescription) -> None:
    differences = version_differences(description.versions, versions_here(description.versions))
    if differences:
        print("Installed versions differ from those of the archived run:", file=sys.stderr)
        print("\n".join(f"  {difference}" for difference in differences), file=sys.stderr)
