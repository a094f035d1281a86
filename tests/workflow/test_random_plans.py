"""Plans that the check calls usable run up to the sources of the documents."""

import contextlib
import re
from typing import Any

import pytest

from tests.conftest import TO_DOCUMENTS, Project
from tests.depth import deep, examples
from tests.workflow.random_plans import random_cohort, random_plan

SEEDS = range(examples(5, many=100))


def write(project: Project, plan: dict[str, Any], cohort: dict[str, Any]) -> None:
    """The plan and the cohort file in place of those of the small project."""
    for opened, content in ((project.study, plan), (project.cohort, cohort)):
        with opened() as written:
            written.clear()
            written.update(content)


@deep
@pytest.mark.parametrize("seed", SEEDS)
def test_a_usable_plan_runs_to_its_documents(project: Project, seed: int) -> None:
    plan = random_plan(seed)
    write(project, plan, random_cohort(seed))
    refused = project.configuration_error()
    if refused:
        assert "  - " in refused
        return
    with contextlib.chdir(project.folder):
        done = project.run_line(*TO_DOCUMENTS)
    assert done.status == 0, done.said
    manuscript = (project.results / "manuscript.qmd").read_text(encoding="utf-8")
    supplement = (project.results / "supplement.qmd").read_text(encoding="utf-8")
    families = list(plan.get("correlations", {}).values())
    directed = [family for family in families if "direction" in family]
    has_directions = re.search(r"All tests and (?:their|predicted) directions were", manuscript)
    assert bool(has_directions) == bool(directed)
    assert ("this expectation" in manuscript or "these expect" in manuscript) == bool(directed)
    assert ("All tests" in manuscript and " were planned " in manuscript) == any(
        section in plan for section in ("correlations", "conditions")
    )
    in_supplement = {t["kind"] for t in plan["tables"].values() if t["document"] == "supplement"}
    assert ("# Tables" in supplement) == bool(in_supplement)
    adds = re.search(r"The supplement adds (.*)", manuscript)
    assert ("rank correlations" in (adds[1] if adds else "")) == (
        "correlation_details" in in_supplement
    )


PLANS: dict[str, tuple[dict[str, Any], str]] = {
    "matrix without columns": (
        {"kind": "correlation_matrix", "analyses": ["mindful"]},
        "tables.t: a table of kind correlation_matrix needs the key 'columns'",
    ),
    "one-tailed stars without a direction": (
        {"kind": "correlation_matrix", "analyses": ["mindful"], "columns": ["iip"],
         "stars": [0.05], "tail": "one"},
        "tables.t: stars for one-tailed p, but analysis 'mindful' declares no direction",
    ),
    "frequencies of nothing": (
        {"kind": "frequencies"},
        "tables.t: a table of kind frequencies has nothing to print",
    ),
    "digits in a title": (
        {"kind": "violations", "title": "Change over 12 weeks"},
        "tables.t.title: '12' is a number without a source",
    ),
    "table of the wrong section": (
        {"kind": "comparisons", "analyses": ["mindful"]},
        "tables.t: analyses: 'mindful' does not fit the kind comparisons",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PLANS)
def test_what_a_table_lacks_is_said_before_any_job(project: Project, case: str) -> None:
    table, problem = PLANS[case]
    with project.study() as study:
        study["correlations"]["mindful"].pop("direction")
        study["variables"] = ["age"]
        study["tables"] = {"t": {"document": "manuscript", "title": "A table"} | table}
    assert problem in project.configuration_error()
