"""A living synthesis: what a further study changed, in plain words."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from attune.record.run_diff.run import Row, Run
from attune.record.run_diff.statistics import by_id, printed_result
from attune.specs.synthesis import Metric
from attune.synthesis.pooling import ALL
from attune.synthesis.wording import DIRECTION_WORDS, NO_EFFECT

METRICS: tuple[str, ...] = get_args(Metric)


def synthesis_update(before: Run, after: Run) -> list[str]:
    """What changed between two runs of a synthesis; empty for runs of cohorts.

    Returns
    -------
    list of str
        Sentences without markup, numbers as printed: studies that are new, gone or have another
        number; the pooled effects that moved, of all studies and of each group; whether the
        conclusion is another one, that is significance and sign of the pooled effect of all
        studies, and whether the prediction interval holds zero.
    """
    if before.studies is None or after.studies is None:
        return []
    return [*_studies(before, after), *_pooled_effects(before, after), *_conclusion(before, after)]


def _studies(before: Run, after: Run) -> Iterator[str]:
    old, new = before.studies or {}, after.studies or {}
    for key in (name for name in new if name not in old):
        yield f"New study: {new[key]['label']}, {_known(after, new[key])}."
    for key in (name for name in old if name not in new):
        yield f"No longer in it: {old[key]['label']}, {_known(before, old[key])}."
    for key in (name for name in new if name in old):
        was, now = _known(before, old[key]), _known(after, new[key])
        if was != now:
            yield f"Changed study: {new[key]['label']}, before {was}; now {now}."
    if [*old] == [*new]:
        yield "The studies are the same as before."


def _known(run: Run, study: Mapping[str, Any]) -> str:
    """The number of a study, or its direction."""
    printed = by_id(run.printed)
    people = printed.get(f"studies.{study['key']}.people")
    n = f", n = {people['estimate']}" if people else ""
    if study["estimate"] is None:
        return f"known by its direction only ({DIRECTION_WORDS[study['direction']]}){n}"
    rows = (printed.get(f"studies.{study['key']}.{metric}") for metric in METRICS)
    row = next((row for row in rows if row), None)
    return f"{printed_result(row) or 'with a number'}{n}"


def _groups(run: Run) -> dict[str, str]:
    """Group of pooled studies -> id of its pooled effect; all studies first."""
    found = {}
    for row in run.statistics:
        parts = row["id"].split(".")
        if len(parts) == 3 and parts[0] == "pooled" and parts[2] in METRICS:
            found[parts[1]] = row["id"]
    return {name: found[name] for name in sorted(found, key=lambda name: (name != ALL, name))}


def _pooled_effects(before: Run, after: Run) -> Iterator[str]:
    old, new = _groups(before), _groups(after)
    for group in [*new, *(name for name in old if name not in new)]:
        name = "all studies" if group == ALL else group.replace("_", " ")
        if group not in new or group not in old:
            which = "no longer compared" if group not in new else "compared for the first time"
            run = after if group in new else before
            yield f"Pooled effect of {name}: {which}, {_pooled(run, group, (new | old)[group])}."
            continue
        was, now = _pooled(before, group, old[group]), _pooled(after, group, new[group])
        if was == now:
            yield f"Pooled effect of {name}: not moved in any printed digit, {now}."
        else:
            yield f"Pooled effect of {name}: moved from {was} to {now}."


def _pooled(run: Run, group: str, identifier: str) -> str:
    printed = by_id(run.printed)
    k, people = (printed[f"pooled.{group}.{name}"]["estimate"] for name in ("k", "people"))
    row = printed[identifier]
    result = printed_result(row) if row.get("estimate") else "nothing pooled"
    return f"{result} ({k} {'study' if k == '1' else 'studies'}, {people} people)"


def _conclusion(before: Run, after: Run) -> Iterator[str]:
    old, new = (by_id(run.printed).get(_groups(run).get(ALL, "")) for run in (before, after))
    if not (old and new):
        return
    was, now = _decision(old), _decision(new)
    if was == now:
        yield f"The conclusion is the same: the pooled effect is {now}."
    else:
        yield f"THE CONCLUSION CHANGED: the pooled effect was {was}, and is {now}."
    held = [_prediction_holds_zero(run) for run in (before, after)]
    if held[0] == held[1] or held[1] is None:
        return
    word = "now holds" if held[1] else "now leaves out"
    before_words = {None: "could not be given", True: "held it", False: "left it out"}[held[0]]
    ratio = f"pooled.{ALL}.prediction_or" in by_id(after.statistics)
    no_effect = "one" if ratio else "zero"
    yield f"The prediction interval {word} {no_effect}; before, it {before_words}."


def _decision(row: Row) -> str:
    if row.get("significant") is None:
        return "not tested"
    significant = "significant" if row["significant"] else "not significant"
    return f"{row.get('direction') or 'zero'} and {significant}"


def _prediction_holds_zero(run: Run) -> bool | None:
    """Whether no effect is in the prediction interval of all studies; None where there is none."""
    rows = by_id(run.statistics)
    for metric in METRICS:
        row = rows.get(f"pooled.{ALL}.prediction_{metric}")
        if row and row["ci_low"] is not None:
            return bool(row["ci_low"] <= NO_EFFECT[metric] <= row["ci_high"])
    return None
