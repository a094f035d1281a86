"""Comparisons of the treatment conditions, one measure at a time."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.analyses.conditions.declaration import declared_comparisons
from attune.specs.errors import AnalysisError
from attune.stats import bayes_factors, hypothesis_tests
from attune.stats.ancova import (
    AdjustedDifference,
    adjusted_difference,
    why_no_adjusted_difference,
)
from attune.stats.effect_sizes import (
    sd_ratio,
    standardised_difference_interval,
    unpooled_difference,
)
from attune.stats.regression import is_constant
from attune.stats.sums import mean, variance
from attune.store.datasets import missing_columns
from attune.store.statistic_rows import Row, software, statistic_row, statistics_frame

if TYPE_CHECKING:
    from attune.analyses.analysis import AnalysisInputs
    from attune.analyses.conditions.declaration import Conditions
    from attune.specs.study import Outcome

Variances = Literal["pooled", "welch"]

KINDS_OF_TEST: Mapping[Variances, str] = {
    "pooled": "Student's t test, pooled variances",
    "welch": "Welch's t test",
}

MINIMUM_PER_CONDITION = 2
"""Fewest dyads in a condition: one has no standard deviation."""


@dataclass(frozen=True)
class ChangeByCondition:
    """Both scores of an outcome, over the dyads with both in one of two conditions.

    Attributes
    ----------
    pretest, posttest : ndarray, shape (n,)
    first : ndarray of bool, shape (n,)
        Whether a dyad is in the first condition.
    """

    pretest: NDArray[np.float64]
    posttest: NDArray[np.float64]
    first: NDArray[np.bool_]


@dataclass(frozen=True)
class Comparison:
    """One measure in every condition.

    Attributes
    ----------
    analysis, measure, dataset : str
    samples : dict of str to ndarray
        Values by label of the condition, in the declared order; missing values and dyads without a
        condition are left out.
    """

    analysis: str
    measure: str
    dataset: str
    samples: dict[str, NDArray[np.float64]]

    def row(
        self, statistic: str, estimate: float | None, level: str | None = None, **columns: Any
    ) -> Row:
        """A row of the store about this comparison, or about one of its levels."""
        shared = {
            "x": self.measure,
            "level": level,
            "dataset": self.dataset,
            "n": sum(len(values) for values in self.samples.values()),
        }
        reason = columns.pop("reason", None)
        return statistic_row(
            self.analysis,
            (self.measure,) if level is None else (self.measure, level),
            statistic,
            estimate,
            reason=None if reason is None else str(reason),
            **(shared | columns),
        )


def compare_conditions(
    datasets: Mapping[str, pd.DataFrame],
    analyses: "Mapping[str, Conditions]",
    outcomes: "Mapping[str, Outcome] | None" = None,
    *,
    levels: Mapping[str, str],
    interval: float = 0.95,
    variances: Variances = "pooled",
) -> pd.DataFrame:
    """Compare the treatment conditions on every declared measure.

    Parameters
    ----------
    datasets : mapping of str to pandas.DataFrame
        Data sets by name (see `analysis_datasets`): one row per dyad, the column condition,
        one numeric column per measure or outcome.
    analyses : mapping of str to Conditions
        The study's comparisons by id.
    outcomes : mapping of str to study.Outcome, optional
        Pretest and posttest of each outcome that an analysis names. Without them a residual gain
        is compared like any measure.
    levels : mapping of str to str
        Label of each condition by its code in the data, in the declared order; every difference is
        the first minus the second, or the other condition minus the `reference` of an analysis.
    interval : float
        Coverage of all intervals.
    variances : {"pooled", "welch"}
        Student's or Welch's test, where an analysis does not declare it.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`. Ids `<analysis>.<measure>.<statistic>` with the statistics t,
        mean_difference, welch_difference, cohen_d, hedges_g, unpooled_d and bayes_factor for two
        conditions, sd_ratio (and equivalence_p where a bound is declared), f for more; and
        `<analysis>.<measure>.<level>.<mean|sd|n>`. Where the measure is an outcome also those of
        `adjusted_rows`. What is undefined is null with a reason.

    Raises
    ------
    AnalysisError
        A comparison names a data set or column that does not exist, or the data have a condition
        that is not declared.
    """
    outcomes = outcomes or {}
    _check(datasets, analyses, levels, outcomes)
    rows: list[Row] = []
    for name, analysis in analyses.items():
        frame = datasets[analysis.dataset]
        ordered = analysis.ordered(levels)
        for measure in analysis.measures:
            samples = comparison_samples(frame, measure, ordered)
            change = _change(frame, outcomes.get(measure), ordered)
            comparison = Comparison(name, measure, analysis.dataset, samples)
            kind = analysis.variances or variances
            if len(levels) > 2:
                rows.append(_f_row(comparison, kind))
            else:
                adjusted = change is not None and analysis.test == "ancova"
                bound = None if adjusted else analysis.equivalence
                rows += _two_condition_rows(comparison, kind, interval, bound)
            rows += _level_rows(comparison)
            if change is not None:
                bound = analysis.equivalence if analysis.test == "ancova" else None
                rows += adjusted_rows(comparison, change, interval, bound)
    return statistics_frame(rows)


def statistics(inputs: "AnalysisInputs", resampling: bool) -> pd.DataFrame:
    """Comparisons of the conditions, from the inputs of all analyses."""
    return compare_conditions(
        inputs.datasets,
        declared_comparisons(inputs.study),
        inputs.study.outcomes,
        levels=inputs.cohort.sample.conditions(),
        **inputs.choices.compare_conditions.model_dump(),
    )


def comparison_samples(
    frame: pd.DataFrame, measure: str, levels: Mapping[str, str]
) -> dict[str, NDArray[np.float64]]:
    """The values of a measure by label of the condition, without what is missing.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per dyad, with the column condition.
    measure : str
    levels : mapping of str to str
        Label of each condition by its code in the data.
    """
    values = frame[measure].to_numpy(dtype=float, na_value=np.nan)
    condition = frame["condition"].to_numpy(dtype=object)
    known = np.isfinite(values)
    return {label: values[(condition == code) & known] for code, label in levels.items()}


def _check(
    datasets: Mapping[str, pd.DataFrame],
    analyses: "Mapping[str, Conditions]",
    levels: Mapping[str, str],
    outcomes: "Mapping[str, Outcome]",
) -> None:
    problems = []
    for name, analysis in analyses.items():
        columns = ["condition", *analysis.measures]
        for outcome in (outcomes[measure] for measure in analysis.measures if measure in outcomes):
            columns += [outcome.pretest, outcome.posttest]
        columns = list(dict.fromkeys(columns))
        problems += missing_columns(datasets, f"analysis {name!r}", analysis.dataset, columns)
        frame = datasets.get(analysis.dataset)
        if frame is not None and "condition" in frame.columns:
            undeclared = set(frame["condition"].dropna()) - set(levels)
            if undeclared:
                problems.append(
                    f"analysis {name!r}: the data have the conditions {sorted(undeclared)}, but"
                    f" only {list(levels)} are declared; declare them in the cohort file"
                )
    if problems:
        raise AnalysisError("Conditions cannot be compared.", problems)


def _change(
    frame: pd.DataFrame, outcome: "Outcome | None", levels: Mapping[str, str]
) -> ChangeByCondition | None:
    if outcome is None or len(levels) != 2:
        return None
    pretest, posttest = (
        frame[name].to_numpy(dtype=float, na_value=np.nan)
        for name in (outcome.pretest, outcome.posttest)
    )
    condition = frame["condition"].to_numpy(dtype=object)
    first, second = (condition == code for code in levels)
    complete = np.isfinite(pretest) & np.isfinite(posttest) & (first | second)
    return ChangeByCondition(pretest[complete], posttest[complete], first[complete])


def why_no_comparison(samples: Mapping[str, NDArray[np.float64]]) -> str | None:
    """Why the conditions cannot be compared; None where they can.

    Examples
    --------
    >>> why_no_comparison({"A": np.array([1.0, 2.0]), "B": np.array([3.0])})
    'A comparison needs at least 2 dyads per condition, found B 1.'
    """
    if len(samples) < 2:
        return f"A comparison needs two conditions, declared are {len(samples)}."
    small = [
        f"{level} {len(values)}"
        for level, values in samples.items()
        if len(values) < MINIMUM_PER_CONDITION
    ]
    if small:
        return (
            f"A comparison needs at least {MINIMUM_PER_CONDITION} dyads per condition,"
            f" found {', '.join(small)}."
        )
    if all(is_constant(values) for values in samples.values()):
        return "The measure does not vary within any condition."
    return None


def _two_condition_rows(
    comparison: Comparison, variances: Variances, interval: float, equivalence: float | None
) -> Iterator[Row]:
    kind = KINDS_OF_TEST[variances]
    contrast = " minus ".join(list(comparison.samples)[:2])
    methods = {
        "t": f"{kind}, {contrast}",
        "mean_difference": f"{kind}, {contrast}",
        "welch_difference": f"{KINDS_OF_TEST['welch']}, {contrast}",
        "cohen_d": f"Pooled standard deviation, noncentral t interval, {contrast}",
        "hedges_g": f"Cohen's d with Hedges's correction, noncentral t interval, {contrast}",
        "unpooled_d": "Standard deviation from the mean of both variances, interval for unequal"
        f" variances, {contrast}",
        "bayes_factor": "BF10 of Student's t test, Cauchy prior of scale"
        f" {bayes_factors.CAUCHY_SCALE:.3f}, two-sided",
        "sd_ratio": "Larger standard deviation divided by the smaller one",
    }
    if equivalence is not None:
        methods |= _methods_of_equivalence(
            f"a difference within {equivalence:g} standard deviations, {kind}"
        )
    package = software("attune", "scipy")
    reason = why_no_comparison(comparison.samples)
    if reason:
        for statistic, method in methods.items():
            yield comparison.row(
                statistic, None, reason=reason, method=method, software=package, contrast=contrast
            )
        return
    first, second = comparison.samples.values()
    test = hypothesis_tests.mean_difference_test(first, second, variances, interval)
    evidence = {"df": test.df, "p_two_tailed": test.p_two_tailed}
    limits = {"se": test.se, "ci_low": test.ci_low, "ci_high": test.ci_high, "ci_level": interval}
    estimates: dict[str, tuple[float, dict[str, Any]]] = {
        "t": (test.t, {**evidence}),
        "mean_difference": (test.difference, {**evidence, **limits}),
        "welch_difference": _welch(first, second, interval),
        **_effect_sizes(first, second, interval),
        "bayes_factor": (_bayes_factor(first, second), {}),
        "sd_ratio": (
            sd_ratio(first, second),
            {"reason": "The measure does not vary within one of the conditions."},
        ),
    }
    if equivalence is not None:
        estimates["equivalence_bound"] = (equivalence, {})
        estimates["equivalence_p"] = _equivalence(first, second, equivalence, variances)
    shared = {
        "reason": "The difference is so large that its Bayes factor exceeds any number.",
        "software": package,
        "contrast": contrast,
    }
    for statistic, (estimate, columns) in estimates.items():
        yield comparison.row(statistic, estimate, method=methods[statistic], **(shared | columns))


def _methods_of_equivalence(difference: str) -> dict[str, str]:
    """Methods of the bound and of the test, given which difference is tested and how."""
    return {
        "equivalence_bound": "Declared in the plan, in standard deviations",
        "equivalence_p": f"Two one-sided tests of {difference}",
    }


def _effect_sizes(
    first: NDArray[np.float64], second: NDArray[np.float64], interval: float
) -> dict[str, tuple[float, dict[str, Any]]]:
    """Differences in standard deviations; the interval of g is that of d, corrected alike."""
    d = hypothesis_tests.standardised_difference(first, second)
    g = hypothesis_tests.standardised_difference(first, second, corrected=True)
    low, high = standardised_difference_interval(d, len(first), len(second), interval)
    correction = g / d if d else 1.0
    unpooled = unpooled_difference(first, second, interval)
    return {
        "cohen_d": (d, {"ci_low": low, "ci_high": high, "ci_level": interval}),
        "hedges_g": (
            g,
            {"ci_low": low * correction, "ci_high": high * correction, "ci_level": interval},
        ),
        "unpooled_d": (
            unpooled.d,
            {
                "se": unpooled.se,
                **_limits(unpooled.ci_low, unpooled.ci_high, interval),
            },
        ),
    }


def _welch(
    first: NDArray[np.float64], second: NDArray[np.float64], interval: float
) -> tuple[float, dict[str, Any]]:
    test = hypothesis_tests.mean_difference_test(first, second, "welch", interval)
    return test.difference, {
        "df": test.df,
        "p_two_tailed": test.p_two_tailed,
        "se": test.se,
        **_limits(test.ci_low, test.ci_high, interval),
    }


def _equivalence(
    first: NDArray[np.float64], second: NDArray[np.float64], bound: float, variances: Variances
) -> tuple[float, dict[str, Any]]:
    test = hypothesis_tests.equivalence_test(first, second, bound, variances=variances)
    return test.p, {"df": test.df, "p_two_tailed": test.p}


def _bayes_factor(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    t = hypothesis_tests.mean_difference_test(first, second).t
    return bayes_factors.mean_difference_bayes_factor(t, len(first), len(second))


def _f_row(comparison: Comparison, variances: Variances) -> Row:
    k = len(comparison.samples)
    name = "One-way analysis of variance" if variances == "pooled" else "Welch's F test"
    columns: dict[str, Any] = {
        "method": f"{name}, {k - 1} numerator degrees of freedom",
        "software": software("attune"),
    }
    reason = why_no_comparison(comparison.samples)
    samples = list(comparison.samples.values())
    if reason is None and variances == "welch" and any(is_constant(sample) for sample in samples):
        reason = "The measure does not vary within a condition, which Welch's test needs."
    if reason:
        return comparison.row("f", None, reason=reason, **columns)
    f, df, p = f_test(samples, variances)
    return comparison.row("f", f, df=df, p_two_tailed=p, **columns)


def f_test(
    samples: Sequence[NDArray[np.float64]], variances: Variances = "pooled"
) -> tuple[float, float, float]:
    """One-way comparison of means: analysis of variance, or Welch's test.

    Parameters
    ----------
    samples : sequence of ndarray
        One per condition, each with at least two values, not all constant.
    variances : {"pooled", "welch"}

    Returns
    -------
    f : float
    df : float
        Degrees of freedom of the denominator; those of the numerator are the conditions less one.
    p : float

    References
    ----------
    Welch, B. L. (1951). On the comparison of several mean values: An alternative approach.
    Biometrika, 38, 330-336. https://doi.org/10.1093/biomet/38.3-4.330

    Examples
    --------
    >>> f, df, p = f_test([np.array([1.0, 2, 3]), np.array([3.0, 4, 5]), np.array([2.0, 3, 4])])
    >>> round(f, 3), df, round(p, 3)
    (3.0, 6.0, 0.125)
    """
    from scipy.special import fdtrc

    k = len(samples)
    sizes = np.array([len(sample) for sample in samples], dtype=float)
    means = np.array([sample.mean() for sample in samples])
    spread = np.array([sample.var(ddof=1) for sample in samples])
    if variances == "pooled":
        df = float(sizes.sum() - k)
        within = ((sizes - 1) * spread).sum() / df
        between = (sizes * (means - np.average(means, weights=sizes)) ** 2).sum() / (k - 1)
        f = between / within
    else:
        weights = sizes / spread
        loss = ((1 - weights / weights.sum()) ** 2 / (sizes - 1)).sum()
        between = (weights * (means - np.average(means, weights=weights)) ** 2).sum() / (k - 1)
        f = between / (1 + 2 * (k - 2) / (k**2 - 1) * loss)
        df = float((k**2 - 1) / (3 * loss))
    return float(f), df, float(fdtrc(k - 1, df, f))


def _level_rows(comparison: Comparison) -> Iterator[Row]:
    for level, values in comparison.samples.items():
        n = len(values)
        columns: dict[str, Any] = {"n": n, "software": software("numpy")}
        few = f"{n} dyads in this condition have the measure."
        yield comparison.row("mean", mean(values) if n else None, level, reason=few, **columns)
        sd = math.sqrt(variance(values, 1)) if n > 1 else None
        yield comparison.row("sd", sd, level, reason=few, **columns)
        yield comparison.row("n", n, level, **columns)


ADJUSTED = "Analysis of covariance of the posttest, adjusted for the pretest"


def adjusted_rows(
    comparison: Comparison,
    change: ChangeByCondition,
    interval: float,
    equivalence: float | None = None,
) -> Iterator[Row]:
    """Rows of the analysis of covariance of an outcome: adjusted means and their difference.

    Statistics: ancova_t, adjusted_difference, adjusted_difference_hc3, ancova_d, pretest_d, and
    adjusted_mean of each condition; with a bound of equivalence also equivalence_bound and
    equivalence_p.
    """
    levels = list(comparison.samples)
    contrast = " minus ".join(levels)
    n = len(change.pretest)
    shared: dict[str, Any] = {"n": n, "software": software("attune", "scipy")}
    methods = {
        "ancova_t": f"{ADJUSTED}, {contrast}",
        "adjusted_difference": f"{ADJUSTED}, {contrast}",
        "adjusted_difference_hc3": f"{ADJUSTED}, HC3 standard error, {contrast}",
        "ancova_d": f"{ADJUSTED}, in pooled standard deviations of the posttest, {contrast}",
        "pretest_d": f"Cohen's d of the pretest, noncentral t interval, {contrast}",
    }
    if equivalence is not None:
        methods |= _methods_of_equivalence(
            f"an adjusted difference within {equivalence:g} pooled standard deviations of the"
            f" posttest, {contrast}"
        )
    reason = why_no_adjusted_difference(change.pretest, change.posttest, change.first)
    if reason:
        shared["reason"] = reason
        for name, method in methods.items():
            yield comparison.row(name, None, method=method, contrast=contrast, **shared)
        for level in levels:
            yield comparison.row("adjusted_mean", None, level, method=ADJUSTED, **shared)
        return
    fit = adjusted_difference(change.pretest, change.posttest, change.first, interval)
    shared["reason"] = fit.hc3_reason
    found = _of_adjusted(fit, interval)
    if equivalence is not None:
        p = _adjusted_equivalence(fit, change, equivalence)
        found["equivalence_bound"] = (equivalence, {})
        found["equivalence_p"] = (p, {"df": fit.df, "p_two_tailed": p})
    for name, (estimate, columns) in found.items():
        yield comparison.row(
            name, estimate, method=methods[name], contrast=contrast, **columns, **shared
        )
    for level, adjusted in zip(levels, (fit.first, fit.second), strict=True):
        columns = {"se": adjusted.se, **_limits(adjusted.ci_low, adjusted.ci_high, interval)}
        yield comparison.row(
            "adjusted_mean",
            adjusted.mean,
            level,
            method=ADJUSTED,
            **columns,
            **(shared | {"n": adjusted.n}),
        )


def _adjusted_equivalence(
    fit: AdjustedDifference, change: ChangeByCondition, bound: float
) -> float:
    """The larger p of two one-sided tests of the adjusted difference."""
    from scipy.special import stdtr

    groups = (change.posttest[change.first], change.posttest[~change.first])
    squares = sum(((values - values.mean()) ** 2).sum() for values in groups)
    reach = bound * np.sqrt(squares / (fit.n - 2))
    below = stdtr(fit.df, (fit.difference - reach) / fit.se)
    above = stdtr(fit.df, -(fit.difference + reach) / fit.se)
    return float(max(below, above))


def _of_adjusted(
    fit: AdjustedDifference, interval: float
) -> dict[str, tuple[float, dict[str, Any]]]:
    test = {"df": fit.df, "p_two_tailed": fit.p_two_tailed}
    robust = {"df": fit.df, "p_two_tailed": fit.hc3_p_two_tailed, "se": fit.hc3_se}
    return {
        "ancova_t": (fit.t, test),
        "adjusted_difference": (
            fit.difference,
            {**test, "se": fit.se, **_limits(fit.ci_low, fit.ci_high, interval)},
        ),
        "adjusted_difference_hc3": (
            fit.difference if fit.hc3_reason is None else np.nan,
            {**robust, **_limits(fit.hc3_ci_low, fit.hc3_ci_high, interval)},
        ),
        "ancova_d": (
            fit.d,
            {"se": fit.d_se, **_limits(fit.d_ci_low, fit.d_ci_high, interval)},
        ),
        "pretest_d": (
            fit.baseline_d,
            _limits(fit.baseline_d_ci_low, fit.baseline_d_ci_high, interval),
        ),
    }


def _limits(low: float, high: float, interval: float) -> dict[str, Any]:
    return {"ci_low": low, "ci_high": high, "ci_level": interval}
