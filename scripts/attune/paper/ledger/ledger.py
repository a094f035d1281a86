"""A publication: every number that a paper prints, its place, and the statistic that gives it."""

import re
from collections.abc import Collection
from functools import cached_property
from typing import Literal, get_args

from pydantic import Field, ValidationInfo, field_validator, model_validator

from attune.paper.ledger.ledger_checks import (
    MOST_VALUES,
    all_problems,
    source_problems,
    too_many,
)
from attune.paper.ledger.number_text import DecimalMark
from attune.paper.ledger.printed_value import USUAL_LEVEL, Digits, PrintedValue, is_number
from attune.paper.ledger.relations import Relations
from attune.specs.closed_model import ClosedModel
from attune.specs.instrument import Identifier
from attune.stats.intervals import Interval, exact

SourceKind = Literal["data_file", "reanalysis", "other"]
"""What a source other than the publication is: the file of its data, a later analysis of these
data, or anything else, such as a registration."""

PAPER = "paper"
"""Source of a value that the publication itself prints."""

SOURCES: tuple[str, ...] = (PAPER, *get_args(SourceKind))
"""Every source of a value, the publication first."""


_AUTHORS_AND_YEAR = re.compile(r"(?P<authors>[^()]+) \((?P<year>\d{4})\)\.")
_AUTHOR = re.compile(r"([^,&]+), (?:[^\W\d_]\.[ -]*)+")
"""A surname and initials."""


class OtherSource(ClosedModel):
    """A source other than the publication, which gives values of the ledger."""

    kind: SourceKind
    name: str = Field(min_length=1)
    """What it is, for readers: a table of a package, a chapter of a handbook, a registration."""
    places: list[str] = Field(min_length=1)
    """Those of the ledger's `places` that are in it."""


class Publication(ClosedModel):
    """One file workflow/publications/<publication>.yaml."""

    publication: Identifier
    """Id, the same as the file's name."""
    citation: str
    doi: str | None = None
    """Without the host."""
    level: Digits = USUAL_LEVEL
    """Significance level of the paper."""
    decimal_mark: DecimalMark | None = None
    """What separates the decimals: needed where a number such as 3,452 could be read either way."""
    conventions: list[str] = []
    """How the digits were read."""
    conclusion_notes: list[str] = []
    """What a reader has to know of the conclusions of the abstract, each a sentence or two, on the
    first screen of the verdict page. `{id}` and `{id:part}` are replaced by printed statistics."""
    sources: list[OtherSource] = []
    """Sources other than the publication. A value with a place outside all of them is printed in
    the publication itself."""
    values: list[PrintedValue] = Field(min_length=1)
    relations: Relations = Relations()
    """Arithmetic relations between printed values, beyond the key `of`."""
    remarks: list[str] = []
    """Statements of the paper in words, which are not checked."""

    @field_validator("values")
    @classmethod
    def _read_in_the_paper(
        cls, values: list[PrintedValue], info: ValidationInfo
    ) -> list[PrintedValue]:
        level = info.data.get("level", USUAL_LEVEL)
        mark = info.data.get("decimal_mark")
        if level == USUAL_LEVEL and mark is None:
            return values
        return [value.in_paper(level, mark) for value in values]

    @field_validator("values", mode="before")
    @classmethod
    def _not_a_file_of_data(cls, values: object) -> object:
        if isinstance(values, list) and len(values) > MOST_VALUES:
            raise ValueError(too_many(len(values)))
        return values

    @model_validator(mode="after")
    def _fits_together(self) -> "Publication":
        problems = all_problems(self.values, self.relations)
        problems += source_problems(
            [source.places for source in self.sources],
            (place for value in self.values for place in value.places),
        )
        if problems:
            raise ValueError("; ".join(problem.replace("; ", ", ") for problem in problems))
        return self

    @property
    def short_citation(self) -> str:
        """Authors and year as text cites them; the id where the citation does not begin with them.

        Examples
        --------
        >>> values = [{"id": "a", "kind": "count", "printed": "63", "places": ["Abstract"]}]
        >>> three = "Doe, J., Roe, R., & Poe, P. (2020). Warmth. Journal of Examples, 1(1), 1-9."
        >>> Publication(publication="doe2020", citation=three, values=values).short_citation
        'Doe et al. (2020)'
        >>> two = "Doe, J. A., & Roe, R. (2020). Warmth."
        >>> Publication(publication="doe2020", citation=two, values=values).short_citation
        'Doe and Roe (2020)'
        >>> Publication(publication="doe2020", citation="A paper.", values=values).short_citation
        'doe2020'
        """
        beginning = _AUTHORS_AND_YEAR.match(self.citation)
        found = _AUTHOR.findall(beginning["authors"]) if beginning else []
        names = [name.strip() for name in found]
        if not beginning or not names:
            return self.publication
        authors = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
        return f"{authors} ({beginning['year']})"

    @property
    def is_all_printed(self) -> bool:
        """Whether the publication itself prints every value of the ledger."""
        return not self.sources

    def source_of(self, value: PrintedValue) -> OtherSource | None:
        """The source of a value that the publication does not print; None if it does.

        Examples
        --------
        >>> registered = {"kind": "other", "name": "the registration", "places": ["Registration"]}
        >>> shared = {"kind": "count", "printed": "63", "quoted": "-"}
        >>> paper = Publication(publication="paper", citation="A (2000).", sources=[registered],
        ...     values=[{"id": "a", "places": ["Registration"]} | shared,
        ...             {"id": "b", "places": ["Registration", "Abstract"]} | shared])
        >>> [source and source.name for source in map(paper.source_of, paper.values)]
        ['the registration', None]
        """
        found = [self._source_by_place.get(place) for place in value.places]
        return None if None in found else found[0]

    def value(self, name: str) -> PrintedValue:
        """The printed value with an id."""
        return self._by_id[name]

    def without(self, names: Collection[str]) -> "Publication":
        """The publication without some values, and without what is tied to them alone.

        Values that belong to a value left out stay, and belong to none.
        """
        kept = [
            value.model_copy(update={"of": None}) if value.of in names else value
            for value in self.values
            if value.id not in names
        ]
        return self.model_copy(update={"values": kept, "relations": self.relations.without(names)})

    def interval_of(self, name: str | None) -> Interval | None:
        """Interval of values that round to a printed value, or to a number given in a relation.

        Returns
        -------
        Interval or None
            None if `name` is empty, or if the value is a bound or a word instead of digits.
        """
        if name is None:
            return None
        if is_number(name):
            return exact(name)
        reading = self.value(name).reading
        return reading.interval if reading.number else None

    def cases_of(self, name: str | None) -> int | None:
        """A printed number of cases; None without one or if it is not a positive whole number."""
        number = self.value(name).reading.number if name else None
        if number is None or number.decimals or number.value < 1:
            return None
        return int(number.value)

    @cached_property
    def _source_by_place(self) -> dict[str, OtherSource]:
        return {place: source for source in self.sources for place in source.places}

    @cached_property
    def _by_id(self) -> dict[str, PrintedValue]:
        return {value.id: value for value in self.values}
