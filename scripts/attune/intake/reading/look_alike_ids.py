"""Ids that look the same and are not: O and 0, l, I and 1, letters of another alphabet."""

import re
from collections import Counter

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from attune.intake.reading.sheets import ids_uniformly_formatted, normalise_ids

RARE = 0.05
"""Share of the ids that may be built as one that looks like another: a slip is rare."""

USUAL = 0.5
"""Share of the ids that are built as the other one. Where letters and digits stand anywhere, as in
codes drawn at random, two may look alike and be right."""

_OTHER_ALPHABETS = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухԁһΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρ‐‑–—−",
    "ABESIJKMHOPCTYXaesijopcyxdhABEZHIKMNOPTYXovp-----",
)
_SAME_SHAPE = str.maketrans("OIl", "011")
_OTHER = "[^\\x00-\\x7f]"


def fold_look_alikes(ids: pd.Series) -> pd.Series:
    """Ids as `normalise_ids` writes them, with one character for all that look alike.

    Examples
    --------
    >>> fold_look_alikes(pd.Series(["T01", "TO1", "T0l", "Т01", "t1"])).tolist()  # noqa: RUF002
    ['t1', 't1', 't1', 't1', 't1']
    """
    alike = [_one_shape(text) for text in ids]
    return normalise_ids(pd.Series(alike, index=ids.index, dtype=object))


def look_alikes(ids: pd.Series) -> dict[str, str]:
    """Ids that look like another id of the same people, and that other id.

    Two ids look alike if they differ only in O and 0, in l, I and 1, or in letters of another
    alphabet. The first two count only for ids that are built as few others are (`RARE`: letters,
    digits and other characters in these places) and look like one that is built as most (`USUAL`).

    Parameters
    ----------
    ids : pandas.Series of str
        Distinct ids.

    Examples
    --------
    >>> look_alikes(pd.Series(["T01", "T02", "T03", "TO2"]))
    {'TO2': 'T02'}
    >>> look_alikes(pd.Series(["AO", "A0", "7K", "KI", "K1", "03"]))
    {}
    """
    texts = pa.array(ids, pa.string())
    if not _may_look_alike(texts):
        return {}
    names = [str(text) for text in ids]
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_one_shape(name), []).append(name)
    several = [group for group in groups.values() if len(group) > 1]
    if not several:
        return {}
    numbers = Counter(map(_build, names))
    found = {}
    for group in several:
        usual = max(group, key=lambda name: (name.isascii(), numbers[_build(name)]))
        common = numbers[_build(usual)] >= USUAL * len(names)
        for name in group:
            foreign = name.translate(_OTHER_ALPHABETS) == usual.translate(_OTHER_ALPHABETS)
            times = numbers[_build(name)]
            slip = common and times <= max(1, RARE * len(names)) and times < numbers[_build(usual)]
            if name != usual and (foreign or slip):
                found[name] = usual
    return found


def same_person(ids: pd.Series) -> pd.Series:
    """Ids as `normalise_ids` writes them; those that look like another (`look_alikes`) as that one.

    Parameters
    ----------
    ids : pandas.Series of str
        Repeated ids are allowed.
    """
    names = ids[ids.notna()].drop_duplicates()
    alike = look_alikes(names)
    if not alike and ids_uniformly_formatted(names):
        return ids
    return normalise_ids(ids.replace(alike))


def _may_look_alike(ids: pa.Array) -> bool:
    """Whether two ids may look alike; much faster than looking at each of many."""
    if pc.any(pc.match_substring_regex(ids, _OTHER)).as_py():
        return True
    for shape, replacement in (("O", "0"), ("[Il]", "1")):
        ids = pc.replace_substring_regex(ids, shape, replacement)
    return int(pc.count_distinct(ids).as_py()) < len(ids)


def _one_shape(text: str) -> str:
    return str(text).translate(_OTHER_ALPHABETS).translate(_SAME_SHAPE)


def _build(text: str) -> str:
    """Where an id has letters, digits and other characters.

    Examples
    --------
    >>> _build("T01-b")
    'a00-a'
    """
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", text))
