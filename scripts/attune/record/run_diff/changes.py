"""The typed result of a comparison, which is also its JSON file.

`before` is the first run, `after` the second one. A change is given in units of the print wherever
there is a printed form. Numbers of suppressed small cells are never given.
"""

from typing import Literal

from pydantic import Field

from attune.specs.closed_model import ClosedModel

Value = float | str | None
Standing = Literal["planned", "beside", "sign_only"]
"""Kind of a decision: of a planned test, of another method beside it, or only the sign of a result
that is not significant."""


class FieldChange(ClosedModel):
    """One column of a statistic."""

    field: str
    """estimate, se, df, n, a p, an end of the interval, or text such as tail and method."""
    before: Value
    after: Value
    difference: float | None = None
    """After minus before; null if one of them is not a number."""
    units: float | None = None
    """Of an estimate: the difference in units of the last printed digit."""


class StatisticChange(ClosedModel):
    """One statistic."""

    id: str
    """Id in the second run, or in the first one if it was removed."""
    change: Literal["new", "removed", "renamed", "changed"]
    former_id: str | None = None
    """Of a renamed statistic: its id in the first run."""
    printed_before: str | None = None
    """As printed in running text; null if it does not exist."""
    printed_after: str | None = None
    digits: bool
    """Whether any printed digit or word of it changes."""
    shown: bool
    """Whether a table or a sentence of either run prints it."""
    hidden: bool = False
    """Whether either run suppresses it as a small cell; then no number is given."""
    fields: list[FieldChange] = []


class DecisionChange(ClosedModel):
    """A statistic whose decision changed: significance or sign."""

    id: str
    label: str | None = None
    """Its title; null if neither run has one."""
    kind: Literal["significance", "direction"]
    standing: Standing
    """planned: Pearson's r, t or F of an analysis of the plan; beside: another method for the same
    question, such as ranks, bootstrap, permutation or an adjusted p; sign_only: the sign changed,
    and the result is significant in neither run."""
    before: str
    """significant, not significant or not tested; positive, negative, zero or without sign;
    undefined."""
    after: str
    printed_before: str | None
    printed_after: str | None
    shown: bool
    """Whether a table or a sentence of either run prints it."""
    planned: bool = False
    """Whether it is the test that the plan declares."""


class VerdictChange(ClosedModel):
    """A printed value of a publication with another verdict."""

    value: str
    """Id of the printed value."""
    label: str
    printed: str
    before: str | None
    """Verdict; null if the run has none."""
    after: str | None
    shown_before: str | None = None
    """The computed value, as the verdict page shows it."""
    shown_after: str | None = None


class CellChange(ClosedModel):
    """One cell of a printed table; a new or removed row or table is one entry."""

    table: str
    title: str
    document: str
    """manuscript or supplement; empty if unknown."""
    row: str | None = None
    """Its label, with its group; null if the whole table is new or removed."""
    column: str | None = None
    """Its heading; null if the whole row is new or removed."""
    before: str | None
    after: str | None
    id: str | None = None
    """The statistic that it prints."""


class NumberChange(ClosedModel):
    """A number of a sentence whose words stay."""

    before: str
    after: str


class SentenceChange(ClosedModel):
    """One sentence, caption or note of a document, without its markup."""

    document: str
    before: str | None
    """Null if the sentence is new."""
    after: str | None
    """Null if it was removed."""
    numbers: list[NumberChange] = []
    """The changed numbers, if nothing else changed."""
    times: int = 1
    """Number of occurrences, such as in abstract and results."""


class SourceChange(ClosedModel):
    """An input, choice, piece of code or package in which the runs differ."""

    kind: Literal["input", "code", "config", "version", "step"]
    name: str
    """Path of the file, key of config.yaml, package, or name of the step."""
    steps: list[str] = []
    """Steps whose records contain it."""
    before: str | None = None
    """First digits of a SHA-256 sum, value or version; null if it is new."""
    after: str | None = None


class Compared(ClosedModel):
    """How much was compared."""

    statistics: int
    """Statistics that either run holds."""
    verdicts: int
    tables: int
    """Printed tables that either run holds."""
    sentences: int
    """Of the documents, captions and notes included."""


class RunDifference(ClosedModel):
    """All differences between two runs of a cohort, the most important first."""

    before: str
    """Name of the first run."""
    after: str
    """Name of the second run."""
    cohort_before: str
    cohort_after: str
    notes: list[str] = []
    """Remarks for readers of the comparison: different cohorts, missing files."""
    summary: list[str] = []
    """Of syntheses: what changed in plain words, a sentence each; new studies first."""
    compared: Compared
    """How much was compared."""
    decisions: list[DecisionChange] = []
    verdicts: list[VerdictChange] = []
    statistics: list[StatisticChange] = []
    cells: list[CellChange] = []
    sentences: list[SentenceChange] = []
    sources: list[SourceChange] = []

    @property
    def decided(self) -> list[DecisionChange]:
        """Decisions without the signs of results that are not significant."""
        return [change for change in self.decisions if change.standing != "sign_only"]

    @property
    def sign_changes(self) -> list[DecisionChange]:
        """Signs of results that are significant in neither run."""
        return [change for change in self.decisions if change.standing == "sign_only"]

    @property
    def same(self) -> bool:
        """Whether all results are the same; inputs and code may differ."""
        parts = (self.decisions, self.verdicts, self.statistics, self.cells, self.sentences)
        return not any(parts)


class Comparison(ClosedModel):
    """The file that `attune diff --json` writes."""

    format: Literal["attune diff 1"] = "attune diff 1"
    """Name and version of this form; keys are only ever added to a version."""
    same: bool
    """Whether all results of all cohorts are the same."""
    cohorts: list[RunDifference] = Field(min_length=1)
    only_before: list[str] = []
    """Cohorts that only the first run has."""
    only_after: list[str] = []
    """Cohorts that only the second run has."""
