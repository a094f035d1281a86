"""Contracts of the cached tables: row, key, columns, types, units and ranges.

Each contract is a pyarrow schema with a key, so that it can be read without other packages. A
table is made to `conform` before it is written: columns in order, types exact, sorted by its key,
no key twice. A null means "missing" or "undefined"; wherever an estimate is null a reason is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from attune.specs.errors import AttuneError
from attune.store.tolerances import ARITHMETIC, EXACT, ITERATED, Tolerance

if TYPE_CHECKING:
    import pandas as pd

MAX_ITEMS = 90
"""Item columns of `RESPONSES`; the longest instrument in use has 90 items."""


@dataclass(frozen=True)
class Contract:
    """One cached table.

    Attributes
    ----------
    name : str
        File stem of the Parquet file.
    row : str
        Meaning of one row.
    schema : pyarrow.Schema
        Column names, in order, with exact types. Nullable unless marked otherwise.
    key : tuple of str
        Columns that identify a row; rows are sorted by them. Empty: rows keep their order.
    open_type : pyarrow.DataType, optional
        Type of further columns whose names depend on the study (measures); None forbids them.
    tolerance : Tolerance
        Allowed difference between two runs, in columns that `tolerances` does not name.
    tolerances : mapping of str to Tolerance
        The same for single columns. In `STATISTICS` the kind of a statistic decides instead (see
        `attune.store.statistic_kinds`).
    """

    name: str
    row: str
    schema: pa.Schema
    key: tuple[str, ...] = ()
    open_type: pa.DataType | None = None
    tolerance: Tolerance = EXACT
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict, hash=False)

    def tolerance_of(self, column: str) -> Tolerance:
        """Allowed difference of the numbers of a column between two runs.

        Examples
        --------
        >>> RELIABILITY.tolerance_of("omega") is ITERATED, SCORES.tolerance_of("score") is EXACT
        (True, True)
        """
        return self.tolerances.get(column, self.tolerance)


def item_column(item: int) -> str:
    """Name of the column that holds the response to an item.

    Examples
    --------
    >>> item_column(7)
    'item_007'
    """
    return f"item_{item:03d}"


ITEM_COLUMNS = tuple(item_column(item) for item in range(1, MAX_ITEMS + 1))

_text = pa.string()
_real = pa.float64()


def _schema(required: dict[str, pa.DataType], nullable: dict[str, pa.DataType]) -> pa.Schema:
    return pa.schema(
        [pa.field(name, kind, nullable=False) for name, kind in required.items()]
        + [pa.field(name, kind) for name, kind in nullable.items()]
    )


QUESTIONNAIRE_KEY = ("dyad", "instrument", "rater", "occasion", "state")
"""Key of a questionnaire; `state` is "" if an instrument has no states such as "worst"."""

RESPONSES = Contract(
    name="responses",
    row="one completed questionnaire; item_001.. hold the responses as given, in the codes of the"
    " instrument times 10 to the power of their decimals (7.3 cm on a line is 73); items beyond the"
    " instrument's last are null",
    schema=_schema(
        dict.fromkeys(QUESTIONNAIRE_KEY, _text),
        dict.fromkeys(ITEM_COLUMNS, pa.int16()),
    ),
    key=QUESTIONNAIRE_KEY,
)

SAMPLE = Contract(
    name="sample",
    row="one dyad of the sample sheet; numeric variables are columns of their own (float64),"
    " categorical variables too (string, the level's name). therapist is null where none is"
    " recorded",
    schema=_schema({"dyad": _text, "patient": _text}, {"therapist": _text, "condition": _text}),
    key=("dyad",),
    open_type=pa.null(),
)

VIOLATIONS = Contract(
    name="violations",
    row="one thing wrong in the raw files: where, what was found, which rule, what was done."
    " `row` is the line of the file as a spreadsheet numbers it (header = 1). `value` is null for"
    " errors about free text",
    schema=_schema(
        {"rule": _text, "severity": _text, "file": _text, "message": _text, "remedy": _text},
        {"row": pa.int64(), "column": _text, "item": pa.int16(), "dyad": _text, "value": _text},
    ),
)

SCORES = Contract(
    name="scores",
    row="one scale score of one questionnaire; null with a reason where too few items were"
    " answered. source says where it comes from: items, or file for a score that the cohort brings"
    " itself, for which the numbers of items are null",
    schema=_schema(
        dict.fromkeys((*QUESTIONNAIRE_KEY, "scale", "source"), _text),
        {"n_answered": pa.int16(), "n_items": pa.int16(), "score": _real, "reason": _text},
    ),
    key=(*QUESTIONNAIRE_KEY, "scale"),
)

GIVEN_SCORES = Contract(
    name="given_scores",
    row="one scale score that the cohort brings instead of the items; a dyad without it has no row",
    schema=_schema(dict.fromkeys((*QUESTIONNAIRE_KEY, "scale"), _text) | {"score": _real}, {}),
    key=(*QUESTIONNAIRE_KEY, "scale"),
)

RELIABILITY = Contract(
    name="reliability",
    row="internal consistency of one scale in one rater, occasion and state: alpha with Feldt's"
    " interval, omega of a one-factor model, over the n questionnaires without a missing item",
    schema=_schema(
        dict.fromkeys(("instrument", "rater", "occasion", "state", "scale"), _text)
        | {"n_items": pa.int16(), "n": pa.int32()},
        {
            "alpha": _real,
            "alpha_ci_low": _real,
            "alpha_ci_high": _real,
            "omega": _real,
            "ci_level": _real,
            "mean_item_rest_correlation": _real,
            "lowest_item_rest_correlation": _real,
            "lowest_item": pa.int16(),
            "reason": _text,
        },
    ),
    key=("instrument", "rater", "occasion", "state", "scale"),
    tolerance=ARITHMETIC,
    tolerances={"omega": ITERATED},
)

MEASURES = Contract(
    name="measures",
    row="one dyad in one imputation (0: as observed; 1..m: completed), or, where the study declares"
    ' occasions, one dyad at one occasion in one imputation; occasion is "" where there is one'
    " row per dyad. Further columns: one float64 per measure, and imputed_<measure> (bool) for each"
    " measure that may be imputed",
    schema=_schema(
        {"dyad": _text, "occasion": _text, "imputation": pa.int16()},
        {"patient": _text, "therapist": _text, "condition": _text},
    ),
    key=("dyad", "occasion", "imputation"),
    open_type=pa.null(),
    tolerance=ARITHMETIC,
)

GAINS = Contract(
    name="gains",
    row="one outcome of one dyad in one imputation, in the units of the outcome; residual_gain is"
    " null where pretest or posttest is",
    schema=_schema(
        {"dyad": _text, "outcome": _text, "imputation": pa.int16()},
        dict.fromkeys(("patient", "therapist"), _text)
        | dict.fromkeys(("pretest", "posttest", "raw_gain", "residual_gain"), _real),
    ),
    key=("dyad", "outcome", "imputation"),
    tolerance=ARITHMETIC,
)

STATISTICS = Contract(
    name="statistics",
    row="one computed number with its uncertainty: a correlation, a mean, a coefficient of growth,"
    " a variance component, a fit index, an indirect or a pooled effect. Its terms are named:"
    " x and y are the first and the second term of the id (a pair that is correlated, a measure, an"
    " outcome with its residual gain); in a model, outcome is what is explained and predictor what"
    " explains it; level is a category, a condition, a scale, or a level of a model (within,"
    " between); occasion and rater say when and by whom, contrast which difference was taken,"
    " dataset which scores, method how. Terms that a number does not have are null. tail is the"
    " declared direction ('greater', 'less') or null; p_one_tailed exists only where tail does; an"
    " undefined estimate is null with a reason. software names the packages, with versions, that"
    " computed it; instruments the scoring keys behind it, each with its version",
    schema=_schema(
        {"id": _text, "analysis": _text, "statistic": _text},
        {
            "x": _text,
            "y": _text,
            "outcome": _text,
            "predictor": _text,
            "level": _text,
            "occasion": _text,
            "rater": _text,
            "contrast": _text,
            "family": _text,
            "dataset": _text,
            "instruments": _text,
            "estimate": _real,
            "se": _real,
            "df": _real,
            "n": pa.int32(),
            "p_two_tailed": _real,
            "p_one_tailed": _real,
            "tail": _text,
            "ci_low": _real,
            "ci_high": _real,
            "ci_level": _real,
            "method": _text,
            "seed": pa.int64(),
            "reason": _text,
            "software": _text,
        },
    ),
    key=("id",),
    tolerances=dict.fromkeys(
        ("estimate", "se", "df", "p_two_tailed", "p_one_tailed", "ci_low", "ci_high"), ARITHMETIC
    ),
)


def _statistics_of(name: str, row: str) -> Contract:
    """Statistics with the column `name` before those of `STATISTICS`, and `synthetic` after it."""
    own = {name: _text, "synthetic": pa.bool_()}
    return Contract(
        name=f"{name}_statistics",
        row=row,
        schema=pa.schema([*_schema(own, {}), *STATISTICS.schema]),
        key=(name, "id"),
        tolerances=STATISTICS.tolerances,
    )


COHORT_STATISTICS = _statistics_of(
    "cohort",
    "one statistic of one of many cohorts, as the contract of statistics describes it; synthetic"
    " says whether the data of the cohort are made up",
)

SYNTHESIS_STATISTICS = _statistics_of(
    "synthesis",
    "one statistic of one synthesis of many cohorts, as the contract of statistics describes it;"
    " synthetic says whether made-up data entered",
)

COHORTS = Contract(
    name="cohorts",
    row="one folder of a batch of cohorts: outcome is analysed, or the reason code of its failure;"
    " what its cohort file says is null where that file cannot be read",
    schema=_schema(
        {"folder": _text, "cohort": _text, "outcome": _text},
        {"title": _text, "study": _text, "synthetic": pa.bool_(), "dyads": pa.int32()},
    ),
    key=("folder",),
)

FAILURES = Contract(
    name="failures",
    row="one cohort that was not analysed, or that does not enter one of the syntheses: reason is a"
    " code, sentence says what is wrong and what to do, one problem a line",
    schema=_schema({"cohort": _text, "folder": _text, "reason": _text, "sentence": _text}, {}),
)

TABLE = Contract(
    name="table",
    row="one printed row, strings ready to print; every cell column <name> has a <name>_id column"
    " with the id of the statistic that it prints (null for labels). Title, headings and notes are"
    " in the file's metadata",
    schema=_schema({"label": _text}, {"group": _text}),
    open_type=_text,
)

PRINTED = Contract(
    name="printed",
    row="one statistic as it is printed in running text: every string is Quarto Markdown, but for"
    " plain, which holds result, interval and both p without markup",
    schema=_schema(
        {"id": _text},
        {
            "estimate": _text,
            "interval": _text,
            "df": _text,
            "n": _text,
            "p": _text,
            "p_two_tailed": _text,
            "p_one_tailed": _text,
            "result": _text,
            "plain": _text,
            "significant": pa.bool_(),
            "direction": _text,
            "magnitude": _text,
            "holds_zero": pa.bool_(),
            "reason": _text,
        },
    ),
    key=("id",),
)


FINDINGS = Contract(
    name="findings",
    row="one check of one printed value of a publication against the others, no data needed;"
    " possible is what their rounding allows, explanation the simplest one of an inconsistency",
    schema=_schema(
        {"id": _text, "check": _text, "value": _text, "values": _text, "outcome": _text},
        {
            "printed": _text,
            "possible": _text,
            "arithmetic": _text,
            "sentence": _text,
            "explanation": _text,
            "explained": _text,
        },
    ),
    key=("id",),
)

VERDICTS = Contract(
    name="verdicts",
    row="one printed value of a publication: what the paper prints, what the data give, the"
    " verdict, and the reason that a person gave. source says what gives the value: paper (the"
    " publication prints it), data_file, reanalysis or other. computed is null where nothing"
    " computes it; findings names the inconsistencies that the value takes part in; accepted says"
    " whether the verdict needs no reason or has one in reasons.yaml that was given for it",
    schema=_schema(
        {"id": _text, "label": _text, "kind": _text, "printed": _text, "verdict": _text},
        {
            "position": pa.int32(),
            "places": _text,
            "source": _text,
            "statistic": _text,
            "field": _text,
            "n_printed": pa.int32(),
            "n": pa.int32(),
            "computed": _real,
            "shown": _text,
            "why": _text,
            "findings": _text,
            "reason": _text,
            "note": _text,
            "by": _text,
            "accepted": pa.bool_(),
        },
    ),
    key=("id",),
    tolerances={"computed": ITERATED},
)

CONTRACTS: tuple[Contract, ...] = tuple(
    contract for contract in tuple(globals().values()) if isinstance(contract, Contract)
)
"""Every contract above, in this order."""


def no_rows(contract: Contract) -> pa.Table:
    """A table of a contract without rows; made without pandas, which `empty_table` imports."""
    return pa.Table.from_batches([], contract.schema)


def conform(frame: "pd.DataFrame | pa.Table", contract: Contract) -> pa.Table:
    """Make a frame fit its contract, or say everything in which it does not.

    Parameters
    ----------
    frame : pandas.DataFrame or pyarrow.Table
        Rows as `contract.row` describes them, in any order; columns in any order. Nullable
        columns of the contract may be left out and are filled with nulls.
    contract : Contract

    Returns
    -------
    pyarrow.Table
        Columns in the contract's order (further columns after them, in their order of arrival),
        exact types, sorted by the key, without pandas metadata.

    Raises
    ------
    AttuneError
        A required column is missing, an unknown column is present, a value does not fit its type,
        a required value is null, or a key occurs twice.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"id": ["b", "a"], "analysis": "x", "statistic": "t"})
    >>> conform(rows, STATISTICS)["id"].to_pylist()
    ['a', 'b']
    """
    if isinstance(frame, pa.Table) and not len(frame) and frame.schema == contract.schema:
        return frame
    table = (
        frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
    )
    schema = _full_schema(table, contract)
    problems = [
        f"column {column.name!r} is missing"
        for column in contract.schema
        if not column.nullable and column.name not in table.column_names
    ]
    if problems:
        raise AttuneError(f"{contract.name} does not fit its contract ({contract.row}).", problems)
    columns, problems = _cast(table, schema)
    if problems:
        raise AttuneError(f"{contract.name} does not fit its contract ({contract.row}).", problems)
    conformed = pa.table(columns, schema=schema)
    return _sorted_by_key(conformed, contract)


def _full_schema(table: pa.Table, contract: Contract) -> pa.Schema:
    further = [name for name in table.column_names if name not in contract.schema.names]
    if further and contract.open_type is None:
        raise AttuneError(
            f"{contract.name} does not fit its contract.",
            [f"column {name!r} is not part of it" for name in further],
        )
    fields = list(contract.schema)
    for name in further:
        found = table.schema.field(name).type
        fields.append(pa.field(name, _plain_type(found, contract.open_type)))
    return pa.schema(fields)


def _plain_type(found: pa.DataType, declared: pa.DataType | None) -> pa.DataType:
    """Type of a column beyond the contract: as declared, else number, boolean or text."""
    if declared is not None and not pa.types.is_null(declared):
        return declared
    if pa.types.is_boolean(found):
        return pa.bool_()
    if pa.types.is_integer(found) or pa.types.is_floating(found):
        return _real
    return _text


def _cast(table: pa.Table, schema: pa.Schema) -> tuple[list[pa.ChunkedArray], list[str]]:
    columns, problems = [], []
    for column_field in schema:
        if column_field.name in table.column_names:
            try:
                column = table[column_field.name].cast(column_field.type)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                problems.append(
                    f"column {column_field.name!r} does not hold {column_field.type}: {error}"
                )
                continue
        else:
            column = pa.chunked_array([pa.nulls(len(table), column_field.type)])
        if pa.types.is_floating(column_field.type):
            column = _without_nan(column)
        if not column_field.nullable and column.null_count:
            problems.append(f"column {column_field.name!r} has {column.null_count} empty cells")
        columns.append(column)
    return columns, problems


def _without_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Replace NaN by null, the only mark of a missing value in the store."""
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)


def _sorted_by_key(table: pa.Table, contract: Contract) -> pa.Table:
    if not contract.key:
        return table.combine_chunks()
    key = list(contract.key)
    counts = table.group_by(key).aggregate([([], "count_all")])
    twice = counts.filter(pc.greater(counts["count_all"], 1))
    if len(twice):
        rows = [", ".join(f"{k}={row[k]}" for k in key) for row in twice.to_pylist()[:20]]
        raise AttuneError(f"{contract.name} has the same key more than once.", rows)
    return table.sort_by([(k, "ascending") for k in key]).combine_chunks()
