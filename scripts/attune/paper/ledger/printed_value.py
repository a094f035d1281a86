"""A printed value: its entry in the ledger, and the reading of its text.

`PrintedValue` is the entry as written. Its `reading` is parsed when the ledger is loaded: the
number or the bound that the text states, and the interval of values that would be printed so.
Checks and verdicts use the reading and never parse the text again.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr

from attune.paper.ledger.number_text import DecimalMark, number_text
from attune.printing.apa import as_decimal
from attune.specs.closed_model import ClosedModel
from attune.specs.errors import AttuneError
from attune.specs.instrument import Identifier
from attune.stats import intervals
from attune.stats.intervals import Interval, exact, rounding_interval

Kind = Literal[
    "r",
    "r_squared",
    "r_squared_percent",
    "t",
    "F",
    "z",
    "chi2",
    "d",
    "g",
    "eta_squared",
    "df",
    "p",
    "stars",
    "mean",
    "sd",
    "se",
    "difference",
    "ci_low",
    "ci_high",
    "median",
    "minimum",
    "maximum",
    "percent",
    "count",
    "alpha",
    "coefficient",
    "constant",
    "finding",
]
"""What a printed number is. `g`: the standardized mean difference with Hedges's correction.
`difference`: of two means. `ci_low`, `ci_high`: limits of a confidence interval. `eta_squared`: of
one effect (partial). `coefficient`: intercept or slope of a regression. `constant`: a number
of the design, such as the length of an inventory, the end of a response scale or an age limit.
`finding`: words that state an effect, or that there is none, such as "predicted the outcome"; it is
compared with a p."""

StatisticField = Literal["estimate", "df", "n", "p_two_tailed", "p_one_tailed", "ci_low", "ci_high"]
"""Columns of a statistic that a paper can print."""

FAR = Fraction(10**9)
"""Infinity in an interval, whose ends are fractions."""

LIMITS: dict[str, tuple[Fraction, Fraction]] = {
    "r": (Fraction(-1), Fraction(1)),
    "r_squared": (Fraction(0), Fraction(1)),
    "r_squared_percent": (Fraction(0), Fraction(100)),
    "p": (Fraction(0), Fraction(1)),
    "stars": (Fraction(0), Fraction(1)),
    "finding": (Fraction(0), Fraction(1)),
    "alpha": (-FAR, Fraction(1)),
    "percent": (Fraction(0), Fraction(100)),
    "sd": (Fraction(0), FAR),
    "se": (Fraction(0), FAR),
    "F": (Fraction(0), FAR),
    "chi2": (Fraction(0), FAR),
    "eta_squared": (Fraction(0), Fraction(1)),
    "df": (Fraction(0), FAR),
    "count": (Fraction(0), FAR),
}
"""Kind -> smallest and largest value that such a number can have; other kinds have no limits."""

BELOW_ONE = ("r", "p", "stars", "finding", "alpha", "r_squared", "eta_squared")
"""Kinds whose size cannot exceed 1: printed without a zero before the point (APA 7, 6.36)."""

P_KINDS = ("p", "stars", "finding")
"""Kinds that are statements about a p."""

SIGNED = ("r", "t", "z", "d", "g", "coefficient", "difference")
"""Kinds with a sign that a bound leaves out: "t < 2.2" bounds the size of t."""

NOT_ROUNDED = ("count", "df", "constant")
"""Kinds that are whole numbers unless decimals are printed."""

NOT_SIGNIFICANT = ("not significant", "nonsignificant", "ns", "n.s.")
SIGNIFICANT = ("significant",)
NO_STAR = "no star"
USUAL_LEVEL = ".05"
"""Level of significance of a paper that states none."""

_LOST = (
    "found the number {value} without quotes, whose last zeros are lost. Write it exactly as"
    ' printed, in quotes, such as "{value}"'
)


def _text_only(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(_LOST.format(value=value))
    return value


PrintedText = Annotated[str, BeforeValidator(_text_only), Field(min_length=1)]
"""A printed number or statement, in quotes: `.10` is not `.1`."""

Digits = Annotated[str, BeforeValidator(_text_only), Field(pattern=r"^-?\d{0,15}\.?\d{1,15}$")]
"""A decimal number, in quotes."""


def is_number(name: str) -> bool:
    """Whether a relation gives a number itself instead of the id of a printed value.

    Examples
    --------
    >>> is_number("-3.5"), is_number(".5"), is_number("age_limit")
    (True, True, False)
    """
    return name.lstrip("-")[0] in ".0123456789"


@dataclass(frozen=True)
class PrintedNumber:
    """Digits as printed.

    Attributes
    ----------
    digits : str
        As Python reads them: ".456", "-0.480", "1472".
    """

    digits: str

    @cached_property
    def value(self) -> Decimal:
        """The number, with its printed decimals."""
        return Decimal(self.digits)

    @cached_property
    def decimals(self) -> int:
        """Digits after the decimal point."""
        return intervals.decimals(self.digits)

    @property
    def unit(self) -> Decimal:
        """What one unit of the last printed digit is worth."""
        return Decimal(1).scaleb(-self.decimals)

    @property
    def span(self) -> tuple[Decimal, Decimal]:
        """Absolute values that some conventional way of rounding prints as these digits.

        From 0.55 units below (rounded to one decimal more, then again) up to, but not including,
        one whole unit above (cut off). Around 0: less than one unit to either side.

        Examples
        --------
        >>> PrintedNumber(".45").span
        (Decimal('0.4445'), Decimal('0.46'))
        """
        size = abs(self.value)
        if not size:
            return -self.unit, self.unit
        return size - self.unit * Decimal("0.55"), size + self.unit


@dataclass(frozen=True)
class PrintedBound:
    """A bound that the printed text itself states, such as "p < .05".

    Attributes
    ----------
    side : {"below", "at_least"}
    digits : str
        As Python reads them.
    """

    side: Literal["below", "at_least"]
    digits: str


@dataclass(frozen=True)
class Reading:
    """A printed text as a number or bound, with the values that round to it.

    Attributes
    ----------
    text : str
        As printed.
    kind : str
    number : PrintedNumber or None
        The number that the text states; None where it states a bound, stars or words.
    stated_bound : PrintedBound or None
        The bound that the text states in digits.
    is_bound : bool
        Whether the value only limits a number: "p < .05", a star, "not significant".
    below, at_least : Fraction or None
        The number lies below the one and not below the other; None where the value has no such
        limit.
    decimals : int
        Digits after the decimal point, of the bound where only a bound is printed.
    is_ambiguous : bool
        Whether its comma may be a decimal comma or separate thousands; then no number is read.
    """

    text: str
    kind: Kind
    number: PrintedNumber | None
    stated_bound: PrintedBound | None
    is_bound: bool
    below: Fraction | None
    at_least: Fraction | None
    decimals: int
    is_ambiguous: bool = False

    @property
    def digits(self) -> str | None:
        """The printed number as Python reads it; None without one."""
        return self.number.digits if self.number else None

    @cached_property
    def interval(self) -> Interval:
        """All values that would be printed as this one.

        For digits, the rounding interval under any rule for halves, restricted to the range of the
        kind; for counts, degrees of freedom and numbers of the design, the number itself; for
        bounds, the values within them, ends included. A bound on a number with a sign limits its
        size: "t < 2.2" is -2.2 to 2.2. An impossible number is not restricted (`is_possible`).

        Raises
        ------
        AttuneError
            The text holds neither digits nor a bound.
        """
        stated = self._stated
        lowest, highest = LIMITS.get(self.kind, (-FAR, FAR))
        if stated.low > highest or stated.high < lowest:
            return stated
        return Interval(max(lowest, stated.low), min(highest, stated.high))

    @cached_property
    def is_possible(self) -> bool:
        """Whether a number of the kind can be printed so; True for words.

        Examples
        --------
        >>> [reading_of(p, "p").is_possible for p in (".22", "-.22", "1.00", "p < -.01")]
        [True, False, True, False]
        """
        if self.number is None and not self.is_bound:
            return True
        if self.kind == "count" and self.number and self.number.value % 1:
            return False
        lowest, highest = LIMITS.get(self.kind, (-FAR, FAR))
        return self._stated.low <= highest and self._stated.high >= lowest

    @property
    def _stated(self) -> Interval:
        """All values that would be printed so, possible or not."""
        if self.is_bound:
            return Interval(
                -FAR if self.at_least is None else self.at_least,
                FAR if self.below is None else self.below,
            )
        if self.number is None:
            raise AttuneError(f"{self.text!r} is neither a number nor a bound.")
        return self._of_digits(self.number.digits)

    def _of_digits(self, digits: str) -> Interval:
        if self.kind in NOT_ROUNDED and intervals.decimals(digits) == 0:
            return exact(digits)
        return rounding_interval(digits)

    def with_digits(self, digits: str) -> Interval:
        """All values that would be printed with other digits.

        Raises
        ------
        AttuneError
            No number of that kind can be printed so, such as a correlation above 1.

        Examples
        --------
        >>> reading_of(".219", "r").with_digits("-.9")
        Interval(low=Fraction(-19, 20), high=Fraction(-17, 20))
        """
        lowest, highest = LIMITS.get(self.kind, (-FAR, FAR))
        rounded = self._of_digits(digits)
        return Interval(max(lowest, rounded.low), min(highest, rounded.high))

    def bounds_hold(self, number: float) -> bool:
        """Whether a number lies within the printed bounds; at a bound itself it is not below it.

        Examples
        --------
        >>> [reading_of("p < .05", "p").bounds_hold(p) for p in (0.049, 0.05)]
        [True, False]
        """
        given = Fraction(as_decimal(number))
        return (self.below is None or given < self.below) and (
            self.at_least is None or given >= self.at_least
        )


def reading_of(
    text: str,
    kind: Kind,
    *,
    below: str | None = None,
    at_least: str | None = None,
    significant: bool | None = None,
    level: str = USUAL_LEVEL,
    mark: DecimalMark | None = None,
) -> Reading:
    """The reading of a printed text.

    Parameters
    ----------
    text : str
        As printed.
    kind : str
    below, at_least : str, optional
        Bounds that the ledger gives, such as the level of a star.
    significant : bool, optional
        Whether a finding states an effect; its p then lies below the level, or not below it.
    level : str, optional
        The bound of findings, and of "significant" and "not significant" where the ledger gives
        none.
    mark : {"point", "comma"}, optional
        The decimal mark of the paper, where the ledger states it.

    Examples
    --------
    >>> reading_of(".46", "r").interval
    Interval(low=Fraction(91, 200), high=Fraction(93, 200))
    >>> reading_of("*", "stars", below=".05").interval
    Interval(low=Fraction(0, 1), high=Fraction(1, 20))
    >>> [reading_of(text, "count").digits for text in ("1,472", "p = .40", "57.7 %", "**")]
    ['1472', '.40', '57.7', None]

    >>> reading_of("was unrelated to outcome", "finding", significant=False).at_least
    Fraction(1, 20)

    "p < .000" is what programs print as .000: any p that rounds to that.

    >>> reading_of("p < .000", "p").below
    Fraction(1, 2000)

    A bound on a number with a sign leaves the sign out.

    >>> reading_of("t < 2.2", "t").interval
    Interval(low=Fraction(-11, 5), high=Fraction(11, 5))
    """
    read = number_text(text, whole=kind == "count", mark=mark)
    number = PrintedNumber(read.digits) if read.digits and not read.bound else None
    stated = PrintedBound(read.bound, read.digits) if read.digits and read.bound else None
    words = text.strip().lower()
    if significant is not None:
        below, at_least = (level, None) if significant else (None, level)
    given = below is not None or at_least is not None
    low, high = at_least, below
    if not given and stated is not None:
        limit = stated.digits
        if stated.side == "below" and Fraction(limit) == 0:
            limit = f"{rounding_interval(limit).high}"
        low, high = (limit, None) if stated.side == "at_least" else (None, limit)
    elif not given:
        low = level if words in NOT_SIGNIFICANT else None
        high = level if words in SIGNIFICANT else None
    if kind in SIGNED and high is not None and low is None and Fraction(high) > 0:
        low = f"-{high}"
    digits = number.digits if number else stated.digits if stated else below or at_least or ""
    return Reading(
        text=text,
        kind=kind,
        number=number,
        stated_bound=stated,
        is_bound=given or stated is not None or words in (*NOT_SIGNIFICANT, *SIGNIFICANT),
        below=None if high is None else Fraction(high),
        at_least=None if low is None else Fraction(low),
        decimals=intervals.decimals(digits),
        is_ambiguous=read.is_ambiguous,
    )


StatisticId = Annotated[str, Field(pattern=r"^[a-z]\w*(\.\w+)+$")]


class Contrast(ClosedModel):
    """Test of a difference that the paper's words imply, such as "but not therapist-rated"."""

    statistic: StatisticId
    """Id of the test: an effect that is significant and one that is not may still not differ."""
    between: str
    """What is compared, behind "the difference between": the coefficients of the two raters."""


class PrintedValue(ClosedModel):
    """One printed number, or one statement about a p such as "p < .05" or a star."""

    id: Identifier
    """Name of the printed value."""
    label: str = ""
    """Label for readers; empty: the id."""
    conclusion: str = ""
    """What the abstract concludes from it, as a sentence; empty: the verdict page shows the
    label."""
    printed: PrintedText
    """Exactly as printed, in quotes: the digits count."""
    kind: Kind
    places: list[str] = Field(min_length=1)
    """Where it is printed: Abstract, Table II, the heading of a section."""
    n: int | None = Field(default=None, ge=1, le=10**12)
    """Number of cases that the paper states for it."""
    covariates: int | None = Field(default=None, ge=1, le=1_000)
    """r: number of variables that a partial correlation holds constant."""
    tail: Literal["one", "two"] | None = None
    """p and stars: the tail that the paper declares."""
    direction: Literal["positive", "negative"] | None = None
    """One-tailed p and stars: the sign that was predicted. finding: the sign of the effect."""
    direction_assumed: bool = False
    """finding: whether the paper does not state the sign, so that this ledger assumes it."""
    significant: bool | None = None
    """finding: whether the words state an effect (true) or that there is none (false)."""
    of: Identifier | None = None
    """p, stars, df, r squared: the value that it belongs to."""
    below: Digits | None = None
    """p and stars: the p must lie below this."""
    at_least: Digits | None = None
    """p and stars: the p must not lie below this."""
    statistic: StatisticId | None = None
    """Id of the statistic that should give it. Once one value of a ledger has one, every value
    needs this, `quoted` or `not_asked`; a ledger without any can be audited, but not compared."""
    field: StatisticField = "estimate"
    """Which number of that statistic."""
    contrast: Contrast | None = None
    """finding: the difference from another effect that its words imply, where the study tests it.
    One that is not significant is a reservation on the conclusion."""
    quoted: str = ""
    """Instead of a statistic: why the data of this paper cannot give it, such as the source that it
    is quoted from."""
    not_asked: str = ""
    """Instead of a statistic, where the data of this paper could give it: why the study did not
    compute it."""
    note: str = ""

    _level: str = PrivateAttr(default=USUAL_LEVEL)
    _mark: DecimalMark | None = PrivateAttr(default=None)
    _reading: Reading = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Read the text."""
        self._read()

    def model_copy(self, *, update: Any = None, deep: bool = False) -> "PrintedValue":
        """A copy; its text is read anew, since the update may hold another one."""
        copied = super().model_copy(update=update, deep=deep)
        copied._read()
        return copied

    def in_paper(self, level: str, mark: DecimalMark | None) -> "PrintedValue":
        """The value in a paper with this level of significance and this decimal mark."""
        copied = self.model_copy()
        copied._level, copied._mark = level, mark
        copied._read()
        return copied

    def _read(self) -> None:
        self._reading = reading_of(
            self.printed,
            self.kind,
            below=self.below,
            at_least=self.at_least,
            significant=self.significant if self.kind == "finding" else None,
            level=self._level,
            mark=self._mark,
        )

    @property
    def reading(self) -> Reading:
        """The printed text as a number or bound.

        Examples
        --------
        >>> r = PrintedValue(id="r", printed="r = .46", kind="r", places=["Text"])
        >>> r.reading.digits, r.reading.decimals, r.reading.is_bound
        ('.46', 2, False)
        """
        return self._reading

    def direction_holds(self, estimate: float | None) -> bool:
        """Whether an estimate has the sign that a finding states; True if it states none.

        Examples
        --------
        >>> finding = PrintedValue(id="f", printed="lowered the alliance", kind="finding",
        ...     significant=True, direction="negative", places=["Abstract"])
        >>> finding.direction_holds(-0.2), finding.direction_holds(0.2)
        (True, False)
        """
        if self.kind != "finding" or self.direction is None or estimate is None:
            return True
        return estimate > 0 if self.direction == "positive" else estimate < 0

    @property
    def title(self) -> str:
        """Label for readers; without one, the id in words.

        Examples
        --------
        >>> PrintedValue(id="kims_sd", printed="15", kind="sd", places=["Text"]).title
        'kims sd'
        """
        return self.label or self.id.replace("_", " ")

    @property
    def why_unbound(self) -> str:
        """Why no statistic gives it, as the ledger says; empty where one should."""
        return self.quoted or self.not_asked

    @property
    def states_no_effect(self) -> bool:
        """Whether it states that nothing is significant, of which p shows no more than that.

        Examples
        --------
        >>> shared = {"id": "a", "places": ["Abstract"]}
        >>> PrintedValue(printed="no star", kind="stars", at_least=".05", **shared).states_no_effect
        True
        >>> PrintedValue(printed="*", kind="stars", below=".05", **shared).states_no_effect
        False
        """
        if self.kind == "finding":
            return self.significant is False
        return self.kind in P_KINDS and self.reading.is_bound and self.reading.below is None

    @property
    def print_factor(self) -> int:
        """What a stored statistic is multiplied by before it is printed as this value.

        A share of variance is stored as a share; some papers print it in percent.
        """
        return 100 if self.kind == "r_squared_percent" else 1
