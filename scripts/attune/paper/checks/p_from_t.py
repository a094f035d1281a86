"""The p of a t or F test from the statistic and its degrees of freedom, one- and two-tailed."""

from collections.abc import Iterator

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Finding
from attune.paper.checks.p_check import judged
from attune.paper.ledger.ledger import Publication


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every printed p of a printed t or F against the statistic and its degrees of freedom.

    The two-tailed p of t is twice the upper tail of Student's distribution beyond |t|; one-tailed
    it is the tail in the predicted direction. The p of F is the upper tail of its distribution.
    t and F are any value that rounds to the printed digits; fractional degrees of freedom of t
    (Welch) are rounded too.

    Parameters
    ----------
    publication : Publication
        A p needs `of`, the t or F; that needs its printed df (F two, the numerator's first).

    Yields
    ------
    Finding
        One for every such p.

    References
    ----------
    Nuijten, M. B., Hartgerink, C. H. J., van Assen, M. A. L. M., Epskamp, S., & Wicherts, J. M.
    (2016). The prevalence of statistical reporting errors in psychology (1985-2013). Behavior
    Research Methods, 48, 1205-1226. doi 10.3758/s13428-015-0664-2

    Examples
    --------
    >>> from attune.paper.ledger.ledger import PrintedValue
    >>> t = PrintedValue(id="t", printed=".58", kind="t", places=["Text"], quoted="-")
    >>> df = PrintedValue(id="df", printed="23", kind="df", of="t", places=["Text"], quoted="-")
    >>> p = PrintedValue(
    ...     id="p", printed=".58", kind="p", tail="two", of="t", places=["Text"], quoted="-"
    ... )
    >>> paper = Publication(publication="paper", citation="A.", values=[t, df, p])
    >>> [(each.outcome, each.arithmetic) for each in checks_of(paper)]
    [('inconsistent', 't = .58, df = 23: two-tailed p = .564 to .571; printed .58')]
    """
    yield from judged(publication, "p_from_t", "p", ("t", "F"))


CHECK = Check(
    name="p_from_t",
    title="p from t or F and the degrees of freedom",
    meaning="A test statistic and its degrees of freedom leave only a narrow range for p.",
    source="Nuijten et al. (2016), doi 10.3758/s13428-015-0664-2",
    findings=checks_of,
)
