"""Modification indices: which restriction of a structural equation model fits worst."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.stats.sem_fit import SemFit, expected_information
from attune.stats.sem_model import Block, GroupModel, Parameter, Specification
from attune.stats.sem_search import Likelihood

Array = NDArray[np.float64]

COLUMNS = ["group", "level", "left", "operator", "right", "chi2", "p", "change", "standardised"]


@dataclass(frozen=True)
class _Release:
    """A specification with one parameter more, and its place and present value."""

    parameter: Parameter
    specification: Specification
    value: float
    tied: int | None = None
    """Place of the parameter that it was equal to; what is added is its difference from that."""


def modification_indices(fit: SemFit) -> pd.DataFrame:
    r"""Score tests of parameters that a model leaves out.

    .. math:: \chi^2_1 = \frac{s^2}{I_{aa} - I_{ab} I_{bb}^{-1} I_{ba}}

    with the score s of the parameter that would be added, at the estimates of the model, and the
    information of that parameter (a) and those of the model (b): expected, as in lavaan, for models
    of one level, observed for two. The expected change is the score over the denominator.

    Parameters
    ----------
    fit : SemFit
        Converged and identified.

    Returns
    -------
    pandas.DataFrame
        One row per covariance, regression and loading that the model leaves out, the largest
        first: group, level, left, operator, right, chi2 (1 degree of freedom), p, change (expected
        change of the parameter, from 0) and standardised (the change in standard deviations).
        Parameters that the data could not identify beside the others are left out. Without rows
        for models that did not converge.

    References
    ----------
    Sörbom, D. (1989). Model modification. Psychometrika, 54(3), 371-384.
    https://doi.org/10.1007/BF02294623
    """
    releases = (
        _released(fit.specification, p)
        for group in fit.specification.groups
        for block in group.blocks
        for p in _left_out(block)
    )
    return _tested(fit, releases)


def release_tests(fit: SemFit) -> pd.DataFrame:
    """Score tests of parameters that a model of several groups holds equal or fixed.

    Each row frees one parameter of one group from an equality with the parameters of the same
    label; columns as for `modification_indices`, where `change` is the expected difference from
    the common value.

    Parameters
    ----------
    fit : SemFit
        Converged and identified.

    References
    ----------
    Sörbom, D. (1989). Model modification. Psychometrika, 54(3), 371-384.
    https://doi.org/10.1007/BF02294623
    """
    places = [p.place for p in fit.specification.parameters if p.place >= 0]
    shared = {place for place in places if places.count(place) > 1}
    releases = (
        _freed(fit.specification, number, float(fit.free[p.place]))
        for number, p in enumerate(fit.specification.parameters)
        if p.place in shared
    )
    return _tested(fit, releases)


def _tested(fit: SemFit, releases: "Iterator[_Release]") -> pd.DataFrame:
    from scipy.special import chdtrc

    if not (fit.converged and fit.identified):
        return pd.DataFrame(columns=COLUMNS)
    information = fit.optimum.information
    records = []
    for release in releases:
        found = _score_test(fit, release, information)
        if found is None:
            continue
        chi2, change, unit = found
        p = release.parameter
        names = (fit.data.group_names[p.group], p.level, p.left, p.operator, p.right)
        tail = float(chdtrc(1, chi2))
        records.append(dict(zip(COLUMNS, (*names, chi2, tail, change, change / unit), strict=True)))
    table = pd.DataFrame(records, columns=COLUMNS)
    return table.sort_values("chi2", ascending=False, kind="stable").reset_index(drop=True)


def _score_test(
    fit: SemFit, release: _Release, information: Array
) -> tuple[float, float, float] | None:
    """Chi-square, expected change, and the unit of the parameter; None where it is undefined."""
    likelihood = Likelihood(release.specification, fit.data.groups)
    at = np.append(fit.free, release.value)
    unit = _unit(fit, release.parameter)
    score = likelihood(at)[1]
    if fit.model.two_level:
        step = np.zeros(len(at))
        step[-1] = 1e-4 * unit
        high, low = likelihood(at + step)[1], likelihood(at - step)[1]
        column = -(high - low) / (2 * step[-1])
        if release.tied is not None:
            column[release.tied] += column[-1]
    else:
        whole = expected_information(likelihood, at)
        if release.tied is not None:
            # The parameters are the common value and the difference from it.
            turn = np.eye(len(at))
            turn[-1, release.tied] = 1.0
            whole = turn.T @ whole @ turn
        information, column = whole[:-1, :-1], whole[-1]
    if not np.isfinite(column).all():
        return None
    size = np.sqrt(np.maximum(np.abs(np.diag(information)), 1e-300))
    cross = column[:-1] / size
    scaled = np.linalg.solve(information / np.outer(size, size), cross)
    left = float(column[-1] - cross @ scaled)
    if left <= 1e-6 * abs(float(column[-1])):
        return None
    change = float(score[-1]) / left
    return float(score[-1]) * change, change, unit


def _unit(fit: SemFit, p: Parameter) -> float:
    """Standard deviations in which a parameter counts, as the model implies them."""
    for parts in fit.specification.blocks_at(fit.free) or ():
        for part in parts:
            block = part.block
            if (block.group, block.level) != (p.group, p.level):
                continue
            sd = np.sqrt(np.maximum(np.diag(part.covariance), 1e-300))
            place = {name: number for number, name in enumerate(block.names)}
            left = sd[place[p.left]]
            if p.operator == "~1":
                return float(left)
            right = sd[place[p.right]]
            ratio = {"~": left / right, "=~": right / left}
            return float(ratio.get(p.operator, left * right))
    return 1.0


def _left_out(block: Block) -> Iterator[Parameter]:
    """Covariances, regressions and loadings between variables that the block does not relate."""
    tied = {frozenset((p.left, p.right)) for p in block.parameters if p.right}
    latent = set(block.latent)
    for i, a in enumerate(block.names):
        for b in block.names[i + 1 :]:
            if frozenset((a, b)) in tied:
                continue
            if a in latent or b in latent:
                factor, other = (a, b) if a in latent else (b, a)
                if other not in latent:
                    yield Parameter(block.group, block.level, factor, "=~", other)
                    continue
            yield Parameter(block.group, block.level, a, "~~", b)
            if a not in latent and b not in latent and not _only_indicators(block, a, b):
                yield Parameter(block.group, block.level, a, "~", b)
                yield Parameter(block.group, block.level, b, "~", a)


def _only_indicators(block: Block, *names: str) -> bool:
    """Whether these variables are indicators of factors, which are not regressed on each other."""
    indicators = {p.right for p in block.parameters if p.operator == "=~"}
    return set(names) <= indicators


def _released(specification: Specification, added: Parameter) -> _Release:
    """The specification with a further free parameter."""
    freed = replace(added, place=specification.n_free)
    groups: list[GroupModel] = []
    parameters: list[Parameter] = []
    for group in specification.groups:
        blocks = []
        for block in group.blocks:
            own = block.parameters
            if (block.group, block.level) == (added.group, added.level):
                own = (*own, freed)
            blocks.append(replace(block, parameters=own))
            parameters += own
        between = blocks[1] if len(blocks) > 1 else None
        groups.append(replace(group, within=blocks[0], between=between))
    made = Specification(tuple(groups), tuple(parameters), specification.labels)
    return _Release(freed, made, 0.0)


def _freed(specification: Specification, number: int, value: float) -> _Release:
    """The specification with one of its parameters free from those of the same label."""
    parameters = list(specification.parameters)
    tied = parameters[number].place
    freed = replace(parameters[number], place=specification.n_free)
    parameters[number] = freed
    groups, start = [], 0
    for group in specification.groups:
        blocks = []
        for block in group.blocks:
            stop = start + len(block.parameters)
            blocks.append(replace(block, parameters=tuple(parameters[start:stop])))
            start = stop
        between = blocks[1] if len(blocks) > 1 else None
        groups.append(replace(group, within=blocks[0], between=between))
    made = Specification(tuple(groups), tuple(parameters), specification.labels)
    return _Release(freed, made, value, tied)
