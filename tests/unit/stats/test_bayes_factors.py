import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import hyp2f1

from attune.stats.bayes_factors import (
    correlation_bayes_factor,
    correlation_bayes_factors,
    direction_probabilities,
    mean_difference_bayes_factor,
)


def direction_probability(r, n, scale, tail):
    return direction_probabilities(np.array([r]), np.array([float(n)]), scale, tail)[0]


CASES = [(r, n, scale) for r in (-0.7, 0.0, 0.2, 0.95) for n in (4, 26, 150) for scale in (0.5, 1)]


@pytest.mark.parametrize(("r", "n", "scale"), CASES)
def test_the_two_directions_average_to_the_two_sided_factor(r, n, scale):
    two_sided = correlation_bayes_factor(r, n, scale)
    directed = [correlation_bayes_factor(r, n, scale, tail) for tail in ("greater", "less")]
    assert np.mean(directed) == pytest.approx(two_sided, rel=1e-13)


@pytest.mark.parametrize(("r", "n", "scale"), CASES)
def test_the_sign_of_r_turns_the_directions_around(r, n, scale):
    assert correlation_bayes_factor(-r, n, scale) == correlation_bayes_factor(r, n, scale)
    less = correlation_bayes_factor(-r, n, scale, "less")
    assert less == pytest.approx(correlation_bayes_factor(r, n, scale, "greater"), rel=1e-12)


def test_the_factor_grows_with_the_correlation_in_the_declared_direction():
    grid = np.linspace(-0.9, 0.9, 19)
    factors = [correlation_bayes_factor(r, 26, 1.0, "greater") for r in grid]
    assert (np.diff(factors) > 0).all()
    assert correlation_bayes_factor(0.0, 26) < 1 < correlation_bayes_factor(0.8, 26)


@pytest.mark.parametrize(("r", "n"), [(0.3, 26), (-0.6, 10), (0.9, 300)])
def test_uniform_prior_probability_by_plain_integration(r, n):
    # With n >= 10 the posterior is near Fisher's normal, an independent rough value.
    z = np.arctanh(r) * np.sqrt(n - 3)
    normal = quad(lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), -z, 40)[0]
    assert direction_probability(r, n, 1.0, "greater") == pytest.approx(normal, abs=0.02)


def test_a_wrong_direction_keeps_its_digits():
    # Far in the tail 1 - P would be rounding noise; the directed factor must stay positive.
    tiny = correlation_bayes_factor(-0.9, 100, 1.0, "greater")
    assert 0 < tiny < 0.05
    assert tiny == pytest.approx(correlation_bayes_factor(0.9, 100, 1.0, "less"), rel=1e-12)


def test_overwhelming_evidence_is_not_a_number_that_can_be_stored():
    assert not np.isfinite(correlation_bayes_factor(0.9, 5000))


@pytest.mark.parametrize("tail", [None, "greater", "less"])
def test_a_factor_does_not_depend_on_the_correlations_beside_it(tail):
    r, n, _ = zip(*CASES, strict=True)
    together = correlation_bayes_factors(r, n, 0.5, tail)
    alone = [correlation_bayes_factor(*case, 0.5, tail) for case in zip(r, n, strict=True)]
    assert together.tolist() == alone
    assert len(correlation_bayes_factors([], [], 0.5, tail)) == 0


def test_a_direction_by_plain_integration_of_the_exact_density():
    r, n, scale = 0.25, 26, 0.5

    def density(rho):
        prior = (1 - rho**2) ** (1 / scale - 1)
        likelihood = (1 - rho**2) ** ((n - 1) / 2) * (1 - rho * r) ** (1.5 - n)
        return prior * likelihood * hyp2f1(0.5, 0.5, n - 0.5, (1 + rho * r) / 2)

    below, above = (quad(density, *ends, epsabs=0, epsrel=1e-13)[0] for ends in ((-1, 0), (0, 1)))
    share = above / (below + above)
    assert direction_probability(r, n, scale, "greater") == pytest.approx(share, rel=1e-12)


def test_mean_difference():
    assert mean_difference_bayes_factor(2.0, 12, 14) == mean_difference_bayes_factor(-2.0, 12, 14)
    assert mean_difference_bayes_factor(0.0, 12, 14) < 1 < mean_difference_bayes_factor(5, 12, 14)
