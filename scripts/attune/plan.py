"""Does an analysis plan fit a cohort? Checked before the first job starts."""

from collections.abc import Iterator, Mapping

from attune.closed_model import did_you_mean
from attune.cohort import Cohort
from attune.errors import ConfigurationError
from attune.instrument import Instrument
from attune.responses import QuestionnaireKey, check_against_instruments, key_of, named
from attune.study import Measure, Study


def check_plan(study: Study, cohort: Cohort, instruments: Mapping[str, Instrument]) -> None:
    """Refuse a study that asks for what the cohort does not hold.

    Raises
    ------
    ConfigurationError
        With every problem at once: measures without a questionnaire, unknown scales and variables.
    """
    check_against_instruments(cohort, instruments)
    problems = [
        f"measures.{name}: {problem}"
        for name, measure in study.measures.items()
        for problem in _measure_problems(measure, cohort, instruments)
    ]
    known = list(cohort.sample.variables)
    problems += [
        f"variables: {name!r} is not in the sample sheet. {did_you_mean(name, known)}"
        for name in study.variables
        if name not in known
    ]
    if study.conditions and cohort.sample.condition is None:
        problems.append("conditions: the cohort declares no sample.condition to compare")
    if problems:
        raise ConfigurationError(
            f"workflow/studies/{study.study}.yaml does not fit data/{cohort.cohort}/cohort.yaml.",
            problems,
        )


def pretests(study: Study) -> dict[QuestionnaireKey, QuestionnaireKey]:
    """Which questionnaire is the pretest of which posttest.

    Returns
    -------
    dict
        Posttest to pretest, each as (instrument, rater, occasion, state); outcomes that come from
        the sample sheet have none.
    """
    pairs = {}
    for outcome in study.outcomes.values():
        posttest = _key(study.measures[outcome.posttest])
        pretest = _key(study.measures[outcome.pretest])
        if posttest is not None and pretest is not None:
            pairs[posttest] = pretest
    return pairs


def _key(measure: Measure) -> QuestionnaireKey | None:
    if measure.instrument is None or measure.rater is None or measure.occasion is None:
        return None
    return (measure.instrument, measure.rater, measure.occasion, measure.state)


def _measure_problems(
    measure: Measure, cohort: Cohort, instruments: Mapping[str, Instrument]
) -> Iterator[str]:
    if measure.variable is not None:
        variable = cohort.sample.variables.get(measure.variable)
        if variable is None:
            hint = did_you_mean(measure.variable, list(cohort.sample.variables))
            yield f"{measure.variable!r} is not a variable of the sample sheet. {hint}"
        elif variable.kind != "number":
            yield f"{measure.variable!r} is a category; a measure is a number"
        return
    instrument = instruments.get(str(measure.instrument))
    if instrument is None:
        hint = did_you_mean(str(measure.instrument), list(instruments))
        yield f"the cohort has no questionnaire of {measure.instrument!r}. {hint}"
        return
    if measure.scale not in instrument.scales:
        hint = did_you_mean(str(measure.scale), list(instrument.scales))
        yield f"{measure.scale!r} is not a scale of {instrument.abbreviation}. {hint}"
    key = _key(measure)
    given = [key_of(questionnaire) for questionnaire in cohort.questionnaires]
    if key is not None and key not in given:
        same = [named(other) for other in given if other[0] == key[0]]
        yield f"the cohort has no {named(key)}; it has {', '.join(same) or 'none'}"
