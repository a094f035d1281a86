"""Who belongs to which condition, and which questionnaires and items were left blank."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import lcm

import numpy as np
from numpy.typing import NDArray

from attune.calibration.draws import Draws, Integers

N_DYADS = 26
N_BRIEF_RELATIONAL = 12


@dataclass(frozen=True)
class Design:
    """What is fixed before any score is searched.

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

    def unit(self, measure: str, n_items: int) -> tuple[Integers, int]:
        """What one point of an answered item adds to a prorated score, as whole numbers.

        A sum over m of k answered items stands for n_items / m times itself. Multiplied by the
        least common multiple, every prorated score is a whole number, so that sums stay exact.

        Returns
        -------
        units : numpy.ndarray of int64, shape (26,)
        common : int
            Prorated mean of the items = answered sum * units / (n_items * common).
        """
        answered = [n_items - self.left_out[measure].get(dyad, 0) for dyad in range(N_DYADS)]
        common = lcm(n_items, *answered) // n_items
        return np.array([common * n_items // count for count in answered], dtype=np.int64), common


def design(draws: Draws) -> Design:
    """The design of the cohort: 12 and 14 dyads, two blank packets, a few items left out."""
    order = [int(dyad) for dyad in draws.order(N_DYADS)]
    brief_relational = np.zeros(N_DYADS, dtype=bool)
    brief_relational[order[:N_BRIEF_RELATIONAL]] = True
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
