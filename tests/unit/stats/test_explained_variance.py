"""Shares of variance: intervals at the edge of their range."""

import numpy as np
import pytest

from attune.specs.errors import AnalysisError
from attune.stats.explained_variance import intraclass_correlation


@pytest.mark.parametrize("variance", [0.0, 6.7e-12, 9e-7])
def test_a_share_of_nearly_0_has_no_interval(variance):
    covariance = np.diag([5e-9, 5.0, 2.0])
    share = intraclass_correlation([variance, 62.0, 36.0], covariance, 0)
    assert share.estimate == pytest.approx(0, abs=1e-7)
    other = intraclass_correlation([variance, 62.0, 36.0], covariance, 1)
    assert other.estimate == pytest.approx(62 / 98)
    for one in (share, other):
        assert np.isnan([one.ci_low, one.ci_high]).all()


def test_the_interval_is_symmetric_in_the_logit():
    share = intraclass_correlation([2.0, 6.0], np.diag([0.3, 0.5]), 0)
    low, middle, high = (
        np.log(one / (1 - one)) for one in (share.ci_low, share.estimate, share.ci_high)
    )
    assert high - middle == pytest.approx(middle - low)


def test_negative_variances_are_refused():
    with pytest.raises(AnalysisError, match="not all zero"):
        intraclass_correlation([-1.0, 2.0], np.eye(2), 0)
