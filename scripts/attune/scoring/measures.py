"""The study's measures, one column each, as observed and with missing scores replaced.

A measure without any score stays missing: the mean of nothing is not a number.
"""

import pandas as pd

from attune.specs.closed_model import did_you_mean
from attune.specs.errors import AnalysisError
from attune.specs.study import Measure, Study
from attune.store.contracts import MEASURES

SCORE_KEY = ["instrument", "scale", "rater", "occasion", "state"]
"""What names a score of a dyad."""

DYAD_COLUMNS = ["dyad", "therapist", "condition"]
"""What every row keeps of the sample sheet."""


def collect_measures(scores: pd.DataFrame, sample: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The measures of a study, one row per dyad.

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
        dyad, therapist, condition, then the measures in the study's order, as float: in the units
        of the scale or variable, missing where there is no score. A questionnaire that nobody
        answered has no scores, so that its measures are missing throughout; whether the cohort has
        the questionnaire at all is checked with the plan (`attune.specs.study_checks`).

    Raises
    ------
    AnalysisError
        Measures whose variable does not exist, or whose names are taken; all at once.

    Examples
    --------
    >>> keys = {"instrument": "kims", "rater": "therapist", "occasion": "baseline"}
    >>> plan = Study.model_validate({"study": "s", "title": "S", "authors": [], "template": "t",
    ...     "measures": {"kims_total": {"label": "Total", "scale": "total"} | keys},
    ...     "imputation": {"method": "none"}})
    >>> scores = pd.DataFrame([{"dyad": "1", "state": "", "scale": "total", "score": 133.0} | keys])
    >>> sample = pd.DataFrame({"dyad": ["1", "2"], "therapist": ["a", "b"], "condition": None})
    >>> collect_measures(scores, sample, plan)["kims_total"].tolist()
    [133.0, nan]
    """
    scored = {name: measure for name, measure in study.measures.items() if measure.instrument}
    _check_measures(sample, study)
    names = pd.DataFrame(
        [{"measure": name} | _score_key(measure) for name, measure in scored.items()],
        columns=["measure", *SCORE_KEY],
    )
    wanted = scores[["dyad", *SCORE_KEY, "score"]].merge(names, on=SCORE_KEY)
    # pivot_table would silently average a score that occurs twice.
    wide = wanted.pivot(index="dyad", columns="measure", values="score")  # noqa: PD010
    wide = wide.reindex(index=sample["dyad"], columns=list(scored))
    columns: dict[str, pd.Series] = {}
    for name, measure in study.measures.items():
        source = sample[measure.variable] if measure.variable else wide[name]
        columns[name] = source.astype(float).set_axis(sample.index)
    return pd.concat([sample[DYAD_COLUMNS], pd.DataFrame(columns, index=sample.index)], axis=1)


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
    section 4.2). It is offered because papers used it.

    Examples
    --------
    >>> impute_series_mean(pd.DataFrame({"a": [1.0, None, 3.0], "b": [None] * 3}, dtype=float))
         a   b
    0  1.0 NaN
    1  2.0 NaN
    2  3.0 NaN
    """
    return observed.fillna(observed.mean())


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
    observed = collected.assign(imputation=0)
    if study.imputation.method == "none":
        _check_nobody_asks_for_imputed(study)
        return observed
    targets = study.imputation.measures or [
        name for name, measure in study.measures.items() if measure.instrument
    ]
    filled = impute_series_mean(collected[targets])
    replaced = collected[targets].isna() & filled.notna()
    completed = collected.assign(imputation=1)
    completed[targets] = filled
    flags = pd.concat([replaced & False, replaced]).add_prefix("imputed_")
    return pd.concat([pd.concat([observed, completed]), flags], axis=1).reset_index(drop=True)


def _score_key(measure: Measure) -> dict[str, str]:
    return {part: getattr(measure, part) for part in SCORE_KEY}


def _check_measures(sample: pd.DataFrame, study: Study) -> None:
    numbers = [str(name) for name in sample.select_dtypes("number").columns]
    problems = []
    for name, measure in study.measures.items():
        if name in MEASURES.schema.names:
            problems.append(f"measures.{name}: the name {name!r} is taken; choose another")
        if measure.variable is not None and measure.variable not in numbers:
            problems.append(
                f"measures.{name}: {measure.variable!r} is no number of the sample sheet."
                f" {did_you_mean(str(measure.variable), numbers)}"
            )
    if problems:
        raise AnalysisError(f"The measures of {study.study} cannot be collected.", problems)


def _check_nobody_asks_for_imputed(study: Study) -> None:
    asking = [name for name, analysis in study.analyses().items() if analysis.dataset == "imputed"]
    if asking:
        raise AnalysisError(
            f"{study.study} imputes nothing (imputation.method is none).",
            [
                f"{name} asks for dataset 'imputed'. Choose 'available', or an imputation method."
                for name in asking
            ],
        )
