"""What the scoring audit says about answers with known faults, and that it is silent without."""

from typing import Any

import numpy as np
import pytest
from tests.conftest import ROOT
from tests.unit.intake.scoring_audit.people import INSTRUMENTS, answers, turned
from tests.unit.intake.scoring_audit.questionnaire import answered, key
from tests.unit.intake.small_cohort import cohort

from attune.intake.reading.raw_cohort import read_raw_cohort
from attune.intake.reading.violations import Violation
from attune.intake.scoring_audit.findings import MOST_PEOPLE, audit_questionnaire, audit_scoring
from attune_files.project import read_cohort
from attune_files.raw.sheets import read_raw_sheets

KIMS, CES_D, WAI_S, WAI_SR = (INSTRUMENTS[name] for name in ("kims", "ces_d", "wai_s", "wai_sr"))
INSTRUMENT_NAMES = ("bis_11", "ces_d", "ffmq_39", "iip_32", "kims", "maas", "rses", "scl_90_r")


def found(
    responses: np.ndarray, instrument: Any, declared: dict[str, Any] | None = None, **changes: Any
) -> list[Violation]:
    questionnaire = answered(responses, instrument, **declared or {})
    return audit_questionnaire(questionnaire, cohort(**changes), INSTRUMENTS)


def only(responses: np.ndarray, instrument: Any, **declared: Any) -> Violation:
    (violation,) = found(responses, instrument, declared)
    return violation


@pytest.mark.parametrize("name", [*INSTRUMENT_NAMES, "wai_s", "wai_sr"])
@pytest.mark.parametrize("n", [26, 100])
def test_right_keys_are_left_alone(name: str, n: int) -> None:
    for seed in range(6):
        violations = found(answers(INSTRUMENTS[name], n, seed), INSTRUMENTS[name])
        assert [violation for violation in violations if violation.severity != "note"] == []


def test_an_item_that_is_not_reversed_is_an_error_with_its_remedy() -> None:
    violation = only(turned(answers(CES_D, 100, 1), CES_D, [8]), CES_D)
    assert (violation.rule, violation.severity) == ("item_against_scale", "error")
    assert (violation.item, violation.column) == (8, "mood_8")
    assert violation.message.startswith(
        "the item points against its scale total of ces_d (patient, intake): keyed, it correlates"
        " -0."
    )
    assert violation.message.endswith("if its keyed scores were reversed; the key reverses it.")
    assert violation.remedy == (
        "The file seems to hold it reversed already: declare `already_reversed: [8]` for the"
        " questionnaire ces_d (patient, intake) in cohort.yaml."
    )


def test_two_of_the_reversed_items_name_each_other_in_the_remedy() -> None:
    violations = found(turned(answers(CES_D, 150, 1), CES_D, [8, 16]), CES_D)
    assert [violation.item for violation in violations] == [8, 16]
    assert all("`already_reversed: [8, 16]`" in violation.remedy for violation in violations)


def test_all_reversed_items_are_one_finding() -> None:
    violation = only(turned(answers(CES_D, 100, 1), CES_D, CES_D.reverse), CES_D)
    assert violation.rule == "item_against_scale"
    assert violation.message == (
        "all 4 items of ces_d (patient, intake) that the key reverses (4, 8, 12, 16) point against"
        " the others."
    )
    assert "declare `already_reversed: all`" in violation.remedy


def test_more_than_half_of_a_scale_are_reversed_already() -> None:
    violation = only(turned(answers(KIMS, 100, 1), KIMS, KIMS.reverse), KIMS)
    assert violation.message.startswith("all 18 items of kims")


def test_what_was_declared_wrongly_is_taken_back() -> None:
    # The file holds answers as ticked; attune turned them back because it was told to.
    bent = turned(answers(CES_D, 100, 1), CES_D, CES_D.reverse)
    violation = only(bent, CES_D, already_reversed="all")
    assert violation.remedy.startswith("The file seems to hold them as they were ticked: remove")
    bent = turned(answers(CES_D, 100, 1), CES_D, [8])
    violation = only(bent, CES_D, already_reversed=[8, 12])
    assert "as it was ticked: declare `already_reversed: [12]`" in violation.remedy


@pytest.mark.parametrize(("share", "wrong"), [(0.7, "rows 2 to 85"), (0.8, "rows 2 to 97")])
@pytest.mark.parametrize("instrument", [CES_D, KIMS])
def test_a_remedy_that_fits_one_part_of_the_rows_is_not_proposed(
    instrument: Any, share: float, wrong: str
) -> None:
    bent = answers(instrument, 120, 1)
    first = slice(0, round(120 * share))
    bent[first] = turned(bent[first], instrument, instrument.reverse)
    errors = [entry for entry in found(bent, instrument) if entry.severity == "error"]
    assert errors
    for violation in errors:
        assert "declare `already_reversed" not in violation.remedy
        assert "Nothing in cohort.yaml mends this" in violation.remedy
    if len(errors) == 1:
        assert f"only in {wrong} do these items point against the others" in errors[0].remedy


def test_an_item_that_the_key_does_not_reverse() -> None:
    violation = only(turned(answers(CES_D, 100, 1), CES_D, [6]), CES_D)
    assert violation.item == 6
    assert violation.message.endswith("the key does not reverse it.")
    assert "does the column hold this item" in violation.remedy


@pytest.mark.parametrize(("roll", "says"), [(-1, "resemble item 2"), (1, "resemble item 1")])
def test_numbers_off_by_one(roll: int, says: str) -> None:
    violation = only(np.roll(answers(KIMS, 100, 2), roll, axis=1), KIMS)
    assert (violation.rule, violation.severity) == ("numbering_shifted", "error")
    assert says in violation.message
    assert "columns: {" in violation.remedy


def test_numbers_off_by_one_are_the_whole_explanation_of_turned_items() -> None:
    violation = only(np.roll(answers(CES_D, 150, 2), 1, axis=1), CES_D)
    assert violation.rule == "numbering_shifted"
    assert "responses in mood_2 resemble item 1, not item 2" in violation.message


def test_a_look_alike_whose_codes_do_not_hold_the_answers_is_not_proposed() -> None:
    given = answers(WAI_SR, 200, 1)
    given[0, 0] = WAI_SR.response.maximum + 1  # a typing error
    assert any("`instrument: wai_sr`" in entry.remedy for entry in found(given, WAI_S))
    given[:20] = np.minimum(given[:20] + 2, WAI_S.response.maximum)
    assert not any("`instrument: wai_sr`" in entry.remedy for entry in found(given, WAI_S))


def test_answers_to_a_look_alike() -> None:
    violation, *items = found(answers(WAI_S, 200, 3), WAI_SR)
    assert (violation.rule, violation.severity) == ("other_key_fits", "warning")
    assert "`instrument: wai_s`" in violation.remedy
    # The WAI-S reverses two items that the WAI-SR does not: the run stops.
    assert [(item.rule, item.item) for item in items] == [
        ("item_against_scale", 4),
        ("item_against_scale", 10),
    ]
    rules = {entry.rule: entry for entry in found(answers(WAI_SR, 100, 3), WAI_S)}
    assert "`instrument: wai_sr`" in rules["other_key_fits"].remedy


@pytest.mark.parametrize(("given", "declared"), [(1, 0), (0, 1)])
def test_an_order_of_a_form_has_one_remedy(given: int, declared: int) -> None:
    forms = [INSTRUMENTS["rses"], INSTRUMENTS["rses_alternative_order"]]
    violations = found(answers(forms[given], 100, 3), forms[declared])
    assert {entry.rule for entry in violations} == {"other_key_fits", "item_against_scale"}
    (remedy,) = {entry.remedy for entry in violations}
    assert f"write `instrument: {forms[given].instrument}`" in remedy
    fits = next(entry for entry in violations if entry.rule == "other_key_fits")
    assert "Rosenberg Self-Esteem Scale, alternative order" in fits.message


def test_answers_coded_by_the_position_of_the_box() -> None:
    bent = turned(answers(WAI_SR, 100, 3), WAI_SR, WAI_SR.anchor_flips)
    violation = only(bent, WAI_SR)
    assert violation.rule == "item_against_scale"
    assert "items 2, 5, 6, 8, 10, 11 of wai_sr" in violation.message
    assert "position of the box" in violation.remedy


def test_numbers_that_hide_a_fault_are_not_given_as_its_evidence() -> None:
    bent = answers(WAI_SR, 90, 3, common=2.0)
    bent[45:] = turned(bent, WAI_SR, WAI_SR.anchor_flips)[45:]
    rows = [entry for entry in found(bent, WAI_SR) if entry.rule == "item_against_scale"]
    for entry in rows:
        correlation = float(entry.message.split("it correlates ")[1].split()[0])
        assert ("these numbers do not show it" in entry.message) == (correlation > 0)
    assert any("these numbers do not show it" in entry.message for entry in rows)


def test_a_subscale_that_fits_has_the_last_word_over_the_total() -> None:
    rng = np.random.default_rng(4)
    level = rng.normal(size=(200, 1))
    first = 3 + level + 0.5 * rng.normal(size=(200, 6))
    other = 3 - level + 0.5 * rng.normal(size=(200, 4))
    given = np.clip(np.round(np.hstack([first, other])), 1, 5)
    total = {"label": "T", "aggregation": "sum", "items": "all"}
    scales = {
        name: {"label": name, "aggregation": "sum", "items": items}
        for name, items in (("first", [1, 2, 3, 4, 5, 6]), ("other", [7, 8, 9, 10]))
    }
    assert found(given, key(10, scales=scales | {"total": total})) == []
    assert [entry.item for entry in found(given, key(10, scales={"total": total}))] == [7, 8, 9, 10]


class TestCodes:
    """Codes that begin elsewhere, without one out of range."""

    def test_the_lowest_answer_does_not_occur(self) -> None:
        given = answers(CES_D, 60, 5)
        shifted = np.minimum(given + 1, 3)
        violation = next(entry for entry in found(shifted, CES_D) if entry.rule == "codes_shifted")
        assert violation.severity == "warning"
        assert "nobody ever gave the lowest answer of ces_d (patient, intake), 0" in (
            violation.message
        )
        assert violation.remedy == (
            "The answers alone do not say why. If the form's codes go from 1 to 4, add"
            " `lowest_code: 1` to this questionnaire in cohort.yaml. If nobody chose the lowest"
            " answer, nothing is wrong. If it was stored together with the next one, or another"
            " form was given, correct the file or `instrument:`."
        )

    def test_other_occasions_show_whether_the_codes_moved(self) -> None:
        everybody = np.minimum(answers(CES_D, 120, 5), 2)
        given = everybody[:60]
        again = [answered(everybody[60:], CES_D, occasion="later")]
        for stored, word, proposed in (
            (given + 1, "seem to go from 1 to 4", True),
            (np.maximum(given, 1), "which speaks against `lowest_code: 1`", False),
        ):
            questionnaire = answered(stored, CES_D)
            violations = audit_questionnaire(questionnaire, cohort(), INSTRUMENTS, again)
            (violation,) = [entry for entry in violations if entry.rule == "codes_shifted"]
            assert word in violation.remedy
            assert ("and add `lowest_code: 1`" in violation.remedy) == proposed

    def test_the_highest_answer_does_not_occur(self) -> None:
        shifted = np.random.default_rng(5).integers(1, 5, (60, 39))
        rules = [entry for entry in found(shifted, KIMS) if entry.rule == "codes_shifted"]
        assert "`lowest_code: 0`" in rules[0].remedy

    def test_lost_minus_signs_are_named_and_no_item_is_to_be_turned(self) -> None:
        eus = INSTRUMENTS["eus"]
        empathic = np.where(np.isin(np.arange(1, eus.n_items + 1), eus.reverse), -2, 2)
        given = np.clip(answers(eus, 100, 3) + empathic, -3, 3)
        assert "codes_shifted" not in {entry.rule for entry in found(given, eus)}
        violations = found(np.abs(given), eus)
        (codes,) = [entry for entry in violations if entry.rule == "codes_shifted"]
        assert "no answer of eus (patient, intake) is negative" in codes.message
        assert "The minus signs seem to be lost" in codes.remedy
        assert {entry.rule for entry in violations} >= {"item_against_scale"}
        assert not any("already_reversed" in entry.remedy for entry in violations)

    def test_what_was_declared_is_in_the_remedy(self) -> None:
        shifted = np.random.default_rng(5).integers(1, 5, (60, 39))
        rules = [
            entry
            for entry in found(shifted, KIMS, {"lowest_code": 2})
            if entry.rule == "codes_shifted"
        ]
        assert "remove `lowest_code:`" in rules[0].remedy

    def test_one_extreme_answer_or_few_people_are_enough_to_say_nothing(self) -> None:
        shifted = np.minimum(answers(CES_D, 60, 5) + 1, 3)
        shifted[0, 0] = 0
        assert "codes_shifted" not in {entry.rule for entry in found(shifted, CES_D)}
        assert "codes_shifted" not in {
            entry.rule for entry in found(np.minimum(answers(CES_D, 9, 5) + 1, 3), CES_D)
        }


def test_an_alpha_far_below_the_published_ones_is_a_note() -> None:
    noise = np.random.default_rng(6).integers(0, 4, (200, 20))
    rules = {entry.rule: entry for entry in found(noise, CES_D)}
    violation = rules["low_alpha_against_published"]
    assert violation.severity == "note"
    assert "published alphas go from 0." in violation.message


def test_severities_are_those_of_the_cohort() -> None:
    bent = turned(answers(CES_D, 100, 1), CES_D, [8])
    (violation,) = found(bent, CES_D, severities={"item_against_scale": "warning"})
    assert violation.severity == "warning"


@pytest.mark.parametrize("name", ["help", "ryan2012_synthetic"])
def test_the_shipped_cohorts_are_keyed_rightly(name: str) -> None:
    declared = read_cohort(ROOT / f"data/{name}/cohort.yaml")
    sheets = read_raw_sheets(ROOT / f"data/{name}", declared)
    violations = audit_scoring(read_raw_cohort(sheets, declared, INSTRUMENTS))
    assert [violation.sentence() for violation in violations if violation.severity != "note"] == []
    assert len(violations) <= 3


def test_a_very_large_file_is_looked_at_in_part() -> None:
    given = np.tile(turned(answers(CES_D, 200, 1), CES_D, [8]), (501, 1))
    violation = only(given, CES_D)
    assert violation.item == 8
    assert "(n = " in violation.message
    n = int(violation.message.partition("(n = ")[2].partition(")")[0])
    assert MOST_PEOPLE / 2 < n <= MOST_PEOPLE
