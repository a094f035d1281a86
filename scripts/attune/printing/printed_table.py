"""A table ready for print: strings, the ids behind them, and what stands above and below."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

LABEL = "label"
GROUP = "group"


@dataclass(frozen=True)
class PrintedTable:
    """One table of a document.

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
    """

    name: str
    document: str
    title: str
    headings: dict[str, str]
    frame: pd.DataFrame
    note: str = ""

    @property
    def columns(self) -> list[str]:
        """Names of the cell columns, in the order of print."""
        return [name for name in self.headings if name != LABEL]

    def metadata(self) -> dict[str, str]:
        """What is stored beside the rows, all of it text."""
        return {
            "document": self.document,
            "title": self.title,
            "headings": json.dumps(self.headings, ensure_ascii=False),
            "note": self.note,
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
        )


@dataclass
class Row:
    """One printed row while it is being put together."""

    label: str
    group: str | None = None
    cells: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """Column -> (printed text, id of the statistic)."""


def frame_of(rows: list[Row], columns: list[str]) -> pd.DataFrame:
    """Rows as a frame of the contract `TABLE`; a column that a row lacks is an empty cell."""
    records = []
    for row in rows:
        record: dict[str, str | None] = {LABEL: row.label, GROUP: row.group}
        for column in columns:
            record[column], record[f"{column}_id"] = row.cells.get(column, ("", None))
        records.append(record)
    names = [LABEL, GROUP] + [name for each in columns for name in (each, f"{each}_id")]
    return pd.DataFrame(records, columns=names, dtype=object)
