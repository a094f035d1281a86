"""The simplest explanation of an inconsistency, the most innocuous first.

In this order: another tail, a common slip of reporting, another number of cases, another test, a
single typing error; if none fits, the numbers are impossible.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from attune.paper.checks.finding import Explanation
from attune.specs.errors import AttuneError

EXPLANATIONS: dict[Explanation, str] = {
    "different_tail": "another tail",
    "slip": "a common slip of reporting",
    "different_n": "another number of cases",
    "different_test": "another test",
    "typo": "a typo",
    "impossible": "no innocuous explanation",
}
"""The simplest explanation of an inconsistency, in words, the most innocuous first."""

LEAST_N = 3
"""Fewest cases with which a correlation can be tested."""
PLAUSIBLE_SHARE = Fraction(1, 3)
"""Largest distance of another number of cases, as a share of the stated one: so many cases may be
missing from one analysis, whereas a number far away would give almost any p."""
MOST_TRIED = 1_000
"""Numbers of cases that are tried one by one in each direction."""


@dataclass(frozen=True)
class OtherNumber:
    """A stated number of cases (or degrees of freedom), and whether another one would fit.

    Attributes
    ----------
    name : str
        As printed before it: `n`, `df`, `base`.
    stated : int
    fits : callable
        Whether a number would make the paper consistent.
    least : int
        The smallest number that is possible.
    sides : tuple of callable
        For tests whose possible values move monotonically with the number: -1 while the print lies
        below them, 1 while above, 0 where they overlap. The search then halves its range instead of
        trying every number. One function for each accepted tail.
    """

    name: str
    stated: int
    fits: Callable[[int], bool]
    least: int = LEAST_N
    sides: tuple[Callable[[int], int], ...] = ()


@dataclass(frozen=True)
class OtherText:
    """A printed number, and whether other digits would fit.

    Attributes
    ----------
    name : str
        As printed before it: `r`, `p`; empty for the checked value itself.
    printed : str
        Its digits.
    fits : callable
        Whether these digits would make the paper consistent. An AttuneError, as of a
        correlation above 1, counts as no.
    """

    name: str
    printed: str
    fits: Callable[[str], bool]


def simplest_explanation(
    *,
    first_slips: Sequence[str] = (),
    tails: Sequence[str] = (),
    slips: Sequence[str] = (),
    number: OtherNumber | None = None,
    test: str = "",
    further_slips: Sequence[str] = (),
    texts: Sequence[OtherText] = (),
) -> tuple[Explanation, str]:
    """The simplest explanation and a sentence that names it.

    Parameters
    ----------
    first_slips : sequence of str
        Slips that are likelier than another tail, in words (`attune.paper.checks.slips`).
    tails : sequence of str
        The p of other tails than the declared one that would fit, such as "two-tailed p".
    slips : sequence of str
        Further slips, likelier than another number of cases.
    number : OtherNumber, optional
        Tried from the stated number outwards, up to a third of it more or less.
    test : str
        Another test that would fit, in words; empty where none would.
    further_slips : sequence of str
        Slips that are less likely than another number of cases or test.
    texts : sequence of OtherText
        The checked value first, then the values it was computed from.

    Returns
    -------
    explanation : str
    words : str
        A sentence; if another tail or n explains it, another fitting n or test is named too.

    Examples
    --------
    >>> simplest_explanation(number=OtherNumber("n", 26, lambda n: n <= 25))
    ('different_n', 'n = 25 instead of 26 would give it.')
    >>> simplest_explanation(texts=[OtherText("", ".219", lambda text: text == ".291")])
    ('typo', '.291 instead of .219 (two digits swapped) would be consistent.')
    """
    near = nearest(number) if number else None
    if number and near is not None:
        of_n = f"{number.name} = {near} instead of {number.stated}"
    if first_slips:
        return "slip", _would_give_it(first_slips)
    if tails:
        others = ([of_n] if near is not None else []) or list(slips[:1])
        also = f"; so would {others[0]}" if others else ""
        return "different_tail", f"The {' or the '.join(tails)} would fit{also}."
    if slips:
        return "slip", _would_give_it(slips)
    if near is not None:
        also = f"; so would {test}" if test else ""
        return "different_n", f"{of_n} would give it{also}."
    if test:
        return "different_test", f"{test[0].upper()}{test[1:]} would give it."
    if further_slips:
        return "slip", _would_give_it(further_slips)
    for text in texts:
        slip = likeliest_slip(text)
        if slip:
            other, how = slip
            name = f"{text.name} = " if text.name else ""
            return "typo", f"{name}{other} instead of {text.printed} ({how}) would be consistent."
    # The sentence names only the explanations that were tried.
    tried = ["number of cases near it"] if number else []
    tried += ["single wrong digit", "swap of two digits", "lost sign"] if texts else []
    listed = " or ".join([*([", ".join(tried[:-1])] if tried[1:] else []), *tried[-1:]])
    return "impossible", f"No other {listed} would explain it." if listed else ""


def _would_give_it(slips: Sequence[str]) -> str:
    first, *others = slips
    also = f"; so would {others[0]}" if others else ""
    # p, t, F and the like are symbols, which keep their case.
    start = first if first[1:2] in (" ", "") else f"{first[0].upper()}{first[1:]}"
    return f"{start} would give it{also}."


def nearest(number: OtherNumber) -> int | None:
    """The number nearest to the stated one that fits; None if there is none within a third of it.

    Of two at the same distance the smaller is taken: cases are more often lost than added.

    Examples
    --------
    >>> nearest(OtherNumber("n", 26, lambda n: n in (24, 30, 28)))
    24
    >>> nearest(OtherNumber("n", 26, lambda n: n > 1000)) is None
    True
    """
    most = int(number.stated * PLAUSIBLE_SHARE)
    if number.sides:
        fitting = [
            number.stated + direction * step
            for side in number.sides
            for direction, reach in ((-1, min(most, number.stated - number.least)), (1, most))
            if (step := _first_overlap(side, number.stated, direction, reach))
        ]
        return min(fitting, key=lambda other: (abs(other - number.stated), other), default=None)
    for step in range(1, min(most, MOST_TRIED) + 1):
        for other in (number.stated - step, number.stated + step):
            if other >= number.least and _holds(number.fits, other):
                return other
    return None


def _first_overlap(side: Callable[[int], int], stated: int, direction: int, reach: int) -> int:
    """Fewest steps after which the print is no longer on the same side; 0 if there are none."""
    here = side(stated)
    least, most = 1, reach
    if most < least or side(stated + direction * most) == here:
        return 0
    while least < most:
        middle = (least + most) // 2
        if side(stated + direction * middle) == here:
            least = middle + 1
        else:
            most = middle
    return least if side(stated + direction * least) == 0 else 0


def likeliest_slip(text: OtherText) -> tuple[str, str] | None:
    """Digits with a single typing error that would be consistent, and a description of the error.

    Two swapped neighbours and a lost sign are tried before a wrong digit; of several wrong digits
    the one nearest in value is taken.

    Examples
    --------
    >>> likeliest_slip(OtherText("", "34.7", lambda text: text in ("34.6", "74.7")))
    ('34.6', 'one digit')
    """
    for slips, how in (
        (swapped(text.printed), "two digits swapped"),
        (sign_changed(text.printed), "the sign"),
        (one_digit_changed(text.printed), "one digit"),
    ):
        for other in slips:
            if _holds(text.fits, other):
                return other, how
    return None


def swapped(printed: str) -> Iterator[str]:
    """Two neighbouring digits exchanged, also across the decimal point.

    Examples
    --------
    >>> list(swapped("-0.219"))
    ['-2.019', '-0.129', '-0.291']
    """
    places = [place for place, sign in enumerate(printed) if sign.isdigit()]
    for one, two in pairwise(places):
        if printed[one] != printed[two]:
            signs = list(printed)
            signs[one], signs[two] = signs[two], signs[one]
            yield "".join(signs)


def sign_changed(printed: str) -> Iterator[str]:
    """The other sign.

    Examples
    --------
    >>> list(sign_changed("-.48")), list(sign_changed(".48"))
    (['.48'], ['-.48'])
    """
    yield printed[1:] if printed.startswith("-") else f"-{printed}"


def one_digit_changed(printed: str) -> list[str]:
    """Every number with one other digit, the nearest in value first.

    Examples
    --------
    >>> one_digit_changed(".5")[:3]
    ['.4', '.6', '.3']
    """
    others = [
        printed[:place] + other + printed[place + 1 :]
        for place, sign in enumerate(printed)
        if sign.isdigit()
        for other in "0123456789"
        if other != sign
    ]
    return sorted(others, key=lambda other: abs(Fraction(other) - Fraction(printed)))


def _holds(fits: Callable[..., bool], candidate: int | str) -> bool:
    try:
        return fits(candidate)
    except AttuneError:
        return False
