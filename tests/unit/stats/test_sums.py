import numpy as np
import pytest

from attune.stats.sums import length, mean, total, variance


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 30, 127, 128, 129, 1000])
def test_sums_have_the_bits_of_numpys_own(n):
    values = np.random.default_rng(n).normal(100, 1, n)
    assert total(values) == values.sum()
    assert mean(values) == values.mean()
    assert length(values) == np.sqrt((values * values).sum())
    assert variance(values) == values.var()
    assert n == 1 or variance(values, ddof=1) == values.var(ddof=1)


def test_missing_values_stay_missing():
    values = np.array([1.0, np.nan])
    assert np.isnan([total(values), mean(values), length(values), variance(values)]).all()
