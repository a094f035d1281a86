"""The typed result of a comparison, which is also its JSON file.

`before` is the first run, `after` the second one. A change is told in the units of what is printed
wherever there is a printed form. Numbers that small cells hide are never told.
"""

from typing import Literal

from pydantic import Field

from attune.specs.closed_model import ClosedModel

Value = float | str | None
Standing = Literal["planned", "beside", "sign_only"]
"""Of a decision: of a planned test, of what is told beside it, or only the sign of what is not
significant."""


class FieldChange(ClosedModel):
    """One column of a statistic."""

    field: str
    """estimate, se, df, n, a p, an end of the interval, or text such as tail and method."""
    before: Value
    after: Value
    difference: float | None = None
    """After minus before; null where one of them is no number."""
    units: float | None = None
    """Of an estimate: the difference in units of the last printed digit."""


class StatisticChange(ClosedModel):
    """One statistic."""

    id: str
    """Id in the second run, or in the first one where it is gone."""
    change: Literal["new", "gone", "renamed", "changed"]
    former_id: str | None = None
    """Of a renamed statistic: its id in the first run."""
    printed_before: str | None = None
    """As running text prints it; null where it does not exist."""
    printed_after: str | None = None
    digits: bool
    """Whether any printed digit or word of it changes."""
    shown: bool
    """Whether a table or a sentence of either run prints it."""
    hidden: bool = False
    """Whether either run hides it to protect few people; then no number is told."""
    fields: list[FieldChange] = []


class DecisionChange(ClosedModel):
    """A statistic on whose other side of a line it now lies."""

    id: str
    label: str | None = None
    """What it is, in words; null where a run does not tell."""
    kind: Literal["significance", "direction"]
    standing: Standing
    """planned: Pearson's r, t or F of an analysis of the plan; beside: another method for the same
    question, such as ranks, bootstrap, permutation or an adjusted p; sign_only: the sign turned,
    and the result is significant in neither run."""
    before: str
    """significant, not significant or not tested; positive, negative, zero or without sign;
    undefined."""
    after: str
    printed_before: str | None
    printed_after: str | None
    shown: bool
    """Whether a table or a sentence of either run prints it."""


class VerdictChange(ClosedModel):
    """A printed value of a publication that is judged otherwise."""

    value: str
    """Id of the printed value."""
    label: str
    printed: str
    before: str | None
    """Verdict; null where the run did not judge the value."""
    after: str | None
    shown_before: str | None = None
    """What the data gave, as the verdict page shows it."""
    shown_after: str | None = None


class CellChange(ClosedModel):
    """One cell of a printed table; a row or a table that came or went is one entry."""

    table: str
    title: str
    document: str
    """manuscript or supplement; empty where the run does not tell."""
    row: str | None = None
    """Its label, with its group; null where the whole table is new or gone."""
    column: str | None = None
    """Its heading; null where the whole row is new or gone."""
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
    """Null where the sentence is new."""
    after: str | None
    """Null where it is gone."""
    numbers: list[NumberChange] = []
    """What changed, where nothing but numbers did."""
    times: int = 1
    """How often the document changed in this way, such as in abstract and results."""


class SourceChange(ClosedModel):
    """Something that the runs rest on and in which they differ."""

    kind: Literal["input", "code", "config", "version", "step"]
    name: str
    """Path of the file, key of config.yaml, package, or name of the step."""
    steps: list[str] = []
    """Steps whose records tell it."""
    before: str | None = None
    """First digits of a SHA-256 sum, value or version; null where it is new."""
    after: str | None = None


class Compared(ClosedModel):
    """How much was looked at."""

    statistics: int
    """Statistics that either run holds."""
    verdicts: int
    tables: int
    """Printed tables that either run holds."""
    sentences: int
    """Of the documents, captions and notes included."""


class RunDifference(ClosedModel):
    """Everything in which two runs of a cohort differ, the gravest first."""

    before: str
    """Name of the first run."""
    after: str
    """Name of the second run."""
    cohort_before: str
    cohort_after: str
    notes: list[str] = []
    """What a reader of the comparison has to know: other cohorts, missing files."""
    compared: Compared
    """How much was looked at."""
    decisions: list[DecisionChange] = []
    verdicts: list[VerdictChange] = []
    statistics: list[StatisticChange] = []
    cells: list[CellChange] = []
    sentences: list[SentenceChange] = []
    sources: list[SourceChange] = []

    @property
    def decided(self) -> list[DecisionChange]:
        """Decisions without the signs of what is not significant."""
        return [each for each in self.decisions if each.standing != "sign_only"]

    @property
    def turned(self) -> list[DecisionChange]:
        """Signs of what is significant in neither run."""
        return [each for each in self.decisions if each.standing == "sign_only"]

    @property
    def same(self) -> bool:
        """Whether all results are the same; what they rest on may differ."""
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
