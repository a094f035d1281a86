import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from attune.stats.multiplicity import benjamini_hochberg, hochberg, holm, hommel

random = np.random.default_rng(8)
FAMILIES = [random.uniform(size=size) ** power for size in (1, 2, 5, 40) for power in (1, 3)] + [
    np.array([0.0, 0.0, 1.0, 1.0]),
    np.full(7, 0.03),
    np.round(random.uniform(size=30), 1),
]
adjustments = [
    (holm, "holm"),
    (hochberg, "simes-hochberg"),
    (hommel, "hommel"),
    (benjamini_hochberg, "fdr_bh"),
]


@pytest.mark.parametrize(("ours", "method"), adjustments)
@pytest.mark.parametrize("p", FAMILIES)
def test_same_as_statsmodels(ours, method, p):
    assert ours(p) == pytest.approx(multipletests(p, method=method)[1], abs=1e-14)


@pytest.mark.parametrize(("ours", "method"), adjustments)
@pytest.mark.parametrize("p", FAMILIES)
def test_adjusted_values_are_larger_and_keep_the_order(ours, method, p):
    adjusted = ours(p)
    assert (adjusted >= p * (1 - 1e-15)).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()


@pytest.mark.parametrize(("ours", "method"), adjustments)
def test_undefined_tests_do_not_count(ours, method):
    adjusted = ours([0.04, np.nan, 0.03, np.nan])
    assert adjusted[[0, 2]] == pytest.approx(ours([0.04, 0.03]))
    assert np.isnan(adjusted[[1, 3]]).all()
    assert ours([]).tolist() == []
    assert np.isnan(ours([np.nan])).all()


@pytest.mark.parametrize(("ours", "method"), adjustments)
def test_one_test_needs_no_adjustment(ours, method):
    assert ours([0.2]) == [0.2]


@pytest.mark.parametrize("p", FAMILIES)
def test_hommel_is_never_larger_than_hochberg_nor_hochberg_than_holm(p):
    assert (hommel(p) <= hochberg(p) + 1e-14).all()
    assert (hochberg(p) <= holm(p) + 1e-14).all()
