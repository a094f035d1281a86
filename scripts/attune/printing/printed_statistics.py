"""Statistics as printed in running text, from the statistics store."""

import math
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from attune.printing import apa
from attune.printing.quarto import parse_text
from attune.printing.text import Text, literal, one_line
from attune.store.contracts import PRINTED, STATISTICS
from attune.store.frame_rows import frame_rows
from attune.store.small_cells import Hidden, marked, reason_of
from attune.store.statistic_kinds import StatisticKind, StatisticKinds

_NUMERATOR = re.compile(r"(\d+) numerator degrees of freedom")
"""Numerator degrees of freedom of an F test, in the column `method`."""


def printed_statistics(
    statistics: pd.DataFrame,
    kinds: StatisticKinds,
    level: float,
    decimals: Mapping[str, int] | None = None,
    hidden: Mapping[str, Hidden] | None = None,
    smallest: int = 0,
) -> pd.DataFrame:
    """Print every statistic as running text and tables show it.

    Parameters
    ----------
    statistics : pandas.DataFrame
        Rows and columns of the contract `STATISTICS`.
    kinds : StatisticKinds
        What each statistic is and how it is printed.
    level : float
        A p below it is significant. The p that decides is the one-tailed one where a direction
        was declared, else the two-tailed one; for adjusted and permutation p it is the estimate
        itself.
    decimals : mapping of str to int, optional
        Decimals of each measure and outcome, for means, standard deviations and ranges.
    hidden : mapping of str to {"small", "complementary"}, optional
        Suppressed statistics by id (see `attune.store.small_cells`).
    smallest : int, optional
        Smallest count of people that is shown.

    Returns
    -------
    pandas.DataFrame
        Rows and columns of the contract `PRINTED`. `estimate` and `interval` have no symbol
        (`.456`, `95% CI [.074, .724]`; a share of variance and percentages carry their sign),
        p columns are equations (`*p* = .011`), `result` is what APA prints in a sentence.
        `plain` is the result with its interval and, where it has a one-tailed p, the two-tailed p,
        without markup. `direction` is positive, negative or zero, `holds_zero` whether the
        interval includes zero; of a ratio, both are about 1. Every part of a suppressed
        statistic holds only the mark of suppression. An undefined statistic has no `estimate`; its
        `result` states that it is undefined, `reason` why.

    Raises
    ------
    StatisticError
        Statistics without a kind, or outside the range that their kind allows; all at once.

    Examples
    --------
    >>> import pandas as pd
    >>> from attune.store.statistic_kinds import PrintFormat, StatisticKind, StatisticKinds
    >>> kinds = StatisticKinds([StatisticKind(
    ...     id="<family>.<x>.<y>.pearson_r", rule="correlate_measures", symbol="*r*",
    ...     label="Pearson correlation", formula="", function="",
    ...     print_format=PrintFormat("bounded", 3, with_df=True),
    ... )])
    >>> row = pd.DataFrame([{"id": "a.x.y.pearson_r", "statistic": "pearson_r", "x": "x",
    ...     "estimate": 0.4561, "df": 23.0, "n": 25, "p_two_tailed": 0.0219}])
    >>> printed_statistics(row, kinds, level=0.05)["result"].item()
    '*r*(23) = .456, *p* = .022'
    """
    hidden = hidden or {}
    rows = records(statistics)
    printed = [
        _hidden(row["id"], hidden[row["id"]], smallest)
        if row["id"] in hidden
        else _printed(row, kind, level, decimals or {})
        for row, kind in zip(rows, kinds.kinds_of(rows), strict=True)
    ]
    frame = pd.DataFrame(printed, columns=PRINTED.schema.names)
    return frame.astype({"significant": "boolean", "holds_zero": "boolean"})


def records(statistics: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of the statistics store as mappings; missing values are None."""
    return frame_rows(statistics.reindex(columns=STATISTICS.schema.names))


def declared_p(row: Mapping[str, Any], kind: StatisticKind) -> float | None:
    """The p that decides significance.

    The estimate of a p value; else one-tailed p where a direction was declared, two-tailed p
    where none was.
    """
    if kind.print_format.style == "p":
        return row["estimate"]
    return row["p_two_tailed"] if row["tail"] is None else row["p_one_tailed"]


def _hidden(identifier: str, why: Hidden, smallest: int) -> dict[str, Any]:
    """A suppressed statistic, and why it is."""
    mark = literal(marked(why, smallest))
    parts = ("estimate", "interval", "df", "n", "p", "p_two_tailed", "p_one_tailed", "result")
    cells = dict.fromkeys(parts, mark.to_markdown())
    reason = literal(reason_of(why, smallest)).to_markdown()
    return {"id": identifier, "reason": reason, "plain": mark.to_plain()} | cells


def _printed(
    row: dict[str, Any], kind: StatisticKind, level: float, decimals: Mapping[str, int]
) -> dict[str, Any]:
    print_format, estimate, p = kind.print_format, row["estimate"], declared_p(row, kind)
    cells: dict[str, Any] = {
        "id": row["id"],
        "df": None if row["df"] is None else apa.degrees_of_freedom(row["df"]),
        "n": None if row["n"] is None else apa.number(row["n"], 0),
        "reason": None if row["reason"] is None else str(literal(row["reason"])),
    }
    if estimate is None:
        why = f" ({one_line(row['reason']).rstrip('.')})" if row["reason"] else ""
        undefined = parse_text(kind.symbol or "a value") + f" is undefined{why}"
        return cells | {"result": undefined.to_markdown(), "plain": undefined.to_plain()}
    symbol = kind.symbol if print_format.style == "p" else "*p*"
    for name, value in (
        ("p", p),
        ("p_two_tailed", row["p_two_tailed"]),
        ("p_one_tailed", row["p_one_tailed"]),
    ):
        cells[name] = None if value is None else apa.equation(symbol, apa.p_value(value))
    places = apa.decimals_of(row, print_format, decimals)
    if row["ci_low"] is not None and row["ci_high"] is not None:
        ends = apa.limits(row["ci_low"], row["ci_high"], print_format, places)
        cells["interval"] = f"{apa.coverage(row['ci_level'])} {print_format.interval} {ends}"
        cells["holds_zero"] = row["ci_low"] <= print_format.no_effect <= row["ci_high"]
    bare = apa.plain_estimate(row, print_format, decimals)
    cells["estimate"] = apa.percentage(100 * estimate) if print_format.share else bare
    if print_format.style == "percent":
        cells["estimate"] = apa.percentage(estimate)
    result = _result(kind, bare, cells, row["method"])
    if p is not None and row["tail"] is not None:
        result += ", one-tailed"
    cells["result"] = result.to_markdown()
    cells["plain"] = _plain(result, cells)
    cells["significant"] = None if p is None else p < level
    if print_format.signed and math.isfinite(estimate):
        seen = apa.rounded(estimate, places)
        above, below = seen > print_format.no_effect, seen < print_format.no_effect
        cells["direction"] = "positive" if above else "negative" if below else "zero"
        sizes = print_format.sizes
        cells["magnitude"] = apa.size_word(seen, sizes) if sizes else None
    return cells


def _result(kind: StatisticKind, bare: str, cells: Mapping[str, Any], method: str | None) -> Text:
    """A statistic in a sentence: symbol, degrees of freedom, estimate, p."""
    if not kind.symbol:
        return parse_text(cells["estimate"])
    symbol = parse_text(kind.symbol)
    if kind.print_format.with_df and cells["df"]:
        numerator = _NUMERATOR.search(method or "")
        symbol += f"({numerator[1]}, {cells['df']})" if numerator else f"({cells['df']})"
    text = symbol + parse_text(apa.equation("", bare))
    with_p = cells["p"] and kind.print_format.style != "p"
    return text + ", " + parse_text(cells["p"]) if with_p else text


def _plain(result: Text, cells: Mapping[str, Any]) -> str:
    """The result with its interval and both p, without markup."""
    text = ", ".join(filter(None, [result.to_plain(), cells.get("interval")]))
    if cells.get("p_one_tailed") in (None, cells["result"]):
        return text
    two_tailed = parse_text(cells["p_two_tailed"] or "none").to_plain()
    return f"{text} (two-tailed: {two_tailed})"
