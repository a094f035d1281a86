"""Vote counting: the sign test from its definition, what is left out, bad input."""

import numpy as np
import pytest

from attune.specs.errors import AnalysisError
from attune.stats.vote_counts import count_votes


@pytest.mark.parametrize(("favour", "against"), [(9, 1), (1, 9), (5, 5), (7, 0), (0, 1), (12, 9)])
def test_sign_test_is_the_binomial_test(favour, against):
    from scipy.stats import binomtest

    found = count_votes(["for"] * favour + ["against"] * against)
    expected = binomtest(favour, favour + against)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-12)
    limits = expected.proportion_ci(method="exact")
    assert (found.ci_low, found.ci_high) == pytest.approx(tuple(limits), abs=1e-9)
    assert found.share == favour / (favour + against)


def test_published_example_by_hand():
    """Nine of ten in one direction: (1 + 10) / 1024, doubled."""
    assert count_votes(["for"] * 9 + ["against"]).p == pytest.approx(22 / 1024)


def test_studies_without_direction_are_counted_not_tested():
    with_others = count_votes(["for"] * 6 + ["against"] * 2 + ["none"] * 5 + ["unclear"])
    without = count_votes(["for"] * 6 + ["against"] * 2)
    assert (with_others.p, with_others.share) == (without.p, without.share)
    assert (with_others.none, with_others.unclear, with_others.k) == (5, 1, 14)


def test_nothing_with_a_direction():
    found = count_votes(["none", "unclear"])
    assert np.isnan([found.share, found.ci_low, found.ci_high, found.p]).all() and found.k == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: count_votes([]), "no study"),
        (lambda: count_votes(["for", "yes", "no"]), "Study 2: the vote is 'yes'.*\nStudy 3"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(AnalysisError, match=message):
        call()
