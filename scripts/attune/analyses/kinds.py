"""All kinds of statistics of a run, collected from their declarations."""

from attune.analyses.registry import analysis_modules, in_order
from attune.intake import kinds as intake
from attune.scoring import kinds as scoring
from attune.store.statistic_kinds import StatisticKinds

KINDS = StatisticKinds(
    kind
    for module in (intake, scoring, *in_order(analysis_modules("kinds")))
    for kind in module.KINDS
)
"""Those of intake and scoring, then those of the analyses in their order."""
