"""Rows of the statistics store: one computed number with its uncertainty, found by its id."""

import math
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from attune import __version__
from attune.specs.errors import AttuneError
from attune.store.contracts import STATISTICS

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, object]

_COLUMNS = frozenset(STATISTICS.schema.names)
_TYPES = {field.name: str(field.type).rstrip("0123456789") for field in STATISTICS.schema}
"""Column -> double, int or string."""


@cache
def statistic_id(*parts: str) -> str:
    """Join the parts of an id, each in lower snake case.

    Parameters
    ----------
    *parts : str
        Analysis, terms, statistic. An empty part (an instrument without states) is left out.

    Examples
    --------
    >>> statistic_id("preliminary", "kims_total", "Brief Relational Therapy", "mean")
    'preliminary.kims_total.brief_relational_therapy.mean'
    """
    return ".".join(snake for part in parts if (snake := snake_case(part)))


@cache
def snake_case(label: str) -> str:
    """Lower case letters without accents, digits and single underscores.

    Examples
    --------
    >>> snake_case("Cognitive-Behavioral Therapy"), snake_case("Séparé(e)")
    ('cognitive_behavioral_therapy', 'separe_e')
    """
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")


def statistic_row(
    analysis: str,
    terms: Iterable[str],
    statistic: str,
    estimate: float | None,
    *,
    reason: str | None = None,
    **columns: object,
) -> Row:
    """One row of the statistics store.

    Parameters
    ----------
    analysis : str
        First part of the id.
    terms : iterable of str
        Middle parts of the id: measures, levels.
    statistic : str
        Last part of the id, such as `pearson_r`.
    estimate : float or None
        The number; None where it is undefined. NaN and infinity count as undefined, since no
        table could print them.
    reason : str, optional
        Why the estimate is undefined. Dropped where an estimate exists.
    **columns
        Further columns of the contract.

    Returns
    -------
    dict
        Columns of `contracts.STATISTICS`; an undefined estimate keeps only what describes it
        (n, method, terms), never an uncertainty.

    Raises
    ------
    AttuneError
        A column is not part of the contract, or an undefined estimate has no reason.

    Examples
    --------
    >>> statistic_row("alliance", ["kims", "wai"], "pearson_r", 0.5, n=26)["id"]
    'alliance.kims.wai.pearson_r'
    """
    row_id = statistic_id(analysis, *terms, statistic)
    if not columns.keys() <= _COLUMNS:
        unknown = sorted(set(columns) - _COLUMNS)
        raise AttuneError(f"Statistic {row_id} has columns outside its contract: {unknown}.")
    shared: Row = {"id": row_id, "analysis": analysis, "statistic": statistic}
    if estimate is None or not math.isfinite(estimate):
        if not reason:
            raise AttuneError(f"Statistic {row_id} is undefined, but no reason is given.")
        kept = {name: value for name, value in columns.items() if name not in _UNCERTAINTY}
        return {**shared, **kept, "estimate": None, "reason": reason}
    return {**shared, **columns, "estimate": float(estimate), "reason": None}


_UNCERTAINTY = frozenset(
    {"se", "df", "p_two_tailed", "p_one_tailed", "ci_low", "ci_high", "ci_level"}
)


def statistics_frame(rows: Iterable[Row]) -> "pd.DataFrame":
    """Rows as a frame with the columns of `contracts.STATISTICS`, in the order of the rows.

    Returns
    -------
    pandas.DataFrame
        float64, nullable Int64 (n, seed) and object (text) columns.
    """
    known = list(rows)
    if not known:
        return _no_statistics().copy()
    return _frame_of(known)


@cache
def _no_statistics() -> "pd.DataFrame":
    """The frame without rows: many analyses are not asked for."""
    return _frame_of([])


def _frame_of(known: list[Row]) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    # Columns with an index of their own would be aligned, which takes most of the time.
    index = pd.RangeIndex(len(known))
    columns: dict[str, object] = {}
    # Column by column with its type: frames of objects that are converted later are slow to make.
    for name, kind in _TYPES.items():
        values = [row.get(name) for row in known]
        if kind == "double":
            columns[name] = np.array(values, dtype=float)
        elif kind == "int":
            missing = np.array([value is None for value in values], dtype=bool)
            numbers = np.array([0 if value is None else value for value in values], dtype=np.int64)
            columns[name] = pd.arrays.IntegerArray(numbers, missing)
        else:
            columns[name] = pd.Series(values, index, dtype=object)
    return pd.DataFrame(columns, index)


@cache
def software(*packages: str) -> str:
    """Names and versions of the packages that computed an estimate and its uncertainty.

    Examples
    --------
    >>> software("attune", "scipy")  # doctest: +ELLIPSIS
    'attune ...; scipy ...'
    """
    return "; ".join(_with_version(package) for package in packages)


def _with_version(package: str) -> str:
    if package == "attune":
        return f"attune {__version__}"
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return package
