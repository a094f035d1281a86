"""One finished run of one cohort or synthesis, with everything that is compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from attune.analyses.kinds import KINDS
from attune.store.statistic_kinds import StatisticKinds

Row = Mapping[str, Any]
"""One row of a cached table; missing values are None."""


@dataclass(frozen=True)
class TableRows:
    """One printed table.

    Attributes
    ----------
    document : str
        manuscript or supplement.
    title : str
        Markdown.
    headings : mapping of str to str
        Column -> heading as Markdown, `label` included.
    rows : sequence of mapping
        Contract `TABLE`.
    """

    document: str
    title: str
    headings: Mapping[str, str]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Run:
    """The results of one run.

    Attributes
    ----------
    name : str
        As given by the user: the folder or the archive.
    cohort : str
    study : str
        "" if the records do not name it.
    statistics, printed : sequence of mapping
        Contracts `STATISTICS` and `PRINTED`.
    tables : mapping of str to TableRows
    documents : mapping of str to str
        manuscript and supplement -> Quarto source.
    verdicts : sequence of mapping, optional
        Contract `VERDICTS`; None if the run compares no publication.
    titles : mapping of str to str
        Statistic -> its title; empty if the run has none.
    records : mapping of str to mapping
        Record of every step, by its name.
    missing : sequence of str
        Files that a run usually has and this one lacks.
    studies : mapping of str to mapping, optional
        Of a synthesis: the studies that enter, by the part of ids that stands for them, as
        evidence.json has them; None in the run of a cohort.
    kinds : StatisticKinds
        Kinds of the run's statistics.
    """

    name: str
    cohort: str
    study: str = ""
    statistics: Sequence[Row] = ()
    printed: Sequence[Row] = ()
    tables: Mapping[str, TableRows] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    verdicts: Sequence[Row] | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    missing: Sequence[str] = ()
    studies: Mapping[str, Row] | None = None
    kinds: StatisticKinds = KINDS

    def printed_ids(self) -> set[str]:
        """Ids of the statistics that a table or a sentence of the documents prints."""
        return {identifier for part in self.documents.values() for identifier in _ids(part)} | {
            value
            for table in self.tables.values()
            for row in table.rows
            for name, value in row.items()
            if name.endswith("_id") and value
        }


def _ids(source: str) -> set[str]:
    """Ids in the `data-id` attributes of a document; one span may hold several."""
    parts = source.split('data-id="')[1:]
    return {identifier for part in parts for identifier in part.partition('"')[0].split()}
