"""Scales of a questionnaire that are reversed on one occasion, the other items being right."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import (
    AnswerSheet,
    in_frame,
    in_words,
    over_occasions,
    people_once,
    row_means,
    standardised,
)
from attune.intake.agreement.item_columns import clipped
from attune.intake.agreement.item_sets import (
    ItemSet,
    facets,
    others_of,
    set_score,
    turned_items,
)
from attune.intake.agreement.permutation import FEWEST_PEOPLE, critical_z
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FALSE_ALARMS = 0.002
"""Family-wise level: probability of a report in a sound cohort."""

STILL_AGAINST = 3.0
"""z of the change of an item's relation to the others to the other sign, from which the turned set
does not explain the answers."""

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class FacetRetest:
    """A set of items of one occasion, with what relates it to other occasions and other items.

    Attributes
    ----------
    sheet : AnswerSheet
    items : ItemSet
    others : list of AnswerSheet
        The same questionnaire on other occasions.
    retest : float
        Correlation of its score with the mean of those on the other occasions.
    here, elsewhere : float
        Its correlation with the other items, on this occasion and on the others (mean).
    z : float
        The lowest of three: of the retest, of the change of the other correlation in the direction
        of the other sign, and of both together.
    """

    sheet: AnswerSheet
    items: ItemSet
    others: list[AnswerSheet]
    retest: float
    here: float
    elsewhere: float
    z: float


def reversed_facets(
    sheets: Sequence[AnswerSheet], cohort: Cohort, n_people: int
) -> Iterator[tuple[Violation, AnswerSheet]]:
    """Rule `retest_negative`: a scale, or the items that the key reverses, turned on one occasion.

    Two signs are looked at, as Fisher's z: the score's correlation with itself on other occasions,
    which is positive in sound files; and its correlation with the other items, which has the same
    sign on all occasions. Reported where the retest is not positive, the relation to the other
    items has another sign than elsewhere, and the retest, the change of that relation, or their sum
    divided by the root of 2 is negative beyond the family-wise level `FALSE_ALARMS`, corrected for
    the three, all sets of items and all occasions. A retest below that level suffices alone where
    the other items have none.

    Of several scales of a questionnaire and of two occasions that differ, the clearest is reported,
    if all items point as on the other occasions once it is turned back.

    Yields
    ------
    (Violation, AnswerSheet)
        The finding and the questionnaire that it is about; of a therapist's report about herself,
        each row once.
    """
    repeated = list(over_occasions(map(people_once, sheets)))
    sets = {
        id(sheet): [*facets(sheet), *turned_items(sheet)] for series in repeated for sheet in series
    }
    to_others = {
        (id(sheet), items.items): _relation_to_others(sheet, items)
        for series in repeated
        for sheet in series
        for items in sets[id(sheet)]
    }
    tested = [
        facet
        for series in repeated
        for sheet in series
        for items in sets[id(sheet)]
        if (facet := _facet_retest(sheet, series, items, to_others, n_people)) is not None
    ]
    if not tested:
        return
    limit = -critical_z(FALSE_ALARMS / (3 * len(tested)))
    found: dict[object, FacetRetest] = {}
    for facet in sorted(tested, key=lambda facet: (facet.here > facet.elsewhere, facet.z)):
        if facet.z <= limit:
            found.setdefault(facet.sheet.series, facet)
    for facet in found.values():
        if _mends(facet):
            yield _violation(facet, cohort), facet.sheet


def _mends(facet: FacetRetest) -> bool:
    """Whether every item points as on the other occasions once the set is turned back.

    Not so where items are in another order: others run against the questionnaire, too.
    """
    back = replace(facet.sheet, answers=facet.sheet.turned(facet.items.items))
    here, n_here = _item_relations(back)
    elsewhere = [_item_relations(other) for other in facet.others]
    sizes = np.array([n for _, n in elsewhere], dtype=float)
    usual = np.average([fishers for fishers, _ in elsewhere], axis=0, weights=sizes)
    change = np.sign(usual) * (here - usual) / np.sqrt(1 / n_here + 1 / sizes.sum())
    return not bool(((change <= -STILL_AGAINST) & (here * usual < 0)).any())


def _item_relations(sheet: AnswerSheet) -> tuple[Vector, int]:
    """Fisher's z of each item with the mean of the others, and the people less three."""
    z = clipped(standardised(sheet.keyed))
    rest = standardised(z.sum(axis=1, keepdims=True) - z)
    r = (z * rest).mean(axis=0)
    return np.arctanh(np.clip(r, -0.999, 0.999)), max(len(z) - 3, 1)


def _relation_to_others(sheet: AnswerSheet, items: ItemSet) -> tuple[float, int]:
    """Correlation of a set of items with the other items of the questionnaire, and its n."""
    rest = set_score(sheet, others_of(sheet, items.items))
    return _relation(set_score(sheet, items.items), rest)


def _facet_retest(
    sheet: AnswerSheet,
    series: Sequence[AnswerSheet],
    items: ItemSet,
    to_others: Mapping[tuple[int, tuple[int, ...]], tuple[float, int]],
    n_people: int,
) -> FacetRetest | None:
    """The relations of a set of items; None where too few people have them.

    `to_others` has the relation of each sheet's sets to the other items.
    """
    others = [other for other in series if other is not sheet]
    own, *again = (
        in_frame(set_score(entry, items.items), entry, n_people) for entry in (sheet, *others)
    )
    retest, n = _relation(own, row_means(np.stack(again, axis=1)))
    relations = [to_others[id(entry), items.items] for entry in (sheet, *others)]
    (here, n_here), elsewhere = relations[0], [part for part in relations[1:] if part[1]]
    if min(n, n_here) < FEWEST_PEOPLE or not elsewhere:
        return None
    sizes = np.array([max(size - 3, 1) for _, size in elsewhere])
    fishers = np.arctanh([r for r, _ in elsewhere])
    usual = float((fishers * sizes).sum() / sizes.sum())
    error = np.sqrt(1 / (n_here - 3) + 1 / sizes.sum())
    change = np.sign(usual) * (float(np.arctanh(here)) - usual) / error
    z_retest = float(np.arctanh(retest) * np.sqrt(n - 3))
    z = min(z_retest, change, (z_retest + change) / np.sqrt(2))
    if z_retest > 0 or here * usual > 0:
        z = 0.0
    return FacetRetest(sheet, items, others, retest, here, float(np.tanh(usual)), float(z))


def _relation(one: Vector, other: Vector) -> tuple[float, int]:
    """Correlation without extremes, and its n; 0 of none where nothing varies."""
    both = np.isfinite(one) & np.isfinite(other)
    n = int(both.sum())
    if n < FEWEST_PEOPLE or np.ptp(one[both]) == 0 or np.ptp(other[both]) == 0:
        return 0.0, 0
    x, y = (clipped(standardised(values[both][:, None]))[:, 0] for values in (one, other))
    return float(np.clip((x * y).mean(), -0.999, 0.999)), n


def _violation(facet: FacetRetest, cohort: Cohort) -> Violation:
    sheet = facet.sheet
    elsewhere = in_words(f"{other.occasion} of {other.path}" for other in facet.others)
    which = (
        sheet.name if len(facet.others) > 1 else f"{sheet.name} (or of {facet.others[0].occasion})"
    )
    return Violation(
        "retest_negative",
        cohort.severity("retest_negative"),
        sheet.path,
        f"{facet.items.name} ({', '.join(map(str, facet.items.items))}) of {sheet.name} run"
        f" against the same items on other occasions: their score correlates {facet.retest:.2f}"
        f" with that on {elsewhere}, and {facet.here:.2f} with the other items of the"
        f" questionnaire, there {facet.elsewhere:.2f}.",
        f"Probably these items of {which} are reversed: compare some with the original"
        " questionnaires, and turn their codes back in the file.",
        item=facet.items.items[0],
    )
