"""Declaration of the comparisons of treatment conditions: the section `conditions` of a study."""

from collections.abc import Container, Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from attune.analyses.analysis import Analysis, TableKind
from attune.specs.closed_model import ClosedModel, did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.instrument import Identifier
from attune.specs.study import DeclaredAnalysis, Study, Table


class Conditions(DeclaredAnalysis):
    """Comparisons of the treatment conditions, one per measure."""

    TERMS: ClassVar = {"measures": "measures or outcomes"}

    measures: list[Identifier] = Field(min_length=1)
    """Measures or outcomes."""
    test: Literal["ancova", "residual_gain"] = "ancova"
    """How a difference in an outcome is tested. ancova: between the means of the posttest, adjusted
    for the pretest. residual_gain: between the means of the residual gain, taken as if it were a
    score; where the conditions differ before treatment this difference is too small. The other
    test stands beside it in either case. Has no meaning for measures."""
    variances: Literal["pooled", "welch"] | None = None
    """pooled: Student's t test, and differences standardised by the pooled standard deviation.
    welch: Welch's t test, and differences standardised without pooling. The other is stored beside
    it. Default: what config.yaml says."""
    equivalence: Annotated[float, Field(gt=0)] | None = None
    """Difference in standard deviations that is too small to matter: adds a test that the
    difference lies within it on either side. Without it no document says that conditions are
    alike."""

    test_baseline: bool = False
    """Whether differences before treatment are tested although the groups were randomised, as in a
    published analysis. By default they are described: randomised groups differ by chance before
    treatment, so that a test of it answers no question (CONSORT 2010, item 15,
    https://doi.org/10.1136/bmj.c869)."""

    reference: str | None = None
    """Code of the condition that is subtracted: every difference is the other condition minus this
    one, as in a trial, whose reference is the first arm. Default: the first condition of the cohort
    file minus the second."""

    def ordered(self, levels: Mapping[str, str]) -> dict[str, str]:
        """The conditions in the order of the difference: the reference last, where one is declared.

        Examples
        --------
        >>> comparison = Conditions(
        ...     title="Arms", measures=["bdi"], dataset="available", reason="One.", reference="TAU"
        ... )
        >>> list(comparison.ordered({"TAU": "Treatment as usual", "BtheB": "Beat the Blues"}))
        ['BtheB', 'TAU']
        """
        return dict(sorted(levels.items(), key=lambda level: level[0] == self.reference))

    def tested(self, measure: str, outcomes: Container[str]) -> str:
        """Statistic whose p decides about the difference in a measure."""
        return "ancova_t" if measure in outcomes and self.test == "ancova" else "t"


def effect_size(comparison: Conditions, tested: str) -> str:
    """Statistic that gives the size of a difference, beside the one whose p decides."""
    if tested == "ancova_t":
        return "ancova_d"
    return "unpooled_d" if comparison.variances == "welch" else "cohen_d"


class ConditionSections(ClosedModel):
    """What the comparisons of conditions add to a study file."""

    conditions: dict[Identifier, Conditions] = {}


def declared_comparisons(study: Study) -> dict[str, Conditions]:
    """The comparisons of conditions that a study declares, by id."""
    return study.conditions if isinstance(study, ConditionSections) else {}


def untested_measures(study: Study, comparison: Conditions) -> set[str]:
    """Measures of a comparison that are described and not tested: the baselines of a trial.

    Parameters
    ----------
    study : Study
        Its groups were randomised if it declares a trial, whose baseline is an occasion.
    comparison : Conditions

    Returns
    -------
    set of str
        Empty if no trial is declared, or if the comparison asks for these tests.
    """
    if comparison.test_baseline:
        return set()
    baselines = study.randomised_baselines()
    measures = [name for name in comparison.measures if name in study.measures]
    return {name for name in measures if study.measures[name].occasion in baselines}


def plan_problems(study: Study, cohort: Cohort) -> Iterator[str]:
    """Comparisons without two conditions to compare."""
    if not declared_comparisons(study):
        return
    if cohort.sample.condition is None:
        yield "conditions: the cohort declares no sample.condition to compare"
        return
    levels = list(cohort.sample.variables[cohort.sample.condition].levels.values())
    if len(levels) != 2:
        yield (
            f"conditions: two conditions can be compared, but {cohort.sample.condition!r} has"
            f" {len(levels)}: {', '.join(levels)}"
        )
    codes = list(cohort.sample.conditions())
    for name, comparison in declared_comparisons(study).items():
        if comparison.reference is not None and comparison.reference not in codes:
            yield (
                f"conditions.{name}.reference: {comparison.reference!r} is not a code of"
                f" {cohort.sample.condition!r}. {did_you_mean(comparison.reference, codes)}"
            )


def compared(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Measures and outcomes of the comparisons that a table names."""
    declared = declared_comparisons(study)
    return [measure for name in table.analyses for measure in declared[name].measures]


ANALYSIS = Analysis(
    name="conditions",
    title="Comparisons of conditions",
    place=40,
    rule="compare_conditions",
    sections=ConditionSections,
    plan_problems=plan_problems,
    asked_for=lambda study: bool(declared_comparisons(study)),
    not_asked_for="the plan compares no conditions",
    tables={
        "comparisons": TableKind(
            section="conditions", printable=compared, interval="compare_conditions.interval"
        )
    },
)
