"""Single item columns that left their questionnaire: pasted, sorted or filled by themselves.

Answers of such a column are possible ones. The same item on other occasions, the other items and
the order of the rows show that they are not those of the people in whose rows they stand.
"""

from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import (
    AnswerSheet,
    in_frame,
    in_words,
    over_occasions,
    people_once,
    standardised,
)
from attune.intake.agreement.equal_content import EQUAL_SHARE
from attune.intake.agreement.item_columns import (
    FALSE_ALARMS,
    KAPPA,
    Matrix,
    binomial_tail,
    clipped,
    has_items,
    rarely_other,
    scale_mates,
)
from attune.intake.agreement.permutation import FEWEST_PEOPLE, critical_z
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FEWEST_RELATED = 20
"""People from whom the relation of an item to its scale is compared between occasions."""

LEFT_OVER = 0.4
"""Share of its relation to the scale that an item which lost it may have kept, at most."""

OF_ITEMS = 0.06
"""Standard deviation over items of how their relation to the scale changes between occasions, as
Fisher's z, beyond sampling: the largest of 42 questionnaires in the shipped and reference cohorts;
their mean is 0."""

MOST_ODD = 0.25
"""Share of the items of a questionnaire of which more than chance is no fault of single columns."""

IN_ORDER = 0.5
"""Agreement beyond chance with the row some rows above from which a column is looked at."""

OF_NEIGHBOURS = 0.1
"""The same that is taken as possible in any file, as neighbouring rows may resemble each other."""

MOST_PERIOD = 11
"""Rows up to which a repeated series is looked for."""

TYPICAL = 2 / 3
"""Share of the usual relation to the scale from which a column fits where it stands: of a file that
is sorted by one item."""


def pasted_items(
    sheets: Sequence[AnswerSheet], cohort: Cohort, n_people: int
) -> Iterator[Violation]:
    """Rule `items_alike`: an item column that was pasted from another occasion.

    As `copied_items`, of the same item on two occasions: 95 % of the people give the same answer,
    which is improbable (binomial, `FALSE_ALARMS` divided by the pairs of occasions) for an item
    that people repeat as closely as they repeat the closest other item (kappa, at least `KAPPA`).
    Many items are one finding; all items are a copy of the questionnaire (rule `same_content`).
    """
    units = [people_once(sheet) for sheet in sheets if has_items(sheet)]
    pairs = [
        (series[one], series[other])
        for series in over_occasions(units)
        for other in range(len(series))
        for one in range(other)
    ]
    for first, second in pairs:
        before, after = (in_frame(sheet.answers, sheet, n_people) for sheet in (first, second))
        equal, both, kappa, chance = _repeated(before, after)
        near = (equal >= EQUAL_SHARE * both) & (both >= FEWEST_PEOPLE)
        if not near.any() or near.all():
            continue
        closest = float(kappa[~near].max(initial=KAPPA))
        expected = both * (chance + (1 - chance) * closest)
        pasted = [
            int(item)
            for item in np.flatnonzero(near)
            if binomial_tail(int(equal[item]), int(both[item]), expected[item] / both[item])
            <= FALSE_ALARMS / len(pairs)
        ]
        if len(pasted) > _most_odd(near):
            yield _pasted_part(first, second, pasted, cohort)
            continue
        for item in pasted:
            n, alike = int(both[item]), int(equal[item])
            who = f"all {n}" if alike == n else f"{alike} of {n}"
            yield Violation(
                "items_alike",
                cohort.severity("items_alike"),
                second.path,
                f"{who} people gave the same answer to item {item + 1} of {second.name} as in"
                f" {first.name} of {first.path}; of the other items that people repeat most"
                f" closely, {expected[item]:.0f} would be expected.",
                "The column was probably pasted from the other occasion, or cohort.yaml reads it"
                " for both: compare some answers with the original questionnaires.",
                item=item + 1,
            )


def _pasted_part(
    first: AnswerSheet, second: AnswerSheet, pasted: Sequence[int], cohort: Cohort
) -> Violation:
    """One finding for many items: a part of the questionnaire, such as a page of the form."""
    items = in_words([str(item + 1) for item in pasted])
    return Violation(
        "items_alike",
        cohort.severity("items_alike"),
        second.path,
        f"nearly everybody gave the same answers to items {items} of {second.name} as in"
        f" {first.name} of {first.path}, but not to the other items.",
        "These columns were probably pasted from the other occasion, or cohort.yaml reads them for"
        " both: compare some answers with the original questionnaires.",
        item=pasted[0] + 1,
    )


def _most_odd(items: NDArray[np.bool_]) -> int:
    """Items of a questionnaire up to which they are a fault of single columns."""
    return max(1, int(MOST_ODD * len(items)))


def _repeated(before: Matrix, after: Matrix) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """Per item: people with equal answers, with both, kappa, agreement by chance."""
    given = np.isfinite(before) & np.isfinite(after)
    both = given.sum(axis=0).astype(float)
    n = np.maximum(both, 1)
    equal = ((before == after) & given).sum(axis=0).astype(float)
    codes = np.unique(after[given])[:, None, None]
    times = [((answers == codes) & given).sum(axis=1) for answers in (before, after)]
    chance = (times[0] * times[1]).sum(axis=0) / n**2
    kappa = np.divide(equal / n - chance, 1 - chance, out=np.zeros_like(n), where=chance < 1 - 1e-9)
    return equal, both, kappa, chance


def unrelated_items(
    sheets: Sequence[AnswerSheet], cohort: Cohort, explained: Collection[tuple[str, int]]
) -> Iterator[Violation]:
    """Rule `item_unrelated`: an item that goes along with its scale on other occasions only.

    The correlation of each item with the others of its shortest scale is compared between one
    occasion and the others together, as Fisher's z. If the answers belong to the people, their
    difference less the median of those of all items of the questionnaire is about normal with the
    variance 1 / (n - 3) + 1 / sum (n_u - 3) + `OF_ITEMS`^2. Reported is an item whose difference
    exceeds the family-wise level `FALSE_ALARMS`, corrected for all items and occasions, and of
    whose correlation at most `LEFT_OVER` is left, on both sides of zero: an item that runs against
    its scale is another fault. Of items given once, no correlation is too low to be sound.

    Parameters
    ----------
    sheets, cohort
    explained : collection of (str, int)
        File and item of columns that another finding names already.
    """
    units = [people_once(sheet) for sheet in sheets if has_items(sheet)]
    units = [sheet for sheet in units if len(sheet.people) >= FEWEST_RELATED]
    compared = list(over_occasions(units))
    n_tests = sum(sheet.answers.shape[1] for series in compared for sheet in series)
    limit = critical_z(FALSE_ALARMS / max(n_tests, 1))
    for series in compared:
        r = np.stack([relation_to_scale(sheet) for sheet in series])
        weight = np.array([len(sheet.people) - 3.0 for sheet in series])[:, None]
        fisher = np.arctanh(np.clip(np.nan_to_num(r), -0.999, 0.999))
        for place, sheet in enumerate(series):
            others = np.arange(len(series)) != place
            total = weight[others].sum()
            usual = (fisher * weight)[others].sum(axis=0) / total
            known = np.isfinite(r).all(axis=0)
            change = usual - fisher[place]
            change -= np.median(change[known]) if known.any() else 0.0
            z = change / np.sqrt(1 / weight[place] + 1 / total + OF_ITEMS**2)
            lost = known & (z >= limit) & (np.abs(r[place]) <= LEFT_OVER * np.tanh(usual))
            if lost.sum() > _most_odd(lost):
                continue
            for item in np.flatnonzero(lost) + 1:
                if (sheet.path, int(item)) not in explained:
                    yield _unrelated(sheet, int(item), r[place], np.tanh(usual), cohort)


def _unrelated(
    sheet: AnswerSheet, item: int, here: Matrix, usual: Matrix, cohort: Cohort
) -> Violation:
    return Violation(
        "item_unrelated",
        cohort.severity("item_unrelated"),
        sheet.path,
        f"item {item} of {sheet.name} has hardly anything to do with its scale (r ="
        f" {here[item - 1]:.2f} with the other items), unlike on other occasions"
        f" ({usual[item - 1]:.2f}).",
        "The column may hold the answers of other people or of another item, or was sorted by"
        " itself: compare some rows with the original questionnaires.",
        item=item,
    )


def relation_to_scale(sheet: AnswerSheet) -> Matrix:
    """Correlation of each item with the sum of the others of its shortest scale.

    NaN for items that nearly everybody answers alike, and those without a scale.
    """
    own = clipped(standardised(sheet.keyed))
    expected = clipped(standardised(own @ scale_mates(sheet).T))
    r = (own * expected).mean(axis=0)
    r[rarely_other(sheet.keyed) | ~own.any(axis=0) | ~expected.any(axis=0)] = np.nan
    return np.asarray(r)


def ordered_items(sheets: Sequence[AnswerSheet], cohort: Cohort) -> Iterator[Violation]:
    """Rule `item_in_row_order`: an item column that was sorted or filled by itself.

    A column that was sorted alone repeats the row above, one in which a spreadsheet program
    continued a series the row of one period above, and one that was filled down has one value in
    many consecutive rows. If people stand in the rows without regard to an item, two of them have
    the same answer with a probability q that follows from the frequencies of the codes, and the
    next of n rows with k answers of a code, of which i are used up, with (k - i) / (n - i). Files
    sorted by severity or site raise both in all items: as in `copied_items`, q + (1 - q) c is
    taken, c being the agreement beyond chance of the closest other item, at least
    `OF_NEIGHBOURS`. Reported is a column

    * with an agreement beyond chance of `IN_ORDER` or more over some period, if its number of equal
      pairs of rows is improbable (binomial), or
    * whose longest run of one value is improbable (the product of the probabilities of its rows,
      times the places where it may begin).

    Each of the two has half of `FALSE_ALARMS`, divided by periods and questionnaires, or by items.
    A file may be sorted by one item, which then still fits the others. So columns whose correlation
    with the scale is above `TYPICAL` of the usual one are left out, but for runs beside which the
    other rows are in no order.
    """
    units = [people_once(sheet) for sheet in sheets if has_items(sheet)]
    units = [sheet for sheet in units if len(sheet.people) >= FEWEST_PEOPLE]
    level = FALSE_ALARMS / 2 / (max(len(units), 1) * MOST_PERIOD)
    of_runs = FALSE_ALARMS / 2 / max(sum(sheet.answers.shape[1] for sheet in units), 1)
    for sheet in units:
        r = relation_to_scale(sheet)
        usual = float(np.nanmedian(r)) if np.isfinite(r).any() else 0.0
        fits = np.nan_to_num(r, nan=0.0) > TYPICAL * max(usual, 0.0)
        found = dict(_series(sheet.answers, fits, level))
        found |= dict(_long_runs(sheet.answers, fits, of_runs))
        if len(found) > _most_odd(fits):
            continue
        for item, what in found.items():
            yield Violation(
                "item_in_row_order",
                cohort.severity("item_in_row_order"),
                sheet.path,
                f"item {item + 1} of {sheet.name} has {what}, unlike the other items.",
                "The column was probably sorted by itself, or filled down by a spreadsheet program:"
                " compare some rows with the original questionnaires.",
                item=item + 1,
            )


def _series(answers: Matrix, fits: NDArray[np.bool_], level: float) -> Iterator[tuple[int, str]]:
    """Items that repeat the row of one period above, shortest period last."""
    for period in range(min(MOST_PERIOD, len(answers) // 3), 0, -1):
        equal, pairs, kappa, chance = _repeated(answers[:-period], answers[period:])
        odd = kappa >= IN_ORDER
        closest = float(kappa[~odd].max(initial=OF_NEIGHBOURS))
        for item in np.flatnonzero(odd & ~fits):
            share = float(chance[item] + (1 - chance[item]) * closest)
            if binomial_tail(int(equal[item]), int(pairs[item]), share) <= level:
                above = "the row above" if period == 1 else f"{period} rows above"
                counts = f"{equal[item]:.0f} of {pairs[item]:.0f} rows"
                yield int(item), f"the same answer as {above} in {counts}"


def _long_runs(answers: Matrix, fits: NDArray[np.bool_], level: float) -> Iterator[tuple[int, str]]:
    """Items with an improbably long run of one value."""
    kappa = _repeated(answers[:-1], answers[1:])[2]
    for item, it_fits in enumerate(fits):
        column = answers[np.isfinite(answers[:, item]), item]
        if len(column) < FEWEST_PEOPLE:
            continue
        longest, start = _longest_run(column)
        n, k = len(column), int((column == column[start]).sum())
        used = np.arange(longest)
        steps = (k - used) / (n - used)
        # Most runs are too short even if the other items had no order at all.
        if (n - longest + 1) * float(np.prod(steps)) > level:
            continue
        others = np.delete(kappa, item)
        closest = float(others[others < IN_ORDER].max(initial=OF_NEIGHBOURS))
        steps[1:] += (1 - steps[1:]) * closest
        if (n - longest + 1) * float(np.prod(steps)) > level:
            continue
        if not (it_fits and _in_order(np.delete(column, np.arange(start, start + longest)))):
            yield item, f"one and the same answer in {longest} consecutive rows of {n}"


def _longest_run(column: Matrix) -> tuple[int, int]:
    """Length and first row of the longest run of one value."""
    ends = np.append(np.flatnonzero(column[1:] != column[:-1]) + 1, len(column))
    starts = np.concatenate([[0], ends[:-1]])
    longest = int((ends - starts).argmax())
    return int(ends[longest] - starts[longest]), int(starts[longest])


def _in_order(column: Matrix) -> bool:
    """Whether rows of a column repeat the one above, or are too few to tell."""
    if len(column) < FEWEST_PEOPLE:
        return True
    return bool(_repeated(column[:-1, None], column[1:, None])[2][0] >= IN_ORDER)
