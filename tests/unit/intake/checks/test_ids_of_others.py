"""Ids that are cut off, rounded, built differently, mistyped, or of rows that hold no person."""

from collections.abc import Sequence

import pytest
from tests.unit.intake.small_cohort import INSTRUMENTS, cohort, sheet, sheets

from attune.intake.reading.violations import Violation
from attune.intake.validation import validate_responses

WHO = "id therapist patient age"
PRETESTS = {("mood", "patient", "termination", ""): ("mood", "patient", "intake", "")}


def people(ids: Sequence[str], **columns: Sequence[str]):  # type: ignore[no-untyped-def]
    rows = (f"{name} t{n} p{n} {20 + n * 7 % 40}" for n, name in enumerate(ids))
    given = sheet(*rows, columns=WHO)
    return given.assign(**columns)


def moods(ids: Sequence[str], **columns: Sequence[str]):  # type: ignore[no-untyped-def]
    rows = (f"{name} {n % 5} {n * 3 % 5} {n * 2 % 5}" for n, name in enumerate(ids))
    return sheet(*rows).assign(**columns)


def found(*rules: str, **changed) -> list[Violation]:  # type: ignore[no-untyped-def]
    """The findings of some rules."""
    validated = validate_responses(sheets(**changed), cohort(), INSTRUMENTS, PRETESTS)
    return [entry for entry in validated.violations if entry.rule in rules]


NUMBERS = [str(number) for number in range(101, 141)]
LONG = [f"2023041100000{number}7" for number in NUMBERS]


class TestManyRowsOfOneId:
    def test_one_is_a_slip_and_names_all_questionnaires(self) -> None:
        both = {"who": people(["a", "b"]), "termination": moods(["a", "b"])}
        (only,) = found("duplicate_questionnaire", intake=moods(["a", "a", "b"]), **both)
        assert only.remedy.startswith("Keep one of the two rows")

    @pytest.mark.parametrize(
        ("ids", "said"),
        [
            ([name[:9] for name in LONG], "has longer ids that begin so: they were cut off here"),
            ([f"{name[:15]}00" for name in LONG], "keeps fifteen digits of a number"),
            (["7", "8"] * 20, "So many are hardly rows entered twice."),
        ],
    )
    def test_many_are_no_rows_to_delete(self, ids: list[str], said: str) -> None:
        every = found("duplicate_questionnaire", who=people(LONG), termination=moods(ids))
        assert len(every) > 30
        assert all(said in entry.remedy for entry in every)
        assert not any(entry.remedy.startswith("Keep one") for entry in every)

    def test_two_sites_with_the_same_numbers(self) -> None:
        every = found("duplicate_dyad", who=people(NUMBERS[:20] * 2))
        assert "put the site before the number" in every[0].remedy


class TestIdsBuiltDifferently:
    @pytest.mark.parametrize(
        ("ids", "said"),
        [
            ([f"{name}_post" for name in NUMBERS], "with _post at the end here. Take _post off"),
            ([f"S1-{name}" for name in NUMBERS], "with S1- at the beginning here. Take S1- off"),
            ([f"{int(name):.2E}" for name in NUMBERS], "They are ids of the sample sheet then."),
            ([f"{int(name) * 1000:.2E}" for name in NUMBERS], "and may have rounded them"),
        ],
    )
    def test_the_remedy_says_how(self, ids: list[str], said: str) -> None:
        known = {"who": people(NUMBERS), "intake": moods(NUMBERS)}
        (only,) = found("unknown_dyad", termination=moods(ids), **known)
        assert said in only.remedy

    def test_the_other_way_round(self) -> None:
        there = [f"{name}B" for name in NUMBERS]
        (only,) = found("unknown_dyad", who=people(there), intake=moods(there),
                        termination=moods(NUMBERS))  # fmt: skip
        assert "with B at the end there. Put B to every id of this file" in only.remedy

    def test_other_ids(self) -> None:
        other = [f"R_{n * 7919:05d}" for n in range(40)]
        known = {"who": people(NUMBERS), "intake": moods(NUMBERS)}
        (only,) = found("unknown_dyad", termination=moods(other), **known)
        assert only.remedy.startswith("Probably one of the two columns holds other ids")


class TestRowsThatAreNoPeople:
    def test_means_below_the_data(self) -> None:
        (only,) = found("summary_row", who=people([*NUMBERS, "Mittelwert"]))
        assert (only.severity, only.row) == ("error", 42)

    @pytest.mark.parametrize("ids", [["Anna", "Max", "Tom", "Sum"], NUMBERS])
    def test_names_and_numbers_are_people(self, ids: list[str]) -> None:
        assert found("summary_row", who=people(ids)) == []

    def test_both_entries_of_a_double_data_entry(self) -> None:
        ids = [f"{name}--{entry}" for name in NUMBERS[:10] for entry in (1, 2)]
        every = found("entered_twice", who=people(ids), intake=moods(ids), termination=moods(ids))
        assert [entry.file for entry in every] == ["who.csv", "intake.csv", "termination.csv"]
        merged = [f"{name}--1" for name in NUMBERS]
        assert found("entered_twice", who=people(merged)) == []


class TestIdsOutOfOrder:
    def test_a_mistyped_id_and_the_one_that_is_missing(self) -> None:
        ids = NUMBERS[:30]
        ids[12] = "133"
        (only,) = found("id_out_of_order", who=people(NUMBERS), termination=moods(ids))
        assert (only.file, only.row, only.dyad) == ("termination.csv", 14, "133")
        assert "here '113' (row 14 of who.csv) would follow" in only.message

    def test_an_id_typed_twice(self) -> None:
        ids = list(NUMBERS)
        ids[12] = "112"
        (only,) = found("id_out_of_order", who=people(NUMBERS), termination=moods(ids))
        assert only.row == 14 and "'113'" in only.message

    @pytest.mark.parametrize(
        "ids",
        [
            NUMBERS,
            NUMBERS[::-1],
            [*NUMBERS[:12], *NUMBERS[13:], NUMBERS[12]],  # a late row at the end
            [*NUMBERS[:12], "139", *NUMBERS[13:38]],  # 113 left, 139 came early
            [NUMBERS[n * 7 % 40] for n in range(40)],
            [name for name in NUMBERS for _ in range(2)],
        ],
    )
    def test_sound_orders(self, ids: list[str]) -> None:
        assert found("id_out_of_order", who=people(NUMBERS), termination=moods(ids)) == []


class TestColumnsOfSomebodyElse:
    AGES = [str(20 + n * 7 % 40) for n in range(40)]
    SEXES = ["fm"[n % 2] for n in range(40)]

    def test_two_exchanged_ids(self) -> None:
        ids = [*NUMBERS[:5], NUMBERS[9], *NUMBERS[6:9], NUMBERS[5], *NUMBERS[10:]]
        (only,) = found("people_differ", who=people(NUMBERS),
                        termination=moods(ids, age=self.AGES))  # fmt: skip
        assert (only.file, only.row, only.column) == ("termination.csv", 7, "id")
        assert only.message.startswith("in rows 7 and 11, column age does not hold what the id has")
        assert "in 38 other rows they do" in only.message

    def test_the_ids_once_more(self) -> None:
        ids = [*NUMBERS[:5], NUMBERS[9], *NUMBERS[6:9], NUMBERS[5], *NUMBERS[10:]]
        (only,) = found("people_differ", who=people(NUMBERS),
                        termination=moods(ids, code=NUMBERS))  # fmt: skip
        assert "column code" in only.message

    def test_a_year_older(self) -> None:
        older = [str(int(age) + n % 2) for n, age in enumerate(self.AGES)]
        assert (
            found("people_differ", who=people(NUMBERS), termination=moods(NUMBERS, age=older)) == []
        )

    def test_one_characteristic_that_changed(self) -> None:
        status = [str(n * 3 % 4) for n in range(40)]
        later = ["1" if n in (3, 9) else text for n, text in enumerate(status)]
        who = people(NUMBERS, status=status)
        assert found("people_differ", who=who, termination=moods(NUMBERS, status=later)) == []

    def test_a_column_that_changes_for_many(self) -> None:
        weight = [str(60 + n * 11 % 37) for n in range(40)]
        later = [str(int(text) + n % 5) for n, text in enumerate(weight)]
        who = people(NUMBERS, weight=weight)
        assert found("people_differ", who=who, termination=moods(NUMBERS, weight=later)) == []


def test_a_whole_number_with_a_point_is_a_level() -> None:
    levels = {"sex": {"column": "sex", "label": "Sex", "kind": "category"}}
    levels["sex"]["levels"] = {"1": "Female", "2": "Male"}  # type: ignore[assignment]
    declared = cohort(sample={"file": "who", "therapist": "therapist", "patient": "patient",
                              "variables": levels})  # fmt: skip
    who = people(["a", "b"], sex=["1.0", "2"])
    validated = validate_responses(sheets(who=who), declared, INSTRUMENTS, PRETESTS)
    assert [entry.rule for entry in validated.violations if entry.severity == "error"] == []
    assert validated.sample["sex"].tolist() == ["1", "2"]


def test_cells_that_were_merged() -> None:
    who = people(NUMBERS)
    who["therapist"] = [name if n % 4 == 0 else "" for n, name in enumerate(who["therapist"])]
    every = found("no_therapist", who=who)
    assert "Were cells of the column therapist merged in a spreadsheet?" in every[0].remedy
    who["therapist"] = ["", *(f"t{n}" for n in range(39))]
    assert found("no_therapist", who=who)[0].remedy.startswith("Fill the cell, or delete the row")
