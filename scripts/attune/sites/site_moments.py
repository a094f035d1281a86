"""Moments of a site, mergeable over parts of its rows, with what disclosure rules have to know.

A part holds some dyads. Parts are merged as their moments are, so that a cohort of any size is read
in parts; a site is the sum of its parts. What is only needed for disclosure rules (who has which
measures, the extremes) is never written to a file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.sites.moment_set import MomentSet
from attune.sites.site_plan import SitePlan
from attune.specs.errors import AnalysisError
from attune.stats.moments import Moments, SquareSums, moments_of

Flags = NDArray[np.bool_]

_MOST_BITS = 30
"""Flags that are packed into one number before it is renumbered: codes stay below 2**62."""


@dataclass(frozen=True)
class KindsOfDyads:
    """The dyads of one part by what they have in common. Only inside the house.

    Attributes
    ----------
    flags : ndarray of bool, shape (n_kinds, n_columns)
        Which measures they have and which scales without a missing item.
    condition, therapist, patient : ndarray of object, shape (n_kinds,)
        "" where they are not told apart.
    dyads : ndarray of int, shape (n_kinds,)
    """

    flags: Flags
    condition: NDArray[np.object_]
    therapist: NDArray[np.object_]
    patient: NDArray[np.object_]
    dyads: NDArray[np.int64]


@dataclass(frozen=True)
class Membership:
    """Which measures the dyads have, part by part.

    Attributes
    ----------
    columns : tuple of str
        Those of `KindsOfDyads.flags`: the measures, then the items of scales.
    parts : tuple of KindsOfDyads
        A kind may be in several parts.
    """

    columns: tuple[str, ...]
    parts: tuple[KindsOfDyads, ...]

    def __add__(self, other: "Membership") -> "Membership":
        """Both parts together."""
        return Membership(self.columns, self.parts + other.parts)


@dataclass(frozen=True)
class AnswerCounts:
    """Counts of one questionnaire; sums over parts.

    Attributes
    ----------
    questionnaires, answers, missing : int
        Questionnaires with an answer, their answered and their unanswered items.
    """

    questionnaires: int
    answers: int
    missing: int

    def __add__(self, other: "AnswerCounts") -> "AnswerCounts":
        """Both parts together."""
        return AnswerCounts(
            self.questionnaires + other.questionnaires,
            self.answers + other.answers,
            self.missing + other.missing,
        )


@dataclass(frozen=True)
class SiteMoments:
    """Moments of a part of a site, or of all of it.

    Attributes
    ----------
    n_dyads : int
        Dyads of the sample sheet.
    moments : dict of MomentSet to Moments
    extremes : dict of MomentSet to ndarray, shape (2, p)
        Lowest and highest value of each measure. Only inside the house.
    scales : dict of str to SquareSums
        Measure -> keyed items of its scale, then their sum, over the questionnaires without a
        missing item.
    membership : Membership
    answers : dict of str to AnswerCounts
        By questionnaire; empty where no items were read.
    """

    n_dyads: int
    moments: dict[MomentSet, Moments]
    extremes: dict[MomentSet, NDArray[np.float64]]
    scales: dict[str, SquareSums]
    membership: Membership
    answers: dict[str, AnswerCounts] = field(default_factory=dict)

    def __add__(self, other: "SiteMoments") -> "SiteMoments":
        """Both parts together."""
        extremes = {
            key: np.stack(
                [
                    np.fmin(mine[0], other.extremes[key][0]),
                    np.fmax(mine[1], other.extremes[key][1]),
                ]
            )
            for key, mine in self.extremes.items()
        }
        return SiteMoments(
            self.n_dyads + other.n_dyads,
            {key: one + other.moments[key] for key, one in self.moments.items()},
            extremes,
            {key: one + other.scales[key] for key, one in self.scales.items()},
            self.membership + other.membership,
            {key: one + other.answers[key] for key, one in self.answers.items()},
        )


def items_column(measure: str) -> str:
    """Name of the column of a membership that says who answered all items of a measure's scale.

    Examples
    --------
    >>> items_column("kims_total")
    'kims_total items'
    """
    return f"{measure} items"


def missing_column(measure: str, n_missing: int) -> str:
    """Name of the column that says whose score of a measure rests on fewer answers, by how many.

    Examples
    --------
    >>> missing_column("kims_total", 2)
    'kims_total with 2 missing'
    """
    return f"{measure} with {n_missing} missing"


def merge_parts(parts: Sequence[SiteMoments]) -> SiteMoments:
    """A site from its parts, at least one."""
    return reduce(add, parts)


def part_moments(
    measures: pd.DataFrame,
    plan: SitePlan,
    scales: Mapping[str, tuple[SquareSums, Flags]],
    answers: Mapping[str, AnswerCounts] | None = None,
    *,
    n_missing: Mapping[str, NDArray[np.int64]] | None = None,
    patients_return: bool = False,
) -> SiteMoments:
    """Moments of some dyads.

    Parameters
    ----------
    measures : pandas.DataFrame
        One row per dyad: patient, therapist, condition and the measures of the plan, NaN where
        missing.
    plan : SitePlan
    scales : mapping of str to (SquareSums, ndarray of bool)
        Measure -> moments of its scale's items, and which dyads they are of.
    answers : mapping of str to AnswerCounts, optional
    n_missing : mapping of str to ndarray of int, optional
        Measure of `plan.prorated` -> unanswered items of its scale, one per dyad.
    patients_return : bool
        Whether one patient may be in several dyads; then patients are told apart.

    Raises
    ------
    AnalysisError
        A measure is not a column.
    """
    absent = [name for name in plan.measures if name not in measures.columns]
    if absent:
        raise AnalysisError(f"The measures {', '.join(absent)} are not among those of the cohort.")
    values = {name: measures[name].to_numpy(dtype=float, na_value=np.nan) for name in plan.measures}
    exists = {name: np.isfinite(column) for name, column in values.items()}
    condition = measures["condition"].astype(object).where(measures["condition"].notna(), "")
    moments, extremes = {}, {}
    for one in plan.sets:
        chosen = np.logical_and.reduce([exists[name] for name in one.measures])
        if one.condition:
            chosen &= (condition == one.condition).to_numpy(dtype=bool)
        rows = np.column_stack([values[name][chosen] for name in one.measures])
        moments[one] = moments_of(rows)
        extremes[one] = (
            np.stack([rows.min(axis=0), rows.max(axis=0)])
            if len(rows)
            else np.full((2, rows.shape[1]), np.nan)
        )
    flags = exists | {items_column(name): complete for name, (_, complete) in scales.items()}
    for scale, most in plan.prorated.items():
        name = scale.measure
        own = (n_missing or {}).get(name, np.zeros(len(measures), np.int64))
        flags |= {missing_column(name, n): exists[name] & (own == n) for n in range(1, most + 1)}
    people = {
        "therapist": measures["therapist"],
        "patient": measures["patient"] if patients_return else None,
    }
    return SiteMoments(
        len(measures),
        moments,
        extremes,
        {name: sums for name, (sums, _) in scales.items()},
        _membership(flags, condition if plan.conditions else None, people),
        dict(answers or {}),
    )


def _membership(
    flags: Mapping[str, Flags], condition: pd.Series | None, people: Mapping[str, pd.Series | None]
) -> Membership:
    """Count the dyads that have the same measures, condition and people."""
    n = len(next(iter(flags.values())))
    matrix = np.array(list(flags.values())).reshape(len(flags), n)
    code = np.zeros(n, np.int64)
    for start in range(0, len(matrix), _MOST_BITS):
        for row in matrix[start : start + _MOST_BITS]:
            code = code * 2 + row
        code = np.unique(code, return_inverse=True)[1].astype(np.int64)
    names: list[tuple[NDArray[np.int64], Sequence[object]]] = []
    for column in (condition, people["therapist"], people["patient"]):
        found: NDArray[np.int64] = np.zeros(n, np.int64)
        levels: Sequence[object] = [""]
        if column is not None and not column.isna().all():
            found, different = pd.factorize(column.astype(object).where(column.notna(), ""))
            levels = list(different)
        code = np.unique(code * len(levels) + found, return_inverse=True)[1].astype(np.int64)
        names.append((found, levels))
    _, first, count = np.unique(code, return_index=True, return_counts=True)
    arm, therapist, patient = (
        np.array(levels, dtype=object)[found[first]] for found, levels in names
    )
    kinds = KindsOfDyads(matrix[:, first].T, arm, therapist, patient, count.astype(np.int64))
    return Membership(tuple(flags), (kinds,))
