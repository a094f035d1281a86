"""Descriptive statistics of the sample: counts, percentages, ranges, missing data.

Percentages are of all dyads, and dyads whose value is missing are counted as a level of their own,
so that the percentages of a variable sum to 100 whatever is missing. What is of therapists, a
variable with `of: therapist` or a questionnaire about themselves, counts each therapist once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.analyses.sample.declaration import described_variables
from attune.analyses.sample.therapists import therapist_rows
from attune.scoring.measures import possible_scores
from attune.scoring.therapist_sheets import (
    EACH_THERAPIST_ONCE,
    RATER,
    repeated_scores,
    repeated_sheets,
)
from attune.specs.closed_model import did_you_mean
from attune.specs.cohort import Cohort, Variable
from attune.specs.errors import AnalysisError
from attune.specs.instrument import Instrument
from attune.specs.study import Measure, Study
from attune.stats.score_distribution import MINIMUM_SKEWNESS, score_distribution
from attune.store.contracts import ITEM_COLUMNS, QUESTIONNAIRE_KEY
from attune.store.statistic_rows import Row, snake_case, software, statistic_row, statistics_frame

if TYPE_CHECKING:
    from attune.analyses.analysis import AnalysisInputs

MISSING = "missing"
"""Level under which dyads without a value are counted."""

SUMMARIES = ("n", "median", "mean", "sd", "minimum", "maximum")
"""Statistics of a number, in the order in which they are given."""


def describe_sample(
    sample: pd.DataFrame,
    responses: pd.DataFrame,
    measures: pd.DataFrame,
    study: Study,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    *,
    interval: float = 0.95,
    seed: int = 2012,
) -> pd.DataFrame:
    """Descriptive statistics of participants, measures, therapists, retention and missing data.

    Parameters
    ----------
    sample : pandas.DataFrame
        Contract `SAMPLE`: one row per dyad.
    responses : pandas.DataFrame
        Contract `RESPONSES`: one row per questionnaire with at least one answer.
    measures : pandas.DataFrame
        Contract `MEASURES`; only imputation 0, the values as observed, is described, and only
        measures that have one value per dyad.
    study : Study
    cohort : Cohort
    instruments : mapping of id to Instrument
    interval : float
        Coverage of the intervals of shares of therapists.
    seed : int
        Start of the random numbers of these intervals.

    Returns
    -------
    pandas.DataFrame
        Contract `STATISTICS`. Ids: `sample.all.n` (dyads), `sample.therapists.n`,
        `sample.<variable>.<level>.count|percent`, `sample.<variable or measure>.<summary>` (see
        `SUMMARIES`), `sample.<measure>.skewness|floor_percent|ceiling_percent` (see
        `distribution`), `retention.<measure>[.<condition>].n|percent` (see
        `retention`), `missingness.<questionnaire>.<statistic>` (see
        `missing_items`), `therapists.<score>.<statistic>` (see
        `attune.analyses.sample.therapists.therapist_rows`).

    Raises
    ------
    AnalysisError
        A variable of the study is not in the cohort, two of its levels would share an id, a
        sample holds a code that is not a level, or a measure and another variable share a name.
    """
    _check_variables(sample, study, cohort)
    rows = [*_sizes(sample)]
    described: set[str] = set()
    for name in described_variables(study):
        variable = cohort.sample.variables[name]
        if variable.kind == "category":
            rows += category_counts(_people(sample, variable)[name], name, variable)
        elif not _is_measure_of(study, name, name):
            rows += number_summaries(_people(sample, variable)[name], name)
            described.add(name)
    observed = measures[measures["imputation"] == 0]
    by_occasion = study.measures_by_occasion()
    per_dyad = observed.drop_duplicates("dyad") if study.occasions else observed
    for name in study.measures:
        if name not in by_occasion:
            ends = possible_scores(study.measures[name], instruments)
            rows += _of_measure(per_dyad, name, study.measures[name], cohort, ends)
    rows += retention(per_dyad, study, cohort)
    rows += missing_items(responses, sample, cohort, instruments)
    rows = [row | {"software": software("numpy")} for row in rows]
    rows += therapist_rows(sample, observed, study, cohort, interval=interval, seed=seed)
    return statistics_frame(rows)


def statistics(inputs: "AnalysisInputs", resampling: bool) -> pd.DataFrame:
    """The description of the sample, from the inputs of all analyses."""
    return describe_sample(
        inputs.sample,
        inputs.responses,
        inputs.measures,
        inputs.study,
        inputs.cohort,
        inputs.instruments,
        seed=inputs.choices.seed,
        **inputs.choices.describe_sample.model_dump(),
    )


def category_counts(values: pd.Series, name: str, variable: Variable) -> list[Row]:
    """How many dyads, or therapists, have each level, and how many have none.

    Parameters
    ----------
    values : pandas.Series of str
        One code per dyad, or per therapist for a variable of therapists; missing where there is no
        answer.
    name : str
        The variable's id.
    variable : Variable
        Its levels; a level that does not occur is counted as 0.

    Returns
    -------
    list of rows of the contract `STATISTICS`
        A count and a percentage of all of them per level, then for `missing`.

    Examples
    --------
    >>> import pandas as pd
    >>> levels = {"1": "Male", "2": "Female"}
    >>> sex = Variable(column="A1", label="Sex", kind="category", levels=levels)
    >>> rows = category_counts(pd.Series(["1", "2", "2", None]), "sex", sex)
    >>> [(row["level"], row["estimate"]) for row in rows if row["statistic"] == "percent"]
    [('male', 25.0), ('female', 50.0), ('missing', 25.0)]
    """
    counts = Counter(values.dropna())
    levels = {snake_case(label): counts[code] for code, label in variable.levels.items()}
    levels[MISSING] = int(values.isna().sum())
    n = len(values)
    people = "therapists" if variable.of == "therapist" else "dyads"
    rows: list[Row] = []
    for level, count in levels.items():
        row = partial(statistic_row, "sample", [name, level], x=name, level=level, n=n)
        percent = 100 * count / n if n else None
        rows.append(row("count", count))
        rows.append(
            row("percent", percent, reason=f"no {people}", method=f"percent of all {people}")
        )
    return rows


def number_summaries(values: pd.Series, name: str, dataset: str | None = None) -> list[Row]:
    """Number of values, median, mean, SD (n - 1) and range of the values that are not missing.

    Parameters
    ----------
    values : pandas.Series of float
        One value per dyad.
    name : str
        Id of the variable or measure.
    dataset : str, optional
        The data set that the values belong to.

    Returns
    -------
    list of rows of the contract `STATISTICS`
        In the order of `SUMMARIES`; null with a reason where there are too few values.

    Examples
    --------
    >>> rows = number_summaries(pd.Series([1.0, 2.0, 6.0, None]), "age")
    >>> {row["statistic"]: round(row["estimate"], 3) for row in rows}
    {'n': 3.0, 'median': 2.0, 'mean': 3.0, 'sd': 2.646, 'minimum': 1.0, 'maximum': 6.0}
    """
    present = values.to_numpy(dtype=float, na_value=np.nan)
    present = present[~np.isnan(present)]
    n = len(present)
    estimates: dict[str, float | None] = dict.fromkeys(SUMMARIES)
    estimates["n"] = n
    if n:
        estimates |= {
            "median": float(np.median(present)),
            "mean": float(present.mean()),
            "minimum": float(present.min()),
            "maximum": float(present.max()),
        }
    if n > 1:
        estimates["sd"] = float(present.std(ddof=1))
    row = partial(statistic_row, "sample", [name], x=name, dataset=dataset, n=n)
    reason = "one value only" if n else "no value"
    methods = {"sd": "divided by n - 1"}
    return [
        row(statistic, estimate, reason=reason, method=methods.get(statistic))
        for statistic, estimate in estimates.items()
    ]


def distribution(
    values: pd.Series, name: str, ends: tuple[float, float] | None = None
) -> list[Row]:
    """Skewness of a measure, and the percentages of dyads at both ends of its scale.

    Parameters
    ----------
    values : pandas.Series of float
        One value per dyad; missing ones are left out.
    name : str
        Id of the measure.
    ends : (float, float), optional
        Lowest and highest possible score; None where no scoring key gives them.

    Returns
    -------
    list of rows of the contract `STATISTICS`
        `sample.<measure>.skewness`, and with `ends` floor_percent and ceiling_percent, of the dyads
        with the measure; null with a reason where there are too few values.

    References
    ----------
    Terwee, C. B., Bot, S. D. M., de Boer, M. R., et al. (2007). Quality criteria were proposed for
    measurement properties of health status questionnaires. Journal of Clinical Epidemiology, 60,
    34-42. https://doi.org/10.1016/j.jclinepi.2006.03.012

    Examples
    --------
    >>> rows = distribution(pd.Series([0.0, 0.0, 0.0, 2.0, 8.0, None]), "mood", (0, 27))
    >>> {row["statistic"]: round(row["estimate"], 3) for row in rows}
    {'skewness': 1.925, 'floor_percent': 60.0, 'ceiling_percent': 0.0}
    """
    found = score_distribution(values.to_numpy(dtype=float, na_value=np.nan), *(ends or ()))
    row = partial(statistic_row, "sample", [name], x=name, dataset="available", n=found.n)
    few = f"skewness needs {MINIMUM_SKEWNESS} values, found {found.n}"
    reason = "the values do not vary" if found.n >= MINIMUM_SKEWNESS else few
    rows = [row("skewness", found.skewness, reason=reason, method="adjusted, G1")]
    if ends is not None:
        for statistic, share, end in (
            ("floor_percent", found.at_minimum, f"lowest possible score, {ends[0]:g}"),
            ("ceiling_percent", found.at_maximum, f"highest possible score, {ends[1]:g}"),
        ):
            method = f"percent of the values at the {end}"
            rows.append(row(statistic, 100 * share, reason="no value", method=method))
    return rows


def missing_items(
    responses: pd.DataFrame,
    sample: pd.DataFrame,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
) -> list[Row]:
    """Questionnaires that were not returned, and items left out, per questionnaire and in all.

    The two are kept apart: a questionnaire that a dyad did not give at all is not returned, and an
    item is left out only in a returned one. `missing_items` counts both, with every item of a
    questionnaire that was not returned, out of dyads x items. A questionnaire of therapists about
    themselves is expected of each therapist once.

    Parameters
    ----------
    responses : pandas.DataFrame
        Contract `RESPONSES`.
    sample : pandas.DataFrame
        Contract `SAMPLE`.
    cohort : Cohort
        Its questionnaires, also those without any answer.
    instruments : mapping of id to Instrument

    Returns
    -------
    list of rows of the contract `STATISTICS`
        `missingness.<instrument>.<rater>.<occasion>[.<state>].<statistic>` with the statistics
        n_dyads, n_questionnaires (with at least one answer), missing_items, missing_percent,
        not_returned_percent, left_out_items and left_out_percent; then all but the first two of
        `missingness.all`.

    Examples
    --------
    Of two patients one returns a questionnaire of four items, and leaves out one of them.

    >>> from types import SimpleNamespace as Any
    >>> form = Any(instrument="mood", rater="patient", occasion="intake", state="")
    >>> key = {"instrument": "mood", "rater": "patient", "occasion": "intake", "state": ""}
    >>> answers = {"item_001": 1, "item_002": 0, "item_003": None, "item_004": 2}
    >>> responses = pd.DataFrame([{"dyad": "A"} | key | answers])
    >>> who = pd.DataFrame({"dyad": ["A", "B"], "therapist": [None, None]})
    >>> rows = missing_items(responses, who, Any(questionnaires=[form]), {"mood": Any(n_items=4)})
    >>> {row["statistic"]: row["estimate"] for row in rows if ".all." in row["id"]}
    {'missing_items': 5.0, 'left_out_items': 1.0, 'missing_percent': 62.5, \
'not_returned_percent': 50.0, 'left_out_percent': 25.0}
    """
    n_dyads = len(sample)
    n_therapists = sample["therapist"].nunique() + int(sample["therapist"].isna().sum())
    total = _Missing(n_dyads, 0, 0, 0, 0, 0)
    rows: list[Row] = []
    again = repeated_sheets(responses, sample)
    # Items beyond the last of an instrument are null, so each row's answers are counted at once.
    items = [name for name in ITEM_COLUMNS if name in responses.columns]
    answered = responses[items].notna().to_numpy().sum(axis=1)
    columns = [responses[name].to_numpy(dtype=object) for name in QUESTIONNAIRE_KEY[1:]]
    for questionnaire in cohort.questionnaires:
        place = [
            questionnaire.instrument,
            questionnaire.rater,
            questionnaire.occasion,
            questionnaire.state,
        ]
        given = np.ones(len(responses), dtype=bool)
        for column, value in zip(columns, place, strict=True):
            given &= column == value
        once = (given & again).any()
        n_people, method = (n_therapists, EACH_THERAPIST_ONCE) if once else (n_dyads, None)
        given &= ~again
        n_items, n_given = instruments[questionnaire.instrument].n_items, int(given.sum())
        counts = _Missing(
            n_people,
            expected=n_people,
            returned=n_given,
            asked=n_people * n_items,
            presented=n_given * n_items,
            answered=int(answered[given].sum()),
        )
        total += counts
        for statistic, count in (("n_dyads", n_people), ("n_questionnaires", n_given)):
            row = partial(statistic_row, "missingness", place, n=n_people, method=method)
            rows.append(row(statistic, count))
        rows += counts.rows(place)
    return rows + total.rows(["all"])


def retention(measures: pd.DataFrame, study: Study, cohort: Cohort) -> list[Row]:
    """How many dyads have each score, as a number and as a percentage of all dyads.

    Parameters
    ----------
    measures : pandas.DataFrame
        Contract `MEASURES`, imputation 0: one row per dyad of the sample sheet, as observed.
    study : Study
        Its measures that come from an instrument at a fixed occasion are counted.
    cohort : Cohort
        Names its conditions.

    Returns
    -------
    list of rows of the contract `STATISTICS`
        `retention.<measure>.n|percent` over all dyads, and
        `retention.<measure>.<condition>.n|percent` over those of a condition; `n` of a percentage
        is the number of dyads that it is a percentage of. Dyads whose condition is not recorded
        count in all only.

    Examples
    --------
    >>> from types import SimpleNamespace as Any
    >>> plan = Any(measures={"bdi": Any(instrument="bdi_ii", occasion="intake")})
    >>> trial = Any(sample=Any(conditions=lambda: {"A": "Therapy"}))
    >>> scores = pd.DataFrame({"bdi": [9.0, None, 4.0, None], "condition": ["A", "A", "B", "B"]})
    >>> rows = retention(scores, plan, trial)
    >>> [(row["id"], row["estimate"]) for row in rows][2:]
    [('retention.bdi.therapy.n', 1.0), ('retention.bdi.therapy.percent', 50.0)]
    """
    rows: list[Row] = []
    levels = cohort.sample.conditions()
    condition = measures["condition"].to_numpy(dtype=object) if levels else None
    for name, measure in study.measures.items():
        if measure.instrument is None or measure.occasion is None:
            continue
        has = measures[name].notna().to_numpy()
        rows += _kept(has, name, "")
        for code, label in levels.items():
            rows += _kept(has[condition == code], name, label)
    return rows


def _kept(has: NDArray[np.bool_], name: str, condition: str) -> list[Row]:
    expected, n_with_score = len(has), int(has.sum())
    row = partial(
        statistic_row,
        "retention",
        [name, condition],
        x=name,
        level=condition or None,
        dataset="available",
        n=expected,
    )
    percent = 100 * n_with_score / expected if expected else None
    return [
        row("n", n_with_score),
        row("percent", percent, reason="no dyads", method="percent of the sample sheet's dyads"),
    ]


def _of_measure(
    measures: pd.DataFrame,
    name: str,
    measure: Measure,
    cohort: Cohort,
    ends: tuple[float, float] | None,
) -> list[Row]:
    """Summaries and distribution of a measure; scores of therapists themselves each once."""
    values = measures[name]
    variable = cohort.sample.variables.get(measure.variable or "")
    of_therapist = measure.rater == RATER or (variable is not None and variable.of == "therapist")
    again = np.zeros(len(values), dtype=bool)
    if of_therapist:
        again = repeated_scores(values, measures["therapist"])
    rows = number_summaries(values[~again], name, dataset="available")
    rows += distribution(values[~again], name, ends)
    if again.any():
        for row in rows:
            method = [str(row["method"])] if row["method"] else []
            row["method"] = "; ".join([*method, EACH_THERAPIST_ONCE])
    return rows


def _people(sample: pd.DataFrame, variable: Variable) -> pd.DataFrame:
    """The rows that a variable is described by: of therapists, each once."""
    if variable.of != "therapist":
        return sample
    return sample.dropna(subset=["therapist"]).drop_duplicates("therapist")


def _differing(sample: pd.DataFrame, name: str) -> list[str]:
    """Problem of a variable of therapists that differs between the patients of one therapist."""
    pairs = sample.dropna(subset=["therapist"])[["therapist", name]].drop_duplicates()
    differing = int((pairs.groupby("therapist").size() > 1).sum())
    if not differing:
        return []
    return [
        f"{name}: the values of one therapist differ between patients, for {differing} of the"
        f" {pairs['therapist'].nunique()} therapists; a variable"
        " with `of: therapist` must be the same in all of them. Correct the sample sheet, or remove"
        " the key `of`."
    ]


def _sizes(sample: pd.DataFrame) -> Iterable[Row]:
    yield statistic_row("sample", ["all"], "n", len(sample), x="all")
    therapists = sample["therapist"].nunique() or None
    reason = "no therapist is recorded"
    yield statistic_row("sample", ["therapists"], "n", therapists, reason=reason, x="therapists")


@dataclass(frozen=True)
class _Missing:
    """Questionnaires and items of one questionnaire, or of several together.

    Attributes
    ----------
    n_dyads : int
        Or therapists, where each of them is asked once.
    expected, returned : int
        Questionnaires.
    asked, presented, answered : int
        Items of all dyads, those of returned questionnaires, and those with an answer.
    """

    n_dyads: int
    expected: int
    returned: int
    asked: int
    presented: int
    answered: int

    def __add__(self, other: "_Missing") -> "_Missing":
        return _Missing(
            self.n_dyads,
            self.expected + other.expected,
            self.returned + other.returned,
            self.asked + other.asked,
            self.presented + other.presented,
            self.answered + other.answered,
        )

    def rows(self, place: list[str]) -> list[Row]:
        """The statistics of `missing_items`."""
        row = partial(statistic_row, "missingness", place, n=self.n_dyads)
        reason = "no questionnaire has items" if self.n_dyads else "no dyads"
        missing, left_out = self.asked - self.answered, self.presented - self.answered
        rows = [row("missing_items", missing), row("left_out_items", left_out)]
        shares = (
            ("missing_percent", missing, self.asked, "dyads x items"),
            ("not_returned_percent", self.expected - self.returned, self.expected,
             "dyads x questionnaires"),
            ("left_out_percent", left_out, self.presented, "the items of returned questionnaires"),
        )  # fmt: skip
        for statistic, count, whole, base in shares:
            why = "no questionnaire was returned" if self.asked else reason
            percent = 100 * count / whole if whole else None
            rows.append(row(statistic, percent, reason=why, method=f"percent of {base}"))
        return rows


def _is_measure_of(study: Study, name: str, variable: str) -> bool:
    measure = study.measures.get(name)
    return measure is not None and measure.variable == variable


def _check_variables(sample: pd.DataFrame, study: Study, cohort: Cohort) -> None:
    known = cohort.sample.variables
    problems = []
    for name in described_variables(study):
        if name not in known:
            hint = did_you_mean(name, list(known))
            problems.append(f"variables: {name!r} is not in the cohort's sample sheet. {hint}")
        elif name in study.measures and known[name].kind == "number":
            if not _is_measure_of(study, name, name):
                problems.append(
                    f"variables: {name!r} is also the name of a measure with another source, so"
                    " that their statistics would share an id. Rename the measure."
                )
        elif known[name].kind == "category":
            problems += _level_problems(sample[name], name, known[name])
        if name in known and known[name].of == "therapist" and known[name].kind != "date":
            problems += _differing(sample, name)
    if problems:
        raise AnalysisError(f"The sample of {cohort.cohort} cannot be described.", problems)


def _level_problems(values: pd.Series, name: str, variable: Variable) -> list[str]:
    problems = []
    strangers = sorted(set(values.dropna()) - set(variable.levels))
    if strangers:
        problems.append(
            f"{name}: the sample holds {strangers}, which are not levels of it."
            f" Levels: {list(variable.levels)}."
        )
    ids = [snake_case(label) for label in variable.levels.values()]
    for label, level in zip(variable.levels.values(), ids, strict=True):
        if not level:
            problems.append(f"{name}: the label {label!r} needs a letter from a to z or a digit")
        elif level == MISSING:
            problems.append(
                f"{name}: a level cannot be called {label!r}; list its code under missing_codes, or"
                " give it another label"
            )
        elif ids.count(level) > 1:
            problems.append(f"{name}: more than one level is called {level!r}; change their labels")
    return list(dict.fromkeys(problems))
