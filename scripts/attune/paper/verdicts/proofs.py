"""Printed values that contradict the other printed values, by the checks of the paper."""

from dataclasses import dataclass

import pandas as pd

from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue

OF_WORDS = ("effect_label",)
"""Checks that compare a word with a number: they do not contradict the number itself."""


@dataclass(frozen=True)
class Proof:
    """A contradiction between a printed value and the others.

    Attributes
    ----------
    sentence : str
        The finding.
    inherited : bool
        Whether the finding is about the value that this one belongs to.
    of_word : bool
        Whether only the word that the paper uses for the value does not fit: the number itself may
        be right.
    """

    sentence: str
    inherited: bool = False
    of_word: bool = False


def rests_on(above: PrintedValue) -> str:
    """The sentence for a value that belongs to another one, which cannot hold.

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
        self._owned: dict[str, str] = {}
        self._words: dict[str, str] = {}
        self._naming: dict[str, list[str]] = {}
        for row in broken.to_dict("records"):
            owned = self._words if row["check"] in OF_WORDS else self._owned
            owned.setdefault(row["value"], str(row["sentence"] or ""))
            for name in {row["value"], *str(row["values"]).replace(",", " ").split()}:
                self._naming.setdefault(name, []).append(str(row["id"]))

    def of(self, name: str) -> Proof | None:
        """The proof against a value: its own finding, or that of the value it belongs to."""
        if name in self._owned:
            return Proof(self._owned[name])
        parent = self._values[name].of
        if parent in self._owned:
            above = self._values[str(parent)]
            return Proof(rests_on(above), inherited=True)
        if name in self._words:
            return Proof(self._words[name], of_word=True)
        return None

    def naming(self, name: str) -> list[str]:
        """Ids of the inconsistencies that a value takes part in."""
        return sorted(self._naming.get(name, []))
