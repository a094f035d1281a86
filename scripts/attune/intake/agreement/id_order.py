"""The order of ids: whether the ids of a file were shifted or sorted without their answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.intake.agreement.answer_sheets import AnswerSheet, compared_people
from attune.intake.agreement.permutation import (
    FEWEST_PEOPLE,
    Agreement,
    agreement_of,
    correlation,
    critical_z,
    summed,
)
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.violations import Violation

FALSE_ALARMS = 0.01
"""Family-wise level: probability of a report in a cohort whose files have their rows in orders of
their own, whether or not its questionnaires are related."""

BETTER_BY = 3.0
"""z by which another order must fit better than the given one."""

RELATED = 3.0
"""z from which the given ids certainly belong to the answers, whatever the order of rows."""

ONE_PAIR = 0.00135
"""Probability of z >= `RELATED` by chance."""

SHORTEST_SHIFT = 2
"""Rows of a shift that the order of the ids alone shows: a single person at the other end of a file
may have come late."""

Order = NDArray[np.int64]


@dataclass(frozen=True)
class Unit:
    """Rows of a file that an error of its ids moves together, and the sheets it can be seen from.

    Attributes
    ----------
    path : str
    people : array of int64, shape (n,)
        Positions of the people in the sample sheet, in the order of the file.
    sheets, others : list of AnswerSheet
        Those in these rows, and those in others.
    """

    path: str
    people: Order
    sheets: list[AnswerSheet]
    others: list[AnswerSheet]


@dataclass(frozen=True)
class _Candidate:
    """Another assignment of the rows to people, in words."""

    people: Order
    words: str


@dataclass
class _Found:
    """What speaks for another order."""

    unit: Unit
    candidate: _Candidate
    z: float
    given_z: float
    partners: set[int] = field(default_factory=set)
    by_order: bool = False
    """Seen by the order of the ids, not by the answers."""


def moved_ids(sheets: Sequence[AnswerSheet], raw: RawCohort) -> Iterator[Violation]:
    """Rule `ids_moved`: files whose ids seem to be shifted or sorted against their answers.

    Of each file (and of each selection of its rows), the answers are compared with those in other
    rows and files: of the same instrument and rater; else of the same instrument by other raters;
    else of any. Reported are

    * a shift or another order of the ids under which the answers fit clearly better: its z exceeds
      what the best of all orders reaches by chance (family-wise level `FALSE_ALARMS`, corrected
      for their number), and that of the given order by `BETTER_BY` (half of it for the few orders
      of other files);
    * ids that run as in the other files but begin elsewhere, unless the answers are clearly
      related as they are.
    """
    everyone = compared_people(raw)
    orders = _orders(raw, everyone)
    units = list(_units(sheets, orders))
    found = [
        entry
        for unit in units
        if (entry := _better_order(unit, orders, len(everyone), len(units))) is not None
    ]
    reported: set[str] = set()
    named: set[int] = set()
    for entry in sorted(found, key=_suspicion):
        own = {id(sheet) for sheet in entry.unit.sheets}
        # Of two files that are compared with each other alone, either may be the wrong one.
        if entry.unit.path in reported or (own & named and entry.partners <= named):
            continue
        reported.add(entry.unit.path)
        named |= own | entry.partners
        yield _violation(entry, raw, len(everyone))


def only_sorted_files(raw: RawCohort) -> frozenset[str]:
    """Files whose ids are sorted, where those of most others are not: they may have been sorted.

    Returns
    -------
    frozenset of str
        Places of the files.
    """
    ids = {
        file.place: raw.sheets[name][file.dyad].drop_duplicates()
        for name, file in raw.cohort.files.items()
        if name in raw.sheets and file.dyad in raw.sheets[name].columns
    }
    ordered = {path for path, names in ids.items() if names.is_monotonic_increasing}
    return frozenset(ordered if 2 * len(ordered) < len(ids) else ())


def _units(sheets: Sequence[AnswerSheet], orders: Mapping[str, Order]) -> Iterator[Unit]:
    """Every file, then every selection of rows of files that have several."""
    by_file: dict[str, list[AnswerSheet]] = {}
    by_rows: dict[object, list[AnswerSheet]] = {}
    for sheet in sheets:
        by_file.setdefault(sheet.path, []).append(sheet)
        by_rows.setdefault(sheet.rows, []).append(sheet)
    for path, order in orders.items():
        own = by_file.get(path, [])
        yield Unit(path, order, own, [sheet for sheet in sheets if sheet.path != path])
    for own in by_rows.values():
        if len(own) == len(by_file[own[0].path]):
            continue
        people = np.unique(np.concatenate([sheet.people for sheet in own]))
        order = orders[own[0].path]
        ids = {id(sheet) for sheet in own}
        others = [sheet for sheet in sheets if id(sheet) not in ids]
        yield Unit(own[0].path, order[np.isin(order, people)], own, others)


def _orders(raw: RawCohort, everyone: pd.Index) -> dict[str, Order]:
    """Per file: the people of its rows, each once, in the order of the file."""
    orders = {}
    for name, sheet in raw.sheets.items():
        file = raw.cohort.files.get(name)
        if file is None or file.dyad not in sheet.columns:
            continue
        position = everyone.get_indexer(pd.Index(sheet[file.dyad]))
        position = position[position >= 0]
        orders[file.place] = pd.unique(position).astype(np.int64)
    return orders


def _better_order(
    unit: Unit, orders: Mapping[str, Order], n_people: int, n_units: int
) -> _Found | None:
    if len(unit.people) < FEWEST_PEOPLE:
        return None
    agreements, partners, signed = _agreements(unit, n_people)
    begins_elsewhere = _rotation(unit, orders)
    if not agreements:
        if begins_elsewhere is None:
            return None
        return _Found(unit, begins_elsewhere, 0.0, 0.0, by_order=True)
    given = _strongest(agreements, unit.people, unit.people[None, :], signed)[0]
    if begins_elsewhere is not None:
        z = _strongest(agreements, unit.people, begins_elsewhere.people[None, :], signed)[0]
        # Where signs are unknown, the strongest of many pairs decides: it is higher by chance, and
        # that of another order need not be.
        related = RELATED if signed else critical_z(ONE_PAIR / (2 * len(agreements)))
        if given < related and (z > given - 1 or not signed):
            return _Found(unit, begins_elsewhere, z, given, partners, by_order=True)
    few = list(_orders_of_others(unit, orders))
    rotations = [_shifted(unit.people, k) for k in range(1, len(unit.people))]
    for candidates, better_by in ((few, BETTER_BY / 2), (rotations, BETTER_BY)):
        if not candidates:
            continue
        people = np.stack([candidate.people for candidate in candidates])
        z = _strongest(agreements, unit.people, people, signed)
        n_tests = len(candidates) * n_units * (1 if signed else 2 * len(agreements))
        best = int(np.argmax(z))
        if z[best] >= critical_z(FALSE_ALARMS / 2 / n_tests) and z[best] - given >= better_by:
            return _Found(unit, candidates[best], float(z[best]), float(given), partners)
    return None


def _agreements(unit: Unit, n_people: int) -> tuple[list[Agreement], set[int], bool]:
    """What the unit is compared with: one sum of agreements where their sign is known."""
    levels = (
        lambda one, other: one.series == other.series,
        lambda one, other: one.key[0] == other.key[0] and one.scale == other.scale,
        lambda one, other: one.key[0] != other.key[0],
    )
    for level, belongs in enumerate(levels):
        pairs = [
            (other, agreement)
            for sheet in unit.sheets
            for other in unit.others
            if belongs(sheet, other)
            and (agreement := agreement_of(sheet, other, n_people)) is not None
        ]
        if not pairs:
            continue
        partners = {id(other) for other, _ in pairs}
        agreements = [agreement for _, agreement in pairs]
        if level == len(levels) - 1:
            return agreements, partners, False
        total = summed(agreements)
        return ([total] if total is not None else []), partners, True
    return [], set(), True


def _strongest(
    agreements: Sequence[Agreement], rows: Order, people: NDArray[np.int64], signed: bool
) -> NDArray[np.float64]:
    """Return z of each assignment; the largest in size where signs are unknown."""
    z = np.stack([agreement.z_of(rows, people) for agreement in agreements])
    return np.asarray(z[0] if signed else np.abs(z).max(axis=0))


def _shifted(people: Order, k: int) -> _Candidate:
    n = len(people)
    down = k <= n // 2
    rows = k if down else n - k
    words = f"with each id {rows} row{'s' if rows > 1 else ''} {'higher' if down else 'lower'}"
    return _Candidate(np.roll(people, -k), words)


def _rotation(unit: Unit, orders: Mapping[str, Order]) -> _Candidate | None:
    """The order of other files, if these ids are in the same order but begin elsewhere."""
    position = {person: place for place, person in enumerate(unit.people.tolist())}
    shifts = []
    for path, order in orders.items():
        if path == unit.path:
            continue
        common = order[np.isin(order, unit.people)]
        if len(common) < max(FEWEST_PEOPLE, len(unit.people)):
            continue
        places = np.array([position[person] for person in common.tolist()])
        steps = np.diff(places)
        if (np.delete(steps, np.argmin(steps)) == 1).all():
            shifts.append(int(places[0]))
    if not shifts or 0 in shifts or len(set(shifts)) > 1:
        return None
    k = shifts[0]
    n = len(unit.people)
    if min(k, n - k) < SHORTEST_SHIFT or _ascending(unit.people):
        return None
    return _shifted(unit.people, k)


def _ascending(people: Order) -> bool:
    return bool((np.diff(people) > 0).all())


def _orders_of_others(unit: Unit, orders: Mapping[str, Order]) -> Iterator[_Candidate]:
    """The orders in which other files hold the same people, and the reverse of the own one."""
    own = np.sort(unit.people)
    seen = [unit.people]
    for path, order in orders.items():
        same = order[np.isin(order, own)]
        if len(same) == len(own) and not any(np.array_equal(same, other) for other in seen):
            seen.append(same)
            yield _Candidate(same, f"with the ids in the order of {path}")
    yield _Candidate(unit.people[::-1], "with the ids in the reverse order")


def _suspicion(found: _Found) -> tuple[bool, float]:
    """Order of findings: files in another order than the sample sheet first, then by evidence."""
    return _ascending(found.unit.people), found.given_z - found.z


def _violation(found: _Found, raw: RawCohort, n_people: int) -> Violation:
    unit = found.unit
    paths = {sheet.path for sheet in unit.others if id(sheet) in found.partners} - {unit.path}
    place = "in this file"
    if found.by_order:
        message = (
            "the ids run as in the other files, but begin elsewhere: they would agree"
            f" {found.candidate.words}. The answers do not show that they belong to these ids"
        )
    else:
        sheet, other, given, better, n = _example(found, n_people)
        message = (
            f"the answers do not seem to belong to the ids: {sheet.name} correlates {given:.2f}"
            f" with {other.name} of {other.path} (n = {n}), but {better:.2f}"
            f" {found.candidate.words}"
        )
        if len(paths) == 1:
            place += f" or in {min(paths)}"
    return Violation(
        "ids_moved",
        raw.cohort.severity("ids_moved"),
        unit.path,
        f"{message}.",
        f"Probably the column of ids was shifted or sorted without the other columns, {place}:"
        " compare some rows with the original questionnaires, and restore the file. If the rows are"
        " right, change nothing.",
        column=next(file.dyad for file in raw.cohort.files.values() if file.place == unit.path),
    )


def _example(found: _Found, n_people: int) -> tuple[AnswerSheet, AnswerSheet, float, float, int]:
    """The pair of sheets whose correlation gains most, before and after."""
    new_person = np.arange(n_people)
    new_person[found.unit.people] = found.candidate.people
    pairs = []
    for sheet in found.unit.sheets:
        for other in found.unit.others:
            if id(other) in found.partners:
                given, n = correlation(sheet, other, n_people)
                better, _ = correlation(sheet, other, n_people, new_person[sheet.people])
                pairs.append((sheet, other, given, better, n))
    return max(
        pairs,
        key=lambda pair: (
            pair[0].series == pair[1].series,
            np.nan_to_num(abs(pair[3]) - abs(pair[2]), nan=-9.0),
        ),
    )
