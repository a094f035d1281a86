"""A table fits its contract or says everything in which it does not."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from attune.specs.errors import AttuneError
from attune.store import contracts
from attune.store.contracts import (
    ITEM_COLUMNS,
    MEASURES,
    RESPONSES,
    STATISTICS,
    TABLE,
    VIOLATIONS,
    Contract,
    conform,
    item_column,
)

ALL = [var for var in vars(contracts).values() if isinstance(var, Contract)]


def statistics(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"id": ["b", "a"], "analysis": "x", "statistic": "t"} | columns)


def problems(frame: pd.DataFrame | pa.Table, contract: Contract = STATISTICS) -> list[str]:
    with pytest.raises(AttuneError, match=contract.name) as caught:
        conform(frame, contract)
    return caught.value.problems


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.name)
def test_contracts_say_what_a_row_is_and_what_identifies_it(contract: Contract) -> None:
    assert contract.row
    required = {field.name for field in contract.schema if not field.nullable}
    assert set(contract.key) <= required
    assert conform(contract.schema.empty_table(), contract).schema == contract.schema


def test_columns_in_order_types_exact_rows_sorted() -> None:
    frame = statistics(n=[3, 4], estimate=[1, 2])[["n", "statistic", "estimate", "id", "analysis"]]
    table = conform(frame, STATISTICS)
    assert table.schema == STATISTICS.schema
    assert table["id"].to_pylist() == ["a", "b"]
    assert table["n"].to_pylist() == [4, 3]
    assert table.schema.metadata is None


def test_missing_has_one_spelling() -> None:
    table = conform(statistics(estimate=[np.nan, 1.0], reason=[None, np.nan]), STATISTICS)
    assert table["estimate"].to_pylist() == [1.0, None]
    arrow = pa.table({"id": ["a"], "analysis": ["x"], "statistic": ["t"], "estimate": [np.nan]})
    assert conform(arrow, STATISTICS)["estimate"].null_count == 1
    assert table["reason"].null_count == 2


def test_everything_that_does_not_fit() -> None:
    assert problems(statistics().drop(columns=["id", "statistic"])) == [
        "column 'id' is missing",
        "column 'statistic' is missing",
    ]
    assert problems(statistics(surprise=1)) == ["column 'surprise' is not part of it"]
    wrong = problems(statistics(n=["x", "y"], estimate=["x", "y"], analysis=["x", None]))
    assert [problem.split(":")[0] for problem in wrong] == [
        "column 'analysis' has 1 empty cells",
        "column 'estimate' does not hold double",
        "column 'n' does not hold int32",
    ]


def test_numbers_are_not_cut() -> None:
    row = {"dyad": "a", "instrument": "i", "rater": "r", "occasion": "o", "state": ""}
    frame = pd.DataFrame([row | {"item_001": 2.5}])
    assert problems(frame, RESPONSES)[0].startswith("column 'item_001' does not hold int16")
    frame = pd.DataFrame([row | {"item_001": 70000}])
    assert problems(frame, RESPONSES)[0].startswith("column 'item_001' does not hold int16")


def test_a_key_twice() -> None:
    assert problems(statistics(id=["a", "a"])) == ["id=a"]


def test_rows_without_a_key_keep_their_order() -> None:
    frame = pd.DataFrame({"rule": ["b", "a"]}).assign(
        severity="note", file="f", message="m", remedy="r"
    )
    assert conform(frame, VIOLATIONS)["rule"].to_pylist() == ["b", "a"]


def test_columns_of_the_study() -> None:
    frame = pd.DataFrame(
        {
            "dyad": ["a"],
            "occasion": "",
            "imputation": [0],
            "kims": [3],
            "imputed_kims": [True],
            "sex": ["F"],
        }
    )
    table = conform(frame, MEASURES)
    assert table.schema.field("kims").type == pa.float64()
    assert table.schema.field("imputed_kims").type == pa.bool_()
    assert table.schema.field("sex").type == pa.string()
    cells = conform(pd.DataFrame({"label": ["Age"], "m": ["3.1"], "m_id": [None]}), TABLE)
    assert cells.schema.field("m_id").type == pa.string()


def test_item_columns() -> None:
    assert len(ITEM_COLUMNS) == contracts.MAX_ITEMS
    assert (item_column(1), item_column(90)) == (ITEM_COLUMNS[0], ITEM_COLUMNS[-1])
