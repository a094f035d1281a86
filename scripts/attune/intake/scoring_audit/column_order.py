"""Columns whose headings are those of other items: in another order, or of another questionnaire.

The alphas of such columns are low in several scales at once, since each holds items of all. A scale
that measures badly in a sample is alone with that, or its items still belong together more than to
those of other scales.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.violations import Violation
from attune.intake.scoring_audit.file_scores import given_answers
from attune.intake.scoring_audit.item_findings import miskeyed_items
from attune.intake.scoring_audit.key_fit import compare_keys, key_structure, orders_as_good
from attune.intake.scoring_audit.keyed_scales import thinned
from attune.intake.scoring_audit.other_keys import can_hold
from attune.specs.cohort import Cohort

FEWEST_SCALES = 2
"""Scales without common items from which low alphas are no matter of a single scale."""

SHARE_OF_SCALES = 0.5
"""Share of the scales with published alphas from which the columns are doubted, not the scales."""

AS_GOOD = 0.05
"""Share of random orders of the columns that may fit as well as the given one."""

FEWEST_ITEMS = 6
"""Columns that two questionnaires must have in common to be compared with each other's key."""

EACH = 1.0
"""z by which the key of the other questionnaire must explain more, in each of the two."""

TOGETHER = 2.5
"""The same of both together, (z + z) / sqrt(2). The right key explains more itself: of 1,500 pairs
of sound questionnaires none comes near (see docs/scoring_audit.md)."""

MOST_MAPPED = 12
"""Columns that the remedy of sorted headings lists."""


@dataclass(frozen=True)
class LowAlpha:
    """A scale whose alpha is below all published ones."""

    scale: str
    items: frozenset[int]
    alpha: float
    lowest_published: float


def incoherent_scales(
    questionnaire: AnsweredQuestionnaire, low: Sequence[LowAlpha], n_scales: int, cohort: Cohort
) -> Violation | None:
    """Rule `scales_not_coherent`: low alphas of several scales that point to the columns.

    Reported where at least `FEWEST_SCALES` scales without common items are low, and
    `SHARE_OF_SCALES` of the `n_scales` that can be compared, and more than `AS_GOOD` of 99 random
    orders of the columns explain the correlations between items as well as the given one.
    """
    apart: list[LowAlpha] = []
    for scale in sorted(low, key=lambda scale: len(scale.items)):
        if not any(scale.items & other.items for other in apart):
            apart.append(scale)
    if len(apart) < FEWEST_SCALES or len(low) < SHARE_OF_SCALES * n_scales:
        return None
    structure = key_structure(questionnaire.instrument)
    if orders_as_good(given_answers(questionnaire), structure) <= AS_GOOD:
        return None
    alphas = ", ".join(
        f"{scale.scale} {scale.alpha:.2f} (published: {scale.lowest_published:.2f} or more)"
        for scale in low
    )
    return Violation(
        "scales_not_coherent",
        cohort.severity("scales_not_coherent"),
        questionnaire.path,
        f"the items of {questionnaire.name} belong to its scales no more than in a random order:"
        f" alphas are far below all published ones in {len(low)} of {n_scales} scales: {alphas}.",
        "Probably these are not the items that the headings name: look whether the columns are in"
        " another order than the items, as in an export in the order of presentation, or those of"
        " another questionnaire, and correct `columns:` in cohort.yaml.",
        column=questionnaire.columns[0],
    )


def exchanged_headings(
    questionnaires: Sequence[AnsweredQuestionnaire], cohort: Cohort, most_people: int
) -> Iterator[tuple[Violation, tuple[AnsweredQuestionnaire, AnsweredQuestionnaire]]]:
    """Rule `headings_exchanged`: two questionnaires under each other's headings.

    Compared are two instruments of one rater on one occasion, in as many items as the shorter one
    has, if each one's codes hold the other's answers. Reported where the answers to each fit the
    key of the other better (`compare_keys`), by `EACH` standard errors in each and by `TOGETHER` in
    both.

    Yields
    ------
    (Violation, pair of AnsweredQuestionnaire)
    """
    for one, other in combinations(questionnaires, 2):
        if one.key[1:] != other.key[1:] or one.key[0] == other.key[0]:
            continue
        n_items = min(one.instrument.n_items, other.instrument.n_items)
        if n_items < FEWEST_ITEMS:
            continue
        z = _better_by(one, other, n_items, most_people)
        if z < EACH:
            continue
        again = _better_by(other, one, n_items, most_people)
        if again < EACH or z + again < TOGETHER * np.sqrt(2):
            continue
        violation = Violation(
            "headings_exchanged",
            cohort.severity("headings_exchanged"),
            other.path,
            f"the answers under the headings of {one.name} fit the key of"
            f" {other.instrument.abbreviation} better than their own, and those of {other.name} the"
            f" key of {one.instrument.abbreviation}.",
            f"Probably the headings of the two were exchanged ({one.columns[0]} ... and"
            f" {other.columns[0]} ...): compare some columns with the forms, and exchange the two"
            " in the file, or `columns:` in cohort.yaml.",
            column=other.columns[0],
        )
        yield violation, (one, other)


def _better_by(
    one: AnsweredQuestionnaire, other: AnsweredQuestionnaire, n_items: int, most_people: int
) -> float:
    """Z by which the answers to one fit the key of another better than their own; 0 if they do not.

    The other key must also explain enough (see `Comparison.enough`).
    """
    answers = given_answers(thinned(one, most_people))[:, :n_items]
    if not can_hold(other.instrument, answers):
        return 0.0
    own, foreign = (key_structure(key).first(n_items) for key in (one.instrument, other.instrument))
    (fit,) = compare_keys(answers, own, [foreign])
    return max(fit.z, 0.0) if fit.enough else 0.0


def sorted_headings(
    questionnaire: AnsweredQuestionnaire, sheet_columns: Sequence[str], cohort: Cohort
) -> Violation | None:
    """One violation where the answers follow the order of the columns, not their headings.

    It is one where items point against their scales as the headings name them, and none does if
    the columns hold items 1, 2, 3 ... in the order of the file.

    Parameters
    ----------
    questionnaire : AnsweredQuestionnaire
    sheet_columns : sequence of str
        All columns of its file, in their order.
    cohort : Cohort
    """
    place_of = {column: place for place, column in enumerate(sheet_columns)}
    order = np.argsort([place_of[column] for column in questionnaire.columns])
    if np.array_equal(order, np.arange(len(order))):
        return None
    declared = miskeyed_items(questionnaire)
    if not declared.against:
        return None
    moved = replace(questionnaire, responses=questionnaire.responses[:, order])
    left = miskeyed_items(moved)
    before = len(declared.against) + len(declared.unclear)
    if left.against or len(left.unclear) > before / 2:
        return None
    in_file = [questionnaire.columns[item] for item in order]
    how = " as words" if in_file == sorted(in_file) else ""
    pairs = [f"{item}: {column}" for item, column in enumerate(in_file[:MOST_MAPPED], start=1)]
    more = ", ..." if len(in_file) > MOST_MAPPED else ""
    return Violation(
        "headings_sorted",
        cohort.severity("headings_sorted"),
        questionnaire.path,
        f"the headings of {questionnaire.name} stand in the order {', '.join(in_file[:3])} ...: as"
        f" they name the items, {_items_point(declared.against)} against the others; if the"
        " columns hold the items in the order of the file, none does.",
        f"Probably the headings were sorted{how} without the answers below them. Compare the first"
        " columns with the form; if so, write"
        f" `columns: {{{', '.join(pairs)}{more}}}` for this questionnaire in cohort.yaml.",
        column=in_file[0],
    )


def _items_point(items: Sequence[int]) -> str:
    listed = ", ".join(map(str, items))
    return f"item {listed} points" if len(items) == 1 else f"items {listed} point"
