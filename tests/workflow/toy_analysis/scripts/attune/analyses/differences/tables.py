"""Table of the distances between measures."""

from attune.analyses.differences.declaration import declared_differences

from attune.printing.context import Body, Context
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import literal
from attune.specs.study import Table


def distances(table: Table, context: Context) -> Body:
    """One row per declared pair."""
    body = Body({LABEL: "Measures", "distance": "*MAD*"}, [])
    for name in table.analyses:
        pair = declared_differences(context.study)[name]
        for first, second in zip(pair.first, pair.second, strict=True):
            labels = [context.study.label_of(measure) for measure in (first, second)]
            row = Row(literal(" and ".join(labels)))
            identifier = f"{name}.{first}.{second}.mean_absolute_difference"
            row.cells["distance"] = context.store.cell(identifier)
            body.rows.append(row)
    return body


TABLES = {"distances": distances}
