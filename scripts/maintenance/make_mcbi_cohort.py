"""Make the synthetic cohort of the trial (Garrote-Caparrós et al., 2023), and check its findings.

Reads cohort.yaml of data/mcbi_synthetic and the ledger of the abstract, and writes everything else
there.
"""

import pandas as pd

from attune.paper.ledger.ledger import Publication
from attune.synthetic.target_intervals import bound_values, statistic_of
from maintenance.findings_cohort import ROOT, chosen_folder, make_cohort
from maintenance.mcbi.assumptions import LARGEST_P_OF_EFFECT, SEED, SMALLEST_P_OF_NONE
from maintenance.mcbi.raw_files import raw_files
from maintenance.mcbi.readme import readme

ANALYSES = ("sample", "trial", "structural_models")
"""Analyses whose statistics the ledger names."""

COHORT = ROOT / "data" / "mcbi_synthetic"


def main() -> None:
    """Draw, write, fit all models, and stop if a finding is not met with its margin."""
    make_cohort(
        COHORT,
        chosen_folder(__doc__, COHORT),
        lambda cohort, instruments: raw_files(cohort, instruments, SEED),
        readme,
        ANALYSES,
        narrow_margins,
    )


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
