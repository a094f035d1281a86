"""The scoring audit of a cohort: scoring keys that do not fit the responses, as violations."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from attune.intake.agreement.agreement import disordered_questionnaires
from attune.intake.agreement.answer_sheets import row_means
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.violations import Violation
from attune.intake.scoring_audit.code_shift import lost_signs, shifted_codes
from attune.intake.scoring_audit.column_order import (
    LowAlpha,
    exchanged_headings,
    incoherent_scales,
    sorted_headings,
)
from attune.intake.scoring_audit.file_scores import given_answers
from attune.intake.scoring_audit.item_findings import (
    MiskeyedItems,
    all_reversed,
    box_positions,
    item_violations,
    miskeyed_items,
)
from attune.intake.scoring_audit.keyed_scales import thinned
from attune.intake.scoring_audit.other_keys import (
    ORDERS_OF_ITEMS,
    OtherKey,
    better_key,
    order_of_words,
)
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study_checks import QuestionnaireKey, key_of
from attune.stats.alpha import feldt_interval

FEWEST_FOR_ALPHA = 20
"""Complete questionnaires below which alpha is not compared with published ones."""

MOST_PEOPLE = 5_000
"""Questionnaires that are audited, evenly spread over the file; more would not add precision."""

ALPHA_MARGIN = 0.05
"""Distance of the upper limit of alpha below the lowest published one that is reported."""


_ORDER_WORDS = {
    "shifted": "seem to be off by one",
    "back_to_front": "seem to stand back to front",
    "as_words": "seem to hold the items in the order of words (1, 10, 11, 2 ...)",
}

CLEARLY_LIKER = 0.3
"""How much less the item means of an order may be like those on other occasions than those of the
likest order."""

ABOUT_KEYS = frozenset(
    {
        "item_against_scale",
        "item_direction_unclear",
        "numbering_shifted",
        "other_key_fits",
        "low_alpha_against_published",
        "scales_not_coherent",
    }
)
"""Rules whose findings may be those of codes in another order, or of sorted answers."""


def audit_scoring(raw: RawCohort) -> list[Violation]:
    """Audit the scoring keys of all questionnaires of a cohort, as `audit_questionnaire`.

    Two under each other's headings, and one whose headings were sorted, are not audited: nothing
    about their keys would be true. Nor is anything said about the key of a questionnaire whose
    codes are in another order, or whose answers were sorted.
    """
    violations, elsewhere = [], set()
    disordered: set[QuestionnaireKey] | None = None
    for violation, pair in exchanged_headings(raw.questionnaires, raw.cohort, MOST_PEOPLE):
        violations.append(violation)
        elsewhere |= {id(questionnaire) for questionnaire in pair}
    for questionnaire in raw.questionnaires:
        if id(questionnaire) in elsewhere:
            continue
        columns = [str(column) for column in raw.sheets[questionnaire.declared.file].columns]
        of_headings = sorted_headings(thinned(questionnaire, MOST_PEOPLE), columns, raw.cohort)
        if of_headings is not None:
            violations.append(of_headings)
            continue
        again = [other for other in raw.questionnaires if _given_again(questionnaire, other)]
        found = audit_questionnaire(questionnaire, raw.cohort, raw.instruments, again)
        if any(violation.rule in ABOUT_KEYS for violation in found):
            if disordered is None:
                disordered = disordered_questionnaires(raw)
            if questionnaire.key in disordered:
                found = [entry for entry in found if entry.rule not in ABOUT_KEYS]
        violations += found
    return violations


def _given_again(one: AnsweredQuestionnaire, other: AnsweredQuestionnaire) -> bool:
    """Whether two are the same questionnaire on different occasions."""
    keys = key_of(one.declared), key_of(other.declared)
    same = [(instrument, rater, state) for instrument, rater, _, state in keys]
    return same[0] == same[1] and keys[0] != keys[1]


def audit_questionnaire(
    questionnaire: AnsweredQuestionnaire,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    others: Sequence[AnsweredQuestionnaire] = (),
) -> list[Violation]:
    """Find scoring keys that do not fit the responses, from the responses alone.

    Items that correlate negatively with their scale, items that the file holds reversed already,
    item numbers off by one, responses to another form, codes with another lowest value, and alphas
    far below all published ones. A fault that reverses every item of a questionnaire, or of its
    only scale, does not change the correlations and is not found.

    Parameters
    ----------
    questionnaire : AnsweredQuestionnaire
    cohort : Cohort
    instruments : mapping of id to Instrument
        Among them the look-alikes of the questionnaire's instrument.
    others : sequence of AnsweredQuestionnaire
        The same questionnaire on other occasions, which show whether its codes moved.

    Returns
    -------
    list of Violation
        Rules `item_against_scale`, `item_direction_unclear`, `numbering_shifted`,
        `other_key_fits`, `codes_shifted`, `low_alpha_against_published`, `scales_not_coherent`.
    """
    codes = [
        *shifted_codes(questionnaire, cohort, others),
        *lost_signs(questionnaire, cohort),
    ]
    audited = thinned(questionnaire, MOST_PEOPLE)
    miskeyed = miskeyed_items(audited)
    keys = list(_key_violations(audited, miskeyed, cohort, instruments, others))
    if any(violation.rule != "item_direction_unclear" for violation in keys):
        return codes + keys
    return [*codes, *keys, *_low_alphas(audited, miskeyed, cohort)]


def _key_violations(
    questionnaire: AnsweredQuestionnaire,
    miskeyed: MiskeyedItems,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    again: Sequence[AnsweredQuestionnaire],
) -> Iterator[Violation]:
    """Violations of single items, or one violation where another key explains them all."""
    instrument = questionnaire.instrument
    other = better_key(given_answers(questionnaire), instrument, instruments, miskeyed.against)
    if other is not None and not _leaves_fewer(other, questionnaire, miskeyed, instruments):
        other = None
    if other is not None and other.kind in ORDERS_OF_ITEMS:
        orders = [
            order
            for order in (other, *other.as_good)
            if _leaves_fewer(order, questionnaire, miskeyed, instruments)
        ]
        yield _other_order(questionnaire, _likelier(orders, questionnaire, again), cohort)
        return
    if other is not None and other.kind == "already_reversed":
        yield all_reversed(questionnaire, instrument.reverse, cohort)
        return
    if other is not None and other.kind == "box_position":
        yield box_positions(questionnaire, instrument.anchor_flips, cohort)
        return
    items = item_violations(questionnaire, miskeyed, cohort)
    if other is not None and other.kind == "look_alike":
        found = _look_alike(questionnaire, other, instruments[other.name], cohort)
        yield found
        # The other key explains these items: its remedy is theirs.
        items = [replace(item, remedy=found.remedy) for item in items]
    yield from items


def _leaves_fewer(
    other: OtherKey,
    questionnaire: AnsweredQuestionnaire,
    miskeyed: MiskeyedItems,
    instruments: Mapping[str, Instrument],
) -> bool:
    """Whether another order or form leaves no item that points the other way, and few that may.

    Of columns in any order, one off by one may fit better than the declared one by chance.
    """
    if other.kind in ORDERS_OF_ITEMS:
        items = _columns_of(other, questionnaire.instrument.n_items)
        moved = replace(questionnaire, responses=questionnaire.responses[:, items])
    elif other.kind == "look_alike":
        moved = replace(questionnaire, instrument=instruments[other.name])
    else:
        return True
    left = miskeyed_items(moved)
    before = len(miskeyed.against) + len(miskeyed.unclear)
    return not left.against and len(left.unclear) <= before / 2


def _columns_of(other: OtherKey, n: int) -> NDArray[np.intp]:
    """Position of the column that holds each item, in another order of the items."""
    items = np.arange(n)
    if other.kind == "as_words":
        return np.argsort(order_of_words(n))
    return items[::-1] if other.kind == "back_to_front" else (items - other.shift) % n


def _likelier(
    orders: Sequence[OtherKey],
    questionnaire: AnsweredQuestionnaire,
    again: Sequence[AnsweredQuestionnaire],
) -> list[OtherKey]:
    """The orders that the means of the items on other occasions do not rule out, the best first.

    Orders with the same reversed columns explain the correlations between items alike.
    """
    if len(orders) < 2 or not again:
        return list(orders)
    own = row_means(given_answers(questionnaire).T)
    means = row_means(np.array([row_means(given_answers(other).T) for other in again]).T)
    if not (np.isfinite(own).all() and np.isfinite(means).all() and own.std() and means.std()):
        return list(orders)
    n = len(own)
    like = [float(np.corrcoef(own[_columns_of(order, n)], means)[0, 1]) for order in orders]
    ranked = sorted(zip(like, range(len(orders)), strict=True), reverse=True)
    best = ranked[0][0]
    return [orders[at] for r, at in ranked if r >= best - CLEARLY_LIKER]


def _other_order(
    questionnaire: AnsweredQuestionnaire, orders: Sequence[OtherKey], cohort: Cohort
) -> Violation:
    """Rules `numbering_shifted` and `headings_sorted`: the columns hold other items.

    Several orders may explain it.
    """
    n, columns = questionnaire.instrument.n_items, questionnaire.columns
    words, mapped, places = [], [], []
    for order in orders:
        held = np.argsort(_columns_of(order, n)) + 1
        shift = order.shift if order.kind == "shifted" else 0
        # Of columns one place off, the first or the last holds the item from the other end.
        at = {"as_words": 1}.get(order.kind, int(shift < 0))
        places.append(at)
        words.append(
            f"{_ORDER_WORDS[order.kind]}: responses in {columns[at]} resemble item {held[at]}, not"
            f" item {at + 1}, and so on through the {n} items ({_explained(order)})"
        )
        mapped.append(f"`columns: {{{held[at]}: {columns[at]}, ...}}`")
    rule = "headings_sorted" if orders[0].kind == "as_words" else "numbering_shifted"
    several = len(orders) > 1
    return Violation(
        rule,
        cohort.severity(rule),
        questionnaire.path,
        f"the columns of {questionnaire.name} {'; or they '.join(words)}.",
        "Compare the first and the last columns with the questionnaire's form"
        + (", which says which of these is right" if several else "")
        + ". If they are in another order, map each item to its column, as in"
        f" {' or '.join(mapped)}, in cohort.yaml.",
        column=columns[places[0]],
        item=places[0] + 1,
    )


def _look_alike(
    questionnaire: AnsweredQuestionnaire, other: OtherKey, look_alike: Instrument, cohort: Cohort
) -> Violation:
    one, declared = look_alike.abbreviation, questionnaire.instrument.abbreviation
    if one == declared:
        one, declared = look_alike.name, questionnaire.instrument.name
    return Violation(
        "other_key_fits",
        cohort.severity("other_key_fits"),
        questionnaire.path,
        f"the answers to {questionnaire.name} fit the key of the {one}"
        f" (`{look_alike.instrument}`) better than that of the {declared} ({_explained(other)}).",
        f"Look which form was given. If it was the {one}, write `instrument:"
        f" {look_alike.instrument}` for this questionnaire in cohort.yaml.",
        column=questionnaire.columns[0],
    )


def _explained(other: OtherKey) -> str:
    return (
        f"that explains {100 * other.fit.other_explained:.0f} % of the squared correlations"
        f" between items, the declared key {100 * other.fit.explained:.0f} %"
    )


def _low_alphas(
    questionnaire: AnsweredQuestionnaire, miskeyed: MiskeyedItems, cohort: Cohort
) -> list[Violation]:
    """Scales whose alpha is below all published ones by more than sampling error.

    One finding about the columns, if they explain it.
    """
    instrument = questionnaire.instrument
    checks = miskeyed.columns
    notes, low, n_scales = [], [], 0
    for scale, k in Counter(checks["scale"]).items():
        published = [study.alpha for study in instrument.published_alphas.get(scale, [])]
        first = checks["scale"].index(scale)
        n, alpha = checks["n"][first], checks["alpha"][first]
        if not published or n < FEWEST_FOR_ALPHA or not np.isfinite(alpha):
            continue
        n_scales += 1
        _, highest = feldt_interval(alpha, n, k, 0.99)
        if highest >= min(published) - ALPHA_MARGIN:
            continue
        low.append(LowAlpha(scale, frozenset(instrument.items_of(scale)), alpha, min(published)))
        notes.append(
            Violation(
                "low_alpha_against_published",
                cohort.severity("low_alpha_against_published"),
                questionnaire.path,
                f"alpha of {scale} of {questionnaire.name} is {alpha:.2f} (n = {n}, 99 % interval"
                f" up to {highest:.2f}); published alphas go from {min(published):.2f} to"
                f" {max(published):.2f}.",
                "Look at the items of this scale on the cohort's page: are the columns the right"
                " ones?",
            )
        )
    incoherent = incoherent_scales(questionnaire, low, n_scales, cohort)
    return notes if incoherent is None else [incoherent]
