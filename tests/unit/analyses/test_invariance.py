"""Measurement invariance in a plan: known answers, bad input, what is undefined."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from tests.unit.analyses.one_file_cohort import questionnaires
from tests.unit.analyses.structural_plans import (
    INSTRUMENTS,
    OCCASIONS,
    cohort_of,
    invariance_of,
    measures_of,
    responses_of,
    sample_of,
    study_of,
)

from attune.analyses.analysis import DraftPlan, MeasureValues
from attune.analyses.invariance.declaration import plan_problems
from attune.analyses.invariance.design import item_answers
from attune.analyses.invariance.draft import sections
from attune.analyses.invariance.estimable import MISFIT, UNREAD, estimable, obstacles
from attune.analyses.invariance.estimate import test_invariance as invariance_statistics
from attune.analyses.study import StudyFile
from attune.specs.errors import AnalysisError
from attune.stats.sem_fit import fit_sem
from attune.stats.sem_invariance import factor_omega, group_model, repeated_model
from attune.stats.sem_tests import fit_indices, likelihood_ratio
from attune.store.contracts import ITEM_COLUMNS

MEASURES = measures_of()
ANSWERS = responses_of(MEASURES)


def rows_of(only: str = "over_time", answers: pd.DataFrame = ANSWERS, **keys: Any) -> pd.DataFrame:
    """Statistics of one test, with changes of its entry."""
    study = study_of(**{only: keys})
    chosen = {name: one for name, one in study.invariance.items() if name == only}  # type: ignore[attr-defined]
    return invariance_of(answers, study.model_copy(update={"invariance": chosen})).set_index("id")


def answers_of(only: str, **keys: Any) -> Any:
    test = study_of(**{only: keys}).invariance[only]  # type: ignore[attr-defined]
    return item_answers(ANSWERS, sample_of(MEASURES), test, INSTRUMENTS, cohort_of())


class TestAnswers:
    """The frame of a test."""

    def test_items_are_keyed_and_side_by_side(self) -> None:
        found = answers_of("over_time", scale="goal")
        assert found.items == (4, 6, 10, 11)
        assert found.columns[1] == [f"set2_item{n}" for n in found.items]
        raw = ANSWERS[ANSWERS["occasion"] == "after"].set_index("dyad")["item_004"]
        own = found.frame.set_index("dyad")["set2_item4"]
        known = raw.notna()
        assert (own[known] == 8 - raw[known]).all() and len(found.frame) == 150

    def test_answers_of_therapists_count_once(self) -> None:
        found = answers_of("over_time", unit="therapist", cluster="none")
        assert len(found.frame) == 60

    def test_a_misspelt_scale(self) -> None:
        with pytest.raises(AnalysisError, match="no scale 'bonds'\\. Did you mean 'bond'"):
            answers_of("over_time", scale="bonds")


class TestNumbers:
    """The statistics are those of the models."""

    def test_fit_over_time(self) -> None:
        found = answers_of("over_time")
        rows = rows_of()
        fits = [fit_sem(found.frame, repeated_model(found.columns, step), cluster="therapist",
                        standard_errors="robust") for step in ("metric", "scalar")]  # fmt: skip
        indices = [fit_indices(fit) for fit in fits]
        scalar = rows.loc["over_time.scalar.invariance_chi_square"]
        assert scalar["estimate"] == indices[1].chi2_scaled
        assert rows.loc["over_time.scalar.cfi_change", "estimate"] == pytest.approx(
            indices[1].cfi_scaled - indices[0].cfi_scaled
        )
        test = rows.loc["over_time.scalar.difference_chi_square"]
        assert test["estimate"] == likelihood_ratio(fits[1], fits[0]).chi2
        assert "Scaled difference" in test["method"]
        assert "allow for therapists" in rows.loc["over_time.scalar.invariance_cfi", "method"]

    def test_plain_differences_without_clusters(self) -> None:
        found = answers_of("in_arms")
        rows = rows_of("in_arms")
        fit = fit_sem(found.frame, group_model(found.columns[0], 2, "configural"), group="group")
        omegas = factor_omega(fit)["omega"].tolist()
        assert [rows.loc[f"in_arms.{c}.omega_model", "estimate"] for c in "ct"] == omegas
        assert rows.loc["in_arms.metric.difference_chi_square", "method"] == "Likelihood ratio"
        sizes = [rows.loc[f"in_arms.{c}.set_rows", "estimate"] for c in "ct"]
        assert sizes == [60, 90]

    def test_equal_items_hold(self) -> None:
        rows = rows_of()
        for step in ("metric", "scalar"):
            assert rows.loc[f"over_time.{step}.difference_chi_square", "p_two_tailed"] > 0.05
            assert rows.loc[f"over_time.{step}.cheung_rule", "estimate"] == 1

    def test_the_item_that_shifts_is_found(self) -> None:
        shifted = responses_of(MEASURES, shift=1.2)
        rows = rows_of(answers=shifted)
        assert rows.loc["over_time.metric.difference_chi_square", "p_two_tailed"] > 0.05
        assert rows.loc["over_time.scalar.difference_chi_square", "p_two_tailed"] < 0.001
        assert rows.loc["over_time.scalar.cheung_rule", "estimate"] == 0
        hints = rows[rows["statistic"] == "release_index"]
        assert hints["estimate"].idxmax() == "over_time.scalar.after.3.release_index"
        assert rows.loc["over_time.scalar.after.3.release_change", "estimate"] > 0.3

    def test_three_occasions(self) -> None:
        rows = rows_of(occasions=["before", "after", "last"], strict=False)
        assert "over_time.last.factor_mean" in rows.index
        assert "over_time.strict.invariance_cfi" not in rows.index
        assert rows.loc["over_time.metric.difference_chi_square", "df"] == 6


BY_BOTH = {
    "across": "raters",
    "raters": ["patient", "therapist"],
    "rater": None,
    "occasion": "before",
    "occasions": [],
    "strict": False,
}
"""Keys of a test of the bond as both rate it."""

BOTH_RATE = cohort_of(
    questionnaires=questionnaires(
        [("wai_s", "patient", "w"), ("wai_s", "therapist", "v")], OCCASIONS
    )
)


def by_both(shift: float = 0.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answers of patients and therapists, and the statistics; therapists answer `shift` higher."""
    theirs = responses_of(MEASURES, seed=8).assign(rater="therapist")
    items = theirs[ITEM_COLUMNS[2]] + shift
    theirs[ITEM_COLUMNS[2]] = items.clip(1, 7)
    answers = pd.concat([ANSWERS, theirs], ignore_index=True)
    study = study_of(over_time=BY_BOTH)
    chosen = study.model_copy(update={"invariance": {"both": study.invariance["over_time"]}})  # type: ignore[attr-defined]
    rows = invariance_statistics(answers, sample_of(MEASURES), chosen, BOTH_RATE, INSTRUMENTS)
    return answers, rows.set_index("id")


class TestRaters:
    """Patient and therapist rate the same short questionnaire."""

    def test_answers_of_both_are_side_by_side(self) -> None:
        answers, _ = by_both()
        test = study_of(over_time=BY_BOTH).invariance["over_time"]  # type: ignore[attr-defined]
        found = item_answers(answers, sample_of(MEASURES), test, INSTRUMENTS, BOTH_RATE)
        assert len(found.columns) == 2 and len(found.frame) == 150
        for columns, rater in zip(found.columns, ("patient", "therapist"), strict=True):
            first = answers["occasion"] == "before"
            raw = answers[first & (answers["rater"] == rater)].set_index("dyad")["item_003"]
            own = found.frame.set_index("dyad")[columns[0]]
            known = raw.notna()
            assert (own[known] == raw[known]).all() and own.notna().sum() == known.sum()

    def test_numbers_are_those_of_the_model_of_both(self) -> None:
        answers, rows = by_both()
        test = study_of(over_time=BY_BOTH).invariance["over_time"]  # type: ignore[attr-defined]
        found = item_answers(answers, sample_of(MEASURES), test, INSTRUMENTS, BOTH_RATE)
        fits = [fit_sem(found.frame, repeated_model(found.columns, step), cluster="therapist",
                        standard_errors="robust") for step in ("metric", "scalar")]  # fmt: skip
        chi2 = rows.loc["both.scalar.invariance_chi_square", "estimate"]
        assert chi2 == fit_indices(fits[1]).chi2_scaled
        difference = rows.loc["both.scalar.difference_chi_square"]
        assert difference["estimate"] == likelihood_ratio(fits[1], fits[0]).chi2
        assert difference["df"] == len(found.items) - 1
        assert difference["p_two_tailed"] > 0.05
        assert "both.therapist.factor_mean" in rows.index

    def test_an_item_that_therapists_answer_higher(self) -> None:
        _, rows = by_both(shift=1.5)
        assert rows.loc["both.metric.difference_chi_square", "p_two_tailed"] > 0.01
        assert rows.loc["both.scalar.difference_chi_square", "p_two_tailed"] < 0.001
        hints = rows[rows["statistic"] == "release_index"]
        assert hints["estimate"].idxmax() == "both.scalar.therapist.3.release_index"

    def test_a_rater_who_did_not_answer(self) -> None:
        study = study_of(over_time=BY_BOTH)
        words = "the therapist did not answer 'wai_s' at 'before'; answered: patient at"
        assert any(words in one for one in plan_problems(study, cohort_of()))
        assert not [one for one in plan_problems(study, BOTH_RATE) if "over_time" in one]

    @pytest.mark.parametrize(
        ("keys", "words"),
        [
            ({"rater": "patient"}, "takes no 'rater'"),
            ({"raters": ["patient"]}, "two or more, each once"),
            ({"raters": ["patient", "patient"]}, "two or more, each once"),
            ({"occasion": None}, "needs the key 'occasion'"),
        ],
    )
    def test_keys_that_contradict_each_other(self, keys: Any, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            study_of(over_time=BY_BOTH | keys)


class TestBadInput:
    """Errors and reasons."""

    @pytest.mark.parametrize(
        ("only", "keys", "words"),
        [
            ("over_time", {"occasion": "before"}, "takes no 'occasion'"),
            ("over_time", {"occasions": ["before"]}, "two or more, each once"),
            ("over_time", {"rater": None}, "needs the key 'rater'"),
            ("in_arms", {"occasions": ["before", "after"]}, "takes no 'occasions'"),
            ("in_arms", {"conditions": ["c"]}, "two or more, or none"),
            ("over_time", {"unit": "therapist"}, "one row per therapist"),
        ],
    )
    def test_keys_that_contradict_each_other(self, only: str, keys: Any, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            study_of(**{only: keys})

    @pytest.mark.parametrize(
        ("only", "keys", "words"),
        [
            ("over_time", {"instrument": "wai"}, "Did you mean 'wai_s'"),
            ("over_time", {"occasions": ["before", "aftre"]}, "did not answer 'wai_s' at 'aftre'"),
            ("in_arms", {"conditions": ["c", "x"]}, "'x' is not a condition"),
        ],
    )
    def test_what_the_cohort_does_not_have(self, only: str, keys: Any, words: str) -> None:
        study = study_of(**{only: keys})
        assert any(words in one for one in plan_problems(study, cohort_of()))
        assert not list(plan_problems(study_of(), cohort_of()))

    def test_an_occasion_without_answers(self) -> None:
        rows = rows_of(answers=ANSWERS[ANSWERS["occasion"] != "after"])
        assert np.isnan(rows.loc["over_time.scalar.invariance_cfi", "estimate"])
        said = rows.loc["over_time.configural.invariance_cfi", "reason"]
        assert "'set2_item3' has no value in any row" in said

    def test_a_condition_with_too_few_persons(self) -> None:
        few = sample_of(MEASURES).query("condition == 'c'")["dyad"].tolist()[3:]
        rows = rows_of("in_arms", ANSWERS[~ANSWERS["dyad"].isin(few)])
        said = rows.loc["in_arms.configural.invariance_cfi", "reason"]
        assert "3 rows are too few for 4 variables" in said

    def test_an_item_that_everybody_answers_alike(self) -> None:
        alike = ANSWERS.assign(**{ITEM_COLUMNS[2]: 5.0})
        said = rows_of(answers=alike).loc["over_time.configural.invariance_cfi", "reason"]
        assert "'set1_item3' has the same value in all rows" in said


def values_of(answers: pd.DataFrame = ANSWERS) -> MeasureValues:
    """The data as the cohort's page has them; answers are read when they are needed."""
    return MeasureValues(
        {"available": MEASURES}, MEASURES, sample_of(MEASURES), {}, INSTRUMENTS, lambda: answers
    )


class TestCohortPage:
    """What can be estimated, and what would stop the step."""

    def test_persons_are_counted(self) -> None:
        found = [*estimable(study_of(), cohort_of(), values_of())]
        rows = {name: rows_of(name) for name in ("over_time", "in_arms")}
        assert [(one.analysis, one.n, one.reason) for one in found] == [
            (name, int(own.loc[f"{name}.invariance_rows", "estimate"]), "")
            for name, own in rows.items()
        ]
        assert found[1].terms == "WAI-S, Bond (Diary, Training)"
        assert [*obstacles(study_of(), cohort_of(), values_of())] == []

    def test_a_test_that_the_step_cannot_estimate(self) -> None:
        answers = ANSWERS[ANSWERS["occasion"] != "after"]
        [one, other] = estimable(study_of(), cohort_of(), values_of(answers))
        reason = rows_of(answers=answers).loc["over_time.invariance_rows", "reason"]
        assert one.reason == reason and "has no value in any row" in reason
        assert other.reason == UNREAD

    def test_a_misspelt_scale_stops_the_step(self) -> None:
        study = study_of(over_time={"scale": "bonds"})
        [problem] = obstacles(study, cohort_of(), values_of())
        assert problem == (
            "invariance.over_time: Invariance of 'wai_s': it has no scale 'bonds'. Did you mean"
            " 'bond'?"
        )
        [one, other] = estimable(study, cohort_of(), values_of())
        assert not one.estimable and other.estimable

    def test_a_plan_that_does_not_fit_comes_first(self) -> None:
        study = study_of(over_time={"occasions": ["before", "never"]})
        assert [*plan_problems(study, cohort_of())]
        assert [*obstacles(study, cohort_of(), values_of())] == []
        assert [one.reason for one in estimable(study, cohort_of(), values_of())] == [MISFIT, ""]

    def test_raw_files_with_errors(self) -> None:
        values = values_of(ANSWERS.head(0))
        assert {one.reason for one in estimable(study_of(), cohort_of(), values)} == {UNREAD}


def test_the_drafted_example_is_a_valid_test() -> None:
    keys = "instrument: bdi_ii, scale: total, rater: patient"
    plan = DraftPlan([], [], set(), [], [], 0, True, {keys: ["before", "after", "later"]})
    lines = [line.removeprefix("# ") for line in sections(plan)]
    start = lines.index("invariance:")
    study = StudyFile.model_validate(
        {"study": "s", "title": "S", "authors": [], "template": "generic"}
        | {"imputation": {"method": "none"}, "measures": {}}
        | yaml.safe_load("\n".join(lines[start:]))
    )
    test = study.invariance["over_time"]  # type: ignore[attr-defined]
    assert (test.scale, test.occasions) == ("total", ["before", "later"])
    assert all(line.startswith("#") for line in sections(plan) if line)
    assert not [*sections(replace(plan, has_items=False))]
