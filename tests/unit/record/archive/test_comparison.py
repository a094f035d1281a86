"""Two tables cell by cell, with what counts as the same."""

import numpy as np
import pandas as pd
import pytest

from attune.analyses.kinds import KINDS
from attune.record.archive.comparison import Comparison, compare_tables
from attune.store import contracts
from attune.store.contracts import (
    CONTRACTS,
    GAINS,
    MEASURES,
    SCORES,
    STATISTICS,
    TABLE,
    VERDICTS,
)
from attune.store.tolerances import ARITHMETIC, EXACT, ITERATED

R = "alliance.kims.wai.pearson_r"
OMEGA = "reliability.kims.total.patient.intake.omega"


def statistics(**changed: object) -> pd.DataFrame:
    rows = {"id": [R, OMEGA], "statistic": ["pearson_r", "omega"], "n": [20, 26]}
    return pd.DataFrame(rows | {"estimate": [0.5, 0.8], "tail": [None, "less"]} | changed)


def compared(one: pd.DataFrame, other: pd.DataFrame) -> Comparison:
    return compare_tables(one, other, STATISTICS, KINDS)


def test_the_same_rows_in_another_order_are_the_same() -> None:
    found = compared(statistics(), statistics().iloc[::-1])
    assert found.same
    assert (found.rows, found.cells) == (2, 8)


@pytest.mark.parametrize(("statistic", "room"), [(R, 1e-9), (OMEGA, 1e-6)])
def test_numbers_may_differ_by_their_tolerance_and_no_more(statistic: str, room: float) -> None:
    for share, same in ((0.5, True), (2.0, False)):
        other = statistics()
        other.loc[other["id"] == statistic, "estimate"] *= 1 + share * room
        assert compared(statistics(), other).same is same


def test_counts_and_words_have_no_room() -> None:
    found = compared(statistics(), statistics(n=[21, 26], tail=["less", "less"]))
    assert [
        (difference.key, difference.column, difference.one, difference.other, difference.by)
        for difference in found.differences
    ] == [((R,), "n", 20, 21, 1.0), ((R,), "tail", None, "less", None)]


@pytest.mark.parametrize("one", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("other", [np.nan, np.inf, -np.inf, 0.5])
def test_missing_and_endless_numbers_equal_only_themselves(one: float, other: float) -> None:
    found = compared(statistics(estimate=[one, 0.8]), statistics(estimate=[other, 0.8]))
    assert found.same == (repr(one) == repr(other))


def test_rows_and_columns_of_one_side_are_told() -> None:
    found = compared(statistics(), statistics(id=[R, "z.r"]).assign(more=1))
    assert [(difference.key, difference.only_in) for difference in found.differences] == [
        ((OMEGA,), "one"),
        (("z.r",), "other"),
    ]
    assert found.columns_only_in_other == ["more"]
    assert not compared(statistics().assign(more=1), statistics()).same


def test_without_a_key_rows_are_compared_in_their_order() -> None:
    one = pd.DataFrame({"label": ["Age", "Women"], "n": ["26", "17"]})
    found = compare_tables(one, one.assign(n=["26", "18"]), TABLE)
    assert [
        (difference.key, difference.column, difference.one, difference.other)
        for difference in found.differences
    ] == [(("2",), "n", "17", "18")]
    assert len(compare_tables(one, one.iloc[:1], TABLE).differences) == 1


def test_a_key_of_several_columns() -> None:
    one = pd.DataFrame(
        {"dyad": ["1", "1"], "occasion": ["", ""], "imputation": [0, 1], "gain": [0.1, 0.2]}
    )
    other = one.assign(gain=[0.1, 0.3])
    found = compare_tables(one, other, MEASURES)
    assert [difference.key for difference in found.differences] == [("1", "", "1")]


def test_every_column_with_a_tolerance_is_one_of_its_contract() -> None:
    assert STATISTICS in CONTRACTS
    for contract in CONTRACTS:
        assert set(contract.tolerances) <= set(contract.schema.names)


def test_what_is_not_named_is_exact() -> None:
    assert SCORES.tolerance_of("score") == contracts.PRINTED.tolerance_of("estimate") == EXACT
    assert GAINS.tolerance_of("residual_gain") == ARITHMETIC
    assert VERDICTS.tolerance_of("computed") == ITERATED
    assert STATISTICS.tolerance_of("ci_level") == EXACT


def test_a_statistic_of_another_version_keeps_the_tolerance_of_the_contract() -> None:
    one = pd.DataFrame({"id": ["gone.a.b.omega_h"], "estimate": [0.8]})
    for share, same in ((0.5, True), (2.0, False)):
        other = one.assign(estimate=0.8 * (1 + share * 1e-9))
        assert compare_tables(one, other, STATISTICS, KINDS).same is same
