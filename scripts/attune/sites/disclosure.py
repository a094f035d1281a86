"""Disclosure rules of a site file: which moments may leave the house, and why others may not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.sites.differencing import discloses
from attune.sites.moment_set import MomentSet
from attune.sites.site_moments import Membership, SiteMoments, items_column, missing_column
from attune.sites.site_plan import SitePlan

FEWEST_DYADS = 10
"""Fewest dyads of a set of moments, where a cohort protects anybody at all: the rule of thumb of
safe settings (Griffiths et al., 2019, Handbook on Statistical Disclosure Control for Outputs, Safe
Data Access Professionals Working Group)."""

LARGEST_SHARE = 0.5
"""Largest share of a measure's sum of squares that the answers of one person may make up: beyond it
the standard deviation tells how far that person is from the mean, to a factor of 1.4."""

DIGITS = 3
"""Digits of statistics whose moments are withheld: as many as papers print."""


@dataclass(frozen=True)
class Limits:
    """Numbers of the disclosure rules.

    Attributes
    ----------
    smallest_cell : int
        Counts of fewer people are suppressed; 0: nobody is protected, and no rule applies.
    fewest_dyads : int
    """

    smallest_cell: int
    fewest_dyads: int = FEWEST_DYADS

    def rules(self) -> dict[str, str]:
        """Every rule by its name, in a sentence.

        Examples
        --------
        >>> list(Limits(5).rules())[:3]
        ['fewest_dyads', 'fewest_people', 'matrix_size']
        >>> list(Limits(0).rules())
        ['nobody_protected']
        """
        if not self.smallest_cell:
            return {"nobody_protected": "The cohort protects nobody (smallest_cell is 0)."}
        few = self.smallest_cell
        return {
            "fewest_dyads": f"A set of moments needs at least {self.fewest_dyads} dyads.",
            "fewest_people": f"It needs at least {few} different people who rated: patients, and"
            " therapists where one of its measures is not the patients'.",
            "matrix_size": f"It needs at least {few} dyads more than measures, so that the products"
            " do not determine the answers.",
            "same_answer": "A measure that is the same for all people of a set is withheld: its"
            " mean would be everybody's score.",
            "dominance": "No person may make up more than"
            f" {100 * LARGEST_SHARE:.0f} percent of the sum of squares of a measure.",
            "differencing": "No weighted sum of sets with answers to the same questionnaire may be"
            f" a sum over fewer than {few} people; the less important set is withheld.",
            "prorated": "Scores that rest on the same smaller number of answers have fractions of"
            " their own, by which sums can be taken apart: where fewer than"
            f" {few} people of a set share one, or a weighted sum of sets would be over fewer of"
            " them, the set is withheld.",
            "small_cells": f"Statistics over fewer than {few} people, and those from which they"
            " would follow, are suppressed as in the documents.",
            "printed_precision": "Statistics whose moments are withheld are rounded to"
            f" {DIGITS} digits.",
            "no_extremes": "No lowest or highest value, no single response and no row is in the"
            " file.",
        }


@dataclass(frozen=True)
class Release:
    """What may leave the house.

    Attributes
    ----------
    sets, scales : list
        The moments that may: sets, and measures of scales.
    withheld : dict of str to str
        What is withheld -> name of the rule.
    """

    sets: list[MomentSet]
    scales: list[str]
    withheld: dict[str, str]


def release(site: SiteMoments, plan: SitePlan, limits: Limits) -> Release:
    """Apply the rules to the moments of a site.

    Parameters
    ----------
    site : SiteMoments
        All parts merged: a part is too small to be judged alone.
    plan : SitePlan
    limits : Limits

    Notes
    -----
    Sets are judged in the order of the plan; one that breaks a rule alone, or together with those
    before it, is withheld. Scales come last.
    """
    if not limits.smallest_cell:
        return Release(list(plan.sets), [scale.measure for scale in plan.scales], {})
    people = _People(site.membership)
    overlap = _Overlap(people, limits.smallest_cell)
    sets, scales, withheld = [], [], {}
    for one in plan.sets:
        inside = people.of_set(one)
        raters = [plan.people[name] for name in one.measures]
        rule = _own_rule(site, one, inside, people, raters, limits)
        rule = rule or overlap.broken_rule(one.measures, inside, plan)
        if rule is None:
            sets.append(one)
        else:
            withheld[one.name] = rule
    for scale in plan.scales:
        inside = people.flags(items_column(scale.measure))
        sums, rater = site.scales[scale.measure], plan.people[scale.measure]
        rule = _too_few(sums.n, inside, people, [rater], limits)
        if rule is None and not (sums.squares > 0).all():
            rule = "same_answer"
        rule = rule or overlap.broken_rule((scale.measure,), inside, plan)
        if rule is None:
            scales.append(scale.measure)
        else:
            withheld[f"items of {scale.measure}"] = rule
    return Release(sets, scales, withheld)


class _People:
    """The dyads of a site by what they have in common, as arrays over the kinds of dyads."""

    def __init__(self, membership: Membership):
        parts = membership.parts
        self._column = {name: place for place, name in enumerate(membership.columns)}
        self._flags = np.concatenate([part.flags for part in parts])
        self._condition = np.concatenate([part.condition for part in parts])
        self.dyads = np.concatenate([part.dyads for part in parts])
        self.therapist = _numbered(np.concatenate([part.therapist for part in parts]))
        self._patient = _numbered(np.concatenate([part.patient for part in parts]))

    def flags(self, column: str) -> NDArray[np.bool_]:
        """Which kinds of dyads have a measure, or all items of its scale."""
        return self._flags[:, self._column[column]]

    def prorated(self, measure: str, plan: SitePlan) -> dict[str, NDArray[np.bool_]]:
        """Kinds of dyads whose score rests on fewer answers, by how many are missing."""
        most = {one.measure: number for one, number in plan.prorated.items()}.get(measure, 0)
        names = [missing_column(measure, number) for number in range(1, most + 1)]
        return {name: self.flags(name) for name in names}

    def of_set(self, one: MomentSet) -> NDArray[np.bool_]:
        """Which kinds of dyads belong to a set."""
        inside = np.logical_and.reduce([self.flags(name) for name in one.measures])
        return inside & (self._condition == one.condition) if one.condition else inside

    def count(
        self, cell: NDArray[np.int64], n_cells: int, raters: Collection[str]
    ) -> NDArray[np.int64]:
        """Different people in each cell: those who rated, of several kinds the fewest.

        `cell` holds the cell of each kind of dyads, -1 for none.
        """
        inside = cell >= 0
        fewest = np.bincount(cell[inside], self.dyads[inside], n_cells).astype(np.int64)
        therapist = self.therapist if set(raters) - {"patient"} else None
        for person in (therapist, self._patient):
            if person is not None:
                pairs = np.unique(person[inside] * n_cells + cell[inside])
                fewest = np.minimum(fewest, np.bincount(pairs % n_cells, minlength=n_cells))
        return fewest

    def most_dyads(self, inside: NDArray[np.bool_], rater: str) -> int:
        """Most dyads of one person: of a patient who returned, or else of a therapist."""
        persons = [self._patient, None if rater == "patient" else self.therapist]
        counts = [
            np.bincount(person[inside], self.dyads[inside]).max(initial=1)
            for person in persons
            if person is not None
        ]
        return int(max(counts, default=1))


def _numbered(names: NDArray[np.object_]) -> NDArray[np.int64] | None:
    """Numbers of names; None where nobody is told apart."""
    numbers, found = pd.factorize(names)
    return None if list(found) == [""] else numbers.astype(np.int64)


class _Overlap:
    """The sets that were admitted, by the questionnaire that they hold answers to."""

    def __init__(self, people: _People, smallest: int):
        self._people, self._smallest = people, smallest
        self._admitted: dict[str, list[NDArray[np.bool_]]] = {}

    def broken_rule(
        self, measures: tuple[str, ...], inside: NDArray[np.bool_], plan: SitePlan
    ) -> str | None:
        """The rule that a set breaks beside the admitted ones; admit it where there is none."""
        groups = {plan.sources[name]: (inside, plan.people[name]) for name in measures}
        if self._discloses(groups):
            return "differencing"
        prorated = {
            column: (inside & flags, plan.people[name])
            for name in measures
            for column, flags in self._people.prorated(name, plan).items()
            if (inside & flags).any()
        }
        if self._discloses(prorated):
            return "prorated"
        for source, (group, _) in (groups | prorated).items():
            own = self._admitted.setdefault(source, [])
            if not any(np.array_equal(group, earlier) for earlier in own):
                own.append(group)
        return None

    def _discloses(self, groups: Mapping[str, tuple[NDArray[np.bool_], str]]) -> bool:
        for source, (group, rater) in groups.items():
            cells, place = _cells([*self._admitted.get(source, []), group])
            people = self._people.count(place, len(cells), [rater])
            if discloses(np.transpose(cells).tolist(), people.tolist(), self._smallest):
                return True
        return False


def _cells(
    groups: Sequence[NDArray[np.bool_]],
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Cells of kinds of dyads that are in the same groups.

    Returns
    -------
    cells : ndarray of bool, shape (n_cells, n_groups)
        Whether a cell is in a group; every cell is in one at least.
    place : ndarray of int, shape (n_kinds,)
        Cell of each kind; -1 where it is in no group.
    """
    code = np.zeros(len(groups[0]), np.int64)
    for group in groups:
        # Renumbered each time, so that the codes of many groups stay small.
        code = pd.factorize(code * 2 + group)[0].astype(np.int64)
    matrix = np.array(groups)
    _, first, place = np.unique(code, return_index=True, return_inverse=True)
    cells = matrix[:, first].T
    used = cells.any(axis=1)
    number = np.where(used, np.cumsum(used) - 1, -1)
    return cells[used], number[place]


def _own_rule(
    site: SiteMoments,
    one: MomentSet,
    inside: NDArray[np.bool_],
    people: _People,
    raters: Sequence[str],
    limits: Limits,
) -> str | None:
    """The rule that a set of moments breaks by itself."""
    moments, extremes = site.moments[one], site.extremes[one]
    if rule := _too_few(moments.n, inside, people, raters, limits):
        return rule
    if (extremes[0] == extremes[1]).any():
        return "same_answer"
    deviation = np.maximum(extremes[1] - moments.mean, moments.mean - extremes[0])
    # An upper bound: as if the person with the most dyads were always the one at the extreme.
    most = np.array([people.most_dyads(inside, rater) for rater in raters])
    share = most * deviation**2 / moments.products.diagonal()
    return "dominance" if (share > LARGEST_SHARE).any() else None


def _too_few(
    n: int, inside: NDArray[np.bool_], people: _People, raters: Sequence[str], limits: Limits
) -> str | None:
    if n < limits.fewest_dyads:
        return "fewest_dyads"
    cell = np.where(inside, 0, -1).astype(np.int64)
    if people.count(cell, 1, raters)[0] < limits.smallest_cell:
        return "fewest_people"
    return "matrix_size" if n < len(raters) + limits.smallest_cell else None


def shared_statistics(
    rows: Sequence[Mapping[str, object]], hidden: Mapping[str, str], exact: set[str]
) -> list[dict[str, object]]:
    """Statistics that may leave the house.

    Parameters
    ----------
    rows : sequence of mapping
        id, estimate, se, df and n of statistics.
    hidden : mapping of str to str
        Ids that small-cell suppression hides.
    exact : set of str
        Ids that follow from released moments; the others are rounded.
    """
    shared = []
    for row in rows:
        if row["id"] in hidden:
            continue
        own = dict(row)
        if row["id"] not in exact:
            for part in ("estimate", "se"):
                value = row[part]
                own[part] = float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
        shared.append(own)
    return shared
