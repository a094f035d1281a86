"""Parents as informants, from the raw file to the manuscript: what they answered, their noun."""

import csv
import re

import numpy as np
import pytest
import yaml

from tests.conftest import DYADS, Project, run_snakemake

KEY = {
    "instrument": "our_list",
    "version": "1.0",
    "name": "Problem List for Relatives",
    "abbreviation": "OLP",
    "citation": "A made-up list of a test.",
    "raters": ["patient", "informant"],
    "n_items": 8,
    "response": {"minimum": 0, "maximum": 3},
    "reverse": [2],
    "scales": {"total": {"label": "Total", "aggregation": "sum", "items": "all"}},
    "missing": {"rule": "complete", "source": "chosen by this project"},
    "confidence": {"level": "unverified", "note": "made up"},
    "licence": "none",
}
RATED = {"instrument": "our_list", "scale": "total", "rater": "informant"}


@pytest.fixture
def of_parents(project: Project) -> Project:
    """The small cohort, in which informants fill in a list beside patients and therapists."""
    rng = np.random.default_rng(5)
    problems = rng.normal(size=DYADS)
    for wave in ("intake", "termination"):
        answers = np.clip(np.round(problems[:, None] + rng.normal(1.5, 0.8, (DYADS, 8))), 0, 3)
        answers[:, 1] = 3 - answers[:, 1]
        with (project.data / f"parents_{wave}.csv").open("w", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(["id", *(f"olp_{item}" for item in range(1, 9))])
            lines.writerows([f"d{n:02d}", *map(int, row)] for n, row in enumerate(answers, start=1))
    keys = project.folder / "workflow/instruments"
    keys.mkdir(parents=True, exist_ok=True)
    (keys / "our_list.yaml").write_text(yaml.safe_dump(KEY), encoding="utf-8")
    with project.cohort() as cohort:
        for wave in ("intake", "termination"):
            cohort["files"][f"parents_{wave}"] = {"path": f"parents_{wave}.csv", "dyad": "id"}
            cohort["questionnaires"].append(
                {"instrument": "our_list", "rater": "informant", "occasion": wave}
                | {"file": f"parents_{wave}", "columns": "olp_{item}"}
            )
    with project.study() as study:
        for wave in ("intake", "termination"):
            study["measures"][f"olp_{wave}"] = {"label": f"OLP, {wave}", "occasion": wave} | RATED
        outcome = {"label": "OLP", "pretest": "olp_intake", "posttest": "olp_termination"}
        study["outcomes"]["olp"] = outcome
        study["correlations"]["mindful"]["y"] = ["iip", "olp"]
        study["tables"]["correlations"]["columns"] = ["iip", "olp"]
        study["tables"]["descriptives"] = {
            "document": "manuscript",
            "kind": "descriptives",
            "title": "Scores",
        }
        study["tables"]["reliability"] = {
            "document": "manuscript",
            "kind": "reliability",
            "title": "Internal Consistency",
        }
    return project


def manuscript(project: Project) -> str:
    """The source of the manuscript without the marks of its numbers, where ids name the rater."""
    done = run_snakemake(["results/small/manuscript.qmd"], project.folder)
    assert done.status == 0, done.said[-4000:]
    source = (project.results / "manuscript.qmd").read_text(encoding="utf-8")
    return " ".join(re.sub(r"\{[^{}]*\}|[][]", "", source).replace("|", " ").split())


def test_parents_are_called_parents_in_text_and_tables(of_parents: Project) -> None:
    plain = manuscript(of_parents)
    assert "has 8 items rated from 0 to 3. It was answered by the informant at intake and" in plain
    assert "OLP, informant, intake Total 12" in plain
    with of_parents.study() as study:
        study["nouns"] = {"informant": "parent"}
    assert manuscript(of_parents) == plain.replace("informant", "parent")
