"""The file reasons.yaml of a cohort: accepted verdicts, each with its reason."""

from pydantic import model_validator

from attune.specs.closed_model import ClosedModel
from attune.specs.instrument import Identifier
from attune.specs.verdict_kinds import NEEDING_NO_REASON, ReasonCode, Verdict


class Reason(ClosedModel):
    """An accepted verdict and its reason."""

    value: Identifier
    """Id of the printed value."""
    verdict: Verdict
    """The accepted verdict; if the data give another one, the run stops."""
    code: ReasonCode
    """Kind of reason."""
    note: str
    """The finding, in a sentence."""
    by: str
    """Name of the person who decided."""

    @model_validator(mode="after")
    def _needs_a_reason(self) -> "Reason":
        if self.verdict in NEEDING_NO_REASON:
            raise ValueError(f"a value that is {self.verdict} needs no reason. Remove the entry")
        hints = {"note": "say in a sentence what was found out", "by": "say who decided"}
        empty = [f"{key}: {hint}" for key, hint in hints.items() if not getattr(self, key).strip()]
        if empty:
            raise ValueError("; ".join(empty))
        return self


class Reasons(ClosedModel):
    """One file data/<cohort>/reasons.yaml."""

    cohort: Identifier
    """Id, the same as the folder's name."""
    publication: Identifier
    """The paper whose printed values these are."""
    reasons: list[Reason] = []
    """One entry for each printed value that does not hold."""

    @model_validator(mode="after")
    def _one_per_value(self) -> "Reasons":
        values = [reason.value for reason in self.reasons]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise ValueError(f"reasons: {twice} occur more than once. Keep one entry each")
        return self
