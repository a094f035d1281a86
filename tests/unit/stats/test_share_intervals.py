"""Draws of the estimates of mixed models, and intervals of shares of variance made of them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import ncx2

from attune.stats.mixed_model_draws import draw_parameters, semidefinite_factor
from attune.stats.mixed_model_tests import FixedEffectTests, variance_parameters
from attune.stats.mixed_models import RandomTerm, Residual, fit_mixed_model
from attune.stats.share_intervals import (
    DrawnPart,
    coefficient_part,
    random_part,
    residual_part,
    share_intervals,
)


def normal(*shape: int, seed: int = 1) -> np.ndarray:
    half = np.random.default_rng(seed).standard_normal((shape[0] // 2, *shape[1:]))
    return np.concatenate([half, -half])


def rest(value: float, n: int) -> DrawnPart:
    return residual_part(value, np.full(n, value))


class TestParts:
    """A square of estimates and noise, for every multiple of the estimates."""

    @pytest.mark.parametrize("times", [0.0, 0.5, 1.0, 3.0])
    def test_coefficients(self, times: float) -> None:
        estimates, draws = np.array([1.0, -2.0, 0.5]), normal(6, 3)
        spread = np.array([[2.0, 0.3, 0], [0.3, 1.0, 0.1], [0, 0.1, 0.5]])
        part = coefficient_part(estimates, draws, spread)
        moved = times * estimates + draws
        assert part.drawn(times) == pytest.approx([one @ spread @ one for one in moved])
        assert part.estimate == pytest.approx(estimates @ spread @ estimates)

    @pytest.mark.parametrize("times", [0.0, 1.0, 2.0])
    def test_random_effects(self, times: float) -> None:
        factor, draws = np.array([[1.0, 0.0], [0.4, 0.2]]), normal(4, 2, 2) / 5
        spread, sigma, ratio = np.array([[1.0, 2.0], [2.0, 5.0]]), 3.0, np.array([1, 2, 0.5, 1.0])
        part = random_part(factor, draws, spread, sigma, ratio)
        expected = [
            (sigma * scale) ** 2 * np.trace(spread @ (one @ one.T))
            for scale, one in zip(ratio, times * factor + draws, strict=True)
        ]
        assert part.drawn(times) == pytest.approx(expected)
        assert part.estimate == pytest.approx(9 * np.trace(spread @ factor @ factor.T))

    def test_sums_of_parts_are_sums_of_their_draws(self) -> None:
        one = coefficient_part(np.ones(2), normal(6, 2), np.eye(2))
        other = coefficient_part(np.ones(1), normal(6, 1, seed=2), np.eye(1))
        both = one + other
        assert both.drawn(2.0) == pytest.approx(one.drawn(2.0) + other.drawn(2.0))
        assert both.estimate == one.estimate + other.estimate and both.of_coefficients


class TestIntervals:
    """Against the noncentral chi-square distribution, quantiles, and at the edges."""

    @pytest.mark.parametrize(("p", "size"), [(1, 3.0), (3, 4.0), (3, 8.0), (6, 6.0)])
    def test_coefficients_of_equal_precision_are_noncentral_chi_square(
        self, p: int, size: float
    ) -> None:
        """Q of the draws around k times b is chi-square with noncentrality k^2 b'b (Steiger)."""
        n, others = 40_000, 50.0
        estimates = np.full(p, size / np.sqrt(p))
        parts = {
            "within": coefficient_part(estimates, normal(n, p), np.eye(p)),
            "rest": rest(others, n),
        }
        found = share_intervals(parts)["within"]

        def noncentrality(reached: float) -> float:
            def off(nc: float) -> float:
                return float(ncx2.sf(size**2, p, nc)) - reached

            return 0.0 if off(1e-9) >= 0 else float(brentq(off, 1e-9, 500.0))

        low, high = (noncentrality(reached) for reached in (0.025, 0.975))
        assert found.estimate == pytest.approx(size**2 / (size**2 + others))
        assert found.ci_low == pytest.approx(low / (low + others), abs=0.006)
        assert found.ci_high == pytest.approx(high / (high + others), abs=0.006)

    def test_a_small_share_of_coefficients_may_be_nothing(self) -> None:
        parts = {
            "within": coefficient_part(np.array([1.5]), normal(4000, 1), np.eye(1)),
            "rest": rest(50.0, 4000),
        }
        share = share_intervals(parts)["within"]
        assert share.ci_low == 0 < share.estimate < share.ci_high

    def test_many_coefficients_of_nothing_do_not_exclude_their_share(self) -> None:
        """Noise alone would give more: the limits meet at 0, and are moved to the estimate."""
        parts = {
            "between": coefficient_part(np.full(20, 0.2), normal(4000, 20), np.eye(20)),
            "rest": rest(50.0, 4000),
        }
        share = share_intervals(parts)["between"]
        assert (share.ci_low, share.ci_high) == (0.0, share.estimate)

    def test_variances_have_quantiles(self) -> None:
        """lambda = 3 with SE 0.4, all else known: the quantiles of (3 + 0.4 z)^2."""
        draws = 0.4 * normal(40_000, 1, 1)
        part = random_part(np.array([[3.0]]), draws, np.eye(1), 1.0, np.ones(40_000))
        share = share_intervals({"patient": part, "rest": rest(9.0, 40_000)})["patient"]
        low, high = ((3 + sign * 1.96 * 0.4) ** 2 for sign in (-1, 1))
        assert share.ci_low == pytest.approx(low / (low + 9), abs=0.006)
        # The share is .5, whose logit is 0: the quantiles lie nearer above than below.
        half = (np.log(high / 9) - np.log(low / 9)) / 2
        assert high / 9 < np.exp(half)
        assert share.ci_high == pytest.approx(1 / (1 + np.exp(-half)), abs=0.006)

    def test_a_variance_that_may_be_nothing_has_a_lower_limit_of_0(self) -> None:
        draws = 0.4 * normal(4000, 1, 1)
        part = random_part(np.array([[0.3]]), draws, np.eye(1), 1.0, np.ones(4000))
        share = share_intervals({"therapist": part, "rest": rest(1.0, 4000)})["therapist"]
        assert share.ci_low == 0 < share.estimate < share.ci_high < 1

    def test_a_variance_of_0_has_an_upper_limit(self) -> None:
        draws = 0.4 * normal(40_000, 1, 1)
        part = random_part(np.array([[0.0]]), draws, np.eye(1), 1.0, np.ones(40_000))
        share = share_intervals({"therapist": part, "rest": rest(1.0, 40_000)})["therapist"]
        reach = (0.4 * 2.2414) ** 2  # the 97.5 % quantile of |z|
        assert (share.estimate, share.ci_low) == (0, 0)
        assert share.ci_high == pytest.approx(reach / (1 + reach), abs=0.01)

    def test_what_the_model_does_not_have_has_no_interval(self) -> None:
        nothing = DrawnPart(0.0, np.zeros(10), np.zeros(10), np.zeros(10))
        share = share_intervals({"slopes": nothing, "rest": rest(1.0, 10)})["slopes"]
        assert share.estimate == 0 and np.isnan([share.ci_low, share.ci_high]).all()

    def test_an_inflated_variance_of_another_level_does_not_lower_the_upper_limit(self) -> None:
        """Draws of a variance near 0 are all larger than it; the others' shares all smaller."""
        other = random_part(np.array([[0.0]]), normal(4000, 1, 1), np.eye(1), 1.0, np.ones(4000))
        draws = 0.1 * normal(4000, 1, 1, seed=2)
        patient = random_part(np.array([[1.0]]), draws, np.eye(1), 1.0, np.ones(4000))
        parts = {"patient": patient, "therapist": other, "rest": rest(1.0, 4000)}
        share = share_intervals(parts)["patient"]
        drawn = patient.drawn() / sum(part.drawn() for part in parts.values())
        assert np.quantile(drawn, 0.975) < share.ci_high - 0.05

    @given(
        st.lists(st.floats(-3, 3), min_size=3, max_size=3),
        st.floats(0.0, 3.0),
        st.floats(0.1, 10.0),
    )
    def test_limits_enclose_the_estimate(
        self, estimates: list[float], factor: float, residual: float
    ) -> None:
        parts = {
            "within": coefficient_part(np.array(estimates), normal(200, 3), np.eye(3)),
            "patient": random_part(
                np.array([[factor]]), normal(200, 1, 1, seed=3), np.eye(1), 1.0, np.ones(200)
            ),
            "residual": rest(residual, 200),
        }
        shares = share_intervals(parts)
        assert sum(one.estimate for one in shares.values()) == pytest.approx(1)
        for one in shares.values():
            assert 0 <= one.ci_low <= one.estimate + 1e-12
            assert one.estimate - 1e-12 <= one.ci_high <= 1


def unbalanced() -> pd.DataFrame:
    generator = np.random.default_rng(5)
    group = np.repeat(np.arange(30), generator.integers(2, 6, 30))
    x = generator.standard_normal(len(group))
    y = 2 * x + generator.standard_normal(30)[group] + generator.standard_normal(len(group))
    kind = np.where(np.arange(len(group)) % 2, "a", "b")
    return pd.DataFrame({"y": y, "x": x, "group": group, "kind": kind})


class TestDraws:
    """Their mean, their covariance, and what the degrees of freedom do."""

    def test_moments(self) -> None:
        fit = fit_mixed_model(
            unbalanced(),
            "y ~ 1 + x",
            [RandomTerm(("group",), "1 + x")],
            residual=Residual(variance_by="kind"),
        )
        covariance, _ = variance_parameters(fit)
        df = dict.fromkeys(fit.coefficients, np.inf)
        draws = draw_parameters(fit, covariance, df, 40_000, np.random.default_rng(1))
        assert draws.coefficients.mean(axis=0) == pytest.approx(0, abs=1e-12)
        found = draws.coefficients.T @ draws.coefficients / len(draws.coefficients)
        assert found == pytest.approx(fit.covariance, rel=0.1, abs=3e-3)
        [block] = draws.blocks
        theta = np.column_stack(
            [block[:, 0, 0], block[:, 1, 0], block[:, 1, 1], draws.residual[:, 0],
             np.log(draws.sigma) * fit.residual_sd]
        )  # fmt: skip
        assert (block[:, 0, 1] == 0).all()
        scale = np.sqrt(np.diag(covariance))
        correlation = (theta.T @ theta / len(theta)) / np.outer(scale, scale)
        assert correlation == pytest.approx(covariance / np.outer(scale, scale), abs=0.03)

    def test_few_degrees_of_freedom_make_draws_wider(self) -> None:
        fit = fit_mixed_model(unbalanced(), "y ~ 1 + x", [RandomTerm(("group",))])
        tests = FixedEffectTests(fit)
        covariance, _ = variance_parameters(fit)
        df = {"Intercept": 6.0, "x": np.inf}
        assert set(tests.coefficients()) == set(df)
        draws = draw_parameters(fit, covariance, df, 40_000, np.random.default_rng(2))
        spread = draws.coefficients.var(axis=0) / np.diag(fit.covariance)
        assert spread == pytest.approx([6 / 4, 1], rel=0.08)

    @given(st.integers(1, 4), st.integers(0, 1000))
    def test_a_singular_matrix_has_a_factor(self, rank: int, seed: int) -> None:
        root = np.random.default_rng(seed).standard_normal((5, rank))
        factor = semidefinite_factor(root @ root.T)
        assert factor @ factor.T == pytest.approx(root @ root.T, abs=1e-6)
        assert np.allclose(factor, np.tril(factor))
