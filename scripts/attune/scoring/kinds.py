"""Kinds of statistics of scoring: coverage of scores, and design of the scoring keys."""

from attune.store.statistic_kinds import ANY, COUNT, IN_UNITS, NOT_NEGATIVE, StatisticKind

_RULE = "score_scales"
_SCALE = "scores.<instrument>.<rater>.<occasion>[.<state>].<scale>"


def _coverage(statistic: str, label: str, formula: str) -> StatisticKind:
    """A count of the questionnaires of one scale."""
    return StatisticKind(
        id=f"{_SCALE}.{statistic}",
        rule=_RULE,
        label=label,
        formula=formula,
        function="attune.scoring.score_coverage.ScoreCoverage",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    )


def _of_key(place: str, statistic: str, label: str, formula: str) -> StatisticKind:
    """A number of the design of an instrument or of one of its scales."""
    counted = statistic.startswith("n_")
    return StatisticKind(
        id=f"key.{place}.{statistic}",
        rule=_RULE,
        label=label,
        formula=formula,
        function="attune.scoring.key_statistics.key_statistics",
        print_format=COUNT if counted else IN_UNITS,
        allowed=NOT_NEGATIVE if counted else ANY,
    )


KINDS = (
    _coverage(
        "complete",
        "questionnaires scored from all items",
        "questionnaires without a missing item of the scale",
    ),
    _coverage(
        "prorated",
        "questionnaires scored with items missing",
        "questionnaires with items missing, but no more than the missing rule allows",
    ),
    _coverage(
        "none",
        "questionnaires without a score",
        "questionnaires with more items missing than the missing rule allows",
    ),
    _coverage(
        "given", "scores that came with the data", "scores of the raw file, taken as they are"
    ),
    *(
        _of_key(place, statistic, label, formula)
        for place, statistic, label, formula in (
            (
                "<instrument>[.<scale>]",
                "n_items",
                "number of items",
                "items of the scoring key, of a scale where one is named",
            ),
            (
                "<instrument>",
                "n_answers",
                "number of answers",
                "items times the states in which they are rated",
            ),
            ("<instrument>", "lowest_answer", "lowest answer", "lower end of the response scale"),
            ("<instrument>", "highest_answer", "highest answer", "upper end of the response scale"),
            ("<instrument>", "n_scales", "number of scales", "scales of the scoring key"),
            (
                "<instrument>",
                "n_subscales",
                "number of subscales",
                "scales from a part of the items",
            ),
            (
                "<instrument>",
                "n_global_scales",
                "number of global scales",
                "scales from all items",
            ),
            (
                "<instrument>.<scale>",
                "lowest_score",
                "lowest possible score",
                "score of the answers that give the lowest",
            ),
            (
                "<instrument>.<scale>",
                "highest_score",
                "highest possible score",
                "score of the answers that give the highest",
            ),
        )
    ),
)
"""Kinds of statistics of the scores of each scale, and of each scoring key."""
