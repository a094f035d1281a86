import numpy as np
import pandas as pd
import pytest

from attune.specs.errors import AnalysisError
from attune.stats.regression import combination_test, regress
from attune.stats.within_between import contextual_effect, group_means, within_between

NaN = np.nan
random = np.random.default_rng(20)
PERSON = random.integers(0, 40, 400)
VALUE = random.normal(size=40)[PERSON] + random.normal(size=400)


class TestParts:
    def test_they_add_to_the_value(self):
        parts = within_between(VALUE, PERSON, centre=0.3)
        assert parts.within + parts.between + 0.3 == pytest.approx(VALUE, abs=1e-13)
        assert parts.centre == 0.3

    def test_within_has_mean_zero_and_between_is_constant_in_each_person(self):
        parts = within_between(VALUE, PERSON)
        groups = pd.Series(parts.within).groupby(PERSON)
        assert groups.mean().to_numpy() == pytest.approx(0, abs=1e-13)
        assert pd.Series(parts.between).groupby(PERSON).nunique().max() == 1
        expected = pd.Series(VALUE).groupby(PERSON).transform("mean").to_numpy()
        assert parts.between == pytest.approx(expected, abs=1e-13)

    def test_missing_values(self):
        parts = within_between([1, 3, NaN, np.inf, NaN, 7, 9], [*"aaaabc", None])
        assert parts.within == pytest.approx([-1, 1, NaN, NaN, NaN, 0, NaN], nan_ok=True)
        assert parts.between == pytest.approx([2, 2, 2, 2, NaN, 7, NaN], nan_ok=True)

    def test_nothing_known(self):
        assert np.isnan(group_means([NaN, NaN], ["a", "b"])).all()
        assert len(group_means([], [])) == 0

    def test_a_far_origin_costs_no_digits(self):
        near, far = within_between(VALUE, PERSON), within_between(VALUE + 1e9, PERSON)
        assert far.within == pytest.approx(near.within, abs=1e-6)

    def test_lengths(self):
        with pytest.raises(AnalysisError, match="found 2 and 3"):
            within_between([1, 2], ["a", "b", "c"])


class TestContextualEffect:
    def test_is_the_coefficient_of_the_mean_beside_the_raw_value(self):
        """y on within and between, and y on value and mean, are the same regression."""
        parts = within_between(VALUE, PERSON)
        y = 0.5 * parts.within + 0.7 * parts.between + random.normal(size=400)
        divided = regress(y, np.column_stack([parts.within, parts.between]))
        found = contextual_effect(
            *divided.coefficients[1:], divided.covariance[1:, 1:], df=divided.df
        )
        raw = combination_test(regress(y, np.column_stack([VALUE, parts.between])), [0, 0, 1])
        assert found.estimate == pytest.approx(raw.estimate, rel=1e-10)
        assert found.se == pytest.approx(raw.se, rel=1e-10)
        assert found.p_two_tailed == pytest.approx(raw.p_two_tailed, rel=1e-8, abs=0)
        assert 1e-6 < found.p_two_tailed < 1
        assert (found.ci_low, found.ci_high) == pytest.approx((raw.ci_low, raw.ci_high))

    def test_the_normal_distribution_is_that_of_many_degrees_of_freedom(self):
        covariance = [[0.04, 0.01], [0.01, 0.2]]
        normal = contextual_effect(0.5, 1.5, covariance)
        t = contextual_effect(0.5, 1.5, covariance, df=1e9)
        assert normal.p_two_tailed == pytest.approx(t.p_two_tailed, rel=1e-6)
        assert normal.ci_low == pytest.approx(t.ci_low, rel=1e-6)
        assert normal.se == pytest.approx(np.sqrt(0.22))

    def test_no_error(self):
        found = contextual_effect(1, 2, np.zeros((2, 2)))
        assert (found.se, found.ci_low, found.ci_high) == (0, 1, 1)
        assert np.isnan(found.t) and np.isnan(found.p_two_tailed)

    @pytest.mark.parametrize("covariance", [[[1, 2], [2, 1]], [[NaN, 0], [0, 1]]])
    def test_singular(self, covariance):
        with pytest.raises(AnalysisError, match="singular"):
            contextual_effect(1, 2, covariance)
