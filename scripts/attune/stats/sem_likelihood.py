"""Exact normal likelihood of rows in clusters, with values missing in any pattern."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.intp]

_LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class MomentSlopes:
    """Derivatives of a log-likelihood for the moments; with a leading axis where one per cluster.

    Attributes
    ----------
    mean : ndarray, shape (..., q + p)
    within : ndarray, shape (..., p, p)
    between : ndarray, shape (..., q + p, q + p)
        Symmetric: a covariance counts in both triangles.
    """

    mean: Array
    within: Array
    between: Array


@dataclass(frozen=True)
class _KnownZ:
    """Clusters in which the same variables of the cluster are known.

    `kinds` are the clusters' places among `types`, the types of clusters with this pattern.
    """

    known: Places
    types: Places
    clusters: Places
    kinds: Places
    z: Array


@dataclass(frozen=True)
class _Conditional:
    """The clusters' parts given their known variables, at some parameters."""

    inverse: Array
    regression: Array
    rest: Array
    shrinkage: Array
    log_determinant: float


class ClusteredRows:
    r"""Rows of one group, summarised by cluster and pattern of missing values.

    Parameters
    ----------
    y : ndarray, shape (n_rows, p)
        Variables of rows, NaN where missing; every row has at least one value.
    z : ndarray, shape (n_clusters, q)
        Variables of clusters, NaN where missing.
    cluster : ndarray, shape (n_rows,)
        Number of the cluster of every row, from 0 without gaps.

    Notes
    -----
    Row i of cluster j is the sum of a cluster's part and the row's own, with covariance matrices
    :math:`\Sigma_B` (with the q variables of clusters first) and :math:`\Sigma_W`. With the rows'
    known values stacked, :math:`V = D + E\,\Sigma_B E'` where D is block diagonal, so that
    only matrices of p by p are inverted, and none of :math:`\Sigma_B`, which may be singular:

    .. math:: V^{-1} = D^{-1} - D^{-1} E\,\Sigma_B\,(I + E' D^{-1} E\,\Sigma_B)^{-1} E' D^{-1}

    Without clusters, one cluster with :math:`\Sigma_B = 0` is the likelihood of independent rows.
    """

    def __init__(self, y: Array, z: Array, cluster: Places):
        self.n_rows, self.p = y.shape
        self.n_clusters, self.q = z.shape
        known = np.isfinite(y)
        self.patterns, pattern = np.unique(known, axis=0, return_inverse=True)
        pattern = pattern.ravel()
        key, cell = np.unique(cluster * len(self.patterns) + pattern, return_inverse=True)
        self.cell_cluster, self.cell_pattern = np.divmod(key, len(self.patterns))
        self.cell_n = np.bincount(cell).astype(float)
        filled = np.where(known, y, 0.0)
        sums = np.zeros((len(key), self.p))
        np.add.at(sums, cell, filled)
        self.cell_mean = sums / self.cell_n[:, None]
        self._deviations = np.where(known, y - self.cell_mean[cell], 0.0)
        self._cell = cell
        self.pattern_n = np.bincount(pattern).astype(float)
        self.pattern_scatter = np.stack(
            [
                self._deviations[pattern == k].T @ self._deviations[pattern == k]
                for k in range(len(self.patterns))
            ]
        )
        counts = np.zeros((self.n_clusters, len(self.patterns)))
        counts[self.cell_cluster, self.cell_pattern] = self.cell_n
        self._z = np.where(np.isfinite(z), z, 0.0)
        z_known = np.isfinite(z)
        kinds, self.cluster_type = np.unique(np.c_[counts, z_known], axis=0, return_inverse=True)
        self.cluster_type = self.cluster_type.ravel()
        self.type_counts = kinds[:, : len(self.patterns)]
        type_known = kinds[:, len(self.patterns) :].astype(bool)
        self.type_clusters = np.bincount(self.cluster_type).astype(float)
        self.starts = np.flatnonzero(np.diff(self.cell_cluster, prepend=-1))
        self.known_z = [self._known_z(known, type_known) for known in np.unique(type_known, axis=0)]

    @cached_property
    def known_pairs(self) -> tuple[NDArray[np.bool_], Array]:
        """For every pattern, pairs of known variables, and 1 on the diagonal of missing ones."""
        both = self.patterns[:, :, None] & self.patterns[:, None, :]
        unit = np.zeros(both.shape)
        place = np.arange(self.p)
        unit[:, place, place] = ~self.patterns
        return both, unit

    @property
    def cell_scatter(self) -> Array:
        """Sums of squares and products within every cell, shape (n_cells, p, p)."""
        products = self._deviations[:, :, None] * self._deviations[:, None, :]
        found = np.zeros((len(self.cell_n), self.p, self.p))
        np.add.at(found, self._cell, products)
        return found

    def evaluate(
        self, mean: Array, within: Array, between: Array | None, by_cluster: bool = False
    ) -> tuple[float, MomentSlopes | None]:
        """Log-likelihood and its derivatives.

        Parameters
        ----------
        mean : ndarray, shape (q + p,)
        within : ndarray, shape (p, p)
        between : ndarray, shape (q + p, q + p), or None
            The variables of clusters first; rows and columns of 0 for variables without a part
            between clusters. None: the rows are independent.
        by_cluster : bool
            Derivatives of every cluster's log-likelihood.

        Returns
        -------
        float
            Minus infinity, without derivatives, where the moments are not moments.
        """
        rows = _RowInverses.at(self, within)
        if rows is None:
            return -np.inf, None
        if between is None and self.n_clusters == 1 and not by_cluster:
            return self._evaluate_independent(rows, mean)
        deviation = (self.cell_mean - mean[self.q :]) * self.patterns[self.cell_pattern]
        weighted = np.einsum("cij,cj->ci", rows.inverse[self.cell_pattern], deviation)
        score = np.add.reduceat(self.cell_n[:, None] * weighted, self.starts, axis=0)
        value = -(
            (self.pattern_n * (rows.log_determinant + self.patterns.sum(1) * _LOG_2PI)).sum()
            + (rows.inverse * self.pattern_scatter).sum()
            + (self.cell_n * (deviation * weighted).sum(1)).sum()
        )
        solution = _Solution.empty(self)
        if between is None:
            solution.g[:] = score
        else:
            precision = np.einsum("tk,kij->tij", self.type_counts, rows.inverse)
            for pattern in self.known_z:
                part = self._condition(pattern, between, precision)
                if part is None:
                    return -np.inf, None
                value -= solution.add(self.q, pattern, part, mean, score, precision)
        return float(value) / 2, self._slopes(rows, deviation, solution, by_cluster)

    def _evaluate_independent(
        self, rows: "_RowInverses", mean: Array
    ) -> tuple[float, MomentSlopes]:
        """The same for independent rows, of which every pattern is one cell."""
        inner, slopes = self._independent_slopes(rows, mean)
        value = -(
            float(self.pattern_n @ rows.log_determinant)
            + float(self.pattern_n @ self.patterns.sum(axis=1)) * _LOG_2PI
            + float((rows.inverse * inner).sum())
        )
        return value / 2, slopes

    def _independent_slopes(self, rows: "_RowInverses", mean: Array) -> tuple[Array, MomentSlopes]:
        """Products of the deviations by pattern, and derivatives, of independent rows."""
        deviation = (self.cell_mean - mean[..., None, self.q :]) * self.patterns
        weighted = (rows.inverse @ deviation[..., None])[..., 0]
        n = self.cell_n[:, None, None]
        inner = self.pattern_scatter + n * (deviation[..., :, None] * deviation[..., None, :])
        within = (rows.inverse @ inner @ rows.inverse - n * rows.inverse).sum(axis=-3) / 2
        slope = np.zeros(mean.shape)
        slope[..., self.q :] = self.cell_n @ weighted
        size = self.q + self.p
        return inner, MomentSlopes(slope, within, np.zeros((size, size)))

    def slopes_at_many(self, mean: Array, within: Array) -> MomentSlopes | None:
        """Derivatives of independent rows' log-likelihood at several moments at once.

        Parameters
        ----------
        mean : ndarray, shape (m, q + p)
        within : ndarray, shape (m, p, p)

        Returns
        -------
        MomentSlopes or None
            With a leading axis of m; None where a matrix is not positive definite.
        """
        rows = _RowInverses.at(self, within)
        return None if rows is None else self._independent_slopes(rows, mean)[1]

    def _known_z(self, known: NDArray[np.bool_], type_known: NDArray[np.bool_]) -> _KnownZ:
        types = np.flatnonzero((type_known == known).all(axis=1))
        clusters = np.flatnonzero(np.isin(self.cluster_type, types))
        places = np.flatnonzero(known)
        kinds = np.searchsorted(types, self.cluster_type[clusters])
        return _KnownZ(places, types, clusters, kinds, self._z[np.ix_(clusters, places)])

    def _condition(self, pattern: _KnownZ, between: Array, precision: Array) -> _Conditional | None:
        """The clusters' parts given the known variables of clusters."""
        q, places = self.q, pattern.known
        rest, log_determinant = between[q:, q:], 0.0
        inverse: Array = np.zeros((0, 0))
        regression: Array = np.zeros((self.p, 0))
        if len(places):
            block, cross = between[places[:, None], places], between[q:, places]
            try:
                factor = np.linalg.cholesky(block)
            except np.linalg.LinAlgError:
                return None
            inverse = np.asarray(np.linalg.inv(block), dtype=float)
            regression = cross @ inverse
            rest = rest - regression @ cross.T
            density = 2 * np.log(np.diag(factor)).sum() + len(places) * _LOG_2PI
            log_determinant = len(pattern.clusters) * float(density)
        inner = np.eye(self.p) + precision[pattern.types] @ rest
        sign, size = np.linalg.slogdet(inner)
        if not (sign > 0).all():
            return None
        log_determinant += float((self.type_clusters[pattern.types] * size).sum())
        shrinkage = np.asarray(np.linalg.inv(inner), dtype=float)
        return _Conditional(inverse, regression, rest, shrinkage, log_determinant)

    def _slopes(
        self, rows: "_RowInverses", deviation: Array, solution: "_Solution", by_cluster: bool
    ) -> MomentSlopes:
        effect = solution.effect[self.cell_cluster]
        error = (deviation - effect) * self.patterns[self.cell_pattern]
        kinds, weights = self.cluster_type, self.type_clusters
        if by_cluster:
            inner = self.cell_scatter
            inner += self.cell_n[:, None, None] * (
                error[:, :, None] * error[:, None, :] + solution.spread[kinds[self.cell_cluster]]
            )
            w = rows.inverse[self.cell_pattern]
            cells = w @ inner @ w - self.cell_n[:, None, None] * w
            within = np.add.reduceat(cells, self.starts, axis=0) / 2
            g = solution.g
            between = (g[:, :, None] * g[:, None, :] - solution.information[kinds]) / 2
            return MomentSlopes(g, within, between)
        weighted = self.cell_n[:, None] * error
        within = np.zeros((self.p, self.p))
        spread = np.einsum("tk,tij->kij", weights[:, None] * self.type_counts, solution.spread)
        for k, w in enumerate(rows.inverse):
            cells = self.cell_pattern == k
            inner = self.pattern_scatter[k] + weighted[cells].T @ error[cells] + spread[k]
            within += w @ inner @ w - self.pattern_n[k] * w
        total = np.einsum("t,tij->ij", weights, solution.information)
        between = solution.g.T @ solution.g - total
        return MomentSlopes(solution.g.sum(axis=0), within / 2, between / 2)


@dataclass(frozen=True)
class _RowInverses:
    """Inverse of the within matrix for every pattern, zero at missing variables.

    The pattern is the third axis from the end; several matrices at once come before it.
    """

    inverse: Array
    log_determinant: Array

    @classmethod
    def at(cls, rows: ClusteredRows, within: Array) -> "_RowInverses | None":
        # Missing variables are made independent with variance 1, so that all patterns are inverted
        # at once, and then have an inverse of 0.
        both, unit = rows.known_pairs
        try:
            factor = np.linalg.cholesky(np.where(both, within[..., None, :, :], 0.0) + unit)
        except np.linalg.LinAlgError:
            return None
        diagonal = np.diagonal(factor, axis1=-2, axis2=-1)
        half = np.linalg.inv(factor)
        inverse = np.where(both, np.swapaxes(half, -1, -2) @ half, 0.0)
        return cls(inverse, 2 * np.log(diagonal).sum(axis=-1))


@dataclass
class _Solution:
    """Quadratic forms of all clusters, filled one pattern of known z after the other.

    `g` is E' V^-1 (x - mean), `information` E' V^-1 E, `effect` the expected part of the cluster
    given its rows, `spread` what is left of its covariance.
    """

    g: Array
    effect: Array
    information: Array
    spread: Array

    @classmethod
    def empty(cls, rows: ClusteredRows) -> "_Solution":
        d, kinds = rows.q + rows.p, len(rows.type_clusters)
        return cls(
            np.zeros((rows.n_clusters, d)),
            np.zeros((rows.n_clusters, rows.p)),
            np.zeros((kinds, d, d)),
            np.zeros((kinds, rows.p, rows.p)),
        )

    def add(
        self,
        q: int,
        pattern: _KnownZ,
        part: _Conditional,
        mean: Array,
        score: Array,
        precision: Array,
    ) -> float:
        """Fill in the clusters of one pattern; their part of -2 log-likelihood."""
        known, own, types = pattern.known, pattern.clusters, pattern.types
        z = pattern.z - mean[known]
        shift = z @ part.regression.T
        r = score[own]
        left = r - np.einsum("cij,cj->ci", precision[types][pattern.kinds], shift)
        g = np.einsum("cij,cj->ci", part.shrinkage[pattern.kinds], left)
        pull = g @ part.rest
        self.effect[own] = shift + pull
        self.g[own, q:] = g
        self.spread[types] = part.rest @ part.shrinkage
        inner = part.shrinkage @ precision[types]
        inner = (inner + np.swapaxes(inner, 1, 2)) / 2
        self.information[types, q:, q:] = inner
        quadratic = -(shift * (r + left)).sum() - (left * pull).sum()
        if len(known):
            self.g[own[:, None], known] = z @ part.inverse - g @ part.regression
            cross = inner @ part.regression
            y = q + np.arange(len(part.rest))
            self.information[types[:, None, None], y[:, None], known] = -cross
            self.information[types[:, None, None], known[:, None], y] = -np.swapaxes(cross, 1, 2)
            self.information[types[:, None, None], known[:, None], known] = (
                part.inverse + part.regression.T @ cross
            )
            quadratic += (z @ part.inverse * z).sum()
        return float(part.log_determinant + quadratic)
