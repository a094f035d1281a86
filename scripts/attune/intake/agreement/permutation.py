"""How far the answers of one sheet belong to the people of another: an exact permutation test.

With z scores a_i of the people of one sheet and b_j of the other (vectors over items), the
statistic is T = sum_i a_i'b_i. If the ids had nothing to do with the answers, every assignment of
rows to people would be as likely as the given one. Over all of them T has the mean 0 and the
variance sum_ij (a_i'b_j)^2 / (n - 1), so that z = T / SD is close to standard normal from about ten
people on. For single scores z = r sqrt(n - 1). Source: Hoeffding (1951), A combinatorial central
limit theorem, https://doi.org/10.1214/aoms/1177729545.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import AnswerSheet, in_frame, standardised

FEWEST_PEOPLE = 10
"""People with both questionnaires below which nothing is tested."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """The agreement of every row of one sheet with every person of others.

    Attributes
    ----------
    products : array of float64, shape (n_people, n_people)
        Row i of the sheet with person j of the other sheets; 0 where one of both has no answers.
    deviation : float
        Standard deviation of the sum of products over all assignments of rows to people.
    n : int
        People with both; the mean over the other sheets.
    """

    products: Matrix
    deviation: float
    n: int

    @property
    def z(self) -> float:
        """Return z of the assignment that the ids give."""
        return float(np.trace(self.products)) / self.deviation

    def z_of(self, rows: NDArray[np.int64], people: NDArray[np.int64]) -> Matrix:
        """Return z of other assignments.

        Parameters
        ----------
        rows : array of int64, shape (n,)
        people : array of int64, shape (n_assignments, n)
            The person of each row in each assignment.
        """
        return np.asarray(self.products[rows, people].sum(axis=-1) / self.deviation)

    def transposed(self) -> "Agreement":
        """The agreement of the other sheet with this one."""
        return Agreement(self.products.T, self.deviation, self.n)


def agreement_of(one: AnswerSheet, other: AnswerSheet, n_people: int) -> Agreement | None:
    """Agreement of two sheets; None below `FEWEST_PEOPLE` or where nothing varies.

    Items and total count alike: items hold what is particular to a person, the total is more
    reliable. Of different instruments, and of scores, only the totals are compared.
    """
    totals = [in_frame(sheet.total, sheet, n_people) for sheet in (one, other)]
    both = np.isfinite(totals[0]) & np.isfinite(totals[1])
    n = int(both.sum())
    if n < FEWEST_PEOPLE:
        return None
    values = [[total[:, None] for total in totals]]
    if one.key[0] == other.key[0] and not one.scale and not other.scale:
        values.append([in_frame(sheet.answers, sheet, n_people) for sheet in (one, other)])
    whole = np.zeros((n_people, n_people))
    for pair in values:
        first, second = (standardised(np.where(both[:, None], part, np.nan)) for part in pair)
        products = first @ second.T
        deviation = np.sqrt((products**2).sum() / (n - 1))
        if deviation > 0:
            whole += products / deviation
    deviation = float(np.sqrt((whole**2).sum() / (n - 1)))
    return Agreement(whole / deviation, 1.0, n) if deviation > 0 else None


def summed(agreements: Iterable[Agreement]) -> Agreement | None:
    """Agreement of one sheet with several others, weighted by the root of their n.

    The variance is exact where the others hold the same people, and close to it else.
    """
    parts = list(agreements)
    if not parts:
        return None
    products = sum((np.sqrt(part.n) * part.products for part in parts), np.float64(0))
    scaled = sum((np.sqrt(part.n / (part.n - 1)) * part.products for part in parts), np.float64(0))
    deviation = float(np.sqrt((np.asarray(scaled) ** 2).sum()))
    n = round(sum(part.n for part in parts) / len(parts))
    return Agreement(np.asarray(products), deviation, n) if deviation > 0 else None


def correlation(
    one: AnswerSheet, other: AnswerSheet, n_people: int, person_of: NDArray[np.int64] | None = None
) -> tuple[float, int]:
    """Correlation of two totals and its n; NaN where undefined.

    Parameters
    ----------
    person_of : array of int64, shape (n_rows,), optional
        Another person for each row of `one`.
    """
    first = np.full(n_people, np.nan)
    first[one.people if person_of is None else person_of] = one.total
    second = in_frame(other.total, other, n_people)
    both = np.isfinite(first) & np.isfinite(second)
    n = int(both.sum())
    if n < 3 or np.ptp(first[both]) == 0 or np.ptp(second[both]) == 0:
        return np.nan, n
    return float(np.corrcoef(first[both], second[both])[0, 1]), n


def critical_z(level: float) -> float:
    """The value that a standard normal variable exceeds with this probability.

    Examples
    --------
    >>> round(critical_z(0.025), 2)
    1.96
    """
    from scipy.special import ndtri

    return -float(ndtri(level))
