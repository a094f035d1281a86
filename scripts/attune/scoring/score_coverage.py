"""Score coverage: questionnaires scored from all items, with missing items, or not at all."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from attune.printing.key_words import rule_in_words
from attune.scoring.scores import ScaleScores, response_matrix
from attune.scoring.therapist_sheets import EACH_THERAPIST_ONCE, RATER, TherapistSheets
from attune.specs.cohort import Cohort, Selection
from attune.specs.instrument import Instrument
from attune.store.contracts import ITEM_COLUMNS, STATISTICS
from attune.store.statistic_rows import Row, software, statistic_row

WAYS = ("complete", "prorated", "none")
"""Statistics of a scale that is scored from items: with every item answered, with items missing as
the missing rule allows, without a score."""

GIVEN = "given"
"""The statistic of a scale whose scores are in the raw files."""

_ScaleKey = tuple[str, str, str, str, str]
"""Instrument, rater, occasion, state, scale."""


class ScoreCoverage:
    """Counts questionnaires by the way in which each scale was scored, batch by batch.

    Parameters
    ----------
    instruments : mapping of id to Instrument
        With the missing rules by which the cohort is scored.
    cohort : Cohort, optional
        Its questionnaires and given scores are listed even if their count is 0.
    people : pandas.DataFrame, optional
        Columns dyad and therapist: a questionnaire of a therapist that is the same in the rows of
        all of the therapist's patients counts once (see `attune.scoring.therapist_sheets`).
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        cohort: Cohort | None = None,
        people: pd.DataFrame | None = None,
    ):
        self._instruments = instruments
        self._scored: dict[_ScaleKey, NDArray[np.int64]] = {}
        self._given: dict[_ScaleKey, int] = {}
        self._sheets = None if people is None else TherapistSheets(people)
        self._repeated: dict[_ScaleKey, NDArray[np.int64]] = {}
        self._given_again: dict[_ScaleKey, int] = {}
        for questionnaire in cohort.questionnaires if cohort else []:
            for scale in instruments[questionnaire.instrument].scales:
                self._scored[(*_key(questionnaire), scale)] = np.zeros(len(WAYS), np.int64)
        for given in cohort.scores if cohort else []:
            self._given[(*_key(given), given.scale)] = 0

    def add(
        self,
        instrument: Instrument,
        batch: pa.RecordBatch,
        rows: NDArray[np.intp],
        scored: ScaleScores,
    ) -> None:
        """Count the questionnaires of one instrument.

        Parameters
        ----------
        instrument : Instrument
        batch : pyarrow.RecordBatch
            Columns rater, occasion and state of some questionnaires.
        rows : array of int, shape (n_questionnaires,)
            Those of the instrument.
        scored : ScaleScores
            Their scores.
        """
        names, codes = _which(batch, rows)
        every = np.arange(len(rows))
        _count(self._scored, instrument, names, codes, scored, every)
        again = self._again(instrument, batch, rows, names, codes)
        if len(again):
            _count(self._repeated, instrument, names, codes, scored, again)

    def _again(
        self,
        instrument: Instrument,
        batch: pa.RecordBatch,
        rows: NDArray[np.intp],
        names: list[tuple[str, str, str]],
        codes: NDArray[np.int64],
    ) -> NDArray[np.intp]:
        """Places among the rows in which a therapist's answers stand again."""
        found = [np.array([], np.intp)]
        for code, (rater, occasion, state) in enumerate(names):
            own = np.flatnonzero(codes == code)
            if self._sheets is None or rater != RATER or not len(own):
                continue
            items = ITEM_COLUMNS[: instrument.n_items]
            chosen = batch.select(["dyad", *items]).take(pa.array(rows[own]))
            answers = np.ascontiguousarray(response_matrix(chosen, instrument.n_items))
            questionnaire = (instrument.instrument, state)
            dyads = chosen["dyad"].to_numpy(zero_copy_only=False)
            found.append(own[self._sheets.repeated(questionnaire, occasion, dyads, answers)])
        return np.concatenate(found)

    def add_given(self, given: pa.Table) -> None:
        """Count given scores: contract `GIVEN_SCORES`."""
        if not len(given):
            return
        columns = ["instrument", "rater", "occasion", "state", "scale"]
        for place, rows in given.to_pandas().groupby(columns, sort=False):
            instrument, rater, occasion, state, scale = (str(part) for part in place)
            key: _ScaleKey = (instrument, rater, occasion, state, scale)
            self._given[key] = self._given.get(key, 0) + len(rows)
            if self._sheets is not None and rater == RATER:
                scores = rows["score"].to_numpy(dtype=float)[:, np.newaxis]
                questionnaire = (instrument, state, scale)
                again = self._sheets.repeated(questionnaire, occasion, rows["dyad"], scores)
                self._given_again[key] = self._given_again.get(key, 0) + int(again.sum())

    def statistics(self) -> pa.Table:
        """The counts as rows of the contract `STATISTICS`.

        Ids are `scores.<instrument>.<rater>.<occasion>[.<state>].<scale>.<way>`; `n` is the number
        of questionnaires with at least one answer, `method` the missing rule, and that each
        therapist counts once where this is so.
        """
        return pa.Table.from_pylist([*self._rows()], schema=STATISTICS.schema)

    def _rows(self) -> Iterator[Row]:
        for key, counts in self._scored.items():
            rule = self._instruments[key[0]].missing_rule(key[-1])
            method = f"{rule_in_words(rule)}; {rule.source}"
            if self._is_sheet(key[0], key[3]) and key in self._repeated:
                counts = counts - self._repeated[key]
                method = f"{method}; {EACH_THERAPIST_ONCE}"
            for way, count in zip(WAYS, counts, strict=True):
                yield self._row(key, way, int(count), int(counts.sum()), method)
        for key, count in self._given.items():
            method = "score of the raw file"
            if self._is_sheet(key[0], key[3], key[4]) and self._given_again.get(key):
                count -= self._given_again[key]
                method = f"{method}; {EACH_THERAPIST_ONCE}"
            yield self._row(key, GIVEN, count, count, method)

    def _is_sheet(self, *questionnaire: str) -> bool:
        return self._sheets is not None and questionnaire not in self._sheets.of_dyads

    def _row(self, key: _ScaleKey, way: str, count: int, n: int, method: str) -> Row:
        key_of_scoring = self._instruments[key[0]]
        return statistic_row(
            "scores",
            key,
            way,
            count,
            x=key[0],
            level=key[-1],
            software=software("attune"),
            instruments=f"{key[0]} {key_of_scoring.version}",
            n=n,
            method=method,
        )


def _key(selection: Selection) -> tuple[str, str, str, str]:
    return (selection.instrument, selection.rater, selection.occasion, selection.state)


def _count(
    counted: dict[_ScaleKey, NDArray[np.int64]],
    instrument: Instrument,
    names: list[tuple[str, str, str]],
    codes: NDArray[np.int64],
    scored: ScaleScores,
    chosen: NDArray[np.intp],
) -> None:
    """Add the ways in which the chosen questionnaires of one instrument were scored."""
    codes = codes[chosen]
    whole = np.bincount(codes, minlength=len(names))
    for scale, score, n_answered in zip(
        scored.scales, scored.score, scored.n_answered, strict=True
    ):
        score, n_answered = score[chosen], n_answered[chosen]
        undefined = np.isnan(score)
        # Few questionnaires have items missing; only these are examined.
        odd = np.flatnonzero((n_answered < len(instrument.items_of(scale))) | undefined)
        way = codes[odd] * len(WAYS) + np.where(undefined[odd], 2, 1)
        counts = np.bincount(way, minlength=len(names) * len(WAYS)).reshape(-1, len(WAYS))
        counts[:, 0] = whole - counts.sum(axis=1)
        for name, found in zip(names, counts, strict=True):
            if found.any():
                key = (instrument.instrument, *name, scale)
                counted[key] = counted.get(key, 0) + found


def _which(
    batch: pa.RecordBatch, rows: NDArray[np.intp]
) -> tuple[list[tuple[str, str, str]], NDArray[np.int64]]:
    """Combinations of rater, occasion and state, and the index of that of each row."""
    names: list[tuple[str, ...]] = [()]
    codes = np.zeros(len(rows), np.int64)
    for column in ("rater", "occasion", "state"):
        encoded = batch[column].take(pa.array(rows)).dictionary_encode()
        found = encoded.dictionary.to_pylist()
        codes = codes * len(found) + encoded.indices.to_numpy()
        names = [(*name, level) for name in names for level in found]
    return [(name[0], name[1], name[2]) for name in names], codes
