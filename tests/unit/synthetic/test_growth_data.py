"""Draws of a study of change: they have the parts that they are drawn from, and no other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.specs.errors import AttuneError
from attune.synthetic.draws import Draws, Reals
from attune.synthetic.growth_data import (
    Agreement,
    Attendance,
    RaterCurve,
    attended,
    correlated,
    group_sizes,
    growth_scores,
    standardised_scores,
    whole_scores,
)

TIMES = np.array([0.0, 1.0, 2.0])
NONE = Agreement(0.0, 0.0, 0.0, 0.0)
N_THERAPISTS, N_EACH = 800, 5
THERAPIST = np.repeat(np.arange(N_THERAPISTS), N_EACH)


def curve(**parts: float | dict[str, float]) -> RaterCurve:
    """A curve that varies in the named parts only."""
    still = dict.fromkeys(("therapist_sd", "patient_sd", "slope_sd", "residual_sd"), 0.0)
    return RaterCurve(**({"level": 50.0, "growth": 2.0} | still | parts))  # type: ignore[arg-type]


def drawn(
    first: RaterCurve,
    second: RaterCurve | None = None,
    agreement: Agreement = NONE,
    predictors: dict[str, Reals] | None = None,
) -> Reals:
    """Scores of 4,000 patients of 800 therapists at three occasions."""
    pair = [first, second or curve()]
    return growth_scores(pair, agreement, THERAPIST, predictors or {}, TIMES, Draws(7, 0))


class TestGroupSizes:
    @settings(max_examples=40, deadline=None)
    @given(st.integers(0, 10**6), st.integers(1, 20), st.integers(1, 6), st.floats(0, 1))
    def test_hold_everyone_within_the_bounds(
        self, seed: int, groups: int, largest: int, share: float
    ) -> None:
        members = groups + int(share * groups * (largest - 1))
        sizes = group_sizes(members, groups, largest, Draws(seed, 0))
        assert sizes.sum() == members
        assert sizes.min() >= 1
        assert sizes.max() <= largest

    def test_are_uneven(self) -> None:
        sizes = group_sizes(255, 70, 10, Draws(1, 0))
        assert (sizes == 1).sum() >= 3
        assert sizes.max() >= 7

    @pytest.mark.parametrize("members", [4, 21])
    def test_that_cannot_hold_them(self, members: int) -> None:
        message = f"5 groups of 1 to 4 hold 5 to 20 members, found {members}"
        with pytest.raises(AttuneError, match=message):
            group_sizes(members, 5, 4, Draws(1, 0))


class TestScores:
    def test_without_variance_everyone_is_on_the_line(self) -> None:
        assert (drawn(curve()) == 50 + 2 * TIMES).all()

    def test_predictors_change_level_and_growth_of_their_therapists(self) -> None:
        ease = standardised_scores(Draws(2, 0).bell((N_THERAPISTS,)))
        effects = {"level_effects": {"ease": 3.0}, "growth_effects": {"ease": -0.5}}
        scores = drawn(curve(**effects), predictors={"ease": ease})
        expected = 50 + 3 * ease[THERAPIST][:, None] + (2 - 0.5 * ease[THERAPIST])[:, None] * TIMES
        assert scores[0] == pytest.approx(expected)
        assert (scores[1] == 50 + 2 * TIMES).all()

    def test_therapists_share_their_level(self) -> None:
        levels = drawn(curve(therapist_sd=4.0))[0, :, 0].reshape(N_THERAPISTS, N_EACH)
        assert (levels == levels[:, :1]).all()
        assert levels[:, 0].std() == pytest.approx(4.0, rel=0.08)

    def test_patients_differ_in_level_and_growth(self) -> None:
        scores = drawn(curve(patient_sd=6.0, slope_sd=1.5))[0]
        growth = scores[:, 1] - scores[:, 0]
        assert scores[:, 2] - scores[:, 1] == pytest.approx(growth)
        assert scores[:, 0].std() == pytest.approx(6.0, rel=0.05)
        assert growth.std() == pytest.approx(1.5, rel=0.05)

    def test_sessions_vary_around_the_line(self) -> None:
        residual = drawn(curve(residual_sd=5.0))[0] - (50 + 2 * TIMES)
        assert residual.std() == pytest.approx(5.0, rel=0.05)
        assert np.corrcoef(residual, rowvar=False)[0, 1] == pytest.approx(0, abs=0.05)

    @pytest.mark.parametrize("part", ["therapist", "patient", "slope", "residual"])
    def test_raters_agree_in_one_part_only(self, part: str) -> None:
        agreement = Agreement(**(vars(NONE) | {part: 0.6}))
        one = curve(**{f"{part}_sd": 2.0})
        scores = drawn(one, one, agreement) - (50 + 2 * TIMES)
        # The second occasion has every part; of therapists there is one value each.
        first, second = scores[0, ::N_EACH, 1], scores[1, ::N_EACH, 1]
        assert np.corrcoef(first, second)[0, 1] == pytest.approx(0.6, abs=0.07)
        assert np.corrcoef(*drawn(one, one)[:, ::N_EACH, 1])[0, 1] == pytest.approx(0, abs=0.1)

    def test_an_unknown_predictor(self) -> None:
        with pytest.raises(AttuneError, match=r"the predictors \['calm'\], but there are only"):
            drawn(curve(growth_effects={"calm": 1.0}), predictors={"ease": np.zeros(N_THERAPISTS)})


class TestAttendance:
    scores = 50 + 10 * Draws(3, 0).bell((6_000, 3))

    def test_who_left_does_not_return(self) -> None:
        there = attended(self.scores, Attendance((0.7, 0.5), 0.1), Draws(4, 0))
        assert there[:, 0].all()
        assert not (there[:, 1:] & ~there[:, :-1]).any()

    def test_chances(self) -> None:
        there = attended(self.scores, Attendance((0.7, 0.5), 0.1), Draws(4, 0))
        assert there[:, 1].mean() == pytest.approx(0.7, abs=0.02)
        assert there[there[:, 1], 2].mean() == pytest.approx(0.5, abs=0.02)

    def test_depend_on_the_score_before_and_on_no_other(self) -> None:
        there = attended(self.scores, Attendance((0.5,), 0.15), Draws(4, 0))
        means = [self.scores[there[:, 1] == came].mean(axis=0) for came in (True, False)]
        assert means[0][0] - means[1][0] > 4
        assert means[0][1:] == pytest.approx(means[1][1:], abs=1)

    def test_an_unknown_score_gives_an_average_chance(self) -> None:
        scores = np.where(np.arange(6_000)[:, None] < 3_000, np.nan, self.scores)
        there = attended(scores, Attendance((0.6,), 0.3), Draws(4, 0))
        assert there[:3_000, 1].mean() == pytest.approx(0.6, abs=0.03)


class TestSmallParts:
    @pytest.mark.parametrize("r", [-0.5, 0.0, 0.8])
    def test_correlated(self, r: float) -> None:
        x = Draws(5, 0).bell((20_000,))
        y = correlated(x, r, Draws(5, 1))
        assert np.corrcoef(x, y)[0, 1] == pytest.approx(r, abs=0.02)
        assert y.std() == pytest.approx(1.0, abs=0.02)

    def test_whole_scores_are_within_the_scale(self) -> None:
        assert whole_scores(np.array([-3.0, 0.6, 5.4, 9.0]), 0, 5).tolist() == [0, 1, 5, 5]
