"""Effect sizes against metafor's escalc (R/effect_conversion.R)."""

import json
from pathlib import Path

import pytest

from attune.stats.effect_conversion import (
    convert,
    d_from_means,
    d_of_size,
    fisher_z,
    log_odds_ratio,
)

R = json.loads((Path(__file__).parent / "expected" / "effect_conversion.json").read_text())


def close(effect, expected):
    assert (effect.estimate, effect.variance) == pytest.approx(tuple(expected), rel=1e-12)


@pytest.mark.parametrize("case", R["correlations"])
def test_correlations(case):
    z = fisher_z(case["r"], case["n"])
    close(z, case["ZCOR"])
    assert convert(z, "r").estimate == pytest.approx(case["COR"][0], rel=1e-12, abs=1e-15)
    assert convert(z, "r").variance == pytest.approx(case["COR"][1], rel=1e-12)


def test_partial_correlation():
    case = R["partial"]
    z = fisher_z(case["PCOR"][0], case["n"], case["q"])
    assert z.estimate == pytest.approx(case["ZPCOR"][0], rel=1e-12)
    # metafor 3.8 divides by n - q - 2 on both scales (tests/oracle/README.md).
    left = case["n"] - case["q"]
    assert z.variance * (left - 3) == pytest.approx(case["ZPCOR"][1] * (left - 2), rel=1e-12)
    r = convert(z, "r")
    assert r.variance * (left - 1) == pytest.approx(case["PCOR"][1] * (left - 2), rel=1e-12)


@pytest.mark.parametrize("case", R["means"])
def test_means(case):
    effect = d_from_means(*case["groups"])
    close(convert(effect, "g"), case["SMD"])
    close(convert(effect, "log_or"), case["D2ORL"])


def test_d():
    close(convert(d_of_size(R["d"]["d"], *R["d"]["n"]), "g"), R["d"]["SMD"])


@pytest.mark.parametrize("case", R["tables"])
def test_tables(case):
    close(log_odds_ratio(*case["cells"]), case["OR"])
    close(convert(log_odds_ratio(*case["cells"]), "d"), case["OR2DL"])
