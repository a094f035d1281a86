"""Sudden gains, losses and early response; the formulas are in `attune.stats.sudden_gains`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.analyses.sudden_gains.declaration import (
    FEWEST_OCCASIONS,
    GainRule,
    ReliableChange,
    SuddenGainSearch,
    gain_searches,
)
from attune.specs.errors import AnalysisError
from attune.stats.regression import is_constant
from attune.stats.sudden_gains import (
    WINDOW,
    GainCriteria,
    SuddenGains,
    early_response,
    reliable_change,
    sudden_gains,
    sudden_losses,
    summarise_gains,
)
from attune.store.statistic_rows import Row, software, statistic_row, statistics_frame

if TYPE_CHECKING:
    from attune.analyses.analysis import AnalysisInputs
    from attune.specs.study import Study

Matrix = NDArray[np.float64]

POSITIONS = {
    **{f"before_{place}": 1 - place for place in range(WINDOW, 0, -1)},
    **{f"after_{place}": place for place in range(1, WINDOW + 1)},
}
"""Session around a gain -> its distance from the session before the gain."""

UNUSED = "No such change was found."


@dataclass(frozen=True)
class _Search:
    """One measure of one search."""

    name: str
    measure: str
    search: SuddenGainSearch
    occasions: list[str]
    scores: Matrix
    """One row per patient with any score, one column per occasion; NaN where missing."""

    def row(
        self, parts: tuple[str, ...], statistic: str, estimate: float | None, **columns: Any
    ) -> Row:
        """A row of the store about this measure."""
        shared: dict[str, Any] = {
            "x": self.measure,
            "outcome": self.measure,
            "dataset": self.search.dataset,
            "n": len(self.scores),
            "software": software("attune", "scipy"),
        }
        return statistic_row(
            self.name, (self.measure, *parts), statistic, estimate, **(shared | columns)
        )


def score_matrix(
    measures: pd.DataFrame, measure: str, occasions: list[str], imputation: int
) -> Matrix:
    """Scores of a measure, one row per dyad and one column per occasion, in order.

    Parameters
    ----------
    measures : pandas.DataFrame
        Contract `MEASURES`, one row per dyad and occasion.
    measure : str
    occasions : list of str
        Columns of the result; an occasion without rows is a column of missing scores.
    imputation : int

    Returns
    -------
    ndarray, shape (n_dyads, n_occasions)
        NaN where there is no score; dyads without any are left out.

    Examples
    --------
    >>> rows = pd.DataFrame({"dyad": ["a", "a", "b"], "occasion": ["s1", "s2", "s2"],
    ...     "imputation": 0, "bdi": [20.0, 15.0, 9.0]})
    >>> score_matrix(rows, "bdi", ["s1", "s2"], 0)
    array([[20., 15.],
           [nan,  9.]])
    """
    chosen = measures[(measures["imputation"] == imputation) & measures["occasion"].isin(occasions)]
    wide = chosen.pivot_table(
        index="dyad", columns="occasion", values=measure, aggfunc="first", dropna=False
    )
    scores = wide.reindex(columns=occasions).to_numpy(dtype=float, na_value=np.nan)
    return np.asarray(scores[np.isfinite(scores).any(axis=1)])


def find_sudden_gains(measures: pd.DataFrame, study: "Study") -> pd.DataFrame:
    """Sudden gains, losses and early response that a study looks for.

    Parameters
    ----------
    measures : pandas.DataFrame
        Contract `MEASURES`, one row per dyad and occasion.
    study : Study

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`; see `attune.analyses.sudden_gains.kinds`. Statistics that the scores
        cannot give are null with a reason; the others go on.
    """
    rows: list[Row] = []
    for name, search in gain_searches(study).items():
        occasions = search.occasions_of(study)
        for measure in search.measures:
            scores = score_matrix(measures, measure, occasions, study.imputation_of(search.dataset))
            one = _Search(name, measure, search, occasions, scores)
            rows.append(one.row((), "scored_n", float(len(scores))))
            rows += _gain_rows(one)
            rows += _early_rows(one)
    return statistics_frame(rows)


def statistics(inputs: "AnalysisInputs", resampling: bool) -> pd.DataFrame:
    """Sudden gains, from the inputs of all analyses."""
    return find_sudden_gains(inputs.measures, inputs.study)


def cutoff_of(rule: GainRule, scores: Matrix) -> float | None:
    """The cut-off in points: as declared, or the reliable change.

    Raises
    ------
    AnalysisError
        The scores of the first occasion, from which the standard deviation is taken, do not vary.
    """
    if not isinstance(rule.cutoff, ReliableChange):
        return rule.cutoff
    sd = rule.cutoff.sd
    if sd is None:
        first = scores[np.isfinite(scores[:, 0]), 0]
        if len(first) < 2 or is_constant(first):
            raise AnalysisError(
                "The reliable change needs scores of the first occasion that vary, found"
                f" {len(first)} of {len(np.unique(first))} different sizes; declare its sd."
            )
        sd = float(first.std(ddof=1))
    return reliable_change(sd, rule.cutoff.reliability, rule.cutoff.z)


def why_no_gains(search: SuddenGainSearch, scores: Matrix) -> str | None:
    """Why sudden gains cannot be looked for in some scores; None where they can.

    Parameters
    ----------
    search : SuddenGainSearch
    scores : ndarray, shape (n_patients, n_occasions)
    """
    rule = search.gains
    if rule is None:
        return "The plan does not look for sudden gains."
    if scores.shape[1] < FEWEST_OCCASIONS:
        return f"Sudden gains need {FEWEST_OCCASIONS} occasions or more, found {scores.shape[1]}."
    if not len(scores):
        return "There are no scores."
    try:
        found = sudden_gains(scores, _criteria(search, rule, scores), rule.reversal_share)
    except AnalysisError as error:
        return " ".join([error.heading, "; ".join(error.problems)]).strip()
    if not np.isfinite(found.met).any():
        return (
            "No patient has the scores around any interval that the criteria need: both sessions"
            " and, for stability, two of three on each side."
        )
    return None


def _criteria(search: SuddenGainSearch, rule: GainRule, scores: Matrix) -> GainCriteria:
    return GainCriteria(
        cutoff=cutoff_of(rule, scores),
        share=rule.share,
        stability=rule.stability,
        level=rule.level,
        critical_value=rule.critical_value,
        higher_is_better=search.higher_is_better,
    )


def _method(rule: GainRule, cutoff: float | None) -> str:
    """The criteria in words."""
    parts = []
    if cutoff is not None:
        source = ", the reliable change" if isinstance(rule.cutoff, ReliableChange) else ""
        parts.append(f"at least {cutoff:g} points{source}")
    if rule.share is not None:
        parts.append(f"at least {100 * rule.share:g}% of the score before")
    if rule.stability is not None:
        spread = {"pooled_sd": "pooled SD", "standard_error": "standard error"}[rule.stability]
        times = "critical t" if rule.critical_value is None else f"{rule.critical_value:g}"
        parts.append(f"window means that differ by more than {times} times the {spread}")
    return f"Change between two sessions of {', '.join(parts)}"


def _gain_rows(one: _Search) -> Iterator[Row]:
    rule = one.search.gains
    if rule is None:
        return
    if rule.share is not None:
        yield one.row((), "share_criterion", 100 * rule.share, n=None)
    reason = why_no_gains(one.search, one.scores)
    if reason:
        yield one.row((), "gain_cutoff", None, reason=reason)
        for event in one.search.events:
            yield from _undefined(one, event, reason)
        return
    criteria = _criteria(one.search, rule, one.scores)
    method = _method(rule, criteria.cutoff)
    unused = "The plan declares no cut-off."
    yield one.row((), "gain_cutoff", criteria.cutoff, method=method, reason=unused)
    for event in one.search.events:
        search = sudden_gains if event == "gains" else sudden_losses
        found = search(one.scores, criteria, rule.reversal_share)
        yield from _event_rows(one, event, found, method)
        if event == "gains":
            yield from _course_rows(one, found, method)


def _undefined(one: _Search, event: str, reason: str) -> Iterator[Row]:
    for level in ("with", "without"):
        yield one.row((event, level), "gain_patients", None, level=level, reason=reason)
    yield one.row((event, "all"), "gain_events", None, reason=reason)
    for statistic in ("gain_intervals", "gain_magnitude", "gain_magnitude_sd"):
        yield one.row((event,), statistic, None, reason=reason)


def _event_rows(one: _Search, event: str, found: SuddenGains, method: str) -> Iterator[Row]:
    """Patients with and without the event, the events, and how large they are.

    Counts of people are cells of the patients examined, so that none follows from the others.
    """
    summary = summarise_gains(found)
    shared = {"method": method, "n": summary.examined}
    cells = {"with": summary.with_gain, "without": summary.examined - summary.with_gain}
    yield one.row((event,), "examined_n", float(summary.examined), **shared)
    for level, count in cells.items():
        yield one.row((event, level), "gain_patients", float(count), level=level, **shared)
        share = 100 * count / summary.examined
        yield one.row((event, level), "gain_percent", share, level=level, **shared)
    yield one.row((event,), "gain_intervals", float(summary.intervals), **shared)
    # Gains less patients would tell how many have several: one hides the other.
    yield one.row((event, "all"), "gain_events", float(summary.gains), method=method)
    yield one.row((event, "all"), "several_gains", float(summary.with_several), method=method)
    of_gains = {"method": method, "n": summary.with_gain, "reason": UNUSED}
    mean, sd = summary.magnitude_mean, summary.magnitude_sd
    yield one.row((event,), "gain_magnitude", mean, **of_gains)
    few = UNUSED if not summary.gains else "One change has no standard deviation."
    yield one.row((event,), "gain_magnitude_sd", sd, **(of_gains | {"reason": few}))
    yield from _reversal_rows(one, event, found.events, method)


def _reversal_rows(one: _Search, event: str, events: pd.DataFrame, method: str) -> Iterator[Row]:
    """What became of the events: reversed, kept, or not followed by a score."""
    state = events["reversed"].astype("boolean")
    counts = {
        "reversed": int(state.fillna(value=False).sum()),
        "kept": int((~state).fillna(value=False).sum()),
        "not_followed": int(state.isna().sum()),
    }
    for level, count in counts.items():
        parts = (event, "outcome", level)
        yield one.row(parts, "reversal_events", float(count), level=level, method=method)


def _course_rows(one: _Search, found: SuddenGains, method: str) -> Iterator[Row]:
    """Mean scores around each patient's first gain: a patient counts once."""
    first = found.events.drop_duplicates("patient")
    patients = first["patient"].to_numpy(dtype=int)
    before = first["session"].to_numpy(dtype=int) - 1
    for position, distance in POSITIONS.items():
        place = before + distance
        inside = (place >= 0) & (place < one.scores.shape[1])
        values = one.scores[patients[inside], place[inside]]
        values = values[np.isfinite(values)]
        shared = {"method": method, "n": len(values), "level": position}
        mean = float(values.mean()) if len(values) else None
        se = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None
        parts = ("gains", "course", position)
        yield one.row(parts, "course_mean", mean, se=se, reason=UNUSED, **shared)


def why_no_early_response(search: SuddenGainSearch, scores: Matrix, place: int) -> str | None:
    """Why early response is not known of any patient; None where it is known of some.

    Parameters
    ----------
    search : SuddenGainSearch
        With early response.
    scores : ndarray, shape (n_patients, n_occasions)
    place : int
        Number of the occasion, from 2.
    """
    rule = search.early_response
    if rule is None:
        return "The plan does not ask for early response."
    try:
        found = early_response(scores, place, rule.share, rule.missing, search.higher_is_better)
    except AnalysisError as error:
        return error.heading
    if not found.n:
        return "No patient has a first score above zero and a later one by the declared occasion."
    return None


def _early_rows(one: _Search) -> Iterator[Row]:
    rule = one.search.early_response
    if rule is None:
        return
    place = one.occasions.index(rule.occasion) + 1
    shared: dict[str, Any] = {
        "occasion": rule.occasion,
        "method": f"Improvement by {100 * rule.share:g}% of the first score or more",
    }
    yield one.row((), "response_criterion", 100 * rule.share, n=None)
    levels = ("responded", "not_responded")
    reason = why_no_early_response(one.search, one.scores, place)
    if reason:
        for level in levels:
            parts = ("early", level)
            yield one.row(parts, "response_patients", None, level=level, reason=reason, **shared)
        yield one.row(("early",), "early_improvement", None, reason=reason, **shared)
        return
    found = early_response(one.scores, place, rule.share, rule.missing, one.search.higher_is_better)
    yield one.row(("early",), "response_n", float(found.n), **(shared | {"n": found.n}))
    responders = int(np.nansum(found.responded))
    for level, count in zip(levels, (responders, found.n - responders), strict=True):
        columns = shared | {"n": found.n, "level": level}
        yield one.row(("early", level), "response_patients", float(count), **columns)
        yield one.row(("early", level), "response_percent", 100 * count / found.n, **columns)
    mean = 100 * float(np.nanmean(found.improvement))
    yield one.row(("early",), "early_improvement", mean, **(shared | {"n": found.n}))
