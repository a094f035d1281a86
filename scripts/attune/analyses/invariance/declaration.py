"""Declaration of measurement invariance: the section `invariance` of a study."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import model_validator

from attune.analyses.analysis import Analysis, FigureKind, TableKind
from attune.specs.closed_model import ClosedModel, did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.instrument import Identifier, Rater
from attune.specs.study import Dataset, DeclaredAnalysis, Study, Table, TermKind


class Invariance(DeclaredAnalysis):
    """Whether a scale measures the same in several conditions, by several raters or over time."""

    TERMS: ClassVar[dict[str, TermKind]] = {}

    dataset: Dataset = "available"
    """Answers to items are never replaced: every answer that there is counts."""
    instrument: Identifier
    scale: Identifier
    """A scale with three items or more."""
    across: Literal["conditions", "raters", "occasions"]
    """conditions: one model in several groups; raters, occasions: one model of all answers about
    the same dyads, in which the residuals of the same item may go together."""
    rater: Rater | None = None
    """Who answered, where not across raters."""
    occasion: Identifier | None = None
    """When, where not across occasions."""
    state: str = ""
    conditions: list[str] = []
    """across conditions: their codes; empty: all of the cohort."""
    raters: list[Rater] = []
    """across raters: two or more."""
    occasions: list[Identifier] = []
    """across occasions: two or more, in their order."""
    unit: Literal["dyad", "therapist"] = "dyad"
    """therapist: the therapist's answers are repeated for each patient, and count once."""
    strict: bool = False
    """Whether equal residual variances are tested, too."""
    cluster: Literal["therapist", "none"] = "none"
    """therapist: test statistics allow for patients of one therapist being alike."""
    standard_errors: Literal["observed", "robust"] = "observed"
    """robust: scaled test statistics, for answers that are not normal; with a cluster always."""

    @model_validator(mode="after")
    def _consistent(self) -> "Invariance":
        problems = []
        for key, own in (("rater", "raters"), ("occasion", "occasions")):
            one, several = getattr(self, key), getattr(self, own)
            if self.across == own:
                if one is not None:
                    problems.append(f"across {own} takes no {key!r}; remove it")
                if len(set(several)) < 2 or len(set(several)) < len(several):
                    problems.append(f"{own} must name two or more, each once, found {several}")
            else:
                if one is None:
                    problems.append(f"across {self.across} needs the key {key!r}")
                if several:
                    problems.append(f"across {self.across} takes no {own!r}; remove it")
        if self.across != "conditions" and self.conditions:
            problems.append(f"across {self.across} takes no 'conditions'; remove it")
        if len(self.conditions) == 1:
            problems.append("conditions must name two or more, or none for all")
        if self.cluster == "therapist" and self.unit == "therapist":
            problems.append("with unit therapist there is one row per therapist; remove 'cluster'")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def steps(self) -> tuple[str, ...]:
        """Steps in their order."""
        return ("configural", "metric", "scalar", *(["strict"] if self.strict else []))

    @property
    def robust(self) -> bool:
        """Whether test statistics are scaled."""
        return self.standard_errors == "robust" or self.cluster == "therapist"

    def sets(self, cohort: Cohort) -> list[str]:
        """Codes of conditions, raters or occasions, in their order."""
        if self.across == "conditions":
            return self.conditions or list(cohort.sample.conditions())
        return list(self.raters or self.occasions)

    def places(self) -> list[tuple[str, str]]:
        """Rater and occasion of each set of answers that the analysis reads."""
        raters = [str(one) for one in self.raters] or [str(self.rater)]
        occasions = self.occasions or [str(self.occasion)]
        return [(rater, occasion) for rater in raters for occasion in occasions]

    def terms(self) -> list[list[str]]:
        """Ids begin with the analysis, then a step, or a set of answers and an item."""
        return []


class InvarianceSections(ClosedModel):
    """What measurement invariance adds to a study file."""

    invariance: dict[Identifier, Invariance] = {}


def invariance_tests(study: Study) -> dict[str, Invariance]:
    """The tests of invariance that a study declares, by id."""
    return study.invariance if isinstance(study, InvarianceSections) else {}


def plan_problems(study: Study, cohort: Cohort) -> Iterator[str]:
    """What tests of invariance ask of a cohort that it does not have."""
    for name, test in invariance_tests(study).items():
        place = f"invariance.{name}"
        given = {(q.instrument, q.rater, q.occasion) for q in cohort.questionnaires}
        instruments = sorted({instrument for instrument, *_ in given})
        if test.instrument not in instruments:
            hint = did_you_mean(test.instrument, instruments)
            yield f"{place}.instrument: the cohort has no items of {test.instrument!r}. {hint}"
            continue
        for rater, occasion in test.places():
            if (test.instrument, rater, occasion) not in given:
                known = sorted(f"{r} at {o}" for i, r, o in given if i == test.instrument)
                yield (
                    f"{place}: the {rater} did not answer {test.instrument!r} at {occasion!r};"
                    f" answered: {', '.join(known)}"
                )
        if "therapist" in (test.cluster, test.unit) and cohort.sample.therapist is None:
            yield f"{place}: the cohort records no therapist; remove 'cluster' and 'unit'"
        if test.across == "conditions":
            yield from _condition_problems(place, test, cohort)


def _condition_problems(place: str, test: Invariance, cohort: Cohort) -> Iterator[str]:
    known = list(cohort.sample.conditions())
    if len(known) < 2:
        yield f"{place}.across: the cohort declares no two conditions"
    for code in test.conditions:
        if known and code not in known:
            yield f"{place}.conditions: {code!r} is not a condition. {did_you_mean(code, known)}"


def names_of(study: Study) -> list[str]:
    """The steps, by which the rows of a table may be chosen."""
    return ["configural", "metric", "scalar", "strict"]


def steps_of(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """The steps of the tests that a table names."""
    declared = invariance_tests(study)
    return [step for name in table.analyses for step in declared[name].steps]


_KIND = TableKind(
    section="invariance",
    rows=names_of,
    printable=steps_of,
    needs_items=True,
    interval="test_invariance.interval",
)

ANALYSIS = Analysis(
    name="invariance",
    title="Measurement invariance",
    place=62,
    rule="test_invariance",
    sections=InvarianceSections,
    plan_problems=plan_problems,
    asked_for=lambda study: bool(invariance_tests(study)),
    not_asked_for="the plan tests no measurement invariance",
    tables=dict.fromkeys(("invariance", "invariance_items"), _KIND),
    figures={
        "invariance_items": FigureKind(
            remark="Points are loadings and intercepts of the configural model, in which nothing is"
            " equal, with their {interval} intervals. Where loadings of an item differ, a point of"
            " it is worth more at one time than at another; where intercepts alone differ, it is"
            " answered higher or lower for the same level of what is measured.",
            needs_items=True,
            interval="test_invariance.interval",
        ),
    },
)
