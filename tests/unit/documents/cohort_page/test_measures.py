"""Floor, ceiling, and skewness of the measures on the intake page."""

from attune.documents.cohort_page.cohort_check import CohortCheck, MeasureCheck
from attune.documents.cohort_page.labels import odd_measures
from attune.documents.cohort_page.page import page_facts


def check(*measures: MeasureCheck) -> CohortCheck:
    return CohortCheck("a", "A", "s", "S", "", 2, 1, 0.95, measures=measures)


EVEN = MeasureCheck("Calm", 40, 0.0, 0.025, -0.456, odd=False)
FLOOR = MeasureCheck("Mood, end", 40, 0.125, 0.0, 1.2, odd=True)
NO_KEY = MeasureCheck("Age", 2, None, None, None, odd=False)


def test_numbers_are_printed_and_a_dash_where_there_is_none() -> None:
    rows = page_facts(check(EVEN, NO_KEY))["measures"]
    printed = [(row["floor"], row["ceiling"], row["skewness"]) for row in rows]
    assert printed == [("0.0%", "2.5%", "−0.46"), ("—", "—", "—")]


def test_the_sentence_names_the_measures_with_a_floor() -> None:
    assert odd_measures(check(EVEN, NO_KEY)).startswith("No measure has a tenth or more")
    text = odd_measures(check(EVEN, FLOOR))
    assert "in: Mood, end. Intervals that assume normal scores" in text
    assert "Calm" not in text
