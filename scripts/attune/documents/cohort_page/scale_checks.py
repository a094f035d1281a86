"""Checks of scales: internal consistency, conspicuous items, number of scores."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.analyses.reliability.estimate import consistency
from attune.documents.cohort_page.cohort_check import ItemCheck, ScaleCheck
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.scoring_audit.item_table import item_checks
from attune.intake.scoring_audit.keyed_scales import keyed_answers
from attune.scoring.scores import scale_scores
from attune.scoring.therapist_sheets import RATER, TherapistSheets
from attune.specs.instrument import MissingRule


def check_scales(
    answered: Sequence[AnsweredQuestionnaire],
    interval: float = 0.95,
    people: pd.DataFrame | None = None,
) -> Iterator[ScaleCheck]:
    """Every scale of every questionnaire, in the order of the cohort file and of the key.

    Parameters
    ----------
    answered : sequence of AnsweredQuestionnaire
        Cells that are not a response count as not answered.
    interval : float
        Coverage of the intervals.
    people : pandas.DataFrame, optional
        Columns dyad and therapist: a therapist's questionnaire about herself counts once.
    """
    for questionnaire in answered if people is None else _without_repeats(answered, people):
        yield from _scales_of(questionnaire, interval)


def _without_repeats(
    answered: Sequence[AnsweredQuestionnaire], people: pd.DataFrame
) -> list[AnsweredQuestionnaire]:
    """Questionnaires without the rows in which a therapist's answers about herself stand again."""
    sheets, again = TherapistSheets(people), {}
    for number, one in enumerate(answered):
        name, rater, occasion, state = one.key
        if rater == RATER:
            place = ((name, state), occasion)
            again[number] = sheets.repeated(*place, one.dyads, np.ascontiguousarray(one.responses))
    return [
        replace(one, dyads=one.dyads[~again[number]], responses=one.responses[~again[number]])
        if number in again and (one.key[0], one.key[3]) not in sheets.of_dyads
        else one
        for number, one in enumerate(answered)
    ]


def _scales_of(answered: AnsweredQuestionnaire, interval: float) -> Iterator[ScaleCheck]:
    instrument = answered.instrument
    scored = scale_scores(answered.responses, instrument)
    keyed, table = keyed_answers(answered), item_checks(answered, interval)
    _, rater, occasion, state = answered.key
    for scale, declared in instrument.scales.items():
        row = scored.scales.index(scale)
        has_score = np.isfinite(scored.score[row])
        items = instrument.items_of(scale)
        complete = has_score & (scored.n_answered[row] == len(items))
        basic = ScaleCheck(
            questionnaire=answered.name,
            abbreviation=instrument.abbreviation,
            scale=scale,
            label=declared.label,
            rater=rater,
            occasion=occasion,
            state=state,
            n_complete=int(complete.sum()),
            n_partial=int((has_score & ~complete).sum()),
            n_without=int((~has_score).sum()),
            rule=scale_rule_in_words(instrument.missing_rule(scale), len(items)),
            n_items=len(items),
            consistent=scale in instrument.consistency_scales(),
        )
        if basic.consistent:
            basic = _with_consistency(basic, keyed, items, table, interval)
        yield basic


def scale_rule_in_words(rule: MissingRule, n_items: int) -> str:
    """A missing rule for one scale.

    Examples
    --------
    >>> scale_rule_in_words(MissingRule(rule="prorate", max_missing_share=0.2, source="-"), 12)
    'prorated if at least 10 of 12 items are answered'
    >>> scale_rule_in_words(MissingRule(rule="complete", source="-"), 20)
    'only where all 20 items are answered'
    """
    fewest = rule.fewest_answered(n_items)
    if rule.rule == "complete" or fewest == n_items:
        return f"only where all {n_items} items are answered" if n_items > 1 else "the one item"
    verb = "prorated" if rule.rule == "prorate" else "sum of what was answered"
    return f"{verb} if at least {fewest} of {n_items} items are answered"


def _with_consistency(
    basic: ScaleCheck,
    keyed: NDArray[np.float64],
    items: list[int],
    table: pd.DataFrame,
    interval: float,
) -> ScaleCheck:
    estimate = consistency(keyed[:, np.array(items) - 1], items, interval)
    return replace(
        basic,
        n=estimate.n,
        alpha=estimate.alpha,
        low=estimate.alpha_ci_low,
        high=estimate.alpha_ci_high,
        omega=estimate.omega,
        reason=estimate.reason or "",
        items=tuple(_items(table[table["scale"] == basic.scale])),
    )


def _items(rows: pd.DataFrame) -> Iterator[ItemCheck]:
    for row in rows.to_dict("records"):
        yield ItemCheck(
            item=int(row["item"]),
            column=str(row["column"]),
            n=int(row["n"]),
            item_rest=_or_none(row["item_rest_correlation"]),
            low=_or_none(row["ci_low"]),
            high=_or_none(row["ci_high"]),
            alpha_if_reversed=_or_none(row["alpha_if_reversed"]),
            finding=FINDINGS.get(str(row["finding"]), str(row["finding"]).replace("_", " ")),
        )


FINDINGS = {
    "": "",
    "item_against_scale": "points against its scale",
    "item_direction_unclear": "may point against its scale",
}
"""Finding of the scoring audit about an item -> its wording."""


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
