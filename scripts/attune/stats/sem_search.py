"""Maximum likelihood estimates of structural equation models: start values and search."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.stats.sem_likelihood import ClusteredRows
from attune.stats.sem_model import Block, Parameter, Specification
from attune.stats.sem_syntax import BETWEEN

Array = NDArray[np.float64]
Objective = Callable[[Array], tuple[float, Array]]

TOLERANCE = 1e-9
"""Largest expected gain in log-likelihood that one more Newton step may promise at the end."""

UNIDENTIFIED = 1e-7
"""Smallest eigenvalue of the information, its diagonal scaled to 1, of an identified model."""

_STEP_THAT_ENDS = 1e-13
_STEP_THAT_KEEPS = 1e-11
"""Gains in log-likelihood, half the squared step in standard errors."""

_MOST_STEPS = 1000
_MOST_STEPS_NEAR = 150
"""Searches that start near a maximum need 20 to 60 steps; what takes longer follows a likelihood
without maximum, as resampled clusters without variance of their own have."""

_MOST_STALLED = 4
"""Steps in a row that gain no more than rounding error, after which the search is at its end."""

_MOST_NEWTON_STEPS = 30

_MOST_AT_ONCE = 500_000
"""Numbers of the covariance matrices that are inverted in one call, which bounds the memory."""


@dataclass(frozen=True)
class GroupData:
    """Data of one group.

    Attributes
    ----------
    y : ndarray, shape (n_rows, p)
    z : ndarray, shape (n_clusters, q)
    cluster : ndarray, shape (n_rows,)
        Number of the cluster of every row.
    rows : ClusteredRows
        The same, summarised; one cluster without variance for models of one level.
    two_level : bool
    """

    y: Array
    z: Array
    cluster: NDArray[np.intp]
    rows: ClusteredRows
    two_level: bool

    @classmethod
    def of(cls, y: Array, z: Array, cluster: NDArray[np.intp], two_level: bool) -> "GroupData":
        """Summarise rows and clusters."""
        if two_level:
            return cls(y, z, cluster, ClusteredRows(y, z, cluster), True)
        rows = ClusteredRows(y, np.zeros((1, 0)), np.zeros(len(y), int))
        return cls(y, np.zeros((1, 0)), cluster, rows, False)


class Likelihood:
    """Log-likelihood of a specification at values of its free parameters."""

    def __init__(self, specification: Specification, data: Sequence[GroupData]):
        self.specification, self.data = specification, tuple(data)

    def __call__(self, free: Array) -> tuple[float, Array]:
        """Log-likelihood and gradient; minus infinity and zeros where undefined."""
        nothing = (-np.inf, np.zeros(self.specification.n_free))
        blocks = self.specification.blocks_at(free)
        if blocks is None:
            return nothing
        total, slopes = 0.0, []
        for group, parts, data in zip(self.specification.groups, blocks, self.data, strict=True):
            between = parts[1] if len(parts) > 1 else None
            value, moments = data.rows.evaluate(*group.moments(parts[0], between))
            if moments is None:
                return nothing
            total += value
            slopes += group.slopes(parts, moments)
        return total, self.specification.spread(np.concatenate(slopes))

    def gradients(self, points: Array) -> Array | None:
        """Gradients at several points at once, shape (n_points, n_free).

        None for models of two levels, and where the log-likelihood is undefined at a point.
        """
        if any(data.two_level for data in self.data):
            return None
        sizes = [data.rows.patterns.size * data.rows.p for data in self.data]
        most = max(1, _MOST_AT_ONCE // max(sizes))
        found = []
        for start in range(0, len(points), most):
            own = points[start : start + most]
            blocks = self.specification.blocks_at(own)
            if blocks is None:
                return None
            slopes = []
            for group, parts, data in zip(
                self.specification.groups, blocks, self.data, strict=True
            ):
                mean, within, _ = group.moments(parts[0], None)
                moments = data.rows.slopes_at_many(mean, within)
                if moments is None:
                    return None
                slopes += group.slopes(parts, moments)
            found.append(self.specification.spread(np.concatenate(slopes, axis=-1)))
        return np.concatenate(found)

    def scores(self, free: Array) -> Array:
        """Gradient of every cluster's log-likelihood, shape (n_clusters, n_free).

        In models of one level the rows are the clusters, or the clusters that the data name.
        """
        blocks = self.specification.blocks_at(free)
        found, start = [], 0
        for group, parts, data in zip(
            self.specification.groups, blocks or (), self.data, strict=True
        ):
            rows = data.rows
            if not data.two_level:
                n = len(data.y)
                rows = ClusteredRows(data.y, np.zeros((n, 0)), np.arange(n))
            between = parts[1] if len(parts) > 1 else None
            _, moments = rows.evaluate(*group.moments(parts[0], between), by_cluster=True)
            if moments is None:
                raise FloatingPointError("The moments are not moments.")
            own = np.concatenate(group.slopes(parts, moments), axis=-1)
            if not data.two_level:
                sums = np.zeros((data.cluster.max() + 1, own.shape[1]))
                np.add.at(sums, data.cluster, own)
                own = sums
            padded = np.zeros((len(own), len(self.specification.parameters)))
            padded[:, start : start + own.shape[1]] = own
            start += own.shape[1]
            found.append(self.specification.spread(padded))
        return np.concatenate(found)

    def score_products(self, free: Array) -> Array:
        """Sum of the products of the clusters' scores, the middle of the sandwich.

        With J clusters in a model of one level times J / (J - 1), as in lavaan.
        """
        scores = self.scores(free)
        clustered = not self.data[0].two_level and len(scores) < sum(len(d.y) for d in self.data)
        factor = len(scores) / (len(scores) - 1) if clustered else 1.0
        return factor * (scores.T @ scores)


@dataclass(frozen=True)
class Optimum:
    """Where a search ended.

    Attributes
    ----------
    free : ndarray, shape (n_free,)
    log_likelihood : float
    information : ndarray, shape (n_free, n_free)
        Observed.
    scale : ndarray, shape (n_free,)
        Size of every parameter in units of the data.
    converged, identified : bool
    loose : tuple of int
        Parameters that can change together without changing the likelihood.
    """

    free: Array
    log_likelihood: float
    information: Array
    scale: Array
    converged: bool
    identified: bool
    loose: tuple[int, ...]


def maximise(likelihood: Likelihood, start: Array | None = None) -> Optimum:
    """Search the maximum: BFGS on scaled parameters, then Newton steps.

    Parameters
    ----------
    likelihood : Likelihood
    start : ndarray, shape (n_free,), optional
        `start_values` if not given.

    Returns
    -------
    Optimum
        `converged` where a further Newton step promises less than `TOLERANCE` and the
        log-likelihood curves downward in every direction.
    """
    specification = likelihood.specification
    found = start_values(specification, likelihood.data)
    scale, steepness = found.scale, found.steepness
    free = found.free if start is None else start
    if not np.isfinite(likelihood(free)[0]):
        free = found.careful

    objective = _scaled_objective(likelihood, scale)
    scaled, _ = _bfgs(objective, free / scale, np.diag(1 / steepness))
    scaled, promise, hessian = _newton(objective, scaled, _scaled_gradients(likelihood, scale))
    free = scaled * scale
    value, _ = likelihood(free)
    information = hessian / np.outer(scale, scale)
    loose, positive = _curvature(information)
    return Optimum(
        free=free,
        log_likelihood=value,
        information=information,
        scale=scale,
        converged=bool(np.isfinite(value) and promise < TOLERANCE and positive),
        identified=not loose,
        loose=loose,
    )


def maximise_near(likelihood: Likelihood, near: Optimum) -> tuple[Array, bool]:
    """Maximise the likelihood of similar data, such as resampled clusters.

    Parameters
    ----------
    likelihood : Likelihood
    near : Optimum
        Of the same model; the search starts there with its curvature.

    Returns
    -------
    ndarray, shape (n_free,)
    bool
        Whether the search ended at a maximum.
    """
    objective = _scaled_objective(likelihood, near.scale)
    curvature = near.information * np.outer(near.scale, near.scale)
    values, vectors = np.linalg.eigh(curvature)
    inverse = (vectors / np.maximum(np.abs(values), 1e-8)) @ vectors.T
    scaled, converged = _bfgs(objective, near.free / near.scale, inverse, _MOST_STEPS_NEAR)
    return scaled * near.scale, converged


def _scaled_objective(likelihood: Likelihood, scale: Array) -> Objective:
    """Minus the log-likelihood of scaled parameters."""

    def objective(scaled: Array) -> tuple[float, Array]:
        value, gradient = likelihood(scaled * scale)
        return -value, -gradient * scale if np.isfinite(value) else np.full(len(scale), np.nan)

    return objective


def _scaled_gradients(likelihood: Likelihood, scale: Array) -> Callable[[Array], Array]:
    """Gradients of minus the log-likelihood at several scaled points."""
    objective = _scaled_objective(likelihood, scale)

    def gradients(points: Array) -> Array:
        found = likelihood.gradients(points * scale)
        if found is None:
            return np.stack([objective(point)[1] for point in points])
        return -found * scale

    return gradients


def _curvature(information: Array) -> tuple[tuple[int, ...], bool]:
    """Parameters in directions without curvature, and whether none curves upward."""
    if not np.isfinite(information).all():
        return (), False
    size = np.sqrt(np.maximum(np.abs(np.diag(information)), 1e-300))
    values, vectors = np.linalg.eigh(information / np.outer(size, size))
    flat = np.abs(values) < UNIDENTIFIED
    involved = (np.abs(vectors[:, flat]) > 0.1).any(axis=1)
    return tuple(int(i) for i in np.flatnonzero(involved)), bool((values > -UNIDENTIFIED).all())


def _bfgs(
    objective: Objective, x: Array, inverse: Array, most_steps: int = _MOST_STEPS
) -> tuple[Array, bool]:
    """Minimise by the method of Broyden, Fletcher, Goldfarb and Shanno with backtracking.

    Also returns whether the last step promised nothing more.
    """
    value, gradient = objective(x)
    if not np.isfinite(value):
        return x, False
    stalled = 0
    for _ in range(most_steps):
        step = -inverse @ gradient
        promise = float(gradient @ step)
        if promise > -2 * _STEP_THAT_ENDS:
            return x, promise <= 0
        length = 1.0
        while True:
            after, slope = objective(x + length * step)
            if after <= value + 1e-4 * length * promise:
                break
            length *= 0.5
            if length < 1e-10:
                return x, promise > -2 * TOLERANCE
        change, bend = length * step, slope - gradient
        stalled = stalled + 1 if value - after <= 1e-15 * abs(value) else 0
        if stalled == _MOST_STALLED:
            return x, promise > -2 * TOLERANCE
        x, value, gradient = x + change, after, slope
        curvature = float(change @ bend)
        if curvature > 1e-12 * float(np.sqrt((change @ change) * (bend @ bend))):
            along = inverse @ bend
            inverse = (
                inverse
                + (1 + bend @ along / curvature) * np.outer(change, change) / curvature
                - (np.outer(along, change) + np.outer(change, along)) / curvature
            )
    return x, False


def _newton(
    objective: Objective, x: Array, gradients: Callable[[Array], Array]
) -> tuple[Array, float, Array]:
    """Newton steps with halving, the gain that a further step promises, and the last Hessian.

    The Hessian is kept as long as the steps are small against the standard errors. Directions
    without curvature are left alone: there the likelihood does not change.
    """
    value, gradient = objective(x)
    promise, hessian = np.inf, np.full((len(x), len(x)), np.nan)
    for _ in range(_MOST_NEWTON_STEPS):
        if promise > _STEP_THAT_KEEPS:
            hessian = _jacobian(gradients, x)
            if not np.isfinite(hessian).all():
                return x, np.inf, hessian
        step = _step(hessian, gradient)
        promise = -float(gradient @ step) / 2
        if promise < _STEP_THAT_ENDS:
            break
        length = 1.0
        after, slope = objective(x + step)
        while not after <= value and length > 1e-6:
            length /= 2
            after, slope = objective(x + length * step)
        if not after <= value:
            break
        x, value, gradient = x + length * step, after, slope
    return x, promise, hessian


def _step(hessian: Array, gradient: Array) -> Array:
    """Newton step downhill in all directions with curvature."""
    size = np.sqrt(np.maximum(np.abs(np.diag(hessian)), 1e-300))
    values, vectors = np.linalg.eigh(hessian / np.outer(size, size))
    curved = np.abs(values) > UNIDENTIFIED
    along = vectors[:, curved].T @ (gradient / size)
    return -(vectors[:, curved] @ (along / np.abs(values[curved]))) / size


def _jacobian(slopes: Callable[[Array], Array], x: Array) -> Array:
    """Derivative of a gradient by central differences, made symmetric."""
    if not len(x):
        return np.zeros((0, 0))
    size = 1e-4 * np.maximum(1.0, np.abs(x))
    steps = np.diag(size)
    after, before = np.split(slopes(np.concatenate([x + steps, x - steps])), 2)
    found = (after - before) / (2 * size[:, None])
    return (found + found.T) / 2


@dataclass(frozen=True)
class StartValues:
    """Where a search starts.

    Attributes
    ----------
    free : ndarray, shape (n_free,)
    careful : ndarray, shape (n_free,)
        The same without covariances, which cannot contradict each other.
    scale : ndarray, shape (n_free,)
        Size of every parameter in units of the data.
    steepness : ndarray, shape (n_free,)
        Number of rows or clusters that inform about it.
    """

    free: Array
    careful: Array
    scale: Array
    steepness: Array


def start_values(specification: Specification, data: Sequence[GroupData]) -> StartValues:
    """Start values from means, and from pooled covariances within and between clusters."""
    n = specification.n_free
    free, careful, scale, steepness = (np.full(n, np.nan) for _ in range(4))
    for group, own in zip(specification.groups, data, strict=True):
        moments = _sample_moments(own)
        for block in group.blocks:
            names = group.rows if block.level != BETWEEN else group.clusters + group.rows
            places = [names.index(name) for name in block.observed]
            if block.level == BETWEEN:
                mean, covariance = moments.mean, moments.between
            else:
                q = len(group.clusters)
                both = set(group.between.observed) if group.between else set()
                split = [name in both for name in group.rows]
                mean = moments.mean[q:]
                covariance = np.where(
                    np.logical_or.outer(split, split), moments.within, moments.total
                )
            sample = (mean[places], covariance[np.ix_(places, places)])
            size = own.rows.n_clusters if block.level == BETWEEN else own.rows.n_rows
            for p, start, unit in _block_starts(block, *sample):
                if p.place < 0 or np.isfinite(free[p.place]):
                    continue
                free[p.place], scale[p.place], steepness[p.place] = start, unit, size
                careful[p.place] = 0.0 if p.operator == "~~" and p.left != p.right else start
    return StartValues(free, careful, scale, steepness)


@dataclass(frozen=True)
class _SampleMoments:
    mean: Array
    total: Array
    within: Array
    between: Array


def _sample_moments(data: GroupData) -> _SampleMoments:
    """Means and covariances from the available values; missing ones count as the mean."""
    y, z = data.y, data.z
    mean = np.concatenate([np.nanmean(z, axis=0), np.nanmean(y, axis=0)])
    centred = np.where(np.isfinite(y), y - mean[z.shape[1] :], 0.0)
    known = np.isfinite(y).astype(float)
    total = centred.T @ centred / np.maximum(known.T @ known, 1)
    if not data.two_level:
        return _SampleMoments(mean, total, total, total)
    n_clusters = len(z)
    sums, counts = (np.zeros((n_clusters, y.shape[1])) for _ in range(2))
    np.add.at(sums, data.cluster, centred)
    np.add.at(counts, data.cluster, known)
    means = sums / np.maximum(counts, 1)
    deviations = (centred - means[data.cluster]) * known
    pairs = np.maximum(known.T @ known - (counts > 0).sum(axis=0)[:, None], 1)
    within = deviations.T @ deviations / ((pairs + pairs.T) / 2)
    all_means = np.c_[np.where(np.isfinite(z), z - mean[: z.shape[1]], 0.0), means]
    between = all_means.T @ all_means / n_clusters
    q = z.shape[1]
    corrected = between[q:, q:] - within * n_clusters / max(known.sum(axis=0).max(), 1)
    floor = 0.1 * np.diag(between)[q:]
    size = np.sqrt(np.maximum(np.diag(corrected), floor))
    correlations = corrected / np.outer(size, size)
    between[q:, q:] = np.clip(correlations, -0.9, 0.9) * np.outer(size, size)
    between[q + np.arange(len(size)), q + np.arange(len(size))] = size**2
    return _SampleMoments(mean, total, within, between)


def _block_starts(
    block: Block, mean: Array, covariance: Array
) -> list[tuple[Parameter, float, float]]:
    """Every parameter of a block with its start value and its unit."""
    tiny = 1e-12 * max(float(np.diag(covariance).max(initial=0.0)), 1e-300)
    sd = dict(zip(block.observed, np.sqrt(np.maximum(np.diag(covariance), tiny)), strict=True))
    place = {name: number for number, name in enumerate(block.observed)}
    marker: dict[str, str] = {}
    loadings = [p for p in block.parameters if p.operator == "=~"]
    for p in loadings:
        marker.setdefault(p.left, p.right)
    set_variance = {
        p.left: p.fixed
        for p in block.parameters
        if p.operator == "~~" and p.left == p.right and p.fixed
    }
    for name in [*block.latent, *block.latent]:  # twice: factors of factors
        if name in marker:
            sd.setdefault(name, sd.get(marker[name], 1.0))
    dependent = {p.left for p in block.parameters if p.operator == "~"}
    dependent |= {p.right for p in loadings}
    found = []
    for p in block.parameters:
        unit, right = float(sd[p.left]), float(sd.get(p.right, 1.0))
        if p.operator == "=~":
            first = marker[p.left]
            sign = 1.0
            if first in place and p.right in place:
                sign = float(np.sign(covariance[place[first], place[p.right]])) or 1.0
            if p.left in set_variance:
                start = sign * 0.7 * right / np.sqrt(float(set_variance[p.left] or 1.0))
            else:
                start = sign * right / unit
            found.append((p, start, right / unit))
        elif p.operator == "~":
            found.append((p, 0.0, unit / right))
        elif p.operator == "~1":
            found.append((p, float(mean[place[p.left]]) if p.left in place else 0.0, unit))
        elif p.left == p.right:
            share = 0.5 if p.left not in place else 0.6 if p.left in dependent else 1.0
            found.append((p, share * unit**2, unit**2))
        else:
            free = p.left in place and p.right in place and not {p.left, p.right} & dependent
            start = float(covariance[place[p.left], place[p.right]]) if free else 0.0
            found.append((p, start, unit * right))
    return found
