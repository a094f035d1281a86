"""Scoring against a second, slow implementation, and what must hold whatever the responses are."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.depth import examples

from attune.scoring.scores import (
    NO_RESPONSE,
    keyed_responses,
    response_matrix,
    reverse_key,
    scale_scores,
    score_batches,
    score_scales,
)
from attune.specs.errors import AnalysisError
from attune.specs.instrument import Instrument
from attune.store.contracts import ITEM_COLUMNS, RESPONSES, SCORES, conform
from attune_files.yaml_file import read_instruments

FILES = sorted((Path(__file__).parents[3] / "workflow" / "instruments").glob("*.yaml"))
INSTRUMENTS = read_instruments(FILES)
every_instrument = pytest.mark.parametrize("name", INSTRUMENTS)
any_instrument = st.sampled_from(sorted(INSTRUMENTS))
seeds = st.integers(0, 2**32 - 1)


def random_responses(
    instrument: Instrument, n: int, seed: int, missing: float = 0.0
) -> NDArray[np.int16]:
    """Responses over the whole range; the share of missing ones rises from 0 to 2 x missing."""
    rng = np.random.default_rng(seed)
    codes = instrument.response
    low, high = np.array(instrument.stored_ends())
    steps = (high - low) // codes.step
    drawn = low + codes.step * rng.integers(0, steps + 1, (n, instrument.n_items))
    share = np.linspace(0, 2 * missing, n)[:, np.newaxis]
    return np.where(rng.random(drawn.shape) < share, NO_RESPONSE, drawn).astype(np.int16)


def as_table(instrument: Instrument, responses: NDArray[np.int16], first: int = 0) -> pa.Table:
    """The responses as the contract has them, one dyad per row."""
    n = len(responses)
    columns: dict[str, object] = {
        "dyad": [f"d{first + row:05d}" for row in range(n)],
        "instrument": [instrument.instrument] * n,
        "rater": ["patient"] * n,
        "occasion": ["intake"] * n,
        "state": [""] * n,
    }
    for name, column in zip(ITEM_COLUMNS, responses.T, strict=False):
        # The values under the nulls are left as they are: nobody may look at them.
        columns[name] = pa.array(column, mask=column == NO_RESPONSE)
    return conform(pa.table(columns), RESPONSES)


def mixed_table(n: int = 40, seed: int = 1, missing: float = 0.15) -> pa.Table:
    """All instruments, the questionnaires of a dyad one after the other."""
    return pa.concat_tables(
        as_table(instrument, random_responses(instrument, n, seed, missing))
        for instrument in INSTRUMENTS.values()
    ).sort_by([(key, "ascending") for key in RESPONSES.key])


def slow_score(responses: list[float | None], instrument: Instrument, name: str) -> float | None:
    """One scale of one questionnaire, item by item, as a person would do it."""
    scale, rule = instrument.scales[name], instrument.missing_rule(name)
    items = list(scale.weights) or (
        range(1, instrument.n_items + 1) if scale.items == "all" else scale.items
    )
    keyed = {}
    for item in items:
        response = responses[item - 1]
        if response is not None:
            codes = instrument.range_of(item)
            turned = codes.minimum + codes.maximum - response
            keyed[item] = turned if item in instrument.reverse else response
    missing = len(items) - len(keyed)
    allowed = 0 if rule.rule == "complete" else rule.max_missing_share
    if not keyed or missing / len(items) > allowed + 1e-12:
        return None
    filled = len(items) / len(keyed) if rule.rule == "prorate" else 1
    if scale.aggregation == "mean":
        return sum(keyed.values()) / len(keyed)
    if scale.aggregation == "weighted":
        return sum(scale.weights[item] * keyed[item] for item in keyed) / scale.divisor
    if scale.aggregation == "count":
        return filled * sum(value >= scale.threshold for value in keyed.values())
    if scale.aggregation == "ratio":
        below = slow_score(responses, instrument, scale.denominator)
        return filled * sum(keyed.values()) / below if below else None
    return filled * sum(keyed.values())


@every_instrument
def test_equals_the_slow_implementation(name: str) -> None:
    instrument = INSTRUMENTS[name]
    responses = random_responses(instrument, 300, seed=7, missing=0.15)
    table = as_table(instrument, responses)
    scored = score_scales(table, INSTRUMENTS).to_pylist()
    assert len(scored) == 300 * len(instrument.scales)
    n_null = 0
    for row in scored:
        given_row = responses[int(row["dyad"][1:])]
        factor = instrument.response.scale_factor
        as_given = [None if value == NO_RESPONSE else int(value) / factor for value in given_row]
        expected = slow_score(as_given, instrument, row["scale"])
        items = instrument.items_of(row["scale"])
        assert row["n_items"] == len(items)
        assert row["n_answered"] == sum(as_given[item - 1] is not None for item in items)
        if expected is None:
            n_null += 1
            assert row["score"] is None
            assert row["reason"]
        else:
            assert row["score"] == pytest.approx(expected, rel=1e-13, abs=1e-12)
            assert row["reason"] is None
    assert 0 < n_null < len(scored)


def test_order_of_rows_batches_and_chunks_change_nothing() -> None:
    table = mixed_table()
    expected = score_scales(table, INSTRUMENTS)
    assert conform(expected, SCORES).equals(expected.combine_chunks())

    shuffled = table.take(np.random.default_rng(3).permutation(len(table)))
    assert conform(score_scales(shuffled, INSTRUMENTS), SCORES).equals(expected.combine_chunks())

    batches = table.to_batches(max_chunksize=7)
    assert len(batches) > 10
    streamed = pa.concat_tables(score_batches(batches, INSTRUMENTS))
    assert streamed.equals(expected)
    chunked = pa.concat_tables([table.slice(0, 5), table.slice(5, 0), table.slice(5)])
    assert score_scales(chunked, INSTRUMENTS).equals(expected)


def test_a_sliced_batch_is_scored_from_its_own_first_row() -> None:
    table = mixed_table()
    batch = table.combine_chunks().to_batches()[0].slice(11, 30)
    expected = score_scales(table.take(list(range(11, 41))), INSTRUMENTS)
    assert score_scales(batch, INSTRUMENTS).equals(expected)


def test_no_responses_give_no_scores() -> None:
    empty = score_scales(RESPONSES.schema.empty_table(), INSTRUMENTS)
    assert len(empty) == 0
    assert empty.schema.equals(SCORES.schema)


def test_an_instrument_without_a_key_is_named() -> None:
    keys = {name: key for name, key in INSTRUMENTS.items() if name not in ("kims", "ces_d")}
    with pytest.raises(AnalysisError) as error:
        score_scales(mixed_table(), keys)
    assert sorted(problem.split(":")[0] for problem in error.value.problems) == [
        "'ces_d'",
        "'kims'",
    ]


def test_responses_outside_the_range_are_named_by_item() -> None:
    responses = np.ones((5, 12), np.int16)
    responses[1:3, 3] = 0
    responses[4, 11] = 9
    with pytest.raises(AnalysisError, match="wai_s are outside its range, 1 to 7") as error:
        scale_scores(responses, INSTRUMENTS["wai_s"])
    assert error.value.problems == [
        "item_004: 0 in 2 questionnaires",
        "item_012: 9 in 1 questionnaires",
    ]


def test_a_wrong_number_of_items_is_refused() -> None:
    with pytest.raises(
        AnalysisError, match="wai_s has 12 items, but the responses have 11 columns"
    ):
        keyed_responses(np.ones((2, 11)), INSTRUMENTS["wai_s"])


def test_keyed_responses_leave_their_input_alone_and_keep_missing() -> None:
    responses = np.full((2, 12), 2, np.int16)
    responses[0, 3] = NO_RESPONSE
    before = responses.copy()
    keyed = keyed_responses(responses, INSTRUMENTS["wai_s"])
    assert np.array_equal(responses, before)
    assert keyed.tolist() == [
        [2, 2, 2, NO_RESPONSE, 2, 2, 2, 2, 2, 6, 2, 2],
        [2, 2, 2, 6, 2, 2, 2, 2, 2, 6, 2, 2],
    ]
    floats = np.where(responses == NO_RESPONSE, np.nan, responses)
    assert np.array_equal(
        keyed_responses(floats, INSTRUMENTS["wai_s"]),
        np.where(keyed == NO_RESPONSE, np.nan, keyed),
        equal_nan=True,
    )


def bipolar_key(**scales: dict[str, object]) -> Instrument:
    """Three items answered -3 to 3."""
    content = {
        "instrument": "bipolar",
        "version": "1.0",
        "name": "Bipolar",
        "abbreviation": "B",
        "citation": "-",
        "citation_key": "nobody",
        "raters": ["patient"],
        "n_items": 3,
        "response": {"minimum": -3, "maximum": 3},
        "scales": {name: {"label": name} | scale for name, scale in scales.items()},
        "missing": {"rule": "answered", "max_missing_share": 0.5, "source": "-"},
        "confidence": {"level": "1-source", "note": "-"},
        "licence": "-",
    }
    return Instrument.model_validate(content)


def test_a_missing_response_does_not_reach_a_threshold_of_zero() -> None:
    key = bipolar_key(count={"aggregation": "count", "items": "all", "threshold": 0})
    scored = scale_scores(np.array([[0, -1, NO_RESPONSE], [3, 0, 1]], np.int16), key)
    assert scored.score.tolist() == [[1, 3]]


def test_a_ratio_over_nothing_is_undefined_whatever_its_numerator() -> None:
    key = bipolar_key(
        count={"aggregation": "count", "items": "all", "threshold": 3},
        ratio={"aggregation": "ratio", "items": "all", "denominator": "count"},
    )
    scored = scale_scores(np.array([[2, 2, 1], [3, 3, 1]], np.int16), key)
    assert scored.scales == ("count", "ratio")
    assert np.isnan(scored.score[1, 0])
    assert scored.score[1, 1] == 7 / 2


def test_weights_belong_to_their_items_in_whatever_order_they_are_given() -> None:
    rule = {"rule": "complete", "source": "-"}
    key = bipolar_key(
        w={"aggregation": "weighted", "weights": {3: 100.0, 1: 1.0, 2: 10.0}, "missing": rule}
    )
    assert scale_scores(np.array([[1, 2, 3]], np.int16), key).score.tolist() == [[321]]


def test_response_matrix_of_nulls_only() -> None:
    table = pa.table({"item_001": pa.nulls(2, pa.int16()), "item_002": pa.nulls(2, pa.int16())})
    assert (response_matrix(table, 2) == NO_RESPONSE).all()


@given(any_instrument, seeds)
@settings(max_examples=examples(60, many=1_000))
def test_reversing_twice_is_identity(name: str, seed: int) -> None:
    codes = INSTRUMENTS[name].response
    responses = random_responses(INSTRUMENTS[name], 20, seed)
    once = reverse_key(responses, codes.stored_minimum, codes.stored_maximum)
    assert np.array_equal(reverse_key(once, codes.stored_minimum, codes.stored_maximum), responses)
    keyed = keyed_responses(random_responses(INSTRUMENTS[name], 20, seed, 0.3), INSTRUMENTS[name])
    again = keyed_responses(keyed, INSTRUMENTS[name])
    assert np.array_equal(again, random_responses(INSTRUMENTS[name], 20, seed, 0.3))


@given(any_instrument, seeds)
@settings(max_examples=examples(60, many=1_000))
def test_sums_over_complete_responses_are_n_times_the_mean(name: str, seed: int) -> None:
    instrument = INSTRUMENTS[name]
    responses = random_responses(instrument, 20, seed)
    scored = scale_scores(responses, instrument)
    keyed = keyed_responses(responses, instrument) / instrument.response.scale_factor
    for row, scale in enumerate(scored.scales):
        items = np.array(instrument.items_of(scale)) - 1
        mean = keyed[:, items].mean(axis=1)
        if instrument.scales[scale].aggregation == "sum":
            assert scored.score[row] == pytest.approx(len(items) * mean)
        elif instrument.scales[scale].aggregation == "mean":
            assert scored.score[row] == pytest.approx(mean)


@given(any_instrument, seeds)
@settings(max_examples=examples(60, many=1_000))
def test_scores_stay_in_their_range_whatever_is_missing(name: str, seed: int) -> None:
    instrument = INSTRUMENTS[name]
    scored = scale_scores(random_responses(instrument, 40, seed, 0.1), instrument)
    for row, scale in enumerate(scored.scales):
        low, high = instrument.score_range(scale)
        found = scored.score[row][~np.isnan(scored.score[row])]
        assert (found >= low - 1e-9).all()
        assert (found <= high + 1e-9).all()


@given(any_instrument, seeds)
@settings(max_examples=examples(40, many=1_000))
def test_a_questionnaire_is_scored_alike_wherever_it_stands(name: str, seed: int) -> None:
    instrument = INSTRUMENTS[name]
    responses = random_responses(instrument, 33, seed, 0.1)
    order = np.random.default_rng(seed).permutation(33)
    scored = scale_scores(responses, instrument)
    permuted = scale_scores(responses[order], instrument)
    assert np.array_equal(permuted.score, scored.score[:, order], equal_nan=True)
    alone = scale_scores(responses[:1], instrument)
    assert np.array_equal(alone.score, scored.score[:, :1], equal_nan=True)
