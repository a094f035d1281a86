"""Two raters of one instrument whose answers were exchanged in part: for some dyads, in some items.

The differences between the two raters' answers are looked at like the answers to a questionnaire:
what was exchanged is turned in it. All signs are positive in sound files if anything tells the
raters apart, and as often negative if nothing does.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import AnswerSheet, in_words, standardised
from attune.intake.agreement.item_columns import (
    binomial_tail,
    clipped,
    rarely_other,
    scale_mates,
)
from attune.intake.agreement.permutation import critical_z
from attune.intake.agreement.rater_exchange import RaterPair, rater_pairs
from attune.intake.agreement.retest import Retest, retests
from attune.intake.agreement.row_blocks import (
    FEWEST_ITEMS,
    FEWEST_PEOPLE,
    block_scores,
    reversed_block,
    row_parts,
)
from attune.intake.agreement.row_orders import place_in_words
from attune.intake.reading.sheets import quoted_list
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FALSE_ALARMS = 0.002
"""Family-wise level of each of the three tests: probability of a report in a sound cohort."""

LOWEST = 0.05
"""Share of the dyads whose difference is as opposite to that on other occasions by chance."""

OF_THE_OTHER = 2.0
"""z of an item's correlation with the other rater's scale from which it may be the other's item: a
miskeyed item is against both."""

Matrix = NDArray[np.float64]


def parts_of_raters(
    sheets: Sequence[AnswerSheet], sample: pd.DataFrame, cohort: Cohort, comparable: bool = True
) -> Iterator[Violation]:
    """Rule `raters_exchanged`: the raters of some dyads, or some of their items, exchanged.

    Three tests of each two raters on one occasion, each at the level `FALSE_ALARMS`:

    * dyads in consecutive rows, every second to fifth row, or of a therapist or a category: the
      differences run against the items' mean differences, or against those of the same dyads on
      other occasions, as in `faulty_blocks`;
    * dyads anywhere: more dyads than the share `LOWEST` have a difference that is as opposite to
      their own on other occasions as that share of the differences of other dyads (binomial);
    * items: the differences in an item are negatively related to those in the other items of its
      scale and to those on other occasions, together, and each rater's answers to it are related to
      the scale of the other (`OF_THE_OTHER`).

    Parameters
    ----------
    sheets : sequence of AnswerSheet
    sample : pandas.DataFrame
        One row per compared person, in their order: therapist and categories.
    cohort : Cohort
    comparable : bool
        Whether other occasions are compared.
    """
    pairs = [
        pair
        for pair in rater_pairs(sheets, len(sample))
        if not pair.one.scale
        and pair.one.answers.shape[1] >= FEWEST_ITEMS
        and len(pair.difference.people) >= FEWEST_PEOPLE
    ]
    if not pairs:
        return
    differences = [pair.difference for pair in pairs]
    tested = retests(differences, len(sample)) if comparable else []
    again = {id(retest.sheet): retest for retest in tested}
    variables = {str(name): sample[name].to_numpy() for name in sample.columns}
    of_dyads: dict[object, list[tuple[float, Violation]]] = {}
    for pair, scores in zip(pairs, block_scores(differences, len(sample), comparable), strict=True):
        level = FALSE_ALARMS / len(pairs)
        block = reversed_block(scores, row_parts(pair.difference, variables), level / 3)
        retest = again.get(id(pair.difference))
        rows = np.empty(0, dtype=np.int64)
        if block is None and retest is not None:
            rows = _opposite_dyads(pair, retest, level)
        series = of_dyads.setdefault(pair.difference.series, [])
        if block is not None:
            people = pair.difference.people[block.rows]
            place = place_in_words(_numbers(pair, pair.difference.people), block)
            series.append(
                (block.z, _of_dyads(pair, f"{place} are", _numbers(pair, people), cohort))
            )
        elif len(rows):
            text = f"{len(rows)} people (rows {quoted_list(rows.tolist(), most=12)}) are"
            text = f"more people than chance explains, about {text}"
            series.append((-len(rows) / len(pair.one.people), _of_dyads(pair, text, rows, cohort)))
        items = _exchanged_items(pair, retest, level)
        if len(items):
            yield _of_items(pair, items, cohort)
    # Where one occasion differs from another, this one differs from it, too: the clearest counts.
    for found in filter(None, of_dyads.values()):
        yield min(found, key=lambda part: part[0])[1]


def _numbers(pair: RaterPair, people: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the row of each of these people in the first rater's file."""
    number = dict(zip(pair.one.people.tolist(), pair.one.numbers.tolist(), strict=True))
    return np.array([number[person] for person in people.tolist()], dtype=np.int64)


def _opposite_dyads(pair: RaterPair, retest: Retest, level: float) -> NDArray[np.int64]:
    """Rows of the dyads whose differences are opposite to their own elsewhere, if too many."""
    total = retest.total
    if total is None:
        return np.empty(0, dtype=np.int64)
    known = np.flatnonzero((total.products != 0).any(axis=1))
    products = total.products[np.ix_(known, known)]
    own = np.diag(products)[:, None]
    lower = (products < own).sum(axis=1) + 0.5 * ((products == own).sum(axis=1) - 1)
    opposite = (lower + 0.5) / len(known) <= LOWEST
    if binomial_tail(int(opposite.sum()), len(known), LOWEST) > level:
        return np.empty(0, dtype=np.int64)
    return np.sort(_numbers(pair, known[opposite]))


def _exchanged_items(pair: RaterPair, retest: Retest | None, level: float) -> NDArray[np.int64]:
    """Items whose differences run against the others, and that fit the other rater's scale."""
    sheet, mates = pair.difference, scale_mates(pair.difference)
    own = clipped(standardised(sheet.keyed))
    own[:, rarely_other(sheet.keyed)] = 0
    expected = own @ mates.T
    for other in retest.others if retest else []:
        place = np.full(max(sheet.people.max(), other.people.max()) + 1, -1)
        place[other.people] = np.arange(len(other.people))
        at = place[sheet.people]
        values = standardised(other.keyed)[at] * (at >= 0)[:, None]
        expected += values * np.sqrt(own.shape[1])
    root = np.sqrt(len(own) - 1)
    against = (own * clipped(standardised(expected))).mean(axis=0) * root
    candidates = against <= -critical_z(level / own.shape[1])
    if not candidates.any():
        return np.empty(0, dtype=np.int64)
    both = [
        standardised(rater.keyed[np.isin(rater.people, sheet.people)])
        for rater in (pair.one, pair.other)
    ]
    # The rows of the two raters may stand in different orders.
    orders = [
        np.argsort(rater.people[np.isin(rater.people, sheet.people)], kind="stable")
        for rater in (pair.one, pair.other)
    ]
    first, second = (values[order] for values, order in zip(both, orders, strict=True))
    sums = [standardised(values @ (mates * ~candidates).T) for values in (first, second)]
    crossed = ((first * sums[1]).mean(axis=0) + (second * sums[0]).mean(axis=0)) / 2 * root
    return np.flatnonzero(candidates & (crossed >= OF_THE_OTHER)) + 1


def _of_dyads(pair: RaterPair, who: str, rows: NDArray[np.int64], cohort: Cohort) -> Violation:
    first, second = pair.one.key[1], pair.other.key[1]
    return Violation(
        "raters_exchanged",
        cohort.severity("raters_exchanged"),
        pair.one.path,
        f"the answers of {first} and {second} to {pair.one.instrument.abbreviation} on"
        f" {pair.one.occasion} differ the other way round than usual: {who} concerned.",
        f"Probably the forms of {first} and {second} were exchanged for them, here or on the"
        " occasion that it is compared with: compare some with the original questionnaires, and"
        " exchange their answers in the file.",
        row=int(rows.min()),
    )


def _of_items(pair: RaterPair, items: NDArray[np.int64], cohort: Cohort) -> Violation:
    first, second = pair.one.key[1], pair.other.key[1]
    which = f"item {items[0]}" if len(items) == 1 else f"items {in_words(map(str, items))}"
    return Violation(
        "raters_exchanged",
        cohort.severity("raters_exchanged"),
        pair.one.path,
        f"{which} of {pair.one.instrument.abbreviation} on {pair.one.occasion}: the answers under"
        f" {first} go along with those of the {second} to the other items, and the other way"
        " round.",
        f"Probably {'this column is' if len(items) == 1 else 'these columns are'} exchanged between"
        f" {first} and {second}: compare some answers with the original questionnaires, and correct"
        " `columns:` in cohort.yaml, or the file.",
        item=int(items[0]),
    )
