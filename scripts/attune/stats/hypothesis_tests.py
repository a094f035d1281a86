"""The reported tests, from pingouin (and scipy beneath it), in full precision and plain numbers.

Everything that attune takes from pingouin is taken here, because its answers need care:

- intervals are rounded (`CI95` to two decimals, six at best), so they are computed here;
- `BF10` in its tables is text, so the functions `bayesfactor_*` are called instead, with the
  Cauchy scale sqrt(2) / 2 where pingouin's default is the rounded .707;
- `corr` prints a warning for n = 4 from its power column, so the coefficient and its p come from
  scipy.stats, which `corr` calls too;
- Cohen's d in the table of `ttest` has lost its sign.

pingouin takes seconds to import, so each function imports what it needs.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

_ROUNDING = 1e-14
"""Correlations closer than this to 1 or -1 are perfect but for rounding."""

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
    from scipy.stats import pearsonr

    found = pearsonr(x, y)
    return _correlation_test(float(found.statistic), float(found.pvalue), len(x), 0, interval)


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
    from scipy.stats import spearmanr

    found = spearmanr(x, y)
    rho = float(np.clip(found.statistic, -1, 1))
    return _correlation_test(rho, float(found.pvalue), len(x), 0, interval, 1 + rho**2 / 2)


def partial_test(
    x: Vector, y: Vector, covariates: NDArray[np.float64], interval: float = 0.95
) -> CorrelationTest:
    """Pearson correlation of what covariates leave unexplained in two measures.

    t test with n - 2 - k degrees of freedom, Fisher z interval with n - k in place of n.

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
    import pandas as pd
    import pingouin

    names = [f"covariate_{number}" for number in range(covariates.shape[1])]
    frame = pd.DataFrame(covariates, columns=names).assign(x=x, y=y)
    found = pingouin.partial_corr(frame, x="x", y="y", covar=names).iloc[0]
    return _correlation_test(float(found["r"]), float(found["p_val"]), len(x), len(names), interval)


def _correlation_test(
    r: float, p: float, n: int, held: int, interval: float, spread: float = 1.0
) -> CorrelationTest:
    if 1 - abs(r) < _ROUNDING:
        r, p = float(np.sign(r)), 0.0
    df = n - 2 - held
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
    import pingouin
    from scipy.special import stdtrit

    found = pingouin.ttest(first, second, correction=variances == "welch").iloc[0]
    t, df = float(found["T"]), float(found["dof"])
    difference = float(first.mean() - second.mean())
    se = _difference_se(first, second, variances)
    reach = float(stdtrit(df, 0.5 + interval / 2)) * se
    return MeanDifferenceTest(
        t=t,
        df=df,
        p_two_tailed=float(found["p_val"]),
        difference=difference,
        se=se,
        ci_low=difference - reach,
        ci_high=difference + reach,
        n=len(first) + len(second),
    )


def _difference_se(first: Vector, second: Vector, variances: str) -> float:
    parts = np.array([first.var(ddof=1), second.var(ddof=1)])
    sizes = np.array([len(first), len(second)])
    if variances == "pooled":
        parts[:] = ((sizes - 1) * parts).sum() / (sizes.sum() - 2)
    return float(np.sqrt((parts / sizes).sum()))


def standardised_difference(first: Vector, second: Vector, corrected: bool = False) -> float:
    """Cohen's d (pooled standard deviation), or Hedges's g where corrected for small samples.

    Examples
    --------
    >>> standardised_difference(np.array([1.0, 2, 3]), np.array([3.0, 4, 5]))
    -2.0
    """
    import pingouin

    kind = "hedges" if corrected else "cohen"
    return float(pingouin.compute_effsize(first, second, eftype=kind))


def correlation_bayes_factor(r: float, n: int, scale: float = 1.0) -> float:
    """Two-sided Bayes factor of a correlation (see `bayes_factors.correlation_bayes_factor`)."""
    import pingouin

    with np.errstate(all="ignore"):
        try:
            return float(pingouin.bayesfactor_pearson(r, n, kappa=scale))
        except OverflowError:
            return np.inf


def t_test_bayes_factor(t: float, n_first: int, n_second: int, scale: float) -> float:
    """Two-sided Bayes factor of a t test (see `bayes_factors.mean_difference_bayes_factor`)."""
    import pingouin

    return float(pingouin.bayesfactor_ttest(t, n_first, n_second, r=scale))
