"""Checks of therapists and patients: assignment to dyads, and agreement between files."""

from collections.abc import Iterator, Mapping

import pandas as pd

from attune.intake.reading.look_alike_ids import look_alikes
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import (
    ids_uniformly_formatted,
    is_named,
    missing_columns,
    normalise_ids,
    quoted_list,
)
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort


def check_people(raw: RawCohort) -> list[Violation]:
    """Changing or shared therapists, returning patients, and ids used for two people.

    Nothing is checked where a column of the sample sheet is missing.
    """
    if raw.sample.empty:
        return []
    sheets, cohort = raw.sheets, raw.cohort
    rows = _named_people(raw.sample_rows, cohort)
    violations = [*_similar_ids(rows, cohort), *_returning_patients(rows, cohort)]
    if cohort.sample.therapist:
        violations += _therapists_of_other_rows(sheets[cohort.sample.file], rows, cohort)
        violations += _therapists_of_other_files(sheets, rows, cohort)
        violations += _ids_of_both(rows, cohort)
        violations += _shared_therapists(rows, cohort)
    return violations


def _named_people(sheet: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """One row per dyad with an id: dyad, patient and, where recorded, therapist ("": none)."""
    column_of = {"dyad": cohort.files[cohort.sample.file].dyad, "patient": cohort.sample.patient}
    if cohort.sample.therapist:
        column_of["therapist"] = cohort.sample.therapist
    rows = pd.DataFrame(
        {
            role: sheet[column].where(is_named(sheet[column], cohort), "")
            for role, column in column_of.items()
        }
    )
    return rows[rows["dyad"] != ""].drop_duplicates("dyad")


def _similar_ids(rows: pd.DataFrame, cohort: Cohort) -> Iterator[Violation]:
    """One violation per id that differs from an earlier one only in spelling."""
    columns = {"dyad": cohort.files[cohort.sample.file].dyad, "patient": cohort.sample.patient}
    columns["therapist"] = cohort.sample.therapist or ""
    # One column may hold the ids of both dyads and patients.
    for role in {column: role for role, column in columns.items() if role in rows}.values():
        names = rows[role][rows[role] != ""].drop_duplicates()
        first = dict(zip(names, names.index, strict=True))
        for row, name, other, how in _written_differently(names):
            yield Violation(
                "similar_ids",
                cohort.severity("similar_ids"),
                cohort.files[cohort.sample.file].place,
                f"{role} {name!r} differs from {other!r} in row {first[other]} only in {how}.",
                f"If they are one {role}, write the id in one way in all files.",
                row=row,
                column=columns[role],
                dyad=str(rows["dyad"][row]),
                value=name,
            )


def _written_differently(names: pd.Series) -> Iterator[tuple[int, str, str, str]]:
    """Row and name of each id that is another one but for its spelling, that one, and how."""
    spelled = {}
    if not ids_uniformly_formatted(names):
        plain = normalise_ids(names)
        first = dict(zip(reversed(plain.to_list()), reversed(names.to_list()), strict=True))
        again = plain.duplicated()
        spelled = {
            name: (first[known], "the way it is written")
            for name, known in zip(names[again], plain[again], strict=True)
        }
    letters = "characters that look alike: O and 0, l, I and 1, or letters of another alphabet"
    alike = {name: (other, letters) for name, other in look_alikes(names).items()}
    for row, name in zip(names.index.tolist(), names, strict=True):
        if name in spelled or name in alike:
            other, how = spelled.get(name) or alike[name]
            yield row, name, other, how


def _returning_patients(rows: pd.DataFrame, cohort: Cohort) -> list[Violation]:
    """One violation per dyad whose patient is already in an earlier dyad."""
    if cohort.sample.patient_may_return:
        return []
    patients = rows["patient"][rows["patient"] != ""]
    again = patients[patients.duplicated()]
    if again.empty:
        return []
    first = patients.drop_duplicates()
    first_row = dict(zip(first, first.index, strict=True))
    dyad_of = dict(zip(rows.index, rows["dyad"], strict=True))
    return [
        Violation(
            "patient_in_two_dyads",
            cohort.severity("patient_in_two_dyads"),
            cohort.files[cohort.sample.file].place,
            f"patient {patient!r} is in dyad {dyad_of[first_row[patient]]!r} already, in row"
            f" {first_row[patient]}.",
            "Correct the patient, or add `patient_may_return: true` under sample in cohort.yaml"
            " if the patient had two treatments.",
            row=int(row),
            column=cohort.sample.patient,
            dyad=dyad_of[row],
            value=patient,
        )
        for row, patient in zip(again.index, again, strict=True)
    ]


def _therapists_of_other_rows(
    people: pd.DataFrame, rows: pd.DataFrame, cohort: Cohort
) -> list[Violation]:
    """One violation per dyad with another therapist in unselected rows of the sample file."""
    if cohort.sample.therapist_may_change or not cohort.sample.rows:
        return []
    column = str(cohort.sample.therapist)
    file = cohort.files[cohort.sample.file]
    return [
        Violation(
            "therapist_changes",
            cohort.severity("therapist_changes"),
            file.place,
            f"dyad {dyad!r} has therapist {therapist!r} here, but {expected!r} in row {first}.",
            "Correct one of the two, or add `therapist_may_change: true` under sample in"
            " cohort.yaml.",
            row=row,
            column=column,
            dyad=dyad,
            value=therapist,
        )
        for row, dyad, therapist, expected, first in _other_therapists(
            people[file.dyad], people[column], rows, cohort
        )
    ]


def _therapists_of_other_files(
    sheets: Mapping[str, pd.DataFrame], rows: pd.DataFrame, cohort: Cohort
) -> list[Violation]:
    """One violation per dyad and file whose therapist differs from the sample sheet."""
    if cohort.sample.therapist_may_change:
        return []
    path = cohort.files[cohort.sample.file].place
    declared = dict.fromkeys(
        (entry.file, entry.therapist) for entry in cohort.selections() if entry.therapist
    )
    violations: list[Violation] = []
    for name, column in declared:
        file, sheet = cohort.files[name], sheets[name]
        absent = missing_columns(sheet, file.place, [str(column)])
        violations += absent
        if absent or file.dyad not in sheet.columns:
            continue
        for row, dyad, therapist, expected, first in _other_therapists(
            sheet[file.dyad], sheet[column], rows, cohort
        ):
            violations.append(
                Violation(
                    "therapist_differs",
                    cohort.severity("therapist_differs"),
                    file.place,
                    f"dyad {dyad!r} has therapist {therapist!r} here, but {expected!r} in row"
                    f" {first} of {path}.",
                    "Correct one of the two, or add `therapist_may_change: true` under sample in"
                    " cohort.yaml.",
                    row=row,
                    column=column,
                    dyad=dyad,
                    value=therapist,
                )
            )
    return violations


def _other_therapists(
    dyads: pd.Series, therapists: pd.Series, rows: pd.DataFrame, cohort: Cohort
) -> list[tuple[int, str, str, str, int]]:
    """Row, dyad, found and expected therapist with its row; the first per dyad and therapist."""
    known = rows[rows["therapist"] != ""].reset_index(names="first").set_index("dyad")
    named = pd.DataFrame({"dyad": dyads, "found": therapists})
    named = named[is_named(therapists, cohort)].drop_duplicates()
    named = named.join(known[["therapist", "first"]], on="dyad", how="inner")
    named = named[named["found"] != named["therapist"]]
    return [
        (int(row), dyad, therapist, expected, int(first))
        for row, dyad, therapist, expected, first in named.itertuples(name=None)
    ]


def _ids_of_both(rows: pd.DataFrame, cohort: Cohort) -> list[Violation]:
    """One violation listing ids of both a therapist and a patient.

    Plain numbers are ignored unless the two columns are equal in every row: therapists and
    patients are often numbered from 1 independently.
    """
    patients, therapists = rows["patient"], rows["therapist"]
    both = patients[patients.isin(therapists) & patients.ne("")].drop_duplicates()
    if not (patients == therapists).all():
        both = both[~both.str.fullmatch(r"\d+([.,]0+)?")]
    if both.empty:
        return []
    row = both.index[0]
    elsewhere = therapists.index[therapists == both[row]][0]
    return [
        Violation(
            "same_person_twice",
            cohort.severity("same_person_twice"),
            cohort.files[cohort.sample.file].place,
            f"{quoted_list(both)} {'names' if len(both) == 1 else 'name'} a patient and a"
            f" therapist; {both[row]!r} is the therapist in row {elsewhere}.",
            "Check that cohort.yaml names the right columns, and give each person an id.",
            row=int(row),
            column=cohort.sample.patient,
            dyad=rows.loc[row, "dyad"],
            value=both[row],
        )
    ]


def _shared_therapists(rows: pd.DataFrame, cohort: Cohort) -> list[Violation]:
    """One violation counting therapists by their number of patients."""
    therapists = rows["therapist"][rows["therapist"] != ""]
    patients = therapists.value_counts()
    shared = patients[patients > 1]
    if shared.empty:
        return []
    sizes = shared.value_counts().sort_index()
    counted = ", ".join(f"{count} with {size}" for size, count in sizes.items())
    who = "1 therapist has" if len(shared) == 1 else f"{len(shared)} therapists have"
    return [
        Violation(
            "therapists_share",
            cohort.severity("therapists_share"),
            cohort.files[cohort.sample.file].place,
            f"{who} more than one patient ({counted} patients); {len(patients)} therapists treat"
            f" {len(therapists)} patients.",
            "Nothing in the file, if that is right. Correlations and t tests take dyads as"
            " independent; patients of one therapist are not, so that p values are too small where"
            " therapists differ. The documents give the share of variance between therapists.",
            column=cohort.sample.therapist,
        )
    ]
