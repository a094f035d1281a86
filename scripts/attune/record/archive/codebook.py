"""The codebook of the shared tables and their Psych-DS description.

The codebook gives meaning, unit, range and levels of every column. Columns come from the contracts,
ranges from the scoring keys, variables and levels from the cohort file, measures from the study
file. `dataset_description` writes the codebook in the words of Psych-DS.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from attune.analyses.registry import ANALYSES
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study import DATASETS, Measure, Study
from attune.store.contracts import ITEM_COLUMNS

MISSING = "empty cell"
"""Mark of a missing value in every table."""

MEANINGS: dict[str, str] = {
    "dyad": "Code of the dyad: one therapist with one patient",
    "patient": "Code of the patient",
    "therapist": "Code of the therapist",
    "condition": "Treatment condition",
    "instrument": "Questionnaire",
    "rater": "Who filled the questionnaire in",
    "occasion": "When it was filled in",
    "state": "State that was rated, where a questionnaire asks about several",
    "scale": "Scale of the questionnaire",
    "source": "Whether the score was computed from items or came with the file",
    "n_answered": "Items of the scale that were answered",
    "n_items": "Items of the scale",
    "score": "Score of the scale; for its range, see the levels of `scale`",
    "reason": "Why there is no number, where there is none",
    "imputation": "0: as observed; from 1 on: completed copies of the data",
    "id": "Id of the statistic, by which every printed number refers to it",
    "analysis": "Analysis that the statistic belongs to",
    "statistic": "What was computed",
    "x": "First measure",
    "y": "Second measure, where there is one",
    "predictor": "What explains the outcome of a model, where the statistic is of one",
    "contrast": "Difference that was taken, where the statistic is of one",
    "level": "Level of a category or of a model, where the statistic is about one",
    "family": "Statistics among which p was corrected for their number",
    "dataset": "Scores that the statistic is computed from",
    "instruments": "Scoring keys behind the number, each with its version",
    "estimate": "The computed number",
    "se": "Standard error of the estimate",
    "df": "Degrees of freedom",
    "n": "Cases that the number is computed over",
    "p_two_tailed": "Two-tailed p",
    "p_one_tailed": "One-tailed p, where a direction was declared before the data were seen",
    "tail": "The declared direction",
    "ci_low": "Lower limit of the interval",
    "ci_high": "Upper limit of the interval",
    "ci_level": "Level of the interval",
    "method": "How the number was computed",
    "seed": "Start of the random numbers, where there were any",
    "software": "Packages, with versions, that computed the number",
} | {column: meaning for analysis in ANALYSES for column, meaning in analysis.columns.items()}
"""By column; a test checks that every column of the shared tables is included."""

RANGES: dict[str, tuple[float | None, float | None]] = {
    "imputation": (0, None),
    "n_answered": (0, None),
    "n_items": (1, None),
    "se": (0, None),
    "df": (0, None),
    "n": (0, None),
    "p_two_tailed": (0, 1),
    "p_one_tailed": (0, 1),
    "ci_level": (0, 1),
}

LEVELS: dict[str, dict[str, str]] = {
    "source": {"items": "computed from the items", "file": "came with the raw file"},
    "dataset": {
        "available": "the scores that exist",
        "imputed": "missing scores replaced",
    },
    "tail": {"greater": "a positive value was predicted", "less": "a negative one was"},
}


@dataclass(frozen=True)
class Column:
    """One column of one table.

    Attributes
    ----------
    table, name : str
    meaning : str
        In words.
    kind : {"text", "number", "whole number", "true or false"}
    unit : str
        "" where it has none.
    minimum, maximum : float or None
        Ends of the possible values; None where there are none.
    levels : dict of str to str
        Value -> what it means, of columns with few values.
    n_missing : int
        Empty cells.
    """

    table: str
    name: str
    meaning: str
    kind: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    levels: dict[str, str] = field(default_factory=dict)
    n_missing: int = 0


@dataclass(frozen=True)
class _About:
    """Meaning, unit, range and levels of a column that the project's files declare."""

    meaning: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    levels: dict[str, str] = field(default_factory=dict)


def codebook(
    tables: Mapping[str, pa.Table],
    cohort: Cohort,
    study: Study,
    instruments: Mapping[str, Instrument],
) -> list[Column]:
    """Every column of every table, in the order of the tables.

    Parameters
    ----------
    tables : mapping of str to pyarrow.Table
        By name, such as "scores"; rows as their contracts say.
    cohort, study : Cohort, Study
    instruments : mapping of str to Instrument
        The scoring keys that the cohort used, by id.

    Returns
    -------
    list of Column
    """
    about = {
        "sample": _variables(cohort),
        "measures": _measures(study, cohort, instruments),
        "responses": _items(instruments),
        "statistics": {"outcome": _About("Measure that is explained, in a model")},
    }
    levels = _named_levels(cohort, study, instruments)
    return [
        _column(name, table, column, about.get(name, {}).get(column), levels)
        for name, table in tables.items()
        for column in table.column_names
    ]


def _column(
    table: str,
    rows: pa.Table,
    name: str,
    about: _About | None,
    levels: Mapping[str, dict[str, str]],
) -> Column:
    low, high = RANGES.get(name, (None, None))
    known = about or _About(MEANINGS[name], "", low, high, levels.get(name, {}))
    values = rows[name]
    if known.levels and pa.types.is_string(values.type):
        present = set(values.unique().to_pylist())
        known_levels = {value: label for value, label in known.levels.items() if value in present}
    else:
        known_levels = known.levels
    return Column(
        table=table,
        name=name,
        meaning=known.meaning,
        kind=_kind(values.type),
        unit=known.unit,
        minimum=known.minimum,
        maximum=known.maximum,
        levels=known_levels,
        n_missing=values.null_count,
    )


def _kind(found: pa.DataType) -> str:
    if pa.types.is_boolean(found):
        return "true or false"
    if pa.types.is_integer(found):
        return "whole number"
    return "number" if pa.types.is_floating(found) else "text"


def _variables(cohort: Cohort) -> dict[str, _About]:
    """Columns of the sample sheet, as the cohort file declares them."""
    return {
        name: _About(
            variable.label,
            variable.unit or ("year-month-day" if variable.kind == "date" else ""),
            variable.minimum,
            variable.maximum,
            dict(variable.levels),
        )
        for name, variable in cohort.sample.variables.items()
    }


def _measures(
    study: Study, cohort: Cohort, instruments: Mapping[str, Instrument]
) -> dict[str, _About]:
    found = {}
    for name, measure in study.measures.items():
        found[name] = _measure(measure, cohort, instruments)
        found[f"imputed_{name}"] = _About(f"Whether {measure.label} was replaced, being missing")
    return found


def _measure(measure: Measure, cohort: Cohort, instruments: Mapping[str, Instrument]) -> _About:
    variable = cohort.sample.variables.get(measure.variable or "")
    if variable is not None:
        return _About(measure.label, variable.unit, variable.minimum, variable.maximum)
    key = instruments.get(measure.instrument or "")
    if key is None or measure.scale not in key.scales:
        return _About(measure.label)
    scale = key.scales[measure.scale]
    parts = [measure.rater or "", measure.occasion or "", measure.state]
    description = ", ".join([f"{key.abbreviation} {scale.label}", *filter(None, parts)])
    return _About(f"{measure.label} ({description})", "", *key.score_range(measure.scale))


def _items(instruments: Mapping[str, Instrument]) -> dict[str, _About]:
    """Columns item_001 and so on: what the codes are in each questionnaire."""
    found = {}
    for number, name in enumerate(ITEM_COLUMNS, start=1):
        keys = [instrument for instrument in instruments.values() if number <= instrument.n_items]
        ranges = [
            f"{key.abbreviation} {key.range_of(number).stored_minimum} to"
            f" {key.range_of(number).stored_maximum}"
            + (", reversed in scoring" if number in key.reverse else "")
            for key in keys
        ]
        found[name] = _About(
            f"Answer to item {number} as given, unreversed: {'; '.join(ranges)}",
            minimum=min((key.range_of(number).stored_minimum for key in keys), default=None),
            maximum=max((key.range_of(number).stored_maximum for key in keys), default=None),
        )
    return found


def _named_levels(
    cohort: Cohort, study: Study, instruments: Mapping[str, Instrument]
) -> dict[str, dict[str, str]]:
    """Levels of the columns that name questionnaires, scales, measures and outcomes."""
    scales: dict[str, list[str]] = {}
    for key in instruments.values():
        for name, scale in key.scales.items():
            low, high = key.score_range(name)
            description = f"{key.abbreviation} {scale.label}, {low:g} to {high:g}"
            scales.setdefault(name, []).append(description)
    outcomes = {name: outcome.label for name, outcome in study.outcomes.items()}
    measures = {name: measure.label for name, measure in study.measures.items()} | outcomes
    return LEVELS | {
        "instrument": {name: key.name for name, key in instruments.items()},
        "scale": {name: "; ".join(descriptions) for name, descriptions in scales.items()},
        "outcome": outcomes,
        "x": measures,
        "y": measures,
        "predictor": measures,
        "condition": cohort.sample.conditions(),
        "dataset": {
            name: LEVELS["dataset"]["imputed" if imputation else "available"]
            for name, imputation in (study.datasets | DATASETS).items()
        },
    }


def data_file_name(cohort: str, table: str) -> str:
    """The name of a table's file in the form of Psych-DS: keywords, the suffix _data, CSV.

    Examples
    --------
    >>> data_file_name("ryan2012_synthetic", "given_scores")
    'study-ryan2012synthetic_description-givenscores_data.csv'
    """
    plain = [re.sub(r"[^A-Za-z0-9]", "", entry) for entry in (cohort, table)]
    return f"study-{plain[0]}_description-{plain[1]}_data.csv"


def codebook_rows(columns: list[Column], cohort: str) -> Iterator[dict[str, str]]:
    """The codebook as rows of text, one per column of a table."""
    for column in columns:
        ends = [f"{end:g}" if end is not None else "" for end in (column.minimum, column.maximum)]
        yield {
            "file": f"data/{data_file_name(cohort, column.table)}",
            "column": column.name,
            "meaning": column.meaning,
            "type": column.kind,
            "unit": column.unit,
            "minimum": ends[0],
            "maximum": ends[1],
            "levels": "; ".join(f"{value} = {label}" for value, label in column.levels.items()),
            "missing": MISSING,
            "n_missing": str(column.n_missing),
        }


def dataset_description(
    cohort: Cohort, study: Study, columns: Sequence[Column]
) -> dict[str, object]:
    """Content of dataset_description.json, the description of a Psych-DS dataset.

    A Psych-DS dataset is a folder with this file, written in the terms of schema.org, and `data/`
    with CSV files whose columns are all described.

    Parameters
    ----------
    cohort, study : Cohort, Study
    columns : sequence of Column
        The codebook; a name that several tables share is described once, with the widest range.

    Returns
    -------
    dict
        JSON-LD with the keys that Psych-DS requires (name, description, variableMeasured), and
        licence, authors and keywords.

    References
    ----------
    Psych-DS specification, version 1 (Kline Struhl et al.). https://psych-ds.github.io/
    """
    notice = f" {cohort.synthetic_notice.strip()}" if cohort.synthetic else ""
    names = dict.fromkeys(column.name for column in columns)
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": cohort.title,
        "description": f"Tables computed by attune for the study '{study.title}'.{notice}"
        f" Where the data come from: {cohort.source.strip()}.",
        "license": cohort.licence,
        "author": [{"@type": "Person", "name": name} for name in study.authors],
        "keywords": ["psychotherapy", "questionnaires", cohort.study],
        "variableMeasured": [_measured_variable(name, columns) for name in names],
    }


def _measured_variable(name: str, columns: Sequence[Column]) -> dict[str, object]:
    same_name = [column for column in columns if column.name == name]
    meanings = list(dict.fromkeys(column.meaning for column in same_name))
    levels = {value: label for column in same_name for value, label in column.levels.items()}
    listed = "; ".join(f"{value} = {label}" for value, label in levels.items())
    variable: dict[str, object] = {
        "@type": "PropertyValue",
        "name": name,
        "description": ". ".join([*meanings, *([f"Levels: {listed}"] if listed else [])])
        + f". Missing: {MISSING}.",
    }
    units = [column.unit for column in same_name if column.unit]
    lows = [column.minimum for column in same_name if column.minimum is not None]
    highs = [column.maximum for column in same_name if column.maximum is not None]
    if units:
        variable["unitText"] = units[0]
    if lows and len(lows) == len(same_name):
        variable["minValue"] = min(lows)
    if highs and len(highs) == len(same_name):
        variable["maxValue"] = max(highs)
    return variable
