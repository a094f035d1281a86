"""The scoring audit of a cohort: scoring keys that do not fit the responses, as violations."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from attune.intake.agreement.agreement import disordered_questionnaires
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
from attune.intake.scoring_audit.other_keys import OtherKey, better_key
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
    keys = list(_key_violations(audited, miskeyed, cohort, instruments))
    if any(violation.rule != "item_direction_unclear" for violation in keys):
        return codes + keys
    return [*codes, *keys, *_low_alphas(audited, miskeyed, cohort)]


def _key_violations(
    questionnaire: AnsweredQuestionnaire,
    miskeyed: MiskeyedItems,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
) -> Iterator[Violation]:
    """Violations of single items, or one violation where another key explains them all."""
    instrument = questionnaire.instrument
    other = better_key(given_answers(questionnaire), instrument, instruments, miskeyed.against)
    if other is not None and not _leaves_fewer(other, questionnaire, miskeyed, instruments):
        other = None
    if other is not None and other.kind == "shifted":
        yield _shifted(questionnaire, other, cohort)
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
    if other.kind == "shifted":
        items = (np.arange(questionnaire.instrument.n_items) - other.shift) % (
            questionnaire.instrument.n_items
        )
        moved = replace(questionnaire, responses=questionnaire.responses[:, items])
    elif other.kind == "look_alike":
        moved = replace(questionnaire, instrument=instruments[other.name])
    else:
        return True
    left = miskeyed_items(moved)
    before = len(miskeyed.against) + len(miskeyed.unclear)
    return not left.against and len(left.unclear) <= before / 2


def _shifted(questionnaire: AnsweredQuestionnaire, other: OtherKey, cohort: Cohort) -> Violation:
    n = questionnaire.instrument.n_items
    item = 1 + (other.shift < 0)
    column = questionnaire.columns[item - 1]
    return Violation(
        "numbering_shifted",
        cohort.severity("numbering_shifted"),
        questionnaire.path,
        f"the columns of {questionnaire.name} seem to be off by one: responses in {column}"
        f" resemble item {item + other.shift}, not item {item}, and so on through the {n} items"
        f" ({_explained(other)}).",
        "Compare the first columns with the questionnaire's form. If they are shifted, map each"
        f" item to its column, as in `columns: {{{item + other.shift}: {column}, ...}}`, in"
        " cohort.yaml.",
        column=column,
        item=item,
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
