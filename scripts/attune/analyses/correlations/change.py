"""Associations of a measure with change: further statistics of pairs whose y is a residual gain.

Three questions can be asked of pretest, posttest and x. The analysis of covariance asks whether
people with the same pretest differ in their posttest by x. The residual gain asks the same, but
does not adjust x for the pretest, so its test is conservative where they correlate (Cohen et al.,
2003, section 3.5; docs/inference.md has the measured error rates). The raw change asks whether
people differ in how far they moved, whatever their pretest; where the groups differ before
treatment the two answers can contradict each other (Lord, 1967).

References
----------
Cohen, J., Cohen, P., West, S. G., & Aiken, L. S. (2003). Applied multiple regression/correlation
analysis for the behavioral sciences (3rd ed.). https://doi.org/10.4324/9780203774441
Lord, F. M. (1967). A paradox in the interpretation of group comparisons. Psychological Bulletin,
68, 304-305. https://doi.org/10.1037/h0025105
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from attune.analyses.correlations.pair_tests import Limits
from attune.analyses.correlations.pairs import ChangeOfPair, Pair
from attune.stats import ancova, hypothesis_tests
from attune.stats.regression import is_constant
from attune.store.statistic_rows import Row, software

_MODEL = "posttest on pretest and x"

METHODS = {
    "ancova_r": f"Partial correlation in the regression of {_MODEL}, t test, {{interval}}",
    "ancova_slope": f"Slope of x in the regression of {_MODEL}",
    "ancova_slope_hc3": f"Slope of x in the regression of {_MODEL}, HC3 standard error",
    "ancova_semipartial_r": f"Semipartial correlation in the regression of {_MODEL}",
    "pretest_r": "Pearson correlation with the pretest, t test, Fisher z interval",
    "change_r": "Pearson correlation with posttest minus pretest, t test, Fisher z interval",
    "ancova_slope_corrected": f"Slope of x in the regression of {_MODEL}, the pretest's"
    " variance corrected for a reliability of {reliability:g}",
}
"""Method text of each further statistic of pairs whose y is a residual gain."""

_TESTED = software("attune", "scipy")


def change_rows(
    pair: Pair,
    change: ChangeOfPair,
    fit: ancova.Ancova | None,
    limits: Limits | None,
    interval: float,
    reliability: float | None,
) -> Iterator[Row]:
    """Rows of the analysis of covariance and of the alternatives to it.

    Parameters
    ----------
    pair : Pair
    change : ChangeOfPair
        The pair's own.
    fit : Ancova or None
        None where it is undefined.
    limits : Limits or None
        Interval of the partial correlation that the family declares; None: Fisher's.
    interval : float
        Coverage of all intervals.
    reliability : float or None
        That the study declares for the pretest; None: no corrected slope.
    """
    corrected = [] if reliability is None else ["ancova_slope_corrected"]
    methods = {
        name: method.format(
            interval=limits.name if limits else "Fisher z interval", reliability=reliability or 0
        )
        for name, method in METHODS.items()
    }
    if fit is None:
        for name in (*list(METHODS)[:4], *corrected):
            yield pair.row(
                name, None, reason=change.undefined_reason, method=methods[name], software=_TESTED
            )
    else:
        for name, (estimate, columns) in _of_fit(pair, fit, limits, interval).items():
            yield pair.row(
                name,
                estimate,
                **columns,
                reason=fit.hc3_reason,
                method=methods[name],
                software=_TESTED,
            )
        if reliability is not None:
            method = methods["ancova_slope_corrected"]
            yield _corrected_row(pair, change, reliability, interval, method)
    for name, other in (
        ("pretest_r", change.pretest),
        ("change_r", change.posttest - change.pretest),
    ):
        yield _correlation_row(pair, name, other, interval, methods[name])


def _of_fit(
    pair: Pair, fit: ancova.Ancova, limits: Limits | None, interval: float
) -> dict[str, tuple[float, dict[str, Any]]]:
    def test(p: float, estimate: float) -> dict[str, Any]:
        directed = pair.tail and hypothesis_tests.one_tailed(p, estimate, pair.tail)
        return {"df": fit.df, "p_two_tailed": p, "p_one_tailed": directed}

    def between(low: float, high: float) -> dict[str, Any]:
        return {"ci_low": low, "ci_high": high, "ci_level": interval}

    classical = test(fit.p_two_tailed, fit.slope)
    robust = test(fit.hc3_p_two_tailed, fit.slope)
    return {
        "ancova_r": (
            fit.partial_r,
            classical
            | (
                limits.columns() if limits else between(fit.partial_r_ci_low, fit.partial_r_ci_high)
            ),
        ),
        "ancova_slope": (
            fit.slope,
            classical | {"se": fit.se} | between(fit.ci_low, fit.ci_high),
        ),
        "ancova_slope_hc3": (
            fit.slope if np.isfinite(fit.hc3_se) else np.nan,
            robust | {"se": fit.hc3_se} | between(fit.hc3_ci_low, fit.hc3_ci_high),
        ),
        "ancova_semipartial_r": (fit.semipartial_r, {}),
    }


def _corrected_row(
    pair: Pair, change: ChangeOfPair, reliability: float, interval: float, method: str
) -> Row:
    values = (change.pretest, change.posttest, pair.x, reliability)
    columns = {"method": method, "software": _TESTED}
    reason = ancova.why_no_corrected_slope(*values)
    if reason:
        return pair.row("ancova_slope_corrected", None, reason=reason, **columns)
    test = ancova.corrected_slope(*values, interval).test
    return pair.row(
        "ancova_slope_corrected",
        test.estimate,
        se=test.se,
        df=test.df,
        ci_low=test.ci_low,
        ci_high=test.ci_high,
        ci_level=interval,
        **columns,
    )


def _correlation_row(pair: Pair, name: str, other: np.ndarray, interval: float, method: str) -> Row:
    columns = {"method": method, "software": _TESTED}
    if pair.undefined_reason or is_constant(other):
        return pair.row(name, None, reason=f"The same value in all {pair.n} dyads.", **columns)
    test = hypothesis_tests.pearson_test(pair.x, other, interval)
    return pair.row(
        name,
        test.r,
        df=test.df,
        p_two_tailed=test.p_two_tailed,
        tail=None,
        ci_low=test.ci_low,
        ci_high=test.ci_high,
        ci_level=interval,
        **columns,
    )
