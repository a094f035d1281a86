"""Declared choices of a synthesis against metafor and clubSandwich (R/synthesis_choices.R)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from attune.printing.printed_statistics import records
from attune.specs.synthesis import Synthesis
from attune.synthesis.estimate import synthesis_statistics
from attune.synthesis.evidence import Evidence, StudyEffect

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "synthesis_choices.json").read_text())
STUDIES = pd.read_csv(HERE / "data" / "synthesis_choices.csv")

NAMES = {"estimate": "estimate", "se": "se", "df": "df", "p": "p_two_tailed"}
NAMES |= {"ci_low": "ci_low", "ci_high": "ci_high"}


def rows(nested: bool = False, **keys: object) -> dict[str, dict]:
    """Statistics by id of the studies of the data file."""
    declared = {
        "synthesis": "small",
        "title": "A synthesis",
        "question": "Does it help?",
        "authors": ["A. Author"],
        "predictor": "empathy",
        "outcome": "outcome",
        "metric": "r",
        "demonstration": True,
        "effects": ["text.study.outcome"],
        "moderators": {"year": {"label": "Year", "numeric": True, "per": 10}},
    }
    studies = [
        StudyEffect(
            key=row.study,
            label=row.study,
            origin="table",
            direction="for",
            estimate=row.r,
            n=row.n,
            study=row.of if nested else "",
            year=row.year,
            features={"year": str(row.year)},
        )
        for row in STUDIES.itertuples()
    ]
    synthesis = Synthesis.model_validate(declared | keys)
    found = records(synthesis_statistics(synthesis, Evidence(studies, []), []))
    return {row["id"]: row for row in found}


def reliabilities() -> dict[str, object]:
    own = {
        row.study: {"predictor": row.predictor, "outcome": row.outcome}
        for row in STUDIES.itertuples()
    }
    return {"predictor": 0.85, "outcome": 0.90, "source": "manuals", "studies": own}


def compare(row, expected, tolerance=1e-8, place=None):
    for name, column in NAMES.items():
        if name in expected:
            value = expected[name] if place is None else expected[name][place]
            assert row[column] == pytest.approx(value, rel=tolerance, abs=tolerance), name


def test_the_corrected_correlation():
    found = rows(reliability=reliabilities())
    compare(found["corrected.all.r"], R["corrected"])
    assert found["corrected.all.tau"]["estimate"] == pytest.approx(R["corrected"]["tau"], abs=1e-8)


def test_the_corrected_correlation_of_studies_with_several_effects():
    reliability = {"predictor": 0.85, "outcome": 0.90, "source": "manuals"}
    found = rows(nested=True, reliability=reliability)
    compare(found["corrected.all.r"], R["corrected_nested"], 1e-6)


@pytest.mark.parametrize(("case", "test", "name"), [
    ("knha", "knapp-hartung", "t"), ("z", "z", "z"),
])  # fmt: skip
def test_the_slope_on_a_year(case, test, name):
    found, expected = rows(model={"test": test}), R["year"][case]
    compare(found["moderator.year.slope"], expected, place=1)
    statistic = found[f"moderator.year.{name}"]
    assert statistic["estimate"] == pytest.approx(expected["statistic"][1], abs=1e-8)
    share = found["moderator.year.r_squared"]["estimate"]
    assert share == pytest.approx(expected["r2"], abs=1e-6)


def test_the_slope_of_studies_with_several_effects(monkeypatch):
    """R's cluster-robust test has 3.96 degrees of freedom, too few to be printed."""
    row = rows(nested=True)["moderator.year.slope"]
    assert row["estimate"] == pytest.approx(R["year_nested"]["estimate"][1], abs=1e-6)
    assert "its own test" in row["method"]
    monkeypatch.setattr("attune.synthesis.moderators.FEWEST_DF", 3)
    compare(rows(nested=True)["moderator.year.slope"], R["year_nested"], 1e-6, 1)


def test_a_subset_by_year():
    subset = {"label": "late studies", "moderator": "year", "at_least": 2005}
    found = rows(subsets={"late": subset})
    compare(found["pooled.subset_late.r"], R["subset"])
    tau = found["pooled.subset_late.tau"]["estimate"]
    assert tau == pytest.approx(R["subset"]["tau"], abs=1e-8)


def test_the_influence_of_single_studies():
    found = rows()
    for name, own in (("rstudent", "rstudent"), ("dffits", "dffits"), ("cook.d", "cook"),
                      ("hat", "hat")):  # fmt: skip
        values = [found[f"influence.{key}.{own}"]["estimate"] for key in STUDIES["study"]]
        np.testing.assert_allclose(values, R["influence"][name], atol=1e-8, rtol=1e-8)
    marked = [found[f"influence.{key}.marked"]["estimate"] == 1 for key in STUDIES["study"]]
    assert marked == R["marked"]


def test_the_effect_as_studies_accumulated():
    found, expected = rows(), R["cumulated"]
    keys = [name.split(".")[1] for name in found if name.startswith("cumulative.")]
    assert keys == expected["study"]
    values = [found[f"cumulative.{key}.r"]["estimate"] for key in keys]
    np.testing.assert_allclose(values, expected["estimate"], atol=1e-8)
    # Of five studies R's interval is shorter than that of Wald; the truncated form replaces it.
    short = ["never below" in found[f"cumulative.{key}.r"]["method"] for key in keys]
    assert [place for place, truncated in enumerate(short) if truncated] == [4]
    kept = ~np.array(short)
    for name in ("ci_low", "ci_high"):
        limits = np.array([found[f"cumulative.{key}.r"][name] for key in keys])
        np.testing.assert_allclose(limits[kept], np.array(expected[name])[kept], atol=1e-8)
