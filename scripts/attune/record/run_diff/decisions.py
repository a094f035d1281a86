"""Decisions that changed: significance and sign, those of the planned tests first."""

from collections.abc import Callable
from typing import Literal, get_args

from attune.record.run_diff.changes import DecisionChange, Standing
from attune.record.run_diff.run import Row, Run
from attune.record.run_diff.statistics import by_id, is_hidden, printed_result
from attune.store.statistic_kinds import StatisticKinds

_NOT_REPORTED = {"undefined", "not tested", "without sign"}


def decision_changes(before: Run, after: Run) -> list[DecisionChange]:
    """Statistics of both runs that changed their significance or their sign.

    Significance is what `build_tables` decided at its level, on the p used for the significance
    decision; the sign is that of the printed estimate. Statistics that either run suppresses are
    left out.

    Returns
    -------
    list of DecisionChange
        Planned tests first, then other methods, then changes of sign of results that are not
        significant in either run; within these, printed results first; by id.
    """
    old, new = by_id(before.printed), by_id(after.printed)
    shown = before.printed_ids() | after.printed_ids()
    found = []
    for identifier in sorted(set(old) & set(new)):
        rows = old[identifier], new[identifier]
        if any(map(is_hidden, rows)):
            continue
        planned = is_planned(identifier, after.kinds)
        for kind, words in _DECISIONS:
            first, second = map(words, rows)
            if first == second or {first, second} <= _NOT_REPORTED:
                continue
            found.append(
                DecisionChange(
                    id=identifier,
                    label=after.titles.get(identifier) or before.titles.get(identifier),
                    kind=kind,
                    standing=_standing(planned, kind, rows),
                    before=first,
                    after=second,
                    printed_before=printed_result(rows[0]),
                    printed_after=printed_result(rows[1]),
                    shown=identifier in shown,
                    planned=planned,
                )
            )
    order = get_args(Standing)
    return sorted(
        found,
        key=lambda entry: (
            order.index(entry.standing),
            not entry.shown,
            not entry.planned,
            entry.id,
            entry.kind == "direction",
        ),
    )


def is_planned(identifier: str, kinds: StatisticKinds) -> bool:
    """Whether a statistic is the test that the plan declares rather than another method.

    Examples
    --------
    >>> from attune.analyses.kinds import KINDS
    >>> is_planned("alliance.a.b.pearson_r", KINDS), is_planned("alliance.a.b.p_holm", KINDS)
    (True, False)
    """
    kind = kinds.find(identifier)
    return kind is not None and kind.test == "planned"


def _standing(planned: bool, kind: str, rows: tuple[Row, Row]) -> Standing:
    defined = all(row.get("direction") is not None for row in rows)
    if kind == "direction" and defined and not any(row.get("significant") for row in rows):
        return "sign_only"
    return "planned" if planned else "beside"


def _significance(printed: Row) -> str:
    significant = printed.get("significant")
    if significant is None:
        return "undefined" if printed.get("estimate") is None else "not tested"
    return "significant" if significant else "not significant"


def _direction(printed: Row) -> str:
    if printed.get("direction") is None:
        return "undefined" if printed.get("estimate") is None else "without sign"
    return str(printed["direction"])


_DECISIONS: tuple[tuple[Literal["significance", "direction"], Callable[[Row], str]], ...] = (
    ("significance", _significance),
    ("direction", _direction),
)
