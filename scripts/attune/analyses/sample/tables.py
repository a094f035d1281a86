"""Tables that describe: the sample, the scores, the scales, what is missing and what was wrong."""

from collections.abc import Callable

from attune.printing.context import (
    Body,
    Context,
    full_label,
    occasion_words,
    questionnaire_words,
    scoring_keys,
)
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import literal, named
from attune.specs.study import Table
from attune.store.statistic_rows import statistic_id

SUMMARY_HEADINGS = {"n": "*n*", "mean": "*M*", "sd": "*SD*", "minimum": "Min", "maximum": "Max"}

MISSINGNESS_HEADINGS = {
    "n_dyads": "Expected",
    "n_questionnaires": "Returned",
    "missing_items": "Items missing",
    "missing_percent": "%",
}

SEVERITIES = {"error": "Errors", "warning": "Warnings", "note": "Notes"}
"""Severity -> heading of its rules, the gravest first."""


def frequencies(table: Table, context: Context) -> Body:
    """How many dyads have each level of the variables, and their percentage."""
    body = Body({LABEL: "Characteristic", "count": "*n*", "percent": "%"}, [])
    names = table.rows or context.study.variables
    for name in names:
        variable = context.cohort.sample.variables.get(name)
        if variable is None or variable.kind != "category":
            body.problems.append(f"rows: {name!r} is not a category of the cohort's sample sheet")
            continue
        levels = list(variable.levels.values())
        missing = context.store.printed.row(f"sample.{name}.missing.count")
        if missing and missing["estimate"] != "0":
            levels.append("Missing")
        for label in levels:
            row = Row(named(label), literal(variable.label))
            for column in ("count", "percent"):
                identifier = statistic_id("sample", name, label, column)
                row.cells[column] = context.store.cell(identifier)
            body.rows.append(row)
    return body


def descriptives(table: Table, context: Context) -> Body:
    """Number of scores, mean, standard deviation and range of each measure."""
    body = Body({LABEL: "Measure"} | SUMMARY_HEADINGS, [])
    variables = context.cohort.sample.variables
    for name in table.rows or context.study.measures:
        if name in context.study.measures:
            label = full_label(table, context.study, name)
        else:
            label = table.headings.get(name, variables[name].label)
        row = Row(literal(label))
        for statistic in SUMMARY_HEADINGS:
            row.cells[statistic] = context.store.cell(f"sample.{name}.{statistic}")
        body.rows.append(row)
    return body


def reliability(table: Table, context: Context) -> Body:
    """Alpha with its interval and omega of every scale, grouped by questionnaire.

    Ids are `reliability.<instrument>.<scale>.<rater>.<occasion>[.<state>].alpha`.
    """
    headings = {"n": "*n*", "alpha": "α", "interval": "{level} CI", "omega": "ω"}
    body = Body({LABEL: "Scale"} | headings, [])
    stored = [
        row["id"].removesuffix(".alpha") for row in context.store.rows("reliability", "alpha")
    ]
    for prefix in sorted(stored, key=_order_of_scales(context)):
        _, instrument, scale, *when = prefix.split(".")
        key = context.instruments.get(instrument)
        label = key.scales[scale].label if key and scale in key.scales else occasion_words(scale)
        row = Row(literal(label), literal(questionnaire_words([instrument, *when], key)))
        row.cells["n"] = context.store.cell(f"{prefix}.alpha", "n")
        row.cells["alpha"] = context.store.cell(f"{prefix}.alpha")
        row.cells["interval"] = context.store.cell(f"{prefix}.alpha", "interval")
        row.cells["omega"] = context.store.cell(f"{prefix}.omega")
        body.rows.append(row)
    if not body.rows:
        body.problems.append("the store has no statistics of reliability")
    body.remarks.append(
        "α = Cronbach's alpha with its confidence interval (CI); ω = omega total of a one-factor"
        " model."
    )
    body.remarks += scoring_keys((prefix.split(".")[1] for prefix in stored), context)
    return body


def missingness(table: Table, context: Context) -> Body:
    """Questionnaires expected and returned, and items missing, for each and in all."""
    body = Body({LABEL: "Questionnaire"} | MISSINGNESS_HEADINGS, [])
    for asked in context.cohort.questionnaires:
        parts = [
            part for part in (asked.instrument, asked.rater, asked.occasion, asked.state) if part
        ]
        row = Row(literal(questionnaire_words(parts, context.instruments.get(asked.instrument))))
        for statistic in MISSINGNESS_HEADINGS:
            row.cells[statistic] = context.store.cell(f"missingness.{'.'.join(parts)}.{statistic}")
        body.rows.append(row)
    total = Row("**All**")
    for statistic in ("missing_items", "missing_percent"):
        total.cells[statistic] = context.store.cell(f"missingness.all.{statistic}")
    body.rows.append(total)
    body.remarks.append(
        "Items of questionnaires that were not returned count as missing; % is of all items that"
        " were to be answered."
    )
    return body


def violations(table: Table, context: Context) -> Body:
    """How often each rule was broken in the raw files, the gravest first."""
    body = Body({LABEL: "Rule", "count": "Count"}, [])
    found = context.violations.drop_duplicates(["severity", "rule"]).sort_values("rule")
    for severity, heading in SEVERITIES.items():
        for rule in found.loc[found["severity"] == severity, "rule"]:
            row = Row(literal(occasion_words(rule).capitalize()), heading)
            row.cells["count"] = context.store.cell(f"violations.{severity}.{rule}.count")
            body.rows.append(row)
        total = Row("Total", heading)
        total.cells["count"] = context.store.cell(f"violations.{severity}.count")
        body.rows.append(total)
    return body


def _order_of_scales(context: Context) -> Callable[[str], tuple[int, int, str]]:
    """Sorts ids of scales as the cohort lists questionnaires and the instrument its scales."""
    asked = [
        [part for part in (q.instrument, q.rater, q.occasion, q.state) if part]
        for q in context.cohort.questionnaires
    ]

    def place(prefix: str) -> tuple[int, int, str]:
        _, instrument, scale, *when = prefix.split(".")
        questionnaire, key = [instrument, *when], context.instruments.get(instrument)
        scales = list(key.scales) if key else []
        return (
            asked.index(questionnaire) if questionnaire in asked else len(asked),
            scales.index(scale) if scale in scales else len(scales),
            prefix,
        )

    return place
