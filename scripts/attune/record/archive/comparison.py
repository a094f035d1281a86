"""Compare two tables of the same kind cell by cell: differing cells, with the difference."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from attune.store.contracts import Contract
from attune.store.statistic_kinds import StatisticKinds
from attune.store.tolerances import EXACT

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Difference:
    """One cell, or one row, in which two tables differ.

    Attributes
    ----------
    key : tuple of str
        The row: values of the key columns, or the number of the row from 1 if there is no key.
    column : str
        "" if the whole row is in one table only.
    one, other : object
        The cell in the first and in the second table; None where it is empty or the row is absent.
    by : float or None
        Second minus first, of numbers.
    only_in : {"one", "other", None}
        Where the row is, if in one table only.
    """

    key: tuple[str, ...]
    column: str = ""
    one: object = None
    other: object = None
    by: float | None = None
    only_in: str | None = None


@dataclass(frozen=True)
class Comparison:
    """Result of the comparison of two tables.

    Attributes
    ----------
    rows, cells : int
        Number of rows and cells that both tables have and that were compared.
    differences : list of Difference
        In the order of the rows, then of the columns.
    columns_only_in_one, columns_only_in_other : list of str
    """

    rows: int
    cells: int
    differences: list[Difference] = field(default_factory=list)
    columns_only_in_one: list[str] = field(default_factory=list)
    columns_only_in_other: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.differences or self.columns_only_in_one or self.columns_only_in_other)


def compare_tables(
    one: "pd.DataFrame",
    other: "pd.DataFrame",
    contract: Contract,
    kinds: StatisticKinds | None = None,
) -> Comparison:
    """Compare two tables row by row and column by column.

    Parameters
    ----------
    one, other : pandas.DataFrame
        Rows of the contract. Empty cells equal only empty cells.
    contract : Contract
        Its key names a row; without a key, rows are compared in their order. Its tolerances say
        how far numbers may lie apart.
    kinds : StatisticKinds, optional
        Of tables of statistics: the tolerance of each row is that of its kind, in the columns for
        which the contract has a tolerance. A row of unknown kind, as another version of attune may
        have computed it, keeps the contract's.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> import pandas as pd
    >>> from attune.store.contracts import STATISTICS
    >>> one = pd.DataFrame({"id": ["a", "b"], "estimate": [0.5, 0.25]})
    >>> other = pd.DataFrame({"id": ["b", "c"], "estimate": [0.75, 1.0]})
    >>> for found in compare_tables(one, other, STATISTICS).differences:
    ...     print(found.key, found.column or "the row", found.by, found.only_in)
    ('a',) the row None one
    ('b',) estimate 0.5 None
    ('c',) the row None other
    """
    first, second = _by_key(one, contract.key), _by_key(other, contract.key)
    shared = [name for name in first.columns if name in second.columns]
    both = first.index.intersection(second.index, sort=False)
    left, right = first.loc[both, shared], second.loc[both, shared]
    found = list(_missing_rows(first, second))
    for column in shared:
        wrong = _unequal(left, right, column, _limits(column, left.index, contract, kinds))
        found += [_cell(column, left, right, int(at)) for at in np.flatnonzero(wrong)]
    order = {label: number for number, label in enumerate(first.index.union(second.index))}
    return Comparison(
        rows=len(both),
        cells=len(both) * len(shared),
        differences=sorted(found, key=lambda entry: order[_label(entry.key, first.index)]),
        columns_only_in_one=[name for name in first.columns if name not in shared],
        columns_only_in_other=[name for name in second.columns if name not in shared],
    )


def _by_key(frame: "pd.DataFrame", key: Sequence[str]) -> "pd.DataFrame":
    """The rows under an index of their keys, or of their numbers from 1."""
    if not key:
        return frame.set_axis(range(1, len(frame) + 1), axis=0)
    indexed = frame.astype(dict.fromkeys(key, "str"))
    return indexed.set_index(list(key))


def _label(key: tuple[str, ...], index: "pd.Index") -> Any:
    """The label in an index for the key of a difference."""
    if index.nlevels > 1:
        return key
    return key[0] if index.name is not None else int(key[0])


def _key(label: Any) -> tuple[str, ...]:
    return tuple(map(str, label)) if isinstance(label, tuple) else (str(label),)


def _missing_rows(first: "pd.DataFrame", second: "pd.DataFrame") -> Iterator[Difference]:
    for label in first.index.difference(second.index):
        yield Difference(_key(label), only_in="one")
    for label in second.index.difference(first.index):
        yield Difference(_key(label), only_in="other")


def _unequal(
    left: "pd.DataFrame",
    right: "pd.DataFrame",
    column: str,
    limits: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """Which rows differ in a column by more than their relative and absolute limits."""
    import pandas as pd

    one, other = left[column], right[column]
    if not (pd.api.types.is_numeric_dtype(one) and pd.api.types.is_numeric_dtype(other)):
        empty_one, empty_other = one.isna().to_numpy(), other.isna().to_numpy()
        same = (one.astype(object) == other.astype(object)).to_numpy()
        return ~np.where(empty_one | empty_other, empty_one & empty_other, same)
    first, second = (entry.to_numpy(dtype=float, na_value=np.nan) for entry in (one, other))
    relative, absolute = limits
    with np.errstate(invalid="ignore"):
        room = np.maximum(relative * np.maximum(abs(first), abs(second)), absolute)
        same = (first == second) | (abs(first - second) <= np.where(np.isfinite(room), room, 0.0))
    return ~(same | (np.isnan(first) & np.isnan(second)))


def _limits(
    column: str, index: "pd.Index", contract: Contract, kinds: StatisticKinds | None
) -> tuple[np.ndarray, np.ndarray]:
    """Relative and absolute tolerance of every row."""
    declared = contract.tolerance_of(column)
    allowed = [declared] * len(index)
    if kinds is not None and declared != EXACT:
        found = [kinds.find(identifier) for identifier in index]
        allowed = [declared if kind is None else kind.tolerance for kind in found]
    return (
        np.array([tolerance.relative for tolerance in allowed]),
        np.array([tolerance.absolute for tolerance in allowed]),
    )


def _cell(column: str, left: "pd.DataFrame", right: "pd.DataFrame", row: int) -> Difference:
    one, other = (_plain(frame[column].iloc[row]) for frame in (left, right))
    numbers = [entry for entry in (one, other) if isinstance(entry, int | float)]
    whether = isinstance(one, bool) or isinstance(other, bool)
    by = float(numbers[1]) - float(numbers[0]) if len(numbers) == 2 and not whether else None
    return Difference(_key(left.index[row]), column, one, other, by)


def _plain(value: Any) -> Any:
    """A cell as a plain Python value; None for an empty one."""
    import pandas as pd

    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value
