"""Draws of a trial: scores have the parts that they are drawn from, and no other."""

import numpy as np
import pytest
from numpy.typing import NDArray

from attune.specs.errors import AttuneError
from attune.synthetic.draws import Draws, Integers, Reals
from attune.synthetic.trial_data import VisitScore, two_arms, visit_scores

N_THERAPISTS, N_EACH = 800, 5
THERAPIST = np.repeat(np.arange(N_THERAPISTS), N_EACH)
N_PATIENTS = len(THERAPIST)
ARMS = (np.arange(N_THERAPISTS) % 2 == 1)[THERAPIST]


def still(**parts: float | tuple[float, ...]) -> VisitScore:
    """Scores of three visits that vary in the named parts only."""
    none = {"level": 50.0, "time_effects": (1, 2), "arm_effects": (0, 0)}
    sds = dict.fromkeys(("stable_sd", "change_sd", "visit_sd"), 0.0)
    return VisitScore(**(none | sds | parts))  # type: ignore[arg-type]


def drawn(
    assumed: VisitScore,
    therapist: Integers | None = THERAPIST,
    driver: Reals | None = None,
    common: Reals | None = None,
) -> Reals:
    """Scores of 4,000 patients of 800 therapists at three visits."""
    shared = np.zeros(N_PATIENTS) if common is None else common
    return visit_scores(assumed, ARMS, Draws(7, 0), shared, therapist, driver)


def between_and_within(scores: Reals) -> tuple[Reals, Reals]:
    """Standard deviation between therapists' means, and within therapists, at each visit."""
    groups = scores.reshape(N_THERAPISTS, N_EACH, -1)
    means = groups.mean(axis=1)
    return means.std(axis=0, ddof=1), np.sqrt(groups.var(axis=1, ddof=1).mean(axis=0))


class TestVisitScores:
    def test_means_of_the_control_arm(self) -> None:
        scores = drawn(still(arm_effects=(3, -4)))
        assert scores[~ARMS].mean(axis=0).tolist() == still().control_means.tolist()

    def test_effects_of_the_intervention(self) -> None:
        scores = drawn(still(arm_effects=(3, -4)))
        difference = scores[ARMS].mean(axis=0) - scores[~ARMS].mean(axis=0)
        assert difference.tolist() == [0.0, 3.0, -4.0]

    @pytest.mark.parametrize(
        ("part", "between", "within"),
        [
            ("stable_sd", (0.45, 0.45, 0.45), (1, 1, 1)),
            ("change_sd", (0, 0.45, 0.45), (0, 1, 1)),
            ("visit_sd", (0.45, 0.45, 0.45), (1, 1, 1)),
            ("therapist_sd", (1, 1, 1), (0, 0, 0)),
            ("therapist_change_sd", (0, 1, 1), (0, 0, 0)),
        ],
    )
    def test_each_part_varies_where_it_should(
        self, part: str, between: tuple[float, ...], within: tuple[float, ...]
    ) -> None:
        found = between_and_within(drawn(still(**{part: 2.0})))
        # The mean of five patients varies by 1 / sqrt(5) of what they vary.
        assert found[0] / 2 == pytest.approx(between, abs=0.06)
        assert found[1] / 2 == pytest.approx(within, abs=0.06)

    def test_the_stable_part_is_the_same_at_every_visit(self) -> None:
        scores = drawn(still(stable_sd=2.0)) - still().control_means
        assert np.allclose(scores, scores[:, :1])

    def test_change_is_the_same_at_later_visits(self) -> None:
        scores = drawn(still(change_sd=2.0)) - still().control_means
        assert np.allclose(scores[:, 1], scores[:, 2])

    def test_a_driver_is_followed(self) -> None:
        driver = Draws(1, 0).bell((N_PATIENTS, 3))
        scores = drawn(still(driver_slopes=(0, 2, -1)), driver=driver)
        expected = still().control_means + np.array([0, 2, -1]) * driver
        assert np.allclose(scores, expected)

    def test_levels_share_what_is_common(self) -> None:
        common = Draws(2, 0).bell((N_PATIENTS,))
        first = drawn(still(stable_sd=3.0, shared=0.8), common=common)[:, 0]
        assert np.corrcoef(first, common)[0, 1] == pytest.approx(0.8, abs=0.03)

    def test_therapists_have_no_therapist(self) -> None:
        assert np.allclose(drawn(still(therapist_sd=5.0), None), drawn(still(), None))

    @pytest.mark.parametrize(
        ("assumed", "driver", "words"),
        [
            (still(arm_effects=(1,)), None, "1 arm_effects for 2 later visits"),
            (still(driver_slopes=(1, 1, 1)), None, "driver_slopes and driver"),
            (still(), np.zeros((N_PATIENTS, 3)), "driver_slopes and driver"),
            (still(driver_slopes=(1, 1)), np.zeros((N_PATIENTS, 3)), "2 driver_slopes"),
            (still(driver_slopes=(1, 1, 1)), np.zeros((N_PATIENTS, 2)), "2 visits of the driver"),
        ],
    )
    def test_numbers_that_do_not_fit(
        self, assumed: VisitScore, driver: NDArray[np.float64] | None, words: str
    ) -> None:
        with pytest.raises(AttuneError, match=words):
            drawn(assumed, driver=driver)


class TestTwoArms:
    def test_sizes(self) -> None:
        assert two_arms(63, 33, Draws(3, 0)).sum() == 33

    def test_every_cluster_can_be_in_either_arm(self) -> None:
        chosen = np.array([two_arms(9, 4, Draws(seed, 0)) for seed in range(400)])
        assert chosen.mean(axis=0) == pytest.approx(np.full(9, 4 / 9), abs=0.1)
