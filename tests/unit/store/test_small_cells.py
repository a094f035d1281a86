"""Counts of few people are hidden, and cannot be derived from anything that is printed."""

from collections.abc import Iterator, Mapping
from functools import cache

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attune.analyses.kinds import KINDS
from attune.analyses.sample.estimate import category_counts, distribution, number_summaries
from attune.printing.printed_statistics import printed_statistics
from attune.specs.cohort import Variable
from attune.store.small_cells import WITHHELD, hidden_counts, hidden_statistics
from attune.store.statistic_rows import statistic_row, statistics_frame

COUNTS = st.lists(st.integers(0, 14), min_size=2, max_size=5).filter(lambda entry: sum(entry) > 0)


def possible_counts(counts: list[int], smallest: int) -> list[set[int]]:
    """Of each cell the counts that a reader cannot rule out, who knows the rules and the total."""
    cells = {str(place): count for place, count in enumerate(counts)}
    hidden = hidden_counts(cells, smallest)
    total = sum(counts)
    mixed = "small" in hidden.values()
    possible = []
    for cell, count in cells.items():
        if cell not in hidden:
            possible.append([count])
        elif hidden[cell] == "small":
            possible.append(list(range(1, smallest)))
        else:
            possible.append([n for n in range(total + 1) if not mixed or n >= smallest])
    left = []
    for place, own in enumerate(possible):
        sums = {0}
        for other in possible[:place] + possible[place + 1 :]:
            sums = {first + second for first in sums for second in other if first + second <= total}
        left.append({count for count in own if total - count in sums})
    return left


@settings(deadline=None, max_examples=150)
@given(COUNTS, st.integers(2, 6))
def test_no_small_count_follows_from_the_others(counts: list[int], smallest: int) -> None:
    hidden = hidden_counts({str(n): count for n, count in enumerate(counts)}, smallest)
    left = possible_counts(counts, smallest)
    for place, count in enumerate(counts):
        assert count in left[place]
        if 0 < count < smallest:
            assert str(place) in hidden
            assert len(left[place]) >= 2


def tables(n_cells: int, total: int) -> Iterator[tuple[int, ...]]:
    """Every table of counts with so many cells and this total."""
    if n_cells == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in tables(n_cells - 1, total - first):
            yield (first, *rest)


@cache
def hidden_in(table: tuple[int, ...], smallest: int = 5) -> dict[str, str]:
    return hidden_counts({str(place): count for place, count in enumerate(table)}, smallest)


def as_printed(table: tuple[int, ...], hidden: Mapping[str, str]) -> tuple[object, ...]:
    return tuple(hidden.get(str(place), count) for place, count in enumerate(table))


def assert_no_value_follows(
    alike: Mapping[object, list[tuple[tuple[int, ...], ...]]], smallest: int
) -> None:
    """In all tables that are printed alike, each withheld small count has several values."""
    for printed, sets in alike.items():
        for part, cells in enumerate(printed):
            for place, cell in enumerate(cells):
                values = {tables[part][place] for tables in sets}
                few = {value for value in values if 0 < value < smallest}
                assert not (isinstance(cell, str) and few) or len(values) > 1, (printed, sets)


@pytest.mark.parametrize("smallest", [3, 4, 5, 6])
@pytest.mark.parametrize(("n_cells", "largest"), [(2, 40), (3, 30), (4, 20)])
def test_the_rule_played_backwards_gives_no_count(
    n_cells: int, largest: int, smallest: int
) -> None:
    """The reader computes what is printed of every table with the total, and keeps what fits."""
    for total in range(1, largest + 1):
        alike: dict[object, list[tuple[tuple[int, ...], ...]]] = {}
        for table in tables(n_cells, total):
            printed = as_printed(table, hidden_in(table, smallest))
            alike.setdefault((printed,), []).append((table,))
        assert_no_value_follows(alike, smallest)


@pytest.mark.parametrize("n_levels", [2, 3])
@pytest.mark.parametrize("sizes", [(12, 12), (13, 9), (10, 14)])
def test_tables_of_arms_and_sample_played_backwards_give_no_count(
    n_levels: int, sizes: tuple[int, int]
) -> None:
    """Arms and sample share their totals: the reader adds and subtracts them too."""
    alike: dict[object, list[tuple[tuple[int, ...], ...]]] = {}
    for first in tables(n_levels, sizes[0]):
        for second in tables(n_levels, sizes[1]):
            both = tuple(map(sum, zip(first, second, strict=True)))
            hidden = [hidden_in(table) for table in (first, second)]
            withheld = any([*hidden, hidden_in(both)])
            arms = dict.fromkeys(map(str, range(n_levels)), "complementary") if withheld else {}
            printed = (
                as_printed(first, arms),
                as_printed(second, arms),
                as_printed(both, hidden_in(both)),
            )
            alike.setdefault(printed, []).append((first, second, both))
    assert_no_value_follows(alike, 5)


def test_arms_are_withheld_whole_if_a_level_is_small_anywhere() -> None:
    """What the test above supposes: in one arm, in the sample alone, and nowhere."""

    def rows(*arms: tuple[int, int, int]) -> pd.DataFrame:
        levels = ("a", "b", "c")
        of_arms = [
            statistic_row("rct", ["sex", str(n), level], "baseline_count", count, level=level, n=20)
            for n, arm in enumerate(arms)
            for level, count in zip(levels, arm, strict=True)
        ]
        of_sample = [
            statistic_row("sample", ["sex", level], "count", sum(counts), level=level, n=40)
            for level, *counts in zip(levels, *arms, strict=True)
        ]
        return store(*of_arms, *of_sample)

    shown = hidden_statistics(rows((10, 10, 0), (12, 8, 0)), KINDS, 5)
    assert shown == {}
    for arms in [((8, 10, 2), (10, 5, 5)), ((10, 8, 2), (10, 10, 0))]:
        hidden = hidden_statistics(rows(*arms), KINDS, 5)
        of_arms = {identifier for identifier in hidden if identifier.startswith("rct.")}
        assert len(of_arms) == 6
        assert {hidden[identifier] for identifier in of_arms} == {"complementary"}


def test_two_variables_of_the_same_people_are_suppressed_independently() -> None:
    """They share the total, which is printed anyway: what is printed of one depends on no other."""
    variables = {
        name: Variable(column=name, label=name, kind="category", levels={"a": "A", "b": "B"})
        for name in ("m", "k")
    }
    values = {"m": ["a"] * 17 + ["b"] * 3, "k": ["a"] * 9 + ["b"] * 11}
    alone = {
        name: store(*category_counts(pd.Series(values[name]), name, variables[name]))
        for name in variables
    }
    both = pd.concat(alone.values(), ignore_index=True)
    expected = {
        k: v for rows in alone.values() for k, v in hidden_statistics(rows, KINDS, 5).items()
    }
    assert hidden_statistics(both, KINDS, 5) == expected
    assert not any(identifier.startswith("sample.k") for identifier in expected)


@given(COUNTS)
def test_without_small_counts_nothing_is_hidden(counts: list[int]) -> None:
    large = {str(n): count for n, count in enumerate(counts) if count == 0 or count >= 5}
    assert hidden_counts(large, 5) == {}
    assert hidden_counts({str(n): count for n, count in enumerate(counts)}, 0) == {}


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ({"a": 10, "b": 4}, {"b": "small", "a": "complementary"}),
        ({"a": 10, "b": 2, "c": 3}, {"b": "small", "c": "small"}),
        ({"a": 30, "b": 10, "c": 3}, {"c": "small", "b": "complementary"}),
        # 4 and 4 are the largest pair that adds up to 8: one more is hidden.
        ({"a": 10, "b": 4, "c": 4}, {"b": "small", "c": "small", "a": "complementary"}),
        ({"a": 5, "b": 1}, {"a": "complementary", "b": "complementary"}),
        ({"a": 4, "b": 0}, {"a": "complementary", "b": "complementary"}),
        ({"a": 20, "b": 0}, {}),
        # With M hidden beside D, 5 and 1 would be the only possibility, in whatever order.
        ({"F": 80, "M": 5, "D": 1}, {"D": "small", "F": "complementary"}),
        ({"F": 79, "M": 5, "D": 2}, {"D": "small", "F": "complementary"}),
        ({"F": 80, "M": 9, "D": 1}, {"D": "small", "M": "complementary"}),
    ],
)
def test_what_is_hidden(counts: dict[str, int], hidden: dict[str, str]) -> None:
    assert hidden_counts(counts, 5) == hidden


def store(*rows: dict[str, object]) -> pd.DataFrame:
    return statistics_frame(rows)


def frequencies() -> pd.DataFrame:
    levels = {"a": "Single", "b": "Married", "c": "Widowed"}
    variable = Variable(column="m", label="Marital status", kind="category", levels=levels)
    values = pd.Series(["a"] * 11 + ["b"] * 7 + ["c"] * 2)
    return store(*category_counts(values, "marital", variable))


def test_counts_and_percentages_of_a_variable_are_hidden_together() -> None:
    hidden = hidden_statistics(frequencies(), KINDS, 5)
    assert hidden == {
        "sample.marital.widowed.count": "small",
        "sample.marital.widowed.percent": "complementary",
        "sample.marital.married.count": "complementary",
        "sample.marital.married.percent": "complementary",
    }
    assert hidden_statistics(frequencies(), KINDS, 0) == {}


def test_hidden_statistics_are_printed_as_such_everywhere() -> None:
    rows = frequencies()
    printed = printed_statistics(rows, KINDS, 0.05, None, hidden_statistics(rows, KINDS, 5), 5)
    cells = printed.set_index("id")
    assert cells.loc["sample.marital.single.count", "estimate"] == "11"
    small = cells.loc["sample.marital.widowed.count"]
    assert small["estimate"].replace("\\", "") == small["result"].replace("\\", "") == "< 5"
    beside = cells.loc["sample.marital.married.percent"]
    assert {beside["estimate"], beside["result"], beside["n"]} == {WITHHELD}
    assert "withheld" in beside["reason"]
    shown = " ".join(str(text) for text in cells.loc[cells.index.str.contains("w?d")].to_numpy())
    assert "35" not in shown
    assert "10%" not in shown


def test_means_over_few_people_are_hidden() -> None:
    few = pd.Series([21.0, 34.0, 45.0])
    enough = pd.Series([21.0, 34.0, 45.0, 52.0, 61.0])
    rows = store(*number_summaries(few, "age"), *number_summaries(enough, "years"))
    hidden = hidden_statistics(rows, KINDS, 5)
    assert hidden.pop("sample.age.n") == "small"
    assert hidden == {
        f"sample.age.{part}": "complementary"
        for part in ("median", "mean", "sd", "minimum", "maximum")
    }


@pytest.mark.parametrize(
    ("floor", "ceiling", "between", "hidden"),
    [
        (8, 0, 30, set()),
        (3, 0, 30, {"floor"}),
        (3, 9, 30, {"floor"}),
        (30, 0, 3, {"floor", "ceiling"}),  # few are between both ends
        (2, 40, 2, {"floor", "ceiling"}),  # few are not at the ceiling
        (10, 0, 0, set()),
    ],
)
def test_percentages_at_an_end_of_the_scale_that_stand_for_few(
    floor: int, ceiling: int, between: int, hidden: set[str]
) -> None:
    values = pd.Series([0.0] * floor + [12.0] * ceiling + [5.0, 6.0, 7.0] * 10)
    values = values[: floor + ceiling + between]
    found = hidden_statistics(store(*distribution(values, "mood", (0, 12))), KINDS, 5)
    assert found == {f"sample.mood.{name}_percent": "complementary" for name in hidden}
    assert hidden_statistics(store(*distribution(values, "mood", (0, 12))), KINDS, 0) == {}


def test_conditions_hide_means_sizes_and_why_they_are_undefined() -> None:
    def of(level: str, n: int) -> list[dict[str, object]]:
        terms = ["kims", level]
        return [
            statistic_row("arms", terms, part, value, n=n, level=level)
            for part, value in (("mean", 3.0), ("sd", 1.0), ("n", n))
        ]

    why = "A comparison needs at least 2 dyads per condition, found B 1."
    rows = store(
        *of("A", 19), *of("B", 1), statistic_row("arms", ["kims"], "t", None, reason=why, n=20)
    )
    hidden = hidden_statistics(rows, KINDS, 5)
    assert set(hidden) == set(rows["id"])
    printed = printed_statistics(rows, KINDS, 0.05, None, hidden, 5)
    assert "found B 1" not in " ".join(map(str, printed.to_numpy().ravel()))


def test_a_comparison_with_a_small_group_is_hidden_whole() -> None:
    """From t and d together follow the sizes of the groups; from the difference a mean of few."""
    of_groups = [
        statistic_row("arms", ["kims", level], "n", n, n=n, level=level)
        for level, n in (("A", 20), ("B", 4))
    ]
    tests = [
        statistic_row("arms", ["kims"], part, value, n=24, df=22.0)
        for part, value in (("t", 1.5), ("cohen_d", 0.82), ("mean_difference", 2.0))
    ]
    other = statistic_row("arms", ["iip"], "t", 1.5, n=40, df=38.0)
    hidden = hidden_statistics(store(*of_groups, *tests, other), KINDS, 5)
    assert set(hidden) == {row["id"] for row in (*of_groups, *tests)}


def retained(measure: str, kept: dict[str, int], sizes: dict[str, int]) -> list[dict[str, object]]:
    """As `attune.analyses.sample.estimate.retention` counts them."""
    total = [("", sum(kept.values()), sum(sizes.values()))]
    return [
        statistic_row("retention", [measure, level], part, value, level=level or None, n=size)
        for level, n, size in [*total, *((name, kept[name], sizes[name]) for name in sizes)]
        for part, value in (("n", n), ("percent", 100 * n / size))
    ]


def test_the_size_of_a_small_condition_does_not_follow_from_who_stayed() -> None:
    """All 20 of A and none of B stayed: 20 and 100% would tell that B has 4 of the 24."""
    rows = store(*retained("kims", {"A": 20, "B": 0}, {"A": 20, "B": 4}))
    assert set(hidden_statistics(rows, KINDS, 5)) == {
        f"retention.kims.{level}.{part}" for level in "ab" for part in ("n", "percent")
    }
    rows = store(*retained("kims", {"A": 20, "B": 0}, {"A": 20, "B": 14}))
    assert hidden_statistics(rows, KINDS, 5) == {}


def test_who_has_no_condition_is_counted_as_every_comparison_tells_it() -> None:
    levels = {"a": "A", "b": "B"}
    arm = Variable(column="arm", label="Arm", kind="category", levels=levels)
    rows = store(*category_counts(pd.Series([*["a"] * 11, *["b"] * 7, None]), "arm", arm))
    assert hidden_statistics(rows, KINDS, 5, "arm") == {}
    assert "sample.arm.missing.count" in hidden_statistics(rows, KINDS, 5)
    rows = store(*category_counts(pd.Series([*["a"] * 11, *["b"] * 3, None]), "arm", arm))
    assert set(hidden_statistics(rows, KINDS, 5, "arm")) == {
        f"sample.arm.{level}.{part}" for level in "ab" for part in ("count", "percent")
    }


def test_a_questionnaire_of_few_is_not_found_by_subtraction() -> None:
    rows = store(
        *(
            statistic_row("missingness", ["kims", "patient", "end"], part, value, n=30)
            for part, value in (("n_dyads", 30), ("n_questionnaires", 3), ("missing_items", 1053))
        ),
        statistic_row("missingness", ["all"], "missing_items", 1053, n=30),
    )
    assert hidden_statistics(rows, KINDS, 5) == {
        "missingness.kims.patient.end.n_questionnaires": "small",
        "missingness.kims.patient.end.missing_items": "complementary",
        "missingness.all.missing_items": "complementary",
    }


def test_other_statistics_over_few_people_are_withheld() -> None:
    rows = store(
        statistic_row("alliance", ["a", "b"], "pearson_r", 0.5, n=4),
        statistic_row("alliance", ["a", "c"], "pearson_r", 0.5, n=40),
        statistic_row("violations", ["note"], "count", 3),
    )
    assert hidden_statistics(rows, KINDS, 5) == {"alliance.a.b.pearson_r": "complementary"}


def changes(arm: str, **categories: int) -> list[dict[str, object]]:
    """As `attune.analyses.trial.responders` counts the change of one outcome at one visit."""
    parts = {
        "responded": ("recovered", "improved"),
        "not_responded": ("unchanged", "deteriorated"),
    }
    n, shared = sum(categories.values()), {"outcome": "bdi"}
    rows = []
    for response, names in parts.items():
        sizes = {"": sum(categories[name] for name in names)} | {x: categories[x] for x in names}
        for name, size in sizes.items():
            terms = ["bdi", "end", arm, response, *filter(None, [name])]
            of = shared | {"level": name or response, "n": n}
            kind = "change" if name else "response"
            rows += [
                statistic_row("rct", terms, f"{kind}_n", size, **of),
                statistic_row("rct", terms, f"{kind}_percent", 100 * size / n, **of),
            ]
    return [*rows, statistic_row("rct", ["bdi", "end", arm], "visit_mean", 12.0, n=n, **shared)]


def test_who_responded_is_shown_where_only_the_deteriorated_are_few() -> None:
    """With the unchanged hidden beside them, they do not follow from size, responders and means."""
    rows = store(
        *changes("a", recovered=8, improved=6, unchanged=28, deteriorated=3),
        *changes("b", recovered=14, improved=8, unchanged=29, deteriorated=1),
        statistic_row("rct", ["bdi", "end"], "responder_difference", 11.2, n=97, outcome="bdi"),
    )
    assert hidden_statistics(rows, KINDS, 5) == {
        f"rct.bdi.end.{arm}.not_responded.{name}.change_{part}": why
        for arm in "ab"
        for name, why in (("unchanged", "complementary"), ("deteriorated", "small"))
        for part, why in (("n", why), ("percent", "complementary"))
    }


def test_a_difference_from_which_few_responders_would_follow_is_hidden() -> None:
    """The share of the other arm and the difference would tell that three responded."""
    rows = store(
        *changes("a", recovered=1, improved=2, unchanged=35, deteriorated=6),
        *changes("b", recovered=6, improved=7, unchanged=38, deteriorated=7),
        statistic_row("rct", ["bdi", "end"], "responder_difference", 15.6, n=102, outcome="bdi"),
        statistic_row("rct", ["bdi", "end"], "number_needed_to_treat", 6.4, n=102, outcome="bdi"),
    )
    hidden = hidden_statistics(rows, KINDS, 5)
    assert hidden["rct.bdi.end.a.responded.response_n"] == "small"
    for name in ("unchanged", "deteriorated"):
        assert f"rct.bdi.end.a.not_responded.{name}.change_n" in hidden
    assert "rct.bdi.end.responder_difference" in hidden
    assert "rct.bdi.end.number_needed_to_treat" in hidden
    assert "rct.bdi.end.b.responded.recovered.change_n" not in hidden
    assert not any("visit_mean" in identifier for identifier in hidden)
