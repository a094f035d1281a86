"""Answer patterns: equal rows that are improbable by chance.

A row that was pasted under a second dyad, occasion or rater has the same answer to every item. So
have people who tick the lowest answer throughout. The two are distinguished by the information of
the pattern (in bits) and the number of pairs of rows that could agree.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.scoring.scores import NO_RESPONSE

FEWEST_ANSWERS = 8
"""Answers below which patterns are not compared: shorter ones repeat by chance."""

FALSE_ALARMS = 0.01
"""Expected number of pairs that agree by chance, per questionnaire, up to which one is reported."""

SHARE_OF_BITS = 0.65
"""Share of a pattern's bits that counts: items correlate within each level of distress, too."""

FEWEST_RARE = 4
"""Answers other than a person's most frequent one, from which a row tells something."""

FEWEST_TOGETHER = 3
"""Equal rows that are judged together, from which they may be too many."""

_ROWS_AT_ONCE = 16_384
_ODD = np.random.default_rng(20_120_917).integers(2**63, size=(2, 64), dtype=np.uint64) * 2 + 1


def row_hashes(responses: NDArray[np.int16]) -> NDArray[np.uint64]:
    """A hash per row: equal rows have equal hashes, and collisions are rare.

    Parameters
    ----------
    responses : numpy.ndarray of int16, shape (n_rows, n_items)

    Examples
    --------
    >>> first, second, third = row_hashes(np.array([[1, 2], [2, 1], [1, 2]], dtype=np.int16))
    >>> bool(first == third), bool(first == second)
    (True, False)
    """
    n_rows, n_items = responses.shape
    n_words = -(-n_items // 4)
    weights = np.resize(_ODD, (2, n_words)) + np.arange(n_words, dtype=np.uint64) * np.uint64(2)
    hashes = np.empty(n_rows, dtype=np.uint64)
    for start in range(0, n_rows, _ROWS_AT_ONCE):
        block = responses[start : start + _ROWS_AT_ONCE]
        # Four answers make one word of 64 bits.
        words = np.zeros((len(block), 4 * n_words), dtype=np.int16)
        words[:, :n_items] = block
        mixed = words.view(np.uint64) * weights[0]
        mixed ^= mixed >> np.uint64(29)
        mixed *= weights[1]
        mixed ^= mixed >> np.uint64(32)
        hashes[start : start + len(block)] = mixed.sum(axis=1, dtype=np.uint64)
    return hashes


def first_equal_rows(*blocks: NDArray[np.int16]) -> NDArray[np.int64]:
    """The first row with the same answers as each row; its own position where it is the first.

    Parameters
    ----------
    *blocks : numpy.ndarray of int16, shape (n_rows, n_items)
        Questionnaires side by side: the same rows in the same order.

    Examples
    --------
    >>> first_equal_rows(np.array([[1, 2], [2, 1], [1, 2]], dtype=np.int16)).tolist()
    [0, 1, 0]
    """
    mixed = np.zeros(len(blocks[0]), dtype=np.uint64)
    for block in blocks:
        mixed = mixed * _ODD[0, 0] + row_hashes(block)
    hashes = pd.Series(mixed)
    first = np.arange(len(hashes))
    repeated = np.flatnonzero(hashes.duplicated(keep=False))
    if not len(repeated):
        return first
    codes, _ = pd.factorize(hashes.iloc[repeated])
    positions = repeated[np.unique(codes, return_index=True)[1][codes]]
    for start in range(0, len(repeated), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        own, other = repeated[part], positions[part]
        equal = np.ones(len(own), dtype=bool)
        for block in blocks:
            equal &= (block[own] == block[other]).all(axis=1)
        first[own] = np.where(equal, other, own)
    return first


def pattern_bits(patterns: NDArray[np.int16], others: NDArray[np.int16]) -> NDArray[np.float64]:
    """Information of an answer pattern in bits: how improbable it is in another person.

    The smaller of two estimates, since each uses information that the other ignores. Within the
    person:
    answers n_c times code c, in any order, n x H = -sum n_c log2(n_c / n); a person who ticks
    nearly always the same code carries little information. Within the item: -sum log2 p_j(x_j), p_j
    being the
    share of distinct patterns with this answer to item j; (count + 1) / (patterns + 2), so that
    small samples do not give extreme probabilities.

    Parameters
    ----------
    patterns : numpy.ndarray of int16, shape (n_patterns, n_items)
        `NO_RESPONSE` where there is none; it adds nothing.
    others : numpy.ndarray of int16, shape (n_others, n_items)
        All distinct patterns of the questionnaire, those of `patterns` among them.

    Examples
    --------
    >>> zeros = np.zeros((1, 20), dtype=np.int16)
    >>> float(pattern_bits(zeros, zeros)[0])
    0.0
    >>> mixed = np.array([[0, 1, 2, 3] * 5], dtype=np.int16)
    >>> everything = np.array([[code] * 20 for code in range(4)] * 100, dtype=np.int16)
    >>> round(float(pattern_bits(mixed, everything)[0]))
    40
    """
    answered = patterns != NO_RESPONSE
    n_answered = answered.sum(axis=1)
    person = np.zeros(len(patterns))
    item = np.zeros(len(patterns))
    for code in np.unique(patterns[answered]):
        ticked = patterns == code
        times = ticked.sum(axis=1)
        # A code that the person never ticked adds 0.
        person -= times * np.log2(np.maximum(times, 1) / np.maximum(n_answered, 1))
        share = ((others == code).sum(axis=0) + 1) / (len(others) + 2)
        item -= ticked @ np.log2(share)
    return np.minimum(person, item)


def bits_needed(n_pairs: float) -> float:
    """Bits of a pattern above which agreement among `n_pairs` pairs of rows is not due to chance.

    If a pattern with S bits that count has the probability 2^-S, fewer than n_pairs x 2^-S pairs
    agree in such patterns by chance; that must be at most `FALSE_ALARMS`:
    S >= log2(n_pairs / FALSE_ALARMS).

    Examples
    --------
    >>> round(bits_needed(100 * 99 / 2), 1)
    29.1
    """
    return float(np.log2(max(n_pairs, 1) / FALSE_ALARMS) / SHARE_OF_BITS)


def copied_rows(
    *blocks: NDArray[np.int16], first: NDArray[np.int64] | None = None
) -> dict[int, int]:
    """Rows that repeat the answers of an earlier row, where that is improbable by chance.

    Parameters
    ----------
    *blocks : numpy.ndarray of int16, shape (n_rows, n_items)
        One questionnaire, or several side by side whose bits add up. `NO_RESPONSE` where there is
        no answer; at least `FEWEST_ANSWERS` answers make a pattern.
    first : numpy.ndarray of int64, optional
        Result of `first_equal_rows` for these blocks, if it is known.

    Returns
    -------
    dict of int to int
        Position of each such row -> position of the first row with its answers.

    Examples
    --------
    >>> rows = np.random.default_rng(1).integers(0, 5, (30, 20)).astype(np.int16)
    >>> rows[29] = rows[3]
    >>> copied_rows(rows)
    {29: 3}
    >>> copied_rows(np.zeros((30, 20), dtype=np.int16))
    {}
    """
    n_rows = len(blocks[0])
    if n_rows < 2 or sum(block.shape[1] for block in blocks) < FEWEST_ANSWERS:
        return {}
    if first is None:
        first = first_equal_rows(*blocks)
    own = np.arange(n_rows)
    later = np.flatnonzero(first != own)
    if not len(later):
        return {}
    originals = np.unique(first[later])
    n_answered = np.zeros(len(originals), dtype=np.int64)
    bits = np.zeros(len(originals))
    for block in blocks:
        patterns = block[originals]
        n_answered += (patterns != NO_RESPONSE).sum(axis=1)
        bits += pattern_bits(patterns, block[first == own])
    enough = (n_answered >= FEWEST_ANSWERS) & (bits >= bits_needed(n_rows * (n_rows - 1) / 2))
    copied = later[np.isin(first[later], originals[enough])]
    return {int(row): int(first[row]) for row in copied}


def any_equal_rows(
    earlier: NDArray[np.int16],
    rows: NDArray[np.int64],
    later: NDArray[np.int16],
    matches: NDArray[np.int64],
) -> bool:
    """Whether any of these pairs of rows has the same answers, looked at block by block.

    Parameters
    ----------
    earlier, later : numpy.ndarray of int16, shape (n_rows, n_items)
    rows, matches : numpy.ndarray of int64, shape (n_pairs,)
        The row of `earlier` and the row of `later` of each pair.

    Examples
    --------
    >>> one, two = np.array([[1, 2], [3, 4]]), np.array([[3, 4], [1, 1]])
    >>> any_equal_rows(one, np.array([0, 1]), two, np.array([1, 0]))
    True
    """
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        if (earlier[rows[part]] == later[matches[part]]).all(axis=1).any():
            return True
    return False


def repeated_rows(earlier: NDArray[np.int16], later: NDArray[np.int16]) -> NDArray[np.int64]:
    """Rows with the same answers of a dyad twice, where that is improbable by chance.

    People repeat many of their own answers, so that bits do not apply here. The probability is
    estimated from the answers other than the person's most frequent one: the share of them that
    dyads without complete repetition repeat. The estimate is the 90th percentile of that share
    (at least one half; four fifths where fewer than five dyads can be compared). With m such
    answers, n dyads agree by chance n x share^m times, which must be at most `FALSE_ALARMS`. Rows
    that could be due to chance one by one may be too many together: at least `FEWEST_TOGETHER` rows
    with `FEWEST_RARE` such answers, of which a Poisson distribution with the sum of share^m expects
    as many with a probability of at most `FALSE_ALARMS`.

    Parameters
    ----------
    earlier, later : numpy.ndarray of int16, shape (n_dyads, n_items)
        The same dyads in the same order.

    Returns
    -------
    numpy.ndarray of int64
        Positions of the rows.
    """
    answered = earlier != NO_RESPONSE
    equal = earlier == later
    same = equal.all(axis=1) & (answered.sum(axis=1) >= FEWEST_ANSWERS)
    if not same.any():
        return np.empty(0, dtype=np.int64)
    rare = answered & (earlier != _most_frequent(earlier)[:, None])
    n_rare = rare.sum(axis=1)
    compared = ~same & (n_rare >= FEWEST_RARE) & (later != NO_RESPONSE).any(axis=1)
    share = 0.8
    if compared.sum() >= 5:
        shares = (rare & equal).sum(axis=1)[compared] / n_rare[compared]
        share = float(np.clip(np.quantile(shares, 0.9), 0.5, 0.99))
    by_chance = share**n_rare
    improbable = len(earlier) * by_chance <= FALSE_ALARMS
    telling = (n_rare >= FEWEST_RARE) & (later != NO_RESPONSE).any(axis=1)
    if _too_many(int((same & telling).sum()), float(by_chance[telling].sum())):
        improbable |= telling
    return np.flatnonzero(same & improbable)


def _too_many(found: int, expected: float) -> bool:
    """Whether chance gives so many equal rows with a probability of at most `FALSE_ALARMS`."""
    from scipy.special import pdtrc

    return found >= FEWEST_TOGETHER and float(pdtrc(found - 1, expected)) <= FALSE_ALARMS


def _most_frequent(responses: NDArray[np.int16]) -> NDArray[np.int16]:
    """Each row's most frequent answer."""
    frequent = np.full(len(responses), NO_RESPONSE)
    most = np.zeros(len(responses), dtype=np.int64)
    for code in np.unique(responses[responses != NO_RESPONSE]):
        times = np.count_nonzero(responses == code, axis=1)
        frequent[times > most] = code
        most = np.maximum(most, times)
    return frequent
