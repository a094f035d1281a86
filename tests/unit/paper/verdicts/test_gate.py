"""The gate: what stops a run, and what it says."""

import json
from typing import Any

import pytest
import yaml
from tests.unit.paper.verdicts.small_paper import (
    findings,
    paper,
    printed,
    reasons,
    statistic,
    store,
)

from attune.paper.verdicts.gate import accepted_summary, check_verdicts
from attune.paper.verdicts.judge import judge_values
from attune.specs.errors import VerdictError
from attune.specs.reasons import Reasons
from attune.store.frame_rows import frame_rows

LEDGER = paper(printed("r"), printed("m", "133", "mean"), printed("t", ".58", "t"))
ROWS = store(
    statistic("a.r", estimate=0.456, n=26),
    statistic("a.m", estimate=132.1, n=25),
    statistic("a.t", estimate=-0.58, n=25),
)
M = {"value": "m", "verdict": "differs"}
T = {"value": "t", "verdict": "sign_differs"}


def verdicts(given: Reasons | None) -> list[dict[str, Any]]:
    return frame_rows(judge_values(LEDGER, ROWS, findings(), given, synthetic=False))


def refused(*entries: dict[str, Any]) -> str:
    given = reasons(*entries) if entries else None
    with pytest.raises(VerdictError) as caught:
        check_verdicts("small", "paper", verdicts(given), given)
    return str(caught.value)


def test_all_accepted_passes() -> None:
    given = reasons(M, T)
    check_verdicts("small", "paper", verdicts(given), given)


def test_all_changed_verdicts_are_reported_at_once() -> None:
    text = refused()
    assert "results/small/verdict.html" in text
    assert "m: printed 133, computed 132: differs; it needs a reason." in text
    assert "t: printed .58, computed −0.58: sign_differs; it needs a reason." in text


def test_the_suggested_entries_make_the_gate_pass() -> None:
    text = refused().partition("note and by:\n\n")[2]
    content = yaml.safe_load(text)
    assert [entry["value"] for entry in content["reasons"]] == ["m", "t"]
    for entry in content["reasons"]:
        assert entry["note"] == entry["by"] == ""  # a person has to write them
        entry |= {"note": "Looked at.", "by": "A. Reader"}
    given = Reasons.model_validate(content)
    check_verdicts("small", "paper", verdicts(given), given)


def test_a_changed_verdict_is_reported_with_the_accepted_one() -> None:
    text = refused(M, T | {"verdict": "differs"})
    assert "sign_differs; accepted was differs." in text
    assert "in place of their old entries" in text
    assert "m: printed" not in text


def test_a_value_that_matches_again_needs_no_reason() -> None:
    text = refused(M, T, {"value": "r", "verdict": "differs"})
    assert "data/small/reasons.yaml: r matches again (reproduced_exactly); remove its entry" in text
    assert "note:" not in text


def test_unknown_values_are_reported() -> None:
    text = refused(M, T, {"value": "rr", "verdict": "differs"})
    assert "'rr' is not a printed value. Did you mean 'r'?" in text


def test_reasons_about_another_paper() -> None:
    given = reasons(M, T)
    with pytest.raises(VerdictError, match="is about 'paper', but the cohort's publication is"):
        check_verdicts("small", "other", verdicts(given), given)


def test_an_empty_note_is_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match="say in a sentence what was found out"):
        reasons(M | {"note": ""})


def test_what_was_let_through_is_written() -> None:
    ledger = paper(*LEDGER.model_dump(exclude_none=True)["values"], printed("q", quoted="there"))
    frame = judge_values(ledger, ROWS, findings(), reasons(M, T), synthetic=False)
    text = accepted_summary("small", "paper", frame_rows(frame))
    assert "NaN" not in text
    content = json.loads(text)
    assert content["verdicts"] == {
        "differs": 1,
        "not_compared": 1,
        "reproduced_exactly": 1,
        "sign_differs": 1,
    }
    assert [(entry["id"], entry["by"]) for entry in content["accepted"]] == [
        ("m", "A. Reader"),
        ("t", "A. Reader"),
        ("q", None),
    ]
    assert content["enforced"] is True
