"""The worked example of a textbook of meta-analysis: limit meta-analysis, p-curve, small studies.

Harrer, M., Cuijpers, P., Furukawa, T. A., & Ebert, D. D. (2021). Doing meta-analysis with R: A
hands-on guide, chapter 9, prints the output of the R packages metasens (`limitmeta`), dmetar
(`pcurve`, after the authors' own app) and meta for eighteen trials of third-wave psychotherapies.
"""

import numpy as np
import pytest
from scipy.stats import ncx2, norm

from attune.stats.meta_analysis import random_effects
from attune.stats.p_curve import PCurve, Statistic, p_curve
from attune.stats.publication_bias import egger, limit_meta_analysis, trim_and_fill

G = np.array(
    (
        *(0.7091362, 0.3548641, 1.7911700, 0.1824552, 0.4218509, 0.6300000, 0.7248838, 0.5286638),
        *(0.2840000, 1.2750682, 0.1036082, 0.3883906, 0.5407398, 0.4261593, 0.5153969, 1.4797260),
        *(0.6125782, 0.6000000),
    )
)
SE = np.array(
    (
        *(0.2608202, 0.1963624, 0.3455692, 0.1177874, 0.1448128, 0.1960000, 0.2246641, 0.2104609),
        *(0.1680000, 0.3371997, 0.1947275, 0.2307689, 0.2443133, 0.2579379, 0.3512737, 0.3152817),
        *(0.2266834, 0.2490000),
    )
)
OUTLIERS = (2, 15)
"""Studies that the book leaves out of the p-curve."""

SHRUNKEN = (
    *(-0.05, -0.09, 0.34, 0.00, 0.13, 0.13, 0.09, -0.00, -0.05, 0.04, -0.29, -0.18, -0.11),
    *(-0.25, -0.48, 0.26, 0.00, -0.09),
)
"""Limit effects of the studies; metasens cuts the third decimal off."""


def test_limit_meta_analysis() -> None:
    found = limit_meta_analysis(G, SE**2, method="REML")
    assert np.trunc(found.limit_effects * 100) / 100 == pytest.approx(SHRUNKEN, abs=1e-9)
    effect = found.effect
    assert effect.estimate == pytest.approx(-0.0345, abs=5e-5)
    assert (effect.ci_low, effect.ci_high) == pytest.approx((-0.3630, 0.2940), abs=5e-5)
    assert effect.t == pytest.approx(-0.21, abs=5e-3)
    assert effect.p_two_tailed == pytest.approx(0.8367, abs=5e-5)


def test_pooled_effect_before_the_correction() -> None:
    found = random_effects(G, SE**2, test="knapp-hartung")
    assert found.effect.estimate == pytest.approx(0.5771, abs=5e-5)
    # The book's intervals: Knapp and Hartung's.
    assert (found.effect.ci_low, found.effect.ci_high) == pytest.approx((0.3782, 0.7760), abs=5e-5)


def test_egger() -> None:
    """The regression of z on precision; its intercept is the slope on the standard error."""
    found = egger(G, SE**2, model="weighted")
    assert (found.slope.estimate, found.slope.se) == pytest.approx((4.1111, 0.8790), abs=5e-5)
    assert found.slope.t == pytest.approx(4.677, abs=5e-4)
    assert found.slope.p_two_tailed == pytest.approx(0.000252, abs=5e-7)
    assert (found.limit.estimate, found.limit.se) == pytest.approx((-0.3407, 0.1837), abs=5e-5)


def test_trim_and_fill() -> None:
    """meta counts the missing studies around a common effect, then pools with random effects."""
    found = trim_and_fill(G, SE**2, method="common")
    assert (found.missing, found.side) == (8, "left")


@pytest.fixture(scope="module")
def curve() -> PCurve:
    kept = [place for place in range(len(G)) if place not in OUTLIERS]
    return p_curve([Statistic("z", float(G[place] / SE[place])) for place in kept])


def test_p_curve(curve: PCurve) -> None:
    assert (curve.k + curve.left_out, curve.k, curve.k_half) == (16, 9, 8)
    assert curve.binomial_right == pytest.approx(0.020, abs=5e-4)
    assert curve.right_skew.z == pytest.approx(-3.797, abs=5e-4)
    assert curve.right_skew_half.z == pytest.approx(-2.743, abs=5e-4)
    assert curve.right_skew_half.p == pytest.approx(0.003, abs=5e-4)
    assert curve.binomial_flat == pytest.approx(0.952, abs=5e-4)
    assert (curve.flatness.z, curve.flatness.p) == pytest.approx((1.540, 0.938), abs=5e-4)
    power = (curve.power, curve.power_low, curve.power_high)
    assert power == pytest.approx((0.66, 0.311, 0.878), abs=5e-3)
    assert (curve.evidential_value, curve.inadequate) == (True, False)


def test_flatness_of_the_half_curve_differs_and_why(curve: PCurve) -> None:
    """Printed is z = 3.422; attune gives 0.878.

    Given p < .025, the probability of a weaker result at 33 % power is {F(x) - (1 - b)} / b, b the
    power to reach p < .025. The app puts 3 b there, the share of significant results with p < .025,
    so that its values are not uniform where the power is 33 %.
    """
    x = norm.isf(curve.p[curve.p < 0.025] / 2) ** 2
    shift = ((1 / 3) / 2, 10.0)
    for _ in range(200):
        middle = sum(shift) / 2
        below = ncx2.sf(norm.isf(0.025) ** 2, 1, middle) < 1 / 3
        shift = (middle, shift[1]) if below else (shift[0], middle)
    weaker = ncx2.cdf(x, 1, shift[0])
    b = ncx2.sf(norm.isf(0.0125) ** 2, 1, shift[0])

    def stouffer(part: float) -> float:
        return float(norm.ppf((weaker - (1 - part)) / part).sum() / np.sqrt(len(x)))

    assert stouffer(3 * b) == pytest.approx(3.422, abs=5e-4)
    assert curve.flatness_half.z == pytest.approx(stouffer(b), abs=1e-8)
    # The smallest value that 3 b allows: p = .025 itself, which should give 0.
    assert ((1 - b) - (1 - 3 * b)) / (3 * b) == pytest.approx(2 / 3, abs=1e-9)
