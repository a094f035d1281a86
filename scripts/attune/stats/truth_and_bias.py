"""Truth and bias model: how one person's judgement follows a truth, a bias, and a direction.

For example a therapist's judgement of how the patient felt in a session: the truth is what the
patient reported, the bias what the therapist felt.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError
from attune.stats.regression import CoefficientTest, combination_test, is_constant, regress
from attune.stats.within_between import group_means

Vector = NDArray[np.float64]

BiasCentre = Literal["mean of the bias", "mean of the truth"]


@dataclass(frozen=True)
class CentredJudgements:
    """Judgement, truth and bias as the model takes them, one value per row.

    Attributes
    ----------
    judgement, truth : ndarray, shape (n,)
        Deviations from the mean of the truth.
    bias : ndarray, shape (n,), or None
        Deviations from its own mean or from that of the truth, as declared.
    """

    judgement: Vector
    truth: Vector
    bias: Vector | None


def centre_on_truth(
    judgement: ArrayLike,
    truth: ArrayLike,
    bias: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    bias_centre: BiasCentre = "mean of the bias",
) -> CentredJudgements:
    """Subtract the mean of the truth from judgement and truth, over all rows or within groups.

    With repeated sessions, groups are the dyads: the model then is about the sessions of a dyad,
    and the columns enter a mixed model with random effects of dyads.

    Parameters
    ----------
    judgement, truth, bias : array_like, shape (n,)
        In the same units; NaN where missing. Rows that lack a value are NaN in all columns and
        enter no mean.
    groups : array_like, shape (n,), optional
        Any labels; rows without one are NaN. One group of all rows if not given.
    bias_centre : {"mean of the bias", "mean of the truth"}
        At its own mean, the directional bias is the mean judgement less the mean truth. At the mean
        of the truth, it is that of a judge whose bias variable equals the mean truth.

    Raises
    ------
    AnalysisError
        The columns differ in length.

    Examples
    --------
    >>> found = centre_on_truth([4, 6, np.nan], [3, 5, 9], [2, 3, 4])
    >>> found.judgement, found.truth, found.bias
    (array([ 0.,  2., nan]), array([-1.,  1., nan]), array([-0.5,  0.5,  nan]))
    """
    columns = [np.asarray(values, dtype=float) for values in (judgement, truth)]
    if bias is not None:
        columns.append(np.asarray(bias, dtype=float))
    labels = np.zeros(len(columns[0])) if groups is None else np.asarray(groups)
    if len({len(labels), *(len(values) for values in columns)}) > 1:
        raise AnalysisError(
            "Judgement, truth, bias and groups need one value per row, found"
            f" {', '.join(str(len(values)) for values in (*columns, labels))}."
        )
    complete = np.logical_and.reduce([np.isfinite(values) for values in columns])
    columns = [np.where(complete, values, np.nan) for values in columns]
    mean = group_means(columns[1], labels)
    centred = None
    if bias is not None:
        own = group_means(columns[2], labels) if bias_centre == "mean of the bias" else mean
        centred = columns[2] - own
    return CentredJudgements(columns[0] - mean, columns[1] - mean, centred)


@dataclass(frozen=True)
class TruthAndBias:
    """Forces that act on a judgement.

    Attributes
    ----------
    n, df : int
        Complete rows; n - 2, or n - 3 with a bias variable.
    truth_mean : float
        The point at which the judgement is centred.
    directional_bias : CoefficientTest
        Judgement less the mean truth, where truth and bias are at their centres: positive where
        judges overestimate.
    truth_force : CoefficientTest
        Change of the judgement per unit of the truth: 1 where judgements follow it fully, 0 where
        not at all.
    bias_force : CoefficientTest or None
        Change of the judgement per unit of the bias variable; for the judge's own feeling, assumed
        similarity.
    bias_centre : str or None
    hc3_reason : str or None
        Why HC3 is undefined; None also where it was not asked for.
    r_squared : float
    """

    n: int
    df: int
    truth_mean: float
    directional_bias: CoefficientTest
    truth_force: CoefficientTest
    bias_force: CoefficientTest | None
    bias_centre: str | None
    hc3_reason: str | None
    r_squared: float


def truth_and_bias(
    judgement: ArrayLike,
    truth: ArrayLike,
    bias: ArrayLike | None = None,
    bias_centre: BiasCentre = "mean of the bias",
    interval: float = 0.95,
    hc3: bool = False,
) -> TruthAndBias:
    r"""Regress a judgement on the truth and a bias variable, centred at the mean of the truth.

    .. math:: J_i - \bar T = b_0 + t\,(T_i - \bar T) + b\,(B_i - c) + e_i

    with the directional bias :math:`b_0`, the truth force t and the bias force b. For one row per
    dyad: rows of repeated sessions are not independent, and belong into a mixed model of the
    columns of `centre_on_truth`.

    Parameters
    ----------
    judgement, truth, bias : array_like, shape (n,)
        On the same scale; NaN where missing. Rows that lack a value are left out.
    bias_centre : {"mean of the bias", "mean of the truth"}
        The constant c (see `centre_on_truth`).
    interval : float
        Coverage.
    hc3 : bool
        Whether standard errors allow for unequal variances.

    Raises
    ------
    AnalysisError
        With the sentence of `why_no_truth_and_bias`.

    References
    ----------
    West, T. V., & Kenny, D. A. (2011). The truth and bias model of judgment. Psychological Review,
    118, 357-378. https://doi.org/10.1037/a0022936

    Examples
    --------
    Judgements of half the truth plus 2.5, whose mean is 0.5 below that of the truth, and some noise
    that is not correlated with it:

    >>> truth = [4, 5, 6, 7, 8]
    >>> fit = truth_and_bias([4.4, 5.2, 5.5, 5.8, 6.6], truth)
    >>> round(fit.directional_bias.estimate, 10), round(fit.truth_force.estimate, 10)
    (-0.5, 0.5)
    """
    reason = why_no_truth_and_bias(judgement, truth, bias)
    if reason:
        raise AnalysisError(reason)
    centred = centre_on_truth(judgement, truth, bias, bias_centre=bias_centre)
    used = np.isfinite(centred.judgement)
    columns = [centred.truth[used]]
    if centred.bias is not None:
        columns.append(centred.bias[used])
    fit = regress(centred.judgement[used], np.column_stack(columns))
    tests = [combination_test(fit, weights, interval, hc3) for weights in np.eye(1 + len(columns))]
    return TruthAndBias(
        n=fit.n,
        df=fit.df,
        truth_mean=float(np.asarray(truth, dtype=float)[used].mean()),
        directional_bias=tests[0],
        truth_force=tests[1],
        bias_force=tests[2] if len(tests) > 2 else None,
        bias_centre=None if bias is None else bias_centre,
        hc3_reason=fit.hc3_reason if hc3 else None,
        r_squared=fit.r_squared,
    )


def why_no_truth_and_bias(
    judgement: ArrayLike, truth: ArrayLike, bias: ArrayLike | None = None
) -> str | None:
    """Why the forces cannot be estimated; None where they can.

    Parameters
    ----------
    judgement, truth, bias : array_like, shape (n,)
        As `truth_and_bias` takes them.

    Examples
    --------
    >>> why_no_truth_and_bias([1, 2, 3], [2, 2, 2])
    'The truth is 2 in all 3 rows, so no judgement can follow it.'
    """
    centred = centre_on_truth(judgement, truth, bias)
    used = np.isfinite(centred.judgement)
    n, fewest = int(used.sum()), 3 if bias is None else 4
    if n < fewest:
        parts = "judgement and truth" if bias is None else "judgement, truth and bias"
        return f"The truth and bias model needs at least {fewest} rows with {parts}, found {n}."
    of_truth = np.asarray(truth, dtype=float)[used]
    if is_constant(of_truth):
        return f"The truth is {of_truth[0]:g} in all {n} rows, so no judgement can follow it."
    if bias is None or centred.bias is None:
        return None
    of_bias = np.asarray(bias, dtype=float)[used]
    if is_constant(of_bias):
        return f"The bias variable is {of_bias[0]:g} in all {n} rows, so its force is undefined."
    try:
        regress(centred.judgement[used], np.column_stack([centred.truth, centred.bias])[used])
    except AnalysisError:
        return f"The bias variable is a linear function of the truth in all {n} rows."
    return None
