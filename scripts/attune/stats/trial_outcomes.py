"""Outcomes of a trial with one row per person: which are missing, and when."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.incomplete_normal import Pattern, missing_patterns
from attune.stats.model_formula import require_columns

Array = NDArray[np.float64]

OBSERVED, INTERMITTENT, AFTER_DROPOUT = 0, 1, 2
"""Kinds of a cell: seen; missing before a visit that was seen; missing after the last one seen."""


@dataclass(frozen=True)
class TrialOutcomes:
    """Outcomes of a trial with one row per person.

    Attributes
    ----------
    persons : pandas.DataFrame
        One row per person: person, arm and, where given, cluster.
    outcomes : ndarray, shape (n, p)
        Covariates, then the baseline where there is one, then the visits; NaN where missing.
    visits : tuple
    arms : tuple
        The reference arm first.
    arm : ndarray of int, shape (n,)
        Place of each person's arm in `arms`.
    n_before : int
        Columns before the visits.
    has_baseline : bool
        Whether the last of them is the outcome before treatment.
    kinds : ndarray of int, shape (n, n_visits)
        See `OBSERVED`.
    clusters : ndarray of int, shape (n,), or None
    """

    persons: pd.DataFrame = field(repr=False)
    outcomes: Array = field(repr=False)
    visits: tuple[Hashable, ...]
    arms: tuple[Hashable, ...]
    arm: NDArray[np.intp] = field(repr=False)
    n_before: int
    has_baseline: bool
    kinds: NDArray[np.int8] = field(repr=False)
    clusters: NDArray[np.intp] | None = field(repr=False)

    def patterns(self) -> Iterator[tuple[int, Pattern, int]]:
        """Arm, rows with the same observed columns, and the last column that is not imputed."""
        for place in range(len(self.arms)):
            own = np.flatnonzero(self.arm == place)
            for pattern in missing_patterns(self.outcomes[own]):
                seen = np.flatnonzero(pattern.seen)
                last = max(int(seen[-1]) if len(seen) else -1, self.n_before - 1)
                yield place, Pattern(own[pattern.rows], pattern.seen), last


def trial_outcomes(
    frame: pd.DataFrame,
    outcome: str,
    person: str,
    visit: str,
    arm: str,
    *,
    reference: Hashable,
    baseline: str | None = None,
    baseline_visit: Hashable = None,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
) -> TrialOutcomes:
    """Arrange rows of persons and visits for imputation.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per person and visit. Visits without a row, or with a missing outcome, are missing;
        persons without any outcome have at least one row.
    outcome, person, visit, arm : str
        Columns. Visits are in the order of a categorical column, or else sorted.
    reference : hashable
        The reference arm.
    baseline : str, optional
        Column with the outcome before treatment, on the same scale.
    baseline_visit : hashable, optional
        Instead: the visit that is the baseline.
    covariates : sequence of str
        Further numeric columns of the imputation and the analysis model. Missing values of them and
        of the baseline are imputed as missing at random.
    cluster : str, optional
        Column of the therapist, group or site; never missing.

    Raises
    ------
    AnalysisError
        A column, arm or visit that does not exist, a person with more than one arm or cluster,
        several rows of a person at a visit, covariates that are not numbers.
    """
    columns = [outcome, person, visit, arm, *covariates]
    columns += [name for name in (baseline, cluster) if name is not None]
    require_columns(frame, columns, "The imputation")
    _check_persons(frame, person, visit, [name for name in (arm, cluster) if name is not None])
    first = frame.groupby(person, sort=True, observed=True).first()
    arms = sorted(set(first[arm]), key=lambda value: (isinstance(value, str), value))
    if reference not in arms or len(arms) < 2:
        raise AnalysisError(
            f"The reference arm {reference!r} and another one are needed; arms are"
            f" {', '.join(map(repr, arms))}."
        )
    arms = [reference, *(value for value in arms if value != reference)]
    wide = frame.pivot_table(
        index=person, columns=visit, values=outcome, aggfunc="first", dropna=False, observed=True
    ).reindex(first.index)
    visits = list(wide.columns)
    before = _numbers(first, [*covariates, *([baseline] if baseline is not None else [])])
    if baseline_visit is not None:
        if baseline is not None or baseline_visit not in visits:
            raise AnalysisError(
                f"The baseline is a column or one of the visits {', '.join(map(repr, visits))};"
                f" found {baseline!r} and {baseline_visit!r}."
            )
        visits.remove(baseline_visit)
        before = np.column_stack([before, wide[baseline_visit].to_numpy(dtype=float)])
    after = wide[visits].to_numpy(dtype=float)
    clusters = None if cluster is None else pd.factorize(first[cluster], sort=True)[0]
    persons = first.reset_index()[[person, arm, *([] if cluster is None else [cluster])]]
    return TrialOutcomes(
        persons=persons,
        outcomes=np.column_stack([before, after]),
        visits=tuple(visits),
        arms=tuple(arms),
        arm=first[arm].map({value: k for k, value in enumerate(arms)}).to_numpy(dtype=np.intp),
        n_before=before.shape[1],
        has_baseline=baseline is not None or baseline_visit is not None,
        kinds=_kinds(after),
        clusters=clusters,
    )


def _check_persons(frame: pd.DataFrame, person: str, visit: str, single: list[str]) -> None:
    problems = []
    for column in single:
        count = frame.groupby(person, observed=True)[column].nunique(dropna=False)
        if (count > 1).any() or frame[column].isna().any():
            problems.append(
                f"{int((count > 1).sum())} persons have more than one {column!r}, and"
                f" {int(frame[column].isna().sum())} rows have none; each person needs exactly one."
            )
    repeated = int(frame.duplicated([person, visit]).sum())
    if repeated:
        problems.append(f"{repeated} rows repeat a person's visit.")
    if problems:
        raise AnalysisError(" ".join(problems))


def _numbers(first: pd.DataFrame, columns: Sequence[str]) -> Array:
    for name in columns:
        if not pd.api.types.is_numeric_dtype(first[name]):
            raise AnalysisError(
                f"The covariate {name!r} holds text; the imputation model needs numbers. Code its"
                " categories as 0 and 1."
            )
    return first[list(columns)].to_numpy(dtype=float)


def _kinds(after: Array) -> NDArray[np.int8]:
    seen = np.isfinite(after)
    later = np.cumsum(seen[:, ::-1], axis=1)[:, ::-1] > 0
    return np.where(seen, OBSERVED, np.where(later, INTERMITTENT, AFTER_DROPOUT)).astype(np.int8)
