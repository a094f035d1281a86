"""Files with one row per answer, turned into one row per person with a column per item."""

from collections.abc import Sequence

import pandas as pd

from attune.intake.reading.nested_cells import answers_of
from attune.specs.errors import RawDataError

MOST_SHOWN = 10
"""Repeated answers that a message lists."""


def one_row_per_person(
    sheet: pd.DataFrame, place: str, item: Sequence[str], answer: str, by: Sequence[str]
) -> pd.DataFrame:
    """A sheet of single answers as one row per person, with a column per item.

    Parameters
    ----------
    sheet : pandas.DataFrame of str
        One row per answer; the index is the row number in the file.
    place : str
        The file, for the messages.
    item : sequence of str
        Columns that name the item; several, such as scale and item, are joined by `_`.
    answer : str
        The column that holds the answer.
    by : sequence of str
        Columns that tell the new rows apart: the id, and the occasion or rater if there are
        several.

    Returns
    -------
    pandas.DataFrame of str
        The columns of `by`, every other column with one value per new row, and the items in the
        order in which they first occur; "" where a person has no such row. The index is the number
        of the first row of each person and occasion. Rows without an id or item are left out.

    Raises
    ------
    RawDataError
        A column is missing, an item is called like another column, or a person has two different
        answers to an item.

    Examples
    --------
    >>> cells = {"id": ["a", "a", "b"], "item": ["q1", "q2", "q1"], "answer": ["3", "1", "2"]}
    >>> sheet = pd.DataFrame(cells, index=[2, 3, 4])
    >>> one_row_per_person(sheet, "a.csv", ["item"], "answer", ["id"])["q1"].tolist()
    ['3', '2']
    """
    absent = [name for name in dict.fromkeys([*by, *item, answer]) if name not in sheet.columns]
    if absent:
        raise _wrong(place, [f"it has no column {name!r}." for name in absent])
    rest = [name for name in sheet.columns if name not in (*by, *item, answer)]
    named = sheet[(sheet[[*by, *item]] != "").all(axis=1)]
    items = named[list(item)].agg("_".join, axis=1)
    names = list(dict.fromkeys(items))
    keys = named[list(by)].agg("\x1f".join, axis=1)
    problems = _repeated(keys, items, named[answer]) + [
        f"{name!r} is an item and the name of a column. Rename the column."
        for name in names
        if name in (*by, *rest)
    ]
    if problems:
        raise _wrong(place, problems)
    once = ~pd.DataFrame({"key": keys, "item": items}).duplicated()
    places = pd.MultiIndex.from_arrays([keys[once], items[once]])
    wide = pd.Series(named.loc[once, answer].to_numpy(), index=places).unstack()  # noqa: PD010
    first = named.drop_duplicates(list(by))
    single = [name for name in rest if named.groupby(keys)[name].nunique().max() == 1]
    answers = wide.reindex(index=keys[first.index], columns=names).fillna("")
    answers.index = first.index
    answers.columns.name = None
    return pd.concat([first[[*by, *single]], answers], axis=1).astype(object)


def objects_in_columns(
    sheet: pd.DataFrame, place: str, item: Sequence[str], answer: str, by: Sequence[str]
) -> pd.DataFrame:
    """A sheet whose answers are objects (JSON) of items as one row per person.

    Parameters
    ----------
    sheet, place, answer, by
        As for `one_row_per_person`.
    item : sequence of str
        Columns whose cells are set before the names of the items, where these come back.

    Returns
    -------
    pandas.DataFrame of str
        As from `one_row_per_person`. Rows whose answer is not an object are left out, such as those
        of pages without questions.

    Raises
    ------
    RawDataError
        As from `one_row_per_person`.

    Examples
    --------
    >>> cells = {"id": ["a", "a", "b"], "response": ['{"q1": 3}', '{"q2": 1}', '{"q1": 2}']}
    >>> sheet = pd.DataFrame(cells, index=[2, 3, 4])
    >>> objects_in_columns(sheet, "a.csv", [], "response", ["id"])["q1"].tolist()
    ['3', '2']
    """
    absent = [name for name in dict.fromkeys([*by, *item, answer]) if name not in sheet.columns]
    if absent:
        raise _wrong(place, [f"it has no column {name!r}." for name in absent])
    objects = {row: content for row, text in sheet[answer].items() if (content := answers_of(text))}
    named = sheet.loc[list(objects)]
    named = named[(named[list(by)] != "").all(axis=1)]
    keys = named[list(by)].agg("\x1f".join, axis=1)
    answers = pd.DataFrame(
        [
            (row, keys[row], "_".join([*named.loc[row, list(item)], name]), text)
            for row in named.index
            for name, text in objects[row].items()
        ],
        columns=["row", "key", "item", "answer"],
    ).set_index("row")
    names = list(dict.fromkeys(answers["item"]))
    problems = _repeated(answers["key"], answers["item"], answers["answer"]) + [
        f"{name!r} is an item and the name of a column. Rename the column."
        for name in names
        if name in sheet.columns
    ]
    if problems:
        raise _wrong(place, problems)
    wide = answers.drop_duplicates(["key", "item"]).pivot(  # noqa: PD010
        index="key", columns="item", values="answer"
    )
    first = named.drop_duplicates(list(by))
    rest = [name for name in sheet.columns if name not in (*by, *item, answer)]
    single = [name for name in rest if named.groupby(keys)[name].nunique().max() == 1]
    filled = wide.reindex(index=keys[first.index], columns=names).fillna("")
    filled.index = first.index
    filled.columns.name = None
    return pd.concat([first[[*by, *single]], filled], axis=1).astype(object)


def _repeated(keys: pd.Series, items: pd.Series, answers: pd.Series) -> list[str]:
    """Rows that give an item of the same person and occasion another answer."""
    cells = pd.DataFrame({"key": keys, "item": items, "answer": answers})
    again = cells[cells.duplicated(["key", "item"]) & ~cells.duplicated(["key", "item", "answer"])]
    found = [
        f"row {row} answers {item!r} another time, with a different answer. Keep one of the rows,"
        " or name the column that tells them apart under `by`."
        for row, item in zip(again.index, again["item"], strict=True)
    ]
    more = len(found) - MOST_SHOWN
    return [*found[:MOST_SHOWN], *([f"... and {more} more rows like these."] if more > 0 else [])]


def _wrong(place: str, problems: list[str]) -> RawDataError:
    return RawDataError(f"{place} cannot be read as one row per answer.", problems)
