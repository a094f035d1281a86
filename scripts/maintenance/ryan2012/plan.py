"""What the calibration takes for granted about the analyses of Ryan et al. (2012)."""

from attune.paper.ledger.ledger import Publication
from attune.synthetic.search import Aim
from maintenance.ryan2012.design import N_DYADS
from maintenance.ryan2012.proofs import Analysis, Contradiction, contradictions
from maintenance.ryan2012.target_intervals import printed_aims

ANALYSES = {
    "experience": Analysis(20, "none"),
    "affiliation": Analysis(25, "positive"),
    "alliance": Analysis(25, "positive"),
    "outcome": Analysis(26, "negative"),
}
"""Dyads and predicted direction: those that the printed df, p values and stars agree with."""
DEGREES_OF_FREEDOM = {"preliminary": 23, "experience": 18}
"""Of the analyses that print two-tailed p values."""
SEED = 2012


def proved_contradictions(publication: Publication) -> list[Contradiction]:
    """The values that no data can meet together with those that they follow from."""
    return contradictions(publication, ANALYSES, N_DYADS)


def cohort_aims(publication: Publication) -> dict[str, Aim]:
    """One interval per statistic, from all values that can be met."""
    unmet = {proof.value.id for proof in proved_contradictions(publication)}
    return printed_aims(publication, unmet, DEGREES_OF_FREEDOM)
