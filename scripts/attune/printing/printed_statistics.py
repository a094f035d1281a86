"""Every statistic as running text prints it."""

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

_NUMERATOR = re.compile(r"(\d+) numerator degrees of freedom")
"""Where the method of an F test says its other degrees of freedom."""


def printed_statistics(
    statistics: pd.DataFrame,
    level: float,
    decimals: Mapping[str, int] | None = None,
    hidden: Mapping[str, Hidden] | None = None,
    smallest: int = 0,
) -> pd.DataFrame:
    """Every statistic as running text prints it.

    Parameters
    ----------
    statistics : pandas.DataFrame
        Rows and columns of the contract `STATISTICS`.
    level : float
        A p below it is significant. The p that counts is the one-tailed one where a direction
        was declared, else the two-tailed one; of adjusted and permutation p the estimate itself.
    decimals : mapping of str to int, optional
        Decimals of each measure and outcome, for means, standard deviations and ranges.
    hidden : mapping of str to {"small", "beside"}, optional
        Suppressed statistics (see `attune.store.small_cells`), by id.
    smallest : int, optional
        Smallest count of people that is shown.

    Returns
    -------
    pandas.DataFrame
        Rows and columns of the contract `PRINTED`. `estimate` and `interval` are bare
        (`.456`, `95% CI [.07, .72]`; a share of variance and percentages carry their sign),
        p columns are equations (`*p* = .011`), `result` is what APA prints in a sentence.
        `plain` is the result with its interval and, where it has a one-tailed p, the two-tailed p,
        without markup. `direction` is positive, negative or zero. Every part of a hidden statistic
        says only that it is hidden. An undefined statistic has no `estimate`; its
        `result` says so and its `reason` why.

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame([{"id": "a.x.y.pearson_r", "statistic": "pearson_r", "x": "x",
    ...     "estimate": 0.4561, "df": 23.0, "n": 25, "p_two_tailed": 0.0219}])
    >>> printed_statistics(one, level=0.05)["result"].item()
    '*r*(23) = .456, *p* = .022'
    """
    hidden = hidden or {}
    rows = [
        _hidden(row["id"], hidden[row["id"]], smallest)
        if row["id"] in hidden
        else _printed(row, level, decimals or {})
        for row in records(statistics)
    ]
    frame = pd.DataFrame(rows, columns=PRINTED.schema.names)
    return frame.astype({"significant": "boolean"})


def records(statistics: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of the statistics store as mappings in which what is missing is None."""
    return frame_rows(statistics.reindex(columns=STATISTICS.schema.names))


def declared_p(row: Mapping[str, Any]) -> float | None:
    """The p that decides: one-tailed where a direction was declared, else two-tailed."""
    if apa.form_of(row["statistic"]).kind == "p":
        return row["estimate"]
    return row["p_two_tailed"] if row["tail"] is None else row["p_one_tailed"]


def _hidden(identifier: str, why: Hidden, smallest: int) -> dict[str, Any]:
    """A suppressed statistic, and why it is."""
    mark = literal(marked(why, smallest))
    parts = ("estimate", "interval", "df", "n", "p", "p_two_tailed", "p_one_tailed", "result")
    cells = dict.fromkeys(parts, mark.to_markdown())
    reason = literal(reason_of(why, smallest)).to_markdown()
    return {"id": identifier, "reason": reason, "plain": mark.to_plain()} | cells


def _printed(row: dict[str, Any], level: float, decimals: Mapping[str, int]) -> dict[str, Any]:
    form, estimate, p = apa.form_of(row["statistic"]), row["estimate"], declared_p(row)
    cells: dict[str, Any] = {
        "id": row["id"],
        "df": None if row["df"] is None else apa.degrees_of_freedom(row["df"]),
        "n": None if row["n"] is None else apa.number(row["n"], 0),
        "reason": None if row["reason"] is None else str(literal(row["reason"])),
    }
    if estimate is None:
        why = f" ({one_line(row['reason']).rstrip('.')})" if row["reason"] else ""
        undefined = parse_text(form.symbol or "a value") + f" is undefined{why}"
        return cells | {"result": undefined.to_markdown(), "plain": undefined.to_plain()}
    symbol = form.symbol if form.kind == "p" else "*p*"
    for name, value in (
        ("p", p),
        ("p_two_tailed", row["p_two_tailed"]),
        ("p_one_tailed", row["p_one_tailed"]),
    ):
        cells[name] = None if value is None else apa.equation(symbol, apa.p_value(value))
    places = apa.decimals_of(row, decimals)
    if row["ci_low"] is not None and row["ci_high"] is not None:
        ends = apa.limits(row["ci_low"], row["ci_high"], form, places)
        cells["interval"] = f"{apa.coverage(row['ci_level'])} {form.interval} {ends}"
    bare = apa.plain_estimate(row, decimals)
    cells["estimate"] = apa.percentage(100 * estimate) if form.share else bare
    if form.kind == "percent":
        cells["estimate"] = apa.percentage(estimate)
    result = _result(form, bare, cells, row["method"])
    cells["result"] = result.to_markdown()
    cells["plain"] = _plain(result, cells)
    cells["significant"] = None if p is None else p < level
    if form.signed and math.isfinite(estimate):
        seen = apa.rounded(estimate, places)
        cells["direction"] = "zero" if seen == 0 else "positive" if seen > 0 else "negative"
        cells["magnitude"] = apa.size_word(seen, form.sizes) if form.sizes else None
    return cells


def _result(form: apa.Form, bare: str, cells: Mapping[str, Any], method: str | None) -> Text:
    """A statistic in a sentence: symbol, degrees of freedom, estimate, p."""
    if not form.symbol:
        return parse_text(cells["estimate"])
    symbol = parse_text(form.symbol)
    if form.with_df and cells["df"]:
        numerator = _NUMERATOR.search(method or "")
        symbol += f"({numerator[1]}, {cells['df']})" if numerator else f"({cells['df']})"
    text = symbol + parse_text(apa.equation("", bare))
    return text + ", " + parse_text(cells["p"]) if cells["p"] and form.kind != "p" else text


def _plain(result: Text, cells: Mapping[str, Any]) -> str:
    """The result with its interval and both p, without markup."""
    text = ", ".join(filter(None, [result.to_plain(), cells.get("interval")]))
    if cells.get("p_one_tailed") in (None, cells["result"]):
        return text
    two_tailed = parse_text(cells["p_two_tailed"] or "none").to_plain()
    return f"{text} (p one-tailed; two-tailed: {two_tailed})"
