"""Names of bookmarks in Word documents that lead back to the statistic printed there.

Word allows 40 characters: letters, digits and underscores, a letter first. Ids are longer, so a
name consists of the start of the id's SHA-1 sum and the place, since names must be unique.
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
    """The statistic of a bookmark; None if the name is of another kind or unknown.

    Parameters
    ----------
    name : str
        Name of the bookmark.
    identifiers : iterable of str
        Candidate statistics.

    Examples
    --------
    >>> bookmarked("stat_debd3f0ecab16602_3", ["sample.age.n", "sample.all.n"])
    'sample.all.n'
    """
    found = _BOOKMARK.fullmatch(name)
    if not found:
        return None
    return next((known for known in identifiers if _sum(known) == found[1]), None)


def _sum(identifier: str) -> str:
    # Pandoc's filters provide SHA-1; it need not be secure here.
    return sha1(identifier.encode(), usedforsecurity=False).hexdigest()[:SUM_DIGITS]
