"""Linear mixed models: nested and crossed random effects, structured residuals, REML and ML."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.mixed_arrangement import arrange
from attune.stats.mixed_likelihood import Gradient, MixedLikelihood, Solution
from attune.stats.mixed_search import SINGULAR, Layout, PlacedTerm, RandomTerm, Search, lower_factor
from attune.stats.model_formula import (
    Design,
    build_design,
    formula_columns,
    require_columns,
    require_full_rank,
    split_formula,
)
from attune.stats.residual_covariance import Residual

Vector = NDArray[np.float64]
Array = NDArray[np.float64]


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
        refitted = fit_mixed_model(
            self.state.frame, self.formula, self.random, residual=self.residual, reml=reml
        )
        return replace(refitted, n_missing_rows=self.n_missing_rows)

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
            lower_factor(np.asarray(np.linalg.solve(term.transform, block), dtype=float))
            for term, block in zip(state.layout.terms, found.blocks, strict=True)
        ]
        messages = [*self.messages, *found.messages]
        singular = _name_singular(state.layout.terms, found.blocks, messages)
        state = replace(state, blocks=blocks, phi=found.phi)
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
    if p == 0:
        raise AnalysisError(f"The formula {fixed!r} has no fixed effect, not even an intercept.")
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
    likelihood, layout, order = arrange(rows, random, residual, basis, rest)
    state = FitState(
        frame=rows,
        likelihood=likelihood,
        layout=layout,
        blocks=[],
        phi=np.zeros(0),
        order=order,
        basis=basis,
        triangle=triangle,
        projected=projected,
    )
    return _Problem(fixed, random, residual, design, state, messages, n_missing)


def _random_covariance(term: PlacedTerm, block: Array, sigma: float) -> RandomCovariance:
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


def _name_singular(
    terms: Sequence[PlacedTerm], blocks: Sequence[Array], messages: list[str]
) -> bool:
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
