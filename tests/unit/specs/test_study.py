"""Everything that a study names is declared in it."""

from typing import Any

import pytest

from attune.analyses.study import StudyFile
from attune.specs.closed_model import read_as
from attune.specs.errors import ConfigurationError

KIMS = {"instrument": "kims", "rater": "therapist", "occasion": "baseline", "label": "KIMS"}
FIGURE = {"document": "manuscript", "title": "", "alt": ""}
TABLE = {"document": "manuscript", "title": ""}


def declared(**sections: Any) -> dict[str, Any]:
    return {
        "study": "small",
        "title": "Small",
        "authors": ["A"],
        "template": "generic",
        "measures": {"total": KIMS | {"scale": "total"}, "years": {"variable": "y", "label": "Y"}},
        "imputation": {"method": "none"},
        "correlations": {
            "main": {"title": "", "x": ["total"], "y": ["years"], "dataset": "available"}
        },
        "variables": ["sex"],
    } | sections


def test_a_sound_study() -> None:
    table = TABLE | {"kind": "correlation_matrix", "analyses": ["main"], "columns": ["years"]}
    study = read_as(StudyFile, declared(tables={"one": table}), "small.yaml")
    assert study.label_of("total") == "KIMS"


@pytest.mark.parametrize(
    ("sections", "problem"),
    [
        (
            {"figures": {"f": FIGURE | {"kind": "scatter", "pairs": [["totla", "years"]]}}},
            "figures.f.pairs.0: 'totla' is not declared. Did you mean 'total'?",
        ),
        (
            {"tables": {"t": TABLE | {"kind": "descriptives", "rows": ["yeers"]}}},
            "tables.t.rows: 'yeers' is not declared. Did you mean 'years'?",
        ),
        (
            {"tables": {"t": TABLE | {"kind": "frequencies", "rows": ["sexx"]}}},
            "tables.t.rows: 'sexx' is not declared. Did you mean 'sex'?",
        ),
        (
            {"tables": {"t": TABLE | {"kind": "correlation_matrix", "columns": ["yeers"]}}},
            "tables.t.columns: 'yeers' is not declared. Did you mean 'years'?",
        ),
        (
            {"imputation": {"method": "series_mean", "measures": ["totle"]}},
            "imputation.measures: 'totle' is not declared. Did you mean 'total'?",
        ),
        (
            {
                "correlations": {
                    "gains": {"title": "", "x": ["total"], "y": ["years"], "dataset": "available"}
                }
            },
            "correlations.gains: 'gains' is the name of a group of statistics. Choose another id",
        ),
        (
            {
                "conditions": {
                    "sample": {"title": "", "measures": ["total"], "dataset": "available"}
                }
            },
            "conditions.sample: 'sample' is the name of a group of statistics",
        ),
        (
            {
                "conditions": {
                    "violations": {"title": "", "measures": ["total"], "dataset": "available"}
                }
            },
            "conditions.violations: 'violations' is the name of a group of statistics",
        ),
        ({"outcomes": {"total": {"label": "", "pretest": "total", "posttest": "years"}}}, "both"),
    ],
)
def test_what_is_not_declared_is_refused(sections: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_as(StudyFile, declared(**sections), "small.yaml")
    assert problem in "\n".join(caught.value.problems)
