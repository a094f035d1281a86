"""Pairs of runs made by hand: each change is found, counted as what it is, and told in words."""

import json
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.depth import examples
from tests.unit.record.run_diff.conftest import RECORD, ROWS, N, R

from attune.record.run_diff import (
    Comparison,
    Run,
    RunDifference,
    TableRows,
    compare_runs,
    comparison_text,
)
from attune.record.run_diff.sentences import NUMBER, sentences
from maintenance.write_schemas import schema_text


def compared(before: Run, after: Run) -> RunDifference:
    return compare_runs({before.cohort: before}, {after.cohort: after}).cohorts[0]


def test_a_run_is_the_same_as_itself(make_run) -> None:
    comparison = compare_runs({"small": make_run()}, {"small": make_run("new")})
    assert comparison.same
    assert not comparison.cohorts[0].sources
    text = comparison_text(comparison)
    assert "Nothing changed: 3 statistics, 1 tables, 5 sentences are the same." in text


def test_a_flipped_sign_is_a_decision(make_run) -> None:
    flipped = {"estimate": 0.4561, "ci_low": 0.07, "ci_high": 0.72}
    found = compared(make_run(), make_run("new", columns=flipped))
    decision = found.decisions[0]
    assert (decision.id, decision.kind) == (R, "direction")
    assert (decision.before, decision.after) == ("negative", "positive")
    assert decision.shown
    assert decision.printed_after == "r(23) = .456, p = .022, 95% CI [.070, .720]"
    estimate = found.statistics[0].fields[0]
    assert estimate.difference == pytest.approx(0.9122)
    assert estimate.units == pytest.approx(912.2)
    assert [(cell.before, cell.after) for cell in found.cells] == [("−.456", ".456")]
    assert found.cells[0].column == "r, IIP"
    assert [(number.before, number.after) for number in found.sentences[0].numbers] == [
        ("−.456", ".456"), ("−.720", ".070"), ("−.070", ".720"),
    ]  # fmt: skip


def test_the_file_fits_its_schema(make_run) -> None:
    flipped = make_run("new", columns={"estimate": 0.4561})
    content = json.loads(compare_runs({"small": make_run()}, {"small": flipped}).model_dump_json())
    schema = json.loads(schema_text("run_diff"))
    jsonschema.validate(content, schema)
    assert content["format"] == "attune diff 1"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content | {"cohorts": []}, schema)


def test_a_p_that_crosses_the_level_is_a_decision(make_run) -> None:
    found = compared(make_run(), make_run("new", columns={"p_two_tailed": 0.0501}))
    assert [(decision.kind, decision.before, decision.after) for decision in found.decisions] == [
        ("significance", "significant", "not significant")
    ]
    assert [(number.before, number.after) for number in found.sentences[0].numbers] == [
        (".022", ".050")
    ]
    assert not found.cells


def test_a_p_that_stays_on_its_side_is_none(make_run) -> None:
    found = compared(make_run(), make_run("new", columns={"p_two_tailed": 0.0301}))
    assert not found.decisions
    assert found.statistics[0].digits


def test_a_result_that_becomes_undefined_is_a_decision(make_run) -> None:
    gone = dict.fromkeys(("estimate", "df", "p_two_tailed", "ci_low", "ci_high", "ci_level"))
    undefined = make_run("new", columns=gone | {"reason": "too few"})
    found = compared(make_run(), undefined)
    assert {(decision.kind, decision.after) for decision in found.decisions} == {
        ("significance", "undefined"),
        ("direction", "undefined"),
    }


def test_another_n_behind_the_same_digits_is_told(make_run) -> None:
    rows = [*ROWS[:2], ROWS[2] | {"n": 24}]
    printed = [dict(row) for row in make_run().printed]
    found = compared(make_run(), replace(make_run("new", rows=rows), printed=printed))
    (change,) = found.statistics
    assert (change.id, change.digits) == (N, False)
    assert [(field.field, field.before, field.after) for field in change.fields] == [
        ("n", None, 24)
    ]
    assert "(no printed digit)" in comparison_text(Comparison(same=False, cohorts=[found]))


def test_a_change_beyond_the_printed_digits_is_told_as_such(make_run) -> None:
    found = compared(make_run(), make_run("new", columns={"estimate": -0.4562}))
    (change,) = found.statistics
    assert not change.digits
    assert change.fields[0].units == pytest.approx(-0.1)
    assert not (found.cells or found.sentences or found.decisions)


def test_noise_of_the_last_bits_is_no_change(make_run) -> None:
    assert compared(make_run(), make_run("new", columns={"estimate": -0.4561 - 1e-15})).same


def test_new_removed_and_renamed_statistics(make_run) -> None:
    renamed = [ROWS[0], ROWS[1] | {"id": "conditions.iip.cohen_d"}, ROWS[2]]
    found = compared(make_run(), make_run("new", rows=renamed))
    (change,) = found.statistics
    assert (change.change, change.former_id) == ("renamed", "arms.iip.cohen_d")
    assert change.id == "conditions.iip.cohen_d"
    other = [ROWS[0], ROWS[1] | {"id": "conditions.iip.cohen_d", "estimate": 0.4}, ROWS[2]]
    found = compared(make_run(), make_run("new", rows=other))
    assert [statistic.change for statistic in found.statistics] == ["removed", "new"]


def test_equal_counts_of_distant_ids_are_no_renaming(make_run) -> None:
    rows = [*ROWS[:2], ROWS[2] | {"id": "retention.iip.last.n"}]
    found = compared(make_run(), make_run("new", rows=rows))
    assert sorted(statistic.change for statistic in found.statistics) == ["new", "removed"]
    near = [*ROWS[:2], ROWS[2] | {"id": "sample.kims_total.n"}]
    found = compared(make_run(), make_run("new", rows=near))
    assert [statistic.change for statistic in found.statistics] == ["renamed"]


def test_what_is_hidden_is_never_told(make_run) -> None:
    old = make_run(hidden={N: "small", R: "complementary"}, columns={"estimate": -0.3333})
    new = make_run("new", columns={"estimate": -0.4444})
    found = compared(old, new)
    text = found.model_dump_json() + comparison_text(Comparison(same=False, cohorts=[found]), True)
    assert "3333" not in text
    assert ".333" not in text
    change = next(statistic for statistic in found.statistics if statistic.id == R)
    assert change.hidden
    assert not change.fields
    assert not found.decisions
    both = compared(old, make_run("new", hidden={N: "small", R: "complementary"}))
    assert both.same, "of what both hide, not even that it changed is told"


def test_verdicts(make_run) -> None:
    verdict = {"id": "r_total", "label": "Total × IIP", "printed": "-.481", "kind": "r"}
    old = make_run(verdicts=[verdict | {"verdict": "recovered", "shown": "−.481"}])
    new = make_run("new", verdicts=[verdict | {"verdict": "sign_differs", "shown": ".481"}])
    (change,) = compared(old, new).verdicts
    assert (change.before, change.after) == ("recovered", "sign_differs")
    assert compared(old, old).same
    text = comparison_text(compare_runs({"small": old}, {"small": new}))
    assert "Total × IIP, printed -.481: recovered → sign differs" in text
    lacking = compared(old, make_run())
    assert not lacking.verdicts
    assert "Only the first run has verdicts; they cannot be compared." in lacking.notes


def test_what_the_runs_rest_on(make_run) -> None:
    record = json.loads(json.dumps(RECORD))
    record["inputs"]["study"][0]["sha256"] = "e" * 64
    record["inputs"]["measures"][0]["sha256"] = "f" * 64
    record["params"]["seed"]["value"] = 8
    record["code"]["sha256"] = "0" * 64
    record["versions"]["scipy"] = "1.18.0"
    found = compared(make_run(), make_run("new", record=record))
    assert [(source.kind, source.name, source.after) for source in found.sources] == [
        ("input", "workflow/studies/small.yaml", "e" * 12),
        ("config", "seed", "8"),
        ("code", "scripts/correlate_measures.py", "0" * 12),
        ("version", "scipy", "1.18.0"),
    ]
    assert found.same, "the results are"
    assert "choice seed: 7 → 8" in comparison_text(Comparison(same=True, cohorts=[found]))


def test_a_step_of_one_run_is_told_once(make_run) -> None:
    record = RECORD | {"rule": "judge_values"}
    more = {"correlate_measures": RECORD, "judge_values": record}
    found = compared(make_run(), make_run("new", records=more))
    assert [(source.kind, source.name) for source in found.sources] == [("step", "judge_values")]


def test_without_records_the_software_of_the_statistics_is_compared(make_run) -> None:
    old = make_run(records={})
    new = make_run("new", records={}, columns={"software": "scipy 1.18.0"})
    assert [
        (source.name, source.before, source.after) for source in compared(old, new).sources
    ] == [("scipy", "1.17.1", "1.18.0")]


def test_other_cohorts_and_studies_are_compared_and_said(make_run) -> None:
    found = compared(make_run(), make_run("new", cohort="large", study="other"))
    assert found.notes == [
        "Different cohorts are compared: small and large.",
        "The runs follow different studies: small and other.",
    ]


def test_a_rewritten_sentence_is_one_change(make_run) -> None:
    page = make_run().documents["manuscript"].replace("Nobody left", "Nobody has left early")
    changed = make_run("new", documents={"manuscript": page})
    assert [
        (sentence.before, sentence.after) for sentence in compared(make_run(), changed).sentences
    ] == [("Nobody left.", "Nobody has left early.")]
    other = page.replace("Nobody has left early", "All of them finished the treatment")
    gone = compared(make_run(), make_run("new", documents={"manuscript": other})).sentences
    assert {(entry.before, entry.after) for entry in gone} == {
        ("Nobody left.", None),
        (None, "All of them finished the treatment."),
    }


def test_moved_sentences_are_no_change(make_run) -> None:
    source = make_run().documents["manuscript"]
    moved = source.replace("Nobody left.\n", "").replace("# Results", "Nobody left.\n\n# Results")
    assert moved != source
    assert compared(make_run(), make_run("new", documents={"manuscript": moved})).same


def test_sentences_hold_no_markup(make_run) -> None:
    found = sentences(make_run().documents["manuscript"])
    assert found == [
        "title: Mindful",
        "Results",
        "Mindfulness was associated with change, r(23) = −.456, p = .022, 95% CI [−.720, −.070].",
        "Nobody left.",
        "Correlations",
    ]
    assert NUMBER.findall(found[2]) == ["23", "−.456", ".022", "95%", "−.720", "−.070"]


def test_rows_and_tables_that_come_and_go(make_run) -> None:
    table = make_run().tables["correlations"]
    longer = replace(table, rows=[*table.rows, table.rows[0] | {"r": ".100"}])
    found = compared(make_run(), make_run("new", tables={"correlations": longer})).cells
    assert [(entry.row, entry.column, entry.before) for entry in found] == [
        ("Mindfulness (2)", None, None)
    ]
    found = compared(make_run(), make_run("new", tables={})).cells
    assert [(entry.table, entry.row, entry.after) for entry in found] == [
        ("correlations", None, None)
    ]


NUMBERS = st.sampled_from([None, -0.5, 0.0, 0.049, 0.051, 0.5])


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Few ids and few values, so that runs share some, rename some and lose some."""
    ids = draw(st.lists(st.sampled_from("abcdef"), unique=True, max_size=5))
    stored, printed, rows, lines = [], [], [], []
    for letter in ids:
        value, p = draw(NUMBERS), draw(NUMBERS)
        identifier = f"family.{letter}.pearson_r"
        stored.append({"id": identifier, "statistic": "pearson_r", "estimate": value, "n": 9})
        told = None if value is None else f"{value:.2f}"
        sign = None if value is None else "negative" if value < 0 else "positive"
        printed.append(
            {"id": identifier, "estimate": told, "result": f"*r* = {told}", "direction": sign}
            | {"significant": None if p is None else p < 0.05, "reason": None, "interval": None}
        )
        row = {"group": None, "r": told, "r_id": letter}
        rows.append(row | {"label": draw(st.sampled_from("xyz"))})
        lines.append(draw(st.sampled_from(["It was {}.", "There {} were {}.", "None."])))
    text = "\n\n".join(line.format(*[row["r"]] * 2) for line, row in zip(lines, rows, strict=True))
    table = TableRows("manuscript", "Title", {"label": "", "r": "*r*"}, rows)
    return Run("run", "small", "", stored, printed, {"t": table}, {"manuscript": text})


def mirrored(found: RunDifference) -> dict[str, list]:
    """The comparison as its mirror image should tell it."""

    def turned(each):
        told = each.model_dump()
        for name in [name for name in told if name.startswith(("before", "printed_before"))]:
            twin = name.replace("before", "after")
            told[name], told[twin] = told[twin], told[name]
        if told.get("change") in ("new", "removed"):
            told["change"] = {"new": "removed", "removed": "new"}[told["change"]]
        if told.get("former_id"):
            told["id"], told["former_id"] = told["former_id"], told["id"]
        for inner in told.get("fields", []) + told.get("numbers", []):
            inner["before"], inner["after"] = inner["after"], inner["before"]
            for name in ("difference", "units"):
                if inner.get(name) is not None:
                    inner[name] = -inner[name]
        return told

    return {part: [turned(entry) for entry in getattr(found, part)] for part in PARTS}


PARTS = ("decisions", "statistics", "cells", "sentences")


def in_any_order(entries: list[dict]) -> list[str]:
    """Entries as text; which of two ids a cell tells depends on the order of the runs."""
    return sorted(
        json.dumps(
            {name: value for name, value in entry.items() if "table" not in entry or name != "id"}
        )
        for entry in entries
    )


@settings(max_examples=examples(100, many=2_000))
@given(runs(), runs())
def test_there_and_back_is_the_same_comparison(before: Run, after: Run) -> None:
    assert compared(before, before).same
    there, back = compared(before, after), compared(after, before)
    for part, entries in mirrored(there).items():
        told = [entry.model_dump() for entry in getattr(back, part)]
        assert in_any_order(told) == in_any_order(entries)
    assert there.same == back.same


def test_a_sentence_that_is_printed_twice_is_told_once(make_run) -> None:
    def twice(run: Run) -> Run:
        source = run.documents["manuscript"]
        line = next(line for line in source.splitlines() if line.startswith("Mindfulness was"))
        return replace(run, documents={"manuscript": f"{source}\n# Abstract\n\n{line}\n"})

    new = make_run("new", columns={"p_two_tailed": 0.0501})
    found = compared(twice(make_run()), twice(new))
    assert [sentence.times for sentence in found.sentences] == [2]
    text = comparison_text(Comparison(same=False, cohorts=[found]))
    sentence = "Mindfulness was associated with change, … −.456, p = [-.022,-]{+.050,+} 95% CI"
    assert f"manuscript (2 times): {sentence}" in text


def test_statistics_on_which_a_decision_turned_come_first(make_run) -> None:
    rows = [ROWS[0] | {"p_two_tailed": 0.0501}, ROWS[1] | {"estimate": 0.41}, ROWS[2]]
    found = compared(make_run(), make_run("new", rows=rows))
    assert [statistic.id for statistic in found.statistics] == [R, "arms.iip.cohen_d"]
