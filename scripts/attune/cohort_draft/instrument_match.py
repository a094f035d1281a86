"""Match a group of numbered columns to an instrument and its items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from attune.cohort_draft.answer_codes import CellCounts, CodeFit, code_fit, labelled_range
from attune.cohort_draft.instrument_names import KnownNames
from attune.cohort_draft.item_groups import ItemGroup
from attune.intake.reading.column_notes import ColumnNote
from attune.specs.instrument import Instrument

MOST_EXTRA = 2
"""Largest number of columns beyond the last item, such as a question about impairment."""


@dataclass(frozen=True)
class ItemColumns:
    """The column of each item.

    Attributes
    ----------
    columns : str or dict of int to str
        As in the cohort file.
    reasons, doubts : list of str
    """

    columns: str | dict[int, str]
    reasons: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def names(self, n_items: int) -> list[str]:
        """The columns, item 1 first."""
        if isinstance(self.columns, str):
            return [self.columns.format(item=item) for item in range(1, n_items + 1)]
        return [self.columns[item] for item in range(1, n_items + 1)]


@dataclass(frozen=True)
class InstrumentMatch:
    """The instrument of a group, with reasons and doubts."""

    instrument: Instrument
    items: ItemColumns
    codes: CodeFit
    reasons: list[str]
    doubts: list[str]


def match_instrument(
    group: ItemGroup,
    stem: str,
    cells: CellCounts,
    instruments: Mapping[str, Instrument],
    known: KnownNames,
    notes: Mapping[str, ColumnNote],
) -> InstrumentMatch | str:
    """The instrument of a group of columns, or the reason why there is none.

    Candidates share the name. The number of items decides among them, then the codes: an
    instrument whose range the codes fill comes before one whose range they only fit into.

    Parameters
    ----------
    group : ItemGroup
    stem : str
        Normalised name in the columns or in the name of their file.
    cells : CellCounts
        Of the columns of the group.
    instruments : mapping of id to Instrument
    known : KnownNames
    notes : mapping of column to ColumnNote
        Of the columns of the group.
    """
    named = [instruments[name] for name in known.instruments_of(stem)]
    fitting = [
        (entry, items) for entry in named if (items := item_columns(group, entry)) is not None
    ]
    exact = [pair for pair in fitting if len(group.columns) == pair[0].n_items]
    fitting = exact or fitting
    if not fitting:
        return _no_size(group, named)
    rated = [
        (instrument, items, code_fit(cells, instrument.response, notes))
        for instrument, items in fitting
    ]
    usable = [entry for entry in rated if entry[2].level < 3]
    if not usable:
        names = dict.fromkeys(
            f"{instrument.abbreviation} ({instrument.n_items} items,"
            f" {instrument.response.in_words()})"
            for instrument, *_ in rated
        )
        return f"named like {', '.join(names)}, but {rated[0][2].strays[0]}"

    def rank(candidate: tuple[Instrument, ItemColumns, CodeFit]) -> tuple[bool, int, bool]:
        instrument, _, fit = candidate
        full = known.is_full_name(stem, instrument.instrument)
        return not full, fit.level, not _fills(cells, fit, instrument, notes)

    best, items, codes = min(usable, key=rank)
    reasons = [f'{len(group.columns)} columns named "{stem}"', *codes.reasons]
    doubts = list(_rivals(best, codes, [entry[0] for entry in rated], instruments, cells, notes))
    doubts += edition_doubts(best)
    return InstrumentMatch(best, items, codes, reasons, doubts)


def edition_doubts(instrument: Instrument) -> list[str]:
    """Which edition a file holds, where the registry knows others of the same name."""
    return [
        f"taken for the {instrument.abbreviation}; it could also be {other}, since files call both"
        " by the same name. Look at the form that was filled in"
        for other in instrument.editions
    ]


def item_columns(group: ItemGroup, instrument: Instrument) -> ItemColumns | None:
    """The column of each item; None if the numbers do not fit the instrument."""
    numbers, n_items = list(group.columns), instrument.n_items
    items = list(range(1, n_items + 1))
    extra = [number for number in numbers if number > n_items]
    if instrument.explicit_map and len(numbers) == n_items:
        doubt = (
            f"the printed order of {instrument.abbreviation} is not standard. Correct this map:"
            " item (cluster) -> column"
        )
        return ItemColumns(dict(enumerate(group.columns.values(), start=1)), doubts=[doubt])
    if numbers[:n_items] == items and 0 <= len(extra) <= MOST_EXTRA:
        doubts = [f"{group.columns[number]} is not one of its items" for number in extra]
        if group.pattern:
            return ItemColumns(group.pattern, [group.columns_text], doubts)
        return ItemColumns(
            {item: group.columns[item] for item in items}, [group.columns_text], doubts
        )
    if len(numbers) != n_items:
        return None
    columns = dict(zip(items, group.columns.values(), strict=True))
    first, last = numbers[0], numbers[-1]
    if last - first == n_items - 1 and first in (0, 2):
        doubt = f"numbered from {first} to {last}: item 1 is {columns[1]}"
    else:
        absent = sorted(set(range(first, last + 1)) - set(numbers))
        skipped = f", without {', '.join(map(str, absent[:5]))}" if absent else ""
        doubt = (
            f"numbered from {first} to {last}{skipped}: the number is not the item;"
            " taken in ascending order"
        )
    return ItemColumns(columns, [], [doubt])


def _no_size(group: ItemGroup, named: Sequence[Instrument]) -> str:
    """Why a group has the wrong number of columns."""
    sizes = ", ".join(f"{entry.abbreviation} ({entry.n_items} items)" for entry in named)
    numbers = list(group.columns)
    gaps = sorted(set(range(1, numbers[-1] + 1)) - set(numbers))
    absent = f"; without number {', '.join(map(str, gaps[:5]))}" if gaps else ""
    return f"named like {sizes}, but there are {len(numbers)} columns{absent}"


def _fills(
    cells: CellCounts, fit: CodeFit, instrument: Instrument, notes: Mapping[str, ColumnNote]
) -> bool:
    """Whether the file's labels, or else its highest answer, match the instrument's range."""
    labelled = labelled_range(notes)
    if labelled is not None:
        return labelled == (instrument.response.minimum, instrument.response.maximum)
    if cells.in_words:
        codes = fit.answers.values()
        ends = (min(codes), max(codes)) if codes else (1, len(fit.open_words))
        return ends[1] - ends[0] == instrument.response.maximum - instrument.response.minimum
    kept = [value for text, value in cells.numbers.items() if text not in fit.missing_codes]
    allowed = instrument.response
    shift = 0 if fit.lowest_code is None else fit.lowest_code - allowed.minimum
    return bool(kept) and max(kept) == allowed.maximum + shift


def _rivals(
    best: Instrument,
    codes: CodeFit,
    candidates: Sequence[Instrument],
    instruments: Mapping[str, Instrument],
    cells: CellCounts,
    notes: Mapping[str, ColumnNote],
) -> list[str]:
    """Other instruments that the same columns could be."""
    fills = _fills(cells, codes, best, notes)
    others = {candidate.instrument: candidate for candidate in candidates}
    if not fills:
        others |= {name: instruments[name] for name in best.look_alikes if name in instruments}
    others.pop(best.instrument, None)
    doubts = []
    for other in others.values():
        if other.n_items != best.n_items:
            continue
        fit = code_fit(cells, other.response, {})
        if fills and labelled_range(notes) and not _fills(cells, fit, other, notes):
            continue
        if fit.level <= codes.level:
            doubts.append(
                f"could also be {other.abbreviation} ({other.n_items} items,"
                f" {other.response.in_words()})"
            )
    return doubts
