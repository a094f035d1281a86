"""From rows and random terms to the likelihood: which groups are nested, which cross."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.mixed_likelihood import Level, MixedLikelihood
from attune.stats.mixed_search import Layout, PlacedTerm, RandomTerm
from attune.stats.model_formula import Design, build_design, require_columns, require_full_rank
from attune.stats.residual_covariance import Residual, ResidualCovariance, group_codes

Vector = NDArray[np.float64]
Array = NDArray[np.float64]

_LARGEST_CROSSED = 50_000_000
"""Cells of the dense columns of crossed factors: 400 MB."""


@dataclass
class _Grouping:
    """Random terms over one partition of the rows."""

    codes: NDArray[np.intp]
    terms: list[RandomTerm]
    designs: list[Design]

    @property
    def n_groups(self) -> int:
        return int(self.codes.max()) + 1


def arrange(
    rows: pd.DataFrame,
    random: tuple[RandomTerm, ...],
    residual: Residual,
    basis: Array,
    rest: Vector,
) -> tuple[MixedLikelihood, Layout, NDArray[np.intp]]:
    """Sort the rows and put every random term into the chain or among the crossed factors.

    Parameters
    ----------
    rows : pandas.DataFrame
        Fitted rows, without missing values.
    random : tuple of RandomTerm
    residual : Residual
    basis : ndarray, shape (n_rows, p)
        Orthonormal basis of the fixed effects.
    rest : ndarray, shape (n_rows,)
        Outcome without what the basis explains.

    Returns
    -------
    likelihood : MixedLikelihood
    layout : Layout
    order : ndarray of int, shape (n_rows,)
        Positions of the rows in the sorted order.

    Raises
    ------
    AnalysisError
        A random term whose variance the rows cannot give: one group, one row per group, fewer rows
        than effects, two terms that cannot be told apart; crossed factors with too many groups.
    """
    groupings = _groupings(rows, random, residual)
    block = None
    if residual.structure != "independent":
        require_columns(rows, residual.groups, "The residual structure")
        block = group_codes(rows, residual.groups)
    chain, crossed = _chain(groupings, block)
    cells = len(rows) * sum(g.n_groups * sum(d.matrix.shape[1] for d in g.designs) for g in crossed)
    if cells > _LARGEST_CROSSED:
        raise AnalysisError(
            "The random terms cross each other in too many groups for one fit:"
            f" {', '.join(t.label for g in crossed for t in g.terms)}. Check that the columns of"
            " each term name nested groups completely, such as ('therapist', 'patient')."
        )
    keys = [g.codes for g in chain]
    if block is not None:
        keys = [block, *keys]
    order = np.lexsort((np.arange(len(rows)), *keys))
    levels, level_terms = _levels(chain, order, crossed=False)
    others, other_terms = _levels(crossed, order, crossed=True)
    covariance = None if residual.is_plain else ResidualCovariance(residual, rows.iloc[order])
    likelihood = MixedLikelihood(levels, others, basis[order], rest[order], covariance)
    by_term = {id(t.term): t for t in [*level_terms, *other_terms]}
    layout = Layout([by_term[id(term)] for term in random], likelihood)
    return likelihood, layout, order


def _groupings(
    rows: pd.DataFrame, random: tuple[RandomTerm, ...], residual: Residual
) -> list[_Grouping]:
    found: list[_Grouping] = []
    for term in random:
        codes = group_codes(rows, term.groups)
        design = build_design(rows, term.formula, text_is_factor=False)
        _check_term(term, codes, design, residual)
        same = [g for g in found if _is_nested(g.codes, codes) and _is_nested(codes, g.codes)]
        if same:
            for other, earlier in zip(same[0].terms, same[0].designs, strict=True):
                shared = sorted(set(earlier.names) & set(design.names))
                if shared:
                    raise AnalysisError(
                        f"The random {shared[0]} of {other.label} and of {term.label} cannot be"
                        " told apart: both have the same groups of rows."
                    )
            same[0].terms.append(term)
            same[0].designs.append(design)
        else:
            found.append(_Grouping(codes, [term], [design]))
    return found


def _check_term(
    term: RandomTerm, codes: NDArray[np.intp], design: Design, residual: Residual
) -> None:
    n, groups, width = len(codes), int(codes.max()) + 1, design.matrix.shape[1]
    if width == 0:
        raise AnalysisError(
            f"The random term {term.label} has no effects: its formula is {term.formula!r}."
        )
    if groups < 2:
        raise AnalysisError(
            f"The random term {term.label} has one group; its variance needs at least two."
        )
    if residual.is_plain and groups == n:
        raise AnalysisError(
            f"Every group of {term.label} has one row, so that its variance cannot be told from"
            " that of the residuals."
        )
    if residual.is_plain and groups * width >= n:
        raise AnalysisError(
            f"The random term {term.label} has {groups * width} effects ({width} in each of"
            f" {groups} groups) and {n} rows; it needs more rows than effects."
        )
    if (
        residual.structure in ("compound_symmetry", "unstructured")
        and set(term.groups) == set(residual.groups)
        and "Intercept" in design.names
    ):
        raise AnalysisError(
            f"The random intercept of {term.label} and the residual structure"
            f" {residual.structure} of the same groups cannot be told apart; leave one out."
        )
    require_full_rank(design.matrix, design.names)
    _require_variation_within(term, codes, design)


def _require_variation_within(term: RandomTerm, codes: NDArray[np.intp], design: Design) -> None:
    """Refuse slopes of what is the same in all rows of a group, beside a random intercept.

    Such a group has one level and no slope, so that variance of intercept, variance of slope and
    their covariance cannot be told apart. Without the covariance a slope of 0 and 1 is a variance
    of its own for the groups with 1, which the data do determine.
    """
    if not term.correlated:
        return
    first = np.zeros(int(codes.max()) + 1, dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    apart = np.abs(design.matrix - design.matrix[first[codes]]).max(axis=0)
    constant = apart <= 1e-12 * np.abs(design.matrix).max(axis=0)
    everywhere = np.ptp(design.matrix, axis=0) == 0
    slopes = [design.names[i] for i in np.flatnonzero(constant & ~everywhere)]
    if slopes and constant.sum() > 1:
        names = " and ".join(map(repr, slopes))
        raise AnalysisError(
            f"The random slope of {names} in {term.label}: the column has one value in all rows of"
            f" each {term.groups[-1]}, so that no {term.groups[-1]} has a slope of it. Leave it out"
            " of the random term and keep it as a predictor (in the formula of the outcome), or let"
            " it vary between groups within which it changes."
        )


def _is_nested(inner: NDArray[np.intp], outer: NDArray[np.intp]) -> bool:
    """Whether every group of `inner` is in one group of `outer`."""
    first = np.zeros(int(inner.max()) + 1, dtype=np.intp)
    first[inner] = outer
    return bool((first[inner] == outer).all())


def _chain(
    groupings: Sequence[_Grouping], block: NDArray[np.intp] | None
) -> tuple[list[_Grouping], list[_Grouping]]:
    """The groupings that are nested in each other, finest first; and the others."""
    chain: list[_Grouping] = []
    crossed: list[_Grouping] = []
    for grouping in sorted(groupings, key=lambda g: -g.n_groups):
        below = chain[-1].codes if chain else block
        fits = below is None or _is_nested(below, grouping.codes)
        (chain if fits else crossed).append(grouping)
    return chain, crossed


def _levels(
    groupings: Sequence[_Grouping], order: NDArray[np.intp], crossed: bool
) -> tuple[list[Level], list[PlacedTerm]]:
    """Levels with standardised columns, and where each term is in them."""
    levels, terms = [], []
    for place, grouping in enumerate(groupings):
        codes = grouping.codes[order]
        if not crossed:
            # The groups are numbered in the order in which the sorted rows reach them.
            codes = np.cumsum(np.r_[False, codes[1:] != codes[:-1]])
        columns, start = [], 0
        group_rows = np.zeros(grouping.n_groups, dtype=np.intp)
        group_rows[codes[::-1]] = order[::-1]
        for term, design in zip(grouping.terms, grouping.designs, strict=True):
            transform = _standardise(design.matrix, term.correlated)
            columns.append(np.linalg.solve(transform.T, design.matrix[order].T).T)
            width = design.matrix.shape[1]
            terms.append(
                PlacedTerm(term, design.names, crossed, place, start, transform, group_rows)
            )
            start += width
        levels.append(Level(codes, np.concatenate(columns, axis=1)))
    return levels, terms


def _standardise(matrix: Array, correlated: bool) -> Array:
    """T with Z = Zs T: orthogonal columns of mean square 1, or only columns of mean square 1."""
    n = len(matrix)
    if not correlated:
        return np.diag(np.sqrt((matrix * matrix).mean(axis=0)))
    return np.linalg.qr(matrix)[1] / np.sqrt(n)
