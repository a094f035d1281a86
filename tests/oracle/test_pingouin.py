"""pingouin's own tables against the numbers that attune stores."""

import numpy as np
import pandas as pd
import pingouin
import pytest
import scipy.stats

from attune.stats.alpha import cronbach_alpha, feldt_interval
from attune.stats.bayes_factors import (
    CAUCHY_SCALE,
    correlation_bayes_factor,
    mean_difference_bayes_factor,
)
from attune.stats.hypothesis_tests import (
    mean_difference_test,
    partial_test,
    pearson_test,
    spearman_test,
    standardised_difference,
)
from attune.stats.multiplicity import benjamini_hochberg, holm
from attune.stats.repeated_correlation import complete_pairs, within_correlation

ROUNDED_INTERVAL = 1e-6
"""pingouin rounds intervals of correlations to six digits inside."""

random = np.random.default_rng(5)
X = random.normal(size=26)
Y = 0.5 * X + random.normal(size=26)
HELD = (np.arange(26) % 2).astype(float)[:, None]


@pytest.fixture(autouse=True)
def _unrounded_tables(monkeypatch):
    monkeypatch.setitem(pingouin.options, "round.column.CI95", None)


@pytest.mark.parametrize(
    ("ours", "method"), [(pearson_test, "pearson"), (spearman_test, "spearman")]
)
def test_correlation(ours, method):
    theirs = pingouin.corr(X, Y, method=method).iloc[0]
    found = ours(X, Y)
    assert found.r == pytest.approx(theirs["r"], abs=1e-14)
    assert found.n == theirs["n"]
    assert found.p_two_tailed == pytest.approx(theirs["p_val"], rel=1e-12)
    if method == "pearson":
        assert [found.ci_low, found.ci_high] == pytest.approx(
            list(theirs["CI95"]), abs=ROUNDED_INTERVAL
        )


@pytest.mark.parametrize("tail", ["greater", "less"])
def test_direction(tail):
    # Spearman only: pingouin asks for mpmath when Pearson's r has a direction.
    theirs = pingouin.corr(X, Y, method="spearman", alternative=tail).iloc[0]
    found = spearman_test(X, Y).p_one_tailed(tail)
    assert found == pytest.approx(theirs["p_val"], rel=1e-12)


def test_partial_correlation():
    frame = pd.DataFrame({"x": X, "y": Y, "held": HELD[:, 0]})
    theirs = pingouin.partial_corr(frame, x="x", y="y", covar="held").iloc[0]
    found = partial_test(X, Y, HELD)
    assert found.r == pytest.approx(theirs["r"], abs=1e-14)
    assert found.p_two_tailed == pytest.approx(theirs["p_val"], rel=1e-12)
    assert [found.ci_low, found.ci_high] == pytest.approx(
        list(theirs["CI95"]), abs=ROUNDED_INTERVAL
    )


@pytest.mark.parametrize("variances", ["pooled", "welch"])
def test_mean_difference(variances):
    theirs = pingouin.ttest(X[:12], Y[12:], correction=variances == "welch").iloc[0]
    found = mean_difference_test(X[:12], Y[12:], variances)
    assert [found.t, found.df, found.p_two_tailed] == pytest.approx(
        [theirs["T"], theirs["dof"], theirs["p_val"]], rel=1e-12
    )
    assert [found.ci_low, found.ci_high] == pytest.approx(list(theirs["CI95"]), rel=1e-12)
    d = standardised_difference(X[:12], Y[12:])
    assert abs(d) == pytest.approx(theirs["cohen_d"], rel=1e-12)
    g = standardised_difference(X[:12], Y[12:], corrected=True)
    expected = pingouin.compute_effsize(X[:12], Y[12:], eftype="hedges")
    assert g == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("n", [4, 26, 300])
@pytest.mark.parametrize("r", [-0.8, -0.3, 0.0, 0.12, 0.5, 0.9])
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_bayes_factor_of_a_correlation(n, r, scale):
    found = correlation_bayes_factor(r, n, scale)
    expected = pingouin.bayesfactor_pearson(r, n, kappa=scale)
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("t", "sizes"), [(0.0, (12, 13)), (0.3, (5, 4)), (-1.7, (11, 14)), (8.0, (200, 300))]
)
def test_bayes_factor_of_a_mean_difference(t, sizes):
    found = mean_difference_bayes_factor(t, *sizes)
    expected = pingouin.bayesfactor_ttest(t, *sizes, r=CAUCHY_SCALE)
    # pingouin's integral is as precise as scipy's quad, here better than 1e-11.
    assert found == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("n", [4, 7, 26, 200])
def test_correlations_of_any_size_and_with_ties(n, ties):
    x, y = random.normal(size=(2, n)) * [[1e6], [1e-3]]
    if ties:
        x, y = np.round(x, -6), np.round(y, 3)
    for ours, method in ((pearson_test, "pearson"), (spearman_test, "spearman")):
        theirs = scipy.stats.pearsonr(x, y) if method == "pearson" else scipy.stats.spearmanr(x, y)
        found = ours(x, y)
        assert found.r == pytest.approx(theirs.statistic, abs=1e-14)
        assert found.p_two_tailed == pytest.approx(theirs.pvalue, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_repeated_measures_correlation(seed):
    """Unequal numbers of occasions, one dyad with a single one."""
    generator = np.random.default_rng(seed)
    dyads = np.repeat([f"d{i}" for i in range(9)], [1, 2, 3, 4, 5, 6, 3, 3, 4])
    level = np.repeat(generator.normal(size=9), [1, 2, 3, 4, 5, 6, 3, 3, 4])
    x = level + generator.normal(size=len(dyads))
    y = 0.6 * x - 2 * level + generator.normal(size=len(dyads))
    table = pd.DataFrame({"x": x, "y": y, "dyad": dyads})
    theirs = pingouin.rm_corr(data=table, x="x", y="y", subject="dyad").iloc[0]
    ours = within_correlation(complete_pairs(x, y, dyads))
    assert ours.r == pytest.approx(theirs["r"], abs=1e-12)
    assert ours.df == theirs["dof"]
    p = next(theirs[name] for name in theirs.index if name.startswith("p"))
    assert ours.p_two_tailed == pytest.approx(p, rel=1e-9)
    # rm_corr rounds its interval; this is how it is made there.
    interval = pingouin.compute_esci(stat=ours.r, nx=ours.df + 2, eftype="pearson", decimals=8)
    assert [ours.ci_low, ours.ci_high] == pytest.approx(list(interval), abs=ROUNDED_INTERVAL)


def test_adjusted_p_values():
    p = random.uniform(size=20)
    assert holm(p) == pytest.approx(pingouin.multicomp(p, method="holm")[1], abs=1e-15)
    found = benjamini_hochberg(p)
    assert found == pytest.approx(pingouin.multicomp(p, method="fdr_bh")[1], abs=1e-15)


def test_alpha():
    items = random.integers(1, 8, size=(30, 6)).astype(float) + 2 * X.mean()
    items += random.normal(size=30)[:, None]
    items[4, 2] = np.nan
    alpha, interval = pingouin.cronbach_alpha(pd.DataFrame(items), nan_policy="listwise")
    found = cronbach_alpha(items)
    assert found == pytest.approx(alpha, abs=1e-14)
    # pingouin counts the incomplete row in its interval (30 rows, 29 complete), and rounds to
    # three digits whatever its options say.
    assert feldt_interval(found, 30, 6) == pytest.approx(list(interval), abs=5.1e-4)
