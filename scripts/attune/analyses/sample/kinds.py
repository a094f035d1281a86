"""Kinds of statistics of the sample: characteristics, scores, retention, missing answers."""

from attune.store.statistic_kinds import (
    AVERAGE_IN_UNITS,
    COUNT,
    IN_UNITS,
    NOT_NEGATIVE,
    PERCENT,
    PERCENTAGE,
    SHARE,
    PrintFormat,
    StatisticKind,
)
from attune.store.tolerances import ITERATED

_RULE = "describe_sample"
_SAMPLE = "attune.analyses.sample.estimate"
_RETENTION = "attune.analyses.sample.estimate.retention"
_QUESTIONNAIRE = "missingness.<instrument>.<rater>.<occasion>[.<state>]"

_CHARACTERISTICS = (
    StatisticKind(
        id="sample.all.n",
        rule=_RULE,
        label="size of the sample",
        formula="dyads of the sample sheet",
        function=f"{_SAMPLE}.describe_sample",
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
    StatisticKind(
        id="sample.therapists.n",
        rule=_RULE,
        label="number of people",
        formula="different therapists of the sample sheet",
        function=f"{_SAMPLE}.describe_sample",
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
    StatisticKind(
        id="sample.<variable>.n",
        rule=_RULE,
        label="number of values",
        formula="values that are there; those of therapists once for each",
        function=f"{_SAMPLE}.number_summaries",
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="count",
    ),
    StatisticKind(
        id="sample.<variable>.mean",
        rule=_RULE,
        label="mean",
        formula="Σx / n",
        function=f"{_SAMPLE}.number_summaries",
        symbol="*M*",
        print_format=AVERAGE_IN_UNITS,
        people="derived",
    ),
    StatisticKind(
        id="sample.<variable>.sd",
        rule=_RULE,
        label="standard deviation",
        formula="√[Σ(x − mean)² / (n − 1)]",
        function=f"{_SAMPLE}.number_summaries",
        symbol="*SD*",
        print_format=AVERAGE_IN_UNITS,
        allowed=NOT_NEGATIVE,
        people="derived",
    ),
    StatisticKind(
        id="sample.<variable>.median",
        rule=_RULE,
        label="median",
        formula="the middle value, or the mean of the two middle ones",
        function=f"{_SAMPLE}.number_summaries",
        symbol="*Mdn*",
        print_format=IN_UNITS,
        people="derived",
    ),
    StatisticKind(
        id="sample.<variable>.minimum",
        rule=_RULE,
        label="minimum",
        formula="the smallest value",
        function=f"{_SAMPLE}.number_summaries",
        print_format=IN_UNITS,
        people="derived",
    ),
    StatisticKind(
        id="sample.<variable>.maximum",
        rule=_RULE,
        label="maximum",
        formula="the largest value",
        function=f"{_SAMPLE}.number_summaries",
        print_format=IN_UNITS,
        people="derived",
    ),
    StatisticKind(
        id="sample.<measure>.skewness",
        rule=_RULE,
        label="skewness",
        formula="G1 = √[n(n − 1)] / (n − 2) · m3 / m2^(3/2), mj = Σ(x − mean)^j / n",
        function="attune.stats.score_distribution.skewness",
        doi="10.1111/1467-9884.00122",
        symbol="skewness",
        print_format=PrintFormat(signed=True),
        people="derived",
    ),
    StatisticKind(
        id="sample.<measure>.floor_percent",
        rule=_RULE,
        label="percentage at the lowest possible score",
        formula="100 · dyads at the lowest possible score / dyads with the score",
        function=f"{_SAMPLE}.distribution",
        doi="10.1016/j.jclinepi.2006.03.012",
        print_format=PERCENTAGE,
        allowed=PERCENT,
        people="share",
    ),
    StatisticKind(
        id="sample.<measure>.ceiling_percent",
        rule=_RULE,
        label="percentage at the highest possible score",
        formula="100 · dyads at the highest possible score / dyads with the score",
        function=f"{_SAMPLE}.distribution",
        doi="10.1016/j.jclinepi.2006.03.012",
        print_format=PERCENTAGE,
        allowed=PERCENT,
        people="share",
    ),
    StatisticKind(
        id="sample.<variable>.<level>.count",
        rule=_RULE,
        label="count",
        formula="dyads with this level; therapists, of a characteristic of theirs",
        function=f"{_SAMPLE}.category_counts",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="count",
    ),
    StatisticKind(
        id="sample.<variable>.<level>.percent",
        rule=_RULE,
        label="percentage",
        formula="100 · dyads with this level / all dyads; therapists, of a characteristic of"
        " theirs",
        function=f"{_SAMPLE}.category_counts",
        print_format=PERCENTAGE,
        allowed=PERCENT,
        people="derived",
    ),
)

_RETAINED = (
    StatisticKind(
        id="retention.<measure>[.<condition>].n",
        rule=_RULE,
        label="number retained",
        formula="dyads with the score",
        function=_RETENTION,
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="count",
    ),
    StatisticKind(
        id="retention.<measure>[.<condition>].percent",
        rule=_RULE,
        label="percentage retained",
        formula="100 · dyads with the score / dyads of the sample sheet, of a condition where one"
        " is named",
        function=_RETENTION,
        print_format=PERCENTAGE,
        allowed=PERCENT,
        people="derived",
    ),
)


def _missing_items(place: str) -> tuple[StatisticKind, ...]:
    """Missing answers of one questionnaire, or of all together."""
    percentages = (
        (
            "not_returned_percent",
            "percentage of questionnaires that were not returned",
            "100 · (dyads · questionnaires − returned) / (dyads · questionnaires)",
        ),
        (
            "left_out_percent",
            "percentage of items left out in returned questionnaires",
            "100 · (items of returned questionnaires − answers) / items of returned questionnaires",
        ),
    )
    return (
        *(
            StatisticKind(
                id=f"{place}.{statistic}",
                rule=_RULE,
                label=label,
                formula=formula,
                function=f"{_SAMPLE}.missing_items",
                print_format=PERCENTAGE,
                allowed=PERCENT,
                people="derived",
            )
            for statistic, label, formula in percentages
        ),
        StatisticKind(
            id=f"{place}.left_out_items",
            rule=_RULE,
            label="items left out in returned questionnaires",
            formula="items of returned questionnaires − answers",
            function=f"{_SAMPLE}.missing_items",
            print_format=COUNT,
            allowed=NOT_NEGATIVE,
            people="derived",
        ),
        StatisticKind(
            id=f"{place}.missing_items",
            rule=_RULE,
            label="missing answers",
            formula="dyads · items − answers",
            function=f"{_SAMPLE}.missing_items",
            print_format=COUNT,
            allowed=NOT_NEGATIVE,
            people="derived",
        ),
        StatisticKind(
            id=f"{place}.missing_percent",
            rule=_RULE,
            label="percentage of missing answers",
            formula="100 · (dyads · items − answers) / (dyads · items)",
            function=f"{_SAMPLE}.missing_items",
            print_format=PERCENTAGE,
            allowed=PERCENT,
            people="derived",
        ),
    )


_MISSING_ANSWERS = (
    StatisticKind(
        id=f"{_QUESTIONNAIRE}.n_dyads",
        rule=_RULE,
        label="people asked",
        formula="dyads of the sample sheet; therapists, of a questionnaire about themselves",
        function=f"{_SAMPLE}.missing_items",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
    StatisticKind(
        id=f"{_QUESTIONNAIRE}.n_questionnaires",
        rule=_RULE,
        label="questionnaires",
        formula="questionnaires with at least one answer",
        function=f"{_SAMPLE}.missing_items",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
        people="count",
    ),
    *_missing_items(_QUESTIONNAIRE),
    *_missing_items("missingness.all"),
)

_THERAPISTS = "attune.analyses.sample.therapists.therapist_rows"
_SHARE = "attune.stats.group_share.group_share"
_RIGHTS = "10.1037/met0000184"

_SHARED_THERAPISTS = (
    *(
        StatisticKind(
            id=f"therapists.{which}.n",
            rule=_RULE,
            label=f"therapists with {caseload} patients",
            formula=f"different therapists of the sample sheet with {caseload} patients",
            function=_THERAPISTS,
            symbol="*n*",
            print_format=COUNT,
            allowed=NOT_NEGATIVE,
        )
        for which, caseload in (("several", "two or more"), ("few", "fewer than five"))
    ),
    StatisticKind(
        id="therapists.<score>.therapists_in_model",
        rule=_RULE,
        label="number of therapists with a score",
        formula="therapists of at least one patient with all that the model needs",
        function=_SHARE,
        doi=_RIGHTS,
        symbol="*n*",
        print_format=COUNT,
        allowed=NOT_NEGATIVE,
    ),
    StatisticKind(
        id="therapists.<score>.variance_share",
        rule=_RULE,
        label="share of variance between therapists",
        formula="variance of the therapists' random intercepts / (this + residual variance), given"
        " the pretest of an outcome and the treatment condition; interval from draws of the"
        " estimates (attune.stats.share_intervals)",
        function=_SHARE,
        doi=_RIGHTS,
        symbol="ICC",
        print_format=PrintFormat("bounded", 2, share=False),
        allowed=SHARE,
        tolerance=ITERATED,
    ),
    StatisticKind(
        id="therapists.<score>.variance_test",
        rule=_RULE,
        label="likelihood ratio of differences between therapists",
        formula="χ² = 2 (restricted log-likelihood with therapists − without them); p is from a"
        " mixture of χ² distributions, since a variance cannot be negative",
        function="attune.stats.mixed_model_tests.likelihood_ratio",
        doi="10.2307/2533455",
        symbol="χ^2^",
        print_format=PrintFormat(with_df=True),
        allowed=NOT_NEGATIVE,
        tolerance=ITERATED,
        test="additional",
    ),
    StatisticKind(
        id="therapists.<score>.<rank>.deviation",
        rule=_RULE,
        label="deviation of a therapist, drawn towards the mean",
        formula="best linear unbiased prediction of the therapist's intercept; interval from its"
        " conditional variance",
        function=_SHARE,
        doi=_RIGHTS,
        print_format=PrintFormat(signed=True),
        tolerance=ITERATED,
    ),
)

KINDS = (*_CHARACTERISTICS, *_SHARED_THERAPISTS, *_RETAINED, *_MISSING_ANSWERS)
"""Kinds of statistics of the sample: variables and measures, therapists, retention, missing
answers."""
