"""A study: the analysis plan, with directions declared before the data are seen."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from attune.specs.closed_model import ClosedModel, did_you_mean
from attune.specs.instrument import Identifier

Dataset = Identifier
"""`available`, `imputed`, or a name that the study declares under `datasets`."""

DATASETS = {"available": 0, "imputed": 1}
"""Data sets of every study: the scores that exist, and the first completed copy."""
Direction = Literal["positive", "negative"]


class Measure(ClosedModel):
    """A named analysis variable: a scale score, or a number of the sample sheet."""

    label: str
    """Name as printed in tables and axes."""
    instrument: Identifier | None = None
    scale: Identifier | None = None
    rater: Literal["patient", "therapist", "observer"] | None = None
    occasion: Identifier | None = None
    """None: the measure has one value per occasion of the study's `occasions`."""
    state: str = ""
    variable: Identifier | None = None
    """A number of the sample sheet, instead of the keys above."""
    decimals: int = Field(default=1, ge=0, le=4)
    """Decimals of M and SD in print."""

    @model_validator(mode="after")
    def _one_source(self) -> "Measure":
        scored = (self.instrument, self.scale, self.rater)
        if self.variable is None and None in scored:
            raise ValueError("needs instrument, scale, rater and occasion, or variable")
        if self.variable is not None and any((*scored, self.occasion)):
            raise ValueError("takes either a variable or an instrument, not both")
        return self


class Outcome(ClosedModel):
    """A residual gain: the posttest with what the pretest predicts taken out."""

    label: str
    pretest: Identifier
    posttest: Identifier


class Correlations(ClosedModel):
    """A family of correlations of every x with every y."""

    title: str
    x: list[Identifier] = Field(min_length=1)
    """Measures."""
    y: list[Identifier] = Field(min_length=1)
    """Measures or outcomes (an outcome stands for its residual gain)."""
    dataset: Dataset
    """available: the scores that exist; imputed: missing scores replaced."""
    direction: Direction | None = None
    """The sign that the hypothesis predicts; none declared, no one-tailed p."""
    hold_condition: bool = True
    """Also give the partial correlation that holds the treatment condition."""
    reason: str = ""
    """Why this data set and this direction. May contain {id} or {id:part}, as notes may."""


class Conditions(ClosedModel):
    """Comparisons of the treatment conditions, one per measure."""

    title: str
    measures: list[Identifier] = Field(min_length=1)
    """Measures or outcomes."""
    dataset: Dataset
    reason: str = ""


class Table(ClosedModel):
    """A printed table."""

    document: Literal["manuscript", "supplement"]
    kind: Literal[
        "frequencies",
        "correlation_matrix",
        "correlation_details",
        "descriptives",
        "comparisons",
        "reliability",
        "missingness",
        "retention",
        "score_coverage",
        "gains",
        "violations",
    ]
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
    kind: Literal["scatter", "heatmap", "prepost", "missingness", "forest"]
    title: str
    alt: str
    """What a person who cannot see the figure should know."""
    analyses: list[Identifier] = []
    pairs: list[tuple[Identifier, Identifier]] = []
    """scatter: (x, y) pairs of the one analysis."""
    outcomes: list[Identifier] = []
    """prepost: which outcomes."""


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
    correlations: dict[Identifier, Correlations] = {}
    conditions: dict[Identifier, Conditions] = {}
    variables: list[Identifier] = []
    """Variables of the sample sheet that are described (counts, median, range)."""
    tables: dict[Identifier, Table] = {}
    figures: dict[Identifier, Figure] = {}
    names: list[str] = []
    """Names with digits that the documents may use, such as `Protocol 7`; other digits need the id
    of a statistic."""

    @model_validator(mode="after")
    def _references_exist(self) -> "Study":
        problems = []
        both = sorted(set(self.measures) & set(self.outcomes))
        if both:
            problems.append(f"{both} name both a measure and an outcome")
        analyses = [*self.correlations, *self.conditions]
        if len(set(analyses)) < len(analyses):
            problems.append("an analysis id is used twice")
        for place, name, known in self._references():
            if name not in known:
                problems.append(f"{place}: {name!r} is not declared. {did_you_mean(name, known)}")
        problems += self._problems_of_occasions() + self._problems_of_datasets()
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _problems_of_occasions(self) -> list[str]:
        changing = self.measures_by_occasion()
        if changing and not self.occasions:
            return [
                f"measures.{name} needs instrument, scale, rater and occasion; without an occasion"
                " the study declares `occasions`"
                for name in changing
            ]
        used = {
            name
            for place, name, _ in self._references()
            if place.startswith(("outcomes.", "correlations.", "conditions."))
        }
        return [
            f"measures.{name} has one value per occasion; analyses of dyads need a measure with its"
            " occasion"
            for name in changing
            if name in used
        ]

    def _problems_of_datasets(self) -> list[str]:
        problems = [
            f"datasets.{name}: {name!r} is imputation {DATASETS[name]} in every study"
            for name, number in self.datasets.items()
            if DATASETS.get(name, number) != number
        ]
        known = [*DATASETS, *self.datasets]
        for section, declared in (
            ("correlations", self.correlations),
            ("conditions", self.conditions),
        ):
            for key, analysis in declared.items():
                if analysis.dataset not in known:
                    hint = did_you_mean(analysis.dataset, known)
                    problems.append(
                        f"{section}.{key}.dataset: {analysis.dataset!r} is not declared. {hint}"
                    )
        return problems

    def measures_by_occasion(self) -> list[str]:
        """Measures that have one value per occasion; every other has one value per dyad."""
        return [
            name for name, one in self.measures.items() if not one.variable and not one.occasion
        ]

    def imputation_of(self, dataset: str) -> int:
        """Number of the imputation that a data set is; 0 is as observed."""
        return (DATASETS | self.datasets)[dataset]

    def _references(self) -> list[tuple[str, str, list[str]]]:
        measures, outcomes = list(self.measures), list(self.outcomes)
        analyses = [*self.correlations, *self.conditions]
        found = [("imputation.measures", name, measures) for name in self.imputation.measures]
        for key, outcome in self.outcomes.items():
            found += [
                (f"outcomes.{key}.pretest", outcome.pretest, measures),
                (f"outcomes.{key}.posttest", outcome.posttest, measures),
            ]
        for key, family in self.correlations.items():
            found += [(f"correlations.{key}.x", name, measures) for name in family.x]
            found += [(f"correlations.{key}.y", name, measures + outcomes) for name in family.y]
        for key, comparison in self.conditions.items():
            found += [
                (f"conditions.{key}.measures", name, measures + outcomes)
                for name in comparison.measures
            ]
        for key, figure in self.figures.items():
            found += [(f"figures.{key}.analyses", name, analyses) for name in figure.analyses]
            found += [(f"figures.{key}.outcomes", name, outcomes) for name in figure.outcomes]
            for number, pair in enumerate(figure.pairs):
                place = f"figures.{key}.pairs.{number}"
                found += [(place, name, measures + outcomes) for name in pair]
        return found + self._table_references()

    def _table_references(self) -> list[tuple[str, str, list[str]]]:
        measures = [*self.measures, *self.outcomes]
        analyses = [*self.correlations, *self.conditions]
        rows = {"frequencies": self.variables, "gains": list(self.outcomes)}
        found = []
        for key, table in self.tables.items():
            found += [(f"tables.{key}.analyses", name, analyses) for name in table.analyses]
            known = rows.get(table.kind, measures)
            found += [(f"tables.{key}.rows", name, known) for name in table.rows]
            if table.kind == "correlation_matrix":
                found += [(f"tables.{key}.columns", name, measures) for name in table.columns]
        return found

    def titles(self) -> dict[str, str]:
        """Heading of every declared analysis, by its id."""
        declared = {name: each.title for name, each in self.conditions.items()}
        return declared | {name: each.title for name, each in self.correlations.items()}

    def labels(self) -> dict[str, str]:
        """Every measure and outcome in words, an outcome told from the measure behind it."""
        gains = {name: f"residual gain in {each.label}" for name, each in self.outcomes.items()}
        return {name: each.label for name, each in self.measures.items()} | gains

    def label_of(self, name: str) -> str:
        """Printed name of a measure or outcome."""
        return (self.measures.get(name) or self.outcomes[name]).label
