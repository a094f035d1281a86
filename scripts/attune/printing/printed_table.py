"""A printed table: cells with their ids, headings, title and note."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from attune.printing.quarto import loaded_cell, parse_text, stored_cell
from attune.printing.text import Text

LABEL = "label"
GROUP = "group"
SPANNER = " >> "
"""Between the shared heading of several columns and the column's own."""


@dataclass
class Row:
    """One printed row.

    Attributes
    ----------
    label, group : Text or str
        A string is Markdown; a group is None where the table has none.
    cells : dict of str to Text
        By column; a number carries its statistic, and its significance stars follow it.
    place : (str, str, str), optional
        Words by which the note finds the row of a dash: what it shows, such as `the tipping point`;
        its group, such as `anxiety`, or nothing; and when, such as `at month 2`.
    """

    label: Text | str
    group: Text | str | None = None
    cells: dict[str, Text] = field(default_factory=dict)
    place: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class PrintedTable:
    """One table of a document, as it is stored.

    Attributes
    ----------
    name : str
        Key of the study's section `tables`.
    document : str
        manuscript or supplement.
    title : str
        Markdown, without a full stop.
    headings : dict of str to str
        Markdown of every printed column's heading, `label` included, in the order of print.
        `Above >> below` puts neighbours with the same `Above` under one spanner.
    frame : pandas.DataFrame
        Contract `TABLE`: label, group, and for each column its cells and their `<column>_id`.
    note : str
        Markdown; paragraphs are separated by an empty line.
    notice : str
        Plain text: that the data are synthetic; empty for real data. Documents say so on every
        page, so that only the file of the table holds it.
    """

    name: str
    document: str
    title: str
    headings: dict[str, str]
    frame: pd.DataFrame
    note: str = ""
    notice: str = ""

    @property
    def columns(self) -> list[str]:
        """Names of the cell columns, in the order of print."""
        return [name for name in self.headings if name != LABEL]

    @cached_property
    def rows(self) -> list[Row]:
        """The rows as values."""
        return [
            Row(
                parse_text(row[LABEL]),
                parse_text(row[GROUP]) if isinstance(row[GROUP], str) else None,
                {name: loaded_cell(row[name] or "", row[f"{name}_id"]) for name in self.columns},
            )
            for row in self.frame.to_dict("records")
        ]

    @cached_property
    def spanned_headings(self) -> list[tuple[Text, Text]]:
        """For every printed column the heading that it shares (or nothing), and its own."""
        parts = (parse_text(text).partition(SPANNER) for text in self.headings.values())
        return [(above, own) if own else (Text(), above) for above, own in parts]

    def metadata(self) -> dict[str, str]:
        """Texts stored with the rows: document, title, headings, note, notice."""
        return {
            "document": self.document,
            "title": self.title,
            "headings": json.dumps(self.headings, ensure_ascii=False),
            "note": self.note,
            "notice": self.notice,
        }

    @classmethod
    def from_parts(
        cls, name: str, frame: pd.DataFrame, metadata: Mapping[str, str]
    ) -> "PrintedTable":
        """The table that `metadata` and its rows were stored from."""
        return cls(
            name=name,
            document=metadata["document"],
            title=metadata["title"],
            headings=json.loads(metadata["headings"]),
            frame=frame,
            note=metadata["note"],
            notice=metadata.get("notice", ""),
        )


def frame_of(rows: Iterable[Row], columns: list[str]) -> pd.DataFrame:
    """Rows as a frame of the contract `TABLE`; a column that a row lacks is an empty cell."""
    records = []
    for row in rows:
        group = None if row.group is None else str(row.group)
        record: dict[str, str | None] = {LABEL: str(row.label), GROUP: group}
        for column in columns:
            cell = row.cells.get(column, Text())
            record[column], record[f"{column}_id"] = stored_cell(cell)
        records.append(record)
    names = [LABEL, GROUP] + [name for column in columns for name in (column, f"{column}_id")]
    return pd.DataFrame(records, columns=names, dtype=object)
