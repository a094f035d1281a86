"""A check of printed values: its name, meaning, source and function."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from attune.paper.checks.finding import Finding
from attune.paper.ledger.ledger import Publication


@dataclass(frozen=True)
class Check:
    """One kind of check with the words that pages print about it.

    Attributes
    ----------
    name : str
        The key of its findings, the same as its module.
    title : str
        A few words for a heading.
    meaning : str
        One sentence for readers: what is compared with what.
    source : str
        Author, year and DOI.
    findings : callable
        All findings of the check in a publication, including consistent ones. A value whose inputs
        are not printed gives no finding.
    """

    name: str
    title: str
    meaning: str
    source: str
    findings: Callable[[Publication], Iterator[Finding]]
