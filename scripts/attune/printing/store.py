"""Look up statistics by id; unknown ids are collected and reported together."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from attune.printing import apa
from attune.printing.printed_statistics import declared_p, records
from attune.printing.quarto import parse_text
from attune.printing.text import Text, literal, sourced, with_mark
from attune.store.frame_rows import frame_rows
from attune.store.small_cells import Hidden, meaning_of
from attune.store.statistic_kinds import StatisticKinds

EMPTY = literal(apa.NOT_APPLICABLE)
"""A cell without a statistic."""


class StatisticsStore:
    """Statistics by id.

    Parameters
    ----------
    statistics : pandas.DataFrame
        Contract `STATISTICS`.
    printed : pandas.DataFrame
        Contract `PRINTED`, of the same statistics.
    kinds : StatisticKinds
        How each of them is printed.
    decimals : mapping of str to int
        Decimals of each measure and outcome.
    hidden : mapping of str to {"small", "complementary"}, optional
        Suppressed statistics by id; `printed` was made with the same.
    """

    def __init__(
        self,
        statistics: pd.DataFrame,
        printed: pd.DataFrame,
        kinds: StatisticKinds,
        decimals: Mapping[str, int],
        hidden: Mapping[str, Hidden] | None = None,
    ):
        self._hidden = hidden or {}
        self._rows = {row["id"]: row for row in records(statistics)}
        self.printed = PrintedStore(printed)
        self._kinds = kinds
        self._decimals = decimals
        self.unknown: list[str] = []
        """Ids that were looked up and do not exist, since `pop_unknown` was last called."""

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._rows

    def rows(self, analysis: str, statistic: str | None = None) -> list[dict[str, Any]]:
        """Rows of one analysis, of one statistic if it is given, in the order of the store."""
        return [
            row
            for row in self._rows.values()
            if row["analysis"] == analysis and statistic in (None, row["statistic"])
        ]

    def row(self, identifier: str) -> dict[str, Any] | None:
        """One row; None, noted as unknown, where there is none."""
        if identifier not in self._rows:
            self.unknown.append(identifier)
            return None
        return self._rows[identifier]

    def cell(self, identifier: str, show: str = "estimate") -> Text:
        """A cell that prints one part of a statistic.

        Parameters
        ----------
        identifier : str
        show : str
            estimate, interval (the limits alone), se, df, n, p (the one that decides), p_two_tailed
            or p_one_tailed.
        """
        row = self.row(identifier)
        if row is None:
            return EMPTY
        return sourced(parse_text(self._shown(row, show)), identifier, part="")

    def cell_if_known(self, identifier: str, show: str = "estimate") -> Text:
        """The same, or an empty cell where the statistic was not computed."""
        return self.cell(identifier, show) if identifier in self._rows else EMPTY

    def with_stars(self, identifier: str, levels: Sequence[float], tail: str) -> Text:
        """An estimate with one significance star for every level that its p is below."""
        cell = self.cell(identifier)
        row = self._rows.get(identifier)
        if row is None or identifier in self._hidden:
            return cell
        p = row["p_one_tailed"] if tail == "one" else row["p_two_tailed"]
        return cell + with_mark(apa.significance_stars(p, levels), "stars")

    def undefined_reasons(self, identifiers: Sequence[str]) -> dict[str, list[str]]:
        """Why any of these statistics is undefined, as plain text -> ids of those."""
        reasons: dict[str, list[str]] = {}
        for row in self._printed_rows(identifiers):
            if row["id"] not in self._hidden and row["estimate"] is None and row["reason"]:
                reasons.setdefault(parse_text(row["reason"]).to_plain(), []).append(row["id"])
        return reasons

    def hidden_notes(self, identifiers: Sequence[str]) -> list[str]:
        """Notes on the marks of suppressed statistics, as Markdown sentences, each once."""
        hidden_rows = [row for row in self._printed_rows(identifiers) if row["id"] in self._hidden]
        meanings: dict[str, dict[str, Any]] = {}
        for row in hidden_rows:
            meanings.setdefault(meaning_of(row["estimate"], row["reason"]), row)
        return [
            meaning_of(
                *(
                    str(sourced(parse_text(row[part]), row["id"], part))
                    for part in ("estimate", "reason")
                )
            )
            for row in meanings.values()
        ]

    def _printed_rows(self, identifiers: Sequence[str]) -> list[dict[str, Any]]:
        """The rows of those that the store holds, as printed."""
        printed_rows = (self.printed.row(name) for name in identifiers if name in self._rows)
        return [row for row in printed_rows if row]

    def pop_unknown(self) -> list[str]:
        """The unknown ids so far, each once; the list starts anew."""
        unknown, self.unknown = list(dict.fromkeys(self.unknown)), []
        return unknown

    def not_found(self, identifier: str) -> str:
        """A sentence about an unknown id with the closest known one."""
        return not_found(identifier, list(self._rows))

    def _shown(self, row: dict[str, Any], show: str) -> str:
        """One part of a statistic, as Markdown."""
        if row["id"] in self._hidden:
            printed = self.printed.row(row["id"])
            return str(printed["estimate"]) if printed else apa.NOT_APPLICABLE
        if row["estimate"] is None and show not in ("n", "df"):
            return apa.NOT_APPLICABLE
        kind = self._kinds.kind_of(row)
        if show == "estimate":
            return apa.plain_estimate(row, kind.print_format, self._decimals)
        if show == "interval":
            if row["ci_low"] is None or row["ci_high"] is None:
                return apa.NOT_APPLICABLE
            places = apa.decimals_of(row, kind.print_format, self._decimals)
            return apa.limits(row["ci_low"], row["ci_high"], kind.print_format, places)
        value = declared_p(row, kind) if show == "p" else row[show]
        if value is None:
            return apa.NOT_APPLICABLE
        if show == "se":
            places = apa.decimals_of(row, kind.print_format, self._decimals)
            return apa.number(value, places)
        if show == "df":
            return apa.degrees_of_freedom(value)
        return apa.number(value, 0) if show == "n" else apa.p_value(value)


class PrintedStore:
    """Printed statistics by id.

    Parameters
    ----------
    printed : pandas.DataFrame
        Contract `PRINTED`.
    """

    def __init__(self, printed: pd.DataFrame):
        self._rows: dict[str, dict[str, Any]] = {row["id"]: row for row in frame_rows(printed)}

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._rows

    def row(self, identifier: str) -> dict[str, Any] | None:
        """One row, or None."""
        return self._rows.get(identifier)

    def computed(self, statistic: str, analysis: str = "") -> bool:
        """Whether there is a defined statistic of a name, in an analysis if one is given."""
        return any(
            row["estimate"] is not None
            for identifier, row in self._rows.items()
            if identifier.rpartition(".")[2] == statistic
            and (not analysis or identifier.partition(".")[0] == analysis)
        )

    def problem(self, identifier: str, part: str) -> str | None:
        """Why a part of a statistic cannot be printed; None where it can."""
        row = self._rows.get(identifier)
        if row is None:
            return not_found(identifier, list(self._rows))
        if part not in row or part == "id":
            known = ", ".join(name for name in row if name != "id")
            return f"{identifier!r} has no part {part!r}; parts are {known}."
        if row[part] is None:
            why = f" ({row['reason']})" if row["reason"] else ""
            return f"{identifier!r} has no {part}{why}."
        return None


def not_found(identifier: str, known: list[str]) -> str:
    """A sentence about an id that no statistic has, with the closest that one has.

    Examples
    --------
    >>> not_found("alliance.a.b.pearsonr", ["alliance.a.b.pearson_r", "gains.iip.slope"])
    "'alliance.a.b.pearsonr' is not a statistic. Did you mean 'alliance.a.b.pearson_r'?"
    """
    close = difflib.get_close_matches(identifier, known, n=1, cutoff=0.6)
    hint = f"Did you mean {close[0]!r}?" if close else f"There are {len(known)} others."
    return f"{identifier!r} is not a statistic. {hint}"
