"""The data sets that analyses name, and the checks that every analysis makes on its columns."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from attune.specs.errors import AnalysisError


def dataset_name(imputation: int, declared: Mapping[str, int] | None = None) -> str:
    """Name of the data set that an imputation is: 0 `available`, 1 `imputed`, 2 `imputed_2`, ...

    Parameters
    ----------
    imputation : int
    declared : mapping of str to int, optional
        Names that a study gives to imputations (`study.Study.datasets`).

    Examples
    --------
    >>> [dataset_name(imputation) for imputation in (0, 1, 2)]
    ['available', 'imputed', 'imputed_2']
    >>> dataset_name(1, {"completed": 1})
    'completed'
    """
    for name, number in (declared or {}).items():
        if number == imputation:
            return name
    if imputation == 0:
        return "available"
    return "imputed" if imputation == 1 else f"imputed_{imputation}"


def dataset_words(name: str) -> str:
    """A data set that a study names, in words.

    Examples
    --------
    >>> dataset_words("second_completion")
    'data set “second completion”'
    """
    return f"data set “{name.replace('_', ' ')}”"


def analysis_datasets(
    measures: pd.DataFrame,
    gains: pd.DataFrame,
    outcomes: Iterable[str] = (),
    declared: Mapping[str, int] | None = None,
) -> dict[str, pd.DataFrame]:
    """The data sets that analyses name: one row per dyad, measures and residual gains as columns.

    Parameters
    ----------
    measures, gains : pandas.DataFrame
        Contracts `MEASURES` and `GAINS`.
    outcomes : iterable of str
        Outcomes that have a column even where `gains` has no row of them.
    declared : mapping of str to int, optional
        Names that a study gives to imputations (`study.Study.datasets`).

    Returns
    -------
    dict of str to pandas.DataFrame
        `available` (imputation 0) and, where measures were imputed, `imputed` (imputation 1).
        An imputation that a study names is there under that name, too. Columns: those of
        `measures`, and one column per outcome, which holds its residual gain. Rows are in the
        order of `measures`; of measures with one row per occasion, the first row of each dyad,
        without the measures that change between occasions.

    Raises
    ------
    AnalysisError
        A dyad has two residual gains of one outcome.
    """
    every = gains["outcome"].to_numpy(dtype=object)
    whose, of_imputation = gains["dyad"].to_numpy(dtype=object), gains["imputation"].to_numpy()
    residual_gain = gains["residual_gain"].to_numpy(dtype=float)
    names = sorted({*every, *outcomes})
    datasets = {}
    measures = one_row_per_dyad(measures)
    imputation_of_row = measures["imputation"].to_numpy()
    for imputation in imputations(measures):
        frame = measures[imputation_of_row == imputation].reset_index(drop=True)
        place = pd.Index(frame["dyad"].to_numpy(dtype=object), dtype=object)
        columns = {}
        for outcome in names:
            own = (every == outcome) & (of_imputation == imputation)
            rows = place.get_indexer(pd.Index(whose[own], dtype=object))
            if len(np.unique(rows)) < len(rows):
                raise AnalysisError(f"The gains hold a dyad twice in the outcome {outcome!r}.")
            columns[outcome] = np.full(len(frame), np.nan)
            columns[outcome][rows] = residual_gain[own]
        added = pd.DataFrame(columns, index=frame.index)
        datasets[dataset_name(imputation)] = pd.concat([frame, added], axis=1)
        datasets[dataset_name(imputation, declared)] = datasets[dataset_name(imputation)]
    return datasets


def imputations(measures: pd.DataFrame) -> list[int]:
    """Numbers of the imputations in ascending order; a table without rows has imputation 0."""
    return sorted(int(number) for number in measures["imputation"].unique()) or [0]


def one_row_per_dyad(measures: pd.DataFrame) -> pd.DataFrame:
    """Measures as analyses of dyads need them: one row per dyad and imputation.

    Parameters
    ----------
    measures : pandas.DataFrame
        Contract `MEASURES`, with one row per dyad or one per dyad and occasion.

    Returns
    -------
    pandas.DataFrame
        The same rows where there is one per dyad; else the first of each dyad, without the columns
        that differ between the occasions of any dyad.
    """
    if "occasion" not in measures.columns or set(measures["occasion"].unique()) <= {""}:
        return measures
    key = ["dyad", "imputation"]
    changing = measures.groupby(key).nunique(dropna=False).gt(1).any()
    kept = [name for name in measures.columns if name in key or not changing[name]]
    return measures.drop_duplicates(key)[kept].reset_index(drop=True)


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
