"""A run of three statistics, one table and one page, that a test can change."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from attune.analyses.kinds import KINDS
from attune.printing.printed_statistics import printed_statistics, records
from attune.printing.quarto import parse_text
from attune.printing.text import sourced
from attune.record.run_diff import Run, TableRows

R = "outcome.kims.iip.pearson_r"
D = "arms.iip.cohen_d"
N = "sample.kims.n"
ROWS: list[dict[str, Any]] = [
    {"id": R, "analysis": "outcome", "statistic": "pearson_r", "x": "kims", "y": "iip"}
    | {"estimate": -0.4561, "df": 23.0, "n": 25, "p_two_tailed": 0.0219, "ci_level": 0.95}
    | {"ci_low": -0.72, "ci_high": -0.07, "software": "scipy 1.17.1"},
    {"id": D, "analysis": "arms", "statistic": "cohen_d", "x": "iip", "estimate": 0.31}
    | {"df": 23.0, "n": 25, "ci_low": -0.5, "ci_high": 1.1, "ci_level": 0.95},
    {"id": N, "analysis": "sample", "statistic": "n", "x": "kims", "estimate": 25.0},
]
RECORD = {
    "rule": "correlate_measures",
    "wildcards": {"cohort": "small"},
    "inputs": {
        "study": [{"path": "workflow/studies/small.yaml", "sha256": "a" * 64}],
        "measures": [{"path": "results/small/measures.parquet", "sha256": "b" * 64}],
    },
    "params": {"seed": {"config": "seed", "value": 7}},
    "code": {"step": "scripts/correlate_measures.py", "sha256": "c" * 64},
    "lock": [{"path": "envs/lock.txt", "sha256": "d" * 64}],
    "versions": {"scipy": "1.17.1"},
}


@pytest.fixture
def make_run() -> Callable[..., Run]:
    """Makes the run; keywords replace columns of r, `rows` all statistics, others parts of it."""

    def make(
        name: str = "old",
        rows: list[dict[str, Any]] | None = None,
        hidden: dict[str, Any] | None = None,
        record: dict[str, Any] | None = None,
        columns: dict[str, Any] | None = None,
        **parts: Any,
    ) -> Run:
        frame = pd.DataFrame(rows or [ROWS[0] | (columns or {}), *ROWS[1:]])
        printed = records_of(printed_statistics(frame, KINDS, 0.05, {"iip": 2}, hidden, 5))
        by_id = {row["id"]: row for row in printed}
        shown = by_id.get(R, {"result": "nothing", "estimate": "-", "interval": None})
        text = shown["result"] + (f", {shown['interval']}" if shown["interval"] else "")
        table = TableRows(
            "manuscript",
            "Correlations",
            {"label": "Measure", "r": r"*r* \>\> IIP"},
            [{"label": "Mindfulness", "group": None, "r": shown["estimate"], "r_id": R}],
        )
        page = (
            '---\ntitle: "Mindful"\nengine: "markdown"\n---\n\n# Results\n\n'
            f"Mindfulness was associated with change, {sourced(parse_text(text), R)}.\n"
            "Nobody left.\n\n"
            f"| Measure | IIP |\n|:--|--:|\n| Mindfulness | {shown['estimate']} |\n\n"
            ": Correlations {#tbl-correlations}\n"
        )
        usual: dict[str, Any] = {
            "cohort": "small",
            "study": "small",
            "statistics": records(frame),
            "printed": printed,
            "tables": {"correlations": table},
            "documents": {"manuscript": page},
            "records": {"correlate_measures": record or RECORD},
        }
        return Run(name, **(usual | parts))

    return make


def records_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows in which what is missing is None."""
    return [
        {str(name): value for name, value in row.items()}
        for row in frame.astype(object).where(frame.notna(), None).to_dict("records")
    ]
