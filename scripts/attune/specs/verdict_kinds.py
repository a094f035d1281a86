"""The verdicts on a printed value with their meanings, and the codes of accepted reasons."""

from typing import Literal

Verdict = Literal[
    "reproduced_exactly",
    "within_rounding",
    "same_decision",
    "recovered",
    "not_recoverable",
    "sign_differs",
    "decision_differs",
    "differs",
    "not_computable",
    "not_compared",
]

ReasonCode = Literal[
    "typo",
    "rounding",
    "different_n",
    "different_tail",
    "different_scoring",
    "different_missing_rule",
    "different_test",
    "different_data",
    "impossible",
    "quoted",
    "not_asked",
    "not_shared",
    "unresolved",
]
"""Reason why a printed value does not match, as far as a person found out."""

VERDICTS: dict[Verdict, str] = {
    "reproduced_exactly": "the data give these digits, or a number within the printed bound",
    "within_rounding": "under some rounding rule, the data give these digits",
    "same_decision": "of a finding in words: in the data, p lies on its side of the level, and the"
    " estimate has the sign that it states",
    "recovered": "the synthetic data give these digits, or this decision; evidence of nothing but"
    " the code",
    "not_recoverable": "no data could give it together with the others that the paper prints",
    "sign_differs": "the data give the other sign",
    "decision_differs": "the data give a value on the other side of the level",
    "differs": "the data give another number",
    "not_computable": "the statistic that should give it is missing or undefined",
    "not_compared": "these data cannot give it: quoted from elsewhere, part of the design, about"
    " something that the data do not hold, or withheld because it counts too few people; or not"
    " asked by this study",
}

MATCHING: tuple[Verdict, ...] = (
    "reproduced_exactly",
    "within_rounding",
    "same_decision",
    "recovered",
)
"""Verdicts on printed values that match the data; they need no reason."""

NEEDING_NO_REASON: tuple[Verdict, ...] = (*MATCHING, "not_compared")
"""Verdicts that are accepted automatically."""
