"""The data sets that analyses name, and the checks that every analysis makes on its columns."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_NEARLY_CONSTANT = 1e-13
"""Spread, as a share of the mean, below which values are constant up to rounding error."""


def dataset_name(imputation: int) -> str:
    """Name of the data set that an imputation is: 0 `available`, 1 `imputed`, 2 `imputed_2`, ...

    Examples
    --------
    >>> [dataset_name(imputation) for imputation in (0, 1, 2)]
    ['available', 'imputed', 'imputed_2']
    """
    if imputation == 0:
        return "available"
    return "imputed" if imputation == 1 else f"imputed_{imputation}"


def analysis_datasets(measures: pd.DataFrame, gains: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The data sets that analyses name: one row per dyad, measures and residual gains as columns.

    Parameters
    ----------
    measures, gains : pandas.DataFrame
        Contracts `MEASURES` and `GAINS`.

    Returns
    -------
    dict of str to pandas.DataFrame
        `available` (imputation 0) and, where measures were imputed, `imputed` (imputation 1).
        Columns: those of `measures`, and one column per outcome, which holds its residual gain.
        Rows are in the order of `measures`.
    """
    # pivot_table would silently average a gain that occurs twice.
    wide = gains.pivot(  # noqa: PD010
        index=["dyad", "imputation"], columns="outcome", values="residual_gain"
    )
    joined = measures.merge(wide.reset_index(), on=["dyad", "imputation"], how="left")
    return {
        dataset_name(int(str(imputation))): dyads.reset_index(drop=True)
        for imputation, dyads in joined.groupby("imputation", sort=True)
    }


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
    datasets: Mapping[str, pd.DataFrame], analysis: str, dataset: str, columns: Iterable[str]
) -> list[str]:
    """Columns that an analysis names and its data set does not hold, one sentence each.

    Parameters
    ----------
    datasets : mapping of str to pandas.DataFrame
        See `analysis_datasets`.
    analysis : str
        The analysis in words; the sentences begin with it.
    dataset : str
        The data set that it names.
    columns : iterable of str
        The columns that it names.

    Examples
    --------
    >>> missing_columns({"available": pd.DataFrame({"a": []})}, "family 'f'", "available", ["b"])
    ["family 'f' uses 'b', which is not a column of 'available'"]
    """
    if dataset not in datasets:
        return [f"{analysis} uses the data set {dataset!r}; there are {sorted(datasets)}"]
    return [
        f"{analysis} uses {column!r}, which is not a column of {dataset!r}"
        for column in columns
        if column not in datasets[dataset].columns
    ]
