"""The answers to one questionnaire of a twin."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attune.scoring.scores import NO_RESPONSE, reverse_key, scale_scores
from attune.specs.cohort import Questionnaire
from attune.specs.instrument import Instrument
from attune.synthetic.draws import Draws
from attune.synthetic.twin.items import block_responses, left_out
from attune.synthetic.twin.scales import building_blocks, item_moments
from attune.synthetic.twin.scores import within
from attune.synthetic.twin.summary import QuestionnaireSummary

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Answers:
    """Responses of a twin.

    Attributes
    ----------
    gave : numpy.ndarray of bool, shape (n_dyads,)
        Who answered anything.
    responses : numpy.ndarray of int16, shape (n_dyads, n_items)
        As given, in the stored codes of the instrument; `NO_RESPONSE` where there is no answer.
    """

    gave: NDArray[np.bool_]
    responses: NDArray[np.int16]


def answers(
    instrument: Instrument,
    summary: QuestionnaireSummary,
    rank: NDArray[np.int64],
    drawn: dict[str, Reals],
    draws: Draws,
) -> Answers:
    """Responses whose scales have about the published moments.

    Parameters
    ----------
    instrument : Instrument
    summary : QuestionnaireSummary
    rank : numpy.ndarray of int64, shape (n_dyads,)
        Order of dropping out: dyads with a rank below the published n have answered.
    drawn : dict of str to array, shape (n_dyads,)
        Scale -> standardised scores.
    draws : Draws
    """
    n, codes = len(rank), instrument.response
    gave = rank < (min(2, n) if summary.n is None else summary.n)
    steps = (codes.stored_maximum - codes.stored_minimum) // codes.step
    units = np.zeros((n, instrument.n_items), dtype=np.int64)
    for block in building_blocks(instrument):
        mean, sd, alpha = item_moments(block, instrument, summary.scales)
        per_step = codes.scale_factor / codes.step
        scores = drawn.get(block.scale, draws.bell((n,)))
        lowest = codes.minimum
        person = within(scores, gave, (mean - lowest) * per_step, sd * per_step, 0.0, float(steps))
        columns = np.array(block.items) - 1
        units[np.ix_(gave, columns)] = block_responses(
            person[gave], len(columns), steps, alpha, draws
        )
    keyed = (codes.stored_minimum + codes.step * units).astype(np.int16)
    reverse_scored = np.array(instrument.reverse, dtype=int) - 1
    low, high = np.array(instrument.stored_ends(), dtype=np.int16)
    # Drawn on the common range: the nearest code of an item whose own range is narrower.
    keyed = np.clip(keyed, low, high)
    keyed[:, reverse_scored] = (low + high)[reverse_scored] - keyed[:, reverse_scored]
    missing = _missing(summary, gave, instrument.n_items, draws)
    return Answers(gave, np.where(missing | ~gave[:, np.newaxis], NO_RESPONSE, keyed))


def _missing(
    summary: QuestionnaireSummary, gave: NDArray[np.bool_], n_items: int, draws: Draws
) -> NDArray[np.bool_]:
    n_missing = round((summary.missing_share or 0) * gave.sum() * n_items)
    some = 2 if summary.n_incomplete is None else summary.n_incomplete
    people = np.flatnonzero(gave)
    order = draws.order(len(people))
    incomplete = np.zeros(len(gave), dtype=bool)
    incomplete[people[order[: some if n_missing else 0]]] = True
    return left_out(incomplete, n_items, n_missing, draws)


def cells(
    given: Answers, declared: Questionnaire, instrument: Instrument, missing: str
) -> dict[str, list[str]]:
    """Raw column -> its cells, one per dyad, in the coding that the cohort file declares."""
    low, high = instrument.stored_ends()
    reversed_in_file = (
        instrument.reverse if declared.already_reversed == "all" else declared.already_reversed
    )
    shift = 0
    if declared.lowest_code is not None:
        shift = declared.lowest_code - instrument.response.minimum
        shift *= instrument.response.scale_factor
    words = {code: word for word, code in reversed(declared.answers.items())}
    columns = {}
    for item in range(1, instrument.n_items + 1):
        responses = given.responses[:, item - 1]
        written = responses
        if item in reversed_in_file:
            written = reverse_key(responses, low[item - 1], high[item - 1])
        text = {
            int(code): words.get(int(code), instrument.response.given(int(code) + shift))
            for code in np.unique(written[responses != NO_RESPONSE])
        }
        columns[str(declared.column_of(item))] = [
            missing if gap else text[int(code)]
            for code, gap in zip(written, responses == NO_RESPONSE, strict=True)
        ]
    return columns | _scores_in_file(given, declared, instrument, missing)


def _scores_in_file(
    given: Answers, declared: Questionnaire, instrument: Instrument, missing: str
) -> dict[str, list[str]]:
    """The score columns of the file, as attune computes the scores from the items."""
    if not declared.scores_in_file:
        return {}
    scored = scale_scores(given.responses, instrument)
    columns = {}
    for scale, column in declared.scores_in_file.items():
        scores = scored.score[list(scored.scales).index(scale)]
        columns[column] = [missing if np.isnan(score) else f"{score:.6f}" for score in scores]
    return columns
