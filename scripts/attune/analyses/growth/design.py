"""The rows and columns of a growth model: one rating of one session per row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.analyses.growth.declaration import Growth, Predictor, TimeScale
from attune.analyses.growth.terms import Term, level_parts, model_terms
from attune.specs.errors import AnalysisError

Columns = dict[tuple[str, str], NDArray[np.float64]]
"""Values by predictor (or `condition`), and by level of a category or part of a split."""

UNIT_OF = {"session": "dyad", "patient": "therapist"}
"""Level of a predictor that is split -> the group that it is split within."""

SAME = 1e-9
"""Values of a group that differ by no more than this share of the largest differ by rounding."""


@dataclass(frozen=True)
class GrowthDesign:
    """A growth model's data.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row per rating: a session of a dyad by one rater. Columns dyad, therapist (where one is
        recorded), session (dyad and occasion), occasion, time (as declared), outcome, score (in the
        units of the measure), and one float column per coefficient, named by `column`.
    outcomes : tuple of str
    terms : tuple of Term
        The same for every outcome.
    n_left_out : int
        Ratings with a score that lack a predictor.
    n_few : int
        Ratings of therapists with fewer patients than declared, which are left out.
    """

    frame: pd.DataFrame
    outcomes: tuple[str, ...]
    terms: tuple[Term, ...]
    n_left_out: int = 0
    n_few: int = 0

    def columns(self, outcome: str, chosen: Iterable[Term] | None = None) -> list[str]:
        """Columns of an outcome's coefficients, in the order of the terms."""
        return [column(outcome, term.name) for term in (self.terms if chosen is None else chosen)]

    def of(self, outcome: str) -> "GrowthDesign":
        """The design of one outcome alone."""
        own = self.frame[self.frame["outcome"] == outcome].reset_index(drop=True)
        return GrowthDesign(own, (outcome,), self.terms)

    def count(self, unit: str) -> int:
        """Number of different sessions, dyads or therapists."""
        return int(self.frame[unit].nunique()) if unit in self.frame else 0


def column(outcome: str, term: str) -> str:
    """Name of the design column of a coefficient."""
    return f"{outcome}__{term}"


def time_columns(times: NDArray[np.float64], scale: TimeScale) -> dict[str, NDArray[np.float64]]:
    """The terms of time at some times.

    Parameters
    ----------
    times : ndarray, shape (n,)
        In the unit of the scale, as declared.
    scale : TimeScale

    Returns
    -------
    dict of str to ndarray, shape (n,)
        linear: t - origin. quadratic: that and its square. log: ln t - ln origin. piecewise: the
        time up to the knot, min(t, knot) - origin, and the time after it, max(t - knot, 0).

    Examples
    --------
    >>> scale = TimeScale.model_validate({"occasions": {"a": 3, "b": 12, "c": 20},
    ...     "unit": "sessions", "shape": "piecewise", "origin": 3, "knot": 12})
    >>> {name: values.tolist() for name, values in time_columns(np.array([3.0, 20]), scale).items()}
    {'time': [0.0, 9.0], 'time_after': [0.0, 8.0]}
    """
    if scale.shape == "log":
        return {"time": np.log(times) - np.log(scale.origin)}
    if scale.shape == "piecewise":
        knot = float(scale.knot or 0.0)
        return {
            "time": np.minimum(times, knot) - scale.origin,
            "time_after": np.maximum(times - knot, 0.0),
        }
    centred = times - scale.origin
    return {"time": centred} | ({"time_squared": centred**2} if scale.shape == "quadratic" else {})


def growth_design(
    measures: pd.DataFrame,
    sample: pd.DataFrame,
    model: Growth,
    conditions: Mapping[str, str],
    categories: Mapping[str, Mapping[str, str]],
) -> GrowthDesign:
    """Ratings and design columns of a growth model.

    Parameters
    ----------
    measures : pandas.DataFrame
        Contract `MEASURES` of one imputation, one row per dyad and occasion.
    sample : pandas.DataFrame
        Contract `SAMPLE`: one row per dyad; categories that are predictors are columns.
    model : Growth
    conditions : mapping of str to str
        Label of each treatment condition by its code, in the declared order; the first is the one
        that the others are compared with.
    categories : mapping of str to mapping of str to str
        Label of each level by its code, of the categories of the sample sheet, in the declared
        order.

    Returns
    -------
    GrowthDesign
        A rating is left out where its score or a predictor is missing. Predictors are centred at
        the mean over their units (therapists, patients or sessions) among the ratings that remain;
        means of a group are taken over its ratings with a value.

    Raises
    ------
    AnalysisError
        A predictor of therapists differs between patients of one therapist.
    """
    rows = measures[measures["occasion"].isin(model.time.occasions)].reset_index(drop=True)
    rows = rows.assign(session=rows["dyad"].astype(str) + " " + rows["occasion"].astype(str))
    base = _predictor_columns(rows, sample, model, categories)
    if model.condition:
        base |= _dummies("condition", rows["condition"], conditions)
    scored = np.column_stack([_numbers(rows[outcome]) for outcome in model.outcomes])
    complete = np.ones(len(rows), dtype=bool)
    for values in base.values():
        complete &= np.isfinite(values)
    kept = np.isfinite(scored).any(axis=1) & complete
    left_out = int((np.isfinite(scored) & ~complete[:, None]).sum())
    few = _of_small_therapists(rows[kept], model.minimum_patients)
    kept[np.flatnonzero(kept)[few]] = False
    rows, scored = rows[kept].reset_index(drop=True), scored[kept]
    base = {name: values[kept] for name, values in base.items()}
    base = _centred(base, rows, model)
    times = _numbers(rows["occasion"].map(model.time.occasions))
    terms = model_terms(model, conditions, categories)
    columns = _term_columns(terms, base, time_columns(times, model.time))
    frame = _ratings(rows, scored, model.outcomes, times, columns)
    return GrowthDesign(frame, tuple(model.outcomes), terms, left_out, int(few.sum()))


def _numbers(values: pd.Series) -> NDArray[np.float64]:
    return values.to_numpy(dtype=float, na_value=np.nan)


def _dummies(key: str, values: pd.Series, levels: Mapping[str, str]) -> Columns:
    """One column for each level but the first; missing where there is no level."""
    found = values.to_numpy(dtype=object)
    known = np.isin(found.astype(str), [*levels]) & values.notna().to_numpy()
    parts = level_parts([*levels.values()])
    return {
        (key, part): np.where(known, (found == code).astype(float), np.nan)
        for part, code in zip(parts, [*levels][1:], strict=True)
    }


def _predictor_columns(
    rows: pd.DataFrame,
    sample: pd.DataFrame,
    model: Growth,
    categories: Mapping[str, Mapping[str, str]],
) -> Columns:
    columns: Columns = {}
    problems = []
    for name, predictor in model.predictors.items():
        if predictor.variable is not None:
            levels = sample.set_index("dyad")[predictor.variable]
            found = pd.Series(levels.reindex(rows["dyad"]).to_numpy())
            columns |= _dummies(name, found, categories[predictor.variable])
            continue
        values = _numbers(rows[predictor.measure])
        if predictor.level == "therapist":
            values, differing = _of_therapists(values, rows["therapist"])
            if differing:
                problems.append(
                    f"predictor {name!r} differs between patients of {differing} therapists;"
                    " declare `level: patient` (with `split: true` for the mean of each"
                    " therapist), or correct the raw files"
                )
        columns[name, ""] = values
    if problems:
        raise AnalysisError("A growth model cannot be estimated.", problems)
    return columns


def _of_therapists(
    values: NDArray[np.float64], therapists: pd.Series
) -> tuple[NDArray[np.float64], int]:
    """The value of each row's therapist, and how many therapists have more than one."""
    groups = pd.Series(values).groupby(therapists.to_numpy())
    spread = groups.max() - groups.min()
    tolerance = SAME * np.maximum(1.0, groups.max().abs())
    return _numbers(groups.transform("first")), int((spread > tolerance).sum())


def _of_small_therapists(rows: pd.DataFrame, minimum: int) -> NDArray[np.bool_]:
    if minimum == 1 or not len(rows):
        return np.zeros(len(rows), dtype=bool)
    patients = rows.groupby("therapist", dropna=False)["dyad"].transform("nunique")
    return (patients < minimum).to_numpy()


def _centred(base: Columns, rows: pd.DataFrame, model: Growth) -> Columns:
    """Predictors centred and, where declared, split into within and between."""
    columns: Columns = {}
    for (key, level), values in base.items():
        predictor = model.predictors.get(key)
        if predictor is None or predictor.variable is not None:
            columns[key, level] = values
            continue
        unit = {"session": "session", "patient": "dyad", "therapist": "therapist"}[predictor.level]
        if predictor.is_split:
            group = UNIT_OF[predictor.level]
            means = _group_means(values, rows, unit, group)
            columns[key, "within"] = values - means
            columns[key, "between"] = means - _mean_of_units(means, rows[group], predictor)
        else:
            columns[key, ""] = values - _mean_of_units(values, rows[unit], predictor)
    return columns


def _group_means(
    values: NDArray[np.float64], rows: pd.DataFrame, unit: str, group: str
) -> NDArray[np.float64]:
    """Mean of each row's group over its units, each of which counts once."""
    frame = pd.DataFrame({"value": values, "unit": rows[unit], "group": rows[group]})
    means = frame.drop_duplicates(["unit", "group"]).groupby("group")["value"].mean()
    return _numbers(frame["group"].map(means))


def _mean_of_units(values: NDArray[np.float64], units: pd.Series, predictor: Predictor) -> float:
    if not predictor.centre or not len(values):
        return 0.0
    return float(pd.Series(values).groupby(units.to_numpy()).first().mean())


def _term_columns(
    terms: Iterable[Term], base: Columns, times: Mapping[str, NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """Column of every term; that of a slope is the predictor times the time."""
    ones = np.ones(len(next(iter(times.values()))))
    level = (
        {("intercept", ""): ones} | {(name, ""): values for name, values in times.items()} | base
    )
    return {
        term.name: level[term.base, term.part] * (times[term.slope] if term.slope else ones)
        for term in terms
    }


def _ratings(
    rows: pd.DataFrame,
    scored: NDArray[np.float64],
    outcomes: Iterable[str],
    times: NDArray[np.float64],
    columns: Mapping[str, NDArray[np.float64]],
) -> pd.DataFrame:
    """One row per rating, with a block of columns for each outcome."""
    names = [*outcomes]
    parts = []
    for number, outcome in enumerate(names):
        has = np.isfinite(scored[:, number])
        own = rows.loc[has, ["dyad", "therapist", "condition", "session", "occasion"]].assign(
            time=times[has], outcome=outcome, score=scored[has, number]
        )
        blocks = {
            column(name, term): values[has] if name == outcome else np.zeros(int(has.sum()))
            for name in names
            for term, values in columns.items()
        }
        parts.append(pd.concat([own, pd.DataFrame(blocks, index=own.index)], axis=1))
    frame = pd.concat(parts, ignore_index=True)
    if frame["therapist"].isna().all():
        frame = frame.drop(columns="therapist")
    order = np.lexsort((frame["outcome"], frame["time"], frame["dyad"].astype(str)))
    return frame.iloc[order].reset_index(drop=True)
