"""A small study with made-up statistics, for the tests of everything that prints."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from attune.analyses.kinds import KINDS
from attune.analyses.study import StudyFile
from attune.documents.tables import build_tables, decimals_of_measures
from attune.intake.reading.violations import violation_counts
from attune.printing.printed_statistics import printed_statistics
from attune.printing.printed_table import PrintedTable
from attune.specs.closed_model import read_as
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune.store.contracts import STATISTICS, VIOLATIONS

REPORTS = Path(__file__).parents[3] / "reports"
NOTICE = "Synthetic data: made by <b>nobody</b>."

STUDY: dict[str, Any] = {
    "study": "small",
    "title": "Calm therapists & their patients",
    "authors": ["Doe, J."],
    "template": "small",
    "measures": {
        "calm": {"label": "Calm", "instrument": "toy", "scale": "total", "rater": "therapist",
                 "occasion": "baseline", "decimals": 0},
        "bond": {"label": "Bond|strength", "instrument": "toy", "scale": "total",
                 "rater": "patient", "occasion": "session_3"},
        "before": {"label": "Symptoms, intake", "instrument": "toy", "scale": "total",
                   "rater": "patient", "occasion": "intake", "decimals": 2},
        "after": {"label": "Symptoms, end", "instrument": "toy", "scale": "total",
                  "rater": "patient", "occasion": "end", "decimals": 2},
    },
    "imputation": {"method": "none"},
    "outcomes": {"gain": {"label": "Symptoms", "pretest": "before", "posttest": "after"}},
    "correlations": {
        "alliance": {"title": "Alliance", "x": ["calm"], "y": ["bond", "gain"],
                     "dataset": "available", "direction": "positive", "test": "residual_gain"},
        "other": {"title": "Other", "x": ["before"], "y": ["bond"], "dataset": "available"},
    },
    "conditions": {"arms": {"title": "Arms", "measures": ["calm"], "dataset": "available"}},
    "variables": ["sex"],
}  # fmt: skip

COHORT: dict[str, Any] = {
    "cohort": "small",
    "title": "A small cohort",
    "study": "small",
    "synthetic": True,
    "synthetic_notice": NOTICE,
    "source": "made up",
    "licence": "CC0-1.0",
    "files": {"sheet": {"path": "sheet.csv", "dyad": "id"}},
    "sample": {
        "file": "sheet",
        "therapist": "t",
        "patient": "p",
        "condition": "arm",
        "variables": {
            "arm": {"column": "arm", "label": "Arm", "kind": "category",
                    "levels": {"A": "Active", "C": "Control"}},
            "sex": {"column": "sex", "label": "=Sex", "kind": "category",
                    "levels": {"f": "Female", "m": "<b>Male</b>"}},
        },
    },
    "questionnaires": [
        {"instrument": "toy", "rater": rater, "occasion": occasion, "file": "sheet",
         "columns": occasion + "_{item}"}
        for rater, occasion in (
            ("therapist", "baseline"), ("patient", "session_3"),
            ("patient", "intake"), ("patient", "end"),
        )
    ],
}  # fmt: skip

INSTRUMENT: dict[str, Any] = {
    "instrument": "toy",
    "version": "1.0",
    "name": "Toy Inventory",
    "abbreviation": "TOY",
    "citation": "Nobody (2000)",
    "citation_key": "nobody2000",
    "raters": ["patient", "therapist"],
    "n_items": 3,
    "response": {"minimum": 1, "maximum": 5},
    "scales": {"total": {"label": "Total", "aggregation": "sum", "items": "all"}},
    "missing": {"rule": "complete", "source": "made up"},
    "confidence": {"level": "1-source", "note": "made up"},
    "licence": "none",
}


class SmallStudy:
    """Study, cohort and store, each with what a test changes."""

    notice = NOTICE

    def study(self, **sections: Any) -> Study:
        return read_as(StudyFile, STUDY | sections, "small.yaml")

    def cohort(self, **keys: Any) -> Cohort:
        return read_as(Cohort, COHORT | keys, "cohort.yaml")

    def instruments(self) -> dict[str, Instrument]:
        return {"toy": read_as(Instrument, INSTRUMENT, "toy.yaml")}

    def shared_templates(self) -> dict[str, str]:
        """What the project's templates import: macros and the parts of the analyses."""
        files = [REPORTS / "macros.qmd.j2", *(REPORTS / "analyses").glob("*.qmd.j2")]
        return {f.relative_to(REPORTS).as_posix(): f.read_text(encoding="utf-8") for f in files}

    def violations(self) -> pd.DataFrame:
        rows = [("late", "note"), ("late", "note"), ("odd_value", "warning")]
        frame = pd.DataFrame(rows, columns=["rule", "severity"])
        return frame.reindex(columns=VIOLATIONS.schema.names)

    def store(self, **changes: dict[str, Any]) -> pd.DataFrame:
        """The statistics; a change is an id with `__` for dots, and its new columns."""
        rows = {row["id"]: row for row in [*_correlations(), *_comparison(), *_rest()]}
        for identifier, columns in changes.items():
            rows[identifier.replace("__", ".")] |= columns
        frame = pd.DataFrame(list(rows.values()), columns=STATISTICS.schema.names, dtype=object)
        return pd.concat([frame, violation_counts(self.violations())], ignore_index=True)

    def printed(self, store: pd.DataFrame, level: float = 0.05) -> pd.DataFrame:
        return printed_statistics(store, KINDS, level, decimals_of_measures(self.study()))

    def table(
        self, cohort: Cohort | None = None, store: pd.DataFrame | None = None, **declared: Any
    ) -> PrintedTable:
        """One table of the manuscript."""
        declared = {"document": "manuscript", "title": "A title"} | declared
        return self.tables({"one": declared}, cohort, store)["one"]

    def tables(
        self,
        declared: dict[str, Any],
        cohort: Cohort | None = None,
        store: pd.DataFrame | None = None,
        **sections: Any,
    ) -> dict[str, PrintedTable]:
        statistics = self.store() if store is None else store
        return build_tables(
            statistics,
            self.printed(statistics),
            self.study(tables=declared, **sections),
            cohort or self.cohort(),
            self.instruments(),
            self.violations(),
        )


@pytest.fixture
def small() -> SmallStudy:
    return SmallStudy()


def _row(identifier: str, estimate: float | None, **columns: Any) -> dict[str, Any]:
    analysis, x, *_, statistic = identifier.split(".")
    row = {"id": identifier, "analysis": analysis, "x": x, "statistic": statistic}
    return row | {"estimate": estimate} | columns


def _correlations() -> list[dict[str, Any]]:
    def pair(prefix: str, r: float, two: float, one: float | None) -> list[dict[str, Any]]:
        tail = None if one is None else "greater"
        test = {"df": 23.0, "n": 25, "p_two_tailed": two, "p_one_tailed": one, "tail": tail}
        limits = {"ci_low": r - 0.3, "ci_high": r + 0.3, "ci_level": 0.9}
        return [
            _row(f"{prefix}.pearson_r", r, **test, **limits),
            _row(f"{prefix}.r_squared", r**2, n=25),
            _row(f"{prefix}.p_holm", min(2 * two, 1.0), tail=tail),
        ]

    return [
        *pair("alliance.calm.bond", 0.4561, 0.0219, 0.011),
        *pair("alliance.calm.gain", -0.0004, 0.99, 0.505),
        *pair("other.before.bond", -0.6, 0.0004, None),
    ]


def _comparison() -> list[dict[str, Any]]:
    levels = [
        _row(f"arms.calm.{level}.{name}", value, level=level.upper())
        for level, mean in (("active", 132.5), ("control", 128.4))
        for name, value in (("mean", mean), ("sd", 15.25))
    ]
    d = _row("arms.calm.cohen_d", 0.345, ci_low=-0.45, ci_high=1.13, ci_level=0.9)
    t = _row("arms.calm.t", 0.85, df=23.0, n=25, p_two_tailed=0.404)
    return [*levels, d, t, _row("arms.calm.bayes_factor", 0.52)]


def _rest() -> list[dict[str, Any]]:
    rows = [_row("sample.all.n", 25.0), _row("sample.therapists.n", 25.0)]
    for level, count in (("female", 15.0), ("b_male_b", 8.0), ("missing", 2.0)):
        rows.append(_row(f"sample.sex.{level}.count", count))
        rows.append(_row(f"sample.sex.{level}.percent", 4 * count))
    for measure in STUDY["measures"]:
        values = {"n": 25.0, "mean": 20.25, "sd": 4.125, "minimum": 11.0, "maximum": 29.0}
        rows += [_row(f"sample.{measure}.{name}", value) for name, value in values.items()]
    for where in ("therapist.baseline", "patient.session_3", "patient.intake", "patient.end"):
        place = f"missingness.toy.{where}"
        rows += [_row(f"{place}.n_dyads", 25.0), _row(f"{place}.n_questionnaires", 24.0)]
        rows += [_row(f"{place}.not_returned_percent", 4.0), _row(f"{place}.left_out_items", 4.0)]
        rows += [_row(f"{place}.left_out_percent", 1.25)]
    rows += [_row("missingness.all.not_returned_percent", 4.0)]
    rows += [_row("missingness.all.left_out_items", 16.0)]
    rows += [_row("missingness.all.left_out_percent", 1.25)]
    alpha = {"n": 24, "ci_low": 0.7, "ci_high": 0.91, "ci_level": 0.9}
    rows.append(_row("reliability.toy.total.therapist.baseline.alpha", 0.845, **alpha))
    reason = "Omega needs more questionnaires."
    rows.append(_row("reliability.toy.total.therapist.baseline.omega", None, reason=reason))
    slope = {"ci_low": 0.4, "ci_high": 0.8, "ci_level": 0.9, "p_two_tailed": 0.0002}
    rows += [_row("gains.gain.available.slope", 0.6, **slope)]
    rows += [_row("gains.gain.available.intercept", 0.25), _row("gains.gain.available.n", 24.0)]
    rows += [_row("gains.gain.available.sd", 3.25)]
    return [*rows, _row("gains.gain.available.r_squared", 0.36)]
