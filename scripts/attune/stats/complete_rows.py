"""Keyed item responses as internal consistency needs them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError

MINIMUM_QUESTIONNAIRES = 3
"""Fewest complete questionnaires: an item-rest correlation of two is always perfect."""

MINIMUM_ITEMS = 2


def complete_rows(items: ArrayLike) -> NDArray[np.float64]:
    """The questionnaires without a missing item.

    Raises
    ------
    AnalysisError
        Fewer than two items, fewer than three complete rows, a constant item, or items whose sum
        is always the same.
    """
    matrix = np.asarray(items, dtype=float)
    if matrix.shape[1] < MINIMUM_ITEMS:
        raise AnalysisError(
            f"Internal consistency needs at least {MINIMUM_ITEMS} items, found {matrix.shape[1]}."
        )
    complete = matrix[np.isfinite(matrix).all(axis=1)]
    if len(complete) < MINIMUM_QUESTIONNAIRES:
        raise AnalysisError(
            f"Internal consistency needs at least {MINIMUM_QUESTIONNAIRES} questionnaires without"
            f" a missing item, found {len(complete)}."
        )
    constant = np.flatnonzero(np.ptp(complete, axis=0) == 0)
    if len(constant):
        raise AnalysisError(
            f"The same answer in all {len(complete)} complete questionnaires to item"
            f" {', '.join(str(item + 1) for item in constant)} of the scale."
        )
    if np.ptp(complete.sum(axis=1)) < 1e-12:
        raise AnalysisError("The items of the scale always have the same sum.")
    return complete
