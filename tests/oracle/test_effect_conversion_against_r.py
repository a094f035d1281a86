"""Effect sizes against metafor's escalc (R/effect_conversion.R)."""

import json
from pathlib import Path

import pytest

from attune.stats.effect_conversion import (
    convert,
    correlation,
    d_from_means,
    d_from_t,
    d_of_size,
    fisher_z,
    log_odds_ratio,
    phi_coefficient,
    r_from_t,
    standardised_mean_change,
)

R = json.loads((Path(__file__).parent / "expected" / "effect_conversion.json").read_text())


def close(effect, expected):
    assert (effect.estimate, effect.variance) == pytest.approx(tuple(expected), rel=1e-12)


@pytest.mark.parametrize("case", R["correlations"])
def test_correlations(case):
    close(correlation(case["r"], case["n"]), case["COR"])
    close(fisher_z(case["r"], case["n"]), case["ZCOR"])
    close(convert(correlation(case["r"], case["n"]), "z"), case["ZCOR"])


def test_partial_correlation_from_t():
    case = R["partial"]
    df = case["n"] - case["q"] - 2
    found = r_from_t(case["t"], df)
    assert found.estimate == pytest.approx(case["PCOR"][0], rel=1e-12)
    # metafor 3.8 divides by n - q - 2 on both scales (tests/oracle/README.md).
    assert found.variance * (df + 1) == pytest.approx(case["PCOR"][1] * df, rel=1e-12)
    z = convert(found, "z")
    assert z.variance == pytest.approx(1 / (case["n"] - case["q"] - 3), rel=1e-12)
    assert z.estimate == pytest.approx(case["ZPCOR"][0], rel=1e-12)


@pytest.mark.parametrize("case", R["means"])
def test_means(case):
    effect = d_from_means(*case["groups"])
    close(convert(effect, "g"), case["SMD"])
    close(convert(effect, "log_or"), case["D2ORL"])


def test_t_and_d():
    close(convert(d_from_t(R["t"]["t"], *R["t"]["n"]), "g"), R["t"]["SMD"])
    close(convert(d_of_size(R["d"]["d"], *R["d"]["n"]), "g"), R["d"]["SMD"])


def test_change():
    post, pre, sd, n, r = R["change"]["x"]
    close(standardised_mean_change(pre, post, sd, n, r), R["change"]["SMCR"])


@pytest.mark.parametrize("case", R["tables"])
def test_tables(case):
    close(log_odds_ratio(*case["cells"]), case["OR"])
    close(convert(log_odds_ratio(*case["cells"]), "d"), case["OR2DL"])
    close(phi_coefficient(*case["cells"]), case["PHI"])
