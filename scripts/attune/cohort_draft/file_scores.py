"""Columns with finished scores: totals of items in the file, and scores without items."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from attune.cohort_draft.answer_codes import TEXT_CODES
from attune.cohort_draft.column_names import Meaning, meaning_of, normalised, words_of
from attune.cohort_draft.draft import DraftQuestionnaire, DraftScore, Evidence, RawTable, Unmapped
from attune.cohort_draft.instrument_match import edition_doubts
from attune.cohort_draft.instrument_names import KnownNames
from attune.cohort_draft.layout import Layout
from attune.cohort_draft.main_scales import main_scales
from attune.cohort_draft.row_blocks import occasion_of, rater_of, row_blocks
from attune.intake.checks.scores_in_file import scores_of_answered
from attune.intake.reading.cell_values import CellProblem, half_a_digit, read_number
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.specs.instrument import Instrument

FEWEST_ROWS = 5
"""Smallest number of complete questionnaires for a comparison of scores."""


@dataclass(frozen=True)
class FoundScores:
    """Questionnaires with their totals, scores without items, and the remaining columns."""

    questionnaires: list[DraftQuestionnaire]
    scores: list[DraftScore]
    unmapped: list[Unmapped]
    free: list[str]


def with_file_scores(
    table: RawTable,
    layout: Layout,
    drafts: Sequence[DraftQuestionnaire],
    answered: Sequence[AnsweredQuestionnaire],
    free: Sequence[str],
    instruments: Mapping[str, Instrument],
    known: KnownNames,
) -> FoundScores:
    """Identify the columns with finished scores of one file.

    If the file holds the items too, a column is the score of the scale that it equals in most
    complete rows. A score without items is identified by its name and must lie in the range of the
    scale.

    Parameters
    ----------
    table : RawTable
    layout : Layout
    drafts, answered : sequence
        The questionnaires of the file and their answers, in the same order.
    free : sequence of str
        Columns that hold no items.
    instruments : mapping of id to Instrument
    known : KnownNames
    """
    found = list(drafts)
    scores: list[DraftScore] = []
    unmapped: list[Unmapped] = []
    unused = []
    computed = [_computed(entry) for entry in answered]
    for column in free:
        meaning = meaning_of(words_of(column), known.stems)
        names = known.instruments_of(meaning.stem)
        scored = (meaning.stem or meaning.total) and not column.endswith("_complete")
        values = _numbers(table, column) if scored else None
        if values is None:
            unused.append(column)
            continue
        beside = [
            place for place, draft in enumerate(found) if _belongs(draft, meaning, names, found)
        ]
        new_scores: list[DraftScore] = []
        if beside:
            unmapped += _beside_items(table, column, values, beside, found, computed)
            continue
        if names:
            new_scores = list(
                _scores_without_items(table, layout, column, meaning, values, names, instruments)
            )
        scores += new_scores
        unused += [] if new_scores else [column]
    return FoundScores(found, scores, unmapped, unused)


def _beside_items(
    table: RawTable,
    column: str,
    values: pd.Series,
    beside: Sequence[int],
    found: list[DraftQuestionnaire],
    computed: Sequence[Mapping[str, pd.DataFrame]],
) -> list[Unmapped]:
    """Map a column to the questionnaires whose score it is; list it if there is none."""
    best = {place: _best_scale(values, table, column, computed[place]) for place in beside}
    sure = {place: match for place, match in best.items() if match and match[1] * 2 > match[2]}
    for place, match in sure.items():
        found[place] = _with_total(found[place], match, column)
    return [] if sure else [_no_total(table, column, [entry for entry in best.values() if entry])]


def _belongs(
    draft: DraftQuestionnaire,
    meaning: Meaning,
    names: Sequence[str],
    drafts: Sequence[DraftQuestionnaire],
) -> bool:
    """Whether a column could be a score of this questionnaire."""
    if meaning.stem:
        right = draft.instrument in names
    else:
        right = not meaning.rest and len({entry.instrument for entry in drafts}) == 1
    rater = not meaning.rater or meaning.rater == draft.rater
    occasion = not meaning.occasion or meaning.bare_number or meaning.occasion == draft.occasion
    return right and rater and occasion and meaning.state in ("", draft.state)


def _computed(answered: AnsweredQuestionnaire) -> dict[str, pd.DataFrame]:
    return {scale: scores_of_answered(answered, scale) for scale in answered.instrument.scales}


def _numbers(table: RawTable, column: str) -> pd.Series | None:
    """The numbers of a column by row; None if it holds anything else."""
    cells = table.sheet[column]
    read = {text: read_number(str(text), table.decimal) for text in cells.unique()}
    numbers = {text: value for text, value in read.items() if not isinstance(value, CellProblem)}
    texts = {text for text in read if text not in numbers and text not in ("", *TEXT_CODES)}
    if texts or not numbers:
        return None
    return cells.map(numbers).astype(float).dropna()


def _best_scale(
    values: pd.Series, table: RawTable, column: str, computed: Mapping[str, pd.DataFrame]
) -> tuple[str, int, int] | None:
    """The scale that a column equals most often: scale, equal rows, complete rows."""
    best = None
    digits = {text: half_a_digit(str(text), table.decimal) for text in table.sheet[column].unique()}
    allowed = table.sheet[column].map(digits).astype(float)
    for scale, frame in computed.items():
        complete = frame[frame["n_answered"] >= frame["n_items"]]
        both = complete.index.intersection(values.index)
        if len(both) < FEWEST_ROWS:
            continue
        away = (values[both] - complete.loc[both, "score"].astype(float)).abs()
        equal = int((away <= allowed[both]).sum())
        if best is None or equal > best[1]:
            best = (scale, equal, len(both))
    return best


def _with_total(
    draft: DraftQuestionnaire, best: tuple[str, int, int], column: str
) -> DraftQuestionnaire:
    scale, equal, complete = best
    if scale in draft.scores_in_file:
        return draft
    return replace(
        draft,
        scores_in_file=draft.scores_in_file | {scale: column},
        equal_scores=draft.equal_scores | {scale: (equal, complete)},
    )


def _no_total(table: RawTable, column: str, tried: Sequence[tuple[str, int, int]]) -> Unmapped:
    if not tried:
        return Unmapped(table.place, column, "looks like a score, but too few rows are complete")
    scale, equal, complete = max(tried, key=lambda entry: entry[1])
    return Unmapped(
        table.place,
        column,
        f"looks like a score, but equals no scale; nearest is {scale}, in {equal} of {complete}"
        " complete rows",
    )


def _scores_without_items(
    table: RawTable,
    layout: Layout,
    column: str,
    meaning: Meaning,
    values: pd.Series,
    names: Sequence[str],
    instruments: Mapping[str, Instrument],
) -> Iterator[DraftScore]:
    """Scores without items, one per occasion and rater of the rows."""
    for name in names:
        instrument = instruments[name]
        scale = _named_scale(instrument, meaning)
        if scale is None or instrument.states or _longer_form(meaning, instrument):
            continue
        low, high = instrument.score_range(scale)
        if not low <= values.min() <= values.max() <= high:
            continue
        for block in row_blocks(table, layout):
            if block.sheet.index.intersection(values.index).empty:
                continue
            rater, about_rater = rater_of(instrument, meaning, Meaning(), block)
            occasion, _, about_time = occasion_of(instrument.raters, meaning, Meaning(), block)
            doubt = (
                f"values from {values.min():g} to {values.max():g}, and no items: is it the"
                f" finished score {scale}, as `attune instruments show {name}` describes it?"
            )
            doubts = [doubt, *edition_doubts(instrument), *about_rater.doubts, *about_time.doubts]
            evidence = Evidence([], doubts)
            yield DraftScore(name, rater, occasion, table.name, scale, column, evidence, block.rows)
        return


def _longer_form(meaning: Meaning, instrument: Instrument) -> bool:
    """Whether the number in a name is the length of a longer form, as 21 in hamd_21."""
    own = f"{meaning.stem}{instrument.n_items}"
    return (
        meaning.bare_number
        and (meaning.session or 0) > instrument.n_items
        and own in {normalised(alias) for alias in instrument.aliases}
    )


def _named_scale(instrument: Instrument, meaning: Meaning) -> str | None:
    """The scale in the name of a column; the main scale if the name has no further words."""
    if not meaning.rest:
        return main_scales(instrument)[0]
    word = "".join(meaning.rest)
    for scale, declared in instrument.scales.items():
        if word in (normalised(scale), normalised(declared.label)):
            return scale
    return None
