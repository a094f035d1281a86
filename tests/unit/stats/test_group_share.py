"""Shares of variance between groups: balanced designs, covariates, coverage, what has none."""

import numpy as np
import pandas as pd
import pytest
from tests.depth import deep, examples

from attune.specs.errors import AnalysisError
from attune.stats.group_share import group_share
from attune.stats.mixed_model_tests import likelihood_ratio
from attune.stats.mixed_models import RandomTerm, fit_mixed_model
from attune.stats.resampling import stream


def drawn(
    n_groups: int, size: float, share: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.maximum(generator.poisson(size, n_groups), 1)
    groups = np.repeat(np.arange(n_groups), sizes)
    effects = np.sqrt(share) * generator.standard_normal(n_groups)
    return effects[groups] + np.sqrt(1 - share) * generator.standard_normal(len(groups)), groups


def test_balanced_groups_have_the_share_of_the_analysis_of_variance() -> None:
    """sigma_u^2 = (MSB - MSW) / k; shrinkage k sigma_u^2 / (k sigma_u^2 + sigma_e^2)."""
    generator = np.random.default_rng(4)
    k, groups = 4, np.repeat(np.arange(9), 4)
    score = 3 * generator.standard_normal(9)[groups] + generator.standard_normal(36)
    found = group_share(score, groups, generator)
    table = score.reshape(9, k)
    between = k * table.mean(axis=1).var(ddof=1)
    within = table.var(axis=1, ddof=1).mean()
    variance = (between - within) / k
    assert found.share.estimate == pytest.approx(variance / (variance + within), rel=1e-5)
    shrinkage = k * variance / (k * variance + within)
    deviations = shrinkage * (table.mean(axis=1) - score.mean())
    assert found.deviations["deviation"].to_numpy() == pytest.approx(deviations, rel=1e-4)
    assert found.deviations["n"].tolist() == [4] * 9
    assert (found.n, found.n_groups) == (36, 9)
    assert 0 < found.share.ci_low < found.share.estimate < found.share.ci_high < 1


def test_covariates_take_their_part_of_the_variance_away() -> None:
    """A score that a group's covariate gives: the share is that of the model's residuals."""
    generator = np.random.default_rng(5)
    groups = np.repeat(np.arange(20), 3)
    x = generator.standard_normal(20)[groups]
    score = 2 * x + generator.standard_normal(60)
    alone = group_share(score, groups, generator).share.estimate
    given = group_share(score, groups, generator, np.column_stack([x, np.ones(60)]))
    assert alone > 0.6 > 0.2 > given.share.estimate
    frame = pd.DataFrame({"y": score, "x": x, "g": groups})
    fits = [fit_mixed_model(frame, "y ~ 1 + x", terms) for terms in ([], [RandomTerm(("g",))])]
    assert given.test.chi2 == pytest.approx(likelihood_ratio(*fits).chi2, abs=1e-6)


def test_incomplete_rows_are_left_out() -> None:
    score = [1.0, 3, 2, np.nan, 6, 7, 5, 4]
    groups = ["a", "a", "b", "b", "c", None, "c", "b"]
    given = np.array([[0.0], [1], [0], [1], [0], [1], [np.nan], [2]])
    found = group_share(score, groups, np.random.default_rng(1), given)
    assert (found.n, found.n_groups) == (5, 3)
    assert dict(zip(found.deviations["group"], found.deviations["n"], strict=True)) == {
        "a": 2, "b": 2, "c": 1
    }  # fmt: skip


def test_groups_that_do_not_differ_have_an_upper_limit_and_p_of_1() -> None:
    """Means that are nearer to each other than chance makes them: a variance of 0."""
    score = [1.0, 5, 1.1, 4.9, 0.9, 5.1, 1, 5]
    found = group_share(score, list("aabbccdd"), np.random.default_rng(1))
    assert found.share.estimate == pytest.approx(0, abs=1e-6)
    assert found.share.ci_low == 0 < found.share.ci_high < 1
    assert (found.test.chi2, found.test.p) == (0, 1)


@pytest.mark.parametrize(
    ("score", "groups", "said"),
    [
        ([1.0, 2, 3], "aaa", "need two or more, found 1"),
        ([1.0, 2, 3], "abc", "No group has two scores"),
        ([1.0, 1, 2, 2, 5, 5], "aabbcc", "the same for all of a group"),
    ],
)
def test_what_has_no_share(score: list[float], groups: str, said: str) -> None:
    with pytest.raises(AnalysisError, match=said):
        group_share(score, list(groups), np.random.default_rng(1))


@deep
def test_intervals_cover() -> None:
    replications = examples(40, many=400)
    for n_groups, size in ((8, 4), (30, 3)):
        for share in (0.0, 0.2):
            covered = []
            for number in range(replications):
                generator = stream(7, f"{n_groups} {share} {number}")
                score, groups = drawn(n_groups, size, share, generator)
                found = group_share(score, groups, generator).share
                covered.append(found.ci_low <= share <= found.ci_high)
            assert np.mean(covered) > 0.95 - 3 * np.sqrt(0.05 * 0.95 / replications)
