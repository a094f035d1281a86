"""The rows of a structural equation model: one dyad per row, one column per variable."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from attune.analyses.structural_models.declaration import ModelVariable, StructuralModel
from attune.printing.context import occasion_words
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.study import Study

CLUSTER, GROUP = "therapist", "group of the model"
"""Columns of the frame; the second has a name that no variable of a model can have."""


def model_frame(
    measures: pd.DataFrame,
    sample: pd.DataFrame,
    model: StructuralModel,
    study: Study,
    cohort: Cohort,
) -> pd.DataFrame:
    """The data of a model.

    Parameters
    ----------
    measures : pandas.DataFrame
        Contract `MEASURES`: one row per dyad, or per dyad and occasion.
    sample : pandas.DataFrame
        Contract `SAMPLE`.
    model : StructuralModel
    study : Study
    cohort : Cohort

    Returns
    -------
    pandas.DataFrame
        One row per dyad of the data set: therapist, `GROUP` where the model has groups (labels of
        the category), and a float column for each variable of the text, NaN where missing. A
        change is missing where either value is.

    Raises
    ------
    AnalysisError
        A variable that neither the measures nor the sample hold.
    """
    rows = measures[measures["imputation"] == study.imputation_of(model.dataset)]
    dyads = rows.drop_duplicates("dyad").set_index("dyad")
    by_dyad = sample.set_index("dyad").reindex(dyads.index)
    source = _Source(rows, dyads, by_dyad, study)
    columns: dict[str, pd.Series] = {}
    problems: list[str] = []
    for name in model.names():
        try:
            columns[name] = source.values(name, model.variables)
        except KeyError as error:
            problems.append(f"variable {name!r}: the data hold no {error.args[0]!r}")
    if problems:
        raise AnalysisError("A structural equation model lacks variables.", problems)
    frame = pd.DataFrame(columns, index=dyads.index)
    if model.cluster == "therapist":
        frame[CLUSTER] = dyads["therapist"]
    if model.group is not None:
        frame[GROUP] = _groups(model.group, dyads, by_dyad, cohort)
    return frame.reset_index(drop=True)


def without_later_scores(
    measures: pd.DataFrame, model: StructuralModel, study: Study
) -> int | None:
    """Dyads without any score behind the changes of a model after their first occasion.

    Parameters
    ----------
    measures : pandas.DataFrame
        Contract `MEASURES`: one row per dyad and occasion.
    model : StructuralModel
    study : Study

    Returns
    -------
    int or None
        None where the patients' scores are not changes from one occasion of the study.
    """
    first = model.first_occasion
    if first not in study.occasions:
        return None
    later = study.occasions[study.occasions.index(first) + 1 :]
    changes = (model.variables[name].change or [] for name in model.scores_of_patients)
    names = {str(model.variables[part].measure) for parts in changes for part in parts}
    rows = measures[measures["imputation"] == study.imputation_of(model.dataset)]
    known = rows[rows["occasion"].isin(later) & rows[sorted(names)].notna().any(axis=1)]
    return int(rows["dyad"].nunique() - known["dyad"].nunique())


def _groups(group: str, dyads: pd.DataFrame, sample: pd.DataFrame, cohort: Cohort) -> pd.Series:
    if group == "condition":
        return dyads["condition"].map(cohort.sample.conditions())
    return sample[group].map(cohort.sample.variables[group].levels)


class _Source:
    """Where the values of variables come from; every series has the dyads as its index."""

    def __init__(self, rows: pd.DataFrame, dyads: pd.DataFrame, sample: pd.DataFrame, study: Study):
        self.rows, self.dyads, self.sample, self.study = rows, dyads, sample, study

    def values(self, name: str, declared: Mapping[str, ModelVariable]) -> pd.Series:
        """The values of a variable of the model; KeyError with what the data lack."""
        if name not in declared:
            measure, _, occasion = name.partition(".")
            return self._measure(measure, occasion)
        variable = declared[name]
        if variable.change is not None:
            later, earlier = (self.values(part, declared) for part in variable.change)
            return later - earlier
        if variable.condition is not None:
            return _indicator(self.dyads["condition"], variable.condition)
        if variable.variable is not None:
            found = self.sample[variable.variable]
            return _numbers(found) if variable.code is None else _indicator(found, variable.code)
        return self._measure(str(variable.measure), variable.occasion or "")

    def _measure(self, measure: str, occasion: str) -> pd.Series:
        if not occasion:
            return _numbers(self.dyads[measure])
        own = self.rows[self.rows["occasion"] == occasion].drop_duplicates("dyad")
        return _numbers(own.set_index("dyad")[measure]).reindex(self.dyads.index)


def _numbers(values: pd.Series) -> pd.Series:
    return pd.Series(values.to_numpy(dtype=float, na_value=np.nan), index=values.index)


def _indicator(values: pd.Series, code: str) -> pd.Series:
    """1 for a code, 0 for others, missing where there is none."""
    found = values.astype(object)
    return (found.astype(str) == code).astype(float).where(values.notna())


def variable_label(name: str, model: StructuralModel, study: Study, cohort: Cohort) -> str:
    """Printed name of a variable or factor of a model."""
    variable = model.variables.get(name)
    if variable is None:
        measure, _, occasion = name.partition(".")
        if measure in study.measures:
            return _at(study.label_of(measure), occasion)
        return _factor_label(name, model, study)
    if variable.label:
        return variable.label
    if variable.change is not None:
        later = variable_label(variable.change[0], model, study, cohort)
        return f"Change to {later[:1].lower()}{later[1:]}"
    if variable.condition is not None:
        return cohort.sample.conditions().get(variable.condition, variable.condition)
    if variable.variable is not None:
        declared = cohort.sample.variables[variable.variable]
        return declared.levels.get(variable.code or "", declared.label)
    return _at(study.label_of(str(variable.measure)), variable.occasion or "")


def _at(label: str, occasion: str) -> str:
    return f"{label} ({occasion_words(occasion)})" if occasion else label


def _factor_label(name: str, model: StructuralModel, study: Study) -> str:
    """A factor in words; those of a cross-lagged panel model by their measure."""
    short = model.cross_lagged
    if short is not None:
        for measure in (short.first, short.second):
            label = study.label_of(measure)
            if name == f"stable_{measure}":
                return f"{label}, stable level"
            for wave, occasion in enumerate(short.occasions, start=1):
                if name == f"own_{measure}_{wave}":
                    return f"{label}, deviation ({occasion_words(occasion)})"
    words = name.replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}"


def measure_behind(name: str, model: StructuralModel, study: Study) -> str | None:
    """The measure of the study from which a variable of a model is computed, if any."""
    variable = model.variables.get(name)
    if variable is not None and variable.change is not None:
        return measure_behind(variable.change[0], model, study)
    measure = name.partition(".")[0] if variable is None else str(variable.measure)
    return measure if measure in study.measures else None
