"""Bootstrap intervals and permutation tests of the pairs of a family.

Pairs with a residual gain are resampled as they are tested: the bootstrap repeats the regression in
every resample, and the permutation test is that of Freedman and Lane, which permutes what the
pretest leaves of the posttest.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from attune.analyses.correlations.pair_tests import Limits, PairTests, Settings
from attune.analyses.correlations.pairs import Pair
from attune.stats import resampling
from attune.store.statistic_rows import Row, software

MAX_UNDEFINED_RESAMPLES = 0.05
"""Largest share of resamples without a correlation that a bootstrap interval tolerates."""

_Values = tuple[NDArray[np.float64], ...]


@dataclass(frozen=True)
class Bootstrap:
    """The bootstrap of one pair.

    Attributes
    ----------
    limits : Limits
    se : float or None
        Standard deviation over the resamples.
    count : int
        Resamples in which the correlation is defined.
    reason : str
        Why there are no limits.
    """

    limits: Limits
    se: float | None = None
    count: int = 0
    reason: str = "No resamples were drawn."


def bootstrap_pairs(
    pairs: Sequence[Pair], tests: Sequence[PairTests], settings: Settings
) -> list[Bootstrap]:
    """The bootstrap of every pair of a family; without limits where it is undefined."""
    nothing = Limits("BCa bootstrap interval", np.nan, np.nan, settings.interval)
    found = [Bootstrap(nothing)] * len(pairs)
    if not settings.bootstrap_samples:
        return found
    kinds = {
        place: _kind_and_values(pair)
        for place, (pair, test) in enumerate(zip(pairs, tests, strict=True))
        if test.defined
    }
    sizes = {place: (kind, len(values[0])) for place, (kind, values) in kinds.items()}
    for (kind, n), group in _grouped(sizes):
        draws = resampling.stream(settings.seed, f"{pairs[0].family}.bootstrap.{n}")
        indices = resampling.bootstrap_indices(n, settings.bootstrap_samples, draws)
        columns = zip(*(kinds[place][1] for place in group), strict=True)
        replicates = _REPLICATES[kind](*(np.array(values) for values in columns), indices)
        for place, values in zip(group, replicates, strict=True):
            jackknife = _JACKKNIFES[kind](*kinds[place][1])
            found[place] = _bootstrap(tests[place].r, values, jackknife, settings.interval)
    return found


def bootstrap_rows(
    pairs: Sequence[Pair],
    tests: Sequence[PairTests],
    found: Sequence[Bootstrap],
    settings: Settings,
) -> Iterator[Row]:
    """A row for every pair."""
    for pair, test, one in zip(pairs, tests, found, strict=True):
        known = np.isfinite(one.limits.low)
        again = ", the regression repeated in each" if pair.change is not None else ""
        yield pair.row(
            "bootstrap_r",
            test.r if known else None,
            reason=test.reason or one.reason,
            se=one.se,
            method=f"BCa bootstrap of {test.words}, {one.count} resamples of dyads{again}",
            seed=settings.seed if known else None,
            software=software("attune"),
            **one.limits.columns(),
        )


def permutation_rows(
    pairs: Sequence[Pair], tests: Sequence[PairTests], settings: Settings
) -> Iterator[Row]:
    """A row for every pair; a residual gain is tested after Freedman and Lane, whatever decides."""
    undefined = [
        pair.undefined_reason or (pair.change and pair.change.undefined_reason) for pair in pairs
    ]
    for pair, reason in zip(pairs, undefined, strict=True):
        if reason:
            yield pair.row(
                "permutation_p",
                None,
                reason=reason,
                method="Permutation",
                software=software("attune"),
            )
    alike = {
        place: ("plain" if pair.change is None else "freedman_lane", pair.n)
        for place, pair in enumerate(pairs)
        if not undefined[place]
    }
    for (kind, n), group in _grouped(alike):
        draws = resampling.stream(settings.seed, f"{pairs[0].family}.permutation.{n}")
        xs = np.array([pairs[place].x for place in group])
        if kind == "plain":
            ys = np.array([pairs[place].y for place in group])
            test = resampling.permutation_tests(xs, ys, settings.permutations, draws)
        else:
            changes = [pairs[place].change for place in group]
            test = resampling.freedman_lane_tests(
                np.array([change.pretest for change in changes if change]),
                np.array([change.posttest for change in changes if change]),
                xs,
                settings.permutations,
                draws,
            )
        for number, place in enumerate(group):
            yield _permutation_row(pairs[place], test, number, settings)


def _kind_and_values(pair: Pair) -> tuple[str, _Values]:
    """Which correlation is resampled, and the values of the dyads that are drawn."""
    change = pair.change
    if change is None:
        return "plain", (pair.x, pair.y)
    if pair.tested == "ancova_r":
        return "partial", (change.pretest, change.posttest, pair.x)
    return "residual_gain", (change.every_pretest, change.every_posttest, change.every_x)


_REPLICATES: dict[str, Callable[..., NDArray[np.float64]]] = {
    "plain": resampling.bootstrap_correlations,
    "partial": resampling.bootstrap_partial_correlations,
    "residual_gain": resampling.bootstrap_residual_gain_correlations,
}
_JACKKNIFES: dict[str, Callable[..., NDArray[np.float64]]] = {
    "plain": resampling.jackknife_correlations,
    "partial": resampling.jackknife_partial_correlations,
    "residual_gain": resampling.jackknife_residual_gain_correlations,
}


def _grouped(
    keys: Mapping[int, tuple[str, int]],
) -> Iterator[tuple[tuple[str, int], list[int]]]:
    """Places with the same key, which share their resamples."""
    ordered = sorted(keys, key=keys.__getitem__)
    for key, group in groupby(ordered, key=keys.__getitem__):
        yield key, list(group)


def _bootstrap(
    estimate: float,
    replicates: NDArray[np.float64],
    jackknife: NDArray[np.float64],
    interval: float,
) -> Bootstrap:
    defined = replicates[np.isfinite(replicates)]
    share = 1 - len(defined) / len(replicates)
    low = high = np.nan
    reason = "The resamples do not vary enough for an interval."
    if share > MAX_UNDEFINED_RESAMPLES:
        reason = f"{share:.0%} of the resamples hold only one value of a measure."
    else:
        low, high = resampling.bca_interval(estimate, defined, jackknife, interval)
    limits = Limits("BCa bootstrap interval", low, high, interval)
    se = float(defined.std(ddof=1)) if len(defined) > 1 else None
    return Bootstrap(limits, se, len(defined), reason)


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
    scheme = (
        "Permutation test of Pearson's r"
        if pair.change is None
        else "Freedman and Lane's permutation test of the partial correlation given the pretest"
    )
    return pair.row(
        "permutation_p",
        two_tailed if one_tailed is None else one_tailed,
        p_two_tailed=two_tailed,
        p_one_tailed=one_tailed,
        method=f"{scheme}, {kind}, {tails}",
        seed=None if test.exact else settings.seed,
        software=software("attune"),
    )
