"""Correlation families: Pearson, Spearman, partial r, bootstrap, permutation, Bayes factor.

Resamples: all pairs of a family with the same number of complete dyads share their bootstrap draws
and permutations, from the streams `<family>.bootstrap.<n>` and `<family>.permutation.<n>`.
A family's numbers therefore depend on the seed, its own name and its own dyads only.

Where y is the residual gain of an outcome, the family declares which test decides: that of the
analysis of covariance, or that of the residual gain as in the reference paper. The statistics
that belong to a test (adjusted p, Bayes factors, robust and bootstrap intervals, the smallest
detectable correlation) follow the declaration; the other test is reported, too.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.analyses.correlations.change import change_rows
from attune.analyses.correlations.declaration import families
from attune.analyses.correlations.pair_tests import Limits, PairTests, Settings
from attune.analyses.correlations.pairs import MINIMUM_DYADS, Pair, pairs_of_family
from attune.analyses.correlations.resampled import (
    bootstrap_pairs,
    bootstrap_rows,
    permutation_rows,
)
from attune.specs.errors import AnalysisError
from attune.stats import bayes_factors, hypothesis_tests, multiplicity
from attune.stats import power as sensitivity
from attune.stats.ancova import complete_ancova
from attune.stats.hypothesis_tests import CorrelationTest, Tail
from attune.stats.sums import mean, total
from attune.store.datasets import missing_columns
from attune.store.statistic_rows import Row, software, statistics_frame

if TYPE_CHECKING:
    from attune.analyses.analysis import AnalysisInputs
    from attune.analyses.correlations.declaration import Correlations
    from attune.specs.study import Outcome

_COLLINEAR = 1e-12
"""Unexplained share below which a measure is an exact function of others up to rounding error."""


_TESTED = software("attune", "scipy")
"""Estimates are attune's, their distributions scipy's."""


def correlate_measures(
    datasets: Mapping[str, pd.DataFrame],
    families: "Mapping[str, Correlations]",
    outcomes: "Mapping[str, Outcome] | None" = None,
    *,
    interval: float = 0.95,
    bootstrap_samples: int = 9999,
    permutations: int = 99999,
    bayes_factor_scale: float = 1.0,
    power: float = 0.80,
    level: float = 0.05,
    seed: int,
) -> pd.DataFrame:
    """Correlations of every declared family of a study.

    Parameters
    ----------
    datasets : mapping of str to pandas.DataFrame
        Data sets by name (see `analysis_datasets`): one row per dyad, one numeric column per
        measure or outcome, and the column condition where a family holds it constant. Each pair
        uses the dyads that have both measures.
    families : mapping of str to Correlations
        The study's families by id.
    outcomes : mapping of str to study.Outcome, optional
        Pretest and posttest of each outcome that a family names. Without them a residual gain is
        correlated like any measure.
    interval : float
        Coverage of all intervals.
    bootstrap_samples : int
        Resamples of the BCa interval; 0 leaves out bootstrap_r.
    permutations : int
        Monte Carlo permutations; all n! orders are taken where they are not more; 0 leaves out
        permutation_p.
    bayes_factor_scale : float
        Width of the stretched beta prior.
    power, level : float
        Power and significance level of the smallest detectable correlation.
    seed : int
        Start of all random streams.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`; ids `<family>.<x>.<y>.<statistic>` with the statistics pearson_r,
        r_squared, spearman_rho, partial_r (where the condition is held), robust_r, sandwich_r,
        bootstrap_r, permutation_p, p_holm, p_bh, bayes_factor, bayes_factor_directed (where a
        direction is declared) and minimum_detectable_r; where y is an outcome also those of
        `change`. The adjusted p, Bayes factors, robust, sandwich and bootstrap intervals and the
        smallest detectable correlation belong to the test that the family declares. What is
        undefined is null with a reason.

    Raises
    ------
    AnalysisError
        A family names a data set or a column that does not exist.
    """
    outcomes = outcomes or {}
    _require_columns(datasets, families, outcomes)
    settings = Settings(
        interval, bootstrap_samples, permutations, bayes_factor_scale, power, level, seed
    )
    rows: list[Row] = []
    for name, family in families.items():
        pairs = list(pairs_of_family(name, family, datasets[family.dataset], outcomes))
        rows += _family_rows(family, pairs, outcomes, settings)
    return statistics_frame(rows)


def _family_rows(
    family: "Correlations",
    pairs: list[Pair],
    outcomes: "Mapping[str, Outcome]",
    settings: Settings,
) -> Iterator[Row]:
    tests = [_tests_of(pair, settings) for pair in pairs]
    bootstrap = bootstrap_pairs(pairs, tests, settings)
    factors = _bayes_factors(pairs, tests, settings)
    for number, (pair, test) in enumerate(zip(pairs, tests, strict=True)):
        choice: dict[str, Limits] = {
            "fisher_z": test.fisher_z(settings.interval),
            "robust": test.robust(pair, settings.interval),
            "sandwich": test.sandwich(pair, settings.interval),
            "bca": bootstrap[number].limits,
        }
        declared = choice[family.interval]
        yield from _correlation_rows(pair, test, declared, settings)
        if family.hold_condition:
            yield _partial_row(pair, settings)
        if pair.change is not None:
            reliability = outcomes[pair.y_name].pretest_reliability
            limits = declared if pair.tested == "ancova_r" else None
            yield from change_rows(
                pair, pair.change, test.ancova, limits, settings.interval, reliability
            )
        yield _interval_row("robust_r", pair, test, choice["robust"])
        yield _interval_row("sandwich_r", pair, test, choice["sandwich"])
        yield from _bayes_factor_rows(pair, test, factors[number], settings)
        yield _sensitivity_row(pair, test, settings)
    yield from _adjusted_rows(pairs, tests)
    if settings.bootstrap_samples:
        yield from bootstrap_rows(pairs, tests, bootstrap, settings)
    if settings.permutations:
        yield from permutation_rows(pairs, tests, settings)


def statistics(inputs: "AnalysisInputs", resampling: bool) -> pd.DataFrame:
    """Correlations, from the inputs of all analyses."""
    choices = inputs.choices.correlate_measures.model_dump()
    if not resampling:
        choices |= {"bootstrap_samples": 0, "permutations": 0}
    return correlate_measures(
        inputs.datasets,
        families(inputs.study),
        inputs.study.outcomes,
        level=inputs.choices.build_tables.level,
        seed=inputs.choices.seed,
        **choices,
    )


def _require_columns(
    datasets: Mapping[str, pd.DataFrame],
    families: "Mapping[str, Correlations]",
    outcomes: "Mapping[str, Outcome]",
) -> None:
    problems: list[str] = []
    for name, family in families.items():
        columns = [*family.x, *family.y, *(["condition"] if family.hold_condition else [])]
        for outcome in (outcomes[y] for y in family.y if y in outcomes):
            columns += [outcome.pretest, outcome.posttest]
        columns = list(dict.fromkeys(columns))
        problems += missing_columns(datasets, f"family {name!r}", family.dataset, columns)
    if problems:
        raise AnalysisError("Correlations cannot be computed.", problems)


def _tests_of(pair: Pair, settings: Settings) -> PairTests:
    if pair.undefined_reason:
        return PairTests(pair.tested, None, None, pair.undefined_reason)
    pearson = hypothesis_tests.pearson_test(pair.x, pair.y, settings.interval)
    change = pair.change
    if change is None or isinstance(change.regression, str):
        return PairTests(pair.tested, pearson, None, pair.untested_reason)
    fit = complete_ancova(
        change.regression, change.pretest, change.posttest, pair.x, settings.interval
    )
    return PairTests(pair.tested, pearson, fit)


def _test_columns(test: CorrelationTest, pair: Pair, interval: float) -> dict[str, object]:
    return {
        "se": test.se,
        "df": test.df,
        "n": test.n,
        "p_two_tailed": test.p_two_tailed,
        "p_one_tailed": None if pair.tail is None else test.p_one_tailed(pair.tail),
        "ci_low": test.ci_low,
        "ci_high": test.ci_high,
        "ci_level": interval,
    }


def _correlation_rows(
    pair: Pair, tests: PairTests, limits: Limits, settings: Settings
) -> Iterator[Row]:
    declared = limits if pair.tested == "pearson_r" else None
    named = declared.name if declared else "Fisher z interval"
    pearson = {"method": f"Pearson correlation, t test, {named}", "software": _TESTED}
    squared = {"method": "Squared Pearson correlation", "software": _TESTED}
    spearman = {
        "method": "Spearman rank correlation, t approximation, Bonett-Wright interval",
        "software": _TESTED,
    }
    test = tests.pearson
    if test is None:
        yield pair.row("pearson_r", None, **pearson)
        yield pair.row("r_squared", None, **squared)
        yield pair.row("spearman_rho", None, **spearman)
        return
    rho = hypothesis_tests.spearman_test(pair.x, pair.y, settings.interval)
    columns = _test_columns(test, pair, settings.interval)
    columns |= declared.columns() if declared else {}
    yield pair.row("pearson_r", test.r, **columns, **pearson)
    yield pair.row("r_squared", test.r**2, **squared)
    yield pair.row("spearman_rho", rho.r, **_test_columns(rho, pair, settings.interval), **spearman)


def _interval_row(statistic: str, pair: Pair, tests: PairTests, limits: Limits) -> Row:
    return pair.row(
        statistic,
        tests.r if np.isfinite(limits.low) else None,
        reason=tests.reason or "Without one of the dyads the correlation is perfect or undefined.",
        method=f"{tests.words}, {limits.name}",
        software=_TESTED,
        **limits.columns(),
    )


def _partial_row(pair: Pair, settings: Settings) -> Row:
    known = np.array([value is not None for value in pair.condition], dtype=bool)
    x, y = pair.x[known], pair.y[known]
    columns: dict[str, object] = {
        "n": len(x),
        "method": "Pearson partial correlation holding the treatment condition (dummy variables),"
        " t test, Fisher z interval",
        "software": _TESTED,
    }
    dummies, levels = _dummy_variables(pair.condition[known])
    reason = pair.undefined_reason or _why_not_partial(len(x), levels)
    if reason:
        return pair.row("partial_r", None, reason=reason, **columns)
    rest = hypothesis_tests.partial_residuals(x, y, dummies)
    reason = _residuals_undefined_reason((x, y), rest)
    if reason:
        return pair.row("partial_r", None, reason=reason, **columns)
    test = hypothesis_tests.residual_test(*rest, dummies.shape[1], settings.interval)
    return pair.row("partial_r", test.r, **(columns | _test_columns(test, pair, settings.interval)))


def _dummy_variables(condition: NDArray[np.object_]) -> tuple[NDArray[np.float64], list[str]]:
    """One column per level but the first, shape (n, levels - 1), and the levels."""
    text = [str(value) for value in condition]
    levels = sorted(set(text))
    columns = [[value == level for value in text] for level in levels[1:]]
    return np.array(columns, dtype=float).reshape(len(columns), len(text)).T, levels


def _why_not_partial(n: int, levels: list[str]) -> str | None:
    if len(levels) < 2:
        return f"All {n} dyads with both measures are in one condition, or none is recorded."
    if n < MINIMUM_DYADS + len(levels) - 1:
        return f"{n} dyads are too few to hold {len(levels)} conditions."
    return None


def _residuals_undefined_reason(
    measures: tuple[NDArray[np.float64], ...], rest: tuple[NDArray[np.float64], ...]
) -> str | None:
    """Why the correlation of the residuals given condition is undefined."""
    left = [total(residual**2) for residual in rest]
    every = [total((values - mean(values)) ** 2) for values in measures]
    if any(one <= _COLLINEAR * all_of_it for one, all_of_it in zip(left, every, strict=True)):
        return "Within the conditions a measure does not vary."
    r = rest[0] @ rest[1] / np.sqrt(left[0] * left[1])
    if 1 - abs(r) < _COLLINEAR:
        return "Within the conditions each measure is an exact function of the other."
    return None


def _bayes_factors(
    pairs: list[Pair], tests: list[PairTests], settings: Settings
) -> list[dict[str, float | None]]:
    """Per pair, its Bayes factors by statistic; None where there is none."""
    tails: dict[str, Tail | None] = {"bayes_factor": None}
    if pairs and pairs[0].tail is not None:
        tails["bayes_factor_directed"] = pairs[0].tail
    found: list[dict[str, float | None]] = [dict.fromkeys(tails) for _ in pairs]
    known = [place for place, test in enumerate(tests) if test.defined and abs(test.r) < 1]
    r, sizes = [tests[place].r for place in known], [tests[place].size for place in known]
    for statistic, tail in tails.items():
        factors = bayes_factors.correlation_bayes_factors(
            r, sizes, settings.bayes_factor_scale, tail
        )
        for place, factor in zip(known, factors, strict=True):
            found[place][statistic] = float(factor)
    return found


def _bayes_factor_rows(
    pair: Pair, tests: PairTests, factors: Mapping[str, float | None], settings: Settings
) -> Iterator[Row]:
    scale = settings.bayes_factor_scale
    prior = f"BF10 of {tests.words}, stretched beta prior of width {scale:g}"
    for statistic, factor in factors.items():
        directed = statistic == "bayes_factor_directed"
        side = f"correlation {pair.tail} than 0" if directed else "two-sided"
        yield pair.row(
            statistic,
            factor,
            reason=tests.reason
            or "The correlation is so close to 1 that its Bayes factor exceeds any number.",
            method=f"{prior}, {side}",
            software=_TESTED,
        )


def _sensitivity_row(pair: Pair, tests: PairTests, settings: Settings) -> Row:
    tailed = 2 if pair.tail is None else 1
    detectable = None
    if tests.defined:
        detectable = sensitivity.minimum_detectable_correlation(
            tests.size,
            settings.power,
            settings.level,
            tailed,
            tests.pretest_r,
        )
    return pair.row(
        "minimum_detectable_r",
        detectable,
        reason=tests.reason
        or f"With {tests.size} dyads and this correlation with the pretest, no correlation is found"
        f" with power {settings.power:g}.",
        method=f"Magnitude of {tests.words} found with power {settings.power:g} at the"
        f" {'two' if tailed == 2 else 'one'}-tailed level {settings.level:g}"
        " (Fisher z approximation)",
        software=software("attune"),
    )


def _adjusted_rows(pairs: list[Pair], tests: list[PairTests]) -> Iterator[Row]:
    if not pairs:
        return
    tail = pairs[0].tail
    p = np.array([test.p(tail) for test in tests])
    which = "two-tailed" if tail is None else "one-tailed"
    of = " and ".join(dict.fromkeys(test.words for test in tests))
    family = (
        f"over the {int(np.isfinite(p).sum())} {which} p values of {of} in the family"
        f" {pairs[0].family}"
    )
    for statistic, name, adjusted in (
        ("p_holm", "Holm", multiplicity.holm(p)),
        ("p_bh", "Benjamini-Hochberg", multiplicity.benjamini_hochberg(p)),
    ):
        for pair, test, value in zip(pairs, tests, adjusted, strict=True):
            yield pair.row(
                statistic,
                float(value),
                reason=test.reason,
                method=f"{name} {family}",
                software=software("attune"),
            )
