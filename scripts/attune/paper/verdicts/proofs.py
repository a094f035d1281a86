"""Printed values that contradict the other printed values, by the checks of the paper."""

from dataclasses import dataclass

import pandas as pd

from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue

LABEL_CHECKS = ("effect_label",)
"""Checks that compare a label with a number: they do not contradict the number itself."""


@dataclass(frozen=True)
class Proof:
    """A contradiction between a printed value and the others.

    Attributes
    ----------
    sentence : str
        The finding.
    inherited : bool
        Whether the finding is about the value that this one belongs to.
    label_only : bool
        Whether only the label that the paper uses for the value is contradicted: the number itself
        may be right.
    """

    sentence: str
    inherited: bool = False
    label_only: bool = False


def inherited_sentence(above: PrintedValue) -> str:
    """Sentence for a value that belongs to another one, which is impossible.

    Parameters
    ----------
    above : PrintedValue
        The value that it belongs to, such as the coefficient of a p.
    """
    return f"It rests on {above.title}, printed {above.printed}, which cannot hold."


class Proofs:
    """The inconsistencies of a paper, by printed value.

    Parameters
    ----------
    publication : Publication
    findings : pandas.DataFrame
        Contract `FINDINGS`.
    """

    def __init__(self, publication: Publication, findings: pd.DataFrame):
        broken = findings[findings["outcome"] == "inconsistent"]
        self._values = {value.id: value for value in publication.values}  # noqa: PD011, no frame
        self._own_findings: dict[str, str] = {}
        self._label_findings: dict[str, str] = {}
        self._findings_by_value: dict[str, list[str]] = {}
        for row in broken.to_dict("records"):
            findings_of_kind = (
                self._label_findings if row["check"] in LABEL_CHECKS else self._own_findings
            )
            findings_of_kind.setdefault(row["value"], str(row["sentence"] or ""))
            for name in {row["value"], *str(row["values"]).replace(",", " ").split()}:
                self._findings_by_value.setdefault(name, []).append(str(row["id"]))

    def of(self, name: str) -> Proof | None:
        """The proof against a value: its own finding, or that of the value it belongs to."""
        if name in self._own_findings:
            return Proof(self._own_findings[name])
        parent = self._values[name].of
        if parent in self._own_findings:
            above = self._values[str(parent)]
            return Proof(inherited_sentence(above), inherited=True)
        if name in self._label_findings:
            return Proof(self._label_findings[name], label_only=True)
        return None

    def findings_of(self, name: str) -> list[str]:
        """Ids of the inconsistencies that a value takes part in."""
        return sorted(self._findings_by_value.get(name, []))
