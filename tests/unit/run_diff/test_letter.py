"""The draft of the letter: what it says, what it leaves to its author, what it never tells."""

import json

from tests.unit.run_diff.conftest import RECORD, N, R

from attune.run_diff import compare_runs, letter_text

FLIPPED = """\
<!-- A draft. Replace every TODO; then delete this line. -->

TODO: place and date

Dear TODO: name of the editor,

we have run the analyses of our manuscript TODO: title and number again. This letter tells what \
changed since the version that you have.

## Conclusions

These results are decided otherwise now:

* significance: significant before (r(23) = −.456, p = .022, 95% CI \\[−.72, −.07\\]), not \
significant now (r(23) = −.300, p = .150, 95% CI \\[−.72, −.07\\]); `outcome.kims.iip.pearson_r`

TODO: say what that means for the conclusions of the paper.

## Why

Between the two versions, the following changed:

* choice `seed`: 7 before, 8 now

TODO: say for each why it was changed, and which of the results follow from it.

## Tables

| Table | Cell | Before | Now |
|:--|:--|:--|:--|
| Correlations | Mindfulness, r, IIP | −.456 | −.300 |

## Text

* manuscript: “Mindfulness was associated with change, r(23) = **−.456,** p = **.022,** 95% CI \
\\[−.72, −.07\\].” now reads “Mindfulness was associated with change, r(23) = **−.300,** p = \
**.150,** 95% CI \\[−.72, −.07\\].”

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
    assert "No printed result changed its significance or its sign." in text
    assert "TODO: say why. The records of the two runs name no input" in text


def test_nothing_changed(make_run) -> None:
    text = letter_text(compare_runs({"small": make_run()}, {"small": make_run("new")}))
    assert "All statistics, tables and sentences are the same as before." in text
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
    assert "Total × IIP, printed -.481: recovered before, decision differs now" in text.replace(
        "\\", ""
    )
    assert "TODO: say why, value by value." in text


def test_hidden_numbers_stay_hidden(make_run) -> None:
    old = make_run(columns={"estimate": -0.3333}, hidden={N: "small", R: "beside"})
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
    assert "\\<b\\>\\|bold\\</b\\>, printed 1\\*:" in letter_text(compare_runs(*runs))
