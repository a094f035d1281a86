"""The declared comparisons of conditions, as templates use them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from attune.analyses.conditions.declaration import declared_comparisons
from attune.printing.text import Text, literal, named
from attune.specs.cohort import Cohort
from attune.specs.study import Study
from attune.store.statistic_rows import statistic_id


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


def facts(
    study: Study, cohort: Cohort, labels: Mapping[str, Text], written: Callable[[str], Text]
) -> dict[str, Comparison]:
    """The comparisons of a study by id; see `attune.documents.document_facts`."""
    conditions = list(cohort.sample.conditions().values())
    return {
        name: Comparison(
            id=name,
            title=literal(comparison.title),
            reason=written(comparison.reason),
            dataset=comparison.dataset,
            statistic="f" if len(conditions) > 2 else "t",
            conditions=[named(condition) for condition in conditions],
            tests=[
                Test(
                    measure,
                    labels[measure],
                    f"{name}.{measure}",
                    [statistic_id(name, measure, level, "mean") for level in conditions],
                )
                for measure in comparison.measures
            ],
        )
        for name, comparison in declared_comparisons(study).items()
    }
