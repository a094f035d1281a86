"""From validated data to the summary that may be published."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from attune.scoring.scores import keyed_responses, score_scales
from attune.specs.cohort import Cohort, Selection, Variable
from attune.specs.errors import AnalysisError
from attune.specs.instrument import Instrument
from attune.stats.alpha import cronbach_alpha
from attune.store.contracts import QUESTIONNAIRE_KEY, item_column
from attune.store.small_cells import hidden_counts
from attune.synthetic.twin.scales import building_blocks
from attune.synthetic.twin.summary import LevelCounts, Moments, QuestionnaireSummary, Summary

if TYPE_CHECKING:
    from attune.intake.validation import ValidatedCohort

DECIMALS = 3
"""Decimals of means, standard deviations and alphas; correlations have one less."""


def published_summary(
    validated: "ValidatedCohort",
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    smallest_cell: int,
) -> Summary:
    """What may be published of a cohort: moments, counts and correlations, and no row.

    Parameters
    ----------
    validated : ValidatedCohort
        Without errors.
    cohort : Cohort
    instruments : mapping of id to Instrument
        With the cohort's own missing rules.
    smallest_cell : int
        Counts below it are suppressed, and so are means of fewer dyads.
    """
    sample = validated.sample.set_index("dyad")
    columns: dict[str, pd.Series] = {}
    numbers, categories = {}, {}
    for name, variable in cohort.sample.variables.items():
        if variable.kind == "category":
            categories[name] = _level_counts(sample[name], variable, smallest_cell)
            continue
        values = _as_numbers(sample[name], variable)
        numbers[name] = _moments(values, smallest_cell, decimals=_decimals(values))
        columns[f"sample.{name}"] = values
    questionnaires = _questionnaires(validated, cohort, instruments, smallest_cell, columns)
    scores = _given_scores(validated, cohort, smallest_cell, columns)
    return Summary(
        cohort=cohort.cohort,
        n_dyads=len(sample),
        n_therapists=sample["therapist"].nunique() if cohort.sample.therapist else None,
        n_patients=sample["patient"].nunique(),
        smallest_cell=smallest_cell,
        numbers=numbers,
        categories=categories,
        questionnaires=questionnaires,
        scores=scores,
        correlations=_correlations(columns, sample.index, max(smallest_cell, 3)),
    )


def name_of(selection: Selection, *more: str) -> str:
    """`instrument.rater.occasion[.state]`, and what is added to it."""
    parts = (selection.instrument, selection.rater, selection.occasion, selection.state, *more)
    return ".".join(part for part in parts if part)


def _as_numbers(values: pd.Series, variable: Variable) -> pd.Series:
    """A number as it is, a date in days since 1970."""
    if variable.kind == "number":
        return values.astype(float)
    days = pd.to_datetime(values, errors="coerce") - pd.Timestamp(1970, 1, 1)
    return days.dt.days.astype(float)


def _decimals(values: pd.Series) -> int:
    present = values.dropna().to_numpy(dtype=float)
    return next((d for d in range(4) if np.allclose(present, np.round(present, d))), 4)


def _moments(
    values: pd.Series, smallest: int, consistency: float | None = None, decimals: int = 2
) -> Moments:
    present = values.dropna().to_numpy(dtype=float)
    n = len(present)
    if n < max(smallest, 2):
        return Moments(n=None if 0 < n < smallest else n, decimals=decimals)
    return Moments(
        n=n,
        mean=round(float(present.mean()), DECIMALS),
        sd=round(float(present.std(ddof=1)), DECIMALS),
        alpha=None if consistency is None else round(consistency, DECIMALS),
        decimals=decimals,
    )


def _level_counts(values: pd.Series, variable: Variable, smallest: int) -> LevelCounts:
    observed = values.value_counts()
    counts = {code: int(observed.get(code, 0)) for code in variable.levels}
    counts[""] = int(values.isna().sum())
    hidden = hidden_counts(counts, smallest)
    published = {code: None if code in hidden else count for code, count in counts.items()}
    missing = published.pop("")
    return LevelCounts(counts=published, missing=missing)


def _questionnaires(
    validated: "ValidatedCohort",
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    smallest: int,
    columns: dict[str, pd.Series],
) -> dict[str, QuestionnaireSummary]:
    """Every questionnaire; the scores of its building blocks are added to `columns`."""
    scored = score_scales(validated.responses, instruments).to_pandas()
    responses = validated.responses.to_pandas()
    summaries = {}
    for declared in cohort.questionnaires:
        instrument = instruments[declared.instrument]
        key = [getattr(declared, name) for name in QUESTIONNAIRE_KEY[1:]]
        given = responses[(responses[list(QUESTIONNAIRE_KEY[1:])] == key).all(axis=1)]
        own = scored[(scored[list(QUESTIONNAIRE_KEY[1:])] == key).all(axis=1)]
        items = given[[item_column(item) for item in range(1, instrument.n_items + 1)]]
        answers = items.to_numpy(dtype=float)
        missing = np.isnan(answers)
        incomplete = int(missing.any(axis=1).sum())
        blocks = {block.scale for block in building_blocks(instrument)}
        scales = {}
        for scale in instrument.scales:
            values = own[own["scale"] == scale].set_index("dyad")["score"]
            alpha = _alpha(answers, instrument, scale)
            scales[scale] = _moments(values, smallest, alpha)
            if scale in blocks:
                columns[name_of(declared, scale)] = values
        few = any(0 < count < smallest for count in (len(given), incomplete))
        share = round(float(missing.mean()), 4) if missing.size else 0.0
        summaries[name_of(declared)] = QuestionnaireSummary(
            n=None if 0 < len(given) < smallest else len(given),
            n_incomplete=None if 0 < incomplete < smallest else incomplete,
            missing_share=None if few and incomplete else share,
            scales=scales,
        )
    return summaries


def _alpha(answers: np.ndarray, instrument: Instrument, scale: str) -> float | None:
    items = np.array(instrument.items_of(scale)) - 1
    if instrument.scales[scale].aggregation not in ("sum", "mean") or len(items) < 2:
        return None
    try:
        return cronbach_alpha(keyed_responses(answers, instrument)[:, items])
    except AnalysisError:
        return None


def _given_scores(
    validated: "ValidatedCohort", cohort: Cohort, smallest: int, columns: dict[str, pd.Series]
) -> dict[str, Moments]:
    """Every given score; its values are added to `columns`."""
    given = validated.given_scores.to_pandas()
    names = [*QUESTIONNAIRE_KEY[1:], "scale"]
    moments = {}
    for declared in cohort.scores:
        key = [getattr(declared, name) for name in names]
        values = given[(given[names] == key).all(axis=1)].set_index("dyad")["score"]
        name = name_of(declared, declared.scale)
        moments[name] = _moments(values, smallest, decimals=_decimals(values))
        columns[name] = values
    return moments


def _correlations(
    columns: Mapping[str, pd.Series], dyads: pd.Index, fewest: int
) -> dict[str, list[float | None]]:
    """The lower triangle, over the dyads that have both."""
    together = pd.DataFrame({name: values.reindex(dyads) for name, values in columns.items()})
    matrix = together.astype(float).corr(min_periods=fewest).round(DECIMALS - 1).to_numpy()
    return {
        name: [None if np.isnan(r) else float(r) for r in matrix[row, :row]]
        for row, name in enumerate(columns)
    }
