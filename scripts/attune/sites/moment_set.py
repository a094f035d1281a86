"""A set of measures that a dyad has to have together: what one matrix of moments is about."""

from dataclasses import dataclass
from typing import Literal

Rows = Literal["pairwise", "listwise"]
"""pairwise: each estimate uses the dyads that have its own measures, as the documents of a cohort
do. listwise: all estimates use the dyads that have every measure, one set of people."""


@dataclass(frozen=True, order=True)
class MomentSet:
    """The dyads that have all of some measures, in one condition or in all.

    Attributes
    ----------
    measures : tuple of str
        In the order of the study.
    condition : str
        Code of the treatment condition; "": all dyads.
    """

    measures: tuple[str, ...]
    condition: str = ""

    @property
    def name(self) -> str:
        """The set in words, for messages.

        Examples
        --------
        >>> MomentSet(("kims_total", "scl_intake"), "BRT").name
        'kims_total, scl_intake (condition BRT)'
        """
        where = f" (condition {self.condition})" if self.condition else ""
        return f"{', '.join(self.measures)}{where}"
