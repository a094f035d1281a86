"""All checks of the agreement between files, occasions and raters, in one pass."""

from collections.abc import Iterator, Sequence, Set

import numpy as np
import pandas as pd

from attune.intake.agreement.answer_sheets import (
    MOST_PEOPLE,
    AnswerSheet,
    answer_sheets,
    compared_people,
)
from attune.intake.agreement.code_order import (
    OtherOrder,
    codes_in_other_order,
    exchanged_codes,
)
from attune.intake.agreement.code_use import other_scales
from attune.intake.agreement.copied_columns import columns_of_others
from attune.intake.agreement.direction_changes import Turn, direction_changes
from attune.intake.agreement.equal_content import equal_files, equal_questionnaires
from attune.intake.agreement.filled_in import (
    carried_forward,
    lowest_filled_in,
    missing_codes_as_answers,
)
from attune.intake.agreement.filled_means import means_filled_in
from attune.intake.agreement.id_order import moved_ids, only_sorted_files
from attune.intake.agreement.item_columns import copied_items, reordered_items, shifted_columns
from attune.intake.agreement.lone_columns import ordered_items, pasted_items, unrelated_items
from attune.intake.agreement.lost_cells import lost_cells
from attune.intake.agreement.lost_rows import last_rows_missing
from attune.intake.agreement.near_copies import nearly_equal_people
from attune.intake.agreement.occasion_order import exchanged_occasions
from attune.intake.agreement.rater_exchange import exchanged_raters
from attune.intake.agreement.rater_parts import parts_of_raters
from attune.intake.agreement.recoded_rows import recoded_rows
from attune.intake.agreement.repeated_runs import repeated_runs
from attune.intake.agreement.retest import Retest, negative_retests, retests, unrelated_retests
from attune.intake.agreement.reversed_facets import reversed_facets
from attune.intake.agreement.row_blocks import faulty_blocks, straight_lines
from attune.intake.agreement.shifted_answers import shift_violation, shifted_answers
from attune.intake.agreement.sorted_rows import SortedRows, sorted_rows, sorted_violation
from attune.intake.agreement.visit_order import exchanged_visits
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort
from attune.specs.study_checks import QuestionnaireKey

MOST_ROWS = 2_000
"""People whose answers are looked at for columns and blocks, the first of the sample sheet."""

HALF = 0.4
"""Share of the rows from which a part counts as half of the file."""

MISLEADING = frozenset(
    {
        "same_content",
        "direction_changes",
        "raters_exchanged",
        "retest_negative",
        "ids_moved",
        "retest_near_zero",
    }
)
"""Faults of whole files that leave nothing to compare between occasions until they are mended."""


def check_agreement(raw: RawCohort) -> Iterator[Violation]:
    """Faults of whole files, then of item columns and blocks of people, judged over all people."""
    if raw.sample.empty:
        return
    people, large = _people_of(raw), answer_sheets(raw, MOST_ROWS)
    sheets = large if len(people) <= MOST_PEOPLE else answer_sheets(raw)
    in_order = sorted_rows(large)
    yield from (sorted_violation(found, raw.cohort) for found in in_order)
    orders = codes_in_other_order(_without(sheets, in_order))
    yield from exchanged_codes(orders, raw.cohort)
    # Sorted cells and other codes leave nothing else to see in these answers, not even a reversal.
    sheets, large = (_without(part, [*in_order, *orders]) for part in (sheets, large))
    whole = list(_whole_files(raw, people, sheets, large))
    yield from whole
    comparable = not any(violation.rule in MISLEADING for violation in whole)
    # What is turned in half of the rows runs against itself in many blocks.
    turned = {violation.file for violation in whole if violation.rule == "direction_changes"}
    rules = {violation.rule for violation in whole}
    for violation in _columns_and_blocks(raw, people, large, comparable, rules):
        block = violation.rule in ("rows_reversed", "rows_unrelated")
        if not block or violation.file not in turned:
            yield violation


def disordered_questionnaires(raw: RawCohort) -> set[QuestionnaireKey]:
    """The questionnaires whose codes are in another order, or whose answers were sorted."""
    if raw.sample.empty:
        return set()
    sheets = answer_sheets(raw)
    in_order = sorted_rows(sheets)
    orders = codes_in_other_order(_without(sheets, in_order))
    return _disordered([*in_order, *orders])


def _disordered(found: Sequence[SortedRows | OtherOrder]) -> set[QuestionnaireKey]:
    """Where nearly all answers are sorted, and where the codes are in another order."""
    return {one.sheet.key for one in found if not isinstance(one, SortedRows) or one.nearly_all}


def _without(
    sheets: Sequence[AnswerSheet], found: Sequence[SortedRows | OtherOrder]
) -> list[AnswerSheet]:
    """The sheets that are in order, and given scores."""
    concerned = _disordered(found)
    return [sheet for sheet in sheets if sheet.scale or sheet.key not in concerned]


def _whole_files(
    raw: RawCohort,
    people: pd.DataFrame,
    sheets: Sequence[AnswerSheet],
    large: Sequence[AnswerSheet],
) -> Iterator[Violation]:
    """Copies, moved ids, reversals, other scales.

    A fault explains others: copied questionnaires are not tested further, and occasions beside a
    reversed one are compared with each other alone.
    """
    n_people = min(len(people), MOST_PEOPLE)
    files = list(equal_files(raw))
    copies = [violation for violation, _ in files]
    copies += equal_questionnaires(sheets, raw, n_people, [paths for _, paths in files])
    yield from copies
    yield from last_rows_missing(raw)
    exchanged = list(exchanged_occasions(sheets, raw))
    yield from exchanged or exchanged_visits(large, raw)
    yield from other_scales(sheets, raw.cohort)
    if copies:
        return
    flagged: set[int] = set()
    tested = retests(sheets, n_people)
    for violation, concerned in _turned(sheets, tested, large, _groups_of(people, raw), raw.cohort):
        flagged |= {id(sheet) for sheet in concerned}
        yield violation
    kept = [sheet for sheet in sheets if id(sheet) not in flagged]
    moved = list(moved_ids(kept, raw))
    yield from moved
    moved_files = {violation.file for violation in moved}
    flagged |= {id(sheet) for sheet in sheets if sheet.path in moved_files}
    yield from unrelated_retests(tested, flagged, raw.cohort, n_people, only_sorted_files(raw))


def _turned(
    sheets: Sequence[AnswerSheet],
    tested: Sequence[Retest],
    large: Sequence[AnswerSheet],
    groups: pd.DataFrame,
    cohort: Cohort,
) -> Iterator[tuple[Violation, list[AnswerSheet]]]:
    """Reversals of questionnaires and of parts of them, and exchanged raters, each once.

    `tested` are the retests of all sheets; `large` are the sheets of more people, of whom `groups`
    holds a row each.

    Yields
    ------
    (Violation, list of AnswerSheet)
        The finding and the sheets that it is about.
    """
    n_people = min(len(groups), MOST_PEOPLE)
    done: set[int] = set()
    # A part that is reversed explains negative correlations of the whole.
    for violation, turn in direction_changes(large, groups, cohort):
        series = [sheet for sheet in large if sheet.series == turn.sheet.series]
        if _is_block(turn) and _holds_block(series, turn.sheet.path, groups, cohort):
            continue
        concerned = _same(turn.sheet, sheets)
        done |= {id(other) for other in concerned}
        yield violation, concerned
    kept = [sheet for sheet in sheets if id(sheet) not in done]
    tested = retests(kept, n_people) if done else tested
    for violation, pair in negative_retests(tested, cohort, n_people):
        done |= {id(sheet) for sheet in pair}
        yield violation, pair
    kept = [sheet for sheet in kept if id(sheet) not in done]
    for violation, raters in exchanged_raters(kept, cohort, n_people):
        done |= {id(sheet) for sheet in raters}
        yield violation, raters
    kept = [sheet for sheet in kept if id(sheet) not in done]
    for violation, sheet in reversed_facets(kept, cohort, n_people):
        yield violation, _same(sheet, sheets)


def _is_block(turn: Turn) -> bool:
    """Whether a whole questionnaire is turned in far less than half of the rows."""
    share = len(turn.block.rows) / len(turn.sheet.people)
    return not turn.items.name and min(share, 1 - share) < HALF


def _holds_block(
    series: Sequence[AnswerSheet], path: str, groups: pd.DataFrame, cohort: Cohort
) -> bool:
    """Whether `rows_reversed` finds the rows in a file, which names them more closely."""
    found = faulty_blocks(series, groups, cohort)
    return any(block.rule == "rows_reversed" and block.file == path for block in found)


def _same(sheet: AnswerSheet, sheets: Sequence[AnswerSheet]) -> list[AnswerSheet]:
    """The sheet of the same questionnaire, of other people or all of them."""
    return [other for other in sheets if (other.key, other.scale) == (sheet.key, sheet.scale)]


def _columns_and_blocks(
    raw: RawCohort,
    people: pd.DataFrame,
    large: Sequence[AnswerSheet],
    comparable: bool,
    rules: Set[str],
) -> Iterator[Violation]:
    """Faults of item columns, blocks of people and answers that nobody gave.

    Each test has a family-wise level of .002 in a cohort, all twenty-two together at most .045.
    Occasions are compared only if they are `comparable`; parts of the raters, and columns of two
    questionnaires, only if the `rules` broken by whole files do not say that these were exchanged
    or copied.
    """
    exchanged, copied = "raters_exchanged" in rules, "same_content" in rules
    n = len(people)
    # Where all cells are wrong, nothing is left to look at.
    sheets = [sheet for sheet in large if np.isfinite(sheet.answers).any()]
    yield from copied_items(sheets, raw.cohort)
    if not copied:
        yield from columns_of_others(sheets, raw.cohort, n)
    moved = list(shifted_columns(sheets, raw.cohort, n))
    yield from moved
    ordered = list(ordered_items(sheets, raw.cohort))
    yield from ordered
    groups = _groups_of(people, raw)
    shifted = shifted_answers(sheets, groups, comparable)
    yield from (shift_violation(found, raw.cohort) for found in shifted)
    yield from lost_cells(
        [sheet for sheet in sheets if sheet.key not in {found.sheet.key for found in shifted}],
        raw.cohort,
        n,
        comparable,
    )
    # What stands one item off is unrelated to the items where it stands.
    explained = {found.sheet.key for found in shifted}
    unexplained = [sheet for sheet in sheets if sheet.key not in explained]
    yield from faulty_blocks(unexplained, groups, raw.cohort, comparable)
    if not exchanged:
        yield from parts_of_raters(sheets, groups, raw.cohort, comparable)
    yield from straight_lines(sheets, raw.cohort)
    yield from repeated_runs(sheets, people, raw.cohort)
    yield from recoded_rows(sheets, raw.cohort)
    yield from nearly_equal_people(sheets, people["patient"].to_list(), raw.cohort, n)
    yield from missing_codes_as_answers(sheets, raw.cohort)
    yield from means_filled_in(sheets, people.get("therapist", people["patient"]), raw.cohort)
    if comparable:
        yield from pasted_items(sheets, raw.cohort, n)
        named = {(finding.file, finding.item or 0) for finding in [*moved, *ordered]}
        yield from unrelated_items(sheets, raw.cohort, named)
        yield from reordered_items(sheets, raw.cohort, n)
        yield from lowest_filled_in(sheets, raw.cohort, n)
        yield from carried_forward(sheets, raw.cohort, n)


def _people_of(raw: RawCohort) -> pd.DataFrame:
    """The first row of the sample sheet of each compared person."""
    everyone = compared_people(raw, MOST_ROWS)
    return raw.sample.drop_duplicates("dyad").set_index("dyad").reindex(everyone)


def _groups_of(people: pd.DataFrame, raw: RawCohort) -> pd.DataFrame:
    """Therapist and categories of each compared person."""
    declared = raw.cohort.sample.variables
    categories = [name for name, variable in declared.items() if variable.kind == "category"]
    return people[[*people.columns.intersection(["therapist"]), *categories]]
