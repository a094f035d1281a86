"""Questionnaires of therapists about themselves, which stand in the rows of all their patients."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from attune.scoring.score_coverage import ScoreCoverage
from attune.scoring.scores import score_batches
from attune.scoring.therapist_sheets import repeated_sheets, without_repeats
from attune.specs.instrument import Instrument
from attune.store.contracts import GIVEN_SCORES, RESPONSES, conform, item_column

PEOPLE = pd.DataFrame({"dyad": list("abcde"), "therapist": ["t", "t", "u", "u", None]})
SELF, RATING = "skills", "alliance"
KEYS = {
    name: Instrument.model_validate(
        {
            "instrument": name,
            "version": "1.0",
            "name": name,
            "abbreviation": name,
            "citation": "none",
            "citation_key": "none",
            "raters": ["therapist"],
            "n_items": 2,
            "response": {"minimum": 1, "maximum": 5},
            "scales": {"total": {"label": "Total", "aggregation": "sum", "items": "all"}},
            "missing": {"rule": "complete", "source": "test"},
            "confidence": {"level": "mixed", "note": "test"},
            "licence": "none",
        }
    )
    for name in (SELF, RATING)
}


def row(instrument: str, dyad: str, occasion: str, *answers: int | None) -> dict[str, Any]:
    key = {"dyad": dyad, "instrument": instrument, "rater": "therapist", "occasion": occasion}
    items = {item_column(number): one for number, one in enumerate(answers, start=1)}
    return key | {"state": ""} | items


ROWS = [
    # The same sheet of t twice, of u in one of two rows, of an unknown therapist.
    *(row(SELF, dyad, "before", 4, 2) for dyad in "ab"),
    row(SELF, "c", "before", 1, None),
    row(SELF, "e", "before", 4, 2),
    # At another occasion t answered otherwise.
    *(row(SELF, dyad, "after", 5, 3) for dyad in "ab"),
    # Each patient is rated; t rated both alike.
    *(row(RATING, dyad, "before", 4, 4) for dyad in "abc"),
    row(RATING, "d", "before", 2, 4),
]


def responses(rows: list[dict[str, Any]] = ROWS) -> pa.Table:
    frame = pd.DataFrame(rows).reindex(columns=RESPONSES.schema.names)
    return conform(frame, RESPONSES)


def test_a_sheet_counts_once_and_a_rating_of_each_patient_stays() -> None:
    frame = responses().to_pandas()
    again = frame[repeated_sheets(frame, PEOPLE)]
    found = again[["dyad", "instrument", "occasion"]].to_numpy().tolist()
    assert sorted(found) == [["b", SELF, "after"], ["b", SELF, "before"]]
    assert len(without_repeats(frame, PEOPLE)) == len(ROWS) - 2


def test_one_differing_row_makes_all_of_them_questionnaires_of_dyads() -> None:
    frame = responses([*ROWS, row(SELF, "d", "before", 1, 1)]).to_pandas()
    assert not repeated_sheets(frame, PEOPLE).any()


def test_nothing_repeats_where_no_therapist_is_known_or_each_has_one_patient() -> None:
    frame = responses().to_pandas()
    for therapists in ([None] * 5, list("vwxyz")):
        people = PEOPLE.assign(therapist=therapists)
        assert not repeated_sheets(frame, people).any()


@pytest.mark.parametrize("size", [1, 3, 100])
def test_coverage_counts_sheets_once_in_any_batches(size: int) -> None:
    coverage = ScoreCoverage(KEYS, None, PEOPLE)
    for _ in score_batches(responses().to_batches(max_chunksize=size), KEYS, coverage):
        pass
    table = coverage.statistics().to_pandas().set_index("id")
    place = "scores.skills.therapist.before.total"
    assert table.loc[f"{place}.complete", ["estimate", "n"]].tolist() == [2, 3]
    assert table.loc[f"{place}.none", ["estimate", "n"]].tolist() == [1, 3]
    assert table.loc[f"{place}.none", "method"].endswith("each therapist once")
    rated = table.loc["scores.alliance.therapist.before.total.complete"]
    assert rated[["estimate", "n"]].tolist() == [4, 4]
    assert "each therapist once" not in rated["method"]


def test_given_scores_of_therapists_count_once() -> None:
    key = {"instrument": SELF, "rater": "therapist", "occasion": "before", "state": ""}
    scores = [("total", "abc", (6, 6, 3)), ("rating", "abcd", (6, 6, 3, 4))]
    rows = [
        key | {"dyad": dyad, "scale": scale, "score": score}
        for scale, dyads, values in scores
        for dyad, score in zip(dyads, values, strict=True)
    ]
    coverage = ScoreCoverage(KEYS, None, PEOPLE)
    coverage.add_given(conform(pa.Table.from_pylist(rows), GIVEN_SCORES))
    statistics = coverage.statistics().to_pandas()
    found = statistics.set_index(statistics["id"].str.split(".").str[4])["estimate"]
    assert found.to_dict() == {"total": 2, "rating": 4}


def test_missing_answers_are_part_of_a_sheet() -> None:
    frame = responses([row(SELF, "a", "before", 4, None), row(SELF, "b", "before", 4, None)])
    assert repeated_sheets(frame.to_pandas(), PEOPLE).tolist() == [False, True]
    assert np.isnan(frame.to_pandas()["item_002"].astype(float)).all()
