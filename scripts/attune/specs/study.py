"""A study file: the analysis plan, with directions declared before the data are seen.

This module holds the parts that all analyses share: measures, outcomes, imputation, tables and
figures.
Each analysis adds a section of its own (`attune.analyses.<name>.declaration`);
`attune.analyses.study.StudyFile` is the model of the whole file.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field, model_validator

from attune.specs.closed_model import ClosedModel, did_you_mean
from attune.specs.instrument import Identifier, Rater

Dataset = Identifier
"""`available`, `imputed`, or a name that the study declares under `datasets`."""

DATASETS = {"available": 0, "imputed": 1}
"""Data sets of every study: the scores that exist, and the first completed copy."""
Direction = Literal["positive", "negative"]


TermKind = Literal["measures", "measures or outcomes", "measures by occasion", "any measures"]
"""What a key of an analysis may name. measures: those with one value per dyad; any measures: those
with one value per occasion, too."""


class Measure(ClosedModel):
    """A named analysis variable: a scale score, or a number of the sample sheet."""

    label: str
    """Name as printed in tables and on axes."""
    instrument: Identifier | None = None
    scale: Identifier | None = None
    rater: Rater | None = None
    occasion: Identifier | None = None
    """None: the measure has one value per occasion of the study's `occasions`."""
    state: str = ""
    variable: Identifier | None = None
    """A number of the sample sheet, instead of the keys above."""
    higher_means: str = ""
    """What a higher value of such a number means, such as `more support`; of a scale, its scoring
    key says so."""
    decimals: int = Field(default=1, ge=0, le=4)
    """Decimals of M and SD in print."""

    @model_validator(mode="after")
    def _one_source(self) -> "Measure":
        scored = (self.instrument, self.scale, self.rater)
        if self.variable is None and None in scored:
            raise ValueError("needs instrument, scale, rater and occasion, or variable")
        if self.variable is not None and any((*scored, self.occasion)):
            raise ValueError("takes either a variable or an instrument, not both")
        if self.higher_means and self.variable is None:
            raise ValueError("takes higher_means from its scoring key; remove it here")
        return self


def at_each_occasion(measure: Measure, study: "Study") -> list[Measure]:
    """A measure at its occasion, or at each of the study's where it has one value per occasion."""
    if measure.occasion or measure.variable:
        return [measure]
    return [measure.model_copy(update={"occasion": occasion}) for occasion in study.occasions]


class Outcome(ClosedModel):
    """A residual gain: the residual of the posttest regressed on the pretest."""

    label: str
    pretest: Identifier
    posttest: Identifier
    pretest_reliability: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Reliability of the pretest, from the literature or from the table of reliabilities: adds
    slopes that are corrected for its measurement error, as a sensitivity analysis."""


class DeclaredAnalysis(ClosedModel):
    """One entry in the section of an analysis, such as one family of correlations.

    A subclass adds the keys that name measures, and names them in `TERMS`.
    """

    TERMS: ClassVar[dict[str, TermKind]] = {}
    """Keys that name measures, in the order of the terms of its statistics' ids, with the kind of
    names that they allow."""

    title: str
    dataset: Dataset
    """available: the scores that exist; imputed: missing scores replaced."""
    reason: str = ""
    """Why this data set, and why a direction is declared. May contain {id} or {id:part}, as notes
    may."""

    def terms(self) -> list[list[str]]:
        """Measures named by each key in `TERMS`, which are the terms of ids of its statistics."""
        return [list(getattr(self, key)) for key in self.TERMS]


class Table(ClosedModel):
    """A printed table."""

    document: Literal["manuscript", "supplement"]
    kind: str
    title: str
    note: str = ""
    """May contain {id} or {id:part}: a statistic as printed."""
    analyses: list[Identifier] = []
    rows: list[Identifier] = []
    """Measures, outcomes or variables, by kind; empty: all that the analyses hold."""
    columns: list[Identifier] = []
    """correlation_matrix: the measures or outcomes across."""
    headings: dict[str, str] = {}
    """Printed heading of a column where it is not the label."""
    stars: list[float] = []
    """Levels that earn *, **, ..., from the largest to the smallest."""
    tail: Literal["one", "two"] = "two"
    """Which p earns stars."""


class Figure(ClosedModel):
    """A drawn figure."""

    document: Literal["manuscript", "supplement"]
    kind: str
    title: str
    alt: str
    """Alternative text for readers who cannot see the figure."""
    analyses: list[Identifier] = []
    pairs: list[tuple[Identifier, Identifier]] = []
    """scatter: (x, y) pairs of the one analysis."""
    outcomes: list[Identifier] = []
    """prepost: which outcomes."""


class Noun(ClosedModel):
    """What a study calls its people."""

    one: Annotated[str, Field(pattern=r"^[^\W\d_]+(?:[ -][^\W\d_]+)*$")]
    """One of them, such as client."""
    several: Annotated[str, Field(pattern=r"^(?:[^\W\d_]+(?:[ -][^\W\d_]+)*)?$")] = ""
    """Several of them, such as children; without it, an s is added."""

    @model_validator(mode="before")
    @classmethod
    def _word_alone(cls, content: Any) -> Any:
        return {"one": content} if isinstance(content, str) else content


class Imputation(ClosedModel):
    """How missing scores are replaced in the data set `imputed`."""

    method: Literal["series_mean", "none"]
    """series_mean: the mean of the measure over the dyads that have it."""
    measures: list[Identifier] = []
    """Which measures; empty: every measure that comes from an instrument."""


class Study(ClosedModel):
    """One file workflow/studies/<study>.yaml."""

    study: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """Id, the same as the file's name."""
    title: str
    authors: list[str]
    template: Identifier
    """Jinja2 template of reports/ for the manuscript."""
    measures: dict[Identifier, Measure]
    occasions: list[Identifier] = []
    """Occasions of which the measures hold one row each, as models of change need them; empty: one
    row per dyad, and every measure names its occasion."""
    imputation: Imputation
    datasets: dict[Identifier, Annotated[int, Field(ge=0)]] = {}
    """Names of data sets beside `available` and `imputed`: the number of the imputation (0: as
    observed; 1, 2, ...: completed copies)."""
    outcomes: dict[Identifier, Outcome] = {}
    tables: dict[Identifier, Table] = {}
    figures: dict[Identifier, Figure] = {}
    plan_written: Literal["before_data", "after_data", "after_publication"] = "after_data"
    """When the plan was written: before any of the data were seen; after they were at hand, as with
    data that have long been public; after the results were published, as for a reproduction. The
    documents say so."""
    nouns: dict[str, Noun] = {}
    """What the documents call patients, therapists, observers and informants: `patient: client`, or
    `patient: {one: child, several: children}`."""
    names: list[str] = []
    """Names with digits that the documents may use, such as `Protocol 7`; other digits need the id
    of a statistic."""

    @model_validator(mode="before")
    @classmethod
    def _without_empty_measures(cls, content: Any) -> Any:
        # A heading above comments only, as in the draft of a cohort without registered keys.
        if isinstance(content, dict) and content.get("measures", ...) is None:
            return content | {"measures": {}}
        return content

    @model_validator(mode="after")
    def _references_exist(self) -> "Study":
        problems = []
        both = sorted(set(self.measures) & set(self.outcomes))
        known_people = get_args(Rater)
        problems += [
            f"nouns: {word!r} is nobody that the documents name. {did_you_mean(word, known_people)}"
            for word in self.nouns
            if word not in known_people
        ]
        if both:
            problems.append(f"{both} name both a measure and an outcome")
        problems += self._problems_of_ids()
        for place, name, known in self._references():
            if name not in known:
                problems.append(f"{place}: {name!r} is not declared. {did_you_mean(name, known)}")
        problems += self._problems_of_occasions() + self._problems_of_datasets()
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _problems_of_ids(self) -> list[str]:
        repeated = [name for name, n in Counter(self._analysis_ids()).items() if n > 1]
        return ["an analysis id is used twice"] if repeated else []

    def _problems_of_occasions(self) -> list[str]:
        changing = self.measures_by_occasion()
        if changing and not self.occasions:
            return [
                f"measures.{name} needs instrument, scale, rater and occasion; without an occasion"
                " the study declares `occasions`"
                for name in changing
            ]
        used = self._measures_of_dyads()
        return [
            f"measures.{name} has one value per occasion; analyses of dyads need a measure with its"
            " occasion"
            for name in changing
            if name in used
        ]

    def _measures_of_dyads(self) -> set[str]:
        """Measures of which an outcome or an analysis needs one value per dyad."""
        used = {name for one in self.outcomes.values() for name in (one.pretest, one.posttest)}
        for entry in self.analyses().values():
            for term, allowed in entry.TERMS.items():
                if allowed in ("measures", "measures or outcomes"):
                    used |= set(getattr(entry, term))
        return used

    def _problems_of_datasets(self) -> list[str]:
        problems = [
            f"datasets.{name}: {name!r} is imputation {DATASETS[name]} in every study"
            for name, number in self.datasets.items()
            if DATASETS.get(name, number) != number
        ]
        known = [*DATASETS, *self.datasets]
        for section, entries in self.sections().items():
            for key, entry in entries.items():
                if entry.dataset not in known:
                    hint = did_you_mean(entry.dataset, known)
                    problems.append(
                        f"{section}.{key}.dataset: {entry.dataset!r} is not declared. {hint}"
                    )
        return problems

    def measures_by_occasion(self) -> list[str]:
        """Measures that have one value per occasion; every other has one value per dyad."""
        return [
            name for name, one in self.measures.items() if not one.variable and not one.occasion
        ]

    def measures_of_dyads(self) -> list[str]:
        """Measures that have one value per dyad."""
        by_occasion = self.measures_by_occasion()
        return [name for name in self.measures if name not in by_occasion]

    def imputation_of(self, dataset: str) -> int:
        """Number of the imputation that a data set is; 0 is as observed."""
        return (DATASETS | self.datasets)[dataset]

    def sections(self) -> dict[str, dict[str, DeclaredAnalysis]]:
        """The sections of analyses by key, each with its entries by id, in their order."""
        found = {}
        for key in type(self).model_fields:
            section = getattr(self, key)
            if isinstance(section, dict):
                entries = {n: e for n, e in section.items() if isinstance(e, DeclaredAnalysis)}
                found[key] = entries
        return {key: entries for key, entries in found.items() if entries}

    def analyses(self) -> dict[str, DeclaredAnalysis]:
        """Every declared analysis by id; ids are unique across the sections."""
        return {
            name: entry for section in self.sections().values() for name, entry in section.items()
        }

    def _analysis_ids(self) -> list[str]:
        return [name for section in self.sections().values() for name in section]

    def _references(self) -> Iterator[tuple[str, str, list[str]]]:
        """Every reference to a declared name: its place, the name, the declared names."""
        known = {
            "measures": list(self.measures),
            "outcomes": list(self.outcomes),
            "any measures": list(self.measures),
            "measures or outcomes": [*self.measures, *self.outcomes],
            "measures by occasion": self.measures_by_occasion(),
            "analyses": self._analysis_ids(),
        }
        for name in self.imputation.measures:
            yield "imputation.measures", name, known["measures"]
        for key, outcome in self.outcomes.items():
            yield f"outcomes.{key}.pretest", outcome.pretest, known["measures"]
            yield f"outcomes.{key}.posttest", outcome.posttest, known["measures"]
        for section, entries in self.sections().items():
            for key, entry in entries.items():
                for term, allowed in entry.TERMS.items():
                    for name in getattr(entry, term):
                        yield f"{section}.{key}.{term}", name, known[allowed]
        for key, figure in self.figures.items():
            for name in figure.analyses:
                yield f"figures.{key}.analyses", name, known["analyses"]
            for name in figure.outcomes:
                yield f"figures.{key}.outcomes", name, known["outcomes"]
            for number, pair in enumerate(figure.pairs):
                for name in pair:
                    yield f"figures.{key}.pairs.{number}", name, known["measures or outcomes"]
        for key, table in self.tables.items():
            for name in table.analyses:
                yield f"tables.{key}.analyses", name, known["analyses"]

    def in_manuscript(self) -> set[str]:
        """Ids of the analyses that a table or figure of the manuscript shows."""
        parts: list[Table | Figure] = [*self.tables.values(), *self.figures.values()]
        return {name for one in parts if one.document == "manuscript" for name in one.analyses}

    def analysed_measures(self) -> set[str]:
        """Ids of the measures and outcomes that any declared analysis names."""
        return {
            name for entry in self.analyses().values() for names in entry.terms() for name in names
        }

    def randomised_baselines(self) -> set[str]:
        """Occasions before the treatment of randomised groups, where they differ by chance only.

        A test of such a difference answers no question (CONSORT 2010, item 15,
        https://doi.org/10.1136/bmj.c869).
        """
        trials = [entry for entry in self.analyses().values() if hasattr(entry, "randomised")]
        return {str(getattr(trial, "baseline", "")) for trial in trials} - {""}

    def score_at(self, name: str, occasion: str = "") -> str:
        """What a measure or the posttest of an outcome is: a score of somebody at an occasion.

        Two analyses with the same are about the same outcome and visit. Empty for numbers of the
        sample sheet. `occasion`: where the measure has one value per occasion.
        """
        measure = self.measures[self.outcomes[name].posttest if name in self.outcomes else name]
        score = (measure.instrument, measure.scale, measure.rater, measure.state)
        when = measure.occasion or occasion
        return ".".join(filter(None, [*score, when])) if measure.instrument and when else ""

    def titles(self) -> dict[str, str]:
        """Heading of every declared analysis, by its id."""
        return {name: entry.title for name, entry in self.analyses().items()}

    def labels(self) -> dict[str, str]:
        """Label of every measure and outcome; an outcome's differs from that of its measures."""
        gains = {
            name: f"residual gain in {outcome.label}" for name, outcome in self.outcomes.items()
        }
        return {name: measure.label for name, measure in self.measures.items()} | gains

    def adjusted_label(self, outcome: str) -> str:
        """An outcome as the analysis of covariance has it, as it reads in a sentence."""
        return f"the {self.outcomes[outcome].label} posttest adjusted for the pretest"

    def label_of(self, name: str) -> str:
        """Printed name of a measure or outcome."""
        return (self.measures.get(name) or self.outcomes[name]).label
