r"""Deviance of a linear mixed model and its gradient, at a cost linear in the rows.

.. math:: y = X\beta + Zb + e, \qquad b = \Lambda u, \quad u \sim N(0, \sigma^2 I), \quad
          e \sim N(0, \sigma^2 R)

Grouping factors that are nested in each other (session, patient, therapist) form a chain. The
normal equations of a group involve its own random effects, those of the groups that contain it and
the fixed effects. Levels are eliminated one after the other, all groups of a level at once: this is
the sparse Cholesky factor of the chain, without fill. Factors that cross the chain are dense
columns, eliminated last. The gradient runs back through the same steps.

The formulas are those of lme4's profiled criterion (Bates, Mächler, Bolker & Walker, 2015,
https://doi.org/10.18637/jss.v067.i01); the elimination and its gradient are our own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from attune.stats.residual_covariance import ResidualCovariance

Vector = NDArray[np.float64]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Level:
    """One level of the chain, or one crossed factor.

    Attributes
    ----------
    codes : ndarray of int, shape (n_rows,)
        Group of every row, in the sorted order of the rows; 0, 1, ... without gaps.
    columns : ndarray, shape (n_rows, width)
        Rows of Z that belong to the group.
    """

    codes: NDArray[np.intp]
    columns: Array

    @property
    def width(self) -> int:
        """Random effects of one group."""
        return self.columns.shape[1]

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return int(self.codes.max()) + 1


@dataclass
class Solution:
    """The normal equations solved at one set of variance parameters.

    Attributes
    ----------
    deviance : float
        Minus twice the (restricted) log-likelihood.
    beta : ndarray, shape (p,)
    sigma : float
        Residual standard deviation, estimated or given.
    inverse : ndarray, shape (p, p)
        Inverse of X'V^-1 X for sigma = 1.
    rss : float
        Penalised residual sum of squares.
    """

    deviance: float
    beta: Vector
    sigma: float
    inverse: Array
    rss: float


@dataclass
class _Step:
    """What the way back needs of one eliminated level."""

    own: Array
    rest: Array
    factor: Array
    chol: Array
    solved: Array  # M^-1 Lambda' S_1r


@dataclass
class _Elimination:
    logdet: float
    root: Array
    steps: list[_Step] = field(default_factory=list)
    crossed: _Step | None = None
    rows: Array | None = None
    residual_state: object = None


@dataclass(frozen=True)
class Gradient:
    """Derivatives of the deviance.

    Attributes
    ----------
    levels, crossed : list of ndarray, shape (width, width)
        With respect to every entry of the factor of a level or crossed factor.
    residual : ndarray
        With respect to the residual parameters.
    sigma : float
        With respect to sigma; 0 where sigma is profiled out.
    """

    levels: list[Array]
    crossed: list[Array]
    residual: Vector
    sigma: float


class MixedLikelihood:
    """Cross-products of one data set, and the criterion over its variance parameters.

    Parameters
    ----------
    levels : sequence of Level
        The chain, finest first; each level is nested in the next. Rows are sorted so that the
        groups of every level are contiguous.
    crossed : sequence of Level
        Other grouping factors.
    fixed : ndarray, shape (n_rows, p)
    outcome : ndarray, shape (n_rows,)
    residual : ResidualCovariance, optional
        Correlations and unequal variances of the residuals, within rows that are contiguous.
    """

    def __init__(
        self,
        levels: Sequence[Level],
        crossed: Sequence[Level],
        fixed: Array,
        outcome: Vector,
        residual: "ResidualCovariance | None" = None,
    ):
        self.levels, self.crossed, self.residual = list(levels), list(crossed), residual
        self.n, self.p = fixed.shape
        dense = [_indicator_columns(factor) for factor in self.crossed]
        self.q_crossed = sum(len(columns) for columns in dense)
        own = [level.columns.T for level in self.levels]
        self.rows = np.ascontiguousarray(np.concatenate([*own, *dense, fixed.T, outcome[None, :]]))
        self.offsets = np.cumsum([0, *(level.width for level in self.levels)]).tolist()
        self.starts = [_starts(level.codes) for level in self.levels]
        # Groups of level i inside the groups of every coarser level j.
        self.parents = [
            [later.codes[start] for later in self.levels[place + 1 :]]
            for place, start in enumerate(self.starts)
        ]
        self.parent_starts = [[_starts(codes) for codes in of] for of in self.parents]
        self._products: tuple[list[Array], Array] | None = None
        if residual is None:
            self._products = self._cross_products(self.rows)

    def with_outcome(self, outcome: Vector) -> "MixedLikelihood":
        """The same design with another outcome, in the sorted order of the rows."""
        other = object.__new__(MixedLikelihood)
        other.__dict__.update(self.__dict__)
        other.rows = self.rows.copy()
        other.rows[-1] = outcome
        if self._products is not None:
            blocks = [block.copy() for block in self._products[0]]
            for place, block in enumerate(blocks):
                for column in range(len(block)):
                    product = self.rows[self.offsets[place] + column] * outcome
                    block[column, -1] = np.add.reduceat(product, self.starts[place])
            root = self._products[1].copy()
            root[-1] = root[:, -1] = other.rows[self.offsets[-1] :] @ outcome
            other._products = blocks, root
        return other

    def evaluate(
        self,
        factors: Sequence[Array],
        crossed: Sequence[Array],
        phi: Vector,
        reml: bool,
        sigma: float | None = None,
    ) -> tuple[Solution, Gradient]:
        """Deviance and gradient.

        Parameters
        ----------
        factors, crossed : sequence of ndarray, shape (width, width)
            For every level and crossed factor a matrix whose product with its transpose is the
            covariance of the random effects of one group, over sigma squared; it need not be
            triangular.
        phi : ndarray
            Residual parameters.
        reml : bool
        sigma : float, optional
            Residual standard deviation; None profiles it out.
        """
        done = self._eliminate(factors, crossed, phi)
        solution = self._solve(done, reml, sigma)
        p = self.p
        direction = np.append(-solution.beta, 1.0)
        df = self.n - p if reml else self.n
        weight = df / solution.rss if sigma is None else 1 / sigma**2
        seed = weight * np.outer(direction, direction)
        if reml:
            seed[:p, :p] += solution.inverse
        wanted = self.residual is not None
        levels, crossed_gradients, adjoints, root = self._run_back(done, seed, wanted)
        residual = np.zeros(0)
        if self.residual is not None:
            residual = self._residual_gradient(done, adjoints, root)
        slope = 0.0 if sigma is None else 2 * df / sigma - 2 * solution.rss / sigma**3
        return solution, Gradient(levels, crossed_gradients, residual, slope)

    def solve(
        self,
        factors: Sequence[Array],
        crossed: Sequence[Array],
        phi: Vector,
        reml: bool,
        sigma: float | None = None,
    ) -> Solution:
        """`evaluate` without the gradient."""
        return self._solve(self._eliminate(factors, crossed, phi), reml, sigma)

    def random_effects(
        self, factors: Sequence[Array], crossed: Sequence[Array], phi: Vector, beta: Vector
    ) -> tuple[list[Array], list[Array]]:
        """Conditional modes and conditional covariances (for sigma = 1), levels before crossed.

        Returns
        -------
        modes : list of ndarray, shape (n_groups, width)
        covariances : list of ndarray, shape (n_groups, width, width)
            Given the fixed effects and the variances, as `ranef(condVar = TRUE)` of lme4.
        """
        done = self._eliminate(factors, crossed, phi)
        *_, adjoints, root = self._run_back(done, np.zeros((self.p + 1, self.p + 1)), True)
        tail = np.append(-beta, 1.0)
        if done.crossed is not None:
            joint = done.crossed.factor @ (done.crossed.solved @ tail)
            tail = np.concatenate([-joint, tail])
        modes: list[Array] = [np.zeros(0)] * len(self.levels)
        for place in reversed(range(len(self.levels))):
            step = done.steps[place]
            n_groups = step.own.shape[2]
            known = [
                -modes[place + 1 + later][codes].T
                for later, codes in enumerate(self.parents[place])
            ]
            known.append(np.broadcast_to(tail[:, None], (len(tail), n_groups)))
            stacked = np.concatenate(known)
            inner = (step.solved * stacked).sum(axis=1)
            modes[place] = (step.factor @ inner).T
        covariances = [
            adjoint[:, : level.width].transpose(2, 0, 1)
            for adjoint, level in zip(adjoints, self.levels, strict=True)
        ]
        start = 0
        for factor in self.crossed:
            size, width = factor.n_groups, factor.width
            cells = slice(start, start + size * width)
            modes.append(-tail[cells].reshape(width, size).T)
            block = root[cells, cells].reshape(width, size, width, size)
            covariances.append(np.einsum("agbg->gab", block))
            start += size * width
        return modes, covariances

    def _cross_products(self, rows: Array) -> tuple[list[Array], Array]:
        """Per level (width, columns from the level on, groups); and the block of the root."""
        blocks = []
        for place, level in enumerate(self.levels):
            first = self.offsets[place]
            blocks.append(
                np.stack(
                    [
                        np.add.reduceat(
                            rows[first:] * rows[first + own], self.starts[place], axis=1
                        )
                        for own in range(level.width)
                    ]
                )
            )
        root = rows[self.offsets[-1] :]
        return blocks, root @ root.T

    def _eliminate(
        self, factors: Sequence[Array], crossed: Sequence[Array], phi: Vector
    ) -> _Elimination:
        if self._products is not None:
            blocks, root = self._products
            done = _Elimination(0.0, root.copy())
        else:
            white, logdet, state = self.residual.whiten(self.rows, phi)  # type: ignore[union-attr]
            blocks, root = self._cross_products(white)
            done = _Elimination(logdet, root, rows=white, residual_state=state)
        pending: list[Array | None] = [None] * len(self.levels)
        for place, factor in enumerate(factors):
            block, waiting = blocks[place], pending[place]
            step, half = _eliminate_level(block if waiting is None else block - waiting, factor)
            done.steps.append(step)
            diagonal = step.chol[np.arange(len(factor)), np.arange(len(factor))]
            done.logdet += 2 * float(np.log(diagonal).sum())
            width = len(factor)
            for later in range(place + 1, len(self.levels)):
                offset = self.offsets[later] - self.offsets[place] - width
                part = np.stack(
                    [
                        (half[:, offset + own, None] * half[:, offset:]).sum(axis=0)
                        for own in range(self.levels[later].width)
                    ]
                )
                starts = self.parent_starts[place][later - place - 1]
                summed = np.add.reduceat(part, starts, axis=2)
                earlier = pending[later]
                pending[later] = summed if earlier is None else earlier + summed
            top = self.offsets[-1] - self.offsets[place] - width
            for own in range(width):
                done.root -= half[own, top:] @ half[own, top:].T
        if self.q_crossed:
            self._eliminate_crossed(done, crossed)
        return done

    def _eliminate_crossed(self, done: _Elimination, crossed: Sequence[Array]) -> None:
        q = self.q_crossed
        joint = np.zeros((q, q))
        start = 0
        for factor, level in zip(crossed, self.crossed, strict=True):
            size = level.n_groups * level.width
            joint[start : start + size, start : start + size] = np.kron(
                factor, np.eye(level.n_groups)
            )
            start += size
        own, rest = done.root[:q, :q], done.root[:q, q:]
        inner = joint.T @ own @ joint
        inner[np.diag_indices(q)] += 1
        chol: Array = np.asarray(np.linalg.cholesky(inner), dtype=float)
        half = np.linalg.solve(chol, joint.T @ rest)
        done.logdet += 2 * float(np.log(np.diag(chol)).sum())
        done.crossed = _Step(own, rest, joint, chol, np.linalg.solve(chol.T, half))
        done.root = done.root[q:, q:] - half.T @ half

    def _solve(self, done: _Elimination, reml: bool, sigma: float | None) -> Solution:
        p = self.p
        information, product = done.root[:p, :p], done.root[:p, p]
        chol = np.linalg.cholesky(information)
        inverse = np.asarray(np.linalg.inv(information), dtype=float)
        beta = inverse @ product
        rss = float(done.root[p, p] - product @ beta)
        if not rss > 0:
            raise np.linalg.LinAlgError("no residual variance is left")
        df = self.n - p if reml else self.n
        deviance = done.logdet
        if reml:
            deviance += 2 * float(np.log(np.diag(chol)).sum())
        if sigma is None:
            deviance += df * (1 + np.log(2 * np.pi * rss / df))
            sigma = float(np.sqrt(rss / df))
        else:
            deviance += df * np.log(2 * np.pi * sigma**2) + rss / sigma**2
        return Solution(float(deviance), beta, sigma, inverse, rss)

    def _run_back(
        self, done: _Elimination, seed: Array, with_finest: bool
    ) -> tuple[list[Array], list[Array], list[Array], Array]:
        """Gradients of the factors; adjoints of the cross-products, per level and of the root.

        The adjoint of a group's cross-products is [P + E F E', -E F; -F E', F] with P = Lambda M^-1
        Lambda', E = P S_1r and the adjoint F of what the elimination left. Only the rows of the
        group's own effects are stored: the rest is F, which belongs to the coarser levels. Those of
        the finest level are left out where nothing needs them.
        """
        root = seed
        crossed: list[Array] = []
        if done.crossed is not None:
            root, crossed = self._crossed_back(done.crossed, seed)
        adjoints: list[Array] = [np.zeros(0)] * len(self.levels)
        gradients: list[Array] = [np.zeros(0)] * len(self.levels)
        for place in reversed(range(len(self.levels))):
            step = done.steps[place]
            inverse = _inverse_small(step.chol)
            weighted = self._times_adjoint(step.solved, place, adjoints, root)
            regression = _left(step.factor, step.solved)
            left_over = step.rest - _product_small(step.own, regression)
            first = _product_small(step.own, _left(step.factor, inverse)).sum(axis=2)
            second = np.tensordot(left_over, weighted, axes=((1, 2), (1, 2)))
            gradients[place] = 2 * (first - second)
            if place == 0 and not with_finest:
                continue
            # Axes of the product: matmul turns each row of the symmetric inverse by the factor.
            own = _left(step.factor, np.matmul(step.factor, inverse))
            outer = _left(step.factor, weighted)
            own = own + _product_small(outer, regression.transpose(1, 0, 2))
            adjoints[place] = np.concatenate([own, -outer], axis=1)
        return gradients, crossed, adjoints, root

    def _crossed_back(self, step: _Step, seed: Array) -> tuple[Array, list[Array]]:
        inverse = np.linalg.inv(step.chol @ step.chol.T)
        regression = step.factor @ step.solved
        weighted = step.solved @ seed
        left_over = step.rest - step.own @ regression
        full = 2 * (step.own @ step.factor @ inverse - left_over @ weighted.T)
        outer = step.factor @ weighted
        own = step.factor @ inverse @ step.factor.T + outer @ regression.T
        gradients, start = [], 0
        for level in self.crossed:
            size, width = level.n_groups, level.width
            place = slice(start, start + size * width)
            block = full[place, place].reshape(width, size, width, size)
            gradients.append(np.einsum("agbg->ab", block))
            start += size * width
        return np.block([[own, -outer], [-outer.T, seed]]), gradients

    def _times_adjoint(
        self, values: Array, place: int, adjoints: Sequence[Array], root: Array
    ) -> Array:
        """Values (any, columns after those of the level, groups) times the adjoint of the rest.

        `place` -1 stands for rows: their rest is everything.
        """
        shift = 0 if place < 0 else self.offsets[place + 1]
        top = self.offsets[-1] - shift
        result = np.zeros_like(values)
        result[:, top:] = np.matmul(root, values[:, top:])
        for later in range(place + 1, len(self.levels)):
            if place < 0:
                codes = self.levels[later].codes
            else:
                codes = self.parents[place][later - place - 1]
            adjoint = adjoints[later][:, :, codes]
            width, offset = self.levels[later].width, self.offsets[later] - shift
            for own in range(width):
                result[:, offset:] += values[:, offset + own, None] * adjoint[own]
                rest = values[:, offset + width :]
                result[:, offset + own] += np.einsum("acg,cg->ag", rest, adjoint[own, width:])
        return result

    def _residual_gradient(
        self, done: _Elimination, adjoints: Sequence[Array], root: Array
    ) -> Vector:
        """From the adjoint of the cross-products to the residual parameters."""
        weighted = self._times_adjoint(done.rows[None], -1, adjoints, root)[0]  # type: ignore[index]
        return self.residual.gradient(done.rows, weighted, done.residual_state)  # type: ignore


def _eliminate_level(block: Array, factor: Array) -> tuple[_Step, Array]:
    """Eliminate the random effects of all groups of a level; also U with the root minus U'U."""
    width = len(factor)
    own, rest = block[:, :width], block[:, width:]
    turned = _left(factor.T, block)
    inner = np.matmul(factor.T, turned[:, :width])
    diagonal = np.arange(width)
    inner[diagonal, diagonal] += 1
    chol = _cholesky_small(inner)
    half = _forward_small(chol, turned[:, width:])
    return _Step(own, rest, factor, chol, _backward_small(chol, half)), half


def _left(matrix: Array, values: Array) -> Array:
    """Matrix times values over the first axis."""
    return (matrix @ values.reshape(len(values), -1)).reshape(len(matrix), *values.shape[1:])


def _product_small(first: Array, second: Array) -> Array:
    """Products of many small matrices, (a, b, groups) and (b, c, groups)."""
    result = first[:, 0, None] * second[0]
    for inner in range(1, len(second)):
        result += first[:, inner, None] * second[inner]
    return result


def _cholesky_small(matrices: Array) -> Array:
    """Lower Cholesky factors of many small matrices, shape (width, width, groups)."""
    width = len(matrices)
    chol = np.zeros_like(matrices)
    for column in range(width):
        for row in range(column, width):
            value = matrices[row, column]
            if column:
                value = value - (chol[row, :column] * chol[column, :column]).sum(axis=0)
            if row == column:
                if not (value > 0).all():
                    raise np.linalg.LinAlgError("not positive definite")
                chol[row, column] = np.sqrt(value)
            else:
                chol[row, column] = value / chol[column, column]
    return chol


def _forward_small(chol: Array, values: Array) -> Array:
    """Solve L x = values; values (width, columns, groups)."""
    result = np.empty_like(values)
    for row in range(len(chol)):
        value = values[row]
        for earlier in range(row):
            value = value - chol[row, earlier] * result[earlier]
        result[row] = value / chol[row, row]
    return result


def _backward_small(chol: Array, values: Array) -> Array:
    """Solve L' x = values."""
    result = np.empty_like(values)
    for row in reversed(range(len(chol))):
        value = values[row]
        for later in range(row + 1, len(chol)):
            value = value - chol[later, row] * result[later]
        result[row] = value / chol[row, row]
    return result


def _inverse_small(chol: Array) -> Array:
    """Inverses of L L'."""
    width, _, groups = chol.shape
    identity = np.broadcast_to(np.eye(width)[:, :, None], (width, width, groups))
    return _backward_small(chol, _forward_small(chol, identity))


def _starts(codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """First position of every run of equal codes."""
    return np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])


def _indicator_columns(level: Level) -> Array:
    """Dense columns of a crossed factor, shape (width * n_groups, n_rows): effect by group."""
    columns = np.zeros((level.width, level.n_groups, len(level.codes)))
    columns[:, level.codes, np.arange(len(level.codes))] = level.columns.T
    return columns.reshape(-1, len(level.codes))
