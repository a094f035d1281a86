"""Compare an archived run with its repetition: tables cell by cell, documents by number."""

import difflib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from attune.analyses.kinds import KINDS
from attune.printing.quarto import parse_document
from attune.record.archive.comparison import Comparison, compare_tables
from attune.record.archive.contents import contract_of
from attune.record.archive.sharing import holds_rows
from attune.store.contracts import STATISTICS
from attune.store.statistic_kinds import StatisticKinds

_NUMBER = re.compile(r"[-\N{MINUS SIGN}]?\d*\.?\d+")


@dataclass(frozen=True)
class TableResult:
    """Result of the comparison of one table.

    Attributes
    ----------
    path : str
        Below the cohort's results.
    private : bool
        It holds rows of single dyads: its differences are counted, its values not printed.
    comparison : Comparison
    """

    path: str
    private: bool
    comparison: Comparison


@dataclass(frozen=True)
class DocumentResult:
    """Result of the comparison of one document: lines whose numbers differ.

    Attributes
    ----------
    path : str
    numbers : int
        How many numbers the archived document has.
    differences : list of (str, str)
        Archived and recomputed line without markup; "" if there is none.
    """

    path: str
    numbers: int
    differences: list[tuple[str, str]]


@dataclass(frozen=True)
class RunComparison:
    """Result of the comparison of two runs.

    Attributes
    ----------
    tables : list of TableResult
    documents : list of DocumentResult
    only_archived, only_recomputed : list of str
        Results that only one of the runs has.
    """

    tables: list[TableResult] = field(default_factory=list)
    documents: list[DocumentResult] = field(default_factory=list)
    only_archived: list[str] = field(default_factory=list)
    only_recomputed: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether everything that was compared is the same; False where nothing was compared."""
        parts = [table.comparison.same for table in self.tables]
        parts += [not document.differences for document in self.documents]
        return bool(self.tables) and all(parts) and not (self.only_archived or self.only_recomputed)


@dataclass(frozen=True)
class RunFiles:
    """One of two runs.

    Attributes
    ----------
    paths : collection of str
        Its results, below the cohort's results folder.
    table : callable
        Path -> rows.
    text : callable
        Path -> content of a text file.
    versions : collection of str
        Versions of its software, which its documents contain and which may differ.
    """

    paths: Collection[str]
    table: Callable[[str], pa.Table]
    text: Callable[[str], str]
    versions: Collection[str] = ()


def compare_runs(
    archived: RunFiles,
    recomputed: RunFiles,
    withheld: Collection[str] = (),
    kinds: StatisticKinds = KINDS,
) -> RunComparison:
    """Compare the results of an archived run with those of its repetition.

    Parameters
    ----------
    archived, recomputed : RunFiles
        The repetition without results that the archive cannot hold.
    withheld : collection of str
        Ids of statistics that were left out of the archive.
    kinds : StatisticKinds
        Of the run's statistics; by default those of cohorts.

    Returns
    -------
    RunComparison
        Tables are compared with the tolerances of their contracts and kinds of statistics, the
        documents' Markdown by its numbers. What is made from both (HTML, Word, PDF, figures) has to
        be there.
    """
    both = sorted(set(archived.paths) & set(recomputed.paths))
    tables, documents = [], []
    for path in both:
        if contract_of(path) is not None:
            one, other = archived.table(path), recomputed.table(path)
            tables.append(_compare_table(path, one, _without(other, withheld), kinds))
        elif path.endswith(".qmd"):
            texts = (_unversioned(run.text(path), run.versions) for run in (archived, recomputed))
            documents.append(compare_numbers(path, *texts))
    return RunComparison(
        tables,
        documents,
        sorted(set(archived.paths) - set(recomputed.paths)),
        sorted(set(recomputed.paths) - set(archived.paths)),
    )


def _compare_table(
    path: str, one: pa.Table, other: pa.Table, all_kinds: StatisticKinds
) -> TableResult:
    contract = contract_of(path)
    if contract is None:
        raise KeyError(path)
    kinds = all_kinds if contract is STATISTICS else None
    found = compare_tables(one.to_pandas(), other.to_pandas(), contract, kinds)
    return TableResult(path, holds_rows(contract), found)


def _without(table: pa.Table, withheld: Collection[str]) -> pa.Table:
    if not withheld or "id" not in table.column_names or "statistic" not in table.column_names:
        return table
    return table.filter(
        pa.array([row not in withheld for row in table["id"].to_pylist()], pa.bool_())
    )


def _unversioned(text: str, versions: Collection[str]) -> str:
    """A text without the versions of software, the longest first."""
    for version in sorted(set(versions), key=len, reverse=True):
        text = re.sub(rf"(?<![\d.]){re.escape(version)}(?![\d.]*\d)", "", text)
    return text


def compare_numbers(path: str, one: str, other: str) -> DocumentResult:
    """Compare two documents by the numbers of their lines.

    Examples
    --------
    >>> compare_numbers("m.qmd", "*r* = .41", "*r* = .42").differences
    [('r = .41', 'r = .42')]
    """
    lines = [
        [line for line in parse_document(text).lines() if _numbers(line)] for text in (one, other)
    ]
    numbers = [[_numbers(line) for line in part] for part in lines]
    differences: list[tuple[str, str]] = []
    matcher = difflib.SequenceMatcher(None, numbers[0], numbers[1], autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind != "equal":
            differences += _pairs(lines[0][start:end], lines[1][other_start:other_end])
    return DocumentResult(path, sum(map(len, numbers[0])), differences)


def _numbers(line: str) -> tuple[str, ...]:
    return tuple(_NUMBER.findall(line))


def _pairs(one: Sequence[str], other: Sequence[str]) -> list[tuple[str, str]]:
    longest = max(len(one), len(other))
    padded = [[*part, *[""] * (longest - len(part))] for part in (one, other)]
    return list(zip(*padded, strict=True))


def version_differences(archived: Mapping[str, str], here: Mapping[str, str | None]) -> list[str]:
    """Packages whose version is not that of the archived run, one sentence each.

    Examples
    --------
    >>> version_differences({"numpy": "2.4.6", "scipy": "1.17.1"}, {"numpy": "2.5.0"})
    ['numpy: 2.4.6 in the archive, 2.5.0 here', 'scipy: 1.17.1 in the archive, not installed here']
    """
    return [
        f"{name}: {version} in the archive, {here.get(name) or 'not installed'} here"
        for name, version in sorted(archived.items())
        if here.get(name) != version
    ]
