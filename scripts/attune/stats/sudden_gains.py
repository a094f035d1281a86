"""Sudden gains and losses between sessions, their reversal, and early response.

Rows of all score matrices are patients, columns sessions in order, with NaN where a session has no
score. Sessions are numbered from 1, the first column.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from attune.specs.errors import AnalysisError

Matrix = NDArray[np.float64]

WINDOW = 3
"""Sessions before and after an interval whose means the stability criterion compares."""

FEWEST_IN_WINDOW = 2
"""Scores that each side needs: with one, the side has no standard deviation."""

FEWEST_SESSIONS = 4
"""Two sessions on each side of at least one interval."""

GAIN_COLUMNS = (
    *("patient", "session", "before", "after", "magnitude", "share_of_before"),
    *("share_of_change", "reversal_score", "reversed", "reversal_session"),
)


@dataclass(frozen=True)
class GainCriteria:
    """What counts as a sudden gain; a criterion that is None is not applied.

    Attributes
    ----------
    cutoff : float or None
        Fewest points between the two sessions, such as 7 on the Beck Depression Inventory or the
        reliable change (see `reliable_change`).
    share : float or None
        Smallest share of the score before the gain, between 0 and 1.
    stability : {"pooled_sd", "standard_error"} or None
        The means of up to three sessions before and after differ by more than the critical t times
        this. "pooled_sd" is the criterion as suddengains and most studies compute it;
        "standard_error" is that of a two-sample t test, which is easier to meet.
    level : float
        Two-tailed level of the critical t, whose degrees of freedom are the scores in both windows
        less 2: with .05, 2.776 for six scores, 3.182 for five and 4.303 for four.
    critical_value : float or None
        A fixed critical value in place of it, whatever the number of scores.
    higher_is_better : bool
        Whether improvement is a rise of the score.
    """

    cutoff: float | None
    share: float | None = 0.25
    stability: Literal["pooled_sd", "standard_error"] | None = "pooled_sd"
    level: float = 0.05
    critical_value: float | None = None
    higher_is_better: bool = False


@dataclass(frozen=True)
class SuddenGains:
    """Sudden gains (or losses) of a sample and the intervals among which they were found.

    Attributes
    ----------
    events : pandas.DataFrame
        One row per gain, ordered by patient and session. `patient`: row of the score matrix, from
        0; `session`: number of the session before the gain; `before`, `after`: the two scores;
        `magnitude`: their difference, positive, in points; `share_of_before`: magnitude over the
        score before, NaN if that is 0; `share_of_change`: magnitude over the change from the first
        to the last column in the same direction, NaN if either is missing or there was no change;
        `reversal_score`: the score beyond which the gain is reversed; `reversed`: whether a session
        after the one that follows the gain lies beyond it, missing (pandas' NA) if no such session
        has a score; `reversal_session`: the first that does, else missing.
    met : ndarray, shape (n_patients, n_sessions - 3)
        1 where the interval meets every criterion, 0 where it does not, NaN where it cannot be
        examined. The first column is the interval from session 2 to 3, the last the one before the
        last interval.
    by_criterion : dict of str to ndarray
        The same for each criterion that is applied: "cutoff", "share", "stability".
    """

    events: pd.DataFrame
    met: Matrix
    by_criterion: dict[str, Matrix]


def sudden_gains(
    scores: ArrayLike, criteria: GainCriteria, reversal_share: float = 0.5
) -> SuddenGains:
    r"""Find large and stable improvements between two consecutive sessions.

    .. math:: x_n - x_{n+1} \ge c, \qquad x_n - x_{n+1} \ge s\, x_n, \qquad
              \bar x_{n-2..n} - \bar x_{n+1..n+3} > t_{1-\alpha/2,\, k-2}\; s_p

    with the cut-off c, the share s, and the standard deviation of the k scores in the two windows
    pooled over them. Where higher scores are better, all differences change their sign.

    An interval can be examined if both of its sessions have a score and, for the stability
    criterion, at least two of three sessions on each side. A missing session is never bridged.
    Intervals from the second session to the last but one are looked at, also without the stability
    criterion, so that its use does not change which intervals are at risk.

    A gain is reversed if, from the second session after it on, a score has lost more than
    `reversal_share` of the magnitude.

    Parameters
    ----------
    scores : array_like, shape (n_patients, n_sessions)
        At least four sessions.
    criteria : GainCriteria
    reversal_share : float
        Share of the magnitude, above 0.

    Raises
    ------
    AnalysisError
        Fewer than four sessions, no criterion, a criterion out of its range, or negative scores
        with the share criterion.

    References
    ----------
    Tang, T. Z., & DeRubeis, R. J. (1999). Sudden gains and critical sessions in
    cognitive-behavioral therapy for depression. Journal of Consulting and Clinical Psychology, 67,
    894-904. https://doi.org/10.1037/0022-006X.67.6.894

    Lutz, W., Ehrlich, T., Rubel, J., Hallwachs, N., Röttger, M.-A., Jorasz, C., ... &
    Tschitsaz-Stucki, A. (2013). The ups and downs of psychotherapy: Sudden gains and sudden losses
    identified with session reports. Psychotherapy Research, 23, 14-24.
    https://doi.org/10.1080/10503307.2012.693837

    Wiedemann, M., Thew, G. R., Stott, R., & Ehlers, A. (2020). suddengains: An R package to
    identify sudden gains in longitudinal data. PLoS ONE, 15, e0230276.
    https://doi.org/10.1371/journal.pone.0230276

    Examples
    --------
    From 33 to 20 after session 3; at session 6 more than half of it is lost again:

    >>> found = sudden_gains([[32, 31, 33, 20, 21, 27, 22]], GainCriteria(cutoff=7))
    >>> found.events[["session", "magnitude", "reversal_score", "reversal_session"]].to_numpy()
    array([[3, 13.0, 26.5, 6]], dtype=object)
    """
    return _events(scores, criteria, reversal_share, loss=False)


def sudden_losses(
    scores: ArrayLike, criteria: GainCriteria, reversal_share: float = 0.5
) -> SuddenGains:
    """Find large and stable deteriorations: the criteria of `sudden_gains` in reverse.

    The deterioration is at least the cut-off and at least the share of the score before it, and
    the means differ in the direction of deterioration; magnitudes are positive. The package
    suddengains compares the change with plus the share, which every deterioration meets, so it
    finds losses by the other two criteria only; `share=None` gives these.

    Parameters
    ----------
    scores : array_like, shape (n_patients, n_sessions)
        At least four sessions.
    criteria : GainCriteria
    reversal_share : float
        Share of the magnitude, above 0.

    Raises
    ------
    AnalysisError
        As `sudden_gains`.

    References
    ----------
    Lutz, W., Ehrlich, T., Rubel, J., Hallwachs, N., Röttger, M.-A., Jorasz, C., ... &
    Tschitsaz-Stucki, A. (2013). The ups and downs of psychotherapy: Sudden gains and sudden losses
    identified with session reports. Psychotherapy Research, 23, 14-24.
    https://doi.org/10.1080/10503307.2012.693837

    Examples
    --------
    >>> found = sudden_losses([[5, 6, 7, 16, 15, 14]], GainCriteria(cutoff=7))
    >>> found.events[["session", "magnitude", "reversed"]].to_numpy()
    array([[3, 9.0, False]], dtype=object)
    """
    return _events(scores, criteria, reversal_share, loss=True)


@dataclass(frozen=True)
class GainSummary:
    """Counts of sudden gains in a sample.

    Attributes
    ----------
    patients : int
        Rows of the score matrix.
    examined : int
        Patients with at least one interval that could be examined.
    intervals : int
        Intervals that could be examined.
    gains, with_gain, with_several, reversals : int
        Gains; patients with one or more, and with two or more; gains that were reversed.
    magnitude_mean, magnitude_sd : float
        In points; NaN without a gain, the standard deviation also with one.
    """

    patients: int
    examined: int
    intervals: int
    gains: int
    with_gain: int
    with_several: int
    reversals: int
    magnitude_mean: float
    magnitude_sd: float


def summarise_gains(found: SuddenGains) -> GainSummary:
    """Count gains, patients with gains and reversals.

    Parameters
    ----------
    found : SuddenGains

    Examples
    --------
    >>> scores = [[32, 31, 33, 20, 21, 27, 22], [30, 30, 29, 28, 28, 27, 26]]
    >>> summary = summarise_gains(sudden_gains(scores, GainCriteria(cutoff=7)))
    >>> summary.gains, summary.with_gain, summary.reversals, summary.intervals
    (1, 1, 1, 8)
    """
    magnitude = found.events["magnitude"].to_numpy(dtype=float)
    examined = np.isfinite(found.met)
    per_patient = np.nansum(found.met, axis=1)
    return GainSummary(
        patients=len(found.met),
        examined=int(examined.any(axis=1).sum()),
        intervals=int(examined.sum()),
        gains=len(magnitude),
        with_gain=int((per_patient >= 1).sum()),
        with_several=int((per_patient >= 2).sum()),
        reversals=int(found.events["reversed"].sum()),
        magnitude_mean=float(magnitude.mean()) if len(magnitude) else np.nan,
        magnitude_sd=float(magnitude.std(ddof=1)) if len(magnitude) > 1 else np.nan,
    )


def reliable_change(sd: float, reliability: float, z: float = 1.96) -> float:
    r"""Smallest change of one person that is beyond measurement error, as a cut-off.

    .. math:: z\, s \sqrt{2 (1 - r_{xx})}

    Parameters
    ----------
    sd : float
        Standard deviation of the score before treatment, positive.
    reliability : float
        Between 0 and 1.
    z : float
        Quantile of the normal distribution; 1.96 as in the reference.

    Raises
    ------
    AnalysisError
        A standard deviation or reliability out of range.

    References
    ----------
    Jacobson, N. S., & Truax, P. (1991). Clinical significance: A statistical approach to defining
    meaningful change in psychotherapy research. Journal of Consulting and Clinical Psychology, 59,
    12-19.

    Examples
    --------
    >>> round(reliable_change(10.5, 0.93), 3)
    7.7
    """
    if not sd > 0 or not 0 <= reliability <= 1:
        raise AnalysisError(
            "A reliable change needs a positive standard deviation and a reliability between 0 and"
            f" 1, found {sd:g} and {reliability:g}."
        )
    return float(z * sd * np.sqrt(2 * (1 - reliability)))


@dataclass(frozen=True)
class EarlyResponse:
    """Improvement by a declared session.

    Attributes
    ----------
    improvement : ndarray, shape (n_patients,)
        Share of the first score by which a patient improved, at most 1 where lower scores are
        better; negative where the patient deteriorated. NaN where a score is missing or the first
        is 0.
    session : ndarray, shape (n_patients,)
        Session whose score was used; NaN where none was.
    responded : ndarray, shape (n_patients,)
        1 or 0, NaN where the improvement is NaN.
    n : int
        Patients with a known improvement.
    """

    improvement: NDArray[np.float64]
    session: NDArray[np.float64]
    responded: NDArray[np.float64]
    n: int


def early_response(
    scores: ArrayLike,
    by_session: int,
    share: float,
    missing: Literal["exact", "last_before"] = "exact",
    higher_is_better: bool = False,
) -> EarlyResponse:
    r"""Whether patients improved by a share of their first score until a declared session.

    .. math:: \frac{x_1 - x_m}{x_1} \ge s

    for the first score and that of session m; with the opposite sign where higher is better.

    Parameters
    ----------
    scores : array_like, shape (n_patients, n_sessions)
        Ratio scale from 0: not negative. The first column is the score before treatment.
    by_session : int
        Number of the column m, from 2.
    share : float
        Smallest share that counts as response, above 0.
    missing : {"exact", "last_before"}
        Whether a patient without a score at session m has none, or gets the last score between
        session 2 and m.
    higher_is_better : bool
        Whether improvement is a rise of the score.

    Raises
    ------
    AnalysisError
        A session that the scores do not have, a share that is not positive, or negative scores.

    References
    ----------
    Rubel, J., Lutz, W., Kopta, S. M., Köck, K., Minami, T., Zimmermann, D., & Saunders, S. M.
    (2015). Defining early positive response to psychotherapy: An empirical comparison between
    clinically significant change criteria and growth mixture modeling. Psychological Assessment,
    27, 478-488.

    Examples
    --------
    >>> found = early_response([[20, 18, 15], [20, 12, np.nan], [20, 22, 19]], 3, 0.25)
    >>> found.improvement, found.responded, found.n
    (array([0.25,  nan, 0.05]), array([ 1., nan,  0.]), 2)
    """
    x = _matrix(scores, 2)
    if not 2 <= by_session <= x.shape[1] or not share > 0:
        raise AnalysisError(
            f"Early response needs a session from 2 to {x.shape[1]} and a positive share, found"
            f" session {by_session} and share {share:g}."
        )
    if (x < 0).any():
        raise AnalysisError(_negative(x, "A share of the first score"))
    later = np.isfinite(x[:, 1:by_session])
    if missing == "exact":
        later[:, :-1] = False
    # The last session with a score, counted from the end of the reversed columns.
    place = by_session - 1 - np.argmax(later[:, ::-1], axis=1)
    known = later.any(axis=1) & (x[:, 0] > 0)
    improvement, session = np.full(len(x), np.nan), np.full(len(x), np.nan)
    session[known] = place[known] + 1
    change = x[known, 0] - x[known, place[known]]
    improvement[known] = (-change if higher_is_better else change) / x[known, 0]
    responded = np.where(np.isfinite(improvement), improvement >= share, np.nan)
    return EarlyResponse(improvement, session, responded, int(known.sum()))


def _matrix(scores: ArrayLike, fewest: int) -> Matrix:
    x = np.asarray(scores, dtype=float)
    if x.ndim != 2 or x.shape[1] < fewest:
        found = f"{x.shape[1]} sessions" if x.ndim == 2 else f"{x.ndim} dimensions"
        raise AnalysisError(
            f"Scores need one row per patient and at least {fewest} sessions, found {found}."
        )
    return np.where(np.isfinite(x), x, np.nan)


def _negative(x: Matrix, what: str) -> str:
    return (
        f"{what} needs scores that are not negative, found {np.nanmin(x):g}; change the scores to"
        " a scale that starts at 0, or leave the criterion out."
    )


def _check(criteria: GainCriteria, x: Matrix, reversal_share: float) -> None:
    problems = []
    if criteria.cutoff is None and criteria.share is None and criteria.stability is None:
        problems.append("no criterion is declared; give a cut-off, a share or a stability rule")
    if criteria.cutoff is not None and not criteria.cutoff > 0:
        problems.append(f"the cut-off is {criteria.cutoff:g}, and must be positive")
    if criteria.share is not None and not 0 < criteria.share <= 1:
        problems.append(f"the share is {criteria.share:g}, and must be above 0 and at most 1")
    if not 0 < criteria.level < 1:
        problems.append(f"the level is {criteria.level:g}, and must be between 0 and 1")
    if not reversal_share > 0:
        problems.append(f"the share of a reversal is {reversal_share:g}, and must be positive")
    if criteria.share is not None and (x < 0).any():
        problems.append(_negative(x, "the share criterion"))
    if problems:
        raise AnalysisError("Sudden gains cannot be found.", problems)


def _events(
    scores: ArrayLike, criteria: GainCriteria, reversal_share: float, loss: bool
) -> SuddenGains:
    x = _matrix(scores, FEWEST_SESSIONS)
    _check(criteria, x, reversal_share)
    # Signed so that the change that is looked for is a fall.
    direction = 1.0 if criteria.higher_is_better == loss else -1.0
    signed = direction * x
    fall = signed[:, 1:-2] - signed[:, 2:-1]
    by_criterion: dict[str, Matrix] = {}
    known = np.isfinite(fall)
    if criteria.cutoff is not None:
        by_criterion["cutoff"] = _where_known(fall >= criteria.cutoff, known)
    if criteria.share is not None:
        by_criterion["share"] = _where_known(fall >= criteria.share * x[:, 1:-2], known)
    if criteria.stability is not None:
        by_criterion["stability"] = _stable(signed, known, criteria)
    met = np.min(list(by_criterion.values()), axis=0)
    events = _describe(x, direction, np.argwhere(met == 1), reversal_share)
    return SuddenGains(events, met, by_criterion)


def _where_known(condition: NDArray[np.bool_], known: NDArray[np.bool_]) -> Matrix:
    return np.where(known, condition.astype(float), np.nan)


def _stable(signed: Matrix, known: NDArray[np.bool_], criteria: GainCriteria) -> Matrix:
    """Whether the means of the windows around each interval differ by more than the criterion."""
    from scipy.special import stdtrit

    counts, means, squares = _windows(signed)
    last = signed.shape[1] - 2
    n_before, n_after = counts[:, 1:last], counts[:, 1 + WINDOW : last + WINDOW]
    fall = means[:, 1:last] - means[:, 1 + WINDOW : last + WINDOW]
    known = known & (n_before >= FEWEST_IN_WINDOW) & (n_after >= FEWEST_IN_WINDOW)
    df = np.where(known, n_before + n_after - 2, 1)
    spread = np.sqrt((squares[:, 1:last] + squares[:, 1 + WINDOW : last + WINDOW]) / df)
    if criteria.stability == "standard_error":
        spread = spread * np.sqrt(1 / np.maximum(n_before, 1) + 1 / np.maximum(n_after, 1))
    critical = criteria.critical_value
    limit = stdtrit(df, 1 - criteria.level / 2) if critical is None else critical
    return _where_known(fall > limit * spread, known)


def _windows(signed: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Number, mean and sum of squares about the mean of the scores in windows of three sessions.

    Column j is the window that ends at column j of the scores; windows reach over both ends.
    """
    edge = np.full((len(signed), WINDOW - 1), np.nan)
    padded = np.hstack([edge, signed, edge])
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=1)
    present = np.isfinite(windows)
    count = present.sum(axis=2).astype(float)
    mean = np.where(present, windows, 0.0).sum(axis=2) / np.maximum(count, 1)
    deviation = np.where(present, windows - mean[:, :, None], 0.0)
    return count, mean, (deviation * deviation).sum(axis=2)


def _describe(
    x: Matrix, direction: float, places: NDArray[np.intp], reversal_share: float
) -> pd.DataFrame:
    """One row per gain; places are rows of the scores and columns of the intervals."""
    signed = direction * x
    patient, before = places[:, 0], places[:, 1] + 1
    magnitude = signed[patient, before] - signed[patient, before + 1]
    change = signed[patient, 0] - signed[patient, -1]
    limit = signed[patient, before + 1] + reversal_share * magnitude
    later = np.arange(x.shape[1]) > before[:, None] + 1
    followed = np.asarray((later & np.isfinite(x[patient])).any(axis=1))
    beyond = later & (signed[patient] > limit[:, None])
    lost = np.asarray(beyond.any(axis=1))
    reversal_session = pd.arrays.IntegerArray(beyond.argmax(axis=1) + 1, ~lost)
    columns = (
        *(patient, before + 1, x[patient, before], x[patient, before + 1], magnitude),
        *(_ratio(magnitude, x[patient, before]), _ratio(magnitude, change)),
        *(direction * limit, pd.arrays.BooleanArray(lost, ~followed), reversal_session),
    )
    return pd.DataFrame(dict(zip(GAIN_COLUMNS, columns, strict=True)))


def _ratio(numerator: Matrix, denominator: Matrix) -> Matrix:
    known = np.isfinite(denominator) & (denominator != 0)
    return np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=known)
