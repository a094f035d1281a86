"""The rules for raw data, with their findings and default severities."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
"""An error stops the run before anything is written; warnings and notes are reported."""


@dataclass(frozen=True)
class Rule:
    """One kind of violation.

    Attributes
    ----------
    finds : str
        Description of the finding.
    severity : {"error", "warning", "note"}
        Its severity, unless the cohort file sets another under `severities`.
    fixed : bool
        Always an error: scores cannot be computed with such a fault.
    """

    finds: str
    severity: Severity = "error"
    fixed: bool = False


RULES: dict[str, Rule] = {
    # The file as a table.
    "missing_column": Rule("a column that cohort.yaml names is not in the file", fixed=True),
    "repeated_headings": Rule("a row below the first that repeats the headings", fixed=True),
    "unused_column": Rule("a column that nothing uses", "note"),
    "unread_answers": Rule(
        "columns that nothing uses and that look like the items of a questionnaire", "warning"
    ),
    "unused_rows": Rule("rows whose codes no `rows:` of cohort.yaml asks for", "warning"),
    "excluded": Rule("rows or people that `exclude` of cohort.yaml leaves out", "note"),
    "exclusion_of_nobody": Rule("an entry of `exclude` that no row fits", "warning"),
    "ids_as_dates": Rule("ids that a spreadsheet program has turned into dates", "warning"),
    "entered_twice": Rule("people whose two entries of a double data entry are both in a file"),
    "summary_row": Rule("a row of means or sums below the data, which would count as a person"),
    "personal_column": Rule("a column that seems to identify persons"),
    # Dyads.
    "no_dyad": Rule("a row with answers names no dyad", fixed=True),
    "no_patient": Rule("a dyad without a patient", fixed=True),
    "no_therapist": Rule("a dyad without a therapist", fixed=True),
    "duplicate_dyad": Rule("a dyad twice in the sample sheet", fixed=True),
    "duplicate_questionnaire": Rule("a questionnaire of one dyad twice", fixed=True),
    "unknown_dyad": Rule("answers of a dyad that is not in the sample sheet", fixed=True),
    "dyad_without_questionnaires": Rule("a dyad without any questionnaire", "warning"),
    # People.
    "similar_ids": Rule(
        "ids of the sample sheet that differ only in capitals, blanks, leading zeros, decimals, or"
        " in letters and digits that look alike",
        "warning",
    ),
    "people_differ": Rule(
        "rows whose further columns, such as age or another id, are those of somebody else",
        "warning",
    ),
    "id_out_of_order": Rule(
        "an id that breaks the order of its file where a similar one is missing", "warning"
    ),
    "therapist_changes": Rule("a dyad with more than one therapist in the sample sheet's file"),
    "therapist_differs": Rule("a therapist who is another one in the sample sheet"),
    "patient_in_two_dyads": Rule("a patient in more than one dyad"),
    "therapist_reports_differ": Rule(
        "a therapist's report about herself that differs between the rows of her patients",
        "warning",
    ),
    "same_person_twice": Rule("an id that names a therapist and a patient", "warning"),
    "therapists_share": Rule("therapists with more than one patient", "warning"),
    # Cells.
    "text_in_number": Rule("text where a number is needed", fixed=True),
    "empty_cell": Rule("an empty cell where none is declared as missing", fixed=True),
    "decimal_comma": Rule("a decimal comma in a file with decimal points", fixed=True),
    "decimal_point": Rule("a decimal point in a file with decimal commas", fixed=True),
    "response_out_of_range": Rule("an answer outside the codes of its instrument", fixed=True),
    "response_between_steps": Rule("an answer between the codes of its instrument", fixed=True),
    "not_in_dictionary": Rule("a cell that the file's own data dictionary does not allow"),
    "number_out_of_range": Rule("a number outside its declared range", fixed=True),
    "unknown_level": Rule("a category that is not declared", fixed=True),
    "not_a_date": Rule("a cell that is not a date of the calendar, or not written as declared"),
    "dates_out_of_order": Rule("a date before one that it should follow"),
    "session_after_end": Rule("a session after the last one of the treatment"),
    "answered_after_end": Rule("answers of a day after the end of the treatment", "warning"),
    "implausible_demographic": Rule("an age or experience that nobody has", "warning"),
    "number_outlying": Rule(
        "a number of the sample sheet far outside the others of its column", "warning"
    ),
    "numbers_filled_in": Rule(
        "numbers of the sample sheet that were filled in: means, limits, dragged values", "warning"
    ),
    "sample_rows_alike": Rule(
        "rows of the sample sheet with the values of other people", "warning"
    ),
    "score_out_of_range": Rule("a score that its scale cannot have", fixed=True),
    # Questionnaires.
    "questionnaire_not_answered": Rule("dyads that lack a questionnaire which others have", "note"),
    "item_not_answered": Rule("answered questionnaires with items left out", "note"),
    "unanswered_questionnaire": Rule("a questionnaire that nobody answered", "warning"),
    "unanswered_item": Rule("an item that nobody answered", "warning"),
    "constant_item": Rule("an item that everybody answered alike", "note"),
    "posttest_without_pretest": Rule("a posttest of a dyad without its pretest"),
    "posttest_missing": Rule("pretests without their posttests", "note"),
    "one_rater_only": Rule("dyads of whom only one of two raters answered", "note"),
    "session_gap": Rule("dyads that left out an occasion between two others", "note"),
    # How a questionnaire was answered.
    "same_answers": Rule("answers that are those of another questionnaire, one by one", "warning"),
    "equal_answers": Rule("the same answers as another dyad, which chance may explain", "note"),
    "contradictory_straight_line": Rule(
        "one answer to many items in a row, although some of them mean the opposite", "warning"
    ),
    "straight_line": Rule("one answer to many items in a row", "note"),
    "low_variability": Rule("answers that hardly differ from item to item", "note"),
    "unusual_answers": Rule("answers whose pattern is unlike all others", "note"),
    # Files, occasions and raters, compared over all people.
    "same_content": Rule("two files, occasions or raters with the same answers of everybody"),
    "last_rows_missing": Rule(
        "a file without the last people of the other files: it may have been cut off", "warning"
    ),
    "visits_exchanged": Rule("people whose visits may stand under each other's numbers", "warning"),
    "occasions_exchanged": Rule("two occasions whose files may have been exchanged", "warning"),
    "response_scale_differs": Rule(
        "codes that are never used on one occasion, although they are common on another", "warning"
    ),
    "codes_exchanged": Rule(
        "a questionnaire whose codes seem to be in another order: two of them exchanged, or all"
        " moved on in a circle",
        "warning",
    ),
    "retest_negative": Rule(
        "a questionnaire that runs against the same one on other occasions: it may be reversed",
        "warning",
    ),
    "direction_changes": Rule(
        "a questionnaire, or some of its items, that is reversed in one part of the rows", "warning"
    ),
    "raters_exchanged": Rule(
        "two raters whose forms may have been exchanged on one occasion, or a part of them",
        "warning",
    ),
    "ids_moved": Rule("ids that seem to be shifted or sorted without the answers", "warning"),
    "retest_near_zero": Rule(
        "a questionnaire that is hardly related to the same one on other occasions", "warning"
    ),
    # Columns of items and blocks of people, compared with the others.
    "items_alike": Rule(
        "two items with the same answers of nearly everybody: one column may be a copy", "warning"
    ),
    "item_rows_shifted": Rule("an item column that was shifted by some rows", "warning"),
    "item_in_row_order": Rule(
        "an item column that seems to be sorted or filled down by itself", "warning"
    ),
    "item_unrelated": Rule(
        "an item that goes along with its scale on other occasions, but not on this one", "warning"
    ),
    "items_reordered": Rule("items in another order than on other occasions", "warning"),
    "answers_shifted": Rule("people whose answers stand one item too early or too late", "warning"),
    "answers_sorted": Rule(
        "people whose answers run from the lowest to the highest code: cells sorted within rows",
        "warning",
    ),
    "rows_reversed": Rule("a block of people whose answers seem to be coded backwards", "warning"),
    "rows_recoded": Rule(
        "a block of people who never give the lowest or highest answer: other codes", "warning"
    ),
    "rows_unrelated": Rule(
        "a block of people whose answers are hardly related to items or other occasions", "warning"
    ),
    "rows_all_alike": Rule("more people than usual with one answer to all items", "warning"),
    "rows_repeated": Rule(
        "consecutive rows with the answers of others: a page typed or scanned twice", "warning"
    ),
    "nearly_same_answers": Rule(
        "a person's answers that are those of another but for a few cells", "warning"
    ),
    "lowest_filled_in": Rule(
        "the lowest code in all items where answers may be missing", "warning"
    ),
    "means_filled_in": Rule(
        "more people than chance with exactly the item means or the mean score", "warning"
    ),
    "carried_forward": Rule(
        "more people than chance with all the answers of the occasion before", "warning"
    ),
    "missing_code_as_answer": Rule(
        "9, 99 or the like far more often than the numbers beside it", "warning"
    ),
    # Scoring keys, compared with the answers.
    "item_against_scale": Rule("an item that points against the other items of its scale"),
    "item_direction_unclear": Rule("an item that may point against its scale", "note"),
    "headings_sorted": Rule(
        "headings that were sorted without the answers below them, or these without the headings"
    ),
    "numbering_shifted": Rule(
        "columns whose responses resemble those of the item before or after, or stand back to front"
    ),
    "other_key_fits": Rule("answers that fit the key of another instrument better", "warning"),
    "codes_shifted": Rule("codes that seem to begin elsewhere than the instrument's", "warning"),
    "low_alpha_against_published": Rule("an alpha far below all published ones", "note"),
    "scales_not_coherent": Rule(
        "low alphas of several scales: columns in another order, or of another questionnaire",
        "warning",
    ),
    "headings_exchanged": Rule(
        "two questionnaires whose answers fit each other's key better than their own", "warning"
    ),
    # Scores that the file holds.
    "score_in_file_differs": Rule("a score of the file that its own items do not give"),
    "score_in_file_other_key": Rule("scores of the file that another keying gives", "note"),
    "score_in_file_partial": Rule("a score of the file over only some of its items", "warning"),
}
"""Rule id -> rule, in the order of checking."""
