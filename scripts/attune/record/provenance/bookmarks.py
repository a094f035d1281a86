"""Names of bookmarks in Word documents that lead back to the statistic that stands there.

Word allows 40 characters: letters, digits and underscores, a letter first. Ids are longer, so a
name holds the start of the id's SHA-1 sum, and the place, since no name may occur twice.
"""

import re
from collections.abc import Iterable
from hashlib import sha1

PREFIX = "stat"
SUM_DIGITS = 16
_BOOKMARK = re.compile(rf"{PREFIX}_([0-9a-f]{{{SUM_DIGITS}}})_\d+")


def bookmark_name(identifier: str, place: int) -> str:
    """The bookmark of a statistic at its n-th place among all statistics of a document.

    Examples
    --------
    >>> bookmark_name("sample.all.n", 12)
    'stat_debd3f0ecab16602_12'
    """
    return f"{PREFIX}_{_sum(identifier)}_{place}"


def bookmarked(name: str, identifiers: Iterable[str]) -> str | None:
    """The statistic that a bookmark belongs to; None for a name of another kind, or if unknown.

    Parameters
    ----------
    name : str
        Of a bookmark.
    identifiers : iterable of str
        Statistics that it may be.

    Examples
    --------
    >>> bookmarked("stat_debd3f0ecab16602_3", ["sample.age.n", "sample.all.n"])
    'sample.all.n'
    """
    found = _BOOKMARK.fullmatch(name)
    if not found:
        return None
    return next((each for each in identifiers if _sum(each) == found[1]), None)


def _sum(identifier: str) -> str:
    # Pandoc's filters know SHA-1; nothing here has to withstand an attack.
    return sha1(identifier.encode(), usedforsecurity=False).hexdigest()[:SUM_DIGITS]
