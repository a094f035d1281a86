"""Sudden gains and losses against the R package suddengains (R/sudden_gains.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.stats.sudden_gains import GainCriteria, sudden_gains, sudden_losses

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "sudden_gains.json").read_text())
SCORES = pd.read_csv(HERE / "data" / "session_scores.csv", index_col="id")

ROUNDING = 1e-12

CRITERIA = {
    "gains": GainCriteria(7),
    "unadjusted": GainCriteria(7, critical_value=2.776),
    "by_cutoff": GainCriteria(7, share=None, stability=None),
    "without_cutoff": GainCriteria(None),
    "losses": GainCriteria(7),
    "losses_without_share": GainCriteria(7, share=None),
}


@pytest.mark.parametrize("name", CRITERIA)
def test_every_interval_and_every_gain(agrees, name):
    find = sudden_losses if name.startswith("losses") else sudden_gains
    found = find(SCORES, CRITERIA[name])
    events = found.events
    agrees(
        {
            "id": SCORES.index[events["patient"]],
            "session": events["session"],
            "magnitude": events["magnitude"],
            # suddengains gives losses the sign of the change over the whole treatment.
            "share_of_change": events["share_of_change"].abs(),
            "reversal_score": events["reversal_score"],
            "reversed": events["reversed"].fillna(False).astype(float),
            "met": found.met.ravel(order="F"),
        },
        R[name],
        ROUNDING,
    )


def test_scores_that_rise_for_the_better_are_the_mirror_image():
    """Of the same scores subtracted from 60; the share criterion is about other scores then."""
    mirrored = sudden_gains(60 - SCORES, GainCriteria(7, share=None, higher_is_better=True))
    found = sudden_gains(SCORES, GainCriteria(7, share=None))
    assert len(found.events) > 10
    assert np.array_equal(mirrored.met, found.met, equal_nan=True)
    assert (mirrored.events["reversal_score"] == 60 - found.events["reversal_score"]).all()
