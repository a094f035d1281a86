"""Rows of each occasion and rater of a file, and rater and occasion of what they hold."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pandas as pd

from attune.cohort_draft.column_names import Meaning
from attune.cohort_draft.draft import Evidence, RawTable
from attune.cohort_draft.layout import Layout
from attune.specs.instrument import Instrument


@dataclass(frozen=True)
class Rows:
    """The rows of one occasion and rater in a file with several rows per dyad."""

    sheet: pd.DataFrame
    rows: dict[str, str]
    occasion: str = ""
    rater: str = ""


def row_blocks(table: RawTable, layout: Layout) -> Iterator[Rows]:
    """The rows of each occasion and rater; all rows where a file has one row per dyad."""
    occasions = layout.occasions or {"": ""}
    raters = layout.raters or {"": ""}
    repeats = layout.repeats or (("", ""),)
    combined = [(*one, *other) for one in occasions.items() for other in repeats]
    for level, occasion, form, number in combined:
        for code, rater in raters.items():
            sheet, rows = table.sheet, {}
            if layout.occasion is not None and level:
                rows[layout.occasion] = level
            if layout.repeats:
                rows |= dict(zip(layout.repeat_columns, (form, number), strict=True))
            if layout.rater is not None and code:
                rows[layout.rater] = code
            for column, cell in rows.items():
                sheet = sheet[sheet[column] == cell]
            if number:
                counted = f"repeat_{number.removesuffix('.0')}"
                when = f"{occasion}_{counted}" if occasion else counted
            else:
                when = occasion
            yield Rows(sheet, rows, when, rater)


def rater_of(
    instrument: Instrument, meaning: Meaning, file_meaning: Meaning, block: Rows
) -> tuple[str, Evidence]:
    """The rater, by the column, the row, the file, or the instrument."""
    allowed = list(instrument.raters)
    if meaning.rater in allowed:
        evidence = f'"{meaning.rater_word}" in {meaning.read_from}'
        sure = meaning.read_from == Meaning.read_from
        return meaning.rater, Evidence([evidence], []) if sure else Evidence([], [evidence])
    if block.rater in allowed:
        return block.rater, Evidence(["by the rows"])
    if len(allowed) == 1:
        return allowed[0], Evidence([f"{instrument.abbreviation} has no other rater"])
    if file_meaning.rater in allowed:
        return file_meaning.rater, Evidence([f'"{file_meaning.rater_word}" in the file\'s name'])
    chosen = "patient" if "patient" in allowed else allowed[0]
    return chosen, Evidence(
        [], [f"neither columns nor file say who answered: {' or '.join(allowed)}?"]
    )


def occasion_of(
    raters: Collection[str], meaning: Meaning, file_meaning: Meaning, block: Rows
) -> tuple[str, int | None, Evidence]:
    """The occasion, by the column, the row, or the file, and the number in it.

    Parameters
    ----------
    raters : collection of str
        Who may answer the questionnaire: without therapists, t1 is a time.
    meaning, file_meaning : Meaning
        Of the column names and of the file's name.
    block : Rows
    """
    occasion, session, evidence = "", None, Evidence()
    if meaning.occasion:
        occasion, session = meaning.occasion, meaning.session
        evidence = Evidence([f'"{meaning.occasion_word}" in {meaning.read_from}'])
        if meaning.rater_word == "t" and "therapist" not in raters:
            occasion = f"t{session}" if meaning.bare_number else occasion
        elif meaning.bare_number:
            evidence = Evidence(
                [], ["the names hold only a number: does it count sessions, weeks or months?"]
            )
    if block.occasion:
        both = f"{block.occasion}_{occasion}" if occasion else block.occasion
        before_number = block.occasion.rstrip("0123456789")
        digits = block.occasion[len(before_number) :]
        if digits and not before_number.endswith("_arm_"):
            session = int(digits)
        doubts = list(evidence.doubts)
        if before_number.endswith("repeat_"):
            doubts.append(
                "REDCap numbers the repeats of a form in the order in which they were entered: are"
                " they sessions? Then write session_ for repeat_"
            )
        return both, session, Evidence(["by the rows"], doubts)
    if occasion:
        return occasion, session, evidence
    if file_meaning.occasion:
        doubts = []
        if file_meaning.bare_number:
            doubts = [
                f"the file's name holds the number {file_meaning.session}: is it the occasion, and"
                " does it count sessions, weeks or months?"
            ]
        reasons = [] if doubts else [f'"{file_meaning.occasion_word}" in the file\'s name']
        return file_meaning.occasion, file_meaning.session, Evidence(reasons, doubts)
    return (
        "baseline",
        None,
        Evidence([], ["neither columns nor file say when it was answered: at the beginning?"]),
    )
