"""Cluster-robust (CR2) standard errors of linear models, with Satterthwaite degrees of freedom."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.mixed_model_tests import FTest
from attune.stats.model_formula import require_full_rank
from attune.stats.regression import CoefficientTest, coefficient_test

Vector = NDArray[np.float64]
Array = NDArray[np.float64]

_ZERO = 1e-10
"""Eigenvalue of an adjustment matrix, relative to the largest, that is 0 up to rounding: the
coefficients fit a direction of the cluster's rows exactly, as with one indicator per cluster."""


@dataclass(frozen=True)
class ClusterRobust:
    """Coefficients of a (weighted) linear regression with their cluster-robust covariance.

    Attributes
    ----------
    names : tuple of str
    coefficients : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
        CR2.
    n, n_clusters : int
    """

    names: tuple[str, ...]
    coefficients: Vector
    covariance: Array
    n: int
    n_clusters: int
    sandwich: "Sandwich" = field(repr=False)

    def test(self, weights: ArrayLike, interval: float = 0.95) -> CoefficientTest:
        r"""Test of a weighted sum of coefficients by t.

        .. math:: \nu = \frac{\{\sum_j p_j' \Phi p_j\}^2}{\sum_j \sum_k (p_j' \Phi p_k)^2}

        Satterthwaite degrees of freedom of the variance, a sum of squares of p_j' e over clusters,
        under the working model.

        Parameters
        ----------
        weights : array_like, shape (p,)
        interval : float
            Coverage.
        """
        row = np.asarray(weights, dtype=float)
        df = self.sandwich.degrees_of_freedom(row)
        se = float(np.sqrt(row @ self.covariance @ row))
        return coefficient_test(float(row @ self.coefficients), se, df, interval)

    def coefficient(self, name: str, interval: float = 0.95) -> CoefficientTest:
        """Test of one coefficient."""
        if name not in self.names:
            raise AnalysisError(f"There is no coefficient {name!r}; there are: {self.names}.")
        return self.test(np.eye(len(self.names))[self.names.index(name)], interval)

    def f(self, rows: Sequence[ArrayLike]) -> FTest:
        r"""Test of several contrasts together by an approximate Hotelling's T squared (HTZ).

        .. math:: F = \frac{\eta - q + 1}{\eta q} Q, \qquad df = (q, \eta - q + 1)

        with the Wald statistic Q of q contrasts; eta makes the variances of the entries of their
        covariance matrix, summed, those of a Wishart matrix.

        Parameters
        ----------
        rows : sequence of array_like, shape (q, p)
            Independent contrasts.

        Raises
        ------
        AnalysisError
            Too few clusters for the number of contrasts.
        """
        from scipy.special import fdtrc

        matrix = np.asarray(rows, dtype=float)
        q = len(matrix)
        estimate = matrix @ self.coefficients
        few = f"{self.n_clusters} clusters are too few for a test of {q} contrasts together."
        spread = matrix @ self.covariance @ matrix.T
        if np.linalg.matrix_rank(spread, hermitian=True) < q:
            raise AnalysisError(few)
        wald = float(estimate @ np.linalg.solve(spread, estimate))
        trace = np.trace(self.sandwich.products(matrix), axis1=2, axis2=3)
        values, vectors = np.linalg.eigh((trace + trace.T) / 2)
        turned = (vectors / np.sqrt(values)).T @ matrix
        products = self.sandwich.products(turned)
        same = np.einsum("sajk,tbjk->satb", products, products)
        total = sum(same[s, s, t, t] + same[s, t, t, s] for s in range(q) for t in range(q))
        eta = q * (q + 1) / float(total)
        if eta <= q - 1:
            raise AnalysisError(few)
        scaling = (eta - q + 1) / eta
        f, df2 = scaling * wald / q, eta - q + 1
        return FTest(f, q, df2, float(fdtrc(q, df2, f)), scaling)


def cluster_robust(
    outcome: ArrayLike,
    design: ArrayLike,
    clusters: ArrayLike,
    weights: ArrayLike | None = None,
    working: ArrayLike | None = None,
    names: Sequence[str] = (),
    residuals: ArrayLike | None = None,
) -> ClusterRobust:
    r"""Regression with the bias-reduced cluster-robust covariance CR2.

    .. math:: V = M \left\{\sum_j X_j' W_j A_j e_j e_j' A_j' W_j X_j\right\} M, \qquad
              M = (X' W X)^{-1}

    .. math:: A_j = D_j' \{D_j (I - H)_j \Phi (I - H)_j' D_j'\}^{+1/2} D_j, \qquad
              \Phi_j = D_j' D_j

    With these adjustment matrices V is unbiased where the working model Phi of the errors is right,
    and consistent in the number of clusters where it is not. + is the Moore-Penrose inverse.

    Parameters
    ----------
    outcome : array_like, shape (n,)
    design : array_like, shape (n, p)
        With its column of ones. Nothing may be missing.
    clusters : array_like, shape (n,)
        Rows of different clusters are independent. One cluster per row gives HC2.
    weights : array_like, shape (n,) or (n, n), optional
        Of the rows, or the blocks of a matrix; equal if not given. Meta-analyses take the inverse
        of `working`.
    working : array_like, shape (n,) or (n, n), optional
        Variances (or blocks of a covariance matrix) of the working model, up to a factor; equal
        variances if not given. Only the blocks within clusters are used.
    names : sequence of str
        Of the coefficients.
    residuals : array_like, shape (n,), optional
        Others than those of the regression (two-stage least squares).

    Raises
    ------
    AnalysisError
        Missing values, a column that is a linear combination of others, fewer than two clusters,
        no more rows than coefficients, weights or variances that are not positive.

    References
    ----------
    Bell, R. M., & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression
    with multi-stage samples. Survey Methodology, 28, 169-181.

    Pustejovsky, J. E., & Tipton, E. (2018). Small-sample methods for cluster-robust variance
    estimation and hypothesis testing in fixed effects models. Journal of Business & Economic
    Statistics, 36, 672-683. https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    The mean of two clusters of two: the variance is that of the mean of two cluster means, and its
    degree of freedom 1.

    >>> fit = cluster_robust([1, 3, 5, 7], np.ones((4, 1)), ["a", "a", "b", "b"], names=["mean"])
    >>> test = fit.coefficient("mean")
    >>> round(test.estimate, 6), round(test.se, 6), round(test.df, 6)
    (4.0, 2.0, 1.0)
    """
    y, x = np.asarray(outcome, dtype=float), np.asarray(design, dtype=float)
    labels = [str(k) for k in range(x.shape[1])] if len(names) == 0 else list(names)
    _check(y, x, labels)
    codes = np.unique(np.asarray(clusters), return_inverse=True)[1]
    rows = [np.flatnonzero(codes == code) for code in range(int(codes.max()) + 1)]
    if len(rows) < 2:
        raise AnalysisError("Cluster-robust standard errors need at least two clusters.")
    sandwich = Sandwich(x, rows, _blocks(weights, rows), _blocks(working, rows))
    coefficients, rest = sandwich.fit(y)
    if residuals is not None:
        rest = np.asarray(residuals, dtype=float)
    return ClusterRobust(
        names=tuple(labels),
        coefficients=coefficients,
        covariance=sandwich.covariance(rest),
        n=len(y),
        n_clusters=len(rows),
        sandwich=sandwich,
    )


def _check(y: Vector, x: Array, names: list[str]) -> None:
    n, p = x.shape
    if len(y) != n:
        raise AnalysisError(f"The outcome has {len(y)} rows and the design {n}.")
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise AnalysisError("Outcome and design must have no missing or infinite value.")
    if n <= p:
        raise AnalysisError(f"A regression with {p} coefficients needs more than {p} rows.")
    require_full_rank(x, names)


def _blocks(values: ArrayLike | None, rows: list[NDArray[np.intp]]) -> list[Array]:
    """One matrix for each cluster."""
    if values is None:
        return [np.eye(len(place)) for place in rows]
    given = np.asarray(values, dtype=float)
    blocks = [
        np.diag(given[place]) if given.ndim == 1 else given[np.ix_(place, place)] for place in rows
    ]
    for block in blocks:
        if not (np.isfinite(block).all() and np.linalg.eigvalsh(block)[0] > 0):
            raise AnalysisError("Weights and variances of the working model must be positive.")
    return blocks


class Sandwich:
    """The parts of a CR2 covariance that do not depend on the outcome.

    The design is made orthogonal first (X = QR), so that years or squares as predictors cost no
    digits; coefficients, covariances and contrasts are those of X.

    Attributes
    ----------
    bread : ndarray, shape (p, p)
        Inverse of X'WX.
    filling : list of ndarray, shape (n_j, p)
        A_j' W_j Q_j of every cluster.
    """

    def __init__(
        self,
        x: Array,
        rows: list[NDArray[np.intp]],
        weights: list[Array],
        working: list[Array],
    ):
        basis, triangle = np.linalg.qr(x)
        self.turn = np.asarray(np.linalg.inv(triangle), dtype=float)
        self.rows = rows
        self.designs = [basis[place] for place in rows]
        self.weights, self.working = weights, working
        meat = sum(
            (part.T @ w @ part for part, w, _ in self.parts()),
            start=np.zeros((x.shape[1], x.shape[1])),
        )
        self.core = np.asarray(np.linalg.inv(meat), dtype=float)  # of Q'WQ
        middle = sum(
            (
                part.T @ w @ phi @ w @ part
                for part, w, phi in zip(self.designs, weights, working, strict=True)
            ),
            start=np.zeros_like(self.core),
        )
        self.model = np.asarray(self.core @ middle @ self.core)
        self.filling = [
            self._adjustment(part, w, phi).T @ w @ part
            for part, w, phi in zip(self.designs, weights, working, strict=True)
        ]

    @property
    def bread(self) -> Array:
        """Inverse of X'WX."""
        return np.asarray(self.turn @ self.core @ self.turn.T)

    def fit(self, outcome: Vector) -> tuple[Vector, Vector]:
        """Coefficients and residuals of weighted least squares."""
        scores = sum(
            (part.T @ w @ outcome[place] for part, w, place in self.parts()),
            start=np.zeros(len(self.core)),
        )
        b = self.core @ scores
        rest = outcome.copy()
        for part, _, place in self.parts():
            rest[place] -= part @ b
        return self.turn @ b, rest

    def parts(self) -> list[tuple[Array, Array, NDArray[np.intp]]]:
        """Orthogonal design, weights and rows of every cluster."""
        return list(zip(self.designs, self.weights, self.rows, strict=True))

    def _adjustment(self, part: Array, w: Array, phi: Array) -> Array:
        """The matrix A_j."""
        cross = part @ self.core @ part.T @ w @ phi
        left = phi - cross - cross.T + part @ self.model @ part.T
        root = np.linalg.cholesky(phi).T
        values, vectors = np.linalg.eigh(root @ left @ root.T)
        keep = values > _ZERO * max(float(values[-1]), float(np.trace(phi @ phi)) / len(phi))
        half = (vectors[:, keep] / np.sqrt(values[keep])) @ vectors[:, keep].T
        return np.asarray(root.T @ half @ root)

    def covariance(self, residuals: Array) -> Array:
        """CR2 covariance of the coefficients.

        Parameters
        ----------
        residuals : ndarray, shape (..., n)
            Of one outcome, or of many with the same design.

        Returns
        -------
        ndarray, shape (..., p, p)
        """
        scores = np.stack(
            [
                residuals[..., place] @ part
                for part, place in zip(self.filling, self.rows, strict=True)
            ],
            axis=-2,
        )
        half = scores @ self.core @ self.turn.T
        return np.asarray(half.swapaxes(-1, -2) @ half)

    def degrees_of_freedom(self, contrast: Vector) -> float:
        """Satterthwaite's, of the variance of a weighted sum of coefficients."""
        products = self.products(contrast[None])[0, 0]
        return float(np.trace(products) ** 2 / (products**2).sum())

    def products(self, contrasts: Array) -> Array:
        """p_sj' Phi p_tk of all pairs of contrasts s, t and clusters j, k; shape (q, q, k, k)."""
        turned = contrasts @ self.turn @ self.core
        within = [part @ turned.T for part in self.filling]  # (n_j, q)
        back = np.array(
            [part.T @ s for part, s in zip(self.designs, within, strict=True)]
        )  # X_j' s_j
        forth = np.array(
            [
                part.T @ w @ phi @ s
                for part, w, phi, s in zip(
                    self.designs, self.weights, self.working, within, strict=True
                )
            ]
        )  # X_j' W_j Phi_j s_j
        crossed = np.einsum("jps,pr,krt->stjk", forth, self.core, back)
        found = np.einsum("jps,pr,krt->stjk", back, self.model, back)
        found -= crossed + crossed.transpose(1, 0, 3, 2)
        for j, (s, phi) in enumerate(zip(within, self.working, strict=True)):
            found[:, :, j, j] += s.T @ phi @ s
        return np.asarray(found)
