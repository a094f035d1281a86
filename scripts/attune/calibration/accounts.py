"""What is said about the cohort in its folder: what it meets, what nothing could meet, and why."""

from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
import pandas as pd

from attune.calibration.proofs import Contradiction
from attune.calibration.recomputation import value_of
from attune.calibration.targets import Target, Targets, as_printed
from attune.intervals import Interval, decimals

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
        What `recomputed_statistics` returns.

    Returns
    -------
    list of dict
        For the file unmet.yaml, in the order of the targets.
    """
    return [
        {
            "id": proof.target.id,
            "label": proof.target.label,
            "printed": proof.target.printed,
            "places": list(proof.target.places),
            "statistic": proof.target.statistic,
            "field": proof.target.field,
            "given": _given(proof.target, statistics),
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


def missed_targets(
    targets: Targets, contradictions: Sequence[Contradiction], statistics: pd.DataFrame
) -> list[str]:
    """One sentence per target that could be met and is not."""
    proved = {proof.target.id for proof in contradictions}
    return [
        f"{target.id} is printed {target.printed}, found {value_of(target, statistics)}"
        for target in targets.targets
        if target.id not in proved and not target.met_by(value_of(target, statistics))
    ]


def readme(
    template: str,
    targets: Targets,
    contradictions: Sequence[Contradiction],
    statistics: pd.DataFrame,
    files: Mapping[str, str],
) -> str:
    """The README of the cohort's folder.

    Parameters
    ----------
    template : str
        Jinja2 source. It knows `n_targets`, `n_met`, `unmet` (with label, printed, places, why and
        given), `files`, `conventions` and `remarks`.
    targets : Targets
    contradictions : sequence of Contradiction
    statistics : pandas.DataFrame
        What `recomputed_statistics` returns.
    files : mapping of str to str
        File name to what it holds.
    """
    unmet = [
        {
            "label": proof.target.label or proof.target.id.replace("_", " "),
            "printed": _escaped(proof.target.printed),
            "places": "; ".join(proof.target.places),
            "why": f"{proof.reason} {_compared(proof)}".strip(),
            "given": _given(proof.target, statistics),
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
        n_targets=len(targets.targets),
        n_met=len(targets.targets) - len(unmet),
        unmet=unmet,
        files=files,
        conventions=targets.conventions,
        remarks=targets.remarks,
    )


def readable(possible: Interval, needed: Interval, fewest: int) -> tuple[str, str]:
    """Ends with the fewest decimals that keep an interval apart from another, rounded outwards.

    Examples
    --------
    >>> from attune.intervals import rounding_interval, total
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
    fewest = DECIMALS_OF_P if proof.target.bounded else decimals(proof.target.printed)
    low, high = readable(proof.possible, proof.needed, fewest)
    needed = _ends(proof.needed)
    return (
        f"So it lies between {low} and {high};"
        f" {_escaped(proof.target.printed)} stands for {needed['low']:g} to {needed['high']:g}."
    )


def _escaped(printed: str) -> str:
    """A bare asterisk would be markup."""
    return printed.replace("*", "\\*")


def _given(target: Target, statistics: pd.DataFrame) -> str:
    value = value_of(target, statistics)
    return f"{value:.{DECIMALS_OF_P}f}" if target.bounded else as_printed(value, target.printed)


def _ends(interval: Interval) -> dict[str, float]:
    """Both ends in decimals; the interval may only grow."""
    rounded = interval.outwards(PLACES)
    return {"low": float(rounded.low), "high": float(rounded.high)}
