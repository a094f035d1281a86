"""Design of the cohort: conditions, blank questionnaires and items left out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.synthetic.draws import Draws, Integers
from attune.synthetic.items import Proration

N_DYADS = 26
N_BRIEF_RELATIONAL = 12


@dataclass(frozen=True)
class Design:
    """The choices that are made before any score is searched.

    Attributes
    ----------
    brief_relational : numpy.ndarray of bool, shape (26,)
        Condition of each dyad.
    without_mindfulness : int
        The dyad (counted from 0) whose therapist left the KIMS, and both of whom the alliance
        questionnaires, blank. It leaves 25 dyads for t tests and correlations of observed scores.
    without_termination : int
        The dyad that returned no questionnaires at termination.
    left_out : mapping of str to mapping of int to int
        Measure -> dyad -> number of single items left out.
    """

    brief_relational: NDArray[np.bool_]
    without_mindfulness: int
    without_termination: int
    left_out: Mapping[str, Mapping[int, int]]

    def with_mindfulness(self) -> Integers:
        """Dyads with KIMS and alliance questionnaires."""
        return np.delete(np.arange(N_DYADS), self.without_mindfulness)

    def with_termination(self) -> Integers:
        """Dyads with questionnaires at termination."""
        return np.delete(np.arange(N_DYADS), self.without_termination)

    def items_left_out(self, measure: str) -> Integers:
        """Number of single items left out by each dyad, shape (26,)."""
        counts = self.left_out.get(measure, {})
        return np.array([counts.get(dyad, 0) for dyad in range(N_DYADS)], dtype=np.int64)

    def proration(self, measure: str, n_items: int) -> Proration:
        """Units of the prorated sums of a measure."""
        return Proration.of_answers(n_items - self.items_left_out(measure), n_items)


def design(draws: Draws) -> Design:
    """The design of the cohort: 12 and 14 dyads, two blank packets, a few items left out."""
    order = [int(dyad) for dyad in draws.order(N_DYADS)]
    brief_relational = np.zeros(N_DYADS, dtype=bool)
    brief_relational[order[:N_BRIEF_RELATIONAL]] = True
    # A Brief Relational dyad without mindfulness, and one of the other condition without
    # termination: every t test has 25 dyads. Nobody who left a packet blank also left out items.
    blank, others = order[9], [order[20], *order[10:16], *order[4:9]]
    left_out = {
        "wai_therapist": {others[1]: 1, others[2]: 1},
        "wai_patient": {others[3]: 2, others[4]: 1},
        "scl_intake": {others[5]: 1, others[6]: 2, others[7]: 1},
        "scl_termination": {others[1]: 1, others[8]: 2},
        "iip_intake": {others[9]: 1},
        "iip_termination": {others[5]: 1, others[10]: 2},
    }
    return Design(brief_relational, blank, others[0], left_out)
