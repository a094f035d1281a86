"""Tables of measurement invariance: fit of each step, and the items."""

from collections.abc import Callable, Iterator

from attune.analyses.invariance.declaration import Invariance, invariance_tests
from attune.analyses.invariance.design import set_words
from attune.printing.context import Body, Context, scoring_keys, when_given
from attune.printing.notes import remarks_of_analyses
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import key_fact, literal
from attune.specs.study import Table
from attune.store.statistic_rows import statistic_id

STEP_WORDS = {
    "configural": "Configural",
    "metric": "Metric (equal loadings)",
    "scalar": "Scalar (equal intercepts)",
    "strict": "Strict (equal residuals)",
}

HEADINGS = {
    LABEL: "Step",
    "chi2": "χ^2^",
    "df": "*df*",
    "p": "*p*",
    "cfi": "CFI",
    "rmsea": "RMSEA",
    "srmr": "SRMR",
    "difference": "Δχ^2^",
    "difference_df": "Δ*df*",
    "difference_p": "*p*",
    "cfi_change": "ΔCFI",
    "rmsea_change": "ΔRMSEA",
}

REMARK = (
    "Each step adds its restriction to those above; Δ = change from the step above. Answers to"
    " items are treated as continuous although they have few steps, and every answer that there is"
    " counts (full information maximum likelihood). CFI = comparative fit index; RMSEA = root mean"
    " square error of approximation; SRMR = standardised root mean square residual."
)


def invariance(table: Table, context: Context) -> Body:
    """One row per step."""
    body = Body(dict(HEADINGS), [])
    used: list[str] = []
    remarks: list[tuple[str, str]] = []
    for name, test, title in _tests(table, context):
        used.append(test.instrument)
        for step in test.steps:
            if table.rows and step not in table.rows:
                continue
            row = Row(STEP_WORDS[step], literal(title) if title else None)
            prefix = statistic_id(name, step)
            store = context.store
            fit = f"{prefix}.invariance_chi_square"
            row.cells["chi2"] = store.cell(fit)
            row.cells["df"], row.cells["p"] = store.cell(fit, "df"), store.cell(fit, "p")
            for column in ("cfi", "rmsea", "srmr"):
                row.cells[column] = store.cell(f"{prefix}.invariance_{column}")
            if step != "configural":
                change = f"{prefix}.difference_chi_square"
                row.cells["difference"] = store.cell(change)
                row.cells["difference_df"] = store.cell(change, "df")
                row.cells["difference_p"] = store.cell(change, "p")
                for column in ("cfi_change", "rmsea_change"):
                    row.cells[column] = store.cell(f"{prefix}.{column}")
            body.rows.append(row)
        remarks += [*_when_answered(test, context), *_remarks(name, test, context)]
    body.remarks = [REMARK, *remarks_of_analyses(remarks), *scoring_keys(used, context)]
    return body.without_empty_columns()


def _when_answered(test: Invariance, context: Context) -> Iterator[tuple[str, str]]:
    """When the items were answered, where the test compares no occasions."""
    if test.occasion:
        when = literal(when_given([test.occasion], context.study))
        yield str(literal(test.title)), f"the items were answered {when}."


def _remarks(name: str, test: Invariance, context: Context) -> Iterator[tuple[str, str]]:
    title = str(literal(test.title))
    if test.robust:
        also = " and allow for the clustering of patients within therapists"
        clusters = also if test.cluster == "therapist" else ""
        yield (
            title,
            f"χ^2^, CFI and RMSEA are scaled{clusters};"
            " Δχ^2^ is the scaled difference of Satorra and Bentler.",
        )
    else:
        yield title, "Δχ^2^ is the difference of plain likelihood ratios."
    if test.across != "conditions":
        yield (
            title,
            f"one model of all answers about the same {context.cohort.case}s, with correlated"
            " residuals of the same item.",
        )
    problems = statistic_id(name, "invariance_problems")
    known = context.store.row(problems) if problems in context.store else None
    if known and known["estimate"]:
        yield (
            title,
            "a step has impossible estimates, such as a variance below zero (a Heywood case): too"
            " few persons, or a factor that the items do not share.",
        )


def invariance_items(table: Table, context: Context) -> Body:
    """Loadings and intercepts of each set of answers, and which differ most."""
    body = Body({LABEL: "Item"}, [])
    remarks: list[tuple[str, str]] = []
    for name, test, title in _tests(table, context):
        group = literal(title) if title else None
        rows: dict[str, Row] = {}
        for column, code in enumerate(test.sets(context.cohort)):
            words = literal(set_words(code, test, context.cohort))
            for statistic, above in (
                ("item_loading", "Loading"),
                ("item_intercept", "Intercept"),
            ):
                key = f"{statistic}_{column}"
                body.headings[key] = f"{above} >> {words}"
                prefix = f"{statistic_id(name, code)}."
                for found in context.store.rows(name, statistic):
                    if not found["id"].startswith(prefix):
                        continue
                    item = found["id"].split(".")[2]
                    row = rows.setdefault(item, Row(_item(test, item), group))
                    row.cells[key] = context.store.cell(found["id"])
        body.rows += rows.values()
        body.rows += _most_different(name, test, title, context)
        remarks += _when_answered(test, context)
    order = sorted(body.headings, key=lambda key: (key != LABEL, "intercept" in key, key))
    body.headings = {key: body.headings[key] for key in order}
    body.headings |= {"index": "χ^2^", "p": "*p*", "change": "Difference"}
    body.remarks.append(
        "Loadings are standardised, from the configural model. Below: the items that fit worst to"
        " equal loadings, intercepts, or residuals, with a test of one degree of freedom and the"
        " difference from the common value to be expected if they were free; of several that are"
        " looked for, some are large by chance."
    )
    body.remarks += remarks_of_analyses(remarks)
    return body.without_empty_columns()


def _most_different(name: str, test: Invariance, title: str, context: Context) -> Iterator[Row]:
    words = {"metric": "loading", "scalar": "intercept", "strict": "residual variance"}
    group = literal(f"{title}, most different" if title else "Most different")
    for found in context.store.rows(name, "release_index"):
        _, step, code, item, _ = found["id"].split(".")
        sets = {statistic_id(one): one for one in test.sets(context.cohort)}
        where = set_words(sets.get(code, code), test, context.cohort)
        prefix = found["id"].rpartition(".")[0]
        cells = {
            "index": context.store.cell(found["id"]),
            "p": context.store.cell(found["id"], "p"),
            "change": context.store.cell(f"{prefix}.release_change"),
        }
        label = f"{_item(test, item)}, {words[step]}, {literal(where)}"
        yield Row(label, group, cells)


def _item(test: Invariance, item: str) -> str:
    """Markdown of an item's number, which the scoring key gives."""
    return f"Item {key_fact(item, f'{test.instrument}.items.{item}')}"


def _tests(table: Table, context: Context) -> Iterator[tuple[str, Invariance, str]]:
    declared = invariance_tests(context.study)
    names = [name for name in table.analyses or declared if name in declared]
    for name in names:
        yield name, declared[name], declared[name].title if len(names) > 1 else ""


TABLES: dict[str, Callable[[Table, Context], Body]] = {
    "invariance": invariance,
    "invariance_items": invariance_items,
}
