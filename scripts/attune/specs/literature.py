"""workflow/literature/<name>.yaml: what a text reports of studies and meta-analyses, as data.

Every number is entered as printed, in quotes, with the place where it was read. A study without a
number enters with the direction of its effect: it is counted, never pooled.
"""

import math
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from attune.specs.closed_model import ClosedModel
from attune.specs.instrument import Identifier

Direction = Literal["for", "against", "none", "mixed", "not_stated"]
"""for: the predictor goes along with better outcomes; against: with worse ones; none: the source
states that there is no relation; mixed: it reports a relation with some outcomes and none, or the
opposite one, with others; not_stated: the source gives no direction."""

PrintedMeasure = Literal["r", "d", "g", "or", "variance_percent"]
"""r: correlation; d, g: standardised difference, Cohen's and Hedges'; or: odds ratio;
variance_percent: share of variance in percent."""

NUMBER = r"^-?\d{0,6}\.?\d{1,6}$"


def _in_quotes(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(
            f"found the number {value} without quotes, whose last zeros are lost. Write it exactly"
            f' as printed, in quotes, such as "{value}"'
        )
    return value


Printed = Annotated[str, BeforeValidator(_in_quotes), Field(pattern=NUMBER)]
"""A printed number, in quotes: `".10"` is not `".1"`."""


RISK_WORDS: dict[str, tuple[str, ...]] = {
    "RoB 2": ("low", "some concerns", "high"),
    "RoB 1": ("low", "unclear", "high"),
    "ROBINS-I": ("low", "moderate", "serious", "critical", "no information"),
    "ROBINS-E": ("low", "some concerns", "high", "very high"),
    "QUIPS": ("low", "moderate", "high"),
}
"""Tool for the risk of bias of a study -> its words for the overall judgement."""

Certainty = Literal["high", "moderate", "low", "very low"]
"""Certainty of evidence by GRADE."""


def risk_problem(tool: str, overall: str) -> str:
    """Why a judgement is none of a tool, with the allowed words; empty if it is one.

    Examples
    --------
    >>> risk_problem("RoB 2", "some concerns")
    ''
    >>> risk_problem("RoB 2", "serious")
    "found 'serious'; RoB 2 has the words low, some concerns, high"
    """
    if tool not in RISK_WORDS:
        return f"found the tool {tool!r}; allowed are {', '.join(RISK_WORDS)}"
    words = RISK_WORDS[tool]
    return "" if overall in words else f"found {overall!r}; {tool} has the words {', '.join(words)}"


class RiskOfBias(ClosedModel):
    """Risk of bias of a study, as somebody judged it."""

    tool: str
    """RoB 2, RoB 1, ROBINS-I, ROBINS-E or QUIPS."""
    overall: str
    """The overall judgement, in the words of the tool."""

    @model_validator(mode="after")
    def _words_of_the_tool(self) -> "RiskOfBias":
        problem = risk_problem(self.tool, self.overall)
        if problem:
            raise ValueError(problem)
        return self


class Measured(ClosedModel):
    """What a study measured, and how, as far as the source says."""

    concept: Identifier
    """What it is, such as mindfulness, empathy, outcome."""
    label: str
    """As it reads in a sentence, such as "perspective taking"."""
    instrument: str = ""
    """Abbreviation of the questionnaire; empty where the source does not name it."""
    facet: str = ""
    """Facet or subscale; empty: the total score, or unknown."""
    rater: Literal["client", "therapist", "observer", "mixed", ""] = ""
    """Who rated it; empty where the source does not say."""


class PrintedEffect(ClosedModel):
    """One printed effect size."""

    measure: PrintedMeasure
    printed: Printed
    """The number as printed, in quotes."""
    up_to: Printed | None = None
    """The upper end, where the source prints a range of effects instead of one number."""
    interval: tuple[Printed, Printed] | None = None
    """Both limits as printed, in quotes."""
    se: Printed | None = None
    """Standard error as printed, in quotes; of an odds ratio, that of its logarithm."""
    level: Literal["90", "95", "99"] = "95"
    """Coverage of the interval in percent."""
    approximate: bool = False
    """Whether the source itself calls the number approximate."""

    def on_scale(self, printed: str) -> float:
        """A printed number or limit on the scale of pooling: the logarithm of an odds ratio."""
        return math.log(float(printed)) if self.measure == "or" else float(printed)

    @model_validator(mode="after")
    def _ends_in_order(self) -> "PrintedEffect":
        problems = []
        numbers = [self.printed, self.up_to or self.printed, *(self.interval or ())]
        if self.measure == "or" and min(map(float, numbers)) <= 0:
            problems.append(
                "an odds ratio and its limits are above 0. Is it the logarithm? Enter exp of it"
            )
        if self.up_to is not None and float(self.up_to) < float(self.printed):
            problems.append(f"up_to {self.up_to} is below printed {self.printed}")
        if self.interval and float(self.interval[0]) > float(self.interval[1]):
            problems.append(f"interval: {self.interval[0]} is above {self.interval[1]}")
        if self.up_to is not None and self.interval:
            problems.append("takes either up_to or interval, not both")
        if self.measure == "r" and abs(float(self.printed)) > 1:
            problems.append(
                f"printed: r = {self.printed} is beyond 1, which no correlation is. Has a digit or"
                " the decimal point slipped? Leave out what the source misprints"
            )
        if self.se is not None and float(self.se) <= 0:
            problems.append(f"se: found {self.se}; a standard error is above 0")
        if problems:
            raise ValueError("; ".join(problems))
        return self


class Effect(ClosedModel):
    """One effect that a source reports: a relation, or the result of a training."""

    title: str
    """The effect in a few words, such as "empathy and client outcome"."""
    predictor: Measured
    outcome: Measured
    design: Literal["association", "training"] = "association"
    """association: a correlation of the two; training: the effect of training on the outcome."""
    direction: Direction
    k: Annotated[int, Field(ge=1)] | None = None
    """Number of studies or samples behind it; null where the source does not say."""
    k_unit: str = "studies"
    """What k counts, in the plural, such as "independent samples"."""
    k_at_most: bool = False
    """Whether the source gives k as an upper limit ("up to 10 studies")."""
    n: Annotated[int, Field(ge=1)] | None = None
    """Number of people or dyads behind it; null where the source does not say."""
    n_unit: str = "clients"
    """What n counts, in the plural."""
    therapists: Annotated[int, Field(ge=1)] | None = None
    sizes: list[PrintedEffect] = []
    """Printed effect sizes of one and the same relation; empty where the source prints none."""
    same_as: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")] | None = None
    """The effect of the same file that this one only repeats: `<source>.<effect>`."""
    note: str = ""

    @model_validator(mode="after")
    def _one_value_per_measure(self) -> "Effect":
        measures = [value.measure for value in self.sizes]
        twice = sorted({measure for measure in measures if measures.count(measure) > 1})
        if twice:
            raise ValueError(f"sizes: {', '.join(twice)} is given twice; keep one of each measure")
        if self.k_at_most and self.k is None:
            raise ValueError("k_at_most needs k")
        return self

    def value(self, measure: PrintedMeasure) -> PrintedEffect | None:
        """The printed effect in some measure, or None."""
        return next((value for value in self.sizes if value.measure == measure), None)


class Source(ClosedModel):
    """A study, or a synthesis of studies, as another text reports it."""

    label: str
    """As tables print it, such as "Elliott et al. (2018)"."""
    citation: str
    """As the text gives it; where it gives names and a year only, these."""
    citation_key: str = ""
    """Entry of reports/assets/references.bib; empty where the text does not identify the paper."""
    cited_in: str = ""
    """Without citation_key: entry of the work that cites the paper; empty: the text itself."""
    year: Annotated[int, Field(ge=1900, le=2100)]
    doi: str = ""
    """Only if it was verified."""
    read: bool = False
    """Whether the paper itself was read, too, and its text agrees with what is entered here."""
    kind: Literal["study", "meta_analysis", "review"]
    """study: primary data; meta_analysis: pooled values of others; review: a narrative review, or
    an overview of meta-analyses. Only studies are ever pooled."""
    place: str
    """Where in the text it is reported: heading or paragraph."""
    population: str = ""
    sample: Identifier | None = None
    """Id of the sample, where two sources report the same one."""
    includes: list[Identifier] = []
    """Sources of which it is known that this meta-analysis or review includes them."""
    updates: Identifier | None = None
    """The earlier version of the same meta-analysis."""
    effects: dict[Identifier, Effect] = Field(min_length=1)
    risk_of_bias: RiskOfBias | None = None
    """Printed in the table of studies; leave it out where nobody judged it."""
    certainty: Certainty | None = None
    """Certainty of the evidence by GRADE, printed beside its effects; leave it out where nobody
    rated it."""
    quality: list[str] = []
    """Notes on quality, each a sentence."""
    known: list[str] = []
    """What else the text says, each a sentence."""
    unknown: list[str] = []
    """What a synthesis would need and the text does not say, each a sentence."""


class Literature(ClosedModel):
    """One file workflow/literature/<name>.yaml: the sources that one text reports."""

    literature: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """Id, the same as the file's name."""
    title: str
    """Title of the text."""
    author: str
    citation_key: str = ""
    """Entry of reports/assets/references.bib for the text itself."""
    kind: Literal["primary", "secondary"]
    """primary: the papers themselves were read; secondary: a text about them was."""
    called: str = "text"
    """secondary: what it is, as the document calls it: blog, post, review."""
    note: str = ""
    sources: dict[Identifier, Source] = Field(min_length=1)

    @property
    def printer(self) -> str:
        """What prints its numbers: the text, where it is one about papers that were not read."""
        return f"the {self.called}" if self.kind == "secondary" else "the source"

    @model_validator(mode="after")
    def _names_exist(self) -> "Literature":
        problems = [
            f"sources.{name}.{key}: {other!r} is not a source of this file"
            for name, source in self.sources.items()
            for key, others in (
                ("includes", source.includes),
                ("updates", [source.updates] if source.updates else []),
            )
            for other in others
            if other not in self.sources
        ]
        problems += [
            f"sources.{name}: a study includes no other sources"
            for name, source in self.sources.items()
            if source.kind == "study" and source.includes
        ]
        known = {f"{name}.{key}" for name, source in self.sources.items() for key in source.effects}
        problems += [
            f"sources.{name}.effects.{key}.same_as: {effect.same_as!r} is not an effect of this"
            f" file"
            for name, source in self.sources.items()
            for key, effect in source.effects.items()
            if effect.same_as and effect.same_as not in known
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self
