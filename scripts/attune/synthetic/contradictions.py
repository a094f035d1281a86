"""Printed values that no data can give together with the others, from the checks of the paper.

A calibrated cohort meets every printed value that data can give. Which of several contradicting
values to give up is a choice: here the value that a check is about is given up and its inputs are
kept, because a total is defined by its parts, a percentage by its count and a p by its statistic.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from attune.paper.checks.audit import audit_publication
from attune.paper.checks.finding import Finding
from attune.paper.checks.p_check import declared_tails, p_by_tail
from attune.paper.checks.printed_test import PrintedTest, printed_tests
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import Kind, PrintedValue
from attune.stats.intervals import Interval

PROOFS = (
    "possible_number",
    "p_from_r",
    "p_from_t",
    "stars",
    "r_squared",
    "percentage",
    "parts_of_whole",
    "sum_score",
)
"""Checks whose findings are proofs about the data. A range may be bounded by a criterion that a
person does not meet, an effect label is a word, and the cohort chooses its number of cases."""

CHOSEN = ("different_n", "different_tail", "different_test")
"""Explanations of an inconsistency that a cohort can realise, such as a smaller n."""

DEPENDENT = "dependent"
DEPENDENTS: tuple[Kind, ...] = ("p", "stars")
"""Kinds of values that are recomputed from a statistic that is given up."""


@dataclass(frozen=True)
class Contradiction:
    """Proof that no data give a printed value together with its inputs.

    Attributes
    ----------
    value : PrintedValue
        The value that is given up.
    check : str
        The check that found it; `dependent` for a p or star whose statistic is given up, too.
    inputs : tuple of (PrintedValue, Interval)
        Printed values that it follows from, each with its rounding interval.
    possible : Interval
        All that can follow from the inputs. It has no value in common with `needed`.
    test : PrintedTest or None
        Of a dependent: the test, with all values that its statistic can have.
    """

    value: PrintedValue
    check: str
    inputs: tuple[tuple[PrintedValue, Interval], ...]
    possible: Interval
    test: PrintedTest | None = None

    @property
    def needed(self) -> Interval:
        """Values that round to the printed value."""
        return self.value.reading.interval


def contradictions(
    publication: Publication, checks: Collection[str] = PROOFS
) -> list[Contradiction]:
    """Every printed value with a statistic that no data can give together with its inputs.

    Parameters
    ----------
    publication : Publication
    checks : collection of str, optional
        Names of the checks whose findings count as proofs.

    Returns
    -------
    list of Contradiction
        In the order of the ledger. Inconsistencies that another n, tail or test explains are left
        out (`CHOSEN`). Of a p or star whose statistic is given up, only one that does not fit what
        the inputs of that statistic allow is in it.

    Examples
    --------
    >>> count = {"kind": "count", "places": ["Table 1"]}
    >>> paper = Publication.model_validate(
    ...     {
    ...         "publication": "a",
    ...         "citation": "A.",
    ...         "values": [
    ...             {"id": "n", "printed": "26", "quoted": "design", **count},
    ...             {"id": "women", "printed": "6", "statistic": "sample.women.count", **count},
    ...             {
    ...                 "id": "percent",
    ...                 "printed": "23.2",
    ...                 "kind": "percent",
    ...                 "statistic": "sample.women.percent",
    ...                 "places": ["Table 1"],
    ...             },
    ...         ],
    ...         "relations": {
    ...             "percentage": [{"percent": "percent", "count": "women", "base": "n"}]
    ...         },
    ...     }
    ... )
    >>> [(proof.value.id, float(proof.possible.low)) for proof in contradictions(paper)]
    [('percent', 23.076923076923077)]
    """
    proofs: dict[str, Contradiction] = {}
    for finding in audit_publication(publication):
        if finding.check in checks and _is_proof(finding):
            proof = _proof(publication, finding)
            if proof is not None:
                proofs.setdefault(finding.value, proof)
    dependents = list(_dependents(publication, proofs))
    given_up = {
        name: proof
        for name, proof in proofs.items()
        if proof.value.kind not in DEPENDENTS or proof.value.of not in proofs
    } | {proof.value.id: proof for proof in dependents}
    return [
        given_up[value.id]
        for value in publication.values
        if value.id in given_up and value.statistic
    ]


def _is_proof(finding: Finding) -> bool:
    return finding.outcome == "inconsistent" and finding.explanation not in CHOSEN


def _proof(publication: Publication, finding: Finding) -> Contradiction | None:
    if finding.allowed is None:
        return None
    _, *inputs = (publication.value(name) for name in finding.values)
    return Contradiction(
        publication.value(finding.value),
        finding.check,
        tuple((value, value.reading.interval) for value in inputs),
        finding.allowed,
    )


def _dependents(
    publication: Publication, proofs: dict[str, Contradiction]
) -> Iterator[Contradiction]:
    """The p and stars of statistics that are given up, recomputed from what is possible."""
    for kind in DEPENDENTS:
        for value, printed in printed_tests(publication, kind):
            statistic = printed.statistic
            if statistic.id not in proofs:
                continue
            possible = proofs[statistic.id].possible
            if statistic.kind == "r" and max(-possible.low, possible.high) > 1:
                # No correlation is possible, so there is none to test.
                continue
            test = printed.with_value(possible)
            p = p_by_tail(test, value)
            tails = declared_tails(value, test)
            if not any(p[tail].overlaps(value.reading.interval) for tail in tails):
                inputs = ((statistic, possible),)
                yield Contradiction(value, DEPENDENT, inputs, p[tails[0]], test)
