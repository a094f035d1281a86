"""Search for the keying that reproduces known scores, means, SDs or alphas."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from attune.intake.scoring_audit.keyings import (
    KeyedItems,
    Keying,
    Missing,
    keyed_item_sets,
    variants,
)
from attune.intake.scoring_audit.printed_targets import PrintedTarget
from attune.specs.errors import AnalysisError
from attune.specs.instrument import Instrument

Floats = NDArray[np.float64]
_Variant = tuple[int, Literal["sum", "mean"], Missing, tuple[str, ...]]

MOST_SCREENED = 400
"""Questionnaires on which all keyings are tried; the best are then tried on all."""

MOST_KEPT = 50
"""Keyings that go on to all questionnaires."""

MOST_CELLS = 4_000_000
"""Scores that are held at once."""


@dataclass(frozen=True)
class FoundKeying:
    """A keying with the number of known values that it reproduces.

    Attributes
    ----------
    keying : Keying
    reproduced : int
        Scores, or printed numbers, that it gives.
    known : int
        Out of so many.
    distance : float
        Of the others: mean absolute difference of scores, or largest distance of a statistic from
        the interval of its printed number, in units of that interval.
    """

    keying: Keying
    reproduced: int
    known: int
    distance: float

    def in_words(self) -> str:
        """What is reproduced, and how."""
        return f"{self.reproduced} of {self.known} are reproduced {self.keying.in_words()}"


@dataclass(frozen=True)
class KeyingSearch:
    """The keyings that fit best, best first.

    Attributes
    ----------
    found : list of FoundKeying
        Sorted by what they reproduce, then by their departures from the declared key.
    tried : int
        Keyings that were tried.
    ties : int
        Number of other keyings that reproduce as much as the best, also those not in `found`.
    """

    found: list[FoundKeying]
    tried: int
    ties: int

    @property
    def best(self) -> FoundKeying:
        """The one that reproduces most, with the fewest departures from the declared key."""
        return self.found[0]

    @property
    def equals(self) -> list[FoundKeying]:
        """The others that reproduce as much, as far as they are among `found`."""
        return [
            candidate
            for candidate in self.found[1:]
            if candidate.reproduced == self.best.reproduced
        ]

    @property
    def complete(self) -> bool:
        """Whether the best keying reproduces everything."""
        return self.best.reproduced == self.best.known

    @property
    def unique(self) -> bool:
        """Whether it is the only keying that does."""
        return self.complete and not self.ties


def search_keyings(
    responses: Floats,
    instrument: Instrument,
    scale: str,
    scores: Floats | None = None,
    allowed: Floats | float = 1e-6,
    printed: Sequence[PrintedTarget] = (),
) -> KeyingSearch:
    """Compare the ways in which a scale may have been scored.

    Tried are all combinations of: the items (declared, one left out, one added, columns off by
    one), the reversals (declared, none, all, one item reversed; two for the declared items), codes
    that begin one lower or higher, sum or mean, and, where answers are missing, the missing rules.
    Scores are linear in the answers: all keyings are products of one matrix of answers with one of
    weights.

    Parameters
    ----------
    responses : array of float64, shape (n, n_items)
        As given, not keyed, in the codes of the instrument; NaN where missing.
    instrument : Instrument
    scale : str
        A sum or mean scale.
    scores : array of float64, shape (n,), optional
        The known score of each questionnaire, NaN where there is none.
    allowed : array of float64, shape (n,), or float
        How far a score may be from the exact one: half of its last digit where it is rounded.
    printed : sequence of PrintedTarget
        Printed statistics, if no scores are known. SD with n - 1; alpha over the questionnaires
        that are complete in the keying's items.

    Returns
    -------
    KeyingSearch

    Raises
    ------
    AnalysisError
        The scale is not a sum or mean, or nothing is known.

    Examples
    --------
    See `attune keying`.
    """
    if instrument.scales[scale].aggregation not in ("sum", "mean"):
        raise AnalysisError(
            f"{scale} of {instrument.instrument} is not a sum or mean of items; other keys are not"
            " searched."
        )
    known = np.zeros(len(responses), bool) if scores is None else np.isfinite(scores)
    if not known.any() and not printed:
        raise AnalysisError("There is no score and no printed number to search for.")
    sets = keyed_item_sets(instrument, scale)
    used = responses if scores is None else responses[known]
    ways = list(variants(instrument, scale, _any_missing(used, sets)))
    if scores is None:
        tried = list(_all_statistics(used, instrument, sets, ways, scale, printed))
    else:
        tolerance = np.broadcast_to(np.asarray(allowed, dtype=float), known.shape)[known]
        targets = _Scores(scores[known], tolerance)
        tried = _score_matches(used, instrument, sets, ways, scale, targets)
    number = len(sets) * len(ways)
    tried.sort(key=_rank)
    ties = sum(candidate.reproduced == tried[0].reproduced for candidate in tried) - 1
    return KeyingSearch(tried[:MOST_KEPT], number, ties)


@dataclass(frozen=True)
class _Scores:
    """Known scores, each with the largest distance of an exact score."""

    known: Floats
    allowed: Floats


def _rank(candidate: FoundKeying) -> tuple[int, int, float]:
    """Best first."""
    return (-candidate.reproduced, len(candidate.keying.words), candidate.distance)


def _score_matches(
    responses: Floats,
    instrument: Instrument,
    sets: list[KeyedItems],
    ways: list[_Variant],
    scale: str,
    scores: _Scores,
) -> list[FoundKeying]:
    """Keyings against the scores of people: all on some people, the best on all people."""
    step = max(1, len(responses) // MOST_SCREENED)
    some = slice(None, None, step)
    few = _Scores(scores.known[some], scores.allowed[some])
    candidates = list(_matches(responses[some], instrument, sets, ways, scale, few))
    if step == 1:
        return candidates
    candidates.sort(key=_rank)
    # Many keyings may be as good as the best on some people: all people are needed to decide.
    best = sum(candidate.reproduced == candidates[0].reproduced for candidate in candidates)
    finalists = dict.fromkeys(candidate.keying for candidate in candidates[: max(MOST_KEPT, best)])
    again = list(dict.fromkeys(candidate.keyed for candidate in finalists))
    return [
        candidate
        for candidate in _matches(responses, instrument, again, ways, scale, scores)
        if candidate.keying in finalists
    ]


def _matches(
    responses: Floats,
    instrument: Instrument,
    sets: list[KeyedItems],
    ways: list[_Variant],
    scale: str,
    scores: _Scores,
) -> Iterator[FoundKeying]:
    n = len(responses)
    for block, variant, values, _ in _scored(responses, instrument, sets, ways, scale):
        away = np.abs(values - scores.known[:, None])
        hits = (away <= scores.allowed[:, None] + 1e-9).sum(axis=0)
        filled = np.isfinite(away)
        mean = np.where(filled, away, 0).sum(axis=0) / np.maximum(filled.sum(axis=0), 1)
        for items, hit, distance in zip(block, hits, mean, strict=True):
            yield FoundKeying(_keying(items, variant), int(hit), n, float(distance))


def _all_statistics(
    responses: Floats,
    instrument: Instrument,
    sets: list[KeyedItems],
    ways: list[_Variant],
    scale: str,
    printed: Sequence[PrintedTarget],
) -> Iterator[FoundKeying]:
    """Keyings against printed statistics."""
    for block, variant, values, complete in _scored(responses, instrument, sets, ways, scale):
        statistics = {"alpha": _alphas(responses, block, complete)}
        filled = np.isfinite(values)
        n = np.maximum(filled.sum(axis=0), 1)
        statistics["mean"] = np.where(filled, values, 0).sum(axis=0) / n
        squares = np.where(filled, (values - statistics["mean"]) ** 2, 0).sum(axis=0)
        statistics["sd"] = np.sqrt(squares / np.maximum(n - 1, 1))
        hits, distance = np.zeros(len(block), int), np.zeros(len(block))
        for target in printed:
            value = statistics[target.statistic]
            hits += (value >= target.low) & (value <= target.high)
            excess = np.maximum(target.low - value, value - target.high)
            away = np.maximum(excess, 0) / (target.high - target.low)
            distance = np.maximum(distance, np.nan_to_num(away, nan=np.inf))
        for items, hit, far in zip(block, hits, distance, strict=True):
            yield FoundKeying(_keying(items, variant), int(hit), len(printed), float(far))


def _scored(
    responses: Floats,
    instrument: Instrument,
    sets: list[KeyedItems],
    ways: list[_Variant],
    scale: str,
) -> Iterator[tuple[list[KeyedItems], _Variant, Floats, NDArray[np.bool_]]]:
    """Scores of all questionnaires by many keyings at once.

    Yields
    ------
    sets : list of KeyedItems
    variant : tuple
        As `variants` gives it.
    scores : array, shape (n, n_sets)
        NaN where the keying gives none.
    complete : array of bool, shape (n, n_sets)
        Whether all items of the set are answered.
    """
    answered = np.isfinite(responses)
    values = np.where(answered, responses, 0)
    ends = np.sum(instrument.stored_ends(), axis=0) / instrument.response.scale_factor
    size = max(1, MOST_CELLS // max(len(responses), 1))
    for start in range(0, len(sets), size):
        block = sets[start : start + size]
        counted, weights = _weights(block, responses.shape[1])
        # Where an item is reversed, the sum of both ends is added for each answer.
        sums = values @ weights + answered @ (ends[:, np.newaxis] * (weights < 0))
        n_answered = answered.astype(float) @ counted
        k = counted.sum(axis=0)
        complete = n_answered == k
        for variant in ways:
            shift, form, missing, _ = variant
            total = sums + shift * n_answered
            rule, fewest = _rule(instrument, scale, missing, k)
            if form == "mean" or rule == "prorate":
                with np.errstate(invalid="ignore", divide="ignore"):
                    total = total / n_answered * (1 if form == "mean" else k)
            yield block, variant, np.where(n_answered >= fewest, total, np.nan), complete


def _rule(instrument: Instrument, scale: str, missing: Missing, k: Floats) -> tuple[str, Floats]:
    """The missing rule and the fewest answered items for each set of k items."""
    if missing == "complete":
        return "complete", k
    if missing != "declared":
        return missing, np.ones_like(k)
    declared = instrument.missing_rule(scale)
    sizes = {int(size): declared.fewest_answered(int(size)) for size in np.unique(k)}
    return declared.rule, np.array([float(sizes[int(size)]) for size in k])


def _weights(block: list[KeyedItems], n_items: int) -> tuple[Floats, Floats]:
    """Whether an item counts, and with which sign; both of shape (n_items, n_sets)."""
    counted = np.zeros((n_items, len(block)))
    weights = np.zeros((n_items, len(block)))
    for column, candidate in enumerate(block):
        rows = np.array(candidate.items) - 1
        counted[rows, column] = 1
        weights[rows, column] = [
            -1 if item in candidate.reversed else 1 for item in candidate.items
        ]
    return counted, weights


def _alphas(responses: Floats, block: list[KeyedItems], complete: NDArray[np.bool_]) -> Floats:
    """Alpha of each set over its complete questionnaires.

    Turning an item changes neither its variance nor, up to a constant, how it adds to the sum.
    """
    values = np.where(np.isfinite(responses), responses, 0)
    counted, weights = _weights(block, responses.shape[1])
    k, n = counted.sum(axis=0), complete.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = ((values**2).T @ complete * counted).sum(axis=0)
        means = (values.T @ complete) * counted / n
        variances = (squares - n * (means**2).sum(axis=0)) / (n - 1)
        totals = values @ weights
        mean = np.where(complete, totals, 0).sum(axis=0) / n
        total = np.where(complete, (totals - mean) ** 2, 0).sum(axis=0) / (n - 1)
        return np.asarray(k / (k - 1) * (1 - variances / total))


def _any_missing(responses: Floats, sets: list[KeyedItems]) -> bool:
    declared = np.array(sets[0].items) - 1
    partial = np.isnan(responses[:, declared])
    return bool((partial.any(axis=1) & ~partial.all(axis=1)).any())


def _keying(items: KeyedItems, variant: _Variant) -> Keying:
    shift, form, missing, words = variant
    return Keying(items, shift, form, missing, (*items.words, *words))
