"""Make the synthetic cohort of the trial (Garrote-Caparrós et al., 2023), and check its findings.

Reads cohort.yaml of data/mcbi_synthetic and the ledger of the abstract, and writes everything else
there.
"""

import argparse
from pathlib import Path

import pandas as pd

from attune.paper.ledger.ledger import Publication
from attune.pipeline import statistics_of_sheets
from attune.synthetic.search import CalibrationError
from attune.synthetic.target_intervals import bound_values, missed_values, statistic_of
from attune_files.project import read_cohort, read_publication, read_study
from attune_files.raw.sheets import read_raw_sheets
from attune_files.yaml_file import read_instruments
from maintenance.mcbi.assumptions import LARGEST_P_OF_EFFECT, SEED, SMALLEST_P_OF_NONE
from maintenance.mcbi.raw_files import raw_files
from maintenance.mcbi.readme import readme

ANALYSES = ("sample", "trial", "structural_models")
"""Analyses whose statistics the ledger names."""

ROOT = Path(__file__).resolve().parents[2]
COHORT = ROOT / "data" / "mcbi_synthetic"


def main() -> None:
    """Draw, write, fit all models, and stop if a finding is not met with its margin."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--folder", type=Path, default=COHORT, help="where to write")
    folder: Path = arguments.parse_args().folder
    cohort = read_cohort(COHORT / "cohort.yaml")
    study = read_study(ROOT / f"workflow/studies/{cohort.study}.yaml")
    used = sorted({questionnaire.instrument for questionnaire in cohort.questionnaires})
    instruments = read_instruments([ROOT / f"workflow/instruments/{name}.yaml" for name in used])
    publication = read_publication(ROOT / f"workflow/publications/{cohort.publication}.yaml")
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in raw_files(cohort, instruments, SEED).items():
        frame.to_csv(folder / cohort.files[name].path, index=False, lineterminator="\n")
    (folder / "README.md").write_text(readme(instruments), encoding="utf-8")
    print("Fitting the models of the study to the files ...", flush=True)
    sheets = read_raw_sheets(folder, cohort)
    statistics = statistics_of_sheets(sheets, cohort, instruments, study, ANALYSES)
    missed = missed_values(publication, (), statistics)
    missed += narrow_margins(publication, statistics)
    if missed:
        raise CalibrationError("The responses do not give every finding.", missed)
    print(f"{len(bound_values(publication))} values of the ledger are met.")


def narrow_margins(publication: Publication, statistics: pd.DataFrame) -> list[str]:
    """One sentence per finding whose p is too close to the level.

    Parameters
    ----------
    publication : Publication
    statistics : pandas.DataFrame
        Contract `STATISTICS`, indexed by id.
    """
    problems = []
    for value in bound_values(publication):
        if value.kind != "finding":
            continue
        p = float(statistics[value.field].loc[statistic_of(value)])
        if value.significant and p >= LARGEST_P_OF_EFFECT:
            problems.append(f"{value.id} has p = {p:.4f}; it should be below {LARGEST_P_OF_EFFECT}")
        if not value.significant and p <= SMALLEST_P_OF_NONE:
            problems.append(f"{value.id} has p = {p:.4f}; it should be above {SMALLEST_P_OF_NONE}")
    return problems


if __name__ == "__main__":
    main()
