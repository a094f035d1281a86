"""Simulated studies and their findings, for tests of the agreement between files."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from attune.intake.reading.violations import Violation
from attune.intake.validation import validate_responses
from attune.specs.instrument import Instrument
from attune.synthetic.simulated_study import Design, SimulatedStudy, simulated_study
from attune_files.yaml_file import read_instruments

INSTRUMENTS = Path(__file__).parents[4] / "workflow/instruments"
USUAL = Design(40, False, "sorted", 0.6, 0.3, 0.0, 0.0, dated=False)
RULES = {
    "same_content",
    "ids_moved",
    "codes_exchanged",
    "retest_negative",
    "retest_near_zero",
    "response_scale_differs",
    "last_rows_missing",
    "occasions_exchanged",
    "unanswered_item",
    "items_alike",
    "item_rows_shifted",
    "item_in_row_order",
    "item_unrelated",
    "items_reordered",
    "answers_sorted",
    "rows_reversed",
    "rows_unrelated",
    "rows_all_alike",
    "nearly_same_answers",
    "lowest_filled_in",
    "carried_forward",
    "missing_code_as_answer",
    "direction_changes",
    "raters_exchanged",
    "means_filled_in",
    "answers_shifted",
    "rows_repeated",
    "rows_recoded",
    "visits_exchanged",
}


@cache
def keys() -> dict[str, Instrument]:
    """The scoring keys of the simulated studies."""
    names = ("ces_d", "kims", "wai_s", "phq_9")
    return read_instruments([INSTRUMENTS / f"{name}.yaml" for name in names])


def study(seed: int = 3, **design: object) -> SimulatedStudy:
    """A sound study of 40 dyads in sorted files, one per wave, without missing answers."""
    rng = np.random.default_rng(seed)
    return simulated_study(replace(USUAL, **design), keys(), rng)  # type: ignore[arg-type]


def found(spoiled: SimulatedStudy) -> list[Violation]:
    """The findings of the rules about whole files."""
    validated = validate_responses(spoiled.sheets, spoiled.cohort, keys(), spoiled.pretests)
    return [violation for violation in validated.violations if violation.rule in RULES]


def columns(sheet: pd.DataFrame, prefix: str) -> list[str]:
    """The columns of one questionnaire."""
    return [name for name in sheet.columns if name.rpartition("_")[0] == prefix]


def recoded(sheet: pd.DataFrame, prefix: str, codes: dict[str, str]) -> pd.DataFrame:
    """One questionnaire in other codes."""
    changed = sheet.copy()
    for name in columns(sheet, prefix):
        changed[name] = [codes.get(cell, cell) for cell in sheet[name]]
    return changed
