"""The partition of the variance that a growth model implies, with intervals."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from attune.analyses.growth.models import (
    LEVELS,
    FittedGrowth,
    covariance_of,
    random_columns,
    residual_ratio,
    residual_sds,
)
from attune.stats.explained_variance import RandomPart, variance_partition
from attune.stats.mixed_model_draws import ParameterDraws, draw_parameters
from attune.stats.resampling import stream
from attune.stats.share_intervals import (
    DrawnPart,
    coefficient_part,
    random_part,
    residual_part,
    share_intervals,
)
from attune.store.statistic_rows import Row

DRAWS = 4000
"""Draws of the estimates, which need no refit."""

METHOD = f"Partition of the model-implied variance; Monte Carlo interval, {DRAWS} draws"


def share_rows(fitted: FittedGrowth, outcome: str) -> Iterator[Row]:
    """The share of every source of an outcome's variance."""
    shares = _partition(fitted, outcome)
    intervals = share_intervals(drawn_parts(fitted, outcome), fitted.interval)
    for source, share in shares.items():
        yield fitted.row(
            (outcome, source),
            "explained_share",
            share,
            x=outcome,
            outcome=outcome,
            level=source,
            n=fitted.n_of(outcome),
            method=METHOD,
            seed=fitted.seed,
            **fitted.share_limits(intervals[source]),
        )


def _partition(fitted: FittedGrowth, outcome: str) -> dict[str, float]:
    own = fitted.design.of(outcome)
    names = own.columns(outcome)
    place = [fitted.fit.coefficients.index(name) for name in names]
    predicted = own.frame[names].to_numpy() @ fitted.fit.estimates[place]
    random = {}
    for level in LEVELS:
        covariance = covariance_of(fitted, level)
        columns = random_columns(fitted.model, outcome, level)
        if covariance is not None and columns:
            chosen = [covariance.names.index(name) for name in columns]
            random[level] = RandomPart(
                own.frame[columns].to_numpy(), covariance.covariance[np.ix_(chosen, chosen)]
            )
    sds = residual_sds(fitted.fit, fitted.model, own, outcome)
    residual = float(np.mean([sds[occasion] ** 2 for occasion in own.frame["occasion"]]))
    return variance_partition(predicted, own.frame["dyad"], random, residual)


def drawn_parts(fitted: FittedGrowth, outcome: str) -> dict[str, DrawnPart]:
    """The same sources as `_partition`, in the units of the outcome and in every draw."""
    covariance, _ = fitted.tests.variance_parameters
    df = {name: test.df for name, test in fitted.tests.coefficients().items()}
    generator = stream(fitted.seed, f"{fitted.name}, shares of {outcome}")
    draws = draw_parameters(fitted.fit, covariance, df, DRAWS, generator)
    return {
        **_coefficient_parts(fitted, outcome, draws),
        **_random_parts(fitted, outcome, draws),
        "residual": _residual_part(fitted, outcome, draws),
    }


def _coefficient_parts(
    fitted: FittedGrowth, outcome: str, draws: ParameterDraws
) -> dict[str, DrawnPart]:
    own = fitted.design.of(outcome)
    names = own.columns(outcome)
    place = [fitted.fit.coefficients.index(name) for name in names]
    columns = own.frame[names]
    means = columns.groupby(own.frame["dyad"]).transform("mean").to_numpy()
    estimates, drawn = fitted.fit.estimates[place], draws.coefficients[:, place]
    deviations = columns.to_numpy() - means
    return {
        "within": coefficient_part(estimates, drawn, deviations.T @ deviations / len(means)),
        "between": coefficient_part(estimates, drawn, _spread(means)),
    }


def _spread(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Covariance matrix of some columns, over n."""
    centred = columns - columns.mean(axis=0)
    spread: NDArray[np.float64] = centred.T @ centred / len(columns)
    return spread


def _random_parts(
    fitted: FittedGrowth, outcome: str, draws: ParameterDraws
) -> dict[str, DrawnPart]:
    own = fitted.design.of(outcome).frame
    nothing = np.zeros(len(draws.sigma))
    parts = {"slopes": DrawnPart(0.0, nothing, nothing, nothing)}
    for level in LEVELS:
        covariance = covariance_of(fitted, level)
        names = random_columns(fitted.model, outcome, level)
        if covariance is None or not names:
            continue
        [term] = [
            place for place, one in enumerate(fitted.fit.random_covariances) if one is covariance
        ]
        rows = [covariance.names.index(name) for name in names]
        columns = own[names].to_numpy()
        mean = columns.mean(axis=0)

        def part(
            spread: NDArray[np.float64], term: int = term, rows: list[int] = rows
        ) -> DrawnPart:
            factor = fitted.fit.state.blocks[term][rows]
            return random_part(
                factor, draws.blocks[term][:, rows], spread, fitted.fit.residual_sd, draws.sigma
            )

        parts["slopes"] += part(_spread(columns))
        parts[level] = part(np.outer(mean, mean))
    return parts


def _residual_part(fitted: FittedGrowth, outcome: str, draws: ParameterDraws) -> DrawnPart:
    own, fit = fitted.design.of(outcome), fitted.fit
    names = [*fit.residual_parameters]
    estimate, drawn = 0.0, np.zeros(len(draws.sigma))
    for occasion, sd in residual_sds(fit, fitted.model, own, outcome).items():
        variance = float((own.frame["occasion"] == occasion).mean()) * sd**2
        ratio = residual_ratio(fit, outcome, occasion)
        moved = np.exp(draws.residual[:, names.index(ratio)]) if ratio in names else 1.0
        estimate += variance
        drawn += variance * (draws.sigma * moved) ** 2
    return residual_part(estimate, drawn)
