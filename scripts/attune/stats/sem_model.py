"""Parameters of a structural equation model, and the moments that they imply."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.sem_likelihood import MomentSlopes
from attune.stats.sem_syntax import BETWEEN, WITHIN, ModelText, Term

Array = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Parameter:
    """One row of a model's table of parameters.

    Attributes
    ----------
    group : int
        From 0.
    level : str
        within or between.
    left, operator, right : str
        The operator is =~, ~, ~~ or ~1 (then right is empty).
    label : str
        Empty without one.
    fixed : float or None
        Value of a parameter that is not estimated.
    place : int
        Among the free parameters; -1 for fixed ones. Parameters with one label share a place.
    """

    group: int
    level: str
    left: str
    operator: str
    right: str
    label: str = ""
    fixed: float | None = None
    place: int = -1

    @property
    def name(self) -> str:
        """As the model text writes it: bond~empathy, symptoms~1."""
        return f"{self.left}{self.operator}{self.right}"


@dataclass(frozen=True)
class Block:
    r"""Matrices of one level of one group (reticular action model).

    .. math:: \Sigma = F (I - A)^{-1} S (I - A)^{-\prime} F', \qquad
              \mu = F (I - A)^{-1} \nu

    A holds loadings and slopes, S variances and covariances, nu intercepts; F picks the observed
    variables.

    Attributes
    ----------
    group : int
    level : str
    observed, latent : tuple of str
    parameters : tuple of Parameter
    exogenous : tuple of str
        See `exogenous_variables`.
    """

    group: int
    level: str
    observed: tuple[str, ...]
    latent: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    exogenous: tuple[str, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Observed, then latent variables."""
        return self.observed + self.latent

    @cached_property
    def cells(self) -> dict[str, tuple[Places, Places, Places]]:
        """Matrix (A, S, nu) -> numbers of its parameters, their rows and columns."""
        place = {name: number for number, name in enumerate(self.names)}
        found: dict[str, list[tuple[int, int, int]]] = {"A": [], "S": [], "nu": []}
        for number, p in enumerate(self.parameters):
            left, right = place[p.left], place.get(p.right, 0)
            if p.operator == "=~":
                left, right = right, left
            matrix = {"=~": "A", "~": "A", "~~": "S", "~1": "nu"}[p.operator]
            found[matrix].append((number, left, right))
        columns = {k: np.array(v, dtype=int).reshape(-1, 3).T for k, v in found.items()}
        return {k: (v[0], v[1], v[2]) for k, v in columns.items()}

    def at(self, values: Array) -> "BlockMoments | None":
        """Moments at the values of the block's parameters; None where I - A is singular.

        Values of shape (..., n_parameters) give moments with the same leading axes.
        """
        m, several = len(self.names), values.shape[:-1]
        a, s = np.zeros((*several, m, m)), np.zeros((*several, m, m))
        nu = np.zeros((*several, m))
        own, rows, columns = self.cells["A"]
        a[..., rows, columns] = values[..., own]
        own, rows, columns = self.cells["S"]
        s[..., rows, columns] = s[..., columns, rows] = values[..., own]
        own, rows, _ = self.cells["nu"]
        nu[..., rows] = values[..., own]
        try:
            b = np.asarray(np.linalg.inv(np.eye(m) - a), dtype=float)
        except np.linalg.LinAlgError:
            return None
        with np.errstate(over="ignore", invalid="ignore"):
            # A search may try slopes whose moments are beyond all numbers; it turns back there.
            transposed = np.swapaxes(b, -1, -2)
            return BlockMoments(self, b, b @ s @ transposed, (b @ nu[..., None])[..., 0], s)


@dataclass(frozen=True)
class BlockMoments:
    """Implied moments of all variables of a block, latent ones after the observed."""

    block: Block
    inverse: Array
    covariance: Array
    mean: Array
    residual: Array

    @property
    def observed_covariance(self) -> Array:
        """Of the observed variables."""
        n = len(self.block.observed)
        return self.covariance[..., :n, :n]

    def slopes(self, mean: Array, covariance: Array) -> Array:
        """Derivatives for the block's parameters by the chain rule.

        Parameters
        ----------
        mean : ndarray, shape (..., n)
            Derivatives for the observed means.
        covariance : ndarray, shape (..., n, n)
            For the observed covariances, symmetric.

        Returns
        -------
        ndarray, shape (..., n_parameters)
        """
        cells = self.block.cells
        n = len(self.block.observed)
        b, full = self.inverse[..., :n, :], self.covariance[..., :n, :]
        left = np.swapaxes(b, -1, -2) @ covariance
        for_s, for_a, for_nu = left @ b, 2 * (left @ full), (mean[..., None, :] @ b)[..., 0, :]
        found = np.empty((*mean.shape[:-1], len(self.block.parameters)))
        own, rows, columns = cells["S"]
        found[..., own] = for_s[..., rows, columns] * np.where(rows == columns, 1.0, 2.0)
        own, rows, columns = cells["A"]
        found[..., own] = for_a[..., rows, columns] + for_nu[..., rows] * self.mean[..., columns]
        own, rows, _ = cells["nu"]
        found[..., own] = for_nu[..., rows]
        return found

    def jacobian(self) -> tuple[Array, Array]:
        """Derivatives of observed means, shape (k, n), and covariances, shape (k, n, n)."""
        n = len(self.block.observed)
        pairs = np.eye(n * n).reshape(n * n, n, n)
        pairs = (pairs + np.swapaxes(pairs, 1, 2)) / 2
        covariance = self.slopes(np.zeros((n * n, n)), pairs)
        mean = self.slopes(np.eye(n), np.zeros((n, n, n)))
        return mean.T, covariance.T.reshape(-1, n, n)


@dataclass(frozen=True)
class GroupModel:
    """The blocks of one group and where their variables are among the data's.

    Attributes
    ----------
    within : Block
    between : Block or None
    rows, clusters : tuple of str
        Variables of rows, and of clusters only.
    within_places, between_places : ndarray
        Places of the blocks' observed variables among ``clusters + rows``.
    """

    within: Block
    between: Block | None
    rows: tuple[str, ...]
    clusters: tuple[str, ...]

    @cached_property
    def within_places(self) -> Places:
        """Places of the within block's variables among those of rows."""
        return np.array([self.rows.index(name) for name in self.within.observed], int)

    @cached_property
    def between_places(self) -> Places:
        """Places of the between block's variables among those of clusters and rows."""
        names = self.clusters + self.rows
        observed = self.between.observed if self.between else ()
        return np.array([names.index(name) for name in observed], int)

    @property
    def blocks(self) -> list[Block]:
        """Within, and between where there is one."""
        return [self.within, *([self.between] if self.between else [])]

    def moments(
        self, within: BlockMoments, between: BlockMoments | None
    ) -> tuple[Array, Array, Array | None]:
        """Mean, within and between matrix as `ClusteredRows.evaluate` takes them."""
        q, p = len(self.clusters), len(self.rows)
        several = within.mean.shape[:-1]
        mean, total, matrix = np.zeros((*several, q + p)), np.zeros((*several, p, p)), None
        place = self.within_places
        total[..., place[:, None], place] = within.observed_covariance
        mean[..., q + place] = within.mean[..., : len(place)]
        if between is not None:
            matrix, place = np.zeros((q + p, q + p)), self.between_places
            matrix[place[:, None], place] = between.observed_covariance
            mean[place] += between.mean[: len(place)]
        return mean, total, matrix

    def slopes(self, parts: Sequence[BlockMoments], moments: MomentSlopes) -> list[Array]:
        """Derivatives for the parameters of every block."""
        q = len(self.clusters)
        w, b = self.within_places, self.between_places
        found = [
            parts[0].slopes(moments.mean[..., q + w], moments.within[..., w[:, None], w[None, :]])
        ]
        if len(parts) > 1:
            found.append(
                parts[1].slopes(moments.mean[..., b], moments.between[..., b[:, None], b[None, :]])
            )
        return found


@dataclass(frozen=True)
class Specification:
    """A model with every parameter that lavaan's `sem` would add, ready for data.

    Attributes
    ----------
    groups : tuple of GroupModel
    parameters : tuple of Parameter
        All blocks in order.
    labels : dict of str to int or float
        Label -> place among the free parameters, or the value of a fixed one.
    """

    groups: tuple[GroupModel, ...]
    parameters: tuple[Parameter, ...]
    labels: dict[str, int | float] = field(default_factory=dict)

    @cached_property
    def n_free(self) -> int:
        """Number of free parameters, equal ones counted once."""
        return 1 + max((p.place for p in self.parameters), default=-1)

    @cached_property
    def places(self) -> Places:
        """Place of every parameter among the free ones, -1 for fixed ones."""
        return np.array([p.place for p in self.parameters], int)

    @cached_property
    def fixed(self) -> Array:
        """Values of fixed parameters, 0 for free ones."""
        return np.array([p.fixed or 0.0 for p in self.parameters])

    @cached_property
    def free_names(self) -> list[str]:
        """Name of every free parameter, by its first row, with its level and group."""
        several = len(self.groups) > 1
        two_level = self.groups[0].between is not None
        names: dict[int, str] = {}
        for p in self.parameters:
            place = [p.level] if two_level else []
            place += [f"group {p.group + 1}"] if several else []
            names.setdefault(p.place, p.name + (f" ({', '.join(place)})" if place else ""))
        return [names[number] for number in range(self.n_free)]

    @cached_property
    def n_moments(self) -> int:
        """Means, variances and covariances of the saturated model."""
        total = 0
        for group in self.groups:
            for block in group.blocks:
                n = len(block.observed)
                total += n * (n + 1) // 2
            total += len(group.clusters) + len(group.rows)
        return total

    def values(self, free: Array) -> Array:
        """Values of all parameters, given the free ones; both with the same leading axes."""
        chosen = free[..., self.places] if free.shape[-1] else 0.0
        return np.where(self.places < 0, self.fixed, chosen)

    def spread(self, slopes: Array) -> Array:
        """Sum derivatives for all parameters into those for the free ones."""
        return slopes @ self._assignment

    @cached_property
    def _assignment(self) -> Array:
        """One where a parameter (row) is a free one (column)."""
        return (self.places[:, None] == np.arange(self.n_free)).astype(float)

    def blocks_at(self, free: Array) -> list[list[BlockMoments]] | None:
        """Moments of all blocks of every group; None where a block has none."""
        values, start, found = self.values(free), 0, []
        for group in self.groups:
            parts = []
            for block in group.blocks:
                stop = start + len(block.parameters)
                moments = block.at(values[..., start:stop])
                if moments is None:
                    return None
                parts.append(moments)
                start = stop
            found.append(parts)
        return found


def specify(
    model: ModelText, rows: Iterable[str], clusters: Iterable[str], n_groups: int = 1
) -> Specification:
    """Add to a model what it leaves to the defaults, and number the free parameters.

    As lavaan's `sem` with ``fixed.x = FALSE`` and a mean structure: the first loading of a factor
    is 1, unless NA* frees it; every variable has a variance; covariances of exogenous factors, of
    observed predictors (`exogenous_variables`), and of outcomes that predict nothing are free;
    every observed variable has an intercept, of variables on both levels only between clusters;
    factors have mean 0.

    Parameters
    ----------
    model : ModelText
    rows, clusters : iterable of str
        Observed variables that vary within clusters, and those of clusters only. Names in neither
        have to be factors.
    n_groups : int
    """
    rows, clusters = tuple(rows), tuple(clusters)
    _require_one_modifier_per_group(model, n_groups)
    groups, parameters = [], []
    for number in range(n_groups):
        levels = [WITHIN, BETWEEN] if model.two_level else [WITHIN]
        names = {level: _variables(model, level) for level in levels}
        both = [v for v in names[WITHIN][0] if v in names.get(BETWEEN, ((), ()))[0]]
        blocks = []
        for level in levels:
            terms = [term for term in model.terms if term.level == level]
            observed, latent = names[level]
            table = _named(terms, number)
            exogenous = exogenous_variables(observed, table)
            zero = [*latent, *(both if level == WITHIN else [])]
            table += _defaults(table, observed, latent, exogenous, zero)
            blocks.append(Block(number, level, observed, latent, tuple(table), tuple(exogenous)))
            parameters += table
        between = blocks[1] if model.two_level else None
        groups.append(GroupModel(blocks[0], between, rows, clusters))
    return _number(groups, parameters)


def _require_one_modifier_per_group(model: ModelText, n_groups: int) -> None:
    problems = [
        f"Line {term.line}: {term.left} {term.operator} {term.right} has {len(term.modifiers)}"
        f" modifiers, the data have {n_groups} group(s); write one, or one per group."
        for term in model.terms
        if len(term.modifiers) not in (0, 1, n_groups)
    ]
    if problems:
        raise AnalysisError("Modifiers and groups do not match.", problems)


def _variables(model: ModelText, level: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Observed and latent variables of a level in the order of the text."""
    terms = [term for term in model.terms if term.level == level]
    latent = tuple(dict.fromkeys(t.left for t in terms if t.operator == "=~"))
    names = dict.fromkeys(name for t in terms for name in (t.left, t.right) if name)
    return tuple(name for name in names if name not in latent), latent


def _named(terms: Sequence[Term], group: int) -> list[Parameter]:
    """Parameters of the terms of one block; the first loading of a factor is 1."""
    table: list[Parameter] = []
    marked: set[str] = set()
    for term in terms:
        modifier = term.modifier(group)
        fixed = modifier.fixed
        if term.operator == "=~" and term.left not in marked:
            marked.add(term.left)
            fixed = 1.0 if fixed is None and not modifier.freed else fixed
        names = (term.left, term.operator, term.right)
        table.append(Parameter(group, term.level, *names, modifier.label, fixed))
    return table


def _defaults(
    named: Sequence[Parameter],
    observed: tuple[str, ...],
    latent: tuple[str, ...],
    exogenous: Sequence[str],
    zero: Sequence[str],
) -> list[Parameter]:
    """Variances, covariances and intercepts that the text leaves open; those of `zero` are 0."""
    if not named:
        return []
    group, level = named[0].group, named[0].level
    have = {frozenset((p.left, p.right)) for p in named if p.operator == "~~"}
    outcomes = {p.left for p in named if p.operator == "~"}
    predictors = {p.right for p in named if p.operator == "~"}
    indicators = {p.right for p in named if p.operator == "=~"}
    names = observed + latent
    factors = [v for v in latent if v not in outcomes | indicators]
    last = [v for v in names if v in outcomes and v not in predictors | indicators]
    pairs = [(v, v) for v in names]
    for several in (factors, exogenous, last):
        pairs += [(a, b) for i, a in enumerate(several) for b in several[i + 1 :]]
    found = [Parameter(group, level, a, "~~", b) for a, b in pairs if frozenset((a, b)) not in have]
    intercepts = {p.left for p in named if p.operator == "~1"}
    for v in names:
        if v not in intercepts:
            fixed = 0.0 if v in zero else None
            found.append(Parameter(group, level, v, "~1", "", fixed=fixed))
    return found


def exogenous_variables(observed: Sequence[str], named: Sequence[Parameter]) -> list[str]:
    """Observed predictors whose moments the model text leaves to the defaults.

    As in lavaan, predictors that the text names in a variance, covariance or intercept are not
    among them, so that their covariances with the others are 0 unless named.
    """
    predictors = {p.right for p in named if p.operator == "~"}
    others = {p.left for p in named if p.operator == "~"}
    others |= {p.right for p in named if p.operator == "=~"}
    others |= {name for p in named if p.operator in ("~~", "~1") for name in (p.left, p.right)}
    return [v for v in observed if v in predictors and v not in others]


def _number(groups: list[GroupModel], parameters: list[Parameter]) -> Specification:
    """Give every free parameter its place; those with one label share it."""
    labels: dict[str, int | float] = {}
    numbered: list[Parameter] = []
    n_free = 0
    for p in parameters:
        if p.fixed is not None:
            known = labels.setdefault(p.label, p.fixed) if p.label else p.fixed
            if isinstance(known, int) or known != p.fixed:
                _refuse_label(p)
            numbered.append(p)
            continue
        place = labels.setdefault(p.label, n_free) if p.label else n_free
        if isinstance(place, float):
            _refuse_label(p)
        n_free = max(n_free, int(place) + 1)
        numbered.append(replace(p, place=int(place)))
    start, finished = 0, []
    for group in groups:
        blocks = []
        for block in group.blocks:
            stop = start + len(block.parameters)
            blocks.append(replace(block, parameters=tuple(numbered[start:stop])))
            start = stop
        finished.append(
            replace(group, within=blocks[0], between=blocks[1] if len(blocks) > 1 else None)
        )
    return Specification(tuple(finished), tuple(numbered), labels)


def _refuse_label(p: Parameter) -> None:
    raise AnalysisError(
        f"The label {p.label!r} stands at {p.name}, and at a parameter fixed at another value or"
        " free; the first loading of a factor is fixed at 1 (NA* frees it). Use another label."
    )
