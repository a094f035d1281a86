"""Checks of an analysis plan against a cohort, made before the first job starts."""

from collections.abc import Iterator, Mapping

from attune.specs.closed_model import did_you_mean
from attune.specs.cohort import Cohort, GivenScore, Questionnaire, Selection
from attune.specs.errors import ConfigurationError
from attune.specs.instrument import Instrument, ResponseRange
from attune.specs.study import Measure, Study

QuestionnaireKey = tuple[str, str, str, str]
"""Instrument, rater, occasion, state."""


def measure_problems(
    study: Study, cohort: Cohort, instruments: Mapping[str, Instrument]
) -> dict[str, list[str]]:
    """Reasons why a cohort does not hold a measure, by measure; empty if it does."""
    return {
        name: list(_measure_problems(measure, cohort, instruments))
        for name, measure in study.measures.items()
    }


def pretests(study: Study) -> dict[QuestionnaireKey, QuestionnaireKey]:
    """The pretest of each posttest.

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


def key_of(selection: Selection) -> QuestionnaireKey:
    """Key of a questionnaire or given score, unique in the cohort."""
    return (selection.instrument, selection.rater, selection.occasion, selection.state)


def named(key: QuestionnaireKey) -> str:
    """A questionnaire in words.

    Examples
    --------
    >>> named(("intrex", "therapist", "baseline", "worst"))
    'intrex (therapist, baseline, worst)'
    """
    return f"{key[0]} ({', '.join(part for part in key[1:] if part)})"


def check_against_instruments(cohort: Cohort, instruments: Mapping[str, Instrument]) -> None:
    """Reject a cohort file that does not fit its instruments.

    Raises
    ------
    ConfigurationError
        With every problem at once: unknown instruments, raters, states and scales, columns that
        do not lead to every item, columns given twice, missing codes that are also values.
    """
    problems = [f"sample.{problem}" for problem in _sample_problems(cohort)]
    for section in ("questionnaires", "scores"):
        for number, selection in enumerate(getattr(cohort, section)):
            place = f"{section}.{number} ({named(key_of(selection))})"
            for problem in _selection_problems(selection, instruments, cohort):
                problems.append(f"{place}: {problem}")
    problems += [*_given_twice(cohort), *_missing_rule_problems(cohort)]
    if not problems:
        problems += _shared_column_problems(cohort, instruments)
    if problems:
        raise ConfigurationError(f"data/{cohort.cohort}/cohort.yaml cannot be used.", problems)


def _selection_problems(
    selection: Selection, instruments: Mapping[str, Instrument], cohort: Cohort
) -> Iterator[str]:
    """Parts of a questionnaire or given score that its instrument does not declare."""
    instrument = instruments.get(selection.instrument)
    if instrument is None:
        hint = did_you_mean(selection.instrument, list(instruments))
        yield f"there is no instrument {selection.instrument!r}. {hint}"
        if isinstance(selection, GivenScore):
            yield WITHOUT_KEY
        return
    if selection.rater not in instrument.raters:
        raters = ", ".join(instrument.raters)
        yield f"rater {selection.rater!r} is not one of {raters}"
    if selection.state not in (instrument.states or [""]):
        states = ", ".join(instrument.states) or "no state"
        yield f"state {selection.state!r} is not one of {states}"
    if isinstance(selection, Questionnaire):
        yield from _fit_problems(selection, instrument, cohort)
    elif isinstance(selection, GivenScore):
        yield from _score_problems(selection, instrument, cohort)


WITHOUT_KEY = (
    "a score needs its instrument's file in workflow/instruments, which says what range it has;"
    " where no key is known, declare the column as a variable of the sample sheet"
    " (sample.variables, kind: number) and use it in the study by `variable:`"
)
"""Remedy for a given score whose instrument is not in the registry."""


def _score_problems(score: GivenScore, instrument: Instrument, cohort: Cohort) -> Iterator[str]:
    if score.scale not in instrument.scales:
        hint = did_you_mean(score.scale, list(instrument.scales))
        yield f"{score.scale!r} is not a scale of {instrument.abbreviation}. {hint}"
        return
    lowest, highest = instrument.score_range(score.scale)
    for code in dict.fromkeys([*cohort.missing_codes, *score.missing_codes]):
        value = _number(code)
        if value is not None and lowest <= value <= highest:
            yield (
                f"the missing code {code!r} is also a score that {score.scale!r} can have"
                f" ({lowest:g} to {highest:g}). Declare it only for the questionnaires where it"
                ' means "no answer"'
            )


def _given_twice(cohort: Cohort) -> Iterator[str]:
    """Scores that are declared twice, or that are also computed from items."""
    items = [key_of(questionnaire) for questionnaire in cohort.questionnaires]
    seen = set()
    for number, score in enumerate(cohort.scores):
        key, scale = key_of(score), score.scale
        place = f"scores.{number} ({named(key)})"
        if key in items:
            yield (
                f"{place}: {scale!r} is computed from the items, which questionnaires declares for"
                " the same rater and occasion. Remove one of the two; to compare them, move the"
                f" column to the questionnaire, as in `scores_in_file: {{{scale}: {score.column}}}`"
            )
        if (key, scale) in seen:
            yield f"{place}: {scale!r} is declared more than once. Keep one of them"
        seen.add((key, scale))


def _missing_rule_problems(cohort: Cohort) -> Iterator[str]:
    """Missing rules for instruments that the cohort does not score."""
    scored = sorted({questionnaire.instrument for questionnaire in cohort.questionnaires})
    for name in cohort.missing_rules:
        if name in {score.instrument for score in cohort.scores} - {*scored}:
            yield f"missing_rules.{name}: the cohort brings its scores, not its items; remove it"
        elif name not in scored:
            yield f"missing_rules: no questionnaire of {name!r}. {did_you_mean(name, scored)}"


def _fit_problems(
    questionnaire: Questionnaire, instrument: Instrument, cohort: Cohort
) -> Iterator[str]:
    yield from _column_problems(questionnaire, instrument)
    for scale in questionnaire.scores_in_file:
        if scale not in instrument.scales:
            hint = did_you_mean(scale, list(instrument.scales))
            yield f"scores_in_file: {scale!r} is not a scale. {hint}"
    yield from _code_problems(questionnaire, instrument)
    allowed = instrument.response
    ranges = [instrument.range_of(item) for item in (1, *instrument.item_ranges)]
    if questionnaire.lowest_code is not None:
        shift = questionnaire.lowest_code - allowed.minimum
        try:
            ranges = [codes.starting_at(codes.minimum + shift) for codes in ranges]
        except ValueError:
            yield (
                f"lowest_code is {questionnaire.lowest_code}, which no answer to"
                f" {instrument.abbreviation} can have; its codes go from {allowed.minimum} to"
                f" {allowed.maximum}"
            )
            return
    for code in dict.fromkeys([*cohort.missing_codes, *questionnaire.missing_codes]):
        if code in questionnaire.answers:
            yield (
                f"the missing code {code!r} is also one of answers, and would be taken as missing."
                " Remove it from one of the two"
            )
        elif valid := [codes for codes in ranges if _is_response(code, codes)]:
            yield (
                f"the missing code {code!r} is also a valid response of {instrument.abbreviation}"
                f" ({valid[0].minimum} to {valid[0].maximum}). Declare it"
                ' only for the questionnaires where it means "no answer"'
            )


def _column_problems(questionnaire: Questionnaire, instrument: Instrument) -> Iterator[str]:
    """Problems of `columns`, which must map every item to one column."""
    items = range(1, instrument.n_items + 1)
    if isinstance(questionnaire.columns, dict):
        mapped = set(questionnaire.columns)
        if mapped != set(items):
            lacking = ", ".join(map(str, sorted(set(items) - mapped))) or "none"
            unknown = ", ".join(map(str, sorted(mapped - set(items)))) or "none"
            yield (
                f"columns must map the items 1 to {instrument.n_items}, each once; missing:"
                f" {lacking}; unknown: {unknown}"
            )
    elif instrument.explicit_map:
        yield (
            f"the printed order of {instrument.abbreviation} is not standard. Map each item number"
            " (the cluster that it scores) to its column, as in `columns: {1: first, 2: second}`"
        )
    columns = [questionnaire.column_of(item) for item in items]
    for column in dict.fromkeys(columns):
        if column is not None and columns.count(column) > 1:
            yield f"the column {column!r} is mapped to more than one item"


def _shared_column_problems(cohort: Cohort, instruments: Mapping[str, Instrument]) -> Iterator[str]:
    for one, other, column in _shared_columns(cohort, instruments):
        yield (
            f"{_what(one)} and {_what(other)} both read column {column!r} of"
            f" {cohort.files[one.file].place}; each cell belongs to one of them."
            " Correct `columns:`, `column:` or `file:` of one of them"
        )


def _shared_columns(
    cohort: Cohort, instruments: Mapping[str, Instrument]
) -> Iterator[tuple[Selection, Selection, str]]:
    """Pairs of questionnaires or given scores that read a column of the same rows, each pair once.

    The same answers would count as those of two questionnaires. With each pair goes the first
    column that both read.
    """
    readers: dict[tuple[str, str], list[Selection]] = {}
    pairs = set()
    for selection in cohort.selections():
        for column in _columns_read(selection, instruments):
            earlier = readers.setdefault((cohort.files[selection.file].place, column), [])
            for one in earlier:
                if _share_rows(one, selection) and (id(one), id(selection)) not in pairs:
                    pairs.add((id(one), id(selection)))
                    yield one, selection, column
            earlier.append(selection)


def _columns_read(selection: Selection, instruments: Mapping[str, Instrument]) -> list[str]:
    """Columns of the items, or the column of the score."""
    if isinstance(selection, GivenScore):
        return [selection.column]
    if not isinstance(selection, Questionnaire):
        return []
    items = range(1, instruments[selection.instrument].n_items + 1)
    return [str(selection.column_of(item)) for item in items]


def _share_rows(one: Selection, other: Selection) -> bool:
    """Whether the rows of one selection include all rows of the other."""
    return one.rows.items() <= other.rows.items() or one.rows.items() >= other.rows.items()


def _what(selection: Selection) -> str:
    scale = f", score {selection.scale}" if isinstance(selection, GivenScore) else ""
    return f"{named(key_of(selection))}{scale}"


def _code_problems(questionnaire: Questionnaire, instrument: Instrument) -> Iterator[str]:
    """Declared answers and reversals that do not fit the instrument."""
    for text, code in questionnaire.answers.items():
        items = range(1, instrument.n_items + 1)
        if not any(_is_response(str(code), instrument.range_of(item)) for item in items):
            yield (
                f"answers: {text!r} stands for {code}, but the codes of {instrument.abbreviation}"
                f" go from {instrument.ranges_in_words()}"
            )
    if questionnaire.already_reversed == "all":
        return
    never = sorted(set(questionnaire.already_reversed) - set(instrument.reverse))
    if never:
        yield (
            f"already_reversed names items {never}, which {instrument.abbreviation} never reverses;"
            f" it reverses {instrument.reverse or 'none'}"
        )


def _is_response(code: str, allowed: ResponseRange) -> bool:
    value = _number(code)
    return value is not None and allowed.stored(value) is not None


def _number(code: str) -> float | None:
    try:
        return float(code)
    except ValueError:
        return None


def _sample_problems(cohort: Cohort) -> Iterator[str]:
    variables = cohort.sample.variables
    for name in ("dyad", "patient", "therapist"):
        if name in variables:
            yield (
                f"variables.{name}: the sample has a column {name!r} of its own. Call the variable"
                " something else"
            )
    if "condition" in variables and cohort.sample.condition != "condition":
        yield (
            "variables.condition: this name is kept for the treatment condition. Add `condition:"
            " condition` to sample, or call the variable something else"
        )
    for name, variable in variables.items():
        if variable.minimum is None or variable.maximum is None:
            continue
        for code in sorted(variable.missing_among(cohort.missing_codes)):
            value = _number(code)
            if value is not None and variable.minimum <= value <= variable.maximum:
                yield (
                    f"variables.{name}: the missing code {code!r} is also a valid value"
                    f" ({variable.minimum:g} to {variable.maximum:g}). Narrow the range, or declare"
                    ' the code only for the questionnaires or variables where it means "no answer"'
                )


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
            yield f"{measure.variable!r} is a {variable.kind}; a measure is a number"
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
    given = list(dict.fromkeys(key_of(selection) for selection in cohort.selections()))
    if key is None:
        place = (measure.instrument, measure.rater, measure.state)
        if all((other[0], other[1], other[3]) != place for other in given):
            yield f"the cohort has no {measure.instrument} of the {measure.rater} at any occasion"
        return
    if key not in given:
        same = [named(other) for other in given if other[0] == key[0]]
        raters = [entry[1] for entry in given if (entry[0], *entry[2:]) == (key[0], *key[2:])]
        meant = f". If that is meant, write `rater: {raters[0]}`" if len(raters) == 1 else ""
        yield f"the cohort has no {named(key)}; it has {', '.join(same) or 'none'}{meant}"
    scales = [score.scale for score in cohort.scores if key_of(score) == key]
    if scales and measure.scale in instrument.scales and measure.scale not in scales:
        yield (
            f"the cohort brings no score of {measure.scale!r} for {named(key)}, only"
            f" {', '.join(scales)}. Add it to scores in cohort.yaml"
        )
