"""What is said about the cohort in its folder: what it meets, what nothing could meet, and why."""

from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
import pandas as pd

from attune.paper.ledger.ledger import PrintedValue, Publication
from attune.paper.ledger.reading import as_printed, decimals, is_bound, label
from attune.stats.intervals import Interval
from maintenance.ryan2012.bound_values import bound_values, met_by, value_of
from maintenance.ryan2012.proofs import Contradiction

PLACES = 6
"""Decimals of the intervals in unmet.yaml."""
DECIMALS_OF_P = 3


def unmet_entries(
    contradictions: Sequence[Contradiction], statistics: pd.DataFrame
) -> list[dict[str, Any]]:
    """The proofs as plain values, with what the cohort gives instead.

    Parameters
    ----------
    contradictions : sequence of Contradiction
    statistics : pandas.DataFrame
        What `statistics_of_sheets` returns.

    Returns
    -------
    list of dict
        For the file unmet.yaml, in the order of the ledger.
    """
    return [
        {
            "id": proof.value.id,
            "label": label(proof.value),
            "printed": proof.value.printed,
            "places": list(proof.value.places),
            "statistic": proof.value.statistic,
            "field": proof.value.field,
            "given": _given(proof.value, statistics),
            "reason": proof.reason,
            "formula": proof.formula,
            "assumptions": list(proof.assumptions),
            "inputs": [
                {"name": each.name, "printed": each.printed} | _ends(each.interval)
                for each in proof.inputs
            ],
            "possible": _ends(proof.possible),
            "needed": _ends(proof.needed),
        }
        for proof in contradictions
    ]


def missed_values(
    publication: Publication, contradictions: Sequence[Contradiction], statistics: pd.DataFrame
) -> list[str]:
    """One sentence per printed value that could be met and is not."""
    proved = {proof.value.id for proof in contradictions}
    return [
        f"{value.id} is printed {value.printed}, found {value_of(value, statistics)}"
        for value in bound_values(publication)
        if value.id not in proved and not met_by(value, statistics)
    ]


def readme(
    template: str,
    publication: Publication,
    contradictions: Sequence[Contradiction],
    statistics: pd.DataFrame,
    files: Mapping[str, str],
) -> str:
    """The README of the cohort's folder.

    Parameters
    ----------
    template : str
        Jinja2 source. It knows `n_values` of the ledger, `n_bound`, `n_met`, `unmet` (with label,
        printed, places, why and given), `files`, `conventions` and `remarks`.
    publication : Publication
    contradictions : sequence of Contradiction
    statistics : pandas.DataFrame
        What `statistics_of_sheets` returns.
    files : mapping of str to str
        File name to what it holds.
    """
    unmet = [
        {
            "label": label(proof.value),
            "printed": _escaped(proof.value.printed),
            "places": "; ".join(proof.value.places),
            "why": f"{proof.reason} {_compared(proof)}".strip(),
            "given": _given(proof.value, statistics),
        }
        for proof in contradictions
    ]
    # The output is Markdown, where HTML's escaping would be wrong.
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.from_string(template).render(
        n_values=len(publication.values),
        n_bound=len(bound_values(publication)),
        n_met=len(bound_values(publication)) - len(unmet),
        unmet=unmet,
        files=files,
        conventions=publication.conventions,
        remarks=publication.remarks,
    )


def readable(possible: Interval, needed: Interval, fewest: int) -> tuple[str, str]:
    """Ends with the fewest decimals that keep an interval apart from another, rounded outwards.

    Examples
    --------
    >>> from attune.stats.intervals import rounding_interval, total
    >>> parts = [rounding_interval(mean) for mean in ("37.8", "31", "30.3", "32.7")]
    >>> readable(total(parts), rounding_interval("133"), 0)
    ('131.15', '132.45')
    """
    places = fewest
    while places < PLACES and possible.outwards(places).overlaps(needed):
        places += 1
    rounded = possible.outwards(places)
    return f"{float(rounded.low):.{places}f}", f"{float(rounded.high):.{places}f}"


def _compared(proof: Contradiction) -> str:
    """What is possible beside what is printed; empty where only one value is possible."""
    if proof.possible.low == proof.possible.high:
        return ""
    fewest = DECIMALS_OF_P if is_bound(proof.value) else decimals(proof.value)
    low, high = readable(proof.possible, proof.needed, fewest)
    needed = _ends(proof.needed)
    return (
        f"So it lies between {low} and {high};"
        f" {_escaped(proof.value.printed)} stands for {needed['low']:g} to {needed['high']:g}."
    )


def _escaped(printed: str) -> str:
    """A bare asterisk would be markup."""
    return printed.replace("*", "\\*")


def _given(value: PrintedValue, statistics: pd.DataFrame) -> str:
    found = value_of(value, statistics)
    return f"{found:.{DECIMALS_OF_P}f}" if is_bound(value) else as_printed(found, value.printed)


def _ends(interval: Interval) -> dict[str, float]:
    """Both ends in decimals; the interval may only grow."""
    rounded = interval.outwards(PLACES)
    return {"low": float(rounded.low), "high": float(rounded.high)}
