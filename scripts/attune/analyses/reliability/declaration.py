"""Declaration of the internal consistency of scales, which every cohort with items has."""

from typing import Literal

from attune.analyses.analysis import Analysis, StatisticGroup, TableKind
from attune.specs.closed_model import ClosedModel
from attune.specs.study import Study

AlphaInterval = Literal["feldt", "robust"]


class Reliability(ClosedModel):
    """Internal consistency of scales."""

    interval: AlphaInterval = "feldt"
    """Interval of Cronbach's alpha. feldt: normal scores are assumed. robust: by the jackknife,
    without that assumption. The other is in the table of reliabilities."""


class ReliabilitySections(ClosedModel):
    """What internal consistency adds to a study file."""

    reliability: Reliability = Reliability()


def alpha_interval_of(study: Study) -> AlphaInterval:
    """The interval of alpha that a study declares."""
    return study.reliability.interval if isinstance(study, ReliabilitySections) else "feldt"


ANALYSIS = Analysis(
    name="reliability",
    title="Internal consistency",
    place=30,
    rule="estimate_reliability",
    sections=ReliabilitySections,
    groups={"reliability": StatisticGroup("Internal consistency", of_questionnaires=True)},
    tables={"reliability": TableKind(needs_items=True, interval="estimate_reliability.interval")},
)
