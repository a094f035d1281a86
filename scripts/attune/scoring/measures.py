"""The study's measures, one column each, as observed and with missing scores replaced.

A measure without any score stays missing: no mean can be imputed.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from attune.specs.closed_model import did_you_mean
from attune.specs.errors import AnalysisError
from attune.specs.instrument import Instrument
from attune.specs.study import Measure, Study
from attune.store.contracts import MEASURES

SCORE_KEY = ["instrument", "scale", "rater", "occasion", "state"]
"""Columns that identify a score of a dyad."""

DYAD_COLUMNS = ["dyad", "patient", "therapist", "condition"]
"""Columns of the sample sheet in every row."""


def collect_measures(scores: pd.DataFrame, sample: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The measures of a study, one row per dyad, or one per dyad and declared occasion.

    Parameters
    ----------
    scores : pandas.DataFrame
        Contract `SCORES`: one row per scale score of a questionnaire.
    sample : pandas.DataFrame
        Contract `SAMPLE`: one row per dyad.
    study : Study

    Returns
    -------
    pandas.DataFrame
        One row per dyad of the sample sheet, in its order, whether it has scores or not; columns
        dyad, patient, therapist, condition, occasion (""), then the measures in the study's order,
        as float: in the units of the scale or variable, missing where there is no score. Where the
        study declares `occasions`, one such row per dyad for each of them, one occasion after the
        other: a measure without a fixed occasion has its value of that
        occasion, every other one the same value in all rows of a dyad. A questionnaire that nobody
        answered has no scores, so that its measures are missing throughout; whether the cohort has
        the questionnaire at all is checked with the plan (`attune.specs.study_checks`).

    Raises
    ------
    AnalysisError
        Measures whose variable does not exist, or whose names are taken; all at once. A dyad has
        two scores of one measure.

    Examples
    --------
    >>> keys = {"instrument": "kims", "rater": "therapist", "occasion": "baseline"}
    >>> plan = Study.model_validate({"study": "s", "title": "S", "authors": [], "template": "t",
    ...     "measures": {"kims_total": {"label": "Total", "scale": "total"} | keys},
    ...     "imputation": {"method": "none"}})
    >>> scores = pd.DataFrame([{"dyad": "1", "state": "", "scale": "total", "score": 133.0} | keys])
    >>> sample = pd.DataFrame({"dyad": ["1", "2"], "patient": ["1", "2"], "therapist": "a"})
    >>> sample["condition"] = None
    >>> collect_measures(scores, sample, plan)["kims_total"].tolist()
    [133.0, nan]
    """
    _check_measures(sample, study)
    dyads = pd.Index(sample["dyad"])
    place = dyads.get_indexer(scores["dyad"])
    values = scores["score"].to_numpy(dtype=float, na_value=np.nan)
    code_of, codes = _coded(scores)

    def column(name: str, measure: Measure, occasion: str) -> NDArray[np.float64]:
        if measure.variable is not None:
            return sample[measure.variable].to_numpy(dtype=float, na_value=np.nan)
        code = code_of(measure, measure.occasion or occasion)
        rows = np.flatnonzero((codes == code) & (place >= 0))
        if len(np.unique(place[rows])) < len(rows):
            raise AnalysisError(f"The scores hold a dyad twice in the measure {name!r}.")
        found = np.full(len(dyads), np.nan)
        found[place[rows]] = values[rows]
        return found

    frames = []
    for occasion in study.occasions or [""]:
        columns: dict[str, object] = {name: sample[name] for name in DYAD_COLUMNS}
        columns["occasion"] = occasion
        columns |= {name: column(name, one, occasion) for name, one in study.measures.items()}
        frames.append(pd.DataFrame(columns, index=sample.index))
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def _coded(scores: pd.DataFrame) -> tuple[Callable[[Measure, str], int], NDArray[np.int64]]:
    """A number for each combination of `SCORE_KEY`: of a measure, and of each row of scores.

    Numbers are compared in place of texts, so that millions of scores take no time.
    """
    codes = np.zeros(len(scores), dtype=np.int64)
    levels: list[dict[str, int]] = []
    for part in SCORE_KEY:
        found, names = pd.factorize(scores[part])
        codes = codes * max(len(names), 1) + found
        levels.append({str(name): number for number, name in enumerate(names)})

    def code_of(measure: Measure, occasion: str) -> int:
        code = 0
        for part, known in zip(SCORE_KEY, levels, strict=True):
            level = occasion if part == "occasion" else getattr(measure, part)
            if level not in known:
                return -1
            code = code * len(known) + known[level]
        return code

    return code_of, codes


def possible_scores(
    measure: Measure, instruments: Mapping[str, Instrument]
) -> tuple[float, float] | None:
    """Lowest and highest score that the scoring key of a measure allows.

    Parameters
    ----------
    measure : Measure
    instruments : mapping of id to Instrument

    Returns
    -------
    (float, float) or None
        None for a variable of the sample sheet, whose possible values nothing declares.
    """
    if measure.instrument is None or measure.scale is None:
        return None
    return instruments[measure.instrument].score_range(measure.scale)


def impute_series_mean(observed: pd.DataFrame) -> pd.DataFrame:
    """Each missing value replaced by the mean of its column's other values.

    Parameters
    ----------
    observed : pandas.DataFrame of float
        One row per dyad, one column per measure.

    Returns
    -------
    pandas.DataFrame of float
        Same shape; a column without any value stays missing.

    Notes
    -----
    The mean of a measure does not change, its standard deviation shrinks, and correlations with
    it are drawn towards zero (Little & Rubin, 2019, Statistical analysis with missing data,
    section 4.2). It is provided because published papers used it.

    Examples
    --------
    >>> impute_series_mean(pd.DataFrame({"a": [1.0, None, 3.0], "b": [None] * 3}, dtype=float))
         a   b
    0  1.0 NaN
    1  2.0 NaN
    2  3.0 NaN
    """
    values = observed.to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(values)
    # Measure by measure: the order of a sum must not depend on the measures beside it.
    sums = np.ascontiguousarray(np.where(known, values, 0.0).T).sum(axis=1)
    counts = known.sum(axis=0)
    means = np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)
    return pd.DataFrame(np.where(known, values, means), observed.index, observed.columns)


def impute_measures(collected: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The measures as observed (imputation 0) and, if the study says so, completed (imputation 1).

    Parameters
    ----------
    collected : pandas.DataFrame
        What `collect_measures` returns.
    study : Study
        `imputation.method` and `imputation.measures`; where the latter is empty, every measure
        that comes from an instrument is completed, and no variable of the sample sheet.

    Returns
    -------
    pandas.DataFrame
        Contract `MEASURES`. `imputed_<measure>` is true where a value was replaced, so that it is
        false throughout imputation 0; the columns exist for the measures that may be imputed.

    Raises
    ------
    AnalysisError
        An analysis asks for imputed data, but the study imputes nothing.
    """
    if study.imputation.method == "none":
        _check_no_imputed_dataset(study)
        return collected.assign(imputation=0)
    targets = study.imputation.measures or [
        name for name, measure in study.measures.items() if measure.instrument
    ]
    n, scores = len(collected), collected[targets]
    observed = scores.to_numpy(dtype=float)
    filled = _filled(scores, collected["occasion"]).to_numpy(dtype=float)
    replaced = np.isnan(observed) & ~np.isnan(filled)
    completed = dict(zip(targets, np.concatenate([observed, filled]).T, strict=True))
    flags = np.concatenate([np.zeros_like(replaced), replaced]).T
    both = collected.iloc[np.tile(np.arange(n), 2)].reset_index(drop=True)
    columns: dict[str, object] = {
        str(name): completed[name] if name in completed else both[name] for name in both.columns
    }
    columns["imputation"] = np.repeat([0, 1], n)
    columns |= {f"imputed_{name}": flag for name, flag in zip(targets, flags, strict=True)}
    return pd.DataFrame(columns, both.index)


def _filled(scores: pd.DataFrame, occasion: pd.Series) -> pd.DataFrame:
    """Missing values replaced by the mean of the measure, at each occasion by its own."""
    occasions = occasion.unique()
    if len(occasions) < 2:
        return impute_series_mean(scores)
    parts = [impute_series_mean(scores[occasion == one]) for one in occasions]
    return pd.concat(parts).loc[scores.index]


def _check_measures(sample: pd.DataFrame, study: Study) -> None:
    numbers = [
        str(name)
        for name, kind in sample.dtypes.items()
        if is_numeric_dtype(kind) and not is_bool_dtype(kind)
    ]
    problems = []
    for name, measure in study.measures.items():
        if name in MEASURES.schema.names:
            problems.append(f"measures.{name}: the name {name!r} is taken; choose another")
        if measure.variable is not None and measure.variable not in numbers:
            problems.append(
                f"measures.{name}: {measure.variable!r} is not a number of the sample sheet."
                f" {did_you_mean(str(measure.variable), numbers)}"
            )
    if problems:
        raise AnalysisError(f"The measures of {study.study} cannot be collected.", problems)


def _check_no_imputed_dataset(study: Study) -> None:
    analyses = study.analyses()
    requesting = [
        name for name, analysis in analyses.items() if study.imputation_of(analysis.dataset)
    ]
    if requesting:
        raise AnalysisError(
            f"{study.study} imputes nothing (imputation.method is none).",
            [
                f"{name} asks for dataset {analyses[name].dataset!r}. Choose 'available', or an"
                " imputation method."
                for name in requesting
            ],
        )
