import numpy as np
import pandas as pd
import pytest

from attune.specs.errors import AnalysisError
from attune.stats.sudden_gains import (
    GainCriteria,
    early_response,
    reliable_change,
    sudden_gains,
    sudden_losses,
    summarise_gains,
)

NaN = np.nan
BDI = GainCriteria(cutoff=7)
GAIN = [32, 31, 33, 20, 21, 19, 18]


def sessions(scores, criteria=BDI, **options) -> list[int]:
    return sudden_gains([scores], criteria, **options).events["session"].to_list()


class TestCriteria:
    def test_a_gain(self):
        [event] = sudden_gains([GAIN], BDI).events.to_dict("records")
        assert event["patient"] == 0 and event["session"] == 3
        assert (event["before"], event["after"], event["magnitude"]) == (33, 20, 13)
        assert event["share_of_before"] == pytest.approx(13 / 33)
        assert event["share_of_change"] == pytest.approx(13 / 14)
        assert event["reversal_score"] == 26.5
        assert event["reversed"] is False and pd.isna(event["reversal_session"])

    @pytest.mark.parametrize(("cutoff", "found"), [(13, [3]), (13.5, []), (None, [3])])
    def test_cutoff_is_the_fewest_points(self, cutoff, found):
        assert sessions(GAIN, GainCriteria(cutoff)) == found

    @pytest.mark.parametrize(("share", "found"), [(13 / 33, [3]), (0.4, []), (None, [3])])
    def test_share_of_the_score_before(self, share, found):
        assert sessions(GAIN, GainCriteria(7, share=share)) == found

    def test_stability_compares_the_means_with_the_critical_t_times_the_pooled_sd(self):
        """Differences of means of 10; standard deviations of 3 before and 4 after, pooled 3.54."""
        before, after = np.array([30.0, 33, 36]), np.array([19.0, 23, 27])
        scores = [40, *before[::-1], *after, 22]
        margin = 10 / np.sqrt((9 + 16) / 2)
        only = {"cutoff": None, "share": None}
        assert sessions(scores, GainCriteria(**only, critical_value=margin * 0.999)) == [4]
        assert sessions(scores, GainCriteria(**only, critical_value=margin * 1.001)) == []
        t = GainCriteria(**only, stability="standard_error", critical_value=margin * 1.2)
        assert sessions(scores, t) == [4]
        t = GainCriteria(**only, stability="standard_error", critical_value=margin * 1.23)
        assert sessions(scores, t) == []

    @pytest.mark.parametrize(
        ("missing", "critical"), [((), 2.776), ((1,), 3.182), ((6,), 3.182), ((1, 6), 4.303)]
    )
    def test_critical_value_by_the_sessions_that_are_there(self, missing, critical):
        """Both sides 30 +- 1 and lower; the fall is moved to just below and above the limit."""
        base = np.array([50, 31, 29, 30, 0, 1, -1, 0], dtype=float)
        present = [k for k in range(1, 7) if k not in missing]
        before, after = ([k for k in present if (k < 4) == side] for side in (True, False))
        pooled = np.sqrt(
            sum(((base[k] - base[k].mean()) ** 2).sum() for k in (before, after))
            / (len(present) - 2)
        )
        only = GainCriteria(None, share=None)
        for factor, found in ((0.999, 0.0), (1.001, 1.0)):
            scores = base.copy()
            shift = scores[before].mean() - scores[after].mean() - factor * critical * pooled
            scores[4:] += shift
            scores[list(missing)] = NaN
            assert sudden_gains([scores], only).met[0, 2] == found

    def test_a_fall_without_any_spread_is_stable(self):
        assert sessions([30, 30, 30, 20, 20, 20]) == [3]

    def test_an_unstable_fall_is_none(self):
        assert sessions([30, 20, 31, 20, 32, 22]) == []

    def test_higher_is_better(self):
        assert sessions([10, 11, 9, 25, 24, 26], GainCriteria(7, higher_is_better=True)) == [3]
        assert sessions([10, 11, 9, 25, 24, 26]) == []


class TestMissingSessions:
    def test_a_missing_session_is_not_bridged(self):
        found = sudden_gains([[32, 31, 33, NaN, 20, 21, 19]], BDI)
        assert len(found.events) == 0
        assert np.isnan(found.met[0]).tolist() == [False, True, True, False]

    @pytest.mark.parametrize(
        ("scores", "examined"),
        [
            ([NaN, 31, 33, 20, 21, 19], [False, True, True]),
            ([NaN, NaN, 33, 20, 21, 19], [False, False, True]),
            ([32, 31, 33, 20, NaN, NaN], [True, False, False]),
        ],
    )
    def test_two_scores_of_three_on_each_side(self, scores, examined):
        assert np.isfinite(sudden_gains([scores], BDI).met[0]).tolist() == examined

    def test_a_failed_criterion_does_not_make_an_unknown_one_known(self):
        found = sudden_gains([[NaN, NaN, 33, 32, 30, 19]], BDI)
        assert found.by_criterion["cutoff"][0, 1] == 0
        assert np.isnan(found.by_criterion["stability"][0, 1]) and np.isnan(found.met[0, 1])

    def test_infinite_scores_are_missing(self):
        assert sessions([32, 31, 33, np.inf, 21, 19, 18]) == []

    def test_first_and_last_interval_are_never_examined(self):
        assert sudden_gains(
            [[40, 20, 20, 20, 5]], GainCriteria(7, stability=None)
        ).met.tolist() == [[0, 0]]


class TestReversal:
    @pytest.mark.parametrize(
        ("later", "reversed_", "session"),
        [([21, 26], False, None), ([21, 27], True, 6), ([27, 21], True, 5)],
    )
    def test_half_of_the_gain_is_lost(self, later, reversed_, session):
        only = GainCriteria(7, stability=None)
        event = sudden_gains([[32, 31, 33, 20, *later]], only).events.iloc[0]
        assert bool(event["reversed"]) is reversed_
        assert (
            event["reversal_session"] is pd.NA
            if session is None
            else (event["reversal_session"] == session)
        )

    def test_a_larger_share_is_harder_to_lose(self):
        scores = [[32, 31, 33, 20, 21, 27]]
        assert not sudden_gains(scores, BDI, reversal_share=0.8).events["reversed"].any()

    def test_unknown_without_later_sessions(self):
        only = GainCriteria(7, stability=None)
        event = sudden_gains([[32, 31, 33, 20, NaN]], only).events.iloc[0]
        assert event["reversed"] is pd.NA


class TestLosses:
    def test_a_loss_is_a_gain_of_the_reflected_scores(self):
        random = np.random.default_rng(4)
        scores = random.integers(15, 19, (60, 9)) + 12 * (
            np.arange(9) >= random.integers(1, 9, (60, 1))
        )
        scores[::3, -2:] -= 10
        losses = sudden_losses(scores, GainCriteria(7, share=None))
        gains = sudden_gains(50 - scores, GainCriteria(7, share=None))
        assert losses.met.sum() > 20 and losses.events["reversed"].any()
        assert np.array_equal(losses.met, gains.met)
        assert losses.events["reversed"].equals(gains.events["reversed"])

    def test_share_of_the_score_before_the_loss(self):
        scores = [[40, 41, 40, 48, 49, 48]]
        assert len(sudden_losses(scores, GainCriteria(7, share=0.2)).events) == 1
        assert len(sudden_losses(scores, GainCriteria(7)).events) == 0

    def test_share_of_change_is_negative_if_the_patient_improved_all_the_same(self):
        only = GainCriteria(7, stability=None)
        found = sudden_losses([[30, 10, 10, 20, 20, 20]], only).events
        assert found["share_of_change"].to_list() == [-1.0]


class TestSummary:
    def test_counts(self):
        scores = [
            [32, 31, 33, 20, 21, 19, 10, 9, 10],
            [32, 31, 33, 20, 21, 27, 20, 20, 20],
            [30] * 9,
            [NaN] * 9,
        ]
        summary = summarise_gains(sudden_gains(scores, BDI))
        assert (summary.patients, summary.examined, summary.intervals) == (4, 3, 18)
        assert (summary.gains, summary.with_gain, summary.with_several) == (3, 2, 1)
        assert (summary.reversals, summary.magnitude_mean) == (1, 35 / 3)

    def test_courses_of_twelve_sessions_counted_by_hand(self):
        """A gain: 7 points, a quarter of the score before, and a fall that stands out.

        Apart from the steady one, scores around a fall differ by one point at most, so that each
        fall stands out; whether it counts follows from its size alone.
        """
        people = {
            "one gain of 10": [30, 31, 30, 31, 21, 20, 21, 20, 21, 20, 21, 20],
            "two gains of 12 and 9": [40, 41, 40, 41, 29, 28, 29, 28, 29, 20, 19, 20],
            "a gain of 10, half of it lost in session 8": (
                [30, 31, 30, 31, 21, 20, 21, 27, 27, 26, 27, 26]
            ),
            "a gain of 7, the fewest points": [25, 26, 25, 26, 19, 18, 19, 18, 19, 18, 19, 18],
            "6 points are too few": [23, 24, 23, 24, 18, 17, 18, 17, 18, 17, 18, 17],
            "8 of 41 are less than a quarter": [40, 41, 40, 41, 33, 32, 33, 32, 33, 32, 33, 32],
            "a steady fall of 2 per session": [*range(40, 16, -2)],
            "a fall before the third session cannot be examined": (
                [35, 20, 21, 20, 21, 20, 21, 20, 21, 20, 21, 20]
            ),
            "a loss of 11": [20, 21, 20, 21, 32, 31, 32, 31, 32, 31, 32, 31],
            "one session missing right after the fall": (
                [30, 31, 30, 31, NaN, 20, 21, 20, 21, 20, 21, 20]
            ),
        }
        found = sudden_gains([*people.values()], BDI)
        names = [*people]
        events = [
            (names[event["patient"]], event["session"], event["magnitude"], event["reversed"])
            for event in found.events.to_dict("records")
        ]
        assert events == [
            (names[0], 4, 10, False),
            (names[1], 4, 12, False),
            (names[1], 9, 9, False),
            (names[2], 4, 10, True),
            (names[3], 4, 7, False),
        ]
        summary = summarise_gains(found)
        assert (summary.patients, summary.gains, summary.with_gain) == (10, 5, 4)
        assert (summary.with_several, summary.reversals) == (1, 1)
        assert summary.magnitude_mean == (10 + 12 + 9 + 10 + 7) / 5
        [loss] = sudden_losses([*people.values()], BDI).events.to_dict("records")
        assert (names[loss["patient"]], loss["session"]) == ("a loss of 11", 4)

    def test_none_at_all(self):
        summary = summarise_gains(sudden_gains([[30] * 5], BDI))
        assert summary.gains == 0 and np.isnan(summary.magnitude_mean)

    def test_no_patients(self):
        assert summarise_gains(sudden_gains(np.empty((0, 6)), BDI)).patients == 0


class TestRefusals:
    @pytest.mark.parametrize(
        ("criteria", "part"),
        [
            (GainCriteria(None, share=None, stability=None), "no criterion"),
            (GainCriteria(-7), "cut-off is -7"),
            (GainCriteria(7, share=25), "share is 25"),
            (GainCriteria(7, level=0), "level is 0"),
        ],
    )
    def test_criteria(self, criteria, part):
        with pytest.raises(AnalysisError, match=part):
            sudden_gains([GAIN], criteria)

    def test_scores(self):
        with pytest.raises(AnalysisError, match="at least 4 sessions, found 3"):
            sudden_gains([[1, 2, 3]], BDI)
        with pytest.raises(AnalysisError, match="found 1 dimensions"):
            sudden_gains(GAIN, BDI)
        with pytest.raises(AnalysisError, match="not negative, found -1"):
            sudden_gains([[3, 2, -1, 0]], BDI)
        assert len(sudden_gains([[3, 2, -1, 0]], GainCriteria(7, share=None)).events) == 0
        with pytest.raises(AnalysisError, match="share of a reversal is 0"):
            sudden_gains([GAIN], BDI, reversal_share=0)

    def test_reliable_change(self):
        # Jacobson and Truax: a standard deviation of 10 and a reliability of .80.
        assert reliable_change(10, 0.8) == pytest.approx(1.96 * 10 * np.sqrt(0.4))
        with pytest.raises(AnalysisError, match=r"found 10 and 1\.2"):
            reliable_change(10, 1.2)


class TestEarlyResponse:
    scores = [[20, 18, 15, 10], [20, 12, NaN, 9], [20, 22, 19, 9], [0, 1, 1, 1], [NaN, 1, 1, 1]]

    def test_share_of_the_first_score(self):
        found = early_response(self.scores, 3, 0.25)
        assert found.improvement == pytest.approx([0.25, NaN, 0.05, NaN, NaN], nan_ok=True)
        assert found.responded == pytest.approx([1, NaN, 0, NaN, NaN], nan_ok=True)
        assert found.session == pytest.approx([3, NaN, 3, NaN, NaN], nan_ok=True)
        assert found.n == 2

    def test_last_score_before_the_session(self):
        found = early_response(self.scores, 3, 0.25, missing="last_before")
        assert found.improvement == pytest.approx([0.25, 0.4, 0.05, NaN, NaN], nan_ok=True)
        assert found.session[1] == 2
        # The first score is not carried forward as if nothing had changed.
        assert early_response([[20, NaN, NaN]], 3, 0.25, missing="last_before").n == 0

    def test_higher_is_better(self):
        found = early_response([[20, 25, 30]], 3, 0.5, higher_is_better=True)
        assert (found.improvement[0], found.responded[0]) == (0.5, 1)

    @pytest.mark.parametrize(("session", "share"), [(1, 0.2), (5, 0.2), (3, 0)])
    def test_refusals(self, session, share):
        with pytest.raises(AnalysisError, match="session from 2 to 4 and a positive share"):
            early_response(self.scores, session, share)

    def test_negative_scores(self):
        with pytest.raises(AnalysisError, match="not negative"):
            early_response([[-1, 2]], 2, 0.2)
