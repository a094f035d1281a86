"""The verdict on every printed value: what the paper prints against what the data give.

In this order, and the first that applies:

1. `not_compared`: quoted from elsewhere, not asked by the study, or withheld. `not_computable`: no
   such statistic, or it is undefined.
2. Digits. `reproduced_exactly`: rounded halves away from zero, the computed number has the printed
   digits. `within_rounding`: half to even, cut off, or rounded twice it has them. Bounds ("p <
   .05", stars, "not significant", "less than 5 %"): `reproduced_exactly` if the number lies
   within; at a bound itself it is not below it. `same_decision`: of a finding in words, the p
   lies on its side of the paper's level, and the estimate has the sign that it states.
3. `sign_differs`: the signs differ, and neither number rounds to 0; or the estimate behind a
   finding has the other sign.
4. `decision_differs`: the number lies on the other side of its printed bound; or a printed p, or
   a p or star that belongs to the value, lies on the other side of its level than the data's p.
5. `differs`.

For synthetic data, `recovered` replaces 2, and `not_recoverable` replaces 3 to 5 where a check of
the paper alone proves that the value, or the value that it belongs to, contradicts the other
printed values.
"""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from attune.paper.ledger.ledger import PAPER, Publication
from attune.paper.ledger.printed_value import P_KINDS, PrintedValue
from attune.paper.verdicts.computed import Computed, computed_values
from attune.paper.verdicts.proofs import Proof, Proofs
from attune.paper.verdicts.roundings import way_of_printing
from attune.paper.verdicts.sentences import (
    contradiction_reason,
    difference_reason,
    direction_reason,
    match_reason,
    p_note,
    shown_value,
)
from attune.printing.apa import as_decimal, quantized
from attune.specs.reasons import Reason, Reasons
from attune.specs.verdict_kinds import MATCHING, NEEDING_NO_REASON, Verdict
from attune.store.small_cells import Hidden


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
        The accepted verdicts, each with its reason.
    synthetic : bool
        Whether the data are synthetic: a synthetic cohort or a twin.
    hidden : mapping of str to {"small", "complementary"}, optional
        Suppressed statistics; the printed values bound to them are not compared.
    smallest : int, optional
        Smallest count of people that is not suppressed.

    Returns
    -------
    pandas.DataFrame
        Contract `VERDICTS`, in the order of the publication.
    """
    computed = computed_values(publication, statistics, hidden or {}, smallest)
    dependents = defaultdict(list)
    for value in publication.values:  # noqa: PD011, no frame
        if value.of:
            dependents[value.of].append(value)
    proofs = Proofs(publication, findings)
    known = {reason.value: reason for reason in reasons.reasons} if reasons else {}
    rows = [
        _row(position, value, publication, computed, dependents[value.id], proofs, synthetic)
        | _accepted(known.get(value.id))
        for position, value in enumerate(publication.values)
    ]
    for row, value in zip(rows, publication.values, strict=True):
        _set_accepted(row, computed[value.id])
    return pd.DataFrame(rows)


def _row(
    position: int,
    value: PrintedValue,
    publication: Publication,
    computed: Mapping[str, Computed],
    dependents: list[PrintedValue],
    proofs: Proofs,
    synthetic: bool,
) -> dict[str, Any]:
    result = computed[value.id]
    source = publication.source_of(value)
    proof = proofs.of(value.id)
    verdict, reason = _without_number(result), result.why_missing
    if result.value is not None:
        verdict, reason = _verdict(value, result, publication, computed, dependents)
        verdict, reason = _with_proof(verdict, reason, proof, synthetic)
    return {
        "id": value.id,
        "label": value.title,
        "kind": value.kind,
        "printed": value.printed,
        "verdict": verdict,
        "position": position,
        "places": "; ".join(value.places),
        "source": source.kind if source else PAPER,
        "statistic": result.statistic or value.statistic,
        "field": value.field if value.statistic else None,
        "n_printed": value.n,
        "n": result.n,
        "computed": result.value,
        "shown": None if result.value is None else shown_value(value, result.value),
        "why": reason,
        "findings": " ".join(proofs.findings_of(value.id)) or None,
    }


def _without_number(result: Computed) -> Verdict:
    """The verdict on a value for which nothing was computed."""
    return "not_compared" if result.code else "not_computable"


def _verdict(
    value: PrintedValue,
    result: Computed,
    publication: Publication,
    computed: Mapping[str, Computed],
    dependents: list[PrintedValue],
) -> tuple[Verdict, str]:
    """The verdict on real data, and its reason."""
    number = result.value
    if number is None:
        return _without_number(result), result.why_missing
    way = way_of_printing(number, value.reading)
    if way is not None and not value.direction_holds(result.estimate):
        return "sign_differs", direction_reason(value, result)
    if way is not None and value.kind == "finding":
        return "same_decision", match_reason(value, result, way)
    if way is not None:
        return "within_rounding" if way else "reproduced_exactly", match_reason(value, result, way)
    if _sign_differs(value, number):
        return "sign_differs", difference_reason(value, result, "the signs differ")
    for decisive in (value, *dependents):
        given = computed[decisive.id].value
        if given is not None and _decision_differs(decisive, given, publication):
            note = _decision_note(value, decisive, given, publication)
            return "decision_differs", difference_reason(value, result, note)
    return "differs", difference_reason(value, result)


def _decision_note(
    value: PrintedValue, decisive: PrintedValue, given: float, publication: Publication
) -> str:
    """Which p, or star, changes the decision, as a clause."""
    if decisive is not value:
        return p_note(decisive, given, publication)
    return "" if value.reading.is_bound else f"they lie on different sides of {publication.level}"


def _sign_differs(value: PrintedValue, number: float) -> bool:
    printed = value.reading.number
    if printed is None:
        return False
    return printed.value * quantized(as_decimal(number), printed.decimals) < 0


def _decision_differs(value: PrintedValue, number: float, publication: Publication) -> bool:
    """Whether a number lies on the other side of its printed bound or level."""
    if value.reading.is_bound:
        return not value.reading.bounds_hold(number)
    if value.kind not in P_KINDS:
        return False
    level, printed = Fraction(publication.level), value.reading.interval
    if printed.low < level <= printed.high:
        return False  # the printed digits leave both decisions open
    return (printed.low < level) != (as_decimal(number) < Decimal(publication.level))


def _with_proof(
    verdict: Verdict, reason: str, proof: Proof | None, synthetic: bool
) -> tuple[Verdict, str]:
    """The verdict and its reason, adjusted where a check of the paper contradicts the value."""
    if verdict in MATCHING:
        if proof and not proof.inherited:
            what = (
                "the paper's label contradicts it"
                if proof.label_only
                else "other printed numbers contradict it"
            )
            reason = f"{reason} However, {what}: {proof.sentence}".strip()
        return ("recovered" if synthetic else verdict), reason
    if proof is None or proof.label_only:
        return verdict, reason
    if synthetic:
        return "not_recoverable", contradiction_reason(proof, reason)
    if proof.inherited:
        return verdict, reason
    return verdict, f"{reason} Other printed numbers contradict it, too: {proof.sentence}"


def _accepted(reason: Reason | None) -> dict[str, Any]:
    if reason is None:
        return dict.fromkeys(("reason", "note", "by", "accepted"))
    return {
        "reason": reason.code,
        "note": reason.note,
        "by": reason.by,
        "accepted": reason.verdict,
    }


def _set_accepted(row: dict[str, Any], result: Computed) -> None:
    """Set whether the verdict is accepted: automatically, or with a reason given for it."""
    if row["verdict"] in NEEDING_NO_REASON:
        row |= {"reason": result.code or None, "note": None, "by": None, "accepted": True}
    else:
        row["accepted"] = row["reason"] is not None and row["accepted"] == row["verdict"]
