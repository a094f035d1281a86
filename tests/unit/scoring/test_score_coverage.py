"""How scores came about, by which missing rule, and who still has them: counted and reported."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.conftest import TO_DOCUMENTS, Project
from tests.unit.intake.small_cohort import INSTRUMENTS, MOOD, cohort, sheet, sheets

from attune.analyses.sample.estimate import retention
from attune.intake.validation import validate_responses
from attune.printing.key_words import rule_in_words
from attune.scoring.score_coverage import ScoreCoverage
from attune.scoring.scores import score_batches
from attune.specs.errors import ConfigurationError
from attune.specs.instrument import MissingRule, with_missing_rules
from attune.specs.study_checks import check_against_instruments
from attune.store.contracts import GIVEN_SCORES, STATISTICS, conform
from attune_files.parquet import read_parquet

INTAKE = sheet("a 1 2 3", "b 4 0 _", "c 4 _ _", "d _ _ _")
WHO = sheet(*(f"{dyad} t{dyad} p{dyad} 30" for dyad in "abcd"), columns="id therapist patient age")

COMPLETE = MissingRule(rule="complete", source="test")
HALF = MissingRule(rule="prorate", max_missing_share=0.67, source="our protocol")
ANSWERED = MissingRule(rule="answered", max_missing_share=0.67, source="our protocol")


def scored(
    rule: MissingRule | None = None, batches: int = 1
) -> tuple[dict[str, list[float | None]], dict[str, float]]:
    """Scores of the intake by scale, and the counts of how they came about."""
    declared = cohort(missing_rules={} if rule is None else {"mood": rule})
    keys = with_missing_rules(INSTRUMENTS, declared.missing_rules)
    files = sheets(who=WHO, intake=INTAKE, termination=sheet("a 0 0 1"))
    responses = validate_responses(files, declared, keys, {}).responses
    coverage = ScoreCoverage(keys, declared)
    size = -(-len(responses) // batches)
    tables = score_batches(responses.to_batches(max_chunksize=size), keys, coverage)
    frame = pa.concat_tables(tables).to_pandas()
    frame = frame[frame["occasion"] == "intake"].sort_values("dyad")
    scores = {
        str(scale): [None if np.isnan(score) else score for score in rows["score"]]
        for scale, rows in frame.groupby("scale")
    }
    statistics = conform(coverage.statistics(), STATISTICS).to_pandas()
    prefix = "scores.mood.patient."
    counts = statistics.set_index("id")["estimate"]
    return scores, {name.removeprefix(prefix): count for name, count in counts.items()}


def ways(counts: dict[str, float], questionnaire_and_scale: str) -> list[float]:
    return [counts[f"{questionnaire_and_scale}.{way}"] for way in ("complete", "prorated", "none")]


@pytest.mark.parametrize("batches", [1, 2, 4])
def test_proration_up_to_a_share(batches: int) -> None:
    """At most 40 percent of three items is one: b has a total, c has none."""
    scores, counts = scored(batches=batches)
    assert scores["total"] == [4.0, 6.0, None]  # 1 + 2 + (4 - 3); (4 + 0) x 3 / 2
    assert ways(counts, "intake.total") == [1, 1, 1]
    assert ways(counts, "termination.total") == [1, 0, 0]


def test_none_unless_every_item_is_answered() -> None:
    scores, counts = scored(COMPLETE)
    assert scores["total"] == [4.0, None, None]
    assert ways(counts, "intake.total") == [1, 0, 2]


def test_a_larger_share_of_the_cohort() -> None:
    scores, counts = scored(HALF)
    assert scores["total"] == [4.0, 6.0, 12.0]
    assert ways(counts, "intake.total") == [1, 2, 0]


def test_a_sum_over_answered_items_only_if_told_so() -> None:
    scores, counts = scored(ANSWERED)
    assert scores["total"] == [4.0, 4.0, 4.0]
    assert ways(counts, "intake.total") == [1, 2, 0]


@pytest.mark.parametrize("rule", [COMPLETE, HALF, ANSWERED])
def test_a_weighted_scale_cannot_do_without_an_item(rule: MissingRule) -> None:
    scores, counts = scored(rule)
    assert scores["axis"] == [-1.0, 4.0, None]
    assert ways(counts, "intake.axis") == [2, 0, 1]


def test_an_undefined_ratio_is_no_score() -> None:
    """Nothing of a's answers counts as high: the ratio has no denominator."""
    scores, counts = scored()
    assert scores["intensity"][0] is None
    assert ways(counts, "intake.intensity") == [0, 1, 2]


def test_the_rule_and_its_source_are_stored_with_the_counts() -> None:
    declared = cohort(missing_rules={"mood": HALF})
    keys = with_missing_rules(INSTRUMENTS, declared.missing_rules)
    statistics = ScoreCoverage(keys, declared).statistics().to_pandas().set_index("id")
    row = statistics.loc["scores.mood.patient.intake.total.none"]
    assert row["method"] == f"{rule_in_words(HALF)}; our protocol"
    assert (row["estimate"], row["n"], row["instruments"]) == (0, 0, "mood 1.0")
    # The key itself is as it was.
    assert MOOD.missing_rule("total").source == "test"


def test_given_scores_are_counted_apart() -> None:
    given = {"instrument": "mood", "scale": "total", "rater": "patient", "occasion": "intake"}
    declared = cohort(questionnaires=[], scores=[given | {"file": "intake", "column": "sum"}])
    rows = [given | {"dyad": dyad, "state": "", "score": 1.0} for dyad in "ab"]
    coverage = ScoreCoverage(INSTRUMENTS, declared)
    coverage.add_given(conform(pa.Table.from_pylist(rows), GIVEN_SCORES))
    statistics = coverage.statistics().to_pandas()
    assert statistics[["id", "estimate"]].to_numpy().tolist() == [
        ["scores.mood.patient.intake.total.given", 2.0]
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"missing_rules": {"moood": HALF}}, "no questionnaire of 'moood'. Did you mean 'mood'?"),
        (
            {
                "missing_rules": {"mood": HALF},
                "questionnaires": [],
                "scores": [
                    {
                        "instrument": "mood",
                        "scale": "total",
                        "rater": "patient",
                        "occasion": "intake",
                        "file": "intake",
                        "column": "sum",
                    }
                ],
            },
            "missing_rules.mood: the cohort brings its scores, not its items; remove it",
        ),
    ],
)
def test_rules_that_would_change_nothing(changes: dict[str, Any], said: str) -> None:
    changes["missing_rules"] = {
        name: rule.model_dump() for name, rule in changes["missing_rules"].items()
    }
    with pytest.raises(ConfigurationError) as caught:
        check_against_instruments(cohort(**changes), INSTRUMENTS)
    assert [problem for problem in caught.value.problems if said in problem]


# Through the line.


def counts_of(project: Project) -> pd.Series:
    path = project.results / "statistics" / "scores.parquet"
    return read_parquet(path, STATISTICS).to_pandas().set_index("id")["estimate"]


@pytest.mark.parametrize(
    ("rule", "ways_of_mean"),
    [
        (None, [11, 1, 0]),
        ({"rule": "complete", "source": "the protocol of the trial"}, [11, 0, 1]),
    ],
)
def test_a_rule_of_the_cohort_holds_in_the_line_and_is_printed(
    project: Project, rule: dict[str, str] | None, ways_of_mean: list[int]
) -> None:
    project.set_cell("intake.csv", 3, "iip_5", "")
    with project.study() as plan:
        plan["tables"]["coverage"] = {
            "document": "supplement",
            "kind": "score_coverage",
            "title": "Where the scores come from",
        }
    if rule:
        with project.cohort() as content:
            content["missing_rules"] = {"iip_32": rule}
    done = project.run_line(*TO_DOCUMENTS)
    assert done.status == 0, done.said
    found = counts_of(project)
    prefix = "scores.iip_32.patient.intake.mean"
    assert [found[f"{prefix}.{way}"] for way in ("complete", "prorated", "none")] == ways_of_mean
    method = (project.results / "manuscript.qmd").read_text(encoding="utf-8")
    supplement = (project.results / "supplement.qmd").read_text(encoding="utf-8")
    assert f'data-id="{prefix}.none"' in supplement
    said = "a scale was scored where every item was answered (the protocol of the trial)"
    assert (said in method, said in supplement) == (bool(rule), bool(rule))


def test_retention_by_condition(project: Project) -> None:
    with project.table("termination.csv") as lines:
        del lines[2:5]  # d02 to d04: two of condition B, one of A
    with project.study() as plan:
        plan["tables"]["retention"] = {
            "document": "manuscript",
            "kind": "retention",
            "title": "Who has a score",
            "rows": ["iip_intake", "iip_termination"],
        }
    done = project.run_line(*TO_DOCUMENTS)
    assert done.status == 0, done.said
    path = project.results / "statistics" / "sample.parquet"
    found = read_parquet(path, STATISTICS).to_pandas().set_index("id")
    rows = {
        "retention.iip_termination": (9, 12),
        "retention.iip_termination.brief_therapy": (5, 6),
        "retention.iip_termination.usual_care": (4, 6),
        "retention.iip_intake.usual_care": (6, 6),
    }
    for prefix, (n, of) in rows.items():
        assert found.loc[f"{prefix}.n", "estimate"] == n
        assert found.loc[f"{prefix}.percent", "estimate"] == pytest.approx(100 * n / of)
        assert found.loc[f"{prefix}.percent", "n"] == of
    text = (project.results / "manuscript.qmd").read_text(encoding="utf-8")
    assert 'data-id="retention.iip_termination.usual_care.percent"' in text


def test_retention_of_a_sample_without_dyads() -> None:
    empty = pd.DataFrame({"m": [], "condition": []}, dtype=object)
    measure = type("Scored", (), {"instrument": "mood", "occasion": "intake"})
    plan = type("Plan", (), {"measures": {"m": measure}})
    rows = retention(empty, plan, cohort())  # type: ignore[arg-type]
    assert [row["estimate"] for row in rows] == [0.0, None]
    assert rows[1]["reason"] == "no dyads"
