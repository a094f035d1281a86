"""Effects in structural equation models: standardised, and intervals of indirect effects."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.sem_fit import SemFit
from attune.stats.sem_model import Specification
from attune.stats.sem_search import GroupData, Likelihood, maximise_near
from attune.stats.sem_syntax import defined_values

Array = NDArray[np.float64]


def standardised(fit: SemFit) -> pd.DataFrame:
    r"""Estimates in standard deviations of all variables, each level by its own.

    .. math:: b^* = b\,\frac{s_x}{s_y}, \qquad
              r_{xy} = \frac{\psi_{xy}}{\sqrt{\psi_{xx}\psi_{yy}}}

    with the standard deviations s that the model implies for the level. Loadings and slopes are
    multiplied by the predictor's and divided by the outcome's, residual variances and intercepts
    divided by the outcome's variance and standard deviation; covariances of residuals are their
    correlations. Defined parameters are computed from standardised ones.

    Returns
    -------
    pandas.DataFrame
        The rows of `SemFit.parameters` with estimate, se, z, p and limits of the standardised
        values; standard errors by the delta method.

    References
    ----------
    Bollen, K. A. (1989). Structural equations with latent variables.
    https://doi.org/10.1002/9781118619179
    """
    from scipy.special import ndtr, ndtri

    values = _standardised_values(fit, fit.free)
    slopes = np.empty((len(values), len(fit.free)))
    for column, size in enumerate(fit.optimum.scale):
        step = np.zeros(len(fit.free))
        step[column] = 1e-5 * max(size, abs(fit.free[column]))
        high, low = (_standardised_values(fit, fit.free + sign * step) for sign in (1, -1))
        slopes[:, column] = (high - low) / (2 * step[column])
    variances = np.einsum("ij,jk,ik->i", slopes, fit.covariance, slopes)
    sizes = np.einsum("ij,jj,ij->i", slopes, fit.covariance, slopes)
    # What is fixed by standardising (a correlation of a variable with itself) has no error.
    se = np.sqrt(np.where(variances > 1e-14 * np.maximum(sizes, 1e-300), variances, np.nan))
    table = fit.parameters.copy()
    table["estimate"], table["se"] = values, np.where(se > 1e-9, se, np.nan)
    table["z"] = table["estimate"] / table["se"]
    table["p"] = 2 * ndtr(-table["z"].abs())
    width = float(ndtri(0.5 + fit.interval / 2)) * table["se"]
    table["ci_low"], table["ci_high"] = table["estimate"] - width, table["estimate"] + width
    return table


def monte_carlo_intervals(
    fit: SemFit,
    generator: np.random.Generator,
    *,
    names: Sequence[str] = (),
    draws: int = 20_000,
    interval: float = 0.95,
) -> pd.DataFrame:
    """Intervals of defined parameters from draws of the estimates' normal distribution.

    A product of normal estimates is skewed, which these intervals follow and the delta method does
    not.

    Parameters
    ----------
    fit : SemFit
    generator : numpy.random.Generator
    names : sequence of str
        Defined parameters or labels; all defined ones if empty.
    draws : int
    interval : float
        Coverage, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        One row per name: name, estimate, se (standard deviation of the draws), ci_low, ci_high.

    Raises
    ------
    AnalysisError
        A name that the model does not have, or a model without standard errors.

    References
    ----------
    Preacher, K. J., & Selig, J. P. (2012). Advantages of Monte Carlo confidence intervals for
    indirect effects. Communication Methods and Measures, 6(2), 77-98.
    https://doi.org/10.1080/19312458.2012.679848
    """
    chosen = _names(fit, names)
    if not np.isfinite(fit.covariance).all():
        raise AnalysisError(
            "The model has no standard errors, from which draws could be made: "
            + " ".join(fit.messages)
        )
    values, vectors = np.linalg.eigh(fit.covariance)
    # The symmetric root, since signs of eigenvectors differ between machines, and with them draws.
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    sample = fit.free + generator.standard_normal((draws, len(fit.free))) @ root
    return _percentiles(fit, chosen, fit.labelled(sample), interval)


def bootstrap_intervals(
    fit: SemFit,
    generator: np.random.Generator,
    *,
    names: Sequence[str] = (),
    replicates: int = 1000,
    interval: float = 0.95,
) -> pd.DataFrame:
    """Percentile intervals from fits to resampled clusters, or rows where none are named.

    Parameters
    ----------
    fit : SemFit
    generator : numpy.random.Generator
    names : sequence of str
        Defined parameters or labels; all defined ones if empty.
    replicates : int
    interval : float
        Coverage, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        As `monte_carlo_intervals`, with the column n_replicates: fits that converged. Clusters are
        drawn within groups.

    Raises
    ------
    AnalysisError
        An unknown name, or less than half of the fits converged.

    References
    ----------
    van der Leeden, R., Meijer, E., & Busing, F. M. T. A. (2008). Resampling multilevel models.
    https://doi.org/10.1007/978-0-387-73186-5_11
    """
    chosen = _names(fit, names)
    found = []
    for _ in range(replicates):
        groups = tuple(_resample(data, generator) for data in fit.data.groups)
        try:
            free, converged = maximise_near(Likelihood(fit.specification, groups), fit.optimum)
        except np.linalg.LinAlgError:
            continue
        if converged:
            found.append(free)
    if len(found) * 2 < replicates:
        raise AnalysisError(
            f"Only {len(found)} of {replicates} resampled fits converged: the clusters are too few"
            " or too unequal for the bootstrap. Use robust standard errors or a simpler model."
        )
    table = _percentiles(fit, chosen, fit.labelled(np.array(found)), interval)
    return table.assign(n_replicates=len(found))


def _resample(data: GroupData, generator: np.random.Generator) -> GroupData:
    """Draw the same number of clusters with replacement, each with all its rows."""
    n = int(data.cluster.max()) + 1
    order = np.argsort(data.cluster, kind="stable")
    stops = np.cumsum(np.bincount(data.cluster, minlength=n))
    starts = np.r_[0, stops[:-1]]
    drawn = generator.integers(0, n, n)
    rows = [order[starts[j] : stops[j]] for j in drawn]
    cluster = np.repeat(np.arange(n), [len(own) for own in rows])
    z = data.z[drawn] if data.two_level else data.z
    return GroupData.of(data.y[np.concatenate(rows)], z, cluster, data.two_level)


def _names(fit: SemFit, names: Sequence[str]) -> list[str]:
    known = fit.labelled(fit.free)
    chosen = list(names) or [d.name for d in fit.model.definitions]
    unknown = [name for name in chosen if name not in known]
    if unknown or not chosen:
        what = f"{unknown[0]!r} is not a label" if unknown else "The model defines no parameter"
        raise AnalysisError(
            f"{what}; labels and defined parameters: {', '.join(known) or 'none'}. Define one in"
            " the model text, for example 'indirect := a*b'."
        )
    return chosen


def _percentiles(
    fit: SemFit, names: Sequence[str], draws: dict[str, Array], interval: float
) -> pd.DataFrame:
    estimates = fit.labelled(fit.free)
    tail = (1 - interval) / 2
    records = []
    for name in names:
        sample = np.atleast_1d(np.asarray(draws[name], dtype=float))
        low, high = np.quantile(sample, [tail, 1 - tail])
        spread = float(sample.std(ddof=1)) if len(sample) > 1 else 0.0
        records.append((name, float(estimates[name]), spread, float(low), float(high)))
    return pd.DataFrame(records, columns=["name", "estimate", "se", "ci_low", "ci_high"])


def _standardised_values(fit: SemFit, free: Array) -> Array:
    """All parameters in the order of the table, defined ones last."""
    specification = fit.specification
    values = specification.values(free)
    found = values / _units(specification, free)
    labels: dict[str, float] = {}
    for p, value in zip(specification.parameters, found, strict=True):
        if p.label:
            labels.setdefault(p.label, float(value))
    defined = defined_values(fit.model.definitions, labels)
    return np.array([*found, *(float(value) for value in defined.values())])


def _units(specification: Specification, free: Array) -> Array:
    """What each parameter is divided by."""
    units = []
    with np.errstate(invalid="ignore"):
        for parts in specification.blocks_at(free) or ():
            for part in parts:
                place = {name: number for number, name in enumerate(part.block.names)}
                sd = np.sqrt(np.diag(part.covariance))
                residual = np.sqrt(np.diag(part.residual))
                for p in part.block.parameters:
                    left = place[p.left]
                    if p.operator == "~1":
                        units.append(sd[left])
                    elif p.operator == "=~":
                        units.append(sd[place[p.right]] / sd[left])
                    elif p.operator == "~":
                        units.append(sd[left] / sd[place[p.right]])
                    elif p.left == p.right:
                        units.append(sd[left] ** 2)
                    else:
                        units.append(residual[left] * residual[place[p.right]])
    return np.array(units)


def explained_shares(fit: SemFit) -> pd.DataFrame:
    r"""Share of each outcome's variance that its predictors explain, level by level.

    .. math:: R^2 = 1 - \psi / \sigma^2

    with the residual variance and the variance that the model implies.

    Returns
    -------
    pandas.DataFrame
        One row per outcome of a regression: group, level, outcome, r_squared (NaN where the
        estimates are impossible).
    """
    records = []
    for name, parts in zip(
        fit.data.group_names, fit.specification.blocks_at(fit.free) or (), strict=True
    ):
        for part in parts:
            place = {one: number for number, one in enumerate(part.block.names)}
            outcomes = dict.fromkeys(p.left for p in part.block.parameters if p.operator == "~")
            for outcome in outcomes:
                at = place[outcome]
                total, rest = part.covariance[at, at], part.residual[at, at]
                share = 1 - rest / total if total > 0 and rest >= 0 else np.nan
                records.append((name, part.block.level, outcome, float(share)))
    return pd.DataFrame(records, columns=["group", "level", "outcome", "r_squared"])
