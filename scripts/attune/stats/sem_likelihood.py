"""Exact normal likelihood of rows in clusters, with values missing in any pattern."""

from dataclasses import dataclass

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
class _ZPattern:
    """Clusters in which the same variables of the cluster are known, at some parameters."""

    clusters: Places
    types: Places
    known: Places
    inverse: Array
    regression: Array
    rest: Array
    shrinkage: Array
    log_determinant: float


class ClusteredRows:
    """Rows of one group, summarised by cluster and pattern of missing values.

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
    :math:`\\Sigma_B` (with the q variables of clusters first) and :math:`\\Sigma_W`. With the rows'
    known values stacked, :math:`V = D + E\\,\\Sigma_B E'` where D is block diagonal, so that
    only matrices of p by p are inverted, and none of :math:`\\Sigma_B`, which may be singular:

    .. math:: V^{-1} = D^{-1} - D^{-1} E\\,\\Sigma_B\\,(I + E' D^{-1} E\\,\\Sigma_B)^{-1} E' D^{-1}

    Without clusters, one cluster with :math:`\\Sigma_B = 0` is the likelihood of independent rows.
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
        self.z = np.where(np.isfinite(z), z, 0.0)
        z_known = np.isfinite(z)
        kinds, self.cluster_type = np.unique(np.c_[counts, z_known], axis=0, return_inverse=True)
        self.cluster_type = self.cluster_type.ravel()
        self.type_counts = kinds[:, : len(self.patterns)]
        self.type_known = kinds[:, len(self.patterns) :].astype(bool)
        self.type_clusters = np.bincount(self.cluster_type).astype(float)
        self.starts = np.flatnonzero(np.diff(self.cell_cluster, prepend=-1))

    @property
    def cell_scatter(self) -> Array:
        """Sums of squares and products within every cell, shape (n_cells, p, p)."""
        products = self._deviations[:, :, None] * self._deviations[:, None, :]
        found = np.zeros((len(self.cell_n), self.p, self.p))
        np.add.at(found, self._cell, products)
        return found

    def evaluate(
        self, mean: Array, within: Array, between: Array, by_cluster: bool = False
    ) -> tuple[float, MomentSlopes | None]:
        """Log-likelihood and its derivatives.

        Parameters
        ----------
        mean : ndarray, shape (q + p,)
        within : ndarray, shape (p, p)
        between : ndarray, shape (q + p, q + p)
            The variables of clusters first; rows and columns of 0 for variables without a part
            between clusters.
        by_cluster : bool
            Derivatives of every cluster's log-likelihood.

        Returns
        -------
        float
            Minus infinity, without derivatives, where the moments are no moments.
        """
        rows = _RowInverses.at(self, within)
        if rows is None:
            return -np.inf, None
        precision = np.einsum("tk,kij->tij", self.type_counts, rows.inverse)
        solved = [self._condition(known, between, precision) for known in self._z_patterns()]
        if any(part is None for part in solved):
            return -np.inf, None
        parts = [part for part in solved if part is not None]
        deviation = (self.cell_mean - mean[self.q :]) * self.patterns[self.cell_pattern]
        weighted = np.einsum("cij,cj->ci", rows.inverse[self.cell_pattern], deviation)
        score = np.add.reduceat(self.cell_n[:, None] * weighted, self.starts, axis=0)
        value = -(
            (self.pattern_n * (rows.log_determinant + self.patterns.sum(1) * _LOG_2PI)).sum()
            + (rows.inverse * self.pattern_scatter).sum()
            + (self.cell_n * (deviation * weighted).sum(1)).sum()
        )
        solution = _Solution.empty(self)
        for part in parts:
            value -= solution.add(self, part, mean, score, precision)
        slopes = self._slopes(rows, deviation, solution, by_cluster)
        return float(value) / 2, slopes

    def _z_patterns(self) -> Array:
        return np.unique(self.type_known, axis=0)

    def _condition(self, known: Array, between: Array, precision: Array) -> _ZPattern | None:
        """The clusters' parts given the known variables of clusters."""
        q = self.q
        types = np.flatnonzero((self.type_known == known).all(axis=1))
        places = np.flatnonzero(known)
        block, cross = between[np.ix_(places, places)], between[q:, places]
        try:
            factor = np.linalg.cholesky(block)
        except np.linalg.LinAlgError:
            return None
        inverse = np.linalg.inv(block) if len(places) else np.zeros((0, 0))
        regression = cross @ inverse
        rest = between[q:, q:] - regression @ cross.T
        inner = np.eye(self.p) + precision[types] @ rest
        sign, log_determinant = np.linalg.slogdet(inner)
        if not (sign > 0).all():
            return None
        shrinkage = np.zeros((len(self.type_clusters), self.p, self.p))
        shrinkage[types] = np.linalg.inv(inner)
        clusters = np.flatnonzero(np.isin(self.cluster_type, types))
        total = (self.type_clusters[types] * log_determinant).sum()
        total += len(clusters) * (2 * np.log(np.diag(factor)).sum() + len(places) * _LOG_2PI)
        return _ZPattern(
            clusters, types, places, inverse, regression, rest, shrinkage, float(total)
        )

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
    """Inverse of the within matrix for every pattern, zero at missing variables."""

    inverse: Array
    log_determinant: Array

    @classmethod
    def at(cls, rows: ClusteredRows, within: Array) -> "_RowInverses | None":
        inverse = np.zeros((len(rows.patterns), rows.p, rows.p))
        log_determinant = np.zeros(len(rows.patterns))
        for k, known in enumerate(rows.patterns):
            block = within[np.ix_(known, known)]
            try:
                factor = np.linalg.cholesky(block)
            except np.linalg.LinAlgError:
                return None
            log_determinant[k] = 2 * np.log(np.diag(factor)).sum()
            half = np.linalg.inv(factor)
            inverse[k][np.ix_(known, known)] = half.T @ half
        return cls(inverse, log_determinant)


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
        self, rows: ClusteredRows, part: _ZPattern, mean: Array, score: Array, precision: Array
    ) -> float:
        """Fill in the clusters of one pattern; their part of -2 log-likelihood."""
        q, own, kind = rows.q, part.clusters, rows.cluster_type[part.clusters]
        z = rows.z[np.ix_(own, part.known)] - mean[part.known]
        shift = z @ part.regression.T
        r = score[own]
        left = r - np.einsum("cij,cj->ci", precision[kind], shift)
        g_y = np.einsum("cij,cj->ci", part.shrinkage[kind], left)
        g_z = z @ part.inverse - g_y @ part.regression
        pull = g_y @ part.rest
        self.effect[own] = shift + pull
        self.g[np.ix_(own, q + np.arange(rows.p))] = g_y
        self.g[np.ix_(own, part.known)] = g_z
        for t in part.types:
            inner = part.shrinkage[t] @ precision[t]
            inner = (inner + inner.T) / 2
            self.spread[t] = part.rest @ part.shrinkage[t]
            cross = inner @ part.regression
            full = self.information[t]
            full[q:, q:] = inner
            full[q:, part.known] = -cross
            full[part.known, q:] = -cross.T
            full[np.ix_(part.known, part.known)] = part.inverse + part.regression.T @ cross
        quadratic = (z @ part.inverse * z).sum() - (shift * (r + left)).sum() - (left * pull).sum()
        return float(part.log_determinant + quadratic)
