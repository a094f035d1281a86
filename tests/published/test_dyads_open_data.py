"""Open data sets of R packages, not shipped: what their authors' programs give.

motcon (package RSA 0.10.6, GPL): data/RSA/motcon.tab, 84 people with explicit and implicit power
motive and their mood after a speech. sgdata (package suddengains 0.7.2, MIT):
data/suddengains/sgdata.csv, 43 people in 12 sessions, a column bdi_s1 to bdi_s12 each.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.stats.response_surface import UNCENTRED, ResponseSurface, response_surface
from attune.stats.sudden_gains import GainCriteria, sudden_gains, sudden_losses, summarise_gains

RSA_ESTIMATES = {
    "a1": (0.55532897126878, 0.1634409318675),
    "a2": (-0.04782946115490, 0.1339893027325),
    "a3": (0.03957977341515, 0.1823764149655),
    "a4": (-0.29363761963647, 0.2097857344674),
    "a5": (0.15905301296536, 0.1331464059677),
    "stationary_x": (-11.53349910528179, 61.3509782016372),
    "stationary_y": (-3.51633345026856, 23.5239912930480),
    "p11": (0.34134459168268, 0.3952282060937),
    "p10": (0.42056409249643, 0.5470077199078),
    "p21": (-2.92959087199955, 3.3920471369453),
    "p20": (-37.30476715131709, 188.4235807718436),
}
"""Estimate and standard error of RSA, `estimator = "ML", se = "standard"`, model "full"."""

LEAST_SQUARES = [
    *(0.42043634704653, 0.29745435267294, 0.25787458922287),
    *(-0.00584025900102, 0.12290410316922, -0.16489327464349),
]
"""Coefficients of R's lm, in the order of `TERMS`."""


def open_file(*path: str) -> Path:
    """A file of the folder of references; the test is skipped without it."""
    if "ATTUNE_REFERENCE" not in os.environ:
        pytest.skip("ATTUNE_REFERENCE names no folder of references")
    found = Path(os.environ["ATTUNE_REFERENCE"], "data", *path)
    if not found.is_file():
        pytest.skip(f"the folder of references has no {'/'.join(path)}")
    return found


@pytest.fixture(scope="module")
def motives() -> ResponseSurface:
    rows = pd.read_table(open_file("RSA", "motcon.tab"), sep=r"\s+")
    assert len(rows) == 84
    return response_surface(rows["postVA"], rows["ePow"], rows["iPow"], UNCENTRED)


def test_motive_congruence_equals_least_squares(motives: ResponseSurface) -> None:
    assert motives.coefficients == pytest.approx(LEAST_SQUARES, abs=1e-11)


@pytest.mark.parametrize("name", RSA_ESTIMATES)
def test_motive_congruence_equals_rsa(motives: ResponseSurface, name: str) -> None:
    """RSA divides the residual variance by n, least squares by n - 6; RSA's search is coarse far
    out, where the stationary point is."""
    estimate, se = RSA_ESTIMATES[name]
    found = getattr(motives, name)
    tolerance = 1e-5 if abs(estimate) < 1 else 2e-5
    assert found.estimate == pytest.approx(estimate, rel=tolerance, abs=1e-6)
    assert found.se == pytest.approx(se * np.sqrt(84 / 78), rel=2e-5)


def test_motive_congruence_has_no_congruence_effect(motives: ResponseSurface) -> None:
    assert motives.congruence.text == "No congruence effect: a4 < 0 does not hold."


@pytest.fixture(scope="module")
def depression() -> pd.DataFrame:
    rows = pd.read_csv(open_file("suddengains", "sgdata.csv"), index_col="id")
    return rows[[f"bdi_s{session}" for session in range(1, 13)]]


def test_sudden_gains_of_43_people(depression: pd.DataFrame) -> None:
    found = sudden_gains(depression, GainCriteria(cutoff=7))
    summary = summarise_gains(found)
    assert (summary.patients, summary.gains, summary.with_gain) == (43, 24, 15)
    assert (summary.reversals, summary.magnitude_mean) == (4, 11.0)
    assert round(summary.magnitude_sd, 2) == 3.43
    people = depression.index[found.events["patient"]]
    assert sorted({*people[found.events["reversed"].astype(bool)]}) == [1, 4, 12, 40]


def test_sudden_losses_of_43_people(depression: pd.DataFrame) -> None:
    found = sudden_losses(depression, GainCriteria(cutoff=7)).events
    assert found["magnitude"].to_list() == [9, 12, 18]
    assert found["session"].to_list() == [9, 7, 7]
    assert found["reversed"].to_list() == [True, False, True]
