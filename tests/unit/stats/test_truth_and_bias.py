import numpy as np
import pytest

from attune.specs.errors import AnalysisError
from attune.stats.regression import regress
from attune.stats.truth_and_bias import (
    centre_on_truth,
    truth_and_bias,
    why_no_truth_and_bias,
)

random = np.random.default_rng(12)
TRUTH = random.normal(5, 1, 60)
OWN = 0.5 * TRUTH + random.normal(3, 1, 60)
JUDGEMENT = 1 + 0.6 * TRUTH + 0.3 * OWN + random.normal(0, 0.5, 60)


class TestForces:
    def test_finds_the_forces_that_made_the_judgement(self):
        judgement = 0.7 + TRUTH.mean() + 0.6 * (TRUTH - TRUTH.mean()) + 0.3 * (OWN - OWN.mean())
        fit = truth_and_bias(judgement, TRUTH, OWN)
        found = (fit.directional_bias.estimate, fit.truth_force.estimate, fit.bias_force.estimate)
        assert found == pytest.approx((0.7, 0.6, 0.3), abs=1e-10)

    @pytest.mark.parametrize("bias", [None, OWN])
    def test_directional_bias_is_the_difference_of_the_means(self, bias):
        fit = truth_and_bias(JUDGEMENT, TRUTH, bias)
        expected = JUDGEMENT.mean() - TRUTH.mean()
        assert fit.directional_bias.estimate == pytest.approx(expected, abs=1e-12)

    def test_bias_centred_at_the_truth_is_a_judge_who_feels_the_mean_truth(self):
        fit = truth_and_bias(JUDGEMENT, TRUTH, OWN, bias_centre="mean of the truth")
        plain = regress(JUDGEMENT, np.column_stack([TRUTH, OWN])).coefficients
        mean = TRUTH.mean()
        expected = plain @ [1, mean, mean] - mean
        assert fit.directional_bias.estimate == pytest.approx(expected, abs=1e-11)
        other = truth_and_bias(JUDGEMENT, TRUTH, OWN)
        assert fit.truth_force.estimate == pytest.approx(other.truth_force.estimate, abs=1e-12)
        assert fit.directional_bias.estimate != pytest.approx(other.directional_bias.estimate)
        assert (fit.bias_centre, other.bias_centre) == ("mean of the truth", "mean of the bias")

    def test_judgements_that_are_true_have_force_one_and_no_direction(self):
        fit = truth_and_bias(TRUTH, TRUTH)
        assert fit.truth_force.estimate == pytest.approx(1)
        assert fit.directional_bias.estimate == pytest.approx(0, abs=1e-12)

    def test_missing_values_enter_no_mean(self):
        judgement, truth, own = JUDGEMENT.copy(), TRUTH.copy(), OWN.copy()
        judgement[0], truth[1], own[2] = np.nan, np.nan, np.nan
        truth[0] = own[1] = 1e3
        fit = truth_and_bias(judgement, truth, own)
        alone = truth_and_bias(judgement[3:], truth[3:], own[3:])
        assert fit == alone and fit.n == 57 and fit.df == 54

    def test_hc3(self):
        plain, robust = (truth_and_bias(JUDGEMENT, TRUTH, OWN, hc3=hc3) for hc3 in (False, True))
        assert plain.truth_force.estimate == robust.truth_force.estimate
        assert plain.truth_force.se != robust.truth_force.se


class TestCentring:
    def test_within_dyads(self):
        dyads = np.repeat(["a", "b"], 30)
        found = centre_on_truth(JUDGEMENT, TRUTH, OWN, dyads)
        for rows in (dyads == "a", dyads == "b"):
            assert found.truth[rows].mean() == pytest.approx(0, abs=1e-12)
            assert found.bias[rows].mean() == pytest.approx(0, abs=1e-12)
            difference = JUDGEMENT[rows].mean() - TRUTH[rows].mean()
            assert found.judgement[rows].mean() == pytest.approx(difference, abs=1e-12)

    def test_without_bias(self):
        assert centre_on_truth([1, 2], [3, 4]).bias is None

    def test_lengths(self):
        with pytest.raises(AnalysisError, match="found 2, 3, 2"):
            centre_on_truth([1, 2], [1, 2, 3])


class TestRefusals:
    @pytest.mark.parametrize(
        ("judgement", "truth", "bias", "part"),
        [
            ([1, 2], [1, 2], None, "at least 3 rows with judgement and truth, found 2"),
            ([1, 2, 3], [1, 2, 4], [1, 2, 3], "at least 4 rows with judgement, truth and bias"),
            ([1, 2, 3, 4], [2, 2, 2, 2], None, "The truth is 2 in all 4 rows"),
            ([1, 2, 3, 4], [1, 2, 4, 3], [5, 5, 5, 5], "The bias variable is 5 in all 4 rows"),
            ([1, 2, 3, 5], [1, 2, 4, 3], [2, 4, 8, 6], "a linear function of the truth"),
        ],
    )
    def test_what_has_no_force(self, judgement, truth, bias, part):
        assert part in why_no_truth_and_bias(judgement, truth, bias)
        with pytest.raises(AnalysisError, match=part):
            truth_and_bias(judgement, truth, bias)

    def test_constant_judgements_follow_nothing(self):
        fit = truth_and_bias([4, 4, 4, 4], [1, 2, 3, 5])
        assert fit.truth_force.estimate == pytest.approx(0, abs=1e-12)
        assert np.isnan(fit.r_squared)
