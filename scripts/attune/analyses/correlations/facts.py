"""The declared families of correlations, as templates use them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from attune.analyses.analysis import Tested
from attune.analyses.correlations.declaration import Correlations, families
from attune.printing.text import Text, literal
from attune.specs.cohort import Cohort
from attune.specs.study import Study


@dataclass(frozen=True)
class Pair(Tested):
    """A correlation: `prefix` plus `.pearson_r` and the like are its ids.

    `other` is the statistic of the test beside the one that decides, where y is a residual gain,
    else empty.
    """

    x: str
    y: str
    x_label: Text
    y_label: Text
    prefix: str
    tested: str
    other: str


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
    test: str
    """ancova or residual_gain; "" where no y is a residual gain."""
    interval: str
    targets: list[Target]

    @property
    def pairs(self) -> list[Pair]:
        """All pairs, target by target."""
        return [pair for target in self.targets for pair in target.pairs]


def facts(
    study: Study, cohort: Cohort, labels: Mapping[str, Text], written: Callable[[str], Text]
) -> dict[str, Family]:
    """The families of a study by id; see `attune.documents.document_facts`."""
    return {
        name: Family(
            id=name,
            title=literal(family.title),
            reason=written(family.reason),
            direction=family.direction or "",
            dataset=family.dataset,
            test=family.test if set(family.y) & set(study.outcomes) else "",
            interval=family.interval,
            targets=[_target(name, family, y, labels, study) for y in family.y],
        )
        for name, family in families(study).items()
    }


def _target(
    name: str, family: Correlations, y: str, labels: Mapping[str, Text], study: Study
) -> Target:
    tested = family.tested(y, study.outcomes)
    others = {"ancova_r": "pearson_r", "pearson_r": "ancova_r"}
    other = others[tested] if y in study.outcomes else ""
    label = literal(study.adjusted_label(y)) if tested == "ancova_r" else labels[y]
    return Target(
        y,
        label,
        [
            Pair(x, y, labels[x], label, f"{name}.{x}.{y}", tested, other)
            for x in family.partners(y)
        ],
    )
