"""The draft of the letter: what it says, what it leaves to its author, what it never tells."""

import json

from tests.unit.record.run_diff.conftest import RECORD, ROWS, N, R

from attune.printing.text import sourced
from attune.record.run_diff import TableRows, compare_runs, letter_text

FLIPPED = """\
<!-- A draft. Replace every TODO; then delete this line. -->

TODO: place and date

Dear TODO: name of the editor,

we have run the analyses of our manuscript TODO: title and number again. This letter lists what \
changed since the version that you have.

## Conclusions

These planned tests changed significance or sign:

* `outcome.kims.iip.pearson_r`: significant before (r(23) = −.456, p = .022, \
95% CI [−.720, −.070]), not significant now (r(23) = −.300, p = .150, 95% CI [−.720, −.070])

TODO: state what that means for the conclusions of the paper.

## Why

Between the two versions, the following changed:

* choice `seed`: 7 before, 8 now

TODO: state for each why it was changed, and which of the results follow from it.

## Tables

| Table | Cell | Before | Now |
|:--|:--|:--|:--|
| Correlations | Mindfulness, r, IIP | −.456 | −.300 |

## Text

* manuscript: “Mindfulness was associated with change, r(23) = **−.456,** p = **.022,** 95% CI \
[−.720, −.070].” now reads “Mindfulness was associated with change, r(23) = **−.300,** p = \
**.150,** 95% CI [−.720, −.070].”

Sincerely,

TODO: names
"""


def test_a_changed_decision_from_head_to_foot(make_run) -> None:
    record = json.loads(json.dumps(RECORD))
    record["params"]["seed"]["value"] = 8
    new = make_run("new", columns={"estimate": -0.3, "p_two_tailed": 0.15}, record=record)
    assert letter_text(compare_runs({"small": make_run()}, {"small": new})) == FLIPPED


def test_without_a_known_cause_the_author_is_asked(make_run) -> None:
    new = make_run("new", columns={"p_two_tailed": 0.03})
    text = letter_text(compare_runs({"small": make_run()}, {"small": new}))
    assert "No printed result changed its significance, and no significant one its sign." in text
    assert "TODO: give the reason. According to the records of the two runs, no input" in text


def test_nothing_changed(make_run) -> None:
    text = letter_text(compare_runs({"small": make_run()}, {"small": make_run("new")}))
    assert "All statistics, tables, and sentences are the same as before." in text
    assert "Conclusions" not in text


def test_nothing_changed_but_what_it_rests_on(make_run) -> None:
    new = make_run("new", record=RECORD | {"versions": {"scipy": "1.18.0"}})
    text = letter_text(compare_runs({"small": make_run()}, {"small": new}))
    assert "although these changed:\n\n* package `scipy`: 1.17.1 before, 1.18.0 now" in text


def test_verdicts_are_told_value_by_value(make_run) -> None:
    verdict = {"id": "r_total", "label": "Total × IIP", "printed": "-.481", "kind": "r"}
    runs = [
        {"small": make_run(verdicts=[verdict | {"verdict": word, "shown": "x"}])}
        for word in ("recovered", "decision_differs")
    ]
    text = letter_text(compare_runs(*runs))
    told = "recovered before, decision differs now:\n\n* Total × IIP, published as -.481\n"
    assert told in text.replace("\\", "")
    assert "TODO: give the reason, value by value." in text


def test_hidden_numbers_stay_hidden(make_run) -> None:
    old = make_run(columns={"estimate": -0.3333}, hidden={N: "small", R: "complementary"})
    new = make_run("new", columns={"estimate": -0.4444}, hidden={N: "small"})
    text = letter_text(compare_runs({"small": old}, {"small": new}))
    assert ".333" not in text
    assert "withheld" not in text or ".444" in text


def test_names_from_files_stay_text(make_run) -> None:
    verdict = {"id": "x", "label": "<b>|bold</b>", "printed": "1*", "kind": "r"}
    runs = [
        {"small": make_run(verdicts=[verdict | {"verdict": word, "shown": "x"}])}
        for word in ("recovered", "differs")
    ]
    assert "\\<b\\>\\|bold\\</b\\>, published as 1\\*" in letter_text(compare_runs(*runs))


def other_method(make_run, name: str, r: dict, rho: dict, **parts):
    """A run whose plan has a second method beside r."""
    second = ROWS[0] | {"id": R.replace("pearson_r", "spearman_rho"), "statistic": "spearman_rho"}
    page = "---\n---\n" + str(sourced("r", R)) + " " + str(sourced("rho", second["id"]))
    rows = [ROWS[0] | r, second | rho, *ROWS[1:]]
    return make_run(name, rows=rows, documents={"manuscript": page}, **parts)


def test_planned_tests_come_before_other_methods_and_in_words(make_run) -> None:
    lost = {"estimate": -0.3, "p_two_tailed": 0.15}
    titles = {R: "Pearson correlation: Mindfulness with IIP"}
    runs = [
        {"small": other_method(make_run, "run", change, change, titles=titles)}
        for change in ({}, lost)
    ]
    text = letter_text(compare_runs(*runs))
    planned, beside = text.partition("Apart from the planned tests")[::2]
    assert "* Pearson correlation: Mindfulness with IIP: significant before" in planned
    assert "spearman_rho" not in planned
    assert "spearman_rho`: significant before" in beside


def test_a_sign_of_what_is_not_significant_is_told_as_such(make_run) -> None:
    faint = [{"estimate": number, "p_two_tailed": 0.9} for number in (-0.02, 0.03)]
    runs = [{"small": other_method(make_run, "run", entry, entry)} for entry in faint]
    difference = compare_runs(*runs).cohorts[0]
    assert [decision.standing for decision in difference.decisions] == ["sign_only", "sign_only"]
    assert not difference.decided
    text = letter_text(compare_runs(*runs))
    assert "No printed result changed its significance" in text
    told = text.partition("changed only their sign")[2].partition("## Why")[0]
    assert f"`{R}`: negative before" in told
    assert "spearman_rho" not in told
    assert "The same holds for 1 result by other methods" in told


def test_the_sign_of_a_significant_result_is_a_decision(make_run) -> None:
    runs = [{"small": make_run(columns={"estimate": number})} for number in (-0.4561, 0.4561)]
    assert [decision.standing for decision in compare_runs(*runs).cohorts[0].decisions] == [
        "planned"
    ]


def test_of_the_supplement_only_the_number_of_changed_entries_is_told(make_run) -> None:
    runs = []
    for cell in ("1", "2"):
        row = {"label": "Mindfulness", "group": None, "r": cell, "r_id": R}
        table = TableRows("supplement", "Details", {"label": "Measure", "r": "r"}, [row])
        runs.append({"small": make_run(tables={"details": table})})
    text = letter_text(compare_runs(*runs))
    assert "In the tables of the supplement, this many entries changed:\n\n* Details: 1" in text
    assert "| Details |" not in text


def test_the_same_numbers_are_told_once(make_run) -> None:
    """Another level decides otherwise on the same r and p."""
    old = make_run()
    strict = [row | {"significant": False} if row["id"] == R else row for row in old.printed]
    text = letter_text(compare_runs({"small": old}, {"small": make_run("new", printed=strict)}))
    assert f"`{R}`: significant before, not significant now (both times r(23) = −.456" in text
