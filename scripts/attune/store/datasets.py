"""What every analysis asks of its data set first: is the column there, and does it vary."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_NEARLY_CONSTANT = 1e-13
"""Spread, as a share of the mean, below which values are constant but for rounding."""


def is_constant(values: NDArray[np.float64]) -> bool:
    """Whether values differ by no more than rounding errors.

    Parameters
    ----------
    values : numpy.ndarray, shape (n,)
        Without missing values, at least one.

    Examples
    --------
    >>> is_constant(np.array([0.1 + 0.2, 0.3])), is_constant(np.array([1.0, 2.0]))
    (True, False)
    """
    centred = values - values.mean()
    return bool(np.sqrt(centred @ centred) <= _NEARLY_CONSTANT * abs(values.mean()))


def missing_columns(
    datasets: Mapping[str, pd.DataFrame], who: str, dataset: str, wanted: Iterable[str]
) -> list[str]:
    """What an analysis names and its data set does not hold, one sentence each.

    Parameters
    ----------
    datasets : mapping of str to pandas.DataFrame
        See `attune.analyses.gains.estimate.analysis_datasets`.
    who : str
        The analysis, as the sentence begins.
    dataset : str
        The data set that it names.
    wanted : iterable of str
        The columns that it names.

    Examples
    --------
    >>> missing_columns({"available": pd.DataFrame({"a": []})}, "family 'f'", "available", ["b"])
    ["family 'f' uses 'b', which is not a column of 'available'"]
    """
    if dataset not in datasets:
        return [f"{who} uses the data set {dataset!r}; there are {sorted(datasets)}"]
    return [
        f"{who} uses {column!r}, which is not a column of {dataset!r}"
        for column in wanted
        if column not in datasets[dataset].columns
    ]
