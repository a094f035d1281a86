"""Declaration of models of both partners: the section `partners` of a study, tables and figures."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import model_validator

from attune.analyses.analysis import Analysis, FigureKind, TableKind
from attune.specs.closed_model import ClosedModel, did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.instrument import Identifier
from attune.specs.study import DeclaredAnalysis, Study, Table


class Partners(DeclaredAnalysis):
    """Both partners' measures: a one-with-many design, or actor and partner effects."""

    TERMS: ClassVar = {
        "reports": "any measures",
        "predictors": "measures",
        "outcomes": "measures or outcomes",
        "covariates": "measures",
    }

    design: Literal["one_with_many", "actor_partner"]
    """one_with_many: the variance of both partners' reports of the same thing, between therapists
    and between the patients of one therapist; actor_partner: both partners' outcomes, each
    predicted by both partners' predictors."""
    reports: list[Identifier] = []
    """one_with_many: the patient's report, then the therapist's, of the same occasion."""
    occasions: list[Identifier] = []
    """one_with_many: occasions of the study at which the reports are divided, one model each; only
    for measures without an occasion of their own."""
    method: Literal["REML", "ML"] = "REML"
    """one_with_many: restricted maximum likelihood, or maximum likelihood, whose variances between
    therapists are too small where there are few."""
    predictors: list[Identifier] = []
    """actor_partner: the predictor of the first partner, such as the patient, then that of the
    second, in the same units."""
    outcomes: list[Identifier] = []
    """actor_partner: the outcome of the first partner, then that of the second, in the same
    units."""
    covariates: list[Identifier] = []
    """actor_partner: further predictors of both outcomes; the test of distinguishability is not
    defined then."""

    @model_validator(mode="after")
    def _consistent(self) -> "Partners":
        own, others = KEYS[self.design], KEYS[OTHER[self.design]]
        problems = [
            f"design {self.design} has no key {key!r}; remove it"
            for key in others
            if key in self.model_fields_set
        ]
        for key in own:
            names = getattr(self, key)
            if key in PAIRS and len(names) != 2:
                problems.append(
                    f"design {self.design} needs two measures in {key!r}, one of each partner,"
                    f" found {names}"
                )
        named = [*self.reports, *self.predictors, *self.outcomes, *self.covariates]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            problems.append(f"{twice} are named twice; name another measure of each partner")
        if len(set(self.occasions)) < len(self.occasions):
            problems.append(f"occasions names one twice: {self.occasions}")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def times(self) -> list[str]:
        """The occasions of the models; one empty name where the reports have their own."""
        return self.occasions or [""]

    def terms(self) -> list[list[str]]:
        """Ids begin with the analysis and a report, an outcome or an occasion; see `KINDS`."""
        return []


KEYS = {
    "one_with_many": ("reports", "occasions", "method"),
    "actor_partner": ("predictors", "outcomes", "covariates"),
}
"""Design -> its keys."""

OTHER = {"one_with_many": "actor_partner", "actor_partner": "one_with_many"}
PAIRS = ("reports", "predictors", "outcomes")
"""Keys that name one measure of each partner."""


class PartnerSections(ClosedModel):
    """What models of both partners add to a study file."""

    partners: dict[Identifier, Partners] = {}


def one_with_many_designs(study: Study) -> dict[str, Partners]:
    """The one-with-many designs that a study declares, by id."""
    return _of_design("one_with_many", study)


def actor_partner_designs(study: Study) -> dict[str, Partners]:
    """The actor-partner designs that a study declares, by id."""
    return _of_design("actor_partner", study)


def _of_design(design: str, study: Study) -> dict[str, Partners]:
    declared = study.partners if isinstance(study, PartnerSections) else {}
    return {name: one for name, one in declared.items() if one.design == design}


def plan_problems(study: Study, cohort: Cohort) -> Iterator[str]:
    """What one-with-many designs ask of a cohort that it does not have."""
    for name, design in one_with_many_designs(study).items():
        place = f"partners.{name}"
        if cohort.sample.therapist is None:
            yield f"{place}: the cohort records no therapist, whose patients would be compared"
        raters = [study.measures[report].rater for report in design.reports]
        if "therapist" in raters[:1] or "patient" in raters[1:]:
            yield f"{place}.reports: name the patient's report first, found {raters}"
        changing = [one for one in design.reports if one in study.measures_by_occasion()]
        if len(changing) == 1:
            yield (
                f"{place}.reports: {changing[0]!r} has one value per occasion, the other one per"
                " dyad; both must be of the same occasion"
            )
        elif changing and not design.occasions:
            yield (
                f"{place}.occasions: {design.reports} have one value per occasion; name those to"
                f" analyse, of {study.occasions}"
            )
        elif not changing and design.occasions:
            yield f"{place}.occasions: {design.reports} have their own occasions; remove this key"
        for occasion in design.occasions:
            if occasion not in study.occasions:
                hint = did_you_mean(occasion, study.occasions)
                yield f"{place}.occasions: {occasion!r} is not an occasion of the study. {hint}"


def outcomes_of(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Reports and outcomes of the designs that a table names."""
    many, pairs = one_with_many_designs(study), actor_partner_designs(study)
    found = [report for name in table.analyses if name in many for report in many[name].reports]
    return found + [
        outcome for name in table.analyses if name in pairs for outcome in pairs[name].outcomes
    ]


_KIND = TableKind(section="partners", printable=outcomes_of, interval="compare_partners.interval")

ANALYSIS = Analysis(
    name="partners",
    title="Models of both partners",
    place=58,
    rule="compare_partners",
    sections=PartnerSections,
    plan_problems=plan_problems,
    asked_for=lambda study: bool(one_with_many_designs(study) or actor_partner_designs(study)),
    not_asked_for="the plan has no model of both partners",
    tables={"one_with_many": _KIND, "actor_partner": _KIND},
    figures={
        "variance_shares": FigureKind(
            remark="Points are the shares of the variance that lie between therapists (filled) and"
            " between the patients of one therapist (hollow), error of measurement included, with"
            " their {interval} intervals.",
            interval="compare_partners.interval",
        )
    },
)
