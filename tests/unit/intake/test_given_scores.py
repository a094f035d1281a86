"""Scores that a cohort brings instead of the items: read, checked and carried to the measures."""

from typing import Any

import pyarrow as pa
import pytest
from tests.conftest import TO_DOCUMENTS, Project
from tests.unit.intake.small_cohort import INSTRUMENTS, MOOD, cohort, sheet, sheets

from attune.analyses.study import StudyFile, check_plan
from attune.intake.validation import ValidatedCohort, validate_responses
from attune.scoring.score_sources import with_given_scores
from attune.specs.errors import ConfigurationError
from attune.specs.study import Study
from attune.specs.study_checks import check_against_instruments
from attune.store.contracts import GIVEN_SCORES, MEASURES, SCORES, conform
from attune_files.parquet import read_parquet

SCORE = {"instrument": "mood", "scale": "total", "rater": "patient"}
INTAKE = SCORE | {"occasion": "intake", "file": "intake", "column": "sum"}
TERMINATION = SCORE | {"occasion": "termination", "file": "termination", "column": "sum"}
PAIR = {("mood", "patient", "termination", ""): ("mood", "patient", "intake", "")}


def validated(*scores: dict[str, Any], files: Any = None, **changes: Any) -> ValidatedCohort:
    """A cohort of given scores alone; `files` replaces the sheets of two dyads."""
    declared = cohort(questionnaires=[], scores=list(scores or (INTAKE, TERMINATION)), **changes)
    given = sheets(
        intake=sheet("a 3", "b 12", columns="id sum"),
        termination=sheet("a 0", "b 4", columns="id sum"),
    )
    if scores and TERMINATION not in scores:
        given["termination"] = sheet("a", "b", columns="id")
    return validate_responses(given | (files or {}), declared, INSTRUMENTS, PAIR)


def found(result: ValidatedCohort) -> list[tuple[str, str | None, int | None]]:
    return [(violation.rule, violation.column, violation.row) for violation in result.violations]


def intake(*rows: str) -> dict[str, Any]:
    return {"intake": sheet(*rows, columns="id sum")}


def test_scores_are_read_as_they_are_given() -> None:
    result = validated(files=intake("b 7.5", "a _"))
    assert [violation.rule for violation in result.violations] == ["posttest_without_pretest"]
    result = validated(files=intake("b 7.5", "a 3"))
    assert result.violations == []
    assert result.responses.num_rows == 0
    rows = result.given_scores.to_pylist()
    assert [(row["dyad"], row["occasion"], row["scale"], row["score"]) for row in rows] == [
        ("a", "intake", "total", 3.0),
        ("a", "termination", "total", 0.0),
        ("b", "intake", "total", 7.5),
        ("b", "termination", "total", 4.0),
    ]


@pytest.mark.parametrize(
    ("cell", "rule", "said"),
    [
        ("13", "score_out_of_range", "found '13'; scores of MOOD, scale total, go from 0 to 12."),
        ("-1", "score_out_of_range", "go from 0 to 12."),
        ("12.6", "score_out_of_range", "go from 0 to 12."),
        ("99", "score_out_of_range", 'add "99" to missing_codes'),
        ("three", "text_in_number", "found 'three', where a number is needed."),
        ("3,5", "decimal_comma", 'add `decimal: ","`'),
    ],
)
def test_a_cell_that_is_no_score_of_the_scale(cell: str, rule: str, said: str) -> None:
    result = validated(files=intake(f"a {cell}", "b 1"))
    assert found(result) == [(rule, "sum", 2)]
    violation = result.violations[0]
    assert (violation.severity, violation.dyad, violation.value) == ("error", "a", cell)
    assert said in violation.sentence()
    # Nothing is half-read.
    assert result.given_scores.num_rows == 0


def test_an_empty_cell_needs_a_missing_code() -> None:
    result = validated(files=intake("a _", "b 1"), missing_codes=["-99"])
    assert found(result) == [("empty_cell", "sum", 2)]


def test_missing_codes_of_the_score_alone() -> None:
    declared = INTAKE | {"missing_codes": ["-99"]}
    result = validated(declared, files=intake("a -99", "b 1"))
    assert found(result) == [("dyad_without_questionnaires", None, None)]
    assert result.given_scores["dyad"].to_pylist() == ["b"]
    assert found(validated(INTAKE, files=intake("a -99", "b 1"))) == [
        ("score_out_of_range", "sum", 2)
    ]


def test_a_rounded_score_at_the_end_of_the_range() -> None:
    declared = INTAKE | {"scale": "axis"}  # from -4 to 4
    assert found(validated(declared, files=intake("a 4.04", "b -4"))) == [
        ("score_out_of_range", "sum", 2)
    ]
    thirds = INTAKE | {"scale": "third"}
    third = {"label": "Third", "aggregation": "weighted", "weights": {1: 1}, "divisor": 3}
    third["missing"] = {"rule": "complete", "source": "test"}
    content = MOOD.model_dump()
    key = type(MOOD).model_validate(content | {"scales": content["scales"] | {"third": third}})
    declared_cohort = cohort(questionnaires=[], scores=[thirds])
    for cell, rules in (("1.33", []), ("1.34", ["score_out_of_range"])):
        result = validate_responses(
            sheets(**intake(f"a {cell}", "b 0")), declared_cohort, {"mood": key}, {}
        )
        assert [
            violation.rule for violation in result.violations if violation.file == "intake.csv"
        ] == rules


def test_decimal_commas() -> None:
    files = {
        name: {"path": f"{name}.csv", "dyad": "id", "decimal": ","}
        for name in ("who", "intake", "termination")
    }
    declared = cohort(questionnaires=[], scores=[INTAKE], files=files)
    result = validate_responses(sheets(**intake("a 3,5", "b 1")), declared, INSTRUMENTS, {})
    assert result.given_scores["score"].to_pylist() == [3.5, 1.0]


def test_who_the_scores_belong_to() -> None:
    result = validated(files=intake("a 3", "_ 5", "a 4", "z 1", "b 2"))
    assert found(result) == [
        ("no_dyad", "id", 3),
        ("duplicate_questionnaire", "id", 4),
        ("unknown_dyad", "id", 5),
    ]
    text = [violation.sentence() for violation in result.violations]
    assert "the row holds a score in 'sum', but names no dyad" in text[0]
    assert "has a score of mood (patient, intake) already, in row 2" in text[1]


def test_pretests_and_posttests() -> None:
    result = validated(files=intake("a 3", "b _"))
    assert found(result) == [("posttest_without_pretest", None, 3)]
    result = validated(files={"termination": sheet("a 3", "b _", columns="id sum")})
    assert [violation.rule for violation in result.violations] == ["posttest_missing"]
    assert "mood (patient, intake)" in result.violations[0].message


def test_no_scores_at_all_and_a_dyad_without_any() -> None:
    result = validated(files=intake("a _", "b _") | {"termination": sheet("a _", columns="id sum")})
    rules = [violation.rule for violation in result.violations]
    assert rules.count("unanswered_questionnaire") == 2
    assert rules.count("dyad_without_questionnaires") == 2


def test_a_column_that_is_not_there_and_one_that_is_not_used() -> None:
    files = {"intake": sheet("a 3 1", "b 4 1", columns="id total extra")}
    assert found(validated(INTAKE, files=files))[:2] == [
        ("unused_column", "total", None),
        ("unused_column", "extra", None),
    ]
    assert ("missing_column", "sum", 1) in found(validated(INTAKE, files=files))


def test_rows_of_a_long_file_and_sessions() -> None:
    long = sheet("a 1 3", "b 1 5", "a 2 6", "a 9 7", columns="id visit sum")
    declared = SCORE | {"occasion": "session_{session}", "sessions": [1, 2]}
    declared |= {"file": "intake", "column": "sum", "rows": {"visit": "{session}"}}
    result = validated(declared, files={"intake": long})
    assert found(result)[0] == ("unused_rows", "visit", 5)
    rows = result.given_scores.to_pylist()
    assert [(row["dyad"], row["occasion"], row["score"]) for row in rows] == [
        ("a", "session_1", 3.0),
        ("a", "session_2", 6.0),
        ("b", "session_1", 5.0),
    ]


# What the cohort file may declare.


def refused(**changes: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        check_against_instruments(cohort(**changes), INSTRUMENTS)
    return caught.value.problems


def test_scores_that_no_instrument_declares() -> None:
    scores = [
        INTAKE | {"scale": "totl"},
        INTAKE | {"rater": "observer"},
        INTAKE | {"state": "worst"},
    ]
    assert refused(questionnaires=[], scores=scores) == [
        "scores.0 (mood (patient, intake)): 'totl' is not a scale of MOOD. Did you mean 'total'?",
        "scores.1 (mood (observer, intake)): rater 'observer' is not one of patient, therapist",
        "scores.2 (mood (patient, intake, worst)): state 'worst' is not one of no state",
    ]


def test_a_score_of_an_instrument_without_a_key() -> None:
    first, second = refused(questionnaires=[], scores=[INTAKE | {"instrument": "wellbeing"}])
    assert first.startswith("scores.0 (wellbeing (patient, intake)): there is no instrument")
    assert "declare the column as a variable of the sample sheet" in second


def test_a_score_given_twice() -> None:
    assert refused(questionnaires=[], scores=[INTAKE, INTAKE | {"column": "sum2"}]) == [
        "scores.1 (mood (patient, intake)): 'total' is declared more than once. Keep one of them"
    ]


def test_a_score_that_the_items_give_too() -> None:
    (problem,) = refused(scores=[INTAKE])
    assert "'total' is computed from the items" in problem
    assert "`scores_in_file: {total: sum}`" in problem


def test_a_missing_code_that_is_also_a_score() -> None:
    (problem,) = refused(questionnaires=[], scores=[INTAKE], missing_codes=["", "9"])
    assert "the missing code '9' is also a score that 'total' can have (0 to 12)" in problem


def plan(**changes: Any) -> Study:
    content: dict[str, Any] = {"study": "toy", "title": "Toy", "authors": [], "template": "generic"}
    before = {"label": "Mood"} | SCORE | {"occasion": "intake"}
    content |= {"measures": {"before": before}, "imputation": {"method": "none"}}
    return StudyFile.model_validate(content | changes)


def test_a_measure_may_be_a_given_score() -> None:
    check_plan(plan(), cohort(questionnaires=[], scores=[INTAKE]), INSTRUMENTS)


def test_a_measure_of_a_scale_that_is_not_given() -> None:
    given = cohort(questionnaires=[], scores=[INTAKE | {"scale": "mean"}])
    with pytest.raises(ConfigurationError) as caught:
        check_plan(plan(), given, INSTRUMENTS)
    assert caught.value.problems == [
        "measures.before: the cohort brings no score of 'total' for mood (patient, intake), only"
        " mean. Add it to scores in cohort.yaml"
    ]


@pytest.mark.parametrize("kind", ["missingness", "reliability"])
def test_what_needs_items_is_refused_before_any_job(kind: str) -> None:
    table = {"document": "supplement", "kind": kind, "title": "T"}
    given = cohort(questionnaires=[], scores=[INTAKE])
    with pytest.raises(ConfigurationError, match=f"kind {kind} needs answers to items"):
        check_plan(plan(tables={"t": table}), given, INSTRUMENTS)


# From the files to the measures.


def score_rows(*keys: tuple[str, str], source: str) -> pa.Table:
    """Rows of the contract `SCORES` by dyad and scale."""
    rows = [
        {
            "dyad": dyad, "instrument": "mood", "rater": "patient", "occasion": "intake",
            "state": "", "scale": scale, "source": source, "score": 1.0,
        }
        for dyad, scale in keys
    ]  # fmt: skip
    return conform(pa.Table.from_pylist(rows), SCORES)


@pytest.mark.parametrize("split", [1, 2, 3])
def test_both_sources_come_in_the_order_of_the_key(split: int) -> None:
    scored = score_rows(("b", "mean"), ("d", "mean"), ("d", "total"), source="items")
    given = score_rows(("a", "x"), ("b", "z"), ("c", "a"), ("d", "n"), ("é", "a"), source="file")
    batches = [scored.slice(0, split), scored.slice(split)]
    brought = given.select(GIVEN_SCORES.schema.names).cast(GIVEN_SCORES.schema)
    merged = pa.concat_tables(with_given_scores(batches, brought))
    assert merged.combine_chunks().equals(conform(pa.concat_tables([scored, given]), SCORES))
    assert merged["n_items"].null_count == len(merged)


def test_without_given_scores_nothing_changes() -> None:
    scored = [score_rows(("b", "mean"), source="items")]
    assert list(with_given_scores(scored, GIVEN_SCORES.schema.empty_table())) == scored


def test_scores_without_any_questionnaire() -> None:
    given = score_rows(("a", "x"), source="file")
    brought = given.select(GIVEN_SCORES.schema.names).cast(GIVEN_SCORES.schema)
    assert pa.concat_tables(with_given_scores([], brought)).equals(given)


def bring_totals(project: Project) -> dict[str, float]:
    """The IIP-32 of both occasions as means instead of items; what the files then hold."""
    values = {}
    for file in ("intake.csv", "termination.csv"):
        with project.table(file) as lines:
            for number, line in enumerate(lines):
                mean = sum(map(int, line[1:])) / 32 if number else 0.0
                values[f"{file} {line[0]}"] = mean
                line[1:] = [str(mean) if number else "iip_mean"]
    with project.cohort() as content:
        content["scores"] = [
            {key: entry[key] for key in ("instrument", "rater", "occasion", "file")}
            | {"scale": "mean", "column": "iip_mean"}
            for entry in content["questionnaires"][1:]
        ]
        content["questionnaires"] = content["questionnaires"][:1]
    return values


def test_the_line_gives_the_same_from_scores_as_from_their_items(project: Project) -> None:
    assert project.run_line("validate_responses", "score_scales", "impute_measures").status == 0
    wanted = read_measures(project)
    bring_totals(project)
    assert project.configuration_error() == ""
    done = project.run_line(*TO_DOCUMENTS)
    assert done.status == 0, done.said
    assert read_measures(project) == wanted
    scores = read_parquet(project.results / "scores.parquet", SCORES).to_pandas()
    by_source = scores.groupby("source")["instrument"].unique()
    assert [list(entry) for entry in by_source[["file", "items"]]] == [["iip_32"], ["kims"]]
    assert scores.loc[scores["source"] == "file", ["n_answered", "n_items"]].isna().all(axis=None)
    text = (project.results / "manuscript.qmd").read_text(encoding="utf-8")
    assert "Its scores came with the data, without the answers to its items" in text


def read_measures(project: Project) -> list[dict[str, Any]]:
    return read_parquet(project.results / "measures.parquet", MEASURES).to_pylist()


def test_an_unknown_key_is_reported_with_a_remedy(project: Project) -> None:
    bring_totals(project)
    with project.cohort() as content:
        content["scores"][0]["instrument"] = "wellbeing"
    text = project.configuration_error()
    assert "workflow/instruments/wellbeing.yaml does not exist." in text
    assert "declare the column as a variable of the sample sheet" in text
