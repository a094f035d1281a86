"""The declared structural equation models, as templates use them."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from attune.analyses.structural_models.declaration import StructuralModel, structural_models
from attune.analyses.structural_models.design import variable_label
from attune.printing.context import occasion_words
from attune.printing.text import Text, literal
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.store.statistic_rows import statistic_id


@dataclass(frozen=True)
class Path:
    """A regression of the model: `prefix` begins the ids of its statistics."""

    outcome: Text
    predictor: Text
    level: str
    """within, between, or "" in models of one level."""
    prefix: str
    contrast: bool
    """Whether the predictor is a contrast of 0 and 1."""
    own: bool
    """Whether it leads from a measure to the same measure at the next occasion."""


@dataclass(frozen=True)
class Effect:
    """A defined parameter."""

    label: Text
    id: str
    steps: list[Path]
    """The paths whose labels it multiplies, in the order of the text; empty where it is no
    product of paths."""


@dataclass(frozen=True)
class Rival:
    """A declared model that has this one as a comparison: the same paths and more."""

    title: Text
    added: list[Path]
    """The paths that it has beyond this model."""
    comparison: str
    """Beginning of the ids of the comparison of both."""
    effects: list[Effect]


@dataclass(frozen=True)
class ModelFacts:
    """One entry of the study's `structural_models`."""

    id: str
    title: Text
    reason: Text
    dataset: str
    in_manuscript: bool
    """Whether the manuscript has a table or figure of it."""
    two_level: bool
    cluster: bool
    standard_errors: str
    missing: str
    of_changes: bool
    """Whether every score of patients is a change."""
    since: Text
    """The occasion from which these changes count; empty where they have several."""
    interval: str
    """Of defined effects: delta, monte_carlo or cluster_bootstrap."""
    panel: tuple[Text, Text] | None
    """Both measures of a cross-lagged panel model."""
    equal_over_time: bool
    grouped: bool
    paths: list[Path] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    comparisons: list[tuple[Text, str]] = field(default_factory=list)
    """Title of each smaller model, and the beginning of its ids."""
    rivals: list[Rival] = field(default_factory=list)
    """Larger models of the plan whose comparison is this one."""

    @property
    def models_therapists(self) -> bool:
        """Whether it allows for patients of one therapist being alike."""
        return self.cluster


def facts(
    study: Study, cohort: Cohort, labels: Mapping[str, Text], written: Callable[[str], Text]
) -> dict[str, ModelFacts]:
    """The structural equation models of a study by id; see `attune.documents.document_facts`."""
    shown = study.in_manuscript()
    found = {}
    for name, model in structural_models(study).items():
        short = model.cross_lagged
        found[name] = ModelFacts(
            id=name,
            title=literal(model.title),
            reason=written(model.reason),
            dataset=model.dataset,
            in_manuscript=name in shown,
            two_level=model.parsed().two_level,
            cluster=model.cluster == "therapist",
            standard_errors=model.standard_errors,
            missing=model.missing,
            of_changes=model.of_changes,
            since=literal(occasion_words(model.first_occasion)),
            interval=model.indirect.interval,
            panel=(labels[short.first], labels[short.second]) if short else None,
            equal_over_time=bool(short and short.equal_over_time),
            grouped=model.group is not None,
            paths=[path for path, _ in _paths(name, model, study, cohort)],
            effects=_effects(name, model, study, cohort),
            comparisons=[
                (literal(one.title), statistic_id(name, key))
                for key, one in model.comparisons.items()
            ],
            rivals=[*_rivals(model, study, cohort)],
        )
    return found


def _rivals(model: StructuralModel, study: Study, cohort: Cohort) -> Iterator[Rival]:
    """Declared models that become this one where a comparison holds their further paths at zero."""
    for name, other in structural_models(study).items():
        alike = all(getattr(other, key) == getattr(model, key) for key in _SAME_DATA)
        for key, comparison in other.comparisons.items() if alike else ():
            zero = set(comparison.zero)
            if not zero or _terms(other, without=zero) != _terms(model):
                continue
            paths = _paths(name, other, study, cohort)
            yield Rival(
                title=literal(other.title),
                added=[path for path, label in paths if label in zero],
                comparison=statistic_id(name, key),
                effects=_effects(name, other, study, cohort),
            )


_SAME_DATA = ("variables", "dataset", "group", "cluster", "missing")
"""What two models of the same data share."""


def _terms(
    model: StructuralModel, without: Collection[str] = ()
) -> frozenset[tuple[str, str, str, str]]:
    """Regressions, covariances and loadings of a model but those of some labels."""
    return frozenset(
        (term.level, term.left, term.operator, term.right)
        for term in model.parsed().terms
        if term.modifier(0).label not in without
    )


def _paths(
    name: str, model: StructuralModel, study: Study, cohort: Cohort
) -> list[tuple[Path, str]]:
    """Every regression once, with its label; of paths equal over time the first."""
    if model.group is not None:
        return []
    parsed = model.parsed()
    found, seen = [], set()
    for term in parsed.terms:
        label = term.modifier(0).label
        if term.operator != "~" or (label and label in seen):
            continue
        seen.add(label)
        level = term.level if parsed.two_level else ""
        words = [_words(one, model, study, cohort) for one in (term.left, term.right)]
        prefix = statistic_id(name, level, term.left, term.right)
        source = model.variables.get(term.right)
        contrast = source is not None and bool(source.condition or source.code)
        own = _without_wave(term.left) == _without_wave(term.right)
        own = own and model.cross_lagged is not None
        path = Path(literal(words[0]), literal(words[1]), level, prefix, contrast, own)
        found.append((path, label))
    return found


def _without_wave(factor: str) -> str:
    return factor.rpartition("_")[0]


def _words(name: str, model: StructuralModel, study: Study, cohort: Cohort) -> str:
    """A variable as it reads in a sentence; lagged paths equal over time name no occasion."""
    short = model.cross_lagged
    if short is not None:
        for measure in (short.first, short.second):
            for wave, occasion in enumerate(short.occasions, start=1):
                if name == f"own_{measure}_{wave}":
                    label = study.label_of(measure)
                    when = "" if short.equal_over_time else f" at {occasion_words(occasion)}"
                    return f"{label}{when}"
    return variable_label(name, model, study, cohort)


def _effects(name: str, model: StructuralModel, study: Study, cohort: Cohort) -> list[Effect]:
    labelled = {label: path for path, label in _paths(name, model, study, cohort) if label}
    found = []
    for definition in model.parsed().definitions:
        if definition.name not in model.effects:
            continue
        product = "*" in definition.text and not set(definition.text) & set("+-/")
        steps = [labelled[one] for one in definition.names if product and one in labelled]
        complete = len(steps) == len(definition.names)
        words = literal(definition.name.replace("_", " "))
        identifier = statistic_id(name, definition.name, "defined_effect")
        found.append(Effect(words, identifier, steps if complete else []))
    return found
