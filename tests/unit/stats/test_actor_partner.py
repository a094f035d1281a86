import numpy as np
import pytest

from attune.specs.errors import AnalysisError
from attune.stats.actor_partner import actor_partner, partner_ratio, why_no_actor_partner

random = np.random.default_rng(6)
X1 = random.normal(5, 1, 90)
X2 = 0.4 * X1 + random.normal(4, 1.2, 90)
ERRORS = random.multivariate_normal([0, 0], [[1, 0.6], [0.6, 2]], 90)
Y1 = 1 + 0.8 * X1 + 0.4 * X2 + ERRORS[:, 0]
Y2 = 2 + 0.2 * X1 + 0.9 * X2 + ERRORS[:, 1]


@pytest.fixture(scope="module")
def fit():
    return actor_partner(X1, X2, Y1, Y2)


class TestEffects:
    def test_own_predictor_is_the_actor_effect_of_both_members(self):
        y1, y2 = 1 + 0.8 * X1 + 0.4 * X2, 2 + 0.2 * X1 + 0.9 * X2
        noise = 1e-8 * ERRORS
        found = actor_partner(X1, X2, y1 + noise[:, 0], y2 + noise[:, 1])
        assert found.first.actor.estimate == pytest.approx(0.8, abs=1e-6)
        assert found.first.partner.estimate == pytest.approx(0.4, abs=1e-6)
        assert found.second.actor.estimate == pytest.approx(0.9, abs=1e-6)
        assert found.second.partner.estimate == pytest.approx(0.2, abs=1e-6)
        assert found.second.intercept.estimate == pytest.approx(2, abs=1e-6)
        assert found.second.k.k == pytest.approx(2 / 9, abs=1e-6)

    def test_members_can_be_exchanged(self, fit):
        other = actor_partner(X2, X1, Y2, Y1)
        # The members' columns stand in another order, so that rounding differs.
        for one, two in ((other.first, fit.second), (other.second, fit.first)):
            assert one.actor.se == pytest.approx(two.actor.se, rel=1e-10)
            assert one.partner.estimate == pytest.approx(two.partner.estimate, rel=1e-10)
            assert one.k.ci_low == pytest.approx(two.k.ci_low, rel=1e-9)
        assert other.actor_difference.t == pytest.approx(-fit.actor_difference.t, rel=1e-9)
        assert other.partner_difference.t == pytest.approx(-fit.partner_difference.t, rel=1e-9)
        chi_square = fit.distinguishability.chi_square
        assert other.distinguishability.chi_square == pytest.approx(chi_square, rel=1e-9)

    def test_joint_covariance_is_that_of_the_kronecker_product(self, fit):
        design = np.column_stack([np.ones(90), X1, X2])
        residual = [y - design @ np.linalg.lstsq(design, y, rcond=None)[0] for y in (Y1, Y2)]
        sigma = np.array([[a @ b for b in residual] for a in residual]) / 87
        expected = np.kron(sigma, np.linalg.inv(design.T @ design))
        assert fit.covariance == pytest.approx(expected, rel=1e-9)
        assert fit.residual_r == pytest.approx(
            sigma[0, 1] / np.sqrt(sigma[0, 0] * sigma[1, 1]), rel=1e-10
        )
        assert fit.second.residual_sd == pytest.approx(np.sqrt(sigma[1, 1]), rel=1e-12)

    def test_the_difference_of_actor_effects_is_one_coefficient_of_the_sum(self):
        """Where both members have the same predictors, a1 - p2 is the slope of y1 - y2 on x1."""
        found = actor_partner(X1, X2, Y1, Y2)
        difference = actor_partner(X1, X2, Y1 - Y2, Y2)
        a1, p2 = found.first.actor.estimate, found.second.partner.estimate
        assert difference.first.actor.estimate == pytest.approx(a1 - p2, rel=1e-9)
        v = found.covariance
        assert difference.first.actor.se**2 == pytest.approx(
            v[1, 1] + v[4, 4] - 2 * v[1, 4], rel=1e-9
        )

    def test_differences_between_members_take_the_shared_error_in(self, fit):
        v = fit.covariance
        for found, one, two in ((fit.actor_difference, 1, 5), (fit.partner_difference, 2, 4)):
            assert found.se**2 == pytest.approx(v[one, one] + v[two, two] - 2 * v[one, two])
            assert v[one, two] != pytest.approx(0, abs=1e-6)
        actors = fit.first.actor.estimate - fit.second.actor.estimate
        assert fit.actor_difference.estimate == pytest.approx(actors, rel=1e-12)

    def test_missing_values_and_covariates(self):
        y = Y2.copy()
        y[:4] = np.nan
        found = actor_partner(X1, X2, Y1, y, covariates=random.normal(size=(90, 1)))
        assert (found.n, found.df, found.covariance.shape) == (86, 82, (8, 8))
        assert found.distinguishability is None
        assert "without covariates" in found.distinguishability_reason


class TestDistinguishability:
    def test_dyads_whose_roles_are_balanced_cannot_be_told_apart(self):
        """Every dyad once in each order."""
        x1, x2, y1, y2 = (
            np.concatenate([a, b]) for a, b in ((X1, X2), (X2, X1), (Y1, Y2), (Y2, Y1))
        )
        found = actor_partner(x1, x2, y1, y2)
        assert found.distinguishability.chi_square == pytest.approx(0, abs=1e-9)
        assert found.distinguishability.p == pytest.approx(1)
        assert found.actor_difference.estimate == pytest.approx(0, abs=1e-10)

    @pytest.mark.parametrize("place", range(4))
    def test_a_shift_of_one_members_variable_distinguishes(self, place):
        random = np.random.default_rng(1)
        rows = random.normal(size=(4, 60))
        rows[[2, 3]] += 0.5 * rows[[0, 1]]
        before = actor_partner(*rows).distinguishability.p
        rows[place] += 2
        assert before > 0.05 > actor_partner(*rows).distinguishability.p

    def test_p_is_uniform_for_exchangeable_members(self):
        random = np.random.default_rng(2)
        found = [
            actor_partner(*random.normal(size=(4, 80))).distinguishability.p for _ in range(300)
        ]
        assert np.mean(np.array(found) < 0.1) == pytest.approx(0.1, abs=0.06)
        assert np.mean(found) == pytest.approx(0.5, abs=0.06)

    def test_dependent_variables(self):
        found = actor_partner(X1, X2, Y1, Y1 + X1)
        assert found.distinguishability is None
        assert "linearly dependent" in found.distinguishability_reason


class TestPartnerRatio:
    def test_limits_are_ratios_that_the_t_test_just_rejects(self):
        from scipy.special import stdtrit

        v = np.array([[0.02, -0.01], [-0.01, 0.05]])
        found = partner_ratio(1.2, 0.7, v, 40)
        assert found.form == "bounded"
        for k in (found.ci_low, found.ci_high):
            t = (0.7 - k * 1.2) / np.sqrt(v[1, 1] - 2 * k * v[0, 1] + k**2 * v[0, 0])
            assert abs(t) == pytest.approx(stdtrit(40, 0.975))
        assert found.ci_low < found.k < found.ci_high

    @pytest.mark.parametrize(
        ("partner", "patterns"),
        [(0.05, ("actor only",)), (0.95, ("couple",)), (-1.05, ("contrast",)), (0.5, ())],
    )
    def test_patterns(self, partner, patterns):
        assert partner_ratio(1.0, partner, 0.002 * np.eye(2), 60).patterns == patterns

    def test_wide_intervals_contain_several_patterns(self):
        found = partner_ratio(1.0, 0.5, 0.1 * np.eye(2), 60)
        assert found.patterns == ("actor only", "couple")

    @pytest.mark.parametrize(
        ("actor", "partner", "form"),
        [(0.1, 3.0, "excludes an interval"), (0.1, 0.1, "whole line"), (0.0, 0.1, "whole line")],
    )
    def test_an_actor_effect_that_may_be_zero_bounds_nothing(self, actor, partner, form):
        found = partner_ratio(actor, partner, 0.1 * np.eye(2), 60)
        assert found.form == form
        assert np.isnan(found.ci_low) and np.isnan(found.ci_high) and found.patterns == ()
        assert np.isnan(found.k) == (actor == 0)


class TestRefusals:
    @pytest.mark.parametrize(
        ("columns", "part"),
        [
            ((X1[:4], X2[:4], Y1[:4], Y2[:4]), "at least 5 dyads .* found 4"),
            ((np.ones(90), X2, Y1, Y2), "first member's predictor is 1 in all 90"),
            ((X1, X2, Y1, np.zeros(90)), "second member's outcome is 0 in all 90"),
            ((X1, 3 - 2 * X1, Y1, Y2), "cannot be separated"),
            ((X1, X2, X1 + X2, Y2), "determine the first member's outcome exactly"),
        ],
    )
    def test_what_is_not_identified(self, columns, part):
        assert why_no_actor_partner(*columns)
        with pytest.raises(AnalysisError, match=part):
            actor_partner(*columns)

    def test_five_dyads_are_enough(self):
        found = actor_partner(X1[:5], X2[:5], Y1[:5], Y2[:5])
        assert found.df == 2
        assert np.isnan(found.residual_r_ci_low) and found.distinguishability is None
