"""Declaration of the statistics of scoring, computed by `attune.scoring`."""

from attune.analyses.analysis import Analysis, StatisticGroup, TableKind

ANALYSIS = Analysis(
    name="scores",
    title="Score coverage",
    place=20,
    rule="score_scales",
    groups={
        "key": StatisticGroup("Scoring keys", of_questionnaires=True),
        "scores": StatisticGroup("Score coverage", of_questionnaires=True),
    },
    tables={"score_coverage": TableKind()},
)
