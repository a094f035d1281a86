"""Who changed reliably, how many more in which arm, and adverse events.

The formulas are in `attune.stats.reliable_change`, `attune.stats.risk_difference` and
`attune.stats.number_needed_to_treat`.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from attune.analyses.trial.declaration import Outcome, ReliableChange
from attune.analyses.trial.design import TrialData
from attune.specs.errors import AnalysisError
from attune.stats.number_needed_to_treat import NumberNeeded, number_needed_to_treat
from attune.stats.reliable_change import (
    CATEGORIES,
    ChangeCriteria,
    Cutoff,
    change_criteria,
    classify_change,
    difference_error,
    published_criteria,
)
from attune.stats.risk_difference import (
    RiskRatio,
    clustered_risk_difference,
    clustered_risk_ratio,
    risk,
    risk_difference,
    risk_ratio,
)
from attune.store.statistic_rows import Row, software, statistic_row

RECOVERED = "recovered"

BETTER = (RECOVERED, "improved")
"""Categories of those who responded."""

RESPONDED, NOT_RESPONDED = "responded", "not_responded"
"""Parts of ids."""

ANY, NONE = "any", "none"
"""Parts of ids: persons with any adverse event, and without one."""


def responses_of(outcome: Outcome) -> dict[str, tuple[str, ...]]:
    """Whether somebody responded -> categories of change; nobody recovers without a cut-off."""
    declared = outcome.reliable_change
    if declared is None:
        return {}
    better = BETTER if declared.cutoff is not None else BETTER[1:]
    return {RESPONDED: better, NOT_RESPONDED: tuple(one for one in CATEGORIES if one not in BETTER)}


def criteria_of(outcome: Outcome, before: pd.Series) -> ChangeCriteria:
    """The criteria of an outcome; its spread before treatment where none is published.

    Parameters
    ----------
    outcome : Outcome
        With `reliable_change`.
    before : pandas.Series
        Scores before treatment, one per person.
    """
    declared: ReliableChange | None = outcome.reliable_change
    if declared is None:
        raise AnalysisError("The outcome has no criteria of reliable change.")
    if declared.reliability is None:
        return published_criteria(outcome.better, declared.points, declared.cutoff)
    sd = float(before.std(ddof=1)) if declared.sd is None else declared.sd
    error = difference_error("jacobson_truax", sd, declared.reliability)
    given = Cutoff("given", math.nan, "No cut-off is given.")
    cutoff = given if declared.cutoff is None else Cutoff("given", declared.cutoff)
    return change_criteria(outcome.better, error, cutoff)


def responder_rows(data: TrialData, outcome: str) -> Iterator[Row]:
    """Reliable change of one outcome at each visit, and the difference between the arms."""
    declared = data.trial.outcomes[outcome]
    if declared.reliable_change is None:
        return
    table = data.wide(outcome)
    before = table[data.trial.baseline]
    shared: dict[str, Any] = {"x": outcome, "outcome": outcome, "dataset": data.trial.dataset}
    try:
        criteria = criteria_of(declared, before)
    except AnalysisError:
        reason = f"The outcome does not vary at {data.trial.baseline}, or nobody has it there."
        yield statistic_row(data.name, (outcome,), "reliable_points", None, reason=reason, **shared)
        return
    yield statistic_row(
        data.name, (outcome,), "reliable_points", criteria.reliable_points, **shared
    )
    if not criteria.cutoff.reason:
        yield statistic_row(
            data.name, (outcome,), "clinical_cutoff", criteria.cutoff.value, **shared
        )
    for visit in data.trial.visits:
        category = classify_change(before, table[visit], criteria)["category"]
        category.index = table.index
        yield from _change_rows(data, outcome, visit, category)
        yield from _advantage_rows(data, outcome, visit, category)


def _change_rows(data: TrialData, outcome: str, visit: str, category: pd.Series) -> Iterator[Row]:
    """How many of each arm responded or did not, and of which category their change is."""
    declared = data.trial.outcomes[outcome]
    people = data.units(declared.level)
    for code, arm in data.arms.items():
        own = category[people["condition"] == code].dropna()
        shared: dict[str, Any] = {
            "x": outcome,
            "outcome": outcome,
            "dataset": data.trial.dataset,
            "occasion": visit,
            "contrast": arm,
            "n": len(own),
        }
        for response, categories in responses_of(declared).items():
            parts = (outcome, visit, arm, response)
            chosen = own.isin(categories)
            yield from _count_rows(data, parts, "response", chosen, shared | {"level": response})
            for name in categories:
                of = shared | {"level": name}
                yield from _count_rows(data, (*parts, name), "change", own == name, of)


def _count_rows(
    data: TrialData, parts: tuple[str, ...], statistic: str, chosen: pd.Series, shared: Any
) -> Iterator[Row]:
    """A number of persons and their percentage."""
    n = int(chosen.sum())
    yield statistic_row(data.name, parts, f"{statistic}_n", float(n), **shared)
    percent = 100 * n / len(chosen) if len(chosen) else None
    reason = "Nobody has both scores."
    yield statistic_row(data.name, parts, f"{statistic}_percent", percent, reason=reason, **shared)


def _advantage_rows(
    data: TrialData, outcome: str, visit: str, category: pd.Series
) -> Iterator[Row]:
    """How many more respond in each arm than in the reference, and the number needed to treat."""
    people = data.units(data.trial.outcomes[outcome].level)
    responds = category.isin(BETTER).astype(float).where(category.notna())
    for code in data.treated:
        arm = data.arms[code]
        parts = data.place(outcome, visit, arm=arm)
        shared = data.difference_columns(outcome, visit, arm)
        shared["software"] = software("attune", "scipy")
        chosen = people["condition"].isin([code, data.reference]) & responds.notna()
        in_arm = (people["condition"] == code)[chosen]
        clusters = people.loc[chosen, "therapist"] if data.nested(outcome) else None
        try:
            found = _difference(responds[chosen], in_arm, clusters, data.interval)
        except AnalysisError as error:
            for statistic in ("responder_difference", "responder_ratio", "number_needed_to_treat"):
                yield statistic_row(
                    data.name, parts, statistic, None, reason=error.heading, **shared
                )
            continue
        difference, columns = found
        limits = {"ci_low": columns["ci_low"], "ci_high": columns["ci_high"]}
        yield statistic_row(
            data.name,
            parts,
            "responder_difference",
            100 * difference,
            **(shared | columns | {name: 100 * value for name, value in limits.items()}),
        )
        yield _ratio_row(data, parts, responds[chosen], in_arm, clusters, shared)
        needed = number_needed_to_treat(difference, limits["ci_low"], limits["ci_high"])
        yield _needed_row(data, parts, needed, shared | {"n": columns["n"]})


def _difference(
    responds: pd.Series, in_arm: pd.Series, clusters: pd.Series | None, interval: float
) -> tuple[float, dict[str, Any]]:
    """The difference of the shares of responders, with the columns of its row."""
    n = len(responds)
    if clusters is not None:
        found = clustered_risk_difference(responds, in_arm.astype(float), clusters, interval)
        test = found.test
        return test.estimate, {
            "se": 100 * test.se,
            "df": test.df,
            "ci_low": max(test.ci_low, -1.0),
            "ci_high": min(test.ci_high, 1.0),
            "ci_level": interval,
            "n": n,
            "method": "Ratio estimator of patients in therapists (Rao & Scott)",
        }
    plain = risk_difference(*_table_of(responds, in_arm), interval)
    return plain.difference, {
        "ci_low": plain.ci_low,
        "ci_high": plain.ci_high,
        "ci_level": interval,
        "n": n,
        "method": "Newcombe's hybrid score interval",
    }


def _table_of(responds: pd.Series, in_arm: pd.Series) -> tuple[int, int, int, int]:
    """Responders and persons of the arm, and of the reference arm."""
    counts = [int(responds[chosen].sum()) for chosen in (in_arm, ~in_arm)]
    sizes = [int(in_arm.sum()), int((~in_arm).sum())]
    if min(sizes) == 0:
        raise AnalysisError("An arm has nobody with both scores.")
    return counts[0], sizes[0], counts[1], sizes[1]


def _ratio_row(
    data: TrialData,
    parts: tuple[str, ...],
    responds: pd.Series,
    in_arm: pd.Series,
    clusters: pd.Series | None,
    shared: Mapping[str, Any],
) -> Row:
    """The ratio of the shares of responders; none where nobody of an arm responded."""
    try:
        if clusters is not None:
            of, arm = (
                "ratio estimator of patients in therapists (Rao & Scott)",
                in_arm.astype(float),
            )
            found: RiskRatio = clustered_risk_ratio(responds, arm, clusters, data.interval)
        else:
            of = "Katz"
            found = risk_ratio(*_table_of(responds, in_arm), data.interval)
    except AnalysisError:
        reason = "Nobody of an arm responded, so that the ratio has no interval."
        return statistic_row(data.name, parts, "responder_ratio", None, reason=reason, **shared)
    return statistic_row(
        data.name,
        parts,
        "responder_ratio",
        found.ratio,
        df=found.df if math.isfinite(found.df) else None,
        ci_low=found.ci_low,
        ci_high=found.ci_high,
        ci_level=data.interval,
        n=len(responds),
        method=f"Interval of the logarithm, {of}",
        **shared,
    )


def _needed_row(
    data: TrialData, parts: tuple[str, ...], needed: NumberNeeded, shared: Mapping[str, Any]
) -> Row:
    """The number needed to treat; one whose interval runs through infinity has no limits."""
    if not math.isfinite(needed.value):
        reason = "Both arms have the same share of responders."
        return statistic_row(
            data.name, parts, "number_needed_to_treat", None, reason=reason, **shared
        )
    columns: dict[str, Any] = dict(shared)
    ends = sorted(value for _, value in needed.limits)
    if not needed.through_infinity and all(map(math.isfinite, ends)):
        columns |= {"ci_low": ends[0], "ci_high": ends[1], "ci_level": data.interval}
    words = {
        "NNTB": "patients for one more who responds",
        "NNTH": "patients for one fewer who responds",
    }
    columns["method"] = words[needed.kind]
    if needed.through_infinity:
        first, second = needed.limits
        columns["method"] += (
            f"; interval from {first[0]} {first[1]:.1f} through infinity to {second[0]}"
            f" {second[1]:.1f}"
        )
    return statistic_row(data.name, parts, "number_needed_to_treat", needed.value, **columns)


def harm_rows(data: TrialData, labels: Mapping[str, Mapping[str, str]]) -> Iterator[Row]:
    """Adverse events by arm, everybody counted once, and the difference of any event."""
    harms = data.trial.harms
    if harms is None:
        return
    people = data.units(harms.level)
    levels = labels[harms.variable]
    known = people[people[harms.variable].isin(list(levels))]
    for code, arm in data.arms.items():
        own = known.loc[known["condition"] == code, harms.variable]
        shared: dict[str, Any] = {"x": harms.variable, "contrast": arm, "n": len(own)}
        events = int((own != harms.none).sum())
        for part, n in ((NONE, len(own) - events), (ANY, events)):
            yield statistic_row(
                data.name, ("harms", arm, part), "any_harm_n", float(n), **shared, level=part
            )
        for event, label in levels.items():
            if event == harms.none:
                continue
            parts = ("harms", arm, ANY, label)
            n = int((own == event).sum())
            yield statistic_row(data.name, parts, "harm_n", float(n), **shared, level=label)
        if not len(own):
            continue
        found = risk(events, len(own), data.interval)
        yield statistic_row(
            data.name,
            ("harms", arm),
            "harm_percent",
            100 * found.risk,
            ci_low=100 * found.exact_low,
            ci_high=100 * found.exact_high,
            ci_level=data.interval,
            method="Clopper and Pearson's exact interval",
            **shared,
        )
    yield from _harm_difference(data, known)


def _harm_difference(data: TrialData, known: pd.DataFrame) -> Iterator[Row]:
    """Share of those with any event, each arm minus the reference."""
    harms = data.trial.harms
    if harms is None:
        return
    has = (known[harms.variable] != harms.none).to_numpy(dtype=float)
    therapists = known["therapist"].dropna()
    nested = harms.level == "patient" and len(therapists) == len(known) > therapists.nunique() > 1
    for code in data.treated:
        chosen = known["condition"].isin([code, data.reference]).to_numpy()
        in_arm = (known["condition"] == code)[chosen]
        clusters = known.loc[chosen, "therapist"] if nested else None
        parts = data.place("harms", arm=data.arms[code])
        shared: dict[str, Any] = {
            "x": harms.variable,
            "contrast": data.contrast(data.arms[code]),
            "software": software("attune", "scipy"),
        }
        try:
            events = pd.Series(has[chosen], index=in_arm.index)
            difference, columns = _difference(events, in_arm, clusters, data.interval)
        except AnalysisError as error:
            yield statistic_row(
                data.name, parts, "harm_difference", None, reason=error.heading, **shared
            )
            continue
        scaled = {name: 100 * columns[name] for name in ("ci_low", "ci_high")}
        yield statistic_row(
            data.name,
            parts,
            "harm_difference",
            100 * difference,
            **(shared | columns | scaled),
        )
