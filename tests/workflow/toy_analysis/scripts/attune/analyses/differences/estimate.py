"""The mean absolute difference of two measures."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from attune.analyses.differences.declaration import Differences
from numpy.typing import ArrayLike

from attune.store.statistic_rows import software, statistic_row, statistics_frame


def mean_absolute_difference(first: ArrayLike, second: ArrayLike) -> float:
    """Mean of |x - y| over the dyads that have both.

    Examples
    --------
    >>> mean_absolute_difference([1, 2, float("nan")], [3, 2, 5])
    1.0
    """
    distance = np.abs(np.asarray(first, dtype=float) - np.asarray(second, dtype=float))
    return float(np.nanmean(distance))


def compare_measures(
    datasets: Mapping[str, pd.DataFrame], declared: Mapping[str, Differences]
) -> pd.DataFrame:
    """The distance of every declared pair; contract `STATISTICS`."""
    rows = []
    for name, pair in declared.items():
        frame = datasets[pair.dataset]
        for first, second in zip(pair.first, pair.second, strict=True):
            values = frame[[first, second]].dropna()
            estimate = mean_absolute_difference(values[first], values[second])
            rows.append(
                statistic_row(
                    name, (first, second), "mean_absolute_difference", estimate,
                    n=len(values), dataset=pair.dataset, software=software("numpy"),
                )
            )  # fmt: skip
    return statistics_frame(rows)
