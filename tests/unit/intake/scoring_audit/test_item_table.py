"""The table of item checks, against numbers computed by hand and by R."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.conftest import ROOT
from tests.unit.intake.scoring_audit.questionnaire import answered, key

from attune.intake.scoring_audit.item_table import COLUMNS, item_checks
from attune.scoring.scores import NO_RESPONSE

ORACLE = ROOT / "tests/oracle"


def test_every_number_by_hand() -> None:
    responses = np.array([[1, 2, 5], [2, 2, 3], [4, 5, 3], [5, 4, 1], [3, 3, 2]])
    table = item_checks(answered(responses, key(3, reverse=[3])))
    keyed = responses * [1, 1, -1] + [0, 0, 6]

    def alpha(items: np.ndarray) -> float:
        k = items.shape[1]
        total = items.sum(axis=1).var(ddof=1)
        return k / (k - 1) * (1 - items.var(axis=0, ddof=1).sum() / total)

    assert table["item"].tolist() == [1, 2, 3]
    assert table["reversed"].tolist() == [False, False, True]
    assert table["column"].tolist() == ["mood_1", "mood_2", "mood_3"]
    assert table["mean"].to_numpy() == pytest.approx(keyed.mean(axis=0))
    for item in range(3):
        row = table.iloc[item]
        others = np.delete(keyed, item, axis=1)
        r = np.corrcoef(keyed[:, item], others.sum(axis=1))[0, 1]
        turned = keyed.copy()
        turned[:, item] = 6 - turned[:, item]
        assert row["n"] == 5
        assert row["sd"] == pytest.approx(keyed[:, item].std(ddof=1))
        assert row["item_rest_correlation"] == pytest.approx(r)
        assert row["ci_low"] == pytest.approx(np.tanh(np.arctanh(r) - 1.959964 / np.sqrt(2)))
        assert row["ci_high"] == pytest.approx(np.tanh(np.arctanh(r) + 1.959964 / np.sqrt(2)))
        assert row["alpha"] == pytest.approx(alpha(keyed))
        assert row["alpha_if_deleted"] == pytest.approx(alpha(others))
        assert row["alpha_if_reversed"] == pytest.approx(alpha(turned))


def test_item_rest_correlations_and_alpha_are_those_of_psych() -> None:
    expected = json.loads((ORACLE / "expected/reliability.json").read_text())["complete"]
    items = pd.read_csv(ORACLE / "data/items.csv").to_numpy()
    n_items = items.shape[1]
    low, high = 1, 7
    instrument = key(n_items, response={"minimum": low, "maximum": high}, reverse=[3, 10])
    table = item_checks(answered(items, instrument))
    assert table["alpha"].to_numpy() == pytest.approx(expected["alpha"], abs=1e-12)
    found = table["item_rest_correlation"].to_numpy()
    assert found == pytest.approx(np.array(expected["item_rest"]), abs=1e-12)


def test_only_complete_questionnaires_of_the_scale_count() -> None:
    responses = np.array([[1, 2, 2, 1], [2, 3, 1, 1], [4, 5, 5, 1], [3, 3, 4, 1], [5, 4, 3, 1]])
    responses[0, 1] = NO_RESPONSE
    responses[1, 3] = NO_RESPONSE
    scales = {"first": {"label": "F", "aggregation": "mean", "items": [1, 2, 3]}}
    table = item_checks(answered(responses, key(4, scales=scales)))
    assert table["n"].tolist() == [4, 4, 4]
    assert table["mean"].tolist() == [3.5, 3.75, 3.25]


def test_scales_whose_items_need_not_agree_have_no_rows() -> None:
    scales = {
        "pair": {"label": "P", "aggregation": "sum", "items": [1, 2]},
        "high": {"label": "H", "aggregation": "count", "items": "all", "threshold": 4},
    }
    table = item_checks(answered(np.ones((9, 4)), key(4, scales=scales)))
    assert table.empty
    assert list(table.columns) == list(COLUMNS)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 9])
def test_constant_items_and_few_people_are_undefined_not_wrong(n: int) -> None:
    rng = np.random.default_rng(1)
    responses = rng.integers(1, 6, (n, 4))
    responses[:, 2] = 3
    table = item_checks(answered(responses, key(4)))
    assert len(table) == 4
    assert (table["n"] == n).all()
    assert (table["finding"] == "").all()
    assert np.isnan(table["item_rest_correlation"][2])
    assert table.dtypes.astype(str).tolist()[4:12] == ["int64"] + ["float64"] * 7
