"""Three-parameter selection model: results that are not significant are published less often."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.heterogeneity import checked_studies, estimate_tau2, weighted_least_squares
from attune.stats.regression import CoefficientTest, coefficient_test

Vector = NDArray[np.float64]
Array = NDArray[np.float64]

FEWEST = 4
"""One more study than parameters."""

LARGEST_WEIGHT = 100.0
"""Bound of the relative chance of publication: beyond it the likelihood hardly changes."""

SMALLEST_WEIGHT = 1e-8
"""Bound below: the logarithm must exist."""


@dataclass(frozen=True)
class SelectionModel:
    """Random-effects model with selection by significance.

    Attributes
    ----------
    effect : CoefficientTest
        Average effect of all studies, published or not; z.
    tau2, tau2_se : float
        Standard error NaN at 0.
    weight, weight_se : float
        Chance that a study without a significant result in the expected direction is published,
        relative to one with it; 1 is not a selection. Standard error NaN at a bound.
    log_likelihood, log_likelihood_unselected : float
    chi2, p : float
        Likelihood-ratio test of no selection, one degree of freedom.
    unselected : float
        Average effect by maximum likelihood without selection.
    significant, others : int
        Numbers of studies.
    at_bound : bool
        The weight or tau2 is at a bound: standard errors and p are not to be relied on.
    """

    effect: CoefficientTest
    tau2: float
    tau2_se: float
    weight: float
    weight_se: float
    log_likelihood: float
    log_likelihood_unselected: float
    chi2: float
    p: float
    unselected: float
    significant: int
    others: int
    at_bound: bool


def selection_model(
    effects: ArrayLike,
    variances: ArrayLike,
    ids: Sequence[object] | None = None,
    direction: Literal["greater", "less"] = "greater",
    step: float = 0.025,
    interval: float = 0.95,
) -> SelectionModel:
    r"""Selection model with one step at a one-tailed p (Vevea & Hedges), by maximum likelihood.

    .. math:: f(y_i) = \frac{w(p_i)\, \phi(y_i; \mu, v_i + \tau^2)}{A_i + \omega (1 - A_i)}, \qquad
              w(p) = 1 \text{ if } p \le .025, \text{ else } \omega

    .. math:: A_i = \Phi\left(\frac{\mu - 1.96 \sqrt{v_i}}{\sqrt{v_i + \tau^2}}\right)

    Three parameters: the average effect mu, tau2 and omega.

    Assumes normal true effects and selection by significance in one direction only, the same for
    all studies. It misleads with few studies, where omega is hardly estimated (see the standard
    error), with other selection (by size, by several outcomes), and with skewed true effects. A
    test of selection that is not significant does not show that there was none.

    Parameters
    ----------
    effects, variances, ids, interval
        As for `random_effects`; at least four studies, some with and some without significance.
    direction : {"greater", "less"}
        Sign of the effect that was looked for.
    step : float
        One-tailed p at which the chance of publication changes, above 0 and below 1.

    Raises
    ------
    AnalysisError
        See `checked_studies`; fewer than four studies; all studies on one side of the step, which
        leaves the chance of publication undetermined.

    References
    ----------
    Vevea, J. L., & Hedges, L. V. (1995). A general linear model for estimating effect size in the
    presence of publication bias. Psychometrika, 60, 419-435. https://doi.org/10.1007/BF02294384

    Examples
    --------
    >>> y, v = [0.5, 0.6, 0.7, 0.2, 0.55, 0.4], [0.04, 0.06, 0.09, 0.01, 0.05, 0.09]
    >>> found = selection_model(y, v)
    >>> found.significant, found.others, found.effect.estimate < found.unselected
    (5, 1, True)
    """
    from scipy.special import chdtrc, ndtri

    y, v, _ = checked_studies(effects, variances, ids)
    if len(y) < FEWEST:
        raise AnalysisError(f"A selection model needs {FEWEST} studies, found {len(y)}.")
    if not 0 < step < 1 or direction not in ("greater", "less"):
        raise AnalysisError(
            f"The step is {step} and the direction {direction!r}; allowed are a p between 0 and 1,"
            " 'greater' and 'less'."
        )
    sign = 1.0 if direction == "greater" else -1.0
    likelihood = StepLikelihood(sign * y, v, -float(ndtri(step)))
    significant = int(likelihood.significant.sum())
    if significant in (0, len(y)):
        raise AnalysisError(
            f"{significant} of {len(y)} studies have p below {step} in the direction"
            f" {direction!r}. A selection model needs studies on both sides of the step."
        )
    tau2 = estimate_tau2(y, v, np.ones((len(y), 1)), "ML")
    start = np.array([sign * float(_centre(y, v, tau2)), tau2, 1.0])
    found = likelihood.maximise(start)
    errors = likelihood.standard_errors(found)
    reached, without = likelihood.value(found), likelihood.value(start)
    chi2 = max(0.0, 2 * (reached - without))
    return SelectionModel(
        effect=coefficient_test(sign * float(found[0]), float(errors[0]), float("inf"), interval),
        tau2=float(found[1]),
        tau2_se=float(errors[1]),
        weight=float(found[2]),
        weight_se=float(errors[2]),
        log_likelihood=reached,
        log_likelihood_unselected=without,
        chi2=chi2,
        p=float(chdtrc(1, chi2)),
        unselected=sign * float(start[0]),
        significant=significant,
        others=len(y) - significant,
        at_bound=bool(np.isnan(errors).any()),
    )


def _centre(y: Vector, v: Vector, tau2: float) -> float:
    return float(weighted_least_squares(y, v, np.ones((len(y), 1)), tau2).coefficients[0])


class StepLikelihood:
    """Log likelihood of (mu, tau2, omega) for effects whose expected direction is positive.

    Parameters
    ----------
    y, v : ndarray, shape (k,)
    cut : float
        Normal quantile of the step.
    """

    def __init__(self, y: Vector, v: Vector, cut: float):
        self.y, self.v, self.border = y, v, cut * np.sqrt(v)
        self.significant = y >= self.border

    def value(self, parameters: Vector) -> float:
        """Log likelihood."""
        from scipy.special import ndtr

        mu, tau2, omega = parameters
        s2 = self.v + tau2
        share = ndtr((mu - self.border) / np.sqrt(s2))
        others = len(self.y) - int(self.significant.sum())
        density = -(np.log(2 * np.pi * s2) + (self.y - mu) ** 2 / s2) / 2
        chance = np.log(share + omega * (1 - share))
        return float(density.sum() - chance.sum() + others * np.log(omega))

    def gradient(self, parameters: Vector) -> Vector:
        """Derivatives by mu, tau2 and omega."""
        from scipy.special import ndtr

        mu, tau2, omega = parameters
        s2 = self.v + tau2
        s = np.sqrt(s2)
        z = (mu - self.border) / s
        share, height = ndtr(z), np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        chance = share + omega * (1 - share)
        pull = (1 - omega) * height / chance
        rest = self.y - mu
        others = len(self.y) - int(self.significant.sum())
        return np.array(
            [
                (rest / s2 - pull / s).sum(),
                ((rest**2 / s2 - 1) / (2 * s2) + pull * z / (2 * s2)).sum(),
                others / omega - ((1 - share) / chance).sum(),
            ]
        )

    def maximise(self, start: Vector) -> Vector:
        """Maximum from several starts: the likelihood can have more than one."""
        from scipy.optimize import minimize

        scale = float(np.median(self.v))
        bounds = [(None, None), (0.0, None), (np.log(SMALLEST_WEIGHT), np.log(LARGEST_WEIGHT))]

        def parameters(point: Vector) -> Vector:
            return np.array([point[0] * scale**0.5, point[1] * scale, np.exp(point[2])])

        def objective(point: Vector) -> tuple[float, Vector]:
            here = parameters(point)
            slope = self.gradient(here) * [scale**0.5, scale, here[2]]
            return -self.value(here), -slope

        best, lowest = start, np.inf
        for tau2, omega in ((start[1], 1.0), (start[1], 0.2), (scale, 0.5), (0.0, 0.1)):
            first = [start[0] / scale**0.5, tau2 / scale, np.log(omega)]
            found = minimize(
                objective,
                first,
                jac=True,
                method="L-BFGS-B",
                bounds=bounds,
                options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 2000},
            )
            if found.fun < lowest:
                best, lowest = parameters(found.x), float(found.fun)
        return self._polished(best)

    def _inside(self, parameters: Vector) -> NDArray[np.bool_]:
        """Which parameters are not at a bound."""
        scale = float(np.median(self.v))
        near = 1e-6
        tau2_free = parameters[1] > near * scale
        omega_free = SMALLEST_WEIGHT * 10 < parameters[2] < LARGEST_WEIGHT * (1 - near)
        return np.array([True, tau2_free, omega_free])

    def _polished(self, parameters: Vector) -> Vector:
        """Newton steps on the parameters that are inside their bounds."""
        free = self._inside(parameters)
        for _ in range(20):
            step = np.zeros(3)
            information = self.information(parameters)[np.ix_(free, free)]
            if not np.isfinite(information).all() or np.linalg.eigvalsh(information)[0] <= 0:
                return parameters
            step[free] = np.linalg.solve(information, self.gradient(parameters)[free])
            new = parameters + step
            if new[1] < 0 or not 0 < new[2] <= LARGEST_WEIGHT:
                return parameters
            if self.value(new) < self.value(parameters) - 1e-12:
                return parameters
            parameters = new
            if np.abs(step).max() < 1e-12:
                break
        return parameters

    def information(self, parameters: Vector) -> Array:
        """Observed information, by central differences of the gradient."""
        rows = np.empty((3, 3))
        sizes = np.array([float(np.median(self.v)) ** 0.5, float(np.median(self.v)), 1.0])
        for place in range(3):
            # The third root of the rounding error balances it against the curvature.
            width = 6e-6 * max(sizes[place] * 0.1, abs(parameters[place]))
            if place > 0:
                width = min(width, parameters[place] / 2) or 1e-9 * sizes[place]
            shift = np.zeros(3)
            shift[place] = width
            rows[place] = (
                self.gradient(parameters - shift) - self.gradient(parameters + shift)
            ) / (2 * width)
        return (rows + rows.T) / 2

    def standard_errors(self, parameters: Vector) -> Vector:
        """Roots of the inverse information; NaN for parameters at a bound."""
        free = self._inside(parameters)
        errors = np.full(3, np.nan)
        inverse = np.linalg.inv(self.information(parameters)[np.ix_(free, free)])
        errors[free] = np.sqrt(np.maximum(inverse.diagonal(), 0))
        return errors
