"""Tables of models of both partners."""

from collections.abc import Callable, Iterator, Mapping

from attune.analyses.partners.declaration import (
    Partners,
    actor_partner_designs,
    one_with_many_designs,
)
from attune.printing.context import Body, Context, occasion_words
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import Text, literal
from attune.specs.study import Table
from attune.store.statistic_rows import statistic_id

PARTITION_HEADINGS = {
    LABEL: "Source",
    "estimate": "Estimate",
    "interval": "{level} CI",
    "p": "*p*",
    "n": "*n*",
}

PARTITION_REMARK = (
    "σ^2^ = variance in squared units of the report; share = of both variances; *r* = correlation;"
    " CI = profile likelihood confidence interval; *p* by likelihood ratio against zero. Between"
    " dyads: between the patients of one therapist, error of measurement included. Generalised"
    " reciprocity correlates both reports between therapists, dyadic reciprocity between the"
    " patients of one therapist."
)

COMPONENT_LABELS = {
    "report_mean": "*M*",
    "therapist_variance": "σ^2^ between therapists",
    "dyad_variance": "σ^2^ between dyads",
    "therapist_share": "Share between therapists",
}

RECIPROCITY_LABELS = {
    "generalised_reciprocity": "*r*, generalised reciprocity",
    "dyadic_reciprocity": "*r*, dyadic reciprocity",
}

EFFECT_HEADINGS = {
    LABEL: "Effect",
    "b": "*b*",
    "interval": "{level} CI",
    "t": "*t*",
    "df": "*df*",
    "p": "*p*",
}

EFFECT_REMARK = (
    "*b* = coefficient in units of the outcome per unit of the predictor; CI = confidence"
    " interval; *df* = degrees of freedom; *p* is two-tailed. Actor: of one's own predictor on"
    " one's own outcome; partner: of the other's. *k* = partner effect divided by actor effect,"
    " with Fieller's interval where it has two ends; *r* = correlation of the residuals; χ^2^ tests"
    " whether the two roles can be told apart."
)


def one_with_many(table: Table, context: Context) -> Body:
    """Variance of both reports, and both reciprocities, occasion by occasion."""
    body = Body(dict(PARTITION_HEADINGS), [])
    declared = one_with_many_designs(context.study)
    names = [name for name in table.analyses or declared if name in declared]
    for name in names:
        for occasion in declared[name].times:
            title = f"{declared[name].title}: " if len(names) > 1 else ""
            when = f", {occasion_words(occasion)}" if occasion else ""
            for report in declared[name].reports:
                if table.rows and report not in table.rows:
                    continue
                group = literal(f"{title}{context.study.label_of(report)}{when}")
                prefix = statistic_id(name, report, occasion)
                body.rows += _estimates(context, prefix, COMPONENT_LABELS, group)
            group = literal(f"{title}Both reports{when}")
            prefix = statistic_id(name, occasion)
            body.rows += _estimates(context, prefix, RECIPROCITY_LABELS, group)
    body.remarks.append(PARTITION_REMARK)
    return body.without_empty_columns()


def _estimates(
    context: Context, prefix: str, labels: Mapping[str, str], group: Text
) -> Iterator[Row]:
    """One row per statistic: estimate, interval, p and n."""
    for statistic, label in labels.items():
        row = Row(label, group)
        for column in PARTITION_HEADINGS:
            if column != LABEL:
                row.cells[column] = context.store.cell(f"{prefix}.{statistic}", column)
        yield row


def actor_partner(table: Table, context: Context) -> Body:
    """Actor and partner effects on both outcomes, their ratio, and what both have in common."""
    body = Body(dict(EFFECT_HEADINGS), [])
    declared = actor_partner_designs(context.study)
    names = [name for name in table.analyses or declared if name in declared]
    for name in names:
        title = f"{declared[name].title}: " if len(names) > 1 else ""
        body.rows += _effects(context, name, declared[name], title, table.rows)
    body.remarks.append(EFFECT_REMARK)
    return body.without_empty_columns()


def _effects(
    context: Context, name: str, design: Partners, title: str, chosen: list[str]
) -> Iterator[Row]:
    label = context.study.label_of
    for place, outcome in enumerate(design.outcomes):
        if chosen and outcome not in chosen:
            continue
        group = literal(f"{title}{label(outcome)}")
        prefix = statistic_id(name, outcome)
        for words, statistic, of in (
            ("Actor", "actor_effect", place),
            ("Partner", "partner_effect", 1 - place),
        ):
            predictor = label(design.predictors[of])
            identifier = f"{prefix}.{statistic}"
            yield _row(context, literal(f"{words}: {predictor}"), group, identifier)
        yield _row(context, "*k*", group, f"{prefix}.partner_ratio")
    if chosen:
        return
    group = literal(f"{title}Both partners")
    for statistic, words in (
        ("actor_difference", "Actor effects, first minus second"),
        ("partner_difference", "Partner effects, first minus second"),
    ):
        yield _row(context, words, group, statistic_id(name, statistic))
    for statistic, words, column in (
        ("residual_association", "*r* of the residuals", "b"),
        ("distinguishability", "χ^2^ of distinguishability", "t"),
    ):
        identifier = statistic_id(name, statistic)
        row = Row(words, group, {column: context.store.cell(identifier)})
        row.cells["df"] = context.store.cell(identifier, "df")
        row.cells["p"] = context.store.cell(identifier, "p")
        if column == "b":
            row.cells["interval"] = context.store.cell(identifier, "interval")
        yield row


def _row(context: Context, label: Text | str, group: Text, identifier: str) -> Row:
    row = Row(label, group)
    row.cells["b"] = context.store.cell(identifier)
    row.cells["interval"] = context.store.cell(identifier, "interval")
    for column, part in (("t", "estimate"), ("df", "df"), ("p", "p")):
        row.cells[column] = context.store.cell_if_known(f"{identifier}_t", part)
    return row


TABLES: dict[str, Callable[[Table, Context], Body]] = {
    "one_with_many": one_with_many,
    "actor_partner": actor_partner,
}
