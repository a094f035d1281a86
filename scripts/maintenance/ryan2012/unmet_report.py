"""Reports in the cohort's folder: printed values that it meets, and those that no data can meet."""

from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
import pandas as pd

from attune.paper.checks.wording import apart
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue
from attune.paper.verdicts.roundings import as_printed
from attune.stats.intervals import Interval
from attune.synthetic.target_intervals import bound_values, computed_value
from maintenance.ryan2012.proofs import Proof

PLACES = 6
"""Decimals of the intervals in unmet.yaml."""
DECIMALS_OF_P = 3


def unmet_entries(proofs: Sequence[Proof], statistics: pd.DataFrame) -> list[dict[str, Any]]:
    """The proofs as plain values, with what the cohort gives instead.

    Parameters
    ----------
    proofs : sequence of Proof
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
            "label": proof.value.title,
            "printed": proof.value.printed,
            "places": list(proof.value.places),
            "statistic": proof.value.statistic,
            "field": proof.value.field,
            "given": _given(proof.value, statistics),
            "reason": proof.reason,
            "formula": proof.formula,
            "assumptions": list(proof.assumptions),
            "inputs": [
                {"name": value.id, "printed": value.printed} | _ends(interval)
                for value, interval in proof.inputs
            ],
            "possible": _ends(proof.contradiction.possible),
            "needed": _ends(proof.contradiction.needed),
        }
        for proof in proofs
    ]


def readme(
    template: str,
    publication: Publication,
    proofs: Sequence[Proof],
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
    proofs : sequence of Proof
    statistics : pandas.DataFrame
        What `statistics_of_sheets` returns.
    files : mapping of str to str
        File name to what it holds.
    """
    unmet = [
        {
            "label": proof.value.title,
            "printed": _escaped(proof.value.printed),
            "places": "; ".join(proof.value.places),
            "why": f"{proof.reason} {_compared(proof)}".strip(),
            "given": _given(proof.value, statistics),
        }
        for proof in proofs
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


def _compared(proof: Proof) -> str:
    """Possible and printed interval in a sentence; empty if only one value is possible."""
    possible, reading = proof.contradiction.possible, proof.value.reading
    if possible.low == possible.high:
        return ""
    fewest = DECIMALS_OF_P if reading.is_bound else reading.decimals
    low, _, high = apart(possible, reading.interval, fewest).partition(" to ")
    needed = _ends(proof.contradiction.needed)
    return (
        f"So it lies between {low} and {high};"
        f" {_escaped(proof.value.printed)} stands for {needed['low']:g} to {needed['high']:g}."
    )


def _escaped(printed: str) -> str:
    """A bare asterisk would be markup."""
    return printed.replace("*", "\\*")


def _given(value: PrintedValue, statistics: pd.DataFrame) -> str:
    number = computed_value(value, statistics)
    if value.reading.is_bound:
        return f"{number:.{DECIMALS_OF_P}f}"
    return as_printed(number, value.printed)


def _ends(interval: Interval) -> dict[str, float]:
    """Both ends in decimals; the interval may only grow."""
    rounded = interval.outwards(PLACES)
    return {"low": float(rounded.low), "high": float(rounded.high)}
