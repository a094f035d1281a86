"""Intraclass correlations and the partition of the variance that a mixed model implies."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.specs.errors import AnalysisError
from attune.stats.explained_variance import (
    RandomPart,
    intraclass_correlation,
    variance_partition,
)
from attune.stats.mixed_model_tests import variance_parameters
from attune.stats.mixed_models import RandomTerm, fit_mixed_model

VARIANCE = st.floats(0.01, 100)


class TestIntraclassCorrelation:
    def test_of_balanced_groups_is_that_of_the_analysis_of_variance(self) -> None:
        """ICC(1) = (MSB - MSW) / (MSB + (k - 1) MSW), Shrout and Fleiss (1979)."""
        rng = np.random.default_rng(5)
        groups, k = 12, 4
        y = rng.normal(size=groups)[:, None] * 1.5 + rng.normal(size=(groups, k))
        between = k * y.mean(axis=1).var(ddof=1)
        within = y.var(axis=1, ddof=1).mean()
        frame = pd.DataFrame({"y": y.ravel(), "g": np.repeat([f"g{i}" for i in range(groups)], k)})
        fit = fit_mixed_model(frame, "y ~ 1", [RandomTerm(("g",))])
        variances = [fit.random_covariances[0].covariance[0, 0], fit.residual_sd**2]
        share = intraclass_correlation(variances, np.eye(2), 0)
        assert share.estimate == pytest.approx((between - within) / (between + (k - 1) * within))

    def test_interval_is_the_delta_method(self) -> None:
        """The standard error against a numerical derivative."""
        variances, covariance = np.array([2.0, 1.0, 3.0]), np.diag([0.3, 0.1, 0.2])
        share = intraclass_correlation(variances, covariance, 1)
        steps = 1e-6 * np.eye(3)
        shares = [
            [(moved := variances + sign * step)[1] / moved.sum() for sign in (1, -1)]
            for step in steps
        ]
        gradient = np.array([(up - down) / 2e-6 for up, down in shares])
        logit = np.log(share.estimate / (1 - share.estimate))
        half = 1.959964 * np.sqrt(gradient @ covariance @ gradient)
        half /= share.estimate * (1 - share.estimate)
        assert share.ci_low == pytest.approx(1 / (1 + np.exp(-(logit - half))), rel=1e-5)
        assert share.ci_high == pytest.approx(1 / (1 + np.exp(-(logit + half))), rel=1e-5)

    @given(VARIANCE, VARIANCE, VARIANCE)
    def test_shares_of_all_levels_add_up(self, one: float, two: float, three: float) -> None:
        shares = [
            intraclass_correlation([one, two, three], np.eye(3) / 100, place).estimate
            for place in range(3)
        ]
        assert sum(shares) == pytest.approx(1)

    @given(VARIANCE, VARIANCE, st.floats(0.1, 10))
    def test_units_change_nothing(self, one: float, two: float, unit: float) -> None:
        covariance = np.diag([one**2, two**2]) / 50
        plain = intraclass_correlation([one, two], covariance, 0)
        scaled = intraclass_correlation([unit**2 * one, unit**2 * two], unit**4 * covariance, 0)
        assert (scaled.estimate, scaled.ci_low, scaled.ci_high) == pytest.approx(
            (plain.estimate, plain.ci_low, plain.ci_high)
        )

    @pytest.mark.parametrize("variance", [0.0, 6.7e-12, 9e-7])
    def test_a_share_of_nearly_0_has_no_interval(self, variance: float) -> None:
        covariance = np.diag([5e-9, 5.0, 2.0])
        share = intraclass_correlation([variance, 62.0, 36.0], covariance, 0)
        assert share.estimate == pytest.approx(0, abs=1e-7)
        assert np.isnan([share.ci_low, share.ci_high]).all()

    def test_where_another_level_has_no_variance_there_is_no_interval_either(self) -> None:
        share = intraclass_correlation([0.0, 62.0, 36.0], np.diag([5e-9, 5.0, 2.0]), 1)
        assert share.estimate == pytest.approx(62 / 98) and np.isnan(share.ci_low)

    @pytest.mark.parametrize("variances", [[0.0, 0.0], [-1.0, 2.0]])
    def test_impossible_variances_are_refused(self, variances: list[float]) -> None:
        with pytest.raises(AnalysisError):
            intraclass_correlation(variances, np.eye(2), 0)


class TestPartition:
    @staticmethod
    def parts(
        n_groups: int = 20, slope: float = 1.0
    ) -> tuple[np.ndarray, np.ndarray, dict[str, RandomPart]]:
        time = np.tile([0.0, 1.0, 2.0, 3.0], n_groups)
        groups = np.repeat(np.arange(n_groups), 4)
        columns = np.column_stack([np.ones_like(time), time])
        covariance = np.array([[4.0, 0.5], [0.5, slope]])
        return 3 + 2 * time, groups, {"patient": RandomPart(columns, covariance)}

    def test_total_is_the_variance_that_the_model_implies(self) -> None:
        """tr(V) / n plus the variance of the predictions: by the covariance of each rating."""
        predicted, groups, random = self.parts()
        shares = variance_partition(predicted, groups, random, 2.0)
        columns, covariance = random["patient"].columns, random["patient"].covariance
        of_ratings = np.einsum("ij,jk,ik->i", columns, covariance, columns).mean()
        total = predicted.var() + of_ratings + 2.0
        assert shares["residual"] == pytest.approx(2.0 / total)
        assert shares["within"] == pytest.approx(predicted.var() / total)
        assert shares["slopes"] + shares["patient"] == pytest.approx(of_ratings / total)
        assert sum(shares.values()) == pytest.approx(1)

    def test_predictors_of_patients_are_between(self) -> None:
        _, groups, random = self.parts()
        shares = variance_partition(groups * 0.3, groups, random, 2.0)
        assert shares["within"] == pytest.approx(0, abs=1e-12) and shares["between"] > 0

    def test_without_random_slopes_they_have_no_share(self) -> None:
        predicted, groups, random = self.parts()
        alone = RandomPart(random["patient"].columns[:, :1], np.array([[4.0]]))
        assert variance_partition(predicted, groups, {"patient": alone}, 1.0)["slopes"] == 0

    def test_moving_the_origin_of_time_moves_nothing_between_slopes_and_intercepts(self) -> None:
        """The slopes' part is tr(T S), S the covariance of time; the mean carries the rest."""
        predicted, groups, random = self.parts()
        shift = np.array([[1.0, 5.0], [0.0, 1.0]])  # time - 5: the same model in other terms
        moved = random["patient"].columns @ np.linalg.inv(shift)
        covariance = shift @ random["patient"].covariance @ shift.T
        one = variance_partition(predicted, groups, random, 2.0)
        other = variance_partition(predicted, groups, {"patient": RandomPart(moved, covariance)}, 2)
        assert other == pytest.approx(one)

    def test_an_outcome_without_variance_is_refused(self) -> None:
        with pytest.raises(AnalysisError):
            variance_partition(np.zeros(4), [1, 1, 2, 2], {}, 0.0)


def test_variance_parameters_give_the_standard_error_of_the_residual_variance() -> None:
    """In balanced data the residual variance is a mean square: var = 2 s^4 / df."""
    rng = np.random.default_rng(2)
    groups, k = 40, 5
    y = rng.normal(size=groups)[:, None] * 2 + rng.normal(size=(groups, k))
    frame = pd.DataFrame({"y": y.ravel(), "g": np.repeat([f"g{i}" for i in range(groups)], k)})
    fit = fit_mixed_model(frame, "y ~ 1", [RandomTerm(("g",))])
    covariance, _ = variance_parameters(fit)
    variance = (2 * fit.residual_sd) ** 2 * covariance[-1, -1]
    assert variance == pytest.approx(2 * fit.residual_sd**4 / (groups * (k - 1)), rel=1e-4)
