"""Tests of mixed models: degrees of freedom, contrasts, F tests, likelihood ratios, means."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.kenward_roger import Adjustment, kenward_roger
from attune.stats.mixed_models import MixedModel
from attune.stats.mixed_search import numeric_hessian
from attune.stats.regression import CoefficientTest, coefficient_test

Vector = NDArray[np.float64]
Array = NDArray[np.float64]
Method = Literal["satterthwaite", "kenward_roger", "normal"]

_SAME_LIKELIHOOD = 1e-8
"""Likelihood ratios up to this size are rounding errors."""

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


@dataclass(frozen=True)
class MarginalMean:
    """An adjusted mean: the expected outcome at one point of a reference grid.

    Attributes
    ----------
    point : dict
        Column -> value that names the point of the grid.
    weights : ndarray, shape (p,)
        Weights of the coefficients; differences of means are contrasts of their weights.
    test : CoefficientTest
        Mean, standard error, degrees of freedom and interval (its t test against 0 seldom matters).
    """

    point: dict[str, Hashable]
    weights: Vector
    test: CoefficientTest


class FixedEffectTests:
    r"""Tests of the fixed effects of one fit, with degrees of freedom by one method.

    Satterthwaite: the variance v of a contrast is a function of the variance parameters, whose
    covariance A is twice the inverse Hessian of the deviance; with the gradient g of v

    .. math:: \nu = \frac{2 v^2}{g' A g}

    Kenward-Roger adds the small-sample bias to the covariance (see `kenward_roger`).

    Parameters
    ----------
    fit : MixedModel
    method : str
        satterthwaite, kenward_roger or normal (infinite degrees of freedom).

    Attributes
    ----------
    covariance : ndarray, shape (p, p)
        Of the fixed effects; adjusted where the method is Kenward-Roger.

    Raises
    ------
    AnalysisError
        Kenward-Roger of a maximum likelihood fit or of a covariance that is not linear.

    References
    ----------
    Kuznetsova, A., Brockhoff, P. B., & Christensen, R. H. B. (2017). lmerTest package: Tests in
    linear mixed effects models. Journal of Statistical Software, 82(13).
    https://doi.org/10.18637/jss.v082.i13
    """

    def __init__(self, fit: MixedModel, method: Method = "satterthwaite"):
        if method not in get_args(Method):
            raise AnalysisError(
                f"There is no method {method!r} for degrees of freedom; there are:"
                f" {', '.join(get_args(Method))}."
            )
        self.fit, self.method = fit, method
        self._adjustment: Adjustment | None = None
        self.covariance = fit.covariance
        if method == "kenward_roger":
            self._adjustment = kenward_roger(fit)
            self.covariance = self._adjustment.covariance

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
        if self._adjustment is not None:
            rows = _independent_rows(rows)
            estimate = rows @ self.fit.estimates
            q = len(rows)
            wald = float(estimate @ np.linalg.solve(rows @ self.covariance @ rows.T, estimate)) / q
            df2, scaling = self._adjustment.denominator(rows)
            return FTest(scaling * wald, q, df2, float(fdtrc(q, df2, scaling * wald)), scaling)
        values, vectors = np.linalg.eigh(rows @ self.covariance @ rows.T)
        keep = values > max(values.max(), 0) * 1e-8
        axes = vectors[:, keep].T @ rows
        t_squared = (axes @ self.fit.estimates) ** 2 / values[keep]
        q = int(keep.sum())
        f = float(t_squared.sum() / q)
        if self.method == "normal":
            from scipy.special import chdtrc

            return FTest(f, q, np.inf, float(chdtrc(q, q * f)), 1.0)
        df2 = combined_df(np.array([self._df(row) for row in axes]))
        return FTest(f, q, df2, float(fdtrc(q, df2, f)), 1.0)

    def term(self, name: str) -> FTest:
        """Test of all coefficients of one term of the formula, such as ``time:arm``.

        With treatment coding the test of a main effect is at the reference of what it interacts
        with.
        """
        terms = self.fit.design.terms
        if name not in terms:
            raise AnalysisError(f"There is no term {name!r}; there are: {', '.join(terms)}.")
        return self.f(list(np.eye(len(self.fit.coefficients))[terms[name]]))

    def marginal_means(
        self,
        by: Sequence[str],
        at: Mapping[str, Sequence[Any]] | None = None,
        interval: float = 0.95,
    ) -> list[MarginalMean]:
        """Adjusted means over a reference grid.

        Parameters
        ----------
        by : sequence of str
            Columns whose values name the means. Factors take their levels, numbers the values in
            `at` or else those that occur.
        at : mapping of str to sequence, optional
            Values of numeric columns. A column that is not in `by` needs one value; without a
            value it is held at its mean over the fitted rows. Factors that are not in `by` are
            averaged with equal weights.
        interval : float
            Coverage.
        """
        given = {name: list(values) for name, values in (at or {}).items()}
        design, frame = self.fit.design, self.fit.state.frame
        for name in [*by, *given]:
            if name not in design.columns:
                raise AnalysisError(
                    f"{name!r} is not in the fixed part of the model, which has:"
                    f" {', '.join(design.columns)}."
                )
        axes: dict[str, list[Any]] = {}
        for name in [*by, *(column for column in design.columns if column not in by)]:
            if name in given:
                axes[name] = given[name]
            elif name in design.levels:
                axes[name] = list(design.levels[name])
            elif name in by:
                axes[name] = sorted(set(frame[name]))
            else:
                axes[name] = [float(frame[name].mean())]
        grid = pd.DataFrame(list(product(*axes.values())), columns=list(axes))
        matrix = design.at(grid)
        means = []
        for point in product(*(axes[name] for name in by)):
            cell = np.ones(len(grid), dtype=bool)
            for name, value in zip(by, point, strict=True):
                cell &= (grid[name] == value).to_numpy()
            weights = matrix[cell].mean(axis=0)
            named = dict(zip(by, point, strict=True))
            means.append(MarginalMean(named, weights, self.contrast(weights, interval)))
        return means

    def _df(self, row: Vector) -> float:
        if self.method == "normal":
            return np.inf
        if self._adjustment is not None:
            return self._adjustment.denominator(row[None, :])[0]
        covariance, derivatives = self.variance_parameters
        variance = float(row @ self.fit.covariance @ row)
        gradient = derivatives @ row @ row
        spread = float(gradient @ covariance @ gradient)
        return 2 * variance**2 / spread if spread > 0 else np.inf

    @cached_property
    def variance_parameters(self) -> tuple[Array, Array]:
        """What `variance_parameters` finds for the fit, computed once."""
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


def _independent_rows(rows: Array) -> Array:
    """A basis of what the contrasts span."""
    _, sizes, basis = np.linalg.svd(rows, full_matrices=False)
    return basis[sizes > 1e-8 * sizes[0]]


def combined_df(values: Vector) -> float:
    """Denominator degrees of freedom of an F test from those of its independent t tests.

    Fai and Cornelius's rule as in lmerTest: the F whose mean is that of the average of squared t.

    Examples
    --------
    >>> combined_df(np.array([10.0, 10.0])), round(combined_df(np.array([5.0, 20.0])), 4)
    (10.0, 7.1429)
    """
    if np.isinf(values).all():
        return float("inf")
    if np.ptp(values) < 1e-8:
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


@dataclass(frozen=True)
class LikelihoodRatio:
    """A likelihood-ratio test of two nested models.

    Attributes
    ----------
    chi2 : float
        Twice the difference of the log-likelihoods.
    df : int
        Difference in the number of parameters.
    p : float
    distribution : str
        Reference distribution, such as ``chi2(2)`` or ``0.5 chi2(1) + 0.5 chi2(2)``.
    reml : bool
        Whether the log-likelihoods are restricted ones.
    refitted : bool
        Whether the models were fitted anew by maximum likelihood for the test.
    """

    chi2: float
    df: int
    p: float
    distribution: str
    reml: bool
    refitted: bool


def likelihood_ratio(small: MixedModel, large: MixedModel) -> LikelihoodRatio:
    r"""Test a model against a larger one that contains it.

    Fixed effects: chi-square; models fitted by REML are refitted by maximum likelihood, since
    restricted likelihoods of different fixed parts are not comparable. One more random effect with
    its q covariances: the variance is at the edge of its range under the null hypothesis, so that
    the reference is the mixture

    .. math:: \tfrac12 \chi^2_q + \tfrac12 \chi^2_{q+1}

    Several more variances at once: chi-square, which is conservative; `distribution` says so.

    Parameters
    ----------
    small, large : MixedModel
        Fits of the same rows.

    Raises
    ------
    AnalysisError
        Fits of different rows or outcomes, models that are not nested, REML beside ML, or fixed and
        random parts that both differ.

    References
    ----------
    Self, S. G., & Liang, K.-Y. (1987). Asymptotic properties of maximum likelihood estimators and
    likelihood ratio tests under nonstandard conditions. Journal of the American Statistical
    Association, 82, 605-610. https://doi.org/10.1080/01621459.1987.10478472

    Stram, D. O., & Lee, J. W. (1994). Variance components testing in the longitudinal mixed effects
    model. Biometrics, 50, 1171-1177. https://doi.org/10.2307/2533455
    """
    from scipy.special import chdtrc

    same_fixed = _require_nested(small, large)
    refitted = False
    if not same_fixed and (small.reml or large.reml):
        small, large, refitted = small.refit(reml=False), large.refit(reml=False), True
    elif small.reml != large.reml:
        raise AnalysisError(
            "One model was fitted by REML and the other by maximum likelihood; their likelihoods"
            " are not comparable. Fit both in the same way."
        )
    df = large.n_parameters - small.n_parameters
    if df < 1:
        raise AnalysisError("The larger model has no more parameters than the smaller one.")
    # A variance that is estimated as 0 gives the same likelihood up to rounding, on which p of the
    # mixture, 1 or .5, must not depend.
    chi2 = 2 * (large.log_likelihood - small.log_likelihood)
    chi2 = chi2 if chi2 > _SAME_LIKELIHOOD else 0.0
    variances = _n_variances(large) - _n_variances(small)
    more_residual = len(large.residual_parameters) > len(small.residual_parameters)
    if variances == 1 and not more_residual:
        p = 0.5 * float(chdtrc(df, chi2))
        p += 0.5 * (float(chdtrc(df - 1, chi2)) if df > 1 else float(chi2 <= 0))
        lower = f"chi2({df - 1})" if df > 1 else "a point at 0"
        distribution = f"0.5 {lower} + 0.5 chi2({df})"
    else:
        p = float(chdtrc(df, chi2))
        distribution = f"chi2({df})" + (", conservative" if variances else "")
    return LikelihoodRatio(chi2, df, p, distribution, small.reml, refitted)


def _n_variances(fit: MixedModel) -> int:
    return sum(len(term.names) for term in fit.random_covariances)


def _require_nested(small: MixedModel, large: MixedModel) -> bool:
    """Whether the fixed parts are the same; refuses models that are not nested."""
    first, second = small.state.frame, large.state.frame
    outcomes = small.formula.partition("~")[0].strip(), large.formula.partition("~")[0].strip()
    if not first.index.equals(second.index) or outcomes[0] != outcomes[1]:
        raise AnalysisError(
            f"The models are fits of different rows ({small.n_rows} and {large.n_rows}) or"
            " outcomes. Leave out rows with missing values of either model before both fits."
        )
    inner, outer = small.design.matrix, large.design.matrix
    coefficients = np.linalg.lstsq(outer, inner, rcond=None)[0]
    outside = np.linalg.norm(inner - outer @ coefficients) > 1e-8 * np.linalg.norm(inner)
    same_fixed = not outside and inner.shape[1] == outer.shape[1]
    terms = {(t.groups, n) for t in small.random_covariances for n in t.names}
    more = {(t.groups, n) for t in large.random_covariances for n in t.names}
    if outside or not terms <= more:
        raise AnalysisError(
            "The smaller model is not nested in the larger one: every fixed and random effect of it"
            " must be in the larger one."
        )
    plain = small.residual.is_plain
    if small.residual != large.residual and not plain:
        raise AnalysisError(
            "The models have different residual structures, so that neither contains the other."
        )
    if not same_fixed and (terms != more or small.residual != large.residual):
        raise AnalysisError(
            "The models differ in fixed and in random effects; test one after the other."
        )
    return same_fixed
