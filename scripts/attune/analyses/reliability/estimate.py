"""Internal consistency of scales: Cronbach's alpha, omega of a one-factor model, item-rest r."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from attune.scoring.scores import keyed_responses
from attune.specs.errors import AnalysisError
from attune.stats.complete_rows import complete_rows
from attune.stats.omega import omega_total
from attune.store.contracts import ITEM_COLUMNS, QUESTIONNAIRE_KEY, RELIABILITY
from attune.store.statistic_rows import Row, software, statistic_row, statistics_frame

if TYPE_CHECKING:
    from attune.specs.instrument import Instrument


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


@dataclass(frozen=True)
class Consistency:
    """Internal consistency of one scale; None where undefined, with the reason."""

    n: int
    alpha: float | None = None
    alpha_ci_low: float | None = None
    alpha_ci_high: float | None = None
    omega: float | None = None
    mean_item_rest_correlation: float | None = None
    lowest_item_rest_correlation: float | None = None
    lowest_item: int | None = None
    reason: str | None = None


def consistency(
    keyed: NDArray[np.float64], items: ArrayLike, interval: float = 0.95
) -> Consistency:
    """Alpha with interval, omega and item-rest correlations of one scale.

    Parameters
    ----------
    keyed : ndarray, shape (n_questionnaires, k)
        The scale's keyed responses, NaN where missing.
    items : array_like of int, shape (k,)
        The items' numbers in the instrument.
    interval : float
        Coverage of the interval of alpha.

    Returns
    -------
    Consistency
    """
    n = int(np.isfinite(keyed).all(axis=1).sum())
    try:
        alpha = cronbach_alpha(keyed)
    except AnalysisError as error:
        return Consistency(n, reason=error.heading)
    low, high = feldt_interval(alpha, n, keyed.shape[1], interval)
    rest = item_rest_correlations(keyed)
    lowest = int(np.nanargmin(rest)) if np.isfinite(rest).any() else None
    omega, reason = None, None
    try:
        omega = omega_total(keyed)
    except AnalysisError as error:
        reason = error.heading
    return Consistency(
        n=n,
        alpha=alpha,
        alpha_ci_low=low,
        alpha_ci_high=high,
        omega=omega,
        mean_item_rest_correlation=None if lowest is None else float(np.nanmean(rest)),
        lowest_item_rest_correlation=None if lowest is None else float(rest[lowest]),
        lowest_item=None if lowest is None else int(np.asarray(items)[lowest]),
        reason=reason,
    )


def estimate_reliability(
    responses: pd.DataFrame, instruments: "Mapping[str, Instrument]", interval: float = 0.95
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Internal consistency of every scale in every rater, occasion and state.

    Parameters
    ----------
    responses : pandas.DataFrame
        Contract `RESPONSES`: one row per questionnaire, items as given, missing as NaN or NA.
    instruments : mapping of str to Instrument
        Scoring keys by id; those without scales to estimate are passed over.
    interval : float
        Coverage of the interval of alpha.

    Returns
    -------
    reliability : pandas.DataFrame
        Contract `RELIABILITY`.
    statistics : pandas.DataFrame
        Contract `STATISTICS`, ids
        `reliability.<instrument>.<scale>.<rater>.<occasion>[.<state>].<alpha|omega>`.

    Raises
    ------
    AnalysisError
        The responses name an instrument that has no scoring key.
    """
    unknown = sorted(set(responses["instrument"]) - set(instruments))
    if unknown:
        raise AnalysisError(f"Responses to {unknown} have no scoring key among the instruments.")
    records: list[dict[str, Any]] = []
    rows: list[Row] = []
    group_key = [name for name in QUESTIONNAIRE_KEY if name != "dyad"]
    for where, questionnaires in responses.groupby(group_key, sort=True):
        place = dict(zip(group_key, where, strict=True))
        instrument = instruments[str(place["instrument"])]
        columns = list(ITEM_COLUMNS[: instrument.n_items])
        given = questionnaires[columns].to_numpy(dtype=float, na_value=np.nan)
        keyed = keyed_responses(given, instrument)
        for scale in instrument.consistency_scales():
            items = instrument.items_of(scale)
            found = consistency(keyed[:, np.array(items) - 1], items, interval)
            records.append(
                {**place, "scale": scale, "n_items": len(items), **vars(found)}
                | {"ci_level": None if found.alpha is None else interval}
            )
            rows += _statistic_rows(place, scale, found, interval)
    return _reliability_frame(records), statistics_frame(rows)


def _statistic_rows(
    place: dict[str, Any], scale: str, found: Consistency, interval: float
) -> Iterator[Row]:
    name = str(place["instrument"])
    terms = (name, scale, str(place["rater"]), str(place["occasion"]), str(place["state"]))
    shared = {
        "x": f"{name}.{scale}",
        "occasion": terms[3],
        "rater": terms[2],
        "n": found.n,
        "software": software("attune"),
    }
    yield statistic_row(
        "reliability",
        terms,
        "alpha",
        found.alpha,
        reason=found.reason,
        ci_low=found.alpha_ci_low,
        ci_high=found.alpha_ci_high,
        ci_level=interval,
        method="Cronbach's alpha, Feldt interval, questionnaires without a missing item",
        **shared,
    )
    yield statistic_row(
        "reliability",
        terms,
        "omega",
        found.omega,
        reason=found.reason,
        method="Omega total, one-factor model by maximum likelihood, questionnaires without a"
        " missing item",
        **shared,
    )


def _reliability_frame(records: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(records, columns=RELIABILITY.schema.names)
    frame["lowest_item"] = frame["lowest_item"].astype("Int16")
    estimates = ["alpha", "alpha_ci_low", "alpha_ci_high", "omega", "ci_level"]
    estimates += ["mean_item_rest_correlation", "lowest_item_rest_correlation"]
    frame[estimates] = frame[estimates].astype("float64")
    return frame
