"""Which moments the analyses of a study need: sets of measures that a dyad has to have together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from attune.analyses.conditions.declaration import declared_comparisons
from attune.analyses.correlations.declaration import families
from attune.sites.moment_set import MomentSet, Rows
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune.specs.study_checks import QuestionnaireKey


@dataclass(frozen=True)
class Scale:
    """A scale whose internal consistency is pooled.

    Attributes
    ----------
    measure : str
    instrument, scale, rater, occasion, state : str
    """

    measure: str
    instrument: str
    scale: str
    rater: str
    occasion: str
    state: str

    @property
    def questionnaire(self) -> QuestionnaireKey:
        """Instrument, rater, occasion and state."""
        return (self.instrument, self.rater, self.occasion, self.state)


@dataclass(frozen=True)
class SitePlan:
    """What is computed from the rows of a site.

    Attributes
    ----------
    rows : {"pairwise", "listwise"}
    measures : tuple of str
        Every measure of the sets, in the order of the study.
    sets : tuple of MomentSet
        The most important first: where two of them together would disclose a person, the later one
        is withheld.
    scales : tuple of Scale
    conditions : dict of str to str
        Label of each condition by its code, where the study compares two.
    people : dict of str to str
        Measure -> whose answers it holds: patient, therapist or observer; "" of the sample sheet.
    sources : dict of str to str
        Measure -> the questionnaire or column that it comes from. Scales of one questionnaire
        share items, so that what one discloses another may.
    left_out : dict of str to str
        Declared analysis -> why no site file has it.
    prorated : dict of Scale to int
        Scale of each measure that unanswered items may have -> most of them.
    """

    rows: Rows
    measures: tuple[str, ...]
    sets: tuple[MomentSet, ...]
    scales: tuple[Scale, ...]
    conditions: dict[str, str]
    people: dict[str, str]
    sources: dict[str, str]
    left_out: dict[str, str]
    prorated: dict[Scale, int] = field(default_factory=dict)


IMPUTED = (
    "it uses replaced scores; the mean that replaces them is that of all sites and is not known at"
    " one of them"
)
NO_SETS = (
    "The study declares no correlation, comparison of two conditions or outcome over the scores as"
    " observed, so that there is nothing to pool."
)


def site_plan(
    study: Study, cohort: Cohort, instruments: Mapping[str, Instrument], rows: Rows = "pairwise"
) -> SitePlan:
    """The moments that a study needs of each site.

    Parameters
    ----------
    study : Study
    cohort : Cohort
        Its conditions.
    instruments : mapping of id to Instrument
    rows : {"pairwise", "listwise"}

    Raises
    ------
    AnalysisError
        The study declares nothing that can be pooled.
    """
    left_out: dict[str, str] = {}
    conditions = cohort.sample.conditions()
    compared = bool(declared_comparisons(study)) and len(conditions) == 2
    found = _pairwise_sets(study, conditions if compared else {}, left_out)
    sets = list(dict.fromkeys(moment_set(study, *one) for one in found))
    used = {name for one in sets for name in one.measures}
    if not used:
        raise AnalysisError(NO_SETS, [f"{name}: {why}" for name, why in left_out.items()])
    measures = tuple(name for name in study.measures if name in used)
    with_condition = any(one.condition for one in sets)
    if rows == "listwise":
        codes = list(conditions) if with_condition else []
        sets = [MomentSet(measures, code) for code in (codes or [""])]
    else:
        sets += [one for name in measures if (one := MomentSet((name,))) not in sets]
    return SitePlan(
        rows=rows,
        measures=measures,
        sets=tuple(sets),
        scales=tuple(_scales(study, measures, instruments)),
        conditions=dict(conditions) if with_condition else {},
        people={name: study.measures[name].rater or "" for name in measures},
        sources={name: _source(study, name) for name in measures},
        left_out=left_out,
        prorated=dict(_prorated(study, measures, instruments)),
    )


def moment_set(study: Study, measures: tuple[str, ...], condition: str = "") -> MomentSet:
    """The set of some measures, which are named in any order and perhaps twice."""
    return MomentSet(tuple(name for name in study.measures if name in measures), condition)


def _pairwise_sets(
    study: Study, conditions: Mapping[str, str], left_out: dict[str, str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Measures and condition of each set of the scores as observed, the most important first."""
    changes = {name: (one.pretest, one.posttest) for name, one in study.outcomes.items()}
    for pretest, posttest in changes.values():
        yield (pretest, posttest), ""
    for name, family in families(study).items():
        if study.imputation_of(family.dataset):
            left_out[name] = IMPUTED
            continue
        for x, y in family.pairs():
            yield (x, *changes.get(y, (y,))), ""
    for name, comparison in declared_comparisons(study).items():
        if study.imputation_of(comparison.dataset):
            left_out[name] = IMPUTED
            continue
        if not conditions:
            left_out[name] = "a site file compares two conditions, and the cohort has not two"
            continue
        for measure in comparison.measures:
            for code in conditions:
                yield changes.get(measure, (measure,)), code


def _scales(
    study: Study, measures: tuple[str, ...], instruments: Mapping[str, Instrument]
) -> Iterator[Scale]:
    """Scales of the measures whose internal consistency is meaningful."""
    for one in _scored(study, measures):
        if one.scale in instruments[one.instrument].consistency_scales():
            yield one


def _prorated(
    study: Study, measures: tuple[str, ...], instruments: Mapping[str, Instrument]
) -> Iterator[tuple[Scale, int]]:
    """Scales that get a score although items are unanswered, and the most that may be."""
    for one in _scored(study, measures):
        key = instruments[one.instrument]
        n_items = len(key.items_of(one.scale))
        most = n_items - key.missing_rule(one.scale).fewest_answered(n_items)
        if most:
            yield one, most


def _scored(study: Study, measures: tuple[str, ...]) -> Iterator[Scale]:
    """The measures that are scores of a questionnaire."""
    for name in measures:
        one = study.measures[name]
        if one.instrument is None or one.scale is None or one.rater is None or not one.occasion:
            continue
        yield Scale(name, one.instrument, one.scale, one.rater, one.occasion, one.state)


def _source(study: Study, name: str) -> str:
    measure = study.measures[name]
    if measure.variable is not None:
        return measure.variable
    parts = (measure.instrument, measure.rater, measure.occasion, measure.state)
    return " ".join(str(part) for part in parts if part)
