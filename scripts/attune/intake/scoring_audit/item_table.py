"""Item statistics: item-rest correlation and alpha, one row per scale and item."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.scoring_audit.item_directions import correlation_matrices, item_directions
from attune.intake.scoring_audit.keyed_scales import KeyedScale, keyed_scales

COLUMNS = {
    "scale": "str",
    "item": "int64",
    "column": "str",
    "reversed": "bool",
    "n": "int64",
    "mean": "float64",
    "sd": "float64",
    "item_rest_correlation": "float64",
    "ci_low": "float64",
    "ci_high": "float64",
    "alpha": "float64",
    "alpha_if_deleted": "float64",
    "alpha_if_reversed": "float64",
    "finding": "str",
}
_NO_ALPHA = 1e-12

Columns = dict[str, list[Any]]


def item_checks(questionnaire: AnsweredQuestionnaire, interval: float = 0.95) -> pd.DataFrame:
    """Item-rest correlations and alphas of each sum or mean scale.

    Over the questionnaires that answered every item of the scale. Scales of fewer than three
    items, weighted sums, counts and ratios have no rows: their items need not agree.

    Parameters
    ----------
    questionnaire : AnsweredQuestionnaire
    interval : float
        Coverage of the intervals of the correlations.

    Returns
    -------
    pandas.DataFrame
        One row per scale and item, scales and items in the order of the key:

        scale, item, column
            Where it is; `column` is the raw column.
        reversed : bool
            Whether the key reverses the item.
        n : int
            Complete questionnaires of the scale.
        mean, sd : float
            Of the keyed responses (reversed items reverse-scored), in the instrument's codes.
        item_rest_correlation, ci_low, ci_high : float
            Of the item with the sum of the scale's other items, all keyed; interval by Fisher's z.
        alpha : float
            Of the scale as keyed; the same in all its rows.
        alpha_if_deleted, alpha_if_reversed : float
            The same without this item, and with this item counted from the other end.
        finding : str
            "" or the rule that the item breaks: `item_against_scale`, `item_direction_unclear`.

        NaN where undefined: fewer than three complete questionnaires, an item that everybody
        answered alike.

    Examples
    --------
    A scale is bent by one item if `alpha_if_reversed` is far above `alpha` in its row.
    """
    return table_of(item_columns(questionnaire, interval))


def item_columns(questionnaire: AnsweredQuestionnaire, interval: float = 0.95) -> Columns:
    """The columns of `item_checks`; a frame takes as long to make as all that is in it."""
    scales = [
        _scale_columns(scale, questionnaire, interval) for scale in keyed_scales(questionnaire)
    ]
    return {
        name: [value for scale in scales for value in np.asarray(scale[name]).tolist()]
        for name in COLUMNS
    }


def table_of(columns: Columns) -> pd.DataFrame:
    """The frame of `item_checks`, from its columns."""
    typed: dict[str, Any] = {}
    for name, kind in COLUMNS.items():
        values = columns[name]
        typed[name] = pd.array(values, dtype="str") if kind == "str" else np.array(values, kind)
    return pd.DataFrame(typed)


def scale_directions(scale: KeyedScale) -> NDArray[np.str_]:
    """The rule that each item breaks, or "", shape (k,); items without variance break none."""
    rules = np.full(len(scale.items), "", dtype="<U30")
    if len(scale.keyed) < 2:
        return rules
    varies = np.ptp(scale.keyed, axis=0) > 0
    if varies.sum() < 3:
        return rules
    directions = item_directions(
        correlation_matrices(scale.keyed[:, varies]), len(scale.keyed), scale.likely[varies]
    )
    names = np.where(directions.unclear, "item_direction_unclear", "")
    rules[varies] = np.where(directions.against, "item_against_scale", names)
    return rules


def _scale_columns(
    scale: KeyedScale, questionnaire: AnsweredQuestionnaire, interval: float
) -> dict[str, Sequence[Any] | NDArray[Any]]:
    """The columns of `item_checks` for one scale, each with one value per item."""
    n, k = scale.keyed.shape
    undefined = np.full(k, np.nan)
    columns: dict[str, Sequence[Any] | NDArray[Any]] = {
        "scale": [scale.scale] * k,
        "item": scale.items,
        "column": [questionnaire.columns[item - 1] for item in scale.items],
        "reversed": scale.reversed,
        "n": [n] * k,
        "mean": scale.keyed.mean(axis=0) if n else undefined,
        "finding": scale_directions(scale).tolist(),
    }
    if n < 3:
        return dict.fromkeys(COLUMNS, undefined) | columns
    covariances = np.atleast_2d(np.cov(scale.keyed, rowvar=False))
    columns["sd"] = scale.keyed.std(axis=0, ddof=1)
    return columns | _consistency(covariances, n, interval)


def _consistency(
    covariances: NDArray[np.float64], n: int, interval: float
) -> dict[str, NDArray[np.float64]]:
    """Item-rest correlations with intervals, and alphas, from the items' covariances."""
    from scipy.special import ndtri

    k = len(covariances)
    variances = np.diag(covariances)
    with_rest = covariances.sum(axis=1) - variances
    total = covariances.sum()
    rest = total - 2 * with_rest - variances
    denominator = np.sqrt(np.maximum(variances * rest, 0))
    r = _ratio(with_rest, denominator)
    half = ndtri(0.5 + interval / 2) / np.sqrt(n - 3) if n > 3 else np.nan
    z = np.arctanh(np.clip(r, -1 + 1e-15, 1 - 1e-15))
    fewer = variances.sum() - variances
    return {
        "item_rest_correlation": r,
        "ci_low": np.tanh(z - half),
        "ci_high": np.tanh(z + half),
        "alpha": _alpha(k, np.full(k, variances.sum()), np.full(k, total)),
        "alpha_if_deleted": _alpha(k - 1, fewer, rest),
        # Turning item i changes the sign of its covariances with the others, counted twice.
        "alpha_if_reversed": _alpha(k, np.full(k, variances.sum()), total - 4 * with_rest),
    }


def _alpha(
    k: int, variances: NDArray[np.float64], total: NDArray[np.float64]
) -> NDArray[np.float64]:
    return k / (k - 1) * (1 - _ratio(variances, total))


def _ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    undefined = np.full(len(numerator), np.nan)
    return np.divide(numerator, denominator, out=undefined, where=denominator > _NO_ALPHA)
