"""Tables of every kind from a small store of made-up statistics."""

from typing import Any

import pandas as pd
import pytest
from tests.unit.documents.conftest import STUDY
from tests.unit.documents.words import as_words

from attune.analyses.correlations.declaration import plan_problems
from attune.analyses.kinds import KINDS
from attune.printing.printed_table import PrintedTable
from attune.printing.store import StatisticsStore, not_found
from attune.specs.errors import ManuscriptError
from attune.store.contracts import TABLE, conform

MATRIX = {
    "kind": "correlation_matrix",
    "analyses": ["alliance"],
    "columns": ["bond", "gain"],
    "stars": [0.05, 0.01],
    "tail": "one",
}

EVERY_KIND: dict[str, dict[str, Any]] = {
    "frequencies": {"rows": ["sex"]},
    "correlation_matrix": MATRIX,
    "correlation_details": {"analyses": ["alliance", "other"]},
    "descriptives": {},
    "distributions": {},
    "comparisons": {"analyses": ["arms"]},
    "reliability": {},
    "missingness": {},
    "gains": {},
    "violations": {},
}


def printed_rows(table: PrintedTable) -> list[list[str]]:
    return table.frame[["label", *table.columns]].to_numpy().tolist()


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_cell_of_every_kind_has_the_id_of_a_statistic(small: Any, kind: str) -> None:
    table = small.table(**{"kind": kind, **EVERY_KIND[kind]})
    known = set(small.store()["id"])
    for column in table.columns:
        for text, identifier in table.frame[[column, f"{column}_id"]].to_numpy():
            assert identifier in known or text in ("", "—")
    assert conform(table.frame, TABLE).num_rows == len(table.frame) > 0
    assert "Synthetic" not in table.note
    assert table.metadata()["notice"] == table.notice == small.notice


def test_frequencies(small: Any) -> None:
    table = small.table(kind="frequencies", rows=["sex"])
    assert printed_rows(table) == [
        ["Female", "15", "60.0"],
        ["\\<b\\>Male\\</b\\>", "8", "32.0"],
        ["Missing", "2", "8.0"],
    ]
    assert set(table.frame["group"]) == {"\\=Sex"}
    assert table.frame["count_id"][1] == "sample.sex.b_male_b.count"


def test_a_level_without_anybody_is_printed_but_no_empty_row_for_missing(small: Any) -> None:
    store = small.store(
        sample__sex__female__count={"estimate": 0.0}, sample__sex__missing__count={"estimate": 0.0}
    )
    table = small.table(store=store, kind="frequencies", rows=["sex"])
    assert [row[:2] for row in printed_rows(table)] == [
        ["Female", "0"],
        ["\\<b\\>Male\\</b\\>", "8"],
    ]


def test_a_correlation_matrix(small: Any) -> None:
    table = small.table(**MATRIX)
    assert table.headings == {
        "label": "Measure",
        "bond": "Bond\\|strength",
        "gain": "Symptoms, residual gain",
    }
    assert printed_rows(table) == [["Calm", ".456\\*", ".000"]]
    assert table.frame["bond_id"][0] == "alliance.calm.bond.pearson_r"
    assert as_words(table.note).endswith("\\**p* < .05, one-tailed.")


def test_a_matrix_may_be_turned(small: Any) -> None:
    turned = small.table(**(MATRIX | {"rows": ["gain"], "columns": ["calm"]}))
    assert turned.headings["label"] == "Residual gain"
    assert printed_rows(turned) == [["Symptoms", ".000"]]


@pytest.mark.parametrize(
    ("p", "stars"), [(0.0499, 1), (0.05, 0), (0.01, 1), (0.00999, 2), (0.6, 0), (None, 0)]
)
def test_stars_are_earned_below_a_level(small: Any, p: float | None, stars: int) -> None:
    store = small.store(alliance__calm__bond__pearson_r={"p_one_tailed": p, "p_two_tailed": 0.0001})
    table = small.table(store=store, **MATRIX)
    assert table.frame["bond"][0] == ".456" + "\\*" * stars


def test_stars_follow_the_declared_tail(small: Any) -> None:
    two = small.table(**(MATRIX | {"tail": "two", "stars": [0.02]}))
    assert two.frame["bond"][0] == ".456"  # two-tailed .0219
    assert two.note == ""
    one = small.table(**(MATRIX | {"stars": [0.02]}))
    assert one.frame["bond"][0] == ".456\\*"  # one-tailed .011
    assert as_words(one.note).endswith("\\**p* < .02, one-tailed.")
    two = small.table(**(MATRIX | {"tail": "two", "stars": [0.05, 0.03]}))
    assert as_words(two.note).endswith("\\*\\**p* < .03, two-tailed.")


def test_all_tables_have_stars_of_the_same_levels(small: Any) -> None:
    shared = MATRIX | {"title": "", "document": "manuscript"}
    study = small.study(tables={"first": shared, "second": shared | {"stars": [0.05]}})
    (problem,) = plan_problems(study, small.cohort())
    assert "those of tables.first are for [0.05, 0.01]" in problem


def test_one_tailed_stars_need_a_declared_direction(small: Any) -> None:
    wrong = MATRIX | {"analyses": ["other"], "columns": ["bond"]}
    study = small.study(tables={"one": {"document": "manuscript", "title": "One"} | wrong})
    (problem,) = plan_problems(study, small.cohort())
    assert problem.endswith("analysis 'other' declares no direction")


def test_correlation_details(small: Any) -> None:
    table = small.table(kind="correlation_details", analyses=["alliance", "other"])
    assert (
        as_words(table.headings["interval"]) == "90% CI"
    )  # the coverage of the store, not a habit
    assert "spearman_rho" not in table.headings  # nobody computed it
    first, second, third = (dict(row) for _, row in table.frame.iterrows())
    shown = ["label", "group", "n", "r", "interval", "p_two_tailed", "p_one_tailed", "p_holm"]
    assert [first[name] for name in shown] == [
        "Calm", "Bond\\|strength", "25", ".456", "[.156, .756]", ".022", ".011", ".044",
    ]  # fmt: skip
    assert second["group"] == "Symptoms, residual gain"
    assert (third["p_two_tailed"], third["p_one_tailed"]) == ("\\< .001", "—")


def test_the_sandwich_interval_is_printed_where_it_is_declared(small: Any) -> None:
    row = {"id": "alliance.calm.bond.sandwich_r", "analysis": "alliance", "estimate": 0.456}
    row |= {"statistic": "sandwich_r", "ci_low": 0.1, "ci_high": 0.7, "ci_level": 0.9}
    store = pd.concat([small.store(), pd.DataFrame([row], dtype=object)], ignore_index=True)
    families = {name: dict(family) for name, family in STUDY["correlations"].items()}
    declared = {"kind": "correlation_details", "analyses": ["alliance"]}
    declared |= {"document": "supplement", "title": "Details"}
    for interval, shown in (("robust", False), ("sandwich", True)):
        families["alliance"]["interval"] = interval
        table = small.tables({"one": declared}, store=store, correlations=families)["one"]
        assert ("sandwich" in table.headings) == ("Sandwich CI = " in table.note) == shown
    assert as_words(table.headings["sandwich"]) == "90% sandwich CI"
    assert table.frame["sandwich"][0] == "[.100, .700]"


def test_columns_choose_among_those_of_the_kind(small: Any) -> None:
    declared = {"kind": "correlation_details", "analyses": ["alliance"]}
    table = small.table(**declared, columns=["r", "n"], headings={"r": "r <x>"})
    assert table.headings == {"label": "Measure", "r": "r \\<x\\>", "n": "*n*"}
    with pytest.raises(ManuscriptError, match=r"no column 'p_holmm'\. Did you mean 'p_holm'"):
        small.table(**declared, columns=["p_holmm"])


def test_comparisons(small: Any) -> None:
    table = small.table(kind="comparisons", analyses=["arms"])
    assert table.headings["mean_1"] == "Active >> *M*"
    assert printed_rows(table) == [
        ["Calm", "133", "15", "128", "15", "0.85", "23", ".404", "0.35", "[−0.45, 1.13]", "0.52"]
    ]
    assert table.frame["df_id"][0] == table.frame["p_id"][0] == "arms.calm.t"


def test_descriptives_use_the_decimals_of_the_measure(small: Any) -> None:
    table = small.table(kind="descriptives", rows=["calm", "bond", "before"])
    assert [row[2:] for row in printed_rows(table)] == [
        ["20", "4", "11", "29"],
        ["20.3", "4.1", "11.0", "29.0"],
        ["20.25", "4.13", "11.00", "29.00"],
    ]


def test_distributions(small: Any) -> None:
    rows = [
        {"id": f"sample.{place}", "analysis": "sample", "estimate": estimate}
        for place, estimate in (
            ("calm.skewness", -0.456), ("calm.floor_percent", 12.34), ("bond.skewness", 1.2),
        )
    ]  # fmt: skip
    rows.append({"id": "gains.gain.available.skewness", "analysis": "gains", "estimate": 0.5})
    for row in rows:
        row["statistic"] = row["id"].rpartition(".")[2]
    store = pd.concat([small.store(), pd.DataFrame(rows, dtype=object)], ignore_index=True)
    table = small.table(store=store, kind="distributions", rows=["calm", "bond", "gain"])
    assert list(table.headings) == ["label", "n", "floor_percent", "skewness"]  # no ceiling known
    assert printed_rows(table) == [
        ["Calm", "25", "12.3", "−0.46"],
        ["Bond\\|strength", "25", "—", "1.20"],
        ["Symptoms, residual gain", "24", "—", "0.50"],
    ]


def test_reliability_explains_empty_cells(small: Any) -> None:
    table = small.table(kind="reliability")
    assert printed_rows(table) == [["Total", "24", ".85", "[.70, .91]", "—", "—", "—"]]
    assert table.frame["group"][0] == "TOY, therapist, baseline"
    assert "cannot be computed: omega needs more questionnaires." in table.note


def test_tables_of_scales_say_how_sure_their_keys_are(small: Any) -> None:
    note = as_words(small.table(kind="reliability").note)
    assert "Scoring key: TOY (version 1.0), known from a single source." in note


def test_gains_in_the_data_sets_that_a_study_names(small: Any) -> None:
    """The scores as observed under another name, and one of several completed copies."""
    rows = small.store()
    regression = rows[rows["id"].str.startswith("gains.")]
    names = {"everybody": 0, "completed_2": 2}
    stores = [
        regression.assign(id=regression["id"].str.replace(".available.", f".{name}."), dataset=name)
        for name in names
    ]
    others = rows.drop(index=regression.index)
    store = pd.concat([others, *stores], ignore_index=True)
    declared = {"one": {"kind": "gains", "document": "manuscript", "title": "A title"}}
    table = small.tables(declared, store=store, datasets=names)["one"]
    assert table.frame["group"].tolist() == ["Data set “everybody”", "Data set “completed 2”"]
    assert table.frame["n_id"].tolist() == [f"gains.gain.{name}.n" for name in names]
    assert table.frame["n"].tolist() == ["24", "24"]


def test_gains_and_missingness_and_violations(small: Any) -> None:
    gains = small.table(kind="gains")
    assert printed_rows(gains) == [
        ["Symptoms", "24", "0.250", "0.600", "[0.400, 0.800]", "\\< .001", "—", ".360", "3.25"]
    ]
    missing = small.table(kind="missingness")
    assert printed_rows(missing)[0] == ["TOY, therapist, baseline", "25", "24", "4.0", "4", "1.3"]
    assert printed_rows(missing)[-1] == ["**All**", "", "", "4.0", "16", "1.3"]
    found = small.table(kind="violations")
    assert found.frame[["group", "label", "count"]].to_numpy().tolist() == [
        ["Errors", "Total", "0"],
        ["Warnings", "Odd value", "1"],
        ["Warnings", "Total", "1"],
        ["Notes", "Late", "2"],
        ["Notes", "Total", "2"],
    ]


def test_placeholders_of_a_note_are_filled_and_its_text_is_escaped(small: Any) -> None:
    note = "N = {alliance.calm.bond.pearson_r:n}, <i>{sample.all.n}</i>, {not one} | *x*"
    table = small.table(**MATRIX, note=note)
    assert table.note.startswith(
        '*Note.* *N* = [25]{.stat data-id="alliance.calm.bond.pearson_r" data-part="n"},'
        ' \\<i\\>[*n* = 25]{.stat data-id="sample.all.n"}\\</i\\>, \\{not one\\} \\| \\*x\\*.'
    )


def test_notes_of_real_data_do_not_speak_of_synthetic_ones(small: Any) -> None:
    real = small.cohort(synthetic=False, synthetic_notice="")
    assert small.table(real, kind="descriptives").note == ""


def test_whatever_does_not_exist_is_reported_at_once(small: Any) -> None:
    declared = {
        "first": MATRIX | {"title": "", "document": "manuscript", "note": "{sample.al.n}"},
        "third": MATRIX | {"title": "", "document": "manuscript", "columns": ["after"]},
        "fifth": {"kind": "comparisons", "title": "", "document": "manuscript"},
        "sixth": {"kind": "gains", "title": "", "document": "supplement",
                  "note": "{gains.gain.available.slope:df} {gains.gain.available.slope:odds}"},
    }  # fmt: skip
    with pytest.raises(ManuscriptError) as error:
        small.tables(declared)
    text = "\n".join(error.value.problems)
    assert "tables.first: 'sample.al.n' is not a statistic. Did you mean 'sample.all.n'?" in text
    assert "tables.third: columns: 'after' cannot be printed by this table. Known: 'calm'" in text
    assert "tables.fifth: a table of kind comparisons needs the key 'analyses'" in text
    assert "tables.sixth: 'gains.gain.available.slope' has no df." in text
    assert "has no part 'odds'; parts are estimate, interval" in text


def test_a_table_survives_being_stored(small: Any) -> None:
    table = small.table(**MATRIX)
    again = PrintedTable.from_parts("one", table.frame, table.metadata())
    assert again.headings == table.headings
    assert (again.title, again.note, again.document) == (table.title, table.note, "manuscript")


def test_an_undefined_estimate_is_a_dash_that_keeps_its_n(small: Any) -> None:
    undefined = {"estimate": None, "p_two_tailed": None, "p_one_tailed": None}
    undefined |= {"reason": "Constant.", "ci_low": None, "ci_high": None, "df": None}
    store = small.store(alliance__calm__bond__pearson_r=undefined)
    cells = StatisticsStore(store, small.printed(store), KINDS, {})
    identifier = "alliance.calm.bond.pearson_r"
    parts = ("estimate", "interval", "p", "n")
    shown = [cells.cell(identifier, part).to_plain() for part in parts]
    assert shown == ["—", "—", "—", "25"]
    assert cells.with_stars(identifier, [0.05], "one").to_plain() == "—"
    assert cells.with_stars(identifier, [0.05], "one").id == identifier


def test_no_hint_is_given_where_nothing_is_near() -> None:
    assert not_found("zzz", ["a.b"]) == "'zzz' is not a statistic. There are 1 others."


def test_no_column_of_a_table_is_lost_when_the_store_is_empty(small: Any) -> None:
    with pytest.raises(ManuscriptError, match="no statistics of reliability"):
        small.table(store=small.store().iloc[:0].astype(object), kind="reliability")


def test_the_factory_fits_the_contract(small: Any) -> None:
    from attune.store.contracts import STATISTICS

    frame = small.store().convert_dtypes()
    assert isinstance(frame, pd.DataFrame)
    assert conform(frame, STATISTICS).num_rows == len(frame)
