"""Statistics that changed."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from attune.printing import apa
from attune.printing.quarto import parse_text
from attune.record.run_diff.changes import FieldChange, StatisticChange
from attune.record.run_diff.run import Row, Run
from attune.store.statistic_kinds import StatisticKinds

NUMBERS = ("estimate", "se", "df", "n", "p_two_tailed", "p_one_tailed", "ci_low", "ci_high")
TEXTS = ("ci_level", "tail", "dataset", "method", "reason")
PRINTED_PARTS = ("result", "estimate", "interval", "df", "n", "p_two_tailed", "p_one_tailed")


def statistic_changes(
    before: Run, after: Run, decided: Collection[str] = ()
) -> list[StatisticChange]:
    """Statistics that are new, removed, renamed or changed.

    A removed statistic counts as renamed where exactly one new one is of the same kind and
    holds the same numbers, all of them; where these are whole, the ids must differ in one part.

    Parameters
    ----------
    before, after : Run
    decided : collection of str, optional
        Ids of the statistics with a changed decision.

    Returns
    -------
    list of StatisticChange
        Statistics with a changed decision first, then those with a changed printed digit, then
        those that a document prints; by id.
    """
    old, new = by_id(before.statistics), by_id(after.statistics)
    printed = by_id(before.printed), by_id(after.printed)
    names = {entry: entry for entry in old if entry in new} | _renamed(old, new)
    taken = set(names.values())
    pairs: list[tuple[str | None, str | None]] = list(names.items())
    pairs += [(entry, None) for entry in old if entry not in names]
    pairs += [(None, entry) for entry in new if entry not in taken]
    shown = before.printed_ids() | after.printed_ids()
    found = [
        change
        for first, second in pairs
        if (change := _change(first, second, (old, new), printed, shown, after.kinds)) is not None
    ]
    return sorted(
        found,
        key=lambda entry: (entry.id not in decided, not entry.digits, not entry.shown, entry.id),
    )


def is_hidden(printed: Row | None) -> bool:
    """Whether a statistic is suppressed as a small cell (see `attune.store.small_cells`).

    Only a suppressed statistic has both a mark in place of its estimate and a reason.
    """
    return bool(printed and printed.get("estimate") and printed.get("reason"))


def printed_result(printed: Row | None) -> str | None:
    """A statistic as running text prints it, with its interval, without markup."""
    if printed is None:
        return None
    parts = [printed.get("result"), None if is_hidden(printed) else printed.get("interval")]
    return parse_text(", ".join(part for part in parts if part)).to_plain()


def differs(before: Any, after: Any) -> bool:
    """Whether two values differ by more than the noise of a number's last bits.

    Examples
    --------
    >>> differs(0.1 + 0.2, 0.3), differs(0.3, 0.3000001), differs(None, 1.0)
    (False, True, True)
    """
    if isinstance(before, float) and isinstance(after, float):
        return apa.as_decimal(before) != apa.as_decimal(after)
    return bool(before != after)


def printed_unit(printed: str | None, share: bool) -> float | None:
    """One unit of the last printed digit of an estimate, on the scale of the store.

    Parameters
    ----------
    printed : str or None
        The part `estimate` of a printed statistic.
    share : bool
        Whether the statistic is a share that is printed as a percentage.

    Examples
    --------
    >>> printed_unit(".456", share=False), printed_unit("20.8%", share=True)
    (0.001, 0.001)
    >>> printed_unit("1.23 × 10^5^", share=False) is None
    True
    """
    text = printed or ""
    try:
        number = Decimal(text.removesuffix("%").replace(",", "").replace(apa.MINUS, "-"))
    except InvalidOperation:
        return None
    percent = share and text.endswith("%")
    decimals = -int(number.as_tuple().exponent)
    return float(f"1e{-decimals - (2 if percent else 0)}")


def _change(
    first: str | None,
    second: str | None,
    stores: tuple[Mapping[str, Row], Mapping[str, Row]],
    printed: tuple[Mapping[str, Row], Mapping[str, Row]],
    shown: set[str],
    kinds: StatisticKinds,
) -> StatisticChange | None:
    """The change of one statistic; None if it is unchanged."""
    old, new = stores[0].get(first or ""), stores[1].get(second or "")
    rows = printed[0].get(first or ""), printed[1].get(second or "")
    texts = [printed_result(row) for row in rows]
    hidden = any(map(is_hidden, rows))
    moved = any((rows[0] or {}).get(part) != (rows[1] or {}).get(part) for part in PRINTED_PARTS)
    change = StatisticChange(
        id=second or first or "",
        change="changed",
        printed_before=texts[0],
        printed_after=texts[1],
        digits=moved,
        shown=not {first, second}.isdisjoint(shown),
        hidden=hidden,
    )
    if old is None or new is None:
        return change.model_copy(
            update={"change": "new" if old is None else "removed", "digits": True}
        )
    if first != second:
        return change.model_copy(update={"change": "renamed", "former_id": first})
    fields = [] if hidden else _fields(old, new, rows, kinds)
    # Even the fact of a change of a suppressed value is suppressed, unless its print changed.
    return change.model_copy(update={"fields": fields}) if fields or moved else None


def _fields(
    old: Row, new: Row, printed: tuple[Row | None, Row | None], kinds: StatisticKinds
) -> list[FieldChange]:
    found: list[FieldChange] = []
    for name in (*NUMBERS, *TEXTS):
        before, after = old.get(name), new.get(name)
        if not differs(before, after):
            continue
        numbers = isinstance(before, int | float) and isinstance(after, int | float)
        difference = after - before if numbers else None  # type: ignore[operator]
        unit = None
        if name == "estimate" and difference is not None:
            kind = kinds.find(old["id"])
            share = kind is not None and kind.print_format.share
            units = [printed_unit((row or {}).get("estimate"), share) for row in printed]
            unit = max((unit for unit in units if unit), default=None)
        units_moved = None if unit is None or difference is None else round(difference / unit, 3)
        found.append(
            FieldChange(
                field=name, before=before, after=after, difference=difference, units=units_moved
            )
        )
    return found


def _renamed(old: Mapping[str, Row], new: Mapping[str, Row]) -> dict[str, str]:
    """Former id -> new id of renamed statistics: each is the only candidate of the other."""
    candidates: dict[tuple[Any, ...], tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for place, (rows, others) in enumerate(((old, new), (new, old))):
        for identifier, row in rows.items():
            if identifier not in others and row["estimate"] is not None:
                candidates[_content(row)][place].append(row)
    found: dict[str, str] = {}
    for removed, came in candidates.values():
        fits = [(a["id"], b["id"]) for a in removed for b in came if _alike(a, b)]
        firsts, seconds = Counter(a for a, _ in fits), Counter(b for _, b in fits)
        found |= {a: b for a, b in fits if firsts[a] == seconds[b] == 1}
    return found


def _alike(old: Row, new: Row) -> bool:
    """Whether equal numbers suggest a renamed id; for counts, often equal, ids must be close."""
    if not float(old["estimate"]).is_integer():
        return True
    first, second = old["id"].split("."), new["id"].split(".")
    apart = sum(a != b for a, b in zip(first, second, strict=False))
    return len(first) == len(second) and apart == 1


def _content(row: Row) -> tuple[Any, ...]:
    numbers = (row.get(name) for name in NUMBERS)
    return (
        row["statistic"],
        *(None if number is None else apa.as_decimal(number) for number in numbers),
    )


def by_id(rows: Iterable[Row]) -> dict[str, Row]:
    """Rows by their id."""
    return {row["id"]: row for row in rows}
