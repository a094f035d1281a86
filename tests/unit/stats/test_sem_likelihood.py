"""The likelihood of clusters against the dense normal density of all their values."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from attune.stats.sem_likelihood import ClusteredRows

P, Q, CLUSTERS = 3, 2, 9


def problem(holes: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(1)
    cluster = np.repeat(np.arange(CLUSTERS), draw.integers(1, 6, CLUSTERS))
    y, z = draw.normal(size=(len(cluster), P)), draw.normal(size=(CLUSTERS, Q))
    y[draw.random(y.shape) < holes] = np.nan
    z[draw.random(z.shape) < holes] = np.nan
    y[np.isnan(y).all(axis=1), 1] = 0.3
    return y, z, cluster


def moments() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(2)
    root, other = draw.normal(size=(P, P)), draw.normal(size=(P + Q, P + Q))
    between = other @ other.T / 2
    between[Q + 2] = between[:, Q + 2] = 0.0  # the last variable does not vary between clusters
    return draw.normal(size=P + Q), root @ root.T + np.eye(P), between


def dense(y, z, cluster, mean, within, between) -> np.ndarray:
    """Log density of every cluster, all its values in one vector."""
    found = []
    for j in range(len(z)):
        rows = y[cluster == j]
        n = len(rows)
        clusters = np.c_[np.eye(Q), np.zeros((Q, P))]
        each = np.c_[np.zeros((P, Q)), np.eye(P)]
        spread = np.vstack([clusters, *[each] * n])
        own = np.zeros((Q + n * P,) * 2)
        own[Q:, Q:] = np.kron(np.eye(n), within)
        values = np.r_[z[j], rows.ravel()]
        known = np.isfinite(values)
        covariance = (own + spread @ between @ spread.T)[np.ix_(known, known)]
        density = multivariate_normal((spread @ mean)[known], covariance)
        found.append(density.logpdf(values[known]))
    return np.array(found)


@pytest.mark.parametrize("holes", [0.0, 0.3])
def test_value(holes):
    data, at = problem(holes), moments()
    value, _ = ClusteredRows(*data).evaluate(*at)
    assert value == pytest.approx(dense(*data, *at).sum(), abs=1e-10)


@pytest.mark.parametrize("holes", [0.0, 0.3])
def test_slopes_of_every_cluster(holes):
    data, at = problem(holes), moments()
    rows = ClusteredRows(*data)
    _, each = rows.evaluate(*at, by_cluster=True)
    _, total = rows.evaluate(*at)
    for name, number in (("mean", 0), ("within", 1), ("between", 2)):
        slopes = getattr(each, name)
        np.testing.assert_allclose(slopes.sum(axis=0), getattr(total, name), atol=1e-11)
        for cell in np.ndindex(slopes.shape[1:]):
            if name == "between" and Q + 2 in cell:
                continue  # the dense density is singular beside the edge
            found = []
            for sign in (1, -1):
                moved = [part.copy() for part in at]
                moved[number][cell] += sign * 1e-5
                if len(cell) == 2 and cell[0] != cell[1]:
                    moved[number][cell[::-1]] += sign * 1e-5
                found.append(dense(*data, *moved))
            twice = 2 if len(cell) == 2 and cell[0] != cell[1] else 1
            wanted = (found[0] - found[1]) / 2e-5
            np.testing.assert_allclose(slopes[(slice(None), *cell)] * twice, wanted, atol=2e-7)


def test_independent_rows():
    y = problem(0.3)[0]
    mean, within, _ = moments()
    rows = ClusteredRows(y, np.zeros((1, 0)), np.zeros(len(y), int))
    value, _ = rows.evaluate(mean[Q:], within, None)
    expected = 0.0
    for row in y:
        known = np.isfinite(row)
        density = multivariate_normal(mean[Q:][known], within[np.ix_(known, known)])
        expected += density.logpdf(row[known])
    assert value == pytest.approx(expected, abs=1e-10)


def test_moments_that_are_none_have_no_likelihood():
    data, (mean, within, between) = problem(0.0), moments()
    rows = ClusteredRows(*data)
    assert rows.evaluate(mean, within - 9 * np.eye(P), between) == (-np.inf, None)
    assert rows.evaluate(mean, within, between - 9 * np.eye(P + Q)) == (-np.inf, None)
