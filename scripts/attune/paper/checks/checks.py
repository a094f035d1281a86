"""What a check of printed values is: its name, what it looks at, and where it comes from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from attune.paper.checks.finding import Finding
from attune.paper.ledger.ledger import Publication


@dataclass(frozen=True)
class Check:
    """One family of checks, as pages print it.

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
        Everything that the check finds in a publication, consistent values too. A value whose
        inputs are not printed gives no finding.
    """

    name: str
    title: str
    meaning: str
    source: str
    findings: Callable[[Publication], Iterator[Finding]]
