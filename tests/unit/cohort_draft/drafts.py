"""Raw tables as a test writes them, and what a draft makes of them when it is read back."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tests.conftest import ROOT

from attune.analyses.study import check_plan
from attune.cohort_draft.cohort_text import cohort_text
from attune.cohort_draft.column_names import identifier
from attune.cohort_draft.draft import CohortDraft, RawTable
from attune.cohort_draft.draft_analyses import draft_study
from attune.cohort_draft.draft_builder import draft_cohort
from attune.cohort_draft.study_text import study_text
from attune.cohort_draft.summary import summary_text
from attune.specs.cohort import Cohort, Questionnaire
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune_files.project import read_cohort, read_study
from attune_files.yaml_file import read_instruments


@cache
def instruments() -> dict[str, Instrument]:
    return read_instruments(sorted((ROOT / "workflow/instruments").glob("*.yaml")))


def answers(columns: list[str], low: int, high: int, rows: int = 20, seed: int = 1) -> pd.DataFrame:
    """Answers of people who differ, both ends of the codes among them."""
    rng = np.random.default_rng(seed)
    level = rng.normal(size=(rows, 1)) + rng.normal(size=(rows, len(columns)))
    codes = np.clip(np.round(level + (low + high) / 2), low, high).astype(int)
    codes[0, :], codes[1, :] = low, high
    return pd.DataFrame(codes, columns=columns).astype(str)


def ids(rows: int = 20, name: str = "dyad_id") -> pd.DataFrame:
    return pd.DataFrame({name: [f"D{number:02d}" for number in range(1, rows + 1)]})


def items(pattern: str, n_items: int, first: int = 1) -> list[str]:
    return [pattern.format(number) for number in range(first, first + n_items)]


def table(path: str, *parts: pd.DataFrame, **rest: Any) -> RawTable:
    sheet = pd.concat(parts, axis=1)
    sheet.index = pd.RangeIndex(2, len(sheet) + 2)
    return RawTable(identifier(path.partition(".")[0]), path, sheet.astype(object), **rest)


@dataclass(frozen=True)
class Drafted:
    draft: CohortDraft
    cohort: Cohort
    study: Study
    text: str
    study_text: str
    summary: str

    @property
    def questionnaires(self) -> list[Questionnaire]:
        return self.cohort.questionnaires

    def only(self) -> Questionnaire:
        assert len(self.questionnaires) == 1
        return self.questionnaires[0]

    def left_out(self) -> dict[str, str]:
        return {entry.columns: entry.reason for entry in self.draft.unmapped}


def drafted(folder: Path, *tables: RawTable, id_column: str | None = None) -> Drafted:
    """A draft, written and read back as the line reads it."""
    draft = draft_cohort("mylab", tables, instruments(), id_column)
    study = draft_study(draft, instruments())
    places = {
        folder / "data/mylab/cohort.yaml": cohort_text(draft),
        folder / "workflow/studies/mylab.yaml": study_text(draft, study),
    }
    for path, text in places.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    cohort_path, study_path = places
    cohort, plan = read_cohort(cohort_path), read_study(study_path)
    check_plan(plan, cohort, instruments())
    summary = summary_text(draft, study, instruments())
    return Drafted(draft, cohort, plan, *places.values(), summary)


def with_cells(frame: pd.DataFrame, column: str, cells: dict[int, str]) -> pd.DataFrame:
    changed = frame.copy()
    for row, text in cells.items():
        changed.loc[row, column] = text
    return changed
