"""One-stage pooling: what does not enter, agreement with two stages, bad input."""

import numpy as np
import pytest

from attune.specs.errors import AnalysisError
from attune.stats.one_stage_pooling import one_stage_pooling


def cohorts(slopes: list[float], n: int = 40, seed: int = 1) -> dict:
    rng = np.random.default_rng(seed)
    found = {}
    for place, slope in enumerate(slopes):
        x = rng.standard_normal(n) + 3 * place
        found[f"c{place}"] = (x, slope * x + rng.standard_normal(n))
    return found


@pytest.mark.parametrize("units", ["raw", "standardised"])
def test_differences_between_means_of_cohorts_do_not_enter(units):
    data = cohorts([0.5, 0.3, 0.4])
    moved = {
        name: (x + 10 * place, y - 50 * place) for place, (name, (x, y)) in enumerate(data.items())
    }
    one = one_stage_pooling(data, units, "fixed").one_stage
    two = one_stage_pooling(moved, units, "fixed").one_stage
    assert one.estimate == pytest.approx(two.estimate, abs=1e-6)
    assert one.se == pytest.approx(two.se, abs=1e-6)


def test_standardised_slopes_are_correlations():
    data = cohorts([0.5, 0.3])
    found = one_stage_pooling(data)
    expected = [np.corrcoef(x, y)[0, 1] for x, y in data.values()]
    assert [slope.estimate for slope in found.slopes] == pytest.approx(expected)


def test_units_of_measurement_do_not_matter_when_standardised():
    data = cohorts([0.5, 0.3, 0.6])
    other = {name: (7 * x + 1, y / 3) for name, (x, y) in data.items()}
    one, two = one_stage_pooling(data).one_stage, one_stage_pooling(other).one_stage
    assert one.estimate == pytest.approx(two.estimate)


def test_large_cohorts_give_the_same_in_one_and_two_stages():
    found = one_stage_pooling(cohorts([0.2, 0.5, 0.8, 0.4], 800), "raw", "fixed")
    assert found.one_stage.estimate == pytest.approx(found.two_stage.estimate, abs=1e-3)
    assert found.one_stage_sd == pytest.approx(found.two_stage_sd, abs=1e-2)


def test_rows_with_a_missing_value_are_left_out():
    data = cohorts([0.5, 0.3])
    x, y = data["c0"]
    more = data | {"c0": (np.append(x, np.nan), np.append(y, 1.0))}
    assert one_stage_pooling(more).rows == one_stage_pooling(data).rows == (40, 40)


LINE = np.arange(6.0)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "rows of 0 cohorts"),
        ({"A": (LINE, LINE**2)}, "rows of 1 cohorts"),
        ({"A": (LINE, LINE**2), "B": (LINE[:3], LINE[:3] ** 2)}, "B: 3 complete rows"),
        ({"A": (LINE, LINE**2), "B": (LINE, LINE * 0)}, "B: .* one value only"),
        ({"A": (LINE, LINE**2), "B": (LINE, 2 * LINE)}, "B: .* lie on one line"),
        ({"A": (LINE, LINE**2), "B": (LINE, LINE[:3])}, "B: the predictor has"),
    ],
)
def test_bad_input(data, message):
    with pytest.raises(AnalysisError, match=message):
        one_stage_pooling(data)


def test_unknown_units():
    with pytest.raises(AnalysisError, match="units is 'z'"):
        one_stage_pooling(cohorts([0.1, 0.2]), "z")
