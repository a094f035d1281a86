"""What binds the printed values of a paper to each other; each relation is one check."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from attune.closed_model import ClosedModel
from attune.instrument import Identifier
from attune.publication.printed_text import Digits


class _Relation(ClosedModel):
    because: str = ""
    """Why these values are bound, in a reader's words."""

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        raise NotImplementedError


class PartsOfWhole(_Relation):
    """Counts, percentages or means that add up: the whole is the sum of its parts."""

    whole: Identifier | Digits
    """A printed value, or a number such as "100"."""
    parts: list[Identifier] = Field(min_length=2)
    complete: bool = True
    """false: the parts may leave some out, and only must not exceed the whole."""

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield from self.parts
        if not self.whole[0].isdigit():
            yield self.whole


class Percentage(_Relation):
    """A percentage and the count behind it, or, without a count, any whole number of cases."""

    percent: Identifier
    count: Identifier | None = None
    base: Identifier

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield from (name for name in (self.percent, self.count, self.base) if name)


class SameQuantity(_Relation):
    """One quantity that is printed more than once."""

    values: list[Identifier] = Field(min_length=2)

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield from self.values


class DegreesOfFreedom(_Relation):
    """Degrees of freedom and the cases that they come from."""

    df: Identifier
    design: Literal["independent", "paired", "correlation"]
    cases: list[Identifier] = Field(min_length=1)
    """Sizes of the groups, or of the one sample."""

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield self.df
        yield from self.cases


class Granularity(_Relation):
    """Mean and SD of a scale of whole-number answers: GRIM and GRIMMER."""

    mean: Identifier
    sd: Identifier | None = None
    n: Identifier
    items: int = Field(ge=1)
    """Items of the scale."""
    lowest: int
    highest: int
    """Ends of the response scale of one item."""
    score: Literal["sum", "mean"]

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield from (name for name in (self.mean, self.sd, self.n) if name)


class Range(_Relation):
    """Minimum, maximum, mean and SD of one variable, and the limits that bound them."""

    minimum: Identifier | None = None
    maximum: Identifier | None = None
    mean: Identifier | None = None
    median: Identifier | None = None
    sd: Identifier | None = None
    n: Identifier | None = None
    lowest: Identifier | Digits | None = None
    """Nobody can or may lie below: a printed criterion, or the least score of the scale."""
    highest: Identifier | Digits | None = None

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield from (n for n in (self.minimum, self.maximum, self.mean, self.median, self.sd) if n)
        ends = (self.n, self.lowest, self.highest)
        yield from (n for n in ends if n and not n.lstrip("-")[0].isdigit() and n[0] != ".")


class EffectLabel(_Relation):
    """A word for the size of an effect, and the thresholds that it has."""

    value: Identifier
    measure: Literal["r", "d"]
    label: Literal["small", "medium", "large"]
    places: list[str] = []

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield self.value


class SumScore(_Relation):
    """A total that is the sum of its parts: their SDs, and their correlations with others."""

    total_sd: Identifier
    part_sds: list[Identifier] = Field(min_length=2)
    correlations: list["SumScoreCorrelations"] = []

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield self.total_sd
        yield from self.part_sds
        for each in self.correlations:
            yield each.total
            yield from each.parts


class SumScoreCorrelations(ClosedModel):
    """Correlations of a total and of its parts, in the order of `part_sds`, with one variable."""

    total: Identifier
    parts: list[Identifier] = Field(min_length=2)


class CorrelationMatrix(_Relation):
    """Correlations among variables, some of them not printed: one matrix must exist."""

    name: Identifier
    variables: list[str] = Field(min_length=3)
    cells: dict[str, Identifier]
    """`a, b`: the printed correlation of variables a and b."""

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield from self.cells.values()


class Relations(ClosedModel):
    """All relations of a paper, by the check that they stand for."""

    parts_of_whole: list[PartsOfWhole] = []
    percentage: list[Percentage] = []
    same_quantity: list[SameQuantity] = []
    degrees_of_freedom: list[DegreesOfFreedom] = []
    granularity: list[Granularity] = []
    range: list[Range] = []
    effect_label: list[EffectLabel] = []
    sum_score: list[SumScore] = []
    correlation_matrix: list[CorrelationMatrix] = []

    def values_named(self) -> Iterator[tuple[str, str]]:
        """Place and id of every printed value that a relation names."""
        for check in type(self).model_fields:
            for number, relation in enumerate(getattr(self, check)):
                for name in relation.values_named():
                    yield f"relations.{check}.{number}", name
