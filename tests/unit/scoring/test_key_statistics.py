"""Numbers of a scoring key, as papers print them beside their results."""

from pathlib import Path

import pandas as pd
import pytest

from attune.scoring.key_statistics import key_statistics
from attune.store.contracts import STATISTICS, conform
from attune_files.project import read_cohort
from attune_files.yaml_file import read_instruments

ROOT = Path(__file__).parents[3]
COHORT = read_cohort(ROOT / "data/ryan2012_synthetic/cohort.yaml")
KEYS = read_instruments(sorted((ROOT / "workflow/instruments").glob("*.yaml")))


@pytest.fixture(scope="module")
def estimates() -> pd.Series:
    found = conform(key_statistics(KEYS, COHORT), STATISTICS).to_pandas().set_index("id")
    assert found["n"].isna().all()
    assert set(found["analysis"]) == {"key"}
    return found["estimate"]


# Worked out from the questionnaires as published, not from the keys.
@pytest.mark.parametrize(
    ("statistic", "number"),
    [
        ("kims.n_items", 39),
        ("kims.lowest_answer", 1),
        ("kims.highest_answer", 5),
        ("kims.n_subscales", 4),
        ("kims.n_scales", 5),
        ("kims.total.highest_score", 195),
        ("kims.total.lowest_score", 39),
        ("kims.describe.n_items", 8),
        ("kims.describe.highest_score", 40),
        ("intrex.n_items", 8),
        ("intrex.n_answers", 16),
        ("intrex.highest_answer", 100),
        ("intrex.affiliation.lowest_score", -100),
        ("wai_s.n_answers", 12),
        ("wai_s.n_subscales", 3),
        ("scl_90_r.n_items", 90),
        ("scl_90_r.gsi.highest_score", 4),
        ("scl_90_r.n_subscales", 9),
        ("scl_90_r.n_global_scales", 3),
        ("iip_32.n_subscales", 8),
        ("iip_32.n_items", 32),
    ],
)
def test_numbers_of_the_design(statistic: str, number: float, estimates: pd.Series) -> None:
    assert estimates[f"key.{statistic}"] == number


def test_only_the_keys_of_the_cohort_speak(estimates: pd.Series) -> None:
    assert {name.split(".")[1] for name in estimates.index} == {
        "kims", "intrex", "wai_s", "scl_90_r", "iip_32"
    }  # fmt: skip
