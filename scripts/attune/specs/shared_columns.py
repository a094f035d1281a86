"""Columns that a cohort file reads twice: the same answers would count as two questionnaires'."""

from collections.abc import Iterator, Mapping

from attune.specs.cohort import Cohort, GivenScore, Questionnaire, Selection
from attune.specs.instrument import Instrument


def shared_columns(
    cohort: Cohort, instruments: Mapping[str, Instrument]
) -> Iterator[tuple[Selection, Selection, str]]:
    """Questionnaires and given scores that read one column of the same rows.

    Parameters
    ----------
    cohort : Cohort
    instruments : mapping of id to Instrument
        All that the cohort names.

    Yields
    ------
    one, other : Selection
        In the order of the cohort file; each pair once.
    column : str
        The first column that both read.
    """
    readers: dict[tuple[str, str], list[Selection]] = {}
    found = set()
    for selection in cohort.selections():
        for column in _columns_read(selection, instruments):
            earlier = readers.setdefault((cohort.files[selection.file].place, column), [])
            for one in earlier:
                if _share_rows(one, selection) and (id(one), id(selection)) not in found:
                    found.add((id(one), id(selection)))
                    yield one, selection, column
            earlier.append(selection)


def _columns_read(selection: Selection, instruments: Mapping[str, Instrument]) -> list[str]:
    """The columns of the items, or the one of the score."""
    if isinstance(selection, GivenScore):
        return [selection.column]
    if not isinstance(selection, Questionnaire):
        return []
    items = range(1, instruments[selection.instrument].n_items + 1)
    return [str(selection.column_of(item)) for item in items]


def _share_rows(one: Selection, other: Selection) -> bool:
    """Whether all rows of one are rows of the other: it asks for the same codes, or for more."""
    return one.rows.items() <= other.rows.items() or one.rows.items() >= other.rows.items()
