"""Reliable and clinically significant change of single patients (Jacobson and Truax)."""

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from attune.specs.errors import AnalysisError

Better = Literal["lower", "higher"]
Denominator = Literal["jacobson_truax", "two_errors", "christensen_mendoza"]
Category = Literal["recovered", "improved", "unchanged", "deteriorated"]

CATEGORIES: tuple[str, ...] = get_args(Category)

Z_95 = 1.959963984540054
"""Normal quantile .975. The source prints 1.96."""

_ROUNDING = 1e-9
"""Differences of scores below this share of a criterion are rounding errors: 4.3 - 1.3 is 3."""


@dataclass(frozen=True)
class Cutoff:
    """A boundary between the clinical and the normal range.

    Attributes
    ----------
    criterion : str
        a, b, c, or given.
    value : float
        In points; NaN where it cannot be computed.
    reason : str
        Why it cannot be computed, or empty.
    """

    criterion: str
    value: float
    reason: str = ""


@dataclass(frozen=True)
class ChangeCriteria:
    """What counts as reliable change and as a score in the normal range.

    Attributes
    ----------
    better : {"lower", "higher"}
        Which scores are better.
    reliable_points : float
        Change in points that is reliable; NaN where it cannot be computed.
    cutoff : Cutoff
    denominator : float
        Standard error of a difference, by which the index divides; NaN for a published criterion.
    at_least : bool
        Whether a change of exactly `reliable_points` is reliable, as published criteria have it
        ("a change of 6 points or more"). Computed ones must be exceeded.
    reason : str
        Why reliable change cannot be judged, or empty.
    """

    better: Better
    reliable_points: float
    cutoff: Cutoff
    denominator: float = math.nan
    at_least: bool = False
    reason: str = ""


def difference_error(
    kind: Denominator,
    sd_before: float,
    reliability: float | None = None,
    sd_after: float | None = None,
    correlation: float | None = None,
) -> float:
    r"""Denominator of the reliable change index.

    .. math::
        \text{jacobson\_truax: } \sqrt{2}\, s_1 \sqrt{1 - r}, \qquad
        \text{two\_errors: } \sqrt{(s_1^2 + s_2^2)(1 - r)}, \qquad
        \text{christensen\_mendoza: } \sqrt{s_1^2 + s_2^2 - 2 r_{12} s_1 s_2}

    The first takes the same spread before and after; the second allows the spreads to differ; the
    third is the standard deviation of the differences in a sample that was not treated.

    Parameters
    ----------
    kind : str
    sd_before, sd_after : float
        Standard deviations in points, above 0.
    reliability : float
        Of the scale, from 0 up to but not including 1; not used by christensen_mendoza.
    correlation : float
        Between both occasions, above -1 and below 1; only used by christensen_mendoza.

    Raises
    ------
    AnalysisError
        A quantity that is missing or outside of its range.

    References
    ----------
    Jacobson, N. S., & Truax, P. (1991). Clinical significance: A statistical approach to defining
    meaningful change in psychotherapy research. Journal of Consulting and Clinical Psychology, 59,
    12-19. https://doi.org/10.1037/0022-006X.59.1.12

    Christensen, L., & Mendoza, J. L. (1986). A method of assessing change in a single subject: An
    alteration of the RC index. Behavior Therapy, 17, 305-308.

    Maassen, G. H. (2004). The standard error in the Jacobson and Truax Reliable Change Index: The
    classical approach to the assessment of reliable change. Journal of the International
    Neuropsychological Society, 10, 888-893. (Compares the three denominators.)

    Examples
    --------
    Jacobson and Truax's own example (p. 14), 4.74:

    >>> round(difference_error("jacobson_truax", 7.5, reliability=0.80), 2)
    4.74
    """
    if kind not in get_args(Denominator):
        raise AnalysisError(
            f"There is no denominator {kind!r}; there are: {', '.join(get_args(Denominator))}."
        )
    needed: dict[str, tuple[float | None, float, float]] = {
        "the standard deviation before treatment": (sd_before, 0.0, math.inf)
    }
    if kind != "jacobson_truax":
        needed["the standard deviation after treatment"] = (sd_after, 0.0, math.inf)
    if kind == "christensen_mendoza":
        needed["the correlation of both occasions"] = (correlation, -1.0, 1.0)
    else:
        # A reliability of 0 is allowed.
        needed["the reliability"] = (reliability, -1e-300, 1.0)
    problems = [
        f"{name} is {value}, but must be above {max(low, -1):g} and below {high:g}"
        for name, (value, low, high) in needed.items()
        if value is None or not low < value < high
    ]
    if problems:
        raise AnalysisError(f"The denominator {kind} cannot be computed: {'; '.join(problems)}.")
    after = sd_before if sd_after is None else sd_after
    if kind == "christensen_mendoza":
        r = float(correlation or 0.0)
        return math.sqrt(sd_before**2 + after**2 - 2 * r * sd_before * after)
    spread = 2 * sd_before**2 if kind == "jacobson_truax" else sd_before**2 + after**2
    return math.sqrt(spread * (1 - float(reliability or 0.0)))


def change_criteria(
    better: Better, denominator: float, cutoff: Cutoff, z: float = Z_95
) -> ChangeCriteria:
    """Criteria from a standard error of differences and a cut-off.

    Parameters
    ----------
    better : {"lower", "higher"}
    denominator : float
        See `difference_error`; above 0.
    cutoff : Cutoff
        Where it has a reason, nobody can be called recovered, but change is still judged.
    z : float
        Size of the index above which change is reliable.

    Examples
    --------
    >>> criteria = change_criteria("lower", 3.0, Cutoff("given", 15.0))
    >>> round(criteria.reliable_points, 2), criteria.cutoff.value
    (5.88, 15.0)
    """
    _sign(better)
    if not denominator > 0:
        raise AnalysisError(f"The denominator of the index is {denominator}; it must be above 0.")
    return ChangeCriteria(better, z * denominator, cutoff, denominator)


def published_criteria(
    better: Better, reliable_points: float | None = None, cutoff: float | None = None
) -> ChangeCriteria:
    """Criteria that a manual or paper gives in points.

    Parameters
    ----------
    better : {"lower", "higher"}
    reliable_points : float, optional
        Smallest change that counts as reliable, above 0.
    cutoff : float, optional
        The last score of the clinical range, such as 10 where 10 or more is a case.

    Examples
    --------
    >>> criteria = published_criteria("lower", reliable_points=6, cutoff=10)
    >>> classify_change([15, 15, 9], [9, 10, 3], criteria)["category"].tolist()
    ['recovered', 'unchanged', 'improved']
    """
    _sign(better)
    if reliable_points is not None and not reliable_points > 0:
        raise AnalysisError(f"A reliable change of {reliable_points} points must be above 0.")
    given = Cutoff("given", math.nan, "No cut-off is given.")
    return ChangeCriteria(
        better=better,
        reliable_points=math.nan if reliable_points is None else float(reliable_points),
        cutoff=given if cutoff is None else Cutoff("given", float(cutoff)),
        at_least=True,
        reason="No size of a reliable change is given." if reliable_points is None else "",
    )


def classify_change(before: ArrayLike, after: ArrayLike, criteria: ChangeCriteria) -> pd.DataFrame:
    r"""Category of each patient's change.

    .. math:: RCI = \frac{x_{after} - x_{before}}{S_{diff}}

    recovered: reliably better, from the clinical into the normal range. improved: reliably better
    otherwise, also where the first score was in the normal range already. deteriorated: reliably
    worse. unchanged: neither. A score at the cut-off is in the clinical range.

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Scores in points; NaN where missing.
    criteria : ChangeCriteria

    Returns
    -------
    pandas.DataFrame
        One row per patient: change (after minus before), rci (NaN without a denominator),
        clinical_before, clinical_after (NA without a cut-off or a score), category (missing where a
        score is missing or reliable change cannot be judged). Without a cut-off nobody is recovered
        and reliable improvement is `improved`.

    Examples
    --------
    The example of Jacobson and Truax (1991, p. 14): from 32.5 to 47.5, RC = 3.16, above cut-off b
    but below a and c.

    >>> error = difference_error("jacobson_truax", 7.5, reliability=0.80)
    >>> criteria = change_criteria("higher", error, Cutoff("b", 45.0))
    >>> found = classify_change([32.5], [47.5], criteria)
    >>> round(float(found["rci"][0]), 2), found["category"][0]
    (3.16, 'recovered')
    >>> strict = change_criteria("higher", error, Cutoff("c", 50.0))
    >>> classify_change([32.5], [47.5], strict)["category"][0]
    'improved'
    """
    first, last = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if first.shape != last.shape or first.ndim != 1:
        raise AnalysisError(
            f"Scores before and after must be of the same patients: {first.shape} and {last.shape}."
        )
    change = last - first
    gain = _sign(criteria.better) * change
    points = criteria.reliable_points
    slack = _ROUNDING * max(abs(points), 1) * (-1 if criteria.at_least else 1)
    known = np.isfinite(change) & np.isfinite(points)
    category = np.full(len(change), "unchanged", dtype=object)
    category[gain > points + slack] = "improved"
    category[-gain > points + slack] = "deteriorated"
    clinical = [_clinical(scores, criteria) for scores in (first, last)]
    crossed = (clinical[0].fillna(False) & ~clinical[1].fillna(True)).to_numpy(dtype=bool)
    category[(category == "improved") & crossed] = "recovered"
    category[~known] = None
    return pd.DataFrame(
        {
            "change": change,
            "rci": change / criteria.denominator,
            "clinical_before": clinical[0],
            "clinical_after": clinical[1],
            "category": pd.Series(category, dtype=object),
        }
    )


def _sign(better: str) -> int:
    if better not in get_args(Better):
        raise AnalysisError(f"Better scores are {better!r}; they must be 'lower' or 'higher'.")
    return 1 if better == "higher" else -1


def _clinical(scores: Any, criteria: ChangeCriteria) -> "pd.Series[Any]":
    """Whether scores are in the clinical range, the cut-off included."""
    sign, cutoff = _sign(criteria.better), criteria.cutoff.value
    if math.isnan(cutoff):
        return pd.Series(pd.array([pd.NA] * len(scores), dtype="boolean"))
    slack = _ROUNDING * max(abs(cutoff), 1)
    inside = pd.array(sign * scores <= sign * cutoff + slack, dtype="boolean")
    inside[np.isnan(scores)] = pd.NA
    return pd.Series(inside)
