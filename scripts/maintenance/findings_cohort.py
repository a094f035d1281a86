"""A synthetic cohort that meets the findings of a paper: draw, write, fit, check.

What is drawn, and which margins findings need, belongs to the cohorts' own modules
(`make_alliance_cohort`, `make_mcbi_cohort`).
"""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from attune.paper.ledger.ledger import Publication
from attune.pipeline import statistics_of_sheets
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.synthetic.search import CalibrationError
from attune.synthetic.target_intervals import bound_values, missed_values
from attune_files.project import read_cohort, read_publication, read_study
from attune_files.raw.sheets import read_raw_sheets
from attune_files.yaml_file import read_instruments

ROOT = Path(__file__).resolve().parents[2]


def chosen_folder(description: str | None, default: Path) -> Path:
    """Where to write, from the command line."""
    arguments = argparse.ArgumentParser(description=description)
    arguments.add_argument("--folder", type=Path, default=default, help="where to write")
    folder: Path = arguments.parse_args().folder
    return folder


def make_cohort(
    source: Path,
    folder: Path,
    raw_files: Callable[[Cohort, Mapping[str, Instrument]], Mapping[str, pd.DataFrame]],
    readme: Callable[[Mapping[str, Instrument]], str],
    analyses: tuple[str, ...],
    narrow_margins: Callable[[Publication, pd.DataFrame], list[str]],
) -> None:
    """Draw the raw files of a cohort, write them, and stop if a finding is not met.

    Parameters
    ----------
    source : Path
        Folder of the cohort file.
    folder : Path
        Where raw files and README.md are written.
    raw_files, readme : callable
        File id -> sheet; text of README.md.
    analyses : tuple of str
        Analyses whose statistics the ledger names.
    narrow_margins : callable
        One sentence per finding whose p is too close to the level.

    Raises
    ------
    CalibrationError
        A value of the ledger is not met, or not with its margin.
    """
    cohort = read_cohort(source / "cohort.yaml")
    study = read_study(ROOT / f"workflow/studies/{cohort.study}.yaml")
    used = sorted({questionnaire.instrument for questionnaire in cohort.questionnaires})
    instruments = read_instruments([ROOT / f"workflow/instruments/{name}.yaml" for name in used])
    publication = read_publication(ROOT / f"workflow/publications/{cohort.publication}.yaml")
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in raw_files(cohort, instruments).items():
        frame.to_csv(folder / cohort.files[name].path, index=False, lineterminator="\n")
    (folder / "README.md").write_text(readme(instruments), encoding="utf-8")
    print("Fitting the models of the study to the files ...", flush=True)
    sheets = read_raw_sheets(folder, cohort)
    statistics = statistics_of_sheets(sheets, cohort, instruments, study, analyses)
    missed = missed_values(publication, (), statistics) + narrow_margins(publication, statistics)
    if missed:
        raise CalibrationError("The responses do not give every finding.", missed)
    print(f"{len(bound_values(publication))} values of the ledger are met.")
