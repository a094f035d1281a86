"""The verdict page of a small paper, and a paper of many values."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from tests.conftest import COHORT
from tests.unit.paper.verdicts.small_paper import findings, paper, printed, statistic, store

from attune.paper.ledger.ledger import Publication
from attune.paper.verdicts.judge import judge_values
from attune.paper.verdicts.verdict_page import verdict_page
from attune.specs.cohort import Cohort
from attune.store.contracts import PRINTED

REPORTS = Path(__file__).parents[4] / "reports"
NO_SOURCES: dict[str, Any] = {
    **{"statistics": {}, "records": {}, "formulas": {}, "labels": {}},
    **{"files": [], "texts": []},
}


def texts(page: str) -> dict[str, Any]:
    """Templates, styles and scripts of a page."""

    def read(name: str) -> str:
        return (REPORTS / name).read_text("utf-8")

    return {
        "templates": {"page": read(f"{page}.html.j2"), "macros": read("page_macros.html.j2")},
        "css": "".join(read(f"assets/{name}.css") for name in ("attune", "intake", "verdict")),
        "script": read("assets/verdict.js"),
    }


def page(
    ledger: Publication,
    *rows: dict[str, Any],
    found: Any = (),
    accepted: Any = None,
    results: Any = (),
    **more: Any,
) -> str:
    """The verdict page of a paper, given statistics, findings and results as text prints them."""
    cohort = Cohort.model_validate(COHORT | more)
    broken = findings(*found)
    verdicts = judge_values(ledger, store(*rows), broken, accepted, synthetic=cohort.synthetic)
    return page_of(ledger, verdicts, broken, cohort, results)


def page_of(
    ledger: Publication,
    verdicts: pd.DataFrame,
    found: pd.DataFrame,
    cohort: Cohort | None = None,
    results: Sequence[dict[str, Any]] = (),
) -> str:
    """The page of verdicts that are there already."""
    cohort = cohort or Cohort.model_validate(COHORT)
    printed = pd.DataFrame(list(results), columns=[field.name for field in PRINTED.schema])
    return verdict_page(verdicts, found, ledger, cohort, printed, NO_SOURCES, **texts("verdict"))


def large_paper(n: int) -> tuple[Publication, list[dict[str, Any]]]:
    """Correlations in tables of 25, and their statistics: every fifth has another sign."""
    names = [f"v{number}" for number in range(n)]
    ledger = paper(
        *(
            printed(name, label=f"r of pair {name}", places=[f"Table {number // 25 + 1}"])
            for number, name in enumerate(names)
        )
    )
    rows = [
        statistic(f"a.{name}", estimate=0.456 if number % 5 else -0.2 - number / 1000, n=26)
        for number, name in enumerate(names)
    ]
    return ledger, rows
