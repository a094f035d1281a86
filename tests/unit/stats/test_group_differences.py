"""d without pooling, the equivalence test, and how scores lie between the ends of their scale."""

import numpy as np
import pytest

from attune.stats.effect_sizes import (
    UNEQUAL_GROUPS,
    pooled_interval_error,
    sd_ratio,
    unpooled_difference,
)
from attune.stats.hypothesis_tests import (
    equivalence_test,
    mean_difference_test,
    standardised_difference,
)
from attune.stats.score_distribution import (
    misleads_normal_intervals,
    score_distribution,
    skewness,
)

random = np.random.default_rng(8)
FIRST, SECOND = random.normal(0.4, 2, size=12), random.normal(size=30)


class TestUnpooledDifference:
    def test_is_cohens_d_in_groups_of_one_size(self):
        d = standardised_difference(FIRST, SECOND[:12])
        assert unpooled_difference(FIRST, SECOND[:12]).d == pytest.approx(d)

    def test_does_not_depend_on_the_sizes_of_the_groups(self):
        # Twice the same values: the variances keep their ratio and almost their size.
        spread = np.sqrt((FIRST.var(ddof=1) + SECOND.var(ddof=1)) / 2)
        assert unpooled_difference(FIRST, SECOND).d == pytest.approx(
            (FIRST.mean() - SECOND.mean()) / spread
        )
        twice = unpooled_difference(FIRST, np.tile(SECOND, 2))
        assert twice.d == pytest.approx(unpooled_difference(FIRST, SECOND).d, rel=0.01)

    def test_turns_with_the_order_and_has_no_unit(self):
        found, turned = unpooled_difference(FIRST, SECOND), unpooled_difference(SECOND, FIRST)
        assert (turned.d, turned.ci_low) == pytest.approx((-found.d, -found.ci_high))
        assert unpooled_difference(3 * FIRST + 1, 3 * SECOND + 1).se == pytest.approx(found.se)

    def test_standard_error_without_a_difference_is_that_of_the_means(self):
        same = FIRST - FIRST.mean()
        found = unpooled_difference(same, same)
        assert found.se == pytest.approx(np.sqrt(2 / 11))
        assert (found.ci_low, found.ci_high) == pytest.approx(
            (-1.959963984540054 * found.se, 1.959963984540054 * found.se)
        )


class TestEquivalence:
    @pytest.mark.parametrize("variances", ["pooled", "welch"])
    @pytest.mark.parametrize("bound", [0.3, 0.8, 1.6])
    def test_rejects_if_the_interval_lies_within_the_bounds(self, variances, bound):
        test = equivalence_test(FIRST, SECOND, bound, variances=variances)
        within = -test.bound < test.ci_low and test.ci_high < test.bound
        assert (test.p < 0.05) == within
        ninety = mean_difference_test(FIRST, SECOND, variances, 0.90)
        assert (test.ci_low, test.ci_high) == (ninety.ci_low, ninety.ci_high)

    def test_p_is_the_larger_of_both(self):
        test = equivalence_test(FIRST, SECOND, 0.5)
        assert test.p == max(test.p_above, test.p_below) > min(test.p_above, test.p_below)
        turned = equivalence_test(SECOND, FIRST, 0.5)
        assert (turned.p_above, turned.p_below) == pytest.approx((test.p_below, test.p_above))

    @pytest.mark.parametrize("variances", ["pooled", "welch"])
    def test_bounds_in_both_units(self, variances):
        test = equivalence_test(FIRST, SECOND, 0.5, variances=variances)
        raw = equivalence_test(FIRST, SECOND, test.bound, unit="raw", variances=variances)
        assert raw.bound_in_sd == pytest.approx(0.5)
        assert raw.p == pytest.approx(test.p)

    def test_is_at_half_where_the_difference_is_the_bound(self):
        difference = float(FIRST.mean() - SECOND.mean())
        assert equivalence_test(FIRST, SECOND, abs(difference), unit="raw").p == 0.5


class TestScoreDistribution:
    def test_skewness_of_symmetric_and_turned_values(self):
        assert skewness([1, 2, 3, 4, 5]) == pytest.approx(0)
        assert skewness(-FIRST) == pytest.approx(-skewness(FIRST))
        assert skewness(5 * FIRST - 2) == pytest.approx(skewness(FIRST))

    def test_undefined_skewness(self):
        assert np.isnan([skewness([1, 2]), skewness([0.1 + 0.2, 0.3, 0.3]), skewness([])]).all()

    def test_missing_values_do_not_count(self):
        found = score_distribution([0, np.nan, 4, 4, np.nan], 0, 4)
        assert (found.n, found.at_minimum, found.at_maximum) == (3, 1 / 3, 2 / 3)

    def test_possible_ends_not_observed_ones(self):
        found = score_distribution([1, 2, 3], 0, None)
        assert found.at_minimum == 0
        assert np.isnan(found.at_maximum)
        assert np.isnan(score_distribution([np.nan], 0, 4).at_minimum)

    def test_a_mean_of_items_at_the_end_up_to_rounding(self):
        assert score_distribution([0.1 + 0.2, 0.5, 0.9], 0.3, 0.9).at_minimum == 1 / 3


class TestUnequalSpreads:
    def test_ratio_has_no_order_and_no_unit(self):
        found = sd_ratio(FIRST, SECOND)
        assert found >= 1
        assert sd_ratio(SECOND, FIRST) == found
        assert sd_ratio(3 * FIRST + 1, 3 * SECOND) == pytest.approx(found)
        assert np.isnan(sd_ratio(FIRST, np.full(4, 0.3)))

    @pytest.mark.parametrize("sd", [0.25, 1.0, 1.49, 1.5, 3.0])
    @pytest.mark.parametrize("n", [10, 40, 59, 60, 200])
    def test_the_error_is_that_of_the_variance_in_large_samples(self, n, sd):
        """narrow where the pooled variance of the difference is below the true one."""
        pooled = (n * sd**2 + 40) / (n + 40) * (1 / n + 1 / 40)
        true = sd**2 / n + 1 / 40
        found = pooled_interval_error(n, 40, sd, 1.0)
        assert found == pooled_interval_error(40, n, 1.0, sd)
        unequal = max(n / 40, 40 / n) >= UNEQUAL_GROUPS and max(sd, 1 / sd) >= UNEQUAL_GROUPS
        assert found == ("narrow" if pooled < true else "wide") * unequal

    def test_groups_without_people_or_spread_are_not_judged(self):
        assert pooled_interval_error(0, 40, 2.0, 1.0) == pooled_interval_error(9, 40, 2.0, 0) == ""
        assert pooled_interval_error(np.nan, 40, 2.0, 1.0) == ""


def test_scores_are_far_from_normal_from_the_bounds_on():
    assert misleads_normal_intervals(at_minimum=0.1)
    assert misleads_normal_intervals(at_maximum=0.1)
    assert misleads_normal_intervals(skewness=-1.0)
    assert not misleads_normal_intervals(0.099, 0.099, 0.999)
    assert not misleads_normal_intervals()
