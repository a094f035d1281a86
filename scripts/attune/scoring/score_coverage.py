"""Score coverage: questionnaires scored from all items, with missing items, or not at all."""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from attune.printing.key_words import rule_in_words
from attune.scoring.scores import ScaleScores
from attune.specs.cohort import Cohort, Selection
from attune.specs.instrument import Instrument
from attune.store.contracts import STATISTICS
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
    """

    def __init__(self, instruments: Mapping[str, Instrument], cohort: Cohort | None = None):
        self._instruments = instruments
        self._scored: dict[_ScaleKey, NDArray[np.int64]] = {}
        self._given: dict[_ScaleKey, int] = {}
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
        whole = np.bincount(codes, minlength=len(names))
        for scale, score, n_answered in zip(
            scored.scales, scored.score, scored.n_answered, strict=True
        ):
            undefined = np.isnan(score)
            # Few questionnaires have items missing; only these are examined.
            odd = np.flatnonzero((n_answered < len(instrument.items_of(scale))) | undefined)
            way = codes[odd] * len(WAYS) + np.where(undefined[odd], 2, 1)
            counts = np.bincount(way, minlength=len(names) * len(WAYS)).reshape(-1, len(WAYS))
            counts[:, 0] = whole - counts.sum(axis=1)
            for name, found in zip(names, counts, strict=True):
                if found.any():
                    key = (instrument.instrument, *name, scale)
                    self._scored[key] = self._scored.get(key, 0) + found

    def add_given(self, given: pa.Table) -> None:
        """Count given scores: contract `GIVEN_SCORES`."""
        columns = ["instrument", "rater", "occasion", "state", "scale"]
        counts = given.group_by(columns).aggregate([([], "count_all")])
        for row in counts.to_pylist():
            key: _ScaleKey = (
                row["instrument"], row["rater"], row["occasion"], row["state"], row["scale"]
            )  # fmt: skip
            self._given[key] = self._given.get(key, 0) + row["count_all"]

    def statistics(self) -> pa.Table:
        """The counts as rows of the contract `STATISTICS`.

        Ids are `scores.<instrument>.<rater>.<occasion>[.<state>].<scale>.<way>`; `n` is the number
        of questionnaires with at least one answer, `method` the missing rule.
        """
        return pa.Table.from_pylist([*self._rows()], schema=STATISTICS.schema)

    def _rows(self) -> Iterator[Row]:
        for key, counts in self._scored.items():
            rule = self._instruments[key[0]].missing_rule(key[-1])
            method = f"{rule_in_words(rule)}; {rule.source}"
            for way, count in zip(WAYS, counts, strict=True):
                yield self._row(key, way, int(count), int(counts.sum()), method)
        for key, count in self._given.items():
            yield self._row(key, GIVEN, count, count, "score of the raw file")

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
