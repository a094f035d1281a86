"""A publication: every number that a paper prints, its place, and the statistic that gives it."""

from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from attune.paper.ledger.ledger_checks import MOST_VALUES, all_problems, too_many
from attune.paper.ledger.printed_text import Digits, PrintedText
from attune.paper.ledger.relations import Relations
from attune.specs.closed_model import ClosedModel
from attune.specs.instrument import Identifier

Kind = Literal[
    "r",
    "r_squared",
    "r_squared_percent",
    "t",
    "F",
    "d",
    "df",
    "p",
    "stars",
    "mean",
    "sd",
    "median",
    "minimum",
    "maximum",
    "percent",
    "count",
    "alpha",
    "coefficient",
    "constant",
]
"""What a printed number is. `coefficient`: intercept or slope of a regression. `constant`: a number
of the design, such as the length of an inventory, the end of a response scale or an age limit."""

Field_ = Literal["estimate", "df", "n", "p_two_tailed", "p_one_tailed", "ci_low", "ci_high"]


class PrintedValue(ClosedModel):
    """One printed number, or one statement about a p such as "p < .05" or a star."""

    id: Identifier
    """Name of the printed value."""
    label: str = ""
    """What it is, in words, for a reader; empty: the id."""
    printed: PrintedText
    """Exactly as printed, in quotes: the digits count."""
    kind: Kind
    places: list[str] = Field(min_length=1)
    """Where it stands: Abstract, Table II, the heading of a section."""
    n: int | None = Field(default=None, ge=1, le=10**12)
    """Cases that the paper says it rests on."""
    tail: Literal["one", "two"] | None = None
    """p and stars: the tail that the paper declares."""
    direction: Literal["positive", "negative"] | None = None
    """One-tailed p and stars: the sign that was predicted."""
    of: Identifier | None = None
    """p, stars, df, r squared: the value that it belongs to."""
    below: Digits | None = None
    """p and stars: the p must lie below this."""
    at_least: Digits | None = None
    """p and stars: the p must not lie below this."""
    statistic: Annotated[str, Field(pattern=r"^[a-z]\w*(\.\w+)+$")] | None = None
    """Id of the statistic that should give it. Once one value of a ledger has one, every value
    needs either this or `quoted`; a ledger without any can be audited, but not compared."""
    field: Field_ = "estimate"
    """Which number of that statistic."""
    quoted: str = ""
    """Instead of a statistic: why no data of this paper could give it, such as the source that
    it is quoted from."""
    note: str = ""


class Publication(ClosedModel):
    """One file workflow/publications/<publication>.yaml."""

    publication: Identifier
    """Id, the same as the file's name."""
    citation: str
    doi: str | None = None
    """Without the host."""
    level: Digits = ".05"
    """p below this is called significant."""
    conventions: list[str] = []
    """How the digits were read."""
    values: list[PrintedValue] = Field(min_length=1)
    relations: Relations = Relations()
    """What binds printed values to each other, beyond the key `of`."""
    remarks: list[str] = []
    """What the paper says in words that no number can be checked against."""

    @field_validator("values", mode="before")
    @classmethod
    def _not_a_file_of_data(cls, values: object) -> object:
        if isinstance(values, list) and len(values) > MOST_VALUES:
            raise ValueError(too_many(len(values)))
        return values

    @model_validator(mode="after")
    def _fits_together(self) -> "Publication":
        problems = all_problems(self.values, self.relations)
        if problems:
            raise ValueError("; ".join(problem.replace("; ", ", ") for problem in problems))
        return self

    def value(self, name: str) -> PrintedValue:
        """The printed value with an id."""
        return self._by_id[name]

    @cached_property
    def _by_id(self) -> dict[str, PrintedValue]:
        return {value.id: value for value in self.values}
