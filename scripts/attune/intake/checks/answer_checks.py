"""Checks of response patterns: copied rows, straight lines, low variability, outliers.

Findings about one person are reported one by one; findings that are common in every study are
counted, with their first rows. No finding quotes a row of answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.agreement.equal_content import EQUAL_SHARE, FEWEST_ROWS
from attune.intake.checks.answer_patterns import (
    FEWEST_ANSWERS,
    any_equal_rows,
    copied_rows,
    first_equal_rows,
    repeated_rows,
)
from attune.intake.checks.careless_responding import (
    OUTLIER_LEVEL,
    longest_runs,
    mahalanobis_distances,
    response_variability,
    rows_with_runs,
)
from attune.intake.reading.look_alike_ids import same_person
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import is_named, quoted_list
from attune.intake.reading.violations import Violation
from attune.scoring.scores import NO_RESPONSE
from attune.specs.cohort import Cohort

LONG_SCALE = 20
"""Items from which runs of equal answers are reported in scales without reversed items."""

SHORTEST_RUN = 8
"""Answers; shorter runs are common."""

MOST_ROWS = 20
"""Rows that a message names."""

LEAST_VARIABILITY = 0.25
"""SD over the items, in steps between codes: about one answer in twenty differs by one step."""

LINE_COLUMNS = ["length", "value", "first", "last", "kind"]


def check_answers(raw: RawCohort) -> Iterator[Violation]:
    """Copied answers, then straight lines, low variability and outliers per questionnaire."""
    cohort, questionnaires = raw.cohort, raw.questionnaires
    yield from _copied_between_dyads(questionnaires, raw.sample, cohort)
    yield from _copied_within_dyads(questionnaires, cohort)
    for answered in questionnaires:
        lines = straight_lines(answered)
        yield from _straight_line_violations(answered, lines, cohort)
        yield from _low_variability(answered, lines, cohort)
        yield from _unusual_answers(answered, cohort)


def straight_lines(answered: AnsweredQuestionnaire) -> pd.DataFrame:
    """Rows with the same answer to at least half of the items in a row (Curran, 2016).

    Only for instruments with reversed items or with at least `LONG_SCALE` items.

    Returns
    -------
    pandas.DataFrame
        Indexed by position in `answered`; length, value, first and last item of the run (from 1)
        and kind: "contradictory" (reversed and other items have the same answer, and it is not
        the middle one), "lowest" (the lowest answer to items of which none is reversed; usual in
        symptom lists) or "plain".
    """
    instrument = answered.instrument
    n_items = instrument.n_items
    if not instrument.reverse and n_items < LONG_SCALE:
        return _no_lines()
    length = max(SHORTEST_RUN, -(-n_items // 2))
    rows = rows_with_runs(answered.responses, length)
    runs = longest_runs(answered.responses[rows])
    long = runs.length >= length
    if not long.any():
        return _no_lines()
    lines = pd.DataFrame(
        {"length": runs.length, "value": runs.value, "first": runs.first, "last": runs.last},
        index=rows,
    )[long]
    given = answered.responses[lines.index.to_numpy(dtype=np.int64)] != NO_RESPONSE
    items = np.arange(n_items)
    within = (items >= lines[["first"]].to_numpy()) & (items <= lines[["last"]].to_numpy()) & given
    reverse_scored = np.isin(items + 1, instrument.reverse)
    n_reversed = (within & reverse_scored).sum(axis=1)
    codes = instrument.response
    low, high = codes.stored_minimum, codes.stored_maximum
    mixed = (n_reversed > 0) & (n_reversed < lines["length"])
    # The middle code, or the two around it, contradict nothing.
    from_middle = (lines["value"] - (low + high) / 2).abs()
    opposite = mixed & (from_middle > max(codes.step / 2, (high - low) / 8))
    lowest = (n_reversed == 0) & (lines["value"] == low)
    lines["kind"] = np.select([opposite, lowest], ["contradictory", "lowest"], "plain")
    return lines.assign(first=lines["first"] + 1, last=lines["last"] + 1)[LINE_COLUMNS]


@cache
def _no_lines() -> pd.DataFrame:
    """The frame without rows, made once: most questionnaires have no straight line."""
    return pd.DataFrame(columns=LINE_COLUMNS)


def _copied_between_dyads(
    questionnaires: Sequence[AnsweredQuestionnaire], sample: pd.DataFrame, cohort: Cohort
) -> Iterator[Violation]:
    """One violation per row that repeats the answers of another dyad's row.

    Questionnaires are compared one by one and, where they are in the same rows of a file, side by
    side: a whole pasted row is found even if each questionnaire alone is too short to decide.

    A therapist's self-report is the same for all her patients: rows of the same therapist are not
    compared, nor therapists' rows in a cohort without therapist ids.
    """
    people = sample.drop_duplicates("dyad").set_index("dyad")
    # A therapist whose id is written in two ways is one: `similar_ids` reports the id.
    therapists = same_person(people["therapist"]) if "therapist" in people else None
    reported: set[tuple[str, int]] = set()
    for group in _side_by_side(questionnaires):
        by_therapist = any(answered.declared.rater == "therapist" for answered in group)
        if by_therapist and therapists is None:
            continue
        first_of_group = group[0]
        dyads = first_of_group.dyads.to_numpy()
        blocks = [answered.responses for answered in group]
        first_rows = first_equal_rows(*blocks)
        copied = copied_rows(*blocks, first=first_rows)
        if len(group) == 1:
            yield from _equal_answers(first_of_group, first_rows, copied, cohort)
        for row, first in copied.items():
            place = (first_of_group.path, int(first_of_group.dyads.index[row]))
            if (
                place in reported
                or dyads[row] == dyads[first]
                or not is_named(first_of_group.dyads.iloc[[row, first]], cohort).all()
            ):
                continue
            if by_therapist and therapists is not None:
                who = [therapists.get(dyads[position]) for position in (row, first)]
                if who[0] == who[1]:
                    continue
            reported.add(place)
            original = f"row {first_of_group.dyads.index[first]}"
            yield _same_answers(group, row, original, cohort)


def _equal_answers(
    answered: AnsweredQuestionnaire,
    first: NDArray[np.int64],
    copied: Mapping[int, int],
    cohort: Cohort,
) -> Iterator[Violation]:
    """One count of rows that repeat the answers of another row, where chance may explain it."""
    equal = first != np.arange(len(first))
    equal[list(copied)] = False
    rows = np.flatnonzero(equal)
    if len(rows) and answered.responses.shape[1] >= FEWEST_ANSWERS:
        text = f"gave exactly the answers of an earlier row to {answered.name}"
        remedy = "Nothing, if they are simple answers such as the lowest throughout."
        yield _counted(answered, "equal_answers", rows, text, remedy, cohort)


def _side_by_side(
    questionnaires: Sequence[AnsweredQuestionnaire],
) -> Iterator[list[AnsweredQuestionnaire]]:
    """Each questionnaire alone, then groups of questionnaires in the same rows of one file."""
    by_file: dict[str, list[AnsweredQuestionnaire]] = {}
    for answered in questionnaires:
        yield [answered]
        by_file.setdefault(answered.path, []).append(answered)
    for group in by_file.values():
        rows = group[0].dyads.index
        together = [answered for answered in group if answered.dyads.index.equals(rows)]
        if len(together) > 1:
            yield together


def _copied_within_dyads(
    questionnaires: Sequence[AnsweredQuestionnaire], cohort: Cohort
) -> Iterator[Violation]:
    """One violation per two questionnaires with the same answers of some dyads, naming the rows."""
    reported: set[tuple[str, int]] = set()
    for one, other in combinations(questionnaires, 2):
        instrument, rater, occasion, state = zip(one.key, other.key, strict=True)
        alike = len({*instrument}) == len({*state}) == 1
        # Another rater on another occasion is not compared.
        if not alike or (len({*rater}) == 2 and len({*occasion}) == 2):
            continue
        positions, matches = _same_dyads(one, other, cohort)
        if not any_equal_rows(one.responses, positions, other.responses, matches):
            continue
        repeated = repeated_rows(one.responses[positions], other.responses[matches])
        if len(repeated) >= FEWEST_ROWS:
            equal = (one.responses[positions] == other.responses[matches]).all(axis=1)
            if equal.mean() >= EQUAL_SHARE:
                # The whole questionnaire is a copy: one error of `same_content`.
                continue
        new = [at for at in repeated if (other.name, int(matches[at])) not in reported]
        reported |= {(other.name, int(matches[at])) for at in new}
        rows = matches[new]
        if len(rows) == 1:
            where = f"row {one.dyads.index[positions[new[0]]]} of {one.path}"
            yield _same_answers([other], int(rows[0]), f"{one.name}, {where}", cohort)
        elif len(rows):
            yield _same_rows(one, other, rows, len(positions), cohort)


def _same_dyads(
    one: AnsweredQuestionnaire, other: AnsweredQuestionnaire, cohort: Cohort
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions, in each questionnaire, of the dyads that answered both; first row per dyad."""
    positions = []
    for answered in (one, other):
        first = is_named(answered.dyads, cohort) & ~answered.dyads.duplicated()
        positions.append(np.flatnonzero(first))
    names = [
        pd.Index(answered.dyads.iloc[rows])
        for answered, rows in zip((one, other), positions, strict=True)
    ]
    if names[0].equals(names[1]):
        return positions[0], positions[1]
    place = names[1].get_indexer(names[0])
    return positions[0][place >= 0], positions[1][place[place >= 0]]


def _same_answers(
    group: Sequence[AnsweredQuestionnaire], row: int, original: str, cohort: Cohort
) -> Violation:
    n = sum(int((answered.responses[row] != NO_RESPONSE).sum()) for answered in group)
    names = " and ".join(answered.name for answered in group)
    return Violation(
        "same_answers",
        cohort.severity("same_answers"),
        group[0].path,
        f"all {n} answers to {names} are identical to those of {original}; this is very unlikely"
        " by chance.",
        "Compare both with the original sheets: one was probably pasted over the other.",
        row=int(group[0].dyads.index[row]),
        dyad=str(group[0].dyads.iloc[row]),
    )


def _same_rows(
    one: AnsweredQuestionnaire,
    other: AnsweredQuestionnaire,
    rows: NDArray[np.int64],
    n_both: int,
    cohort: Cohort,
) -> Violation:
    """Several people with the same answers on two occasions, or by two raters."""
    numbers = [int(number) for number in other.dyads.index[rows]]
    return Violation(
        "same_answers",
        cohort.severity("same_answers"),
        other.path,
        f"for {len(rows)} of {n_both} {cohort.case}s, all answers to {other.name} are identical to"
        f" their answers to {one.name} of {one.path}; this is very unlikely by chance: rows"
        f" {quoted_list(numbers, most=MOST_ROWS)}.",
        "Compare both with the original sheets: the one was probably entered or pasted twice.",
        row=numbers[0],
    )


def _straight_line_violations(
    answered: AnsweredQuestionnaire, lines: pd.DataFrame, cohort: Cohort
) -> Iterator[Violation]:
    if lines.empty:
        return
    contradictory = lines[lines["kind"] == "contradictory"]
    for row, length, _, _, _, _ in contradictory.itertuples(name=None):
        yield Violation(
            "contradictory_straight_line",
            cohort.severity("contradictory_straight_line"),
            answered.path,
            f"{answered.name} has the same answer {length} times in a row, although some of these"
            " items mean the opposite of the others.",
            "Look at the original sheet; decide before the analysis whether such questionnaires"
            " count.",
            row=int(answered.dyads.index[row]),
            dyad=str(answered.dyads.iloc[row]) or None,
        )
    for kind, what, remedy in (
        ("plain", "the same answer", "Look at these rows, if that is unlikely for these items."),
        ("lowest", "the lowest answer", "Nothing: that is usual where few symptoms are reported."),
    ):
        rows = lines.index[lines["kind"] == kind].to_numpy(dtype=np.int64)
        if len(rows):
            least = int(lines["length"][rows].min())
            text = f"gave {what} to {least} or more items of {answered.name} in a row"
            yield _counted(answered, "straight_line", rows, text, remedy, cohort)


def _low_variability(
    answered: AnsweredQuestionnaire, lines: pd.DataFrame, cohort: Cohort
) -> Iterator[Violation]:
    """One count of people whose answers hardly vary; people with a straight line are excluded."""
    instrument = answered.instrument
    if not instrument.reverse and instrument.n_items < LONG_SCALE:
        return
    enough = (answered.responses != NO_RESPONSE).sum(axis=1) >= max(
        SHORTEST_RUN, -(-instrument.n_items // 2)
    )
    codes = instrument.response
    least = LEAST_VARIABILITY * codes.step
    low = enough & (response_variability(answered.responses) < least)
    low[lines.index.to_numpy(dtype=np.int64)] = False
    rows = np.flatnonzero(low)
    if len(rows):
        spread = f"SD over items < {codes.given(least)}"
        text = f"answered nearly all items of {answered.name} alike ({spread})"
        remedy = "Look at these rows, if that is unlikely for these items."
        yield _counted(answered, "low_variability", rows, text, remedy, cohort)


def _unusual_answers(answered: AnsweredQuestionnaire, cohort: Cohort) -> Iterator[Violation]:
    distances = mahalanobis_distances(answered.responses)
    rows = distances.outliers() if distances.df else np.empty(0, dtype=np.int64)
    if len(rows):
        by_chance = distances.n * OUTLIER_LEVEL
        text = (
            f"answered {answered.name} unlike the others (Mahalanobis distance, p <"
            f" .001; about {by_chance:.1g} by chance in normal data, more in skewed)"
        )
        remedy = "Look at the first of these rows for answers at random or slips of the keyboard."
        yield _counted(answered, "unusual_answers", rows, text, remedy, cohort)


def _counted(
    answered: AnsweredQuestionnaire,
    rule: str,
    rows: NDArray[np.int64],
    text: str,
    remedy: str,
    cohort: Cohort,
) -> Violation:
    """One violation about several rows, placed at the first of them."""
    numbers = [int(number) for number in answered.dyads.index[rows]]
    who = f"{len(rows)} of {len(answered.dyads)} people"
    which = f"rows {quoted_list(numbers)}" if len(rows) > 1 else f"row {numbers[0]}"
    return Violation(
        rule,
        cohort.severity(rule),
        answered.path,
        f"{who} {text}: {which}.",
        remedy,
        row=numbers[0],
        dyad=(str(answered.dyads.iloc[rows[0]]) or None) if len(rows) == 1 else None,
    )
