"""Every kind of statistic that a run computes, put together from where they are declared."""

from attune.analyses.conditions import kinds as conditions
from attune.analyses.correlations import kinds as correlations
from attune.analyses.gains import kinds as gains
from attune.analyses.reliability import kinds as reliability
from attune.analyses.sample import kinds as sample
from attune.intake import kinds as intake
from attune.scoring import kinds as scoring
from attune.store.statistic_kinds import StatisticKinds

KINDS = StatisticKinds(
    kind
    for module in (intake, scoring, sample, reliability, gains, correlations, conditions)
    for kind in module.KINDS
)
"""In the order of the steps."""
