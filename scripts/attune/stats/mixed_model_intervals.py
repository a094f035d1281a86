"""Intervals of a mixed model's parameters: profile likelihood and parametric bootstrap."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.mixed_model_tests import variance_parameters
from attune.stats.mixed_models import MixedModel
from attune.stats.mixed_search import EDGE, SINGULAR, Search, descend, numeric_hessian

Vector = NDArray[np.float64]
Array = NDArray[np.float64]
Kind = Literal["sd", "correlation", "residual_sd", "residual"]

_PROFILE_PROMISE = 1e-9
_STEPS = 60
_WALD_STEP = 1e-5
"""Step of numerical derivatives of closed expressions, whose errors are of its square."""

_FAR = 1e4
"""Bound of a correlation's coordinate r / sqrt(1 - r^2): r is 1 up to 5e-9."""


@dataclass(frozen=True)
class ParameterInterval:
    """Profile-likelihood interval of one variance parameter.

    Attributes
    ----------
    kind : str
        sd and correlation of random effects; residual_sd; residual (a residual parameter).
    group : str
        Label of the random term, such as therapist:patient; empty for the residuals.
    names : tuple of str
        The effect, the two effects of a correlation, or the residual parameter.
    estimate, low, high : float
        A limit at the edge of the range (0; -1 and 1) means that the likelihood does not rule the
        edge out.
    """

    kind: Kind
    group: str
    names: tuple[str, ...]
    estimate: float
    low: float
    high: float


def profile_intervals(fit: MixedModel, interval: float = 0.95) -> tuple[ParameterInterval, ...]:
    r"""Profile-likelihood intervals of standard deviations, correlations and residual parameters.

    A limit is where the deviance, minimised over all other parameters, has risen by the quantile of
    chi-square with one degree of freedom. The criterion is that of the fit: the restricted
    likelihood for REML. (lme4 profiles the likelihood even of a REML fit: refit by maximum
    likelihood to compare.)

    Parameters
    ----------
    fit : MixedModel
    interval : float
        Coverage.

    Returns
    -------
    tuple of ParameterInterval
        Terms in their order, standard deviations before correlations; then the residuals.
        Correlations of an unstructured covariance are not profiled.

    References
    ----------
    Bates, D., Mächler, M., Bolker, B., & Walker, S. (2015). Fitting linear mixed-effects models
    using lme4. Journal of Statistical Software, 67(1). https://doi.org/10.18637/jss.v067.i01
    """
    from scipy.special import chdtri

    rise = float(chdtri(1, 1 - interval))
    return tuple(_limits(fit, target, rise) for target in _targets(fit))


@dataclass(frozen=True)
class _Target:
    """The parameter that is held: its term and effects, or a residual parameter."""

    kind: Kind
    term: int
    effects: tuple[int, ...]


def _targets(fit: MixedModel) -> Iterator[_Target]:
    for place, term in enumerate(fit.random_covariances):
        size = range(len(term.names))
        yield from (_Target("sd", place, (i,)) for i in size)
        if term.correlated:
            yield from (_Target("correlation", place, (j, i)) for i in size for j in range(i))
    yield _Target("residual_sd", -1, ())
    residual = fit.state.likelihood.residual
    if residual is not None:
        first = residual.n_correlation if fit.residual.structure == "unstructured" else 0
        yield from (_Target("residual", -1, (k,)) for k in range(first, residual.n_parameters))


class _Coordinates:
    """Standard deviations and correlations as free coordinates, in which a target is one of them.

    A term's covariance is D C D with standard deviations of any sign and C = L L', whose rows are
    (x, 1) over their length. The two effects of a profiled correlation come first, so that it is a
    function of one x. Their standard deviations are squares: one of the other sign would turn the
    correlation that is held into its opposite.
    """

    def __init__(self, fit: MixedModel, target: _Target):
        self.fit, self.target = fit, target
        self.orders = [np.arange(len(term.names)) for term in fit.random_covariances]
        if target.kind == "correlation":
            order = self.orders[target.term]
            first = np.array(target.effects)
            self.orders[target.term] = np.concatenate([first, np.setdiff1d(order, first)])
        self.scale = [fit.residual_sd * scales for scales in _effect_scales(fit)]
        self.squared = [
            np.full(len(order), target.kind == "correlation" and target.term == number)
            & (np.arange(len(order)) < 2)
            for number, order in enumerate(self.orders)
        ]
        self.center = self._center()
        self.held = self._held()
        self.free = np.flatnonzero(np.arange(len(self.center)) != self.held)

    def _center(self) -> Vector:
        parts: list[Vector] = []
        for term, order, scale, squared in zip(
            self.fit.random_covariances, self.orders, self.scale, self.squared, strict=True
        ):
            relative = term.sds[order] / scale[order]
            parts.append(np.where(squared, np.sqrt(relative), relative))
            if term.correlated and len(order) > 1:
                safe = np.nan_to_num(term.correlations[np.ix_(order, order)])
                np.fill_diagonal(safe, 1.0)
                parts.append(_unit_coordinates(safe))
        parts += [np.array([np.log(self.fit.residual_sd)]), self.fit.state.phi]
        return np.concatenate(parts)

    def _held(self) -> int:
        place = 0
        for number, term in enumerate(self.fit.random_covariances):
            width = len(term.names)
            if self.target.term == number:
                return place + (self.target.effects[0] if self.target.kind == "sd" else width)
            place += width + (width * (width - 1) // 2 if term.correlated else 0)
        return place if self.target.kind == "residual_sd" else place + 1 + self.target.effects[0]

    def deviance(self, x: Vector) -> tuple[float, Vector]:
        """Deviance and gradient in the coordinates."""
        fit = self.fit
        n_phi = len(fit.state.phi)
        phi, sigma = x[len(x) - n_phi :], float(np.exp(x[len(x) - n_phi - 1]))
        blocks, parts, place = [], [], 0
        for term, order, scale, squared in zip(
            fit.random_covariances, self.orders, self.scale, self.squared, strict=True
        ):
            width = len(order)
            own = x[place : place + width]
            sds = np.where(squared, own * own, own) * scale[order]
            along_sds = np.where(squared, 2 * own, 1.0) * scale[order]
            place += width
            chol, length = np.eye(width), np.ones(width)
            if term.correlated and width > 1:
                count = width * (width - 1) // 2
                chol[np.tril_indices(width, -1)] = x[place : place + count]
                length = np.sqrt((chol * chol).sum(axis=1))
                chol = chol / length[:, None]
                place += count
            block = np.empty((width, width))
            block[order] = sds[:, None] * chol / sigma
            blocks.append(block)
            parts.append((sds, along_sds, chol, length))
        try:
            solution, slopes, gradient = fit.state.evaluate(blocks, phi, fit.reml, sigma)
        except np.linalg.LinAlgError:
            return np.inf, np.zeros_like(x)
        found: list[Vector] = []
        inner = 0.0
        for term, order, block, slope, (sds, along_sds, chol, length) in zip(
            fit.random_covariances, self.orders, blocks, slopes, parts, strict=True
        ):
            turned = slope[order] / sigma
            found.append((turned * chol).sum(axis=1) * along_sds)
            if term.correlated and len(order) > 1:
                full = turned * sds[:, None]
                along = (full * chol).sum(axis=1, keepdims=True)
                found.append(
                    ((full - along * chol) / length[:, None])[np.tril_indices(len(order), -1)]
                )
            inner += float((slope * block).sum())
        found += [np.array([gradient.sigma * sigma - inner]), gradient.residual]
        return solution.deviance, np.concatenate(found)

    def natural(self, value: float) -> float:
        """The held coordinate as it is reported."""
        fit, target = self.fit, self.target
        if target.kind == "sd":
            return float(value) * float(self.scale[target.term][target.effects[0]])
        if target.kind == "correlation":
            return float(value / np.sqrt(1 + value**2))
        if target.kind == "residual_sd":
            return float(np.exp(value))
        phi = fit.state.phi.copy()
        phi[target.effects[0]] = value
        return list(fit.state.likelihood.residual.natural(phi).values())[target.effects[0]]  # type: ignore[union-attr]


def _effect_scales(fit: MixedModel) -> list[Vector]:
    """Size of every effect, per term, that changes the outcome as much as the residuals do."""
    return [
        np.diag(np.linalg.inv(term.transform.T @ term.transform)) ** 0.5
        for term in fit.state.layout.terms
    ]


def _unit_coordinates(correlation: Array) -> Vector:
    """Coordinates x of a correlation matrix; those of a singular one are moved off the edge."""
    if np.linalg.eigvalsh(correlation)[0] < 1e-6:
        correlation = 0.999999 * correlation + 1e-6 * np.eye(len(correlation))
    chol = np.linalg.cholesky(correlation)
    return (chol / np.diag(chol)[:, None])[np.tril_indices(len(chol), -1)]


def _limits(fit: MixedModel, target: _Target, rise: float) -> ParameterInterval:
    """Both limits of one parameter."""
    coordinates = _Coordinates(fit, target)
    center, free, held = coordinates.center, coordinates.free, coordinates.held
    lowest = coordinates.deviance(center)[0]
    hessian = numeric_hessian(
        lambda x: coordinates.deviance(x)[1], center, np.full(len(center), 1e-4)
    )
    values, vectors = np.linalg.eigh(hessian[np.ix_(free, free)])
    # Flat or downward directions, of correlations without meaning, begin with a steep curvature.
    values = np.where(values > 1e-6 * values.max(initial=1.0), values, values.max(initial=1.0))
    inverse = (vectors / values) @ vectors.T
    spread = np.sqrt(2 / _profile_curvature(hessian, held, free, inverse))
    known: dict[float, Vector] = {float(center[held]): center[free]}

    def root(value: float) -> float:
        """Signed distance of the profiled deviance's root from its critical value."""
        near = _last_passed(known, float(center[held]), value)

        def inner(part: Vector) -> tuple[float, Vector]:
            x = center.copy()
            x[free], x[held] = part, value
            deviance, gradient = coordinates.deviance(x)
            return deviance, gradient[free]

        deviance, known[value] = descend(inner, known[near], _PROFILE_PROMISE, inverse)
        return float(np.sqrt(max(deviance - lowest, 0.0)) - np.sqrt(rise))

    limits = []
    for side in (-1.0, 1.0):
        edge = 0.0 if target.kind == "sd" and side < 0 else side * _FAR
        limits.append(_cross(root, float(center[held]), side * spread * np.sqrt(rise), edge))
    low, high = (coordinates.natural(limit) for limit in limits)
    if target.kind == "correlation":
        low, high = (-1.0 if limits[0] <= -_FAR else low), (1.0 if limits[1] >= _FAR else high)
    return _named(fit, target, coordinates.natural(float(center[held])), low, high)


def _last_passed(known: Iterable[float], center: float, value: float) -> float:
    """The known value closest to another one on the way to it from the center.

    Beyond it a standard deviation may have gone to 0, where a squared one would stay.

    Examples
    --------
    >>> _last_passed([0.0, 1.0, 3.0, -1.5], center=0.0, value=2.0)
    1.0
    """
    low, high = sorted((center, value))
    return min((one for one in known if low <= one <= high), key=lambda one: abs(one - value))


def _profile_curvature(hessian: Array, held: int, free: NDArray[np.intp], inverse: Array) -> float:
    cross = hessian[held, free]
    curvature = float(hessian[held, held] - cross @ inverse @ cross)
    return curvature if curvature > 1e-6 else 1.0


def _cross(root: Callable[[float], float], center: float, step: float, edge: float) -> float:
    """Where a function that is negative at the center becomes 0 in the direction of the step.

    Returns the edge where it stays negative up to there.
    """
    inner, outer = center, center + step
    inner_value = root(center)
    while True:
        at_edge = (outer - edge) * np.sign(step) >= 0
        outer = edge if at_edge else outer
        outer_value = root(outer)
        if outer_value >= 0:
            break
        if at_edge:
            return edge
        inner, inner_value = outer, outer_value
        outer = center + 1.6 * (outer - center)
    for _ in range(_STEPS):
        # False position with bisection where it would stay at one end.
        share = inner_value / (inner_value - outer_value)
        middle = inner + float(np.clip(share, 0.02, 0.98)) * (outer - inner)
        value = root(middle)
        if abs(value) < 1e-7 or abs(outer - inner) < 1e-9 * max(abs(outer), 1e-6):
            return middle
        if value < 0:
            inner, inner_value = middle, value
        else:
            outer, outer_value = middle, value
    return middle


def _named(
    fit: MixedModel, target: _Target, estimate: float, low: float, high: float
) -> ParameterInterval:
    group = ""
    names: tuple[str, ...] = ()
    if target.kind in ("sd", "correlation"):
        term = fit.random_covariances[target.term]
        group, names = ":".join(term.groups), tuple(term.names[i] for i in target.effects)
    elif target.kind == "residual_sd" and target.effects:
        ratio = list(fit.residual_parameters)[target.effects[0]]
        names = (ratio.removeprefix("sd_ratio[").removesuffix("]"),)
    elif target.kind == "residual":
        names = (list(fit.residual_parameters)[target.effects[0]],)
    low, high = min(low, high), max(low, high)
    return ParameterInterval(target.kind, group, names, estimate, low, high)


@dataclass(frozen=True)
class Bootstrap:
    """Refits of outcomes drawn from a fitted model.

    Attributes
    ----------
    coefficients : ndarray, shape (n, p)
        Fixed effects, one refit per row.
    standard_errors : ndarray, shape (n, p)
    random_covariances : tuple of ndarray, shape (n, k, k)
        Covariances of the random effects, one array per term.
    residual_sd : ndarray, shape (n,)
    residual_parameters : dict of str to ndarray, shape (n,)
    log_likelihood : ndarray, shape (n,)
    n_singular : int
        Refits with a random effect without variance.
    """

    coefficients: Array
    standard_errors: Array
    random_covariances: tuple[Array, ...]
    residual_sd: Vector
    residual_parameters: dict[str, Vector]
    log_likelihood: Vector
    n_singular: int


def bootstrap(fit: MixedModel, count: int, generator: np.random.Generator) -> Bootstrap:
    """Parametric bootstrap: draw outcomes from the fitted model and fit it to each of them.

    Random effects and residuals are drawn anew. Each refit starts at the estimates.

    Parameters
    ----------
    fit : MixedModel
    count : int
        Number of refits; percentile intervals need about 1,000.
    generator : numpy.random.Generator
        The same state gives the same refits.

    References
    ----------
    Efron, B., & Tibshirani, R. J. (1993). An introduction to the bootstrap.
    https://doi.org/10.1201/9780429246593
    """
    if count < 1:
        raise AnalysisError(f"A bootstrap needs at least one refit, found {count}.")
    refits = _Refits(fit)
    rows = [
        refits.fit(outcome)
        for start in range(0, count, 100)
        for outcome in fit.simulate(min(100, count - start), generator).T
    ]
    return Bootstrap(
        coefficients=np.array([row.coefficients for row in rows]),
        standard_errors=np.array([row.standard_errors for row in rows]),
        random_covariances=tuple(
            np.array(values) for values in zip(*(row.covariances for row in rows), strict=True)
        ),
        residual_sd=np.array([row.residual_sd for row in rows]),
        residual_parameters={
            name: np.array([row.residual_parameters[name] for row in rows])
            for name in fit.residual_parameters
        },
        log_likelihood=np.array([row.log_likelihood for row in rows]),
        n_singular=sum(row.singular for row in rows),
    )


def percentile_intervals(values: Array, interval: float = 0.95) -> Array:
    """Percentile intervals of bootstrap values (n, k), shape (k, 2).

    Examples
    --------
    >>> percentile_intervals(np.arange(101.0)[:, None], 0.9)
    array([[ 5., 95.]])
    """
    tail = (1 - interval) / 2
    return np.quantile(values, [tail, 1 - tail], axis=0).T


@dataclass(frozen=True)
class _Refit:
    coefficients: Vector
    standard_errors: Vector
    covariances: list[Array]
    residual_sd: float
    residual_parameters: dict[str, float]
    log_likelihood: float
    singular: bool


class _Refits:
    """Fits of one model to other outcomes of the same rows."""

    def __init__(self, fit: MixedModel):
        self.fit_, self.state = fit, fit.state
        state = fit.state
        self.start = np.concatenate([self._scaled_theta(), state.phi])
        search = Search(state.likelihood, state.layout, fit.reml)
        self.inverse = None
        if len(self.start):
            hessian = numeric_hessian(
                lambda x: search.deviance(x)[1], self.start, np.full(len(self.start), 1e-4)
            )
            values, vectors = np.linalg.eigh(hessian)
            top = values.max()
            self.inverse = (vectors / np.where(values > 1e-3 * top, values, top)) @ vectors.T
        self.diagonal = np.flatnonzero(state.layout.is_diagonal)

    def _scaled_theta(self) -> Vector:
        layout = self.state.layout
        scaled = []
        for term, block in zip(layout.terms, self.state.blocks, strict=True):
            triangle = np.linalg.qr((term.transform @ block).T)[1].T
            scaled.append(triangle * np.where(np.diag(triangle) < 0, -1.0, 1.0))
        return layout.theta(scaled)

    def _search(self, search: Search) -> Vector:
        """Descend from the estimates, and off the edge where a variance goes to 0."""
        if len(self.start) == 0:
            return self.start
        value, x = descend(search.deviance, self.start, inverse=self.inverse)
        if len(self.diagonal) and np.abs(x[self.diagonal]).min() < EDGE:
            away = x.copy()
            away[self.diagonal] = np.maximum(np.abs(away[self.diagonal]), 0.3)
            other, place = descend(search.deviance, away, inverse=self.inverse)
            if other < value - 1e-9:
                x = place
        return x

    def fit(self, outcome: Vector) -> _Refit:
        """Fit the model to one outcome, rows as in the frame."""
        state, reml = self.state, self.fit_.reml
        layout = state.layout
        projected = state.basis.T @ outcome
        rest = (outcome - state.basis @ projected)[state.order]
        likelihood = state.likelihood.with_outcome(rest)
        x = self._search(Search(likelihood, layout, reml))
        blocks, phi = layout.blocks(x[: layout.n_theta]), x[layout.n_theta :]
        factors, crossed = layout.factors(blocks, original=False)
        solution = likelihood.solve(factors, crossed, phi, reml)
        back = np.linalg.inv(state.triangle)
        spread = back @ solution.inverse @ back.T
        covariances, singular = [], False
        for term, block in zip(layout.terms, blocks, strict=True):
            original = solution.sigma * np.linalg.solve(term.transform, block)
            covariances.append(original @ original.T)
            singular |= bool(np.linalg.svd(block, compute_uv=False)[-1] < SINGULAR)
        constant = state.reml_constant if reml else 0.0
        parameters = {} if likelihood.residual is None else likelihood.residual.natural(phi)
        return _Refit(
            back @ (solution.beta + projected),
            solution.sigma * np.sqrt(np.diag(spread)),
            covariances,
            solution.sigma,
            parameters,
            -(solution.deviance + constant) / 2,
            singular,
        )


def wald_intervals(
    fit: MixedModel, interval: float = 0.95, covariance: Array | None = None
) -> tuple[ParameterInterval, ...]:
    r"""Intervals of standard deviations and correlations of random effects, and of the residual.

    .. math:: \ln s \pm z\, SE(\ln s), \qquad
              \operatorname{artanh} r \pm z\, SE(\operatorname{artanh} r)

    with standard errors by the delta method from the curvature of the likelihood. No model is
    fitted again, as the profile of the likelihood needs; where a standard deviation is small
    against its standard error the profile is better (docs/growth.md).

    Parameters
    ----------
    fit : MixedModel
    interval : float
        Coverage.
    covariance : ndarray, shape (k, k), optional
        Of the variance parameters, where `variance_parameters` has been called for the fit already.

    Returns
    -------
    tuple of ParameterInterval
        In the order of `profile_intervals`, without residual parameters; then the residual standard
        deviations of further strata, named by the stratum. The limits are NaN where
        a standard deviation is 0, or where the data do not determine the parameter.
    """
    from scipy.special import ndtri

    state = fit.state
    n_theta = state.layout.n_theta
    if covariance is None:
        covariance, _ = variance_parameters(fit)
    center = np.concatenate([state.layout.theta(state.blocks), state.phi, [fit.residual_sd]])
    targets = [target for target in _targets(fit) if target.kind != "residual"]
    residual = state.likelihood.residual
    if residual is not None:
        # The standard deviation of every further stratum is sigma times the exponential of phi.
        first = residual.n_correlation
        targets += [_Target("residual_sd", -1, (k,)) for k in range(first, residual.n_parameters)]
    smallest = [SINGULAR * fit.residual_sd * scales for scales in _effect_scales(fit)]

    def values(x: Vector) -> Vector:
        blocks = [x[-1] * block for block in state.layout.blocks(x[:n_theta])]
        found = [_free_value(blocks, target, x[n_theta:], smallest) for target in targets]
        return np.array(found)

    with np.errstate(divide="ignore", invalid="ignore"):
        here = values(center)
        slopes = np.array(
            [
                (values(center + move) - values(center - move)) / (2 * _WALD_STEP)
                for move in _WALD_STEP * np.eye(len(center))
            ]
        )
        variances = np.einsum("ij,ik,kj->j", slopes, covariance, slopes)
        reach = float(ndtri(0.5 + interval / 2)) * np.sqrt(variances)
        ends = [
            (np.tanh if target.kind == "correlation" else np.exp)(
                value + np.array([-half, 0, half])
            )
            for target, value, half in zip(targets, here, reach, strict=True)
        ]
    return tuple(
        _named(fit, target, float(estimate), float(low), float(high))
        for target, (low, estimate, high) in zip(targets, ends, strict=True)
    )


def _free_value(
    blocks: list[Array], target: _Target, residual: Vector, smallest: list[Vector]
) -> float:
    """Logarithm of a standard deviation, or Fisher's z of a correlation.

    `residual` holds the residual parameters, then sigma. Standard deviations below the smallest
    ones are 0: minus infinity, and a correlation of NaN.
    """
    if target.kind == "residual_sd":
        return float(np.log(residual[-1]) + sum(residual[k] for k in target.effects))
    rows = [blocks[target.term][effect] for effect in target.effects]
    lengths = [
        size if (size := float(np.linalg.norm(row))) >= smallest[target.term][effect] else 0.0
        for row, effect in zip(rows, target.effects, strict=True)
    ]
    if target.kind == "sd":
        return float(np.log(lengths[0]))
    if not all(lengths):
        return float("nan")
    return float(np.arctanh(rows[0] @ rows[1] / (lengths[0] * lengths[1])))
