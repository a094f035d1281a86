"""Kenward and Roger's small-sample covariance and degrees of freedom of fixed effects."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.mixed_models import MixedModel, RandomCovariance
from attune.stats.model_formula import build_design
from attune.stats.residual_covariance import group_codes

Array = NDArray[np.float64]

Part = Callable[[NDArray[np.intp]], Array]

LARGEST_BLOCK = 4000
"""Rows that may be connected through random effects: their covariance is a dense matrix."""


@dataclass(frozen=True)
class Adjustment:
    """Adjusted covariance of the fixed effects, and what their degrees of freedom need.

    Attributes
    ----------
    covariance, unadjusted : ndarray, shape (p, p)
    changes : ndarray, shape (k, p, p)
        P_i = -X' V^-1 G_i V^-1 X for every covariance parameter.
    weights : ndarray, shape (k, k)
        Asymptotic covariance of the parameters.
    """

    covariance: Array
    unadjusted: Array
    changes: Array
    weights: Array

    def denominator(self, rows: Array) -> tuple[float, float]:
        """Denominator degrees of freedom and scaling of the F test of independent contrasts.

        Parameters
        ----------
        rows : ndarray, shape (q, p)
            Of full rank.
        """
        q = len(rows)
        phi = self.unadjusted
        theta = rows.T @ np.linalg.solve(rows @ phi @ rows.T, rows)
        turned = theta @ phi @ self.changes @ phi
        traces = np.trace(turned, axis1=1, axis2=2)
        a1 = float(traces @ self.weights @ traces)
        products = np.einsum("iab,jba->ij", turned, turned)
        a2 = float((self.weights * products).sum())
        if a2 <= 0:
            return np.inf, 1.0
        b = (a1 + 6 * a2) / (2 * q)
        g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
        bottom = 3 * q + 2 * (1 - g)
        v0 = 1 + g / bottom * b
        v1 = 1 - (q - g) / bottom * b
        v2 = 1 - (q + 2 - g) / bottom * b
        v0 = 0.0 if abs(v0) < 1e-10 else v0
        expected = 1 - a2 / q
        # Where both vanish the ratio is 1, as for a contrast with exact degrees of freedom.
        ratio = 1.0 if abs(expected) < 1e-14 and abs(v1) < 1e-14 else expected / v1
        rho = ratio**2 * v0 / v2 / q
        df2 = 4 + (q + 2) / (q * rho - 1)
        scaling = 1.0 if abs(df2 - 2) < 1e-2 else df2 * expected / (df2 - 2)
        return float(df2), float(scaling)


def kenward_roger(fit: MixedModel) -> Adjustment:
    r"""Covariance of the fixed effects with the small-sample adjustment.

    With V linear in its parameters, V = sum of gamma_i G_i, and Phi the unadjusted covariance:

    .. math:: \Phi_A = \Phi + 2 \Phi \Big\{\sum_{ij} W_{ij} (Q_{ij} - P_i \Phi P_j)\Big\} \Phi

    Parameters
    ----------
    fit : MixedModel
        By REML. Residuals: independent, also with a variance for each value of a column; compound
        symmetry; unstructured, also with a variance for each occasion.

    Raises
    ------
    AnalysisError
        A fit by maximum likelihood; residuals whose covariance is not linear in its parameters
        (serial correlation, or correlations together with unequal variances); more than
        `LARGEST_BLOCK` rows that random effects connect.

    References
    ----------
    Kenward, M. G., & Roger, J. H. (1997). Small sample inference for fixed effects from restricted
    maximum likelihood. Biometrics, 53, 983-997. https://doi.org/10.2307/2533558

    Halekoh, U., & Højsgaard, S. (2014). A Kenward-Roger approximation and parametric bootstrap
    methods for tests in linear mixed models: The R package pbkrtest. Journal of Statistical
    Software, 59(9). https://doi.org/10.18637/jss.v059.i09
    """
    if not fit.reml:
        raise AnalysisError(
            "Kenward-Roger needs a fit by REML; refit the model or use Satterthwaite."
        )
    phi = fit.covariance
    p = len(phi)
    size = None
    for design, derivatives, residual in _connected_rows(fit):
        count = len(derivatives)
        if size is None:
            size = count
            traces, changes = np.zeros((size, size)), np.zeros((size, p, p))
            products = np.zeros((size, size, p, p))
        inverse = np.linalg.inv(residual)
        half = inverse @ design
        turned = inverse @ derivatives
        flat = turned.reshape(size, -1)
        traces += flat @ turned.transpose(0, 2, 1).reshape(size, -1).T
        moved = derivatives @ half
        changes -= half.T @ moved
        left = moved.transpose(1, 0, 2).reshape(len(design), -1)
        products += (left.T @ inverse @ left).reshape(size, p, size, p).transpose(0, 2, 1, 3)
    squares = np.einsum("iab,bc,jcd->ijad", changes, phi, changes)
    information = traces - 2 * (products * phi).sum(axis=(2, 3)) + (squares * phi).sum(axis=(2, 3))
    weights = 2 * np.linalg.pinv(information, rcond=1e-10, hermitian=True)
    middle = np.einsum("ij,ijab->ab", weights, products - squares)
    adjusted = phi + 2 * phi @ middle @ phi
    return Adjustment((adjusted + adjusted.T) / 2, phi, changes, weights)


def _connected_rows(fit: MixedModel) -> Iterator[tuple[Array, Array, Array]]:
    """Design, derivatives of V (k, m, m) and V (m, m) of every independent set of rows."""
    frame = fit.state.frame
    codes = [group_codes(frame, term.groups) for term in fit.random]
    columns = [build_design(frame, term.formula).matrix for term in fit.random]
    residual = _residual_parts(fit)
    values = [
        term.covariance[i, j] for term in fit.random_covariances for i, j in _entries(term)
    ] + [value for value, _ in residual]
    connected = list(codes)
    if fit.residual.structure != "independent":
        connected.append(group_codes(frame, fit.residual.groups))
    for rows in _components(connected, fit.n_rows):
        if len(rows) > LARGEST_BLOCK:
            raise AnalysisError(
                f"Random effects connect {len(rows)} rows; Kenward-Roger allows {LARGEST_BLOCK}."
                " Use Satterthwaite, which differs little in samples of this size."
            )
        derivatives = []
        for code, z, term in zip(codes, columns, fit.random_covariances, strict=True):
            same = code[rows][:, None] == code[rows][None, :]
            for i, j in _entries(term):
                outer = np.outer(z[rows, i], z[rows, j]) * same
                derivatives.append(outer if i == j else outer + outer.T)
        derivatives += [part(rows) for _, part in residual]
        stacked = np.array(derivatives, dtype=float)
        yield fit.design.matrix[rows], stacked, np.tensordot(values, stacked, axes=1)


def _entries(term: RandomCovariance) -> list[tuple[int, int]]:
    """Free entries of a covariance matrix."""
    size = range(len(term.names))
    return [(i, j) for i in size for j in range(i + 1) if i == j or term.correlated]


def _residual_parts(fit: MixedModel) -> list[tuple[float, Part]]:
    """Parameters in which the covariance of the residuals is linear, and their derivatives."""
    residual, structure = fit.state.likelihood.residual, fit.residual.structure
    everyone = np.zeros(fit.n_rows, dtype=np.intp)
    if residual is None:
        return [(fit.residual_sd**2, partial(_diagonal, everyone, 0))]
    by = fit.residual.variance_by
    linear = structure in ("compound_symmetry", "unstructured") and by is None
    linear |= structure == "unstructured" and by == fit.residual.occasion
    if not linear and structure != "independent":
        raise AnalysisError(
            f"The covariance of residuals with the structure {structure}"
            f"{'' if by is None else f' and variances by {by}'} is not linear in its parameters, so"
            " that Kenward-Roger does not hold; use Satterthwaite."
        )
    strata, occasions = everyone.copy(), everyone.copy()
    strata[fit.state.order] = residual.strata
    phi = fit.state.phi
    sds = fit.residual_sd * np.exp(np.append(0.0, phi[residual.n_correlation :]))
    parts: list[tuple[float, Part]] = [
        (float(sd**2), partial(_diagonal, strata, number)) for number, sd in enumerate(sds)
    ]
    if structure == "independent":
        return parts
    code = group_codes(fit.state.frame, fit.residual.groups)
    if structure == "compound_symmetry":
        covariance = float(sds[0] ** 2) * fit.residual_parameters["rho"]
        return [*parts, (covariance, partial(_pairs, code, everyone, (0, 0)))]
    occasions[fit.state.order] = residual.place
    correlations = residual.occasion_correlations(phi)
    # The values of the occasion are ranked in the same way for variances and correlations.
    by_occasion = np.broadcast_to(sds, len(correlations))
    for pair in combinations(range(len(correlations)), 2):
        first, second = pair
        covariance = float(correlations[pair] * by_occasion[first] * by_occasion[second])
        parts.append((covariance, partial(_pairs, code, occasions, pair)))
    return parts


def _diagonal(strata: NDArray[np.intp], number: int, rows: NDArray[np.intp]) -> Array:
    """Derivative of the covariance for the variance of one stratum."""
    return np.diag((strata[rows] == number).astype(float))


def _pairs(
    code: NDArray[np.intp],
    occasions: NDArray[np.intp],
    pair: tuple[int, int],
    rows: NDArray[np.intp],
) -> Array:
    """Derivative for the covariance of two occasions of the same person."""
    here = (occasions[rows] == pair[0])[:, None] & (occasions[rows] == pair[1])[None, :]
    same = code[rows][:, None] == code[rows][None, :]
    different = ~np.eye(len(rows), dtype=bool)
    return ((here | here.T) & same & different).astype(float)


def _components(codes: list[NDArray[np.intp]], n: int) -> list[NDArray[np.intp]]:
    """Sets of rows that no group connects; rows without any group come in parts of 100."""
    if not codes:
        return list(np.array_split(np.arange(n), max(n // 100, 1)))
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    offsets = np.cumsum([n, *(int(code.max()) + 1 for code in codes)])
    rows = np.tile(np.arange(n), len(codes))
    groups = np.concatenate([code + start for code, start in zip(codes, offsets, strict=False)])
    size = int(offsets[-1])
    graph = coo_array((np.ones(len(rows)), (rows, groups)), shape=(size, size))
    label = connected_components(graph, directed=False)[1][:n]
    order = np.argsort(label, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
