"""Numbers that a relation names: what their digits stand for, and what other digits would."""

from attune.paper.ledger.ledger import PrintedValue, Publication
from attune.paper.ledger.printed_text import digits_of, is_number
from attune.paper.ledger.reading import reading
from attune.stats.intervals import Interval, decimals, exact


def interval_of(publication: Publication, name: str | None) -> Interval | None:
    """What a printed value, or a number given by the relation, stands for.

    Returns
    -------
    Interval or None
        None where nothing is named, or the value is a bound or a word instead of digits.
    """
    if name is None:
        return None
    if is_number(name):
        return exact(name)
    value = publication.value(name)
    return reading(value, publication) if digits_of(value.printed) else None


def whole_number(publication: Publication, name: str | None) -> int | None:
    """A printed count of cases; None where nothing is named or it is no whole number above 0."""
    digits = digits_of(publication.value(name).printed) if name else None
    if digits is None or decimals(digits) or int(digits) < 1:
        return None
    return int(digits)


def if_printed(value: PrintedValue, digits: str) -> Interval:
    """What a value would stand for with other digits.

    Raises
    ------
    AttuneError
        No number of that kind can be printed so, such as a correlation above 1.

    Examples
    --------
    >>> r = PrintedValue(id="r", printed=".219", kind="r", places=["Text"], n=26, quoted="-")
    >>> if_printed(r, "-.9")
    Interval(low=Fraction(-19, 20), high=Fraction(-17, 20))
    """
    return reading(value.model_copy(update={"printed": digits}))
