"""Column names in all shapes: which number is the item, who answered, when, in which state."""

from functools import cache

import pytest
from tests.conftest import ROOT

from attune.cohort_draft.column_names import identifier, meaning_of, normalised, words_of
from attune.cohort_draft.instrument_names import KnownNames
from attune.cohort_draft.item_groups import item_groups
from attune_files.yaml_file import read_instruments


@cache
def known() -> KnownNames:
    return KnownNames(read_instruments(sorted((ROOT / "workflow/instruments").glob("*.yaml"))))


PATIENT, THERAPIST = "patient", "therapist"
SHAPES = [
    # name of item 1.. with # or ## or ### for the item, items, stem, rater, occasion, state
    ("kims#", 39, "kims", "", "", ""),
    ("KIMS_##", 39, "kims", "", "", ""),
    ("T_KIMS_#", 39, "kims", THERAPIST, "", ""),
    ("kims.t.#", 39, "kims", THERAPIST, "", ""),
    ("kimsT#", 39, "kims", THERAPIST, "", ""),
    ("therapist_kims_#", 39, "kims", THERAPIST, "", ""),
    ("kims_#_th", 39, "kims", THERAPIST, "", ""),
    ("#_kims", 39, "kims", "", "", ""),
    ("preKims#", 39, "kims", "", "pre", ""),
    ("kims-pre-#", 39, "kims", "", "pre", ""),
    ("kims ##", 39, "kims", "", "", ""),
    ("wai_p_s3_##", 12, "wai", PATIENT, "session_3", ""),
    ("WAI3_P_#", 12, "wai", PATIENT, "occasion_3", ""),
    ("wai_s3_#", 12, "wai", "", "session_3", ""),
    ("wai_s_#", 12, "wais", "", "", ""),
    ("wai_sr_#", 12, "waisr", "", "", ""),
    ("waisr_pt_#", 12, "waisr", PATIENT, "", ""),
    ("WAI-SR-T-w4-#", 12, "waisr", THERAPIST, "week_4", ""),
    ("wai_t_#", 12, "wai", THERAPIST, "", ""),
    ("wai_t1_#", 12, "wai", "", "t1", ""),
    ("wai_t_t1_#", 12, "wai", THERAPIST, "t1", ""),
    ("waip#", 12, "wai", PATIENT, "", ""),
    ("WAIp_#", 12, "wai", PATIENT, "", ""),
    ("wai_c_sess12_#", 12, "wai", PATIENT, "session_12", ""),
    ("wai_client_session_20_#", 12, "wai", PATIENT, "session_20", ""),
    ("s3_wai_p_#", 12, "wai", PATIENT, "session_3", ""),
    ("wai_#_p_s3", 12, "wai", PATIENT, "session_3", ""),
    ("wai_obs_s3_#", 12, "wai", "observer", "session_3", ""),
    ("bsi_parent_pre_#", 12, "bsi", "informant", "pre", ""),
    ("waiSession3Therapist##", 12, "wai", THERAPIST, "session_3", ""),
    ("WAIS_P_3_#", 12, "wais", PATIENT, "occasion_3", ""),
    ("wai36_p_#", 36, "wai36", PATIENT, "", ""),
    ("iip32_#_pre", 32, "iip32", "", "pre", ""),
    ("iip32_#_post", 32, "iip32", "", "post", ""),
    ("iip_#", 32, "iip", "", "", ""),
    ("iip32_##_t1", 32, "iip32", "", "t1", ""),
    ("IIP_#_T2", 32, "iip", "", "t2", ""),
    ("iip_intake_#", 32, "iip", "", "intake", ""),
    ("iip_termination_#", 32, "iip", "", "termination", ""),
    ("iipTerm#", 32, "iip", "", "termination", ""),
    ("iip_#_1", 32, "iip", "", "occasion_1", ""),
    ("iip64_#_fu", 64, "iip64", "", "follow_up", ""),
    ("scl90r_t1_##", 90, "scl90r", "", "t1", ""),
    ("scl90_#", 90, "scl90", "", "", ""),
    ("SCL90R_#_bl", 90, "scl90r", "", "baseline", ""),
    ("scl_90_r_#", 90, "scl90r", "", "", ""),
    ("scl90r.m6.#", 90, "scl90r", "", "month_6", ""),
    ("scl_6m_#", 90, "scl", "", "month_6", ""),
    ("scl_12wks_#", 90, "scl", "", "week_12", ""),
    ("scl_year1_#", 90, "scl", "", "year_1", ""),
    ("phq9_#", 9, "phq9", "", "", ""),
    ("phq#", 9, "phq", "", "", ""),
    ("phq9_##", 9, "phq9", "", "", ""),
    ("phq9.#.w4", 9, "phq9", "", "week_4", ""),
    ("phq_9_#", 9, "phq9", "", "", ""),
    ("PHQ9_s12_#", 9, "phq9", "", "session_12", ""),
    ("gad7_#", 7, "gad7", "", "", ""),
    ("gad#", 7, "gad", "", "", ""),
    ("gad7_item#_post", 7, "gad7", "", "post", ""),
    ("core10_#", 10, "core10", "", "", ""),
    ("core10_#_end", 10, "core10", "", "end", ""),
    ("ffmq15_#", 15, "ffmq15", "", "", ""),
    ("ffmq15_##_t0", 15, "ffmq15", "", "t0", ""),
    ("cesd##", 20, "cesd", "", "", ""),
    ("ces_d_#", 20, "cesd", "", "", ""),
    ("CESD_baseline_#", 20, "cesd", "", "baseline", ""),
    ("cesd_followup_#", 20, "cesd", "", "follow_up", ""),
    ("cesd_fu6_#", 20, "cesd", "", "follow_up_6", ""),
    ("cesd_visit_2_#", 20, "cesd", "", "visit_2", ""),
    ("intrex_best_#", 8, "intrex", "", "", "best"),
    ("INTREX_worst_t_#", 8, "intrex", THERAPIST, "", "worst"),
    ("srs_s1_#", 4, "srs", "", "session_1", ""),
    ("ors_#_s01", 4, "ors", "", "session_1", ""),
    ("Q12_#", 9, "", "", "occasion_12", ""),
    ("q#", 9, "", "", "", ""),
    ("v_#", 9, "", "", "", ""),
]


def named(shape: str, item: int) -> str:
    width = shape.count("#")
    return shape.replace("#" * width, f"{item:0{width}d}")


@pytest.mark.parametrize(("shape", "n_items", "stem", "rater", "occasion", "state"), SHAPES)
def test_shapes(shape: str, n_items: int, stem: str, rater: str, occasion: str, state: str) -> None:
    columns = {item: named(shape, item) for item in range(1, n_items + 1)}
    order = sorted(columns.values(), key=lambda name: hash(name[::-1]))
    groups, others = item_groups(["id", *order, "age"], known())
    assert others == ["id", "age"]
    assert [group.columns for group in groups] == [columns]
    said = groups[0].meaning
    assert (said.stem, said.rater, said.occasion, said.state) == (stem, rater, occasion, state)
    assert said.rest == (("v",) if shape == "v_#" else ())
    assert [groups[0].pattern.format(item=item) for item in columns] == list(columns.values())


def test_there_are_enough_shapes() -> None:
    assert len(SHAPES) >= 60


@pytest.mark.parametrize("order", [1, -1])
def test_sessions_and_items_are_told_apart_even_where_there_are_as_many(order: int) -> None:
    names = [f"wai_p_s{session}_{item}" for session in range(1, 13) for item in range(1, 13)]
    groups, others = item_groups(names[::order], known())
    assert others == []
    assert {group.meaning.occasion for group in groups} == {f"session_{n}" for n in range(1, 13)}
    assert {tuple(group.columns) for group in groups} == {tuple(range(1, 13))}


def test_more_sessions_than_items_without_a_unit() -> None:
    names = [f"wai_{session}_{item}" for session in range(1, 31) for item in range(1, 13)]
    groups, _ = item_groups(names, known())
    assert len(groups) == 30
    assert {len(group.columns) for group in groups} == {12}
    assert {group.meaning.session for group in groups} == set(range(1, 31))


def test_two_instruments_with_numbers_in_their_names() -> None:
    names = [f"phq9_{item}" for item in range(1, 10)] + [f"gad7_{item}" for item in range(1, 8)]
    groups, others = item_groups(names, known())
    assert [(group.meaning.stem, len(group.columns)) for group in groups] == [
        ("phq9", 9),
        ("gad7", 7),
    ]
    assert others == []


def test_a_gap_in_the_numbers_stays_a_gap() -> None:
    groups, _ = item_groups([f"kims_{item}" for item in range(1, 40) if item != 7], known())
    assert 7 not in groups[0].columns
    assert groups[0].pattern == "kims_{item}"


def test_padding_that_changes_makes_no_pattern() -> None:
    groups, _ = item_groups(["kims_01", "kims_2", "kims_3"], known())
    assert groups[0].pattern == ""
    assert groups[0].columns == {1: "kims_01", 2: "kims_2", 3: "kims_3"}


def test_braces_in_a_name_make_no_pattern() -> None:
    groups, _ = item_groups(["q{1}", "q{2}", "q{3}"], known())
    assert groups[0].pattern == ""


def test_two_numbered_columns_are_no_questionnaire() -> None:
    groups, others = item_groups(["axis_1", "axis_2"], known())
    assert (groups, others) == ([], ["axis_1", "axis_2"])


@pytest.mark.parametrize(
    ("name", "total", "stem", "rest"),
    [
        ("cesdTotal", True, "cesd", ()),
        ("CES_D", False, "cesd", ()),
        ("kims_sum_t1", True, "kims", ()),
        ("wai_p_task", False, "wai", ("task",)),
        ("SCL90R_GSI", True, "scl90r", ()),
        ("waiPSum", True, "wai", ()),
    ],
)
def test_names_of_scores(name: str, total: bool, stem: str, rest: tuple[str, ...]) -> None:
    said = meaning_of(words_of(name), known().stems)
    assert (said.total, said.stem) == (total, stem)
    assert said.rest == rest


def test_a_word_that_only_begins_like_an_instrument_is_none() -> None:
    for name in ("waiting_1", "cored_1", "organisation_2", "scsx_3"):
        assert meaning_of(words_of(name), known().stems).stem == "", name


def test_identifiers() -> None:
    assert identifier("6 Months") == "x_6_months"
    assert identifier("Ä") == "x"
    assert normalised("IIP-32 (short)") == "iip32short"
