"""The check of a cohort: what maps, how its scales hold together, and what can be estimated."""

import dataclasses
import json

import pytest
from tests.unit.documents.cohort_page.people import N, people, questionnaires, study, tables
from tests.unit.intake.small_cohort import INSTRUMENTS, MOOD

from attune.analyses.gains.estimate import MINIMUM_PAIRS
from attune.documents.cohort_page import CohortCheck, check_cohort
from attune.documents.cohort_page.cohort_check import Finding, Place
from attune.documents.cohort_page.text_summary import text_summary
from attune.stats.alpha import cronbach_alpha


def check(sheets=None, cohort=None, plan=None, **choices) -> CohortCheck:  # type: ignore[no-untyped-def]
    return check_cohort(
        tables() if sheets is None else sheets,
        cohort or people(),
        INSTRUMENTS,
        plan or study(),
        **choices,
    )


def reasons(found: CohortCheck) -> dict[tuple[str, str], tuple[int, str]]:
    return {
        (analysis.analysis, analysis.terms): (analysis.n, analysis.reason)
        for analysis in found.analyses
    }


def test_a_sound_cohort_can_be_used() -> None:
    found = check()
    assert found.usable
    assert (found.n_dyads, found.n_therapists, found.count("error")) == (N, 9, 0)
    assert {
        questionnaire.name: questionnaire.n_answered for questionnaire in found.questionnaires
    } == {
        "mood (patient, intake)": N,
        "mood (patient, termination)": N,
    }
    first = found.questionnaires[0]
    assert (first.columns, first.path, first.version) == ("mood_{item}", "intake.csv", "1.0")
    assert "source" in first.key
    assert reasons(found) == {
        ("gain", "Mood after, adjusted for Mood before"): (N, ""),
        ("ages", "Age with Mood before"): (N, ""),
        ("ages", "Age with Mood"): (N, ""),
        ("arms", "Mood before"): (N, ""),
        ("arms", "Mood"): (N, ""),
    }


def test_scales_have_the_alpha_of_their_keyed_items() -> None:
    found = check()
    total = next(scale for scale in found.scales if scale.scale == "total")
    keyed = tables()["intake"][["mood_1", "mood_2", "mood_3"]].astype(int)
    keyed["mood_3"] = 4 - keyed["mood_3"]
    assert total.alpha == pytest.approx(cronbach_alpha(keyed))
    assert (total.n, total.n_complete, total.n_partial, total.n_without) == (N, N, 0, 0)
    assert total.low is not None and total.high is not None and total.alpha is not None
    assert total.low < total.alpha < total.high
    assert not any(item.finding for item in total.items)
    ratio = next(scale for scale in found.scales if scale.scale == "intensity")
    assert not ratio.consistent and ratio.alpha is None


def test_a_turned_item_is_named() -> None:
    found = check(tables(turned=3))
    total = next(scale for scale in found.scales if scale.scale == "total")
    assert [item.item for item in total.items if item.finding] == [3]
    assert total.items[2].alpha_if_reversed > 0.8 > total.alpha  # type: ignore[operator]
    assert "item 3 (column mood_3)" in text_summary(found)


def test_left_out_items_are_counted_by_item_and_by_dyad() -> None:
    sheets = tables()
    sheets["intake"].loc[2:5, "mood_2"] = ""
    sheets["intake"].loc[6:7, ["mood_1", "mood_2", "mood_3"]] = ""
    sheets["termination"] = sheets["termination"].drop(index=[6])
    found = check(sheets)
    intake, termination = found.missing_items
    assert (intake.n_returned, intake.n_complete, intake.missing) == (N - 2, N - 6, (0, 4, 0))
    assert intake.share == pytest.approx(4 / (3 * (N - 2)))
    assert termination.n_returned == N - 1
    counts = found.missing_by_dyad.counts
    # Of six items, four people lack one (up to 20%), one lacks three, one lacks all.
    assert sum(counts) == N
    assert (counts[0], counts[2], counts[5], counts[-1]) == (N - 6, 4, 1, 1)
    total = next(scale for scale in found.scales if scale.scale == "total")
    assert (total.n_complete, total.n_partial, total.n_without) == (N - 6, 4, 0)


def test_a_measure_without_questionnaire_skips_what_needs_it() -> None:
    found = check(cohort=people(questionnaires=questionnaires("intake")))
    assert not found.usable
    assert any("measures.after" in problem for problem in found.plan_problems)
    message = reasons(found)
    assert message["ages", "Age with Mood before"] == (N, "")
    for key in (
        ("gain", "Mood after, adjusted for Mood before"),
        ("ages", "Age with Mood"),
        ("arms", "Mood"),
    ):
        n, reason = message[key]
        assert n == 0
        assert "Mood after: the cohort has no mood (patient, termination)" in reason


def test_no_condition_skips_the_comparisons_only() -> None:
    sample = people().sample.model_dump(exclude_none=True) | {"condition": None}
    found = check(cohort=people(sample=sample))
    message = reasons(found)
    assert message["ages", "Age with Mood"] == (N, "")
    assert "declares no treatment condition" in message["arms", "Mood before"][1]


def test_a_constant_measure_and_too_few_dyads_are_skipped_with_the_reason() -> None:
    sheets = tables()
    sheets["who"]["age"] = "30"
    sheets["termination"] = sheets["termination"].iloc[: MINIMUM_PAIRS - 1]
    message = reasons(check(sheets))
    assert "The same value in all 40 dyads: age" in message["ages", "Age with Mood before"][1]
    n, reason = message["gain", "Mood after, adjusted for Mood before"]
    assert n == MINIMUM_PAIRS - 1
    assert "at least 4 dyads" in reason


def test_a_condition_of_one_dyad_is_not_compared() -> None:
    sheets = tables()
    sheets["who"]["arm"] = "a"
    sheets["who"].loc[2, "arm"] = "b"
    n, reason = reasons(check(sheets))["arms", "Mood before"]
    assert n == N
    assert "at least 2 dyads per condition, found Usual 1" in reason


def test_imputed_data_that_the_study_does_not_make() -> None:
    arms = {"title": "Arms", "measures": ["before"], "dataset": "imputed"}
    message = reasons(check(plan=study(conditions={"arms": arms})))
    assert "imputes nothing" in message["arms", "Mood before"][1]


def test_errors_do_not_stop_it() -> None:
    sheets = tables()
    sheets["intake"].loc[4, "mood_1"] = "9"
    sheets["intake"].loc[5, "id"] = sheets["intake"].loc[6, "id"]
    sheets["who"].loc[7, "id"] = sheets["who"].loc[8, "id"]
    found = check(sheets)
    assert not found.usable
    rules = {finding.rule for finding in found.findings if finding.severity == "error"}
    assert {"response_out_of_range", "duplicate_questionnaire", "duplicate_dyad"} <= rules
    assert found.n_dyads == N - 1
    assert found.questionnaires[0].n_answered == N
    n, reason = reasons(found)["ages", "Age with Mood before"]
    assert (n, reason) == (N - 2, "")


def test_a_file_without_its_columns_is_checked_all_the_same() -> None:
    sheets = tables()
    sheets["intake"] = sheets["intake"].drop(columns="mood_2")
    found = check(sheets)
    assert found.questionnaires[0].n_answered == 0
    assert "could not be read" in reasons(found)["ages", "Age with Mood before"][1]


def test_an_empty_sample_sheet_is_checked_all_the_same() -> None:
    sheets = tables()
    sheets["who"] = sheets["who"].drop(columns="patient")
    found = check(sheets)
    assert found.n_dyads == 0
    assert not found.missing_by_dyad.counts
    assert "cannot be used yet" in text_summary(found)


@pytest.mark.parametrize("show_values", ["codes", "all", "none"])
def test_no_part_of_it_names_anybody(show_values: str) -> None:
    sheets = tables(turned=3)
    sheets["intake"].loc[4, "mood_1"] = "9"
    sheets["intake"].loc[5, "id"] = sheets["intake"].loc[6, "id"]
    sheets["termination"].loc[8, "id"] = "SECRET99"
    sheets["who"].loc[7, "id"] = sheets["who"].loc[8, "id"]
    sheets["who"].loc[9, "patient"] = ""
    sheets["who"].loc[10, "age"] = "7"
    found = check(sheets, show_values=show_values, most_places=None)
    text = json.dumps(dataclasses.asdict(found)) + text_summary(found, most_lines=None)
    assert found.count("error") >= 5
    assert "SECRET" not in text


def test_status_and_pitfalls_of_the_key_are_shown() -> None:
    warned = MOOD.model_copy(update={"pitfalls": ["Item 3 is often forgotten."]})
    found = check_cohort(tables(), people(), {"mood": warned}, study())
    assert found.questionnaires[0].pitfalls == ("Item 3 is often forgotten.",)
    assert f"1.0, a key {found.questionnaires[0].key})" in text_summary(found)


def test_one_alpha_is_no_range() -> None:
    found = check()
    scale = next(one for one in found.scales if one.alpha is not None)
    alike = [dataclasses.replace(scale, alpha=alpha) for alpha in (0.8511, 0.8489)]
    assert "; alpha .85. " in text_summary(dataclasses.replace(found, scales=tuple(alike)))
    apart = [dataclasses.replace(scale, alpha=alpha) for alpha in (0.85, 0.9)]
    said = text_summary(dataclasses.replace(found, scales=tuple(apart)))
    assert "; alpha from .85 to .90. " in said


def test_answers_of_therapists_about_themselves_count_once() -> None:
    sheets = tables()
    items = ["mood_1", "mood_2", "mood_3"]
    therapists = sheets["who"]["therapist"]
    repeated = sheets["intake"].copy()
    repeated[items] = repeated[items].groupby(therapists).transform("first")
    entries = questionnaires("intake")
    entries[0] |= {"rater": "therapist"}
    plan = study(outcomes={}, correlations={}, conditions={}, measures={})
    declared = people(questionnaires=entries)
    found = check(sheets | {"intake": repeated}, declared, plan)
    total = next(scale for scale in found.scales if scale.scale == "total")
    keyed = repeated[~therapists.duplicated()][items].astype(int)
    keyed["mood_3"] = 4 - keyed["mood_3"]
    assert (total.n, total.n_complete) == (9, 9)
    assert total.alpha == pytest.approx(cronbach_alpha(keyed))
    rated = check(sheets, declared, plan)
    assert next(scale for scale in rated.scales if scale.scale == "total").n == N


def test_one_message_about_many_columns_is_one_line() -> None:
    places = tuple(
        Place(
            path="a.csv",
            row=row,
            column=f"q{column}",
            item=column,
            value="x",
            what="is not a code.",
        )
        for column in range(1, 8)
        for row in (2, 3)
    )
    finding = Finding(
        rule="text_in_number",
        severity="error",
        finds="text in place of a number",
        remedies=("Correct the cells.",),
        n=14,
        by_file={"a.csv": 14},
        places=places,
    )
    text = text_summary(dataclasses.replace(check(), findings=(finding,)))
    assert text.count("is not a code.") == 1
    assert (
        "a.csv, rows 2 to 3, columns q1, q2, q3, q4, q5 and 2 more: is not a code. (14 times)"
        in text
    )
    few = dataclasses.replace(finding, n=6, places=places[:6])
    text = text_summary(dataclasses.replace(check(), findings=(few,)))
    assert text.count("is not a code.") == 3
