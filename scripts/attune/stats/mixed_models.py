"""Linear mixed models: nested and crossed random effects, structured residuals, REML and ML."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.mixed_likelihood import Gradient, Level, MixedLikelihood, Solution
from attune.stats.model_formula import (
    Design,
    build_design,
    formula_columns,
    require_columns,
    require_full_rank,
    split_formula,
)
from attune.stats.residual_covariance import Residual, ResidualCovariance, group_codes

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
"""Downward curvature that is no rounding error: the search ended on a saddle point."""

_LONGEST_STEP = 2.0
"""Largest change of a parameter in one step; standardised random effects have sizes around 1."""

_MOST_STEPS = 300

_LARGEST_CROSSED = 50_000_000
"""Cells of the dense columns of crossed factors: 400 MB."""

_FLAT = 1e-4
"""Curvature of the deviance below which the data do not determine a combination of parameters.

In units of the standardised random effects; a parameter that changes the deviance by 1 within its
range has a curvature of the order of 1.
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
class RandomCovariance:
    """Estimated covariance of the random effects of one term.

    Attributes
    ----------
    groups : tuple of str
    names : tuple of str
        Effects: Intercept, time.
    covariance : ndarray, shape (k, k)
    sds : ndarray, shape (k,)
        In units of the outcome (per unit of the predictor).
    correlations : ndarray, shape (k, k)
        NaN where a standard deviation is 0.
    n_groups : int
    correlated : bool
    """

    groups: tuple[str, ...]
    names: tuple[str, ...]
    covariance: Array
    sds: Vector
    correlations: Array
    n_groups: int
    correlated: bool


@dataclass(frozen=True)
class _Term:
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

    def __init__(self, terms: Sequence[_Term], likelihood: MixedLikelihood):
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


@dataclass(frozen=True)
class FitState:
    """What tests, intervals and simulations of a fit need; not part of the printed result."""

    frame: pd.DataFrame = field(repr=False)
    likelihood: MixedLikelihood
    layout: Layout
    blocks: list[Array]
    phi: Vector
    order: NDArray[np.intp]
    basis: Array
    triangle: Array
    projected: Vector

    @property
    def reml_constant(self) -> float:
        """What the orthogonal basis of the fixed effects takes out of the REML deviance."""
        return 2 * float(np.log(np.abs(np.diag(self.triangle))).sum())

    def solve(
        self, blocks: Sequence[Array], phi: Vector, reml: bool, sigma: float | None = None
    ) -> Solution:
        """Solution at other variance parameters, factors in the original units."""
        factors, crossed = self.layout.factors(blocks, original=True)
        return self.likelihood.solve(factors, crossed, phi, reml, sigma)

    def evaluate(
        self, blocks: Sequence[Array], phi: Vector, reml: bool, sigma: float | None = None
    ) -> tuple[Solution, list[Array], Gradient]:
        """`solve` with the derivative for every term's factor."""
        factors, crossed = self.layout.factors(blocks, original=True)
        solution, gradient = self.likelihood.evaluate(factors, crossed, phi, reml, sigma)
        return solution, self.layout.block_gradients(gradient, original=True), gradient

    def coefficients(self, solution: Solution) -> tuple[Vector, Array]:
        """Fixed effects and their covariance in the original units."""
        back = np.linalg.inv(self.triangle)
        inverse = back @ solution.inverse @ back.T
        return back @ (solution.beta + self.projected), solution.sigma**2 * (
            inverse + inverse.T
        ) / 2


@dataclass(frozen=True)
class MixedModel:
    """A fitted linear mixed model.

    Attributes
    ----------
    formula : str
    coefficients : tuple of str
        Names of the fixed effects.
    estimates, standard_errors : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
        Of the fixed effects, the variances taken as known.
    random_covariances : tuple of RandomCovariance
        In the order of the terms.
    residual : Residual
    residual_sd : float
        Of the first value of `variance_by` where variances differ.
    residual_parameters : dict of str to float
        See `ResidualCovariance.natural`.
    log_likelihood : float
        Restricted where `reml`.
    n_rows, n_missing_rows : int
        Fitted rows, and rows left out because a value of the model is missing.
    n_groups : dict of str to int
        Label of the grouping (therapist:patient) -> number of groups.
    n_parameters : int
        Fixed effects, variances, covariances and residual parameters.
    aic, bic : float
        BIC with the number of rows, as in lme4.
    singular : bool
        A random effect, or a combination of them, has no variance (see `SINGULAR`).
    converged : bool
        The gradient vanishes and the deviance curves upward in every direction.
    messages : tuple of str
        In plain words: rows left out, singular terms, parameters that the data do not determine.
    reml : bool
    """

    formula: str
    coefficients: tuple[str, ...]
    estimates: Vector
    standard_errors: Vector
    covariance: Array
    random_covariances: tuple[RandomCovariance, ...]
    residual: Residual
    residual_sd: float
    residual_parameters: dict[str, float]
    log_likelihood: float
    n_rows: int
    n_missing_rows: int
    n_groups: dict[str, int]
    n_parameters: int
    aic: float
    bic: float
    singular: bool
    converged: bool
    messages: tuple[str, ...]
    reml: bool
    random: tuple[RandomTerm, ...]
    design: Design = field(repr=False)
    state: FitState = field(repr=False)

    def fitted(self, conditional: bool = True) -> Vector:
        """Expected outcome of every fitted row, in the order of the frame.

        Parameters
        ----------
        conditional : bool
            With the random effects of the row's groups; False: of the population.
        """
        values = self.design.matrix @ self.estimates
        if conditional:
            values = values + self._random_part
        return values

    def residuals(self, standardised: bool = False) -> Vector:
        """Outcome minus the conditional fitted value; standardised: over the row's residual SD."""
        state = self.state
        outcome = state.frame[split_formula(self.formula)[0]].to_numpy(dtype=float)
        raw = outcome - self.fitted()
        if not standardised:
            return raw
        scale = np.ones(self.n_rows)
        if state.likelihood.residual is not None:
            scale[state.order] = state.likelihood.residual.scales(state.phi)
        return raw / (self.residual_sd * scale)

    def random_effects(self, term: int = 0) -> pd.DataFrame:
        """Empirical Bayes estimates of one random term.

        Returns
        -------
        pandas.DataFrame
            One row per group: the columns that name it, one column per effect, and ``se_<effect>``,
            the conditional standard deviation given fixed effects and variances (as lme4's
            ``ranef(condVar = TRUE)``).
        """
        found = self.state.layout.terms[term]
        modes, covariances = self._modes
        back = np.linalg.inv(found.transform)
        place = slice(found.start, found.start + found.width)
        at = found.place + (len(self.state.likelihood.levels) if found.crossed else 0)
        values = modes[at][:, place] @ back.T
        spread = back @ covariances[at][:, place, place] @ back.T
        errors = self.residual_sd * np.sqrt(np.diagonal(spread, axis1=1, axis2=2))
        groups = self.state.frame.iloc[found.group_rows][list(found.term.groups)]
        result = groups.reset_index(drop=True)
        for column, name in enumerate(found.names):
            result[name] = values[:, column]
        for column, name in enumerate(found.names):
            result[f"se_{name}"] = errors[:, column]
        return result

    def refit(self, *, reml: bool) -> "MixedModel":
        """The same model of the same rows by REML or maximum likelihood."""
        if reml == self.reml:
            return self
        return fit_mixed_model(
            self.state.frame, self.formula, self.random, residual=self.residual, reml=reml
        )

    def simulate(self, count: int, generator: np.random.Generator) -> Array:
        """Outcomes drawn from the fitted model, shape (n_rows, count), rows as in the frame.

        Random effects and residuals are drawn anew; missing rows stay missing.
        """
        state = self.state
        draws = np.empty((self.n_rows, count))
        draws[state.order] = simulate_deviations(state, self.residual_sd, count, generator)
        return self.fitted(conditional=False)[:, None] + draws

    @cached_property
    def _modes(self) -> tuple[list[Array], list[Array]]:
        state = self.state
        factors, crossed = state.layout.factors(state.blocks, original=True)
        solution = state.likelihood.solve(factors, crossed, state.phi, self.reml)
        return state.likelihood.random_effects(factors, crossed, state.phi, solution.beta)

    @cached_property
    def _random_part(self) -> Vector:
        likelihood = self.state.likelihood
        total = np.zeros(self.n_rows)
        for level, modes in zip(
            [*likelihood.levels, *likelihood.crossed], self._modes[0], strict=True
        ):
            total += (level.columns * modes[level.codes]).sum(axis=1)
        result = np.empty(self.n_rows)
        result[self.state.order] = total
        return result


def fit_mixed_model(
    frame: pd.DataFrame,
    fixed: str,
    random: Sequence[RandomTerm] = (),
    *,
    residual: Residual | None = None,
    reml: bool = True,
) -> MixedModel:
    r"""Fit a linear mixed model by (restricted) maximum likelihood.

    .. math:: y = X\beta + \sum_t Z_t b_t + e, \qquad b_t \sim N(0, G_t), \quad
              e \sim N(0, \sigma^2 R)

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per observation. Rows with a missing value in any column of the model are left out
        and counted.
    fixed : str
        ``outcome ~ predictors`` in the grammar of `formula_columns`.
    random : sequence of RandomTerm
        Random effects; none gives generalised least squares.
    residual : Residual, optional
        Independent residuals with one variance if not given.
    reml : bool
        Restricted maximum likelihood; False: maximum likelihood.

    Returns
    -------
    MixedModel
        Singular fits, fits that did not converge and parameters that the data do not determine are
        named in `messages`.

    Raises
    ------
    AnalysisError
        The data cannot carry the model: collinear predictors, fewer rows than coefficients, one
        group, one row per group, text where a number is needed, a column that does not exist.

    References
    ----------
    Bates, D., Mächler, M., Bolker, B., & Walker, S. (2015). Fitting linear mixed-effects models
    using lme4. Journal of Statistical Software, 67(1). https://doi.org/10.18637/jss.v067.i01

    Pinheiro, J. C., & Bates, D. M. (2000). Mixed-effects models in S and S-PLUS.
    https://doi.org/10.1007/b98882

    Examples
    --------
    Three groups of two with means 1, 3 and 5: the mean square between groups is 8, within groups 2,
    so that the variance between groups is (8 - 2) / 2 = 3:

    >>> rows = pd.DataFrame({"y": [0, 2, 2, 4, 4, 6], "group": list("aabbcc")})
    >>> fit = fit_mixed_model(rows, "y ~ 1", [RandomTerm(("group",))])
    >>> fit.estimates.round(4), fit.random_covariances[0].covariance.round(4)
    (array([3.]), array([[3.]]))
    >>> round(fit.residual_sd**2, 6)
    2.0
    """
    problem = _prepare(frame, fixed, tuple(random), residual or Residual())
    return problem.fit(reml)


@dataclass
class _Problem:
    """A model and its data, before the fit."""

    formula: str
    random: tuple[RandomTerm, ...]
    residual: Residual
    design: Design
    state: FitState
    messages: list[str]
    n_missing: int

    def fit(self, reml: bool) -> MixedModel:
        state = self.state
        search = Search(state.likelihood, state.layout, reml)
        found = search.run()
        blocks = [
            _lower_factor(np.asarray(np.linalg.solve(term.transform, block), dtype=float))
            for term, block in zip(state.layout.terms, found.blocks, strict=True)
        ]
        messages = [*self.messages, *found.messages]
        singular = _name_singular(state.layout.terms, found.blocks, messages)
        state = FitState(**(vars(state) | {"blocks": blocks, "phi": found.phi}))
        solution = state.solve(blocks, found.phi, reml)
        estimates, covariance = state.coefficients(solution)
        constant = state.reml_constant if reml else 0.0
        log_likelihood = -(solution.deviance + constant) / 2
        n, p = state.likelihood.n, state.likelihood.p
        n_parameters = p + state.layout.n_theta + state.layout.n_phi + 1
        parameters = state.likelihood.residual
        return MixedModel(
            formula=self.formula,
            coefficients=self.design.names,
            estimates=estimates,
            standard_errors=np.sqrt(np.diag(covariance)),
            covariance=covariance,
            random_covariances=tuple(
                _random_covariance(term, block, solution.sigma)
                for term, block in zip(state.layout.terms, blocks, strict=True)
            ),
            residual=self.residual,
            residual_sd=solution.sigma,
            residual_parameters={} if parameters is None else parameters.natural(found.phi),
            log_likelihood=log_likelihood,
            n_rows=n,
            n_missing_rows=self.n_missing,
            n_groups={t.term.label: len(t.group_rows) for t in state.layout.terms},
            n_parameters=n_parameters,
            aic=-2 * log_likelihood + 2 * n_parameters,
            bic=-2 * log_likelihood + np.log(n) * n_parameters,
            singular=singular,
            converged=found.converged,
            messages=tuple(messages),
            reml=reml,
            random=self.random,
            design=self.design,
            state=state,
        )


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
        likelihood may have a second maximum, in which another term takes up the variance.
        """
        layout = self.layout
        diagonal = np.flatnonzero(layout.is_diagonal)
        if len(diagonal) == 0:
            return
        few = min(len(term.group_rows) for term in layout.terms) < _FEW_GROUPS
        edge = np.abs(x[diagonal]).min() < EDGE
        if few or edge:
            weak = start.copy()
            weak[diagonal] = 0.3
            yield weak
        if edge:
            away = x.copy()
            away[diagonal] = np.maximum(np.abs(away[diagonal]), 0.3)
            yield away
        if few and len(layout.terms) > 1:
            place = 0
            for term in layout.terms:
                size = len(term.entries)
                without = start.copy()
                without[: layout.n_theta] *= 1.5
                without[place : place + size] *= 0.03
                place += size
                yield without

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
                thin = _lower_factor(left * kept)
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
        left = np.inf
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
        self._name_flat(hessian, x, messages)
        blocks = [_lower_factor(block) for block in layout.blocks(x[: layout.n_theta])]
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
        curvature, directions = np.linalg.eigh(hessian)
        for value, direction in zip(curvature, directions.T, strict=True):
            if value < _FLAT:
                strongest = int(np.abs(direction).argmax())
                messages.append(
                    f"The data hardly determine {names[strongest]}: the likelihood is flat."
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


def simulate_deviations(
    state: FitState, sigma: float, count: int, generator: np.random.Generator
) -> Array:
    """Random effects and residuals of new groups, shape (n_rows, count), rows as sorted."""
    likelihood = state.likelihood
    factors, crossed = state.layout.factors(state.blocks, original=True)
    draws = generator.standard_normal((likelihood.n, count))
    if likelihood.residual is not None:
        draws = likelihood.residual.colour(draws, state.phi)
    for level, factor in zip(
        [*likelihood.levels, *likelihood.crossed], [*factors, *crossed], strict=True
    ):
        effects = factor @ generator.standard_normal((level.n_groups, level.width, count))
        for column in range(level.width):
            draws += level.columns[:, column, None] * effects[level.codes, column]
    return sigma * draws


def _prepare(
    frame: pd.DataFrame, fixed: str, random: tuple[RandomTerm, ...], residual: Residual
) -> _Problem:
    outcome, right = split_formula(fixed)
    columns = [outcome, *formula_columns(right), *residual.columns]
    for term in random:
        columns += [*term.groups, *formula_columns(term.formula)]
    require_columns(frame, columns, "The model")
    if not pd.api.types.is_numeric_dtype(frame[outcome]) or frame[outcome].dtype == bool:
        raise AnalysisError(f"The outcome {outcome!r} does not hold numbers.")
    used = frame[list(dict.fromkeys(columns))]
    complete = used.notna().all(axis=1).to_numpy()
    rows = used[complete]
    messages: list[str] = []
    n_missing = int((~complete).sum())
    if n_missing:
        messages.append(
            f"{n_missing} of {len(frame)} rows have a missing value in the model and are left out."
        )
    if len(rows) == 0:
        raise AnalysisError("No row has values in all columns of the model.")
    design = build_design(rows, right, messages)
    n, p = design.matrix.shape
    if n <= p:
        raise AnalysisError(f"A model with {p} coefficients needs more than {p} rows, found {n}.")
    require_full_rank(design.matrix, design.names)
    y = rows[outcome].to_numpy(dtype=float)
    if not np.isfinite(y).all():
        raise AnalysisError(f"The outcome {outcome!r} has an infinite value.")
    basis, triangle = np.linalg.qr(design.matrix)
    projected = basis.T @ y
    rest = y - basis @ projected
    if np.linalg.norm(rest) <= 1e-10 * np.linalg.norm(y):
        raise AnalysisError("The predictors determine the outcome exactly; no variance is left.")
    state = _arrange(rows, random, residual, basis, rest)
    state = FitState(
        **(vars(state) | {"basis": basis, "triangle": triangle, "projected": projected})
    )
    return _Problem(fixed, random, residual, design, state, messages, n_missing)


@dataclass
class _Grouping:
    """Random terms over one partition of the rows."""

    codes: NDArray[np.intp]
    terms: list[RandomTerm]
    designs: list[Design]

    @property
    def n_groups(self) -> int:
        return int(self.codes.max()) + 1


def _arrange(
    rows: pd.DataFrame,
    random: tuple[RandomTerm, ...],
    residual: Residual,
    basis: Array,
    rest: Vector,
) -> FitState:
    """Sort the rows and put every random term into the chain or among the crossed factors."""
    groupings = _groupings(rows, random, residual)
    block = None
    if residual.structure != "independent":
        require_columns(rows, residual.groups, "The residual structure")
        block = group_codes(rows, residual.groups)
    chain, crossed = _chain(groupings, block)
    cells = len(rows) * sum(g.n_groups * sum(d.matrix.shape[1] for d in g.designs) for g in crossed)
    if cells > _LARGEST_CROSSED:
        raise AnalysisError(
            "The random terms cross each other in too many groups for one fit:"
            f" {', '.join(t.label for g in crossed for t in g.terms)}. Check that the columns of"
            " each term name nested groups completely, such as ('therapist', 'patient')."
        )
    keys = [g.codes for g in chain]
    if block is not None:
        keys = [block, *keys]
    order = np.lexsort((np.arange(len(rows)), *keys))
    levels, level_terms = _levels(chain, order, crossed=False)
    others, other_terms = _levels(crossed, order, crossed=True)
    covariance = None if residual.is_plain else ResidualCovariance(residual, rows.iloc[order])
    likelihood = MixedLikelihood(levels, others, basis[order], rest[order], covariance)
    by_term = {id(t.term): t for t in [*level_terms, *other_terms]}
    layout = Layout([by_term[id(term)] for term in random], likelihood)
    empty = np.zeros(0)
    return FitState(rows, likelihood, layout, [], empty, order, basis, np.eye(0), empty)


def _groupings(
    rows: pd.DataFrame, random: tuple[RandomTerm, ...], residual: Residual
) -> list[_Grouping]:
    found: list[_Grouping] = []
    for term in random:
        codes = group_codes(rows, term.groups)
        design = build_design(rows, term.formula, text_is_factor=False)
        _check_term(term, codes, design, residual)
        same = [g for g in found if _is_nested(g.codes, codes) and _is_nested(codes, g.codes)]
        if same:
            for other, earlier in zip(same[0].terms, same[0].designs, strict=True):
                shared = sorted(set(earlier.names) & set(design.names))
                if shared:
                    raise AnalysisError(
                        f"The random {shared[0]} of {other.label} and of {term.label} cannot be"
                        " told apart: both have the same groups of rows."
                    )
            same[0].terms.append(term)
            same[0].designs.append(design)
        else:
            found.append(_Grouping(codes, [term], [design]))
    return found


def _check_term(
    term: RandomTerm, codes: NDArray[np.intp], design: Design, residual: Residual
) -> None:
    n, groups, width = len(codes), int(codes.max()) + 1, design.matrix.shape[1]
    if groups < 2:
        raise AnalysisError(
            f"The random term {term.label} has one group; its variance needs at least two."
        )
    if residual.is_plain and groups == n:
        raise AnalysisError(
            f"Every group of {term.label} has one row, so that its variance cannot be told from"
            " that of the residuals."
        )
    if residual.is_plain and groups * width >= n:
        raise AnalysisError(
            f"The random term {term.label} has {groups * width} effects ({width} in each of"
            f" {groups} groups) and {n} rows; it needs more rows than effects."
        )
    if (
        residual.structure in ("compound_symmetry", "unstructured")
        and set(term.groups) == set(residual.groups)
        and "Intercept" in design.names
    ):
        raise AnalysisError(
            f"The random intercept of {term.label} and the residual structure"
            f" {residual.structure} of the same groups cannot be told apart; leave one out."
        )
    require_full_rank(design.matrix, design.names)


def _is_nested(inner: NDArray[np.intp], outer: NDArray[np.intp]) -> bool:
    """Whether every group of `inner` is in one group of `outer`."""
    first = np.zeros(int(inner.max()) + 1, dtype=np.intp)
    first[inner] = outer
    return bool((first[inner] == outer).all())


def _chain(
    groupings: Sequence[_Grouping], block: NDArray[np.intp] | None
) -> tuple[list[_Grouping], list[_Grouping]]:
    """The groupings that are nested in each other, finest first; and the others."""
    chain: list[_Grouping] = []
    crossed: list[_Grouping] = []
    for grouping in sorted(groupings, key=lambda g: -g.n_groups):
        below = chain[-1].codes if chain else block
        fits = below is None or _is_nested(below, grouping.codes)
        (chain if fits else crossed).append(grouping)
    return chain, crossed


def _levels(
    groupings: Sequence[_Grouping], order: NDArray[np.intp], crossed: bool
) -> tuple[list[Level], list[_Term]]:
    """Levels with standardised columns, and where each term is in them."""
    levels, terms = [], []
    for place, grouping in enumerate(groupings):
        codes = grouping.codes[order]
        if not crossed:
            # The groups are numbered in the order in which the sorted rows reach them.
            codes = np.cumsum(np.r_[False, codes[1:] != codes[:-1]])
        columns, start = [], 0
        group_rows = np.zeros(grouping.n_groups, dtype=np.intp)
        group_rows[codes[::-1]] = order[::-1]
        for term, design in zip(grouping.terms, grouping.designs, strict=True):
            transform = _standardise(design.matrix, term.correlated)
            columns.append(np.linalg.solve(transform.T, design.matrix[order].T).T)
            width = design.matrix.shape[1]
            terms.append(_Term(term, design.names, crossed, place, start, transform, group_rows))
            start += width
        levels.append(Level(codes, np.concatenate(columns, axis=1)))
    return levels, terms


def _standardise(matrix: Array, correlated: bool) -> Array:
    """T with Z = Zs T: orthogonal columns of mean square 1, or only columns of mean square 1."""
    n = len(matrix)
    if not correlated:
        return np.diag(np.sqrt((matrix * matrix).mean(axis=0)))
    return np.linalg.qr(matrix)[1] / np.sqrt(n)


def _lower_factor(block: Array) -> Array:
    """Lower triangular factor of block times its transpose; no diagonal entry is negative."""
    triangle = np.linalg.qr(block.T)[1].T
    signs = np.where(np.diag(triangle) < 0, -1.0, 1.0)
    return triangle * signs


def _random_covariance(term: _Term, block: Array, sigma: float) -> RandomCovariance:
    covariance = sigma**2 * block @ block.T
    sds = np.sqrt(np.diag(covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlations = np.where(np.outer(sds, sds) > 0, covariance / np.outer(sds, sds), np.nan)
    return RandomCovariance(
        groups=term.term.groups,
        names=term.names,
        covariance=covariance,
        sds=sds,
        correlations=correlations,
        n_groups=len(term.group_rows),
        correlated=term.term.correlated,
    )


def _name_singular(terms: Sequence[_Term], blocks: Sequence[Array], messages: list[str]) -> bool:
    """Add a sentence for every term without variance in some direction."""
    singular = False
    for term, block in zip(terms, blocks, strict=True):
        smallest = np.linalg.svd(block, compute_uv=False)
        if smallest[-1] >= SINGULAR:
            continue
        singular = True
        sizes = np.sqrt((block * block).sum(axis=1))
        zero = [name for name, size in zip(term.names, sizes, strict=True) if size < SINGULAR]
        label = term.term.label
        if zero:
            what = " and ".join(zero)
            messages.append(f"Singular fit: {what} of {label} has an estimated variance of 0.")
        else:
            messages.append(
                f"Singular fit: the random effects of {label} are perfectly correlated, so that"
                " their covariance matrix has no full rank."
            )
    return singular
