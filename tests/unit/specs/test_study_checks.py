"""An analysis plan against a cohort, and a cohort against the scoring keys."""

from typing import Any

import pytest
from tests.unit.intake.small_cohort import INSTRUMENTS, QUESTIONNAIRE, cohort

from attune.analyses.study import StudyFile, check_plan
from attune.specs.closed_model import read_as
from attune.specs.errors import ConfigurationError
from attune.specs.study import Study
from attune.specs.study_checks import check_against_instruments, key_of, named, pretests

SCORED = {"label": "Mood", "instrument": "mood", "scale": "total", "rater": "patient"}


def study(**changes: Any) -> Study:
    content = {
        "study": "toy",
        "title": "Toy",
        "authors": [],
        "template": "generic",
        "measures": {
            "before": SCORED | {"occasion": "intake"},
            "after": SCORED | {"occasion": "termination"},
            "age": {"label": "Age", "variable": "age"},
        },
        "imputation": {"method": "none"},
        "outcomes": {"mood": {"label": "Mood", "pretest": "before", "posttest": "after"}},
    }
    return read_as(StudyFile, content | changes, "toy.yaml")


def refused(plan: Study | None = None, **changes: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        check_plan(plan or study(), cohort(**changes), INSTRUMENTS)
    return caught.value.problems


def test_what_fits() -> None:
    check_plan(study(), cohort(), INSTRUMENTS)
    assert pretests(study()) == {
        ("mood", "patient", "termination", ""): ("mood", "patient", "intake", "")
    }


def test_outcomes_of_the_sample_sheet_have_no_questionnaires() -> None:
    outcomes = {"x": {"label": "X", "pretest": "age", "posttest": "age"}}
    assert pretests(study(outcomes=outcomes)) == {}


def test_all_problems_of_a_study_at_once() -> None:
    measures = {
        "before": SCORED | {"occasion": "intake", "scale": "totl"},
        "after": SCORED | {"occasion": "end"},
        "age": {"label": "Age", "variable": "years"},
        "kims": SCORED | {"occasion": "intake", "instrument": "kims"},
    }
    outcomes: dict[str, Any] = {}
    assert refused(study(measures=measures, outcomes=outcomes, variables=["sex"])) == [
        "measures.before: 'totl' is not a scale of MOOD. Did you mean 'total'?",
        "measures.after: the cohort has no mood (patient, end); it has mood (patient, intake), mood"
        " (patient, termination)",
        "measures.age: 'years' is not a variable of the sample sheet. Known: 'age'.",
        "measures.kims: the cohort has no questionnaire of 'kims'. Known: 'mood'.",
        "variables: 'sex' is not in the sample sheet. Known: 'age'.",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rater": "observer"}, "rater 'observer' is not one of patient, therapist"),
        ({"state": "best"}, "state 'best' is not one of no state"),
        ({"columns": {1: "a", 2: "b"}}, "each once; missing: 3; unknown: none"),
        ({"columns": {1: "a", 2: "b", 3: "b"}}, "the column 'b' is mapped to more than one item"),
        ({"columns": "m_{items}"}, "'m_{items}' is not a pattern"),
        ({"columns": "m_{item:.0}"}, "is not a pattern"),
        (
            {"missing_codes": ["3"]},
            "the missing code '3' is also a valid response of MOOD (0 to 4)",
        ),
        ({"missing_codes": ["3.0"]}, "the missing code '3.0' is also a valid response"),
        (
            {"answers": {"x": 0, "y": 4}, "missing_codes": ["x"]},
            "the missing code 'x' is also one of answers, and would be taken as missing. Remove it",
        ),
        (
            {"lowest_code": 40000},
            "lowest_code is 40000, which no answer to MOOD can have; its codes go from 0 to 4",
        ),
        (
            {"scores_in_file": {"totl": "t"}},
            "scores_in_file: 'totl' is not a scale. Did you mean 'total'?",
        ),
    ],
)
def test_a_questionnaire_that_does_not_fit(change: dict[str, Any], said: str) -> None:
    questionnaires = [
        QUESTIONNAIRE | {"occasion": "intake", "file": "intake"} | change,
        QUESTIONNAIRE | {"occasion": "termination", "file": "termination"},
    ]
    (problem,) = refused(questionnaires=questionnaires)
    assert problem.startswith(("questionnaires.0 (mood (", "questionnaires.0: columns"))
    assert said in problem


@pytest.mark.parametrize("code", ["-1", "5", "99", "2.5", "NA", "nan", ""])
def test_codes_that_are_no_response(code: str) -> None:
    check_against_instruments(cohort(missing_codes=[code]), INSTRUMENTS)


def test_one_column_for_two_questionnaires() -> None:
    questionnaires = [
        QUESTIONNAIRE | {"occasion": "intake", "file": "intake"},
        QUESTIONNAIRE | {"occasion": "intake", "file": "intake", "rater": "therapist"},
    ]
    (problem,) = refused(questionnaires=questionnaires)
    assert problem.startswith(
        "mood (patient, intake) and mood (therapist, intake) both read column 'mood_1' of"
    )


SCORE = {"instrument": "mood", "rater": "patient", "scale": "total", "file": "intake"}
SESSIONS = SCORE | {"occasion": "s_{session}", "sessions": [1, 2]}
ITEMS = QUESTIONNAIRE | {"occasion": "intake", "file": "intake"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            {"questionnaires": [], "scores": [SESSIONS | {"column": "bdi"}]},
            "mood (patient, s_1), score total and mood (patient, s_2), score total both read column"
            " 'bdi' of intake.csv; each cell belongs to one of them.",
        ),
        (
            {
                "questionnaires": [],
                "scores": [
                    SCORE | {"occasion": "intake", "column": "bdi", "scale": scale}
                    for scale in ("total", "mean")
                ],
            },
            "mood (patient, intake), score total and mood (patient, intake), score mean both read",
        ),
        (
            {
                "questionnaires": [ITEMS],
                "scores": [SCORE | {"occasion": "later", "column": "mood_2"}],
            },
            "mood (patient, intake) and mood (patient, later), score total both read column"
            " 'mood_2'",
        ),
        (
            {"questionnaires": [ITEMS, ITEMS | {"occasion": "later", "rows": {"visit": "2"}}]},
            "mood (patient, intake) and mood (patient, later) both read column 'mood_1'",
        ),
    ],
)
def test_one_column_for_two(content: dict[str, Any], said: str) -> None:
    assert said in refused(**content)[0]


def test_other_rows_of_one_column_are_other_answers() -> None:
    visits = [ITEMS | {"occasion": f"v{code}", "rows": {"visit": code}} for code in "12"]
    check_against_instruments(cohort(questionnaires=visits), INSTRUMENTS)


def test_the_same_columns_in_two_files_are_two_questionnaires() -> None:
    check_against_instruments(cohort(), INSTRUMENTS)


def test_questionnaires_in_words() -> None:
    questionnaire = cohort().questionnaires[0]
    assert named(key_of(questionnaire)) == "mood (patient, intake)"
    assert (
        named(("intrex", "therapist", "baseline", "worst")) == "intrex (therapist, baseline, worst)"
    )
