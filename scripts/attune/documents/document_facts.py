"""Template context: labels, titles and ids from the study and cohort files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from attune.documents.instrument_facts import Level, Questionnaires, Scale, questionnaires
from attune.printing.text import Text, choice, literal, named, one_line, with_commands, with_symbols
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune.store.statistic_rows import snake_case, statistic_id


@dataclass(frozen=True)
class Pair:
    """A correlation: `prefix` plus `.pearson_r` and the like are its ids."""

    x: str
    y: str
    x_label: Text
    y_label: Text
    prefix: str


@dataclass(frozen=True)
class Target:
    """One y of a family with all its pairs."""

    y: str
    label: Text
    pairs: list[Pair]


@dataclass(frozen=True)
class Family:
    """A family of correlations, one entry of the study's `correlations`."""

    id: str
    title: Text
    reason: Text
    direction: str
    """positive, negative, or "" where none was declared."""
    dataset: str
    targets: list[Target]

    @property
    def pairs(self) -> list[Pair]:
        """All pairs, target by target."""
        return [pair for target in self.targets for pair in target.pairs]


@dataclass(frozen=True)
class Test:
    """A comparison of the conditions: `prefix` plus `.t` and the like are its ids."""

    __test__ = False  # not one of pytest's

    measure: str
    label: Text
    prefix: str
    means: list[str]
    """Ids of the conditions' means, in their order."""


@dataclass(frozen=True)
class Comparison:
    """One entry of the study's `conditions`."""

    id: str
    title: Text
    reason: Text
    dataset: str
    statistic: str
    """t for two conditions, f for more."""
    conditions: list[Text]
    tests: list[Test]


@dataclass(frozen=True)
class Gain:
    """An outcome; `gains.<id>.<dataset>` is where the ids of its regression begin."""

    id: str
    label: Text
    pretest: Text
    posttest: Text


@dataclass(frozen=True)
class Described:
    """A variable of the sample sheet; `sample.<id>` is where its ids begin."""

    id: str
    label: Text
    kind: str
    unit: Text
    levels: list[Level]
    """Of a category; `missing` is not among them."""


@dataclass(frozen=True)
class Retained(Level):
    """A measure that a table of kind retention shows; `prefix` begins the ids of its numbers."""

    conditions: list[Level]


@dataclass(frozen=True)
class Facts:
    """Everything that is known before a number is computed."""

    title: Text
    authors: list[Text]
    cohort: Text
    cases: str
    """What the rows of the sample sheet are called: dyads, or patients without a therapist."""
    source: Text
    licence: Text
    synthetic: bool
    notice: Text
    imputation: str
    publication: Text
    """Id of the paper whose printed numbers are compared; empty where there is none."""
    labels: dict[str, Text]
    """Of measures and outcomes, as they read in a sentence."""
    families: dict[str, Family] = field(default_factory=dict)
    comparisons: dict[str, Comparison] = field(default_factory=dict)
    instruments: dict[str, Questionnaires] = field(default_factory=dict)
    outcomes: list[Gain] = field(default_factory=list)
    variables: list[Described] = field(default_factory=list)
    retained: list[Retained] = field(default_factory=list)

    @property
    def has_items(self) -> bool:
        """Whether the measures rest on answers to items, at least in part."""
        return any(each.has_items for each in self.instruments.values())

    @property
    def replaced(self) -> list[Text]:
        """Titles of the analyses that use replaced scores."""
        return self._using("imputed")

    @property
    def observed(self) -> list[Text]:
        """Titles of the analyses that use scores as observed."""
        return self._using("available")

    def _using(self, dataset: str) -> list[Text]:
        analyses: list[Comparison | Family] = [*self.comparisons.values(), *self.families.values()]
        return [each.title for each in analyses if each.dataset == dataset]

    @property
    def scores(self) -> dict[str, Scale]:
        """Measures that are scores of a questionnaire, by id."""
        return {scale.measure: scale for each in self.instruments.values() for scale in each.scales}


def document_facts(
    study: Study,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    written: Callable[[str], Text] = lambda text: with_symbols(one_line(text)),
) -> Facts:
    """Labels, titles, reasons and ids for templates; what files hold is printed as it was typed.

    Parameters
    ----------
    study, cohort : Study, Cohort
    instruments : mapping of id to Instrument
        Those that the study's measures use.
    written : callable, optional
        Makes text of the reasons that the study gives, with their placeholders filled.
    """
    labels = {name: literal(measure.label) for name, measure in study.measures.items()}
    labels |= {
        name: "the residual gain in " + literal(outcome.label)
        for name, outcome in study.outcomes.items()
    }
    variables = cohort.sample.variables
    return Facts(
        title=literal(study.title),
        authors=[literal(author) for author in study.authors],
        cohort=literal(cohort.title),
        cases=f"{cohort.case}s",
        source=with_commands(cohort.source),
        licence=literal(cohort.licence),
        synthetic=cohort.synthetic,
        notice=literal(cohort.synthetic_notice),
        imputation=study.imputation.method,
        publication=literal(cohort.publication or ""),
        labels=labels,
        families=_families(study, labels, written),
        comparisons=_comparisons(study, cohort, labels, written),
        instruments={
            name: questionnaires(instrument, study, cohort)
            for name, instrument in instruments.items()
            if any(measure.instrument == name for measure in study.measures.values())
        },
        outcomes=[
            Gain(name, literal(outcome.label), labels[outcome.pretest], labels[outcome.posttest])
            for name, outcome in study.outcomes.items()
        ],
        variables=[
            Described(
                name,
                literal(each.label),
                each.kind,
                literal(each.unit),
                [
                    Level(named(level), f"sample.{name}.{snake_case(level)}")
                    for level in each.levels.values()
                ],
            )
            for name in study.variables
            if (each := variables.get(name)) is not None
        ],
        retained=_retained(study, cohort, labels),
    )


def _retained(study: Study, cohort: Cohort, labels: Mapping[str, Text]) -> list[Retained]:
    scored = [name for name, measure in study.measures.items() if measure.instrument]
    shown = [table.rows or scored for table in study.tables.values() if table.kind == "retention"]
    return [
        Retained(
            labels[name],
            f"retention.{name}",
            [
                Level(named(label), statistic_id("retention", name, label))
                for label in cohort.sample.conditions().values()
            ],
        )
        for name in dict.fromkeys(name for names in shown for name in names)
    ]


def _families(
    study: Study, labels: Mapping[str, Text], written: Callable[[str], Text]
) -> dict[str, Family]:
    return {
        name: Family(
            id=name,
            title=literal(family.title),
            reason=written(family.reason),
            direction=family.direction or "",
            dataset=family.dataset,
            targets=[
                Target(
                    y,
                    labels[y],
                    [Pair(x, y, labels[x], labels[y], f"{name}.{x}.{y}") for x in family.x],
                )
                for y in family.y
            ],
        )
        for name, family in study.correlations.items()
    }


def _comparisons(
    study: Study, cohort: Cohort, labels: Mapping[str, Text], written: Callable[[str], Text]
) -> dict[str, Comparison]:
    name = cohort.sample.condition
    conditions = list(cohort.sample.variables[name].levels.values()) if name else []
    return {
        name: Comparison(
            id=name,
            title=literal(comparison.title),
            reason=written(comparison.reason),
            dataset=comparison.dataset,
            statistic="f" if len(conditions) > 2 else "t",
            conditions=[named(each) for each in conditions],
            tests=[
                Test(
                    each,
                    labels[each],
                    f"{name}.{each}",
                    [statistic_id(name, each, level, "mean") for level in conditions],
                )
                for each in comparison.measures
            ],
        )
        for name, comparison in study.conditions.items()
    }


CITATIONS = {"pingouin": "@vallat2018", "scipy": "@virtanen2020"}
"""Package -> the paper that it asks to be cited by, as a key of references.bib."""


def citations_of(software: Sequence[str]) -> list[str]:
    """Citations of the packages that computed a statistic.

    Examples
    --------
    >>> citations_of(["attune 0.1.0", "scipy 1.17.1"])
    ['@virtanen2020']
    """
    used = [each.partition(" ")[0] for each in software]
    return [CITATIONS[name] for name in used if name in CITATIONS]


def smallest_cell_shown(cohort: Cohort, settings: Mapping[str, Any]) -> str:
    """The smallest count of people that documents show, with its key; empty where all are shown."""
    if cohort.smallest_cell is not None:
        count, key = cohort.smallest_cell.count, "cohort.smallest_cell"
    else:
        count, key = settings["build_tables"].get("smallest_cell", 0), "build_tables.smallest_cell"
    return str(choice(str(count), key)) if count else ""
