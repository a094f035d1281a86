"""Relations between printed values of a paper; each kind of relation has one check."""

from collections.abc import Collection, Iterator
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from attune.paper.ledger.printed_value import Digits, is_number
from attune.printing.apa import counted
from attune.specs.closed_model import ClosedModel, did_you_mean
from attune.specs.instrument import Identifier


class _Relation(ClosedModel):
    kinds: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Key -> kinds that the printed values under it may be of."""

    because: str = ""
    """Reason of the relation, in words for readers."""

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        raise NotImplementedError

    def without(self, names: Collection[str]) -> Self | None:
        """The relation without some printed values; None where nothing is left of it."""
        change: dict[str, None] = {}
        for key, field in type(self).model_fields.items():
            named = getattr(self, key)
            if key == "because" or not isinstance(named, str) or named not in names:
                continue
            if field.is_required():
                return None
            change[key] = None
        rest = self.model_copy(update=change)
        return None if set(names) & set(rest.values_named()) else rest

    def kinds_expected(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Key, id of a printed value, and the kinds that it may be of."""
        for key, kinds in self.kinds.items():
            names = getattr(self, key)
            for name in [names] if isinstance(names, str) else names or []:
                yield key, name, kinds


class PartsOfWhole(_Relation):
    """Counts, percentages or means that add up: the whole is the sum of its parts."""

    whole: Identifier | Digits
    """A printed value, or a number such as "100"."""
    parts: list[Identifier] = Field(min_length=2)
    complete: bool = True
    """false: the parts may be incomplete and must only not exceed the whole."""

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield from self.parts
        if not is_number(self.whole):
            yield self.whole


class Percentage(_Relation):
    """A percentage and the count behind it, or, without a count, any whole number of cases."""

    kinds: ClassVar[dict[str, tuple[str, ...]]] = {
        "percent": ("percent",),
        "count": ("count",),
        "base": ("count",),
    }

    percent: Identifier
    count: Identifier | None = None
    base: Identifier

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield from (name for name in (self.percent, self.count, self.base) if name)


class SameQuantity(_Relation):
    """One quantity that is printed more than once."""

    values: list[Identifier] = Field(min_length=2)

    def without(self, names: Collection[str]) -> Self | None:
        """The relation without some printed values; None where fewer than two are left."""
        values = [name for name in self.values if name not in names]
        return self.model_copy(update={"values": values}) if len(values) > 1 else None

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield from self.values


class DegreesOfFreedom(_Relation):
    """Degrees of freedom and the cases that they come from."""

    kinds: ClassVar[dict[str, tuple[str, ...]]] = {"df": ("df",), "cases": ("count",)}

    df: Identifier
    design: Literal["independent", "welch", "paired", "correlation"]
    cases: list[Identifier] = Field(min_length=1)
    """Sizes of the groups, or of the one sample."""

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield self.df
        yield from self.cases


class Granularity(_Relation):
    """Mean and SD of a scale of whole-number answers: GRIM and GRIMMER."""

    kinds: ClassVar[dict[str, tuple[str, ...]]] = {
        "mean": ("mean",),
        "sd": ("sd",),
        "n": ("count",),
    }

    mean: Identifier
    sd: Identifier | None = None
    n: Identifier
    items: int = Field(ge=1)
    """Items of the scale."""
    lowest: int
    highest: int
    """Ends of the response scale of one item."""
    score: Literal["sum", "mean"]

    @model_validator(mode="after")
    def _ends_in_order(self) -> "Granularity":
        if self.lowest > self.highest:
            raise ValueError(
                f"the lowest answer {self.lowest} lies above the highest, {self.highest}."
                " Swap the two"
            )
        return self

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield from (name for name in (self.mean, self.sd, self.n) if name)


class Range(_Relation):
    """Minimum, maximum, mean and SD of one variable, and the limits that bound them."""

    kinds: ClassVar[dict[str, tuple[str, ...]]] = {
        "minimum": ("minimum",),
        "maximum": ("maximum",),
        "mean": ("mean",),
        "median": ("median",),
        "sd": ("sd",),
        "n": ("count",),
    }

    minimum: Identifier | None = None
    maximum: Identifier | None = None
    mean: Identifier | None = None
    median: Identifier | None = None
    sd: Identifier | None = None
    n: Identifier | None = None
    lowest: Identifier | Digits | None = None
    """Lower limit of every person: a printed criterion, or the lowest score of the scale."""
    highest: Identifier | Digits | None = None

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield from (n for n in (self.minimum, self.maximum, self.mean, self.median, self.sd) if n)
        ends = (self.n, self.lowest, self.highest)
        yield from (n for n in ends if n and not is_number(n))


class EffectLabel(_Relation):
    """A word for the size of an effect, and the effect that it describes."""

    value: Identifier
    measure: Literal["r", "d"]
    label: Literal["small", "medium", "large"]
    places: list[str] = []

    def kinds_expected(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Key, id of a printed value, and the kinds that it may be of."""
        yield "value", self.value, (self.measure,)

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield self.value


class SumScore(_Relation):
    """A total that is the sum of its parts: their SDs, and their correlations with others."""

    kinds: ClassVar[dict[str, tuple[str, ...]]] = {"total_sd": ("sd",), "part_sds": ("sd",)}

    total_sd: Identifier
    part_sds: list[Identifier] = Field(min_length=2)
    correlations: list["SumScoreCorrelations"] = []

    @model_validator(mode="after")
    def _as_many_parts(self) -> "SumScore":
        problems = [
            f"correlations of {correlation.total!r}:"
            f" it has {counted(len(correlation.parts), 'part')}, but part_sds has"
            f" {len(self.part_sds)}. Give both in the same order"
            for correlation in self.correlations
            if len(correlation.parts) != len(self.part_sds)
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def kinds_expected(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Key, id of a printed value, and the kinds that it may be of."""
        yield from super().kinds_expected()
        for correlation in self.correlations:
            for name in (correlation.total, *correlation.parts):
                yield "correlations", name, ("r",)

    def without(self, names: Collection[str]) -> Self | None:
        """The relation without some printed values; None where an SD is one of them."""
        kept = [c for c in self.correlations if not {c.total, *c.parts} & set(names)]
        return super(SumScore, self.model_copy(update={"correlations": kept})).without(names)

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield self.total_sd
        yield from self.part_sds
        for correlation in self.correlations:
            yield correlation.total
            yield from correlation.parts


class SumScoreCorrelations(ClosedModel):
    """Correlations of a total and of its parts, in the order of `part_sds`, with one variable."""

    total: Identifier
    parts: list[Identifier] = Field(min_length=2)


class CorrelationMatrix(_Relation):
    """Correlations among variables, some of them not printed: one matrix must exist."""

    name: Identifier
    variables: list[str] = Field(min_length=3)
    cells: dict[str, Identifier] = Field(min_length=1)
    """`a, b`: the printed correlation of variables a and b."""

    @model_validator(mode="after")
    def _cells_are_pairs(self) -> "CorrelationMatrix":
        seen: set[frozenset[str]] = set()
        for cell in self.cells:
            pair = [name.strip() for name in cell.split(",")]
            unknown = [name for name in pair if name not in self.variables]
            if unknown:
                hint = did_you_mean(unknown[0], self.variables)
                raise ValueError(f"the cell {cell!r} names {unknown[0]!r}. {hint}")
            if len(pair) != 2 or pair[0] == pair[1]:
                raise ValueError(f"the cell {cell!r} should name two different variables, 'a, b'")
            if frozenset(pair) in seen:
                raise ValueError(f"the cell {cell!r} is given twice")
            seen.add(frozenset(pair))
        return self

    def kinds_expected(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Key, id of a printed value, and the kinds that it may be of."""
        for name in self.cells.values():
            yield "cells", name, ("r",)

    def without(self, names: Collection[str]) -> Self | None:
        """The matrix without some cells; None where none is left."""
        cells = {cell: name for cell, name in self.cells.items() if name not in names}
        return self.model_copy(update={"cells": cells}) if cells else None

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        yield from self.cells.values()


class Comparison(_Relation):
    """Two means and what a paper prints about their difference: t, F, d, g, SE and limits."""

    kinds: ClassVar[dict[str, tuple[str, ...]]] = {
        "n": ("count",),
        "means": ("mean",),
        "sds": ("sd",),
        "ses": ("se",),
        "difference": ("difference",),
        "difference_sd": ("sd",),
        "se": ("se",),
        "t": ("t",),
        "f": ("F",),
        "p": ("p",),
        "d": ("d",),
        "g": ("g",),
        "ci_low": ("ci_low",),
        "ci_high": ("ci_high",),
    }

    design: Literal["independent", "welch", "paired"]
    """independent: of Student or Welch; welch: of Welch alone; paired: of the same cases."""
    n: list[Identifier] = Field(min_length=1, max_length=2)
    """Sizes of both groups; of pairs the one number."""
    means: list[Identifier] = Field(default=[], max_length=2)
    sds: list[Identifier] = Field(default=[], max_length=2)
    ses: list[Identifier] = Field(default=[], max_length=2)
    """Standard errors of the two means, where the paper prints them instead of SDs."""
    difference: Identifier | None = None
    difference_sd: Identifier | None = None
    """SD of the differences of pairs."""
    se: Identifier | None = None
    """Standard error of the difference."""
    t: Identifier | None = None
    f: Identifier | None = None
    """F with one numerator df, the square of t."""
    p: Identifier | None = None
    """p of the comparison, where the paper prints no test that it belongs to."""
    d: Identifier | None = None
    g: Identifier | None = None
    ci_low: Identifier | None = None
    ci_high: Identifier | None = None
    confidence: Digits = ".95"
    """Level of the interval of the difference."""

    @model_validator(mode="after")
    def _two_of_each(self) -> "Comparison":
        problems = [
            f"the key {key!r} needs both groups, found {len(names)}"
            for key in ("means", "sds", "ses")
            if (names := getattr(self, key)) and len(names) != 2
        ]
        if (len(self.n) == 2) != (self.design != "paired"):
            wanted = "one number of pairs" if self.design == "paired" else "the sizes of two groups"
            problems.append(f"the key 'n' needs {wanted}, found {len(self.n)}")
        if not 0 < float(self.confidence) < 1:
            problems.append(f"confidence lies between 0 and 1, found {self.confidence!r}")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def without(self, names: Collection[str]) -> Self | None:
        """The comparison without some printed values; None where a size is one of them."""
        if set(names) & set(self.n):
            return None
        pairs: dict[str, list[str]] = {
            key: [] for key in ("means", "sds", "ses") if set(names) & set(getattr(self, key))
        }
        return super(Comparison, self.model_copy(update=pairs)).without(names)

    def values_named(self) -> Iterator[str]:
        """Ids of the printed values that take part."""
        for key in self.kinds:
            named = getattr(self, key)
            yield from [named] if isinstance(named, str) else named or []


class Relations(ClosedModel):
    """All relations of a paper, by their check."""

    parts_of_whole: list[PartsOfWhole] = []
    percentage: list[Percentage] = []
    same_quantity: list[SameQuantity] = []
    degrees_of_freedom: list[DegreesOfFreedom] = []
    granularity: list[Granularity] = []
    range: list[Range] = []
    effect_label: list[EffectLabel] = []
    sum_score: list[SumScore] = []
    correlation_matrix: list[CorrelationMatrix] = []
    comparison: list[Comparison] = []

    def values_named(self) -> Iterator[tuple[str, str]]:
        """Place and id of every printed value that a relation names."""
        for check in type(self).model_fields:
            for number, relation in enumerate(getattr(self, check)):
                for name in relation.values_named():
                    yield f"relations.{check}.{number}", name

    def kinds_expected(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Place, id of a printed value, and the kinds that it may be of."""
        for check in type(self).model_fields:
            for number, relation in enumerate(getattr(self, check)):
                for key, name, kinds in relation.kinds_expected():
                    yield f"relations.{check}.{number}.{key}", name, kinds

    def without(self, names: Collection[str]) -> "Relations":
        """All relations without some printed values, as far as something is left of them."""
        kept = {
            check: [rest for entry in getattr(self, check) if (rest := entry.without(names))]
            for check in type(self).model_fields
        }
        return self.model_copy(update=kept)
