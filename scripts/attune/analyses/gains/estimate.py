"""Residual gains: residuals of the posttest regressed on the pretest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.regression import CoefficientTest, coefficient_test, hc3_slope_test
from attune.stats.score_distribution import skewness
from attune.store.datasets import dataset_name, imputations, one_row_per_dyad
from attune.store.statistic_rows import Row, software, statistic_row, statistics_frame

if TYPE_CHECKING:
    from attune.analyses.analysis import AnalysisInputs
    from attune.specs.study import Study

MINIMUM_PAIRS = 4
"""Fewest complete pairs: with three, one degree of freedom would be left for all residuals."""

_ROUNDING = 1e-12
"""Share of the posttest's spread below which residuals are rounding errors of an exact line."""

_KEY_COLUMNS = ["dyad", "outcome", "imputation"]
_SCORE_COLUMNS = ["pretest", "posttest", "raw_gain", "residual_gain"]
"""Columns of the gains table: the keys of a row, and its scores."""

Columns = dict[str, NDArray[Any]]
"""Columns of the gains table by name, one value per dyad."""

_METHOD = "Least squares regression of posttest on pretest over complete pairs"


@dataclass(frozen=True)
class GainRegression:
    """The regression of posttest on pretest over complete pairs.

    Attributes
    ----------
    residual : ndarray, shape (n_dyads,)
        Residual gain in units of the posttest; NaN where pretest or posttest is missing.
    slope, slope_se, intercept, intercept_se : float
        Coefficients and their standard errors.
    r_squared : float
        Share of the posttest's variance that the pretest predicts; NaN if the posttest is constant.
    n : int
        Complete pairs.
    """

    residual: NDArray[np.float64]
    slope: float
    slope_se: float
    intercept: float
    intercept_se: float
    r_squared: float
    n: int


def residual_gains(pretest: ArrayLike, posttest: ArrayLike) -> NDArray[np.float64]:
    r"""Residual of the posttest regressed on the pretest.

    .. math:: e_i = (y_i - \bar y) - b\,(x_i - \bar x), \qquad
              b = \frac{\sum (x_i - \bar x)(y_i - \bar y)}{\sum (x_i - \bar x)^2}

    with pretest x and posttest y, both sums and means over the complete pairs.

    Parameters
    ----------
    pretest, posttest : array_like, shape (n_dyads,)
        Scores in the same units; NaN where missing.

    Returns
    -------
    ndarray, shape (n_dyads,)
        Residual gains in units of the posttest, mean 0 over the complete pairs; negative where a
        patient ended lower than the pretest predicts; NaN where either score is missing.

    Raises
    ------
    AnalysisError
        Fewer than four complete pairs, or a constant pretest.

    References
    ----------
    Cronbach, L. J., & Furby, L. (1970). How we should measure "change": Or should we?
    Psychological Bulletin, 74, 68-80. https://doi.org/10.1037/h0029382

    Examples
    --------
    The slope is 0.8 and the line predicts 1.3, 2.1, 2.9 and 3.7:

    >>> residual_gains([1, 2, 3, 4], [1, 3, 2, 4]).round(10)
    array([-0.3,  0.9, -0.9,  0.3])
    """
    return regress_posttest(pretest, posttest).residual


def residual_gain_sd(residual: NDArray[np.float64]) -> float:
    """Standard deviation of the residual gains, whose mean is zero: √[Σ e² / (n − 1)].

    Parameters
    ----------
    residual : ndarray, shape (n_dyads,)
        Residual gains in units of the posttest; NaN, where a score is missing, is left out.

    Examples
    --------
    >>> round(residual_gain_sd(np.array([-0.3, 0.9, np.nan, -0.9, 0.3])), 4)
    0.7746
    """
    known = residual[np.isfinite(residual)]
    return float(np.sqrt((known * known).sum() / (len(known) - 1)))


def regress_posttest(pretest: ArrayLike, posttest: ArrayLike) -> GainRegression:
    """Regress the posttest on the pretest (see `residual_gains` for formula and errors)."""
    before = np.asarray(pretest, dtype=float)
    after = np.asarray(posttest, dtype=float)
    complete = np.isfinite(before) & np.isfinite(after)
    n = int(complete.sum())
    if n < MINIMUM_PAIRS:
        raise AnalysisError(
            f"A residual gain needs at least {MINIMUM_PAIRS} dyads with pretest and posttest,"
            f" found {n}."
        )
    mean_before, mean_after = before[complete].mean(), after[complete].mean()
    x, y = before[complete] - mean_before, after[complete] - mean_after
    if np.ptp(before[complete]) == 0:
        raise AnalysisError(
            f"A residual gain needs a pretest that varies, found {mean_before:g} in all {n} dyads."
        )
    # Sums of products, not dot products: BLAS adds in an order that depends on the machine.
    sum_xx, sum_yy = (x * x).sum(), (y * y).sum()
    slope = (x * y).sum() / sum_xx
    error = y - slope * x
    if np.sqrt((error * error).sum()) <= _ROUNDING * max(np.sqrt(sum_yy), abs(mean_after)):
        error = np.zeros(n)
    unexplained = (error * error).sum()
    variance = unexplained / (n - 2)
    residual = np.full(before.shape, np.nan)
    residual[complete] = error
    return GainRegression(
        residual=residual,
        slope=float(slope),
        slope_se=float(np.sqrt(variance / sum_xx)),
        intercept=float(mean_after - slope * mean_before),
        intercept_se=float(np.sqrt(variance * (1 / n + mean_before**2 / sum_xx))),
        r_squared=float(1 - unexplained / sum_yy) if np.ptp(after[complete]) else np.nan,
        n=n,
    )


def compute_residual_gains(
    measures: pd.DataFrame,
    outcomes: Mapping[str, tuple[str, str]],
    interval: float = 0.95,
    datasets: Mapping[str, int] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Residual gains of every outcome in every imputation, with the regressions behind them.

    Parameters
    ----------
    measures : pandas.DataFrame
        Contract `MEASURES`: one row per dyad and imputation, one column per measure. Of measures
        with one row per occasion, the first of each dyad is used.
    outcomes : mapping of str to (str, str)
        Outcome id to the names of its pretest and posttest measures.
    interval : float
        Coverage of the coefficients' intervals, between 0 and 1.
    datasets : mapping of str to int, optional
        Names that a study gives to imputations.

    Returns
    -------
    gains : pandas.DataFrame
        Contract `GAINS`.
    statistics : pandas.DataFrame
        Contract `STATISTICS`, ids `gains.<outcome>.<available|imputed>.<statistic>` with the
        statistics slope, slope_hc3, intercept, r_squared, sd and skewness (both of the residual
        gain) and n.
        Where the regression is undefined, residual gains are NaN and the statistics null with the
        reason.

    Raises
    ------
    AnalysisError
        A measure that an outcome names is not a column.
    """
    _require_columns(measures, outcomes)
    measures = one_row_per_dyad(measures)
    kept = [name for name in ("patient", "therapist") if name in measures.columns]
    names = [*_KEY_COLUMNS, *kept, *_SCORE_COLUMNS]
    keys = {name: measures[name].to_numpy() for name in ("dyad", "imputation", *kept)}
    scores = {
        name: measures[name].to_numpy(dtype=float, na_value=np.nan)
        for name in {name for pair in outcomes.values() for name in pair}
    }
    parts: list[Columns] = []
    rows: list[Row] = []
    for imputation in imputations(measures):
        own = keys["imputation"] == imputation
        identifiers = {name: values[own] for name, values in keys.items()}
        dataset = dataset_name(imputation, datasets)
        for outcome, (pretest, posttest) in outcomes.items():
            before, after = scores[pretest][own], scores[posttest][own]
            terms = {"outcome": posttest, "predictor": pretest, "dataset": dataset}
            gains, regression = _gains_of(outcome, terms, before, after, interval)
            parts.append(identifiers | gains)
            rows += regression
    if not parts:
        return pd.DataFrame(columns=names), statistics_frame(rows)
    columns = {name: np.concatenate([part[name] for part in parts]) for name in names}
    return pd.DataFrame(columns), statistics_frame(rows)


def _gains_of(
    outcome: str,
    terms: dict[str, str],
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    interval: float,
) -> tuple[Columns, list[Row]]:
    """Columns of the gains of one outcome in one data set, and the rows of its regression."""
    fit, reason = _fit_or_reason(before, after)
    gains: Columns = {
        "outcome": np.full(len(before), outcome, dtype=object),
        "pretest": before,
        "posttest": after,
        "raw_gain": after - before,
        "residual_gain": np.full(len(before), np.nan) if fit is None else fit.residual,
    }
    n = int((np.isfinite(before) & np.isfinite(after)).sum())
    rows = _regression_rows(outcome, terms, n, fit, reason, interval)
    return gains, [*rows, _hc3_row(outcome, terms, n, before, after, reason, interval)]


def statistics(inputs: "AnalysisInputs", resampling: bool) -> pd.DataFrame:
    """The regressions, which were computed with the residual gains that other analyses use."""
    return inputs.regressions


def pretests_and_posttests(study: "Study") -> dict[str, tuple[str, str]]:
    """Names of the pretest and the posttest measure of every outcome of a study."""
    return {name: (outcome.pretest, outcome.posttest) for name, outcome in study.outcomes.items()}


def _require_columns(measures: pd.DataFrame, outcomes: Mapping[str, tuple[str, str]]) -> None:
    problems = [
        f"outcome {outcome!r} names the {role} {name!r}, which is not among the measures"
        for outcome, pair in outcomes.items()
        for role, name in zip(("pretest", "posttest"), pair, strict=True)
        if name not in measures.columns
    ]
    if problems:
        raise AnalysisError("Residual gains cannot be computed.", problems)


def _fit_or_reason(
    before: NDArray[np.float64], after: NDArray[np.float64]
) -> tuple[GainRegression | None, str | None]:
    try:
        return regress_posttest(before, after), None
    except AnalysisError as error:
        return None, error.heading


def _regression_rows(
    gain: str,
    terms: dict[str, str],
    n: int,
    fit: GainRegression | None,
    reason: str | None,
    interval: float,
) -> list[Row]:
    shared: dict[str, Any] = {
        "x": gain,
        **terms,
        "method": _METHOD,
        "software": software("attune"),
        "n": n,
    }
    place = (gain, terms["dataset"])
    rows = [statistic_row("gains", place, "n", n, **shared)]
    if fit is None:
        return rows + [
            statistic_row("gains", place, name, None, reason=reason, **shared)
            for name in ("slope", "intercept", "r_squared", "sd", "skewness")
        ]
    for name, estimate, se in (
        ("slope", fit.slope, fit.slope_se),
        ("intercept", fit.intercept, fit.intercept_se),
    ):
        tested = _test_columns(coefficient_test(estimate, se, n - 2, interval), interval)
        rows.append(statistic_row("gains", place, name, estimate, **tested, **shared))
    no_variance = "The posttest is constant, so there is no variance to explain."
    rows.append(
        statistic_row("gains", place, "r_squared", fit.r_squared, reason=no_variance, **shared)
    )
    spread = residual_gain_sd(fit.residual)
    rows.append(statistic_row("gains", place, "sd", spread, **shared))
    constant_reason = "The residual gains do not vary."
    skew = skewness(fit.residual)
    rows.append(statistic_row("gains", place, "skewness", skew, reason=constant_reason, **shared))
    return rows


def _hc3_row(
    gain: str,
    terms: dict[str, str],
    n: int,
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    reason: str | None,
    interval: float,
) -> Row:
    """The slope with a standard error that allows for unequal variances."""
    columns: dict[str, Any] = {"x": gain, **terms, "n": n, "software": software("attune", "scipy")}
    columns["method"] = f"{_METHOD}, HC3 standard error"
    estimate = np.nan
    if reason is None:
        complete = np.isfinite(before) & np.isfinite(after)
        test = hc3_slope_test(before[complete], after[complete], interval)
        reason = "One dyad alone determines part of the line, so that HC3 is not defined."
        estimate = test.estimate if np.isfinite(test.se) else np.nan
        columns |= _test_columns(test, interval)
    place = (gain, terms["dataset"])
    return statistic_row("gains", place, "slope_hc3", estimate, reason=reason, **columns)


def _test_columns(test: CoefficientTest, interval: float) -> dict[str, Any]:
    """A coefficient's test and interval as columns of the store; no p where se is zero."""
    return {
        "se": test.se,
        "df": test.df,
        "p_two_tailed": test.p_two_tailed if test.se else None,
        "ci_low": test.ci_low,
        "ci_high": test.ci_high,
        "ci_level": interval,
    }
