import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from tests.depth import deep, examples

from attune.specs.errors import AnalysisError
from attune.stats.mixed_model_intervals import (
    bootstrap,
    percentile_intervals,
    profile_intervals,
    wald_intervals,
)
from attune.stats.mixed_models import RandomTerm, fit_mixed_model
from attune.stats.residual_covariance import Residual

draw = np.random.default_rng(8)
GROUP = np.repeat(np.arange(14), 5)
TIME = np.tile(np.arange(5.0), 14)
ROWS = pd.DataFrame({"group": GROUP, "time": TIME, "site": GROUP // 7})
ROWS["y"] = 3 + draw.normal(size=14)[GROUP] - (0.3 + 0.4 * draw.normal(size=14)[GROUP]) * TIME
ROWS["y"] += draw.normal(size=70)
LEVEL, LINE = RandomTerm(("group",)), RandomTerm(("group",), "1 + time")
RISE = stats.chi2.ppf(0.95, 1)


def test_residual_standard_deviation_of_least_squares():
    """The deviance of sigma alone is n log sigma^2 + rss / sigma^2."""
    fit = fit_mixed_model(ROWS, "y ~ time", reml=False)
    [found] = profile_intervals(fit)
    n, sigma = 70, fit.residual_sd

    def rise(s: float) -> float:
        return n * np.log(s**2 / sigma**2) + n * (sigma**2 / s**2 - 1) - RISE

    assert (found.kind, found.group, found.names) == ("residual_sd", "", ())
    assert found.estimate == sigma
    assert found.low == pytest.approx(optimize.brentq(rise, sigma / 3, sigma), rel=1e-6)
    assert found.high == pytest.approx(optimize.brentq(rise, sigma, 3 * sigma), rel=1e-6)


@pytest.mark.parametrize("reml", [True, False])
def test_limits_are_where_the_likelihood_has_fallen(reml):
    """At a limit of the standard deviation, the likelihood maximised over sigma alone."""
    fit = fit_mixed_model(ROWS, "y ~ time", [LEVEL], reml=reml)
    found = profile_intervals(fit)[0]
    state = fit.state
    for limit in (found.low, found.high):
        best = optimize.minimize_scalar(
            lambda s, limit=limit: (
                state.solve([np.array([[limit / s]])], state.phi, reml, s).deviance
            ),
            bounds=(0.3, 3),
            method="bounded",
            options={"xatol": 1e-9},
        )
        rise = best.fun - state.solve(state.blocks, state.phi, reml).deviance
        assert rise == pytest.approx(RISE, abs=1e-5)


def two_raters(seed: int) -> pd.DataFrame:
    """Three scores by each of two raters in 30 groups that differ little."""
    generator = np.random.default_rng(seed)
    effects = generator.normal(size=(30, 2)) * [0.5, 0.6]
    rows = [
        {"group": group, "a": 1.0 - rater, "b": float(rater), "y": effects[group, rater] + noise}
        for group in range(30)
        for rater in (0, 1)
        for noise in generator.normal(size=3)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("seed", [0, 39])
def test_limits_of_a_correlation_keep_the_signs_of_the_standard_deviations(seed):
    """With one of the other sign the correlation held would be the opposite one.

    The likelihood at a limit is maximised over both standard deviations, which are positive.
    """
    fit = fit_mixed_model(two_raters(seed), "y ~ 0 + a + b", [RandomTerm(("group",), "0 + a + b")])
    [found] = [one for one in profile_intervals(fit) if one.kind == "correlation"]
    lowest = fit.state.solve(fit.state.blocks, fit.state.phi, True).deviance

    def rise(r: float) -> float:
        def deviance(logs: np.ndarray) -> float:
            first, second = np.exp(logs)
            block = np.array([[first, 0.0], [second * r, second * np.sqrt(1 - r * r)]])
            return fit.state.solve([block], fit.state.phi, True).deviance

        start = np.log(fit.random_covariances[0].sds / fit.residual_sd)
        best = optimize.minimize(deviance, start, method="Nelder-Mead", options={"fatol": 1e-8})
        return best.fun - lowest

    assert rise(found.low) == pytest.approx(RISE, abs=1e-4)
    if found.high < 1:
        assert rise(found.high) == pytest.approx(RISE, abs=1e-4)
    else:
        assert rise(1 - 1e-6) < RISE


@pytest.mark.parametrize("sd", [0.0, 3e-7])
def test_a_standard_deviation_of_nearly_0_has_no_wald_interval(sd):
    """The search ends near 0 instead of at it: limits from 0 to infinity would say nothing."""
    fit = fit_mixed_model(two_raters(39), "y ~ 0 + a + b", [RandomTerm(("group",), "0 + a + b")])
    nearly = [np.diag([sd, 0.4])]
    found = wald_intervals(
        dataclasses.replace(fit, state=dataclasses.replace(fit.state, blocks=nearly))
    )
    first, second, correlation, residual = found
    for one in (first, correlation):
        assert np.isnan([one.low, one.high]).all()
    assert first.estimate == 0
    for one in (second, residual):
        assert 0 < one.low < one.estimate < one.high


def test_intervals_of_slopes_and_correlations():
    fit = fit_mixed_model(ROWS, "y ~ time", [LINE])
    found = {(limit.kind, limit.names): limit for limit in profile_intervals(fit)}
    assert list(found) == [
        ("sd", ("Intercept",)),
        ("sd", ("time",)),
        ("correlation", ("Intercept", "time")),
        ("residual_sd", ()),
    ]
    for limit in found.values():
        assert limit.low < limit.estimate < limit.high
    wider = profile_intervals(fit, 0.99)
    for narrow, wide in zip(found.values(), wider, strict=True):
        assert wide.low <= narrow.low
        assert wide.high >= narrow.high
    scaled = fit_mixed_model(ROWS.assign(time=TIME / 100), "y ~ time", [LINE])
    other = profile_intervals(scaled)
    assert other[1].high / 100 == pytest.approx(found["sd", ("time",)].high, rel=1e-4)
    # The correlation is not that of intercepts at another origin; here the origin is the same.
    assert other[2].high == pytest.approx(
        found["correlation", ("Intercept", "time")].high, rel=1e-3
    )


def test_edges_are_named_where_the_likelihood_does_not_rule_them_out():
    rows = ROWS.assign(y=np.random.default_rng(1).normal(size=70))
    fit = fit_mixed_model(rows, "y ~ time", [LINE])
    level, slope, correlation, _ = profile_intervals(fit)
    assert level.low == slope.low == 0
    assert (correlation.low, correlation.high) == (-1, 1)


def test_residual_parameters():
    residual = Residual("ar1", ("group",), variance_by="site")
    fit = fit_mixed_model(ROWS, "y ~ time", residual=residual)
    sigma, phi, ratio = profile_intervals(fit)
    assert (sigma.kind, phi.names, ratio.names) == ("residual_sd", ("phi",), ("sd_ratio[1]",))
    assert phi.estimate == pytest.approx(fit.residual_parameters["phi"])
    assert -1 < phi.low < phi.estimate < phi.high < 1
    assert 0 < ratio.low < ratio.estimate < ratio.high
    free = Residual("unstructured", ("group",), "time", "time")
    names = [
        limit.names for limit in profile_intervals(fit_mixed_model(ROWS, "y ~ 1", residual=free))
    ]
    assert names == [(), *((f"sd_ratio[{float(t)}]",) for t in (1, 2, 3, 4))]


def test_bootstrap_is_that_of_single_fits():
    fit = fit_mixed_model(ROWS, "y ~ time", [LINE])
    found = bootstrap(fit, 5, np.random.default_rng(3))
    outcomes = fit.simulate(5, np.random.default_rng(3))
    for place in range(5):
        single = fit_mixed_model(ROWS.assign(y=outcomes[:, place]), "y ~ time", [LINE])
        assert found.coefficients[place] == pytest.approx(single.estimates, abs=1e-4)
        assert found.standard_errors[place] == pytest.approx(single.standard_errors, rel=1e-3)
        assert found.log_likelihood[place] == pytest.approx(single.log_likelihood, abs=1e-5)
        assert found.residual_sd[place] == pytest.approx(single.residual_sd, rel=1e-3)
        covariance = single.random_covariances[0].covariance
        assert found.random_covariances[0][place] == pytest.approx(covariance, abs=5e-3)
    again = bootstrap(fit, 5, np.random.default_rng(3))
    assert (again.coefficients == found.coefficients).all()
    with pytest.raises(AnalysisError, match="at least one"):
        bootstrap(fit, 0, np.random.default_rng(3))


@deep
@pytest.mark.parametrize("structured", [False, True])
def test_bootstrap_errors_are_those_of_the_model(structured):
    residual = Residual("ar1", ("group",)) if structured else None
    random = [] if structured else [LEVEL]
    fit = fit_mixed_model(ROWS, "y ~ time", random, residual=residual)
    count = examples(150, many=2000)
    found = bootstrap(fit, count, np.random.default_rng(4))
    assert list(found.residual_parameters) == (["phi"] if structured else [])
    spread = found.coefficients.std(axis=0)
    error = 1 / np.sqrt(2 * count)
    assert np.abs(spread / fit.standard_errors - 1).max() < 5 * error
    bias = (found.coefficients.mean(axis=0) - fit.estimates) / spread * np.sqrt(count)
    assert np.abs(bias).max() < 4.5
    low, high = percentile_intervals(found.coefficients).T
    assert (low < fit.estimates).all()
    assert (high > fit.estimates).all()
