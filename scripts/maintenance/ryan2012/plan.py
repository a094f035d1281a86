"""What the calibration presumes about the analyses of Ryan et al. (2012)."""

from attune.paper.ledger.ledger import Publication
from attune.synthetic.contradictions import contradictions
from attune.synthetic.search import Target
from attune.synthetic.target_intervals import target_intervals
from maintenance.ryan2012.proofs import Proof, proof_of

DEGREES_OF_FREEDOM = {"preliminary": 23, "experience": 18}
"""Of the analyses that print two-tailed p values."""
SEED = 2012


def proofs_of(publication: Publication) -> list[Proof]:
    """The values that no data can meet together with those that they follow from."""
    return [proof_of(contradiction) for contradiction in contradictions(publication)]


def cohort_targets(publication: Publication) -> dict[str, Target]:
    """One interval per statistic, from all values that can be met."""
    given_up = {contradiction.value.id for contradiction in contradictions(publication)}
    return target_intervals(publication, given_up, DEGREES_OF_FREEDOM)
