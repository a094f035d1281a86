"""The searches: roundings against brute force, unit vectors, and the hill climb."""

from collections.abc import Mapping
from itertools import product

import numpy as np
import pytest
from scipy import stats

from attune.synthetic import roundings
from attune.synthetic.draws import Draws, Integers, Reals
from attune.synthetic.moments import correlation, standardised, t_statistic
from attune.synthetic.roundings import (
    Sums,
    lead_by_correlation,
    meet,
    rounded_scores,
    unit_vector,
)
from attune.synthetic.search import CalibrationError, Target, misfit, neighbours, search


def sums_of(scores: Integers, fixed: Mapping[str, Integers]) -> Sums:
    """`Sums` of one vector of scores."""
    products = {name: np.array([(scores * each).sum()]) for name, each in fixed.items()}
    return Sums(
        len(scores), np.array([scores.sum()]), np.array([(scores * scores).sum()]), products
    )


class TestMeet:
    def problem(self, seed: int) -> tuple[Integers, dict[str, Integers]]:
        random = np.random.default_rng(seed)
        low = random.integers(20, 60, size=8)
        fixed = {name: random.integers(10, 50, size=8) for name in "ab"}
        return np.stack([low, low + 1 + random.integers(0, 3, size=8)], axis=1), fixed

    @pytest.mark.parametrize("seed", range(20))
    @pytest.mark.parametrize("chunk", [64, 3, 1])
    def test_equals_brute_force(
        self, seed: int, chunk: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(roundings, "CHUNK", chunk)
        options, fixed = self.problem(seed)
        middle = correlation(options[:, 0] + options[:, 1], fixed["a"])
        targets = {
            "a": Target(float(middle) - 0.004, float(middle) + 0.004, step=0.005),
            "b": Target(-0.12, -0.11, step=0.005),
        }
        lead = lead_by_correlation("a", float(middle), fixed["a"], options)

        def statistics(sums: Sums) -> Mapping[str, Reals]:
            return {name: sums.correlation(name, each) for name, each in fixed.items()}

        scores, distance, values = meet(options, fixed, lead, statistics, targets)
        every = [np.array(choice) for choice in product(*options.tolist())]
        assert len(every) == 256
        within = [
            entry
            for entry in every
            if lead[1] <= 8 * (entry * fixed["a"]).sum() - entry.sum() * fixed["a"].sum() <= lead[2]
        ]
        assert 1 < len(within) < 256
        distances = [float(misfit(statistics(sums_of(y, fixed)), targets)[0]) for y in within]
        assert distance == min(distances)
        assert any((scores == entry).all() for entry in within)
        for name, each in fixed.items():
            assert values[name][0] == pytest.approx(np.corrcoef(scores, each)[0, 1], abs=1e-12)

    def test_nothing_within_the_lead(self) -> None:
        options, fixed = self.problem(0)
        lead = ("a", 1e9, 2e9)
        _, distance, _ = meet(
            options, fixed, lead, lambda sums: {"a": sums.correlation("a", fixed["a"])}, {}
        )
        assert distance == np.inf


class TestRoundedScores:
    fixed = {"x": np.array([3, 8, 1, 9, 4, 7, 2, 6, 5, 10])}

    def run(self, target: Target, r: float) -> Integers:
        directions = np.stack([standardised(self.fixed["x"]), np.ones(10)])

        def propose(draws: Draws) -> Integers | None:
            direction = unit_vector(directions, np.array([r, 0.0]), draws)
            if direction is None:
                return None
            low = np.floor(50 + 30 * direction).astype(np.int64)
            return np.stack([low, low + 1], axis=1)

        return rounded_scores(
            propose,
            self.fixed,
            lambda options: lead_by_correlation("x", r, self.fixed["x"], options),
            lambda sums: {"r": sums.correlation("x", self.fixed["x"])},
            {"r": target},
            Draws(3, 0),
        )

    def test_meet_the_aim(self) -> None:
        scores = self.run(Target(0.4555, 0.4565, step=0.005), 0.456)
        assert round(float(np.corrcoef(scores, self.fixed["x"])[0, 1]), 3) == 0.456

    def test_say_what_was_not_met(self) -> None:
        with pytest.raises(CalibrationError, match=r"r is .*the target is 0\.90000 to 0\.91000"):
            self.run(Target(0.90, 0.91), 0.2)

    def test_without_any_solution(self) -> None:
        with pytest.raises(CalibrationError):
            self.run(Target(0.9, 1.0), 1.5)


class TestUnitVector:
    @pytest.mark.parametrize("seed", range(10))
    def test_has_length_1_and_the_given_products(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        conditions = random.normal(size=(4, 12))
        values = np.array([0.3, -0.2, 0.1, 0.0])
        found = unit_vector(conditions, values, Draws(seed, 0))
        assert found is not None
        assert (found * found).sum() == pytest.approx(1)
        assert conditions @ found == pytest.approx(values, abs=1e-12)

    def test_is_none_where_there_is_none(self) -> None:
        assert unit_vector(np.eye(3), np.array([0.8, 0.8, 0.0]), Draws(1, 0)) is None

    def test_is_random(self) -> None:
        draws = Draws(1, 0)
        conditions = np.ones((1, 5))
        one, two = (unit_vector(conditions, np.zeros(1), draws) for _ in range(2))
        assert one is not None
        assert two is not None
        assert abs(one - two).max() > 0.1


class TestSearch:
    AIMS = {"mean": Target(5.45, 5.55), "largest": Target(9.0, 9.0)}

    @staticmethod
    def statistics(batch: Integers) -> Mapping[str, Reals]:
        return {"mean": batch.mean(axis=-1), "largest": batch.max(axis=-1).astype(float)}

    def test_meets_its_aims_within_the_bounds(self) -> None:
        start = np.full(20, 3, dtype=np.int64)
        found = search(start, neighbours(2, 12), self.statistics, self.AIMS, Draws(4, 0))
        assert 5.45 <= found.mean() <= 5.55
        assert found.max() == 9
        assert found.min() >= 2
        again = search(start, neighbours(2, 12), self.statistics, self.AIMS, Draws(4, 0))
        assert (found == again).all()

    def test_says_what_was_not_met(self) -> None:
        targets = {"mean": Target(20.0, 21.0)}
        with pytest.raises(CalibrationError) as error:
            search(
                np.zeros(5, dtype=np.int64),
                neighbours(0, 9),
                lambda batch: {"mean": batch.mean(axis=-1)},
                targets,
                Draws(4, 0),
                rounds=50,
            )
        assert error.value.problems == ["mean is 9.00000; the target is 20.00000 to 21.00000"]

    def test_misfit_counts_steps_beyond_the_inner_part(self) -> None:
        target = Target(1.0, 3.0, inner=0.5, step=0.1)
        assert target.misfit(np.array([1.5, 2.5, 2.7, 1.0])) == pytest.approx([0, 0, 2, 5])


class TestMoments:
    def test_agree_with_numpy_and_scipy(self) -> None:
        random = np.random.default_rng(2)
        x, y = random.integers(0, 50, size=(2, 25))
        first = np.arange(25) < 11
        assert float(correlation(x, y)) == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-12)
        assert float(correlation(np.full(25, 3), y)) == 0
        t = stats.ttest_ind(x[first], x[~first]).statistic
        assert float(t_statistic(x, first)) == pytest.approx(t, abs=1e-12)
