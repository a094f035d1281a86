"""What a figure is drawn from, and the words on its axes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from attune.printing import apa
from attune.printing.printed_statistics import records
from attune.printing.spelling import AMERICAN, Language
from attune.printing.style import ALONE, LineStyle, as_typed, series_style, wrapped
from attune.specs.closed_model import did_you_mean
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune.store.datasets import one_row_per_dyad
from attune.store.small_cells import Hidden, hidden_statistics
from attune.store.statistic_kinds import StatisticKinds

RESIDUAL_NOTE = "(negative = lower than predicted)"
"""Meaning of the sign of a residual gain."""


@dataclass(frozen=True)
class FigureContext:
    """The declarations and tables that every figure is drawn from.

    Attributes
    ----------
    study, cohort, instruments
        The declarations.
    responses, measures, gains, statistics : pandas.DataFrame
        Contracts `RESPONSES`, `MEASURES`, `GAINS` and `STATISTICS`.
    kinds : StatisticKinds
        What each statistic is.
    intervals : mapping of str to float
        Coverage of the intervals that kinds of figures compute, by its key of config.yaml.
    smallest : int
        Smallest count of people that is shown; 0 shows all.
    language : {"en-US", "en-GB"}
        Spelling of words that are not the study's own.
    interval : float
        Coverage of the bands and intervals of the figure that is drawn, such as .95; set by
        `attune.documents.figures.draw_figure` from the kind of the figure.
    """

    study: Study
    cohort: Cohort
    instruments: Mapping[str, Instrument]
    responses: pd.DataFrame
    measures: pd.DataFrame
    gains: pd.DataFrame
    statistics: pd.DataFrame
    kinds: StatisticKinds
    intervals: Mapping[str, float]
    smallest: int = 0
    language: Language = AMERICAN
    interval: float = math.nan

    @property
    def case(self) -> str:
        """What a row of the sample sheet is called: a patient, where no therapist is recorded."""
        return self.cohort.case

    @cached_property
    def store(self) -> dict[str, dict[str, Any]]:
        """Rows of the statistics store by id; what is missing is None."""
        return {row["id"]: row for row in records(self.statistics)}

    @cached_property
    def hidden(self) -> dict[str, Hidden]:
        """Suppressed statistics, as in the tables."""
        condition = self.cohort.sample.condition
        return hidden_statistics(self.statistics, self.kinds, self.smallest, condition)

    def with_interval(self, interval: float) -> "FigureContext":
        """The same for intervals of another coverage; what was looked up is kept."""
        other = replace(self, interval=interval)
        vars(other).update(store=self.store, hidden=self.hidden)
        return other

    def withheld(self, n: int) -> str:
        """Why a statistic of few people is not drawn; "" if it is drawn."""
        few = 0 < n < self.smallest
        return f"not shown: fewer than {self.smallest} {self.case}s" if few else ""

    def statistic(self, name: str) -> dict[str, Any]:
        """A row of the store by id; without its numbers where they are suppressed.

        Raises
        ------
        AnalysisError
            The store does not hold it.
        """
        if name not in self.store:
            raise AnalysisError(
                f"there is no statistic {name}. {did_you_mean(name, [*self.store])}"
            )
        row = self.store[name]
        if name in self.hidden:
            numbers = ("estimate", "ci_low", "ci_high", "ci_level", "n", "df", "reason")
            return row | dict.fromkeys(numbers)
        return row

    def arm_style(self, arm: str = "") -> LineStyle:
        """How every figure draws a treatment condition, by its label; "": all patients together."""
        arms = [*self.cohort.sample.conditions().values()]
        return series_style(arms.index(arm)) if arm else ALONE

    def values(self, name: str, dataset: str) -> pd.DataFrame:
        """The values of a measure, or the residual gains of an outcome.

        Returns
        -------
        pandas.DataFrame
            Index dyad; columns value (float) and imputed (bool: the value, or one that it is
            computed from, was replaced).
        """
        imputation = self.study.imputation_of(dataset)
        measures = one_row_per_dyad(self.measures)
        measures = measures[measures["imputation"] == imputation].set_index("dyad")
        if name in self.study.measures:
            return pd.DataFrame({"value": measures[name], "imputed": _imputed(measures, [name])})
        outcome = self.study.outcomes[name]
        chosen = (self.gains["outcome"] == name) & (self.gains["imputation"] == imputation)
        gains = self.gains[chosen].set_index("dyad")["residual_gain"]
        imputed = _imputed(measures, [outcome.pretest, outcome.posttest])
        return pd.DataFrame({"value": gains, "imputed": imputed.reindex(gains.index)})

    def short_label(self, name: str) -> str:
        """Printed name of a measure or outcome, with its instrument and without its units."""
        if name in self.study.outcomes:
            return f"Residual gain, {self.study.outcomes[name].label}"
        measure = self.study.measures[name]
        instrument = self.instruments.get(measure.instrument or "")
        if instrument is None or instrument.abbreviation.split("-")[0] in measure.label:
            return measure.label
        return f"{instrument.abbreviation} {measure.label}"

    def adjusted_label(self, name: str, width: int) -> str:
        """Printed name of a score that is adjusted for the pretest: no range bounds such scores."""
        outcome = self.study.outcomes.get(name)
        measure = outcome.posttest if outcome else name
        of_items = self.study.measures[measure].instrument is not None
        units = "points" if of_items else self.units(measure)
        label = f"{outcome.label} posttest" if outcome else self.short_label(name)
        words = f"adjusted for the pretest{f' ({units})' if units else ''}"
        return with_units(label, words, width, own_line=True)

    def axis_label(self, name: str, width: int) -> str:
        """Printed name of a measure or outcome with its units, in lines of `width` signs."""
        if name in self.study.outcomes:
            return with_units(self.short_label(name), RESIDUAL_NOTE, width, own_line=True)
        units = self.units(name)
        return with_units(self.short_label(name), f"({units})" if units else "", width)

    def units(self, name: str) -> str:
        """What the numbers of a measure are, and from where to where they can go."""
        measure = self.study.measures[name]
        if measure.instrument is None:
            return self.cohort.sample.variables[str(measure.variable)].unit
        instrument = self.instruments[measure.instrument]
        scale = instrument.scales[str(measure.scale)]
        lowest, highest = instrument.score_range(str(measure.scale))
        if scale.aggregation == "sum":
            return f"sum score, {_range(lowest, highest)}"
        if scale.aggregation == "mean":
            return f"mean of items, {_range(lowest, highest)}"
        if scale.aggregation == "weighted":
            return f"weighted score, {apa.number(lowest, 0)} to {apa.number(highest, 0)}"
        return {"count": "number of items", "ratio": "ratio"}[scale.aggregation]


def _range(low: float, high: float) -> str:
    """Ends of a scale; a dash beside a minus sign would be misread.

    >>> _range(-48, 48), _range(0, 24)
    ('−48 to 48', '0–24')
    """
    if low < 0:
        return f"{apa.number(low, 0)} to {apa.number(high, 0)}"
    return f"{low:g}–{high:g}"


def with_units(label: str, units: str, width: int, own_line: bool = False) -> str:
    r"""A label and its units on one line where they fit, else the units on a line of their own.

    Units that need more than a line lose what the numbers are and keep their range.

    Examples
    --------
    >>> with_units("KIMS Total", "(sum score, 39–195)", 40)
    'KIMS Total (sum score, 39–195)'
    >>> with_units("KIMS Total", "(sum score, 39–195)", 20)
    'KIMS Total\n(sum score, 39–195)'
    >>> with_units("Bond", "(sum score, −48 to 48)", 20)
    'Bond\n(−48 to 48)'
    """
    if not own_line and len(label) + len(units) < width:
        return as_typed(f"{label} {units}".strip())
    if len(units) > width and ", " in units:
        units = f"({units.rpartition(', ')[2]}"
    return "\n".join(wrapped(part, width) for part in (label, units) if part)


def _imputed(measures: pd.DataFrame, names: list[str]) -> pd.Series:
    flags = [f"imputed_{name}" for name in names if f"imputed_{name}" in measures]
    if not flags:
        return pd.Series(np.zeros(len(measures), dtype=bool), index=measures.index)
    return measures[flags].fillna(value=False).astype(bool).any(axis=1)
