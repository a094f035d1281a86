"""`attune twin`: the published summary of restricted data, and the synthetic twin made from it."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from attune.printing.apa import counted
from attune.specs.cohort import Cohort
from attune.specs.errors import ConfigurationError
from attune.specs.instrument import Instrument
from attune.store.small_cells import smallest_cell
from attune.synthetic.twin.as_twin import TWIN_FOLDER, as_twin
from attune_cli.places import project_file
from attune_files.project import read_config, read_declared_cohort, read_keys
from attune_files.raw.folder import neither, outside_folder
from attune_files.twin_files import (
    difference,
    read_summary,
    summary_of_raw_files,
    write_summary,
    write_twin,
)
from attune_files.yaml_file import read_yaml


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `attune twin COHORT [--replace-summary]`."""
    parser.add_argument("cohort", help="name of its folder in data/")
    parser.add_argument(
        "--replace-summary",
        action="store_true",
        help="write the summary anew although one is there, which a person may have edited",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the summary if the raw files are present, then the twin from the summary alone."""
    path = Path(project_file(f"data/{arguments.cohort}/cohort.yaml"))
    cohort = read_declared_cohort(path)
    if cohort.restricted is None:
        raise ConfigurationError(
            f"{arguments.cohort} is not restricted.",
            [
                "Only a cohort whose raw files stay elsewhere needs a twin. Add"
                " `restricted: {folder_variable: MYLAB_DATA}` to its cohort.yaml."
            ],
        )
    used = sorted({selection.instrument for selection in cohort.selections()})
    keys = read_keys([project_file(f"workflow/instruments/{name}.yaml") for name in used], cohort)
    summary_path = path.parent / cohort.restricted.summary
    _summarise(cohort, keys, summary_path, replace=arguments.replace_summary)
    if not summary_path.is_file():
        raise ConfigurationError(*neither(as_twin(cohort)))
    summary = read_summary(summary_path, cohort)
    files = write_twin(summary, cohort, keys, path.parent / TWIN_FOLDER)
    cases = counted(summary.n_dyads, f"synthetic {cohort.case}")
    print(
        f"The twin of {cohort.cohort}: {counted(len(files), 'file')} of {cases} in"
        f" data/{cohort.cohort}/{TWIN_FOLDER}, made from {summary_path.name} alone."
    )
    return 0


def _summarise(
    cohort: Cohort, keys: Mapping[str, Instrument], path: Path, *, replace: bool
) -> None:
    """Write the summary of the raw files, if they are here and no other summary is there."""
    folder = outside_folder(cohort)
    there = folder is not None and [
        file for file in cohort.files.values() if (folder / file.path).is_file()
    ]
    if folder is None or not there:
        return
    config = read_config(read_yaml(Path(project_file("config.yaml"))))
    limit = smallest_cell(cohort, config.build_tables.smallest_cell)
    found = summary_of_raw_files(cohort, keys, limit)
    summary_name = f"data/{cohort.cohort}/{path.name}"
    if path.is_file() and not replace:
        changes = difference(path, found)
        if changes:
            print(changes, file=sys.stderr)
            print(
                f"{summary_name} is kept unchanged; above, what the raw files would change (-: in"
                " the file, +: from the raw files). To replace it: attune twin"
                f" {cohort.cohort} --replace-summary",
                file=sys.stderr,
            )
        return
    write_summary(found, path)
    print(f"{summary_name}: counts below {limit} are suppressed. Review it before it is published.")
