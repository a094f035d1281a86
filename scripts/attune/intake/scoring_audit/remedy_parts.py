"""Whether a remedy for some items fits the whole file, or one part of its rows only."""

from collections.abc import Sequence

import numpy as np

from attune.intake.agreement.answer_sheets import row_means, standardised
from attune.intake.agreement.direction_changes import clearest_part, part_in_words
from attune.intake.agreement.permutation import critical_z
from attune.intake.agreement.row_orders import first_rows
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.scoring_audit.keyed_scales import keyed_answers
from attune.specs.instrument import Instrument

LEVEL = 0.01
"""Level of the test whether the items point the other way in one part, over all parts."""

FEWEST_ROWS = 10
"""Rows of the smaller part."""


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
    chosen = sorted(items)
    mates = _mates(questionnaire.instrument, set(items))
    if not mates:
        return None
    keyed = keyed_answers(questionnaire)
    scores = np.where(np.isfinite(keyed), standardised(keyed), np.nan)
    own, other = (row_means(scores[:, np.array(part) - 1]) for part in (chosen, mates))
    order = first_rows(len(keyed), FEWEST_ROWS)
    part = clearest_part(own, other, order, FEWEST_ROWS)
    if part is None or part.block.z < critical_z(LEVEL / (2 * len(order.start))):
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
