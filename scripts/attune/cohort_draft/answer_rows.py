"""Recognises files with one row per answer, and turns them for the draft."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import pandas as pd

from attune.cohort_draft.column_names import normalised
from attune.cohort_draft.draft import RawTable
from attune.cohort_draft.item_groups import FEWEST_ITEMS
from attune.cohort_draft.layout import MOST_REPEATED, id_candidates, repeated_share
from attune.cohort_draft.vocabulary import OCCASION_COLUMNS, RATER_COLUMNS
from attune.intake.personal_data.detection import personal_columns
from attune.intake.reading.answer_rows import objects_in_columns, one_row_per_person
from attune.intake.reading.nested_cells import answers_of
from attune.specs.errors import RawDataError

ITEM_COLUMNS = (
    *("item", "itemid", "itemname", "itemnr", "itemnumber", "question", "questionid", "variable"),
    *(
        "questionkey",
        "questionname",
        "fieldname",
        "field",
        "key",
        "name",
        "code",
        "frage",
        "varname",
    ),
)
"""Normalised names of columns that name the item, the likeliest first."""

ANSWER_COLUMNS = (
    *("answer", "response", "resp", "value", "score", "rating", "antwort", "wert", "responsevalue"),
    *("answervalue", "result"),
)
SCALE_COLUMNS = ("scale", "questionnaire", "instrument", "form", "measure", "test", "survey")
"""Normalised names of columns that name the questionnaire of the item."""

FEWEST_ROWS = 2
"""Smallest average number of rows per person of a file of single answers."""


def with_answers_in_columns(table: RawTable, id_column: str | None = None) -> RawTable:
    """A table with one row per answer, turned into a column per item; any other as it is.

    A file is taken for one of single answers if it has a column for the item, one for the answer,
    and no person answers an item twice, or not on the same occasion.

    Parameters
    ----------
    table : RawTable
    id_column : str, optional
        The column that names the dyad, if the user has chosen it.
    """
    names = {normalised(str(name)): str(name) for name in table.sheet.columns}
    if (turned := _with_objects_in_columns(table, names, id_column)) is not None:
        return turned
    items = [names[plain] for plain in ITEM_COLUMNS if plain in names]
    answers = [names[plain] for plain in ANSWER_COLUMNS if plain in names]
    candidates = id_candidates(table, id_column)
    for dyad, item, answer in product(candidates, items, answers):
        if len({dyad, item, answer}) < 3 or not _long(table.sheet, dyad, item):
            continue
        for columns, by in _keys(table.sheet, names, item):
            if repeated_share(table.sheet, [dyad, *columns, *by]) <= MOST_REPEATED / 100:
                turned = _turned(table, dyad, columns, answer, by)
                if turned is not None:
                    return turned
    return table


MOST_PAGES = 0.8
"""Share of the filled answers that must be objects, from which on all are read as such."""


def _with_objects_in_columns(
    table: RawTable, names: dict[str, str], id_column: str | None
) -> RawTable | None:
    """A table whose answers are objects of several items (JSON), turned; None for any other."""
    for answer in [names[plain] for plain in ANSWER_COLUMNS if plain in names]:
        filled = table.sheet[answer][table.sheet[answer] != ""].astype(str)
        sizes = [len(answers_of(text)) for text in filled]
        if max(sizes, default=0) < 2 or sum(map(bool, sizes)) < MOST_PAGES * len(filled):
            continue
        others = [names[plain] for plain in (*OCCASION_COLUMNS, "trialindex") if plain in names]
        for dyad in id_candidates(table, id_column):
            for item, by in [([], []), *(([], [one]) for one in others[:1]), (others[-1:], [])]:
                found = _turned(table, dyad, item, answer, by, objects=True)
                if found is not None:
                    return found
    return None


def _long(sheet: pd.DataFrame, dyad: str, item: str) -> bool:
    """Whether people have several rows, with different items."""
    people = sheet[dyad].replace("", None).nunique()
    items = sheet[item].replace("", None).nunique()
    return bool(people) and len(sheet) / people >= FEWEST_ROWS and items >= FEWEST_ITEMS


def _keys(
    sheet: pd.DataFrame, names: dict[str, str], item: str
) -> Iterator[tuple[list[str], list[str]]]:
    """Columns that may name the item, with those that may tell its answers apart."""
    scales = [names[plain] for plain in SCALE_COLUMNS if plain in names]
    others = [names[plain] for plain in (*OCCASION_COLUMNS, *RATER_COLUMNS) if plain in names]
    varying = [name for name in others if name != item and len(sheet[name].unique()) > 1]
    # An item numbered within its scale needs the scale's name even where no person has two scales.
    plain_numbers = sheet[item].replace("", None).dropna().str.fullmatch(r"\d+").all()
    ways = [[*scales[:1], item]] if scales and plain_numbers else [[item], [*scales[:1], item]]
    for by in ([], varying[:1], varying[:2]):
        for columns in ways:
            yield columns, by


def _turned(
    table: RawTable,
    dyad: str,
    columns: Sequence[str],
    answer: str,
    by: Sequence[str],
    objects: bool = False,
) -> RawTable | None:
    turn = objects_in_columns if objects else one_row_per_person
    try:
        sheet = turn(table.sheet, table.place, columns, answer, [dyad, *by])
    except RawDataError:
        return None
    item = columns[0] if len(columns) == 1 else list(columns)
    declared: dict[str, object] = {"item": item} if item else {}
    declared |= {"answer": answer} | ({"objects": True} if objects else {})
    declared |= {"by": list(by)} if by else {}
    holding = "answers as objects (JSON)" if objects else "one answer each"
    reason = f"{len(table.sheet)} rows with {holding}, turned into {len(sheet)} rows"
    # What one item holds is no reason to leave out the answers to all of them.
    items = [name for name in sheet.columns if name not in table.sheet.columns]
    personal = {name: why for name, why in table.personal.items() if name in sheet.columns}
    return replace(
        table,
        sheet=sheet,
        personal=personal | personal_columns(sheet[items]),
        settings=table.settings | {"one_row_per_answer": declared},
        remarks=table.remarks | {"one_row_per_answer": reason},
        notes={},
    )
