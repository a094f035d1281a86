"""Make the synthetic cohort of the growth study (Nissen-Lie et al., 2015), and check its findings.

Reads cohort.yaml of data/alliance_growth_synthetic and the ledger of the abstract, and writes
everything else there.
"""

import pandas as pd

from attune.paper.ledger.ledger import Publication
from attune.synthetic.target_intervals import bound_values
from maintenance.alliance_growth.assumptions import (
    LARGEST_P_OF_EFFECT,
    PREDICTORS,
    SEED,
    SMALLEST_P_OF_NONE,
)
from maintenance.alliance_growth.raw_files import raw_files
from maintenance.alliance_growth.readme import readme
from maintenance.findings_cohort import ROOT, chosen_folder, make_cohort

COHORT = ROOT / "data" / "alliance_growth_synthetic"


def main() -> None:
    """Draw, write, fit the growth models, and stop if a finding is not met with its margin."""
    make_cohort(
        COHORT,
        chosen_folder(__doc__, COHORT),
        lambda cohort, instruments: raw_files(cohort, instruments, SEED),
        readme,
        ("growth",),
        narrow_margins,
    )


def narrow_margins(publication: Publication, statistics: pd.DataFrame) -> list[str]:
    """One sentence per effect of a predictor whose p is too close to the level.

    Parameters
    ----------
    publication : Publication
        Its significant findings are the assumed effects.
    statistics : pandas.DataFrame
        Contract `STATISTICS`, indexed by id.
    """
    assumed = {value.statistic for value in bound_values(publication) if value.significant}
    tests = statistics[statistics.index.str.endswith(".fixed_effect_t")]
    problems = []
    for name, p in tests["p_two_tailed"].items():
        if not any(f".{predictor}" in str(name) for predictor in PREDICTORS):
            continue
        if name in assumed and p >= LARGEST_P_OF_EFFECT:
            problems.append(f"{name} has p = {p:.4f}; it should be below {LARGEST_P_OF_EFFECT}")
        if name not in assumed and p <= SMALLEST_P_OF_NONE:
            problems.append(f"{name} has p = {p:.4f}; it should be above {SMALLEST_P_OF_NONE}")
    return problems


if __name__ == "__main__":
    main()
