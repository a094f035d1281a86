import pandas as pd
import pytest
from tests.unit.intake.small_cohort import MOOD_OF_FOUR as MOOD

from attune.analyses.sample.estimate import MISSING, describe_sample, distribution, number_summaries
from attune.analyses.study import StudyFile
from attune.specs.closed_model import read_as
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.study import Study
from attune.store.contracts import STATISTICS, conform, item_column

SHEET = {"path": "sample.csv", "dyad": "dyad"}


def cohort(levels: dict[str, str] | None = None) -> Cohort:
    sex = levels or {"F": "Female", "M": "Male", "X": "Other"}
    return read_as(
        Cohort,
        {
            "cohort": "toy",
            "title": "Toy",
            "study": "toy",
            "synthetic": True,
            "synthetic_notice": "Synthetic.",
            "source": "test",
            "licence": "none",
            "files": {"sheet": SHEET, "intake": {"path": "intake.csv", "dyad": "dyad"}},
            "sample": {
                "file": "sheet",
                "therapist": "therapist",
                "patient": "patient",
                "variables": {
                    "sex": {"column": "sex", "label": "Sex", "kind": "category", "levels": sex},
                    "age": {"column": "age", "label": "Age", "unit": "years"},
                },
            },
            "questionnaires": [
                {
                    "instrument": "mood",
                    "rater": "patient",
                    "occasion": occasion,
                    "file": "intake",
                    "columns": "m{item}",
                }
                for occasion in ("intake", "termination")
            ],
        },
        "cohort.yaml",
    )


def study(**changes: object) -> Study:
    content = {
        "study": "toy",
        "title": "Toy",
        "authors": ["Nobody"],
        "template": "toy",
        "measures": {
            "mood_intake": {
                "label": "Mood",
                "instrument": "mood",
                "scale": "total",
                "rater": "patient",
                "occasion": "intake",
            },
        },
        "imputation": {"method": "none"},
        "variables": ["sex", "age"],
    }
    return read_as(StudyFile, content | changes, "toy.yaml")


SAMPLE = pd.DataFrame(
    {
        "dyad": ["1", "2", "3", "4"],
        "therapist": ["a", "a", "b", "c"],
        "patient": ["1", "2", "3", "4"],
        "condition": None,
        "sex": ["F", "F", "M", None],
        "age": [20.0, 30.0, float("nan"), 70.0],
    }
)
MEASURES = pd.DataFrame(
    {
        "dyad": ["1", "2", "3", "4"] * 2,
        "imputation": [0] * 4 + [1] * 4,
        "mood_intake": [1.0, 3.0, None, 8.0, 1.0, 3.0, 4.0, 8.0],
    }
)


def responses(rows: list[tuple[str, str, list[int | None]]]) -> pd.DataFrame:
    questionnaires = []
    for dyad, occasion, answers in rows:
        key = {"dyad": dyad, "instrument": "mood", "rater": "patient", "occasion": occasion}
        items = {item_column(number): answer for number, answer in enumerate(answers, 1)}
        questionnaires.append(key | {"state": ""} | items)
    return pd.DataFrame(questionnaires)


# Intake: dyads 1 and 2 complete, 3 lacks one item, 4 gave none; termination: dyad 1 only.
RESPONSES = responses(
    [
        ("1", "intake", [0, 1, 2, 3]),
        ("2", "intake", [0, 1, 2, 3]),
        ("3", "intake", [0, None, 2, 3]),
        ("1", "termination", [0, 0, 0, 0]),
    ]
)


def estimates(frame: pd.DataFrame) -> dict[str, float]:
    return dict(zip(frame["id"], frame["estimate"], strict=True))


@pytest.fixture(scope="module")
def described() -> pd.DataFrame:
    frame = describe_sample(SAMPLE, RESPONSES, MEASURES, study(), cohort(), {"mood": MOOD})
    return conform(frame, STATISTICS).to_pandas()


def test_levels_are_counted_of_all_dyads(described: pd.DataFrame) -> None:
    found = estimates(described)
    counts = {level: found[f"sample.sex.{level}.count"] for level in ("female", "male", "other")}
    assert counts == {"female": 2, "male": 1, "other": 0}
    assert found["sample.sex.female.percent"] == 50
    assert found[f"sample.sex.{MISSING}.count"] == 1
    percents = described["id"].str.match(r"sample\.sex\..*\.percent")
    assert described.loc[percents, "estimate"].sum() == 100


def test_numbers_leave_out_what_is_missing(described: pd.DataFrame) -> None:
    found = estimates(described)
    assert found["sample.age.n"] == 3
    assert found["sample.age.median"] == 30
    assert found["sample.age.mean"] == 40
    # Deviations -20, -10, 30: 1400 / (3 - 1) = 700.
    assert found["sample.age.sd"] == pytest.approx(700**0.5)
    assert (found["sample.age.minimum"], found["sample.age.maximum"]) == (20, 70)


def test_measures_are_described_as_observed(described: pd.DataFrame) -> None:
    found = estimates(described)
    assert found["sample.mood_intake.n"] == 3
    assert found["sample.mood_intake.mean"] == 4
    row = described.set_index("id").loc["sample.mood_intake.mean"]
    assert (row["dataset"], row["n"]) == ("available", 3)


def test_skewness_floor_and_ceiling_of_a_measure_by_hand(described: pd.DataFrame) -> None:
    found = estimates(described)
    # Scores 1, 3 and 8 of 0 to 12: deviations -3, -1, 4; m2 = 26 / 3, m3 = 12.
    expected = 6**0.5 * 12 / (26 / 3) ** 1.5
    assert found["sample.mood_intake.skewness"] == pytest.approx(expected)
    assert found["sample.mood_intake.floor_percent"] == 0
    assert "sample.age.skewness" not in found  # a variable, no measure


def test_shares_are_of_the_scores_at_the_ends_of_the_scale() -> None:
    rows = distribution(pd.Series([0.0, 0.0, 12.0, 5.0, None]), "mood", (0, 12))
    found = {row["statistic"]: row["estimate"] for row in rows}
    assert (found["floor_percent"], found["ceiling_percent"]) == (50, 25)
    assert {row["n"] for row in rows} == {4}


def test_without_a_scoring_key_there_is_no_floor() -> None:
    assert [row["statistic"] for row in distribution(pd.Series([1.0, 2.0, 6.0]), "age")] == [
        "skewness"
    ]


@pytest.mark.parametrize(
    ("values", "reason"),
    [([1.0, 2.0], "needs 3 values, found 2"), ([2.0] * 4, "do not vary"), ([], "found 0")],
)
def test_an_undefined_skewness_has_its_reason(values: list[float], reason: str) -> None:
    skewness, floor, _ = distribution(pd.Series(values, dtype=float), "mood", (0, 12))
    assert skewness["estimate"] is None
    assert reason in str(skewness["reason"])
    assert (floor["estimate"] is None) == (not values)


def test_sizes(described: pd.DataFrame) -> None:
    found = estimates(described)
    assert (found["sample.all.n"], found["sample.therapists.n"]) == (4, 3)


def test_missing_items_count_questionnaires_that_were_not_given(described: pd.DataFrame) -> None:
    found = estimates(described)
    intake = "missingness.mood.patient.intake"
    assert found[f"{intake}.n_dyads"] == 4
    assert found[f"{intake}.n_questionnaires"] == 3
    assert found[f"{intake}.missing_items"] == 5
    assert found[f"{intake}.missing_percent"] == pytest.approx(100 * 5 / 16)
    assert found["missingness.mood.patient.termination.missing_items"] == 12
    assert found["missingness.all.missing_items"] == 17
    assert found["missingness.all.missing_percent"] == pytest.approx(100 * 17 / 32)


def test_what_was_not_returned_and_what_was_left_out_are_two_numbers(
    described: pd.DataFrame,
) -> None:
    """Of four patients three return the first form, one the second; one item is left out."""
    found = estimates(described)
    intake, end = "missingness.mood.patient.intake", "missingness.mood.patient.termination"
    assert found[f"{intake}.not_returned_percent"] == 100 * 1 / 4
    assert found[f"{intake}.left_out_items"] == 1
    assert found[f"{intake}.left_out_percent"] == pytest.approx(100 * 1 / 12)
    assert found[f"{end}.not_returned_percent"] == 100 * 3 / 4
    assert found[f"{end}.left_out_percent"] == 0
    assert found["missingness.all.not_returned_percent"] == 100 * 4 / 8
    assert found["missingness.all.left_out_items"] == 1
    assert found["missingness.all.left_out_percent"] == pytest.approx(100 * 1 / 16)


def test_state_is_part_of_the_id() -> None:
    content = cohort().model_dump()
    content["questionnaires"] = [content["questionnaires"][0] | {"state": "worst"}]
    stated = read_as(Cohort, content, "cohort.yaml")
    frame = describe_sample(SAMPLE, RESPONSES, MEASURES, study(), stated, {"mood": MOOD})
    # No questionnaire has that state, so that everything is missing.
    assert estimates(frame)["missingness.mood.patient.intake.worst.missing_items"] == 16
    rows = conform(frame, STATISTICS).to_pandas().set_index("id")
    left_out = rows.loc["missingness.mood.patient.intake.worst.left_out_percent"]
    assert pd.isna(left_out["estimate"])
    assert left_out["reason"] == "no questionnaire was returned"


def test_no_therapist_recorded() -> None:
    sample = SAMPLE.assign(therapist=None)
    frame = describe_sample(sample, RESPONSES, MEASURES, study(), cohort(), {"mood": MOOD})
    row = conform(frame, STATISTICS).to_pandas().set_index("id").loc["sample.therapists.n"]
    assert pd.isna(row["estimate"])
    assert row["reason"] == "no therapist is recorded"


@pytest.mark.parametrize(
    ("values", "undefined"),
    [([], {"median", "mean", "sd", "minimum", "maximum"}), ([3.0], {"sd"}), ([3.0, 3.0], set())],
)
def test_undefined_summaries_are_null_with_a_reason(
    values: list[float], undefined: set[str]
) -> None:
    rows = number_summaries(pd.Series([*values, None], dtype=float), "age")
    assert {row["statistic"] for row in rows if row["estimate"] is None} == undefined
    assert all((row["estimate"] is None) == (row["reason"] is not None) for row in rows)


def test_variable_that_is_also_the_measure_is_given_once() -> None:
    plan = study(measures={"age": {"label": "Age", "variable": "age"}})
    measures = MEASURES.assign(age=[20.0, 30.0, None, 70.0] * 2)
    frame = describe_sample(SAMPLE, RESPONSES, measures, plan, cohort(), {"mood": MOOD})
    assert conform(frame, STATISTICS)["id"].to_pylist().count("sample.age.mean") == 1


def test_every_problem_is_reported_at_once() -> None:
    plan = study(
        variables=["sexx", "sex", "age"],
        measures={"age": {"label": "Age at intake", "variable": "age_at_intake"}},
    )
    levels = {"F": "Female", "f": "female", "M": "Missing", "?": "?"}
    with pytest.raises(AnalysisError) as caught:
        describe_sample(SAMPLE, RESPONSES, MEASURES, plan, cohort(levels), {"mood": MOOD})
    text = "\n".join(caught.value.problems)
    assert "'sexx' is not in the cohort's sample sheet. Did you mean 'sex'?" in text
    assert "more than one level is called 'female'" in text
    assert "a level cannot be called 'Missing'" in text
    assert "'?' needs a letter" in text
    assert "'age' is also the name of a measure" in text


def test_a_code_that_is_no_level_is_refused() -> None:
    with pytest.raises(AnalysisError, match=r"holds \['M'\]"):
        levels = {"F": "Female"}
        describe_sample(SAMPLE, RESPONSES, MEASURES, study(), cohort(levels), {"mood": MOOD})


def of_therapists() -> Cohort:
    known = cohort()
    age = known.sample.variables["age"].model_copy(update={"of": "therapist"})
    variables = known.sample.variables | {"age": age}
    sample = known.sample.model_copy(update={"variables": variables})
    return known.model_copy(update={"sample": sample})


def test_a_number_of_therapists_counts_each_once() -> None:
    people = SAMPLE.assign(therapist=["a", "a", "b", None], age=[30.0, 30.0, 50.0, 90.0])
    frame = describe_sample(people, RESPONSES, MEASURES, study(), of_therapists(), {"mood": MOOD})
    found = estimates(frame)
    assert (found["sample.age.n"], found["sample.age.mean"]) == (2, 40)
    frame = describe_sample(people, RESPONSES, MEASURES, study(), cohort(), {"mood": MOOD})
    assert (estimates(frame)["sample.age.n"], estimates(frame)["sample.age.mean"]) == (4, 50)


def test_a_number_that_differs_between_the_patients_of_a_therapist_is_refused() -> None:
    people = SAMPLE.assign(therapist=["a", "a", "b", "b"], age=[30.0, 31.0, 50.0, 50.0])
    with pytest.raises(AnalysisError) as caught:
        describe_sample(people, RESPONSES, MEASURES, study(), of_therapists(), {"mood": MOOD})
    assert "differ between patients, for 1 of the 2 therapists" in str(caught.value.problems)


def test_a_category_of_therapists_counts_each_once() -> None:
    people = SAMPLE.assign(therapist=["a", "a", "b", "c"], sex=["F", "F", "M", None])
    known = cohort()
    sex = known.sample.variables["sex"].model_copy(update={"of": "therapist"})
    sample = known.sample.model_copy(update={"variables": known.sample.variables | {"sex": sex}})
    stated = known.model_copy(update={"sample": sample})
    frame = describe_sample(people, RESPONSES, MEASURES, study(), stated, {"mood": MOOD})
    rows = frame.set_index("id").loc["sample.sex.female.count":"sample.sex.missing.percent"]
    assert rows["estimate"].tolist()[::2] == [1, 1, 0, 1]
    assert rows["n"].eq(3).all()
    assert rows.loc["sample.sex.female.percent", "method"] == "percent of all therapists"
    differing = people.assign(sex=["F", "M", "M", None])
    with pytest.raises(AnalysisError) as caught:
        describe_sample(differing, RESPONSES, MEASURES, study(), stated, {"mood": MOOD})
    assert "differ between patients, for 1 of the 3 therapists" in str(caught.value.problems)


def test_questionnaires_and_scores_of_therapists_about_themselves_count_once() -> None:
    rater = {"rater": "therapist"}
    content = cohort().model_dump()
    content["questionnaires"] = [one | rater for one in content["questionnaires"]]
    stated = read_as(Cohort, content, "cohort.yaml")
    plan = study()
    measure = plan.measures["mood_intake"].model_copy(update=rater)
    plan = plan.model_copy(update={"measures": {"mood_intake": measure}})
    answers = RESPONSES[RESPONSES["dyad"] != "3"].assign(rater="therapist")
    scores = MEASURES.assign(mood_intake=[6.0, 6.0, None, 8.0] * 2, therapist=[*"aabc"] * 2)
    frame = describe_sample(SAMPLE, answers, scores, plan, stated, {"mood": MOOD})
    found = frame.set_index("id")
    intake = "missingness.mood.therapist.intake"
    # Three therapists are asked; a, with two patients, answers.
    assert found.loc[f"{intake}.n_dyads", "estimate"] == 3
    assert found.loc[f"{intake}.n_questionnaires", "estimate"] == 1
    assert found.loc[f"{intake}.not_returned_percent", "estimate"] == pytest.approx(200 / 3)
    assert found.loc["sample.mood_intake.n", "estimate"] == 2
    assert found.loc["sample.mood_intake.mean", "estimate"] == 7
    assert found.loc["sample.mood_intake.mean", "method"] == "each therapist once"
    assert found.loc["sample.mood_intake.floor_percent", "n"] == 2
    rated = scores.assign(mood_intake=[6.0, 5.0, None, 8.0] * 2)
    frame = describe_sample(SAMPLE, answers, rated, plan, stated, {"mood": MOOD})
    assert estimates(frame)["sample.mood_intake.n"] == 3
