"""Number needed to treat, from a risk difference or from a standardised mean difference."""

import math
from dataclasses import dataclass
from typing import Literal

from attune.specs.errors import AnalysisError


@dataclass(frozen=True)
class NumberNeeded:
    """A number needed to treat for one more good outcome (NNTB) or one more bad one (NNTH).

    Attributes
    ----------
    kind : {"NNTB", "NNTH"}
        By the sign of the difference; NNTB where it is 0.
    value : float
        At least 1; infinite where the difference is 0.
    difference, ci_low, ci_high : float
        Advantage of the treatment as a difference of shares, which the numbers are reciprocals of.
    limits : tuple of (str, float)
        Kind and number of both ends: first that of the larger, then that of the smaller advantage.
        NaN without an interval.
    through_infinity : bool
        Whether the interval goes from the first limit up to infinity and down again to the second:
        "NNTB 4 to infinity to NNTH 20" (Altman, 1998).
    """

    kind: str
    value: float
    difference: float
    ci_low: float
    ci_high: float
    limits: tuple[tuple[str, float], tuple[str, float]]
    through_infinity: bool


def number_needed_to_treat(
    difference: float, ci_low: float = math.nan, ci_high: float = math.nan
) -> NumberNeeded:
    """Number needed to treat from the advantage of the treatment, a difference of shares.

    The reciprocal of the difference. Limits are the reciprocals of its limits: where these include
    0, the interval of the number is not between its limits but outside of them, and runs through
    infinity.

    Parameters
    ----------
    difference : float
        Share of good outcomes with the treatment minus the share without it (or of bad outcomes
        without minus with it), from -1 to 1.
    ci_low, ci_high : float
        Its interval.

    Raises
    ------
    AnalysisError
        A difference outside of its range, or limits that do not enclose it.

    References
    ----------
    Altman, D. G. (1998). Confidence intervals for the number needed to treat. BMJ, 317, 1309-1312.
    https://doi.org/10.1136/bmj.317.7168.1309

    Bender, R. (2001). Calculating confidence intervals for the number needed to treat. Controlled
    Clinical Trials, 22, 102-110. https://doi.org/10.1016/S0197-2456(00)00134-3 (Score intervals
    of the difference, as `risk_difference` has them.)

    Examples
    --------
    Altman's example, an advantage of 10 % with the interval -5 % to 25 %:

    >>> found = number_needed_to_treat(0.10, -0.05, 0.25)
    >>> found.kind, found.value, found.limits, found.through_infinity
    ('NNTB', 10.0, (('NNTB', 4.0), ('NNTH', 20.0)), True)
    """
    if not -1 <= difference <= 1:
        raise AnalysisError(f"A difference of shares is from -1 to 1, found {difference}.")
    known = not (math.isnan(ci_low) or math.isnan(ci_high))
    if known and not ci_low <= difference <= ci_high:
        raise AnalysisError(
            f"The interval from {ci_low} to {ci_high} does not enclose the difference {difference}."
        )
    kind, value = _reciprocal(difference)
    limits = (_reciprocal(ci_high), _reciprocal(ci_low)) if known else (("", math.nan),) * 2
    return NumberNeeded(
        kind=kind,
        value=value,
        difference=difference,
        ci_low=ci_low,
        ci_high=ci_high,
        limits=limits,
        through_infinity=known and ci_low < 0 < ci_high,
    )


def _reciprocal(difference: float) -> tuple[str, float]:
    kind = "NNTH" if difference < 0 else "NNTB"
    return kind, 1 / abs(difference) if difference else math.inf


def number_needed_from_d(
    d: float, ci_low: float = math.nan, ci_high: float = math.nan
) -> NumberNeeded:
    r"""Number needed to treat from Cohen's d or Hedges's g, by the area under the curve.

    .. math:: AUC = \Phi(d / \sqrt 2), \qquad NNT = \frac{1}{2 AUC - 1}

    AUC is the probability that a treated patient has a better outcome than an untreated one, in
    normal distributions of equal variance; no share of responders is needed.

    Parameters
    ----------
    d : float
        Positive where the treatment is better.
    ci_low, ci_high : float
        Its interval.

    References
    ----------
    Kraemer, H. C., & Kupfer, D. J. (2006). Size of treatment effects and their importance to
    clinical research and practice. Biological Psychiatry, 59, 990-996.
    https://doi.org/10.1016/j.biopsych.2005.09.014

    Examples
    --------
    >>> [round(number_needed_from_d(d).value, 1) for d in (0.2, 0.5, 0.8)]
    [8.9, 3.6, 2.3]
    """
    from scipy.special import ndtr

    return number_needed_to_treat(
        *(float(2 * ndtr(x / math.sqrt(2)) - 1) for x in (d, ci_low, ci_high))
    )


def number_needed_from_control_rate(
    d: float,
    control_rate: float,
    event: Literal["good", "bad"] = "good",
    ci_low: float = math.nan,
    ci_high: float = math.nan,
) -> NumberNeeded:
    r"""Number needed to treat from Cohen's d or Hedges's g and the share of events without it.

    .. math:: \text{good event: } \frac{1}{\Phi(d + \Phi^{-1}(c)) - c}, \qquad
              \text{bad event: } \frac{1}{c - \Phi(\Phi^{-1}(c) - d)}

    for the control event rate c: normal outcomes of equal variance, split at the point beyond which
    a share c of the control arm has the event.

    Parameters
    ----------
    d : float
        Positive where the treatment is better.
    control_rate : float
        Share of the control arm with the event, above 0 and below 1.
    event : {"good", "bad"}
        Response or remission; deterioration or relapse.
    ci_low, ci_high : float
        Interval of d; the control rate is taken as known.

    References
    ----------
    Furukawa, T. A., & Leucht, S. (2011). How to obtain NNT from Cohen's d: Comparison of four
    methods. PLoS ONE, 6, e19070. https://doi.org/10.1371/journal.pone.0019070

    Examples
    --------
    >>> round(number_needed_from_control_rate(0.5, 0.2).value, 1)
    6.0
    """
    from scipy.special import ndtr, ndtri

    if not 0 < control_rate < 1:
        raise AnalysisError(f"The control event rate is {control_rate}; it must be from 0 to 1.")
    if event not in ("good", "bad"):
        raise AnalysisError(f"The event is {event!r}; it must be 'good' or 'bad'.")
    point, sign = float(ndtri(control_rate)), 1 if event == "good" else -1
    advantages = (
        sign * (float(ndtr(point + sign * x)) - control_rate) for x in (d, ci_low, ci_high)
    )
    return number_needed_to_treat(*advantages)
