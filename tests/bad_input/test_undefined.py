"""What cannot be computed is null with its reason and printed as a dash; the line goes on."""

from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.conftest import DYADS, Done, Project

LINE = [
    *("validate_responses", "score_scales", "impute_measures", "compute_residual_gains"),
    *("correlate_measures", "build_tables"),
]


def run_line(project: Project) -> Done:
    """The line with the correlations as its only analysis."""
    with project.study() as study:
        del study["conditions"]
        kept = ("correlation_matrix", "correlation_details", "violations")
        study["tables"] = {k: t for k, t in study["tables"].items() if t["kind"] in kept}
    return project.run_line(*LINE, statistics=["violations", "correlations"])


def statistics(project: Project) -> dict[str, dict[str, Any]]:
    rows = pq.read_table(project.results / "statistics/correlations.parquet").to_pylist()
    return {row["id"]: row for row in rows}


def printed(project: Project, table: str) -> list[dict[str, Any]]:
    return pq.read_table(project.results / "tables" / f"{table}.parquet").to_pylist()


def assert_undefined(project: Project, reason: str) -> None:
    """Every statistic of mindfulness is null with the reason, every cell of it a dash."""
    rows = {i: row for i, row in statistics(project).items() if i.startswith("mindful.kims.")}
    assert len(rows) > 5
    for identifier, row in rows.items():
        assert row["estimate"] is None, identifier
        assert row["p_two_tailed"] is None
        assert reason in row["reason"], (identifier, row["reason"])
    cells = [
        (row[column], row[f"{column}_id"])
        for row in printed(project, "correlations")
        for column in row
        if f"{column}_id" in row
    ]
    assert ("—", "mindful.kims.iip.ancova_r") in cells
    assert not any("nan" in (text or "").lower() for text, _ in cells)


def test_the_sound_cohort_is_defined_throughout(project: Project) -> None:
    assert run_line(project).status == 0
    assert all(row["estimate"] is not None for row in statistics(project).values())


def test_a_constant_scale(project: Project) -> None:
    with project.table("therapists.csv") as lines:
        lines[1:] = [[line[0], *"3" * 39] for line in lines[1:]]
    done = run_line(project)
    assert done.status == 0, done.said
    assert_undefined(project, "The same value in all 12 dyads: kims.")
    other = statistics(project)["mindful.age.iip.pearson_r"]
    assert other["estimate"] is not None
    rules = [
        row["rule"] for row in pq.read_table(project.results / "violations.parquet").to_pylist()
    ]
    assert rules == [*["constant_item"] * 39, "equal_answers", "straight_line"]


def test_fewer_than_four_dyads(project: Project) -> None:
    with project.table("therapists.csv") as lines:
        del lines[4:]
    with project.cohort() as cohort:
        cohort["smallest_cell"] = {"count": 0, "reason": "nobody is in these data"}
    done = run_line(project)
    assert done.status == 0, done.said
    assert statistics(project)["mindful.kims.iip.pearson_r"]["n"] == 3
    assert_undefined(project, "needs at least 4 dyads with both measures, found 3.")


@pytest.mark.parametrize("dataset", ["available", "imputed"])
def test_a_scale_with_every_item_missing(project: Project, dataset: str) -> None:
    observe = [1, 5, 9, 13, 17, 21, 25, 29, 30, 33, 37, 39]
    with project.table("therapists.csv") as lines:
        for line in lines[1:]:
            for item in observe:
                line[item] = ""
    with project.study() as study:
        study["measures"]["kims"]["scale"] = "observe"
        study["correlations"]["mindful"]["dataset"] = dataset
    done = run_line(project)
    assert done.status == 0, done.said
    assert statistics(project)["mindful.kims.iip.pearson_r"]["n"] == 0
    assert_undefined(project, "needs at least 4 dyads with both measures, found 0.")


def test_no_posttest_at_all(project: Project) -> None:
    with project.table("termination.csv") as lines:
        lines[1:] = [[line[0], *[""] * 32] for line in lines[1:]]
    done = run_line(project)
    assert done.status == 0, done.said
    gains = pq.read_table(project.results / "gains.parquet").to_pylist()
    assert len([row for row in gains if row["imputation"] == 0]) == DYADS
    assert all(row["residual_gain"] is None for row in gains)
    assert_undefined(project, "needs at least 4 dyads with both measures, found 0.")
