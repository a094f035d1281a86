"""The p of a correlation from r and n, one- and two-tailed.

t = r * sqrt((n - 2) / (1 - r**2)) has Student's t distribution with n - 2 degrees of freedom. r is
any value that rounds to the printed digits; n is exact.
"""

from collections.abc import Iterator

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding
from attune.paper.checks.p_check import judged
from attune.paper.ledger.ledger import Publication


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every printed p of a printed correlation against its r and n.

    Parameters
    ----------
    publication : Publication
        A p needs `of`, the correlation; the correlation needs `n`, or a printed df.

    Yields
    ------
    Finding
        One for every such p, a bound such as "p < .05" or "not significant" too. It judges the
        tail that the value declares (either one if it declares none) and says which tail holds.

    References
    ----------
    Nuijten, M. B., Hartgerink, C. H. J., van Assen, M. A. L. M., Epskamp, S., & Wicherts, J. M.
    (2016). The prevalence of statistical reporting errors in psychology (1985-2013). Behavior
    Research Methods, 48, 1205-1226. doi 10.3758/s13428-015-0664-2

    Examples
    --------
    >>> from attune.paper.ledger.ledger import PrintedValue
    >>> r = PrintedValue(id="r", printed=".17", kind="r", n=99, places=["Text"], quoted="-")
    >>> p = PrintedValue(
    ...     id="p", printed=".084", kind="p", tail="two", of="r", places=["Text"], quoted="-"
    ... )
    >>> paper = Publication(publication="paper", citation="A.", values=[r, p])
    >>> [(each.outcome, each.arithmetic) for each in checks_of(paper)]
    [('consistent', 'r = .17, n = 99: two-tailed p = .0831 to .1027; printed .084')]
    """
    yield from judged(publication, "p_from_r", "p", ("r",))


CHECK = Check(
    name="p_from_r",
    title="p from r and n",
    meaning="A correlation and its number of cases leave only a narrow range for p.",
    source="Nuijten et al. (2016), doi 10.3758/s13428-015-0664-2",
    findings=checks_of,
)
