"""Effects in those who received the treatment: per protocol, and in compliers.

The formulas are in `attune.stats.repeated_measures` and `attune.stats.complier_effect`.
"""

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from attune.analyses.trial.declaration import Received
from attune.analyses.trial.design import TrialData
from attune.analyses.trial.effects import fit_outcome, tested_rows
from attune.specs.errors import AnalysisError
from attune.stats.complier_effect import complier_average_causal_effect
from attune.store.statistic_rows import Row, software, statistic_row


def received_rows(data: TrialData, outcome: str) -> Iterator[Row]:
    """What the plan declares about those who received the treatment, for one outcome."""
    declared = data.trial.received
    if declared is None:
        return
    if declared.per_protocol:
        yield from _per_protocol_rows(data, outcome, declared)
    if declared.compliers and len(data.arms) == 2:
        for visit in data.trial.visits:
            yield from _complier_rows(data, outcome, visit, declared)


def received_n_rows(data: TrialData) -> Iterator[Row]:
    """How many of each arm received the treatment of their arm."""
    declared = data.trial.received
    if declared is None:
        return
    yield statistic_row(
        data.name, ("received",), "received_minimum", declared.minimum, x=declared.variable
    )
    people = data.units(data.trial.randomised)
    for code, arm in data.arms.items():
        own = people[people["condition"] == code]
        shared: dict[str, Any] = {"x": declared.variable, "contrast": arm, "n": len(own)}
        counts = {
            "received_n": int((own[declared.variable] >= declared.minimum).sum()),
            "received_unknown_n": int(own[declared.variable].isna().sum()),
        }
        for statistic, n in counts.items():
            yield statistic_row(data.name, ("received", arm), statistic, float(n), **shared)


def _per_protocol_rows(data: TrialData, outcome: str, declared: Received) -> Iterator[Row]:
    """The model of an outcome over those who received the treatment of their arm."""
    people = data.units(data.trial.outcomes[outcome].level)
    kept = people[people[declared.variable] >= declared.minimum]
    try:
        effects = fit_outcome(data, outcome, kept)
    except AnalysisError as error:
        reason = " ".join([error.heading, "; ".join(error.problems)]).strip()
        for visit in data.trial.visits:
            yield _undefined(data, outcome, visit, "per_protocol_difference", reason)
        return
    for contrast in effects.fit.contrasts:
        parts = data.place(outcome, str(contrast.visit), arm=str(contrast.arm))
        method = f"{effects.method}; those who received the treatment of their arm"
        shared = data.difference_columns(outcome, str(contrast.visit), str(contrast.arm))
        shared |= {"n": effects.fit.n_persons, "method": method}
        yield from tested_rows(data, parts, "per_protocol_difference", contrast.test, shared)


def _complier_rows(data: TrialData, outcome: str, visit: str, declared: Received) -> Iterator[Row]:
    """Two-stage least squares at a visit; nobody of the reference arm has the treatment."""
    level = data.trial.outcomes[outcome].level
    people = data.units(level)
    table = data.wide(outcome)
    before = table[data.trial.baseline]
    assigned = people["condition"] != data.reference
    # Nobody of the reference arm has the treatment, whatever is recorded of them.
    amount = people[declared.variable].where(assigned, -math.inf)
    rows = pd.DataFrame(
        {
            "score": table[visit],
            "before": before.fillna(before.mean()),
            "assigned": assigned.astype(float),
            "received": (amount >= declared.minimum)
            .astype(float)
            .where(amount.notna() | (declared.missing == "not_received")),
            "cluster": people["therapist"] if data.nested(outcome) else people.index,
        }
    ).dropna(subset=["score", "received"])
    shared: dict[str, Any] = {
        "x": outcome,
        "outcome": outcome,
        "occasion": visit,
        "contrast": "treatment received minus not received, in compliers",
        "dataset": data.trial.dataset,
        "software": software("attune"),
        "n": len(rows),
    }
    try:
        found = complier_average_causal_effect(
            rows["score"],
            rows["received"],
            rows["assigned"],
            rows[["before"]],
            rows["cluster"],
            data.interval,
        )
    except AnalysisError as error:
        yield _undefined(data, outcome, visit, "complier_effect", error.heading)
        return
    shared["method"] = " ".join(["Two-stage least squares, CR2 errors.", *found.messages])
    yield from tested_rows(data, (outcome, visit), "complier_effect", found.effect, shared)


def _undefined(data: TrialData, outcome: str, visit: str, statistic: str, reason: str) -> Row:
    shared: dict[str, Any] = {"x": outcome, "outcome": outcome, "occasion": visit}
    return statistic_row(data.name, (outcome, visit), statistic, None, reason=reason, **shared)
