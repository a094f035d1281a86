"""An instrument: a questionnaire's scoring key as data. Never any item wording."""

import math
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from attune.specs.closed_model import ClosedModel

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""Lower case letters, digits and underscores, as in `wai_s`."""

Rater = Literal["patient", "therapist", "observer", "informant"]
"""Who answered; an informant knows the patient well, as a parent or a partner does."""

_LARGEST_STORED = 16_000
"""Responses are stored in 16 bits, and a reversed one is subtracted from minimum + maximum."""


class ResponseRange(ClosedModel):
    """The codes that a response may have.

    Responses are stored as whole numbers: marks to a tenth of a centimetre as millimetres. What is
    called `stored` here is the code times 10 to the power of `decimals`.
    """

    minimum: int
    """Lowest code."""
    maximum: int
    """Highest code."""
    step: int = Field(default=1, ge=1)
    """Distance between neighbouring codes (10 for ratings in tens); where there are decimals, in
    units of the last one."""
    decimals: int = Field(default=0, ge=0, le=2)
    """Decimal places of a code: 1 for marks on a line that are read to a tenth."""

    @model_validator(mode="after")
    def _ordered(self) -> "ResponseRange":
        if self.minimum >= self.maximum:
            raise ValueError(f"minimum {self.minimum} must be below maximum {self.maximum}")
        if (self.stored_maximum - self.stored_minimum) % self.step:
            raise ValueError(
                f"step {self.given(self.step)} does not lead from {self.minimum} to {self.maximum}"
            )
        if max(abs(self.stored_minimum), abs(self.stored_maximum)) > _LARGEST_STORED:
            most = _LARGEST_STORED // self.scale_factor
            raise ValueError(f"codes must lie between {-most} and {most}")
        return self

    @property
    def scale_factor(self) -> int:
        """Factor from a code to its stored value."""
        return int(10**self.decimals)

    @property
    def stored_minimum(self) -> int:
        """The lowest code as it is stored."""
        return self.minimum * self.scale_factor

    @property
    def stored_maximum(self) -> int:
        """The highest code as it is stored."""
        return self.maximum * self.scale_factor

    def stored(self, code: float) -> int | None:
        """Stored value of a code; None if the code is not in the range.

        Examples
        --------
        >>> ResponseRange(minimum=0, maximum=10, decimals=1).stored(7.3)
        73
        >>> ResponseRange(minimum=1, maximum=5).stored(2.5)
        """
        scaled = round(code * self.scale_factor, 6)
        if not self.stored_minimum <= scaled <= self.stored_maximum:
            return None
        return None if (scaled - self.stored_minimum) % self.step else int(scaled)

    def given(self, stored: float) -> str:
        """The original code of a stored value, as text.

        Examples
        --------
        >>> ResponseRange(minimum=0, maximum=10, decimals=1).given(73)
        '7.3'
        """
        return f"{stored / self.scale_factor:g}"

    def in_words(self) -> str:
        """The range as text, for messages.

        Examples
        --------
        >>> ResponseRange(minimum=0, maximum=100, step=10).in_words()
        '0 to 100 in steps of 10'
        """
        plain = f"{self.minimum} to {self.maximum}"
        if self.step == self.scale_factor:
            return plain
        return f"{plain} in steps of {self.given(self.step)}"

    def starting_at(self, lowest: int) -> "ResponseRange":
        """The same range with another lowest code.

        Examples
        --------
        >>> ResponseRange(minimum=0, maximum=3).starting_at(1).maximum
        4
        """
        shifted = lowest + self.maximum - self.minimum
        return self.model_validate(self.model_dump() | {"minimum": lowest, "maximum": shifted})


class MissingRule(ClosedModel):
    """Scoring of a scale with unanswered items."""

    rule: Literal["complete", "prorate", "answered"]
    """complete: no score unless every item is answered; prorate: the mean of the answered items
    replaces the others; answered: the score is computed from the answered items only."""
    max_missing_share: float = Field(default=0.0, ge=0, lt=1)
    """Largest share of a scale's items that may be missing (prorate and answered)."""
    source: str
    """Source of the rule, or that the project chose it."""

    @model_validator(mode="after")
    def _share_fits(self) -> "MissingRule":
        if self.rule == "complete" and self.max_missing_share:
            raise ValueError("rule 'complete' has no use for the key 'max_missing_share'")
        if self.rule != "complete" and not self.max_missing_share:
            raise ValueError(
                f"rule {self.rule!r} needs the key 'max_missing_share', the largest share of a"
                " scale's items that may be missing, such as 0.2; without one, use 'complete'"
            )
        return self

    def fewest_answered(self, n_items: int) -> int:
        """Smallest number of answered items, of `n_items`, that still gives a score.

        At least one; the largest number of missing items is the share of `n_items`, rounded down.

        Examples
        --------
        >>> MissingRule(rule="prorate", max_missing_share=0.2, source="-").fewest_answered(39)
        32
        >>> MissingRule(rule="complete", source="-").fewest_answered(20)
        20
        """
        # 0.4 x 10 must be 4 and 0.07 x 100 must be 7, whatever binary fractions make of them.
        most_missing = math.floor(round(self.max_missing_share * n_items, 9))
        return max(1, n_items - most_missing)


class Scale(ClosedModel):
    """Computation of one score from the items."""

    label: str
    """Name as printed."""
    aggregation: Literal["sum", "mean", "weighted", "count", "ratio"]
    """sum or mean of the keyed items; weighted: sum of weight x item over divisor; count: how many
    keyed items are at or above threshold; ratio: sum of the items over the scale `denominator`."""
    items: list[int] | Literal["all"] = []
    """Item numbers; empty for weighted, whose items are the keys of weights."""
    weights: dict[int, float] = {}
    """Weight per item (weighted only)."""
    divisor: float = Field(default=1.0, gt=0)
    """Divisor of the weighted sum."""
    threshold: int | None = None
    """Lowest keyed response that counts (count only)."""
    denominator: str | None = None
    """The count scale of the same instrument that the ratio divides by (ratio only)."""
    missing: MissingRule | None = None
    """The scale's own missing rule, where it differs from the instrument's."""
    higher_means: str = ""
    """Meaning of a higher score."""
    note: str = ""
    """Remark for users: a disputed use, a unit, an exception."""

    @model_validator(mode="after")
    def _complete(self) -> "Scale":
        needs = {"weighted": "weights", "count": "threshold", "ratio": "denominator"}
        for aggregation, key in needs.items():
            given = getattr(self, key) not in (None, {})
            if given != (self.aggregation == aggregation):
                verb = "needs" if not given else "has no use for"
                raise ValueError(f"aggregation {self.aggregation!r} {verb} the key {key!r}")
        if (self.aggregation == "weighted") == bool(self.items):
            raise ValueError(
                "a weighted scale takes its items from weights"
                if self.items
                else f"aggregation {self.aggregation!r} needs the key 'items'"
            )
        return self


class Confidence(ClosedModel):
    """How well the key is established."""

    level: Literal["verified-2-sources", "1-source", "mixed", "unverified"]
    """unverified: no published key was found, and the project assigned items to scales itself."""
    note: str


class PublishedAlpha(ClosedModel):
    """Cronbach's alpha of a scale as a document gives it: a correct key should come close to it."""

    alpha: float = Field(gt=0, le=1)
    n: int | None = Field(default=None, ge=2)
    sample: str
    """Description of the sample."""
    source: str
    """Author and year, or the data that it was computed from."""


class Instrument(ClosedModel):
    """A scoring key: one file of workflow/instruments."""

    instrument: Identifier
    """Id, the same as the file's name."""
    version: Annotated[str, Field(pattern=r"^\d+\.\d+$")]
    """Raised whenever a score could change."""
    name: str
    abbreviation: str
    citation: str
    """Author, year, title, journal."""
    doi: str | None = None
    citation_key: str = ""
    """Key of the bibliography of reports/; left out where that has no entry: documents then print
    the citation as it is given here."""
    raters: list[Rater]
    """Possible raters."""
    states: list[Identifier] = []
    """States that are rated separately, such as best and worst."""
    n_items: int = Field(ge=1, le=90)
    item_names: dict[int, str] = {}
    """Names of scored positions where an item is a published cluster (never item wording)."""
    explicit_map: bool = False
    """The printed order of the items is not known: a cohort must map each column by hand."""
    response: ResponseRange
    item_ranges: dict[int, tuple[int, int]] = {}
    """Item -> its lowest and highest code, where they are not those of `response`. A scale over
    items of different ranges needs all of them (missing rule `complete`)."""
    reverse: list[int] = []
    """Items that are reversed: keyed = minimum + maximum - response, of the item's own range."""
    scales: dict[Identifier, Scale]
    missing: MissingRule
    reliability_scales: list[str] | None = None
    """Scales whose internal consistency is meaningful; default: every sum and mean scale."""
    confidence: Confidence
    licence: str
    aliases: list[str] = []
    """Names and column-name prefixes of the instrument in files."""
    acronym_clashes: list[str] = []
    """Other questionnaires with the same acronym, in words."""
    editions: list[str] = []
    """Other editions or forms that files call by the same name, in words, if their columns look
    alike: a draft asks which one it is."""
    no_total: bool = False
    """The authors recommend no total: a draft uses the other scales."""
    look_alikes: list[Identifier] = []
    """Other instruments of the registry that a file could be mistaken for: same items, or as many
    of them, under another key."""
    pitfalls: list[str] = []
    """Common errors with it in files and scoring scripts, in words."""
    anchor_flips: list[int] = []
    """Items whose answers are printed in the opposite order: a file that was coded by the position
    of the box holds them reversed."""
    published_alphas: dict[Identifier, list[PublishedAlpha]] = {}
    """Scale -> alphas from documents or open data."""

    @model_validator(mode="after")
    def _items_exist(self) -> "Instrument":
        problems = _item_number_problems("reverse", self.reverse, self.n_items)
        problems += _item_number_problems("anchor_flips", self.anchor_flips, self.n_items)
        problems += self._range_problems()
        if self.instrument in self.look_alikes:
            problems.append(f"look_alikes names {self.instrument!r} itself")
        for name in self.published_alphas:
            if name not in self.scales:
                problems.append(f"published_alphas names {name!r}, which is not a scale")
        for name, scale in self.scales.items():
            problems += _item_number_problems(f"scales.{name}", self.items_of(name), self.n_items)
            if scale.denominator is not None:
                other = self.scales.get(scale.denominator)
                if other is None or other.aggregation != "count":
                    problems.append(
                        f"scales.{name}.denominator must name a count scale of this instrument,"
                        f" found {scale.denominator!r}"
                    )
                elif (self.items_of(name), self.missing_rule(name)) != (
                    self.items_of(scale.denominator),
                    self.missing_rule(scale.denominator),
                ):
                    problems.append(
                        f"scales.{name} and its denominator must have the same items and the same"
                        " missing rule"
                    )
            reason = self.needs_every_item(name)
            if reason and self.missing_rule(name).rule != "complete":
                problems.append(
                    f"scales.{name} {reason} and needs all of its items: its missing rule must"
                    " be 'complete'"
                )
        for name in self.reliability_scales or []:
            if name not in self.scales:
                problems.append(f"reliability_scales names {name!r}, which is not a scale")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _range_problems(self) -> list[str]:
        """Items with a range of their own that do not exist, or whose range is none."""
        problems = _item_number_problems("item_ranges", list(self.item_ranges), self.n_items)
        for item, (low, high) in self.item_ranges.items():
            try:
                self._range(low, high)
            except ValidationError as error:
                reason = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
                problems.append(f"item_ranges.{item}: {reason}")
            if (low, high) == (self.response.minimum, self.response.maximum):
                problems.append(f"item_ranges.{item} is the range of response; remove it")
        return problems

    def _range(self, minimum: int, maximum: int) -> ResponseRange:
        own = self.response.model_dump() | {"minimum": minimum, "maximum": maximum}
        return ResponseRange.model_validate(own)

    def range_of(self, item: int) -> ResponseRange:
        """The codes that an answer to one item may have."""
        own = self.item_ranges.get(item)
        return self.response if own is None else self._range(*own)

    def stored_ends(self) -> tuple[list[int], list[int]]:
        """Lowest and highest stored code of every item, item 1 first."""
        lowest = [self.response.stored_minimum] * self.n_items
        highest = [self.response.stored_maximum] * self.n_items
        for item in self.item_ranges:
            own = self.range_of(item)
            lowest[item - 1], highest[item - 1] = own.stored_minimum, own.stored_maximum
        return lowest, highest

    def items_by_range(self) -> dict[tuple[int, int], list[int]]:
        """Lowest and highest code -> the items that have this range instead of `response`."""
        groups: dict[tuple[int, int], list[int]] = {}
        for item, own in sorted(self.item_ranges.items()):
            groups.setdefault(own, []).append(item)
        return groups

    def ranges_in_words(self) -> str:
        """The codes of all items as text, for messages."""
        parts = [self.response.in_words()]
        for own, items in self.items_by_range().items():
            named = ", ".join(map(str, items))
            noun = "item" if len(items) == 1 else "items"
            parts.append(f"{self._range(*own).in_words()} for {noun} {named}")
        return "; ".join(parts)

    @property
    def printed_citation(self) -> str:
        """The citation as documents print it where the bibliography has no entry."""
        return " ".join(self.citation.split()).rstrip(".")

    def items_of(self, scale: str) -> list[int]:
        """Item numbers of a scale, in the key's order."""
        declared = self.scales[scale]
        if declared.items == "all":
            return list(range(1, self.n_items + 1))
        return list(declared.weights) or list(declared.items)

    def needs_every_item(self, scale: str) -> str:
        """Why the mean of the answered items cannot replace a missing one; empty where it can."""
        if self.scales[scale].aggregation == "weighted":
            return "is weighted"
        own = {self.item_ranges.get(item) for item in self.items_of(scale)}
        return "has items of different ranges" if len(own) > 1 else ""

    def missing_rule(self, scale: str) -> MissingRule:
        """The missing rule of a scale."""
        return self.scales[scale].missing or self.missing

    def score_range(self, scale: str) -> tuple[float, float]:
        """Lowest and highest score that complete responses can give.

        A ratio goes from the count's threshold to the highest response.
        """
        declared = self.scales[scale]
        ranges = {item: self.range_of(item) for item in self.items_of(scale)}
        n, low = len(ranges), sum(codes.minimum for codes in ranges.values())
        high = sum(codes.maximum for codes in ranges.values())
        if declared.aggregation == "sum":
            return low, high
        if declared.aggregation == "count":
            return 0, n
        if declared.aggregation == "weighted":
            parts = [
                (weight * ranges[item].minimum, weight * ranges[item].maximum)
                for item, weight in declared.weights.items()
            ]
            return (
                sum(min(part) for part in parts) / declared.divisor,
                sum(max(part) for part in parts) / declared.divisor,
            )
        if declared.aggregation == "ratio":
            threshold = self.scales[declared.denominator or ""].threshold
            lowest = min(codes.minimum for codes in ranges.values())
            return float(threshold or lowest), max(codes.maximum for codes in ranges.values())
        return low / n, high / n

    def consistency_scales(self) -> list[str]:
        """Scales for which alpha and omega are estimated: at least three items, sum or mean."""
        if self.reliability_scales is not None:
            return self.reliability_scales
        return [
            name
            for name, scale in self.scales.items()
            if scale.aggregation in ("sum", "mean") and len(self.items_of(name)) >= 3
        ]


def _item_number_problems(key: str, items: list[int], n_items: int) -> list[str]:
    wrong = [item for item in items if not 1 <= item <= n_items]
    twice = sorted({item for item in items if items.count(item) > 1})
    problems = []
    if wrong:
        problems.append(f"{key} names items {wrong}, but items go from 1 to {n_items}")
    if twice:
        problems.append(f"{key} names items {twice} more than once")
    return problems


def with_missing_rules(
    instruments: Mapping[str, Instrument], rules: Mapping[str, MissingRule]
) -> dict[str, Instrument]:
    """Scoring keys with a cohort's missing rules in place of their own.

    Parameters
    ----------
    instruments : mapping of id to Instrument
    rules : mapping of instrument id to MissingRule
        The cohort's; each applies to every scale of its instrument except those that need all
        items and stay `complete`: weighted scales, and scales over items of different ranges.

    Returns
    -------
    dict of str to Instrument

    Examples
    --------
    >>> key = Instrument.model_validate({"instrument": "mood", "version": "1.0", "name": "Mood",
    ...     "abbreviation": "MS", "citation": "-", "citation_key": "none", "raters": ["patient"],
    ...     "n_items": 2, "response": {"minimum": 0, "maximum": 4}, "licence": "-",
    ...     "scales": {"total": {"label": "Total", "aggregation": "sum", "items": "all"}},
    ...     "missing": {"rule": "complete", "source": "the manual"},
    ...     "confidence": {"level": "1-source", "note": "-"}})
    >>> half = MissingRule(rule="prorate", max_missing_share=0.5, source="our protocol")
    >>> with_missing_rules({"mood": key}, {"mood": half})["mood"].missing_rule("total").source
    'our protocol'
    """
    return {
        name: _with_rule(instrument, rules[name]) if name in rules else instrument
        for name, instrument in instruments.items()
    }


def _with_rule(instrument: Instrument, rule: MissingRule) -> Instrument:
    scales = {
        name: scale.model_copy(
            update={
                "missing": instrument.missing_rule(name)
                if instrument.needs_every_item(name)
                else rule
            }
        )
        for name, scale in instrument.scales.items()
    }
    return instrument.model_copy(update={"missing": rule, "scales": scales})
