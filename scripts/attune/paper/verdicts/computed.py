"""The computed number of each printed value, or the reason why there is none."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue
from attune.specs.closed_model import did_you_mean
from attune.store.small_cells import Hidden, reason_of

NOT_COMPARED = "Not compared: "
"""Beginning of the reason why a value was left out on purpose."""

_PERCENT = "_percent"
_NAMES = {
    "df": "degrees of freedom",
    "n": "n",
    "p_two_tailed": "two-tailed p",
    "p_one_tailed": "one-tailed p",
    "ci_low": "lower limit",
    "ci_high": "upper limit",
}


@dataclass(frozen=True)
class Computed:
    """The computed number for a printed value.

    Attributes
    ----------
    statistic : str or None
        Id in the statistics store, if it is there.
    value : float or None
        In the unit of the print.
    n : int or None
        Cases that the statistic rests on.
    why_missing : str
        Sentence why there is no value; empty if there is one.
    code : str
        Reason code that is accepted automatically: `quoted`, `not_asked`, `not_shared`.
    estimate : float or None
        Estimate of the statistic, whose sign a finding may state.
    """

    statistic: str | None = None
    value: float | None = None
    n: int | None = None
    why_missing: str = ""
    code: str = ""
    estimate: float | None = None


def computed_values(
    publication: Publication,
    statistics: pd.DataFrame,
    hidden: Mapping[str, Hidden],
    smallest: int,
) -> dict[str, Computed]:
    """The computed numbers, by the id of their printed value.

    Parameters
    ----------
    publication : Publication
    statistics : pandas.DataFrame
        Contract `STATISTICS`: the whole store.
    hidden : mapping of str to {"small", "complementary"}
        Suppressed statistics (`attune.store.small_cells.hidden_statistics`). Their numbers are
        never returned.
    smallest : int
        Smallest count of people that is not suppressed.
    """
    rows = statistics.set_index("id")
    known = set(rows.index)
    return {
        value.id: _computed(value, rows, known, hidden, smallest)
        for value in publication.values  # noqa: PD011, no frame
    }


def _computed(
    value: PrintedValue,
    rows: pd.DataFrame,
    known: set[str],
    hidden: Mapping[str, Hidden],
    smallest: int,
) -> Computed:
    if value.statistic is None:
        if value.why_unbound:
            code = "quoted" if value.quoted else "not_asked"
            why = value.why_unbound.rstrip(".")
            return Computed(why_missing=f"{NOT_COMPARED}{why}.", code=code)
        return Computed(why_missing="The ledger names no statistic that should give it.")
    name = value.statistic
    if name not in known and name.endswith(_PERCENT):
        name = name.removesuffix(_PERCENT)  # stored as a share, printed in percent
    if name not in known:
        hint = did_you_mean(value.statistic, sorted(known)) if known else ""
        hint = hint if hint.startswith("Did") else ""
        return Computed(why_missing=f"The results hold no `{value.statistic}`. {hint}".rstrip())
    if name in hidden:
        why = reason_of(hidden[name], smallest).replace("whose number is", "who are")
        return Computed(name, why_missing=f"{NOT_COMPARED}{why}.", code="not_shared")
    return _stored(value, name, rows.loc[name].to_dict())


def _stored(value: PrintedValue, name: str, row: dict[Hashable, Any]) -> Computed:
    n = None if pd.isna(row["n"]) else int(row["n"])
    number = row[value.field]
    if not pd.isna(number):
        estimate = None if pd.isna(row["estimate"]) else float(row["estimate"])
        return Computed(name, float(number) * value.print_factor, n, estimate=estimate)
    reason = row["reason"]
    if not pd.isna(row["estimate"]):
        declared = value.field != "p_one_tailed" or not pd.isna(row["tail"])
        why = f"`{name}` has no {_NAMES.get(value.field, value.field)}"
        return Computed(name, None, n, why + ("." if declared else ": no direction is declared."))
    why = f": {str(reason).rstrip('.')}" if isinstance(reason, str) and reason else ""
    return Computed(name, None, n, f"`{name}` is undefined{why}.")
