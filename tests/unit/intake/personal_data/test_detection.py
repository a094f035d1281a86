"""What is personal data in a raw sheet, and what is not."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from attune.intake.personal_data.detection import KINDS, personal_columns

PERSONAL = {
    "e-mail addresses": {
        "RecipientEmail": "anna.koch@example.org|b@example.com|",
        "v17": "1|2|reach me at ann@mail.example.org",
        "Kontakt": "k.lang@uni-example.de||",
    },
    "internet addresses (IP)": {
        "IPAddress": "192.0.2.17|198.51.100.4|203.0.113.9",
        "q1": "2001:db8:0:0:1:0:0:1|2001:db8:0:0:1:0:0:2",
    },
    "addresses of network cards (MAC)": {
        "device": "00:1A:2B:3C:4D:5E|00:1A:2B:3C:4D:5F",
        "wlan": "00-1A-2B-3C-4D-5E|10-1A-2B-3C-4D-5F",
        "mac": "001A2B3C4D5E|001A2B3C4D5F",
    },
    "user names and pages of persons in the internet": {
        "insta": "ann_koch88|ian.orr_99",
        "page": "https://www.linkedin.com/in/ann|",
    },
    "social security numbers": {
        "ssn": "123-45-6789|987-65-4321",
        "x": "1|2|123-45-6789",
        "SocialSecurity": "123456789|987654321",
        "Sozialversicherungsnr": "65170839J008|12345678A123",
    },
    "names of schools": {
        "schule_kind": "Goethe-Grundschule|Realschule Nord",
    },
    "numbers of a public register, insurance, hospital or bank": {
        "BSN": "123456782|111222333",
        "medical_record_number": "00123456|00123457",
        "Versichertennummer": "A123456780|B123456781",
        "konto": "DE89 3704 0044 0532 0130 00|",
    },
    "telephone numbers": {
        "phone": "5551234567|5559876543",
        "Telefon": "030 1234567|089/7654321",
        "handy": "015112345678|",
        "mobile_number": "+44 7700 900123|",
        "contact": "(555) 123-4567|555-987-6543",
        "q3": "06 12 34 56 78|01 23 45 67 89",
        "v1": "1|2|+49 30 1234567",
        "telefono": "912345678|612345678",
        "gsm": "0612345678|0687654321",
    },
    "dates of birth": {
        "DateOfBirth": "29292|31000|27500.0",
        "dob": "1980-02-03|1975-12-31",
        "Geburtsdatum": "03.02.1980|31.12.1975",
        "date_of_birth": "02/03/1980|12/31/1975",
        "date_naissance": "3 mars 1980|31 mai 1975",
        "fecha_nacimiento": "03/02/1980|",
        "geboortedatum": "03-02-1980|31-12-1975",
        "birth_date": "19800203|19751231",
    },
    "initials of persons": {
        "initialen": "AK|ML|TS",
        "Initials": "A.K.|M. L.|T.S.",
        "patient_kürzel": "AnKo|MaLa|",
    },
    "postcodes": {
        "zip": "10115|94110",
        "PLZ": "10115|01067",
        "postcode": "SW1A 1AA|EC1A 1BB",
        "code_postal": "75001|69002",
        "where": "SW1A 1AA|M1 1AE|CR2 6XH",
        "woonplaats": "1011 AB|3511 CD|9712 EF",
    },
    "addresses": {
        "address": "Flat 3, Elm Court 12|7 The Green",
        "v2": "12 Main Street|5 Oak Avenue",
        "anschrift": "Hauptstraße 5|Lindenweg 12",
        "lieu": "12 rue des Lilas|",
        "vivienda": "Calle Mayor 5|",
        "woning": "Kerkstraat 12|Herengracht 1",
    },
    "places on a map (latitude, longitude)": {
        "LocationLatitude": "52.5200|48.1351",
        "longitude": "13.4050|-122.41",
        "gps": "52.5200, 13.4050|",
        "lat": "52.52|40.71",
    },
    "places of residence": {
        "city": "Hull|Bonn|Metz|York|Bath|Ripon|Wells|Ely|Derby|Luton|Stoke|Poole|Oxford|Ayr|Bury",
        "Wohnort": "Jena|Hof",
    },
    "names of persons": {
        "maiden": "Okonkwo|Haugland|Quispe",
        "RecipientLastName": "Koch|Lang|Özdemir",
        "Vorname": "Anna|Bernd|Cem",
        "prénom": "Zoé|Léo",
        "apellidos": "García López|Ruiz",
        "achternaam": "de Vries|Jansen",
        "name": "Koch|Lang",
        "patient_name": "A. Koch|B. Lang",
        "therapist": "Mary Smith|John Doe",
        "treated_by": "Dr. Koch|Prof. Lang",
        "condition": "CBT|BRT|Mary Smith",
        "who": "Anna|Peter|Maria|Jonas",
        "clinician": "Smith, Mary|Doe, John",
    },
    "free text": {
        "comment": "He was late again|She felt much better",
        "Bemerkungen": "kam zu spät heute|fühlt sich besser||",
        "Q5_TEXT": "my own private practice|with my two sisters",
        "answer": "|".join(
            f"in week {n} we talked about his plans to move {n * 'on '}" for n in range(1, 8)
        ),
        "note2": "1|2|" + "He told me that his wife had left him last week and that he did not know"
        " what to do with the children now",
    },
}

HARMLESS = {
    "id": "P001|P002|P003",
    "ResponseId": "R_2aXb3Cd4|R_3bYc4De5",
    "patient": "patient_1|patient_2",
    "therapist": "T1|T2|T3",
    "therapist_name": "T01|T02",
    "participant_id": "5551234567|5551234568",
    "name": "P001|P002",
    "instrument_name": "kims|wai_s",
    "condition": "Cognitive-Behavioral Therapy|Brief Relational Therapy|Treatment as usual",
    "ethnicity": "African American|Asian|White|Native American|Latin American",
    "education": "Some college|High school or less|Graduated from college with a degree",
    "diagnosis": "Major Depressive Disorder|Personality Disorder NOS|Social Anxiety",
    "answer": "Not at all|Several days|More than half the days|Nearly every day",
    "faith": "Christian|Jewish|Muslim|None",
    "month": "April|May|June",
    "site": "St. Mary Hospital|Johns Hopkins Hospital|University Clinic",
    "session_date": "2020-01-05|2020-02-09|2021-05-11",
    "StartDate": "2021-03-04 10:11:12|2021-03-05 09:10:11",
    "birth_year": "1980|1975",
    "year_of_birth": "1980|1975",
    "age": "23|45",
    "email_consent": "yes|no",
    "phone": "1|0",
    "phone_interview": "yes|no",
    "mobile": "Yes|No",
    "address_changed": "1|2",
    "latency": "512.32|733.11",
    "lat_ms": "512|733",
    "gsi": "0.5742|1.2231",
    "score": "12.345|7.891",
    "version": "1.0.2|1.0.3",
    "duration": "00:12:30|01:02:03",
    "comments_read": "1|2",
    "note": "",
    "RecipientEmail": "||",
    "kims_1": "1|5|3",
    "medication": "Sertraline 50 mg|Fluoxetine 20 mg",
    "first": "1|2",
    "last_session": "12|15",
    "zip_file": "yes|no",
    "gender": "Female|Male|Other",
    "initial_diagnosis": "MDD|GAD|PTSD",
    "initials": "1|2",
    "income": "20000|35000|1234567",
    "text": "anxious|calm",
    "missing": "-9999|NA|n/a",
}


def sheet(name: str, cells: str) -> pd.DataFrame:
    return pd.DataFrame({name: cells.split("|")}, dtype=object)


@pytest.mark.parametrize(
    ("reason", "name", "cells"),
    [(what, name, cells) for what, each in PERSONAL.items() for name, cells in each.items()],
)
def test_personal_data_are_found(reason: str, name: str, cells: str) -> None:
    assert personal_columns(sheet(name, cells)) == {name: reason}


@pytest.mark.parametrize(("name", "cells"), HARMLESS.items())
def test_codes_and_categories_are_no_personal_data(name: str, cells: str) -> None:
    assert personal_columns(sheet(name, cells)) == {}


def test_a_label_shows_the_kind_of_a_column() -> None:
    found = personal_columns(sheet("v12", "5551234567|5559876543"), {"v12": "Telephone at home"})
    assert found == {"v12": "telephone numbers"}
    assert personal_columns(sheet("v12", "1|2"), {"v12": "Telephone at home"}) == {}


def test_dates_of_birth_lie_a_life_before_the_other_dates() -> None:
    dates = pd.DataFrame(
        {
            "d1": ["1980-01-02", "1955-03-04", ""],
            "d2": ["2019-01-02", "2020-03-04", "2020-05-06"],
            "d3": ["2020-01-02", "", "2021-05-06"],
        }
    )
    assert personal_columns(dates) == {"d1": "dates of birth"}
    assert personal_columns(dates[["d2", "d3"]]) == {}


def test_one_cell_among_many_is_found() -> None:
    cells = [f"code {number}" for number in range(5000)]
    cells[4321] = "ann@example.org"
    assert personal_columns(pd.DataFrame({"x": cells})) == {"x": "e-mail addresses"}


def test_columns_come_in_the_order_of_the_sheet_without_cells() -> None:
    columns = {name: cells for each in PERSONAL.values() for name, cells in each.items()}
    wide = pd.DataFrame({name: [cells.split("|")[0]] * 3 for name, cells in columns.items()})
    found = personal_columns(wide[list(wide)[::-1]])
    assert list(found) == [name for name in list(wide)[::-1] if name in found]
    assert set(found.values()) <= set(PERSONAL)


PLANTED = yaml.safe_load((Path(__file__).parent / "planted_columns.yaml").read_text("utf-8"))


@pytest.mark.parametrize(
    "planted", PLANTED, ids=[f"{one['language']}-{one['kind']}-{one['heading']}" for one in PLANTED]
)
def test_every_planted_column_is_found(planted: dict[str, Any]) -> None:
    """Each alone, in a column of its own among codes: cells repeat, some are empty."""
    cells = [*map(str, planted["cells"]), "", planted["cells"][0]]
    sheet = pd.DataFrame({planted["heading"]: cells}, dtype=object)
    assert list(personal_columns(sheet)) == [planted["heading"]]


def test_the_planted_columns_cover_the_languages_of_the_field() -> None:
    languages = {one["language"] for one in PLANTED}
    field = "no da sv fi nl pl cs tr el ru uk ar he zh ja ko de en fr es it pt"
    field += " vi hi fa th eu sw id bn ro hu bg sr hr sl lt lv et is ca ms tl ur ta"
    assert set(field.split()) <= languages
    assert len(PLANTED) >= 300


def test_seconds_since_1582_are_dates_and_incomes_are_none() -> None:
    """Numbers of days have no sign that they are days: only a heading makes them births."""
    rng = np.random.default_rng(7)
    days = rng.integers(-7000, 13000, size=40) + 141_428  # around 1970
    frame = pd.DataFrame({"v1": [str(day * 86_400) for day in days]})
    assert personal_columns(frame) == {"v1": "dates of birth"}
    session = [str((int(day) % 300 + 159_300) * 86_400) for day in days]
    assert personal_columns(pd.DataFrame({"v1": session})) == {}
    serials = [str(day - 115_858) for day in days]  # as a spreadsheet counts them
    assert personal_columns(pd.DataFrame({"income": serials})) == {}
    assert personal_columns(pd.DataFrame({"birthday": serials})) == {"birthday": "dates of birth"}


HEADINGS = yaml.safe_load((Path(__file__).parent / "planted_headings.yaml").read_text("utf-8"))


@pytest.mark.parametrize("kind", HEADINGS)
def test_headings_in_every_language_and_abbreviation(kind: str) -> None:
    cells = [*HEADINGS[kind]["cells"], ""]
    passed = [
        heading
        for heading in HEADINGS[kind]["headings"]
        if not personal_columns(pd.DataFrame({heading: cells}, dtype=object))
    ]
    assert passed == []


@pytest.mark.parametrize("kind", HEADINGS)
def test_the_same_headings_above_answers_are_no_personal_data(kind: str) -> None:
    """Whether there is such a thing, or how much of it: yes and no, a count, a rating."""
    ratings = [] if kind == "coordinates" else [["0.25", "1.75", "3.5"]]
    for cells in (["yes", "no", ""], ["1", "0", ""], *ratings):
        frames = {heading: cells for heading in HEADINGS[kind]["headings"]}
        assert personal_columns(pd.DataFrame(frames, dtype=object)) == {}


HARMLESS_COLUMNS = yaml.safe_load(
    (Path(__file__).parent / "harmless_columns.yaml").read_text("utf-8")
)


@pytest.mark.parametrize("harmless", HARMLESS_COLUMNS, ids=[h["heading"] for h in HARMLESS_COLUMNS])
def test_no_harmless_column_is_refused(harmless: dict[str, Any]) -> None:
    sheet = pd.DataFrame({harmless["heading"]: list(map(str, harmless["cells"]))}, dtype=object)
    assert personal_columns(sheet) == {}


def test_the_reason_quotes_no_cell() -> None:
    for one in PLANTED:
        found = personal_columns(pd.DataFrame({one["heading"]: list(map(str, one["cells"]))}))
        assert set(found.values()) <= set(KINDS)


def test_a_million_cells_take_seconds() -> None:
    """Distinct cells only, and searches over shapes: about two seconds where all cells differ."""
    codes = [f"code {number} of {number * 7919 % 100_003}" for number in range(100_000)]
    sheet = pd.DataFrame({f"v{column}": codes for column in range(10)})
    start = time.process_time()
    assert personal_columns(sheet) == {}
    assert time.process_time() - start < 12


@pytest.mark.parametrize(
    "cell",
    ["a" * 200_000 + "@", "1" * 200_000 + "x", "° N " * 50_000, "a-" * 100_000, "0 " * 90_000],
)
def test_long_cells_take_no_long_time(cell: str) -> None:
    start = time.process_time()
    personal_columns(pd.DataFrame({"tlf": [cell, "b", "c"], "gps": [cell, "1", "2"]}))
    assert time.process_time() - start < 3
