"""Scores and single responses: exact sums, bounds, bands, ratings and residual gains."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.analyses.gains.estimate import residual_gains
from attune.stats.alpha import cronbach_alpha
from attune.synthetic.draws import Draws
from attune.synthetic.items import (
    left_out,
    responses_near_alpha,
    responses_with_sums,
    without_zeros,
)
from attune.synthetic.roundings import Sums
from maintenance.ryan2012.experience import band
from maintenance.ryan2012.mindfulness import SUBSCALES
from maintenance.ryan2012.outcome import gain_correlations
from maintenance.ryan2012.people import COUNTS, sample_sheet
from maintenance.ryan2012.self_affiliation import attainable, best_ratings, worst_ratings


class TestItems:
    @settings(max_examples=60, deadline=None)
    @given(st.integers(min_value=0, max_value=10**6), st.integers(min_value=2, max_value=40))
    def test_sums_are_exact_and_responses_in_range(self, seed: int, n_items: int) -> None:
        random = np.random.default_rng(seed)
        low, high = random.integers(0, 2), random.integers(3, 8)
        counts = random.integers(0, 2, size=12)
        answered = left_out(counts, n_items, Draws(seed, 0))
        k = answered.sum(axis=1)
        assert (k == n_items - counts).all()
        sums = low * k + random.integers(0, (high - low) * k + 1)
        responses = responses_with_sums(sums, answered, low, high, 0.8, Draws(seed, 1))
        assert (responses.sum(axis=1) == sums).all()
        assert (responses[answered] >= low).all()
        assert (responses[answered] <= high).all()
        assert (responses[~answered] == 0).all()

    @pytest.mark.parametrize("consistency", [0.78, 0.88])
    def test_are_about_as_consistent_as_wanted(self, consistency: float) -> None:
        sums = np.rint(30 + 6 * Draws(3, 0).bell((500,))).astype(np.int64)
        every = np.ones((500, 10), dtype=bool)
        responses = responses_with_sums(sums, every, 1, 5, consistency, Draws(3, 1))
        assert cronbach_alpha(responses.astype(float)) == pytest.approx(consistency, abs=0.05)


class TestResponsesNearAlpha:
    """Short scales, of which rounding takes most."""

    sums = np.clip(np.rint(6 + 1.9 * Draws(3, 0).bell((300,))), 0, 12).astype(np.int64)

    def test_sums_are_exact_and_alpha_is_near(self) -> None:
        found = responses_near_alpha(self.sums, 4, 0, 3, 0.64, Draws(3, 1))
        assert (found.sum(axis=1) == self.sums).all()
        assert found.min() >= 0
        assert found.max() <= 3
        assert cronbach_alpha(found.astype(float)) == pytest.approx(0.64, abs=0.06)

    def test_nearer_than_one_attempt(self) -> None:
        every = np.ones((300, 4), dtype=bool)
        once = responses_with_sums(self.sums, every, 0, 3, 0.64, Draws(3, 1))
        assert cronbach_alpha(once.astype(float)) < 0.56


class TestExperience:
    def test_bands(self) -> None:
        # Quarters of a year: under two years, from two to five, above.
        quarters = np.array([1, 7, 8, 20, 21, 24])
        assert band(quarters).tolist() == [0, 0, 1, 1, 2, 2]

    def test_sample_sheet(self) -> None:
        reporting = np.array([0, 2, 3])
        sheet = sample_sheet(np.arange(26) < 12, reporting, np.array([24, 8, 3]), Draws(1, 0))
        assert sheet.loc[reporting, "therapist_experience"].tolist() == ["6", "2", "0.75"]
        assert sheet.loc[reporting, "therapist_experience_band"].tolist() == [
            "over_5",
            "2_to_5",
            "under_2",
        ]
        assert sheet.loc[reporting, "therapist_profession"].tolist() == [
            "psychologist",
            "trainee",
            "trainee",
        ]
        assert (sheet["therapist_profession"] == "resident").sum() == 4
        assert sheet["condition"].value_counts().to_dict() == {"CBT": 14, "BRT": 12}
        for variable, levels in COUNTS.items():
            assert sheet[variable].value_counts().to_dict() == levels
        ages = sheet["patient_age"].astype(int)
        assert (ages.min(), ages.median(), ages.max()) == (24, 48, 68)


class TestSelfAffiliation:
    def test_ratings_give_the_score_back(self) -> None:
        scores = np.array(sorted(attainable()))
        ratings = worst_ratings(scores, Draws(2, 0))
        _, affirm, love, protect, _, blame, attack, neglect = ratings.T
        affiliation = 4.5 * (affirm + protect - blame - neglect) + 7.8 * (love - attack)
        # Scores are in units of 10 / 3 on tens: 15 and 26 for 4.5 and 7.8.
        assert affiliation == pytest.approx(3.0 * scores)
        assert set(np.unique(ratings)) <= set(range(0, 101, 10))

    def test_attainable_scores_are_what_their_clusters_give(self) -> None:
        for score, (shared, own) in attainable().items():
            assert score == 15 * shared + 26 * own

    def test_ratings_at_best_are_friendlier(self) -> None:
        best = best_ratings(200, Draws(2, 1))
        assert set(np.unique(best)) <= set(range(0, 101, 10))
        assert best[:, 1:4].mean() > 60 > 30 > best[:, 5:].mean()


class TestWithoutZeros:
    @settings(max_examples=100, deadline=None)
    @given(
        st.integers(min_value=0, max_value=10**6),
        st.integers(min_value=1, max_value=10),
        st.integers(min_value=2, max_value=5),
    )
    def test_sums_stay_and_no_zero_is_left(self, seed: int, pairs: int, highest: int) -> None:
        random = np.random.default_rng(seed)
        before = random.integers(-highest, highest + 1, size=(12, 2 * pairs))
        before[:6] = np.where(random.random((6, 2 * pairs)) < 0.7, 0, before[:6])
        after = without_zeros(before)
        assert (after.sum(axis=1) == before.sum(axis=1)).all()
        assert (after != 0).all()
        assert np.abs(after).max() <= max(highest, 2)
        complete = (before != 0).all(axis=1)
        assert (after[complete] == before[complete]).all()

    def test_the_responses_given_are_not_changed(self) -> None:
        before = np.array([[0, 2]])
        without_zeros(before)
        assert before.tolist() == [[0, 2]]


class TestGains:
    @pytest.mark.parametrize("seed", range(10))
    def test_equal_those_of_the_pipeline_with_series_means(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        n, absent, unscored = 26, 20, 5
        observed = pd.DataFrame(random.integers(15, 50, size=(n, 4)).astype(float))
        observed.columns = list(SUBSCALES)
        observed.loc[unscored] = np.nan
        observed["pretest"] = random.integers(20, 90, size=n).astype(float)
        posttest = random.integers(20, 90, size=n).astype(float)
        posttest[absent] = np.nan
        filled = observed.fillna(observed.mean())
        gain = residual_gains(
            filled["pretest"], np.where(np.isnan(posttest), np.nanmean(posttest), posttest)
        )

        # In units of 1 / 25, in which the series mean is whole.
        whole = (25 * filled).round().astype(np.int64)
        everyone = {name: whole[name].to_numpy() for name in whole}
        there = np.delete(np.arange(n), absent)
        fixed = {name: variable[there] for name, variable in everyone.items()}
        y = posttest[there].astype(np.int64)
        sums = Sums(
            n - 1,
            np.array([y.sum()]),
            np.array([(y * y).sum()]),
            {name: np.array([(y * variable).sum()]) for name, variable in fixed.items()},
        )
        for part, r in gain_correlations(sums, everyone, fixed).items():
            expected = np.corrcoef(filled[part], gain)[0, 1]
            assert r[0] == pytest.approx(expected, abs=1e-12)
