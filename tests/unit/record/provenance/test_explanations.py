"""From every statistic back to the raw files: values, files, code, and nothing of few people."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.conftest import STEPS, Project

from attune.record.provenance.explanation_text import (
    chain,
    explanation_entries,
    explanation_lines,
    facts,
    title,
)
from attune_files.steps.file_sums import sha256_of

LINE = tuple(step for step in list(STEPS)[: list(STEPS).index("explain_statistics") + 1]
             if step != "check_cohort")  # fmt: skip
R = "mindful.kims.iip.pearson_r"


@pytest.fixture(scope="module")
def done(
    new_project: Callable[[Path], Project], tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """The small project up to its explanations."""
    project = new_project(tmp_path_factory.mktemp("explained"))
    run = project.run_line(*LINE)
    assert run.status == 0, run.said
    return project


@pytest.fixture(scope="module")
def told(done: Project) -> dict[str, Any]:
    return read(done)


def read(project: Project) -> dict[str, Any]:
    text = (project.results / "explanations.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def stored(project: Project) -> dict[str, dict[str, Any]]:
    paths = sorted((project.results / "statistics").glob("*.parquet"))
    return {row["id"]: row for path in paths for row in pq.read_table(path).to_pylist()}


def test_every_statistic_is_told_at_full_precision(done: Project, told: dict[str, Any]) -> None:
    rows = stored(done)
    assert set(told["statistics"]) == set(rows)
    for name, each in told["statistics"].items():
        if "hidden" in each:
            continue
        row = rows[name]
        assert each.get("value") == row["estimate"]
        for column in ("n", "df", "p_one_tailed", "ci_low", "seed", "reason", "tail"):
            assert each.get(column) == row[column], (name, column)
        if row["method"]:
            assert told["texts"][each["method"]] == row["method"]


def test_the_chain_leads_from_the_correlation_to_the_raw_files(told: dict[str, Any]) -> None:
    assert told["statistics"][R]["record"] == "correlate_measures"
    steps = chain(told, "correlate_measures")
    assert steps == [
        *("correlate_measures", "compute_residual_gains", "impute_measures"),
        *("score_scales", "validate_responses"),
    ]
    # Every step stands before all that it read from.
    for place, name in enumerate(steps):
        assert all(steps.index(entry) > place for entry in told["records"][name]["from"])


def test_files_are_told_with_their_hashes(done: Project, told: dict[str, Any]) -> None:
    for file in told["files"]:
        if file["path"].startswith("results/"):
            assert file["sha256"] == sha256_of(done.folder / file["path"])
    read_by = told["records"]["compute_residual_gains"]["inputs"]["measures"]
    assert [told["files"][place]["rows"] for place in read_by] == [24]


def test_choices_seed_and_versions_are_told(told: dict[str, Any]) -> None:
    record = told["records"]["correlate_measures"]
    assert record["params"]["permutations"] == {
        "config": "correlate_measures.permutations",
        "value": 999,
    }
    assert record["seed"] == 7
    assert {"python", "numpy", "scipy"} <= set(record["versions"])
    assert len(record["code"]["sha256"]) == 64


def test_a_reader_gets_words(told: dict[str, Any]) -> None:
    assert title(told, R) == "Pearson correlation: Mindfulness with residual gain in IIP-32"
    text = "\n".join(explanation_lines(told, R))
    for part in (
        f"Value                {told['statistics'][R]['value']!r}",
        "Predicted direction  negative",
        "correlate_measures.permutations = 999",
        "https://doi.org/10.1098/rspl.1895.0041",
        "attune.stats.hypothesis_tests.pearson_test",
        "5. validate_responses",
        "results/small/measures.parquet, 24 rows, sha256 ",
    ):
        assert part in text


def test_whole_numbers_have_no_fraction(told: dict[str, Any]) -> None:
    [seeded] = [name for name in told["statistics"] if name == "mindful.kims.iip.permutation_p"]
    assert ("Seed", "7") in facts(told, seeded)
    sizes = [entry["n"] for entry in told["statistics"].values() if "n" in entry]
    assert sizes and all(isinstance(size, int) for size in sizes)


def test_hidden_cells_stay_hidden(done: Project) -> None:
    """Six dyads in each condition: under a limit of seven, nothing tells of them."""
    rows = stored(done)
    name = "sample.condition.brief_therapy.count"
    assert rows[name]["estimate"] == 6
    with done.cohort() as cohort:
        cohort["smallest_cell"] = {"count": 7, "reason": "a limit for this test"}
    try:
        assert done.run("explain_statistics").status == 0
        told = read(done)
    finally:
        with done.cohort() as cohort:
            del cohort["smallest_cell"]
        done.run("explain_statistics")
    hidden = {each for each, parts in told["statistics"].items() if "hidden" in parts}
    assert {name, "arms.kims.brief_therapy.mean", "arms.kims.t"} <= hidden
    for entry in hidden:
        parts = told["statistics"][entry]
        assert not {"value", "n", "df", "se", "p_two_tailed", "ci_low", "method"} & set(parts)
        [(word, text)] = facts(told, entry)
        assert word == "Value" and text.startswith(("< 7 (", "\N{EN DASH} ("))


def test_an_undefined_statistic_says_why(told: dict[str, Any]) -> None:
    made = {**told, "statistics": {"a": {"reason": "One value only.", "n": 1}}}
    assert facts(made, "a") == [
        ("Value", "undefined"),
        ("n", "1"),
        ("Why undefined", "One value only."),
    ]


def test_a_page_gets_what_it_needs_and_no_more(told: dict[str, Any]) -> None:
    entries = explanation_entries(told, [R, "mindful.age.iip.pearson_r", "unknown.id", R])
    assert list(entries["statistics"]) == [R, "mindful.age.iip.pearson_r"]
    assert list(entries["formulas"]) == ["correlate_measures.pearson_r"]
    assert list(entries["chains"]) == ["correlate_measures"]
    assert set(entries["records"]) == set(entries["chains"]["correlate_measures"])
    json.dumps(entries)


def test_the_same_run_gives_the_same_bytes(done: Project) -> None:
    path = done.results / "explanations.json"
    before = path.read_bytes()
    assert done.run("explain_statistics").status == 0
    assert path.read_bytes() == before


def test_no_row_and_no_place_is_told(done: Project) -> None:
    text = (done.results / "explanations.json").read_text(encoding="utf-8")
    assert str(done.folder) not in text
    assert '"d01"' not in text


def test_a_file_that_no_record_knows_is_an_error(done: Project) -> None:
    path = done.results / "records/impute_measures.json"
    before = path.read_bytes()
    record = json.loads(before)
    record["outputs"]["measures"][0]["sha256"] = "0" * 64
    path.write_text(json.dumps(record), encoding="utf-8")
    try:
        run = done.run("explain_statistics")
    finally:
        path.write_bytes(before)
    assert run.status == 1
    assert "cannot be traced to their sources" in run.said
    assert "correlate_measures read results/small/measures.parquet in another state" in run.said
