"""Tables that describe the sample, its scores and what is missing of them."""

from collections.abc import Callable

from attune.analyses.sample.declaration import described_categories, scored_measures
from attune.analyses.sample.therapists import therapist_scores
from attune.printing.context import (
    Body,
    Context,
    full_label,
    occasion_words,
    questionnaire_words,
)
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import literal, named
from attune.printing.wording import listing
from attune.scoring.therapist_sheets import once_remarks
from attune.specs.study import Table
from attune.store.statistic_rows import statistic_id

DISTRIBUTION_HEADINGS = {
    "n": "*n*",
    "floor_percent": "Floor, %",
    "ceiling_percent": "Ceiling, %",
    "skewness": "Skew",
}

SUMMARY_HEADINGS = {"n": "*n*", "mean": "*M*", "sd": "*SD*", "minimum": "Min", "maximum": "Max"}

MISSINGNESS_HEADINGS = {
    "n_dyads": "Expected",
    "n_questionnaires": "Returned",
    "not_returned_percent": "Not returned, %",
    "left_out_items": "Items left out",
    "left_out_percent": "Left out, %",
}


def frequencies(table: Table, context: Context) -> Body:
    """How many dyads, or therapists, have each level of the variables, and their percentage."""
    body = Body({LABEL: "Characteristic", "count": "*n*", "percent": "%"}, [])
    for name in table.rows or described_categories(table, context.study, context.cohort):
        variable = context.cohort.sample.variables[name]
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
    body.remarks += _of_therapists(body, context)
    return body


def _of_therapists(body: Body, context: Context) -> list[str]:
    """Note on the characteristics that count therapists, if these are fewer than the dyads."""
    ids = ("sample.therapists.n", "sample.all.n")
    found = [context.store.row(identifier) for identifier in ids if identifier in context.store]
    counts = {row["estimate"] for row in found if row}
    shown = {row.group for row in body.rows}
    labels = [
        str(literal(variable.label))
        for variable in context.cohort.sample.variables.values()
        if variable.of == "therapist" and literal(variable.label) in shown
    ]
    if not labels or len(counts - {None}) < len(ids):
        return []
    n = context.store.cell("sample.therapists.n")
    return [f"{listing(labels)}: each of the {n} therapists counts once."]


def descriptives(table: Table, context: Context) -> Body:
    """Number of scores, mean, standard deviation and range of each measure."""
    body = Body({LABEL: "Measure"} | SUMMARY_HEADINGS, [])
    variables = context.cohort.sample.variables
    for name in table.rows or context.study.measures_of_dyads():
        if name in context.study.measures:
            label = full_label(table, context.study, name)
        else:
            label = table.headings.get(name, variables[name].label)
        row = Row(literal(label))
        for statistic in SUMMARY_HEADINGS:
            row.cells[statistic] = context.store.cell(f"sample.{name}.{statistic}")
        body.rows.append(row)
        body.remarks = body.remarks or _once(f"sample.{name}.mean", context)
    return body


def _once(identifier: str, context: Context) -> list[str]:
    """Note that a statistic counts each therapist once, if it does."""
    row = context.store.row(identifier) if identifier in context.store else None
    return once_remarks([row["method"]] if row else [])


def distributions(table: Table, context: Context) -> Body:
    """Floor, ceiling and skewness of each measure, and the skewness of residual gains.

    Not part of `descriptives`, which stands in the manuscript and has six columns already.
    """
    body = Body({LABEL: "Measure"} | DISTRIBUTION_HEADINGS, [])
    study = context.study
    for name in table.rows or [*study.measures_of_dyads(), *study.outcomes]:
        place = f"gains.{name}.available" if name in study.outcomes else f"sample.{name}"
        row = Row(literal(full_label(table, study, name)))
        for statistic in DISTRIBUTION_HEADINGS:
            row.cells[statistic] = context.store.cell_if_known(f"{place}.{statistic}")
        body.rows.append(row)
        body.remarks = body.remarks or _once(f"{place}.skewness", context)
    body.remarks.append(
        "Floor, ceiling = percentage of the scores at the lowest and at the highest score that the"
        " scoring key allows, where there is one; skew = skewness, adjusted for the size of the"
        " sample, zero where scores lie evenly around their mean."
    )
    return body.without_empty_columns()


def therapist_shares(table: Table, context: Context) -> Body:
    """Share of variance between therapists, one row per score that has one."""
    headings = {"n": "*n*", "therapists": "Therapists", "share": "ICC", "interval": "{level} CI"}
    headings |= {"chi": "χ^2^", "p": "*p*"}
    body = Body({LABEL: "Score"} | headings, [])
    occasions = {
        row["outcome"]: row["occasion"]
        for row in context.store.rows("therapists", "variance_share")
    }
    for score in therapist_scores(context.study):
        place = f"therapists.{score.name}"
        if score.name not in occasions or (table.rows and score.name not in table.rows):
            continue
        label = full_label(table, context.study, score.name)
        if occasions[score.name]:
            label = f"{label}, {occasion_words(occasions[score.name])}"
        row = Row(literal(label))
        for column, statistic, part in (
            ("n", "variance_share", "n"),
            ("therapists", "therapists_in_model", "estimate"),
            ("share", "variance_share", "estimate"),
            ("interval", "variance_share", "interval"),
            ("chi", "variance_test", "estimate"),
            ("p", "variance_test", "p"),
        ):
            row.cells[column] = context.store.cell_if_known(f"{place}.{statistic}", part)
        body.rows.append(row)
    given = ["the pretest of an outcome"] if context.study.outcomes else []
    given += ["the treatment condition"] if len(context.cohort.sample.conditions()) > 1 else []
    body.remarks.append(
        "ICC = share of the variance that lies between therapists"
        + (f", given {' and '.join(given)}" if given else "")
        + "; its Monte Carlo interval begins at zero where there may be no difference between"
        " therapists. *p* of the likelihood ratio is from a mixture of χ^2^ distributions, because"
        " a variance cannot be negative. Scores that are the same for all patients of a therapist"
        " have no row."
    )
    return body


def missingness(table: Table, context: Context) -> Body:
    """Questionnaires expected and returned, and items left out, for each and in all."""
    body = Body({LABEL: "Questionnaire"} | MISSINGNESS_HEADINGS, [])
    for questionnaire in context.cohort.questionnaires:
        parts = [
            part
            for part in (
                questionnaire.instrument,
                questionnaire.rater,
                questionnaire.occasion,
                questionnaire.state,
            )
            if part
        ]
        row = Row(
            literal(questionnaire_words(parts, context.instruments.get(questionnaire.instrument)))
        )
        for statistic in MISSINGNESS_HEADINGS:
            row.cells[statistic] = context.store.cell(f"missingness.{'.'.join(parts)}.{statistic}")
        body.rows.append(row)
    total = Row("**All**")
    for statistic in ("not_returned_percent", "left_out_items", "left_out_percent"):
        total.cells[statistic] = context.store.cell(f"missingness.all.{statistic}")
    body.rows.append(total)
    body.remarks.append(
        "Items left out are those without an answer in questionnaires that were returned; their"
        " percentage is of the items of these."
    )
    body.remarks += once_remarks(
        row["method"] for row in context.store.rows("missingness", "n_dyads")
    )
    return body


def retention(table: Table, context: Context) -> Body:
    """How many dyads have each score, in all and by condition, one row per measure."""
    conditions = context.cohort.sample.conditions()
    groups = {"": "All" if conditions else "", **{label: label for label in conditions.values()}}
    body = Body({LABEL: "Measure"}, [])
    for number, label in enumerate(groups.values()):
        above = f"{named(label)} >> " if label else ""
        body.headings |= {f"n_{number}": f"{above}*n*", f"percent_{number}": f"{above}%"}
    for name in table.rows or scored_measures(context.study):
        row = Row(literal(full_label(table, context.study, name)))
        for number, group in enumerate(groups):
            for part in ("n", "percent"):
                identifier = statistic_id("retention", name, group, part)
                row.cells[f"{part}_{number}"] = context.store.cell(identifier)
        body.rows.append(row)
    return body


TABLES: dict[str, Callable[[Table, Context], Body]] = {
    "frequencies": frequencies,
    "descriptives": descriptives,
    "distributions": distributions,
    "therapist_shares": therapist_shares,
    "missingness": missingness,
    "retention": retention,
}
