"""Check that the printed correlations among several variables form a valid correlation matrix.

The matrix of all correlations among the same cases has no negative eigenvalue, whatever the cells
are that were not printed. `matrix_feasibility` decides the question with a solver and proves its
answer; `matrix_conflict` finds a smallest set of cells that contradict each other. Correlations
over different
cases (pairwise deletion) need not form such a matrix: declare a `correlation_matrix` only where
all are over the same cases.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from attune.paper.checks.checks import Check
from attune.paper.checks.finding import Explanation, Finding, Outcome
from attune.paper.checks.matrix_conflict import (
    impossible_triplet,
    impossible_triplets,
    possible_of_triplet,
    smallest_conflict,
)
from attune.paper.checks.matrix_feasibility import MOST_VARIABLES, Cells, Feasibility, feasibility
from attune.paper.checks.simplest_explanation import OtherText, simplest_explanation
from attune.paper.checks.wording import number, plain_digits
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue
from attune.paper.ledger.relations import CorrelationMatrix
from attune.stats.intervals import Interval

PLACES = 4
"""Decimals of the limits of the possible values, rounded outwards."""


@dataclass(frozen=True)
class Matrix:
    """A declared matrix.

    Attributes
    ----------
    variables : sequence of str
    names : mapping of (int, int) to str
        Cell -> id of its printed value.
    cells : mapping of (int, int) to Interval
    """

    variables: Sequence[str]
    names: Mapping[tuple[int, int], str]
    cells: Cells

    @property
    def size(self) -> int:
        """Number of variables."""
        return len(self.variables)

    def pair(self, cell: tuple[int, int]) -> str:
        """The two variables of a cell, in words."""
        return f"{self.variables[cell[0]]} and {self.variables[cell[1]]}"

    def with_cell(self, cell: tuple[int, int], interval: Interval) -> Cells:
        """The cells with another value in one of them."""
        return {**self.cells, cell: interval}


def checks_of(publication: Publication) -> Iterator[Finding]:
    """Every declared correlation matrix.

    Parameters
    ----------
    publication : Publication

    Yields
    ------
    Finding
        One for each matrix with three cells or more in digits. If the matrix cannot exist, the
        checked value is the cell in which a single typing error would explain that, else the first
        of the contradicting cells.

    Examples
    --------
    >>> shared = {"kind": "r", "n": 26, "places": ["Table"], "quoted": "-"}
    >>> paper = Publication.model_validate(
    ...     {
    ...         "publication": "a",
    ...         "citation": "A.",
    ...         "values": [
    ...             {"id": "ab", "printed": ".80", **shared},
    ...             {"id": "ac", "printed": ".80", **shared},
    ...             {"id": "bc", "printed": ".10", **shared},
    ...         ],
    ...         "relations": {
    ...             "correlation_matrix": [
    ...                 {
    ...                     "name": "three",
    ...                     "variables": ["a", "b", "c"],
    ...                     "cells": {"a, b": "ab", "a, c": "ac", "b, c": "bc"},
    ...                 }
    ...             ]
    ...         },
    ...     }
    ... )
    >>> [(found.outcome, found.values) for found in checks_of(paper)]
    [('inconsistent', ('bc', 'ab', 'ac'))]
    """
    for relation in publication.relations.correlation_matrix:
        matrix = _matrix(publication, relation)
        if len(matrix.cells) >= 3:
            yield _finding(publication, relation, matrix)


def _matrix(publication: Publication, relation: CorrelationMatrix) -> Matrix:
    place = {name: number for number, name in enumerate(relation.variables)}
    names: dict[tuple[int, int], str] = {}
    cells: dict[tuple[int, int], Interval] = {}
    for key, name in relation.cells.items():
        one, two = sorted(place[part.strip()] for part in key.split(","))
        interval = publication.interval_of(name)
        if one != two and interval is not None:
            names[one, two], cells[one, two] = name, interval
    return Matrix(relation.variables, names, cells)


def _finding(publication: Publication, relation: CorrelationMatrix, matrix: Matrix) -> Finding:
    answer = _quick_feasibility(matrix.size, matrix.cells)
    if answer.exists is False:
        return _impossible(publication, matrix)
    names = tuple(matrix.names.values())
    outcome: Outcome = "consistent" if answer.exists else "cannot_tell"
    unknown = matrix.size * (matrix.size - 1) // 2 - len(names)
    sentence = (
        f"The {len(names)} printed correlations among {matrix.size} variables can be those of the"
        f" same cases{_whatever(unknown)}."
        if answer.exists
        else f"More than {MOST_VARIABLES} variables are too many to tell."
        if matrix.size > MOST_VARIABLES
        else "The printed correlations are so close to impossible that it cannot be told."
    )
    return Finding(
        check="correlation_matrix",
        value=names[0],
        values=names,
        outcome=outcome,
        printed=publication.value(names[0]).printed,
        possible="as printed" if answer.exists else "cannot be told",
        arithmetic=(
            f"{relation.name}: {matrix.size} variables, {len(names)} cells printed, {unknown}"
            " unknown; a matrix without a negative eigenvalue"
            f" {'was found' if answer.exists else 'was neither found nor ruled out'}"
        ),
        sentence=sentence,
    )


def _quick_feasibility(size: int, cells: Cells) -> Feasibility:
    """Whether a matrix can exist; the solver runs only if no triplet rules it out."""
    return Feasibility(False) if impossible_triplet(size, cells) else feasibility(size, cells)


def _whatever(unknown: int) -> str:
    return f", given the right values of the {unknown} that are not printed" if unknown else ""


def _impossible(publication: Publication, matrix: Matrix) -> Finding:
    conflict = smallest_conflict(matrix.size, matrix.cells)
    checked, explanation, explained = _slip(publication, matrix, conflict)
    others = [cell for cell in conflict if cell != checked]
    value = publication.value(matrix.names[checked])
    possible = _possible(matrix, checked, others, value.reading.decimals)
    digits = {cell: plain_digits(publication.value(matrix.names[cell])) for cell in conflict}
    given = ", ".join(f"r of {matrix.pair(cell)} {digits[cell]}" for cell in others)
    return Finding(
        check="correlation_matrix",
        value=value.id,
        values=(value.id, *(matrix.names[cell] for cell in others)),
        outcome="inconsistent",
        printed=value.printed,
        possible=possible,
        arithmetic=f"{given}: r of {matrix.pair(checked)} {possible}, printed {digits[checked]}",
        sentence=(
            f"These {len(conflict)} correlations cannot all be true of the same cases: {given} and"
            f" r of {matrix.pair(checked)} {digits[checked]}."
        ),
        explanation=explanation,
        explained=explained,
    )


def _slip(
    publication: Publication, matrix: Matrix, conflict: Sequence[tuple[int, int]]
) -> tuple[tuple[int, int], Explanation, str]:
    """The cell of the conflict in which a single typing error would make the matrix possible."""
    words = ""
    impossible = list(impossible_triplets(matrix.size, matrix.cells))
    for cell in reversed(conflict):
        value = publication.value(matrix.names[cell])
        others = {pair: interval for pair, interval in matrix.cells.items() if pair != cell}
        # The other cells must be possible without this one; else no digits of it would help.
        may_mend = (
            all(cell in triplet for triplet in impossible)
            and feasibility(matrix.size, others).exists is not False
        )

        def fits(
            text: str,
            cell: tuple[int, int] = cell,
            value: PrintedValue = value,
            may_mend: bool = may_mend,
        ) -> bool:
            changed = matrix.with_cell(cell, value.reading.with_digits(text))
            return may_mend and _quick_feasibility(matrix.size, changed).exists is True

        explanation, words = simplest_explanation(texts=[OtherText("", plain_digits(value), fits)])
        if explanation == "typo":
            return cell, explanation, words
    return conflict[-1], "impossible", words


def _possible(
    matrix: Matrix, checked: tuple[int, int], others: Sequence[tuple[int, int]], places: int
) -> str:
    """The values that the other cells of the conflict leave for the checked one, in words."""
    if len(others) != 2:
        return "another value"
    low, high = possible_of_triplet(*(matrix.cells[cell] for cell in others))
    printed = matrix.cells[checked]
    while places < PLACES and not (_above(low, printed, places) or _below(high, printed, places)):
        places += 1
    return f"{_out(low, places, -1)} to {_out(high, places, 1)}"


def _above(low: float, printed: Interval, places: int) -> bool:
    return float(_out(low, places, -1)) > float(printed.high)


def _below(high: float, printed: Interval, places: int) -> bool:
    return float(_out(high, places, 1)) < float(printed.low)


def _out(end: float, places: int, side: int) -> str:
    """A limit rounded outwards, without a zero before the point."""
    scaled = end * 10**places
    rounded = ceil(scaled - 1e-9) if side > 0 else floor(scaled + 1e-9)
    return number(Fraction(rounded, 10**places), places, leading_zero=False)


CHECK = Check(
    name="correlation_matrix",
    title="Correlations among several variables",
    meaning="All correlations among the same cases form a matrix without a negative eigenvalue.",
    source="Olkin (1981); Grone et al. (1984), doi 10.1016/0024-3795(84)90207-6",
    findings=checks_of,
)
