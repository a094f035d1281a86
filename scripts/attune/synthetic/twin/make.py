"""From a published summary to raw sheets in the layout of the cohort file."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.cohort import Cohort, DayColumn, GivenScore, Selection
from attune.specs.instrument import Instrument
from attune.synthetic.draws import Draws
from attune.synthetic.twin.answers import answers, cells
from attune.synthetic.twin.people import missing_text, sample_columns
from attune.synthetic.twin.published import name_of
from attune.synthetic.twin.scores import correlated_scores, within
from attune.synthetic.twin.summary import Moments, QuestionnaireSummary, Summary

Reals = NDArray[np.float64]
Columns = dict[str, list[str]]


def twin_sheets(
    summary: Summary, cohort: Cohort, instruments: Mapping[str, Instrument]
) -> dict[str, pd.DataFrame]:
    """The raw sheets of a cohort's twin.

    Parameters
    ----------
    summary : Summary
        The only input about the data.
    cohort : Cohort
        Layout of the raw files: files, rows, columns and codes.
    instruments : mapping of id to Instrument
        With the cohort's own missing rules.

    Returns
    -------
    dict of file id to pandas.DataFrame of str
        The same for the same summary, cohort and keys. Scores have the published means, standard
        deviations and correlations as far as whole responses allow.
    """
    n = summary.n_dyads
    drawn = _drawn(summary)
    # Who stays in the study is the same for all questionnaires: later ones are given by fewer.
    rank = Draws(summary.seed, 1).order(n)
    layout = _Layout(cohort, n)
    people = {}
    for number, name in enumerate(cohort.sample.variables):
        independent = Draws(summary.seed, 1000 + number).bell((n,))
        people[name] = drawn.get(f"sample.{name}", independent)
    sample = sample_columns(summary, cohort, people, Draws(summary.seed, 2))
    dyads = sample[cohort.files[cohort.sample.file].dyad]
    layout.put(cohort.sample.file, cohort.sample.rows, sample, np.ones(n, dtype=bool))
    for number, declared in enumerate(cohort.questionnaires):
        instrument, name = instruments[declared.instrument], name_of(declared)
        scales = {scale: drawn[key] for scale in instrument.scales
                  if (key := name_of(declared, scale)) in drawn}  # fmt: skip
        known = summary.questionnaires.get(name, QuestionnaireSummary(n=0, scales={}))
        given = answers(instrument, known, rank, scales, Draws(summary.seed, 10 + number))
        missing = missing_text([*declared.missing_codes, *cohort.missing_codes])
        columns = cells(given, declared, instrument, missing)
        columns |= _beside_the_answers(declared, cohort, sample)
        layout.put(declared.file, declared.rows, columns, given.gave)
    for score in cohort.scores:
        name = name_of(score, score.scale)
        moments = summary.scores.get(name, Moments(n=0))
        columns, gave = _given(score, moments, rank, drawn.get(name), instruments, cohort)
        columns |= _beside_the_answers(score, cohort, sample)
        layout.put(score.file, score.rows, columns, gave)
    return layout.sheets(dyads)


def _drawn(summary: Summary) -> dict[str, Reals]:
    """Standardised scores and numbers, correlated as published."""
    names = list(summary.correlations)
    matrix = np.eye(len(names))
    for row, values in enumerate(summary.correlations.values()):
        for column, value in enumerate(values):
            matrix[row, column] = matrix[column, row] = value or 0.0
    scores = correlated_scores(matrix, summary.n_dyads, Draws(summary.seed, 0))
    return dict(zip(names, scores.T, strict=True))


def _given(
    declared: GivenScore,
    moments: Moments,
    rank: NDArray[np.int64],
    drawn: Reals | None,
    instruments: Mapping[str, Instrument],
    cohort: Cohort,
) -> tuple[Columns, NDArray[np.bool_]]:
    """A column of given scores, and who has one."""
    n = len(rank)
    gave = rank < (min(2, n) if moments.n is None else moments.n)
    low, high = instruments[declared.instrument].score_range(declared.scale)
    mean = (low + high) / 2 if moments.mean is None else moments.mean
    sd = (high - low) / 6 if moments.sd is None else moments.sd
    scores = Draws(0, 4).bell((n,)) if drawn is None else drawn
    values = within(scores, gave, mean, sd, low, high)
    missing = missing_text([*declared.missing_codes, *cohort.missing_codes])
    texts = [f"{value:.{moments.decimals}f}" if has else missing
             for value, has in zip(values, gave, strict=True)]  # fmt: skip
    return {declared.column: texts}, gave


def _beside_the_answers(declared: Selection, cohort: Cohort, sample: Columns) -> Columns:
    """The therapist of each dyad once more, and the day of the answers, where a file has them."""
    columns = {}
    if declared.therapist and cohort.sample.therapist:
        columns[declared.therapist] = sample[cohort.sample.therapist]
    if declared.answered_on and cohort.sample.ended:
        columns[declared.answered_on.column] = _days(declared, declared.answered_on, cohort, sample)
    return columns


def _days(declared: Selection, day: DayColumn, cohort: Cohort, sample: Columns) -> list[str]:
    """The day of the answers of each dyad; missing where the end of its treatment is.

    Nothing is published about these days. The last occasion of the cohort file is the end of the
    treatment to the day, each one before it a week earlier.
    """
    occasions = list(dict.fromkeys(one.occasion for one in cohort.selections()))
    before_the_end = timedelta(weeks=len(occasions) - 1 - occasions.index(declared.occasion))
    ended = cohort.sample.variables[str(cohort.sample.ended)]
    missing = missing_text(cohort.missing_codes)
    return [
        missing
        if end == missing
        else (datetime.strptime(end, ended.format) - before_the_end).strftime(day.format)
        for end in sample[ended.column]
    ]


class _Layout:
    """The raw files while they are filled, one block of rows per set of codes."""

    def __init__(self, cohort: Cohort, n_dyads: int):
        self._cohort = cohort
        self._n = n_dyads
        rows_of_file: dict[str, list[dict[str, str]]] = {name: [] for name in cohort.files}
        for file, rows in self._selected():
            if rows not in rows_of_file[file]:
                rows_of_file[file].append(rows)
        self._blocks: dict[str, list[tuple[dict[str, str], Columns]]] = {
            file: [
                (rows, {})
                for rows in row_sets
                if not any(_is_part(rows, other) for other in row_sets)
            ]
            for file, row_sets in rows_of_file.items()
        }
        self._filled = {
            file: [np.zeros(n_dyads, dtype=bool) for _ in blocks]
            for file, blocks in self._blocks.items()
        }

    def _selected(self) -> Iterable[tuple[str, dict[str, str]]]:
        yield self._cohort.sample.file, self._cohort.sample.rows
        for selection in self._cohort.selections():
            yield selection.file, selection.rows

    def put(
        self, file: str, rows: dict[str, str], columns: Columns, has: NDArray[np.bool_]
    ) -> None:
        """Write columns into the first block of rows that these codes select."""
        for place, (codes, columns_of_block) in enumerate(self._blocks[file]):
            if rows.items() <= codes.items():
                columns_of_block.update(columns)
                self._filled[file][place] |= has
                return

    def sheets(self, dyads: list[str]) -> dict[str, pd.DataFrame]:
        """Every file as a sheet, its rows ordered by dyad."""
        missing = missing_text(self._cohort.missing_codes)
        sheets = {}
        for file, blocks in self._blocks.items():
            name = self._cohort.files[file].dyad
            header = dict.fromkeys([name, *(code for codes, _ in blocks for code in codes)])
            header |= dict.fromkeys(column for _, columns in blocks for column in columns)
            frames = []
            for (codes, columns), has in zip(blocks, self._filled[file], strict=True):
                cells = {column: columns.get(column, [missing] * self._n) for column in header}
                cells |= {column: [code] * self._n for column, code in codes.items()}
                frames.append(pd.DataFrame(cells | {name: dyads}, dtype=object)[has])
            sheet = pd.concat(frames).sort_index(kind="stable")
            sheets[file] = sheet.set_index(pd.RangeIndex(2, 2 + len(sheet)))
        return sheets


def _is_part(rows: dict[str, str], other: dict[str, str]) -> bool:
    """Whether all codes are among those of another set that has more."""
    return len(rows) < len(other) and rows.items() <= other.items()
