"""Correlations of two variables over repeated occasions, within and between people or dyads."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.hypothesis_tests import CorrelationTest, correlation_test, pearson_test
from attune.stats.mixed_model_tests import FixedEffectTests
from attune.stats.mixed_models import RandomTerm, fit_mixed_model
from attune.stats.regression import CoefficientTest, is_constant
from attune.stats.within_between import within_between

Vector = NDArray[np.float64]

FEWEST_GROUPS = 4
"""Groups that a correlation of means needs: Fisher's interval divides by n - 3."""


@dataclass(frozen=True)
class RepeatedPairs:
    """Two variables on the occasions that have both.

    Attributes
    ----------
    x, y : ndarray, shape (n,)
    groups : ndarray of object, shape (n,)
        The dyad of each occasion.
    """

    x: Vector
    y: Vector
    groups: NDArray[np.object_]

    @property
    def n_groups(self) -> int:
        """Dyads."""
        return len(np.unique(self.groups.astype(str)))

    def means(self) -> tuple[Vector, Vector]:
        """Mean of both variables in each group."""
        frame = pd.DataFrame({"x": self.x, "y": self.y, "group": self.groups.astype(str)})
        means = frame.groupby("group").mean()
        return means["x"].to_numpy(), means["y"].to_numpy()


def complete_pairs(x: ArrayLike, y: ArrayLike, groups: ArrayLike) -> RepeatedPairs:
    """The rows with both values and a group.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        One row per occasion of a dyad; NaN where missing.
    groups : array_like, shape (n,)
    """
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    labels = np.asarray(groups, dtype=object)
    complete = np.isfinite(first) & np.isfinite(second) & pd.notna(labels)
    return RepeatedPairs(first[complete], second[complete], labels[complete])


def within_correlation(pairs: RepeatedPairs, interval: float = 0.95) -> CorrelationTest:
    r"""Repeated measures correlation: how two variables go together over a dyad's own occasions.

    .. math:: r_{rm} = \frac{\sum (x_{ij} - \bar x_i)(y_{ij} - \bar y_i)}
              {\sqrt{\sum (x_{ij} - \bar x_i)^2 \sum (y_{ij} - \bar y_i)^2}}

    with N - k - 1 degrees of freedom for N occasions of k dyads, which is the analysis of
    covariance with parallel lines; Fisher's interval has the same degrees of freedom. A change that
    all dyads have in common counts as association.

    Parameters
    ----------
    pairs : RepeatedPairs
        Dyads with one occasion say nothing about it, and change nothing.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        Fewer than two degrees of freedom, or a variable that does not vary within any dyad.

    References
    ----------
    Bakdash, J. Z., & Marusich, L. R. (2017). Repeated measures correlation. Frontiers in
    Psychology, 8, 456. https://doi.org/10.3389/fpsyg.2017.00456

    Examples
    --------
    Two dyads, in each of which y rises with x, although the one with the higher x has the lower y:

    >>> pairs = complete_pairs([1, 2, 3, 7, 8, 9], [5, 6, 7, 1, 2, 3.5], list("aaabbb"))
    >>> test = within_correlation(pairs)
    >>> round(test.r, 3), test.df
    (0.99, 3)
    """
    n, k = len(pairs.x), pairs.n_groups
    df = n - k - 1
    if df < 2:
        raise AnalysisError(
            f"A correlation within dyads needs three or more occasions than dyads, found {n}"
            f" occasions of {k} dyads."
        )
    x, y = (within_between(values, pairs.groups).within for values in (pairs.x, pairs.y))
    spread = [float((values * values).sum()) for values in (x, y)]
    scale = [float((values * values).sum()) for values in (pairs.x, pairs.y)]
    if any(own <= 1e-20 * whole or own == 0 for own, whole in zip(spread, scale, strict=True)):
        raise AnalysisError("A measure does not vary between the occasions of any dyad.")
    r = float((x * y).sum() / np.sqrt(spread[0] * spread[1]))
    # k - 1 further degrees of freedom than of one correlation are spent on the dyads' levels.
    return correlation_test(min(max(r, -1.0), 1.0), n, k - 1, interval)


def between_correlation(pairs: RepeatedPairs, interval: float = 0.95) -> CorrelationTest:
    """Pearson correlation of the dyads' means over the occasions that have both variables.

    Each dyad counts once, however many occasions it has. Means over a few occasions are unreliable
    measures of a dyad's true level, which pulls the correlation towards the one within dyads.

    Raises
    ------
    AnalysisError
        Fewer than four dyads, or means that are all the same.

    References
    ----------
    Bakdash, J. Z., & Marusich, L. R. (2017). Repeated measures correlation. Frontiers in
    Psychology, 8, 456. https://doi.org/10.3389/fpsyg.2017.00456

    Examples
    --------
    >>> pairs = complete_pairs([1, 3, 2, 2, 3, 5, 6, 6], [1, 1, 3, 3, 2, 2, 5, 5], list("aabbccdd"))
    >>> round(between_correlation(pairs).r, 3)
    0.764
    """
    x, y = pairs.means()
    if len(x) < FEWEST_GROUPS:
        raise AnalysisError(
            f"A correlation between dyads needs {FEWEST_GROUPS} or more, found {len(x)}."
        )
    if is_constant(x) or is_constant(y):
        raise AnalysisError("All dyads have the same mean.")
    return pearson_test(x, y, interval)


def slopes_within_and_between(
    pairs: RepeatedPairs, interval: float = 0.95
) -> tuple[CoefficientTest, CoefficientTest, CoefficientTest]:
    r"""Slopes of y on x within and between dyads, and their difference, the contextual effect.

    .. math:: y_{ij} = \beta_0 + \beta_W (x_{ij} - \bar x_i) + \beta_B \bar x_i + u_i + e_{ij}

    by restricted maximum likelihood, with Satterthwaite's degrees of freedom. If the difference is
    0, occasions and dyads tell the same about x and y, and one coefficient would do.

    Returns
    -------
    tuple of CoefficientTest
        Within, between, and between minus within.

    Raises
    ------
    AnalysisError
        As `fit_mixed_model`.

    References
    ----------
    Enders, C. K., & Tofighi, D. (2007). Centering predictor variables in cross-sectional multilevel
    models: A new look at an old issue. Psychological Methods, 12, 121-138.
    https://doi.org/10.1037/1082-989X.12.2.121
    """
    parts = within_between(pairs.x, pairs.groups)
    frame = pd.DataFrame(
        {"y": pairs.y, "within": parts.within, "between": parts.between, "dyad": pairs.groups}
    )
    tests = FixedEffectTests(
        fit_mixed_model(frame, "y ~ 1 + within + between", [RandomTerm(("dyad",))])
    )
    weights = ({"within": 1.0}, {"between": 1.0}, {"between": 1.0, "within": -1.0})
    within, between, difference = (tests.contrast(one, interval) for one in weights)
    return within, between, difference
