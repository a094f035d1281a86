import numpy as np
import pytest

from attune.specs.errors import AnalysisError
from attune.stats.regression import coefficient_test
from attune.stats.response_surface import (
    UNCENTRED,
    Centre,
    agreement_rates,
    congruence_test,
    grand_mean,
    response_surface,
    scale_midpoint,
    why_no_response_surface,
)

random = np.random.default_rng(3)
X = random.integers(1, 8, 200).astype(float)
Y = random.integers(1, 8, 200).astype(float)
MIDPOINT = scale_midpoint(1, 7)


def surface_of(b, sd=0.01, centre=MIDPOINT, **options):
    """Surface of outcomes that the coefficients make, with little noise."""
    x, y = X - 4, Y - 4
    z = b[0] + b[1] * x + b[2] * y + b[3] * x * x + b[4] * x * y + b[5] * y * y
    noise = np.random.default_rng(1).normal(0, sd, len(X))
    return response_surface(z + noise, X, Y, centre, **options)


class TestSurface:
    b = (5, 0.3, -0.2, -0.4, 0.25, -0.7)
    surface = surface_of(b, sd=0)

    def test_finds_the_coefficients_that_made_the_outcome(self):
        assert self.surface.coefficients == pytest.approx(self.b, abs=1e-11)

    def test_slope_and_curvature_along_both_lines(self):
        b = self.b

        def height(x, y):
            return b[1] * x + b[2] * y + b[3] * x * x + b[4] * x * y + b[5] * y * y

        for slope, curvature, sign in (("a1", "a2", 1), ("a3", "a4", -1)):
            up, down = height(1, sign), height(-1, -sign)
            assert getattr(self.surface, slope).estimate == pytest.approx((up - down) / 2)
            assert getattr(self.surface, curvature).estimate == pytest.approx((up + down) / 2)
        assert self.surface.a5.estimate == pytest.approx(b[3] - b[5])

    def test_the_surface_is_level_at_the_stationary_point(self):
        b = self.b
        x, y = self.surface.stationary_x.estimate, self.surface.stationary_y.estimate
        assert b[1] + 2 * b[3] * x + b[4] * y == pytest.approx(0, abs=1e-10)
        assert b[2] + b[4] * x + 2 * b[5] * y == pytest.approx(0, abs=1e-10)

    def test_axes_are_eigenvectors_through_the_stationary_point(self):
        b, surface = self.b, self.surface
        values, vectors = np.linalg.eigh([[b[3], b[4] / 2], [b[4] / 2, b[5]]])
        for place, (intercept, slope) in (
            (np.argmax(values), (surface.p10, surface.p11)),
            (np.argmin(values), (surface.p20, surface.p21)),
        ):
            assert slope.estimate == pytest.approx(vectors[1, place] / vectors[0, place])
            on_axis = intercept.estimate + slope.estimate * surface.stationary_x.estimate
            assert on_axis == pytest.approx(surface.stationary_y.estimate)

    @pytest.mark.parametrize(
        ("b3", "b4", "b5", "shape"),
        [(-1, 0.5, -1, "maximum"), (1, 0.5, 1, "minimum"), (1, 0.5, -1, "saddle")],
    )
    def test_shape(self, b3, b4, b5, shape):
        assert surface_of((0, 0, 0, b3, b4, b5)).shape == shape

    def test_a_common_shift_of_both_raters_changes_nothing_but_the_centre(self):
        z = X * Y - X**2 + random.normal(size=200)
        one = response_surface(z, X, Y, MIDPOINT)
        other = response_surface(z, X + 10, Y + 10, Centre("scale midpoint", 14))
        assert other.p10.estimate == pytest.approx(one.p10.estimate, rel=1e-9)
        assert other.a3.se == pytest.approx(one.a3.se, rel=1e-9)

    def test_curvatures_do_not_depend_on_the_centre_and_slopes_do(self):
        z = X * Y - 2 * X**2 + random.normal(size=200)
        one, other = (response_surface(z, X, Y, c) for c in (MIDPOINT, UNCENTRED))
        assert other.a4.estimate == pytest.approx(one.a4.estimate, rel=1e-9)
        assert other.p11.estimate == pytest.approx(one.p11.estimate, rel=1e-9)
        moved = one.a1.estimate - 2 * MIDPOINT.value * one.a2.estimate
        assert other.a1.estimate == pytest.approx(moved, rel=1e-9)

    def test_exchanging_the_raters_turns_the_sign_of_a3_and_a5(self):
        z = X * Y - X**2 + X + random.normal(size=200)
        one, other = response_surface(z, X, Y, MIDPOINT), response_surface(z, Y, X, MIDPOINT)
        for name, sign in (("a1", 1), ("a2", 1), ("a3", -1), ("a4", 1), ("a5", -1)):
            found = getattr(other, name).estimate
            assert found == pytest.approx(sign * getattr(one, name).estimate, abs=1e-9)

    def test_the_delta_interval_is_that_of_many_samples(self):
        """Standard errors of the axis from the spread of estimates in simulated outcomes."""
        mean = 5 - 0.5 * (X - 4) ** 2 + 0.6 * (X - 4) * (Y - 4) - 0.5 * (Y - 4) ** 2 + 0.2 * Y
        noise = np.random.default_rng(2).normal(0, 1, (400, 200))
        fits = [response_surface(mean + e, X, Y, MIDPOINT) for e in noise]
        for name in ("p10", "p11", "stationary_x"):
            spread = np.std([getattr(fit, name).estimate for fit in fits])
            typical = np.median([getattr(fit, name).se for fit in fits])
            assert typical == pytest.approx(spread, rel=0.15)

    def test_missing_values_and_covariates(self):
        z = X - Y + random.normal(size=200)
        x = X.copy()
        x[:3] = np.nan
        fit = response_surface(z, x, Y, MIDPOINT, covariates=random.normal(size=(200, 2)))
        assert (fit.n, fit.df, len(fit.coefficients)) == (197, 189, 8)

    def test_a_ridge_has_no_stationary_point(self):
        surface = surface_of((0, 0, 0, -1, 2, -1), sd=0)
        assert surface.shape == "ridge"
        assert surface.stationary_x is None and surface.p11 is None
        assert surface.reason.startswith("The surface is a ridge")
        assert surface.congruence.decision == "undetermined"

    def test_no_product_term_leaves_the_axes_undefined(self):
        x, y = (values.ravel() - 2 for values in np.meshgrid(np.arange(5.0), np.arange(5.0)))
        surface = response_surface(-(x**2) - 2 * y**2 + (x == y) * 0, x, y, UNCENTRED)
        assert surface.shape == "maximum" and surface.p11 is None
        assert surface.stationary_x.estimate == pytest.approx(0, abs=1e-10)
        assert "b4 = 0" in surface.reason

    def test_hc3_is_undefined_where_one_dyad_determines_a_coefficient(self):
        x, y = X[:40], Y[:40] % 2
        z = random.normal(size=40)
        y[-1] = 2
        surface = response_surface(z, x, y, UNCENTRED, hc3=True)
        assert surface.hc3_reason is not None
        assert np.isnan(surface.a4.se)
        assert surface.congruence.decision == "undetermined"


class TestCongruence:
    @pytest.mark.parametrize(
        ("b", "decision", "failed"),
        [
            ((5, 0, 0, -0.5, 1, -0.52), "strict", set()),
            ((5, 0.5, 0.5, -0.5, 1, -0.52), "broad", set()),
            ((5, 0.3, -0.3, -0.5, 1, -0.52), "none", {"a3 = 0", "p10 = 0"}),
            ((5, 0, 0, 0.5, -1, 0.52), "none", {"a4 < 0", "p11 = 1"}),
            ((5, 0, 0, -0.2, 1, -1.5), "none", {"p11 = 1"}),
        ],
    )
    def test_decisions(self, b, decision, failed):
        found = surface_of(b, sd=0.8).congruence
        assert found.decision == decision
        assert {c.name for c in found.conditions[:4] if not c.holds} == failed

    def test_a_lower_level_is_harder_to_fail(self):
        b = (5, 0.05, -0.05, -0.5, 1, -0.52)
        assert surface_of(b, sd=0.8, interval=0.5).congruence.decision == "none"
        assert surface_of(b, sd=0.8, interval=0.9999).congruence.decision != "none"

    def test_a_rising_line_of_incongruence_is_none_although_it_is_significant(self):
        none, one = coefficient_test(0.0, 0.1, 50), coefficient_test(1.0, 0.1, 50)
        found = congruence_test(none, none, none, one, none, one)
        assert found.text == "No congruence effect: a4 < 0 does not hold."

    def test_two_conditions_are_listed(self):
        none, one = coefficient_test(0.0, 0.1, 50), coefficient_test(1.0, 0.1, 50)
        found = congruence_test(none, none, one, one, none, one)
        assert found.text == "No congruence effect: a3 = 0 and a4 < 0 do not hold."


class TestRefusals:
    z = random.normal(size=20)
    x = np.arange(20.0) % 5
    y = np.arange(20.0) % 7

    @pytest.mark.parametrize(
        ("z", "x", "y", "part"),
        [
            (z[:6], x[:6], y[:6], "needs at least 7 dyads"),
            (z, np.ones(20), y, "first rater gave 1 different ratings"),
            (z, x, np.arange(20) % 2, "second rater gave 2 different ratings"),
            (np.full(20, 2.0), x, y, "The outcome is 2 in all 20 dyads"),
            (z, x, x, "not identified"),
            (z, x, 6 - x, "not identified"),
        ],
    )
    def test_what_has_no_surface(self, z, x, y, part):
        assert part in why_no_response_surface(z, x, y)
        with pytest.raises(AnalysisError, match=part):
            response_surface(z, x, y, UNCENTRED)

    def test_a_far_origin_is_not_taken_for_collinear(self):
        z = self.z
        assert why_no_response_surface(z, self.x + 1e4, self.y + 1e4) is None

    def test_seven_dyads_are_enough(self):
        assert response_surface(self.z[:7], X[:7], Y[:7], MIDPOINT).df == 1

    def test_centres(self):
        assert grand_mean([1, 2, np.nan], [3, 6, 100]).value == 3
        with pytest.raises(AnalysisError, match="no grand mean"):
            grand_mean([np.nan], [1])
        with pytest.raises(AnalysisError, match="no midpoint"):
            scale_midpoint(7, 1)

    def test_agreement_rates(self):
        found = agreement_rates([1, 2, 3, 9, np.nan], [10, 20, 30, 5, 7])
        assert (found.n, found.first_higher, found.second_higher) == (4, 0.25, 0.5)
        with pytest.raises(AnalysisError, match="at least two dyads"):
            agreement_rates([1, 1, 1], [1, 2, 3])
