"""pingouin's own tables against the numbers that attune stores."""

import numpy as np
import pandas as pd
import pingouin
import pytest
from attune.stats.correlation_matrix import pairwise_correlations

from attune.stats.alpha import cronbach_alpha, feldt_interval
from attune.stats.hypothesis_tests import (
    mean_difference_test,
    partial_test,
    pearson_test,
    spearman_test,
    standardised_difference,
)
from attune.stats.multiplicity import benjamini_hochberg, holm

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
    assert found.r == theirs["r"]
    assert found.p_two_tailed == theirs["p_val"]
    assert [found.ci_low, found.ci_high] == pytest.approx(
        list(theirs["CI95"]), abs=ROUNDED_INTERVAL
    )


@pytest.mark.parametrize("variances", ["pooled", "welch"])
def test_mean_difference(variances):
    theirs = pingouin.ttest(X[:12], Y[12:], correction=variances == "welch").iloc[0]
    found = mean_difference_test(X[:12], Y[12:], variances)
    assert (found.t, found.df, found.p_two_tailed) == (
        theirs["T"],
        theirs["dof"],
        theirs["p_val"],
    )
    assert [found.ci_low, found.ci_high] == pytest.approx(list(theirs["CI95"]), rel=1e-12)
    assert abs(standardised_difference(X[:12], Y[12:])) == theirs["cohen_d"]


def test_matrix_of_correlations():
    columns = random.normal(size=(40, 4))
    columns[3, 1] = columns[5, 2] = np.nan
    frame = pd.DataFrame(columns, columns=list("abcd"))
    theirs = pingouin.pairwise_corr(frame)
    r, n, p = pairwise_correlations(columns, columns)
    place = theirs["X"].map(list("abcd").index), theirs["Y"].map(list("abcd").index)
    assert r[place] == pytest.approx(theirs["r"].to_numpy(), abs=1e-14)
    assert (n[place] == theirs["n"]).all()
    assert p[place] == pytest.approx(theirs["p_unc"].to_numpy(), rel=1e-11)


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
