"""Validation of a cohort in two phases: read all raw files, then run a list of checks.

`read_raw_cohort` reads the sample sheet, the questionnaires and the given scores into one value.
`CHECKS` lists the functions that find violations in that value; each checks all questionnaires of
the cohort, independently of the other checks. A new check is a function in that list.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa

from attune.intake.agreement.agreement import check_agreement
from attune.intake.agreement.lost_rows import unanswered_items
from attune.intake.checks.answer_checks import check_answers
from attune.intake.checks.columns import (
    check_column_notes,
    check_exclusions,
    check_repeated_headings,
    check_unused_columns,
    check_unused_rows,
)
from attune.intake.checks.dyads import check_dyads
from attune.intake.checks.identifiers import (
    check_double_entry,
    check_ids_as_dates,
    check_summary_rows,
)
from attune.intake.checks.misplaced_ids import check_misplaced_ids
from attune.intake.checks.people import check_people
from attune.intake.checks.privacy import with_personal_columns
from attune.intake.checks.questionnaires import (
    check_given_scores,
    check_missing_answers,
    check_questionnaires,
    check_therapist_reports,
)
from attune.intake.checks.repeated_columns import check_repeated_columns
from attune.intake.checks.sample_sheet import check_sample_sheet
from attune.intake.checks.treatment_end import check_treatment_end
from attune.intake.checks.unread_answers import check_unread_answers
from attune.intake.reading.column_notes import ColumnNote
from attune.intake.reading.exclusions import Excluded, exclusion_counts, without_excluded
from attune.intake.reading.given_scores import ReadScores, given_scores_table
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.raw_cohort import RawCohort, read_raw_cohort
from attune.intake.reading.response_batches import response_batches
from attune.intake.reading.violations import Violation, violation_counts
from attune.intake.scoring_audit.file_scores import check_scores_in_file
from attune.intake.scoring_audit.findings import audit_scoring
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study_checks import QuestionnaireKey, check_against_instruments
from attune.store.contracts import GIVEN_SCORES, RESPONSES, conform

Check = Callable[[RawCohort], Iterable[Violation]]

CHECKS: tuple[Check, ...] = (
    check_repeated_headings,
    check_exclusions,
    check_ids_as_dates,
    check_double_entry,
    check_summary_rows,
    check_sample_sheet,
    check_unused_columns,
    check_unread_answers,
    check_unused_rows,
    check_column_notes,
    check_questionnaires,
    check_given_scores,
    check_treatment_end,
    check_people,
    check_repeated_columns,
    check_misplaced_ids,
    check_dyads,
    check_therapist_reports,
    check_missing_answers,
    unanswered_items,
    check_answers,
    check_agreement,
    audit_scoring,
    check_scores_in_file,
)
"""All checks, in the order of the table of violations."""

SOUND_FILES_ONLY: frozenset[Check] = frozenset({check_missing_answers, unanswered_items})
"""Checks whose findings count only for files without an error of an earlier check: where cells are
wrong, the number of missing answers is not known yet."""


@dataclass(frozen=True)
class ValidatedCohort:
    """A cohort's data as read from its raw files, with all violations.

    Attributes
    ----------
    given_scores : pyarrow.Table
        Contract `GIVEN_SCORES`: scores that the cohort has in place of items. Empty if there is an
        error.
    sample : pandas.DataFrame
        Contract `SAMPLE`.
    questionnaires : list of AnsweredQuestionnaire
        Responses with their places in the raw files; also if there are errors.
    read_scores : list of ReadScores
        Given scores with their places in the raw files; also if there are errors.
    violations : list of Violation
        In the order of `CHECKS`, those of personal data first.
    excluded : list of Excluded
        What the cohort file excludes, and how many rows and people that are.
    """

    given_scores: pa.Table
    sample: pd.DataFrame
    questionnaires: list[AnsweredQuestionnaire]
    read_scores: list[ReadScores]
    violations: list[Violation]
    excluded: list[Excluded] = field(default_factory=list)

    def batches(self) -> Iterator[pa.Table]:
        """The responses, contract `RESPONSES`, sorted by its key across all batches.

        Questionnaires without any answer have no row. No batches if there is an error: the contract
        has no room for a repeated dyad.
        """
        if not any(violation.severity == "error" for violation in self.violations):
            yield from response_batches(self.questionnaires)

    @property
    def responses(self) -> pa.Table:
        """All batches in one table."""
        return pa.concat_tables([RESPONSES.schema.empty_table(), *self.batches()])


def validate_responses(
    sheets: Mapping[str, pd.DataFrame],
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    pretests: Mapping[QuestionnaireKey, QuestionnaireKey],
    notes: Mapping[str, Mapping[str, ColumnNote]] | None = None,
) -> ValidatedCohort:
    """Read the raw sheets of a cohort as responses, and report all violations at once.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
        Cells as given; the index is the row number in the file.
    cohort : Cohort
    instruments : mapping of id to Instrument
    pretests : mapping of questionnaire to questionnaire
        Which questionnaire is the pretest of which posttest, from the study's outcomes.
    notes : mapping of file id to mapping of column to ColumnNote, optional
        What data dictionaries declare about the columns of the raw files.

    Raises
    ------
    ConfigurationError
        As `check_against_instruments`.
    """
    check_against_instruments(cohort, instruments)
    kept, excluded = without_excluded(sheets, cohort)
    raw = read_raw_cohort(kept, cohort, instruments, pretests, notes, excluded)
    violations = with_personal_columns(raw, run_checks(raw))
    errors = any(violation.severity == "error" for violation in violations)
    return ValidatedCohort(
        conform(given_scores_table([] if errors else raw.given_scores), GIVEN_SCORES),
        raw.sample,
        raw.questionnaires,
        raw.given_scores,
        violations,
        excluded,
    )


def intake_counts(violations: pd.DataFrame, excluded: Sequence[Excluded]) -> pd.DataFrame:
    """Counts of what was found in the raw files, and of what the cohort file excludes.

    Parameters
    ----------
    violations : pandas.DataFrame
        Contract `VIOLATIONS`.
    excluded : sequence of Excluded

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`, as `violation_counts` and `exclusion_counts`.
    """
    counts = violation_counts(violations)
    return pd.concat([counts, exclusion_counts(excluded)]) if excluded else counts


def run_checks(raw: RawCohort) -> list[Violation]:
    """The violations of all `CHECKS`, in their order."""
    violations: list[Violation] = []
    for check in CHECKS:
        own_violations = list(check(raw))
        if check in SOUND_FILES_ONLY:
            unsound = {violation.file for violation in violations if violation.severity == "error"}
            own_violations = [
                violation for violation in own_violations if violation.file not in unsound
            ]
        violations += own_violations
    return violations
