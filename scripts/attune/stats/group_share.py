"""The share of a score's variance between groups, such as the patients of one therapist."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.explained_variance import Share
from attune.stats.mixed_model_draws import draw_parameters
from attune.stats.mixed_model_tests import LikelihoodRatio, likelihood_ratio, variance_parameters
from attune.stats.mixed_models import RandomTerm, fit_mixed_model
from attune.stats.share_intervals import random_part, residual_part, share_intervals

DRAWS = 4000
"""Draws of the two variances."""


@dataclass(frozen=True)
class GroupShare:
    """Variance between groups, given covariates.

    Attributes
    ----------
    n, n_groups : int
        Scores and groups in the model.
    share : Share
        Variance between groups over the sum of both variances.
    test : LikelihoodRatio
        Against a model without differences between groups.
    deviations : pandas.DataFrame
        One row per group: group, n (its scores), deviation (drawn towards 0, in units of the score)
        and se, its conditional standard deviation.
    """

    n: int
    n_groups: int
    share: Share
    test: LikelihoodRatio
    deviations: pd.DataFrame


def group_share(
    score: ArrayLike,
    groups: ArrayLike,
    generator: np.random.Generator,
    covariates: ArrayLike | None = None,
    interval: float = 0.95,
) -> GroupShare:
    r"""Share of the variance of a score that lies between groups, by a random intercept.

    .. math:: y_{ij} = x_{ij}'\beta + u_j + e_{ij}, \qquad
              \rho = \frac{\sigma_u^2}{\sigma_u^2 + \sigma_e^2}

    by restricted maximum likelihood, groups of any size. The interval is the Monte Carlo interval
    of `share_intervals`: it begins at 0 where no difference between groups may give such a share,
    and has an upper limit where the variance is estimated as 0.

    Parameters
    ----------
    score : array_like, shape (n,)
        Rows with a missing score, group or covariate are left out.
    groups : array_like, shape (n,)
    generator : numpy.random.Generator
    covariates : array_like, shape (n, k), optional
        Columns that the share is given, such as the pretest and the treatment condition. Columns
        that do not vary are left out.
    interval : float
        Coverage.

    Raises
    ------
    AnalysisError
        One group, no group with two scores, a score that does not vary within any group, or fewer
        scores than the model needs.

    References
    ----------
    Rights, J. D., & Sterba, S. K. (2019). Quantifying explained variance in multilevel models: An
    integrative framework for defining R-squared measures. Psychological Methods, 24, 309-338.
    https://doi.org/10.1037/met0000184

    Examples
    --------
    Three groups of two with means 1, 3 and 5: the mean square between groups is 8, within groups 2,
    so that the variance between groups is (8 - 2) / 2 = 3, and its share 3 / 5:

    >>> generator = np.random.default_rng(1)
    >>> found = group_share([0, 2, 2, 4, 4, 6], list("aabbcc"), generator)
    >>> round(found.share.estimate, 4), found.n, found.n_groups
    (0.6, 6, 3)
    >>> found.deviations["deviation"].round(3).tolist()
    [-1.5, 0.0, 1.5]
    """
    frame, names = _model_frame(score, groups, covariates)
    sizes = frame.groupby("group")["score"].agg(["size", np.ptp])
    if len(sizes) < 2:
        raise AnalysisError(f"Differences between groups need two or more, found {len(sizes)}.")
    if (sizes["size"] < 2).all():
        raise AnalysisError("No group has two scores.")
    if (sizes["ptp"] == 0).all():
        raise AnalysisError("The score is the same for all of a group.")
    fixed = " + ".join(["score ~ 1", *names])
    fit = fit_mixed_model(frame, fixed, [RandomTerm(("group",))])
    test = likelihood_ratio(fit_mixed_model(frame, fixed), fit)
    covariance, _ = variance_parameters(fit)
    draws = draw_parameters(
        fit, covariance, dict.fromkeys(fit.coefficients, np.inf), DRAWS, generator
    )
    variance = fit.residual_sd**2
    parts = {
        "groups": random_part(
            fit.state.blocks[0], draws.blocks[0], np.eye(1), fit.residual_sd, draws.sigma
        ),
        "residual": residual_part(variance, variance * draws.sigma**2),
    }
    effects = fit.random_effects(0)
    return GroupShare(
        n=fit.n_rows,
        n_groups=len(sizes),
        share=share_intervals(parts, interval)["groups"],
        test=test,
        deviations=pd.DataFrame(
            {
                "group": effects["group"],
                "n": sizes["size"].loc[effects["group"]].to_numpy(),
                "deviation": effects["Intercept"],
                "se": effects["se_Intercept"],
            }
        ),
    )


def _model_frame(
    score: ArrayLike, groups: ArrayLike, covariates: ArrayLike | None
) -> tuple[pd.DataFrame, list[str]]:
    """Complete rows, and the names of the covariates that vary among them."""
    values: NDArray[np.float64] = np.asarray(score, dtype=float)
    given = np.empty((len(values), 0)) if covariates is None else np.asarray(covariates, float)
    labels = pd.Series(np.asarray(groups, dtype=object))
    complete = np.isfinite(values) & np.isfinite(given).all(axis=1) & labels.notna().to_numpy()
    frame = pd.DataFrame({"score": values, "group": labels})[complete]
    names = []
    for place, column in enumerate(given[complete].T):
        if len(column) and np.ptp(column) > 0:
            names.append(f"given_{place}")
            frame[names[-1]] = column
    return frame.reset_index(drop=True), names
