"""Tests of correlations and of mean differences: formulas in NumPy, distributions of scipy.special.

The formulas are those of R's cor.test and t.test and of pingouin. They are written out here for
three reasons: pingouin rounds its intervals and returns text for some numbers, its import takes
seconds, and one test by its tables takes 10 to 20 milliseconds, where an analysis of influence or a
multiverse needs thousands. Every number is tested against R and against pingouin
(tests/oracle), so both stay the reference.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from attune.stats.sums import mean, total, variance

_ROUNDING = 1e-14
"""Correlations closer than this to 1 or -1 are perfect up to rounding error."""

Vector = NDArray[np.float64]
Tail = Literal["greater", "less"]


@dataclass(frozen=True)
class CorrelationTest:
    """A correlation with its t test and interval.

    Attributes
    ----------
    r : float
        Between -1 and 1.
    se : float
        sqrt((1 - r^2) / df).
    df, n : int
        Degrees of freedom of the t test; dyads.
    p_two_tailed : float
    ci_low, ci_high : float
    """

    r: float
    se: float
    df: int
    n: int
    p_two_tailed: float
    ci_low: float
    ci_high: float

    def p_one_tailed(self, tail: Tail) -> float:
        """P value of the declared direction (see `one_tailed`)."""
        return one_tailed(self.p_two_tailed, self.r, tail)


def one_tailed(p_two_tailed: float, estimate: float, tail: Tail) -> float:
    """P value of a declared direction, from a test whose null distribution is symmetric.

    p / 2 if the estimate has the declared sign (greater: positive, less: negative) or is 0, else
    1 - p / 2. Called only where a direction is declared.

    Examples
    --------
    >>> one_tailed(0.04, 0.5, "greater"), one_tailed(0.04, 0.5, "less")
    (0.02, 0.98)
    """
    agrees = estimate >= 0 if tail == "greater" else estimate <= 0
    return p_two_tailed / 2 if agrees else 1 - p_two_tailed / 2


def fisher_interval(
    r: float, n: int, interval: float = 0.95, spread: float = 1.0
) -> tuple[float, float]:
    r"""Interval of a correlation by Fisher's z.

    .. math:: \tanh\left(\operatorname{artanh} r \pm z \sqrt{\frac{v}{n - 3}}\right)

    Parameters
    ----------
    r : float
        Between -1 and 1; the interval of a perfect correlation has no width.
    n : int
        Dyads, less the number of measures held constant; at least 4.
    interval : float
        Coverage.
    spread : float
        Variance factor v: 1 for Pearson's r.

    Examples
    --------
    >>> low, high = fisher_interval(0.5, 28)
    >>> round(low, 3), round(high, 3)
    (0.156, 0.736)
    """
    from scipy.special import ndtri

    if abs(r) == 1:
        return r, r
    reach = ndtri(0.5 + interval / 2) * np.sqrt(spread / (n - 3))
    return float(np.tanh(np.arctanh(r) - reach)), float(np.tanh(np.arctanh(r) + reach))


def pearson_test(x: Vector, y: Vector, interval: float = 0.95) -> CorrelationTest:
    """Pearson's r of two measures, t test with n - 2 degrees of freedom, Fisher z interval.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Without missing values, not constant, n at least 4.
    interval : float
        Coverage.

    Examples
    --------
    >>> round(pearson_test(np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])).r, 3)
    0.8
    """
    return correlation_test(_product_moment(x, y), len(x), 0, interval)


def pearson_r(x: Vector, y: Vector) -> float:
    """Pearson's r of `pearson_test` without the test: 1 or -1 where it is perfect up to rounding.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Without missing values, not constant.
    """
    return _perfect_or(_product_moment(x, y))


def _perfect_or(r: float) -> float:
    """A correlation; 1 or -1 where it is that up to rounding error."""
    return math.copysign(1.0, r) if 1 - abs(r) < _ROUNDING else r


def _product_moment(x: Vector, y: Vector) -> float:
    """Pearson's r; scaled by the largest deviation, so that no square overflows."""
    x, y = x - mean(x), y - mean(y)
    x, y = x / np.maximum.reduce(np.abs(x)), y / np.maximum.reduce(np.abs(y))
    return float(total(x * y) / math.sqrt(total(x * x) * total(y * y)))


def spearman_test(x: Vector, y: Vector, interval: float = 0.95) -> CorrelationTest:
    """Spearman's rho, t approximation with n - 2 degrees of freedom.

    The interval is Fisher's z with the variance factor 1 + rho^2 / 2.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Without missing values, not constant, n at least 4. Ties share their mean rank.
    interval : float
        Coverage.

    References
    ----------
    Bonett, D. G., & Wright, T. A. (2000). Sample size requirements for estimating Pearson, Kendall
    and Spearman correlations. Psychometrika, 65, 23-28. https://doi.org/10.1007/BF02294183
    """
    rho = _product_moment(mean_ranks(x), mean_ranks(y))
    return correlation_test(rho, len(x), 0, interval, 1 + rho**2 / 2)


def mean_ranks(values: Vector) -> Vector:
    """Ranks from 1 upwards; ties share the mean of their ranks.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Without missing values.

    Examples
    --------
    >>> mean_ranks(np.array([3.0, 1.0, 3.0, 8.0]))
    array([2.5, 1. , 2.5, 4. ])
    """
    ordered = np.sort(values)
    lower, upper = (ordered.searchsorted(values, side) for side in ("left", "right"))
    return np.asarray((lower + upper + 1) / 2)


def partial_residuals(
    x: Vector, y: Vector, covariates: NDArray[np.float64]
) -> tuple[Vector, Vector]:
    """What least squares regressions on the covariates leave unexplained in two measures.

    Parameters
    ----------
    x, y, covariates
        As in `partial_test`.
    """
    design = np.column_stack([np.ones(len(x)), covariates])
    scores = np.column_stack([x - mean(x), y - mean(y)])
    residual = scores - design @ np.linalg.lstsq(design, scores, rcond=None)[0]
    return residual[:, 0], residual[:, 1]


def partial_test(
    x: Vector, y: Vector, covariates: NDArray[np.float64], interval: float = 0.95
) -> CorrelationTest:
    """Pearson correlation of what covariates leave unexplained in two measures.

    The correlation of the residuals of two least squares regressions on the covariates; t test with
    n - 2 - k degrees of freedom, Fisher z interval with n - k in place of n.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Without missing values; neither an exact function of the covariates nor, given these, of
        the other.
    covariates : ndarray, shape (n, k)
        Linearly independent columns, none constant; n at least k + 4.
    interval : float
        Coverage.
    """
    return residual_test(*partial_residuals(x, y, covariates), covariates.shape[1], interval)


def residual_test(x: Vector, y: Vector, held: int, interval: float = 0.95) -> CorrelationTest:
    """Correlation of two residuals, as `partial_test` has it.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        What `partial_residuals` returns.
    held : int
        Covariates that were taken out.
    interval : float
        Coverage.
    """
    return correlation_test(_product_moment(x, y), len(x), held, interval)


def correlation_test(
    r: float, n: int, held: int = 0, interval: float = 0.95, spread: float = 1.0
) -> CorrelationTest:
    """Test and interval of a correlation that is known as a number.

    Parameters
    ----------
    r : float
        Between -1 and 1.
    n : int
        Dyads.
    held : int
        Variables held constant: the t test has n - 2 - held degrees of freedom, Fisher's interval
        n - held in place of n.
    interval : float
        Coverage.
    spread : float
        Variance factor of the interval (see `fisher_interval`).

    Examples
    --------
    >>> round(correlation_test(0.5, 28).p_two_tailed, 4)
    0.0067
    """
    from scipy.special import stdtr

    df, r, p = n - 2 - held, _perfect_or(r), 0.0
    if abs(r) != 1:
        p = float(2 * stdtr(df, -abs(r) * np.sqrt(df / ((1 - r) * (1 + r)))))
    low, high = fisher_interval(r, n - held, interval, spread)
    return CorrelationTest(r, float(np.sqrt((1 - r**2) / df)), df, n, p, low, high)


@dataclass(frozen=True)
class MeanDifferenceTest:
    """Independent-samples t test and standardised difference, first sample minus second.

    Attributes
    ----------
    t, df, p_two_tailed : float
        Student's or Welch's test.
    difference, se, ci_low, ci_high : float
        Difference of the means in the units of the measure.
    n : int
        Dyads in both samples.
    """

    t: float
    df: float
    p_two_tailed: float
    difference: float
    se: float
    ci_low: float
    ci_high: float
    n: int


def mean_difference_test(
    first: Vector,
    second: Vector,
    variances: Literal["pooled", "welch"] = "pooled",
    interval: float = 0.95,
) -> MeanDifferenceTest:
    """Independent-samples t test, first sample minus second.

    Parameters
    ----------
    first, second : ndarray
        At least two values each, none missing, not both constant.
    variances : {"pooled", "welch"}
        Student's test, or Welch's with Satterthwaite degrees of freedom.
    interval : float
        Coverage of the interval of the difference.

    Examples
    --------
    >>> test = mean_difference_test(np.array([1.0, 2, 3]), np.array([3.0, 4, 5]))
    >>> round(test.t, 3), test.df, test.difference
    (-2.449, 4.0, -2.0)
    """
    from scipy.special import stdtr, stdtrit

    difference = float(mean(first) - mean(second))
    se, df = _difference_se(first, second, variances)
    t = difference / se
    reach = float(stdtrit(df, 0.5 + interval / 2)) * se
    return MeanDifferenceTest(
        t=t,
        df=df,
        p_two_tailed=float(2 * stdtr(df, -abs(t))),
        difference=difference,
        se=se,
        ci_low=difference - reach,
        ci_high=difference + reach,
        n=len(first) + len(second),
    )


def _difference_se(first: Vector, second: Vector, variances: str) -> tuple[float, float]:
    """Standard error of a difference of means, and its degrees of freedom."""
    spread = np.array([variance(first, 1), variance(second, 1)])
    sizes = np.array([len(first), len(second)])
    if variances == "pooled":
        df = float(sizes.sum() - 2)
        spread[:] = ((sizes - 1) * spread).sum() / df
        return float(np.sqrt((spread / sizes).sum())), df
    parts = spread / sizes
    df = float(parts.sum() ** 2 / (parts**2 / (sizes - 1)).sum())
    return float(np.sqrt(parts.sum())), df


@dataclass(frozen=True)
class EquivalenceTest:
    """Two one-sided t tests of a mean difference, first sample minus second.

    Attributes
    ----------
    difference, bound : float
        In the units of the measure; equivalent means between -bound and +bound.
    bound_in_sd : float
        The bound in standard deviations.
    df : float
    t_above, p_above : float
        Test of a difference of -bound or less against a higher one.
    t_below, p_below : float
        Test of a difference of +bound or more against a lower one.
    p : float
        The larger of both.
    ci_low, ci_high : float
        Interval of the difference with coverage 1 - 2 level: inside the bounds if p < level.
    """

    difference: float
    bound: float
    bound_in_sd: float
    df: float
    t_above: float
    p_above: float
    t_below: float
    p_below: float
    p: float
    ci_low: float
    ci_high: float


def equivalence_test(
    first: Vector,
    second: Vector,
    bound: float,
    unit: Literal["sd", "raw"] = "sd",
    variances: Literal["pooled", "welch"] = "pooled",
    level: float = 0.05,
) -> EquivalenceTest:
    r"""Test whether two means differ by less than a bound, by two one-sided tests (TOST).

    .. math:: t_{above} = \frac{\bar x_1 - \bar x_2 + b}{se}, \qquad
              t_{below} = \frac{\bar x_1 - \bar x_2 - b}{se}, \qquad
              p = \max\{P(T \ge t_{above}), P(T \le t_{below})\}

    Parameters
    ----------
    first, second : ndarray
        At least two values each, none missing, not both constant.
    bound : float
        Largest difference that counts as none, positive, set before the data were seen.
    unit : {"sd", "raw"}
        Whether the bound is in standard deviations: the pooled one with pooled variances, the root
        of the mean variance with Welch's (see `unpooled_difference`). The standard deviation is
        then estimated, and the test treats it as known.
    variances : {"pooled", "welch"}
        Student's standard error and degrees of freedom, or Welch's.
    level : float
        Level of each one-sided test, and so of the equivalence test.

    References
    ----------
    Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power
    approach for assessing the equivalence of average bioavailability. Journal of Pharmacokinetics
    and Biopharmaceutics, 15, 657-680. https://doi.org/10.1007/BF01068419

    Lakens, D. (2017). Equivalence tests: A practical primer for t tests, correlations, and
    meta-analyses. Social Psychological and Personality Science, 8, 355-362.
    https://doi.org/10.1177/1948550617697177

    Examples
    --------
    >>> same = np.arange(20.0)
    >>> test = equivalence_test(same, same, bound=0.5)
    >>> round(test.p, 4), test.p < 0.05, -test.bound < test.ci_low
    (0.0611, False, False)
    """
    from scipy.special import stdtr

    test = mean_difference_test(first, second, variances, 1 - 2 * level)
    spread = np.array([variance(first, 1), variance(second, 1)])
    weights = np.array([len(first) - 1, len(second) - 1]) if variances == "pooled" else np.ones(2)
    sd = float(np.sqrt((weights * spread).sum() / weights.sum()))
    raw = bound * sd if unit == "sd" else bound
    t_above, t_below = (test.difference + raw) / test.se, (test.difference - raw) / test.se
    p_above, p_below = float(stdtr(test.df, -t_above)), float(stdtr(test.df, t_below))
    return EquivalenceTest(
        difference=test.difference,
        bound=raw,
        bound_in_sd=raw / sd,
        df=test.df,
        t_above=t_above,
        p_above=p_above,
        t_below=t_below,
        p_below=p_below,
        p=max(p_above, p_below),
        ci_low=test.ci_low,
        ci_high=test.ci_high,
    )


def standardised_difference(first: Vector, second: Vector, corrected: bool = False) -> float:
    r"""Cohen's d (pooled standard deviation), or Hedges's g, which corrects it for small samples.

    .. math:: d = \frac{\bar x_1 - \bar x_2}{s_p}, \qquad
              g = d \left(1 - \frac{3}{4 (n_1 + n_2) - 9}\right)

    Parameters
    ----------
    first, second : ndarray
        At least two values each, none missing, not both constant.
    corrected : bool
        Whether to return g.

    References
    ----------
    Cohen, J. (1988). Statistical power analysis for the behavioral sciences (2nd ed.). Erlbaum.
    https://doi.org/10.4324/9780203771587

    Hedges, L. V. (1981). Distribution theory for Glass's estimator of effect size and related
    estimators. Journal of Educational Statistics, 6, 107-128. https://doi.org/10.3102/10769986006002107

    Examples
    --------
    >>> standardised_difference(np.array([1.0, 2, 3]), np.array([3.0, 4, 5]))
    -2.0
    >>> standardised_difference(np.array([1.0, 2, 3]), np.array([3.0, 4, 5]), corrected=True)
    -1.6
    """
    n = len(first) + len(second)
    within = (len(first) - 1) * variance(first, 1) + (len(second) - 1) * variance(second, 1)
    d = float((mean(first) - mean(second)) / np.sqrt(within / (n - 2)))
    return d * (1 - 3 / (4 * n - 9)) if corrected else d
