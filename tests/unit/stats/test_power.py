import numpy as np
import pingouin
import pytest

from attune.stats.power import correlation_power, minimum_detectable_correlation


@pytest.mark.parametrize("tailed", [1, 2])
@pytest.mark.parametrize("n", [4, 8, 25, 26, 400])
@pytest.mark.parametrize("power", [0.6, 0.8, 0.99])
def test_the_detectable_correlation_has_the_wanted_power(n, power, tailed):
    r = minimum_detectable_correlation(n, power, tailed=tailed)
    assert 0 < r < 1
    assert correlation_power(r, n, tailed=tailed) == pytest.approx(power, abs=1e-10)


def test_no_correlation_is_found_at_the_level():
    # Fisher's z is an approximation: at r = 0 the power is near the level, not at it.
    assert correlation_power(0.0, 200, level=0.05, tailed=1) == pytest.approx(0.05, abs=1e-3)
    assert correlation_power(0.0, 200, level=0.05, tailed=2) == pytest.approx(0.05, abs=1e-3)


def test_larger_samples_detect_smaller_correlations():
    detectable = [minimum_detectable_correlation(n) for n in (10, 20, 40, 80)]
    assert (np.diff(detectable) < 0).all()
    assert minimum_detectable_correlation(26, tailed=2) > minimum_detectable_correlation(26)


@pytest.mark.parametrize(("tailed", "alternative"), [(1, "greater"), (2, "two-sided")])
def test_same_as_pingouin(tailed, alternative):
    theirs = pingouin.power_corr(r=0.4, n=26, alternative=alternative)
    assert correlation_power(0.4, 26, tailed=tailed) == pytest.approx(theirs, abs=1e-12)
