"""Cronbach's alpha, its interval by Feldt, and corrected item-total correlations."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attune.stats.complete_rows import complete_rows


def cronbach_alpha(items: ArrayLike) -> float:
    r"""Cronbach's alpha of the questionnaires without a missing item.

    .. math:: \alpha = \frac{k}{k - 1} \left(1 - \frac{\sum_i s_i^2}{s_{sum}^2}\right)

    Parameters
    ----------
    items : array_like, shape (n_questionnaires, k)
        Keyed responses, NaN where missing; rows with a missing item are left out.

    Returns
    -------
    float
        At most 1.

    Raises
    ------
    AnalysisError
        Fewer than two items, fewer than three complete rows, a constant item.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika,
    16, 297-334. https://doi.org/10.1007/BF02310555

    Examples
    --------
    >>> round(cronbach_alpha([[1, 1], [2, 3], [3, 2], [4, 4]]), 3)
    0.889
    """
    complete = complete_rows(items)
    k = complete.shape[1]
    return float(
        k / (k - 1) * (1 - complete.var(axis=0, ddof=1).sum() / complete.sum(axis=1).var(ddof=1))
    )


def alphas_without_one(items: ArrayLike) -> NDArray[np.float64]:
    r"""Cronbach's alpha with each questionnaire left out in turn.

    Leaving questionnaire i out of n lowers each centred sum of squares by n / (n - 1) times its own
    squared deviation, so no variance is computed anew.

    Parameters
    ----------
    items : array_like, shape (n_questionnaires, k)
        Keyed responses, NaN where missing; rows with a missing item are left out.

    Returns
    -------
    ndarray, shape (n,)
        One alpha for each complete questionnaire; NaN where the others all have the same sum.

    Raises
    ------
    AnalysisError
        As `cronbach_alpha`.

    Examples
    --------
    >>> alphas_without_one([[1, 1], [2, 3], [3, 2], [4, 4]]).round(3)
    array([0.667, 0.963, 0.963, 0.667])
    """
    complete = complete_rows(items)
    n, k = complete.shape
    deviations = complete - complete.mean(axis=0)
    of_items, of_sums = (deviations**2).sum(axis=1), deviations.sum(axis=1) ** 2
    left = of_sums.sum() - n / (n - 1) * of_sums
    left[left < 1e-12 * of_sums.sum()] = np.nan
    return np.asarray(k / (k - 1) * (1 - (of_items.sum() - n / (n - 1) * of_items) / left))


def feldt_interval(alpha: float, n: int, k: int, interval: float = 0.95) -> tuple[float, float]:
    r"""Feldt's interval of alpha.

    .. math:: 1 - (1 - \alpha) F_{1 - p/2}, \quad 1 - (1 - \alpha) F_{p/2}, \qquad
              F \text{ with } n - 1 \text{ and } (n - 1)(k - 1) \text{ degrees of freedom}

    Parameters
    ----------
    alpha : float
    n : int
        Questionnaires without a missing item.
    k : int
        Items.
    interval : float
        Coverage 1 - p.

    References
    ----------
    Feldt, L. S., Woodruff, D. J., & Salih, F. A. (1987). Statistical inference for coefficient
    alpha. Applied Psychological Measurement, 11, 93-103.
    https://doi.org/10.1177/014662168701100107

    Examples
    --------
    >>> low, high = feldt_interval(0.8, n=26, k=12)
    >>> round(low, 3), round(high, 3)
    (0.664, 0.897)
    """
    from scipy.special import fdtri

    quantiles = fdtri(n - 1, (n - 1) * (k - 1), np.array([0.5 + interval / 2, 0.5 - interval / 2]))
    low, high = 1 - (1 - alpha) * quantiles
    return float(low), float(high)


def item_rest_correlations(items: ArrayLike) -> NDArray[np.float64]:
    """Correlation of each item with the sum of the others.

    Parameters
    ----------
    items : array_like, shape (n_questionnaires, k)
        Keyed responses, NaN where missing; rows with a missing item are left out.

    Returns
    -------
    ndarray, shape (k,)
        NaN where the others always have the same sum.

    Raises
    ------
    AnalysisError
        As `cronbach_alpha`.

    Examples
    --------
    >>> item_rest_correlations([[1, 1], [2, 3], [3, 2], [4, 4]]).round(3)
    array([0.8, 0.8])
    """
    complete = complete_rows(items)
    centred = complete - complete.mean(axis=0)
    rest = centred.sum(axis=1, keepdims=True) - centred
    scale = np.sqrt((centred**2).sum(axis=0) * (rest**2).sum(axis=0))
    products = (centred * rest).sum(axis=0)
    return np.divide(products, scale, out=np.full(len(scale), np.nan), where=scale > 1e-12)
