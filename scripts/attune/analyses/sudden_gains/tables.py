"""Tables of sudden gains and early response."""

from collections.abc import Callable, Iterator

from attune.analyses.sudden_gains.declaration import SuddenGainSearch, gain_searches
from attune.printing.context import Body, Context, occasion_words
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import Text, literal
from attune.specs.study import Table
from attune.store.statistic_rows import statistic_id

EVENTS = {"gains": "Sudden gains", "losses": "Sudden losses"}

GAIN_HEADINGS = {
    LABEL: "Change",
    "examined": "Patients >> examined",
    "with": "Patients >> with a change",
    "percent": "Patients >> %",
    "events": "Changes >> number",
    "reversed": "Changes >> reversed",
    "mean": "Size >> *M*",
    "sd": "Size >> *SD*",
}

GAIN_REMARK = (
    "Examined: patients with the scores that the criteria need around at least one interval"
    " between two sessions. Reversed: a later score lost more of the change than the plan allows."
    " Size is in points of the measure."
)

EARLY_HEADINGS = {
    LABEL: "By",
    "n": "*n*",
    "responded": "Responded",
    "percent": "%",
    "mean": "Improvement in %, *M*",
}

EARLY_REMARK = (
    "*n* = patients with a first score above zero and a later score. Responded: improved by the"
    " share of the first score that the plan declares."
)


def _entries(
    table: Table, context: Context
) -> Iterator[tuple[str, SuddenGainSearch, str, Text | None]]:
    """Every search and measure of a table, with the heading of its group of rows."""
    declared = gain_searches(context.study)
    names = table.analyses or [*declared]
    several = len(names) > 1
    for name in names:
        for measure in declared[name].measures:
            if table.rows and measure not in table.rows:
                continue
            label = context.study.label_of(measure)
            title = f"{declared[name].title}: {label}" if several else label
            yield name, declared[name], measure, literal(title)


def sudden_gains(table: Table, context: Context) -> Body:
    """One row for gains and, where they are looked for, one for losses, measure by measure."""
    body = Body(dict(GAIN_HEADINGS), [])
    for name, search, measure, group in _entries(table, context):
        for event in search.events:
            prefix = statistic_id(name, measure, event)
            row = Row(EVENTS[event], group)
            for column, part in (
                ("examined", "examined_n"),
                ("with", "with.gain_patients"),
                ("percent", "with.gain_percent"),
                ("events", "all.gain_events"),
                ("reversed", "outcome.reversed.reversal_events"),
                ("mean", "gain_magnitude"),
                ("sd", "gain_magnitude_sd"),
            ):
                row.cells[column] = context.store.cell_if_known(f"{prefix}.{part}")
            body.rows.append(row)
    body.remarks.append(GAIN_REMARK)
    return body.without_empty_columns()


def early_response(table: Table, context: Context) -> Body:
    """One row per measure: how many responded by the declared occasion."""
    body = Body(dict(EARLY_HEADINGS), [])
    for name, search, measure, group in _entries(table, context):
        rule = search.early_response
        if rule is None:
            continue
        prefix = statistic_id(name, measure, "early")
        row = Row(literal(occasion_words(rule.occasion)), group)
        for column, part in (
            ("n", "response_n"),
            ("responded", "responded.response_patients"),
            ("percent", "responded.response_percent"),
            ("mean", "early_improvement"),
        ):
            row.cells[column] = context.store.cell_if_known(f"{prefix}.{part}")
        body.rows.append(row)
    body.remarks.append(EARLY_REMARK)
    return body.without_empty_columns()


TABLES: dict[str, Callable[[Table, Context], Body]] = {
    "sudden_gains": sudden_gains,
    "early_response": early_response,
}
