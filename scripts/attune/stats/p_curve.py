"""p-curve: the distribution of significant p values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError

Vector = NDArray[np.float64]

Family = Literal["t", "F", "chi2", "z", "r"]

FULL, HALF = 0.05, 0.025
"""Two-tailed p up to which a result is in the full and in the half p-curve."""

LOW_POWER = 1 / 3
"""Power of the alternative of the test of flatness (Simonsohn, Nelson & Simmons, 2014)."""

SMALLEST = 2.2e-16
"""Bound of a pp value: normal quantiles are finite."""

WEAKEST, STRONGEST = 0.05, 0.99
"""Bounds of the power estimate."""


@dataclass(frozen=True)
class Statistic:
    """A test statistic as a paper prints it.

    Attributes
    ----------
    family : {"t", "F", "chi2", "z", "r"}
    value : float
    df1 : float
        Numerator degrees of freedom of F, degrees of freedom of chi-square; 1 otherwise.
    df2 : float
        Degrees of freedom of t and r, denominator of F; infinite otherwise.
    """

    family: Family
    value: float
    df1: float = 1.0
    df2: float = float("inf")


@dataclass(frozen=True)
class StoufferTest:
    """Combination of the probabilities of single results.

    Attributes
    ----------
    z, p : float
        Negative z and small p speak for what is tested; NaN without results.
    """

    z: float
    p: float


@dataclass(frozen=True)
class PCurve:
    """p-curve analysis.

    Attributes
    ----------
    k, k_half : int
        Results with p below .05 and below .025.
    left_out : int
        Results that are not significant.
    p : ndarray, shape (k,)
        Two-tailed p values of the results in the curve.
    shares : ndarray, shape (5,)
        Percent with p up to .01, .02, .03, .04 and .05.
    right_skew, right_skew_half : StoufferTest
        Against no effect in any study.
    flatness, flatness_half : StoufferTest
        Against a power of 33 %: a small p says that the curve is flatter.
    binomial_right, binomial_flat : float
        p of the number of results below .025 against half, and against the share at 33 % power.
    power, power_low, power_high : float
        Average power of the results in the curve with its 90 % interval, from .05 to .99.
    evidential_value : bool
        Half curve right-skewed at .05, or both curves at .10.
    inadequate : bool
        Flatter than 33 % power: full curve at .05, or half curve and binomial test both at .10.
    """

    k: int
    k_half: int
    left_out: int
    p: Vector
    shares: Vector
    right_skew: StoufferTest
    right_skew_half: StoufferTest
    flatness: StoufferTest
    flatness_half: StoufferTest
    binomial_right: float
    binomial_flat: float
    power: float
    power_low: float
    power_high: float
    evidential_value: bool
    inadequate: bool


def p_curve(statistics: Sequence[Statistic]) -> PCurve:
    r"""p-curve of the significant results among the given ones, one for each study.

    .. math:: pp = \frac{p}{.05}, \qquad Z = \frac{1}{\sqrt k} \sum \Phi^{-1}(pp_i)

    If no study has an effect, significant p are uniform. For a power pi the probability of a result
    at least as weak, given significance, is :math:`\{F(x; \delta_\pi) - (1 - \pi)\} / \pi`, with
    the noncentrality of that power; the power estimate makes its Stouffer z 0.

    Assumes independent results, one for each study, chosen by a rule that does not depend on p, and
    correct degrees of freedom. Right skew says that not all effects are zero, not that any given
    one is real, nor how large. The power estimate is far too high with heterogeneous power, single
    extreme p dominate the Stouffer test, and a hunt for smaller p makes a curve right-skewed too;
    Morey and Davis-Stober (2025) advise against the tests altogether.

    The flatness of the half curve differs from the authors' app, which divides by three times the
    probability of p < .025, so that its z is too large (tests/published).

    Parameters
    ----------
    statistics : sequence of Statistic

    Raises
    ------
    AnalysisError
        Statistics outside their ranges; no significant result.

    References
    ----------
    Simonsohn, U., Nelson, L. D., & Simmons, J. P. (2014). P-curve: A key to the file-drawer.
    Journal of Experimental Psychology: General, 143, 534-547. https://doi.org/10.1037/a0033242

    Simonsohn, U., Simmons, J. P., & Nelson, L. D. (2015). Better p-curves: Making p-curve analysis
    more robust to errors, fraud, and ambitious p-hacking. Journal of Experimental Psychology:
    General, 144, 1146-1152. https://doi.org/10.1037/xge0000104

    Morey, R. D., & Davis-Stober, C. P. (2025). On the poor statistical properties of the P-curve
    meta-analytic procedure. Journal of the American Statistical Association.
    https://doi.org/10.1080/01621459.2025.2544397

    Examples
    --------
    >>> found = p_curve([Statistic("t", 3.4, df2=40), Statistic("z", 2.1), Statistic("z", 1.0)])
    >>> found.k, found.left_out, found.p.round(4).tolist()
    (2, 1, [0.0015, 0.0357])
    """
    _check(statistics)
    values = np.array([_as_f(statistic) for statistic in statistics]).reshape(-1, 3)
    p = _upper(values)
    rows, p_kept = values[p < FULL], p[p < FULL]
    if len(rows) == 0:
        raise AnalysisError(f"None of {len(values)} results is significant at {FULL}.")
    half = p_kept < HALF
    shift = _shifts_of_power(rows, LOW_POWER)
    below = _lower(rows, shift)
    # With that shift: chance of p below .025, given nothing.
    beyond = 1 - _lower(_critical(rows, HALF), shift)
    flat_half = (below[half] - (1 - beyond[half])) / beyond[half]
    right, right_half = _stouffer(p_kept / FULL), _stouffer(p_kept[half] / HALF)
    flat = _stouffer((below - (1 - LOW_POWER)) / LOW_POWER)
    flatness_half = _stouffer(flat_half)
    binomial_flat = _binomial_at_most(
        int(half.sum()), len(rows), float((beyond / LOW_POWER).mean())
    )
    power, low, high = _power(rows)
    return PCurve(
        k=len(rows),
        k_half=int(half.sum()),
        left_out=len(values) - len(rows),
        p=p_kept,
        shares=100 * np.histogram(p_kept, np.linspace(0, FULL, 6))[0] / len(rows),
        right_skew=right,
        right_skew_half=right_half,
        flatness=flat,
        flatness_half=flatness_half,
        binomial_right=_binomial_at_most(len(rows) - int(half.sum()), len(rows), 0.5),
        binomial_flat=binomial_flat,
        power=power,
        power_low=low,
        power_high=high,
        evidential_value=right_half.p < 0.05 or (right.p < 0.10 and right_half.p < 0.10),
        inadequate=flat.p < 0.05 or (flatness_half.p < 0.10 and binomial_flat < 0.10),
    )


def _check(statistics: Sequence[Statistic]) -> None:
    faults = []
    for place, found in enumerate(statistics):
        name = f"Result {place + 1} ({found.family})"
        if found.family not in ("t", "F", "chi2", "z", "r"):
            faults.append(f"{name}: the family must be t, F, chi2, z or r.")
        if not np.isfinite(found.value) or (found.family in ("F", "chi2") and found.value < 0):
            faults.append(f"{name}: the value is {found.value}.")
        if found.family == "r" and not abs(found.value) < 1:
            faults.append(f"{name}: the value is {found.value}; it must be between -1 and 1.")
        if not (found.df1 > 0 and found.df2 > 0):
            faults.append(f"{name}: degrees of freedom are {found.df1} and {found.df2}.")
        if found.family in ("t", "F", "r") and not np.isfinite(found.df2):
            faults.append(f"{name}: the degrees of freedom df2 are missing.")
    if faults:
        raise AnalysisError("\n".join(faults))


def _as_f(found: Statistic) -> tuple[float, float, float]:
    """Value and degrees of freedom as F, or as chi-square where df2 is infinite."""
    if found.family in ("t", "z"):
        return found.value**2, 1.0, found.df2 if found.family == "t" else np.inf
    if found.family == "r":
        return found.value**2 * found.df2 / (1 - found.value**2), 1.0, found.df2
    return found.value, found.df1, found.df2 if found.family == "F" else np.inf


def _upper(rows: Vector) -> Vector:
    """Two-tailed p."""
    from scipy.special import chdtrc, fdtrc

    value, df1, df2 = rows.T
    finite = np.where(np.isfinite(df2), df2, 1.0)
    return np.where(np.isfinite(df2), fdtrc(df1, finite, value), chdtrc(df1, value))


def _lower(rows: Vector, shift: Vector) -> Vector:
    """Noncentral distribution function."""
    from scipy.special import chndtr, ncfdtr

    value, df1, df2 = rows.T
    finite = np.where(np.isfinite(df2), df2, 1.0)
    found = np.where(np.isfinite(df2), ncfdtr(df1, finite, shift, value), chndtr(value, df1, shift))
    return np.asarray(found)


def _critical(rows: Vector, p: float) -> Vector:
    """The same rows with the value at which p is reached."""
    from scipy.special import chdtri, fdtri

    _, df1, df2 = rows.T
    finite = np.where(np.isfinite(df2), df2, 1.0)
    value = np.where(np.isfinite(df2), fdtri(df1, finite, 1 - p), chdtri(df1, p))
    return np.column_stack([value, df1, df2])


def _shifts_of_power(rows: Vector, power: float) -> Vector:
    """Noncentrality under which p below .05 has a probability; it depends on df alone."""
    kinds, places = np.unique(rows[:, 1:], axis=0, return_inverse=True)
    found = np.array([_shift_of_power(np.array([1.0, *kind]), power) for kind in kinds])
    return np.asarray(found[places.ravel()])


def _shift_of_power(row: Vector, power: float) -> float:
    from scipy.optimize import brentq

    critical = _critical(row[None], FULL)

    def excess(shift: float) -> float:
        return 1 - float(_lower(critical, np.array([shift]))[0]) - power

    high = 1.0
    while excess(high) < 0:
        high *= 2
    return float(brentq(excess, 1e-12, high, xtol=1e-12, rtol=1e-14))


def _stouffer(probabilities: Vector) -> StoufferTest:
    from scipy.special import ndtr, ndtri

    if len(probabilities) == 0:
        return StoufferTest(float("nan"), float("nan"))
    bounded = np.clip(probabilities, SMALLEST, 1 - SMALLEST)
    z = float(ndtri(bounded).sum() / np.sqrt(len(bounded)))
    return StoufferTest(z, float(ndtr(z)))


def _binomial_at_most(count: int, n: int, share: float) -> float:
    from scipy.special import bdtr

    return float(bdtr(count, n, share))


def _power(rows: Vector) -> tuple[float, float, float]:
    """Estimate and ends of the 90 % interval: Stouffer z of 0, and of plus and minus 1.645."""
    from scipy.optimize import brentq
    from scipy.special import ndtri

    def z(power: float) -> float:
        if power <= WEAKEST:
            return _stouffer(1 - _upper(rows) / FULL).z
        shift = _shifts_of_power(rows, power)
        return _stouffer((_lower(rows, shift) - (1 - power)) / power).z

    def power_at(target: float) -> float:
        if z(WEAKEST) <= target:
            return WEAKEST
        if z(STRONGEST) >= target:
            return STRONGEST
        return float(brentq(lambda power: z(power) - target, WEAKEST, STRONGEST, xtol=1e-8))

    reach = float(ndtri(0.95))
    return power_at(0.0), power_at(reach), power_at(-reach)
