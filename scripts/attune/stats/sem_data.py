"""Rows and clusters of a structural equation model: choice, order and checks of the data."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.sem_search import GroupData
from attune.stats.sem_syntax import BETWEEN, WITHIN, ModelText

Array = NDArray[np.float64]

_DEPENDENT = 1e-10
"""Smallest eigenvalue of a correlation matrix of variables that do not determine each other."""


@dataclass(frozen=True)
class ModelData:
    """What a model takes from a frame.

    Attributes
    ----------
    groups : tuple of GroupData
    group_names : tuple
        Values of the group column in sorted order; one None without groups.
    rows, clusters : tuple of str
        Variables of rows, and variables of clusters only.
    frame : pandas.DataFrame
        The rows that are fitted.
    n_left_out : int
        Rows without cluster, group or any value (or any missing value where listwise).
    """

    groups: tuple[GroupData, ...]
    group_names: tuple[Any, ...]
    rows: tuple[str, ...]
    clusters: tuple[str, ...]
    frame: pd.DataFrame
    n_left_out: int

    @property
    def n_rows(self) -> int:
        """Fitted rows of all groups."""
        return sum(len(data.y) for data in self.groups)

    @property
    def n_clusters(self) -> int:
        """Clusters of all groups; rows are their own clusters where none are named."""
        return sum(int(data.cluster.max()) + 1 for data in self.groups)

    @property
    def complete(self) -> bool:
        """No value is missing."""
        return all(np.isfinite(d.y).all() and np.isfinite(d.z).all() for d in self.groups)


def read_data(
    frame: pd.DataFrame,
    model: ModelText,
    cluster: str | None,
    group: str | None,
    listwise: bool = False,
) -> ModelData:
    """Choose the rows and variables of a model and check that they can carry it.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per observation, for example a session, with its cluster, for example a therapist.
        Variables of clusters have the same value in all rows of a cluster.
    model : ModelText
    cluster, group : str, optional
        Columns.
    listwise : bool
        Leave out every row with a missing value; False: rows without any value only.

    Raises
    ------
    AnalysisError
        Every problem at once, with its remedy.
    """
    rows, clusters = observed_variables(model)
    _require_columns(frame, model, [*rows, *clusters], cluster, group)
    columns = [*rows, *clusters]
    values = pd.DataFrame({name: _numbers(frame[name]) for name in columns})
    usable = values[list(rows)].notna()
    keep = values.notna().all(axis=1) if listwise else usable.any(axis=1)
    for name in (cluster, group):
        if name is not None:
            keep &= frame[name].notna()
    chosen = frame.loc[keep.to_numpy()]
    values = values.loc[keep.to_numpy()]
    if values.empty:
        raise AnalysisError(
            f"No row has values of {', '.join(columns)}"
            f"{' and a cluster' if cluster else ''}; check the columns."
        )
    names: list[Any] = sorted(chosen[group].unique().tolist()) if group else [None]
    groups, problems = [], []
    for name in names:
        own = (chosen[group] == name).to_numpy() if group else np.ones(len(chosen), bool)
        where = f"group {name!r}: " if group else ""
        y = values.loc[own, list(rows)].to_numpy(dtype=float)
        z_rows = values.loc[own, list(clusters)].to_numpy(dtype=float)
        codes = _codes(chosen.loc[own, cluster] if cluster else None, len(y))
        if len(y) <= len(rows):
            problems.append(
                f"{where}{len(y)} rows are too few for {len(rows)} variables, whose covariances"
                " need at least one row more; leave the group or some variables out."
                if group
                else f"{len(y)} rows are too few for {len(rows)} variables, whose covariances need"
                " at least one row more; leave some variables out."
            )
            continue
        z, found = _cluster_values(z_rows, codes, clusters, cluster)
        found += _check_variation(y, codes, rows, model, cluster)
        problems += [where + problem for problem in found]
        groups.append((y, z, codes))
    if not problems:
        problems = [p for y, z, _ in groups for p in _check_dependence(y, z, rows, clusters)]
    if problems:
        raise AnalysisError("The data cannot carry the model.", problems)
    return ModelData(
        tuple(GroupData.of(y, z, codes, model.two_level) for y, z, codes in groups),
        tuple(names),
        rows,
        clusters,
        chosen,
        len(frame) - len(chosen),
    )


def observed_variables(model: ModelText) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Variables of rows, and variables only between clusters, in the order of the text."""
    latent = {(t.level, t.left) for t in model.terms if t.operator == "=~"}
    found: dict[str, list[str]] = {WITHIN: [], BETWEEN: []}
    for term in model.terms:
        for name in (term.left, term.right):
            known = found[term.level]
            if name and name not in known and (term.level, name) not in latent:
                known.append(name)
    rows = found[WITHIN]
    return tuple(rows), tuple(name for name in found[BETWEEN] if name not in rows)


def _numbers(column: pd.Series) -> pd.Series:
    return column.astype("float64")


def _require_columns(
    frame: pd.DataFrame,
    model: ModelText,
    variables: Sequence[str],
    cluster: str | None,
    group: str | None,
) -> None:
    if model.two_level and cluster is None:
        raise AnalysisError(
            "The model has levels, but no cluster column is named; name the column of the clusters"
            " (cluster='therapist') or delete the 'level:' lines."
        )
    if model.two_level and not any(t.level == WITHIN for t in model.terms):
        raise AnalysisError("The model has no terms under 'level: within'; add them.")
    problems = []
    latent = {t.left for t in model.terms if t.operator == "=~"}
    for name in [*variables, *(c for c in (cluster, group) if c is not None)]:
        if name not in frame.columns:
            near = difflib.get_close_matches(name, [str(c) for c in frame.columns], 3)
            hint = f"similar: {', '.join(near)}" if near else f"columns: {_listed(frame.columns)}"
            problems.append(
                f"{name!r} is neither a column nor a factor (left of =~) on its level; {hint}."
            )
        elif name in variables and not _is_number(frame[name]):
            problems.append(
                f"{name!r} holds {frame[name].dtype} values; code it as numbers (0 and 1 for two"
                " categories)."
            )
    problems += [
        f"the factor {name!r} has the name of a column; rename the factor."
        for name in sorted(latent & set(map(str, frame.columns)))
    ]
    if problems:
        raise AnalysisError("The model does not fit the columns of the data.", problems)


def _listed(names: Iterable[Any]) -> str:
    shown = [str(name) for name in names]
    return ", ".join(shown[:12]) + (", …" if len(shown) > 12 else "")


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)


def _codes(cluster: pd.Series | None, n: int) -> NDArray[np.intp]:
    if cluster is None:
        return np.arange(n)
    return np.asarray(pd.factorize(cluster, sort=True)[0], dtype=np.intp)


def _cluster_values(
    z_rows: Array, codes: NDArray[np.intp], names: Sequence[str], cluster: str | None
) -> tuple[Array, list[str]]:
    """The one value of every cluster; problems where it has several."""
    n = int(codes.max()) + 1
    z, problems = np.full((n, len(names)), np.nan), []
    for column, name in enumerate(names):
        known = np.flatnonzero(np.isfinite(z_rows[:, column]))
        z[codes[known[::-1]], column] = z_rows[known[::-1], column]
        if not len(known):
            problems.append(f"{name!r} has no value in any cluster; leave it out.")
        elif (z_rows[known, column] != z[codes[known], column]).any():
            problems.append(
                f"{name!r} stands only under 'level: between' but varies within clusters of"
                f" {cluster!r}; name it under 'level: within', too, or aggregate it."
            )
        elif np.ptp(z[np.isfinite(z[:, column]), column]) == 0:
            problems.append(f"{name!r} has the same value in all clusters; leave it out.")
    return z, problems


def _check_variation(
    y: Array,
    codes: NDArray[np.intp],
    names: Sequence[str],
    model: ModelText,
    cluster: str | None,
) -> list[str]:
    """Variables and clusters without the variance that the model asks for."""
    problems = []
    sizes = np.bincount(codes)
    if model.two_level and len(sizes) < 2:
        problems.append(
            f"all rows have the same {cluster!r}; two levels need at least two clusters (dozens for"
            " sound standard errors): fit a model without 'level:' lines."
        )
    elif model.two_level and sizes.max() < 2:
        problems.append(
            f"no cluster of {cluster!r} has two rows, so that variance within cannot be told from"
            " variance between: fit a model without 'level:' lines."
        )
    if problems:
        return problems
    between = {n for t in model.terms if t.level == BETWEEN for n in (t.left, t.right)}
    for column, name in enumerate(names):
        values = y[:, column]
        known = np.isfinite(values)
        if not known.any():
            problems.append(f"{name!r} has no value in any row; leave it out.")
        elif np.ptp(values[known]) == 0:
            problems.append(f"{name!r} has the same value in all rows; leave it out.")
        elif model.two_level:
            counts = np.bincount(codes[known], minlength=len(sizes))
            means = np.bincount(codes[known], values[known], len(sizes)) / np.maximum(counts, 1)
            size = max(float(np.abs(values[known]).max()), 1e-300)
            if np.abs(values[known] - means[codes[known]]).max() <= 1e-12 * size:
                problems.append(
                    f"{name!r} does not vary within clusters of {cluster!r}; name it only under"
                    " 'level: between'."
                )
            elif name in between and np.ptp(means[counts > 0]) <= 1e-12 * size:
                problems.append(
                    f"{name!r} has the same mean in all clusters of {cluster!r}; name it only under"
                    " 'level: within'."
                )
    return problems


def _check_dependence(
    y: Array, z: Array, rows: Sequence[str], clusters: Sequence[str]
) -> list[str]:
    """Variables that are exact sums of others, which have no normal density."""
    problems = []
    for values, names in ((y, rows), (z, clusters)):
        complete = values[np.isfinite(values).all(axis=1)]
        if complete.shape[1] < 2 or len(complete) <= complete.shape[1]:
            continue
        if (np.ptp(complete, axis=0) == 0).any():
            continue
        eigenvalues, vectors = np.linalg.eigh(np.corrcoef(complete, rowvar=False))
        if eigenvalues[0] < _DEPENDENT:
            joined = [n for n, v in zip(names, vectors[:, 0], strict=True) if abs(v) > 1e-4]
            problems.append(
                f"{', '.join(joined)} determine each other exactly (one is a sum of the others);"
                " leave one out."
            )
    return problems
