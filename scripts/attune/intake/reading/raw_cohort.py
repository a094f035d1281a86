"""Reading a cohort: the contents of all raw files in one object, before any check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from attune.intake.reading.column_notes import ColumnNote
from attune.intake.reading.exclusions import Excluded
from attune.intake.reading.given_scores import ReadScores, read_given_scores
from attune.intake.reading.questionnaires import (
    AnsweredQuestionnaire,
    item_columns,
    read_questionnaires,
)
from attune.intake.reading.repeated_headings import RepeatedHeadings, repeated_headings
from attune.intake.reading.sample_sheet import read_sample
from attune.intake.reading.sheets import is_named, sample_rows
from attune.intake.reading.violations import Reading, values_read
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study_checks import QuestionnaireKey


@dataclass(frozen=True)
class RawCohort:
    """Declarations and raw data of a cohort, with the problems of reading them.

    The checks of `attune.intake.checks` and `attune.intake.scoring_audit` are functions of this
    value. It refers to the sheets and holds each answer once more as a 16-bit integer; nothing is
    copied, so that the memory of a large cohort stays that of its sheets and answers.

    Attributes
    ----------
    cohort : Cohort
    instruments : mapping of id to Instrument
    sheets : mapping of file id to pandas.DataFrame of str
        Cells as given; the index is the row number in the file.
    sample_reading : Reading of pandas.DataFrame
        The sample sheet as `read_sample` gives it.
    questionnaire_readings : list of Reading of AnsweredQuestionnaire
        One per questionnaire of the cohort file (sessions are questionnaires of their own), in its
        order.
    score_readings : list of Reading of ReadScores
        One per given score of the cohort file, in its order.
    notes : mapping of file id to mapping of column to ColumnNote
        What data dictionaries declare about the columns.
    pretests : mapping of questionnaire to questionnaire
        Which questionnaire is the pretest of which posttest, from the study's outcomes.
    excluded : sequence of Excluded
        What the sheets no longer hold, since the cohort file excludes it.
    repeated_headings : mapping of file id to RepeatedHeadings
        Rows that the sheets no longer hold, since they repeat the headings.
    """

    cohort: Cohort
    instruments: Mapping[str, Instrument]
    sheets: Mapping[str, pd.DataFrame]
    sample_reading: Reading[pd.DataFrame]
    questionnaire_readings: list[Reading[AnsweredQuestionnaire]]
    score_readings: list[Reading[ReadScores]]
    notes: Mapping[str, Mapping[str, ColumnNote]] = field(default_factory=dict)
    pretests: Mapping[QuestionnaireKey, QuestionnaireKey] = field(default_factory=dict)
    excluded: Sequence[Excluded] = ()
    repeated_headings: Mapping[str, RepeatedHeadings] = field(default_factory=dict)

    @cached_property
    def sample(self) -> pd.DataFrame:
        """The dyads of the sample sheet; no rows where one of its columns is missing."""
        if self.sample_reading.value is None:
            return pd.DataFrame({"dyad": [], "therapist": [], "patient": []}, dtype=str)
        return self.sample_reading.value

    @property
    def sample_rows(self) -> pd.DataFrame:
        """The raw rows of `sample`, in its order; the index is the row number in the file."""
        return sample_rows(self.sheets[self.cohort.sample.file], self.cohort)

    @cached_property
    def named_ids(self) -> dict[str, pd.Series]:
        """File id -> its ids without empty cells and missing codes, indexed by row number.

        Files that lack their column of ids are left out.
        """
        columns = {
            name: sheet[column]
            for name, sheet in self.sheets.items()
            if (column := self.cohort.files[name].dyad) in sheet.columns
        }
        return {name: ids[is_named(ids, self.cohort)] for name, ids in columns.items()}

    @property
    def questionnaires(self) -> list[AnsweredQuestionnaire]:
        """The questionnaires whose columns exist."""
        return values_read(self.questionnaire_readings)

    @property
    def given_scores(self) -> list[ReadScores]:
        """The given scores whose columns exist."""
        return values_read(self.score_readings)

    @cached_property
    def item_columns(self) -> dict[str, list[str]]:
        """File id -> the columns of its items."""
        columns: dict[str, list[str]] = {}
        for declared in self.cohort.questionnaires:
            items = item_columns(declared, self.instruments[declared.instrument])
            columns.setdefault(declared.file, []).extend(items)
        return columns


def read_raw_cohort(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    pretests: Mapping[QuestionnaireKey, QuestionnaireKey] | None = None,
    notes: Mapping[str, Mapping[str, ColumnNote]] | None = None,
    excluded: Sequence[Excluded] = (),
) -> RawCohort:
    """Read the sample sheet, the questionnaires and the given scores of a cohort.

    Parameters
    ----------
    sheets, cohort, instruments, pretests, notes, excluded
        As the attributes of `RawCohort`; rows that repeat the headings are taken out of the sheets.
    """
    repeats = {name: repeated_headings(sheet) for name, sheet in sheets.items()}
    found = {name: repeat for name, repeat in repeats.items() if repeat is not None}
    sheets = {
        name: sheet.drop(index=list(found[name].rows)) if name in found else sheet
        for name, sheet in sheets.items()
    }
    return RawCohort(
        cohort,
        instruments,
        sheets,
        read_sample(sheets[cohort.sample.file], cohort),
        read_questionnaires(sheets, cohort, instruments),
        read_given_scores(sheets, cohort, instruments),
        notes or {},
        pretests or {},
        excluded,
        found,
    )
