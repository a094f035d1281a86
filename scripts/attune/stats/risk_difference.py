"""Risks of two arms, their difference and their ratio: score, exact and cluster intervals."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.regression import CoefficientTest, coefficient_test


@dataclass(frozen=True)
class Risk:
    """Share of patients with an event.

    Attributes
    ----------
    events, n : int
    risk : float
        From 0 to 1.
    ci_low, ci_high : float
        Wilson's score interval.
    exact_low, exact_high : float
        Clopper and Pearson's exact interval.
    """

    events: int
    n: int
    risk: float
    ci_low: float
    ci_high: float
    exact_low: float
    exact_high: float


@dataclass(frozen=True)
class RiskDifference:
    """Risk of the first arm minus that of the second.

    Attributes
    ----------
    first, second : Risk
    difference : float
        From -1 to 1.
    ci_low, ci_high : float
        Newcombe's hybrid score interval.
    p_exact : float
        Two-tailed p of Fisher's exact test: tables that are not more probable than the one found.
    """

    first: Risk
    second: Risk
    difference: float
    ci_low: float
    ci_high: float
    p_exact: float


def risk(events: int, n: int, interval: float = 0.95) -> Risk:
    r"""Share of patients with an event, with Wilson's score and the exact interval.

    .. math:: \frac{2 n p + z^2 \pm z \sqrt{z^2 + 4 n p (1 - p)}}{2 (n + z^2)}

    The exact limits are the risks under which as many events or more (or fewer) have a probability
    of half of 1 - interval; 0 and 1 where no or all patients have an event.

    Parameters
    ----------
    events, n : int
        Patients with an event, and patients at risk; 0 to n, and at least 1.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        Counts that are not whole or outside of their range.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    Journal of the American Statistical Association, 22, 209-212.
    https://doi.org/10.1080/01621459.1927.10502953

    Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in
    the case of the binomial. Biometrika, 26, 404-413. https://doi.org/10.1093/biomet/26.4.404

    Examples
    --------
    >>> found = risk(0, 10)
    >>> round(found.ci_high, 4), round(found.exact_high, 4)
    (0.2775, 0.3085)
    """
    from scipy.special import betaincinv, ndtri

    if n != int(n) or events != int(events) or n < 1 or not 0 <= events <= n:
        raise AnalysisError(
            f"{events} events of {n} patients: events must be a whole number from 0 to the number"
            " of patients, which must be at least 1."
        )
    p, z, tail = events / n, float(ndtri(0.5 + interval / 2)), 0.5 - interval / 2
    reach = z * math.sqrt(z**2 + 4 * n * p * (1 - p))
    centre, width = 2 * n * p + z**2, 2 * (n + z**2)
    return Risk(
        events=int(events),
        n=int(n),
        risk=p,
        # At 0 and n one limit is 0 or 1; the formula gives it up to rounding.
        ci_low=0.0 if events == 0 else (centre - reach) / width,
        ci_high=1.0 if events == n else (centre + reach) / width,
        exact_low=0.0 if events == 0 else float(betaincinv(events, n - events + 1, tail)),
        exact_high=1.0 if events == n else float(betaincinv(events + 1, n - events, 1 - tail)),
    )


def risk_difference(
    events_first: int, n_first: int, events_second: int, n_second: int, interval: float = 0.95
) -> RiskDifference:
    r"""Difference of two independent risks with Newcombe's hybrid score interval.

    .. math:: d - \sqrt{(p_1 - l_1)^2 + (u_2 - p_2)^2} \quad\text{to}\quad
              d + \sqrt{(u_1 - p_1)^2 + (p_2 - l_2)^2}

    with the limits l and u of Wilson's intervals of both risks.

    Parameters
    ----------
    events_first, n_first, events_second, n_second : int
        See `risk`. Patients are independent; for patients of therapists see
        `clustered_risk_difference`.
    interval : float
        Coverage.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions:
    Comparison of eleven methods. Statistics in Medicine, 17, 873-890 (method 10).

    Examples
    --------
    Newcombe's first example, .0524 to .3339:

    >>> found = risk_difference(56, 70, 48, 80)
    >>> round(found.difference, 4), round(found.ci_low, 4), round(found.ci_high, 4)
    (0.2, 0.0524, 0.3339)
    """
    first, second = risk(events_first, n_first, interval), risk(events_second, n_second, interval)
    d = first.risk - second.risk
    return RiskDifference(
        first=first,
        second=second,
        difference=d,
        ci_low=d - math.hypot(first.risk - first.ci_low, second.ci_high - second.risk),
        ci_high=d + math.hypot(first.ci_high - first.risk, second.risk - second.ci_low),
        p_exact=_fisher_p(first, second),
    )


def _fisher_p(first: Risk, second: Risk) -> float:
    from scipy.special import gammaln

    events, n = first.events + second.events, first.n + second.n
    count = np.arange(max(0, events - second.n), min(first.n, events) + 1)

    def log_choose(top: int, bottom: NDArray[Any]) -> NDArray[np.float64]:
        return np.asarray(gammaln(top + 1) - gammaln(bottom + 1) - gammaln(top - bottom + 1))

    weight = log_choose(first.n, count) + log_choose(second.n, events - count)
    probability = np.exp(weight - log_choose(n, np.array(events)))
    here = probability[count == first.events][0]
    # Tables of the same probability differ by rounding, as in R's fisher.test.
    return float(min(probability[probability <= here * (1 + 1e-7)].sum(), 1.0))


@dataclass(frozen=True)
class ClusteredRiskDifference:
    """Risk difference of patients in clusters.

    Attributes
    ----------
    risks : tuple of float
        Of the first and the second arm: patients with an event over patients.
    test : CoefficientTest
        Difference, first minus second, with t test and interval.
    n_clusters : int
    n_shared : int
        Clusters with patients in both arms.
    design_effect : float
        Variance over that of independent patients; NaN where that is 0.
    """

    risks: tuple[float, float]
    test: CoefficientTest
    n_clusters: int
    n_shared: int
    design_effect: float


def clustered_risk_difference(
    event: ArrayLike, first_arm: ArrayLike, cluster: ArrayLike, interval: float = 0.95
) -> ClusteredRiskDifference:
    r"""Difference of risks of patients in clusters, with the variance of a ratio estimator.

    .. math:: p_a = \frac{\sum_j e_{aj}}{\sum_j m_{aj}}, \qquad
              u_j = \frac{e_{1j} - p_1 m_{1j}}{\sum_j m_{1j}}
              - \frac{e_{2j} - p_2 m_{2j}}{\sum_j m_{2j}}

    for events e of m patients in cluster j. Clusters of one arm each: the variance is the sum over
    arms of k / (k - 1) times the sum of the squared u of its k clusters, and the degrees of freedom
    are the number of clusters minus 2. Where a cluster has patients in both arms: k / (k - 1) times
    the sum over all k clusters, and k - 1 degrees of freedom.

    Parameters
    ----------
    event, first_arm : array_like, shape (n,)
        0 or 1 for each patient; first_arm is 1 in the first arm. Patients with a missing value (NaN
        or None) in any of the three are left out.
    cluster : array_like, shape (n,)
    interval : float
        Coverage, by t.

    Raises
    ------
    AnalysisError
        Other values than 0 and 1, an arm without patients, fewer than two clusters in an arm.

    References
    ----------
    Rao, J. N. K., & Scott, A. J. (1992). A simple method for the analysis of clustered binary data.
    Biometrics, 48, 577-585. https://doi.org/10.2307/2532311

    Examples
    --------
    Two therapists per arm with one or both of their two patients recovered: p = .75 and .25.

    >>> found = clustered_risk_difference([1, 0, 1, 1, 0, 0, 1, 0], [1] * 4 + [0] * 4,
    ...                                   ["a", "a", "b", "b", "c", "c", "d", "d"])
    >>> found.test.estimate, found.test.df, round(found.test.se**2, 6)
    (0.5, 2.0, 0.125)
    """
    parts = _clusters(event, first_arm, cluster)
    independent = sum(p * (1 - p) / n for p, n in zip(parts.risks, parts.sizes, strict=True))
    variance, df = parts.variance((1.0, 1.0))
    return ClusteredRiskDifference(
        risks=parts.risks,
        test=coefficient_test(
            parts.risks[0] - parts.risks[1], math.sqrt(variance), float(df), interval
        ),
        n_clusters=parts.scores.shape[1],
        n_shared=int(parts.present.all(axis=0).sum()),
        design_effect=variance / independent if independent else math.nan,
    )


@dataclass(frozen=True)
class RiskRatio:
    """Risk of the first arm over that of the second.

    Attributes
    ----------
    ratio : float
        0 or larger.
    log_se : float
        Standard error of its logarithm.
    df : float
        Degrees of freedom of the interval, which is by t; infinite where it is by z.
    ci_low, ci_high : float
    """

    ratio: float
    log_se: float
    df: float
    ci_low: float
    ci_high: float


def risk_ratio(
    events_first: int, n_first: int, events_second: int, n_second: int, interval: float = 0.95
) -> RiskRatio:
    r"""Ratio of two independent risks with the interval of its logarithm.

    .. math:: \log \frac{p_1}{p_2} \pm z \sqrt{\frac{1}{e_1} - \frac{1}{n_1}
              + \frac{1}{e_2} - \frac{1}{n_2}}

    for e events of n patients.

    Parameters
    ----------
    events_first, n_first, events_second, n_second : int
        See `risk_difference`; for patients of therapists see `clustered_risk_ratio`.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        Impossible counts (see `risk`), or an arm without events, of whose logarithm there is none.

    References
    ----------
    Katz, D., Baptista, J., Azen, S. P., & Pike, M. C. (1978). Obtaining confidence intervals for
    the risk ratio in cohort studies. Biometrics, 34, 469-474. https://doi.org/10.2307/2530610

    Examples
    --------
    Twice as many of 50 as of 50, and log 2 ± 1.96 √(1/20 - 1/50 + 1/10 - 1/50):

    >>> found = risk_ratio(20, 50, 10, 50)
    >>> round(found.ratio, 3), round(found.log_se**2, 3), round(found.ci_low, 3)
    (2.0, 0.11, 1.044)
    """
    first, second = risk(events_first, n_first, interval), risk(events_second, n_second, interval)
    _require_events((first.risk, second.risk))
    variance = sum(1 / one.events - 1 / one.n for one in (first, second))
    return _ratio((first.risk, second.risk), variance, math.inf, interval)


def clustered_risk_ratio(
    event: ArrayLike, first_arm: ArrayLike, cluster: ArrayLike, interval: float = 0.95
) -> RiskRatio:
    r"""Ratio of risks of patients in clusters, with the variance of a ratio estimator.

    The variance of :math:`\log p_1 - \log p_2` is that of `clustered_risk_difference`, with each
    arm's part of u over its risk (delta method); the degrees of freedom are the same.

    Parameters
    ----------
    event, first_arm, cluster, interval
        See `clustered_risk_difference`.

    Raises
    ------
    AnalysisError
        As `clustered_risk_difference`, or an arm without events.

    References
    ----------
    Rao, J. N. K., & Scott, A. J. (1992). A simple method for the analysis of clustered binary data.
    Biometrics, 48, 577-585. https://doi.org/10.2307/2532311

    Examples
    --------
    The patients of `clustered_risk_difference`, p = .75 and .25 with a variance of 1/16 each:

    >>> found = clustered_risk_ratio([1, 0, 1, 1, 0, 0, 1, 0], [1] * 4 + [0] * 4,
    ...                              ["a", "a", "b", "b", "c", "c", "d", "d"])
    >>> round(found.ratio, 6), found.df, round(found.log_se**2, 6)
    (3.0, 2.0, 1.111111)
    """
    parts = _clusters(event, first_arm, cluster)
    _require_events(parts.risks)
    variance, df = parts.variance((1 / parts.risks[0], 1 / parts.risks[1]))
    return _ratio(parts.risks, variance, float(df), interval)


def _require_events(risks: tuple[float, float]) -> None:
    if min(risks) == 0:
        raise AnalysisError("An arm has no events, so that the ratio of risks has no interval.")


def _ratio(risks: tuple[float, float], variance: float, df: float, interval: float) -> RiskRatio:
    from scipy.special import ndtri, stdtrit

    ratio, se = risks[0] / risks[1], math.sqrt(variance)
    tail = 0.5 + interval / 2
    reach = float(ndtri(tail) if math.isinf(df) else stdtrit(df, tail)) * se
    return RiskRatio(ratio, se, df, ratio * math.exp(-reach), ratio * math.exp(reach))


@dataclass(frozen=True)
class _Clusters:
    """Risks of two arms, and what every cluster adds to their errors.

    Attributes
    ----------
    risks, sizes : tuple
        Risk and number of patients of each arm.
    scores : ndarray, shape (2, k)
        Sum of event minus risk over the patients of a cluster in an arm, over the arm's patients.
    present : ndarray of bool, shape (2, k)
        Whether a cluster has patients in an arm.
    """

    risks: tuple[float, float]
    sizes: tuple[int, int]
    scores: NDArray[np.float64]
    present: NDArray[np.bool_]

    def variance(self, weights: tuple[float, float]) -> tuple[float, int]:
        """Variance of the weighted risk of the first arm minus that of the second, and its df."""
        scores = self.scores * np.array(weights)[:, None]
        k = self.scores.shape[1]
        if self.present.all(axis=0).any():
            return k / (k - 1) * float(((scores[0] - scores[1]) ** 2).sum()), k - 1
        of_arm = self.present.sum(axis=1)
        return float((of_arm / (of_arm - 1) * (scores**2).sum(axis=1)).sum()), k - 2


def _clusters(event: ArrayLike, first_arm: ArrayLike, cluster: ArrayLike) -> _Clusters:
    """The parts of patients in clusters; each arm needs two clusters."""
    events, arm, groups = _complete(event, first_arm, cluster)
    n_clusters = int(groups.max()) + 1
    scores = np.zeros((2, n_clusters))
    present = np.zeros((2, n_clusters), dtype=bool)
    risks, sizes = [], []
    for place, here in enumerate((arm == 1, arm == 0)):
        p, n = float(events[here].mean()), int(here.sum())
        scores[place] = np.bincount(groups[here], (events[here] - p) / n, n_clusters)
        present[place] = np.bincount(groups[here], minlength=n_clusters) > 0
        risks.append(p)
        sizes.append(n)
    if (present.sum(axis=1) < 2).any():
        raise AnalysisError(
            "Each arm needs patients of at least two clusters for the variance of its risk; found"
            f" {int(present[0].sum())} and {int(present[1].sum())}."
        )
    return _Clusters((risks[0], risks[1]), (sizes[0], sizes[1]), scores, present)


def _complete(*columns: ArrayLike) -> list[NDArray[Any]]:
    """Events, arms and codes of clusters of the patients without a missing value."""
    import pandas as pd

    rows = pd.DataFrame(dict(zip("eac", map(list, map(np.asarray, columns)), strict=True))).dropna()
    events, arm = rows["e"].to_numpy(dtype=float), rows["a"].to_numpy(dtype=float)
    for name, values in (("events", events), ("first_arm", arm)):
        if not np.isin(values, (0.0, 1.0)).all():
            raise AnalysisError(f"The values of {name} must be 0 or 1.")
    if len(set(arm)) < 2:
        raise AnalysisError("A risk difference needs patients in both arms.")
    return [events, arm, pd.factorize(rows["c"])[0]]
