"""Covariances of residuals within a person: serial correlation, unstructured, unequal variances."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError

Array = NDArray[np.float64]
Structure = Literal["independent", "ar1", "car1", "compound_symmetry", "unstructured"]

STRUCTURES: tuple[str, ...] = get_args(Structure)

_LARGEST_EXPONENT = 30.0
"""Parameters beyond this bound are at the edge of their range in double precision."""


@dataclass(frozen=True)
class Residual:
    """Covariance of the residuals of one person (or couple, or dyad).

    Attributes
    ----------
    structure : str
        independent; ar1: phi to the power of the number of occasions between two rows; car1: phi
        to the power of the time between two rows, 0 < phi < 1 (nlme's corCAR1); compound_symmetry:
        one correlation (corCompSymm); unstructured: one correlation for each pair of occasions
        (corSymm).
    groups : tuple of str
        Columns that together name the person; needed unless the structure is independent. Rows of
        different persons are independent.
    occasion : str or None
        Column with the occasion or time. For ar1 the occasions of all rows are ranked, so that a
        missed session leaves a gap; without the column the order of the rows counts.
    variance_by : str or None
        Column: one residual variance for each of its values (nlme's varIdent). With unstructured
        and the occasion, every variance and covariance is free, as in an MMRM.
    """

    structure: Structure = "independent"
    groups: tuple[str, ...] = ()
    occasion: str | None = None
    variance_by: str | None = None

    @property
    def is_plain(self) -> bool:
        """Whether residuals are independent with one variance."""
        return self.structure == "independent" and self.variance_by is None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the frame that the structure reads."""
        return (*self.groups, *(c for c in (self.occasion, self.variance_by) if c is not None))


@dataclass(frozen=True)
class _Blocks:
    """All blocks of one size: rows (n_blocks, size); patterns are their distinct covariances.

    Blocks are sorted by pattern, and `starts` are the first blocks of the patterns.
    """

    rows: NDArray[np.intp]
    starts: NDArray[np.intp]
    pattern: NDArray[np.intp]
    strata: NDArray[np.intp]
    place: Array
    count: Array


class ResidualCovariance:
    """Covariance of the rows, over the variance of the first stratum, block by block.

    Parameters
    ----------
    residual : Residual
    frame : pandas.DataFrame
        The fitted rows in their sorted order.

    Raises
    ------
    AnalysisError
        A structure that the columns cannot carry: no groups, no occasion, two rows of a person at
        the same occasion, times that are not numbers, or nobody with two rows.
    """

    def __init__(self, residual: Residual, frame: pd.DataFrame):
        self.structure = residual.structure
        self.occasions: list[Any] = []
        _check(residual, frame)
        n = len(frame)
        self.strata_names: list[Hashable] = ["all"]
        strata = np.zeros(n, dtype=np.intp)
        if residual.variance_by is not None:
            strata, self.strata_names = _strata(frame, residual.variance_by)
        codes: NDArray[np.intp] = np.arange(n, dtype=np.intp)
        place: Array = np.zeros(n)
        if residual.structure != "independent":
            codes = group_codes(frame, residual.groups)
            place = self._places(residual, frame, codes)
        self.strata = strata
        self.place = place
        self.blocks = _blocks(codes, place, strata, self.structure in ("ar1", "car1"))
        self.largest = max(block.rows.shape[1] for block in self.blocks)
        if residual.structure != "independent" and self.largest < 2:
            raise AnalysisError(
                f"The residual structure {self.structure} needs groups with at least two rows;"
                f" every group of {', '.join(residual.groups)} has one."
            )
        self._scale = _typical_gap(self.blocks)
        self.n_correlation = {
            "independent": 0,
            "unstructured": len(self.occasions) * (len(self.occasions) - 1) // 2,
        }.get(self.structure, 1)
        self.n_parameters = self.n_correlation + len(self.strata_names) - 1

    def start(self) -> Array:
        """Starting values: weak correlation, equal variances."""
        phi = np.zeros(self.n_parameters)
        if self.structure == "compound_symmetry":
            low = self._lowest()
            phi[0] = np.log((0.1 - low) / 0.9)
        elif self.structure == "ar1":
            phi[0] = 0.2
        return phi

    def whiten(self, rows: Array, phi: Array) -> tuple[Array, float, tuple[Array, list[Array]]]:
        """Rows (columns of the design, n) times the inverse Cholesky factor; log determinant.

        The third value is what `gradient` needs.
        """
        if np.abs(phi).max(initial=0) > _LARGEST_EXPONENT:
            raise np.linalg.LinAlgError("residual parameters at the edge of their range")
        white, logdet, inverses = np.empty_like(rows), 0.0, []
        for block in self.blocks:
            chol = np.linalg.cholesky(self.matrices(block, phi))
            inverse = np.linalg.inv(chol)
            logdet += 2 * float(
                (np.log(np.diagonal(chol, axis1=1, axis2=2)).sum(axis=1) * block.count).sum()
            )
            inverses.append(inverse)
            if block.rows.shape[1] == 1:
                white[:, block.rows[:, 0]] = (
                    rows[:, block.rows[:, 0]] * inverse[block.pattern, 0, 0]
                )
                continue
            values = rows[:, block.rows].transpose(1, 2, 0)  # (n_blocks, size, columns)
            white[:, block.rows] = (inverse[block.pattern] @ values).transpose(2, 0, 1)
        return white, logdet, (phi, inverses)

    def colour(self, draws: Array, phi: Array) -> Array:
        """Independent standard normal draws (n, count) with the covariance of the rows."""
        result = np.empty_like(draws)
        for block in self.blocks:
            chol = np.linalg.cholesky(self.matrices(block, phi))
            result[block.rows] = chol[block.pattern] @ draws[block.rows]
        return result

    def gradient(self, white: Array, weighted: Array, state: Any) -> Array:
        """Derivative of the deviance, from whitened rows and the same times their adjoint."""
        phi, inverses = state
        derivative = np.zeros(self.n_parameters)
        for block, inverse in zip(self.blocks, inverses, strict=True):
            size = block.rows.shape[1]
            if size == 1:
                alone = block.rows[:, 0]
                product = (white[:, alone] * weighted[:, alone]).sum(axis=0)[:, None, None]
            else:
                first = white[:, block.rows].transpose(1, 2, 0)
                product = first @ weighted[:, block.rows].transpose(1, 0, 2)
            summed = np.add.reduceat(product, block.starts, axis=0)
            middle = block.count[:, None, None] * np.eye(size) - summed
            adjoint = inverse.transpose(0, 2, 1) @ middle @ inverse
            derivative += self._contract(block, adjoint, phi)
        return derivative

    def matrices(self, block: _Blocks, phi: Array) -> Array:
        """Covariances of the patterns of one size, shape (n_patterns, size, size)."""
        sd = np.exp(np.append(0.0, phi[self.n_correlation :]))[block.strata]
        return self._correlations(block, phi) * sd[:, :, None] * sd[:, None, :]

    def covariance_at(self, places: Array, strata: NDArray[np.intp], phi: Array) -> Array:
        """Covariance of one person's residuals at given places, over the first stratum's variance.

        Parameters
        ----------
        places : ndarray, shape (k,)
            Ranks of occasions (ar1, unstructured) or times (car1).
        strata : ndarray of int, shape (k,)
            Rank of every row's value of `variance_by`; 0 where there is none.
        """
        single = np.zeros(1, dtype=np.intp)
        rows = np.arange(len(places), dtype=np.intp)[None]
        block = _Blocks(rows, single, single, strata[None], places[None], np.ones(1))
        return np.asarray(self.matrices(block, phi)[0])

    def scales(self, phi: Array) -> Array:
        """Standard deviation of every sorted row over that of the first stratum."""
        return np.exp(np.append(0.0, phi[self.n_correlation :]))[self.strata]

    def natural(self, phi: Array) -> dict[str, float]:
        """Parameters as they are reported.

        phi (of ar1 and car1), rho (compound symmetry), cor[a,b] (unstructured); sd_ratio[x]:
        residual standard deviation in x over that in the first value of variance_by.
        """
        found: dict[str, float] = {}
        if self.structure == "ar1":
            found["phi"] = float(np.tanh(phi[0]))
        elif self.structure == "car1":
            found["phi"] = float(np.exp(-np.exp(phi[0]) / self._scale))
        elif self.structure == "compound_symmetry":
            found["rho"] = float(self._rho(phi[0]))
        elif self.structure == "unstructured":
            matrix = self.occasion_correlations(phi)
            for later in range(1, len(matrix)):
                for earlier in range(later):
                    name = f"cor[{self.occasions[earlier]},{self.occasions[later]}]"
                    found[name] = float(matrix[later, earlier])
        for stratum, value in zip(self.strata_names[1:], phi[self.n_correlation :], strict=True):
            found[f"sd_ratio[{stratum}]"] = float(np.exp(value))
        return found

    def occasion_correlations(self, phi: Array) -> Array:
        """Correlations of all occasions (unstructured)."""
        chol = self._unit_rows(phi)[0]
        return chol @ chol.T

    def _places(self, residual: Residual, frame: pd.DataFrame, codes: NDArray[np.intp]) -> Array:
        """Position of every row on the axis along which the correlation runs."""
        if residual.structure == "compound_symmetry":
            return np.zeros(len(frame))
        if residual.occasion is None:
            order = pd.Series(codes).groupby(codes).cumcount()
            return np.asarray(order, dtype=float)
        values = frame[residual.occasion]
        if residual.structure == "car1":
            place = values.to_numpy(dtype=float)
        else:
            self.occasions = sorted(set(values))
            if values.dtype == "category":
                present = set(values)
                self.occasions = [c for c in values.cat.categories if c in present]
            rank = {occasion: number for number, occasion in enumerate(self.occasions)}
            place = values.map(rank).to_numpy(dtype=float)
        repeated = pd.DataFrame({"group": codes, "place": place}).duplicated().to_numpy()
        if repeated.any():
            row = frame[repeated].iloc[0]
            person = ", ".join(str(row[column]) for column in residual.groups)
            raise AnalysisError(
                f"{person} has two rows at {residual.occasion} {row[residual.occasion]}; the"
                f" structure {residual.structure} needs one row per occasion."
            )
        return np.asarray(place, dtype=float)

    def _lowest(self) -> float:
        return -1 / (self.largest - 1)

    def _rho(self, value: float) -> float:
        low = self._lowest()
        return low + (1 - low) / (1 + np.exp(-value))

    def _lags(self, block: _Blocks) -> Array:
        return np.abs(block.place[:, :, None] - block.place[:, None, :])

    def _correlations(self, block: _Blocks, phi: Array) -> Array:
        count, size = block.place.shape
        if self.structure == "independent" or size == 1:
            return np.broadcast_to(np.eye(size), (count, size, size)).copy()
        if self.structure == "ar1":
            rho = np.tanh(phi[0])
            return np.sign(rho) ** self._lags(block) * np.abs(rho) ** self._lags(block)
        if self.structure == "car1":
            return np.exp(-np.exp(phi[0]) / self._scale * self._lags(block))
        if self.structure == "compound_symmetry":
            full = np.full((count, size, size), self._rho(phi[0]))
            full[:, np.arange(size), np.arange(size)] = 1
            return full
        chol = self._unit_rows(phi)[0]
        place = block.place.astype(np.intp)
        return (chol @ chol.T)[place[:, :, None], place[:, None, :]]

    def _contract(self, block: _Blocks, adjoint: Array, phi: Array) -> Array:
        """Sum of adjoint times derivative of the covariances, for every parameter."""
        derivative = np.zeros(self.n_parameters)
        sd = np.exp(np.append(0.0, phi[self.n_correlation :]))[block.strata]
        on_scale = adjoint * sd[:, :, None] * sd[:, None, :]
        correlation = self._correlations(block, phi)
        per_row = 2 * (on_scale * correlation).sum(axis=2)
        by_stratum = np.bincount(
            block.strata.ravel(), weights=per_row.ravel(), minlength=len(self.strata_names)
        )
        derivative[self.n_correlation :] = by_stratum[1:]
        if self.n_correlation == 0 or block.rows.shape[1] == 1:
            return derivative
        if self.structure == "ar1":
            rho, lags = np.tanh(phi[0]), self._lags(block)
            with np.errstate(divide="ignore", invalid="ignore"):
                power = np.where(
                    lags > 0, lags * np.sign(rho) ** (lags - 1) * abs(rho) ** (lags - 1), 0
                )
            derivative[0] = (on_scale * power).sum() * (1 - rho**2)
        elif self.structure == "car1":
            rate = -np.exp(phi[0]) / self._scale * self._lags(block)
            derivative[0] = (on_scale * correlation * rate).sum()
        elif self.structure == "compound_symmetry":
            share = 1 / (1 + np.exp(-phi[0]))
            off = on_scale.sum() - np.trace(on_scale, axis1=1, axis2=2).sum()
            derivative[0] = off * (1 - self._lowest()) * share * (1 - share)
        else:
            place = block.place.astype(np.intp)
            full = np.zeros((len(self.occasions),) * 2)
            np.add.at(full, (place[:, :, None], place[:, None, :]), on_scale)
            derivative[: self.n_correlation] = self._unstructured_gradient(full, phi)
        return derivative

    def _unit_rows(self, phi: Array) -> tuple[Array, Array]:
        """Cholesky factor of the correlations; every row is (x, 1) over its length."""
        size = len(self.occasions)
        raw = np.eye(size)
        raw[np.tril_indices(size, -1)] = phi[: self.n_correlation]
        length = np.sqrt((raw * raw).sum(axis=1))
        return raw / length[:, None], length

    def _unstructured_gradient(self, adjoint: Array, phi: Array) -> Array:
        chol, length = self._unit_rows(phi)
        full = (adjoint + adjoint.T) @ chol
        # Derivative of a row over its length: what is orthogonal to the row itself.
        along = (full * chol).sum(axis=1, keepdims=True)
        inner = (full - along * chol) / length[:, None]
        return inner[np.tril_indices(len(chol), -1)]


def group_codes(frame: pd.DataFrame, columns: Sequence[str]) -> NDArray[np.intp]:
    """Number of every row's group, 0, 1, ... in the sorted order of the columns' values."""
    codes = np.zeros(len(frame), dtype=np.intp)
    for column in columns:
        inner, values = pd.factorize(frame[column], sort=True)
        codes = np.unique(codes * len(values) + inner, return_inverse=True)[1]
    return codes.astype(np.intp)


def _check(residual: Residual, frame: pd.DataFrame) -> None:
    if residual.structure not in STRUCTURES:
        raise AnalysisError(
            f"There is no residual structure {residual.structure!r}; there are:"
            f" {', '.join(STRUCTURES)}."
        )
    if residual.structure == "independent":
        return
    if not residual.groups:
        raise AnalysisError(
            f"The residual structure {residual.structure} needs `groups`: whose rows correlate."
        )
    if residual.structure in ("car1", "unstructured") and residual.occasion is None:
        raise AnalysisError(f"The residual structure {residual.structure} needs `occasion`.")
    if residual.structure == "car1":
        times = frame[residual.occasion]
        if not pd.api.types.is_numeric_dtype(times):
            raise AnalysisError(
                f"The time {residual.occasion!r} of the structure car1 holds"
                f" {times.iloc[0]!r}; it must be a number."
            )


def _strata(frame: pd.DataFrame, column: str) -> tuple[NDArray[np.intp], list[Hashable]]:
    values = frame[column]
    names: list[Any] = sorted(set(values))
    if values.dtype == "category":
        present = set(values)
        names = [name for name in values.cat.categories if name in present]
    if len(names) < 2:
        raise AnalysisError(
            f"Residual variances by {column!r} need two values of it; all rows have {names[0]!r}."
        )
    rank = {name: number for number, name in enumerate(names)}
    return values.map(rank).to_numpy(dtype=np.intp), names


def _blocks(
    codes: NDArray[np.intp], place: Array, strata: NDArray[np.intp], only_distances: bool
) -> list[_Blocks]:
    """Blocks by size, with the distinct patterns of place and stratum."""
    order = np.lexsort((np.arange(len(codes)), place, codes))
    sizes = np.bincount(codes)
    size_of_row = sizes[codes[order]]
    found = []
    for size in np.unique(sizes[sizes > 0]):
        rows = order[size_of_row == size].reshape(-1, size)
        places = place[rows] - place[rows[:, :1]] if only_distances else place[rows]
        key = np.concatenate([places, strata[rows]], axis=1)
        patterns, index, count = np.unique(key, axis=0, return_inverse=True, return_counts=True)
        index = index.reshape(-1)
        by_pattern = np.argsort(index, kind="stable")
        found.append(
            _Blocks(
                rows[by_pattern],
                np.cumsum(count) - count,
                index[by_pattern],
                patterns[:, size:].astype(np.intp),
                patterns[:, :size],
                count.astype(float),
            )
        )
    return found


def _typical_gap(blocks: Sequence[_Blocks]) -> float:
    gaps: list[Array] = [
        np.diff(block.place, axis=1).ravel() for block in blocks if block.rows.shape[1] > 1
    ]
    positive = np.concatenate([np.zeros(0), *gaps])
    positive = positive[positive > 0]
    return float(np.median(positive)) if len(positive) else 1.0
