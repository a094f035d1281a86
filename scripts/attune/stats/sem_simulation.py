"""Data drawn from structural equation models, and the power of their tests."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.sem_data import observed_variables
from attune.stats.sem_fit import fit_sem
from attune.stats.sem_model import BlockMoments, specify
from attune.stats.sem_syntax import parse_model

Array = NDArray[np.float64]


def simulate_sem(
    model: str,
    n_clusters: int,
    cluster_size: int,
    generator: np.random.Generator,
) -> pd.DataFrame:
    """Draw normal data from a model in which every parameter is a number.

    Parameters
    ----------
    model : str
        Model text; covariances and intercepts that it does not name are 0, variances must be
        named: ``y ~~ 1*y``.
    n_clusters : int
    cluster_size : int
        Rows of every cluster; models of one level have n_clusters times cluster_size rows.
    generator : numpy.random.Generator

    Returns
    -------
    pandas.DataFrame
        One row per observation: cluster (from 1) and the observed variables.

    Raises
    ------
    AnalysisError
        Parameters without a number, or variances and covariances that contradict each other.

    Examples
    --------
    >>> text = "y ~ 0.5*x; x ~~ 1*x; y ~~ 0.75*y"
    >>> rows = simulate_sem(text, 50_000, 1, np.random.default_rng(1))
    >>> rows[["x", "y"]].var().round(1).tolist(), rows["x"].corr(rows["y"]).round(2).item()
    ([1.0, 1.0], 0.5)
    """
    within, between, rows, clusters = _population(model)
    n = n_clusters * cluster_size
    number = np.repeat(np.arange(n_clusters), cluster_size)
    values = dict.fromkeys((*rows, *clusters), np.zeros(n))
    for part, size in ((within, n), (between, n_clusters)):
        if part is None:
            continue
        names = part.block.observed
        drawn = _normal(part, size, generator)
        for column, name in enumerate(names):
            one = drawn[:, column]
            values[name] = values[name] + (one if size == n and part is within else one[number])
    return pd.DataFrame({"cluster": number + 1, **values})


def sem_power(
    population: str,
    analysis: str,
    name: str,
    n_clusters: int,
    cluster_size: int,
    generator: np.random.Generator,
    *,
    replicates: int = 500,
    level: float = 0.05,
    standard_errors: str = "observed",
    change: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
) -> dict[str, float]:
    """Share of simulated data sets in which a parameter differs from 0.

    Parameters
    ----------
    population : str
        Model text with numbers only; see `simulate_sem`.
    analysis : str
        Model text that is fitted to every data set.
    name : str
        Label or defined parameter of the analysis.
    n_clusters, cluster_size : int
    generator : numpy.random.Generator
    replicates : int
    level : float
        Significance level of the two-tailed z test.
    standard_errors : str
        observed or robust.
    change : callable, optional
        Applied to every data set before the fit, for example to make values missing.

    Returns
    -------
    dict of str to float
        power; its Monte Carlo standard error, power_se; the mean estimate and the mean and
        empirical standard error of the estimate (mean_estimate, mean_se, empirical_se); the share
        of fits that converged, on which the others rest.

    References
    ----------
    Muthén, L. K., & Muthén, B. O. (2002). How to use a Monte Carlo study to decide on sample size
    and determine power. Structural Equation Modeling, 9(4), 599-620.
    https://doi.org/10.1207/S15328007SEM0904_8
    """
    two_level = parse_model(analysis).two_level
    kind = "robust" if standard_errors == "robust" else "observed"
    found = []
    for _ in range(replicates):
        frame = simulate_sem(population, n_clusters, cluster_size, generator)
        frame = frame if change is None else change(frame)
        fit = fit_sem(
            frame,
            analysis,
            cluster="cluster" if two_level else None,
            standard_errors="robust" if kind == "robust" else "observed",
        )
        row = fit.estimate(name)
        if fit.converged and np.isfinite(row["se"]):
            found.append((row["estimate"], row["se"], row["p"]))
    if len(found) < 2:
        raise AnalysisError(
            f"{len(found)} of {replicates} fits converged; the model is too large for"
            f" {n_clusters} clusters of {cluster_size}."
        )
    estimates, errors, p = np.array(found, dtype=float).T
    power = float((p < level).mean())
    return {
        "power": power,
        "power_se": float(np.sqrt(power * (1 - power) / len(found))),
        "mean_estimate": float(estimates.mean()),
        "mean_se": float(errors.mean()),
        "empirical_se": float(estimates.std(ddof=1)),
        "converged": len(found) / replicates,
    }


def _population(
    model: str,
) -> tuple[BlockMoments, BlockMoments | None, tuple[str, ...], tuple[str, ...]]:
    """Moments of a model in which everything is a number."""
    parsed = parse_model(model)
    rows, clusters = observed_variables(parsed)
    specification = specify(parsed, rows, clusters)
    named = {
        (term.level, term.left, term.operator, term.right): term.modifier(0)
        for term in parsed.terms
    }
    missing = []
    for p in specification.parameters:
        modifier = named.get((p.level, p.left, p.operator, p.right))
        default = modifier is None and (p.operator == "~1" or p.left != p.right)
        if p.place >= 0 and not default:
            missing.append(f"{p.name} ({p.level}) has no number; write for example 0.5*.")
    if missing:
        raise AnalysisError("Data cannot be drawn from the model.", missing)
    blocks = specification.blocks_at(np.zeros(specification.n_free))
    if blocks is None:
        raise AnalysisError(
            "The slopes of the model feed back without end; the matrix of slopes has no solution."
            " Make the slopes of a loop smaller."
        )
    [parts] = blocks
    return parts[0], parts[1] if len(parts) > 1 else None, rows, clusters


def _normal(part: BlockMoments, size: int, generator: np.random.Generator) -> Array:
    """Normal draws of the observed variables of a block."""
    covariance = part.observed_covariance
    values, vectors = np.linalg.eigh(covariance)
    if values[0] < -1e-10 * max(float(values[-1]), 1e-300):
        raise AnalysisError(
            f"The numbers of the {part.block.level} part contradict each other: no variables have"
            f" these variances and covariances ({', '.join(part.block.observed)})."
        )
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    n = len(part.block.observed)
    draws = generator.standard_normal((size, n)) @ root.T
    return part.mean[:n] + draws
