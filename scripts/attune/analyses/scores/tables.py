"""Tables of how the scores came about: from all items, with items missing, or not at all."""

from collections.abc import Callable

from attune.printing import apa
from attune.printing.context import Body, Context, questionnaire_words, scoring_keys
from attune.printing.key_words import rule_in_words
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import key_fact, literal
from attune.printing.wording import sentence_case
from attune.scoring.score_coverage import GIVEN, WAYS
from attune.scoring.therapist_sheets import once_remarks
from attune.specs.instrument import Instrument, MissingRule
from attune.specs.study import Table
from attune.store.contracts import QUESTIONNAIRE_KEY
from attune.store.statistic_rows import statistic_id

WAY_HEADINGS = {
    "complete": "All items answered",
    "prorated": "Items missing",
    "none": "No score",
    GIVEN: "Score of the file",
}


def score_coverage(table: Table, context: Context) -> Body:
    """How many questionnaires gave each score from all items, with items missing, or not at all."""
    body = Body({LABEL: "Scale"} | WAY_HEADINGS, [])
    for questionnaire in context.cohort.questionnaires:
        key = context.instruments[questionnaire.instrument]
        place = (getattr(questionnaire, name) for name in QUESTIONNAIRE_KEY[1:])
        parts = [part for part in place if part]
        for scale, declared in key.scales.items():
            row = Row(literal(declared.label), literal(questionnaire_words(parts, key)))
            for way in WAYS:
                row.cells[way] = context.store.cell(statistic_id("scores", *parts, scale, way))
            body.rows.append(row)
    for given in context.cohort.scores:
        key = context.instruments[given.instrument]
        parts = [part for part in (given.instrument, given.rater, given.occasion, given.state)
                 if part]  # fmt: skip
        row = Row(literal(key.scales[given.scale].label), literal(questionnaire_words(parts, key)))
        row.cells[GIVEN] = context.store.cell(statistic_id("scores", *parts, given.scale, GIVEN))
        body.rows.append(row)
    body.remarks += _remarks(context)
    return body.without_empty_columns()


def _remarks(context: Context) -> list[str]:
    """What the columns count, and every missing rule with its source."""
    scored = dict.fromkeys(
        questionnaire.instrument for questionnaire in context.cohort.questionnaires
    )
    remarks = ["Questionnaires with at least one answer are counted."] if scored else []
    remarks += once_remarks(row["method"] for row in context.store.rows("scores"))
    rules: dict[MissingRule, list[tuple[str, str]]] = {}
    for name in scored:
        for rule, use in _rules_of(context.instruments[name]).items():
            rules.setdefault(rule, []).append(use)
    for rule, uses in rules.items():
        share = str(
            key_fact(apa.coverage(rule.max_missing_share), " ".join(key for _, key in uses))
        )
        which = literal(", ".join(words for words, _ in uses))
        remarks.append(f"{which}: {rule_in_words(rule, share)} ({literal(rule.source)}).")
    if context.cohort.scores:
        brought = dict.fromkeys(
            context.instruments[score.instrument].abbreviation for score in context.cohort.scores
        )
        names = literal(", ".join(brought))
        remarks.append(
            f"{sentence_case(names)}: the scores came with the data; how the file treated missing"
            " items is not known."
        )
    used = (selection.instrument for selection in context.cohort.selections())
    return remarks + scoring_keys(used, context)


def _rules_of(key: Instrument) -> dict[MissingRule, tuple[str, str]]:
    """Every missing rule of an instrument in words, with its source in the key.

    Scales are named where there are several rules.
    """
    scales: dict[MissingRule, list[str]] = {}
    for scale in key.scales:
        scales.setdefault(key.missing_rule(scale), []).append(scale)
    return {
        rule: (
            f"{key.abbreviation} ({', '.join(key.scales[name].label for name in names)})"
            if len(scales) > 1
            else key.abbreviation,
            f"{key.instrument}.scales.{names[0]}.missing",
        )
        for rule, names in scales.items()
    }


TABLES: dict[str, Callable[[Table, Context], Body]] = {"score_coverage": score_coverage}
