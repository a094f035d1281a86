"""Odds ratios read from a table of events and pooled, against metafor (R/odds_ratios.R)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.synthesis.synthetic_studies import synthesis_of

from attune.printing.printed_statistics import records
from attune.specs.synthesis import EffectTable, Synthesis
from attune.synthesis.effect_table import TableRow, effects_of_table
from attune.synthesis.estimate import synthesis_statistics
from attune.synthesis.evidence import Evidence
from attune_files.synthesis_files import read_table_rows

HERE = Path(__file__).parent
R = json.loads((HERE / "expected" / "odds_ratios.json").read_text())
EMPTY = {3: ("event_arm1", "0"), 8: ("event_arm2", "0")}
"""Row of the file and count that R sets to 0, of the second and the seventh trial."""

DL_Z = {"estimator": "DL", "test": "z", "prediction": "z"}


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


def read(case: str) -> tuple[Synthesis, Evidence]:
    columns, rows = read_table_rows(HERE / "data" / "bcg.csv")
    if case == "bcg_empty":
        rows = [
            TableRow(row.line, {**row.cells, **dict([EMPTY[row.line]])}) if row.line in EMPTY
            else row
            for row in rows
        ]  # fmt: skip
    table = EffectTable(path="bcg.csv", format="csv", events="better", synthetic=True)
    synthesis = synthesis_of("or", model=DL_Z if case == "bcg_dl" else {})
    effects, problems = effects_of_table("trials", table, columns, rows, synthesis)
    assert not problems
    return synthesis, Evidence(effects, [])


@pytest.mark.parametrize("case", [name for name in R if name != "source"])
def test_trials_of_bcg(case: str) -> None:
    synthesis, evidence = read(case)
    expected = R[case]
    close([study.estimate for study in evidence.studies], expected["estimates"])
    close([study.se**2 for study in evidence.studies if study.se], expected["variances"])
    rows = {row["id"]: row for row in records(synthesis_statistics(synthesis, evidence, []))}
    studies = [rows[f"studies.{study.key}.or"] for study in evidence.studies]
    close([row["estimate"] for row in studies], np.exp(expected["estimates"]))
    close([row["ci_low"] for row in studies], expected["low"])
    close([row["ci_high"] for row in studies], expected["high"])
    pooled, prediction = rows["pooled.all.or"], rows["pooled.all.prediction_or"]
    close(pooled["estimate"], expected["or"])
    close(pooled["se"], expected["se"])
    close(pooled["p_two_tailed"], expected["p"])
    close([pooled["ci_low"], pooled["ci_high"]], expected["ci"])
    close([prediction["ci_low"], prediction["ci_high"]], expected["prediction"])
    for name in ("tau", "i_squared", "q"):
        close(rows[f"pooled.all.{name}"]["estimate"], expected[name.replace("i_squared", "i2")])


def test_worse_events_turn_the_ratio() -> None:
    """Tuberculosis is the worse outcome: the odds ratio of staying healthy is the reciprocal."""
    columns, rows = read_table_rows(HERE / "data" / "bcg.csv")
    table = EffectTable(path="bcg.csv", format="csv", events="worse", synthetic=True)
    effects, _ = effects_of_table("trials", table, columns, rows, synthesis_of("or"))
    close([effect.estimate for effect in effects], -np.array(R["bcg"]["estimates"]))
