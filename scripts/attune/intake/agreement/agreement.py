"""All checks of the agreement between files, occasions and raters, in one pass."""

from collections.abc import Iterator

from attune.intake.agreement.answer_sheets import answer_sheets, compared_people
from attune.intake.agreement.code_use import other_scales
from attune.intake.agreement.equal_content import equal_files, equal_questionnaires
from attune.intake.agreement.id_order import moved_ids
from attune.intake.agreement.lost_rows import last_rows_missing
from attune.intake.agreement.occasion_order import exchanged_occasions
from attune.intake.agreement.retest import negative_retests, retests, unrelated_retests
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.violations import Violation


def check_agreement(raw: RawCohort) -> Iterator[Violation]:
    """Faults of whole files, judged over all people: copies, moved ids, reversals, other scales.

    A fault explains others: copied questionnaires are not tested further, and occasions beside a
    reversed one are compared with each other alone.
    """
    if raw.sample.empty:
        return
    n_people = len(compared_people(raw))
    sheets = answer_sheets(raw)
    files = list(equal_files(raw))
    copies = [violation for violation, _ in files]
    copies += equal_questionnaires(sheets, raw, n_people, [paths for _, paths in files])
    yield from copies
    yield from last_rows_missing(raw)
    yield from exchanged_occasions(sheets, raw)
    yield from other_scales(sheets, raw.cohort)
    if copies:
        return
    tested = retests(sheets, n_people)
    flagged: set[int] = set()
    for violation, pair in negative_retests(tested, raw.cohort, n_people):
        flagged |= {id(sheet) for sheet in pair}
        yield violation
    kept = [sheet for sheet in sheets if id(sheet) not in flagged]
    moved = list(moved_ids(kept, raw))
    yield from moved
    moved_files = {violation.file for violation in moved}
    flagged |= {id(sheet) for sheet in sheets if sheet.path in moved_files}
    yield from unrelated_retests(tested, flagged, raw.cohort, n_people)
