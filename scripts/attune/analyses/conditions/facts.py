"""The declared comparisons of conditions, as templates use them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from attune.analyses.analysis import TestedEffect
from attune.analyses.conditions.declaration import (
    Conditions,
    declared_comparisons,
    effect_size,
    untested_measures,
)
from attune.printing.context import condition_names
from attune.printing.text import Text, literal
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.store.statistic_rows import statistic_id


@dataclass(frozen=True)
class Test(TestedEffect):
    """A comparison of the conditions: `prefix` plus `.t` and the like are its ids."""

    measure: str
    label: Text
    score_at: str
    """Score and occasion, as `Study.score_at`."""
    prefix: str
    means: list[str]
    """Ids of the conditions' means, in their order; adjusted ones where they are tested."""
    tested: str
    other: str
    """Statistic of the test of a residual gain that does not decide; empty for a measure."""
    effect_size: str
    levels: list[str]
    """Beginnings of the ids of each condition's n and SD, in their order."""


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
    """As they read in a sentence, in the order of the difference: the first minus the second."""
    tests: list[Test]
    """Of the measures that are tested."""
    described: list[Test]
    """Baselines of randomised groups, which are described without a test."""
    test: str
    """ancova or residual_gain; "" where no outcome is compared."""
    variances: str
    """pooled or welch; "" where config.yaml decides."""
    equivalence: bool
    """Whether a bound of equivalence is declared."""


def facts(
    study: Study, cohort: Cohort, labels: Mapping[str, Text], written: Callable[[str], Text]
) -> dict[str, Comparison]:
    """The comparisons of a study by id; see `attune.documents.document_facts`."""
    names = condition_names(cohort)
    ordered = {
        name: list(comparison.ordered(cohort.sample.conditions()).values())
        for name, comparison in declared_comparisons(study).items()
    }
    compared = {
        name: [
            _test(name, comparison, measure, labels, ordered[name], study)
            for measure in comparison.measures
        ]
        for name, comparison in declared_comparisons(study).items()
    }
    untested = {
        name: untested_measures(study, comparison)
        for name, comparison in declared_comparisons(study).items()
    }
    return {
        name: Comparison(
            id=name,
            title=literal(comparison.title),
            reason=written(comparison.reason),
            dataset=comparison.dataset,
            statistic="f" if len(ordered[name]) > 2 else "t",
            conditions=[names[condition] for condition in ordered[name]],
            tests=[test for test in compared[name] if test.measure not in untested[name]],
            described=[test for test in compared[name] if test.measure in untested[name]],
            test=comparison.test if set(comparison.measures) & set(study.outcomes) else "",
            variances=comparison.variances or "",
            equivalence=comparison.equivalence is not None,
        )
        for name, comparison in declared_comparisons(study).items()
    }


def _test(
    name: str,
    comparison: Conditions,
    measure: str,
    labels: Mapping[str, Text],
    conditions: list[str],
    study: Study,
) -> Test:
    tested = "f" if len(conditions) > 2 else comparison.tested(measure, study.outcomes)
    others = {"ancova_t": "t", "t": "ancova_t"}
    mean = "adjusted_mean" if tested == "ancova_t" else "mean"
    label = literal(study.adjusted_label(measure)) if tested == "ancova_t" else labels[measure]
    return Test(
        measure,
        label,
        study.score_at(measure),
        f"{name}.{measure}",
        [statistic_id(name, measure, level, mean) for level in conditions],
        tested,
        others.get(tested, "") if measure in study.outcomes else "",
        effect_size(comparison, tested),
        [statistic_id(name, measure, level) for level in conditions],
    )
