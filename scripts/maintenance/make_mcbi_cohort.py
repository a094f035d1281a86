"""Make the synthetic cohort of the trial (Garrote-Caparrós et al., 2023), and check its findings.

Reads cohort.yaml of data/mcbi_synthetic and the ledger of the abstract, and writes everything else
there.
"""

import argparse
from pathlib import Path

from attune.pipeline import statistics_of_sheets
from attune.synthetic.search import CalibrationError
from attune.synthetic.target_intervals import bound_values, missed_values
from attune_files.project import read_cohort, read_publication, read_study
from attune_files.raw.sheets import read_raw_sheets
from attune_files.yaml_file import read_instruments
from maintenance.mcbi.assumptions import SEED
from maintenance.mcbi.raw_files import raw_files
from maintenance.mcbi.readme import readme

ROOT = Path(__file__).resolve().parents[2]
COHORT = ROOT / "data" / "mcbi_synthetic"


def main() -> None:
    """Draw, write, analyse, and stop if a value of the ledger is not met."""
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
    statistics = statistics_of_sheets(
        read_raw_sheets(folder, cohort), cohort, instruments, study, ("sample",)
    )
    missed = missed_values(publication, (), statistics)
    if missed:
        raise CalibrationError("The responses do not give every value.", missed)
    print(f"{len(bound_values(publication))} values of the ledger are met.")


if __name__ == "__main__":
    main()
