"""Effect sizes from what papers report, and conversions between them with their variances.

Measures: r (correlation), z (Fisher's z), d and g (standardised mean difference, without and with
the small-sample correction), log_or (log odds ratio). Conversions between d and r assume two groups
of a normal outcome, those between d and log_or a logistic outcome cut in two.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from attune.specs.errors import AnalysisError
from attune.stats.number_needed_to_treat import NumberNeeded, number_needed_from_d

Measure = Literal["r", "z", "d", "g", "log_or"]

MEASURES: tuple[Measure, ...] = ("r", "z", "d", "g", "log_or")

FEWEST = 4
"""Smallest sample of a correlation: the variance of Fisher's z is 1 / (n - 3)."""

LOGISTIC = math.pi / math.sqrt(3)
"""Standard deviation of the logistic distribution, the ratio of a log odds ratio to d."""


@dataclass(frozen=True)
class EffectSize:
    """An effect with its sampling variance.

    Attributes
    ----------
    measure : {"r", "z", "d", "g", "log_or"}
    estimate, variance : float
    n_first, n_second : float
        Sizes of the two groups; NaN for a correlation whose groups are not known.
    n : float
        Sample of a product-moment correlation, less the number of variables partialled out; NaN
        for other effects.
    steps : tuple of str
        Ids of the formulas that were used, in their order; `FORMULAS` has their text.
    """

    measure: Measure
    estimate: float
    variance: float
    n_first: float = math.nan
    n_second: float = math.nan
    n: float = math.nan
    steps: tuple[str, ...] = field(default=())

    @property
    def se(self) -> float:
        """Standard error."""
        return math.sqrt(self.variance)

    def interval(self, coverage: float = 0.95) -> tuple[float, float]:
        """Normal interval; of r by way of Fisher's z."""
        from scipy.special import ndtri

        if self.measure == "r":
            z = convert(self, "z")
            low, high = z.interval(coverage)
            return math.tanh(low), math.tanh(high)
        reach = float(ndtri(0.5 + coverage / 2)) * self.se
        return self.estimate - reach, self.estimate + reach

    def number_needed(self, coverage: float = 0.95) -> NumberNeeded:
        """Number needed to treat of a d or g that is positive where the treatment is better."""
        if self.measure not in ("d", "g"):
            raise AnalysisError(
                f"A number needed to treat needs d or g; this effect is {self.measure}."
            )
        return number_needed_from_d(self.estimate, *self.interval(coverage))


@dataclass(frozen=True)
class Formula:
    """A conversion as a method section states it.

    Attributes
    ----------
    estimate, variance : str
        In plain text.
    source : str
    """

    estimate: str
    variance: str
    source: str


_BORENSTEIN = (
    "Borenstein, M., Hedges, L. V., Higgins, J. P. T., & Rothstein, H. R. (2009). Introduction to"
    " meta-analysis. https://doi.org/10.1002/9780470743386"
)
_HEDGES = (
    "Hedges, L. V. (1981). Distribution theory for Glass's estimator of effect size and related"
    " estimators. https://doi.org/10.3102/10769986006002107"
)
_CHINN = (
    "Chinn, S. (2000). A simple method for converting an odds ratio to effect size for use in"
    " meta-analysis."
    " https://doi.org/10.1002/1097-0258(20001130)19:22<3127::aid-sim784>3.0.co;2-m"
)

FORMULAS: Mapping[str, Formula] = {
    "z": Formula("atanh(r)", "1 / (n - q - 3), q variables partialled out", _BORENSTEIN),
    "r->z": Formula(
        "atanh(r)",
        "1 / (n - q - 3) of a product-moment correlation, else V_r / (1 - r^2)^2",
        _BORENSTEIN,
    ),
    "z->r": Formula(
        "tanh(z)",
        "(1 - r^2)^2 / (n - q - 1) of a product-moment correlation, else V_z (1 - r^2)^2",
        _BORENSTEIN,
    ),
    "d": Formula(
        "(m1 - m2) / s, s^2 = ((n1 - 1) s1^2 + (n2 - 1) s2^2) / (n1 + n2 - 2)",
        "1 / n1 + 1 / n2 + d^2 / (2 (n1 + n2))",
        _BORENSTEIN,
    ),
    "d->g": Formula(
        "J(m) d, m = n1 + n2 - 2, J(m) = Gamma(m / 2) / (sqrt(m / 2) Gamma((m - 1) / 2))",
        "V_d - (d^2 - g^2) / (2 (n1 + n2))",
        _HEDGES,
    ),
    "g->d": Formula("g / J(m)", "V_g + (d^2 - g^2) / (2 (n1 + n2))", _HEDGES),
    "table->log_or": Formula(
        "log(a d / (b c)); 0.5 added to all cells if one is 0",
        "1 / a + 1 / b + 1 / c + 1 / d",
        _BORENSTEIN,
    ),
    "d->r": Formula(
        "d / sqrt(d^2 + a), a = (n1 + n2)^2 / (n1 n2)", "a^2 V_d / (d^2 + a)^3", _BORENSTEIN
    ),
    "r->d": Formula("sqrt(a) r / sqrt(1 - r^2)", "a V_r / (1 - r^2)^3", _BORENSTEIN),
    "log_or->d": Formula("sqrt(3) log_or / pi", "3 V / pi^2", _CHINN),
    "d->log_or": Formula("pi d / sqrt(3)", "pi^2 V_d / 3", _CHINN),
    "attenuation": Formula(
        "r / sqrt(r_xx r_yy)",
        "V_r / (r_xx r_yy)",
        "Schmidt, F. L., & Hunter, J. E. (2015). Methods of meta-analysis (3rd ed.), chapter 3.",
    ),
}
"""Id -> formula, variance and source of every conversion."""


def small_sample_factor(df: float) -> float:
    r"""Hedges's exact factor J, the ratio of the unbiased g to d.

    .. math:: J(m) = \frac{\Gamma(m/2)}{\sqrt{m/2}\, \Gamma\{(m-1)/2\}}

    Parameters
    ----------
    df : float
        Degrees of freedom of the standard deviation, at least 2.

    References
    ----------
    Hedges, L. V. (1981). Distribution theory for Glass's estimator of effect size and related
    estimators. Journal of Educational Statistics, 6, 107-128.
    https://doi.org/10.3102/10769986006002107

    Examples
    --------
    >>> round(small_sample_factor(10), 5)
    0.92275
    """
    if not df >= 2:
        raise AnalysisError(f"The small-sample correction needs 2 degrees of freedom, found {df}.")
    return math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) / math.sqrt(df / 2)


def fisher_z(r: float, n: float, partialled: int = 0) -> EffectSize:
    """Fisher's z of a correlation, whose variance does not depend on r.

    Parameters
    ----------
    r : float
        Above -1 and below 1.
    n : float
        At least 4, plus the number of variables partialled out.
    partialled : int
        Number of variables partialled out.

    Examples
    --------
    >>> found = fisher_z(0.5, 103)
    >>> round(found.estimate, 6), found.variance
    (0.549306, 0.01)
    """
    _check_correlation(r, n - partialled)
    left = n - partialled
    return EffectSize("z", math.atanh(r), 1 / (left - 3), n=left, steps=("z",))


def _check_correlation(r: float, n: float) -> None:
    faults = []
    if not -1 < r < 1:
        faults.append(
            f"The correlation is {r}; it must lie between -1 and 1, these not included"
            " (Fisher's z and the variance are undefined there)."
        )
    if not FEWEST <= n < math.inf:
        faults.append(
            f"The sample has {n} people after those that partialled variables cost;"
            f" a correlation needs at least {FEWEST}."
        )
    if faults:
        raise AnalysisError("\n".join(faults))


def _check_groups(n_first: float, n_second: float) -> None:
    if not (2 <= n_first < math.inf and 2 <= n_second < math.inf):
        raise AnalysisError(f"Both groups need at least 2 people, found {n_first} and {n_second}.")


def _check_finite(**values: float) -> None:
    faults = [f"{name} is {value}" for name, value in values.items() if not math.isfinite(value)]
    if faults:
        raise AnalysisError(f"{', '.join(faults)}; a finite number is needed.")


def d_of_size(d: float, n_first: float, n_second: float) -> EffectSize:
    """A reported d with its variance from the sizes of the two groups.

    Examples
    --------
    >>> d_of_size(0.0, 10, 10).variance
    0.2
    """
    _check_finite(d=d)
    _check_groups(n_first, n_second)
    n = n_first + n_second
    return EffectSize(
        "d", d, n / (n_first * n_second) + d * d / (2 * n), n_first, n_second, steps=("d",)
    )


def d_from_means(
    mean_first: float,
    sd_first: float,
    n_first: float,
    mean_second: float,
    sd_second: float,
    n_second: float,
) -> EffectSize:
    """Mean of the first group minus that of the second over the pooled standard deviation.

    Take `convert(effect, "g")` for a meta-analysis: d is too large in small samples.

    Examples
    --------
    >>> d_from_means(5, 2, 20, 4, 2, 20).estimate
    0.5
    """
    _check_finite(mean_first=mean_first, mean_second=mean_second)
    _check_groups(n_first, n_second)
    if not (0 < sd_first < math.inf and 0 < sd_second < math.inf):
        raise AnalysisError(
            f"Standard deviations must be above 0, found {sd_first} and {sd_second}."
        )
    df = n_first + n_second - 2
    pooled = math.sqrt(((n_first - 1) * sd_first**2 + (n_second - 1) * sd_second**2) / df)
    return d_of_size((mean_first - mean_second) / pooled, n_first, n_second)


def log_odds_ratio(a: float, b: float, c: float, d: float) -> EffectSize:
    """Log odds ratio of a table: a events and b without in the first group, c and d in the second.

    0.5 is added to all cells if one is 0; not defined where nobody or everybody has the event.

    Examples
    --------
    >>> found = log_odds_ratio(10, 5, 5, 10)
    >>> round(found.estimate, 6), round(found.variance, 6)
    (1.386294, 0.6)
    """
    cells = (a, b, c, d)
    _check_cells(cells)
    if 0 in cells:
        a, b, c, d = (cell + 0.5 for cell in cells)
    return EffectSize(
        "log_or",
        math.log(a * d / (b * c)),
        1 / a + 1 / b + 1 / c + 1 / d,
        cells[0] + cells[1],
        cells[2] + cells[3],
        steps=("table->log_or",),
    )


def _check_cells(cells: tuple[float, float, float, float]) -> None:
    a, b, c, d = cells
    if not all(0 <= cell < math.inf for cell in cells):
        raise AnalysisError(f"The cells of the table are {cells}; counts of at least 0 are needed.")
    if 0 in (a + b, c + d, a + c, b + d):
        raise AnalysisError(
            f"The cells of the table are {cells}: a group is empty, or nobody or everybody has the"
            " event, so that the table says nothing about the difference."
        )


def convert(effect: EffectSize, measure: Measure) -> EffectSize:
    """The same effect as another measure.

    The measures form a chain, z - r - d - log_or, with g at d: a conversion over several links uses
    the formula of each (`FORMULAS`), and `steps` of the result lists them.

    Parameters
    ----------
    effect : EffectSize
        Between r and d the sizes of both groups are used, equal sizes where they are not known
        (a = 4). The correction of g needs them.
    measure : {"r", "z", "d", "g", "log_or"}

    Raises
    ------
    AnalysisError
        An unknown measure; r at its limits; g without the sizes of the groups.

    References
    ----------
    Borenstein, M., Hedges, L. V., Higgins, J. P. T., & Rothstein, H. R. (2009). Introduction to
    meta-analysis, chapter 7. https://doi.org/10.1002/9780470743386

    Examples
    --------
    Borenstein et al., chapter 7: a log odds ratio of 0.9069 with variance 0.0676 is d = 0.5.

    >>> found = convert(EffectSize("log_or", 0.9069, 0.0676), "d")
    >>> round(found.estimate, 4), round(found.variance, 4)
    (0.5, 0.0205)
    """
    for name in (measure, effect.measure):
        if name not in MEASURES:
            raise AnalysisError(f"The measure is {name!r}; it must be one of {MEASURES}.")
    _check_finite(estimate=effect.estimate)
    if not 0 < effect.variance < math.inf:
        raise AnalysisError(f"The sampling variance is {effect.variance}; it must be above 0.")
    if effect.measure == measure:
        return effect
    first, last = _way_to_d(effect.measure), _way_to_d(measure)
    while len(first) > 1 and len(last) > 1 and first[-2] == last[-2]:
        first, last = first[:-1], last[:-1]
    for step in [*first[1:], *last[-2::-1]]:
        effect = _convert_once(effect, step)
    return effect


def _way_to_d(measure: Measure) -> list[Measure]:
    ways: dict[Measure, list[Measure]] = {
        "d": ["d"],
        "r": ["r", "d"],
        "z": ["z", "r", "d"],
        "g": ["g", "d"],
        "log_or": ["log_or", "d"],
    }
    return ways[measure]


def _convert_once(effect: EffectSize, target: Measure) -> EffectSize:
    step = f"{effect.measure}->{target}"
    estimate, variance = _convert_value(effect, step)
    return replace(
        effect,
        measure=target,
        estimate=estimate,
        variance=variance,
        steps=(*effect.steps, step),
    )


def _convert_value(effect: EffectSize, step: str) -> tuple[float, float]:
    """Estimate and variance by one formula of `FORMULAS`."""
    x, v = effect.estimate, effect.variance
    if effect.measure == "r" and not -1 < x < 1:
        raise AnalysisError(f"The correlation is {x}; it must lie between -1 and 1.")
    n, product = effect.n_first + effect.n_second, effect.n_first * effect.n_second
    a = 4.0 if math.isnan(n) else n * n / product
    match step:
        case "r->z":
            product_moment = effect.n >= FEWEST
            return math.atanh(x), 1 / (effect.n - 3) if product_moment else v / (1 - x * x) ** 2
        case "z->r":
            rest = (1 - math.tanh(x) ** 2) ** 2
            return math.tanh(x), rest / (effect.n - 1) if effect.n >= FEWEST else v * rest
        case "r->d":
            return math.sqrt(a) * x / math.sqrt(1 - x * x), a * v / (1 - x * x) ** 3
        case "d->r":
            return x / math.sqrt(x * x + a), a * a * v / (x * x + a) ** 3
        case "d->log_or":
            return LOGISTIC * x, LOGISTIC**2 * v
        case "log_or->d":
            return x / LOGISTIC, v / LOGISTIC**2
    if math.isnan(n):
        raise AnalysisError("The small-sample correction of g needs the sizes of both groups.")
    factor = small_sample_factor(n - 2)
    other = x * factor if step == "d->g" else x / factor
    return other, v - (x * x - other * other) / (2 * n)


def disattenuate(
    effect: EffectSize, reliability_x: float, reliability_y: float = 1.0
) -> EffectSize:
    r"""Correlation corrected for the unreliability of one or both measures.

    .. math:: r_c = \frac{r}{\sqrt{r_{xx} r_{yy}}}, \qquad V_c = \frac{V}{r_{xx} r_{yy}}

    What two error-free measures would correlate, if errors are independent of each other and of all
    else. It only rescales: where errors are correlated (same rater, same session) it is too large,
    and the reliabilities are taken as known.

    Parameters
    ----------
    effect : EffectSize
        Of measure r.
    reliability_x, reliability_y : float
        Above 0, at most 1; 1 for a measure that is not corrected.

    Raises
    ------
    AnalysisError
        Another measure, a reliability outside its range, or a corrected value of 1 or more, which
        shows that the reliabilities do not fit to the correlation.

    References
    ----------
    Schmidt, F. L., & Hunter, J. E. (2015). Methods of meta-analysis (3rd ed.), chapter 3. Sage.
    No DOI.

    Examples
    --------
    >>> observed = convert(fisher_z(0.3, 101), "r")
    >>> found = disattenuate(observed, 0.8, 0.45)
    >>> round(found.estimate, 6), round(found.variance / observed.variance, 6)
    (0.5, 2.777778)
    """
    if effect.measure != "r":
        raise AnalysisError(f"Only r can be corrected for attenuation, found {effect.measure}.")
    for name, value in (("x", reliability_x), ("y", reliability_y)):
        if not 0 < value <= 1:
            raise AnalysisError(f"The reliability of {name} is {value}; allowed is 0 < r <= 1.")
    product = reliability_x * reliability_y
    corrected = effect.estimate / math.sqrt(product)
    if abs(corrected) >= 1:
        raise AnalysisError(
            f"Corrected for reliabilities of {reliability_x} and {reliability_y}, the correlation"
            f" {effect.estimate} would be {corrected:.3f}. Reliability or correlation are wrong or"
            " of other samples; report the uncorrected value."
        )
    return replace(
        effect,
        estimate=corrected,
        variance=effect.variance / product,
        n=math.nan,
        steps=(*effect.steps, "attenuation"),
    )
