"""Declaration of the correlations: the section `correlations` of a study, tables and figures."""

from collections.abc import Container, Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from attune.analyses.analysis import Analysis, CountOf, FigureKind, TableKind
from attune.specs.closed_model import ClosedModel
from attune.specs.cohort import Cohort
from attune.specs.instrument import Identifier
from attune.specs.study import DeclaredAnalysis, Direction, Figure, Study, Table


class Correlations(DeclaredAnalysis):
    """A family of correlations of every x with every y, or of every pair of x."""

    TERMS: ClassVar = {"x": "measures", "y": "measures or outcomes"}

    x: list[Identifier] = Field(min_length=1)
    """Measures."""
    y: list[Identifier] = Field(min_length=1)
    """Measures or outcomes (for an outcome, its residual gain is used). Left out: every pair of x,
    each once."""
    direction: Direction | None = None
    """The sign that the hypothesis predicts; none declared, no one-tailed p."""
    hold_condition: bool = True
    """Also give the partial correlation that holds the treatment condition."""
    test: Literal["ancova", "residual_gain"] = "ancova"
    """How an association with an outcome is tested. ancova: x in the regression of the posttest on
    pretest and x. residual_gain: the correlation of x with the residual gain, taken as if the gain
    were a score; it is conservative where x correlates with the pretest. Both tests are always
    reported. Ignored where y is a measure."""
    interval: Literal["fisher_z", "robust", "sandwich", "bca"] = "fisher_z"
    """Interval of the correlation that is tested. fisher_z: normal scores are assumed. robust: by
    the jackknife, without that assumption. sandwich: by each dyad's influence, without it, too.
    bca: bootstrap. The others are in the supplement, the sandwich only where it is declared."""

    @model_validator(mode="before")
    @classmethod
    def _every_pair_once(cls, given: Any) -> Any:
        """Without y the second of each pair is every x but the first (see `partners`)."""
        if not isinstance(given, Mapping) or not isinstance(given.get("x"), list):
            return given
        x, y = given["x"], given.get("y")
        if y is None and len(x) > 1:
            return {**given, "y": x[1:]}
        if isinstance(y, list):
            problems = [
                f"{key} names {name!r} {names.count(name)} times"
                for key, names in (("x", x), ("y", y))
                for name in dict.fromkeys(map(str, names))
                if names.count(name) > 1
            ]
            problems += [
                f"{name!r} is x and y. A measure is not correlated with itself; for every pair of a"
                " list, each once, give the list as x and leave y out"
                for name in x
                if name in y
            ]
            if problems:
                raise ValueError("; ".join(problems))
        return given

    def partners(self, y: str) -> list[str]:
        """The x that are correlated with a y: where y is one of them, those before it.

        Examples
        --------
        >>> family = Correlations(title="All", dataset="available", x=["a", "b", "c"])
        >>> family.partners("c")
        ['a', 'b']
        """
        return self.x[: self.x.index(y)] if y in self.x else self.x

    def pairs(self) -> list[tuple[str, str]]:
        """Every x and y that are correlated, for each y in turn.

        Examples
        --------
        >>> Correlations(title="All", dataset="available", x=["a", "b", "c"]).pairs()
        [('a', 'b'), ('a', 'c'), ('b', 'c')]
        """
        return [(x, y) for y in self.y for x in self.partners(y)]

    def tested(self, y: str, outcomes: Container[str]) -> str:
        """Statistic whose p decides about the association of a measure with y."""
        return "ancova_r" if y in outcomes and self.test == "ancova" else "pearson_r"


class CorrelationSections(ClosedModel):
    """What the correlations add to a study file."""

    correlations: dict[Identifier, Correlations] = {}


def families(study: Study) -> dict[str, Correlations]:
    """The families of correlations that a study declares, by id."""
    return study.correlations if isinstance(study, CorrelationSections) else {}


def correlated(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Measures and outcomes of the families that a table names."""
    declared = [families(study)[name] for name in table.analyses]
    return list(dict.fromkeys(name for family in declared for name in (*family.x, *family.y)))


def plan_problems(study: Study, cohort: Cohort) -> Iterator[str]:
    """Tables with stars for a tail that their families do not declare, or with other levels."""
    starred = {key: table for key, table in study.tables.items() if table.stars}
    for key, table in starred.items():
        first, levels = next((name, other.stars) for name, other in starred.items())
        if table.stars != levels:
            yield (
                f"tables.{key}: stars for {table.stars}, but those of tables.{first} are for"
                f" {levels}; give all tables of the documents the same levels"
            )
    for key, table in study.tables.items():
        if table.kind != "correlation_matrix" or not table.stars or table.tail != "one":
            continue
        for name in table.analyses:
            family = families(study).get(name)
            if family is not None and family.direction is None:
                yield (
                    f"tables.{key}: stars for one-tailed p, but analysis {name!r} declares no"
                    " direction"
                )


def tested_in(figure: Figure, study: Study) -> list[str]:
    """The statistic that is tested of each pair that a figure shows."""
    shown = {tuple(pair) for pair in figure.pairs}
    return [
        family.tested(y, study.outcomes)
        for name, family in families(study).items()
        if name in figure.analyses
        for x, y in family.pairs()
        if not shown or (x, y) in shown
    ]


def _above_panels(figure: Figure, study: Study, count_of: CountOf) -> str:
    tested = tested_in(figure, study)
    kinds = {
        "Pearson's correlation (*r*)": any(one != "ancova_r" for one in tested),
        "the partial correlation (*pr*)": "ancova_r" in tested,
    }
    where = "Above the panel:" if len(tested) == 1 else "Above each panel:"
    which = " or, with change, ".join(words for words, shown in kinds.items() if shown)
    numbers = f"{where} {which} with its {{interval}} confidence interval (CI) and the number of"
    numbers += " {cases} (*n*)."
    if "ancova_r" not in tested:
        return numbers
    every = "Both scores" if set(tested) == {"ancova_r"} else "Change and the scores beside it"
    return (
        f"{numbers} {every} are adjusted for the pretest, as the analysis of covariance does, and"
        " can therefore lie outside the range of their scale."
    )


def _partial_correlations(figure: Figure, study: Study, count_of: CountOf) -> str:
    if "ancova_r" not in tested_in(figure, study):
        return ""
    return "With change, they are partial correlations, given the pretest."


ANALYSIS = Analysis(
    name="correlations",
    title="Correlations",
    place=60,
    rule="correlate_measures",
    sections=CorrelationSections,
    plan_problems=plan_problems,
    asked_for=lambda study: bool(families(study)),
    not_asked_for="the plan has no correlations",
    tables={
        "correlation_matrix": TableKind(
            section="correlations", printable=correlated, columns_are_measures=True
        ),
        "correlation_details": TableKind(
            section="correlations",
            printable=correlated,
            interval="correlate_measures.interval",
            power="correlate_measures.power",
        ),
        "associations_with_change": TableKind(
            section="correlations", printable=correlated, interval="correlate_measures.interval"
        ),
    },
    figures={
        "scatter": FigureKind(
            "The line is the least-squares regression, the band its {interval} confidence band.",
            interval="correlate_measures.interval",
            further=_above_panels,
        ),
        "heatmap": FigureKind(
            "Pearson's correlations; red cells are positive, blue cells negative.",
            further=_partial_correlations,
        ),
        "forest": FigureKind(
            "Points are Pearson's correlations, lines their two-sided confidence intervals. A point"
            " is filled where its interval excludes zero, which a significant one-tailed test does"
            " not imply.",
            further=_partial_correlations,
        ),
    },
)
