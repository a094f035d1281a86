"""Bayes factors and power against R: BayesFactor, pwr and numerical integration.

The script is R/bayes_factors.R.
"""

import json
from pathlib import Path

import pytest

from attune.stats.bayes_factors import correlation_bayes_factor, mean_difference_bayes_factor
from attune.stats.power import minimum_detectable_correlation

R = json.loads((Path(__file__).parent / "expected" / "bayes_factors.json").read_text())

INTEGRATED = 1e-10
"""R integrates the exact density of r to a relative 1e-12 per half of the prior."""

CLOSED_FORM = 1e-12
"""BayesFactor evaluates the closed form for the two-sided factor."""

APPROXIMATED = 5e-4
"""BayesFactor approximates its directed factors; the exact ones are held to R's integration."""

QUADRATURE = 1e-7
"""BayesFactor and pingouin integrate numerically, to about eight digits."""

ROOT = 1e-12
"""R's uniroot is driven to 1e-14."""


def identify(case: dict) -> str:
    return " ".join(f"{name}={case[name]:.3g}" for name in case if name not in ("bf", "two_sided"))


def factors(case: dict) -> dict[str, object]:
    r, n, scale = case["r"], case["n"], case["scale"]
    return {
        "r": r,
        "n": n,
        "scale": scale,
        "two_sided": correlation_bayes_factor(r, n, scale),
        "greater": correlation_bayes_factor(r, n, scale, "greater"),
        "less": correlation_bayes_factor(r, n, scale, "less"),
    }


@pytest.mark.parametrize("case", R["correlation_exact"], ids=identify)
def test_correlation_by_integration(case, agrees):
    agrees(factors(case), case, INTEGRATED)


@pytest.mark.parametrize("case", R["correlation_package"], ids=identify)
def test_correlation_by_bayesfactor(case, agrees):
    found = factors(case)
    assert found["two_sided"] == pytest.approx(case["two_sided"], rel=CLOSED_FORM)
    agrees(found, case, APPROXIMATED)


@pytest.mark.parametrize("case", R["t_test"], ids=identify)
def test_mean_difference(case, agrees):
    bf = mean_difference_bayes_factor(case["t"], case["n_first"], case["n_second"])
    agrees(case | {"bf": bf}, case, QUADRATURE)


@pytest.mark.parametrize("case", R["detectable"], ids=identify)
def test_detectable_correlation(case, agrees):
    r = minimum_detectable_correlation(case["n"], case["power"], case["level"], int(case["tailed"]))
    agrees(case | {"r": r}, case, ROOT)
