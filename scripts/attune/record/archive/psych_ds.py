"""The description of the shared tables as a Psych-DS dataset.

Source: the Psych-DS specification (Kline Struhl et al.), version 1; a dataset is a folder with
`dataset_description.json`, written in schema.org's words, and `data/` with CSV files whose names
are keywords and whose columns are all described.
"""

from collections.abc import Sequence

from attune.record.archive.codebook import MISSING, Column
from attune.specs.cohort import Cohort
from attune.specs.study import Study


def dataset_description(
    cohort: Cohort, study: Study, columns: Sequence[Column]
) -> dict[str, object]:
    """The content of dataset_description.json.

    Parameters
    ----------
    cohort, study : Cohort, Study
    columns : sequence of Column
        The codebook; a name that several tables share is described once, with the widest range.

    Returns
    -------
    dict
        JSON-LD with the keys that Psych-DS requires (name, description, variableMeasured), and
        licence, authors, keywords and citation.
    """
    notice = f" {cohort.synthetic_notice.strip()}" if cohort.synthetic else ""
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": cohort.title,
        "description": f"Tables computed by attune for the study '{study.title}'.{notice}"
        f" Where the data come from: {cohort.source.strip()}.",
        "license": cohort.licence,
        "author": [{"@type": "Person", "name": name} for name in study.authors],
        "keywords": ["psychotherapy", "questionnaires", cohort.study],
        "variableMeasured": [_variable(name, columns) for name in _names(columns)],
    }


def _names(columns: Sequence[Column]) -> list[str]:
    return list(dict.fromkeys(column.name for column in columns))


def _variable(name: str, columns: Sequence[Column]) -> dict[str, object]:
    alike = [column for column in columns if column.name == name]
    meanings = list(dict.fromkeys(column.meaning for column in alike))
    levels = {value: label for column in alike for value, label in column.levels.items()}
    listed = "; ".join(f"{value} = {label}" for value, label in levels.items())
    described: dict[str, object] = {
        "@type": "PropertyValue",
        "name": name,
        "description": ". ".join([*meanings, *([f"Levels: {listed}"] if listed else [])])
        + f". Missing: {MISSING}.",
    }
    units = [column.unit for column in alike if column.unit]
    lows = [column.minimum for column in alike if column.minimum is not None]
    highs = [column.maximum for column in alike if column.maximum is not None]
    if units:
        described["unitText"] = units[0]
    if lows and len(lows) == len(alike):
        described["minValue"] = min(lows)
    if highs and len(highs) == len(alike):
        described["maxValue"] = max(highs)
    return described
