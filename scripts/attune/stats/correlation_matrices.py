"""Correlation matrices of studies: sampling covariances, pooled matrices, partial correlations.

The first stage of a meta-analytic regression: correlations of one study depend on each other, and
few studies measure every variable. Generalised least squares pools all of them at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.regression import CoefficientTest, coefficient_test

Vector = NDArray[np.float64]
Array = NDArray[np.float64]
Pair = tuple[int, int]

Between = Literal["common", "equal", "diagonal", "unstructured"]
BETWEEN: tuple[Between, ...] = ("common", "equal", "diagonal", "unstructured")

SMALLEST_N = 4
"""Fewest people behind a correlation that enters, as for Fisher's z."""

_SINGULAR = 1e-8
"""Smallest eigenvalue of a correlation matrix that is not singular up to rounding of its digits."""

_ROUNDS = 200
"""Newton steps; five to fifteen are usual."""

_TOLERANCE = 1e-12
"""Change of the variances, relative to their size, that is rounding error."""

_FEWEST_KEPT = 0.5
"""Share of draws that must be correlation matrices: below, intervals describe what was left."""

_STARTS = (0.0, 0.01, 0.05)
"""Variances between studies from which the search may start: standard deviations of r up to .22."""


def pairs_of(p: int) -> list[Pair]:
    """Pairs of p variables in the order of the columns of the upper triangle, row by row.

    Examples
    --------
    >>> pairs_of(3)
    [(0, 1), (0, 2), (1, 2)]
    """
    return [(i, j) for i in range(p) for j in range(i + 1, p)]


def matrix_of(correlations: ArrayLike, p: int) -> Array:
    """Correlation matrices from the correlations of `pairs_of`, shape (..., q) to (..., p, p).

    Examples
    --------
    >>> matrix_of([0.5], 2)
    array([[1. , 0.5],
           [0.5, 1. ]])
    """
    r = np.asarray(correlations, dtype=float)
    found = np.zeros((*r.shape[:-1], p, p))
    found[..., range(p), range(p)] = 1.0
    first, second = np.array(pairs_of(p), dtype=int).T
    found[..., first, second] = found[..., second, first] = r
    return found


def checked_correlation_matrix(matrix: ArrayLike, names: Sequence[str] = ()) -> Array:
    """A complete correlation matrix of which an inverse exists.

    Parameters
    ----------
    matrix : array_like, shape (p, p)
    names : sequence of str
        Of the variables, for messages.

    Raises
    ------
    AnalysisError
        Not square or not symmetric, a diagonal that is not 1, a missing correlation, one of -1 or
        1 or beyond; singular, or not positive definite (which no data give, but matrices whose
        correlations come from different people can be). All problems at once.

    Examples
    --------
    >>> checked_correlation_matrix([[1, 0.5], [0.5, 1]])[0, 1]
    np.float64(0.5)
    """
    r = np.asarray(matrix, dtype=float)
    if r.ndim != 2 or r.shape[0] != r.shape[1] or not len(r):
        raise AnalysisError(f"The correlation matrix has the shape {r.shape}; it must be square.")
    labels = list(names) or [f"x{place + 1}" for place in range(len(r))]
    faults = []
    if len(labels) != len(r):
        faults.append(f"There are {len(r)} variables and {len(labels)} names.")
        labels = [f"x{place + 1}" for place in range(len(r))]
    faults += [
        f"{labels[i]}: the diagonal is {r[i, i]:g}; a correlation matrix has 1."
        for i in range(len(r))
        if not abs(r[i, i] - 1) < 1e-9
    ]
    faults += list(_faults_of_pairs(r, labels, complete=True))
    if not faults:
        smallest = float(np.linalg.eigvalsh(r)[0])
        if smallest < -_SINGULAR:
            faults.append(
                f"The matrix is not positive definite (smallest eigenvalue {smallest:.3g}): no data"
                " of complete cases have these correlations together. Check them, or take them from"
                " the same people."
            )
        elif smallest < _SINGULAR:
            faults.append(
                "The matrix is singular: one variable follows from the others, as a total does from"
                " its subscales. Leave it out."
            )
    if faults:
        raise AnalysisError("The correlation matrix cannot be used.", faults)
    return r


def _faults_of_pairs(r: Array, labels: Sequence[str], complete: bool) -> list[str]:
    """Correlations that are missing, impossible or different in the two triangles."""
    faults = []
    for i, j in pairs_of(len(r)):
        pair = f"{labels[i]} and {labels[j]}"
        one, two = r[i, j], r[j, i]
        if np.isnan(one) and np.isnan(two):
            if complete:
                faults.append(f"The correlation of {pair} is missing.")
        elif not abs(one - two) < 1e-9:
            faults.append(f"The correlation of {pair} is {one:g} and {two:g}; give it once.")
        elif abs(one) >= 1:
            faults.append(
                f"The correlation of {pair} is {one:g}; allowed are values between -1 and 1. Two"
                " variables that correlate perfectly are one."
            )
    return faults


def partial_correlations(matrix: ArrayLike) -> Vector:
    r"""Correlation of each variable with the last one, all others held constant.

    .. math:: r_{iy \cdot \text{rest}} = -\frac{P_{iy}}{\sqrt{P_{ii} P_{yy}}}, \qquad P = R^{-1}

    Parameters
    ----------
    matrix : array_like, shape (..., p + 1, p + 1)
        Positive definite correlation matrices, the outcome last.

    Returns
    -------
    ndarray, shape (..., p)

    References
    ----------
    Whittaker, J. (1990). Graphical models in applied multivariate statistics. Wiley.

    Examples
    --------
    By hand with two predictors: (.5 - .4 * .3) / sqrt((1 - .16) (1 - .09)) = .434634.

    >>> r = [[1, 0.3, 0.5], [0.3, 1, 0.4], [0.5, 0.4, 1]]
    >>> [round(float(value), 6) for value in partial_correlations(r)]
    [0.434634, 0.302614]
    """
    inverse = np.linalg.inv(np.asarray(matrix, dtype=float))
    scale = np.sqrt(np.einsum("...ii->...i", inverse))
    return np.asarray(-inverse[..., :-1, -1] / (scale[..., :-1] * scale[..., -1:]), dtype=float)


def correlation_covariance(matrix: ArrayLike, n: float) -> Array:
    r"""Asymptotic sampling covariance of the correlations of one sample.

    .. math::
        (n - 1) \operatorname{cov}(r_{ij}, r_{kl}) =
        \tfrac12 \rho_{ij} \rho_{kl} (\rho_{ik}^2 + \rho_{il}^2 + \rho_{jk}^2 + \rho_{jl}^2)
        + \rho_{ik} \rho_{jl} + \rho_{il} \rho_{jk}
        - (\rho_{ij} \rho_{ik} \rho_{il} + \rho_{ji} \rho_{jk} \rho_{jl}
        + \rho_{ki} \rho_{kj} \rho_{kl} + \rho_{li} \rho_{lj} \rho_{lk})

    For one and the same correlation this is (1 - rho^2)^2 / (n - 1). Scores are taken to be
    multivariate normal.

    Parameters
    ----------
    matrix : array_like, shape (p, p)
        Correlations in place of rho; NaN where one is unknown, which spreads to the covariances
        that need it.
    n : float
        At least 4.

    Returns
    -------
    ndarray, shape (q, q), with q = p (p - 1) / 2
        In the order of `pairs_of`.

    References
    ----------
    Olkin, I., & Siotani, M. (1976). Asymptotic distribution of functions of a correlation matrix.
    In S. Ikeda (Ed.), Essays in probability and statistics (pp. 235-251). Shinko Tsusho.

    Becker, B. J. (1992). Using results from replicated studies to estimate linear models. Journal
    of Educational Statistics, 17, 341-362. https://doi.org/10.3102/10769986017004341

    Examples
    --------
    >>> correlation_covariance([[1, 0.5], [0.5, 1]], 10)
    array([[0.0625]])

    Two correlations with one variable in common, all others 0: only rho_jk = .5 counts, .5 / 9.

    >>> r = [[1, 0, 0], [0, 1, 0.5], [0, 0.5, 1]]
    >>> round(float(correlation_covariance(r, 10)[0, 1]), 6)
    0.055556
    """
    if not n >= SMALLEST_N:
        raise AnalysisError(f"n is {n:g}; a correlation needs at least {SMALLEST_N} people.")
    r = np.asarray(matrix, dtype=float)
    i, j = (place[:, None] for place in np.array(pairs_of(len(r)), dtype=int).T)
    k, m = i.T, j.T
    squares = r[i, k] ** 2 + r[i, m] ** 2 + r[j, k] ** 2 + r[j, m] ** 2
    found = r[i, j] * r[k, m] * squares / 2 + r[i, k] * r[j, m] + r[i, m] * r[j, k]
    found -= r[i, j] * r[i, k] * r[i, m] + r[j, i] * r[j, k] * r[j, m]
    found -= r[k, i] * r[k, j] * r[k, m] + r[m, i] * r[m, j] * r[m, k]
    return np.asarray(found / (n - 1), dtype=float)


@dataclass(frozen=True)
class PooledCorrelations:
    """A pooled correlation matrix.

    Attributes
    ----------
    names : tuple of str, length p
        Of the variables.
    pairs : list of (int, int), length q
        The pooled correlations: places of their two variables in `names`.
    correlations : tuple of CoefficientTest, length q
        Estimates, standard errors and Wald tests on the scale of r.
    covariance : ndarray, shape (q, q)
        Of the pooled correlations.
    between : {"common", "equal", "diagonal", "unstructured"}
        Model of the variance between studies that was fitted.
    between_covariance : ndarray, shape (q, q)
        Of the true correlations between studies; 0 for a common matrix. NaN on the diagonal where
        only one study gives a correlation.
    studies : ndarray of int, shape (q,)
        Number of studies behind each correlation.
    q, q_df, q_p : float
        Test that all studies share one matrix; NaN without degrees of freedom.
    log_likelihood : float
        Restricted; NaN for a common matrix.
    k, people : int
        Studies, and the sum of their n.
    """

    names: tuple[str, ...]
    pairs: list[Pair]
    correlations: tuple[CoefficientTest, ...]
    covariance: Array
    between: str
    between_covariance: Array
    studies: NDArray[np.int_]
    q: float
    q_df: int
    q_p: float
    log_likelihood: float
    k: int
    people: int

    @property
    def estimates(self) -> Vector:
        """Pooled correlations in the order of `pairs`."""
        return np.array([test.estimate for test in self.correlations])

    @property
    def matrix(self) -> Array:
        """Pooled correlation matrix, shape (p, p)."""
        return matrix_of(self.estimates, len(self.names))

    def correlation(self, one: str, two: str) -> CoefficientTest:
        """Test of one pooled correlation."""
        return self.correlations[self._place(one, two)]

    def tau(self, one: str, two: str) -> float:
        """Standard deviation of one true correlation between studies; NaN if unknown."""
        place = self._place(one, two)
        return float(np.sqrt(self.between_covariance[place, place]))

    def _place(self, one: str, two: str) -> int:
        unknown = [name for name in (one, two) if name not in self.names]
        if unknown or one == two:
            raise AnalysisError(
                f"There is no pooled correlation of {one!r} and {two!r}; there are those of"
                f" {', '.join(self.names)}."
            )
        i, j = sorted((self.names.index(one), self.names.index(two)))
        return self.pairs.index((i, j))

    def draws(self, samples: int, generator: np.random.Generator) -> Array:
        """Matrices drawn from the sampling distribution of the pooled correlations.

        A draw that is not a correlation matrix is left out, so that fewer may come back.

        Parameters
        ----------
        samples : int
        generator : numpy.random.Generator

        Returns
        -------
        ndarray, shape (at most samples, p, p)
        """
        # The symmetric root is the only one of its kind. Eigenvectors alone may come with either
        # sign, as the processor's LAPACK has it, and the same seed would draw other matrices.
        values, vectors = np.linalg.eigh(self.covariance)
        root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
        drawn = self.estimates + generator.standard_normal((samples, len(root))) @ root
        matrices = matrix_of(drawn, len(self.names))
        return np.asarray(matrices[np.linalg.eigvalsh(matrices)[:, 0] > _SINGULAR], dtype=float)


Values = TypeVar("Values")


def monte_carlo_values(
    pooled: PooledCorrelations,
    function: Callable[[Array], Values],
    samples: int,
    generator: np.random.Generator,
) -> tuple[Values, float]:
    """What follows from matrices drawn around a pooled one; quantiles of it are its limits.

    Parameters
    ----------
    pooled : PooledCorrelations
    function : callable
        From matrices of shape (samples, p, p) to arrays with one row per matrix.
    samples : int
    generator : numpy.random.Generator

    Returns
    -------
    values
        What the function returns.
    kept : float
        Share of the draws that are correlation matrices; the others are left out.

    Raises
    ------
    AnalysisError
        Fewer than half of the draws are: the pooled matrix is too uncertain for an interval.

    References
    ----------
    Preacher, K. J., & Selig, J. P. (2012). Advantages of Monte Carlo confidence intervals for
    indirect effects. Communication Methods and Measures, 6, 77-98.
    https://doi.org/10.1080/19312458.2012.679848
    """
    drawn = pooled.draws(samples, generator)
    kept = len(drawn) / samples
    if kept < _FEWEST_KEPT:
        raise AnalysisError(
            "Fewer than half of the draws around the pooled correlations are correlation matrices;"
            " they are too uncertain for an interval."
        )
    return function(drawn), kept


def pool_correlations(
    matrices: Sequence[ArrayLike],
    sizes: Sequence[float],
    names: Sequence[str],
    labels: Sequence[str] = (),
    between: Between = "diagonal",
    covariances: Literal["mean", "own"] = "mean",
    interval: float = 0.95,
) -> PooledCorrelations:
    r"""Pool correlation matrices by generalised least squares.

    .. math:: r_i = X_i \rho + u_i + e_i, \qquad u_i \sim N(0, X_i T X_i'), \qquad
              \hat\rho = \Bigl(\sum_i X_i' V_i^{-1} X_i\Bigr)^{-1} \sum_i X_i' V_i^{-1} r_i, \qquad
              V_i = S_i + X_i T X_i'

    r holds the correlations that a study gives, X selects them, S is their sampling covariance
    (`correlation_covariance`) and T, the covariance of the true correlations between studies, is
    estimated by restricted maximum likelihood. Studies that did not measure a variable add nothing
    to its correlations; that they did not is taken to have nothing to do with their results.

    Tests are Wald tests and assume many studies. With few, T is hardly known and intervals are too
    narrow.

    Parameters
    ----------
    matrices : sequence of array_like, shape (p, p)
        One of each study, NaN for what it does not give. A study that gives a single correlation
        enters with it.
    sizes : sequence of float
        People of each study, at least 4.
    names : sequence of str, length p
        Of the variables.
    labels : sequence of str
        Of the studies, for messages.
    between : {"common", "equal", "diagonal", "unstructured"}
        T: zero; one variance for all correlations; a variance of each; all variances and
        covariances. A variance of which only one study tells is held at zero (and reported as
        NaN), which leaves sampling error as the only uncertainty of that correlation.
        One study alone is taken as it is, whatever is asked for.
    covariances : {"mean", "own"}
        Correlations that the sampling covariances are computed from: means over the studies,
        weighted by n (Becker & Fahrbach), which do not give studies with large correlations by
        chance more weight; or those of the study itself, whose matrix must then be complete for
        the variables that it measured.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        All at once, with the study: n below 4, correlations of 1 or beyond, matrices that are
        singular or not positive definite, correlations that no study gives; too few studies for an
        unstructured T.

    References
    ----------
    Becker, B. J. (1992). Using results from replicated studies to estimate linear models. Journal
    of Educational Statistics, 17, 341-362. https://doi.org/10.3102/10769986017004341

    Cheung, M. W.-L., & Chan, W. (2005). Meta-analytic structural equation modeling: A two-stage
    approach. Psychological Methods, 10, 40-64. https://doi.org/10.1037/1082-989X.10.1.40

    Examples
    --------
    The common correlation of two variables is weighted by n - 1: (9 * .2 + 27 * .6) / 36.

    >>> matrices = [[[1, r], [r, 1]] for r in (0.2, 0.6)]
    >>> pooled = pool_correlations(matrices, [10, 28], ["x", "y"], between="common")
    >>> round(pooled.correlation("x", "y").estimate, 6)
    0.5
    """
    studies = _Studies.arrange(matrices, sizes, names, labels, covariances)
    if between not in BETWEEN:
        raise AnalysisError(f"between is {between!r}; allowed are {', '.join(BETWEEN)}.")
    model: Between = between if studies.k > 1 else "common"
    if model == "unstructured":
        studies.require_repeated_pairs()
    t = studies.between(model)
    fit = studies.fit(t)
    found = tuple(
        coefficient_test(
            float(value), float(np.sqrt(fit.covariance[place, place])), np.inf, interval
        )
        for place, value in enumerate(fit.correlations)
    )
    q, q_df, q_p = studies.homogeneity()
    unknown = (studies.counts < 2) & (model not in ("common", "equal"))
    shown = t.copy()
    shown[unknown, unknown] = np.nan
    return PooledCorrelations(
        names=tuple(names),
        pairs=pairs_of(len(names)),
        correlations=found,
        covariance=fit.covariance,
        between=model,
        between_covariance=shown,
        studies=studies.counts,
        q=q,
        q_df=q_df,
        q_p=q_p,
        log_likelihood=float("nan") if model == "common" else fit.log_likelihood,
        k=studies.k,
        people=round(float(np.sum(sizes))),
    )


@dataclass(frozen=True)
class _Fit:
    correlations: Vector
    covariance: Array
    log_likelihood: float
    inverses: Array = field(repr=False)
    """Inverse covariance of each study, zero where it gives no correlation; (k, q, q)."""
    weighted: Array = field(repr=False)
    """Residuals weighted by these; (k, q)."""


@dataclass(frozen=True)
class _Studies:
    """Correlations of all studies with their sampling covariances, zero where there is none."""

    r: Array  # (k, q)
    there: NDArray[np.bool_]  # (k, q)
    sampling: Array  # (k, q, q)
    pairs: list[str]

    @classmethod
    def arrange(
        cls,
        matrices: Sequence[ArrayLike],
        sizes: Sequence[float],
        names: Sequence[str],
        labels: Sequence[str],
        covariances: str,
    ) -> "_Studies":
        """Studies as arrays, every one of them checked."""
        given = [np.asarray(matrix, dtype=float) for matrix in matrices]
        known = _checked_studies(given, sizes, names, labels)
        first, second = np.array(pairs_of(len(names)), dtype=int).T
        r = np.array([matrix[first, second] for matrix in known])
        there = np.isfinite(r)
        pairs = [f"{names[i]} and {names[j]}" for i, j in pairs_of(len(names))]
        absent = [pair for pair, found in zip(pairs, there.any(axis=0), strict=True) if not found]
        if absent:
            raise AnalysisError(
                "The correlations cannot be pooled.",
                [f"No study gives the correlation of {pair}." for pair in absent],
            )
        weights = np.where(there, np.asarray(sizes, dtype=float)[:, None], 0.0)
        mean = matrix_of(
            (weights * np.where(there, r, 0)).sum(axis=0) / weights.sum(axis=0), len(names)
        )
        sampling = np.zeros((*r.shape, r.shape[1]))
        for place, (matrix, n) in enumerate(zip(known, sizes, strict=True)):
            both = np.outer(there[place], there[place])
            full = correlation_covariance(mean if covariances == "mean" else matrix, n)
            sampling[place][both] = full[both]
        if covariances not in ("mean", "own"):
            raise AnalysisError(f"covariances is {covariances!r}; allowed are mean and own.")
        if not np.isfinite(sampling).all():
            raise AnalysisError(
                "A study gives some correlations of its variables, but not all of them, so that"
                " their sampling covariances cannot be computed from its own. Use"
                " covariances='mean'."
            )
        found = cls(np.where(there, r, 0.0), there, sampling, pairs)
        found.require_inverses(labels)
        return found

    @property
    def k(self) -> int:
        return len(self.r)

    @property
    def counts(self) -> NDArray[np.int_]:
        """Studies behind each correlation."""
        return np.asarray(self.there.sum(axis=0))

    def require_inverses(self, labels: Sequence[str]) -> None:
        """Every sampling covariance must have an inverse."""
        faults = []
        for place, (own, there) in enumerate(zip(self.sampling, self.there, strict=True)):
            block = own[np.ix_(there, there)]
            if np.linalg.eigvalsh(block)[0] <= 1e-10 * np.trace(block):
                name = labels[place] if labels else f"study {place + 1}"
                faults.append(
                    f"{name}: the sampling covariance of its correlations has no inverse; the"
                    " correlations that it is computed from are not a correlation matrix, or one"
                    " variable follows from others."
                )
        if faults:
            raise AnalysisError("The correlations cannot be pooled.", faults)

    def require_repeated_pairs(self) -> None:
        """An unstructured T needs two studies for every pair of correlations."""
        together = self.there.T.astype(int) @ self.there.astype(int)
        if together.min() < 2:
            raise AnalysisError(
                "An unstructured covariance between studies needs two studies or more with every"
                " pair of correlations; some pairs have fewer. Use diagonal or equal."
            )

    def fit(self, t: Array) -> _Fit:
        """Pooled correlations for a given covariance between studies."""
        q = self.r.shape[1]
        absent = ~self.there
        both = self.there[:, :, None] & self.there[:, None, :]
        v = self.sampling + np.where(both, t, 0.0)
        v[:, range(q), range(q)] += absent
        w = np.asarray(np.linalg.inv(v), dtype=float)
        w[:, range(q), range(q)] -= absent
        bread = np.linalg.inv(w.sum(axis=0))
        bread = (bread + bread.T) / 2
        rho = bread @ np.einsum("kab,kb->a", w, self.r)
        rest = np.where(self.there, self.r - rho, 0.0)
        u = np.einsum("kab,kb->ka", w, rest)
        log_det = float(np.linalg.slogdet(v)[1].sum()) - float(np.linalg.slogdet(bread)[1])
        constant = (self.there.sum() - q) * np.log(2 * np.pi) - np.log(self.counts).sum()
        value = -(constant + log_det + float((rest * u).sum())) / 2
        return _Fit(rho, bread, value, w, u)

    def homogeneity(self) -> tuple[float, int, float]:
        """Test that all studies share one matrix, by sampling covariances alone."""
        from scipy.special import chdtrc

        q = self.r.shape[1]
        fit = self.fit(np.zeros((q, q)))
        rest = np.where(self.there, self.r - fit.correlations, 0.0)
        df = int(self.there.sum()) - q
        value = float((rest * fit.weighted).sum()) if df else float("nan")
        return value, df, float(chdtrc(df, value)) if df else float("nan")

    def between(self, model: Between) -> Array:
        """The covariance between studies with the largest restricted likelihood."""
        q = self.r.shape[1]
        if model == "common":
            return np.zeros((q, q))
        # With one study of a correlation its variance is not in the likelihood.
        shapes = np.ones((q, 1)) if model == "equal" else np.eye(q)[:, self.counts > 1]
        starts = [np.full(shapes.shape[1], start) for start in _STARTS]
        values = [self.fit(np.diag(shapes @ start)).log_likelihood for start in starts]
        t = np.diag(shapes @ self._climb(starts[int(np.argmax(values))], shapes))
        return self._unstructured(t) if model == "unstructured" else t

    def _derivatives(self, fit: _Fit, shapes: Array) -> tuple[Vector, Array, Array]:
        """Gradient, Hessian and expected information by variances, T = diag(shapes theta)."""
        w, u, m = fit.inverses, fit.weighted, fit.covariance
        outer = np.einsum("kac,kcb->cab", w, w)  # summed over studies: W e_c e_c' W
        moved = np.einsum("kac,kc->ca", w, u)
        scaled = m @ outer
        double = np.einsum("kcd,kcd->cd", w, w)
        double -= 2 * np.einsum("kcd,kcd->cd", w @ m @ w, w)
        double += np.einsum("cab,dba->cd", scaled, scaled)
        curve = np.einsum("kc,kcd,kd->cd", u, w, u) - moved @ m @ moved.T
        trace = np.einsum("kcc->c", w) - np.einsum("caa->c", scaled)
        gradient = ((u**2).sum(axis=0) - trace) / 2
        hessian = double / 2 - curve
        return shapes.T @ gradient, shapes.T @ hessian @ shapes, shapes.T @ double @ shapes / 2

    def _climb(self, theta: Vector, shapes: Array) -> Vector:
        """Newton's method (scoring where the likelihood is not concave) with variances from 0."""
        here = self.fit(np.diag(shapes @ theta))
        for _ in range(_ROUNDS):
            gradient, hessian, information = self._derivatives(here, shapes)
            free = (theta > 0) | (gradient > 0)
            if not free.any():
                return theta
            curve = -hessian[np.ix_(free, free)]
            if np.linalg.eigvalsh(curve)[0] <= 0:
                curve = information[np.ix_(free, free)]
            step = np.zeros(len(theta))
            step[free] = np.linalg.lstsq(curve, gradient[free], rcond=None)[0]
            for halving in range(60):
                new = np.maximum(theta + step / 2**halving, 0.0)
                there = self.fit(np.diag(shapes @ new))
                if there.log_likelihood >= here.log_likelihood:
                    break
            else:
                return theta
            change = float(np.abs(new - theta).max())
            theta, here = new, there
            if change <= _TOLERANCE * (1e-3 + float(theta.max())):
                return theta
        return theta

    def _unstructured(self, t: Array) -> Array:
        """T = L L' with L lower triangular, from the diagonal T on."""
        from scipy.optimize import minimize

        q = len(t)
        lower = np.tril_indices(q)

        def loss(values: Vector) -> tuple[float, Vector]:
            root = np.zeros((q, q))
            root[lower] = values
            fit = self.fit(root @ root.T)
            w, u = fit.inverses, fit.weighted
            slope = np.einsum("ka,kb->ab", u, u) - w.sum(axis=0)
            slope += np.einsum("kab,bc,kcd->ad", w, fit.covariance, w)
            return -fit.log_likelihood, -(slope @ root)[lower]

        start = np.diag(np.sqrt(np.maximum(t.diagonal(), 1e-4))) + 1e-3 * np.tril(
            np.ones((q, q)), -1
        )
        found = minimize(
            loss, start[lower], jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 5000}
        )
        root = np.zeros((q, q))
        root[lower] = found.x
        return np.asarray(root @ root.T, dtype=float)


def _checked_studies(
    matrices: Sequence[Array], sizes: Sequence[float], names: Sequence[str], labels: Sequence[str]
) -> list[Array]:
    """Matrices of studies, symmetric, with every problem of every study at once."""
    p, faults, found = len(names), [], []
    if len(matrices) != len(sizes) or (labels and len(labels) != len(matrices)) or not matrices:
        raise AnalysisError(
            f"There are {len(matrices)} matrices, {len(sizes)} sizes and {len(labels)} labels; each"
            " study needs one of each."
        )
    if p < 2:
        raise AnalysisError("A correlation matrix has two variables or more.")
    for place, (matrix, n) in enumerate(zip(matrices, sizes, strict=True)):
        name = labels[place] if labels else f"study {place + 1}"
        if matrix.shape != (p, p):
            faults.append(f"{name}: the matrix has the shape {matrix.shape}, not {(p, p)}.")
            continue
        if not SMALLEST_N <= n < np.inf:
            faults.append(f"{name}: n is {n:g}; a correlation needs at least {SMALLEST_N} people.")
        # What is given in one triangle only is the correlation.
        both = np.where(np.isnan(matrix), matrix.T, matrix)
        wrong = _faults_of_pairs(both, names, complete=False)
        faults += [f"{name}: {fault}" for fault in wrong]
        measured = np.isfinite(both - np.diag(both.diagonal())).sum(axis=0) > 0
        own = both[np.ix_(measured, measured)].copy()
        own[np.diag_indices(len(own))] = 1.0
        if not np.isfinite(both[np.triu_indices(p, 1)]).any():
            faults.append(f"{name}: it gives no correlation.")
        elif not wrong and np.isfinite(own).all() and np.linalg.eigvalsh(own)[0] < _SINGULAR:
            faults.append(
                f"{name}: its correlation matrix is singular or not positive definite. Check the"
                " correlations; a total beside all of its subscales cannot enter."
            )
        found.append(both)
    if faults:
        raise AnalysisError("The correlations cannot be pooled.", faults)
    return found
