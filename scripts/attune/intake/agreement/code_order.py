"""Codes in another order: two of them exchanged in all items, or all of them moved on in a circle.

Where 1 and 2 were exchanged, every answer is possible and every item points as it should, but items
that belong together, and the same items on other occasions, correlate less than they would with the
codes in their order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import (
    AnswerSheet,
    in_words,
    people_once,
    standardised,
)
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort, Questionnaire

FALSE_ALARMS = 0.01
"""Family-wise level: probability of a report in a cohort where no order of the codes fits better
than the given one. In a sound cohort every other order fits worse, and reports are rarer."""

FEWEST_PEOPLE = 20
"""People with answers below which no order is judged."""

FEWEST_ITEMS = 3
"""Items of a scale from which its correlations count."""

LEAST_GAIN = 0.01
"""Rise of a mean correlation below which an order is not better: codes that nobody uses may stand
anywhere."""

CODES = range(3, 8)
"""Numbers of codes that are judged; two have no other order but the opposite one, and more are
numbers rather than the labels of answers."""

Matrix = NDArray[np.float64]
Order = tuple[int, ...]


@dataclass(frozen=True)
class OtherOrder:
    """A questionnaire whose answers fit better with its codes in another order.

    Attributes
    ----------
    sheet : AnswerSheet
    order : tuple of int
        Place of the code that the answers of each code, lowest first, seem to mean.
    between_items : (float, float)
        Mean correlation between keyed items of a scale, as the codes are and in this order.
    over_occasions : (float, float) or None
        The same between an item and itself and the total on other occasions; None without any.
    strength : float
        How many standard errors the correlations rise, less the limit.
    """

    sheet: AnswerSheet
    order: Order
    between_items: tuple[float, float]
    over_occasions: tuple[float, float] | None
    strength: float


def codes_in_other_order(sheets: Sequence[AnswerSheet]) -> list[OtherOrder]:
    """The questionnaires whose codes seem to be in another order, each with the best one.

    Of each order (two codes exchanged, all codes moved on in a circle) it is tested whether the
    mean correlation between the items of a scale rises, alone and together with that between the
    items and other occasions. Each person adds a part to both (the products of her z scores), so
    that the rise is a mean over people with a standard error: a one-sided t test, at half of
    `FALSE_ALARMS` for each, divided by the questionnaires. The other orders of one questionnaire
    are not corrected for, since in a sound one all of them lower the correlations; of 900 simulated
    sound studies none was reported.

    The squared correlations must rise as well. Where items are keyed in the wrong direction, any
    disorder makes their correlations less negative, but not larger.

    Parameters
    ----------
    sheets : sequence of AnswerSheet
    """
    units = [sheet for sheet in map(people_once, sheets) if _has_labels(sheet)]
    limit = FALSE_ALARMS / (2 * max(len(units), 1))
    found: list[OtherOrder] = []
    series: dict[tuple[str, ...], list[AnswerSheet]] = {}
    for sheet in units:
        series.setdefault(sheet.series, []).append(sheet)
    for group in series.values():
        left = list(group)
        while left:
            judged = (_best_order(sheet, left, limit) for sheet in left)
            best = max(filter(None, judged), key=lambda other: other.strength, default=None)
            if best is None:
                break
            found.append(best)
            # The others are compared with what is right only.
            left = [sheet for sheet in left if sheet is not best.sheet]
    return found


def exchanged_codes(found: Sequence[OtherOrder], cohort: Cohort) -> Iterator[Violation]:
    """Rule `codes_exchanged`: one violation per questionnaire with its codes in another order."""
    for other in found:
        sheet, (before, after) = other.sheet, other.between_items
        rise = f"its items correlate {after:.2f} on average in place of {before:.2f}"
        if other.over_occasions is not None:
            there = other.over_occasions
            rise += f", and {there[1]:.2f} in place of {there[0]:.2f} with other occasions"
        yield Violation(
            "codes_exchanged",
            cohort.severity("codes_exchanged"),
            sheet.path,
            f"the codes of {sheet.name} seem to be in another order in all items:"
            f" {_order_in_words(other)}, {rise} (n = {len(sheet.people)}).",
            _remedy(other),
        )


def _has_labels(sheet: AnswerSheet) -> bool:
    """Whether the codes of a questionnaire stand for the labels of a few ordered answers."""
    return (
        not sheet.scale
        and not sheet.instrument.item_ranges
        and sheet.instrument.response.decimals == 0
        and _n_codes(sheet) in CODES
        and len(sheet.people) >= FEWEST_PEOPLE
        and bool(_mates(sheet).any())
    )


def _mates(sheet: AnswerSheet) -> Matrix:
    """1 for two items of a sum or mean scale of `FEWEST_ITEMS` or more, else 0, shape (k, k)."""
    key = sheet.instrument
    mates = np.zeros((key.n_items, key.n_items))
    for name in key.consistency_scales():
        items = np.array(key.items_of(name), dtype=int) - 1
        if key.scales[name].aggregation in ("sum", "mean") and len(items) >= FEWEST_ITEMS:
            mates[np.ix_(items, items)] = 1
    np.fill_diagonal(mates, 0)
    return mates


def _orders(n_codes: int) -> list[Order]:
    """The usual order, then those that are tried: two codes exchanged, or all moved on in a circle.

    Of an order and the opposite one, which gives the same correlations between items, the first.

    Examples
    --------
    >>> _orders(3)
    [(0, 1, 2), (1, 0, 2), (0, 2, 1)]
    >>> len(_orders(4))
    7
    """
    usual = tuple(range(n_codes))
    orders = [usual]
    for one, two in combinations(usual, 2):
        exchanged = list(usual)
        exchanged[one], exchanged[two] = two, one
        orders.append(tuple(exchanged))
    orders += [usual[by:] + usual[:by] for by in range(1, n_codes)]
    kept: list[Order] = []
    for order in orders:
        if order not in kept and _opposite(order) not in kept:
            kept.append(order)
    return kept


def _opposite(order: Order) -> Order:
    """The order with the codes running the other way."""
    return tuple(len(order) - 1 - place for place in order)


def _best_order(
    sheet: AnswerSheet, series: Sequence[AnswerSheet], level: float
) -> OtherOrder | None:
    """The order that raises the correlations most, if it raises them beyond chance."""
    from scipy.special import stdtrit

    orders = _orders(_n_codes(sheet))
    z, mates = _z_scores(sheet, orders), _mates(sheet)
    # Shape (orders, n): what each person adds to the mean correlation.
    within = ((z @ mates) * z).sum(axis=2) / mates.sum()
    strength, gain = _t(within - within[0]), within.mean(axis=1) - within[0].mean()
    elsewhere = _elsewhere(sheet, series)
    retest = np.zeros_like(within)
    if elsewhere is not None:
        # The opposite orders differ in the sign of the correlations with other occasions only.
        retest = (z * elsewhere).mean(axis=2)
        retest = np.concatenate([retest, -retest])
        orders = [*orders, *map(_opposite, orders)]
        within = np.tile(within, (2, 1))
        together = _scaled(within - within[0]) + _scaled(retest - retest[0])
        strength = np.maximum(np.tile(strength, 2), _t(together))
        gain = np.tile(gain, 2) + retest.mean(axis=1) - retest[0].mean()
        # A reversal is the finding of another rule.
        strength[len(orders) // 2] = 0
    limit = float(stdtrit(within.shape[1] - 1, 1 - level))
    size = _size(z[0], mates)
    better = np.flatnonzero((strength >= limit) & (gain >= LEAST_GAIN))
    clear = [int(at) for at in better if _size(z[at % len(z)], mates) > size]
    if not clear:
        return None
    at = max(clear, key=lambda place: float(gain[place]))
    return OtherOrder(
        sheet,
        orders[at],
        (float(within[0].mean()), float(within[at].mean())),
        None if elsewhere is None else (float(retest[0].mean()), float(retest[at].mean())),
        float(strength[at]) - limit,
    )


def _z_scores(sheet: AnswerSheet, orders: Sequence[Order]) -> Matrix:
    """The keyed answers in each order of the codes as z scores of their items, 0 for no answer.

    Shape (orders, n, k).
    """
    response = sheet.instrument.response
    given = np.isfinite(sheet.answers)
    places = np.where(given, (sheet.answers - response.minimum) / response.step, 0).astype(int)
    values = np.array(orders, dtype=float)[:, places]
    n = np.maximum(given.sum(axis=0), 1)
    means = (values * given).sum(axis=1) / n
    centred = np.where(given, values - means[:, None, :], 0.0)
    deviation = np.sqrt((centred**2).sum(axis=1) / n)
    reverse_scored = np.isin(np.arange(places.shape[1]) + 1, sheet.instrument.reverse)
    signs = np.where(reverse_scored, -1.0, 1.0)
    scale = np.where(deviation > 1e-9, signs / np.maximum(deviation, 1e-9), 0.0)
    return np.asarray(centred * scale[:, None, :])


def _size(z: Matrix, mates: Matrix) -> float:
    """Mean squared correlation between the items of a scale, whatever their signs are."""
    return float(((z.T @ z / len(z)) ** 2 * mates).sum() / mates.sum())


def _scaled(rises: Matrix) -> Matrix:
    """Each row in its standard deviation."""
    return rises / np.maximum(rises.std(axis=1, keepdims=True), 1e-9)


def _elsewhere(sheet: AnswerSheet, series: Sequence[AnswerSheet]) -> Matrix | None:
    """For each answer the mean z score of that item and of the total on other occasions.

    Shape (n, k), 0 for people without another occasion; None where there is none.
    """
    others = [other for other in series if other is not sheet]
    n_people = 1 + max(int(other.people.max()) for other in series)
    scores = np.zeros((n_people, sheet.answers.shape[1]))
    for other in others:
        both = standardised(other.keyed) + standardised(other.total[:, None])
        scores[other.people] += both / (2 * len(others))
    own = scores[sheet.people]
    return own if own.any() else None


def _t(rises: Matrix) -> Matrix:
    """Mean of each row in standard errors.

    Examples
    --------
    >>> _t(np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])).round(3).tolist()
    [3.464, 0.0]
    """
    error = rises.std(axis=1, ddof=1) / np.sqrt(rises.shape[1])
    return np.where(error > 1e-12, rises.mean(axis=1) / np.maximum(error, 1e-12), 0.0)


def _n_codes(sheet: AnswerSheet) -> int:
    response = sheet.instrument.response
    return (response.maximum - response.minimum) // response.step + 1


def _codes(sheet: AnswerSheet, order: Sequence[int]) -> list[int]:
    """The codes at some places."""
    response = sheet.instrument.response
    return [response.minimum + response.step * place for place in order]


def _order_in_words(other: OtherOrder) -> str:
    moved = [place for place, meant in enumerate(other.order) if place != meant]
    if len(moved) == 2:
        one, two = _codes(other.sheet, moved)
        return f"with {one} and {two} exchanged"
    given, meant = (_codes(other.sheet, order) for order in (sorted(other.order), other.order))
    return f"with {in_words(map(str, given))} read as {in_words(map(str, meant))}"


def _remedy(other: OtherOrder) -> str:
    """What to do: compare, then declare the codes; never a reversal."""
    declared, key = other.sheet.declared, other.sheet.instrument
    codes, meant = (_codes(other.sheet, order) for order in (sorted(other.order), other.order))
    text = (
        "Compare some answers with the original questionnaires, and the codes with the labels that"
        " the form prints."
    )
    if other.over_occasions is None:
        text += " Whether the codes run backwards as well, this questionnaire alone does not say."
    if not isinstance(declared, Questionnaire) or declared.already_reversed:
        return f"{text} If they differ, code the answers anew in the file."
    if declared.answers:
        return f"{text} If they differ, correct `answers:` of this questionnaire in cohort.yaml."
    by = 0 if declared.lowest_code is None else declared.lowest_code - key.response.minimum
    pairs = ", ".join(f'"{code + by}": {right}' for code, right in zip(codes, meant, strict=True))
    instead = "" if declared.lowest_code is None else " in place of `lowest_code:`"
    return (
        f"{text} If they differ, declare `answers: {{{pairs}}}` for this questionnaire in"
        f" cohort.yaml{instead}, or code the answers anew in the file."
    )
