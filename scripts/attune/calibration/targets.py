"""The printed values of a paper, and the intervals of values that would be printed the same."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, model_validator

from attune.closed_model import ClosedModel
from attune.intervals import Interval, decimals, rounding_interval

Number = Annotated[str, Field(pattern=r"^-?\d*\.?\d+$")]


class Target(ClosedModel):
    """One printed value."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """Name of the printed value."""
    printed: str
    """Exactly as printed: digits, or words such as "p < .05" with a bound below."""
    places: list[str] = Field(min_length=1)
    """Where it is printed."""
    statistic: Annotated[str, Field(pattern=r"^[a-z]\w*(\.\w+)+$")]
    """Which statistic gives it."""
    field: Literal["estimate", "df", "p_two_tailed", "p_one_tailed"] = "estimate"
    """Which number of that statistic."""
    below: Number | None = None
    """The value must lie below this bound."""
    at_least: Number | None = None
    """The value must not lie below this bound."""
    label: str = ""
    """What it is, in words, where that is told to a reader."""
    note: str = ""

    @model_validator(mode="after")
    def _has_digits_or_bounds(self) -> "Target":
        if not self.bounded:
            rounding_interval(self.printed)
        return self

    @property
    def bounded(self) -> bool:
        """Whether bounds are printed instead of digits."""
        return self.below is not None or self.at_least is not None

    def interval(self) -> Interval:
        """Values that would be printed as this target (digits only)."""
        return rounding_interval(self.printed)

    def met_by(self, value: float) -> bool:
        """Whether a value, printed with the same number of decimals, gives this target.

        Examples
        --------
        >>> r = Target(id="r", printed="-0.481", places=["Table III"], statistic="outcome.x.y.r")
        >>> r.met_by(-0.48149), r.met_by(-0.4816)
        (True, False)
        """
        if not self.bounded:
            return as_printed(value, self.printed) == as_printed(float(self.printed), self.printed)
        exact = Fraction(value)
        below = self.below is None or exact < Fraction(self.below)
        return below and (self.at_least is None or exact >= Fraction(self.at_least))


class Targets(ClosedModel):
    """All printed values of a paper: the file targets.yaml of a cohort."""

    publication: str
    conventions: list[str]
    """How the digits are read."""
    targets: list[Target]
    remarks: list[str]
    """What the paper says in words that its own numbers contradict."""

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Targets":
        ids = [target.id for target in self.targets]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"targets: the ids {twice} occur more than once")
        return self

    def __getitem__(self, name: str) -> Target:
        """The target with an id."""
        return next(target for target in self.targets if target.id == name)


def as_printed(value: float, like: str) -> str:
    """A value with as many decimals as a printed number, halves rounded away from zero.

    Examples
    --------
    >>> as_printed(0.4556, ".456")
    '0.456'
    >>> as_printed(29.92, "30")
    '30'
    """
    step = Decimal(1).scaleb(-decimals(like))
    rounded = Decimal(repr(value)).quantize(step, rounding=ROUND_HALF_UP)
    return f"{rounded + 0:f}"
