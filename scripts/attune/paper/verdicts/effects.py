"""The computed effect behind a conclusion: estimate with interval, p, and direction."""

from collections.abc import Sequence
from typing import Any

from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import P_KINDS
from attune.printing.quarto import parse_text
from attune.printing.store import PrintedStore
from attune.printing.text import Text, italic, joined, sourced, with_symbols

TESTS = ("_t", "_z")
"""Endings of statistics that test the estimate whose name lacks the ending."""

SYMBOLS = ("r", "t", "F", "z", "d", "g")
"""Kinds of printed values whose symbol is the kind itself."""

Row = dict[str, Any]


def effect_text(values: Sequence[Row], printed: PrintedStore) -> Text:
    """Estimate with its interval, and p; empty where nothing was computed.

    Parameters
    ----------
    values : sequence of dict
        The verdicts on the values behind a conclusion, ready to print. Of a conclusion in words,
        the estimate is the one that its p tests.
    printed : PrintedStore
        The statistics as running text prints them.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [{"id": "rct.end.difference", "result": "*b* = 2.0", "interval": "95% CI [1, 3]"}]
    >>> p = {"statistic": "rct.end.difference_t", "kind": "finding", "field": "p_two_tailed"}
    >>> effect_text([p | {"shown": "p = .010"}], PrintedStore(pd.DataFrame(rows))).to_plain()
    'b = 2.0, 95% CI [1, 3], p = .010'
    """
    shown = [row for row in values if row["shown"]]
    numbers = {row["statistic"]: _with_symbol(row) for row in shown if row["kind"] not in P_KINDS}
    parts = []
    for name in dict.fromkeys(row["statistic"] for row in shown):
        effect = tested_estimate(name, printed)
        row = printed.row(effect) or {"result": None, "interval": None}
        estimate = numbers.get(effect) or parse_text((row["result"] or "").partition(", *p*")[0])
        interval = parse_text(row["interval"] or "")
        parts.append(sourced(joined(filter(None, (estimate, interval)), ", "), effect))
    parts += dict.fromkeys(_p(row) for row in shown if row["kind"] in P_KINDS)
    return joined(filter(None, parts), ", ")


def tested_estimate(statistic: str, printed: PrintedStore) -> str:
    """The statistic that a test is about: itself where it has an estimate of its own.

    Examples
    --------
    >>> import pandas as pd
    >>> ids = ["rct.bdi.end.arm_difference", "rct.bdi.end.arm_difference_t", "a.x.y.pearson_r"]
    >>> printed = PrintedStore(pd.DataFrame({"id": ids}))
    >>> [tested_estimate(name, printed) for name in ids[1:]]
    ['rct.bdi.end.arm_difference', 'a.x.y.pearson_r']
    """
    names = [statistic.removesuffix(ending) for ending in TESTS if statistic.endswith(ending)]
    return next((name for name in names if name in printed), statistic)


def direction_text(values: Sequence[Row], publication: Publication, printed: PrintedStore) -> str:
    """Whether the effect has the stated, assumed or predicted sign; empty without one."""
    for row in values:
        value = publication.value(row["id"])
        stated = value.direction
        found = printed.row(row["statistic"]) if row["shown"] else None
        if stated and found and found["direction"]:
            what = "assumed" if value.direction_assumed else "stated"
            what = what if row["kind"] == "finding" else "predicted"
            side = "in" if found["direction"] == stated else "not in"
            return f"{side} the {what} direction"
    return ""


def _with_symbol(row: Row) -> Text:
    symbol = italic(row["kind"]) + " = " if row["kind"] in SYMBOLS else ""
    return symbol + with_symbols(row["shown"])


def _p(row: Row) -> Text:
    tail = ", one-tailed" if row["field"] == "p_one_tailed" else ""
    return sourced(with_symbols(row["shown"]), row["statistic"], "p") + tail
