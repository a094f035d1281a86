"""Tests of mixed models: degrees of freedom, contrasts, F tests, likelihood ratios, means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.mixed_models import MixedModel, numeric_hessian
from attune.stats.regression import CoefficientTest, coefficient_test

Vector = NDArray[np.float64]
Array = NDArray[np.float64]
Method = Literal["satterthwaite", "kenward_roger", "normal"]

_STEP = 1e-3
"""Relative step of numerical derivatives, whose errors are of its fourth power."""

_DETERMINED = 1e-7
"""Curvature, relative to the largest, below which a direction of the variances is left out."""


@dataclass(frozen=True)
class FTest:
    """A test of several contrasts together.

    Attributes
    ----------
    f : float
        Scaled where the method is Kenward-Roger.
    df1 : int
        Number of independent contrasts.
    df2 : float
        Infinite for the method normal.
    p : float
    scaling : float
        Factor of the Wald F; 1 unless the method is Kenward-Roger.
    """

    f: float
    df1: int
    df2: float
    p: float
    scaling: float


class FixedEffectTests:
    r"""Tests of the fixed effects of one fit, with degrees of freedom by one method.

    Satterthwaite: the variance v of a contrast is a function of the variance parameters, whose
    covariance A is twice the inverse Hessian of the deviance; with the gradient g of v

    .. math:: \nu = \frac{2 v^2}{g' A g}

    Parameters
    ----------
    fit : MixedModel
    method : str
        satterthwaite, kenward_roger or normal (infinite degrees of freedom).

    References
    ----------
    Kuznetsova, A., Brockhoff, P. B., & Christensen, R. H. B. (2017). lmerTest package: Tests in
    linear mixed effects models. Journal of Statistical Software, 82(13).
    https://doi.org/10.18637/jss.v082.i13
    """

    def __init__(self, fit: MixedModel, method: Method = "satterthwaite"):
        self.fit, self.method = fit, method
        self.covariance = fit.covariance

    def coefficients(self, interval: float = 0.95) -> dict[str, CoefficientTest]:
        """One test for each fixed effect, by its name."""
        identity = np.eye(len(self.fit.coefficients))
        return {
            name: self.contrast(row, interval)
            for name, row in zip(self.fit.coefficients, identity, strict=True)
        }

    def contrast(
        self, weights: Mapping[str, float] | ArrayLike, interval: float = 0.95
    ) -> CoefficientTest:
        """Test of a weighted sum of fixed effects.

        Parameters
        ----------
        weights : mapping of str to float, or array_like, shape (p,)
            Coefficient -> weight, those left out are 0; or one weight for each coefficient.
        interval : float
            Coverage.
        """
        [row] = self._matrix([weights])
        variance = float(row @ self.covariance @ row)
        return coefficient_test(
            float(row @ self.fit.estimates), np.sqrt(variance), self._df(row), interval
        )

    def f(self, contrasts: Sequence[Mapping[str, float] | ArrayLike]) -> FTest:
        """Test that all contrasts are 0; redundant ones are counted once."""
        from scipy.special import fdtrc

        rows = self._matrix(contrasts)
        values, vectors = np.linalg.eigh(rows @ self.covariance @ rows.T)
        keep = values > max(values.max(), 0) * 1e-8
        axes = vectors[:, keep].T @ rows
        t_squared = (axes @ self.fit.estimates) ** 2 / values[keep]
        q = int(keep.sum())
        f = float(t_squared.sum() / q)
        df2 = combined_df(np.array([self._df(row) for row in axes]))
        return FTest(f, q, df2, float(fdtrc(q, df2, f)), 1.0)

    def _df(self, row: Vector) -> float:
        if self.method == "normal":
            return np.inf
        covariance, derivatives = self._variance_parameters
        variance = float(row @ self.fit.covariance @ row)
        gradient = derivatives @ row @ row
        spread = float(gradient @ covariance @ gradient)
        return 2 * variance**2 / spread if spread > 0 else np.inf

    @cached_property
    def _variance_parameters(self) -> tuple[Array, Array]:
        return variance_parameters(self.fit)

    def _matrix(self, contrasts: Sequence[Mapping[str, float] | ArrayLike]) -> Array:
        names = self.fit.coefficients
        rows = []
        for contrast in contrasts:
            if isinstance(contrast, Mapping):
                unknown = [name for name in contrast if name not in names]
                if unknown:
                    raise AnalysisError(
                        f"There is no coefficient {unknown[0]!r}; there are: {', '.join(names)}."
                    )
                rows.append([float(contrast.get(name, 0.0)) for name in names])
            else:
                rows.append(list(np.asarray(contrast, dtype=float)))
        matrix = np.array(rows, dtype=float)
        if matrix.ndim != 2 or matrix.shape[1] != len(names) or not matrix.any(axis=1).all():
            raise AnalysisError(
                f"A contrast needs {len(names)} weights, not all 0, one for each of"
                f" {', '.join(names)}."
            )
        return matrix


def combined_df(values: Vector) -> float:
    """Denominator degrees of freedom of an F test from those of its independent t tests.

    Fai and Cornelius's rule as in lmerTest: the F whose mean is that of the average of squared t.

    Examples
    --------
    >>> combined_df(np.array([10.0, 10.0])), round(combined_df(np.array([5.0, 20.0])), 4)
    (10.0, 7.1429)
    """
    if np.ptp(values) < 1e-8 or np.isinf(values).all():
        return float(values.mean())
    if (values <= 2).any():
        return 2.0
    expected = float((values[np.isfinite(values)] / (values[np.isfinite(values)] - 2)).sum())
    expected += float(np.isinf(values).sum())
    return 2 * expected / (expected - len(values))


def variance_parameters(fit: MixedModel) -> tuple[Array, Array]:
    """Asymptotic covariance of the variance parameters, and how the fixed effects' depends on them.

    The parameters are the entries of the relative factors (lme4's theta), the residual parameters
    and sigma; the result does not depend on that choice where the fit is not singular.

    Returns
    -------
    covariance : ndarray, shape (k, k)
    derivatives : ndarray, shape (k, p, p)
    """
    state = fit.state
    layout = state.layout
    n_theta = layout.n_theta
    center = np.concatenate([layout.theta(state.blocks), state.phi, [fit.residual_sd]])
    steps = _STEP * np.concatenate([_theta_scales(fit), np.ones(layout.n_phi), center[-1:]])
    found: dict[bytes, Array] = {}

    def gradient(x: Vector) -> Vector:
        solution, blocks, derivative = state.evaluate(
            layout.blocks(x[:n_theta]), x[n_theta:-1], fit.reml, float(x[-1])
        )
        found[x.tobytes()] = state.coefficients(solution)[1]
        return np.concatenate([layout.theta(blocks), derivative.residual, [derivative.sigma]])

    hessian = numeric_hessian(gradient, center, steps)
    scaled = hessian * np.outer(steps, steps)
    values, vectors = np.linalg.eigh(scaled)
    keep = values > _DETERMINED * values.max()
    inverse = (vectors[:, keep] / values[keep]) @ vectors[:, keep].T * np.outer(steps, steps)
    derivatives = []
    for place, step in enumerate(steps):
        move = np.zeros_like(center)
        move[place] = step
        near = found[(center + move).tobytes()] - found[(center - move).tobytes()]
        far = found[(center + 2 * move).tobytes()] - found[(center - 2 * move).tobytes()]
        derivatives.append((8 * near - far) / (12 * step))
    return 2 * inverse, np.array(derivatives)


def _theta_scales(fit: MixedModel) -> Vector:
    """Size of every entry of the factors that changes the outcome as much as the residuals do."""
    scales = []
    for term in fit.state.layout.terms:
        back = np.abs(np.linalg.inv(term.transform)).max(axis=1)
        scales += [back[i] for i, _ in term.entries]
    return np.array(scales)
