"""Open data sets of R packages, not shipped: what their authors' programs give.

motcon (package RSA 0.10.6, GPL; github.com/cran/RSA, data/motcon.tab): 84 people with explicit and
implicit power motive and their mood after a speech. Its rows are not shipped, but their moments are
stored here: a regression depends on nothing else, so that 84 made-up people with the same moments
have the same response surface. Where the folder of references has data/RSA/motcon.tab, the moments
are compared with those of its rows.

sgdata (package suddengains 0.7.2, MIT; github.com/milanwiedemann/suddengains, data/sgdata.RData,
example data of its authors): 43 people in 12 sessions. Gains depend on every row, so that these
tests need data/suddengains/sgdata.csv, with the columns id and bdi_s1 to bdi_s12. All facts below
were met with the rows at hand. Courses that can be counted by hand, of the same number of sessions,
are in tests/unit/stats/test_sudden_gains.py.
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


MOMENTS = {
    (0, 0, 0): 84.0,
    (0, 1, 0): -2.04e-14,
    (0, 2, 0): 82.99999999999994,
    (0, 3, 0): 48.87569653547517,
    (0, 4, 0): 273.6867661526143,
    (1, 0, 0): -6e-15,
    (1, 1, 0): 11.018591777372546,
    (1, 2, 0): 9.379340879463959,
    (1, 3, 0): 32.15599255718878,
    (2, 0, 0): 82.99999999999989,
    (2, 1, 0): 8.165516383430639,
    (2, 2, 0): 101.13860526615994,
    (3, 0, 0): 22.110743942648384,
    (3, 1, 0): 67.93485813786029,
    (4, 0, 0): 226.95569484611133,
    (0, 0, 1): 22.5,
    (0, 1, 1): 17.7269160863406,
    (0, 2, 1): 8.522263421238508,
    (1, 0, 1): 26.857978865335255,
    (1, 1, 1): 16.21146404015594,
    (2, 0, 1): 33.92574997310165,
    (0, 0, 2): 115.25,
}
"""Powers of the explicit motive x, the implicit motive y and the mood z -> sum of their product
over the rows of motcon, by exact decimal arithmetic; the first is their number."""

SURFACE = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))
"""Powers of x and y in the terms of a response surface."""


def open_file(*path: str) -> Path:
    """A file of the folder of references; the test is skipped without it."""
    if "ATTUNE_REFERENCE" not in os.environ:
        pytest.skip("ATTUNE_REFERENCE names no folder of references")
    found = Path(os.environ["ATTUNE_REFERENCE"], "data", *path)
    if not found.is_file():
        pytest.skip(f"the folder of references has no {'/'.join(path)}")
    return found


def motcon_rows() -> pd.DataFrame:
    rows = pd.read_table(open_file("RSA", "motcon.tab"), sep=r"\s+")
    return rows.rename(columns={"ePow": "x", "iPow": "y", "postVA": "z"})


def moments_of(rows: pd.DataFrame) -> dict[tuple[int, int, int], float]:
    """Sums of the products of powers of x, y and z, at those of `MOMENTS`."""
    return {
        powers: float(
            (rows["x"] ** powers[0] * rows["y"] ** powers[1] * rows["z"] ** powers[2]).sum()
        )
        for powers in MOMENTS
    }


def made_up_people() -> pd.DataFrame:
    """As many rows as in the data, with the same moments.

    Ratings are moved from random ones to the moments by Newton's method, each time by the smallest
    step that solves the linearised equations; the outcome is its regression on the terms, plus a
    residual that is orthogonal to them and has the residual sum of squares.
    """
    n = round(MOMENTS[0, 0, 0])
    generator = np.random.default_rng(1)
    x, y = generator.normal(size=(2, n))
    wanted = {powers: value for powers, value in MOMENTS.items() if powers[2] == 0 and any(powers)}
    for _ in range(50):
        missing = np.array([v - (x**a * y**b).sum() for (a, b, _), v in wanted.items()])
        slopes = [
            np.concatenate([a * x ** max(a - 1, 0) * y**b, b * x**a * y ** max(b - 1, 0)])
            for a, b, _ in wanted
        ]
        step = np.linalg.lstsq(np.array(slopes), missing, rcond=None)[0]
        # Half a step at most while the moments are far: the equations are of the fourth degree.
        step *= min(1.0, 0.5 / np.abs(step).max())
        x, y = x + step[:n], y + step[n:]
    terms = np.column_stack([x**a * y**b for a, b in SURFACE])
    products = np.array([MOMENTS[a, b, 1] for a, b in SURFACE])
    predicted = terms @ np.linalg.solve(terms.T @ terms, products)
    noise = generator.normal(size=n)
    noise -= terms @ np.linalg.lstsq(terms, noise, rcond=None)[0]
    noise *= np.sqrt((MOMENTS[0, 0, 2] - predicted @ predicted) / (noise @ noise))
    return pd.DataFrame({"x": x, "y": y, "z": predicted + noise})


def surface_of(rows: pd.DataFrame) -> ResponseSurface:
    assert len(rows) == 84
    return response_surface(rows["z"], rows["x"], rows["y"], UNCENTRED)


@pytest.fixture(scope="module")
def motives() -> ResponseSurface:
    return surface_of(made_up_people())


def test_the_stored_moments_are_those_of_the_rows() -> None:
    rows = motcon_rows()
    assert moments_of(rows) == pytest.approx(MOMENTS, rel=1e-12, abs=1e-12)
    assert surface_of(rows).coefficients == pytest.approx(LEAST_SQUARES, abs=1e-11)


def test_made_up_people_have_the_stored_moments() -> None:
    assert moments_of(made_up_people()) == pytest.approx(MOMENTS, rel=1e-11, abs=1e-11)


def test_motive_congruence_equals_least_squares(motives: ResponseSurface) -> None:
    assert motives.coefficients == pytest.approx(LEAST_SQUARES, abs=1e-11)
    assert motives.df == 78


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
