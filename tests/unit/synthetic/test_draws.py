"""Draws that are the same everywhere: their first values are pinned."""

import numpy as np

from attune.synthetic.draws import Draws
from maintenance.ryan2012.design import N_DYADS, design


def test_uniform_is_the_raw_stream() -> None:
    raw = np.random.PCG64(np.random.SeedSequence([2012, 1])).random_raw(3)
    expected = [int(value >> np.uint64(11)) / 2**53 for value in raw]
    assert Draws(2012, 1).uniform((3,)).tolist() == expected
    assert expected == [0.3963313168473428, 0.6371699014320281, 0.6535289407967999]


def test_pinned_values() -> None:
    draws = Draws(2012, 1)
    draws.uniform((3,))
    assert draws.integers(10, (6,)).tolist() == [4, 1, 7, 9, 0, 5]
    assert draws.bell((2,)).tolist() == [0.854570085287965, -0.8920255591981636]
    assert draws.order(6).tolist() == [0, 1, 4, 5, 3, 2]
    assert draws.shuffled(list("abcd")) == ["c", "d", "b", "a"]


def test_streams_and_seeds_differ() -> None:
    first = [float(Draws(*which).uniform((1,))[0]) for which in ((2012, 1), (2012, 2), (2013, 1))]
    assert len(set(first)) == 3


def test_distributions() -> None:
    draws = Draws(5, 0)
    bell = draws.bell((20_000,))
    assert abs(bell.mean()) < 0.03
    assert abs(bell.std() - 1) < 0.02
    counts = np.bincount(draws.integers(4, (20_000,)), minlength=4)
    assert (abs(counts - 5000) < 250).all()
    assert sorted(draws.order(50)) == list(range(50))


def test_design() -> None:
    plan = design(Draws(2012, 0))
    assert plan.brief_relational.sum() == 12
    assert (plan.without_mindfulness, plan.without_termination) == (3, 23)
    assert plan.brief_relational[3]
    assert not plan.brief_relational[23]
    assert plan.with_mindfulness().tolist() == [*range(3), *range(4, N_DYADS)]
    leaving_out = {dyad for counts in plan.left_out.values() for dyad in counts}
    assert not leaving_out & {3, 23}


def test_prorated_sums_are_whole() -> None:
    plan = design(Draws(2012, 0))
    proration = plan.proration("wai_patient", 12)
    answered = 12 - plan.items_left_out("wai_patient")
    assert sorted(answered)[:3] == [10, 11, 12]
    # A questionnaire answered with sevens throughout has the prorated sum 84.
    assert (7 * answered * proration.units == 84 * proration.common).all()
    assert proration.units.dtype == np.int64
    assert proration.of(np.array([2, 0])).units.tolist() == [66, 55]
