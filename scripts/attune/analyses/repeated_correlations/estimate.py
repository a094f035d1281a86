"""Correlations of measures over occasions, within and between dyads.

Formulas: `attune.stats.repeated_correlation`.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from attune.analyses.repeated_correlations.declaration import (
    RepeatedCorrelations,
    repeated_families,
)
from attune.specs.errors import AnalysisError
from attune.stats.hypothesis_tests import CorrelationTest, Tail
from attune.stats.regression import CoefficientTest
from attune.stats.repeated_correlation import (
    RepeatedPairs,
    between_correlation,
    complete_pairs,
    slopes_within_and_between,
    within_correlation,
)
from attune.store.statistic_rows import Row, software, statistic_row, statistics_frame

if TYPE_CHECKING:
    from attune.analyses.analysis import AnalysisInputs
    from attune.specs.study import Study

CORRELATIONS = {"within": within_correlation, "between": between_correlation}

METHODS = {
    "within": "Repeated measures correlation, t test, Fisher z interval",
    "between": "Pearson correlation of the dyads' means, t test, Fisher z interval",
    "slopes": "Linear mixed model with intercepts of dyads, restricted maximum likelihood,"
    " Satterthwaite's degrees of freedom",
}

SLOPES = ("slope_within", "slope_between", "contextual_slope")

_TAILS: dict[str | None, Tail | None] = {"positive": "greater", "negative": "less", None: None}


def correlate_occasions(
    measures: pd.DataFrame, study: "Study", *, interval: float = 0.95
) -> pd.DataFrame:
    """Every family of correlations over occasions that a study declares.

    Parameters
    ----------
    measures : pandas.DataFrame
        Contract `MEASURES`, one row per dyad and occasion. Each pair uses the occasions of a dyad
        that have both measures.
    study : Study
    interval : float
        Coverage of all intervals.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`; ids `<family>.<x>.<y>.<statistic>` with occasions_n and, by the
        declared level, within_r and between_r; of both also slope_within, slope_between and
        contextual_slope with their t. What cannot be computed is null with a reason.
    """
    rows: list[Row] = []
    for name, family in repeated_families(study).items():
        occasions = family.occasions or study.occasions
        chosen = measures["imputation"] == study.imputation_of(family.dataset)
        frame = measures[chosen & measures["occasion"].isin(occasions)]
        for x, y in family.pairs():
            rows += _pair_rows(name, family, (x, y), pairs_of(frame, x, y), interval)
    return statistics_frame(rows)


def pairs_of(frame: pd.DataFrame, x: str, y: str) -> RepeatedPairs:
    """Two measures on the occasions that have both, from rows of the contract `MEASURES`."""
    first, second = (frame[key].to_numpy(dtype=float, na_value=np.nan) for key in (x, y))
    return complete_pairs(first, second, frame["dyad"])


def statistics(inputs: "AnalysisInputs", resampling: bool) -> pd.DataFrame:
    """Correlations over occasions, from the inputs of all analyses."""
    interval = inputs.choices.correlate_measures.interval
    return correlate_occasions(inputs.measures, inputs.study, interval=interval)


def _pair_rows(
    name: str,
    family: RepeatedCorrelations,
    terms: tuple[str, str],
    pairs: RepeatedPairs,
    interval: float,
) -> Iterator[Row]:
    row = partial(
        statistic_row,
        name,
        terms,
        x=terms[0],
        y=terms[1],
        family=name,
        dataset=family.dataset,
        n=pairs.n_groups,
        software=software("attune", "scipy"),
    )
    yield row("occasions_n", float(len(pairs.x)))
    tail = _TAILS[family.direction]
    for level in family.levels:
        columns: dict[str, Any] = {"method": METHODS[level], "level": level, "tail": tail}
        try:
            test = CORRELATIONS[level](pairs, interval)
        except AnalysisError as error:
            yield row(f"{level}_r", None, reason=error.heading, **columns)
            continue
        yield row(f"{level}_r", test.r, **columns, **_test_columns(test, tail, interval))
    if family.level == "both":
        yield from _slope_rows(row, pairs, interval)


def _test_columns(test: CorrelationTest, tail: Tail | None, interval: float) -> Mapping[str, Any]:
    return {
        "se": test.se,
        "df": test.df,
        "p_two_tailed": test.p_two_tailed,
        "p_one_tailed": None if tail is None else test.p_one_tailed(tail),
        "ci_low": test.ci_low,
        "ci_high": test.ci_high,
        "ci_level": interval,
    }


def _slope_rows(row: "partial[Row]", pairs: RepeatedPairs, interval: float) -> Iterator[Row]:
    """Slopes of y on x within and between, and the difference of both."""
    method = METHODS["slopes"]
    try:
        tests: dict[str, CoefficientTest] = dict(
            zip(SLOPES, slopes_within_and_between(pairs, interval), strict=True)
        )
    except AnalysisError as error:
        reason = " ".join([error.heading, "; ".join(error.problems)]).strip()
        for name in SLOPES:
            yield row(name, None, reason=reason, method=method)
            yield row(f"{name}_t", None, reason=reason, method=method)
        return
    for name, test in tests.items():
        limits = {"ci_low": test.ci_low, "ci_high": test.ci_high, "ci_level": interval}
        yield row(name, test.estimate, se=test.se, df=test.df, method=method, **limits)
        evidence = {"df": test.df, "p_two_tailed": test.p_two_tailed}
        yield row(f"{name}_t", test.t, reason="No standard error.", method=method, **evidence)
