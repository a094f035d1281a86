"""From responses to scale scores: reversal, aggregation, missing items.

Arrays of responses have one row per questionnaire and one column per item, item 1 first. They are
computed on with each item's responses side by side in memory, as Parquet stores them: sums over
items are then sums of long vectors.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from attune.specs.closed_model import did_you_mean
from attune.specs.errors import AnalysisError
from attune.specs.instrument import Instrument
from attune.store.contracts import QUESTIONNAIRE_KEY, SCORES, item_column

NO_RESPONSE = np.int16(np.iinfo(np.int16).min)
"""A missing response in an array of integers, never written to a file; in floats it is NaN."""


@dataclass(frozen=True)
class ScaleScores:
    """Scale scores of one instrument's questionnaires.

    Attributes
    ----------
    scales : tuple of str
        Scale names in alphabetical order.
    score : array of float64, shape (n_scales, n_questionnaires)
        NaN where a questionnaire has no score.
    n_answered : array of int16, shape (n_scales, n_questionnaires)
        Answered items of the scale.
    """

    scales: tuple[str, ...]
    score: NDArray[np.float64]
    n_answered: NDArray[np.int16]


class ScoreObserver(Protocol):
    """Receives the scores of each batch while they are computed."""

    def add(
        self,
        instrument: Instrument,
        batch: pa.RecordBatch,
        rows: NDArray[np.intp],
        scored: ScaleScores,
    ) -> None:
        """Take the scores of one instrument's questionnaires, which are `rows` of `batch`."""


def score_scales(
    responses: pa.Table | pa.RecordBatch, instruments: Mapping[str, Instrument]
) -> pa.Table:
    """Score every scale of every questionnaire.

    Missing items follow the scale's missing rule: `complete` gives no score unless all items are
    answered; `prorate` replaces missing items by the mean of the answered items, so that a sum is
    (sum of answered) * n_items / n_answered; `answered` sums or averages answered items only. A
    score needs at least n - floor(max_missing_share * n) of its n items, and at least one
    (`MissingRule.fewest_answered`); otherwise it is null.

    Parameters
    ----------
    responses : pyarrow.Table or pyarrow.RecordBatch
        One completed questionnaire per row, as the contract `RESPONSES` says.
    instruments : mapping of str to Instrument
        Scoring keys by id; those of all instruments in `responses`.

    Returns
    -------
    pyarrow.Table
        One scale score per row, as the contract `SCORES` says: the questionnaires in the order of
        `responses`, within each its scales in alphabetical order.

    Raises
    ------
    AnalysisError
        An instrument has no scoring key, or a response is outside its instrument's range.
    """
    batches = [responses] if isinstance(responses, pa.RecordBatch) else responses.to_batches()
    return pa.concat_tables([SCORES.schema.empty_table(), *score_batches(batches, instruments)])


def score_batches(
    batches: Iterable[pa.RecordBatch],
    instruments: Mapping[str, Instrument],
    observer: ScoreObserver | None = None,
) -> Iterator[pa.Table]:
    """Score responses that arrive in batches, holding one batch at a time.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
        As `responses` of `score_scales`.
    instruments : mapping of str to Instrument
    observer : ScoreObserver, optional
        Receives the scores of each instrument in each batch (see `attune.scoring.score_coverage`).

    Yields
    ------
    pyarrow.Table
        The scores of one batch, as `score_scales` gives them.

    Raises
    ------
    AnalysisError
        As `score_scales`.
    """
    for batch in batches:
        if batch.num_rows:
            yield _score_batch(batch, instruments, observer)


def response_matrix(responses: pa.RecordBatch | pa.Table, n_items: int) -> NDArray[np.int16]:
    """Responses to the first items as an array of integers.

    Parameters
    ----------
    responses : pyarrow.RecordBatch or pyarrow.Table
        One questionnaire per row, with columns item_001.. (int16).
    n_items : int
        The instrument's number of items.

    Returns
    -------
    array of int16, shape (n_questionnaires, n_items)
        `NO_RESPONSE` where the response is null. Read-only.

    Examples
    --------
    >>> one, two = pa.array([1, None], pa.int16()), pa.array([3, 2], pa.int16())
    >>> response_matrix(pa.table({"item_001": one, "item_002": two}), n_items=2).tolist()
    [[1, 3], [-32768, 2]]
    """
    columns = [responses[item_column(item)] for item in range(1, n_items + 1)]
    chunks = [
        chunk
        for column in columns
        for chunk in (column.chunks if isinstance(column, pa.ChunkedArray) else [column])
    ]
    # One long array, item after item: nulls are then filled once, not once per item.
    flat = pa.concat_arrays([*chunks, pa.array([], pa.int16())]).fill_null(NO_RESPONSE)
    return flat.to_numpy().reshape(n_items, responses.num_rows).T


def reverse_key(responses: NDArray[Any], minimum: int, maximum: int) -> NDArray[Any]:
    """Responses counted from the other end of the range: minimum + maximum - response.

    Examples
    --------
    >>> reverse_key(np.array([1, 2, 5]), minimum=1, maximum=5)
    array([5, 4, 1])
    """
    return responses.dtype.type(minimum + maximum) - responses


def keyed_responses(responses: NDArray[Any], instrument: Instrument) -> NDArray[Any]:
    """Responses with the reversed items reversed, so that all items of a scale point one way.

    Parameters
    ----------
    responses : array of int16 or float64, shape (n_questionnaires, n_items)
        In the codes of the instrument as they are stored; missing is `NO_RESPONSE` (integers) or
        NaN (floats).
    instrument : Instrument

    Returns
    -------
    array, shape and type as `responses`
        Missing stays missing.

    Raises
    ------
    AnalysisError
        The number of columns is not the instrument's number of items, or a response is outside
        the instrument's range (1 to 5 keyed as 0 to 4 would give wrong scores without an error).
    """
    if responses.shape[1] != instrument.n_items:
        raise AnalysisError(
            f"{instrument.instrument} has {instrument.n_items} items, but the responses have"
            f" {responses.shape[1]} columns."
        )
    answered = _answered(responses)
    _check_range(responses, answered, instrument)
    keyed = responses.copy(order="K")
    if instrument.reverse:
        reverse = np.array(instrument.reverse) - 1
        by_item = keyed.T
        both_ends = np.sum(instrument.stored_ends(), axis=0)[reverse]
        by_item[reverse] = both_ends.astype(keyed.dtype)[:, np.newaxis] - by_item[reverse]
        if keyed.dtype.kind == "i" and not answered.all():
            keyed[~answered] = NO_RESPONSE
    return keyed


def scale_scores(responses: NDArray[np.int16], instrument: Instrument) -> ScaleScores:
    """Score all scales of one instrument, by the rules that `score_scales` states.

    Parameters
    ----------
    responses : array of int16, shape (n_questionnaires, n_items)
        As given, in the codes of the instrument as they are stored; `NO_RESPONSE` where there is
        none.
    instrument : Instrument

    Returns
    -------
    ScaleScores
        In the codes of the instrument, decimals included.

    Raises
    ------
    AnalysisError
        As `keyed_responses`.
    """
    keyed = keyed_responses(responses, instrument).T
    answered = _answered(keyed)
    # Missing counts as 0 in every sum below; the number of answered items puts that right.
    values = keyed if answered.all() else keyed * answered
    names = tuple(sorted(instrument.scales))
    score = np.empty((len(names), values.shape[1]))
    n_answered = np.empty(score.shape, np.int16)
    for row, name in enumerate(names):
        items = np.array(instrument.items_of(name)) - 1
        # At most 90 items: the count fits a byte.
        n_answered[row] = _rows(answered, items).view(np.int8).sum(axis=0, dtype=np.int8)
        score[row] = _score(values, answered, n_answered[row], instrument, name)
    return ScaleScores(names, score, n_answered)


def _score(
    values: NDArray[np.int16],
    answered: NDArray[np.bool_],
    n_answered: NDArray[np.int16],
    instrument: Instrument,
    name: str,
) -> NDArray[np.float64]:
    """One scale's scores; values and answered have one row per item of the instrument."""
    scale, rule = instrument.scales[name], instrument.missing_rule(name)
    factor = instrument.response.scale_factor
    items = np.array(instrument.items_of(name)) - 1
    chosen = _rows(values, items)
    if scale.aggregation == "weighted":
        weights = np.array(list(scale.weights.values()))
        # Added item after item: blockwise summation would make rounding depend on the batch size.
        score = np.cumsum(weights[:, np.newaxis] * chosen, axis=0)[-1] / scale.divisor
    elif scale.aggregation == "count":
        reached = (chosen >= (scale.threshold or 0) * factor) & _rows(answered, items)
        score = reached.view(np.int8).sum(axis=0, dtype=np.int8).astype(np.float64)
    else:
        score = chosen.sum(axis=0, dtype=np.int32).astype(np.float64)
    if factor > 1 and scale.aggregation != "count":
        score /= factor
    if scale.aggregation == "mean":
        score /= np.maximum(n_answered, 1)
    elif rule.rule == "prorate":
        score *= len(items) / np.maximum(n_answered, 1)
    if scale.denominator is not None:
        denominator = _score(values, answered, n_answered, instrument, scale.denominator)
        denominator[denominator == 0] = np.nan
        score /= denominator
    score[n_answered < rule.fewest_answered(len(items))] = np.nan
    return score


def _rows(matrix: NDArray[Any], items: NDArray[np.intp]) -> NDArray[Any]:
    """Rows of the items; no copy where these are all rows in order."""
    if len(items) == len(matrix) and (items == np.arange(len(matrix))).all():
        return matrix
    return matrix[items]


def _answered(responses: NDArray[Any]) -> NDArray[np.bool_]:
    return responses != NO_RESPONSE if responses.dtype.kind == "i" else ~np.isnan(responses)


def _check_range(
    responses: NDArray[Any], answered: NDArray[np.bool_], instrument: Instrument
) -> None:
    codes = instrument.response
    low: Any = codes.stored_minimum
    high: Any = codes.stored_maximum
    if instrument.item_ranges:
        low, high = np.array(instrument.stored_ends(), responses.dtype)
    outside = ((responses < low) | (responses > high)) & answered
    if not outside.any():
        return
    problems = []
    for item in np.flatnonzero(outside.any(axis=0)):
        found = responses[outside[:, item], item]
        some = ", ".join(codes.given(value) for value in np.unique(found)[:5])
        problems.append(f"{item_column(int(item) + 1)}: {some} in {len(found)} questionnaires")
    raise AnalysisError(
        f"Responses to {instrument.instrument} are outside its range,"
        f" {instrument.ranges_in_words()}. Declare their codes as missing or shift them before"
        " scoring.",
        problems,
    )


def _score_batch(
    batch: pa.RecordBatch, instruments: Mapping[str, Instrument], observer: ScoreObserver | None
) -> pa.Table:
    blocks = _blocks(batch, instruments)
    matrix = response_matrix(batch, max(instrument.n_items for instrument, _ in blocks))
    n_scales = np.empty(batch.num_rows, np.int64)
    for instrument, rows in blocks:
        n_scales[rows] = len(instrument.scales)
    # Scores of questionnaire i go to the rows starts[i] to starts[i] + n_scales[i] - 1.
    starts = np.cumsum(n_scales) - n_scales
    score = np.empty(int(n_scales.sum()))
    n_answered, number = np.empty(len(score), np.int16), np.empty(len(score), np.int32)
    scales: list[tuple[Instrument, str]] = []
    for instrument, rows in blocks:
        # By item first: each item's responses stay side by side.
        scored = scale_scores(matrix.T[: instrument.n_items, rows].T, instrument)
        place = starts[rows, np.newaxis] + np.arange(len(scored.scales))
        score[place], n_answered[place] = scored.score.T, scored.n_answered.T
        number[place] = np.arange(len(scales), len(scales) + len(scored.scales))
        scales += [(instrument, name) for name in scored.scales]
        if observer is not None:
            observer.add(instrument, batch, rows, scored)
    lengths = np.array([len(i.items_of(name)) for i, name in scales], np.int16)
    questionnaire = pa.array(np.repeat(np.arange(batch.num_rows), n_scales))
    return pa.table(
        [
            *(batch[name].take(questionnaire) for name in QUESTIONNAIRE_KEY),
            pa.array([name for _, name in scales]).take(pa.array(number)),
            pa.repeat(pa.scalar("items"), len(score)),
            n_answered,
            lengths[number],
            pa.array(score, from_pandas=True),
            _reasons(score, number, n_answered, scales),
        ],
        schema=SCORES.schema,
    )


def _blocks(
    batch: pa.RecordBatch, instruments: Mapping[str, Instrument]
) -> list[tuple[Instrument, NDArray[np.intp]]]:
    """Row numbers of each instrument's questionnaires."""
    encoded = batch["instrument"].dictionary_encode()
    names = encoded.dictionary.to_pylist()
    unknown = [name for name in names if name not in instruments]
    if unknown:
        raise AnalysisError(
            "The responses hold instruments without a scoring key.",
            [f"{name!r}: {did_you_mean(name, list(instruments))}" for name in unknown],
        )
    codes = encoded.indices.to_numpy()
    return [(instruments[name], np.flatnonzero(codes == code)) for code, name in enumerate(names)]


def _reasons(
    score: NDArray[np.float64],
    number: NDArray[np.int32],
    n_answered: NDArray[np.int16],
    scales: Sequence[tuple[Instrument, str]],
) -> pa.Array:
    """Why a score is null, for the rows where it is; each distinct text is made once."""
    undefined = np.flatnonzero(np.isnan(score))
    cases, case = np.unique(
        np.stack([number[undefined], n_answered[undefined]]), axis=1, return_inverse=True
    )
    texts = []
    for which, answered in cases.T:
        instrument, scale = scales[which]
        texts.append(_reason(instrument, scale, int(answered)))
    index = np.full(len(score), -1)
    index[undefined] = case
    return pa.array(texts, pa.string()).take(pa.array(index, mask=index < 0))


def _reason(instrument: Instrument, scale: str, n_answered: int) -> str:
    n_items = len(instrument.items_of(scale))
    needed = instrument.missing_rule(scale).fewest_answered(n_items)
    if n_answered < needed:
        return f"{n_answered} of {n_items} items answered, {needed} needed"
    return f"{instrument.scales[scale].denominator} is 0"
