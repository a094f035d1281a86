"""The shipped HELP files give the publisher's own CES-D totals, and known figures of the trial."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

HELP = Path(__file__).parents[2] / "data" / "help"
ITEMS = [f"cesd_{item}" for item in range(1, 21)]
REVERSED = ["cesd_4", "cesd_8", "cesd_12", "cesd_16"]

# File ending -> rows and mean of the published totals, counted in the published table.
WAVES = {
    "baseline": (470, 32.860),
    "6": (254, 22.807),
    "12": (217, 23.678),
    "18": (254, 22.083),
    "24": (277, 20.371),
}


def wave(ending: str) -> pd.DataFrame:
    return pd.read_csv(HELP / f"cesd_{ending}.csv")


def keyed(rows: pd.DataFrame) -> pd.DataFrame:
    items = rows[ITEMS].copy()
    items[REVERSED] = 3 - items[REVERSED]
    return items


@pytest.mark.parametrize(("ending", "n", "mean"), [(w, *known) for w, known in WAVES.items()])
def test_rows_and_published_mean_of_each_wave(ending: str, n: int, mean: float) -> None:
    rows = wave(ending)
    assert len(rows) == n
    assert rows["id"].is_unique
    assert rows["CES_D"].mean() == pytest.approx(mean, abs=0.0005)


def test_every_complete_total_equals_the_published_one() -> None:
    rows = pd.concat([wave(ending) for ending in WAVES])
    answered = rows[ITEMS].notna().sum(axis=1)
    complete = rows[answered == 20]
    assert len(complete) == 1439
    assert (keyed(complete).sum(axis=1) == complete["CES_D"]).all()
    assert ((answered > 0) & (answered < 20)).sum() == 24
    assert rows.loc[answered == 0, "CES_D"].isna().all()


def test_partial_published_totals_hold_the_answered_items_only() -> None:
    rows = pd.concat([wave(ending) for ending in WAVES])
    answered = rows[ITEMS].notna().sum(axis=1)
    partial = rows[(answered > 0) & (answered < 20)]
    assert (keyed(partial).sum(axis=1) == partial["CES_D"]).all()


def alpha_of(covariances: pd.DataFrame) -> float:
    k = len(covariances)
    matrix = covariances.to_numpy()
    return k / (k - 1) * (1 - np.trace(matrix) / matrix.sum())


def test_baseline_alpha() -> None:
    items = keyed(wave("baseline"))
    # The figure known for these data uses every pair of responses, as R's psych::alpha does ...
    assert alpha_of(items.cov()) == pytest.approx(0.8862, abs=0.00005)
    # ... while the pipeline uses the 462 complete questionnaires.
    complete = items.dropna()
    assert len(complete) == 462
    assert alpha_of(complete.cov()) == pytest.approx(0.8864, abs=0.00005)


def test_sample_sheet_has_everyone_once() -> None:
    sheet = pd.read_csv(HELP / "sample.csv")
    assert sheet["id"].is_unique
    assert sheet["group"].value_counts().to_dict() == {0: 235, 1: 235}
    everyone = np.unique(np.concatenate([wave(ending)["id"] for ending in WAVES]))
    assert set(everyone) == set(sheet["id"])
