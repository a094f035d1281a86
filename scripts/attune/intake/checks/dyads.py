"""Checks of dyads across files: sample sheet, questionnaires, pretests and posttests."""

from collections.abc import Iterator, Mapping

import pandas as pd

from attune.intake.checks.session_schedule import Answered, check_schedule, counted_dyads
from attune.intake.checks.unknown_dyads import (
    check_unknown_dyads,
    unknown_dyads,
    with_meant_dyads,
)
from attune.intake.reading.given_scores import ReadScores
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import is_named, not_in
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort, Selection
from attune.specs.study_checks import QuestionnaireKey, key_of, named


def check_dyads(raw: RawCohort) -> list[Violation]:
    """Unknown dyads, dyads without questionnaires, incomplete pairs, sessions and raters.

    A dyad with a given score counts as having answered its questionnaire. Where a column of the
    sample sheet is missing, no dyad is reported as unknown. Answers of an unknown dyad count as
    those of the ids that it may be mistyped from, so that one wrong id is one error.
    """
    sample, cohort = raw.sample, raw.cohort
    answered: Answered = {}
    answers: list[AnsweredQuestionnaire | ReadScores] = [*raw.questionnaires, *raw.given_scores]
    for questionnaire in answers:
        dyads = questionnaire.dyads[is_named(questionnaire.dyads, cohort)].drop_duplicates()
        rows = pd.Series(dyads.index.to_numpy(), index=pd.Index(dyads))
        # One questionnaire may have several given scores.
        earlier = answered.get(questionnaire.key)
        if earlier is not None:
            rows = pd.concat([earlier, rows[~rows.index.isin(earlier.index)]])
        answered[questionnaire.key] = rows
    known = _named_dyads(sample, cohort)
    twice = set(sample["dyad"][sample["dyad"].duplicated()])
    unknown = unknown_dyads(answered, known, twice)
    meant = with_meant_dyads(answered, unknown)
    return [
        *check_unknown_dyads(raw, answered, unknown, len(known)),
        *_unanswered(answered, cohort),
        *_dyads_without_questionnaires(known, meant, bool(unknown), cohort),
        *_pair_violations(meant, raw.pretests, cohort),
        *check_schedule(meant, cohort),
    ]


def _unanswered(answered: Answered, cohort: Cohort) -> Iterator[Violation]:
    """Questionnaires without any answer."""
    declared = _declared(cohort)
    for key, rows in answered.items():
        if rows.empty:
            yield Violation(
                "unanswered_questionnaire",
                cohort.severity("unanswered_questionnaire"),
                cohort.files[declared[key].file].place,
                f"there are no answers to {named(key)}.",
                "Its scores are missing; check the columns in cohort.yaml.",
            )


def _dyads_without_questionnaires(
    known: pd.Index, answered: Answered, unknown: bool, cohort: Cohort
) -> list[Violation]:
    """Dyads of the sample sheet without any questionnaire."""
    if len(answered) < len(_declared(cohort)) or not answered:
        # A questionnaire with missing columns could be the one that these dyads answered.
        return []
    without, n_dyads = known, len(known)
    for rows in answered.values():
        without = without[not_in(without, rows.index)]
    if len(without) == n_dyads and unknown:
        # No id is known: one error of `unknown_dyad` says so.
        return []
    return [
        Violation(
            "dyad_without_questionnaires",
            cohort.severity("dyad_without_questionnaires"),
            cohort.files[cohort.sample.file].place,
            f"dyad {dyad!r} has no questionnaire at all.",
            "Delete the row if the dyad is not part of the study.",
            dyad=dyad,
        )
        for dyad in sorted(without)
    ]


def _pair_violations(
    answered: Answered,
    pretests: Mapping[QuestionnaireKey, QuestionnaireKey],
    cohort: Cohort,
) -> list[Violation]:
    """One violation per posttest without its pretest; one count of pretests without posttest."""
    declared = _declared(cohort)
    violations = []
    for posttest, pretest in pretests.items():
        if posttest not in answered or pretest not in answered:
            continue
        before, after = answered[pretest], answered[posttest]
        path = cohort.files[declared[posttest].file].place
        for dyad, row in after[not_in(after.index, before.index)].sort_index().items():
            violations.append(
                Violation(
                    "posttest_without_pretest",
                    cohort.severity("posttest_without_pretest"),
                    path,
                    f"dyad {dyad!r} has {named(posttest)} but not {named(pretest)}.",
                    "Add the pretest, or set `posttest_without_pretest: warning` under severities"
                    " in cohort.yaml to go on without a gain for this dyad.",
                    row=int(row),
                    dyad=str(dyad),
                )
            )
        lost = before.index[not_in(before.index, after.index)]
        if len(lost):
            violations.append(
                Violation(
                    "posttest_missing",
                    cohort.severity("posttest_missing"),
                    path,
                    f"{counted_dyads(lost, len(before), cohort.case)} with {named(pretest)} did"
                    f" not answer {named(posttest)}.",
                    "Nothing, if it was not returned; the study declares whether and how missing"
                    " scores are replaced.",
                    dyad=str(lost[0]),
                )
            )
    return violations


def _named_dyads(sample: pd.DataFrame, cohort: Cohort) -> pd.Index:
    """The distinct dyads of the sample sheet."""
    return pd.Index(sample["dyad"][is_named(sample["dyad"], cohort)].drop_duplicates())


def _declared(cohort: Cohort) -> dict[QuestionnaireKey, Selection]:
    return {key_of(declared): declared for declared in cohort.selections()}
