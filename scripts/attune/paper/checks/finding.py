"""The finding of one check about one printed value."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from attune.stats.intervals import Interval

Outcome = Literal["consistent", "inconsistent", "cannot_tell"]

Explanation = Literal[
    "different_tail", "slip", "different_n", "different_test", "typo", "impossible"
]
"""The simplest explanation of an inconsistency, from the most harmless on: the p of the other tail,
a common slip of reporting (digits cut off, = for <, the decimal point), another number of cases,
another test (Welch's instead of Student's), one wrong digit; otherwise the numbers are
impossible."""


@dataclass(frozen=True)
class Finding:
    """One check of one printed value.

    Attributes
    ----------
    check : str
        Which check, such as `p_from_r`.
    value : str
        Id of the printed value that is checked: it owns the finding.
    values : tuple of str
        Ids of all printed values that took part, the checked one first.
    outcome : str
    printed : str
        The checked value as printed.
    possible : str
        What is possible given the rounding of the others, ready to print: `.564 to .571`.
    arithmetic : str
        The computation with its numbers, ready to print.
    sentence : str
        The finding as a sentence for readers.
    explanation : str or None
        The simplest explanation of an inconsistency.
    explained : str
        That explanation in words, such as "n = 25 instead of 26 would give it."; may be empty.
    number : int
        Counts the findings of one check about one value, from 1 on; the audit numbers them.
    allowed : Interval or None
        The interval behind `possible`; None where that is not a single interval.
    """

    check: str
    value: str
    values: tuple[str, ...]
    outcome: Outcome
    printed: str
    possible: str
    arithmetic: str
    sentence: str
    explanation: Explanation | None = None
    explained: str = ""
    number: int = 1
    allowed: Interval | None = None

    @property
    def id(self) -> str:
        """Id of the finding: check and checked value, and from the second finding on its number."""
        name = f"{self.check}.{self.value}"
        return name if self.number == 1 else f"{name}.{self.number}"

    def texts(self) -> dict[str, Any]:
        """The finding as texts and a number, without the interval behind `possible`."""
        return {name: value for name, value in asdict(self).items() if name != "allowed"}

    def row(self) -> dict[str, Any]:
        """The finding as a row of the contract `FINDINGS`, and its number."""
        return self.texts() | {"id": self.id, "values": ", ".join(self.values)}
