"""The search for the variance parameters of a mixed model."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attune.stats.mixed_likelihood import Gradient, MixedLikelihood

Vector = NDArray[np.float64]
Array = NDArray[np.float64]

SINGULAR = 1e-4
"""Standard deviation of a random effect, or of a combination of them, relative to the residuals,
below which it counts as 0 (the bound of lme4's isSingular)."""

_PROMISE = 1e-7
"""Decrease of the deviance that the next step promises, at which the descent ends."""

_LOOSE = 1e-2
"""The same for starts that are only tried out."""

_FEW_GROUPS = 30
"""Groups below which the likelihood may well have more than one maximum."""

EDGE = 1e-2
"""Standard deviation, relative to the residuals, that is suspected to be 0."""

_CONVERGED = 1e-6
"""Largest decrease of the deviance that a Newton step may still promise at the end."""

_DOWNHILL = 1e-5
"""Downward curvature that is not rounding error: the search ended on a saddle point."""

_MOVED = 1e-3
"""Change of a parameter by Newton steps after which the curvature is taken anew."""

_LONGEST_STEP = 2.0
"""Largest change of a parameter in one step; standardised random effects have sizes around 1."""

_MOST_STEPS = 300

HARDLY_DETERMINED = "The data hardly determine"
"""Beginning of the message about a direction in which the likelihood is flat."""

_LARGE_SHARE = 0.4
"""Entry of a direction of length 1 from which on its parameter is named."""

_FLAT = 5e-3
"""Curvature of the deviance below which the data do not determine a combination of parameters.

In units of the standardised random effects (or of the parameter itself where it is above 1): a
standard error of 20, where 1 would already be large.
"""


@dataclass(frozen=True)
class RandomTerm:
    """Random effects of the groups that one or more columns name together.

    Attributes
    ----------
    groups : tuple of str
        Columns whose combination names a group: ``("therapist", "patient")`` for patients within
        therapists, whether or not patient numbers start again with each therapist.
    formula : str
        Right-hand side: ``1`` intercepts, ``1 + time`` intercepts and slopes, ``0 + time`` slopes.
    correlated : bool
        Whether the effects of a group covary; lme4's ``|`` and, where False, ``||``.
    """

    groups: tuple[str, ...]
    formula: str = "1"
    correlated: bool = True

    @property
    def label(self) -> str:
        """Name in messages and results, such as therapist:patient."""
        return ":".join(self.groups)


@dataclass(frozen=True)
class PlacedTerm:
    """Where a random term is in the likelihood, and how it is scaled.

    `transform` T makes the columns of Z orthogonal with mean square 1 (only scaled to 1 if the
    effects are independent): Z = Zs T, so that the effects of Zs are T b.
    """

    term: RandomTerm
    names: tuple[str, ...]
    crossed: bool
    place: int
    start: int
    transform: Array
    group_rows: NDArray[np.intp]  # one fitted row of every group, in the order of the groups

    @property
    def width(self) -> int:
        """Random effects of one group."""
        return len(self.names)

    @cached_property
    def entries(self) -> list[tuple[int, int]]:
        """Free entries of the Cholesky factor, column by column as in lme4's theta."""
        if not self.term.correlated:
            return [(i, i) for i in range(self.width)]
        return [(i, j) for j in range(self.width) for i in range(j, self.width)]


class Layout:
    """From a vector of variance parameters to the factors of the likelihood and back.

    `original` factors are lme4's theta, Lambda = T Lambda(theta); otherwise those of the
    standardised columns, over which the search runs.
    """

    def __init__(self, terms: Sequence[PlacedTerm], likelihood: MixedLikelihood):
        self.terms = list(terms)
        self.widths = [level.width for level in likelihood.levels]
        self.crossed_widths = [level.width for level in likelihood.crossed]
        self.n_theta = sum(len(term.entries) for term in self.terms)
        self.n_phi = 0 if likelihood.residual is None else likelihood.residual.n_parameters
        self.is_diagonal = np.array(
            [i == j for term in self.terms for i, j in term.entries], dtype=bool
        )

    def blocks(self, theta: Vector) -> list[Array]:
        """One lower triangular factor per term."""
        found, place = [], 0
        for term in self.terms:
            block = np.zeros((term.width, term.width))
            for i, j in term.entries:
                block[i, j] = theta[place]
                place += 1
            found.append(block)
        return found

    def theta(self, blocks: Sequence[Array]) -> Vector:
        """The free entries of one factor per term."""
        return np.array(
            [
                block[i, j]
                for block, term in zip(blocks, self.terms, strict=True)
                for i, j in term.entries
            ]
        )

    def factors(self, blocks: Sequence[Array], original: bool) -> tuple[list[Array], list[Array]]:
        """Factors of the levels and of the crossed factors."""
        levels = [np.zeros((width, width)) for width in self.widths]
        crossed = [np.zeros((width, width)) for width in self.crossed_widths]
        for term, block in zip(self.terms, blocks, strict=True):
            place = slice(term.start, term.start + term.width)
            target = (crossed if term.crossed else levels)[term.place]
            target[place, place] = term.transform @ block if original else block
        return levels, crossed

    def block_gradients(self, gradient: Gradient, original: bool) -> list[Array]:
        """Derivative of the deviance for every entry of every term's factor."""
        found = []
        for term in self.terms:
            place = slice(term.start, term.start + term.width)
            source = (gradient.crossed if term.crossed else gradient.levels)[term.place]
            block = source[place, place]
            found.append(term.transform.T @ block if original else block)
        return found


@dataclass
class Found:
    """The end of a search, in the units of the standardised random effects."""

    deviance: float
    blocks: list[Array]
    phi: Vector
    converged: bool
    messages: list[str]


class Search:
    """Minimise the profiled deviance over the relative Cholesky factors and residual parameters.

    The diagonal of a factor may become negative: its sign is free, and the search needs no bounds.
    """

    def __init__(self, likelihood: MixedLikelihood, layout: Layout, reml: bool):
        self.likelihood, self.layout, self.reml = likelihood, layout, reml

    def deviance(self, x: Vector) -> tuple[float, Vector]:
        """Deviance and gradient; infinite where a matrix is not positive definite."""
        layout = self.layout
        blocks = layout.blocks(x[: layout.n_theta])
        factors, crossed = layout.factors(blocks, original=False)
        try:
            solution, gradient = self.likelihood.evaluate(
                factors, crossed, x[layout.n_theta :], self.reml
            )
        except np.linalg.LinAlgError:
            return np.inf, np.zeros_like(x)
        theta = layout.theta(layout.block_gradients(gradient, original=False))
        return solution.deviance, np.concatenate([theta, gradient.residual])

    def run(self) -> Found:
        """Search from the middle, and from elsewhere where another minimum may be lower."""
        layout = self.layout
        residual = self.likelihood.residual
        phi = np.zeros(0) if residual is None else residual.start()
        start = np.concatenate([layout.is_diagonal.astype(float), phi])
        if len(start) == 0:
            return Found(self.deviance(start)[0], [], phi, True, [])
        value, x = self.descend(start)
        for other in self._other_starts(start, x):
            tried, end = self.descend(other, _LOOSE)
            if tried < value - _LOOSE / 10:
                value, x = self.descend(end)
        for _ in range(3):
            thin = self._thin(x)
            if thin is None:
                break
            tried, end = self.descend(thin)
            better = tried < value - 1e-9
            if tried <= value + 1e-9:
                value, x = tried, end
            if not better:
                break
        return self._finish(x, value)

    def _other_starts(self, start: Vector, x: Vector) -> Iterator[Vector]:
        """Further starts, where a variance went to 0 or groups are few.

        A variance of 0 is a stationary point by the symmetry of the sign. With few groups the
        likelihood may have a second maximum, in which the smaller groups take up their variance.
        """
        layout = self.layout
        diagonal = np.flatnonzero(layout.is_diagonal)
        if len(diagonal) == 0:
            return
        if np.abs(x[diagonal]).min() < EDGE:
            weak, away = start.copy(), x.copy()
            weak[diagonal] = 0.3
            away[diagonal] = np.maximum(np.abs(away[diagonal]), 0.3)
            yield weak
            yield away
        sizes = [len(term.group_rows) for term in layout.terms]
        place = 0
        for term, size in zip(layout.terms, sizes, strict=True):
            count = len(term.entries)
            if size < _FEW_GROUPS and size < max(sizes):
                without = start.copy()
                without[: layout.n_theta] *= 1.5
                without[place : place + count] *= 0.02
                yield without
            place += count

    def _thin(self, x: Vector) -> Vector | None:
        """The same covariances where those of deficient rank have a factor with fewer columns.

        With a first variance near 0 the factor of a matrix of rank one is not unique, and the
        search would follow a curved valley; the last columns of the factor are set to 0 instead.
        """
        blocks, changed = self.layout.blocks(x[: self.layout.n_theta]), False
        for place, (block, term) in enumerate(zip(blocks, self.layout.terms, strict=True)):
            if not term.term.correlated or len(block) < 2:
                continue
            left, sizes, _ = np.linalg.svd(block)
            if sizes[-1] < EDGE:
                kept = np.where(sizes < EDGE, 0.0, sizes)
                thin = lower_factor(left * kept)
                rank = int((kept > 0).sum())
                thin[:, rank:] = 0.0
                blocks[place] = thin
                changed = True
        return (
            np.concatenate([self.layout.theta(blocks), x[self.layout.n_theta :]])
            if changed
            else None
        )

    def descend(self, start: Vector, promise: float = _PROMISE) -> tuple[float, Vector]:
        """One descent of the deviance from a start (see `descend`)."""
        return descend(self.deviance, start, promise)

    def _finish(self, x: Vector, deviance: float) -> Found:
        """Set variances of nearly 0 to 0, add Newton steps, and judge the end of the search."""
        layout = self.layout
        diagonal = np.flatnonzero(layout.is_diagonal)
        for place in diagonal[np.abs(x[diagonal]) < SINGULAR]:
            zero = x.copy()
            zero[place] = 0.0
            value = self.deviance(zero)[0]
            if value <= deviance + 1e-9:
                x, deviance = zero, min(value, deviance)
        hessian = self._hessian(x)
        for _ in range(3):
            values, vectors = np.linalg.eigh(hessian)
            if values[0] > -_DOWNHILL:
                break
            # A saddle point: go down on the side of the deviance that curves downward.
            value, x = min(
                (self.descend(x + side * 0.1 * vectors[:, 0]) for side in (1, -1)),
                key=lambda found: found[0],
            )
            deviance, hessian = min(value, deviance), self._hessian(x)
        left, before = np.inf, x
        for _ in range(3):
            gradient = self.deviance(x)[1]
            step = -_solve_curved(hessian, gradient)
            left = abs(float(gradient @ step))
            if left < 1e-13:
                break
            moved = x + step
            value = self.deviance(moved)[0]
            if not value <= deviance + 1e-10 * abs(deviance):
                break
            x, deviance = moved, value
        messages = []
        converged = bool(np.isfinite(deviance) and left < _CONVERGED)
        if not converged:
            messages.append(
                "The search did not converge: estimates may not be those of maximum likelihood."
            )
        if np.abs(x - before).max() > _MOVED:
            hessian = self._hessian(x)
        self._name_flat(hessian, x, messages)
        blocks = [lower_factor(block) for block in layout.blocks(x[: layout.n_theta])]
        return Found(deviance, blocks, x[layout.n_theta :], converged, messages)

    def _hessian(self, x: Vector) -> Array:
        """Hessian by central differences of the gradient; good enough for steps and verdicts."""
        step = 1e-4
        rows = []
        for place in range(len(x)):
            move = np.zeros_like(x)
            move[place] = step
            rows.append((self.deviance(x + move)[1] - self.deviance(x - move)[1]) / (2 * step))
        hessian = np.array(rows)
        return (hessian + hessian.T) / 2

    def _name_flat(self, hessian: Array, x: Vector, messages: list[str]) -> None:
        """Add a sentence for each direction in which the likelihood does not change."""
        if (np.abs(x[: self.layout.n_theta][self.layout.is_diagonal]) < SINGULAR).any():
            return  # correlations of an effect without variance have no meaning: named as singular
        names = self._parameter_names()
        size = np.maximum(np.abs(x), 1.0)
        curvature, directions = np.linalg.eigh(hessian * np.outer(size, size))
        for value, direction in zip(curvature, directions.T, strict=True):
            if value < _FLAT:
                large = np.flatnonzero(np.abs(direction) > _LARGE_SHARE)
                involved = " and ".join(names[place] for place in large)
                messages.append(
                    f"{HARDLY_DETERMINED} {involved}: the likelihood is flat in a direction"
                    " that changes them."
                )

    def _parameter_names(self) -> list[str]:
        names = [
            f"the variance of {term.names[i]} of {term.term.label}"
            if i == j
            else f"the covariance of {term.names[j]} and {term.names[i]} of {term.term.label}"
            for term in self.layout.terms
            for i, j in term.entries
        ]
        residual = self.likelihood.residual
        if residual is not None:
            found = residual.natural(np.zeros(residual.n_parameters))
            names += [f"the residual parameter {name}" for name in found]
        return names


def descend(
    function: Callable[[Vector], tuple[float, Vector]],
    start: Vector,
    promise: float = _PROMISE,
    inverse: Array | None = None,
) -> tuple[float, Vector]:
    """Quasi-Newton descent (BFGS with a backtracking line search); the lowest value and its place.

    Parameters
    ----------
    function : callable
        Value and gradient; infinite outside of its range.
    start : ndarray, shape (k,)
    promise : float
        The descent stops where the next step promises a smaller decrease.
    inverse : ndarray, shape (k, k), optional
        Inverse Hessian to begin with.
    """
    x, size = start, len(start)
    value, gradient = function(x)
    if size == 0:
        return value, x
    fresh = inverse is None
    if inverse is None:
        inverse = np.eye(size) * (0.5 / max(float(np.abs(gradient).max()), 0.5))
    for _ in range(_MOST_STEPS):
        step = -inverse @ gradient
        step *= min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-300))
        slope = float(gradient @ step)
        if -slope < promise:
            break
        found = _line_search(function, x, value, step, slope)
        if found is None:
            if fresh:
                break
            inverse, fresh = np.eye(size) * (0.1 / max(float(np.abs(gradient).max()), 0.1)), True
            continue
        moved, value, new_gradient = found
        change, bend = moved - x, new_gradient - gradient
        x, gradient = moved, new_gradient
        curvature = float(change @ bend)
        if curvature > 1e-10 * float(np.linalg.norm(change) * np.linalg.norm(bend)):
            if fresh:
                inverse = np.eye(size) * (curvature / float(bend @ bend))
            left = np.eye(size) - np.outer(change, bend) / curvature
            inverse = left @ inverse @ left.T + np.outer(change, change) / curvature
            fresh = False
    return value, x


def _line_search(
    function: Callable[[Vector], tuple[float, Vector]],
    x: Vector,
    value: float,
    step: Vector,
    slope: float,
) -> tuple[Vector, float, Vector] | None:
    """A point along the step that is enough lower, with its value and gradient."""
    share = 1.0
    for _ in range(25):
        moved = x + share * step
        new, gradient = function(moved)
        if new <= value + 1e-4 * share * slope + 1e-12 * abs(value):
            return moved, new, gradient
        bent = new - value - share * slope
        guess = -slope * share**2 / (2 * bent) if np.isfinite(new) and bent > 0 else 0.0
        share = float(np.clip(guess, 0.1 * share, 0.5 * share))
    return None


def _solve_curved(hessian: Array, gradient: Vector) -> Vector:
    """Inverse Hessian times gradient in the directions in which the deviance curves upward."""
    values, vectors = np.linalg.eigh(hessian)
    keep = values > 1e-6 * max(float(values.max(initial=0)), 1e-12)
    return vectors[:, keep] @ ((vectors[:, keep].T @ gradient) / values[keep])


def numeric_hessian(gradient: Any, x: Vector, steps: Vector) -> Array:
    """Hessian by differences of the gradient, with an error of the fourth order of the steps."""
    rows = []
    for place, step in enumerate(steps):
        move = np.zeros_like(x)
        move[place] = step
        near = gradient(x + move) - gradient(x - move)
        far = gradient(x + 2 * move) - gradient(x - 2 * move)
        rows.append((8 * near - far) / (12 * step))
    hessian = np.array(rows)
    return (hessian + hessian.T) / 2


def lower_factor(block: Array) -> Array:
    """Lower triangular factor of block times its transpose; no diagonal entry is negative."""
    triangle = np.linalg.qr(block.T)[1].T
    signs = np.where(np.diag(triangle) < 0, -1.0, 1.0)
    return triangle * signs
