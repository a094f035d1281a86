"""Internal consistency of scales: Cronbach's alpha, omega of a one-factor model, item-rest r."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from attune.analyses.reliability.declaration import AlphaInterval, alpha_interval_of
from attune.scoring.scores import keyed_responses
from attune.scoring.therapist_sheets import EACH_THERAPIST_ONCE, repeated_sheets
from attune.specs.errors import AnalysisError
from attune.stats.alpha import cronbach_alpha, feldt_interval, item_rest_correlations
from attune.stats.robust_intervals import (
    RobustInterval,
    omega_with_interval,
    robust_alpha_interval,
)
from attune.store.contracts import ITEM_COLUMNS, QUESTIONNAIRE_KEY, RELIABILITY
from attune.store.statistic_rows import Row, software, statistic_row, statistics_frame

if TYPE_CHECKING:
    from attune.analyses.analysis import AnalysisInputs
    from attune.specs.instrument import Instrument


@dataclass(frozen=True)
class Consistency:
    """Internal consistency of one scale; None where undefined, with the reason."""

    n: int
    alpha: float | None = None
    alpha_ci_low: float | None = None
    alpha_ci_high: float | None = None
    omega: float | None = None
    omega_interval: RobustInterval | None = None
    mean_item_rest_correlation: float | None = None
    lowest_item_rest_correlation: float | None = None
    lowest_item: int | None = None
    reason: str | None = None


FELDT = "Feldt interval"
JACKKNIFE = "jackknife interval"


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
        Coverage of the intervals of alpha and omega.

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
    omega, omega_interval, reason = None, None, None
    try:
        omega, omega_interval = omega_with_interval(keyed, interval)
    except AnalysisError as error:
        reason = error.heading
    return Consistency(
        n=n,
        alpha=alpha,
        alpha_ci_low=low,
        alpha_ci_high=high,
        omega=omega,
        omega_interval=omega_interval,
        mean_item_rest_correlation=None if lowest is None else float(np.nanmean(rest)),
        lowest_item_rest_correlation=None if lowest is None else float(rest[lowest]),
        lowest_item=None if lowest is None else int(np.asarray(items)[lowest]),
        reason=reason,
    )


def estimate_reliability(
    responses: pd.DataFrame,
    instruments: "Mapping[str, Instrument]",
    interval: float = 0.95,
    alpha_interval: AlphaInterval = "feldt",
    people: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Internal consistency of every scale in every rater, occasion and state.

    Parameters
    ----------
    responses : pandas.DataFrame
        Contract `RESPONSES`: one row per questionnaire, items as given, missing as NaN or NA.
    instruments : mapping of str to Instrument
        Scoring keys by id; those without scales to estimate are passed over.
    interval : float
        Coverage of all intervals.
    alpha_interval : {"feldt", "robust"}
        Interval of the statistic alpha; alpha_robust has the robust one in either case. The table
        of reliabilities holds Feldt's.
    people : pandas.DataFrame, optional
        Columns dyad and therapist: a questionnaire of a therapist that is the same in the rows of
        all of the therapist's patients counts once (see `attune.scoring.therapist_sheets`).

    Returns
    -------
    reliability : pandas.DataFrame
        Contract `RELIABILITY`.
    statistics : pandas.DataFrame
        Contract `STATISTICS`, ids
        `reliability.<instrument>.<scale>.<rater>.<occasion>[.<state>].<statistic>` with the
        statistics alpha, alpha_robust and omega.

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
    again = np.zeros(len(responses), dtype=bool)
    if people is not None:
        again = repeated_sheets(responses, people)
    once = set(map(tuple, responses.loc[again, group_key].drop_duplicates().to_numpy()))
    for where, questionnaires in responses[~again].groupby(group_key, sort=True):
        place = dict(zip(group_key, where, strict=True))
        counted = f", {EACH_THERAPIST_ONCE}" if where in once else ""
        instrument = instruments[str(place["instrument"])]
        columns = list(ITEM_COLUMNS[: instrument.n_items])
        given = questionnaires[columns].to_numpy(dtype=float, na_value=np.nan)
        keyed = keyed_responses(given, instrument)
        for scale in instrument.consistency_scales():
            items = instrument.items_of(scale)
            answered = keyed[:, np.array(items) - 1]
            estimate = consistency(answered, items, interval)
            records.append(
                {**place, "scale": scale, "n_items": len(items), **vars(estimate)}
                | {"ci_level": None if estimate.alpha is None else interval}
            )
            rows += _statistic_rows(
                place, scale, estimate, answered, interval, alpha_interval, counted
            )
    return _reliability_frame(records), statistics_frame(rows)


def statistics(inputs: "AnalysisInputs", resampling: bool) -> pd.DataFrame:
    """Internal consistency, from the inputs of all analyses."""
    interval = inputs.choices.estimate_reliability.interval
    declared = alpha_interval_of(inputs.study)
    return estimate_reliability(
        inputs.responses, inputs.instruments, interval, declared, inputs.sample
    )[1]


def _statistic_rows(
    place: dict[str, Any],
    scale: str,
    estimate: Consistency,
    answered: NDArray[np.float64],
    interval: float,
    alpha_interval: AlphaInterval,
    counted: str,
) -> Iterator[Row]:
    name = str(place["instrument"])
    terms = (name, scale, str(place["rater"]), str(place["occasion"]), str(place["state"]))
    shared = {
        "x": f"{name}.{scale}",
        "occasion": terms[3],
        "rater": terms[2],
        "n": estimate.n,
        "software": software("attune"),
    }
    feldt = (FELDT, estimate.alpha_ci_low, estimate.alpha_ci_high)
    robust = _limits(None)
    if estimate.alpha is not None:
        robust = _limits(robust_alpha_interval(answered, interval))
    for statistic, value, (words, low, high), of in (
        (
            "alpha",
            estimate.alpha,
            feldt if alpha_interval == "feldt" else robust,
            "Cronbach's alpha",
        ),
        ("alpha_robust", estimate.alpha if robust[1] else None, robust, "Cronbach's alpha"),
        (
            "omega",
            estimate.omega,
            _limits(estimate.omega_interval),
            "Omega total, one-factor model by maximum likelihood",
        ),
    ):
        yield statistic_row(
            "reliability",
            terms,
            statistic,
            value,
            reason=estimate.reason or "The interval is not defined.",
            ci_low=low,
            ci_high=high,
            ci_level=None if low is None else interval,
            method=f"{of}, {words}, questionnaires without a missing item{counted}",
            **shared,
        )


def _limits(found: RobustInterval | None) -> tuple[str, float | None, float | None]:
    """Name and limits of a jackknife interval; without limits where it is undefined."""
    if found is None or not (np.isfinite(found.low) and np.isfinite(found.high)):
        return JACKKNIFE, None, None
    return JACKKNIFE, found.low, found.high


def _reliability_frame(records: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(records, columns=RELIABILITY.schema.names)
    frame["lowest_item"] = frame["lowest_item"].astype("Int16")
    estimates = ["alpha", "alpha_ci_low", "alpha_ci_high", "omega", "ci_level"]
    estimates += ["mean_item_rest_correlation", "lowest_item_rest_correlation"]
    frame[estimates] = frame[estimates].astype("float64")
    return frame
