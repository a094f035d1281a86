"""Declaration of structural equation models: the section `structural_models` of a study."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from attune.analyses.analysis import Analysis, CountOf, FigureKind, TableKind
from attune.specs.closed_model import ClosedModel, did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.instrument import Identifier
from attune.specs.study import DeclaredAnalysis, Figure, Study, Table
from attune.stats.sem_panel import cross_lagged_model
from attune.stats.sem_syntax import WITHIN, ModelText, Term, parse_model


class ModelVariable(ClosedModel):
    """One variable of a model: a measure, a contrast of 0 and 1, or a change."""

    label: str = ""
    """Name as printed; by default that of the measure with its occasion."""
    measure: Identifier | None = None
    occasion: Identifier | None = None
    """Of a measure that has one value per occasion."""
    condition: str | None = None
    """Code of a condition of the cohort: 1 in this condition, 0 in all others."""
    variable: Identifier | None = None
    """A variable of the sample sheet: a number, or, with `code`, a category."""
    code: str | None = None
    """The variable is 1 where the category has this code, 0 elsewhere."""
    change: Annotated[list[Identifier], Field(min_length=2, max_length=2)] | None = None
    """Two other variables of the model, the later and the earlier one: their difference."""

    @model_validator(mode="after")
    def _one_source(self) -> "ModelVariable":
        sources = ("measure", "condition", "variable", "change")
        given = [key for key in sources if getattr(self, key) is not None]
        problems = []
        if len(given) != 1:
            problems.append(f"needs one of {', '.join(sources)}, found {given or 'none'}")
        if self.occasion is not None and self.measure is None:
            problems.append("occasion belongs to a measure")
        if self.code is not None and self.variable is None:
            problems.append("code belongs to a variable of the sample sheet")
        if problems:
            raise ValueError("; ".join(problems))
        return self


class CrossLagged(ClosedModel):
    """A random-intercept cross-lagged panel model of two measures."""

    first: Identifier
    """A measure with one value per occasion."""
    second: Identifier
    occasions: list[Identifier] = Field(min_length=3)
    """In their order; equal paths suppose about equal distances."""
    equal_over_time: bool = True
    """The lagged paths are the same between all neighbouring occasions."""

    def column(self, measure: str, occasion: str) -> str:
        """Name of a variable of the model."""
        return f"{measure}.{occasion}"


class Indirect(ClosedModel):
    """Intervals of defined parameters, such as indirect effects."""

    effects: list[Identifier] = []
    """Names that the model defines by `:=`; empty: all."""
    interval: Literal["delta", "monte_carlo", "cluster_bootstrap"] = "monte_carlo"
    """delta: estimate ± z standard errors, which a product of paths does not follow; monte_carlo:
    percentiles of draws from the normal distribution of the paths; cluster_bootstrap: percentiles
    of fits to resampled clusters (patients in models without clusters)."""
    resamples: int = Field(default=1000, ge=100)
    """Resampled fits of cluster_bootstrap."""
    draws: int = Field(default=20_000, ge=1000)
    """Draws of monte_carlo."""


class Comparison(ClosedModel):
    """A smaller model, against which the declared one is tested."""

    title: str
    zero: list[str] = Field(min_length=1)
    """Labels of the model whose parameters are left out, that is, held at 0."""


class StructuralModel(DeclaredAnalysis):
    """A structural equation model of one or two levels, or a cross-lagged panel model."""

    TERMS: ClassVar = {"named_measures": "any measures"}

    model: str = ""
    """Statements as in lavaan: `y ~ a*x` (regression with the label a), `x ~~ y`, `factor =~ i1 +
    i2`, `level: within`, `level: between`, `indirect := a*b`."""
    cross_lagged: CrossLagged | None = None
    """The short form of a random-intercept cross-lagged panel model, instead of `model`."""
    variables: dict[Identifier, ModelVariable] = {}
    """Short names of the model's variables. A measure with one value per dyad may stand in the
    text by its own name, one with a value per occasion as measure.occasion."""
    cluster: Literal["therapist", "none"] = "none"
    """therapist: patients of one therapist are alike; with `level:` lines both levels are modelled,
    without them only the standard errors (robust) allow for it."""
    group: Identifier | None = None
    """condition, or a category of the sample sheet: a model with parameters of each group's own."""
    standard_errors: Literal["observed", "expected", "robust"] = "observed"
    """observed or expected information, or the sandwich that allows for scores that are not normal
    and, with a cluster, for clusters."""
    missing: Literal["fiml", "listwise"] = "fiml"
    """fiml: every known value counts, valid if values are missing at random; listwise: patients
    without a missing value."""
    indirect: Indirect = Indirect()
    comparisons: dict[Identifier, Comparison] = {}

    @model_validator(mode="after")
    def _consistent(self) -> "StructuralModel":
        if bool(self.model.strip()) == (self.cross_lagged is not None):
            raise ValueError("needs either a model or cross_lagged")
        try:
            parsed = self.parsed()
        except AnalysisError as error:
            raise ValueError(" ".join([error.heading, *error.problems])) from None
        problems = [*self._problems_of_levels(parsed), *self._problems_of_names(parsed)]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _problems_of_levels(self, parsed: ModelText) -> Iterator[str]:
        if parsed.two_level and self.cluster == "none":
            yield "the model has levels; write `cluster: therapist`, or delete the 'level:' lines"
        if parsed.two_level and self.standard_errors == "expected":
            yield "standard_errors: expected exist for models of one level; write observed"
        if not parsed.two_level and self.cluster != "none" and self.standard_errors != "robust":
            yield (
                "a model without 'level:' lines allows for clusters by `standard_errors: robust`"
                f" alone, found {self.standard_errors}"
            )

    def _problems_of_names(self, parsed: ModelText) -> Iterator[str]:
        defined = [one.name for one in parsed.definitions]
        for name in self.indirect.effects:
            if name not in defined:
                yield (
                    f"indirect.effects: {name!r} is not defined by := in the model."
                    f" {did_you_mean(name, defined)}"
                )
        labels = sorted({m.label for t in parsed.terms for m in t.modifiers if m.label})
        for key, comparison in self.comparisons.items():
            for label in comparison.zero:
                if label not in labels:
                    yield (
                        f"comparisons.{key}.zero: {label!r} is not a label of the model."
                        f" {did_you_mean(label, labels)}"
                    )
        for key, variable in self.variables.items():
            for part in variable.change or []:
                known = [n for n, one in self.variables.items() if one.change is None]
                if part not in known:
                    yield (
                        f"variables.{key}.change: {part!r} is not another variable of this model."
                        f" {did_you_mean(part, known)}"
                    )
        latent = {term.left for term in parsed.terms if term.operator == "=~"}
        for name in sorted(latent & set(self.variables)):
            yield f"variables.{name} is also the name of a factor (left of =~); rename one"

    @property
    def text(self) -> str:
        """The model text, written out where the short form is used."""
        short = self.cross_lagged
        if short is None:
            return self.model
        return cross_lagged_model(
            [short.column(short.first, one) for one in short.occasions],
            [short.column(short.second, one) for one in short.occasions],
            names=(short.first, short.second),
            equal_over_time=short.equal_over_time,
        )

    def parsed(self) -> ModelText:
        """The model, read."""
        return parse_model(self.text)

    @property
    def effects(self) -> list[str]:
        """Defined parameters whose intervals the study asks for."""
        return self.indirect.effects or [one.name for one in self.parsed().definitions]

    def names(self) -> list[str]:
        """Observed variables of the model text, in the order of their first use."""
        parsed = self.parsed()
        latent = {term.left for term in parsed.terms if term.operator == "=~"}
        named = (name for term in parsed.terms for name in (term.left, term.right))
        return [name for name in dict.fromkeys(named) if name and name not in latent]

    @property
    def scores_of_patients(self) -> list[str]:
        """Observed variables of patients but contrasts of conditions and the sample sheet's."""
        parsed = self.parsed()
        latent = {term.left for term in parsed.terms if term.operator == "=~"}
        of_patients = [t for t in parsed.terms if t.level == WITHIN or not parsed.two_level]
        named = (name for term in of_patients for name in (term.left, term.right))
        found = [name for name in dict.fromkeys(named) if name and name not in latent]
        contrasts = [n for n, one in self.variables.items() if one.condition or one.variable]
        return [name for name in found if name not in contrasts]

    @property
    def of_changes(self) -> bool:
        """Whether every score of patients is a change."""
        scores = self.scores_of_patients
        changes = [n for n, one in self.variables.items() if one.change is not None]
        return bool(scores) and all(name in changes for name in scores)

    @property
    def first_occasion(self) -> str:
        """The occasion from which all changes of patients count; empty where there is none."""
        if not self.of_changes:
            return ""
        parts = [self.variables[name].change or [] for name in self.scores_of_patients]
        occasions = {self.variables[earlier].occasion or "" for _, earlier in parts}
        return occasions.pop() if len(occasions) == 1 else ""

    @property
    def named_measures(self) -> list[str]:
        """Measures that the keys of the entry name."""
        found = [one.measure for one in self.variables.values() if one.measure]
        if self.cross_lagged is not None:
            found += [self.cross_lagged.first, self.cross_lagged.second]
        return found

    def terms(self) -> list[list[str]]:
        """Ids begin with the model, then a level, variable, effect or comparison; see `KINDS`."""
        return []


class StructuralModelSections(ClosedModel):
    """What structural equation models add to a study file."""

    structural_models: dict[Identifier, StructuralModel] = {}


def structural_models(study: Study) -> dict[str, StructuralModel]:
    """The structural equation models that a study declares, by id."""
    return study.structural_models if isinstance(study, StructuralModelSections) else {}


def plan_problems(study: Study, cohort: Cohort) -> Iterator[str]:
    """What structural equation models ask of a study and a cohort that they do not have."""
    for name, model in structural_models(study).items():
        place = f"structural_models.{name}"
        if model.cluster == "therapist" and cohort.sample.therapist is None:
            yield f"{place}.cluster: the cohort records no therapist; write `cluster: none`"
        if model.group is not None:
            yield from _group_problems(f"{place}.group", model.group, cohort)
        for key, variable in model.variables.items():
            yield from _variable_problems(f"{place}.variables.{key}", variable, study, cohort)
        by_occasion = study.measures_by_occasion()
        known = [*model.variables, *study.measures_of_dyads()]
        repeated = [f"{one}.{when}" for one in by_occasion for when in study.occasions]
        for used in model.names():
            if used not in known and used not in repeated:
                where = "cross_lagged" if model.cross_lagged else "model"
                yield (
                    f"{place}.{where}: {used!r} is neither a variable of the model, a measure of"
                    " the study nor a factor (left of =~) of its level."
                    f" {did_you_mean(used, [*known, *repeated])}"
                )


def _group_problems(place: str, group: str, cohort: Cohort) -> Iterator[str]:
    if group == "condition":
        if cohort.sample.condition is None:
            yield f"{place}: the cohort declares no sample.condition"
        return
    declared = cohort.sample.variables.get(group)
    if declared is None or declared.kind != "category":
        known = [n for n, one in cohort.sample.variables.items() if one.kind == "category"]
        yield f"{place}: {group!r} is not a category of the sample. {did_you_mean(group, known)}"


def _variable_problems(
    place: str, variable: ModelVariable, study: Study, cohort: Cohort
) -> Iterator[str]:
    sample = cohort.sample
    if variable.measure is not None:
        changes = variable.measure in study.measures_by_occasion()
        if changes and variable.occasion not in study.occasions:
            yield (
                f"{place}.occasion: {variable.measure!r} has one value per occasion; name one of"
                f" {study.occasions}, found {variable.occasion!r}"
            )
        elif not changes and variable.occasion is not None:
            yield f"{place}.occasion: {variable.measure!r} has its own occasion; remove this key"
    if variable.condition is not None:
        levels = list(sample.variables[sample.condition].levels) if sample.condition else []
        if variable.condition not in levels:
            hint = did_you_mean(variable.condition, levels)
            yield f"{place}.condition: {variable.condition!r} is not a condition's code. {hint}"
    if variable.variable is not None:
        declared = sample.variables.get(variable.variable)
        if declared is None or declared.kind not in ("number", "category"):
            hint = did_you_mean(variable.variable, list(sample.variables))
            yield f"{place}.variable: {variable.variable!r} is not a number or category. {hint}"
        elif declared.kind == "category" and variable.code not in declared.levels:
            hint = did_you_mean(str(variable.code), list(declared.levels))
            yield f"{place}.code: a category needs the code that counts as 1. {hint}"
        elif declared.kind == "number" and variable.code is not None:
            yield f"{place}.code: {variable.variable!r} is a number; remove this key"


def rows_of(table: Table, study: Study, cohort: Cohort) -> list[str]:
    """Declared variables, outcomes and effects of the models that a table names."""
    declared = structural_models(study)
    return [
        name for one in table.analyses for name in [*declared[one].names(), *declared[one].effects]
    ]


_INTERVAL = "fit_structural_models.interval"


def drawn_curves(terms: Iterable[Term]) -> list[Term]:
    """Covariances among the terms of a model that its diagram draws: those that are estimated."""
    return [
        term
        for term in terms
        if term.operator == "~~" and term.left != term.right and term.modifier(0).fixed is None
    ]


def _parts_of_the_diagram(figure: Figure, study: Study, count_of: CountOf) -> str:
    """What the shapes and lines of the diagram of one model are."""
    models = structural_models(study)
    names = [name for name in figure.analyses or models if name in models]
    if len(names) != 1:  # The figure is refused, too.
        return ""
    model = models[names[0]]
    parsed = model.parsed()
    factors = any(term.operator == "=~" for term in parsed.terms)
    within = {v for t in parsed.terms if t.level == "within" for v in (t.left, t.right) if v}
    between = {v for t in parsed.terms if t.level == "between" for v in (t.left, t.right) if v}
    round_ones = ["factors"] if factors else []
    round_ones += ["parts between therapists"] if within & between else []
    if model.cross_lagged is not None:
        shapes = "Ellipses are stable levels and the deviations from them."
    elif round_ones:
        shapes = f"Boxes are observed variables, ellipses {' or '.join(round_ones)}."
    else:
        shapes = "Boxes are observed variables."
    lines = (
        "Arrows are regressions with their coefficients, in the units of the variables and, in"
        " brackets, in standard deviations"
    )
    curves = "; curves are covariances, with correlations." if drawn_curves(parsed.terms) else "."
    return f"{shapes} {lines}{curves}"


_KIND = TableKind(
    section="structural_models",
    rows=lambda study: [
        name
        for model in structural_models(study).values()
        for name in [*model.names(), *model.effects]
    ],
    printable=rows_of,
    interval=_INTERVAL,
)

ANALYSIS = Analysis(
    name="structural_models",
    title="Structural equation models",
    place=65,
    rule="fit_structural_models",
    sections=StructuralModelSections,
    plan_problems=plan_problems,
    asked_for=lambda study: bool(structural_models(study)),
    not_asked_for="the plan has no structural equation model",
    tables=dict.fromkeys(
        (
            "structural_parameters",
            "structural_fit",
            "structural_covariances",
            "structural_hints",
        ),
        _KIND,
    )
    | {"structural_paths": replace(_KIND, power="fit_structural_models.power")},
    figures={
        "path_diagram": FigureKind(
            remark="Solid lines with stars are significant (one star: *p* below five in a hundred;"
            " two: one in a hundred), dashed lines are not. Means and variances are not drawn.",
            further=_parts_of_the_diagram,
        )
    },
)
