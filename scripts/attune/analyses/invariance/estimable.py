"""Which tests of invariance a cohort can estimate, and what would stop the step."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from attune.analyses.analysis import AnalysisCheck, MeasureValues, is_about
from attune.analyses.invariance.declaration import Invariance, invariance_tests, plan_problems
from attune.analyses.invariance.design import (
    GROUP,
    ItemAnswers,
    item_answers,
    set_words,
    step_model,
)
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.study import Study
from attune.stats.sem_fit import why_no_sem

if TYPE_CHECKING:
    import pandas as pd

MISFIT = "the plan does not fit the cohort"
"""Why a test is skipped where the plan's problems are named."""

UNREAD = "its questionnaire could not be read; see the errors"
"""Why a test is skipped whose answers are not there."""


def estimable(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[AnalysisCheck]:
    """Every test of invariance; n is dyads, or therapists, with any answer."""
    for name, test in invariance_tests(study).items():
        n, reason = (0, MISFIT) if _misfits(name, study, cohort) else _fits(test, cohort, values)
        across = ", ".join(set_words(one, test, cohort) for one in test.sets(cohort))
        terms = f"{_scale(test, values)} ({across})"
        yield AnalysisCheck.of(name, test, "test of invariance", terms, n, reason)


def obstacles(study: Study, cohort: Cohort, values: MeasureValues) -> Iterator[str]:
    """Scales that no scoring key has, at which the step would stop."""
    for name, test in invariance_tests(study).items():
        if _misfits(name, study, cohort) or values.responses is None:
            continue
        try:
            _read(test, cohort, values, values.responses())
        except AnalysisError as error:
            yield f"invariance.{name}: {error.heading}"


def _read(
    test: Invariance, cohort: Cohort, values: MeasureValues, responses: "pd.DataFrame"
) -> ItemAnswers:
    """The answers; a sample sheet without therapists or conditions has none of them."""
    sample = values.sample.reindex(columns=["dyad", "therapist", "condition"])
    return item_answers(responses, sample, test, values.instruments, cohort)


def _misfits(name: str, study: Study, cohort: Cohort) -> bool:
    """Whether the cohort lacks what the plan of a test needs."""
    return any(is_about(one, f"invariance.{name}") for one in plan_problems(study, cohort))


def _scale(test: Invariance, values: MeasureValues) -> str:
    """The scale as printed, or its ids where no key has it."""
    instrument = values.instruments.get(test.instrument)
    if instrument is None or test.scale not in instrument.scales:
        return f"{test.instrument}, {test.scale}"
    return f"{instrument.abbreviation}, {instrument.scales[test.scale].label}"


def _fits(test: Invariance, cohort: Cohort, values: MeasureValues) -> tuple[int, str]:
    """Rows with an answer, and why the first step cannot be fitted; empty where it can.

    Later steps have fewer parameters, so that they can be fitted where the first can.
    """
    if values.responses is None:
        return 0, UNREAD
    try:
        answers = _read(test, cohort, values, values.responses())
        n = _answered(answers)
        if not n:
            return 0, UNREAD
        text = step_model(test, answers, cohort, test.steps[0])
    except AnalysisError as error:
        return 0, error.heading
    reason = why_no_sem(
        answers.frame,
        text,
        cluster="therapist" if test.cluster == "therapist" else None,
        group=GROUP if test.across == "conditions" else None,
    )
    return n, reason or ""


def _answered(answers: ItemAnswers) -> int:
    columns = [column for own in answers.columns for column in own]
    return int(answers.frame[columns].notna().any(axis=1).sum())
