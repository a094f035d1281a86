"""Who was randomised, assessed, lost and analysed, and the arms before the treatment."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from attune.analyses.trial.declaration import Unit
from attune.analyses.trial.design import TrialData
from attune.store.statistic_rows import Row, statistic_row

if TYPE_CHECKING:
    from attune.specs.cohort import Cohort

NO_REASON = "no reason recorded"
"""Cell of those who were not assessed and for whom the sample sheet has no reason."""


def assessed(data: TrialData, unit: Unit, occasion: str) -> "pd.Series[bool]":
    """Whether each unit has at least one outcome of its level at an occasion.

    Therapists of whom the plan has no outcome count as assessed where a patient of theirs is.
    """
    own = [name for name, one in data.trial.outcomes.items() if one.level == unit]
    if not own:
        patients = assessed(data, "patient", occasion)
        owner = data.units("patient")["therapist"]
        return data.units(unit).index.to_series().isin(owner[patients])
    there = [data.wide(name)[occasion].notna() for name in own]
    return pd.concat(there, axis=1).any(axis=1)


def flow_rows(data: TrialData, labels: Mapping[str, Mapping[str, str]]) -> Iterator[Row]:
    """Counts of the participant flow, arm by arm.

    Parameters
    ----------
    data : TrialData
    labels : mapping of str to mapping of str to str
        Label of each code, by category of the sample sheet.

    Yields
    ------
    dict
        ``<trial>.<unit>.<arm>.randomised_n``; at each visit ``assessed_n`` and ``not_assessed_n``,
        which add up to it; where the plan names a reason, ``<reason>.lost_n``, which add up to
        those who were not assessed.
    """
    for unit in data.trial.levels:
        people = data.units(unit)
        for code, arm in data.arms.items():
            own = people[people["condition"] == code]
            shared: dict[str, Any] = {"y": unit, "contrast": arm, "dataset": data.trial.dataset}
            n = len(own)
            yield statistic_row(data.name, (unit, arm), "randomised_n", float(n), n=n, **shared)
            for visit in [data.trial.baseline, *data.trial.visits]:
                there = assessed(data, unit, visit).loc[own.index]
                here = shared | {"occasion": visit, "n": n}
                counts = {"assessed_n": int(there.sum()), "not_assessed_n": int((~there).sum())}
                for statistic, count in counts.items():
                    yield statistic_row(
                        data.name, (unit, arm, visit), statistic, float(count), **here
                    )
                for reason, count in _reasons(data, unit, own[~there], labels).items():
                    yield statistic_row(
                        data.name,
                        (unit, arm, visit, reason),
                        "lost_n",
                        float(count),
                        **here,
                        level=reason,
                    )


def _reasons(
    data: TrialData, unit: Unit, lost: pd.DataFrame, labels: Mapping[str, Mapping[str, str]]
) -> dict[str, int]:
    """How many of the lost have each reason; every reason of the sample sheet has a cell."""
    reasons = data.trial.reasons_for_loss.get(unit)
    if reasons is None:
        return {}
    levels = labels[reasons.variable]
    found = lost[reasons.variable]
    counts = {
        label: int((found == code).sum()) for code, label in levels.items() if code != reasons.none
    }
    return counts | {NO_REASON: len(lost) - sum(counts.values())}


def baseline_rows(data: TrialData, cohort: "Cohort") -> Iterator[Row]:
    """Characteristics and outcomes of each arm before the treatment, everybody counted once.

    Numbers have mean, standard deviation and n; categories a count and a percentage for each level.
    Nothing is tested: where arms were randomised, differences are chance.
    """
    for name, unit in data.trial.characteristics.items():
        variable = cohort.sample.variables[name]
        for arm, people in _arms_of(data, unit):
            values = people[name]
            if variable.kind == "number":
                yield from _number_rows(data, name, arm, values.to_numpy(dtype=float))
                continue
            counts = {label: int((values == code).sum()) for code, label in variable.levels.items()}
            known = sum(counts.values())
            for label, count in counts.items():
                shared: dict[str, Any] = {
                    "x": name,
                    "level": label,
                    "contrast": arm,
                    "n": known,
                }
                yield statistic_row(
                    data.name, (name, arm, label), "baseline_count", float(count), **shared
                )
                yield statistic_row(
                    data.name,
                    (name, arm, label),
                    "baseline_percent",
                    100 * count / known if known else None,
                    reason="Nobody has a value.",
                    **shared,
                )
    for name, outcome in data.trial.outcomes.items():
        before = data.wide(name)[data.trial.baseline]
        for arm, people in _arms_of(data, outcome.level):
            yield from _number_rows(data, name, arm, before.loc[people.index].to_numpy(dtype=float))


def _arms_of(data: TrialData, unit: Unit) -> Iterator[tuple[str, pd.DataFrame]]:
    people = data.units(unit)
    for code, arm in data.arms.items():
        yield arm, people[people["condition"] == code]


def _number_rows(data: TrialData, name: str, arm: str, values: np.ndarray) -> Iterator[Row]:
    known = values[np.isfinite(values)]
    shared: dict[str, Any] = {"x": name, "contrast": arm, "n": len(known)}
    if name in data.trial.outcomes:
        shared["occasion"] = data.trial.baseline
    yield statistic_row(data.name, (name, arm), "baseline_n", float(len(known)), **shared)
    mean = float(known.mean()) if len(known) else None
    yield statistic_row(
        data.name, (name, arm), "baseline_mean", mean, reason="Nobody has a value.", **shared
    )
    sd = float(known.std(ddof=1)) if len(known) > 1 else None
    few = "Fewer than two values have no standard deviation."
    yield statistic_row(data.name, (name, arm), "baseline_sd", sd, reason=few, **shared)
