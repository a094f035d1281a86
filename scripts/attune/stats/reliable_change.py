"""Reliable and clinically significant change of single patients (Jacobson and Truax)."""

import math
from collections.abc import Mapping, Sequence
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
class ScoreNorm:
    """Mean and standard deviation of a population on the scale, in points."""

    mean: float
    sd: float


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


def cutoffs(
    better: Better, clinical: ScoreNorm | None = None, normal: ScoreNorm | None = None
) -> dict[str, Cutoff]:
    r"""Cut-offs a, b and c between the clinical and the normal range.

    .. math:: a = M_c \pm 2 s_c, \qquad b = M_n \mp 2 s_n, \qquad
              c = \frac{s_n M_c + s_c M_n}{s_n + s_c}

    with the upper sign where higher scores are better: a is two standard deviations from the mean
    of the clinical population towards the normal one, b two from the normal mean towards the
    clinical one, and c where both are equally far in units of their standard deviations.

    Parameters
    ----------
    better : {"lower", "higher"}
    clinical, normal : ScoreNorm, optional
        Populations; the sample before treatment may stand for the clinical one.

    Returns
    -------
    dict of str to Cutoff
        a, b and c; NaN with a reason where a population is missing, does not vary, or where the
        normal mean is not better than the clinical one.

    References
    ----------
    Jacobson and Truax (1991), pp. 13-14. https://doi.org/10.1037/0022-006X.59.1.12

    Examples
    --------
    The example of the source:

    >>> found = cutoffs("higher", ScoreNorm(40, 7.5), ScoreNorm(60, 7.5))
    >>> [found[name].value for name in "abc"]
    [55.0, 45.0, 50.0]
    >>> cutoffs("higher", ScoreNorm(40, 7.5))["c"].reason
    'Cut-off c needs mean and standard deviation of a normal population.'
    """
    sign = _sign(better)

    def why_not(name: str, *needed: tuple[str, ScoreNorm | None]) -> str:
        for label, norm in needed:
            if norm is None:
                return f"Cut-off {name} needs mean and standard deviation of a {label} population."
            if not (math.isfinite(norm.mean) and 0 < norm.sd < math.inf):
                return f"Cut-off {name} needs a {label} population with a spread above 0."
        if clinical and normal and not sign * normal.mean > sign * clinical.mean:
            return (
                f"The normal mean {normal.mean:g} is not better than the clinical mean"
                f" {clinical.mean:g} where {better} scores are better."
            )
        return ""

    found = {}
    for name, needed in (
        ("a", [("clinical", clinical)]),
        ("b", [("normal", normal)]),
        ("c", [("clinical", clinical), ("normal", normal)]),
    ):
        reason, value = why_not(name, *needed), math.nan
        if not reason:
            if name == "a" and clinical:
                value = clinical.mean + sign * 2 * clinical.sd
            elif name == "b" and normal:
                value = normal.mean - sign * 2 * normal.sd
            elif clinical and normal:
                value = (normal.sd * clinical.mean + clinical.sd * normal.mean) / (
                    normal.sd + clinical.sd
                )
        found[name] = Cutoff(name, float(value), reason)
    return found


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
    >>> criteria = change_criteria("lower", 3.0, cutoffs("lower", ScoreNorm(25, 5))["a"])
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
    >>> points = cutoffs("higher", ScoreNorm(40, 7.5), ScoreNorm(60, 7.5))
    >>> found = classify_change([32.5], [47.5], change_criteria("higher", error, points["b"]))
    >>> round(float(found["rci"][0]), 2), found["category"][0]
    (3.16, 'recovered')
    >>> strict = change_criteria("higher", error, points["c"])
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


def count_changes(categories: Sequence[Any], arms: Sequence[Any]) -> pd.DataFrame:
    """Number and share of patients in each category, per arm.

    Parameters
    ----------
    categories : sequence
        Of `classify_change`; missing where change is not known.
    arms : sequence
        Arm of each patient, in the same order.

    Returns
    -------
    pandas.DataFrame
        One row per arm and category: arm, category, n, share (of the patients with a category; NaN
        without any), n_known, n_missing.

    Examples
    --------
    >>> found = count_changes(["recovered", "unchanged", None], ["cbt", "cbt", "cbt"])
    >>> found.loc[found["n"] > 0, ["category", "n", "share", "n_missing"]].values.tolist()
    [['recovered', 1, 0.5, 1], ['unchanged', 1, 0.5, 1]]
    """
    rows = pd.DataFrame({"category": list(categories), "arm": list(arms)})
    unknown = sorted(set(rows["category"].dropna()) - set(CATEGORIES))
    if unknown:
        raise AnalysisError(f"{unknown[0]!r} is no category; there are: {', '.join(CATEGORIES)}.")
    found: list[Mapping[str, Any]] = []
    for arm, of_arm in rows.groupby("arm", sort=True):
        known = int(of_arm["category"].notna().sum())
        for category in CATEGORIES:
            n = int((of_arm["category"] == category).sum())
            share = n / known if known else math.nan
            found.append(
                {"arm": arm, "category": category, "n": n, "share": share}
                | {"n_known": known, "n_missing": len(of_arm) - known}
            )
    return pd.DataFrame(found)


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
