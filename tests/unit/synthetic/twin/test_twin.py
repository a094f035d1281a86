"""A twin has the published moments, in the layout of its cohort file, whatever that is."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.unit.intake.small_cohort import MOOD, QUESTIONNAIRE, cohort

from attune.intake.validation import ValidatedCohort, validate_responses
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.synthetic.draws import Draws
from attune.synthetic.twin.as_twin import as_twin
from attune.synthetic.twin.items import block_responses, left_out
from attune.synthetic.twin.make import twin_sheets
from attune.synthetic.twin.published import published_summary
from attune.synthetic.twin.scales import building_blocks
from attune.synthetic.twin.scores import correlated_scores, within
from attune.synthetic.twin.summary import Summary

N = 80
INSTRUMENTS = {"mood": MOOD}
LONG = Instrument.model_validate(
    MOOD.model_dump()
    | {
        "instrument": "long",
        "n_items": 12,
        "reverse": [2, 5, 11],
        "response": {"minimum": 1, "maximum": 5},
        "scales": {
            "first": {"label": "First", "aggregation": "sum", "items": [1, 2, 3, 4]},
            "second": {"label": "Second", "aggregation": "mean", "items": [5, 6, 7, 8]},
            "all": {"label": "All", "aggregation": "mean", "items": "all"},
        },
    }
)
"""Two short scales and a long one that holds four items more."""


def likert(level: np.ndarray, n_items: int, low: int, high: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    latent = (low + high) / 2 + level[:, None] + rng.normal(size=(len(level), n_items))
    return np.clip(np.rint(latent), low, high).astype(int)


def long_cohort(**questionnaire: Any) -> Cohort:
    files = {"who": {"path": "who.csv", "dyad": "id"}, "q": {"path": "q.csv", "dyad": "id"}}
    entry = {"instrument": "long", "rater": "patient", "occasion": "intake", "file": "q"}
    declared = entry | {"columns": "q_{item}"} | questionnaire
    later = declared | {"occasion": "end"}
    if "rows" in questionnaire:
        later |= {"rows": {"visit": "2"}}
    else:
        later |= {"columns": "z_{item}"}
    return cohort(files=files, questionnaires=[declared, later], missing_codes=["", "-9"])


def published(declared: Cohort) -> Summary:
    """A summary as a person could write it."""
    score = {"n": 74, "mean": 12.6, "sd": 3.1, "alpha": 0.81}
    scales = {
        "first": score,
        "second": {"n": 75, "mean": 2.4, "sd": 0.8, "alpha": 0.7},
        "all": {"n": 75, "mean": 2.7, "sd": 0.6, "alpha": 0.85},
    }
    later = {name: each | {"n": 60} for name, each in scales.items()}
    names = [f"long.patient.{o}.{s}" for o in ("intake", "end") for s in scales]
    return Summary.model_validate(
        {
            "cohort": declared.cohort,
            "n_dyads": N,
            "n_therapists": 9,
            "smallest_cell": 5,
            "numbers": {"age": {"n": 78, "mean": 41.2, "sd": 12.5, "decimals": 0}},
            "questionnaires": {
                "long.patient.intake": {
                    "n": 75,
                    "n_incomplete": 6,
                    "missing_share": 0.01,
                    "scales": scales,
                },
                "long.patient.end": {"n": 60, "scales": later},
            },
            "correlations": {
                name: [0.5 if row // 3 == other // 3 else 0.3 for other in range(row)]
                for row, name in enumerate(names)
            },
        }
    )


LAYOUTS: dict[str, dict[str, Any]] = {
    "wide": {},
    "long": {"rows": {"visit": "1"}},
    "shifted codes": {"lowest_code": 0},
    "reversed already": {"already_reversed": "all"},
    "words": {"answers": {"never": 1, "rarely": 2, "some": 3, "often": 4, "always": 5}},
    "scores in the file": {"scores_in_file": {"first": "first_sum"}, "rows": {"visit": "1"}},
}


def valid(sheets: dict[str, pd.DataFrame], declared: Cohort) -> ValidatedCohort:
    found = validate_responses(sheets, as_twin(declared), {"long": LONG}, {})
    errors = [
        violation.sentence() for violation in found.violations if violation.severity == "error"
    ]
    assert not errors
    return found


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_reads_back_with_the_published_moments(layout: str) -> None:
    declared = long_cohort(**LAYOUTS[layout])
    wanted = published(declared)
    found = published_summary(
        valid(twin_sheets(wanted, declared, {"long": LONG}), declared), declared, {"long": LONG}, 5
    )
    for name, questionnaire in wanted.questionnaires.items():
        seen = found.questionnaires[name]
        assert seen.n == questionnaire.n
        assert seen.missing_share == pytest.approx(questionnaire.missing_share, abs=0.001)
        for scale in ("first", "second"):
            one, other = questionnaire.scales[scale], seen.scales[scale]
            item = 1 if scale == "first" else 0.25
            assert other.mean == pytest.approx(one.mean, abs=0.12 * item)
            assert other.sd == pytest.approx(one.sd, rel=0.06)
            assert other.alpha == pytest.approx(one.alpha, abs=0.04)
    age, drawn = wanted.numbers["age"], found.numbers["age"]
    assert (drawn.n, drawn.decimals) == (78, 0)
    assert drawn.mean == pytest.approx(age.mean, abs=0.3)
    assert drawn.sd == pytest.approx(age.sd, rel=0.05)
    assert found.n_therapists == 9
    names = list(found.correlations)
    for one, other in (("intake", "intake"), ("end", "end"), ("intake", "end")):
        place = names.index(f"long.patient.{one}.first")
        r = found.correlations[f"long.patient.{other}.second"][place]
        assert r == pytest.approx(0.5 if one == other else 0.3, abs=0.12)


def test_a_twin_is_the_same_for_the_same_summary_only() -> None:
    declared = long_cohort()
    first, again = (twin_sheets(published(declared), declared, {"long": LONG}) for _ in "ab")
    assert all(first[name].equals(again[name]) for name in first)
    other = published(declared).model_copy(update={"seed": 1})
    assert not twin_sheets(other, declared, {"long": LONG})["q"].equals(first["q"])


@pytest.mark.parametrize("layout", ["wide", "long"])
def test_days_of_answers_go_back_from_the_end_of_treatment_in_weeks(layout: str) -> None:
    """No day is published: the last occasion is the end itself, the one before a week earlier."""
    declared = long_cohort(**LAYOUTS[layout])
    ended = {"column": "ended", "label": "End", "kind": "date", "format": "%d.%m.%Y"}
    content = declared.model_dump()
    content["sample"] |= {"variables": {"ended": ended}, "ended": "ended"}
    for entry, column in zip(content["questionnaires"], ("day_q", "day_z"), strict=True):
        entry["answered_on"] = {"column": "day" if layout == "long" else column}
    declared = Cohort.model_validate(content)
    numbers = {"ended": {"n": 70, "mean": 19_700.0, "sd": 90.0, "decimals": 0}}
    wanted = published(declared).model_dump() | {"numbers": numbers}
    sheets = twin_sheets(Summary.model_validate(wanted), declared, {"long": LONG})
    late = {one.rule for one in valid(sheets, declared).violations}
    assert not late & {"answered_after_end", "missing_column", "not_a_date"}
    ends = sheets["who"].set_index("id")["ended"]
    known = pd.to_datetime(ends[ends != ""], format="%d.%m.%Y")
    rows = sheets["q"].set_index("id")
    if layout == "long":
        first, last = (rows[rows["visit"] == visit]["day"] for visit in "12")
    else:
        first, last = rows["day_q"], rows["day_z"]
    for days, weeks in ((first, 1), (last, 0)):
        there = days[days != ""]
        assert set(days.index) - set(there.index) <= set(ends[ends == ""].index)
        assert len(there) > 40
        assert ((known[there.index] - pd.to_datetime(there)).dt.days == 7 * weeks).all()


def test_dyads_that_gave_nothing_have_no_row_in_a_long_file() -> None:
    declared = long_cohort(**LAYOUTS["long"])
    sheet = twin_sheets(published(declared), declared, {"long": LONG})["q"]
    assert sheet["visit"].value_counts().to_dict() == {"1": 75, "2": 60}
    assert set(sheet.loc[sheet["visit"] == "2", "id"]) < set(sheet.loc[sheet["visit"] == "1", "id"])


def test_a_summary_of_nothing_but_small_cells_still_gives_a_twin() -> None:
    declared = long_cohort()
    empty = {"n": None, "n_incomplete": None, "scales": {}}
    summary = Summary(
        cohort="toy",
        n_dyads=6,
        smallest_cell=5,
        questionnaires={"long.patient.intake": empty, "long.patient.end": empty},
    )
    found = valid(twin_sheets(summary, declared, {"long": LONG}), declared)
    assert len(found.responses) == 4


def test_the_published_summary_suppresses_small_cells() -> None:
    levels = {"a": "A", "b": "B", "c": "C"}
    declared = cohort(
        sample={
            "file": "who",
            "patient": "patient",
            "variables": {
                "group": {"column": "g", "label": "G", "kind": "category", "levels": levels}
            },
        },
        questionnaires=[
            QUESTIONNAIRE | {"occasion": name, "file": name} for name in ("intake", "termination")
        ],
    )
    ids = [f"d{number}" for number in range(20)]
    who = pd.DataFrame({"id": ids, "patient": ids, "g": ["a"] * 11 + ["b"] * 7 + ["c"] * 2})
    answers = pd.DataFrame({"id": ids, "mood_1": ["0", "1", "2", "3"] * 5})
    answers["mood_2"] = answers["mood_1"]
    answers["mood_3"] = ["4", "3", "2", "1"] * 5
    sheets = {"who": who, "intake": answers, "termination": answers[:3]}
    validated = validate_responses(sheets, declared, INSTRUMENTS, {})
    assert not [violation for violation in validated.violations if violation.severity == "error"]
    found = published_summary(validated, declared, INSTRUMENTS, 5)
    assert found.categories["group"].counts == {"a": 11, "b": None, "c": None}
    few = found.questionnaires["mood.patient.termination"]
    assert few.n is None
    assert all(scale.mean is None and scale.sd is None for scale in few.scales.values())
    assert few.scales["total"].n is None
    assert published_summary(validated, declared, INSTRUMENTS, 0).categories["group"].counts == {
        "a": 11,
        "b": 7,
        "c": 2,
    }


def test_the_share_of_missing_answers_tells_no_suppressed_count() -> None:
    """One answer of 60 is missing: 0.0167 times 60 would tell that one dyad lacks it."""
    ids = [f"d{number}" for number in range(20)]
    sheets = {
        "who": pd.DataFrame({"id": ids, "patient": ids}),
        "intake": pd.DataFrame({"id": ids} | {f"mood_{n}": ["0", "1", "2", "3"] * 5
                                              for n in (1, 2, 3)}),
    }  # fmt: skip
    sheets["intake"].loc[4, "mood_2"] = ""
    declared = cohort(
        sample={"file": "who", "patient": "patient"},
        files={"who": {"path": "who.csv", "dyad": "id"}, "intake": {"path": "i.csv", "dyad": "id"}},
        questionnaires=[QUESTIONNAIRE | {"file": "intake", "occasion": "intake"}],
        severities={"item_against_scale": "note"},
    )
    validated = validate_responses(sheets, declared, INSTRUMENTS, {})
    (found,) = published_summary(validated, declared, INSTRUMENTS, 5).questionnaires.values()
    assert (found.n, found.n_incomplete, found.missing_share) == (20, None, None)
    assert twin_sheets(
        published_summary(validated, declared, INSTRUMENTS, 5), declared, INSTRUMENTS
    )
    (shown,) = published_summary(validated, declared, INSTRUMENTS, 0).questionnaires.values()
    assert (shown.n_incomplete, shown.missing_share) == (1, round(1 / 60, 4))


def test_items_have_the_wanted_alpha_and_sums() -> None:
    means = within(Draws(1, 1).bell((200,)), np.ones(200, bool), 2.0, 0.7, 0, 4)
    for alpha in (0.5, 0.7, 0.9):
        items = block_responses(means, 8, 4, alpha, Draws(1, 2))
        assert (items.sum(axis=1) == np.rint(means * 8)).all()
        assert (items >= 0).all()
        assert (items <= 4).all()
        total = items.sum(axis=1).var(ddof=1)
        found = 8 / 7 * (1 - items.var(axis=0, ddof=1).sum() / total)
        assert found == pytest.approx(alpha, abs=0.02)


def test_means_near_the_end_of_the_range_stay_right() -> None:
    values = within(Draws(1, 1).bell((300,)), np.ones(300, bool), 0.4, 0.5, 0, 4)
    assert values.mean() == pytest.approx(0.4, abs=0.005)
    assert values.std(ddof=1) == pytest.approx(0.5, abs=0.005)


@pytest.mark.parametrize("n", [2, 5, 8, 40])
def test_scores_are_standardised_and_correlated(n: int) -> None:
    wanted = np.full((6, 6), 0.5) + 0.5 * np.eye(6)
    scores = correlated_scores(wanted, n, Draws(3, 0))
    assert scores.shape == (n, 6)
    assert np.allclose(scores.std(axis=0, ddof=1), 1)
    if n > 6:
        assert np.allclose(np.corrcoef(scores.T), wanted)


def test_no_correlation_matrix_becomes_the_nearest_one() -> None:
    wanted = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    found = np.corrcoef(correlated_scores(wanted, 50, Draws(3, 0)).T)
    assert np.sign(found).tolist() == np.sign(wanted).tolist()


def test_blocks_hold_every_item_once() -> None:
    blocks = building_blocks(LONG)
    assert sorted(item for block in blocks for item in block.items) == list(range(1, 13))
    assert [(block.scale, len(block.items)) for block in blocks] == [
        ("first", 4),
        ("second", 4),
        ("all", 4),
    ]


def test_nobody_leaves_everything_out() -> None:
    missing = left_out(np.array([True, True, False]), 4, 99, Draws(1, 0))
    assert missing.sum(axis=1).tolist() == [3, 3, 0]
