"""Several effects of each study: three-level and correlated-and-hierarchical-effects models."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.cluster_robust import ClusterRobust, cluster_robust
from attune.stats.heterogeneity import checked_studies
from attune.stats.meta_analysis import PredictionInterval, prediction_limits
from attune.stats.meta_regression import ModeratorTest, joint_test, moderator_design
from attune.stats.regression import CoefficientTest, coefficient_test

Vector = NDArray[np.float64]
Array = NDArray[np.float64]

Level = Literal["study", "effect"]

LEVELS: tuple[Level, ...] = ("study", "effect")

RHOS = (0.0, 0.2, 0.4, 0.6, 0.8)
"""Correlations of sampling errors that a sensitivity analysis assumes."""

_ROUNDS = 200
"""Newton steps; five to ten are usual."""

_TOLERANCE = 1e-12
"""Change of the variances, relative to the size of sampling variances, that is rounding."""

_STARTS = (0.0, 0.3, 1.0, 3.0)
"""Variances from which the search may start, in units of the spread of effects."""


@dataclass(frozen=True)
class VarianceComponent:
    """Variance of true effects at one level.

    Attributes
    ----------
    level : {"study", "effect"}
        Between studies; between effects of one study.
    variance : float
        At least 0.
    low, high : float
        Profile likelihood interval; NaN if not asked for.
    i2 : float
        Percent of the variance of a typical effect.
    """

    level: str
    variance: float
    low: float
    high: float
    i2: float


@dataclass(frozen=True)
class MultilevelMetaAnalysis:
    """Meta-analysis of effects that are nested in studies.

    Attributes
    ----------
    names : tuple of str, length p
        Of the coefficients, intercept first.
    coefficients : tuple of CoefficientTest
        Right only if the model of dependence is right; see `robust`.
    covariance : ndarray, shape (p, p)
    moderators : ModeratorTest or None
        All coefficients but the intercept; None without moderators.
    components : tuple of VarianceComponent
    prediction : PredictionInterval
        For one true effect of a further study; with moderators, where all of them are 0.
    q, q_df, q_p : float
        Test of homogeneity, by the inverse of the sampling covariance.
    log_likelihood : float
    n_effects, n_studies : int
    rho : float
        Assumed correlation of sampling errors within studies.
    method, test : str
    """

    names: tuple[str, ...]
    coefficients: tuple[CoefficientTest, ...]
    covariance: Array
    moderators: ModeratorTest | None
    components: tuple[VarianceComponent, ...]
    prediction: PredictionInterval
    q: float
    q_df: int
    q_p: float
    log_likelihood: float
    n_effects: int
    n_studies: int
    rho: float
    method: str
    test: str
    effects: Vector = field(repr=False)
    design: Array = field(repr=False)
    studies: NDArray[np.str_] = field(repr=False)
    total: Array = field(repr=False)

    def coefficient(self, name: str) -> CoefficientTest:
        """Test of one coefficient."""
        if name not in self.names:
            raise AnalysisError(f"There is no coefficient {name!r}; there are: {self.names}.")
        return self.coefficients[self.names.index(name)]

    def component(self, level: Level) -> VarianceComponent:
        """Variance at one level."""
        found = [part for part in self.components if part.level == level]
        if not found:
            levels = [part.level for part in self.components]
            raise AnalysisError(f"The model has no variance of level {level!r}; it has: {levels}.")
        return found[0]

    def robust(self) -> ClusterRobust:
        """Cluster-robust (CR2) tests with Satterthwaite degrees of freedom, clustered by study.

        Report these: they hold even if rho or the levels are wrong, as long as studies are
        independent. With few studies, or a moderator that few studies have, degrees of freedom drop
        below four and p values become unreliable.

        References
        ----------
        Pustejovsky, J. E., & Tipton, E. (2022). Meta-analysis with robust variance estimation:
        Expanding the range of working models. Prevention Science, 23, 425-438.
        https://doi.org/10.1007/s11121-021-01246-3
        """
        return cluster_robust(
            self.effects,
            self.design,
            self.studies,
            np.linalg.inv(self.total),
            self.total,
            self.names,
        )


def multilevel_meta_analysis(
    effects: ArrayLike,
    variances: ArrayLike,
    studies: Sequence[object],
    moderators: ArrayLike | None = None,
    names: Sequence[str] = (),
    rho: float = 0.0,
    levels: Sequence[Level] = LEVELS,
    method: Literal["REML", "ML"] = "REML",
    test: Literal["z", "t"] = "t",
    interval: float = 0.95,
    profile: bool = True,
) -> MultilevelMetaAnalysis:
    r"""Average effect or meta-regression of effects nested in studies.

    .. math:: y_{ij} = x_{ij}' \beta + u_j + w_{ij} + e_{ij}, \qquad
              u_j \sim N(0, \sigma_s^2), \quad w_{ij} \sim N(0, \sigma_e^2), \qquad
              \operatorname{cov}(e_{ij}, e_{kj}) = \rho \sqrt{v_{ij} v_{kj}}

    With rho = 0 the three-level model: effects of one study are alike only because they share the
    study, which fits effects of different samples. With rho > 0 the correlated-and-hierarchical-
    effects (CHE) model, for several outcomes of the same people. rho is assumed, not estimated:
    fit with several values (`RHOS`), and test with `MultilevelMetaAnalysis.robust`. Averages and
    robust tests usually change little with rho; the split of the variance between studies and
    effects changes much, and should not be interpreted where it does.

    Parameters
    ----------
    effects, variances : array_like, shape (n,)
    studies : sequence, length n
        Study of each effect.
    moderators : array_like, shape (n, q) or (n,), optional
        As for `meta_regression`; they may differ within studies.
    names : sequence of str
        Of the moderators.
    rho : float
        Correlation of the sampling errors of two effects of one study, from 0 to below 1.
    levels : sequence of {"study", "effect"}
        Variances to estimate.
    method : {"REML", "ML"}
        ML for likelihood-ratio tests of moderators.
    test : {"z", "t"}
        t with as many degrees of freedom as there are studies more than coefficients.
    interval : float
        Coverage of all intervals.
    profile : bool
        Whether the profile likelihood intervals of the variances are computed.

    Raises
    ------
    AnalysisError
        See `checked_studies` and `meta_regression`; one study; no study with two effects while both
        levels are asked for; rho outside its range; as many coefficients as studies for t.

    References
    ----------
    Konstantopoulos, S. (2011). Fixed effects and variance components estimation in three-level
    meta-analysis. Research Synthesis Methods, 2, 61-76. https://doi.org/10.1002/jrsm.35

    Pustejovsky, J. E., & Tipton, E. (2022). Meta-analysis with robust variance estimation:
    Expanding the range of working models. Prevention Science, 23, 425-438.
    https://doi.org/10.1007/s11121-021-01246-3

    Examples
    --------
    >>> y, v = [0.1, 0.3, 0.5, 0.7, 0.2, 0.4], [0.01] * 6
    >>> fit = multilevel_meta_analysis(y, v, ["A", "A", "B", "B", "C", "C"])
    >>> fit.n_studies, round(fit.coefficient("Intercept").estimate, 6)
    (3, 0.366667)
    >>> [(part.level, round(part.variance, 4)) for part in fit.components]
    [('study', 0.0333), ('effect', 0.01)]
    """
    from scipy.special import chdtrc

    y, v, _ = checked_studies(effects, variances)
    labels = _checked_labels(studies, len(y), levels, rho, method)
    x, terms = moderator_design(moderators, names, len(y))
    # An orthogonal design (X = QR) leaves the fit as it is; years as moderators cost no digits.
    basis, triangle = np.linalg.qr(x)
    turn = np.linalg.inv(triangle)
    blocks = Blocks(y, v, basis, labels, rho, levels, method == "REML")
    df = blocks.count - x.shape[1] if test == "t" else float("inf")
    if test not in ("z", "t") or df < 1:
        raise AnalysisError(
            f"The test is {test!r} with {blocks.count} studies and {x.shape[1]} coefficients;"
            " allowed are z, and t with more studies than coefficients."
        )
    q = blocks.homogeneity()
    variances_found = blocks.maximise()
    fit = blocks.fit(variances_found)
    b, covariance = turn @ fit.coefficients, turn @ fit.covariance @ turn.T
    coefficients = tuple(
        coefficient_test(float(value), float(se), df, interval)
        for value, se in zip(b, np.sqrt(covariance.diagonal()), strict=True)
    )
    return MultilevelMetaAnalysis(
        names=tuple(terms),
        coefficients=coefficients,
        covariance=covariance,
        moderators=joint_test(b[1:], covariance[1:, 1:], df) if len(terms) > 1 else None,
        components=_components(blocks, variances_found, interval, profile),
        prediction=_prediction(coefficients[0], float(variances_found.sum()), interval),
        q=q,
        q_df=blocks.n - blocks.p,
        q_p=float(chdtrc(blocks.n - blocks.p, q)),
        log_likelihood=fit.log_likelihood,
        n_effects=len(y),
        n_studies=blocks.count,
        rho=rho,
        method=method,
        test=test,
        effects=y,
        design=x,
        studies=labels,
        total=blocks.covariance(variances_found),
    )


def _checked_labels(
    studies: Sequence[object], n: int, levels: Sequence[Level], rho: float, method: str
) -> NDArray[np.str_]:
    given = list(studies)
    missing = sum(study is None or study != study for study in given)
    labels = np.array([str(study) for study in given])
    sizes = np.unique(labels, return_counts=True)[1]
    faults = []
    if len(given) != n or missing:
        faults.append(
            f"There are {n} effects and {len(given)} study labels, {missing} of them missing; every"
            " effect needs its study."
        )
    if not 0 <= rho < 1:
        faults.append(f"rho is {rho}; it must be at least 0 and below 1.")
    if len(levels) == 0 or len(set(levels)) < len(levels) or not set(levels) <= set(LEVELS):
        faults.append(f"The levels are {list(levels)}; allowed are 'study', 'effect' or both.")
    if method not in ("REML", "ML"):
        faults.append(f"The method is {method!r}; allowed are REML and ML.")
    if len(sizes) == 1:
        faults.append("All effects are of one study; differences between studies need at least 2.")
    elif len(levels) == 2 and sizes.max(initial=0) == 1:
        faults.append(
            "Every study has one effect, so that variances between studies and between effects of a"
            " study cannot be told apart. Use random_effects or meta_regression."
        )
    if faults:
        raise AnalysisError("\n".join(faults))
    return labels


@dataclass(frozen=True)
class _Fit:
    coefficients: Vector
    covariance: Array
    log_likelihood: float
    gradient: Vector
    hessian: Array
    information: Array


class Blocks:
    """Effects arranged by study, filled up to the size of the largest one.

    The fill has a sampling variance of 1 and zeros elsewhere, so that it adds nothing.

    Parameters
    ----------
    y, v : ndarray, shape (n,)
    x : ndarray, shape (n, p)
    labels : ndarray of str, shape (n,)
    rho : float
    levels : sequence of str
    restricted : bool
    """

    def __init__(
        self,
        y: Vector,
        v: Vector,
        x: Array,
        labels: NDArray[np.str_],
        rho: float,
        levels: Sequence[Level],
        restricted: bool,
    ):
        codes = np.unique(labels, return_inverse=True)[1]
        rows = [np.flatnonzero(codes == code) for code in range(int(codes.max()) + 1)]
        self.count, size = len(rows), max(len(place) for place in rows)
        self.n, self.p, self.restricted, self.levels = len(y), x.shape[1], restricted, levels
        self.rows = rows
        self.x = np.zeros((self.count, size, self.p))
        self.y, there = np.zeros((self.count, size)), np.zeros((self.count, size))
        self.v = np.tile(np.eye(size), (self.count, 1, 1))
        for j, place in enumerate(rows):
            m = len(place)
            self.x[j, :m], self.y[j, :m], there[j, :m] = x[place], y[place], 1.0
            root = np.sqrt(v[place])
            self.v[j, :m, :m] = np.outer(root, root) * (rho + (1 - rho) * np.eye(m))
        shapes = {
            "study": there[:, :, None] * there[:, None, :],
            "effect": there[:, :, None] * np.eye(size),
        }
        self.shapes = np.array([shapes[level] for level in levels])  # (levels, studies, m, m)
        self.unit = float(np.median(v))
        self.constant = float(np.linalg.slogdet(x.T @ x)[1]) / 2 if restricted else 0.0

    def covariance(self, variances: Vector) -> Array:
        """Covariance of all effects in their own order, shape (n, n)."""
        found = np.zeros((self.n, self.n))
        blocks = self.v + np.tensordot(variances, self.shapes, 1)
        for block, place in zip(blocks, self.rows, strict=True):
            found[np.ix_(place, place)] = block[: len(place), : len(place)]
        return found

    def fit(self, variances: Vector, derivatives: bool = True) -> _Fit:
        """Coefficients, log likelihood and its derivatives by the variances."""
        w = np.asarray(np.linalg.inv(self.v + np.tensordot(variances, self.shapes, 1)), float)
        wx = w @ self.x
        crossed = np.einsum("jmp,jmq->pq", self.x, wx)
        bread = np.linalg.inv(crossed)
        bread = (bread + bread.T) / 2
        b = bread @ np.einsum("jmp,jm->p", wx, self.y)
        rest = self.y - self.x @ b
        u = np.einsum("jmk,jk->jm", w, rest)
        log_det = -float(np.linalg.slogdet(w)[1].sum())
        n = self.n
        if self.restricted:
            n, log_det = n - self.p, log_det + float(np.linalg.slogdet(crossed)[1])
        value = -(n * np.log(2 * np.pi) + log_det + float((rest * u).sum())) / 2 + self.constant
        if not derivatives:
            return _Fit(b, bread, value, np.zeros(0), np.zeros((0, 0)), np.zeros((0, 0)))
        return _Fit(b, bread, value, *self._derivatives(w, wx, bread, u))

    def _derivatives(
        self, w: Array, wx: Array, bread: Array, u: Vector
    ) -> tuple[Vector, Array, Array]:
        """Gradient, Hessian and expected information; P = W - W X M X'W, and P y = u."""
        inner = w @ self.shapes  # W G, (levels, j, m, m)
        gu = np.einsum("cjmk,jk->cjm", self.shapes, u)
        wgu = np.einsum("jmk,cjk->cjm", w, gu)
        moved = np.einsum("jmp,cjm->cp", wx, gu)  # X'W G u
        curve = np.einsum("cjm,djm->cd", gu, wgu) - moved @ bread @ moved.T
        trace = np.einsum("cjmm->c", inner)
        double = np.einsum("cjmk,djkm->cd", inner, inner)
        if self.restricted:
            gwx = np.einsum("cjmk,jkp->cjmp", self.shapes, wx)
            second = np.einsum("jmp,cjmq->cpq", wx, gwx)  # X'W G W X
            third = np.einsum("cjmp,jmk,djkq->cdpq", gwx, w, gwx)
            scaled = bread @ second
            trace = trace - np.einsum("cpp->c", scaled)
            double = double - 2 * np.einsum("pq,cdqp->cd", bread, third)
            double = double + np.einsum("cpq,dqp->cd", scaled, scaled)
        gradient = (np.einsum("jm,cjm->c", u, gu) - trace) / 2
        return gradient, double / 2 - curve, double / 2

    def maximise(self, fixed: dict[int, float] | None = None, near: Vector | None = None) -> Vector:
        """Variances with the largest likelihood, some of them held at a value."""
        held = fixed or {}
        starts = [near] if near is not None else self._starts()
        best, highest = starts[0], -np.inf
        for start in starts:
            first = start.copy()
            for place, value in held.items():
                first[place] = value
            value = self.fit(first, derivatives=False).log_likelihood
            if value > highest:
                best, highest = first, value
        moving = np.array([place not in held for place in range(len(self.levels))])
        return self._climb(best, moving)

    def _starts(self) -> list[Vector]:
        spread = max(float(np.var(self.y[self.shapes[0].any(axis=2)])), self.unit)
        grid = np.meshgrid(*[np.array(_STARTS) * spread / 2] * len(self.levels))
        return list(np.column_stack([part.ravel() for part in grid]))

    def _climb(self, variances: Vector, moving: NDArray[np.bool_]) -> Vector:
        """Newton's method (scoring where the likelihood is not concave) with variances above 0."""
        here = self.fit(variances)
        for _ in range(_ROUNDS):
            free = moving & ((variances > 0) | (here.gradient > 0))
            if not free.any():
                return variances
            step = np.zeros(len(variances))
            curve = -here.hessian[np.ix_(free, free)]
            if np.linalg.eigvalsh(curve)[0] <= 0:
                curve = here.information[np.ix_(free, free)]
            step[free] = np.linalg.solve(curve, here.gradient[free])
            new, there = variances, here
            for halving in range(60):
                new = np.maximum(variances + step / 2**halving, 0.0)
                there = self.fit(new)
                if there.log_likelihood >= here.log_likelihood:
                    break
            else:
                return variances
            change = float(np.abs(new - variances).max())
            variances, here = new, there
            if change <= _TOLERANCE * (self.unit + float(variances.max())):
                return variances
        return variances

    def homogeneity(self) -> float:
        """Q: weighted squares of residuals without variances of true effects."""
        b = self.fit(np.zeros(len(self.levels)), derivatives=False).coefficients
        rest = self.y - self.x @ b
        return float(np.einsum("jm,jmk,jk->", rest, np.linalg.inv(self.v), rest))

    def profile(self, place: int, best: Vector, coverage: float) -> tuple[float, float]:
        """Variances at which twice the log likelihood has fallen by the chi-square quantile."""
        from scipy.optimize import brentq
        from scipy.special import chdtri

        top = self.fit(best, derivatives=False).log_likelihood
        allowed = float(chdtri(1, 1 - coverage)) / 2

        def fall(value: float) -> float:
            near = best.copy()
            near[place] = value
            other = self.maximise({place: value}, near)
            return top - self.fit(other, derivatives=False).log_likelihood - allowed

        here = float(best[place])
        low = 0.0
        if here > 0 and fall(0.0) > 0:
            low = float(brentq(fall, 0.0, here, xtol=1e-10 * self.unit, rtol=1e-12))
        high = here + self.unit
        while fall(high) < 0:
            high = 2 * high
        return low, float(brentq(fall, here, high, xtol=1e-10 * self.unit, rtol=1e-12))


def _components(
    blocks: Blocks, variances: Vector, interval: float, profile: bool
) -> tuple[VarianceComponent, ...]:
    """Variances with their intervals and shares; typical variance as in `heterogeneity`."""
    fit = blocks.fit(np.zeros(len(variances)), derivatives=False)
    w = np.linalg.inv(blocks.v)
    wx = w @ blocks.x
    filled = blocks.y.size - blocks.n
    trace = float(np.einsum("jmm->", w)) - filled
    trace -= float(np.einsum("pq,jmq,jmp->", fit.covariance, wx, wx))
    typical = (blocks.n - blocks.p) / trace
    total = float(variances.sum()) + typical
    found = []
    for place, level in enumerate(blocks.levels):
        low = high = float("nan")
        if profile:
            low, high = blocks.profile(place, variances, interval)
        value = float(variances[place])
        found.append(VarianceComponent(level, value, low, high, 100 * value / total))
    return tuple(found)


def _prediction(intercept: CoefficientTest, variance: float, interval: float) -> PredictionInterval:
    low, high = prediction_limits(
        intercept.estimate, intercept.se, variance, intercept.df, interval
    )
    convention = "z" if np.isinf(intercept.df) else "t(studies-p)"
    return PredictionInterval(low, high, intercept.df, convention)
