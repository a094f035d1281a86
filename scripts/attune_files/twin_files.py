"""Files of a twin: the published summary as YAML and the raw files as plain CSV."""

import csv
import difflib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from attune.intake.reading.violations import stop_on_errors
from attune.intake.validation import validate_responses
from attune.specs.closed_model import read_as
from attune.specs.cohort import Cohort
from attune.specs.errors import ConfigurationError
from attune.specs.instrument import Instrument
from attune.synthetic.twin.as_twin import as_twin
from attune.synthetic.twin.make import twin_sheets
from attune.synthetic.twin.published import published_summary
from attune.synthetic.twin.summary import Summary
from attune_files.raw.folder import outside_folder
from attune_files.raw.sheets import read_raw_sheets
from attune_files.yaml_file import read_yaml

HEADER = """\
# Published summary of the cohort {cohort}. It holds no row of data; counts from 1 to {most} people,
# and figures from which they could be derived, are left empty (null). The twin is made from this
# file alone. Review it before it is published; `attune twin` never overwrites it unasked.
"""


def summary_of_raw_files(
    cohort: Cohort, instruments: Mapping[str, Instrument], smallest_cell: int
) -> Summary:
    """The summary of a restricted cohort whose raw files are here.

    Raises
    ------
    RawDataError
        The raw files cannot be read, or hold an error.
    """
    folder = outside_folder(cohort) or Path()
    sheets = read_raw_sheets(folder, cohort)
    validated = validate_responses(sheets, cohort, instruments, {})
    stop_on_errors(cohort.cohort, validated.violations)
    return published_summary(validated, cohort, instruments, smallest_cell)


def read_summary(path: Path, cohort: Cohort) -> Summary:
    """The published summary of a cohort.

    Raises
    ------
    ConfigurationError
        It does not fit its model, or belongs to another cohort.
    """
    place = f"data/{cohort.cohort}/{path.name}"
    summary = read_as(Summary, read_yaml(path), place)
    if summary.cohort != cohort.cohort:
        raise ConfigurationError(
            f"{place} cannot be used.",
            [f"cohort: found {summary.cohort!r}, but the file belongs to {cohort.cohort!r}"],
        )
    return summary


def write_summary(summary: Summary, path: Path) -> None:
    """The summary as YAML, one line per count, score or row of correlations."""
    path.write_text(_text(summary), encoding="utf-8")


def difference(path: Path, summary: Summary) -> str:
    """The lines in which a summary file differs from a summary; comments do not count."""
    old = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    new = [line for line in _text(summary).splitlines() if not line.startswith("#")]
    lines = difflib.unified_diff(old, new, path.name, "raw files", lineterm="", n=0)
    return "\n".join(lines)


def write_twin(
    summary: Summary, cohort: Cohort, instruments: Mapping[str, Instrument], folder: Path
) -> list[Path]:
    """The raw files of the twin, in place of those of an earlier one.

    Raises
    ------
    RawDataError
        The twin does not fit cohort.yaml: the summary belongs to another state of it.
    """
    twin = as_twin(cohort)
    sheets = twin_sheets(summary, cohort, instruments)
    validated = validate_responses(sheets, twin, instruments, {})
    stop_on_errors(f"{cohort.cohort} (twin)", validated.violations)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        paths = []
        for name, sheet in sheets.items():
            path = Path(made) / twin.files[name].path
            with path.open("w", encoding="utf-8", newline="") as opened:
                writer = csv.writer(opened, lineterminator="\n")
                writer.writerow(sheet.columns)
                writer.writerows(sheet.to_numpy().tolist())
            paths.append(folder / path.name)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for path in paths:
            shutil.move(Path(made) / path.name, path)
    return paths


class _Dumper(yaml.SafeDumper):
    """Lists and mappings without further ones inside on one line."""

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> Any:
        node = super().represent_mapping(tag, mapping, flow_style)
        node.flow_style = bool(mapping) and not any(
            isinstance(value, dict | list) for value in mapping.values()
        )
        return node

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> Any:
        return super().represent_sequence(tag, sequence, flow_style=True)


def _text(summary: Summary) -> str:
    content = summary.model_dump(exclude_defaults=False)
    body = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    return HEADER.format(cohort=summary.cohort, most=max(summary.smallest_cell - 1, 0)) + body
