"""Disclosure rules: each withholds what it is for, and the rest goes out."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attune.sites.differencing import discloses
from attune.sites.disclosure import DIGITS, Limits, Release, release, shared_statistics
from attune.sites.moment_set import MomentSet
from attune.sites.site_moments import part_moments
from attune.sites.site_plan import Scale, SitePlan

ONE, TWO, BOTH = MomentSet(("x",)), MomentSet(("y",)), MomentSet(("x", "y"))


def plan(*sets: MomentSet, rater: str = "patient") -> SitePlan:
    """A plan of two measures from two questionnaires."""
    conditions = {"A": "First", "B": "Second"} if any(one.condition for one in sets) else {}
    return SitePlan(
        rows="pairwise",
        measures=("x", "y"),
        sets=sets,
        scales=(),
        conditions=conditions,
        people={"x": rater, "y": "patient"},
        sources={"x": "first", "y": "second"},
        left_out={},
    )


def judged(
    x: list[float], y: list[float], *sets: MomentSet, rater: str = "patient", **columns: object
) -> Release:
    """What is released of these answers."""
    frame = pd.DataFrame(
        {"patient": range(len(x)), "therapist": None, "condition": None, "x": x, "y": y} | columns
    )
    own = plan(*sets, rater=rater)
    return release(part_moments(frame, own, {}), own, Limits(5))


def spread(n: int) -> list[float]:
    return [float(value) for value in np.random.default_rng(n).permutation(n)]


def test_sound_moments_go_out():
    found = judged(spread(30), spread(30)[::-1], BOTH, ONE, TWO)
    assert found.sets == [BOTH, ONE, TWO]
    assert found.withheld == {}


def test_few_dyads():
    assert judged(spread(9), spread(9)[::-1], BOTH).withheld == {"x, y": "fewest_dyads"}
    assert judged(spread(10), spread(10)[::-1], BOTH).withheld == {}


def test_few_therapists_behind_many_dyads():
    """Thirty dyads of four therapists: their answers would be four people's."""
    x, y = spread(30), spread(30)[::-1]
    therapist = [f"t{number % 4}" for number in range(30)]
    found = judged(x, y, ONE, TWO, rater="therapist", therapist=therapist)
    assert found.withheld == {"x": "fewest_people"}
    therapist = [f"t{number % 10}" for number in range(30)]
    assert judged(x, y, ONE, TWO, rater="therapist", therapist=therapist).withheld == {}


def test_patients_who_return_count_once():
    frame = {"patient": [f"p{number % 4}" for number in range(30)]}
    own = plan(ONE)
    rows = pd.DataFrame(
        {"therapist": None, "condition": None, "x": spread(30), "y": np.nan} | frame
    )
    site = part_moments(rows, own, {}, patients_return=True)
    assert release(site, own, Limits(5)).withheld == {"x": "fewest_people"}


def test_more_measures_than_dyads_allow():
    names = tuple("abcdefgh")
    own = SitePlan(
        "listwise", names, (MomentSet(names),), (), {}, dict.fromkeys(names, "patient"),
        {name: name for name in names}, {},
    )  # fmt: skip
    rng = np.random.default_rng(1)

    def frame(n: int) -> pd.DataFrame:
        answers = {name: rng.permutation(n) for name in names}
        return pd.DataFrame({"patient": range(n), "therapist": None, "condition": None} | answers)

    site = part_moments(frame(12), own, {})
    assert set(release(site, own, Limits(5)).withheld.values()) == {"matrix_size"}
    assert release(part_moments(frame(13), own, {}), own, Limits(5)).withheld == {}


def test_one_answer_for_all():
    assert judged([3.0] * 20, spread(20), ONE, TWO).withheld == {"x": "same_answer"}


def test_one_person_dominates():
    x = [0.0, 0.1] * 10 + [50.0]
    assert judged(x, spread(21), ONE, TWO).withheld == {"x": "dominance"}


def test_the_less_important_of_two_sets_that_differ_by_few():
    y = spread(30)
    y[0] = y[1] = float("nan")
    x = spread(30)[::-1]
    assert judged(x, y, BOTH, ONE).withheld == {"x": "differencing"}
    assert judged(x, y, ONE, BOTH).withheld == {"x, y": "differencing"}
    y[2] = y[3] = y[4] = float("nan")
    assert judged(x, y, BOTH, ONE).withheld == {}


def test_questionnaires_without_a_shared_measure_disclose_nothing_together():
    y = spread(30)
    y[0] = float("nan")
    assert judged(spread(30)[::-1], y, ONE, TWO).withheld == {}


def test_three_sets_that_isolate_one_person_only_together():
    """Both conditions and all dyads: the one dyad without a condition is the rest."""
    arm = ["A"] * 15 + ["B"] * 14 + [None]
    sets = [MomentSet(("x",), "A"), MomentSet(("x",), "B"), ONE]
    found = judged(spread(30), spread(30), *sets, condition=arm)
    assert found.withheld == {"x": "differencing"}
    found = judged(spread(30), spread(30), *sets[1:], condition=arm)
    assert found.withheld == {}


def test_nobody_is_protected_where_the_cohort_says_so():
    own = plan(BOTH, ONE)
    rows = {"patient": range(3), "therapist": None, "condition": None, "x": 1.0, "y": [1.0, 2, 3]}
    site = part_moments(pd.DataFrame(rows), own, {})
    assert release(site, own, Limits(0)).withheld == {}


GROUPS = st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=4)


@given(GROUPS, st.lists(st.integers(1, 9), min_size=5, max_size=5))
def test_differencing_is_found_exactly_where_a_weighted_sum_isolates_few(groups, people):
    """Against the definition: some vector in the span lies within fewer than five people."""
    matrix = np.array(groups, dtype=float)
    rank = np.linalg.matrix_rank(matrix)
    expected = any(
        sum(people[cell] for cell in chosen) < 5
        and np.linalg.matrix_rank(np.delete(matrix, chosen, axis=1)) < rank
        for size in range(1, 5)
        for chosen in combinations(range(5), size)
    )
    assert discloses(groups, people, 5) == expected


def test_too_many_combinations_count_as_disclosing(monkeypatch):
    """Each group leaves three people out: any two differ by six, and nothing isolates fewer."""
    groups = [[cell != own for cell in range(9)] for own in range(1, 9)]
    people = [50, *[3] * 8]
    assert not discloses(groups, people, 5)
    assert discloses([*groups, [True] * 9], people, 5)
    monkeypatch.setattr("attune.sites.differencing.MOST_COMBINATIONS", 3)
    assert discloses(groups, people, 5)


def test_statistics_are_hidden_rounded_or_exact():
    rows = [
        {"id": name, "estimate": 0.123456, "se": 0.2222222, "df": 20.0, "n": 22}
        for name in ("hidden", "rounded", "exact")
    ]
    found = shared_statistics(rows, {"hidden": "small"}, {"exact"})
    assert [row["id"] for row in found] == ["rounded", "exact"]
    assert DIGITS == 3
    assert (found[0]["estimate"], found[0]["se"], found[0]["df"]) == (0.123, 0.222, 20.0)
    assert found[1] == rows[2]


@pytest.mark.parametrize("rule", list(Limits(5).rules()))
def test_every_rule_is_said_in_a_sentence(rule):
    assert Limits(5).rules()[rule].endswith(".")


@pytest.mark.parametrize(
    ("missing", "withheld"),
    [
        ([], False),
        ([1], True),  # a fraction of its own: the sum of this person's answers could be read
        ([1] * 4, True),
        ([1] * 6, False),
        ([1] * 3 + [2] * 3, True),  # sums over elevenths and over tenths come apart
        ([1] * 6 + [2], True),
        ([1] * 6 + [2] * 6, False),
    ],
)
def test_few_scores_that_rest_on_as_many_answers(missing: list[int], withheld: bool):
    n_missing = np.array(missing + [0] * (40 - len(missing)))
    frame = pd.DataFrame({"patient": range(40), "therapist": None, "condition": None})
    own = replace(plan(BOTH, ONE, TWO), prorated={Scale("x", "i", "s", "patient", "pre", ""): 2})
    rows = frame.assign(x=spread(40), y=spread(40)[::-1])
    found = release(part_moments(rows, own, {}, n_missing={"x": n_missing}), own, Limits(5))
    assert found.withheld == ({"x, y": "prorated", "x": "prorated"} if withheld else {})
    assert TWO in found.sets


def test_prorated_scores_may_not_be_taken_apart_by_two_sets():
    """Six share their number of answers in both sets, but five of them only in the second."""
    n_missing = np.array([1] * 6 + [0] * 34)
    frame = pd.DataFrame({"patient": range(40), "therapist": None, "condition": None})
    y = [np.nan, *spread(40)[1:]]
    y[10:20] = [np.nan] * 10
    own = replace(plan(ONE, BOTH), prorated={Scale("x", "i", "s", "patient", "pre", ""): 1})
    rows = frame.assign(x=spread(40), y=y)
    found = release(part_moments(rows, own, {}, n_missing={"x": n_missing}), own, Limits(5))
    assert found.withheld == {"x, y": "prorated"}
