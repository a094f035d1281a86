"""Floors, skew and unequal spreads: when the supplement warns, and which intervals it names."""

from typing import Any

import pandas as pd
import pytest
from tests.unit.documents.test_methods_text import documents

from attune.printing.store import PrintedStore
from attune.printing.wording import Wording

FAMILY = {"other": {"title": "Other", "x": ["before"], "y": ["bond"], "dataset": "available"}}
ROBUST = {"id": "other.before.bond.robust_r", "analysis": "other", "statistic": "robust_r"}
NOTHING = "has a tenth or more of its scores at one end of the scale, or a skewness of one"
FOUND = "At least a tenth of the scores lie at one end of the scale"


def supplement(small: Any, added: dict[str, float], **sections: Any) -> str:
    """The supplement of the small study with further statistics by id."""
    rows = [
        {"id": name, "analysis": name.split(".")[0], "statistic": name.rpartition(".")[2],
         "estimate": estimate}
        for name, estimate in added.items()
    ]  # fmt: skip
    rows.append(ROBUST | {"estimate": -0.6})
    store = pd.concat([small.store(), pd.DataFrame(rows, dtype=object)], ignore_index=True)
    sections = {"correlations": FAMILY} | sections
    return " ".join(documents(small, store=store, **sections)["supplement"].split())


def measures(**changes: float) -> dict[str, float]:
    """Skewness and floor of two measures that nothing is wrong with, and what a test changes."""
    found = {
        f"sample.{name}.{statistic}": value
        for name in ("calm", "before")
        for statistic, value in (("skewness", 0.4), ("floor_percent", 2.0))
    }
    return found | {name.replace("__", "."): value for name, value in changes.items()}


def test_nothing_to_warn_of_is_one_sentence(small: Any) -> None:
    text = supplement(small, measures())
    assert NOTHING in text
    assert FOUND not in text and "too narrow, however" not in text


def test_a_floor_names_the_measure_and_its_intervals(small: Any) -> None:
    text = supplement(small, measures(sample__before__floor_percent=12.0))
    assert f"{FOUND}, or the skewness is one or more in size, for symptoms at intake (12.0%" in text
    assert "at the lowest possible score)" in text
    assert "Fisher's interval of their correlations and" in text
    assert "the interval of the slope of a posttest on its pretest can then be too narrow" in text
    assert "also given is the robust interval of the correlation." in text
    assert "Feldt's interval of their alpha" not in text  # only calm has an alpha
    assert NOTHING not in text


def test_a_skewed_measure_without_a_correlation_has_alpha_only(small: Any) -> None:
    text = supplement(small, measures(sample__calm__skewness=-1.0))
    assert "for calm (skewness = −1.00)." in text
    assert "Feldt's interval of their alpha can then be too narrow, however large" in text
    assert "Fisher's interval of their" not in text


@pytest.mark.parametrize(
    ("floor", "skewness", "found"),
    [(9.94, 0.994, False), (9.96, 0.4, True), (2.0, 0.996, True), (2.0, -0.994, False)],
)
def test_the_bounds_hold_for_the_numbers_as_printed(
    small: Any, floor: float, skewness: float, found: bool
) -> None:
    changes = {"sample__calm__floor_percent": floor, "sample__calm__skewness": skewness}
    assert (FOUND in supplement(small, measures(**changes))) == found


SPREADS = {
    "arms.calm.sd_ratio": 2.0,
    "arms.calm.welch_difference": 4.1,
    "arms.calm.active.n": 20.0,
    "arms.calm.control.n": 60.0,
}


def spreads(small: Any, first: float, second: float, **sizes: float) -> str:
    store = small.store(
        arms__calm__active__sd={"estimate": first}, arms__calm__control__sd={"estimate": second}
    )
    rows = [
        {"id": name, "analysis": "arms", "statistic": name.rpartition(".")[2], "estimate": value,
         "x": "calm"}
        for name, value in (SPREADS | {f"arms.calm.{k}.n": v for k, v in sizes.items()}).items()
    ]  # fmt: skip
    store = pd.concat([store, pd.DataFrame(rows, dtype=object)], ignore_index=True)
    text = documents(small, store=store, correlations=FAMILY)["supplement"]
    return " ".join(text.split())


def test_unequal_spreads_with_unequal_sizes(small: Any) -> None:
    narrow = spreads(small, 20.0, 10.0)
    assert "In calm the conditions differ in size and in spread (*SD* ratio = 2.00)" in narrow
    assert "the smaller one varies more: the pooled interval covers the difference too" in narrow
    assert "Welch's test gives" in narrow
    wide = spreads(small, 10.0, 20.0)
    assert "the larger one varies more: the pooled interval covers the difference more" in wide
    even = spreads(small, 20.0, 10.0, active=58.0)
    assert "differ in size and in spread" not in even
    assert "differ by half or more in both sample size and standard deviation" in even


def test_suppressed_and_missing_numbers_are_not_judged() -> None:
    printed = pd.DataFrame(
        [{"id": "sample.a.floor_percent", "estimate": "–", "reason": "withheld"},
         {"id": "arms.a.x.n", "estimate": "\\< 5", "reason": "withheld"},
         {"id": "arms.a.y.n", "estimate": "1,060", "reason": None}]
    )  # fmt: skip
    wording = Wording(PrintedStore(printed), [])
    assert not wording.at_floor("sample.a")
    assert not wording.skewed("sample.a")
    assert wording.pooled_interval(["arms.a.x", "arms.a.y"]) == ""
    assert wording.problems == []
