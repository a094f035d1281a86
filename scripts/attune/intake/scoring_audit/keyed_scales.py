"""The scales of a questionnaire with meaningful internal consistency, and keyed responses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from attune.intake.reading.cell_values import NO_RESPONSE
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.specs.instrument import Instrument

FEWEST_ITEMS = 3
"""Of two negatively correlated items, neither can be identified as the miskeyed one."""


@dataclass(frozen=True)
class KeyedScale:
    """One sum or mean scale of one questionnaire.

    Attributes
    ----------
    scale : str
    items : array of int, shape (k,)
        Item numbers, in the key's order.
    reversed : array of bool, shape (k,)
        Whether the key reverses the item.
    likely : array of bool, shape (k,)
        Whether a common fault turns the item: the key reverses it, or the form prints its answers
        in the opposite order.
    keyed : array of float64, shape (n, k)
        Keyed responses of the questionnaires with every item of the scale answered, in the codes
        of the instrument.
    """

    scale: str
    items: NDArray[np.int64]
    reversed: NDArray[np.bool_]
    likely: NDArray[np.bool_]
    keyed: NDArray[np.float64]


def thinned(questionnaire: AnsweredQuestionnaire, most: int) -> AnsweredQuestionnaire:
    """The questionnaire, thinned to at most `most` evenly spaced rows."""
    step = -(-len(questionnaire.responses) // most)
    if step <= 1:
        return questionnaire
    rows = slice(None, None, step)
    return replace(
        questionnaire,
        dyads=questionnaire.dyads.iloc[rows],
        responses=np.ascontiguousarray(questionnaire.responses[rows]),
    )


def keyed_answers(questionnaire: AnsweredQuestionnaire) -> NDArray[np.float64]:
    """Keyed responses of all items, NaN where there is none, in the codes of the instrument.

    A code outside the instrument's range has a violation of its own and counts as no answer.
    """
    return keyed_matrix(questionnaire.responses, questionnaire.instrument)


def keyed_matrix(responses: NDArray[np.int16], instrument: Instrument) -> NDArray[np.float64]:
    """As `keyed_answers`, of a matrix of responses as given."""
    low, high = np.array(instrument.stored_ends())
    known = (responses != NO_RESPONSE) & (responses >= low) & (responses <= high)
    values = np.where(known, responses.astype(float), np.nan)
    reverse_scored = np.array(instrument.reverse, dtype=int) - 1
    values[:, reverse_scored] = (low + high)[reverse_scored] - values[:, reverse_scored]
    return values / instrument.response.scale_factor


def keyed_scales(questionnaire: AnsweredQuestionnaire) -> Iterator[KeyedScale]:
    """Every sum or mean scale of at least three items, in the order of the key.

    Weighted sums, counts and ratios are left out, and so are scales that the key declares without
    meaningful internal consistency: their items need not correlate.
    """
    instrument = questionnaire.instrument
    answers = keyed_answers(questionnaire)
    meaningful = set(instrument.consistency_scales())
    for name, scale in instrument.scales.items():
        if name not in meaningful:
            continue
        items = np.array(instrument.items_of(name), dtype=int)
        if scale.aggregation not in ("sum", "mean") or len(items) < FEWEST_ITEMS:
            continue
        keyed = answers[:, items - 1]
        complete = keyed[np.isfinite(keyed).all(axis=1)]
        reverse_scored = np.isin(items, instrument.reverse)
        likely = reverse_scored | np.isin(items, instrument.anchor_flips)
        yield KeyedScale(name, items, reverse_scored, likely, complete)


def judging_scales(instrument: Instrument) -> Mapping[int, frozenset[str]]:
    """The scales that may decide about the direction of each item.

    All of the item's scales, but for those that hold a whole smaller scale of the item and items
    of another such facet: a total of several facets.

    Examples
    --------
    >>> scale = {"label": "-", "aggregation": "sum"}
    >>> key = Instrument.model_validate({"instrument": "mood", "version": "1.0", "name": "Mood",
    ...     "abbreviation": "MS", "citation": "-", "citation_key": "none", "raters": ["patient"],
    ...     "n_items": 5, "response": {"minimum": 0, "maximum": 4}, "licence": "-",
    ...     "scales": {"total": scale | {"items": "all"}, "low": scale | {"items": [1, 2]},
    ...                "high": scale | {"items": [3, 4]}},
    ...     "missing": {"rule": "complete", "source": "the manual"},
    ...     "confidence": {"level": "1-source", "note": "-"}})
    >>> [sorted(judging_scales(key)[item]) for item in (1, 5)]
    [['low'], ['total']]
    """
    scales = ((name, frozenset(instrument.items_of(name))) for name in instrument.scales)
    return _judging(instrument.n_items, tuple(scales))


@lru_cache
def _judging(
    n_items: int, scales: tuple[tuple[str, frozenset[int]], ...]
) -> Mapping[int, frozenset[str]]:
    """The judging scales of each item, from the names and items of all scales."""
    whole_facets = {name: [facet for _, facet in scales if facet < items] for name, items in scales}
    return {
        item: frozenset(
            name
            for name, items in scales
            if item in items and not any(item in facet for facet in whole_facets[name])
        )
        for item in range(1, n_items + 1)
    }
