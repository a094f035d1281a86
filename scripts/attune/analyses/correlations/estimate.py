"""Correlation families: Pearson, Spearman, partial r, bootstrap, permutation, Bayes factor.

Resamples: all pairs of a family with the same number of complete dyads share their bootstrap draws
and permutations, from the streams `<family>.bootstrap.<n>` and `<family>.permutation.<n>`.
A family's numbers therefore depend on the seed, its own name and its own dyads only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.analyses.correlations.declaration import families
from attune.analyses.correlations.pairs import MINIMUM_DYADS, Pair, pairs_of_family
from attune.specs.errors import AnalysisError
from attune.stats import bayes_factors, hypothesis_tests, multiplicity, resampling
from attune.stats import power as sensitivity
from attune.stats.hypothesis_tests import CorrelationTest, Tail
from attune.store.datasets import missing_columns
from attune.store.statistic_rows import Row, software, statistics_frame

if TYPE_CHECKING:
    from attune.analyses.analysis import AnalysisInputs
    from attune.analyses.correlations.declaration import Correlations

MAX_UNDEFINED_RESAMPLES = 0.05
"""Largest share of resamples without a correlation that a bootstrap interval tolerates."""

_COLLINEAR = 1e-12
"""Unexplained share below which a measure is an exact function of others up to rounding error."""


_TESTED = software("attune", "scipy")
"""Estimates are attune's, their distributions scipy's."""


@dataclass(frozen=True)
class Settings:
    """Choices that hold for all families; see `correlate_measures`."""

    interval: float
    bootstrap_samples: int
    permutations: int
    bayes_factor_scale: float
    power: float
    level: float
    seed: int


def correlate_measures(
    datasets: Mapping[str, pd.DataFrame],
    families: "Mapping[str, Correlations]",
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
    families : mapping of str to study.Correlations
        The study's families by id.
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
        r_squared, spearman_rho, partial_r (where the condition is held), bootstrap_r,
        permutation_p, p_holm, p_bh, bayes_factor, bayes_factor_directed (where a direction is
        declared) and minimum_detectable_r. What is undefined is null with a reason.

    Raises
    ------
    AnalysisError
        A family names a data set or a column that does not exist.
    """
    _require_columns(datasets, families)
    settings = Settings(
        interval, bootstrap_samples, permutations, bayes_factor_scale, power, level, seed
    )
    rows: list[Row] = []
    for name, family in families.items():
        pairs = list(pairs_of_family(name, family, datasets[family.dataset]))
        tests = [None if pair.undefined else _pearson(pair, settings) for pair in pairs]
        for pair, test in zip(pairs, tests, strict=True):
            rows += _correlation_rows(pair, test, settings)
            if family.hold_condition:
                rows.append(_partial_row(pair, settings))
            rows += _bayes_factor_rows(pair, test, settings)
            rows.append(_sensitivity_row(pair, settings))
        rows += _adjusted_rows(pairs, tests)
        if settings.bootstrap_samples:
            rows += _bootstrap_rows(pairs, settings)
        if settings.permutations:
            rows += _permutation_rows(pairs, settings)
    return statistics_frame(rows)


def statistics(inputs: "AnalysisInputs", resampling: bool) -> pd.DataFrame:
    """Correlations, from the inputs of all analyses."""
    choices = inputs.choices.correlate_measures.model_dump()
    if not resampling:
        choices |= {"bootstrap_samples": 0, "permutations": 0}
    return correlate_measures(
        inputs.datasets,
        families(inputs.study),
        level=inputs.choices.build_tables.level,
        seed=inputs.choices.seed,
        **choices,
    )


def _require_columns(
    datasets: Mapping[str, pd.DataFrame], families: "Mapping[str, Correlations]"
) -> None:
    problems: list[str] = []
    for name, family in families.items():
        columns = [*family.x, *family.y, *(["condition"] if family.hold_condition else [])]
        problems += missing_columns(datasets, f"family {name!r}", family.dataset, columns)
    if problems:
        raise AnalysisError("Correlations cannot be computed.", problems)


def _pearson(pair: Pair, settings: Settings) -> CorrelationTest:
    return hypothesis_tests.pearson_test(pair.x, pair.y, settings.interval)


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
    pair: Pair, test: CorrelationTest | None, settings: Settings
) -> Iterator[Row]:
    pearson = {
        "method": "Pearson correlation, t test, Fisher z interval",
        "software": _TESTED,
    }
    squared = {"method": "Squared Pearson correlation", "software": _TESTED}
    spearman = {
        "method": "Spearman rank correlation, t approximation, Bonett-Wright interval",
        "software": _TESTED,
    }
    if test is None:
        yield pair.row("pearson_r", None, **pearson)
        yield pair.row("r_squared", None, **squared)
        yield pair.row("spearman_rho", None, **spearman)
        return
    rho = hypothesis_tests.spearman_test(pair.x, pair.y, settings.interval)
    yield pair.row("pearson_r", test.r, **_test_columns(test, pair, settings.interval), **pearson)
    yield pair.row("r_squared", test.r**2, **squared)
    yield pair.row("spearman_rho", rho.r, **_test_columns(rho, pair, settings.interval), **spearman)


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
    reason = pair.undefined or _why_not_partial(x, y, dummies, levels)
    if reason:
        return pair.row("partial_r", None, reason=reason, **columns)
    test = hypothesis_tests.partial_test(x, y, dummies, settings.interval)
    return pair.row("partial_r", test.r, **(columns | _test_columns(test, pair, settings.interval)))


def _dummy_variables(condition: NDArray[np.object_]) -> tuple[NDArray[np.float64], list[str]]:
    """One column per level but the first, shape (n, levels - 1), and the levels."""
    levels = sorted({str(value) for value in condition})
    text = condition.astype(str)
    columns = [text == level for level in levels[1:]]
    return np.array(columns, dtype=float).reshape(len(columns), len(condition)).T, levels


def _why_not_partial(
    x: NDArray[np.float64], y: NDArray[np.float64], dummies: NDArray[np.float64], levels: list[str]
) -> str | None:
    n = len(x)
    if len(levels) < 2:
        return f"All {n} dyads with both measures are in one condition, or none is recorded."
    if n < MINIMUM_DYADS + len(levels) - 1:
        return f"{n} dyads are too few to hold {len(levels)} conditions."
    design = np.column_stack([np.ones(n), dummies])
    scores = np.column_stack([x - x.mean(), y - y.mean()])
    residual = scores - design @ np.linalg.lstsq(design, scores, rcond=None)[0]
    left, total = (residual**2).sum(axis=0), (scores**2).sum(axis=0)
    if (left <= _COLLINEAR * total).any():
        return "Within the conditions a measure does not vary."
    r = residual[:, 0] @ residual[:, 1] / np.sqrt(left.prod())
    if 1 - abs(r) < _COLLINEAR:
        return "Within the conditions each measure is an exact function of the other."
    return None


def _bayes_factor_rows(
    pair: Pair, test: CorrelationTest | None, settings: Settings
) -> Iterator[Row]:
    scale = settings.bayes_factor_scale
    prior = f"BF10, stretched beta prior of width {scale:g}"
    tails: dict[str, Tail | None] = {"bayes_factor": None}
    if pair.tail is not None:
        tails["bayes_factor_directed"] = pair.tail
    for statistic, tail in tails.items():
        factor = None
        if test is not None and abs(test.r) < 1:
            factor = bayes_factors.correlation_bayes_factor(test.r, test.n, scale, tail)
        side = "two-sided" if tail is None else f"correlation {tail} than 0"
        yield pair.row(
            statistic,
            factor,
            reason="The correlation is so close to 1 that its Bayes factor exceeds any number.",
            method=f"{prior}, {side}",
            software=_TESTED,
        )


def _sensitivity_row(pair: Pair, settings: Settings) -> Row:
    tailed = 2 if pair.tail is None else 1
    detectable = None
    if pair.undefined is None:
        detectable = sensitivity.minimum_detectable_correlation(
            pair.n, settings.power, settings.level, tailed
        )
    return pair.row(
        "minimum_detectable_r",
        detectable,
        method=f"Magnitude found with power {settings.power:g} at the"
        f" {'two' if tailed == 2 else 'one'}-tailed level {settings.level:g}"
        " (Fisher z approximation)",
        software=software("attune"),
    )


def _adjusted_rows(pairs: list[Pair], tests: list[CorrelationTest | None]) -> Iterator[Row]:
    if not pairs:
        return
    tail = pairs[0].tail
    p = np.array(
        [
            np.nan
            if test is None
            else (test.p_two_tailed if tail is None else test.p_one_tailed(tail))
            for test in tests
        ]
    )
    which = "two-tailed" if tail is None else "one-tailed"
    family = (
        f"over the {int(np.isfinite(p).sum())} {which} p values of Pearson's r in the family"
        f" {pairs[0].family}"
    )
    for statistic, name, adjusted in (
        ("p_holm", "Holm", multiplicity.holm(p)),
        ("p_bh", "Benjamini-Hochberg", multiplicity.benjamini_hochberg(p)),
    ):
        for pair, value in zip(pairs, adjusted, strict=True):
            yield pair.row(
                statistic, float(value), method=f"{name} {family}", software=software("attune")
            )


def _bootstrap_rows(pairs: list[Pair], settings: Settings) -> Iterator[Row]:
    for pair in pairs:
        if pair.undefined:
            yield pair.row("bootstrap_r", None, method="BCa bootstrap", software=software("attune"))
    for n, alike, xs, ys in _pairs_by_size(pairs):
        draws = resampling.stream(settings.seed, f"{alike[0].family}.bootstrap.{n}")
        indices = resampling.bootstrap_indices(n, settings.bootstrap_samples, draws)
        replicates = resampling.bootstrap_correlations(xs, ys, indices)
        for pair, values in zip(alike, replicates, strict=True):
            yield _bootstrap_row(pair, values, settings)


def _permutation_rows(pairs: list[Pair], settings: Settings) -> Iterator[Row]:
    for pair in pairs:
        if pair.undefined:
            yield pair.row("permutation_p", None, method="Permutation", software=software("attune"))
    for n, alike, xs, ys in _pairs_by_size(pairs):
        draws = resampling.stream(settings.seed, f"{alike[0].family}.permutation.{n}")
        test = resampling.permutation_tests(xs, ys, settings.permutations, draws)
        for number, pair in enumerate(alike):
            yield _permutation_row(pair, test, number, settings)


def _pairs_by_size(
    pairs: list[Pair],
) -> Iterator[tuple[int, list[Pair], NDArray[np.float64], NDArray[np.float64]]]:
    """Defined pairs with the same number of dyads, and their values, one pair per row."""
    defined = sorted((pair for pair in pairs if not pair.undefined), key=lambda pair: pair.n)
    for n, group in groupby(defined, key=lambda pair: pair.n):
        alike = list(group)
        yield n, alike, np.array([pair.x for pair in alike]), np.array([pair.y for pair in alike])


def _bootstrap_row(pair: Pair, replicates: NDArray[np.float64], settings: Settings) -> Row:
    defined = replicates[np.isfinite(replicates)]
    share = 1 - len(defined) / len(replicates)
    estimate = float(hypothesis_tests.pearson_test(pair.x, pair.y).r)
    low = high = np.nan
    reason = "The resamples do not vary enough for an interval."
    if share > MAX_UNDEFINED_RESAMPLES:
        reason = f"{share:.0%} of the resamples hold only one value of a measure."
    else:
        jackknife = resampling.jackknife_correlations(pair.x, pair.y)
        low, high = resampling.bca_interval(estimate, defined, jackknife, settings.interval)
    return pair.row(
        "bootstrap_r",
        estimate if np.isfinite(low) else None,
        reason=reason,
        se=float(defined.std(ddof=1)) if len(defined) > 1 else None,
        ci_low=low,
        ci_high=high,
        ci_level=settings.interval,
        method=f"BCa bootstrap, {len(defined)} resamples of dyads",
        seed=settings.seed,
        software=software("attune"),
    )


def _permutation_row(
    pair: Pair, test: resampling.PermutationTest, number: int, settings: Settings
) -> Row:
    two_tailed = float(test.two_tailed[number])
    one_tailed = None
    if pair.tail is not None:
        side = test.greater if pair.tail == "greater" else test.less
        one_tailed = float(side[number])
    tails = "two-tailed by the magnitude of r" if one_tailed is None else "one-tailed"
    kind = f"all {test.count} orders" if test.exact else f"{test.count} random orders"
    return pair.row(
        "permutation_p",
        two_tailed if one_tailed is None else one_tailed,
        p_two_tailed=two_tailed,
        p_one_tailed=one_tailed,
        method=f"Permutation test of Pearson's r, {kind}, {tails}",
        seed=None if test.exact else settings.seed,
        software=software("attune"),
    )
