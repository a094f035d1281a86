"""Scores that open data files hold, reproduced from their items; and faults found without a hint.

ds000030: UCLA Consortium for Neuropsychiatric Phenomics, 272 people (CC0). ds4psy: a trial of
positive psychology exercises, 992 questionnaires of 295 people (CC BY-SA 4.0).
"""

import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from attune.intake.validation import ValidatedCohort, validate_responses
from attune.specs.closed_model import read_as
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune_files.raw.sheets import read_raw_sheets
from attune_files.yaml_file import read_instruments

KEYS = Path(__file__).parents[2] / "workflow" / "instruments"
PEOPLE = 272
QUESTIONNAIRES = 992
HSCL = {
    "gsi": "hopkins_globalseverity",
    "somatization": "hopkins_somatization",
    "obsessive_compulsive": "hopkins_obscomp",
    "interpersonal_sensitivity": "hopkins_intsensitivity",
    "anxiety": "hopkins_anxiety",
    "depression": "hopkins_depression",
}
BIS = {
    "attentional": "bis_2attimp",
    "motor": "bis_2motimp",
    "nonplanning": "bis_2npimp",
    "attention": "bis_1atten",
    "cognitive_instability": "bis_1coginst",
    "motor_first_order": "bis_1mot",
    "perseverance": "bis_1pers",
    "self_control": "bis_1sc",
    "cognitive_complexity": "bis_1cogcom",
    "brief": "bis_briefbis",
}
HAMILTON_COLUMNS = [f"hamilton{item}" for item in (*range(1, 16), "16a", "16b", 17)]
HAMILTON = {
    "instrument": "ham_d",
    "version": "1.0",
    "name": "Hamilton Depression Scale, 17 items",
    "abbreviation": "HAM-D",
    "citation": "none",
    "citation_key": "none",
    "raters": ["observer"],
    "n_items": len(HAMILTON_COLUMNS),
    "response": {"minimum": 0, "maximum": 4},
    "scales": {"total": {"label": "Total", "aggregation": "sum", "items": "all"}},
    "missing": {"rule": "complete", "source": "the codebook of the file names no other"},
    "confidence": {"level": "1-source", "note": "The codebook of the file."},
    "licence": "none",
}


@pytest.fixture(scope="module")
def data() -> Path:
    """The folder of open data."""
    if "ATTUNE_REFERENCE" not in os.environ:
        pytest.skip("ATTUNE_REFERENCE names no folder of references")
    return Path(os.environ["ATTUNE_REFERENCE"]) / "data"


def validated(
    folder: Path,
    file: dict[str, str],
    sample: dict[str, Any],
    questionnaires: list[dict[str, Any]],
    keys: dict[str, Instrument],
    missing_codes: tuple[str, ...] = (),
) -> ValidatedCohort:
    """One file that is sample sheet and questionnaires at once, read as the first step does."""
    content = {
        "cohort": "open",
        "title": "Open data",
        "study": "open",
        "synthetic": False,
        "source": "open data",
        "licence": "open",
        "missing_codes": list(missing_codes),
        "files": {"answers": file},
        "sample": {"file": "answers", "patient": file["dyad"]} | sample,
        "questionnaires": [{"file": "answers"} | questionnaire for questionnaire in questionnaires],
    }
    cohort = read_as(Cohort, content, "cohort.yaml")
    return validate_responses(read_raw_sheets(folder, cohort), cohort, keys, {})


def counted(found: ValidatedCohort) -> Counter[str]:
    """How often each rule was broken, notes left out."""
    return Counter(violation.rule for violation in found.violations if violation.severity != "note")


def key(name: str, **changes: Any) -> dict[str, Instrument]:
    """A shipped key, or a spoilt copy of it."""
    found = read_instruments([KEYS / f"{name}.yaml"])[name]
    return {name: found.model_copy(update=changes)}


def one_file(
    data: Path, name: str, stem: str, scores: dict[str, str], keys: dict[str, Instrument]
) -> ValidatedCohort:
    """One questionnaire of ds000030, each item in a column of its number, in any order."""
    [instrument] = keys
    return validated(
        data / "ds000030",
        {"path": f"{name}.tsv", "dyad": "participant_id", "delimiter": "tab"},
        {},
        [
            {
                "instrument": instrument,
                "rater": "patient",
                "occasion": "baseline",
                "columns": {
                    item: f"{stem}{item}" for item in range(1, keys[instrument].n_items + 1)
                },
                "scores_in_file": scores,
            }
        ],
        keys,
    )


@pytest.mark.parametrize(
    ("instrument", "name", "scores"),
    [("hscl_58", "hopkins", HSCL), ("bis_11", "barratt", BIS)],
)
def test_every_score_of_272_people(
    data: Path, instrument: str, name: str, scores: dict[str, str]
) -> None:
    found = one_file(data, name, name, scores, key(instrument))
    assert found.responses.num_rows == PEOPLE
    # Every scale of the key is compared, but for the total that the file does not hold.
    assert set(scores) >= set(key(instrument)[instrument].scales) - {"total"}
    rules = counted(found)
    assert rules["score_in_file_differs"] == rules["score_in_file_partial"] == 0


def test_a_key_without_its_reversals_gives_other_scores(data: Path) -> None:
    found = one_file(data, "barratt", "barratt", {"brief": BIS["brief"]}, key("bis_11", reverse=[]))
    assert counted(found)["score_in_file_differs"] > 0.8 * PEOPLE
    assert found.responses.num_rows == 0


def happiness(data: Path, **changes: Any) -> ValidatedCohort:
    """AHI and CES-D of ds4psy: one row per person and occasion, the CES-D stored as 1 to 4."""
    on_occasion = {
        "rater": "patient",
        "sessions": list(range(6)),
        "occasion": "occasion_{session}",
        "rows": {"occasion": "{session}.0"},
    }
    ahi = {"instrument": "ahi", "columns": {i: f"ahi{i:02d}" for i in range(1, 25)}}
    ces_d = {"instrument": "ces_d", "columns": {i: f"cesd{i:02d}" for i in range(1, 21)}}
    return validated(
        data / "ds4psy",
        {"path": "posPsy.csv", "dyad": "id"},
        {"rows": {"occasion": "0.0"}},
        [
            on_occasion | ahi | {"scores_in_file": {"total": "ahiTotal"}},
            on_occasion | ces_d | {"scores_in_file": {"total": "cesdTotal"}, "lowest_code": 1},
        ],
        key("ahi") | key("ces_d", **changes),
    )


def test_every_total_of_992_questionnaires(data: Path) -> None:
    found = happiness(data)
    rows: Counter[str] = Counter()
    for questionnaire in found.questionnaires:
        rows[questionnaire.declared.instrument] += len(questionnaire.dyads)
    assert rows == {"ahi": QUESTIONNAIRES, "ces_d": QUESTIONNAIRES}
    rules = counted(found)
    assert rules["score_in_file_differs"] == rules["score_in_file_partial"] == 0


def test_the_comparison_would_see_a_wrong_key(data: Path) -> None:
    rules = counted(happiness(data, reverse=[4, 8, 12]))
    assert rules["score_in_file_differs"] > 0.6 * QUESTIONNAIRES


def test_the_same_person_twice_on_one_occasion_is_found(data: Path) -> None:
    twice = [
        violation
        for violation in happiness(data).violations
        if violation.rule == "duplicate_questionnaire"
    ]
    assert {entry.severity for entry in twice} == {"error"}
    assert len(twice) == 2
    for dyad, occasion in (("8.0", 2), ("64.0", 4)):
        [said] = [entry.message for entry in twice if entry.dyad == dyad]
        # One error per row; it names the first of the questionnaires in it.
        assert f"ahi (patient, occasion_{occasion})" in said
        assert re.fullmatch(rf"dyad '{dyad}' has answered .* already, in row \d+\.", said)


def hamilton(data: Path, *missing_codes: str) -> ValidatedCohort:
    """HAM-D-17 of ds000030; its items have other ranges each, of which 0 to 4 is the widest."""
    return validated(
        data / "ds000030",
        {"path": "hamilton.tsv", "dyad": "participant_id", "delimiter": "tab"},
        {},
        [
            {
                "instrument": "ham_d",
                "rater": "observer",
                "occasion": "baseline",
                "columns": dict(enumerate(HAMILTON_COLUMNS, start=1)),
                "scores_in_file": {"total": "hamd_17"},
            }
        ],
        {"ham_d": read_as(Instrument, HAMILTON, "ham_d.yaml")},
        ("n/a", *missing_codes),
    )


def test_the_sentinel_is_found_without_being_told(data: Path) -> None:
    found = [
        violation
        for violation in hamilton(data).violations
        if violation.rule == "response_out_of_range"
    ]
    assert len(found) == 27
    assert {(entry.severity, entry.column, entry.value) for entry in found} == {
        ("error", "hamilton16b", "-9999")
    }
    assert {entry.message for entry in found} == {"found '-9999'; allowed are 0 to 4."}
    assert 'add "-9999" to missing_codes' in found[0].remedy


def test_totals_that_skip_the_sentinel_silently_are_named(data: Path) -> None:
    found = hamilton(data, "-9999")
    assert counted(found)["dyad_without_questionnaires"] == 130
    assert counted(found)["score_in_file_differs"] == 0
    partial = [
        violation for violation in found.violations if violation.rule == "score_in_file_partial"
    ]
    # 27 with the sentinel, 42 with n/a: the file holds the sum of what was answered.
    assert len(partial) == 69
    for entry in partial:
        held, of_answered = re.findall(r"(?<= is )\d+(?=[;.])", entry.message)
        assert held == of_answered
