"""Items that point against their scale, as violations with the remedy that fits the file."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from attune.intake.agreement.direction_changes import clearest_part, part_in_words
from attune.intake.agreement.item_sets import standard_score
from attune.intake.agreement.permutation import critical_z
from attune.intake.agreement.row_orders import first_rows
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.violations import Violation
from attune.intake.scoring_audit.code_shift import export_with_signs, signs_lost
from attune.intake.scoring_audit.item_table import Columns, item_columns, table_of
from attune.intake.scoring_audit.keyed_scales import judging_scales, keyed_answers
from attune.scoring.scores import NO_RESPONSE
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument

UNCLEAR = "item_direction_unclear"

PART_LEVEL = 0.01
"""Level of the test whether the items point the other way in one part, over all parts."""

FEWEST_ROWS = 10
"""Rows of the smaller part."""


@dataclass(frozen=True)
class MiskeyedItems:
    """Items of a questionnaire that, as keyed, correlate negatively with their scales.

    Attributes
    ----------
    columns : dict of str to list
        Those of the table that `item_checks` gives.
    against : list of int
        Items that point against their smallest scale, or against a larger one where the smallest is
        undecided.
    unclear : list of int
        Items with some evidence only.
    """

    columns: Columns
    against: list[int]
    unclear: list[int]

    @cached_property
    def checks(self) -> pd.DataFrame:
        """The table that `item_checks` gives."""
        return table_of(self.columns)


def miskeyed_items(questionnaire: AnsweredQuestionnaire) -> MiskeyedItems:
    """Combine the findings of all scales of each item.

    If the item fits its smallest scale, it is not reported: an item may well differ from the rest
    of a total. If the smallest scale is too small for a decision, a larger scale decides, but never
    a total of several facets, unless the item alone of its facet runs against it: a facet may run
    against the others, and then all of its items do. Else such a total gives unclear at most.
    """
    columns = item_columns(questionnaire)
    judges = judging_scales(questionnaire.instrument)
    scales, findings = columns["scale"], columns["finding"]
    items, rest = columns["item"], columns["item_rest_correlation"]
    size_of = Counter(scales)
    items_of: dict[str, list[int]] = {}
    finding_of: defaultdict[tuple[str, int], str] = defaultdict(str)
    for scale, item, finding in zip(scales, items, findings, strict=True):
        items_of.setdefault(scale, []).append(item)
        finding_of[scale, item] = finding
    rows_of: dict[int, list[int]] = {}
    for row, item in enumerate(items):
        rows_of.setdefault(item, []).append(row)
    against, unclear = [], []
    for item, rows in sorted(rows_of.items()):
        own = min(rows, key=lambda row: size_of[scales[row]])
        mates = [other for other in items_of[scales[own]] if other != item]
        rules = set()
        for row in rows:
            scale = scales[row]
            # The facet goes along with the total, and this item alone does not.
            alone = len(mates) > 1 and not any(finding_of[scale, other] for other in mates)
            judged = scale in judges[item] or (alone and scale != scales[own])
            rules.add(findings[row] if judged else findings[row] and UNCLEAR)
        fits = findings[own] == "" and not rest[own] < 0
        if "item_against_scale" in rules and not fits:
            against.append(item)
        elif rules != {""} and not fits:
            unclear.append(item)
    return MiskeyedItems(columns, against, unclear)


def item_violations(
    questionnaire: AnsweredQuestionnaire, miskeyed: MiskeyedItems, cohort: Cohort
) -> list[Violation]:
    """One violation per item, or one for all reversed items if it is all of them."""
    instrument = questionnaire.instrument
    tested = set(miskeyed.columns["item"])
    reversed_items = sorted(set(instrument.reverse) & tested)
    if len(miskeyed.against) > 1 and miskeyed.against == reversed_items:
        return [
            all_reversed(questionnaire, reversed_items, cohort),
            *_unclear(questionnaire, miskeyed, cohort),
        ]
    flips = sorted(set(instrument.anchor_flips) & tested)
    if len(flips) > 1 and miskeyed.against == flips:
        return [
            box_positions(questionnaire, flips, cohort),
            *_unclear(questionnaire, miskeyed, cohort),
        ]
    clear = [
        _violation("item_against_scale", questionnaire, miskeyed, item, cohort)
        for item in miskeyed.against
    ]
    return clear + _unclear(questionnaire, miskeyed, cohort)


def all_reversed(
    questionnaire: AnsweredQuestionnaire, items: Sequence[int], cohort: Cohort
) -> Violation:
    """All items that the key reverses point the wrong way."""
    remedy = "The file seems to hold them reversed already: declare `already_reversed: all` for"
    if questionnaire.declared.already_reversed:
        remedy = "The file seems to hold them as they were ticked: remove `already_reversed:` from"
    return Violation(
        "item_against_scale",
        cohort.severity("item_against_scale"),
        questionnaire.path,
        f"all {len(items)} items of {questionnaire.name} that the key reverses"
        f" ({_listed(items)}) point against the others.",
        _unless_in_part(questionnaire, items, f"{remedy} {_place(questionnaire)}.", items),
        column=questionnaire.columns[items[0] - 1],
    )


def box_positions(
    questionnaire: AnsweredQuestionnaire, items: Sequence[int], cohort: Cohort
) -> Violation:
    """The items whose answers the form prints in the opposite order point the wrong way."""
    return Violation(
        "item_against_scale",
        cohort.severity("item_against_scale"),
        questionnaire.path,
        f"the items {_listed(items)} of {questionnaire.name} point against the others; these are"
        " the items whose answers the form prints in the opposite order.",
        _unless_in_part(
            questionnaire,
            items,
            "The file seems to be coded by the position of the box. Reverse the codes of these"
            " columns in the file: code each answer by its label, not by its position.",
        ),
        column=questionnaire.columns[items[0] - 1],
    )


def _unclear(
    questionnaire: AnsweredQuestionnaire, miskeyed: MiskeyedItems, cohort: Cohort
) -> list[Violation]:
    return [
        _violation("item_direction_unclear", questionnaire, miskeyed, item, cohort)
        for item in miskeyed.unclear
    ]


def _violation(
    rule: str,
    questionnaire: AnsweredQuestionnaire,
    miskeyed: MiskeyedItems,
    item: int,
    cohort: Cohort,
) -> Violation:
    rows = miskeyed.checks[miskeyed.checks["item"] == item]
    # The scale with this finding; a smaller scale may only be unclear where a larger decides.
    deciding = rows[rows["finding"] == rule]
    row = (deciding if len(deciding) else rows[rows["finding"] != ""]).iloc[0]
    k = int((miskeyed.checks["scale"] == row["scale"]).sum())
    reverses = "the key reverses it" if row["reversed"] else "the key does not reverse it"
    # Where several items point the other way, they agree with each other and hide it.
    hidden = (
        " Other items point the same way as this one, so that these numbers do not show it."
        if rule == "item_against_scale" and row["item_rest_correlation"] > 0
        else ""
    )
    verb = "points" if rule == "item_against_scale" else "may point"
    turned = set(miskeyed.against) & set(questionnaire.instrument.reverse)
    return Violation(
        rule,
        cohort.severity(rule),
        questionnaire.path,
        f"the item {verb} against its scale {row['scale']} of {questionnaire.name}: keyed, it"
        f" correlates {row['item_rest_correlation']:.2f} with the other {k - 1} items"
        f" (n = {row['n']}); alpha is {row['alpha']:.2f}, and {row['alpha_if_reversed']:.2f} if"
        f" its keyed scores were reversed; {reverses}.{hidden}",
        _unless_in_part(questionnaire, [item], _remedy(questionnaire, miskeyed, item), turned)
        if rule == "item_against_scale"
        else "Compare the column with the questionnaire's form; nothing was changed.",
        column=str(row["column"]),
        item=item,
    )


def _remedy(questionnaire: AnsweredQuestionnaire, miskeyed: MiskeyedItems, item: int) -> str:
    reverse = questionnaire.instrument.reverse
    declared = questionnaire.declared.already_reversed
    already = set(reverse if declared == "all" else declared)
    if item not in reverse:
        return (
            "Look at the form: does the column hold this item, and was it coded from the other end?"
            " Correct `columns:` in cohort.yaml, or the codes in the file."
        )
    # The corrected list: without the wrongly declared items, with those that were found.
    right = sorted(already ^ (set(miskeyed.against) & set(reverse)))
    if item in already:
        value = f"`already_reversed: {right}`" if right else "no `already_reversed:`"
        return (
            f"The file seems to hold it as it was ticked: declare {value} for"
            f" {_place(questionnaire)}."
        )
    return (
        "The file seems to hold it reversed already: declare `already_reversed:"
        f" {right}` for {_place(questionnaire)}."
    )


def _unless_in_part(
    questionnaire: AnsweredQuestionnaire,
    items: Sequence[int],
    remedy: str,
    turned: Collection[int] = (),
) -> str:
    """The remedy, or why it would be wrong.

    It would be where signs are lost, where the items point the other way in one part of the rows
    only, and where `turned`, all items that it reverses, are not the only ones that are against.
    """
    if signs_lost(questionnaire):
        return export_with_signs(questionnaire)
    parts = part_that_is_against(questionnaire, items)
    if parts is not None:
        return only_for(parts, "`already_reversed:`")
    if not turned:
        return remedy
    left = left_against(questionnaire, turned)
    which = _named_items(left.against or left.unclear)
    if left.against:
        return (
            f"Declare nothing as reversed yet: even then {which} would point the other way."
            " Probably the columns are in another order than the items, as in an export in the"
            " order of presentation or with headings sorted as words (1, 10, 2): compare the"
            " headings with the form, and map each item to its column with `columns:` in"
            " cohort.yaml."
        )
    if left.unclear:
        return (
            f"{remedy} But first look whether the columns are in the order of the items: even then"
            f" {which} may point the other way."
        )
    return remedy


def _named_items(items: Sequence[int]) -> str:
    return f"item {items[0]}" if len(items) == 1 else f"items {_listed(items)}"


def left_against(questionnaire: AnsweredQuestionnaire, turned: Collection[int]) -> MiskeyedItems:
    """Items that point, or may point, against their scales once others are turned.

    Where items were only reversed twice, or not at all, turning them leaves none. In another order
    of the columns, reversed items stand where the key has others, and these are left.

    Parameters
    ----------
    questionnaire : AnsweredQuestionnaire
    turned : collection of int
        Item numbers.
    """
    columns = np.array(sorted(turned), dtype=int) - 1
    responses = questionnaire.responses.copy()
    ends = np.sum(questionnaire.instrument.stored_ends(), axis=0)[columns].astype(responses.dtype)
    given = responses[:, columns] != NO_RESPONSE
    responses[:, columns] = np.where(given, ends - responses[:, columns], NO_RESPONSE)
    return miskeyed_items(replace(questionnaire, responses=responses))


def _place(questionnaire: AnsweredQuestionnaire) -> str:
    return f"the questionnaire {questionnaire.name} in cohort.yaml"


def _listed(items: Sequence[int]) -> str:
    return ", ".join(str(item) for item in np.sort(items))


def part_that_is_against(
    questionnaire: AnsweredQuestionnaire, items: Sequence[int]
) -> tuple[str, str] | None:
    """The rows in which items point against the others, if they fit the others elsewhere.

    The score of the items is correlated with that of the others that share a scale with them (of
    items that the key reverses: of the others that it does not), within the first rows of the file
    up to each of twenty places and within the rest; see
    `attune.intake.agreement.direction_changes`.

    Parameters
    ----------
    questionnaire : AnsweredQuestionnaire
    items : sequence of int
        Item numbers.

    Returns
    -------
    (str, str) or None
        The rows where they are against the others and where they are not, in words; None where
        they point the same way throughout, or too little is known.
    """
    mates = _mates(questionnaire.instrument, set(items))
    if not mates:
        return None
    keyed = keyed_answers(questionnaire)
    own, other = (standard_score(keyed, part) for part in (sorted(items), mates))
    order = first_rows(len(keyed), FEWEST_ROWS)
    part = clearest_part(own, other, order, FEWEST_ROWS)
    if part is None or part.block.z < critical_z(PART_LEVEL / (2 * len(order.start))):
        return None
    words = part_in_words(questionnaire.dyads.index.to_numpy(np.int64), part.block)
    return words if part.inside < 0 else (words[1], words[0])


def _mates(key: Instrument, items: set[int]) -> list[int]:
    """The items that share a scale with these, without those that the same slip would turn."""
    shared = {
        item for scale in map(key.items_of, key.scales) if set(scale) & items for item in scale
    }
    turned = [set(likely) for likely in (key.reverse, key.anchor_flips) if items & set(likely)]
    return sorted(shared - items - set().union(*turned)) or sorted(shared - items)


def only_for(parts: tuple[str, str], remedy: str) -> str:
    """Advice in place of a remedy that fits one part only.

    Examples
    --------
    >>> only_for(("rows 2 to 9", "rows 10 to 17"), "`already_reversed:`").split(":")[0]
    'Nothing in cohort.yaml mends this, not even `already_reversed'
    """
    return (
        f"Nothing in cohort.yaml mends this, not even {remedy}: only in {parts[0]} do these items"
        f" point against the others, in {parts[1]} they fit. Compare some rows of both parts with"
        " the original questionnaires, and turn the codes of the wrong rows in the file."
    )
