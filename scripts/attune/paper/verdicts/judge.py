"""The verdict on every printed value: what the paper prints against what the data give.

In this order, and the first that applies:

1. `not_computable`: quoted from elsewhere, no such statistic, undefined, or withheld.
2. Digits. `reproduced_exactly`: rounded halves away from zero, the computed number has the printed
   digits. `within_rounding`: half to even, cut off, or rounded twice it has them. Bounds ("p <
   .05", stars, "not significant", "less than 5 %"): `reproduced_exactly` where the number lies
   within; at a bound itself it is not below it.
3. `sign_differs`: the signs differ, and neither number rounds to 0.
4. `decision_differs`: the number lies on the other side of its printed bound; or a printed p, or
   a p or star that belongs to the value, lies on the other side of its level than the data's p.
5. `differs`.

Synthetic data reproduce nothing. Theirs is `recovered` in place of 2, and `not_recoverable` in
place of 3 to 5 where a check of the paper alone proves that the value, or the value that it
belongs to, cannot hold together with what else is printed.
"""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from attune.paper.ledger.ledger import PrintedValue, Publication
from attune.paper.ledger.reading import is_bound, label, reading, within_bounds
from attune.paper.verdicts.computed import Computed, computed_values
from attune.paper.verdicts.proofs import Proof, Proofs
from attune.paper.verdicts.roundings import read_number, way_of_rounding
from attune.paper.verdicts.sentences import (
    said_of_p,
    shown_value,
    why_differs,
    why_holds,
    why_not_recoverable,
)
from attune.printing.apa import as_decimal, quantized
from attune.specs.reasons import Reason, Reasons
from attune.specs.verdict_kinds import HOLDS, Verdict
from attune.store.small_cells import Hidden

P_KINDS = ("p", "stars")


def judge_values(
    publication: Publication,
    statistics: pd.DataFrame,
    findings: pd.DataFrame,
    reasons: Reasons | None,
    *,
    synthetic: bool,
    hidden: Mapping[str, Hidden] | None = None,
    smallest: int = 0,
) -> pd.DataFrame:
    """A verdict for every printed value.

    Parameters
    ----------
    publication : Publication
        What the paper prints.
    statistics : pandas.DataFrame
        Contract `STATISTICS`: the whole store.
    findings : pandas.DataFrame
        Contract `FINDINGS`: the checks of the paper alone.
    reasons : Reasons or None
        What a person wrote about values that do not hold.
    synthetic : bool
        Whether nobody answered these questionnaires: a synthetic cohort or a twin.
    hidden : mapping of str to {"small", "beside"}, optional
        Statistics that nothing shared may print; values that they should give are not compared.
    smallest : int, optional
        Smallest count of people that is shown.

    Returns
    -------
    pandas.DataFrame
        Contract `VERDICTS`, in the order of the publication.
    """
    computed = computed_values(publication, statistics, hidden or {}, smallest)
    belonging = defaultdict(list)
    for value in publication.values:  # noqa: PD011, no frame
        if value.of:
            belonging[value.of].append(value)
    proofs = Proofs(publication, findings)
    known = {each.value: each for each in reasons.reasons} if reasons else {}
    rows = [
        _row(position, value, publication, computed, belonging[value.id], proofs, synthetic)
        | _accepted(known.get(value.id))
        for position, value in enumerate(publication.values)
    ]
    for row, value in zip(rows, publication.values, strict=True):
        _settle(row, computed[value.id])
    return pd.DataFrame(rows)


def _row(
    position: int,
    value: PrintedValue,
    publication: Publication,
    computed: Mapping[str, Computed],
    belonging: list[PrintedValue],
    proofs: Proofs,
    synthetic: bool,
) -> dict[str, Any]:
    found = computed[value.id]
    proof = proofs.of(value.id)
    verdict, why = "not_computable", found.without
    if found.value is not None:
        verdict, why = _judged(value, found, publication, computed, belonging)
        verdict, why = _with_proof(verdict, why, proof, synthetic)
    return {
        "id": value.id,
        "label": label(value),
        "kind": value.kind,
        "printed": value.printed,
        "verdict": verdict,
        "position": position,
        "places": "; ".join(value.places),
        "statistic": found.statistic or value.statistic,
        "field": value.field if value.statistic else None,
        "n_printed": value.n,
        "n": found.n,
        "computed": found.value,
        "shown": None if found.value is None else shown_value(value, found.value),
        "why": why,
        "findings": " ".join(proofs.naming(value.id)) or None,
    }


def _judged(
    value: PrintedValue,
    found: Computed,
    publication: Publication,
    computed: Mapping[str, Computed],
    belonging: list[PrintedValue],
) -> tuple[Verdict, str]:
    """The verdict on real data, and why."""
    number = found.value
    if number is None:
        return "not_computable", found.without
    way = _way(value, number, publication)
    if way is not None:
        return "within_rounding" if way else "reproduced_exactly", why_holds(value, found, way)
    if _sign_differs(value, number):
        return "sign_differs", why_differs(value, found, publication, "the signs differ")
    for each in (value, *belonging):
        given = computed[each.id].value
        if given is not None and _other_side(each, given, publication):
            said = _said(value, each, given, publication)
            return "decision_differs", why_differs(value, found, publication, said)
    return "differs", why_differs(value, found, publication)


def _said(value: PrintedValue, each: PrintedValue, given: float, publication: Publication) -> str:
    """What the p says that tells the decision."""
    if each is not value:
        return said_of_p(each, given, publication)
    return "" if is_bound(value) else f"they lie on different sides of {publication.level}"


def _way(value: PrintedValue, number: float, publication: Publication) -> str | None:
    """How the number is printed so: "" as usual, a name for another way, None not at all."""
    if is_bound(value):
        return "" if within_bounds(value, number, publication) else None
    printed = read_number(value.printed)
    return None if printed is None else way_of_rounding(number, printed)


def _sign_differs(value: PrintedValue, number: float) -> bool:
    printed = None if is_bound(value) else read_number(value.printed)
    if printed is None:
        return False
    return printed.value * quantized(as_decimal(number), printed.places) < 0


def _other_side(value: PrintedValue, number: float, publication: Publication) -> bool:
    """Whether a number lies on the other side of what was printed about it."""
    if is_bound(value):
        return not within_bounds(value, number, publication)
    if value.kind not in P_KINDS:
        return False
    level, printed = Fraction(publication.level), reading(value, publication)
    if printed.low < level <= printed.high:
        return False  # the digits do not tell on which side the paper stands
    return (printed.low < level) != (as_decimal(number) < Decimal(publication.level))


def _with_proof(
    verdict: Verdict, why: str, proof: Proof | None, synthetic: bool
) -> tuple[Verdict, str]:
    """The verdict with what the paper's own numbers say; synthetic data reproduce nothing."""
    if verdict in HOLDS:
        if proof and not proof.inherited:
            speaks = "word for it speaks" if proof.of_word else "other numbers speak"
            why = f"{why} Yet the paper's {speaks} against it: {proof.sentence}".strip()
        return ("recovered" if synthetic else verdict), why
    if proof is None or proof.of_word:
        return verdict, why
    if synthetic:
        return "not_recoverable", why_not_recoverable(why, proof)
    if proof.inherited:
        return verdict, why
    return verdict, f"{why} The paper's other numbers speak against it, too: {proof.sentence}"


def _accepted(reason: Reason | None) -> dict[str, Any]:
    if reason is None:
        return dict.fromkeys(("reason", "note", "by", "accepted"))
    return {
        "reason": reason.code,
        "note": reason.note,
        "by": reason.by,
        "accepted": reason.verdict,
    }


def _settle(row: dict[str, Any], found: Computed) -> None:
    """Whether the verdict needs a reason, and has one for exactly this verdict."""
    if row["verdict"] in HOLDS:
        row |= {"reason": None, "note": None, "by": None, "accepted": True}
    elif row["reason"] is not None:
        row["accepted"] = row["accepted"] == row["verdict"]
    elif found.code:
        row |= {"reason": found.code, "accepted": True}
    else:
        row["accepted"] = False
