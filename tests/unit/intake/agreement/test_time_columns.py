"""Columns of time: forms of dates and numbers that tell which of two files was first."""

import datetime

import numpy as np
import pandas as pd
import pytest

from attune.intake.agreement.time_columns import runs_backwards

PEOPLE = [f"p{number}" for number in range(20)]
START = datetime.date(2021, 3, 1)
MONTHS = ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"]


def days(offset: int, form: str) -> pd.Series:
    """Dates of twenty people, some days apart, in one of the usual forms."""
    dates = [START + datetime.timedelta(days=11 * n + offset) for n in range(len(PEOPLE))]
    if form == "serial":
        texts = [str((date - datetime.date(1899, 12, 30)).days) for date in dates]
    elif form == "german":
        texts = [f"{date.day}. {MONTHS[date.month - 1]} {date.year}" for date in dates]
    else:
        texts = [date.strftime(form) for date in dates]
    return pd.Series(texts, PEOPLE)


FORMS = [
    *("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d 14:05:09", "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y"),
    *("%m/%d/%y 9:30", "%d-%b-%Y", "%b %d, %Y", "%Y%m%d", "serial", "german"),
]


@pytest.mark.parametrize("form", FORMS)
def test_dates_in_every_usual_form(form: str) -> None:
    early, late = days(0, form), days(60, form)
    assert runs_backwards("assessment_date", late, early) == ("date", 20, 20)
    assert runs_backwards("assessment_date", early, late) is None
    assert runs_backwards("assessment_date", early, early) is None


def test_dates_that_may_be_read_in_two_ways_tell_nothing() -> None:
    late, early = (pd.Series([f"{n % 5 + 1}/{m}/2021" for n in range(20)], PEOPLE) for m in (7, 3))
    assert runs_backwards("date", late, early) is None


def whole(values: object) -> pd.Series:
    return pd.Series(np.asarray(values).astype(int).astype(str), PEOPLE)


@pytest.mark.parametrize(
    "heading",
    ["days_since_intake", "DayNr", "week", "SessionNum", "Sitzung", "Tage_seit_Beginn", "semaine"],
)
def test_numbers_of_time_by_their_heading(heading: str) -> None:
    rng = np.random.default_rng(4)
    early, late = whole(rng.integers(0, 9, 20)), whole(rng.integers(70, 99, 20))
    assert runs_backwards(heading, late, early) == ("number", 20, 20)
    assert runs_backwards(heading, early, late) is None
    assert runs_backwards("distress", late, early) is None


def test_days_of_an_outcome_that_become_fewer_are_no_time() -> None:
    """Everybody drinks on fewer days after a treatment; the two waves overlap over people."""
    rng = np.random.default_rng(5)
    before = rng.integers(8, 31, 20)
    after = np.maximum(before - rng.integers(3, 12, 20), 0)
    assert (before > after).all()
    assert runs_backwards("days_drinking", whole(before), whole(after)) is None


def test_few_people_tell_nothing() -> None:
    early, late = days(0, "%Y-%m-%d")[:4], days(60, "%Y-%m-%d")[:4]
    assert runs_backwards("date", late, early) is None
