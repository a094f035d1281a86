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
from attune.store.frame_rows import rows_by
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
    scales = list(_scales(responses, instruments, interval, people))
    rows = [row for one in scales for row in _statistic_rows(one, interval, alpha_interval)]
    return _reliability_frame([_record(one, interval) for one in scales]), statistics_frame(rows)


def statistics(inputs: "AnalysisInputs", resampling: bool) -> pd.DataFrame:
    """Internal consistency, from the inputs of all analyses."""
    interval = inputs.choices.estimate_reliability.interval
    declared = alpha_interval_of(inputs.study)
    scales = _scales(inputs.responses, inputs.instruments, interval, inputs.sample)
    return statistics_frame(
        [row for one in scales for row in _statistic_rows(one, interval, declared)]
    )


@dataclass(frozen=True)
class _Scale:
    """One scale of one questionnaire with its internal consistency.

    Attributes
    ----------
    place : dict
        Instrument, rater, occasion and state.
    scale : str
    answered : ndarray, shape (n_questionnaires, k)
        Keyed responses.
    estimate : Consistency
    counted : str
        Ends `method`: that each therapist counts once, where this is so.
    """

    place: dict[str, Any]
    scale: str
    answered: NDArray[np.float64]
    estimate: Consistency
    counted: str


def _scales(
    responses: pd.DataFrame,
    instruments: "Mapping[str, Instrument]",
    interval: float,
    people: pd.DataFrame | None,
) -> Iterator[_Scale]:
    """Every scale in every rater, occasion and state (see `estimate_reliability`)."""
    unknown = sorted(set(responses["instrument"]) - set(instruments))
    if unknown:
        raise AnalysisError(f"Responses to {unknown} have no scoring key among the instruments.")
    group_key = [name for name in QUESTIONNAIRE_KEY if name != "dyad"]
    again = np.zeros(len(responses), dtype=bool)
    if people is not None:
        again = repeated_sheets(responses, people)
    for where, rows in sorted(rows_by(responses, group_key).items()):
        place = dict(zip(group_key, where, strict=True))
        counted = f", {EACH_THERAPIST_ONCE}" if again[rows].any() else ""
        instrument = instruments[str(place["instrument"])]
        columns = list(ITEM_COLUMNS[: instrument.n_items])
        questionnaires = responses.iloc[[row for row in rows if not again[row]]]
        given = questionnaires[columns].to_numpy(dtype=float, na_value=np.nan)
        keyed = keyed_responses(given, instrument)
        for scale in instrument.consistency_scales():
            items = instrument.items_of(scale)
            answered = keyed[:, np.array(items) - 1]
            yield _Scale(place, scale, answered, consistency(answered, items, interval), counted)


def _record(one: _Scale, interval: float) -> dict[str, Any]:
    """A scale as a row of the contract `RELIABILITY`."""
    known = {"scale": one.scale, "n_items": one.answered.shape[1]}
    level = {"ci_level": None if one.estimate.alpha is None else interval}
    return {**one.place, **known, **vars(one.estimate), **level}


def _statistic_rows(one: _Scale, interval: float, alpha_interval: AlphaInterval) -> Iterator[Row]:
    name, estimate = str(one.place["instrument"]), one.estimate
    where = [str(one.place[part]) for part in ("rater", "occasion", "state")]
    terms = (name, one.scale, *where)
    shared = {
        "x": f"{name}.{one.scale}",
        "occasion": where[1],
        "rater": where[0],
        "n": estimate.n,
        "software": software("attune"),
    }
    feldt = (FELDT, estimate.alpha_ci_low, estimate.alpha_ci_high)
    robust = _limits(None)
    if estimate.alpha is not None:
        robust = _limits(robust_alpha_interval(one.answered, interval))
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
            method=f"{of}, {words}, questionnaires without a missing item{one.counted}",
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
