"""What the scoring audit finds in a cohort's questionnaires, as violations."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from attune.analyses.reliability.estimate import feldt_interval
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.violations import Violation
from attune.intake.scoring_audit.codes import check_codes
from attune.intake.scoring_audit.file_scores import given_answers
from attune.intake.scoring_audit.item_findings import (
    TurnedItems,
    all_reversed,
    box_positions,
    item_violations,
    turned_items,
)
from attune.intake.scoring_audit.keyed_scales import thinned
from attune.intake.scoring_audit.other_keys import OtherKey, better_key
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument

FEWEST_FOR_ALPHA = 20
"""Complete questionnaires below which an alpha says little."""

MOST_PEOPLE = 5_000
"""Questionnaires that are looked at, evenly spread over the file: more make nothing clearer."""

ALPHA_MARGIN = 0.05
"""How far the upper limit of alpha must be below the lowest published one."""


def audit_scoring(
    questionnaires: Sequence[AnsweredQuestionnaire],
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
) -> list[Violation]:
    """Find keys that do not fit the answers, without any known answer.

    Items that point against their scale, items that the file holds reversed already, item numbers
    off by one, answers to another form, codes that begin elsewhere, and alphas far below all
    published ones. What is turned in every item of a questionnaire, or in every item of its only
    scale, cannot be seen in its own correlations.

    Parameters
    ----------
    questionnaires : sequence of AnsweredQuestionnaire
    cohort : Cohort
    instruments : mapping of id to Instrument
        The look-alikes of the questionnaires' instruments are found here.

    Returns
    -------
    list of Violation
        Rules `item_against_scale`, `item_direction_unclear`, `numbering_shifted`,
        `other_key_fits`, `codes_shifted`, `low_alpha_against_published`.
    """
    violations: list[Violation] = []
    for questionnaire in questionnaires:
        violations += check_codes(questionnaire, cohort)
        each = thinned(questionnaire, MOST_PEOPLE)
        turned = turned_items(each)
        found = list(_key_violations(each, turned, cohort, instruments))
        violations += found
        if all(violation.rule == "item_direction_unclear" for violation in found):
            violations += _low_alphas(each, turned, cohort)
    return violations


def _key_violations(
    questionnaire: AnsweredQuestionnaire,
    turned: TurnedItems,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
) -> Iterator[Violation]:
    """Findings about items, unless another key explains them all."""
    instrument = questionnaire.instrument
    other = better_key(given_answers(questionnaire), instrument, instruments, turned.against)
    if other is not None and other.kind == "shifted":
        yield _shifted(questionnaire, other, cohort)
        return
    if other is not None and other.kind == "already_reversed":
        yield all_reversed(questionnaire, instrument.reverse, cohort)
        return
    if other is not None and other.kind == "box_position":
        yield box_positions(questionnaire, instrument.anchor_flips, cohort)
        return
    if other is not None and other.kind == "look_alike":
        yield _look_alike(questionnaire, other, instruments[other.name], cohort)
    yield from item_violations(questionnaire, turned, cohort)


def _shifted(questionnaire: AnsweredQuestionnaire, other: OtherKey, cohort: Cohort) -> Violation:
    n = questionnaire.instrument.n_items
    item = 1 + (other.shift < 0)
    column = questionnaire.columns[item - 1]
    return Violation(
        "numbering_shifted",
        cohort.severity("numbering_shifted"),
        questionnaire.path,
        f"the columns of {questionnaire.name} seem to be off by one: column {column} answers like"
        f" item {item + other.shift}, not like item {item}, and so on through the {n} items"
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
    return Violation(
        "other_key_fits",
        cohort.severity("other_key_fits"),
        questionnaire.path,
        f"the answers to {questionnaire.name} fit the key of the {look_alike.abbreviation}"
        f" (`{look_alike.instrument}`) better than that of the"
        f" {questionnaire.instrument.abbreviation} ({_explained(other)}).",
        f"Look which form was given. If it was the {look_alike.abbreviation}, write `instrument:"
        f" {look_alike.instrument}` for this questionnaire in cohort.yaml.",
        column=questionnaire.columns[0],
    )


def _explained(other: OtherKey) -> str:
    return (
        f"that explains {100 * other.fit.other_explained:.0f} % of the squared correlations"
        f" between items, the declared key {100 * other.fit.explained:.0f} %"
    )


def _low_alphas(
    questionnaire: AnsweredQuestionnaire, turned: TurnedItems, cohort: Cohort
) -> Iterator[Violation]:
    """Scales whose alpha is below every published one by more than sampling explains."""
    instrument = questionnaire.instrument
    for scale, rows in turned.checks.groupby("scale", sort=False):
        published = [each.alpha for each in instrument.published_alphas.get(str(scale), [])]
        n, k = int(rows["n"].iloc[0]), len(rows)
        alpha = float(rows["alpha"].iloc[0])
        if not published or n < FEWEST_FOR_ALPHA or not np.isfinite(alpha):
            continue
        _, highest = feldt_interval(alpha, n, k, 0.99)
        if highest >= min(published) - ALPHA_MARGIN:
            continue
        yield Violation(
            "low_alpha_against_published",
            cohort.severity("low_alpha_against_published"),
            questionnaire.path,
            f"alpha of {scale} of {questionnaire.name} is {alpha:.2f} (n = {n}, 99 % interval up to"
            f" {highest:.2f}); published alphas go from {min(published):.2f} to"
            f" {max(published):.2f}.",
            "Look at the items of this scale on the cohort's page: are the columns the right ones?",
        )
